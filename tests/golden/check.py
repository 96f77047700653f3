"""Runs the recorded cases against a module that has TensorFlow 1's names.

    python tests/golden/check.py                            # every case, on millpond
    python tests/golden/check.py --family math nn           # some families
    python tests/golden/check.py --filter conv2d -v         # ids that match, every failure printed
    python tests/golden/check.py --tf tensorflow.compat.v1  # another module

Cases run in worker processes; one that crashes or takes longer than `--timeout` fails its case only.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import pathlib
import queue
import re
import select
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any

import golden_cases
import golden_running
from golden_cases import RECORDED, Case

Result = dict[str, Any]
Task = tuple[str, int, Case]

# Importing TensorFlow on a loaded machine takes this long at most.
_START_SECONDS = 300.0


def imported(name: str) -> Any:
    """The module under test; TensorFlow is put into its v1 mode, on the CPU, and told to be quiet."""
    if not name.startswith("tensorflow"):
        return importlib.import_module(name)
    for variable, value in (("TF_CPP_MIN_LOG_LEVEL", "3"), ("TF_USE_LEGACY_KERAS", "1"),
                            ("TF_ENABLE_ONEDNN_OPTS", "0"), ("CUDA_VISIBLE_DEVICES", "-1")):
        os.environ.setdefault(variable, value)
    tf = importlib.import_module(name)
    tf.logging.set_verbosity(tf.logging.ERROR)
    tf.disable_v2_behavior()
    return tf


def run_all(module: str, directory: pathlib.Path = RECORDED, families: Collection[str] | None = None,
            pattern: str | None = None, jobs: int | None = None, timeout: float = 60.0) -> list[Result]:
    """Runs the cases of a folder.

    Args:
      module: Name of the module under test.
      directory: Folder of the `.jsonl` and `.npz` files.
      families: Families to run, by default all.
      pattern: Regular expression for the ids of the cases to run, by default all.
      jobs: How many worker processes; 0 runs the cases in this process. By default one for each core, up to four.
      timeout: Seconds that a case may take in a worker.

    Returns:
      A record for each case, in the order of the files, see `golden_running.run_timed`.

    Raises:
      ImportError: If the module under test cannot be imported.
    """
    loaded = golden_cases.load(directory, families)
    tasks: list[Task] = [(family.name, index, case) for family in loaded.values()
                         for index, case in enumerate(family.cases) if not pattern or re.search(pattern, case["id"])]
    if jobs == 0:
        tf = imported(module)
        return [golden_running.run_timed(tf, name, case, loaded[name].arrays) for name, _, case in tasks]
    results = _Workers(module, directory, timeout).run(tasks, jobs or min(4, os.cpu_count() or 1))
    order = {case["id"]: number for number, (_, _, case) in enumerate(tasks)}
    return sorted(results, key=lambda result: order[result["id"]])


# Worker processes.

def serve(module: str, directory: pathlib.Path) -> int:
    """Runs the cases named on stdin, and answers on what was stdout; what a case prints goes to stderr."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(message: Result) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    tf = imported(module)
    answer({"ready": True})
    families: dict[str, golden_cases.Family] = {}
    for line in sys.stdin:
        name, index = line.split()
        if name not in families:
            families |= golden_cases.load(directory, [name])
        family = families[name]
        answer(golden_running.run_timed(tf, name, family.cases[int(index)], family.arrays))
    return 0


class _Silent(Exception):
    """A worker has died, or did not answer in time."""


class _Workers:
    """Threads with a worker process each, which is replaced when it dies or takes too long."""

    def __init__(self, module: str, directory: pathlib.Path, timeout: float) -> None:
        self._command = [sys.executable, __file__, "--worker", "--tf", module, "--dir", str(directory)]
        self._module = module
        self._timeout = timeout
        self._tasks: queue.SimpleQueue[Task] = queue.SimpleQueue()
        self._results: list[Result] = []
        self._import_error: ImportError | None = None

    def run(self, tasks: Sequence[Task], jobs: int) -> list[Result]:
        for task in tasks:
            self._tasks.put(task)
        threads = [threading.Thread(target=self._work) for _ in range(max(1, min(jobs, len(tasks))))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._import_error is not None:
            raise self._import_error
        return self._results

    def _work(self) -> None:
        process = None
        try:
            while self._import_error is None:
                family, index, case = self._tasks.get_nowait()
                process = process or self._started()
                start = time.monotonic()
                try:
                    result = self._ask(process, f"{family} {index}\n")
                except _Silent as silence:
                    _end(process)
                    process = None
                    seconds = time.monotonic() - start
                    result = golden_running.record(family, case, [("crash", str(silence))], seconds)
                self._results.append(result)
        except queue.Empty:
            pass
        except ImportError as error:
            self._import_error = error
        finally:
            if process is not None:
                _end(process)

    def _started(self) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert process.stderr is not None
        said: list[bytes] = []
        reader = threading.Thread(target=lambda pipe: said.extend(pipe), args=(process.stderr,), daemon=True)
        reader.start()
        try:
            self._read(process, _START_SECONDS)
        except _Silent as silence:
            _end(process)
            reader.join(10)
            last = said[-1].decode(errors="replace").strip() if said else str(silence)
            raise ImportError(f"{self._module} cannot be imported: {last}") from None
        return process

    def _ask(self, process: subprocess.Popen[bytes], line: str) -> Result:
        assert process.stdin is not None
        try:
            process.stdin.write(line.encode())
            process.stdin.flush()
        except OSError:
            raise _Silent("the process died") from None
        return self._read(process, self._timeout)

    @staticmethod
    def _read(process: subprocess.Popen[bytes], timeout: float) -> Result:
        assert process.stdout is not None
        deadline, data = time.monotonic() + timeout, b""
        while not data.endswith(b"\n"):
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                raise _Silent(f"no answer in {timeout:g} s")
            chunk = os.read(process.stdout.fileno(), 1 << 20)
            if not chunk:
                raise _Silent("the process died")
            data += chunk
        return json.loads(data)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


# The command line.

def table(results: Sequence[Result]) -> str:
    """Counts by family, with the first failure of each."""
    lines = [f"{'family':24} {'cases':>6} {'pass':>6} {'fail':>6} {'seconds':>9}  failing stages"]
    for family in dict.fromkeys(result["family"] for result in results):
        rows = [result for result in results if result["family"] == family]
        failed = [result for result in rows if result["status"] == "fail"]
        stages = Counter(stage for result in failed for stage in result["stages"])
        seconds = sum(result["seconds"] for result in rows)
        counts = " ".join(f"{stage}:{count}" for stage, count in stages.most_common())
        lines.append(f"{family:24} {len(rows):6} {len(rows) - len(failed):6} {len(failed):6} {seconds:9.2f}  {counts}")
        if failed:
            stage, text = failed[0]["details"][0]
            lines.append(f"    first: {failed[0]['id']}: [{stage}] {text}"[:310])
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the status is 0 if all cases passed, 1 if not, 2 if the module cannot be imported."""
    parser = argparse.ArgumentParser(description="Runs recorded cases against a module with TensorFlow 1's names.")
    parser.add_argument("--tf", default="millpond", help="module to test (default: millpond)")
    parser.add_argument("--dir", type=pathlib.Path, default=RECORDED, help="folder of .jsonl and .npz files")
    parser.add_argument("--family", nargs="*", help="families to run (default: all)")
    parser.add_argument("--filter", help="run only ids that match this regular expression")
    parser.add_argument("--json", type=pathlib.Path, help="write all results to this file")
    parser.add_argument("--jobs", type=int, help="worker processes; 0 runs in this process")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds allowed for a case")
    parser.add_argument("-v", "--verbose", action="store_true", help="print every failure")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.worker:
        return serve(options.tf, options.dir)
    start = time.monotonic()
    try:
        results = run_all(options.tf, options.dir, options.family, options.filter, options.jobs, options.timeout)
    except ImportError as error:
        print(error, file=sys.stderr)
        return 2
    if options.verbose:
        for result in results:
            for stage, text in result["details"]:
                print(f"FAIL {result['id']} [{stage}] {text}")
    print(table(results))
    passed = sum(result["status"] == "pass" for result in results)
    print(f"total: {passed} of {len(results)} pass ({time.monotonic() - start:.1f} s)")
    if options.json:
        options.json.write_text(json.dumps({"module": options.tf, "results": results}, indent=1))
    return 0 if passed == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
