"""Setting some rows or elements of a variable."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf
from millpond.ops.state import state_scatter

COVERS = {definition.type for table in (state_scatter.ROWS, state_scatter.ELEMENTS, state_scatter.RESOURCE_ROWS,
                                        state_scatter.RESOURCE_ELEMENTS) for definition in table.values()}

START = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
UPDATES = [[2.0, 0.5], [4.0, 8.0]]
EXPECTED = {
    "update": [[2.0, 0.5], [3.0, 4.0], [4.0, 8.0]],
    "add": [[3.0, 2.5], [3.0, 4.0], [9.0, 14.0]],
    "sub": [[-1.0, 1.5], [3.0, 4.0], [1.0, -2.0]],
    "mul": [[2.0, 1.0], [3.0, 4.0], [20.0, 48.0]],
    "div": [[0.5, 4.0], [3.0, 4.0], [1.25, 0.75]],
    "min": [[1.0, 0.5], [3.0, 4.0], [4.0, 6.0]],
    "max": [[2.0, 2.0], [3.0, 4.0], [5.0, 8.0]],
}


@pytest.fixture(params=[False, True], ids=["reference", "resource"])
def make(request):
    return lambda value: tf.Variable(value, use_resource=request.param)


def started():
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session


@pytest.mark.parametrize("way", EXPECTED)
def test_rows_are_combined(tier, make, way):
    v = make(START)
    function = getattr(tf, f"scatter_{way}")(v, [0, 2], UPDATES)
    w = make(START)
    method = getattr(w, f"scatter_{way}")(tf.IndexedSlices(tf.constant(UPDATES), tf.constant([0, 2])))
    sess = started()
    assert sess.run(function).tolist() == EXPECTED[way]
    assert sess.run(v).tolist() == EXPECTED[way]
    assert sess.run(method).tolist() == EXPECTED[way]


def test_rows_named_twice_add_up_and_of_assignments_the_last_stays(tier, make):
    v = make([0.0, 0.0, 0.0])
    sess_ops = [tf.scatter_add(v, [1, 1, 2], [1.0, 2.0, 5.0]), tf.scatter_mul(v, [1, 1], [2.0, 2.0]),
                tf.scatter_div(v, [1, 1], [3.0, 2.0]), tf.scatter_update(v, [0, 0], [7.0, 8.0])]
    sess = started()
    assert [sess.run(op).tolist() for op in sess_ops] == [[0, 3, 5], [0, 12, 5], [0, 2, 5], [8, 2, 5]]


def test_a_scalar_update_goes_to_all_rows_named(tier):
    v = tf.Variable(START)
    update = tf.placeholder(tf.float32)
    sess = started()
    assert sess.run(tf.scatter_update(v, [0, 1], update), {update: 9.0}).tolist() == [[9, 9], [9, 9], [5, 6]]


def test_indices_may_have_any_shape_and_be_int64(tier):
    v = tf.Variable([1, 2, 3, 4])
    update = tf.scatter_update(v, tf.constant([[0], [3]], tf.int64), [[7], [9]])
    assert started().run(update).tolist() == [7, 2, 3, 9]


def test_integers_divide_towards_zero_and_not_by_zero(tier):
    v = tf.Variable([7, -7, 9])
    by = tf.placeholder(tf.int32, [2])
    op = tf.scatter_div(v, [0, 1], by)
    sess = started()
    assert sess.run(op, {by: [2, 2]}).tolist() == [3, -3, 9]
    with pytest.raises(tf.errors.InvalidArgumentError, match="division by zero"):
        sess.run(op, {by: [1, 0]})
    assert sess.run(v).tolist() == [3, -3, 9]


@pytest.mark.parametrize("bad", [5, -1])
@pytest.mark.parametrize("computed", [False, True], ids=["fed", "computed"])
def test_an_index_out_of_range_is_an_error_and_leaves_the_variable(tier, make, bad, computed):
    v = make([1.0, 2.0])
    i = tf.placeholder(tf.int32, [None])
    op = tf.scatter_add(v, i + 0 if computed else i, [1.0])
    sess = started()
    with pytest.raises(tf.errors.InvalidArgumentError, match=rf"indices\[0\] = {bad} is not in \[0, 2\)"):
        sess.run(op, {i: [bad]})
    assert sess.run(v).tolist() == [1.0, 2.0]
    assert sess.run(op, {i: [1]}).tolist() == [1.0, 3.0]


def test_updates_of_a_wrong_shape_are_refused(tier):
    v = tf.Variable(START)
    with pytest.raises(ValueError, match="not compatible"):
        tf.scatter_add(v, [0], [[1.0, 2.0, 3.0]])
    x = tf.placeholder(tf.float32)
    sess = started()
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"must have shape \[1, 2\]"):
        sess.run(tf.scatter_add(v, [0], x), {x: [1.0]})


def test_a_dense_value_is_no_sparse_delta():
    with pytest.raises(TypeError, match="not a tf.IndexedSlices"):
        tf.Variable(START).scatter_add(3.0)


def test_elements_and_slices_are_set(tier, make):
    v = make(START)
    ops = [tf.scatter_nd_update(v, [[0, 1], [2, 0]], [9.0, 8.0]), tf.scatter_nd_add(v, [[1]], [[1.0, 1.0]]),
           v.scatter_nd_sub([[0, 0], [0, 0]], [1.0, 2.0]), v.scatter_nd_update([[1, 0]], [0.0]),
           v.scatter_nd_add([[2, 1]], [4.0])]
    sess = started()
    assert [sess.run(op).tolist() for op in ops] == [
        [[1, 9], [3, 4], [8, 6]], [[1, 9], [4, 5], [8, 6]], [[-2, 9], [4, 5], [8, 6]], [[-2, 9], [0, 5], [8, 6]],
        [[-2, 9], [0, 5], [8, 10]]]


def test_the_smaller_and_the_larger_elements_are_kept(tier, make):
    v, w = make(START), make(START)
    smaller = v.scatter_elements("Min", [[0, 0], [2, 1]], [0.0, 9.0])
    larger = w.scatter_elements("Max", [[0, 0], [2, 1]], [0.0, 9.0])
    sess = started()
    assert sess.run(smaller).tolist() == [[0, 2], [3, 4], [5, 6]]
    assert sess.run(larger).tolist() == [[1, 2], [3, 4], [5, 9]]


@pytest.mark.parametrize("computed", [False, True], ids=["fed", "computed"])
def test_a_place_out_of_range_is_an_error_and_leaves_the_variable(tier, make, computed):
    v = make(START)
    i = tf.placeholder(tf.int32, [None, 2])
    op = tf.scatter_nd_update(v, i + 0 if computed else i, [1.0])
    sess = started()
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[0\] = \[0, 5\] does not index"):
        sess.run(op, {i: [[0, 5]]})
    assert sess.run(v).tolist() == START


def test_rows_of_each_batch_are_set(tier):
    v = tf.Variable(tf.zeros([2, 3]))
    op = tf.batch_scatter_update(v, [[0, 1], [2, 0]], [[1.0, 2.0], [3.0, 4.0]])
    assert started().run(op).tolist() == [[1, 2, 0], [4, 0, 3]]


@pytest.mark.parametrize("dtype", ["float16", "float64", "bfloat16", "int64", "uint8", "complex64"])
def test_other_dtypes(tier, dtype):
    kind = tf.as_dtype(dtype)
    v = tf.Variable(np.array([1, 2, 3]).astype(kind.as_numpy_dtype))
    op = tf.scatter_add(v, [0, 0, 2], tf.constant(np.array([1, 2, 3]).astype(kind.as_numpy_dtype)))
    value = started().run(op)
    assert value.dtype == kind.as_numpy_dtype
    assert value.astype(np.complex64).tolist() == [4, 2, 6]
