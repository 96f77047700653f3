"""Stopping programs that loop: XLA asks from time to time whether to go on.

A loop whose number of iterations is not known while compiling may never end. Its program asks the host after so many
iterations how many more to turn, and is called on a thread of its own, so that the caller's thread takes an interrupt.

State: the runs that are under way, by number.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from millpond.compiler.services import Cancellation
from millpond.errors import CancelledError

# A loop turns for about so long between two questions.
SECONDS_BETWEEN = 0.02
# The first question comes after so much work, in elements computed: loops that end before ask nothing.
FREE_WORK = 2_000_000
MOST_ITERATIONS = 1 << 30

_numbers = itertools.count(1)
_under_way: dict[int, tuple[Cancellation, list[float]]] = {}


def more_iterations(number: Any, turned: Any) -> np.ndarray:
    """How many iterations a loop may turn now; 0 stops it.

    Args:
      number: That of the run.
      turned: How many it has turned since it was last asked.
    """
    run = _under_way.get(int(number))
    if run is None or run[0].error is not None:
        return np.array(0, np.int32)
    now = time.monotonic()
    took = max(now - run[1][0], 1e-6)
    run[1][0] = now
    pace = int(turned) * SECONDS_BETWEEN / took
    # The time since the last question may be that of another loop of the run: it never slows down by much.
    return np.array(min(MOST_ITERATIONS, max(1, int(turned) // 4, int(min(pace, int(turned) * 8.0)))), np.int32)


def call(function: Callable[..., Any], cancellation: Cancellation) -> Any:
    """Calls `function(number)` with the number of a new run; whatever interrupts the caller stops it.

    Args:
      function: Runs a program to its end.
      cancellation: Whether the run is to stop.
    """
    number, own = next(_numbers), Cancellation(cancellation)
    _under_way[number] = own, [time.monotonic()]
    try:
        if threading.current_thread() is not threading.main_thread():
            return function(np.int32(number))
        return _on_a_thread(lambda: function(np.int32(number)), own)
    finally:
        del _under_way[number]


def _on_a_thread(function: Callable[[], Any], cancellation: Cancellation) -> Any:
    answer: list[Any] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            answer.append(function())
        except BaseException as error:  # noqa: BLE001 - the thread that waits raises it
            failure.append(error)

    worker = threading.Thread(target=work, daemon=True, name="millpond-loop")
    worker.start()
    try:
        worker.join()
    except BaseException:
        cancellation.cancel(CancelledError(None, None, "The run was interrupted"))
        worker.join()
        raise
    if failure:
        raise failure[0]
    return answer[0]
