"""`tf.print`: values as text, in the streams that a program names."""

from __future__ import annotations

import collections
import logging
import sys

import numpy as np
import pytest

import millpond as tf
from millpond.ops.host.formatting import STRING_FORMAT

COVERS = {"StringFormat", "PrintV2"}
Pair = collections.namedtuple("Pair", ["first", "second"])


def _printed(tmp_path, *inputs, **options):
    path = tmp_path / "printed"
    show = tf.print(*inputs, output_stream=f"file://{path}", **options)
    assert show.type == "PrintV2"
    with tf.Session() as sess:
        assert sess.run(show) is None
    return path.read_text()


def test_values_of_all_dtypes(tmp_path):
    values = [tf.constant(value) for value in (1, True, "a", 1.5, [True, False], ["a", "b"], 1j)]
    assert _printed(tmp_path, "x:", *values) == 'x: 1 1 "a" 1.5 [1 0] ["a" "b"] ?\n'
    assert _printed(tmp_path, tf.constant("alone")).endswith("\nalone\n")


@pytest.mark.parametrize(("dtype", "expected"), [
    ("float32", "[1e+10 1e-07 123456.789 0.1 0.333333343 nan -inf]"),
    ("float64", "[10000000000 1e-07 123456.789 0.1 0.33333333333333331 nan -inf]"),
    ("float16", "[inf 1.1920929e-07 inf 0.0999755859 0.333251953 nan -inf]")])
def test_floats_have_as_many_digits_as_tell_them(dtype, expected, tmp_path):
    numbers = np.array([1e10, 1e-7, 123456.789, 0.1, 1 / 3, np.nan, -np.inf])
    with np.errstate(over="ignore"):
        assert _printed(tmp_path, tf.constant(numbers.astype(dtype)), summarize=-1) == expected + "\n"


def test_rows_and_summaries(tmp_path):
    for value, summarize, expected in (
            (np.arange(20), 3, "[0 1 2 ... 17 18 19]"), (np.arange(6), 3, "[0 1 2 3 4 5]"),
            (np.arange(5), 2, "[0 1 ... 3 4]"), (np.arange(8), -1, "[0 1 2 3 4 5 6 7]"),
            (np.arange(8).reshape(2, 2, 2), 3, "[[[0 1]\n  [2 3]]\n\n [[4 5]\n  [6 7]]]"),
            (np.arange(10).reshape(5, 2), 2, "[[0 1]\n [2 3]\n ...\n [6 7]\n [8 9]]")):
        (tmp_path / "printed").unlink(missing_ok=True)
        assert _printed(tmp_path, tf.constant(value), summarize=summarize) == expected + "\n"


def test_structures_separators_and_braces(tmp_path):
    one, two = tf.constant(1), tf.constant([2, 3])
    assert _printed(tmp_path, {"b": [one, two], "a": one}, (one, 2), Pair(one, "x"), None, [1, "y"]) == (
        "{'a': 1, 'b': [1, [2 3]]} (1, 2) Pair(first=1, second='x') None [1, 'y']\n")
    (tmp_path / "printed").unlink()
    assert _printed(tmp_path, "{}", one, "%s", ["{}", two], sep="|", end="!") == "{}|1|%s|['{}', [2 3]]!"


def test_each_run_prints_what_it_computes(tmp_path, tier):
    path = tmp_path / "printed"
    x = tf.placeholder(tf.float32, [2], name="x")
    with tf.control_dependencies([tf.print("x:", x, output_stream=f"file://{path}", name="show")]):
        y = x * 2.0
    with tf.Session() as sess:
        assert sess.run(y, {x: [1.0, 2.5]}).tolist() == [2, 5]
        assert sess.run(y, {x: [0.0, 1.0]}).tolist() == [0, 2]
    assert path.read_text() == "x: [1 2.5]\nx: [0 1]\n"
    types = [(op.name, op.type) for op in tf.get_default_graph().get_operations()]
    assert types[:3] == [("x", "Placeholder"), ("show_format", "StringFormat"), ("show", "PrintV2")]


def test_streams(capsys, caplog):
    with tf.Session() as sess, caplog.at_level(logging.INFO, logger="millpond"):
        sess.run([tf.print("out", output_stream=sys.stdout), tf.print("err")])
        sess.run([tf.print("said", output_stream=tf.logging.info), tf.print("warned", output_stream=tf.logging.WARN)])
    captured = capsys.readouterr()
    assert captured.out == "out\n" and "err\n" in captured.err
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("INFO", "said"), ("WARNING", "warned")]
    for wrong in ("log", "printed.txt", 7, print):
        with pytest.raises(ValueError, match="Unsupported output stream"):
            tf.print("x", output_stream=wrong)
    with pytest.raises(ValueError, match="Unrecognized keyword"):
        tf.print("x", file=sys.stdout)


def test_a_template_needs_an_input_for_each_placeholder():
    text = STRING_FORMAT([tf.constant(1)], template="no place", placeholder="{}", summarize=3)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="must match"):
        sess.run(text)


def test_a_file_need_not_tell_how_a_line_ends(capsys):
    with tf.Graph().as_default() as graph:
        show = tf.print("seen")
        message = graph.as_graph_def()
    for node in message.node:
        if node.op == "PrintV2":
            node.attr.clear()
    with tf.Graph().as_default(), tf.Session() as sess:
        sess.run(tf.import_graph_def(message, return_elements=[show.name])[0])
    assert capsys.readouterr().err == "seen\n"
