"""Stages: where operations stand, what waits for what, and when a variable is written."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import millpond as tf
from millpond.compiler import plan as planning
from millpond.compiler.plan import Plan, make_plan
from millpond.compiler.schedule import schedule
from millpond.graph.effects import Effects, effects_of
from millpond.graph.opdef import lookup


def plan(fetches, feeds=(), targets=()) -> Plan:
    made = make_plan(fetches, list(targets), list(feeds), lambda op: op.device)
    planning.verify(made)
    return made


def names(made: Plan) -> list[list[str]]:
    return [[op.name for op in stage.ops] for stage in made.stages]


def test_a_step_beside_summaries_writes_last_and_gives_its_buffers_away() -> None:
    x = tf.placeholder(tf.float32, [None])
    w = tf.Variable(2.0, name="w")
    loss = tf.reduce_sum(tf.square(w * x))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    summary = tf.summary.scalar("loss", loss)
    made = plan([summary], [x], [train])
    assert [stage.on_host for stage in made.stages] == [False, True, False]
    assert [bool(stage.writes) for stage in made.stages] == [False, False, True]
    assert [stage.donates for stage in made.stages] == [False, False, True]
    assert [op.type for op in made.stages[2].ops] == ["ApplyGradientDescent"]
    assert made.stages[2].waits_for == {0, 1}


def test_a_summary_that_waits_for_the_step_comes_after_it() -> None:
    x = tf.placeholder(tf.float32, [])
    w = tf.Variable(2.0)
    train = w.assign_add(x)
    with tf.control_dependencies([train]):
        summary = tf.summary.scalar("w", w.read_value())
    made = plan([summary], [x])
    assert [stage.on_host for stage in made.stages] == [False, True]
    assert not any(stage.donates for stage in made.stages if stage.writes)


def test_a_cut_group_has_its_writes_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("millpond.compiler.staging.MAX_STAGE_OPS", 10)
    w = tf.Variable(1.0)
    up = w.assign_add(1.0)
    y = tf.placeholder_with_default(1.0, [])
    for _ in range(25):
        y = tf.sin(y)
    made = plan([y, up])
    assert [bool(stage.writes) for stage in made.stages] == [False, False, True]


def test_what_blocks_has_a_stage_of_its_own_and_others_do_not_wait() -> None:
    x = tf.placeholder(tf.float32, [])
    first = tf.py_func(lambda v: v, [x], tf.float32, name="first")
    second = tf.py_func(lambda v: v, [x], tf.float32, name="second")
    apart = tf.sin(x, name="apart")
    both = tf.add(first, second, name="both")
    made = plan([both, apart], [x])
    by_name = {stage.ops[-1].name: stage for stage in made.stages}
    assert made.blocks and by_name["first"].blocks and by_name["second"].blocks
    assert by_name["first"].waits_for == by_name["second"].waits_for == by_name["apart"].waits_for == set()
    assert by_name["both"].waits_for == {by_name["first"].index, by_name["second"].index}


def test_writing_text_stands_apart_from_what_computes_it() -> None:
    """What writes runs under the lock of the store."""
    text = tf.Variable("a")
    write = text.assign(tf.string_join(["b", "c"]))
    made = plan([write])
    assert [bool(stage.writes) for stage in made.stages] == [False, True]


def test_writes_of_one_variable_keep_their_order_across_stages(tier: str) -> None:
    v = tf.Variable(1.0)
    first = v.assign_add(1.0)
    with tf.control_dependencies([first]):
        gate = tf.py_func(lambda: np.float32(3.0), [], tf.float32)
    second = v.assign(v.read_value() * 0.0 + gate)
    third = v.assign_sub(gate)
    plan([second, third])
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run([second.op, third.op])
        assert sess.run(v) == 0.0


def test_a_shape_from_a_variable_that_was_just_written(tier: str) -> None:
    x = tf.placeholder(tf.float32)
    v = tf.Variable([2, 3])
    with tf.control_dependencies([v.assign([3, 2])]):
        y = lookup("Reshape")(x, v.read_value())
    assert len(plan([y], [x]).stages) > 1
    with tf.Session() as sess:
        for _ in range(2):
            sess.run(v.initializer)
            assert sess.run(y, {x: np.arange(6)}).shape == (3, 2)


def test_the_schedule_moves_updates_behind_assignments_alone() -> None:
    v, w = tf.Variable(1.0, name="v"), tf.Variable(1.0, name="w")
    up_v = tf.assign_add(v, 1.0, name="up_v")
    up_w = tf.assign_add(w, 1.0, name="up_w")
    set_v = tf.assign(v, 5.0, name="set_v")
    order = [up_v.op, up_w.op, set_v.op]
    needed = [tensor.op for op in order for tensor in op.inputs]
    by_creation = sorted({*needed, *order}, key=lambda op: op.id)
    moved = [op.name for op in schedule(by_creation, ()) if op in order]
    assert moved.index("set_v") < moved.index("up_v")
    assert schedule([op for op in by_creation if op is not set_v.op], ()) == [
        op for op in by_creation if op is not set_v.op]


def test_assignments_that_wait_for_each_others_updates_still_run(tier: str) -> None:
    """A circle of wishes, not of dependencies: something has to give way, and all of it runs."""
    v, w = tf.Variable(1.0), tf.Variable(1.0)
    up_v, up_w = v.assign_add(1.0), w.assign_add(1.0)
    with tf.control_dependencies([up_v]):
        set_w = w.assign(10.0)
    with tf.control_dependencies([up_w]):
        set_v = v.assign(20.0)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run([set_w.op, set_v.op])
        assert sess.run([v, w]) in ([20.0, 11.0], [21.0, 10.0], [20.0, 10.0])


@pytest.mark.parametrize("kind", ["reference", "resource"])
def test_updates_and_assignments_of_both_kinds_of_variables(kind: str, tier: str) -> None:
    v = tf.get_variable("v", initializer=[1.0, 2.0], use_resource=kind == "resource")
    rows = tf.scatter_add(v, [0], [10.0])
    clip = tf.assign(v, tf.minimum(v, 1.0))
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run([rows, clip])
        assert sess.run(v).tolist() == [11.0, 1.0]
        assert sess.run([v, tf.group(rows, clip)])[0].tolist() == [11.0, 1.0]


def test_effects_of_plain_nodes() -> None:
    v = tf.Variable(1.0)
    text = tf.placeholder(tf.string)
    assert effects_of(v.assign(2.0).op) == Effects(writes=(0,))
    assert effects_of(v.assign_add(2.0).op) == Effects(reads=(0,), writes=(0,))
    assert effects_of(tf.random_uniform([2]).op).draws and not effects_of(tf.sin(1.0).op).draws
    assert effects_of(tf.py_func(lambda: 1.0, [], tf.float64).op).blocks
    assert effects_of(tf.identity(text).op).host and not effects_of(tf.identity(v).op).host
    assert effects_of(tf.gather([1.0], tf.placeholder(tf.int32)).op).guarded


def test_threads_that_start_one_step_at_once_compile_it_once(capsys: pytest.CaptureFixture[str],
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLPOND_TIER", "compiled")
    monkeypatch.setattr("millpond.compiler.debug._active", frozenset({"stages", "plan", "verify"}))
    x = tf.placeholder(tf.float32, [None, 8])
    w = tf.Variable(tf.ones([8, 8]))
    loss = tf.reduce_sum(tf.matmul(x, w))
    train = tf.train.AdamOptimizer().minimize(loss)
    together = threading.Barrier(6)
    failures: list[BaseException] = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        capsys.readouterr()

        def work() -> None:
            try:
                together.wait(60)
                sess.run([train, loss], {x: np.ones([4, 8])})
            except (tf.errors.OpError, RuntimeError) as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures
    said = capsys.readouterr().err
    assert said.count("compiled") == 1 and said.count("[millpond] plan") == 1
