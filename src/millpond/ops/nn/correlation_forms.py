"""Convolutions as XLA's CPU runs them well: its own form is 3 to 500 times slower where channels are grouped, or where
there are three dimensions.

    depthwise   each place of the window is a shifted image times one number for each channel
    groups      a few: a convolution for each, side by side; many: the filter's gradient is a product for each group
    three       the depth is folded into the batch, and what a window takes along it into the channels

All but `depthwise_to_filter` are linear in the image and in the filter, so that JAX transposes them. Elsewhere than on
a CPU, and in what leaves the process, a convolution stays what it is.
"""

from __future__ import annotations

import functools
import itertools
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from millpond.compiler import onednn_choice
from millpond.compiler.lowering import Lowering
from millpond.graph.rule_types import Jax
from millpond.ops.nn.window_geometry import Axis, Layout

# So many places of a window are written out, so many filters of each channel, and so many groups.
_PLACES, _MULTIPLIER, _GROUPS = 49, 4, 8


class Correlation(NamedTuple):
    """Which convolution it is.

    Attributes:
      layout: The dimensions of images.
      axes: The windows along each spatial dimension.
      groups: How many groups of channels there are.
      lowering: What it is computed on.
    """

    layout: Layout
    axes: list[Axis]
    groups: int
    lowering: Lowering

    def padding(self, image: tuple[int, ...], filter: tuple[int, ...]) -> list[tuple[int, int]]:
        """How many elements are added before and after each spatial dimension."""
        return [axis.padded(image[i], window)
                for axis, i, window in zip(self.axes, self.layout.spatial, filter, strict=False)]

    def output(self, image: tuple[int, ...], filter: tuple[int, ...]) -> tuple[int, ...]:
        """The shape of the output."""
        sizes = [axis.count(image[i], window)
                 for axis, i, window in zip(self.axes, self.layout.spatial, filter, strict=False)]
        shape = self.layout.shape(image[0], sizes, filter[-1]).sizes
        assert shape is not None
        return tuple(int(size or 0) for size in shape)


Form = Callable[[Jax, Any, Any, Correlation], Any]


def form_for(kind: int, image: tuple[int, ...], filter: tuple[int, ...], dtype: Any, about: Correlation) -> Form:
    """The form in which XLA is given a convolution to compute what `kind` (of `onednn_choice`) says."""
    if not _is_on_cpu(image, filter, dtype, about):
        return native
    if len(about.axes) == 3:
        return _folded_depth if about.groups == 1 else native
    if about.groups == 1:
        return native
    if is_depthwise(filter, about):
        return _depthwise
    if about.groups <= _GROUPS:
        return _side_by_side
    return _products if kind == onednn_choice.TO_FILTER else native


def writes_out_filter(image: tuple[int, ...], filter: tuple[int, ...], dtype: Any, about: Correlation) -> bool:
    """Whether `depthwise_to_filter` is the form for a filter's gradient."""
    return about.groups > 1 and is_depthwise(filter, about) and _is_on_cpu(image, filter, dtype, about)


def is_depthwise(filter: tuple[int, ...], about: Correlation) -> bool:
    """Whether each channel has its own filters, few enough of few enough places."""
    return (filter[-2] == 1 and filter[-1] <= _MULTIPLIER * about.groups and math.prod(filter[:-2]) <= _PLACES
            and len(about.axes) < 3)


def _is_on_cpu(image: tuple[int, ...], filter: tuple[int, ...], dtype: Any, about: Correlation) -> bool:
    return (about.lowering.platform == "cpu" and about.lowering.device is not None
            and np.dtype(dtype) in (np.float32, np.float64) and 0 not in about.output(image, filter)
            and 0 not in image and 0 not in filter)


def native(jax: Jax, x: Any, w: Any, about: Correlation) -> Any:
    """XLA's own form."""
    layout, axes = about.layout, about.axes
    spatial = "".join(layout.data_format[i] for i in layout.spatial)
    return jax.lax.conv_general_dilated(
        x, w, window_strides=[axis.stride for axis in axes], padding=about.padding(x.shape, w.shape),
        rhs_dilation=[axis.rate for axis in axes],
        dimension_numbers=(layout.data_format, spatial + "IO", layout.data_format), feature_group_count=about.groups)


def _places(jax: Jax, x: Any, filter: tuple[int, ...], about: Correlation) -> Iterator[tuple[tuple[int, ...], Any]]:
    """For each place of the window, what all windows have there: [batch, ...windows, channels]."""
    spatial, axes = about.layout.spatial, about.axes
    edges = [(0, 0, 0)] * x.ndim
    for i, pair in zip(spatial, about.padding(x.shape, filter), strict=True):
        edges[i] = (*pair, 0)
    padded = jax.lax.pad(x, np.zeros((), x.dtype)[()], edges)
    output = about.output(x.shape, filter)
    for place in itertools.product(*map(range, filter[:len(axes)])):
        begins, ends, steps = [0] * x.ndim, list(padded.shape), [1] * x.ndim
        for i, axis, offset in zip(spatial, axes, place, strict=True):
            begins[i], steps[i] = offset * axis.rate, axis.stride
            ends[i] = begins[i] + (output[i] - 1) * axis.stride + 1
        found = jax.lax.slice(padded, begins, ends, steps)
        yield place, jax.numpy.moveaxis(found, about.layout.channel, -1)


def _depthwise(jax: Jax, x: Any, w: Any, about: Correlation) -> Any:
    jnp, multiplier = jax.numpy, w.shape[-1] // about.groups
    parts = []
    for first in range(multiplier):
        filter = w[..., 0, first::multiplier]
        terms = [shifted * filter[place] for place, shifted in _places(jax, x, w.shape, about)]
        parts.append(functools.reduce(jnp.add, terms))
    output = parts[0] if multiplier == 1 else jnp.stack(parts, -1)
    return jnp.moveaxis(jnp.reshape(output, (*output.shape[:x.ndim - 1], -1)), -1, about.layout.channel)


def depthwise_to_filter(jax: Jax, x: Any, sizes: tuple[int, ...], dy: Any, about: Correlation) -> Any:
    """The filter's gradient: for each place and channel the sum over all windows."""
    jnp, multiplier = jax.numpy, sizes[-1] // about.groups
    over = tuple(range(x.ndim - 1))
    given = jnp.moveaxis(dy, about.layout.channel, -1)
    sums = [jnp.stack([jnp.sum(shifted * given[..., first::multiplier], axis=over) for first in range(multiplier)], -1)
            for _, shifted in _places(jax, x, sizes, about)]
    return jnp.reshape(jnp.stack(sums), sizes)


def _side_by_side(jax: Jax, x: Any, w: Any, about: Correlation) -> Any:
    one, channel = about._replace(groups=1), about.layout.channel
    images = jax.numpy.split(x, about.groups, axis=channel)
    filters = jax.numpy.split(w, about.groups, axis=-1)
    return jax.numpy.concatenate(
        [native(jax, image, filter, one) for image, filter in zip(images, filters, strict=True)], axis=channel)


def _products(jax: Jax, x: Any, w: Any, about: Correlation) -> Any:
    """A product of matrices for each group: all that windows take of it, and its filters."""
    jnp, groups = jax.numpy, about.groups
    inputs, outputs = w.shape[-2], w.shape[-1] // groups
    taken = [jnp.reshape(shifted, (*shifted.shape[:-1], groups, inputs))
             for _, shifted in _places(jax, x, w.shape, about)]
    windows = taken[0].shape[:-2]
    rows = jnp.moveaxis(jnp.concatenate(taken, -1), -2, 0)
    filters = jnp.moveaxis(jnp.reshape(w, (-1, groups, outputs)), 1, 0)
    found = jnp.matmul(jnp.reshape(rows, (groups, -1, len(taken) * inputs)), filters)
    return jnp.moveaxis(jnp.reshape(jnp.moveaxis(found, 0, 1), (*windows, groups * outputs)), -1, about.layout.channel)


def _folded_depth(jax: Jax, x: Any, w: Any, about: Correlation) -> Any:
    jnp, depth = jax.numpy, about.axes[0]
    last = jnp.moveaxis(x, about.layout.channel, -1)
    pair = about.padding(x.shape, w.shape)[0]
    padded = jnp.pad(last, [(0, 0), pair, (0, 0), (0, 0), (0, 0)])
    count, window = about.output(x.shape, w.shape)[about.layout.spatial[0]], w.shape[0]
    reach = (count - 1) * depth.stride + 1
    taken = [jax.lax.slice_in_dim(padded, start, start + reach, depth.stride, 1)
             for start in range(0, window * depth.rate, depth.rate)]
    flat = jnp.reshape(jnp.concatenate(taken, -1), (-1, *last.shape[2:4], window * last.shape[-1]))
    filter = jnp.reshape(jnp.moveaxis(w, 0, 2), (*w.shape[1:3], -1, w.shape[-1]))
    plane = Correlation(Layout("NHWC"), about.axes[1:], 1, about.lowering)
    found = native(jax, flat, filter, plane)
    return jnp.moveaxis(jnp.reshape(found, (x.shape[0], count, *found.shape[1:])), -1, about.layout.channel)
