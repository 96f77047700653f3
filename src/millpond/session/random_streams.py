"""The random streams of a session: one counter for each random op, advanced as TensorFlow advances it.

State: the stream of each op that has run, guarded by a lock of its own (a draw never waits).
"""

from __future__ import annotations

import secrets
import threading

import numpy as np

from millpond.graph.operation import Operation
from millpond.ops.random import philox


class RandomStreams:
    """Streams of one session, started when an op first draws."""

    def __init__(self) -> None:
        self._states: dict[str, np.ndarray] = {}
        self._lock = threading.Lock()

    def draw(self, op: Operation, samples: int) -> np.ndarray:
        """The stream's state for one execution; the stream then moves on by `samples` 128-bit samples."""
        with self._lock:
            state = self._states.get(op.name)
            if state is None:
                state = _first_state(op)
            self._states[op.name] = philox.advance(state, samples)
            return state

    def draw_all(self, ops: list[Operation], samples: list[int]) -> np.ndarray:
        """The states of several ops, one row each."""
        return np.stack([self.draw(op, count) for op, count in zip(ops, samples, strict=True)])


def _first_state(op: Operation) -> np.ndarray:
    seed, seed2 = op.attributes.get("seed", 0), op.attributes.get("seed2", 0)
    if seed == 0 and seed2 == 0:
        # No seed was given anywhere: every session starts the op at a place of its own.
        seed, seed2 = secrets.randbits(63), secrets.randbits(63)
    return philox.initial_state(seed, seed2)
