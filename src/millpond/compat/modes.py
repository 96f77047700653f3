"""The modes of the last TensorFlow 1 releases: here a program builds graphs and runs them, and nothing else."""

from __future__ import annotations

import logging

from millpond.logs import LOGGER


def executing_eagerly() -> bool:
    """Whether operations run at once, in place of being added to a graph: never."""
    return False


def executing_eagerly_outside_functions() -> bool:
    """Whether operations outside of functions run at once: never."""
    return False


def disable_eager_execution() -> None:
    """Keeps to graphs, which is what this always does."""


def disable_v2_behavior() -> None:
    """Keeps to the behaviour of TensorFlow 1, which is what this always has."""


def enable_eager_execution(config: object = None, device_policy: object = None, execution_mode: object = None) -> None:
    """Would run operations at once.

    Args:
      config, device_policy, execution_mode: What TensorFlow takes.

    Raises:
      NotImplementedError: Always: programs build graphs and run them in sessions.

    Example:
      >>> import millpond as tf
      >>> tf.enable_eager_execution()
      Traceback (most recent call last):
      NotImplementedError: tf.enable_eager_execution: Millpond builds graphs and runs them in sessions; ...
    """
    raise NotImplementedError("tf.enable_eager_execution: Millpond builds graphs and runs them in sessions; it has no "
                              "eager execution. Fetch a tensor with tf.Session().run(tensor) to see its value.")


def enable_v2_behavior() -> None:
    """Would change to the behaviour of TensorFlow 2.

    Raises:
      NotImplementedError: Always: this is TensorFlow 1's programming model.
    """
    raise NotImplementedError("tf.enable_v2_behavior: Millpond has the behaviour of TensorFlow 1 only.")


def disable_v2_tensorshape() -> None:
    """Keeps to shapes whose entries are `tf.Dimension`s, which they always are."""


def enable_v2_tensorshape() -> None:
    """Would make the entries of shapes numbers.

    Raises:
      NotImplementedError: Always: this is TensorFlow 1's programming model.
    """
    raise NotImplementedError("tf.enable_v2_tensorshape: the entries of shapes are tf.Dimension objects, as in "
                              "TensorFlow 1. shape.as_list() and tf.dimension_value give numbers.")


def disable_tensor_equality() -> None:
    """Keeps to tensors that are equal to themselves alone, which they always are."""


def enable_tensor_equality() -> None:
    """Would make `==` on tensors compare their elements.

    Raises:
      NotImplementedError: Always: this is TensorFlow 1's programming model.
    """
    raise NotImplementedError("tf.enable_tensor_equality: a tensor equals itself alone, as in TensorFlow 1. tf.equal "
                              "compares elements.")


class _NamedAsBefore(logging.Logger):
    """The framework's logger under TensorFlow's name: what is set here is set there."""

    def __init__(self) -> None:
        super().__init__("tensorflow", LOGGER.level)
        self.handlers = LOGGER.handlers

    def setLevel(self, level: int | str) -> None:
        super().setLevel(level)
        LOGGER.setLevel(level)


def get_logger() -> logging.Logger:
    """The logger of the framework, by the name `tensorflow`; its level and handlers are those of `tf.logging`.

    Example:
      >>> import millpond as tf
      >>> tf.get_logger().name
      'tensorflow'
    """
    return _LOGGER


_LOGGER = _NamedAsBefore()
