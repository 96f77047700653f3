"""`tf.contrib.tpu` off a TPU, as BERT's programs use it."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import pytest

import millpond as tf

tpu = tf.contrib.tpu


def _config(folder: pathlib.Path) -> Any:
    per_host = tpu.InputPipelineConfig.PER_HOST_V2
    return tpu.RunConfig(cluster=None, master=None, model_dir=str(folder), save_checkpoints_steps=100,
                         tpu_config=tpu.TPUConfig(iterations_per_loop=10, num_shards=8,
                                                  per_host_input_for_training=per_host))


@pytest.mark.slow
def test_a_model_is_trained_evaluated_and_asked(tmp_path: pathlib.Path) -> None:
    sizes: dict[str, list[Any]] = {"input": [], "model": []}
    counted: list[Any] = []

    def input_fn(params: dict[str, Any]) -> Any:
        sizes["input"].append(params["batch_size"])
        x = np.linspace(-1.0, 1.0, params["batch_size"]).astype(np.float32)[:, None]
        return {"x": tf.constant(x)}, tf.constant(3.0 * x)

    def model_fn(features: Any, labels: Any, mode: str, params: dict[str, Any]) -> Any:
        sizes["model"].append((mode, params["batch_size"], params["use_tpu"], params["rate"]))
        y = features["x"] * tf.get_variable("w", [1], initializer=tf.zeros_initializer())
        if mode == tf.estimator.ModeKeys.PREDICT:
            return tpu.TPUEstimatorSpec(mode=mode, predictions={"y": y})
        loss = tf.reduce_mean(tf.square(y - labels))
        optimizer = tpu.CrossShardOptimizer(tf.train.GradientDescentOptimizer(params["rate"]))

        def metric_fn(predictions: Any, labels: Any) -> Any:
            return {"error": tf.metrics.mean_absolute_error(labels, predictions)}

        def scaffold_fn() -> Any:
            counted.append(mode)
            return tf.train.Scaffold()

        return tpu.TPUEstimatorSpec(
            mode=mode, loss=loss, train_op=optimizer.minimize(loss, tf.train.get_global_step()),
            eval_metrics=(metric_fn, {"predictions": y, "labels": labels}), scaffold_fn=scaffold_fn)

    estimator = tpu.TPUEstimator(use_tpu=False, model_fn=model_fn, config=_config(tmp_path), train_batch_size=8,
                                 eval_batch_size=4, predict_batch_size=2, params={"rate": 0.5})
    estimator.train(input_fn=input_fn, max_steps=20)
    found = estimator.evaluate(input_fn=input_fn, steps=1)
    predicted = next(estimator.predict(input_fn=input_fn))
    assert found["global_step"] == 20 and found["loss"] < 0.01 and found["error"] < 0.1
    np.testing.assert_allclose(predicted["y"], [-3.0], atol=0.2)
    assert sizes["input"] == [8, 4, 2]
    assert sizes["model"] == [("train", 8, False, 0.5), ("eval", 4, False, 0.5), ("infer", 2, False, 0.5)]
    assert counted == ["train", "eval"] and estimator.params == {"rate": 0.5}


def test_what_needs_a_tpu_says_so(tmp_path: pathlib.Path) -> None:
    with pytest.raises(NotImplementedError, match="TPUClusterResolver"):
        tf.contrib.cluster_resolver.TPUClusterResolver("my-tpu", zone="a", project="b")
    with pytest.raises(ValueError, match="reserved keys"):
        tpu.TPUEstimator(lambda features, params: None, config=_config(tmp_path), use_tpu=False,
                         params={"batch_size": 3})


def test_slots_are_those_of_the_optimizer_inside() -> None:
    x = tf.Variable(2.0)
    optimizer = tpu.CrossShardOptimizer(tf.train.MomentumOptimizer(0.5, 0.9))
    pairs = optimizer.compute_gradients(x * x)
    step = optimizer.apply_gradients(pairs)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(step)
        assert sess.run([x, optimizer.get_slot(x, "momentum")]) == [0.0, 4.0]
    assert optimizer.get_slot_names() == ["momentum"] and len(optimizer.variables()) == 1
