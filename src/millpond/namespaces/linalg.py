"""`tf.linalg`: matrices."""

from millpond.ops.array.fill import eye
from millpond.ops.array.shape import matrix_transpose
from millpond.ops.linalg.contraction import einsum, tensordot
from millpond.ops.linalg.decompositions import lu, matrix_rank, pinv, qr, svd
from millpond.ops.linalg.decompositions import matrix_exponential as expm
from millpond.ops.linalg.decompositions import matrix_logarithm as logm
from millpond.ops.linalg.decompositions import matrix_square_root as sqrtm
from millpond.ops.linalg.decompositions import self_adjoint_eig as eigh
from millpond.ops.linalg.decompositions import self_adjoint_eigvals as eigvalsh
from millpond.ops.linalg.linear_solve import (
    cholesky,
    cholesky_solve,
    logdet,
    slogdet,
    tridiagonal_solve,
)
from millpond.ops.linalg.linear_solve import matrix_determinant as det
from millpond.ops.linalg.linear_solve import matrix_inverse as inv
from millpond.ops.linalg.linear_solve import matrix_solve as solve
from millpond.ops.linalg.linear_solve import matrix_solve_ls as lstsq
from millpond.ops.linalg.linear_solve import matrix_triangular_solve as triangular_solve
from millpond.ops.linalg.matrix import matmul
from millpond.ops.linalg.matrix_functions import adjoint, cross, matvec, trace
from millpond.ops.linalg.matrix_parts import diag as tensor_diag
from millpond.ops.linalg.matrix_parts import diag_part as tensor_diag_part
from millpond.ops.linalg.matrix_parts import matrix_band_part as band_part
from millpond.ops.linalg.matrix_parts import matrix_diag as diag
from millpond.ops.linalg.matrix_parts import matrix_diag_part as diag_part
from millpond.ops.linalg.matrix_parts import matrix_set_diag as set_diag
from millpond.ops.linalg.norms import norm
from millpond.ops.math.clip import global_norm
from millpond.ops.nn.normalization import l2_normalize

transpose = matrix_transpose

__all__ = [
    "adjoint", "band_part", "cholesky", "cholesky_solve", "cross", "det", "diag", "diag_part", "eigh", "eigvalsh",
    "einsum", "expm", "eye", "global_norm", "inv", "l2_normalize", "logdet", "logm", "lstsq", "lu", "matmul",
    "matrix_rank", "matrix_transpose", "matvec", "norm", "pinv", "qr", "set_diag", "slogdet", "solve", "sqrtm", "svd",
    "tensor_diag", "tensor_diag_part", "tensordot", "trace", "transpose", "triangular_solve", "tridiagonal_solve",
]
