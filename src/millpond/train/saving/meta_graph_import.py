"""Reading a graph with its collections back: `tf.train.import_meta_graph`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tensorboard.compat.proto import meta_graph_pb2

from millpond import logs
from millpond.errors import DataLossError
from millpond.formats.files import PathLike, as_text
from millpond.graph import metagraph_import, stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.graph import Graph
from millpond.graph.metagraph import UNBOUND_INPUTS
from millpond.ops.strings import string_regex  # noqa: F401 - the savers of TensorFlow's SavedModels look for s3:// by it
from millpond.train.saving.meta_graph import read_meta_graph
from millpond.train.saving.saver import Saver


def import_meta_graph(meta_graph_or_file: Any | PathLike, clear_devices: bool = False, import_scope: str | None = None,
                      input_map: Any = None, graph: Graph | None = None,
                      unbound_inputs_col_name: str = UNBOUND_INPUTS,
                      restore_collections_predicate: Callable[[str], bool] = lambda key: True) -> Saver | None:
    """Adds a graph that was exported with its collections to a graph.

    Args:
      meta_graph_or_file: A `MetaGraphDef`, or the name of a file with one, such as `model.ckpt-7.meta`.
      clear_devices: Forget the devices of the nodes.
      import_scope: Name scope to put everything in, inside the one that is open; made unique.
      input_map: As for `tf.import_graph_def`.
      graph: The graph; by default the default graph.
      unbound_inputs_col_name: Key of the collection that names the inputs from outside of the graph.
      restore_collections_predicate: Tells by their key which collections to add.

    Returns:
      A Saver that restores the variables; None if there are none.

    Raises:
      OSError: If there is no such file, or it is damaged.
      KeyError: If a collection of a message names a node that its graph does not have.
      tf.errors.DataLossError: If an item of a collection of a message is damaged.
      ValueError: If the graph is not valid.
      tf.errors.NotFoundError, NotImplementedError: If it has ops that are not known or not supported.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     with tf.Graph().as_default(), tf.Session() as sess:
      ...         v = tf.Variable(3.0, name="v")
      ...         sess.run(v.initializer)
      ...         path = tf.train.Saver().save(sess, folder + "/model")
      ...     with tf.Graph().as_default(), tf.Session() as sess:
      ...         saver = tf.train.import_meta_graph(path + ".meta")
      ...         saver.restore(sess, path)
      ...         print(sess.run("v:0"))
      3.0
    """
    options: dict[str, Any] = {
        "clear_devices": clear_devices, "import_scope": import_scope, "input_map": input_map, "graph": graph,
        "unbound_inputs_col_name": unbound_inputs_col_name,
        "restore_collections_predicate": restore_collections_predicate}
    if isinstance(meta_graph_or_file, meta_graph_pb2.MetaGraphDef):
        return import_message(meta_graph_or_file, **options)[0]
    message = read_meta_graph(meta_graph_or_file)
    with damage_as_os_error(meta_graph_or_file):
        return import_message(message, **options)[0]


def import_message(message: Any, graph: Graph | None = None, **options: Any) -> tuple[Saver | None, str]:
    """As `import_meta_graph`, for a message; also gives the name scope that was used, without its slash."""
    with (graph or stacks.default_graph()).as_default():
        scope, _ = metagraph_import.import_scoped(message, **options)
        return _saver_of(message, scope), scope


@contextmanager
def damage_as_os_error(path: PathLike) -> Iterator[None]:
    """Names the file whose collections are damaged, or name nodes that are not there, in an `OSError`."""
    try:
        yield
    except (KeyError, DataLossError) as error:
        reason = error.args[0] if error.args else error
        raise OSError(f"Cannot parse file {as_text(path)}: {reason}") from error


def _saver_of(message: Any, scope: str) -> Saver | None:
    if message.HasField("saver_def"):
        return Saver.from_proto(message.saver_def, import_scope=scope or None)
    graph = stacks.default_graph()
    if graph.get_collection(GraphKeys.GLOBAL_VARIABLES) or graph.get_collection(GraphKeys.SAVEABLE_OBJECTS):
        return Saver()
    logs.info("Saver not created because there are no variables in the graph to restore")
    return None
