"""`millpond export`: a SavedModel's signature runs outside Millpond."""

from __future__ import annotations

import pathlib

import jax
import numpy as np
import pytest
from jax import export as jax_export

import millpond as tf
from millpond.tools import command_line


@pytest.fixture
def model(tmp_path: pathlib.Path) -> tuple[pathlib.Path, np.ndarray, np.ndarray]:
    """A small network saved for serving, with a batch and what it gives."""
    folder = tmp_path / "model"
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        weights, bias = tf.Variable(tf.random_normal([4, 3], seed=1)), tf.Variable(tf.fill([3], 0.1))
        y = tf.nn.softmax(tf.nn.relu(tf.matmul(x, weights) + bias))
        noisy = y + tf.random_normal([3], seed=2)
        sess.run(tf.global_variables_initializer())
        signatures = {"serving_default": tf.saved_model.predict_signature_def({"x": x}, {"y": y}),
                      "noisy": tf.saved_model.predict_signature_def({"x": x}, {"y": noisy})}
        builder = tf.saved_model.Builder(str(folder))
        builder.add_meta_graph_and_variables(sess, ["serve"], signatures)
        builder.save()
        batch = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
        return folder, batch, sess.run(y, {x: batch})


def test_stablehlo_of_any_batch_size(model: tuple[pathlib.Path, np.ndarray, np.ndarray]) -> None:
    folder, batch, expected = model
    assert command_line.main(["export", str(folder), "--to", "stablehlo"]) == 0
    exported = jax_export.deserialize(bytearray(pathlib.Path(f"{folder}.stablehlo").read_bytes()))
    for rows in (5, 2):
        got = jax.device_get(exported.call(batch[:rows]))[0]
        np.testing.assert_allclose(got, expected[:rows], rtol=1e-5)


def test_what_cannot_be_exported_says_why(model: tuple[pathlib.Path, np.ndarray, np.ndarray],
                                          capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(model[0])
    assert command_line.main(["export", folder, "--to", "stablehlo", "--signature", "noisy"]) == 1
    assert "draws random numbers" in capsys.readouterr().err
    assert command_line.main(["export", folder, "--to", "stablehlo", "--signature", "none"]) == 1
    assert "it has ['noisy', 'serving_default']" in capsys.readouterr().err
    assert command_line.main(["export", folder, "--to", "stablehlo", "--shape", "z=1,2"]) == 1
    assert "no inputs ['z']" in capsys.readouterr().err


def test_onnx_needs_its_converter(model: tuple[pathlib.Path, np.ndarray, np.ndarray],
                                  capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert command_line.main(["export", str(model[0]), "--to", "onnx"]) == 1
    assert "pip install 'millpond[onnx]'" in capsys.readouterr().err
