"""`tf.TensorArray`: its methods, what it refuses, its gradients; outside of loops and in them."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.compiler import debug
from millpond.compiler.lower import FIRST_ROOM
from millpond.graph.tensor import Tensor

pytestmark = pytest.mark.usefixtures("tier")
FLOAT = tf.float32


def value_of(tensors: Any, feeds: Any = None) -> Any:
    with tf.Session() as sess:
        return sess.run(tensors, feeds)


def unstacked(value: Any, size: Any, **options: Any) -> tf.TensorArray:
    return tf.TensorArray(FLOAT, size, **options).unstack(value)


def test_what_is_written_is_read() -> None:
    index = tf.placeholder(tf.int32, [])
    array = tf.TensorArray(FLOAT, 3, clear_after_read=False).write(0, [1.0, 2.0]).write(index, [3, 4])
    assert array.dtype is FLOAT and array.element_shape.as_list() == [2]
    first, chosen, stacked, gathered, size = value_of(
        [array.read(0), array.read(index), array.stack(), array.gather([2, 0]), array.size()], {index: 2})
    assert list(first) == [1, 2] and list(chosen) == [3, 4] and size == 3
    np.testing.assert_array_equal(stacked, [[1, 2], [0, 0], [3, 4]])
    np.testing.assert_array_equal(gathered, [[3, 4], [1, 2]])


def test_rows_and_pieces_become_elements() -> None:
    rows = np.arange(6.0).reshape(3, 2)
    x = tf.placeholder(FLOAT, [None, 2])
    count = tf.shape(x)[0]
    arrays = [unstacked(x, count, clear_after_read=False), unstacked(x, 5), unstacked(x, 1, dynamic_size=True),
              tf.TensorArray(FLOAT, 4).scatter([3, 1, 0], x)]
    found = value_of([array.stack() for array in arrays], {x: rows})
    np.testing.assert_array_equal(found[0], rows)
    np.testing.assert_array_equal(found[1], [*rows, [0, 0], [0, 0]])
    np.testing.assert_array_equal(found[2], rows)
    np.testing.assert_array_equal(found[3], [rows[2], rows[1], [0, 0], rows[0]])
    pieces = tf.TensorArray(FLOAT, 2, infer_shape=False, clear_after_read=False).split(x, [1, 2])
    second, whole = value_of([pieces.read(1), pieces.concat()], {x: rows})
    np.testing.assert_array_equal(second, rows[1:])
    np.testing.assert_array_equal(whole, rows)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "bool", "int64", "uint8", "complex64", "string"])
def test_elements_are_of_any_dtype(dtype: str) -> None:
    x = tf.constant([[b"a"], [b"b"]]) if dtype == "string" else tf.cast(tf.constant([[1], [0]]), dtype)
    one, none = (b"a", b"b") if dtype == "string" else (1, 0)
    missing = b"" if dtype == "string" else 0
    array = tf.TensorArray(dtype, 3, clear_after_read=False).unstack(x)
    _, turned = tf.while_loop(lambda i, _: i < 2, lambda i, turned: (i + 1, turned.write(i, array.read(1 - i))),
                              [0, tf.TensorArray(dtype, 2)])
    found = value_of([turned.stack(), array.stack(), array.gather([2, 0]), array.concat()])
    assert [value.ravel().tolist() for value in found] == [
        [none, one], [one, none, missing], [missing, one], [one, none, missing]]
    assert all(value.dtype == tf.as_dtype(dtype).as_numpy_dtype for value in found)


def test_static_shapes_are_what_is_known() -> None:
    x = tf.placeholder(FLOAT, [3, None, 2])
    array = tf.TensorArray(FLOAT, 3, clear_after_read=False).unstack(x)
    assert array.element_shape.as_list() == [None, 2]
    assert array.read(0).shape.as_list() == [None, 2]
    assert array.stack().shape.as_list() == [3, None, 2]
    assert array.concat().shape.as_list() == [None, 2]
    assert array.gather(tf.placeholder(tf.int32, [None])).shape.as_list() == [None, None, 2]
    even = tf.TensorArray(FLOAT, 3).split(tf.placeholder(FLOAT, [6, 2]), [2, 2, 2])
    assert even.element_shape.as_list() == [2, 2] and even.concat().shape.as_list() == [6, 2]
    free = tf.TensorArray(FLOAT, 3, infer_shape=False).write(0, [1.0, 2.0])
    assert free.element_shape.ndims is None and free.read(0).shape.ndims is None
    declared = tf.TensorArray(FLOAT, 3, element_shape=[None, 2]).write(0, [[1.0, 2.0]])
    assert declared.read(0).shape.as_list() == [1, 2]


def test_nodes_have_the_names_that_programs_fetch() -> None:
    array = tf.TensorArray(FLOAT, 2, name="outputs").write(0, 1.0).write(1, 2.0)
    assert array.flow.op.name == "TensorArrayWrite_1/TensorArrayWriteV3" and array.handle.op.name == "outputs"
    array.stack()
    assert list(value_of("TensorArrayStack/TensorArrayGatherV3:0")) == [1, 2]


def test_an_array_grows_where_it_may() -> None:
    array = tf.TensorArray(FLOAT, 0, dynamic_size=True, clear_after_read=False).write(3, 1.0)
    grown = array.scatter([5, 1], [7.0, 8.0])
    assert value_of([array.size(), grown.size()]) == [4, 6]
    assert list(value_of(grown.stack())) == [0, 8, 0, 1, 0, 7]


def test_another_array_goes_on_with_a_handle_and_a_flow() -> None:
    array = tf.TensorArray(FLOAT, 2).write(0, 1.0)
    other = tf.TensorArray(FLOAT, handle=array.handle, flow=array.flow).write(1, 2.0)
    assert list(value_of(other.stack())) == [1, 2]
    assert value_of(array.identity().read(0)) == 1
    assert value_of([array.close(), array.flow]) == [None, 0]


def test_an_array_of_gradients_adds_up() -> None:
    array = tf.TensorArray(FLOAT, 3).write(0, 1.0)
    gradient = array.grad("loss").write(0, 5.0).write(0, 2.0).scatter([1, 0], [10.0, 20.0])
    assert list(value_of(gradient.stack())) == [27, 10, 0]
    assert array.grad("loss").flow is gradient.flow
    assert list(value_of(array.grad("other").stack())) == [0, 0, 0]


# What is refused.

CLEARED = "twice because it was cleared after a previous read"
WRITTEN = "because it has already been written to"
REFUSED = {
    "written twice": (lambda i: tf.TensorArray(FLOAT, 2).write(0, 1.0).write(0, 2.0).read(0), f"index 0 {WRITTEN}"),
    "written twice by one index": (lambda i: tf.TensorArray(FLOAT, 2).write(i, 1.0).write(i, 2.0).read(0), WRITTEN),
    "read twice": (lambda i: _twice(unstacked([1.0, 2.0], 2), lambda array: array.read(1)), f"index 1 .*{CLEARED}"),
    "read twice by one index": (lambda i: _twice(unstacked([1.0, 2.0], 2), lambda array: array.read(i)), CLEARED),
    "stacked twice": (lambda i: _twice(unstacked([1.0, 2.0], 2), lambda array: array.stack()), f"index 0 .*{CLEARED}"),
    "gathered twice": (lambda i: unstacked([1.0, 2.0], 2).gather([1, 1]), f"index 1 .*{CLEARED}"),
    "joined twice": (lambda i: _twice(tf.TensorArray(FLOAT, 1).write(0, [1.0]), lambda array: array.concat()), CLEARED),
    "written after reading": (lambda i: _write_after_read(), "because it has already been read"),
    "scattered twice": (lambda i: tf.TensorArray(FLOAT, 3).scatter([2, 2], [1.0, 2.0]).read(2), f"index 2 {WRITTEN}"),
    "filled twice": (lambda i: unstacked([1.0, 2.0], 2).unstack([1.0, 2.0]).read(0), f"index 0 {WRITTEN}"),
    "write outside": (lambda i: tf.TensorArray(FLOAT, 2).write(i + 2, 1.0).stack(),
                      "Tried to write to index 2 but array is not resizeable"),
    "read outside": (lambda i: unstacked([1.0], 1).read(i - 1), "Tried to read from index -1 but array size is: 1"),
    "more rows": (lambda i: unstacked([1.0, 2.0, 3.0], 2).read(0),
                  "Tried to write to index 2 but array is not resizeable and size is: 2"),
    "nothing written": (lambda i: tf.TensorArray(FLOAT, 2).read(i), "uninitialized tensor"),
    "another dtype": (lambda i: tf.TensorArray(FLOAT, 2).write(0, i).read(0), "op elements int32 but list elements"),
    "unequal pieces": (lambda i: tf.TensorArray(FLOAT, 2).split([1.0, 2.0, 3.0], [1, 2]).read(0),
                       "consider setting infer_shape=False"),
    "unequal elements": (lambda i: tf.TensorArray(FLOAT, 2).write(0, tf.ones([1])).write(
        1, tf.placeholder_with_default([1.0, 2.0], None)).stack(), "consider setting infer_shape=False"),
}


def _twice(array: tf.TensorArray, read: Callable[[Any], Tensor]) -> list[Tensor]:
    first = read(array)
    with tf.control_dependencies([first]):
        return [first, read(array)]


def _write_after_read() -> list[Tensor]:
    array = tf.TensorArray(FLOAT, 2).write(0, 1.0)
    first = array.read(0)
    with tf.control_dependencies([first]):
        return [first, array.write(0, 2.0).stack()]


def test_rows_and_indices_that_are_known_to_differ_in_number_are_refused_when_built() -> None:
    with pytest.raises(ValueError, match="Dimensions must be equal, but are 2 and 3: TensorArray.scatter"):
        tf.TensorArray(FLOAT, 3).scatter([0, 1], tf.placeholder(FLOAT, [3], name="rows"))


@pytest.mark.parametrize("build, message", REFUSED.values(), ids=REFUSED)
def test_what_an_array_refuses_when_run(build: Callable[[Tensor], Any], message: str) -> None:
    index = tf.placeholder(tf.int32, [])
    tensors = build(index)
    with pytest.raises(tf.errors.InvalidArgumentError, match=message) as caught:
        value_of(tensors, {index: 0})
    assert caught.value.op is not None


def test_an_element_that_is_kept_is_read_often() -> None:
    array = unstacked([1.0, 2.0], 2, clear_after_read=False)
    assert value_of([array.read(0), array.read(0), tf.reduce_sum(array.stack() + array.stack())]) == [1, 1, 6]
    cleared = unstacked([1.0, 2.0], 2)
    first, second = cleared.read(0), cleared.read(0)
    assert [value_of(first), value_of(second)] == [1, 2 - 1]  # each run has an array of its own


def test_what_does_not_fit_is_refused_while_building() -> None:
    array = tf.TensorArray(FLOAT, 2, element_shape=[3])
    with pytest.raises(ValueError, match="Inconsistent shapes"):
        array.write(0, 1.0)
    with pytest.raises(ValueError, match="Inconsistent shapes"):
        tf.TensorArray(FLOAT, 2).write(0, 1.0).write(1, [1.0])
    with pytest.raises(ValueError, match="Size must be provided"):
        tf.TensorArray(FLOAT)
    with pytest.raises(ValueError, match="both a handle and size"):
        tf.TensorArray(FLOAT, 2, handle=array.handle)
    with pytest.raises(TypeError, match="Handle must be a Tensor"):
        tf.TensorArray(FLOAT, handle=3)
    with pytest.raises(TypeError, match="int32"):
        tf.TensorArray(FLOAT, 2.5)
    with pytest.raises(ValueError, match="at least one dimension"):
        tf.TensorArray(FLOAT, 2).unstack(1.0)


# Gradients.


def _by_elements(x: Tensor) -> Tensor:
    array = tf.TensorArray(FLOAT, 3, clear_after_read=False).unstack(x)
    out = tf.TensorArray(FLOAT, 3).write(0, array.read(0) * array.read(2)).write(2, array.read(1) ** 3)
    return out.stack()


def _by_rows(x: Tensor) -> Tensor:
    array = tf.TensorArray(FLOAT, 4, clear_after_read=False).scatter([3, 0, 1], x * x)
    return array.gather([0, 3, 3]) * array.gather([1, 1, 0])


def _by_pieces(x: Tensor) -> Tensor:
    array = tf.TensorArray(FLOAT, 2, infer_shape=False, clear_after_read=False).split(x, [1, 2])
    out = tf.TensorArray(FLOAT, 2, infer_shape=False).write(0, array.read(1) ** 2).write(1, array.read(0) ** 3)
    return out.concat() * array.concat()


def _in_a_growing_array(x: Tensor) -> Tensor:
    array = tf.TensorArray(FLOAT, 0, dynamic_size=True, infer_shape=False)
    for i in range(3):
        array = array.write(i, x[i] ** (i + 1))
    return array.stack() * x


@pytest.mark.parametrize("function", [_by_elements, _by_rows, _by_pieces, _in_a_growing_array])
def test_gradients_of_both_orders_are_the_slopes(function: Callable[[Tensor], Tensor]) -> None:
    x = tf.placeholder(FLOAT, [3, 2])
    loss = tf.reduce_sum(function(x) * [[1.0, 0.5]])
    first, = tf.gradients(loss, x)
    again = tf.reduce_sum(first * first)
    second, = tf.gradients(again, x)
    point = np.array([[0.8, 1.1], [0.6, 0.9], [1.2, 0.7]])
    with tf.Session() as sess:
        for graded, of in ((first, loss), (second, again)):
            slopes = np.zeros_like(point)
            for place in np.ndindex(*point.shape):
                step = np.zeros_like(point)
                step[place] = 1e-2
                up, down = (sess.run(of, {x: point + sign * step}) for sign in (1, -1))
                slopes[place] = (up - down) / 2e-2
            np.testing.assert_allclose(sess.run(graded, {x: point}), slopes, rtol=2e-2, atol=2e-2)


# In loops and branches.


def test_a_loop_writes_and_reads_an_array() -> None:
    x = tf.placeholder(FLOAT, [None, 2])
    count = tf.shape(x)[0]
    source = tf.TensorArray(FLOAT, count).unstack(x)
    _, squares = tf.while_loop(lambda i, _: i < count,
                               lambda i, array: (i + 1, array.write(i, source.read(i) ** 2)),
                               [0, tf.TensorArray(FLOAT, count)])
    assert squares.element_shape.as_list() == [2]
    rows = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(value_of(squares.stack(), {x: rows}), rows ** 2)


def test_a_loop_grows_an_array() -> None:
    limit = tf.placeholder(tf.int32, [])
    _, array = tf.while_loop(lambda i, _: i < limit, lambda i, array: (i + 1, array.write(i, [i, i * i])),
                             [0, tf.TensorArray(tf.int32, 0, dynamic_size=True)])
    stacked, size = array.stack(), array.size()
    with tf.Session() as sess:
        for n in (3, 40):
            found, count = sess.run([stacked, size], {limit: n})
            np.testing.assert_array_equal(found, [[i, i * i] for i in range(n)])
            assert count == n


def test_what_is_written_after_a_loop_that_grew_an_array_is_there() -> None:
    limit = tf.placeholder(tf.int32, [])
    _, array = tf.while_loop(lambda i, _: i < limit, lambda i, array: (i + 1, array.write(i, i * i)),
                             [0, tf.TensorArray(tf.int32, 0, dynamic_size=True)])
    array = array.write(limit, 100).write(limit + 2, 200)
    stacked = array.stack()
    for n in (3, FIRST_ROOM - 1, FIRST_ROOM, 2 * FIRST_ROOM - 1, 40):  # there is room for just as many, and for more
        with tf.Session() as sess:
            for _ in range(2):
                assert sess.run(stacked, {limit: n}).tolist() == [*[i * i for i in range(n)], 100, 0, 200]


@pytest.mark.slow
def test_a_loop_that_grows_an_array_is_compiled(compiled: None) -> None:
    limit = tf.placeholder(tf.int32, [])
    _, array = tf.while_loop(lambda i, _: i < limit, lambda i, array: (i + 1, array.write(i, tf.cast(i, FLOAT))),
                             [0, tf.TensorArray(FLOAT, 0, dynamic_size=True)])
    total = tf.reduce_sum(array.stack())
    said = io.StringIO()
    with tf.Session() as sess, debug.Debug("stages"), contextlib.redirect_stderr(said):
        for n in (30, 30, 30, 100):
            assert sess.run(total, {limit: n}) == n * (n - 1) / 2
    assert "a list grew to 100 elements" in said.getvalue()
    # Only the stacking, whose size is computed, is moved out of the way.
    assert said.getvalue().count("is interpreted") == 1


def test_a_host_stage_writes_on_in_what_a_compiled_loop_has_written(compiled: None) -> None:
    x = tf.placeholder(FLOAT, [None])
    array = tf.TensorArray(FLOAT, 4, infer_shape=False, clear_after_read=False)
    _, array = tf.while_loop(lambda i, _: i < 2, lambda i, array: (i + 1, array.write(i, x)), [0, array])
    # Rows of another length: the array is one list of the host's from here on.
    array = array.write(3, tf.concat([x, x], 0))
    with tf.Session() as sess:
        for _ in range(3):
            assert sess.run(array.read(3), {x: [1, 2]}).tolist() == [1, 2, 1, 2]


def test_a_loop_reads_what_it_has_written() -> None:
    array = tf.TensorArray(FLOAT, 8, clear_after_read=False).write(0, 1.0).write(1, 1.0)
    _, array = tf.while_loop(lambda i, _: i < 8,
                             lambda i, array: (i + 1, array.write(i, array.read(i - 1) + array.read(i - 2))),
                             [2, array])
    assert list(value_of(array.stack())) == [1, 1, 2, 3, 5, 8, 13, 21]


def test_an_element_read_twice_in_an_iteration_is_refused() -> None:
    array = unstacked(tf.range(3.0), 3)
    total = tf.while_loop(lambda i, s: i < 3, lambda i, s: (i + 1, s + array.read(i) * array.read(i)), [0, 0.0])[1]
    with pytest.raises(tf.errors.InvalidArgumentError, match=CLEARED):
        value_of(total)


@pytest.mark.parametrize("taken", [True, False])
def test_an_element_is_read_once_in_whichever_branch(taken: bool) -> None:
    choice = tf.placeholder(tf.bool, [])
    array = unstacked([1.0, 2.0], 2)
    either = tf.cond(choice, lambda: array.read(0) + 1.0, lambda: array.read(0) + 2.0)
    first = array.read(1)
    again = tf.cond(choice, lambda: array.read(1) + 1.0, lambda: first * 3.0)
    said = io.StringIO()
    with debug.Debug("stages"), contextlib.redirect_stderr(said):
        assert value_of(either, {choice: taken}) == (2 if taken else 3)
    assert "cannot be compiled" not in said.getvalue()
    if taken:
        with pytest.raises(tf.errors.InvalidArgumentError, match=CLEARED):
            value_of([first, again], {choice: True})
    else:
        assert value_of([first, again], {choice: False}) == [2, 6]


@pytest.mark.parametrize("taken", [True, False])
def test_branches_give_an_array(taken: bool) -> None:
    choice = tf.placeholder(tf.bool, [])
    array = tf.TensorArray(FLOAT, 3, clear_after_read=False).write(0, 7.0)
    array = tf.cond(choice, lambda: array.write(1, array.read(0) + 1.0), lambda: array.write(2, array.read(0) + 2.0))
    assert list(value_of(array.stack(), {choice: taken})) == ([7, 8, 0] if taken else [7, 0, 9])


def _in_a_loop(x: Tensor) -> Tensor:
    source = tf.TensorArray(FLOAT, 3).unstack(x)
    _, out = tf.while_loop(lambda i, _: i < 3, lambda i, array: (i + 1, array.write(i, source.read(i) ** 3)),
                           [0, tf.TensorArray(FLOAT, 3)])
    return out.stack() * x


def _in_a_growing_loop(x: Tensor) -> Tensor:
    source = tf.TensorArray(FLOAT, 3).unstack(x)
    _, out = tf.while_loop(lambda i, _: i < 3, lambda i, array: (i + 1, array.write(i, source.read(2 - i) ** 3)),
                           [0, tf.TensorArray(FLOAT, 0, dynamic_size=True)])
    return out.stack() * x


def _of_what_was_written_before(x: Tensor) -> Tensor:
    array = tf.TensorArray(FLOAT, 3, clear_after_read=False).write(0, x[0]).write(1, x[1] * x[2])
    _, array = tf.while_loop(lambda i, _: i < 3,
                             lambda i, array: (i + 1, array.write(i, array.read(i - 1) * array.read(i - 2))),
                             [2, array])
    return array.stack() * x


def _in_a_branch(x: Tensor) -> Tensor:
    array = tf.TensorArray(FLOAT, 3, clear_after_read=False).unstack(x)
    array = tf.cond(tf.reduce_sum(x) > 0.0, lambda: tf.TensorArray(FLOAT, 3).unstack(array.stack() ** 2), lambda: array)
    return array.stack() * x


def _of_unequal_elements(x: Tensor) -> Tensor:
    _, array = tf.while_loop(lambda i, _: i < 3, lambda i, array: (i + 1, array.write(i, x[:i + 1] ** 2)),
                             [0, tf.TensorArray(FLOAT, 3, infer_shape=False)])
    return tf.reduce_sum(array.concat() ** 2, 0) * x


def _in_branches_of_a_loop(x: Tensor) -> Tensor:
    def body(i: Tensor, array: tf.TensorArray) -> tuple[Tensor, tf.TensorArray]:
        even = tf.equal(i % 2, 0)
        return i + 1, tf.cond(even, lambda: array.write(i, x[i] * x[0]), lambda: array.write(i, x[i] ** 3))

    return tf.while_loop(lambda i, _: i < 3, body, [0, tf.TensorArray(FLOAT, 0, dynamic_size=True)])[1].stack() * x


def _in_a_loop_in_a_loop(x: Tensor) -> Tensor:
    def body(i: Tensor, total: Tensor) -> tuple[Tensor, Tensor]:
        _, array = tf.while_loop(lambda j, _: j < i + 1, lambda j, array: (j + 1, array.write(j, x[j] * total)),
                                 [0, tf.TensorArray(FLOAT, 0, dynamic_size=True)])
        return i + 1, tf.reduce_sum(array.stack(), 0) * 0.5

    return tf.while_loop(lambda i, _: i < 3, body, [0, x[1]])[1] * x


@pytest.mark.parametrize("function", [_in_a_loop, _in_a_growing_loop, _of_what_was_written_before, _in_a_branch,
                                      _of_unequal_elements, _in_branches_of_a_loop, _in_a_loop_in_a_loop])
def test_gradients_go_through_arrays_in_loops_and_branches(function: Callable[[Tensor], Tensor]) -> None:
    test_gradients_of_both_orders_are_the_slopes(function)


def test_the_size_of_an_array_that_has_grown_tells_what_to_gather(tier: str) -> None:
    x = tf.placeholder(tf.float32, [])
    array = tf.TensorArray(tf.float32, 0, dynamic_size=True)
    _, array, _ = tf.while_loop(
        lambda i, t, s: s < 20.0, lambda i, t, s: (i + 1, t.write(i, s), s + x), [0, array, x]
    )
    y = array.gather(tf.range(array.size()))
    with tf.Session() as sess:
        assert sess.run(y, {x: 7.0}).tolist() == [7.0, 14.0]
        assert sess.run(y, {x: 6.0}).tolist() == [6.0, 12.0, 18.0]
