"""A process that is killed while it replaces a checkpoint leaves one of the two, whole."""

import json
import os
import pathlib
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond
from millpond.errors import DataLossError
from millpond.formats.bundle import BundleReader, BundleWriter
from millpond.formats.bundle_index import index_path, merge_bundles, shard_path

KILLED = 9
Save = Callable[[pathlib.Path, int], None]


def save(prefix: pathlib.Path, value: int) -> None:
    with BundleWriter(prefix) as writer:
        writer.add("a", np.full(value * 100, value, np.int64))
        writer.add("b", np.full(3, value, np.float32))


def save_shards(prefix: pathlib.Path, value: int) -> None:
    parts = [prefix.parent / f"{prefix.name}_temp" / f"part{i}" for i in range(2)]
    parts[0].parent.mkdir(exist_ok=True)
    for name, part in zip("ab", parts, strict=True):
        with BundleWriter(part) as writer:
            writer.add(name, np.full(value * 100, value, np.int64))
    merge_bundles(parts, prefix)


def stored(prefix: pathlib.Path) -> int:
    """The value that a checkpoint has in all of its tensors."""
    with BundleReader(prefix) as reader:
        (value,) = {int(number) for name in reader.keys() for number in reader.read(name)}
    return value


def killed_at(number: int, call: Callable[[], None]) -> bool:
    """Runs a function in a process that dies at its `number`-th change of the disk; returns whether it died."""
    child = os.fork()
    if child == 0:
        calls = 0
        for name in ("replace", "fsync", "remove", "rename"):
            original = getattr(os, name)

            def counted(*arguments: Any, original: Callable[..., Any] = original) -> Any:
                nonlocal calls
                calls += 1
                if calls > number:
                    os._exit(KILLED)
                return original(*arguments)

            setattr(os, name, counted)
        status = 1
        try:
            call()
            status = 0
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, KILLED)
    return status == KILLED


def rounds(folder: pathlib.Path, save: Save) -> list[int]:
    """Kills a process that replaces 1 by 2 at its first change of the disk, at its second, ...; gives what is left."""
    # The machine goes on running: the steps count, not the waiting for the disk.
    os.fsync = lambda file: None
    left = []
    died = True
    while died:
        number = len(left)
        prefix = folder / str(number) / "model"
        prefix.parent.mkdir()
        save(prefix, 1)
        died = killed_at(number, lambda prefix=prefix: save(prefix, 2))  # type: ignore[misc]
        left.append(stored(prefix))
        # Again, by a process that finds what the first one has left.
        killed_at(number, lambda prefix=prefix: save(prefix, 3))  # type: ignore[misc]
        assert stored(prefix) in (left[-1], 3)
        save(prefix, 4)
        assert stored(prefix) == 4
        assert not [name for name in os.listdir(prefix.parent) if "temp" in name], "what was left is gone"
    return left


@pytest.mark.slow
@pytest.mark.parametrize("save", ["save", "save_shards"])
def test_killed_between_any_two_steps(tmp_path: pathlib.Path, save: str) -> None:
    # In a process of its own, which has no threads that would be lost where it forks.
    result = subprocess.run(
        [sys.executable, __file__, str(tmp_path), save],
        env={**os.environ, "PYTHONPATH": str(pathlib.Path(millpond.__file__).parents[1])},
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert result.returncode == 0, result.stderr[-2000:]
    left = json.loads(result.stdout)
    assert left == sorted(left) and set(left) == {1, 2} and len(left) > 4


def leave_unnamed(prefix: pathlib.Path, value: int, suffix: str) -> None:
    """Leaves a bundle as a process does that is killed when it is complete."""
    kept = {path: pathlib.Path(path).read_bytes() for path in (index_path(prefix), shard_path(prefix, 0, 1))}
    save(prefix, value)
    for path, content in kept.items():
        os.rename(path, path + suffix)
        pathlib.Path(path).write_bytes(content)
        os.utime(path, (1, 1))


def test_data_is_found_under_either_name(tmp_path: pathlib.Path) -> None:
    prefix = tmp_path / "model"
    save(prefix, 1)
    leave_unnamed(prefix, 2, ".tempstate7")
    assert stored(prefix) == 2
    os.replace(shard_path(prefix, 0, 1) + ".tempstate7", shard_path(prefix, 0, 1))
    assert stored(prefix) == 2


def test_an_index_that_breaks_off_does_not_count(tmp_path: pathlib.Path) -> None:
    prefix = tmp_path / "model"
    save(prefix, 1)
    leave_unnamed(prefix, 2, ".tempstate7")
    whole = pathlib.Path(index_path(prefix) + ".tempstate7").read_bytes()
    for size in (0, 10, len(whole) - 1):
        pathlib.Path(index_path(prefix) + ".tempstate7").write_bytes(whole[:size])
        assert stored(prefix) == 1


def test_what_another_program_wrote_later_counts(tmp_path: pathlib.Path) -> None:
    prefix = tmp_path / "model"
    save(prefix, 1)
    leave_unnamed(prefix, 2, ".tempstate7")
    os.utime(index_path(prefix))
    os.utime(index_path(prefix) + ".tempstate7", (2, 2))
    assert stored(prefix) == 1


def test_a_pair_that_does_not_match_is_never_a_wrong_value(tmp_path: pathlib.Path) -> None:
    prefix = tmp_path / "model"
    save(prefix, 1)
    index = pathlib.Path(index_path(prefix)).read_bytes()
    save(prefix, 2)
    pathlib.Path(index_path(prefix)).write_bytes(index)
    with pytest.raises(DataLossError, match="tensor 'a'"):
        stored(prefix)


@pytest.mark.parametrize("save", [save, save_shards])
def test_writers_of_one_prefix_take_turns(tmp_path: pathlib.Path, save: Save) -> None:
    prefix = tmp_path / "model"
    failures: list[Exception] = []

    def write(value: int) -> None:
        try:
            for _ in range(15):
                if save is save_shards:
                    with BundleWriter(tmp_path / f"{value}" / "part") as writer:
                        writer.add("a", np.full(value * 100, value, np.int64))
                    merge_bundles([tmp_path / f"{value}" / "part"], prefix, delete_old_folders=False)
                else:
                    save(prefix, value)
        except Exception as error:  # noqa: BLE001 - told by the test
            failures.append(error)

    for value in range(1, 5):
        (tmp_path / f"{value}").mkdir()
    threads = [threading.Thread(target=write, args=(value,)) for value in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert stored(prefix) in range(1, 5)
    assert not [name for name in os.listdir(tmp_path) if "temp" in name]


if __name__ == "__main__":
    print(json.dumps(rounds(pathlib.Path(sys.argv[1]), {"save": save, "save_shards": save_shards}[sys.argv[2]])))
