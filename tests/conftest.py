"""What all tests share: a default graph of their own, both tiers, MNIST, and the real TensorBoard, for those that ask.

`MILLPOND_MNIST` names a folder with all of MNIST; without it, the tests run on the subset that ships.
"""

from __future__ import annotations

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

import millpond as tf
from millpond.compiler import debug
from millpond.examples.tutorials.mnist import input_data, mnist_files


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


def pytest_configure() -> None:
    # A shell's background jobs ignore Ctrl-C, which some tests are about, in this process or in one of theirs.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


# Compiling is what takes time: `make check` compiles what tests the core, `make test` all.
_COMPILED_IN_CHECK = {"autodiff", "compiler", "session"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        parameters = item.callspec.id.split("-") if hasattr(item, "callspec") else []
        if {"compiled", "xla"} & set(parameters) and item.path.parent.name not in _COMPILED_IN_CHECK:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(params=["interpreted", "compiled"])
def tier(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs the test once with every stage interpreted, and once with every stage compiled."""
    monkeypatch.setenv("MILLPOND_TIER", request.param)
    return request.param


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
