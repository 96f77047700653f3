"""`GatherTree`: the sequences of a beam search, read back from its steps.

A step of the search says, for each beam, which symbol it took and which beam of the step before it goes on from. The
sequence of a beam is found by going back from parent to parent. Instead of one step after another, all beams go back
at once: by one step, then by two, four, ... (pointer doubling), so that an array program of about log2(time) steps
does it in both tiers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, Guard, define_op
from millpond.graph.rule_types import Array, ArrayModule
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.shapes import TensorShape


def _gather_tree_shape(step_ids: TensorShape, parent_ids: TensorShape, max_sequence_lengths: TensorShape,
                       end_token: TensorShape) -> TensorShape:
    steps = shape_rules.with_rank(step_ids, 3).merge_with(shape_rules.with_rank(parent_ids, 3))
    lengths = shape_rules.with_rank(max_sequence_lengths, 1)
    shape_rules.with_rank(end_token, 0)
    return steps.merge_with(TensorShape.of((None, lengths.sizes[0], None)))  # type: ignore[index]


def _check_shapes(step_ids: Any, parent_ids: Any, max_sequence_lengths: Any) -> None:
    if len(step_ids.shape) != 3:
        raise ValueError(f"step_ids must be a 3-tensor, saw shape: {list(step_ids.shape)}")
    if tuple(step_ids.shape) != tuple(parent_ids.shape):
        raise ValueError(f"step_ids.shape must match parent_ids.shape.  but shapes are: {list(step_ids.shape)} and "
                         f"{list(parent_ids.shape)}")
    if tuple(max_sequence_lengths.shape) != (step_ids.shape[1],):
        raise ValueError("batch size dimensions step_ids.shape[1] and max_sequence_lengths.shape[0] must match.  but "
                         f"shapes are: {list(step_ids.shape)} and {list(max_sequence_lengths.shape)}")


def _last_steps(xp: ArrayModule, parent_ids: Any, max_sequence_lengths: Any) -> Any:
    """[1, batch, 1]: the last step of each entry's sequences, -1 where there is none."""
    return xp.reshape(xp.minimum(max_sequence_lengths, np.int32(parent_ids.shape[0])) - np.int32(1), (1, -1, 1))


def _times(parent_ids: Any) -> np.ndarray:
    """[time, 1, 1]."""
    return np.arange(parent_ids.shape[0], dtype=np.int32).reshape(-1, 1, 1)


def _places(xp: ArrayModule, parent_ids: Any, last: Any) -> Any:
    """[time, batch, beams]: the beam in which a sequence stood at each step, given by where it ends.

    Parents that are no beams count as the nearest one.
    """
    width = np.int32(parent_ids.shape[2])
    own = np.broadcast_to(np.arange(width, dtype=np.int32), parent_ids.shape)
    # From the beam at the next step to that at this one; from the last step on, a sequence stays where it is.
    following = xp.concatenate([parent_ids[1:], own[:1]], axis=0)
    places = xp.where(xp.less(_times(parent_ids), last), xp.clip(following, np.int32(0), width - np.int32(1)), own)
    reach = 1
    while reach < parent_ids.shape[0]:
        later = xp.concatenate([places[reach:], own[:reach]], axis=0)
        places = xp.take_along_axis(places, later, axis=2)
        reach *= 2
    return places


def _gather_tree_kernel(xp: ArrayModule, step_ids: Array, parent_ids: Array, max_sequence_lengths: Array,
                        end_token: Array) -> Array:
    _check_shapes(step_ids, parent_ids, max_sequence_lengths)
    if 0 in step_ids.shape:
        return xp.asarray(step_ids)
    last = _last_steps(xp, parent_ids, max_sequence_lengths)
    ids = xp.take_along_axis(step_ids, _places(xp, parent_ids, last), axis=2)
    ids = xp.where(xp.less_equal(_times(parent_ids), last), ids, end_token)
    ends = xp.equal(ids, end_token)
    # A sequence has ended once it has taken the end token; what follows is filled with it.
    ended = xp.greater(xp.cumsum(ends, axis=0, dtype=np.int32), np.int32(0))
    return xp.where(ended, end_token, ids)


def _wrong_parents(xp: ArrayModule, parent_ids: Any, max_sequence_lengths: Any) -> tuple[Any, Any]:
    """[time, batch, beams]: the parents that each sequence passes, and which of them are no beams."""
    last = _last_steps(xp, parent_ids, max_sequence_lengths)
    passed = xp.take_along_axis(parent_ids, _places(xp, parent_ids, last), axis=2)
    times = _times(parent_ids)
    asked = xp.logical_and(xp.greater(times, np.int32(0)), xp.less_equal(times, last))
    outside = xp.logical_or(xp.less(passed, np.int32(0)), xp.greater_equal(passed, np.int32(parent_ids.shape[2])))
    return passed, xp.logical_and(asked, outside)


def _gather_tree_ok(xp: ArrayModule, step_ids: Array, parent_ids: Array, max_sequence_lengths: Array,
                    end_token: Array) -> Array:
    _check_shapes(step_ids, parent_ids, max_sequence_lengths)
    if 0 in parent_ids.shape:
        return np.asarray(True)
    return xp.logical_not(xp.any(_wrong_parents(xp, parent_ids, max_sequence_lengths)[1]))


def _gather_tree_message(step_ids: Array, parent_ids: Array, max_sequence_lengths: Array, end_token: Array) -> str:
    parents, wrong = _wrong_parents(np, parent_ids, max_sequence_lengths)
    # A sequence is followed back from its end: of its wrong parents the latest counts.
    batch, beam, back = np.argwhere(wrong[::-1].transpose(1, 2, 0))[0]
    time = len(wrong) - 1 - back
    return f"Saw invalid parent id {parents[time, batch, beam]} at (batch, time, beam) == ({batch}, {time - 1}, {beam})"


GATHER_TREE = define_op(
    "GatherTree", inputs="step_ids: T, parent_ids: T, max_sequence_lengths: int32, end_token: T", outputs="beams: T",
    attrs="T: {int32}", shape=_gather_tree_shape, kernel=_gather_tree_kernel, gradient=NOT_DIFFERENTIABLE,
    guard=Guard(_gather_tree_ok, _gather_tree_message, ("parent_ids", "max_sequence_lengths"), InvalidArgumentError))


def gather_tree(step_ids: TensorLike, parent_ids: TensorLike, max_sequence_lengths: TensorLike, end_token: TensorLike,
                name: str | None = None) -> Tensor:
    """The sequences that a beam search ended with, from what it did at each step.

    Args:
      step_ids: int32 [time, batch, beams], the symbol that each beam took.
      parent_ids: int32 [time, batch, beams], the beam of the step before that each beam goes on from.
      max_sequence_lengths: int32 [batch]: at which length the sequences of an entry are read. Steps after it are not
        looked at.
      end_token: An int32 scalar: the symbol that ends a sequence.
      name: Name of the node.

    Returns:
      int32 [time, batch, beams]: the sequence of each beam, along the time. After its first end token, and from the
      entry's length on, it is filled with the end token.

    Raises:
      ValueError: While building, if the shapes do not fit.
      tf.errors.InvalidArgumentError: When run, if a sequence comes to a parent that is no beam.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     steps, parents = [[[1, 2]], [[3, 4]], [[5, 6]]], [[[0, 0]], [[1, 0]], [[1, 1]]]
      ...     print(sess.run(tf.contrib.seq2seq.gather_tree(steps, parents, [3], 9))[:, 0])
      [[1 1]
       [4 4]
       [5 6]]
    """
    return GATHER_TREE(step_ids, parent_ids, max_sequence_lengths, end_token, name=name)
