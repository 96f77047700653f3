"""Python functions as nodes, prints, and checks of numbers: what a user sees of them."""

from __future__ import annotations

import numpy as np
import pytest
from tensorboard.compat.proto import summary_pb2

import millpond as tf
from millpond.graph.opdef import lookup

COVERS = {"PyFunc", "PyFuncStateless", "Print", "Assert", "CheckNumerics", "AudioSummary", "TensorSummary"}


@pytest.mark.parametrize("stateful, op_type", [(True, "PyFunc"), (False, "PyFuncStateless")])
def test_a_function_of_several_arrays(stateful: bool, op_type: str) -> None:
    x = tf.placeholder(tf.float32, [None])
    low, count = tf.py_func(lambda v, k: (np.sort(v)[:k], np.int64(len(v))), [x, 2], [tf.float32, tf.int64], stateful)
    assert low.op.type == op_type and low.shape.ndims is None
    with tf.Session() as sess:
        values, number = sess.run([low, count], {x: [3.0, 1.0, 2.0]})
    assert values.tolist() == [1.0, 2.0] and number == 3


def test_strings_go_in_and_out() -> None:
    y = tf.py_func(lambda s: s.upper() + b"!", [tf.constant("word")], tf.string)
    with tf.Session() as sess:
        assert sess.run(y) == b"WORD!"


def test_a_function_may_run_the_session() -> None:
    v = tf.Variable(1.0)
    up = v.assign_add(1.0)
    y = tf.py_func(lambda: tf.get_default_session().run(up), [], tf.float32)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(y) == 2.0
        assert sess.run(v) == 2.0


def test_a_result_of_the_wrong_type_or_number() -> None:
    wrong = tf.py_func(lambda: np.float64(1.0), [], tf.float32, name="wrong")
    short = tf.py_func(lambda: np.float32(1.0), [], [tf.float32, tf.float32], name="short")
    with tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError, match="'wrong' is float64, but expects float32"):
            sess.run(wrong)
        with pytest.raises(tf.errors.InvalidArgumentError, match="'short' returned 1 values, but Tout names 2"):
            sess.run(short)


def test_print_shows_values_a_given_number_of_times(capfd: pytest.CaptureFixture[str]) -> None:
    x = tf.placeholder(tf.float32, [None])
    y = tf.Print(x, [x, tf.shape(x)], message="now: ", first_n=2, summarize=2) * 2.0
    with tf.Session() as sess:
        for _ in range(3):
            assert sess.run(y, {x: [1.0, 2.5, 3.0]}).tolist() == [2.0, 5.0, 6.0]
    assert capfd.readouterr().err.splitlines() == ["now: [1 2.5...][3]"] * 2


@pytest.mark.parametrize("bad, word", [(np.nan, "NaN"), (np.inf, "Inf")])
def test_numbers_that_are_none(tier: str, bad: float, word: str) -> None:
    x = tf.placeholder(tf.float32, [2])
    v = tf.Variable([0.0, 0.0])
    store = v.assign(tf.check_numerics(x * 2.0, "while doubling"))
    gradient = tf.gradients(tf.check_numerics(x, "here"), x)[0]
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(store, {x: [1.0, 2.0]}).tolist() == [2.0, 4.0]
        assert sess.run(gradient, {x: [1.0, 2.0]}).tolist() == [1.0, 1.0]
        with pytest.raises(tf.errors.InvalidArgumentError, match=f"while doubling : Tensor had {word} values"):
            sess.run(store, {x: [1.0, bad]})
        assert sess.run(v).tolist() == [2.0, 4.0]


def test_an_assertion_shows_its_data(tier: str) -> None:
    x = tf.placeholder(tf.int32, [None])
    with tf.control_dependencies([tf.assert_less(x, 3, message="small numbers only")]):
        y = tf.identity(x)
    with tf.Session() as sess:
        assert sess.run(y, {x: [1, 2]}).tolist() == [1, 2]
        with pytest.raises(tf.errors.InvalidArgumentError, match="small numbers only.*x < y.*1 7 9"):
            sess.run(y, {x: [1, 7, 9]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="Condition x == y did not hold"):
        tf.assert_equal(1, 2)


def test_summaries_of_the_first_releases() -> None:
    """The op types that old graphs hold, beside the ones that are made today."""
    sound = lookup("AudioSummary")("sound", np.zeros((1, 4), np.float32), sample_rate=8000.0)
    numbers = lookup("TensorSummary")(tf.constant([1.0, 2.0]), description="two numbers")
    with tf.Session() as sess:
        audio, tensor = (summary_pb2.Summary.FromString(value) for value in sess.run([sound, numbers]))
    assert audio.value[0].audio.sample_rate == 8000.0 and audio.value[0].audio.length_frames == 4
    assert tf.make_ndarray(tensor.value[0].tensor).tolist() == [1.0, 2.0]


def test_a_python_function_without_results_is_an_operation() -> None:
    seen = []
    note = tf.py_func(seen.append, [tf.constant(3.0)], [])
    assert isinstance(note, tf.Operation)
    with tf.control_dependencies([note]):
        y = tf.constant(1.0) + 1.0
    with tf.Session() as sess:
        assert sess.run(note) is None and sess.run(y) == 2.0
        assert seen == [3.0, 3.0]
        with pytest.raises(tf.errors.InvalidArgumentError, match="0-th value returned .* is None, but expects float32"):
            sess.run(tf.py_func(lambda: None, [], tf.float32))
