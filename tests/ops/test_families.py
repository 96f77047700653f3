"""A graph asks for op types whose modules nobody has imported yet: imported graphs, gradients, threads."""

from __future__ import annotations

import subprocess
import sys

import pytest

from millpond.graph import opdef


def _fresh(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_families_define_all_there_is() -> None:
    """Importing each module of the package defines no op that `families.load` does not."""
    assert _fresh("""
import importlib, pkgutil
import millpond
from millpond.graph.opdef import DEFINITIONS
from millpond.ops import families
assert "Conv2D" not in DEFINITIONS
families.load()
known = set(DEFINITIONS)
for module in pkgutil.walk_packages(millpond.__path__, "millpond."):
    # The handlers for oneDNN are a library for XLA, not a module.
    if not module.name.startswith(("millpond.examples", "millpond.tools", "millpond.compiler._onednn")):
        importlib.import_module(module.name)
print(sorted(set(DEFINITIONS) - known), len(known) > 400)
""") == "[] True"


def test_an_imported_graph_uses_types_of_no_family_that_is_loaded() -> None:
    """Also under a name of another release, with a gradient, and in several threads at once."""
    assert _fresh("""
import sys, threading, millpond as tf
message = tf.GraphDef()
def node(name, op, *inputs, **attrs):
    added = message.node.add(name=name, op=op, input=inputs)
    for key, value in attrs.items():
        added.attr[key].CopyFrom(value)
float32 = type(message.node.add().attr["T"])(type=1)
del message.node[:]
node("x", "Placeholder", dtype=float32)
node("y", "Softplus", "x", T=float32)
node("z", "BatchMatMul", "y", "y", T=float32)
assert not any(name.startswith(("millpond.ops.nn", "millpond.ops.linalg.linear")) for name in sys.modules)
values, start = [], threading.Barrier(6)
def use():
    with tf.Graph().as_default() as graph:
        start.wait()
        x, z = tf.import_graph_def(message, return_elements=["x:0", "z:0"], name="")
        slope, = tf.gradients(z, x)
        with tf.Session() as sess:
            values.append(sess.run([z, slope], {x: [[0.0]]}))
threads = [threading.Thread(target=use) for _ in range(6)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(len(values), {(round(float(z[0, 0]), 4), round(float(slope[0, 0]), 4)) for z, slope in values})
""") == "6 {(0.4805, 0.6931)}"


def test_no_more_families_are_imported_than_it_takes() -> None:
    assert _fresh("""
import sys, millpond
from millpond.graph import opdef
print("millpond.ops.math.cast" in sys.modules, opdef.lookup("Cast").type, "millpond.ops.math.cast" in sys.modules,
      any(name.startswith("millpond.ops.nn.") for name in sys.modules))
""") == "False Cast True False"


def test_a_type_that_nothing_defines() -> None:
    with pytest.raises(NotImplementedError, match="'NoSuchOp' is not supported"):
        opdef.lookup("NoSuchOp")
    assert opdef.find("NoSuchOp") is None


def test_collections_of_an_imported_meta_graph_are_read_by_what_is_not_loaded_yet() -> None:
    """A queue runner in a MetaGraphDef becomes a queue runner in a process that never made one."""
    assert _fresh("""
import sys, millpond as tf
from millpond.protos.cluster import QueueRunnerDef
with tf.Graph().as_default():
    tf.no_op(name="enqueue"), tf.no_op(name="close"), tf.no_op(name="cancel"), tf.no_op(name="queue")
    message = tf.train.export_meta_graph()
runner = QueueRunnerDef(queue_name="queue", enqueue_op_name=["enqueue"], close_op_name="close", cancel_op_name="cancel")
message.collection_def["queue_runners"].bytes_list.value.append(runner.SerializeToString())
with tf.Graph().as_default():
    tf.train.import_meta_graph(message)
    print([type(item).__name__ for item in tf.get_collection(tf.GraphKeys.QUEUE_RUNNERS)])
""") == "['QueueRunner']"
