"""What random programs are made of: values, steps, blocks."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

FLOATS = ("float32", "float64")
INTEGERS = ("int32", "int64")
COMPLEX = ("complex64", "complex128")
DTYPES = {"float32": 40, "float64": 14, "int32": 10, "int64": 8, "bool": 8, "complex64": 8, "complex128": 5,
          "string": 6}
WORDS = [b"", b"a", b"bc", b"\xff\x00", b"def"]


@dataclass(frozen=True)
class Type:
    """The dtype and shape of a value; None stands for a size that depends on what is run."""

    dtype: str
    shape: tuple[int | None, ...]

    @property
    def is_known(self) -> bool:
        return None not in self.shape


@dataclass(frozen=True)
class Value:
    """What a step gives: a number by which others name it, and its type."""

    id: int
    type: Type


@dataclass
class Step:
    """One step: what it is, what it takes and gives, and its bodies."""

    kind: str
    takes: list[Value]
    gives: list[Value]
    facts: dict[str, Any] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)


@dataclass
class Block:
    """Steps, the values that they are given, and those that they give."""

    parameters: list[Value]
    steps: list[Step]
    results: list[Value]


@dataclass
class Input:
    """A placeholder: its value, what is fed, and the shape that is declared (None: nothing)."""

    value: Value
    fed: np.ndarray
    declared: tuple[int | None, ...] | None


@dataclass
class Variable:
    """A variable, which one step of the program sets."""

    number: int
    type: Type
    initial: np.ndarray
    is_resource: bool


@dataclass
class Program:
    """A program: what is fed, its variables, its steps, what else is fed, and of what gradients are taken.

    Attributes:
      overrides: Values of the outermost block that are fed, with what.
      order: How often gradients are taken.
    """

    seed: int
    inputs: list[Input]
    variables: list[Variable]
    block: Block
    overrides: list[tuple[Value, np.ndarray]]
    order: int

    def values(self) -> list[Value]:
        """What is fetched of the outermost block."""
        return self.block.results


def array(rng: random.Random, type: Type) -> np.ndarray:
    """Random elements."""
    shape = [2 if size is None else size for size in type.shape]
    count = int(np.prod(shape, dtype=int))
    if type.dtype == "string":
        return np.array([rng.choice(WORDS) for _ in range(count)], object).reshape(shape)
    if type.dtype == "bool":
        return np.array([rng.random() < 0.5 for _ in range(count)], bool).reshape(shape)
    if type.dtype in INTEGERS:
        return np.array([rng.randrange(-4, 5) for _ in range(count)], type.dtype).reshape(shape)
    parts = np.array([rng.uniform(-1.5, 1.5) for _ in range(count)]).reshape(shape)
    if type.dtype in COMPLEX:
        parts = parts + 1j * np.array([rng.uniform(-1.5, 1.5) for _ in range(count)]).reshape(shape)
    return parts.astype(type.dtype)


def every_step(block: Block) -> Iterable[Step]:
    """The steps of a block and of those in it."""
    for step in block.steps:
        yield step
        for inner in step.blocks:
            yield from every_step(inner)
