"""Variable scopes without a name scope, and which variables are resources, from the inside of TensorFlow."""

from __future__ import annotations

import contextlib
from typing import Any

from millpond.graph import stacks
from millpond.variables import scope
from millpond.variables.resource_variable import ResourceVariable
from millpond.variables.scope import VariableScope


def _pure_variable_scope(name_or_scope: Any, reuse: Any = None, initializer: Any = None, regularizer: Any = None,
                         caching_device: Any = None, partitioner: Any = None, custom_getter: Any = None,
                         old_name_scope: str | None = None, dtype: Any = None, use_resource: bool | None = None,
                         constraint: Any = None) -> contextlib.AbstractContextManager[VariableScope]:
    """A context in which variables are made in a scope, and nodes in the name scope that is open.

    Args:
      name_or_scope: Name of the scope, inside of the current one; or a scope to open again.
      reuse, initializer, regularizer, caching_device, partitioner, custom_getter, dtype, use_resource, constraint:
        As those of `tf.variable_scope`.
      old_name_scope: The name scope that the scope is said to have been opened with.

    Raises:
      ValueError: If `custom_getter` cannot be called.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), _pure_variable_scope("layer"):
      ...     print(tf.get_variable("w", [2]).op.name, tf.no_op("done").name)
      layer/w done
    """
    given = {"initializer": initializer, "regularizer": regularizer, "caching_device": caching_device,
             "partitioner": partitioner, "dtype": dtype, "use_resource": use_resource, "constraint": constraint}
    return scope.open_scope(stacks.default_graph(), name_or_scope, name_scope=old_name_scope or "", reuse=reuse,
                            custom_getter=custom_getter, given=given)


def is_resource_variable(var: Any) -> bool:
    """Whether something is a variable that is a resource."""
    return isinstance(var, ResourceVariable)
