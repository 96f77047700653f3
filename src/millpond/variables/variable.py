"""Variable: a value that a session keeps from one run to the next.

A variable is four nodes: `v/initial_value`, the variable `v` itself (a reference), `v/Assign` which initializes it,
and `v/read` which everything that uses its value takes.
"""

from __future__ import annotations

import contextlib
import functools
import inspect
from collections.abc import Callable
from typing import Any

from tensorboard.compat.proto.variable_pb2 import VariableDef

from millpond import dtypes
from millpond.graph import building, stacks
from millpond.graph.argument_types import DTypeLike, ShapeLike, TensorLike
from millpond.graph.collections import GraphKeys
from millpond.graph.conversion import convert_to_tensor, register_tensor_conversion_function
from millpond.graph.opdef import lookup
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import IDENTITY
from millpond.ops.array.indexing import getitem
from millpond.ops.operators import OVERLOADED
from millpond.ops.scoping import name_scope
from millpond.ops.state import assign as state
from millpond.ops.state import state_scatter
from millpond.ops.state.assign import INITIALIZED_VALUE
from millpond.ops.state.state_slices import assign_slice
from millpond.shapes import TensorShape, as_shape
from millpond.variables import save_slices
from millpond.variables.creation import (
    VariableAggregation,
    VariableSynchronization,
    create_variable,
    make_variable,
    register_kind,
)
from millpond.variables.initial_values import guarded


class Variable:
    """A value that a session keeps from one run to the next.

    Args:
      initial_value: A tensor, anything that can become one, or a function without arguments that gives one. Its
        shape and dtype are the variable's.
      trainable: Whether optimizers train it (it joins `GraphKeys.TRAINABLE_VARIABLES`); True by default.
      collections: Collections to join; by default `[GraphKeys.GLOBAL_VARIABLES]`.
      validate_shape: Whether the shape is fixed; where False, a value of any shape may be assigned later.
      caching_device: Where reads are kept, in place of the variable's own device.
      name: Name of the variable; `Variable` by default, made unique.
      variable_def: A `VariableDef` message: makes the object again for nodes that are in the graph.
      dtype: The dtype; by default that of `initial_value`.
      expected_shape: Accepted, without effect.
      import_scope: A name scope to put before the names in `variable_def`.
      constraint: A function from the value after an update by an optimizer to the value to keep.
      use_resource: Whether the variable is a resource (`VarHandleOp`); by default what the variable scope says.
      synchronization, aggregation: How copies on several replicas come together.
      shape: The static shape, where it is to be less specific than that of `initial_value`.

    Raises:
      ValueError: If there is no initial value, or it has no fully known shape though `validate_shape`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([1.0, 2.0], name="v")
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(v + 1.0), v)
      [2. 3.] <tf.Variable 'v:0' shape=(2,) dtype=float32_ref>
    """

    SaveSliceInfo = save_slices.SaveSliceInfo
    # NumPy must leave `array + variable` to the variable's own operators.
    __array_priority__ = 100
    _variable: Tensor | None = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        if cls is not Variable:
            return object.__new__(cls)
        arguments = _SIGNATURE.bind(None, *args, **kwargs)
        arguments.apply_defaults()
        # Python calls `__init__` on what comes out; it returns at once, because the creators have run it.
        return create_variable(**dict(list(arguments.arguments.items())[1:]))

    def __init__(self, initial_value: Any = None, trainable: bool | None = None, collections: Any = None,
                 validate_shape: bool = True, caching_device: Any = None, name: str | None = None,
                 variable_def: Any = None, dtype: DTypeLike | None = None, expected_shape: Any = None,
                 import_scope: str | None = None, constraint: Callable[[Tensor], Tensor] | None = None,
                 use_resource: bool | None = None,
                 synchronization: VariableSynchronization = VariableSynchronization.AUTO,
                 aggregation: VariableAggregation = VariableAggregation.NONE, shape: ShapeLike | None = None) -> None:
        if self._variable is not None:
            return
        self._save_slice_info: Any = None
        self._constraint = constraint
        self._synchronization, self._aggregation = synchronization, aggregation
        if variable_def is not None:
            if initial_value is not None:
                raise ValueError("variable_def and initial_value are mutually exclusive.")
            self._restore(variable_def, import_scope)
            return
        if trainable is None:
            trainable = synchronization is not VariableSynchronization.ON_READ
        self._trainable = bool(trainable)
        check_arguments(initial_value, collections, constraint)
        graph = building.graph_of((initial_value,))
        # The value is made once, outside of branches and loops, whatever the caller's operations wait for.
        with graph.outside():
            self._build(initial_value, name, None if dtype is None else dtypes.as_dtype(dtype).base_dtype,
                        validate_shape, caching_device, None if shape is None else as_shape(shape))
        names = [GraphKeys.GLOBAL_VARIABLES] if collections is None else list(collections)
        if self._trainable and GraphKeys.TRAINABLE_VARIABLES not in names:
            names.append(GraphKeys.TRAINABLE_VARIABLES)
        graph.add_to_collections(names, self)
        remember(self)

    # The nodes.

    def _build(self, initial_value: Any, name: str | None, dtype: dtypes.DType | None, validate_shape: bool,
               caching_device: Any, shape: TensorShape | None) -> None:
        graph = stacks.default_graph()
        self._initial_value: Any
        is_function = callable(initial_value)
        with name_scope(name, "Variable", () if is_function else [initial_value]) as scope:
            with graph.colocate_with_name(scope[:-1]) if is_function else contextlib.nullcontext():
                self._initial_value = initial_tensor(initial_value, dtype)
                if shape is None:
                    shape = self._initial_value.shape if validate_shape else TensorShape(None)
                if validate_shape and not self._initial_value.shape.is_fully_defined():
                    raise unknown_shape(self._initial_value)
                self._variable = state.VARIABLE(shape=shape, dtype=self._initial_value.dtype.base_dtype,
                                                container=graph.current_container, name=scope)
            assert self._variable is not None
            self._initializer = state.ASSIGN(
                self._variable, guarded(self._initial_value, initialized_value_of, scope[:-1].split("/")[-1]),
                validate_shape=validate_shape, name="Assign").op
            self._caching_device = caching_device
            beside = graph.colocate_with(self._variable.op) if caching_device is None else graph.device(caching_device)
            with beside:
                self._snapshot = IDENTITY(self._variable, name="read")

    # What it is.

    @property
    def _handle(self) -> Tensor:
        """The output of the variable's node: a reference here, a handle for a resource."""
        assert self._variable is not None
        return self._variable

    @property
    def name(self) -> str:
        return self._handle.name

    @property
    def _shared_name(self) -> str:
        return self.name[:-2]

    @property
    def op(self) -> Operation:
        """The variable's node."""
        return self._handle.op

    @property
    def graph(self) -> Any:
        return self._handle.graph

    @property
    def device(self) -> str:
        return self._handle.device

    @property
    def dtype(self) -> dtypes.DType:
        return self._handle.dtype

    @property
    def shape(self) -> TensorShape:
        return self._handle.shape

    def get_shape(self) -> TensorShape:
        return self.shape

    def set_shape(self, shape: ShapeLike) -> None:
        """Merges what is known of the shape with `shape`."""
        self._handle.set_shape(shape)
        self._snapshot.set_shape(shape)

    @property
    def trainable(self) -> bool:
        return self._trainable

    @property
    def constraint(self) -> Callable[[Tensor], Tensor] | None:
        """The function that optimizers apply after an update, or None."""
        return self._constraint

    @property
    def synchronization(self) -> VariableSynchronization:
        return self._synchronization

    @property
    def aggregation(self) -> VariableAggregation:
        return self._aggregation

    @property
    def initializer(self) -> Operation:
        """The operation that sets the variable to its initial value."""
        return self._initializer

    @property
    def initial_value(self) -> Tensor:
        return self._initial_value

    def __str__(self) -> str:
        return f"<tf.Variable '{self.name}' shape={self.shape} dtype={self.dtype.name}>"

    __repr__ = __str__

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __iter__(self) -> Any:
        raise TypeError(f"'Variable' object is not iterable: '{self.name}' has no values until a session runs it. Use "
                        "tf.unstack to split it, or iterate over sess.run(variable).")

    # Reading.

    def value(self) -> Tensor:
        """The tensor `v/read`: what consumes it reads the variable at its own place in the order of the run."""
        return self._snapshot

    def read_value(self) -> Tensor:
        """A new node that reads the variable, ordered by the control dependencies in force."""
        return IDENTITY(self._handle, name="read")

    def _ref(self) -> Tensor:
        return self._handle

    def _as_graph_element(self) -> Tensor:
        return self._handle

    def initialized_value(self) -> Tensor:
        """The variable's value, or its initial value where it has none yet: for initial values of other variables."""
        with self.graph.outside():
            return INITIALIZED_VALUE(self._handle, self.initializer.inputs[1], name="initialized_value")

    def eval(self, session: Any = None) -> Any:
        """The value in the default session, or in `session`."""
        return self._as_graph_element().eval(session=session)

    def load(self, value: TensorLike, session: Any = None) -> None:
        """Sets the variable in the default session, or in `session`, without adding to the graph.

        Raises:
          ValueError: If there is no session.
        """
        session = session if session is not None else stacks.default_session()
        if session is None:
            raise ValueError("Either session argument should be provided or default session should be established: "
                             "variable.load(value, session)")
        session.run(self.initializer, {self.initializer.inputs[1]: value})

    def is_initialized(self, name: str | None = None) -> Tensor:
        """Whether the variable has a value: a scalar bool."""
        return state.is_variable_initialized(self, name)

    def sparse_read(self, indices: TensorLike, name: str | None = None) -> Tensor:
        """Rows of the variable."""
        return lookup("GatherV2")(self.value(), indices, 0, name=name)

    def gather_nd(self, indices: TensorLike, name: str | None = None) -> Tensor:
        """Elements or slices of the variable, as `tf.gather_nd` gives them."""
        return lookup("GatherNd")(self.value(), indices, name=name)

    def __getitem__(self, key: Any) -> Any:
        """A part of the value, a tensor; `variable[...].assign(value)` sets that part."""
        part = getitem(self.value(), key)
        if part.op.type == "StridedSlice":
            part.assign = functools.partial(self._assign_part, part)  # type: ignore[attr-defined]
        return part

    def _assign_part(self, part: Tensor, value: Any, name: str | None = None) -> Any:
        return assign_slice(part, self._handle, value, name)

    # Setting.

    def assign(self, value: TensorLike, use_locking: bool = False, name: str | None = None,
               read_value: bool = True) -> Any:
        """Sets the variable to `value`; gives a reference to it, or the operation where not `read_value`."""
        return _result(state.ASSIGN(self._handle, value, use_locking=use_locking, name=name), read_value)

    def assign_add(self, delta: TensorLike, use_locking: bool = False, name: str | None = None,
                   read_value: bool = True) -> Any:
        """Adds `delta`; see `assign`."""
        return _result(state.ASSIGN_ADD(self._handle, delta, use_locking=use_locking, name=name), read_value)

    def assign_sub(self, delta: TensorLike, use_locking: bool = False, name: str | None = None,
                   read_value: bool = True) -> Any:
        """Subtracts `delta`; see `assign`."""
        return _result(state.ASSIGN_SUB(self._handle, delta, use_locking=use_locking, name=name), read_value)

    def count_up_to(self, limit: int) -> Tensor:
        """Gives the value and adds one; raises `tf.errors.OutOfRangeError` at run time once it is `limit`."""
        return state.count_up_to(self, limit)

    def scatter_rows(self, way: str, indices: TensorLike, updates: TensorLike, name: str | None = None,
                     use_locking: bool = False) -> Any:
        """Sets rows; `way` is a key of `state_scatter.ROWS`."""
        return state_scatter.ROWS[way](self._handle, indices, updates, use_locking=use_locking, name=name)

    def scatter_elements(self, way: str, indices: TensorLike, updates: TensorLike, name: str | None = None) -> Any:
        """Sets elements or slices; `way` is a key of `state_scatter.ELEMENTS`."""
        return state_scatter.ELEMENTS[way](self._handle, indices, updates, use_locking=True, name=name)

    def _scatter(self, way: str, sparse_delta: Any, use_locking: bool, name: str | None) -> Any:
        slices = state_scatter.slices_of(sparse_delta)
        return self.scatter_rows(way, slices.indices, slices.values, name, use_locking)

    def scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Sets the rows that a `tf.IndexedSlices` names."""
        return self._scatter("Update", sparse_delta, use_locking, name)

    def scatter_add(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Adds a `tf.IndexedSlices`."""
        return self._scatter("Add", sparse_delta, use_locking, name)

    def scatter_sub(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Subtracts a `tf.IndexedSlices`."""
        return self._scatter("Sub", sparse_delta, use_locking, name)

    def scatter_mul(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Multiplies rows by a `tf.IndexedSlices`."""
        return self._scatter("Mul", sparse_delta, use_locking, name)

    def scatter_div(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Divides rows by a `tf.IndexedSlices`."""
        return self._scatter("Div", sparse_delta, use_locking, name)

    def scatter_min(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Keeps the smaller of the rows and a `tf.IndexedSlices`."""
        return self._scatter("Min", sparse_delta, use_locking, name)

    def scatter_max(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Keeps the larger of the rows and a `tf.IndexedSlices`."""
        return self._scatter("Max", sparse_delta, use_locking, name)

    def batch_scatter_update(self, sparse_delta: Any, use_locking: bool = False, name: str | None = None) -> Any:
        """Sets rows in each batch, as `tf.batch_scatter_update` does."""
        slices = state_scatter.slices_of(sparse_delta)
        return state_scatter.batch_scatter_update(self, slices.indices, slices.values, use_locking, name)

    def scatter_nd_update(self, indices: TensorLike, updates: TensorLike, name: str | None = None) -> Any:
        """Sets elements or slices, as `tf.scatter_nd_update` does."""
        return self.scatter_elements("Update", indices, updates, name)

    def scatter_nd_add(self, indices: TensorLike, updates: TensorLike, name: str | None = None) -> Any:
        """Adds to elements or slices, as `tf.scatter_nd_add` does."""
        return self.scatter_elements("Add", indices, updates, name)

    def scatter_nd_sub(self, indices: TensorLike, updates: TensorLike, name: str | None = None) -> Any:
        """Subtracts from elements or slices, as `tf.scatter_nd_sub` does."""
        return self.scatter_elements("Sub", indices, updates, name)

    def _start_from(self, initializer: Operation, initial_value: Tensor) -> None:
        """Replaces what initializes the variable: an operation that assigns `initial_value`."""
        self._initializer, self._initial_value = initializer, initial_value

    # As a message.

    def _set_save_slice_info(self, save_slice_info: Any) -> None:
        self._save_slice_info = save_slice_info

    def _get_save_slice_info(self) -> Any:
        return self._save_slice_info

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The variable as a `VariableDef` message; None where it is not in the name scope `export_scope`."""
        if export_scope and not self.name.startswith(export_scope):
            return None
        message = VariableDef(
            variable_name=save_slices.without_scope(self.name, export_scope),
            initializer_name=save_slices.without_scope(self.initializer.name, export_scope),
            snapshot_name=save_slices.without_scope(self._snapshot.name, export_scope),
            trainable=self._trainable, synchronization=self._synchronization.value,
            aggregation=self._aggregation.value)
        if self._initial_value is not None:
            message.initial_value_name = save_slices.without_scope(self._initial_value.name, export_scope)
        if self._save_slice_info is not None:
            message.save_slice_info_def.MergeFrom(self._save_slice_info.to_proto(export_scope))
        return message

    @staticmethod
    def from_proto(variable_def: Any, import_scope: str | None = None) -> Variable:
        """The variable whose nodes are in the default graph under the names of a `VariableDef` message."""
        return make_variable(variable_def=variable_def, import_scope=import_scope,
                             use_resource=bool(variable_def.is_resource))

    def _restore(self, message: Any, scope: str | None) -> None:
        graph = stacks.default_graph()

        def element(name: str) -> Any:
            return graph.as_graph_element(save_slices.with_scope(name, scope))

        self._variable = element(message.variable_name)
        self._initializer = element(message.initializer_name)
        self._snapshot = element(message.snapshot_name)
        self._initial_value = element(message.initial_value_name) if message.initial_value_name else None
        self._caching_device = None
        # Messages of the first releases do not say; what they hold is trainable if the collection holds it.
        self._trainable = bool(message.trainable)
        self._synchronization = VariableSynchronization(message.synchronization)
        self._aggregation = VariableAggregation(message.aggregation)
        if message.HasField("save_slice_info_def"):
            self._save_slice_info = save_slices.SaveSliceInfo(save_slice_info_def=message.save_slice_info_def,
                                                               import_scope=scope)
        remember(self)


_SIGNATURE = inspect.signature(Variable.__init__)
# What `help` shows, in place of the arguments of `__new__`, which hands on whatever comes.
_ARGUMENTS = _SIGNATURE.replace(parameters=list(_SIGNATURE.parameters.values())[1:], return_annotation=Variable)
Variable.__signature__ = _ARGUMENTS  # type: ignore[attr-defined]
VariableV1 = Variable
register_kind(False, Variable)

# What a graph's variables are, by their nodes.
_KEY = "variables: by node"


def remember(variable: Variable) -> None:
    """Keeps which object stands for a variable's node."""
    variable.graph.extensions.setdefault(_KEY, {})[variable.op] = variable


def variable_of(node: Operation) -> Variable | None:
    """The object that stands for a variable's node, or None."""
    return node.graph.extensions.get(_KEY, {}).get(node)


def initialized_value_of(node: Operation) -> Tensor | None:
    """The initialized value of the variable behind a node; None where no object stands for it."""
    variable = variable_of(node)
    return None if variable is None or variable.initial_value is None else variable.initialized_value()


def initial_tensor(initial_value: Any, dtype: dtypes.DType | None) -> Tensor:
    """An initial value as a tensor; a function's operations go into the name scope `Initializer`, on no device."""
    if not callable(initial_value):
        return convert_to_tensor(initial_value, dtype=dtype, name="initial_value")
    graph = stacks.default_graph()
    with graph.name_scope("Initializer"), graph.device(None):
        return convert_to_tensor(initial_value(), dtype=dtype, name="initial_value")


def check_arguments(initial_value: Any, collections: Any, constraint: Any) -> None:
    """Raises ValueError where a variable cannot be made of these."""
    if initial_value is None:
        raise ValueError("initial_value must be specified: a variable starts as a tensor, a number, an array, or what "
                         "a function without arguments gives.")
    if collections is not None and not isinstance(collections, (list, tuple, set)):
        raise ValueError(f"collections argument to Variable constructor must be a list, tuple, or set. Got "
                         f"{collections!r} of type {type(collections).__name__}.")
    if constraint is not None and not callable(constraint):
        raise ValueError("The `constraint` argument must be a callable.")


def unknown_shape(initial_value: Tensor) -> ValueError:
    """The error of an initial value whose shape is not known."""
    return ValueError(f"initial_value must have a shape specified: {initial_value}. Give it one with set_shape, or "
                      "make the variable with validate_shape=False.")


def _result(reference: Tensor, read_value: bool) -> Any:
    return reference if read_value else reference.op


def _convert_variable(value: Variable, dtype: dtypes.DType | None = None, name: str | None = None,
                      as_ref: bool = False) -> Tensor:
    if dtype is not None and dtype is not value.dtype.base_dtype:
        raise ValueError(f"Incompatible type conversion requested to type '{dtype.name}' for variable of type "
                         f"'{value.dtype.name}' ({value.name}). Use tf.cast.")
    return value._ref() if as_ref else value.value()


def _operator(name: str) -> Callable[..., Any]:
    def operator(variable: Variable, *others: Any) -> Any:
        return getattr(Tensor, name)(variable.value(), *others)

    operator.__name__ = operator.__qualname__ = name
    return operator


for _name in OVERLOADED:
    setattr(Variable, _name, _operator(_name))
register_tensor_conversion_function(Variable, _convert_variable)
