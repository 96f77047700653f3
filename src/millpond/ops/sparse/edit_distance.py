"""The Levenshtein distance of sequences (Levenshtein, 1966), which sparse tensors hold."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.errors import InvalidArgumentError
from millpond.graph.composite import SparseTensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops.sparse.places import as_sparse, check_bounds
from millpond.shapes import TensorShape


def _edit_distance_shape(hypothesis_indices: TensorShape, hypothesis_values: TensorShape,
                         hypothesis_shape: StaticInput, truth_indices: TensorShape, truth_values: TensorShape,
                         truth_shape: StaticInput) -> TensorShape:
    ours, theirs = hypothesis_shape.as_shape().sizes, truth_shape.as_shape().sizes
    if ours is None or theirs is None:
        return TensorShape(None)
    _check_ranks(len(ours), len(theirs), ValueError)
    return TensorShape.of(tuple(None if a is None or b is None else max(a, b)
                                for a, b in zip(ours[:-1], theirs[:-1], strict=True)))


def _check_ranks(ours: int, theirs: int, error: Any) -> None:
    wrong = None
    if ours != theirs:
        wrong = f"hypothesis and truth must have the same rank, got {ours} and {theirs}"
    elif ours < 2:
        wrong = f"hypothesis and truth must have rank at least 2, got {ours}"
    if wrong:
        raise error(wrong) if error is ValueError else error(None, None, wrong)


def _sequences(indices: Array, values: Array, shape: Array) -> dict[tuple[int, ...], list[Any]]:
    check_bounds(indices, shape)
    found: dict[tuple[int, ...], list[Any]] = {}
    for place, value in zip(indices[:, :-1].tolist(), values.tolist(), strict=True):
        found.setdefault(tuple(place), []).append(value)
    return found


def _distance(ours: Sequence[Any], theirs: Sequence[Any]) -> int:
    row = list(range(len(theirs) + 1))
    for i, one in enumerate(ours, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(theirs, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (one != other))
    return row[-1]


def _edit_distance_kernel(context: HostContext, hypothesis_indices: Array, hypothesis_values: Array,
                          hypothesis_shape: Array, truth_indices: Array, truth_values: Array, truth_shape: Array, *,
                          normalize: bool) -> Array:
    _check_ranks(len(hypothesis_shape), len(truth_shape), InvalidArgumentError)
    ours = _sequences(hypothesis_indices, hypothesis_values, hypothesis_shape)
    theirs = _sequences(truth_indices, truth_values, truth_shape)
    result = np.zeros(tuple(np.maximum(hypothesis_shape, truth_shape)[:-1].tolist()), np.float32)
    for place in ours.keys() | theirs.keys():
        truth = theirs.get(place, [])
        distance: float = _distance(ours.get(place, []), truth)
        if normalize:
            distance = distance / len(truth) if truth else np.inf
        result[place] = distance
    return result


EDIT_DISTANCE = define_op(
    "EditDistance", inputs="hypothesis_indices: int64, hypothesis_values: T, hypothesis_shape: int64, "
                           "truth_indices: int64, truth_values: T, truth_shape: int64",
    outputs="output: float", attrs="normalize: bool = True, T: type",
    static_inputs=("hypothesis_shape", "truth_shape"), static_rule=lambda op: (), shape=_edit_distance_shape,
    kernel=_edit_distance_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def edit_distance(hypothesis: SparseTensor, truth: SparseTensor, normalize: bool = True,
                  name: str = "edit_distance") -> Tensor:
    """How many elements must be put in, taken out or changed to make one sequence another.

    Args:
      hypothesis: A sparse tensor whose last dimension is that of the sequences.
      truth: Another one, of the same rank and dtype.
      normalize: Whether distances are divided by the lengths of the sequences of `truth`; to a sequence of none they
        are infinite then, but from one of none.
      name: Name of the node.

    Returns:
      A float32 tensor of the shape of the larger one without its last dimension.

    Raises:
      TypeError: If one is no sparse tensor, or the dtypes differ.
      ValueError: If the ranks differ, or are less than 2.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     word = tf.SparseTensor([[0, 0], [0, 1], [0, 2]], list("cat"), [1, 3])
      ...     other = tf.SparseTensor([[0, 0], [0, 1]], list("at"), [1, 2])
      ...     print(sess.run(tf.edit_distance(word, other)))
      [0.5]
    """
    hypothesis, truth = as_sparse(hypothesis, "hypothesis"), as_sparse(truth, "truth")
    return EDIT_DISTANCE(hypothesis.indices, hypothesis.values, hypothesis.dense_shape, truth.indices, truth.values,
                         truth.dense_shape, normalize=normalize, name=name)
