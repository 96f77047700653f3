"""Follow the regularized leader."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import IndexedSlices
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.math.cast import cast
from millpond.ops.state.training import APPLY_FTRL, APPLY_FTRL_V2
from millpond.ops.state.training_sparse import SPARSE_APPLY_FTRL, SPARSE_APPLY_FTRL_V2
from millpond.train.optimizers.optimizer import Optimizer
from millpond.variables.variable import Variable


class FtrlOptimizer(Optimizer):
    """FTRL-proximal, for large sparse linear models.

    With `q(n) = n**-learning_rate_power`::

        growth = (q(accum + gradient**2) - q(accum)) / learning_rate
        linear += gradient + 2 * l2_shrinkage * var - growth * var
        accum += gradient**2
        var = -sign(linear) * max(abs(linear) - l1, 0) / (q(accum) / learning_rate + 2 * l2)

    Args:
      learning_rate: A number, a tensor without dimensions, or a function that gives one.
      learning_rate_power: A number that is not positive; 0 keeps the rate fixed.
      initial_accumulator_value: The number that the accumulators start from, zero or positive.
      l1_regularization_strength, l2_regularization_strength: Numbers that are not negative. This l2 keeps the
        model near the past; `l2_shrinkage_regularization_strength` keeps it small.
      use_locking: Accepted for compatibility.
      name: Prefix of the operations, and name of the slots `accum` (`v/Ftrl`) and `linear` (`v/Ftrl_1`).
      accum_name, linear_name: Other names for the slots.
      l2_shrinkage_regularization_strength: See above.

    Raises:
      ValueError: If a number has the wrong sign, or there is no name.

    Source: H. B. McMahan et al., "Ad Click Prediction: a View from the Trenches", KDD 2013.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([1.0, -2.0])
      ...     step = tf.train.FtrlOptimizer(0.5).minimize(tf.reduce_sum(x * x))
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x).round(3))
      [ 0.35  -1.344]
    """

    def __init__(self, learning_rate: TensorLike, learning_rate_power: Any = -0.5,
                 initial_accumulator_value: float = 0.1,
                 l1_regularization_strength: float = 0.0, l2_regularization_strength: float = 0.0,
                 use_locking: bool = False, name: str = "Ftrl", accum_name: str | None = None,
                 linear_name: str | None = None, l2_shrinkage_regularization_strength: float = 0.0) -> None:
        super().__init__(use_locking, name)
        for what, value in (("initial_accumulator_value", initial_accumulator_value),
                            ("l1_regularization_strength", l1_regularization_strength),
                            ("l2_regularization_strength", l2_regularization_strength),
                            ("l2_shrinkage_regularization_strength", l2_shrinkage_regularization_strength)):
            if value < 0.0:
                raise ValueError(f"{what} {value:f} needs to be positive or zero")
        if not callable(learning_rate_power) and learning_rate_power > 0.0:
            raise ValueError(f"learning_rate_power {learning_rate_power:f} needs to be negative or zero")
        self._learning_rate = learning_rate
        self._learning_rate_power = learning_rate_power
        self._initial_accumulator_value = initial_accumulator_value
        self._l1_regularization_strength = l1_regularization_strength
        self._l2_regularization_strength = l2_regularization_strength
        self._l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self._accum_name = accum_name
        self._linear_name = linear_name
        self._learning_rate_tensor: Any = None
        self._power_tensor: Any = None
        self._l1_tensor: Any = None
        self._l2_tensor: Any = None
        self._l2_shrinkage_tensor: Any = None

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        for var in var_list:
            self._filled_slot(var, self._initial_accumulator_value, "accum", self._accum_name or self._name)
            self._zeros_slot(var, "linear", self._linear_name or self._name)

    def _prepare(self) -> None:
        self._learning_rate_tensor = self._hyper_parameter(self._learning_rate, "learning_rate")
        self._l1_tensor = self._hyper_parameter(self._l1_regularization_strength,
                                                "l1_regularization_strength")
        self._l2_tensor = self._hyper_parameter(self._l2_regularization_strength,
                                                "l2_regularization_strength")
        self._l2_shrinkage_tensor = self._hyper_parameter(
            self._l2_shrinkage_regularization_strength, "l2_shrinkage_regularization_strength")
        self._power_tensor = self._hyper_parameter(self._learning_rate_power, "learning_rate_power")

    def _slots_of(self, var: Variable) -> list[Any]:
        return [self.get_slot(var, "accum"), self.get_slot(var, "linear")]

    def _hyper_parameters(self, var: Variable) -> list[Tensor]:
        values = [self._learning_rate_tensor, self._l1_tensor, self._l2_tensor]
        if self._l2_shrinkage_regularization_strength > 0.0:
            values.append(self._l2_shrinkage_tensor)
        return [cast(value, var.dtype.base_dtype) for value in (*values, self._power_tensor)]

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        op = APPLY_FTRL_V2 if self._l2_shrinkage_regularization_strength > 0.0 else APPLY_FTRL
        return op(var, *self._slots_of(var), grad, *self._hyper_parameters(var),
                  use_locking=self._use_locking)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        op = SPARSE_APPLY_FTRL_V2 if self._l2_shrinkage_regularization_strength > 0.0 else SPARSE_APPLY_FTRL
        return op(var, *self._slots_of(var), grad.values, grad.indices, *self._hyper_parameters(var),
                  use_locking=self._use_locking)
