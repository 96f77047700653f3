"""What the stages of a session run on: its variables, random streams, devices, constants and compiled programs.

State: the large constants that lie on a device, as long as a program uses them; `_constants_lock` guards them.
"""

from __future__ import annotations

import copy
import dataclasses
import threading
import weakref
from typing import Any

import numpy as np

from millpond.compiler import xla
from millpond.compiler.dispatch import StageRunner
from millpond.compiler.executables import ExecutableCache
from millpond.compiler.services import Cancellation, RunState, StageExecutor, Taken
from millpond.compiler.stage import Stage
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.graph.variable_references import variable_of
from millpond.session import devices
from millpond.session.kept_tensors import KeptTensors
from millpond.session.random_streams import RandomStreams
from millpond.session.resources import Resources
from millpond.session.variable_store import VariableStore

MAX_EXECUTABLES = 512
MAX_EXECUTABLE_BYTES = 512 << 20


@dataclasses.dataclass(frozen=True)
class HostContext:
    """What a host kernel may use of the session it runs in."""

    op: Operation
    session: Any
    store: VariableStore
    cancellation: Cancellation
    kept: KeptTensors
    resources: Resources
    taken: Taken

    def is_initialized(self, reference: Tensor) -> bool:
        """Whether the variable behind a reference has a value."""
        variable = variable_of(reference)
        return variable is not None and self.store.slot(variable).value is not None

    def value_of(self, reference: Tensor) -> np.ndarray | None:
        """The value that the variable behind a reference has at this moment, or None."""
        variable = variable_of(reference)
        if variable is None:
            return None
        with self.store.lock:
            value = self.store.slot(variable).value
            # A copy of what is on a device: its buffer may be given away later.
            return value if value is None or isinstance(value, np.ndarray) else xla.to_host(value).copy()


class Runtime:
    """Implements `services.Services` for a process of its own devices."""

    def __init__(self, session: Any, store: VariableStore, tier: int, cpus: int) -> None:
        self.session = session
        self.store = store
        self.tier = tier
        self.lock = store.lock
        self.random = RandomStreams()
        self.kept = KeptTensors()
        self.resources = Resources()
        self.executables = ExecutableCache(MAX_EXECUTABLES, MAX_EXECUTABLE_BYTES)
        self.draw = self.random.draw
        self.draw_all = self.random.draw_all
        self.streams = self.random.streams
        self.move = self.random.move
        self.turn_back = self.random.turn_back
        self._cpus = cpus
        # By identity of the host's array, which is kept beside its twin so that the identity stays its own.
        self._constants: dict[tuple[int, str], tuple[np.ndarray, weakref.ref[Any]]] = {}
        self._constants_lock = threading.Lock()

    def host_context(self, op: Operation, state: RunState) -> HostContext:
        return HostContext(op, self.session, self.store, state.cancellation, self.kept, self.resources, state.taken)

    def device(self, name: str) -> Any:
        """The JAX device of a stage."""
        known = devices.visible(self._cpus)
        return known[name or next(iter(known))]

    def put(self, value: Any, device: str) -> Any:
        """A value on a device; one that is there already is handed back as it is."""
        with xla.x64():
            return xla.jax.device_put(value, self.device(device))

    def constant(self, value: np.ndarray, device: str) -> Any:
        """A large constant on a device: once for the session, however many programs use it."""
        key = (id(value), device)
        with self._constants_lock:
            known = self._constants.get(key)
            placed = known[1]() if known is not None else None
            if placed is None:
                placed = self.put(value, device)
                self._constants = {k: v for k, v in self._constants.items() if v[1]() is not None}
                self._constants[key] = (value, weakref.ref(placed))
            return placed

    def inside_body(self) -> Runtime:
        """The same for the stages of a body that runs from the host; the variables it sees have a store of their own.
        """
        inside = copy.copy(self)
        inside.store = VariableStore()
        inside.lock = inside.store.lock
        return inside

    def runner(self, stage: Stage, several_devices: bool) -> StageRunner:
        return StageRunner(stage, self, self.executables, several_devices)

    def forget(self, runner: StageExecutor) -> None:
        """Lets go of what is kept for a stage that is no longer in use."""
        if isinstance(runner, StageRunner):
            self.executables.drop(runner.entries)

    def require(self, variables: list[Operation]) -> None:
        """Raises the error of a variable that has no value: before anything is run."""
        for variable in variables:
            if self.store.slot(variable).value is None:
                raise self.store.missing(variable)

    def take(self, variable: Operation) -> Any:
        """The value of a variable, which is not given away before it is released."""
        self.store.prove()
        slot = self.store.slot(variable)
        with self.lock:
            if slot.value is None:
                raise self.store.missing(variable)
            self.store.hold(slot)
            return slot.value

    def release(self, variable: Operation) -> None:
        with self.lock:
            self.store.release(self.store.slot(variable))

    def undo(self, state: RunState) -> None:
        """Puts back what a run wrote, drew and took before it failed."""
        state.taken.give_back()
        if state.written:
            self.store.undo(state)
        if state.drawn:
            self.random.undo(state.drawn)
