"""Moving averages of variables and tensors, with weights that fall off exponentially."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import TensorLike
from millpond.graph.collections import GraphKeys
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import group
from millpond.ops.math.arithmetic import minimum, pow
from millpond.ops.math.cast import cast
from millpond.ops.scoping import name_scope
from millpond.train.optimizers import slot_creator
from millpond.variables.collections import global_variables, moving_average_variables, trainable_variables
from millpond.variables.initializers import Zeros
from millpond.variables.scope import get_variable, variable_scope
from millpond.variables.variable import Variable

_AVERAGED = (dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64)


def assign_moving_average(variable: Variable, value: Any, decay: Any, zero_debias: bool = True,
                          name: str | None = None) -> Tensor:
    """Moves `variable` towards `value`: `variable -= (1 - decay) * (variable - value)`.

    Args:
      variable: The average.
      value: A tensor of the same shape and dtype.
      decay: The share of the old average that is kept: a number, or a tensor without dimensions.
      zero_debias: Whether to divide by the weight that past values have had, `1 - decay**n`, so that an
        average that starts from zero is not too small at first (arXiv:1412.6980, section 3). That takes two
        more variables, `<variable>/biased` and `<variable>/local_step`.
      name: Name of the node; by default `AssignMovingAvg`.

    Returns:
      A reference to `variable`, after the update.

    Raises:
      ValueError: If the shapes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     average = tf.Variable(0.0)
      ...     update = assign_moving_average(average, 8.0, 0.75, zero_debias=False)
      ...     sess.run(average.initializer)
      ...     print(sess.run(update))
      2.0
    """
    with name_scope(name, "AssignMovingAvg", [variable, value, decay]) as scope:
        weight = convert_to_tensor(1.0 - decay, name="decay")
        if weight.dtype.base_dtype is not variable.dtype.base_dtype:
            weight = cast(weight, variable.dtype.base_dtype)
        if zero_debias:
            return variable.assign(_debiased(variable, value, weight), name=scope)
        return variable.assign_sub((variable - value) * weight, name=scope)


def _debiased(average: Variable, value: Any, weight: Tensor) -> Tensor:
    """Updates the plain average beside `average`, and gives it without the bias of its start from zero."""
    dtype = average.dtype.base_dtype
    with average.graph.control_dependencies(None), variable_scope(average.op.name, values=[average]):
        biased = get_variable("biased", initializer=Zeros(), shape=average.shape, dtype=dtype,
                              trainable=False)
        local_step = get_variable("local_step", shape=[], dtype=dtype, initializer=Zeros(), trainable=False)
    total = biased.assign_sub((biased - value) * weight)
    count = local_step.assign_add(1)
    return total / (1 - pow(1.0 - weight, count))


class ExponentialMovingAverage:
    """Keeps moving averages of variables; a model often does better with them than with the last values.

    `average = decay * average + (1 - decay) * value`, each time that the operation of `apply` runs.

    Args:
      decay: The share of the old average that is kept, such as 0.999.
      num_updates: A count of updates (the global step, say); with it the decay is at most
        `(1 + num_updates) / (10 + num_updates)`, which lets averages move faster at first.
      zero_debias: Whether averages of tensors are corrected for starting from zero; see
        `assign_moving_average`.
      name: Prefix of the operations, and name of the averages (`v/ExponentialMovingAverage`).

    Raises:
      TypeError: By `apply`, if something to average is no variable or tensor of floats.
      ValueError: By `apply`, if it is averaged already.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     v = tf.Variable(0.0)
      ...     ema = tf.train.ExponentialMovingAverage(decay=0.75)
      ...     update = ema.apply([v])
      ...     sess.run(tf.global_variables_initializer())
      ...     _ = sess.run(v.assign(8.0))
      ...     sess.run(update)
      ...     print(sess.run(ema.average(v)))
      2.0
    """

    def __init__(self, decay: TensorLike, num_updates: Any = None, zero_debias: bool = False,
                 name: str = "ExponentialMovingAverage") -> None:
        self._decay = decay
        self._num_updates = num_updates
        self._zero_debias = zero_debias
        self._name = name
        self._averages: dict[Any, Variable] = {}

    @property
    def name(self) -> str:
        return self._name

    def apply(self, var_list: Sequence[Any] | None = None) -> Operation:
        """Makes the averages of `var_list` where they do not exist, and the operation that updates them all.

        The average of a variable starts from the variable's initial value, that of a tensor from zero.

        Args:
          var_list: Variables and tensors of floats; by default all trainable variables.

        Raises:
          TypeError: If one is not of floats.
        """
        values = trainable_variables() if var_list is None else list(var_list)
        for value in values:
            self._make_average(value)
        with name_scope(self._name, values=values) as scope:
            decay = self._current_decay()
            updates = []
            for value in values:
                average = self._averages[_key(value)]
                debias = self._zero_debias and not isinstance(value, Variable)
                share = cast(decay, average.dtype.base_dtype)
                updates.append(assign_moving_average(average, value, share, debias))
            return group(*updates, name=scope)

    def _make_average(self, value: Any) -> None:
        if not isinstance(value, (Variable, Tensor)):
            raise TypeError("Averages are kept of variables and tensors, but got "
                            f"{type(value).__name__}: {value!r}")
        if value.dtype.base_dtype not in _AVERAGED:
            raise TypeError("The variables must be half, float, or double: "
                            f"{value.name} is {value.dtype.name}")
        if _key(value) in self._averages:
            return
        graph = value.graph
        # Made once: not after what happens to be around this call.
        with graph.as_default(), graph.control_dependencies(None):
            if isinstance(value, Variable):
                average = slot_creator.create_slot(value, value.initialized_value(), self._name)
                graph.add_to_collection(GraphKeys.MOVING_AVERAGE_VARIABLES, value)
            else:
                average = slot_creator.create_zeros_slot(value, self._name, colocate_with_primary=False)
        self._averages[_key(value)] = average

    def _current_decay(self) -> Tensor:
        decay = convert_to_tensor(self._decay, name="decay")
        if self._num_updates is None:
            return decay
        updates = cast(self._num_updates, dtypes.float32, name="num_updates")
        return minimum(decay, (1.0 + updates) / (10.0 + updates))

    def average(self, var: Any) -> Variable | None:
        """The variable that holds the average of `var`, or None before `apply`."""
        return self._averages.get(_key(var))

    def average_name(self, var: Any) -> str:
        """The name under which a checkpoint holds the average of `var`.

        Before `apply` it is the name that the average gets if `apply` is called in the present scope.
        """
        made = self.average(var)
        if made is not None:
            return made.op.name
        return var.graph.unique_name(f"{var.op.name}/{self._name}", mark_as_used=False)

    def variables_to_restore(self, moving_avg_variables: Sequence[Any] | None = None) -> dict[str, Variable]:
        """What to give to `tf.train.Saver` so that variables are restored from the averages in a checkpoint.

        Args:
          moving_avg_variables: The variables that have averages; by default all that are trainable, and those
            whose averages were made by `apply`.

        Returns:
          Variables by the names under which the checkpoint holds their values: averages for those of
          `moving_avg_variables`, the variables' own names for all other global variables.
        """
        if moving_avg_variables is None:
            moving_avg_variables = [*trainable_variables(), *moving_average_variables()]
        names = {self.average_name(var): var for var in dict.fromkeys(moving_avg_variables)}
        covered = {var.name for var in moving_avg_variables}
        for var in global_variables():
            if var.name not in covered:
                names.setdefault(var.op.name, var)
        return names


def _key(value: Any) -> tuple[Any, str]:
    return value.graph, value.name
