"""Tensors made from a shape or rule, and changes of dtype."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import COMPILED, INTERPRETED, OpCase, floats, integers, session

import millpond as tf
from millpond.graph.opdef import lookup

LOWEST = -2**31

CASES = [
    OpCase("Fill", lambda tf, x: tf.fill([2, 3], x), [floats()], gradient=True,
           expected=lambda x: np.full((2, 3), x, np.float32)),
    OpCase("ZerosLike", lambda tf, x: tf.zeros_like(x, optimize=False), [floats(2, 3)],
           expected=lambda x: np.zeros((2, 3), np.float32)),
    OpCase("OnesLike", lambda tf, x: _ones_like(x), [integers(2, 3)], expected=lambda x: np.ones((2, 3), np.int32)),
    OpCase("Range", lambda tf, n: tf.range(2, n, 3), [np.int32(10)], expected=lambda n: np.array([2, 5, 8], np.int32)),
    OpCase("Range", lambda tf, n: tf.range(n, 0.0, -0.3), [np.float32(1.0)], note="float",
           expected=lambda n: np.array([1.0, 0.7, 0.4, 0.1], np.float32)),
    OpCase("LinSpace", lambda tf, x, y: tf.linspace(x, y, 5), [np.float32(1), np.float32(-1)],
           expected=lambda x, y: np.linspace(1, -1, 5, dtype=np.float32)),
    OpCase("Cast", lambda tf, x: tf.cast(x, tf.float64), [floats(3)], gradient=True,
           expected=lambda x: x.astype(np.float64)),
    OpCase("Cast", lambda tf, x: tf.cast(x, tf.int32), [np.array([1.9, -1.9, np.nan, np.inf, -3e9], np.float32)],
           note="to int32", expected=lambda x: np.array([1, -1, LOWEST, LOWEST, LOWEST], np.int32)),
    OpCase("Cast", lambda tf, x: tf.cast(x, tf.uint8), [np.array([300.7, -5.5, 1e10, 255.0], np.float64)],
           note="to uint8", expected=lambda x: np.array([44, 251, 0, 255], np.uint8)),
    OpCase("Cast", lambda tf, x: tf.cast(x, tf.uint64), [np.array([1e19, 5.5, -5.5], np.float64)],
           note="to uint64", expected=lambda x: np.array([10**19, 5, 2**64 - 5], np.uint64)),
    OpCase("Cast", lambda tf, x: tf.cast(x, tf.bool), [np.array([0, 2, -1], np.int32)], note="to bool",
           expected=lambda x: x != 0),
    OpCase("Cast", lambda tf, x: tf.cast(x, tf.float32), [np.array([1 + 2j], np.complex64)], note="from complex",
           expected=lambda x: x.real),
    OpCase("Bitcast", lambda tf, x: tf.bitcast(x, tf.int32), [floats(3)], expected=lambda x: x.view(np.int32)),
    OpCase("Bitcast", lambda tf, x: tf.bitcast(x, tf.uint8), [integers(2)], note="smaller",
           expected=lambda x: x.view(np.uint8).reshape(2, 4)),
    OpCase("Bitcast", lambda tf, x: tf.bitcast(x, tf.int32), [integers(3, 4, low=0, high=200, dtype=np.uint8)],
           note="larger", expected=lambda x: x.view(np.int32)[:, 0]),
]


def _ones_like(x: tf.Tensor) -> tf.Tensor:
    return lookup("OnesLike")(x)


@pytest.mark.parametrize(("build", "nodes"), [
    (lambda: tf.zeros([2, 2]), [("zeros", "Const")]),
    (lambda: tf.ones([100, 100]), [("ones/shape_as_tensor", "Const"), ("ones/Const", "Const"), ("ones", "Fill")]),
    (lambda: tf.zeros([tf.placeholder(tf.int32, [], name="n"), 2]),
     [("n", "Placeholder"), ("zeros/packed/1", "Const"), ("zeros/packed", "Pack"), ("zeros/Const", "Const"),
      ("zeros", "Fill")]),
    (lambda: tf.zeros_like(tf.placeholder(tf.float32, [2], name="x")), [("x", "Placeholder"), ("zeros_like", "Const")]),
    (lambda: tf.zeros_like(tf.placeholder(tf.float32, name="x")), [("x", "Placeholder"), ("zeros_like", "ZerosLike")]),
    (lambda: tf.ones_like(tf.placeholder(tf.float32, name="x")),
     [("x", "Placeholder"), ("ones_like/Shape", "Shape"), ("ones_like/Const", "Const"), ("ones_like", "Fill")]),
    (lambda: tf.eye(3), [("eye/ones", "Const"), ("eye/diag/k", "Const"), ("eye/diag/num_rows", "Const"),
                         ("eye/diag/num_cols", "Const"), ("eye/diag/padding_value", "Const"),
                         ("eye/diag", "MatrixDiagV3")]),
])
def test_nodes_are_those_of_tensorflow(build, nodes) -> None:
    with tf.Graph().as_default() as graph:
        build()
        assert [(op.name, op.type) for op in graph.get_operations()] == nodes


def test_zeros_of_every_kind() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        assert sess.run(tf.zeros([2], tf.string)).tolist() == [b"", b""]
        assert sess.run(tf.zeros([2], tf.bool)).tolist() == [False, False]
        assert sess.run(tf.zeros([])) == 0.0
        assert sess.run(tf.zeros(3)).shape == (3,)
        with pytest.raises(TypeError, match="no value for strings"):
            tf.ones([2], tf.string)


def test_a_range_that_leads_nowhere_is_refused() -> None:
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="Requires delta != 0"):
            tf.range(0, 5, 0)
        with pytest.raises(ValueError, match="Requires start <= limit when delta > 0: 3/1"):
            tf.range(3, 1)


def test_a_range_takes_the_widest_dtype() -> None:
    with tf.Graph().as_default():
        assert tf.range(3).dtype is tf.int32
        assert tf.range(0, tf.constant(3, tf.int64)).dtype is tf.int64
        assert tf.range(3, dtype=tf.float32).dtype is tf.float32
        assert tf.range(0, 1.0, 0.5).dtype is tf.float32


def test_eye_and_meshgrid_are_numpys() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        np.testing.assert_array_equal(sess.run(tf.eye(2, 3, dtype=tf.int32)), np.eye(2, 3))
        np.testing.assert_array_equal(sess.run(tf.eye(2, batch_shape=[3])), np.stack([np.eye(2)] * 3))
        for indexing in ("xy", "ij"):
            ours = sess.run(tf.meshgrid([1, 2], [3, 4, 5], [6], indexing=indexing))
            for mine, theirs in zip(ours, np.meshgrid([1, 2], [3, 4, 5], [6], indexing=indexing), strict=True):
                np.testing.assert_array_equal(mine, theirs)


def test_casts_of_what_does_not_fit_are_the_same_in_both_tiers() -> None:
    values = np.array([np.nan, np.inf, -np.inf, 1e10, -1e10, 300.7, -200.9, 3e9, 1e19, 2.0**31, 0.5], np.float32)
    targets = [tf.int8, tf.uint8, tf.int16, tf.uint16, tf.int32, tf.uint32, tf.int64, tf.uint64, tf.bool, tf.bfloat16]
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None])
        ys = [tf.cast(x, target) for target in targets]
        results = []
        for tier in (INTERPRETED, COMPILED):
            with session(tf, graph, tier) as sess:
                results.append(sess.run(ys, {x: values}))
    for target, plain, compiled in zip(targets, *results, strict=True):
        assert plain.dtype == target.np_dtype
        np.testing.assert_array_equal(plain.astype(np.float64), compiled.astype(np.float64), err_msg=target.name)


def test_a_cast_to_the_same_dtype_is_the_tensor_itself() -> None:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2])
        assert tf.cast(x, tf.float32) is x
        assert tf.to_int32(x).op.name == "ToInt32"


def test_strings_cannot_be_cast() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.string, [1])
        with pytest.raises(tf.errors.UnimplementedError, match="Cast string to float32 is not supported"):
            sess.run(tf.cast(x, tf.float32), {x: ["1"]})


def test_saturate_cast_clips() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        assert sess.run(tf.saturate_cast([-5.0, 300.0, 7.9], tf.uint8)).tolist() == [0, 255, 7]
        assert sess.run(tf.saturate_cast([3e9, -3e9], tf.int32)).tolist() == [2**31 - 128, -2**31]
        assert sess.run(tf.saturate_cast(tf.constant([200, -200]), tf.int8)).tolist() == [127, -128]
