"""RMSProp, plain and centred."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.math.cast import cast
from millpond.ops.state.training import APPLY_CENTERED_RMS_PROP, APPLY_RMS_PROP
from millpond.ops.state.training_sparse import SPARSE_APPLY_CENTERED_RMS_PROP, SPARSE_APPLY_RMS_PROP
from millpond.train.optimizers.optimizer import Optimizer
from millpond.variables.initializers import Ones
from millpond.variables.variable import Variable


class RMSPropOptimizer(Optimizer):
    """RMSProp: divides the gradient by the root of a running mean of its square.

    Starting from `rms = 1`, `momentum = 0` (and `mg = 0`)::

        rms = decay * rms + (1 - decay) * gradient**2
        mg = decay * mg + (1 - decay) * gradient             # centred only; otherwise mg = 0
        mom = momentum * mom + learning_rate * gradient / sqrt(rms - mg**2 + epsilon)
        var -= mom

    A look-up updates only the rows that it names, and their slots.

    Args:
      learning_rate, decay, momentum, epsilon: Numbers, tensors without dimensions, or functions of
        no arguments that give one.
      use_locking: Accepted for compatibility.
      centered: Whether to divide by an estimate of the variance in place of the second moment.
      name: Prefix of the operations, and name of the slots `rms` (`v/RMSProp`), `mg` where centred, and
        `momentum`.

    Raises:
      ValueError: If there is no name.

    Source: T. Tieleman and G. Hinton, Coursera lecture 6.5 (2012); centred: A. Graves, arXiv:1308.0850.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, -2.0])
      ...     step = tf.train.RMSPropOptimizer(0.5).minimize(tf.reduce_sum(x * x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x).round(3))
      [ 0.123 -0.735]
    """

    def __init__(self, learning_rate: TensorLike, decay: TensorLike = 0.9, momentum: TensorLike = 0.0,
                 epsilon: TensorLike = 1e-10, use_locking: bool = False, centered: bool = False,
                 name: str = "RMSProp") -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._decay = decay
        self._momentum = momentum
        self._epsilon = epsilon
        self._centered = centered
        self._learning_rate_tensor: Any = None
        self._decay_tensor: Any = None
        self._momentum_tensor: Any = None
        self._epsilon_tensor: Any = None

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            self._filled_slot(var, 1.0, "rms", self._name, initializer=Ones())
            if self._centered:
                self._zeros_slot(var, "mg", self._name)
            self._zeros_slot(var, "momentum", self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyper_parameter(self._learning_rate, "learning_rate")
        self._decay_tensor = self._hyper_parameter(self._decay, "decay")
        self._momentum_tensor = self._hyper_parameter(self._momentum, "momentum")
        self._epsilon_tensor = self._hyper_parameter(self._epsilon, "epsilon")

    def _arguments(self, var: Variable) -> list[Any]:
        dtype = var.dtype.base_dtype
        names = ["mg", "rms", "momentum"] if self._centered else ["rms", "momentum"]
        numbers = (self._learning_rate_tensor, self._decay_tensor, self._momentum_tensor,
                   self._epsilon_tensor)
        return [var, *(self.get_slot(var, name) for name in names),
                *(cast(number, dtype) for number in numbers)]

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        op = APPLY_CENTERED_RMS_PROP if self._centered else APPLY_RMS_PROP
        return op(*self._arguments(var), grad, use_locking=self._use_locking)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        op = SPARSE_APPLY_CENTERED_RMS_PROP if self._centered else SPARSE_APPLY_RMS_PROP
        return op(*self._arguments(var), grad.values, grad.indices, use_locking=self._use_locking)
