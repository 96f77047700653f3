"""Adagrad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.math.cast import cast
from millpond.ops.state.training import APPLY_ADAGRAD
from millpond.ops.state.training_sparse import SPARSE_APPLY_ADAGRAD
from millpond.train.optimizers.optimizer import Optimizer
from millpond.variables.variable import Variable


class AdagradOptimizer(Optimizer):
    """Adagrad: steps that shrink where gradients have been large.

    `accumulator += gradient**2; var -= learning_rate * gradient / sqrt(accumulator)`

    Args:
      learning_rate: A number, a tensor without dimensions, or a function that gives one.
      initial_accumulator_value: The positive number that the accumulators start from.
      use_locking: Accepted for compatibility.
      name: Prefix of the operations, and name of the slot `accumulator` (`v/Adagrad`).

    Raises:
      ValueError: If `initial_accumulator_value` is not positive, or there is no name.

    Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive Subgradient Methods for Online Learning and Stochastic
    Optimization", JMLR 12 (2011).

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, -2.0])
      ...     step = tf.train.AdagradOptimizer(0.5).minimize(tf.reduce_sum(x * x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x).round(3))
      [ 0.506 -1.502]
    """

    def __init__(self, learning_rate: TensorLike, initial_accumulator_value: float = 0.1, use_locking: bool = False,
                 name: str = "Adagrad") -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_accumulator_value = initial_accumulator_value
        self._learning_rate_tensor: Any = None

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            self._filled_slot(var, self._initial_accumulator_value, "accumulator", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyper_parameter(self._learning_rate, "learning_rate")

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        rate = cast(self._learning_rate_tensor, var.dtype.base_dtype)
        return APPLY_ADAGRAD(var, self.get_slot(var, "accumulator"), rate, grad,
                             use_locking=self._use_locking)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        rate = cast(self._learning_rate_tensor, var.dtype.base_dtype)
        return SPARSE_APPLY_ADAGRAD(var, self.get_slot(var, "accumulator"), rate, grad.values, grad.indices,
                                    use_locking=self._use_locking)
