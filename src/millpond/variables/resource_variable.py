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
from millpond.variables.variable import Variable, initial_tensor, initialized_value_of, unknown_shape


class ResourceVariable(Variable):
    """A variable whose reads and assignments are ordered nodes of their own; the arguments are `tf.Variable`'s.

    Setting it (`assign`, `scatter_*`, ...) gives a tensor that reads the value after that.
    """

    def _build(self, initial_value: Any, name: str | None, dtype: dtypes.DType | None, validate_shape: bool,
               caching_device: Any, shape: TensorShape | None) -> None:
        graph = stacks.default_graph()
        self._caching_device = caching_device
        with name_scope(name, "Variable", () if callable(initial_value) else [initial_value]) as scope:
            with graph.colocate_with_name(scope[:-1]):
                is_source = isinstance(initial_value, (Tensor, Variable)) or callable(initial_value)
                self._initial_value = initial_tensor(initial_value if is_source else lambda: initial_value, dtype)
                if shape is None:
                    shape = self._initial_value.shape if validate_shape else TensorShape(None)
                if validate_shape and not self._initial_value.shape.is_fully_defined():
                    raise unknown_shape(self._initial_value)
                self._shape = as_shape(shape)
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
        with self.graph.name_scope("Read"):
            value = self._read()
        return identity(value)

    def _ref(self) -> Tensor:
        return self._handle

    def _as_graph_element(self) -> Tensor:
        return self._snapshot

    def _as_fetched_element(self) -> Tensor:
        return self._handle

    def initialized_value(self) -> Tensor:
        with self.graph.as_default(), self.graph.control_dependencies(None):
            return resources.INITIALIZED_RESOURCE_VALUE(self._handle, self.initializer.inputs[1],
                                                        name="initialized_value")

    def is_initialized(self, name: str | None = None) -> Tensor:
        return resources.VAR_IS_INITIALIZED(self._handle, name=name)

    def sparse_read(self, indices: Any, name: str | None = None) -> Tensor:
        """Rows of the variable, without reading all of it; the gradient is an `IndexedSlices`."""
        return resources.gather_rows(self._handle, indices, self._dtype, self._shape, name or "Gather")

    # Setting.

    def _new(self, value: Any) -> Tensor:
        """A value to set, in the variable's dtype."""
        return convert_to_tensor(value, dtype=self._dtype)

    def _after(self, op: Operation, read_value: bool = True) -> Any:
        """The value as it is after an operation."""
        if not read_value:
            return op
        with self.graph.control_dependencies([op]):
            return self._read()

    def assign(self, value: Any, use_locking: bool | None = None, name: str | None = None,
               read_value: bool = True) -> Any:
        op = resources.ASSIGN_VARIABLE(self._handle, self._new(value), dtype=self._dtype, validate_shape=True,
                                       name=name)
        return self._after(op, read_value)

    def assign_add(self, delta: Any, use_locking: bool | None = None, name: str | None = None,
                   read_value: bool = True) -> Any:
        op = resources.ASSIGN_ADD_VARIABLE(self._handle, self._new(delta), dtype=self._dtype, name=name)
        return self._after(op, read_value)

    def assign_sub(self, delta: Any, use_locking: bool | None = None, name: str | None = None,
                   read_value: bool = True) -> Any:
        op = resources.ASSIGN_SUB_VARIABLE(self._handle, self._new(delta), dtype=self._dtype, name=name)
        return self._after(op, read_value)

    def count_up_to(self, limit: int) -> Tensor:
        return resources.RESOURCE_COUNT_UP_TO(self._handle, limit=limit, T=self._dtype)

    def scatter_rows(self, way: str, indices: Any, updates: Any, name: str | None = None,
                     use_locking: bool = False) -> Any:
        scatter = state_scatter.RESOURCE_ROWS[way]
        return self._after(scatter(self._handle, indices, self._new(updates), dtype=self._dtype, name=name))

    def scatter_elements(self, way: str, indices: Any, updates: Any, name: str | None = None) -> Any:
        scatter = state_scatter.RESOURCE_ELEMENTS[way]
        return self._after(scatter(self._handle, indices, self._new(updates), T=self._dtype, name=name))

    def _assign_part(self, part: Tensor, value: Any, name: str | None = None) -> Any:
        return self._after(assign_slice(part, self._handle, self._new(value), name))

    def to_proto(self, export_scope: str | None = None) -> Any:
        message = super().to_proto(export_scope)
        if message is not None:
            message.is_resource = True
        return message


register_kind(True, ResourceVariable)
