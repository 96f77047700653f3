"""Programs with command line flags, and what they log."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

import millpond as tf

PROGRAM = """
import millpond as tf

tf.app.flags.DEFINE_integer("steps", 10, "How long to train.")
tf.flags.DEFINE_string(flag_name="name", default_value="model", docstring="What to call it.")
tf.flags.DEFINE_boolean("fast", False, "Hurry.")
tf.flags.DEFINE_float("rate", 0.5, "Learning rate.")
tf.flags.DEFINE_enum("mode", "train", ["train", "test"], "What to do.")
FLAGS = tf.flags.FLAGS


def main(argv):
    print(FLAGS.steps, FLAGS.name, FLAGS.fast, FLAGS.rate, FLAGS.mode, argv[1:])
    return 3 if FLAGS.fast else None


if __name__ == "__main__":
    tf.app.run()
"""


@pytest.fixture
def program(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


def run(*arguments: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        env=environment,
        timeout=600,
        check=False,
    )


def test_a_program_reads_its_flags(program: pathlib.Path) -> None:
    done = run(program, "--steps=7", "--name", "mine", "--fast", "--unknown=1", "data.csv")
    assert done.stdout == "7 mine True 0.5 train ['--unknown=1', 'data.csv']\n"
    assert done.returncode == 3


@pytest.mark.slow
def test_help_lists_the_flags_of_the_program(program: pathlib.Path) -> None:
    done = run(program, "--help")
    assert (
        "program.py:" in done.stdout and "How long to train." in done.stdout and "--[no]fast" in done.stdout
    )


@pytest.mark.slow
def test_a_wrong_value_is_told(program: pathlib.Path) -> None:
    done = run(program, "--steps=many")
    assert done.returncode == 1 and "--steps=many" in done.stderr


@pytest.mark.slow
def test_flags_are_parsed_when_one_is_first_read(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(
        "import millpond as tf\n"
        "tf.flags.DEFINE_integer('steps', 10, 'help')\n"
        "print(tf.flags.FLAGS.is_parsed(), 'steps' in tf.flags.FLAGS, tf.flags.FLAGS.steps)\n"
        "tf.flags.FLAGS.steps = 5\n"
        "print(tf.app.flags.FLAGS.steps, tf.flags.FLAGS['steps'].default)\n"
    )
    assert run(path, "--steps=8").stdout == "False True 8\n5 10\n"


def test_log_lines_look_as_tensorflow_prints_them(capsys: pytest.CaptureFixture[str]) -> None:
    before = tf.logging.get_verbosity()
    try:
        tf.logging.set_verbosity(tf.logging.INFO)
        tf.logging.debug("hidden")
        tf.logging.info("step %d", 3)
        tf.logging.warn("careful")
        tf.logging.set_verbosity(tf.logging.ERROR)
        assert tf.logging.get_verbosity() == tf.logging.ERROR == 40
        tf.logging.warning("hidden")
        tf.logging.log(tf.logging.ERROR, "wrong: %s", "x")
        tf.logging.fatal("broken")
        tf.logging.set_verbosity(tf.logging.DEBUG)
        tf.logging.vlog(tf.logging.DEBUG, "seen")
        tf.logging.flush()
    finally:
        tf.logging.set_verbosity(before)
    assert capsys.readouterr().err.splitlines() == [
        "INFO:tensorflow:step 3",
        "WARNING:tensorflow:careful",
        "ERROR:tensorflow:wrong: x",
        "CRITICAL:tensorflow:broken",
        "DEBUG:tensorflow:seen",
    ]


def test_logging_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    for i in range(5):
        tf.logging.log_first_n(tf.logging.WARN, "first %d", 2, i)
        tf.logging.log_every_n(tf.logging.WARN, "every %d", 3, i)
        tf.logging.log_if(tf.logging.WARN, "if %d", i == 4, i)
    tf.logging.TaskLevelStatusMessage("done")
    assert capsys.readouterr().err.splitlines() == [
        *[f"WARNING:tensorflow:{line}" for line in ("first 0", "every 0", "first 1", "every 3", "if 4")],
        "ERROR:tensorflow:done",
    ]
