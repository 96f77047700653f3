"""The pytest plugin that tries mutants.

pytest imports everything and collects the tests once. Instead of running them, this process forks: first a child
that runs all of them and records which lines each test runs, then a child for each mutant, which puts the mutant's
code into the functions that are loaded and runs the tests that can notice it, until one fails. So a mutant costs a
fork and its tests. A mutant outside of functions has to be imported anew, by a process of its own.

`MUTANTS_PLAN` names the file that says what to do, see `plan.py`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import coverage
import pytest

from mutants import mutations, patching, selection
from mutants.plan import Plan

_NOTICED, _BROKEN = 3, 4
_MEMORY = 8 << 30


@dataclass
class _Child:
    """A process that tries a mutant: it leads a group of processes, and says on a pipe which test failed."""

    mutant: mutations.Mutant
    pid: int
    answers: int
    scratch: pathlib.Path
    started: float
    limit: float


class _Trials:
    """Takes the place of the loop that runs the tests."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._files = {path: str(plan.tree / path) for path in plan.files}
        self._coverage = coverage.Coverage(data_file=None, config_file=False, include=list(self._files.values()))
        self._failed: list[str] = []
        self._noticed_by: dict[str, Counter[str]] = defaultdict(Counter)
        self._recording = not plan.recording.exists()
        if self._recording:
            self._coverage.start()

    # What pytest calls.

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if session.testsfailed:
            raise session.Interrupted("the tests cannot be collected")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        warnings.filterwarnings("ignore", message=".*fork", category=RuntimeWarning)
        if self._recording:
            self._coverage.stop()
            self._record(session)
        recording = selection.Recording.read(self._plan.recording)
        for path in self._files:  # those that are loaded when they are first used, too
            importlib.import_module(patching.module_name(path))
        self._functions = patching.LoadedFunctions(list(self._files.values()))
        self._items = {item.nodeid: item for item in session.items}
        gc.collect()
        gc.freeze()
        self._try_all(recording)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """In a child."""
        if report.failed:
            self._failed.append(report.nodeid)

    # Recording.

    def _record(self, session: pytest.Session) -> None:
        pid = os.fork()
        if not pid:
            with _ending():
                self._coverage.start()
                seconds: dict[str, float] = {}
                for number, item in enumerate(session.items):
                    self._coverage.switch_context(item.nodeid)
                    following = session.items[number + 1] if number + 1 < len(session.items) else None
                    start = time.process_time()  # the same however much else the machine does
                    item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
                    seconds[item.nodeid] = time.process_time() - start
                self._coverage.stop()
                passed = {test: took for test, took in seconds.items() if test not in self._failed}
                recording = selection.Recording(passed)
                recording.add_lines(self._coverage.get_data(), self._plan.tree)
                recording.write(self._plan.recording)
                print(f"\n{len(passed)} tests recorded.", *(f"It fails: {test}" for test in self._failed), sep="\n")
        try:
            _, status = os.waitpid(pid, 0)
        except KeyboardInterrupt:
            os.kill(pid, signal.SIGKILL)
            raise
        if status:
            raise RuntimeError(f"The process that records which lines the tests run ended with status {status}.")

    # Trying.

    def _try_all(self, recording: selection.Recording) -> None:
        running: dict[int, _Child] = {}
        waiting = list(enumerate(self._plan.mutants))[::-1]
        try:
            while waiting or running:
                while waiting and len(running) < self._plan.jobs:
                    number, mutant = waiting.pop()
                    chosen = recording.noticing(mutant, self._plan.budget, self._noticed_by[mutant.path])
                    tests = [test for test in chosen.tests if test in self._items]
                    if not tests:
                        self._note(mutant, "not run by any test", "", 0.0)
                        continue
                    seconds = sum(recording.seconds[test] for test in tests)
                    child = self._start(number, mutant, tests, chosen.anew, recording, seconds)
                    running[child.pid] = child
                time.sleep(0.005)
                for child in list(running.values()):
                    pid, status = os.waitpid(child.pid, os.WNOHANG)
                    if pid:
                        del running[pid]
                        self._finish(child, os.waitstatus_to_exitcode(status))
                    elif time.monotonic() - child.started > child.limit:
                        os.killpg(child.pid, signal.SIGKILL)
        finally:
            for child in running.values():
                os.killpg(child.pid, signal.SIGKILL)
                os.waitpid(child.pid, 0)
                shutil.rmtree(child.scratch, ignore_errors=True)

    def _start(self, number: int, mutant: mutations.Mutant, tests: Sequence[str], anew: bool,
               recording: selection.Recording, seconds: float) -> _Child:
        reading, writing = os.pipe()
        scratch = pathlib.Path(tempfile.mkdtemp(prefix="mutant-"))
        limits = {test: 30 + 20 * recording.seconds[test] for test in tests}
        pid = os.fork()
        if not pid:
            with _ending():
                signal.signal(signal.SIGTERM, signal.SIG_DFL)
                _lead_group(os.getpid())
                os.close(reading)
                _prepare(scratch)
                if anew or not self._put(mutant):
                    _import_anew(number, tests, scratch, writing)
                self._run(tests, limits, writing)
        _lead_group(pid)
        os.close(writing)
        return _Child(mutant, pid, reading, scratch, time.monotonic(), 120 + 20 * seconds)

    def _put(self, mutant: mutations.Mutant) -> bool:
        try:
            self._functions.put(mutations.mutated(self._plan.tree, mutant), self._files[mutant.path])
        except ValueError:
            return False
        return True

    def _run(self, tests: Sequence[str], limits: dict[str, float], writing: int) -> None:
        """Runs tests until one fails; one that takes too long ends the process by SIGALRM."""
        for number, test in enumerate(tests):
            signal.setitimer(signal.ITIMER_REAL, limits[test])
            item = self._items[test]
            following = self._items[tests[number + 1]] if number + 1 < len(tests) else None
            try:
                item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            except (KeyboardInterrupt, SystemExit, pytest.exit.Exception):
                self._failed.append(test)
            if self._failed:
                os.write(writing, self._failed[0].encode())
                os._exit(_NOTICED)

    def _finish(self, child: _Child, status: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # what its tests had started
        said = os.read(child.answers, 1 << 16).decode()
        os.close(child.answers)
        shutil.rmtree(child.scratch, ignore_errors=True)
        if status == _BROKEN:
            raise RuntimeError(f"{child.mutant} could not be tried.")
        self._noticed_by[child.mutant.path][said] += 1
        outcomes = {0: "survived", _NOTICED: "noticed", -signal.SIGALRM: "timeout", -signal.SIGKILL: "timeout"}
        self._note(child.mutant, outcomes.get(status, "crash"), said, time.monotonic() - child.started)

    def _note(self, mutant: mutations.Mutant, outcome: str, by: str, seconds: float) -> None:
        line: dict[str, Any] = {"mutant": mutant.name, "outcome": outcome, "by": by, "seconds": round(seconds, 2),
                                "state": self._plan.state}
        with self._plan.results.open("a") as file:
            file.write(json.dumps(line) + "\n")


@contextlib.contextmanager
def _ending() -> Generator[None, None, NoReturn]:
    """Ends a forked child when its work is done: it must never return into what its parent was doing."""
    status = _BROKEN
    try:
        yield
        status = 0
    except BaseException:  # noqa: BLE001 (the process ends here)
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _lead_group(pid: int) -> None:
    """Makes a child the leader of a group of processes; parent and child both do it, as either may come first."""
    with contextlib.suppress(PermissionError, ProcessLookupError):
        os.setpgid(pid, pid)


def _prepare(scratch: pathlib.Path) -> None:
    """Silences a child, bounds its memory, and gives it a folder of its own for temporary files."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.environ["PYTEST_DEBUG_TEMPROOT"] = os.environ["TMPDIR"] = str(scratch)
    tempfile.tempdir = None
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + _MEMORY,) * 2)


def _import_anew(number: int, tests: Sequence[str], scratch: pathlib.Path, writing: int) -> NoReturn:
    """Tries a mutant in a Python of its own."""
    arguments, report = scratch / "tests.txt", scratch / "report.txt"
    arguments.write_text("\n".join(tests))
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", "--tb=no", "-p", "no:cacheprovider",
               "-p", "mutants.trials", f"@{arguments}"]
    with report.open("w") as output:
        status = subprocess.run(command, env=os.environ | {"MUTANT": str(number)}, stdout=output).returncode
    failed = [line.split()[1] for line in report.read_text().splitlines() if line.startswith(("FAILED ", "ERROR "))]
    os.write(writing, (failed or ["while importing or collecting"])[0].encode() if status else b"")
    os._exit(_NOTICED if status else 0)


# At once, before anything of the project is imported: a process that tries one mutant must import that instead, and the
# lines that run while modules are imported are recorded too.
_PLAN = Plan.read(os.environ["MUTANTS_PLAN"])
if "MUTANT" in os.environ:
    patching.import_mutant(_PLAN.tree, _PLAN.mutants[int(os.environ["MUTANT"])])
else:
    _TRIALS = _Trials(_PLAN)

    def pytest_configure(config: pytest.Config) -> None:
        config.pluginmanager.register(_TRIALS, "mutants")
