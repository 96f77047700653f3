"""`tf.linalg`: matrices."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.ops.array.fill import (
    eye,
)
from millpond.ops.array.transpose import (
    matrix_transpose,
    matrix_transpose as transpose,
)
from millpond.ops.linalg.contraction import (
    einsum,
    tensordot,
)
from millpond.ops.linalg.decompositions import (
    lu,
    matrix_exponential as expm,
    matrix_logarithm as logm,
    matrix_rank,
    matrix_square_root as sqrtm,
    pinv,
    qr,
    self_adjoint_eig as eigh,
    self_adjoint_eigvals as eigvalsh,
    svd,
)
from millpond.ops.linalg.linear_solve import (
    cholesky,
    cholesky_solve,
    logdet,
    matrix_determinant as det,
    matrix_inverse as inv,
    matrix_solve as solve,
    matrix_solve_ls as lstsq,
    matrix_triangular_solve as triangular_solve,
    slogdet,
    tridiagonal_solve,
)
from millpond.ops.linalg.matrix import (
    matmul,
)
from millpond.ops.linalg.matrix_functions import (
    adjoint,
    cross,
    matvec,
    trace,
)
from millpond.ops.linalg.matrix_parts import (
    diag as tensor_diag,
    diag_part as tensor_diag_part,
    matrix_band_part as band_part,
    matrix_diag as diag,
    matrix_diag_part as diag_part,
    matrix_set_diag as set_diag,
)
from millpond.ops.linalg.norms import (
    norm,
)
from millpond.ops.math.clip import (
    global_norm,
)
from millpond.ops.nn.normalization import (
    l2_normalize,
)

__all__ = [
    "adjoint",
    "band_part",
    "cholesky",
    "cholesky_solve",
    "cross",
    "det",
    "diag",
    "diag_part",
    "eigh",
    "eigvalsh",
    "einsum",
    "expm",
    "eye",
    "global_norm",
    "inv",
    "l2_normalize",
    "logdet",
    "logm",
    "lstsq",
    "lu",
    "matmul",
    "matrix_rank",
    "matrix_transpose",
    "matvec",
    "norm",
    "pinv",
    "qr",
    "set_diag",
    "slogdet",
    "solve",
    "sqrtm",
    "svd",
    "tensor_diag",
    "tensor_diag_part",
    "tensordot",
    "trace",
    "transpose",
    "triangular_solve",
    "tridiagonal_solve",
]
