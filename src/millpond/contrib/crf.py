"""`tf.contrib.crf`: linear-chain conditional random fields.

A chain of tags has the score of its tags (unary: from the inputs) and of its neighbours (binary:
`transition_params[a, b]` for `b` after `a`). Source: J. Lafferty, A. McCallum and F. Pereira, "Conditional Random
Fields" (ICML 2001).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import range_, zeros_like
from millpond.ops.array.gather import gather_nd, one_hot
from millpond.ops.array.join import concat, stack
from millpond.ops.array.shape import expand_dims, shape, squeeze
from millpond.ops.math.arg_extremes import argmax
from millpond.ops.math.arithmetic import maximum
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import where
from millpond.ops.math.reduction import reduce_max, reduce_sum
from millpond.ops.math.reduction_composites import reduce_logsumexp
from millpond.ops.math.sequences import reverse_sequence, sequence_mask
from millpond.ops.scoping import name_scope
from millpond.public.modules import publish
from millpond.rnn.cells_base import RNNCell
from millpond.rnn.dynamic_loops import dynamic_rnn
from millpond.variables.scope import get_variable

publish(__name__)


def _mask(lengths: Tensor, values: Tensor, axis: int = 1) -> Tensor:
    """1 where a step belongs to its sequence, as `values` has the steps."""
    return sequence_mask(maximum(lengths, 0), maxlen=shape(values)[axis], dtype=dtypes.float32)


def _masked(values: Tensor, lengths: Tensor) -> Tensor:
    return reduce_sum(values * cast(_mask(lengths, values), values.dtype), 1)


def crf_unary_score(tag_indices: TensorLike, sequence_lengths: TensorLike, inputs: TensorLike) -> Tensor:
    """The sums of the inputs at the tags of sequences.

    Args:
      tag_indices: The tags, `[batch, steps]`.
      sequence_lengths: The lengths, `[batch]`.
      inputs: The scores of tags, `[batch, steps, tags]`.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(crf_unary_score([[1, 0]], [1], [[[1.0, 2.0], [3.0, 4.0]]])))
      [2.]
    """
    inputs = convert_to_tensor(inputs)
    chosen = one_hot(tag_indices, shape(inputs)[2], dtype=inputs.dtype)
    return _masked(reduce_sum(inputs * chosen, -1), convert_to_tensor(sequence_lengths))


def crf_binary_score(tag_indices: TensorLike, sequence_lengths: TensorLike, transition_params: TensorLike) -> Tensor:
    """The sums of the scores of neighbours in sequences of tags.

    Args:
      tag_indices: The tags, `[batch, steps]`.
      sequence_lengths: The lengths, `[batch]`.
      transition_params: The score of each tag after each, `[tags, tags]`.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(crf_binary_score([[1, 0, 1]], [3], [[1.0, 2.0], [3.0, 4.0]])))
      [5.]
    """
    tags, transitions = convert_to_tensor(tag_indices), convert_to_tensor(transition_params)
    pairs = gather_nd(transitions, stack([tags[:, :-1], tags[:, 1:]], -1))
    return _masked(pairs, convert_to_tensor(sequence_lengths) - 1)


def crf_sequence_score(inputs: TensorLike, tag_indices: TensorLike, sequence_lengths: TensorLike,
                       transition_params: TensorLike) -> Tensor:
    """The scores of sequences of tags, not normalized.

    Args:
      inputs: The scores of tags, `[batch, steps, tags]`.
      tag_indices: The tags, `[batch, steps]`.
      sequence_lengths: The lengths, `[batch]`; a sequence of length 0 has score 0.
      transition_params: The score of each tag after each, `[tags, tags]`.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(crf_sequence_score([[[1.0, 2.0], [3.0, 4.0]]], [[1, 0]], [2], [[0.0, 0.0], [0.5, 0.0]])))
      [5.5]
    """
    with name_scope("crf_sequence_score"):
        return (crf_unary_score(tag_indices, sequence_lengths, inputs)
                + crf_binary_score(tag_indices, sequence_lengths, transition_params))


def crf_multitag_sequence_score(inputs: TensorLike, tag_bitmap: TensorLike, sequence_lengths: TensorLike,
                                transition_params: TensorLike) -> Tensor:
    """The logarithm of the sum of the exponentials of the scores of all sequences of allowed tags.

    Args:
      inputs: The scores of tags, `[batch, steps, tags]`.
      tag_bitmap: Which tags are allowed, `[batch, steps, tags]` of bool.
      sequence_lengths: The lengths, `[batch]`.
      transition_params: The score of each tag after each, `[tags, tags]`.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     inputs = tf.constant([[[1.0, 2.0], [3.0, 4.0]]])
      ...     print(sess.run(crf_multitag_sequence_score(
      ...         inputs, [[[False, True], [True, False]]], [2], [[0.0, 0.0], [0.5, 0.0]])))
      [5.5]
    """
    inputs = convert_to_tensor(inputs)
    never = zeros_like(inputs) - float("inf")
    return crf_log_norm(where(convert_to_tensor(tag_bitmap), inputs, never), sequence_lengths, transition_params)


def crf_log_norm(inputs: TensorLike, sequence_lengths: TensorLike, transition_params: TensorLike) -> Tensor:
    """The logarithm of the sum of the exponentials of the scores of all sequences of tags.

    Args:
      inputs: The scores of tags, `[batch, steps, tags]`.
      sequence_lengths: The lengths, `[batch]`; that of a sequence of length 0 is 0.
      transition_params: The score of each tag after each, `[tags, tags]`.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.exp(crf_log_norm([[[0.0, 0.0]] * 3], [3], [[0.0, 0.0], [0.0, 0.0]]))).round(3))
      [8.]
    """
    with name_scope("crf_log_norm"):
        inputs, lengths = convert_to_tensor(inputs), convert_to_tensor(sequence_lengths)
        _, alphas = dynamic_rnn(CrfForwardRnnCell(transition_params), inputs[:, 1:], maximum(lengths - 1, 0),
                                initial_state=inputs[:, 0], dtype=inputs.dtype)
        norm = reduce_logsumexp(alphas, 1)
        return where(lengths <= 0, zeros_like(norm), norm)


def crf_log_likelihood(inputs: TensorLike, tag_indices: TensorLike, sequence_lengths: TensorLike,
                       transition_params: TensorLike | None = None) -> tuple[Tensor, Any]:
    """The logarithms of the probabilities of sequences of tags.

    Args:
      inputs: The scores of tags, `[batch, steps, tags]`.
      tag_indices: The tags, `[batch, steps]`.
      sequence_lengths: The lengths, `[batch]`.
      transition_params: The score of each tag after each, `[tags, tags]`; by default the variable `transitions`.

    Returns:
      The logarithms, `[batch]`, and the transitions.

    Raises:
      ValueError: If the number of tags is not known while building, and there is no `transition_params`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     log_likelihood, _ = crf_log_likelihood([[[0.0, 0.0]] * 3], [[0, 1, 0]], [3], [[0.0, 0.0], [0.0, 0.0]])
      ...     print(sess.run(tf.exp(log_likelihood)).round(3))
      [0.125]
    """
    inputs = convert_to_tensor(inputs)
    if transition_params is None:
        tags = inputs.shape.as_list()[2]
        if tags is None:
            raise ValueError(f"The number of tags, the last dimension of {inputs.name}, must be known.")
        transition_params = get_variable("transitions", [tags, tags])
    score = crf_sequence_score(inputs, tag_indices, sequence_lengths, transition_params)
    return score - crf_log_norm(inputs, sequence_lengths, transition_params), transition_params


class CrfForwardRnnCell(RNNCell):
    """The step of the forward algorithm: from the alphas of one step to those of the next.

    Args:
      transition_params: The score of each tag after each, `[tags, tags]`.
    """

    def __init__(self, transition_params: TensorLike) -> None:
        super().__init__()
        self._transition_params = expand_dims(convert_to_tensor(transition_params), 0)
        self._num_tags = self._transition_params.shape.as_list()[2]

    @property
    def state_size(self) -> Any:
        """The number of tags."""
        return self._num_tags

    @property
    def output_size(self) -> Any:
        """The number of tags."""
        return self._num_tags

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """The alphas of a step, twice."""
        alphas = inputs + reduce_logsumexp(expand_dims(state, 2) + self._transition_params, 1)
        return alphas, alphas


class CrfDecodeForwardRnnCell(CrfForwardRnnCell):
    """The step of the Viterbi algorithm: the best score of each tag, and the tag before it.

    Args:
      transition_params: The score of each tag after each, `[tags, tags]`.
    """

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """The tags before, and the scores."""
        scores = expand_dims(state, 2) + self._transition_params
        return argmax(scores, 1, output_type=dtypes.int32), inputs + reduce_max(scores, 1)


class CrfDecodeBackwardRnnCell(RNNCell):
    """A step back: from a tag to the one before it.

    Args:
      num_tags: The number of tags.
    """

    def __init__(self, num_tags: int) -> None:
        super().__init__()
        self._num_tags = num_tags

    @property
    def state_size(self) -> Any:
        """1."""
        return 1

    @property
    def output_size(self) -> Any:
        """1."""
        return 1

    def call(self, inputs: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """The tag before, twice."""
        tags = squeeze(state, [1])
        found = expand_dims(gather_nd(inputs, stack([range_(shape(inputs)[0]), tags], 1)), -1)
        return found, found


def viterbi_decode(score: np.ndarray, transition_params: np.ndarray) -> tuple[list[int], Any]:
    """The best sequence of tags, and its score, outside of the graph.

    Args:
      score: The scores of tags, `[steps, tags]`.
      transition_params: The score of each tag after each, `[tags, tags]`.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> tags, best = viterbi_decode(np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[0.0, 0.0], [5.0, 0.0]]))
      >>> tags, float(best)
      ([1, 0], 10.0)
    """
    score, transitions = np.asarray(score), np.asarray(transition_params)
    best = score[0]
    before = []
    for step in score[1:]:
        scores = best[:, None] + transitions
        before.append(scores.argmax(0))
        best = step + scores.max(0)
    tags = [int(best.argmax())]
    for origin in reversed(before):
        tags.append(int(origin[tags[-1]]))
    return tags[::-1], best.max()


def crf_decode(potentials: TensorLike, transition_params: TensorLike, sequence_length: TensorLike) \
        -> tuple[Tensor, Tensor]:
    """The best sequences of tags, and their scores.

    Args:
      potentials: The scores of tags, `[batch, steps, tags]`.
      transition_params: The score of each tag after each, `[tags, tags]`.
      sequence_length: The lengths, `[batch]`.

    Returns:
      The tags, `[batch, steps]` of int32, with 0 behind the end of a sequence, and the scores, `[batch]`.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     tags, best = crf_decode([[[1.0, 2.0], [3.0, 4.0]]], [[0.0, 0.0], [5.0, 0.0]], [2])
      ...     print(sess.run(tags), sess.run(best))
      [[1 0]] [10.]
    """
    with name_scope("crf_decode"):
        potentials, lengths = convert_to_tensor(potentials), convert_to_tensor(sequence_length)
        cell = CrfDecodeForwardRnnCell(transition_params)
        steps = maximum(lengths - 1, 0)
        before, scores = dynamic_rnn(cell, potentials[:, 1:], steps, initial_state=potentials[:, 0],
                                     dtype=dtypes.int32)
        last = expand_dims(argmax(scores, 1, output_type=dtypes.int32), -1)
        tags, _ = dynamic_rnn(CrfDecodeBackwardRnnCell(cell.output_size), reverse_sequence(before, steps, seq_axis=1),
                              steps, initial_state=last, dtype=dtypes.int32)
        backwards = concat([last, squeeze(tags, [2])], 1)
        return reverse_sequence(backwards, maximum(lengths, 0), seq_axis=1), reduce_max(scores, 1)
