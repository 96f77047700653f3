"""Saver: saves variables to checkpoints and restores them.

State of a Saver: the `SaverDef` that names its nodes, and the checkpoints that it has made and not removed
yet. A checkpoint is written completely before the state file names it, and older ones are removed after that:
a process that is killed leaves the last checkpoint as it was.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from tensorboard.compat.proto import saver_pb2

from millpond import logs
from millpond.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError
from millpond.formats.files import PathLike, can_be_folder, local_path
from millpond.graph import stacks
from millpond.graph.argument_types import TensorLike
from millpond.graph.collections import GraphKeys
from millpond.graph.graph import Graph
from millpond.graph.operation import Operation
from millpond.graph.proto_functions import register_proto_function
from millpond.graph.tensor import Tensor
from millpond.train.saving import checkpoint_state, meta_graph, object_graph, saveables
from millpond.train.saving.checkpoint_reader import CheckpointReader
from millpond.train.saving.saver_graph import SaverBuilder, check_checkpoint, names_by_keys
from millpond.train.schedules.global_step import step_of

_MISSING = (
    "Restoring from checkpoint failed: a variable of the graph is not in the checkpoint, probably because "
    "the graph has changed since. To restore only some variables, or under other names, pass var_list to "
    "tf.train.Saver."
)
_MISFIT = (
    "Restoring from checkpoint failed: a variable of the graph does not match what the checkpoint has, "
    "probably because the graph has changed since."
)


class Saver:
    """Saves the variables of a graph to checkpoints, and restores them.

    Args:
      var_list: Variables, as a list (or another iterable), or as a dict from names in the checkpoint to variables; by
        default all global variables and saveable objects of the graph.
      reshape: Restore values of another shape, if they have as many elements.
      sharded: Let each device save what it has, in a file of its own.
      max_to_keep: How many of the latest checkpoints to keep; 0 or None for all.
      keep_checkpoint_every_n_hours: Keep one checkpoint of every so many hours for good.
      name: Name scope of the nodes; by default `save`.
      restore_sequentially: Accepted; reading comes before any assignment in either case.
      saver_def: A `SaverDef` that names nodes which the graph already has, in place of building them.
      builder: Builds the nodes; by default a `SaverBuilder`.
      defer_build: Build the nodes later, by `build`.
      allow_empty: Allow a graph without variables.
      write_version: `SaverDef.V2`.
      pad_step_number: Write the step in names with eight digits.
      save_relative_paths: Tell paths in the state file relative to it, so that the folder can be moved.
      filename: Default name of the checkpoint, for those who run the nodes themselves.

    Raises:
      ValueError: If there are no variables, or two of one name.
      TypeError: If `var_list` holds something else.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess, tempfile.TemporaryDirectory() as folder:
      ...     v = tf.Variable(1.0, name="v")
      ...     saver = tf.train.Saver()
      ...     sess.run(v.initializer)
      ...     path = saver.save(sess, folder + "/model.ckpt", global_step=7)
      ...     sess.run(v.assign(2.0)).item()
      ...     saver.restore(sess, tf.train.latest_checkpoint(folder))
      ...     path.removeprefix(folder), sess.run(v).item()
      2.0
      ('/model.ckpt-7', 1.0)
    """

    def __init__(
        self,
        var_list: Any = None,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        saver_def: Any = None,
        builder: Any = None,
        defer_build: bool = False,
        allow_empty: bool = False,
        write_version: int = saver_pb2.SaverDef.V2,
        pad_step_number: bool = False,
        save_relative_paths: bool = False,
        filename: str | None = None,
    ) -> None:
        if defer_build and var_list:
            raise ValueError(
                "If `var_list` is provided then build cannot be deferred. Either set defer_build=False or "
                "var_list=None."
            )
        self._var_list = var_list
        self._reshape = reshape
        self._sharded = sharded
        self._max_to_keep = max_to_keep
        self._keep_hours = keep_checkpoint_every_n_hours
        self._name = name
        self._restore_sequentially = restore_sequentially
        self.saver_def = saver_def
        self._builder = builder
        self._allow_empty = allow_empty
        self._write_version = write_version
        self._pad_step_number = pad_step_number
        self._save_relative_paths = save_relative_paths
        self._filename = filename
        self._is_built = self._is_empty = False
        self._last_checkpoints: list[tuple[str, float]] = []
        self._to_be_deleted: list[tuple[str, float]] = []
        if saver_def is not None:
            self._adopt(saver_def)
        if not defer_build:
            self.build()

    def _adopt(self, saver_def: Any) -> None:
        _check_saver_def(saver_def)
        self._max_to_keep, self._keep_hours = saver_def.max_to_keep, saver_def.keep_checkpoint_every_n_hours
        self._write_version = saver_def.version
        self._next_kept = time.time() + self._keep_hours * 3600

    def build(self) -> None:
        """Adds the nodes to the default graph, if that was deferred.

        Raises:
          ValueError: If there are no variables.
        """
        if self._is_built:
            return
        self._is_built = True
        if self.saver_def is not None:
            return
        var_list = self._var_list
        if var_list is None:
            graph = stacks.default_graph()
            var_list = graph.get_collection(GraphKeys.GLOBAL_VARIABLES) + graph.get_collection(
                GraphKeys.SAVEABLE_OBJECTS
            )
        elif not isinstance(var_list, Mapping):
            var_list = saveables.as_list(var_list)
        if not var_list:
            if not self._allow_empty:
                raise ValueError(
                    "No variables to save: make the Saver after the variables, or pass var_list."
                )
            self._is_empty = True
            return
        self.saver_def = (self._builder or SaverBuilder()).build(
            var_list,
            reshape=self._reshape,
            sharded=self._sharded,
            max_to_keep=self._max_to_keep,
            keep_checkpoint_every_n_hours=self._keep_hours,
            name=self._name,
            restore_sequentially=self._restore_sequentially,
            filename=self._filename,
            write_version=self._write_version,
        )
        self._adopt(self.saver_def)

    # As messages.

    def as_saver_def(self) -> Any:
        """The `SaverDef` that names the nodes."""
        return self.saver_def

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The `SaverDef` that names the nodes; with `export_scope`, within that scope (None if outside)."""
        if not export_scope or self.saver_def is None:
            return self.saver_def
        names = {field: getattr(self.saver_def, field) for field in _NODE_FIELDS}
        prefix = f"{export_scope.rstrip('/')}/"
        if not all(name.startswith(prefix) for name in names.values()):
            return None
        scoped = saver_pb2.SaverDef()
        scoped.CopyFrom(self.saver_def)
        for field, name in names.items():
            setattr(scoped, field, name.removeprefix(prefix))
        return scoped

    @staticmethod
    def from_proto(saver_def: Any, import_scope: str | None = None) -> Saver:
        """A Saver of the nodes that a `SaverDef` names, in the name scope `import_scope`."""
        if import_scope:
            scoped = saver_pb2.SaverDef()
            scoped.CopyFrom(saver_def)
            for field in _NODE_FIELDS:
                setattr(scoped, field, f"{import_scope.rstrip('/')}/{getattr(saver_def, field)}")
            saver_def = scoped
        return Saver(saver_def=saver_def, name=import_scope)

    # The checkpoints that were made.

    @property
    def last_checkpoints(self) -> list[str]:
        """Paths of the checkpoints that are kept, oldest first; see `recover_last_checkpoints`."""
        return [path for path, _ in self._last_checkpoints]

    def set_last_checkpoints(self, last_checkpoints: Sequence[str]) -> None:
        """Tells which checkpoints there are, oldest first."""
        if not isinstance(last_checkpoints, list):
            raise TypeError(f"last_checkpoints must be a list, got {type(last_checkpoints).__name__}")
        self._last_checkpoints = [(path, float("inf")) for path in last_checkpoints]

    def set_last_checkpoints_with_time(self, last_checkpoints_with_time: Sequence[tuple[str, float]]) -> None:
        """Tells which checkpoints there are, oldest first, and when they were made."""
        if not isinstance(last_checkpoints_with_time, list):
            raise TypeError(
                f"last_checkpoints_with_time must be a list, got {type(last_checkpoints_with_time).__name__}"
            )
        self._last_checkpoints = [(path, moment) for path, moment in last_checkpoints_with_time]

    def recover_last_checkpoints(self, checkpoint_paths: Sequence[str]) -> None:
        """Takes over checkpoints of an earlier process; those that do not exist any more are left out."""
        there = [path for path in checkpoint_paths if checkpoint_state.checkpoint_exists(path)]
        moments = checkpoint_state.get_checkpoint_mtimes(there)
        self.set_last_checkpoints_with_time(list(zip(there, moments, strict=True)))

    def _record(self, path: str) -> None:
        if not self._max_to_keep or self._max_to_keep <= 0:
            return
        self._last_checkpoints = [entry for entry in self._last_checkpoints if entry[0] != path]
        self._last_checkpoints.append((path, time.time()))
        if len(self._last_checkpoints) > self._max_to_keep:
            self._to_be_deleted.append(self._last_checkpoints.pop(0))

    def _delete_old(self, meta_graph_suffix: str) -> None:
        if not self._to_be_deleted:
            return
        path, moment = self._to_be_deleted.pop(0)
        if moment > self._next_kept:
            self._next_kept += self._keep_hours * 3600
            return
        checkpoint_state.remove_checkpoint(path, self._write_version, meta_graph_suffix)

    # Saving.

    def save(
        self,
        sess: Any,
        save_path: PathLike,
        global_step: TensorLike | None = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> str | None:
        """Saves the variables.

        Args:
          sess: A session in which they have values.
          save_path: What the names of the files begin with. The folder is made if it does not exist.
          global_step: A whole number (or a tensor or variable with it) that is appended to `save_path`.
          latest_filename: Name of the state file; by default `checkpoint`.
          meta_graph_suffix: Ending of the file with the graph.
          write_meta_graph: Whether the graph is written too.
          write_state: Whether the state file is written.
          strip_default_attrs: Whether the graph is written without attributes that have their default value.

        Returns:
          The path for `restore`; None if there are no variables (see `allow_empty`).

        Raises:
          TypeError: If `sess` is no session, or `global_step` no whole number.
          ValueError: If `latest_filename` has a folder, or is the name of the checkpoint (unless `sharded`), or the
            folder of `save_path` cannot be, because a part of it is a file.
          RuntimeError: If the nodes are not built.
          tf.errors.FailedPreconditionError: If a variable has no value.
        """
        self._check_built("save")
        if not hasattr(sess, "run") or not hasattr(sess, "graph"):
            raise TypeError(f"'sess' must be a Session; {sess!r}")
        prefix = local_path(save_path)
        latest_filename = latest_filename or checkpoint_state.STATE_FILE
        if os.path.dirname(latest_filename):
            raise ValueError(f"'latest_filename' must not contain path components: {latest_filename!r}")
        if global_step is not None:
            is_number = isinstance(global_step, (int, np.integer))
            step = int(global_step) if is_number else step_of(sess.run(global_step))
            prefix = f"{prefix}-{step:08d}" if self._pad_step_number else f"{prefix}-{step}"
        elif os.path.basename(prefix) == latest_filename and not self._sharded:
            raise ValueError(
                f"'latest_filename' collides with 'save_path': '{latest_filename}' and '{prefix}'"
            )
        if not os.path.basename(prefix):
            raise ValueError(
                f"'save_path' must end in the name of a checkpoint, such as model.ckpt; got {prefix!r}"
            )
        if not self._is_empty:
            prefix = self._run_save(sess, prefix)
        if write_meta_graph:
            with sess.graph.as_default():
                self.export_meta_graph(
                    checkpoint_state.meta_graph_path(prefix, meta_graph_suffix),
                    strip_default_attrs=strip_default_attrs,
                    save_debug_info=save_debug_info,
                )
        if self._is_empty:
            return None
        if write_state:
            self._record(prefix)
            checkpoint_state.write_state(
                os.path.dirname(prefix),
                prefix,
                self.last_checkpoints,
                latest_filename,
                relative=self._save_relative_paths,
            )
            self._delete_old(meta_graph_suffix)
        return prefix

    def _run_save(self, sess: Any, prefix: str) -> str:
        try:
            saved = sess.run(self._node(sess.graph, "save_tensor_name"),
                             {self._node(sess.graph, "filename_tensor_name"): prefix})
        except (FailedPreconditionError, NotFoundError) as error:
            if not can_be_folder(os.path.dirname(prefix)):
                message = f"Parent directory of {prefix} doesn't exist, can't save. ({error.message})"
                raise ValueError(message) from error
            raise
        return os.fsdecode(saved)

    def export_meta_graph(
        self,
        filename: PathLike | None = None,
        collection_list: list[Any] | None = None,
        as_text: bool = False,
        export_scope: str | None = None,
        clear_devices: bool = False,
        clear_extraneous_savers: bool = False,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> Any:
        """Writes the default graph, with this saver; see `tf.train.export_meta_graph`."""
        return meta_graph.export_meta_graph(
            filename,
            saver_def=self.saver_def,
            collection_list=collection_list,
            as_text=as_text,
            export_scope=export_scope,
            clear_devices=clear_devices,
            clear_extraneous_savers=clear_extraneous_savers,
            strip_default_attrs=strip_default_attrs,
            save_debug_info=save_debug_info,
        )

    # Restoring.

    def restore(self, sess: Any, save_path: PathLike) -> None:
        """Gives the variables the values that a checkpoint has. They need no initialization before.

        In a checkpoint that `tf.train.Checkpoint` wrote, the variables are looked for by the names that they had then.

        Everything is read and checked before anything is assigned: if it fails, no variable has changed.

        Args:
          sess: The session.
          save_path: What `save` or `tf.train.latest_checkpoint` returned.

        Raises:
          ValueError: If there is no such checkpoint, or the graph does not have the saver's nodes.
          tf.errors.NotFoundError: If a variable is not in it.
          tf.errors.InvalidArgumentError: If a variable has another shape or dtype in it.
          tf.errors.DataLossError: If it is damaged.
        """
        if self._is_empty:
            return
        self._check_built("restore")
        if save_path is None:
            raise ValueError("Can't load save_path when it is None.")
        prefix = local_path(save_path)
        if not checkpoint_state.checkpoint_exists(prefix):
            raise ValueError(f"The passed save_path is not a valid checkpoint: {prefix}")
        logs.info("Restoring parameters from %s", prefix)
        try:
            restore_op = self._node(sess.graph, "restore_op_name")
            filename = self._node(sess.graph, "filename_tensor_name")
            sess.run(restore_op, {filename: prefix, **_checked_names(restore_op, prefix)})
        except (NotFoundError, InvalidArgumentError) as error:
            what = _MISSING if isinstance(error, NotFoundError) else _MISFIT
            raise type(error)(error.node_def, error.op, f"{what} {error.message}") from None

    def _node(self, graph: Graph, field: str) -> Any:
        """The operation or tensor of a graph that the `SaverDef` names.

        Raises:
          ValueError: If there is none of that name, or it is the one where the other is due.
        """
        name = getattr(self.saver_def, field)
        is_op = field == "restore_op_name"
        try:
            return graph.as_graph_element(name, allow_tensor=not is_op, allow_operation=is_op)
        except (KeyError, ValueError) as error:
            raise ValueError(f"The {field} '{name}' of the saver is not in the graph: {error.args[0]}") from None

    def _check_built(self, method: str) -> None:
        if not self._is_built and self.saver_def is None:
            raise RuntimeError(f"`build()` should be called before {method} if defer_build==True")


_NODE_FIELDS = ("filename_tensor_name", "save_tensor_name", "restore_op_name")


def _check_saver_def(saver_def: Any) -> None:
    if not isinstance(saver_def, saver_pb2.SaverDef):
        raise ValueError(f"saver_def must be a saver_pb2.SaverDef: {saver_def!r}")
    for field in ("save_tensor_name", "restore_op_name"):
        if not getattr(saver_def, field):
            raise ValueError(f"saver_def must specify the {field}: {saver_def}")


def _checked_names(restore_op: Operation, prefix: str) -> dict[Tensor, list[str]]:
    """Checks that a checkpoint has what will be restored; gives other names to feed, if it is one of objects."""
    try:
        check_checkpoint(restore_op, prefix)
    except NotFoundError:
        keys = object_graph.names_to_keys(CheckpointReader(prefix), prefix)
        if not keys:
            raise
        check_checkpoint(restore_op, prefix, keys)
        logs.warning("%s is a checkpoint of objects: its variables are restored by the names that they had when it was "
                     "written. Restore it with tf.train.Checkpoint.", prefix)
        return names_by_keys(restore_op, keys)
    return {}


def _to_proto(saver: Saver, export_scope: str | None = None) -> Any:
    return saver.to_proto(export_scope=export_scope)


register_proto_function(GraphKeys.SAVERS, saver_pb2.SaverDef, _to_proto, Saver.from_proto)
