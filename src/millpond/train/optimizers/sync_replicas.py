"""Synchronous training by replicas."""

from __future__ import annotations

from typing import Any


class SyncReplicasOptimizer:
    """Averages the gradients of several workers before each update. Not supported yet: making one raises.

    Raises:
      NotImplementedError: Always.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            "tf.train.SyncReplicasOptimizer is not supported by this version of Millpond. Average the "
            "gradients of the replicas in one graph: compute_gradients for each, then apply_gradients on "
            "the means.")
