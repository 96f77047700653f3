"""What a Saver saves: from the `var_list` that a program gives to tensors with names.

A checkpoint knows tensors by name. A variable is saved under the name of its operation (or the key in a
`var_list` that is a dict), a part of a partitioned variable as a slice under the name of the whole. Other
state (tables, iterators) says by a `SaveableObject` of its own what to save and how to put it back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from millpond import dtypes
from millpond.graph.opdef import lookup
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import identity
from millpond.ops.state.assign import ASSIGN
from millpond.ops.state.resource_variables import ASSIGN_VARIABLE


class SaveSpec:
    """One tensor to save.

    Attributes:
      tensor: The tensor; a function that makes it when it is needed may be given.
      slice_spec: Which part of which shape it is (`"5 2 0,3:0,2"`), or empty for a whole tensor.
      name: Name in the checkpoint.
      dtype: Its dtype.
      device: Of the operation it comes from.
    """

    def __init__(
        self, tensor: Any, slice_spec: str, name: str, dtype: Any = None, device: str | None = None
    ) -> None:
        self._tensor = tensor
        self.slice_spec = slice_spec
        self.name = name
        self.dtype = tensor.dtype if dtype is None else dtypes.as_dtype(dtype)
        self.device = tensor.device if device is None else device

    @property
    def tensor(self) -> Any:
        return self._tensor() if callable(self._tensor) else self._tensor


class SaveableObject:
    """Base class of what has state to save.

    Args:
      op: The operation (or tensor, variable) that has the state; decides on the device.
      specs: The tensors to save.
      name: Names it among the saveables of a Saver.
    """

    def __init__(self, op: Any, specs: list[SaveSpec], name: str) -> None:
        self.op = op
        self.specs = specs
        self.name = name

    @property
    def device(self) -> str:
        return self.specs[0].device

    def restore(self, restored_tensors: list[Tensor], restored_shapes: list[Any] | None) -> Any:
        """Adds operations that set the state.

        Args:
          restored_tensors: The values read, in the order of `specs`.
          restored_shapes: Their shapes, if they are already known to be right; else None.
        """
        raise NotImplementedError(f"{type(self).__name__}.restore")


class VariableSaveable(SaveableObject):
    """A variable (or a part of a partitioned one), given by its reference or handle.

    Args:
      target: The reference or handle, which restoring assigns to.
      value: The tensor to save.
      slice_spec: Which part of the whole it is, or empty.
      name: Name in the checkpoint.
    """

    def __init__(self, target: Tensor, value: Tensor, slice_spec: str, name: str) -> None:
        super().__init__(
            target, [SaveSpec(value, slice_spec, name, value.dtype.base_dtype, target.device)], name
        )

    def restore(self, restored_tensors: list[Tensor], restored_shapes: list[Any] | None) -> Operation:
        (value,) = restored_tensors
        target = self.op
        if restored_shapes is not None:
            value = lookup("Reshape")(value, restored_shapes[0])
        if target.dtype.name == "resource":
            with target.graph.device(target.device):
                return ASSIGN_VARIABLE(target, identity(value))
        validate = restored_shapes is None and target.shape.is_fully_defined()
        with target.graph.colocate_with(target.op):
            return ASSIGN(target, value, validate_shape=validate).op


def saveables_of(var_list: Any) -> list[SaveableObject]:
    """The saveables of a `var_list`, sorted by name.

    Args:
      var_list: Variables, partitioned variables and saveable objects, as a dict by name or any other iterable.

    Raises:
      TypeError: If it is neither list nor dict, or holds something else.
      ValueError: If two have the same name, or one is to be saved under two names.
    """
    by_name = dict(sorted(_by_name(var_list).items()))
    found: list[SaveableObject] = []
    seen: set[int] = set()
    for name, item in by_name.items():
        if not isinstance(name, str):
            raise TypeError(
                f"var_list must be a dict from names to variables; this name is no string: {name!r}"
            )
        for saveable in _saveables_of_one(name, item):
            identity = id(saveable.op)
            if identity in seen:
                raise ValueError(f"The same saveable will be restored with two names: {name}")
            seen.add(identity)
            found.append(saveable)
    return found


def _by_name(var_list: Any) -> dict[Any, Any]:
    """Variables by name; the parts of a partitioned variable come together in a list."""
    if isinstance(var_list, Mapping):
        for name in var_list:
            if not isinstance(name, str):
                raise TypeError(
                    "names_to_saveables must be a dict mapping string names to variables. Name is not a "
                    f"string: {name!r}"
                )
        return dict(var_list)
    found: dict[str, Any] = {}
    for item in as_list(var_list):
        slice_info = getattr(item, "_save_slice_info", None)
        if slice_info is not None:
            parts = found.setdefault(slice_info.full_name, [])
            if not isinstance(parts, list):
                raise ValueError(f"Mixing slices and non-slices with the same name: {slice_info.full_name}")
            parts.append(item)
            continue
        name = _name_of(item)
        if name in found:
            raise ValueError(f"At least two variables have the same name: {name}")
        found[name] = item
    return found


def as_list(var_list: Any) -> list[Any]:
    """The items of a `var_list` that is no dict.

    Raises:
      TypeError: If it is a variable or a string, or cannot be iterated over.
    """
    is_one = isinstance(var_list, (str, bytes)) or hasattr(var_list, "_as_graph_element")
    if is_one or isinstance(var_list, Tensor) or not isinstance(var_list, Iterable):
        raise TypeError(f"Variables to save should be passed in a dict or a list. Got {var_list!r}")
    return list(var_list)


def _name_of(item: Any) -> str:
    if isinstance(item, SaveableObject) or _is_partitioned(item):
        return item.name
    if isinstance(item, Tensor):
        return item.op.name
    if not hasattr(item, "op") or not hasattr(item, "name"):
        raise TypeError(
            f"Variable to save is not a Variable: {item!r}. A Saver takes variables: tf.global_variables(), "
            "a list of them, or a dict from names to them."
        )
    return item.op.name


def _is_partitioned(item: Any) -> bool:
    """Whether it is a `PartitionedVariable`: parts that it lists itself."""
    return hasattr(item, "_variable_list") or (hasattr(item, "__iter__") and hasattr(item, "partitions"))


def _saveables_of_one(name: str, item: Any) -> list[SaveableObject]:
    if isinstance(item, SaveableObject):
        return [item]
    if isinstance(item, (list, tuple)) or _is_partitioned(item):
        parts = list(item)
        for part in parts:
            if getattr(part, "_save_slice_info", None) is None:
                raise ValueError(f"Slices must all be slices: {part!r}")
        return [_variable_saveable(name, part, part._save_slice_info.spec) for part in parts]
    return [_variable_saveable(name, item, "")]


def _variable_saveable(name: str, item: Any, slice_spec: str) -> VariableSaveable:
    target = item if isinstance(item, Tensor) else getattr(item, "_variable", None)
    if not isinstance(target, Tensor) or target.op.definition.role != "variable":
        raise TypeError(
            f"Variable to save is not a Variable: {item!r}. A Saver takes variables: tf.global_variables(), "
            "a list of them, or a dict from names to them."
        )
    value: Any
    if isinstance(item, Tensor):
        value = item
    elif slice_spec:
        value = item.value()
    else:
        value = target if target.dtype.is_ref_dtype else item._as_graph_element()
    return VariableSaveable(target, value, slice_spec, name)
