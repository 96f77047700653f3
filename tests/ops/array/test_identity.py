"""Ops that hand values and order on: constants, identities, placeholders, groups."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase, floats

import millpond as tf
from millpond.ops.array.identity import PREVENT_GRADIENT

X = floats(2, 3)

CASES = [
    OpCase("Const", lambda tf, x: x + tf.constant([[1.0]], x.dtype), [X], gradient=True, expected=lambda x: x + 1),
    OpCase("Identity", lambda tf, x: tf.identity(x), [X], gradient=True, expected=lambda x: x),
    OpCase("IdentityN", lambda tf, x, y: tf.identity_n([x, y]), [X, X + 1], gradient=True,
           expected=lambda x, y: [x, y]),
    OpCase("StopGradient", lambda tf, x: tf.stop_gradient(x) * x, [X], expected=np.square),
    OpCase("PreventGradient", lambda tf, x: PREVENT_GRADIENT(x, message="not this way"), [X],
           expected=lambda x: x, attrs={"message": b"not this way"}),
    OpCase("Placeholder", lambda tf, x: tf.negative(x), [X], expected=np.negative),
    OpCase("PlaceholderWithDefault", lambda tf, x: tf.placeholder_with_default(x, [2, None]), [X], gradient=True,
           expected=lambda x: x),
]
COVERS = {"NoOp"}


def test_what_is_stopped_counts_as_a_constant() -> None:
    x = tf.constant(3.0)
    with tf.Session() as sess:
        assert sess.run(tf.gradients(tf.stop_gradient(x) * x, x)[0]) == 3


def test_a_prevented_gradient_says_why() -> None:
    x = tf.constant(3.0)
    with pytest.raises(LookupError, match="not this way"):
        tf.gradients(PREVENT_GRADIENT(x, message="not this way"), x)


def test_a_default_gives_way_to_what_is_fed() -> None:
    x = tf.placeholder_with_default(1.0, [])
    with tf.Session() as sess:
        assert sess.run(x + 1.0) == 2
        assert sess.run(x + 1.0, {x: 5.0}) == 6


def test_a_group_runs_what_it_waits_for() -> None:
    ran = []
    step = tf.py_func(lambda: ran.append(1) or np.int32(0), [], tf.int32, stateful=True)
    with tf.Session() as sess:
        assert sess.run(tf.group(step)) is None
        with tf.control_dependencies([tf.no_op()]):
            assert sess.run(tf.identity(2)) == 2
    assert ran == [1]


def test_a_group_waits_for_all_parts_of_a_composite() -> None:
    slices = tf.IndexedSlices(tf.constant([1.0]), tf.constant([0]))
    sparse = tf.SparseTensor([[0]], [1.0], [1])
    waits = tf.group(slices, [sparse]).control_inputs
    assert waits == [slices.values.op, slices.indices.op, sparse.indices.op, sparse.values.op, sparse.dense_shape.op]


def test_nothing_cannot_be_grouped() -> None:
    with pytest.raises(TypeError, match="Expected an operation or tensor for tf.group, got None"):
        tf.group(tf.no_op(), None)


def test_with_dependencies_hands_a_tensor_on_when_others_have_run(tier: str) -> None:
    total = tf.Variable(1.0)
    step = total.assign_add(2.0)
    result = tf.python.ops.control_flow_ops.with_dependencies([step], tf.constant(5.0), name="later")
    slices = tf.python.ops.control_flow_ops.with_dependencies([step], tf.IndexedSlices(tf.constant([1.0]), [0]))
    assert result.op.name == "later"
    with tf.Session() as sess:
        sess.run(total.initializer)
        assert sess.run(result) == 5 and sess.run(total) == 3
        assert sess.run(slices).values.tolist() == [1] and sess.run(total) == 5
