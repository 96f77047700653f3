"""Losses of whole batches of sequences: `tf.contrib.seq2seq.sequence_loss` and `SequenceLoss`."""

from __future__ import annotations

from collections.abc import Callable

from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.indexing import getitem
from millpond.ops.array.shape import reshape, shape
from millpond.ops.math.arithmetic import multiply
from millpond.ops.math.cast import cast
from millpond.ops.math.division import div_no_nan
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.reduction_composites import count_nonzero
from millpond.ops.nn.cross_entropy import sparse_softmax_cross_entropy_with_logits
from millpond.ops.scoping import name_scope

# `loss(labels=..., logits=...)` gives the loss of each row of logits.
SoftmaxLoss = Callable[..., Tensor]


def sequence_loss(logits: TensorLike, targets: TensorLike, weights: TensorLike, average_across_timesteps: bool = True,
                  average_across_batch: bool = True, sum_over_timesteps: bool = False, sum_over_batch: bool = False,
                  softmax_loss_function: SoftmaxLoss | None = None, name: str | None = None) -> Tensor:
    """The weighted cross entropy of logits that are given for every step of sequences.

    A dimension that is averaged over is summed and divided by the sum of its weights; one that is summed over is
    summed and divided by the number of its weights that are not 0. Where that is 0, so is the loss.

    Args:
      logits: Floats [batch, time, classes].
      targets: Integers [batch, time], the true classes.
      weights: Floats [batch, time], often a mask of 1 where there is a target, and 0 after the end.
      average_across_timesteps, average_across_batch: Whether to average over that dimension.
      sum_over_timesteps, sum_over_batch: Whether to sum over that dimension.
      softmax_loss_function: `f(labels=..., logits=...)` in place of the cross entropy of a softmax, called with
        [batch * time] labels and [batch * time, classes] logits.
      name: Name of the scope.

    Returns:
      A scalar where both dimensions are reduced, [batch] or [time] where one is, else [batch, time].

    Raises:
      ValueError: If the ranks are not 3, 2 and 2, or a dimension is to be averaged and summed over.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.contrib.seq2seq.sequence_loss(tf.zeros([1, 2, 4]), [[1, 3]], [[1.0, 0.0]])
      ...     print(sess.run(loss).round(4))
      1.3863
    """
    logits, targets, weights = (convert_to_tensor(value, name=label) for value, label in
                                ((logits, "logits"), (targets, "targets"), (weights, "weights")))
    if logits.shape.ndims != 3:
        raise ValueError(f"Logits must be a [batch_size x sequence_length x logits] tensor, got shape {logits.shape}")
    if targets.shape.ndims != 2:
        raise ValueError(f"Targets must be a [batch_size x sequence_length] tensor, got shape {targets.shape}")
    if weights.shape.ndims != 2:
        raise ValueError(f"Weights must be a [batch_size x sequence_length] tensor, got shape {weights.shape}")
    for what, average, total in (("timesteps", average_across_timesteps, sum_over_timesteps),
                                 ("batch", average_across_batch, sum_over_batch)):
        if average and total:
            raise ValueError(f"average_across_{what} and sum_over_{what} cannot be set to True at same time.")
    with name_scope(name, "sequence_loss", [logits, targets, weights]):
        rows = reshape(logits, [-1, getitem(shape(logits), 2)])
        labels = reshape(targets, [-1])
        loss = softmax_loss_function or sparse_softmax_cross_entropy_with_logits
        losses = multiply(loss(labels=labels, logits=rows), reshape(weights, [-1]))
        if average_across_timesteps and average_across_batch:
            return div_no_nan(reduce_sum(losses), reduce_sum(weights))
        if sum_over_timesteps and sum_over_batch:
            return div_no_nan(reduce_sum(losses), cast(count_nonzero(weights), losses.dtype))
        losses = reshape(losses, getitem(shape(logits), slice(0, 2)))
        # One way of reducing is applied, as in TensorFlow, where one dimension is averaged and the other summed over.
        if average_across_timesteps or average_across_batch:
            axes = [0] if average_across_batch else [1]
            return div_no_nan(reduce_sum(losses, axes), reduce_sum(weights, axes))
        if sum_over_timesteps or sum_over_batch:
            axes = [0] if sum_over_batch else [1]
            return div_no_nan(reduce_sum(losses, axes), cast(count_nonzero(weights, axes), losses.dtype))
        return losses


class SequenceLoss:
    """`sequence_loss` as an object, which holds how it reduces.

    Args:
      average_across_timesteps, average_across_batch, sum_over_timesteps, sum_over_batch, softmax_loss_function,
        name: See `sequence_loss`.

    Raises:
      ValueError: When called, as `sequence_loss`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.contrib.seq2seq.SequenceLoss()
      ...     print(sess.run(loss([[1, 3]], tf.zeros([1, 2, 4]), [[1.0, 1.0]])).round(4))
      1.3863
    """

    def __init__(self, average_across_timesteps: bool = False, average_across_batch: bool = False,
                 sum_over_timesteps: bool = True, sum_over_batch: bool = True,
                 softmax_loss_function: SoftmaxLoss | None = None, name: str | None = None) -> None:
        self.average_across_timesteps = average_across_timesteps
        self.average_across_batch = average_across_batch
        self.sum_over_timesteps = sum_over_timesteps
        self.sum_over_batch = sum_over_batch
        self.softmax_loss_function = softmax_loss_function
        self.name = name

    def __call__(self, y_true: TensorLike, y_pred: TensorLike, sample_weight: TensorLike | None = None) -> Tensor:
        """The loss of logits `y_pred` for the classes `y_true`, weighted."""
        return sequence_loss(y_pred, y_true, sample_weight,
                             average_across_timesteps=self.average_across_timesteps,
                             average_across_batch=self.average_across_batch,
                             sum_over_timesteps=self.sum_over_timesteps, sum_over_batch=self.sum_over_batch,
                             softmax_loss_function=self.softmax_loss_function, name=self.name)
