"""`tf.cond`, `tf.case` and `tf.switch_case`: one of several functions is run, as values at run time choose."""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping, Sequence
from typing import Any

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
from millpond.ops.control.branches import add_branches
from millpond.ops.scoping import name_scope

Function = Callable[[], Any]
Pairs = Sequence[tuple[Tensor, Function]] | Mapping[Tensor, Function]
Functions = Sequence[Function | tuple[int, Function]] | Mapping[int, Function]


def cond(pred: TensorLike, true_fn: Function | None = None, false_fn: Function | None = None, strict: bool = False,
         name: str | None = None, fn1: Function | None = None, fn2: Function | None = None) -> Any:
    """Runs `true_fn` where `pred` is true at run time, else `false_fn`; what it does besides is done then only.

    Both are called once, while the graph is built. What they make is part of the branch; what they use from outside is
    computed before, whichever branch is taken.

    Args:
      pred: A scalar bool tensor.
      true_fn, false_fn: Functions without arguments. They return a structure of the same form, with the same dtypes.
      strict: Whether a list or tuple of one element stays what it is.
      name: Name of the scope of the nodes.
      fn1, fn2: The names of the functions in the first releases.

    Returns:
      The structure that the functions returned.

    Raises:
      TypeError: If `pred` is a Python bool, or not a bool at all; a function cannot be called; or the types of lists
        and tuples differ.
      ValueError: If `pred` has dimensions, or the structures or dtypes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32, [])
      ...     y = tf.cond(x > 0.0, lambda: tf.sqrt(x), lambda: -x)
      ...     print(sess.run(y, {x: 9.0}), sess.run(y, {x: -9.0}))
      3.0 9.0
    """
    true_fn = _function("true_fn", true_fn, "fn1", fn1)
    false_fn = _function("false_fn", false_fn, "fn2", fn2)
    with name_scope(name, "cond", [pred]) as scope, structures.Naming("branch", scope):
        if isinstance(pred, bool):
            raise TypeError("'pred' must not be a Python bool: use `if`, which chooses while the graph is built, or a "
                            "tensor.")
        pred = structures.as_value(convert_to_tensor(pred, name="pred"))
        _check_scalar(pred, dtypes.bool, "pred", scope)
        graph = stacks.default_graph()
        builder = _Branches(graph, scope[:-1], pred, strict)
        builder.add("true_fn", true_fn)
        builder.add("false_fn", false_fn)
        return builder.finish("If", is_case=False)


def _function(name: str, value: Any, old_name: str, old_value: Any) -> Function:
    if old_value is not None:
        if value is not None:
            raise TypeError(f"cond(): '{name}' and '{old_name}' may not be set simultaneously.")
        value = old_value
    if value is None:
        raise TypeError(f"cond(): '{name}' argument required")
    if not callable(value):
        raise TypeError(f"'{name}' must be callable: it is called to make what stands in the branch, got {value!r}.")
    return value


def _check_scalar(tensor: Tensor, dtype: dtypes.DType, argument: str, scope: str) -> None:
    if tensor.dtype.base_dtype is not dtype:
        raise TypeError(f"'{argument}' of '{scope[:-1]}' must be a scalar of type {dtype.name}, but {tensor.name} has "
                        f"type {tensor.dtype.name}.")
    if tensor.shape.ndims not in (None, 0):
        raise ValueError(f"'{argument}' of '{scope[:-1]}' must be a scalar: Shape must be rank 0 but is rank "
                         f"{tensor.shape.ndims}: {tensor.name} has shape {tensor.shape}.")


class _Branches:
    """The bodies of one operation, as functions of the user's make them."""

    def __init__(self, graph: Graph, scope: str, choice: Tensor, strict: bool) -> None:
        self._graph = graph
        self._scope = scope
        self._choice = choice
        self._strict = strict
        self._names: list[str] = []
        self._bodies: list[BodyGraph] = []
        self._structures: list[Any] = []

    def add(self, function_name: str, function: Function) -> None:
        """Calls a function to make the next body."""
        body = BodyGraph(self._graph, f"the branch {function_name} of '{self._scope}'",
                         f"{self._scope.replace('/', '_')}_{function_name}")
        with body.building():
            structure, tensors = structures.run(lambda: self._result(function_name, function), self._waits)
            body.results = [body.capture(tensor) for tensor in tensors]
        self._names.append(function_name)
        self._bodies.append(body)
        self._structures.append(structure)

    def _result(self, function_name: str, function: Function) -> Any:
        result = function()
        if result is None:
            raise ValueError(f"'{function_name}' of '{self._scope}' must have a return value.")
        if not self._strict and isinstance(result, (list, tuple)) and len(result) == 1:
            result = result[0]
        return nested.listed(result)

    def _waits(self, op: Operation) -> Tensor:
        with stacks.default_graph().control_dependencies([op]):
            return lookup("Identity")(self._choice)

    def finish(self, kind: str, is_case: bool) -> Any:
        """Adds the operation, and gives its outputs in the structure of the functions' results."""
        first, name = self._bodies[0], self._names[0]
        refused = TypeError if is_case else ValueError
        for body, other, structure in zip(self._bodies[1:], self._names[1:], self._structures[1:], strict=True):
            what = f"Outputs of '{name}' and '{other}' of '{self._scope}' must have the same structure"
            try:
                structures.compare(self._structures[0], structure, what)
            except (TypeError, ValueError) as error:
                raise (TypeError if is_case else type(error))(str(error)) from None
            if len(first.results) != len(body.results):
                raise refused(f"{what}: they are made of {len(first.results)} and {len(body.results)} tensors.")
            for one, two in zip(first.results, body.results, strict=True):
                if one.dtype.base_dtype is not two.dtype.base_dtype:
                    raise refused(
                        f"Outputs of '{name}' and '{other}' of '{self._scope}' must have the same type(s). Received "
                        f"{one.dtype.name} from '{name}' ({one.name}) and {two.dtype.name} from '{other}' "
                        f"({two.name}).")
        op = add_branches(self._graph, self._graph.unique_name(kind), self._choice, self._bodies, is_case)
        merged = [lookup("Identity")(tensor, name="Merge") for tensor in op._outputs]
        return structures.pack(self._structures[0], merged)


def case(pred_fn_pairs: Pairs, default: Function | None = None, exclusive: bool = False, strict: bool = False,
         name: str = "case") -> Any:
    """Runs the function of the first predicate that is true at run time.

    Args:
      pred_fn_pairs: A list of pairs of a scalar bool tensor and a function, or a dictionary of them.
      default: The function to run where none is true; without one, that is an error at run time.
      exclusive: Whether it is an error at run time that more than one is true.
      strict: Whether a list or tuple of one element stays what it is.
      name: Name of the scope of the nodes.

    Returns:
      The structure that the functions returned.

    Raises:
      TypeError: If an argument is of the wrong kind, or a function cannot be called.
      ValueError: If there is nothing to choose from, or the functions' results differ in structure or dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.int32, [])
      ...     y = tf.case([(x < 0, lambda: tf.constant(-1)), (x > 5, lambda: tf.constant(5))], default=lambda: x + 0)
      ...     print([sess.run(y, {x: value}) for value in (-3, 2, 9)])
      [np.int32(-1), np.int32(2), np.int32(5)]
    """
    pairs = _checked_pairs(pred_fn_pairs)
    with name_scope(name, "case", [pred for pred, _ in pairs]) as scope, structures.Naming("branch", scope):
        predicates = [convert_to_tensor(pred) for pred, _ in pairs]
        for pred in predicates:
            _check_scalar(pred, dtypes.bool, "pred", scope)
        checks = [_at_most_one(predicates)] if exclusive else []
        functions = [function for _, function in pairs]
        if default is None:
            checks.append(_at_least_one(predicates))
            default, functions = functions[-1], functions[:-1]
        elif not callable(default):
            raise TypeError(f"'default' must be callable, got {default!r}.")
        with stacks.default_graph().control_dependencies(checks):
            return _chain(predicates[:len(functions)], functions, default, strict)


def _chain(predicates: Sequence[Tensor], functions: Sequence[Function], default: Function, strict: bool) -> Any:
    """The first function whose predicate is true, or `default`; nested, so that each is made once."""
    if not functions:
        result = default()
        return result[0] if not strict and isinstance(result, (list, tuple)) and len(result) == 1 else result
    if len(functions) == 1:
        return cond(predicates[0], functions[0], default, strict=strict)
    return cond(predicates[0], functions[0], lambda: _chain(predicates[1:], functions[1:], default, strict),
                strict=strict)


def _checked_pairs(pred_fn_pairs: Any) -> list[tuple[Any, Function]]:
    if isinstance(pred_fn_pairs, Mapping):
        pairs = list(pred_fn_pairs.items())
        if not isinstance(pred_fn_pairs, collections.OrderedDict):
            pairs.sort(key=lambda pair: getattr(pair[0], "name", ""))
    elif isinstance(pred_fn_pairs, (list, tuple)):
        pairs = list(pred_fn_pairs)
    else:
        raise TypeError(f"'pred_fn_pairs' must be a list, tuple, or dict. Received: {type(pred_fn_pairs)}")
    if not pairs:
        raise ValueError("'pred_fn_pairs' must hold at least one pair of a predicate and a function.")
    for pair in pairs:
        if not isinstance(pair, (list, tuple)) or len(pair) != 2:
            raise TypeError(f"Each entry in 'pred_fn_pairs' must be a 2-tuple. Received {pair!r}.")
        pred, function = pair
        if not isinstance(pred, Tensor) or pred.dtype.base_dtype is not dtypes.bool:
            raise TypeError(f"pred must be of type bool: {pred}")
        if not callable(function):
            raise TypeError(f"fn for pred {pred.name} must be callable.")
    return pairs


def _count_true(predicates: Sequence[Tensor]) -> Tensor:
    return lookup("Sum")(lookup("Cast")(lookup("Pack")(list(predicates)), DstT="int32"), 0)


def _named(predicates: Sequence[Tensor]) -> str:
    return ", ".join(pred.name for pred in predicates)


def _at_most_one(predicates: Sequence[Tensor]) -> Operation:
    return lookup("Assert")(lookup("LessEqual")(_count_true(predicates), 1),
                            [f"More than one condition evaluated as True but exclusive=True.  Conditions: "
                             f"({_named(predicates)}), Values:", lookup("Pack")(list(predicates))])


def _at_least_one(predicates: Sequence[Tensor]) -> Operation:
    return lookup("Assert")(lookup("GreaterEqual")(_count_true(predicates), 1),
                            [f"None of conditions evaluated as True. Conditions: ({_named(predicates)}), Values:",
                             lookup("Pack")(list(predicates))])


def switch_case(branch_index: TensorLike, branch_fns: Functions, default: Function | None = None,
                name: str = "switch_case") -> Any:
    """Runs the function whose number `branch_index` is at run time.

    Args:
      branch_index: A scalar int32 tensor.
      branch_fns: A list of functions, a list of pairs of number and function, or a dictionary of them.
      default: The function to run for a number that is none of these; the last one where it is not given.
      name: Name of the scope of the nodes.

    Returns:
      The structure that the functions returned.

    Raises:
      TypeError: If an argument is of the wrong kind, or a function cannot be called.
      ValueError: If the numbers leave gaps, or the functions' results differ in structure or dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     i = tf.placeholder(tf.int32, [])
      ...     y = tf.switch_case(i, [lambda: 10, lambda: 20], default=lambda: -1)
      ...     print([sess.run(y, {i: k}) for k in (0, 1, 7)])
      [np.int32(10), np.int32(20), np.int32(-1)]
    """
    if isinstance(branch_index, int) and not isinstance(branch_index, Tensor):
        raise TypeError(f"'branch_index' must not be a Python int, got {branch_index}: pick the function with it.")
    functions = _checked_functions(branch_fns)
    if default is not None and not callable(default):
        raise TypeError(f"'default' must be callable, got {default!r}.")
    with (name_scope(name, "switch_case", [branch_index]), name_scope(None, "indexed_case") as scope,
          structures.Naming("branch", scope)):
        index = structures.as_value(convert_to_tensor(branch_index, name="branch_index"))
        if not index.dtype.base_dtype.is_integer:
            raise TypeError(f"'branch_index' must be an integer Tensor, got {index.dtype}")
        index = index if index.dtype is dtypes.int32 else lookup("Cast")(index, DstT=dtypes.int32)
        _check_scalar(index, dtypes.int32, "branch_index", scope)
        builder = _Branches(stacks.default_graph(), scope[:-1], index, strict=True)
        for number, function in enumerate(functions):
            builder.add(f"branch {number}", function)
        if default is not None:
            builder.add("default", default)
        return builder.finish("Case", is_case=True)


def _checked_functions(branch_fns: Any) -> list[Function]:
    if not isinstance(branch_fns, (list, tuple, Mapping)):
        raise TypeError(f"'branch_fns' must be a list, tuple, or dict, got {type(branch_fns)}")
    items: list[Any] = list(branch_fns.items()) if isinstance(branch_fns, Mapping) else list(branch_fns)
    if not items:
        raise ValueError("'branch_fns' must hold at least one function.")
    if all(callable(item) for item in items):
        return items
    for item in items:
        if not isinstance(item, (list, tuple)) or len(item) != 2 or not isinstance(item[0], int):
            raise TypeError(f"Each entry in 'branch_fns' must be a function, or a pair of int and function: {item!r}")
        if not callable(item[1]):
            raise TypeError(f"fn for key {item[0]} must be callable.")
    numbers = sorted(number for number, _ in items)
    if numbers != list(range(len(items))):
        found = ",".join(map(str, numbers))
        raise ValueError(f"branch indices (keys) must form contiguous range of [0 to {len(items)}) but found "
                         f"{{{found}}}")
    return [function for _, function in sorted(items, key=lambda item: item[0])]
