"""Joining and splitting tensors, and the conversion of lists that hold tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.dtypes import DType
from millpond.graph import stacks
from millpond.graph.argument_types import TensorLike
from millpond.graph.building import graph_of
from millpond.graph.conversion import convert_to_tensor, register_tensor_conversion_function
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Entries, ValueOf
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.nested import listed
from millpond.ops import shape_rules
from millpond.ops.array.constant import constant
from millpond.ops.array.identity import identity
from millpond.ops.dtype_sets import INDEX
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _concat_sizes(values: list[TensorShape], axis: int | None) -> TensorShape:
    ranks = {len(v.sizes) for v in values if v.sizes is not None}
    if len(ranks) > 1:
        raise ValueError(f"Shapes must be equal rank, but are {' and '.join(str(r) for r in sorted(ranks))}")
    if not ranks:
        return shape_rules.UNKNOWN
    rank = ranks.pop()
    if rank == 0:
        raise ValueError("Can't concatenate scalars (use tf.stack instead)")
    if axis is None:
        return TensorShape.of((None,) * rank)
    axis = shape_rules.axis_in_range(axis, rank)
    result: list[int | None] = [None] * rank
    length: int | None = 0
    for value in values:
        if value.sizes is None:
            length = None
            continue
        for i, size in enumerate(value.sizes):
            if i == axis:
                length = None if size is None or length is None else length + size
            elif size is not None:
                if result[i] not in (None, size):
                    raise ValueError(f"Dimension {i} in both shapes must be equal, but are {result[i]} and {size}. "
                                     f"Shapes are {' and '.join(str(list(v.sizes or ())) for v in values)}")
                result[i] = size
    result[axis] = length
    return TensorShape.of(tuple(result))


def _concat_shape(values: list[TensorShape], axis: StaticInput) -> TensorShape:
    return _concat_sizes(values, axis.scalar)


def _concat_kernel(xp: ArrayModule, values: Sequence[Array], axis: Array) -> Array:
    _concat_sizes([TensorShape.of(tuple(v.shape)) for v in values], int(axis))
    return xp.concatenate(values, axis=int(axis) % len(values[0].shape))


def _concat_parts(g: GradientBuilder, values: Sequence[Tensor], axis: Tensor, dy: Tensor) -> list[Tensor]:
    """The cotangents of concatenated values: what lies of `dy` at the place of each."""
    rank = next((v.shape.ndims for v in values if v.shape.ndims is not None), None)
    position = g.static(axis)
    if rank is not None and position is not None:
        axis = g.constant(np.array(int(position) % rank, np.int32))
    else:
        axis = g.Cast(g.FloorMod(axis, g.Cast(g.rank(dy), DstT=axis.dtype)), DstT="int32")
    sizes = [g.shape(v) for v in values]
    offsets = g.ConcatOffset(axis, sizes)
    return [g.Slice(dy, begin, size) for begin, size in zip(offsets, sizes, strict=True)]


def _concat_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    *values, axis = op.inputs
    return [*_concat_parts(g, values, axis, dy), None]


def _concat_shape_value(op: Operation, value_of: ValueOf) -> Entries | None:
    *values, axis = op.inputs
    if any(v._shape.ndims != 1 for v in values):
        return None
    return _joined(values, value_of)


def _joined(values: Sequence[Tensor], value_of: ValueOf) -> Entries | None:
    entries: list[int | None] = []
    for value in values:
        part = value_of(value)
        if part is None:
            length = shape_rules.sizes_of(value._shape)[0]
            if length is None:
                return None
            part = [None] * length
        entries.extend(part)
    return entries


CONCAT_V2 = define_op("ConcatV2", inputs="values: N * T, axis: Tidx", outputs="output: T",
                      attrs=f"N: int >= 2, T: type, Tidx: {INDEX} = int32", static_inputs=("axis",),
                      shape=_concat_shape, kernel=_concat_kernel, gradient=_concat_gradient,
                      shape_value=_concat_shape_value)


def _concat_old_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    axis, *values = op.inputs
    return [None, *_concat_parts(g, values, axis, dy)]


# The form of the first releases, for their graphs.
CONCAT = define_op("Concat", inputs="concat_dim: int32, values: N * T", outputs="output: T",
                   attrs="N: int >= 2, T: type", static_inputs=("concat_dim",),
                   shape=lambda concat_dim, values: _concat_shape(values, concat_dim),
                   kernel=lambda xp, concat_dim, values: _concat_kernel(xp, values, concat_dim),
                   gradient=_concat_old_gradient)


def _concat_offset_shape(concat_dim: StaticInput, shape: list[StaticInput]) -> tuple[TensorShape, ...]:
    return tuple(one.shape if isinstance(one, StaticInput) else one for one in shape)


def _concat_offset_kernel(xp: ArrayModule, concat_dim: Array, shape: Sequence[Array]) -> Sequence[Array]:
    axis, offset, offsets = int(concat_dim), 0, []
    for one in shape:
        begin = np.zeros(one.shape, one.dtype)
        begin[axis] = offset
        offset += int(one[axis])
        offsets.append(begin)
    return offsets


CONCAT_OFFSET = define_op("ConcatOffset", inputs="concat_dim: int32, shape: N * shape_type",
                          outputs="offset: N * shape_type",
                          attrs=f"N: int >= 2, shape_type: {INDEX} = int32", static_inputs=("concat_dim", "shape"),
                          shape=_concat_offset_shape, kernel=_concat_offset_kernel, gradient=NOT_DIFFERENTIABLE)


def concat(values: Sequence[TensorLike] | TensorLike, axis: int | Tensor, name: str = "concat") -> Tensor:
    """Tensors side by side along one dimension.

    Args:
      values: A list of tensors of one dtype, whose shapes agree except along `axis`.
      axis: The dimension, negative ones counted from the end. (The first releases had the axis first:
        `tf.concat(1, [x, y])` is understood too.)
      name: Name of the node.

    Raises:
      ValueError: If ranks or the other dimensions differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.concat([[1, 2], [3]], 0)))
      [1 2 3]
    """
    if isinstance(values, (int, np.integer)) and not isinstance(axis, (int, np.integer)):
        values, axis = axis, values
    values = listed(values)
    if not isinstance(values, (list, tuple)):
        values = [values]
    if len(values) == 1:
        with name_scope(name, "concat", values):
            position = convert_to_tensor(axis, name="concat_dim", dtype="int32")
            shape_rules.with_rank(position.shape, 0)
            return identity(values[0], name="concat")
    return CONCAT_V2(values, axis, name=name or "concat")


def _pack_shape(values: list[TensorShape], *, axis: int) -> TensorShape:
    merged = values[0]
    for i, value in enumerate(values[1:], 1):
        if not merged.is_compatible_with(value):
            raise ValueError(f"Dimension mismatch: shapes must be equal to be stacked, but value 0 has shape {merged} "
                             f"and value {i} has shape {value}: Shapes must be equal")
        merged = merged.merge_with(value)
    if merged.sizes is None:
        return shape_rules.UNKNOWN
    position = shape_rules.axis_in_range(axis, len(merged.sizes) + 1)
    return TensorShape.of((*merged.sizes[:position], len(values), *merged.sizes[position:]))


def _pack_kernel(xp: ArrayModule, values: Sequence[Array], *, axis: int) -> Array:
    if values[0].dtype == object and not isinstance(values[0], np.ndarray):
        return _as_elements(values)
    if any(tuple(v.shape) != tuple(values[0].shape) for v in values):
        raise ValueError(f"Shapes of all inputs must match: {[list(v.shape) for v in values]}")
    if xp is not np and all(isinstance(v, np.ndarray) for v in values):
        xp = np
    return xp.stack(values, axis=axis)


def _as_elements(values: Sequence[Any]) -> np.ndarray:
    """Lists of tensors (scalars of dtype variant) in one vector."""
    vector = np.empty(len(values), object)
    vector[:] = values
    return vector


def _pack_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return list(g.Unpack(dy, num=op.attributes["N"], axis=op.attributes["axis"]))


def _pack_shape_value(op: Operation, value_of: ValueOf) -> Entries | None:
    if any(t._shape.ndims != 0 for t in op.inputs):
        return None
    return [(value_of(t) or [None])[0] for t in op.inputs]


PACK = define_op("Pack", inputs="values: N * T", outputs="output: T", attrs="N: int >= 1, T: type, axis: int = 0",
                 shape=_pack_shape, kernel=_pack_kernel, gradient=_pack_gradient, shape_value=_pack_shape_value)


def stack(values: Sequence[TensorLike] | Tensor, axis: int = 0, name: str = "stack") -> Tensor:
    """Tensors of one shape stacked along a new dimension `axis`.

    Args:
      values: A list of tensors of one shape and dtype.
      axis: Where the new dimension goes; negative: counted from the end.
      name: Name of the node.

    Raises:
      ValueError: If the shapes differ or the axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.stack([[1, 4], [2, 5]], axis=1)))
      [[1 2]
       [4 5]]
    """
    values = listed(values)
    if axis == 0:
        try:
            return convert_to_tensor(values, name=name)
        except (TypeError, ValueError):
            pass  # Pack says what does not fit
    first = convert_to_tensor(values[0], name=name)
    if first.shape.ndims is not None:
        rank = first.shape.ndims + 1
        if not -rank <= axis < rank:
            raise ValueError(f"axis = {axis} not in [{-rank}, {rank})")
    return PACK([first, *values[1:]] if isinstance(values[0], Tensor) else values, axis=axis, name=name)


def _unpack_shape(value: TensorShape, *, num: int, axis: int) -> tuple[TensorShape, ...]:
    if value.sizes is None:
        return (shape_rules.UNKNOWN,) * num
    position = shape_rules.axis_in_range(axis, len(value.sizes))
    if value.sizes[position] not in (None, num):
        raise ValueError(f"Dimension must be {num} but is {value.sizes[position]}")
    part = TensorShape.of(value.sizes[:position] + value.sizes[position + 1:])
    return (part,) * num


def _unpack_kernel(xp: ArrayModule, value: Array, *, num: int, axis: int) -> list[Array]:
    position = shape_rules.axis_in_range(axis, len(value.shape))
    if value.shape[position] != num:
        raise ValueError(f"Input shape axis {position} must equal {num}, got shape {list(value.shape)}")
    index = (slice(None),) * position
    return [value[(*index, i)] for i in range(num)]


def _unpack_gradient(g: GradientBuilder, op: Operation, *dys: Tensor) -> Tensor:
    return g.Pack(list(dys), axis=op.attributes["axis"])




def _unpack_shape_value(op: Operation, value_of: ValueOf) -> list[Entries] | None:
    entries = value_of(op.inputs[0]) if op.inputs[0]._shape.ndims == 1 else None
    return None if entries is None else [[entry] for entry in entries]


UNPACK = define_op("Unpack", inputs="value: T", outputs="output: num * T",
                   attrs="num: int >= 0, T: type, axis: int = 0", shape=_unpack_shape, kernel=_unpack_kernel,
                   gradient=_unpack_gradient, shape_value=_unpack_shape_value)


def unstack(value: TensorLike, num: int | None = None, axis: int = 0, name: str = "unstack") -> list[Tensor]:
    """The slices of a tensor along one dimension, which goes: the opposite of `tf.stack`.

    Args:
      value: A tensor.
      num: The size of that dimension, needed only where it is not known while building.
      axis: The dimension.
      name: Name of the node.

    Raises:
      ValueError: If the size is not known, or `num` is wrong.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.unstack([[1, 2], [3, 4]], axis=1)))
      [array([1, 3], dtype=int32), array([2, 4], dtype=int32)]
    """
    if num is None:
        value = convert_to_tensor(value)
        if value.shape.ndims is not None:
            rank = value.shape.ndims
            if not -rank <= axis < rank:
                raise ValueError(f"axis = {axis} not in [{-rank}, {rank})")
            num = value.shape.as_list()[axis]
        if num is None:
            raise ValueError(f"Cannot infer num from shape {value.shape}: pass tf.unstack(..., num=...)")
    return UNPACK(value, num=num, axis=axis, name=name)


def _split_shape(split_dim: StaticInput, value: TensorShape, *, num_split: int) -> tuple[TensorShape, ...]:
    axis = split_dim.scalar
    if value.sizes is None:
        return (shape_rules.UNKNOWN,) * num_split
    if axis is None:
        return (TensorShape.of((None,) * len(value.sizes)),) * num_split
    position = shape_rules.axis_in_range(axis, len(value.sizes))
    size = value.sizes[position]
    if size is not None and size % num_split:
        raise ValueError(f"Dimension size must be evenly divisible by {num_split} but is {size}: Number of ways to "
                         f"split should evenly divide the split dimension")
    part = None if size is None else size // num_split
    return (TensorShape.of((*value.sizes[:position], part, *value.sizes[position + 1:])),) * num_split


def _split_kernel(xp: ArrayModule, split_dim: Array, value: Array, *, num_split: int) -> Sequence[Array]:
    axis = shape_rules.axis_in_range(int(split_dim), len(value.shape))
    if value.shape[axis] % num_split:
        raise ValueError(f"Number of ways to split should evenly divide the split dimension, but got split_dim {axis} "
                         f"(size = {value.shape[axis]}) and num_split {num_split}")
    return xp.split(value, num_split, axis=axis)


def _split_gradient(g: GradientBuilder, op: Operation, *dys: Tensor) -> Cotangents:
    if len(dys) == 1:
        return [None, dys[0]]
    return [None, g.ConcatV2(list(dys), op.inputs[0])]


SPLIT = define_op("Split", inputs="split_dim: int32, value: T", outputs="output: num_split * T",
                  attrs="num_split: int >= 1, T: type", static_inputs=("split_dim",), shape=_split_shape,
                  kernel=_split_kernel, gradient=_split_gradient)


def _split_sizes(sizes: np.ndarray, whole: int | None) -> list[int | None]:
    """The sizes with their -1 worked out, as far as they are known."""
    parts = [int(n) for n in sizes]
    known = sum(n for n in parts if n != -1)
    if parts.count(-1) > 1 or any(n < -1 for n in parts):
        raise ValueError(f"There can only be one -1 among the sizes of a split, and no other negative one: {parts}")
    if whole is not None and (known > whole or (-1 not in parts and known != whole)):
        raise ValueError(f"Determined shape must either match input shape along split_dim exactly if fully specified, "
                         f"or be less than the size of the input along split_dim if not fully specified. "
                         f"Got: {known} (sizes {parts} of a dimension of {whole})")
    return [(None if whole is None else whole - known) if n == -1 else n for n in parts]


def _split_v_shape(value: TensorShape, size_splits: StaticInput, split_dim: StaticInput, *,
                   num_split: int) -> tuple[TensorShape, ...]:
    axis, sizes = split_dim.scalar, size_splits.value
    if value.sizes is None:
        return (shape_rules.UNKNOWN,) * num_split
    if axis is None:
        return (TensorShape.of((None,) * len(value.sizes)),) * num_split
    position = shape_rules.axis_in_range(int(axis), len(value.sizes))
    parts: list[int | None] = [None] * num_split
    if sizes is not None:
        parts = _split_sizes(sizes, value.sizes[position])
    return tuple(TensorShape.of((*value.sizes[:position], part, *value.sizes[position + 1:])) for part in parts)


def _split_v_kernel(xp: ArrayModule, value: Array, size_splits: Array, split_dim: Array, *,
                    num_split: int) -> Sequence[Array]:
    axis = shape_rules.axis_in_range(int(split_dim), len(value.shape))
    if size_splits.size != num_split:
        raise ValueError(f"size_splits has {size_splits.size} entries for num_split {num_split}")
    parts = _split_sizes(size_splits, value.shape[axis])
    return xp.split(value, np.cumsum(np.array(parts, np.int64))[:-1].tolist(), axis=axis)


def _split_v_gradient(g: GradientBuilder, op: Operation, *dys: Tensor) -> Cotangents:
    return [dys[0] if len(dys) == 1 else g.ConcatV2(list(dys), op.inputs[2]), None, None]


SPLIT_V = define_op("SplitV", inputs="value: T, size_splits: Tlen, split_dim: int32", outputs="output: num_split * T",
                    attrs=f"num_split: int >= 1, T: type, Tlen: {INDEX} = int64",
                    static_inputs=("size_splits", "split_dim"), shape=_split_v_shape, kernel=_split_v_kernel,
                    gradient=_split_v_gradient)


def split(value: TensorLike, num_or_size_splits: TensorLike, axis: int | Tensor = 0, num: int | None = None,
          name: str = "split") -> list[Tensor]:
    """Cuts a tensor along one dimension.

    Args:
      value: A tensor.
      num_or_size_splits: The number of equal parts, or a list (or tensor) of the parts' sizes, one of which may be
        -1.
      axis: The dimension. (The first releases had `tf.split(axis, num, value)`, which is understood too.)
      num: The number of parts, where the sizes are a tensor of unknown length.
      name: Name of the node.

    Raises:
      ValueError: If the parts do not fit the dimension, or their number is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.split([1, 2, 3], [1, 2])))
      [array([1], dtype=int32), array([2, 3], dtype=int32)]
    """
    if isinstance(value, int) and isinstance(num_or_size_splits, int) and (
            isinstance(axis, (Tensor, np.ndarray, list)) or hasattr(axis, "_as_graph_element")):
        value, axis = axis, value
    if isinstance(num_or_size_splits, (int, np.integer)) or hasattr(num_or_size_splits, "merge_with"):
        return SPLIT(axis, value, num_split=int(num_or_size_splits), name=name)
    sizes = convert_to_tensor(num_or_size_splits)
    if sizes.shape.ndims == 0:
        raise ValueError("Rank-0 tensors are not supported as the num_or_size_splits argument to split: the number of "
                         "parts must be known while building; pass a Python integer.")
    if num is None:
        num = sizes.shape[0].value
        if num is None:
            raise ValueError(f"Cannot infer argument `num` from shape {num_or_size_splits}: pass num=...")
    return SPLIT_V(value, sizes, axis, num_split=num, name=name)


def _parallel_concat_shape(values: list[TensorShape], *, shape: TensorShape) -> TensorShape:
    return shape


def _parallel_concat_kernel(xp: ArrayModule, values: Sequence[Array]) -> Array:
    return xp.concatenate(values, axis=0)


PARALLEL_CONCAT = define_op("ParallelConcat", inputs="values: N * T", outputs="output: T",
                            attrs="N: int >= 1, T: type, shape: shape", shape=_parallel_concat_shape,
                            kernel=_parallel_concat_kernel, gradient=undefined_gradient)


def parallel_stack(values: TensorLike, name: str = "parallel_stack") -> Tensor:
    """`tf.stack` along dimension 0, for shapes that are known while building; without a gradient.

    Raises:
      ValueError: If a shape is not known.
    """
    values = listed(values)
    with name_scope(name, "parallel_stack", values):
        first = convert_to_tensor(values[0])
        first.shape.assert_is_fully_defined()
        parts = [lookup("ExpandDims")(value, 0) for value in [first, *values[1:]]]
        return PARALLEL_CONCAT(parts, shape=TensorShape([len(parts)]).concatenate(first.shape))


def _is_tensor(value: Any) -> bool:
    return isinstance(value, Tensor) or hasattr(value, "_as_graph_element")


def _inner_dtype(value: Any) -> DType | None:
    """The dtype of the first tensor in nested lists; None where there is none."""
    if _is_tensor(value):
        return value.dtype.base_dtype
    if isinstance(value, (list, tuple)):
        for item in value:
            found = _inner_dtype(item)
            if found is not None:
                return found
    return None


def _packed(items: Any, dtype: DType, name: str) -> Any:
    """Nested lists as a `Pack` of `Pack`s; lists without tensors are left as they are."""
    graph = graph_of(())
    with graph.name_scope(name) as scope:
        parts = []
        for i, item in enumerate(items):
            if isinstance(item, (list, tuple)):
                item = _packed(item, dtype, str(i))
            elif _is_tensor(item) and item.dtype.base_dtype is not dtype:
                raise TypeError(f"Cannot convert a list containing a tensor of dtype {item.dtype.base_dtype.name} to "
                                f"{dtype.name} (Tensor is: {item!r})")
            parts.append(item)
        if not any(map(_is_tensor, parts)):
            return items
        tensors = [part if _is_tensor(part) else constant(part, dtype, name=str(i)) for i, part in enumerate(parts)]
        return PACK(tensors, name=scope)


def _cast_within(value: Any, dtype: DType) -> Any:
    if isinstance(value, (list, tuple)):
        return [_cast_within(item, dtype) for item in value]
    if _is_tensor(value) and value.dtype.base_dtype is not dtype:
        return lookup("Cast")(value, DstT=dtype)
    return value


def _convert_list(value: Any, dtype: DType | None = None, name: str | None = None, as_ref: bool = False) -> Any:
    """Lists and tuples that hold tensors."""
    inner = _inner_dtype(value)
    if inner is None:
        return NotImplemented
    if dtype is not None and inner is not dtype:
        value = _cast_within(value, dtype)
    graph = graph_of(_leaves(value))
    if graph is stacks.default_graph():
        return _packed(value, dtype or inner, name or "packed")
    with graph.as_default():
        return _packed(value, dtype or inner, name or "packed")


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


register_tensor_conversion_function((list, tuple), _convert_list, 99)
