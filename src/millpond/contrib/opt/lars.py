"""LARS: a rate for each layer, by the norms of its weights and of their gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like
from millpond.ops.array.identity import identity
from millpond.ops.linalg.norms import norm
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import where
from millpond.ops.state.training import APPLY_MOMENTUM
from millpond.train.optimizers.optimizer import Optimizer
from millpond.variables.variable import Variable


class LARSOptimizer(Optimizer):
    """Momentum whose rate, for each variable, is `eeta |w| / (|g| + weight_decay |w| + epsilon)` of the learning rate.

    Args:
      learning_rate: A number, a tensor, or a function that gives one.
      momentum: The share of the accumulation that is kept.
      weight_decay: The share of a variable that is added to its gradient.
      eeta: The coefficient of the rate.
      epsilon: What is added to the divisor.
      name: Prefix of the operations.
      skip_list: Parts of names; a variable in whose name one occurs is trained by plain momentum.
      use_nesterov: Whether to use Nesterov's form.

    Raises:
      ValueError: If a coefficient is negative.

    Source: Y. You, I. Gitman and B. Ginsburg, "Large Batch Training of Convolutional Networks", arXiv:1708.03888.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([3.0, 4.0])
      ...     step = tf.contrib.opt.LARSOptimizer(1.0, weight_decay=0.0, eeta=0.1).minimize(0.6 * x[0] + 0.8 * x[1])
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x).round(3))
      [2.7 3.6]
    """

    def __init__(self, learning_rate: TensorLike, momentum: float = 0.9, weight_decay: float = 0.0001,
                 eeta: float = 0.001, epsilon: float = 0.0, name: str = "LARSOptimizer",
                 skip_list: Sequence[str] | None = None, use_nesterov: bool = False) -> None:
        if momentum < 0.0:
            raise ValueError(f"momentum should be positive: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"weight_decay should be positive: {weight_decay}")
        super().__init__(use_locking=False, name=name)
        self._learning_rate = learning_rate
        self._learning_rate_tensor: Any = None
        self._momentum = momentum
        self._weight_decay = weight_decay
        self._eeta = eeta
        self._epsilon = epsilon
        self._skip_list = skip_list
        self._use_nesterov = use_nesterov

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            self._zeros_slot(var, "momentum", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyper_parameter(self._learning_rate, "learning_rate")

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        dtype = var.dtype.base_dtype
        rate = cast(self._learning_rate_tensor, dtype)
        if not any(part in var.name for part in self._skip_list or ()):
            weights, gradients = norm(var, ord=2), norm(grad, ord=2)
            ratio = self._eeta * weights / (gradients + self._weight_decay * weights + self._epsilon)
            rate = rate * where((weights > 0.0) & (gradients > 0.0), ratio, ones_like(ratio))
            grad = grad + self._weight_decay * identity(var)
        return APPLY_MOMENTUM(var, self.get_slot(var, "momentum"), rate, grad, cast(self._momentum, dtype),
                              use_locking=False, use_nesterov=self._use_nesterov)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        raise NotImplementedError(f"tf.contrib.opt.LARSOptimizer: the gradient of {var.op.name} has only some rows.")
