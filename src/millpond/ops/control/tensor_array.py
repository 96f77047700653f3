"""`tf.TensorArray`: an array of tensors that is written and read element by element, in loops above all.

A TensorArray is a list of tensors (`tensor_list.py`), its **flow**, and what is known of the list while building. Every
write makes a new list, and a new `TensorArray` with that list as its flow.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import DTypeLike, ShapeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.operation import Operation
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import identity, no_op
from millpond.ops.control.tensor_list import TENSOR_LIST_GET_ITEM, TENSOR_LIST_LENGTH, TENSOR_LIST_SET_ITEM
from millpond.ops.control.tensor_list_batches import (
    TENSOR_LIST_FROM_TENSOR,
    TENSOR_LIST_GATHER,
    TENSOR_LIST_SCATTER_INTO,
    TENSOR_LIST_STACK,
)
from millpond.ops.control.tensor_list_pieces import TENSOR_LIST_CONCAT_V2, TENSOR_LIST_SPLIT
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape, as_shape


class _Facts:
    """What all versions of an array share.

    Attributes:
      dtype: The dtype of the elements.
      size: The size that was asked for, as a tensor.
      fresh: The list that the array began with.
      dynamic_size: Whether it grows when it is written beyond its end.
      clear_after_read: Whether an element may be read once only.
      infer_shape: Whether all elements have one shape, that of the first which is written if none is given.
      element_shape: That shape, in a list of one; an empty list as long as it is not known.
      reads: How many operations read it.
      gradients: For each source that asked for one, the array of gradients as it is by now.
      gradient_of: Of an array of gradients, whose it is, and for which source: what is written to it adds up.
    """

    def __init__(self, dtype: DType, dynamic_size: bool, clear_after_read: bool, infer_shape: bool,
                 element_shape: TensorShape | None) -> None:
        self.dtype = dtype
        self.size: Tensor | None = None
        self.fresh: Tensor | None = None
        self.dynamic_size = dynamic_size
        self.clear_after_read = clear_after_read
        self.infer_shape = infer_shape
        self.element_shape = [] if element_shape is None else [element_shape]
        self.reads = 0
        self.gradients: dict[str, TensorArray] = {}
        self.gradient_of: tuple[_Facts, str] | None = None


# Where a list that an array began with keeps the facts, for `TensorArray(handle=...)`.
_FACTS = "_tensor_array_facts"


class TensorArray:
    """An array of tensors, for loops to write and read element by element.

    What writes gives a new `TensorArray`, which takes the place of the old one. An element is written once; with
    `clear_after_read` it is also read once. Elements that were not written are read as zeros, where their shape is
    known.

    In compiled code the reading or writing of an element twice is seen where both stand in one loop body, branch, or
    straight-line code, or the first around the second, with the same index tensor or with indexes that are known.

    Args:
      dtype: The dtype of the elements.
      size: A scalar int32 tensor: the number of elements, at the start if `dynamic_size`.
      dynamic_size: Whether the array grows when it is written beyond its end; by default not.
      clear_after_read: Whether an element may be read only once, as its memory is free then; by default so.
      tensor_array_name: Kept for TensorFlow, which names its resource so.
      handle: The `handle` of another array, to go on with it.
      flow: The `flow` of that array, which says how far it has been written.
      infer_shape: Whether all elements must have the shape of the first.
      element_shape: As much of the shape of every element as is known.
      colocate_with_first_write_call: Kept for TensorFlow.
      name: Name of the node.

    Raises:
      ValueError: If neither `size` nor `handle` is given, or both are.
      TypeError: If `handle` is no tensor, or `size` no integer.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     array = tf.TensorArray(tf.float32, size=3)
      ...     for i in range(3):
      ...         array = array.write(i, [1.0, float(i)])
      ...     print(sess.run(array.stack()))
      [[1. 0.]
       [1. 1.]
       [1. 2.]]
    """

    def __init__(self, dtype: DTypeLike, size: TensorLike | None = None, dynamic_size: bool | None = None,
                 clear_after_read: bool | None = None, tensor_array_name: str | None = None,
                 handle: Tensor | None = None, flow: Tensor | None = None, infer_shape: bool = True,
                 element_shape: ShapeLike | None = None, colocate_with_first_write_call: bool = True,
                 name: str | None = None) -> None:
        element_dtype = dtypes.as_dtype(dtype).base_dtype
        _check_arguments(size, dynamic_size, tensor_array_name, handle, clear_after_read, element_shape)
        shape = None if element_shape is None else as_shape(element_shape)
        if handle is not None:
            self._facts = getattr(handle, _FACTS, None) or _Facts(element_dtype, True, False, infer_shape, shape)
            self._handle = handle
            self._flow = handle if flow is None else flow
            return
        assert size is not None
        self._facts = facts = _Facts(element_dtype, bool(dynamic_size), clear_after_read is not False, infer_shape,
                                     shape)
        with name_scope(name, "TensorArray", [size, flow]) as scope:
            facts.size = convert_to_tensor(size, dtype=None if isinstance(size, Tensor) else dtypes.int32, name="size")
            self._handle = lookup("TensorListReserve")(_as_input(self.element_shape), facts.size,
                                                       element_dtype=element_dtype, name=scope)
        facts.fresh = self._handle
        setattr(self._handle, _FACTS, facts)
        self._flow = self._handle if flow is None else flow

    # What is known of it.

    @property
    def flow(self) -> Tensor:
        """The list behind the array: what depends on it comes after the writes so far."""
        return self._flow

    @property
    def handle(self) -> Tensor:
        """The list that the array began with."""
        return self._handle

    @property
    def dtype(self) -> DType:
        """The dtype of the elements."""
        return self._facts.dtype

    @property
    def dynamic_size(self) -> bool:
        """Whether the array grows when it is written beyond its end."""
        return self._facts.dynamic_size

    @property
    def element_shape(self) -> TensorShape:
        """What is known of the shape of an element."""
        return self._facts.element_shape[0] if self._facts.element_shape else TensorShape(None)

    @property
    def _element_shape(self) -> list[TensorShape]:
        return self._facts.element_shape

    @property
    def _infer_shape(self) -> bool:
        return self._facts.infer_shape

    @property
    def _dynamic_size(self) -> bool:
        return self._facts.dynamic_size

    @property
    def _clear_after_read(self) -> bool:
        return self._facts.clear_after_read

    def size(self, name: str | None = None) -> Tensor:
        """The number of elements, a scalar int32 tensor."""
        facts = self._facts
        if not facts.dynamic_size and facts.size is not None:
            return facts.size if name is None else identity(facts.size, name=name)
        return TENSOR_LIST_LENGTH(self._flow, name=name or "TensorArraySizeV3")

    def with_flow(self, flow: Tensor) -> TensorArray:
        """The same array, as far as it is written in another flow: what a loop or branch gives back."""
        array = object.__new__(TensorArray)
        array._facts, array._handle, array._flow = self._facts, self._handle, flow
        return array

    def identity(self) -> TensorArray:
        """The same array behind an operation of its own, which waits for the control dependencies."""
        return self.with_flow(identity(self._flow))

    def close(self, name: str | None = None) -> Operation:
        """An operation for those who close arrays: their memory is free when a run ends, or earlier."""
        return no_op(name=name or "TensorArrayClose")

    def grad(self, source: str, flow: Tensor | None = None, name: str | None = None) -> TensorArray:
        """An array of as many elements for their gradients: what is written to one element adds up.

        Args:
          source: Who asks; who asks again gets the array as it is by then.
          flow: The flow after which the size of the array is taken.
          name: Name of the node.
        """
        known = self._facts.gradients.get(source)
        if known is not None:
            return known
        base = self._flow if flow is None else flow
        facts = _Facts(self.dtype, False, False, self._facts.infer_shape, None)
        facts.element_shape = list(self._facts.element_shape)
        facts.gradient_of = self._facts, source
        array = object.__new__(TensorArray)
        array._facts = facts
        array._handle = array._flow = lookup("ZerosLike")(base, name=name or "TensorArrayGrad/TensorArrayGradV3")
        setattr(array._handle, _FACTS, facts)
        self._facts.gradients[source] = array
        return array

    # Elements by index.

    def read(self, index: TensorLike, name: str | None = None) -> Tensor:
        """The element at `index`, a scalar int32 tensor.

        Raises:
          InvalidArgumentError: When run, if the array has no such element, the element was not written and its shape
            is not known, or it was read before.
        """
        return TENSOR_LIST_GET_ITEM(self._flow, index, _as_input(self.element_shape), element_dtype=self.dtype,
                                    _read_number=self._read_number(), name=name or "TensorArrayReadV3")

    def write(self, index: TensorLike, value: TensorLike, name: str | None = None) -> TensorArray:
        """The array with `value` at `index`.

        Args:
          index: A scalar int32 tensor.
          value: The element.
          name: Name of the scope of the nodes.

        Raises:
          ValueError: If the shape of `value` is not that of the elements.
          InvalidArgumentError: When run, if `index` lies outside, or its element was written or read before.
        """
        with name_scope(name, "TensorArrayWrite", [self._flow, index, value]):
            value = self._as_element(value)
            self._merge_element_shape(value.shape)
            if self._facts.gradient_of is not None:
                before = TENSOR_LIST_GET_ITEM(self._flow, index, lookup("Shape")(value), element_dtype=self.dtype)
                return self._written(TENSOR_LIST_SET_ITEM(self._flow, index, lookup("AddV2")(before, value),
                                                          name="TensorArrayWriteV3"))
            return self._written(TENSOR_LIST_SET_ITEM(
                self._flow, index, value, resize_if_index_out_of_bounds=self._facts.dynamic_size, _array=self._kind(),
                _identical=self._facts.infer_shape, name="TensorArrayWriteV3"))

    # All elements, or some of them.

    def stack(self, name: str | None = None) -> Tensor:
        """All elements as one tensor of shape `[size, *element_shape]`.

        Raises:
          InvalidArgumentError: When run, if elements differ in shape, or were read before.
        """
        size = None if self._facts.dynamic_size else self._static_size()
        with name_scope(name, "TensorArrayStack", [self._flow]):
            return TENSOR_LIST_STACK(self._flow, _as_input(self.element_shape), element_dtype=self.dtype,
                                     num_elements=-1 if size is None else size, _read_number=self._read_number(),
                                     name="TensorArrayGatherV3")

    def gather(self, indices: TensorLike, name: str | None = None) -> Tensor:
        """The elements at `indices`, an int32 vector, as one tensor.

        Raises:
          InvalidArgumentError: When run, if an index lies outside, or elements differ in shape or were read before.
        """
        return TENSOR_LIST_GATHER(self._flow, indices, _as_input(self.element_shape), element_dtype=self.dtype,
                                  _read_number=self._read_number(), name=name or "TensorArrayGatherV3")

    def concat(self, name: str | None = None) -> Tensor:
        """All elements side by side along their first dimension, in which they may differ.

        Raises:
          InvalidArgumentError: When run, if elements differ in other dimensions or have none, or were read before.
        """
        sizes = self.element_shape.sizes
        shape = TensorShape.of((None, *sizes[1:])) if sizes else TensorShape(None)
        whole = TENSOR_LIST_CONCAT_V2(self._flow, _as_input(shape), np.zeros(0, np.int64), element_dtype=self.dtype,
                                      _read_number=self._read_number(), name=name or "TensorArrayConcatV3").tensor
        size = None if self._facts.dynamic_size else self._static_size()
        if size is not None and sizes and sizes[0] is not None and self._facts.infer_shape:
            whole.set_shape([size * sizes[0], *sizes[1:]])
        return whole

    def unstack(self, value: TensorLike, name: str | None = None) -> TensorArray:
        """The array with the rows of `value` as its first elements.

        Args:
          value: A tensor of shape `[n, *element_shape]`.
          name: Name of the scope of the nodes.

        Raises:
          ValueError: If the shape of `value` is not that of the elements.
          InvalidArgumentError: When run, if there are more rows than elements, or elements were written before.
        """
        with name_scope(name, "TensorArrayUnstack", [self._flow, value]):
            value = self._as_element(value)
            if value.shape.ndims == 0:
                raise ValueError(f"TensorArray.unstack takes a tensor of at least one dimension, got {value}")
            self._merge_element_shape(value.shape[1:])
            rows = value.shape.sizes[0] if value.shape.sizes else None
            if self._flow is self._facts.fresh and rows is not None and rows == self._static_size():
                return self._written(TENSOR_LIST_FROM_TENSOR(
                    value, _as_input(self.element_shape), name="TensorArrayScatter/TensorArrayScatterV3"))
            count = rows if rows is not None else lookup("StridedSlice")(
                lookup("Shape")(value), [0], [1], [1], shrink_axis_mask=1)
            indices = lookup("Range")(0, count, 1, name="range")
            return self._scattered(indices, value, "TensorArrayScatter/TensorArrayScatterV3")

    def scatter(self, indices: TensorLike, value: TensorLike, name: str | None = None) -> TensorArray:
        """The array with the rows of `value` as its elements at `indices`, an int32 vector.

        Raises:
          ValueError: If the shape of `value` is not that of the elements.
          InvalidArgumentError: When run, if an index lies outside, or its element was written or read before.
        """
        with name_scope(name, "TensorArrayScatter", [self._flow, indices, value]):
            value, indices = self._as_element(value), convert_to_tensor(indices, dtypes.int32, name="indices")
            if value.shape.ndims:
                if indices.shape.ndims == 1:
                    _check_count(value, indices)
                self._merge_element_shape(value.shape[1:])
            return self._scattered(indices, value, "TensorArrayScatterV3")

    def split(self, value: TensorLike, lengths: TensorLike, name: str | None = None) -> TensorArray:
        """The array with pieces of `value` as its elements.

        Args:
          value: A tensor, to be cut along its first dimension.
          lengths: An integer vector of as many numbers as there are elements: how long each piece is.
          name: Name of the scope of the nodes.

        Raises:
          ValueError: If the shape of the pieces is not that of the elements.
          InvalidArgumentError: If there are not as many pieces as elements; when run, if the lengths do not add up.
        """
        with name_scope(name, "TensorArraySplit", [self._flow, value, lengths]):
            value = self._as_element(value)
            lengths = convert_to_tensor(lengths, name="lengths")
            wide = lengths if lengths.dtype.base_dtype is dtypes.int64 else lookup("Cast")(lengths, DstT=dtypes.int64)
            known = constant_value(lengths)
            count = lengths.shape.sizes[0] if lengths.shape.sizes else None
            size = self._static_size()
            if not self._facts.dynamic_size and None not in (size, count) and size != count:
                raise InvalidArgumentError(
                    None, None, f"TensorArray's size is not equal to the size of lengths ({size} vs. {count}), and the "
                    "TensorArray is not marked as dynamically resizeable")
            if self._facts.infer_shape and value.shape.sizes and known is not None and len(set(known.tolist())) == 1:
                self._merge_element_shape(TensorShape.of((int(known[0]), *value.shape.sizes[1:])))
            rest = (None, *value.shape.sizes[1:]) if value.shape.sizes else None
            return self._written(TENSOR_LIST_SPLIT(value, _as_input(TensorShape.of(rest)), wide,
                                                   _identical=self._facts.infer_shape, name="TensorArraySplitV3"))

    # Parts of the methods.

    def _as_element(self, value: TensorLike) -> Tensor:
        return convert_to_tensor(value, preferred_dtype=self.dtype, name="value")

    def _merge_element_shape(self, shape: TensorShape) -> None:
        """Takes the shape of an element that is written.

        Raises:
          ValueError: If it is not that of the others.
        """
        known = self._facts.element_shape
        if known:
            if not shape.is_compatible_with(known[0]):
                raise ValueError(f"Inconsistent shapes: saw {shape} but expected {known[0]} (and infer_shape=True)")
            if self._facts.infer_shape:
                known[0] = known[0].merge_with(shape)
        elif self._facts.infer_shape:
            known.append(shape)

    def _kind(self) -> str:
        return "dynamic" if self._facts.dynamic_size else "fixed"

    def _read_number(self) -> int:
        """The number of a new reading operation; 0 where elements may be read again."""
        if self._facts.gradient_of is not None or not self._facts.clear_after_read:
            return 0
        self._facts.reads += 1
        return self._facts.reads

    def _static_size(self) -> int | None:
        size = self._facts.size
        value = None if size is None else constant_value(size)
        return None if value is None else int(value)

    def _scattered(self, indices: TensorLike, value: Tensor, name: str) -> TensorArray:
        if self._facts.gradient_of is not None:
            count = lookup("TensorListLength")(self._flow)
            rows = lookup("UnsortedSegmentSum")(value, indices, count)
            return self._written(lookup("AddN")([self._flow, TENSOR_LIST_FROM_TENSOR(rows, -1)]))
        return self._written(TENSOR_LIST_SCATTER_INTO(self._flow, value, indices, _array=self._kind(),
                                                      _identical=self._facts.infer_shape, name=name))

    def _written(self, flow: Tensor) -> TensorArray:
        array = self.with_flow(flow)
        if self._facts.gradient_of is not None:
            owner, source = self._facts.gradient_of
            owner.gradients[source] = array
        return array


def _check_count(value: Tensor, indices: Tensor) -> None:
    if not value.shape[0].is_compatible_with(indices.shape[0]):
        raise ValueError(f"Dimensions must be equal, but are {indices.shape[0]} and {value.shape[0]}: "
                         f"TensorArray.scatter takes a row of {value.name} for each index of {indices.name}.")


def _check_arguments(size: Any, dynamic_size: Any, tensor_array_name: Any, handle: Any, clear_after_read: Any,
                     element_shape: Any) -> None:
    if handle is None:
        if size is None:
            raise ValueError("Size must be provided if handle is not provided")
        return
    if not isinstance(handle, Tensor):
        raise TypeError("Handle must be a Tensor")
    for given, what in ((size, "size"), (tensor_array_name, "tensor_array_name"), (dynamic_size, "dynamic_size"),
                        (clear_after_read, "clear_after_read"), (element_shape, "element_shape")):
        if given is not None:
            raise ValueError(f"Cannot provide both a handle and {what} at the same time")


def _as_input(shape: TensorShape) -> np.ndarray:
    """A shape as list ops take it: -1 for what is not known."""
    known = -1 if shape.sizes is None else [-1 if size is None else size for size in shape.sizes]
    return np.asarray(known, np.int32)
