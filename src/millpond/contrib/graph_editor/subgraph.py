"""`SubGraphView`: some operations of a graph, with what enters and leaves them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from millpond.contrib.graph_editor import select
from millpond.graph.graph import Graph
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor


class SubGraphView:
    """Some operations of a graph. Its inputs are tensors from outside, its outputs those that are used outside.

    Args:
      inside_ops: The operations.
      passthrough_ts: Tensors that go through: both inputs and outputs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.constant(1.0, name="x")
      ...     y = tf.square(x, name="y")
      ...     z = tf.negative(y, name="z")
      >>> view = tf.contrib.graph_editor.sgv(y.op)
      >>> [tensor.name for tensor in view.inputs], [tensor.name for tensor in view.outputs]
      (['x:0'], ['y:0'])
    """

    def __init__(self, inside_ops: Any = (), passthrough_ts: Any = ()) -> None:
        self._ops = list(dict.fromkeys(select.make_list_of_op(inside_ops)))
        self._passthrough_ts = select.make_list_of_t(passthrough_ts)
        inside = set(self._ops)
        passing = dict.fromkeys(self._passthrough_ts)
        inputs = dict.fromkeys(tensor for op in self._ops for tensor in op.inputs if tensor.op not in inside)
        outputs = dict.fromkeys(tensor for op in self._ops for tensor in op.outputs
                                if not tensor.consumers() or any(user not in inside for user in tensor.consumers()))
        self._input_ts = list(inputs | passing)
        self._output_ts = list(outputs | passing)

    @property
    def ops(self) -> list[Operation]:
        """The operations."""
        return list(self._ops)

    @property
    def inputs(self) -> list[Tensor]:
        """The tensors from outside."""
        return list(self._input_ts)

    @property
    def outputs(self) -> list[Tensor]:
        """The tensors that are used outside, or nowhere."""
        return list(self._output_ts)

    @property
    def passthroughs(self) -> list[Tensor]:
        """The tensors that are both."""
        return list(self._passthrough_ts)

    @property
    def graph(self) -> Any:
        """The graph, or None where there is nothing in it."""
        items: list[Any] = [*self._ops, *self._passthrough_ts]
        return items[0].graph if items else None

    def __copy__(self) -> SubGraphView:
        return self.copy()

    def copy(self) -> SubGraphView:
        """The same view; operations are not copied."""
        view = SubGraphView(self._ops, self._passthrough_ts)
        view._input_ts, view._output_ts = self.inputs, self.outputs
        return view

    def remap(self, new_input_indices: Iterable[int] | None = None,
              new_output_indices: Iterable[int] | None = None) -> SubGraphView:
        """A view with some of the inputs and outputs, in another order."""
        view = self.copy()
        if new_input_indices is not None:
            view._input_ts = [self._input_ts[i] for i in new_input_indices]
        if new_output_indices is not None:
            view._output_ts = [self._output_ts[i] for i in new_output_indices]
        return view

    def remap_inputs(self, new_input_indices: Iterable[int]) -> SubGraphView:
        """A view with some of the inputs, in another order."""
        return self.remap(new_input_indices)

    def remap_outputs(self, new_output_indices: Iterable[int]) -> SubGraphView:
        """A view with some of the outputs, in another order."""
        return self.remap(None, new_output_indices)

    def find_op_by_name(self, op_name: str) -> Operation:
        """The operation of a name.

        Raises:
          AssertionError: If there is none.
        """
        for op in self._ops:
            if op.name == op_name:
                return op
        raise AssertionError(f"{op_name} not found in subgraph.")

    def is_passthrough(self, t: Tensor) -> bool:
        """Whether a tensor is both input and output."""
        return t in self._passthrough_ts

    def consumers(self) -> list[Operation]:
        """The operations outside that take outputs."""
        inside = set(self._ops)
        return [op for op in select.get_consuming_ops(self._output_ts) if op not in inside]

    def __iter__(self) -> Iterator[Operation]:
        return iter(self._ops)

    def __bool__(self) -> bool:
        return self.graph is not None

    def __str__(self) -> str:
        names: list[tuple[str, list[Any]]] = [
            ("ops", self._ops), ("inputs", self._input_ts), ("outputs", self._output_ts)]
        return "SubGraphView: " + "; ".join(f"{key} {', '.join(item.name for item in items)}" for key, items in names)


def sgv(*args: Any, **kwargs: Any) -> SubGraphView:
    """A view of operations, tensors (which go through) and what regular expressions find; see `select_ops`.

    Raises:
      TypeError: If there is something else.
      ValueError: If a regular expression is given, and no graph.
    """
    if len(args) == 1 and isinstance(args[0], SubGraphView) and not kwargs:
        return args[0]
    flat = [arg.ops if isinstance(arg, SubGraphView) else arg.get_operations() if isinstance(arg, Graph) else arg
            for arg in args]
    has_pattern = any(isinstance(arg, str) for arg in flat)
    return SubGraphView(select.select_ops(*flat, **kwargs), () if has_pattern else select.select_ts(*flat, **kwargs))


def sgv_scope(scope: str, graph: Any) -> SubGraphView:
    """A view of the operations in a name scope."""
    return SubGraphView(select.get_name_scope_ops(graph, scope))


def as_view(item: Any) -> SubGraphView:
    """A view, or one of the operations that are given."""
    return item if isinstance(item, SubGraphView) else sgv(item)
