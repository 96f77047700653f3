"""The values of a session's variables.

State: one `Slot` for each variable, by name; `lock` guards every change, and is held only while buffers change hands
or an interpreted stage works on them. `layout` counts the changes after which an executable must look at its variables
again: a first value, a lost one, another shape, dtype or kind of array. `unproven` are writes by programs that XLA may
still be running, and which nobody has seen end well.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any, NamedTuple

from millpond.compiler import failures
from millpond.compiler.handover import HandOver
from millpond.compiler.services import RunState, Slot
from millpond.compiler.stage import Stage
from millpond.errors import FailedPreconditionError, OpError
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor


class Unproven(NamedTuple):
    """A write whose program may still fail."""

    stage: Stage
    write: HandOver
    shapes: dict[Tensor, tuple[int, ...]]


class VariableStore:
    """The variables of a session, or of a server's container."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.layout = 0
        # Holds on all slots together: usually none, and then writers need not look at each.
        self.held = 0
        self.unproven: list[Unproven] = []
        self._slots: dict[str, Slot] = {}

    def slot(self, variable: Operation) -> Slot:
        """The slot of a variable, made at its first use."""
        name = variable.attributes.get("shared_name") or variable.name
        slot = self._slots.get(name)
        if slot is None:
            with self.lock:
                slot = self._slots.setdefault(name, Slot())
        return slot

    def note_change(self, old: Sequence[Any], new: Sequence[Any]) -> None:
        """Counts a change of layout, where new values differ from the old ones; the lock is held by the caller."""
        if any(map(_differ, old, new)):
            self.layout += 1

    def lose(self, slot: Slot) -> None:
        """Gives up a value that is gone; the lock is held by the caller."""
        slot.value = None
        self.layout += 1

    def hold(self, slot: Slot) -> None:
        """Keeps the buffer in a slot from being given away; the lock is held by the caller."""
        slot.holds += 1
        self.held += 1

    def release(self, slot: Slot) -> None:
        slot.holds -= 1
        self.held -= 1

    def undo(self, state: RunState) -> None:
        """Puts back what a run wrote before it failed, where nobody has written since.

        Once old values have been given away for good the whole update stays, so that no half of it does.
        """
        with self.lock:
            if any(write.final and write.results for write in state.written) and not state.refused:
                return
            own = {id(new) for write in state.written if not write.final for _, _, new in write.written()}
            for write in reversed(state.written):
                for slot, old, new in write.written():
                    if slot.value is new and (not write.final or id(old) in own):
                        self.note_change([new], [old])
                        slot.value = old

    # Programs whose end nobody has seen.

    def note_unproven(self, stage: Stage, write: HandOver, shapes: dict[Tensor, tuple[int, ...]]) -> None:
        """Remembers a write by a program that has been started; the lock is held by the caller."""
        self.unproven.append(Unproven(stage, write, shapes))

    def prove(self) -> None:
        """Waits for the programs that have written variables, before these are used again.

        Raises:
          OpError: If one failed. What it wrote is put back where the old values are still there; the other variables
            are lost, and named.
        """
        if not self.unproven:
            return
        first: OpError | None = None
        lost: list[str] = []
        while self.unproven:
            try:
                found = self.unproven.pop(0)
            except IndexError:  # another thread has taken it
                break
            probe = found.write.results[0]
            try:
                probe.block_until_ready()
            except RuntimeError as error:  # JAX's own errors are of this class
                if probe.is_deleted():
                    continue  # another thread's program has been given it, and fails if this one has
                # What came after the first failure has failed by it.
                first = first or failures.device_error(found.stage, found.shapes, error)
                lost.extend(self._take_back(found))
        if first is not None:
            raise failures.with_note(first, failures.loss_note(lost)) from None

    def _take_back(self, failed: Unproven) -> list[str]:
        """Undoes a failed program's write; the names of variables that are lost."""
        lost = []
        with self.lock:
            for variable, (slot, old, new) in zip(failed.stage.writes, failed.write.written(), strict=True):
                if slot.value is new:
                    if old is None or failed.write.final:
                        self.lose(slot)
                        lost.append(variable.name)
                    else:
                        self.note_change([new], [old])
                        slot.value = old
        return lost

    def clear(self) -> None:
        with self.lock:
            for slot in self._slots.values():
                slot.value = None
            self._slots.clear()
            self.unproven.clear()
            self.layout += 1

    def missing(self, variable: Operation) -> FailedPreconditionError:
        """The error of reading a variable that has no value."""
        return failures.uninitialized(variable._outputs[0])


def _differ(old: Any, new: Any) -> bool:
    """Whether an executable must look anew at a variable: its shape, its dtype, or how JAX dispatches it."""
    return (old is None or new is None or old.shape != new.shape or old.dtype != new.dtype or type(old) is not type(new)
            or getattr(old, "committed", None) != getattr(new, "committed", None))
