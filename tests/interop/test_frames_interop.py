"""The functional form of TensorFlow 1's control flow, run by the real TensorFlow (`make interop`)."""

import numpy as np
import pytest
import record_frames
import tensorflow.compat.v1 as tf

import millpond as mp
from millpond.graph.frames import functional

tf.disable_v2_behavior()

# TensorFlow has no functions that take references of variables.
OURS_ALONE = {"cond_that_assigns", "cond_that_assigns_in_both_branches", "loop_that_assigns", "recurrent_network"}


@pytest.fixture
def old_control_flow():
    was_on = tf.control_flow_v2_enabled()
    tf.disable_control_flow_v2()
    yield
    if was_on:
        tf.enable_control_flow_v2()


def values(graph_def, recorded):
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.import_graph_def(tf.GraphDef.FromString(graph_def.SerializeToString()), name="")
        if recorded["initializer"]:
            sess.run("init")
        return [sess.run(recorded["fetches"], feeds) for feeds, _ in recorded["runs"]]


def assert_values(found, recorded):
    for one, (_, expected) in zip(found, recorded["runs"], strict=True):
        for name, value, other in zip(recorded["fetches"], one, expected, strict=True):
            np.testing.assert_allclose(value, other, rtol=1e-4, atol=1e-5, err_msg=name)


@pytest.mark.parametrize("name", [name for name in record_frames.PROGRAMS if name not in OURS_ALONE])
def test_the_functional_form_gives_the_same_values_in_tensorflow(name, old_control_flow):
    graph_def, recorded = record_frames.record(record_frames.PROGRAMS[name])
    ours = mp.GraphDef.FromString(graph_def.SerializeToString())
    assert_values(values(functional(ours), recorded), recorded)


@pytest.mark.parametrize("name", ["conds_in_a_loop", "loops_in_each_other", "functional_loops"])
def test_tensorflow_runs_what_is_written_of_an_imported_graph(name, old_control_flow):
    graph_def, recorded = record_frames.record(record_frames.PROGRAMS[name])
    with mp.Graph().as_default() as graph:
        mp.import_graph_def(mp.GraphDef.FromString(graph_def.SerializeToString()), name="")
    assert_values(values(graph.as_graph_def(), recorded), recorded)
