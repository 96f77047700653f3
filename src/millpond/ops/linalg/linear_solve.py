"""Linear systems: Cholesky factors, inverses, determinants, and solving with them.

All take batches of matrices `[..., rows, columns]`. Half is computed in float32. That a matrix cannot be inverted, or
is not positive definite, is an error at run time on every device.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import Guard, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.linalg.matrix import matmul
from millpond.ops.linalg.matrix_functions import adjoint
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape, broadcast_sizes

ELEMENTS = "{double, float, half, complex64, complex128}"


def square(shape: TensorShape) -> TensorShape:
    """A batch of square matrices.

    Raises:
      ValueError: If the last two sizes differ.
    """
    shape = shape_rules.with_rank_at_least(shape, 2)
    if shape.sizes is None:
        return shape
    side = shape_rules.sizes_of(TensorShape.of(shape.sizes[-2:-1]).merge_with(TensorShape.of(shape.sizes[-1:])))
    return TensorShape.of(shape.sizes[:-2] + side * 2)


def _check_square(x: Any) -> None:
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ValueError(f"Input matrix must be square, got shape {list(x.shape)}")


def widened(xp: ArrayModule, x: Any) -> Any:
    return xp.asarray(x, dtype=np.float32) if np.dtype(x.dtype).itemsize == 2 else x


def scaled(g: GradientBuilder, matrix: Tensor, factor: Tensor) -> Tensor:
    """Each matrix of a batch times its own factor."""
    return g.Mul(g.ExpandDims(g.ExpandDims(factor, -1), -1), matrix)


# Cholesky.


def _is_positive_definite(xp: ArrayModule, input: Array) -> Array:
    if input.ndim < 2 or input.shape[-1] != input.shape[-2]:
        return np.True_  # the kernel says what is wrong
    if xp is np:
        try:
            return np.all(np.isfinite(np.linalg.cholesky(widened(np, input))))
        except np.linalg.LinAlgError:
            return np.False_
    return xp.all(xp.isfinite(xp.linalg.cholesky(widened(xp, input), symmetrize_input=False)))


def _cholesky_kernel(xp: ArrayModule, input: Array) -> Array:
    _check_square(input)
    return np.asarray(np.linalg.cholesky(widened(np, input)), dtype=input.dtype)


def _cholesky_lower(jax: Jax, input: Array) -> Array:
    _check_square(input)
    wide = widened(jax.numpy, input)
    return jax.numpy.linalg.cholesky(wide, symmetrize_input=False).astype(input.dtype)


def _cholesky_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    """I. Murray, "Differentiation of the Cholesky decomposition", 2016, section 3."""
    lower = op.outputs[0]
    unit = g.MatrixDiag(g.OnesLike(g.MatrixDiagPart(lower)))
    inverse = g.MatrixTriangularSolve(lower, unit)
    middle = matmul(lower, dy, adjoint_a=True)
    middle = g.MatrixSetDiag(middle, g.Mul(g.constant(0.5, middle), g.MatrixDiagPart(middle)))
    middle = g.MatrixBandPart(middle, np.int64(-1), np.int64(0))
    result = matmul(matmul(inverse, middle, adjoint_a=True), inverse)
    return g.Mul(g.AddV2(result, adjoint(result)), g.constant(0.5, result))


CHOLESKY = define_op(
    "Cholesky", inputs="input: T", outputs="output: T", attrs=f"T: {ELEMENTS}", shape=square, kernel=_cholesky_kernel,
    lower=_cholesky_lower, gradient=_cholesky_gradient,
    guard=Guard(_is_positive_definite, lambda input: "Cholesky decomposition was not successful. The input might not "
                "be valid: it must be symmetric and positive definite.", ("input",), InvalidArgumentError))


def cholesky(input: TensorLike, name: str | None = None) -> Tensor:
    """The lower triangular matrix L with `L @ adjoint(L) = input`.

    Args:
      input: Symmetric positive definite matrices, `[..., n, n]`; only the lower triangle is read.
      name: Name of the node.

    Raises:
      ValueError: If the matrices are not square.
      tf.errors.InvalidArgumentError: At run time, if one is not positive definite.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.cholesky([[4.0, 2.0], [2.0, 10.0]])))
      [[2. 0.]
       [1. 3.]]
    """
    return CHOLESKY(input, name=name)


# Inverse and determinants.


def _is_invertible(xp: ArrayModule, input: Array) -> Array:
    if input.ndim < 2 or input.shape[-1] != input.shape[-2] or 0 in input.shape:
        return np.True_
    sign, _ = xp.linalg.slogdet(widened(xp, input))
    return xp.all(xp.not_equal(sign, xp.zeros((), dtype=sign.dtype)))


NOT_INVERTIBLE = "Input matrix is not invertible."


def _inverse_kernel(xp: ArrayModule, input: Array, *, adjoint: bool) -> Array:
    _check_square(input)
    wide = widened(xp, input)
    result = xp.linalg.inv(xp.conj(xp.swapaxes(wide, -1, -2)) if adjoint else wide)
    return xp.asarray(result, dtype=input.dtype)


def _inverse_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    inverse = op.outputs[0]
    turned = op.attributes["adjoint"]
    dx = g.Neg(matmul(inverse, matmul(dy, inverse, adjoint_b=True), adjoint_a=True))
    return adjoint(dx) if turned else dx


MATRIX_INVERSE = define_op(
    "MatrixInverse", inputs="input: T", outputs="output: T", attrs=f"adjoint: bool = False, T: {ELEMENTS}",
    shape=square, kernel=_inverse_kernel, gradient=_inverse_gradient,
    guard=Guard(_is_invertible, lambda input: NOT_INVERTIBLE, ("input",), InvalidArgumentError))


def matrix_inverse(input: TensorLike, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The inverses of square matrices `[..., n, n]`, or of their adjoints.

    Args:
      input: Square matrices of floats or complex numbers.
      adjoint: Whether the adjoints are inverted.
      name: Name of the node.

    Raises:
      ValueError: If the matrices are not square.
      tf.errors.InvalidArgumentError: At run time, if one is not invertible.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.matrix_inverse([[2.0, 0.0], [0.0, 4.0]])))
      [[0.5  0.  ]
       [0.   0.25]]
    """
    return MATRIX_INVERSE(input, adjoint=adjoint, name=name)


def _scalar_each(input: TensorShape) -> TensorShape:
    input = square(input)
    return input if input.sizes is None else TensorShape.of(input.sizes[:-2])


def _determinant_kernel(xp: ArrayModule, input: Array) -> Array:
    _check_square(input)
    return xp.asarray(xp.linalg.det(widened(xp, input)), dtype=input.dtype)


def _determinant_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return scaled(g, g.MatrixInverse(op.inputs[0], adjoint=True), g.Mul(dy, g.conj(op.outputs[0])))


MATRIX_DETERMINANT = define_op("MatrixDeterminant", inputs="input: T", outputs="output: T", attrs=f"T: {ELEMENTS}",
                               shape=_scalar_each, kernel=_determinant_kernel, gradient=_determinant_gradient)


def matrix_determinant(input: TensorLike, name: str | None = None) -> Tensor:
    """The determinants of square matrices `[..., n, n]`."""
    return MATRIX_DETERMINANT(input, name=name)


def _log_determinant_shape(input: TensorShape) -> tuple[TensorShape, ...]:
    shape = _scalar_each(input)
    return shape, shape


def _log_determinant_kernel(xp: ArrayModule, input: Array) -> tuple[Array, ...]:
    _check_square(input)
    sign, log = xp.linalg.slogdet(widened(xp, input))
    return xp.asarray(sign, dtype=input.dtype), xp.asarray(log, dtype=input.dtype)


def _log_determinant_gradient(g: GradientBuilder, op: Operation, _: Tensor, dlog: Tensor) -> Tensor:
    return scaled(g, g.MatrixInverse(op.inputs[0], adjoint=True), dlog)


LOG_MATRIX_DETERMINANT = define_op(
    "LogMatrixDeterminant", inputs="input: T", outputs="sign: T, log_abs_determinant: T", attrs=f"T: {ELEMENTS}",
    shape=_log_determinant_shape, kernel=_log_determinant_kernel, gradient=_log_determinant_gradient)


def slogdet(input: TensorLike, name: str | None = None) -> Any:
    """The sign, and the logarithm of the absolute value, of determinants: `(sign, log_abs_determinant)`."""
    return LOG_MATRIX_DETERMINANT(input, name=name)


def logdet(matrix: TensorLike, name: str | None = None) -> Tensor:
    """The logarithm of the determinant of positive definite matrices, by Cholesky."""
    with name_scope(name, "logdet", [matrix]):
        diagonal = lookup("MatrixDiagPart")(CHOLESKY(matrix))
        if diagonal.dtype.base_dtype.is_complex:
            diagonal = lookup("Real")(diagonal, Tout=diagonal.dtype.real_dtype)
        logs = reduce_sum(lookup("Log")(diagonal), axis=[-1])
        return lookup("Mul")(np.array(2, logs.dtype.np_dtype), logs, name="mul")


# Solving.


def _solve_shape(matrix: TensorShape, rhs: TensorShape) -> TensorShape:
    matrix, rhs = square(matrix), shape_rules.with_rank_at_least(rhs, 2)
    if matrix.sizes is None or rhs.sizes is None:
        return shape_rules.UNKNOWN
    rows = shape_rules.sizes_of(TensorShape.of(matrix.sizes[-1:]).merge_with(TensorShape.of(rhs.sizes[-2:-1])))
    batch = broadcast_sizes(matrix.sizes[:-2], rhs.sizes[:-2]) or ()
    return TensorShape.of(batch + rows + rhs.sizes[-1:])


def _solve_kernel(xp: ArrayModule, matrix: Array, rhs: Array, *, adjoint: bool) -> Array:
    _check_square(matrix)
    a, b = widened(xp, matrix), widened(xp, rhs)
    if a.shape[-1] != b.shape[-2]:
        raise ValueError(f"The matrix of shape {list(a.shape)} and the right-hand side {list(b.shape)} do not fit")
    return xp.asarray(xp.linalg.solve(xp.conj(xp.swapaxes(a, -1, -2)) if adjoint else a, b), dtype=rhs.dtype)


def _solve_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    a = op.inputs[0]
    turned = op.attributes["adjoint"]
    x = op.outputs[0]
    db = g.MatrixSolve(a, dy, adjoint=not turned)
    return [g.Neg(matmul(x, db, adjoint_b=True) if turned else matmul(db, x, adjoint_b=True)), db]


MATRIX_SOLVE = define_op(
    "MatrixSolve", inputs="matrix: T, rhs: T", outputs="output: T", attrs=f"adjoint: bool = False, T: {ELEMENTS}",
    shape=_solve_shape, kernel=_solve_kernel, gradient=_solve_gradient,
    guard=Guard(lambda xp, matrix, rhs: _is_invertible(xp, matrix), lambda matrix, rhs: NOT_INVERTIBLE, ("matrix",),
                InvalidArgumentError))


def matrix_solve(matrix: TensorLike, rhs: TensorLike, adjoint: bool = False, name: str | None = None) -> Tensor:
    """The solutions x of `matrix @ x = rhs`.

    Args:
      matrix: Square matrices `[..., n, n]`.
      rhs: Right-hand sides `[..., n, k]`.
      adjoint: Whether to solve with the adjoint of `matrix`.
      name: Name of the node.

    Raises:
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if a matrix is not invertible.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.matrix_solve([[2.0, 0.0], [0.0, 4.0]], [[1.0], [1.0]])))
      [[0.5 ]
       [0.25]]
    """
    return MATRIX_SOLVE(matrix, rhs, adjoint=adjoint, name=name)


def _triangular_kernel(xp: ArrayModule, matrix: Array, rhs: Array, *, lower: bool, adjoint: bool) -> Array:
    _check_square(matrix)
    a = widened(np, matrix)
    a = np.tril(a) if lower else np.triu(a)
    return np.asarray(np.linalg.solve(np.conj(np.swapaxes(a, -1, -2)) if adjoint else a, widened(np, rhs)),
                      dtype=rhs.dtype)


def _triangular_lower(jax: Jax, matrix: Array, rhs: Array, *, lower: bool, adjoint: bool) -> Array:
    _check_square(matrix)
    jnp = jax.numpy
    a, b = widened(jnp, matrix), widened(jnp, rhs)
    batch = jnp.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    a, b = jnp.broadcast_to(a, batch + a.shape[-2:]), jnp.broadcast_to(b, batch + b.shape[-2:])
    x = jax.lax.linalg.triangular_solve(a, b, left_side=True, lower=lower, transpose_a=adjoint, conjugate_a=adjoint)
    return x.astype(rhs.dtype)


def _triangular_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    a, b = op.inputs
    lower, turned = op.attributes["lower"], op.attributes["adjoint"]
    x = op.outputs[0]
    db = g.MatrixTriangularSolve(a, dy, lower=lower, adjoint=not turned)
    da = g.Neg(matmul(x, db, adjoint_b=True) if turned else matmul(db, x, adjoint_b=True))
    da = g.MatrixBandPart(da, np.int64(-1 if lower else 0), np.int64(0 if lower else -1))
    return [g.unbroadcast(a, x, lambda: da, None)[0] if _batch_differs(a, x) else da,
            g.unbroadcast(b, x, lambda: db, None)[0] if _batch_differs(b, x) else db]


def _batch_differs(a: Tensor, x: Tensor) -> bool:
    return a.shape.sizes is not None and x.shape.sizes is not None and a.shape.sizes[:-2] != x.shape.sizes[:-2]


def _triangular_is_invertible(xp: ArrayModule, matrix: Array, rhs: Array) -> Array:
    diagonal = xp.diagonal(matrix, axis1=-2, axis2=-1)
    return xp.all(xp.not_equal(diagonal, xp.zeros((), dtype=diagonal.dtype)))


MATRIX_TRIANGULAR_SOLVE = define_op(
    "MatrixTriangularSolve", inputs="matrix: T, rhs: T", outputs="output: T",
    attrs=f"lower: bool = True, adjoint: bool = False, T: {ELEMENTS}", shape=_solve_shape, kernel=_triangular_kernel,
    lower=_triangular_lower, gradient=_triangular_gradient,
    guard=Guard(_triangular_is_invertible, lambda matrix, rhs: NOT_INVERTIBLE, ("matrix",), InvalidArgumentError))


def matrix_triangular_solve(matrix: TensorLike, rhs: TensorLike, lower: bool = True, adjoint: bool = False,
                            name: str | None = None) -> Tensor:
    """The solutions x of `matrix @ x = rhs` for triangular matrices.

    Args:
      matrix: `[..., n, n]`, of which only the lower (or upper) triangle is read.
      rhs: Right-hand sides `[..., n, k]`.
      lower: Whether the matrices are lower triangular.
      adjoint: Whether to solve with the adjoint of `matrix`.
      name: Name of the scope of the node.

    Raises:
      TypeError: If the dtypes differ.
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if there is a 0 on a diagonal.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.matrix_triangular_solve([[2.0, 0.0], [1.0, 1.0]], [[2.0], [3.0]])))
      [[1.]
       [2.]]
    """
    with name_scope(name, "triangular_solve", [matrix, rhs]):
        return MATRIX_TRIANGULAR_SOLVE(matrix, rhs, lower=lower, adjoint=adjoint)


def cholesky_solve(chol: TensorLike, rhs: TensorLike, name: str | None = None) -> Tensor:
    """The solutions x of `A @ x = rhs`, given `chol = cholesky(A)`.

    Args:
      chol: Lower triangular matrices `[..., n, n]`, as `tf.cholesky` gives them.
      rhs: Right-hand sides `[..., n, k]`.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If the dtypes differ.
      ValueError: If shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     a = tf.constant([[4.0, 0.0], [0.0, 9.0]])
      ...     print(sess.run(tf.cholesky_solve(tf.cholesky(a), [[8.0], [9.0]])).round(4))
      [[2.]
       [1.]]
    """
    with name_scope(name, "cholesky_solve", [chol, rhs]):
        chol = convert_to_tensor(chol, name="chol")
        half = MATRIX_TRIANGULAR_SOLVE(chol, rhs)
        return MATRIX_TRIANGULAR_SOLVE(chol, half, adjoint=True)


# Least squares.


def _solve_ls_shape(matrix: TensorShape, rhs: TensorShape, l2_regularizer: TensorShape) -> TensorShape:
    matrix, rhs = shape_rules.with_rank_at_least(matrix, 2), shape_rules.with_rank_at_least(rhs, 2)
    if matrix.sizes is None or rhs.sizes is None:
        return shape_rules.UNKNOWN
    TensorShape.of(matrix.sizes[-2:-1]).merge_with(TensorShape.of(rhs.sizes[-2:-1]))
    batch = broadcast_sizes(matrix.sizes[:-2], rhs.sizes[:-2]) or ()
    return TensorShape.of(batch + matrix.sizes[-1:] + rhs.sizes[-1:])


def _solve_ls_kernel(xp: ArrayModule, matrix: Array, rhs: Array, l2_regularizer: Array) -> Array:
    a, b = widened(xp, matrix), widened(xp, rhs)
    # A = U S V*: x = V S / (S^2 + l2) U* b, without the directions that are 0.
    u, s, vh = xp.linalg.svd(a, full_matrices=False)
    l2 = xp.asarray(l2_regularizer, dtype=s.dtype)
    largest = xp.max(s, axis=-1, keepdims=True) if s.shape[-1] else s
    used = xp.greater(s, xp.multiply(largest, xp.asarray(max(a.shape[-2:]) * np.finfo(s.dtype).eps, dtype=s.dtype)))
    safe = xp.where(used, xp.add(xp.multiply(s, s), l2), xp.ones((), dtype=s.dtype))
    weights = xp.where(used, xp.divide(s, safe), xp.zeros((), dtype=s.dtype))
    projected = xp.matmul(xp.conj(xp.swapaxes(u, -1, -2)), b)
    return xp.asarray(xp.matmul(xp.conj(xp.swapaxes(vh, -1, -2)), xp.multiply(
        xp.asarray(weights[..., None], dtype=b.dtype), projected)), dtype=rhs.dtype)


def _solve_ls_gradient(g: GradientBuilder, op: Operation, dx: Tensor) -> Cotangents:
    """For matrices with at least as many rows as columns: x = (A*A + l2)^-1 A* b."""
    a, b, l2 = op.inputs
    rows, columns = a.shape.sizes[-2:] if a.shape.sizes is not None else (None, None)
    if rows is None or columns is None or rows < columns:
        raise NotImplementedError(f"The gradient of '{op.name}' (MatrixSolveLs) needs matrices that are known to have "
                                  "at least as many rows as columns")
    x = op.outputs[0]
    gram = matmul(a, a, adjoint_a=True)
    unit = g.MatrixDiag(g.OnesLike(g.MatrixDiagPart(gram)))
    gram = g.AddV2(gram, g.Mul(g.Cast(l2, DstT=a.dtype.base_dtype), unit))
    z = g.MatrixSolve(gram, dx)
    xz = matmul(x, z, adjoint_b=True)
    da = g.Sub(matmul(b, z, adjoint_b=True), matmul(a, g.AddV2(xz, adjoint(xz))))
    return [da, matmul(a, z), None]


MATRIX_SOLVE_LS = define_op(
    "MatrixSolveLs", inputs="matrix: T, rhs: T, l2_regularizer: double", outputs="output: T",
    attrs=f"T: {ELEMENTS}, fast: bool = True", shape=_solve_ls_shape, kernel=_solve_ls_kernel,
    gradient=_solve_ls_gradient)


def matrix_solve_ls(matrix: TensorLike, rhs: TensorLike, l2_regularizer: TensorLike = 0.0, fast: bool = True,
                    name: str | None = None) -> Tensor:
    """The x that minimizes `|matrix @ x - rhs|^2 + l2_regularizer |x|^2`.

    Args:
      matrix: `[..., m, n]`.
      rhs: `[..., m, k]`.
      l2_regularizer: A number from 0 on.
      fast: Whether to use the normal equations (by Cholesky), which need full rank and good condition; otherwise the
        smallest of all solutions is found by a complete decomposition.
      name: Name of the nodes.

    Raises:
      ValueError: If shapes do not fit, or the dtypes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.matrix_solve_ls([[1.0], [1.0]], [[2.0], [4.0]])).round(4))
      [[3.]]
    """
    if not fast:
        return MATRIX_SOLVE_LS(matrix, rhs, np.float64(l2_regularizer), fast=False, name=name)
    with name_scope(name, "matrix_solve_ls", [matrix, rhs]):
        matrix = convert_to_tensor(matrix, name="matrix")
        rhs = convert_to_tensor(rhs, dtype=matrix.dtype.base_dtype, name="rhs")
        sizes = matrix.shape.sizes
        if sizes is None or None in sizes[-2:]:
            return MATRIX_SOLVE_LS(matrix, rhs, np.float64(l2_regularizer), fast=True)
        tall = sizes[-2] >= sizes[-1]
        gram = matmul(matrix, matrix, adjoint_a=tall, adjoint_b=not tall)
        if l2_regularizer:
            diagonal = lookup("MatrixDiagPart")(gram)
            gram = lookup("MatrixSetDiag")(gram, lookup("AddV2")(diagonal, np.array(l2_regularizer,
                                                                                   gram.dtype.np_dtype)))
        factor = CHOLESKY(gram)
        if tall:
            return cholesky_solve(factor, matmul(matrix, rhs, adjoint_a=True))
        return matmul(matrix, cholesky_solve(factor, rhs), adjoint_a=True)


# Tridiagonal systems.


def _tridiagonal_shape(diagonals: TensorShape, rhs: TensorShape) -> TensorShape:
    shape_rules.with_rank_at_least(diagonals, 2)
    return shape_rules.with_rank_at_least(rhs, 2)


def _tridiagonal_kernel(xp: ArrayModule, diagonals: Array, rhs: Array) -> Array:
    above, main, below = (diagonals[..., i, :] for i in range(3))
    size = main.shape[-1]
    row, column = np.indices((size, size))
    dense = np.where(column == row, main[..., :, None], 0)
    dense = dense + np.where(column == row + 1, above[..., :, None], 0)
    dense = dense + np.where(column == row - 1, below[..., :, None], 0)
    return np.asarray(np.linalg.solve(dense.astype(rhs.dtype), rhs), dtype=rhs.dtype)


def _tridiagonal_lower(jax: Jax, diagonals: Array, rhs: Array) -> Array:
    above, main, below = (diagonals[..., i, :] for i in range(3))
    last, first = np.arange(main.shape[-1]) == main.shape[-1] - 1, np.arange(main.shape[-1]) == 0
    above, below = jax.numpy.where(last, 0, above), jax.numpy.where(first, 0, below)
    return jax.lax.linalg.tridiagonal_solve(below, main, above, rhs)


def _tridiagonal_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    diagonals = op.inputs[0]
    x = op.outputs[0]
    above, main, below = (g.Squeeze(part, squeeze_dims=[-2]) for part in g.Split(-2, diagonals, num_split=3))
    turned = g.Pack([_moved(g, g.conj(below), 1), g.conj(main), _moved(g, g.conj(above), -1)], axis=-2)
    db = g.TridiagonalSolve(turned, dy)
    conjugate = g.conj(x)

    def band(offset: int) -> Array:
        other = conjugate if offset == 0 else _moved(g, conjugate, offset, axis=-2)
        return g.Neg(g.Sum(g.Mul(db, other), np.array([-1], np.int32)))

    return [g.Pack([band(1), band(0), band(-1)], axis=-2), db]


def _moved(g: GradientBuilder, x: Tensor, offset: int, axis: int = -1) -> Tensor:
    """`x[i + offset]` along an axis, 0 where there is none."""
    size = g.StridedSlice(g.shape(x), [axis], [axis + 1 or 2**31 - 1], [1], shrink_axis_mask=1)
    position = g.Range(np.int32(0), size, np.int32(1))
    inside = g.LogicalAnd(g.GreaterEqual(g.AddV2(position, np.int32(offset)), np.int32(0)),
                          g.Less(g.AddV2(position, np.int32(offset)), size))
    rolled = g.Roll(x, np.int32(-offset), np.int32(axis))
    if axis == -2:
        inside = g.ExpandDims(inside, -1)
    return g.SelectV2(inside, rolled, g.ZerosLike(rolled))


TRIDIAGONAL_SOLVE = define_op(
    "TridiagonalSolve", inputs="diagonals: T, rhs: T", outputs="output: T",
    attrs="partial_pivoting: bool = True, perturb_singular: bool = False, T: {double, float, complex64, complex128}",
    shape=_tridiagonal_shape, kernel=_tridiagonal_kernel, lower=_tridiagonal_lower, gradient=_tridiagonal_gradient)


def tridiagonal_solve(diagonals: Sequence[TensorLike] | TensorLike, rhs: TensorLike, diagonals_format: str = "compact",
                      transpose_rhs: bool = False, conjugate_rhs: bool = False, name: str | None = None,
                      partial_pivoting: bool = True) -> Tensor:
    """The solutions of systems with three diagonals.

    Args:
      diagonals: For "compact" `[..., 3, n]`: the diagonal above (its last element is not used), the main one, the one
        below (its first element is not used). For "sequence" a list of the three. For "matrix" `[..., n, n]`.
      rhs: `[..., n]` or `[..., n, k]`.
      diagonals_format: "compact", "sequence" or "matrix".
      transpose_rhs, conjugate_rhs: What to do with `rhs` first.
      name: Name of the nodes.
      partial_pivoting: Whether rows may be exchanged.

    Raises:
      ValueError: If the format is not known, or shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.linalg.tridiagonal_solve([[1.0, 0.0], [2.0, 3.0], [0.0, 1.0]], [3.0, 4.0])).round(4))
      [1. 1.]
    """
    if diagonals_format == "sequence":
        diagonals = lookup("Pack")([convert_to_tensor(part) for part in diagonals], axis=-2)
    elif diagonals_format == "matrix":
        diagonals = lookup("MatrixDiagPartV3")(diagonals, np.array([-1, 1], np.int32), 0, align="LEFT_RIGHT")
    elif diagonals_format != "compact":
        raise ValueError(f"diagonals_format must be compact, sequence or matrix, got {diagonals_format!r}")
    diagonals = convert_to_tensor(diagonals)
    rhs = convert_to_tensor(rhs, dtype=diagonals.dtype.base_dtype)
    vector = diagonals.shape.ndims is not None and rhs.shape.ndims == diagonals.shape.ndims - 1
    if conjugate_rhs and rhs.dtype.base_dtype.is_complex:
        rhs = lookup("Conj")(rhs)
    if vector:
        rhs = lookup("ExpandDims")(rhs, -1)
    elif transpose_rhs:
        rhs = adjoint(lookup("Conj")(rhs) if rhs.dtype.base_dtype.is_complex else rhs)
    x = TRIDIAGONAL_SOLVE(diagonals, rhs, partial_pivoting=partial_pivoting, name=name)
    return lookup("Squeeze")(x, squeeze_dims=[-1]) if vector else x


