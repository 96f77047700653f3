"""Parts of tensors: `Slice` and `StridedSlice`; `tensor[...]` is in `indexing.py`.

`begin`, `end` and `strides` decide the shape of the result, so XLA must know them when it compiles; except where a
dimension is indexed by one number or taken whole, whose sizes do not depend on the values. Such operations (`x[i]`,
`x[:, i]`, a slice of constant size) take `begin` as an ordinary operand, so that they run inside compiled loops.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike, VariableLike
from millpond.graph.opdef import Guard, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Entries, ValueOf
from millpond.graph.static_values import StaticInput, constant_value
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.dtype_sets import INDEX
from millpond.shapes import TensorShape

# --- Slice


def _slice_shape(input: TensorShape, begin: StaticInput, size: StaticInput) -> TensorShape:
    for one in (begin.shape, size.shape):
        shape_rules.with_rank(one, 1)
    rank = next((n for n in (input.ndims, *((s.shape.sizes or (None,))[0] for s in (begin, size))) if n is not None),
                None)
    if rank is None:
        return shape_rules.UNKNOWN
    if input.ndims not in (None, rank):
        raise ValueError(f"Shape must be rank {rank} but is rank {input.ndims}")
    starts, sizes = begin.partial or [None] * rank, size.partial or [None] * rank
    whole = input.sizes or (None,) * rank
    result: list[int | None] = []
    for i, (start, n, full) in enumerate(zip(starts, sizes, whole, strict=True)):
        if n is not None and n != -1 and size.value is not None:
            _check_bounds(i, start, n, full)  # whether it sticks out is for the run to say, as in TensorFlow
        is_rest = n == -1 and size.value is not None
        if is_rest and start is not None and full is not None and start > full:
            raise ValueError(f"Expected begin[{i}] in [0, {full}], but got {start}")
        result.append((None if full is None or start is None else full - start) if is_rest else
                      None if n == -1 else n)
    return TensorShape.of(tuple(result))


def _check_bounds(i: int, start: int | None, n: int, whole: int | None) -> None:
    if n < -1:
        raise ValueError(f"Expected size[{i}] >= -1, but got {n}")
    if start is not None and start < 0:
        raise ValueError(f"Expected begin[{i}] in [0, {whole}], but got {start}")


def _check_slice(i: int, start: int | None, n: int, whole: int | None) -> None:
    _check_bounds(i, start, n, whole)
    if whole is not None and n > whole - (start or 0):
        raise ValueError(f"Expected size[{i}] in [0, {whole - (start or 0)}], but got {n}")


def _slice_kernel(xp: ArrayModule, input: Array, begin: Array, size: Array) -> Array:
    rank = len(input.shape)
    if size.shape != (rank,) or begin.shape != (rank,):
        raise ValueError(f"Expected begin and size arguments to be 1-D tensors of size {rank}, but got shapes "
                         f"{list(begin.shape)} and {list(size.shape)} instead.")
    if isinstance(begin, np.ndarray):
        index = []
        for i, (start, n) in enumerate(zip(map(int, begin), map(int, size), strict=True)):
            if not 0 <= start <= input.shape[i]:
                raise ValueError(f"Expected begin[{i}] in [0, {input.shape[i]}], but got {start}")
            _check_slice(i, start, n, input.shape[i])
            index.append(slice(start, input.shape[i] if n == -1 else start + n))
        return input[tuple(index)]
    for i, n in enumerate(map(int, size)):
        _check_slice(i, None, n, input.shape[i])
    for axis, n in enumerate(map(int, size)):
        if n != input.shape[axis]:
            input = xp.take(input, xp.add(begin[axis], np.arange(n, dtype=begin.dtype)), axis=axis, mode="clip")
    return input


def _slice_ok(xp: ArrayModule, input: Array, begin: Array, size: Array) -> Array:
    if begin.shape != (len(input.shape),) or size.shape != begin.shape:
        return np.asarray(True)  # the kernel says what does not fit
    return xp.all(xp.logical_and(xp.greater_equal(begin, 0), xp.less_equal(begin, _room(input, size))))


def _room(input: Array, size: Array) -> Array:
    """The largest `begin` that keeps the slice inside."""
    whole = np.asarray(input.shape, np.int64)
    return np.where(size == -1, whole, whole - size).astype(size.dtype)


def _slice_message(input: Array, begin: Array, size: Array) -> str:
    room = _room(input, size)
    bad = next(i for i in range(begin.size) if not 0 <= begin[i] <= room[i])
    if not 0 <= begin[bad] <= input.shape[bad]:
        return f"Expected begin[{bad}] in [0, {input.shape[bad]}], but got {begin[bad]}"
    return f"Expected size[{bad}] in [0, {input.shape[bad] - begin[bad]}], but got {size[bad]}"


def _slice_needs(op: Operation) -> tuple[str, ...]:
    size = constant_value(op.inputs[2])
    return ("begin", "size") if size is None or np.any(size < 0) else ("size",)


def _moving_slice_gradient(g: GradientBuilder, op: Operation, dy: Tensor, sizes: np.ndarray) -> Tensor:
    """`dy` in its place among zeros, where the place is not known when compiling: each dimension in turn is looked up
    at its distance from `begin`."""
    x, begin, _ = op.inputs
    shape = g.cast(g.shape(x), begin.dtype)
    zero = g.constant(0, dy)
    for axis, n in enumerate(map(int, sizes)):
        if x.shape.sizes is not None and x.shape.sizes[axis] == n:
            continue
        whole, start = (g.StridedSlice(t, [axis], [axis + 1], [1], shrink_axis_mask=1) for t in (shape, begin))
        place = g.Sub(g.Range(0, whole, 1), start)
        inside = g.LogicalAnd(g.GreaterEqual(place, 0), g.Less(place, n))
        rows = g.GatherV2(dy, g.Minimum(g.Maximum(place, 0), n - 1), axis)
        dy = g.SelectV2(g.Reshape(inside, [-1] + [1] * (len(sizes) - axis - 1)), rows, zero)
    return dy


def _slice_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, begin, size = op.inputs
    sizes = g.static(size)
    if g.static(begin) is None and "begin" not in _slice_needs(op) and sizes is not None and np.all(sizes > 0):
        return [_moving_slice_gradient(g, op, dy, sizes), None, None]
    shape_x, shape_y = g.shape(x), g.shape(op.outputs[0])
    if begin.dtype is not shape_x.dtype:
        shape_x, shape_y = g.Cast(shape_x, DstT=begin.dtype), g.Cast(shape_y, DstT=begin.dtype)
    rank = g.ExpandDims(g.rank(x), 0) if x.shape.ndims is None else g.constant(np.array([x.shape.ndims], np.int32))
    column = g.ConcatV2([rank, g.constant(np.array([1], np.int32))], 0)
    before = g.Reshape(begin, column)
    after = g.Reshape(g.Sub(g.Sub(shape_x, shape_y), begin), column)
    return [g.Pad(dy, g.ConcatV2([before, after], 1)), None, None]


SLICE = define_op("Slice", inputs="input: T, begin: Index, size: Index", outputs="output: T",
                  attrs=f"T: type, Index: {INDEX}", static_inputs=("begin", "size"), static_rule=_slice_needs,
                  shape=_slice_shape, kernel=_slice_kernel, gradient=_slice_gradient,
                  guard=Guard(_slice_ok, _slice_message, ("begin",), InvalidArgumentError))


def slice_(input_: TensorLike, begin: TensorLike, size: TensorLike, name: str | None = None) -> Tensor:
    """The part of a tensor that starts at `begin` and has shape `size` (-1: up to the end).

    Args:
      input_: A tensor.
      begin: An integer vector: where the part starts in each dimension.
      size: An integer vector of the same dtype: its shape.
      name: Name of the node.

    Raises:
      ValueError: If it is known to stick out.
      tf.errors.InvalidArgumentError: At run time, if it sticks out.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.slice([1, 2, 3, 4], [1], [2])))
      [2 3]
    """
    return SLICE(input_, begin, size, name=name)


# --- StridedSlice


class Span(NamedTuple):
    """How one dimension of the input is cut: `start:stop:step`, or one index whose dimension goes (`shrink`)."""

    start: int | None
    stop: int | None
    step: int | None
    shrink: bool

    def length(self, size: int | None) -> int | None:
        """The length of the result, None where it is not known."""
        if self.step is None:
            return None
        if self.start is None or self.stop is None or size is None:
            return None
        return len(range(self.start, self.stop, self.step))


class Masks(NamedTuple):
    """The bit masks of a `StridedSlice`: bit `i` speaks of entry `i` of the specification."""

    begin: int
    end: int
    ellipsis: int
    new_axis: int
    shrink: int


MASK_ATTRS = ("begin_mask: int = 0, end_mask: int = 0, ellipsis_mask: int = 0, new_axis_mask: int = 0, "
               "shrink_axis_mask: int = 0")


def _masks(op: Operation) -> Masks:
    return Masks(*(op.attributes[f"{part}_mask"] for part in ("begin", "end", "ellipsis", "new_axis", "shrink_axis")))


def layout_of(entries: int, masks: Masks, rank: int) -> list[Any]:
    """What each step of the result is made from: the number of a specification entry, "all" or "new".

    Raises:
      ValueError: If there are more indices than dimensions.
    """
    if bin(masks.ellipsis).count("1") > 1:
        raise ValueError("Multiple ellipses in slice spec not allowed")
    used = sum(1 for i in range(entries) if not (masks.ellipsis >> i & 1 or masks.new_axis >> i & 1))
    if used > rank:
        raise ValueError(f"Index out of range using input dim {rank}; input has only {rank} dims")
    steps: list[Any] = []
    for i in range(entries):
        if masks.ellipsis >> i & 1:
            steps.extend(["all"] * (rank - used))
        elif masks.new_axis >> i & 1:
            steps.append("new")
        else:
            steps.append(i)
    if not masks.ellipsis:
        steps.extend(["all"] * (rank - used))
    return steps


def _span(i: int, axis: int, begin: int | None, end: int | None, step: int | None, masks: Masks,
          size: int | None) -> Span:
    """Entry `i`, applied to dimension `axis` of the given size, in TensorFlow's canonical form."""
    if step == 0:
        raise ValueError(f"strides[{i}] must be non-zero")
    if masks.shrink >> i & 1:
        if step is not None and step < 0:
            raise ValueError("only stride 1 allowed on non-range indexing.")
        if begin is None or size is None:
            return Span(None if begin is None or begin < 0 else begin, None, 1, True)
        if not -size <= begin < size:
            raise ValueError(f"slice index {begin} of dimension {axis} out of bounds.")
        begin = begin % size
        return Span(begin, begin + 1, 1, True)
    if step is None:
        return Span(None, None, None, False)
    low, high = (0, size) if step > 0 else (-1, None if size is None else size - 1)

    def canonical(value: int | None, masked: int, default: int | None) -> int | None:
        if masked >> i & 1:
            return default
        if value is None or size is None:
            return None
        value = value + size if value < 0 else value
        return min(max(value, low), high)  # type: ignore[type-var]

    first, last = (low, high) if step > 0 else (high, low)
    return Span(canonical(begin, masks.begin, first), canonical(end, masks.end, last), step, False)


def _numbers(values: Any, count: int) -> list[int | None]:
    return [None] * count if values is None else [None if n is None else int(n) for n in values]


def strided_slice_sizes(sizes: tuple[int | None, ...], begin: Any, end: Any, strides: Any, count: int,
                         masks: Masks) -> TensorShape:
    begins, ends, steps = (_numbers(values, count) for values in (begin, end, strides))
    result: list[int | None] = []
    axis = 0
    for step in layout_of(count, masks, len(sizes)):
        if step == "new":
            result.append(1)
            continue
        size = sizes[axis]
        if step == "all":
            result.append(size)
        else:
            assert isinstance(step, int)
            span = _span(step, axis, begins[step], ends[step], steps[step], masks, size)
            if not span.shrink:
                result.append(_unknown_size_count(step, begins, ends, steps, masks) if size is None
                              else span.length(size))
        axis += 1
    return TensorShape.of(tuple(result))


def _unknown_size_count(i: int, begins: list[Any], ends: list[Any], steps: list[Any], masks: Masks) -> int | None:
    """The length of an entry that does not depend on the size of its dimension: only if it is empty."""
    begin, end, step = begins[i], ends[i], steps[i]
    if masks.begin >> i & 1 or masks.end >> i & 1 or None in (begin, end, step):
        return None
    if (begin >= 0) == (end >= 0) and len(range(begin, end, step)) == 0:
        return 0
    return None


def _entries(*specification: TensorShape) -> int | None:
    """The number of entries of begin, end and strides.

    Raises:
      ValueError: If they are no vectors of one length.
    """
    counts = {shape_rules.with_rank(shape, 1).as_list()[0] for shape in specification} - {None}
    if len(counts) > 1:
        raise ValueError("begin, end and strides must be vectors of one length, got shapes "
                         + ", ".join(map(str, specification)))
    return counts.pop() if counts else None


def _strided_slice_shape(input: TensorShape, begin: StaticInput, end: StaticInput, strides: StaticInput, *,
                         begin_mask: int, end_mask: int, ellipsis_mask: int, new_axis_mask: int,
                         shrink_axis_mask: int) -> TensorShape:
    count = _entries(begin.shape, end.shape, strides.shape)
    if count is None or input.sizes is None:
        return shape_rules.UNKNOWN
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    return strided_slice_sizes(input.sizes, begin.partial, end.partial, strides.partial, count, masks)


def index_of(shape: tuple[int, ...], begin: Any, end: Any, strides: Any, masks: Masks) -> tuple[Any, ...]:
    """The specification, all of it known, as an index that NumPy and JAX arrays take."""
    index: list[Any] = []
    axis = 0
    for step in layout_of(strides.size, masks, len(shape)):
        if step == "new":
            index.append(None)
            continue
        if step == "all":
            index.append(slice(None))
        else:
            assert isinstance(step, int)
            span = _span(step, axis, int(begin[step]), int(end[step]), int(strides[step]), masks, shape[axis])
            assert span.start is not None and span.stop is not None
            if span.shrink:
                index.append(span.start)
            else:
                index.append(slice(span.start, None if span.stop < 0 else span.stop, span.step))
        axis += 1
    return tuple(index)


def _is_known(*values: Any) -> bool:
    return all(isinstance(value, np.ndarray) for value in values)


def _strided_slice_kernel(xp: ArrayModule, input: Array, begin: Array, end: Array, strides: Array, *, begin_mask: int,
                          end_mask: int, ellipsis_mask: int, new_axis_mask: int, shrink_axis_mask: int) -> Array:
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    _entries(*(TensorShape(part.shape) for part in (begin, end, strides)))
    if _is_known(begin, end, strides):
        return input[index_of(tuple(input.shape), begin, end, strides, masks)]
    # Single indices and whole dimensions, the indices not known when compiling.
    axis = 0
    for step in layout_of(strides.size, masks, len(input.shape)):
        if step == "new":
            input = xp.expand_dims(input, axis)
            axis += 1
        elif step == "all" or not masks.shrink >> step & 1:
            if step != "all" and strides[step] != 1:
                whole = (slice(None),) * axis
                input = input[(*whole, slice(None, None, int(strides[step])))]
            axis += 1
        else:
            input = _take_one(xp, input, begin[step], axis)
    return input


def _take_one(xp: ArrayModule, input: Array, index: Array, axis: int) -> Array:
    size = input.shape[axis]
    if size == 0:  # the guard has failed, or will: what is given does not matter
        return xp.zeros(input.shape[:axis] + input.shape[axis + 1:], dtype=input.dtype)
    place = xp.clip(xp.where(xp.less(index, 0), xp.add(index, np.asarray(size, index.dtype)), index), 0, size - 1)
    return xp.take(input, place, axis=axis, mode="clip")


def _shrunk(count: int, masks: Masks, rank: int) -> list[tuple[int, int]]:
    """Entry and dimension of each single index."""
    found, axis = [], 0
    for step in layout_of(count, masks, rank):
        if step == "new":
            continue
        if step != "all" and masks.shrink >> step & 1:
            found.append((step, axis))
        axis += 1
    return found


def strided_slice_ok(xp: ArrayModule, input: Array, begin: Array, end: Array, strides: Array, *, begin_mask: int,
                     end_mask: int, ellipsis_mask: int, new_axis_mask: int, shrink_axis_mask: int) -> Array:
    if not shrink_axis_mask:
        return np.asarray(True)
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    shape = input.shape
    try:
        shrunk = _shrunk(begin.shape[0], masks, len(shape))
    except ValueError:
        return np.asarray(True)  # the kernel says that there are too many indices
    ok = [xp.logical_and(xp.greater_equal(begin[i], -shape[axis]), xp.less(begin[i], shape[axis]))
          for i, axis in shrunk]
    return xp.all(xp.stack(ok))


def strided_slice_message(input: Array, begin: Array, end: Array, strides: Array, *, begin_mask: int, end_mask: int,
                          ellipsis_mask: int, new_axis_mask: int, shrink_axis_mask: int) -> str:
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    for i, axis in _shrunk(begin.shape[0], masks, len(input.shape)):
        if not -input.shape[axis] <= begin[i] < input.shape[axis]:
            return f"slice index {begin[i]} of dimension {axis} out of bounds."
    raise AssertionError("the slice is in bounds")


def strided_slice_needs(op: Operation) -> tuple[str, ...]:
    position = op.definition.input_index["strides"]
    count = (op.inputs[position]._shape.sizes or (None,))[0]
    masks = _masks(op)
    if count is not None and all(
            (masks.shrink | masks.ellipsis | masks.new_axis | (masks.begin & masks.end)) >> i & 1
            for i in range(count)):
        return tuple(name for name in op.definition.static_inputs if name not in ("begin", "end"))
    return op.definition.static_inputs


def _strided_slice_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, begin, end, strides = op.inputs
    shape_x = g.shape(x)
    if shape_x.dtype is not begin.dtype:
        shape_x = g.Cast(shape_x, DstT=begin.dtype)
    return [g.StridedSliceGrad(shape_x, begin, end, strides, dy, **_mask_attrs(op)), None, None, None]


def _mask_attrs(op: Operation) -> dict[str, Any]:
    return {name: value for name, value in op.attributes.items() if name.endswith("_mask")}


def _strided_slice_shape_value(op: Operation, value_of: ValueOf) -> Entries | None:
    """A part of a vector that is known in part, cut by known numbers."""
    x, *spec = op.inputs
    begin, end, strides = (constant_value(t) for t in spec)
    if x._shape.ndims != 1 or begin is None or end is None or strides is None or strides.size != 1:
        return None
    masks = _masks(op)
    if masks.new_axis or masks.ellipsis:
        return None
    values = value_of(x)
    if values is None:
        return None
    try:
        (index,) = index_of((len(values),), begin, end, strides, masks)
    except ValueError:
        return None
    return [values[index]] if isinstance(index, int) else values[index]


STRIDED_SLICE = define_op(
    "StridedSlice", inputs="input: T, begin: Index, end: Index, strides: Index", outputs="output: T",
    attrs=f"T: type, Index: {INDEX}, {MASK_ATTRS}", static_inputs=("begin", "end", "strides"),
    static_rule=strided_slice_needs, shape=_strided_slice_shape, kernel=_strided_slice_kernel,
    gradient=_strided_slice_gradient, shape_value=_strided_slice_shape_value,
    guard=Guard(strided_slice_ok, strided_slice_message, ("begin",), InvalidArgumentError))


def _strided_slice_grad_shape(shape: StaticInput, begin: StaticInput, end: StaticInput, strides: StaticInput,
                              dy: TensorShape) -> TensorShape:
    return shape.as_shape()


def _strided_slice_grad_kernel(xp: ArrayModule, shape: Array, begin: Array, end: Array, strides: Array, dy: Array, *,
                               begin_mask: int, end_mask: int, ellipsis_mask: int, new_axis_mask: int,
                               shrink_axis_mask: int) -> Array:
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    sizes = tuple(int(n) for n in shape)
    if _is_known(begin, end, strides):
        return _place(xp, dy, sizes, begin, end, strides, masks)
    axis = 0
    result = dy
    for step in layout_of(strides.size, masks, len(sizes)):
        if step == "new":
            result = xp.squeeze(result, axis)
            continue
        if step != "all" and masks.shrink >> step & 1:
            index = begin[step]
            place = xp.where(xp.less(index, 0), xp.add(index, np.asarray(sizes[axis], index.dtype)), index)
            here = xp.equal(np.arange(sizes[axis], dtype=index.dtype), place)
            here = xp.reshape(here, (sizes[axis],) + (1,) * (len(result.shape) - axis))
            result = xp.where(here, xp.expand_dims(result, axis), np.zeros((), dy.dtype))
        elif step != "all" and strides[step] != 1:
            result = _spread(xp, result, axis, range(sizes[axis])[::int(strides[step])], sizes[axis])
        axis += 1
    return result


def _place(xp: ArrayModule, dy: Array, sizes: tuple[int, ...], begin: Array, end: Array, strides: Array,
           masks: Masks) -> Array:
    """`dy` back in its places among zeros, dimension by dimension."""
    index = index_of(sizes, begin, end, strides, masks)
    spans = [i for i in index if i is not None]
    kept = tuple(len(range(n)[i]) if isinstance(i, slice) else 1 for i, n in zip(spans, sizes, strict=True))
    result = xp.reshape(dy, kept)
    for axis, (i, n) in enumerate(zip(spans, sizes, strict=True)):
        places = range(n)[i] if isinstance(i, slice) else range(i, i + 1)
        result = _spread(xp, result, axis, places, n)
    return result


def _spread(xp: ArrayModule, x: Array, axis: int, places: range, size: int) -> Array:
    """`x[j]` at `places[j]` of a dimension of `size`, zeros elsewhere."""
    if places == range(size):
        return x
    if places.step < 0:
        x, places = xp.flip(x, axis), places[::-1]
    lead = x.shape[:axis]
    if abs(places.step) > 1 and len(places) > 1:
        # Interleave with zeros, and drop those after the last element.
        gap = places.step - 1
        wide = xp.expand_dims(x, axis + 1)
        zeros = np.zeros((*lead, len(places), gap, *x.shape[axis + 1:]), x.dtype)
        wide = xp.concatenate([wide, zeros], axis=axis + 1)
        x = xp.reshape(wide, (*lead, len(places) * places.step, *x.shape[axis + 1:]))
        x = x[(slice(None),) * axis + (slice(0, len(places) * places.step - gap),)]
    start = places.start if len(places) else 0
    around = [(0, 0)] * len(x.shape)
    around[axis] = (start, size - start - x.shape[axis])
    return xp.pad(x, around)


def _strided_slice_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    _, begin, end, strides, _ = op.inputs
    return [None, None, None, None, g.StridedSlice(dy, begin, end, strides, **_mask_attrs(op))]


STRIDED_SLICE_GRAD = define_op(
    "StridedSliceGrad", inputs="shape: Index, begin: Index, end: Index, strides: Index, dy: T", outputs="output: T",
    attrs=f"T: type, Index: {INDEX}, {MASK_ATTRS}", static_inputs=("shape", "begin", "end", "strides"),
    static_rule=strided_slice_needs, shape=_strided_slice_grad_shape, kernel=_strided_slice_grad_kernel,
    gradient=_strided_slice_grad_gradient)


def strided_slice(input_: TensorLike, begin: TensorLike, end: TensorLike, strides: TensorLike | None = None,
                  begin_mask: int = 0, end_mask: int = 0, ellipsis_mask: int = 0, new_axis_mask: int = 0,
                  shrink_axis_mask: int = 0, var: VariableLike | None = None, name: str | None = None) -> Tensor:
    """What `input_[begin[0]:end[0]:strides[0], ...]` gives; `tensor[...]` is the readable form.

    Args:
      input_: A tensor.
      begin, end, strides: Integer vectors with one entry for each indexed dimension; strides are 1 by default.
      begin_mask, end_mask: Bit `i` says that entry `i` starts (ends) at the dimension's own start (end).
      ellipsis_mask: Bit of the entry that stands for all dimensions not spoken of.
      new_axis_mask: Bits of entries that put in a dimension of size 1.
      shrink_axis_mask: Bits of entries that are one index: their dimension goes.
      var: A variable that `input_` is the value of; assigning to its slices is not supported here.
      name: Name of the node.

    Raises:
      ValueError: If an index is known to be out of range, or a stride is 0.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.strided_slice([1, 2, 3, 4], [0], [4], [2])))
      [1 3]
    """
    if strides is None:
        strides = lookup("OnesLike")(begin) if isinstance(begin, Tensor) else np.ones(np.shape(begin), np.int32)
    return STRIDED_SLICE(input_, begin, end, strides, begin_mask=begin_mask, end_mask=end_mask,
                         ellipsis_mask=ellipsis_mask, new_axis_mask=new_axis_mask, shrink_axis_mask=shrink_axis_mask,
                         name=name)
