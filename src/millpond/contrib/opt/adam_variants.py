"""Adam with Nesterov's momentum, with updates of only the rows that are used, and with the maximum of gradients."""

from __future__ import annotations

from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.gather import gather
from millpond.ops.array.identity import group
from millpond.ops.math.arithmetic import maximum
from millpond.ops.math.elementwise import abs as magnitude
from millpond.ops.math.elementwise import sqrt, square
from millpond.ops.state.training import APPLY_ADA_MAX, APPLY_ADAM
from millpond.train.optimizers.adam import AdamOptimizer
from millpond.variables.variable import Variable


class NadamOptimizer(AdamOptimizer):
    """Adam with Nesterov's momentum: it steps along `beta1 * m + (1 - beta1) * gradient`.

    Source: T. Dozat, "Incorporating Nesterov Momentum into Adam" (2015).
    """

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        return APPLY_ADAM(var, self.get_slot(var, "m"), self.get_slot(var, "v"), *self._hyper_parameters(var), grad,
                          use_locking=self._use_locking, use_nesterov=True)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        beta1_power, beta2_power, lr, beta1, beta2, epsilon = self._hyper_parameters(var)
        rate = lr * sqrt(1 - beta2_power) / (1 - beta1_power)
        new = grad.values * (1 - beta1)
        m = self._decayed(var, "m", beta1, new, grad.indices)
        v = self._decayed(var, "v", beta2, square(grad.values) * (1 - beta2), grad.indices)
        ahead = new + beta1 * gather(m, grad.indices)
        step = rate * ahead / (sqrt(gather(v, grad.indices)) + epsilon)
        return group(var.scatter_sub(IndexedSlices(step, grad.indices), use_locking=self._use_locking), m, v)


class LazyAdamOptimizer(AdamOptimizer):
    """Adam that updates, of variables that are looked up, only the rows that a step uses, and their `m` and `v`."""

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        beta1_power, beta2_power, lr, beta1, beta2, epsilon = self._hyper_parameters(var)
        rate = lr * sqrt(1 - beta2_power) / (1 - beta1_power)
        m = self._row_means(var, "m", beta1, grad.values, grad.indices)
        v = self._row_means(var, "v", beta2, square(grad.values), grad.indices)
        return self._step_of_rows(var, grad.indices, rate * m[1] / (sqrt(v[1]) + epsilon), [m[0], v[0]])

    def _row_means(self, var: Variable, slot_name: str, keep: Tensor, values: Tensor,
                   indices: Tensor) -> tuple[Any, Tensor]:
        """The update of rows of a slot, and their new values."""
        slot: Any = self.get_slot(var, slot_name)
        rows = keep * gather(slot, indices) + (1 - keep) * values
        return slot.scatter_update(IndexedSlices(rows, indices), use_locking=self._use_locking), rows

    def _step_of_rows(self, var: Variable, indices: Tensor, step: Tensor, others: list[Any]) -> Operation:
        return group(var.scatter_sub(IndexedSlices(step, indices), use_locking=self._use_locking), *others)


class AdaMaxOptimizer(LazyAdamOptimizer):
    """Adam that divides by the decayed maximum of the sizes of gradients.

    Args:
      learning_rate, beta1, beta2, epsilon, use_locking: As of `tf.train.AdamOptimizer`.
      name: Prefix of the operations and name of the slots.

    Raises:
      ValueError: If there is no name.

    Source: D. P. Kingma and J. Ba, arXiv:1412.6980, section 7.1.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, -2.0])
      ...     step = tf.contrib.opt.AdaMaxOptimizer(0.25).minimize(tf.reduce_sum(x * x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x).round(3))
      [ 0.75 -1.75]
    """

    def __init__(self, learning_rate: TensorLike = 0.001, beta1: TensorLike = 0.9, beta2: TensorLike = 0.999,
                 epsilon: TensorLike = 1e-8, use_locking: bool = False, name: str = "AdaMax") -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, use_locking, name)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        beta1_power, _, lr, beta1, beta2, epsilon = self._hyper_parameters(var)
        return APPLY_ADA_MAX(var, self.get_slot(var, "m"), self.get_slot(var, "v"), beta1_power, lr, beta1, beta2,
                             epsilon, grad, use_locking=self._use_locking)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        beta1_power, _, lr, beta1, beta2, epsilon = self._hyper_parameters(var)
        m = self._row_means(var, "m", beta1, grad.values, grad.indices)
        slot: Any = self.get_slot(var, "v")
        largest = maximum(beta2 * gather(slot, grad.indices), magnitude(grad.values))
        v = slot.scatter_update(IndexedSlices(largest, grad.indices), use_locking=self._use_locking)
        step = lr / (1 - beta1_power) * m[1] / (largest + epsilon)
        return self._step_of_rows(var, grad.indices, step, [m[0], v])
