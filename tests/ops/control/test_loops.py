"""Loops: `tf.while_loop` runs its body as long as the condition holds."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf
from millpond.compiler import debug, executables

COVERS = ["While", "StatelessWhile"]


@pytest.fixture(autouse=True)
def _graph():
    with tf.Graph().as_default():
        yield


def test_a_loop_in_a_loop(tier):
    n = tf.placeholder(tf.int32, [])

    def outer(i, total):
        _, total = tf.while_loop(lambda j, t: j < i, lambda j, t: (j + 1, t + j), [0, total])
        return i + 1, total

    result = tf.while_loop(lambda i, t: i < n, outer, [0, 0])
    with tf.Session() as sess:
        assert list(sess.run(result, {n: 5})) == [5, 10]
        assert list(sess.run(result, {n: 0})) == [0, 0]


def test_structures_go_through_a_loop(tier):
    def body(i, pair):
        return i + 1, {"a": pair["a"] * 2.0, "b": (pair["b"][0] + pair["a"],)}

    i, pair = tf.while_loop(lambda i, pair: i < 3, body, (0, {"a": tf.constant(1.0), "b": (tf.zeros([2]),)}))
    with tf.Session() as sess:
        result = sess.run(pair)
    assert result["a"] == 8.0 and result["b"][0].tolist() == [7.0, 7.0]


def test_a_single_loop_variable_comes_back_by_itself():
    assert isinstance(tf.while_loop(lambda i: i < 3, lambda i: i + 1, [0]), tf.Tensor)
    assert isinstance(tf.while_loop(lambda i: i < 3, lambda i: [i + 1], [0], return_same_structure=True), list)


def test_a_loop_sets_variables_in_each_iteration(tier):
    n = tf.placeholder(tf.int32, [])
    v = tf.Variable(1.0)

    def body(i, seen):
        with tf.control_dependencies([v.assign_add(2.0)]):
            return i + 1, seen + v

    _, seen = tf.while_loop(lambda i, s: i < n, body, [0, 0.0])
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([seen, v], {n: 3}) == [3.0 + 5.0 + 7.0, 7.0]


def test_random_numbers_of_a_loop_are_the_same_in_both_tiers(monkeypatch):
    tf.set_random_seed(3)
    _, y = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a + tf.random_uniform([2])), [0, tf.zeros([2])])
    drawn = []
    for forced in ("interpreted", "compiled"):
        monkeypatch.setenv("MILLPOND_TIER", forced)
        with tf.Session() as sess:
            drawn.append([sess.run(y), sess.run(y)])
    np.testing.assert_allclose(drawn[0], drawn[1], rtol=1e-6)
    assert not np.array_equal(drawn[0][0], drawn[0][1])


def test_a_failure_names_the_iteration_and_changes_nothing(tier):
    v = tf.Variable(1)
    n = tf.placeholder(tf.int32, [])

    def body(i, x):
        with tf.control_dependencies([v.assign_add(1)]):
            return i + 1, x // (5 - i)

    loop = tf.while_loop(lambda i, x: i < n, body, [0, 100])
    with tf.Session() as sess:
        sess.run(v.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match="iteration 5 of the loop 'while/While'.*body"):
            sess.run([*loop, v], {n: 9})
        assert sess.run(v) == 1
        assert sess.run(loop, {n: 2})[0] == 2


def test_at_most_so_many_iterations(tier):
    most = tf.placeholder(tf.int32, [])
    i = tf.while_loop(lambda i: True, lambda i: i + 1, [0], maximum_iterations=most)
    with tf.Session() as sess:
        assert [sess.run(i, {most: count}) for count in (0, 7)] == [0, 7]


def test_a_long_loop_is_compiled_while_it_runs(monkeypatch):
    """A loop that nobody has run before is begun again, compiled, once it has turned for long; a short one is not."""
    tf.set_random_seed(1)
    n = tf.placeholder(tf.int32, [])
    loop = tf.while_loop(lambda i, x: i < n, lambda i, x: (i + 1, x + tf.random_uniform([], 0, 3, tf.int64)),
                         [0, np.int64(0)])
    notes = []
    monkeypatch.setattr(debug, "write", notes.append)
    for constant, work in (("LOADING_WORK", 0), ("COMPILE_AFTER", 1_000_000), ("COMPILE_AFTER_PER_OP", 0)):
        monkeypatch.setattr(executables, constant, work)
    monkeypatch.setenv("MILLPOND_TIER", "interpreted")
    with tf.Session() as sess:
        slowly = [sess.run(loop, {n: count}) for count in (10, 1000, 10)]
    monkeypatch.delenv("MILLPOND_TIER")
    with debug.Debug("stages"), tf.Session() as sess:
        first = sess.run(loop, {n: 10})
        assert notes == []
        long = sess.run(loop, {n: 1000})
        assert sum("compiled" in note for note in notes) == 1
        assert [first, long, sess.run(loop, {n: 10})] == slowly


@pytest.mark.parametrize("build, error, words", [
    (lambda: tf.while_loop(3, lambda i: i, [0]), TypeError, "'cond' must be callable"),
    (lambda: tf.while_loop(lambda i: True, 3, [0]), TypeError, "'body' must be callable"),
    (lambda: tf.while_loop(lambda: True, lambda: [], []), ValueError, "'loop_vars' must be provided"),
    (lambda: tf.while_loop(lambda i: i < [1, 2], lambda i: i, [tf.zeros([2], tf.int32)]), ValueError, "scalar"),
    (lambda: tf.while_loop(lambda i: i, lambda i: i, [0]), TypeError, "must give a scalar bool"),
    (lambda: tf.while_loop(lambda i, j: i < 3, lambda i, j: i + 1, [0, 1]), ValueError, "same nested structure"),
    (lambda: tf.while_loop(lambda i: i < 3, lambda i: tf.cast(i, tf.float32), [0]), TypeError, "enters the loop"),
    (lambda: tf.while_loop(lambda a: True, lambda a: tf.concat([a, a], 0), [tf.zeros([2])]), ValueError,
     r"enters the loop 'while' with shape \(2,\), but has shape \(4,\) after one iteration"),
    (lambda: tf.while_loop(lambda a: True, lambda a: a, [tf.zeros([2])], shape_invariants=[tf.TensorShape([3])]),
     ValueError, "shape invariant specified"),
    (lambda: tf.while_loop(lambda a: True, lambda a: a, [tf.zeros([2])], shape_invariants=[2]), TypeError,
     "'shape_invariants' of 'while' must be of TensorShapes.*for zeros:0 it has 2"),
    (lambda: tf.while_loop(lambda a: True, lambda a: a, [0], maximum_iterations=[2, 3]), ValueError, "scalar"),
    (lambda: tf.while_loop(lambda a: True, lambda a: None, [0]), ValueError, "None values not supported"),
])
def test_bad_arguments_are_refused_while_building(build, error, words):
    with pytest.raises(error, match=words):
        build()


def test_a_large_constant_of_a_body_is_no_literal_of_the_program(compiled):
    weights = np.random.RandomState(0).rand(300, 300).astype(np.float32)
    texts = []

    def body(i, x):
        return i + 1, tf.matmul(x, tf.constant(weights)) * 0.01

    _, y = tf.while_loop(lambda i, x: i < 3, body, [0, tf.ones([1, 300])])
    with debug.Debug("hlo"), pytest.MonkeyPatch.context() as patch:
        patch.setattr(debug, "write", texts.append)
        with tf.Session() as sess:
            found = sess.run(y)
    expected = np.ones([1, 300], np.float32)
    for _ in range(3):
        expected = expected @ weights * np.float32(0.01)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert sum(map(len, texts)) < 50_000


def test_what_a_body_captures_is_known_while_building():
    size, unknown = tf.constant(3), tf.placeholder(tf.float32, [None, 4])
    shapes = []

    def body(i):
        shapes.append(tf.zeros([size, tf.shape(unknown)[1]]).shape.as_list())
        return i + 1

    tf.while_loop(lambda i: i < 2, body, [0])
    assert shapes == [[3, 4]]


def test_the_loop_gives_the_list_or_tuple_that_its_body_returns():
    def ends(pack):
        return tf.while_loop(lambda i, s: i < 3, lambda i, s: pack([i + 1, s * 2.0]), [0, 1.0])

    assert isinstance(ends(tuple), tuple) and isinstance(ends(list), list)


def test_an_invariant_may_be_left_out():
    _, x = tf.while_loop(lambda i, x: i < 3, lambda i, x: (i + 1, x), [0, tf.ones([3])],
                         shape_invariants=[tf.TensorShape([]), None])
    assert x.shape.as_list() == [3]


@pytest.mark.parametrize("build, kind", [
    (lambda: tf.while_loop(lambda i: i < 3, lambda i: None, [0]), "loop 'while'"),
    (lambda: tf.while_loop(lambda i: i, lambda i: i, [0]), "loop 'while'"),
    (lambda: tf.cond(tf.constant(True), lambda: 1, lambda: 2.0), "branch 'cond'"),
    (lambda: tf.switch_case(tf.constant(0), [lambda: 1, lambda: 2.0]), "branch 'switch_case/indexed_case'"),
])
def test_errors_while_building_name_the_line(build, kind):
    with pytest.raises((TypeError, ValueError)) as caught:
        build()
    assert f"at {kind}, being created at {__file__}" in "\n".join(caught.value.__notes__)


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "int8"])
def test_a_number_that_goes_round_at_its_ends(tier, dtype):
    step = np.asarray(np.iinfo(dtype).max // 3, dtype)
    _, total = tf.while_loop(lambda i, x: i < 28, lambda i, x: (i + 1, x + step), [0, np.asarray(5, dtype)])
    with np.errstate(over="ignore"), tf.Session() as sess:
        assert sess.run(total) == np.asarray(5, dtype) + np.sum(np.full(28, step), dtype=dtype)
