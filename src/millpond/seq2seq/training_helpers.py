"""Helpers of `BasicDecoder` that are given what to decode: for training, with or without scheduled sampling.

In scheduled sampling (S. Bengio et al., 2015) an input is now and then replaced by what the network itself gave at the
step before, so that it learns to go on from its own mistakes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond import dtypes, nested
from millpond.dtypes import DType
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import fill, zeros_like
from millpond.ops.array.indexing import getitem
from millpond.ops.array.join import concat
from millpond.ops.array.shape import shape, size
from millpond.ops.control.tensor_array import TensorArray
from millpond.ops.math.arg_extremes import argmax
from millpond.ops.math.arithmetic import add, maximum
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import equal, greater, greater_equal, where
from millpond.ops.math.reduction import reduce_all, reduce_max
from millpond.ops.scoping import name_scope
from millpond.rnn.loop_steps import transpose_batch_time
from millpond.seq2seq.sampling import Helper, bernoulli_sample, categorical_sample, embedding_of
from millpond.shapes import TensorShape


def _unstacked(inputs: Tensor) -> TensorArray:
    """The steps of [time, ...]. One is read again in place of those after the end."""
    return TensorArray(inputs.dtype, size=getitem(shape(inputs), 0), clear_after_read=False,
                       element_shape=inputs.shape[1:]).unstack(inputs)


class TrainingHelper(Helper):
    """Gives the inputs of a batch of sequences, step by step; samples are where the outputs are largest.

    Args:
      inputs: [batch, time, ...], or [time, batch, ...] if `time_major`.
      sequence_length: Integers [batch]: how long each sequence is.
      time_major: Whether the time comes first.
      name: Name of the scope.

    Raises:
      ValueError: If `sequence_length` is no vector.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     helper = tf.contrib.seq2seq.TrainingHelper(tf.constant([[[1.0], [2.0]]]), sequence_length=[2])
      ...     finished, inputs = helper.initialize()
      ...     print(sess.run(finished), sess.run(inputs))
      [False] [[1.]]
    """

    def __init__(self, inputs: TensorLike, sequence_length: TensorLike, time_major: bool = False,
                 name: str | None = None) -> None:
        with name_scope(name, "TrainingHelper", [inputs, sequence_length]):
            self._inputs = convert_to_tensor(inputs, name="inputs")
            by_time = self._inputs if time_major else transpose_batch_time(self._inputs)
            self._input_tas = _unstacked(by_time)
            self._sequence_length = convert_to_tensor(sequence_length, name="sequence_length")
            if self._sequence_length.shape.ndims != 1:
                raise ValueError("Expected sequence_length to be a vector, but received shape: "
                                 f"{self._sequence_length.shape}")
            self._zero_inputs = zeros_like(getitem(by_time, 0))
            self._batch_size = size(self._sequence_length)

    @property
    def inputs(self) -> Tensor:
        """As given."""
        return self._inputs

    @property
    def sequence_length(self) -> Tensor:
        """As given."""
        return self._sequence_length

    @property
    def batch_size(self) -> Tensor:
        """How many sequences there are."""
        return self._batch_size

    @property
    def sample_ids_shape(self) -> TensorShape:
        """A scalar for each entry."""
        return TensorShape([])

    @property
    def sample_ids_dtype(self) -> DType:
        """int32."""
        return dtypes.int32

    def initialize(self, name: str | None = None) -> Any:
        """`(finished, inputs)` before the first step."""
        with name_scope(name, f"{type(self).__name__}Initialize"):
            finished = equal(self._sequence_length, 0)
            return finished, self._inputs_at(0, reduce_all(finished))

    def sample(self, time: Tensor, outputs: Any, state: Any = None, name: str | None = None) -> Tensor:
        """int32 [batch], where the outputs [batch, vocabulary] are largest."""
        with name_scope(name, f"{type(self).__name__}Sample", [time, outputs]):
            return cast(argmax(outputs, axis=-1), dtypes.int32)

    def next_inputs(self, time: Tensor, outputs: Any, state: Any, sample_ids: Any = None,
                    name: str | None = None) -> Any:
        """`(finished, next_inputs, state)`: the inputs of the next step."""
        with name_scope(name, f"{type(self).__name__}NextInputs", nested.flatten((time, outputs, state))):
            finished = self._finished_after(time)
            return finished, self._inputs_at(add(time, 1), reduce_all(finished)), state

    def planned_steps(self) -> Tensor | None:
        """As many as the longest sequence has; nothing where a subclass says otherwise what comes after a step."""
        ours = (TrainingHelper, ScheduledEmbeddingTrainingHelper, ScheduledOutputTrainingHelper)
        if not any(type(self).next_inputs is kind.next_inputs for kind in ours) \
                or type(self).initialize is not TrainingHelper.initialize:
            return None
        lengths = cast(self._sequence_length, dtypes.int32)
        # A length below 0 is only seen after the first step.
        steps = where(equal(lengths, 0), lengths, maximum(lengths, 1))
        return maximum(reduce_max(steps), 0)

    def _finished_after(self, time: Tensor) -> Tensor:
        return greater_equal(cast(add(time, 1), self._sequence_length.dtype), self._sequence_length)

    def _inputs_at(self, time: Any, all_finished: Tensor) -> Tensor:
        return _step_of(self._input_tas, time, all_finished, self._zero_inputs)


def _step_of(steps: TensorArray, time: Any, all_finished: Tensor, otherwise: Tensor | None = None) -> Tensor:
    """A step, or something else where there is none because all have finished."""
    value = steps.read(where(all_finished, 0, time))
    return value if otherwise is None else where(all_finished, otherwise, value)


def _probability(sampling_probability: TensorLike) -> Tensor:
    probability = convert_to_tensor(sampling_probability, name="sampling_probability")
    if probability.shape.ndims not in (0, 1):
        raise ValueError(f"sampling_probability must be either a scalar or a vector. saw shape: {probability.shape}")
    return probability


class ScheduledEmbeddingTrainingHelper(TrainingHelper):
    """A `TrainingHelper` that now and then draws from the outputs, and gives the embedding of what it drew.

    What it samples is the symbol that was drawn, or -1 where none was.

    Args:
      inputs, sequence_length, time_major, name: See `TrainingHelper`.
      embedding: A function from ids to inputs, or what `tf.nn.embedding_lookup` looks them up in.
      sampling_probability: A float32 scalar: how often it draws.
      seed: That of the symbols.
      scheduling_seed: That of whether to draw.

    Raises:
      ValueError: If `sequence_length` is no vector, or `sampling_probability` neither scalar nor vector.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     helper = tf.contrib.seq2seq.ScheduledEmbeddingTrainingHelper(
      ...         tf.zeros([1, 3, 2]), [3], embedding=tf.eye(2), sampling_probability=1.0)
      ...     sampled = helper.sample(0, tf.constant([[0.0, 90.0]]), None)
      ...     print(sess.run([sampled, helper.next_inputs(0, None, (), sampled)[1]]))
      [array([1], dtype=int32), array([[0., 1.]], dtype=float32)]
    """

    def __init__(self, inputs: TensorLike, sequence_length: TensorLike, embedding: Any,
                 sampling_probability: TensorLike, time_major: bool = False, seed: int | None = None,
                 scheduling_seed: int | None = None, name: str | None = None) -> None:
        with name_scope(name, "ScheduledEmbeddingSamplingWrapper", [embedding, sampling_probability]):
            self._embedding_fn = embedding_of(embedding)
            self._sampling_probability = _probability(sampling_probability)
            self._seed = seed
            self._scheduling_seed = scheduling_seed
            super().__init__(inputs, sequence_length, time_major=time_major, name=name)

    def sample(self, time: Tensor, outputs: Any, state: Any = None, name: str | None = None) -> Tensor:
        """int32 [batch]: what was drawn by the logits [batch, vocabulary], -1 where nothing was."""
        with name_scope(name, "ScheduledEmbeddingTrainingHelperSample", nested.flatten((time, outputs, state))):
            drawn = bernoulli_sample(self._sampling_probability, self._batch_size, seed=self._scheduling_seed)
            return where(drawn, categorical_sample(outputs, seed=self._seed), fill([self._batch_size], -1))

    def next_inputs(self, time: Tensor, outputs: Any, state: Any, sample_ids: Any = None,
                    name: str | None = None) -> Any:
        """`(finished, next_inputs, state)`: the embeddings of what was drawn, and the given inputs elsewhere."""
        with name_scope(name, "ScheduledEmbeddingTrainingHelperNextInputs",
                        nested.flatten((time, outputs, state, sample_ids))):
            finished, given, state = super().next_inputs(time, outputs, state, sample_ids)
            drawn = greater(sample_ids, -1)
            # Of the whole batch, whose size a compiler knows: where nothing was drawn, that of a symbol that always is.
            embedded = self._embedding_fn(maximum(sample_ids, 0))
            return finished, where(drawn, embedded, given), state


class ScheduledOutputTrainingHelper(TrainingHelper):
    """A `TrainingHelper` that now and then gives the outputs of a step to the next.

    What it samples is 1 where it does so, else 0.

    Args:
      inputs, sequence_length, time_major, name: See `TrainingHelper`.
      sampling_probability: A float32 scalar: how often it does so.
      seed: See `tf.set_random_seed`.
      next_inputs_fn: `f(outputs)` gives the next inputs; by default these are the outputs.
      auxiliary_inputs: [batch, time, ...] (or [time, batch, ...]), what is joined to the inputs at each step.

    Raises:
      ValueError: If `sequence_length` is no vector, or `sampling_probability` neither scalar nor vector.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     helper = tf.contrib.seq2seq.ScheduledOutputTrainingHelper(tf.zeros([1, 3, 2]), [3], 1.0)
      ...     outputs = tf.constant([[5.0, 6.0]])
      ...     print(sess.run(helper.next_inputs(0, outputs, (), helper.sample(0, outputs, ()))[1]))
      [[5. 6.]]
    """

    def __init__(self, inputs: TensorLike, sequence_length: TensorLike, sampling_probability: TensorLike,
                 time_major: bool = False, seed: int | None = None, next_inputs_fn: Callable[[Any], Any] | None = None,
                 auxiliary_inputs: TensorLike | None = None, name: str | None = None) -> None:
        with name_scope(name, "ScheduledOutputTrainingHelper", [inputs, auxiliary_inputs, sampling_probability]):
            self._sampling_probability = _probability(sampling_probability)
            self._auxiliary_input_tas: TensorArray | None = None
            if auxiliary_inputs is not None:
                auxiliary = convert_to_tensor(auxiliary_inputs, name="auxiliary_inputs")
                inputs = concat([convert_to_tensor(inputs, name="inputs"), auxiliary], -1)
                self._auxiliary_input_tas = _unstacked(auxiliary if time_major else transpose_batch_time(auxiliary))
            self._seed = seed
            self._next_inputs_fn = next_inputs_fn
            super().__init__(inputs, sequence_length, time_major=time_major, name=name)

    def sample(self, time: Tensor, outputs: Any, state: Any = None, name: str | None = None) -> Tensor:
        """int32 [batch]: 1 where the outputs become the next inputs."""
        with name_scope(name, "ScheduledOutputTrainingHelperSample", nested.flatten((time, outputs, state))):
            return cast(bernoulli_sample(self._sampling_probability, self._batch_size, seed=self._seed), dtypes.int32)

    def next_inputs(self, time: Tensor, outputs: Any, state: Any, sample_ids: Any = None,
                    name: str | None = None) -> Any:
        """`(finished, next_inputs, state)`: the outputs where they were sampled, and the given inputs elsewhere."""
        with name_scope(name, "ScheduledOutputTrainingHelperNextInputs",
                        nested.flatten((time, outputs, state, sample_ids))):
            finished, given, state = super().next_inputs(time, outputs, state, sample_ids)
            inputs = outputs if self._next_inputs_fn is None else self._next_inputs_fn(outputs)
            if self._auxiliary_input_tas is not None:
                auxiliary = _step_of(self._auxiliary_input_tas, add(time, 1), reduce_all(finished))
                inputs = concat([inputs, auxiliary], -1)
            return finished, where(cast(sample_ids, dtypes.bool), inputs, given), state
