"""Seed 003: "Introduction to TensorFlow as a computational framework" (its text lost its capital letters)."""

from __future__ import annotations

import concurrent.futures
import pathlib
import random
from collections.abc import Callable

import pytest

import millpond as tf
from millpond.examples import mnist_classifier
from millpond.examples.tutorials.mnist.input_data import SHIPPED_SUBSET
from millpond.python.client import device_lib


def test_available_devices() -> None:
    def get_devices() -> list[str]:
        return [x.name for x in device_lib.list_local_devices()]

    assert "/device:CPU:0" in get_devices()
    cpu = device_lib.list_local_devices()[0]
    assert cpu.device_type == "CPU" and cpu.memory_limit > 0


def test_a_variable_and_a_constant() -> None:
    a = tf.Variable([1, 2, 3], name="a")
    b = tf.constant([1, 2, 3], name="b")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(a).tolist() == sess.run(b).tolist() == [1, 2, 3]


def test_a_placeholder_gets_its_value_when_it_runs() -> None:
    c = tf.placeholder(tf.int32, shape=[1, 2], name="myPlaceholder")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        res = sess.run(c, feed_dict={c: [[5, 6]]})
    assert str(res) == "[[5 6]]"


@pytest.mark.parametrize("wildcard", [None, -1])
def test_wildcards_when_defining_shapes(wildcard: int | None) -> None:
    x = tf.placeholder(tf.float32, shape=[wildcard, 2])
    with tf.Session() as sess:
        for rows in (1, 3):
            assert sess.run(tf.shape(x), {x: [[0.0, 0.0]] * rows}).tolist() == [rows, 2]


def test_printing_a_tensor_prints_no_value() -> None:
    for _ in range(4):
        tf.Variable(0)
    a, b = tf.Variable(3), tf.Variable(4)
    c = tf.multiply(a, b)
    assert str(c) == 'Tensor("Mul:0", shape=(), dtype=int32)'
    assert str(a) == "<tf.Variable 'Variable_4:0' shape=() dtype=int32_ref>"
    assert str(b) == "<tf.Variable 'Variable_5:0' shape=() dtype=int32_ref>"
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(c) == 12


def test_a_value_computed_from_others() -> None:
    a, b = tf.Variable(3), tf.Variable(4)
    c = tf.multiply(a, b)
    d = tf.add(a, c)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        c_value, d_value = sess.run(c), sess.run(d)
    assert (c_value, d_value) == (12, 15)


def test_results_outlive_the_session() -> None:
    a, b = tf.Variable(3), tf.Variable(4)
    c = tf.multiply(a, b)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        res = sess.run(c)
    assert res == 12 and isinstance(c, tf.Tensor)


def test_choosing_devices() -> None:
    with tf.device("/cpu:0"):
        a = tf.constant(2.0) * 3.0
    with tf.device("/gpu:0"):
        b = a + 1.0
    with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
        assert sess.run(b) == 7.0


def save_model(folder: pathlib.Path) -> str:
    a = tf.Variable(5)
    b = tf.Variable(4, name="my_variable")
    op = tf.assign(a, 3)
    saver = tf.train.Saver()
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run(op)
        assert (sess.run(a), sess.run(b)) == (3, 4)
        return saver.save(sess, str(folder / "my_model.ckpt"))


def test_saving_and_loading_variables(tmp_path: pathlib.Path) -> None:
    path = save_model(tmp_path)
    with tf.Graph().as_default():
        a = tf.Variable(0)
        c = tf.Variable(0, name="my_variable")
        saver = tf.train.Saver()
        with tf.Session() as sess:
            saver.restore(sess, path)
            assert (sess.run(a), sess.run(c)) == (3, 4)
    assert tf.train.latest_checkpoint(str(tmp_path)) == path


def test_a_graph_for_tensorboard(tmp_path: pathlib.Path, read_events: Callable[..., list]) -> None:
    with tf.name_scope("primitives"):
        a, b = tf.Variable(5, name="a"), tf.Variable(10, name="b")
    with tf.name_scope("fancy_pants_procedure"):
        c = tf.multiply(a, b)
        with tf.name_scope("very_mean_reduction"):
            d = tf.reduce_mean([a, b, c])
        e = tf.add(c, d)
    with tf.name_scope("not_so_fancy_procedure"):
        d = tf.add(a, b)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert (sess.run(c), sess.run(e), sess.run(d)) == (50, 71, 15)
        tf.summary.FileWriter(str(tmp_path), sess.graph).close()
    graph = tf.GraphDef.FromString(next(event.graph_def for event in read_events(tmp_path) if event.graph_def))
    names = {node.name for node in graph.node}
    assert {"primitives/a", "fancy_pants_procedure/Mul", "fancy_pants_procedure/very_mean_reduction/Mean",
            "not_so_fancy_procedure/Add"} <= names


def test_the_log_of_a_changing_number(tmp_path: pathlib.Path, read_events: Callable[..., list]) -> None:
    a, b = tf.Variable(5, name="a"), tf.Variable(10, name="b")
    init_value = tf.multiply(a.initialized_value(), b.initialized_value(), name="result")
    c = tf.Variable(init_value, name="ChangingNumber")
    number = tf.placeholder(tf.int32, shape=[], name="number")
    c_update = tf.assign(c, tf.add(c, number))
    tf.summary.scalar("ChangingNumber", c)
    summary_op = tf.summary.merge_all()
    expected = 50
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        fw = tf.summary.FileWriter(str(tmp_path), sess.graph)
        for step in range(1000):
            num = int(random.random() * 100)
            expected += num
            sess.run(c_update, feed_dict={number: num})
            fw.add_summary(sess.run(summary_op), step)
        fw.close()
        assert sess.run(c) == expected
    points = [(event.step, value.simple_value) for event in read_events(tmp_path) for value in event.summary.value]
    assert len(points) == 1000 and points[-1] == (999, float(expected))
    assert [step for step, _ in points] == list(range(1000))


def test_the_number_initialized_from_variables_as_the_seed_writes_it(tier: str) -> None:
    """`tf.multiply(a, b)` as an initial value: the initializers run in the order of their dependencies."""
    a, b = tf.Variable(5, name="a"), tf.Variable(10, name="b")
    c = tf.Variable(tf.multiply(a, b, name="result"), name="ChangingNumber")
    with tf.Session() as sess:
        sess.run([a.initializer, b.initializer])
        sess.run(c.initializer)
        assert sess.run(c) == 50


def test_the_changing_number_exactly_as_the_seed_writes_it(tier: str) -> None:
    """`tf.multiply(a, b)` as initial value and all initializers in one run, in which nothing orders them."""
    a, b = tf.Variable(5, name="a"), tf.Variable(10, name="b")
    c = tf.Variable(tf.multiply(a, b, name="result"), name="ChangingNumber")
    number = tf.placeholder(tf.int32, shape=[], name="number")
    c_update = tf.assign(c, tf.add(c, number))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(c) == 50
        assert sess.run(c_update, {number: 7}) == 57


def test_the_first_graph_for_tensorboard(tmp_path: pathlib.Path, read_events: Callable[..., list]) -> None:
    a, b = tf.Variable(5, name="a"), tf.Variable(10, name="b")
    c = tf.multiply(a, b, name="result")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        assert sess.run(c) == 50
        tf.summary.FileWriter(str(tmp_path), sess.graph).close()
    graph = tf.GraphDef.FromString(next(event.graph_def for event in read_events(tmp_path) if event.graph_def))
    assert {"a", "b", "result"} <= {node.name for node in graph.node}


def test_merging_some_summaries() -> None:
    numbers = tf.constant([1.0, 2.0, 3.0])
    summ1, summ2 = tf.summary.scalar("average", tf.reduce_mean(numbers)), tf.summary.histogram("numbers", numbers)
    summ3 = tf.summary.text("words", tf.constant("hello"))
    tf.summary.scalar("left_out", numbers[0])
    summary = tf.summary.merge([summ1, summ2, summ3])
    with tf.Session() as sess:
        written = tf.Summary.FromString(sess.run(summary))
    assert [value.tag for value in written.value] == ["average", "numbers", "words"]
    assert written.value[0].simple_value == 2.0


def test_the_cluster_is_described_and_the_graph_is_placed() -> None:
    cluster = tf.train.ClusterSpec({"my_job": ["worker1.ip:2222", "worker2.ip:2222"]})
    assert cluster.job_tasks("my_job") == ["worker1.ip:2222", "worker2.ip:2222"]
    with pytest.raises(NotImplementedError, match="tf.train.Server"):
        tf.train.Server(cluster, job_name="my_job", task_index=1)
    a = tf.Variable(5)
    with tf.device("/job:my_job/task:0"):
        b = tf.multiply(a, 10)
    with tf.device("/job:my_job/task:1"):
        c = tf.add(b, a)
    assert (b.device, c.device) == ("/job:my_job/task:0", "/job:my_job/task:1")


def test_a_session_on_a_cluster_says_that_it_is_not_supported_yet() -> None:
    with pytest.raises(NotImplementedError, match="grpc://localhost:2222"):
        tf.Session("grpc://localhost:2222")


@pytest.mark.slow
def test_the_almost_practical_example(mnist_folder: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """20,000 steps of 100 on all of MNIST, where TensorFlow reaches 0.962; a quarter of them on the shipped subset."""
    subset = mnist_folder == SHIPPED_SUBSET
    arguments = (None, 5000, tmp_path) if subset else (mnist_folder, 20_000, tmp_path)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:  # a thread has a default graph of its own to reset
        run = pool.submit(mnist_classifier.main, *arguments).result()
    assert run.test_accuracy >= (0.88 if subset else 0.955)
