"""`tf.make_template`: a function whose variables are made by its first call, and shared by the others."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from millpond.graph import creation_site, stacks
from millpond.graph.collections import GraphKeys
from millpond.variables.scope import VariableScope, open_scope, variable_scope


def make_template(name_: str, func_: Callable[..., Any], create_scope_now_: bool = False,
                  unique_name_: str | None = None, custom_getter_: Any = None, **kwargs: Any) -> Template:
    """A function that shares its variables between calls.

    Args:
      name_: Name of the variable scope, made unique.
      func_: The function; it makes its variables with `tf.get_variable`.
      create_scope_now_: Whether the scope's name is taken now, and not by the first call.
      unique_name_: A name for the scope that is used as it is.
      custom_getter_: See `tf.variable_scope`.
      **kwargs: Arguments for `func_`.

    Raises:
      ValueError: If `func_` cannot be called.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     scale = tf.make_template("scale", lambda x: x * tf.get_variable("w", initializer=2.0))
      ...     y, z = scale(1.0), scale(5.0)
      ...     print([v.name for v in tf.global_variables()])
      ['scale/w:0']
    """
    if not callable(func_):
        raise ValueError(f"func_ must be a function, got {func_!r}.")
    return Template(name_, functools.partial(func_, **kwargs) if kwargs else func_, create_scope_now_, unique_name_,
                    custom_getter_)


class Template:
    """What `tf.make_template` gives; call it like the function."""

    def __init__(self, name: str, func: Callable[..., Any], create_scope_now: bool, unique_name: str | None,
                 custom_getter: Any) -> None:
        if name is None:
            raise ValueError("name cannot be None.")
        self._name = name
        self._func = func
        self._unique_name = unique_name
        self._custom_getter = custom_getter
        self._site = creation_site.capture()
        self._scope: VariableScope | None = None
        self._has_variables = False
        if create_scope_now:
            with open_scope(stacks.default_graph(), unique_name, name, custom_getter=custom_getter) as scope:
                self._scope = scope

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._scope is None:
            with variable_scope(self._unique_name, self._name, custom_getter=self._custom_getter) as scope:
                self._scope = scope
                result = self._call(args, kwargs)
        else:
            with variable_scope(self._scope, reuse=True if self._has_variables else None):
                result = self._call(args, kwargs)
        self._has_variables = True
        return result

    def _call(self, args: Any, kwargs: Any) -> Any:
        graph = stacks.default_graph()
        before = len(graph.get_collection_ref(GraphKeys.TRAINABLE_VARIABLES))
        try:
            result = self._func(*args, **kwargs)
        except Exception as error:
            if self._site is not None:
                error.add_note(f"in the template '{self._name}', made at {creation_site.describe(self._site)}")
            raise
        made = graph.get_collection_ref(GraphKeys.TRAINABLE_VARIABLES)[before:]
        if self._has_variables and made:
            raise ValueError(
                f"The template '{self._name}' made a trainable variable when it was called again: {made}. Variables "
                "are shared only if the function makes them with tf.get_variable, not tf.Variable. The template was "
                f"made at {creation_site.describe(self._site)}.")
        return result

    @property
    def name(self) -> str:
        return self._name

    @property
    def func(self) -> Callable[..., Any]:
        return self._func

    @property
    def variable_scope(self) -> VariableScope | None:
        """The scope of the variables; None before the first call."""
        return self._scope

    var_scope = variable_scope

    @property
    def variable_scope_name(self) -> str | None:
        """The scope's name with a trailing slash; None before the first call."""
        if self._scope is None:
            return None
        name = self._scope.name
        return name if not name or name[-1] == "/" else f"{name}/"

    def _collection(self, key: str) -> list[Any]:
        scope = self.variable_scope_name
        return [] if scope is None else stacks.default_graph().get_collection(key, scope)

    @property
    def variables(self) -> list[Any]:
        """The global and local variables of the template."""
        return [*self.global_variables, *self.local_variables]

    @property
    def trainable_variables(self) -> list[Any]:
        return self._collection(GraphKeys.TRAINABLE_VARIABLES)

    @property
    def non_trainable_variables(self) -> list[Any]:
        trained = set(self.trainable_variables)
        return [variable for variable in self.variables if variable not in trained]

    @property
    def global_variables(self) -> list[Any]:
        return self._collection(GraphKeys.GLOBAL_VARIABLES)

    @property
    def local_variables(self) -> list[Any]:
        return self._collection(GraphKeys.LOCAL_VARIABLES)

    weights = variables
    trainable_weights = trainable_variables
    non_trainable_weights = non_trainable_variables
