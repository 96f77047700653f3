"""The best of boxes that overlap."""

from __future__ import annotations

import numpy as np

from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _suppression_shape(boxes: TensorShape, scores: TensorShape, max_output_size: TensorShape,
                       iou_threshold: TensorShape, score_threshold: TensorShape) -> TensorShape:
    count, corners = shape_rules.sizes_of(shape_rules.with_rank(boxes, 2))
    scored, = shape_rules.sizes_of(shape_rules.with_rank(scores, 1))
    if corners not in (None, 4):
        raise ValueError(f"boxes must have 4 columns, got {corners}")
    if None not in (count, scored) and count != scored:
        raise ValueError(f"scores has incompatible shape: {count} boxes and {scored} scores")
    for number in (max_output_size, iou_threshold, score_threshold):
        shape_rules.with_rank(number, 0)
    return shape_rules.VECTOR


def _overlaps(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The part of the union of a box with each of others that both cover; any two opposite corners make a box."""
    low, high = (choose(box[:2], box[2:]) for choose in (np.minimum, np.maximum))
    lows, highs = (choose(others[:, :2], others[:, 2:]) for choose in (np.minimum, np.maximum))
    area, areas = np.prod(high - low), np.prod(highs - lows, axis=1)
    both = np.prod(np.maximum(np.minimum(high, highs) - np.maximum(low, lows), 0), axis=1)
    filled = (areas > 0) & (area > 0)
    return np.where(filled, both / np.where(filled, area + areas - both, 1), 0)


def _suppression_kernel(context: HostContext, boxes: Array, scores: Array, max_output_size: Array,
                        iou_threshold: Array, score_threshold: Array) -> Array:
    if boxes.ndim != 2 or boxes.shape[1] != 4 or scores.shape != boxes.shape[:1]:
        raise InvalidArgumentError(None, None, f"boxes must be [n, 4] and scores [n], got {list(boxes.shape)} and "
                                   f"{list(scores.shape)}")
    if not 0 <= iou_threshold <= 1:
        raise InvalidArgumentError(None, None, f"iou_threshold must be in [0, 1], got {iou_threshold}")
    wide = boxes.astype(np.float32)
    chosen: list[int] = []
    order = np.argsort(-scores.astype(np.float32), kind="stable")
    order = order[scores[order] > score_threshold]
    while len(order) and len(chosen) < max_output_size:
        best, order = order[0], order[1:]
        chosen.append(int(best))
        order = order[_overlaps(wide[best], wide[order]) <= np.float32(iou_threshold)]
    return np.array(chosen, np.int32)


NON_MAX_SUPPRESSION = define_op(
    "NonMaxSuppressionV3",
    inputs="boxes: T, scores: T, max_output_size: int32, iou_threshold: T_threshold, score_threshold: T_threshold",
    outputs="selected_indices: int32", attrs="T: {half, float} = float, T_threshold: {half, float} = float",
    shape=_suppression_shape, kernel=_suppression_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def non_max_suppression(boxes: TensorLike, scores: TensorLike, max_output_size: TensorLike,
                        iou_threshold: TensorLike = 0.5, score_threshold: TensorLike = float("-inf"),
                        name: str | None = None) -> Tensor:
    """The numbers of the best boxes, without those that overlap a better one too much.

    Args:
      boxes: `[n, 4]`: two opposite corners of each, `y1, x1, y2, x2`.
      scores: `[n]`: how good each is.
      max_output_size: How many are taken at most.
      iou_threshold: How much of the union of two boxes both may cover.
      score_threshold: Only what is better is taken.
      name: Name of the scope of the nodes.

    Returns:
      int32, the best first.

    Raises:
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: When run, if they do not, or a threshold is out of its range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.1, 1.0, 1.0], [0.0, 2.0, 1.0, 3.0]]
      ...     print(sess.run(tf.image.non_max_suppression(boxes, [0.5, 0.9, 0.1], 3)))
      [1 2]
    """
    with name_scope(name, "non_max_suppression"):
        return NON_MAX_SUPPRESSION(boxes, scores, max_output_size, iou_threshold, score_threshold)
