"""The workloads as TensorFlow 1 programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np

import millpond as tf


def compiled_session(graph: tf.Graph) -> tf.Session:
    """A session that compiles at once, as a long run would have by then."""
    config = tf.ConfigProto()
    config.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
    return tf.Session(graph=graph, config=config)


def wait(session: tf.Session) -> None:
    """Waits for what a training step left running on the device."""
    jax.block_until_ready([slot.value for slot in session._runtime.store._slots.values()])


def scalars() -> Callable[[], Any]:
    graph = tf.Graph()
    with graph.as_default():
        a, b = tf.placeholder(tf.float32, []), tf.placeholder(tf.float32, [])
        total = (a + b) + (a * b)
    session = tf.Session(graph=graph)
    one, two = np.float32(5), np.float32(3)
    return lambda: session.run(total, {a: one, b: two})


def regression(x: np.ndarray, y: np.ndarray, rate: float) -> Callable[[], Any]:
    graph = tf.Graph()
    with graph.as_default():
        inputs, targets = tf.placeholder("float", [None, 1]), tf.placeholder("float", [None, 1])
        weight, bias = tf.Variable(0.1, name="weight"), tf.Variable(0.0, name="bias")
        prediction = tf.add(tf.multiply(inputs, weight), bias)
        cost = tf.reduce_sum(tf.pow(prediction - targets, 2)) / (2 * len(x))
        train = tf.train.AdamOptimizer(rate).minimize(cost)
        init = tf.global_variables_initializer()
    return _trainer(graph, init, train, {inputs: x, targets: y})


def mnist(images: np.ndarray, labels: np.ndarray, keep: float, guarded: bool = False) -> Callable[[], Any]:
    """The three-layer network; `guarded` takes its labels through an op whose guard the device checks."""
    graph = tf.Graph()
    with graph.as_default():
        x = tf.placeholder(tf.float32, [None, 784])
        y = tf.placeholder(tf.float32, [None, 10])
        keep_prob = tf.placeholder(tf.float32)
        hidden = tf.nn.dropout(tf.nn.softmax(_dense(x, 784, 500)), keep_prob)
        hidden = tf.nn.dropout(tf.nn.relu(_dense(hidden, 500, 100)), keep_prob)
        logits = _dense(hidden, 100, 10)
        if guarded:
            loss = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=tf.argmax(y, 1), logits=logits)
        else:
            loss = tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=logits)
        train = tf.train.AdamOptimizer(0.001).minimize(loss)
        init = tf.global_variables_initializer()
    return _trainer(graph, init, train, {x: images, y: labels, keep_prob: np.float32(keep)})


def _dense(x: tf.Tensor, rows: int, columns: int) -> tf.Tensor:
    weights = tf.Variable(tf.truncated_normal([rows, columns], stddev=0.1))
    return tf.matmul(x, weights) + tf.Variable(tf.constant(0.1, shape=[columns]))


def summarized(images: np.ndarray, labels: np.ndarray) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """A step of a network with its summaries: both in one run, and one after the other."""
    graph = tf.Graph()
    with graph.as_default():
        x, y = tf.placeholder(tf.float32, [None, 784]), tf.placeholder(tf.float32, [None, 10])
        logits = _dense(tf.nn.relu(_dense(x, 784, 500)), 500, 10)
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=logits))
        tf.summary.scalar("loss", loss)
        merged = tf.summary.merge_all()
        train = tf.train.AdamOptimizer(0.001).minimize(loss)
        init = tf.global_variables_initializer()
    session = compiled_session(graph)
    session.run(init)
    feed = {x: images, y: labels}

    def together() -> None:
        session.run([train, merged], feed)
        wait(session)

    def apart() -> None:
        session.run(train, feed)
        session.run(merged, feed)
        wait(session)

    return together, apart


def recurrent(rows: np.ndarray, labels: np.ndarray, units: int, by_hand: bool = False) -> Callable[[], Any]:
    """A step of an LSTM that reads images row by row: as `dynamic_rnn`, or as a loop that the program writes itself."""
    graph = tf.Graph()
    with graph.as_default():
        x = tf.placeholder(tf.float32, [None, *rows.shape[1:]])
        y = tf.placeholder(tf.float32, [None, 10])
        cell = tf.nn.rnn_cell.BasicLSTMCell(units)
        if by_hand:
            last = _looped(cell, x)
        else:
            last = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)[0][:, -1]
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=_dense(last, units, 10)))
        train = tf.train.AdamOptimizer(0.001).minimize(loss)
        init = tf.global_variables_initializer()
    return _trainer(graph, init, train, {x: rows, y: labels})


def _looped(cell: Any, x: tf.Tensor) -> tf.Tensor:
    """The last output of a cell, by a loop that keeps all of them in a TensorArray."""
    inputs = tf.TensorArray(tf.float32, tf.shape(x)[1]).unstack(tf.transpose(x, [1, 0, 2]))
    outputs = tf.TensorArray(tf.float32, tf.shape(x)[1])

    def body(time: Any, state: Any, outputs: Any) -> Any:
        output, state = cell(inputs.read(time), state)
        return time + 1, state, outputs.write(time, output)

    first = cell.zero_state(tf.shape(x)[0], tf.float32)
    count, _, outputs = tf.while_loop(lambda time, *_: time < tf.shape(x)[1], body, [0, first, outputs])
    return outputs.read(count - 1)


def convnet(images: np.ndarray, labels: np.ndarray) -> Callable[[], Any]:
    """A step of the convolutional network of the MNIST tutorials."""
    graph = tf.Graph()
    with graph.as_default():
        x, y = tf.placeholder(tf.float32, [None, 784]), tf.placeholder(tf.float32, [None, 10])
        hidden = tf.reshape(x, [-1, 28, 28, 1])
        for inputs, outputs in ((1, 32), (32, 64)):
            kernel = tf.Variable(tf.truncated_normal([5, 5, inputs, outputs], stddev=0.1))
            bias = tf.Variable(tf.constant(0.1, shape=[outputs]))
            hidden = tf.nn.max_pool(tf.nn.relu(tf.nn.conv2d(hidden, kernel, 1, "SAME") + bias), 2, 2, "SAME")
        hidden = tf.nn.relu(_dense(tf.reshape(hidden, [-1, 3136]), 3136, 1024))
        loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=y, logits=_dense(hidden, 1024, 10)))
        train = tf.train.AdamOptimizer(0.001).minimize(loss)
        init = tf.global_variables_initializer()
    return _trainer(graph, init, train, {x: images, y: labels})


def many_variables(count: int) -> Callable[[], Any]:
    graph = tf.Graph()
    with graph.as_default():
        variables = [tf.Variable(np.zeros(10, np.float32)) for _ in range(count)]
        step = tf.group(*[v.assign_add(np.ones(10, np.float32)) for v in variables])
        init = tf.global_variables_initializer()
    return _trainer(graph, init, step, {})


def growing() -> tuple[Callable[[], Any], Callable[[], None]]:
    """A run, and a function that grows the graph by a thousand operations."""
    graph = tf.Graph()
    with graph.as_default():
        a = tf.placeholder(tf.float32, [])
        b = a * 2.0 + 1.0
    session = tf.Session(graph=graph)

    def grow() -> None:
        with graph.as_default():
            t = a
            for _ in range(1000):
                t = tf.add(t, a)

    one = np.float32(1)
    return lambda: session.run(b, {a: one}), grow


def _trainer(graph: tf.Graph, init: Any, train: Any, feed: dict[Any, Any]) -> Callable[[], Any]:
    session = compiled_session(graph)
    session.run(init)

    def call() -> None:
        session.run(train, feed)
        wait(session)

    return call
