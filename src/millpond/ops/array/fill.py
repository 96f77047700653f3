"""Tensors made from a shape or a rule: zeros, ones, fills, ranges, and their relatives."""

from __future__ import annotations

from collections.abc import Iterator, Set, ValuesView
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.formats.tensors import fill_up
from millpond.graph.argument_types import DTypeLike, ShapeTensorLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.static_values import StaticInput, constant_value
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.constant import constant, from_array
from millpond.ops.array.shape import SHAPE, shape, size
from millpond.ops.control.list_values import LISTS
from millpond.ops.dtype_sets import INDEX
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

# `zeros` and `ones` of fewer elements are constants, larger ones are filled when they run.
MAX_CONSTANT_ELEMENTS = 1000


def _fill_shape(dims: StaticInput, value: TensorShape) -> TensorShape:
    if dims.shape.ndims not in (None, 1):
        raise ValueError(f"Shape must be rank 1 but is rank {dims.shape.ndims}: dims of Fill is a vector")
    if value.ndims not in (None, 0):
        raise ValueError(f"Shape must be rank 0 but is rank {value.ndims}: value of Fill is a scalar")
    sizes = dims.value
    if sizes is not None and np.any(sizes < 0):
        raise ValueError(f"Fill dimensions must be >= 0, got {sizes.tolist()}")
    return dims.as_shape()


def _fill_kernel(xp: ArrayModule, dims: Array, value: Array) -> Array:
    if np.any(dims < 0):
        raise ValueError(f"Fill dimensions must be >= 0, got {dims.tolist()}")
    return xp.full(tuple(int(n) for n in dims), value, dtype=value.dtype)


def _fill_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [None, g.Sum(dy, g.Range(0, g.rank(dy), 1))]


FILL = define_op("Fill", inputs="dims: index_type, value: T", outputs="output: T",
                 attrs=f"T: type, index_type: {INDEX} = int32", static_inputs=("dims",), shape=_fill_shape,
                 kernel=_fill_kernel, gradient=_fill_gradient)


def fill(dims: TensorLike, value: TensorLike, name: str | None = None) -> Tensor:
    """A tensor of shape `dims` with `value` everywhere.

    Args:
      dims: An integer vector.
      value: A tensor without dimensions, of any dtype.
      name: Name of the node.

    Raises:
      ValueError: If `value` is no scalar, or a size is negative.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.fill([2, 2], 9)))
      [[9 9]
       [9 9]]
    """
    return FILL(dims, value, name=name)


def _filled(sizes: Any, number: Any, dtype: Any, name: str) -> Tensor:
    """What `zeros` and `ones` are: a constant if it is small, else a `Fill`."""
    dtype = dtypes.as_dtype(dtype).base_dtype
    value = b"" if dtype is dtypes.string else number
    if isinstance(sizes, (Iterator, Set, ValuesView, range)):
        sizes = list(sizes)
    with name_scope(name, name) as scope:
        if not isinstance(sizes, Tensor):
            known = _static_sizes(sizes)
            if known is not None and np.prod(known, dtype=np.int64) < MAX_CONSTANT_ELEMENTS:
                return from_array(fill_up(np.full(1, value, dtype.np_dtype), known), scope)
            if known is not None:
                sizes = constant(list(known), dtypes.int32 if all(n < 2**31 for n in known) else dtypes.int64,
                                 name="shape_as_tensor")
        if not isinstance(sizes, Tensor):
            sizes = convert_to_tensor(sizes, dtype=dtypes.int32, name="packed")
        if sizes.shape.ndims == 0:  # tf.zeros(3)
            sizes = lookup("Reshape")(sizes, [-1])
        return FILL(sizes, from_array(np.array(value, dtype.np_dtype), "Const"), name=scope)


def _static_sizes(sizes: Any) -> tuple[int, ...] | None:
    """The shape as plain numbers, or None if it holds tensors."""
    if hasattr(sizes, "_as_graph_element"):
        return None
    if not isinstance(sizes, (list, tuple, TensorShape, np.ndarray)):
        sizes = [sizes]
    if any(isinstance(n, Tensor) or hasattr(n, "_as_graph_element") for n in sizes):
        return None
    static = TensorShape(sizes)
    if not static.is_fully_defined():
        raise ValueError(f"Cannot convert a partially known TensorShape to a Tensor: {static}. Use tf.shape(x).")
    return tuple(static.as_list())  # type: ignore[arg-type]


def zeros(shape: ShapeTensorLike, dtype: DTypeLike = dtypes.float32, name: str | None = None) -> Tensor:
    """A tensor of zeros (False for bool, empty for strings).

    Args:
      shape: A list of integers and scalar tensors, a `TensorShape`, or an integer vector tensor.
      dtype: The dtype.
      name: Name of the node.

    Raises:
      TypeError: If `dtype` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.zeros([2])))
      [0. 0.]
    """
    return _filled(shape, 0, dtype, name or "zeros")


def ones(shape: ShapeTensorLike, dtype: DTypeLike = dtypes.float32, name: str | None = None) -> Tensor:
    """A tensor of ones (True for bool); see `tf.zeros`.

    Args:
      shape: A list of integers and scalar tensors, a `TensorShape`, or an integer vector tensor.
      dtype: The dtype.
      name: Name of the node.

    Raises:
      TypeError: For strings, or if `dtype` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.ones([2])))
      [1. 1.]
    """
    if dtypes.as_dtype(dtype).base_dtype is dtypes.string:
        raise TypeError("tf.ones has no value for strings; use tf.fill")
    return _filled(shape, 1, dtype, name or "ones")


def _zeros_like_kernel(xp: ArrayModule, x: Array) -> Array:
    if isinstance(x, LISTS):
        return x.zeros(xp)
    if x.dtype == object:
        return np.full(x.shape, b"", object)
    return xp.zeros(x.shape, dtype=x.dtype)


ZEROS_LIKE = define_op("ZerosLike", inputs="x: T", outputs="y: T", attrs="T: type", shape=shape_rules.same,
                       kernel=_zeros_like_kernel, gradient=NOT_DIFFERENTIABLE, reads_shape_only=True)


def zeros_like(tensor: TensorLike, dtype: DTypeLike | None = None, name: str | None = None,
               optimize: bool = True) -> Tensor:
    """Zeros in the shape of `tensor`, of its dtype or of `dtype`.

    With `optimize`, a shape that is known while building gives a constant.

    Args:
      tensor: A tensor.
      dtype: The dtype; by default that of `tensor`.
      name: Name of the scope of the nodes.
      optimize: Whether a shape that is known while building gives a constant.

    Raises:
      TypeError: If `dtype` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.zeros_like([5, 6])))
      [0 0]
    """
    with name_scope(name, "zeros_like", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name="tensor")
        wanted = tensor.dtype.base_dtype if dtype is None else dtypes.as_dtype(dtype).base_dtype
        if optimize and tensor.shape.is_fully_defined() and wanted is not dtypes.variant:
            return zeros(tensor.shape, wanted, name=scope)
        if wanted is tensor.dtype.base_dtype:
            return ZEROS_LIKE(tensor, name=scope)
        return FILL(shape(tensor, optimize=optimize), _one_value(0, wanted), name=scope)


def _one_value(number: Any, dtype: dtypes.DType) -> Tensor:
    value = b"" if dtype is dtypes.string and number == 0 else number
    return from_array(np.array(value, dtype.np_dtype), "Const")


def _ones_like_kernel(xp: ArrayModule, x: Array) -> Array:
    return xp.ones(x.shape, dtype=x.dtype)


ONES_LIKE = define_op(
    "OnesLike", inputs="x: T", outputs="y: T",
    attrs="T: {bfloat16, half, float, double, int8, uint8, int16, uint16, int32, uint32, int64, uint64, complex64, "
          "complex128, bool}",
    shape=shape_rules.same, kernel=_ones_like_kernel, gradient=NOT_DIFFERENTIABLE, reads_shape_only=True)


def ones_like(tensor: TensorLike, dtype: DTypeLike | None = None, name: str | None = None,
              optimize: bool = True) -> Tensor:
    """Ones in the shape of `tensor`, of its dtype or of `dtype`.

    Args:
      tensor: A tensor.
      dtype: The dtype; by default that of `tensor`.
      name: Name of the scope of the nodes.
      optimize: Whether a shape that is known while building gives a constant.

    Raises:
      TypeError: If `dtype` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.ones_like([5, 6])))
      [1 1]
    """
    with name_scope(name, "ones_like", [tensor]) as scope:
        tensor = convert_to_tensor(tensor, name="tensor")
        wanted = tensor.dtype.base_dtype if dtype is None else dtypes.as_dtype(dtype).base_dtype
        if optimize and tensor.shape.is_fully_defined():
            with name_scope("Shape"):
                sizes = constant(tensor.shape.as_list(), dtypes.int32, name="shape_as_tensor")
        else:
            sizes = SHAPE(tensor, name="Shape")
        return FILL(sizes, from_array(np.array(1, wanted.np_dtype), "Const"), name=scope)


def _range_count(start: Any, limit: Any, delta: Any) -> int:
    if start.ndim or limit.ndim or delta.ndim:
        raise ValueError(f"start, limit and delta of a range must be scalars, got shapes {start.shape}, {limit.shape} "
                         f"and {delta.shape}")
    if delta == 0:
        raise ValueError("Requires delta != 0")
    if delta > 0 and start > limit:
        raise ValueError(f"Requires start <= limit when delta > 0: {start}/{limit}")
    if delta < 0 and start < limit:
        raise ValueError(f"Requires start >= limit when delta < 0: {start}/{limit}")
    if start.dtype.kind in "iu":
        return -((int(start) - int(limit)) // int(delta))
    return int(np.ceil(np.abs((np.float64(limit) - np.float64(start)) / np.float64(delta))))


def _range_shape(start: StaticInput, limit: StaticInput, delta: StaticInput) -> TensorShape:
    for one in (start, limit, delta):
        shape_rules.with_rank(one.shape, 0)
    values = [one.value for one in (start, limit, delta)]
    if any(value is None for value in values):
        return shape_rules.VECTOR
    return TensorShape.of((_range_count(*values),))


def _range_kernel(xp: ArrayModule, start: Array, limit: Array, delta: Array) -> Array:
    steps = np.arange(_range_count(start, limit, delta))
    if start.dtype.kind in "iu":
        return np.asarray(int(start) + steps * int(delta)).astype(start.dtype)
    # TensorFlow steps in the dtype itself; a product keeps the error of each element at one rounding.
    return np.asarray(start.astype(np.float64) + steps * delta.astype(np.float64)).astype(start.dtype)


RANGE = define_op(
    "Range", inputs="start: Tidx, limit: Tidx, delta: Tidx", outputs="output: Tidx",
    attrs="Tidx: {bfloat16, half, float, double, int8, int16, int32, int64, uint16, uint32} = int32",
    static_inputs=("start", "limit", "delta"), shape=_range_shape, kernel=_range_kernel, gradient=NOT_DIFFERENTIABLE)

_RANGE_DTYPES = (dtypes.int32, dtypes.int64, dtypes.float32, dtypes.float64)


def range_(start: TensorLike, limit: TensorLike | None = None, delta: TensorLike = 1, dtype: DTypeLike | None = None,
           name: str = "range") -> Tensor:
    """The numbers `start, start + delta, ...` below `limit` (above it, where `delta` is negative).

    `tf.range(n)` counts from 0. The dtype is that of the widest argument unless `dtype` is given.

    Args:
      start: The first number, a scalar; the limit, where it is given alone.
      limit: Where to stop; it is not among the numbers.
      delta: The step.
      dtype: The dtype.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If `delta` is 0 or leads away from `limit`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.range(3, 10, 3)))
      [3 6 9]
    """
    if limit is None:
        start, limit = 0, start
    with name_scope(name, "range", [start, limit, delta]) as scope:
        wanted = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
        parts = [_range_part(value, wanted, part)
                 for value, part in ((start, "start"), (limit, "limit"), (delta, "delta"))]
        if wanted is None:
            found = [part.dtype.base_dtype for part in parts]
            wanted = max(found, key=lambda d: _RANGE_DTYPES.index(d) if d in _RANGE_DTYPES else -1)
            parts = [_recast(part, wanted) for part in parts]
        return RANGE(*parts, name=scope)


def _range_part(value: Any, wanted: dtypes.DType | None, name: str) -> Tensor:
    if isinstance(value, Tensor) or hasattr(value, "_as_graph_element"):
        tensor = convert_to_tensor(value, name=name)
        return tensor if wanted is None else _recast(tensor, wanted)
    return convert_to_tensor(value, dtype=wanted, name=name)


def _recast(tensor: Tensor, wanted: dtypes.DType) -> Tensor:
    """`tensor` in another dtype; a literal is made again, without a `Cast` node."""
    if tensor.dtype.base_dtype is wanted:
        return tensor
    return lookup("Cast")(tensor, DstT=wanted)


def _lin_space_shape(start: TensorShape, stop: TensorShape, num: StaticInput) -> TensorShape:
    for one in (start, stop, num.shape):
        shape_rules.with_rank(one, 0)
    count = num.value
    if count is None:
        return shape_rules.VECTOR
    if count <= 0:
        raise ValueError(f"Requires num > 0: {count}")
    return TensorShape.of((int(count),))


def _lin_space_kernel(xp: ArrayModule, start: Array, stop: Array, num: Array) -> Array:
    if num <= 0:
        raise ValueError(f"Requires num > 0: {num}")
    count = int(num)
    if count == 1:
        return xp.reshape(start, (1,))
    wide = np.float64 if start.dtype == np.float64 else np.float32
    first, last = xp.asarray(start, dtype=wide), xp.asarray(stop, dtype=wide)
    step = xp.divide(xp.subtract(last, first), np.asarray(count - 1, wide))
    inner = xp.add(first, xp.multiply(step, np.arange(count - 1, dtype=wide)))
    return xp.asarray(xp.concatenate([inner, xp.reshape(last, (1,))]), dtype=start.dtype)


LIN_SPACE = define_op("LinSpace", inputs="start: T, stop: T, num: Tidx", outputs="output: T",
                      attrs=f"T: {{bfloat16, half, float, double}}, Tidx: {INDEX} = int32", static_inputs=("num",),
                      shape=_lin_space_shape, kernel=_lin_space_kernel, gradient=NOT_DIFFERENTIABLE)


def linspace(start: TensorLike, stop: TensorLike, num: TensorLike, name: str | None = None) -> Tensor:
    """`num` evenly spaced numbers from `start` to `stop`, both included.

    Args:
      start: The first number, a float scalar.
      stop: The last number, of the same dtype.
      num: How many numbers, an integer scalar above 0.
      name: Name of the node.

    Raises:
      TypeError: If the ends are not floats of one dtype.
      ValueError: If an argument is no scalar.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.linspace(0.0, 1.0, 3)))
      [0.  0.5 1. ]
    """
    return LIN_SPACE(start, stop, num, name=name)


def eye(num_rows: TensorLike, num_columns: TensorLike | None = None, batch_shape: ShapeTensorLike | None = None,
        dtype: DTypeLike = dtypes.float32, name: str | None = None) -> Tensor:
    """An identity matrix, or a batch of them.

    Args:
      num_rows, num_columns: Integers or scalar tensors; square by default.
      batch_shape: Leading dimensions: a list of integers, or an integer vector tensor.
      dtype: The dtype.
      name: Name scope.

    Raises:
      TypeError: If `dtype` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.eye(2)))
      [[1. 0.]
       [0. 1.]]
    """
    dtype = dtypes.as_dtype(dtype)
    with name_scope(name, "eye", [num_rows, num_columns, batch_shape]):
        square = num_columns is None
        columns = num_rows if square else num_columns
        dynamic = any(isinstance(n, Tensor) and constant_value(n) is None for n in (num_rows, columns))
        if dynamic:
            least = lookup("Minimum")(num_rows, columns)
        else:
            least = min(int(np.asarray(constant_value(n))) for n in (num_rows, columns))
        sizes = _batched(batch_shape, [least])
        diagonal = ones(sizes, dtype=dtype)
        if square:
            return lookup("MatrixDiagV3")(diagonal, 0, -1, -1, np.zeros((), dtype.np_dtype), name="diag")
        whole = zeros(_batched(batch_shape, [num_rows, columns]), dtype=dtype)
        return lookup("MatrixSetDiagV3")(whole, diagonal, 0, name="set_diag")


def _batched(batch_shape: Any, sizes: list[Any]) -> Any:
    if batch_shape is None:
        batch_shape = []
    if isinstance(batch_shape, Tensor):
        return lookup("ConcatV2")([batch_shape, sizes], 0, name="concat")
    return [*batch_shape, *sizes]


def meshgrid(*args: TensorLike, indexing: str = "xy", name: str = "meshgrid") -> list[Tensor]:
    """Coordinates of a grid from the coordinates along each axis.

    Args:
      *args: Vectors (or scalars), one for each axis, of one dtype.
      indexing: `"xy"` (the first two axes swapped, as for images) or `"ij"`.
      name: Name scope.

    Returns:
      As many tensors of as many dimensions.

    Raises:
      ValueError: If `indexing` is neither.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.meshgrid([1, 2], [3, 4])[0]))
      [[1 2]
       [1 2]]
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"indexing parameter must be either 'xy' or 'ij', got {indexing!r}")
    reshape, count = lookup("Reshape"), len(args)
    with name_scope(name, "meshgrid", args):
        vectors = [convert_to_tensor(x) for x in args]
        if not vectors:
            return []
        parts = [reshape(x, [1] * i + [-1] + [1] * (count - 1 - i)) for i, x in enumerate(vectors)]
        counts: list[Any] = [size(x) for x in vectors]
        if indexing == "xy" and count > 1:
            parts[0] = reshape(parts[0], [1, -1] + [1] * (count - 2))
            parts[1] = reshape(parts[1], [-1, 1] + [1] * (count - 2))
            counts[0], counts[1] = counts[1], counts[0]
        whole = ones(lookup("Pack")(counts, name="ones/packed"), dtype=vectors[0].dtype.base_dtype)
        return [lookup("Mul")(part, whole, name="mul") for part in parts]
