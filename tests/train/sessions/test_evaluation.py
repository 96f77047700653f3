"""A model is evaluated with the values of a checkpoint, some steps at a time, while it may still be trained."""

from __future__ import annotations

import logging
import pathlib
import threading
import time

import pytest

import millpond as tf
from millpond.train.saving.checkpoint_polling import wait_for_new_checkpoint
from millpond.train.sessions.evaluation import StopAfterNEvalsHook, evaluate_once, get_or_create_eval_step


def saved(folder: pathlib.Path, value: float, step: int = 0) -> str:
    """A checkpoint in which the variable `v` has a value."""
    with tf.Graph().as_default(), tf.Session() as session:
        v = tf.get_variable("v", initializer=value)
        session.run(v.initializer)
        return tf.train.Saver([v]).save(session, str(folder / "model"), step)


@pytest.mark.parametrize("form", ["one", "list", "dictionary"])
def test_a_checkpoint_is_evaluated_as_often_as_is_asked(tmp_path: pathlib.Path, form: str, tier: str) -> None:
    checkpoint = saved(tmp_path, 3.0)
    v = tf.get_variable("v", initializer=0.0)
    total = tf.get_local_variable("total", initializer=0.0)
    add, fed = total.assign_add(v), tf.placeholder(tf.float32)
    ops = {"one": add, "list": [add, fed * 2], "dictionary": {"sum": add, "fed": fed * 2}}[form]
    final = evaluate_once(
        checkpoint, eval_ops=ops, feed_dict={fed: 1.0}, final_ops={"total": total.value(), "fed": fed},
        final_ops_feed_dict={fed: 7.0}, hooks=[StopAfterNEvalsHook(4, log_progress=False)])
    assert final == {"total": 12.0, "fed": 7.0}


def test_without_ops_only_the_final_values_are_fetched(tmp_path: pathlib.Path) -> None:
    checkpoint = saved(tmp_path, 3.0)
    v = tf.get_variable("v", initializer=0.0)
    assert evaluate_once(checkpoint, final_ops=v * 2) == 6.0


@pytest.mark.parametrize(("evaluations", "logged"), [
    (2, ["1/2", "2/2"]), (45, [f"{n}/45" for n in (*range(4, 45, 4), 45)])])
def test_progress_is_logged_in_tenths(evaluations: int, logged: list[str], caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("millpond")
    logger.addHandler(caplog.handler)
    try:
        evaluate_once(None, eval_ops=tf.get_local_variable("n", initializer=0).assign_add(1),
                      hooks=[StopAfterNEvalsHook(evaluations)])
    finally:
        logger.removeHandler(caplog.handler)
    assert [line for line in caplog.messages if line.startswith("Evaluation [")] == [
        f"Evaluation [{one}]" for one in logged]


def test_the_count_of_evaluations_is_one_local_variable() -> None:
    step = get_or_create_eval_step()
    assert get_or_create_eval_step() is step
    assert step.op.name == "eval_step" and step.dtype.base_dtype == tf.int64
    assert tf.local_variables() == [step] and tf.global_variables() == []
    tf.add_to_collection(tf.GraphKeys.EVAL_STEP, tf.Variable(0, name="other"))
    with pytest.raises(ValueError, match="has 2: eval_step:0, other:0"):
        get_or_create_eval_step()


def test_each_new_checkpoint_is_seen_once_until_the_time_is_over(tmp_path: pathlib.Path) -> None:
    first = saved(tmp_path, 1.0, 1)
    seen, asked = [], []
    for checkpoint in tf.train.checkpoints_iterator(str(tmp_path), timeout=0,
                                                    timeout_fn=lambda: asked.append(1) or len(asked) > 1):
        seen.append(checkpoint)
        if len(seen) == 1:
            saved(tmp_path, 2.0, 2)  # passed over
            second = saved(tmp_path, 3.0, 3)
    assert seen == [first, second]
    assert len(asked) == 2


def test_a_checkpoint_that_comes_later_is_waited_for(tmp_path: pathlib.Path) -> None:
    writer = threading.Timer(0.1, saved, (tmp_path, 1.0, 7))
    writer.start()
    assert wait_for_new_checkpoint(str(tmp_path), seconds_to_sleep=0.05, timeout=20) == str(tmp_path / "model-7")
    writer.join()
    before = time.monotonic()
    assert wait_for_new_checkpoint(str(tmp_path), str(tmp_path / "model-7"), seconds_to_sleep=0.05, timeout=0.2) is None
    assert 0.1 < time.monotonic() - before < 5
