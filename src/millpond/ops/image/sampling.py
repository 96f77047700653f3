"""Where the pixels of a resized image come from: for each output position, source positions and their weights.

A resize works on rows and columns separately, and both tables of an axis are known once its sizes are. The gradient is
the same sum read from the other side, so it is a gather too, and never a scatter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from millpond.graph.rule_types import Array, ArrayModule

# Bicubic weights are taken from a table of this many steps between two pixels.
_STEPS = 1024


class Taps(NamedTuple):
    """Sources of the positions of an axis.

    Attributes:
      places: `[positions, taps]`: the source positions.
      weights: `[positions, taps]`: how much each counts; what is 0 does not count, whatever stands in that place.
    """

    places: np.ndarray
    weights: np.ndarray


def scale_of(size: int, wanted: int, align_corners: bool) -> np.float32:
    """How many source pixels an output pixel stands for."""
    if align_corners and wanted > 1:
        return np.float32(size - 1) / np.float32(wanted - 1)
    return np.float32(size) / np.float32(max(wanted, 1))


def _positions(size: int, wanted: int, align_corners: bool, half_pixel_centers: bool) -> np.ndarray:
    scale, numbers = scale_of(size, wanted, align_corners), np.arange(wanted, dtype=np.float32)
    if half_pixel_centers:
        return (numbers + np.float32(0.5)) * scale - np.float32(0.5)
    return numbers * scale


def bilinear(size: int, wanted: int, align_corners: bool, half_pixel_centers: bool) -> Taps:
    """The two nearest pixels, each the more the nearer it is."""
    at = _positions(size, wanted, align_corners, half_pixel_centers)
    below = np.floor(at)
    after = at - below
    places = np.stack([np.maximum(below, 0), np.minimum(np.ceil(at), size - 1)], axis=1).astype(np.int32)
    return Taps(places, np.stack([1 - after, after], axis=1))


def nearest(size: int, wanted: int, align_corners: bool, half_pixel_centers: bool) -> Taps:
    """One pixel: the one that a position lies in, or nearest to where corners are aligned."""
    scale, numbers = scale_of(size, wanted, align_corners), np.arange(wanted, dtype=np.float32)
    at = (numbers + np.float32(0.5) if half_pixel_centers else numbers) * scale
    # Halves go up, as C rounds; NumPy would round them to even.
    places = np.clip(np.floor(at + np.float32(0.5)) if align_corners else np.floor(at), 0, size - 1)
    return Taps(places.astype(np.int32)[:, None], np.ones((wanted, 1), np.float32))


def _cubic(distance: np.ndarray, a: float) -> np.ndarray:
    near = ((a + 2) * distance - (a + 3)) * distance * distance + 1
    far = ((a * distance - 5 * a) * distance + 8 * a) * distance - 4 * a
    return np.where(distance <= 1, near, far).astype(np.float32)


def bicubic(size: int, wanted: int, align_corners: bool, half_pixel_centers: bool) -> Taps:
    """Four pixels under a cubic curve.

    With half-pixel centers the curve is Catmull and Rom's, and pixels beyond the border are left out; without, it is
    steeper and the border's pixels stand for those beyond.
    """
    at = _positions(size, wanted, align_corners, half_pixel_centers)
    below = np.floor(at)
    step = np.rint((at - below) * np.float32(_STEPS)).astype(np.int64)
    after = (step / _STEPS).astype(np.float32)
    weights = _cubic(np.stack([1 + after, after, 1 - after, 2 - after], axis=1), -0.5 if half_pixel_centers else -0.75)
    places = below.astype(np.int64)[:, None] + np.arange(-1, 3)
    inside = np.clip(places, 0, max(size - 1, 0))
    if half_pixel_centers:
        weights = np.where(inside == places, weights, np.float32(0))
        total = weights.sum(axis=1, keepdims=True)
        weights = np.where(np.abs(total) >= 1000 * np.finfo(np.float32).tiny, weights / total, weights)
    return Taps(inside.astype(np.int32), weights)


def area(size: int, wanted: int, align_corners: bool) -> Taps:
    """All pixels that an output pixel covers, each by how much of it is covered."""
    scale = scale_of(size, wanted, align_corners)
    if scale == 0:  # one pixel whose corners are all corners
        return Taps(np.zeros((wanted, 1), np.int32), np.ones((wanted, 1), np.float32))
    numbers = np.arange(wanted, dtype=np.float32)
    start, end = numbers * scale, (numbers + 1) * scale
    first, last = np.floor(start).astype(np.int64), np.ceil(end).astype(np.int64)
    count = int((last - first).max(initial=0))
    places = first[:, None] + np.arange(count)
    covered = np.minimum(places + 1, end[:, None]) - np.maximum(places, start[:, None])
    weights = np.where(places < last[:, None], covered / scale, 0).astype(np.float32)
    return Taps(np.clip(places, 0, size - 1).astype(np.int32), weights)


def reversed_taps(taps: Taps, size: int) -> Taps:
    """For each source position the outputs that it counts in: the sum of the gradient."""
    outputs = np.broadcast_to(np.arange(len(taps.places), dtype=np.int32)[:, None], taps.places.shape).ravel()
    sources, weights = taps.places.ravel(), taps.weights.ravel()
    order = np.argsort(sources, kind="stable")
    order = order[weights[order] != 0]
    sources = sources[order]
    counts = np.bincount(sources, minlength=size)
    column = np.arange(len(sources)) - np.repeat(np.cumsum(counts) - counts, counts)
    width = int(counts.max(initial=0))
    places, shares = np.zeros((size, width), np.int32), np.zeros((size, width), np.float32)
    places[sources, column], shares[sources, column] = outputs[order], weights[order]
    return Taps(places, shares)


def resample(xp: ArrayModule, images: Array, axis: int, taps: Taps) -> Array:
    """The weighted sums along an axis of images `[batch, height, width, channels]`."""
    count, width = taps.places.shape
    sizes = images.shape
    if count == 0 or width == 0 or 0 in sizes:
        return xp.zeros((*sizes[:axis], count, *sizes[axis + 1:]), images.dtype)
    if width == 1 and bool(np.all(taps.weights == 1)):
        return xp.take(images, taps.places[:, 0], axis=axis)
    if width <= 4:  # a sum of few whole images needs no room for all of them at once
        total = None
        for tap in range(width):
            term = _weighted(xp, images, axis, taps.places[:, tap], taps.weights[:, tap])
            total = term if total is None else xp.add(total, term)
        return total
    terms = _weighted(xp, images, axis, taps.places.ravel(), taps.weights.ravel())
    return xp.sum(xp.reshape(terms, (*sizes[:axis], count, width, *sizes[axis + 1:])), axis=axis + 1,
                  dtype=images.dtype)


def _weighted(xp: ArrayModule, images: Array, axis: int, places: np.ndarray, weights: np.ndarray) -> Array:
    factors = weights.astype(images.dtype).reshape([-1 if i == axis else 1 for i in range(len(images.shape))])
    terms = xp.multiply(xp.take(images, places, axis=axis), factors)
    # An infinity that counts for nothing is nothing.
    return xp.where(factors == 0, xp.zeros((), images.dtype), terms) if bool(np.any(weights == 0)) else terms
