"""What `millpond export --to onnx` writes runs in onnxruntime."""

from __future__ import annotations

import pathlib

import numpy as np
import onnxruntime

import millpond as tf
from millpond.tools import export


def test_a_network_runs_in_onnxruntime(tmp_path: pathlib.Path) -> None:
    folder = str(tmp_path / "model")
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 4], name="x")
        y = tf.nn.softmax(tf.matmul(x, tf.Variable(tf.random_normal([4, 3], seed=1))))
        sess.run(tf.global_variables_initializer())
        tf.saved_model.simple_save(sess, folder, {"x": x}, {"y": y})
        batch = np.random.default_rng(0).normal(size=(5, 4)).astype(np.float32)
        expected = sess.run(y, {x: batch})
    path = export.export(folder, "onnx", str(tmp_path / "model.onnx"))
    runtime = onnxruntime.InferenceSession(str(path))
    got = runtime.run(None, {runtime.get_inputs()[0].name: batch})[0]
    np.testing.assert_allclose(got, expected, rtol=1e-5)
