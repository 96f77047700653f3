"""Graphs as files: `tf.train.write_graph`, and `export_meta_graph`, which adds the collections."""

from __future__ import annotations

import os
from typing import Any

from google.protobuf import text_format
from google.protobuf.message import DecodeError
from tensorboard.compat.proto import meta_graph_pb2

from millpond.formats.files import AtomicFile, PathLike, file_errors, local_path, make_folders, open_input
from millpond.graph import metagraph, rewriting, stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.graph import Graph
from millpond.train.sessions import queue_runner  # noqa: F401 - registers how queue runners are written
from millpond.variables import collection_messages  # noqa: F401 - registers how variables are written


def export_meta_graph(
    filename: PathLike | None = None,
    meta_info_def: Any = None,
    graph_def: Any = None,
    saver_def: Any = None,
    collection_list: list[Any] | None = None,
    as_text: bool = False,
    graph: Any = None,
    export_scope: str | None = None,
    clear_devices: bool = False,
    clear_extraneous_savers: bool = False,
    strip_default_attrs: bool = False,
    save_debug_info: bool = False,
) -> Any:
    """Makes a `MetaGraphDef` of a graph, and writes it to a file.

    Args:
      filename: The file; None to write none. Its folder is made if it does not exist.
      meta_info_def: A `MetaInfoDef` with tags and the like.
      graph_def: Nodes in place of those of the graph.
      saver_def: A `SaverDef` to go with it.
      collection_list: Keys of the collections to write; by default all.
      as_text: Whether the file is text.
      graph: The graph; by default the default graph.
      clear_devices: Leave out the devices of nodes.
      export_scope: Write only what is in this name scope, with names as they are inside it. Inputs from outside
        get names that `input_map` must give when the file is imported.
      clear_extraneous_savers: Leave out the nodes of savers other than that of `saver_def`.
      strip_default_attrs: Leave out attributes that have their default value.
      save_debug_info: Must be False.

    Returns:
      The `MetaGraphDef`.

    Raises:
      NotImplementedError: For `save_debug_info`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     step = tf.Variable(7, name="step")
      ...     print(sorted(tf.train.export_meta_graph().collection_def))
      ['trainable_variables', 'variables']
    """
    if save_debug_info:
        raise NotImplementedError("export_meta_graph(save_debug_info=True): a graph keeps no stack traces to write")
    graph = graph or stacks.default_graph()
    if graph_def is None:
        graph_def = graph.as_graph_def(add_shapes=True)
    if clear_extraneous_savers:
        graph_def = rewriting.without_savers(graph_def, saver_def)
    message = metagraph.create(
        graph,
        graph_def,
        meta_info_def,
        saver_def,
        collection_list,
        clear_devices,
        strip_default_attrs,
        export_scope,
    )
    if clear_extraneous_savers:
        _keep_one_saver(message, saver_def)
    if filename is not None:
        write_message(message, filename, as_text)
    return message


def _keep_one_saver(message: Any, saver_def: Any) -> None:
    """Leaves of the collections only the saver that is kept, and no nodes that went with the others."""
    if GraphKeys.SAVERS in message.collection_def:
        del message.collection_def[GraphKeys.SAVERS]
        if saver_def is not None:
            message.collection_def[GraphKeys.SAVERS].bytes_list.value.append(message.saver_def.SerializeToString())
    names = {node.name for node in message.graph_def.node}
    for key, collection in list(message.collection_def.items()):
        if collection.WhichOneof("kind") == "node_list":
            left = [name for name in collection.node_list.value if rewriting.node_of_input(name) in names]
            collection.node_list.value[:] = left
            if not left:
                del message.collection_def[key]


def write_message(message: Any, filename: PathLike, as_text: bool) -> None:
    """Writes a message to a file, which appears as a whole or not at all."""
    folder = os.path.dirname(local_path(filename))
    if folder:
        make_folders(folder)
    data = text_format.MessageToString(message).encode() if as_text else message.SerializeToString()
    with AtomicFile(filename) as file:
        file.write(data)
        file.publish()


def write_graph(graph_or_graph_def: Any, logdir: PathLike, name: str, as_text: bool = True) -> str:
    """Writes a graph as a GraphDef, without its collections. The file appears as a whole or not at all.

    Args:
      graph_or_graph_def: A graph, or a `GraphDef`.
      logdir: The folder; it is made if it does not exist.
      name: Name of the file.
      as_text: Whether the file is text.

    Returns:
      The path of the file.

    Raises:
      tf.errors.OpError: As the file system refuses: `PermissionDeniedError` and others.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tf.Graph().as_default() as graph, tempfile.TemporaryDirectory() as folder:
      ...     c = tf.constant(1.0, name="c")
      ...     path = tf.train.write_graph(graph, folder, "graph.pb", as_text=False)
      ...     with open(path, "rb") as file:
      ...         print([node.name for node in tf.GraphDef.FromString(file.read()).node])
      ['c']
    """
    is_graph = isinstance(graph_or_graph_def, Graph)
    path = os.path.join(local_path(logdir), name)
    write_message(graph_or_graph_def.as_graph_def() if is_graph else graph_or_graph_def, path, as_text)
    return path


def read_meta_graph(filename: PathLike) -> Any:
    """The `MetaGraphDef` in a file, which may be text.

    Raises:
      OSError: If there is no such file, or it holds something else.
    """
    path = local_path(filename)
    if not os.path.exists(path):
        raise OSError(f"File does not exist. Received: {path}.")
    return read_message(meta_graph_pb2.MetaGraphDef, path)


def read_message(kind: Any, path: str) -> Any:
    """A message that a file holds as bytes or as text.

    Raises:
      OSError: If it holds neither.
      tf.errors.OpError: If the file cannot be read.
    """
    with open_input(path) as file, file_errors(path):
        data = file.read()
    try:
        return kind.FromString(data)
    except DecodeError as binary_error:
        try:
            return text_format.Parse(data.decode("utf-8"), kind())
        except (text_format.ParseError, UnicodeDecodeError, RecursionError) as text_error:
            # What protobuf says of text holds the whole line, which may be the whole file.
            raise OSError(f"Cannot parse file {path}: neither bytes ({binary_error}) nor text "
                          f"({str(text_error)[:300]}) of the message {kind.DESCRIPTOR.name}.") from None
