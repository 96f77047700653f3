"""The variables of a graph by collection, and the operations that initialize them or ask whether they are."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from millpond.graph import stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.opdef import lookup
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant, from_array
from millpond.ops.array.identity import group, identity, no_op
from millpond.ops.array.indexing import boolean_mask
from millpond.ops.scoping import name_scope
from millpond.ops.state import assign as state


def global_variables(scope: str | None = None) -> list[Any]:
    """The variables that are shared by all workers, those of `tf.Variable` by default.

    Args:
      scope: A regular expression that the beginning of the names must match.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     a, b = tf.Variable(1, name="a"), tf.Variable(2, name="b")
      ...     print([v.name for v in tf.global_variables()], [v.name for v in tf.global_variables("b")])
      ['a:0', 'b:0'] ['b:0']
    """
    return stacks.default_graph().get_collection(GraphKeys.GLOBAL_VARIABLES, scope)


def all_variables() -> list[Any]:
    """The old name of `global_variables`."""
    return global_variables()


def local_variables(scope: str | None = None) -> list[Any]:
    """The variables that each worker has for itself, and that are not saved."""
    return stacks.default_graph().get_collection(GraphKeys.LOCAL_VARIABLES, scope)


def model_variables(scope: str | None = None) -> list[Any]:
    """The variables of `GraphKeys.MODEL_VARIABLES`."""
    return stacks.default_graph().get_collection(GraphKeys.MODEL_VARIABLES, scope)


def trainable_variables(scope: str | None = None) -> list[Any]:
    """The variables that optimizers train."""
    return stacks.default_graph().get_collection(GraphKeys.TRAINABLE_VARIABLES, scope)


def moving_average_variables(scope: str | None = None) -> list[Any]:
    """The variables that an `ExponentialMovingAverage` follows."""
    return stacks.default_graph().get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, scope)


def variables_initializer(var_list: Any, name: str = "init") -> Operation:
    """An operation that sets each variable of a list to its initial value.

    Raises:
      TypeError: If there is something else in the list.
    """
    variables = list(var_list or ())
    for variable in variables:
        if not hasattr(variable, "initializer"):
            raise TypeError(f"variables_initializer takes a list of variables, got {variable!r} in it")
    return group(*[variable.initializer for variable in variables], name=name) if variables else no_op(name)


def global_variables_initializer() -> Operation:
    """An operation that sets each global variable to its initial value; run it before anything else.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable([1, 2])
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(v))
      [1 2]
    """
    return variables_initializer(global_variables())


def local_variables_initializer() -> Operation:
    """An operation that sets each local variable to its initial value."""
    return variables_initializer(local_variables())


def initialize_all_variables() -> Operation:
    """The old name of `global_variables_initializer`."""
    return global_variables_initializer()


def initialize_variables(var_list: Any, name: str = "init") -> Operation:
    """The old name of `variables_initializer`."""
    return variables_initializer(var_list, name)


def initialize_local_variables() -> Operation:
    """The old name of `local_variables_initializer`."""
    return local_variables_initializer()


def tables_initializer(name: str = "init_all_tables") -> Operation:
    """An operation that fills all lookup tables."""
    initializers = stacks.default_graph().get_collection(GraphKeys.TABLE_INITIALIZERS)
    return group(*initializers, name=name) if initializers else no_op(name)


def initialize_all_tables(name: str = "init_all_tables") -> Operation:
    """The old name of `tables_initializer`."""
    return tables_initializer(name)


def report_uninitialized_variables(var_list: Any = None, name: str = "report_uninitialized_variables") -> Tensor:
    """The names of the variables that have no value yet: a vector of strings.

    Args:
      var_list: The variables to ask; all global and local ones by default.
      name: Name of the scope.
    """
    variables = _asked(var_list)
    graph = stacks.default_graph()
    with name_scope(name), contextlib.nullcontext() if variables else graph.device("/cpu:0"):
        if not variables:
            return from_array(np.empty([0], object), "Const")
        are_set = [state.is_variable_initialized(variable) for variable in variables]
        with graph.device("/cpu:0"):
            is_missing = lookup("LogicalNot")(lookup("Pack")(are_set, name="stack"))
            names = constant([variable.op.name for variable in variables])
            return boolean_mask(names, is_missing)


def assert_variables_initialized(var_list: Any = None) -> Operation | None:
    """An operation that fails with FailedPreconditionError while a variable has no value; None without variables."""
    variables = _asked(var_list)
    return group(*[identity(variable) for variable in variables], name="initialized") if variables else None


def _asked(var_list: Any) -> list[Any]:
    if var_list is not None:
        return list(var_list)
    found = [*global_variables(), *local_variables()]
    if found:
        return found
    # Graphs of the first releases name the nodes, and have no collections.
    nodes = stacks.default_graph().get_operations()
    return [op.outputs[0] for op in nodes if op.type in ("Variable", "VariableV2", "AutoReloadVariable")]
