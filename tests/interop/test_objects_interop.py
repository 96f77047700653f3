"""Checkpoints of objects are read by the real TensorFlow, and the other way round (`make interop`)."""

import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from tensorflow.core.protobuf import trackable_object_graph_pb2

import millpond as mp

tf.disable_v2_behavior()

BOTH = [(mp, tf), (tf, mp), (mp, mp)]
IDS = ["ours read by TensorFlow", "TensorFlow's read by us", "ours read by us"]


def build(lib, optimizer):
    """Objects of many kinds, and a step that trains them."""
    w = lib.get_variable("w", initializer=np.float32([1, 2]))
    b = lib.get_variable("b", initializer=np.float32(3), use_resource=True)
    ints = lib.Variable([1, 2, 3], name="ints", trainable=False)
    optimizer = optimizer(lib)
    step = optimizer.minimize(lib.reduce_sum(w * w) + b * b, global_step=lib.train.get_or_create_global_step())
    inner = lib.train.Checkpoint(weights=w, rest=[b, {"x/y.z": ints}])
    objects = lib.train.Checkpoint(optimizer=optimizer, inner=inner, step=lib.train.get_global_step(), again=w)
    return objects, step, [w, b, ints]


OPTIMIZERS = {
    "sgd": lambda lib: lib.train.GradientDescentOptimizer(0.1),
    "momentum": lambda lib: lib.train.MomentumOptimizer(0.1, 0.9),
    "adam": lambda lib: lib.train.AdamOptimizer(0.1),
    "rmsprop": lambda lib: lib.train.RMSPropOptimizer(0.1, momentum=0.9),
    "adagrad": lambda lib: lib.train.AdagradOptimizer(0.1),
    "adadelta": lambda lib: lib.train.AdadeltaOptimizer(0.1),
    "ftrl": lambda lib: lib.train.FtrlOptimizer(0.1),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(("writer", "reader"), BOTH, ids=IDS)
def test_training_goes_on(writer, reader, optimizer, tmp_path):
    with writer.Graph().as_default(), writer.Session() as sess:
        objects, step, values = build(writer, OPTIMIZERS[optimizer])
        sess.run(writer.global_variables_initializer())
        sess.run(step)
        path = objects.save(str(tmp_path / "model"), session=sess)
        sess.run(step)
        expected = sess.run(values)
    with reader.Graph().as_default(), reader.Session() as sess:
        with reader.variable_scope("other_names"):
            objects, step, values = build(reader, OPTIMIZERS[optimizer])
        status = objects.restore(path)
        status.assert_consumed()
        status.initialize_or_restore(session=sess)
        sess.run(step)
        for found, wanted in zip(sess.run(values), expected, strict=True):
            np.testing.assert_allclose(found, wanted, rtol=1e-6)
        assert sess.run(objects.step) == 2
        assert objects.save(str(tmp_path / "model"), session=sess).endswith("model-2")


def test_the_object_graphs_are_equal(tmp_path):
    described = {}
    for lib in (mp, tf):
        with lib.Graph().as_default(), lib.Session() as sess:
            objects, _, _ = build(lib, OPTIMIZERS["adam"])
            sess.run(lib.global_variables_initializer())
            path = objects.save(str(tmp_path / lib.__name__), session=sess)
        reader = mp.train.NewCheckpointReader(path)
        message = trackable_object_graph_pb2.TrackableObjectGraph.FromString(
            reader.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))
        for node in message.nodes:
            node.ClearField("has_checkpoint_values")  # which is newer than TensorFlow 1
        described[lib] = message, reader.get_variable_to_shape_map()
    assert described[mp] == described[tf]


@pytest.mark.parametrize(("writer", "reader"), BOTH, ids=IDS)
def test_a_saver_reads_objects_and_objects_read_a_saver(writer, reader, tmp_path):
    with writer.Graph().as_default(), writer.Session() as sess:
        objects, _, values = build(writer, OPTIMIZERS["adam"])
        sess.run(writer.global_variables_initializer())
        expected = sess.run(values)
        paths = [objects.save(str(tmp_path / "objects"), session=sess),
                 writer.train.Saver().save(sess, str(tmp_path / "names"))]
    with reader.Graph().as_default(), reader.Session() as sess:
        objects, step, values = build(reader, OPTIMIZERS["adam"])
        saver = reader.train.Saver()
        sess.run(reader.global_variables_initializer())
        sess.run(step)
        saver.restore(sess, paths[0])
        for found, wanted in zip(sess.run(values), expected, strict=True):
            np.testing.assert_allclose(found, wanted)
        sess.run(step)
        objects.restore(paths[1]).run_restore_ops(session=sess)
        for found, wanted in zip(sess.run(values), expected, strict=True):
            np.testing.assert_allclose(found, wanted)


@pytest.mark.parametrize(("writer", "reader"), BOTH, ids=IDS)
def test_a_manager_goes_on_with_the_other_ones_folder(writer, reader, tmp_path):
    folder = str(tmp_path / "run")
    for lib, count in ((writer, 3), (reader, 2)):
        with lib.Graph().as_default(), lib.Session() as sess:
            v = lib.get_variable("v", initializer=np.float32(0))
            objects = lib.train.Checkpoint(v=v)
            manager = lib.train.CheckpointManager(objects, folder, max_to_keep=2)
            objects.restore(manager.latest_checkpoint).initialize_or_restore(session=sess)
            for _ in range(count):
                sess.run(v.assign_add(1.0))
                manager.save()
            assert sess.run(v) == (3 if count == 3 else 5)
            last = [os.path.basename(path) for path in manager.checkpoints]
    assert last == ["ckpt-4", "ckpt-5"]
    assert sorted(name for name in os.listdir(folder) if name.endswith("index")) == ["ckpt-4.index", "ckpt-5.index"]
