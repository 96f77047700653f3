"""Calls and plans: what is planned once, when it is planned anew, and what is kept."""

from __future__ import annotations

import concurrent.futures
import threading
from typing import Any

import pytest

import millpond as tf
from millpond.compiler.stage import Stage
from millpond.session import calls
from millpond.session.calls import Calls
from millpond.session.fetches import register_session_run_conversion_functions


class Runner:
    """Stands for what runs a stage."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage


class Kept:
    """The calls of a session that runs nothing, with what it has planned and forgotten."""

    def __init__(self) -> None:
        self.made: list[Runner] = []
        self.forgotten: list[Runner] = []
        self.calls = Calls(tf.get_default_graph(), lambda op: "", self._make, self.forgotten.append)

    def _make(self, stage: Stage) -> Any:
        self.made.append(Runner(stage))
        return self.made[-1]

    def find(self, fetches: Any, *feeds: Any) -> Any:
        return self.calls.find(fetches, feeds)


def chain() -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    x = tf.placeholder(tf.float32, [], name="x")
    a = tf.multiply(x, 2.0, name="a")
    return x, a, tf.add(a, 1.0, name="b")


def test_fetches_in_another_order_or_nesting_share_a_plan() -> None:
    x, a, b = chain()
    kept = Kept()
    first = kept.find([a, b], x)
    others = [kept.find(fetches, x) for fetches in ([b, a], {"a": a, "b": [b]}, (a, (b, a)), ["b:0", a])]
    assert all(other.planned is first.planned and other is not first for other in others)
    assert kept.find([a, b], x) is first and kept.find([a, b], x).used
    assert len(kept.calls) == 1 and len(kept.made) == 1
    assert kept.find([b], x).planned is not first.planned
    assert len(kept.calls) == 2 and kept.forgotten == []


def test_feeds_in_another_order_share_a_plan_and_keep_their_own() -> None:
    x, a, b = chain()
    y = tf.placeholder(tf.float32, [], name="y")
    total = b + y
    kept = Kept()
    first, second = kept.find(total, x, y), kept.find(total, y, x)
    assert first.planned is second.planned
    assert (first.feed_tensors, second.feed_tensors) == ([x, y], [y, x])
    assert kept.find(total, a, y).planned is not first.planned


def test_an_operation_and_its_value_are_not_the_same_plan() -> None:
    x, a, _ = chain()
    kept = Kept()
    assert kept.find(a, x).planned is not kept.find(a.op, x).planned
    assert kept.find([a.op, a.op], x).planned is kept.find(a.op, x).planned


def test_only_a_change_of_what_a_plan_uses_makes_it_anew() -> None:
    x, a, b = chain()
    other = tf.placeholder(tf.float32, name="other")
    kept = Kept()
    step = kept.find(b, x)
    alone = kept.find(a, x)
    other.set_shape([3])
    tf.square(other, name="new").op._set_device("/cpu:0")
    assert kept.find(b, x) is step and kept.forgotten == []
    b.op._set_device("/cpu:0")
    anew = kept.find(b, x)
    assert anew is not step and anew.planned is not step.planned
    assert kept.forgotten == list(step.planned.runners) != []
    assert kept.find(b, x) is anew and kept.find(a, x) is alone
    # The same plan is found by another call too.
    assert kept.find([b], x).planned is anew.planned
    x.set_shape([])
    assert len(kept.calls) == 2


def test_a_plan_that_was_made_anew_is_not_found_through_its_other_calls() -> None:
    x, a, b = chain()
    kept = Kept()
    one, other = kept.find([a, b], x), kept.find([b, a], x)
    a.op._add_control_input(tf.no_op(name="first"))
    anew = kept.find([a, b], x)
    assert one not in kept.calls.calls() and other not in kept.calls.calls()
    assert kept.find([b, a], x).planned is anew.planned


def test_plans_are_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_PLANS", 3)
    x, _, b = chain()
    kept = Kept()
    step = kept.find(b, x)
    many = [tf.multiply(x, float(i)) for i in range(8)]
    for y in many:
        assert kept.find(b, x) is step  # in use: it stays
        kept.find(y, x)
        assert len(kept.calls) <= 3
    assert kept.find(b, x) is step
    assert [runner.stage.ops[0].outputs[0] for runner in kept.forgotten] == many[:-2]
    newest = {kept.find(y, x).planned for y in many[-2:]}
    assert {call.planned for call in kept.calls.calls()} == {step.planned, *newest} and len(kept.made) == 9


def test_plans_are_bounded_in_operations_but_the_newest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_PLANNED_OPS", 10)
    x = tf.placeholder(tf.float32, [])
    kept = Kept()

    def of_length(count: int) -> tf.Tensor:
        y = x
        for _ in range(count):
            y = tf.square(y)
        return y

    four, six = of_length(4), of_length(6)
    assert kept.find(four, x).planned.size == 4
    kept.find(six, x)
    assert len(kept.calls) == 2
    kept.find(of_length(1), x)
    assert len(kept.calls) == 2 and len(kept.forgotten) == 1
    kept.find(of_length(40), x)
    assert len(kept.calls) == 1 and len(kept.forgotten) == 3
    kept.find(of_length(2), x)
    assert len(kept.calls) == 1


def test_calls_are_bounded_in_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MAX_CALLS", 4)
    x, a, b = chain()
    kept = Kept()
    step = kept.find([a, b], x)
    for length in range(2, 12):
        assert kept.find([a, b], x) is step
        kept.find([a] + [b] * length, x)
        assert len(kept.calls.calls()) <= 4
    assert kept.find([a, b], x) is step and len(kept.calls) == 1


def test_clearing_leaves_nothing() -> None:
    x, a, b = chain()
    kept = Kept()
    first = kept.find([a, b], x)
    kept.calls.clear()
    assert len(kept.calls) == 0 and kept.calls.calls() == []
    again = kept.find([a, b], x)
    assert again is not first and again.planned is not first.planned
    assert kept.calls._planned_ops == again.planned.size


def test_constants_that_are_fetched_are_at_hand_unless_they_are_fed() -> None:
    c = tf.constant([1.0, 2.0], name="c")
    x = tf.placeholder(tf.float32, [])
    kept = Kept()
    assert [value.tolist() for value in kept.find([c, c * x], x).constants.values()] == [[1.0, 2.0]]
    assert kept.find([c, c * x], x, c).constants == {}


def test_threads_that_start_one_step_at_once_plan_it_once() -> None:
    x, _, b = chain()
    kept = Kept()
    together = threading.Barrier(6)

    def find() -> Any:
        together.wait(120)
        return kept.find(b, x)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        found = [future.result(120) for future in [pool.submit(find) for _ in range(6)]]
    assert len(set(map(id, found))) == 1 and len(kept.made) == 1


def test_changes_of_the_graph_reach_the_plans_that_use_them(tier: str) -> None:
    v = tf.Variable(1.0)
    up = v.assign_add(1.0)
    doubled = tf.multiply(v, 2.0)
    x = tf.placeholder(tf.float32, name="x")
    y = tf.identity(x)
    apart = tf.sin(3.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([doubled, up]) == [2.0, 2.0]
        assert sess.run(y, {x: [1.0, 2.0, 3.0]}).shape == (3,)
        kept = sess._calls.find(apart, ()).planned
        doubled.op._add_control_input(up.op)
        assert sess.run([doubled, up]) == [6.0, 3.0]
        x.set_shape([2])
        with pytest.raises(ValueError, match=r"Cannot feed value of shape \(3,\)"):
            sess.run(y, {x: [1.0, 2.0, 3.0]})
        assert sess._calls.find(apart, ()).planned is kept
        graph = tf.get_default_graph()
        graph.prevent_fetching(apart.op)
        with pytest.raises(ValueError, match="not fetchable"):
            sess.run(apart)
        graph.prevent_feeding(x)
        with pytest.raises(ValueError, match="may not be fed"):
            sess.run(y, {x: [1.0, 2.0]})
        with pytest.raises(ValueError, match="may not be fed"):
            sess.make_callable(y, [x])


def test_structures_that_change_between_runs_are_seen() -> None:
    class Structure(dict):
        """A kind of structure that is the program's own."""

    class Pair:
        def __init__(self, left: object, right: object) -> None:
            self.left, self.right = left, right

    register_session_run_conversion_functions(
        Pair, lambda pair: ([pair.left, pair.right], lambda values: tuple(values)))
    one, two = tf.constant(1.0), tf.constant(2.0)
    pair = Pair(one, two)
    mapping, kept = {"value": one}, Structure(value=one)
    nested = [one, [one]]
    with tf.Session() as sess:
        assert sess.run(pair) == (1.0, 2.0) and sess.run(mapping) == {"value": 1.0} and sess.run(nested) == [1.0, [1.0]]
        assert sess.run(kept) == {"value": 1.0}
        pair.left, mapping["value"], nested[1][0], kept["value"] = two, two, two, two
        mapping["more"] = one
        assert sess.run(pair) == (2.0, 2.0)
        assert sess.run({"pair": [pair]}) == {"pair": [(2.0, 2.0)]}
        assert sess.run(mapping) == {"value": 2.0, "more": 1.0}
        assert sess.run(nested) == [1.0, [2.0]]
        assert sess.run(kept) == {"value": 2.0} and isinstance(sess.run(kept), Structure)
