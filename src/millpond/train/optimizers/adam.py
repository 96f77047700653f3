"""Adam."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.graph import stacks
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import group
from millpond.ops.math.cast import cast
from millpond.ops.math.elementwise import sqrt
from millpond.ops.state.training import APPLY_ADAM
from millpond.train.optimizers.optimizer import Optimizer
from millpond.variables.variable import Variable


class AdamOptimizer(Optimizer):
    """Adam: steps along the mean of past gradients, scaled by the root of the mean of their squares.

    With t the number of the step, starting from `m = v = 0`::

        rate = learning_rate * sqrt(1 - beta2**t) / (1 - beta1**t)
        m = beta1 * m + (1 - beta1) * gradient
        v = beta2 * v + (1 - beta2) * gradient**2
        var -= rate * m / (sqrt(v) + epsilon)

    This is the form in the paper before its section 2.1; its epsilon is not the paper's `epsilon hat`. A
    look-up lets `m` and `v` of all rows decay and moves all rows, as a dense gradient with zeros would.

    Args:
      learning_rate, beta1, beta2, epsilon: Numbers, tensors without dimensions, or functions that give one.
      use_locking: Accepted for compatibility.
      name: Prefix of the operations, and name of the slots `m` (`v/Adam`) and `v` (`v/Adam_1`). Besides there
        are the variables `beta1_power` and `beta2_power`.

    Raises:
      ValueError: If there is no name.

    Source: D. P. Kingma and J. Ba, "Adam: A Method for Stochastic Optimization", arXiv:1412.6980.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, -2.0])
      ...     step = tf.train.AdamOptimizer(0.5).minimize(tf.reduce_sum(x * x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x).round(3))
      [ 0.5 -1.5]
    """

    def __init__(self, learning_rate: TensorLike = 0.001, beta1: TensorLike = 0.9, beta2: TensorLike = 0.999,
                 epsilon: TensorLike = 1e-8, use_locking: bool = False, name: str = "Adam") -> None:
        super().__init__(use_locking, name)
        self._lr = learning_rate
        self._beta1 = beta1
        self._beta2 = beta2
        self._epsilon = epsilon
        self._lr_t: Any = None
        self._beta1_t: Any = None
        self._beta2_t: Any = None
        self._epsilon_t: Any = None

    def _get_beta_accumulators(self) -> tuple[Any, Any]:
        graph = stacks.default_graph()
        return (self._get_non_slot_variable("beta1_power", graph=graph),
                self._get_non_slot_variable("beta2_power", graph=graph))

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        # The same variable every time, whatever the order of the list, so that the graph's places are stable.
        first = min(var_list, key=lambda var: var.name)
        self._create_non_slot_variable(self._call_if_callable(self._beta1), "beta1_power", first)
        self._create_non_slot_variable(self._call_if_callable(self._beta2), "beta2_power", first)
        for var in var_list:
            self._zeros_slot(var, "m", self._name)
            self._zeros_slot(var, "v", self._name)

    def _prepare(self) -> None:
        self._lr_t = self._hyper_parameter(self._lr, "learning_rate")
        self._beta1_t = self._hyper_parameter(self._beta1, "beta1")
        self._beta2_t = self._hyper_parameter(self._beta2, "beta2")
        self._epsilon_t = self._hyper_parameter(self._epsilon, "epsilon")

    def _hyper_parameters(self, var: Variable) -> list[Tensor]:
        """Powers of the betas, learning rate, betas and epsilon, in the dtype of `var`."""
        dtype = var.dtype.base_dtype
        return [cast(value, dtype) for value in (*self._get_beta_accumulators(), self._lr_t, self._beta1_t,
                                                 self._beta2_t, self._epsilon_t)]

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        return APPLY_ADAM(var, self.get_slot(var, "m"), self.get_slot(var, "v"), *self._hyper_parameters(var),
                          grad, use_locking=self._use_locking)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        beta1_power, beta2_power, lr, beta1, beta2, epsilon = self._hyper_parameters(var)
        rate = lr * sqrt(1 - beta2_power) / (1 - beta1_power)
        m = self._decayed(var, "m", beta1, grad.values * (1 - beta1), grad.indices)
        v = self._decayed(var, "v", beta2, grad.values * grad.values * (1 - beta2), grad.indices)
        root = sqrt(v)
        update = var.assign_sub(rate * m / (root + epsilon), use_locking=self._use_locking)
        return group(update, m, v)

    def _decayed(self, var: Variable, slot_name: str, keep: Tensor, values: Tensor,
                 indices: Tensor) -> Tensor:
        """All of a slot times `keep`, and `values` added to the rows `indices`."""
        slot = self.get_slot(var, slot_name)
        assert slot is not None
        decay = slot.assign(slot * keep, use_locking=self._use_locking)
        with var.graph.control_dependencies([decay]):
            return slot.scatter_add(IndexedSlices(values, indices), use_locking=self._use_locking)

    def _finish(self, update_ops: list[Any], name_scope: str) -> Operation:
        beta1_power, beta2_power = self._get_beta_accumulators()
        graph = beta1_power.graph
        with graph.control_dependencies(update_ops), graph.colocate_with(beta1_power.op):
            powers = [beta1_power.assign(beta1_power * self._beta1_t, use_locking=self._use_locking),
                      beta2_power.assign(beta2_power * self._beta2_t, use_locking=self._use_locking)]
        return group(*update_ops, *powers, name=name_scope)
