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

`length` is an integer where it is known while tracing, else a traced one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from millpond import dtypes
from millpond.graph.rule_types import Array, Jax
from millpond.shapes import Sizes, TensorShape

DTYPE = np.dtype(object)
_UNKNOWN = -1
_BUFFER, _ITEMS, _SPOT = 0, 1, 2
# So many known elements are added to a buffer one by one; more are stacked first.
MAX_SINGLE_UPDATES = 8


class NeedsHost(NotImplementedError):
    """What is done with a list has no form in one XLA program: it runs from the host."""


class Reads:
    """Which elements of a TensorArray were read, and so cleared, in a run; shared by all versions of the array.

    Each reading operation has a number; the same operation in another iteration, or in a copy of a loop's body, has
    the same. State: the number that read each index first. An index that is computed is known by its tracer.
    """

    __slots__ = ("_numbers",)

    def __init__(self) -> None:
        self._numbers: dict[Any, tuple[int, Any]] = {}

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
    """

    __slots__ = ("items", "length", "element_dtype", "element_shape", "reads")

    dtype = DTYPE
    ndim = 0

    def __init__(self, items: Mapping[int, np.ndarray], length: int, element_dtype: np.dtype,
                 element_shape: Sizes | None = None, reads: Reads | None = None) -> None:
        self.items = items
        self.length = length
        self.element_dtype = element_dtype
        self.element_shape = element_shape
        self.reads = reads or Reads()

    @property
    def size(self) -> int:
        return len(self.items)

    @property
    def nbytes(self) -> int:
        return sum(item.nbytes for item in self.items.values())

    @property
    def shape(self) -> tuple[int, ...]:
        if self._is_uniform():
            return _signature(_BUFFER, self.length, self.element_dtype, None, [(self.length, *self.items[0].shape)])
        keys = sorted(self.items)
        return _signature(_ITEMS, self.length, self.element_dtype, self.element_shape,
                          [(key, *self.items[key].shape) for key in keys])

    def _is_uniform(self) -> bool:
        """Whether all elements are there, and can be stacked."""
        items = self.items
        return len(items) == self.length > 0 and len({item.shape for item in items.values()}) == 1

    def replaced(self, items: Mapping[int, np.ndarray] | None = None, length: int | None = None) -> HostList:
        """The same list with other elements, or of another length."""
        return HostList(self.items if items is None else items, self.length if length is None else length,
                        self.element_dtype, self.element_shape, self.reads)

    def known_shape(self) -> Sizes | None:
        """What is known of the shape of an element: what is declared, and what the elements tell."""
        return _known_shape(self.element_shape, self.items)

    def zeros(self, xp: Any) -> HostList:
        """A list of as many missing elements."""
        return HostList({}, self.length, self.element_dtype, self.known_shape())

    def on_device(self) -> DeviceList:
        """The same list for a compiled program, in arrays that nobody else changes."""
        if self._is_uniform():
            return DeviceList(self.element_dtype, self.length, buffer=np.stack(self.elements()))
        return DeviceList(self.element_dtype, self.length, self.element_shape,
                          items={key: np.array(self.items[key]) for key in sorted(self.items)})

    def elements(self) -> list[np.ndarray]:
        """All elements, none of which is missing."""
        return [self.items[i] for i in range(self.length)]

    def __repr__(self) -> str:
        return f"<list of {self.length} {self.element_dtype.name}{_shape_text(self.known_shape())}>"


class Spot(NamedTuple):
    """The only element of a list that is not missing, where its index is computed."""

    index: Any
    item: Any


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
    """

    __slots__ = ("element_dtype", "length", "_element_shape", "buffer", "items", "spot", "marks", "reads")

    dtype = DTYPE
    ndim = 0

    def __init__(self, element_dtype: np.dtype, length: Any, element_shape: Sizes | None = None, *,
                 buffer: Array | None = None, items: Mapping[int, Array] | None = None, spot: Spot | None = None,
                 marks: Mapping[Any, Any] | None = None, reads: Reads | None = None) -> None:
        self.element_dtype = element_dtype
        self.length = length
        self._element_shape = element_shape
        self.buffer = buffer
        self.items = items or {}
        self.spot = spot
        self.marks = marks or {}
        self.reads = reads or Reads()

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
        if self.buffer is not None:
            return _signature(_BUFFER, length, self.element_dtype, None, [self.buffer.shape])
        if self.spot is not None:
            return _signature(_SPOT, length, self.element_dtype, None, [self.spot.item.shape])
        return _signature(_ITEMS, length, self.element_dtype, self._element_shape,
                          [(key, *self.items[key].shape) for key in sorted(self.items)])

    @property
    def element_shape(self) -> Sizes | None:
        """What is known of the shape of an element, beside what the items tell."""
        return self._element_shape if self.buffer is None else tuple(self.buffer.shape[1:])

    def known_shape(self) -> Sizes | None:
        """What is known of the shape of an element: what is declared, and what the elements tell."""
        if self.spot is not None:
            return tuple(self.spot.item.shape)
        return _known_shape(self.element_shape, self.items)

    def replaced(self, **changes: Any) -> DeviceList:
        """The same list with some arguments changed."""
        arguments: dict[str, Any] = {"length": self.length, "element_shape": self._element_shape, "items": self.items,
                                     "buffer": self.buffer, "spot": self.spot, "marks": self.marks,
                                     "reads": self.reads}
        return DeviceList(self.element_dtype, **{**arguments, **changes})

    def zeros(self, xp: Any) -> DeviceList:
        """A list of as many missing elements; where their number is not known, with as much room."""
        if self.buffer is not None and not self.has_known_length:
            return DeviceList(self.element_dtype, self.length, buffer=xp.zeros(self.buffer.shape, self.element_dtype))
        return DeviceList(self.element_dtype, self.length, self.known_shape())

    def afresh(self) -> DeviceList:
        """The same list, of which nothing is known to be read: what enters a program, of which there may be others
        beside it (branches)."""
        return self.replaced(marks={}, reads=None)

    def outline(self) -> DeviceList:
        """A list of as many elements without arrays."""
        return DeviceList(self.element_dtype, self.length)

    def on_host(self) -> HostList:
        """The same list in NumPy arrays, when its program has run."""
        assert self.spot is None
        length = int(self.length)
        if self.buffer is None:
            items = {key: np.asarray(item) for key, item in self.items.items()}
        else:
            buffer = np.asarray(self.buffer)
            items = {i: buffer[i] for i in range(length)}
        return HostList(items, length, self.element_dtype, self.element_shape)

    def __repr__(self) -> str:
        return f"<list of {self.length} {self.element_dtype.name}{_shape_text(self.known_shape())}>"


TensorList = HostList | DeviceList
LISTS = (HostList, DeviceList)


def _signature(form: int, length: int, dtype: np.dtype, element_shape: Sizes | None,
               arrays: Iterable[Sequence[int]]) -> tuple[int, ...]:
    """What tells layouts apart, as numbers: the parts are as long as the numbers before them say."""
    known = [_UNKNOWN] if element_shape is None else [len(element_shape), *(_UNKNOWN if n is None else n
                                                                            for n in element_shape)]
    numbers = [form, length, dtypes.from_numpy(dtype).as_datatype_enum, *known]
    for sizes in arrays:
        numbers += [len(sizes), *sizes]
    return tuple(numbers)


def _arrays(value: DeviceList) -> list[Any]:
    own = [] if value.buffer is None else [value.buffer]
    return [*own, *value.items.values(), *([] if value.spot is None else [value.spot.item])]


def _known_shape(declared: Sizes | None, items: Mapping[int, Any]) -> Sizes | None:
    shapes = {tuple(item.shape) for item in items.values()}
    return next(iter(shapes)) if len(shapes) == 1 else declared


def _shape_text(sizes: Sizes | None) -> str:
    return "" if sizes is None else f"[{','.join('?' if n is None else str(n) for n in sizes)}]"


def is_known(value: Any) -> bool:
    """Whether a guard can look at a value while tracing: an array of NumPy's, or a list as far as its length goes."""
    return isinstance(value, (np.ndarray, HostList)) or (isinstance(value, DeviceList) and value.has_known_length)


def holds_objects(value: Any) -> bool:
    """Whether a value is a list of strings, which XLA knows nothing of."""
    return isinstance(value, HostList) and value.element_dtype == DTYPE


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


def _flatten(value: DeviceList) -> tuple[list[Any], _Structure]:
    keys = tuple(sorted(value.items))
    known = value.has_known_length
    # What a buffer tells of the shape is no part of the structure: its array says it.
    shape = None if value.buffer is not None else value._element_shape
    leaves = [*([] if value.buffer is None else [value.buffer]), *(value.items[key] for key in keys),
              *(value.spot or ()), *([] if known else [value.length])]
    return leaves, _Structure(value.element_dtype, value.length if known else None, shape, value.buffer is not None,
                              keys, value.spot is not None)


def _unflatten(structure: _Structure, leaves: Iterable[Any]) -> DeviceList:
    left = iter(leaves)
    buffer = next(left) if structure.has_buffer else None
    items = {key: next(left) for key in structure.keys}
    spot = Spot(next(left), next(left)) if structure.has_spot else None
    length = structure.length if structure.length is not None else next(left)
    return DeviceList(structure.element_dtype, length, structure.element_shape, buffer=buffer, items=items, spot=spot)


def register(jax: Jax) -> None:
    """Tells JAX what a `DeviceList` is made of; called once, when JAX has been loaded."""
    jax.tree_util.register_pytree_node(DeviceList, _flatten, _unflatten)


# Layouts.


def settled(jax: Jax, value: DeviceList) -> DeviceList:
    """The list in the form "buffer"; as it is where the shape of its elements is not known yet.

    Raises:
      NeedsHost: If its elements differ in shape.
    """
    if value.buffer is not None:
        return value
    sizes = value.known_shape()
    if len({item.shape for item in value.items.values()}) > 1:
        raise NeedsHost(f"elements of different shapes in one array: {value!r}")
    if sizes is None or None in sizes:
        return value
    return value.replaced(buffer=_buffer(jax, value, sizes), items={}, spot=None, element_shape=None,
                          marks=value.marks or {i: i for i in value.items})


def _buffer(jax: Jax, value: DeviceList, sizes: Sizes) -> Array:
    jnp, capacity = jax.numpy, value.capacity
    if value.spot is not None:
        return _updated(jax, jnp.zeros((capacity, *sizes), value.element_dtype), *value.spot)
    if capacity and len(value.items) * 2 > capacity:
        blank = np.zeros(whole(sizes), value.element_dtype)
        return jnp.stack([value.items.get(i, blank) for i in range(capacity)])
    buffer = jnp.zeros((capacity, *sizes), value.element_dtype)
    for i, item in value.items.items():
        buffer = _updated(jax, buffer, i, item)
    return buffer


def _updated(jax: Jax, buffer: Array, index: Any, item: Any) -> Array:
    if not buffer.shape[0]:
        return buffer  # nothing is in range
    return jax.lax.dynamic_update_index_in_dim(buffer, item, index, 0)


def with_capacity(jax: Jax, value: DeviceList, capacity: int) -> DeviceList:
    """A list of the form "buffer" with room for more elements."""
    missing = capacity - value.capacity
    if value.buffer is None or missing <= 0:
        return value
    jnp = jax.numpy
    room = jnp.zeros((missing, *value.buffer.shape[1:]), value.element_dtype)
    return value.replaced(buffer=jnp.concatenate([value.buffer, room]))


def alike(jax: Jax, values: Sequence[DeviceList]) -> list[DeviceList]:
    """Lists that take turns in one place (a loop variable before and after an iteration, the results of branches) in
    one layout: as pytrees they then have one structure, and arrays of one shape.

    Where no list knows the shape of its elements, they stay blank.

    Raises:
      NeedsHost: If elements differ in shape.
    """
    lists = [settled(jax, value) for value in values]
    shapes = {tuple(value.buffer.shape[1:]) for value in lists if value.buffer is not None}
    if len(shapes) > 1:
        raise NeedsHost(f"lists of elements of different shapes in one place: {sorted(shapes)}")
    if shapes:
        sizes = next(iter(shapes))
        lists = [value if value.buffer is not None else settled(jax, value.replaced(element_shape=sizes))
                 for value in lists]
        room = max(value.capacity for value in lists)
        lists = [with_capacity(jax, value, room) for value in lists]
    else:
        shape = TensorShape.of(lists[0]._element_shape)
        for value in lists[1:]:
            shape = shape.most_specific_compatible_shape(TensorShape.of(value._element_shape))
        lists = [value.replaced(element_shape=shape.sizes) for value in lists]
    if all(value.has_known_length for value in lists) and len({value.length for value in lists}) == 1:
        return lists
    return [value.replaced(length=jax.numpy.asarray(value.length, np.int32)) for value in lists]


def fitted(jax: Jax, value: DeviceList, layout: DeviceList) -> DeviceList:
    """The list in the layout of another, which has as much room as it needs (`alike`)."""
    if layout.buffer is not None:
        value = with_capacity(jax, settled(jax, value.replaced(element_shape=layout.element_shape)), layout.capacity)
    else:
        value = value.replaced(element_shape=layout.element_shape)
    if layout.has_known_length:
        return value
    return value.replaced(length=jax.numpy.asarray(value.length, np.int32))


def whole(sizes: Sizes | None) -> tuple[int, ...]:
    """A shape that is known to be known."""
    assert sizes is not None
    return tuple([size for size in sizes if size is not None])


# Sums.


def total(values: Sequence[TensorList], jax: Jax | None = None) -> TensorList:
    """The sum of lists, element by element; missing ones count as zeros, and a shorter list as if it had them.

    Args:
      values: The lists, all of one tier.
      jax: The module, in XLA's tier.
    """
    result = values[0]
    for value in values[1:]:
        if isinstance(result, HostList):
            assert isinstance(value, HostList)
            result = _host_sum(result, value)
        else:
            assert isinstance(value, DeviceList)
            result = _device_sum(jax, result, value)
    return result


def _host_sum(a: HostList, b: HostList) -> HostList:
    few, many = (a, b) if len(a.items) < len(b.items) else (b, a)
    items = dict(many.items)
    for i, item in few.items.items():
        items[i] = np.add(items[i], item) if i in items else item
    return HostList(items, max(a.length, b.length), a.element_dtype,
                    a.element_shape if a.element_shape is not None else b.element_shape)


def _device_sum(jax: Any, a: DeviceList, b: DeviceList) -> DeviceList:
    jnp = jax.numpy
    if a.has_known_length and b.has_known_length:
        length = max(a.length, b.length)
    else:
        length = jnp.maximum(jnp.asarray(a.length, np.int32), jnp.asarray(b.length, np.int32))
    if a.is_blank or b.is_blank:
        rest = b if a.is_blank else a
        other = a if a.is_blank else b
        if rest.is_blank and rest.element_shape is None:
            rest = rest.replaced(element_shape=other.element_shape)
        if rest.buffer is not None:
            rest = with_capacity(jax, rest, other.capacity)
        return rest.replaced(length=length, marks={}, reads=None)
    if a.items and b.items:
        items = dict(a.items)
        for i, item in b.items.items():
            items[i] = jnp.add(items[i], item) if i in items else item
        return DeviceList(a.element_dtype, length, a.element_shape, items=items)
    if a.buffer is None:
        a, b = b, a
    a = with_capacity(jax, settled(jax, a), b.capacity)
    assert a.buffer is not None
    if b.spot is not None or 0 < len(b.items) <= MAX_SINGLE_UPDATES:
        buffer = a.buffer
        for i, item in [b.spot] if b.spot is not None else b.items.items():
            if a.capacity:
                before = jax.lax.dynamic_index_in_dim(buffer, i, 0, keepdims=False)
                buffer = _updated(jax, buffer, i, jnp.add(before, item))
    else:
        buffer = jnp.add(a.buffer, with_capacity(jax, settled(jax, b), a.capacity).buffer)
    return DeviceList(a.element_dtype, length, buffer=buffer)
