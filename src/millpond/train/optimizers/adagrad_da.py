"""Adagrad with dual averaging."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.graph import stacks
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant
from millpond.ops.array.identity import identity
from millpond.ops.math.cast import cast
from millpond.ops.state.training import APPLY_ADAGRAD_DA
from millpond.ops.state.training_sparse import SPARSE_APPLY_ADAGRAD_DA
from millpond.train.optimizers.optimizer import Optimizer
from millpond.variables.variable import Variable


class AdagradDAOptimizer(Optimizer):
    """Adagrad by dual averaging: each step computes the variable anew from the sums of all gradients.

    With t the global step (counted from 1), g the sum of gradients and s that of their squares::

        shrunk = sign(g) * max(abs(g) - l1 * t, 0)
        var = -learning_rate * shrunk / (l2 * learning_rate * t + sqrt(s))

    So variables start from zero in effect, whatever their initial value, and sparse models stay sparse under
    l1.

    Args:
      learning_rate: A number, or a tensor without dimensions.
      global_step: The int64 variable that counts the steps.
      initial_gradient_squared_accumulator_value: The positive number that the sums of squares start from.
      l1_regularization_strength, l2_regularization_strength: Numbers that are not negative.
      use_locking: Accepted for compatibility.
      name: Prefix of the operations, and name of the slots `gradient_accumulator` (`v/AdagradDA`) and
        `gradient_squared_accumulator` (`v/AdagradDA_1`).

    Raises:
      ValueError: If `initial_gradient_squared_accumulator_value` is not positive, or there is no name.

    Source: J. Duchi, E. Hazan, Y. Singer, JMLR 12 (2011), the primal-dual form.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     count = tf.train.create_global_step()
      ...     x = tf.Variable([1.0, -2.0])
      ...     optimizer = tf.train.AdagradDAOptimizer(0.5, count, l1_regularization_strength=1.0)
      ...     step = optimizer.minimize(tf.reduce_sum(x * x), global_step=count)
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x).round(3))
      [-0.247  0.374]
    """

    def __init__(self, learning_rate: TensorLike, global_step: TensorLike,
                 initial_gradient_squared_accumulator_value: float = 0.1,
                 l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0,
                 use_locking: bool = False, name: str = "AdagradDA") -> None:
        if initial_gradient_squared_accumulator_value <= 0.0:
            raise ValueError("initial_gradient_squared_accumulator_value must be positive: "
                             f"{initial_gradient_squared_accumulator_value}")
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._initial_gradient_squared_accumulator_value = initial_gradient_squared_accumulator_value
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength
        self._global_step = global_step
        self._learning_rate_tensor: Any = None
        self._global_step_on_worker: Any = None

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            with var.graph.colocate_with(var.op):
                dtype = var.dtype.base_dtype
                zeros = constant(0.0, shape=var.shape, dtype=dtype)
                squares = constant(self._initial_gradient_squared_accumulator_value, shape=var.shape,
                                   dtype=dtype)
            self._get_or_make_slot(var, zeros, "gradient_accumulator", self._name)
            self._get_or_make_slot(var, squares, "gradient_squared_accumulator", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyper_parameter(self._learning_rate, "learning_rate")
        # The step that this update belongs to: the variable itself is incremented after the updates.
        with stacks.default_graph().colocate_with(self._learning_rate_tensor.op):
            self._global_step_on_worker = identity(self._global_step) + 1

    def _penalties(self, var: Variable) -> list[Any]:
        dtype = var.dtype.base_dtype
        step = identity(self._global_step_on_worker)
        return [cast(self._learning_rate_tensor, dtype), cast(self._l1_regularization_strength, dtype),
                cast(self._l2_regularization_strength, dtype), step]

    def _accumulators(self, var: Variable) -> list[Any]:
        return [self.get_slot(var, "gradient_accumulator"),
                self.get_slot(var, "gradient_squared_accumulator")]

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        return APPLY_ADAGRAD_DA(var, *self._accumulators(var), grad, *self._penalties(var),
                                use_locking=self._use_locking)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        return SPARSE_APPLY_ADAGRAD_DA(var, *self._accumulators(var), grad.values, grad.indices,
                                       *self._penalties(var), use_locking=self._use_locking)
