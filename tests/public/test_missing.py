"""A program asks for a name that is not there: it is told where the name stands, or what it may have meant."""

from __future__ import annotations

import pathlib

import pytest

import millpond as tf
from millpond.public import missing
from millpond.public.table import ABOUT, PATHS, original
from millpond.public.table.planned import INSTEAD, LEFT_OUT, PLANNED

PRIORITY = pathlib.Path(__file__).parents[1] / "data" / "priority.txt"
PLANNED_PATHS = sorted(path for block in PLANNED.values() for path in block.split())


def _resolve(path: str) -> object:
    value: object = tf
    for step in path.split(".")[1:]:
        value = getattr(value, step)
    return value


def test_each_symbol_that_programs_use_is_there_or_explained() -> None:
    symbols = [line.split("\t")[2] for line in PRIORITY.read_text().splitlines() if not line.startswith("#")]
    assert len(symbols) == 623
    unexplained = []
    for symbol in symbols:
        try:
            _resolve(symbol)
        except AttributeError as error:
            if "part of TensorFlow 1" not in str(error) or missing.standing(symbol) is None:
                unexplained.append(symbol)
    assert unexplained == []


@pytest.mark.parametrize("path", [*PLANNED_PATHS, *LEFT_OUT])
def test_a_listed_name_is_not_there_and_says_so(path: str) -> None:
    """A name that has come must leave the list."""
    module, _, name = path.rpartition(".")
    if module == "tf.contrib":
        assert missing.standing(path) is not None
        return
    with pytest.raises(AttributeError, match="is part of TensorFlow 1 and"):
        _resolve(path)
    assert not hasattr(_resolve(module), name)


def test_lists_name_a_path_once() -> None:
    assert sorted([*PLANNED_PATHS, *LEFT_OUT]) == sorted({*PLANNED_PATHS, *LEFT_OUT})
    assert all(missing.standing(path) is not None for path in INSTEAD)


@pytest.mark.parametrize("path, words", [
    ("tf.autograph",
     "tf.autograph is part of TensorFlow 1 and not in Millpond yet; it is planned with loops and branches"),
    ("tf.py_function", "Until then, use tf.py_func"),
    ("tf.contrib.grid_rnn", "planned with recurrent networks"),
    ("tf.contrib.gan", "tf.contrib.gan is part of TensorFlow 1 and not in Millpond yet"),
    ("tf.contrib.sliim", "tf.contrib.sliim is no part of Millpond; docs/compatibility.md lists what of tf.contrib"),
    ("tf.compat.v1.autograph", "tf.autograph is part of TensorFlow 1"),
    ("tf.contrib.gan", "planned with tf.layers and the packages of tf.contrib"),
    ("tf.GradientTape", "left out of Millpond: it belongs to eager execution"),
    ("tf.placehoder", r"module 'tf' has no attribute 'placehoder'. Did you mean tf.placeholder\?"),
    ("tf.train.adamOptimiser", r"Did you mean tf.train.AdamOptimizer"),
    ("tf.relu", r"module 'tf' has no attribute 'relu'. Did you mean tf.nn.relu\?"),
    ("tf.errors.Not_Found", r"Did you mean tf.errors.NOT_FOUND\?"),
    ("tf.train.Adam", r"Did you mean tf.train.AdamOptimizer\?"),
    ("tf.nn.softmax_cross_entropy", r"Did you mean tf.losses.softmax_cross_entropy\?"),
    ("tf.foo", "module 'tf' has no attribute 'foo'$"),
    ("tf.io.gfile.mkdirs", r"Did you mean tf.io.gfile.mkdir"),
    ("tf.xqzw", "module 'tf' has no attribute 'xqzw'$"),
])
def test_what_the_error_says(path: str, words: str) -> None:
    with pytest.raises(AttributeError, match=words):
        _resolve(path)


def test_only_what_exists_is_suggested() -> None:
    for module, name in (("tf", "layer"), ("tf", "whileloop"), ("tf.nn", "rnn"), ("tf.train", "shufle_batch")):
        for suggested in missing.suggestions(module, name):
            assert original(suggested) in (*PATHS, *ABOUT) or hasattr(_resolve(suggested.rpartition(".")[0]), name)


@pytest.mark.parametrize("statement, words", [
    ("import millpond.data", "tf.data is part of TensorFlow 1 and not in Millpond yet"),
    ("from millpond import data", "tf.data is part of TensorFlow 1"),
    ("from millpond.contrib import grid_rnn", "planned with recurrent networks"),
    ("import millpond.contrib.gan as gan", "tf.contrib.gan is part of TensorFlow 1"),
    ("import millpond.compat.v1.data", "planned with queues, readers, and tf.data"),
    ("import millpond.no_such_module", "No module named 'millpond.no_such_module'$"),
    ("from millpond.train import Savor", "cannot import name 'Savor'"),
])
def test_what_an_import_says(statement: str, words: str) -> None:
    with pytest.raises(ImportError, match=words):
        exec(statement, {})


@pytest.mark.parametrize("name", ["__wrapped__", "__versions__"])
def test_tools_that_ask_modules_for_names_get_a_short_answer(name: str) -> None:
    """`inspect`, `unittest` and others ask every module for `__wrapped__` and the like: nothing is searched."""
    with pytest.raises(AttributeError, match=f"^module 'tf' has no attribute '{name}'$"):
        getattr(tf, name)
