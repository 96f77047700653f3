"""What `MILLPOND_DEBUG` makes the compiler say."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import millpond as tf
from millpond.compiler import debug


def test_the_plan_and_what_is_compiled_are_said_while_switched_on(compiled: None, capfd: pytest.CaptureFixture[str]
                                                                         ) -> None:
    x = tf.placeholder(tf.float32, [2], name="x")
    y = tf.square(x, name="y")
    with tf.Session() as sess:
        with debug.Debug("plan", "stages"):
            sess.run(y, {x: [1.0, 2.0]})
        said = capfd.readouterr().err
        sess.run(tf.square(y), {x: [1.0, 2.0]})
        assert "[millpond]" not in capfd.readouterr().err
    plan, _, compiled = said.partition("[millpond] compiled ")
    assert plan.startswith("[millpond] plan\n  {'stage': 0, ") and "'ops': ['y'], 'in': ['x:0'], 'out': ['y:0']" in plan
    assert "<stage 0 on " in compiled and "for float32[2]" in compiled


def test_topics_nest_and_end_with_their_block() -> None:
    outside = debug.enabled("plan")
    assert not outside and not debug.enabled("hlo")
    with debug.Debug("plan"):
        with debug.Debug("hlo"):
            assert debug.enabled("plan") and debug.enabled("hlo") and not debug.enabled("stages")
        assert debug.enabled("plan") and not debug.enabled("hlo")
    assert not debug.enabled("plan")


def test_what_is_said_is_not_worked_out_for_nobody() -> None:
    debug.note("plan", lambda: pytest.fail("nobody listens"))


def test_an_unknown_topic_is_refused_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"unknown debug topics \['plans'\]; there are .*'plan', 'stages', 'hlo'"):
        debug.Debug("plans", "hlo")


@pytest.mark.slow
def test_the_environment_switches_topics_on(run_program: Callable[..., str]) -> None:
    program = "from millpond.compiler import debug; print(*filter(debug.enabled, debug.TOPICS))"
    for value, expected in (("stages,hlo", "stages hlo"), ("", ""), ("plan", "plan"), ("verify", "verify")):
        assert run_program(program, MILLPOND_DEBUG=value).strip() == expected
