"""The hand-over: whatever interrupts a call that has been given buffers, what it made is installed, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import jax
import numpy as np
import pytest

from millpond.compiler.handover import Box, HandOver, boxed


class Cell:
    """A place for a value, as the store has them."""

    def __init__(self, value: Any) -> None:
        self.value = value


@pytest.fixture
def program() -> Iterator[tuple[Any, Box]]:
    """`(a, b) -> (a + 1, b + 1, a + b)`, which is given `a` and `b`, and the box that it leaves its results in."""
    found: list[Box] = []

    def step(a: Any, b: Any) -> Box:
        found.append(boxed((a + 1, b + 1, a + b)))
        return found[-1]

    shape = jax.ShapeDtypeStruct((64,), np.float32)
    yield jax.jit(step, donate_argnums=(0, 1)).lower(shape, shape).compile(), found[-1]


def cells() -> list[Cell]:
    return [Cell(jax.numpy.zeros(64, np.float32)), Cell(jax.numpy.ones(64, np.float32))]


def handed(slots: list[Cell]) -> HandOver:
    return HandOver(slots, [slot.value for slot in slots])


def values(slots: list[Cell]) -> list[float]:
    return [float(np.asarray(slot.value)[0]) for slot in slots]


def test_what_a_program_makes_is_installed_and_given_back(program: tuple[Any, Box]) -> None:
    function, box = program
    slots = cells()
    for turn in range(3):
        handover = handed(slots)
        results = handover.call(function, box, [slot.value for slot in slots])
        assert values(slots) == [turn + 1.0, turn + 2.0]
        assert results is handover.results and len(results) == 3
        assert float(results[2][0]) == 2.0 * turn + 1.0
        assert not box


def test_an_interrupt_right_after_the_call_finds_everything_installed(program: tuple[Any, Box]) -> None:
    function, box = program
    slots = cells()

    def interrupted(*arguments: Any) -> None:
        function(*arguments)
        raise KeyboardInterrupt

    handover = handed(slots)
    with pytest.raises(KeyboardInterrupt):
        handover.call(interrupted, box, [slot.value for slot in slots])
    assert values(slots) == [1.0, 2.0] and len(handover.results) == 3


def test_a_program_that_fails_installs_nothing(program: tuple[Any, Box]) -> None:
    function, box = program
    slots = cells()
    handed(slots).call(function, box, [slot.value for slot in slots])

    def failing(*_: Any) -> None:
        raise MemoryError("no room")

    handover = handed(slots)
    with pytest.raises(MemoryError):
        handover.call(failing, box, [slot.value for slot in slots])
    assert values(slots) == [1.0, 2.0] and handover.results == ()


def test_values_made_in_python_are_installed_together() -> None:
    slots = cells()
    handover = handed(slots)
    handover.install([np.full(64, 7.0), np.full(64, 8.0)])
    assert values(slots) == [7.0, 8.0] and len(handover.results) == 2
    assert [float(np.asarray(value)[0]) for value in handover.old] == [0.0, 1.0]


@pytest.mark.slow
def test_exceptions_from_other_threads_lose_nothing(
        program: tuple[Any, Box], interrupt_often: Callable[[Callable[[], object], int], None]) -> None:
    function, box = program
    slots = cells()
    interrupt_often(lambda: handed(slots).call(function, box, [slot.value for slot in slots]), 500)
    first, second = values(slots)
    assert second == first + 1.0
