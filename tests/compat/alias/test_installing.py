"""A process lets its programs import tensorflow, and has Millpond under that name."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from millpond.compat.alias import tree


def _printed(program: str, **options: object) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout.strip()


INSTALL = "import millpond; millpond.compat.install()\n"


def test_programs_import_from_everywhere() -> None:
    assert _printed(INSTALL + """
import tensorflow as tf
import tensorflow.compat.v1 as tf1
import tensorflow.contrib.slim as slim
import tensorflow.contrib.rnn
import tensorflow.python.ops.rnn_cell_impl as impl
from tensorflow.examples.tutorials.mnist import input_data
from tensorflow.python.framework import ops, dtypes
from tensorflow.python.ops.math_ops import *
from tensorflow.core.framework import graph_pb2
from tensorflow.contrib.rnn.python.ops import lstm_ops
from tensorflow.train import AdamOptimizer
from tensorflow.contrib import layers, learn
print(tf.__version__, tf.Session is tf1.Session is millpond.Session, impl.BasicLSTMCell is tf.nn.rnn_cell.BasicLSTMCell)
print(ops.Graph is tf.Graph, sqrt is tf.sqrt, graph_pb2.GraphDef is tf.GraphDef)
print(AdamOptimizer is tf.train.AdamOptimizer)
print(input_data.read_data_sets.__name__, lstm_ops.LSTMBlockCell is tf.contrib.rnn.LSTMBlockCell, dtypes.float32)
with tf.Session() as sess:
    print(sess.run(tf.constant(1) + 1))
""").splitlines() == ["1.15.0 True True", "True True True", "True", "read_data_sets True <dtype: 'float32'>", "2"]


SAID = {
    "import tensorflow.contrib.tensorrt": "nothing",
    "tensorflow.contrib.tensorrt.create_inference_graph": "NVIDIA's TensorRT is left out; XLA compiles for GPUs.",
    "from tensorflow.contrib.tensorrt import create_inference_graph": "NVIDIA's TensorRT is left out",
    "tensorflow.placehoder": "module 'tensorflow' has no attribute 'placehoder'. Did you mean tf.placeholder?",
    "from tensorflow import placehoder": "No module named 'tensorflow.placehoder'. Did you mean tf.placeholder?",
    "from tensorflow.nn import conv_transpose": "tf.nn.conv_transpose is part of TensorFlow 1 and not in Millpond yet",
    "from tensorflow.python.ops.nn_ops import conv_transpose": "it stands for tf.nn.conv_transpose. tf.nn.conv_tr",
    "from tensorflow.python.framework.ops import nosuch": "nosuch was inside of TensorFlow, in one release or another",
    "from tensorflow.train import nosuch": "cannot import name 'nosuch' from 'tensorflow.train'",
    "import tensorflow.nosuch": "No module named 'tensorflow.nosuch'",
    "import tensorflow.nn.relu": "No module named 'tensorflow.nn.relu': it is a name in tensorflow.nn",
}


def test_what_is_not_there_raises_when_it_is_used_and_says_what_to_use() -> None:
    printed = _printed(INSTALL + f"""
import tensorflow
for statement in {list(SAID)}:
    try:
        exec(statement)
        print("nothing")
    except (AttributeError, ImportError) as error:
        print(isinstance(error, ImportError), error)
""").splitlines()
    for (statement, words), line in zip(SAID.items(), printed, strict=True):
        assert words in line
        assert line.startswith(("nothing", str("import" in statement))), line


def test_the_second_interface_has_what_is_the_same_in_both() -> None:
    """Libraries that know both import what they can from `tensorflow.compat.v2`."""
    assert _printed(INSTALL + """
import tensorflow as tf
import tensorflow.compat.v2 as tf2
from tensorflow.compat.v2 import math
print(math.log is tf.math.log, tf2.where is tf.where_v2, tf2.nn.relu is tf.nn.relu, tf2.compat.v1 is tf.compat.v1)
print(tf2.compat.dimension_value(3), tf2.reduce_sum(tf2.constant([[1, 2]]), axis=1, keepdims=True).shape)
try:
    tf2.placeholder
except AttributeError as error:
    print(error)
""").splitlines() == [
        "True True True True", "3 (1, 1)",
        "module 'tensorflow.compat.v2' has no attribute 'placeholder': tf.compat.v2.placeholder is part of "
        "TensorFlow 1 and left out of Millpond: Millpond is TensorFlow 1's programming model; what tf.compat.v1 has is "
        "there."]


def test_it_is_installed_once_and_looks_installed() -> None:
    assert _printed(INSTALL + """
import importlib, importlib.metadata, importlib.util, os, pkgutil, sys
import tensorflow as tf
millpond.compat.install()
print([type(finder).__name__ for finder in sys.meta_path].count("AliasFinder"), tf is sys.modules["tensorflow"])
print(os.path.isfile(tf.__file__), os.path.dirname(tf.__file__) in tf.__path__, importlib.reload(tf) is tf)
print(importlib.util.find_spec("tensorflow").origin == tf.__file__, tf.__spec__.name, tf.__package__, tf.__name__)
print(importlib.util.find_spec("tensorflow.contrib.rnn").name, importlib.util.find_spec("tensorflow.nosuchthing"))
print(importlib.metadata.version("tensorflow"), importlib.metadata.distribution("tensorflow").metadata["Summary"][:8])
print(list(pkgutil.iter_modules(tf.__path__)), "train" in dir(tf), "placeholder" in dir(tf))
print(tf.python.framework.ops.__name__, tf.python.framework.ops.__spec__.name)
""").splitlines() == [
        "1 True", "True True True", "True tensorflow tensorflow tensorflow", "tensorflow.contrib.rnn None",
        "1.15.0 Millpond", "[] True True", "tensorflow.python.framework.ops tensorflow.python.framework.ops",
    ]


def test_programs_set_attributes() -> None:
    assert _printed(INSTALL + """
import tensorflow as tf
tf.model = "mine"
tf.nn.my_layer = len
import tensorflow.nn, tensorflow
print(tensorflow.model, tensorflow.nn.my_layer is len, hasattr(millpond, "model"), hasattr(millpond.nn, "my_layer"))
""") == "mine True False False"


def test_a_function_with_the_name_of_its_module_stays() -> None:
    """Python puts a module that it imports in the place of what had its name."""
    assert _printed(INSTALL + """
import tensorflow as tf
from tensorflow.contrib.sparsemax.python.ops.sparsemax import sparsemax as function
from tensorflow.contrib.sparsemax.python.ops import sparsemax
from tensorflow.examples.tutorials.mnist.mnist import inference
from tensorflow.examples.tutorials.mnist import mnist
print(sparsemax is function, sparsemax is tf.contrib.sparsemax.sparsemax, mnist.inference is inference)
""") == "True True True"


def test_the_real_tensorflow_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "tensorflow.py").write_text("__version__ = '2.99'\n")
    assert _printed(f"""
import sys
sys.path.insert(0, {str(tmp_path)!r})
import tensorflow, millpond
try:
    millpond.compat.install()
except ImportError as error:
    print(error)
print(tensorflow.__version__, "AliasFinder" in str(sys.meta_path))
""").splitlines() == [
        f"millpond.compat.install(): TensorFlow ({tmp_path / 'tensorflow.py'}) has been imported into this process, "
        "and modules may hold objects of it. Call install() before anything imports tensorflow, or start the program "
        "with `millpond run`.",
        "2.99 False",
    ]


def test_a_notebook_loads_it_as_an_extension() -> None:
    assert _printed("""
import millpond
millpond.load_ipython_extension(None)
import tensorflow as tf
print(tf.__version__)
""") == "1.15.0"


def test_the_folder_serves_a_python_that_knows_nothing_of_millpond() -> None:
    assert _printed(f"""
import sys
sys.path.insert(0, {str(tree.FOLDER)!r})
import importlib.metadata
print(importlib.metadata.version("tensorflow"))
from tensorflow.python.framework import ops
import tensorflow as tf, millpond
print(ops.Graph is tf.Graph is millpond.Graph, sys.modules["tensorflow"] is tf)
""").splitlines() == ["1.15.0", "True True"]


def test_a_python_without_millpond_has_what_else_there_is(tmp_path: Path) -> None:
    """As a program that starts the Python of another environment."""
    (tmp_path / "tensorflow.py").write_text("__version__ = '2.99'\n")
    program = f"""
import sys
sys.path[:0] = [{str(tree.FOLDER)!r}]
sys.path.append({str(tmp_path)!r})
import tensorflow as tf
print(tf.__version__)
sys.path.remove({str(tmp_path)!r})
del sys.modules["tensorflow"]
sys.path[:0] = [{str(tree.FOLDER)!r}]
try:
    import tensorflow
except ModuleNotFoundError as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True)
    assert (done.stdout.splitlines(), done.stderr) == (["2.99", "No module named 'tensorflow'"], "")


def test_what_the_libraries_below_tell_their_developers_is_not_shown(tmp_path: Path) -> None:
    """`tf.app.run` lets INFO through to the screen, and JAX says at that level that it finds no TPU."""
    (tmp_path / "program.py").write_text("""
import logging, sys
import tensorflow as tf

def main(_):
    level = tf.OptimizerOptions(global_jit_level=1)
    with tf.Session(config=tf.ConfigProto(graph_options=tf.GraphOptions(optimizer_options=level))) as sess:
        print(sess.run(tf.constant(1.0) + 2.0))
    logging.getLogger("mine").info("my own")
    print(logging.getLogger("jax").getEffectiveLevel())

if sys.argv[1:] == ["verbose"]:
    logging.basicConfig(level=logging.DEBUG)
    logging.getLogger("jax").setLevel(logging.INFO)
    main(None)
tf.app.run()
""")
    run = [sys.executable, "-m", "millpond", "run", str(tmp_path / "program.py")]
    quiet = subprocess.run(run, capture_output=True, text=True)
    assert (quiet.returncode, quiet.stdout) == (0, "3.0\n30\n"), quiet.stderr
    assert "my own" in quiet.stderr and len(quiet.stderr.splitlines()) == 1
    verbose = subprocess.run([*run, "verbose"], capture_output=True, text=True)
    assert verbose.stdout.startswith("3.0\n20\n"), "a level that the program has set stays"


@pytest.mark.parametrize("generator", ["numpy", "random"])
def test_random_numbers_of_the_program_stay_as_they_are(generator: str) -> None:
    """Neither importing nor compiling draws from the generators that the program has seeded."""
    draw = {"numpy": "numpy.random.rand()", "random": "random.random()"}[generator]
    printed = _printed(f"""
import numpy, random
numpy.random.seed(7); random.seed(7)
wanted = {draw}
numpy.random.seed(7); random.seed(7)
import millpond
millpond.compat.install()
import tensorflow as tf
level = tf.OptimizerOptions(global_jit_level=1)
with tf.Session(config=tf.ConfigProto(graph_options=tf.GraphOptions(optimizer_options=level))) as sess:
    sess.run(tf.random_normal([3]) + tf.constant(1.0))
print({draw} == wanted)
""")
    assert printed == "True"
