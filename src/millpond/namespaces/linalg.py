"""`tf.linalg`: matrices."""

from millpond.ops.array_shape import matrix_transpose
from millpond.ops.clip import global_norm
from millpond.ops.contraction import einsum, tensordot
from millpond.ops.decompositions import lu, matrix_rank, pinv, qr, svd
from millpond.ops.decompositions import matrix_exponential as expm
from millpond.ops.decompositions import matrix_logarithm as logm
from millpond.ops.decompositions import matrix_square_root as sqrtm
from millpond.ops.decompositions import self_adjoint_eig as eigh
from millpond.ops.decompositions import self_adjoint_eigvals as eigvalsh
from millpond.ops.fill import eye
from millpond.ops.linear_solve import (
    cholesky,
    cholesky_solve,
    logdet,
    slogdet,
    tridiagonal_solve,
)
from millpond.ops.linear_solve import matrix_determinant as det
from millpond.ops.linear_solve import matrix_inverse as inv
from millpond.ops.linear_solve import matrix_solve as solve
from millpond.ops.linear_solve import matrix_solve_ls as lstsq
from millpond.ops.linear_solve import matrix_triangular_solve as triangular_solve
from millpond.ops.matrix import matmul
from millpond.ops.matrix_functions import adjoint, cross, matvec, trace
from millpond.ops.matrix_parts import diag as tensor_diag
from millpond.ops.matrix_parts import diag_part as tensor_diag_part
from millpond.ops.matrix_parts import matrix_band_part as band_part
from millpond.ops.matrix_parts import matrix_diag as diag
from millpond.ops.matrix_parts import matrix_diag_part as diag_part
from millpond.ops.matrix_parts import matrix_set_diag as set_diag
from millpond.ops.normalization import l2_normalize
from millpond.ops.norms import norm

transpose = matrix_transpose

__all__ = [
    "adjoint", "band_part", "cholesky", "cholesky_solve", "cross", "det", "diag", "diag_part", "eigh", "eigvalsh",
    "einsum", "expm", "eye", "global_norm", "inv", "l2_normalize", "logdet", "logm", "lstsq", "lu", "matmul",
    "matrix_rank", "matrix_transpose", "matvec", "norm", "pinv", "qr", "set_diag", "slogdet", "solve", "sqrtm", "svd",
    "tensor_diag", "tensor_diag_part", "tensordot", "trace", "transpose", "triangular_solve", "tridiagonal_solve",
]
