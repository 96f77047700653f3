"""The hand-over of buffers between the store and XLA: one step that Python cannot be interrupted in.

A program that is given buffers (donation) leaves the store with values that are gone, until its results are put in
their place. An exception that Python raises in between (Ctrl-C, `PyThreadState_SetAsyncExc`) would lose the
variables. Python raises such exceptions between bytecodes only, so both halves are made of calls into C:

- The program's results are a pytree node whose `unflatten` is the C function `operator.iadd`: XLA's C++ call puts them
  into a `Box` before it comes back to Python.
- What is in the box is put into the slots by exhausting iterators made beforehand, one C call in a `finally`.

State: the box of an executable, between a call and its settlement; the store's lock guards it.
"""

from __future__ import annotations

import collections
import functools
import itertools
import operator
from collections.abc import Callable, Sequence
from typing import Any

from millpond.compiler import xla

_exhaust = collections.deque[Any](maxlen=0).extend
_RESULTS, _VALUES = ("results",), itertools.repeat("value")


class Box(collections.deque[Any]):
    """Where the results of an executable are found: the last `maxlen` of what has been added.

    Part of the executable's type for JAX, and compared by identity.
    """

    __hash__ = object.__hash__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return self is other


@functools.cache
def _register() -> None:
    # `unflatten(box, results)` is `box += results`, which gives the box.
    xla.jax.tree_util.register_pytree_node(Box, lambda box: (tuple(box), box), operator.iadd)


def boxed(results: Sequence[Any]) -> Box:
    """What a traced function returns to have its results left in this box at each call."""
    _register()
    return Box(results, maxlen=len(results))


class HandOver:
    """One call of a program that sets variables, and the installing of what it gives; a run keeps it to undo it.

    Args:
      slots: Objects with an attribute `value`: where the first results belong.
      old: What the slots hold.

    Attributes:
      results: All results, the installed ones first; empty as long as there are none.
      final: Whether the old values are given away: what the run has written then stays, unless the program's guard
        refuses. In that case it puts copies in the place of what it found.
    """

    __slots__ = ("slots", "old", "results", "final")

    def __init__(self, slots: Sequence[Any], old: Sequence[Any], final: bool = False) -> None:
        self.slots = slots
        self.old = old
        self.final = final
        self.results: Sequence[Any] = ()

    def call(self, function: Callable[..., Any], box: Box, arguments: Sequence[Any]) -> Sequence[Any]:
        """Calls a program whose results go to `box`, and installs the first of them in the slots.

        Whatever interrupts it, either nothing has been installed, and the program was not run or failed, or all has.
        """
        box.clear()
        settle = map(setattr, itertools.chain((self,), self.slots), itertools.chain(_RESULTS, _VALUES),
                     itertools.chain(map(tuple, (box,)), itertools.chain.from_iterable((box,))))
        try:
            function(*arguments)
        finally:
            _exhaust(settle)
        box.clear()
        return self.results

    def install(self, values: Sequence[Any]) -> None:
        """Installs values that are at hand, all or none."""
        self.results = values
        _exhaust(map(setattr, self.slots, _VALUES, values))

    def written(self) -> list[tuple[Any, Any, Any]]:
        """For each slot, what was there and what was put there; none as long as nothing has been."""
        return list(zip(self.slots, self.old, self.results, strict=False))
