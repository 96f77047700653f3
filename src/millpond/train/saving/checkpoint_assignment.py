"""Assigning what a checkpoint has to variables of a running session: `tf.contrib.framework.assign_from_checkpoint`."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from millpond import logs
from millpond.formats.files import PathLike, as_text
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import group, placeholder
from millpond.train.saving.checkpoint_reader import CheckpointReader
from millpond.train.saving.saveables import as_list
from millpond.train.saving.saver import Saver
from millpond.variables.partitioning import PartitionedVariable


def assign_from_checkpoint(
    model_path: PathLike, var_list: Any, ignore_missing_vars: bool = False
) -> tuple[Operation, dict[Tensor, Any]]:
    """An operation that gives variables the values that a checkpoint has, and the values, to be fed to it.

    The values are read at once. Those of another shape are reshaped, if they have as many elements.

    Args:
      model_path: What `tf.train.Saver.save` returned.
      var_list: Variables, or a dict from names in the checkpoint to variables (partitioned ones, too).
      ignore_missing_vars: Leave out variables that the checkpoint does not have, with a warning.

    Returns:
      `(assign_op, feed_dict)`, for `session.run(assign_op, feed_dict)`.

    Raises:
      ValueError: If a variable is not in the checkpoint, or of another number of elements.
      tf.errors.NotFoundError: If there is no such checkpoint.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> folder = tempfile.TemporaryDirectory()
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([1.0, 2.0], name="v")
      ...     sess.run(v.initializer)
      ...     path = tf.train.Saver().save(sess, folder.name + "/model.ckpt")
      ...     _ = sess.run(v.assign([0.0, 0.0]))
      ...     assign, feed = tf.contrib.framework.assign_from_checkpoint(path, [v])
      ...     sess.run(assign, feed)
      ...     print(sess.run(v))
      [1. 2.]
      >>> folder.cleanup()
    """
    reader = CheckpointReader(model_path)
    operations: list[Any] = []
    values: dict[Tensor, Any] = {}
    for name, variables in _by_name(var_list).items():
        if not reader.has_tensor(name):
            message = f"Checkpoint is missing variable [{name}]"
            if not ignore_missing_vars:
                raise ValueError(f"{message} ({as_text(model_path)}). Pass ignore_missing_vars=True to leave it out.")
            logs.warning(message)
            continue
        value = np.asarray(reader.get_tensor(name))
        for variable in variables:
            part = _part_for(variable, value, name, whole=len(variables) == 1)
            fed = placeholder(variable.dtype.base_dtype, variable.shape, name=f"placeholder/{variable.op.name}")
            values[fed] = part
            operations.append(variable.assign(fed))
    return group(*operations), values


def _by_name(var_list: Any) -> dict[str, list[Any]]:
    """Variables, or the parts of partitioned ones, by name in the checkpoint."""
    if isinstance(var_list, Mapping):
        return {name: list(item) if isinstance(item, (list, tuple, PartitionedVariable)) else [item]
                for name, item in var_list.items()}
    found: dict[str, list[Any]] = {}
    for item in var_list:
        for variable in item if isinstance(item, PartitionedVariable) else [item]:
            info = variable._save_slice_info
            found.setdefault(variable.op.name if info is None else info.full_name, []).append(variable)
    return found


def _part_for(variable: Any, value: np.ndarray, name: str, whole: bool) -> np.ndarray:
    """What a variable gets of a stored value: a slice if it is a part, else all of it, in its shape."""
    info = variable._save_slice_info
    if info is not None and not (whole and list(value.shape) == variable.shape.as_list()):
        if list(info.full_shape) != list(value.shape):
            raise ValueError(f"Variable {name} is partitioned from the shape {list(info.full_shape)}, but the "
                             f"checkpoint has the shape {list(value.shape)}.")
        return value[tuple(slice(start, start + size)
                           for start, size in zip(info.var_offset, info.var_shape, strict=True))]
    shape = variable.shape.as_list()
    if math.prod(shape) != value.size:
        raise ValueError(f"Total size of new array must be unchanged for {name} lh_shape: [{list(value.shape)}], "
                         f"rh_shape: [{shape}]")
    return value.reshape(shape)


def assign_from_checkpoint_fn(
    model_path: PathLike, var_list: Any, ignore_missing_vars: bool = False, reshape_variables: bool = False
) -> Callable[[Any], None] | None:
    """A function that takes a session and gives variables the values that a checkpoint has.

    Args:
      model_path: What `tf.train.Saver.save` returned.
      var_list: Variables, or a dict from names in the checkpoint to variables.
      ignore_missing_vars: Leave out variables that the checkpoint does not have, with a warning.
      reshape_variables: Reshape values of another shape, if they have as many elements.

    Returns:
      The function; None (and a warning) if no variables are left.

    Raises:
      ValueError: If `var_list` is empty.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess, tempfile.TemporaryDirectory() as folder:
      ...     v = tf.Variable(3.0, name="v")
      ...     sess.run(v.initializer)
      ...     path = tf.train.Saver().save(sess, folder + "/model.ckpt")
      ...     init = assign_from_checkpoint_fn(path, {"v": v, "w": v}, ignore_missing_vars=True)
      ...     sess.run(v.assign(0.0).op)
      ...     init(sess)
      ...     print(sess.run(v))
      3.0
    """
    if not isinstance(var_list, Mapping):
        var_list = as_list(var_list)
    if not var_list:
        raise ValueError("var_list cannot be empty")
    if ignore_missing_vars:
        var_list = _without_missing(CheckpointReader(model_path), model_path, var_list)
    if not var_list:
        logs.warning("No Variables to restore")
        return None
    saver = Saver(var_list, reshape=reshape_variables)

    def restore(session: Any) -> None:
        saver.restore(session, model_path)

    return restore


def _without_missing(reader: CheckpointReader, model_path: PathLike, var_list: Any) -> dict[str, Any]:
    found = dict(var_list) if isinstance(var_list, Mapping) else {
        name: variables if variables[0]._save_slice_info is not None else variables[0]
        for name, variables in _by_name(var_list).items()}
    for name in [name for name in found if not reader.has_tensor(name)]:
        logs.warning("Variable %s missing in checkpoint %s", name, model_path)
        del found[name]
    return found
