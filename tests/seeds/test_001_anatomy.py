"""Seed 001: the notebook "Anatomy of Deep Learning Frameworks", its blanks filled in."""

from __future__ import annotations

import pathlib
from collections.abc import Callable

import numpy as np
import pytest

import millpond as tf


def test_constants_in_a_session() -> None:
    a, b = tf.constant(2), tf.constant(3)
    c, d = a + b, a * b
    e = c + d
    with tf.Session() as sess:
        assert "(a+b)+(a*b) = %i" % sess.run(e) == "(a+b)+(a*b) = 11"


def test_initialized_tensors() -> None:
    tensors = [tf.zeros([2, 3], tf.int32), tf.ones([2, 3], tf.int32), tf.fill([3, 3], 23.9), tf.range(0, 10, 1)]
    with tf.Session() as sess:
        zeros, ones, filled, numbers = sess.run(tensors)
    assert zeros.tolist() == [[0, 0, 0]] * 2 and ones.tolist() == [[1, 1, 1]] * 2 and zeros.dtype == np.int32
    assert filled.shape == (3, 3) and np.all(filled == np.float32(23.9))
    assert numbers.tolist() == list(range(10))


def test_sequences_are_not_iterable() -> None:
    with pytest.raises(TypeError, match="not iterable"):
        for _ in tf.range(3):
            pass


def test_random_tensors() -> None:
    a, b = tf.random_normal([2, 2], 0.0, 1.0), tf.random_uniform([2, 2], 0.0, 1.0)
    with tf.Session() as sess:
        normal, uniform = sess.run([a, b])
        again = sess.run(a)
    assert normal.shape == uniform.shape == (2, 2)
    assert np.all((uniform >= 0) & (uniform < 1))
    assert not np.array_equal(normal, again)


def test_shuffled_numbers() -> None:
    idx = tf.constant(20)
    idx_list = tf.range(idx)
    shuffle = tf.random_shuffle(idx_list)
    with tf.Session() as sess:
        a, b = sess.run([idx_list, shuffle])
    assert a.tolist() == list(range(20))
    assert sorted(b.tolist()) == a.tolist() and b.tolist() != a.tolist()


def five_nodes(**placeholder: object) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    a, b = tf.placeholder(tf.int16, **placeholder), tf.placeholder(tf.int16, **placeholder)
    c, d = tf.add(a, b), tf.mul(a, b)
    return a, b, tf.add(c, d)


def test_placeholders_as_input() -> None:
    a, b, e = five_nodes()
    values = feed_dict = {a: 5, b: 3}
    with tf.Session() as sess:
        assert "a = %i" % sess.run(a, values) == "a = 5"
        assert "b = %i" % sess.run(b, values) == "b = 3"
        assert "(a+b)+(a*b) = %i" % sess.run(e, feed_dict) == "(a+b)+(a*b) = 23"


def test_overloaded_operations_on_placeholders() -> None:
    a, b = tf.placeholder(tf.int16), tf.placeholder(tf.int16)
    c, d = a + b, a * b
    e = c + d
    variables = {a: 5, b: 3}
    with tf.Session() as sess:
        assert "(a+b)+(a*b) = %i" % sess.run(e, variables) == "(a+b)+(a*b) = 23"
    assert sess.graph is tf.get_default_graph()


def test_named_nodes() -> None:
    a, b = tf.placeholder(tf.int32, name="input_a"), tf.placeholder(tf.int32, name="input_b")
    c, d = tf.add(a, b, name="add_1"), tf.mul(a, b, name="mul_1")
    e = tf.add(c, d, name="add_2")
    sess = tf.Session()
    assert sess.run(e, {a: 5, b: 3}) == sess.run("add_2:0", {"input_a:0": 5, "input_b:0": 3}) == 23
    sess.close()


def test_vectors_as_input() -> None:
    a, b, e = five_nodes(shape=[2])
    with tf.Session() as sess:
        variables = {a: [2, 2], b: [3, 3]}
        assert [sess.run(t, variables).tolist() for t in (a, b, e)] == [[2, 2], [3, 3], [11, 11]]


def test_the_graph_of_named_nodes_is_written_for_tensorboard(tmp_path: pathlib.Path,
                                                             read_events: Callable[..., list]) -> None:
    a, b = tf.placeholder(tf.int16, name="input_a"), tf.placeholder(tf.int16, name="input_b")
    c, d = tf.add(a, b, name="add_1"), tf.mul(a, b, name="mul_1")
    e = tf.add(c, d, name="add_2")
    session = tf.Session()
    output = session.run(e, {a: 5, b: 3})
    writer = tf.train.SummaryWriter(str(tmp_path), session.graph)
    writer.close()
    session.close()
    assert output == 23
    graph = tf.GraphDef.FromString(next(event.graph_def for event in read_events(tmp_path) if event.graph_def))
    assert [node.name for node in graph.node] == ["input_a", "input_b", "add_1", "mul_1", "add_2"]


def test_product_and_sum_of_a_constant() -> None:
    a = tf.constant([5, 3], name="input_a")
    b, c = tf.reduce_prod(a, name="prod_b"), tf.reduce_sum(a, name="sum_c")
    d = tf.add(b, c, name="add_d")
    with tf.Session() as sess:
        assert sess.run([b, c, d]) == [15, 8, 23]


def test_the_shape_of_a_placeholder() -> None:
    a = tf.placeholder(tf.int16, shape=[2, 2], name="input_a")
    session = tf.Session()
    assert session.run(tf.shape(a)).tolist() == [2, 2]


def test_feeding_by_iterating_over_data() -> None:
    a = tf.placeholder(tf.int16)
    b = a * 2
    with tf.Session() as sess:
        assert [sess.run(b, {a: value}) for value in [1, 2, 3]] == [2, 4, 6]


def test_graphs_of_ones_own() -> None:
    g1, g2 = tf.Graph(), tf.Graph()
    with g1.as_default():
        a = tf.mul(2, 3)
    with g2.as_default():
        b = tf.mul(3, 5)
    assert a.graph is g1 and b.graph is g2
    with tf.Session(graph=g2) as sess:
        assert sess.run(b) == 15


def test_variables_need_initialization() -> None:
    a = tf.Variable(3, name="my_var")
    b = tf.add(5, a)
    with tf.Session() as sess:
        sess.run(tf.initialize_all_variables())
        assert sess.run(b) == 8


def test_assign_is_an_operation_to_run() -> None:
    a = tf.Variable(3, name="my_var")
    b = a.assign(tf.mul(2, a))
    with tf.Session() as sess:
        sess.run(tf.initialize_all_variables())
        assert a.eval() == 3
        assert [sess.run(b) for _ in range(3)] == [6, 12, 24]
    with tf.Session() as sess:
        sess.run(tf.initialize_all_variables())
        assert a.eval() == 3


def test_incrementing_and_decrementing() -> None:
    a = tf.Variable(3, name="my_var")
    with tf.Session() as sess:
        sess.run(tf.initialize_all_variables())
        assert sess.run(a.assign_add(1)) == 4
        assert sess.run(a.assign_sub(1)) == 3


def test_sessions_keep_values_apart() -> None:
    a = tf.Variable(10)
    sess1, sess2 = tf.Session(), tf.Session()
    sess1.run(a.initializer)
    sess2.run(a.initializer)
    assert sess1.run(a.assign_add(10)) == 20
    assert sess2.run(a.assign_sub(2)) == 8


def test_name_scopes(tmp_path: pathlib.Path) -> None:
    with tf.name_scope("Scope_A"):
        a = tf.add(1, 2, name="A_add")
        b = tf.mul(a, 3, name="A_mul")
    with tf.name_scope("Scope_B"):
        c = tf.add(4, 5, name="B_add")
        d = tf.mul(c, 6, name="B_mul")
    e = tf.add(b, d, name="output")
    tf.train.SummaryWriter(str(tmp_path), graph=tf.get_default_graph()).close()
    assert [t.op.name for t in (a, b, c, d, e)] == ["Scope_A/A_add", "Scope_A/A_mul", "Scope_B/B_add",
                                                    "Scope_B/B_mul", "output"]
    with tf.Session() as sess:
        assert sess.run(e) == 63


def test_the_improved_graph(tmp_path: pathlib.Path, read_events: Callable[..., list]) -> None:
    graph = tf.Graph()
    with graph.as_default():
        with tf.name_scope("variables"):
            global_step = tf.Variable(0, dtype=tf.int32, trainable=False, name="global_step")
            total_output = tf.Variable(0.0, dtype=tf.float32, trainable=False, name="total_output")
        with tf.name_scope("transformation"):
            with tf.name_scope("input"):
                a = tf.placeholder(tf.float32, shape=[None], name="input_placeholder_a")
            with tf.name_scope("intermediate_layer"):
                b, c = tf.reduce_prod(a, name="product_b"), tf.reduce_sum(a, name="sum_c")
            with tf.name_scope("output"):
                output = tf.add(b, c, name="output")
        with tf.name_scope("update"):
            update_total = total_output.assign_add(output)
            increment_step = global_step.assign_add(1)
        with tf.name_scope("summaries"):
            avg = tf.div(update_total, tf.cast(increment_step, tf.float32), name="average")
            tf.scalar_summary(b"Output", output, name="output_summary")
            tf.scalar_summary(b"Sum of outputs over time", update_total, name="total_summary")
            tf.scalar_summary(b"Average of outputs over time", avg, name="average_summary")
        with tf.name_scope("global_ops"):
            init = tf.initialize_all_variables()
            merged_summaries = tf.merge_all_summaries()
    sess = tf.Session(graph=graph)
    writer = tf.train.SummaryWriter(str(tmp_path), graph)
    sess.run(init)

    def run_graph(input_tensor: list[float]) -> float:
        out, step, summary = sess.run([output, increment_step, merged_summaries], feed_dict={a: input_tensor})
        writer.add_summary(summary, global_step=step)
        return float(out)

    outputs = [run_graph(values) for values in ([2, 8], [3, 1, 3, 3], [8], [1, 2, 3], [11, 4], [4, 1])]
    writer.flush()
    writer.close()
    sess.close()
    assert outputs == [26.0, 37.0, 16.0, 12.0, 59.0, 9.0]
    written = {(event.step, value.tag): value.simple_value for event in read_events(tmp_path)
               for value in event.summary.value}
    assert written[6, "Output"] == 9.0
    assert written[6, "Sum of outputs over time"] == 159.0
    assert written[3, "Average of outputs over time"] == pytest.approx(79 / 3)
