"""`tf.gradients` against values worked out by hand and finite differences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf


def run(fetches, feed=None):
    with tf.Session() as sess:
        return sess.run(fetches, feed)


def test_third_derivatives(tier: str) -> None:
    x = tf.placeholder(tf.float64, [])
    derivatives, y = [], x ** 5.0
    for _ in range(3):
        y = tf.gradients(y, x)[0]
        derivatives.append(y)
    assert run(derivatives, {x: 2.0}) == pytest.approx([80.0, 160.0, 240.0])


def test_several_ys_add_up_and_grad_ys_weigh_them() -> None:
    x = tf.constant([1.0, 2.0])
    plain = tf.gradients([x * 2.0, x * x], x)[0]
    weighed = tf.gradients([x * 2.0, x * x], x, grad_ys=[tf.constant([1.0, 0.0]), tf.constant([0.0, 10.0])])[0]
    got = run([plain, weighed])
    assert got[0].tolist() == [4.0, 6.0]
    assert got[1].tolist() == [2.0, 40.0]


def test_broadcasting_is_summed_out(tier: str) -> None:
    x, y = tf.placeholder(tf.float32, [None, 3]), tf.placeholder(tf.float32, [3])
    dx, dy = tf.gradients(x * y, [x, y])
    got = run([dx, dy], {x: np.ones((2, 3)), y: [1.0, 2.0, 3.0]})
    assert got[0].tolist() == [[1, 2, 3], [1, 2, 3]]
    assert got[1].tolist() == [2, 2, 2]


def test_what_is_not_connected() -> None:
    x, other = tf.constant([1.0, 2.0]), tf.constant([3.0])
    y = x * 2.0
    assert tf.gradients(y, other) == [None]
    zero = tf.gradients(y, other, unconnected_gradients=tf.UnconnectedGradients.ZERO)[0]
    assert run(zero).tolist() == [0.0]
    assert tf.gradients(tf.argmax(x, 0), x) == [None]
    assert tf.gradients(tf.stop_gradient(x) * 1.0, x) == [None]


def test_stop_gradients_are_constants() -> None:
    x = tf.constant(3.0)
    square = x * x
    y = square * x
    assert run(tf.gradients(y, x))[0] == 27.0
    assert run(tf.gradients(y, x, stop_gradients=[square]))[0] == 9.0
    a, b = tf.constant(1.0), tf.constant(2.0)
    c = a + b
    assert run(tf.gradients(a * c, [a, c], stop_gradients=[a, c])) == [3.0, 1.0]


def test_gradients_of_intermediate_tensors_and_of_itself() -> None:
    x = tf.constant(2.0)
    h = x * x
    y = h * 3.0 + x
    assert run(tf.gradients(y, [h, x])) == [3.0, 13.0]
    assert run(tf.gradients(x, x)) == [1.0]


def test_a_look_up_has_a_sparse_gradient(tier: str) -> None:
    table = tf.Variable(np.ones((1000, 2), np.float32))
    rows = tf.gather(table, [3, 5, 3])
    slices = tf.gradients(tf.reduce_sum(rows * [[1.0], [2.0], [4.0]]), table)[0]
    assert isinstance(slices, tf.IndexedSlices)
    dense = tf.convert_to_tensor(slices)
    with tf.Session() as sess:
        sess.run(table.initializer)
        assert sess.run(slices).indices.tolist() == [3, 5, 3]
        got = sess.run(dense)
    assert got.shape == (1000, 2)
    assert got[3].tolist() == [5.0, 5.0] and got[5].tolist() == [2.0, 2.0] and got.sum() == 14.0


def test_sparse_and_dense_gradients_of_one_variable_add_up() -> None:
    table = tf.constant(np.ones((4, 2), np.float32))
    y = tf.reduce_sum(tf.gather(table, [0, 1])) + tf.reduce_sum(table * 3.0)
    assert run(tf.gradients(y, table)[0]).tolist() == [[4, 4], [4, 4], [3, 3], [3, 3]]


def test_an_overridden_gradient() -> None:
    @tf.RegisterGradient("TestTenfold")
    def _tenfold(op, dy):
        return dy * 10.0

    x = tf.constant(1.0)
    with tf.get_default_graph().gradient_override_map({"Identity": "TestTenfold"}):
        y = tf.identity(x)
    assert run(tf.gradients(y * 2.0, x)) == [20.0]
    with tf.get_default_graph().gradient_override_map({"Identity": "NeverRegistered"}):
        z = tf.identity(x)
    with pytest.raises(LookupError, match="'NeverRegistered', which is not registered"):
        tf.gradients(z, x)
    with pytest.raises(KeyError, match="Registering two gradients with name 'TestTenfold'"):
        tf.RegisterGradient("TestTenfold")(_tenfold)


def test_a_custom_gradient_of_two_inputs() -> None:
    @tf.custom_gradient
    def product(a, b):
        return a * b, lambda dy: (dy * 10.0, dy * 20.0)

    a, b = tf.constant(2.0), tf.constant(3.0)
    y = product(a, b)
    assert run([y, *tf.gradients(y, [a, b])]) == [6.0, 10.0, 20.0]


def test_a_way_that_ends_in_integers_does_not_hold_up_the_others(tier: str) -> None:
    """Rounding to an integer ends a way from y to x; the derivative along the other ways is there all the same."""
    x = tf.constant([1.5, 2.5])
    h = tf.tanh(x)
    expected = 2 * np.tanh([1.5, 2.5]) * (1 - np.tanh([1.5, 2.5]) ** 2)
    rounded = h * h + tf.cast(tf.cast(h * 3.0, tf.int32), tf.float32)
    _, best = tf.nn.top_k(h, 1)
    ranked = tf.reduce_sum(h * h) + tf.reduce_sum(tf.cast(best, tf.float32))
    for y in (rounded, ranked):
        np.testing.assert_allclose(run(tf.gradients(y, x))[0], expected, rtol=1e-5)


def test_a_way_that_is_stopped_does_not_hold_up_the_others() -> None:
    x = tf.constant(2.0)
    h = x * x
    stopped = tf.sin(h * 3.0)
    y = h * 5.0 + stopped * stopped
    assert run(tf.gradients(y, x, stop_gradients=[stopped])) == [20.0]


def test_hessians() -> None:
    x = tf.constant([1.0, 2.0])
    assert run(tf.hessians(tf.reduce_sum(x ** 3.0), x))[0].tolist() == [[6, 0], [0, 12]]


def test_against_finite_differences(tier: str) -> None:
    generator = np.random.default_rng(0)
    x0, w0 = generator.normal(size=(3, 4)), generator.normal(size=(4, 2))
    x, w = tf.placeholder(tf.float64, [3, 4]), tf.placeholder(tf.float64, [4, 2])
    loss = tf.reduce_sum(tf.square(tf.sigmoid(tf.matmul(tf.tanh(x), w))))
    dw = tf.gradients(loss, w)[0]
    with tf.Session() as sess:
        got = sess.run(dw, {x: x0, w: w0})
        for index in np.ndindex(4, 2):
            step = np.zeros((4, 2))
            step[index] = 1e-6
            up, down = (sess.run(loss, {x: x0, w: w0 + sign * step}) for sign in (1, -1))
            assert got[index] == pytest.approx((up - down) / 2e-6, rel=1e-5, abs=1e-8)


def test_wrong_arguments() -> None:
    x = tf.constant(1.0)
    with pytest.raises(ValueError, match="Passed 2 grad_ys for 1 ys"):
        tf.gradients(x * 2.0, x, grad_ys=[1.0, 2.0])
    with pytest.raises(ValueError, match="Unknown value for unconnected_gradients"):
        tf.gradients(x, x, unconnected_gradients="nothing")
    with pytest.raises(TypeError, match="must set grad_ys"):
        z = tf.constant(1.0 + 1j)
        tf.gradients(z * z, z)


# What was not connected, has no gradient, or is of another shape.


@pytest.mark.parametrize("use_resource", [False, True])
def test_zeros_for_a_variable_that_is_not_connected(use_resource: bool, tier: str) -> None:
    v = tf.Variable([[3.0, 4.0]], use_resource=use_resource, dtype=tf.float64)
    (zero,) = tf.gradients(tf.constant(0.0), [v], unconnected_gradients="zero")
    assert zero.shape.as_list() == [1, 2] and zero.dtype is tf.float64
    assert not zero.op.name.startswith("gradients")
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(zero).tolist() == [[0.0, 0.0]]


def test_zeros_for_a_resource_whose_shape_is_known_only_at_run_time(tier: str) -> None:
    start = tf.placeholder_with_default([[3.0, 4.0]], [None, 2])
    v = tf.Variable(start, use_resource=True)
    (zero,) = tf.gradients(tf.constant(0.0), [v], unconnected_gradients="zero")
    assert zero.shape.as_list() == [None, 2]
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(zero).tolist() == [[0.0, 0.0]]


WITHOUT_GRADIENT = {
    "Unique": lambda x: tf.unique(tf.reshape(x, [4]))[0],
    "UniqueWithCounts": lambda x: tf.unique_with_counts(tf.reshape(x, [4]))[0],
    "ListDiff": lambda x: tf.setdiff1d(tf.reshape(x, [4]), [1.0])[0],
    "Bitcast": lambda x: tf.bitcast(x, tf.float64),
    "GuaranteeConst": lambda x: tf.guarantee_const(x),
    "Bincount": lambda x: tf.bincount([0, 1, 0, 1], tf.reshape(x, [4])),
    "ScatterUpdate": lambda x: tf.scatter_update(tf.Variable([[0.0, 0.0]]), [0], x[:1]),
    "StridedSliceAssign": lambda x: tf.Variable([[0.0, 0.0]])[:].assign(x[:1]),
    "SparseSegmentMeanGrad": lambda x: tf.gradients(
        tf.sparse_segment_mean(tf.ones([2, 2]) * tf.reduce_sum(x), [0, 1], [0, 0]), x, x[:1]),
    "HistogramFixedWidth": lambda x: tf.histogram_fixed_width(x, [0.0, 1.0]),
    "InTopKV2": lambda x: tf.nn.in_top_k(x, [0, 1], 1),
    "IsNan": tf.is_nan,
    "IsInf": tf.is_inf,
    "IsFinite": tf.is_finite,
    "TruncateMod": lambda x: tf.truncatemod(x, 2.0),
    "LRNGrad": lambda x: tf.gradients(tf.nn.lrn(tf.reshape(x, [1, 1, 2, 2])), x),
    "MaxPoolGradWithArgmax": lambda x: tf.gradients(
        tf.nn.max_pool_with_argmax(tf.reshape(x, [1, 2, 2, 1]), [1, 2, 2, 1], [1, 1, 1, 1], "VALID")[0], x),
    "Dilation2DBackpropInput": lambda x: tf.gradients(
        tf.nn.dilation2d(tf.reshape(x, [1, 2, 2, 1]), tf.zeros([1, 1, 1]), [1] * 4, [1] * 4, "SAME") ** 2, x),
    "FractionalMaxPoolGrad": lambda x: tf.gradients(
        tf.nn.fractional_max_pool(tf.reshape(x, [1, 2, 2, 1]), [1.0, 1.5, 1.5, 1.0])[0] ** 2, x),
    "FractionalAvgPoolGrad": lambda x: tf.gradients(
        tf.nn.fractional_avg_pool(tf.reshape(x, [1, 2, 2, 1]), [1.0, 1.5, 1.5, 1.0])[0] ** 2, x),
}


@pytest.mark.parametrize("op_type", WITHOUT_GRADIENT)
def test_a_gradient_through_an_op_that_has_none_is_a_lookup_error(op_type: str) -> None:
    x = tf.placeholder(tf.float32, [2, 2])
    y = WITHOUT_GRADIENT[op_type](x)
    with pytest.raises(LookupError, match=f"No gradient defined for operation .*{op_type}"):
        tf.gradients(y, x)


@pytest.mark.parametrize("change", [tf.scatter_nd_add, tf.scatter_nd_sub, tf.scatter_nd_update, tf.scatter_add])
def test_a_gradient_through_a_scattered_change_is_none(change: Any) -> None:
    x = tf.placeholder(tf.float32, [1])
    indices = [0] if change is tf.scatter_add else [[0]]
    assert tf.gradients(change(tf.Variable([1.0, 2.0]), indices, x), x) == [None]


def test_the_gradient_of_the_next_number_is_that_of_the_first_one(tier: str) -> None:
    x, y = tf.placeholder(tf.float64, [2, 2]), tf.placeholder(tf.float64, [2])
    gradients = tf.gradients(tf.math.nextafter(x, y) * 3.0, [x, y])
    of_x, of_y = run(gradients, {x: [[1.0, 2.0], [3.0, 4.0]], y: [9.0, 0.0]})
    assert of_x.tolist() == [[3.0, 3.0], [3.0, 3.0]] and of_y.tolist() == [0.0, 0.0]


def test_a_question_about_values_may_choose_between_them() -> None:
    x = tf.placeholder(tf.float32, [2])
    safe = tf.where(tf.is_nan(x), tf.zeros_like(x), x * 2.0) * tf.cast(tf.is_finite(x), tf.float32)
    with tf.Session() as sess:
        assert sess.run(tf.gradients(safe, x)[0], {x: [float("nan"), 1.0]}).tolist() == [0.0, 2.0]


def test_what_no_derivative_passes_through_is_not_looked_at() -> None:
    x = tf.placeholder(tf.float32, [4])
    values, places = tf.unique(x)
    assert tf.gradients(tf.to_float(places), x) == [None]
    assert tf.gradients(tf.reduce_sum(x) + tf.reduce_sum(tf.stop_gradient(values)), x) != [None]
    assert tf.gradients(values, x, stop_gradients=[values]) == [None]
    assert tf.gradients(tf.unique(tf.constant([1.0]))[0], x) == [None]


@pytest.mark.parametrize("ys", [
    lambda x: x, lambda x: tf.reduce_sum(x), lambda x: tf.reduce_sum(3.0 * x), lambda x: tf.constant(1.0)])
def test_without_second_derivatives_there_is_no_hessian(ys: Any) -> None:
    matrix = tf.placeholder(tf.float32, [3, 3])
    with pytest.raises(ValueError, match="None values not supported"):
        tf.hessians(ys(matrix), matrix)


def test_the_hessian_of_a_function_of_a_matrix(tier: str) -> None:
    matrix = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    (hessian,) = tf.hessians(tf.reduce_sum(matrix ** 3.0), iter([matrix]))
    expected = np.zeros([4, 4], np.float32)
    np.fill_diagonal(expected, [6.0, 12.0, 18.0, 24.0])
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(hessian), expected.reshape(2, 2, 2, 2), rtol=1e-5)


@pytest.mark.parametrize("ys, shape, scale", [
    (tf.nn.l2_loss, [1], [1.0, 2.0]), (tf.reduce_sum, [1], [1.0, 1.0]), (tf.reduce_sum, [1, 1], [1.0, 1.0]),
    (tf.reduce_mean, [1], [0.5, 0.5]), (tf.reduce_max, [1], [0.0, 1.0])])
def test_a_cotangent_may_have_dimensions_that_broadcast(ys: Any, shape: list[int], scale: list[float],
                                                        tier: str) -> None:
    x = tf.constant([1.0, 2.0], tf.float64)
    cotangent = tf.fill(shape, tf.constant(3.0, tf.float64))
    with tf.Session() as sess:
        assert sess.run(tf.gradients(ys(x), x, grad_ys=cotangent)[0]).tolist() == [3.0 * s for s in scale]


@pytest.mark.parametrize("ys", [lambda x: x * 2.0, tf.square, tf.identity, lambda x: x + x])
def test_a_cotangent_that_does_not_fit_in_the_end_is_refused(ys: Any) -> None:
    x = tf.constant(2.0)
    with pytest.raises(ValueError, match="Incompatible shapes between op input and calculated input gradient"):
        tf.gradients(ys(x), x, grad_ys=tf.constant([3.0]))


def test_a_wider_cotangent_is_summed_where_inputs_broadcast(tier: str) -> None:
    x = tf.constant([1.0, 2.0])
    (dx,) = tf.gradients(x * x, x, grad_ys=tf.constant(3.0))
    with tf.Session() as sess:
        assert sess.run(dx).tolist() == [6.0, 12.0]


def test_the_gradient_checker_takes_a_scalar_for_one_element() -> None:
    x = tf.constant([1.0, 2.0, 3.0], tf.float64)
    with tf.Session():
        assert tf.test.compute_gradient_error(x, [3], tf.nn.l2_loss(x), [1]) < 1e-6


@pytest.mark.parametrize("kind", [list, tuple, iter, lambda values: (v for v in values), lambda values: dict(
    enumerate(values)).values(), lambda values: dict.fromkeys(values).keys(), set])
def test_ys_xs_and_cotangents_come_in_any_iterable(kind: Any, tier: str) -> None:
    v = tf.Variable(3.0)
    x = tf.constant(2.0)
    y = v * x
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert [sess.run(dx) for dx in tf.gradients(kind([y]), kind([v]), kind([tf.constant(2.0)]))] == [4.0]
        assert tf.gradients(y, kind([x]), stop_gradients=kind([y])) == [None]
        assert tf.gradients(y, x, stop_gradients=y) == [None]


# Where sums of cotangents stand.


def test_the_sum_of_cotangents_stands_beside_the_first_of_them() -> None:
    with tf.device("/device:GPU:1"):
        w = tf.constant(1.0, name="w")
    left, right = tf.multiply(w, 2.0, name="left"), tf.multiply(w, 3.0, name="right")
    with tf.device("/device:GPU:0"):
        z = left + right
    (beside,) = tf.gradients(z, [w], colocate_gradients_with_ops=True)
    assert beside.op.type == "AddN" and beside.op.colocation_groups() == left.op.colocation_groups()
    (free,) = tf.gradients(z, [w])
    assert free.op.colocation_groups() == [f"loc:@{free.op.inputs[0].op.name}".encode()]
    ones = tf.get_default_graph().get_operation_by_name("gradients/grad_ys_0")
    assert ones.colocation_groups() == z.op.colocation_groups() and ones.device == z.device


def test_cotangents_of_several_devices_are_summed_beside_what_they_are_of() -> None:
    with tf.device("/device:GPU:1"):
        w = tf.constant(1.0, name="w")
    parts = []
    for task in (1, 2, 2):
        with tf.device(f"/task:{task}"):
            parts.append(w * 2.0)
    (dw,) = tf.gradients(tf.add_n(parts), [w], colocate_gradients_with_ops=True)
    assert dw.op.colocation_groups() == [b"loc:@w"] and dw.device == w.device
    assert [tensor.device for tensor in dw.op.inputs] == ["/task:1", "/task:2"]
    assert [tensor.op.type for tensor in dw.op.inputs] == ["Mul", "AddN"]


def test_given_cotangents_become_nodes_of_the_gradients() -> None:
    x = tf.constant([1.0, 2.0])
    tf.gradients([x * 2.0, x * 3.0], x, grad_ys=[tf.ones([2]), [1.0, 2.0]])
    names = [op.name for op in tf.get_default_graph().get_operations() if "grad_y" in op.name]
    assert names == ["gradients/grad_ys_0", "gradients/grad_y_1", "gradients/grad_ys_1"]
    slices = tf.IndexedSlices(tf.constant([1.0]), tf.constant([1]), tf.constant([2]))
    assert run(tf.gradients(x * 2.0, x, grad_ys=slices, name="sparse")[0]).tolist() == [0.0, 2.0]
    names = [op.name for op in tf.get_default_graph().get_operations() if op.name.startswith("sparse/grad_ys")]
    assert names == ["sparse/grad_ys_0_indices", "sparse/grad_ys_0_values", "sparse/grad_ys_0_shape"]
