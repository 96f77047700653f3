"""What h5py has dropped."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from millpond.compat.habits.habit import add


def mend_h5py(module: ModuleType) -> None:
    """`file["weights"].value`."""
    add(module.Dataset, {"value": property(_value)})


def _value(self: Any) -> Any:
    return self[()]
