"""`name_scope` as public functions use it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from typing import Any

from millpond.graph import building, stacks


@contextlib.contextmanager
def name_scope(name: str | None, default_name: str | None = None, values: Iterable[Any] | None = None) -> Iterator[str]:
    """Opens a name scope in the graph of `values` (else the default graph), and makes that graph the default.

    Args:
      name: The scope's name; where it is None, `default_name` is used.
      default_name: The name when none is given.
      values: What the scope's ops take: tensors, variables, operations, or other values.

    Yields:
      The scope with a trailing slash: given as an op's name, the op gets exactly the scope's name.

    Raises:
      ValueError: If both names are None, with `values` given; or the name is not valid.
      TypeError: If the name is no text.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     with tf.name_scope("outer"):
      ...         print(tf.constant(1, name="one").name)
      outer/one:0
    """
    chosen = default_name if name is None else name
    if chosen is None and values is not None:
        raise ValueError(f"At least one of name ({name}) and default_name ({default_name}) must be provided.")
    graph = building.graph_of(() if values is None else values)
    if graph is stacks.default_graph():
        with graph.name_scope(chosen) as scope:
            yield scope
    else:
        with graph.as_default(), graph.name_scope(chosen) as scope:
            yield scope


def op_scope(values: Iterable[Any], name: str | None,
             default_name: str | None = None) -> contextlib.AbstractContextManager[str]:
    """Opens a name scope; `tf.name_scope` with its arguments in the order of the first releases.

    Args:
      values: What the scope's ops take: tensors, variables, operations, or other values.
      name: The scope's name; where it is None, `default_name` is used.
      default_name: The name when none is given.

    Raises:
      ValueError: If both names are None, or the name is not valid.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.op_scope([], None, "layer"):
      ...     print(tf.constant(1, name="one").name)
      layer/one:0
    """
    return name_scope(name, default_name, values)


@contextlib.contextmanager
def init_scope() -> Iterator[None]:
    """Lifts what is made inside out of control dependencies and out of the bodies of branches and loops.

    Variables and their initializers are made in such a scope. Name scopes stay as they are.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.name_scope("model"), tf.control_dependencies([tf.no_op()]):
      ...     with tf.init_scope():
      ...         start = tf.constant(0.0, name="start")
      >>> start.name, start.op.control_inputs
      ('model/start:0', [])
    """
    with stacks.default_graph().outside():
        yield
