"""Ways of holding a session: callables, `with` blocks, interactive ones, what closing and resetting end."""

from __future__ import annotations

import collections

import pytest

import millpond as tf


def test_a_callable_takes_options_and_fills_metadata() -> None:
    a = tf.placeholder(tf.float32)
    found = tf.RunMetadata()
    with tf.Session() as sess:
        twice = sess.make_callable(a * 2.0, [a], accept_options=True)
        options = tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE)
        assert twice(3.0, options=options, run_metadata=found) == 6.0
        with pytest.raises(TypeError, match="metadata"):
            twice(3.0, metadata=found)
    assert len(found.step_stats.dev_stats) == 1
    with pytest.raises(RuntimeError, match="closed Session"):
        twice(3.0)
    with pytest.raises(RuntimeError, match="closed Session"):
        sess.make_callable(a, [a])


def test_a_session_is_entered_once_at_a_time() -> None:
    one = tf.constant(1.0)
    with tf.Session() as sess:
        with pytest.raises(RuntimeError, match=r"not re-entrant.*as_default"), sess:
            pass
        with sess.as_default():
            assert one.eval() == 1.0
        assert sess.run(one) == 1.0


def test_fetched_dicts_keep_their_kind() -> None:
    one = tf.constant(1.0)
    with tf.Session() as sess:
        ordered = sess.run(collections.OrderedDict([("z", one), ("a", one)]))
        assert type(ordered) is collections.OrderedDict and list(ordered) == ["z", "a"]
        defaulted = sess.run(collections.defaultdict(list, {"x": one}))
    assert defaulted.default_factory is list and defaulted == {"x": 1.0}


def test_a_feed_dict_with_options_must_be_a_dict_too() -> None:
    a = tf.placeholder(tf.float32)
    with tf.Session() as sess, pytest.raises(TypeError, match="feed_dict must be a dictionary"):
        sess.run(a, [(a, 1.0)], options=tf.RunOptions())


def test_a_session_target_that_nobody_serves() -> None:
    with pytest.raises(tf.errors.NotFoundError, match="No session factory registered"):
        tf.Session("no such target")
    with pytest.raises(NotImplementedError, match="grpc"):
        tf.Session("grpc://localhost:2222")


def test_closing_frees_the_variables() -> None:
    v = tf.Variable(1.0)
    sess = tf.Session()
    sess.run(v.initializer)
    slot = sess._runtime.store.slot(v.op)
    assert slot.value is not None
    sess.close()
    assert slot.value is None
    sess.close()


def test_reset_closes_the_open_sessions() -> None:
    v = tf.Variable(1.0)
    one, other = tf.Session(), tf.Session()
    tf.Session.reset("")
    for sess in (one, other):
        with pytest.raises(RuntimeError, match="closed Session"):
            sess.run(v.initializer)
    with pytest.raises(NotImplementedError, match="grpc://there:1"):
        tf.Session.reset("grpc://there:1")


def test_an_interactive_session_takes_its_graph_back_when_closed() -> None:
    with tf.Graph().as_default() as own:
        pass
    before = tf.get_default_graph()
    sess = tf.InteractiveSession(graph=own)
    assert tf.get_default_graph() is own and tf.get_default_session() is sess
    sess.close()
    assert tf.get_default_graph() is before and tf.get_default_session() is None
    sess.close()
    assert tf.get_default_graph() is before
