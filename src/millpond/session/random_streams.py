"""The random streams of a session: one counter for each random op, advanced as TensorFlow advances it.

A run that raises leaves the streams as they were (unless another has drawn from them since), so that the numbers do
not depend on the tier, in which a refused run may have come to drawing or not.

State: the stream of each op that has run, guarded by a lock of its own (a draw never waits).
"""

from __future__ import annotations

import secrets
import threading

import numpy as np

from millpond.compiler.services import Draw
from millpond.graph.operation import Operation
from millpond.ops.random import philox


class RandomStreams:
    """Streams of one session, started when an op first draws."""

    def __init__(self) -> None:
        self._states: dict[str, np.ndarray] = {}
        self._lock = threading.Lock()

    def draw(self, drawn: list[Draw], op: Operation, samples: int) -> np.ndarray:
        """The stream's state for one execution; the stream then moves on by `samples` 128-bit samples.

        The draw is noted in `drawn`.
        """
        with self._lock:
            before = self._states.get(op.name)
            state = _first_state(op) if before is None else before
            after = philox.advance(state, samples)
            drawn.append((op.name, state, after))
            self._states[op.name] = after
            return state

    def draw_all(self, drawn: list[Draw], ops: list[Operation], samples: list[int]) -> np.ndarray:
        """The states of several ops, one row each."""
        return np.stack([self.draw(drawn, op, count) for op, count in zip(ops, samples, strict=True)])

    def streams(self, ops: list[Operation]) -> np.ndarray:
        """The states of several ops, which do not move on: a program says how far they have (`move`)."""
        with self._lock:
            for op in ops:
                if op.name not in self._states:
                    self._states[op.name] = _first_state(op)
            return np.stack([self._states[op.name] for op in ops])

    def move(self, drawn: list[Draw], ops: list[Operation], before: np.ndarray, after: np.ndarray) -> None:
        """Moves streams on to the states that a program left."""
        with self._lock:
            for op, old, new in zip(ops, before, after, strict=True):
                drawn.append((op.name, old, new))
                self._states[op.name] = new

    def turn_back(self, drawn: list[Draw], count: int) -> None:
        """Undoes the draws after the first `count`."""
        self.undo(drawn[count:])
        del drawn[count:]

    def undo(self, drawn: list[Draw]) -> None:
        """Turns back the draws of a failed run, where nobody has drawn since."""
        with self._lock:
            for name, before, after in reversed(drawn):
                if self._states.get(name) is after:
                    self._states[name] = before


def _first_state(op: Operation) -> np.ndarray:
    seed, seed2 = op.attributes.get("seed", 0), op.attributes.get("seed2", 0)
    if seed == 0 and seed2 == 0:
        # No seed was given anywhere: every session starts the op at a place of its own.
        seed, seed2 = secrets.randbits(63), secrets.randbits(63)
    return philox.initial_state(seed, seed2)
