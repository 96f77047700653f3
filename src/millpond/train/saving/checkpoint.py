"""`tf.train.Checkpoint`: saves variables by the objects that hold them, whatever the variables are called.

State of a Checkpoint: its named objects, the variable that counts its saves, and the nodes that it has added to save
and restore them, which are used again as long as the variables stay the same.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from millpond import dtypes
from millpond.formats.files import PathLike, local_path
from millpond.graph import stacks
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import placeholder_with_default
from millpond.train.saving import checkpoint_state, object_graph
from millpond.train.saving.checkpoint_reader import CheckpointReader
from millpond.train.saving.checkpoint_status import (
    CheckpointLoadStatus,
    InitializationOnlyStatus,
    NameBasedSaverStatus,
    RestoreStatus,
)
from millpond.train.saving.saveables import SaveableObject, SaveSpec, saveables_of
from millpond.train.saving.saver_graph import SaverBuilder, check_checkpoint
from millpond.variables.variable import Variable

_COUNTER = "save_counter"


class _SaveNodes(NamedTuple):
    prefix: Tensor
    description: Tensor
    op: Operation


class _RestoreNodes(NamedTuple):
    prefix: Tensor
    op: Operation


class Checkpoint:
    """Objects that are saved and restored together: variables, optimizers, lists, dicts, and other Checkpoints.

    A value is found again by the path of attributes that leads to its variable, not by the variable's name. Objects may
    be added later as attributes.

    Args:
      **kwargs: The objects, by the names of the attributes that they become.

    Raises:
      ValueError: If one of them holds no state.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess, tempfile.TemporaryDirectory() as folder:
      ...     w = tf.Variable([1.0, 2.0])
      ...     checkpoint = tf.train.Checkpoint(weights=w)
      ...     sess.run(w.initializer)
      ...     path = checkpoint.save(folder + "/model", session=sess)
      ...     _ = sess.run(w.assign([0.0, 0.0]))
      ...     checkpoint.restore(path).assert_consumed().run_restore_ops(session=sess)
      ...     print(path.removeprefix(folder), sess.run(w))
      /model-1 [1. 2.]
    """

    _objects: dict[str, Any]
    _save_nodes: dict[Any, Any]
    _restore_nodes: dict[Any, _RestoreNodes]

    def __init__(self, **kwargs: Any) -> None:
        self.__dict__["_objects"] = {}
        self.__dict__["_save_nodes"] = {}
        self.__dict__["_restore_nodes"] = {}
        for name, value in sorted(kwargs.items()):
            if not object_graph.is_trackable(value):
                raise ValueError(f"`Checkpoint` was expecting a trackable object, got {value!r} for {name}: variables, "
                                 "optimizers, lists, tuples and dicts of them, and Checkpoints can be saved.")
            setattr(self, name, value)

    def __setattr__(self, name: str, value: Any) -> None:
        self._objects.pop(name, None)
        if object_graph.is_trackable(value):
            self._objects[name] = value
        super().__setattr__(name, value)

    def __delattr__(self, name: str) -> None:
        self._objects.pop(name, None)
        super().__delattr__(name)

    def _trackable_children(self) -> object_graph.Children:
        return list(self._objects.items())

    @property
    def save_counter(self) -> Variable:
        """The variable that counts the saves, and numbers them."""
        counter = self._objects.get(_COUNTER)
        return self._make_counter() if counter is None else counter

    def _make_counter(self) -> Variable:
        held = (item for item, _ in object_graph.objects_of(self).values() if isinstance(item, Variable))
        graph = next((item.graph for item in held), None) or stacks.default_graph()
        with (graph.as_default(), graph.name_scope(None), graph.control_dependencies(None), graph.device("/cpu:0")):
            counter = Variable(0, trainable=False, name=_COUNTER, dtype=dtypes.int64, use_resource=True)
        self._objects[_COUNTER] = counter
        return counter

    # Saving.

    def write(self, file_prefix: PathLike, session: Any = None) -> str:
        """Saves the objects, without a number in the name and without the state file that names the latest checkpoint.

        Args:
          file_prefix: What the names of the files begin with. The folder is made if it does not exist.
          session: A session in which the variables have values; by default the default session.

        Returns:
          The path for `restore`.

        Raises:
          ValueError: If there is no session, or a variable is of another graph than the session's.
          tf.errors.FailedPreconditionError: If a variable has no value, or the folder cannot be.
        """
        prefix = local_path(file_prefix)
        session = stacks.required_session(session, "save a checkpoint")
        described = object_graph.describe(self)
        nodes = self._nodes_to_save(session.graph, described.variables)
        session.run(nodes.op, {nodes.prefix: prefix, nodes.description: described.message.SerializeToString()})
        return prefix

    def save(self, file_prefix: PathLike, session: Any = None) -> str:
        """Saves the objects under the next number, and names the checkpoint in the state file of its folder.

        Args:
          file_prefix: What the names of the files begin with; `-` and the number follow.
          session: A session in which the variables have values; by default the default session.

        Returns:
          The path for `restore`.

        Raises:
          ValueError: If there is no session, or a variable is of another graph than the session's.
          tf.errors.FailedPreconditionError: If a variable has no value, or the folder cannot be.
        """
        prefix = local_path(file_prefix)
        session = stacks.required_session(session, "save a checkpoint")
        path = self.write(f"{prefix}-{self._count(session)}", session)
        checkpoint_state.write_state(os.path.dirname(prefix), path, [path], None, relative=True)
        return path

    def _count(self, session: Any) -> int:
        """The number of the next checkpoint."""
        if _COUNTER not in self._objects:
            session.run(self.save_counter.initializer)
        key = "count", self.save_counter
        if key not in self._save_nodes:
            with self.save_counter.graph.as_default(), self.save_counter.graph.control_dependencies(None):
                self._save_nodes[key] = self.save_counter.assign_add(1, read_value=True)
        return int(session.run(self._save_nodes[key]))

    def _nodes_to_save(self, graph: Any, variables: dict[str, Variable]) -> _SaveNodes:
        key = graph, tuple(variables.items())
        if key not in self._save_nodes:
            _check_graph(graph, variables)
            with graph.as_default(), graph.control_dependencies(None), graph.name_scope("checkpoint_save"):
                prefix = placeholder_with_default("model", shape=(), name="prefix")
                description = placeholder_with_default("", shape=(), name="objects")
                name = object_graph.OBJECT_GRAPH_KEY
                own = SaveableObject(description, [SaveSpec(description, "", name)], name)
                op = SaverBuilder().save_op(prefix, [own, *saveables_of(variables)])
            self._save_nodes[key] = _SaveNodes(prefix, description, op)
        return self._save_nodes[key]

    # Restoring.

    def restore(self, save_path: PathLike | None) -> RestoreStatus:
        """Finds the values of the objects in a checkpoint. The result reads them, when told to.

        Objects that are added before that are found as well. A checkpoint that `tf.train.Saver` wrote is read by the
        names of the variables.

        Args:
          save_path: What `save`, `write` or `tf.train.latest_checkpoint` returned; None for no checkpoint.

        Returns:
          An object with `run_restore_ops(session)`, `initialize_or_restore(session)`, and `assert_consumed()` and
          others, which say whether all was found.

        Raises:
          tf.errors.NotFoundError: If there is no such checkpoint.
          tf.errors.DataLossError: If it is damaged.
        """
        status: RestoreStatus
        if save_path is None:
            status = InitializationOnlyStatus(self)
        else:
            path = local_path(save_path)
            reader = CheckpointReader(path)
            message = object_graph.read_object_graph(reader, path)
            if message is None:
                status = NameBasedSaverStatus(self, path, reader)
            else:
                status = CheckpointLoadStatus(self, path, message)
        _ = self.save_counter  # so that it is initialized or restored with the others
        return status

    def _restore_values(self, path: str, variables: dict[str, Variable], session: Any) -> None:
        """Gives variables the values that a checkpoint has under their keys; all are checked before one is set."""
        if not variables:
            return
        graph = session.graph
        key = graph, tuple(variables.items())
        if key not in self._restore_nodes:
            _check_graph(graph, variables)
            with graph.as_default(), graph.control_dependencies(None), graph.name_scope("checkpoint_restore"):
                prefix = placeholder_with_default("model", shape=(), name="prefix")
                op = SaverBuilder().restore_op(prefix, saveables_of(variables), False, "restore_all")
            self._restore_nodes[key] = _RestoreNodes(prefix, op)
        nodes = self._restore_nodes[key]
        check_checkpoint(nodes.op, path)
        session.run(nodes.op, {nodes.prefix: path})


def _check_graph(graph: Any, variables: dict[str, Variable]) -> None:
    for key, variable in variables.items():
        if variable.graph is not graph:
            raise ValueError(f"The variable '{variable.op.name}' ({key}) is of another graph than the session's.")
