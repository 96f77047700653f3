"""Losses over many classes that look at the true ones and at a sample of the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike, VariableLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like, zeros_like
from millpond.ops.array.identity import stop_gradient
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.nn.candidate_samplers import log_uniform_candidate_sampler
from millpond.ops.nn.cross_entropy import sigmoid_cross_entropy_with_logits, softmax_cross_entropy_with_logits_v2
from millpond.ops.nn.embedding import embedding_lookup
from millpond.ops.scoping import name_scope


def nce_loss(weights: Sequence[VariableLike] | VariableLike, biases: TensorLike, labels: TensorLike, inputs: TensorLike,
             num_sampled: int, num_classes: int, num_true: int = 1, sampled_values: Sequence[TensorLike] | None = None,
             remove_accidental_hits: bool = False, partition_strategy: str = "mod", name: str = "nce_loss") -> Tensor:
    """Noise-contrastive estimation (M. Gutmann, A. Hyvärinen, 2010): tells true classes from sampled ones.

    Args:
      weights: [num_classes, dim], or its parts: see `embedding_lookup`.
      biases: [num_classes].
      labels: int64 [batch, num_true], the true classes.
      inputs: [batch, dim].
      num_sampled: How many classes to sample for the batch.
      num_classes: How many there are.
      num_true: How many true classes each example has.
      sampled_values: What a candidate sampler returned; `log_uniform_candidate_sampler` is asked if omitted.
      remove_accidental_hits: Whether samples that are true classes are left out.
      partition_strategy: See `embedding_lookup`.
      name: Name of the scope.

    Returns:
      [batch], the loss of each example.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     weights, biases = tf.zeros([3, 2]), tf.zeros([3])
      ...     loss = tf.nn.nce_loss(weights, biases, [[1]], [[1.0, 2.0]], num_sampled=2, num_classes=3)
      ...     print(sess.run(tf.shape(loss)))
      [1]
    """
    logits, targets = _sampled_logits(weights, biases, labels, inputs, num_sampled, num_classes, num_true,
                                      sampled_values, remove_accidental_hits, partition_strategy, name, None)
    losses = sigmoid_cross_entropy_with_logits(labels=targets, logits=logits, name="sampled_losses")
    return reduce_sum(losses, 1)


def sampled_softmax_loss(weights: Sequence[VariableLike] | VariableLike, biases: TensorLike, labels: TensorLike,
                         inputs: TensorLike, num_sampled: int, num_classes: int, num_true: int = 1,
                         sampled_values: Sequence[TensorLike] | None = None, remove_accidental_hits: bool = True,
                         partition_strategy: str = "mod", name: str = "sampled_softmax_loss",
                         seed: int | None = None) -> Tensor:
    """The cross entropy of a softmax over the true classes and a sample of the others (S. Jean et al., 2014).

    For training only.

    Args:
      weights: [num_classes, dim], or its parts: see `embedding_lookup`.
      biases: [num_classes].
      labels: int64 [batch, num_true], the true classes.
      inputs: [batch, dim].
      num_sampled: How many classes to sample for the batch.
      num_classes: How many there are.
      num_true: How many true classes each example has.
      sampled_values: What a candidate sampler returned; `log_uniform_candidate_sampler` is asked if omitted.
      remove_accidental_hits: Whether samples that are true classes are left out.
      partition_strategy: See `embedding_lookup`.
      name: Name of the node.
      seed: That of the sampler, see `tf.set_random_seed`.

    Returns:
      [batch], the loss of each example.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     weights, biases = tf.zeros([3, 2]), tf.zeros([3])
      ...     loss = tf.nn.sampled_softmax_loss(weights, biases, [[1]], [[1.0, 2.0]], num_sampled=2, num_classes=3)
      ...     print(sess.run(tf.shape(loss)))
      [1]
    """
    logits, targets = _sampled_logits(weights, biases, labels, inputs, num_sampled, num_classes, num_true,
                                      sampled_values, remove_accidental_hits, partition_strategy, name, seed)
    targets = stop_gradient(targets, name="labels_stop_gradient")
    return softmax_cross_entropy_with_logits_v2(labels=targets, logits=logits)


def _sampled_logits(weights: Any, biases: Any, labels: Any, inputs: Any, num_sampled: int, num_classes: int,
                    num_true: int, sampled_values: Any, remove_hits: bool, strategy: str, name: str,
                    seed: int | None) -> tuple[Tensor, Tensor]:
    """Logits and targets [batch, num_true + num_sampled], of the true classes first."""
    g = GradientBuilder()
    parts = list(weights) if isinstance(weights, (list, tuple)) else [weights]
    with name_scope(name, "compute_sampled_logits", [*parts, biases, inputs, labels]):
        inputs = convert_to_tensor(inputs, name="inputs")
        labels = g.cast(convert_to_tensor(labels, name="labels"), dtypes.int64)
        flat = g.Reshape(labels, [-1])
        if sampled_values is None:
            sampled_values = log_uniform_candidate_sampler(labels, num_true, num_sampled, True, num_classes, seed=seed)
        sampled, true_count, sampled_count = (stop_gradient(value) for value in sampled_values)
        sampled = g.cast(sampled, dtypes.int64)
        both = g.ConcatV2([flat, sampled], 0, name="concat")
        count = g.Shape(flat)
        rows = embedding_lookup(weights, both, strategy)
        offsets = embedding_lookup(biases, both, strategy)
        rows, offsets = g.cast(rows, inputs.dtype), g.cast(offsets, inputs.dtype)
        end = g.Pack([-1, -1])
        true_rows = g.Slice(rows, [0, 0], g.ConcatV2([count, [-1]], 0, name="concat"))
        sampled_rows = g.Slice(rows, g.ConcatV2([count, [0]], 0, name="concat"), end)
        true_offsets, sampled_offsets = g.Slice(offsets, [0], count), g.Slice(offsets, count, [-1])
        sampled_logits = g.AddV2(g.MatMul(inputs, sampled_rows, transpose_b=True), sampled_offsets, name="add")
        width = g.ConcatV2([[-1, num_true], g.Slice(g.Shape(true_rows), [1], [1])], 0, name="concat")
        products = g.Mul(g.ExpandDims(inputs, 1), g.Reshape(true_rows, width))
        true_logits = g.AddV2(reduce_sum(products, 2), g.Reshape(true_offsets, [-1, num_true]), name="add")
        if remove_hits:
            sampled_logits = _without_hits(g, sampled_logits, labels, sampled)
        true_logits = g.Sub(true_logits, g.Log(true_count), name="sub")
        sampled_logits = g.Sub(sampled_logits, g.Log(sampled_count), name="sub")
        logits = g.ConcatV2([true_logits, sampled_logits], 1, name="concat")
        share = g.RealDiv(ones_like(true_logits), g.constant(num_true, true_logits), name="truediv")
        return logits, g.ConcatV2([share, zeros_like(sampled_logits)], 1, name="concat")


def _without_hits(g: GradientBuilder, logits: Tensor, labels: Tensor, sampled: Tensor) -> Tensor:
    """The least number in place of the logits of samples that are true classes of the example."""
    is_hit = g.Any(g.Equal(g.ExpandDims(labels, 2), g.Reshape(sampled, [1, 1, -1])), 1)
    least = g.constant(-float(np.finfo(np.float32).max), logits)
    return g.SelectV2(is_hit, least, logits)
