"""The three linear functions that belong to a convolution, each computed by what is fastest for its shapes.

    to_output    (image, filter) -> output
    to_input     (filter, output's gradient) -> image's gradient
    to_filter    (image, output's gradient) -> filter's gradient

A convolution (in truth a correlation) is of an image and a filter [...spatial, inputs per group, outputs]; channels are
cut into groups, and outputs of a group are made of its inputs alone. The last two functions are the transposes of the
first as a linear function of either.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from millpond.compiler import onednn, onednn_choice
from millpond.compiler.lowering import Lowering
from millpond.graph.rule_types import Jax
from millpond.ops.nn.window_geometry import Axis, Layout


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


def to_output(jax: Jax, x: Any, w: Any, about: Correlation) -> Any:
    """The convolution of `x` and the filter `w`."""
    found = _by_onednn(jax, onednn_choice.TO_OUTPUT, x.shape, w.shape, x, w, about)
    return _plain(jax, x, w, about) if found is None else found


def to_input(jax: Jax, sizes: tuple[int, ...], w: Any, dy: Any, about: Correlation) -> Any:
    """The gradient of an image of shape `sizes`."""
    found = _by_onednn(jax, onednn_choice.TO_INPUT, sizes, w.shape, w, dy, about)
    if found is not None:
        return found
    return transposed(jax, lambda x: _plain(jax, x, w, about), sizes, dy)


def to_filter(jax: Jax, x: Any, sizes: tuple[int, ...], dy: Any, about: Correlation) -> Any:
    """The gradient of a filter of shape `sizes`."""
    found = _by_onednn(jax, onednn_choice.TO_FILTER, x.shape, sizes, x, dy, about)
    if found is not None:
        return found
    return transposed(jax, lambda w: _plain(jax, x, w, about), sizes, dy)


def transposed(jax: Jax, function: Any, sizes: tuple[int, ...], dy: Any) -> Any:
    """The transpose of a linear `function` of an array of shape `sizes`, applied to `dy`."""
    return jax.linear_transpose(function, jax.ShapeDtypeStruct(sizes, dy.dtype))(dy)[0]


def _by_onednn(jax: Jax, kind: int, image: tuple[int, ...], filter: tuple[int, ...], a: Any, b: Any,
               about: Correlation) -> Any:
    layout, axes, output = about.layout, about.axes, about.output(image, filter)
    if kind != onednn_choice.TO_OUTPUT and tuple(b.shape) != output:
        return None  # JAX refuses it
    return onednn.convolution(jax, kind, onednn.Convolution(
        layout.channel == 1, about.groups, tuple(image), tuple(filter), output,
        tuple(axis.stride for axis in axes), tuple(axis.rate for axis in axes),
        tuple(about.padding(image, filter))), a, b, about.lowering)


def _plain(jax: Jax, x: Any, w: Any, about: Correlation) -> Any:
    layout, axes = about.layout, about.axes
    spatial = "".join(layout.data_format[i] for i in layout.spatial)
    return jax.lax.conv_general_dilated(
        x, w, window_strides=[axis.stride for axis in axes], padding=about.padding(x.shape, w.shape),
        rhs_dilation=[axis.rate for axis in axes],
        dimension_numbers=(layout.data_format, spatial + "IO", layout.data_format), feature_group_count=about.groups)
