"""Timing two sides of a comparison so that the ratio can be trusted on a noisy machine."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable
from typing import NamedTuple

ROUNDS = 10


class Comparison(NamedTuple):
    """Seconds of one call of each side: the minimum over the rounds."""

    ours: float
    theirs: float

    @property
    def ratio(self) -> float:
        return self.ours / self.theirs


def once(call: Callable[[], object], repeats: int) -> float:
    """Seconds per call over `repeats` calls."""
    start = time.perf_counter()
    for _ in range(repeats):
        call()
    return (time.perf_counter() - start) / repeats


def compare(ours: Callable[[], object], theirs: Callable[[], object], repeats: int,
            warm_up: int = 50) -> Comparison:
    """Runs both sides in turn, round by round, and keeps each side's best round. Both must block until done."""
    for _ in range(warm_up):
        ours()
        theirs()
    gc.collect()
    gc.disable()
    try:
        rounds = [(once(ours, repeats), once(theirs, repeats)) for _ in range(ROUNDS)]
    finally:
        gc.enable()
    return Comparison(min(a for a, _ in rounds), min(b for _, b in rounds))
