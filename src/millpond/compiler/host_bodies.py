"""Bodies of branches and loops that run from the host: a plan of their own, whose stages run as those of a session do.

So a loop with a Python function in it, or one whose variables grow, still has what it computes compiled once that pays.
The variables that a body sees are arguments to it: they lie in a store of its own for the time that it runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from millpond.compiler.plan import make_plan
from millpond.compiler.services import Cancellation, Draw, RunState, Services, StageExecutor
from millpond.compiler.stage import Key, Stage
from millpond.compiler.variable_order import Version
from millpond.graph.effects import Body
from millpond.graph.tensor import Tensor


class Surroundings(NamedTuple):
    """What the bodies in a host stage run in.

    Attributes:
      services: Those of the session.
      make_runner: Makes what runs a stage with some services.
      cancellation: Whether the run is to stop.
      drawn: The run's draws so far.
    """

    services: Services
    make_runner: Callable[[Stage, Services], StageExecutor]
    cancellation: Cancellation
    drawn: list[Draw]


class HostBody:
    """One body, with what runs it.

    State: runners with stores that no thread uses at present.
    """

    def __init__(self, body: Body) -> None:
        self._arguments = [(tensor, position) for tensor, position in zip(body.inputs, body.positions, strict=True)
                           if tensor.op.definition.role != "variable"]
        self._variables = [(tensor.op, position) for tensor, position in zip(body.inputs, body.positions, strict=True)
                           if tensor.op.definition.role == "variable"]
        self._plan = make_plan(set(body.outputs), body.targets, [tensor for tensor, _ in self._arguments],
                               lambda op: "")
        for stage in self._plan.stages:
            stage.donates = False  # the values are those of the run around
        self._outputs = [(self._plan.keys[tensor], tensor.dtype.is_ref_dtype or tensor.dtype.name == "resource")
                         for tensor in body.outputs]
        self._written = {variable for stage in self._plan.stages for variable in stage.writes}
        self._idle: list[tuple[Services, list[StageExecutor]]] = []

    def run(self, around: Surroundings, operands: list[Any]) -> list[Any]:
        """What the body gives; operands that are variables it sets are replaced by their new values."""
        try:
            services, runners = self._idle.pop()
        except IndexError:
            services = around.services.inside_body()
            runners = [around.make_runner(stage, services) for stage in self._plan.stages]
        slots = [(services.store.slot(variable), variable, position) for variable, position in self._variables]
        for slot, _, position in slots:
            services.store.note_change([slot.value], [operands[position]])
            slot.value = operands[position]
        state = RunState({tensor: operands[position] for tensor, position in self._arguments}, around.cancellation)
        state.drawn = around.drawn
        for runner in runners:
            runner.run(state)
        state.settle()
        results = [self._value(state, services, key, is_reference) for key, is_reference in self._outputs]
        for slot, variable, position in slots:
            if variable in self._written:
                operands[position] = slot.value
            slot.value = None
        self._idle.append((services, runners))
        return results

    @staticmethod
    def _value(state: RunState, services: Services, key: Key, is_reference: bool) -> Any:
        if key in state.values:
            return state.values[key]
        if isinstance(key, Version):
            value = services.store.slot(key.variable).value
            if value is None and not is_reference:
                raise services.store.missing(key.variable)
            return value
        assert isinstance(key, Tensor)
        return np.asarray(key.op.attributes["value"])
