"""Measures where oneDNN is faster than XLA on this machine's CPU, for `src/millpond/compiler/onednn_choice.py`.

`python bench/onednn_choice.py [products|convolutions]` prints a line for each shape: what it is, the CPU time of XLA
and of oneDNN in microseconds, and their ratio. Without oneDNN, convolutions are in the form that `correlation.py` gives
XLA.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
from measure import best, once

from millpond.compiler import lowering, onednn, onednn_choice
from millpond.ops.linalg.matrix import MATMUL
from millpond.ops.nn import correlation
from millpond.ops.nn.correlation_forms import Correlation
from millpond.ops.nn.window_geometry import Layout

ROUNDS, SECONDS, TURNS = 3, 0.01, 8
# One convolution is left out if it has more operations than this.
MOST = 6e8
FORMATS = {1: "NWC", 2: "NHWC", 3: "NDHWC"}


def products() -> Iterator[tuple[Any, ...]]:
    """Rows, columns and inner size, and which of the two is transposed."""
    for rows, columns, inner, turned in itertools.product((1, 16, 100, 1000), (10, 128, 512, 2000), (32, 150, 800),
                                                          ((0, 0), (0, 1), (1, 0))):
        if 1e5 < rows * columns * inner < 2e8:
            yield rows, columns, inner, *turned


def convolutions() -> Iterator[tuple[Any, ...]]:
    """Rank, groups, batch, inputs, outputs, window, stride, size of the image; the kind comes in front."""
    for groups, inputs, outputs in ((1, 1, 32), (1, 3, 32), (1, 4, 8), (1, 8, 32), (1, 32, 32), (1, 64, 8), (1, 32, 1),
                                    (1, 128, 128), (32, 32, 32), (64, 64, 128), (4, 32, 32), (32, 128, 128)):
        for batch, window, stride in itertools.product((1, 4, 32), (1, 3, 5), (1, 2)):
            yield 2, groups, batch, inputs, outputs, window, stride, 28 if max(inputs, outputs) <= 64 else 14
    for inputs, outputs, batch, window, stride in ((1, 8, 4, 3, 1), (16, 16, 4, 3, 1), (16, 16, 1, 3, 1),
                                                   (16, 32, 4, 3, 2), (16, 32, 4, 1, 1)):
        yield 3, 1, batch, inputs, outputs, window, stride, 12
    for inputs, outputs, batch, window, stride in ((1, 32, 32, 5, 1), (32, 32, 32, 3, 1), (128, 128, 4, 3, 1),
                                                   (32, 32, 1, 3, 1)):
        yield 1, 1, batch, inputs, outputs, window, stride, 100


def measured(function: Callable[..., Any], *arguments: Any) -> tuple[float, float]:
    """The CPU time of XLA's form and of oneDNN's, in microseconds."""
    calls = []
    for switch in ("0", "always"):
        os.environ["MILLPOND_ONEDNN"] = switch
        # A function of its own for each, or JAX would take what it has traced before.
        compiled = jax.jit(lambda *arguments: function(*arguments)).lower(*arguments).compile()
        calls.append(lambda compiled=compiled: jax.block_until_ready(compiled(*arguments)))
    repeats = [max(1, int(SECONDS / min(once(call, 1).wall, once(call, 1).wall))) for call in calls]
    rounds = [[once(call, count) for call, count in zip(calls, repeats, strict=True)] for _ in range(ROUNDS)]
    xla, ours = (best(costs).cpu * 1e6 for costs in zip(*rounds, strict=True))
    return xla, ours


def array(*sizes: int) -> Any:
    return jax.device_put(np.random.default_rng(0).standard_normal(sizes, np.float32))


def measure_products() -> None:
    target = lowering.default()
    for rows, columns, inner, turned_a, turned_b in products():
        a = array(*((inner, rows) if turned_a else (rows, inner)))
        b = array(*((columns, inner) if turned_b else (inner, columns)))

        def function(a: Any, b: Any, turned: tuple[int, int] = (turned_a, turned_b),
                     sizes: tuple[int, int] = (rows, columns)) -> Any:
            """Several in turn: by itself, a product of XLA has costs that it has not in a program."""
            def turn(_: Any, state: Any) -> Any:
                a, total = state
                c = MATMUL.lower(jax, a, b, transpose_a=bool(turned[0]), transpose_b=bool(turned[1]), lowering=target)
                return a + c[0, 0] * 1e-30, total + c

            return jax.lax.fori_loop(0, TURNS, turn, (a, jax.numpy.zeros(sizes, np.float32)))[1]

        xla, ours = (cost / TURNS for cost in measured(function, a, b))
        print("product", rows, columns, inner, turned_a, turned_b, f"{xla:.1f} {ours:.1f} {xla / ours:.2f}", flush=True)


def measure_convolutions() -> None:
    for rank, groups, batch, inputs, outputs, window, stride, size in convolutions():
        layout = Layout(FORMATS[rank])
        axes = layout.axes("", [1, *[stride] * rank, 1], "SAME")
        about = Correlation(layout, axes, groups, lowering.default())
        image, filter = (batch, *[size] * rank, inputs), (*[window] * rank, inputs // groups, outputs)
        output = about.output(image, filter)
        if 2 * np.prod(output) * np.prod(filter[:-1]) > MOST:
            continue
        x, w, dy = array(*image), array(*filter), array(*output)
        kinds = {onednn_choice.TO_OUTPUT: (x, w), onednn_choice.TO_INPUT: (w, dy), onednn_choice.TO_FILTER: (x, dy)}
        for kind, (a, b) in kinds.items():
            sizes = {onednn_choice.TO_INPUT: image, onednn_choice.TO_FILTER: filter}.get(kind)

            def function(a: Any, b: Any, kind: int = kind, sizes: Any = sizes, about: Correlation = about) -> Any:
                if kind == onednn_choice.TO_OUTPUT:
                    return correlation.to_output(jax, a, b, about)
                if kind == onednn_choice.TO_INPUT:
                    return correlation.to_input(jax, sizes, a, b, about)
                return correlation.to_filter(jax, a, sizes, b, about)

            xla, ours = measured(function, a, b)
            print("convolution", kind, rank, groups, batch, inputs, outputs, window, stride, size,
                  f"{xla:.1f} {ours:.1f} {xla / ours:.2f}", flush=True)


if __name__ == "__main__":
    if not onednn.is_available():
        sys.exit("oneDNN is not installed: pip install 'millpond[onednn]'")
    wanted = sys.argv[1:] or ["products", "convolutions"]
    if "products" in wanted:
        measure_products()
    if "convolutions" in wanted:
        measure_convolutions()
