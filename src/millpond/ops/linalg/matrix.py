"""Matrix products. Einsum and tensordot are in `contraction.py`, what is built on products in `matrix_functions.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.shapes import TensorShape, broadcast_sizes

if TYPE_CHECKING:
    from millpond.compiler.lowering import Lowering

_ELEMENTS = "{bfloat16, half, float, double, int32, int64, complex64, complex128}"


def _inner(rows: Any, columns: Any) -> None:
    if rows is not None and columns is not None and rows != columns:
        raise ValueError(f"Dimensions must be equal, but are {columns} and {rows}")


def _turned(sizes: Any, transpose: bool) -> Any:
    return sizes[::-1] if transpose else sizes


def _matmul_shape(a: TensorShape, b: TensorShape, *, transpose_a: bool, transpose_b: bool) -> TensorShape:
    a, b = shape_rules.with_rank(a, 2), shape_rules.with_rank(b, 2)
    rows, inner_a = _turned(shape_rules.sizes_of(a), transpose_a)
    inner_b, columns = _turned(shape_rules.sizes_of(b), transpose_b)
    _inner(inner_b, inner_a)
    return TensorShape.of((rows, columns))


def product(xp: ArrayModule, a: Array, b: Array) -> Array:
    """`a @ b`; half and bfloat16 are added up in float32."""
    dtype = np.dtype(a.dtype)
    if dtype.itemsize == 2:
        if xp is np:
            return np.matmul(a.astype(np.float32), b.astype(np.float32)).astype(dtype)
        return xp.asarray(xp.matmul(a, b, preferred_element_type=np.float32), dtype=dtype)
    return xp.matmul(a, b)


def _checked_product(xp: ArrayModule, a: Array, b: Array) -> Array:
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise ValueError(f"Matrix size-incompatible: In[0]: {list(a.shape)}, In[1]: {list(b.shape)} (after "
                         "transposing): the last size of the first must be the last but one of the second")
    return product(xp, a, b)


def _matmul_kernel(xp: ArrayModule, a: Array, b: Array, *, transpose_a: bool, transpose_b: bool) -> Array:
    if a.ndim != 2 or b.ndim != 2:
        raise ValueError(f"MatMul takes matrices, got {a.ndim} and {b.ndim} dimensions")
    return _checked_product(xp, xp.swapaxes(a, -1, -2) if transpose_a else a,
                            xp.swapaxes(b, -1, -2) if transpose_b else b)


def _matmul_lower(jax: Jax, a: Array, b: Array, *, transpose_a: bool, transpose_b: bool, lowering: Lowering) -> Array:
    found = lowering.product(jax, a, b, transpose_a, transpose_b)
    return _matmul_kernel(jax.numpy, a, b, transpose_a=transpose_a, transpose_b=transpose_b) if found is None else found


def _matmul_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    a, b = (g.conj(x) for x in op.inputs)
    turned_a, turned_b = op.attributes["transpose_a"], op.attributes["transpose_b"]
    da = (g.MatMul(b, dy, transpose_a=turned_b, transpose_b=True) if turned_a
          else g.MatMul(dy, b, transpose_b=not turned_b))
    db = (g.MatMul(dy, a, transpose_a=True, transpose_b=turned_a) if turned_b
          else g.MatMul(a, dy, transpose_a=not turned_a))
    return [da, db]


MATMUL = define_op("MatMul", inputs="a: T, b: T", outputs="product: T",
                   attrs=f"transpose_a: bool = False, transpose_b: bool = False, T: {_ELEMENTS}",
                   shape=_matmul_shape, kernel=_matmul_kernel, lower=_matmul_lower, gradient=_matmul_gradient)


def _batch_matmul_shape(x: TensorShape, y: TensorShape, *, adj_x: bool, adj_y: bool) -> TensorShape:
    x, y = shape_rules.with_rank_at_least(x, 2), shape_rules.with_rank_at_least(y, 2)
    if x.sizes is None or y.sizes is None:
        return shape_rules.UNKNOWN
    rows, inner_x = _turned(x.sizes[-2:], adj_x)
    inner_y, columns = _turned(y.sizes[-2:], adj_y)
    _inner(inner_y, inner_x)
    return TensorShape.of((broadcast_sizes(x.sizes[:-2], y.sizes[:-2]) or ()) + (rows, columns))


def _adjoint(xp: ArrayModule, x: Array) -> Array:
    turned = xp.swapaxes(x, -1, -2)
    return xp.conj(turned) if np.dtype(x.dtype).kind == "c" else turned


def _batch_matmul_kernel(xp: ArrayModule, x: Array, y: Array, *, adj_x: bool, adj_y: bool) -> Array:
    return _checked_product(xp, _adjoint(xp, x) if adj_x else x, _adjoint(xp, y) if adj_y else y)


def _batch_matmul_lower(jax: Jax, x: Array, y: Array, *, adj_x: bool, adj_y: bool, lowering: Lowering) -> Array:
    found = lowering.product(jax, x, y, adj_x, adj_y)
    return _batch_matmul_kernel(jax.numpy, x, y, adj_x=adj_x, adj_y=adj_y) if found is None else found


def _batch_matmul_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, y = op.inputs
    adj_x, adj_y = op.attributes["adj_x"], op.attributes["adj_y"]
    dx = (g.BatchMatMulV2(y, dy, adj_x=adj_y, adj_y=True) if adj_x else g.BatchMatMulV2(dy, y, adj_y=not adj_y))
    dy = (g.BatchMatMulV2(dy, x, adj_x=True, adj_y=adj_x) if adj_y else g.BatchMatMulV2(x, dy, adj_x=not adj_x))
    return _without_broadcast(g, x, y, dx, dy)


def _without_broadcast(g: GradientBuilder, x: Tensor, y: Tensor, dx: Tensor, dy: Tensor) -> list[Tensor]:
    """Sums cotangents over the batch axes along which an input was repeated."""
    if x.shape.sizes is not None and y.shape.sizes is not None:
        batch_x, batch_y = x.shape.sizes[:-2], y.shape.sizes[:-2]
        if batch_x == batch_y and None not in batch_x:
            return [dx, dy]
    shape_x, shape_y = g.shape(x), g.shape(y)
    axes_x, axes_y = g.BroadcastGradientArgs(_leading(g, shape_x), _leading(g, shape_y))
    return [g.Reshape(g.Sum(dx, axes_x), shape_x), g.Reshape(g.Sum(dy, axes_y), shape_y)]


def _leading(g: GradientBuilder, shape: Tensor) -> Tensor:
    """All entries of a shape but the last two."""
    return g.StridedSlice(shape, [0], [-2], [1], begin_mask=1)


_BATCH: dict[str, Any] = {"inputs": "x: T, y: T", "outputs": "output: T",
          "attrs": f"T: {_ELEMENTS}, adj_x: bool = False, adj_y: bool = False"}
BATCH_MATMUL_V2 = define_op("BatchMatMulV2", **_BATCH, shape=_batch_matmul_shape, kernel=_batch_matmul_kernel,
                            lower=_batch_matmul_lower, gradient=_batch_matmul_gradient)
# What TensorFlow 1.15 and older wrote, where batch sizes had to be equal.
BATCH_MATMUL = define_op("BatchMatMul", **_BATCH, shape=_batch_matmul_shape, kernel=_batch_matmul_kernel,
                         lower=_batch_matmul_lower, gradient=_batch_matmul_gradient)


def _sparse_matmul_kernel(xp: ArrayModule, a: Array, b: Array, *, transpose_a: bool, transpose_b: bool) -> Array:
    a, b = xp.asarray(a, dtype=np.float32), xp.asarray(b, dtype=np.float32)
    return _matmul_kernel(xp, a, b, transpose_a=transpose_a, transpose_b=transpose_b)


def _sparse_matmul_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    a, b = (g.Cast(x, DstT=dtypes.float32) if x.dtype.base_dtype is not dtypes.float32 else x for x in op.inputs)
    turned_a, turned_b = op.attributes["transpose_a"], op.attributes["transpose_b"]
    da = (g.MatMul(b, dy, transpose_a=turned_b, transpose_b=True) if turned_a
          else g.MatMul(dy, b, transpose_b=not turned_b))
    db = (g.MatMul(dy, a, transpose_a=True, transpose_b=turned_a) if turned_b
          else g.MatMul(a, dy, transpose_a=not turned_a))
    return [g.cast(da, op.inputs[0].dtype), g.cast(db, op.inputs[1].dtype)]


SPARSE_MATMUL = define_op(
    "SparseMatMul", inputs="a: Ta, b: Tb", outputs="product: float",
    attrs="transpose_a: bool = False, transpose_b: bool = False, a_is_sparse: bool = False, "
          "b_is_sparse: bool = False, Ta: {float, bfloat16} = float, Tb: {float, bfloat16} = float",
    shape=_matmul_shape, kernel=_sparse_matmul_kernel, gradient=_sparse_matmul_gradient)


def matmul(a: TensorLike, b: TensorLike, transpose_a: bool = False, transpose_b: bool = False, adjoint_a: bool = False,
           adjoint_b: bool = False, a_is_sparse: bool = False, b_is_sparse: bool = False,
           name: str | None = None) -> Tensor:
    """The matrix product `a @ b`, for each matrix of a batch.

    Args:
      a: A tensor of numbers, `[..., rows, inner]`.
      b: A tensor of the same dtype, `[..., inner, columns]`; batch axes are broadcast.
      transpose_a, transpose_b: Whether to transpose an input first.
      adjoint_a, adjoint_b: Whether to transpose and conjugate an input first.
      a_is_sparse, b_is_sparse: Hints that many elements are 0.
      name: Name of the node.

    Returns:
      A tensor `[..., rows, columns]`. Half and bfloat16 are added up in float32.

    Raises:
      ValueError: If shapes do not fit, or an input is to be both transposed and conjugated.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.matmul([[1, 2]], [[3], [4]])))
      [[11]]
    """
    if transpose_a and adjoint_a:
        raise ValueError("Only one of transpose_a and adjoint_a can be True.")
    if transpose_b and adjoint_b:
        raise ValueError("Only one of transpose_b and adjoint_b can be True.")
    a, b = _operands(a, b, name)
    if a.shape.ndims != 2 or b.shape.ndims != 2:
        if not (_is_matrix_or_batch(a) and _is_matrix_or_batch(b)):
            return _matrix_product(a, b, transpose_a, transpose_b, adjoint_a, adjoint_b, name)
        if (a.shape.ndims is None or a.shape.ndims > 2) or (b.shape.ndims is None or b.shape.ndims > 2):
            conj = lookup("Conj")
            if transpose_a:
                a = conj(a) if a.dtype.base_dtype.is_complex else a
            if transpose_b:
                b = conj(b) if b.dtype.base_dtype.is_complex else b
            return BATCH_MATMUL_V2(a, b, adj_x=transpose_a or adjoint_a, adj_y=transpose_b or adjoint_b,
                                   name=name or "MatMul")
    if (a_is_sparse or b_is_sparse) and {a.dtype.base_dtype, b.dtype.base_dtype} <= {dtypes.float32, dtypes.bfloat16}:
        return SPARSE_MATMUL(a, b, transpose_a=transpose_a or adjoint_a, transpose_b=transpose_b or adjoint_b,
                             a_is_sparse=a_is_sparse, b_is_sparse=b_is_sparse, name=name or "MatMul")
    return _matrix_product(a, b, transpose_a, transpose_b, adjoint_a, adjoint_b, name)


def _is_matrix_or_batch(x: Tensor) -> bool:
    return x.shape.ndims is None or x.shape.ndims >= 2


def _operands(a: Any, b: Any, name: str | None) -> tuple[Tensor, Tensor]:
    """Both as tensors, named as inputs of the node that is to come."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        return a, b
    prefix = (name or "MatMul").rstrip("/").rpartition("/")[2]
    hint = getattr(b, "dtype", None)
    a = convert_to_tensor(a, dtype_hint=hint.base_dtype if isinstance(hint, dtypes.DType) else None,
                          name=f"{prefix}/a")
    return a, convert_to_tensor(b, dtype_hint=a.dtype.base_dtype, name=f"{prefix}/b")


def _matrix_product(a: Tensor, b: Tensor, transpose_a: bool, transpose_b: bool, adjoint_a: bool, adjoint_b: bool,
                    name: str | None) -> Tensor:
    conj = lookup("Conj")
    if adjoint_a and a.dtype.base_dtype.is_complex:
        a = conj(a)
    if adjoint_b and b.dtype.base_dtype.is_complex:
        b = conj(b)
    return MATMUL(a, b, transpose_a=transpose_a or adjoint_a, transpose_b=transpose_b or adjoint_b,
                  name=name or "MatMul")


def sparse_matmul(a: TensorLike, b: TensorLike, transpose_a: bool = False, transpose_b: bool = False,
                  a_is_sparse: bool = False, b_is_sparse: bool = False, name: str | None = None) -> Tensor:
    """The product of two matrices of float32 or bfloat16, of which many elements are 0; a float32 matrix.

    Args:
      a: A matrix.
      b: A matrix.
      transpose_a, transpose_b: Whether to transpose an input first.
      a_is_sparse, b_is_sparse: Hints that many elements are 0.
      name: Name of the node.

    Raises:
      TypeError: If an input is of another dtype.
      ValueError: If shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sparse_matmul([[1.0, 0.0]], [[3.0], [4.0]], a_is_sparse=True)))
      [[3.]]
    """
    return SPARSE_MATMUL(a, b, transpose_a=transpose_a, transpose_b=transpose_b, a_is_sparse=a_is_sparse,
                         b_is_sparse=b_is_sparse, name=name)


def batch_matmul(x: TensorLike, y: TensorLike, adj_x: bool = False, adj_y: bool = False,
                 name: str | None = None) -> Tensor:
    """The matrix product for each matrix of a batch, the form before TensorFlow 1.0.

    Args:
      x: A tensor of numbers, `[..., rows, inner]`.
      y: A tensor of the same dtype, `[..., inner, columns]`.
      adj_x, adj_y: Whether to transpose and conjugate an input first.
      name: Name of the node.

    Raises:
      TypeError: If the dtypes differ.
      ValueError: If shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.batch_matmul([[[1, 2]]], [[[3], [4]]])))
      [[[11]]]
    """
    return BATCH_MATMUL_V2(x, y, adj_x=adj_x, adj_y=adj_y, name=name or "BatchMatMul")
