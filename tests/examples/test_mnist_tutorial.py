"""The MNIST package of the tutorials: `from ...tutorials.mnist import input_data, mnist`, as old programs import it."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf
from millpond.examples.tutorials import mnist as package
from millpond.examples.tutorials.mnist import input_data, mnist


def test_the_package_has_both_modules() -> None:
    assert package.input_data is input_data and package.mnist is mnist
    assert tf.examples.tutorials.mnist.mnist.inference is mnist.inference
    assert (mnist.NUM_CLASSES, mnist.IMAGE_SIZE, mnist.IMAGE_PIXELS) == (10, 28, 784)


@pytest.mark.slow
def test_a_fully_connected_program_learns(tier: str) -> None:
    tf.set_random_seed(1)
    rng = np.random.default_rng(0)
    images = rng.standard_normal((40, mnist.IMAGE_PIXELS), np.float32)
    labels = rng.integers(0, mnist.NUM_CLASSES, 40).astype(np.int32)
    x, y = tf.placeholder(tf.float32, [None, mnist.IMAGE_PIXELS]), tf.placeholder(tf.int32, [None])
    logits = mnist.inference(x, 32, 16)
    loss = mnist.loss(logits, y)
    train = mnist.training(loss, 0.5)
    correct = mnist.evaluation(logits, y)
    summary = tf.summary.merge_all()
    assert [v.op.name for v in tf.trainable_variables()] == [
        f"{layer}/{part}" for layer in ("hidden1", "hidden2", "softmax_linear") for part in ("weights", "biases")]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        feed = {x: images, y: labels}
        before = sess.run([loss, correct], feed)
        for _ in range(100):
            sess.run([train, loss], feed)
        after = sess.run([loss, correct], feed)
        assert after[0] < before[0] / 2 and after[1] > before[1] and correct.dtype is tf.int32
        assert sess.run("global_step:0") == 100
        (value,) = tf.Summary.FromString(sess.run(summary, feed)).value
        assert (value.tag, value.simple_value) == ("loss", after[0])
