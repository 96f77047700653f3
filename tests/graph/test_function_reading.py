"""Graphs with functions: written by TensorFlow and by us, read, run, written again, damaged."""

import json
import pathlib
import shutil

import numpy as np
import pytest
from google.protobuf import text_format
from google.protobuf.message import DecodeError

import millpond as tf
from millpond.graph import function_reading

# What the SavedModel of TensorFlow 2 runs where it reads its variables to save them.
COVERS = {"DisableCopyOnRead"}
FILES = pathlib.Path(__file__).parents[1] / "data" / "functions"
VALUES = json.loads((FILES / "values.json").read_text())
X = [0.5, -2.0, 3.0]


def recorded(name):
    return tf.GraphDef.FromString((FILES / f"{name}.pb").read_bytes())


def without_shapes(graph_def):
    """As the first releases with functions wrote it."""
    for function in graph_def.library.function:
        function.arg_attr.clear()
    for node in [*graph_def.node, *(node for f in graph_def.library.function for node in f.node_def)]:
        if node.op != "OptionalGetValue":
            node.attr.pop("output_shapes", None)
    return graph_def


def run_recorded(graph_def, name, scope=""):
    expected = VALUES[name]
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.import_graph_def(graph_def, name=scope)
        prefix = f"{scope}/" if scope else ""
        sess.run(prefix + expected["initializer"])
        outputs = expected["outputs"]
        found = sess.run([prefix + output for output in outputs], {f"{prefix}x:0": X})
    for value, wanted in zip(found, outputs.values(), strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-5, atol=1e-6)
    return graph


@pytest.mark.parametrize("name", list(VALUES))
def test_graphs_of_tensorflow_give_what_they_gave_there(tier, name):
    run_recorded(recorded(name), name)


@pytest.mark.parametrize("name", ["branches", "loops", "arrays"])
def test_graphs_need_not_tell_shapes(tier, name):
    run_recorded(without_shapes(recorded(name)), name)


@pytest.mark.parametrize("name", list(VALUES))
def test_graphs_of_tensorflow_are_written_again(name):
    graph = run_recorded(recorded(name), name)
    again = run_recorded(graph.as_graph_def(), name, "scope")
    assert [f.signature.name for f in again.as_graph_def().library.function] == [
        f.signature.name for f in graph.as_graph_def().library.function]


def test_a_saved_model_of_tensorflow_2_restores_and_runs(tier, tmp_path):
    folder = shutil.copytree(FILES / "saved_model", tmp_path / "model")
    with tf.Graph().as_default(), tf.Session() as sess:
        message = tf.saved_model.loader.load(sess, ["serve"], str(folder))
        signature = message.signature_def["serving_default"]
        (x,) = (info.name for info in signature.inputs.values())
        for count in (2, 3):
            found = sess.run({key: info.name for key, info in signature.outputs.items()}, {x: [[1.0, 2.0], [3.0, 4.0]]})
            assert found["name"] == b"ab" and found["count"] == count
            np.testing.assert_allclose(found["y"], [[0.75, 1.125, 1.5], [1.5, 2.375, 3.25]])
        saver_def = message.saver_def
        prefix = str(tmp_path / "saved")
        sess.run(saver_def.save_tensor_name, {saver_def.filename_tensor_name: prefix})
        assert {"DisableCopyOnRead", "SaveV2"} <= {op.type for op in sess.graph.get_operations()}
        reader = tf.train.load_checkpoint(prefix)
        assert reader.get_tensor("count/.ATTRIBUTES/VARIABLE_VALUE") == 3


def own_graph():
    """Everything at once: nested, with variables of both kinds, state, and what is captured."""
    x = tf.placeholder(tf.float32, [3], name="x")
    v = tf.get_variable("v", [3], use_resource=True, initializer=tf.ones_initializer())
    w = tf.get_variable("w", [3], initializer=tf.ones_initializer())

    def body(i, a):
        with tf.control_dependencies([v.assign_add(x)]):
            read = v.read_value()
        inner = tf.while_loop(
            lambda j, b: j < i,
            lambda j, b: (j + 1, tf.cond(tf.equal(j, 1), lambda: b + read, lambda: tf.cos(b))), [0, a])
        with tf.control_dependencies([read]):
            return i + 1, tf.sin(inner[1] * read)

    loop = tf.while_loop(lambda i, a: i < 3, body, [0, x])
    choice = tf.cond(x[0] > 0, lambda: (tf.sqrt(x), tf.split(x, 3)[1]), lambda: (tf.exp(x) * w, x[:1]))
    updated = tf.cond(x[0] > 0, lambda: w.assign_add(x), lambda: w + 0.0)
    drawn = tf.switch_case(tf.cast(x[2], tf.int32), [lambda: x, lambda: x * 2.0, lambda: tf.zeros([3]),
                                                     lambda: tf.random_uniform([3], seed=3)])
    return [*loop, *choice, updated, drawn]


def run_own(message, outputs):
    with tf.Graph().as_default() as graph, tf.Session() as sess:
        tf.set_random_seed(1)
        if message is None:
            outputs[:] = [tensor.name for tensor in own_graph()]
        else:
            tf.import_graph_def(message, name="")
        sess.run(["v/Assign", "w/Assign"])
        return graph.as_graph_def(), sess.run(outputs, {"x:0": [0.5, 2.0, 3.0]}), sess.run("w:0")


def test_what_was_written_here_comes_back_as_it_was(tier):
    outputs = []
    message, expected, w = run_own(None, outputs)
    again, found, w_again = run_own(message, outputs)
    assert again == message
    for value, wanted in zip([*found, w_again], [*expected, w], strict=True):
        np.testing.assert_array_equal(value, wanted)


def test_two_imports_of_one_graph_do_not_share_functions():
    message, _, _ = run_own(None, [])
    with tf.Graph().as_default() as graph:
        tf.import_graph_def(message, name="one")
        tf.import_graph_def(message, name="two")
        names = [f.signature.name for f in graph.as_graph_def().library.function]
        assert len(names) == 2 * len(message.library.function) == len(set(names))


def test_bodies_have_gradients_after_they_were_imported(tier):
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [3], name="x")
        y = tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, tf.cond(a[0] > 0.0, lambda: a * x, lambda: a + x)),
                          [0, x])[1]
        expected = tf.gradients(y, x)[0]
        message = graph.as_graph_def()
        with tf.Session() as sess:
            wanted = sess.run(expected, {x: X})
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [3])
        (y,) = tf.import_graph_def(message, {"x": x}, [y.name])
        np.testing.assert_allclose(sess.run(tf.gradients(y, x)[0], {x: X}), wanted, rtol=1e-6)


def test_calls_have_gradients(tier):
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.constant(X)
        outputs = list(VALUES["calls"]["outputs"])
        y, dx = tf.import_graph_def(recorded("calls"), {"x": x}, [outputs[2], outputs[4]])
        np.testing.assert_allclose(*sess.run([tf.gradients(y, x)[0], dx]), rtol=1e-5)


# GraphDefs in text, and what is wrong with them.


def parse(text):
    return text_format.Parse(text, tf.GraphDef())


def function(name, nodes, takes=("a",), gives=(("out", "a"),), dtype="DT_FLOAT", extra=""):
    arguments = " ".join(f'input_arg {{name: "{each}" type: {dtype}}}' for each in takes)
    results = " ".join(f'output_arg {{name: "{each}" type: {dtype}}}' for each, _ in gives)
    ret = " ".join(f'ret {{key: "{each}" value: "{source}"}}' for each, source in gives)
    return f'function {{signature {{name: "{name}" {arguments} {results}}} {nodes} {ret} {extra}}}'


def node_def(name, op, inputs=(), attrs="", key="node_def"):
    given = " ".join(f'input: "{each}"' for each in inputs)
    return f'{key} {{name: "{name}" op: "{op}" {given} {attrs}}}'


def call_attr(key, name):
    return f'attr {{key: "{key}" value {{func {{name: "{name}"}}}}}}'


T = 'attr {key: "T" value {type: DT_FLOAT}}'
DTYPE = 'attr {key: "dtype" value {type: DT_FLOAT}}'
X_NODE = node_def("x", "Placeholder", (), DTYPE, "node")
LISTS = ('attr {key: "Tin" value {list {type: DT_FLOAT}}} attr {key: "Tout" value {list {type: DT_FLOAT}}} '
         'attr {key: "Tcond" value {type: DT_FLOAT}}')
SINE = node_def("s", "Sin", ["a"], T)


def graph_with(library, *nodes):
    return parse(f"{X_NODE} {' '.join(nodes)} library {{{' '.join(library)}}}")


def branch(then_branch, else_branch="identity", inputs=("x", "x"), attrs=LISTS, op="StatelessIf"):
    functions = call_attr("then_branch", then_branch) + call_attr("else_branch", else_branch)
    return node_def("y", op, inputs, attrs + functions, "node")


IDENTITY = function("identity", "")


def call(name, inputs=("x",)):
    return node_def("y", name, inputs, "", "node")


def import_and_run(graph_def, output="y:0", x=2.0):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.import_graph_def(graph_def, name="")
        return sess.run(output, {"x:0": x})


def test_the_smallest_functions():
    sine = function("sine", SINE, gives=[("out", "s:y:0")])
    short = function("short", SINE, gives=[("out", "s:y")])
    assert import_and_run(graph_with([sine, IDENTITY], branch("sine"))) == pytest.approx(np.sin(2.0))
    assert import_and_run(graph_with([short], call("short"))) == pytest.approx(np.sin(2.0))
    assert import_and_run(graph_with([IDENTITY], call("identity"))) == 2.0
    waiting = function("waiting", node_def("s", "Sin", ["a", "^a"], T), gives=[("out", "s:y:0")])
    assert import_and_run(graph_with([waiting], call("waiting"))) == pytest.approx(np.sin(2.0))


def test_what_a_call_gives_can_be_fed_and_waited_for():
    sine = function("sine", SINE, gives=[("out", "s:y:0")])
    message = graph_with([sine], call("sine"), node_def("z", "Neg", ["y", "^y"], T, "node"))
    with tf.Graph().as_default(), tf.Session() as sess:
        z = tf.import_graph_def(message, return_elements=["z:0"], name="there")[0]
        assert sess.run(z, {"there/y:0": 5.0, "there/x:0": 1.0}) == -5.0
        assert sess.graph.get_operation_by_name("there/y/s").type == "Sin"


def test_a_call_waits_for_what_it_is_told_to():
    graph = tf.Graph()
    with graph.as_default():
        v = tf.get_variable("v", [], use_resource=True, initializer=tf.zeros_initializer())
        v.assign(3.0, name="set", read_value=False)
    message = graph.as_graph_def()
    read = ('function {signature {name: "read" input_arg {name: "h" type: DT_RESOURCE} output_arg {name: "out" type: '
            'DT_FLOAT}} ' + node_def("r", "ReadVariableOp", ["h"], DTYPE) +
            ' ret {key: "out" value: "r:value:0"}}')
    setter = [node.name for node in message.node if node.op == "AssignVariableOp"][-1]
    message.MergeFrom(parse(node_def("y", "read", ["v", f"^{setter}"], "", "node") + f" library {{{read}}}"))
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.import_graph_def(message, name="")
        sess.run("v/Assign")
        assert sess.run("y:0") == 3.0


def test_what_sets_state_runs_though_nothing_takes_what_it_gives(tier):
    message = tf.GraphDef()
    with tf.Graph().as_default() as graph:
        tf.get_variable("v", [], use_resource=True, initializer=tf.zeros_initializer())
    message.CopyFrom(graph.as_graph_def())
    add = ('function {signature {name: "add" input_arg {name: "h" type: DT_RESOURCE} input_arg {name: "a" type: '
           'DT_FLOAT} output_arg {name: "out" type: DT_FLOAT}} '
           + node_def("u", "AssignAddVariableOp", ["h", "a"], DTYPE)
           + ' ret {key: "out" value: "a"}}')
    types = "list {type: DT_RESOURCE type: DT_FLOAT}"
    choose = node_def("z", "If", ["x", "v", "x"], f'attr {{key: "Tin" value {{{types}}}}} attr {{key: "Tout" value '
                      '{list {type: DT_FLOAT}}} attr {key: "Tcond" value {type: DT_FLOAT}}'
                      + call_attr("then_branch", "add") + call_attr("else_branch", "add"), "node")
    message.MergeFrom(parse(f"{X_NODE} {node_def('y', 'add', ['v', 'x'], '', 'node')} {choose} library {{{add}}}"))
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.import_graph_def(message, name="")
        sess.run("v/Assign")
        assert sess.run("y:0", {"x:0": 2.0}) == 2.0 == sess.run("v/Read/ReadVariableOp:0")
        assert sess.run("z:0", {"x:0": 3.0}) == 3.0
        assert sess.run("v/Read/ReadVariableOp:0") == 5.0


BAD = [
    ("a function calls itself",
     graph_with([function("f", node_def("c", "f", ["a"]), gives=[("out", "c:out:0")])], call("f")),
     ValueError, r"in a circle: 'f' -> 'f'"),
    ("functions call each other",
     graph_with([function("f", node_def("c", "g", ["a"]), gives=[("out", "c:out:0")]),
                 function("g", node_def("c", "StatelessIf", ["a", "a"], LISTS + call_attr("then_branch", "f")
                                        + call_attr("else_branch", "f")), gives=[("out", "c:output:0")])], call("g")),
     ValueError, r"in a circle: 'g' -> 'f' -> 'g'"),
    ("a function is missing", graph_with([IDENTITY], branch("gone")), ValueError,
     r"Node 'y' \(StatelessIf\) calls the function 'gone', which is not in the library"),
    ("a function is missing inside another",
     graph_with([function("f", node_def("c", "PartitionedCall", ["a"], LISTS + call_attr("f", "gone")))], call("f")),
     ValueError, r"The function 'f' calls the function 'gone'"),
    ("a call without a function", graph_with([], node_def("y", "PartitionedCall", ["x"], LISTS, "node")), ValueError,
     r"Node 'y' \(PartitionedCall\): NodeDef missing attr 'f'"),
    ("a branch without a function",
     graph_with([IDENTITY], node_def("y", "If", ["x", "x"], LISTS + call_attr("then_branch", "identity"), "node")),
     ValueError, r"Node 'y' \(If\): NodeDef missing attr 'else_branch'"),
    ("too many arguments", graph_with([IDENTITY], call("identity", ["x", "x"])), ValueError,
     r"gives the function 'identity' 2 arguments, but it takes 1"),
    ("arguments of another dtype", graph_with([function("f", "", dtype="DT_INT32"), IDENTITY], branch("f")), ValueError,
     r"x:0 of type float32 as 'a', which is int32"),
    ("results of another number",
     graph_with([function("f", "", gives=[("one", "a"), ("two", "a")]), IDENTITY], branch("f")),
     ValueError, r"the function 'f' gives \['float32', 'float32'\], but the node says \['float32'\]"),
    ("results of another dtype than the function says",
     graph_with([function("f", node_def("z", "Const", (), 'attr {key: "dtype" value {type: DT_INT32}} attr {key: '
                                        '"value" value {tensor {dtype: DT_INT32 tensor_shape {} int_val: 1}}}'),
                          gives=[("out", "z:output:0")]), IDENTITY], branch("f")),
     ValueError, r"The function 'f' gives int32 as its result 'out', which should be float32"),
    ("a condition that is none",
     graph_with([function("text", "", dtype="DT_STRING")], node_def("s", "Placeholder", (), 'attr {key: "dtype" value '
                '{type: DT_STRING}}', "node"), node_def("y", "While", ["s"], 'attr {key: "T" value {list {type: '
                'DT_STRING}}}' + call_attr("cond", "text") + call_attr("body", "text"), "node")),
     ValueError, r"its condition, the function 'text', must give one bool"),
    ("an op of no known type",
     graph_with([function("f", node_def("c", "NoSuchOp", ["a"]), gives=[("out", "c:out:0")])], call("f")),
     tf.errors.NotFoundError, r"'NoSuchOp' \(node 'c' of the function 'f'\)"),
    ("an op of no known type that calls a function",
     graph_with([IDENTITY], node_def("y", "MapDefun", ["x"], call_attr("f", "identity"), "node")),
     tf.errors.NotFoundError, r"'MapDefun' \(node 'y', which calls the function 'identity'\)"),
    ("two functions of one name", graph_with([IDENTITY, function("identity", SINE)], call("identity")), ValueError,
     r"two different functions of the name 'identity'"),
    ("a function named like an op", graph_with([function("Sin", "")], call("Sin")), ValueError,
     r"Cannot add function 'Sin' because an op with the same name already exists"),
    ("a function without a name", graph_with([function("", "")]), ValueError, r"a function without a name"),
    ("an argument and a node of one name", graph_with([function("f", node_def("a", "Sin", ["a"], T))], call("f")),
     ValueError, r"The function 'f' has an argument and a node of the name 'a'"),
    ("two arguments of one name", graph_with([function("f", "", takes=("a", "a"))], call("f", ["x", "x"])), ValueError,
     r"The function 'f' has two arguments of one name"),
    ("two nodes of one name", graph_with([function("f", SINE + SINE)], call("f")), ValueError,
     r"Node 's' is not unique"),
    ("an input from nowhere", graph_with([function("f", node_def("s", "Sin", ["b:y:0"], T))], call("f")), ValueError,
     r"Node 's' \(Sin\) of the function 'f': Unknown input node 'b'; the function has no node"),
    ("an input in the form of graphs", graph_with([function("f", SINE + node_def("t", "Sin", ["s"], T))], call("f")),
     ValueError, r"the input 's' is not of the form 'argument' or 'node:output_name:index'"),
    ("an input that its node does not have",
     graph_with([function("f", SINE + node_def("t", "Sin", ["s:z:0"], T))], call("f")),
     ValueError, r"invalid output 'z' of source node s, which has \['y'\]"),
    ("an input beyond what its node has",
     graph_with([function("f", SINE + node_def("t", "Sin", ["s:y:7"], T))], call("f")),
     ValueError, r"invalid output \('y', 7\) of source node s"),
    ("nodes in a circle",
     graph_with([function("f", node_def("s", "Sin", ["t:y:0"], T) + node_def("t", "Sin", ["s:y:0"], T))], call("f")),
     ValueError, r"2 nodes in a cycle"),
    ("a result from nowhere", graph_with([function("f", "", gives=[("out", "b:y:0")])], call("f")), ValueError,
     r"the result 'out' comes from 'b', which is none of its nodes"),
    ("a result that is not said", parse(text_format.MessageToString(graph_with(
        [function("f", "", gives=[("out", "a")])], call("f"))).replace('key: "out"', 'key: "other"')), ValueError,
     r"does not say where its result 'out' comes from"),
    ("something to run from nowhere",
     graph_with([function("f", "", extra='control_ret {key: "c" value: "gone"}')], call("f")),
     ValueError, r"asks for 'gone' to be run"),
    ("a dtype that is none", graph_with([function("f", "", dtype="99")], call("f")), ValueError,
     r"'a': there is no DataType 99"),
    ("a shape that does not fit",
     graph_with([function("f", "", extra='arg_attr {key: 0 value {attr {key: "_output_shapes" value {list {shape {dim '
                                         '{size: 3}}}}}}}'), IDENTITY],
                node_def("c", "Const", (), DTYPE + 'attr {key: "value" value {tensor {dtype: DT_FLOAT tensor_shape '
                                                   '{dim {size: 2}} float_val: 1}}}', "node"),
                branch("f", inputs=("x", "c"))),
     ValueError, r"argument 'a' of the function 'f' is said to have the shape \(3,\), but here it has \(2,\)"),
    ("a function of any dtype",
     graph_with(['function {signature {name: "f" input_arg {name: "a" type_attr: "T"}}}'], call("f")),
     ValueError, r"'a' is of a dtype or number that each call chooses, but the function has no such attr"),
    ("no branches", graph_with([], node_def("n", "Const", (), 'attr {key: "dtype" value {type: DT_INT32}} attr {key: '
     '"value" value {tensor {dtype: DT_INT32 tensor_shape {} int_val: 1}}}', "node"),
     node_def("y", "Case", ["n", "x"], LISTS.rpartition("attr")[0] + 'attr {key: "branches" value {list {}}}', "node")),
     ValueError, r"Node 'y' \(Case\) has no functions to run"),
]


@pytest.mark.parametrize(("message", "error", "said"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_what_is_wrong_with_a_library_is_said(default_graph, message, error, said):
    with pytest.raises(error, match=said):
        tf.import_graph_def(message, name="")
    assert default_graph.get_operations() == []


def test_functions_that_nothing_calls_may_be_of_any_kind():
    library = [function("f", node_def("c", "NoSuchOp", ["a"])), function("g", node_def("c", "g", ["a"]))]
    assert import_and_run(graph_with([*library, IDENTITY], call("identity"))) == 2.0


def chain(depth, calls=1):
    functions = [function("f0", SINE, gives=[("out", "s:y:0")])]
    for i in range(1, depth):
        nodes = [node_def(f"c{k}", f"f{i - 1}", [f"c{k - 1}:out:0" if k else "a"]) for k in range(calls)]
        functions.append(function(f"f{i}", " ".join(nodes), gives=[("out", f"c{calls - 1}:out:0")]))
    return graph_with(functions, call(f"f{depth - 1}"))


def test_functions_lie_in_each_other_as_deep_as_is_allowed(tier):
    assert -1.0 <= import_and_run(chain(function_reading.MAX_DEPTH)) <= 1.0
    deep = [function("f0", SINE, gives=[("out", "s:y:0")])]
    for i in range(1, function_reading.MAX_DEPTH):
        attrs = LISTS + call_attr("then_branch", f"f{i - 1}") + call_attr("else_branch", "identity")
        deep.append(function(f"f{i}", node_def("c", "StatelessIf", ["a", "a"], attrs), gives=[("out", "c:output:0")]))
    message = graph_with([*deep, IDENTITY], branch(deep[-1].split('"')[1]))
    assert import_and_run(message) == pytest.approx(np.sin(2.0))


@pytest.mark.parametrize("depth", [function_reading.MAX_DEPTH + 1, 10_000])
def test_functions_that_lie_too_deep_in_each_other_are_refused(depth):
    with pytest.raises(ValueError, match="calls others that call others, more than 64 deep"):
        tf.import_graph_def(chain(depth))


def test_functions_that_call_others_too_often_are_refused():
    with pytest.raises(ValueError, match=r"come to \d+ nodes, each counted wherever it is used; at most 1048576"):
        tf.import_graph_def(chain(40, calls=2))


def test_functions_that_are_called_too_often_are_refused(monkeypatch):
    monkeypatch.setattr(function_reading, "MAX_NODES", 100)
    calls = [node_def(f"y{i}", "f5", ["x"], "", "node") for i in range(2)]
    library = graph_with([], *calls)
    library.library.CopyFrom(chain(6, calls=2).library)  # f5 comes to 94 nodes
    with pytest.raises(ValueError, match="The functions that the GraphDef calls come to 188 nodes"):
        tf.import_graph_def(library)


@pytest.mark.parametrize("name", ["loops", "calls", "variables"])
def test_random_damage_never_goes_further_than_an_error(name):
    data = (FILES / f"{name}.pb").read_bytes()
    random = np.random.RandomState(0)
    refused = 0
    for _ in range(60):
        damaged = bytearray(data)
        damaged[random.randint(len(data))] ^= 1 << random.randint(8)
        try:
            message = tf.GraphDef.FromString(bytes(damaged))
        except DecodeError:
            continue
        with tf.Graph().as_default() as graph:
            try:
                tf.import_graph_def(message)
                graph.as_graph_def()
            except (ValueError, TypeError, NotImplementedError, tf.errors.OpError):
                refused += 1
    assert refused > 0


def test_a_gradient_that_is_a_function_of_the_file_is_refused_when_it_is_asked_for():
    sine = function("sine", SINE, gives=[("out", "s:y:0")])
    message = graph_with([sine], call("sine"))
    message.library.gradient.add(function_name="sine", gradient_func="sine_gradient")
    assert import_and_run(message) == pytest.approx(np.sin(2.0))
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [])
        (y,) = tf.import_graph_def(message, {"x": x}, ["y:0"])
        with pytest.raises(LookupError, match="sine_gradient"):
            tf.gradients(y, x)


def test_a_loop_whose_variables_grow_comes_back(tier):
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2], name="x")
        y = tf.while_loop(lambda i, a: i < 2, lambda i, a: (i + 1, tf.concat([a, x], 0)), [0, x],
                          [tf.TensorShape([]), tf.TensorShape([None])])[1]
        message = graph.as_graph_def()
    with tf.Graph().as_default(), tf.Session() as sess:
        (again,) = tf.import_graph_def(message, return_elements=[y.name], name="")
        assert again.shape.as_list() == [None]
        assert sess.run(again, {"x:0": [1.0, 2.0]}).tolist() == [1.0, 2.0] * 3


def test_a_loop_whose_file_tells_nothing_of_shapes_may_grow():
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2], name="x")
        y = tf.while_loop(lambda i, a: i < 2, lambda i, a: (i + 1, tf.concat([a, x], 0)), [0, x],
                          [tf.TensorShape([]), tf.TensorShape([None])])[1]
        message = without_shapes(graph.as_graph_def())
    with tf.Graph().as_default(), tf.Session() as sess:
        (again,) = tf.import_graph_def(message, return_elements=[y.name], name="")
        assert sess.run(tf.shape(again), {"x:0": [1.0, 2.0]}).tolist() == [6]
