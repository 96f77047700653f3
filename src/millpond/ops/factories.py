"""Factories for regular op families: a unary or binary elementwise op is a few lines and a docstring.

A factory returns the definition; the public function beside it gives the name, the defaults and the docstring.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond.graph.opdef import NOT_DIFFERENTIABLE, OpDefinition, define_op
from millpond.ops import shape_rules

Kernel = Callable[..., Any]


def unary(type: str, kernel: Kernel, gradient: Any, dtypes: str, output: str = "T", input: str = "x",
          output_name: str = "y", **facts: Any) -> OpDefinition:
    """An elementwise op of one input: `y = f(x)`.

    Args:
      type: Op type.
      kernel: `kernel(xp, x)`.
      gradient: `gradient(g, op, dy)`, or NOT_DIFFERENTIABLE.
      dtypes: The dtypes allowed, as `{float, double}`.
      output: The output's dtype where it is not the input's.
    """
    return define_op(type, inputs=f"{input}: T", outputs=f"{output_name}: {output}", attrs=f"T: {dtypes}",
                     shape=shape_rules.same, kernel=kernel, gradient=gradient, **facts)


def binary(type: str, kernel: Kernel, gradient: Any, dtypes: str, **facts: Any) -> OpDefinition:
    """An elementwise op of two inputs of one dtype, with broadcasting: `z = f(x, y)`."""
    return define_op(type, inputs="x: T, y: T", outputs="z: T", attrs=f"T: {dtypes}", shape=shape_rules.broadcast,
                     kernel=kernel, gradient=gradient, **facts)


def comparison(type: str, kernel: Kernel, dtypes: str, attrs: str = "",
               shape: Any = shape_rules.broadcast) -> OpDefinition:
    """An elementwise question about two inputs: `z = f(x, y)` is bool."""
    return define_op(type, inputs="x: T, y: T", outputs="z: bool", attrs=f"T: {dtypes}{attrs}", shape=shape,
                     kernel=kernel, gradient=NOT_DIFFERENTIABLE)
