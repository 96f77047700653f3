"""Scaffold: the operations that a session needs besides the model itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond.graph import stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import group
from millpond.ops.array.join import concat
from millpond.summary.recording import merge_all
from millpond.train import resources
from millpond.train.saving.saver import Saver
from millpond.variables import collections as variables

# What loading a SavedModel leaves to be run with the initializers.
_SAVED_MODEL_INITIALIZERS = "saved_model_initializers"

# The arguments that can be taken over from another scaffold.
_PARTS = (
    "init_op",
    "init_feed_dict",
    "ready_op",
    "ready_for_local_init_op",
    "local_init_op",
    "local_init_feed_dict",
    "summary_op",
    "saver",
)


class Scaffold:
    """What initializes, checks, summarizes and saves a model; what is not given is made by `finalize`.

    Every part can also be left in its collection (`GraphKeys.INIT_OP`, ...); `finalize` adds the ones that it
    makes.

    Args:
      init_op: Initializes the model; by default all global variables and shared resources.
      init_feed_dict: What to feed to it.
      init_fn: `init_fn(scaffold, session)`, called after `init_op`.
      ready_op: A vector of strings that is empty once the model is ready; by default the names of the global
        and local variables without a value.
      ready_for_local_init_op: The same, before `local_init_op`; by default of the global variables.
      local_init_op: Initializes what is not saved, also after a restore; by default local variables and
        tables.
      summary_op: By default all summaries merged.
      saver: By default a `Saver` of all variables.
      copy_from_scaffold: A scaffold to take everything from that is not given.
      local_init_feed_dict: What to feed to `local_init_op`.

    Raises:
      TypeError: If `copy_from_scaffold` is no scaffold.
      RuntimeError: By `finalize`, if a collection has several items of a kind.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     v = tf.Variable(1.0)
      ...     start = tf.placeholder(tf.float32, [])
      ...     scaffold = tf.train.Scaffold(init_op=v.assign(start), init_feed_dict={start: 7.0})
      ...     with tf.train.MonitoredSession(tf.train.ChiefSessionCreator(scaffold)) as session:
      ...         print(session.run(v))
      7.0
    """

    def __init__(
        self,
        init_op: Any = None,
        init_feed_dict: dict[Any, Any] | None = None,
        init_fn: Callable[[Scaffold, Any], Any] | None = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        local_init_op: Any = None,
        summary_op: Any = None,
        saver: Any = None,
        copy_from_scaffold: Scaffold | None = None,
        local_init_feed_dict: dict[Any, Any] | None = None,
    ) -> None:
        if copy_from_scaffold is not None and not isinstance(copy_from_scaffold, Scaffold):
            raise TypeError(f"copy_from_scaffold is not a Scaffold instance, but {copy_from_scaffold!r}.")
        given = (
            init_op,
            init_feed_dict,
            ready_op,
            ready_for_local_init_op,
            local_init_op,
            local_init_feed_dict,
            summary_op,
            saver,
        )
        self._parts: dict[str, Any] = {}
        for name, value in zip(_PARTS, given, strict=True):
            if value is None and copy_from_scaffold is not None:
                value = getattr(copy_from_scaffold, name)
            self._parts[name] = value
        self._user_init_fn = init_fn
        if init_fn is None and copy_from_scaffold is not None:
            self._user_init_fn = copy_from_scaffold._user_init_fn

    def finalize(self) -> Scaffold:
        """Makes what was not given, in the default graph, and finalizes that; returns the scaffold itself."""
        for name, key, make in _DEFAULTS:
            if self._parts[name] is None:
                self._parts[name] = Scaffold.get_or_default(name, key, make)
        self._parts["saver"].build()
        stacks.default_graph().finalize()
        return self

    @property
    def init_op(self) -> Any:
        return self._parts["init_op"]

    @property
    def init_feed_dict(self) -> Any:
        return self._parts["init_feed_dict"]

    @property
    def init_fn(self) -> Callable[[Any], Any] | None:
        """A function of the session alone."""
        function = self._user_init_fn
        return None if function is None else lambda session: function(self, session)

    @property
    def ready_op(self) -> Any:
        return self._parts["ready_op"]

    @property
    def ready_for_local_init_op(self) -> Any:
        return self._parts["ready_for_local_init_op"]

    @property
    def local_init_op(self) -> Any:
        return self._parts["local_init_op"]

    @property
    def local_init_feed_dict(self) -> Any:
        return self._parts["local_init_feed_dict"]

    @property
    def summary_op(self) -> Any:
        return self._parts["summary_op"]

    @property
    def saver(self) -> Any:
        return self._parts["saver"]

    @staticmethod
    def get_or_default(arg_name: str, collection_key: str, default_constructor: Callable[[], Any]) -> Any:
        """The only item of a collection, or else a new one, which is added to it.

        Args:
          arg_name: The argument of `Scaffold` that the message names.
          collection_key: The collection.
          default_constructor: Makes an item.

        Raises:
          RuntimeError: If the collection has several items.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default():
          ...     made = tf.train.Scaffold.get_or_default("init_op", tf.GraphKeys.INIT_OP, tf.no_op)
          ...     found = tf.train.Scaffold.get_or_default("init_op", tf.GraphKeys.INIT_OP, tf.no_op)
          >>> made is found
          True
        """
        graph = stacks.default_graph()
        found = graph.get_collection(collection_key)
        if len(found) > 1:
            raise RuntimeError(
                f'More than one item in the collection "{collection_key}". Please indicate which one to use '
                f"by passing it to the tf.train.Scaffold constructor as:  tf.train.Scaffold({arg_name}=item to use)"
            )
        if found:
            return found[0]
        made = default_constructor()
        if made is not None:
            graph.add_to_collection(collection_key, made)
        return made

    @staticmethod
    def default_local_init_op() -> Operation:
        """Initializes local variables, tables and local resources."""
        return group(
            variables.local_variables_initializer(),
            variables.tables_initializer(),
            resources.initialize_resources(resources.local_resources()),
        )


def _default_init_op() -> Operation:
    return group(
        variables.global_variables_initializer(),
        resources.initialize_resources(resources.shared_resources()),
        stacks.default_graph().get_collection(_SAVED_MODEL_INITIALIZERS),
    )


def _default_ready_op() -> Tensor:
    return concat([variables.report_uninitialized_variables(), resources.report_uninitialized_resources()], 0)


def _default_ready_for_local_init_op() -> Tensor:
    return concat(
        [
            variables.report_uninitialized_variables(variables.global_variables()),
            resources.report_uninitialized_resources(resources.shared_resources()),
        ],
        0,
    )


def _default_saver() -> Saver:
    return Saver(sharded=True, allow_empty=True)


# In the order in which TensorFlow creates them.
_DEFAULTS: tuple[tuple[str, str, Callable[[], Any]], ...] = (
    ("init_op", GraphKeys.INIT_OP, _default_init_op),
    ("ready_op", GraphKeys.READY_OP, _default_ready_op),
    ("ready_for_local_init_op", GraphKeys.READY_FOR_LOCAL_INIT_OP, _default_ready_for_local_init_op),
    ("local_init_op", GraphKeys.LOCAL_INIT_OP, Scaffold.default_local_init_op),
    ("summary_op", GraphKeys.SUMMARY_OP, merge_all),
    ("saver", GraphKeys.SAVERS, _default_saver),
)
