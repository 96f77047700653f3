"""The one door to Pillow: `pillow.Image` is imported at its first use, never by `import millpond`."""

from __future__ import annotations

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    if name != "Image":
        raise AttributeError(f"module {__name__} has no attribute {name}")
    module = importlib.import_module("PIL.Image")
    globals()[name] = module  # later accesses are plain attribute look-ups
    return module
