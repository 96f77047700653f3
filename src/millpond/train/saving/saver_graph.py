"""The nodes of a Saver: those of TensorFlow, so that a graph is saved and restored by either of the two.

    filename <- placeholder with default
    SaveV2(filename, names, slices, variables...) -> control_dependency (the filename, when all is saved)
    RestoreV2(filename, names, slices) -> Assign, Assign_1, ... -> restore_all

With `sharded`, there is a SaveV2 for each device, which writes a checkpoint of its own beside the final one,
and MergeV2Checkpoints, which makes one of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tensorboard.compat.proto import saver_pb2

from millpond.formats.checkpoint import open_checkpoint
from millpond.graph import stacks
from millpond.graph.devices import DeviceSpec
from millpond.graph.opdef import lookup
from millpond.graph.operation import Operation
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant
from millpond.ops.array.identity import group, identity, placeholder_with_default
from millpond.ops.io import io_ops
from millpond.ops.io.io_ops import check_stored, texts_of
from millpond.ops.scoping import name_scope
from millpond.ops.strings.string_join import STRING_JOIN
from millpond.train.saving import saveables as saveable_objects
from millpond.train.saving.saveables import SaveableObject

# Where the shards are written before they are merged, behind the name of the checkpoint.
_SHARD_SUFFIX = "_temp/part"


class SaverBuilder:
    """Adds the nodes of a Saver to the default graph; subclasses may save or restore in another way."""

    def build(
        self,
        names_to_saveables: Any,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        filename: str | None = None,
        write_version: int = saver_pb2.SaverDef.V2,
    ) -> Any:
        """Adds the nodes.

        Args:
          names_to_saveables: The `var_list`.
          reshape: Whether values of another shape are restored, if they have as many elements.
          sharded: Whether each device saves what it has.
          max_to_keep, keep_checkpoint_every_n_hours: Written into the result.
          name: Name scope of the nodes; by default `save`.
          restore_sequentially: Has no effect: everything is read (and checked) before anything is assigned.
          filename: Default of the placeholder for the name.
          write_version: Of the format.

        Returns:
          A `SaverDef`, which names the nodes.
        """
        if write_version != saver_pb2.SaverDef.V2:
            raise NotImplementedError(
                "Saver(write_version=V1): old checkpoints are read, but new ones are written in "
                "the V2 format only"
            )
        saveables = saveable_objects.saveables_of(names_to_saveables)
        with name_scope(name, "save", [saveable.op for saveable in saveables]):
            given = placeholder_with_default(filename or "model", shape=(), name="filename")
            prefix = placeholder_with_default(given, shape=(), name="Const")
            if sharded:
                by_device = group_by_device(saveables)
                save_tensor = self._add_sharded_save(prefix, by_device)
                restore_op = self._add_sharded_restore(prefix, by_device, reshape)
            else:
                save_tensor = self._add_save(prefix, saveables)
                restore_op = self.restore_op(prefix, saveables, reshape, "restore_all")
        return saver_pb2.SaverDef(
            filename_tensor_name=prefix.name,
            save_tensor_name=save_tensor.name,
            restore_op_name=restore_op.name,
            max_to_keep=max_to_keep or 0,
            sharded=sharded,
            keep_checkpoint_every_n_hours=keep_checkpoint_every_n_hours,
            version=write_version,
        )

    def save_op(self, prefix: Tensor, saveables: list[SaveableObject]) -> Operation:
        """An operation that saves `saveables` to a checkpoint."""
        specs = [spec for saveable in saveables for spec in saveable.specs]
        return io_ops.SAVE_V2(
            prefix,
            [spec.name for spec in specs],
            [spec.slice_spec for spec in specs],
            [spec.tensor for spec in specs],
        )

    def bulk_restore(self, prefix: Tensor, saveables: list[SaveableObject]) -> list[Tensor]:
        """Tensors with what a checkpoint has for all specs of `saveables`."""
        specs = [spec for saveable in saveables for spec in saveable.specs]
        with stacks.default_graph().device("/device:CPU:0"):
            return io_ops.RESTORE_V2(
                prefix,
                [spec.name for spec in specs],
                [spec.slice_spec for spec in specs],
                dtypes=[spec.dtype.base_dtype for spec in specs],
            )

    def _add_save(self, prefix: Tensor, saveables: list[SaveableObject]) -> Tensor:
        return _after([self.save_op(prefix, saveables)], prefix)

    def restore_op(
        self, prefix: Tensor, saveables: list[SaveableObject], reshape: bool, name: str
    ) -> Operation:
        """An operation of this name that restores `saveables` from a checkpoint, reshaping what it has if asked to."""
        values = self.bulk_restore(prefix, saveables)
        operations = []
        for saveable in saveables:
            own, values = values[: len(saveable.specs)], values[len(saveable.specs) :]
            operations.append(saveable.restore(own, _shapes_of(saveable) if reshape else None))
        return group(*operations, name=name)

    def _add_sharded_save(self, prefix: Tensor, by_device: list[tuple[str, list[SaveableObject]]]) -> Tensor:
        graph = stacks.default_graph()
        with graph.device("/device:CPU:*"):
            temporary = STRING_JOIN([prefix, _SHARD_SUFFIX])
        count = constant(len(by_device), name="num_shards")
        shards, saved = [], []
        for number, (device, saveables) in enumerate(by_device):
            with graph.device(_cpu_of(device)):
                shards.append(io_ops.SHARDED_FILENAME(temporary, number, count))
                saved.append(self._add_save(shards[-1], saveables))
        with (
            graph.device(_cpu_of(by_device[-1][0])),
            graph.control_dependencies([tensor.op for tensor in saved]),
        ):
            merged = io_ops.MERGE_V2_CHECKPOINTS(shards, prefix)
            with graph.control_dependencies([merged]):
                return identity(prefix)

    def _add_sharded_restore(
        self, prefix: Tensor, by_device: list[tuple[str, list[SaveableObject]]], reshape: bool
    ) -> Operation:
        graph = stacks.default_graph()
        operations = []
        for device, saveables in by_device:
            with graph.device(device):
                operations.append(self.restore_op(prefix, saveables, reshape, "restore_shard"))
        return group(*operations, name="restore_all")


def _after(operations: list[Operation], tensor: Tensor) -> Tensor:
    """The tensor, once the operations have run."""
    graph = tensor.graph
    with (
        graph.name_scope("control_dependency") as scope,
        graph.colocate_with(tensor.op),
        graph.control_dependencies(operations),
    ):
        return identity(tensor, name=scope)


def _shapes_of(saveable: SaveableObject) -> list[Any]:
    shapes = []
    for spec in saveable.specs:
        tensor = spec.tensor
        known = tensor.shape.is_fully_defined()
        shapes.append(tensor.shape.as_list() if known else lookup("Shape")(tensor))
    return shapes


def group_by_device(saveables: list[SaveableObject]) -> list[tuple[str, list[SaveableObject]]]:
    """The saveables of each device, sorted by its name.

    Raises:
      ValueError: If the tensors of one saveable lie on several devices.
    """
    groups: dict[str, list[SaveableObject]] = {}
    for saveable in saveables:
        devices = {spec.device for spec in saveable.specs}
        if len(devices) > 1:
            raise ValueError(
                f"specs of {saveable.name} must all be on the same device, got {sorted(devices)}"
            )
        groups.setdefault(devices.pop(), []).append(saveable)
    return sorted(groups.items())


def _cpu_of(device: str) -> str:
    """The first CPU of the task that a device belongs to."""
    spec = DeviceSpec.from_string(device)
    return DeviceSpec(
        job=spec.job, replica=spec.replica, task=spec.task, device_type="CPU", device_index=0
    ).to_string()


def restore_nodes(restore_op: Operation) -> list[Operation]:
    """The RestoreV2 operations that a restore operation waits for."""
    found, seen, waiting = [], {restore_op}, [restore_op]
    while waiting:
        op = waiting.pop()
        if op.type == "RestoreV2":
            found.append(op)
        for before in [*op.control_inputs, *(tensor.op for tensor in op.inputs)]:
            if before not in seen:
                seen.add(before)
                waiting.append(before)
    return found


def shapes_assigned(value: Tensor) -> list[list[Any]]:
    """The shapes of the variables that a restored value is assigned to, as far as they are fixed."""
    found = []
    for op in value.consumers():
        if op.type == "Assign" and op.attributes["validate_shape"]:
            found.append(op.inputs[0].shape)
        elif op.type == "Identity":
            found += [
                after.inputs[0].op.attributes["shape"]
                for after in op.outputs[0].consumers()
                if after.type == "AssignVariableOp" and "shape" in after.inputs[0].op.attributes
            ]
    return [shape.as_list() for shape in found if shape.is_fully_defined()]


def check_checkpoint(restore_op: Operation, prefix: str, keys: Mapping[str, str] | None = None) -> None:
    """Checks names, dtypes and shapes of what a restore operation will read, without reading any values.

    Args:
      restore_op: The operation.
      prefix: Of the checkpoint.
      keys: Names in the checkpoint by those that the operation has, where they differ.

    Raises:
      NotFoundError: If a name is not in the checkpoint.
      InvalidArgumentError: If a tensor has another dtype or shape there.
    """
    with open_checkpoint(prefix) as reader:
        for op in restore_nodes(restore_op):
            names, slices = (constant_value(tensor) for tensor in op.inputs[1:3])
            if names is None or slices is None:
                continue
            for name, spec, value in zip(texts_of(names), slices.ravel(), op.outputs, strict=True):
                shapes = [] if spec else shapes_assigned(value)
                check_stored(reader, prefix, (keys or {}).get(name, name), value.dtype, shapes[0] if shapes else None)


def names_by_keys(restore_op: Operation, keys: Mapping[str, str]) -> dict[Tensor, list[str]]:
    """What to feed to a restore operation, so that it reads other names of a checkpoint than those it was made with."""
    feeds = {}
    for op in restore_nodes(restore_op):
        names = constant_value(op.inputs[1])
        if names is not None:
            feeds[op.inputs[1]] = [keys.get(name, name) for name in texts_of(names)]
    return feeds
