"""The `millpond` command as it is typed into a shell."""

from __future__ import annotations

import re
import subprocess
import sys
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


@pytest.mark.slow
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
    assert "all of MNIST" not in shown
    assert "board --logdir runs" in shown
    assert "http://localhost:6006" in shown

    assert command_line.main(["demo"]) == 0
    assert "demo --data-dir MNIST_data --steps 20000" in capsys.readouterr().out
