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
    """One call of a program, and the installing of what it gives.

    Args:
      slots: Objects with an attribute `value`.

    Attributes:
      slots: Where the first results belong.
      results: All results, once they are there; the installed ones come first.
    """

    __slots__ = ("slots", "_results")

    def __init__(self, slots: Sequence[Any]) -> None:
        self.slots = slots
        self._results: list[Sequence[Any]] = []

    @property
    def results(self) -> Sequence[Any]:
        """The results; empty as long as the program has given none."""
        return self._results[0] if self._results else ()

    def call(self, function: Callable[..., Any], box: Box, arguments: Sequence[Any]) -> Sequence[Any]:
        """Calls a program whose results go to `box`, and installs the first of them in the slots.

        Whatever interrupts it, either nothing has been installed, and the program was not run or failed, or all has.
        """
        box.clear()
        settle = functools.partial(_exhaust, itertools.chain(
            map(self._results.append, map(tuple, (box,))),
            map(setattr, self.slots, itertools.repeat("value"), itertools.chain.from_iterable((box,)))))
        try:
            function(*arguments)
        finally:
            settle()
        box.clear()
        return self._results[0]

    def install(self, values: Sequence[Any]) -> None:
        """Installs values that were made in Python, all or none."""
        self._results.append(values)
        _exhaust(map(setattr, self.slots, itertools.repeat("value"), values))

    def old_values(self) -> list[Any]:
        """What the slots hold at present."""
        return [slot.value for slot in self.slots]
