"""Functions of matrices and vectors built on products: matrix times vector, cross products, traces, adjoints."""

from __future__ import annotations

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.linalg.matrix import matmul
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def matvec(a: TensorLike, b: TensorLike, transpose_a: bool = False, adjoint_a: bool = False, a_is_sparse: bool = False,
           b_is_sparse: bool = False, name: str | None = None) -> Tensor:
    """The product of matrices and vectors, for each of a batch.

    Args:
      a: Matrices `[..., rows, columns]`.
      b: Vectors `[..., columns]` of the same dtype.
      transpose_a, adjoint_a: Whether to transpose, or to transpose and conjugate, the matrices first.
      a_is_sparse, b_is_sparse: Hints that many elements are 0.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If the dtypes differ.
      ValueError: If shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.linalg.matvec([[1, 2], [3, 4]], [1, 1])))
      [3 7]
    """
    with name_scope(name, "MatVec", [a, b]):
        column = lookup("ExpandDims")(b, -1)
        product = matmul(a, column, transpose_a=transpose_a, adjoint_a=adjoint_a, a_is_sparse=a_is_sparse,
                         b_is_sparse=b_is_sparse)
        return lookup("Squeeze")(product, squeeze_dims=[-1])


def trace(x: TensorLike, name: str | None = None) -> Tensor:
    """The sum of the main diagonal of matrices `[..., rows, columns]`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.trace([[1, 2], [3, 4]])))
      5
    """
    with name_scope(name, "Trace", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        diagonal = lookup("MatrixDiagPartV3")(x, np.int32(0), np.zeros((), x.dtype.np_dtype), name="diag_part")
        return reduce_sum(diagonal, [-1], name=scope)


def adjoint(matrix: TensorLike, name: str | None = None) -> Tensor:
    """Matrices `[..., rows, columns]` transposed and conjugated."""
    with name_scope(name, "adjoint", [matrix]):
        matrix = convert_to_tensor(matrix, name="matrix")
        turn = lookup("ConjugateTranspose" if matrix.dtype.base_dtype.is_complex else "Transpose")
        rank = matrix.shape.ndims
        if rank is not None:
            return turn(matrix, np.array([*range(rank - 2), rank - 1, rank - 2], np.int32), name="transpose")
        rank_now = lookup("Rank")(matrix)
        batch = lookup("Range")(0, lookup("Sub")(rank_now, 2, name="sub"), 1, name="range")
        last = lookup("Pack")([lookup("Sub")(rank_now, 1, name="sub"), lookup("Sub")(rank_now, 2, name="sub")],
                              name="stack")
        return turn(matrix, lookup("ConcatV2")([batch, last], 0, name="concat"), name="transpose")


def _cross_shape(a: TensorShape, b: TensorShape) -> TensorShape:
    shape = shape_rules.with_rank_at_least(a.merge_with(b), 1)
    if shape.sizes is not None and shape.sizes[-1] not in (None, 3):
        raise ValueError(f"Cross products need vectors of 3 elements, got {shape.sizes[-1]}")
    return shape


def _cross_kernel(xp: ArrayModule, a: Array, b: Array) -> Array:
    if a.shape != b.shape or a.shape[-1] != 3:
        raise ValueError(f"Cross products need tensors of one shape [..., 3], got {list(a.shape)} and {list(b.shape)}")
    return xp.subtract(xp.multiply(xp.roll(a, -1, axis=-1), xp.roll(b, -2, axis=-1)),
                       xp.multiply(xp.roll(a, -2, axis=-1), xp.roll(b, -1, axis=-1)))


def _cross_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    a, b = op.inputs
    return [g.Cross(b, dy), g.Cross(dy, a)]


CROSS = define_op(
    "Cross", inputs="a: T, b: T", outputs="product: T",
    attrs="T: {float, double, int32, uint8, int16, int8, int64, bfloat16, uint16, half, uint32, uint64}",
    shape=_cross_shape, kernel=_cross_kernel, gradient=_cross_gradient)


def cross(a: TensorLike, b: TensorLike, name: str | None = None) -> Tensor:
    """The cross products of vectors of three elements, `[..., 3]`.

    Args:
      a: A tensor of real numbers.
      b: A tensor of the same shape and dtype.
      name: Name of the node.

    Raises:
      TypeError: If the dtypes differ.
      ValueError: If the shapes differ, or the last dimension is not 3.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.cross([1, 0, 0], [0, 1, 0])))
      [0 0 1]
    """
    return CROSS(a, b, name=name)
