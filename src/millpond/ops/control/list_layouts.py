"""The layouts of lists in XLA's tier: from one form into another, room for more, one layout for several; and sums."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.graph.rule_types import Array, Jax
from millpond.ops.control.list_values import (
    DTYPE,
    Batch,
    DeviceList,
    HostList,
    NeedsHost,
    Spot,
    TensorList,
    mapped,
    whole,
)
from millpond.shapes import Sizes, TensorShape

# So many known elements are added to a buffer one by one; more are stacked first.
MAX_SINGLE_UPDATES = 8


def settled(jax: Jax, value: DeviceList, like: DeviceList | None = None) -> DeviceList:
    """The list in the form "buffer"; as it is where the shape of its elements is not known yet.

    Args:
      jax: The module.
      value: The list.
      like: What an element is like, if elements are lists.

    Raises:
      NeedsHost: If its elements differ in shape.
    """
    if value.buffer is not None:
        return value
    if value.element_dtype == DTYPE:
        return _settled_lists(jax, value, like)
    sizes = value.known_shape()
    if len({item.shape for item in value.items.values()}) > 1:
        raise NeedsHost(f"elements of different shapes in one array: {value!r}")
    if sizes is None or None in sizes:
        return value
    return _with_buffer(value, _buffer(jax, value, sizes))


def _with_buffer(value: DeviceList, buffer: Any) -> DeviceList:
    return value.replaced(buffer=buffer, items={}, spot=None, element_shape=None,
                          marks={**({} if value.unsure else {i: i for i in value.items}), **value.marks})


def _buffer(jax: Jax, value: DeviceList, sizes: Sizes) -> Array:
    jnp, capacity = jax.numpy, value.capacity
    if value.spot is not None:
        return with_row(jax, jnp.zeros((capacity, *sizes), value.element_dtype), *value.spot)
    if capacity and len(value.items) * 2 > capacity:
        blank = np.zeros(whole(sizes), value.element_dtype)
        return jnp.stack([value.items.get(i, blank) for i in range(capacity)])
    buffer = jnp.zeros((capacity, *sizes), value.element_dtype)
    for i, item in value.items.items():
        buffer = with_row(jax, buffer, i, item)
    return buffer


def _settled_lists(jax: Jax, value: DeviceList, like: DeviceList | None) -> DeviceList:
    spots = [] if value.spot is None else [value.spot]
    given = [*value.items.items(), *spots]
    lists = [item for _, item in given] + ([] if like is None else [like])
    if not lists:
        return value
    layout = alike(jax, lists)[0]
    batch = _blank_batch(jax, value.capacity, layout)
    for index, item in given:
        batch = with_row(jax, batch, index, fitted(jax, item, layout))
    return _with_buffer(value, batch)


def _blank_batch(jax: Jax, capacity: int, layout: DeviceList) -> Batch:
    return Batch(capacity, mapped(layout, lambda leaf: jax.numpy.zeros((capacity, *leaf.shape), leaf.dtype)))


def settled_for(jax: Jax, value: DeviceList, item: Any) -> tuple[DeviceList, Any]:
    """The list in the form "buffer", and an element in the form that fits into it.

    Raises:
      NeedsHost: If it has elements of another shape.
    """
    if not isinstance(item, DeviceList):
        value = settled(jax, value.replaced(element_shape=tuple(item.shape)))
        if value.element_shape != tuple(item.shape):
            raise NeedsHost(f"elements of different shapes in one array: {value!r}")
        return value, item
    value = settled(jax, value, item)
    batch = value.buffer
    assert isinstance(batch, Batch)
    layout = alike(jax, [_blank_element(jax, batch), item])[0]
    return value.replaced(buffer=_refitted(jax, batch, layout)), fitted(jax, item, layout)


def _blank_element(jax: Jax, batch: Batch) -> DeviceList:
    return mapped(batch.lists, lambda leaf: jax.numpy.zeros(leaf.shape[1:], leaf.dtype))


def _refitted(jax: Jax, batch: Any, layout: DeviceList) -> Batch:
    """The elements of a batch in another layout, which has as much room as they need."""
    if _blank_element(jax, batch).shape == layout.shape:
        return batch
    if not jax.tree.leaves(batch.lists):
        return _blank_batch(jax, batch.capacity, layout)
    return Batch(batch.capacity, jax.vmap(lambda one: fitted(jax, one, layout))(batch.lists))


def with_row(jax: Jax, buffer: Any, index: Any, item: Any) -> Any:
    """A buffer with one element set; as it is where there is no room for any."""
    if not buffer.shape[0]:
        return buffer
    if isinstance(buffer, Batch):
        return Batch(buffer.capacity, jax.tree.map(
            lambda leaf, new: jax.lax.dynamic_update_index_in_dim(leaf, new, index, 0), buffer.lists, item))
    return jax.lax.dynamic_update_index_in_dim(buffer, item, index, 0)


def row_at(jax: Jax, buffer: Any, index: Any) -> Any:
    """The element of a buffer at an index that may be computed."""
    def one(leaf: Array) -> Array:
        return jax.lax.dynamic_index_in_dim(leaf, index, 0, keepdims=False)

    return mapped(buffer.lists, one) if isinstance(buffer, Batch) else one(buffer)


def with_capacity(jax: Jax, value: DeviceList, capacity: int) -> DeviceList:
    """A list of the form "buffer" with room for more elements."""
    missing = capacity - value.capacity
    if value.buffer is None or missing <= 0:
        return value
    jnp = jax.numpy

    def longer(leaf: Array) -> Array:
        return jnp.concatenate([leaf, jnp.zeros((missing, *leaf.shape[1:]), leaf.dtype)])

    if isinstance(value.buffer, Batch):
        return value.replaced(buffer=Batch(capacity, mapped(value.buffer.lists, longer)))
    return value.replaced(buffer=longer(value.buffer))


def joined(jax: Jax, buffers: Sequence[Any]) -> Any:
    """The elements of several buffers of one layout, in one."""
    if not isinstance(buffers[0], Batch):
        return jax.numpy.concatenate(buffers)
    lists = jax.tree.map(lambda *leaves: jax.numpy.concatenate(leaves), *[batch.lists for batch in buffers])
    return Batch(sum(batch.capacity for batch in buffers), lists)


def alike(jax: Jax, values: Sequence[DeviceList]) -> list[DeviceList]:
    """Lists that take turns in one place (a loop variable before and after an iteration, the results of branches) in
    one layout: as pytrees they then have one structure, and arrays of one shape.

    Where no list knows the shape of its elements, they stay blank.

    Raises:
      NeedsHost: If elements differ in shape.
    """
    lists = [settled(jax, value) for value in values]
    settled_ones = [value for value in lists if value.buffer is not None]
    shapes = {sizes for value in settled_ones if (sizes := value.element_shape) is not None}
    if len(shapes) > 1:
        raise NeedsHost(f"lists of elements of different shapes in one place: {sorted(shapes)}")
    if settled_ones:
        lists = _with_like_elements(jax, lists, settled_ones, next(iter(shapes)))
        room = max(value.capacity for value in lists)
        lists = [with_capacity(jax, value, room) for value in lists]
    else:
        shape = TensorShape.of(lists[0].element_shape)
        for value in lists[1:]:
            shape = shape.most_specific_compatible_shape(TensorShape.of(value.element_shape))
        lists = [value.replaced(element_shape=shape.sizes) for value in lists]
    grows = any(value.grows for value in lists)
    # One that may be of any length leaves the others free, too: no program of TensorFlow's mixes them.
    limits = {value.most for value in lists}
    most = limits.pop() if len(limits) == 1 else None
    lists = [value.replaced(grows=grows, most=most) for value in lists]
    if all(value.has_known_length for value in lists) and len({value.length for value in lists}) == 1:
        return lists
    return [value.replaced(length=jax.numpy.asarray(value.length, np.int32)) for value in lists]


def _with_like_elements(jax: Jax, lists: Sequence[DeviceList], settled_ones: Sequence[DeviceList], sizes: Sizes
                        ) -> list[DeviceList]:
    batches = [value.buffer for value in settled_ones if isinstance(value.buffer, Batch)]
    if not batches:
        return [value if value.buffer is not None else settled(jax, value.replaced(element_shape=sizes))
                for value in lists]
    layout = alike(jax, [_blank_element(jax, batch) for batch in batches])[0]
    whole_lists = [settled(jax, value, layout) for value in lists]
    return [value.replaced(buffer=_refitted(jax, value.buffer, layout)) for value in whole_lists]


def fitted(jax: Jax, value: DeviceList, layout: DeviceList) -> DeviceList:
    """The list in the layout of another, which has as much room as it needs (`alike`)."""
    if isinstance(layout.buffer, Batch):
        element = mapped(layout.buffer.lists, lambda leaf: jax.numpy.zeros(leaf.shape[1:], leaf.dtype))
        value = settled(jax, value, element)
        value = value.replaced(buffer=_refitted(jax, value.buffer, element))
        value = with_capacity(jax, value, layout.capacity)
    elif layout.buffer is not None:
        value = with_capacity(jax, settled(jax, value.replaced(element_shape=layout.element_shape)), layout.capacity)
    else:
        value = value.replaced(element_shape=layout.element_shape)
    value = value.replaced(grows=layout.grows, most=layout.most)
    if layout.has_known_length:
        return value
    return value.replaced(length=jax.numpy.asarray(value.length, np.int32))


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
        items[i] = _host_plus(items[i], item) if i in items else item
    return HostList(items, max(a.length, b.length), a.element_dtype,
                    a.element_shape if a.element_shape is not None else b.element_shape)


def _host_plus(one: Any, other: Any) -> Any:
    return _host_sum(one, other) if isinstance(one, HostList) else np.add(one, other)


def _plus(jax: Any, one: Any, other: Any) -> Any:
    return _device_sum(jax, one, other) if isinstance(one, DeviceList) else jax.numpy.add(one, other)


def _device_sum(jax: Any, a: DeviceList, b: DeviceList) -> DeviceList:
    length = _longer(jax, a, b)
    if a.is_blank or b.is_blank:
        rest, other = (b, a) if a.is_blank else (a, b)
        if rest.is_blank and rest.element_shape is None:
            rest = rest.replaced(element_shape=other.element_shape)
        return with_capacity(jax, rest, other.capacity).replaced(length=length, marks={}, reads=None)
    if a.items and b.items:
        items = dict(a.items)
        for i, item in b.items.items():
            items[i] = _plus(jax, items[i], item) if i in items else item
        return DeviceList(a.element_dtype, length, a.element_shape, items=items)
    if a.buffer is None:
        a, b = b, a
    if b.spot is not None or 0 < len(b.items) <= MAX_SINGLE_UPDATES:
        given = [b.spot] if b.spot is not None else [Spot(i, item) for i, item in b.items.items()]
        return _with_added(jax, with_capacity(jax, settled(jax, a), b.capacity), given).replaced(length=length)
    a, b = (value.replaced(length=0) for value in alike(jax, [a, b]))
    if isinstance(a.buffer, Batch):
        assert isinstance(b.buffer, Batch)
        buffer: Any = Batch(a.capacity, jax.vmap(lambda x, y: _device_sum(jax, x, y))(a.buffer.lists, b.buffer.lists))
    else:
        buffer = jax.numpy.add(a.buffer, b.buffer)
    return DeviceList(a.element_dtype, length, buffer=buffer)


def _longer(jax: Any, a: DeviceList, b: DeviceList) -> Any:
    if a.has_known_length and b.has_known_length:
        return max(a.length, b.length)
    return jax.numpy.maximum(jax.numpy.asarray(a.length, np.int32), jax.numpy.asarray(b.length, np.int32))


def _with_added(jax: Any, value: DeviceList, given: Sequence[Spot]) -> DeviceList:
    """A list of the form "buffer" to some elements of which something is added."""
    for index, item in given:
        value, item = settled_for(jax, value, item)
        if value.capacity:
            sum_there = _plus(jax, row_at(jax, value.buffer, index), item)
            value = value.replaced(buffer=with_row(jax, value.buffer, index, sum_there))
    return value.replaced(marks={}, reads=None)
