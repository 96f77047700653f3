"""The default graph and the default session.

State, all of it thread-local as in TensorFlow: the stack of graphs, the graph that is the default while that stack
is empty, and the stack of sessions. This is the only hidden global state of the framework.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any


class DefaultStack(threading.local):
    """A thread's stack of default objects, and the one that serves while it is empty."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.fallback: Any = None

    @contextlib.contextmanager
    def pushed(self, item: Any) -> Iterator[Any]:
        """Makes `item` the default inside the `with` block; blocks must close in the order they nest."""
        self.items.append(item)
        try:
            yield item
        finally:
            if self.items[-1] is not item:
                raise AssertionError(
                    f"Nesting violated: {item} is left while {self.items[-1]} is still the innermost default"
                )
            self.items.pop()


graphs = DefaultStack()
sessions = DefaultStack()
_new_graph: Callable[[], Any]


def set_graph_factory(factory: Callable[[], Any]) -> None:
    """Tells how the global default graph is made (graph.py calls this once: it stands above this module)."""
    global _new_graph
    _new_graph = factory


def default_graph() -> Any:
    """The innermost graph of this thread's stack, or the thread's own first graph."""
    if graphs.items:
        return graphs.items[-1]
    if graphs.fallback is None:
        graphs.fallback = _new_graph()
    return graphs.fallback


def reset_default_graph() -> None:
    """Replaces this thread's default graph by an empty one.

    Raises:
      AssertionError: Inside a `with graph.as_default():` block, where it would have no effect.
    """
    if graphs.items:
        raise AssertionError(
            "tf.reset_default_graph() does nothing inside `with graph.as_default():`; "
            "leave the block first, or make a new tf.Graph()."
        )
    graphs.fallback = None


@contextlib.contextmanager
def set_aside() -> Iterator[None]:
    """Gives this thread empty stacks inside the `with` block, as a new thread has; then the present ones come back."""
    kept = graphs.items, graphs.fallback, sessions.items
    graphs.items, graphs.fallback, sessions.items = [], None, []
    try:
        yield
    finally:
        graphs.items, graphs.fallback, sessions.items = kept


def default_session() -> Any:
    """The innermost session of this thread, or None."""
    return sessions.items[-1] if sessions.items else None


def required_session(session: Any, purpose: str, otherwise: str = " or pass session=") -> Any:
    """The session given, or the default one where that is None.

    Args:
      session: A session, or None.
      purpose: What it is needed for, for the error.
      otherwise: What the error names beside a default session.

    Raises:
      ValueError: If there is no session.
    """
    found = default_session() if session is None else session
    if found is None:
        raise ValueError(f"Cannot {purpose}: no default session is registered. Use `with sess.as_default():`"
                         f"{otherwise}.")
    return found


def session_for(graph: Any, session: Any, purpose: str) -> Any:
    """The session to use for something of `graph`, checked.

    Raises:
      ValueError: If there is no session, or it runs another graph.
    """
    found = required_session(
        session, purpose, " or pass an explicit session to eval(session=sess) or run(session=sess)")
    if found.graph is graph:
        return found
    if session is None:
        raise ValueError(f"Cannot {purpose} in the default session: it runs a different graph. "
                         "Pass an explicit session of the right graph.")
    raise ValueError(f"Cannot {purpose}: the session given runs a different graph.")
