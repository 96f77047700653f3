"""Decoders, and the loop that runs one: `Decoder` and `dynamic_decode`.

A decoder is asked for its first inputs and state, then step after step until all entries of the batch have finished.

The loop of TensorFlow writes outputs to arrays that grow. Where the number of steps has a bound, arrays of that size
are written here, and cut to the steps that were run: a compiler can lay out such a loop as a whole. Where a decoder
even knows the number of steps beforehand, as one that is trained on given sequences does, the loop counts to it, and is
compiled together with what comes after it.
"""

from __future__ import annotations

import abc
from typing import Any

from millpond import dtypes, nested
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant
from millpond.ops.array.fill import fill, zeros_like
from millpond.ops.array.identity import placeholder_with_default
from millpond.ops.array.shape import shape
from millpond.ops.control.tensor_array import TensorArray
from millpond.ops.control.while_loop import while_loop
from millpond.ops.math.arithmetic import add, maximum, minimum
from millpond.ops.math.comparison import less, logical_not, logical_or, where
from millpond.ops.math.reduction import reduce_all
from millpond.rnn.cells_base import zero_state_tensors
from millpond.rnn.loop_steps import transpose_batch_time
from millpond.shapes import TensorShape
from millpond.variables.scope import variable_scope


class Decoder(abc.ABC):
    """What `dynamic_decode` runs: something that computes outputs of a batch of sequences step by step.

    A subclass says `batch_size`, `output_size` and `output_dtype`, and has `initialize` and `step`. In what it is given
    and gives, inputs, states and outputs are tensors or structures of them; `finished` are booleans [batch].
    """

    @property
    def batch_size(self) -> Any:
        """The size of the batch: an int, or an int32 scalar."""
        raise NotImplementedError(f"{type(self).__name__} must say its batch_size")

    @property
    def output_size(self) -> Any:
        """The shapes of the outputs of a step without the batch: integers or `TensorShape`s in a structure."""
        raise NotImplementedError(f"{type(self).__name__} must say its output_size")

    @property
    def output_dtype(self) -> Any:
        """The dtypes of the outputs, in the same structure."""
        raise NotImplementedError(f"{type(self).__name__} must say its output_dtype")

    @abc.abstractmethod
    def initialize(self, name: str | None = None) -> Any:
        """`(finished, inputs, state)` before the first step."""
        raise NotImplementedError(f"{type(self).__name__} must have initialize")

    @abc.abstractmethod
    def step(self, time: Tensor, inputs: Any, state: Any, name: str | None = None) -> Any:
        """`(outputs, next_state, next_inputs, finished)` of a step; `time` is its number, an int32 scalar."""
        raise NotImplementedError(f"{type(self).__name__} must have step")

    def finalize(self, outputs: Any, final_state: Any, sequence_lengths: Tensor) -> Any:
        """`(outputs, final_state)` that are made of those of all steps; the outputs are stacked along the time."""
        raise NotImplementedError(f"{type(self).__name__} has no finalize")

    @property
    def tracks_own_finished(self) -> bool:
        """Whether `step` says of all entries whether they have finished, so that it alone counts.

        Else an entry stays finished that was once: a decoder that moves entries about between steps must say True.
        """
        return False

    def planned_steps(self) -> Tensor | None:
        """How many steps there will be, an int32 scalar, where that is known before the first; else None."""
        return None


def dynamic_decode(decoder: Decoder, output_time_major: bool = False, impute_finished: bool = False,
                   maximum_iterations: TensorLike | None = None, parallel_iterations: int = 32,
                   swap_memory: bool = False, scope: Any = None) -> tuple[Any, Any, Tensor]:
    """Runs a decoder until all entries of the batch have finished.

    Args:
      decoder: A `Decoder`.
      output_time_major: Whether the outputs are [time, batch, ...]; else they are [batch, time, ...].
      impute_finished: Whether the outputs of an entry that has finished are 0, and its state stays as it is.
      maximum_iterations: How many steps are run at most: an int, or an int32 scalar.
      parallel_iterations, swap_memory: See `tf.while_loop`.
      scope: The variable scope, or its name; "decoder" by default.

    Returns:
      `(outputs, state, sequence_lengths)`: the outputs of all steps that were run, in the structure of the decoder's
      `output_size` (or what its `finalize` made of them), the last state, and int32 [batch], how many steps each entry
      took.

    Raises:
      TypeError: If `decoder` is no `Decoder`.
      ValueError: If `maximum_iterations` is no scalar.

    Example:
      >>> import millpond as tf
      >>> class Countdown(tf.contrib.seq2seq.Decoder):
      ...     batch_size, output_size, output_dtype = 2, tf.TensorShape([]), tf.int32
      ...     def initialize(self, name=None):
      ...         return tf.constant([False, False]), (), tf.constant([1, 3])
      ...     def step(self, time, inputs, state, name=None):
      ...         return state, state - 1, (), state <= 1
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     outputs, _, lengths = tf.contrib.seq2seq.dynamic_decode(Countdown(), impute_finished=True)
      ...     print(sess.run(outputs), sess.run(lengths))
      [[1 0 0]
       [3 2 1]] [1 3]
    """
    if not isinstance(decoder, Decoder):
        raise TypeError(f"Expected decoder to be type Decoder, but saw: {type(decoder)}")
    with variable_scope(scope, "decoder"):
        limit = None
        if maximum_iterations is not None:
            limit = convert_to_tensor(maximum_iterations, dtypes.int32, name="maximum_iterations")
            if limit.shape.ndims != 0:
                raise ValueError(f"maximum_iterations must be a scalar, but has shape {limit.shape}")
            limit = maximum(limit, 0)
        finished, inputs, state = decoder.initialize()
        steps = _steps_ahead(decoder, limit)
        loop = _Loop(decoder, impute_finished, limit, steps)
        loop_vars = (constant(0, dtypes.int32), loop.arrays(), state, inputs, finished,
                     zeros_like(finished, dtypes.int32))
        taken, arrays, final_state, _, _, lengths = while_loop(
            loop.goes_on, loop.body, loop_vars, parallel_iterations=parallel_iterations, swap_memory=swap_memory,
            maximum_iterations=limit if steps is None else None)
        outputs = nested.map_structure(lambda array: array.stack(), arrays)
        if steps is None and limit is not None:
            outputs = nested.map_structure(lambda stacked: stacked[:taken], outputs)
        try:
            outputs, final_state = decoder.finalize(outputs, final_state, lengths)
        except NotImplementedError:
            pass  # how a decoder says that there is nothing to be made of its outputs
        if not output_time_major:
            outputs = nested.map_structure(transpose_batch_time, outputs)
    return outputs, final_state, lengths


def _steps_ahead(decoder: Decoder, limit: Tensor | None) -> Tensor | None:
    """How many steps will be run, where that is known; else None."""
    planned = decoder.planned_steps()
    if planned is None:
        return None
    steps = planned if limit is None else minimum(planned, limit)
    # A value that a run computes first: were it worked out while compiling, as a shape is, each batch of other lengths
    # would be compiled anew, also where the longest is as long.
    return placeholder_with_default(steps, [], name="steps")


class _Loop:
    """The condition and the body of a decoder's loop, and the arrays that it writes."""

    def __init__(self, decoder: Decoder, impute_finished: bool, limit: Tensor | None, steps: Tensor | None) -> None:
        self._decoder = decoder
        self._impute_finished = impute_finished
        self._steps = steps
        self._size = limit if steps is None else steps
        self._zeros = None if not impute_finished else nested.map_structure(
            lambda size, dtype: zero_state_tensors(size, decoder.batch_size, dtype), decoder.output_size,
            decoder.output_dtype)

    def arrays(self) -> Any:
        """For each output an array that holds those of all steps."""
        return nested.map_structure(self._array, self._decoder.output_size, self._decoder.output_dtype)

    def _array(self, size: Any, dtype: Any) -> TensorArray:
        element_shape = None
        if isinstance(size, TensorShape) and size.ndims != 0:
            batch = self._decoder.batch_size
            known = constant_value(batch) if isinstance(batch, Tensor) else batch
            element_shape = TensorShape([known]).concatenate(size)
        if self._size is None:
            return TensorArray(dtype, size=0, dynamic_size=True, element_shape=element_shape)
        return TensorArray(dtype, size=self._size, element_shape=element_shape)

    def goes_on(self, time: Tensor, arrays: Any, state: Any, inputs: Any, finished: Tensor, lengths: Tensor) -> Tensor:
        return logical_not(reduce_all(finished)) if self._steps is None else less(time, self._steps)

    def body(self, time: Tensor, arrays: Any, state: Any, inputs: Any, finished: Tensor, lengths: Tensor) -> Any:
        outputs, next_state, next_inputs, step_finished = self._decoder.step(time, inputs, state)
        next_finished = step_finished if self._decoder.tracks_own_finished else logical_or(step_finished, finished)
        next_lengths = where(finished, lengths, fill(shape(lengths), add(time, 1)))
        nested.assert_same_structure(state, next_state)
        nested.assert_same_structure(arrays, outputs)
        nested.assert_same_structure(inputs, next_inputs)
        if self._impute_finished:
            outputs = nested.map_structure(lambda output, zero: where(finished, zero, output), outputs, self._zeros)
            next_state = nested.map_structure(lambda new, old: _kept(finished, new, old), next_state, state)
        arrays = nested.map_structure(lambda array, output: array.write(time, output), arrays, outputs)
        return add(time, 1), arrays, next_state, next_inputs, next_finished, next_lengths


def _kept(finished: Tensor, new: Any, old: Any) -> Any:
    """The old state of what has finished, the new one of the rest; arrays and scalars are not of single entries."""
    if isinstance(old, TensorArray):
        return new
    new.set_shape(old.shape)
    return new if new.shape.ndims == 0 else where(finished, old, new)
