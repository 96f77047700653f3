"""`tf.import_graph_def`: what a user sees of names, maps, returned elements, and of GraphDefs that are not valid."""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np
import pytest
from google.protobuf import text_format

import millpond as tf
from millpond.graph import renamed
from millpond.graph.opdef import DEFINITIONS

FILES = pathlib.Path(__file__).parents[1] / "data" / "tensorflow"


def graph_def_of(build: Any) -> Any:
    with tf.Graph().as_default() as graph:
        build()
        return graph.as_graph_def()


def small() -> None:
    x = tf.placeholder(tf.float32, [None, 2], name="x")
    y = tf.multiply(x, 2.0, name="y")
    with tf.control_dependencies([y]):
        tf.identity(x, name="z")


SMALL = graph_def_of(small)


def names(graph: tf.Graph) -> list[str]:
    return [op.name for op in graph.get_operations()]


# Names.


def test_each_import_gets_a_prefix_of_its_own(default_graph: tf.Graph) -> None:
    assert tf.import_graph_def(SMALL) is None
    tf.import_graph_def(SMALL)
    tf.import_graph_def(SMALL, name="mine")
    with tf.name_scope("outer"):
        tf.import_graph_def(SMALL)
    assert names(default_graph) == [
        f"{prefix}/{name}"
        for prefix in ("import", "import_1", "mine", "outer/import")
        for name in ("x", "y/y", "y", "z")
    ]


def test_an_empty_name_keeps_names_except_those_that_are_taken(default_graph: tf.Graph) -> None:
    tf.placeholder(tf.float32, name="x")
    with tf.name_scope("ignored"):
        (z,) = tf.import_graph_def(SMALL, return_elements=["z"], name="")
    assert names(default_graph) == ["x", "x_1", "y/y", "y", "z"]
    assert [tensor.name for tensor in z.inputs] == ["x_1:0"]
    assert tf.identity(1.0, name="Z").op.name == "Z_1"


def nodes(*given: str, devices: dict[str, str] | None = None, beside: dict[str, str] | None = None) -> Any:
    """A GraphDef of nodes that do nothing."""
    graph_def = tf.GraphDef()
    for name in given:
        node = graph_def.node.add(name=name, op="NoOp", device=(devices or {}).get(name, ""))
        if beside and name in beside:
            node.attr["_class"].list.s.append(f"loc:@{beside[name]}".encode())
    return graph_def


def test_a_node_named_like_a_scope_that_holds_nodes_gets_another_name(default_graph: tf.Graph) -> None:
    with tf.name_scope("foo"):
        tf.no_op("a")
    with tf.name_scope("empty"):
        pass
    tf.import_graph_def(nodes("foo", "foo/a", "foo/b", "Foo", "empty"), name="")
    assert names(default_graph) == ["foo/a", "foo_1", "foo/a_1", "foo/b", "Foo", "empty"]
    assert [tf.no_op("foo").name, tf.no_op("foo_1").name] == ["foo_2", "foo_1_1"]


def test_a_node_below_one_that_is_there_keeps_its_name(default_graph: tf.Graph) -> None:
    tf.no_op("foo")
    tf.import_graph_def(nodes("foo/a"), name="")
    tf.import_graph_def(nodes("foo"), name="foo/")
    assert names(default_graph) == ["foo", "foo/a", "foo/foo"]


def test_numbers_that_the_graph_def_itself_uses_are_passed_over(default_graph: tf.Graph) -> None:
    tf.no_op("foo")
    tf.import_graph_def(nodes("foo_1", "foo"), name="")
    assert names(default_graph) == ["foo", "foo_1", "foo_2"]


def test_names_of_python_2_are_bytes() -> None:
    replaced = tf.constant([[1.0, 2.0]])
    y, z = tf.import_graph_def(SMALL, {b"x:0": replaced}, (name for name in [b"y:0", "z"]), name=b"mine")
    assert (y.name, z.name, z.inputs) == ("mine/y:0", "mine/z", [replaced])


def test_a_name_with_a_slash_goes_on_with_a_scope(default_graph: tf.Graph) -> None:
    tf.import_graph_def(SMALL, name="again/")
    tf.import_graph_def(SMALL, name="again/")
    assert names(default_graph)[-4:] == ["again/x_1", "again/y/y_1", "again/y_1", "again/z_1"]


# Maps and elements.


def test_mapped_inputs_and_returned_elements(tier: str) -> None:
    c = tf.constant([[1.0, 2.0]], name="c")
    y, z, x = tf.import_graph_def(SMALL, {"x": c}, ["y:0", "z", "x:0"])
    assert isinstance(z, tf.Operation) and z.control_inputs == [y.op]
    assert x is c, "a tensor that is replaced is returned as what replaces it"
    assert y.shape.as_list() == [1, 2]
    with tf.Session() as sess:
        assert sess.run(y).tolist() == [[2.0, 4.0]]


def test_values_become_constants_beside_the_imported_nodes(default_graph: tf.Graph) -> None:
    (y,) = tf.import_graph_def(SMALL, {"x:0": [[3.0, 4.0]]}, ["y:0"])
    assert names(default_graph)[0] == "import/_inputs/Const"
    with tf.Session() as sess:
        assert sess.run(y).tolist() == [[6.0, 8.0]]
    with pytest.raises(ValueError, match="requires a non-empty `name`"):
        tf.import_graph_def(SMALL, {"x:0": [[3.0, 4.0]]}, name="")


def test_control_inputs_are_mapped_by_a_caret() -> None:
    other = tf.no_op(name="other")
    (z,) = tf.import_graph_def(SMALL, {"^y": other}, ["z"])
    assert z.control_inputs == [other]


def test_a_variable_of_the_graph_can_be_an_input(tier: str) -> None:
    v = tf.Variable([[5.0, 6.0]], name="v")
    (y,) = tf.import_graph_def(SMALL, {"x:0": v}, ["y:0"])
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(y).tolist() == [[10.0, 12.0]]


@pytest.mark.parametrize(
    ("input_map", "message"),
    [
        ({"nope:0": 1.0}, r"not found in graph_def: \[nope:0\]"),
        ({"x:5": 1.0}, r"not found in graph_def: \[x:5\]"),
        ({"x:0": 7}, r"Input 0 of node 'y' \(Mul\) was passed int32 .* incompatible with expected float32"),
    ],
)
def test_a_wrong_input_map_is_a_value_error(input_map: dict[str, Any], message: str, default_graph: tf.Graph) -> None:
    with pytest.raises(ValueError, match=message):
        tf.import_graph_def(SMALL, input_map)
    assert [name for name in names(default_graph) if "_inputs" not in name] == [], "nothing is left behind"


@pytest.mark.parametrize(
    ("elements", "message"),
    [
        (["nope"], "return node 'nope' not found"),
        (["nope:0"], "return tensor 'nope:0' not found"),
        (["y:3"], r"output 3 of node 'y', which has 1 output"),
        (["y:a"], "'y:a' is not of the form"),
    ],
)
def test_an_unknown_element_is_a_value_error(elements: list[str], message: str, default_graph: tf.Graph) -> None:
    with pytest.raises(ValueError, match=message):
        tf.import_graph_def(SMALL, return_elements=elements)
    assert names(default_graph) == []


def test_arguments_of_the_wrong_type() -> None:
    with pytest.raises(TypeError, match="`graph_def` must be a GraphDef proto, got bytes"):
        tf.import_graph_def(SMALL.SerializeToString())
    with pytest.raises(TypeError, match="`input_map` must be a dictionary"):
        tf.import_graph_def(SMALL, ["x"])
    with pytest.raises(TypeError, match="must be strings"):
        tf.import_graph_def(SMALL, {3: 1.0})
    with pytest.raises(TypeError, match="must be a list of strings"):
        tf.import_graph_def(SMALL, return_elements=[3])


def test_an_input_map_needs_tensors_of_the_graph_that_is_imported_into() -> None:
    with tf.Graph().as_default():
        foreign = tf.constant([[1.0, 2.0]])
    with pytest.raises(ValueError, match="of another graph"):
        tf.import_graph_def(SMALL, {"x:0": foreign})


# What nodes carry along.


def test_a_graph_that_is_imported_is_exported_as_it_was(default_graph: tf.Graph) -> None:
    def build() -> None:
        with tf.device("/job:ps/task:1/cpu:0"):
            v = tf.Variable([[1.0, 2.0]], name="v")
        x = tf.placeholder(tf.float32, [None, 1], name="x")
        with tf.device("/gpu:0"), tf.control_dependencies([v.initializer]):
            tf.matmul(x, v, transpose_a=False, name="product")
        tf.split(tf.reshape(x, [-1]), 2, name="parts")
        tf.constant(["a", "b"], name="words")

    graph_def = graph_def_of(build)
    tf.import_graph_def(graph_def, name="")
    assert default_graph.as_graph_def() == graph_def


def test_scopes_around_an_import_reach_the_nodes(default_graph: tf.Graph) -> None:
    first = tf.no_op(name="first")
    with tf.device("/gpu:0"), tf.control_dependencies([first]):
        tf.import_graph_def(SMALL)
    placeholder = default_graph.get_operation_by_name("import/x")
    assert placeholder.device == "/device:GPU:0" and placeholder.control_inputs == [first]


def test_colocation_names_get_the_prefix_and_the_device_of_the_other() -> None:
    graph_def = parse("""node {name: "a" op: "NoOp" attr {key: "_class" value {list {s: "loc:@b"}}}}
                         node {name: "b" op: "NoOp" device: "/job:ps"}""")
    (a,) = tf.import_graph_def(graph_def, return_elements=["a"])
    assert a.colocation_groups() == [b"loc:@import/b"] and a.device == "/job:ps"


@pytest.mark.parametrize("scope, devices, beside, expected", [
    ("/job:w", {"a": "/cpu:0", "b": "/gpu:1"}, {"b": "a"}, ["/job:w/device:CPU:0", "/job:w/device:CPU:0", "/job:w"]),
    ("/job:w", {"b": "/gpu:1"}, {"b": "a"}, ["/job:w", "/job:w", "/job:w"]),
    (None, {"b": "/gpu:1"}, {"b": "a"}, ["", "", ""]),
    ("/job:w", {"b": "/gpu:1"}, {"b": "b"}, ["/job:w", "/job:w/device:GPU:1", "/job:w"]),
    ("/job:w", {"b": "/gpu:1"}, {"a": "b", "c": "a"}, ["/job:w/device:GPU:1"] * 3),
    ("/job:w", {"a": "/gpu:1", "b": "/device:mydev:1"}, {}, ["/job:w/device:GPU:1", "/job:w/device:mydev:1", "/job:w"]),
    (lambda op: "/gpu:3", {"a": "/cpu:0"}, {"b": "a"}, ["/gpu:3", "/device:GPU:3", "/gpu:3"]),
    ("/job:w", {}, {"a": "c", "c": "a"}, ["", "/job:w", ""]),
], ids=["of the other", "its own is dropped", "no device at all", "beside itself", "in a row", "none", "a function",
        "beside each other"])
def test_a_node_beside_another_takes_its_device_and_no_other(scope: Any, devices: dict[str, str],
                                                             beside: dict[str, str], expected: list[str],
                                                             default_graph: tf.Graph) -> None:
    with tf.device(scope):
        tf.import_graph_def(nodes("a", "b", "c", devices=devices, beside=beside), name="")
    assert [op.device for op in default_graph.get_operations()] == expected


def test_an_import_inside_of_a_colocation_goes_where_that_is(default_graph: tf.Graph) -> None:
    with tf.device("/cpu:1"):
        there = tf.no_op("there")
    with tf.colocate_with(there):
        tf.import_graph_def(nodes("a", devices={"a": "/gpu:0"}), name="")
    a = default_graph.get_operation_by_name("a")
    assert a.device == "/device:CPU:1" and a.colocation_groups() == [b"loc:@there"]


def test_the_versions_of_a_graph_are_merged_with_those_of_what_it_imports(default_graph: tf.Graph) -> None:
    own = default_graph.graph_def_versions.producer
    later, early, other = nodes("a"), nodes("a"), nodes("a")
    later.versions.producer = own + 100
    tf.import_graph_def(later)
    assert default_graph.graph_def_versions.producer == own
    early.versions.producer, early.versions.min_consumer = 30, 5
    early.versions.bad_consumers.append(4)
    other.versions.producer, other.versions.min_consumer = 50, 3
    other.versions.bad_consumers.extend([3, 4])
    tf.import_graph_def(early)
    tf.import_graph_def(other)
    for versions in (default_graph.graph_def_versions, default_graph.as_graph_def().versions):
        assert (versions.producer, versions.min_consumer, list(versions.bad_consumers)) == (30, 5, [3, 4])
    default_graph.graph_def_versions.producer = 7  # a copy
    assert default_graph.graph_def_versions.producer == 30


def test_a_graph_def_that_is_refused_leaves_the_versions_as_they_are(default_graph: tf.Graph) -> None:
    before = default_graph.graph_def_versions
    bad = nodes("a")
    bad.node.add(name="b", op="NoOp").input.append("missing")
    with pytest.raises(ValueError, match="missing"):
        tf.import_graph_def(bad)
    assert default_graph.graph_def_versions == before


def test_nodes_may_come_in_any_order(default_graph: tf.Graph) -> None:
    backward = tf.GraphDef(node=reversed(SMALL.node), versions=SMALL.versions)
    (y,) = tf.import_graph_def(backward, return_elements=["y:0"])
    with tf.Session() as sess:
        assert sess.run(y, {"import/x:0": [[1.0, 2.0]]}).tolist() == [[2.0, 4.0]]


def test_missing_attributes_get_their_defaults() -> None:
    graph_def = graph_def_of(lambda: tf.matmul(tf.ones([2, 2]), tf.ones([2, 2]), name="m"))
    for node in graph_def.node:
        node.attr.pop("transpose_a", None)
    (m,) = tf.import_graph_def(graph_def, return_elements=["m"])
    assert m.get_attr("transpose_a") is False


def test_shapes_that_the_writer_knew_are_taken_over() -> None:
    graph_def = parse("""node {name: "x" op: "Placeholder" attr {key: "dtype" value {type: DT_FLOAT}}
                         attr {key: "_output_shapes" value {list {shape {dim {size: 3}}}}}}""")
    (x,) = tf.import_graph_def(graph_def, return_elements=["x:0"])
    assert x.shape.as_list() == [3]
    assert "_output_shapes" not in x.op.node_def.attr


def test_private_attributes_are_kept_and_empty_unknown_ones_dropped() -> None:
    graph_def = parse("""node {name: "x" op: "Placeholder" attr {key: "dtype" value {type: DT_FLOAT}}
                         attr {key: "_mine" value {i: 7}} attr {key: "added_later" value {b: false}}}""")
    (x,) = tf.import_graph_def(graph_def, return_elements=["x"])
    assert x.get_attr("_mine") == 7
    assert sorted(x.node_def.attr) == ["_mine", "dtype", "shape"]


def test_a_list_of_the_writers_ops_tells_which_unknown_attributes_say_nothing() -> None:
    graph_def = parse("""node {name: "a" op: "NoOp" attr {key: "speed" value {s: "fast"}}}""")
    with pytest.raises(ValueError, match=r"Node 'a' \(NoOp\) has an attribute 'speed' that the op does not have here"):
        tf.import_graph_def(graph_def)
    ops = tf.MetaGraphDef().meta_info_def.stripped_op_list
    op = ops.op.add(name="NoOp")
    op.attr.add(name="speed", type="string").default_value.s = b"fast"
    assert len(tf.import_graph_def(graph_def, return_elements=["a"], producer_op_list=ops)) == 1


def test_placeholders_of_the_first_releases_have_unknown_shapes() -> None:
    text = """node {name: "x" op: "Placeholder" attr {key: "dtype" value {type: DT_FLOAT}}
              attr {key: "shape" value {shape {}}}} versions {producer: %d}"""
    shapes = [tf.import_graph_def(parse(text % version), return_elements=["x:0"])[0].shape for version in (21, 22)]
    assert [shape.ndims for shape in shapes] == [None, 0]


# Old names of op types.


def test_both_names_of_a_renamed_op_are_understood(tier: str) -> None:
    graph_def = parse("""
        node {name: "x" op: "Const" attr {key: "dtype" value {type: DT_FLOAT}}
              attr {key: "value" value {tensor {dtype: DT_FLOAT tensor_shape {dim {size: 2}} float_val: [1, 2]}}}}
        node {name: "old" op: "Add" input: "x" input: "x" attr {key: "T" value {type: DT_FLOAT}}}
        node {name: "new" op: "AddV2" input: "x" input: "old" attr {key: "T" value {type: DT_FLOAT}}}
        versions {producer: 134}""")
    (new,) = tf.import_graph_def(graph_def, return_elements=["new:0"], name="")
    with tf.Session() as sess:
        assert sess.run(new).tolist() == [3.0, 6.0]
    assert [node.op for node in tf.get_default_graph().as_graph_def().node] == ["Const", "Add", "AddV2"]


def test_an_op_under_its_second_name_runs_and_has_a_gradient(tier: str) -> None:
    graph_def = graph_def_of(lambda: tf.matrix_inverse(tf.placeholder(tf.float64, [2, 2], name="x"), name="y"))
    graph_def.node[-1].op = "BatchMatrixInverse"
    x, y = tf.import_graph_def(graph_def, return_elements=["x:0", "y:0"])
    (slope,) = tf.gradients(y, x)
    with tf.Session() as sess:
        values = sess.run([y, slope], {x: 2.0 * np.eye(2)})
    np.testing.assert_allclose(values[0], 0.5 * np.eye(2))
    np.testing.assert_allclose(values[1], np.full([2, 2], -0.25))
    assert y.op.type == "BatchMatrixInverse"


def test_renamed_types_lead_to_ones_that_exist() -> None:
    """A name in the table is either defined itself or stands for one that is."""
    for old in renamed.SAME:
        definition = renamed.definition_of(old)
        assert definition is not None and definition.type == old, old
    assert set(renamed.SAME.values()) <= set(DEFINITIONS)


# What is refused, and that nothing is left behind.


def parse(text: str) -> Any:
    return text_format.Parse(text, tf.GraphDef())


PLACEHOLDER = 'node {name: "c" op: "Placeholder" attr {key: "dtype" value {type: DT_FLOAT}}} '
FLOAT = 'attr {key: "T" value {type: DT_FLOAT}}'

BAD = {
    "two of one name": ('node {name: "a" op: "NoOp"} node {name: "a" op: "NoOp"}', "Node 'a' is not unique"),
    "name": ('node {name: "_a b" op: "NoOp"}', "'_a b' is not a valid node name"),
    "no name": ('node {op: "NoOp"}', "'' is not a valid node name"),
    "no op": ('node {name: "a"}', "'a' does not specify an operation"),
    "unknown input": ('node {name: "a" op: "NoOp" input: "^b"}', r"Node 'a' \(NoOp\): Unknown input node 'b'"),
    "output index": (PLACEHOLDER + f'node {{name: "a" op: "Identity" input: "c:1" {FLOAT}}}',
                     r"Node 'a' \(Identity\): Connecting to invalid output 1 of source node c"),
    "index is a word": (PLACEHOLDER + f'node {{name: "a" op: "Identity" input: "c:x" {FLOAT}}}',
                        "input 'c:x' is not of"),
    "dtype": (PLACEHOLDER + 'node {name: "a" op: "Identity" input: "c" attr {key: "T" value {type: DT_INT32}}}',
              r"Input 0 of node 'a' \(Identity\) was passed float32 .* expected int32"),
    "no reference": (PLACEHOLDER + f'node {{name: "a" op: "Assign" input: "c" input: "c" {FLOAT}}}',
                     "passed float32 from import/c:0 incompatible with expected float32_ref"),
    "attribute missing": ('node {name: "c" op: "Placeholder"}', r"Node 'c' .* missing attr 'dtype' \(type\)"),
    "attribute of another kind": ('node {name: "c" op: "Placeholder" attr {key: "dtype" value {i: 1}}}',
                                  "Node 'c' .*'dtype' is int; expected type"),
    "attribute without value": ('node {name: "c" op: "Placeholder" attr {key: "dtype" value {}}}',
                                "'dtype' has no value"),
    "list of another kind": (PLACEHOLDER + f'node {{name: "a" op: "Squeeze" input: "c" {FLOAT} '
                             'attr {key: "squeeze_dims" value {list {f: 1.0}}}}',
                             r"'squeeze_dims' is list\(float\); expected list\(int\)"),
    "no such dtype": ('node {name: "c" op: "Placeholder" attr {key: "dtype" value {type: 77}}}', "no DataType 77"),
    "dtype not allowed": ('node {name: "c" op: "Placeholder" attr {key: "dtype" value {type: DT_STRING}}}'
                          'node {name: "a" op: "Relu" input: "c" attr {key: "T" value {type: DT_STRING}}}',
                          r"Node 'a' \(Relu\): attribute 'T'.* DataType string, not in list of allowed"),
    "value not allowed": (PLACEHOLDER + f'node {{name: "a" op: "Conv2D" input: "c" input: "c" {FLOAT} attr {{key: '
                          '"strides" value {list {i: 1}}} attr {key: "padding" value {s: "ODD"}}}',
                          r"Node 'a' \(Conv2D\): attribute 'padding'.*'ODD', not one of"),
    "too few": (f'node {{name: "a" op: "Identity" {FLOAT}}}', r"Node 'a' .* expected 1 inputs \(input\), but 0"),
    "too many": (PLACEHOLDER + f'node {{name: "a" op: "Identity" input: "c" input: "c" {FLOAT}}}',
                 "but 2 are specified"),
    "list of another length": (PLACEHOLDER + f'node {{name: "a" op: "Pack" input: "c" {FLOAT} attr {{key: "N" value '
                               '{i: 1000000000}}}', "expected 1000000000 inputs"),
    "length below the least": (f'node {{name: "a" op: "Pack" {FLOAT} attr {{key: "N" value {{i: -3}}}}}}',
                               "'N' of Pack must be at least 1, got -3"),
    "outputs without end": (PLACEHOLDER + f'node {{name: "a" op: "Unpack" input: "c" {FLOAT} attr {{key: "num" value '
                            '{i: 1000000000}}}', "asks for 1000000000 outputs"),
    "control first": (PLACEHOLDER + f'node {{name: "a" op: "Identity" input: "^c" input: "c" {FLOAT}}}',
                      "Control dependencies must come after"),
    "circle": (f'node {{name: "a" op: "Identity" input: "b" {FLOAT}}} node {{name: "b" op: "Identity" input: "a" '
               f'{FLOAT}}}', "2 nodes in a cycle.*'a', 'b'"),
    "itself": ('node {name: "a" op: "NoOp" input: "^a"}', "1 nodes in a cycle"),
    "tensor too short": ('node {name: "c" op: "Const" attr {key: "dtype" value {type: DT_FLOAT}} attr {key: "value" '
                         'value {tensor {dtype: DT_FLOAT tensor_shape {dim {size: 3}} tensor_content: "abc"}}}}',
                         r"Node 'c' \(Const\): attribute 'value'.*take 12 bytes, got 3"),
    "tensor of another dtype": ('node {name: "c" op: "Const" attr {key: "dtype" value {type: DT_INT32}} attr {key: '
                                '"value" value {tensor {dtype: DT_FLOAT tensor_shape {} float_val: 1}}}}',
                                "'dtype' is int32, but 'value' is a tensor of float32"),
    "negative size": (PLACEHOLDER.replace("}}} ", '}} attr {key: "shape" value {shape {dim {size: -5}}}}} '),
                      r"Node 'c' .* the shape \[-5\] has sizes below -1"),
    "shapes do not fit": (PLACEHOLDER.replace("}}} ", '}} attr {key: "shape" value {shape {dim {size: 3}}}}} ')
                          + f'node {{name: "a" op: "MatMul" input: "c" input: "c" {FLOAT}}}', "'import/a'.*MatMul"),
    "shapes the writer got wrong": (
        'node {name: "c" op: "Const" attr {key: "dtype" value {type: DT_FLOAT}} '
        'attr {key: "value" value {tensor {dtype: DT_FLOAT tensor_shape {} float_val: 1}}} '
        'attr {key: "_output_shapes" value {list {shape {dim {size: 4}}}}}}',
        r"Node 'c' \(Const\) has an _output_shapes attribute inconsistent"),
    "colocated with nothing": ('node {name: "a" op: "NoOp" attr {key: "_class" value {list {s: "loc:@zz"}}}}',
                               "Node 'a' .* colocated with unknown node 'zz'"),
    "device": ('node {name: "a" op: "NoOp" device: "foo/bar"}', r"Node 'a' \(NoOp\): Unknown part 'foo'"),
    "from the future": ('node {name: "a" op: "NoOp"} versions {producer: 9999 min_consumer: 9999}',
                        "asks for version 9999"),
    "before the first version": ('versions {producer: -1}', "producer version -1"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_graph_def_that_is_not_valid_is_refused_by_name(what: str, default_graph: tf.Graph) -> None:
    text, message = BAD[what]
    with pytest.raises(ValueError, match=message):
        tf.import_graph_def(parse(text))
    assert names(default_graph) == [], "nothing is left behind"


def test_unknown_ops_are_all_named(default_graph: tf.Graph) -> None:
    with pytest.raises(tf.errors.NotFoundError, match=r"'MyOp' \(node 'a'\), 'YourOp' \(node 'b'\)") as caught:
        tf.import_graph_def(parse('node {name: "a" op: "MyOp"} node {name: "b" op: "YourOp"}'))
    assert caught.value.node_def.name == "a"
    assert names(default_graph) == []


def test_random_damage_never_goes_further_than_an_error() -> None:
    data = bytearray((FILES / "mlp" / "frozen_references.pb").read_bytes())
    random = np.random.RandomState(0)
    refused = 0
    for _ in range(300):
        damaged = bytearray(data)
        damaged[random.randint(len(data))] ^= 1 << random.randint(8)
        with tf.Graph().as_default() as graph:
            try:
                tf.import_graph_def(tf.GraphDef.FromString(bytes(damaged)))
            except Exception as error:  # noqa: BLE001 - which classes come is what is tested
                kinds = (ValueError, NotImplementedError, tf.errors.OpError)
                assert isinstance(error, kinds) or type(error).__name__ == "DecodeError", repr(error)
                assert graph.get_operations() == []
                refused += 1
    assert refused > 50


def test_a_chain_of_a_thousand_nodes(default_graph: tf.Graph) -> None:
    def build() -> None:
        x = tf.placeholder(tf.float32, [4], name="x")
        for _ in range(1000):
            x = tf.add(x, x)

    graph_def = graph_def_of(build)
    tf.import_graph_def(graph_def)
    assert len(names(default_graph)) == 1001


@pytest.mark.parametrize("kind", ["references", "resources"])
def test_a_graph_frozen_by_tensorflow_runs(kind: str, tier: str) -> None:
    values = np.load(FILES / "mlp" / "values.npz")
    graph_def = tf.GraphDef.FromString((FILES / "mlp" / f"frozen_{kind}.pb").read_bytes())
    (y,) = tf.import_graph_def(graph_def, return_elements=["probabilities:0"])
    assert y.shape.as_list() == [None, 3]
    with tf.Session() as sess:
        found = sess.run(y, {"import/x:0": values["x"]})
    np.testing.assert_allclose(found, values["probabilities"], rtol=1e-5)
