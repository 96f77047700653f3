"""Gradient descent with momentum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.math.cast import cast
from millpond.ops.state.training import APPLY_MOMENTUM
from millpond.ops.state.training_sparse import SPARSE_APPLY_MOMENTUM
from millpond.train.optimizers.optimizer import Optimizer
from millpond.variables.variable import Variable


class MomentumOptimizer(Optimizer):
    """Momentum: `accumulation = momentum * accumulation + gradient; var -= learning_rate * accumulation`.

    A look-up updates only the rows that it names, and their accumulation.

    Args:
      learning_rate: A number, a tensor without dimensions, or a function that gives one.
      momentum: The same, for the share of the accumulation that is kept.
      use_locking: Accepted for compatibility.
      name: Prefix of the operations, and name of the slot `momentum` (`v/Momentum`).
      use_nesterov: Whether to use Nesterov's form (Sutskever et al., ICML 2013), which takes the gradient one
        step ahead: `var -= learning_rate * (gradient + momentum * accumulation)`.

    Raises:
      ValueError: If there is no name.

    Source: B. T. Polyak, "Some methods of speeding up the convergence of iteration methods" (1964).

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, -2.0])
      ...     step = tf.train.MomentumOptimizer(0.25, momentum=0.9).minimize(tf.reduce_sum(x * x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x).round(3))
      [ 0.5 -1. ]
    """

    def __init__(self, learning_rate: TensorLike, momentum: TensorLike, use_locking: bool = False,
                 name: str = "Momentum", use_nesterov: bool = False) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._momentum = momentum
        self._use_nesterov = use_nesterov
        self._learning_rate_tensor: Any = None
        self._momentum_tensor: Any = None

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            self._zeros_slot(var, "momentum", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyper_parameter(self._learning_rate, "learning_rate")
        self._momentum_tensor = self._hyper_parameter(self._momentum, "momentum")

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        dtype = var.dtype.base_dtype
        return APPLY_MOMENTUM(
            var, self.get_slot(var, "momentum"), cast(self._learning_rate_tensor, dtype), grad,
            cast(self._momentum_tensor, dtype), use_locking=self._use_locking,
                              use_nesterov=self._use_nesterov)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        dtype = var.dtype.base_dtype
        return SPARSE_APPLY_MOMENTUM(
            var, self.get_slot(var, "momentum"), cast(self._learning_rate_tensor, dtype), grad.values,
                                     grad.indices,
            cast(self._momentum_tensor, dtype), use_locking=self._use_locking,
                                     use_nesterov=self._use_nesterov)
