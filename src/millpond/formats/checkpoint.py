"""Opening a checkpoint of either version.

    <prefix>.index exists         V2 (`bundle.py`)
    else <prefix> is a file, or a pattern that matches files     V1 (`checkpoint_v1.py`)
"""

from __future__ import annotations

import os
from types import TracebackType
from typing import Protocol

import numpy as np

from millpond.formats.bundle import BundleReader
from millpond.formats.bundle_index import index_path
from millpond.formats.checkpoint_v1 import CheckpointV1Reader
from millpond.formats.files import PathLike
from millpond.formats.slices import Part


class CheckpointReader(Protocol):
    """What readers of both versions can do; their classes describe it."""

    def keys(self) -> list[str]: ...
    def __contains__(self, name: str) -> bool: ...
    def shape(self, name: str) -> tuple[int, ...]: ...
    def dtype(self, name: str) -> int: ...
    def read(self, name: str) -> np.ndarray: ...
    def read_slice(self, name: str, slice_spec: Part) -> np.ndarray: ...
    def close(self) -> None: ...
    def __enter__(self) -> CheckpointReader: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_checkpoint(prefix: PathLike) -> CheckpointReader:
    """Opens a checkpoint for reading.

    Args:
        prefix: What `Saver.save` returned; of sharded V1 checkpoints, a pattern.

    Raises:
        NotFoundError: If there is no checkpoint of either version.
        DataLossError: If it is damaged.
    """
    return BundleReader(prefix) if os.path.exists(index_path(prefix)) else CheckpointV1Reader(prefix)
