"""Counting: bins, histograms, confusion matrices, and whether numbers are in order."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.registry import undefined_gradient
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import Guard, define_op, lookup
from millpond.graph.rule_types import Array, ArrayModule, HostContext, Jax
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array.squeezable import remove_squeezable_dimensions
from millpond.ops.host.assertions import assert_less, assert_non_negative
from millpond.ops.math.reduction import reduce_max
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _bincount_shape(arr: TensorShape, size: TensorShape, weights: TensorShape) -> TensorShape:
    return shape_rules.VECTOR


def _bincount_kernel(context: HostContext, arr: Array, size: Array, weights: Array) -> Array:
    values, count = arr.ravel(), int(size)
    if count < 0:
        raise InvalidArgumentError(None, None, f"size ({count}) must be non-negative")
    if values.size and values.min() < 0:
        raise InvalidArgumentError(None, None, f"Input arr must be non-negative, got {int(values.min())}")
    if weights.size and weights.shape != arr.shape:
        raise ValueError(f"weights must have the shape of arr, {list(arr.shape)}, or be empty; got "
                         f"{list(weights.shape)}")
    kept = values < count
    bins = np.zeros(count, weights.dtype)
    np.add.at(bins, values[kept], weights.ravel()[kept] if weights.size else 1)
    return bins


# How many bins there are usually depends on the values: this runs outside XLA.
BINCOUNT = define_op("Bincount", inputs="arr: int32, size: int32, weights: T", outputs="bins: T",
                     attrs="T: {int32, int64, float, double}", shape=_bincount_shape, kernel=_bincount_kernel,
                     gradient=undefined_gradient, host=True)


def bincount(arr: TensorLike, weights: TensorLike | None = None, minlength: TensorLike | None = None,
             maxlength: TensorLike | None = None, dtype: DTypeLike = dtypes.int32, name: str | None = None) -> Tensor:
    """How often each number occurs.

    Args:
      arr: An int32 tensor of numbers from 0 on.
      weights: What each counts for, a tensor of the same shape; by default 1.
      minlength: The least number of bins.
      maxlength: The largest number of bins; larger numbers are not counted.
      dtype: Dtype of the result where there are no weights.
      name: Name of the scope of the nodes.

    Returns:
      A vector of `max(arr) + 1` bins.

    Raises:
      tf.errors.InvalidArgumentError: At run time, if a number is negative.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.bincount([1, 1, 3])))
      [0 2 0 1]
    """
    with name_scope(name, "bincount", [arr]):
        arr = convert_to_tensor(arr, dtype=None if isinstance(arr, Tensor) else dtypes.int32, name="arr")
        if arr.dtype.base_dtype is not dtypes.int32:
            arr = lookup("Cast")(arr, DstT=dtypes.int32)
        is_some = lookup("Cast")(lookup("Greater")(lookup("Size")(arr), 0), DstT=dtypes.int32)
        size = lookup("Mul")(is_some, lookup("AddV2")(reduce_max(arr), 1, name="add"), name="mul")
        if minlength is not None:
            size = lookup("Maximum")(_scalar(minlength, "minlength"), size)
        if maxlength is not None:
            size = lookup("Minimum")(_scalar(maxlength, "maxlength"), size)
        if weights is None:
            weights = np.zeros(0, dtypes.as_dtype(dtype).np_dtype)
        return BINCOUNT(arr, size, weights)


def _bins(xp: ArrayModule, values: Array, value_range: Array, nbins: int) -> Array:
    """The bin of each value, those outside of the range in the first or the last one."""
    low, high = value_range[0], value_range[1]
    wide = np.float64 if np.dtype(values.dtype).kind in "iu" else np.dtype(values.dtype)
    values, low, high = (xp.asarray(x, dtype=wide) for x in (values, low, high))
    step = xp.divide(xp.subtract(high, low), xp.asarray(nbins, dtype=wide))
    place = xp.floor(xp.divide(xp.subtract(values, low), step))
    place = xp.clip(place, xp.zeros((), dtype=wide), xp.asarray(nbins - 1, dtype=wide))
    return xp.asarray(xp.where(xp.isnan(place), xp.zeros((), dtype=wide), place), dtype=np.int32)


def _histogram_shape(values: TensorShape, value_range: TensorShape, nbins: StaticInput) -> TensorShape:
    value_range.merge_with(TensorShape([2]))
    nbins.shape.assert_has_rank(0)
    if nbins.value is not None and nbins.value <= 0:
        raise ValueError(f"Requires nbins > 0, but got {nbins.value}")
    return TensorShape([None if nbins.value is None else int(nbins.value)])


def _checked_bins(nbins: Array) -> int:
    if int(nbins) <= 0:
        raise ValueError(f"nbins should be a positive number, but got '{int(nbins)}'")
    return int(nbins)


def _histogram_kernel(xp: ArrayModule, values: Array, value_range: Array, nbins: Array, *, dtype: DType) -> Array:
    count = _checked_bins(nbins)
    return np.bincount(_bins(np, values, value_range, count).ravel(), minlength=count).astype(dtype.np_dtype)


def _histogram_lower(jax: Jax, values: Array, value_range: Array, nbins: Array, *, dtype: DType) -> Array:
    count = _checked_bins(nbins)
    places = jax.numpy.ravel(_bins(jax.numpy, values, value_range, count))
    return jax.numpy.zeros(count, dtype.np_dtype).at[places].add(1)


HISTOGRAM_FIXED_WIDTH = define_op(
    "HistogramFixedWidth", inputs="values: T, value_range: T, nbins: int32", outputs="out: dtype",
    attrs="T: {int32, int64, float, double}, dtype: {int32, int64} = int32", static_inputs=("nbins",),
    shape=_histogram_shape, kernel=_histogram_kernel, lower=_histogram_lower, gradient=undefined_gradient,
    guard=Guard(ok=lambda xp, values, value_range, nbins: xp.less(value_range[0], value_range[1]),
                message=lambda values, value_range, nbins: "value_range should satisfy value_range[0] < value_range[1],"
                                                           f" but got {value_range.tolist()}",
                values=("value_range",), error=InvalidArgumentError))


def histogram_fixed_width(values: TensorLike, value_range: TensorLike, nbins: TensorLike = 100,
                          dtype: DTypeLike = dtypes.int32, name: str | None = None) -> Tensor:
    """How many values lie in each of `nbins` bins of one width.

    Args:
      values: A tensor of numbers.
      value_range: The lowest and the highest value, `[2]`; what lies outside counts for the first or last bin.
      nbins: The number of bins.
      dtype: int32 or int64.
      name: Name of the node.

    Raises:
      TypeError: If `value_range` is not of the dtype of `values`.
      ValueError: If `value_range` is not two numbers.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.histogram_fixed_width([-1.0, 0.0, 1.5, 9.0], [0.0, 5.0], nbins=5)))
      [2 1 0 0 1]
    """
    return HISTOGRAM_FIXED_WIDTH(values, value_range, nbins, dtype=dtypes.as_dtype(dtype),
                                 name=name or "histogram_fixed_width")


def histogram_fixed_width_bins(values: TensorLike, value_range: TensorLike, nbins: TensorLike = 100,
                               dtype: DTypeLike = dtypes.int32, name: str | None = None) -> Tensor:
    """The bin that each value falls into, of `nbins` bins of one width.

    Args:
      values: A tensor of numbers.
      value_range: The lowest and the highest value, `[2]`; what lies outside falls into the first or last bin.
      nbins: The number of bins.
      dtype: int32 or int64.
      name: Name of the scope of the nodes.

    Returns:
      A tensor of `dtype` and of the shape of `values`.

    Raises:
      ValueError: If `value_range` is not two numbers of the dtype of `values`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.histogram_fixed_width_bins([-1.0, 0.0, 1.5, 9.0], [0.0, 5.0], nbins=5)))
      [0 0 1 4]
    """
    with name_scope(name, "histogram_fixed_width_bins", [values, value_range, nbins]):
        values = convert_to_tensor(values, name="values")
        dtype = dtypes.as_dtype(dtype)
        value_range = convert_to_tensor(value_range, dtype=values.dtype.base_dtype, name="value_range")
        low, high = lookup("Unpack")(value_range, num=2)
        wide = values.dtype.base_dtype if values.dtype.is_floating else dtypes.float64
        count = lookup("Cast")(convert_to_tensor(nbins, dtype=dtypes.int32, name="nbins"), DstT=wide)
        if wide is not values.dtype.base_dtype:
            values, low, high = (lookup("Cast")(x, DstT=wide) for x in (values, low, high))
        scaled = lookup("RealDiv")(lookup("Sub")(values, low), lookup("Sub")(high, low), name="scaled_values")
        indices = lookup("Floor")(lookup("Mul")(count, scaled), name="indices")
        last = lookup("Sub")(count, np.ones((), wide.np_dtype))
        zero = np.zeros((), wide.np_dtype)
        return lookup("Cast")(lookup("Maximum")(lookup("Minimum")(indices, last), zero), DstT=dtype)


def confusion_matrix(labels: TensorLike, predictions: TensorLike, num_classes: TensorLike | None = None,
                     dtype: DTypeLike = dtypes.int32, name: str | None = None,
                     weights: TensorLike | None = None) -> Tensor:
    """How often each class was taken for each other: rows are labels, columns predictions.

    Args:
      labels, predictions: Vectors of classes from 0 on; a trailing axis of size 1 in one of them is dropped.
      num_classes: How many classes there are; by default the largest that occurs, and one.
      dtype: Dtype of the result.
      name: Name of the scope of the nodes.
      weights: What each counts for, a tensor of the shape of `predictions`.

    Returns:
      A matrix `[num_classes, num_classes]`.

    Raises:
      ValueError: If shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if a class is negative or not below `num_classes`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.confusion_matrix([0, 1, 1], [0, 1, 0])))
      [[1 0]
       [1 1]]
    """
    with name_scope(name, "confusion_matrix", [predictions, labels]):
        labels, predictions = remove_squeezable_dimensions(convert_to_tensor(labels, name="labels"),
                                                           convert_to_tensor(predictions, name="predictions"))
        predictions, labels = _as_int64(predictions), _as_int64(labels)
        labels = _after(labels, [assert_non_negative(labels, message="`labels` contains negative values")])
        predictions = _after(predictions, [
            assert_non_negative(predictions, message="`predictions` contains negative values")])
        if num_classes is None:
            largest = lookup("Maximum")(reduce_max(predictions), reduce_max(labels))
            count = lookup("AddV2")(largest, np.int64(1), name="add")
        else:
            count = _as_int64(convert_to_tensor(num_classes))
            labels = _after(labels, [assert_less(labels, count, message="`labels` out of bound")])
            predictions = _after(predictions, [
                assert_less(predictions, count, message="`predictions` out of bound")])
        if weights is not None:
            weights = convert_to_tensor(weights, name="weights")
            predictions.shape.assert_is_compatible_with(weights.shape)
            weights = lookup("Cast")(weights, DstT=dtypes.as_dtype(dtype))
        else:
            weights = lookup("Fill")(lookup("Shape")(predictions), np.ones((), dtypes.as_dtype(dtype).np_dtype),
                                     name="ones_like")
        pairs = lookup("Pack")([labels, predictions], axis=1, name="stack")
        return lookup("ScatterNd")(pairs, weights, lookup("Pack")([count, count], name="stack"))


def _after(x: Tensor, checks: list[Any]) -> Tensor:
    """`x`, which is there once the checks have passed."""
    with x.graph.control_dependencies([check for check in checks if check is not None]):
        return lookup("Identity")(x, name="control_dependency")


def _scalar(value: Any, name: str) -> Tensor:
    tensor = convert_to_tensor(value, dtype=dtypes.int32, name=name)
    shape_rules.with_rank(tensor.shape, 0)
    return tensor


def _as_int64(x: Tensor) -> Tensor:
    return x if x.dtype.base_dtype is dtypes.int64 else lookup("Cast")(x, DstT=dtypes.int64)


def _all_neighbours(x: Any, comparison: str, name: str | None, default_name: str) -> Tensor:
    with name_scope(name, default_name, [x]):
        flat = lookup("Reshape")(convert_to_tensor(x, name="x"), np.array([-1], np.int32))
        later = lookup("StridedSlice")(flat, [1], [0], [1], end_mask=1)
        earlier = lookup("StridedSlice")(flat, [0], [-1], [1], begin_mask=1)
        return lookup("All")(lookup(comparison)(later, earlier), np.array([0], np.int32))


def is_non_decreasing(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether no element, in row-major order, is smaller than the one before it.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.is_non_decreasing([1, 1, 2])))
      True
    """
    return _all_neighbours(x, "GreaterEqual", name, "is_non_decreasing")


def is_strictly_increasing(x: TensorLike, name: str | None = None) -> Tensor:
    """Whether each element, in row-major order, is larger than the one before it."""
    return _all_neighbours(x, "Greater", name, "is_strictly_increasing")
