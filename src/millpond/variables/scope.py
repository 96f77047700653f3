"""Variable scopes: `tf.get_variable` under a name, and the defaults that hold for a part of the program.

The scope of a thread is kept in `creation.CreationState`; names are made unique, and closed scopes start to count
again, as in TensorFlow. A variable scope opens a name scope too; the two go different ways where a scope is entered
again: variables are found under the same name, operations get a new one.
"""

from __future__ import annotations

import contextlib
import enum
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from millpond import dtypes
from millpond.dtypes import DType
from millpond.graph import building, stacks
from millpond.graph.argument_types import DTypeLike, ShapeLike
from millpond.graph.collections import GraphKeys
from millpond.graph.names import as_text
from millpond.shapes import as_shape
from millpond.variables.creation import (
    VariableAggregation,
    VariableSynchronization,
    creation_state,
)
from millpond.variables.registry import Request, dtype_of_value, registry_of


class _ReuseMode(enum.Enum):
    AUTO_REUSE = 1


AUTO_REUSE = _ReuseMode.AUTO_REUSE


def no_regularizer(_: Any) -> None:
    """A regularizer that lifts the one of the scope."""
    return None


class VariableScope:
    """The defaults that `tf.get_variable` takes inside a `with tf.variable_scope(...)` block.

    Args:
      reuse: True: variables must exist; False or None: they must not; `tf.AUTO_REUSE`: either.
      name: What the names of variables begin with.
      initializer, regularizer, caching_device, partitioner, dtype, use_resource, constraint: Defaults of
        `tf.get_variable`.
      custom_getter: A function in place of the default way to get a variable.
      name_scope: The name scope under which the scope was first opened, with a trailing slash.

    Raises:
      TypeError: If `dtype` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.variable_scope("layer", reuse=tf.AUTO_REUSE) as scope:
      ...     print(scope.name, scope.original_name_scope, scope.reuse is tf.AUTO_REUSE)
      layer layer/ True
    """

    def __init__(self, reuse: Any, name: str = "", initializer: Any = None, regularizer: Any = None,
                 caching_device: Any = None, partitioner: Any = None, custom_getter: Any = None, name_scope: str = "",
                 dtype: DTypeLike = dtypes.float32, use_resource: bool | None = None, constraint: Any = None) -> None:
        self._name = name
        self._reuse = reuse
        self._name_scope = name_scope
        self.initializer = initializer
        self.regularizer = regularizer
        self.caching_device = caching_device
        self.partitioner = partitioner
        self.custom_getter = custom_getter
        self.dtype = dtypes.as_dtype(dtype)
        self.use_resource = use_resource
        self.constraint = constraint

    @property
    def name(self) -> str:
        return self._name

    @property
    def original_name_scope(self) -> str:
        """The name scope under which the scope was first opened: `with tf.name_scope(scope.original_name_scope)`."""
        return self._name_scope

    @property
    def reuse(self) -> Any:
        return self._reuse

    def reuse_variables(self) -> None:
        """From here on, variables of the scope must exist."""
        self._reuse = True

    def set_initializer(self, initializer: Any) -> None:
        self.initializer = initializer

    def set_regularizer(self, regularizer: Any) -> None:
        self.regularizer = regularizer

    def set_caching_device(self, caching_device: Any) -> None:
        self.caching_device = caching_device

    def set_partitioner(self, partitioner: Any) -> None:
        self.partitioner = partitioner

    def set_custom_getter(self, custom_getter: Any) -> None:
        self.custom_getter = custom_getter

    def set_dtype(self, dtype: DTypeLike) -> None:
        self.dtype = dtypes.as_dtype(dtype)

    def set_use_resource(self, use_resource: bool) -> None:
        self.use_resource = use_resource

    def get_collection(self, name: Any) -> list[Any]:
        """The items of a collection of the default graph that are in this scope."""
        return stacks.default_graph().get_collection(name, f"{self._name}/" if self._name else None)

    def trainable_variables(self) -> list[Any]:
        return self.get_collection(GraphKeys.TRAINABLE_VARIABLES)

    def global_variables(self) -> list[Any]:
        return self.get_collection(GraphKeys.GLOBAL_VARIABLES)

    def local_variables(self) -> list[Any]:
        return self.get_collection(GraphKeys.LOCAL_VARIABLES)

    def __repr__(self) -> str:
        return f"<tf.VariableScope '{self._name}' reuse={self._reuse}>"

    def get_variable(self, name: str, shape: ShapeLike | None = None, dtype: DTypeLike | None = None,
                     initializer: Any = None, regularizer: Any = None, reuse: Any = None, trainable: bool | None = None,
                     collections: Sequence[str] | None = None, caching_device: Any = None, partitioner: Any = None,
                     validate_shape: bool = True, use_resource: bool | None = None, custom_getter: Any = None,
                     constraint: Any = None, synchronization: Any = VariableSynchronization.AUTO,
                     aggregation: Any = VariableAggregation.NONE) -> Any:
        """`tf.get_variable` in this scope."""
        if initializer is None:
            initializer = self.initializer
        name = as_text(name)
        arguments = {
            "name": f"{self._name}/{name}" if self._name else name, "shape": shape,
            "dtype": _dtype(self, name, dtype, initializer), "initializer": initializer,
            "regularizer": self.regularizer if regularizer is None else regularizer,
            "reuse": self._reuse if reuse is None else reuse,
            "trainable": _trainable(trainable, synchronization), "collections": collections,
            "caching_device": self.caching_device if caching_device is None else caching_device,
            "partitioner": self.partitioner if partitioner is None else partitioner,
            "validate_shape": validate_shape,
            "use_resource": self.use_resource if use_resource is None else use_resource,
            "constraint": self.constraint if constraint is None else constraint,
            "synchronization": synchronization, "aggregation": aggregation,
        }
        getter = self.custom_getter if custom_getter is None else custom_getter
        if getter is not None:
            _check_getter(getter)
        # Names of variables follow variable scopes only.
        with stacks.default_graph().name_scope(None):
            return _get(**arguments) if getter is None else getter(_get, **arguments)


def _dtype(scope: VariableScope, name: str, dtype: Any, initializer: Any) -> DType:
    if initializer is None or callable(initializer):
        return scope.dtype if dtype is None else dtypes.as_dtype(dtype).base_dtype
    found = dtype_of_value(initializer)
    if dtype is not None and dtypes.as_dtype(dtype).base_dtype is not found:
        raise ValueError(f"Initializer type '{found.name}' and explicit dtype '{dtypes.as_dtype(dtype).name}' of "
                         f"variable {name!r} don't match: leave dtype out, or cast the initializer.")
    return found


def _trainable(trainable: bool | None, synchronization: Any) -> bool:
    return synchronization is not VariableSynchronization.ON_READ if trainable is None else trainable


def _get(name: str, shape: Any = None, dtype: Any = dtypes.float32, initializer: Any = None, regularizer: Any = None,
         reuse: Any = None, trainable: bool | None = None, collections: Any = None, caching_device: Any = None,
         partitioner: Any = None, validate_shape: bool = True, use_resource: bool | None = None,
         constraint: Any = None, synchronization: Any = VariableSynchronization.AUTO,
         aggregation: Any = VariableAggregation.NONE, custom_getter: Any = None) -> Any:
    """The way to a variable where no custom getter stands in it, and what custom getters are given as `getter`."""
    if custom_getter is not None:
        return custom_getter(_get, name, shape=shape, dtype=dtype, initializer=initializer, regularizer=regularizer,
                             reuse=reuse, trainable=trainable, collections=collections,
                             caching_device=caching_device, partitioner=partitioner, validate_shape=validate_shape,
                             use_resource=use_resource, constraint=constraint, synchronization=synchronization,
                             aggregation=aggregation)
    return registry_of(stacks.default_graph()).get(Request(
        name, as_shape(shape), dtypes.as_dtype(dtype).base_dtype, initializer, regularizer, reuse, trainable,
        collections, caching_device, partitioner, validate_shape, use_resource, constraint, synchronization,
        aggregation))


def get_variable_scope() -> VariableScope:
    """The current variable scope."""
    state = creation_state(stacks.default_graph())
    if state.scope is None:
        state.scope = VariableScope(False)
    return state.scope


def get_variable(name: str, shape: ShapeLike | None = None, dtype: DTypeLike | None = None, initializer: Any = None,
                 regularizer: Any = None, trainable: bool | None = None, collections: Sequence[str] | None = None,
                 caching_device: Any = None, partitioner: Any = None, validate_shape: bool = True,
                 use_resource: bool | None = None, custom_getter: Any = None, constraint: Any = None,
                 synchronization: Any = VariableSynchronization.AUTO,
                 aggregation: Any = VariableAggregation.NONE) -> Any:
    """The variable of a name: made, or, where the scope says so, the one that exists.

    Args:
      name: Its name in the current variable scope.
      shape: Its shape.
      dtype: Its dtype; by default the initializer's, where that is a value, else the scope's (float32).
      initializer: A function `(shape, dtype=None, partition_info=None)` or `()`, an initializer class, or a value
        (then no shape may be given). By default the scope's; else Glorot's uniform numbers, or zeros for integers.
      regularizer: A function of the variable; what it gives for a new variable joins
        `GraphKeys.REGULARIZATION_LOSSES`.
      trainable, collections, caching_device, validate_shape, use_resource, constraint, synchronization, aggregation:
        See `tf.Variable`.
      partitioner: A function from shape and dtype to the number of parts along each axis.
      custom_getter: A function `(getter, name, ...)` in place of the default way.

    Returns:
      A `Variable`, or a `PartitionedVariable` where there is a partitioner.

    Raises:
      ValueError: If the variable exists and may not be reused, does not exist and must, or is of another shape or
        dtype; if the shape is not known, or given beside an initializer that is a value.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     with tf.variable_scope("layer"):
      ...         w = tf.get_variable("w", [2, 3])
      ...     with tf.variable_scope("layer", reuse=True):
      ...         print(tf.get_variable("w") is w, w.name)
      True layer/w:0
    """
    return get_variable_scope().get_variable(
        name, shape, dtype, initializer, regularizer, None, trainable, collections, caching_device, partitioner,
        validate_shape, use_resource, custom_getter, constraint, synchronization, aggregation)


def get_local_variable(name: str, shape: ShapeLike | None = None, dtype: DTypeLike | None = None,
                       initializer: Any = None, regularizer: Any = None, trainable: bool = False,
                       collections: Sequence[str] | None = None, caching_device: Any = None, partitioner: Any = None,
                       validate_shape: bool = True, use_resource: bool | None = None, custom_getter: Any = None,
                       constraint: Any = None, synchronization: Any = VariableSynchronization.AUTO,
                       aggregation: Any = VariableAggregation.NONE) -> Any:
    """`tf.get_variable` for a variable of `GraphKeys.LOCAL_VARIABLES`, which is not trained.

    Args:
      name: Its name in the current variable scope.
      shape, dtype, initializer, regularizer: See `tf.get_variable`.
      trainable: Accepted for compatibility: it is not trained.
      collections: Further collections to put it into.
      caching_device, partitioner, validate_shape, use_resource, custom_getter, constraint, synchronization,
        aggregation: See `tf.get_variable`.

    Raises:
      ValueError: As `tf.get_variable`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     seen = tf.get_local_variable("seen", [], initializer=tf.zeros_initializer())
      ...     print(tf.local_variables() == [seen], tf.trainable_variables())
      True []
    """
    collections = [*(collections or ()), GraphKeys.LOCAL_VARIABLES]
    return get_variable(name, shape, dtype, initializer, regularizer, False, collections, caching_device, partitioner,
                        validate_shape, use_resource, custom_getter, constraint, synchronization, aggregation)


def create_partitioned_variables(shape: ShapeLike, slicing: Sequence[int], initializer: Any,
                                 dtype: DTypeLike = dtypes.float32, trainable: bool = True,
                                 collections: Sequence[str] | None = None, name: str | None = None,
                                 reuse: Any = None) -> list[Any]:
    """The parts of a partitioned variable: the old form of `tf.get_variable` with a partitioner.

    Args:
      shape: Shape of the whole.
      slicing: The number of parts along each axis; at most one may be more than 1.
      initializer: An initializer, or a tensor with the first value of the whole.
      dtype, trainable, collections: See `tf.Variable`.
      name: Name of the whole, `PartitionedVariable` by default.
      reuse: See `tf.variable_scope`.

    Raises:
      ValueError: If `slicing` does not fit the shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     parts = tf.create_partitioned_variables([4, 2], [2, 1], tf.zeros_initializer(), name="w")
      >>> [part.shape.as_list() for part in parts]
      [[2, 2], [2, 2]]
    """
    if len(slicing) != len(as_shape(shape)):
        raise ValueError(f"slicing {list(slicing)} and shape {shape} must be of one length")
    with variable_scope(name, "PartitionedVariable", reuse=reuse) as scope:
        found = _get(scope.name, shape if callable(initializer) else None, dtype, initializer, reuse=scope.reuse,
                     trainable=trainable, collections=collections,
                     partitioner=lambda shape, dtype: list(slicing))
    return list(found)


class variable_scope:
    """A scope for variables: a name, and defaults of `tf.get_variable`, inside a `with` block.

    Args:
      name_or_scope: A name under the current scope, or a `VariableScope` to enter again, wherever that is.
      default_name: A name that is made unique, used where `name_or_scope` is None.
      values: Tensors that the scope's operations take: they decide the graph.
      initializer, regularizer, caching_device, partitioner, dtype, use_resource, constraint: Defaults for
        `tf.get_variable`; where None, those of the scope around.
      custom_getter: A function `(getter, name, ...)`; getters of the scopes around are called by it as `getter`.
      reuse: True, False, None or `tf.AUTO_REUSE`; what the scope around reuses is reused here too.
      auxiliary_name_scope: Whether a name scope is opened as well.

    Raises:
      TypeError: If there is neither a name nor a default name.
      ValueError: If `reuse` is none of its values.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     with tf.variable_scope("a") as scope:
      ...         v = tf.get_variable("v", [1])
      ...     with tf.variable_scope(scope, reuse=True):
      ...         print(tf.get_variable("v") is v)
      True
    """

    def __init__(self, name_or_scope: Any, default_name: str | None = None, values: Any = None, initializer: Any = None,
                 regularizer: Any = None, caching_device: Any = None, partitioner: Any = None,
                 custom_getter: Any = None, reuse: Any = None, dtype: DTypeLike | None = None,
                 use_resource: bool | None = None, constraint: Any = None, auxiliary_name_scope: bool = True) -> None:
        if name_or_scope is None and default_name is None:
            raise TypeError("If default_name is None then name_or_scope is required")
        if name_or_scope is not None and not isinstance(name_or_scope, (str, VariableScope)):
            raise TypeError(f"name_or_scope must be a string or a VariableScope, got {name_or_scope!r}.")
        if reuse not in (True, False, None, AUTO_REUSE):
            raise ValueError(f"The reuse parameter must be True, False, None or tf.AUTO_REUSE, got {reuse!r}.")
        if not isinstance(auxiliary_name_scope, bool):
            raise TypeError(f"auxiliary_name_scope must be True or False, got {auxiliary_name_scope!r}.")
        if name_or_scope is None and reuse:
            raise ValueError("reuse=True cannot be used without a name_or_scope")
        self._name_or_scope = name_or_scope
        self._default_name = default_name
        self._values = list(values or ())
        self._reuse = reuse or None
        self._auxiliary_name_scope = auxiliary_name_scope
        self._custom_getter = custom_getter
        self._given = {"initializer": initializer, "regularizer": regularizer, "caching_device": caching_device,
                       "partitioner": partitioner, "dtype": dtype, "use_resource": use_resource,
                       "constraint": constraint}
        self._open: list[tuple[contextlib.ExitStack, Any]] = []

    def __enter__(self) -> VariableScope:
        resources = contextlib.ExitStack()
        graph = building.graph_of(self._values)
        if graph is not stacks.default_graph():
            resources.enter_context(graph.as_default())
        name_scope = graph.get_name_scope()
        name_scope = f"{name_scope}/" if name_scope else ""
        own = self._own_name_scope()
        if self._auxiliary_name_scope and own:
            name_scope = resources.enter_context(graph.name_scope(own))
        scope = open_scope(graph, self._name_or_scope, self._default_name, name_scope, self._reuse,
                           self._custom_getter, self._given)
        entered = scope.__enter__()
        self._open.append((resources, scope))
        return entered

    def _own_name_scope(self) -> str | None:
        if self._name_or_scope is None:
            return self._default_name
        if isinstance(self._name_or_scope, str):
            return self._name_or_scope
        return self._name_or_scope.name.split("/")[-1]

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        resources, scope = self._open.pop()
        with resources:
            scope.__exit__(kind, error, trace)


class open_scope:
    """Makes a variable scope the current one, without any name scope. Left open, it stays the current one."""

    def __init__(self, graph: Any, name_or_scope: Any, default_name: str | None = None, name_scope: str = "",
                 reuse: Any = None, custom_getter: Any = None, given: dict[str, Any] | None = None) -> None:
        self._state = creation_state(graph)
        with graph.as_default():
            self._outer = get_variable_scope()
        self._opened = self._state.opened
        opened = self._opened
        if name_or_scope is None:
            name_or_scope = self._unique(str(default_name))
        if isinstance(name_or_scope, str):
            base = self._outer
            name = f"{base.name}/{name_or_scope}" if base.name else name_or_scope
            reuse = reuse or base.reuse
        else:
            base = name_or_scope
            name, name_scope = base.name, base.original_name_scope
            reuse = reuse or base.reuse
            # Entering a scope again does not change what is counted around it.
            self._state.opened = opened = dict(opened)
        opened[name] = opened.get(name, 0) + 1
        self._state.openings += 1
        self._openings = self._state.openings
        getter = base.custom_getter
        if custom_getter is not None:
            getter = custom_getter if getter is None else _nested_getter(custom_getter, getter)
        chosen = {key: value if value is not None else getattr(base, key) for key, value in (given or {}).items()}
        inherited = {key: getattr(base, key) for key in _DEFAULTS}
        self.scope = VariableScope(reuse, name, custom_getter=getter, name_scope=name_scope, **{**inherited, **chosen})

    def _unique(self, default_name: str) -> str:
        prefix = f"{self._outer.name}/" if self._outer.name else ""
        name, number = default_name, 0
        while self._opened.get(prefix + name):
            number += 1
            name = f"{default_name}_{number}"
        return name

    def __enter__(self) -> VariableScope:
        self._state.scope = self.scope
        return self.scope

    def __exit__(self, *_: Any) -> None:
        if self._state.scope is not self.scope:
            raise RuntimeError(f"Improper nesting of variable_scope: '{self.scope.name}' is left while "
                               f"'{self._state.scope.name}', opened inside it, is still open.")
        if self._state.openings != self._openings:  # something was opened inside: it is counted anew next time
            inside = f"{self.scope.name}/"
            for name in self._state.opened:
                if name.startswith(inside) or not self.scope.name:
                    self._state.opened[name] = 0
        self._state.opened = self._opened
        self._state.scope = self._outer


_DEFAULTS = ("initializer", "regularizer", "caching_device", "partitioner", "dtype", "use_resource", "constraint")


def _check_getter(custom_getter: Any) -> None:
    if not callable(custom_getter):
        raise ValueError(f"Passed a custom_getter which is not callable: {custom_getter!r}")


def _nested_getter(inner: Callable[..., Any], outer: Callable[..., Any]) -> Callable[..., Any]:
    """The getter of an inner scope, whose `getter` is that of the scope around."""
    _check_getter(inner)

    def getter(get: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return inner(functools.partial(outer, get), *args, **kwargs)

    return getter


@contextlib.contextmanager
def variable_op_scope(values: Any, name_or_scope: Any, default_name: str | None = None, initializer: Any = None,
                      regularizer: Any = None, caching_device: Any = None, partitioner: Any = None,
                      custom_getter: Any = None, reuse: Any = None, dtype: DTypeLike | None = None,
                      use_resource: bool | None = None, constraint: Any = None) -> Iterator[VariableScope]:
    """The old form of `variable_scope`, with `values` in front.

    Args:
      values: Tensors, by whose graph the graph is found.
      name_or_scope, default_name, initializer, regularizer, caching_device, partitioner, custom_getter, reuse, dtype,
        use_resource, constraint: See `tf.variable_scope`.

    Raises:
      ValueError: As `tf.variable_scope`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.variable_op_scope([], "layer") as scope:
      ...     print(tf.get_variable("w", [2]).name)
      layer/w:0
    """
    with variable_scope(name_or_scope, default_name, values, initializer, regularizer, caching_device, partitioner,
                        custom_getter, reuse, dtype, use_resource, constraint) as scope:
        yield scope
