"""Losses of sequences that are lists of steps: `tf.contrib.legacy_seq2seq`, and models with buckets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.indexing import getitem
from millpond.ops.array.shape import reshape, shape
from millpond.ops.math.add_n import add_n
from millpond.ops.math.arithmetic import add, multiply
from millpond.ops.math.cast import cast
from millpond.ops.math.division import divide
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.nn.cross_entropy import sparse_softmax_cross_entropy_with_logits
from millpond.ops.scoping import name_scope
from millpond.seq2seq.losses import SoftmaxLoss
from millpond.variables.scope import get_variable_scope, variable_scope

# Keeps a division by weights that are all 0 from being one by 0.
_TINY = 1e-12


def sequence_loss_by_example(logits: Sequence[TensorLike], targets: Sequence[TensorLike],
                             weights: Sequence[TensorLike], average_across_timesteps: bool = True,
                             softmax_loss_function: SoftmaxLoss | None = None, name: str | None = None) -> Tensor:
    """The weighted cross entropy of each sequence of a batch.

    Args:
      logits: For each step, floats [batch, classes].
      targets: For each step, integers [batch], the true classes.
      weights: For each step, floats [batch].
      average_across_timesteps: Whether to divide by the sum of a sequence's weights.
      softmax_loss_function: `f(labels=..., logits=...)` in place of the cross entropy of a softmax.
      name: Name of the scope.

    Returns:
      Floats [batch].

    Raises:
      ValueError: If the lists are of different lengths, or empty.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.contrib.legacy_seq2seq.sequence_loss_by_example([tf.zeros([2, 4])], [[1, 3]], [[1.0, 1.0]])
      ...     print(sess.run(loss).round(4))
      [1.3863 1.3863]
    """
    if not len(targets) == len(weights) == len(logits):
        raise ValueError(f"Lengths of logits, weights, and targets must be the same {len(logits)}, {len(weights)}, "
                         f"{len(targets)}.")
    with name_scope(name, "sequence_loss_by_example", [*logits, *targets, *weights]):
        losses = []
        for logit, target, weight in zip(logits, targets, weights, strict=True):
            if softmax_loss_function is None:
                loss = sparse_softmax_cross_entropy_with_logits(labels=reshape(target, [-1]), logits=logit)
            else:
                loss = softmax_loss_function(labels=target, logits=logit)
            losses.append(multiply(loss, weight))
        total = add_n(losses)
        return divide(total, add(add_n(list(weights)), _TINY)) if average_across_timesteps else total


def sequence_loss(logits: Sequence[TensorLike], targets: Sequence[TensorLike], weights: Sequence[TensorLike],
                  average_across_timesteps: bool = True, average_across_batch: bool = True,
                  softmax_loss_function: SoftmaxLoss | None = None, name: str | None = None) -> Tensor:
    """The sum of `sequence_loss_by_example` over a batch, or its mean.

    Args:
      logits, targets, weights, average_across_timesteps, softmax_loss_function: See `sequence_loss_by_example`.
      average_across_batch: Whether to divide by the size of the batch.
      name: Name of the scope.

    Returns:
      A scalar.

    Raises:
      ValueError: If the lists are of different lengths, or empty.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.contrib.legacy_seq2seq.sequence_loss([tf.zeros([2, 4])], [[1, 3]], [[1.0, 1.0]])
      ...     print(sess.run(loss).round(4))
      1.3863
    """
    with name_scope(name, "sequence_loss", [*logits, *targets, *weights]):
        cost = reduce_sum(sequence_loss_by_example(logits, targets, weights,
                                                   average_across_timesteps=average_across_timesteps,
                                                   softmax_loss_function=softmax_loss_function))
        if not average_across_batch:
            return cost
        return divide(cost, cast(getitem(shape(convert_to_tensor(targets[0])), 0), cost.dtype))


def model_with_buckets(encoder_inputs: Sequence[TensorLike], decoder_inputs: Sequence[TensorLike],
                       targets: Sequence[TensorLike], weights: Sequence[TensorLike],
                       buckets: Sequence[tuple[int, int]], seq2seq: Callable[..., Any],
                       softmax_loss_function: SoftmaxLoss | None = None, per_example_loss: bool = False,
                       name: str | None = None) -> tuple[list[Any], list[Tensor]]:
    """One model for each of several lengths, all with the same variables.

    Args:
      encoder_inputs, decoder_inputs: Tensors, one for each step.
      targets: For each step, integers [batch], the true classes.
      weights: For each step, floats [batch].
      buckets: Pairs of how many steps of the input and of the output a model has, the largest last.
      seq2seq: `seq2seq(encoder_inputs, decoder_inputs)` gives the outputs of a model, one for each step, and its state.
      softmax_loss_function: `f(labels=..., logits=...)` in place of the cross entropy of a softmax.
      per_example_loss: Whether the losses are those of `sequence_loss_by_example`; else of `sequence_loss`.
      name: Name of the scope.

    Returns:
      `(outputs, losses)`: for each bucket the outputs of its model, and its loss.

    Raises:
      ValueError: If there are fewer inputs, targets or weights than the last bucket needs.

    Example:
      >>> import millpond as tf
      >>> def model(encoder_inputs, decoder_inputs):
      ...     scale = tf.get_variable("scale", [])
      ...     return [step * scale for step in decoder_inputs], encoder_inputs[-1]
      >>> with tf.Graph().as_default():
      ...     steps, targets, weights = [tf.zeros([2, 4])] * 3, [tf.zeros([2], tf.int32)] * 3, [tf.ones([2])] * 3
      ...     outputs, losses = tf.contrib.legacy_seq2seq.model_with_buckets(
      ...         steps, steps, targets, weights, [(1, 2), (3, 3)], model)
      ...     print([len(steps) for steps in outputs], len(tf.trainable_variables()))
      [2, 3] 1
    """
    inputs_wanted, outputs_wanted = buckets[-1]
    for what, given, wanted in (("encoder_inputs", encoder_inputs, inputs_wanted), ("targets", targets, outputs_wanted),
                                ("weights", weights, outputs_wanted)):
        if len(given) < wanted:
            raise ValueError(f"Length of {what} ({len(given)}) must be at least that of last bucket ({wanted}).")
    loss = sequence_loss_by_example if per_example_loss else sequence_loss
    outputs: list[Any] = []
    losses: list[Tensor] = []
    with name_scope(name, "model_with_buckets", [*encoder_inputs, *decoder_inputs, *targets, *weights]):
        for input_size, output_size in buckets:
            with variable_scope(get_variable_scope(), reuse=True if outputs else None):
                found, _ = seq2seq(encoder_inputs[:input_size], decoder_inputs[:output_size])
                outputs.append(found)
                losses.append(loss(found, targets[:output_size], weights[:output_size],
                                   softmax_loss_function=softmax_loss_function))
    return outputs, losses
