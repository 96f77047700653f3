"""The `millpond` command as it is typed into a shell."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from millpond.examples import mnist_classifier
from millpond.tools import command_line

COMMAND = [sys.executable, "-m", "millpond.tools.command_line"]


def usage_error(argv: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as exit_request:
        command_line.main(argv)
    assert exit_request.value.code == 2
    return capsys.readouterr().err


def test_version() -> None:
    done = subprocess.run([*COMMAND, "--version"], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"millpond (\d+\.\d+\.\d+|\(not installed.*\))\n", done.stdout)


def test_without_a_command_it_says_which_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert "the following arguments are required: COMMAND" in usage_error([], capsys)
    with pytest.raises(SystemExit):
        command_line.main(["--help"])
    shown = capsys.readouterr().out
    assert "demo" in shown
    assert "board" in shown


def test_board_wants_a_directory_that_exists(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = str(tmp_path / "nowhere")
    message = usage_error(["board", "--logdir", missing], capsys)
    assert f"'{missing}' is not a directory" in message
    assert "tf.summary.FileWriter" in message

    file = tmp_path / "events"
    file.write_text("")
    assert "is a file, not a directory" in usage_error(["board", "--logdir", str(file)], capsys)
    assert "--logdir" in usage_error(["board"], capsys)


@pytest.mark.parametrize("port", ["65536", "-1", "http"])
def test_board_wants_a_port_number(port: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    message = usage_error(["board", "--logdir", str(tmp_path), "--port", port], capsys)
    assert "port" in message


@pytest.mark.parametrize("steps", ["0", "-5", "many"])
def test_demo_wants_a_number_of_steps(steps: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "--steps" in usage_error(["demo", "--steps", steps], capsys)


def test_demo_says_where_the_model_is_and_how_to_look_at_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[tuple[Any, ...]] = []

    def train(*arguments: Any) -> mnist_classifier.Run:
        calls.append(arguments)
        return mnist_classifier.Run(0.9, Path("runs/summary"), "runs/my_nn.ckpt")

    monkeypatch.setattr(mnist_classifier, "main", train)
    assert command_line.main(["demo", "--steps", "30", "--logdir", "runs", "--data-dir", "MNIST_data"]) == 0
    assert calls == [("MNIST_data", 30, "runs")]
    shown = capsys.readouterr().out
    assert "saved as runs/my_nn.ckpt" in shown
    assert "board --logdir runs" in shown
    assert "http://localhost:6006" in shown


@contextlib.contextmanager
def board_on_free_port(logdir: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = ["board", "--logdir", str(logdir), "--port", str(port), "--host", "127.0.0.1"]
    board = subprocess.Popen([*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(urllib.error.URLError), urllib.request.urlopen(address, timeout=5):
                break
            assert board.poll() is None and time.monotonic() < deadline, board.communicate()[0].decode()
            time.sleep(0.1)
        yield address
    finally:
        board.send_signal(signal.SIGINT if os.name == "posix" else signal.SIGTERM)
        board.communicate(timeout=30)


@pytest.mark.slow
def test_board_is_the_real_tensorboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "*")
    with board_on_free_port(tmp_path) as address:
        with urllib.request.urlopen(f"{address}/data/environment", timeout=30) as answer:
            environment = json.load(answer)
        with urllib.request.urlopen(f"{address}/data/plugins_listing", timeout=30) as answer:
            plugins = json.load(answer)
    assert environment["data_location"] == str(tmp_path)
    assert "version" in environment
    assert {"scalars", "graphs", "histograms"} <= set(plugins)
