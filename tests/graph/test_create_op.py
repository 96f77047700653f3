"""`Graph.create_op`: a node by the name of its type, with the attributes of a NodeDef."""

from __future__ import annotations

from typing import Any

import pytest

import millpond as tf

FLOAT = tf.AttrValue(type=tf.float32.as_datatype_enum)
INT = tf.AttrValue(type=tf.int32.as_datatype_enum)


def create(op_type: Any, inputs: Any, **others: Any) -> Any:
    return tf.get_default_graph().create_op(op_type, inputs, **others)


def test_a_node_is_made_by_the_name_of_its_type(tier: str) -> None:
    x = tf.constant([1.0, -2.0])
    op = create("Neg", [x], dtypes=[tf.float32], name="minus", attrs={"T": FLOAT})
    assert (op.name, op.type, op.inputs) == ("minus", "Neg", [x])
    (y,) = op.outputs
    assert y.dtype is tf.float32 and y.shape == [2]
    with tf.Session() as sess:
        assert sess.run(y).tolist() == [-1.0, 2.0]


def test_names_are_unique_and_in_scope_or_taken_as_they_are() -> None:
    x = tf.constant(1.0)
    with tf.name_scope("s"):
        made = [create("Neg", [x]), create(b"Neg", [x]), create("Neg", [x], name=b"n"), create("Neg", [x], name="q/")]
    assert [op.name for op in made] == ["s/Neg", "s/Neg_1", "s/n", "q"]


def test_dtypes_follow_from_the_inputs_where_no_attribute_says_them() -> None:
    a, b = tf.constant([1, 2]), tf.constant([3, 4])
    pack = create("Pack", [a, b], attrs={"N": tf.AttrValue(i=2), "axis": tf.AttrValue(i=1)})
    assert pack.outputs[0].dtype is tf.int32 and pack.outputs[0].shape == [2, 2]
    concat = create("ConcatV2", [a, b, tf.constant(0)], attrs={"N": tf.AttrValue(i=2)})
    assert concat.outputs[0].shape == [4]
    with tf.Session() as sess:
        assert sess.run([pack.outputs[0], concat.outputs[0]])[0].tolist() == [[1, 3], [2, 4]]


def test_the_blocks_around_it_hold_for_it_too() -> None:
    first = tf.no_op("first")
    with tf.control_dependencies([first]), tf.device("/cpu:1"):
        op, unplaced = create("NoOp", []), create("NoOp", [], compute_device=False)
    assert op.control_inputs == [first] and op.device == "/device:CPU:1" and unplaced.device == ""
    beside = create("NoOp", [], attrs={"_class": tf.AttrValue(list=tf.AttrValue.ListValue(s=[b"loc:@first"]))})
    assert beside.colocation_groups() == [b"loc:@first"]


@pytest.mark.parametrize("op_type, inputs, others, error, message", [
    ("Neg", [1.0], {}, TypeError, "Input #0 of the new 'Neg' is not a tensor"),
    ("Neg", [tf.float32], {"attrs": {"T": INT}}, ValueError, "incompatible with expected int32"),
    ("Neg", [tf.float32], {"attrs": {"T": 1}}, TypeError, "must be a tf.AttrValue"),
    ("Neg", [tf.float32], {"input_types": [tf.int32]}, TypeError, "not compatible with expected types"),
    ("Neg", [tf.float32, tf.float32], {}, ValueError, "expected 1 inputs"),
    ("Neg", [], {"attrs": {"T": FLOAT}}, ValueError, "expected 1 inputs"),
    ("Neg", [tf.float32], {"name": "bad name"}, ValueError, "not a valid node name"),
    ("Pack", [tf.float32], {}, ValueError, "missing attr 'N'"),
    ("MatMul", [tf.float32, tf.float32], {}, ValueError, "rank"),
    ("NoSuchOp", [], {}, NotImplementedError, "NoSuchOp"),
])
def test_what_does_not_fit_is_refused(op_type: str, inputs: list[Any], others: dict[str, Any],
                                      error: type[Exception], message: str) -> None:
    given = [tf.constant(1, dtype=value) if isinstance(value, tf.DType) else value for value in inputs]
    with pytest.raises(error, match=message):
        create(op_type, given, **others)


def test_an_input_of_another_graph_is_refused() -> None:
    with tf.Graph().as_default():
        x = tf.constant(1.0)
    with pytest.raises(ValueError, match="not an element of this graph"):
        create("Neg", [x])
