"""Diagonals and bands of matrices, alone and in batches.

Which diagonals are meant (`k`) is known when compiling, so every op here is a look-up by an index that NumPy works out
beforehand: `_diagonal_map` says for each cell of a matrix which element of the packed diagonals it is.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.shapes import TensorShape

_ALIGN = "align: {'LEFT_RIGHT', 'RIGHT_LEFT', 'LEFT_LEFT', 'RIGHT_RIGHT'} = 'RIGHT_LEFT'"

# --- Diag and DiagPart: tensors of any rank seen as matrices

_DIAG_DTYPES = "T: {bfloat16, half, float, double, int32, int64, complex64, complex128}"


def _diag_shape(diagonal: TensorShape) -> TensorShape:
    shape_rules.with_rank_at_least(diagonal, 1)
    return diagonal.concatenate(diagonal)


def _diag_kernel(xp: ArrayModule, diagonal: Array) -> Array:
    count = int(np.prod(diagonal.shape, dtype=np.int64))
    matrix = xp.where(np.eye(count, dtype=bool), xp.reshape(diagonal, (1, count)), np.zeros((), diagonal.dtype))
    return xp.reshape(matrix, (*diagonal.shape, *diagonal.shape))


def _diag_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.DiagPart(dy)


DIAG = define_op("Diag", inputs="diagonal: T", outputs="output: T", attrs=_DIAG_DTYPES, shape=_diag_shape,
                 kernel=_diag_kernel, gradient=_diag_gradient)


def diag(diagonal: TensorLike, name: str | None = None) -> Tensor:
    """A tensor of twice the rank with `diagonal` on its diagonal: `output[i..., i...] = diagonal[i...]`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.diag([1, 2])))
      [[1 0]
       [0 2]]
    """
    return DIAG(diagonal, name=name)


def _diag_part_shape(input: TensorShape) -> TensorShape:
    if input.sizes is None:
        return input
    rank = len(input.sizes)
    if rank % 2 or not rank:
        raise ValueError(f"Input must have even and non-zero rank, input rank is {rank}")
    return TensorShape.of(input.sizes[:rank // 2]).merge_with(TensorShape.of(input.sizes[rank // 2:]))


def _diag_part_kernel(xp: ArrayModule, input: Array) -> Array:
    _diag_part_shape(TensorShape.of(tuple(input.shape)))
    half = tuple(input.shape[:len(input.shape) // 2])
    count = math.prod(half)
    flat = xp.reshape(input, (count * count,))
    return xp.reshape(xp.take(flat, np.arange(count) * (count + 1)), half)


def _diag_part_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.Diag(dy)


DIAG_PART = define_op("DiagPart", inputs="input: T", outputs="diagonal: T", attrs=_DIAG_DTYPES,
                      shape=_diag_part_shape, kernel=_diag_part_kernel, gradient=_diag_part_gradient)


def diag_part(input: TensorLike, name: str | None = None) -> Tensor:
    """The diagonal of a tensor of even rank: `diagonal[i...] = input[i..., i...]`."""
    return DIAG_PART(input, name=name)


# --- Packed diagonals


class _Band:
    """The diagonals `low` to `high` of a matrix (0 is the main one, positive ones lie above it)."""

    def __init__(self, k: np.ndarray) -> None:
        numbers = [int(n) for n in np.ravel(k)]
        if len(numbers) not in (1, 2):
            raise ValueError(f"k must be a scalar or a vector of two, got {numbers}")
        self.low, self.high = numbers[0], numbers[-1]
        if self.low > self.high:
            raise ValueError(f"lower_diag_index must not be larger than upper_diag_index: {self.low} > {self.high}")
        self.count = self.high - self.low + 1

    def longest(self, rows: int, columns: int) -> int:
        return min(rows + min(self.high, 0), columns - max(self.low, 0))

    def check(self, rows: int, columns: int) -> None:
        for end in (self.low, self.high):
            if not (-rows < end < columns or end == 0):
                raise ValueError(f"diagonal {end} is out of bounds: it must be between {-rows + 1} and {columns - 1}")

    def packed(self, rows: int, columns: int) -> tuple[int, ...]:
        """The shape that the diagonals have one above the other, the highest first."""
        longest = self.longest(rows, columns)
        return (longest,) if self.count == 1 else (self.count, longest)


def _offset(d: int, length: int, longest: int, align: str) -> int:
    """How far a diagonal shorter than the longest is moved to the right in its row."""
    super_side, sub_side = align.split("_")
    side = super_side if d >= 0 else sub_side
    return longest - length if side == "RIGHT" else 0


def _diagonal_map(band: _Band, rows: int, columns: int, align: str) -> np.ndarray:
    """For each cell of a matrix its position in the packed diagonals, -1 for cells of no diagonal."""
    longest = band.longest(rows, columns)
    cells = np.full((rows, columns), -1, np.int64)
    for i, d in enumerate(range(band.high, band.low - 1, -1)):
        length = min(rows + min(d, 0), columns - max(d, 0))
        if length > 0:
            steps = np.arange(length)
            cells[steps - min(d, 0), steps + max(d, 0)] = i * longest + _offset(d, length, longest, align) + steps
    return cells


def _look_up(xp: ArrayModule, flat: Any, positions: np.ndarray, otherwise: Any) -> Any:
    """Elements of the last dimension at `positions`; where these are -1, `otherwise`."""
    size = flat.shape[-1]
    if size == 0:
        return xp.broadcast_to(otherwise, (*flat.shape[:-1], *positions.shape))
    found = xp.take(flat, np.clip(positions, 0, size - 1), axis=-1)
    return found if positions.size and positions.min() >= 0 else xp.where(positions >= 0, found, otherwise)


# --- MatrixDiag


def _matrix_size(diagonal: Any, band: _Band, num_rows: int, num_cols: int) -> tuple[int, int]:
    longest = diagonal[-1]
    least_rows, least_columns = longest - min(band.high, 0), longest + max(band.low, 0)
    if num_rows == -1 and num_cols == -1:
        num_rows = num_cols = max(least_rows, least_columns)
    num_rows = least_rows if num_rows == -1 else num_rows
    num_cols = least_columns if num_cols == -1 else num_cols
    if num_rows < least_rows or num_cols < least_columns:
        raise ValueError(f"a matrix of {num_rows} rows and {num_cols} columns is too small for diagonals of length "
                         f"{longest}")
    if num_rows != least_rows and num_cols != least_columns:
        raise ValueError(f"The number of rows or columns is not consistent with the specified d_lower, d_upper, and "
                         f"diagonal: {num_rows} x {num_cols}")
    return num_rows, num_cols


def _matrix_diag_sizes(diagonal: TensorShape, k: Any, num_rows: Any, num_cols: Any) -> TensorShape:
    shape_rules.with_rank_at_least(diagonal, 1)
    if diagonal.sizes is None or k is None:
        return shape_rules.UNKNOWN
    band = _Band(k)
    lead = diagonal.sizes[:-1] if band.count == 1 else diagonal.sizes[:-2]
    if band.count > 1 and diagonal.sizes[-2] not in (None, band.count):
        raise ValueError(f"The number of diagonals provided in the input does not match the lower_diag_index and "
                         f"upper_diag_index range: {diagonal.sizes[-2]} and {band.count}")
    if diagonal.sizes[-1] is None or num_rows is None or num_cols is None:
        known = (None if n is None or n == -1 else int(n) for n in (num_rows, num_cols))
        return TensorShape.of((*lead, *known))
    return TensorShape.of((*lead, *_matrix_size(diagonal.sizes, band, int(num_rows), int(num_cols))))


def _matrix_diag_kernel(xp: ArrayModule, diagonal: Array, k: Array, num_rows: Array, num_cols: Array,
                        padding_value: Array, align: str) -> Array:
    band = _Band(k)
    rows, columns = _matrix_size(tuple(diagonal.shape), band, int(num_rows), int(num_cols))
    lead = diagonal.shape[:-1] if band.count == 1 else diagonal.shape[:-2]
    flat = xp.reshape(diagonal, (*lead, band.count * diagonal.shape[-1]))
    return _look_up(xp, flat, _diagonal_map(band, rows, columns, align), padding_value)


def _matrix_diag_v3_shape(diagonal: TensorShape, k: StaticInput, num_rows: StaticInput, num_cols: StaticInput,
                          padding_value: TensorShape) -> TensorShape:
    return _matrix_diag_sizes(diagonal, k.value, num_rows.value, num_cols.value)


def _matrix_diag_v3_kernel(xp: ArrayModule, diagonal: Array, k: Array, num_rows: Array, num_cols: Array,
                           padding_value: Array, *, align: str) -> Array:
    return _matrix_diag_kernel(xp, diagonal, k, num_rows, num_cols, padding_value, align)


def _matrix_diag_v3_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    zero = g.constant(0, dy, name="padding_value")
    return [g.MatrixDiagPartV3(dy, op.inputs[1], zero, align=op.attributes["align"]), None, None, None, None]


MATRIX_DIAG_V3 = define_op(
    "MatrixDiagV3", inputs="diagonal: T, k: int32, num_rows: int32, num_cols: int32, padding_value: T",
    outputs="output: T", attrs=f"T: type, {_ALIGN}", static_inputs=("k", "num_rows", "num_cols"),
    shape=_matrix_diag_v3_shape, kernel=_matrix_diag_v3_kernel, gradient=_matrix_diag_v3_gradient)


def _matrix_diag_v2_kernel(xp: ArrayModule, diagonal: Array, k: Array, num_rows: Array, num_cols: Array,
                           padding_value: Array) -> Array:
    return _matrix_diag_kernel(xp, diagonal, k, num_rows, num_cols, padding_value, "LEFT_LEFT")


def _matrix_diag_v2_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    zero = g.constant(0, dy, name="padding_value")
    return [g.MatrixDiagPartV2(dy, op.inputs[1], zero), None, None, None, None]


MATRIX_DIAG_V2 = define_op(
    "MatrixDiagV2", inputs="diagonal: T, k: int32, num_rows: int32, num_cols: int32, padding_value: T",
    outputs="output: T", attrs="T: type", static_inputs=("k", "num_rows", "num_cols"),
    shape=_matrix_diag_v3_shape, kernel=_matrix_diag_v2_kernel, gradient=_matrix_diag_v2_gradient)


_MAIN = np.zeros((), np.int32)
_ANY = np.full((), -1, np.int32)


def _matrix_diag_old_kernel(xp: ArrayModule, diagonal: Array) -> Array:
    return _matrix_diag_kernel(xp, diagonal, _MAIN, _ANY, _ANY, np.zeros((), diagonal.dtype), "LEFT_LEFT")


def _matrix_diag_old_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.MatrixDiagPart(dy)


MATRIX_DIAG = define_op("MatrixDiag", inputs="diagonal: T", outputs="output: T", attrs="T: type",
                        shape=lambda diagonal: _matrix_diag_sizes(diagonal, _MAIN, _ANY, _ANY),
                        kernel=_matrix_diag_old_kernel, gradient=_matrix_diag_old_gradient)


def matrix_diag(diagonal: TensorLike, name: str = "diag", k: TensorLike = 0, num_rows: TensorLike = -1,
                num_cols: TensorLike = -1, padding_value: TensorLike = 0, align: str = "RIGHT_LEFT") -> Tensor:
    """Matrices with given diagonals and `padding_value` elsewhere.

    Args:
      diagonal: `[..., length]`, or `[..., count, length]` for several diagonals, the highest first.
      name: Name of the node.
      k: Which diagonal (0 the main one, positive ones above it), or the lowest and the highest of a band.
      num_rows, num_cols: The size of the matrices; -1 for the least that holds the diagonals.
      padding_value: What stands elsewhere.
      align: On which side diagonals shorter than the longest are padded: for those above, and those below.

    Raises:
      ValueError: If the diagonals do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.matrix_diag([1, 2])))
      [[1 0]
       [0 2]]
    """
    return MATRIX_DIAG_V3(diagonal, k, num_rows, num_cols, padding_value, align=align, name=name)


# --- MatrixDiagPart


def _matrix_diag_part_sizes(input: TensorShape, k: Any) -> TensorShape:
    shape_rules.with_rank_at_least(input, 2)
    if input.sizes is None:
        return input
    lead, (rows, columns) = input.sizes[:-2], input.sizes[-2:]
    if k is None:
        return shape_rules.UNKNOWN
    band = _Band(k)
    if rows is None or columns is None:
        return TensorShape.of((*lead, None) if band.count == 1 else (*lead, band.count, None))
    band.check(rows, columns)
    return TensorShape.of((*lead, *band.packed(rows, columns)))


def _matrix_diag_part_kernel(xp: ArrayModule, input: Array, k: Array, padding_value: Array, align: str) -> Array:
    band = _Band(k)
    rows, columns = input.shape[-2:]
    band.check(rows, columns)
    cells = _diagonal_map(band, rows, columns, align).ravel()
    positions = np.full(int(np.prod(band.packed(rows, columns))), -1, np.int64)
    here = np.nonzero(cells >= 0)[0]
    positions[cells[here]] = here
    flat = xp.reshape(input, (*input.shape[:-2], rows * columns))
    return _look_up(xp, flat, positions.reshape(band.packed(rows, columns)), padding_value)


def _matrix_diag_part_v3_shape(input: TensorShape, k: StaticInput, padding_value: TensorShape) -> TensorShape:
    return _matrix_diag_part_sizes(input, k.value)


def _matrix_diag_part_v3_kernel(xp: ArrayModule, input: Array, k: Array, padding_value: Array, *, align: str) -> Array:
    return _matrix_diag_part_kernel(xp, input, k, padding_value, align)


def _in_zeros(g: GradientBuilder, op: Operation, dy: Tensor, **attrs: Any) -> Cotangents:
    """`dy` on the diagonals of a matrix of zeros like the input."""
    setter = g.MatrixSetDiagV3 if attrs else g.MatrixSetDiagV2
    return [setter(g.ZerosLike(op.inputs[0]), dy, op.inputs[1], **attrs), None, None]


def _matrix_diag_part_v3_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return _in_zeros(g, op, dy, align=op.attributes["align"])


MATRIX_DIAG_PART_V3 = define_op(
    "MatrixDiagPartV3", inputs="input: T, k: int32, padding_value: T", outputs="diagonal: T",
    attrs=f"T: type, {_ALIGN}", static_inputs=("k",), shape=_matrix_diag_part_v3_shape,
    kernel=_matrix_diag_part_v3_kernel, gradient=_matrix_diag_part_v3_gradient)


def _matrix_diag_part_v2_kernel(xp: ArrayModule, input: Array, k: Array, padding_value: Array) -> Array:
    return _matrix_diag_part_kernel(xp, input, k, padding_value, "LEFT_LEFT")


def _matrix_diag_part_v2_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return _in_zeros(g, op, dy)


MATRIX_DIAG_PART_V2 = define_op(
    "MatrixDiagPartV2", inputs="input: T, k: int32, padding_value: T", outputs="diagonal: T", attrs="T: type",
    static_inputs=("k",), shape=_matrix_diag_part_v3_shape, kernel=_matrix_diag_part_v2_kernel,
    gradient=_matrix_diag_part_v2_gradient)


def _matrix_diag_part_old_kernel(xp: ArrayModule, input: Array) -> Array:
    return _matrix_diag_part_kernel(xp, input, _MAIN, np.zeros((), input.dtype), "LEFT_LEFT")


def _matrix_diag_part_old_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.MatrixSetDiag(g.ZerosLike(op.inputs[0]), dy)


MATRIX_DIAG_PART = define_op("MatrixDiagPart", inputs="input: T", outputs="diagonal: T", attrs="T: type",
                             shape=lambda input: _matrix_diag_part_sizes(input, _MAIN),
                             kernel=_matrix_diag_part_old_kernel, gradient=_matrix_diag_part_old_gradient)


def matrix_diag_part(input: TensorLike, name: str = "diag_part", k: TensorLike = 0, padding_value: TensorLike = 0,
                     align: str = "RIGHT_LEFT") -> Tensor:
    """Diagonals of matrices.

    Args:
      input: `[..., rows, columns]`.
      name: Name of the node.
      k: Which diagonals: a number (0 for the main one, above it positive), or the lowest and the highest of a band.
      padding_value: What fills up the shorter diagonals of a band.
      align: To which sides the shorter diagonals above and below the main one are pushed.

    Raises:
      ValueError: If `input` has fewer than two dimensions, or no such diagonal.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.matrix_diag_part([[1, 2], [3, 4]])))
      [1 4]
    """
    return MATRIX_DIAG_PART_V3(input, k, padding_value, align=align, name=name)


# --- MatrixSetDiag


def _matrix_set_diag_sizes(input: TensorShape, diagonal: TensorShape, k: Any) -> TensorShape:
    shape_rules.with_rank_at_least(input, 2)
    if input.sizes is not None and diagonal.sizes is not None and k is not None:
        _matrix_diag_part_sizes(input, k).merge_with(diagonal)
    return input


def _matrix_set_diag_kernel(xp: ArrayModule, input: Array, diagonal: Array, k: Array, align: str) -> Array:
    band = _Band(k)
    rows, columns = input.shape[-2:]
    band.check(rows, columns)
    wanted = (*input.shape[:-2], *band.packed(rows, columns))
    if tuple(diagonal.shape) != wanted:
        raise ValueError(f"diagonal must have shape {list(wanted)} for input {list(input.shape)}, got "
                         f"{list(diagonal.shape)}")
    lead = diagonal.shape[:-1] if band.count == 1 else diagonal.shape[:-2]
    flat = xp.reshape(diagonal, (*lead, band.count * diagonal.shape[-1]))
    return _look_up(xp, flat, _diagonal_map(band, rows, columns, align), input)


def _matrix_set_diag_v3_shape(input: TensorShape, diagonal: TensorShape, k: StaticInput) -> TensorShape:
    return _matrix_set_diag_sizes(input, diagonal, k.value)


def _matrix_set_diag_v3_kernel(xp: ArrayModule, input: Array, diagonal: Array, k: Array, *, align: str) -> Array:
    return _matrix_set_diag_kernel(xp, input, diagonal, k, align)


def _matrix_set_diag_v3_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    _, diagonal, k = op.inputs
    align = op.attributes["align"]
    return [g.MatrixSetDiagV3(dy, g.ZerosLike(diagonal), k, align=align),
            g.MatrixDiagPartV3(dy, k, g.constant(0, dy, name="padding_value"), align=align), None]


MATRIX_SET_DIAG_V3 = define_op(
    "MatrixSetDiagV3", inputs="input: T, diagonal: T, k: int32", outputs="output: T", attrs=f"T: type, {_ALIGN}",
    static_inputs=("k",), shape=_matrix_set_diag_v3_shape, kernel=_matrix_set_diag_v3_kernel,
    gradient=_matrix_set_diag_v3_gradient)


def _matrix_set_diag_v2_kernel(xp: ArrayModule, input: Array, diagonal: Array, k: Array) -> Array:
    return _matrix_set_diag_kernel(xp, input, diagonal, k, "LEFT_LEFT")


def _matrix_set_diag_v2_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    _, diagonal, k = op.inputs
    return [g.MatrixSetDiagV2(dy, g.ZerosLike(diagonal), k),
            g.MatrixDiagPartV2(dy, k, g.constant(0, dy, name="padding_value")), None]


MATRIX_SET_DIAG_V2 = define_op(
    "MatrixSetDiagV2", inputs="input: T, diagonal: T, k: int32", outputs="output: T", attrs="T: type",
    static_inputs=("k",), shape=_matrix_set_diag_v3_shape, kernel=_matrix_set_diag_v2_kernel,
    gradient=_matrix_set_diag_v2_gradient)


def _matrix_set_diag_old_kernel(xp: ArrayModule, input: Array, diagonal: Array) -> Array:
    return _matrix_set_diag_kernel(xp, input, diagonal, _MAIN, "LEFT_LEFT")


def _matrix_set_diag_old_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.MatrixSetDiag(dy, g.ZerosLike(op.inputs[1])), g.MatrixDiagPart(dy)]


MATRIX_SET_DIAG = define_op("MatrixSetDiag", inputs="input: T, diagonal: T", outputs="output: T", attrs="T: type",
                            shape=lambda input, diagonal: _matrix_set_diag_sizes(input, diagonal, _MAIN),
                            kernel=_matrix_set_diag_old_kernel, gradient=_matrix_set_diag_old_gradient)


def matrix_set_diag(input: TensorLike, diagonal: TensorLike, name: str = "set_diag", k: TensorLike = 0,
                    align: str = "RIGHT_LEFT") -> Tensor:
    """Matrices with other diagonals.

    Args:
      input: `[..., rows, columns]`.
      diagonal: The new diagonals, as `tf.matrix_diag_part` would give them.
      name: Name of the node.
      k: Which diagonals: a number (0 for the main one, above it positive), or the lowest and the highest of a band.
      align: To which sides the shorter diagonals above and below the main one are pushed.

    Raises:
      TypeError: If the dtypes differ.
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.matrix_set_diag([[1, 2], [3, 4]], [0, 0])))
      [[0 2]
       [3 0]]
    """
    return MATRIX_SET_DIAG_V3(input, diagonal, k, align=align, name=name)


# --- MatrixBandPart


def _matrix_band_part_shape(input: TensorShape, num_lower: TensorShape, num_upper: TensorShape) -> TensorShape:
    for count in (num_lower, num_upper):
        shape_rules.with_rank(count, 0)
    return shape_rules.with_rank_at_least(input, 2)


def _matrix_band_part_kernel(xp: ArrayModule, input: Array, num_lower: Array, num_upper: Array) -> Array:
    rows, columns = input.shape[-2:]
    below = np.arange(rows)[:, None] - np.arange(columns)
    lower, upper = (xp.asarray(n, dtype=np.int64) for n in (num_lower, num_upper))
    inside = xp.logical_and(xp.logical_or(xp.less(lower, 0), xp.less_equal(below, lower)),
                            xp.logical_or(xp.less(upper, 0), xp.less_equal(-below, upper)))
    return xp.where(inside, input, np.zeros((), input.dtype))


def _matrix_band_part_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.MatrixBandPart(dy, op.inputs[1], op.inputs[2]), None, None]


MATRIX_BAND_PART = define_op(
    "MatrixBandPart", inputs="input: T, num_lower: Tindex, num_upper: Tindex", outputs="band: T",
    attrs="T: type, Tindex: {int32, int64} = int64", shape=_matrix_band_part_shape, kernel=_matrix_band_part_kernel,
    gradient=_matrix_band_part_gradient)


def matrix_band_part(input: TensorLike, num_lower: TensorLike, num_upper: TensorLike,
                     name: str | None = None) -> Tensor:
    """Matrices with zeros outside a band around the diagonal.

    Args:
      input: `[..., rows, columns]`.
      num_lower, num_upper: How many diagonals below and above the main one stay; all, where negative.
      name: Name of the node.

    Raises:
      ValueError: If `input` has fewer than two dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.matrix_band_part([[1, 2], [3, 4]], 0, -1)))
      [[1 2]
       [0 4]]
    """
    # As int32 where they are literals, as TensorFlow makes them.
    lower, upper = (n if isinstance(n, Tensor) else np.asarray(n, np.int32) for n in (num_lower, num_upper))
    return MATRIX_BAND_PART(input, lower, upper, name=name)
