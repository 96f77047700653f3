"""The gradient of a loop: a loop of the gradients."""

from __future__ import annotations

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Cotangents
from millpond.graph.tensor import Tensor


def gradient(g: GradientBuilder, op: Operation, *dys: Tensor | None) -> Cotangents:
    raise NotImplementedError("the gradient of a loop")
