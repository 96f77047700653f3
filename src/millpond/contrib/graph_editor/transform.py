"""Copies of parts of a graph, with other inputs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from millpond.contrib.graph_editor import select
from millpond.contrib.graph_editor.subgraph import SubGraphView, as_view
from millpond.graph import operation
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import placeholder


class TransformerInfo:
    """What became of operations and tensors when they were copied.

    Args:
      transformed_ops: Copies by operation.
      transformed_ts: Copies by tensor.
    """

    def __init__(self, transformed_ops: dict[Operation, Operation], transformed_ts: dict[Tensor, Tensor]) -> None:
        self._transformed_ops = transformed_ops
        self._transformed_ts = transformed_ts

    def transformed(self, original: Any, missing_fn: Any = None) -> Any:
        """The copies of operations, tensors or names of them, alone or in lists; `missing_fn` of what has none."""
        if isinstance(original, (list, tuple)):
            return type(original)([self.transformed(item, missing_fn) for item in original])
        found: dict[Any, Any] = {**self._transformed_ops, **self._transformed_ts}
        if isinstance(original, str):
            found = {item.name: copy for item, copy in found.items()}
        copy = found.get(original)
        return missing_fn(original) if copy is None and missing_fn is not None else copy

    def original(self, transformed: Any, missing_fn: Any = None) -> Any:
        """What operations, tensors or names of them are copies of; `missing_fn` of what is none."""
        back = TransformerInfo({copy: item for item, copy in self._transformed_ops.items()},
                               {copy: item for item, copy in self._transformed_ts.items()})
        return back.transformed(transformed, missing_fn)


def copy(sgv: Any, dst_graph: Any = None, dst_scope: str = "", src_scope: str = "", reuse_dst_scope: bool = False) \
        -> tuple[SubGraphView, TransformerInfo]:
    """Copies operations; placeholders stand for what enters them.

    Args:
      sgv: A view, or operations.
      dst_graph: Where to; by default the same graph.
      dst_scope: The name scope of the copies.
      src_scope: The name scope that is taken off the names.
      reuse_dst_scope: Whether the scope is taken as it is, if it exists.

    Returns:
      A view of the copies, and what became of what.

    Raises:
      ValueError: If an operation is not in `src_scope`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default() as graph:
      ...     y = tf.square(tf.constant(1.0, name="x"), name="y")
      ...     view, info = tf.contrib.graph_editor.copy(graph, dst_scope="copied")
      >>> [op.name for op in view.ops]
      ['copied/x', 'copied/y']
    """
    return _copied(as_view(sgv), {}, dst_graph, dst_scope, src_scope, reuse_dst_scope, keeps_inputs=False)


def copy_with_input_replacements(sgv: Any, replacement_ts: Mapping[Tensor, Tensor], dst_graph: Any = None,
                                 dst_scope: str = "", src_scope: str = "", reuse_dst_scope: bool = False) \
        -> tuple[SubGraphView, TransformerInfo]:
    """Copies operations, with other tensors in place of some that enter them; the rest enter the copies, too.

    Args:
      sgv: A view, or operations.
      replacement_ts: A dict from tensors to what stands for them in the copies.
      dst_graph: Where to; by default the same graph.
      dst_scope: The name scope of the copies.
      src_scope: The name scope that is taken off the names.
      reuse_dst_scope: Whether the scope is taken as it is, if it exists.

    Returns:
      A view of the copies, and what became of what.

    Raises:
      ValueError: If an operation is not in `src_scope`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.constant(3.0)
      ...     y = tf.square(x)
      ...     view, info = tf.contrib.graph_editor.copy_with_input_replacements(y.op, {x: tf.constant(4.0)})
      ...     print(sess.run(info.transformed(y)))
      16.0
    """
    return _copied(as_view(sgv), dict(replacement_ts), dst_graph, dst_scope, src_scope, reuse_dst_scope,
                   keeps_inputs=True)


def graph_replace(target_ts: Any, replacement_ts: Mapping[Tensor, Tensor], dst_scope: str = "", src_scope: str = "",
                  reuse_dst_scope: bool = False) -> Any:
    """Tensors as they would be with other tensors in place of some that they depend on.

    Args:
      target_ts: A tensor, or a list of tensors.
      replacement_ts: A dict from tensors to what stands for them.
      dst_scope: The name scope of the copies.
      src_scope: The name scope that is taken off the names.
      reuse_dst_scope: Whether the scope is taken as it is, if it exists.

    Returns:
      The copies of the targets; a target that depends on none of them is itself.

    Raises:
      ValueError: If no target depends on what is replaced.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32, [])
      ...     y = tf.square(x) + 1.0
      ...     print(sess.run(tf.contrib.graph_editor.graph_replace(y, {x: tf.constant(3.0)})))
      10.0
    """
    targets = select.make_list_of_t(target_ts, allow_graph=False)
    ops = select.get_walks_intersection_ops(list(replacement_ts), targets)
    if not ops:
        raise ValueError("Targets and replacements are not connected!")
    # What gives a replaced tensor is replaced with it.
    gone = {tensor.op for tensor in replacement_ts}
    kept = [op for op in ops if op not in gone or any(tensor not in replacement_ts for tensor in op.outputs)]
    _, info = copy_with_input_replacements(kept, replacement_ts, None, dst_scope, src_scope, reuse_dst_scope)
    found = [replacement_ts.get(tensor, info.transformed(tensor, lambda t: t)) for tensor in targets]
    return found[0] if isinstance(target_ts, Tensor) else found


def _copied(view: SubGraphView, replaced: dict[Tensor, Tensor], dst_graph: Any, dst_scope: str, src_scope: str,
            reuse_dst_scope: bool, keeps_inputs: bool) -> tuple[SubGraphView, TransformerInfo]:
    graph = view.graph if dst_graph is None else dst_graph
    ops = _in_order(view.ops)
    source = f"{src_scope.rstrip('/')}/" if src_scope else ""
    for op in ops:
        if not op.name.startswith(source):
            raise ValueError(f"{op.name!r} is not in the scope {src_scope!r}.")
    scope = dst_scope.rstrip("/")
    if scope and not reuse_dst_scope:
        scope = graph.unique_name(scope)
    copied_ops: dict[Operation, Operation] = {}
    copied_ts: dict[Tensor, Tensor] = {}
    with graph.as_default(), graph.name_scope(f"{scope}/" if scope else None):
        for op in ops:
            inputs = [_input(tensor, graph, replaced, copied_ts, keeps_inputs) for tensor in op.inputs]
            copied = _copy_of(op, graph, inputs, op.name.removeprefix(source))
            copied_ops[op] = copied
            copied_ts.update(zip(op.outputs, copied.outputs, strict=True))
    for op, copied in copied_ops.items():
        waits = [copied_ops.get(other, other) for other in op.control_inputs]
        waits = [other for other in waits if other.graph is graph]
        if waits:
            copied._add_control_inputs(waits)
    passing = {tensor: _input(tensor, graph, replaced, copied_ts, True) for tensor in view.passthroughs}
    copied_view = SubGraphView(list(copied_ops.values()), list(passing.values()))
    return copied_view, TransformerInfo(copied_ops, {**copied_ts, **passing})


def _in_order(ops: list[Operation]) -> list[Operation]:
    """Operations, each after those whose outputs it takes."""
    inside, done = set(ops), dict[Operation, None]()
    waiting = list(reversed(ops))
    while waiting:
        op = waiting[-1]
        missing = [tensor.op for tensor in op.inputs if tensor.op in inside and tensor.op not in done]
        if missing:
            waiting.extend(missing)
        else:
            done[waiting.pop()] = None
    return list(done)


def _input(tensor: Tensor, graph: Any, replaced: dict[Tensor, Tensor], copied: dict[Tensor, Tensor],
           keeps_inputs: bool) -> Tensor:
    if tensor in replaced:
        return replaced[tensor]
    if tensor in copied:
        return copied[tensor]
    if keeps_inputs and tensor.graph is graph:
        return tensor
    stand_in = placeholder(tensor.dtype.base_dtype, tensor.shape, name=f"geph__{tensor.op.name.replace('/', '_')}_"
                                                                       f"{tensor.value_index}")
    copied[tensor] = stand_in
    return stand_in


def _copy_of(op: Operation, graph: Any, inputs: list[Tensor], name: str) -> Operation:
    for old, new in zip(op.inputs, inputs, strict=True):
        if old.dtype.base_dtype is not new.dtype.base_dtype:
            raise TypeError(f"{new.name} of {new.dtype.name} cannot stand for {old.name} of {old.dtype.name}.")
    copied = operation.create(graph, graph.unique_name(name), op.definition, tuple(inputs), op.attributes,
                              [tensor.dtype for tensor in op.outputs], tuple(tensor.shape for tensor in op.outputs))
    copied.device, copied.gradient_type = op.device, op.gradient_type
    return copied
