"""Last dimensions of size 1 that one of two tensors has too many, known while building or only in the run."""

from __future__ import annotations

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.tensor import Tensor
from millpond.ops.scoping import name_scope


def remove_squeezable_dimensions(labels: Tensor, predictions: Tensor,
                                 expected_rank_diff: int = 0) -> tuple[Tensor, Tensor]:
    """Drops the last dimension of the one that has one more than expected.

    Args:
      labels, predictions: Tensors; where a rank is unknown, the run decides.
      expected_rank_diff: How many dimensions the predictions should have more than the labels.

    Returns:
      Labels and predictions. What is dropped must have size 1: that is known here, or an error in the run.

    Raises:
      tf.errors.InvalidArgumentError: In the run, if what is dropped has another size.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     labels, predictions = remove_squeezable_dimensions(tf.zeros([4]), tf.zeros([4, 1]))
      ...     print(labels.shape, predictions.shape)
      (4,) (4,)
    """
    with name_scope(None, "remove_squeezable_dimensions", [labels, predictions]):
        ours, theirs = labels.shape.ndims, predictions.shape.ndims
        if ours is None or theirs is None:
            return _squeezed_in_the_run(labels, predictions, expected_rank_diff)
        if theirs - ours == expected_rank_diff + 1 and _may_squeeze(predictions):
            return labels, squeeze_last(predictions)
        if theirs - ours == expected_rank_diff - 1 and _may_squeeze(labels):
            return squeeze_last(labels), predictions
        return labels, predictions


def _squeezed_in_the_run(labels: Tensor, predictions: Tensor, expected: int) -> tuple[Tensor, Tensor]:
    g = GradientBuilder()
    difference = g.Sub(g.rank(predictions), g.rank(labels), name="sub")
    squeezed = []
    for x, one_more in ((labels, expected - 1), (predictions, expected + 1)):
        squeezed.append(squeeze_last_if(x, g.Equal(difference, one_more)) if _may_squeeze(x) else x)
    return squeezed[0], squeezed[1]


def weights_without_last(weights: Tensor, labels: Tensor) -> Tensor:
    """Weights of labels, without a last dimension that the labels have not."""
    ours, theirs = weights.shape.ndims, labels.shape.ndims
    if ours is not None and theirs is not None:
        return squeeze_last(weights) if ours == theirs + 1 > 1 else weights
    if not _may_squeeze(weights):
        return weights
    g = GradientBuilder()
    return squeeze_last_if(weights, g.Equal(g.Sub(g.rank(weights), g.rank(labels), name="sub"), 1))


def _may_squeeze(x: Tensor) -> bool:
    """Whether there may be a last dimension, of size 1."""
    return x.shape.sizes is None or (x.shape.sizes != () and x.shape.sizes[-1] in (None, 1))


def squeeze_last(x: Tensor) -> Tensor:
    return GradientBuilder().Squeeze(x, squeeze_dims=[-1])


def squeeze_last_if(x: Tensor, condition: Tensor) -> Tensor:
    """`x` without its last dimension where the condition, a scalar that follows from shapes, is true."""
    g = GradientBuilder()
    kept = g.Sub(g.rank(x), g.Cast(condition, DstT="int32"), name="sub")
    return g.Reshape(x, g.Slice(g.Shape(x), [0], g.ExpandDims(kept, 0)))
