"""Loading a SavedModel into a session."""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import Any

from google.protobuf import any_pb2
from google.protobuf.message import DecodeError
from tensorboard.compat.proto import meta_graph_pb2

from millpond import logs
from millpond.errors import DataLossError
from millpond.formats.files import PathLike, local_path
from millpond.graph.graph import Graph
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.protos.saved_model import SavedModel
from millpond.public.modules import publish
from millpond.saved_model import constants
from millpond.train.saving.meta_graph import read_message
from millpond.train.saving.meta_graph_import import damage_as_os_error, import_message

publish(__name__)


def maybe_saved_model_directory(export_dir: PathLike) -> bool:
    """Whether a folder has the file of a SavedModel; its content is not looked at."""
    return _file_of(local_path(export_dir)) is not None


def _file_of(export_dir: str) -> str | None:
    for name in (constants.SAVED_MODEL_FILENAME_PB, constants.SAVED_MODEL_FILENAME_PBTXT):
        path = os.path.join(export_dir, name)
        if os.path.isfile(path):
            return path
    return None


def read_saved_model(export_dir: PathLike) -> Any:
    """The `SavedModel` message of a folder.

    Raises:
      OSError: If the folder has none, or it is damaged.
    """
    folder = local_path(export_dir)
    path = _file_of(folder)
    if path is None:
        names = f"{{{constants.SAVED_MODEL_FILENAME_PBTXT}|{constants.SAVED_MODEL_FILENAME_PB}}}"
        raise OSError(f"SavedModel file does not exist at: {os.path.join(folder, names)}")
    return read_message(SavedModel, path)


def load(sess: Any, tags: Iterable[str], export_dir: PathLike, import_scope: str | None = None,
         **import_arguments: Any) -> Any:
    """Adds a graph of a SavedModel to the session's, restores its variables, and runs its main operation.

    Args:
      sess: The session.
      tags: The tags of the graph: all of them, in any order.
      export_dir: The folder of the SavedModel.
      import_scope: Name scope to put the graph in. The message returned has the names without it.
      **import_arguments: As for `tf.train.import_meta_graph`.

    Returns:
      The graph's `MetaGraphDef`, whose `signature_def` names inputs and outputs.

    Raises:
      OSError: If there is no SavedModel, or its message is damaged.
      RuntimeError: If it has no graph of these tags.
      tf.errors.DataLossError: If the values of the variables are damaged.
      tf.errors.NotFoundError, NotImplementedError: If it has ops that are not known or not supported.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     with tf.Graph().as_default(), tf.Session() as sess:
      ...         x = tf.placeholder(tf.float32, [None])
      ...         tf.saved_model.simple_save(sess, folder + "/model", {"x": x}, {"y": x * 3.0})
      ...     with tf.Graph().as_default(), tf.Session() as sess:
      ...         message = tf.saved_model.loader.load(sess, ["serve"], folder + "/model")
      ...         print(list(message.signature_def))
      ['serving_default']
    """
    folder = local_path(export_dir)
    path = _file_of(folder) or folder
    message = _graph_of(read_saved_model(folder), [tags] if isinstance(tags, str) else list(tags), folder)
    with sess.graph.as_default():
        with damage_as_os_error(path):
            saver, scope = import_message(message, import_scope=import_scope, **import_arguments)
        prefix = os.path.join(folder, constants.VARIABLES_DIRECTORY, constants.VARIABLES_FILENAME)
        if saver is not None:
            saver.restore(sess, prefix)
        else:
            logs.info("The specified SavedModel has no variables; no checkpoints were restored.")
        with damage_as_os_error(path):
            main_op, feeds = _main_op(message, scope, sess.graph), _assets(message, scope, folder, sess.graph)
        if main_op is not None:
            sess.run(main_op, feeds)
    return message


def _graph_of(saved_model: Any, tags: list[str], folder: str) -> Any:
    for message in saved_model.meta_graphs:
        if set(message.meta_info_def.tags) == set(tags):
            return message
    available = [set(message.meta_info_def.tags) for message in saved_model.meta_graphs]
    raise RuntimeError(f"MetaGraphDef associated with tags {', '.join(map(repr, tags))} could not be found in "
                       f"SavedModel {folder}, with available tags '{available}'.")


def _scoped(name: str, scope: str) -> str:
    return f"{scope}/{name}" if scope else name


def _main_op(message: Any, scope: str, graph: Graph) -> Operation | None:
    """The operation to run after loading.

    Raises:
      RuntimeError: If there are several.
    """
    for key in (constants.MAIN_OP_KEY, constants.LEGACY_INIT_OP_KEY):
        names = message.collection_def[key].node_list.value if key in message.collection_def else ()
        if len(names) > 1:
            raise RuntimeError(f"Expected exactly one SavedModel init op. Found: {list(names)}")
        if names:
            return graph.get_operation_by_name(_scoped(names[0], scope))
    return None


def _assets(message: Any, scope: str, folder: str, graph: Graph) -> dict[Tensor, str]:
    """The paths of the model's files, by the tensors that take them.

    Raises:
      KeyError: If there is no such tensor.
      DataLossError: If an item is damaged, or a path leads out of the folder for assets.
    """
    files = list(message.asset_file_def)
    if not files and constants.ASSETS_KEY in message.collection_def:
        files = [_asset_file(item) for item in message.collection_def[constants.ASSETS_KEY].any_list.value]
    paths = {}
    for file in files:
        if os.path.basename(file.filename) != file.filename:
            raise DataLossError(None, None, f"{folder}: the asset '{file.filename}' is not the name of a file of the "
                                            "folder for assets.")
        tensor = graph.get_tensor_by_name(_scoped(file.tensor_info.name, scope))
        paths[tensor] = os.path.join(folder, constants.ASSETS_DIRECTORY, file.filename)
    return paths


def _asset_file(item: any_pb2.Any) -> Any:
    try:
        return meta_graph_pb2.AssetFileDef.FromString(item.value)
    except DecodeError as error:
        raise DataLossError(None, None, f"An item of the collection '{constants.ASSETS_KEY}' is no AssetFileDef: "
                                        f"{error}.") from None
