"""Variables that are resources: `tf.Variable(..., use_resource=True)`.

The nodes are `v` (a handle), `v/IsInitialized/VarIsInitializedOp`, `v/Assign` and `v/Read/ReadVariableOp`; each use of
the value reads it by a node of its own.
"""

from __future__ import annotations

import contextlib
from typing import Any

from millpond import dtypes
from millpond.graph import stacks
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import OpDefinition
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import identity
from millpond.ops.scoping import name_scope
from millpond.ops.state import resource_variables as resources
from millpond.ops.state import state_scatter
from millpond.ops.state.state_slices import assign_slice
from millpond.shapes import TensorShape, as_shape
from millpond.variables.creation import register_kind
from millpond.variables.initial_values import guarded
from millpond.variables.variable import Variable, initial_tensor, initialized_value_of


class ResourceVariable(Variable):
    """A variable whose reads and assignments are ordered nodes of their own; the arguments are `tf.Variable`'s.

    `validate_shape` has no effect: the shape is `shape`, or that of the initial value. Setting the variable (`assign`,
    `scatter_*`, ...) gives an `UnreadVariable`, which stands for the value after that.
    """

    def _build(self, initial_value: Any, name: str | None, dtype: dtypes.DType | None, validate_shape: bool,
               caching_device: Any, shape: TensorShape | None) -> None:
        graph = stacks.default_graph()
        self._caching_device = caching_device
        with name_scope(name, "Variable", () if callable(initial_value) else [initial_value]) as scope:
            with graph.colocate_with_name(scope[:-1]):
                is_source = isinstance(initial_value, (Tensor, Variable)) or callable(initial_value)
                self._initial_value = initial_tensor(initial_value if is_source else lambda: initial_value, dtype)
                self._shape = self._initial_value.shape if shape is None else as_shape(shape)
                if not self._initial_value.shape.is_compatible_with(self._shape):
                    raise ValueError(f"The initial value's shape ({self._initial_value.shape}) is not compatible with "
                                     f"the shape that was asked for ({self._shape}), for the variable '{scope[:-1]}'.")
                self._dtype = self._initial_value.dtype.base_dtype
                self._variable = resources.VAR_HANDLE(
                    shared_name=scope[:-1], container=graph.current_container, dtype=self._dtype, shape=self._shape,
                    name=scope)
            assert self._variable is not None
            with graph.device(None), graph.device(self.device or None):
                self._is_initialized = resources.VAR_IS_INITIALIZED(
                    self._variable, name="IsInitialized/VarIsInitializedOp")
                self._initializer = resources.ASSIGN_VARIABLE(
                    self._variable,
                    guarded(self._initial_value, initialized_value_of, scope[:-1].split("/")[-1]), name="Assign")
                with graph.device(caching_device) if caching_device is not None else contextlib.nullcontext():
                    self._snapshot = self._read("Read/ReadVariableOp")

    def _restore(self, message: Any, scope: str | None) -> None:
        super()._restore(message, scope)
        self._shape, self._dtype = self.op.attributes["shape"], self.op.attributes["dtype"]
        self._is_initialized = resources.VAR_IS_INITIALIZED(self._handle)

    @property
    def handle(self) -> Tensor:
        """The handle, of dtype resource; `tf.gradients` differentiates by it."""
        return self._handle

    @property
    def dtype(self) -> dtypes.DType:
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        return self._shape

    def set_shape(self, shape: Any) -> None:
        self._shape = self._shape.merge_with(as_shape(shape))

    # Reading.

    def _read(self, name: str | None = None) -> Tensor:
        return resources.read_variable(self._handle, self._dtype, self._shape, name)

    def value(self) -> Tensor:
        """A new read of the value; with a caching device, the one that is kept there."""
        if self._caching_device is not None:
            return self._snapshot
        with self.graph.as_default(), self.graph.colocate_with(None, ignore_existing=True), \
                self.graph.device(self.device or None):
            return self._read()

    def read_value(self) -> Tensor:
        with self.graph.as_default(), self.graph.name_scope("Read"):
            value = self._read()
        return identity(value)

    def _ref(self) -> Tensor:
        return self._handle

    def _as_graph_element(self) -> Tensor:
        return self._snapshot

    def _as_fetched_element(self) -> Tensor:
        return self._handle

    def initialized_value(self) -> Tensor:
        with self.graph.outside():
            return resources.INITIALIZED_RESOURCE_VALUE(self._handle, self.initializer.inputs[1],
                                                        name="initialized_value")

    def is_initialized(self, name: str | None = None) -> Tensor:
        return resources.VAR_IS_INITIALIZED(self._handle, name=name)

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """Rows of the variable, without reading all of it; the gradient is an `IndexedSlices`."""
        return resources.gather_rows(self._handle, indices, self._dtype, self._shape, name or "Gather")

    # Setting. Values become nodes of the variable's graph, whichever is the default.

    def _set(self, definition: OpDefinition, *inputs: Any, read_value: bool = True, **attrs: Any) -> Any:
        """Adds an operation that takes the handle and `inputs`, the last of them a value of the variable's dtype."""
        with self.graph.as_default():
            value = convert_to_tensor(inputs[-1], dtype=self._dtype)
            op = definition(self._handle, *inputs[:-1], value, **attrs)
        return UnreadVariable(self, op) if read_value else op

    def assign(self, value: Any, use_locking: bool | None = None, name: str | None = None,
               read_value: bool = True) -> Any:
        return self._set(resources.ASSIGN_VARIABLE, value, dtype=self._dtype, validate_shape=True, name=name,
                         read_value=read_value)

    def assign_add(self, delta: Any, use_locking: bool | None = None, name: str | None = None,
                   read_value: bool = True) -> Any:
        return self._set(resources.ASSIGN_ADD_VARIABLE, delta, dtype=self._dtype, name=name, read_value=read_value)

    def assign_sub(self, delta: Any, use_locking: bool | None = None, name: str | None = None,
                   read_value: bool = True) -> Any:
        return self._set(resources.ASSIGN_SUB_VARIABLE, delta, dtype=self._dtype, name=name, read_value=read_value)

    def count_up_to(self, limit: int) -> Tensor:
        return resources.RESOURCE_COUNT_UP_TO(self._handle, limit=limit, T=self._dtype)

    def scatter_rows(self, way: str, indices: Any, updates: Any, name: str | None = None,
                     use_locking: bool = False) -> Any:
        return self._set(state_scatter.RESOURCE_ROWS[way], indices, updates, dtype=self._dtype, name=name)

    def scatter_elements(self, way: str, indices: Any, updates: Any, name: str | None = None) -> Any:
        return self._set(state_scatter.RESOURCE_ELEMENTS[way], indices, updates, T=self._dtype, name=name)

    def _assign_part(self, part: Tensor, value: Any, name: str | None = None) -> Any:
        with self.graph.as_default():
            op = assign_slice(part, self._handle, convert_to_tensor(value, dtype=self._dtype), name)
        return UnreadVariable(self, op)

    def to_proto(self, export_scope: str | None = None) -> Any:
        message = super().to_proto(export_scope)
        if message is not None:
            message.is_resource = True
        return message


class UnreadVariable(ResourceVariable):
    """A resource variable after an operation that sets it: what `assign`, `scatter_*`, ... give.

    It can be used like the variable, and each use reads the value that the variable has after the operation. Waiting
    for it (`tf.group`, `tf.control_dependencies`), or running its `op`, reads nothing.

    Args:
      variable: The variable.
      parent: The operation that sets it.
    """

    def __init__(self, variable: ResourceVariable, parent: Operation) -> None:
        vars(self).update(vars(variable))
        self._parent = parent
        self._snapshot = self.value()

    def _as_fetched_element(self) -> Tensor:
        """Fetching it sets the variable: what is fetched is the value after the operation, not just the variable."""
        return self._snapshot

    @property
    def name(self) -> str:
        return self._parent.name

    @property
    def op(self) -> Operation:
        """The operation that sets the variable."""
        return self._parent

    def value(self) -> Tensor:
        with self.graph.as_default(), self.graph.control_dependencies([self._parent]):
            return self._read()

    read_value = value

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        with self.graph.as_default(), self.graph.control_dependencies([self._parent]):
            return super().sparse_read(indices, name)


register_kind(True, ResourceVariable)
