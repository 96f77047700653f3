"""Seed 002: the slides "Deep Learning From Scratch: TensorFlow"."""

from __future__ import annotations

import csv
import pathlib

import numpy as np
import pytest

import millpond as tf
from millpond.examples.advertising_regression import ADVERTISING_CSV
from millpond.examples.tutorials.mnist import input_data


def test_numpy_recap_and_the_same_in_tensorflow() -> None:
    sess = tf.InteractiveSession()
    a, b = tf.zeros((2, 2)), tf.ones((2, 2))
    assert repr(tf.reduce_sum(b, reduction_indices=1).eval()) == "array([2., 2.], dtype=float32)"
    assert repr(a.get_shape()) == "TensorShape([Dimension(2), Dimension(2)])"
    assert tf.reshape(a, (1, 4)).eval().tolist() == [[0.0, 0.0, 0.0, 0.0]]
    assert str(tf.zeros((2, 2))) == 'Tensor("zeros_1:0", shape=(2, 2), dtype=float32)'
    sess.close()


def test_matrix_operations() -> None:
    sess = tf.Session()
    x = tf.placeholder(tf.float32, shape=(1, 3))
    w = tf.Variable(tf.random_normal([3, 3]))
    y = tf.matmul(x, w)
    out = tf.nn.relu(y)
    sess.run(tf.initialize_all_variables())
    value, weights = sess.run([out, w], {x: [[1.0, 2.0, 3.0]]})
    assert value == pytest.approx(np.maximum(np.array([[1.0, 2.0, 3.0]]) @ weights, 0), rel=1e-4, abs=1e-5)


def test_three_ways_to_use_a_session() -> None:
    a, b = tf.constant(5.0), tf.constant(6.0)
    c = a * b
    sess = tf.Session()
    assert sess.run(c) == 30.0
    sess.close()
    with tf.Session() as sess:
        assert c.eval() == 30.0
    sess = tf.InteractiveSession()
    assert c.eval() == 30.0
    sess.close()


def test_the_second_gpu_or_else_softly_the_cpu() -> None:
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
        with tf.device("/gpu:1"):
            product = tf.matmul(tf.constant([[3.0, 3.0]]), tf.constant([[2.0], [2.0]]))
        assert product.device == "/device:GPU:1"
        assert sess.run(product).tolist() == [[12.0]]


def test_variables_on_a_named_task() -> None:
    with tf.device("/job:ps/task:0"):
        weights = tf.Variable(tf.zeros([784, 10]))
        biases = tf.Variable(tf.zeros([10]))
    assert weights.device == biases.device == biases.initializer.device == "/job:ps/task:0"
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="/job:ps/task:0"):
        sess.run(tf.initialize_all_variables())
    with pytest.raises(NotImplementedError, match="grpc://example.org:2222"):
        tf.Session("grpc://example.org:2222")


def test_fetched_weights_outlive_the_session() -> None:
    """"Can we obtain W and b outside the session?" What was fetched, yes; the variable, no."""
    weights = tf.Variable(0.185883, name="weight")
    with tf.Session() as sess:
        sess.run(tf.initialize_all_variables())
        w = sess.run(weights)
    assert w * np.array([[2.0]]) == pytest.approx(0.371766)
    with pytest.raises(RuntimeError, match="closed Session"):
        sess.run(weights)


def test_variables_with_zeros_and_random_values() -> None:
    zeros = tf.Variable(tf.zeros([784, 10]))
    weights = tf.Variable(tf.random_normal([784, 10], stddev=0.35), name="weights")
    init_op = tf.initialize_all_variables()
    with tf.Session() as sess:
        sess.run(init_op)
        z, w = sess.run([zeros, weights])
    assert not z.any()
    assert abs(w.mean()) < 0.02 and abs(w.std() - 0.35) < 0.02


def test_a_counter() -> None:
    state = tf.Variable(0, name="counter")
    update = tf.assign(state, tf.add(state, tf.constant(1)))
    with tf.Session() as sess:
        sess.run(tf.initialize_all_variables())
        counted = []
        for _ in range(3):
            sess.run(update)
            counted.append(int(sess.run(state)))
    assert counted == [1, 2, 3]


def test_feeding_placeholders() -> None:
    input1, input2 = tf.placeholder(tf.float32), tf.placeholder(tf.float32)
    output = tf.mul(input1, input2)
    assert str(output) == 'Tensor("Mul:0", dtype=float32)'
    with tf.Session() as sess:
        got = sess.run([output], feed_dict={input1: [7.0], input2: [3.0]})
    assert repr(got) == "[array([21.], dtype=float32)]"


def advertising() -> tuple[np.ndarray, np.ndarray]:
    with ADVERTISING_CSV.open(newline="") as file:
        rows = list(csv.DictReader(file))
    x = np.array([[float(row["TV"])] for row in rows], np.float32)
    y = np.array([[float(row["Sales"])] for row in rows], np.float32)
    assert x.shape == y.shape == (200, 1)
    return x, y


def test_linear_regression_of_the_advertising_data() -> None:
    train_x, train_y = advertising()
    n_samples = train_x.shape[0]
    x, y = tf.placeholder("float", [None, 1]), tf.placeholder("float", [None, 1])
    w, b = tf.Variable(0.185883, name="weight"), tf.Variable(-0.013122, name="bias")
    y_pred = tf.add(tf.mul(x, w), b)
    cost = tf.reduce_sum(tf.pow(y_pred - y, 2)) / (2 * n_samples)
    optimizer = tf.train.AdamOptimizer(0.1).minimize(cost)
    init = tf.initialize_all_variables()
    trace = {}
    with tf.Session() as sess:
        sess.run(init)
        for epoch in range(1000):
            sess.run(optimizer, feed_dict={x: train_x, y: train_y})
            if epoch % 200 == 0:
                trace[epoch + 1] = (sess.run(cost, {x: train_x, y: train_y}), sess.run(w), sess.run(b))
        final = (sess.run(cost, {x: train_x, y: train_y}), sess.run(w), sess.run(b))
    assert trace[1] == pytest.approx((11.784294128, 0.085883, -0.113122), rel=1e-5)
    assert trace[201] == pytest.approx((5.516845703, 0.0548285, 5.59834), rel=1e-4)
    assert trace[401] == pytest.approx((5.256753445, 0.0478319, 6.97454), rel=1e-4)
    assert final == pytest.approx((5.2563, 0.04754, 7.0326), rel=1e-4)


def separable() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    x = generator.normal(size=(200, 2)).astype(np.float32)
    labels = np.where(x @ np.array([2.0, -1.0]) + 0.5 > 0, 1.0, -1.0).astype(np.float32)[:, None]
    return x, labels


@pytest.mark.parametrize("loss", ["logistic", "svm"])
def test_the_other_losses_of_the_slides(loss: str) -> None:
    """Logistic regression and the support-vector machine: the losses written out, trained until they separate."""
    data, labels = separable()
    x, y = tf.placeholder("float", [None, 2]), tf.placeholder("float", [None, 1])
    w, b = tf.Variable(tf.zeros([2, 1])), tf.Variable(tf.zeros([1]))
    margin = y * (tf.matmul(x, w) + b)
    if loss == "logistic":
        cost = tf.reduce_mean(tf.log(1 + tf.exp(-margin)))
    else:
        cost = tf.reduce_mean(tf.maximum(0.0, 1 - margin))
    train = tf.train.GradientDescentOptimizer(0.5).minimize(cost)
    accuracy = tf.reduce_mean(tf.cast(tf.greater(margin, 0), "float"))
    with tf.Session() as sess:
        sess.run(tf.initialize_all_variables())
        start = sess.run(cost, {x: data, y: labels})
        for _ in range(300):
            sess.run(train, {x: data, y: labels})
        end, right = sess.run([cost, accuracy], {x: data, y: labels})
    assert start == pytest.approx(np.log(2) if loss == "logistic" else 1.0, rel=1e-5)
    assert end < 0.15 and right > 0.97


@pytest.mark.parametrize("name", ["Adam", "Adagrad", "Adadelta", "GradientDescent", "Ftrl", "RMSProp", "Momentum"])
def test_the_optimizers_that_the_slides_list(name: str) -> None:
    v = tf.Variable([3.0, -2.0])
    cost = tf.reduce_sum(tf.square(v))
    arguments = {"Momentum": (0.05, 0.9), "Adadelta": (10.0,)}.get(name, (0.1,))
    step = getattr(tf.train, f"{name}Optimizer")(*arguments).minimize(cost)
    with tf.Session() as sess:
        sess.run(tf.initialize_all_variables())
        start = sess.run(cost)
        for _ in range(50):
            sess.run(step)
        assert sess.run(cost) < start


@pytest.mark.slow
def test_softmax_regression_on_batches_of_mnist(mnist_folder: pathlib.Path) -> None:
    """Two epochs on all of MNIST; ten on the subset that ships, which is a sixth of it."""
    subset = mnist_folder == input_data.SHIPPED_SUBSET
    mnist = input_data.read_data_sets(mnist_folder, one_hot=True, validation_size=1000 if subset else 5000)
    x, y = tf.placeholder("float", [None, 784]), tf.placeholder("float", [None, 10])
    w, b = tf.Variable(tf.zeros([784, 10])), tf.Variable(tf.zeros([10]))
    y_pred = tf.nn.softmax(tf.matmul(x, w) + b)
    cost = tf.reduce_mean(-tf.reduce_sum(y * tf.log(y_pred), reduction_indices=1))
    optimizer = tf.train.GradientDescentOptimizer(0.1).minimize(cost)
    with tf.Session() as sess:
        sess.run(tf.initialize_all_variables())
        costs = []
        for _ in range(10 if subset else 2):
            average = 0.0
            total_batch = int(mnist.train.num_examples / 100)
            for _ in range(total_batch):
                batch_xs, batch_ys = mnist.train.next_batch(100)
                _, batch_cost = sess.run([optimizer, cost], feed_dict={x: batch_xs, y: batch_ys})
                average += batch_cost / total_batch
            costs.append(average)
        correct_prediction = tf.equal(tf.argmax(y_pred, 1), tf.argmax(y, 1))
        accuracy = tf.reduce_mean(tf.cast(correct_prediction, "float"))
        assert accuracy.eval({x: mnist.test.images, y: mnist.test.labels}) > (0.85 if subset else 0.9)
    assert costs[-1] < costs[0] < (1.5 if subset else 1.0)
