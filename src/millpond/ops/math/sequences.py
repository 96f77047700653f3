"""Reversing, rolling and masking along a dimension."""

from __future__ import annotations

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import AxisLike, DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import Guard, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.static_values import StaticInput, constant_value
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.constant import constant
from millpond.ops.array.indexing import boolean_mask
from millpond.ops.array.shape import one_of
from millpond.ops.dtype_sets import INDEX
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _reverse_shape(tensor: TensorShape, axis: StaticInput) -> TensorShape:
    shape_rules.with_rank(axis.shape, 1)
    value = axis.value
    if value is not None and tensor.sizes is not None:
        _reverse_axes(value, len(tensor.sizes))
    return tensor


def _reverse_axes(axis: np.ndarray, rank: int) -> tuple[int, ...]:
    axes = tuple(shape_rules.axis_in_range(int(n), rank) for n in axis)
    if len(set(axes)) < len(axes):
        raise ValueError(f"axis {axis.tolist()} specified more than once")
    return axes


def _reverse_kernel(xp: ArrayModule, tensor: Array, axis: Array) -> Array:
    axes = _reverse_axes(axis, len(tensor.shape))
    return xp.flip(tensor, axes) if axes else tensor


def _reverse_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.ReverseV2(dy, op.inputs[1]), None]


_REVERSIBLE = ("{uint8, int8, uint16, int16, int32, uint32, int64, uint64, bool, bfloat16, half, float, double, "
               "complex64, complex128, string}")
REVERSE_V2 = define_op("ReverseV2", inputs="tensor: T, axis: Tidx", outputs="output: T",
                       attrs=f"Tidx: {INDEX} = int32, T: {_REVERSIBLE}", static_inputs=("axis",),
                       shape=_reverse_shape, kernel=_reverse_kernel, gradient=_reverse_gradient)


def _reverse_old_kernel(xp: ArrayModule, tensor: Array, dims: Array) -> Array:
    return _reverse_kernel(xp, tensor, np.nonzero(dims)[0])


def _reverse_old_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.Reverse(dy, op.inputs[1]), None]


# The form of the first releases: a bool for each dimension.
REVERSE = define_op("Reverse", inputs="tensor: T, dims: bool", outputs="output: T", attrs=f"T: {_REVERSIBLE}",
                    static_inputs=("dims",), shape=lambda tensor, dims: tensor, kernel=_reverse_old_kernel,
                    gradient=_reverse_old_gradient)


def reverse(tensor: TensorLike, axis: AxisLike, name: str | None = None) -> Tensor:
    """A tensor with the order of its elements turned around along the dimensions in `axis`.

    A list of bools, one for each dimension, is understood as in the first releases.

    Args:
      tensor: A tensor.
      axis: The dimensions, a list or an integer vector; negative ones count from the end.
      name: Name of the node.

    Raises:
      ValueError: If a dimension is named twice or does not exist.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.reverse([1, 2, 3], [0])))
      [3 2 1]
    """
    if isinstance(axis, (list, tuple)) and axis and all(isinstance(one, (bool, np.bool_)) for one in axis):
        axis = [i for i, turned in enumerate(axis) if turned]
        axis = np.array(axis, np.int32)
    return REVERSE_V2(tensor, axis, name=name)


def _reverse_sequence_shape(input: TensorShape, seq_lengths: TensorShape, *, seq_dim: int,
                            batch_dim: int) -> TensorShape:
    shape_rules.with_rank(seq_lengths, 1)
    if input.sizes is None:
        return input
    seq, batch = (shape_rules.axis_in_range(d, len(input.sizes)) for d in (seq_dim, batch_dim))
    if seq == batch:
        raise ValueError(f"batch_dim == seq_dim == {seq}")
    count = TensorShape.of((input.sizes[batch],)).merge_with(seq_lengths).sizes
    return TensorShape.of((*input.sizes[:batch], count[0], *input.sizes[batch + 1:]))  # type: ignore[index]


def _reverse_sequence_kernel(xp: ArrayModule, input: Array, seq_lengths: Array, *, seq_dim: int,
                             batch_dim: int) -> Array:
    rank = len(input.shape)
    seq, batch = (shape_rules.axis_in_range(d, rank) for d in (seq_dim, batch_dim))
    if seq_lengths.shape != (input.shape[batch],):
        raise ValueError(f"Length of seq_lengths != input.dims({batch}), ({list(seq_lengths.shape)} vs. "
                         f"{input.shape[batch]})")
    steps = np.arange(input.shape[seq], dtype=seq_lengths.dtype)
    lengths = xp.expand_dims(seq_lengths, 1)
    source = xp.where(xp.less(steps, lengths), xp.subtract(xp.subtract(lengths, steps), np.ones((), steps.dtype)),
                      steps)
    if batch > seq:
        source = xp.transpose(source)
    sizes = [1] * rank
    sizes[seq], sizes[batch] = input.shape[seq], input.shape[batch]
    return xp.take_along_axis(input, xp.reshape(source, sizes), axis=seq)


def _lengths_ok(xp: ArrayModule, input: Array, seq_lengths: Array, *, seq_dim: int) -> Array:
    size = input.shape[seq_dim] if -len(input.shape) <= seq_dim < len(input.shape) else np.iinfo(seq_lengths.dtype).max
    return xp.all(xp.logical_and(xp.greater_equal(seq_lengths, 0), xp.less_equal(seq_lengths, size)))


def _lengths_message(input: Array, seq_lengths: Array, *, seq_dim: int) -> str:
    size = input.shape[seq_dim]
    i = int(np.nonzero((seq_lengths < 0) | (seq_lengths > size))[0][0])
    if seq_lengths[i] < 0:
        return f"seq_lens({i}) < 0"
    return f"seq_lens({i}) > input.dims({seq_dim})"


def _reverse_sequence_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.ReverseSequence(dy, op.inputs[1], seq_dim=op.attributes["seq_dim"],
                              batch_dim=op.attributes["batch_dim"]), None]


REVERSE_SEQUENCE = define_op(
    "ReverseSequence", inputs="input: T, seq_lengths: Tlen", outputs="output: T",
    attrs=f"seq_dim: int, batch_dim: int = 0, T: type, Tlen: {INDEX} = int64", shape=_reverse_sequence_shape,
    kernel=_reverse_sequence_kernel, gradient=_reverse_sequence_gradient,
    guard=Guard(_lengths_ok, _lengths_message, ("seq_lengths",), InvalidArgumentError))


def reverse_sequence(input: TensorLike, seq_lengths: TensorLike, seq_axis: int | None = None,
                     batch_axis: int | None = None, name: str | None = None, seq_dim: int | None = None,
                     batch_dim: int | None = None) -> Tensor:
    """Reverses the first `seq_lengths[i]` elements of each sequence of a batch; what follows them stays.

    Args:
      input: A tensor.
      seq_lengths: An integer for each sequence, at most the size of `seq_axis`.
      seq_axis: The dimension along which the sequences lie.
      batch_axis: The dimension that numbers the sequences, 0 by default.
      name: Name of the node.
      seq_dim, batch_dim: Older names of `seq_axis` and `batch_axis`.

    Raises:
      ValueError: If `seq_axis` is not given, or a dimension is given under both names or does not exist.
      tf.errors.InvalidArgumentError: At run time, if a length is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.reverse_sequence([[1, 2, 3]], [2], seq_axis=1)))
      [[2 1 3]]
    """
    seq = one_of(seq_axis=seq_axis, seq_dim=seq_dim)
    if seq is None:
        raise ValueError("tf.reverse_sequence needs seq_axis")
    return REVERSE_SEQUENCE(input, seq_lengths, seq_dim=seq,
                            batch_dim=one_of(batch_axis=batch_axis, batch_dim=batch_dim) or 0, name=name)


def _roll_shape(input: TensorShape, shift: TensorShape, axis: StaticInput) -> TensorShape:
    if input.ndims == 0:
        raise ValueError("Shape must be at least rank 1 but is rank 0: a scalar cannot be rolled")
    for one in (shift, axis.shape):
        if one.ndims is not None and one.ndims > 1:
            raise ValueError(f"shift and axis must be scalars or vectors, got shape {one}")
    amounts, axes = shift.num_elements(), axis.shape.num_elements()
    if amounts is not None and axes is not None and amounts != axes:
        raise ValueError(f"shift and axis must have the same size, got shapes {shift} and {axis.shape}")
    return input


def _roll_kernel(xp: ArrayModule, input: Array, shift: Array, axis: Array) -> Array:
    axes = [int(n) for n in np.ravel(axis)]
    amounts = xp.reshape(shift, (-1,))
    if amounts.shape[0] != len(axes):
        raise ValueError(f"shift and axis must have the same size: {amounts.shape[0]} and {len(axes)}")
    for i, one in enumerate(axes):
        position = shape_rules.axis_in_range(one, len(input.shape))
        size = input.shape[position]
        if size:
            source = xp.remainder(xp.subtract(np.arange(size, dtype=amounts.dtype), amounts[i]),
                                  np.asarray(size, amounts.dtype))
            input = xp.take(input, source, axis=position, mode="clip")
    return input


def _roll_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.Roll(dy, g.Neg(op.inputs[1]), op.inputs[2]), None, None]


ROLL = define_op("Roll", inputs="input: T, shift: Tshift, axis: Taxis", outputs="output: T",
                 attrs=f"T: type, Tshift: {INDEX}, Taxis: {INDEX}", static_inputs=("axis",), shape=_roll_shape,
                 kernel=_roll_kernel, gradient=_roll_gradient)


def roll(input: TensorLike, shift: TensorLike, axis: AxisLike, name: str | None = None) -> Tensor:
    """Shifts elements along dimensions; what leaves at one end comes back at the other.

    Args:
      input: A tensor.
      shift: By how many places, an integer, or one for each of `axis`; negative ones shift to the front.
      axis: The dimension, or a list of them; negative ones count from the end.
      name: Name of the node.

    Raises:
      tf.errors.InvalidArgumentError: At run time, if `shift` and `axis` have different shapes, or a dimension is out of
        range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.roll([1, 2, 3], 1, 0)))
      [3 1 2]
    """
    return ROLL(input, shift, axis, name=name)


def sequence_mask(lengths: TensorLike, maxlen: TensorLike | None = None, dtype: DTypeLike = dtypes.bool,
                  name: str | None = None) -> Tensor:
    """For each length a vector that is true in its first so many places.

    Args:
      lengths: An integer tensor.
      maxlen: The size of the new last dimension; the largest length by default.
      dtype: The dtype of the result.
      name: Name scope.

    Raises:
      ValueError: If `maxlen` is no scalar.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sequence_mask([1, 2], 3, tf.int32)))
      [[1 0 0]
       [1 1 0]]
    """
    with name_scope(name, "SequenceMask", [lengths, maxlen]):
        lengths = convert_to_tensor(lengths)
        if maxlen is None:
            axes = np.arange(lengths.shape.ndims, dtype=np.int32) if lengths.shape.ndims is not None else \
                lookup("Range")(0, lookup("Rank")(lengths), 1)
            most = lookup("Max")(lengths, convert_to_tensor(axes))
            maxlen = lookup("Maximum")(constant(0, most.dtype.base_dtype), most)
        else:
            maxlen = convert_to_tensor(maxlen)
        if maxlen.shape.ndims not in (None, 0):
            raise ValueError("maxlen must be scalar for sequence_mask")
        kind = maxlen.dtype.base_dtype
        numbers = lookup("Range")(constant(0, kind), maxlen, constant(1, kind))
        column = lookup("ExpandDims")(lengths, -1)
        # TensorFlow casts always, which leaves a node even where the dtypes agree.
        mask = lookup("Less")(numbers, lookup("Cast")(column, DstT=kind))
        wanted = dtypes.as_dtype(dtype).base_dtype
        return mask if wanted is dtypes.bool else lookup("Cast")(mask, DstT=wanted)


def repeat(input: TensorLike, repeats: TensorLike, axis: int | None = None, name: str | None = None) -> Tensor:
    """Repeats each element along a dimension.

    Args:
      input: A tensor.
      repeats: How often: a scalar, or a vector with a number for each element.
      axis: The dimension; by default `input` is flattened first.
      name: Name scope.

    Raises:
      ValueError: If the rank of `input` is not known and an axis is given.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.repeat([1, 2], [2, 1])))
      [1 1 2]
    """
    reshape, concatenate = lookup("Reshape"), lookup("ConcatV2")
    with name_scope(name, "Repeat", [input, repeats]):
        data = convert_to_tensor(input, name="input")
        counts = convert_to_tensor(repeats, dtype_hint=dtypes.int32, name="repeats")
        counts = counts if counts.dtype.base_dtype is dtypes.int32 else lookup("Cast")(counts, DstT=dtypes.int32)
        if axis is None:
            data, axis = reshape(data, [-1]), 0
        if data.shape.ndims is None:
            raise ValueError("tf.repeat along an axis needs the rank of its input")
        if counts.shape.ndims is None:
            raise ValueError("tf.repeat needs the rank of repeats: a scalar or a vector")
        axis = shape_rules.axis_in_range(axis, data.shape.ndims)
        shape = lookup("Shape")(data)
        before, after = shape[:axis], shape[axis + 1:]
        wide = lookup("ExpandDims")(data, axis + 1)
        lead = [1] * (axis + 1)
        rest = [1] * (data.shape.ndims - axis - 1)
        if counts.shape.ndims == 0 or counts.shape.sizes == (1,):
            once = reshape(counts, [1])
            tiled = lookup("Tile")(wide, concatenate([lead, once, rest], 0) if rest else concatenate([lead, once], 0))
            result = reshape(tiled, concatenate([before, [-1], after], 0))
            known = constant_value(counts)
            size = data.shape.sizes[axis]  # type: ignore[index]
            total = None if known is None or size is None else size * int(np.ravel(known)[0])
        else:
            mask = sequence_mask(counts)
            most = lookup("Shape")(mask)[1:2]
            tiled = lookup("Tile")(wide, concatenate([lead, most, rest], 0) if rest else concatenate([lead, most], 0))
            result, total = boolean_mask(tiled, mask, axis=axis), None
        sizes = list(data.shape.sizes)  # type: ignore[arg-type]
        result.set_shape([*sizes[:axis], total, *sizes[axis + 1:]])
        return result
