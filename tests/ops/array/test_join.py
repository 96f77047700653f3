"""Joining and splitting, and lists that hold tensors."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase, floats

import millpond as tf
from millpond.graph.opdef import lookup

CASES = [
    OpCase("ConcatV2", lambda tf, x, y: tf.concat([x, y], 1), [floats(2, 3), floats(2, 1, seed=1)], gradient=True,
           expected=lambda x, y: np.concatenate([x, y], 1)),
    OpCase("ConcatV2", lambda tf, x, y: tf.concat([x, y, x], -2), [floats(2, 3), floats(1, 3, seed=1)], gradient=True,
           note="negative axis", expected=lambda x, y: np.concatenate([x, y, x], 0)),
    OpCase("Concat", lambda tf, x, y: lookup("Concat")(1, [x, y]), [floats(2, 3), floats(2, 1, seed=1)],
           gradient=True, expected=lambda x, y: np.concatenate([x, y], 1)),
    OpCase("ConcatOffset", lambda tf, x, y: lookup("ConcatOffset")(1, [x, y]),
           [np.array([2, 3], np.int32), np.array([2, 1], np.int32)],
           expected=lambda x, y: [np.array([0, 0], np.int32), np.array([0, 3], np.int32)]),
    OpCase("Pack", lambda tf, x, y: tf.stack([x, y], axis=1), [floats(2, 3), floats(2, 3, seed=1)], gradient=True,
           expected=lambda x, y: np.stack([x, y], 1), attrs={"axis": 1, "N": 2}),
    OpCase("Unpack", lambda tf, x: tf.unstack(x, 3, axis=-1), [floats(2, 3)], gradient=True,
           expected=lambda x: [x[:, 0], x[:, 1], x[:, 2]]),
    OpCase("Split", lambda tf, x: tf.split(x, 2, 1), [floats(2, 4)], gradient=True,
           expected=lambda x: [x[:, :2], x[:, 2:]], attrs={"num_split": 2}),
    OpCase("SplitV", lambda tf, x: tf.split(x, [1, -1], -1), [floats(2, 4)], gradient=True,
           expected=lambda x: [x[:, :1], x[:, 1:]]),
    OpCase("ParallelConcat", lambda tf, x, y: tf.parallel_stack([x, y]), [floats(2), floats(2, seed=1)],
           shapes_needed=True, expected=lambda x, y: np.stack([x, y])),
]


def _nodes(graph: tf.Graph) -> list[tuple[str, str]]:
    return [(op.name, op.type) for op in graph.get_operations() if op.type != "Placeholder"]


def test_a_list_that_holds_tensors_becomes_a_pack() -> None:
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        x = tf.placeholder(tf.int32, [], name="x")
        y = tf.convert_to_tensor([[x, 1], [2, x]])
        assert _nodes(graph) == [("packed/0/1", "Const"), ("packed/0", "Pack"), ("packed/1/0", "Const"),
                                 ("packed/1", "Pack"), ("packed", "Pack")]
        assert sess.run(y, {x: 7}).tolist() == [[7, 1], [2, 7]]


def test_as_an_input_the_pack_bears_the_inputs_name() -> None:
    with tf.Graph().as_default() as graph:
        n = tf.placeholder(tf.int32, [], name="n")
        tf.reshape(tf.zeros([6]), [n, -1])
        assert _nodes(graph)[1:] == [("Reshape/shape/1", "Const"), ("Reshape/shape", "Pack"), ("Reshape", "Reshape")]


def test_a_list_of_two_dtypes_is_refused() -> None:
    with tf.Graph().as_default():
        x, y = tf.placeholder(tf.float32, [2]), tf.placeholder(tf.int32, [2])
        with pytest.raises(TypeError, match="don't all match"):
            tf.stack([x, y])
        with pytest.raises(TypeError, match="don't all match"):
            tf.concat([x, y], 0)


def test_shapes_that_do_not_fit_are_refused() -> None:
    with tf.Graph().as_default():
        x = tf.zeros([2, 3])
        with pytest.raises(ValueError, match="Dimension 1 in both shapes must be equal, but are 3 and 4"):
            tf.concat([x, tf.zeros([2, 4])], 0)
        with pytest.raises(ValueError, match=r"axis = 3 not in \[-3, 3\)"):
            tf.stack([x, x], axis=3)
        with pytest.raises(ValueError, match="Cannot infer num from shape"):
            tf.unstack(tf.placeholder(tf.float32, [None, 3]))
        with pytest.raises(ValueError, match="evenly divisible by 2 but is 3"):
            tf.split(x, 2, 1)
        with pytest.raises(ValueError, match="Determined shape must either match input shape"):
            tf.split(x, [1, 1], 1)


def test_the_argument_orders_of_the_first_releases() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        assert sess.run(tf.concat(0, [[1], [2]])).tolist() == [1, 2]
        assert [part.tolist() for part in sess.run(tf.split(0, 2, tf.constant([1, 2])))] == [[1], [2]]
        assert sess.run(tf.pack([1, 2])).tolist() == [1, 2]


def test_one_tensor_is_not_concatenated() -> None:
    with tf.Graph().as_default() as graph:
        tf.concat([tf.placeholder(tf.float32, [2])], 0)
        assert _nodes(graph) == [("concat/concat_dim", "Const"), ("concat/concat", "Identity")]


@pytest.mark.parametrize("build", [
    lambda x, axis: tf.concat([x, x], axis), lambda x, axis: tf.split(x, 2, axis),
    lambda x, axis: tf.split(x, [1, 1], axis), lambda x, axis: tf.gather(x, [0], axis=axis),
    lambda x, axis: tf.cumsum(x, axis), lambda x, axis: tf.nn.top_k(x, axis),
])
@pytest.mark.parametrize("axis", [[0], [[1]], "fed"])
def test_where_one_number_is_wanted_a_list_is_refused_while_building(build, axis):
    if axis == "fed":
        axis = tf.placeholder(tf.int32, [None])
    with pytest.raises(ValueError, match="rank 0 but is rank|must be scalar|rank 0"):
        build(tf.constant([[1.0, 2.0], [3.0, 4.0]]), axis)
