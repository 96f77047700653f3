"""The values of tensor lists while a run lasts: `HostList` in NumPy's tier, `DeviceList` in XLA's.

Both are immutable, and stand in registers where other tensors have arrays: `dtype` is the one that tensors of dtype
`variant` are carried in, and `shape` is a tuple of numbers that is equal for lists of one layout alone, so that it can
be part of a signature. An element that was never written is a **missing** one; it counts as zeros.

A `DeviceList` is a JAX pytree (`register`) and has one of three forms:

- **buffer**: one array `[capacity, *element_shape]`, of which the first `length` elements count. It alone can be a
  loop variable.
- **items**: the elements by index, as long as only indexes that are known while tracing were written. Straight-line
  code then moves no memory, and elements may differ in shape.
- **spot**: nothing but one element whose index is computed: what the gradient of reading an element gives. Adding it
  to a buffer touches that element alone.

`length` is an integer where it is known while tracing, else a traced one. The elements of a list may be lists (what
each iteration of a loop around keeps of a loop inside): in the form "buffer" these are a `Batch`.
`list_layouts.py` brings lists from one form into another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from millpond import dtypes
from millpond.graph.rule_types import Array, Jax
from millpond.shapes import Sizes

DTYPE = np.dtype(object)
_UNKNOWN = -1
_BUFFER, _ITEMS, _SPOT, _LISTS = range(4)


class NeedsHost(NotImplementedError):
    """What is done with a list has no form in one XLA program: it runs from the host."""


class Reads:
    """Which elements of a TensorArray were read, and so cleared, in a run; shared by all versions of the array.

    Each reading operation has a number; the same operation in another iteration, or in a copy of a loop's body, has
    the same. State: the number that read each index first. An index that is computed is known by its tracer.
    """

    __slots__ = ("_numbers",)

    def __init__(self, before: Reads | None = None) -> None:
        self._numbers: dict[Any, tuple[int, Any]] = {} if before is None else dict(before._numbers)

    def note(self, index: Any, number: int) -> bool:
        """Takes down a reading; False where an operation of another number has read the element before."""
        return self._numbers.setdefault(_key(index), (number, index))[0] == number

    def __contains__(self, index: Any) -> bool:
        return _key(index) in self._numbers


def _key(index: Any) -> Any:
    return index if isinstance(index, int) else ("traced", id(index))


class HostList:
    """A list of NumPy arrays.

    Args:
      items: The elements that were written, by index; it belongs to the list, and is never changed.
      length: The number of elements.
      element_dtype: Their dtype.
      element_shape: What is declared of their shape, or None.
      reads: Which elements were read; by default none was.
      written: Which of `items` are known to have been written, where some may be the zeros of an array; by default all.
      most: How many elements appending may make of it, or None: any number.
    """

    __slots__ = ("items", "length", "element_dtype", "element_shape", "reads", "written", "most", "_common")

    dtype = DTYPE
    ndim = 0

    def __init__(self, items: dict[int, Any], length: int, element_dtype: np.dtype,
                 element_shape: Sizes | None = None, reads: Reads | None = None,
                 written: frozenset[int] | None = None, most: int | None = None) -> None:
        self.items = items
        self.most = most
        self.length = length
        self.element_dtype = element_dtype
        self.element_shape = element_shape
        self.reads = reads or Reads()
        self.written = written
        # The shape that all items have, None where there is no such; an Ellipsis until it is asked for.
        self._common: Any = ...

    @property
    def size(self) -> int:
        return len(self.items)

    @property
    def nbytes(self) -> int:
        return sum(item.nbytes for item in self.items.values())

    @property
    def shape(self) -> tuple[int, ...]:
        if any(isinstance(item, HostList) for item in self.items.values()):
            return _signature(_LISTS, self, self.length, None,
                              [(key, *self.items[key].shape) for key in sorted(self.items)])
        if self._is_uniform():
            return _signature(_BUFFER, self, self.length, None, [(self.length, *self.items[0].shape)])
        keys = sorted(self.items)
        return _signature(_ITEMS, self, self.length, self.element_shape,
                          [(key, *self.items[key].shape) for key in keys])

    def _is_uniform(self) -> bool:
        """Whether all elements are there, and can be stacked."""
        items = self.items
        return len(items) == self.length > 0 and len({item.shape for item in items.values()}) == 1

    def replaced(self, items: dict[int, Any] | None = None, length: int | None = None) -> HostList:
        """The same list with other elements, or of another length."""
        return HostList(self.items if items is None else items, self.length if length is None else length,
                        self.element_dtype, self.element_shape, self.reads, self.written, self.most)

    def with_item(self, index: int, item: Any) -> HostList:
        """The same list with an element set; it grows where it must."""
        items = self.items.copy()
        items[index] = item
        after = self.replaced(items, max(self.length, index + 1))
        if self.written is not None:
            after.written = self.written | {index}
        if self._common is not ...:
            sizes = sizes_of(item)
            after._common = sizes if not self.items or self._common == sizes else ...
        return after

    def without_last(self) -> HostList:
        """The same list without its last element."""
        items = self.items.copy()
        items.pop(self.length - 1, None)
        return self.replaced(items, self.length - 1)

    def known_shape(self) -> Sizes | None:
        """What is known of the shape of an element: what is declared, and what the elements tell."""
        if self._common is ...:
            self._common = _common_shape(self.items)
        return self.element_shape if self._common is None else self._common

    def zeros(self, xp: Any) -> HostList:
        """A list of as many missing elements; those that are lists are as long as they were."""
        lists = {}
        if self.element_dtype == DTYPE:
            lists = {i: item.zeros(xp) for i, item in self.items.items() if isinstance(item, HostList)}
        return HostList(lists, self.length, self.element_dtype, self.known_shape(), most=self.most)

    def on_device(self) -> DeviceList:
        """The same list for a compiled program, in arrays that nobody else changes."""
        if any(isinstance(item, HostList) for item in self.items.values()):
            return self._lists_on_device()
        if self._is_uniform():
            return DeviceList(self.element_dtype, self.length, most=self.most,
                              buffer=np.stack([self.items[i] for i in range(self.length)]))
        return DeviceList(self.element_dtype, self.length, self.element_shape, unsure=self.written is not None,
                          most=self.most, items={key: np.array(self.items[key]) for key in sorted(self.items)})

    def _lists_on_device(self) -> DeviceList:
        lists = {key: self.items[key].on_device() for key in sorted(self.items)}
        layouts = {_flatten(one)[1] for one in lists.values()}
        shapes = {one.shape for one in lists.values()}
        if len(lists) < self.length or len(layouts) > 1 or len(shapes) > 1:
            return DeviceList(self.element_dtype, self.length, items=lists, most=self.most)
        columns = zip(*[_flatten(one)[0] for one in lists.values()], strict=True)
        if any(isinstance(leaf, (DeviceList, Batch)) for leaf in _flatten(lists[0])[0]):
            return DeviceList(self.element_dtype, self.length, items=lists, most=self.most)
        batch = Batch(self.length, _unflatten(layouts.pop(), [np.stack(column) for column in columns]))
        return DeviceList(self.element_dtype, self.length, buffer=batch, most=self.most)

    def __repr__(self) -> str:
        return f"<list of {self.length} {self.element_dtype.name}{_shape_text(self.known_shape())}>"


class Spot(NamedTuple):
    """The only element of a list that is not missing, where its index is computed."""

    index: Any
    item: Any


class Batch:
    """The elements of a list of lists, in the form "buffer".

    Args:
      capacity: How many there is room for.
      lists: A list each of whose arrays has a dimension more, the first, along which the elements lie.
    """

    __slots__ = ("capacity", "lists")

    dtype = DTYPE

    def __init__(self, capacity: int, lists: DeviceList) -> None:
        self.capacity = capacity
        self.lists = lists

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.capacity,)

    @property
    def size(self) -> int:
        return self.lists.size


class DeviceList:
    """A list of arrays in XLA's tier; the module's docstring tells the forms.

    Args:
      element_dtype: The dtype of the elements.
      length: The number of elements: an integer, or a traced one.
      element_shape: What is known of their shape, where there is no buffer.
      buffer: Of the form "buffer": the elements, one after the other.
      items: Of the form "items": the elements that were written.
      spot: Of the form "spot": the only element.
      marks: Indexes written while tracing, in the form "buffer".
      reads: Which elements were read while tracing; by default none was.
      grows: Whether it is the variable of a loop that looks, when it has ended, whether there was room for all that was
        written: what there is no room for is counted in `length`, and takes the place of the last.
      unsure: Whether some of `items` may be the zeros of an array that nobody wrote.
      most: How many elements appending may make of it, or None: any number.
    """

    __slots__ = ("element_dtype", "length", "_element_shape", "buffer", "items", "spot", "marks", "reads", "grows",
                 "unsure", "most")

    dtype = DTYPE
    ndim = 0

    def __init__(self, element_dtype: np.dtype, length: Any, element_shape: Sizes | None = None, *,
                 buffer: Array | None = None, items: Mapping[int, Array] | None = None, spot: Spot | None = None,
                 marks: Mapping[Any, Any] | None = None, reads: Reads | None = None, grows: bool = False,
                 unsure: bool = False, most: int | None = None) -> None:
        self.most = most
        self.element_dtype = element_dtype
        self.length = length
        self._element_shape = element_shape
        self.buffer = buffer
        self.items = items or {}
        self.spot = spot
        self.marks = marks or {}
        self.reads = reads or Reads()
        self.grows = grows
        self.unsure = unsure

    @property
    def has_known_length(self) -> bool:
        return isinstance(self.length, int)

    @property
    def is_blank(self) -> bool:
        """Whether every element is missing."""
        return self.buffer is None and not self.items and self.spot is None

    @property
    def capacity(self) -> int:
        """How many elements there is room for."""
        if self.buffer is not None:
            return self.buffer.shape[0]
        return self.length if self.has_known_length else 0

    @property
    def size(self) -> int:
        return sum(leaf.size for leaf in _arrays(self))

    @property
    def nbytes(self) -> int:
        return sum(leaf.size * self.element_dtype.itemsize for leaf in _arrays(self))

    @property
    def shape(self) -> tuple[int, ...]:
        length = self.length if self.has_known_length else _UNKNOWN
        if isinstance(self.buffer, Batch):
            return _signature(_LISTS, self, length, None, [self.buffer.shape, self.buffer.lists.shape])
        if self.buffer is not None:
            return _signature(_BUFFER, self, length, None, [self.buffer.shape])
        if self.spot is not None:
            return _signature(_SPOT, self, length, None, [self.spot.item.shape])
        return _signature(_ITEMS, self, length, self._element_shape,
                          [(key, *self.items[key].shape) for key in sorted(self.items)])

    @property
    def element_shape(self) -> Sizes | None:
        """What is known of the shape of an element, beside what the items tell."""
        return self._element_shape if self.buffer is None else tuple(self.buffer.shape[1:])

    def known_shape(self) -> Sizes | None:
        """What is known of the shape of an element: what is declared, and what the elements tell."""
        if self.spot is not None:
            return sizes_of(self.spot.item)
        common = _common_shape(self.items)
        return self.element_shape if common is None else common

    def replaced(self, **changes: Any) -> DeviceList:
        """The same list with some arguments changed."""
        arguments: dict[str, Any] = {"length": self.length, "element_shape": self._element_shape, "items": self.items,
                                     "buffer": self.buffer, "spot": self.spot, "marks": self.marks,
                                     "reads": self.reads, "grows": self.grows,
                                     "unsure": self.unsure, "most": self.most}
        return DeviceList(self.element_dtype, **{**arguments, **changes})

    def zeros(self, xp: Any) -> DeviceList:
        """A list of as many missing elements; where their number is not known, or they are lists, with as much room.
        Those that are lists are as long as they were."""
        if isinstance(self.buffer, Batch):
            batch = Batch(self.buffer.capacity, _with_zeros(self.buffer.lists, xp))
            return DeviceList(self.element_dtype, self.length, buffer=batch, most=self.most)
        if self.buffer is not None and not self.has_known_length:
            zeros = xp.zeros(self.buffer.shape, self.element_dtype)
            return DeviceList(self.element_dtype, self.length, buffer=zeros, most=self.most)
        lists = {i: item.zeros(xp) for i, item in self.items.items() if isinstance(item, DeviceList)}
        return DeviceList(self.element_dtype, self.length, self.known_shape(), items=lists, most=self.most)

    def afresh(self) -> DeviceList:
        """The same list, of which only what was read before counts as read: what enters a branch, beside which there
        are others."""
        return self.replaced(reads=Reads(self.reads))

    def outline(self) -> DeviceList:
        """A list of as many elements without arrays."""
        return DeviceList(self.element_dtype, self.length)

    def on_host(self) -> HostList:
        """The same list in NumPy arrays, when its program has run."""
        assert self.spot is None
        length = int(self.length)
        if self.buffer is None:
            items = {key: _on_host(item) for key, item in self.items.items()}
        else:
            rows = mapped(self.buffer, np.asarray)
            items = {i: _on_host(row(rows, i)) for i in range(length)}
        if self.buffer is None:
            return HostList(items, length, self.element_dtype, self._element_shape,
                            written=frozenset() if self.unsure else None, most=self.most)
        # What the buffer tells of the shape binds no element that is written later.
        return HostList(items, length, self.element_dtype, written=frozenset(), most=self.most)

    def __repr__(self) -> str:
        return f"<list of {self.length} {self.element_dtype.name}{_shape_text(self.known_shape())}>"


TensorList = HostList | DeviceList
LISTS = (HostList, DeviceList)


def sizes_of(item: Any) -> tuple[int, ...]:
    """The shape of an element; a list is a scalar."""
    return () if isinstance(item, LISTS) else tuple(item.shape)


def mapped(value: Any, function: Callable[[Any], Any]) -> Any:
    """An array, or what lists are made of, with a function applied to each array."""
    if isinstance(value, Batch):
        return Batch(value.capacity, mapped(value.lists, function))
    if isinstance(value, DeviceList):
        leaves, structure = _flatten(value)
        return _unflatten(structure, [mapped(leaf, function) for leaf in leaves])
    return function(value)


def _with_zeros(lists: DeviceList, xp: Any) -> DeviceList:
    """What a batch holds, with zeros in all arrays but the lengths."""
    buffer = lists.buffer
    if isinstance(buffer, Batch):
        return lists.replaced(buffer=Batch(buffer.capacity, _with_zeros(buffer.lists, xp)))
    return lists if buffer is None else lists.replaced(buffer=xp.zeros(buffer.shape, buffer.dtype))


def row(buffer: Any, index: int) -> Any:
    """One element of a buffer."""
    if isinstance(buffer, Batch):
        return mapped(buffer.lists, lambda leaf: leaf[index])
    return buffer[index]


def rows(buffer: Any, count: int) -> Any:
    """The first elements of a buffer."""
    if isinstance(buffer, Batch):
        return Batch(min(count, buffer.capacity), mapped(buffer.lists, lambda leaf: leaf[:count]))
    return buffer[:count]


def _on_host(item: Any) -> Any:
    return item.on_host() if isinstance(item, DeviceList) else np.asarray(item)


def _signature(form: int, value: TensorList, length: int, element_shape: Sizes | None,
               arrays: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """What tells layouts apart, as numbers: the parts are as long as the numbers before them say."""
    known = [_UNKNOWN] if element_shape is None else [len(element_shape), *(_UNKNOWN if n is None else n
                                                                            for n in element_shape)]
    most = _UNKNOWN if value.most is None else value.most
    numbers = [form, length, most, dtypes.from_numpy(value.element_dtype).as_datatype_enum, *known]
    for sizes in arrays:
        numbers += [len(sizes), *sizes]
    return tuple(numbers)


def _arrays(value: DeviceList) -> list[Any]:
    own = [] if value.buffer is None else [value.buffer]
    return [*own, *value.items.values(), *([] if value.spot is None else [value.spot.item])]


def _common_shape(items: Mapping[int, Any]) -> tuple[int, ...] | None:
    """The shape that all items have, or None."""
    shapes = {sizes_of(item) for item in items.values()}
    return shapes.pop() if len(shapes) == 1 else None


def _shape_text(sizes: Sizes | None) -> str:
    return "" if sizes is None else f"[{','.join('?' if n is None else str(n) for n in sizes)}]"


def is_known(value: Any) -> bool:
    """Whether a guard can look at a value while tracing: an array of NumPy's, or a list as far as its length goes."""
    return isinstance(value, (np.ndarray, HostList)) or (isinstance(value, DeviceList) and value.has_known_length)


def holds_objects(value: Any) -> bool:
    """Whether a value is a list of strings, which XLA knows nothing of."""
    return (isinstance(value, HostList) and value.element_dtype == DTYPE
            and any(not isinstance(item, HostList) or holds_objects(item) for item in value.items.values()))


def as_host_value(value: Any) -> Any:
    """What a kernel gave, as NumPy's tier carries it: an array, or a list."""
    return value if type(value) is HostList else np.asarray(value)


# The pytree.


class _Structure(NamedTuple):
    """All of a DeviceList but its arrays."""

    element_dtype: np.dtype
    length: int | None
    element_shape: Sizes | None
    has_buffer: bool
    keys: tuple[int, ...]
    has_spot: bool
    grows: bool
    unsure: bool
    most: int | None


def _flatten(value: DeviceList) -> tuple[list[Any], _Structure]:
    keys = tuple(sorted(value.items))
    known = value.has_known_length
    # What a buffer tells of the shape is no part of the structure: its array says it.
    shape = None if value.buffer is not None else value._element_shape
    leaves = [*([] if value.buffer is None else [value.buffer]), *(value.items[key] for key in keys),
              *(value.spot or ()), *([] if known else [value.length])]
    return leaves, _Structure(value.element_dtype, value.length if known else None, shape, value.buffer is not None,
                              keys, value.spot is not None, value.grows, value.unsure and value.buffer is None,
                              value.most)


def _unflatten(structure: _Structure, leaves: Iterable[Any]) -> DeviceList:
    left = iter(leaves)
    buffer = next(left) if structure.has_buffer else None
    items = {key: next(left) for key in structure.keys}
    spot = Spot(next(left), next(left)) if structure.has_spot else None
    length = structure.length if structure.length is not None else next(left)
    return DeviceList(structure.element_dtype, length, structure.element_shape, buffer=buffer, items=items, spot=spot,
                      grows=structure.grows, unsure=structure.unsure, most=structure.most)


def register(jax: Jax) -> None:
    """Tells JAX what a `DeviceList` is made of; called once, when JAX has been loaded."""
    jax.tree_util.register_pytree_node(DeviceList, _flatten, _unflatten)
    jax.tree_util.register_pytree_node(Batch, lambda batch: ((batch.lists,), batch.capacity),
                                       lambda capacity, children: Batch(capacity, *children))


def whole(sizes: Sizes | None) -> tuple[int, ...]:
    """A shape that is known to be known."""
    assert sizes is not None
    return tuple([size for size in sizes if size is not None])
