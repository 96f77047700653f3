"""Programs find cells under the paths of all releases, and the linear map that cells of their own are made of."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest
import reference_cells as reference

import millpond as tf
from millpond.python.ops import rnn_cell_impl

X = reference.inputs()


@pytest.mark.parametrize("path", [
    "nn.rnn_cell", "contrib.rnn", "contrib.rnn.core_rnn_cell", "contrib.rnn.python.ops.core_rnn_cell",
    "contrib.rnn.python.ops.core_rnn_cell_impl", "contrib.rnn.python.ops.rnn_cell", "python.ops.rnn_cell",
    "python.ops.rnn_cell_impl", "compat.v1.nn.rnn_cell"])
def test_paths_of_the_basic_cells(path: str) -> None:
    module = importlib.import_module(f"millpond.{path}")
    for name in ("RNNCell", "BasicRNNCell", "GRUCell", "BasicLSTMCell", "LSTMCell", "LSTMStateTuple", "MultiRNNCell",
                 "DropoutWrapper"):
        assert getattr(module, name) is getattr(tf.nn.rnn_cell, name)
    if path.endswith(("rnn_cell", "impl")) and "rnn.python.ops.rnn_cell" not in path:
        assert module._linear is rnn_cell_impl._linear


def test_linear(tier: str) -> None:
    x, h = tf.constant(X), tf.constant(reference.inputs(2, 3, seed=1))
    with tf.variable_scope("both"):
        y = rnn_cell_impl._linear([x, h], 4, True, bias_start=0.5)
    with tf.variable_scope("one"):
        z = tf.nn.rnn_cell._linear(x, 4, False)
    w = tf.nn.rnn_cell.linear(x, 2, True, 0.25, scope="early")
    assert [v.op.name for v in tf.global_variables()] == [
        "both/kernel", "both/bias", "one/kernel", "early/kernel", "early/bias"]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        biases = sess.run([v for v in tf.global_variables() if v.op.name.endswith("bias")])
        assert [np.unique(bias).tolist() for bias in biases] == [[0.5], [0.25]]
        values = reference.fill(sess)
        found = sess.run([y, z, w])
    both = np.concatenate([X, reference.inputs(2, 3, seed=1)], 1)
    right = [both @ values[0] + values[1], X @ values[2], X @ values[3] + values[4]]
    for one, wanted in zip(found, right, strict=True):
        np.testing.assert_allclose(one, wanted, rtol=1e-5, atol=1e-6)


def test_linear_as_an_object() -> None:
    with tf.variable_scope("s", partitioner=tf.fixed_size_partitioner(2)):
        apply = rnn_cell_impl._Linear([tf.constant(X)], 3, True, kernel_initializer=tf.ones_initializer())
    first, second = apply([tf.constant(X)]), apply([tf.constant(2 * X)])
    assert [v.op.name for v in tf.global_variables()] == ["s/kernel/part_0", "s/kernel/part_1", "s/bias"]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        found = sess.run([first, second])
    np.testing.assert_allclose(found[1], 2 * found[0], rtol=1e-5)
    np.testing.assert_allclose(found[0], np.repeat(X.sum(1, keepdims=True), 3, 1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("args, words", [
    ([], "`args` must be specified"), (None, "`args` must be specified"),
    (np.zeros([2, 3, 4]), "expecting 2D arguments")])
def test_linear_of_other_arguments(args: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        rnn_cell_impl._linear(args if args is None or isinstance(args, list) else tf.constant(args), 3, True)


def test_what_is_like_a_cell() -> None:
    class Own:
        state_size = output_size = 1

        def zero_state(self, batch_size: Any, dtype: Any) -> Any:
            return tf.zeros([batch_size, 1], dtype)

        def __call__(self, inputs: Any, state: Any, scope: Any = None) -> Any:
            return inputs, state

    rnn_cell_impl.assert_like_rnncell("cell", Own())
    stack = tf.nn.rnn_cell.MultiRNNCell([Own(), Own()])
    output, _ = stack(tf.zeros([2, 1]), stack.zero_state(2, tf.float32))
    assert output.shape.as_list() == [2, 1] and stack.weights == []
    with pytest.raises(TypeError, match="The argument 'inner' .* is not an RNNCell: 'state_size' property is missing, "
                                        "either 'zero_state' or 'get_initial_state' method is required"):
        rnn_cell_impl.assert_like_rnncell("inner", type("Half", (), {"output_size": 1, "__call__": lambda self: 0})())
