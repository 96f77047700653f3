"""Functions built from reductions: log-sum-exp, variance, counts."""

from __future__ import annotations

import numpy as np

from millpond import dtypes
from millpond.graph.argument_types import AxisLike, DTypeLike, TensorLike
from millpond.graph.composite import SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import from_array
from millpond.ops.math.reduction import reduce_max, reduce_mean, reduce_sum, renamed
from millpond.ops.scoping import name_scope


def reduce_logsumexp(input_tensor: TensorLike, axis: AxisLike | None = None, keepdims: bool | None = None,
                     name: str | None = None, reduction_indices: AxisLike | None = None,
                     keep_dims: bool | None = None) -> Tensor:
    """`log(sum(exp(x)))` along axes, computed without overflow by taking out the largest element.

    Args:
      input_tensor: A tensor of floats.
      axis, keepdims, reduction_indices, keep_dims: As in `reduce_sum`.
      name: Name of the scope of the nodes.

    Raises:
      ValueError: If an axis is out of range, or given under both names.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.reduce_logsumexp([1000.0, 1000.0])))
      1000.6932
    """
    axis = renamed("axis", axis, "reduction_indices", reduction_indices)
    keepdims = bool(renamed("keepdims", keepdims, "keep_dims", keep_dims))
    with name_scope(name, "ReduceLogSumExp", [input_tensor]) as scope:
        x = convert_to_tensor(input_tensor, name="input_tensor")
        largest = reduce_max(x, axis=axis, keepdims=True)
        # Infinite elements must not become inf - inf.
        finite = lookup("SelectV2")(lookup("IsFinite")(largest), largest, np.zeros((), x.dtype.np_dtype))
        offset = lookup("StopGradient")(finite)
        total = reduce_sum(lookup("Exp")(lookup("Sub")(x, offset)), axis=axis, keepdims=keepdims)
        result = lookup("Log")(total)
        if not keepdims:
            offset = lookup("Reshape")(offset, lookup("Shape")(result))
        return lookup("AddV2")(result, offset, name=scope)


def reduce_variance(input_tensor: TensorLike, axis: AxisLike | None = None, keepdims: bool = False,
                    name: str | None = None) -> Tensor:
    """The variance along axes: the mean of the squared distances from the mean.

    Args:
      input_tensor: A tensor of floats.
      axis, keepdims: As in `reduce_sum`.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If the tensor holds integers.
      ValueError: If an axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.math.reduce_variance([1.0, 3.0])))
      1.0
    """
    with name_scope(name, "reduce_variance", [input_tensor]):
        x = convert_to_tensor(input_tensor)
        if x.dtype.base_dtype.is_integer:
            raise TypeError(f"Input must be either real or complex, got {x.dtype.base_dtype.name}. Use tf.cast.")
        distance = lookup("Sub")(x, reduce_mean(x, axis=axis, keepdims=True), name="sub")
        if x.dtype.base_dtype.is_complex:
            squares = lookup("Cast")(lookup("Square")(lookup("ComplexAbs")(distance, Tout=x.dtype.real_dtype)),
                                     DstT=x.dtype.base_dtype)
        else:
            squares = lookup("Square")(distance)
        return reduce_mean(squares, axis=axis, keepdims=keepdims)


def reduce_std(input_tensor: TensorLike, axis: AxisLike | None = None, keepdims: bool = False,
               name: str | None = None) -> Tensor:
    """The standard deviation along axes: the square root of `reduce_variance`.

    Args:
      input_tensor: A tensor of floats.
      axis, keepdims: As in `reduce_sum`.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If the tensor holds integers.
      ValueError: If an axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.math.reduce_std([1.0, 3.0])))
      1.0
    """
    with name_scope(name, "reduce_std", [input_tensor]):
        return lookup("Sqrt")(reduce_variance(input_tensor, axis=axis, keepdims=keepdims))


def count_nonzero(input_tensor: TensorLike | None = None, axis: AxisLike | None = None, keepdims: bool | None = None,
                  dtype: DTypeLike = dtypes.int64, name: str | None = None, reduction_indices: AxisLike | None = None,
                  keep_dims: bool | None = None, input: TensorLike | None = None) -> Tensor:
    """How many elements along axes are not 0 (for strings: not empty).

    Args:
      input_tensor: A tensor of numbers, bools or strings, or a `SparseTensor` (whose values are looked at).
      axis, keepdims, reduction_indices, keep_dims: As in `reduce_sum`.
      dtype: Dtype of the result.
      name: Name of the scope of the nodes.
      input: The name of `input_tensor` in later releases.

    Raises:
      ValueError: If an axis is out of range or given under both names, or beside a `SparseTensor`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.count_nonzero([[0, 1], [2, 3]], axis=0)))
      [1 2]
    """
    axis = renamed("axis", axis, "reduction_indices", reduction_indices)
    keepdims = bool(renamed("keepdims", keepdims, "keep_dims", keep_dims))
    x = renamed("input_tensor", input_tensor, "input", input)
    if isinstance(x, SparseTensor):
        if axis is not None or keepdims:
            raise ValueError("tf.count_nonzero of a SparseTensor counts all of it: give no axis and no keepdims")
        x = x.values
    with name_scope(name, "count_nonzero", [x]):
        x = convert_to_tensor(x, name="input")
        empty = np.array(b"", object) if x.dtype.base_dtype.name == "string" else np.zeros((), x.dtype.np_dtype)
        found = lookup("NotEqual")(x, from_array(empty, "zeros"))
        return reduce_sum(lookup("Cast")(found, DstT=dtypes.as_dtype(dtype)), axis=axis, keepdims=keepdims)
