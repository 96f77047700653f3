"""The forms of convolutions that XLA's CPU runs well compute what XLA's own form does."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from millpond.compiler import lowering, xla
from millpond.ops.nn import correlation
from millpond.ops.nn import correlation_forms as forms
from millpond.ops.nn.correlation_forms import Correlation
from millpond.ops.nn.window_geometry import Axis, Layout

# Format, sizes of the image, window, inputs, outputs, groups, strides, rates, padding.
CONVOLUTIONS = {
    "depthwise": ("NHWC", (7, 8), (3, 2), 5, 5, 5, (1, 1), (1, 1), "SAME"),
    "depthwise in steps, dilated": ("NHWC", (9, 11), (3, 3), 4, 4, 4, (2, 3), (2, 1), "VALID"),
    "depthwise, channels first": ("NCHW", (6, 7), (3, 3), 4, 8, 4, (1, 2), (1, 1), "SAME"),
    "three filters a channel": ("NHWC", (6, 7), (3, 3), 4, 12, 4, (1, 1), (1, 1), "SAME"),
    "many filters a channel": ("NHWC", (6, 7), (3, 3), 3, 24, 3, (1, 1), (1, 1), "SAME"),
    "explicit padding": ("NHWC", (6, 7), (3, 3), 4, 4, 4, (2, 1), (1, 1), ((2, 0), (0, 1))),
    "depthwise in one dimension": ("NWC", (20,), (3,), 4, 8, 4, (2,), (1,), "SAME"),
    "few groups": ("NHWC", (7, 6), (3, 3), 8, 12, 4, (1, 2), (1, 1), "SAME"),
    "few groups, channels first": ("NCHW", (7, 6), (3, 3), 8, 12, 4, (1, 2), (2, 1), "SAME"),
    "many groups": ("NHWC", (7, 6), (3, 3), 24, 36, 12, (2, 1), (1, 1), "SAME"),
    "many groups, channels first": ("NCHW", (7, 6), (3, 3), 24, 36, 12, (1, 1), (1, 2), "VALID"),
    "three dimensions": ("NDHWC", (5, 6, 7), (3, 2, 3), 2, 3, 1, (1, 1, 1), (1, 1, 1), "SAME"),
    "three in steps": ("NDHWC", (7, 6, 7), (3, 3, 2), 2, 3, 1, (2, 1, 2), (1, 1, 1), "VALID"),
    "three dilated, channels first": ("NCDHW", (7, 6, 7), (3, 3, 2), 2, 3, 1, (1, 1, 1), (2, 1, 2), "SAME"),
}


@pytest.mark.slow
@pytest.mark.parametrize("what, dtype", [*((what, "float32") for what in CONVOLUTIONS), ("depthwise", "float64")])
def test_forms_agree_with_that_of_xla(what, dtype, monkeypatch):
    monkeypatch.setenv("MILLPOND_ONEDNN", "0")
    data_format, size, window, inputs, outputs, groups, strides, rates, padding = CONVOLUTIONS[what]
    layout, generator = Layout(data_format), np.random.default_rng(1)
    pairs = ((0, 0),) * len(size) if isinstance(padding, str) else padding
    axes = [Axis(stride, rate, padding if isinstance(padding, str) else "EXPLICIT", *pair)
            for stride, rate, pair in zip(strides, rates, pairs, strict=True)]
    image, filter = layout.shape(3, size, inputs).sizes, (*window, inputs // groups, outputs)
    about = Correlation(layout, axes, groups, lowering.default())
    own = about._replace(lowering=lowering.portable())
    x, w, dy = (generator.standard_normal(sizes).astype(dtype)
                for sizes in (image, filter, about.output(image, filter)))
    jax = xla.jax
    with xla.x64():
        for function, *arguments in ((correlation.to_output, x, w), (correlation.to_input, image, w, dy),
                                     (correlation.to_filter, x, filter, dy)):
            # Shapes are arguments of the function, arrays those of the program.
            place = next((i for i, argument in enumerate(arguments) if isinstance(argument, tuple)), None)
            arrays = [argument for argument in arguments if not isinstance(argument, tuple)]

            def program(*arrays, which, function=function, arguments=arguments, place=place):
                given = list(arrays) if place is None else [*arrays[:place], arguments[place], *arrays[place:]]
                return function(jax, *given, which)

            ours, theirs = (np.asarray(jax.jit(functools.partial(program, which=which))(*arrays))
                            for which in (about, own))
            assert ours.dtype == theirs.dtype == np.dtype(dtype)
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5 if dtype == "float32" else 1e-12)


def test_what_is_given_another_form():
    def form(kind, groups, filter, dtype="float32", where=None):
        rank = len(filter) - 2
        about = Correlation(Layout({2: "NHWC", 3: "NDHWC"}[rank]), [Axis(1, 1, "SAME")] * rank, groups,
                            where or lowering.default())
        return forms.form_for(kind, (1, *[8] * rank, filter[-2] * groups), filter, dtype, about)

    assert form(0, 1, (3, 3, 4, 4)) is form(0, 1, (3, 3, 3, 4, 4), where=lowering.portable()) is forms.native
    assert form(0, 8, (3, 3, 1, 8), where=lowering.default()._replace(platform="cuda")) is forms.native
    assert form(0, 8, (3, 3, 1, 8), dtype="float16") is forms.native
    others = {form(0, 8, (3, 3, 1, 8)), form(0, 4, (3, 3, 2, 8)), form(2, 16, (3, 3, 2, 32)),
              form(0, 1, (3, 3, 3, 4, 4))}
    assert len(others) == 4 and forms.native not in others
