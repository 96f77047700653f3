"""`tf.constant`: shapes that the values do not fill, what the graph keeps of them, and values of other libraries."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf


def run(fetches: Any) -> Any:
    with tf.Session() as sess:
        return sess.run(fetches)


@pytest.mark.parametrize("shape", [[0], [0, 0], [2, 0], [0, 3]])
@pytest.mark.parametrize("value", [[], 5, [1, 2], "text", [[]]])
def test_a_shape_without_elements_takes_any_value(value: Any, shape: list[int], tier: str) -> None:
    for dtype in (None, tf.int32, tf.float64, tf.string):
        c = tf.constant(value, dtype, shape)
        assert c.shape.as_list() == shape and c.dtype is (dtype or tf.float32)
        fetched = run(c)
        assert fetched.shape == tuple(shape) and fetched.dtype == c.dtype.as_numpy_dtype


def test_an_array_must_still_fit() -> None:
    with pytest.raises(ValueError, match="Too many elements provided. Needed at most 0, but received 1"):
        tf.constant(np.array([5]), shape=[0])
    with pytest.raises(ValueError, match="None values not supported"):
        tf.constant(None, shape=[0])


@pytest.mark.parametrize("dtype, zero", [(tf.float32, 0.0), (tf.int64, 0), (tf.bool, False), (tf.string, b"")])
def test_where_no_value_is_given_there_is_zero(dtype: Any, zero: Any) -> None:
    c = tf.constant([], dtype, [2, 2])
    assert run(c).tolist() == [[zero, zero], [zero, zero]]
    assert run(tf.constant([], dtype, [])) == zero


FILLED: list[tuple[Any, Any, list[int]]] = [
    (0.0, tf.float32, [300, 300]), (7, tf.int32, [300, 300]), ([1, 2, 3], tf.int64, [300, 300]),
    (True, tf.bool, [300, 300]), ("long text", tf.string, [300, 300]), (1.5, tf.half, [300, 300]),
    ([1.5, 2.5], tf.bfloat16, [300, 300]), (1 + 2j, tf.complex64, [300, 300]), ([], tf.float64, [300, 300])]


@pytest.mark.parametrize("value, dtype, shape", FILLED)
def test_a_constant_is_as_small_as_what_was_given_for_it(value: Any, dtype: Any, shape: list[int], tier: str) -> None:
    c = tf.constant(value, dtype, shape)
    graph_def = tf.get_default_graph().as_graph_def()
    assert graph_def.ByteSize() < 300
    with tf.Graph().as_default() as imported:
        (again,) = tf.import_graph_def(graph_def, return_elements=["Const:0"], name="")
        assert imported.as_graph_def().node[0] == graph_def.node[0]
        fetched = run([again, tf.identity(again)])
    expected = np.full(shape, np.ravel(value)[-1] if np.size(value) else 0, fetched[0].dtype)
    if dtype is tf.string:
        expected = np.full(shape, b"long text", object)
    flat = expected.reshape(-1)
    flat[:np.size(value)] = flat[:np.size(value)] if dtype is tf.string else np.ravel(value)
    for found in (*fetched, run(c)):
        np.testing.assert_array_equal(found, expected)
        found[0, 0] = found[1, 1]  # it is the caller's


def test_the_attribute_lists_what_was_given() -> None:
    three = tf.constant([1.5, 2.0, 3.0], shape=[30, 30]).op.get_attr("value")
    assert list(three.float_val) == [1.5, 2.0, 3.0] and not three.tensor_content
    one = tf.make_tensor_proto(5, shape=[3, 3])
    assert list(one.int_val) == [5] and tf.make_ndarray(one).tolist() == [[5] * 3] * 3
    whole = tf.constant(np.zeros([3, 3], np.float32)).op.get_attr("value")
    assert len(whole.tensor_content) == 36


@pytest.mark.parametrize("dtype", [tf.float32, tf.int64, tf.bool, tf.string, tf.complex64])
def test_zeros_and_ones_are_one_number_in_a_file(dtype: Any) -> None:
    for build in (tf.zeros, tf.ones) if dtype is not tf.string else (tf.zeros,):
        op = build([20, 30], dtype).op
        assert op.type == "Const" and op.node_def.ByteSize() < 100
        assert run(op.outputs[0]).shape == (20, 30)


def test_a_filled_initial_value_trains(tier: str) -> None:
    w = tf.get_variable("w", [40, 50], initializer=tf.constant_initializer(0.5))
    step = tf.train.GradientDescentOptimizer(0.25).minimize(tf.reduce_sum(w * w))
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        sess.run([step, w.initializer.inputs[1]])
        sess.run(step)
        np.testing.assert_array_equal(sess.run(w), np.full([40, 50], 0.125, np.float32))


# What a few bytes of a GraphDef may ask for.


def graph_of_constants(*given: tuple[Any, int, list[int]]) -> Any:
    graph_def = tf.GraphDef()
    for i, (dtype, values, shape) in enumerate(given):
        node = graph_def.node.add(name=f"c{i}", op="Const")
        node.attr["dtype"].type = dtype.as_datatype_enum
        tensor = node.attr["value"].tensor
        tensor.dtype = dtype.as_datatype_enum
        for size in shape:
            tensor.tensor_shape.dim.add(size=size)
        (tensor.float_val if dtype is tf.float32 else tensor.int_val).extend(range(1, 1 + values))
    return graph_def


def peak_of(call: Callable[[], Any]) -> int:
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_importing_a_large_constant_of_one_value_takes_no_memory() -> None:
    graph_def = graph_of_constants((tf.float32, 1, [17000, 17000]), (tf.int32, 0, [1 << 27]))
    total = graph_def.node.add(name="sum", op="Sum", input=["c0", "c1"])
    total.attr["T"].type, total.attr["Tidx"].type = tf.float32.as_datatype_enum, tf.int32.as_datatype_enum

    def call() -> None:
        tf.import_graph_def(graph_def, name="")
        assert tf.get_default_graph().as_graph_def().ByteSize() < 1000

    assert peak_of(call) < 10_000_000
    assert tf.get_default_graph().get_tensor_by_name("c0:0").shape.as_list() == [17000, 17000]


def test_a_shape_of_a_hundred_million_sizes_is_refused_and_not_read(default_graph: tf.Graph) -> None:
    graph_def = graph_of_constants((tf.float32, 1, []), (tf.int32, 1, [1 << 27]))
    shaped = graph_def.node.add(name="y", op="Reshape", input=["c0", "c1"])
    shaped.attr["T"].type, shaped.attr["Tshape"].type = tf.float32.as_datatype_enum, tf.int32.as_datatype_enum

    def call() -> None:
        with pytest.raises(ValueError, match="a shape must be a vector of at most 64 integers"):
            tf.import_graph_def(graph_def)

    assert peak_of(call) < 10_000_000
    assert default_graph.get_operations() == []


@pytest.mark.parametrize("given, message", [
    ([(tf.float32, 1, [1 << 14, 1 << 14])] * 3, "Node 'c2' .*more than the 2147483648 bytes"),
    ([(tf.float32, 0, [1 << 30])], "Node 'c0' .*more than"),
    ([(tf.float32, 2, [1 << 14, 1 << 14])], "are not made of a few values"),
])
def test_what_constants_grow_to_is_limited(given: Any, message: str, default_graph: tf.Graph) -> None:
    graph_def = graph_of_constants(*given)

    def call() -> None:
        with pytest.raises(ValueError, match=message):
            tf.import_graph_def(graph_def)

    assert peak_of(call) < 10_000_000
    assert default_graph.get_operations() == []


# Values of other libraries.


class Array:
    """What turns itself into an array of NumPy's."""

    def __init__(self, array: np.ndarray) -> None:
        self._array = array

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return self._array if dtype is None else self._array.astype(dtype)


@pytest.mark.parametrize("array, dtype, expected", [
    (np.array(["a", "bc"]), None, [b"a", b"bc"]), (np.array(["a", "bc"]), tf.string, [b"a", b"bc"]),
    (np.array(["a", "bc"], object), None, [b"a", b"bc"]), (np.array([b"a", b"bc"]), None, [b"a", b"bc"]),
    (np.array([1.0, 2.0]), None, [1.0, 2.0]), (np.array([1.0, 2.0]), tf.float32, [1.0, 2.0]),
    (np.array([1, 2], np.uint8), None, [1, 2]), (np.array([["\u00e9"]]), None, [["\u00e9".encode()]]),
])
def test_an_object_that_turns_itself_into_an_array(array: np.ndarray, dtype: Any, expected: list[Any]) -> None:
    c = tf.constant(Array(array), dtype)
    if dtype is None and array.dtype.kind in "fu":
        assert c.dtype == array.dtype
    assert run(c).tolist() == expected
    assert tf.convert_to_tensor(Array(array)).shape == array.shape
