"""One table from public paths to objects, in files by area.

Each file maps a module to a block of lines: the name of an object in that module, then every public path under which
programs know it.

    "millpond.ops.math.arithmetic": '''
        multiply  tf.multiply tf.math.multiply tf.mul
    '''

From it `public/modules.py` makes `tf`, `tf.math` and all other public modules, `tools/write_names.py` the stubs that
editors and mypy read (`*.pyi`) and `docs/compatibility.md`. A dot stands for the module itself. What TensorFlow 1 has
and Millpond lacks is in `public/missing.py`.
"""

from __future__ import annotations

from typing import NamedTuple

from millpond.public.table import (
    array,
    contrib,
    framework,
    image,
    inside,
    layers,
    math,
    metrics,
    nn,
    packages,
    programs,
    rnn,
    seq2seq,
    sparse,
    strings,
    train,
    variables,
)

# The files of the table.
AREAS = (framework, variables, math, array, nn, image, layers, metrics, sparse, strings, rnn, seq2seq, train, programs,
         packages, contrib, inside)


class Target(NamedTuple):
    """Where an object is defined: its module and its name there; no name where the object is the module."""

    module: str
    attribute: str


# What a public module is for; the first line of its `help()`.
ABOUT = {
    "tf": "the programming model of TensorFlow 1 on XLA",
    "tf.app": "the entry point of a program with flags",
    "tf.bitwise": "operations on the bits of integers",
    "tf.compat": "names for programs that know several releases",
    "tf.compat.v1": "all that `tf` has",
    "tf.contrib": "what was not part of TensorFlow's core",
    "tf.contrib.cudnn_rnn": "stacks of recurrent layers with one vector of parameters, as cuDNN has them",
    "tf.contrib.eager": "what programs ask of eager execution, which Millpond does not have",
    "tf.contrib.legacy_seq2seq": "models from sequences to sequences, unrolled step by step",
    "tf.contrib.feature_column": "columns of sequences",
    "tf.contrib.lookup": "tables from keys to values",
    "tf.contrib.rnn": "recurrent cells, those of `tf.nn.rnn_cell` and more, and loops over them",
    "tf.contrib.rnn.core_rnn_cell": "recurrent cells, under the name of the first releases",
    "tf.contrib.rnn.python": "the paths inside of `tf.contrib.rnn` that programs import from",
    "tf.contrib.rnn.python.ops": "recurrent networks",
    "tf.contrib.rnn.python.ops.core_rnn_cell": "recurrent cells",
    "tf.contrib.rnn.python.ops.core_rnn_cell_impl": "recurrent cells",
    "tf.contrib.rnn.python.ops.rnn_cell": "recurrent cells of `tf.contrib`",
    "tf.contrib.legacy_seq2seq.python": "the paths inside of `tf.contrib.legacy_seq2seq` that programs import from",
    "tf.contrib.legacy_seq2seq.python.ops": "networks from sequences to sequences",
    "tf.contrib.legacy_seq2seq.python.ops.seq2seq": "models from sequences to sequences, unrolled step by step",
    "tf.contrib.seq2seq": "decoders, attention, beam search, and losses of sequences",
    "tf.contrib.seq2seq.python": "the paths inside of `tf.contrib.seq2seq` that programs import from",
    "tf.contrib.seq2seq.python.ops": "networks from sequences to sequences",
    "tf.contrib.seq2seq.python.ops.attention_wrapper": "attention, and what programs take from inside of it",
    "tf.contrib.seq2seq.python.ops.basic_decoder": "decoders that sample",
    "tf.contrib.seq2seq.python.ops.beam_search_decoder": "beam search",
    "tf.contrib.seq2seq.python.ops.beam_search_ops": "beam search",
    "tf.contrib.seq2seq.python.ops.decoder": "decoders",
    "tf.contrib.seq2seq.python.ops.helper": "where decoders get their inputs",
    "tf.contrib.seq2seq.python.ops.loss": "losses of sequences",
    "tf.contrib.learn": "data sets",
    "tf.contrib.learn.datasets": "small data sets by name",
    "tf.contrib.learn.datasets.base": "tables, and files that are downloaded",
    "tf.contrib.learn.datasets.mnist": "the digits of MNIST",
    "tf.debugging": "checks of values and shapes",
    "tf.dtypes": "the types of tensors' elements, and casts",
    "tf.errors": "what runs raise",
    "tf.feature_column": "from the columns of a table to the inputs of a model",
    "tf.flags": "the command line of a program",
    "tf.gfile": "files and folders, local or remote",
    "tf.graph_util": "GraphDefs made from graphs and from GraphDefs",
    "tf.image": "pictures: their size, place and colours",
    "tf.initializers": "first values of variables, and the operations that set them",
    "tf.io": "files, records, and strings that hold data",
    "tf.io.gfile": "what `tf.gfile` has, under later names",
    "tf.layers": "parts of networks that keep their variables",
    "tf.layers.experimental": "layers that keep variables as Keras's do",
    "tf.linalg": "matrices",
    "tf.logging": "what a program tells its user, through the logger that the framework itself uses",
    "tf.lookup": "tables from keys to values",
    "tf.losses": "losses that are weighted, reduced, and collected in the graph",
    "tf.manip": "arrangement of elements",
    "tf.math": "elementwise functions, reductions, counting and segments",
    "tf.metrics": "measures that are gathered over many batches in local variables",
    "tf.nn": "activation functions, losses, convolutions, poolings, normalization, embeddings",
    "tf.nn.rnn_cell": "recurrent cells: one step of a recurrent network",
    "tf.nn.seq2seq": "what the first releases had of `tf.contrib.legacy_seq2seq`",
    "tf.python_io": "TFRecord files",
    "tf.resource_loader": "files that lie beside the module that asks for them",
    "tf.queue": "queues that threads fill while others take out",
    "tf.random": "random numbers",
    "tf.saved_model": "a model as a folder of files, for programs that did not make it",
    "tf.saved_model.builder": "writing a SavedModel",
    "tf.saved_model.constants": "names of files and collections in a SavedModel",
    "tf.saved_model.loader": "reading a SavedModel",
    "tf.saved_model.main_op": "operations that run when a SavedModel has been loaded",
    "tf.saved_model.signature_constants": "keys and method names of signatures",
    "tf.saved_model.signature_def_utils": "signatures: which tensors a caller feeds and fetches",
    "tf.saved_model.tag_constants": "tags of the graphs in a SavedModel",
    "tf.saved_model.utils": "descriptions of tensors in signatures",
    "tf.sets": "sets in the last dimension of tensors",
    "tf.sparse": "sparse tensors",
    "tf.strings": "operations on strings",
    "tf.summary": "what a program tells TensorBoard",
    "tf.test": "tests of TensorFlow programs",
    "tf.train": "everything around the training of a model",
    "tf.train.queue_runner": "threads that fill queues",
    "tf.version": "which release of TensorFlow the interface is that of",
    # Paths that only imports name: `from tensorflow.python.client import device_lib`.
    "tf.examples": "programs to start from",
    "tf.examples.tutorials": "what TensorFlow's tutorials import",
    "tf.examples.tutorials.mnist": "the digits of MNIST",
    "tf.examples.tutorials.mnist.input_data": "the reader of MNIST",
    "tf.examples.tutorials.mnist.mnist": "the model of the MNIST tutorial",
    "tf.python": "the paths inside of TensorFlow that programs import from",
    "tf.python.client": "sessions and devices",
    "tf.python.client.device_lib": "the devices of this process",
    "tf.python.client.session": "sessions, and how a type is taught to `Session.run`",
    "tf.python.framework": "graphs, and functions of them",
    "tf.python.framework.function": "Python functions as functions of a graph",
    "tf.python.framework.smart_cond": "choices that are made while the graph is built where that can be",
    "tf.python.layers": "parts of networks that keep their variables",
    "tf.python.layers.core": "fully connected layers, dropout",
    "tf.python.layers.utils": "arguments of layers, and choices made while the graph is built",
    "tf.python.ops": "operations",
    "tf.python.ops.control_flow_ops": "branches, loops, groups",
    "tf.python.ops.functional_ops": "functions applied along a dimension",
    "tf.python.ops.rnn_cell": "recurrent cells",
    "tf.python.ops.rnn_cell_impl": "recurrent cells, and what programs take from inside of them",
    "tf.python.ops.seq2seq": "what the first releases had of `tf.contrib.legacy_seq2seq`",
    "tf.python.ops.tensor_array_ops": "arrays of tensors",
    **contrib.ABOUT,
    **packages.ABOUT,
}

# Modules that are the same as another, with all that it has.
SAME = {
    "tf.compat.v1": "tf",
    "tf.contrib.rnn.python.ops.core_rnn_cell": "tf.contrib.rnn.core_rnn_cell",
    "tf.contrib.rnn.python.ops.core_rnn_cell_impl": "tf.contrib.rnn.core_rnn_cell",
    "tf.contrib.rnn.python.ops.rnn_cell": "tf.contrib.rnn",
    "tf.contrib.legacy_seq2seq.python.ops.seq2seq": "tf.contrib.legacy_seq2seq",
    "tf.contrib.seq2seq.python.ops.basic_decoder": "tf.contrib.seq2seq",
    "tf.contrib.seq2seq.python.ops.beam_search_decoder": "tf.contrib.seq2seq",
    "tf.contrib.seq2seq.python.ops.beam_search_ops": "tf.contrib.seq2seq",
    "tf.contrib.seq2seq.python.ops.decoder": "tf.contrib.seq2seq",
    "tf.contrib.seq2seq.python.ops.helper": "tf.contrib.seq2seq",
    "tf.contrib.seq2seq.python.ops.loss": "tf.contrib.seq2seq",
    "tf.python.ops.rnn_cell": "tf.nn.rnn_cell",
    "tf.python.ops.seq2seq": "tf.nn.seq2seq",
}

# Modules that programs import but `dir` does not show.
HIDDEN = {"tf.examples", "tf.python", "tf.contrib.framework.python", "tf.contrib.legacy_seq2seq.python",
          "tf.contrib.rnn.core_rnn_cell", "tf.contrib.rnn.python", "tf.contrib.seq2seq.python"}


def original(path: str) -> str:
    """The path in `tf` of what lies in a module that is the same: `tf.compat.v1.train` to `tf.train`."""
    for copy, same in SAME.items():
        if path.startswith(f"{copy}."):
            return same + path.removeprefix(copy)
    return path


def _paths() -> dict[str, Target]:
    found: dict[str, Target] = {}
    for area in AREAS:
        for module, block in area.NAMES.items():
            attribute = ""
            for word in block.split():
                if word.startswith("tf."):
                    found[word] = Target(module, attribute)
                else:
                    attribute = "" if word == "." else word
    return found


# Public path of each object: where it is defined.
PATHS = _paths()


def _by_module() -> dict[str, dict[str, Target]]:
    found: dict[str, dict[str, Target]] = {path: {} for path in ABOUT}
    for path, target in PATHS.items():
        module, _, name = path.rpartition(".")
        found.setdefault(module, {})[name] = target  # there are paths into modules inside of TensorFlow
    return found


# Public module: the names in it, without the modules below it.
MODULES = _by_module()
