"""A progress bar for work on files that takes over a second, where a terminal is attached."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def of_bytes(total: int, what: str) -> Iterator[Callable[[int], object]]:
    """Gives a function that takes the number of bytes just dealt with.

    tqdm is imported where it is needed, not by `import millpond`.
    """
    if not sys.stderr.isatty():
        yield lambda count: None
        return
    with importlib.import_module("tqdm").tqdm(
        total=total, desc=what, unit="B", unit_scale=True, delay=1, leave=False
    ) as bar:
        yield bar.update
