"""What a normal vector is multiplied with: a diagonal, a lower triangle, or any matrix.

The methods are named as those of TensorFlow's linear operators. Vectors may have more dimensions before the batch.
"""

from __future__ import annotations

from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import zeros_like
from millpond.ops.array.shape import expand_dims, shape
from millpond.ops.linalg.linear_solve import matrix_determinant, matrix_solve, matrix_triangular_solve
from millpond.ops.linalg.matrix import matmul
from millpond.ops.linalg.matrix_parts import matrix_diag, matrix_diag_part
from millpond.ops.math.elementwise import abs as magnitude
from millpond.ops.math.elementwise import log
from millpond.ops.math.reduction import reduce_sum
from millpond.shapes import TensorShape


class DiagonalScale:
    """A diagonal matrix.

    Args:
      diagonal: Its diagonal, `[..., n]`.
    """

    def __init__(self, diagonal: Tensor) -> None:
        self._diagonal = diagonal

    @property
    def dtype(self) -> object:
        """The dtype of the elements."""
        return self._diagonal.dtype

    @property
    def parent(self) -> Tensor:
        """The tensor that it is made of."""
        return self._diagonal

    def vector_shape(self) -> TensorShape:
        """The shape `[..., n]` of a vector for each matrix, as far as it is known while building."""
        return self._diagonal.shape

    def vector_shape_tensor(self) -> Tensor:
        """The shape `[..., n]` of a vector for each matrix."""
        return shape(self._diagonal)

    def matvec(self, x: Tensor) -> Tensor:
        """The matrix times `x`."""
        return self._diagonal * x

    def solvevec(self, y: Tensor) -> Tensor:
        """What the matrix times gives `y`."""
        return y / self._diagonal

    def solve(self, y: Tensor) -> Tensor:
        """What the matrix times gives the matrices `y`."""
        return y / expand_dims(self._diagonal, -1)

    def log_abs_determinant(self) -> Tensor:
        """The logarithm of the size of the determinant."""
        return reduce_sum(log(magnitude(self._diagonal)), -1)

    def diag_part(self) -> Tensor:
        """The diagonal."""
        return self._diagonal

    def to_dense(self) -> Tensor:
        """The matrix."""
        return matrix_diag(self._diagonal)


class MatrixScale:
    """A matrix, or only its lower triangle.

    Args:
      matrix: The matrix, `[..., n, n]`.
      is_triangular: Whether what is above its diagonal is 0.
    """

    def __init__(self, matrix: Tensor, is_triangular: bool) -> None:
        self._matrix = matrix
        self._is_triangular = is_triangular

    @property
    def dtype(self) -> object:
        """The dtype of the elements."""
        return self._matrix.dtype

    @property
    def parent(self) -> Tensor:
        """The tensor that it is made of."""
        return self._matrix

    def vector_shape(self) -> TensorShape:
        """The shape `[..., n]` of a vector for each matrix, as far as it is known while building."""
        return self._matrix.shape[:-1]

    def vector_shape_tensor(self) -> Tensor:
        """The shape `[..., n]` of a vector for each matrix."""
        return shape(self._matrix)[:-1]

    def matvec(self, x: Tensor) -> Tensor:
        """The matrix times `x`."""
        if x.shape.is_fully_defined() and self._matrix.shape[:-1] == x.shape:
            return matmul(self._matrix, expand_dims(x, -1))[..., 0]
        return reduce_sum(self._matrix * expand_dims(x, -2), -1)

    def solvevec(self, y: Tensor) -> Tensor:
        """What the matrix times gives `y`."""
        return self.solve(expand_dims(y, -1))[..., 0]

    def solve(self, y: Tensor) -> Tensor:
        """What the matrix times gives the matrices `y`."""
        matrix = self._matrix + zeros_like(y[..., :1])
        y = y + zeros_like(matrix[..., :1])
        return matrix_triangular_solve(matrix, y) if self._is_triangular else matrix_solve(matrix, y)

    def log_abs_determinant(self) -> Tensor:
        """The logarithm of the size of the determinant."""
        if self._is_triangular:
            return reduce_sum(log(magnitude(matrix_diag_part(self._matrix))), -1)
        return log(magnitude(matrix_determinant(self._matrix)))

    def diag_part(self) -> Tensor:
        """The diagonal."""
        return matrix_diag_part(self._matrix)

    def to_dense(self) -> Tensor:
        """The matrix."""
        return self._matrix
