"""A plan that breaks a promise is found out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

import millpond as tf
from millpond.compiler.plan import Plan, make_plan, verify
from millpond.compiler.stage import Stage
from millpond.compiler.variable_order import Version
from millpond.graph.opdef import lookup


def stateful() -> tuple[Plan, tf.Operation]:
    """A device stage, a host stage that needs it, and one that writes a variable twice."""
    v = tf.Variable([1.0, 2.0], name="v")
    x = tf.placeholder(tf.float32, [2], name="x")
    before = tf.add(x, 1.0, name="before")
    middle = tf.py_func(lambda value: value * 2, [before], tf.float32, name="middle")
    middle.set_shape([2])
    first = v.assign_add(middle)
    with tf.control_dependencies([first]):
        second = v.assign_sub(tf.multiply(middle, 0.5))
    shape = tf.placeholder(tf.int32, [1], name="shape")
    with tf.control_dependencies([second]):
        reshaped = lookup("Reshape")(v, shape, name="reshaped")
    made = make_plan([reshaped, v.value()], [second.op], [x, shape], lambda op: "")
    assert [stage.on_host for stage in made.stages] == [False, True, False]
    verify(made)
    return made, v.op


def test_a_sound_plan_passes() -> None:
    made, v = stateful()
    last = made.stages[-1]
    assert [op.name for op in last.ops][-1] == "reshaped" and last.donates and last.writes == {v: 2}
    assert [stage.waits_for for stage in made.stages] == [set(), {0}, {0, 1}]
    assert made.uses >= {op for stage in made.stages for op in stage.ops} | {v}


def stage_with(made: Plan, name: str) -> Stage:
    return next(stage for stage in made.stages for op in stage.ops if op.name == name)


def twice(made: Plan) -> None:
    made.stages[-1].ops.append(made.stages[0].ops[0])


def no_wait(made: Plan) -> None:
    stage_with(made, "middle").waits_for.clear()


def waits_for_itself(made: Plan) -> None:
    made.stages[1].waits_for.add(1)


def computes_nothing(made: Plan) -> None:
    made.stages[-1].ops.append(made.stages[-1].ops[-1].graph.get_operation_by_name("v/read"))


def wrong_side(made: Plan) -> None:
    made.stages[1].device = "cpu"


def lost_output(made: Plan) -> None:
    made.stages[0].outputs.clear()


def wrong_entry(made: Plan) -> None:
    made.stages[-1].entry = {made.stages[-1].reads[0]: 1}


def wrong_number(made: Plan) -> None:
    made.stages[-1].writes = dict.fromkeys(made.stages[-1].writes, 1)


def given_away_early(made: Plan) -> None:
    made.stages[0].donates = True


def blocks_in_company(made: Plan) -> None:
    made.stages[-1].blocks = True


def unknown_static(made: Plan) -> None:
    made.stages[-1].static_inputs.clear()


def let_go_twice(made: Plan) -> None:
    made.stages[-1].last_uses.extend(made.stages[1].last_uses * 2)


def let_go_though_fetched(made: Plan) -> None:
    made.stages[-1].last_uses.append(next(key for key in made.keys.values() if isinstance(key, tf.Tensor)))


def never_made(made: Plan) -> None:
    stage_with(made, "reshaped").outputs.clear()


@pytest.mark.parametrize("broken, message", [
    (twice, "stands in two stages"),
    (no_wait, "'middle' .* does not wait for 'before'"),
    (waits_for_itself, "waits for itself or a later stage"),
    (computes_nothing, "'v/read' computes nothing"),
    (wrong_side, "'middle' stands on the wrong side"),
    (lost_output, "before:0 is not there"),
    (wrong_entry, "writes, and comes after"),
    (wrong_number, "writes of 'v' are out of order"),
    (given_away_early, "gives away what may have to be put back"),
    (blocks_in_company, "blocks, and holds several operations"),
    (unknown_static, "'reshaped' has a static operand 1"),
    (let_go_twice, "let go twice, or early"),
    (let_go_though_fetched, "let go twice, or early"),
    (never_made, "reshaped:0 is fetched, and nothing gives it"),
], ids=lambda value: getattr(value, "__name__", None))
def test_a_broken_promise_is_named(broken: Callable[[Plan], None], message: str) -> None:
    made, _ = stateful()
    broken(made)
    with pytest.raises(AssertionError) as caught:
        verify(made)
    assert re.search(message, str(caught.value))


def test_a_variable_that_is_only_fetched_is_read_at_the_end() -> None:
    v = tf.Variable(1.0, name="v")
    w = tf.Variable(1.0, name="w")
    up = w.assign_add(1.0)
    made = make_plan([v.op.outputs[0], w.op.outputs[0]], [up.op], [], lambda op: "")
    verify(made)
    assert made.variables_needed == [v.op]
    assert set(made.keys.values()) == {Version(v.op, 0), Version(w.op, 1)}
    assert [stage.preserved for stage in made.stages] == [[Version(w.op, 1)]]
