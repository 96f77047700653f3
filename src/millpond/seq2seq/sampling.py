"""Helpers of `BasicDecoder` that decode freely: what is sampled from the outputs of a step becomes the next input.

`training_helpers.py` has those that are given what to decode.
"""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any

from millpond import dtypes, nested
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, ShapeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import fill
from millpond.ops.array.indexing import getitem
from millpond.ops.array.join import concat
from millpond.ops.array.shape import reshape, shape, size
from millpond.ops.control.cond import cond
from millpond.ops.math.arg_extremes import argmax
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import equal, less
from millpond.ops.math.division import divide
from millpond.ops.math.reduction import reduce_all
from millpond.ops.nn.embedding import embedding_lookup
from millpond.ops.random.random_ops import random_uniform
from millpond.ops.random.random_samples import multinomial
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape, as_shape

# From ids to inputs.
Embedding = Callable[[Tensor], Tensor]


class Helper(abc.ABC):
    """Where a `BasicDecoder` gets its inputs, and how it samples from its outputs.

    A subclass says `batch_size`, `sample_ids_shape` and `sample_ids_dtype`, and has `initialize`, `sample` and
    `next_inputs`.
    """

    @property
    @abc.abstractmethod
    def batch_size(self) -> Any:
        """The size of the batch: an int32 scalar."""
        raise NotImplementedError("batch_size has not been implemented")

    @property
    @abc.abstractmethod
    def sample_ids_shape(self) -> TensorShape:
        """The shape of what `sample` gives, without the batch."""
        raise NotImplementedError("sample_ids_shape has not been implemented")

    @property
    @abc.abstractmethod
    def sample_ids_dtype(self) -> Any:
        """The dtype of what `sample` gives."""
        raise NotImplementedError("sample_ids_dtype has not been implemented")

    @abc.abstractmethod
    def initialize(self, name: str | None = None) -> Any:
        """`(finished, inputs)` before the first step."""
        raise NotImplementedError("initialize has not been implemented")

    @abc.abstractmethod
    def sample(self, time: Tensor, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What is sampled from the outputs of a step."""
        raise NotImplementedError("sample has not been implemented")

    @abc.abstractmethod
    def next_inputs(self, time: Tensor, outputs: Any, state: Any, sample_ids: Any, name: str | None = None) -> Any:
        """`(finished, next_inputs, next_state)` after a step."""
        raise NotImplementedError("next_inputs has not been implemented")

    def planned_steps(self) -> Tensor | None:
        """How many steps there will be, an int32 scalar, where that is known before the first; else None."""
        return None


class CustomHelper(Helper):
    """A helper made of functions.

    Args:
      initialize_fn: `f()` gives `(finished, next_inputs)` before the first step.
      sample_fn: `f(time=..., outputs=..., state=...)` gives samples.
      next_inputs_fn: `f(time=..., outputs=..., state=..., sample_ids=...)` gives `(finished, next_inputs, next_state)`.
      sample_ids_shape: The shape of samples without the batch; scalars by default.
      sample_ids_dtype: Their dtype, int32 by default.

    Raises:
      ValueError: If the batch size is asked for before `initialize` was called.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     helper = tf.contrib.seq2seq.CustomHelper(
      ...         lambda: (tf.constant([False]), tf.zeros([1, 2])),
      ...         lambda time, outputs, state: tf.argmax(outputs, 1, output_type=tf.int32),
      ...         lambda time, outputs, state, sample_ids: (time >= [2], outputs, state))
      ...     finished, inputs = helper.initialize()
      ...     print(sess.run(helper.batch_size), sess.run(helper.sample(0, tf.constant([[1.0, 3.0]]), None)))
      1 [1]
    """

    def __init__(self, initialize_fn: Callable[..., Any], sample_fn: Callable[..., Any],
                 next_inputs_fn: Callable[..., Any], sample_ids_shape: ShapeLike | None = None,
                 sample_ids_dtype: DTypeLike | None = None) -> None:
        self._initialize_fn = initialize_fn
        self._sample_fn = sample_fn
        self._next_inputs_fn = next_inputs_fn
        self._batch_size: Tensor | None = None
        self._sample_ids_shape = TensorShape(sample_ids_shape or [])
        self._sample_ids_dtype = sample_ids_dtype or dtypes.int32

    @property
    def batch_size(self) -> Tensor:
        """How many entries `initialize_fn` spoke of."""
        if self._batch_size is None:
            raise ValueError("batch_size accessed before initialize was called")
        return self._batch_size

    @property
    def sample_ids_shape(self) -> TensorShape:
        """As given."""
        return self._sample_ids_shape

    @property
    def sample_ids_dtype(self) -> Any:
        """As given."""
        return self._sample_ids_dtype

    def initialize(self, name: str | None = None) -> Any:
        """What `initialize_fn` gives."""
        with name_scope(name, f"{type(self).__name__}Initialize"):
            finished, next_inputs = self._initialize_fn()
            if self._batch_size is None:
                self._batch_size = size(finished)
        return finished, next_inputs

    def sample(self, time: Tensor, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What `sample_fn` gives."""
        with name_scope(name, f"{type(self).__name__}Sample", nested.flatten((time, outputs, state))):
            return self._sample_fn(time=time, outputs=outputs, state=state)

    def next_inputs(self, time: Tensor, outputs: Any, state: Any, sample_ids: Any, name: str | None = None) -> Any:
        """What `next_inputs_fn` gives."""
        with name_scope(name, f"{type(self).__name__}NextInputs", nested.flatten((time, outputs, state))):
            return self._next_inputs_fn(time=time, outputs=outputs, state=state, sample_ids=sample_ids)


def embedding_of(embedding: Any) -> Embedding:
    """A function from ids to inputs: `embedding` itself, or a look-up in it."""
    return embedding if callable(embedding) else lambda ids: embedding_lookup(embedding, ids)


def start_and_end(start_tokens: TensorLike, end_token: TensorLike) -> tuple[Tensor, Tensor]:
    """The tokens as int32 tensors: a vector and a scalar.

    Raises:
      ValueError: If they are not.
    """
    start = convert_to_tensor(start_tokens, dtypes.int32, name="start_tokens")
    end = convert_to_tensor(end_token, dtypes.int32, name="end_token")
    if start.shape.ndims != 1:
        raise ValueError(f"start_tokens must be a vector, but has shape {start.shape}")
    if end.shape.ndims != 0:
        raise ValueError(f"end_token must be a scalar, but has shape {end.shape}")
    return start, end


class _FromInputs(Helper):
    """A helper that begins with given inputs, none of which has finished."""

    _batch_size: Tensor
    _start_inputs: Any

    @property
    def batch_size(self) -> Tensor:
        """How many there are at the start."""
        return self._batch_size

    def initialize(self, name: str | None = None) -> Any:
        """`(finished, inputs)` before the first step."""
        return fill([self._batch_size], False), self._start_inputs


class GreedyEmbeddingHelper(_FromInputs):
    """Takes the likeliest symbol at each step, and gives its embedding to the next.

    Args:
      embedding: A function from ids to inputs, or what `tf.nn.embedding_lookup` looks them up in.
      start_tokens: int32 [batch], the symbols before the first step.
      end_token: An int32 scalar: the symbol that ends a sequence.

    Raises:
      ValueError: If `start_tokens` is no vector, or `end_token` no scalar.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     helper = tf.contrib.seq2seq.GreedyEmbeddingHelper(tf.eye(4), start_tokens=[1, 1], end_token=3)
      ...     print(sess.run(helper.sample(0, tf.constant([[0.0, 2.0], [3.0, 1.0]]), None)))
      [1 0]
    """

    def __init__(self, embedding: Any, start_tokens: TensorLike, end_token: TensorLike) -> None:
        self._embedding_fn = embedding_of(embedding)
        self._start_tokens, self._end_token = start_and_end(start_tokens, end_token)
        self._batch_size = size(self._start_tokens)
        self._start_inputs = self._embedding_fn(self._start_tokens)

    @property
    def sample_ids_shape(self) -> TensorShape:
        """A scalar for each entry."""
        return TensorShape([])

    @property
    def sample_ids_dtype(self) -> DType:
        """int32."""
        return dtypes.int32

    def sample(self, time: Tensor, outputs: Any, state: Any, name: str | None = None) -> Tensor:
        """int32 [batch], where the logits [batch, vocabulary] are largest.

        Raises:
          TypeError: If the outputs are not one tensor.
        """
        return argmax(_one_tensor(outputs), axis=-1, output_type=dtypes.int32)

    def next_inputs(self, time: Tensor, outputs: Any, state: Any, sample_ids: Tensor, name: str | None = None) -> Any:
        """`(finished, next_inputs, state)`: the embedding of what was sampled."""
        finished = equal(sample_ids, self._end_token)
        # Where all have finished, the inputs do not matter, and the end token may have no embedding.
        inputs = cond(reduce_all(finished), lambda: self._start_inputs, lambda: self._embedding_fn(sample_ids))
        return finished, inputs, state


def _one_tensor(outputs: Any) -> Tensor:
    if not isinstance(outputs, Tensor):
        raise TypeError(f"Expected outputs to be a single Tensor, got: {type(outputs)}")
    return outputs


class SampleEmbeddingHelper(GreedyEmbeddingHelper):
    """Draws a symbol at each step, and gives its embedding to the next.

    Args:
      embedding, start_tokens, end_token: See `GreedyEmbeddingHelper`.
      softmax_temperature: What logits are divided by; above 1 symbols are drawn more evenly.
      seed: See `tf.set_random_seed`.

    Raises:
      ValueError: If `start_tokens` is no vector, or `end_token` no scalar.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     helper = tf.contrib.seq2seq.SampleEmbeddingHelper(tf.eye(4), [1, 1], end_token=3, seed=1)
      ...     print(sess.run(helper.sample(0, tf.constant([[0.0, 90.0], [90.0, 0.0]]), None)))
      [1 0]
    """

    def __init__(self, embedding: Any, start_tokens: TensorLike, end_token: TensorLike,
                 softmax_temperature: TensorLike | None = None, seed: int | None = None) -> None:
        super().__init__(embedding, start_tokens, end_token)
        self._softmax_temperature = softmax_temperature
        self._seed = seed

    def sample(self, time: Tensor, outputs: Any, state: Any, name: str | None = None) -> Tensor:
        """int32 [batch], drawn by the logits [batch, vocabulary].

        Raises:
          TypeError: If the outputs are not one tensor.
        """
        logits = _one_tensor(outputs)
        if self._softmax_temperature is not None:
            logits = divide(logits, self._softmax_temperature)
        return categorical_sample(logits, seed=self._seed)


class InferenceHelper(_FromInputs):
    """Samples by a function of the user's.

    Args:
      sample_fn: `f(outputs)` gives samples.
      sample_shape: The shape of samples without the batch.
      sample_dtype: Their dtype.
      start_inputs: [batch, ...], the inputs of the first step.
      end_fn: `f(sample_ids)` gives booleans [batch]: which sequences have ended.
      next_inputs_fn: `f(sample_ids)` gives the next inputs; by default these are the samples.

    Raises:
      ValueError: If `sample_shape` is no shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     helper = tf.contrib.seq2seq.InferenceHelper(
      ...         sample_fn=tf.sigmoid, sample_shape=[2], sample_dtype=tf.float32, start_inputs=tf.zeros([1, 2]),
      ...         end_fn=lambda samples: samples[:, 0] > 0.9)
      ...     finished, inputs, _ = helper.next_inputs(0, None, None, tf.constant([[0.95, 0.0]]))
      ...     print(sess.run(finished), sess.run(inputs))
      [ True] [[0.95 0.  ]]
    """

    def __init__(self, sample_fn: Callable[[Any], Any], sample_shape: ShapeLike, sample_dtype: DTypeLike,
                 start_inputs: TensorLike, end_fn: Callable[[Any], Any],
                 next_inputs_fn: Callable[[Any], Any] | None = None) -> None:
        self._sample_fn = sample_fn
        self._end_fn = end_fn
        self._sample_shape = as_shape(sample_shape)
        self._sample_dtype = sample_dtype
        self._next_inputs_fn = next_inputs_fn
        self._start_inputs = convert_to_tensor(start_inputs, name="start_inputs")
        self._batch_size = getitem(shape(self._start_inputs), 0)

    @property
    def sample_ids_shape(self) -> TensorShape:
        """As given."""
        return self._sample_shape

    @property
    def sample_ids_dtype(self) -> Any:
        """As given."""
        return self._sample_dtype

    def sample(self, time: Tensor, outputs: Any, state: Any, name: str | None = None) -> Any:
        """What `sample_fn` gives."""
        return self._sample_fn(outputs)

    def next_inputs(self, time: Tensor, outputs: Any, state: Any, sample_ids: Any, name: str | None = None) -> Any:
        """`(finished, next_inputs, state)`, as the functions say."""
        inputs = sample_ids if self._next_inputs_fn is None else self._next_inputs_fn(sample_ids)
        return self._end_fn(sample_ids), inputs, state


def categorical_sample(logits: Tensor, seed: int | None = None) -> Tensor:
    """int32 [...], a class for each row of logits [..., classes], drawn as TensorFlow draws it."""
    flat = logits if logits.shape.ndims == 2 else reshape(logits, concat([[-1], shape(logits)[-1:]], 0))
    dtype = dtypes.int64 if logits.dtype.size > 4 else dtypes.int32
    draws = multinomial(flat, 1, seed=seed, output_dtype=dtype)
    return cast(reshape(draws, shape(logits)[:-1]), dtypes.int32)


def bernoulli_sample(probabilities: Tensor, count: TensorLike, seed: int | None = None) -> Tensor:
    """Booleans [count], each true with the probability, or with its own of a vector; drawn as TensorFlow draws."""
    uniform = random_uniform(reshape(count, [1]), dtype=probabilities.dtype, seed=seed)
    return less(uniform, probabilities)
