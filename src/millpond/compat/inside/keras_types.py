"""Types of TensorFlow's Keras that other packages ask whether a value is of: here no value is.

Millpond runs Keras 2.2, whose objects are others; estimators that are given them say so.
"""

from __future__ import annotations

from typing import Any


class _NoSuchObject:
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(f"{type(self).__name__} belongs to the Keras inside of TensorFlow, which Millpond "
                                  "does not have: use what tf.metrics and tf.train have")


class Metric(_NoSuchObject):
    """A metric that is an object."""


class OptimizerV2(_NoSuchObject):
    """An optimizer of TensorFlow 2."""


class ReductionV2:
    """How the losses of a batch become one."""

    AUTO = "auto"
    NONE = "none"
    SUM = "sum"
    SUM_OVER_BATCH_SIZE = "sum_over_batch_size"

    @classmethod
    def all(cls) -> tuple[str, ...]:
        """All ways."""
        return cls.AUTO, cls.NONE, cls.SUM, cls.SUM_OVER_BATCH_SIZE

    @classmethod
    def validate(cls, key: str) -> None:
        """Refuses what is none of them.

        Raises:
          ValueError: If it is none.
        """
        if key not in cls.all():
            raise ValueError(f"Invalid Reduction Key {key}: it must be one of {', '.join(cls.all())}.")


def scale_loss_for_distribution(loss_value: Any) -> Any:
    """The loss of one of several replicas, of which there is one."""
    return loss_value
