"""Signatures of a stage and their executables: what has been done for each, when compiling pays, and what is kept."""

from __future__ import annotations

import collections
import threading
from typing import Any

import numpy as np

from millpond.compiler import xla
from millpond.compiler.executable import FIRST_ROOM, Executable

# Work is counted in elements computed; an operation costs as much as OP_WORK elements (2 us against 1 ns each).
OP_WORK = 2_000
# What calling an executable costs. Only work beyond this counts: a few operations on scalars are quicker interpreted.
DISPATCH_WORK = 8_000
# Compiling pays once the interpreter has done this much work on a signature, and more for each op to compile.
COMPILE_AFTER = 20_000_000
COMPILE_AFTER_PER_OP = 500_000
# The first compilation of a process loads XLA besides, which takes half a second and 170 MB.
LOADING_WORK = 150_000_000
# A stage may compile so many signatures before it looks whether that pays: each should serve so many runs on the
# average, or the work asked for doubles with each further signature, up to a limit.
FREE_COMPILATIONS = 3
WORTHWHILE_RUNS = 50
MAX_DOUBLINGS = 10

# What an entry takes beside its executable.
_ENTRY_BYTES = 2_000

Spec = tuple[tuple[int, ...], np.dtype] | None


class Entry:
    """One signature of a stage.

    Attributes:
      known: The values that the signature names, by register.
      work: What the interpreter has done on it.
      executable: The compiled program, once it is hot.
      specs: The variables the executable was made for.
      layout: The store's layout under which they were last seen so.
      warm: The layout, and the kinds of arguments, under which the executable has been called and left variables of
        the same kinds: such a call stays in C++ from beginning to end. None before the first.
      room: How much room lists have in the executable whose length is not known while compiling.
      is_interpreted: Whether there is no XLA program for it: a branch or loop in it has none.
      used: Whether it has run again since the cache last passed over it.
      lock: Held while it is compiled, so that many threads compile it once.
    """

    __slots__ = ("known", "work", "executable", "specs", "layout", "warm", "used", "lock", "is_interpreted", "room")

    def __init__(self, known: dict[int, np.ndarray]) -> None:
        self.known = known
        self.work = 0
        self.executable: Executable | None = None
        self.specs: list[Spec] = []
        self.layout = -1
        self.warm: tuple[int, list[type]] | None = None
        self.used = False
        self.is_interpreted = False
        self.room = FIRST_ROOM
        self.lock = threading.Lock()

    @property
    def bytes(self) -> int:
        executable = self.executable.bytes if self.executable is not None else 0
        return _ENTRY_BYTES + executable + sum(value.nbytes for value in self.known.values())


class Pace:
    """Decides when a stage is compiled, by counting work: never by the clock, so that results are reproducible.

    Args:
      op_count: How many operations the stage runs.
      compiled_ops: How many there are to compile, those in bodies of branches and loops included.
    """

    __slots__ = ("_op_count", "_compiled_ops", "compiled", "compiled_runs")

    def __init__(self, op_count: int, compiled_ops: int) -> None:
        self._op_count = op_count
        self._compiled_ops = compiled_ops
        self.compiled = 0
        self.compiled_runs = 0

    def left(self, entry: Entry) -> int:
        """How much work a signature has to do yet before it is compiled."""
        work = (COMPILE_AFTER + COMPILE_AFTER_PER_OP * self._compiled_ops) * self._patience()
        return (work if xla.is_loaded() else work + LOADING_WORK) - entry.work

    def note(self, entry: Entry, elements: int) -> None:
        """Counts a run of the interpreter."""
        entry.work += max(0, self._op_count * OP_WORK + elements - DISPATCH_WORK)

    def _patience(self) -> int:
        """How many times the usual work a new signature must have done, where compiling has not paid so far: the
        executables of this stage were few runs old when the next signature came (numbers of distinct rows, say)."""
        if self.compiled < FREE_COMPILATIONS or self.compiled_runs >= WORTHWHILE_RUNS * self.compiled:
            return 1
        return 2 ** min(self.compiled - FREE_COMPILATIONS + 1, MAX_DOUBLINGS)


class ExecutableCache:
    """Bounds what a session keeps for signatures, in number and in bytes.

    What has run since it was last passed over stays; of the rest the oldest goes first. State: the entries in the
    order in which they came or were passed over, with what each counts for; `_lock` guards them.
    """

    def __init__(self, capacity: int, capacity_bytes: int) -> None:
        self.capacity = capacity
        self.capacity_bytes = capacity_bytes
        self.bytes = 0
        self._entries: collections.OrderedDict[tuple[int, Any], tuple[dict[Any, Entry], int]] = (
            collections.OrderedDict())
        self._lock = threading.Lock()

    def note(self, entries: dict[Any, Entry], signature: Any) -> None:
        """Takes in an entry that has come, or whose size has changed, and drops what is too much."""
        entry = entries.get(signature)
        if entry is None:
            return
        with self._lock:
            key = (id(entries), signature)
            self._forget(key)
            self._entries[key] = (entries, entry.bytes)
            self.bytes += entry.bytes
            while len(self._entries) > 1 and (len(self._entries) > self.capacity or self.bytes > self.capacity_bytes):
                self._pass_over(newest=key)

    def _pass_over(self, newest: tuple[int, Any]) -> None:
        key, (entries, size) = next(iter(self._entries.items()))
        entry = entries.get(key[1])
        if key == newest or (entry is not None and entry.used):
            if entry is not None:
                entry.used = False
            self._entries.move_to_end(key)
        else:
            self._forget(key)
            entries.pop(key[1], None)

    def _forget(self, key: tuple[int, Any]) -> None:
        known = self._entries.pop(key, None)
        if known is not None:
            self.bytes -= known[1]

    def drop(self, entries: dict[Any, Entry]) -> None:
        """Forgets all signatures of a stage that is no longer in use."""
        with self._lock:
            for signature in list(entries):
                self._forget((id(entries), signature))

    def __len__(self) -> int:
        return len(self._entries)
