"""Cross entropies of logits and labels, and the L2 loss."""

from __future__ import annotations

import math
from typing import Any

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import Guard, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.fill import ones_like, zeros_like
from millpond.ops.array.identity import stop_gradient
from millpond.ops.dtype_sets import INDEX, REAL_FLOATS
from millpond.ops.host.assertions import assert_equal
from millpond.ops.math.reduction import renamed
from millpond.ops.nn.softmax import shifted, widened
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _is_zero(tensor: Tensor) -> bool:
    """Whether a cotangent is the zeros that stand for an output which nothing uses."""
    return tensor.op.type in ("ZerosLike", "Zeros")


def _logits_gradient(g: GradientBuilder, op: Any, loss_cotangent: Tensor, backprop_cotangent: Tensor) -> Tensor:
    """Of both outputs: the second one is used by second derivatives only, where it is softmax - labels."""
    gradient = g.Mul(g.ExpandDims(loss_cotangent, -1), op.outputs[1], name="mul")
    if _is_zero(backprop_cotangent):
        return gradient
    softmax = g.Softmax(op.inputs[0])
    mean = g.Sum(g.Mul(backprop_cotangent, softmax), -1, keep_dims=True)
    return g.AddV2(gradient, g.Mul(g.Sub(backprop_cotangent, mean), softmax))


def _softmax_cross_entropy_with_logits_shape(features: TensorShape, labels: TensorShape) -> tuple[TensorShape, ...]:
    both = shape_rules.with_rank(shape_rules.broadcast(features, labels), 2)
    return TensorShape.of(shape_rules.sizes_of(both)[:1]), both


def _softmax_cross_entropy_with_logits_kernel(xp: ArrayModule, features: Array, labels: Array) -> tuple[Array, ...]:
    features, labels = xp.broadcast_arrays(features, labels)
    less, wide_labels = shifted(xp, features), widened(xp, labels)
    powers = xp.exp(less)
    total = xp.sum(powers, axis=-1, keepdims=True, dtype=powers.dtype)
    loss = xp.sum(xp.multiply(wide_labels, xp.subtract(xp.log(total), less)), axis=-1, dtype=powers.dtype)
    backprop = xp.subtract(xp.divide(powers, total), wide_labels)
    return xp.astype(loss, features.dtype), xp.astype(backprop, features.dtype)


def _softmax_cross_entropy_with_logits_gradient(g: GradientBuilder, op: Operation, loss_cotangent: Tensor,
                                                backprop_cotangent: Tensor) -> Cotangents:
    logits_cotangent = _logits_gradient(g, op, loss_cotangent, backprop_cotangent)
    negative = g.Neg(g.LogSoftmax(op.inputs[0]))
    return [logits_cotangent, g.Mul(g.ExpandDims(loss_cotangent, -1), negative, name="mul")]


SOFTMAX_CROSS_ENTROPY = define_op(
    "SoftmaxCrossEntropyWithLogits", inputs="features: T, labels: T", outputs="loss: T, backprop: T",
    attrs=f"T: {REAL_FLOATS}", shape=_softmax_cross_entropy_with_logits_shape,
    kernel=_softmax_cross_entropy_with_logits_kernel, gradient=_softmax_cross_entropy_with_logits_gradient)


def softmax_cross_entropy_with_logits_v2(_sentinel: None = None, labels: TensorLike | None = None,
                                         logits: TensorLike | None = None, axis: int | None = None,
                                         name: str | None = None, dim: int | None = None) -> Tensor:
    """The cross entropy of softmax(logits) and `labels`; gradients flow into both.

    loss = -sum(labels * log(softmax(logits))) along the dimension of the classes.

    Args:
      _sentinel: Takes what is passed by position, to refuse it: pass all arguments by name.
      labels: Probabilities, each row summing to 1, of the shape of `logits`.
      logits: Unscaled log probabilities: float16, bfloat16, float32 or float64.
      axis: The dimension of the classes, the last one if omitted.
      name: Name of the node.
      dim: An old name of `axis`.

    Returns:
      A tensor of the shape of `logits` without the dimension of the classes.

    Raises:
      ValueError: If arguments are passed by position, or one is missing.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.nn.softmax_cross_entropy_with_logits_v2(labels=[[1.0, 0.0]], logits=[[0.0, 0.0]])
      ...     print(sess.run(loss).round(4))
      [0.6931]
    """
    _check_named("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    axis = renamed("axis", axis, "dim", dim)
    axis = -1 if axis is None else axis
    with name_scope(name, "softmax_cross_entropy_with_logits", [logits, labels]) as scope:
        return _softmax_cross_entropy(labels, logits, axis, scope)


def softmax_cross_entropy_with_logits(_sentinel: None = None, labels: TensorLike | None = None,
                                      logits: TensorLike | None = None, dim: int = -1, name: str | None = None,
                                      axis: int | None = None) -> Tensor:
    """The cross entropy of the softmax of logits, with `labels` that are taken as constants by `tf.gradients`.

    Args:
      _sentinel: Not used: it keeps arguments from being given by position.
      labels: A tensor of the shape and dtype of `logits`: the probabilities of the classes.
      logits: A tensor of floats `[..., classes]`.
      dim: The dimension of the classes.
      name: Name of the scope of the nodes.
      axis: The newer name of `dim`.

    Raises:
      ValueError: If arguments are given by position or are missing, or the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.nn.softmax_cross_entropy_with_logits(labels=[[0.0, 1.0]], logits=[[0.0, 0.0]])
      ...     print(sess.run(loss).round(4))
      [0.6931]
    """
    _check_named("softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    with name_scope(name, "softmax_cross_entropy_with_logits_sg", [logits, labels]) as scope:
        labels = stop_gradient(labels, name="labels_stop_gradient")
        return _softmax_cross_entropy(labels, logits, dim if axis is None else axis, scope)


def _check_named(function: str, sentinel: Any, labels: Any, logits: Any) -> None:
    if sentinel is not None:
        raise ValueError(f"Only call `{function}` with named arguments (labels=..., logits=..., ...)")
    if labels is None or logits is None:
        raise ValueError(f"Both labels and logits must be provided to `{function}`.")


def _softmax_cross_entropy(labels: Any, logits: Any, axis: int, scope: str) -> Tensor:
    g = GradientBuilder()
    logits = convert_to_tensor(logits, name="logits")
    labels = convert_to_tensor(labels, name="labels")
    dtype = logits.dtype.base_dtype
    precise = g.cast(logits, dtypes.float32) if dtype in (dtypes.float16, dtypes.bfloat16) else logits
    labels = g.cast(labels, precise.dtype)
    rank = g.rank(precise)
    known = logits.shape.sizes
    if axis != -1:
        place = axis if axis >= 0 or known is None else axis + len(known)
        precise = _moved_to_end(g, precise, place, rank)
        labels = _moved_to_end(g, labels, place, rank)
    shape = g.shape(precise)
    loss, _ = SOFTMAX_CROSS_ENTROPY(_rows(g, precise), _rows(g, labels), name=scope)
    loss = g.Reshape(loss, g.Slice(shape, [0], [g.Sub(rank, 1)]))
    if known is not None:
        place = axis % len(known) if known else 0
        loss.set_shape(TensorShape.of(known[:place] + known[place + 1:]))
    return g.cast(loss, dtype)


def _rows(g: GradientBuilder, x: Tensor) -> Tensor:
    """All dimensions but the last one as one."""
    sizes = x.shape.sizes
    rank = g.rank(x)
    last = g.Slice(g.shape(x), [g.Sub(rank, 1)], [1])
    rows = g.Reshape(x, g.ConcatV2([[-1], last], 0, name="concat"))
    if sizes is not None:
        count = TensorShape.of(sizes[:-1]).num_elements()
        rows.set_shape(TensorShape.of((count, sizes[-1])))
    return rows


def _moved_to_end(g: GradientBuilder, x: Tensor, place: int, rank: Tensor) -> Tensor:
    before, after = g.Range(0, place, 1, name="range"), g.Range(place + 1, rank, 1, name="range")
    return g.Transpose(x, g.ConcatV2([before, after, [place]], 0, name="concat"), name="transpose")


def _sparse_softmax_cross_entropy_with_logits_shape(features: TensorShape,
                                                    labels: TensorShape) -> tuple[TensorShape, ...]:
    features, labels = shape_rules.with_rank(features, 2), shape_rules.with_rank(labels, 1)
    rows, classes = shape_rules.sizes_of(features)
    (rows,) = shape_rules.sizes_of(TensorShape.of((rows,)).merge_with(labels))
    return TensorShape.of((rows,)), TensorShape.of((rows, classes))


def _sparse_softmax_cross_entropy_with_logits_kernel(xp: ArrayModule, features: Array,
                                                     labels: Array) -> tuple[Array, ...]:
    if labels.shape != features.shape[:1]:
        raise ValueError(f"logits and labels must have the same first dimension, got logits shape "
                         f"{list(features.shape)} and labels shape {list(labels.shape)}")
    classes = features.shape[1]
    less = shifted(xp, features)
    powers = xp.exp(less)
    total = xp.sum(powers, axis=-1, keepdims=True, dtype=powers.dtype)
    is_label = xp.equal(xp.arange(classes, dtype=labels.dtype), xp.expand_dims(labels, 1))
    zero = xp.zeros((), dtype=powers.dtype)
    chosen = xp.sum(xp.where(is_label, less, zero), axis=-1, dtype=powers.dtype)
    loss = xp.subtract(xp.log(xp.squeeze(total, axis=-1)), chosen)
    backprop = xp.subtract(xp.divide(powers, total), xp.astype(is_label, powers.dtype))
    return xp.astype(loss, features.dtype), xp.astype(backprop, features.dtype)


def _sparse_softmax_cross_entropy_with_logits_gradient(g: GradientBuilder, op: Operation, loss_cotangent: Tensor,
                                                       backprop_cotangent: Tensor) -> Cotangents:
    return [_logits_gradient(g, op, loss_cotangent, backprop_cotangent), None]


def _labels_ok(xp: ArrayModule, features: Array, labels: Array) -> Array:
    return xp.all(xp.logical_and(xp.greater_equal(labels, 0), xp.less(labels, features.shape[1])))


def _labels_message(features: Array, labels: Array) -> str:
    classes = features.shape[1]
    wrong = labels[(labels < 0) | (labels >= classes)]
    shown = " ".join(str(value) for value in labels[:20])
    return (f"Received a label value of {wrong[0]} which is outside the valid range of [0, {classes}).  "
            f"Label values: {shown}")


SPARSE_SOFTMAX_CROSS_ENTROPY = define_op(
    "SparseSoftmaxCrossEntropyWithLogits", inputs="features: T, labels: Tlabels", outputs="loss: T, backprop: T",
    attrs=f"T: {REAL_FLOATS}, Tlabels: {INDEX} = int64", shape=_sparse_softmax_cross_entropy_with_logits_shape,
    kernel=_sparse_softmax_cross_entropy_with_logits_kernel,
    gradient=_sparse_softmax_cross_entropy_with_logits_gradient,
    guard=Guard(_labels_ok, _labels_message, ("labels",), InvalidArgumentError))


def sparse_softmax_cross_entropy_with_logits(_sentinel: None = None, labels: TensorLike | None = None,
                                             logits: TensorLike | None = None, name: str | None = None) -> Tensor:
    """The cross entropy of softmax(logits) and the classes named by `labels`.

    loss = -log(softmax(logits)[label]).

    Args:
      _sentinel: Takes what is passed by position, to refuse it: pass all arguments by name.
      labels: int32 or int64 class numbers, of the shape of `logits` without its last dimension.
      logits: Unscaled log probabilities: float16, bfloat16, float32 or float64.
      name: Name of the node.

    Returns:
      A tensor of the shape of `labels`.

    Raises:
      ValueError: If arguments are passed by position or missing, or the shapes do not fit.
      InvalidArgumentError: When run, if a label is none of the classes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=[1], logits=[[0.0, 0.0]])
      ...     print(sess.run(loss).round(4))
      [0.6931]
    """
    _check_named("sparse_softmax_cross_entropy_with_logits", _sentinel, labels, logits)
    g = GradientBuilder()
    with name_scope(name, "SparseSoftmaxCrossEntropyWithLogits", [labels, logits]):
        labels, logits = convert_to_tensor(labels), convert_to_tensor(logits)
        dtype = logits.dtype.base_dtype
        precise = g.cast(logits, dtypes.float32) if dtype is dtypes.float16 else logits
        labels_shape, known = g.shape(labels), labels.shape
        _check_label_shape(known, logits.shape)
        if logits.shape.ndims == 2:
            loss, _ = SPARSE_SOFTMAX_CROSS_ENTROPY(precise, labels, name=name)
            return g.cast(loss, dtype)
        checks = []
        if not (known.is_fully_defined() and logits.shape.ndims is not None
                and TensorShape.of(shape_rules.sizes_of(logits.shape)[:-1]).is_fully_defined()):
            checks.append(assert_equal(g.shape(labels), g.shape(logits)[:-1]))
        with labels.graph.control_dependencies(checks):
            classes = g.shape(logits)[g.Sub(g.rank(logits), 1, name="sub")]
            rows, flat = g.Reshape(precise, [-1, classes]), g.Reshape(labels, [-1])
            loss, _ = SPARSE_SOFTMAX_CROSS_ENTROPY(rows, flat, name=name)
            loss = g.Reshape(loss, labels_shape)
            loss.set_shape(known)
            return g.cast(loss, dtype)


def _check_label_shape(labels: TensorShape, logits: TensorShape) -> None:
    if logits.ndims == 0:
        raise ValueError(f"Logits cannot be scalars - received shape {logits}.")
    if logits.ndims is None or labels.ndims is None:
        return
    if labels.ndims != logits.ndims - 1:
        raise ValueError(f"Rank mismatch: Rank of labels (received {labels.ndims}) should equal rank of logits minus 1 "
                         f"(received {logits.ndims}).")
    outer = TensorShape.of(shape_rules.sizes_of(logits)[:-1])
    if labels.is_fully_defined() and outer.is_fully_defined() and labels.sizes != outer.sizes:
        raise ValueError(f"Shape mismatch: The shape of labels (received {labels}) should equal the shape of logits "
                         f"except for the last dimension (received {logits}).")


def _check_same_shape(function: str, logits: Tensor, labels: Tensor, labels_name: str = "labels") -> None:
    if not labels.shape.is_compatible_with(logits.shape):
        raise ValueError(f"`logits` and `{labels_name}` must have the same shape, got {logits.shape} and "
                         f"{labels.shape} in `{function}`.")


def sigmoid_cross_entropy_with_logits(_sentinel: None = None, labels: TensorLike | None = None,
                                      logits: TensorLike | None = None, name: str | None = None) -> Tensor:
    """The cross entropy of sigmoid(logits) and `labels`, for classes that do not exclude each other.

    loss = max(x, 0) - x * z + log(1 + exp(-abs(x))) for logits x and labels z.

    Args:
      _sentinel: Takes what is passed by position, to refuse it: pass all arguments by name.
      labels: A tensor of the shape and dtype of `logits`.
      logits: A tensor of floats.
      name: Name of the node.

    Returns:
      A tensor of the shape of `logits`.

    Raises:
      ValueError: If arguments are passed by position or missing, or the shapes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.sigmoid_cross_entropy_with_logits(labels=[1.0], logits=[0.0])).round(4))
      [0.6931]
    """
    _check_named("sigmoid_cross_entropy_with_logits", _sentinel, labels, logits)
    g = GradientBuilder()
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="labels")
        _check_same_shape("sigmoid_cross_entropy_with_logits", logits, labels)
        # Both forms of the formula, for x >= 0 and x < 0, in one that never overflows.
        zeros = zeros_like(logits, dtype=logits.dtype)
        is_positive = g.GreaterEqual(logits, zeros)
        positive = g.Select(is_positive, logits, zeros)
        negative_abs = g.Select(is_positive, g.Neg(logits), logits)
        return g.AddV2(g.Sub(positive, g.Mul(logits, labels, name="mul"), name="sub"), g.Log1p(g.Exp(negative_abs)),
                       name=scope)


def weighted_cross_entropy_with_logits(labels: TensorLike | None = None, logits: TensorLike | None = None,
                                       pos_weight: TensorLike = None, name: str | None = None,
                                       targets: TensorLike | None = None) -> Tensor:
    """`sigmoid_cross_entropy_with_logits` in which positive labels count `pos_weight` times.

    loss = (1 - z) * x + (1 + (q - 1) * z) * (log(1 + exp(-abs(x))) + max(-x, 0)) for logits x, labels z, weight q.

    Args:
      labels: A tensor of the shape and dtype of `logits`.
      logits: A tensor of floats.
      pos_weight: A number or tensor.
      name: Name of the node.
      targets: An old name of `labels`.

    Raises:
      ValueError: If the shapes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.nn.weighted_cross_entropy_with_logits(labels=[1.0, 0.0], logits=[0.0, 0.0], pos_weight=2.0)
      ...     print(sess.run(loss).round(4))
      [1.3863 0.6931]
    """
    if targets is not None:
        if labels is not None:
            raise ValueError("Cannot specify both 'labels' and 'targets': 'targets' is the old name of 'labels'.")
        labels = targets
    g = GradientBuilder()
    with name_scope(name, "logistic_loss", [logits, labels]) as scope:
        logits = convert_to_tensor(logits, name="logits")
        labels = convert_to_tensor(labels, name="targets")
        _check_same_shape("weighted_cross_entropy_with_logits", logits, labels, "targets")
        log_weight = 1 + (pos_weight - 1) * labels
        first = (1 - labels) * logits
        tail = g.Log1p(g.Exp(g.Neg(g.Abs(logits))))
        second = g.Mul(log_weight, g.AddV2(tail, g.Relu(g.Neg(logits)), name="add"), name="mul")
        return g.AddV2(first, second, name=scope)


def log_poisson_loss(targets: TensorLike, log_input: TensorLike, compute_full_loss: bool = False,
                     name: str | None = None) -> Tensor:
    """The negative log likelihood of a Poisson distribution: exp(c) - z * c for log rate c and count z.

    Args:
      targets: A tensor of the shape and dtype of `log_input`.
      log_input: The logarithms of the rates.
      compute_full_loss: Whether to add Stirling's approximation of log(z!) where z > 1.
      name: Name of the scope.

    Raises:
      ValueError: If the shapes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.log_poisson_loss([2.0], [0.0])))
      [1.]
    """
    g = GradientBuilder()
    with name_scope(name, "log_poisson_loss", [log_input, targets]):
        log_input = convert_to_tensor(log_input, name="log_input")
        targets = convert_to_tensor(targets, name="targets")
        if not targets.shape.is_compatible_with(log_input.shape):
            raise ValueError(f"`log_input` and `targets` must have the same shape, got {log_input.shape} and "
                             f"{targets.shape}.")
        result = g.Sub(g.Exp(log_input), g.Mul(log_input, targets, name="mul"), name="sub")
        if not compute_full_loss:
            return result
        half, two_pi = g.constant(0.5, targets), g.constant(2 * math.pi, targets)
        stirling = g.AddV2(g.Sub(g.Mul(targets, g.Log(targets), name="mul"), targets, name="sub"),
                           g.Mul(half, g.Log(g.Mul(two_pi, targets, name="mul")), name="mul"), name="add")
        zeros, ones = zeros_like(targets, dtype=targets.dtype), ones_like(targets, dtype=targets.dtype)
        is_small = g.LogicalAnd(g.GreaterEqual(targets, zeros), g.LessEqual(targets, ones))
        return g.AddV2(result, g.Select(is_small, zeros, stirling), name="add")


def _l2_loss_kernel(xp: ArrayModule, t: Array) -> Array:
    wide = widened(xp, t)
    total = xp.sum(xp.square(wide), dtype=wide.dtype)
    return xp.astype(xp.divide(total, xp.asarray(2, dtype=wide.dtype)), t.dtype)


def _l2_loss_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.Mul(op.inputs[0], dy, name="mul")


L2_LOSS = define_op("L2Loss", inputs="t: T", outputs="output: T", attrs=f"T: {REAL_FLOATS}", shape=shape_rules.scalar,
                    kernel=_l2_loss_kernel, gradient=_l2_loss_gradient)


def l2_loss(t: TensorLike, name: str | None = None) -> Tensor:
    """`sum(t ** 2) / 2`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.l2_loss([3.0, 4.0])))
      12.5
    """
    return L2_LOSS(t, name=name)
