"""Products, contractions, decompositions and systems: rows of the op table, and the errors users meet."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase, complexes, floats

import millpond as tf
from millpond.ops.linalg.matrix import BATCH_MATMUL

A, B = floats(2, 3), floats(3, 2, seed=1)
BATCH_A, BATCH_B = floats(2, 2, 3), floats(2, 3, 2, seed=1)
SQUARE = floats(3, 3) + 3 * np.eye(3, dtype=np.float32)
SYMMETRIC = (SQUARE @ SQUARE.T).astype(np.float32)
DIAGONALS = np.array([[1, 2, 0], [5, 6, 7], [0, 1, 2]], np.float32)


def _symmetric(tf, x):
    """Differences of one element would leave the matrix unsymmetric, which is not what is differentiated."""
    return (x + tf.matrix_transpose(x)) / 2.0


CASES = [
    OpCase("MatMul", lambda tf, a, b: tf.matmul(a, b), [A, B], gradient=True, expected=np.matmul, rank_needed=True),
    OpCase("MatMul", lambda tf, a, b: tf.matmul(a, b, transpose_a=True, transpose_b=True), [A, B], gradient=True,
           expected=lambda a, b: a.T @ b.T, rank_needed=True, note="transposed",
           attrs={"transpose_a": True, "transpose_b": True}),
    OpCase("MatMul", lambda tf, a, b: tf.matmul(a, b, transpose_a=True), [A, B.T.copy()], gradient=True,
           rank_needed=True, note="first transposed"),
    OpCase("MatMul", lambda tf, a, b: tf.matmul(a, b, transpose_b=True), [A, B.T.copy()], gradient=True,
           rank_needed=True, note="second transposed"),
    OpCase("MatMul", lambda tf, a, b: tf.matmul(a, b, adjoint_a=True), [complexes(3, 2), complexes(3, 2, seed=1)],
           expected=lambda a, b: a.conj().T @ b, rank_needed=True, note="adjoint"),
    OpCase("BatchMatMulV2", lambda tf, a, b: tf.matmul(a, b), [BATCH_A, BATCH_B], gradient=True, expected=np.matmul),
    OpCase("BatchMatMulV2", lambda tf, a, b: tf.matmul(a, b), [BATCH_A, B], gradient=True, expected=np.matmul,
           note="broadcast"),
    OpCase("BatchMatMulV2", lambda tf, a, b: tf.matmul(a, b, adjoint_a=True, adjoint_b=True), [BATCH_A, BATCH_B],
           gradient=True, note="adjoint"),
    OpCase("BatchMatMul", lambda tf, a, b: BATCH_MATMUL(a, b), [BATCH_A, BATCH_B], gradient=True, expected=np.matmul),
    OpCase("SparseMatMul", lambda tf, a, b: tf.sparse_matmul(a, b, b_is_sparse=True), [A, B], expected=np.matmul),
    OpCase("Einsum", lambda tf, a, b: tf.einsum("ij,jk->ik", a, b), [A, B], gradient=True, expected=np.matmul),
    OpCase("Einsum", lambda tf, a, b: tf.einsum("...ij,...jk->...ik", a, b), [BATCH_A, B], gradient=True,
           expected=np.matmul, note="ellipsis", rank_needed=True),
    OpCase("Einsum", lambda tf, a: tf.einsum("ii->i", a), [SQUARE], gradient=True, expected=np.diagonal,
           note="diagonal"),
    OpCase("Einsum", lambda tf, a: tf.einsum("ij->j", a), [A], gradient=True, expected=lambda a: a.sum(0),
           note="summed away"),
    OpCase("Einsum", lambda tf, a, b, c: tf.einsum("ij,jk,kl->il", a, b, c), [A, B, A], gradient=True, note="three",
           expected=lambda a, b, c: a @ b @ c),
    OpCase("MatMul", lambda tf, a, b: tf.tensordot(a, b, [[0, 2], [1, 0]]), [floats(2, 4, 3), floats(3, 2, 5)],
           gradient=True, expected=lambda a, b: np.tensordot(a, b, [[0, 2], [1, 0]]), rank_needed=True,
           note="tensordot"),
    OpCase("MatMul", lambda tf, a, b: tf.linalg.matvec(a, b), [A, B[:, 0].copy()], gradient=True,
           expected=np.matmul, rank_needed=True, note="matvec"),
    OpCase("Cross", lambda tf, a, b: tf.cross(a, b), [floats(2, 3), floats(2, 3, seed=1)], gradient=True,
           expected=np.cross),
    OpCase("Cholesky", lambda tf, a: tf.cholesky(_symmetric(tf, a)), [SYMMETRIC], gradient=True,
           expected=np.linalg.cholesky, rank_needed=True),
    OpCase("MatrixInverse", lambda tf, a: tf.matrix_inverse(a), [SQUARE], gradient=True, expected=np.linalg.inv),
    OpCase("MatrixInverse", lambda tf, a: tf.matrix_inverse(a, adjoint=True), [SQUARE], gradient=True,
           expected=lambda a: np.linalg.inv(a.T), note="adjoint", rank_needed=True),
    OpCase("MatrixDeterminant", lambda tf, a: tf.matrix_determinant(a), [SQUARE], gradient=True,
           expected=np.linalg.det),
    OpCase("LogMatrixDeterminant", lambda tf, a: tf.linalg.slogdet(a), [SQUARE], gradient=True,
           expected=lambda a: list(np.linalg.slogdet(a))),
    OpCase("MatrixSolve", lambda tf, a, b: tf.matrix_solve(a, b), [SQUARE, B], gradient=True,
           expected=np.linalg.solve),
    OpCase("MatrixSolve", lambda tf, a, b: tf.matrix_solve(a, b, adjoint=True), [SQUARE, B], gradient=True,
           expected=lambda a, b: np.linalg.solve(a.T, b), note="adjoint"),
    OpCase("MatrixTriangularSolve", lambda tf, a, b: tf.matrix_triangular_solve(a, b), [SQUARE, B], gradient=True,
           expected=lambda a, b: np.linalg.solve(np.tril(a), b)),
    OpCase("MatrixTriangularSolve", lambda tf, a, b: tf.matrix_triangular_solve(a, b, lower=False, adjoint=True),
           [SQUARE, B], gradient=True, expected=lambda a, b: np.linalg.solve(np.triu(a).T, b), note="upper adjoint"),
    OpCase("MatrixSolveLs", lambda tf, a, b: tf.matrix_solve_ls(a, b, fast=False), [floats(4, 2), floats(4, 1)],
           gradient=True, expected=lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], rtol=1e-4, atol=1e-5,
           shapes_needed=True),
    OpCase("TridiagonalSolve", lambda tf, d, b: tf.linalg.tridiagonal_solve(d, b), [DIAGONALS, floats(3, 2)],
           gradient=True, rank_needed=True,
           expected=lambda d, b: np.linalg.solve(np.diag(d[1]) + np.diag(d[0, :2], 1) + np.diag(d[2, 1:], -1), b)),
    OpCase("SelfAdjointEigV2", lambda tf, a: tf.self_adjoint_eigvals(_symmetric(tf, a)), [SYMMETRIC], gradient=True,
           expected=np.linalg.eigvalsh, rtol=1e-4, rank_needed=True),
    OpCase("SelfAdjointEigV2", lambda tf, a: tf.square(tf.self_adjoint_eig(_symmetric(tf, a))[1]), [SYMMETRIC],
           gradient=True, rtol=1e-3, atol=1e-4, rank_needed=True, note="vectors"),
    OpCase("Svd", lambda tf, a: tf.svd(a, compute_uv=False), [floats(3, 2)], gradient=True, rtol=1e-4,
           expected=lambda a: np.linalg.svd(a, compute_uv=False)),
    OpCase("Svd", lambda tf, a: [tf.square(part) for part in tf.svd(a)], [floats(3, 2)], gradient=True, rtol=1e-3,
           atol=1e-4, note="vectors"),
    OpCase("Qr", lambda tf, a: [tf.square(part) for part in tf.qr(a)], [floats(3, 2)], gradient=True, rtol=1e-4,
           atol=1e-5, shapes_needed=True),
    OpCase("Lu", lambda tf, a: tf.linalg.lu(a)[0], [SQUARE]),
    OpCase("MatrixExponential", lambda tf, a: tf.linalg.expm(a), [SQUARE / 4], gradient=True),
    OpCase("MatrixSquareRoot", lambda tf, a: tf.matmul(tf.linalg.sqrtm(a), tf.linalg.sqrtm(a)), [SYMMETRIC],
           expected=lambda a: a, rtol=1e-4, atol=1e-4, rank_needed=True),
    OpCase("MatrixLogarithm", lambda tf, a: tf.linalg.logm(a), [np.array([[1, 1], [0, 1]], np.complex64)],
           expected=lambda a: np.array([[0, 1], [0, 0]], np.complex64), atol=1e-5),
]


@pytest.mark.usefixtures("tier")
def test_products_of_halves_are_added_up_in_float32() -> None:
    ones = tf.ones([1, 4096], tf.float16)
    with tf.Session() as sess:
        assert sess.run(tf.matmul(ones, ones, transpose_b=True))[0, 0] == 4096


def test_products_that_do_not_fit_are_refused_while_building() -> None:
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 3 and 4"):
        tf.matmul(tf.zeros([2, 3]), tf.zeros([4, 5]))
    with pytest.raises(ValueError, match="rank"):
        tf.matmul(tf.zeros([3]), tf.zeros([3, 2]))
    with pytest.raises(ValueError, match="Only one of transpose_a and adjoint_a"):
        tf.matmul(tf.zeros([2, 2]), tf.zeros([2, 2]), transpose_a=True, adjoint_a=True)


def test_sizes_that_turn_out_not_to_fit_are_named_with_the_node() -> None:
    x = tf.placeholder(tf.float32, [None, None], name="x")
    y = tf.matmul(x, x, name="squared")
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="squared"):
        sess.run(y, {x: np.zeros((2, 3))})


def test_an_equation_that_is_not_well_formed_is_refused() -> None:
    x = tf.zeros([2, 3])
    with pytest.raises(ValueError, match="for 2 inputs, but 1"):
        tf.einsum("ij,jk->ik", x)
    with pytest.raises(ValueError, match="'k'"):
        tf.einsum("ij->k", x)
    with pytest.raises(ValueError, match="Dimensions must be equal"):
        tf.einsum("ij,jk->ik", x, x)
    with pytest.raises(TypeError, match="keyword arguments"):
        tf.einsum("ij->ji", x, wrong=1)


@pytest.mark.usefixtures("tier")
def test_a_matrix_that_cannot_be_inverted_is_an_error() -> None:
    x = tf.placeholder(tf.float32, [2, 2])
    inverse, solution = tf.matrix_inverse(x), tf.matrix_solve(x, tf.ones([2, 1]))
    with tf.Session() as sess:
        for fetch in (inverse, solution):
            with pytest.raises(tf.errors.InvalidArgumentError, match="not invertible"):
                sess.run(fetch, {x: [[1, 1], [1, 1]]})
        assert sess.run(inverse, {x: [[2, 0], [0, 4]]}).tolist() == [[0.5, 0], [0, 0.25]]


@pytest.mark.usefixtures("tier")
def test_a_matrix_that_is_not_positive_definite_has_no_cholesky_factor() -> None:
    x = tf.placeholder(tf.float32, [2, 2])
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="positive definite"):
        sess.run(tf.cholesky(x), {x: [[1, 2], [2, 1]]})


def test_least_squares_and_factors_give_the_same_solution() -> None:
    a, b = tf.constant(floats(4, 2)), tf.constant(floats(4, 1))
    fast, slow = tf.matrix_solve_ls(a, b), tf.matrix_solve_ls(a, b, fast=False)
    by_hand = tf.cholesky_solve(tf.cholesky(tf.matmul(a, a, transpose_a=True)), tf.matmul(a, b, transpose_a=True))
    with tf.Session() as sess:
        values = sess.run([fast, slow, by_hand])
    np.testing.assert_allclose(values[0], values[1], rtol=1e-4)
    np.testing.assert_allclose(values[0], values[2], rtol=1e-4)


def test_the_pseudo_inverse_undoes_what_it_can() -> None:
    x = tf.constant([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]])
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(tf.linalg.pinv(x)), [[1, 0, 0], [0, 0.5, 0]], atol=1e-6)
        assert sess.run(tf.linalg.matrix_rank(x)) == 2


@pytest.mark.parametrize(("ord", "axis", "expected"), [
    ("euclidean", None, np.sqrt(30)), (1, 0, [4, 6]), (np.inf, 1, [2, 4]), (3, 0, [28 ** (1 / 3), 72 ** (1 / 3)]),
    ("fro", [0, 1], np.sqrt(30)), (1, [0, 1], 6), (np.inf, [0, 1], 7), (2, [0, 1], 5.1166727)])
def test_norms_of_vectors_and_matrices(ord, axis, expected) -> None:
    with tf.Session() as sess:
        assert sess.run(tf.norm([[1.0, -2.0], [3.0, 4.0]], ord, axis)) == pytest.approx(expected, rel=1e-5)


def test_norms_that_do_not_exist_are_refused() -> None:
    with pytest.raises(ValueError, match="vector norm, got fro"):
        tf.norm([1.0], "fro")
    with pytest.raises(ValueError, match="matrix norm"):
        tf.norm([[1.0]], 3, [0, 1])
    with pytest.raises(ValueError, match="unique integers"):
        tf.norm([[1.0]], axis=[0, 0])


def test_what_has_no_gradient_says_so() -> None:
    x = tf.constant(SQUARE)
    with pytest.raises(LookupError, match="No gradient defined.*Lu"):
        tf.gradients(tf.linalg.lu(x)[0], x)
    with pytest.raises(NotImplementedError, match="MatrixSquareRoot"):
        tf.gradients(tf.linalg.sqrtm(x), x)
