"""The model of the MNIST tutorial: two hidden layers, in the four functions that its programs call.

Example:
  >>> import numpy as np
  >>> import millpond as tf
  >>> from millpond.examples.tutorials.mnist import mnist
  >>> with tf.Graph().as_default(), tf.Session() as sess:
  ...     images, labels = tf.zeros([2, mnist.IMAGE_PIXELS]), tf.constant([3, 7])
  ...     logits = mnist.inference(images, 8, 4)
  ...     loss = mnist.loss(logits, labels)
  ...     step = mnist.training(loss, learning_rate=0.1)
  ...     sess.run(tf.global_variables_initializer())
  ...     before = sess.run(loss)
  ...     sess.run(step)
  ...     print(before.round(4), sess.run(loss) < before)
  2.3026 True
"""

from __future__ import annotations

import math
from typing import Any

import millpond as tf

NUM_CLASSES = 10
IMAGE_SIZE = 28
IMAGE_PIXELS = IMAGE_SIZE * IMAGE_SIZE


def _layer(inputs: Any, name: str, input_units: int, output_units: int) -> Any:
    """`inputs @ weights + biases`, with its variables below `name`."""
    with tf.name_scope(name):
        spread = 1.0 / math.sqrt(input_units)
        weights = tf.Variable(tf.truncated_normal([input_units, output_units], stddev=spread), name="weights")
        biases = tf.Variable(tf.zeros([output_units]), name="biases")
        return tf.matmul(inputs, weights) + biases


def inference(images: Any, hidden1_units: int, hidden2_units: int) -> Any:
    """The logits of the ten digits.

    Args:
      images: Floats `[n, IMAGE_PIXELS]`.
      hidden1_units: The size of the first hidden layer.
      hidden2_units: The size of the second.

    Returns:
      Floats `[n, NUM_CLASSES]`. The variables are `hidden1/weights`, `hidden1/biases`, `hidden2/...` and
      `softmax_linear/...`.

    Raises:
      ValueError: If the images are of another size.

    Example:
      >>> inference(tf.zeros([5, IMAGE_PIXELS]), 128, 32).shape.as_list()
      [5, 10]
    """
    hidden1 = tf.nn.relu(_layer(images, "hidden1", IMAGE_PIXELS, hidden1_units))
    hidden2 = tf.nn.relu(_layer(hidden1, "hidden2", hidden1_units, hidden2_units))
    return _layer(hidden2, "softmax_linear", hidden2_units, NUM_CLASSES)


def loss(logits: Any, labels: Any) -> Any:
    """The mean cross entropy of integer labels `[n]` under logits `[n, NUM_CLASSES]`."""
    return tf.losses.sparse_softmax_cross_entropy(labels=tf.to_int64(labels), logits=logits)


def training(loss: Any, learning_rate: float) -> Any:
    """The operation of one step of gradient descent, which counts `global_step`; the loss becomes a summary."""
    tf.summary.scalar("loss", loss)
    step = tf.Variable(0, name="global_step", trainable=False)
    return tf.train.GradientDescentOptimizer(learning_rate).minimize(loss, global_step=step)


def evaluation(logits: Any, labels: Any) -> Any:
    """How many of the labels `[n]` have the greatest of their logits: an int32 without dimensions."""
    return tf.reduce_sum(tf.cast(tf.nn.in_top_k(logits, labels, 1), tf.int32))
