"""Checks of values (`assert_near`, `add_check_numerics_ops`) and of what is known while building."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

REFUSED = tf.errors.InvalidArgumentError


@pytest.mark.parametrize(("dtype", "near", "far"), [
    ("float16", 1.005, 1.02), ("bfloat16", 1.07, 1.2), ("float32", 1 + 1e-6, 1 + 1e-5),
    ("float64", 1 + 1e-15, 1 + 1e-12),
    ("complex64", 1 + 1e-6j, 1 + 1e-5j)])
def test_near_is_a_few_steps_of_the_dtype(dtype, near, far, tier):
    x = tf.placeholder(dtype, [2])
    check = tf.debugging.assert_near(x, tf.ones([2], dtype))
    array = tf.as_dtype(dtype).np_dtype
    with tf.Session() as sess:
        sess.run(check, {x: np.array([1, near]).astype(array)})
        with pytest.raises(REFUSED, match="not equal to tolerance"):
            sess.run(check, {x: np.array([1, far]).astype(array)})


def test_tolerances_are_strict_and_relative_to_the_second(tier):
    x, y = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.float32, [None])
    relative = tf.assert_near(x, y, rtol=0.6, atol=0.0)
    absolute = tf.assert_near(x, y, rtol=0.0, atol=tf.constant(0.5), message="too far")
    with tf.Session() as sess:
        sess.run(relative, {x: [1.0], y: [2.0]})
        sess.run(absolute, {x: [1.0], y: [1.25]})
        sess.run([relative, absolute], {x: [], y: []})
        for check, first, second in ((relative, 2.0, 1.0), (absolute, 1.0, 1.5), (absolute, np.nan, np.nan),
                                     (absolute, np.inf, np.inf)):
            with pytest.raises(REFUSED):
                sess.run(check, {x: [first], y: [second]})
        with pytest.raises(REFUSED, match="too far"):
            sess.run(absolute, {x: [1.0], y: [3.0]})


def test_near_is_for_floats_of_one_dtype():
    with pytest.raises(ValueError, match="floats"):
        tf.assert_near(tf.constant([1]), tf.constant([1]))
    with pytest.raises(ValueError):
        tf.assert_near(tf.constant([1.0], tf.float64), tf.constant([1.0]))


def test_all_floats_of_a_graph_are_checked_in_order(tier):
    x = tf.placeholder(tf.float32, [None], name="x")
    logs = tf.log(x, name="logs")
    tf.cast(logs, tf.float64, name="doubles")
    tf.constant([1], name="integers")
    checks = tf.add_check_numerics_ops()
    tf.divide(1.0, x, name="added_later")
    assert [op.name for op in checks.control_inputs] == ["CheckNumerics_2"]
    with tf.Session() as sess:
        assert sess.run([logs, checks], {x: [1.0]})[1] is None
        with pytest.raises(REFUSED, match="logs:0 : Tensor had Inf"):
            sess.run(checks, {x: [0.0, 1.0]})
        with pytest.raises(REFUSED, match="x:0 : Tensor had NaN"):
            sess.run(checks, {x: [np.nan]})


def test_a_graph_without_floats_has_nothing_to_check():
    tf.constant([1])
    assert tf.add_check_numerics_ops().type == "NoOp"
    assert len(tf.get_default_graph().get_operations()) == 2


@pytest.mark.parametrize("shape", [[2, 3], None])
def test_rank_in(shape, tier):
    x = tf.placeholder_with_default(np.zeros([2, 3], np.float32), shape)
    with tf.Session() as sess:
        for ranks in ((1, 2), [2], (2, 2), (tf.constant(2), 3), (tf.placeholder_with_default(2, []), 3)):
            sess.run(tf.debugging.assert_rank_in(x, ranks))
        for ranks in ((1,), (3, 4), (tf.constant(1), 3)):
            with pytest.raises(ValueError if shape else REFUSED, match="must have a rank in"):
                sess.run(tf.assert_rank_in(x, ranks))
        with pytest.raises(REFUSED):
            sess.run(tf.assert_rank_in(x, (tf.placeholder_with_default(1, []), 3)))
    with pytest.raises(TypeError):
        tf.assert_rank_in(x, (2.0,))


def test_scalars_and_integers():
    one = tf.constant(1)
    assert tf.assert_scalar(one) is one and tf.assert_integer(one).type == "NoOp"
    for shape in ([1], None):
        with pytest.raises(ValueError, match="Expected scalar shape"):
            tf.assert_scalar(tf.placeholder(tf.float32, shape))
    with pytest.raises(TypeError, match="integer type"):
        tf.assert_integer(1.0)


def test_proper_iterables():
    for proper in ([1], (1,), {1: 2}, (item for item in [1])):
        tf.assert_proper_iterable(proper)
    for improper in (tf.constant([1.0]), np.array([1]), "a", b"a", 5):
        with pytest.raises(TypeError, match="iterable"):
            tf.assert_proper_iterable(improper)


def test_the_float_dtype_that_tensors_share():
    one, double = tf.constant(1.0), tf.constant(1.0, tf.float64)
    same = tf.assert_same_float_dtype
    assert [same(), same([one, None]), same([double]), same(dtype=tf.float16)] == [
        tf.float32, tf.float32, tf.float64, tf.float16]
    for wrong in (lambda: same([one, double]), lambda: same([tf.constant(1)]), lambda: same([one], tf.float64)):
        with pytest.raises(ValueError):
            wrong()
