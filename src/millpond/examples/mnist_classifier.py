"""A three-layer network that reads handwritten digits: a whole TensorFlow 1 program.

Scopes, dropout, Adam, summaries, and a saver, as a program of 2017 would use them. 20,000 steps on all of
MNIST reach 0.96 on the test images, 2,000 steps 0.92; the 2,000 steps on the subset that ships with Millpond, which
are the default, take seconds and reach 0.89.

Run it: `python -m millpond.examples.mnist_classifier`, or `millpond demo`.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

from tqdm import tqdm

import millpond as tf
from millpond.examples.tutorials.mnist import input_data

BATCH_SIZE = 100
_SUMMARY_EVERY = 100
_DIGITS_SHOWN = 10
_SUBSET_VALIDATION_SIZE = 1000
_FULL_TRAINING_SIZE = 55_000


class Network(NamedTuple):
    """The tensors and operations that training uses."""

    x: Any
    labels: Any
    keep_prob: Any
    train_step: Any
    accuracy: Any
    summary_op: Any
    digits_summary: Any


class Run(NamedTuple):
    """What a training run left behind."""

    test_accuracy: float
    summaries: Path
    checkpoint: str | None


def build_network() -> Network:
    """Builds the network 784-500-100-10 with its loss, training step and summaries in the default graph."""
    with tf.name_scope("input"):
        x = tf.placeholder(tf.float32, [None, 28 * 28], name="input")
        # a placeholder to hold the correct answer during training
        labels = tf.placeholder(tf.float32, [None, 10], name="label")
        # the probability of a neuron being kept during dropout
        keep_prob = tf.placeholder(tf.float32, name="keep_prob")
    with tf.name_scope("model"):
        with tf.name_scope("fc1"):
            w1 = tf.Variable(tf.truncated_normal([28 * 28, 500], stddev=0.1), name="weights")
            b1 = tf.Variable(tf.constant(0.1, shape=[500]), name="biases")
            with tf.name_scope("softmax_activation"):
                a1 = tf.nn.softmax(tf.matmul(x, w1) + b1)
            with tf.name_scope("dropout"):
                drop1 = tf.nn.dropout(a1, keep_prob)
        with tf.name_scope("fc2"):
            w2 = tf.Variable(tf.truncated_normal([500, 100], stddev=0.1), name="weights")
            b2 = tf.Variable(tf.constant(0.1, shape=[100]), name="biases")
            with tf.name_scope("relu_activation"):
                a2 = tf.nn.relu(tf.matmul(drop1, w2) + b2)
            with tf.name_scope("dropout"):
                drop2 = tf.nn.dropout(a2, keep_prob)
        with tf.name_scope("fc3"):
            w3 = tf.Variable(tf.truncated_normal([100, 10], stddev=0.1), name="weights")
            b3 = tf.Variable(tf.constant(0.1, shape=[10]), name="biases")
            with tf.name_scope("logits"):
                # the final layer has no dropout
                logits = tf.matmul(drop2, w3) + b3
    with tf.name_scope("train"):
        with tf.name_scope("loss"):
            cross_entropy = tf.nn.softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        train_step = tf.train.AdamOptimizer(0.001).minimize(cross_entropy)
    with tf.name_scope("evaluation"):
        correct_prediction = tf.equal(tf.argmax(logits, 1), tf.argmax(labels, 1))
        accuracy = tf.reduce_mean(tf.cast(correct_prediction, tf.float32))
    tf.summary.scalar("accuracy", accuracy)
    tf.summary.scalar("loss", tf.reduce_mean(cross_entropy))
    for layer, w, b in (("fc1", w1, b1), ("fc2", w2, b2), ("fc3", w3, b3)):
        tf.summary.histogram(f"weights/{layer}", w)
        tf.summary.histogram(f"biases/{layer}", b)
    summary_op = tf.summary.merge_all()
    # The test images never change: one look at the first of them is enough, so this is not merged with the others.
    with tf.name_scope("digits"):
        images = tf.reshape(x[:_DIGITS_SHOWN], [-1, 28, 28, 1])
    digits_summary = tf.summary.image("test_digits", images, max_outputs=_DIGITS_SHOWN)
    return Network(x, labels, keep_prob, train_step, accuracy, summary_op, digits_summary)


def main(
    data_dir: str | os.PathLike[str] | None = None,
    steps: int = 2000,
    logdir: str | os.PathLike[str] = "millpond-demo",
    seed: int | None = None,
) -> Run:
    """Trains the network, with a progress bar, and prints its accuracy on the test images.

    Args:
      data_dir: Folder of the MNIST files; what is missing there is downloaded. None means the small subset
        that ships with Millpond.
      steps: How many batches of 100 images to train on.
      logdir: Where the summaries (`summary/`) and the checkpoint (`my_nn.ckpt`) go; made if need be.
      seed: Graph-level seed; with one, every run gives the same result.
    """
    tf.reset_default_graph()
    if seed is not None:
        tf.set_random_seed(seed)
    mnist = _read_digits(data_dir)

    network = build_network()
    saver = tf.train.Saver()
    summaries = Path(logdir) / "summary"
    test = {network.x: mnist.test.images, network.labels: mnist.test.labels, network.keep_prob: 1}

    # XLA compiles whatever runs, at its first run: so it is known when the progress bar would stand still.
    config = tf.ConfigProto()
    config.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
    with tf.Session(config=config) as sess:
        progress = tqdm(range(steps), desc="training", unit="step")
        progress.set_postfix_str("compiling")
        tf.global_variables_initializer().run()
        writer = tf.summary.FileWriter(str(summaries), sess.graph)
        writer.add_summary(sess.run(network.digits_summary, feed_dict=test))
        for step in progress:
            batch_xs, batch_ys = mnist.train.next_batch(BATCH_SIZE)
            sess.run(
                network.train_step,
                feed_dict={network.x: batch_xs, network.labels: batch_ys, network.keep_prob: 0.2},
            )
            if step % _SUMMARY_EVERY == 0:
                accuracy, summary = sess.run([network.accuracy, network.summary_op], feed_dict=test)
                writer.add_summary(summary, step)
                progress.set_postfix_str(f"test accuracy {accuracy:.3f}")
        writer.close()

        test_accuracy = float(sess.run(network.accuracy, feed_dict=test))
        print(f"final test accuracy: {test_accuracy:.4f}")
        if mnist.train.num_examples < _FULL_TRAINING_SIZE:
            print(f"All {_FULL_TRAINING_SIZE:,} training images of MNIST get further: 2,000 steps to about 0.92, "
                  "20,000 steps to 0.96.")
        checkpoint = saver.save(sess, str(Path(logdir) / "my_nn.ckpt"))
    return Run(test_accuracy, summaries, checkpoint)


def _read_digits(data_dir: str | os.PathLike[str] | None) -> Any:
    """The data sets, after saying which they are."""
    if data_dir is None:
        mnist = input_data.read_data_sets(
            input_data.SHIPPED_SUBSET, one_hot=True, validation_size=_SUBSET_VALIDATION_SIZE
        )
        source = "the subset of MNIST that ships with Millpond"
    else:
        mnist = input_data.read_data_sets(data_dir, one_hot=True)
        found = any(Path(data_dir).glob("train-images*"))
        source = repr(os.fspath(data_dir)) if found else "the subset of MNIST that ships with Millpond"
    print(f"Data: {source}: {mnist.train.num_examples:,} training and {mnist.test.num_examples:,} test images.")
    return mnist


if __name__ == "__main__":
    main()
