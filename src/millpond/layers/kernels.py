"""What layers with a kernel and a bias have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from millpond.graph.tensor import Tensor
from millpond.layers import identifiers
from millpond.layers.base import Layer
from millpond.variables.initializers import Zeros

Function = Callable[[Tensor], Any]
ZEROS = Zeros()


class KernelLayer(Layer):
    """A layer that multiplies its inputs by a kernel, and may add a bias and apply a function.

    Args:
      activation: A function, the name of one, or None for none.
      use_bias: Whether there is a bias.
      kernel_initializer, bias_initializer: The first values; None for the default of the variable scope.
      kernel_regularizer, bias_regularizer: From a variable to a loss.
      activity_regularizer: From the output to a loss.
      kernel_constraint, bias_constraint: From a variable that an optimizer has moved to what it becomes.
      trainable, name, **kwargs: See `tf.layers.Layer`.
    """

    _CONFIG: ClassVar[tuple[str, ...]] = (
        "activation", "use_bias", "kernel_initializer", "bias_initializer", "kernel_regularizer",
        "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint")

    def __init__(self, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = None,
                 bias_initializer: Any = ZEROS, kernel_regularizer: Function | None = None,
                 bias_regularizer: Function | None = None, activity_regularizer: Function | None = None,
                 kernel_constraint: Function | None = None, bias_constraint: Function | None = None,
                 trainable: bool = True, name: Any = None, **kwargs: Any) -> None:
        super().__init__(trainable=trainable, name=name, activity_regularizer=activity_regularizer, **kwargs)
        self.activation = None if activation is None else identifiers.activation(activation)
        self.use_bias = use_bias
        self.kernel_initializer = kernel_initializer
        self.bias_initializer = bias_initializer
        self.kernel_regularizer = kernel_regularizer
        self.bias_regularizer = bias_regularizer
        self.kernel_constraint = kernel_constraint
        self.bias_constraint = bias_constraint
        self.kernel: Any = None
        self.bias: Any = None

    def _add_kernel(self, shape: Sequence[int]) -> None:
        self.kernel = self.add_weight("kernel", shape, initializer=self.kernel_initializer,
                                      regularizer=self.kernel_regularizer, constraint=self.kernel_constraint,
                                      trainable=True)

    def _add_bias(self, size: int) -> None:
        self.bias = None if not self.use_bias else self.add_weight(
            "bias", [size], initializer=self.bias_initializer, regularizer=self.bias_regularizer,
            constraint=self.bias_constraint, trainable=True)

    def _activated(self, outputs: Tensor) -> Any:
        return outputs if self.activation is None else self.activation(outputs)
