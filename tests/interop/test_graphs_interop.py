"""The real TensorFlow runs the graphs that are written here, and the other way round (`make interop`)."""

import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from tensorflow.python.framework import op_def_registry

import millpond as mp
from millpond.graph import op_defs
from millpond.graph.opdef import find

tf.disable_v2_behavior()

BOTH = [(mp, tf), (tf, mp)]
IDS = ["ours read by TensorFlow", "TensorFlow's read by us"]
X = np.random.RandomState(0).randn(5, 6, 6, 2).astype(np.float32)
LABELS = np.array([0, 2, 1, 1, 0])


def build(lib, use_resource=False):
    """A small convolutional network with batch normalization and what trains it."""
    random = np.random.RandomState(1)

    def weights(name, *shape):
        return lib.get_variable(name, initializer=random.randn(*shape).astype(np.float32) * 0.3)

    x = lib.placeholder(lib.float32, [None, 6, 6, 2], name="x")
    labels = lib.placeholder(lib.int64, [None], name="labels")
    with lib.variable_scope("net", use_resource=use_resource):
        hidden = lib.nn.conv2d(x, weights("filters", 3, 3, 2, 4), [1, 1, 1, 1], "SAME")
        hidden = lib.nn.relu(lib.nn.bias_add(hidden, weights("biases", 4)))
        hidden = lib.nn.max_pool(hidden, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
        mean, variance = lib.nn.moments(hidden, [0, 1, 2])
        hidden = lib.nn.batch_normalization(hidden, mean, variance, None, weights("scale", 4), 1e-3)
        flat = lib.reshape(hidden, [-1, 36])
        logits = lib.matmul(flat, weights("last", 36, 3))
    lib.nn.softmax(logits, name="probabilities")
    losses = lib.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
    loss = lib.reduce_mean(losses, name="loss")
    step = lib.train.get_or_create_global_step()
    lib.add_to_collection("train", lib.train.MomentumOptimizer(0.1, 0.9).minimize(loss, global_step=step))


def feeds():
    return {"x:0": X, "labels:0": LABELS}


def results(sess):
    return sess.run(["probabilities:0", "loss:0"], feeds())


def assert_close(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("use_resource", [False, True], ids=["reference", "resource"])
@pytest.mark.parametrize(("writer", "reader"), BOTH, ids=IDS)
def test_frozen_graphs(writer, reader, use_resource, tmp_path):
    with writer.Graph().as_default() as graph, writer.Session() as sess:
        build(writer, use_resource)
        sess.run(writer.global_variables_initializer())
        sess.run(writer.get_collection("train"), feeds())
        expected = results(sess)
        frozen = writer.graph_util.convert_variables_to_constants(
            sess, graph.as_graph_def(), ["probabilities", "loss"]
        )
        path = writer.train.write_graph(frozen, str(tmp_path), "frozen.pb", as_text=False)
    with open(path, "rb") as file:
        graph_def = reader.GraphDef.FromString(file.read())
    with reader.Graph().as_default(), reader.Session() as sess:
        reader.import_graph_def(graph_def, name="")
        assert_close(results(sess), expected)


@pytest.mark.parametrize("use_resource", [False, True], ids=["reference", "resource"])
@pytest.mark.parametrize(("writer", "reader"), BOTH, ids=IDS)
def test_training_goes_on_elsewhere(writer, reader, use_resource, tmp_path):
    with writer.Graph().as_default(), writer.Session() as sess:
        build(writer, use_resource)
        sess.run(writer.global_variables_initializer())
        sess.run(writer.get_collection("train"), feeds())
        path = writer.train.Saver().save(sess, str(tmp_path / "model"))
        sess.run(writer.get_collection("train"), feeds())
        expected = results(sess)
    with reader.Graph().as_default(), reader.Session() as sess:
        saver = reader.train.import_meta_graph(path + ".meta")
        saver.restore(sess, path)
        sess.run(reader.get_collection("train"), feeds())
        assert_close(results(sess), expected)
        again = saver.save(sess, str(tmp_path / "again"))
        names = sorted(name for name, _ in reader.train.list_variables(again))
        assert names == sorted(name for name, _ in writer.train.list_variables(path))
        assert len(reader.trainable_variables()) == 4
        assert sess.run("global_step:0") == 2


@pytest.mark.parametrize("use_resource", [False, True], ids=["reference", "resource"])
@pytest.mark.parametrize(("writer", "reader"), BOTH, ids=IDS)
def test_saved_models(writer, reader, use_resource, tmp_path):
    folder = str(tmp_path / "model")
    with writer.Graph().as_default() as graph, writer.Session() as sess:
        build(writer, use_resource)
        sess.run(writer.global_variables_initializer())
        expected = results(sess)
        inputs = {"x": graph.get_tensor_by_name("x:0")}
        writer.saved_model.simple_save(
            sess, folder, inputs, {"p": graph.get_tensor_by_name("probabilities:0")}
        )
    with reader.Graph().as_default(), reader.Session() as sess:
        message = reader.saved_model.loader.load(sess, ["serve"], folder)
        signature = message.signature_def["serving_default"]
        assert reader.saved_model.signature_def_utils.is_valid_signature(signature)
        found = sess.run(signature.outputs["p"].name, {signature.inputs["x"].name: X})
        assert_close([found], expected[:1])


@pytest.mark.parametrize(("writer", "reader"), BOTH, ids=IDS)
def test_assets(writer, reader, tmp_path):
    (tmp_path / "words").write_text("one")
    with writer.Graph().as_default(), writer.Session() as sess:
        asset = writer.constant(str(tmp_path / "words"), name="asset")
        path = writer.Variable("", name="path", trainable=False)
        writer.read_file(path, name="content")
        sess.run(path.initializer)
        builder = writer.saved_model.builder.SavedModelBuilder(str(tmp_path / "model"))
        builder.add_meta_graph_and_variables(
            sess, ["a", "b"], assets_collection=[asset], main_op=writer.group(path.assign(asset))
        )
        builder.save(as_text=True)
    os.remove(tmp_path / "words")
    with reader.Graph().as_default(), reader.Session() as sess:
        reader.saved_model.loader.load(sess, ["a", "b"], str(tmp_path / "model"))
        assert sess.run("content:0") == b"one"


@pytest.mark.parametrize(("writer", "reader"), BOTH, ids=IDS)
def test_parts_of_graphs_and_their_collections(writer, reader):
    with writer.Graph().as_default():
        x = writer.placeholder(writer.float32, [2], name="x")
        with writer.name_scope("part"):
            v = writer.Variable([1.0, 2.0], name="v")
            writer.add_to_collection("y", writer.multiply(x, v, name="y"))
        writer.add_to_collection("n", 3)
        message = writer.train.export_meta_graph(export_scope="part")
    with reader.Graph().as_default(), reader.Session() as sess:
        other = reader.MetaGraphDef.FromString(message.SerializeToString())
        reader.train.import_meta_graph(
            other, import_scope="copy", input_map={"$unbound_inputs_x": reader.constant([3.0, 4.0])}
        )
        sess.run(reader.global_variables_initializer())
        assert sess.run(reader.get_collection("y")[0]).tolist() == [3.0, 8.0]
        assert reader.get_collection("n") == [3]


def test_both_give_imported_nodes_the_same_names_and_attributes():
    with tf.Graph().as_default() as graph:
        build(tf)
        graph_def = graph.as_graph_def()
    exported = []
    for lib in (tf, mp):
        with lib.Graph().as_default() as graph:
            lib.import_graph_def(lib.GraphDef.FromString(graph_def.SerializeToString()))
            nodes = graph.as_graph_def().node
            exported.append({node.name: (node.op, list(node.input), node.device) for node in nodes})
    assert exported[0] == exported[1]


@pytest.mark.parametrize("protected", [[], ["kept"]])
def test_both_leave_out_the_same_training_nodes(protected):
    with tf.Graph().as_default() as graph:
        x = tf.placeholder(tf.float32, [2], name="x")
        a = tf.identity(x, name="a")
        kept = tf.identity(a, name="kept")
        with tf.control_dependencies([a]):
            tf.sqrt(kept, name="y")
        tf.negative(tf.identity(tf.split(x, 2)[1]), name="z")
        graph_def = graph.as_graph_def()
    lean = []
    for lib in (tf, mp):
        message = lib.GraphDef.FromString(graph_def.SerializeToString())
        nodes = lib.graph_util.remove_training_nodes(message, protected).node
        lean.append([(node.name, list(node.input)) for node in nodes])
    assert lean[0] == lean[1]


def test_examples_are_the_same_bytes():
    def example(lib):
        train = lib.train
        feature = {"a": train.Feature(int64_list=train.Int64List(value=[1, -2]))}
        return train.Example(features=train.Features(feature=feature)).SerializeToString()

    assert example(mp) == example(tf)


# What TensorFlow has added to its definitions since 1.15.
SINCE = {"bad_indices_policy", "debug_name", "allowed_devices", "grad_a", "grad_b", "grad_x", "grad_y"}
OTHER_DEFAULTS = {"ImageSummary", "LeakyReluGrad", "StatelessRandomUniformInt"}


def test_definitions_of_ops_are_those_of_tensorflow():
    """The signatures that a meta graph carries: arguments, attributes and their defaults."""
    found = 0
    for name in dir(tf.raw_ops):
        definition, theirs = find(name), op_def_registry.get(name)
        if definition is None or theirs is None:
            continue
        ours = op_defs.op_def_of(definition)
        for args in ("input_arg", "output_arg"):
            described = [[(arg.name, arg.type, arg.type_attr, arg.number_attr, arg.type_list_attr, arg.is_ref)
                          for arg in getattr(message, args)] for message in (ours, theirs)]
            assert described[0] == described[1], name
        attrs = [[attr for attr in message.attr if attr.name not in SINCE] for message in (ours, theirs)]
        types = [{attr.name: attr.type for attr in one} for one in attrs]
        assert types[0] == types[1], name
        defaults = [{attr.name: attr.default_value.SerializeToString() for attr in one
                     if attr.HasField("default_value")} for one in attrs]
        assert defaults[0] == defaults[1] or name in OTHER_DEFAULTS, name
        found += 1
    assert found > 400
