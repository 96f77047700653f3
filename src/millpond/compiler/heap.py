"""Freed memory stays with the process, so that XLA's temporary buffers are not mapped and cleared anew in each run.

XLA on the CPU allocates its temporary memory at each execution and frees it after it. glibc gives blocks of more than
128 KiB (later up to 32 MiB) back to the system, which clears every page when it is touched again: a quarter of the time
of a convolutional network's step. `keep` raises glibc's limits for the whole process, once, before the first
compilation. Up to `_KEPT` bytes then stay with a process that has freed them; larger blocks are given back as ever.

Only on Linux with glibc, and not with `MILLPOND_KEEP_HEAP=0`, nor where the program or its environment sets glibc's
limits itself (`MALLOC_TRIM_THRESHOLD_`, `MALLOC_MMAP_THRESHOLD_`, `GLIBC_TUNABLES`).
"""

from __future__ import annotations

import ctypes
import os
import platform
from collections.abc import Mapping

# Parameters of mallopt(3).
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3

_KEPT = 256 << 20
# How much the heap grows at once.
_STEP = 64 << 20
# The largest block that older releases of glibc let us keep.
_OLD_MOST = 32 << 20

_OWN_LIMITS = ("MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_", "MALLOC_TOP_PAD_", "MALLOC_MMAP_MAX_")


def is_wanted(environment: Mapping[str, str], libc: str) -> bool:
    """Whether the heap is to be kept, with such environment variables and such a C library."""
    return (libc == "glibc" and environment.get("MILLPOND_KEEP_HEAP", "") != "0"
            and not any(name in environment for name in _OWN_LIMITS)
            and "glibc.malloc" not in environment.get("GLIBC_TUNABLES", ""))


def keep() -> bool:
    """Raises the limits; gives whether they were raised."""
    if not is_wanted(os.environ, platform.libc_ver()[0]):
        return False
    mallopt = ctypes.CDLL(None).mallopt
    if not mallopt(_MMAP_THRESHOLD, _KEPT):
        mallopt(_MMAP_THRESHOLD, _OLD_MOST)
    return bool(mallopt(_TRIM_THRESHOLD, _KEPT)) and bool(mallopt(_TOP_PAD, _STEP))
