"""Blocks of space moved into the batch or the depth, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.static_values import StaticInput, constant_value
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.constant import constant
from millpond.ops.dtype_sets import INDEX
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _block_product(block: np.ndarray) -> int:
    if np.any(block < 1):
        raise ValueError(f"block_shape must be positive, got {block.tolist()}")
    return int(np.prod(block, dtype=np.int64))


def _spaces(block: StaticInput, amounts: StaticInput, input: TensorShape) -> tuple[Any, Any, int | None]:
    """Block and paddings as far as they are known, and the number of dimensions that they speak of."""
    count = next((s.shape.sizes[0] for s in (block, amounts) if s.shape.sizes), None)
    if count is not None and input.sizes is not None and len(input.sizes) < count + 1:
        raise ValueError(f"input rank must be >= {count + 1} instead of {len(input.sizes)}")
    return block.value, amounts.value, count


def _space_to_batch_nd_shape(input: TensorShape, block_shape: StaticInput, paddings: StaticInput) -> TensorShape:
    block, around, count = _spaces(block_shape, paddings, input)
    if input.sizes is None or count is None:
        return shape_rules.UNKNOWN
    if block is None or around is None:
        return TensorShape.of((None,) * (count + 1) + input.sizes[count + 1:])
    return TensorShape.of(_space_to_batch_sizes(input.sizes, block, around))


def _space_to_batch_sizes(sizes: tuple[Any, ...], block: np.ndarray, around: np.ndarray) -> tuple[Any, ...]:
    count = block.size
    result = [None if sizes[0] is None else sizes[0] * _block_product(block)]
    for size, b, (before, after) in zip(sizes[1:count + 1], block.tolist(), around.tolist(), strict=True):
        if before < 0 or after < 0:
            raise ValueError(f"paddings must be non-negative, got {around.tolist()}")
        padded = None if size is None else size + before + after
        if padded is not None and padded % b:
            raise ValueError(f"padded_shape {padded} is not divisible by block_shape {b}")
        result.append(None if padded is None else padded // b)
    return (*result, *sizes[count + 1:])


def _space_to_batch_nd_kernel(xp: ArrayModule, input: Array, block_shape: Array, paddings: Array) -> Array:
    count = block_shape.size
    if count == 0:
        return input
    output = _space_to_batch_sizes(tuple(input.shape), block_shape, paddings)
    block = block_shape.tolist()
    rest = input.shape[count + 1:]
    around = [(0, 0), *((int(b), int(a)) for b, a in paddings), *[(0, 0)] * len(rest)]
    padded = xp.pad(input, around)
    cut = xp.reshape(padded, (input.shape[0], *(n for pair in zip(output[1:count + 1], block, strict=True)
                                                for n in pair), *rest))
    order = [*range(2, 2 * count + 1, 2), 0, *range(1, 2 * count, 2), *range(2 * count + 1, len(cut.shape))]
    return xp.reshape(xp.transpose(cut, order), output)


def _space_to_batch_nd_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.BatchToSpaceND(dy, op.inputs[1], op.inputs[2]), None, None]


SPACE_TO_BATCH_ND = define_op(
    "SpaceToBatchND", inputs="input: T, block_shape: Tblock_shape, paddings: Tpaddings", outputs="output: T",
    attrs=f"T: type, Tblock_shape: {INDEX} = int32, Tpaddings: {INDEX} = int32",
    static_inputs=("block_shape", "paddings"), shape=_space_to_batch_nd_shape, kernel=_space_to_batch_nd_kernel,
    gradient=_space_to_batch_nd_gradient)


def space_to_batch_nd(input: TensorLike, block_shape: TensorLike, paddings: TensorLike,
                      name: str | None = None) -> Tensor:
    """Cuts space into blocks of which each place becomes a batch of its own.

    Args:
      input: `[batch, space..., rest...]`.
      block_shape: The size of a block in each of the space dimensions.
      paddings: `[space dimensions, 2]`: zeros put before and after, so that the blocks divide the sizes.
      name: Name of the node.

    Returns:
      `[batch * prod(block_shape), padded space / block..., rest...]`.

    Raises:
      ValueError: If the blocks do not divide the padded sizes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.space_to_batch_nd(tf.zeros([1, 4, 6, 3]), [2, 2], [[0, 0], [0, 0]]).shape)
      (4, 2, 3, 3)
    """
    return SPACE_TO_BATCH_ND(input, block_shape, paddings, name=name)


def _square_block(block_size: Any) -> np.ndarray:
    return np.array([block_size, block_size], np.int64)


def space_to_batch(input: TensorLike, paddings: TensorLike, block_size: int | None = None, name: str | None = None,
                   block_shape: TensorLike | None = None) -> Tensor:
    """`tf.space_to_batch_nd` for images, with square blocks of `block_size`.

    Args:
      input: `[batch, height, width, channels]`.
      paddings: `[2, 2]`: zeros put before and after each space dimension.
      block_size: The size of a block.
      name: Name of the node.
      block_shape: The size of a block in each dimension, in place of `block_size`.

    Returns:
      `[batch * block_size ** 2, padded height / block_size, padded width / block_size, channels]`.

    Raises:
      ValueError: If the blocks do not divide the padded sizes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.space_to_batch(tf.zeros([1, 4, 6, 1]), [[0, 0], [0, 0]], block_size=2).shape)
      (4, 2, 3, 1)
    """
    block = _square_block(block_size) if block_shape is None else block_shape
    result = SPACE_TO_BATCH_ND(input, block, paddings, name=name)
    result.set_shape(result.shape.with_rank(4) if block_shape is None else result.shape)
    return result


def _batch_to_space_sizes(sizes: tuple[Any, ...], block: np.ndarray, crops: np.ndarray) -> tuple[Any, ...]:
    count, product = block.size, _block_product(block)
    if sizes[0] is not None and sizes[0] % product:
        raise ValueError(f"Input batch dimension ({sizes[0]}) is not divisible by product of block sizes ({product})")
    result = [None if sizes[0] is None else sizes[0] // product]
    for size, b, (before, after) in zip(sizes[1:count + 1], block.tolist(), crops.tolist(), strict=True):
        if before < 0 or after < 0:
            raise ValueError(f"crops must be non-negative, got {crops.tolist()}")
        left = None if size is None else size * b - before - after
        if left is not None and left < 0:
            raise ValueError(f"cropped size must be non-negative: {size} * {b} - {before} - {after}")
        result.append(left)
    return (*result, *sizes[count + 1:])


def _batch_to_space_nd_shape(input: TensorShape, block_shape: StaticInput, crops: StaticInput) -> TensorShape:
    block, cut, count = _spaces(block_shape, crops, input)
    if input.sizes is None or count is None:
        return shape_rules.UNKNOWN
    if block is None or cut is None:
        return TensorShape.of((None,) * (count + 1) + input.sizes[count + 1:])
    return TensorShape.of(_batch_to_space_sizes(input.sizes, block, cut))


def _batch_to_space_nd_kernel(xp: ArrayModule, input: Array, block_shape: Array, crops: Array) -> Array:
    count = block_shape.size
    if count == 0:
        return input
    output = _batch_to_space_sizes(tuple(input.shape), block_shape, crops)
    block, space, rest = block_shape.tolist(), input.shape[1:count + 1], input.shape[count + 1:]
    apart = xp.reshape(input, (*block, output[0], *space, *rest))
    order = [count, *(n for i in range(count) for n in (count + 1 + i, i)), *range(2 * count + 1, len(apart.shape))]
    joined = xp.reshape(xp.transpose(apart, order), (output[0], *(n * b for n, b in zip(space, block, strict=True)),
                                                     *rest))
    return joined[(slice(None), *(slice(int(before), int(before) + size) for (before, _), size in
                                  zip(crops, output[1:count + 1], strict=True)))]


def _batch_to_space_nd_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.SpaceToBatchND(dy, op.inputs[1], op.inputs[2]), None, None]


BATCH_TO_SPACE_ND = define_op(
    "BatchToSpaceND", inputs="input: T, block_shape: Tblock_shape, crops: Tcrops", outputs="output: T",
    attrs=f"T: type, Tblock_shape: {INDEX} = int32, Tcrops: {INDEX} = int32",
    static_inputs=("block_shape", "crops"), shape=_batch_to_space_nd_shape, kernel=_batch_to_space_nd_kernel,
    gradient=_batch_to_space_nd_gradient)


def batch_to_space_nd(input: TensorLike, block_shape: TensorLike, crops: TensorLike, name: str | None = None) -> Tensor:
    """The opposite of `tf.space_to_batch_nd`; `crops` are cut off in place of the paddings.

    Args:
      input: `[batch * prod(block_shape), space..., rest...]`.
      block_shape: The size of a block in each of the space dimensions.
      crops: `[space dimensions, 2]`: how much to cut off before and after.
      name: Name of the node.

    Returns:
      `[batch, space * block - crops..., rest...]`.

    Raises:
      ValueError: If the blocks do not divide the batch, or more is cut off than there is.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.batch_to_space_nd(tf.zeros([4, 2, 3, 1]), [2, 2], [[0, 0], [0, 1]]).shape)
      (1, 4, 5, 1)
    """
    return BATCH_TO_SPACE_ND(input, block_shape, crops, name=name)


def batch_to_space(input: TensorLike, crops: TensorLike, block_size: int, name: str | None = None,
                   block_shape: TensorLike | None = None) -> Tensor:
    """`tf.batch_to_space_nd` for images, with square blocks of `block_size`.

    Args:
      input: `[batch * block_size ** 2, height, width, channels]`.
      crops: `[2, 2]`: how much to cut off before and after each space dimension.
      block_size: The size of a block.
      name: Name of the node.
      block_shape: The size of a block in each dimension, in place of `block_size`.

    Returns:
      `[batch, height * block_size - crops, width * block_size - crops, channels]`.

    Raises:
      ValueError: If the blocks do not divide the batch, or more is cut off than there is.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.batch_to_space(tf.zeros([4, 2, 3, 1]), [[0, 0], [0, 0]], block_size=2).shape)
      (1, 4, 6, 1)
    """
    block = _square_block(block_size) if block_shape is None else block_shape
    return BATCH_TO_SPACE_ND(input, block, crops, name=name)


# The forms of the first releases, for their graphs: images and square blocks only.


def _square_space_to_batch_kernel(xp: ArrayModule, input: Array, paddings: Array, *, block_size: int) -> Array:
    return _space_to_batch_nd_kernel(xp, input, _square_block(block_size), paddings)


def _square_space_to_batch_shape(input: TensorShape, paddings: StaticInput, *, block_size: int) -> TensorShape:
    sizes, around = shape_rules.with_rank(input, 4).sizes, paddings.value
    assert sizes is not None
    if around is None:
        return TensorShape.of((None, None, None, sizes[3]))
    return TensorShape.of(_space_to_batch_sizes(sizes, _square_block(block_size), around))


def _square_batch_to_space_shape(input: TensorShape, crops: StaticInput, *, block_size: int) -> TensorShape:
    sizes, cut = shape_rules.with_rank(input, 4).sizes, crops.value
    assert sizes is not None
    if cut is None:
        return TensorShape.of((None, None, None, sizes[3]))
    return TensorShape.of(_batch_to_space_sizes(sizes, _square_block(block_size), cut))


def _square_batch_to_space_kernel(xp: ArrayModule, input: Array, crops: Array, *, block_size: int) -> Array:
    return _batch_to_space_nd_kernel(xp, input, _square_block(block_size), crops)


def _square_space_to_batch_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.BatchToSpace(dy, op.inputs[1], block_size=op.attributes["block_size"]), None]


def _square_batch_to_space_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.SpaceToBatch(dy, op.inputs[1], block_size=op.attributes["block_size"]), None]


SPACE_TO_BATCH = define_op("SpaceToBatch", inputs="input: T, paddings: Tpaddings", outputs="output: T",
                           attrs=f"T: type, Tpaddings: {INDEX} = int32, block_size: int >= 2",
                           static_inputs=("paddings",), shape=_square_space_to_batch_shape,
                           kernel=_square_space_to_batch_kernel, gradient=_square_space_to_batch_gradient)
BATCH_TO_SPACE = define_op("BatchToSpace", inputs="input: T, crops: Tidx", outputs="output: T",
                           attrs=f"T: type, block_size: int >= 2, Tidx: {INDEX} = int32", static_inputs=("crops",),
                           shape=_square_batch_to_space_shape, kernel=_square_batch_to_space_kernel,
                           gradient=_square_batch_to_space_gradient)


def required_space_to_batch_paddings(input_shape: TensorLike, block_shape: TensorLike,
                                     base_paddings: TensorLike | None = None,
                                     name: str | None = None) -> tuple[Tensor, Tensor]:
    """Paddings that make blocks divide a space, and the crops that undo them.

    Args:
      input_shape: The sizes of the space dimensions.
      block_shape: The size of a block in each.
      base_paddings: The least paddings, `[dimensions, 2]`; zeros by default.
      name: Name scope.

    Returns:
      `(paddings, crops)`, each int32 `[dimensions, 2]`.

    Raises:
      ValueError: If the length of `block_shape` is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.required_space_to_batch_paddings([5], [2])[0]))
      [[0 1]]
    """
    pack = lookup("Pack")
    with name_scope(name, "required_space_to_batch_paddings", [input_shape, block_shape]):
        sizes = convert_to_tensor(input_shape, dtype=dtypes.int32, name="input_shape")
        block = convert_to_tensor(block_shape, dtype=dtypes.int32, name="block_shape")
        count = block.shape.with_rank(1).sizes[0]  # type: ignore[index]
        if count is None:
            raise ValueError("block_shape must be fully defined: its length is not known")
        base = constant(np.zeros((count, 2), np.int32), name="zeros") if base_paddings is None else \
            convert_to_tensor(base_paddings, dtype=dtypes.int32, name="base_paddings")
        size, b, around = (constant_value(t) for t in (sizes, block, base))
        if size is not None and b is not None and around is not None:
            start = around[:, 0]
            extra = (b - (size + around.sum(axis=1)) % b) % b
            zeros = np.zeros(count, np.int32)
            paddings = np.stack([start, around[:, 1] + extra], axis=1).astype(np.int32)
            crops = np.stack([zeros, extra], axis=1).astype(np.int32)
            return constant(paddings, name="paddings"), constant(crops, name="crops")
        start, end = lookup("Unpack")(base, num=2, axis=1)
        whole = lookup("AddV2")(lookup("AddV2")(sizes, start), end)
        extra = lookup("FloorMod")(lookup("Sub")(block, lookup("FloorMod")(whole, block)), block)
        last = lookup("AddV2")(end, extra)
        zeros = lookup("ZerosLike")(extra)
        return pack([start, last], axis=1, name="paddings"), pack([zeros, extra], axis=1, name="crops")


# --- depth


def _layout(data_format: str) -> tuple[int, int]:
    """Positions of the height and of the depth."""
    if data_format == "NCHW_VECT_C":
        raise NotImplementedError("data_format NCHW_VECT_C (int8 vectors) is not supported; use NHWC or NCHW")
    return (1, 3) if data_format == "NHWC" else (2, 1)


def _blocks_shape(input: TensorShape, block_size: int, data_format: str, to_depth: bool) -> TensorShape:
    sizes = list(shape_rules.with_rank(input, 4).sizes or ())
    height, depth = _layout(data_format)
    for axis in (height, height + 1):
        if sizes[axis] is not None:
            if to_depth and sizes[axis] % block_size:  # type: ignore[operator]
                raise ValueError(f"Dimension size must be evenly divisible by {block_size} but is {sizes[axis]}")
            sizes[axis] = sizes[axis] // block_size if to_depth else sizes[axis] * block_size  # type: ignore
    if sizes[depth] is not None:
        area = block_size * block_size
        if not to_depth and sizes[depth] % area:  # type: ignore[operator]
            raise ValueError(f"Dimension size must be evenly divisible by {area} but is {sizes[depth]}")
        sizes[depth] = sizes[depth] * area if to_depth else sizes[depth] // area  # type: ignore[operator]
    return TensorShape.of(tuple(sizes))


def _space_to_depth_shape(input: TensorShape, *, block_size: int, data_format: str) -> TensorShape:
    return _blocks_shape(input, block_size, data_format, True)


def _space_to_depth_kernel(xp: ArrayModule, input: Array, *, block_size: int, data_format: str) -> Array:
    _space_to_depth_shape(TensorShape.of(tuple(input.shape)), block_size=block_size, data_format=data_format)
    if data_format == "NCHW":
        n, c, h, w = input.shape
        cut = xp.reshape(input, (n, c, h // block_size, block_size, w // block_size, block_size))
        return xp.reshape(xp.transpose(cut, (0, 3, 5, 1, 2, 4)),
                          (n, c * block_size**2, h // block_size, w // block_size))
    n, h, w, c = input.shape
    cut = xp.reshape(input, (n, h // block_size, block_size, w // block_size, block_size, c))
    return xp.reshape(xp.transpose(cut, (0, 1, 3, 2, 4, 5)), (n, h // block_size, w // block_size, c * block_size**2))


def _space_to_depth_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.DepthToSpace(dy, block_size=op.attributes["block_size"], data_format=op.attributes["data_format"])


_FORMAT = "data_format: {'NHWC', 'NCHW', 'NCHW_VECT_C'} = 'NHWC'"
SPACE_TO_DEPTH = define_op("SpaceToDepth", inputs="input: T", outputs="output: T",
                           attrs=f"T: type, block_size: int >= 2, {_FORMAT}", shape=_space_to_depth_shape,
                           kernel=_space_to_depth_kernel, gradient=_space_to_depth_gradient)


def space_to_depth(input: TensorLike, block_size: int, name: str | None = None, data_format: str = "NHWC") -> Tensor:
    """Moves square blocks of an image into its channels.

    Args:
      input: `[batch, height, width, channels]` (`[batch, channels, height, width]` for `"NCHW"`).
      block_size: The size of a block, which must divide height and width.
      name: Name of the node.
      data_format: `"NHWC"` or `"NCHW"`.

    Returns:
      `[batch, height / block_size, width / block_size, channels * block_size ** 2]`.

    Raises:
      ValueError: If the blocks do not divide height and width, or the format is another.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.space_to_depth([[[[1], [2]], [[3], [4]]]], 2)))
      [[[[1 2 3 4]]]]
    """
    return SPACE_TO_DEPTH(input, block_size=block_size, data_format=data_format, name=name)


def _depth_to_space_shape(input: TensorShape, *, block_size: int, data_format: str) -> TensorShape:
    return _blocks_shape(input, block_size, data_format, False)


def _depth_to_space_kernel(xp: ArrayModule, input: Array, *, block_size: int, data_format: str) -> Array:
    _depth_to_space_shape(TensorShape.of(tuple(input.shape)), block_size=block_size, data_format=data_format)
    if data_format == "NCHW":
        n, c, h, w = input.shape
        cut = xp.reshape(input, (n, block_size, block_size, c // block_size**2, h, w))
        return xp.reshape(xp.transpose(cut, (0, 3, 4, 1, 5, 2)), (n, c // block_size**2, h * block_size,
                                                                  w * block_size))
    n, h, w, c = input.shape
    cut = xp.reshape(input, (n, h, w, block_size, block_size, c // block_size**2))
    return xp.reshape(xp.transpose(cut, (0, 1, 3, 2, 4, 5)), (n, h * block_size, w * block_size, c // block_size**2))


def _depth_to_space_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return g.SpaceToDepth(dy, block_size=op.attributes["block_size"], data_format=op.attributes["data_format"])


DEPTH_TO_SPACE = define_op("DepthToSpace", inputs="input: T", outputs="output: T",
                           attrs=f"T: type, block_size: int >= 2, {_FORMAT}", shape=_depth_to_space_shape,
                           kernel=_depth_to_space_kernel, gradient=_depth_to_space_gradient)


def depth_to_space(input: TensorLike, block_size: int, name: str | None = None, data_format: str = "NHWC") -> Tensor:
    """Moves channels into square blocks of an image: the opposite of `tf.space_to_depth`.

    Args:
      input: `[batch, height, width, channels]` (`[batch, channels, height, width]` for `"NCHW"`).
      block_size: The size of a block, whose square must divide the channels.
      name: Name of the node.
      data_format: `"NHWC"` or `"NCHW"`.

    Returns:
      `[batch, height * block_size, width * block_size, channels / block_size ** 2]`.

    Raises:
      ValueError: If the square of `block_size` does not divide the channels, or the format is another.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.depth_to_space([[[[1, 2, 3, 4]]]], 2)[0, :, :, 0]))
      [[1 2]
       [3 4]]
    """
    return DEPTH_TO_SPACE(input, block_size=block_size, data_format=data_format, name=name)
