"""Repeating and padding: `Tile`, `Pad`, `MirrorPad`, and their gradients."""

from __future__ import annotations

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
from millpond.ops.dtype_sets import INDEX
from millpond.shapes import TensorShape


def _tile_shape(input: TensorShape, multiples: StaticInput) -> TensorShape:
    shape_rules.with_rank(multiples.shape, 1)
    length = (multiples.shape.sizes or (None,))[0]
    rank = length if length is not None else input.ndims
    if rank is None:
        return shape_rules.UNKNOWN
    if input.ndims not in (None, rank):
        raise ValueError(f"Shape must be rank {rank} but is rank {input.ndims}: tf.tile needs one multiple for each "
                         "dimension")
    sizes = input.sizes or (None,) * rank
    times = multiples.partial or [None] * rank
    return TensorShape.of(tuple(None if n is None or m is None else n * m for n, m in zip(sizes, times, strict=True)))


def _tile_kernel(xp: ArrayModule, input: Array, multiples: Array) -> Array:
    if multiples.shape != (len(input.shape),):
        raise ValueError(f"Expected multiples argument to be a vector of length {len(input.shape)} but got length "
                         f"{multiples.size}")
    if np.any(multiples < 0):
        raise ValueError(f"Expected multiples >= 0, but got {multiples.tolist()}")
    return xp.tile(input, tuple(int(m) for m in multiples))


def _tile_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, multiples = op.inputs
    shape = g.shape(x)
    if multiples.dtype is not shape.dtype:
        shape = g.Cast(shape, DstT=multiples.dtype)
    # [m0, n0, m1, n1, ...]: sum over the repetitions.
    split = g.Reshape(g.Transpose(g.Pack([multiples, shape]), [1, 0]), [-1])
    rank = x.shape.ndims
    axes = np.arange(0, 2 * rank, 2, dtype=np.int32) if rank is not None else g.Range(0, g.size(split), 2)
    dx = g.Sum(g.Reshape(dy, split), axes)
    dx.set_shape(x.shape)
    return [dx, None]


TILE = define_op("Tile", inputs="input: T, multiples: Tmultiples", outputs="output: T",
                 attrs=f"T: type, Tmultiples: {INDEX} = int32", static_inputs=("multiples",), shape=_tile_shape,
                 kernel=_tile_kernel, gradient=_tile_gradient)


def tile(input: TensorLike, multiples: TensorLike, name: str | None = None) -> Tensor:
    """`input` repeated `multiples[i]` times along dimension `i`.

    Args:
      input: A tensor.
      multiples: An integer vector with one number for each dimension.
      name: Name of the node.

    Raises:
      ValueError: If there is not one multiple for each dimension.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.tile([[1, 2]], [2, 2])))
      [[1 2 1 2]
       [1 2 1 2]]
    """
    return TILE(input, multiples, name=name)


def _pad_shape(input: TensorShape, paddings: StaticInput) -> TensorShape:
    shape_rules.with_rank(paddings.shape, 2)
    rows, columns = paddings.shape.sizes or (None, None)
    if columns not in (None, 2):
        raise ValueError(f"paddings must be a matrix with 2 columns, got shape {paddings.shape}")
    rank = rows if rows is not None else input.ndims
    if rank is None:
        return shape_rules.UNKNOWN
    if input.ndims not in (None, rank):
        raise ValueError(f"Shape must be rank {rank} but is rank {input.ndims}: tf.pad needs one row of paddings for "
                         "each dimension")
    sizes = input.sizes or (None,) * rank
    around = _known_paddings(paddings, rank)
    result: list[int | None] = []
    for n, (before, after) in zip(sizes, around, strict=True):
        for amount in (before, after):
            if amount is not None and amount < 0:
                raise ValueError(f"paddings must be non-negative, got {amount}")
        result.append(None if None in (n, before, after) else n + before + after)  # type: ignore[operator]
    return TensorShape.of(tuple(result))


def _known_paddings(paddings: StaticInput, rank: int) -> list[tuple[int | None, int | None]]:
    value = paddings.value
    if value is not None:
        return [(int(before), int(after)) for before, after in value]
    op = paddings.tensor.op
    if op.type == "Pack" and op.attributes["axis"] == 0:  # rows of which some are known
        rows = [StaticInput(row).partial or [None, None] for row in op.inputs]
        return [(row[0], row[1]) for row in rows]
    return [(None, None)] * rank


def _checked_paddings(input: Any, paddings: np.ndarray) -> list[tuple[int, int]]:
    if paddings.shape != (len(input.shape), 2):
        raise ValueError(f"The first dimension of paddings must be the rank of inputs, and the second 2: "
                         f"[{len(input.shape)}, 2], got {list(paddings.shape)}")
    if np.any(paddings < 0):
        raise ValueError(f"Paddings must be non-negative: {paddings.tolist()}")
    return [(int(before), int(after)) for before, after in paddings]


def _pad_kernel(xp: ArrayModule, input: Array, paddings: Array) -> Array:
    return _padded(xp, input, paddings, b"" if input.dtype == object else np.zeros((), input.dtype))


def _padded(xp: ArrayModule, input: Array, paddings: Array, value: Array) -> Array:
    around = _checked_paddings(input, paddings)
    if input.dtype.kind in "OV" and xp is np:  # np.pad computes with the dtype
        result = np.full(tuple(n + b + a for n, (b, a) in zip(input.shape, around, strict=True)), value, input.dtype)
        result[tuple(slice(b, b + n) for n, (b, _) in zip(input.shape, around, strict=True))] = input
        return result
    return xp.pad(input, around, constant_values=value)


def _pad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x, paddings = op.inputs[:2]
    if x.shape.ndims is not None:
        begin = g.Reshape(g.Slice(paddings, [0, 0], [x.shape.ndims, 1]), [-1])
    else:
        begin = g.Reshape(g.Slice(paddings, [0, 0], g.Pack([g.rank(x), 1])), [-1])
    shape = g.shape(x)
    if begin.dtype is not shape.dtype:
        shape = g.Cast(shape, DstT=begin.dtype)
    return [g.Slice(dy, begin, shape), None]


PAD = define_op("Pad", inputs="input: T, paddings: Tpaddings", outputs="output: T",
                attrs=f"T: type, Tpaddings: {INDEX} = int32", static_inputs=("paddings",), shape=_pad_shape,
                kernel=_pad_kernel, gradient=_pad_gradient)


def _pad_v2_shape(input: TensorShape, paddings: StaticInput, constant_values: TensorShape) -> TensorShape:
    shape_rules.with_rank(constant_values, 0)
    return _pad_shape(input, paddings)


def _pad_v2_kernel(xp: ArrayModule, input: Array, paddings: Array, constant_values: Array) -> Array:
    return _padded(xp, input, paddings, constant_values)


def _pad_v2_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    dx, _ = _pad_gradient(g, op, dy)
    value = op.inputs[2]
    axes = g.Range(0, g.rank(dy), 1)
    # What the padding sees is all that the input does not.
    dvalue = g.Sub(g.Sum(dy, axes), g.Sum(dx, axes)) if value.dtype.is_floating or value.dtype.is_complex else None
    return [dx, None, dvalue]


PAD_V2 = define_op("PadV2", inputs="input: T, paddings: Tpaddings, constant_values: T", outputs="output: T",
                   attrs=f"T: type, Tpaddings: {INDEX} = int32", static_inputs=("paddings",), shape=_pad_v2_shape,
                   kernel=_pad_v2_kernel, gradient=_pad_v2_gradient)


def _mirror_pad_shape(input: TensorShape, paddings: StaticInput, *, mode: str) -> TensorShape:
    value = paddings.value
    if value is not None and input.sizes is not None and len(value) == len(input.sizes):
        for i, (n, row) in enumerate(zip(input.sizes, value, strict=True)):
            if n is not None:
                _check_mirror(i, n, [int(row[0]), int(row[1])], mode)
    return _pad_shape(input, paddings)


def _check_mirror(i: int, n: int, row: list[int], mode: str) -> None:
    room = n if mode == "SYMMETRIC" else n - 1
    if max(row) > max(room, 0):
        limit = "the dimension size" if mode == "SYMMETRIC" else "the dimension size less 1"
        raise ValueError(f"paddings must be no greater than {limit}: {row[0]}, {row[1]} greater than {room} "
                         f"(dimension {i}, mode {mode})")


def _mirror_source(n: int, before: int, after: int, mode: str) -> np.ndarray:
    """Which element of a dimension of `n` each element of the padded one shows."""
    skip = 0 if mode == "SYMMETRIC" else 1
    numbers = np.arange(n)
    head = numbers[skip:skip + before][::-1]
    tail = numbers[n - skip - after:n - skip][::-1]
    return np.concatenate([head, numbers, tail])


def _mirror_pad_kernel(xp: ArrayModule, input: Array, paddings: Array, *, mode: str) -> Array:
    for axis, (before, after) in enumerate(_checked_paddings(input, paddings)):
        if before or after:
            _check_mirror(axis, input.shape[axis], [before, after], mode)
            input = xp.take(input, _mirror_source(input.shape[axis], before, after, mode), axis=axis)
    return input


def _mirror_pad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.MirrorPadGrad(dy, op.inputs[1], mode=op.attributes["mode"]), None]


MIRROR_PAD = define_op("MirrorPad", inputs="input: T, paddings: Tpaddings", outputs="output: T",
                       attrs=f"T: type, Tpaddings: {INDEX} = int32, mode: {{'REFLECT', 'SYMMETRIC'}}",
                       static_inputs=("paddings",), shape=_mirror_pad_shape, kernel=_mirror_pad_kernel,
                       gradient=_mirror_pad_gradient)


def _mirror_pad_grad_shape(input: TensorShape, paddings: StaticInput) -> TensorShape:
    value = paddings.value
    if input.sizes is None or value is None:
        return TensorShape.of(None if input.sizes is None else (None,) * len(input.sizes))
    return TensorShape.of(tuple(None if n is None else n - int(b) - int(a)
                                for n, (b, a) in zip(input.sizes, value, strict=True)))


def _mirror_pad_grad_kernel(xp: ArrayModule, input: Array, paddings: Array, *, mode: str) -> Array:
    """Folds the padding back: first the middle, then what the mirrors showed of it is added."""
    skip = 0 if mode == "SYMMETRIC" else 1
    for axis, (before, after) in enumerate(_checked_paddings(input, paddings)):
        if not (before or after):
            continue
        n = input.shape[axis] - before - after
        lead = (slice(None),) * axis
        result = input[(*lead, slice(before, before + n))]
        for start, count, place in ((0, before, skip), (before + n, after, n - skip - after)):
            if count:
                around = [(0, 0)] * len(input.shape)
                around[axis] = (place, n - place - count)
                mirrored = xp.flip(input[(*lead, slice(start, start + count))], axis)
                result = xp.add(result, xp.pad(mirrored, around))
        input = result
    return input


def _mirror_pad_grad_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.MirrorPad(dy, op.inputs[1], mode=op.attributes["mode"]), None]


MIRROR_PAD_GRAD = define_op("MirrorPadGrad", inputs="input: T, paddings: Tpaddings", outputs="output: T",
                            attrs=f"T: type, Tpaddings: {INDEX} = int32, mode: {{'REFLECT', 'SYMMETRIC'}}",
                            static_inputs=("paddings",), shape=_mirror_pad_grad_shape,
                            kernel=_mirror_pad_grad_kernel, gradient=_mirror_pad_grad_gradient)


def pad(tensor: TensorLike, paddings: TensorLike, mode: str = "CONSTANT", name: str | None = None,
        constant_values: TensorLike = 0) -> Tensor:
    """A tensor with something put around it.

    Args:
      tensor: A tensor.
      paddings: Integers of shape `[rank, 2]`: how much goes before and after each dimension.
      mode: `"CONSTANT"`, `"REFLECT"` (mirrored, the edge not repeated) or `"SYMMETRIC"` (mirrored with the edge).
      name: Name of the node.
      constant_values: The scalar to put around in mode `"CONSTANT"`.

    Raises:
      ValueError: If the mode is unknown or the paddings do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.pad([1, 2, 3], [[2, 1]], "REFLECT")))
      [3 2 1 2 3 2]
    """
    mode = mode.upper()
    if mode == "CONSTANT":
        if isinstance(constant_values, Tensor) or np.any(np.asarray(constant_values) != 0):
            result = PAD_V2(tensor, paddings, constant_values, name=name)
        else:
            result = PAD(tensor, paddings, name=name)
    elif mode in ("REFLECT", "SYMMETRIC"):
        result = MIRROR_PAD(tensor, paddings, mode=mode, name=name)
    else:
        raise ValueError(f"Unknown padding mode: {mode}. Expected CONSTANT, REFLECT or SYMMETRIC.")
    return result
