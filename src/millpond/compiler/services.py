"""What stages and sessions share: slots, the state of a run, cancellation, and what a stage may ask of its session."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from millpond.compiler.handover import HandOver
from millpond.compiler.stage import Key, Stage
from millpond.errors import FailedPreconditionError, OpError
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor

# One draw: the op's name, and the state of its stream before and after.
Draw = tuple[str, np.ndarray, np.ndarray]


class Slot:
    """Where the value of one variable lies.

    Attributes:
      value: A NumPy array (never changed in place), an array on a device, or None.
      holds: Readers that still look at the value, so that its buffer may not be given away.
    """

    __slots__ = ("value", "holds")

    def __init__(self) -> None:
        self.value: Any = None
        self.holds = 0


class Cancellation:
    """Whether a run, or all runs of a session, are to stop, and why.

    State: the error to stop with, and who is to be woken; `_lock` guards both. A child is cancelled with its parent.
    """

    def __init__(self, parent: Cancellation | None = None) -> None:
        self.error: OpError | None = None
        self._lock = threading.Lock()
        self._callbacks: dict[object, Callable[[], None]] = {}
        self._children: weakref.WeakSet[Cancellation] = weakref.WeakSet()
        if parent is not None:
            parent.adopt(self)

    def adopt(self, child: Cancellation) -> None:
        with self._lock:
            self._children.add(child)
            error = self.error
        if error is not None:
            child.cancel(error)

    def check(self) -> None:
        """Raises the error that stops the run, if it is to stop."""
        if self.error is not None:
            raise type(self.error)(None, None, self.error.message)

    def cancel(self, error: OpError) -> None:
        """Stops; the first reason counts."""
        with self._lock:
            if self.error is not None:
                return
            self.error = error
            callbacks, children = list(self._callbacks.values()), list(self._children)
        for callback in callbacks:
            callback()
        for child in children:
            child.cancel(error)

    def subscribe(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Has `wake` called on cancellation (at once, if that has been); gives a function that ends this."""
        token = object()
        with self._lock:
            self._callbacks[token] = wake
            cancelled = self.error is not None
        if cancelled:
            wake()
        return lambda: self._unsubscribe(token)

    def _unsubscribe(self, token: object) -> None:
        with self._lock:
            self._callbacks.pop(token, None)


class Taken:
    """What operations have taken from queues in a run, as long as nothing has used it: a run that fails gives it back.

    State: how to give it back, by operation, and whether the run has failed; guarded by a lock, as what waits in a
    thread may come by something after that.
    """

    __slots__ = ("_lock", "_ways", "_failed")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ways: dict[Operation, Callable[[], None]] = {}
        self._failed = False

    def note(self, op: Operation, give_back: Callable[[], None]) -> None:
        """Remembers how to give back what an operation has taken; does it at once where the run has failed."""
        with self._lock:
            if not self._failed:
                self._ways[op] = give_back
                return
        give_back()

    def use(self, keys: Sequence[Key]) -> None:
        """What these hold is used from now on."""
        if self._ways:
            with self._lock:
                for key in keys:
                    if isinstance(key, Tensor):
                        self._ways.pop(key.op, None)

    def give_back(self) -> None:
        """Gives all back: the run has failed."""
        with self._lock:
            self._failed = True
            ways = list(self._ways.values())
            self._ways.clear()
        for way in reversed(ways):
            way()


class RunState:
    """What one run has in hand.

    Attributes:
      values: Values by key.
      cancellation: Whether the run is to stop.
      written: What the run has written so far, as far as it can be put back.
      drawn: The draws from random streams so far.
      unsettled: Checks of guards whose flags nobody has looked at yet.
      refused: Whether a guard on the device has failed.
      started: The programs that have been started, with the shapes of their largest tensors.
      taken: What operations have taken from queues.
    """

    __slots__ = ("values", "cancellation", "written", "drawn", "unsettled", "refused", "started", "taken")

    def __init__(self, values: dict[Key, Any], cancellation: Cancellation) -> None:
        self.values = values
        self.cancellation = cancellation
        self.written: list[HandOver] = []
        self.drawn: list[Draw] = []
        self.unsettled: list[Callable[[], None]] = []
        self.refused = False
        self.started: list[tuple[Stage, dict[Tensor, tuple[int, ...]]]] = []
        self.taken = Taken()

    def settle(self) -> None:
        """Looks at the flags of the guards so far; raises the error of one that failed."""
        while self.unsettled:
            self.unsettled.pop(0)()


class Store(Protocol):
    """The variables of a session, as stages see them (`session/variable_store.py`)."""

    lock: threading.RLock
    layout: int
    held: int
    unproven: list[Any]

    def slot(self, variable: Operation) -> Slot: ...
    def note_change(self, old: Sequence[Any], new: Sequence[Any]) -> None: ...
    def lose(self, slot: Slot) -> None: ...
    def missing(self, variable: Operation) -> FailedPreconditionError: ...
    def note_unproven(self, stage: Stage, write: HandOver, shapes: dict[Any, tuple[int, ...]]) -> None: ...
    def prove(self) -> None: ...


class Services(Protocol):
    """What a stage may ask of the session it runs in."""

    tier: int

    @property
    def store(self) -> Store: ...
    def draw(self, drawn: list[Draw], op: Operation, samples: int) -> np.ndarray: ...
    def turn_back(self, drawn: list[Draw], count: int) -> None: ...
    def streams(self, ops: list[Operation]) -> np.ndarray: ...
    def move(self, drawn: list[Draw], ops: list[Operation], before: np.ndarray, after: np.ndarray) -> None: ...
    def draw_all(self, drawn: list[Draw], ops: list[Operation], samples: list[int]) -> np.ndarray: ...
    def inside_body(self) -> Services: ...
    def host_context(self, op: Operation, state: RunState) -> Any: ...
    def device(self, name: str) -> Any: ...
    def put(self, value: Any, device: str) -> Any: ...
    def constant(self, value: np.ndarray, device: str) -> Any: ...


class StageExecutor(Protocol):
    """What a session runs a stage through. `StageRunner` does it on a device of this process; one that sends the
    stage to another process needs no more than this either."""

    stage: Stage
    output_keys: list[Key]

    def inputs(self, state: RunState) -> list[Any]: ...
    def compute(self, state: RunState, inputs: list[Any]) -> list[Any]: ...
    def publish(self, state: RunState, outputs: list[Any]) -> None: ...
    def run(self, state: RunState) -> None: ...
