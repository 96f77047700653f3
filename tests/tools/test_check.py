"""`millpond check`: programs are read, and what of TensorFlow they use is listed."""

from __future__ import annotations

import ast
import importlib.util
import json
from pathlib import Path

import pytest

from millpond.public import modules, presence
from millpond.public.table import Target
from millpond.tools import check, symbols


def used(program: str) -> list[str]:
    return [use.symbol + ("?" if use.guarded else "") for use in symbols.used(ast.parse(program))]


@pytest.mark.parametrize(("program", "expected"), [
    ("import tensorflow as tf\ntf.abs(1)", ["tf.abs"]),
    ("import tensorflow\ntensorflow.nn.relu(1).op.name", ["tf.nn.relu"]),
    ("import tensorflow.compat.v1 as tf\ntf.train.Saver()", ["tf.compat.v1", "tf.compat.v1.train.Saver"]),
    ("import tensorflow.contrib.slim as slim\nslim.conv2d", ["tf.contrib.slim", "tf.contrib.slim.conv2d"]),
    ("import tensorflow as tf\nimport tensorflow.contrib.slim\ntf.contrib.slim.conv2d",
     ["tf.contrib.slim", "tf.contrib.slim.conv2d"]),
    ("from tensorflow.contrib import rnn as r\nr.LSTMCell", ["tf.contrib.rnn", "tf.contrib.rnn.LSTMCell"]),
    ("from tensorflow.python.framework import ops\nops.Graph()",
     ["tf.python.framework.ops", "tf.python.framework.ops.Graph"]),
    ("import tensorflow as tf\nslim = tf.contrib.slim\ndef f():\n  net = slim.nets\n  return net.vgg",
     ["tf.contrib.slim", "tf.contrib.slim.nets", "tf.contrib.slim.nets.vgg"]),
    # A name that a function binds is its own, whatever it is outside.
    ("import tensorflow as tf\ndef f(tf): return tf.none", []),
    ("import tensorflow as tf\ndef f():\n  tf = other\n  return tf.none", []),
    ("import tensorflow as tf\nf = lambda tf, x=tf.abs: tf.none", ["tf.abs"]),
    # What stands below a function is bound when it runs.
    ("def f(): return tf.abs(layers.dense)\nimport tensorflow as tf\nlayers = tf.layers",
     ["tf.abs", "tf.layers.dense", "tf.layers"]),
    ("class A:\n  import tensorflow as tf\n  x = tf.zeros", ["tf.zeros"]),
    # A program may go on without what it asks for carefully.
    ("try:\n  from tensorflow.models import rnn\nexcept ImportError:\n  import tensorflow as tf\n  tf.nn.rnn_cell",
     ["tf.models.rnn?", "tf.nn.rnn_cell"]),
    ("import tensorflow as tf\nif hasattr(tf, 'mul'): tf.mul", ["tf.mul?"]),
    ("import tensorflow as tf\ngetattr(tf, 'mul', None)\ngetattr(tf.nn, 'relu')", ["tf.mul?", "tf.nn", "tf.nn.relu"]),
    ("import tensorflow as tf\ntry:\n  tf.mul\nexcept ValueError:\n  pass", ["tf.mul"]),
    # A program may add names of its own.
    ("import tensorflow as tf\ntf.mine = 3\ntf.mine", []),
    ("from tensorflow import *\nx = zeros([2])\nprint(x)", ["tf.zeros"]),
    ("import tensorflowjs as tf\ntf.abs", []),
])
def test_symbols_of_a_program(program: str, expected: list[str]) -> None:
    assert used(program) == expected


@pytest.mark.parametrize(("symbol", "shown", "there"), [
    ("tf.flags.FLAGS.batch_size", "tf.flags.FLAGS", True),  # only a run knows the flags
    ("tf.float32.as_numpy_dtype", "tf.float32", True),
    ("tf.train.AdamOptimizer.minimize", "tf.train.AdamOptimizer.minimize", True),
    ("tf.train.AdamOptimizer.maximize", "tf.train.AdamOptimizer.maximize", False),
    ("tf.RunOptions.FULL_TRACE", "tf.RunOptions.FULL_TRACE", True),
    ("tf.test.mock.patch", "tf.test.mock.patch", True),
    ("tf.python.framework.ops.Graph", "tf.python.framework.ops.Graph", True),
    ("tf.no.such.module", "tf.no.such.module", False),
])
def test_whether_a_symbol_is_there(symbol: str, shown: str, there: bool) -> None:
    found = presence.look_up(symbol)
    assert (found.symbol, found.place is not None) == (shown, there)


def test_a_program_with_all_that_it_needs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "program.py"
    program.write_text("import tensorflow as tf\n\nx = tf.mul(2, 3)\nraise SystemExit('it is not run')\n")
    assert check.main([str(program)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == str(program)
    assert lines[1].split() == ["ok", "tf.mul", "millpond.ops.math.arithmetic.multiply", "(line", "3)"]
    assert lines[-1] == "1 symbols of TensorFlow in 1 file: 0 missing"


def test_what_is_missing_is_explained_and_counts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "net.py").write_text("import tensorflow as tf\ntf.train.AdamOptimiser(0.1)\ntf.abs\n")
    (tmp_path / "models" / "notes.txt").write_text("import tensorflow")
    (tmp_path / "fine.py").write_text("import tensorflow as tf\ntf.abs\n")
    assert check.main(["--missing", str(tmp_path)]) == 1
    out = capsys.readouterr().out
    assert "MISSING tf.train.AdamOptimiser" in out and "did you mean tf.train.AdamOptimizer?" in out
    assert "(line 2)" in out and "fine.py" not in out
    assert out.splitlines()[-1] == "2 symbols of TensorFlow in 2 files: 1 missing"


def test_json_for_other_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "program.py"
    program.write_text("import tensorflow as tf\ntf.abs(1)\ntf.abs(2)\ntf.nonsense\n")
    assert check.main(["--json", str(program), str(tmp_path / "none.py")]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result["missing"] == ["tf.nonsense"]
    assert result["errors"] == {str(tmp_path / "none.py"): "there is no such file or folder"}
    [file] = result["files"]
    assert file["symbols"][0] == {"symbol": "tf.abs", "lines": ["2", "3"], "there": True, "guarded": False,
                                  "stands": "millpond.ops.math.elementwise.abs"}


def test_a_notebook_is_read_as_one_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = ["%matplotlib inline\nimport tensorflow as tf", "files = !ls\n\ntf.nonsense\n"]
    (tmp_path / "a.ipynb").write_text(json.dumps(
        {"nbformat": 4, "cells": [{"cell_type": "code", "source": cell.splitlines(True)} for cell in cells]}))
    assert check.main([str(tmp_path)]) == 1
    assert "(cell 2, line 3)" in capsys.readouterr().out


def test_a_file_that_is_not_python_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.py").write_text("def f(:\n")
    assert check.main([str(tmp_path)]) == 1
    shown = capsys.readouterr()
    assert "broken.py" in shown.err and shown.out.endswith("0 missing, 1 not read\n")


def test_a_file_of_python_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "old.py").write_text("import tensorflow as tf\nprint 'x', tf.nonsense\n")
    assert check.main([str(tmp_path)]) == 1
    shown = capsys.readouterr()
    if importlib.util.find_spec("fissix") is None:
        assert "pip install 'millpond[py2]'" in shown.err
    else:
        assert "tf.nonsense" in shown.out and "(line 2)" in shown.out


def test_what_an_extra_brings_is_missing_without_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(target: Target) -> object:
        raise ModuleNotFoundError("pip install 'millpond[keras]'")

    monkeypatch.setattr(modules, "load", load)
    (tmp_path / "program.py").write_text("import tensorflow as tf\ntf.keras.Sequential()\n")
    assert check.main([str(tmp_path)]) == 1
    assert "MISSING tf.keras.Sequential" in (out := capsys.readouterr().out) and "pip install 'millpond[keras]'" in out
