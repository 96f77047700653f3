"""Optimizers that change what another optimizer does: averages, limits, tasks of which some rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.ops.array.gather import gather
from millpond.ops.array.identity import group, no_op
from millpond.ops.control.cond import cond
from millpond.ops.math.clip import clip_by_global_norm, clip_by_norm
from millpond.ops.math.comparison import equal
from millpond.ops.math.reduction import reduce_all
from millpond.train.optimizers.optimizer import GradientAndVariable, Optimizer
from millpond.train.saving.saver import Saver
from millpond.train.schedules.moving_averages import ExponentialMovingAverage
from millpond.variables.collections import global_variables
from millpond.variables.variable import Variable


class OptimizerWrapper(Optimizer):
    """An optimizer that leaves gradients and slots to another."""

    def __init__(self, opt: Optimizer, use_locking: bool, name: str) -> None:
        super().__init__(use_locking, name)
        self._optimizer = opt

    def compute_gradients(self, *args: Any, **kwargs: Any) -> list[GradientAndVariable]:
        """That of the other optimizer."""
        return self._optimizer.compute_gradients(*args, **kwargs)

    def apply_gradients(self, grads_and_vars: Any, global_step: TensorLike | None = None,
                        name: str | None = None) -> Operation:
        """That of the other optimizer."""
        return self._optimizer.apply_gradients(grads_and_vars, global_step, name)

    def get_slot(self, var: Variable, name: str) -> Variable | None:
        """That of the other optimizer."""
        return self._optimizer.get_slot(var, name)

    def get_slot_names(self) -> list[str]:
        """Those of the other optimizer."""
        return self._optimizer.get_slot_names()

    def variables(self) -> list[Variable]:
        """Those of the other optimizer."""
        return self._optimizer.variables()


class MovingAverageOptimizer(OptimizerWrapper):
    """Keeps moving averages of what another optimizer trains, and saves them in place of the variables.

    Args:
      opt: The optimizer.
      average_decay: The share of the averages that is kept at each step.
      num_updates: A count of updates, with which averages move faster at first.
      sequential_update: Whether averages see the variables that this step gives, and not those before it.

    Raises:
      TypeError: If `opt` is no optimizer.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable(2.0)
      ...     step = tf.contrib.opt.MovingAverageOptimizer(
      ...         tf.train.GradientDescentOptimizer(1.0), average_decay=0.5).minimize(x)
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(tf.global_variables()))
      [np.float32(1.0), np.float32(1.5)]
    """

    def __init__(self, opt: Optimizer, average_decay: TensorLike = 0.9999, num_updates: Any = None,
                 sequential_update: bool = True) -> None:
        if not isinstance(opt, Optimizer):
            raise TypeError(f"MovingAverageOptimizer takes an optimizer, not {opt!r}.")
        super().__init__(opt, False, "MovingAverage")
        self._ema = ExponentialMovingAverage(average_decay, num_updates=num_updates)
        self._sequential_update = sequential_update
        self._averages: dict[str, Variable] | None = None

    def apply_gradients(self, grads_and_vars: Any, global_step: TensorLike | None = None,
                        name: str | None = None) -> Operation:
        """That of the other optimizer, and then the update of the averages."""
        pairs = list(grads_and_vars)
        train_op = self._optimizer.apply_gradients(pairs, global_step=global_step, name=name)
        trained = [var for grad, var in pairs if grad is not None]
        with default_graph().control_dependencies([train_op] if self._sequential_update else []):
            update = self._ema.apply(trained)
        averages = {var.op.name: self._ema.average(var) for var in trained}
        self._averages = {name: average for name, average in averages.items() if average is not None}
        return group(train_op, update, name="train_with_avg")

    def swapping_saver(self, var_list: Any = None, name: str = "swapping_saver", **kwargs: Any) -> Saver:
        """A saver that writes averages under the names of their variables, and the variables under those of averages.

        Args:
          var_list: Variables, or a dict from names to variables; by default all.
          name: Name of the saver's operations.
          **kwargs: As of `tf.train.Saver`.

        Raises:
          RuntimeError: If `apply_gradients` has not been called.
          ValueError: If an average is not among the variables.
        """
        if self._averages is None:
            raise RuntimeError("Must call apply_gradients or minimize before creating the swapping_saver")
        given = global_variables() if var_list is None else var_list
        named = dict(given) if isinstance(given, Mapping) else {var.op.name: var for var in given}
        swapped = dict(named)
        for key, var in named.items():
            average = self._averages.get(var.op.name)
            if average is None:
                continue
            if average.op.name not in named:
                raise ValueError(f"Variable to swap {average.op.name} is not in the variables to save.")
            swapped[key], swapped[average.op.name] = average, var
        return Saver(swapped, name=name, **kwargs)


class VariableClippingOptimizer(OptimizerWrapper):
    """Limits the norms of variables after another optimizer has updated them.

    Args:
      opt: The optimizer.
      vars_to_clip_dims: A dict from variables to the dimensions that a norm is taken over.
      max_norm: The limit.
      use_locking, colocate_clip_ops_with_vars: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      ValueError: If there is no name.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([[3.0, 4.0], [0.0, 1.0]])
      ...     optimizer = tf.contrib.opt.VariableClippingOptimizer(
      ...         tf.train.GradientDescentOptimizer(0.0), {x: [1]}, max_norm=1.0)
      ...     step = optimizer.minimize(tf.reduce_sum(x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x))
      [[0.6 0.8]
       [0.  1. ]]
    """

    def __init__(self, opt: Optimizer, vars_to_clip_dims: Mapping[Variable, Sequence[int]], max_norm: float,
                 use_locking: bool = False, colocate_clip_ops_with_vars: bool = False,
                 name: str = "VariableClipping") -> None:
        super().__init__(opt, use_locking, name)
        self._dims = dict(vars_to_clip_dims)
        self._max_norm = max_norm

    def apply_gradients(self, grads_and_vars: Any, global_step: TensorLike | None = None,
                        name: str | None = None) -> Operation:
        """That of the other optimizer, and then the limits."""
        pairs = list(grads_and_vars)
        with default_graph().name_scope(self._name):
            update = self._optimizer.apply_gradients(pairs, global_step=global_step)
            with default_graph().control_dependencies([update]), default_graph().name_scope("clip"):
                clips = [self._clip(grad, var) for grad, var in pairs if grad is not None and var in self._dims]
            return group(update, *clips, name=name)

    def _clip(self, grad: Any, var: Variable) -> Any:
        dims = list(self._dims[var])
        if isinstance(grad, IndexedSlices):  # only rows that were updated can have grown
            if 0 in dims:
                raise ValueError(f"Cannot clip {var.op.name} over dimension 0: its gradient has rows of it.")
            rows = clip_by_norm(gather(var, grad.indices), self._max_norm, dims)
            return var.scatter_update(IndexedSlices(rows, grad.indices))
        return var.assign(clip_by_norm(var, self._max_norm, dims))


class MultitaskOptimizerWrapper:
    """An optimizer that leaves variables and slots as they are where a gradient is 0 throughout.

    Of several tasks with parts of their own, those that a step does not train do not move by momentum.

    Args:
      opt: The optimizer.

    Raises:
      TypeError: If `opt` is no optimizer.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable(2.0)
      ...     optimizer = tf.contrib.opt.MultitaskOptimizerWrapper(tf.train.MomentumOptimizer(0.5, 0.9))
      ...     steps = [optimizer.apply_gradients([(tf.constant(grad), x)]) for grad in (1.0, 0.0)]
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(steps[0])
      ...     sess.run(steps[1])
      ...     print(sess.run(x))
      1.5
    """

    def __init__(self, opt: Optimizer) -> None:
        if not isinstance(opt, Optimizer):
            raise TypeError(f"Supplied optimizer must be an instance of tf.train.Optimizer, not {opt!r}.")
        self._opt = opt
        for name in ("_apply_dense", "_apply_sparse", "_resource_apply_dense", "_resource_apply_sparse"):
            setattr(opt, name, _unless_zero(getattr(opt, name)))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._opt, name)


def _unless_zero(apply: Any) -> Any:
    """An update that happens only where a gradient is not 0 throughout."""

    def applied(grad: Any, *args: Any, **kwargs: Any) -> Any:
        values = grad.values if isinstance(grad, IndexedSlices) else grad

        def update() -> Tensor:
            with default_graph().control_dependencies([apply(grad, *args, **kwargs)]):
                return reduce_all(equal(values, values))

        def nothing() -> Tensor:
            with default_graph().control_dependencies([no_op()]):
                return reduce_all(equal(values, values))

        return cond(reduce_all(equal(values, 0.0)), nothing, update).op

    return applied


def clip_gradients_by_global_norm(gradients_variables: Sequence[GradientAndVariable],
                                  clip_norm: TensorLike = 20.0) -> list[GradientAndVariable]:
    """Pairs of gradient and variable, with the gradients scaled so that their common norm is at most a limit.

    Args:
      gradients_variables: The pairs.
      clip_norm: The limit.
    """
    clipped, _ = clip_by_global_norm([grad for grad, _ in gradients_variables], clip_norm)
    return list(zip(clipped, [var for _, var in gradients_variables], strict=True))
