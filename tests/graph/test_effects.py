"""What nodes do besides giving values, as compiler passes are told it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

import millpond as tf
from millpond.graph.effects import Effects, drawing_ops, effects_of
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op


def test_effects_of_plain_nodes() -> None:
    v = tf.Variable(1.0)
    text = tf.placeholder(tf.string)
    assert effects_of(v.assign(2.0).op) == Effects(writes=(0,))
    assert effects_of(v.assign_add(2.0).op) == Effects(reads=(0,), writes=(0,))
    assert effects_of(tf.random_uniform([2]).op).draws and not effects_of(tf.sin(1.0).op).draws
    assert effects_of(tf.py_func(lambda: 1.0, [], tf.float64).op).blocks
    assert effects_of(tf.identity(text).op).host and not effects_of(tf.identity(v).op).host
    assert effects_of(tf.gather([1.0], tf.placeholder(tf.int32)).op).guarded


class Body:
    """A subgraph that a node runs, as control flow will have them."""

    def __init__(self, operations: Sequence[tf.Operation], inputs: Sequence[tf.Tensor]) -> None:
        self.operations = operations
        self.inputs = inputs
        self.positions = range(len(inputs))


def test_the_effects_of_a_node_are_those_of_its_bodies(scratch_ops: None) -> None:
    bodies: list[Body] = []
    branch = define_op("BranchForTest", inputs="ref: Ref(T), index: int32", outputs="value: T", attrs="T: type",
                       shape=lambda ref, index: ref, kernel=lambda xp, ref, index: ref, gradient=NOT_DIFFERENTIABLE,
                       stateful=True, bodies=lambda op: bodies)
    v = tf.Variable([1.0, 2.0])
    index = tf.placeholder(tf.int32, [])
    node = branch(v._as_graph_element(), index).op
    assert effects_of(node) == Effects()
    drawn = tf.random_uniform([2], seed=1)
    picked = tf.gather(drawn, index)
    add = v.assign_add(drawn * picked)
    bodies.append(Body([drawn.op, picked.op, add.op], [v._as_graph_element(), index]))
    assert effects_of(node) == Effects(reads=(0,), writes=(0,), draws=True, guarded=True)
    assert [op.type for op in drawing_ops(node)] == ["RandomUniform"]
    text = tf.py_func(lambda: np.float32(1.0), [], tf.float32)
    bodies.append(Body([text.op], []))
    assert effects_of(node).host and effects_of(node).blocks
