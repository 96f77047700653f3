"""Decoupled weight decay: variables shrink by a share at each step, whatever the gradient's statistics are.

Source: I. Loshchilov and F. Hutter, "Decoupled Weight Decay Regularization", arXiv:1711.05101.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.gather import gather
from millpond.ops.math.cast import cast
from millpond.train.optimizers.adam import AdamOptimizer
from millpond.train.optimizers.momentum import MomentumOptimizer
from millpond.train.optimizers.optimizer import Optimizer
from millpond.variables.variable import Variable


class DecoupledWeightDecayExtension(Optimizer):
    """Lets variables decay before an optimizer updates them: `var -= weight_decay * var`.

    A class that inherits from this one first and from an optimizer second is that optimizer with weight decay. The rate
    of learning does not scale the decay; let a schedule do both.

    Args:
      weight_decay: The share by which variables shrink: a number, a tensor, or a function that gives one.
      **kwargs: The arguments of the optimizer, by keyword.

    Raises:
      ValueError: If there is no name.

    Example:
      >>> import millpond as tf
      >>> class Decaying(tf.contrib.opt.DecoupledWeightDecayExtension, tf.train.GradientDescentOptimizer):
      ...     def __init__(self, weight_decay, learning_rate):
      ...         super().__init__(weight_decay, learning_rate=learning_rate)
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable(2.0)
      ...     step = Decaying(0.25, 0.5).minimize(x)
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x))
      1.0
    """

    def __init__(self, weight_decay: TensorLike, **kwargs: Any) -> None:
        self._decay_var_list: set[Variable] | None = None
        self._weight_decay = weight_decay
        self._weight_decay_tensor: Any = None
        super().__init__(**kwargs)

    def minimize(self, loss: TensorLike, global_step: TensorLike | None = None, var_list: Any = None,
                 gate_gradients: int = Optimizer.GATE_OP, aggregation_method: int | None = None,
                 colocate_gradients_with_ops: bool = False, name: str | None = None, grad_loss: Any = None,
                 decay_var_list: Iterable[Variable] | None = None) -> Operation:
        """`Optimizer.minimize`; only the variables of `decay_var_list`, if it is given, decay."""
        self._decay_var_list = None if decay_var_list is None else set(decay_var_list)
        return super().minimize(loss, global_step, var_list, gate_gradients, aggregation_method,
                                colocate_gradients_with_ops, name, grad_loss)

    def apply_gradients(self, grads_and_vars: Any, global_step: TensorLike | None = None, name: str | None = None,
                        decay_var_list: Iterable[Variable] | None = None) -> Operation:
        """`Optimizer.apply_gradients`; only the variables of `decay_var_list`, if it is given, decay."""
        if decay_var_list is not None:
            self._decay_var_list = set(decay_var_list)
        return super().apply_gradients(grads_and_vars, global_step, name)

    def _prepare(self) -> None:
        self._weight_decay_tensor = self._hyper_parameter(self._weight_decay, "weight_decay")
        super()._prepare()

    def _decays(self, var: Variable) -> bool:
        return self._decay_var_list is None or var in self._decay_var_list

    def _rate(self, var: Variable) -> Tensor:
        return cast(self._weight_decay_tensor, var.dtype.base_dtype)

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        if not self._decays(var):
            return super()._apply_dense(grad, var)
        decayed = var.assign_sub(self._rate(var) * var, use_locking=self._use_locking)
        with var.graph.control_dependencies([decayed]):
            return super()._apply_dense(grad, var)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        if not self._decays(var):
            return super()._apply_sparse(grad, var)
        rows = self._rate(var) * gather(var, grad.indices)
        decayed = var.scatter_sub(IndexedSlices(rows, grad.indices), use_locking=self._use_locking)
        with var.graph.control_dependencies([decayed]):
            return super()._apply_sparse(grad, var)


def extend_with_decoupled_weight_decay(base_optimizer: type[Optimizer]) -> type[DecoupledWeightDecayExtension]:
    """The class of an optimizer with decoupled weight decay.

    Args:
      base_optimizer: A class of optimizers.

    Returns:
      A class whose constructor takes `weight_decay`, and then what that of `base_optimizer` takes.

    Example:
      >>> import millpond as tf
      >>> Decaying = tf.contrib.opt.extend_with_decoupled_weight_decay(tf.train.GradientDescentOptimizer)
      >>> Decaying(weight_decay=0.1, learning_rate=0.5).get_name()
      'GradientDescent'
    """

    class OptimizerWithDecoupledWeightDecay(DecoupledWeightDecayExtension, base_optimizer):  # type: ignore[misc, valid-type]
        """An optimizer with decoupled weight decay."""

        def __init__(self, weight_decay: TensorLike, *args: Any, **kwargs: Any) -> None:
            self._decay_var_list = None
            self._weight_decay = weight_decay
            self._weight_decay_tensor = None
            base_optimizer.__init__(self, *args, **kwargs)

    return OptimizerWithDecoupledWeightDecay


class AdamWOptimizer(DecoupledWeightDecayExtension, AdamOptimizer):
    """Adam with decoupled weight decay.

    Args:
      weight_decay: The share by which variables shrink at each step.
      learning_rate, beta1, beta2, epsilon, use_locking: As of `tf.train.AdamOptimizer`.
      name: Prefix of the operations and name of the slots.

    Raises:
      ValueError: If there is no name.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, -2.0])
      ...     step = tf.contrib.opt.AdamWOptimizer(0.5, learning_rate=0.25).minimize(tf.reduce_sum(x * x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x).round(3))
      [ 0.25 -0.75]
    """

    def __init__(self, weight_decay: TensorLike, learning_rate: TensorLike = 0.001, beta1: TensorLike = 0.9,
                 beta2: TensorLike = 0.999, epsilon: TensorLike = 1e-8, use_locking: bool = False,
                 name: str = "AdamW") -> None:
        super().__init__(weight_decay, learning_rate=learning_rate, beta1=beta1, beta2=beta2, epsilon=epsilon,
                         use_locking=use_locking, name=name)


class MomentumWOptimizer(DecoupledWeightDecayExtension, MomentumOptimizer):
    """Momentum with decoupled weight decay.

    Args:
      weight_decay: The share by which variables shrink at each step.
      learning_rate, momentum, use_locking, use_nesterov: As of `tf.train.MomentumOptimizer`.
      name: Prefix of the operations and name of the slots.

    Raises:
      ValueError: If there is no name.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, -2.0])
      ...     step = tf.contrib.opt.MomentumWOptimizer(0.5, 0.25, 0.9).minimize(tf.reduce_sum(x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x))
      [ 0.25 -1.25]
    """

    def __init__(self, weight_decay: TensorLike, learning_rate: TensorLike, momentum: TensorLike,
                 use_locking: bool = False, name: str = "MomentumW", use_nesterov: bool = False) -> None:
        super().__init__(weight_decay, learning_rate=learning_rate, momentum=momentum, use_locking=use_locking,
                         name=name, use_nesterov=use_nesterov)
