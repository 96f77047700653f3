"""The losses themselves. All take weights, a scope, a collection and a reduction: see `compute_weighted_loss`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.collections import GraphKeys
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.losses.collection import add_loss
from millpond.losses.weighting import Reduction, compute_weighted_loss, number_present
from millpond.ops.array.fill import ones_like, range_, zeros_like
from millpond.ops.array.identity import stop_gradient
from millpond.ops.array.squeezable import remove_squeezable_dimensions, weights_without_last
from millpond.ops.math.cast import cast
from millpond.ops.math.reduction import reduce_sum, renamed
from millpond.ops.nn.cross_entropy import (
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
)
from millpond.ops.nn.weights_broadcast import assert_broadcastable
from millpond.ops.scoping import name_scope

_BY_NONZERO = Reduction.SUM_BY_NONZERO_WEIGHTS


def _check_given(**arguments: Any) -> None:
    for name, value in arguments.items():
        if value is None:
            raise ValueError(f"Argument `{name}` must not be None.")


def _loss(default_scope: str, elementwise: Callable[[Any, Tensor, Tensor], Tensor], labels: Any, predictions: Any,
          weights: Any, scope: str | None, loss_collection: str | None, reduction: str) -> Tensor:
    """A loss that is computed element by element, in float32."""
    with name_scope(scope, default_scope, [predictions, labels, weights]) as scope:
        predictions, labels = cast(predictions, dtypes.float32), cast(labels, dtypes.float32)
        predictions.shape.assert_is_compatible_with(labels.shape)
        losses = elementwise(GradientBuilder(), labels, predictions)
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


def absolute_difference(labels: TensorLike, predictions: TensorLike, weights: TensorLike = 1.0,
                        scope: str | None = None, loss_collection: str | None = GraphKeys.LOSSES,
                        reduction: str = _BY_NONZERO) -> Tensor:
    """`abs(predictions - labels)`.

    Args:
      labels, predictions: Tensors of one shape.
      weights, scope, loss_collection, reduction: See `compute_weighted_loss`.

    Raises:
      ValueError: If `labels` or `predictions` is None, the shapes differ, the weights do not fit,
        or the reduction is unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.losses.absolute_difference([1.0, 2.0], [1.5, 4.5])).round(4))
      1.5
    """
    _check_given(labels=labels, predictions=predictions)
    return _loss("absolute_difference", lambda g, y, p: g.Abs(g.Sub(p, y)), labels, predictions, weights, scope,
                 loss_collection, reduction)


def mean_squared_error(labels: TensorLike, predictions: TensorLike, weights: TensorLike = 1.0, scope: str | None = None,
                       loss_collection: str | None = GraphKeys.LOSSES, reduction: str = _BY_NONZERO) -> Tensor:
    """`(predictions - labels) ** 2`.

    Args:
      labels, predictions: Tensors of one shape.
      weights, scope, loss_collection, reduction: See `compute_weighted_loss`.

    Raises:
      ValueError: If one is None, or the shapes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.losses.mean_squared_error([1.0, 2.0], [1.0, 4.0])))
      2.0
    """
    _check_given(labels=labels, predictions=predictions)
    return _loss("mean_squared_error", lambda g, y, p: g.SquaredDifference(p, y), labels, predictions, weights, scope,
                 loss_collection, reduction)


def huber_loss(labels: TensorLike, predictions: TensorLike, weights: TensorLike = 1.0, delta: float = 1.0,
               scope: str | None = None, loss_collection: str | None = GraphKeys.LOSSES,
               reduction: str = _BY_NONZERO) -> Tensor:
    """Half the squared error where it is at most `delta`, and linear beyond (P. J. Huber, 1964).

    For the error e and `q = min(abs(e), delta)` it is `0.5 * q ** 2 + delta * (abs(e) - q)`.

    Args:
      labels, predictions: Tensors of one shape.
      weights, scope, loss_collection, reduction: See `compute_weighted_loss`.
      delta: Where the loss becomes linear.

    Raises:
      ValueError: If `labels` or `predictions` is None, the shapes differ, the weights do not fit,
        or the reduction is unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.losses.huber_loss([0.0, 0.0], [0.5, 3.0])).round(4))
      1.3125
    """
    _check_given(labels=labels, predictions=predictions)

    def elementwise(g: Any, labels: Tensor, predictions: Tensor) -> Tensor:
        error = g.Abs(g.Sub(predictions, labels))
        quadratic = g.Minimum(error, delta)
        linear = g.Sub(error, quadratic)
        half = g.constant(0.5, quadratic)
        return g.AddV2(g.Mul(half, g.Mul(quadratic, quadratic)), g.Mul(delta, linear), name="Add")

    return _loss("huber_loss", elementwise, labels, predictions, weights, scope, loss_collection, reduction)


def log_loss(labels: TensorLike, predictions: TensorLike, weights: TensorLike = 1.0, epsilon: float = 1e-7,
             scope: str | None = None, loss_collection: str | None = GraphKeys.LOSSES,
             reduction: str = _BY_NONZERO) -> Tensor:
    """`-labels * log(predictions + epsilon) - (1 - labels) * log(1 - predictions + epsilon)`.

    Args:
      labels, predictions: Tensors of one shape, with values from 0 to 1.
      weights, scope, loss_collection, reduction: See `compute_weighted_loss`.
      epsilon: Keeps the logarithms finite.

    Raises:
      ValueError: If `labels` or `predictions` is None, the shapes differ, the weights do not fit,
        or the reduction is unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.losses.log_loss([1.0, 0.0], [0.5, 0.5])).round(4))
      0.6931
    """
    _check_given(labels=labels, predictions=predictions)

    def elementwise(g: Any, labels: Tensor, predictions: Tensor) -> Tensor:
        positive = g.Neg(g.Mul(labels, g.Log(g.AddV2(predictions, epsilon, name="add"))))
        other = g.Sub(1.0, labels, name="sub")
        rest = g.AddV2(g.Sub(1.0, predictions, name="sub"), epsilon, name="add")
        return g.Sub(positive, g.Mul(other, g.Log(rest)), name="sub")

    return _loss("log_loss", elementwise, labels, predictions, weights, scope, loss_collection, reduction)


def hinge_loss(labels: TensorLike, logits: TensorLike, weights: TensorLike = 1.0, scope: str | None = None,
               loss_collection: str | None = GraphKeys.LOSSES, reduction: str = _BY_NONZERO) -> Tensor:
    """`max(1 - t * logits, 0)`, t being -1 for the label 0 and 1 for the label 1.

    Args:
      labels: A tensor of zeros and ones.
      logits: A tensor of the same shape.
      weights, scope, loss_collection, reduction: See `compute_weighted_loss`.

    Raises:
      ValueError: If `labels` or `logits` is None, the shapes differ, the weights do not fit,
        or the reduction is unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.losses.hinge_loss([1.0, 0.0], [0.25, 0.5])).round(4))
      1.125
    """
    _check_given(labels=labels, logits=logits)

    def elementwise(g: Any, labels: Tensor, logits: Tensor) -> Tensor:
        one = ones_like(labels)
        signs = g.Sub(g.Mul(2.0, labels, name="mul"), one)
        return g.Relu(g.Sub(one, g.Mul(signs, logits)))

    return _loss("hinge_loss", elementwise, labels, logits, weights, scope, loss_collection, reduction)


def cosine_distance(labels: TensorLike, predictions: TensorLike, axis: int | None = None, weights: TensorLike = 1.0,
                    scope: str | None = None, loss_collection: str | None = GraphKeys.LOSSES,
                    reduction: str = _BY_NONZERO, dim: int | None = None) -> Tensor:
    """`1 - sum(predictions * labels)` along `axis`, for vectors of length 1.

    Args:
      labels, predictions: Tensors of one shape.
      axis: The dimension of the vectors.
      weights, scope, loss_collection, reduction: See `compute_weighted_loss`.
      dim: An old name of `axis`.

    Raises:
      ValueError: If there is no axis, `labels` or `predictions` is None, the shapes differ, the weights do not fit, or
        the reduction is unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.losses.cosine_distance([[0.6, 0.8]], [[1.0, 0.0]], axis=1)).round(4))
      0.4
    """
    axis = renamed("axis", axis, "dim", dim)
    if axis is None:
        raise ValueError("You must specify argument `axis`.")
    _check_given(labels=labels, predictions=predictions)

    def elementwise(g: Any, labels: Tensor, predictions: Tensor) -> Tensor:
        return g.Sub(1.0, reduce_sum(g.Mul(predictions, labels), (axis,), keepdims=True), name="sub")

    return _loss("cosine_distance_loss", elementwise, labels, predictions, weights, scope, loss_collection, reduction)


def mean_pairwise_squared_error(labels: TensorLike, predictions: TensorLike, weights: TensorLike = 1.0,
                                scope: str | None = None, loss_collection: str | None = GraphKeys.LOSSES) -> Tensor:
    """The squared differences between the errors of all pairs of elements of an example, on average.

    Args:
      labels, predictions: [batch, ...] of one shape.
      weights: A scalar, or one for each example.
      scope, loss_collection: See `compute_weighted_loss`.

    Raises:
      ValueError: If `labels` or `predictions` is None, the shapes differ, or the weights do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.losses.mean_pairwise_squared_error([[0.0, 0.0]], [[1.0, 3.0]])).round(4))
      4.0
    """
    _check_given(labels=labels, predictions=predictions)
    g = GradientBuilder()
    with name_scope(scope, "mean_pairwise_squared_error", [predictions, labels, weights]):
        weights, labels = cast(weights, dtypes.float32), cast(labels, dtypes.float32)
        with default_graph().control_dependencies([assert_broadcastable(weights, labels)]):
            predictions = cast(predictions, dtypes.float32)
            predictions.shape.assert_is_compatible_with(labels.shape)
            error = g.Sub(predictions, labels)
            axes = range_(1, g.rank(error))
            squares = reduce_sum(g.Square(error), axes, keepdims=True)
            count = number_present(error, weights, per_batch=True)
            others = g.Maximum(g.Sub(count, 1.0, name="sub"), 0.0)
            first = g.Mul(2.0, g.DivNoNan(squares, others, name="value"), name="mul")
            square_of_sum = g.Square(reduce_sum(error, axes, keepdims=True))
            pairs = g.Maximum(g.Mul(count, g.Sub(count, 1.0, name="sub")), 0.0)
            second = g.Mul(2.0, g.DivNoNan(square_of_sum, pairs, name="value"), name="mul")
            total = reduce_sum(g.Mul(g.Sub(first, second, name="sub"), weights))
            loss = g.Select(g.Greater(reduce_sum(count), 0.0), total, zeros_like(total), name="value")
            add_loss(loss, loss_collection)
            return loss


def sigmoid_cross_entropy(multi_class_labels: Any, logits: TensorLike, weights: TensorLike = 1.0,
                          label_smoothing: float = 0, scope: str | None = None,
                          loss_collection: str | None = GraphKeys.LOSSES, reduction: str = _BY_NONZERO) -> Tensor:
    """The cross entropy of `tf.nn.sigmoid_cross_entropy_with_logits`.

    Args:
      multi_class_labels: Labels from 0 to 1, of the shape of `logits`.
      logits: A tensor of floats.
      weights, scope, loss_collection, reduction: See `compute_weighted_loss`.
      label_smoothing: How far labels are moved towards 1/2.

    Raises:
      ValueError: If `multi_class_labels` or `logits` is None, the shapes differ, the weights do not fit,
        or the reduction is unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.losses.sigmoid_cross_entropy([[1.0, 0.0]], [[0.0, 0.0]])).round(4))
      0.6931
    """
    _check_given(multi_class_labels=multi_class_labels, logits=logits)
    g = GradientBuilder()
    with name_scope(scope, "sigmoid_cross_entropy_loss", [logits, multi_class_labels, weights]) as scope:
        logits = convert_to_tensor(logits)
        labels = cast(multi_class_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            labels = g.AddV2(g.Mul(labels, 1 - label_smoothing, name="mul"), 0.5 * label_smoothing, name="add")
        losses = sigmoid_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


def softmax_cross_entropy(onehot_labels: Any, logits: TensorLike, weights: TensorLike = 1.0, label_smoothing: float = 0,
                          scope: str | None = None, loss_collection: str | None = GraphKeys.LOSSES,
                          reduction: str = _BY_NONZERO) -> Tensor:
    """The cross entropy of `tf.nn.softmax_cross_entropy_with_logits`.

    Args:
      onehot_labels: [batch, classes].
      logits: [batch, classes].
      weights: A scalar, or one for each example.
      label_smoothing: How far labels are moved towards 1/classes.
      scope, loss_collection, reduction: See `compute_weighted_loss`.

    Raises:
      ValueError: If `onehot_labels` or `logits` is None, the shapes differ, the weights do not fit,
        or the reduction is unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.losses.softmax_cross_entropy([[0.0, 1.0]], [[0.0, 0.0]])).round(4))
      0.6931
    """
    _check_given(onehot_labels=onehot_labels, logits=logits)
    g = GradientBuilder()
    with name_scope(scope, "softmax_cross_entropy_loss", [logits, onehot_labels, weights]) as scope:
        logits = convert_to_tensor(logits)
        labels = cast(onehot_labels, logits.dtype)
        logits.shape.assert_is_compatible_with(labels.shape)
        if label_smoothing > 0:
            classes = cast(g.shape(labels)[-1], logits.dtype)
            each = label_smoothing / classes
            labels = labels * (1 - label_smoothing) + each
        labels = stop_gradient(labels, name="labels_stop_gradient")
        losses = softmax_cross_entropy_with_logits_v2(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)


def sparse_softmax_cross_entropy(labels: TensorLike, logits: TensorLike, weights: TensorLike = 1.0,
                                 scope: str | None = None, loss_collection: str | None = GraphKeys.LOSSES,
                                 reduction: str = _BY_NONZERO) -> Tensor:
    """The cross entropy of `tf.nn.sparse_softmax_cross_entropy_with_logits`.

    Args:
      labels: Class numbers, of the shape of `logits` without its last dimension; a last dimension of size 1 more is
        left out.
      logits: [..., classes].
      weights: A scalar, or one for each label.
      scope, loss_collection, reduction: See `compute_weighted_loss`.

    Raises:
      ValueError: If `labels` or `logits` is None, their shapes or the weights do not fit, or the reduction is unknown.
      tf.errors.InvalidArgumentError: When run, if a label is no class.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.losses.sparse_softmax_cross_entropy([1], [[0.0, 0.0]])).round(4))
      0.6931
    """
    _check_given(labels=labels, logits=logits)
    with name_scope(scope, "sparse_softmax_cross_entropy_loss", [logits, labels, weights]) as scope:
        logits, labels = convert_to_tensor(logits), convert_to_tensor(labels)
        labels, logits = remove_squeezable_dimensions(labels, logits, expected_rank_diff=1)
        weights = convert_to_tensor(weights, name="Const", dtype_hint=dtypes.float32)
        weights = weights_without_last(weights, labels)
        losses = sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits, name="xentropy")
        return compute_weighted_loss(losses, weights, scope, loss_collection, reduction=reduction)
