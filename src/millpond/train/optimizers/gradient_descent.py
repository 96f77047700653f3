"""Plain gradient descent."""

from __future__ import annotations

from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.math.cast import cast
from millpond.ops.state.state_scatter import RESOURCE_ROWS
from millpond.ops.state.training import APPLY_GRADIENT_DESCENT
from millpond.train.optimizers.optimizer import Optimizer
from millpond.variables.variable import Variable


class GradientDescentOptimizer(Optimizer):
    """Gradient descent: `var -= learning_rate * gradient`.

    Args:
      learning_rate: A number, a tensor without dimensions, or a function that gives one.
      use_locking: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      ValueError: If there is no name.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, 2.0])
      ...     step = tf.train.GradientDescentOptimizer(0.5).minimize(tf.reduce_sum(3.0 * x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x))
      [-0.5  0.5]
    """

    def __init__(self, learning_rate: TensorLike, use_locking: bool = False, name: str = "GradientDescent") -> None:
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._learning_rate_tensor: Any = None

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyper_parameter(self._learning_rate, "learning_rate")

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        rate = cast(self._learning_rate_tensor, var.dtype.base_dtype)
        return APPLY_GRADIENT_DESCENT(var, rate, grad, use_locking=self._use_locking)

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Variable) -> Operation:
        # Subtracting adds up rows that are named more than once by itself.
        rate = cast(self._learning_rate_tensor, var.dtype.base_dtype)
        delta = IndexedSlices(grad.values * rate, grad.indices, grad.dense_shape)
        return var.scatter_sub(delta, use_locking=self._use_locking)

    def _resource_apply_sparse_duplicate_indices(self, grad: Tensor, handle: Any, indices: Tensor) -> Any:
        rate = cast(self._learning_rate_tensor, handle.dtype.base_dtype)
        return RESOURCE_ROWS["Add"](handle.handle, indices, -grad * rate, dtype=handle.dtype)
