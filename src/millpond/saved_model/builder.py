"""Writing a SavedModel: graphs with signatures, the variables' values, and other files that the graphs read.

    saved_model.pb (or .pbtxt)     a SavedModel message: a MetaGraphDef for each set of tags
    variables/variables.*          a checkpoint, shared by all of them
    assets/                        files that the graphs read, by their base names
"""

from __future__ import annotations

import filecmp
import os
import shutil
from collections.abc import Iterable, Mapping
from typing import Any

from google.protobuf import any_pb2
from tensorboard.compat.proto import meta_graph_pb2, types_pb2

from millpond import logs
from millpond.errors import NotFoundError
from millpond.formats import filesystem
from millpond.formats.files import PathLike, file_errors, local_path, make_folders
from millpond.graph import stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.operation import Operation
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.protos.saved_model import SavedModel
from millpond.public.modules import publish
from millpond.saved_model import constants, signature_constants, tag_constants
from millpond.saved_model.signature_def import predict_signature_def
from millpond.train.saving.meta_graph import write_message
from millpond.train.saving.saver import Saver

publish(__name__)

# The name that TensorFlow gives this message, which its readers look for.
_ASSET_FILE_TYPE = "type.googleapis.com/tensorflow.AssetFileDef"


# Under these, later versions keep operations as signatures.
_RESERVED_KEYS = frozenset({"__saved_model_init_op", "__saved_model_train_op"})


class SavedModelBuilder:
    """Writes a SavedModel.

    Args:
      export_dir: The folder; it must not exist, or be empty.

    Raises:
      AssertionError: If there is something in it.
      tf.errors.NotFoundError, FailedPreconditionError: If it is a file, or lies below one.

    Example:
      >>> import os, tempfile
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess, tempfile.TemporaryDirectory() as folder:
      ...     v = tf.Variable(1.0, name="v")
      ...     sess.run(v.initializer)
      ...     builder = tf.saved_model.builder.SavedModelBuilder(folder + "/model")
      ...     builder.add_meta_graph_and_variables(sess, [tf.saved_model.tag_constants.SERVING])
      ...     path = builder.save()
      ...     sorted(os.listdir(folder + "/model"))
      ['saved_model.pb', 'variables']
    """

    def __init__(self, export_dir: PathLike) -> None:
        self._export_dir = local_path(export_dir)
        if os.path.exists(self._export_dir) and filesystem.list_directory(self._export_dir):
            raise AssertionError(f"Export directory {self._export_dir} already exists, and isn't empty. Please choose "
                                 "a different export directory, or delete all the contents of the specified directory.")
        make_folders(self._export_dir)
        self._saved_model = SavedModel(saved_model_schema_version=constants.SAVED_MODEL_SCHEMA_VERSION)
        self._has_saved_variables = False

    def add_meta_graph_and_variables(self, sess: Any, tags: Iterable[str],
                                     signature_def_map: Mapping[str, Any] | None = None,
                                     assets_collection: Any = None, legacy_init_op: Any = None,
                                     clear_devices: bool = False, main_op: Any = None,
                                     strip_default_attrs: bool = False, saver: Saver | None = None) -> None:
        """Adds the default graph, and writes the values of its variables. Comes first, and only once.

        Args:
          sess: A session in which the variables have values.
          tags: Tags by which a loader asks for the graph.
          signature_def_map: `SignatureDef` messages by key.
          assets_collection: String tensors (constants) with the paths of files that the graph reads; they are copied.
          legacy_init_op: Old name of `main_op`.
          clear_devices: Leave out the devices of nodes.
          main_op: An operation to run when the model has been loaded.
          strip_default_attrs: Leave out attributes that have their default value.
          saver: Saves the variables; by default one of all variables.

        Raises:
          AssertionError: If variables have been written before, or a tensor of a signature lacks its name or dtype.
          KeyError: If the key of a signature is reserved.
          ValueError: If the graph has a main operation already, and one is given.
          tf.errors.FailedPreconditionError: If a variable has no value.
        """
        if self._has_saved_variables:
            raise AssertionError("Graph state including variables and assets has already been saved. Please invoke "
                                 "`add_meta_graph()` instead.")
        _check_signatures(signature_def_map)
        graph = stacks.default_graph()
        assets = self._copy_assets(graph, assets_collection)
        _add_main_op(graph, legacy_init_op, main_op)
        saver = saver or _make_saver()
        folder = os.path.join(self._export_dir, constants.VARIABLES_DIRECTORY)
        saver.save(sess, os.path.join(folder, constants.VARIABLES_FILENAME), write_meta_graph=False, write_state=False)
        self._add(saver, tags, signature_def_map, assets, clear_devices, strip_default_attrs)
        self._has_saved_variables = True

    def add_meta_graph(self, tags: Iterable[str], signature_def_map: Mapping[str, Any] | None = None,
                       assets_collection: Any = None, legacy_init_op: Any = None, clear_devices: bool = False,
                       main_op: Any = None, strip_default_attrs: bool = False, saver: Saver | None = None) -> None:
        """Adds the default graph under other tags; it takes the values of the variables that were written before.

        Raises:
          AssertionError: If none were written, or a tensor of a signature lacks its name or dtype.
          KeyError: If the key of a signature is reserved.
          ValueError: If the graph has a main operation already, and one is given.
        """
        if not self._has_saved_variables:
            raise AssertionError("Graph state including variables and assets has not been saved yet. Please invoke "
                                 "`add_meta_graph_and_variables()` first.")
        _check_signatures(signature_def_map)
        graph = stacks.default_graph()
        assets = self._copy_assets(graph, assets_collection)
        _add_main_op(graph, legacy_init_op, main_op)
        self._add(saver or _make_saver(), tags, signature_def_map, assets, clear_devices, strip_default_attrs)

    def _add_train_op(self, train_op: Any) -> None:
        """Marks the operation that trains the default graph, for estimators; None for a graph that is not trained."""
        if train_op is None:
            return
        if not isinstance(train_op, (Tensor, Operation)):
            raise TypeError(f"train_op needs to be a Tensor or Op: {train_op!r}")
        stacks.default_graph().add_to_collection(constants.TRAIN_OP_KEY, train_op)

    def save(self, as_text: bool = False) -> bytes:
        """Writes what was added; returns the path of the file, as bytes."""
        name = constants.SAVED_MODEL_FILENAME_PBTXT if as_text else constants.SAVED_MODEL_FILENAME_PB
        path = os.path.join(self._export_dir, name)
        write_message(self._saved_model, path, as_text)
        logs.info("SavedModel written to: %s", path)
        return os.fsencode(path)

    def _add(self, saver: Saver, tags: Iterable[str], signature_def_map: Mapping[str, Any] | None,
             assets: Mapping[str, str], clear_devices: bool, strip_default_attrs: bool) -> None:
        message = saver.export_meta_graph(clear_devices=clear_devices, strip_default_attrs=strip_default_attrs)
        message.meta_info_def.tags.extend([tags] if isinstance(tags, str) else tags)
        for key, signature in (signature_def_map or {}).items():
            message.signature_def[key].CopyFrom(signature)
        for tensor_name, file_name in assets.items():
            message.asset_file_def.append(_asset_file(tensor_name, file_name))
        self._saved_model.meta_graphs.append(message)

    def _copy_assets(self, graph: Any, assets_collection: Any) -> dict[str, str]:
        """Copies files to the folder for assets; gives their names there, by tensor."""
        sources = [(_asset_path(tensor), tensor.name) for tensor in assets_collection or ()]
        by_tensor = {}
        for source, tensor_name in sources:
            by_tensor[tensor_name] = self._copy_asset(source)
            item = any_pb2.Any(type_url=_ASSET_FILE_TYPE,
                               value=_asset_file(tensor_name, by_tensor[tensor_name]).SerializeToString())
            graph.add_to_collection(constants.ASSETS_KEY, item)
        return by_tensor

    def _copy_asset(self, source: str) -> str:
        """Copies a file, unless it is there already; gives its base name, with `_1`, `_2`, ... beside other files."""
        folder = os.path.join(self._export_dir, constants.ASSETS_DIRECTORY)
        make_folders(folder)
        name = candidate = os.path.basename(source)
        count = 0
        with file_errors(source):
            while os.path.exists(target := os.path.join(folder, candidate)):
                if filecmp.cmp(target, source, shallow=False):
                    return candidate
                count += 1
                candidate = f"{name}_{count}"
            shutil.copyfile(source, target)
        return candidate


def _make_saver() -> Saver:
    graph = stacks.default_graph()
    saveables = graph.get_collection(GraphKeys.GLOBAL_VARIABLES) + graph.get_collection(GraphKeys.SAVEABLE_OBJECTS)
    return Saver(saveables, sharded=True, allow_empty=True)


def _check_signatures(signature_def_map: Mapping[str, Any] | None) -> None:
    for key, signature in (signature_def_map or {}).items():
        if not isinstance(signature, meta_graph_pb2.SignatureDef):
            raise TypeError(f"signature_def_map[{key!r}] must be a SignatureDef, got {type(signature).__name__}: see "
                            "tf.saved_model.signature_def_utils")
        for name, info in [*signature.inputs.items(), *signature.outputs.items()]:
            missing = "one of the 'encoding' fields (e.g., name or coo_sparse)" if info.WhichOneof("encoding") is None \
                else "the dtype field" if info.dtype == types_pb2.DT_INVALID else None
            if missing is not None:
                raise AssertionError(f"Invalid `tensor_info` '{name}' of the signature '{key}': {info}. All TensorInfo "
                                     f"protos used in the SignatureDefs must have {missing} set.")
    for key in _RESERVED_KEYS & set(signature_def_map or ()):
        raise KeyError(f'SignatureDef map key "{key}" is reserved. Please use a different key.')


def _add_main_op(graph: Any, legacy_init_op: Any, main_op: Any) -> None:
    op = main_op if main_op is not None else legacy_init_op
    if op is None:
        return
    if not isinstance(op, Operation):
        raise TypeError(f"Expected main_op to be an Operation, but got {type(op).__name__}: {op!r}")
    for key in (constants.MAIN_OP_KEY, constants.LEGACY_INIT_OP_KEY):
        if graph.get_collection(key):
            raise ValueError(f"Graph already contains one or more main ops under the collection {key}.")
    graph.add_to_collection(constants.MAIN_OP_KEY, op)


def _asset_file(tensor_name: str, file_name: str) -> Any:
    return meta_graph_pb2.AssetFileDef(tensor_info=meta_graph_pb2.TensorInfo(name=tensor_name), filename=file_name)


def _asset_path(tensor: Any) -> str:
    value = constant_value(tensor) if isinstance(tensor, Tensor) else None
    if value is None or value.size != 1 or not isinstance(value.ravel()[0], bytes):
        raise TypeError(f"Asset filepath must be a tf.constant of one string, got {tensor!r}")
    path = os.fsdecode(value.ravel()[0])
    if not path:
        raise ValueError(f"Asset filepath tensor {tensor!r} is invalid: it is empty.")
    if not os.path.isfile(path):
        raise NotFoundError(None, None, f"{path}; the file of the asset '{tensor.name}' does not exist")
    return path


def simple_save(session: Any, export_dir: PathLike, inputs: Mapping[str, Any], outputs: Mapping[str, Any],
                legacy_init_op: Any = None) -> None:
    """Writes a graph and its variables as a SavedModel for serving: tag `serve`, signature `serving_default`.

    Args:
      session: A session in which the variables have values.
      export_dir: The folder; it must not exist, or be empty.
      inputs, outputs: Tensors by name.
      legacy_init_op: An operation to run when the model has been loaded.

    Raises:
      ValueError: If there are no inputs or no outputs.
      AssertionError: If the folder exists and is not empty.
      tf.errors.FailedPreconditionError: If a variable has no value.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     with tf.Graph().as_default(), tf.Session() as sess:
      ...         x = tf.placeholder(tf.float32, [None])
      ...         v = tf.Variable(3.0)
      ...         sess.run(v.initializer)
      ...         tf.saved_model.simple_save(sess, folder + "/model", {"x": x}, {"y": x * v})
      ...     with tf.Graph().as_default(), tf.Session() as sess:
      ...         message = tf.saved_model.loader.load(sess, ["serve"], folder + "/model")
      ...         signature = message.signature_def["serving_default"]
      ...         print(sess.run(signature.outputs["y"].name, {signature.inputs["x"].name: [1.0, 2.0]}))
      [3. 6.]
    """
    signatures = {signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: predict_signature_def(inputs, outputs)}
    builder = SavedModelBuilder(export_dir)
    builder.add_meta_graph_and_variables(
        session, [tag_constants.SERVING], signature_def_map=signatures, legacy_init_op=legacy_init_op,
        assets_collection=stacks.default_graph().get_collection(GraphKeys.ASSET_FILEPATHS), clear_devices=True)
    builder.save()
