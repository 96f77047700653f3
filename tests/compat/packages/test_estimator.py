"""What programs do with tf.estimator: a model function, trained, evaluated, asked, exported."""

from __future__ import annotations

import itertools
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import millpond as tf

X = np.random.RandomState(0).randn(64, 3).astype(np.float32)
Y = X @ np.array([[1.0], [2.0], [3.0]], np.float32)


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    tf.logging.set_verbosity(tf.logging.ERROR)
    yield
    tf.logging.set_verbosity(tf.logging.INFO)


def input_fn() -> tuple[dict[str, Any], Any]:
    return {"x": tf.constant(X)}, tf.constant(Y)


def serving() -> Any:
    x = tf.placeholder(tf.float32, [None, 3])
    return tf.estimator.export.ServingInputReceiver({"x": x}, {"x": x})


def model_fn(features: dict[str, Any], labels: Any, mode: str, params: dict[str, float]) -> Any:
    w = tf.get_variable("w", [3, 1])
    predictions = tf.matmul(features["x"], w)
    if mode == tf.estimator.ModeKeys.PREDICT:
        return tf.estimator.EstimatorSpec(mode, predictions={"y": predictions}, export_outputs={
            "product": tf.estimator.export.PredictOutput({"y": predictions})})
    loss = tf.losses.mean_squared_error(labels, predictions)
    if mode == tf.estimator.ModeKeys.EVAL:
        error = tf.metrics.mean_absolute_error(labels, predictions)
        return tf.estimator.EstimatorSpec(mode, loss=loss, eval_metric_ops={"error": error})
    train = tf.train.GradientDescentOptimizer(params["rate"]).minimize(loss, tf.train.get_global_step())
    return tf.estimator.EstimatorSpec(mode, loss=loss, train_op=train)


def estimator(folder: pathlib.Path) -> Any:
    return tf.estimator.Estimator(model_fn, str(folder), params={"rate": 0.2},
                                  config=tf.estimator.RunConfig(tf_random_seed=1, save_checkpoints_steps=50))


def test_a_model_function_is_trained_evaluated_and_asked(tmp_path: pathlib.Path) -> None:
    model = estimator(tmp_path)
    assert model.train(input_fn, steps=60) is model
    assert model.latest_checkpoint() == str(tmp_path / "model.ckpt-60")
    found = model.evaluate(input_fn, steps=1)
    assert found["global_step"] == 60
    assert found["loss"] < 1e-5 and found["error"] < 1e-2
    assert model.get_variable_names() == ["global_step", "w"]
    np.testing.assert_allclose(model.get_variable_value("w"), [[1], [2], [3]], atol=1e-2)
    answers = itertools.islice(model.predict(lambda: {"x": tf.constant(X[:2])}), 2)
    np.testing.assert_allclose([answer["y"] for answer in answers], Y[:2], atol=2e-2)
    estimator(tmp_path).train(input_fn, max_steps=61)  # goes on from the checkpoint
    assert tf.train.latest_checkpoint(str(tmp_path)) == str(tmp_path / "model.ckpt-61")


def test_the_same_seed_gives_the_same_model(tmp_path: pathlib.Path) -> None:
    first, second = (estimator(tmp_path / name).train(input_fn, steps=2).get_variable_value("w") for name in "ab")
    assert first.tolist() == second.tolist()


def test_a_model_is_exported_as_a_folder_that_others_load(tmp_path: pathlib.Path) -> None:
    model = estimator(tmp_path / "model").train(input_fn, steps=60)
    exported = model.export_savedmodel(str(tmp_path / "export"), serving)
    assert isinstance(exported, bytes) and exported.decode().startswith(str(tmp_path / "export"))
    with tf.Graph().as_default(), tf.Session() as session:
        meta_graph = tf.saved_model.loader.load(session, ["serve"], exported.decode())
        assert sorted(meta_graph.signature_def) == ["product", "serving_default"]
        signature = meta_graph.signature_def["product"]
        assert signature.method_name == "tensorflow/serving/predict"
        answers = session.run(signature.outputs["y"].name, {signature.inputs["x"].name: X[:3]})
    np.testing.assert_allclose(answers, Y[:3], atol=2e-2)


def test_training_with_evaluations_ends_with_an_export(tmp_path: pathlib.Path) -> None:
    result, exported = tf.estimator.train_and_evaluate(
        estimator(tmp_path), tf.estimator.TrainSpec(input_fn, max_steps=120),
        tf.estimator.EvalSpec(input_fn, steps=1, throttle_secs=0,
                              exporters=[tf.estimator.FinalExporter("final", serving)]))
    assert result["global_step"] == 120 and result["loss"] < 1e-8
    assert [path.decode().startswith(str(tmp_path / "export" / "final")) for path in exported] == [True]


def test_hooks_watch_the_training(tmp_path: pathlib.Path) -> None:
    class Watch(tf.train.SessionRunHook):
        steps: list[int] = []

        def before_run(self, run_context: Any) -> Any:
            return tf.train.SessionRunArgs(tf.train.get_global_step())

        def after_run(self, run_context: Any, run_values: Any) -> None:
            self.steps.append(int(run_values.results))

    watch = Watch()
    estimator(tmp_path).train(input_fn, hooks=[watch], steps=3)
    assert watch.steps == [1, 2, 3]


def test_strategies_over_machines_are_refused_by_name() -> None:
    with pytest.raises(NotImplementedError, match=r"RunConfig\(train_distribute=...\): strategies over"):
        tf.estimator.RunConfig(train_distribute=object())


def test_an_estimator_for_tpus_runs_on_other_devices(tmp_path: pathlib.Path) -> None:
    tpu = tf.contrib.tpu

    def tpu_model_fn(features: Any, labels: Any, mode: str, params: dict[str, Any]) -> Any:
        assert params["batch_size"] == (2 if mode == "infer" else 64)
        spec = model_fn(features, labels, mode, {"rate": 0.2})
        if mode != tf.estimator.ModeKeys.EVAL:
            return tpu.TPUEstimatorSpec(mode, predictions=spec.predictions, loss=spec.loss, train_op=spec.train_op)
        return tpu.TPUEstimatorSpec(mode, loss=spec.loss, eval_metrics=(
            lambda y: {"mean": tf.metrics.mean(y)}, [tf.convert_to_tensor(labels)]))

    model = tpu.TPUEstimator(
        model_fn=tpu_model_fn, use_tpu=False, train_batch_size=64, eval_batch_size=64, predict_batch_size=2,
        config=tpu.RunConfig(model_dir=str(tmp_path), tf_random_seed=1, tpu_config=tpu.TPUConfig(
            iterations_per_loop=10, per_host_input_for_training=tpu.InputPipelineConfig.PER_HOST_V2)))
    model.train(lambda params: input_fn(), max_steps=40)
    found = model.evaluate(lambda params: input_fn(), steps=2)
    assert found["loss"] < 1e-3 and found["mean"] == pytest.approx(Y.mean(), abs=1e-5)
    answers = itertools.islice(model.predict(lambda params: {"x": tf.constant(X[:2])}), 2)
    np.testing.assert_allclose([answer["y"] for answer in answers], Y[:2], atol=0.1)


def above_zero() -> tuple[dict[str, Any], Any]:
    return {"x": tf.constant(X[:, 0])}, tf.constant((X[:, 0] > 0).astype(np.int64))


def test_canned_estimators_learn_and_name_their_variables_as_tensorflow_does(tmp_path: pathlib.Path) -> None:
    columns, config = [tf.feature_column.numeric_column("x")], tf.estimator.RunConfig(tf_random_seed=1)
    models = [tf.estimator.LinearClassifier(columns, str(tmp_path / "linear"), config=config),
              tf.estimator.DNNClassifier([8], columns, str(tmp_path / "dnn"), config=config),
              tf.estimator.DNNLinearCombinedClassifier(str(tmp_path / "both"), linear_feature_columns=columns,
                                                       dnn_feature_columns=columns, dnn_hidden_units=[4],
                                                       # Its own rates are too small for fifty steps.
                                                       linear_optimizer=tf.train.FtrlOptimizer(0.2),
                                                       dnn_optimizer=tf.train.AdagradOptimizer(0.1), config=config)]
    for model in models:
        model.train(above_zero, steps=50)
        assert model.evaluate(above_zero, steps=1)["accuracy"] > 0.95
    linear, dnn, both = ({name for name in model.get_variable_names() if "/Ada" not in name and "/Ftrl" not in name}
                         for model in models)
    assert linear == {"global_step", "linear/linear_model/x/weights", "linear/linear_model/bias_weights"}
    assert dnn == {"global_step", *(f"dnn/{layer}/{part}" for layer in ("hiddenlayer_0", "logits")
                                    for part in ("kernel", "bias"))}
    assert both == linear | dnn
    answer = next(models[1].predict(above_zero))
    assert answer["class_ids"].tolist() == [int(X[0, 0] > 0)] and answer["probabilities"].sum() == pytest.approx(1)
