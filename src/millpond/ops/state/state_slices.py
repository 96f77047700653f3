"""Setting a part of a variable: `v[1:3].assign(x)` is a `StridedSliceAssign` node."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.autodiff.registry import undefined_gradient
from millpond.errors import InvalidArgumentError
from millpond.graph.opdef import Guard, OpDefinition, define_op
from millpond.graph.rule_types import Array, ArrayModule, Jax
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.array import slicing
from millpond.ops.array.slicing import MASK_ATTRS, Masks
from millpond.ops.dtype_sets import INDEX
from millpond.shapes import TensorShape


def _assign_shape(ref: TensorShape, begin: StaticInput, end: StaticInput, strides: StaticInput,
                  value: TensorShape) -> TensorShape:
    return ref


def _place(ref: Any, begin: Any, end: Any, strides: Any, masks: Masks) -> tuple[Any, list[int], list[int]]:
    """The index of `ref[...]` (without new dimensions), the slice's shape, and that without the new dimensions."""
    index: list[Any] = []
    shape, kept = [], []
    known = None
    if isinstance(begin, np.ndarray) and isinstance(end, np.ndarray):
        known = [i for i in slicing.index_of(tuple(ref.shape), begin, end, strides, masks) if i is not None]
    for step in slicing.layout_of(strides.size, masks, len(ref.shape)):
        if step == "new":
            shape.append(1)
            continue
        if known is not None:
            entry = known[len(index)]
        elif step != "all" and masks.shrink >> step & 1:
            entry = begin[step]
        else:
            entry = slice(None, None, 1 if step == "all" else int(strides[step]))
        if isinstance(entry, slice):
            count = len(range(ref.shape[len(index)])[entry])
            shape.append(count)
            kept.append(count)
        index.append(entry)
    return tuple(index), shape, kept


def _fitted(xp: ArrayModule, value: Any, shape: list[int], kept: list[int]) -> Any:
    """The value in the shape of the slice."""
    try:
        return xp.reshape(xp.broadcast_to(value, shape), kept)
    except ValueError:
        raise ValueError(f"a value of shape {list(value.shape)} cannot be assigned to a slice of shape "
                         f"{shape}") from None


def _assign_kernel(xp: ArrayModule, ref: Array, begin: Array, end: Array, strides: Array, value: Array, *,
                   begin_mask: int, end_mask: int, ellipsis_mask: int, new_axis_mask: int,
                   shrink_axis_mask: int) -> Array:
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    index, shape, kept = _place(ref, begin, end, strides, masks)
    result = np.array(ref)
    result[index] = _fitted(np, value, shape, kept)
    return result


def _assign_lower(jax: Jax, ref: Array, begin: Array, end: Array, strides: Array, value: Array, *, begin_mask: int,
                  end_mask: int, ellipsis_mask: int, new_axis_mask: int, shrink_axis_mask: int) -> Array:
    masks = Masks(begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_axis_mask)
    index, shape, kept = _place(ref, begin, end, strides, masks)
    return jax.numpy.asarray(ref).at[index].set(_fitted(jax.numpy, value, shape, kept))


def _in_range(xp: ArrayModule, ref: Array, begin: Array, end: Array, strides: Array, value: Array, *, begin_mask: int,
              end_mask: int, ellipsis_mask: int, new_axis_mask: int, shrink_axis_mask: int) -> Array:
    return slicing.strided_slice_ok(
        xp, ref, begin, end, strides, begin_mask=begin_mask, end_mask=end_mask, ellipsis_mask=ellipsis_mask,
        new_axis_mask=new_axis_mask, shrink_axis_mask=shrink_axis_mask)


def _out_of_range(ref: Array, begin: Array, end: Array, strides: Array, value: Array, *, begin_mask: int, end_mask: int,
                  ellipsis_mask: int, new_axis_mask: int, shrink_axis_mask: int) -> str:
    return slicing.strided_slice_message(
        ref, begin, end, strides, begin_mask=begin_mask, end_mask=end_mask, ellipsis_mask=ellipsis_mask,
        new_axis_mask=new_axis_mask, shrink_axis_mask=shrink_axis_mask)


def _define(type: str, resource: bool) -> OpDefinition:
    return define_op(
        type, inputs=f"ref: {'resource' if resource else 'Ref(T)'}, begin: Index, end: Index, strides: Index, value: T",
        outputs="" if resource else "output_ref: Ref(T)", attrs=f"T: type, Index: {INDEX}, {MASK_ATTRS}",
        static_inputs=("begin", "end", "strides"), static_rule=slicing.strided_slice_needs,
        shape=shape_rules.nothing if resource else _assign_shape, kernel=_assign_kernel, lower=_assign_lower,
        gradient=undefined_gradient, writes=("ref",), reads=("ref",),
        guard=Guard(_in_range, _out_of_range, ("begin",), InvalidArgumentError))


STRIDED_SLICE_ASSIGN = _define("StridedSliceAssign", resource=False)
RESOURCE_STRIDED_SLICE_ASSIGN = _define("ResourceStridedSliceAssign", resource=True)


def assign_slice(part: Tensor, reference: Tensor, value: Any, name: str | None = None) -> Any:
    """Sets the elements of a variable that `part`, a `StridedSlice` of its value, is made of.

    Args:
      part: What `variable[...]` gave.
      reference: The variable's reference, or its handle.
      value: The new values; they are broadcast to the shape of `part`.
      name: Name of the node; `<name of part>/_assign` by default.

    Returns:
      A reference to the variable; for a resource, the operation.
    """
    definition = STRIDED_SLICE_ASSIGN if reference.dtype.is_ref_dtype else RESOURCE_STRIDED_SLICE_ASSIGN
    op = part.op
    masks = {key: number for key, number in op.attributes.items() if key.endswith("_mask")}
    return definition(reference, *op.inputs[1:], value, name=name or f"{op.name}/_assign/", T=part.dtype, **masks)
