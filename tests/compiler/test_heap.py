"""Memory that was freed stays with the process, up to a bound, and only where that is wanted."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from millpond.compiler import heap

on_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="there is nothing to keep without glibc")

# Faults of pages in 20 runs of a program with some 30 MB of temporary values; what stays of a freed block of 400 MB.
PROGRAM = """
import resource
import numpy as np
import millpond as tf

def resident():
    return next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmRSS"))

x = tf.placeholder(tf.float32, [1000, 1000])
y = x
for _ in range(4):
    y = tf.matmul(tf.nn.softmax(y), y)
loss = tf.reduce_sum(tf.gradients(y, x)[0])
batch = np.full([1000, 1000], 0.001, np.float32)
with tf.Session() as session:
    for _ in range(3):
        session.run(loss, {x: batch})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        session.run(loss, {x: batch})
    print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
before = resident()
block = np.ones(100_000_000, np.float32)
assert resident() > before + 300
del block
print(resident() - before)
"""


def _run(**environment):
    found = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True,
                           env={**os.environ, "MILLPOND_TIER": "compiled", **environment})
    return [int(number) for number in found.stdout.split()]


@on_glibc
@pytest.mark.slow
def test_runs_do_not_fault_their_memory_in_again_unless_that_is_switched_off():
    kept, left = _run()
    given_back, _ = _run(MILLPOND_KEEP_HEAP="0")
    assert given_back > 20 * 1000
    assert kept < given_back / 4
    assert left < 100  # MB: a large block goes back to the system


def test_where_it_is_wanted():
    assert heap.is_wanted({}, "glibc") and heap.is_wanted({"MILLPOND_KEEP_HEAP": "1"}, "glibc")
    assert not heap.is_wanted({"MILLPOND_KEEP_HEAP": "0"}, "glibc")
    assert not heap.is_wanted({}, "") and not heap.is_wanted({}, "musl")
    # The user has set limits of his own.
    assert not heap.is_wanted({"MALLOC_TRIM_THRESHOLD_": "1000000"}, "glibc")
    assert not heap.is_wanted({"GLIBC_TUNABLES": "glibc.malloc.mmap_max=10"}, "glibc")
    assert heap.is_wanted({"GLIBC_TUNABLES": "glibc.pthread.rseq=0"}, "glibc")
