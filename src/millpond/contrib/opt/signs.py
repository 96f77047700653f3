"""PowerSign and AddSign: steps that are larger where the gradient agrees with its mean.

Source: I. Bello, B. Zoph, V. Vasudevan and Q. V. Le, "Neural Optimizer Search with RL", arXiv:1709.07417.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.gather import gather
from millpond.ops.array.identity import group
from millpond.ops.math.cast import cast
from millpond.ops.math.elementwise import exp, sign
from millpond.ops.state.training import APPLY_ADD_SIGN, APPLY_POWER_SIGN
from millpond.train.optimizers.optimizer import Optimizer
from millpond.variables.variable import Variable


class _SignOptimizer(Optimizer):
    """Keeps a mean `m` of gradients, and scales each gradient by how its sign agrees with that of `m`."""

    def __init__(self, learning_rate: TensorLike, parameter: TensorLike, beta: TensorLike,
                 sign_decay_fn: Callable[[Any], Any] | None, use_locking: bool, name: str) -> None:
        super().__init__(use_locking, name)
        self._given = {"learning_rate": learning_rate, "parameter": parameter, "beta": beta}
        self._sign_decay_fn = sign_decay_fn
        self._tensors: dict[str, Tensor] = {}
        self._global_step: Any = None

    def apply_gradients(self, grads_and_vars: Any, global_step: TensorLike | None = None,
                        name: str | None = None) -> Operation:
        """`Optimizer.apply_gradients`; a function that decays the sign needs the global step.

        Raises:
          ValueError: If there is such a function and no global step.
        """
        if self._sign_decay_fn is not None:
            if global_step is None:
                raise ValueError("global_step cannot be None if sign_decay_fn is given: the function takes it.")
            self._global_step = global_step
        return super().apply_gradients(grads_and_vars, global_step, name)

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            self._zeros_slot(var, "m", self._name)

    def _prepare(self) -> None:
        self._tensors = {name: self._hyper_parameter(value, name) for name, value in self._given.items()}
        decay = 1.0 if self._sign_decay_fn is None else self._sign_decay_fn(self._global_step)
        self._tensors["sign_decay"] = convert_to_tensor(decay, name="sign_decay")

    def _parameters(self, var: Variable) -> list[Tensor]:
        """Rate, base or alpha, decay of the sign and beta, in the dtype of `var`."""
        return [cast(self._tensors[name], var.dtype.base_dtype)
                for name in ("learning_rate", "parameter", "sign_decay", "beta")]

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        rate, parameter, decay, beta = self._parameters(var)
        slot: Any = self.get_slot(var, "m")
        mean = beta * gather(slot, grad.indices) + (1.0 - beta) * grad.values
        update = slot.scatter_update(IndexedSlices(mean, grad.indices), use_locking=self._use_locking)
        step = rate * self._scale(parameter, decay * sign(grad.values) * sign(mean)) * grad.values
        return group(var.scatter_sub(IndexedSlices(step, grad.indices), use_locking=self._use_locking), update)

    def _scale(self, parameter: Tensor, agreement: Tensor) -> Tensor:
        raise NotImplementedError


class PowerSignOptimizer(_SignOptimizer):
    """`var -= learning_rate * base**(sign_decay * sign(g) * sign(m)) * g`, with `m` the mean of gradients.

    Args:
      learning_rate: A number, a tensor, or a function that gives one.
      base: The base, a positive Python number, by default Euler's number.
      beta: The share of the mean that is kept.
      sign_decay_fn: A function from the global step to what the signs are multiplied with; by default 1.
      use_locking: Accepted for compatibility.
      name: Prefix of the operations and name of the slot.

    Raises:
      ValueError: If there is no name.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, -2.0])
      ...     step = tf.contrib.opt.PowerSignOptimizer(0.25, base=2.0).minimize(tf.reduce_sum(x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x))
      [ 0.5 -2.5]
    """

    def __init__(self, learning_rate: TensorLike = 0.1, base: float = math.e, beta: TensorLike = 0.9,
                 sign_decay_fn: Callable[[Any], Any] | None = None, use_locking: bool = False,
                 name: str = "PowerSignOptimizer") -> None:
        super().__init__(learning_rate, math.log(base), beta, sign_decay_fn, use_locking, name)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        return APPLY_POWER_SIGN(var, self.get_slot(var, "m"), *self._parameters(var), grad,
                                use_locking=self._use_locking)

    def _scale(self, parameter: Tensor, agreement: Tensor) -> Tensor:
        return exp(parameter * agreement)


class AddSignOptimizer(_SignOptimizer):
    """`var -= learning_rate * (alpha + sign_decay * sign(g) * sign(m)) * g`, with `m` the mean of gradients.

    Args:
      learning_rate: A number, a tensor, or a function that gives one.
      alpha: What is added.
      beta: The share of the mean that is kept.
      sign_decay_fn: A function from the global step to what the signs are multiplied with; by default 1.
      use_locking: Accepted for compatibility.
      name: Prefix of the operations and name of the slot.

    Raises:
      ValueError: If there is no name.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, -2.0])
      ...     step = tf.contrib.opt.AddSignOptimizer(0.25).minimize(tf.reduce_sum(x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x))
      [ 0.5 -2.5]
    """

    def __init__(self, learning_rate: TensorLike = 0.1, alpha: TensorLike = 1.0, beta: TensorLike = 0.9,
                 sign_decay_fn: Callable[[Any], Any] | None = None, use_locking: bool = False,
                 name: str = "AddSignOptimizer") -> None:
        super().__init__(learning_rate, alpha, beta, sign_decay_fn, use_locking, name)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        return APPLY_ADD_SIGN(var, self.get_slot(var, "m"), *self._parameters(var), grad,
                              use_locking=self._use_locking)

    def _scale(self, parameter: Tensor, agreement: Tensor) -> Tensor:
        return parameter + agreement
