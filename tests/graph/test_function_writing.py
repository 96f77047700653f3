"""Bodies of branches and loops as functions of a GraphDef."""

import pytest

import millpond as tf
from millpond.graph.op_defs import is_stateful
from millpond.graph.opdef import lookup


def functions_of(graph):
    return {function.signature.name: function for function in graph.as_graph_def().library.function}


def nodes_of_type(message, types):
    return [node for node in message.node if node.op in types]


def branch(x, name="choose"):
    return tf.cond(x > 0.0, lambda: tf.sqrt(x), lambda: tf.negative(x), name=name)


def test_a_branch_is_two_functions_in_the_form_of_functions():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [], name="x")
        tf.cond(x > 0.0, lambda: tf.split([x, x], 2)[1], lambda: tf.fill([1], x), name="choose")
        message = graph.as_graph_def()
    (node,) = nodes_of_type(message, ["StatelessIf"])
    then_branch = functions_of(graph)[node.attr["then_branch"].func.name]
    assert [node.attr["else_branch"].func.name in functions_of(graph), len(message.library.function)] == [True, 2]
    assert [(arg.name, arg.type) for arg in then_branch.signature.input_arg] == [("x", tf.float32.as_datatype_enum)]
    assert [arg.name for arg in then_branch.signature.output_arg] == ["split"]
    assert dict(then_branch.ret) == {"split": "choose/split:output:1"}
    pack = next(node for node in then_branch.node_def if node.op == "Pack")
    assert list(pack.input) == ["x", "x"]
    assert len(then_branch.arg_attr[0].attr["_output_shapes"].list.shape[0].dim) == 0
    assert message.versions.min_consumer == 12


def test_a_graph_without_bodies_has_no_library():
    with tf.Graph().as_default() as graph:
        tf.constant(1.0)
    assert not graph.as_graph_def().HasField("library")
    assert graph.as_graph_def().versions.min_consumer == 0


def test_functions_of_one_name_scope_are_told_apart():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [], name="x")
        for _ in range(2):
            with tf.name_scope("same/"):
                branch(x, name="choose/")
    assert len(functions_of(graph)) == 4
    called = [node.attr[key].func.name for node in nodes_of_type(graph.as_graph_def(), ["StatelessIf"])
              for key in ("then_branch", "else_branch")]
    assert sorted(called) == sorted(functions_of(graph))


def test_functions_stand_behind_those_that_they_call():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [], name="x")
        tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, branch(a)), [0, x])
    names = list(functions_of(graph))
    for position, function in enumerate(functions_of(graph).values()):
        for node in function.node_def:
            for value in node.attr.values():
                if value.WhichOneof("value") == "func":
                    assert names.index(value.func.name) < position


def test_what_a_branch_does_not_run_is_not_written():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [], name="x")
        v = tf.get_variable("v", [], use_resource=True)

        def then_branch():
            v.assign(x)  # nothing waits for it
            return x + 1.0

        tf.cond(x > 0.0, then_branch, lambda: x)
    types = {node.op for function in functions_of(graph).values() for node in function.node_def}
    assert types == {"AddV2", "Const"}


@pytest.mark.parametrize(("make", "expected"), [
    (lambda x, v: x * 2.0, "StatelessIf"),
    (lambda x, v: x * tf.random_uniform([]), "If"),
    (lambda x, v: v.read_value(), "If"),
    (lambda x, v: tf.cond(x > 1.0, lambda: x, lambda: v.read_value()), "If"),
    (lambda x, v: tf.cond(x > 1.0, lambda: x, lambda: tf.exp(x)), "StatelessIf"),
])
def test_the_type_tells_whether_anything_has_state(make, expected):
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [], name="x")
        v = tf.get_variable("v", [], use_resource=True)
        tf.cond(x > 0.0, lambda: make(x, v), lambda: x)
        (node,) = nodes_of_type(graph.as_graph_def(), ["If", "StatelessIf"])
    assert node.op == expected
    functions = functions_of(graph)
    assert functions[node.attr["then_branch"].func.name].signature.is_stateful == (expected == "If")
    assert not functions[node.attr["else_branch"].func.name].signature.is_stateful


def test_loops_and_cases_have_their_attributes():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [None], name="x")
        tf.while_loop(lambda a: True, lambda a: (tf.concat([a, a], 0),), [x], [tf.TensorShape([None])],
                      parallel_iterations=3)
        tf.switch_case(tf.placeholder(tf.int32, []), [lambda: x, lambda: x * 2.0])
        message = graph.as_graph_def()
    (loop,) = nodes_of_type(message, ["StatelessWhile"])
    assert loop.attr["parallel_iterations"].i == 3
    assert [dim.size for dim in loop.attr["output_shapes"].list.shape[0].dim] == [-1]
    assert loop.attr["_lower_using_switch_merge"].b
    (case,) = nodes_of_type(message, ["StatelessCase"])
    assert [function.name in functions_of(graph) for function in case.attr["branches"].list.func] == [True] * 2


def test_colocation_with_what_is_not_in_the_function_is_left_out():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [], name="x")

        def then_branch():
            one = tf.identity(x)
            here = tf.get_default_graph()
            with here.colocate_with(x.op), here.colocate_with(one.op):
                return tf.exp(one)

        tf.cond(x > 0.0, then_branch, lambda: x)
    nodes = [node for function in functions_of(graph).values() for node in function.node_def]
    groups = {node.op: list(node.attr["_class"].list.s) for node in nodes if "_class" in node.attr}
    assert groups == {"Exp": [b"loc:@cond/Identity"]}


def test_waiting_for_an_argument_is_not_written():
    with tf.Graph().as_default() as graph:

        def body(a):
            with tf.control_dependencies([a]):
                one = tf.constant(1.0, name="one")
            with tf.control_dependencies([one]):
                return a * tf.constant(2.0, name="two")

        tf.while_loop(lambda a: a < 10.0, body, [tf.placeholder(tf.float32, [])])
    nodes = {node.name: node for function in functions_of(graph).values() for node in function.node_def}
    assert list(nodes["while/one"].input) == [] and list(nodes["while/two"].input) == ["^while/one"]


def test_a_branch_that_sets_a_reference_says_so():
    with tf.Graph().as_default() as graph:
        v = tf.Variable(1.0, name="v")
        tf.cond(v > 0.0, lambda: tf.assign_add(v, 1.0), lambda: tf.constant(0.0))
    assert {arg.is_ref for function in functions_of(graph).values() for arg in function.signature.input_arg} == {True}


@pytest.mark.parametrize(("op_type", "expected"), [
    ("NoOp", False), ("Assert", True), ("Print", True), ("If", True), ("StatelessIf", False), ("StatelessWhile", False),
    ("ReadVariableOp", True), ("Assign", False), ("MatMul", False)])
def test_what_is_stateful_to_tensorflow(op_type, expected):
    assert is_stateful(lookup(op_type)) == expected


def test_meta_graphs_forget_devices_and_defaults_in_functions_too():
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [2, 2], name="x")

        def then_branch():
            with tf.device("/cpu:0"):
                return tf.matmul(x, x)

        tf.cond(x[0, 0] > 0.0, then_branch, lambda: x)
        message = tf.train.export_meta_graph(clear_devices=True, strip_default_attrs=True)
        kept = tf.train.export_meta_graph()
    (product,) = [node for f in message.graph_def.library.function for node in f.node_def if node.op == "MatMul"]
    assert product.device == "" and set(product.attr) == {"T"}
    (product,) = [node for f in kept.graph_def.library.function for node in f.node_def if node.op == "MatMul"]
    assert product.device == "/device:CPU:0" and "transpose_a" in product.attr
    assert {"MatMul", "StatelessIf"} <= {op.name for op in message.meta_info_def.stripped_op_list.op}
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.train.import_meta_graph(kept, clear_devices=True)
        merged = [op for op in sess.graph.get_operations() if op.name.endswith("Merge")]
        assert sess.run(merged[0].outputs[0], {"x:0": [[1.0, 2.0], [3.0, 4.0]]}).tolist() == [[7.0, 10.0], [15.0, 22.0]]
