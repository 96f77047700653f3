"""Parts of graphs that are walked, copied and connected anew, as programs that save memory do."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

ge = tf.contrib.graph_editor


def _network() -> tuple[tf.Tensor, list[tf.Tensor]]:
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    layers = [x]
    for i in range(3):
        with tf.name_scope(f"layer{i}"):
            w = tf.constant(np.arange(4.0).reshape(2, 2) / 4 + i, tf.float32, name="w")
            layers.append(tf.tanh(tf.matmul(layers[-1], w, name="product"), name="out"))
    return x, layers


def test_walks_and_selections() -> None:
    x, layers = _network()
    graph = tf.get_default_graph()
    names = [op.name for op in ge.get_backward_walk_ops(layers[1], inclusive=False)]
    assert sorted(names) == ["layer0/product", "layer0/w", "x"]
    forward = ge.get_forward_walk_ops([x.op], within_ops=ge.get_name_scope_ops(graph, "layer0"))
    assert [op.name for op in forward] == []  # x itself is not in the scope
    assert [op.name for op in ge.get_forward_walk_ops(x, stop_at_ts=[layers[1]])] == ["layer0/product", "layer0/out"]
    between = ge.get_walks_intersection_ops(layers[1].op, layers[2].op)
    assert [op.name for op in between] == ["layer0/out", "layer1/product", "layer1/out"]
    assert [op.name for op in ge.select_ops("product$", graph=graph)] == [f"layer{i}/product" for i in range(3)]
    assert [t.name for t in ge.filter_ts_from_regex(between, "out")] == ["layer0/out:0", "layer1/out:0"]
    assert len(ge.filter_ts(between, True)) == 5
    with pytest.raises(ValueError, match="keyword argument 'graph'"):
        ge.select_ops("product")
    with pytest.raises(TypeError, match="Expected a Operation"):
        ge.make_list_of_op([x])


def test_a_view_knows_what_enters_and_leaves() -> None:
    _, layers = _network()
    view = ge.sgv(layers[1].op, layers[2].op.inputs[0].op)
    assert [t.name for t in view.inputs] == ["layer0/product:0", "layer1/w:0"]
    assert [t.name for t in view.outputs] == ["layer1/product:0"]
    assert [t.name for t in view.remap_inputs([1]).inputs] == ["layer1/w:0"]
    assert view.find_op_by_name("layer0/out") is layers[1].op and view.graph is tf.get_default_graph()
    assert [op.name for op in view.consumers()] == ["layer1/out"]


@pytest.mark.parametrize("level", [-1, 1])
def test_users_of_a_tensor_take_another(level: int) -> None:
    """Also after runs of the same fetches, and where the new tensor was made last."""
    x, layers = _network()
    options = tf.GraphOptions(optimizer_options=tf.OptimizerOptions(global_jit_level=level))
    y = tf.reduce_sum(layers[3])
    with tf.Session(config=tf.ConfigProto(graph_options=options)) as sess:
        value = np.array([[0.5, -0.25]])
        before = sess.run([y, *layers], {x: value})
        late = layers[1] * 0.0 + 0.125
        assert ge.reroute_ts([late], [layers[2]]) == 1
        after = sess.run([y, *layers], {x: value})
        np.testing.assert_array_equal(after[3], before[3])
        np.testing.assert_allclose(after[4], np.tanh(np.full([1, 2], 0.125) @ (np.arange(4.0).reshape(2, 2) / 4 + 2)),
                                   rtol=1e-6)
        gradient, = tf.gradients(y, layers[1])
        assert not sess.run(gradient, {x: value}).any()
    assert layers[2].consumers() == [] and [op.type for op in late.consumers()][:1] == ["MatMul"]
    with pytest.raises(TypeError, match="cannot take its place"):
        ge.reroute_ts([tf.constant(1)], [y.op.inputs[0]])


def test_values_known_while_building_are_forgotten() -> None:
    a, b = tf.constant([2, 3]), tf.constant([3, 2])
    sizes = a + 0

    assert tf.contrib.util.constant_value(sizes).tolist() == [2, 3]
    ge.swap_ts([a], [b])
    assert tf.contrib.util.constant_value(sizes).tolist() == [3, 2]
    assert tf.Session().run(sizes).tolist() == [3, 2]


def test_copies_compute_the_same_from_other_inputs() -> None:
    x, layers = _network()
    ops = ge.get_walks_intersection_ops(layers[1].op, layers[3].op, forward_inclusive=False)
    other = tf.stop_gradient(layers[1]) * 2.0
    view, info = ge.copy_with_input_replacements(ge.sgv(ops), {layers[1]: other}, dst_scope="again")
    copied = info.transformed(layers[3])
    assert copied.name == "again/layer2/out:0" and info.original(copied) is layers[3]
    assert set(info._transformed_ops.values()) == set(view.ops) and info.transformed("layer2/out") is copied.op
    whole, _ = ge.copy(tf.get_default_graph(), dst_graph=tf.Graph())
    replaced = ge.graph_replace(layers[3], {layers[1]: other})
    with tf.Session() as sess:
        value = np.array([[0.5, -0.25]])
        first, expected, again = sess.run([copied, other, replaced], {x: value})
    for i in (1, 2):
        expected = np.tanh(expected @ (np.arange(4.0).reshape(2, 2) / 4 + i))
    np.testing.assert_allclose(first, expected, rtol=1e-6)
    np.testing.assert_allclose(again, expected, rtol=1e-6)
    moved = whole.graph
    with tf.Session(graph=moved) as sess:
        found = sess.run("layer2/out:0", {"x:0": value})
    assert found.shape == (1, 2)
    with pytest.raises(ValueError, match="not connected"):
        ge.graph_replace(x, {layers[1]: other})


def test_recomputed_gradients_wait_for_what_they_are_told() -> None:
    """What memory_saving_gradients does: checkpoints, copies between them, and control inputs."""
    x, layers = _network()
    y = tf.reduce_sum(layers[3])
    expected, = tf.gradients(y, x)
    checkpoint = layers[1]
    disconnected = tf.stop_gradient(checkpoint)
    ops = ge.get_walks_intersection_ops(checkpoint.op, y.op, forward_inclusive=False)
    _, info = ge.copy_with_input_replacements(ge.sgv(ops), {})
    copied = list(info._transformed_ops.values())
    assert ge.reroute_ts([disconnected], [checkpoint], can_modify=copied) == 1
    upper, = tf.gradients(info.transformed(y), disconnected)
    ge.add_control_inputs(disconnected.op, [y.op])
    with pytest.raises(ValueError, match="already a control_input"):
        ge.add_control_inputs(disconnected.op, [y.op])
    found, = tf.gradients(checkpoint, x, grad_ys=upper)
    with tf.Session() as sess:
        a, b = sess.run([expected, found], {x: [[0.5, -0.25], [1.0, 2.0]]})
    np.testing.assert_allclose(a, b, rtol=1e-5)


def test_copies_wait_for_copies_and_for_what_stays() -> None:
    total = tf.Variable(1.0)
    outside = total.assign_add(1.0)
    inside = tf.square(total.read_value(), name="inside")
    two = tf.constant(2.0)
    with tf.control_dependencies([inside, outside]):
        y = tf.identity(two, name="y")
    _, info = ge.copy_with_input_replacements(ge.sgv(inside.op, y.op), {}, dst_scope="copied")
    assert [op.name for op in info.transformed(y).op.control_inputs] == ["copied/inside", outside.op.name]
    with tf.Session() as sess:
        sess.run(total.initializer)
        assert sess.run(info.transformed(y)) == 2.0 and sess.run(total) == 2.0
