"""The three linear functions that belong to a convolution, each by oneDNN or in the form that XLA runs fastest.

    to_output    (image, filter) -> output
    to_input     (filter, output's gradient) -> image's gradient
    to_filter    (image, output's gradient) -> filter's gradient

A convolution (in truth a correlation) is of an image and a filter [...spatial, inputs per group, outputs]; channels are
cut into groups, and outputs of a group are made of its inputs alone. The last two functions are the transposes of the
first as a linear function of either.
"""

from __future__ import annotations

from typing import Any

from millpond.compiler import onednn, onednn_choice
from millpond.graph.rule_types import Jax
from millpond.ops.nn import correlation_forms as forms
from millpond.ops.nn.correlation_forms import Correlation


def to_output(jax: Jax, x: Any, w: Any, about: Correlation) -> Any:
    """The convolution of `x` and the filter `w`."""
    found = _by_onednn(jax, onednn_choice.TO_OUTPUT, x.shape, w.shape, x, w, about)
    if found is not None:
        return found
    return forms.form_for(onednn_choice.TO_OUTPUT, x.shape, w.shape, x.dtype, about)(jax, x, w, about)


def to_input(jax: Jax, sizes: tuple[int, ...], w: Any, dy: Any, about: Correlation) -> Any:
    """The gradient of an image of shape `sizes`."""
    found = _by_onednn(jax, onednn_choice.TO_INPUT, sizes, w.shape, w, dy, about)
    if found is not None:
        return found
    form = forms.form_for(onednn_choice.TO_INPUT, sizes, w.shape, dy.dtype, about)
    return transposed(jax, lambda x: form(jax, x, w, about), sizes, dy)


def to_filter(jax: Jax, x: Any, sizes: tuple[int, ...], dy: Any, about: Correlation) -> Any:
    """The gradient of a filter of shape `sizes`."""
    found = _by_onednn(jax, onednn_choice.TO_FILTER, x.shape, sizes, x, dy, about)
    if found is not None:
        return found
    if forms.writes_out_filter(x.shape, sizes, dy.dtype, about) and tuple(dy.shape) == about.output(x.shape, sizes):
        return forms.depthwise_to_filter(jax, x, sizes, dy, about)
    form = forms.form_for(onednn_choice.TO_FILTER, x.shape, sizes, dy.dtype, about)
    return transposed(jax, lambda w: form(jax, x, w, about), sizes, dy)


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
