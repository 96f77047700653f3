"""Python functions as nodes, prints, and checks of numbers: what a user sees of them."""

from __future__ import annotations

from typing import Any

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
        with pytest.raises(tf.errors.InvalidArgumentError, match="is float64, but expects float32, as Tout of 'wrong'"):
            sess.run(wrong)
        with pytest.raises(tf.errors.InvalidArgumentError, match="returns 1 values, but expects to see 2 values"):
            sess.run(short)


def _returning(value: Any, Tout: Any) -> Any:
    with tf.Graph().as_default(), tf.Session() as sess:
        return sess.run(tf.py_func(lambda: value, [], Tout))


@pytest.mark.parametrize(
    ("value", "Tout", "expected"),
    [
        (1.5, tf.float64, 1.5),
        (True, tf.bool, True),
        (range(2), tf.int64, [0, 1]),
        ([1, 2], [tf.int64, tf.int64], [1, 2]),
        ([[1, 2], [3]], [tf.int64, tf.int64], [[1, 2], [3]]),
        ([[1.0]], tf.float64, [1.0]),
        ([1.0], tf.float64, 1.0),
        (None, [], None),
        ((), [], None),
        (np.array([1, 2], ">i4"), tf.int32, [1, 2]),
        (np.ma.array(np.float32([1, 2]), mask=[0, 1]), tf.float32, [1, 2]),
        (np.asfortranarray(np.float32([[1, 2], [3, 4]])), tf.float32, [[1, 2], [3, 4]]),
        ("\u00fc", tf.string, b"\xc3\xbc"),
        ([["a\0", "\0"]], tf.string, [b"a\0", b"\0"]),
        ([[b"a\0", "\u00fc"]], tf.string, [b"a\0", b"\xc3\xbc"]),
        (np.array(["a", "bcd"]), tf.string, [b"a", b"bcd"]),
        (np.array(["a", b"b"], object), tf.string, [b"a", b"b"]),
    ],
)
def test_what_a_function_returns_becomes_arrays(value: Any, Tout: Any, expected: Any) -> None:
    returned = _returning(value, Tout)
    if isinstance(returned, list):
        assert [item.tolist() for item in returned] == expected
    elif isinstance(returned, np.ndarray):
        assert returned.tolist() == expected
    else:
        assert returned == expected


@pytest.mark.parametrize(
    ("value", "Tout", "message"),
    [
        (1, tf.float32, "0-th value returned by pyfunc_.* is int64, but expects float32"),
        (1.5, tf.int32, "is float64, but expects int32"),
        (2**40, tf.int32, "is int64, but expects int32"),
        (1j, tf.float32, "is complex128, but expects float32"),
        (1, tf.string, "is int64, but expects string"),
        ("a", tf.float32, "is string, but expects float32"),
        ([1.0, 2.0], tf.float64, "returns 2 values, but expects to see 1 values"),
        (["a", "b"], tf.string, "returns 2 values, but expects to see 1 values"),
        ([], tf.float64, "returns 0 values"),
        (None, tf.float64, "returns 0 values"),
        (1, [], "returns 1 values, but expects to see 0 values"),
        ([np.float32(1), np.int32(2)], [tf.int32, tf.float32], "0-th value"),
        ([np.float32(1), np.int32(2)], [tf.float32, tf.float32], "1-th value"),
        ([[[1], [1, 2]]], tf.int64, "ValueError"),
    ],
)
def test_a_result_that_is_not_what_was_promised(value: Any, Tout: Any, message: str) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=message):
        _returning(value, Tout)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": 1}, "Unsupported object type dict"),
        (np.float32, "Unsupported object type type"),
        (iter([1]), "Unsupported object type list_iterator"),
        ([1.0, None], "Unsupported object type NoneType: the 1-th value"),
        (np.array([1, "a"], object), "Unsupported object type int"),
        (2**70, "Unsupported object type int"),
        (np.zeros(2, [("a", np.float32)]), "Unsupported numpy data type"),
        (np.datetime64("2020-01-01"), "Unsupported numpy data type"),
    ],
)
def test_a_result_that_no_tensor_can_hold(value: Any, message: str) -> None:
    for Tout in (tf.float32, tf.int64, tf.string, [tf.float32]):
        with pytest.raises(tf.errors.InternalError, match=message):
            _returning(value, Tout)


def test_a_tensor_is_no_value() -> None:
    with pytest.raises(tf.errors.UnimplementedError):
        _returning(tf.constant(1.0), tf.float32)


def test_the_arguments_are_scalars_or_arrays_of_its_own() -> None:
    seen = []
    x = tf.constant([1.0, 2.0])

    def spoil(*values: Any) -> np.float32:
        seen.extend(values)
        values[1][:] = 0.0
        return np.float32(0.0)

    y = tf.py_func(spoil, [3, x, True, "text"], tf.float32)
    with tf.Session() as sess:
        assert sess.run([y, x])[1].tolist() == [1.0, 2.0]
    assert [type(value) for value in seen] == [np.int32, np.ndarray, np.bool_, bytes]


def test_the_error_shows_where_the_function_failed() -> None:
    def inner() -> Any:
        raise KeyError("no such word")

    def outer(x: Any) -> Any:
        return inner() + x

    with tf.Session() as sess, pytest.raises(tf.errors.UnknownError) as raised:
        sess.run(tf.py_func(outer, [1.0], tf.float32, name="looking"))
    lines = raised.value.message.splitlines()
    assert lines[:2] == ["KeyError: 'no such word'", "Traceback (most recent call last):"]
    # Only the user's own frames, the innermost last.
    assert [line.split(" in ")[-1] for line in lines if line.startswith("  File ")] == ["outer", "inner"]
    assert all(__file__ in line for line in lines if line.startswith("  File "))
    assert lines[-1] == "KeyError: 'no such word'"
    assert raised.value.op.name == "looking"


def test_an_error_of_a_run_within_is_an_unknown_error_with_both_traces() -> None:
    x = tf.placeholder(tf.float32, [], name="missing")
    y = tf.py_func(lambda: tf.get_default_session().run(x), [], tf.float32)
    with tf.Session() as sess, pytest.raises(tf.errors.UnknownError, match="InvalidArgumentError: .*'missing'"):
        sess.run(y)


def test_what_cannot_be_called_is_refused_while_building() -> None:
    with pytest.raises(ValueError, match="cannot be called"):
        tf.py_func(3, [1.0], tf.float32)
    assert not tf.get_default_graph().get_operations()


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
        with pytest.raises(tf.errors.InvalidArgumentError, match="returns 0 values, but expects to see 1 values"):
            sess.run(tf.py_func(lambda: None, [], tf.float32))
