"""What the stages of a session run on: its variables, random streams, devices and compiled programs."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from millpond.compiler import dispatch, xla
from millpond.compiler.variable_order import variable_of
from millpond.errors import FailedPreconditionError
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.session import devices
from millpond.session.random_streams import RandomStreams
from millpond.session.variable_store import VariableStore

MAX_EXECUTABLES = 512


@dataclasses.dataclass(frozen=True)
class HostContext:
    """What a host kernel may use of the session it runs in."""

    op: Operation
    session: Any
    store: VariableStore

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
            return value if value is None or isinstance(value, np.ndarray) else np.array(value)


class Runtime:
    """Implements `dispatch.Services` for a process of its own devices."""

    def __init__(self, session: Any, store: VariableStore, tier: int) -> None:
        self.session = session
        self.store = store
        self.tier = tier
        self.lock = store.lock
        self.streams = RandomStreams()
        self.executables = dispatch.ExecutableCache(MAX_EXECUTABLES)
        self.slot = store.slot
        self.install = store.install
        self.hold = store.hold
        self.draw = self.streams.draw
        self.draw_all = self.streams.draw_all

    @property
    def held(self) -> int:
        return self.store.held

    @property
    def layout(self) -> int:
        return self.store.layout

    def missing(self, variable: Operation) -> FailedPreconditionError:
        return self.store.missing(variable)

    def host_context(self, op: Operation) -> HostContext:
        return HostContext(op, self.session, self.store)

    def device(self, name: str) -> Any:
        """The JAX device of a stage."""
        known = devices.local_devices()
        return known[name or next(iter(known))]

    def put(self, value: Any, device: str) -> Any:
        """A value on a device; one that is there already is handed back as it is."""
        with xla.x64():
            return xla.jax.device_put(value, self.device(device))

    def runner(self, stage: Any, several_devices: bool) -> dispatch.StageRunner:
        return dispatch.StageRunner(stage, self, self.executables, several_devices)

    def take(self, variable: Operation, state: dispatch.RunState) -> Any:
        """The value of a variable for the length of a run: its buffer is not given away meanwhile."""
        slot = self.store.slot(variable)
        with self.lock:
            if slot.value is None:
                raise self.missing(variable)
            self.store.hold(slot)
            state.held.append(slot)
            return slot.value

    def release(self, state: dispatch.RunState) -> None:
        with self.lock:
            for slot in state.held:
                self.store.release(slot)

    def undo(self, state: dispatch.RunState) -> None:
        """Puts back what a run wrote before it failed, where nobody has written since."""
        with self.lock:
            for slot, old, new in reversed(state.written):
                if slot.value is new:
                    self.install(slot, old)


