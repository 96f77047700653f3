"""`tf.nn.seq2seq`: the losses of the releases before 1.0, whose functions of the user's take logits first."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.seq2seq import legacy_losses
from millpond.seq2seq.losses import SoftmaxLoss

# `loss(logits, labels)` gives the loss of each row of logits.
LogitsFirst = Callable[[Any, Any], Tensor]


def _by_name(loss: LogitsFirst | None) -> SoftmaxLoss | None:
    return None if loss is None else lambda labels, logits: loss(logits, labels)


def sequence_loss_by_example(logits: Sequence[TensorLike], targets: Sequence[TensorLike],
                             weights: Sequence[TensorLike], average_across_timesteps: bool = True,
                             softmax_loss_function: LogitsFirst | None = None, name: str | None = None) -> Tensor:
    """`tf.contrib.legacy_seq2seq.sequence_loss_by_example`, for programs of the first releases.

    Args:
      logits, targets, weights, average_across_timesteps, name: As there.
      softmax_loss_function: `f(logits, labels)` in place of the cross entropy of a softmax.

    Raises:
      ValueError: If the lists are of different lengths, or empty.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.nn.seq2seq.sequence_loss_by_example([tf.zeros([2, 4])], [[1, 3]], [[1.0, 1.0]])
      ...     print(sess.run(loss).round(4))
      [1.3863 1.3863]
    """
    return legacy_losses.sequence_loss_by_example(logits, targets, weights, average_across_timesteps,
                                                  _by_name(softmax_loss_function), name)


def sequence_loss(logits: Sequence[TensorLike], targets: Sequence[TensorLike], weights: Sequence[TensorLike],
                  average_across_timesteps: bool = True, average_across_batch: bool = True,
                  softmax_loss_function: LogitsFirst | None = None, name: str | None = None) -> Tensor:
    """`tf.contrib.legacy_seq2seq.sequence_loss`, for programs of the first releases.

    Args:
      logits, targets, weights, average_across_timesteps, average_across_batch, name: As there.
      softmax_loss_function: `f(logits, labels)` in place of the cross entropy of a softmax.

    Raises:
      ValueError: If the lists are of different lengths, or empty.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.nn.seq2seq.sequence_loss([tf.zeros([2, 4])], [[1, 3]], [[1.0, 1.0]])
      ...     print(sess.run(loss).round(4))
      1.3863
    """
    return legacy_losses.sequence_loss(logits, targets, weights, average_across_timesteps, average_across_batch,
                                       _by_name(softmax_loss_function), name)


def model_with_buckets(encoder_inputs: Sequence[TensorLike], decoder_inputs: Sequence[TensorLike],
                       targets: Sequence[TensorLike], weights: Sequence[TensorLike],
                       buckets: Sequence[tuple[int, int]], seq2seq: Callable[..., Any],
                       softmax_loss_function: LogitsFirst | None = None, per_example_loss: bool = False,
                       name: str | None = None) -> tuple[list[Any], list[Tensor]]:
    """`tf.contrib.legacy_seq2seq.model_with_buckets`, for programs of the first releases.

    Args:
      encoder_inputs, decoder_inputs, targets, weights, buckets, seq2seq, per_example_loss, name: As there.
      softmax_loss_function: `f(logits, labels)` in place of the cross entropy of a softmax.

    Raises:
      ValueError: If there are fewer inputs, targets or weights than the last bucket needs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     steps, targets, weights = [tf.zeros([2, 4])] * 3, [tf.zeros([2], tf.int32)] * 3, [tf.ones([2])] * 3
      ...     outputs, losses = tf.nn.seq2seq.model_with_buckets(
      ...         steps, steps, targets, weights, [(1, 2), (3, 3)], lambda inputs, outputs: (outputs, inputs[-1]),
      ...         softmax_loss_function=lambda logits, labels: tf.reduce_sum(logits, 1))
      ...     print([len(steps) for steps in outputs], losses[0].shape)
      [2, 3] ()
    """
    return legacy_losses.model_with_buckets(encoder_inputs, decoder_inputs, targets, weights, buckets, seq2seq,
                                            _by_name(softmax_loss_function), per_example_loss, name)
