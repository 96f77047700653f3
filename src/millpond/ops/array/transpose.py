"""Dimensions in another order."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import AxisLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, Guard, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.shape import rank
from millpond.ops.dtype_sets import INDEX
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _transpose_shape(x: TensorShape, perm: StaticInput) -> TensorShape:
    order = perm.value
    if order is None:
        rank = x.ndims if x.ndims is not None else (perm.shape.sizes or (None,))[0]
        return shape_rules.UNKNOWN if rank is None else TensorShape.of((None,) * rank)
    if x.sizes is None:
        return TensorShape.of((None,) * order.size)
    _check_permutation(order, len(x.sizes))
    return TensorShape.of(tuple(x.sizes[int(i)] for i in order))


def _check_permutation(order: np.ndarray, rank: int) -> None:
    if order.ndim != 1 or order.size != rank:
        raise ValueError(f"Dimension must be {rank} but is {order.size}: transpose of a tensor of rank {rank} with "
                         f"permutation {order.tolist()}")
    if sorted(int(i) % rank if -rank <= i < rank else -1 for i in order) != list(range(rank)):
        raise ValueError(f"perm {order.tolist()} is not a permutation of the {rank} dimensions")


def _transpose_kernel(xp: ArrayModule, x: Array, perm: Array) -> Array:
    _check_permutation(perm, len(x.shape))
    return xp.transpose(x, tuple(int(i) for i in perm))


def _transpose_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.Transpose(dy, g.InvertPermutation(op.inputs[1])), None]


TRANSPOSE = define_op("Transpose", inputs="x: T, perm: Tperm", outputs="y: T",
                      attrs=f"T: type, Tperm: {INDEX} = int32", static_inputs=("perm",), shape=_transpose_shape,
                      kernel=_transpose_kernel, gradient=_transpose_gradient)


def _conjugate_transpose_kernel(xp: ArrayModule, x: Array, perm: Array) -> Array:
    return xp.conj(_transpose_kernel(xp, x, perm))


def _conjugate_transpose_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.ConjugateTranspose(dy, g.InvertPermutation(op.inputs[1])), None]


CONJUGATE_TRANSPOSE = define_op(
    "ConjugateTranspose", inputs="x: T, perm: Tperm", outputs="y: T", attrs=f"T: type, Tperm: {INDEX} = int32",
    static_inputs=("perm",), shape=_transpose_shape, kernel=_conjugate_transpose_kernel,
    gradient=_conjugate_transpose_gradient)


def transpose(a: TensorLike, perm: AxisLike | None = None, name: str = "transpose", conjugate: bool = False) -> Tensor:
    """`a` with its dimensions in another order: dimension `i` of the result is dimension `perm[i]` of `a`.

    Args:
      a: A tensor.
      perm: A permutation of the dimensions; by default they are reversed.
      name: Name of the node.
      conjugate: Whether complex values are conjugated too.

    Raises:
      ValueError: If `perm` is no permutation of the dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.transpose([[1, 2], [3, 4]])))
      [[1 3]
       [2 4]]
    """
    with name_scope(name, "transpose", [a]) as scope:
        a = convert_to_tensor(a, name="a")
        definition = CONJUGATE_TRANSPOSE if conjugate and a.dtype.base_dtype.is_complex else TRANSPOSE
        if perm is None:
            if a.shape.ndims is not None:
                perm = np.arange(a.shape.ndims - 1, -1, -1, dtype=np.int32)
            else:
                perm = lookup("Range")(lookup("Sub")(rank(a), 1, name="sub"), -1, -1)
        return definition(a, perm, name=scope)


def matrix_transpose(a: TensorLike, name: str = "matrix_transpose", conjugate: bool = False) -> Tensor:
    """Transposes the last two dimensions of `a`.

    Args:
      a: A tensor `[..., rows, columns]`.
      name: Name of the scope of the nodes.
      conjugate: Whether to conjugate the elements too.

    Raises:
      ValueError: If `a` has fewer than two dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.matrix_transpose([[1, 2], [3, 4]])))
      [[1 3]
       [2 4]]
    """
    with name_scope(name, "matrix_transpose", [a]):
        a = convert_to_tensor(a, name="a")
        dims = a.shape.ndims
        if dims is None:
            count = rank(a)
            sub, pack = lookup("Sub"), lookup("Pack")
            first = lookup("Range")(0, sub(count, 2, name="sub"), 1)
            last = pack([sub(count, 1, name="sub"), sub(count, 2, name="sub")], name="concat/values_1")
            perm: Any = lookup("ConcatV2")([first, last], 0, name="concat")
        elif dims < 2:
            raise ValueError(f"Argument 'a' should be a (batch) matrix with rank >= 2. Received shape {a.shape}")
        else:
            perm = [*range(dims - 2), dims - 1, dims - 2]
        return transpose(a, perm, conjugate=conjugate)


def _invert_permutation_shape(x: TensorShape) -> TensorShape:
    return shape_rules.with_rank(x, 1)


def _invert_permutation_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.asarray(xp.argsort(x), dtype=x.dtype)


def _permutation_ok(xp: ArrayModule, x: Array) -> Array:
    return xp.all(xp.equal(xp.sort(x), np.arange(x.shape[0], dtype=x.dtype)))


def _permutation_message(x: Array) -> str:
    for i, value in enumerate(x):
        if not 0 <= value < x.size:
            return f"{value} is not between 0 and {x.size}"
        if value in x[:i]:
            return f"{value} is duplicated in the input."
    return "the input is no permutation"


INVERT_PERMUTATION = define_op(
    "InvertPermutation", inputs="x: T", outputs="y: T", attrs=f"T: {INDEX} = int32", shape=_invert_permutation_shape,
    kernel=_invert_permutation_kernel, gradient=NOT_DIFFERENTIABLE,
    guard=Guard(_permutation_ok, _permutation_message, ("x",), InvalidArgumentError))


def invert_permutation(x: TensorLike, name: str | None = None) -> Tensor:
    """The inverse of a permutation: `y[x[i]] = i`.

    Raises:
      InvalidArgumentError: When run, if `x` is no permutation of `0 .. n - 1`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.invert_permutation([2, 0, 1])))
      [1 2 0]
    """
    return INVERT_PERMUTATION(x, name=name)
