"""Resources other than variables that need creating before use, such as the trees and statistics of models.

They stand in the collections `RESOURCES` (shared by all workers) and `LOCAL_RESOURCES`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from millpond.graph import stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.opdef import lookup
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant, from_array
from millpond.ops.array.identity import group, no_op
from millpond.ops.array.indexing import boolean_mask
from millpond.ops.scoping import name_scope


class Resource(NamedTuple):
    """A resource.

    Attributes:
      handle: Tensor that names it.
      create: Operation that makes it.
      is_initialized: Tensor that tells whether it is made.
    """

    handle: Any
    create: Operation
    is_initialized: Tensor


def register_resource(
    handle: Any, create_op: Operation, is_initialized_op: Tensor, is_shared: bool = True
) -> None:
    """Registers a resource, so that a monitored session creates it.

    Args:
      handle: What stands for the resource.
      create_op: Creates it.
      is_initialized_op: A boolean tensor: whether it has been created.
      is_shared: Whether all workers have it in common.

    Raises:
      RuntimeError: If the default graph is finalized.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     register_resource("table", tf.no_op("create"), tf.constant(True))
      ...     print(shared_resources()[0].create.name)
      create
    """
    key = GraphKeys.RESOURCES if is_shared else GraphKeys.LOCAL_RESOURCES
    stacks.default_graph().add_to_collection(key, Resource(handle, create_op, is_initialized_op))


def shared_resources() -> list[Any]:
    """The resources that all workers share."""
    return stacks.default_graph().get_collection(GraphKeys.RESOURCES)


def local_resources() -> list[Any]:
    """The resources of each worker."""
    return stacks.default_graph().get_collection(GraphKeys.LOCAL_RESOURCES)


def initialize_resources(resource_list: Sequence[Any], name: str = "init") -> Operation:
    """An operation that creates all resources of a list."""
    return group(*[one.create for one in resource_list], name=name) if resource_list else no_op(name)


def report_uninitialized_resources(
    resource_list: Sequence[Any] | None = None, name: str = "report_uninitialized_resources"
) -> Tensor:
    """The names of the resources that are not created yet: a vector of strings.

    Args:
      resource_list: The resources to ask; by default all.
      name: Name of the scope.
    """
    asked = [*shared_resources(), *local_resources()] if resource_list is None else list(resource_list)
    with name_scope(name), stacks.default_graph().device("/cpu:0"):
        if not asked:
            return from_array(np.empty([0], object), "Const")
        is_missing = lookup("LogicalNot")(lookup("Pack")([one.is_initialized for one in asked], name="stack"))
        return boolean_mask(constant([one.handle.name for one in asked]), is_missing)
