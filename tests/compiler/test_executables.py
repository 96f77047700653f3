"""When a signature is worth compiling, and which signatures are kept."""

from __future__ import annotations

import os
import subprocess
import sys
import types

import numpy as np
import pytest

from millpond.compiler import executables, xla
from millpond.compiler.executables import Entry, ExecutableCache, Pace

ENTRY = 2_000  # what an entry counts for besides its arrays and its executable


@pytest.fixture
def xla_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xla, "is_loaded", lambda: True)


def entry(size: int = 0, executable: int | None = None) -> Entry:
    made = Entry({0: np.zeros(size, np.uint8)})
    if executable is not None:
        made.executable = types.SimpleNamespace(bytes=executable)  # type: ignore[assignment]
    return made


def noted(cache: ExecutableCache, entries: dict[str, Entry], names: str, size: int = 0) -> None:
    for name in names:
        entries[name] = entry(size)
        cache.note(entries, name)


def test_a_signature_is_hot_after_a_constant_amount_of_work(xla_is_loaded: None) -> None:
    pace, signature = Pace(4, 4), entry()
    assert (pace.left(signature) > 0)
    signature.work = 22_000_000 - 1  # 20 million, and half a million for each operation
    assert (pace.left(signature) > 0)
    signature.work += 1
    assert not (pace.left(signature) > 0)


def test_the_first_program_of_a_process_must_be_worth_loading_xla(monkeypatch: pytest.MonkeyPatch) -> None:
    pace, signature = Pace(4, 4), entry()
    signature.work = 22_000_000 + 150_000_000 - 1
    monkeypatch.setattr(xla, "is_loaded", lambda: False)
    assert (pace.left(signature) > 0)
    signature.work += 1
    assert not (pace.left(signature) > 0)


def test_only_work_beyond_a_dispatch_counts() -> None:
    pace, signature = Pace(3, 3), entry()
    pace.note(signature, elements=1_999)  # with 3 operations of 2,000 each: less than a dispatch
    assert signature.work == 0
    pace.note(signature, elements=2_000)
    assert signature.work == 0
    pace.note(signature, elements=2_500)
    pace.note(signature, elements=2_700)
    assert signature.work == 1_200
    Pace(5, 5).note(signature, elements=0)
    assert signature.work == 3_200


@pytest.mark.parametrize("compiled, runs, times", [
    (0, 0, 1), (2, 0, 1),                    # the first three are free
    (3, 0, 2), (3, 149, 2), (3, 150, 1),     # then each must have served fifty runs on the average
    (4, 0, 4), (5, 0, 8), (5, 249, 8), (5, 250, 1),
    (12, 0, 1024), (13, 0, 1024), (1_000, 49_999, 1024), (1_000, 50_000, 1),
])
def test_ever_new_signatures_must_do_ever_more_work(compiled: int, runs: int, times: int, xla_is_loaded: None) -> None:
    pace, signature = Pace(0, 0), entry()
    pace.compiled, pace.compiled_runs = compiled, runs
    signature.work = times * 20_000_000 - 1
    assert (pace.left(signature) > 0)
    signature.work += 1
    assert not (pace.left(signature) > 0)


def test_when_the_cache_is_full_the_oldest_goes_that_has_not_been_used() -> None:
    cache, entries = ExecutableCache(3, 1 << 30), {}
    noted(cache, entries, "abc")
    assert list(entries) == ["a", "b", "c"] and len(cache) == 3
    entries["a"].used = True
    noted(cache, entries, "d")
    assert list(entries) == ["a", "c", "d"] and len(cache) == 3
    # It was passed over once; without another run it goes in its turn.
    noted(cache, entries, "ef")
    assert list(entries) == ["a", "e", "f"]
    noted(cache, entries, "g")
    assert list(entries) == ["e", "f", "g"]


def test_an_entry_in_use_outlives_any_number_of_others() -> None:
    cache, entries = ExecutableCache(2, 1 << 30), {}
    noted(cache, entries, "s")
    for number in range(50):
        entries["s"].used = True
        noted(cache, entries, chr(1000 + number))
        assert "s" in entries and len(entries) == 2


def test_the_cache_is_bounded_in_bytes_too() -> None:
    cache, entries = ExecutableCache(100, 3 * (ENTRY + 500)), {}
    noted(cache, entries, "abc", size=500)
    assert list(entries) == ["a", "b", "c"] and cache.bytes == 3 * (ENTRY + 500)
    noted(cache, entries, "d", size=500)
    assert list(entries) == ["b", "c", "d"] and cache.bytes == 3 * (ENTRY + 500)
    noted(cache, entries, "e", size=1_000)
    assert list(entries) == ["d", "e"] and cache.bytes == 2 * ENTRY + 1_500


def test_the_newest_entry_stays_however_large() -> None:
    cache, entries = ExecutableCache(100, 10_000), {}
    noted(cache, entries, "ab")
    noted(cache, entries, "c", size=1_000_000)
    assert list(entries) == ["c"] and cache.bytes == ENTRY + 1_000_000


def test_compiling_changes_what_an_entry_counts_for() -> None:
    cache, entries = ExecutableCache(100, 3 * ENTRY + 5_000), {}
    noted(cache, entries, "abc")
    entries["b"] = entry(executable=4_000)
    cache.note(entries, "b")
    assert cache.bytes == 3 * ENTRY + 4_000 and len(cache) == 3
    entries["c"] = entry(executable=4_000)
    cache.note(entries, "c")
    assert list(entries) == ["b", "c"] or list(entries) == ["c"]
    assert cache.bytes == sum(kept.bytes for kept in entries.values()) <= cache.capacity_bytes


def test_what_is_gone_already_is_not_taken_in() -> None:
    cache = ExecutableCache(2, 1 << 30)
    cache.note({}, "a")
    assert (len(cache), cache.bytes) == (0, 0)


def test_a_stage_that_is_no_longer_in_use_leaves_room() -> None:
    cache, one, other = ExecutableCache(10, 1 << 30), {}, {}
    noted(cache, one, "ab", size=100)
    noted(cache, other, "a", size=100)
    cache.drop(one)
    assert (len(cache), cache.bytes) == (1, ENTRY + 100)
    cache.drop(other)
    assert (len(cache), cache.bytes) == (0, 0)


def test_the_constants_are_what_the_documents_say() -> None:
    assert (executables.FREE_COMPILATIONS, executables.WORTHWHILE_RUNS, executables.MAX_DOUBLINGS) == (3, 50, 10)


@pytest.mark.slow
def test_threads_that_compile_first_at_the_same_time_load_jax_once():
    program = ("import threading\n"
               "import millpond as tf\n"
               "x = tf.placeholder(tf.float32, [])\n"
               "y, found = x * 2.0, []\n"
               "def run():\n"
               "    with tf.Session(graph=y.graph) as session:\n"
               "        found.append(session.run(y, {x: 1.0}))\n"
               "threads = [threading.Thread(target=run) for _ in range(8)]\n"
               "[thread.start() for thread in threads]\n"
               "[thread.join() for thread in threads]\n"
               "print(found)\n")
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                           env={**os.environ, "MILLPOND_TIER": "compiled"})
    assert found.stdout.count("2.0") == 8, found.stderr
