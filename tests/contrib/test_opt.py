"""`tf.contrib.opt`: the rules in NumPy, dense and by rows, and what wraps an optimizer."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf

opt = tf.contrib.opt
START = np.array([[1.0, -2.0], [0.5, 3.0], [-1.0, 0.25]])
GRADIENTS = [np.array([[0.5, -1.0], [0.0, 2.0], [0.0, 0.0]]), np.array([[-0.25, 1.0], [0.0, -1.0], [0.0, 0.0]]),
             np.array([[0.5, 0.5], [0.0, 1.0], [0.0, 0.0]])]
State = dict[str, Any]


def _adam(w: np.ndarray, g: np.ndarray, s: State, t: int, nesterov: bool = False) -> np.ndarray:
    s["m"] = 0.9 * s.get("m", 0.0) + 0.1 * g
    s["v"] = 0.999 * s.get("v", 0.0) + 0.001 * g**2
    ahead = 0.9 * s["m"] + 0.1 * g if nesterov else s["m"]
    return w - 0.1 * np.sqrt(1 - 0.999**t) / (1 - 0.9**t) * ahead / (np.sqrt(s["v"]) + 1e-8)


def _ada_max(w: np.ndarray, g: np.ndarray, s: State, t: int) -> np.ndarray:
    s["m"] = 0.9 * s.get("m", 0.0) + 0.1 * g
    s["v"] = np.maximum(0.999 * s.get("v", 0.0), np.abs(g))
    return w - 0.1 / (1 - 0.9**t) * s["m"] / (s["v"] + 1e-8)


def _momentum(w: np.ndarray, g: np.ndarray, s: State, t: int) -> np.ndarray:
    s["a"] = 0.9 * s.get("a", 0.0) + g
    return w - 0.1 * s["a"]


def _sign(scale: Callable[[np.ndarray], np.ndarray]) -> Callable[..., np.ndarray]:
    def rule(w: np.ndarray, g: np.ndarray, s: State, t: int) -> np.ndarray:
        s["m"] = 0.9 * s.get("m", 0.0) + 0.1 * g
        return w - 0.1 * scale(np.sign(g) * np.sign(s["m"])) * g

    return rule


def _lars(w: np.ndarray, g: np.ndarray, s: State, t: int) -> np.ndarray:
    rate = 0.5 * 0.1 * np.linalg.norm(w) / (np.linalg.norm(g) + 0.01 * np.linalg.norm(w))
    s["a"] = 0.9 * s.get("a", 0.0) + g + 0.01 * w
    return w - rate * s["a"]


RULES: dict[str, tuple[Callable[[], Any], Callable[..., np.ndarray]]] = {
    "AdamW": (lambda: opt.AdamWOptimizer(0.05, learning_rate=0.1), lambda w, g, s, t: _adam(0.95 * w, g, s, t)),
    "MomentumW": (lambda: opt.MomentumWOptimizer(0.05, 0.1, 0.9), lambda w, g, s, t: _momentum(0.95 * w, g, s, t)),
    "Nadam": (lambda: opt.NadamOptimizer(0.1), lambda w, g, s, t: _adam(w, g, s, t, nesterov=True)),
    "LazyAdam": (lambda: opt.LazyAdamOptimizer(0.1), _adam),
    "AdaMax": (lambda: opt.AdaMaxOptimizer(0.1), _ada_max),
    "PowerSign": (lambda: opt.PowerSignOptimizer(0.1, base=2.0), _sign(lambda agreement: 2.0**agreement)),
    "AddSign": (lambda: opt.AddSignOptimizer(0.1, alpha=1.5), _sign(lambda agreement: 1.5 + agreement)),
    "LARS": (lambda: opt.LARSOptimizer(0.5, weight_decay=0.01, eeta=0.1), _lars),
}


@pytest.mark.parametrize("name", RULES)
def test_dense_steps(name: str, tier: str) -> None:
    make, rule = RULES[name]
    variable, fed = tf.Variable(START), tf.placeholder(tf.float64, [3, 2])
    step = make().apply_gradients([(fed, variable)])
    expected, state = START, {}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for t, gradient in enumerate(GRADIENTS, 1):
            sess.run(step, {fed: gradient})
            expected = rule(expected, gradient, state, t)
        np.testing.assert_allclose(sess.run(variable), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["AdamW", "MomentumW", "Nadam", "LazyAdam", "AdaMax", "PowerSign", "AddSign"])
def test_steps_of_rows(name: str) -> None:
    """A row that is named twice counts once, with the sum; rows that are not named stay, but for what Adam moves."""
    make, rule = RULES[name]
    variable, fed = tf.Variable(START), tf.placeholder(tf.float64, [3, 2])
    slices = tf.IndexedSlices(tf.concat([fed[:2], 0.5 * fed[:1], -0.5 * fed[:1]], 0), tf.constant([0, 1, 0, 0]),
                              tf.constant([3, 2]))
    step = make().apply_gradients([(slices, variable)])
    expected, state = START[:2], {}
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for t, gradient in enumerate(GRADIENTS, 1):
            sess.run(step, {fed: gradient})
            expected = rule(expected, gradient[:2], state, t)
        found = sess.run(variable)
    np.testing.assert_allclose(found[:2], expected, rtol=1e-6)
    np.testing.assert_array_equal(found[2], START[2])


def test_only_the_variables_of_a_list_decay() -> None:
    a, b = tf.Variable(2.0), tf.Variable(2.0)
    Decaying = opt.extend_with_decoupled_weight_decay(tf.train.GradientDescentOptimizer)
    step = Decaying(weight_decay=0.5, learning_rate=1.0).minimize(a + b, decay_var_list=[a])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step)
        assert sess.run([a, b]) == [0.0, 1.0]


def test_signs_that_decay_need_the_global_step() -> None:
    variable, step = tf.Variable(1.0), tf.train.get_or_create_global_step()
    optimizer = opt.AddSignOptimizer(
        1.0, alpha=0.0, sign_decay_fn=lambda step: tf.maximum(0.0, 1.0 - tf.cast(step, tf.float32) / 2.0))
    with pytest.raises(ValueError, match="global_step"):
        optimizer.minimize(variable)
    train = optimizer.minimize(variable, global_step=step)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        values = []
        for _ in range(3):
            sess.run(train)
            values.append(float(sess.run(variable)))
    assert values == [0.0, -0.5, -0.5]


def test_averages_are_saved_in_place_of_variables(tmp_path: pathlib.Path) -> None:
    variable = tf.Variable(2.0, name="x")
    optimizer = opt.MovingAverageOptimizer(tf.train.GradientDescentOptimizer(1.0), average_decay=0.5)
    with pytest.raises(RuntimeError, match="before creating the swapping_saver"):
        optimizer.swapping_saver()
    step = optimizer.minimize(variable)
    saver = optimizer.swapping_saver()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step)
        assert sess.run(variable) == 1.0
        path = saver.save(sess, str(tmp_path / "model"))
    assert tf.contrib.framework.load_variable(path, "x") == 1.5
    assert tf.contrib.framework.load_variable(path, "x/ExponentialMovingAverage") == 1.0


def test_norms_of_rows_are_limited_where_rows_are_updated() -> None:
    table = tf.Variable(3.0 * np.ones([3, 4]))
    loss = tf.reduce_sum(tf.nn.embedding_lookup(table, [1]))
    optimizer = opt.VariableClippingOptimizer(tf.train.GradientDescentOptimizer(0.0), {table: [1]}, 1.0)
    step = optimizer.minimize(loss)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step)
        np.testing.assert_allclose(np.linalg.norm(sess.run(table), axis=1), [6.0, 1.0, 6.0])


def test_a_task_without_gradients_rests(tier: str) -> None:
    a, b = tf.Variable(1.0), tf.Variable([1.0, 1.0])
    on = tf.placeholder(tf.float32, [])
    optimizer = opt.MultitaskOptimizerWrapper(tf.train.MomentumOptimizer(0.5, 0.5))
    step = optimizer.apply_gradients([(tf.constant(1.0), a), (on * tf.constant([1.0, 0.0]), b)])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for value in (1.0, 0.0, 0.0, 1.0):
            sess.run(step, {on: value})
        found = sess.run(b)
        assert sess.run(a) < -1.5
    np.testing.assert_allclose(found, [1.0 - 0.5 - 0.75, 1.0])
    clipped = opt.clip_gradients_by_global_norm([(tf.constant([3.0, 4.0]), a)], 1.0)
    np.testing.assert_allclose(tf.Session().run(clipped[0][0]), [0.6, 0.8], rtol=1e-6)


def test_scipy_finds_minima_with_bounds_and_constraints() -> None:
    x, y = tf.Variable([7.0, 7.0]), tf.Variable(1.0, dtype=tf.float64)
    loss = tf.reduce_sum(tf.square(x - [1.0, 5.0])) + tf.cast(tf.square(y - 2.0), tf.float32)
    with pytest.raises(ValueError, match="what is not optimized"):
        opt.ScipyOptimizerInterface(loss, [x], var_to_bounds={y: (0.0, 1.0)})
    losses: list[float] = []
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        opt.ScipyOptimizerInterface(loss, [x], var_to_bounds={x: ([2.0, -np.inf], np.inf)}).minimize(
            sess, fetches=[loss], loss_callback=losses.append)
        np.testing.assert_allclose(sess.run(x), [2.0, 5.0], atol=1e-3)
        assert sess.run(y) == 1.0 and losses[0] == 41.0 and losses[-1] < 2.1
        opt.ScipyOptimizerInterface(loss, [x], equalities=[x[0] + x[1] - 2.0], inequalities=[x[0] - 0.5]).minimize(sess)
        np.testing.assert_allclose(sess.run(x), [0.5, 1.5], atol=1e-3)
        with pytest.raises(ValueError, match="SLSQP only"):
            opt.ScipyOptimizerInterface(loss, [x], equalities=[x[0]], method="CG").minimize(sess)
