"""What all tests share: a default graph of their own, and for those that ask both tiers, programs in processes of their
own, threads that are interrupted, MNIST, and the real TensorBoard.

`MILLPOND_MNIST` names a folder with all of MNIST; without it, the tests run on the subset that ships.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib
import re
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator

import pytest

import millpond as tf
from millpond.compiler import debug
from millpond.examples.tutorials.mnist import input_data, mnist_files
from millpond.graph.opdef import DEFINITIONS


@pytest.fixture(scope="session", autouse=True)
def verified_plans() -> Iterator[None]:
    """Every plan that a test makes is checked for what it promises."""
    with debug.Debug("verify"):
        yield


@pytest.fixture(autouse=True)
def default_graph() -> Iterator[tf.Graph]:
    """A fresh default graph."""
    with tf.Graph().as_default() as graph:
        yield graph


@pytest.fixture(autouse=True)
def verbosity() -> Iterator[None]:
    """What a test, or an example in a docstring, says of what is logged counts for itself alone."""
    level = tf.logging.get_verbosity()
    yield
    tf.logging.set_verbosity(level)


def pytest_configure() -> None:
    # A shell's background jobs ignore Ctrl-C, which some tests are about, in this process or in one of theirs.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


# Compiling is what takes time: `make check` compiles what tests the core, `make test` all.
_COMPILED_IN_CHECK = {"autodiff", "compiler", "session"}
# Many or long tests of what few changes reach, which are left to `make test`: of these folders and files all.
_LEFT_TO_TEST = {"rnn", "seq2seq", "frames", "compat", "contrib", "distributions", "feature_column", "metrics",
                 "public", "image", "sparse", "queues", "test_function_reading.py", "test_nested_gradients.py",
                 "test_families.py", "test_endless_loops.py", "test_docstrings.py", "test_named_symbols.py",
                 "test_philox.py"}
_TESTS = pathlib.Path(__file__).parent


def pytest_ignore_collect(collection_path: pathlib.Path, config: pytest.Config) -> bool | None:
    is_left = bool(_LEFT_TO_TEST & set(collection_path.relative_to(_TESTS).parts))
    return True if is_left and config.option.markexpr.startswith("not slow") else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        parameters = item.callspec.id.split("-") if hasattr(item, "callspec") else []
        is_compiled = {"compiled", "xla"} & set(parameters) and item.path.parent.name not in _COMPILED_IN_CHECK
        if is_compiled or _LEFT_TO_TEST & set(item.path.relative_to(_TESTS).parts):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(params=["interpreted", "compiled"])
def tier(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs the test once with every stage interpreted, and once with every stage compiled."""
    monkeypatch.setenv("MILLPOND_TIER", request.param)
    return request.param


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has every stage compiled."""
    monkeypatch.setenv("MILLPOND_TIER", "compiled")


@pytest.fixture
def interpreted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has every stage interpreted."""
    monkeypatch.setenv("MILLPOND_TIER", "interpreted")


@pytest.fixture
def run_program() -> Callable[..., str]:
    """Runs a program's text in a process of its own, with arguments and variables of the environment: what it
    prints."""

    def run(text: str, *arguments: str, **environment: str) -> str:
        source = str(pathlib.Path(tf.__file__).parents[1])
        done = subprocess.run([sys.executable, "-c", textwrap.dedent(text), *arguments], capture_output=True, text=True,
                              check=False, timeout=600, env={**os.environ, "PYTHONPATH": source, **environment})
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def interrupt_often() -> Callable[[Callable[[], object], int], None]:
    """Has a thread call something without pause, and raises an exception in it again and again, at places that
    nobody chooses."""

    def interrupt(step: Callable[[], object], times: int) -> None:
        stop = threading.Event()
        # Lists, as an exception within `Event.set` would leave the event's lock behind.
        steps: list[None] = []
        interrupts: list[None] = []

        def work() -> None:
            while not stop.is_set():
                try:
                    while not stop.is_set():
                        step()
                        steps.append(None)
                except KeyboardInterrupt:
                    interrupts.append(None)

        worker = threading.Thread(target=work)
        deadline = time.monotonic() + 300
        worker.start()
        try:
            for _ in range(times):
                before = len(steps)
                while len(steps) == before:  # then it is in the inner loop, which an exception leaves in order
                    assert worker.is_alive() and time.monotonic() < deadline
                    time.sleep(0.0001)
                before, seen = len(steps), len(interrupts)
                ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(worker.ident or 0),
                                                           ctypes.py_object(KeyboardInterrupt))
                # Where two more steps have ended, Python has dropped the exception: it came within a finalizer.
                while len(interrupts) == seen and len(steps) < before + 2:
                    assert worker.is_alive() and time.monotonic() < deadline
                    time.sleep(0.0001)
        finally:
            stop.set()
            worker.join()

    return interrupt


@pytest.fixture
def scratch_ops() -> Iterator[None]:
    """Takes away again what a test defines."""
    before = set(DEFINITIONS)
    yield
    for name in set(DEFINITIONS) - before:
        del DEFINITIONS[name]


@pytest.fixture(scope="session")
def mnist_folder() -> pathlib.Path:
    """All of MNIST where `MILLPOND_MNIST` names its folder, else the shipped subset, a sixth of it."""
    named = os.environ.get("MILLPOND_MNIST")
    if not named:
        return input_data.SHIPPED_SUBSET
    missing = [name for name in mnist_files.CONTENTS if not pathlib.Path(named, name).is_file()]
    assert not missing, f"MILLPOND_MNIST names {named}, which lacks {missing}"
    return pathlib.Path(named)


@pytest.fixture(scope="session")
def start_tensorboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[pathlib.Path], str]]:
    """Starts a TensorBoard for a folder and gives its address; it ends when the tests do, however they end."""
    with contextlib.ExitStack() as running:

        def start(folder: pathlib.Path) -> str:
            options = ["--host", "127.0.0.1", "--port", "0", "--load_fast", "false", "--reload_interval", "1"]
            said = tmp_path_factory.mktemp("tensorboard") / "stderr"
            with said.open("wb") as output:
                process = subprocess.Popen(
                    [sys.executable, "-c", _TENSORBOARD, "--logdir", str(folder), *options],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.DEVNULL,
                    stderr=output,
                )
            running.callback(_end, process)
            return _address_of(process, said)

        yield start


# It ends when its standard input does: that is a pipe from the tests, which closes even where they are killed.
_TENSORBOARD = """
import os, sys, threading
from tensorboard import main

def watch():
    sys.stdin.buffer.read()
    os._exit(0)

threading.Thread(target=watch, daemon=True).start()
main.run_main()
"""


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.communicate()


def _address_of(process: subprocess.Popen[bytes], said: pathlib.Path) -> str:
    """Reads what TensorBoard says until it tells its address; a machine with much else to do takes minutes."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline and process.poll() is None:
        found = re.search(r"http://[^:]+:\d+/", said.read_text())
        if found:
            return found[0]
        time.sleep(0.1)
    raise AssertionError("TensorBoard did not start:\n" + said.read_text())
