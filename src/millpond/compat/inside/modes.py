"""`tensorflow.python.tf2`, `control_flow_util`: questions about TensorFlow's modes, which have one answer here."""

from __future__ import annotations

from typing import Any


def enabled() -> bool:
    """Whether TensorFlow 2's behaviour is on, which it never is."""
    return False


def GraphOrParentsInXlaContext(graph: Any) -> bool:
    """Whether a graph is built inside a function that XLA is to compile, which there is none of."""
    return False


def IsInXLAContext(op: Any) -> bool:
    """Whether an operation lies inside a function that XLA is to compile, which there is none of."""
    return False


class TensorTracer:
    """What traces tensors on a TPU, which it never does."""

    @staticmethod
    def is_enabled() -> bool:
        """Whether it does."""
        return False
