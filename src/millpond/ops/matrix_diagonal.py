"""Diagonals of matrices: making, reading and setting them, bands, and traces.

The V3 ops work with bands of diagonals, k[0] to k[1] (0 is the main diagonal, 1 the one above it). A band is stored
with one row for each diagonal, the highest first, padded to one length; `align` says on which side.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import OpDefinition, define_op
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.reduction import reduce_sum
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

_ALIGN = "align: {'LEFT_RIGHT', 'RIGHT_LEFT', 'LEFT_LEFT', 'RIGHT_RIGHT'} = 'RIGHT_LEFT'"


def _band(k: np.ndarray) -> tuple[int, int]:
    """The lowest and the highest diagonal."""
    values = np.ravel(k).tolist()
    if len(values) not in (1, 2):
        raise ValueError(f"k must be one diagonal or the lowest and the highest, got {values}")
    low, high = values[0], values[-1]
    if low > high:
        raise ValueError(f"The lowest diagonal {low} is above the highest {high}")
    return low, high


def _length(rows: int, columns: int, diagonal: int) -> int:
    """How many elements a diagonal of a matrix has."""
    return max(min(rows + min(diagonal, 0), columns - max(diagonal, 0)), 0)


def _longest(rows: int, columns: int, low: int, high: int) -> int:
    return min(rows + min(high, 0), columns - max(low, 0))


def _places(rows: int, columns: int, low: int, high: int, align: str) -> tuple[np.ndarray, np.ndarray]:
    """Where the element (row, column) of a matrix stands in the stored band, and whether it is in the band."""
    longest = _longest(rows, columns, low, high)
    row, column = np.indices((rows, columns))
    diagonal = column - row
    inside = (diagonal >= low) & (diagonal <= high)
    index = np.where(diagonal >= 0, row, column)
    upper, lower = align.split("_")
    on_right = np.where(diagonal >= 0, upper == "RIGHT", lower == "RIGHT")
    lengths = np.minimum(rows + np.minimum(diagonal, 0), columns - np.maximum(diagonal, 0))
    index = index + np.where(on_right, longest - lengths, 0)
    place = np.where(inside, (high - diagonal) * longest + index, 0)
    return place, inside


def _matrix_of(xp, band, rows, columns, low, high, align, background):
    """Matrices with a band of diagonals, `background` elsewhere. `band` is `[..., diagonals * longest]`."""
    place, inside = _places(rows, columns, low, high, align)
    return xp.where(inside, xp.take(band, place, axis=-1), background)


def _flat_band(xp, diagonal, low, high):
    return diagonal if low == high else xp.reshape(diagonal, diagonal.shape[:-2] + (-1,))


# MatrixDiagV3: matrices from diagonals.


def _matrix_size(longest: int, low: int, high: int, rows: int, columns: int) -> tuple[int, int]:
    """The size of the smallest matrix that holds the band, or the one asked for."""
    least_rows, least_columns = longest - min(high, 0), longest + max(low, 0)
    if rows == -1 and columns == -1:
        # Square, large enough for every diagonal.
        size = longest + max(abs(low) if high <= 0 else 0, abs(high) if low >= 0 else 0)
        size = max(least_rows, least_columns, size if low == high else 0)
        return size, size
    rows = least_rows if rows == -1 else rows
    columns = least_columns if columns == -1 else columns
    if rows < least_rows or columns < least_columns:
        raise ValueError(f"A matrix of {rows} x {columns} is too small for the diagonals; it needs "
                         f"{least_rows} x {least_columns}")
    if rows != least_rows and columns != least_columns:
        raise ValueError(f"The number of rows or columns is not right for the diagonals: {rows} x {columns}, "
                         f"expected {least_rows} rows or {least_columns} columns")
    return rows, columns


def _matrix_diag_v3_shape(diagonal: TensorShape, k: StaticInput, num_rows: StaticInput, num_cols: StaticInput,
                          padding_value: TensorShape, *, align: str) -> TensorShape:
    diagonal = shape_rules.with_rank_at_least(diagonal, 1)
    if diagonal.sizes is None or k.value is None:
        return shape_rules.UNKNOWN
    low, high = _band(k.value)
    batch = diagonal.sizes[:-1] if low == high else diagonal.sizes[:-2]
    longest = diagonal.sizes[-1]
    if longest is None or num_rows.value is None or num_cols.value is None:
        return TensorShape.of(batch + (None, None))
    return TensorShape.of(batch + _matrix_size(longest, low, high, int(num_rows.value), int(num_cols.value)))


def _matrix_diag_v3_kernel(xp, diagonal, k, num_rows, num_cols, padding_value, *, align):
    low, high = _band(k)
    rows, columns = _matrix_size(diagonal.shape[-1], low, high, int(num_rows), int(num_cols))
    if 0 in diagonal.shape:
        batch = diagonal.shape[:-1] if low == high else diagonal.shape[:-2]
        return xp.zeros(batch + (rows, columns), dtype=diagonal.dtype)
    return _matrix_of(xp, _flat_band(xp, diagonal, low, high), rows, columns, low, high, align, padding_value)


def _matrix_diag_v3_gradient(g, op, dy):
    dx = g.MatrixDiagPartV3(dy, op.inputs[1], g.constant(0, dy), align=op.attributes["align"])
    return [dx, None, None, None, None]


MATRIX_DIAG_V3 = define_op(
    "MatrixDiagV3", inputs="diagonal: T, k: int32, num_rows: int32, num_cols: int32, padding_value: T",
    outputs="output: T", attrs=f"T: type, {_ALIGN}", static_inputs=("k", "num_rows", "num_cols"),
    shape=_matrix_diag_v3_shape, kernel=_matrix_diag_v3_kernel, gradient=_matrix_diag_v3_gradient)


# MatrixDiagPartV3: diagonals of matrices.


def _matrix_diag_part_v3_shape(input: TensorShape, k: StaticInput, padding_value: TensorShape, *,
                               align: str) -> TensorShape:
    input = shape_rules.with_rank_at_least(input, 2)
    if input.sizes is None or k.value is None:
        return shape_rules.UNKNOWN
    low, high = _band(k.value)
    rows, columns = input.sizes[-2:]
    longest = None if rows is None or columns is None else _longest(rows, columns, low, high)
    count = () if low == high else (high - low + 1,)
    return TensorShape.of(input.sizes[:-2] + count + (longest,))


def _matrix_diag_part_v3_kernel(xp, input, k, padding_value, *, align):
    low, high = _band(k)
    rows, columns = input.shape[-2:]
    if rows * columns and not (-rows < low and high < columns):
        raise ValueError(f"The diagonals {low} to {high} are not all in a matrix of {rows} x {columns}")
    longest = _longest(rows, columns, low, high)
    place, inside = _places(rows, columns, low, high, align)
    # The other way round: for each place of the band, the element of the matrix.
    source = np.zeros((high - low + 1) * longest, np.int64)
    filled = np.zeros((high - low + 1) * longest, bool)
    source[place[inside]] = np.arange(rows * columns).reshape(rows, columns)[inside]
    filled[place[inside]] = True
    count = () if low == high else (high - low + 1,)
    shape = input.shape[:-2] + count + (longest,)
    if 0 in shape:
        return xp.zeros(shape, dtype=input.dtype)
    flat = xp.reshape(input, input.shape[:-2] + (rows * columns,))
    return xp.reshape(xp.where(filled, xp.take(flat, source, axis=-1), padding_value), shape)


def _matrix_diag_part_v3_gradient(g, op, dy):
    x, k = op.inputs[:2]
    align = op.attributes["align"]
    return [g.MatrixSetDiagV3(g.ZerosLike(x), dy, k, align=align), None, None]


MATRIX_DIAG_PART_V3 = define_op(
    "MatrixDiagPartV3", inputs="input: T, k: int32, padding_value: T", outputs="diagonal: T",
    attrs=f"T: type, {_ALIGN}", static_inputs=("k",), shape=_matrix_diag_part_v3_shape,
    kernel=_matrix_diag_part_v3_kernel, gradient=_matrix_diag_part_v3_gradient)


# MatrixSetDiagV3.


def _matrix_set_diag_v3_shape(input: TensorShape, diagonal: TensorShape, k: StaticInput, *,
                              align: str) -> TensorShape:
    input = shape_rules.with_rank_at_least(input, 2)
    shape_rules.with_rank_at_least(diagonal, 1)
    return input


def _matrix_set_diag_v3_kernel(xp, input, diagonal, k, *, align):
    low, high = _band(k)
    rows, columns = input.shape[-2:]
    wanted = input.shape[:-2] + (() if low == high else (high - low + 1,)) + (_longest(rows, columns, low, high),)
    if diagonal.shape != wanted:
        raise ValueError(f"The diagonals of {list(input.shape)} must have the shape {list(wanted)}, got "
                         f"{list(diagonal.shape)}")
    if 0 in diagonal.shape or 0 in input.shape:
        return input
    return _matrix_of(xp, _flat_band(xp, diagonal, low, high), rows, columns, low, high, align, input)


def _matrix_set_diag_v3_gradient(g, op, dy):
    _, diagonal, k = op.inputs
    align = op.attributes["align"]
    return [g.MatrixSetDiagV3(dy, g.ZerosLike(diagonal), k, align=align),
            g.MatrixDiagPartV3(dy, k, g.constant(0, dy), align=align), None]


MATRIX_SET_DIAG_V3 = define_op(
    "MatrixSetDiagV3", inputs="input: T, diagonal: T, k: int32", outputs="output: T", attrs=f"T: type, {_ALIGN}",
    static_inputs=("k",), shape=_matrix_set_diag_v3_shape, kernel=_matrix_set_diag_v3_kernel,
    gradient=_matrix_set_diag_v3_gradient)


# The first versions, with the main diagonal only; graphs that are read may have them.

_MAIN = np.zeros((), np.int32)


def _matrix_diag_shape(diagonal: TensorShape) -> TensorShape:
    diagonal = shape_rules.with_rank_at_least(diagonal, 1)
    return diagonal if diagonal.sizes is None else TensorShape.of(diagonal.sizes + diagonal.sizes[-1:])


def _matrix_diag_kernel(xp, diagonal):
    zero = xp.zeros((), dtype=diagonal.dtype)
    return _matrix_diag_v3_kernel(xp, diagonal, _MAIN, -1, -1, zero, align="RIGHT_LEFT")


MATRIX_DIAG = define_op("MatrixDiag", inputs="diagonal: T", outputs="output: T", attrs="T: type",
                        shape=_matrix_diag_shape, kernel=_matrix_diag_kernel,
                        gradient=lambda g, op, dy: g.MatrixDiagPart(dy))


def _matrix_diag_part_shape(input: TensorShape) -> TensorShape:
    input = shape_rules.with_rank_at_least(input, 2)
    if input.sizes is None:
        return input
    rows, columns = input.sizes[-2:]
    return TensorShape.of(input.sizes[:-2] + (None if None in (rows, columns) else min(rows, columns),))


def _matrix_diag_part_kernel(xp, input):
    return _matrix_diag_part_v3_kernel(xp, input, _MAIN, xp.zeros((), dtype=input.dtype), align="RIGHT_LEFT")


MATRIX_DIAG_PART = define_op(
    "MatrixDiagPart", inputs="input: T", outputs="diagonal: T", attrs="T: type", shape=_matrix_diag_part_shape,
    kernel=_matrix_diag_part_kernel, gradient=lambda g, op, dy: g.MatrixSetDiag(g.ZerosLike(op.inputs[0]), dy))


def _matrix_set_diag_kernel(xp, input, diagonal):
    return _matrix_set_diag_v3_kernel(xp, input, diagonal, _MAIN, align="RIGHT_LEFT")


def _matrix_set_diag_gradient(g, op, dy):
    return [g.MatrixSetDiag(dy, g.ZerosLike(op.inputs[1])), g.MatrixDiagPart(dy)]


MATRIX_SET_DIAG = define_op("MatrixSetDiag", inputs="input: T, diagonal: T", outputs="output: T", attrs="T: type",
                            shape=lambda input, diagonal: shape_rules.with_rank_at_least(input, 2),
                            kernel=_matrix_set_diag_kernel, gradient=_matrix_set_diag_gradient)


def matrix_diag(diagonal: Any, name: str | None = None, k: Any = 0, num_rows: Any = -1, num_cols: Any = -1,
                padding_value: Any = 0, align: str = "RIGHT_LEFT") -> Tensor:
    """Matrices with the given diagonals.

    Args:
      diagonal: A tensor `[..., n]`, or for a band of diagonals `[..., count, n]`.
      name: Name of the node.
      k: The diagonal (0 is the main one, 1 the one above), or a pair of the lowest and the highest.
      num_rows, num_cols: Size of the matrices; by default the smallest square one.
      padding_value: What stands elsewhere.
      align: On which side shorter diagonals of a band are padded, for those above and those below.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.matrix_diag([1, 2])))
      [[1 0]
       [0 2]]
    """
    diagonal = convert_to_tensor(diagonal, name="diagonal")
    if diagonal.dtype.base_dtype.is_bool:
        padding_value = bool(padding_value)
    return MATRIX_DIAG_V3(diagonal, k, num_rows, num_cols, padding_value, align=align, name=name or "diag")


def matrix_diag_part(input: Any, name: str | None = None, k: Any = 0, padding_value: Any = 0,
                     align: str = "RIGHT_LEFT") -> Tensor:
    """The diagonals of matrices `[..., rows, columns]`; arguments as in `matrix_diag`."""
    input = convert_to_tensor(input, name="input")
    if input.dtype.base_dtype.is_bool:
        padding_value = bool(padding_value)
    return MATRIX_DIAG_PART_V3(input, k, padding_value, align=align, name=name or "diag_part")


def matrix_set_diag(input: Any, diagonal: Any, name: str | None = None, k: Any = 0,
                    align: str = "RIGHT_LEFT") -> Tensor:
    """Matrices with their diagonals replaced; arguments as in `matrix_diag`."""
    return MATRIX_SET_DIAG_V3(input, diagonal, k, align=align, name=name or "set_diag")


# Bands.


def _band_part_kernel(xp, input, num_lower, num_upper):
    rows, columns = input.shape[-2:]
    lower, upper = int(num_lower), int(num_upper)
    row, column = np.indices((rows, columns))
    kept = ((lower < 0) | (row - column <= lower)) & ((upper < 0) | (column - row <= upper))
    return xp.where(kept, input, xp.zeros((), dtype=input.dtype))


def _band_part_gradient(g, op, dy):
    return [g.MatrixBandPart(dy, op.inputs[1], op.inputs[2]), None, None]


MATRIX_BAND_PART = define_op(
    "MatrixBandPart", inputs="input: T, num_lower: Tindex, num_upper: Tindex", outputs="band: T",
    attrs="T: type, Tindex: {int32, int64} = int64", static_inputs=("num_lower", "num_upper"),
    shape=lambda input, num_lower, num_upper: shape_rules.with_rank_at_least(input, 2), kernel=_band_part_kernel,
    gradient=_band_part_gradient)


def matrix_band_part(input: Any, num_lower: Any, num_upper: Any, name: str | None = None) -> Tensor:
    """Matrices with zeros outside of a band around the main diagonal.

    Args:
      input: A tensor `[..., rows, columns]`.
      num_lower, num_upper: How many diagonals below and above the main one to keep; negative for all.
      name: Name of the node.
    """
    lower = convert_to_tensor(num_lower, dtype_hint="int32", name="num_lower") if isinstance(
        num_lower, Tensor) else np.int32(num_lower)
    upper = num_upper if isinstance(num_upper, Tensor) else np.asarray(
        num_upper, lower.dtype.np_dtype if isinstance(lower, Tensor) else np.int32)
    return MATRIX_BAND_PART(input, lower, upper, name=name)


# Diagonal tensors of any rank.


def _diag_shape(diagonal: TensorShape) -> TensorShape:
    diagonal = shape_rules.with_rank_at_least(diagonal, 1)
    return diagonal if diagonal.sizes is None else TensorShape.of(diagonal.sizes * 2)


def _diag_kernel(xp, diagonal):
    flat = xp.reshape(diagonal, (-1,))
    return xp.reshape(_matrix_diag_kernel(xp, flat), diagonal.shape * 2)


def _diag_part_shape(input: TensorShape) -> TensorShape:
    if input.sizes is None:
        return input
    half, odd = divmod(len(input.sizes), 2)
    if odd or not half:
        raise ValueError(f"Input must have even and non-zero rank, but has {len(input.sizes)} dimensions")
    return TensorShape.of(input.sizes[:half]).merge_with(TensorShape.of(input.sizes[half:]))


def _diag_part_kernel(xp, input):
    sizes = input.shape[:input.ndim // 2]
    if input.shape != sizes * 2:
        raise ValueError(f"The first and the second half of the shape must agree, got {list(input.shape)}")
    count = int(np.prod(sizes))
    return xp.reshape(_matrix_diag_part_kernel(xp, xp.reshape(input, (count, count))), sizes)


_NUMBERS = "T: {bfloat16, half, float, double, int32, int64, complex64, complex128}"
DIAG = define_op("Diag", inputs="diagonal: T", outputs="output: T", attrs=_NUMBERS, shape=_diag_shape,
                 kernel=_diag_kernel, gradient=lambda g, op, dy: g.DiagPart(dy))
DIAG_PART = define_op("DiagPart", inputs="input: T", outputs="diagonal: T", attrs=_NUMBERS, shape=_diag_part_shape,
                      kernel=_diag_part_kernel, gradient=lambda g, op, dy: g.Diag(dy))


def diag(diagonal: Any, name: str | None = None) -> Tensor:
    """The tensor of shape `shape(diagonal) * 2` that has `diagonal` on its diagonal, and 0 elsewhere."""
    return DIAG(diagonal, name=name)


def diag_part(input: Any, name: str | None = None) -> Tensor:
    """The diagonal of a tensor whose shape is the same twice over; the opposite of `diag`."""
    return DIAG_PART(input, name=name)


def trace(x: Any, name: str | None = None) -> Tensor:
    """The sum of the main diagonal of matrices `[..., rows, columns]`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.trace([[1, 2], [3, 4]])))
      5
    """
    with name_scope(name, "Trace", [x]) as scope:
        x = convert_to_tensor(x, name="x")
        return reduce_sum(matrix_diag_part(x), [-1], name=scope)


def _cross_shape(a: TensorShape, b: TensorShape) -> TensorShape:
    shape = shape_rules.with_rank_at_least(a.merge_with(b), 1)
    if shape.sizes is not None and shape.sizes[-1] not in (None, 3):
        raise ValueError(f"Cross products need vectors of 3 elements, got {shape.sizes[-1]}")
    return shape


def _cross_kernel(xp, a, b):
    if a.shape != b.shape or a.shape[-1] != 3:
        raise ValueError(f"Cross products need tensors of one shape [..., 3], got {list(a.shape)} and {list(b.shape)}")
    turned = [xp.multiply(xp.roll(a, -1, axis=-1), xp.roll(b, -2, axis=-1)),
              xp.multiply(xp.roll(a, -2, axis=-1), xp.roll(b, -1, axis=-1))]
    return xp.subtract(*turned)


def _cross_gradient(g, op, dy):
    a, b = op.inputs
    return [g.Cross(b, dy), g.Cross(dy, a)]


CROSS: OpDefinition = define_op(
    "Cross", inputs="a: T, b: T", outputs="product: T",
    attrs="T: {float, double, int32, uint8, int16, int8, int64, bfloat16, uint16, half, uint32, uint64}",
    shape=_cross_shape, kernel=_cross_kernel, gradient=_cross_gradient)


def cross(a: Any, b: Any, name: str | None = None) -> Tensor:
    """The cross products of vectors of three elements, `[..., 3]`."""
    return CROSS(a, b, name=name)
