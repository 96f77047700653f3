"""`tf.while_loop`: a body that is run again and again, while a condition holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from millpond import dtypes, nested
from millpond.graph import stacks
from millpond.graph.argument_types import TensorLike
from millpond.graph.body import BodyGraph
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.graph import Graph
from millpond.graph.opdef import lookup
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.control import structures
from millpond.ops.control.loops import add_loop
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

# Tensors, structures of tensors, objects made of tensors; or the shapes of them.
LoopVariables = Sequence[Any] | Mapping[str, Any] | TensorLike


def while_loop(cond: Callable[..., Any], body: Callable[..., Any], loop_vars: LoopVariables,
               shape_invariants: LoopVariables | None = None, parallel_iterations: int = 10,
               back_prop: bool = True, swap_memory: bool = False, name: str | None = None,
               maximum_iterations: TensorLike | None = None, return_same_structure: bool = False) -> Any:
    """Runs `body` on the loop variables again and again, while `cond` of them holds.

    Both are called once, while the graph is built. A loop is compiled as one: it may turn a million times.

    Args:
      cond: Takes the loop variables, gives a scalar bool tensor.
      body: Takes the loop variables, gives those of the next iteration: a structure of the same form, with the same
        dtypes and shapes.
      loop_vars: The loop variables at the start: a list or tuple of tensors, of structures of tensors, and of
        tensor arrays.
      shape_invariants: For each loop variable what of its shape is the same in all iterations, in the structure of
        `loop_vars`; by default its shape at the start.
      parallel_iterations: A positive integer, kept for TensorFlow.
      back_prop: Whether the loop has gradients.
      swap_memory: Has no effect: XLA decides where values lie.
      name: Name of the scope of the nodes.
      maximum_iterations: A scalar integer tensor: the loop ends after so many iterations at the latest.
      return_same_structure: Whether a single loop variable comes back in the list that it was given in.

    Returns:
      The loop variables at the end, in the structure of `loop_vars`; a single one by itself.

    Raises:
      TypeError: If `cond` or `body` cannot be called, gives a wrong dtype, or `cond` gives no bool.
      ValueError: If there are no loop variables; structures or shapes change; `cond` gives no scalar.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     count, total = tf.while_loop(lambda i, s: i < 10, lambda i, s: (i + 1, s + i * i), [0, 0])
      ...     print(sess.run(total))
      285
    """
    if not callable(cond):
        raise TypeError("'cond' must be callable.")
    if not callable(body):
        raise TypeError("'body' must be callable.")
    if not isinstance(parallel_iterations, (int, np.integer)) or parallel_iterations < 1:
        raise TypeError("'parallel_iterations' must be a positive integer.")
    with name_scope(name, "while", nested.flatten(loop_vars)) as scope, structures.Naming("loop", scope):
        if not nested.is_nested(loop_vars):
            loop_vars = [loop_vars]
        if not loop_vars:
            raise ValueError("'loop_vars' must be provided.")
        loop_vars = loop_vars if isinstance(loop_vars, tuple) else list(loop_vars)
        loop = _Loop(stacks.default_graph(), scope[:-1], loop_vars, shape_invariants, maximum_iterations)
        loop.call_cond(cond)
        loop.call_body(body)
        result = loop.finish(parallel_iterations, back_prop)
    return result[0] if len(result) == 1 and not return_same_structure else result


class _Loop:
    """One loop, as functions of the user's make it.

    The iterations are counted where there may be too many of them: the count is the first loop variable then.
    """

    def __init__(self, graph: Graph, scope: str, loop_vars: Any, shape_invariants: Any, maximum: Any) -> None:
        self._graph = graph
        self._scope = scope
        self._structure = nested.pack_sequence_as(loop_vars, [
            leaf if hasattr(leaf, "with_flow") or hasattr(type(leaf), "map_tensors") else structures.tensors_of(leaf)[0]
            for leaf in nested.flatten(loop_vars)])
        self._initial = [tensor for leaf in nested.flatten(self._structure) for tensor in structures.tensors_of(leaf)]
        self._shapes = self._invariants(shape_invariants)
        self._maximum = None if maximum is None else self._checked_maximum(maximum)
        self._counted = self._maximum is not None
        if self._maximum is not None:
            self._initial.insert(0, lookup("Const")(
                value=np.zeros((), self._maximum.dtype.np_dtype), dtype=self._maximum.dtype, name="iteration_counter"))
            self._shapes.insert(0, TensorShape([]))
        self._cond, self._body = (BodyGraph(graph, f"the {what} of the loop '{scope}'",
                                            f"{scope.replace('/', '_')}_{what}") for what in ("cond", "body"))
        for bodies, kind in ((self._cond, "Merge"), (self._body, "Identity")):
            for tensor, shape in zip(self._initial, self._shapes, strict=True):
                bodies.argument(tensor.dtype.base_dtype, shape, kind)

    def _invariants(self, given: Any) -> list[TensorShape]:
        if given is None:
            return [tensor.shape for tensor in self._initial]
        leaves = nested.flatten(self._structure)
        shapes = _flatten_shapes(self._structure, given)
        found: list[TensorShape] = []
        for leaf, shape in zip(leaves, shapes, strict=True):
            parts = structures.tensors_of(leaf)
            if shape is None:
                found.extend(tensor.shape for tensor in parts)
                continue
            if not isinstance(shape, TensorShape):
                raise TypeError(f"'shape_invariants' of '{self._scope}' must be of TensorShapes, or None where a shape "
                                f"is that of the start; for {parts[0].name} it has {shape!r}.")
            wanted = [shape] if len(parts) == 1 and not hasattr(leaf, "with_flow") else None
            for i, tensor in enumerate(parts):
                invariant = wanted[i] if wanted is not None else _part_shape(leaf, tensor)
                if not _is_more_general(invariant, tensor.shape):
                    raise ValueError(
                        f"The shape invariant specified for {tensor.name} of '{self._scope}' is not compatible with "
                        f"the initial shape of the loop variable. It enters the loop with shape {tensor.shape}, but "
                        f"the specified shape invariant is {invariant}.")
                found.append(invariant)
        return found

    def _checked_maximum(self, maximum: Any) -> Tensor:
        tensor = convert_to_tensor(maximum, name="maximum_iterations")
        if tensor.shape.ndims not in (None, 0):
            raise ValueError(f"'maximum_iterations' must be a scalar. Received shape: {tensor.shape}")
        if not tensor.dtype.base_dtype.is_integer:
            raise TypeError(f"'maximum_iterations' must be an integer, got {tensor.dtype.name}")
        return structures.as_value(tensor)

    def _variables(self, body: BodyGraph) -> Any:
        """The loop variables as a function of the user's sees them."""
        return structures.pack(self._structure, body.arguments[self._counted:len(self._initial)])

    def call_cond(self, cond: Callable[..., Any]) -> None:
        with self._cond.building():
            result = structures.as_value(convert_to_tensor(_call(cond, self._variables(self._cond))))
            if result.dtype.base_dtype is not dtypes.bool:
                raise TypeError(f"'cond' of the loop '{self._scope}' must give a scalar bool, but gave {result.name} "
                                f"of type {result.dtype.name}.")
            if result.shape.ndims not in (None, 0):
                raise ValueError(f"'cond' of the loop '{self._scope}' must give a scalar: Shape must be rank 0 but is "
                                 f"rank {result.shape.ndims}: {result.name} has shape {result.shape}.")
            if self._counted:
                result = lookup("LogicalAnd")(lookup("Less")(self._cond.arguments[0], self._maximum), result)
            self._cond.results = [self._cond.capture(result)]

    def call_body(self, body: Callable[..., Any]) -> None:
        graph = self._body
        with graph.building():
            variables = self._variables(graph)
            structure, tensors = structures.run(lambda: _as_many(variables, _call(body, variables)), self._waits)
            structures.compare(list(self._structure), list(structure),
                               f"The body of the loop '{self._scope}' must return what it takes")
            # Its outermost list or tuple need not be of one type with that of the loop variables; the loop gives it.
            self._result = structure
            if self._counted:
                tensors.insert(0, lookup("AddV2")(graph.arguments[0], 1))
            if len(tensors) != len(self._initial):
                raise ValueError(f"The body of the loop '{self._scope}' must return what it takes: "
                                 f"{len(self._initial)} tensors came in, and {len(tensors)} come out.")
            for before, after, invariant in zip(self._initial, tensors, self._shapes, strict=True):
                self._check(before, after, invariant)
            graph.results = [graph.capture(tensor) for tensor in tensors]

    def _check(self, before: Tensor, after: Tensor, invariant: TensorShape) -> None:
        if after.dtype.base_dtype is not before.dtype.base_dtype:
            raise TypeError(f"The loop variable {before.name} of '{self._scope}' enters the loop with type "
                            f"{before.dtype.base_dtype.name}, but has type {after.dtype.name} after one iteration "
                            f"({after.name}).")
        if not _is_more_general(invariant, after.shape):
            raise ValueError(
                f"Input tensor '{before.name}' enters the loop '{self._scope}' with shape {invariant}, but has shape "
                f"{after.shape} after one iteration ({after.name}). To allow the shape to vary across iterations, use "
                "the `shape_invariants` argument of tf.while_loop to specify a less-specific shape.")

    def _waits(self, op: Operation) -> Tensor:
        raise TypeError(f"The body of the loop '{self._scope}' must return tensors, but returned the operation "
                        f"'{op.name}'.")

    def finish(self, parallel_iterations: int, back_prop: bool) -> Any:
        self._body.back_prop = back_prop
        op = add_loop(self._graph, self._graph.unique_name("While"), self._initial, self._cond, self._body,
                      parallel_iterations)
        if self._counted:
            self._graph.unique_name("Exit")  # TensorFlow's loop gives the count too
        ends = [lookup("Identity")(tensor, name="Exit") for tensor in op._outputs[self._counted:len(self._initial)]]
        return _in_type_of(self._result, structures.pack(self._structure, ends))


def _in_type_of(result: Any, packed: Any) -> Any:
    """Loop variables in a list, tuple or named tuple, whichever the body returned."""
    if isinstance(packed, Mapping) or isinstance(result, Mapping) or type(packed) is type(result):
        return packed
    if hasattr(result, "_fields"):
        return type(result)(*packed)
    return tuple(packed) if isinstance(result, tuple) else list(packed)


def _call(function: Callable[..., Any], variables: Any) -> Any:
    return function(**variables) if isinstance(variables, dict) else function(*variables)


def _as_many(variables: Any, result: Any) -> Any:
    """What a body returned, as a list where it returned the one loop variable by itself."""
    result = nested.listed(result)
    if result is None:
        raise ValueError("None values not supported.")
    if not isinstance(result, (list, tuple, dict)) or (len(variables) == 1 and _is_the_one(variables, result)):
        return [result]
    return result


def _is_the_one(variables: Any, result: Any) -> bool:
    """Whether a structure that a body returned is its single loop variable, not a list of it."""
    only = next(iter(variables))
    return nested.is_nested(only) and not (len(result) == 1 and _same(only, next(iter(result))))


def _same(one: Any, other: Any) -> bool:
    try:
        nested.assert_same_structure(one, other)
    except (ValueError, TypeError):
        return False
    return True


def _flatten_shapes(structure: Any, shapes: Any) -> list[Any]:
    """The shape invariants in the order of the leaves of the loop variables."""
    marks = nested.pack_sequence_as(structure, [object() for _ in nested.flatten(structure)])
    try:
        return nested.flatten_up_to(list(marks) if isinstance(marks, (list, tuple)) else marks,
                                    list(shapes) if isinstance(shapes, (list, tuple)) else shapes, check_types=False)
    except (ValueError, TypeError) as error:
        raise type(error)(f"'shape_invariants' must have the structure of 'loop_vars': {error}") from None


def _part_shape(leaf: Any, tensor: Tensor) -> TensorShape:
    """The invariant of one tensor that a leaf is made of: of a sparse one, the rank may be told."""
    if hasattr(leaf, "with_flow"):
        return tensor.shape
    return TensorShape([None] * tensor.shape.ndims) if tensor.shape.ndims is not None else TensorShape(None)


def _is_more_general(general: TensorShape, shape: TensorShape) -> bool:
    """Whether all shapes that `shape` allows are allowed by `general`."""
    if general.sizes is None:
        return True
    if shape.sizes is None or len(shape.sizes) != len(general.sizes):
        return False
    return all(wanted is None or wanted == size for wanted, size in zip(general.sizes, shape.sizes, strict=True))
