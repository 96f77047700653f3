"""The shape of a tensor: asking for it (`Shape`, `Size`, `Rank`) and changing it (`Reshape`, `Squeeze`, ...)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, ShapeLike, ShapeTensorLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Entries, ValueOf
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.constant import constant
from millpond.ops.dtype_sets import INDEX
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _shape_shape(input: TensorShape) -> TensorShape:
    return TensorShape.of((input.ndims,))


def _shape_kernel(xp: ArrayModule, input: Array, *, out_type: DType) -> Array:
    return np.array(input.shape, out_type.np_dtype)


def _shape_shape_value(op: Operation, value_of: ValueOf) -> Entries | None:
    sizes = op.inputs[0]._shape.sizes
    return None if sizes is None else list(sizes)


SHAPE = define_op("Shape", inputs="input: T", outputs="output: out_type", attrs=f"T: type, out_type: {INDEX} = int32",
                  shape=_shape_shape, kernel=_shape_kernel, gradient=NOT_DIFFERENTIABLE, reads_shape_only=True,
                  shape_value=_shape_shape_value)


def shape(input: TensorLike, name: str | None = None, out_type: DTypeLike = dtypes.int32,
          optimize: bool = True) -> Tensor:
    """The shape of a tensor, as a vector of `out_type`.

    Where the shape is known while building, the result is a constant (unless `optimize` is False).

    Args:
      input: A tensor, or a `SparseTensor` or `IndexedSlices`, of which the dense shape is given.
      name: Name of the scope of the nodes.
      out_type: int32 or int64.
      optimize: Whether a shape that is known while building gives a constant.

    Raises:
      TypeError: If `out_type` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32, [None, 3])
      ...     print(sess.run(tf.shape(x), {x: [[1.0, 2.0, 3.0]]}))
      [1 3]
    """
    out_type = dtypes.as_dtype(out_type)
    dense_shape = getattr(input, "dense_shape", None)
    with name_scope(name, "Shape", [input]) as scope:
        if dense_shape is not None:  # a SparseTensor or IndexedSlices
            return _cast_to(dense_shape, out_type)
        input = convert_to_tensor(input, name="input")
        if optimize and input.shape.is_fully_defined():
            return constant(input.shape.as_list(), out_type, name=scope)
        return SHAPE(input, out_type=out_type, name=scope)


def _cast_to(x: Tensor, dtype: dtypes.DType) -> Tensor:
    return x if x.dtype.base_dtype is dtype else lookup("Cast")(x, DstT=dtype)


def _shape_n_shape(input: list[TensorShape]) -> tuple[TensorShape, ...]:
    return tuple(TensorShape.of((one.ndims,)) for one in input)


def _shape_n_kernel(xp: ArrayModule, input: Sequence[Array], *, out_type: DType) -> list[Array]:
    return [np.array(one.shape, out_type.np_dtype) for one in input]


def _shape_n_shape_value(op: Operation, value_of: ValueOf) -> list[Entries | None]:
    return [None if t._shape.sizes is None else list(t._shape.sizes) for t in op.inputs]


SHAPE_N = define_op("ShapeN", inputs="input: N * T", outputs="output: N * out_type",
                    attrs=f"N: int >= 1, T: type, out_type: {INDEX} = int32", shape=_shape_n_shape,
                    kernel=_shape_n_kernel, gradient=NOT_DIFFERENTIABLE, reads_shape_only=True,
                    shape_value=_shape_n_shape_value)


def shape_n(input: Sequence[TensorLike], out_type: DTypeLike = dtypes.int32, name: str | None = None) -> list[Tensor]:
    """The shapes of several tensors of one dtype.

    Args:
      input: A list of tensors.
      out_type: int32 or int64.
      name: Name of the node.

    Raises:
      TypeError: If the tensors have different dtypes, or `input` is no list.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.shape_n([[1, 2], [[3, 4]]])))
      [array([2], dtype=int32), array([1, 2], dtype=int32)]
    """
    return SHAPE_N(input, out_type=dtypes.as_dtype(out_type), name=name)


def _size_kernel(xp: ArrayModule, input: Array, *, out_type: DType) -> Array:
    return np.array(np.prod(input.shape, dtype=np.int64), out_type.np_dtype)


SIZE = define_op("Size", inputs="input: T", outputs="output: out_type", attrs=f"T: type, out_type: {INDEX} = int32",
                 shape=shape_rules.scalar, kernel=_size_kernel, gradient=NOT_DIFFERENTIABLE, reads_shape_only=True)


def size(input: TensorLike, name: str | None = None, out_type: DTypeLike = dtypes.int32) -> Tensor:
    """The number of elements of a tensor, a scalar of `out_type`.

    Args:
      input: A tensor, or a `SparseTensor` or `IndexedSlices`, of which the dense size is given.
      name: Name of the scope of the nodes.
      out_type: int32 or int64.

    Raises:
      TypeError: If `out_type` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.size([[1, 2], [3, 4]])))
      4
    """
    out_type = dtypes.as_dtype(out_type)
    dense_shape = getattr(input, "dense_shape", None)
    with name_scope(name, "Size", [input]) as scope:
        if dense_shape is not None:
            return lookup("Prod")(_cast_to(dense_shape, out_type), 0, name=scope)
        input = convert_to_tensor(input, name="input")
        if input.shape.is_fully_defined():
            return constant(input.shape.num_elements(), out_type, name=scope)
        return SIZE(input, out_type=out_type, name=scope)


def _rank_kernel(xp: ArrayModule, input: Array) -> Array:
    return np.array(len(input.shape), np.int32)


def _rank_shape_value(op: Operation, value_of: ValueOf) -> Entries | None:
    rank = op.inputs[0]._shape.ndims
    return None if rank is None else [rank]


RANK = define_op("Rank", inputs="input: T", outputs="output: int32", attrs="T: type", shape=shape_rules.scalar,
                 kernel=_rank_kernel, gradient=NOT_DIFFERENTIABLE, reads_shape_only=True,
                 shape_value=_rank_shape_value)


def rank(input: TensorLike, name: str | None = None) -> Tensor:
    """The number of dimensions of a tensor, an int32 scalar (not the rank of a matrix)."""
    dense_shape = getattr(input, "dense_shape", None)
    with name_scope(name, "Rank", [input]) as scope:
        if dense_shape is not None:
            return SIZE(dense_shape, name=scope)
        input = convert_to_tensor(input, name="input")
        if input.shape.ndims is not None:
            return constant(input.shape.ndims, dtypes.int32, name=scope)
        return RANK(input, name=scope)


def _reshape_shape(tensor: TensorShape, shape: StaticInput) -> TensorShape:
    if shape.shape.ndims not in (None, 1):
        raise ValueError(f"Shape must be rank 1 but is rank {shape.shape.ndims}: the shape of tf.reshape is a vector")
    wanted = shape.as_shape()
    # One size of 0 tells that there are no elements, whatever the others are.
    count = 0 if tensor.sizes is not None and 0 in tensor.sizes else tensor.num_elements()
    if wanted.sizes is None or count is None:
        return wanted
    unknown = wanted.sizes.count(None)
    known = int(np.prod([n for n in wanted.sizes if n is not None], dtype=np.int64))
    if unknown == 0 and known != count:
        raise ValueError(f"Cannot reshape a tensor with {count} elements to shape {wanted} ({known} elements)")
    if unknown != 1 or known == 0:
        return wanted
    if count % known:
        raise ValueError(f"Dimension size must be evenly divisible by {known} but is {count}: cannot reshape a tensor "
                         f"with {count} elements to shape {wanted}")
    return TensorShape.of(tuple(count // known if n is None else n for n in wanted.sizes))


def _reshape_kernel(xp: ArrayModule, tensor: Array, shape: Array) -> Array:
    return xp.reshape(tensor, resolved_shape(tensor, shape))


def resolved_shape(tensor: Any, shape: np.ndarray) -> tuple[int, ...]:
    """`shape` with its -1 worked out.

    Raises:
      ValueError: If `tensor` does not have as many elements as the shape.
    """
    if shape.ndim != 1:
        raise ValueError(f"sizes input must be 1-D, not {list(shape.shape)}")
    sizes = [int(n) for n in shape]
    count = int(np.prod(tensor.shape, dtype=np.int64))
    if sizes.count(-1) > 1:
        raise ValueError(f"Only one input size may be -1, not both {sizes.index(-1)} and "
                         f"{sizes.index(-1, sizes.index(-1) + 1)}")
    for i, n in enumerate(sizes):
        if n < -1:
            raise ValueError(f"Size {i} must be non-negative, not {n}")
    if -1 in sizes:
        known = int(np.prod([n for n in sizes if n != -1], dtype=np.int64))
        if known == 0:
            raise ValueError("reshape cannot infer the missing input size for an empty tensor unless all specified "
                             "input sizes are non-zero")
        if count % known:
            raise ValueError(f"Input to reshape is a tensor with {count} values, but the requested shape requires a "
                             f"multiple of {known}")
        sizes[sizes.index(-1)] = count // known
    elif int(np.prod(sizes, dtype=np.int64)) != count:
        raise ValueError(f"Input to reshape is a tensor with {count} values, but the requested shape has "
                         f"{int(np.prod(sizes, dtype=np.int64))}")
    return tuple(sizes)


def _reshape_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.Reshape(dy, g.shape(op.inputs[0])), None]


RESHAPE = define_op("Reshape", inputs="tensor: T, shape: Tshape", outputs="output: T",
                    attrs=f"T: type, Tshape: {INDEX} = int32", static_inputs=("shape",), shape=_reshape_shape,
                    kernel=_reshape_kernel, gradient=_reshape_gradient)


def reshape(tensor: TensorLike, shape: ShapeTensorLike, name: str | None = None) -> Tensor:
    """The elements of `tensor`, in row-major order, in another shape.

    Args:
      tensor: A tensor.
      shape: An integer vector (or list, which may hold scalar tensors); one entry may be -1, for "what is left".
      name: Name of the node.

    Raises:
      ValueError: If the number of elements is known to differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.reshape([1, 2, 3, 4, 5, 6], [-1, 2])))
      [[1 2]
       [3 4]
       [5 6]]
    """
    return RESHAPE(tensor, shape, name=name)


def _expand_dims_shape(input: TensorShape, dim: StaticInput) -> TensorShape:
    axis = dim.value
    if axis is not None and axis.size != 1:
        raise ValueError(f"'dim' input must be a tensor with a single value, got {axis}")
    if input.sizes is None or axis is None:
        return shape_rules.UNKNOWN
    position = shape_rules.axis_in_range(int(axis.reshape(())), len(input.sizes) + 1)
    return TensorShape.of((*input.sizes[:position], 1, *input.sizes[position:]))


def _expand_dims_kernel(xp: ArrayModule, input: Array, dim: Array) -> Array:
    position = shape_rules.axis_in_range(int(dim.reshape(())), len(input.shape) + 1)
    return xp.reshape(input, (*input.shape[:position], 1, *input.shape[position:]))


def _to_input_shape_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [g.Reshape(dy, g.shape(op.inputs[0]))] + [None] * (len(op.inputs) - 1)


EXPAND_DIMS = define_op("ExpandDims", inputs="input: T, dim: Tdim", outputs="output: T",
                        attrs=f"T: type, Tdim: {INDEX} = int32", static_inputs=("dim",), shape=_expand_dims_shape,
                        kernel=_expand_dims_kernel, gradient=_to_input_shape_gradient,
                        shape_value=lambda op, value_of: value_of(op.inputs[0]))


def expand_dims(input: TensorLike, axis: int | Tensor | None = None, name: str | None = None,
                dim: int | Tensor | None = None) -> Tensor:
    """`input` with a dimension of size 1 put in at `axis`.

    Args:
      input: A tensor.
      axis: Where the dimension goes; negative: counted from the end.
      name: Name of the node.
      dim: The older name of `axis`.

    Raises:
      ValueError: If neither or both of `axis` and `dim` are given, or the axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.expand_dims(tf.zeros([2, 3]), -1).shape)
      (2, 3, 1)
    """
    axis = one_of(axis=axis, dim=dim)
    if axis is None:
        raise ValueError("Must specify an axis argument to tf.expand_dims()")
    return EXPAND_DIMS(input, axis, name=name)


def one_of(**names: Any) -> Any:
    """The value of an argument that has an old and a new name.

    Raises:
      ValueError: If both are given.
    """
    given = [(name, value) for name, value in names.items() if value is not None]
    if len(given) > 1:
        raise ValueError(f"Cannot specify both '{given[0][0]}' and '{given[1][0]}': they are the same argument")
    return given[0][1] if given else None


def _squeezed(sizes: tuple[int | None, ...], dims: Sequence[int]) -> tuple[int | None, ...]:
    if not dims:
        return tuple(n for n in sizes if n != 1)
    for dim in dims:
        if not -len(sizes) <= dim < len(sizes):
            raise ValueError(f"Tried to squeeze dim index {dim} for tensor with {len(sizes)} dimensions")
    gone = {dim % len(sizes) for dim in dims}
    for dim in gone:
        if sizes[dim] not in (None, 1):
            raise ValueError(f"Can not squeeze dim[{dim}], expected a dimension of 1, got {sizes[dim]}")
    return tuple(n for i, n in enumerate(sizes) if i not in gone)


def _squeeze_shape(input: TensorShape, *, squeeze_dims: Sequence[int]) -> TensorShape:
    if input.sizes is None or (not squeeze_dims and None in input.sizes):
        return shape_rules.UNKNOWN
    return TensorShape.of(_squeezed(input.sizes, squeeze_dims))


def _squeeze_kernel(xp: ArrayModule, input: Array, *, squeeze_dims: Sequence[int]) -> Array:
    return xp.reshape(input, _squeezed(tuple(input.shape), squeeze_dims))


SQUEEZE = define_op("Squeeze", inputs="input: T", outputs="output: T", attrs="T: type, squeeze_dims: list(int) = []",
                    shape=_squeeze_shape, kernel=_squeeze_kernel, gradient=_to_input_shape_gradient,
                    shape_value=lambda op, value_of: value_of(op.inputs[0]))


def squeeze(input: TensorLike, axis: int | Sequence[int] | None = None, name: str | None = None,
            squeeze_dims: int | Sequence[int] | None = None) -> Tensor:
    """`input` without its dimensions of size 1, or without those in `axis`.

    Args:
      input: A tensor.
      axis: A dimension or a list of them; negative ones count from the end.
      name: Name of the node.
      squeeze_dims: The older name of `axis`.

    Raises:
      ValueError: If a dimension in `axis` is not 1 or does not exist, or is given under both names.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.squeeze(tf.zeros([1, 2, 1]), [0]).shape)
      (2, 1)
    """
    dims: Any = one_of(axis=axis, squeeze_dims=squeeze_dims)
    if dims is None:
        dims = []
    return SQUEEZE(input, squeeze_dims=[dims] if np.ndim(dims) == 0 else list(dims), name=name)


def _broadcast_to_shape(input: TensorShape, shape: StaticInput) -> TensorShape:
    wanted = shape.as_shape()
    if wanted.sizes is not None and input.sizes is not None:
        for mine, theirs in zip(reversed(input.sizes), reversed(wanted.sizes), strict=False):
            if mine not in (None, 1) and theirs is not None and mine != theirs:
                raise ValueError(f"Incompatible shapes: cannot broadcast {input} to {wanted}")
        if len(input.sizes) > len(wanted.sizes):
            raise ValueError(f"Cannot broadcast {input} to {wanted}, which has fewer dimensions")
    return wanted


def _broadcast_to_kernel(xp: ArrayModule, input: Array, shape: Array) -> Array:
    return xp.broadcast_to(input, tuple(int(n) for n in shape))


def _broadcast_to_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    x = op.inputs[0]
    shape_x = g.shape(x)
    axes, _ = g.BroadcastGradientArgs(shape_x, g.shape(op.outputs[0]))
    return [g.Reshape(g.Sum(dy, axes), shape_x), None]


BROADCAST_TO = define_op("BroadcastTo", inputs="input: T, shape: Tidx", outputs="output: T",
                         attrs=f"T: type, Tidx: {INDEX} = int32", static_inputs=("shape",),
                         shape=_broadcast_to_shape, kernel=_broadcast_to_kernel, gradient=_broadcast_to_gradient)


def broadcast_to(input: TensorLike, shape: ShapeTensorLike, name: str | None = None) -> Tensor:
    """`input`, repeated along new dimensions and those of size 1 until it has `shape`.

    Args:
      input: A tensor.
      shape: An integer vector: the new shape.
      name: Name of the node.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.broadcast_to([1, 2], [2, 2])))
      [[1 2]
       [1 2]]
    """
    return BROADCAST_TO(input, shape, name=name)


def _broadcast_args_shape(s0: TensorShape, s1: TensorShape) -> TensorShape:
    for one in (s0, s1):
        shape_rules.with_rank(one, 1)
    if s0.sizes is None or s1.sizes is None or None in (s0.sizes[0], s1.sizes[0]):
        return shape_rules.VECTOR
    return TensorShape([max(n for n in (s0.sizes[0], s1.sizes[0]) if n is not None)])


def _broadcast_args_kernel(xp: ArrayModule, s0: Array, s1: Array) -> Array:
    # Vectors of a few numbers, which are static in every use.
    return np.array(np.broadcast_shapes(tuple(map(int, s0)), tuple(map(int, s1))), s0.dtype)


BROADCAST_ARGS = define_op("BroadcastArgs", inputs="s0: T, s1: T", outputs="r0: T", attrs=f"T: {INDEX} = int32",
                           static_inputs=("s0", "s1"), shape=lambda s0, s1: _broadcast_args_shape(s0.shape, s1.shape),
                           kernel=_broadcast_args_kernel, gradient=NOT_DIFFERENTIABLE)


def broadcast_dynamic_shape(shape_x: TensorLike, shape_y: TensorLike) -> Tensor:
    """The shape that two shapes, given as integer vectors, broadcast to.

    Raises:
      InvalidArgumentError: When run, if they do not fit.
    """
    return BROADCAST_ARGS(shape_x, shape_y)


def _guarantee_const_kernel(xp: ArrayModule, input: Array) -> Array:
    return input


GUARANTEE_CONST = define_op("GuaranteeConst", inputs="input: T", outputs="output: T", attrs="T: type",
                            shape=shape_rules.same, kernel=_guarantee_const_kernel, gradient=undefined_gradient)


def guarantee_const(input: TensorLike, name: str | None = None) -> Tensor:
    """`input`, with the promise that it is the same in every run."""
    return GUARANTEE_CONST(input, name=name)


def _ensure_shape_shape(input: TensorShape, *, shape: TensorShape) -> TensorShape:
    return input.merge_with(shape)


def _ensure_shape_kernel(xp: ArrayModule, input: Array, *, shape: TensorShape) -> Array:
    if not shape.is_compatible_with(tuple(input.shape)):
        raise ValueError(f"Shape of tensor {list(input.shape)} is not compatible with expected shape {shape}.")
    return input


def _ensure_shape_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return dy


ENSURE_SHAPE = define_op("EnsureShape", inputs="input: T", outputs="output: T", attrs="shape: shape, T: type",
                         shape=_ensure_shape_shape, kernel=_ensure_shape_kernel, gradient=_ensure_shape_gradient)


def ensure_shape(x: TensorLike, shape: ShapeLike, name: str | None = None) -> Tensor:
    """`x`, checked to have `shape` (None for unknown sizes) when it is run.

    Args:
      x: A tensor.
      shape: The shape that it must have.
      name: Name of the node.

    Raises:
      ValueError: If the static shape of `x` already contradicts it.
      tf.errors.InvalidArgumentError: At run time, if the actual shape does.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32)
      ...     y = tf.ensure_shape(x, [None, 2])
      ...     print(y.shape)
      ...     print(sess.run(y, {x: [[1.0, 2.0]]}))
      (?, 2)
      [[1. 2.]]
    """
    return ENSURE_SHAPE(x, shape=TensorShape(shape), name=name or "EnsureShape")
