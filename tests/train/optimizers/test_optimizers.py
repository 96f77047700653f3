"""One table over every optimizer: the steps that TensorFlow takes, convergence, look-ups, slots and names."""

from __future__ import annotations

import pathlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import millpond as tf

START = [1.0, -2.0, 3.0]
CURVATURE = [1.0, 2.0, 0.5]


class Row(NamedTuple):
    """An optimizer, and what TensorFlow makes of START in three steps on `sum(CURVATURE * v**2) / 2`.

    `slots` are the slots by name, each with the name of its variable and its value after the three steps;
    `rests` is how near to zero 300 further steps come.
    """

    name: str
    make: Callable[[], Any]
    values: list[float]
    slots: dict[str, tuple[str, list[float]]]
    rests: float = 1e-3


def _step() -> Any:
    return tf.train.get_or_create_global_step()


TABLE = [
    Row("GradientDescent", lambda: tf.train.GradientDescentOptimizer(0.1), [0.729, -1.024, 2.572125], {}),
    Row("Momentum", lambda: tf.train.MomentumOptimizer(0.1, 0.9), [0.486, -0.124, 2.1941249],
        {"momentum": ("v/Momentum", [2.34, -7.96, 3.78375])}),
    Row("Momentum", lambda: tf.train.MomentumOptimizer(0.1, 0.9, use_nesterov=True),
        [0.327321, 0.216704, 1.8943877], {"momentum": ("v/Momentum", [2.1141, -6.3616, 3.604537])}),
    Row("Adam", lambda: tf.train.AdamOptimizer(0.1), [0.7015874, -1.7006245, 2.7003827],
        {"m": ("v/Adam", [0.242041, -1.026034, 0.392005]),
         "v": ("v/Adam_1", [0.002448, 0.043355, 0.006306])}),
    Row("Adam", lambda: tf.train.AdamOptimizer(0.05, beta1=0.8, beta2=0.9, epsilon=0.1),
        [0.8800488, -1.8588867, 2.8712032],
        {"m": ("v/Adam", [0.466232, -1.899749, 0.720236]),
         "v": ("v/Adam_1", [0.249218, 4.123858, 0.591703])}),
    Row("Adagrad", lambda: tf.train.AdagradOptimizer(0.3), [0.4267125, -1.3577932, 2.3510845],
        {"accumulator": ("v/Adagrad", [1.906922, 36.756027, 5.753632])}),
    Row("AdagradDA", lambda: tf.train.AdagradDAOptimizer(
            0.3, _step(), l1_regularization_strength=0.05, l2_regularization_strength=0.1),
        [-0.106061, 0.1998603, -0.2006202],
        {"gradient_accumulator": ("v/AdagradDA", [0.568729, -2.930568, 1.242584]),
         "gradient_squared_accumulator": ("v/AdagradDA_1", [1.197711, 16.67716, 2.38335])}),
    Row("Adadelta", lambda: tf.train.AdadeltaOptimizer(1.0, rho=0.9, epsilon=1e-3),
        [0.7124387, -1.7017306, 2.6993623],
        {"accum": ("v/Adadelta", [0.218567, 3.891635, 0.567436]),
         "accum_update": ("v/Adadelta_1", [0.002478, 0.002676, 0.002722])}),
    Row("RMSProp", lambda: tf.train.RMSPropOptimizer(0.1, momentum=0.5), [0.6104224, -1.131669, 2.4402931],
        {"momentum": ("v/RMSProp_1", [0.14871, -0.30131, 0.218002]),
         "rms": ("v/RMSProp", [0.940528, 3.945118, 1.271772])}, rests=0.1),
    Row("RMSProp", lambda: tf.train.RMSPropOptimizer(0.1, decay=0.8, centered=True, epsilon=0.01),
        [0.7069795, -1.4352232, 2.5929954],
        {"mg": ("v/RMSProp_1", [0.432026, -1.723113, 0.693654]),
         "momentum": ("v/RMSProp_2", [0.094379, -0.166875, 0.134485]),
         "rms": ("v/RMSProp", [0.897593, 6.645954, 1.499445])}),
    Row("Ftrl", lambda: tf.train.FtrlOptimizer(
            0.5, l1_regularization_strength=0.01, l2_regularization_strength=0.02),
        [0.0627044, -0.8595109, 1.4050517],
        {"accum": ("v/Ftrl", [1.158627, 27.734562, 3.864854]),
         "linear": ("v/Ftrl_1", [-0.147498, 9.09737, -5.59065])}),
    Row("Ftrl", lambda: tf.train.FtrlOptimizer(
            0.5, learning_rate_power=-0.3, l2_shrinkage_regularization_strength=0.1),
        [-0.0122423, -0.1750071, 0.5601399],
        {"accum": ("v/Ftrl", [1.105779, 18.005484, 2.754622]),
         "linear": ("v/Ftrl_1", [0.025234, 0.833119, -1.518256])}),
    Row("ProximalGradientDescent", lambda: tf.train.ProximalGradientDescentOptimizer(
            0.1, l1_regularization_strength=0.1, l2_regularization_strength=0.05),
        [0.6913329, -0.9846165, 2.5056787], {}),
    Row("ProximalAdagrad", lambda: tf.train.ProximalAdagradOptimizer(0.3, l1_regularization_strength=0.01),
        [0.4205193, -1.3561037, 2.3466051],
        {"accumulator": ("v/ProximalAdagrad", [1.897674, 36.730568, 5.746794])}),
]
IDS = [f"{i}-{row.name}" for i, row in enumerate(TABLE)]
every_optimizer = pytest.mark.parametrize("row", TABLE, ids=IDS)


def _bowl(v: Any) -> Any:
    return tf.reduce_sum(tf.constant(CURVATURE) * v * v) / 2


def _run(session: Any, step: Any, times: int) -> None:
    for _ in range(times):
        session.run(step)


@every_optimizer
def test_three_steps_are_those_of_tensorflow(row: Row, tier: str) -> None:
    v = tf.Variable(START, name="v")
    optimizer = row.make()
    step = optimizer.minimize(_bowl(v), global_step=_step())
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        _run(session, step, 3)
        np.testing.assert_allclose(session.run(v), row.values, rtol=1e-5, atol=1e-6)
        for name, (_, values) in row.slots.items():
            np.testing.assert_allclose(session.run(optimizer.get_slot(v, name)), values, rtol=1e-4, atol=1e-6)
        assert tf.train.global_step(session, _step()) == 3


@every_optimizer
def test_it_finds_the_bottom_of_a_bowl(row: Row) -> None:
    v = tf.Variable(START, name="v")
    step = row.make().minimize(_bowl(v), global_step=_step())
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        _run(session, step, 303)
        assert np.abs(session.run(v)).max() < row.rests


@every_optimizer
def test_training_resumes_in_the_middle_bit_for_bit(row: Row, tier: str, tmp_path: pathlib.Path) -> None:
    def build() -> tuple[Any, Any]:
        v = tf.Variable(START, name="v")
        return row.make().minimize(_bowl(v), global_step=_step()), tf.train.Saver()

    def state(session: Any) -> dict[str, np.ndarray]:
        return {variable.name: session.run(variable) for variable in tf.global_variables()}

    with tf.Graph().as_default(), tf.Session() as session:
        step, saver = build()
        session.run(tf.global_variables_initializer())
        _run(session, step, 5)
        path = saver.save(session, str(tmp_path / "middle"))
        _run(session, step, 5)
        straight = state(session)
    with tf.Graph().as_default(), tf.Session() as session:
        step, saver = build()
        saver.restore(session, path)
        _run(session, step, 5)
        resumed = state(session)
    assert straight.keys() == resumed.keys()
    assert all(np.array_equal(straight[name], resumed[name]) for name in straight)


@every_optimizer
def test_slots_and_the_step_have_tensorflows_names(row: Row) -> None:
    v = tf.Variable(START, name="v")
    optimizer = row.make()
    step = optimizer.minimize(_bowl(v))
    assert (optimizer.get_name(), step.name, step.type) == (row.name, row.name, "NoOp")
    assert optimizer.get_slot_names() == sorted(row.slots)
    assert {name: optimizer.get_slot(v, name).op.name for name in row.slots} == {
        name: made for name, (made, _) in row.slots.items()}
    assert tf.trainable_variables() == [v]
    assert step in tf.get_collection(tf.GraphKeys.TRAIN_OP)


@every_optimizer
def test_minimize_is_compute_and_apply(row: Row) -> None:
    results = []
    for in_one in (True, False):
        with tf.Graph().as_default(), tf.Session() as session:
            v = tf.Variable(START, name="v")
            optimizer = row.make()
            if in_one:
                step = optimizer.minimize(_bowl(v))
            else:
                step = optimizer.apply_gradients(optimizer.compute_gradients(_bowl(v)))
            session.run(tf.global_variables_initializer())
            _run(session, step, 2)
            nodes = [(op.name, op.type) for op in tf.get_default_graph().get_operations()]
            results.append((session.run(v).tolist(), nodes))
    assert results[0] == results[1]


# Row 2 is looked up twice: its gradient counts twice. Row 1 is not looked up.
TABLE_START = np.array([[1.0, -2.0], [0.5, 3.0], [0.25, 0.75]], np.float32)
LOOKED_UP = [0, 2, 2]


def _after_look_ups(row: Row, use_resource: bool) -> np.ndarray:
    with tf.Graph().as_default(), tf.Session() as session:
        table = tf.Variable(TABLE_START, name="table", use_resource=use_resource)
        loss = tf.reduce_sum(tf.square(tf.gather(table, LOOKED_UP)))
        step = row.make().minimize(loss, global_step=_step())
        session.run(tf.global_variables_initializer())
        _run(session, step, 3)
        return session.run(table)


@every_optimizer
@pytest.mark.parametrize("use_resource", [False, True], ids=["reference", "resource"])
def test_look_ups_update_the_rows_as_dense_gradients_do(row: Row, use_resource: bool) -> None:
    sparse = _after_look_ups(row, use_resource)
    with tf.Session() as session:
        dense = tf.Variable(TABLE_START)
        loss = tf.reduce_sum(tf.constant([[1.0], [0.0], [2.0]]) * tf.square(dense))
        step = row.make().minimize(loss, global_step=_step())
        session.run(tf.global_variables_initializer())
        _run(session, step, 3)
        expected = session.run(dense)
    np.testing.assert_allclose(sparse[[0, 2]], expected[[0, 2]], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(sparse[1], TABLE_START[1])


@pytest.mark.parametrize("row", [TABLE[1], TABLE[3]], ids=["Momentum", "Adam"])
def test_look_ups_are_those_of_tensorflow_in_both_tiers(row: Row, tier: str) -> None:
    expected = {"Momentum": [[0.062, -0.124], [0.5, 3.0], [-0.135, -0.405]],
                "Adam": [[0.7015873, -1.7006245], [0.5, 3.0], [-0.0302074, 0.4524577]]}[row.name]
    np.testing.assert_allclose(_after_look_ups(row, False), expected, rtol=1e-5, atol=1e-6)


@every_optimizer
def test_variables_of_float64_and_resources_are_trained(row: Row) -> None:
    v = tf.Variable(np.array(START), name="v", use_resource=True)
    w = tf.Variable(START, name="w")
    step = row.make().minimize(_bowl(tf.cast(v, tf.float32)) + _bowl(w), global_step=_step())
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        _run(session, step, 3)
        both = session.run([v, w])
    assert both[0].dtype == np.float64
    np.testing.assert_allclose(both[0], row.values, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(both[1], row.values, rtol=1e-5, atol=1e-6)
