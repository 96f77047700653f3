"""Programs that run on Millpond and on TensorFlow alike: `python shared_programs.py millpond` (or `tensorflow`) answers
questions on its standard input.

A line `NAME REPEATS` runs a program so often and prints the seconds of wall and of CPU time that one took. Programs are
made when they are first asked for.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from measure import once

Program = Callable[[], object]


def empty_loop(tf: Any) -> Program:
    limit = tf.placeholder(tf.int32, [])
    count = tf.while_loop(lambda i: i < limit, lambda i: i + 1, [0])
    session = tf.Session()
    return lambda: session.run(count, {limit: 100_000})


def mapped_rows(tf: Any) -> Program:
    rows = np.random.default_rng(0).random((1000, 100), np.float32)
    x = tf.placeholder(tf.float32, [None, 100])
    y = tf.map_fn(lambda row: tf.reduce_sum(row * row), x)
    session = tf.Session()
    return lambda: session.run(y, {x: rows})


def _update(tf: Any) -> tuple[Any, Any]:
    x = np.random.default_rng(0).random((100, 50), np.float32)
    weights = tf.Variable(np.ones([50, 10], np.float32))
    loss = tf.reduce_mean(tf.square(tf.matmul(tf.constant(x), weights)))
    return weights, tf.train.GradientDescentOptimizer(0.01), loss


def update(tf: Any) -> Program:
    # The loss is fetched, so that each side waits until the step has been computed.
    weights, optimizer, loss = _update(tf)
    train, taken = optimizer.minimize(loss), tf.placeholder(tf.bool, [])
    session = tf.Session()
    session.run(weights.initializer)
    return lambda: session.run([train, loss], {taken: True})


def update_in_branch(tf: Any) -> Program:
    weights, optimizer, loss = _update(tf)
    taken = tf.placeholder(tf.bool, [])
    train = tf.cond(taken, lambda: tf.group(optimizer.minimize(loss)), tf.no_op)
    session = tf.Session()
    session.run(weights.initializer)
    return lambda: session.run([train, loss], {taken: True})


def _lstm_step(tf: Any, x: Any, state: tuple[Any, Any], kernel: Any, bias: Any) -> tuple[Any, Any]:
    c, h = state
    i, j, f, o = tf.split(tf.nn.bias_add(tf.matmul(tf.concat([x, h], 1), kernel), bias), 4, 1)
    c = c * tf.sigmoid(f + 1.0) + tf.sigmoid(i) * tf.tanh(j)
    return c, tf.tanh(c) * tf.sigmoid(o)


def _lstm_classifier(tf: Any) -> tuple[Any, dict[Any, Any]]:
    """The training step of an LSTM of 128 units over 28 steps, as a loop written by hand, and its feeds."""
    generator = np.random.default_rng(0)
    x, labels = tf.placeholder(tf.float32, [None, 28, 28]), tf.placeholder(tf.int64, [None])
    kernel = tf.Variable((generator.standard_normal((156, 512)) * 0.05).astype(np.float32))
    bias, out = tf.Variable(np.zeros(512, np.float32)), tf.Variable(np.full((128, 10), 0.01, np.float32))
    rows = tf.TensorArray(tf.float32, 28).unstack(tf.transpose(x, [1, 0, 2]))
    zeros = tf.zeros([tf.shape(x)[0], 128])

    def body(t: Any, c: Any, h: Any, hs: Any) -> Any:
        c, h = _lstm_step(tf, rows.read(t), (c, h), kernel, bias)
        return t + 1, c, h, hs.write(t, h)

    hs = tf.while_loop(lambda t, *_: t < 28, body, [0, zeros, zeros, tf.TensorArray(tf.float32, 28)])[3].stack()
    logits = tf.matmul(hs[-1], out)
    loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits))
    train = tf.train.AdamOptimizer().minimize(loss)
    feeds = {x: generator.random((100, 28, 28), np.float32), labels: generator.integers(0, 10, 100)}
    return [train, loss], feeds


def lstm(tf: Any) -> Program:
    fetches, feeds = _lstm_classifier(tf)
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return lambda: session.run(fetches, feeds)


def convnet(tf: Any) -> Program:
    """The training step of the convolutional network of the MNIST tutorials, on a batch of 100."""
    generator = np.random.default_rng(0)

    def variable(*sizes: int) -> Any:
        return tf.Variable((generator.standard_normal(sizes) * 0.1).astype(np.float32))

    def layer(x: Any, *sizes: int) -> Any:
        y = tf.nn.relu(tf.nn.conv2d(x, variable(*sizes), strides=[1, 1, 1, 1], padding="SAME") + variable(sizes[-1]))
        return tf.nn.max_pool(y, ksize=[1, 2, 2, 1], strides=[1, 2, 2, 1], padding="SAME")

    x, labels = tf.placeholder(tf.float32, [None, 784]), tf.placeholder(tf.float32, [None, 10])
    pooled = layer(layer(tf.reshape(x, [-1, 28, 28, 1]), 5, 5, 1, 32), 5, 5, 32, 64)
    hidden = tf.nn.relu(tf.matmul(tf.reshape(pooled, [-1, 3136]), variable(3136, 1024)) + variable(1024))
    logits = tf.matmul(hidden, variable(1024, 10)) + variable(10)
    loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits))
    fetches = [tf.train.AdamOptimizer(1e-4).minimize(loss), loss]
    feeds = {x: generator.random((100, 784), np.float32),
             labels: np.eye(10, dtype=np.float32)[generator.integers(0, 10, 100)]}
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return lambda: session.run(fetches, feeds)


def depthwise(tf: Any) -> Program:
    """The gradients of a block of depthwise and pointwise convolutions."""
    x = np.random.default_rng(0).random((16, 28, 28, 64), np.float32)
    deep = tf.Variable(np.full([3, 3, 64, 1], 0.1, np.float32))
    point = tf.Variable(np.full([1, 1, 64, 64], 0.1, np.float32))
    fed = tf.placeholder(tf.float32, x.shape)
    y = tf.nn.conv2d(tf.nn.relu(tf.nn.depthwise_conv2d(fed, deep, [1, 1, 1, 1], "SAME")), point, [1, 1, 1, 1], "SAME")
    slopes = tf.gradients(tf.reduce_mean(tf.square(y)), [deep, point, fed])
    fetches = [tf.reduce_sum(slope) for slope in slopes]
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return lambda: session.run(fetches, {fed: x})


def first_lstm_step(tf: Any) -> Program:
    def first() -> None:
        with tf.Graph().as_default():
            lstm(tf)()
    return first


def building_an_unrolled_lstm(tf: Any) -> Program:
    def build() -> None:
        with tf.Graph().as_default():
            x = tf.placeholder(tf.float32, [32, 100, 16])
            kernel, bias = tf.get_variable("kernel", [80, 256]), tf.get_variable("bias", [256])
            state = tf.zeros([32, 64]), tf.zeros([32, 64])
            for row in tf.unstack(x, axis=1):
                state = _lstm_step(tf, row, state, kernel, bias)
            tf.gradients(tf.reduce_mean(state[1]), [kernel, bias])
    return build


PROGRAMS = {program.__name__: program for program in (
    empty_loop, mapped_rows, update, update_in_branch, convnet, depthwise, lstm, first_lstm_step,
    building_an_unrolled_lstm)}


def framework(name: str) -> Any:
    if name == "millpond":
        return importlib.import_module("millpond")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    tf = importlib.import_module("tensorflow.compat.v1")
    tf.disable_v2_behavior()
    tf.disable_control_flow_v2()
    return tf


def main() -> None:
    tf = framework(sys.argv[1])
    made: dict[str, Program] = {}
    for line in sys.stdin:
        name, repeats = line.split()
        if name not in made:
            with tf.Graph().as_default():
                made[name] = PROGRAMS[name](tf)
        cost = once(made[name], int(repeats))
        print(cost.wall, cost.cpu, flush=True)


if __name__ == "__main__":
    main()
