"""The gradient of a body is a body too: this is how it comes by what the forward one computed."""

from __future__ import annotations

from collections.abc import Callable

from millpond import dtypes
from millpond.graph.body import BodyGraph
from millpond.graph.graph import Graph
from millpond.graph.opdef import lookup
from millpond.graph.operation import Operation, create
from millpond.graph.tensor import Tensor


class GradientBody(BodyGraph):
    """The graph of the gradient of a body.

    Gradient rules use tensors of the forward body as if they were at hand. Those that are the same all the time
    (arguments that the operation is given from outside, constants, and what is computed of these alone) are taken from
    outside, or computed again. Of the others `expose` makes something that can be used here.

    Args:
      outer: The graph in which the gradient is built.
      forward: The body that is differentiated.
      node: The operation that runs `forward`.
      first: The position of the node's input that the first argument of `forward` stands for.
      is_fixed: Tells whether an argument of `forward` is the node's input, as it is, all the time.
      repeats: Whether what is computed of fixed arguments is computed again: in a loop once, in place of keeping it for
        each iteration. Otherwise only constants are.
    """

    def __init__(self, outer: Graph, forward: BodyGraph, node: Operation, first: int,
                 is_fixed: Callable[[Tensor], bool], repeats: bool) -> None:
        super().__init__(outer, f"the gradient of {forward.title}", f"{forward.function_name}_grad")
        self.forward = forward
        # expose(tensor) gives what stands for a tensor of the forward body: here, or in a graph around.
        self.expose: Callable[[Tensor], Tensor]
        self._node = node
        self._position = {argument: first + i for i, argument in enumerate(forward.arguments)}
        self._is_fixed = is_fixed
        self._repeats = repeats
        self._known: dict[Tensor, Tensor] = {}
        self._same: dict[Operation, bool] = {}

    def captures_from(self, graph: Graph) -> bool:
        return graph is self.forward or super().captures_from(graph)

    def capture(self, tensor: Tensor) -> Tensor:
        if tensor.op.graph is not self.forward:
            return super().capture(tensor)
        found = self._known.get(tensor)
        if found is None:
            found = self._known[tensor] = self._found(tensor)
        return found

    def _found(self, tensor: Tensor) -> Tensor:
        if tensor in self._position and self._is_fixed(tensor):
            return self.capture(self._node._inputs[self._position[tensor]])
        if tensor in self._position and tensor.dtype is dtypes.variant:
            # Of a list that is a loop variable, gradients look at the number of elements alone: that of the last one.
            return self.capture(self._node._outputs[self._position[tensor]])
        if self._is_same(tensor.op):
            return self._again(tensor)
        exposed = self.expose(tensor)
        return exposed if exposed.op.graph is self else self.capture(exposed)

    def _is_same(self, op: Operation) -> bool:
        """Whether an operation of the forward body gives the same all the time, and can be run again here."""
        if not self._repeats and op.definition.role != "constant":
            return False
        known = self._same
        stack = [op]
        while stack:
            op = stack[-1]
            if op not in known:
                output = op._outputs[0] if op._outputs else None
                if output is None or output in self._position or not op.definition.foldable:
                    known[op] = output in self._position and self._is_fixed(op._outputs[0])
                else:
                    unknown = [t.op for t in op._inputs if t.op not in known]
                    if unknown:
                        stack.extend(unknown)
                        continue
                    known[op] = all(known[t.op] for t in op._inputs)
            stack.pop()
        return known[op]

    def _again(self, tensor: Tensor) -> Tensor:
        op = tensor.op
        with self.control_dependencies(None):
            inputs = tuple(self.capture(t) for t in op._inputs)
            name = self.names.unique(f"{self.scopes.name}/{op.name.split('/')[-1]}")
            copy = create(self, name, op.definition, inputs, op.attributes, [output.dtype for output in op._outputs],
                          tuple(output.shape for output in op._outputs))
        for output, again in zip(op._outputs, copy._outputs, strict=True):
            self._known[output] = again
        return copy._outputs[tensor.value_index]


def here(graph: Graph, tensor: Tensor) -> Tensor:
    """A tensor as `graph` can use it."""
    return tensor if tensor.op.graph is graph else graph.capture(tensor)


def add_output(node: Operation, dtype_list: str, tensor: Tensor) -> Tensor:
    """Adds an output to a node whose bodies give one thing more.

    Args:
      node: The node.
      dtype_list: The attribute that lists the dtypes of its outputs.
      tensor: What the new output is like.
    """
    added = Tensor(node, len(node._outputs), tensor.dtype.base_dtype, tensor.shape)
    node._outputs = (*node._outputs, added)
    node._set_attr(dtype_list, [*node.attributes[dtype_list], tensor.dtype.base_dtype])
    node._set_attr("output_shapes", [*node.attributes["output_shapes"], tensor.shape])
    return added


def shape_of(tensor: Tensor) -> Tensor:
    """The shape of a tensor, or of the variable behind a handle, in the default graph."""
    return lookup("VariableShape" if tensor.dtype.base_dtype.name == "resource" else "Shape")(tensor)


def zeros_like(tensor: Tensor) -> Tensor:
    """Zeros of the shape and dtype of a tensor, in the default graph."""
    return lookup("ZerosLike")(tensor)
