"""`SymbolicGradient`: the gradient of a function of a GraphDef, as TensorFlow 1 writes that of a `Defun`.

Only files have it. When one is read, the function becomes the only body of a `Case`, and `_differentiate` makes its
gradient of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from millpond.autodiff.gradients import backpropagate, is_differentiable, zeros_for
from millpond.graph.body import BodyGraph
from millpond.graph.composite import IndexedSlices, to_dense
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.tensor import Tensor


def _differentiate(body: BodyGraph, dys: Sequence[Tensor]) -> None:
    """Makes a body give the cotangents of what it takes, for those of what it gave, which it then takes too.

    Raises:
      LookupError: If an operation in it has no gradient.
    """
    arguments, results = list(body.arguments), list(body.results)
    with body.building():
        taken = [body.argument(dy.dtype.base_dtype, dy.shape, "dy") for dy in dys]
        ways = [i for i, result in enumerate(results) if is_differentiable(result)]
        wanted = [argument for argument in arguments if is_differentiable(argument)]
        found = dict(zip(wanted, backpropagate([results[i] for i in ways], wanted, [taken[i] for i in ways]),
                         strict=True))
        body.results = [body.capture(_dense(found.get(argument), argument)) for argument in arguments]
    body.targets = []  # what the function does besides is done where it is called


def _dense(dx: Any, argument: Tensor) -> Tensor:
    if dx is None:
        return zeros_for(argument)
    return to_dense(dx) if isinstance(dx, IndexedSlices) else dx


def _shape() -> NoReturn:
    raise NotImplementedError("SymbolicGradient is an op of files alone: use tf.gradients.")


SYMBOLIC_GRADIENT = define_op(
    "SymbolicGradient", inputs="input: Tin", outputs="output: Tout",
    attrs="Tin: list(type) >= 1, Tout: list(type) >= 1, f: func", shape=_shape, completes=_differentiate,
    gradient=NOT_DIFFERENTIABLE)
