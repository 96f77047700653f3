"""Guards that look at feeds alone run on the host, before anything is dispatched."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf


def test_guards_on_feeds_are_checked_on_the_host(compiled: None) -> None:
    """Labels that are fed, or that small pure operations make of feeds, cost the device nothing."""
    table = tf.Variable(np.eye(5, dtype=np.float32))
    fed = tf.placeholder(tf.int32, [None])
    rows = {"fed": tf.gather(table, fed), "reshaped": tf.gather(table, tf.reshape(fed + 1, [-1, 1])),
            "computed": tf.gather(table, tf.cast(tf.reduce_sum(table, 0), tf.int32) + fed)}
    with tf.Session() as sess:
        sess.run(table.initializer)
        for name, fetch in rows.items():
            sess.run(fetch, {fed: [0, 1, 2, 3, 1][:5]})
            call = next(c for c in sess._calls.calls() if fetch in c.fetch.tensors)
            executable = next(iter(call.planned.runners[-1].entries.values())).executable
            on_host = [len(executable.host_checks), len(executable.guarded)]
            assert on_host == ([0, 1] if name == "computed" else [1, 0]), name
            with pytest.raises(tf.errors.InvalidArgumentError, match=r"= \d+ is not in \[0, 5\)"):
                sess.run(fetch, {fed: [0, 9, 2, 3, 1]})


def test_a_guard_behind_another_guard_is_left_to_the_program(compiled: None) -> None:
    """The way from the feeds to what it looks at leads through an operation that may itself be given nonsense."""
    table, values = tf.constant([0, 1, 2]), tf.constant([10.0, 20.0])
    first = tf.placeholder(tf.int32, [1], name="first")
    inner = tf.gather(table, first, name="inner")
    outer = tf.gather(values, inner, name="outer")
    with tf.Session() as sess:
        assert sess.run(outer, {first: [1]}).tolist() == [20.0]
        (entry,) = sess._calls.calls()[0].planned.runners[0].entries.values()
        assert [check.instruction.op.name for check in entry.executable.host_checks] == ["inner"]
        assert [instruction.op.name for instruction in entry.executable.guarded] == ["outer"]
        for index, name in ((3, "inner"), (2, "outer")):
            with pytest.raises(tf.errors.InvalidArgumentError) as caught:
                sess.run(outer, {first: [index]})
            assert caught.value.op.name == name
