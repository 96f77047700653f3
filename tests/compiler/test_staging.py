"""In which stage each operation stands, and what waits for what."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import millpond as tf
from millpond.compiler import staging
from millpond.compiler.plan import Plan, make_plan, verify
from millpond.graph.opdef import lookup


def plan(fetches: list[tf.Tensor], feeds: list[tf.Tensor] | None = None, targets: list[tf.Operation] | None = None,
         devices: dict[str, str] | None = None) -> Plan:
    made = make_plan(fetches, targets or [], feeds or [], lambda op: (devices or {}).get(op.name, ""))
    verify(made)
    return made


def names(made: Plan) -> list[list[str]]:
    return [[op.name for op in stage.ops] for stage in made.stages]


def test_stages_of_the_device_come_before_those_of_the_host_at_one_level() -> None:
    """The device works while the host does."""
    x = tf.placeholder(tf.float32, [2], name="x")
    on_host = tf.py_func(lambda v: v, [x], tf.float32, name="host")
    on_device = tf.square(x, name="device")
    assert names(plan([on_host, on_device], [x])) == [["device"], ["host"]]
    # What may block begins before what does not.
    at_once = tf.string_join(["a", "b"], name="at_once")
    assert names(plan([at_once, on_host, on_device], [x])) == [["device"], ["host"], ["at_once"]]
    v = tf.Variable(["a"], name="v", dtype=tf.string)
    written = v.assign(["b"])
    made = plan([on_host, on_device], [x], [written.op])
    assert names(made) == [["device"], ["host"], [written.op.name]]
    # A failure of what comes before would have to undo the write: it waits for all of it.
    assert [stage.waits_for for stage in made.stages] == [set(), set(), {0, 1}]


def test_devices_that_do_not_wait_for_one_another_have_stages_of_their_own() -> None:
    x = tf.placeholder(tf.float32, [2], name="x")
    a, b = tf.square(x, name="a"), tf.negative(x, name="b")
    both = tf.add(a, b, name="both")
    made = plan([both], [x], devices={"a": "d0", "b": "d1", "both": "d1"})
    assert names(made) == [["a"], ["b"], ["both"]]
    assert [stage.waits_for for stage in made.stages] == [set(), set(), {0, 1}]
    assert [stage.device for stage in made.stages] == ["d0", "d1", "d1"]
    assert made.stages[0].overlaps
    assert not made.blocks


def test_two_writes_of_one_variable_stand_in_their_order(tier: str) -> None:
    """Through the host and back, so that each write has a stage of its own."""
    v = tf.Variable(1.0, name="v")
    first = v.assign_add(1.0)
    through_host = tf.py_func(lambda value: np.float32(value * 10.0), [first], tf.float32)
    through_host.set_shape([])
    second = tf.assign(v, through_host)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(second) == 20.0
        assert sess.run(v) == 20.0
        sess.run(second.op)
        assert sess.run(v) == 210.0
    made = plan([], [], [second.op])
    assert [dict(stage.writes) for stage in made.stages] == [{v.op: 1}, {}, {v.op: 2}]


@pytest.mark.parametrize("devices", [("d0", "d1"), ("d1", "d0"), ("d1", "d0", "d1"), ("d0", "d0", "d1", "d0")])
def test_unordered_writes_on_several_devices_follow_each_other(devices: tuple[str, ...]) -> None:
    """Also where a device has work of another kind to do first, so that its stage comes early."""
    v, other = tf.Variable([1.0], name="v"), tf.Variable([1.0], name="other")
    early = other.assign_add([1.0])
    writes = [v.assign_add([float(number)]).op for number in range(len(devices))]
    places = {write.name: device for write, device in zip(writes, devices, strict=True)} | {early.op.name: devices[-1]}
    made = plan([], [], [early.op, *writes], devices=places)
    assert [name for names_ in names(made) for name in names_ if name != early.op.name] == [op.name for op in writes]
    homes = [stage.index for write in writes for stage in made.stages if write in stage.ops]
    for (before, device), (after, next_device) in itertools.pairwise(zip(homes, devices, strict=True)):
        assert after > before if device != next_device else after >= before


def test_a_shape_that_a_variable_has_after_a_write_begins_a_stage(tier: str) -> None:
    x = tf.placeholder(tf.float32, [6], name="x")
    v = tf.Variable([6, 1], name="v", dtype=tf.int32)
    write = v.assign([2, 3])
    with tf.control_dependencies([write]):
        after = lookup("Reshape")(x, v, name="after")
    made = plan([after], [x])
    assert names(made) == [[write.op.name], ["after"]]
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(after, {x: np.arange(6)}).shape == (2, 3)
        sess.run(v.assign([3, 2]))
        assert sess.run(after, {x: np.arange(6)}).shape == (2, 3)


def test_a_shape_that_is_computed_from_values_begins_a_stage(tier: str) -> None:
    x = tf.placeholder(tf.float32, [6], name="x")
    count = tf.cast(tf.reduce_sum(x), tf.int32, name="count")
    y = tf.fill(tf.stack([count, 2]), 1.0)
    with tf.Session() as sess:
        assert sess.run(y, {x: [1, 0, 0, 0, 0, 2]}).shape == (3, 2)
        assert sess.run(y, {x: [1, 0, 0, 0, 0, 0]}).shape == (1, 2)
    # The feed is a value that the compiler knows, a variable's is read before.
    assert len(plan([y], [x]).stages) == 1
    v = tf.Variable([1.0, 2.0])
    rows = tf.fill(tf.stack([tf.cast(tf.reduce_sum(v), tf.int32), 2]), 1.0)
    assert len(plan([rows]).stages) == 2


def test_long_stages_are_cut_into_pieces_that_wait_for_one_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "MAX_STAGE_OPS", 4)
    x = tf.placeholder(tf.float32, [], name="x")
    y = x
    for number in range(10):
        y = tf.negative(y, name=f"n{number}")
    made = plan([y], [x])
    assert sum(names(made), []) == [f"n{number}" for number in range(10)]
    assert [len(stage.ops) for stage in made.stages] == [4, 4, 2]
    assert [stage.waits_for for stage in made.stages] == [set(), {0}, {1}]
    with tf.Session() as sess:
        assert sess.run(y, {x: 3.0}) == 3.0


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
