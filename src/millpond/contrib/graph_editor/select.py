"""Operations and tensors of a graph: by name, by what they need, by what needs them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from millpond import nested
from millpond.graph.graph import Graph
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor


def make_list_of_op(ops: Any, check_graph: bool = True, allow_graph: bool = True, ignore_ts: bool = False) \
        -> list[Operation]:
    """Operations as a list.

    Args:
      ops: Operations in any structure, or a graph, which stands for all of its operations.
      check_graph: Whether they must be of one graph.
      allow_graph: Whether a graph may be given.
      ignore_ts: Whether tensors are left out.

    Raises:
      TypeError: If there is something else.
      ValueError: If they are of several graphs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default() as graph:
      ...     x = tf.constant(1.0, name="x")
      >>> [op.name for op in make_list_of_op(graph)]
      ['x']
    """
    return _list_of(Operation, ops, check_graph, allow_graph, Tensor if ignore_ts else None)


def make_list_of_t(ts: Any, check_graph: bool = True, allow_graph: bool = True, ignore_ops: bool = False) \
        -> list[Tensor]:
    """Tensors as a list.

    Args:
      ts: Tensors in any structure, or a graph, which stands for all of its tensors.
      check_graph: Whether they must be of one graph.
      allow_graph: Whether a graph may be given.
      ignore_ops: Whether operations are left out.

    Raises:
      TypeError: If there is something else.
      ValueError: If they are of several graphs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default() as graph:
      ...     x = tf.constant(1.0, name="x")
      >>> [tensor.name for tensor in make_list_of_t(graph)]
      ['x:0']
    """
    return _list_of(Tensor, ts, check_graph, allow_graph, Operation if ignore_ops else None)


def _list_of(kind: type, items: Any, check_graph: bool, allow_graph: bool, ignored: type | None) -> list[Any]:
    if isinstance(items, Graph):
        if not allow_graph:
            raise TypeError(f"A list of {kind.__name__} was expected, not a graph.")
        return get_tensors(items) if kind is Tensor else items.get_operations()
    found: list[Any] = []
    for item in nested.flatten(nested.listed(items)):
        if isinstance(item, kind):
            found.append(item)
        elif ignored is None or not isinstance(item, ignored):
            raise TypeError(f"Expected a {kind.__name__}, got {item!r} of type {type(item).__name__}.")
    if check_graph and len({item.graph for item in found}) > 1:
        raise ValueError("The operations or tensors are of different graphs.")
    return found


def get_tensors(graph: Graph) -> list[Tensor]:
    """All tensors of a graph."""
    return [tensor for op in graph.get_operations() for tensor in op.outputs]


def get_generating_ops(ts: Any) -> list[Operation]:
    """The operations that give some tensors."""
    return [tensor.op for tensor in make_list_of_t(ts, allow_graph=False)]


def get_consuming_ops(ts: Any) -> list[Operation]:
    """The operations that take some tensors, each once."""
    return _unique(op for tensor in make_list_of_t(ts, allow_graph=False) for op in tensor.consumers())


def _unique(items: Iterable[Any]) -> list[Any]:
    return list(dict.fromkeys(items))


def filter_ops(ops: Any, positive_filter: Any) -> list[Operation]:
    """The operations for which a function holds; all of them where it is True or None."""
    found = make_list_of_op(ops)
    return found if positive_filter in (None, True) else [op for op in found if positive_filter(op)]


def filter_ops_from_regex(ops: Any, regex: Any) -> list[Operation]:
    """The operations in whose name a regular expression is found."""
    found = re.compile(regex)
    return filter_ops(ops, lambda op: found.search(op.name))


def filter_ts(ops: Any, positive_filter: Any) -> list[Tensor]:
    """The inputs and outputs of operations for which a function holds; all of them where it is True or None."""
    found = _unique(tensor for op in make_list_of_op(ops) for tensor in (*op.inputs, *op.outputs))
    return found if positive_filter in (None, True) else [tensor for tensor in found if positive_filter(tensor)]


def filter_ts_from_regex(ops: Any, regex: Any) -> list[Tensor]:
    """The inputs and outputs of operations in whose names a regular expression is found."""
    found = re.compile(regex)
    return filter_ts(ops, lambda tensor: found.search(tensor.name))


def get_name_scope_ops(ops: Any, scope: str) -> list[Operation]:
    """The operations in a name scope."""
    inside = f"{scope.rstrip('/')}/" if scope else ""
    return [op for op in make_list_of_op(ops) if op.name.startswith(inside)]


def get_ops_ios(ops: Any, control_inputs: bool = False, control_outputs: Any = None,
                control_ios: Any = None) -> list[Operation]:
    """The operations that give inputs of some operations or take their outputs.

    Args:
      ops: The operations.
      control_inputs: Whether operations that they wait for count, too.
      control_outputs, control_ios: Accepted only as None.

    Raises:
      NotImplementedError: If `control_outputs` or `control_ios` is given.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.square(tf.constant(1.0, name="x"), name="y")
      >>> [op.name for op in get_ops_ios([x.op])]
      ['x']
    """
    _no_control_outputs(control_outputs, control_ios)
    found = []
    for op in make_list_of_op(ops):
        found += [tensor.op for tensor in op.inputs]
        found += op.control_inputs if control_inputs else []
        found += [consumer for tensor in op.outputs for consumer in tensor.consumers()]
    return _unique(found)


def _no_control_outputs(*given: Any) -> None:
    if any(one not in (None, False) for one in given):
        raise NotImplementedError("tf.contrib.graph_editor: walks along control outputs are not supported.")


def _walk(seeds: list[Operation], step: Callable[[Operation], Iterable[Operation]], inclusive: bool,
          within_ops: Any, within_ops_fn: Callable[[Operation], bool] | None) -> list[Operation]:
    within = None if within_ops is None else set(make_list_of_op(within_ops, allow_graph=False))

    def is_within(op: Operation) -> bool:
        return (within is None or op in within) and (within_ops_fn is None or within_ops_fn(op))

    found: dict[Operation, None] = {}
    wave = [op for op in seeds if is_within(op)]
    while wave:
        found.update(dict.fromkeys(wave))
        wave = _unique(op for one in wave for op in step(one) if op not in found and is_within(op))
    start = set(seeds)
    return [op for op in found if inclusive or op not in start]


def _operations(seeds: Any) -> list[Operation]:
    """Seeds as operations: tensors stand for what gives them."""
    items = nested.flatten(nested.listed(seeds))
    return _unique(item.op if isinstance(item, Tensor) else item for item in items)


def get_backward_walk_ops(seed_ops: Any, inclusive: bool = True, within_ops: Any = None,
                          within_ops_fn: Callable[[Operation], bool] | None = None, stop_at_ts: Any = (),
                          control_inputs: bool = False) -> list[Operation]:
    """The operations that some operations need.

    Args:
      seed_ops: The operations, or tensors, which stand for the operations that give them.
      inclusive: Whether they are part of the result.
      within_ops: The only operations that are gone to; by default all.
      within_ops_fn: A function that says of an operation whether it is gone to.
      stop_at_ts: Tensors that are not gone through.
      control_inputs: Whether what operations wait for counts as needed.

    Raises:
      TypeError: If there is something else.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     y = tf.square(tf.constant(1.0, name="x"), name="y")
      >>> [op.name for op in tf.contrib.graph_editor.get_backward_walk_ops(y)]
      ['y', 'x']
    """
    stops = set(make_list_of_t(list(stop_at_ts), allow_graph=False))
    seeds = make_list_of_op(_operations(
        [item for item in nested.flatten(nested.listed(seed_ops)) if item not in stops]))

    def before(op: Operation) -> list[Operation]:
        waits = op.control_inputs if control_inputs else []
        return [tensor.op for tensor in op.inputs if tensor not in stops] + waits

    return _walk(seeds, before, inclusive, within_ops, within_ops_fn)


def get_forward_walk_ops(seed_ops: Any, inclusive: bool = True, within_ops: Any = None,
                         within_ops_fn: Callable[[Operation], bool] | None = None, stop_at_ts: Any = (),
                         control_outputs: Any = None) -> list[Operation]:
    """The operations that need some operations.

    Args:
      seed_ops: The operations, or tensors, which stand for the operations that take them.
      inclusive: Whether they are part of the result.
      within_ops: The only operations that are gone to; by default all.
      within_ops_fn: A function that says of an operation whether it is gone to.
      stop_at_ts: Tensors that are not gone through.
      control_outputs: Accepted only as None.

    Raises:
      TypeError: If there is something else.
      NotImplementedError: If `control_outputs` is given.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.constant(1.0, name="x")
      ...     y = tf.square(x, name="y")
      >>> [op.name for op in tf.contrib.graph_editor.get_forward_walk_ops(x.op)]
      ['x', 'y']
    """
    _no_control_outputs(control_outputs)
    stops = set(make_list_of_t(list(stop_at_ts), allow_graph=False))
    seeds: list[Operation] = []
    for item in nested.flatten(nested.listed(seed_ops)):
        seeds += item.consumers() if isinstance(item, Tensor) else [item]

    def after(op: Operation) -> list[Operation]:
        return [consumer for tensor in op.outputs if tensor not in stops for consumer in tensor.consumers()]

    return _walk(make_list_of_op(_unique(seeds)), after, inclusive, within_ops, within_ops_fn)


def get_walks_intersection_ops(forward_seed_ops: Any, backward_seed_ops: Any, forward_inclusive: bool = True,
                               backward_inclusive: bool = True, within_ops: Any = None) -> list[Operation]:
    """The operations on ways from some operations to others.

    Args:
      forward_seed_ops: Where the ways begin.
      backward_seed_ops: Where they end.
      forward_inclusive, backward_inclusive: Whether both are part of the result.
      within_ops: The only operations that are gone to; by default all.

    Raises:
      TypeError: If there is something else.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.constant(1.0, name="x")
      ...     y = tf.square(x, name="y") + tf.constant(2.0, name="other")
      >>> [op.name for op in tf.contrib.graph_editor.get_walks_intersection_ops(x.op, y.op)]
      ['x', 'y', 'add']
    """
    backward = set(get_backward_walk_ops(backward_seed_ops, backward_inclusive, within_ops))
    return [op for op in get_forward_walk_ops(forward_seed_ops, forward_inclusive, within_ops) if op in backward]


def select_ops(*args: Any, **kwargs: Any) -> list[Operation]:
    """Operations, given by themselves, by regular expressions for names, or by `(?#scope)`-free strings.

    Args:
      *args: Operations, lists of them, tensors (left out), and regular expressions as strings.
      **kwargs: `graph`, which regular expressions need; `positive_filter`, a function that keeps operations;
        `restrict_ops_regex`.

    Raises:
      TypeError: If there is something else.
      ValueError: If a regular expression is given, and no graph.
    """
    found, keep = _selected(args, dict(kwargs), "restrict_ops_regex")
    ops = [op for item in found for op in ([item] if isinstance(item, Operation) else
                                           [] if isinstance(item, Tensor) else item[0])]
    return [op for op in _unique(ops) if keep(op)]


def select_ts(*args: Any, **kwargs: Any) -> list[Tensor]:
    """Tensors, given by themselves or by regular expressions for names; see `select_ops`.

    Raises:
      TypeError: If there is something else.
      ValueError: If a regular expression is given, and no graph.
    """
    found, keep = _selected(args, dict(kwargs), "restrict_ts_regex")
    ts = [tensor for item in found for tensor in ([item] if isinstance(item, Tensor) else
                                                  [] if isinstance(item, Operation) else item[1])]
    return [tensor for tensor in _unique(ts) if keep(tensor)]


def _selected(args: tuple[Any, ...], kwargs: dict[str, Any], restriction: str) \
        -> tuple[list[Any], Callable[[Any], bool]]:
    """What is given, with a pair (operations, tensors) for each regular expression; and which are kept."""
    graph, positive = kwargs.pop("graph", None), kwargs.pop("positive_filter", None)
    pattern = kwargs.pop(restriction, None)
    if kwargs:
        raise TypeError(f"Unexpected arguments: {', '.join(kwargs)}.")
    found: list[Any] = []
    for arg in nested.flatten(list(args)):
        if isinstance(arg, (str, re.Pattern)):
            if graph is None:
                raise ValueError("Use the keyword argument 'graph' to use regular expressions.")
            regex = re.compile(arg)
            found.append(([op for op in graph.get_operations() if regex.search(op.name)],
                          [tensor for tensor in get_tensors(graph) if regex.search(tensor.name)]))
        elif isinstance(arg, (Operation, Tensor)):
            found.append(arg)
        else:
            raise TypeError(f"Cannot select by {arg!r} of type {type(arg).__name__}.")
    allowed = None if pattern is None else re.compile(pattern)
    return found, lambda item: ((positive is None or positive(item))
                                and (allowed is None or allowed.search(item.name) is not None))
