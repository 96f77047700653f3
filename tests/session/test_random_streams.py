"""The random streams of a session: one for each op, moved on by what is drawn, turned back by a run that fails."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.ops.random import philox
from millpond.session.random_streams import RandomStreams

# What TensorFlow 2.21 draws in three runs with the seeds (1, 2) and (1, 5).
TENSORFLOW_DRAWS = [([0.406396746635437, 0.8575996160507202, 0.05539584159851074], 366),
                    ([0.16840732097625732, 0.8891061544418335, 0.5354969501495361], 681),
                    ([0.49945497512817383, 0.06284701824188232, 0.4600658416748047], 329)]


def op_of(tensor: tf.Tensor) -> tf.Operation:
    """The op that draws, behind the scaling."""
    return next(op for op in tensor.graph.get_operations() if op.type.startswith("Random"))


@pytest.fixture
def op() -> tf.Operation:
    return op_of(tf.random_uniform([4], seed=3))


def test_a_stream_begins_where_the_seeds_say_and_moves_by_what_is_drawn(op: tf.Operation) -> None:
    streams, drawn = RandomStreams(), []
    seeds = op.get_attr("seed"), op.get_attr("seed2")
    start = philox.initial_state(*seeds)
    for total in (0, 5, 5 + 1):
        state = streams.draw(drawn, op, 5 if total == 0 else 1)
        np.testing.assert_array_equal(state, philox.advance(start, total))
    assert [entry[0] for entry in drawn] == [op.name] * 3


def test_each_session_starts_anew_and_ops_do_not_share(op: tf.Operation) -> None:
    drawn: list[Any] = []
    one, other = RandomStreams(), RandomStreams()
    first = one.draw(drawn, op, 7)
    one.draw(drawn, op, 7)
    np.testing.assert_array_equal(other.draw(drawn, op, 7), first)
    with tf.Graph().as_default():
        twin = op_of(tf.random_uniform([4], seed=3, name="twin"))
    np.testing.assert_array_equal(one.draw(drawn, twin, 7), philox.initial_state(
        twin.get_attr("seed"), twin.get_attr("seed2")))


def test_several_states_are_drawn_at_once_a_row_each(op: tf.Operation) -> None:
    with tf.Graph().as_default():
        other = op_of(tf.random_normal([4], seed=4, name="other"))
    streams, drawn = RandomStreams(), []
    rows = streams.draw_all(drawn, [op, other], [2, 3])
    again = streams.draw_all(drawn, [op, other], [1, 1])
    for row, moved, draws, who in zip(rows, again, (2, 3), (op, other), strict=True):
        np.testing.assert_array_equal(row, philox.initial_state(who.get_attr("seed"), who.get_attr("seed2")))
        np.testing.assert_array_equal(moved, philox.advance(row, draws))


def test_a_failed_run_turns_its_draws_back(op: tf.Operation) -> None:
    streams, kept, failed = RandomStreams(), [], []
    streams.draw(kept, op, 4)
    second = streams.draw(failed, op, 4)
    streams.draw(failed, op, 9)
    streams.undo(failed)
    np.testing.assert_array_equal(streams.draw(kept, op, 4), second)


def test_a_failed_run_leaves_the_draws_of_others(op: tf.Operation) -> None:
    streams, failed, others = RandomStreams(), [], []
    start = streams.draw(failed, op, 4)
    streams.draw(others, op, 4)
    streams.undo(failed)
    np.testing.assert_array_equal(streams.draw(others, op, 1), philox.advance(start, 8))


def test_without_seeds_no_two_sessions_draw_the_same() -> None:
    op = op_of(tf.random_uniform([4]))
    assert (op.get_attr("seed"), op.get_attr("seed2")) == (0, 0)
    states = {RandomStreams().draw([], op, 1).tobytes() for _ in range(5)}
    assert len(states) == 5
    with tf.Graph().as_default():
        tf.set_random_seed(0)
        half = op_of(tf.random_uniform([4], seed=7))
        states = {RandomStreams().draw([], half, 1).tobytes() for _ in range(5)}
    assert len(states) == 1


def test_random_numbers_of_later_runs_are_tensorflows(tier: str) -> None:
    tf.set_random_seed(1)
    drawn = tf.random_uniform([3], seed=2)
    whole = tf.random_uniform([], 0, 1000, tf.int32, seed=5)
    with tf.Session() as sess:
        seen = [(sess.run(drawn), sess.run(whole)) for _ in range(3)]
    for (numbers, integer), (wanted, wanted_integer) in zip(seen, TENSORFLOW_DRAWS, strict=True):
        np.testing.assert_allclose(numbers, wanted, rtol=1e-6)
        assert integer == wanted_integer


@pytest.mark.slow
def test_a_run_that_fails_draws_the_same_numbers_again(tier: str) -> None:
    """Whatever refuses: a guard on a feed or a computed value, a Python function, an assertion on what was drawn."""
    index = tf.placeholder(tf.int32, [])
    drawn = tf.random_uniform([2], seed=3)
    early = tf.gather(tf.constant([1.0, 2.0]), index)
    late = tf.gather(tf.constant([1.0, 2.0]), tf.cast(drawn[0] * 0.0, tf.int32) + index)

    def refuse(value: np.ndarray) -> np.ndarray:
        if value > 1:
            raise ValueError("no")
        return value

    called = tf.py_func(refuse, [index], tf.int32)
    with tf.control_dependencies([tf.Assert(tf.less(tf.reduce_max(drawn), tf.cast(1 - index, tf.float32)), ["large"])]):
        checked = tf.identity(drawn)
    numbers = []
    for refused in (None, early, late, called, checked):
        tf.set_random_seed(1)
        with tf.Session() as sess:
            sess.run(drawn)
            for _ in range(0 if refused is None else 3):
                with pytest.raises(tf.errors.InvalidArgumentError):
                    sess.run([drawn, refused], {index: 9})
            numbers.append([sess.run(drawn).tolist() for _ in range(2)])
    assert all(one == numbers[0] for one in numbers)
