"""The values of a session's variables.

State: one `Slot` for each variable, by name; `lock` guards every change, and is held only while buffers change
hands, never while something is computed or awaited on the device. `layout` counts the changes after which an
executable must look at its variables again: a first value, a lost one, another shape or dtype.
"""

from __future__ import annotations

import threading
from typing import Any

from millpond.compiler.dispatch import Slot
from millpond.errors import FailedPreconditionError
from millpond.graph.operation import Operation


class VariableStore:
    """The variables of a session, or of a server's container."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.layout = 0
        # Holds on all slots together: usually none, and then writers need not look at each.
        self.held = 0
        self._slots: dict[str, Slot] = {}

    def slot(self, variable: Operation) -> Slot:
        """The slot of a variable, made at its first use."""
        name = variable.attributes.get("shared_name") or variable.name
        slot = self._slots.get(name)
        if slot is None:
            with self.lock:
                slot = self._slots.setdefault(name, Slot())
        return slot

    def install(self, slot: Slot, value: Any) -> None:
        """Sets a value; the lock is held by the caller."""
        old = slot.value
        slot.value = value
        if old is None or value is None or old.shape != value.shape or old.dtype != value.dtype:
            self.layout += 1

    def hold(self, slot: Slot) -> None:
        """Keeps the buffer in a slot from being given away; the lock is held by the caller."""
        slot.holds += 1
        self.held += 1

    def release(self, slot: Slot) -> None:
        slot.holds -= 1
        self.held -= 1

    def clear(self) -> None:
        with self.lock:
            for slot in self._slots.values():
                slot.value = None
            self._slots.clear()
            self.layout += 1

    def missing(self, variable: Operation) -> FailedPreconditionError:
        """The error of reading a variable that has no value."""
        return FailedPreconditionError(
            variable.node_def, variable,
            f"Attempting to use uninitialized value {variable.name}: run its initializer first, for example "
            "sess.run(tf.global_variables_initializer()), or restore it from a checkpoint.")
