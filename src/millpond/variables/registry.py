"""The variables that `tf.get_variable` has made in a graph, by full name: made once, shared afterwards.

State: two dictionaries for each graph, in `graph.extensions`. Keys are names in variable scopes, which name scopes do
not touch.
"""

from __future__ import annotations

import dataclasses
import difflib
import functools
import inspect
from collections.abc import Callable
from typing import Any

from millpond import dtypes
from millpond.dtypes import DType
from millpond.graph import stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.opdef import lookup
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import to_array
from millpond.shapes import TensorShape, as_shape
from millpond.variables.initializers import default_initializer
from millpond.variables.partitioning import PartitionedVariable, PartitionInfo, checked_partitions, cut
from millpond.variables.variable import Variable

_KEY = "variables: by name"


@dataclasses.dataclass
class Request:
    """What `tf.get_variable` was asked for; the names are its arguments'."""

    name: str
    shape: TensorShape
    dtype: DType
    initializer: Any = None
    regularizer: Any = None
    reuse: Any = None
    trainable: bool | None = None
    collections: Any = None
    caching_device: Any = None
    partitioner: Any = None
    validate_shape: bool = True
    use_resource: bool | None = None
    constraint: Any = None
    synchronization: Any = None
    aggregation: Any = None


class VariableRegistry:
    """The named variables of one graph."""

    def __init__(self) -> None:
        self.variables: dict[str, Variable] = {}
        self.partitioned: dict[str, PartitionedVariable] = {}

    def get(self, request: Request) -> Any:
        """Makes the variable, or gives the one that exists, as `request.reuse` says.

        Raises:
          ValueError: If it exists and must not, or the other way round, or is of another shape or dtype.
        """
        if request.partitioner is not None and request.shape.ndims != 0:
            return self._partitioned(request)
        if f"{request.name}/part_0" in self.variables and request.partitioner is None:
            if request.reuse and request.name in self.partitioned:
                return self._found_partitioned(request, None)
            raise ValueError(
                f"No partitioner was provided, but a partitioned version of the variable was found: {request.name}/"
                "part_0. Perhaps a variable of the same name was already created with partitioning?")
        return self._single(request, None)

    # One variable.

    def _single(self, request: Request, part: PartitionInfo | None) -> Variable:
        found = self.variables.get(request.name)
        if found is not None:
            return self._found(request, found)
        if request.reuse is True:
            raise ValueError(self._missing(request.name, "Variable", self.variables))
        value, dtype = _initial_value(request, part)
        with stacks.default_graph().outside() as graph, graph.name_scope(None):
            variable = Variable(
                initial_value=value, name=request.name, trainable=request.trainable, collections=request.collections,
                caching_device=request.caching_device, dtype=dtype, validate_shape=request.validate_shape,
                constraint=request.constraint, use_resource=request.use_resource,
                synchronization=request.synchronization, aggregation=request.aggregation,
                shape=request.shape if request.validate_shape and request.shape.is_fully_defined() else None)
        self.variables[request.name] = variable
        if request.regularizer is not None:
            _regularize(variable, request)
        return variable

    def _found(self, request: Request, found: Variable) -> Variable:
        if not request.reuse:
            raise ValueError(
                f"Variable {request.name} already exists, disallowed. Did you mean to set reuse=True or "
                f"reuse=tf.AUTO_REUSE in the variable scope? Originally defined at:\n\n  {_where(found)}")
        if not request.shape.is_compatible_with(found.shape):
            raise ValueError(f"Trying to share variable {request.name}, but specified shape {request.shape} and found "
                             f"shape {found.shape}. It was created at:\n\n  {_where(found)}")
        if request.dtype is not found.dtype.base_dtype:
            raise ValueError(
                f"Trying to share variable {request.name}, but specified dtype {request.dtype.name} and found dtype "
                f"{found.dtype.name}: pass dtype=tf.{found.dtype.base_dtype.name} to tf.get_variable. It was created "
                f"at:\n\n  {_where(found)}")
        return found

    def _missing(self, name: str, kind: str, known: dict[str, Any]) -> str:
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) or [
            other for other in known if other.split("/")[-1] == name.split("/")[-1]][:3]
        hint = f" The nearest names that exist are {', '.join(near)}." if near else ""
        return (f"{kind} {name} does not exist, or was not created with tf.get_variable(). Did you mean to set "
                f"reuse=tf.AUTO_REUSE in the variable scope?{hint}")

    # Parts.

    def _partitioned(self, request: Request) -> PartitionedVariable | Variable:
        initializer = request.initializer
        shape = request.shape
        if initializer is not None and not callable(initializer):
            shape = as_shape(initializer.shape if hasattr(initializer, "shape") else
                             to_array(initializer, None).shape)
            if shape.ndims == 0:
                return self._single(request, None)
        if request.name in self.partitioned and request.reuse:
            return self._found_partitioned(request, request.partitioner)
        if not shape.is_fully_defined():
            raise ValueError(f"Shape of a new partitioned variable ({request.name}) must be fully defined, but it is "
                             f"{shape}.")
        partitions = checked_partitions(request.partitioner, shape, request.dtype)
        if request.name in self.partitioned:
            raise ValueError(
                f"Partitioned variable with name {request.name} already exists. Did you mean to set reuse=True or "
                f"reuse=tf.AUTO_REUSE in the variable scope? Originally defined at:\n\n  "
                f"{_where(next(iter(self.partitioned[request.name])))}")
        if request.reuse is True:
            raise ValueError(self._missing(request.name, "PartitionedVariable", self.partitioned))
        if request.name in self.variables:
            raise ValueError(
                f"A partitioner was provided, but an unpartitioned version of the variable was found: {request.name}. "
                f"It was created at:\n\n  {_where(self.variables[request.name])}")
        return self._new_partitioned(request, shape, partitions)

    def _new_partitioned(self, request: Request, shape: TensorShape, partitions: list[int]) -> PartitionedVariable:
        sizes = [int(n) for n in shape.as_list()]  # type: ignore[arg-type]
        whole = None
        if request.initializer is not None and not callable(request.initializer):
            whole = request.initializer
        parts = []
        for i, (offset, size) in enumerate(cut(sizes, partitions)):
            name = f"{request.name}/part_{i}"
            asked = dataclasses.replace(request, name=name, shape=as_shape(size), partitioner=None)
            if whole is not None:
                asked.initializer, asked.shape = _part_of(whole, offset, size, name), TensorShape(None)
            part = self._single(asked, PartitionInfo(sizes, offset))
            part._set_save_slice_info(Variable.SaveSliceInfo(request.name, sizes, offset, size))
            parts.append(part)
        variable = PartitionedVariable(request.name, shape, parts[0].dtype, parts, partitions)
        self.partitioned[request.name] = variable
        return variable

    def _found_partitioned(self, request: Request, partitioner: Any) -> PartitionedVariable:
        found = self.partitioned[request.name]
        if not request.shape.is_compatible_with(found.shape):
            raise ValueError(f"Trying to reuse partitioned variable {request.name}, but specified shape "
                             f"{request.shape} and found shape {found.shape}.")
        if request.dtype is not found.dtype:
            raise ValueError(f"Trying to reuse partitioned variable {request.name}, but specified dtype "
                             f"{request.dtype.name} and found dtype {found.dtype.name}.")
        if partitioner is not None:
            partitions = checked_partitions(partitioner, found.shape, found.dtype)
            if partitions != found._get_partitions():
                raise ValueError(f"Trying to reuse partitioned variable {request.name}, but specified partitions "
                                 f"{partitions} and found partitions {found._get_partitions()}.")
        return found


def registry_of(graph: Any) -> VariableRegistry:
    """The named variables of a graph."""
    registry = graph.extensions.get(_KEY)
    if registry is None:
        registry = graph.extensions.setdefault(_KEY, VariableRegistry())
    return registry


def _where(variable: Variable) -> str:
    return variable.op.creation_site or "(unknown: it was imported)"


def _part_of(whole: Any, offset: list[int], size: list[int], name: str) -> Tensor:
    with stacks.default_graph().outside() as graph, graph.name_scope(f"{name}/PartitionedInitializer/"):
        return lookup("Slice")(whole, offset, size)


def _initial_value(request: Request, part: PartitionInfo | None) -> tuple[Any, DType | None]:
    """What `tf.Variable` is given as its initial value and dtype.

    Raises:
      ValueError: If shape and initializer do not go together.
    """
    initializer = request.initializer
    if initializer is None:
        initializer = default_initializer(request.dtype)
    elif not callable(initializer):
        if request.shape.sizes is not None:
            raise ValueError(f"If initializer is a constant, do not specify shape (variable {request.name}, shape "
                             f"{request.shape}): the shape is the constant's.")
        return initializer, None
    if inspect.isclass(initializer):
        initializer = initializer()
    if request.shape.is_fully_defined():
        arguments: dict[str, Any] = {"dtype": request.dtype}
        if _accepts(initializer, "partition_info"):
            arguments["partition_info"] = part
        return functools.partial(initializer, request.shape.as_list(), **arguments), request.dtype
    if request.shape.sizes is None and request.initializer is None:
        raise ValueError(f"Variable {request.name} did not get an initializer, so its `shape` argument must be "
                         "specified: tf.get_variable(name, shape).")
    if request.shape.sizes is None and _takes_nothing(initializer):
        return initializer, None
    raise ValueError(
        f"Shape of a new variable ({request.name}) must be fully defined, but instead was {request.shape}: an "
        "initializer is either called with the whole shape, or is a function without arguments and no shape is given.")


def _parameters(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    try:
        return dict(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return {}


def _accepts(function: Callable[..., Any], name: str) -> bool:
    return name in _parameters(function)


def _takes_nothing(function: Callable[..., Any]) -> bool:
    return all(p.default is not p.empty or p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)
               for p in _parameters(function).values())


def _regularize(variable: Variable, request: Request) -> None:
    """Adds what the regularizer says of a new variable to `GraphKeys.REGULARIZATION_LOSSES`."""
    with stacks.default_graph().outside() as graph, graph.colocate_with(variable.op), \
            graph.name_scope(f"{request.name}/Regularizer/"):
        loss = request.regularizer(variable)
    if loss is not None:
        graph.add_to_collection(GraphKeys.REGULARIZATION_LOSSES, loss)


def dtype_of_value(value: Any) -> DType:
    """The dtype of an initializer that is a value, without adding it to the graph."""
    dtype = getattr(value, "dtype", None)
    if isinstance(dtype, DType):
        return dtype.base_dtype
    return dtypes.from_numpy(to_array(value, None).dtype)
