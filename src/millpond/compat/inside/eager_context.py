"""What programs ask TensorFlow's `eager.context`: whether operations run at once, which here they never do."""

from __future__ import annotations

import contextlib
from typing import NoReturn

from millpond.compat.modes import executing_eagerly
from millpond.session import devices

GRAPH_MODE = 0
EAGER_MODE = 1


def in_graph_mode() -> bool:
    """Whether operations are added to a graph: always."""
    return True


def in_eager_mode() -> bool:
    """Whether operations run at once: never."""
    return False


def graph_mode() -> contextlib.AbstractContextManager[None]:
    """A context in which operations are added to a graph, as they are outside of it."""
    return contextlib.nullcontext()


def eager_mode() -> NoReturn:
    """Would be a context in which operations run at once.

    Raises:
      NotImplementedError: Always.
    """
    raise NotImplementedError("eager.context.eager_mode: Millpond builds graphs and runs them in sessions; it has no "
                              "eager execution. Fetch a tensor with tf.Session().run(tensor) to see its value.")


class Context:
    """The state of this process as far as programs ask for it."""

    def executing_eagerly(self) -> bool:
        """Whether operations run at once: never."""
        return executing_eagerly()

    def in_eager_mode(self) -> bool:
        """Whether operations run at once: never."""
        return in_eager_mode()

    @property
    def scope_name(self) -> str:
        """The name scope of operations that run at once: empty."""
        return ""

    def num_gpus(self) -> int:
        """Number of GPUs that this process has."""
        return num_gpus()


_CONTEXT = Context()


def context() -> Context:
    """The state of this process."""
    return _CONTEXT


def num_gpus() -> int:
    """Number of GPUs that this process has."""
    return sum(device.device_type == "GPU" for device in devices.attributes())
