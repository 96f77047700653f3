"""`tensor[...]`: from what Python hands over to a `StridedSlice`; and masks."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dimensions import Dimension
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops.array.join import stack
from millpond.ops.array.slicing import STRIDED_SLICE
from millpond.ops.scoping import name_scope

newaxis = None


def _is_index(value: Any) -> bool:
    """Whether `value` can be one number of an index."""
    if isinstance(value, (bool, np.bool_)):
        return False
    if isinstance(value, (int, np.integer, Dimension)):
        return True
    if isinstance(value, np.ndarray):
        return value.ndim == 0 and value.dtype.kind in "iu"
    return (isinstance(value, Tensor) or hasattr(value, "_as_graph_element")) and value.dtype.is_integer and (
        value.shape.ndims in (None, 0))


def _checked(value: Any, default: int) -> Any:
    if value is None or (isinstance(value, Dimension) and value.value is None):
        return default
    if not _is_index(value):
        raise TypeError("Only integers, slices (`:`), ellipsis (`...`), tf.newaxis (`None`) and scalar "
                        f"tf.int32/tf.int64 tensors are valid indices, got {value!r}")
    return int(value) if not (isinstance(value, Tensor) or hasattr(value, "_as_graph_element")) else value


class _Specification:
    """Collects the entries of `tensor[...]`."""

    def __init__(self) -> None:
        self.begin: list[Any] = []
        self.end: list[Any] = []
        self.strides: list[Any] = []
        self.masks = dict.fromkeys(("begin_mask", "end_mask", "ellipsis_mask", "new_axis_mask", "shrink_axis_mask"), 0)

    def add(self, entry: Any) -> None:
        if isinstance(entry, slice):
            self._add_range(entry)
        elif entry is Ellipsis:
            if self.masks["ellipsis_mask"]:
                raise ValueError("Multiple ellipses in slice spec not allowed")
            self._append(0, 0, 1, "ellipsis_mask")
        elif entry is None:
            self._append(0, 0, 1, "new_axis_mask")
        else:
            start = _checked(entry, 0)
            stop = start + 1 if isinstance(start, int) else lookup("AddV2")(start, 1, name="add")
            self._append(start, stop, 1, "shrink_axis_mask")

    def _append(self, begin: Any, end: Any, step: Any, *masks: str) -> None:
        for mask in masks:
            self.masks[mask] |= 1 << len(self.begin)
        self.begin.append(begin)
        self.end.append(end)
        self.strides.append(step)

    def _add_range(self, entry: slice) -> None:
        masks = [mask for mask, value in (("begin_mask", entry.start), ("end_mask", entry.stop))
                 if value is None or (isinstance(value, Dimension) and value.value is None)]
        step = _checked(entry.step, 1)
        if isinstance(step, int) and step == 0:
            raise ValueError("strides must be non-zero: a slice cannot have step 0")
        self._append(_checked(entry.start, 0), _checked(entry.stop, 0), step, *masks)

    def packed(self) -> list[Any]:
        """`begin`, `end` and `strides` as tensors of one integer dtype."""
        names = ("stack", "stack_1", "stack_2")
        parts = [stack(values, name=name) if values else
                 convert_to_tensor(np.zeros([0], np.int32), name=name)
                 for values, name in zip((self.begin, self.end, self.strides), names, strict=True)]
        if any(part.dtype.base_dtype is dtypes.int64 for part in parts):
            parts = [part if part.dtype.base_dtype is dtypes.int64 else lookup("Cast")(part, DstT=dtypes.int64)
                     for part in parts]
        return parts


def getitem(tensor: Any, key: Any) -> Tensor:
    """`tensor[key]`: integers, slices, `...`, `tf.newaxis`, scalar integer tensors, or one bool mask.

    Raises:
      TypeError: If an entry is none of these.
      ValueError: If an index is known to be out of range.
    """
    if isinstance(key, Tensor) and key.dtype.base_dtype is dtypes.bool:
        return boolean_mask(tensor, key)
    if isinstance(key, np.ndarray) and key.dtype == bool:
        return boolean_mask(tensor, key)
    specification = _Specification()
    for entry in key if isinstance(key, (list, tuple)) else (key,):
        specification.add(entry)
    with name_scope(None, "strided_slice", [tensor, *specification.begin, *specification.end]) as scope:
        begin, end, strides = specification.packed()
        return STRIDED_SLICE(tensor, begin, end, strides, name=scope, **specification.masks)


setattr(Tensor, "__getitem__", getitem)  # noqa: B010 (mypy does not know the method)


def boolean_mask(tensor: TensorLike, mask: TensorLike, name: str = "boolean_mask",
                 axis: int | Tensor | None = None) -> Tensor:
    """The elements (or rows, ...) of a tensor where `mask` is true.

    Args:
      tensor: A tensor.
      mask: A bool tensor of known rank, of the shape of `tensor` from `axis` on.
      name: Name scope.
      axis: The first dimension that the mask speaks of (0 by default).

    Returns:
      A tensor whose dimensions under the mask have become one.

    Raises:
      ValueError: If the mask is a scalar, of unknown rank, or does not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.boolean_mask([1, 2, 3], [True, False, True])))
      [1 3]
    """
    with name_scope(name, "boolean_mask", [tensor, mask]):
        tensor = convert_to_tensor(tensor, name="tensor")
        mask = convert_to_tensor(mask, name="mask")
        rank = mask.shape.ndims
        if rank == 0:
            raise ValueError("mask cannot be scalar.")
        if rank is None:
            raise ValueError("Number of mask dimensions must be specified, even if some dimensions are None. E.g. "
                             "shape=[None] is ok, but shape=None is not.")
        known_axis = 0 if axis is None else _static_axis(axis)
        tensor.shape[known_axis:known_axis + rank].assert_is_compatible_with(mask.shape)
        first = lookup("Prod")(_shape_part(tensor, slice(known_axis, known_axis + rank)), [0])
        before = _shape_part(tensor, slice(None, known_axis))
        after = _shape_part(tensor, slice(known_axis + rank, None))
        flat = lookup("Reshape")(tensor, lookup("ConcatV2")([before, [first], after], 0, name="concat"))
        if tensor.shape.ndims is not None:
            count = tensor.shape[known_axis:known_axis + rank].num_elements()
            sizes = tensor.shape.as_list()
            flat.set_shape([*sizes[:known_axis], count, *sizes[known_axis + rank:]])
        chosen = lookup("Where")(lookup("Reshape")(mask, [-1]))
        indices = lookup("Squeeze")(chosen, squeeze_dims=[1])
        return lookup("GatherV2")(flat, indices, np.int32(known_axis))


def _static_axis(axis: Any) -> int:
    value = constant_value(axis)
    if value is None:
        raise ValueError(f"the axis of a boolean mask must be known while building, got {axis}")
    return int(value)


def _shape_part(tensor: Tensor, part: slice) -> Tensor:
    if tensor.shape.is_fully_defined():
        sizes = convert_to_tensor(np.array(tensor.shape.as_list(), np.int32), name="Shape")
    else:
        sizes = lookup("Shape")(tensor)
    return getitem(sizes, part)
