"""Inputs of operations that are connected anew, in the graph that they are in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from millpond.contrib.graph_editor import select
from millpond.contrib.graph_editor.subgraph import as_view
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor


def reroute_ts(ts0: Any, ts1: Any, can_modify: Any = None, cannot_modify: Any = None) -> int:
    """Lets the users of the tensors `ts1` take the tensors `ts0`.

    Args:
      ts0, ts1: Tensors, as many of both; None of `ts0` stands for one that is not changed.
      can_modify: The only operations that may be changed; by default all.
      cannot_modify: Operations that may not be changed.

    Returns:
      How many inputs were changed.

    Raises:
      ValueError: If the numbers differ, or tensors are of other graphs.
      TypeError: If a tensor is of another dtype than the one that it replaces.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     a, b = tf.constant(1.0), tf.constant(5.0)
      ...     y = tf.negative(a)
      ...     _ = tf.contrib.graph_editor.reroute_ts([b], [a])
      ...     print(sess.run(y))
      -5.0
    """
    pairs = _pairs(ts0, ts1)
    allowed = _allowed(can_modify, cannot_modify)
    # All users first: what one pair changes is not what the next pair sees.
    users = [(new, old, list(dict.fromkeys(old.consumers()))) for new, old in pairs if new is not old]
    return sum(_take(op, old, new) for new, old, ops in users for op in ops if allowed(op))


def swap_ts(ts0: Any, ts1: Any, can_modify: Any = None, cannot_modify: Any = None) -> int:
    """Lets the users of each of two lists of tensors take the other.

    Args:
      ts0, ts1: Tensors, as many of both.
      can_modify, cannot_modify: As of `reroute_ts`.

    Raises:
      ValueError: If the numbers differ, or tensors are of other graphs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     a, b = tf.constant(1.0), tf.constant(5.0)
      ...     x, y = tf.negative(a), tf.square(b)
      ...     _ = tf.contrib.graph_editor.swap_ts([a], [b])
      ...     print(sess.run([x, y]))
      [np.float32(-5.0), np.float32(1.0)]
    """
    pairs = _pairs(ts0, ts1)
    return reroute_ts([new for pair in pairs for new in pair], [old for pair in pairs for old in reversed(pair)],
                      can_modify, cannot_modify)


def reroute_inputs(sgv0: Any, sgv1: Any) -> tuple[Any, Any]:
    """Lets the second view take the inputs of the first."""
    first, second = as_view(sgv0), as_view(sgv1)
    reroute_ts(first.inputs, second.inputs, can_modify=second.ops)
    return first, second


def reroute_outputs(sgv0: Any, sgv1: Any) -> tuple[Any, Any]:
    """Lets the users of the second view's outputs take those of the first."""
    first, second = as_view(sgv0), as_view(sgv1)
    reroute_ts(first.outputs, second.outputs, cannot_modify=[*first.ops, *second.ops])
    return first, second


def connect(sgv0: Any, sgv1: Any, disconnect_first: bool = False) -> tuple[Any, Any]:
    """Lets the second view take, as inputs, the outputs of the first.

    Args:
      sgv0, sgv1: Views or operations.
      disconnect_first: Accepted only as False.

    Raises:
      NotImplementedError: If `disconnect_first` is True.
      ValueError: If the numbers of outputs and inputs differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.constant(3.0)
      ...     y, z = tf.square(x), tf.negative(tf.constant(1.0))
      ...     _ = tf.contrib.graph_editor.connect(y.op, z.op)
      ...     print(sess.run(z))
      -9.0
    """
    if disconnect_first:
        raise NotImplementedError("tf.contrib.graph_editor.connect(disconnect_first=True)")
    first, second = as_view(sgv0), as_view(sgv1)
    reroute_ts(first.outputs, second.inputs, can_modify=second.ops)
    return first, second


def bypass(sgv: Any) -> tuple[Any, list[Tensor]]:
    """Lets the users of a view's outputs take its inputs.

    Raises:
      ValueError: If the numbers of inputs and outputs differ.
    """
    view = as_view(sgv)
    inputs = view.inputs
    reroute_ts(inputs, view.outputs, cannot_modify=view.ops)
    return view, inputs


def add_control_inputs(op: Operation, cops: Any) -> None:
    """Lets an operation wait for others.

    Raises:
      TypeError: If `op` is no operation.
      ValueError: If it waits for one of them already.
    """
    if not isinstance(op, Operation):
        raise TypeError(f"Expected a tf.Operation, got {type(op).__name__}.")
    others = select.make_list_of_op(cops, allow_graph=False)
    for other in others:
        if other in op.control_inputs:
            raise ValueError(f"{other.name} is already a control_input of {op.name}")
    op._add_control_inputs(others)


def _pairs(ts0: Any, ts1: Any) -> list[tuple[Tensor, Tensor]]:
    first, second = list(_listed(ts0)), list(_listed(ts1))
    if len(first) != len(second):
        raise ValueError(f"There must be as many tensors on both sides, but there are {len(first)} and {len(second)}.")
    return [(new, old) for new, old in zip(first, second, strict=True) if new is not None and old is not None]


def _listed(ts: Any) -> Iterable[Any]:
    return [ts] if isinstance(ts, Tensor) else ts


def _allowed(can_modify: Any, cannot_modify: Any) -> Any:
    only = None if can_modify is None else set(select.make_list_of_op(can_modify))
    never = set(() if cannot_modify is None else select.make_list_of_op(cannot_modify))
    return lambda op: (only is None or op in only) and op not in never


def _take(op: Operation, old: Tensor, new: Tensor) -> int:
    changed = [i for i, tensor in enumerate(op.inputs) if tensor is old]
    for i in changed:
        op._update_input(i, new)
    return len(changed)
