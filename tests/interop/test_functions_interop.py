"""Branches, loops and calls go from the real TensorFlow to us and back, as functions of a GraphDef."""

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from tensorflow.python.framework import op_def_registry

import millpond as mp
from millpond.graph import op_defs
from millpond.graph.opdef import find

tf.disable_v2_behavior()

BOTH = [(mp, tf), (tf, mp), (mp, mp)]
IDS = ["ours read by TensorFlow", "TensorFlow's read by us", "ours read by us"]
X = np.array([0.5, -2.0, 3.0], np.float32)


@pytest.fixture(autouse=True)
def functional_control_flow():
    """TensorFlow writes functions; other modules switch that off."""
    tf.enable_control_flow_v2()
    yield
    tf.disable_control_flow_v2()


def branches(lib, x):
    y = lib.cond(x[0] > 0, lambda: (lib.sqrt(lib.abs(x)), lib.split(x, 3)[1]), lambda: (lib.exp(x), x[:1]))
    z = lib.cond(x[1] > 0, lambda: lib.cond(x[2] > 0, lambda: x, lambda: -x), lambda: lib.sin(x))
    return [*y, z, *lib.gradients([*y, z], x)]


def cases(lib, x):
    y = lib.switch_case(lib.constant(1), [lambda: x, lambda: x * 2.0, lambda: lib.exp(x)])
    z = lib.case([(x[0] < 0, lambda: x), (x[1] < 0, lambda: x * x)], default=lambda: x + 1.0)
    return [y, z, *lib.gradients([y, z], x)]


def loops(lib, x):
    def inner(a):
        return lib.while_loop(lambda j, b: j < 2, lambda j, b: (j + 1, b * x + a), [0, a])[1]

    def body(i, a):
        return i + 1, lib.cond(lib.equal(i, 1), lambda: lib.sin(a * x), lambda: inner(a))

    y = lib.while_loop(lambda i, a: i < 3, body, [0, x], maximum_iterations=5)
    return [*y, *lib.gradients(y[1], x)]


def growing(lib, x):
    shapes = [lib.TensorShape([]), lib.TensorShape([None])]
    return lib.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, lib.concat([a, x], 0)), [0, x], shapes)


def arrays(lib, x):
    y = lib.map_fn(lambda a: a * a + 1.0, x)
    z = lib.scan(lambda a, b: a * b, x)
    return [y, z, *lib.gradients([y, z], x)]


def resources(lib, x):
    v = lib.get_variable("v", [3], use_resource=True, initializer=lib.ones_initializer())

    def body(i, a):
        with lib.control_dependencies([v.assign_add(x)]):
            read = v.read_value()
        with lib.control_dependencies([read]):
            return i + 1, a * read

    y = lib.while_loop(lambda i, a: i < 3, body, [0, x])
    with lib.control_dependencies(y):
        z = lib.cond(x[0] > 0, lambda: lib.identity(v.assign(x * 2.0)), lambda: v.read_value())
    with lib.control_dependencies([z]):
        return [*y, z, v.read_value()]


def references(lib, x):
    v = lib.get_variable("v", [3], use_resource=False, initializer=lib.ones_initializer())
    y = lib.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * v + x), [0, x])
    z = lib.cond(x[0] > 0, lambda: v * x, lambda: v - x)
    return [*y, z, *lib.gradients([y[1], z], [x, v])]


def recurrent(lib, x):
    """A layer of recurrent units over three steps, by hand."""
    kernel = lib.get_variable("kernel", [5, 4], initializer=lib.constant_initializer(0.1))
    steps = lib.reshape(x, [3, 1, 1])

    def body(state, step):
        return lib.tanh(lib.matmul(lib.concat([step, state], 1), kernel))

    states = lib.scan(body, steps, initializer=lib.zeros([1, 4]))
    return [states, *lib.gradients(states, kernel)]


@pytest.mark.parametrize("program", [branches, cases, loops, growing, arrays, resources, references, recurrent],
                         ids=lambda program: program.__name__)
@pytest.mark.parametrize(("writer", "reader"), BOTH, ids=IDS)
def test_functions_go_both_ways(writer, reader, program):
    with writer.Graph().as_default() as graph, writer.Session() as sess:
        x = writer.placeholder(writer.float32, [3], name="x")
        outputs = program(writer, x)
        initializer = writer.global_variables_initializer()
        sess.run(initializer)
        expected = sess.run(outputs, {x: X})
        message = graph.as_graph_def()
    with reader.Graph().as_default(), reader.Session() as sess:
        reader.import_graph_def(reader.GraphDef.FromString(message.SerializeToString()), name="")
        sess.run(initializer.name)
        found = sess.run([tensor.name for tensor in outputs], {"x:0": X})
    for value, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-5, atol=1e-6)


def test_a_branch_that_sets_a_reference_is_refused_by_tensorflow_and_read_by_us():
    with mp.Graph().as_default() as graph:
        v = mp.get_variable("v", [], initializer=mp.zeros_initializer())
        y = mp.cond(v < 1.0, lambda: mp.assign_add(v, 5.0), lambda: v + 0.0)
        message = graph.as_graph_def()
    with mp.Graph().as_default(), mp.Session() as sess:
        mp.import_graph_def(message, name="")
        sess.run("v/Assign")
        assert sess.run(y.name) == 5.0 == sess.run("v:0")
    with tf.Graph().as_default(), tf.Session() as sess, pytest.raises((ValueError, tf.errors.OpError)):
        tf.import_graph_def(tf.GraphDef.FromString(message.SerializeToString()), name="")
        sess.run("v/Assign")
        sess.run(y.name)


def test_what_is_stateful_is_what_tensorflow_says():
    """Whether a function is called stateful follows from it."""
    wrong = [name for name in dir(tf.raw_ops) if (theirs := op_def_registry.get(name)) is not None
             and (ours := find(name)) is not None and op_defs.is_stateful(ours) != theirs.is_stateful]
    assert wrong == []


@pytest.mark.parametrize(("writer", "reader"), [(mp, tf), (tf, mp)], ids=["ours", "TensorFlow's"])
def test_graphs_frozen_here_run_there(writer, reader):
    """Functions that read variables take their values instead."""
    with writer.Graph().as_default() as graph, writer.Session() as sess:
        x = writer.placeholder(writer.float32, [3], name="x")
        v = writer.get_variable("v", initializer=[1.0, 2.0, 3.0], use_resource=True)
        y = writer.while_loop(lambda i, a: i < 3, lambda i, a: (
            i + 1, writer.cond(a[0] > 2.0, lambda: a * v, lambda: a + writer.gather(v, 1))), [0, x])[1]
        sess.run(writer.global_variables_initializer())
        expected = sess.run(y, {x: X})
        message = graph.as_graph_def()
    with mp.Graph().as_default(), mp.Session() as sess:
        mp.import_graph_def(mp.GraphDef.FromString(message.SerializeToString()), name="")
        sess.run("v/Assign")
        frozen = mp.graph_util.convert_variables_to_constants(sess, sess.graph.as_graph_def(), [y.op.name])
    with reader.Graph().as_default(), reader.Session() as sess:
        reader.import_graph_def(reader.GraphDef.FromString(frozen.SerializeToString()), name="")
        np.testing.assert_allclose(sess.run(y.name, {"x:0": X}), expected, rtol=1e-6)
