"""Optimizers with a proximal step (FOBOS): gradient descent and Adagrad."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant
from millpond.ops.math.cast import cast
from millpond.ops.state.training import APPLY_PROXIMAL_ADAGRAD, APPLY_PROXIMAL_GRADIENT_DESCENT
from millpond.ops.state.training_sparse import (
    SPARSE_APPLY_PROXIMAL_ADAGRAD,
    SPARSE_APPLY_PROXIMAL_GRADIENT_DESCENT,
)
from millpond.train.optimizers.optimizer import Optimizer
from millpond.variables.variable import Variable


class _ProximalOptimizer(Optimizer):
    """What both have: the learning rate and the two penalties."""

    def __init__(self, learning_rate: Any, l1: float, l2: float, use_locking: bool, name: str) -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._l1_regularization_strength = l1
        self._l2_regularization_strength = l2
        self._learning_rate_tensor: Any = None
        self._l1_tensor: Any = None
        self._l2_tensor: Any = None

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyper_parameter(self._learning_rate, "learning_rate")
        self._l1_tensor = self._hyper_parameter(self._l1_regularization_strength,
                                                "l1_regularization_strength")
        self._l2_tensor = self._hyper_parameter(self._l2_regularization_strength,
                                                "l2_regularization_strength")

    def _hyper_parameters(self, var: Variable) -> list[Tensor]:
        return [cast(value, var.dtype.base_dtype)
                for value in (self._learning_rate_tensor, self._l1_tensor, self._l2_tensor)]


class ProximalGradientDescentOptimizer(_ProximalOptimizer):
    """Gradient descent, followed by a step towards zero.

    `p = var - learning_rate * gradient`, then
    `var = sign(p) * max(abs(p) - learning_rate * l1, 0) / (1 + learning_rate * l2)`

    Args:
      learning_rate: A number, a tensor without dimensions, or a function that gives one.
      l1_regularization_strength, l2_regularization_strength: Numbers that are not negative.
      use_locking: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      ValueError: If there is no name.

    Source: J. Duchi and Y. Singer, "Efficient Learning using Forward-Backward Splitting", NIPS 2009.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, -2.0])
      ...     optimizer = tf.train.ProximalGradientDescentOptimizer(0.25, l1_regularization_strength=1.0)
      ...     step = optimizer.minimize(tf.reduce_sum(x * x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x).round(3))
      [ 0.25 -0.75]
    """

    def __init__(self, learning_rate: TensorLike, l1_regularization_strength: float = 0.0,
                 l2_regularization_strength: float = 0.0, use_locking: bool = False,
                 name: str = "ProximalGradientDescent") -> None:
        super().__init__(learning_rate, l1_regularization_strength, l2_regularization_strength, use_locking,
                         name)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        return APPLY_PROXIMAL_GRADIENT_DESCENT(var, *self._hyper_parameters(var), grad,
                                               use_locking=self._use_locking)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        return SPARSE_APPLY_PROXIMAL_GRADIENT_DESCENT(var, *self._hyper_parameters(var), grad.values,
                                                      grad.indices, use_locking=self._use_locking)


class ProximalAdagradOptimizer(_ProximalOptimizer):
    """Adagrad, followed by a step towards zero.

    `accumulator += gradient**2; rate = learning_rate / sqrt(accumulator)`, then the step of
    `ProximalGradientDescentOptimizer` with this rate.

    Args:
      learning_rate: A number, a tensor without dimensions, or a function that gives one.
      initial_accumulator_value: The positive number that the accumulators start from.
      l1_regularization_strength, l2_regularization_strength: Numbers that are not negative.
      use_locking: Accepted for compatibility.
      name: Prefix of the operations, and name of the slot `accumulator` (`v/ProximalAdagrad`).

    Raises:
      ValueError: If `initial_accumulator_value` is not positive, or there is no name.

    Source: J. Duchi and Y. Singer, NIPS 2009, with the rates of JMLR 12 (2011).

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, -2.0])
      ...     optimizer = tf.train.ProximalAdagradOptimizer(0.5, l1_regularization_strength=1.0)
      ...     step = optimizer.minimize(tf.reduce_sum(x * x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x).round(3))
      [ 0.259 -1.377]
    """

    def __init__(self, learning_rate: TensorLike, initial_accumulator_value: float = 0.1,
                 l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0,
                 use_locking: bool = False, name: str = "ProximalAdagrad") -> None:
        if initial_accumulator_value <= 0.0:
            raise ValueError(f"initial_accumulator_value must be positive: {initial_accumulator_value}")
        super().__init__(learning_rate, l1_regularization_strength, l2_regularization_strength, use_locking,
                         name)
        self._initial_accumulator_value = initial_accumulator_value

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            with var.graph.colocate_with(var.op):
                value = constant(self._initial_accumulator_value, shape=var.shape, dtype=var.dtype.base_dtype)
            self._get_or_make_slot(var, value, "accumulator", self._name)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        return APPLY_PROXIMAL_ADAGRAD(var, self.get_slot(var, "accumulator"), *self._hyper_parameters(var),
                                      grad,
                                      use_locking=self._use_locking)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        return SPARSE_APPLY_PROXIMAL_ADAGRAD(var, self.get_slot(var, "accumulator"),
                                             *self._hyper_parameters(var), grad.values, grad.indices,
                                             use_locking=self._use_locking)
