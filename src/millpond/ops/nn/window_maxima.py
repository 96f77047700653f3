"""To which element of a window its maximum belongs: the gradients of max pooling, as XLA runs them fast.

The greatest element of a window is the first of those that are equal, row by row. NaN is passed over; where nothing is
a number, or all is -inf, it is the first element that lies inside the input. XLA's own form of this, the derivative of
`reduce_window`, is a scatter, and 10 to 50 times slower on a CPU.

Windows are given by their sizes, strides and padding along every dimension.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from millpond.graph.rule_types import Jax
from millpond.ops.nn.softmax import widened
from millpond.ops.not_a_number import has_nan, lowest, without_nan

# Up to so many places of a window are written out one by one; where windows stand side by side, reductions do as well
# from fewer on, and compile sooner.
_WRITTEN_OUT = 49
_WRITTEN_OUT_SIDE_BY_SIDE = 25


class Windows(NamedTuple):
    """The windows of a pooling along every dimension.

    Attributes:
      sizes: How many elements a window has.
      strides: How far apart windows begin.
      pairs: How many elements are added before and after the input.
    """

    sizes: Sequence[int]
    strides: Sequence[int]
    pairs: Sequence[tuple[int, int]]

    @property
    def offsets(self) -> list[tuple[int, ...]]:
        """The places in a window, row by row."""
        return list(itertools.product(*map(range, self.sizes)))

    @property
    def tile(self) -> bool:
        """Whether windows stand side by side."""
        return tuple(self.sizes) == tuple(self.strides)

    def reach(self, counts: Sequence[int]) -> list[int]:
        """How many elements so many windows take, padding included."""
        return [(count - 1) * stride + size for count, stride, size in zip(counts, self.strides, self.sizes,
                                                                           strict=True)]


def to_greatest(jax: Jax, x: Any, dy: Any, windows: Windows, platform: str) -> Any:
    """The cotangents `dy` of the maxima, each given to the greatest element of its window."""
    jnp, places = jax.numpy, math.prod(windows.sizes)
    if not dy.size:
        return jnp.zeros_like(x)
    if windows.tile and places > _WRITTEN_OUT_SIDE_BY_SIDE:
        return _to_greatest_of_tiles(jax, x, dy, windows)
    if not windows.tile and (places > _WRITTEN_OUT or platform != "cpu"):
        return jax.vjp(lambda x: _maxima(jax, x, windows), _numbers(jax, x))[1](dy)[0]
    if windows.tile:
        laid = _side_by_side(jax, _parts(jax, _places(jax, x, dy.shape, windows), dy, windows), windows.sizes)
    else:
        # Each element looks at all windows that it lies in. XLA would fuse the search for the greatest into every such
        # look, were it not within a branch.
        place = jax.lax.cond(jnp.any(dy != 0), lambda: _places(jax, x, dy.shape, windows),
                             lambda: jnp.zeros(dy.shape, np.uint8))
        laid = jnp.astype(_added(jax, _parts(jax, place, dy, windows), windows), dy.dtype)
    return _cut(jax, laid, x.shape, windows)


def at_greatest(jax: Jax, x: Any, dx: Any, counts: Sequence[int], windows: Windows) -> Any:
    """The tangents `dx` of the elements, of each window that of the greatest; there are `counts` windows."""
    if 0 in counts:
        return jax.numpy.zeros(counts, dx.dtype)
    if math.prod(windows.sizes) > _WRITTEN_OUT:
        return jax.jvp(lambda x: _maxima(jax, x, windows), (_numbers(jax, x),), (dx,))[1]
    place = _places(jax, x, counts, windows)
    padded = _padded(jax, dx, 0, counts, windows)
    found = jax.numpy.zeros(counts, dx.dtype)
    for i, offset in enumerate(windows.offsets):
        found = jax.lax.select(_is_at(jax, place, i), _at_offset(jax, padded, offset, counts, windows), found)
    return found


def _maxima(jax: Jax, x: Any, windows: Windows) -> Any:
    return jax.lax.reduce_window(x, lowest(x.dtype)[()], jax.lax.max, *windows)


def _numbers(jax: Jax, x: Any) -> Any:
    """What is compared: NaN is passed over."""
    return without_nan(jax.numpy, x, lowest(x.dtype))


def _padded(jax: Jax, x: Any, filler: Any, counts: Sequence[int], windows: Windows) -> Any:
    """`x` with all that windows take, and no more."""
    edges = [(before, reach - size - before, 0) for (before, _), reach, size
             in zip(windows.pairs, windows.reach(counts), x.shape, strict=True)]
    return jax.lax.pad(x, np.asarray(filler, x.dtype), edges)


def _cut(jax: Jax, laid: Any, sizes: Sequence[int], windows: Windows) -> Any:
    """What lies inside the input, of an array over all that windows take."""
    edges = [(-before, before + size - length, 0) for (before, _), length, size
             in zip(windows.pairs, laid.shape, sizes, strict=True)]
    return jax.lax.pad(laid, np.zeros((), laid.dtype)[()], edges)


def _at_offset(jax: Jax, padded: Any, offset: Sequence[int], counts: Sequence[int], windows: Windows) -> Any:
    """The elements at one place of all windows."""
    ends = [start + (count - 1) * stride + 1 for start, count, stride
            in zip(offset, counts, windows.strides, strict=True)]
    return jax.lax.slice(padded, offset, ends, windows.strides)


def _first_inside(sizes: Sequence[int], counts: Sequence[int], windows: Windows) -> np.ndarray:
    """The number of the first place of each window that lies inside the input, or that of places where none does."""
    number, inside = np.zeros([1] * len(sizes), np.int64), np.ones([1] * len(sizes), np.bool_)
    for axis, (size, count, window, stride, (before, _)) in enumerate(zip(sizes, counts, *windows, strict=True)):
        start = np.arange(count) * stride - before
        first = np.maximum(-start, 0)
        shape = [count if i == axis else 1 for i in range(len(sizes))]
        number = number * window + first.reshape(shape)
        inside = inside & ((first < window) & (start + first < size)).reshape(shape)
    return np.where(inside, number, math.prod(windows.sizes))


def _places(jax: Jax, x: Any, counts: Sequence[int], windows: Windows) -> Any:
    """The number of the greatest element's place in each window."""
    lax, jnp = jax.lax, jax.numpy
    padded = _padded(jax, x, lowest(x.dtype), counts, windows)
    place = jnp.broadcast_to(jnp.asarray(_first_inside(x.shape, counts, windows).astype(np.uint8)), tuple(counts))
    best = jnp.full(tuple(counts), lowest(x.dtype), x.dtype)
    for i, offset in enumerate(windows.offsets):
        value = _at_offset(jax, padded, offset, counts, windows)
        is_new = lax.gt(value, best)
        best, place = lax.select(is_new, value, best), lax.select(is_new, jnp.full_like(place, i), place)
    return place


def _parts(jax: Jax, place: Any, dy: Any, windows: Windows) -> list[Any]:
    """What windows give to each of their places."""
    return [jax.lax.select(_is_at(jax, place, i), dy, jax.lax.full_like(dy, 0)) for i in range(len(windows.offsets))]


def _is_at(jax: Jax, place: Any, number: int) -> Any:
    return jax.lax.eq(place, jax.lax.full_like(place, number))


def _side_by_side(jax: Jax, parts: list[Any], sizes: Sequence[int], axis: int = 0) -> Any:
    """The elements of windows that do not overlap, given by the places in a window, where they lie in the input."""
    if axis == len(sizes):
        return parts[0]
    each = len(parts) // sizes[axis]
    rows = [_side_by_side(jax, parts[i * each:(i + 1) * each], sizes, axis + 1) for i in range(sizes[axis])]
    if len(rows) == 1:
        return rows[0]
    shape = list(rows[0].shape)
    shape[axis] *= len(rows)
    return jax.numpy.reshape(jax.numpy.stack(rows, axis + 1), shape)


def _added(jax: Jax, parts: list[Any], windows: Windows) -> Any:
    """The sum of what windows give to each element, at least float32."""
    parts = [widened(jax.numpy, part) for part in parts]
    total, reach = None, windows.reach(parts[0].shape)
    for part, offset in zip(parts, windows.offsets, strict=True):
        edges = [(start, length - start - (count - 1) * stride - 1, stride - 1) for start, length, count, stride
                 in zip(offset, reach, part.shape, windows.strides, strict=True)]
        laid = jax.lax.pad(part, np.zeros((), part.dtype)[()], edges)
        total = laid if total is None else jax.lax.add(total, laid)
    return total


def _to_greatest_of_tiles(jax: Jax, x: Any, dy: Any, windows: Windows) -> Any:
    """The same for large windows that stand side by side, by reductions over them."""
    jnp = jax.numpy
    padded = _padded(jax, _numbers(jax, x) if has_nan(x.dtype) else x, lowest(x.dtype), dy.shape, windows)
    shape: list[int] = []
    for count, size in zip(dy.shape, windows.sizes, strict=True):
        shape += [count, size]
    within = tuple(range(1, len(shape), 2))
    count = math.prod(windows.sizes)
    number = jnp.reshape(jnp.arange(count, dtype=np.int32), [n for size in windows.sizes for n in (1, size)])
    tiles = jnp.reshape(padded, shape)
    is_greatest = tiles == jnp.max(tiles, axis=within, keepdims=True)
    if any(before or after for before, after in windows.pairs):
        first = _first_inside(x.shape, dy.shape, windows).astype(np.int32)
        is_greatest &= number >= jnp.expand_dims(jnp.asarray(first), within)
    place = jnp.min(jnp.where(is_greatest, number, np.int32(count)), axis=within, keepdims=True)
    given = jnp.where(number == place, jnp.expand_dims(dy, within), np.zeros((), dy.dtype))
    return _cut(jax, jnp.reshape(given, padded.shape), x.shape, windows)
