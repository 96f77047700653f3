"""The scopes under which a thread adds operations to a graph.

State: for each graph and thread, the blocks that are open. A thread begins outside of all of them; what another thread
has opened does not reach it.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from millpond.graph.control import ControlScope


class Scopes:
    """What is open in one thread. The values are replaced by each block, never changed in place.

    Attributes:
      name: The name scope, without its trailing slash.
      control: The blocks of `control_dependencies`, outermost first.
      devices: The functions of `device` blocks, outermost first; None hides those before it.
      colocation: The operations (or names) that new ones belong with.
      gradient_overrides: The maps of `gradient_override_map`, outermost first.
      container: Name of the resource container.
    """

    __slots__ = ("name", "control", "devices", "colocation", "gradient_overrides", "container")

    def __init__(self) -> None:
        self.name = ""
        self.control: tuple[ControlScope, ...] = ()
        self.devices: tuple[Any, ...] = ()
        self.colocation: tuple[Any, ...] = ()
        self.gradient_overrides: tuple[dict[str, str], ...] = ()
        self.container = ""


class ScopesByThread(threading.local):
    """The scopes of the thread that asks."""

    def __init__(self) -> None:
        self.here = Scopes()
