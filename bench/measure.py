"""Timing two sides of a comparison so that the ratio can be trusted on a noisy machine."""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

ROUNDS = 10


class Cost(NamedTuple):
    """What one call costs: seconds on the clock, and seconds of the process on all cores."""

    wall: float
    cpu: float


class Comparison(NamedTuple):
    """What one call of each side costs: the minimum over the rounds, of wall and of CPU time each."""

    ours: Cost
    theirs: Cost

    @property
    def ratio(self) -> float:
        return self.ours.wall / self.theirs.wall

    @property
    def cpu_ratio(self) -> float:
        return self.ours.cpu / self.theirs.cpu


def once(call: Callable[[], object], repeats: int) -> Cost:
    """What a call costs, over `repeats` calls."""
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(repeats):
        call()
    return Cost((time.perf_counter() - wall) / repeats, (time.process_time() - cpu) / repeats)


def best(rounds: Iterable[Cost]) -> Cost:
    """The least of each, over some rounds."""
    costs = list(rounds)
    return Cost(min(cost.wall for cost in costs), min(cost.cpu for cost in costs))


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
    return Comparison(best(a for a, _ in rounds), best(b for _, b in rounds))
