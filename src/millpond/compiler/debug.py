"""`MILLPOND_DEBUG=plan,stages,hlo`: says on standard error what the compiler does; `verify` checks each plan, `frames`
leaves our own frames in the tracebacks of runs.

Also a context manager for tests and notebooks: `with debug.Debug("plan"): ...`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import TracebackType

TOPICS = ("plan", "stages", "hlo", "verify", "frames")

_active: frozenset[str] = frozenset(filter(None, os.environ.get("MILLPOND_DEBUG", "").split(",")))


def enabled(topic: str) -> bool:
    return topic in _active


def note(topic: str, text: Callable[[], str]) -> None:
    """Writes `text()` where the topic is switched on; costs a look-up where it is not."""
    if topic in _active:
        write(text())


def write(text: str) -> None:
    print(f"[millpond] {text}", file=sys.stderr, flush=True)


def shortened(error: BaseException) -> BaseException:
    """The error without the frames below the call that raises it, which are ours; with `frames`, as it is."""
    return error if "frames" in _active else error.with_traceback(None)


class Debug:
    """Switches topics on for a `with` block."""

    def __init__(self, *topics: str) -> None:
        unknown = set(topics) - set(TOPICS)
        if unknown:
            raise ValueError(f"unknown debug topics {sorted(unknown)}; there are {TOPICS}")
        self._topics = frozenset(topics)

    def __enter__(self) -> None:
        global _active
        self._outer, _active = _active, _active | self._topics

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        global _active
        _active = self._outer
