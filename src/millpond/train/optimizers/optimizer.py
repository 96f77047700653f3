"""`Optimizer`: computes gradients and applies them to variables. The rules themselves are its subclasses.

State of an optimizer: its slot variables by slot name and variable, and the variables that belong to no other
variable (`beta1_power`), by name and graph. Programs write subclasses of their own: the hooks `_prepare`,
`_create_slots`, `_apply_dense`, `_apply_sparse`, `_apply_sparse_duplicate_indices` and `_finish`, and the
`_..._slot` functions that they call, are part of the interface.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from millpond import dtypes, nested
from millpond.autodiff.gradients import gradients
from millpond.dtypes import DType
from millpond.graph import stacks
from millpond.graph.argument_types import TensorLike
from millpond.graph.collections import GraphKeys
from millpond.graph.composite import IndexedSlices, convert_to_tensor_or_indexed_slices
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import group, tuple_
from millpond.ops.array.partitions import unique
from millpond.ops.array.shape import shape
from millpond.ops.math.segment import unsorted_segment_sum
from millpond.ops.scoping import name_scope
from millpond.ops.state.assign import assign_add, is_resource
from millpond.train.optimizers import slot_creator
from millpond.variables.collections import trainable_variables
from millpond.variables.variable import Variable

GradientAndVariable = tuple[Any, Any]


def add_up_duplicates(values: Tensor, indices: Tensor) -> tuple[Tensor, Tensor]:
    """Sums the rows of `values` whose index is the same.

    Returns:
      The sums, `[m, ...]`, and the `m` different indices in the order of their first appearance.
    """
    rows, position = unique(indices)
    return unsorted_segment_sum(values, position, shape(rows)[0]), rows


class Optimizer:
    """Base class of optimizers.

    Args:
      use_locking: Kept for programs that set it; updates never lose each other here, with or without.
      name: Prefix of the operations and slot variables that are made.

    Raises:
      ValueError: If there is no name.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable(3.0)
      ...     step = tf.train.GradientDescentOptimizer(0.25).minimize(x * x)
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x))
      1.5
    """

    # Nothing waits; all gradients of an operation wait for each other; all gradients wait for each other.
    GATE_NONE = 0
    GATE_OP = 1
    GATE_GRAPH = 2

    def __init__(self, use_locking: bool, name: str) -> None:
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._use_locking = use_locking
        self._name = name
        self._slots: dict[str, dict[Any, Variable]] = {}
        self._non_slot_dict: dict[tuple[str, Any], Variable] = {}

    def get_name(self) -> str:
        return self._name

    # What programs call.

    def minimize(self, loss: TensorLike, global_step: TensorLike | None = None, var_list: Any = None,
                 gate_gradients: int = GATE_OP,
                 aggregation_method: int | None = None, colocate_gradients_with_ops: bool = False,
                 name: str | None = None, grad_loss: Any = None) -> Operation:
        """Adds operations that make `loss` smaller: `compute_gradients`, then `apply_gradients`.

        Args:
          loss: A tensor of floats, or a function without arguments that gives one.
          global_step: A variable to increment by one once the variables are updated.
          var_list: The variables to update, as a list, an iterable such as `dict.values()`, or a structure of them; by
            default all trainable ones.
          gate_gradients: `GATE_NONE`, `GATE_OP` or `GATE_GRAPH`.
          aggregation_method: A constant of `tf.AggregationMethod`.
          colocate_gradients_with_ops: Whether gradients stand on the device of what they differentiate.
          name: Name of the returned operation; by default the optimizer's.
          grad_loss: The gradient of what is minimized with respect to `loss`; by default ones.

        Returns:
          The operation that does one step.

        Raises:
          ValueError: If `loss` does not depend on any of the variables.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default(), tf.Session() as sess:
          ...     x, y, count = tf.Variable(3.0), tf.Variable(1.0), tf.train.create_global_step()
          ...     optimizer = tf.train.GradientDescentOptimizer(0.25)
          ...     step = optimizer.minimize(x * x + y, global_step=count, var_list=[x])
          ...     sess.run(tf.global_variables_initializer())
          ...     sess.run(step)
          ...     print(sess.run([x, y, count]))
          [np.float32(1.5), np.float32(1.0), np.int64(1)]
        """
        pairs = self.compute_gradients(
            loss, var_list=var_list, gate_gradients=gate_gradients, aggregation_method=aggregation_method,
            colocate_gradients_with_ops=colocate_gradients_with_ops, grad_loss=grad_loss)
        if all(grad is None for grad, _ in pairs):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that do not support "
                f"gradients, between variables {[str(var) for _, var in pairs]} and loss {loss}.")
        return self.apply_gradients(pairs, global_step=global_step, name=name)

    def compute_gradients(self, loss: TensorLike, var_list: Any = None, gate_gradients: int = GATE_OP,
                          aggregation_method: int | None = None, colocate_gradients_with_ops: bool = False,
                          grad_loss: Any = None) -> list[GradientAndVariable]:
        """The first part of `minimize`.

        Args:
          loss, var_list, gate_gradients, aggregation_method, colocate_gradients_with_ops, grad_loss: As in `minimize`.

        Returns:
          A list of (gradient, variable); the gradient is a tensor, an `IndexedSlices`, or None where `loss`
          does not depend on the variable.

        Raises:
          TypeError: If `var_list` holds something that is no variable.
          ValueError: If there is no variable, or a dtype has no gradients.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default(), tf.Session() as sess:
          ...     x, y = tf.Variable(3.0, name="x"), tf.Variable(1.0, name="y")
          ...     pairs = tf.train.GradientDescentOptimizer(0.25).compute_gradients(x * x)
          ...     sess.run(tf.global_variables_initializer())
          ...     print([(None if grad is None else float(sess.run(grad)), var.op.name) for grad, var in pairs])
          [(6.0, 'x'), (None, 'y')]
        """
        if gate_gradients not in (self.GATE_NONE, self.GATE_OP, self.GATE_GRAPH):
            raise ValueError("gate_gradients must be one of: Optimizer.GATE_NONE, Optimizer.GATE_OP, "
                             f"Optimizer.GATE_GRAPH.  Not {gate_gradients}")
        if callable(loss):
            loss = loss()
        self._assert_valid_dtypes([loss])
        if grad_loss is not None:
            self._assert_valid_dtypes([grad_loss])
        variables = trainable_variables() if var_list is None else nested.flatten(var_list)
        if not variables:
            raise ValueError("No variables to optimize: the graph has no trainable variables, or var_list is "
                             "empty.")
        for var in variables:
            if not isinstance(var, (Variable, Tensor)):
                raise TypeError(f"Argument var_list must hold variables, but got {type(var).__name__}: "
                                f"{var!r}")
        grads = gradients(loss, variables, grad_ys=grad_loss, gate_gradients=gate_gradients == self.GATE_OP,
                          aggregation_method=aggregation_method,
                          colocate_gradients_with_ops=colocate_gradients_with_ops)
        if gate_gradients == self.GATE_GRAPH and any(grad is not None for grad in grads):
            grads = tuple_(grads)
        pairs = list(zip(grads, variables, strict=True))
        self._assert_valid_dtypes([var for grad, var in pairs if grad is not None])
        return pairs

    def apply_gradients(self, grads_and_vars: Iterable[GradientAndVariable], global_step: TensorLike | None = None,
                        name: str | None = None) -> Operation:
        """The second part of `minimize`: adds the operation that updates the variables.

        Args:
          grads_and_vars: Pairs of gradient and variable, as `compute_gradients` gives them.
          global_step: A variable to increment by one once the variables are updated.
          name: Name of the returned operation; by default the optimizer's.

        Raises:
          TypeError: If a gradient is neither a tensor, nor `IndexedSlices`, nor None.
          ValueError: If there are no variables, or none with a gradient.
          NotImplementedError: If a pair holds something that is no variable.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default(), tf.Session() as sess:
          ...     x = tf.Variable(3.0)
          ...     optimizer = tf.train.GradientDescentOptimizer(0.25)
          ...     pairs = optimizer.compute_gradients(x * x)
          ...     step = optimizer.apply_gradients([(tf.clip_by_norm(grad, 1.0), var) for grad, var in pairs])
          ...     sess.run(tf.global_variables_initializer())
          ...     sess.run(step)
          ...     print(sess.run(x))
          2.75
        """
        pairs = [self._checked(pair) for pair in grads_and_vars]
        if not pairs:
            raise ValueError("No variables provided.")
        updated = [var for grad, var in pairs if grad is not None]
        if not updated:
            raise ValueError(f"No gradients provided for any variable: {[str(var) for _, var in pairs]}.")
        graph = updated[0].graph
        with graph.as_default():
            # What is created once must not wait for what happens to be around this call, nor lie in a branch.
            with graph.outside():
                self._create_slots(updated)
            with graph.name_scope(name or self._name) as scope:
                self._prepare()
                updates = [self._update(grad, var) for grad, var in pairs if grad is not None]
                train_op = self._finish_with_step(updates, global_step, scope)
            collection = graph.get_collection_ref(GraphKeys.TRAIN_OP)
            if train_op not in collection:
                collection.append(train_op)
        return train_op

    def _checked(self, pair: GradientAndVariable) -> GradientAndVariable:
        grad, var = pair
        if not isinstance(var, Variable):
            kind = "a Tensor" if isinstance(var, Tensor) else f"a {type(var).__name__}"
            raise NotImplementedError(f"Trying to update {kind}: {var!r}. Only variables can be updated.")
        if grad is None:
            return None, var
        try:
            return convert_to_tensor_or_indexed_slices(grad), var
        except TypeError:
            raise TypeError(f"The gradient of {var.name} must be convertible to a Tensor or IndexedSlices, "
                            f"or None: {grad!r}") from None

    def _update(self, grad: Any, var: Variable) -> Operation:
        graph = var.graph
        with name_scope(f"update_{var.op.name}"), graph.colocate_with(var.op):
            if isinstance(grad, IndexedSlices):
                if var.constraint is not None:
                    raise RuntimeError("Cannot use a constraint function on the sparse gradient of "
                                       f"{var.name}.")
                if is_resource(var):
                    return self._resource_apply_sparse_duplicate_indices(grad.values, var, grad.indices)
                return self._apply_sparse_duplicate_indices(grad, var)
            apply = self._resource_apply_dense if is_resource(var) else self._apply_dense
            update = apply(grad, var)
            constraint: Any = var.constraint
            if constraint is None:
                return update
            with graph.control_dependencies([update]):
                return var.assign(constraint(var))

    def _finish_with_step(self, updates: list[Any], global_step: Any, scope: str) -> Operation:
        if global_step is None:
            return _operation(self._finish(updates, scope))
        graph = stacks.default_graph()
        done = self._finish(updates, "update")
        with graph.control_dependencies([done]), graph.colocate_with(global_step.op):
            if isinstance(global_step, Variable) and is_resource(global_step):
                return global_step.assign_add(1, name=scope, read_value=False)
            return _operation(assign_add(global_step, 1, name=scope))

    # Slots.

    def get_slot(self, var: Variable, name: str) -> Variable | None:
        """The slot variable `name` of `var`, or None (before `apply_gradients`, or where there is none)."""
        return self._slots.get(name, {}).get(_key(var))

    def get_slot_names(self) -> list[str]:
        """The names of the slots, in alphabetical order."""
        return sorted(self._slots)

    def variables(self) -> list[Variable]:
        """All variables that the optimizer made in the default graph, by name."""
        graph = stacks.default_graph().root
        made = self._non_slot_variables()
        for slots in self._slots.values():
            made.extend(slots.values())
        return sorted((var for var in made if var.graph is graph), key=lambda var: var.name)

    def _slot_dict(self, slot_name: str) -> dict[Any, Variable]:
        return self._slots.setdefault(slot_name, {})

    def _get_or_make_slot(self, var: Variable, val: Any, slot_name: str, op_name: str) -> Variable:
        """The slot `slot_name` of `var`, made with the initial value `val` where it does not exist."""
        slots = self._slot_dict(slot_name)
        if _key(var) not in slots:
            slots[_key(var)] = slot_creator.create_slot(var, val, op_name)
        return slots[_key(var)]

    def _get_or_make_slot_with_initializer(self, var: Variable, initializer: Any, shape: Any, dtype: Any,
                                           slot_name: str, op_name: str) -> Variable:
        slots = self._slot_dict(slot_name)
        if _key(var) not in slots:
            slots[_key(var)] = slot_creator.create_slot_with_initializer(
                var, initializer, shape, dtype, op_name)
        return slots[_key(var)]

    def _zeros_slot(self, var: Variable, slot_name: str, op_name: str) -> Variable:
        """The slot `slot_name` of `var`, made full of zeros where it does not exist."""
        slots = self._slot_dict(slot_name)
        if _key(var) not in slots:
            slots[_key(var)] = slot_creator.create_zeros_slot(var, op_name)
        return slots[_key(var)]

    def _filled_slot(self, var: Variable, value: float, slot_name: str, op_name: str,
                     initializer: Any = None) -> Variable:
        """The slot `slot_name` of `var`, made full of `value` where it does not exist."""
        slots = self._slot_dict(slot_name)
        if _key(var) not in slots:
            slots[_key(var)] = slot_creator.create_filled_slot(var, value, op_name, initializer=initializer)
        return slots[_key(var)]

    def _create_non_slot_variable(self, initial_value: Any, name: str, colocate_with: Variable) -> Variable:
        """A variable of the optimizer as a whole, on the device of `colocate_with`, and a resource if that is one."""
        graph = colocate_with.graph
        key = (name, graph)
        if key not in self._non_slot_dict:
            with graph.colocate_with(colocate_with.op):
                self._non_slot_dict[key] = Variable(
                    initial_value, name=name, trainable=False, use_resource=is_resource(colocate_with))
        return self._non_slot_dict[key]

    def _get_non_slot_variable(self, name: str, graph: Any = None) -> Variable | None:
        return self._non_slot_dict.get((name, stacks.default_graph().root if graph is None else graph.root))

    def _non_slot_variables(self) -> list[Variable]:
        return list(self._non_slot_dict.values())

    def _trackable_children(self) -> list[tuple[str, Any]]:
        """What a checkpoint of objects keeps besides slots: the default graph's variables that belong to no other."""
        graph = stacks.default_graph().root
        return sorted((name, var) for (name, owner), var in self._non_slot_dict.items() if owner is graph)

    # What subclasses say.

    def _create_slots(self, var_list: Sequence[Variable]) -> None:
        """Makes the slots of `var_list`; called before the name scope of the step is open."""

    def _prepare(self) -> None:
        """Makes the tensors that all updates of a step share, such as the learning rate."""

    def _apply_dense(self, grad: Tensor, var: Variable) -> Operation:
        """Adds the update of `var` by a dense gradient.

        Raises:
          NotImplementedError: If the subclass does not say how.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define _apply_dense, which '{var.name}' "
                                  "needs")

    def _apply_sparse_duplicate_indices(self, grad: IndexedSlices, var: Variable) -> Operation:
        """Adds the update of `var` by slices that may name a row more than once: sums those rows up first."""
        values, indices = add_up_duplicates(grad.values, grad.indices)
        return self._apply_sparse(IndexedSlices(values, indices, grad.dense_shape), var)

    def _apply_sparse(self, grad: IndexedSlices, var: Variable) -> Operation:
        """Adds the update of `var` by slices that name each row once.

        Raises:
          NotImplementedError: If the subclass does not say how.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define _apply_sparse, which the look-ups "
                                  f"of '{var.name}' need")

    # The same for variables that are resources (`use_resource=True`); by default, what holds for the others.

    def _resource_apply_dense(self, grad: Tensor, handle: Variable) -> Operation:
        return self._apply_dense(grad, handle)

    def _resource_apply_sparse_duplicate_indices(self, grad: Tensor, handle: Variable,
                                                 indices: Tensor) -> Operation:
        values, rows = add_up_duplicates(grad, indices)
        return self._resource_apply_sparse(values, handle, rows)

    def _resource_apply_sparse(self, grad: Tensor, handle: Variable, indices: Tensor) -> Operation:
        return self._apply_sparse(IndexedSlices(grad, indices), handle)

    def _finish(self, update_ops: list[Any], name_scope: str) -> Operation:
        """Adds what comes after the updates, and groups all of it under the name `name_scope`."""
        return group(*update_ops, name=name_scope)

    # What subclasses use.

    def _valid_dtypes(self) -> set[DType]:
        """The dtypes of losses and variables that can be optimized."""
        return {dtypes.float16, dtypes.bfloat16, dtypes.float32, dtypes.float64}

    def _assert_valid_dtypes(self, tensors: Iterable[Any]) -> None:
        valid = self._valid_dtypes()
        for tensor in tensors:
            dtype = tensor.dtype.base_dtype
            if dtype not in valid:
                expected = ", ".join(sorted(one.name for one in valid))
                raise ValueError(f"Invalid type {dtype.name} for {tensor.name}, expected one of: {expected}. "
                                 "Use tf.cast to change it.")

    def _call_if_callable(self, param: Any) -> Any:
        """A hyper-parameter, or what the function given in its place returns."""
        return param() if callable(param) else param

    def _hyper_parameter(self, param: Any, name: str) -> Tensor:
        """A hyper-parameter as a tensor: it may be a number, a tensor, a variable, or a function."""
        return convert_to_tensor(self._call_if_callable(param), name=name)


def _key(var: Variable) -> tuple[Any, str]:
    return var.graph, var.op.name


def _operation(made: Any) -> Operation:
    return made.op if isinstance(made, Tensor) else made
