"""Mistakes that users make with a session: the error says what to do, and the session goes on working."""

from __future__ import annotations

import _thread
import threading

import jax
import numpy as np
import pytest

import millpond as tf


def test_feeding_a_wrong_shape() -> None:
    x = tf.placeholder(tf.float32, [None, 3], name="x")
    y = tf.add(x, 1.0)
    with tf.Session() as sess:
        misfit = r"Cannot feed value of shape \(2, 2\) for Tensor 'x:0', which has shape '\(\?, 3\)'"
        with pytest.raises(ValueError, match=misfit):
            sess.run(y, {x: np.zeros((2, 2))})
        assert sess.run(y, {x: np.zeros((1, 3))}).tolist() == [[1, 1, 1]]


def test_feeding_a_wrong_dtype() -> None:
    x = tf.placeholder(tf.float32, name="x")
    n = tf.placeholder(tf.int8, name="n")
    with tf.Session() as sess:
        with pytest.raises(ValueError, match="Cannot feed 'seven' for Tensor 'x:0' of type float32"):
            sess.run(x, {x: "seven"})
        with pytest.raises(TypeError, match="'n:0'"):
            sess.run(n, {n: 300})
        with pytest.raises(TypeError, match="The value of a feed cannot be a tf.Tensor"):
            sess.run(x, {x: tf.constant(1.0)})


def test_forgetting_a_feed() -> None:
    x = tf.placeholder(tf.float32, [2], name="inputs/x")
    y = tf.add(x, 1.0)
    with tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError,
                           match=r"You must feed a value for placeholder tensor 'inputs/x' with dtype float") as caught:
            sess.run(y)
        assert caught.value.op is x.op
        assert sess.run(y, {x: [1.0, 2.0]}).tolist() == [2.0, 3.0]


def test_the_error_names_the_users_line() -> None:
    a = tf.placeholder(tf.float32, [None])
    b = tf.placeholder(tf.float32, [None])
    c = tf.add(a, b, name="sum_of_both")  # the line that must be named
    with tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError) as caught:
            sess.run(c, {a: [1.0, 2.0], b: [1.0, 2.0, 3.0]})
        assert caught.value.op is c.op
        text = str(caught.value)
        assert "sum_of_both" in text and "float32[2]" in text and "float32[3]" in text
        assert "test_bad_input.py" in text and "the line that must be named" in text


def test_reading_an_uninitialised_variable() -> None:
    v = tf.Variable([1.0, 2.0], name="weights")
    with tf.Session() as sess:
        for fetch in (v, tf.add(v, 1.0), v.assign_add([1.0, 1.0])):
            with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value weights"):
                sess.run(fetch)
        sess.run(v.initializer)
        assert sess.run(v).tolist() == [1.0, 2.0]


def test_fetching_what_is_no_fetch() -> None:
    tf.constant(1.0)
    with tf.Session() as sess:
        with pytest.raises(TypeError, match="Fetch argument 3 has invalid type int"):
            sess.run(3)
        with pytest.raises(TypeError, match="Fetch argument None"):
            sess.run(None)
        with pytest.raises(ValueError, match="cannot be interpreted as a Tensor.*nowhere"):
            sess.run("nowhere:0")


def test_things_of_another_graph() -> None:
    with tf.Graph().as_default():
        alien = tf.constant(1.0)
        placeholder = tf.placeholder(tf.float32)
    here = tf.constant(2.0)
    with tf.Session() as sess:
        with pytest.raises(ValueError, match="not an element of this graph"):
            sess.run(alien)
        with pytest.raises(TypeError, match="Cannot interpret feed_dict key"):
            sess.run(here, {placeholder: 1.0})
    with pytest.raises(ValueError, match="must be from the same graph"):
        tf.add(alien, here)


def test_use_after_close() -> None:
    c = tf.constant(1)
    sess = tf.Session()
    sess.close()
    with pytest.raises(RuntimeError, match="closed Session"):
        sess.run(c)


def test_an_exception_in_py_func_changes_no_variable(tier: str) -> None:
    v = tf.Variable(1.0)

    def fail(x: np.ndarray) -> np.float32:
        raise ValueError("no good")

    up = v.assign_add(5.0)
    with tf.control_dependencies([up]):
        after = tf.py_func(fail, [tf.constant(1.0)], tf.float32)
    with tf.Session() as sess:
        sess.run(v.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match="ValueError: no good"):
            sess.run([up, after])
        assert sess.run(v) == 1.0
        assert sess.run(up) == 6.0


@pytest.mark.parametrize("raised, expected", [
    (TypeError("t"), "InvalidArgumentError"), (StopIteration(), "OutOfRangeError"),
    (MemoryError(), "ResourceExhaustedError"), (NotImplementedError("n"), "UnimplementedError"),
    (KeyError("k"), "UnknownError"),
])
def test_exceptions_of_py_func_by_class(raised: Exception, expected: str) -> None:
    def fail() -> None:
        raise raised

    y = tf.py_func(fail, [], tf.float32)
    with tf.Session() as sess, pytest.raises(getattr(tf.errors, expected)):
        sess.run(y)


def test_a_failed_assertion_changes_no_variable(tier: str) -> None:
    v = tf.Variable([1.0, 2.0])
    x = tf.placeholder(tf.float32, [2])
    doubled = tf.multiply(x, 2.0)
    with tf.control_dependencies([tf.Assert(tf.reduce_all(tf.less(doubled, 10.0)), ["too large", doubled])]):
        store = v.assign(doubled)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(store, {x: [2.0, 3.0]}).tolist() == [4.0, 6.0]
        with pytest.raises(tf.errors.InvalidArgumentError, match="assertion failed.*too large.*100"):
            sess.run(store, {x: [1.0, 50.0]})
        assert sess.run(v).tolist() == [4.0, 6.0]
        assert sess.run(store, {x: [0.0, 1.0]}).tolist() == [0.0, 2.0]


def test_a_label_out_of_range(tier: str) -> None:
    logits = tf.Variable(tf.zeros([2, 3]))
    labels = tf.placeholder(tf.int64, [2])
    for source in (labels, tf.add(labels, 0)):
        loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=source, logits=logits)
        step = tf.train.GradientDescentOptimizer(1.0).minimize(loss)
        with tf.Session() as sess:
            sess.run(tf.global_variables_initializer())
            with pytest.raises(tf.errors.InvalidArgumentError, match="7"):
                sess.run(step, {labels: [0, 7]})
            assert np.abs(sess.run(logits)).max() == 0.0
            sess.run(step, {labels: [0, 2]})
            assert np.abs(sess.run(logits)).max() > 0.0


@pytest.mark.slow
def test_a_failure_in_a_late_stage_undoes_the_early_ones(tier: str) -> None:
    """A computation too long for one XLA program: the index is out of range in its last part, a part before and the
    last one write the same variable."""
    v, w = tf.Variable([1.0, 2.0, 3.0]), tf.Variable(0.0)
    with tf.control_dependencies([v.assign_add([1.0, 1.0, 1.0])]):
        y = v * 1.0
    for _ in range(2100):
        y = y * 1.0
    offset = tf.placeholder(tf.int32, [])
    picked = tf.gather(y, tf.cast(tf.reduce_max(y), tf.int32) + offset)
    written = tf.group(v.assign(y * picked), w.assign_add(1.0))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(2):
            with pytest.raises(tf.errors.InvalidArgumentError, match="Gather"):
                sess.run(written, {offset: 9})
            assert sess.run(v).tolist() == [1.0, 2.0, 3.0] and sess.run(w) == 0.0
        sess.run(written, {offset: -2})
        assert sess.run(v).tolist() == [8.0, 12.0, 16.0] and sess.run(w) == 1.0
        with pytest.raises(tf.errors.InvalidArgumentError, match="Gather"):
            sess.run(written, {offset: 9})
        assert sess.run(v).tolist() == [8.0, 12.0, 16.0] and sess.run(w) == 1.0


def test_a_wrong_number_of_labels(tier: str) -> None:
    logits, labels = tf.Variable(tf.zeros([2, 3])), tf.placeholder(tf.int32, [None])
    loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    with tf.Session() as sess:
        sess.run(logits.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match="must have the same first dimension"):
            sess.run(loss, {labels: [0]})
        assert sess.run(loss, {labels: [0, 1]}).shape == (2,)


def test_an_empty_graph_has_nothing_to_run() -> None:
    with tf.Session() as sess, pytest.raises(RuntimeError, match="The Session graph is empty"):
        sess.run([])


def test_a_device_that_fails_says_which_variables_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLPOND_TIER", "compiled")
    v, other = tf.Variable([1.0, 2.0], name="weights"), tf.Variable(3.0, name="other")
    up = v.assign_add([1.0, 1.0])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(2):  # the first call is made with copies
            sess.run(up.op)
        call = next(c for c in sess._calls.calls() if up.op in c.fetch.targets)
        executable = next(iter(call.planned.runners[-1].entries.values())).executable
        function = executable.function

        def fail(buffer: jax.Array, *_: object) -> None:
            buffer.delete()
            raise jax.errors.JaxRuntimeError("INTERNAL: a fan has stopped")

        executable.function = fail
        with pytest.raises(tf.errors.InternalError, match="a fan has stopped.*'weights'.*are lost"):
            sess.run(up.op)
        executable.function = function
        with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value weights"):
            sess.run(up.op)
        assert sess.run(other) == 3.0
        sess.run(v.initializer)
        assert sess.run(up).tolist() == [2.0, 3.0]


def test_an_interrupt_leaves_the_session_usable() -> None:
    v = tf.Variable(1.0)

    def interrupted() -> np.float32:
        _thread.interrupt_main()
        threading.Event().wait(5)
        return np.float32(0.0)

    y = tf.py_func(interrupted, [], tf.float32)
    up = v.assign_add(1.0)
    with tf.control_dependencies([up]):
        both = tf.add(y, 1.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        with pytest.raises(KeyboardInterrupt):
            sess.run([both, up])
        assert sess.run(v) == 1.0
        assert sess.run(up) == 2.0


def test_feeding_and_writing_a_variable_in_one_run() -> None:
    v = tf.Variable(1.0, name="v")
    up = v.assign_add(1.0)
    y = tf.multiply(v, 2.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(y, {v: 10.0}) == 20.0
        assert sess.run(v) == 1.0
        with pytest.raises(tf.errors.InvalidArgumentError, match="'v' is fed and written"):
            sess.run(up, {v: 3.0})


def test_a_finalized_graph_takes_nothing() -> None:
    graph = tf.get_default_graph()
    c = tf.constant(1.0)
    graph.finalize()
    with pytest.raises(RuntimeError, match="finalized"):
        tf.constant(2.0)
    with tf.Session() as sess:
        assert sess.run(c) == 1.0


def test_messages_of_the_wrong_kind() -> None:
    with pytest.raises(TypeError, match="config must be a tf.ConfigProto"):
        tf.Session(config={"allow_soft_placement": True})
    with pytest.raises(TypeError, match="graph must be a tf.Graph"):
        tf.Session(graph="graph")
    with tf.Session() as sess, pytest.raises(TypeError, match="options must be a tf.RunOptions"):
        sess.run(tf.constant(1), options="fast")


def test_a_device_that_is_not_there() -> None:
    with tf.device("/gpu:7"):
        y = tf.add(tf.constant(1.0), 1.0)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="Cannot assign a device.*GPU:7"):
        sess.run(y)
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
        assert sess.run(y) == 2.0


def test_reading_a_variable_without_a_value_for_the_sake_of_order(tier: str) -> None:
    v = tf.Variable(1.0, name="v")
    with tf.control_dependencies([tf.identity(v)]):
        after = tf.constant(2.0) * 1.0
    with tf.control_dependencies([v.initializer]):
        fine = tf.group(tf.identity(v))
    with tf.Session() as sess:
        for fetch in ("v/read", tf.group(tf.identity(v)), after, [v.value().op]):
            with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value v"):
                sess.run(fetch)
        assert sess.run(v.op) is None
        sess.run(fine)
        assert sess.run([after, v]) == [2.0, 1.0]
