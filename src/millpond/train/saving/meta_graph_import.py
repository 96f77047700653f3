"""Reading a graph with its collections back: `tf.train.import_meta_graph`."""

from __future__ import annotations

from typing import Any

from tensorboard.compat.proto import meta_graph_pb2

from millpond import logs
from millpond.formats.files import PathLike
from millpond.graph import metagraph_import, stacks
from millpond.graph.collections import GraphKeys
from millpond.ops.strings import string_regex  # noqa: F401 - the savers of TensorFlow's SavedModels look for s3:// by it
from millpond.train.saving.meta_graph import read_meta_graph
from millpond.train.saving.saver import Saver


def import_meta_graph(meta_graph_or_file: Any | PathLike, clear_devices: bool = False, import_scope: str | None = None,
                      input_map: Any = None, **saver_arguments: Any) -> Saver | None:
    """Adds a graph that was exported with its collections to the default graph.

    Args:
      meta_graph_or_file: A `MetaGraphDef`, or the name of a file with one, such as `model.ckpt-7.meta`.
      clear_devices: Forget the devices of the nodes.
      import_scope: Name scope to put everything in; made unique.
      input_map: As for `tf.import_graph_def`.
      **saver_arguments: For the Saver, where the MetaGraphDef does not say what saver it had.

    Returns:
      A Saver that restores the variables; None if there are none.

    Raises:
      OSError: If there is no such file.
      tf.errors.DataLossError: If it is damaged.
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
    is_message = isinstance(meta_graph_or_file, meta_graph_pb2.MetaGraphDef)
    message = meta_graph_or_file if is_message else read_meta_graph(meta_graph_or_file)
    return import_message(message, clear_devices, import_scope, input_map, **saver_arguments)[0]


def import_message(message: Any, clear_devices: bool = False, import_scope: str | None = None, input_map: Any = None,
                   **saver_arguments: Any) -> tuple[Saver | None, str]:
    """As `import_meta_graph`, for a message; also gives the name scope that was used, without its slash."""
    scope, _ = metagraph_import.import_scoped(message, clear_devices, None, import_scope, input_map)
    return _saver_of(message, scope, saver_arguments), scope


def _saver_of(message: Any, scope: str, saver_arguments: dict[str, Any]) -> Saver | None:
    if message.HasField("saver_def"):
        return Saver.from_proto(message.saver_def, import_scope=scope or None)
    graph = stacks.default_graph()
    if graph.get_collection(GraphKeys.GLOBAL_VARIABLES) or graph.get_collection(GraphKeys.SAVEABLE_OBJECTS):
        return Saver(**saver_arguments)
    logs.info("Saver not created because there are no variables in the graph to restore")
    return None
