"""Adadelta."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.math.cast import cast
from millpond.ops.state.training import APPLY_ADADELTA
from millpond.ops.state.training_sparse import SPARSE_APPLY_ADADELTA
from millpond.train.optimizers.optimizer import Optimizer
from millpond.variables.variable import Variable


class AdadeltaOptimizer(Optimizer):
    """Adadelta: steps in the units of past steps, so that the learning rate hardly matters.

    Starting from `accum = accum_update = 0`::

        accum = rho * accum + (1 - rho) * gradient**2
        update = sqrt(accum_update + epsilon) / sqrt(accum + epsilon) * gradient
        accum_update = rho * accum_update + (1 - rho) * update**2
        var -= learning_rate * update

    Args:
      learning_rate: A number, a tensor without dimensions, or a function that gives one. The paper has 1.0.
      rho, epsilon: The same.
      use_locking: Accepted for compatibility.
      name: Prefix of the operations, and name of the slots `accum` (`v/Adadelta`) and `accum_update`.

    Raises:
      ValueError: If there is no name.

    Source: M. D. Zeiler, "ADADELTA: An Adaptive Learning Rate Method", arXiv:1212.5701.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, -2.0])
      ...     step = tf.train.AdadeltaOptimizer(1.0, epsilon=0.01).minimize(tf.reduce_sum(x * x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x).round(3))
      [ 0.564 -1.556]
    """

    def __init__(self, learning_rate: TensorLike = 0.001, rho: TensorLike = 0.95, epsilon: TensorLike = 1e-8,
                 use_locking: bool = False,
                 name: str = "Adadelta") -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._rho = rho
        self._epsilon = epsilon
        self._lr_t: Any = None
        self._rho_t: Any = None
        self._epsilon_t: Any = None

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            self._zeros_slot(var, "accum", self._name)
            self._zeros_slot(var, "accum_update", self._name)

    def _prepare(self) -> None:
        self._lr_t = self._hyper_parameter(self._lr, "lr")
        self._rho_t = self._hyper_parameter(self._rho, "rho")
        self._epsilon_t = self._hyper_parameter(self._epsilon, "epsilon")

    def _arguments(self, var: Variable) -> list[Any]:
        dtype = var.dtype.base_dtype
        return [var, self.get_slot(var, "accum"), self.get_slot(var, "accum_update"),
                *(cast(value, dtype) for value in (self._lr_t, self._rho_t, self._epsilon_t))]

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        return APPLY_ADADELTA(*self._arguments(var), grad, use_locking=self._use_locking)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        return SPARSE_APPLY_ADADELTA(*self._arguments(var), grad.values, grad.indices,
                                     use_locking=self._use_locking)
