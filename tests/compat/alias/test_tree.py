"""A package that was written for TensorFlow is given its modules, without `sys.modules` being touched."""

from __future__ import annotations

import functools
import sys
import threading

import pytest

import millpond as tf
from millpond import shapes
from millpond.compat.alias import tree
from millpond.public import inner, missing, modules
from millpond.public.table import ABOUT, PATHS, SAME, original
from millpond.public.table.inner import BLOCKS
from millpond.train import resources
from millpond.variables import initializers


def _resolve(path: str) -> object:
    return functools.reduce(getattr, path.split(".")[1:], tree.module("tensorflow"))


def test_every_public_path_resolves() -> None:
    for path, target in PATHS.items():
        wanted = modules.load(target)
        found = _resolve(path)
        assert found is wanted or found is tree.module(tree.name_of(modules.public_path(wanted.__name__))), path


def test_every_inner_name_is_the_public_object_or_says_where_that_stands() -> None:
    there = 0
    for module in BLOCKS:
        made = tree.module(tree.name_of(module))
        for name, public in inner.block(module).names.items():
            if original(public) in PATHS:
                assert getattr(made, name) is _resolve(public), f"{module}.{name}"
                there += 1
            elif inner.is_module(public):
                assert getattr(made, name).__name__.startswith("tensorflow."), f"{module}.{name}"
            elif not inner.is_module(f"{module}.{name}") and inner.find(module, name) is None:
                with pytest.raises(AttributeError) as caught:
                    getattr(made, name)
                explained = missing.explanation(public)
                assert explained is None or explained in str(caught.value), f"{module}.{name}"
        for name in dir(made):
            getattr(made, name)
    assert there > 900


def test_every_module_of_tensorflow_can_be_had() -> None:
    paths = [f"{parent}.{name}" for parent, names in inner.below().items() for name in names]
    assert len(paths) > 1500
    for path in paths:
        if not inner.is_module(path):
            continue
        name = tree.name_of(original(path))
        assert tree.module(tree.name_of(path)).__name__ == name


@pytest.mark.parametrize("inner_path, public", [
    ("tensorflow.python.framework.ops.name_scope", tf.name_scope),
    ("tensorflow.python.framework.ops.Graph", tf.Graph),
    ("tensorflow.python.framework.dtypes.float32", tf.float32),
    ("tensorflow.python.ops.array_ops.concat", tf.concat),
    ("tensorflow.python.ops.math_ops.sqrt", tf.sqrt),
    ("tensorflow.python.ops.math_ops.reduce_sum", tf.reduce_sum),
    ("tensorflow.python.ops.nn.relu", tf.nn.relu),
    ("tensorflow.python.ops.standard_ops.matmul", tf.matmul),
    ("tensorflow.python.training.training.AdamOptimizer", tf.train.AdamOptimizer),
    ("tensorflow.python.platform.gfile.Open", tf.gfile.Open),
    ("tensorflow.python.platform.flags.FLAGS", tf.flags.FLAGS),
    ("tensorflow.python.ops.variable_v1.VariableV1", tf.Variable),
    ("tensorflow.core.framework.graph_pb2.GraphDef", tf.GraphDef),
    ("tensorflow.core.example.example_pb2.Example", tf.train.Example),
    ("tensorflow.contrib.rnn.python.ops.lstm_ops.LSTMBlockCell", tf.contrib.rnn.LSTMBlockCell),
    ("tensorflow.python.framework.dtypes.float32_ref", tf.float32._as_ref),
    ("tensorflow.python.framework.tensor_shape.scalar", shapes.scalar),
    ("tensorflow.python.ops.resources.shared_resources", resources.shared_resources),
    ("tensorflow.python.ops.init_ops.Initializer", initializers.Initializer),
    ("tensorflow.python.ops.variables.Variable", tf.Variable),
    ("tensorflow.python.util.nest.flatten", tf.nest.flatten),
    ("tensorflow.compat.v1.train.Saver", tf.train.Saver),
    ("tensorflow.models.rnn.rnn.rnn", tf.nn.rnn),
    ("tensorflow.models.rnn.rnn_cell.BasicLSTMCell", tf.nn.rnn_cell.BasicLSTMCell),
    ("tensorflow.examples.tutorials.mnist.input_data.read_data_sets",
     tf.examples.tutorials.mnist.input_data.read_data_sets),
])
def test_inner_names_are_the_public_objects(inner_path: str, public: object) -> None:
    module, _, name = inner_path.rpartition(".")
    assert getattr(tree.module(module), name) is public


def test_modules_have_those_that_they_imported() -> None:
    """`from tensorflow.python.ops.rnn import rnn_cell_impl`, as programs found it by looking."""
    rnn = tree.module("tensorflow.python.ops.rnn")
    assert rnn.rnn_cell_impl is tree.module("tensorflow.python.ops.rnn_cell_impl")
    assert rnn.ops is tree.module("tensorflow.python.framework.ops")
    assert rnn.dynamic_rnn is tf.nn.dynamic_rnn
    assert not hasattr(rnn, "no_such_ops") and not hasattr(tree.module("tensorflow"), "array_ops")


@pytest.mark.parametrize("module, name, words", [
    ("tensorflow", "placehoder", r"module 'tensorflow' has no attribute 'placehoder'. Did you mean tf.placeholder\?"),
    ("tensorflow.nn", "conv_transpose", "tf.nn.conv_transpose is part of TensorFlow 1 and not in Millpond yet"),
    ("tensorflow.python.ops.nn_ops", "conv_transpose",
     "stands for tf.nn.conv_transpose. tf.nn.conv_transpose is part of TensorFlow 1 and not in Millpond yet"),
    ("tensorflow.python.ops.array_ops", "no_such_name", "no_such_name was inside of TensorFlow, in one"),
    ("tensorflow.python.framework.ops", "sqrt", "the nearest is tf.sqrt"),
    ("tensorflow.contrib.tensorrt", "create_inference_graph", "left out of Millpond: NVIDIA's TensorRT"),
])
def test_what_is_not_there_says_what_to_use(module: str, name: str, words: str) -> None:
    with pytest.raises(AttributeError, match=words):
        getattr(tree.module(module), name)


@pytest.mark.parametrize("name, words", [
    ("tensorflow.nosuch", "No module named 'tensorflow.nosuch'"),
    ("tensorflow.nn.relu", "it is a name in tensorflow.nn"),
    ("numpy", "No module named 'numpy'"),
    ("tensorflowy", "No module named 'tensorflowy'"),
    ("tensorflow.python.ops.nosuch.below", "No module named 'tensorflow.python.ops.nosuch.below'"),
])
def test_what_is_no_module_is_not_found(name: str, words: str) -> None:
    with pytest.raises(ModuleNotFoundError, match=words):
        tree.module(name)


def test_a_module_is_made_once_and_is_nobody_elses() -> None:
    assert "tensorflow" not in sys.modules
    root = tree.module("tensorflow")
    assert tree.module("tensorflow.train") is root.train is root.compat.v1.train
    assert root.train is not tf.train
    root.train.my_own = 1
    assert not hasattr(tf.train, "my_own")
    del root.train.my_own
    assert "tensorflow" not in sys.modules


def test_threads_get_the_same_module() -> None:
    found: list[object] = []
    start = threading.Barrier(8)

    def look_up() -> None:
        start.wait()
        found.append(tree.module("tensorflow.python.ops.signal.fft_ops"))

    threads = [threading.Thread(target=look_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1


def test_same_modules_have_the_names_of_the_other() -> None:
    for copy, same in SAME.items():
        made = tree.module(tree.name_of(copy))
        assert set(modules.names_of(same)) <= set(dir(made)), copy


def test_what_a_module_says_of_itself() -> None:
    assert tree.module("tensorflow.bitwise").__doc__ == f"`tf.bitwise`: {ABOUT['tf.bitwise']}."
