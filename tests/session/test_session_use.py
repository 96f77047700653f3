"""Ways of holding a session: callables, `with` blocks, many fetches over a long time."""

from __future__ import annotations

import collections

import pytest

import millpond as tf
from millpond.session import calls


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


def test_a_step_in_use_is_not_planned_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that fetches ever new tensors between its steps keeps the plan (and programs) of the step."""
    monkeypatch.setattr(calls, "MAX_PLANS", 4)
    monkeypatch.setattr(calls, "MAX_CALLS", 4)
    step = tf.Variable(0.0).assign_add(1.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step)
        before = sess._calls.find(step, ())
        for i in range(20):
            sess.run(tf.constant(float(i)))
            sess.run(step)
        assert sess._calls.find(step, ()) is before
        assert len(sess._calls) <= 4 and len(sess._calls.calls()) <= 4


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
