"""Writing a graph with its collections to a file: `tf.train.export_meta_graph`."""

from __future__ import annotations

import os
from typing import Any

from google.protobuf import text_format

from millpond.formats.files import AtomicFile, PathLike, file_errors
from millpond.graph import metagraph, stacks


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
      strip_default_attrs: Leave out attributes that have their default value.

    Returns:
      The `MetaGraphDef`.

    Raises:
      NotImplementedError: For `export_scope`, `clear_extraneous_savers` and `save_debug_info`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     step = tf.Variable(7, name="step")
      ...     print(sorted(tf.train.export_meta_graph().collection_def))
      ['trainable_variables', 'variables']
    """
    for name, value in (
        ("export_scope", export_scope),
        ("clear_extraneous_savers", clear_extraneous_savers),
        ("save_debug_info", save_debug_info),
    ):
        if value:
            raise NotImplementedError(f"export_meta_graph({name}=...)")
    message = metagraph.create(
        graph or stacks.default_graph(),
        graph_def,
        meta_info_def,
        saver_def,
        collection_list,
        clear_devices,
        strip_default_attrs,
    )
    if filename is not None:
        write_message(message, filename, as_text)
    return message


def write_message(message: Any, filename: PathLike, as_text: bool) -> None:
    """Writes a message to a file, which appears as a whole or not at all."""
    folder = os.path.dirname(os.fspath(filename))
    if folder:
        with file_errors(folder):
            os.makedirs(folder, exist_ok=True)
    data = text_format.MessageToString(message).encode() if as_text else message.SerializeToString()
    with AtomicFile(filename) as file:
        file.write(data)
        file.publish()
