"""Decompositions of matrices (eigenvalues, singular values, QR, LU), and functions of matrices.

Signs and phases of the vectors are those of LAPACK, or of the device's own solver.
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, HostContext, Jax
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.linalg.linear_solve import ELEMENTS, square, widened
from millpond.ops.linalg.matrix import matmul
from millpond.ops.linalg.matrix_functions import adjoint
from millpond.ops.math.reduction import reduce_max, reduce_sum
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

EMPTY = TensorShape([0])


def _diagonal_times(g: GradientBuilder, values: Tensor, matrix: Tensor) -> Tensor:
    """`diag(values) @ matrix`, for each matrix."""
    values = g.cast(values, matrix.dtype)
    return g.Mul(g.ExpandDims(values, -1), matrix)


def _row(g: GradientBuilder, values: Tensor) -> Tensor:
    return g.ExpandDims(values, -2)


# Eigenvalues of self-adjoint matrices.


def _eigh_shape(input: TensorShape, *, compute_v: bool) -> tuple[TensorShape, TensorShape]:
    input = square(input)
    values = input if input.sizes is None else TensorShape.of(input.sizes[:-1])
    return values, input if compute_v else EMPTY


def _eigh_results(xp: ArrayModule, values: Array, vectors: Array, input: Array) -> tuple[Array, ...]:
    dtype = input.dtype
    vectors = xp.zeros((0,), dtype=dtype) if vectors is None else xp.asarray(vectors, dtype=dtype)
    return xp.asarray(values, dtype=dtype), vectors


def _eigh_kernel(xp: ArrayModule, input: Array, *, compute_v: bool) -> tuple[Array, ...]:
    if compute_v:
        return _eigh_results(np, *np.linalg.eigh(widened(np, input), UPLO="L"), input)
    return _eigh_results(np, np.linalg.eigvalsh(widened(np, input), UPLO="L"), None, input)


def _eigh_lower(jax: Jax, input: Array, *, compute_v: bool) -> tuple[Array, ...]:
    values, vectors = jax.numpy.linalg.eigh(widened(jax.numpy, input), UPLO="L", symmetrize_input=False)
    return _eigh_results(jax.numpy, values, vectors if compute_v else None, input)


def _eigh_gradient(g: GradientBuilder, op: Operation, de: Tensor, dv: Tensor) -> Tensor:
    """M. Giles, "An extended collection of matrix derivative results", 2008, section 3.1; for the lower triangle."""
    e, v = op.outputs
    if not op.attributes["compute_v"]:
        _, v = g.SelfAdjointEigV2(op.inputs[0])
        middle = g.MatrixDiag(g.cast(de, v.dtype))
    else:
        gaps = g.Sub(_row(g, e), g.ExpandDims(e, -1))
        inverse_gaps = g.DivNoNan(g.OnesLike(gaps), gaps)
        middle = g.AddV2(g.MatrixDiag(g.cast(de, v.dtype)), g.Mul(inverse_gaps, matmul(v, dv, adjoint_a=True)))
    full = matmul(v, matmul(middle, v, adjoint_b=True))
    lower = g.MatrixBandPart(g.AddV2(full, adjoint(full)), np.int64(-1), np.int64(0))
    return g.MatrixSetDiag(lower, g.Mul(g.constant(0.5, lower), g.MatrixDiagPart(lower)))


SELF_ADJOINT_EIG = define_op("SelfAdjointEigV2", inputs="input: T", outputs="e: T, v: T",
                             attrs=f"compute_v: bool = True, T: {ELEMENTS}", shape=_eigh_shape, kernel=_eigh_kernel,
                             lower=_eigh_lower, gradient=_eigh_gradient)


def self_adjoint_eig(tensor: TensorLike, name: str | None = None) -> tuple[Tensor, Tensor]:
    """Eigenvalues, in ascending order, and eigenvectors (columns) of self-adjoint matrices `[..., n, n]`.

    Only the lower triangle is read.
    """
    values, vectors = SELF_ADJOINT_EIG(tensor, compute_v=True, name=name)
    return values, vectors


def self_adjoint_eigvals(tensor: TensorLike, name: str | None = None) -> Tensor:
    """Eigenvalues, in ascending order, of self-adjoint matrices `[..., n, n]`."""
    return SELF_ADJOINT_EIG(tensor, compute_v=False, name=name)[0]


# Singular values.


def _svd_shape(input: TensorShape, *, compute_uv: bool, full_matrices: bool) -> tuple[TensorShape, ...]:
    input = shape_rules.with_rank_at_least(input, 2)
    if input.sizes is None:
        return (input, input, input) if compute_uv else (input, EMPTY, EMPTY)
    batch, (m, n) = input.sizes[:-2], input.sizes[-2:]
    least = shape_rules.smaller(m, n)
    if not compute_uv:
        return TensorShape.of(batch + (least,)), EMPTY, EMPTY
    return (TensorShape.of(batch + (least,)), TensorShape.of(batch + (m, m if full_matrices else least)),
            TensorShape.of(batch + (n, n if full_matrices else least)))


def _svd_kernel(xp: ArrayModule, input: Array, *, compute_uv: bool, full_matrices: bool) -> tuple[Array, ...]:
    wide = widened(xp, input)
    if not compute_uv:
        empty = xp.zeros((0,), dtype=input.dtype)
        return xp.asarray(xp.linalg.svd(wide, compute_uv=False), dtype=input.dtype), empty, empty
    u, s, vh = xp.linalg.svd(wide, full_matrices=full_matrices)
    v = xp.conj(xp.swapaxes(vh, -1, -2))
    return tuple(xp.asarray(part, dtype=input.dtype) for part in (s, u, v))


def _svd_gradient(g: GradientBuilder, op: Operation, ds: Tensor, du: Tensor, dv: Tensor) -> Tensor:
    """J. Townsend, "Differentiating the singular value decomposition", 2016."""
    a = op.inputs[0]
    if not op.attributes["compute_uv"]:
        _, u, v = g.Svd(a, compute_uv=True, full_matrices=False)
        return matmul(u, _diagonal_times(g, ds, adjoint(v)))
    sizes = a.shape.sizes
    if op.attributes["full_matrices"] and (sizes is None or sizes[-1] != sizes[-2] or None in sizes[-2:]):
        raise NotImplementedError(f"The gradient of '{op.name}' (Svd) with full_matrices needs square matrices")
    if a.dtype.base_dtype.is_complex:
        raise NotImplementedError(f"The gradient of '{op.name}' (Svd) by complex matrices is supported for the "
                                  "singular values only: use compute_uv=False")
    s, u, v = op.outputs
    squares = g.Square(s)
    gaps = g.Sub(_row(g, squares), g.ExpandDims(squares, -1))
    f = g.DivNoNan(g.OnesLike(gaps), gaps)
    inverse = g.DivNoNan(g.OnesLike(s), s)
    ut_du, vt_dv = matmul(u, du, adjoint_a=True), matmul(v, dv, adjoint_a=True)
    left = g.Mul(g.Mul(f, g.Sub(ut_du, adjoint(ut_du))), _row(g, s))
    right = _diagonal_times(g, s, g.Mul(f, g.Sub(vt_dv, adjoint(vt_dv))))
    core = matmul(u, matmul(g.AddV2(g.AddV2(left, right), g.MatrixDiag(ds)), v, adjoint_b=True))
    outside_u = g.Mul(g.Sub(du, matmul(u, ut_du)), _row(g, inverse))
    outside_v = g.Mul(g.Sub(dv, matmul(v, vt_dv)), _row(g, inverse))
    return g.AddN([core, matmul(outside_u, v, adjoint_b=True), matmul(u, outside_v, adjoint_b=True)])


SVD = define_op("Svd", inputs="input: T", outputs="s: T, u: T, v: T",
                attrs=f"compute_uv: bool = True, full_matrices: bool = False, T: {ELEMENTS}", shape=_svd_shape,
                kernel=_svd_kernel, gradient=_svd_gradient)


def svd(tensor: TensorLike, full_matrices: bool = False, compute_uv: bool = True, name: str | None = None) -> Any:
    """The singular value decomposition of matrices `[..., m, n]`: `tensor = u @ diag(s) @ adjoint(v)`.

    Args:
      tensor: The matrices.
      full_matrices: Whether `u` and `v` are square.
      compute_uv: Whether to compute `u` and `v` at all.
      name: Name of the node.

    Returns:
      `(s, u, v)`, with the singular values in descending order; only `s` without `compute_uv`.

    Raises:
      TypeError: If the matrices are not of floats or complex numbers.
      ValueError: If `tensor` has fewer than two dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.svd([[3.0, 0.0], [0.0, 4.0]], compute_uv=False)).round(4))
      [4. 3.]
    """
    s, u, v = SVD(tensor, compute_uv=compute_uv, full_matrices=full_matrices, name=name)
    return (s, u, v) if compute_uv else s


# QR and LU.


def _qr_shape(input: TensorShape, *, full_matrices: bool) -> tuple[TensorShape, TensorShape]:
    input = shape_rules.with_rank_at_least(input, 2)
    if input.sizes is None:
        return input, input
    batch, (m, n) = input.sizes[:-2], input.sizes[-2:]
    least = m if full_matrices else shape_rules.smaller(m, n)
    return TensorShape.of(batch + (m, least)), TensorShape.of(batch + (least, n))


def _qr_kernel(xp: ArrayModule, input: Array, *, full_matrices: bool) -> tuple[Array, ...]:
    q, r = xp.linalg.qr(widened(xp, input), mode="complete" if full_matrices else "reduced")
    return xp.asarray(q, dtype=input.dtype), xp.asarray(r, dtype=input.dtype)


def _qr_gradient(g: GradientBuilder, op: Operation, dq: Tensor, dr: Tensor) -> Tensor:
    """H. Liao et al., "Differentiable programming tensor networks", 2019, for at least as many rows as columns."""
    sizes = op.inputs[0].shape.sizes
    rows, columns = sizes[-2:] if sizes is not None else (None, None)
    if rows is None or columns is None or rows < columns or (op.attributes["full_matrices"] and rows != columns):
        raise NotImplementedError(f"The gradient of '{op.name}' (Qr) needs matrices that are known to have at least as "
                                  "many rows as columns, and full_matrices=False unless they are square")
    q, r = op.outputs
    m = g.Sub(matmul(r, dr, adjoint_b=True), matmul(dq, q, adjoint_a=True))
    # The lower triangle, mirrored.
    below = g.MatrixBandPart(m, np.int64(-1), np.int64(0))
    strictly = g.Sub(below, g.MatrixBandPart(m, np.int64(0), np.int64(0)))
    mirrored = g.AddV2(below, adjoint(strictly))
    right = g.AddV2(dq, matmul(q, mirrored))
    # right @ inverse(adjoint(r)), as the adjoint of a solve.
    return adjoint(g.MatrixTriangularSolve(r, adjoint(right), lower=False))


QR = define_op("Qr", inputs="input: T", outputs="q: T, r: T", attrs=f"full_matrices: bool = False, T: {ELEMENTS}",
               shape=_qr_shape, kernel=_qr_kernel, gradient=_qr_gradient)


def qr(input: TensorLike, full_matrices: bool = False, name: str | None = None) -> Any:
    """The QR decomposition of matrices `[..., m, n]`: `input = q @ r`, q with orthonormal columns, r upper triangular.

    Args:
      input: The matrices.
      full_matrices: Whether `q` is square.
      name: Name of the node.

    Raises:
      TypeError: If the matrices are not of floats or complex numbers.
      ValueError: If `input` has fewer than two dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     q, r = tf.qr([[3.0, 1.0], [4.0, 2.0]])
      ...     print(sess.run(tf.matmul(q, r)).round(4))
      [[3. 1.]
       [4. 2.]]
    """
    return QR(input, full_matrices=full_matrices, name=name)


def _lu_shape(input: TensorShape) -> tuple[TensorShape, TensorShape]:
    input = square(input)
    return input, input if input.sizes is None else TensorShape.of(input.sizes[:-1])


def _lu_lower(jax: Jax, input: Array, *, output_idx_type: DType) -> tuple[Array, ...]:
    lu, _, permutation = jax.lax.linalg.lu(widened(jax.numpy, input))
    return lu.astype(input.dtype), permutation.astype(output_idx_type.np_dtype)


def _lu_gradient(g: GradientBuilder, op: Operation, *_: Tensor) -> NoReturn:
    raise LookupError(f"No gradient defined for operation '{op.name}' (op type: Lu)")


LU = define_op("Lu", inputs="input: T", outputs="lu: T, p: output_idx_type",
               attrs=f"T: {ELEMENTS}, output_idx_type: {{int32, int64}} = int32", shape=_lu_shape, lower=_lu_lower,
               gradient=_lu_gradient)


def lu(input: TensorLike, output_idx_type: DTypeLike = dtypes.int32, name: str | None = None) -> Any:
    """The LU decomposition with row exchanges: `(lu, p)` with both triangles in one matrix, and the permutation.

    Args:
      input: Square matrices `[..., n, n]`.
      output_idx_type: int32 or int64, for the permutation.
      name: Name of the node.

    Raises:
      TypeError: If the matrices are not of floats or complex numbers.
      ValueError: If they are not square.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.linalg.lu([[1.0, 2.0], [2.0, 2.0]]).lu))
      [[2.  2. ]
       [0.5 1. ]]
    """
    return LU(input, output_idx_type=dtypes.as_dtype(output_idx_type), name=name)


# Functions of matrices.


def _expm_lower(jax: Jax, input: Array) -> Array:
    wide = widened(jax.numpy, input)
    return jax.scipy.linalg.expm(wide, max_squarings=64).astype(input.dtype)


def _expm_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    """The derivative stands in the corner of the exponential of a matrix of blocks (R. Mathias, 1996)."""
    turned = adjoint(op.inputs[0])
    zeros = g.ZerosLike(turned)
    blocks = g.ConcatV2([g.ConcatV2([turned, dy], -1), g.ConcatV2([zeros, turned], -1)], -2)
    exponential = g.MatrixExponential(blocks)
    upper = g.Split(-2, exponential, num_split=2)[0]
    return g.Split(-1, upper, num_split=2)[1]


MATRIX_EXPONENTIAL = define_op("MatrixExponential", inputs="input: T", outputs="output: T", attrs=f"T: {ELEMENTS}",
                               shape=square, lower=_expm_lower, gradient=_expm_gradient)


def matrix_exponential(input: TensorLike, name: str | None = None) -> Tensor:
    """The exponentials of square matrices `[..., n, n]`, the sum of `A^k / k!`."""
    return MATRIX_EXPONENTIAL(input, name=name or "matrix_exponential")


def _by_eigenvalues(matrix: np.ndarray, function: Any) -> np.ndarray | None:
    """A function of a matrix by its eigenvalues, or None where there are too few eigenvectors for that."""
    values, vectors = np.linalg.eig(matrix)
    if np.linalg.cond(vectors) > 1e8:
        return None
    return (vectors * function(values.astype(np.complex128))) @ np.linalg.inv(vectors)


def _square_root(matrix: np.ndarray) -> np.ndarray:
    """E. Denman and A. Beavers, "The matrix sign function and computations in systems", 1976."""
    root = _by_eigenvalues(matrix, np.sqrt)
    if root is not None:
        return root
    y, z = matrix, np.eye(len(matrix), dtype=matrix.dtype)
    for _ in range(100):
        y, z, last = (y + np.linalg.inv(z)) / 2, (z + np.linalg.inv(y)) / 2, y
        if np.linalg.norm(y - last) <= 1e-15 * np.linalg.norm(y):
            break
    return y


def _logarithm(matrix: np.ndarray) -> np.ndarray:
    """By eigenvalues; else square roots until the matrix is near one, then the series of the logarithm."""
    result = _by_eigenvalues(matrix, np.log)
    if result is not None:
        return result
    unit, roots = np.eye(len(matrix)), 0
    while np.linalg.norm(matrix - unit) > 0.05 and roots < 100:
        matrix, roots = _square_root(matrix), roots + 1
    x = matrix - unit
    total, power = np.zeros_like(x), unit
    for k in range(1, 16):
        power = power @ x
        total = total + power * ((-1) ** (k + 1) / k)
    return total * 2.0**roots


def _each_matrix(function: Any) -> Any:
    def kernel(context: HostContext, input: Array) -> Array:
        if input.ndim < 2 or input.shape[-1] != input.shape[-2]:
            raise ValueError(f"Input matrix must be square, got shape {list(input.shape)}")
        wide = input.astype(np.complex128 if input.dtype.kind == "c" else np.float64)
        result = np.array([function(matrix) for matrix in wide.reshape((-1,) + input.shape[-2:])])
        result = result.reshape(input.shape)
        if input.dtype.kind != "c" and result.dtype.kind == "c":
            result = result.real
        return result.astype(input.dtype)

    return kernel


def _unsupported_gradient(g: GradientBuilder, op: Operation, *_: Tensor) -> NoReturn:
    raise NotImplementedError(f"The gradient of '{op.name}' ({op.type}) is not supported")


# Few programs need these, and XLA has no eigenvalues of general matrices on accelerators: they run outside it.
MATRIX_SQUARE_ROOT = define_op("MatrixSquareRoot", inputs="input: T", outputs="output: T", attrs=f"T: {ELEMENTS}",
                               shape=square, kernel=_each_matrix(_square_root), gradient=_unsupported_gradient,
                               host=True)
MATRIX_LOGARITHM = define_op("MatrixLogarithm", inputs="input: T", outputs="output: T",
                             attrs="T: {complex64, complex128}", shape=square, kernel=_each_matrix(_logarithm),
                             gradient=_unsupported_gradient, host=True)


def matrix_square_root(input: TensorLike, name: str | None = None) -> Tensor:
    """The principal square roots of square matrices `[..., n, n]`."""
    return MATRIX_SQUARE_ROOT(input, name=name)


def matrix_logarithm(input: TensorLike, name: str | None = None) -> Tensor:
    """The principal logarithms of complex square matrices `[..., n, n]`."""
    return MATRIX_LOGARITHM(input, name=name)


def pinv(a: TensorLike, rcond: TensorLike | None = None, validate_args: bool = False,
         name: str | None = None) -> Tensor:
    """The pseudo-inverses of matrices `[..., m, n]`, by their singular values.

    Args:
      a: The matrices, of floats.
      rcond: Singular values up to `rcond` times the largest count as 0; by default `10 max(m, n) eps`.
      validate_args: Not used; kept for TensorFlow's signature.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If `a` has fewer than two dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.linalg.pinv([[2.0, 0.0], [0.0, 0.0]])).round(4))
      [[0.5 0. ]
       [0.  0. ]]
    """
    with name_scope(name or "pinv", None, [a]):
        a = convert_to_tensor(a, name="a")
        dtype = a.dtype.np_dtype
        s, u, v = svd(a)
        if rcond is None:
            side = lookup("Cast")(reduce_max(lookup("StridedSlice")(lookup("Shape")(a), [-2], [0], [1], end_mask=1)),
                                  DstT=a.dtype.base_dtype)
            rcond = lookup("Mul")(side, np.array(10 * np.finfo(dtype).eps, dtype), name="rcond")
        cutoff = lookup("Mul")(rcond, reduce_max(s, axis=-1), name="mul")
        kept = lookup("Greater")(s, lookup("ExpandDims")(cutoff, -1))
        s = lookup("SelectV2")(kept, s, np.array(np.inf, dtype))
        result = matmul(lookup("RealDiv")(v, lookup("ExpandDims")(s, -2), name="truediv"), u, adjoint_b=True)
        sizes = a.shape.sizes
        if sizes is not None:
            result.set_shape(sizes[:-2] + (sizes[-1], sizes[-2]))
        return result


def matrix_rank(a: TensorLike, tol: TensorLike | None = None, validate_args: bool = False,
                name: str | None = None) -> Tensor:
    """The ranks of matrices `[..., m, n]`, int32: how many singular values are above `tol`.

    Args:
      a: The matrices, of floats.
      tol: The bound; by default `max(m, n) eps` times the largest singular value.
      validate_args: Not used; kept for TensorFlow's signature.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If `a` has fewer than two dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.linalg.matrix_rank([[1.0, 2.0], [2.0, 4.0]])))
      1
    """
    with name_scope(name or "matrix_rank", None, [a]):
        a = convert_to_tensor(a, name="a")
        s = svd(a, compute_uv=False)
        if tol is None:
            side = lookup("Cast")(reduce_max(lookup("StridedSlice")(lookup("Shape")(a), [-2], [0], [1], end_mask=1)),
                                  DstT=a.dtype.base_dtype)
            relative = lookup("Mul")(np.array(np.finfo(a.dtype.np_dtype).eps), side, name="mul")
            tol = lookup("Mul")(relative, reduce_max(s, axis=-1, keepdims=True), name="mul_1")
        return reduce_sum(lookup("Cast")(lookup("Greater")(s, tol), DstT=dtypes.int32), axis=-1)
