"""Graph methods as functions of the default graph: `tf.device`, `tf.control_dependencies`, collections, ..."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from millpond.graph import stacks
from millpond.graph.argument_types import DeviceLike, TensorLike
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor


def control_dependencies(
        control_inputs: Iterable[Operation | TensorLike] | None) -> contextlib.AbstractContextManager[None]:
    """Orders what is created inside a `with` block after `control_inputs`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable(1)
      ...     sess.run(v.initializer)
      ...     with tf.control_dependencies([v.assign_add(10)]):
      ...         y = v * 2
      ...     print(sess.run(y))
      22
    """
    return stacks.default_graph().control_dependencies(control_inputs)


def device(device_name_or_function: DeviceLike) -> contextlib.AbstractContextManager[None]:
    """Sets the device of what is created inside a `with` block: `"/gpu:0"`, `"/job:ps/task:1"`, a function, None."""
    return stacks.default_graph().device(device_name_or_function)


def colocate_with(op: Operation | TensorLike, ignore_existing: bool = False) -> contextlib.AbstractContextManager[None]:
    """Places what is created inside a `with` block where `op` is."""
    return stacks.default_graph().colocate_with(op, ignore_existing)


def container(container_name: str) -> contextlib.AbstractContextManager[str]:
    """Names the resource container of what is created inside a `with` block."""
    return stacks.default_graph().container(container_name)


def add_to_collection(name: Any, value: Any) -> None:
    """Adds a value to a collection of the default graph."""
    stacks.default_graph().add_to_collection(name, value)


def add_to_collections(names: Any, value: Any) -> None:
    """Adds a value to several collections of the default graph."""
    stacks.default_graph().add_to_collections(names, value)


def get_collection(key: Any, scope: str | None = None) -> list[Any]:
    """The items of a collection of the default graph; with `scope`, those whose name it matches."""
    return stacks.default_graph().get_collection(key, scope)


def get_collection_ref(key: Any) -> list[Any]:
    """The list behind a collection of the default graph."""
    return stacks.default_graph().get_collection_ref(key)


def is_tensor(x: object) -> bool:
    """Whether `x` is a tensor, a composite of tensors, or a variable."""
    return isinstance(x, Tensor) or hasattr(x, "_as_graph_element") or hasattr(x, "map_tensors")


