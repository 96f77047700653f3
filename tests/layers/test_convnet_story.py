"""The convolutional network of the MNIST tutorial, with batch normalization: trained, saved, frozen, and shared."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.examples.tutorials.mnist import input_data


def _net(images: Any, training: Any) -> tf.Tensor:
    x = tf.reshape(images, [-1, 28, 28, 1])
    h = tf.layers.conv2d(x, 8, 5, strides=2, padding="same", use_bias=False, kernel_regularizer=tf.nn.l2_loss)
    h = tf.nn.relu(tf.layers.batch_normalization(h, training=training, momentum=0.9))
    h = tf.layers.max_pooling2d(h, 2, 2)
    h = tf.layers.flatten(tf.layers.conv2d(h, 16, 3, activation=tf.nn.relu))
    h = tf.layers.dropout(tf.layers.dense(h, 64, activation=tf.nn.relu), 0.4, training=training)
    return tf.layers.dense(h, 10, name="logits")


@pytest.mark.slow
def test_it_learns_and_is_frozen(mnist_folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    mnist = input_data.read_data_sets(str(mnist_folder), validation_size=0)
    tf.set_random_seed(1)
    images = tf.placeholder(tf.float32, [None, 784], name="images")
    labels = tf.placeholder(tf.int64, [None])
    training = tf.placeholder_with_default(False, [], name="training")
    logits = _net(images, training)
    loss = tf.losses.sparse_softmax_cross_entropy(labels, logits) + 1e-4 * tf.losses.get_regularization_loss()
    right = tf.equal(tf.argmax(logits, 1), labels)
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train = tf.train.AdamOptimizer(0.005).minimize(loss)
    saver = tf.train.Saver()
    digits, answers = mnist.test.images[:200], mnist.test.labels[:200]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(60):
            batch, batch_labels = mnist.train.next_batch(50)
            sess.run(train, {images: batch, labels: batch_labels, training: True})
        found, wanted = sess.run([right, logits], {images: digits, labels: answers})
        assert np.mean(found) > 0.7
        path = saver.save(sess, str(tmp_path / "model"))
        frozen = tf.graph_util.convert_variables_to_constants(sess, tf.get_default_graph().as_graph_def(),
                                                              ["logits/BiasAdd"])
    assert not [node.name for node in frozen.node if "Variable" in node.op or "Assign" in node.op]

    with tf.Graph().as_default(), tf.Session() as sess:  # the frozen graph: no variables, and no updates
        (y,) = tf.import_graph_def(frozen, return_elements=["logits/BiasAdd:0"], name="")
        assert tf.global_variables() == []
        np.testing.assert_allclose(sess.run(y, {"images:0": digits}), wanted, rtol=1e-4, atol=1e-4)

    with tf.Graph().as_default(), tf.Session() as sess:  # a program for inference, with the checkpoint
        images = tf.placeholder(tf.float32, [None, 784])
        y = _net(images, False)
        tf.train.Saver().restore(sess, path)
        np.testing.assert_allclose(sess.run(y, {images: digits}), wanted, rtol=1e-4, atol=1e-4)

    with tf.Graph().as_default(), tf.Session() as sess:  # the same graph from its meta graph, updates and all
        tf.train.import_meta_graph(path + ".meta").restore(sess, path)
        updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
        before = sess.run("batch_normalization/moving_mean:0")
        sess.run(updates, {"images:0": digits, "training:0": True})
        assert np.all(sess.run("batch_normalization/moving_mean:0") != before)
        assert len(updates) == 2


def test_a_template_shares_the_variables_of_its_layers(tier: str) -> None:
    template = tf.make_template("encoder", lambda x: tf.layers.batch_normalization(
        tf.layers.conv1d(x, 2, 2, name="conv"), training=True))
    x = tf.constant(np.random.RandomState(0).normal(size=(3, 5, 2)).astype(np.float32))
    first, second = template(x), template(x)
    assert [v.op.name for v in tf.global_variables()] == [
        f"encoder/{name}" for name in ("conv/kernel", "conv/bias", "batch_normalization/gamma",
                                       "batch_normalization/beta", "batch_normalization/moving_mean",
                                       "batch_normalization/moving_variance")]
    assert [y.op.name for y in (first, second)] == ["encoder/batch_normalization/batchnorm/add_1",
                                                    "encoder_1/batch_normalization/batchnorm/add_1"]
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(*sess.run([first, second]))


@pytest.mark.slow
def test_two_towers_share_one_network_and_their_updates_are_told_apart() -> None:
    """A network on real and on made up images, as in a GAN: each has its updates, found by their scope."""
    def discriminator(x: Any, reuse: bool = False) -> tf.Tensor:
        with tf.variable_scope("discriminator", reuse=reuse):
            h = tf.layers.conv2d(x, 2, 3, strides=2)
            h = tf.nn.leaky_relu(tf.layers.batch_normalization(h, training=True))
            return tf.layers.dense(tf.layers.flatten(h), 1)

    def generator(z: Any) -> tf.Tensor:
        with tf.variable_scope("generator"):
            h = tf.reshape(tf.layers.dense(z, 16), [-1, 2, 2, 4])
            h = tf.nn.relu(tf.layers.batch_normalization(h, training=True))
            return tf.layers.conv2d_transpose(h, 1, 3, strides=2, activation=tf.nn.tanh)

    tf.set_random_seed(3)
    made = generator(tf.random_normal([4, 3], seed=1))
    real = tf.random_normal([4, 5, 5, 1], seed=2)
    scores = [discriminator(real), discriminator(made, reuse=True)]
    assert made.shape.as_list() == [4, 5, 5, 1]
    updates = {scope: [op.name for op in tf.get_collection(tf.GraphKeys.UPDATE_OPS, scope=scope)]
               for scope in ("generator", "discriminator/", "discriminator_1/")}
    assert [len(names) for names in updates.values()] == [2, 2, 2]
    of = {scope: tf.trainable_variables(scope) for scope in ("generator", "discriminator")}
    assert [v.op.name for v in of["discriminator"]] == [
        f"discriminator/{name}" for name in ("conv2d/kernel", "conv2d/bias", "batch_normalization/gamma",
                                             "batch_normalization/beta", "dense/kernel", "dense/bias")]
    loss = tf.reduce_mean(tf.nn.softplus(scores[1])) + tf.reduce_mean(tf.nn.softplus(-scores[0]))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS, scope="discriminator")):
        train = tf.train.AdamOptimizer(0.05).minimize(loss, var_list=of["discriminator"])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        before, kept = sess.run([loss, of["generator"]])
        for _ in range(20):
            sess.run(train)
        after, still = sess.run([loss, of["generator"]])
        assert after < before
        for one, other in zip(kept, still, strict=True):
            np.testing.assert_array_equal(one, other)
        mean = tf.global_variables("discriminator/batch_normalization/moving_mean")[0]
        assert np.all(sess.run(mean) != 0)
        assert not np.any(sess.run(tf.global_variables("generator/batch_normalization/moving_mean")[0]))
