"""From what a kernel or a device reports to an error that says what happened, and where."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf
from millpond.compiler import failures
from millpond.compiler.plan import make_plan
from millpond.compiler.stage import Stage


@pytest.fixture
def stage() -> Stage:
    x = tf.placeholder(tf.float32, [1000, 250], name="x")
    y = tf.square(x, name="y")  # 1 MB
    z = tf.reduce_sum(y, axis=1, name="z")  # 4 KB
    n = tf.cast(z, tf.int32, name="n")
    unknown = tf.placeholder(tf.float32, [None], name="unknown")
    open_ended = tf.square(unknown, name="open")
    (made,) = make_plan([n, open_ended], [], [x, unknown], lambda op: "").stages
    return made


def test_exhausted_memory_names_the_largest_tensors_first(stage: Stage) -> None:
    error = failures.exhausted(stage, {}, MemoryError("cannot allocate 4 TB"), stage.ops[0])
    assert isinstance(error, tf.errors.ResourceExhaustedError) and error.op is stage.ops[0]
    assert "Out of memory in 'y' (Square): cannot allocate 4 TB." in error.message
    assert "The largest tensors there are 'y:0' float32[1000, 250] of 1.0 MB, " in error.message
    assert error.message.index("'y:0'") < error.message.index("'z:0' float32[1000] of 4.0 KB")
    assert "'open:0'" not in error.message and error.message.endswith("Smaller batches need less.")


def test_shapes_that_a_run_had_count_more_than_static_ones(stage: Stage) -> None:
    open_ended = next(op.outputs[0] for op in stage.ops if op.name == "open")
    error = failures.exhausted(stage, {open_ended: (3_000_000_000,)}, MemoryError())
    assert "The largest tensors there are 'open:0' float32[3000000000] of 12.0 GB, 'y:0'" in error.message
    assert f"Out of memory in {stage!r}: MemoryError." in error.message and error.op is None
    huge = failures.exhausted(stage, {open_ended: (10 ** 13,)}, MemoryError())
    assert "of 40000.0 GB" in huge.message


def test_no_more_than_four_tensors_are_named() -> None:
    x = tf.placeholder(tf.float32, [100], name="x")
    made = [tf.multiply(x, float(i), name=f"y{i}") for i in range(6)]
    (stage,) = make_plan(made, [], [x], lambda op: "").stages
    assert failures.exhausted(stage, {}, MemoryError()).message.count("of 400 bytes") == 4


def test_a_stage_of_no_known_sizes_says_nothing_of_them() -> None:
    x = tf.placeholder(tf.float32, None, name="x")
    (stage,) = make_plan([tf.square(x)], [], [x], lambda op: "").stages
    assert "largest" not in failures.exhausted(stage, {}, MemoryError()).message


@pytest.mark.parametrize("text", ["RESOURCE_EXHAUSTED: 7 bytes", "Out of memory allocating 7 bytes", "out of memory"])
def test_a_device_without_memory_is_recognized(stage: Stage, text: str) -> None:
    assert isinstance(failures.device_error(stage, {}, RuntimeError(text)), tf.errors.ResourceExhaustedError)


def test_any_other_failure_of_a_device_is_internal_and_one_line(stage: Stage) -> None:
    error = failures.device_error(stage, {}, RuntimeError("INTERNAL: it broke\nat line 7\nat line 9"))
    assert isinstance(error, tf.errors.InternalError)
    assert error.message == f"The device failed while running {stage!r}: INTERNAL: it broke."
    assert failures.device_error(stage, {}, RuntimeError("It broke.")).message.endswith(": It broke.")


def test_a_note_is_added_to_the_same_error() -> None:
    error = tf.errors.InternalError(None, None, "It broke.")
    assert failures.with_note(error, "") is error
    noted = failures.with_note(error, failures.loss_note(["a", "b", "a"]))
    assert type(noted) is tf.errors.InternalError
    assert noted.message == ("It broke. The variables ['a', 'b'] had been handed to the device and are lost; restore "
                             "them.")
    assert failures.loss_note([]) == ""


def test_a_misfit_names_the_node_and_what_it_was_given() -> None:
    op = tf.square(tf.placeholder(tf.float32), name="y").op
    error = failures.located(ValueError("shapes differ"), op, [np.zeros([2, 3], np.float32), None, [np.int64(3)]])
    assert isinstance(error, tf.errors.InvalidArgumentError) and error.op is op
    assert error.message.startswith("shapes differ [given float32[2,3], a variable, [int64[]]]")
    assert "[given nothing]" in failures.located(ValueError("bad"), op, []).message


def test_an_error_that_names_its_node_already_is_kept() -> None:
    op = tf.square(tf.placeholder(tf.float32), name="y").op
    own = tf.errors.OutOfRangeError(op.node_def, None, "the end")
    assert failures.located(own, tf.no_op(), []) is own
    own = tf.errors.OutOfRangeError(None, op, "the end")
    assert failures.located(own, tf.no_op(), []) is own
    placed = failures.located(tf.errors.OutOfRangeError(None, None, "the end"), op, [])
    assert type(placed) is tf.errors.OutOfRangeError and placed.op is op and placed.node_def.name == "y"
