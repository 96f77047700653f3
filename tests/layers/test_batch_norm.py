"""Batch normalization in programs: who runs the updates, what `training` may be, what inputs may be, what is refused.

The values that layers compute are compared with TensorFlow's by `tests/golden` (programs_layers,
programs_layer_variants).
"""

from __future__ import annotations

import copy
import pathlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf

X = np.random.RandomState(0).randn(8, 3).astype(np.float32)


def _train(y: tf.Tensor) -> tuple[tf.Tensor, tf.Operation]:
    """A loss, and a step that waits for all updates."""
    z = tf.layers.dense(y, 1, kernel_initializer=tf.ones_initializer())
    loss = tf.reduce_mean(tf.square(z - 1))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        return loss, tf.train.GradientDescentOptimizer(0.1).minimize(loss)


def _averages() -> list[tf.Variable]:
    return [v for v in tf.global_variables() if "moving" in v.name]


def test_updates_that_run_without_training_move_nothing() -> None:
    """Of images, where one op normalizes: its updates are no branches, but weigh what is new with 0."""
    x, training = tf.placeholder(tf.float32, [None, 2, 2, 3]), tf.placeholder(tf.bool, [])
    tf.layers.batch_normalization(x, training=training, momentum=0.5)
    updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        images = X.reshape([2, 2, 2, 3])
        sess.run(updates, {x: images, training: True})
        averages = sess.run(_averages())
        np.testing.assert_allclose(averages[0], X.mean(0) / 2, rtol=1e-5)
        np.testing.assert_allclose(averages[1], X.var(0, ddof=1) / 2 + 0.5, rtol=1e-5)
        sess.run(updates, {x: images, training: False})
        np.testing.assert_array_equal(sess.run(_averages()), averages)


def test_a_step_that_waits_for_the_updates_moves_the_averages(tier: str) -> None:
    x, training = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.bool, [])
    loss, train = _train(tf.layers.batch_normalization(x, training=training, momentum=0.5))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(4):
            sess.run(train, {x: X, training: True})
        mean, variance = sess.run(_averages())
        np.testing.assert_allclose(mean, X.mean(0) * (1 - 0.5 ** 4), rtol=1e-5)
        np.testing.assert_allclose(variance, X.var(0) * (1 - 0.5 ** 4) + 0.5 ** 4, rtol=1e-5)
        sess.run([loss, train], {x: X + 5, training: False})
        np.testing.assert_array_equal(sess.run(_averages()), [mean, variance])


def test_inside_of_a_branch_that_is_chosen_at_run_time(tier: str) -> None:
    """The branch without training is given the variables of the other; the losses and averages are TensorFlow's."""
    x, training = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.bool, [])

    def net(is_training: bool, reuse: bool) -> tf.Tensor:
        return tf.layers.batch_normalization(x, training=is_training, reuse=reuse, name="bn", momentum=0.5)

    y = tf.cond(training, lambda: net(True, False), lambda: net(False, True))
    assert [op.name for op in tf.get_collection(tf.GraphKeys.UPDATE_OPS)] == \
        ["cond/bn/AssignMovingAvg", "cond/bn/AssignMovingAvg_1"]
    loss, train = _train(y)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        losses = [sess.run([loss, train], {x: X, training: True})[0] for _ in range(4)]
        np.testing.assert_allclose(losses, [5.364947, 1.2302006, 0.676881, 0.44124416], rtol=1e-5)
        averages = sess.run(_averages())
        np.testing.assert_allclose(averages, [[0.87035525, 0.4554488, -0.19967988], [0.4756316, 0.71022534, 1.3496068]],
                                   rtol=1e-5)
        np.testing.assert_allclose(sess.run(loss, {x: X, training: False}), 0.3000168, rtol=1e-5)
        np.testing.assert_array_equal(sess.run(_averages()), averages)


def test_a_placeholder_inside_of_a_branch(tier: str) -> None:
    """`training` is a placeholder, and the layer lies in a branch besides: branches in a branch, with updates."""
    x, training = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.bool, [])
    used = tf.placeholder_with_default(True, [])
    y = tf.cond(used, lambda: tf.layers.batch_normalization(x, training=training, name="bn", momentum=0.5) * 2.0,
                lambda: x)
    loss, train = _train(y)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        losses = [sess.run([loss, train], {x: X, training: True})[0] for _ in range(4)]
        np.testing.assert_allclose(losses, [18.459785, 1.4795856, 0.18877551, 0.04353696], rtol=1e-4)
        averages = sess.run(_averages())
        np.testing.assert_allclose(averages, [[0.87035525, 0.4554488, -0.19967988], [0.4756316, 0.71022534, 1.3496068]],
                                   rtol=1e-5)
        np.testing.assert_allclose(sess.run([loss, train], {x: X, training: False})[0], 0.009504113, rtol=1e-3)
        np.testing.assert_allclose(sess.run(loss, {x: X, training: False}), 0.0025620079, rtol=1e-3)
        np.testing.assert_array_equal(sess.run(_averages()), averages)


TRAINING: dict[str, tuple[Callable[[], Any], bool]] = {
    "True": (lambda: True, True), "1": (lambda: 1, True), "np.bool_": (lambda: np.bool_(True), True),
    "a constant": (lambda: tf.constant(True), True), "False": (lambda: False, False), "None": (lambda: None, False),
    "a variable": (lambda: tf.Variable(True, trainable=False), True),
    "a computed tensor": (lambda: tf.placeholder_with_default(3, []) < 5, True),
}


@pytest.mark.parametrize("kind", TRAINING)
@pytest.mark.parametrize("shape", [(8, 3), (2, 2, 2, 3)])
def test_what_training_may_be(kind: str, shape: tuple[int, ...]) -> None:
    make, trains = TRAINING[kind]
    x = X.reshape(shape)
    y = tf.layers.batch_normalization(tf.constant(x), training=make())
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        axes = tuple(range(len(shape) - 1))
        wanted = (x - x.mean(axes)) / np.sqrt(x.var(axes) + 1e-3) if trains else x / np.sqrt(1 + 1e-3)
        np.testing.assert_allclose(sess.run(y), wanted, rtol=1e-4, atol=1e-5)


def test_training_is_no_number() -> None:
    with pytest.raises(TypeError, match="`pred` must be a tensor, a variable, a Python bool, 0 or 1.*Found instead: 2"):
        tf.layers.batch_normalization(tf.zeros([2, 3]), training=2)


@pytest.mark.parametrize("shape", [(6, 3), (3, 2, 2, 3)])
@pytest.mark.parametrize("dtype, precision", [(tf.float16, 2e-3), (tf.bfloat16, 2e-2), (tf.float64, 1e-6)])
def test_inputs_of_other_precision(shape: tuple[int, ...], dtype: tf.DType, precision: float) -> None:
    x = np.random.RandomState(1).normal(2.0, 3.0, shape)
    y = tf.layers.batch_normalization(tf.constant(x, dtype), training=True, momentum=0.0)
    assert y.dtype is dtype
    of_variables = tf.float64 if dtype is tf.float64 else tf.float32
    assert {v.dtype.base_dtype for v in tf.global_variables()} == {of_variables}
    axes = tuple(range(len(shape) - 1))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found = sess.run([y, *tf.get_collection(tf.GraphKeys.UPDATE_OPS)])[0].astype(np.float64)
        np.testing.assert_allclose(found, (x - x.mean(axes)) / np.sqrt(x.var(axes) + 1e-3), atol=4 * precision)
        np.testing.assert_allclose(sess.run(_averages()[0]), x.mean(axes), rtol=4 * precision)


def test_channels_first_is_channels_last_transposed(tier: str) -> None:
    x = np.random.RandomState(1).normal(size=(3, 2, 4, 5)).astype(np.float32)
    last = tf.layers.batch_normalization(tf.constant(np.moveaxis(x, 1, -1)), training=True)
    first = tf.layers.batch_normalization(tf.constant(x), axis=1, training=True)
    separate = tf.layers.batch_normalization(tf.constant(x), axis=-3, training=True, fused=False)
    assert first.op.type == "FusedBatchNormV3" and first.op.get_attr("data_format") == b"NCHW"
    assert separate.op.name == "batch_normalization_2/batchnorm/add_1"
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        wanted, found, other = sess.run([last, first, separate])
    np.testing.assert_allclose(found, np.moveaxis(wanted, -1, 1), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(other, found, rtol=1e-4, atol=1e-5)


def test_the_moving_averages_are_not_partitioned() -> None:
    with tf.variable_scope("net", partitioner=tf.fixed_size_partitioner(2)) as scope:
        y = tf.layers.batch_normalization(tf.constant(X[:, :2]), training=True)
        assert scope.partitioner is not None
    assert [v.op.name for v in tf.global_variables()] == [
        f"net/batch_normalization/{name}" for name in
        ("gamma/part_0", "gamma/part_1", "beta/part_0", "beta/part_1", "moving_mean", "moving_variance")]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_allclose(sess.run(y).std(0), 1, atol=1e-2)


def test_each_call_of_a_layer_has_updates_of_its_own() -> None:
    layer = tf.layers.BatchNormalization()
    a, b = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [None, 3])
    layer(a, training=True)
    layer(b, training=True)
    names = [f"batch_normalization/AssignMovingAvg{end}" for end in ("", "_1", "_2", "_3")]
    assert [op.name for op in layer.updates] == names
    assert [op.name for op in layer.get_updates_for(a)] == names[:2]
    assert [op.name for op in layer.get_updates_for([a, b])] == names
    assert layer.get_updates_for(None) == []
    assert tf.get_collection(tf.GraphKeys.UPDATE_OPS) == layer.updates
    twin = copy.deepcopy(layer)
    twin(a, training=True)
    assert len(layer.updates) == 4 and len(tf.global_variables()) == 4


def test_a_layer_that_is_not_trainable_has_no_updates_to_run() -> None:
    layer = tf.layers.BatchNormalization(trainable=False)
    layer(tf.constant(X), training=True)
    assert layer.updates == [] and tf.get_collection(tf.GraphKeys.UPDATE_OPS) == [] and tf.trainable_variables() == []
    assert [v.op.name for v in layer.non_trainable_variables] == [
        f"batch_normalization/{name}" for name in ("gamma", "beta", "moving_mean", "moving_variance")]


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "axis": (lambda: tf.layers.BatchNormalization(axis="1"), TypeError, "`axis` must be an integer or a list"),
    "axis beyond": (lambda: tf.layers.batch_normalization(tf.zeros([2, 3]), axis=2), ValueError, "Invalid axis: .2."),
    "axis before": (lambda: tf.layers.batch_normalization(tf.zeros([2, 3]), axis=[-3]), ValueError, "Invalid axis"),
    "axis twice": (lambda: tf.layers.batch_normalization(tf.zeros([2, 3]), axis=[1, -1]), ValueError, "Duplicate axis"),
    "unknown axis": (lambda: tf.layers.batch_normalization(tf.placeholder(tf.float32, [2, None])), ValueError,
                     "undefined `axis` dimension.*set_shape"),
    "unknown rank": (lambda: tf.layers.batch_normalization(tf.placeholder(tf.float32)), ValueError, "number is known"),
    "virtual size": (lambda: tf.layers.batch_normalization(tf.zeros([2, 3]), virtual_batch_size=0), ValueError,
                     "virtual_batch_size must be a positive integer"),
    "virtual axis": (lambda: tf.layers.batch_normalization(tf.zeros([2, 3]), axis=[0, 1], virtual_batch_size=2),
                     ValueError, "axis cannot include it"),
    "virtual adjustment": (lambda: tf.layers.batch_normalization(
        tf.zeros([2, 3]), virtual_batch_size=2, adjustment=lambda shape: (1.0, 0.0)), ValueError,
        "adjustment cannot be specified"),
    "clipping": (lambda: tf.layers.BatchNormalization(renorm=True, renorm_clipping={"max": 1}), ValueError,
                 r"renorm_clipping has the keys \['max'\]"),
    "other size": (lambda: [layer := tf.layers.BatchNormalization(), layer(tf.zeros([2, 3])), layer(tf.zeros([2, 4]))],
                   ValueError, "expected axis 1 of input shape to have value 3"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(name: str) -> None:
    call, error, message = REFUSED[name]
    with pytest.raises(error, match=message):
        call()


def test_a_virtual_batch_that_does_not_divide_the_batch_is_told() -> None:
    x = tf.placeholder(tf.float32, [None, 3])
    y = tf.layers.batch_normalization(x, virtual_batch_size=3, training=True)
    assert y.shape.as_list() == [None, 3]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(y, {x: X[:6]}).shape == (6, 3)
        with pytest.raises(tf.errors.InvalidArgumentError, match="batch_normalization/Reshape"):
            sess.run(y, {x: X[:4]})


def test_what_an_earlier_program_saved_is_restored_by_name(tmp_path: pathlib.Path) -> None:
    """A program for inference, in which `training` is a constant, takes the averages of the one that trained."""
    def net(training: Any) -> tuple[tf.Tensor, tf.Tensor]:
        x = tf.placeholder(tf.float32, [None, 3], name="x")
        return x, tf.layers.dense(tf.layers.batch_normalization(x, training=training, momentum=0.5), 2, name="out")

    training = tf.placeholder(tf.bool, [])
    x, y = net(training)
    saver = tf.train.Saver()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(3):
            sess.run(tf.get_collection(tf.GraphKeys.UPDATE_OPS), {x: X, training: True})
        path = saver.save(sess, str(tmp_path / "model"))
        wanted = sess.run(y, {x: X, training: False})
    assert [name for name, _ in tf.train.list_variables(path)] == [
        "batch_normalization/beta", "batch_normalization/gamma", "batch_normalization/moving_mean",
        "batch_normalization/moving_variance", "out/bias", "out/kernel"]
    with tf.Graph().as_default(), tf.Session() as sess:
        x, y = net(False)
        tf.train.Saver().restore(sess, path)
        np.testing.assert_allclose(sess.run(y, {x: X}), wanted, rtol=1e-5, atol=1e-6)
