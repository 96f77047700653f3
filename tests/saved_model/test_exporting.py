"""What a model gives out becomes signatures; the names are those that TensorFlow's exporters give."""

from __future__ import annotations

import os
import pathlib
import time

import pytest

import millpond as tf
from millpond.saved_model.export_outputs import (
    ClassificationOutput,
    EvalOutput,
    PredictOutput,
    RegressionOutput,
    TrainOutput,
)
from millpond.saved_model.exporting import (
    build_all_signature_defs,
    export_outputs_for_mode,
    get_export_outputs,
    get_temp_export_dir,
    get_timestamped_export_dir,
)


def test_each_output_gets_the_signatures_that_its_inputs_allow() -> None:
    text, numbers = tf.placeholder(tf.string, [None]), tf.placeholder(tf.float32, [None])
    outputs = {"classes": ClassificationOutput(numbers, text), "value": RegressionOutput(numbers),
               "all": PredictOutput({("a", "b"): numbers}), None: PredictOutput(numbers)}
    found = build_all_signature_defs(text, outputs, {"raw": {"x": numbers, "y": numbers}})
    assert {name: one.method_name.rpartition("/")[2] for name, one in found.items()} == {
        "classes": "classify", "value": "regress", "all": "predict", "None": "predict", "raw:all": "predict",
        "raw:None": "predict"}
    assert list(found["all"].inputs) == ["input"] and list(found["all"].outputs) == ["a/b"]
    assert list(found["None"].outputs) == ["output"] and sorted(found["raw:None"].inputs) == ["x", "y"]
    with pytest.raises(ValueError, match="export_outputs must be a dict and not"):
        build_all_signature_defs(text, [RegressionOutput(numbers)])  # type: ignore[arg-type]


def test_trainings_and_evaluations_give_loss_predictions_and_metrics() -> None:
    x, update = tf.placeholder(tf.float32, [None]), tf.no_op()
    output = EvalOutput(x, {"a": x, "predictions_b": x}, {"m": (x, update), "metrics/q": (x, x), ("t", "u"): (x, x)})
    assert list(output.loss or ()) == ["loss"]
    assert list(output.predictions or ()) == ["predictions/a", "predictions_b"]
    assert sorted(output.metrics or ()) == [f"metrics/{name}/{part}" for name in ("m", "q", "t/u")
                                            for part in ("update_op", "value")]
    signature = TrainOutput({"a": x}, x, (x, update)).as_signature_def({"f": x})
    assert signature.method_name == "tensorflow/supervised/training"
    assert sorted(signature.outputs) == ["loss/a", "metrics/update_op", "metrics/value", "predictions"]
    assert build_all_signature_defs({"f": x}, export_outputs_for_mode("eval", loss=x)) == {}
    assert list(build_all_signature_defs({"f": x}, export_outputs_for_mode("eval", loss=x), None, False)) == ["eval"]


def test_what_does_not_fit_a_kind_of_output_is_refused() -> None:
    text, numbers = tf.placeholder(tf.string, [None]), tf.placeholder(tf.float32, [None])
    for make, message in ((lambda: ClassificationOutput(), "At least one of scores and classes must be set"),
                          (lambda: ClassificationOutput(scores=text), "scores must be a float32 Tensor"),
                          (lambda: ClassificationOutput(classes=numbers), "classes must be a string Tensor"),
                          (lambda: RegressionOutput(text), "Regression output value must be a float32 Tensor"),
                          (lambda: PredictOutput({1: numbers}), "Prediction output key must be a string; got 1"),
                          (lambda: PredictOutput(3), "Prediction output value must be a Tensor; got 3"),
                          (lambda: EvalOutput(metrics={"m": (numbers, 2)}), "m update_op must be a Tensor")):
        with pytest.raises(ValueError, match=message):
            make()
    with pytest.raises(ValueError, match="Classification input must be a single string Tensor"):
        ClassificationOutput(numbers).as_signature_def({"x": numbers})


def test_one_of_several_outputs_is_the_default() -> None:
    x = tf.placeholder(tf.float32, [None])
    alone = get_export_outputs({"only": PredictOutput(x)}, None)
    assert list(alone) == ["only", "serving_default"] and alone["only"] is alone["serving_default"]
    assert list(get_export_outputs(None, {"y": x})) == ["serving_default"]
    with pytest.raises(ValueError, match="none of them is specified as the default"):
        get_export_outputs({"a": PredictOutput(x), "b": PredictOutput(x)}, None)
    with pytest.raises(TypeError, match="must be ExportOutput objects"):
        get_export_outputs({"a": x}, None)
    with pytest.raises(ValueError, match="not found for mode: later. Expected one of: train"):
        export_outputs_for_mode("later")


def test_folders_are_named_after_the_second(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(time, "time", lambda: now[0])
    monkeypatch.setattr(time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    os.mkdir(tmp_path / "1000")
    folder = get_timestamped_export_dir(str(tmp_path))
    assert folder == os.fsencode(tmp_path / "1001")
    assert get_temp_export_dir(folder) == os.fsencode(tmp_path / "temp-1001")
