"""The types that the signatures of op rules are written with; `opdef.OpDefinition` says what each rule is given.

A kernel runs on NumPy and on `jax.numpy` alike, and the two share no type that mypy could check an array or a module
against: those names say what a parameter is, not more. The others are checked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np

from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor

# `numpy` or `jax.numpy`.
ArrayModule: TypeAlias = Any
# An array of that module: `numpy.ndarray`, or `jax.Array` (also one that is being traced).
Array: TypeAlias = Any
# The module `jax`, which a lowering is given because nothing else may import it.
Jax: TypeAlias = Any

# What a gradient rule gives: one cotangent for each input, None where there is none.
Cotangents: TypeAlias = Sequence[Tensor | IndexedSlices | None]

# The entries of a tensor that is read as a shape, None for those that are unknown, and the question for those of an
# input, both for `shape_value` rules.
Entries: TypeAlias = list[int | None]
ValueOf: TypeAlias = Callable[[Tensor], Entries | None]


class HostContext(Protocol):
    """What the kernel of a host op may use of the session that it runs in."""

    @property
    def op(self) -> Operation: ...

    @property
    def session(self) -> Any: ...

    @property
    def cancellation(self) -> Any:
        """Whether the run is to stop (`compiler/services.py`): what blocks has itself woken by it."""
        ...

    @property
    def kept(self) -> Any:
        """The values that the session keeps between runs (`session/kept_tensors.py`)."""
        ...

    @property
    def resources(self) -> Any:
        """What the session keeps under names besides variables (`session/resources.py`)."""
        ...

    @property
    def taken(self) -> Any:
        """What has been taken from queues (`compiler/services.py`): given back if the run fails before it is used."""
        ...

    def is_initialized(self, reference: Tensor) -> bool:
        """Whether the variable behind a reference has a value."""
        ...

    def value_of(self, reference: Tensor) -> np.ndarray | None:
        """The value that the variable behind a reference has at this moment, or None."""
        ...
