"""Feeds: what the array held when `run` was called counts, whatever the caller does with it afterwards."""

from __future__ import annotations

import collections
import itertools
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.compiler import executables

# From less than what XLA copies at once to several megabytes.
SIZES = [7, 1_000, 20_000, 2_000_000]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, np.bool_])
def test_an_input_loop_may_refill_its_buffer(size: int, dtype: type, tier: str) -> None:
    x = tf.placeholder(tf.as_dtype(dtype), [None])
    total = tf.Variable(0.0)
    step = total.assign_add(tf.reduce_mean(tf.cast(x, tf.float32))).op
    buffer = np.empty(size, dtype)
    expected = 0.0
    with tf.Session() as sess:
        sess.run(total.initializer)
        for turn in range(12):
            buffer[:] = turn % 3
            expected += float(buffer[0])
            sess.run(step, {x: buffer})
        buffer[:] = 1
        assert sess.run(total) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("size", SIZES)
def test_a_feed_that_a_step_hands_on_comes_back_as_an_array_of_the_callers_own(size: int, tier: str) -> None:
    """A stage need not compute what is an input of it, nor may it show the caller his own array."""
    x, taken = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.bool, [])
    total = tf.Variable(0.0)
    step = total.assign_add(tf.reduce_sum(x))
    same, chosen = tf.identity(x), tf.cond(taken, lambda: tf.identity(x), lambda: x)
    buffer = np.ones(size, np.float32)
    with tf.Session() as sess:
        sess.run(total.initializer)
        for turn in range(3):
            first, second, _ = sess.run([same, chosen, step], {x: buffer, taken: turn % 2 == 0})
            buffer[:], first[0] = turn + 2, -1.0
            assert second[0] == turn + 1 and second[-1] == turn + 1
            second[0] = 7.0  # it can be written to
        assert sess.run(total) == sum(range(1, 4)) * size


def test_what_is_handed_on_to_a_later_stage_is_what_it_was(tier: str) -> None:
    x = tf.placeholder(tf.float32, [None])
    kept, total = tf.identity(x), tf.Variable(0.0)
    with tf.control_dependencies([total.assign_add(tf.reduce_sum(x))]):
        seen = tf.py_func(lambda value: value + 1.0, [kept], tf.float32)
        after = total.assign_add(tf.reduce_max(kept + seen))
    buffer = np.full(20_000, 2.0, np.float32)
    with tf.Session() as sess:
        sess.run(total.initializer)
        sess.run(after, {x: buffer})
        buffer[:] = 100.0
        assert sess.run(total) == 40_005.0


@pytest.mark.parametrize("strided", [False, True])
def test_a_variable_that_was_assigned_a_feed_keeps_its_value(strided: bool, tier: str) -> None:
    x = tf.placeholder(tf.float32, [None, None])
    v = tf.Variable(tf.zeros([1, 1]), validate_shape=False)
    load = tf.assign(v, x, validate_shape=False)
    buffer = np.ones([300, 600], np.float32)
    fed = buffer[::2, ::3] if strided else buffer
    with tf.Session() as sess:
        for _ in range(4):
            buffer[:] = 1.0
            sess.run(load.op, {x: fed})
            buffer[:] = 5.0
            assert (sess.run(v) == 1.0).all()


def test_a_fed_tensor_keeps_its_value_though_another_waits_for_its_operation(tier: str) -> None:
    x = tf.placeholder(tf.float32, [])
    y = tf.sin(x)
    z = tf.negative(y)
    with tf.control_dependencies([y.op]):
        w = x + 1.0
    with tf.Session() as sess:
        assert sess.run([z, w], {x: 1.0, y: 5.0}) == [-5.0, 2.0]


def test_a_python_function_may_change_the_fed_array(tier: str) -> None:
    """The function runs within the run, before the feed is used for the last time."""
    buffer = np.ones(100_000, np.float32)

    def spoil(value: np.ndarray) -> np.ndarray:
        value[:] = 100.0
        return np.float32(0.0)

    x = tf.placeholder(tf.float32, [None])
    gate = tf.py_func(spoil, [x], tf.float32)
    late = tf.reduce_sum(x * (gate + 1.0))
    with tf.Session() as sess:
        for _ in range(3):
            assert sess.run(late, {x: buffer}) == 100_000.0
    assert (buffer == 1.0).all()


def test_text_arrives_as_utf8_from_every_kind_of_array() -> None:
    words = tf.placeholder(tf.string)
    same = tf.identity(words)
    with tf.Session() as sess:
        for value in (["x", "hé"], np.array(["x", "hé"]), np.array(["x", "hé"], dtype=object),
                      np.array(["x", "hé".encode()], dtype=object), np.array([["x"], ["hé"]], dtype=object)):
            assert [bytes(item) for item in np.ravel(sess.run(same, {words: value}))] == [b"x", "hé".encode()]
        assert sess.run(same, {words: "hé"}) == "hé".encode()
        assert sess.run(same, {words: np.array([], dtype=object)}).shape == (0,)
        assert sess.run(words, {words: np.array(["é"], dtype=object)}).tolist() == ["é".encode()]
        with pytest.raises(TypeError, match="expected strings"):
            sess.run(same, {words: np.array([1.5, None], dtype=object)})


def test_keys_may_be_nested_as_their_values_are() -> None:
    a, b, c, d = (tf.placeholder(tf.float32, []) for _ in range(4))
    total = a + 10.0 * b + 100.0 * c + 1000.0 * d
    Pair = collections.namedtuple("Pair", ["left", "right"])
    with tf.Session() as sess:
        assert sess.run(total, {(a, (b, c)): (1.0, (2.0, 3.0)), d: 4.0}) == 4321.0
        assert sess.run(total, {Pair(a, Pair(b, (c, d))): [1.0, [2.0, [3.0, 4.0]]]}) == 4321.0
        assert sess.run(total, {(a, (b, c)): (1.0, 2.0, 3.0), d: 4.0}) == 4321.0
        assert sess.run(total, {(a, b): {"b": 2.0, "a": 1.0}, (c, d): [3.0, np.float32(4.0)]}) == 4321.0
        with pytest.raises(ValueError, match="need as many values"):
            sess.run(total, {(a, (b, c)): (1.0, 2.0), d: 4.0})
        with pytest.raises(ValueError, match="need as many values"):
            sess.run(total, {(a, b, c, d): (1.0, 2.0)})
        with pytest.raises(ValueError, match="need as many values"):
            sess.run(total, {(a, b): np.array([1.0, 2.0]), (c, d): (3.0, 4.0)})
        with pytest.raises(ValueError, match="name one tensor twice"):
            sess.run(total, {(a, a): (1.0, 2.0), (b, c, d): (2.0, 3.0, 4.0)})


def test_orders_of_feeds_and_fetches_compile_once(capsys: pytest.CaptureFixture[str],
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLPOND_TIER", "compiled")
    monkeypatch.setattr("millpond.compiler.debug._active", frozenset({"stages", "verify"}))
    x, y = tf.placeholder(tf.float32, [None], name="x"), tf.placeholder(tf.float32, [None], name="y")
    total, both, scaled = tf.reduce_sum(x * y), x + y, x * 3.0
    values = {x: np.array([1.0, 2.0]), y: np.array([3.0, 4.0])}
    expected = {total: 11.0, both: [4.0, 6.0], scaled: [3.0, 6.0]}
    with tf.Session() as sess:
        for fetches in itertools.permutations([total, both, scaled]):
            for keys in itertools.permutations([x, y]):
                feed = {key: values[key] for key in keys}
                for value, fetch in zip(sess.run(list(fetches), feed), fetches, strict=True):
                    assert np.asarray(value).tolist() == expected[fetch]
                named = sess.run({"a": fetches[0], "rest": (fetches[1:], [fetches[0]])}, feed)
                assert np.asarray(named["rest"][1][0]).tolist() == expected[fetches[0]]
        assert sess.run(["add:0", "Sum:0", total, scaled], {"y:0": [3.0, 4.0], "x:0": [1.0, 2.0]})[1] == 11.0
    assert capsys.readouterr().err.count("compiled") == 1


def test_a_fed_shape_that_changes_before_its_program_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executables, "COMPILE_AFTER", 0)
    monkeypatch.setattr(executables, "COMPILE_AFTER_PER_OP", 10)
    monkeypatch.setattr(executables, "LOADING_WORK", 0)
    monkeypatch.setattr(executables, "DISPATCH_WORK", 0)
    x, shape = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.int32, [2])
    y = tf.reshape(x, shape)
    wanted = np.array([2, 3], np.int32)
    with tf.Session() as sess:
        assert sess.run(y, {x: np.arange(6), shape: wanted}).shape == (2, 3)
        wanted[:] = 3, 2
        assert sess.run(y, {x: np.arange(6), shape: [2, 3]}).shape == (2, 3)
        assert sess.run(y, {x: np.arange(6), shape: wanted}).shape == (3, 2)


def test_what_cannot_be_fed_says_why() -> None:
    a, b = tf.placeholder(tf.float32, [], name="a"), tf.placeholder(tf.float32, [], name="b")
    total = a + b
    with tf.Session() as sess:
        assert sess.run(total, {(a, b): (1.0, 2.0)}) == 3.0
        for values in ((1.0,), (1.0, 2.0, 3.0), 1.0):
            with pytest.raises(ValueError, match="need as many values"):
                sess.run(total, {(a, b): values})
        with pytest.raises(TypeError, match="feed_list must be a list or tuple"):
            sess.make_callable(total, a)
        tf.get_default_graph().prevent_feeding(a)
        with pytest.raises(ValueError, match="may not be fed"):
            sess.run(total, {a: 1.0, b: 1.0})


def test_of_two_keys_for_one_tensor_the_later_counts(tier: str) -> None:
    a, b = tf.placeholder(tf.float32, [], name="a"), tf.placeholder(tf.float32, [], name="b")
    total = a + 10.0 * b
    with tf.Session() as sess:
        for _ in range(3):
            assert sess.run(total, {a: 1.0, "a:0": 2.0, b: 1.0}) == 12.0
            assert sess.run(total, {"a:0": 2.0, b: 1.0, a: 1.0}) == 11.0
            assert sess.run([a, total], {b"a:0": 2.0, (b, a): (1.0, 5.0), "b:0": 3.0}) == [5.0, 35.0]
        assert sess.make_callable(total, [a, b, "a:0"])(1.0, 2.0, 3.0) == 23.0
        handle = sess.partial_run_setup([total], [a, b])
        assert sess.partial_run(handle, total, {a: 1.0, "a:0": 2.0, b: 1.0}) == 12.0


def test_a_fed_string_comes_back_as_bytes() -> None:
    x = tf.placeholder(tf.string, None)
    with tf.Session() as sess:
        for value in (np.bytes_(b"word"), np.str_("word"), b"word", np.array("word"), np.array(b"word", object)):
            assert type(sess.run(tf.identity(x), {x: value})) is bytes
        many = sess.run(tf.identity(x), {x: np.array([np.bytes_(b"a"), "b"], object)})
        assert [type(item) for item in many] == [bytes, bytes]


def test_a_python_function_may_refill_the_array_that_it_gives(tier: str) -> None:
    buffer = np.zeros(200_000, np.float32)

    def fill() -> np.ndarray:
        buffer[:] += 1.0
        return buffer

    total = tf.Variable(0.0)
    step = total.assign_add(tf.reduce_mean(tf.py_func(fill, [], tf.float32))).op
    with tf.Session() as sess:
        sess.run(total.initializer)
        for _ in range(6):
            sess.run(step)
            buffer[:] += 0.0
        buffer[:] = 100.0
        assert sess.run(total) == 21.0


@pytest.mark.parametrize("dtype", [np.float64, np.int8, "S1"])
def test_a_feed_that_does_not_fit_is_named(dtype: Any, tier: str) -> None:
    """A view of one element that says it has 2 ** 46: no memory is asked for before it is fed."""
    huge = np.broadcast_to(np.zeros((), dtype), (2 ** 46,))
    x = tf.placeholder(tf.string if dtype == "S1" else tf.float32, [None], name="x")
    v = tf.Variable(1.0)
    with tf.control_dependencies([tf.identity(x)]):
        step = v.assign_add(1.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        with pytest.raises(tf.errors.ResourceExhaustedError, match="Out of memory"):
            sess.run(step, {x: huge})
        with pytest.raises(tf.errors.ResourceExhaustedError, match="Out of memory"):
            sess.make_callable(step, [x])(huge)
        handle = sess.partial_run_setup([step.op], [x])
        with pytest.raises(tf.errors.ResourceExhaustedError, match="Tensor 'x:0' does not fit"):
            sess.partial_run(handle, [step.op], {x: huge})
        assert sess.run(v) == 1.0


def test_a_partial_run_keeps_no_feed_that_does_not_fit() -> None:
    x = tf.placeholder(tf.float32, [None], name="x")
    with tf.Session() as sess:
        handle = sess.partial_run_setup([tf.shape(x)], [x])
        with pytest.raises(tf.errors.ResourceExhaustedError, match="Tensor 'x:0' does not fit"):
            sess.partial_run(handle, [], {x: np.broadcast_to(np.float32(0.0), (2 ** 46,))})
