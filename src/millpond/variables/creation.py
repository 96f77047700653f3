"""How `tf.Variable(...)` comes to a variable: through the creators of the graph, innermost first, to the default one.

State, for each graph in `graph.extensions` and each thread: the current variable scope, how often each scope name has
been opened, and the creators that are in force.
"""

from __future__ import annotations

import contextlib
import enum
import functools
import threading
from collections.abc import Callable, Iterator
from typing import Any

from millpond.graph import stacks

_KEY = "variables: scope and creators"


class VariableSynchronization(enum.Enum):
    """When the copies of a variable on several replicas are brought together."""

    AUTO = 0
    NONE = 1
    ON_WRITE = 2
    ON_READ = 3


class VariableAggregation(enum.Enum):
    """How the copies of a variable on several replicas are brought together."""

    NONE = 0
    SUM = 1
    MEAN = 2
    ONLY_FIRST_REPLICA = 3


class CreationState(threading.local):
    """What creating a variable depends on, besides its arguments.

    Attributes:
      scope: The current `VariableScope`, or None where none has been opened.
      opened: How often each variable scope name has been opened, to make default names unique.
      openings: How many scopes have been opened in all.
      creators: Functions in force, outermost first.
    """

    def __init__(self) -> None:
        self.scope: Any = None
        self.opened: dict[str, int] = {}
        self.openings = 0
        self.creators: tuple[Callable[..., Any], ...] = ()


def creation_state(graph: Any) -> CreationState:
    """The state of a graph in this thread."""
    state = graph.extensions.get(_KEY)
    if state is None:
        state = graph.extensions.setdefault(_KEY, CreationState())
    return state


@contextlib.contextmanager
def variable_creator_scope(variable_creator: Callable[..., Any]) -> Iterator[None]:
    """Inside, variables are made by `variable_creator(next_creator, **kwargs)`.

    Args:
      variable_creator: Gets the arguments of `tf.Variable` by keyword, and `next_creator`, which takes the same and
        gives the variable. It may change the arguments, the result, or make something else altogether.

    Example:
      >>> import millpond as tf
      >>> def frozen(next_creator, **kwargs):
      ...     kwargs["trainable"] = False
      ...     return next_creator(**kwargs)
      >>> with tf.Graph().as_default():
      ...     with tf.variable_creator_scope(frozen):
      ...         v = tf.Variable(1.0)
      ...     print(v.trainable, tf.trainable_variables())
      False []
    """
    state = creation_state(stacks.default_graph())
    outer = state.creators
    state.creators = inner = (*outer, variable_creator)
    try:
        yield
    finally:
        is_innermost = state.creators is inner
        state.creators = outer
        if not is_innermost:
            raise RuntimeError("Exiting variable_creator_scope without proper nesting: another, opened inside it, is "
                               "still open.")


_resource_variables = False  # whether variables are resources by default, in this process


def enable_resource_variables() -> None:
    """Makes variables resources, as `use_resource=True` does, where their creation and scope say nothing.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     tf.enable_resource_variables()
      ...     v = tf.get_variable("v", [])
      ...     tf.disable_resource_variables()
      >>> v.op.type, tf.resource_variables_enabled()
      ('VarHandleOp', False)
    """
    global _resource_variables
    _resource_variables = True


def disable_resource_variables() -> None:
    """Makes variables references by default, which they are at first."""
    global _resource_variables
    _resource_variables = False


def resource_variables_enabled() -> bool:
    """Whether variables are resources by default."""
    return _resource_variables


# The classes of variables, by `use_resource`; each registers itself, because they stand above this module.
_kinds: dict[bool, type] = {}


def register_kind(use_resource: bool, kind: type) -> None:
    """Tells which class makes the variables that are references, or resources."""
    _kinds[use_resource] = kind


def create_variable(**kwargs: Any) -> Any:
    """A variable made by the creators in force; `kwargs` are the arguments of `tf.Variable`."""
    make = make_variable
    for creator in creation_state(stacks.default_graph()).creators:
        make = functools.partial(creator, make)
    return make(**kwargs)


def make_variable(**kwargs: Any) -> Any:
    """A variable of the class that `use_resource`, or else the variable scope, asks for; no creator is asked."""
    use_resource = kwargs.get("use_resource")
    if use_resource is None:
        scope = creation_state(stacks.default_graph()).scope
        use_resource = None if scope is None else scope.use_resource
    kind = _kinds[_resource_variables if use_resource is None else bool(use_resource)]
    variable: Any = object.__new__(kind)
    variable.__init__(**kwargs)
    return variable
