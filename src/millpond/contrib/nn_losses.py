"""`tf.contrib.nn`: functions of `tf.nn` with the arguments in the order of the first releases, and a few more."""

from __future__ import annotations

from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.math.arithmetic import minimum
from millpond.ops.nn.activation import softplus
from millpond.ops.nn.cross_entropy import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits,
    sparse_softmax_cross_entropy_with_logits,
)
from millpond.ops.scoping import name_scope


def deprecated_flipped_softmax_cross_entropy_with_logits(logits: TensorLike, labels: TensorLike, dim: int = -1,
                                                         name: str | None = None) -> Tensor:
    """`tf.nn.softmax_cross_entropy_with_logits` with the logits first.

    Args:
      logits, labels, dim, name: As there.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.contrib.nn.deprecated_flipped_softmax_cross_entropy_with_logits([[0.0, 0.0]], [[1.0, 0.0]])
      ...     print(sess.run(loss).round(3))
      [0.693]
    """
    return softmax_cross_entropy_with_logits(labels=labels, logits=logits, dim=dim, name=name)


def deprecated_flipped_sparse_softmax_cross_entropy_with_logits(logits: TensorLike, labels: TensorLike,
                                                                name: str | None = None) -> Tensor:
    """`tf.nn.sparse_softmax_cross_entropy_with_logits` with the logits first.

    Args:
      logits, labels, name: As there.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.contrib.nn.deprecated_flipped_sparse_softmax_cross_entropy_with_logits([[0.0, 0.0]], [1])
      ...     print(sess.run(loss).round(3))
      [0.693]
    """
    return sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name=name)


def deprecated_flipped_sigmoid_cross_entropy_with_logits(logits: TensorLike, targets: TensorLike,
                                                         name: str | None = None) -> Tensor:
    """`tf.nn.sigmoid_cross_entropy_with_logits` with the logits first.

    Args:
      logits, name: As there.
      targets: The labels.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.contrib.nn.deprecated_flipped_sigmoid_cross_entropy_with_logits([0.0], [1.0])
      ...     print(sess.run(loss).round(3))
      [0.693]
    """
    return sigmoid_cross_entropy_with_logits(labels=targets, logits=logits, name=name)


def scaled_softplus(x: TensorLike, alpha: TensorLike, clip: TensorLike | None = None,
                    name: str | None = None) -> Tensor:
    """`alpha log(1 + exp(x / alpha))`, at most `clip`.

    Args:
      x: A tensor of floats.
      alpha: How smooth the bend is.
      clip: The largest value; by default there is none.
      name: Prefix of the operations.

    Raises:
      TypeError: If the dtypes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.nn.scaled_softplus([0.0, 50.0], 2.0, clip=6.0)).round(3))
      [1.386 6.   ]
    """
    with name_scope(name, "scaled_softplus", [x, alpha]):
        x = convert_to_tensor(x, name="x")
        alpha = convert_to_tensor(alpha, dtype=x.dtype, name="alpha")
        y = alpha * softplus(x / alpha)
        return y if clip is None else minimum(y, convert_to_tensor(clip, dtype=x.dtype, name="clip"))
