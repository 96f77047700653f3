"""`map_fn`, `scan`, `foldl`, `foldr`: values, structures, static shapes, what they refuse, gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf

pytestmark = pytest.mark.usefixtures("tier")
FLOAT = tf.float32


def value_of(tensors: Any, feeds: Any = None) -> Any:
    with tf.Session() as sess:
        return sess.run(tensors, feeds)


def test_map_goes_along_the_rows() -> None:
    x = tf.placeholder(FLOAT, [None, 3])
    w = tf.constant([1.0, 2.0, 3.0])
    mapped = tf.map_fn(lambda row: tf.reduce_sum(row * w), x)
    assert mapped.shape.as_list() == [None]
    rows = np.arange(12.0).reshape(4, 3)
    np.testing.assert_array_equal(value_of(mapped, {x: rows}), rows @ [1, 2, 3])
    assert value_of(mapped, {x: np.zeros([0, 3])}).shape == (0,)


def test_map_takes_and_gives_structures() -> None:
    elems = {"a": tf.constant([1.0, 2.0]), "b": (tf.constant([3, 4]), tf.constant([[5], [6]]))}
    mapped = tf.map_fn(lambda e: (e["a"] * 2.0, {"sum": e["b"][0] + e["b"][1]}), elems,
                       dtype=(FLOAT, {"sum": tf.int32}))
    assert mapped[1]["sum"].shape.as_list() == [2, 1]
    doubled, sums = value_of(mapped)
    assert list(doubled) == [2, 4]
    np.testing.assert_array_equal(sums["sum"], [[8], [10]])
    same = tf.map_fn(lambda e: {"a": e["a"] + 1.0, "b": e["b"]}, elems)
    assert list(value_of(same["a"])) == [2, 3]


def test_map_of_strings_and_bools() -> None:
    joined = tf.map_fn(lambda text: tf.string_join([text, text]), tf.constant(["a", "bc"]))
    flags = tf.map_fn(lambda n: n > 1, tf.constant([1, 2]), dtype=tf.bool)
    texts, truths = value_of([joined, flags])
    assert list(texts) == [b"aa", b"bcbc"] and list(truths) == [False, True]


def test_a_map_in_a_map_and_in_a_loop() -> None:
    x = tf.placeholder(FLOAT, [3, 2])
    nested = tf.map_fn(lambda row: tf.map_fn(lambda value: value ** 2, row), x)
    turned = tf.while_loop(lambda i, _: i < 2, lambda i, y: (i + 1, tf.map_fn(lambda row: row + 1.0, y)), [0, x])[1]
    rows = np.arange(6.0).reshape(3, 2)
    squares, more = value_of([nested, turned], {x: rows})
    np.testing.assert_array_equal(squares, rows ** 2)
    np.testing.assert_array_equal(more, rows + 2)


def test_scan_gives_every_step() -> None:
    x = tf.placeholder(FLOAT, [None])
    scans = [tf.scan(lambda a, e: a + e, x), tf.scan(lambda a, e: a * 2.0 + e, x, initializer=1.0),
             tf.scan(lambda a, e: a + e, x, reverse=True),
             tf.scan(lambda a, e: a * 2.0 + e, x, initializer=tf.constant(1.0), reverse=True)]
    found = value_of(scans, {x: [1, 2, 3]})
    assert [list(value) for value in found] == [[1, 3, 6], [3, 8, 19], [6, 5, 3], [25, 12, 5]]
    assert value_of(scans[1], {x: []}).shape == (0,)


def test_scan_keeps_structures_and_shapes() -> None:
    elems = (tf.constant([1, 2, 3]), tf.constant([[1.0, 2.0]] * 3))
    state = {"count": tf.constant(0), "rows": tf.zeros([2])}
    result = tf.scan(lambda a, e: {"count": a["count"] + e[0], "rows": a["rows"] + e[1]}, elems, state)
    assert result["rows"].shape.as_list() == [3, 2]
    found = value_of(result)
    assert list(found["count"]) == [1, 3, 6]
    np.testing.assert_array_equal(found["rows"], [[1, 2], [2, 4], [3, 6]])


def test_folds_go_from_either_end() -> None:
    x = tf.placeholder(tf.int32, [None])
    y = tf.constant([[1, 1], [2, 2], [3, 3]])
    folds = [tf.foldl(lambda a, e: a * 10 + e, x), tf.foldr(lambda a, e: a * 10 + e, x),
             tf.foldl(lambda a, e: a * 10 + e, x, initializer=9), tf.foldr(lambda a, e: a * 10 + e, x, initializer=9),
             tf.foldl(lambda a, e: (a[0] + e[0], a[1] * e[1]), (x, y))]
    found = value_of(folds, {x: [1, 2, 3]})
    assert found[:4] == [123, 321, 9123, 9321] and found[4][0] == 6
    assert list(found[4][1]) == [6, 6]
    assert value_of(folds[2], {x: []}) == 9


REFUSED: dict[str, tuple[Callable[[], Any], type[Exception], str]] = {
    "no function": (lambda: tf.map_fn(3, tf.zeros([2])), TypeError, "fn must be callable"),
    "no function to scan": (lambda: tf.scan(None, tf.zeros([2])), TypeError, "fn must be callable"),
    "no function to fold": (lambda: tf.foldl("f", tf.zeros([2])), TypeError, "fn must be callable"),
    "scalar": (lambda: tf.map_fn(lambda x: x, 1.0), ValueError, "1\\+ dimensional Tensor, not a scalar"),
    "list of scalars": (lambda: tf.map_fn(lambda x: x, [1.0, 2.0]), ValueError,
                        "1\\+ dimensional Tensors, not scalars"),
    "scalar to fold": (lambda: tf.foldr(lambda a, x: a, 1.0), ValueError, "not scalars"),
    "sparse": (lambda: tf.map_fn(lambda x: x, tf.SparseTensor([[0]], [1.0], [2])), TypeError, "SparseTensor"),
    "other structure": (lambda: tf.map_fn(lambda x: (x, x), tf.zeros([2])), ValueError, "same nested structure"),
    "other structure to scan": (lambda: tf.scan(lambda a, x: (a, x), tf.zeros([2])), ValueError,
                                "same nested structure"),
    "other structure to fold": (lambda: tf.foldl(lambda a, x: (a, x), tf.zeros([2])), ValueError,
                                "same nested structure"),
    "other sizes": (lambda: tf.map_fn(lambda e: e[0], (tf.zeros([2]), tf.zeros([3])), dtype=FLOAT), ValueError,
                    "Dimensions 2 and 3 are not compatible"),
    "growing state": (lambda: tf.scan(lambda a, x: tf.concat([a, [x]], 0), tf.zeros([2]), tf.zeros([0])), ValueError,
                      "Inconsistent shapes"),
}


@pytest.mark.parametrize("build, error, message", REFUSED.values(), ids=REFUSED)
def test_what_is_refused_while_building(build: Callable[[], Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        build()


def test_what_is_refused_when_run() -> None:
    lengths = tf.placeholder(tf.int32, [2])
    uneven = tf.map_fn(tf.range, lengths)
    pairs = tf.map_fn(lambda e: e[0] + e[1], (tf.zeros([2]), tf.placeholder_with_default(tf.zeros([3]), [None])),
                      dtype=FLOAT)
    other = tf.map_fn(lambda x: tf.cast(x, tf.int32), tf.zeros([2]))
    nothing = tf.foldl(lambda a, x: a + x, tf.placeholder_with_default(np.zeros([0], np.float32), [None]))
    with pytest.raises(tf.errors.InvalidArgumentError, match="infer_shape=False"):
        value_of(uneven, {lengths: [2, 3]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="not resizeable and size is: 2"):
        value_of(pairs)
    with pytest.raises(tf.errors.InvalidArgumentError, match="op elements int32 but list elements float32"):
        value_of(other)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Tried to read from index 0 but array size is: 0"):
        value_of(nothing)
    np.testing.assert_array_equal(value_of(uneven, {lengths: [2, 2]}), [[0, 1], [0, 1]])


def test_results_of_shapes_that_are_not_known_are_stacked() -> None:
    lengths = tf.placeholder(tf.int32, [None])
    mapped = tf.map_fn(tf.range, lengths, infer_shape=False)
    assert mapped.shape.ndims is None
    np.testing.assert_array_equal(value_of(mapped, {lengths: [2, 2, 2]}), [[0, 1]] * 3)
    x = tf.placeholder(FLOAT)
    np.testing.assert_array_equal(value_of(tf.map_fn(lambda row: row * 2.0, x), {x: [[1, 2]]}), [[2, 4]])


def _mapped(x: Any) -> Any:
    w = x[0, 0]
    return tf.reduce_sum(tf.map_fn(lambda row: tf.reduce_prod(row) * w + row ** 2, x) ** 2)


def _scanned(x: Any) -> Any:
    return tf.reduce_sum(tf.scan(lambda h, row: tf.tanh(h * x[1] + row), x, tf.zeros([2])) * [1.0, 0.5])


def _scanned_back(x: Any) -> Any:
    return tf.reduce_sum(tf.scan(lambda h, row: h * row, x, reverse=True))


def _folded(x: Any) -> Any:
    return tf.reduce_sum(tf.foldl(lambda a, row: a * row + 0.5 * row, x) * [1.0, 0.5])


def _folded_back(x: Any) -> Any:
    return tf.reduce_sum(tf.foldr(lambda a, row: a * row - row ** 2, x, initializer=x[0]))


def _nested(x: Any) -> Any:
    return tf.reduce_sum(tf.map_fn(lambda row: tf.reduce_sum(tf.scan(lambda a, e: a * e + tf.sin(e), row)) ** 2, x))


def _nested_loops(x: Any) -> Any:
    count = 3 + tf.cast(0.0 * tf.reduce_sum(x), tf.int32)

    def inner(i: Any, v: Any) -> Any:
        return tf.while_loop(lambda j, _: j < count + i, lambda j, w: (j + 1, w * w * 0.6 + x * 0.3), [0, v])[1]

    return tf.reduce_sum(tf.while_loop(lambda i, _: i < count, lambda i, v: (i + 1, inner(i, v) * 0.5), [0, x])[1])


@pytest.mark.parametrize("function", [_mapped, _scanned, _scanned_back, _folded, _folded_back, _nested, _nested_loops])
def test_gradients_of_both_orders_are_the_slopes(function: Callable[[Any], Any]) -> None:
    x = tf.placeholder(FLOAT, [3, 2])
    loss = function(x)
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
