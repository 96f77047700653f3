"""Bodies: the graphs that an operation runs inside itself, such as the branches of an `If` or the body of a `While`.

A body takes **arguments**. Some are given by the operation (the loop variables), the others are **captures**: tensors
of the graph around it that the body uses. A captured tensor is an input of the operation, so it is computed once
before, can be fed, and carries gradients; a captured variable is captured as its reference, so that the body may set
it.

What belongs to the program as a whole (names, collections, variables, what `extensions` keeps, seeds, open scopes) is
shared with the graph around it: a body is only where operations lie, not a world of its own.

State: its operations and captures, as of any graph. A body is complete once the operation that runs it exists; after
that only gradients add to what it gives (`expose`).
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from tensorboard.compat.proto import graph_pb2

from millpond.dtypes import DType
from millpond.graph import op_defs, stacks
from millpond.graph.collections import Collections
from millpond.graph.graph import Graph
from millpond.graph.names import Names
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op, lookup
from millpond.graph.operation import Operation, create
from millpond.graph.tensor import Tensor
from millpond.graph.variable_references import variable_of
from millpond.shapes import TensorShape


def _argument_shape(*, shape: TensorShape) -> TensorShape:
    return shape


# How a body sees its arguments: a value, a variable's reference, a resource variable's handle.
ARGUMENT = define_op("_Arg", outputs="output: T", attrs="T: type, shape: shape = None, index: int = 0",
                     shape=_argument_shape, gradient=NOT_DIFFERENTIABLE, role="placeholder")
REFERENCE_ARGUMENT = define_op("_RefArg", outputs="ref: Ref(dtype)", attrs="shape: shape, dtype: type, index: int = 0",
                               shape=_argument_shape, gradient=NOT_DIFFERENTIABLE, stateful=True, role="variable")
HANDLE_ARGUMENT = define_op("_HandleArg", outputs="resource: resource",
                            attrs="shape: shape, dtype: type, index: int = 0",
                            shape=lambda: TensorShape([]), gradient=NOT_DIFFERENTIABLE, stateful=True, role="variable")

_NOT_IN_FUNCTION_NAMES = re.compile(r"[^A-Za-z0-9_.-]")


class BodyGraph(Graph):
    """The graph of one body.

    Attributes:
      outer: The graph around it, which may be a body too.
      title: What it is, in words, for errors: `the body of the loop 'while'`.
      function_name: Its name in the function library of a GraphDef: made unique, unless it is imported.
      arguments: What the operation gives it: first those that `argument` made, then captures.
      results: What it gives the operation.
      targets: Operations to run besides.
      waits_for: Operations of the graph around it that the operation has to wait for.
      owner: The operation that runs it, once there is one.
      back_prop: Whether a loop of it has gradients.
      counter: Of a loop's body: which output of the loop counts its iterations, or None.
      kept: Of a loop's body: which output of the loop is the list of all values of a tensor, for the gradient.
    """

    def __init__(self, outer: Graph, title: str, function_name: str, has_own_names: bool = False) -> None:
        super().__init__()
        self.outer = outer
        self.title = title
        self.function_names = outer.function_names
        self.function_name = function_name if has_own_names else self.function_names.unique(
            _NOT_IN_FUNCTION_NAMES.sub("_", function_name))
        self.names = Names() if has_own_names else outer.names
        self.collection_lists: Collections = outer.collection_lists
        self.extensions = outer.extensions
        self._scopes = outer._scopes
        self.arguments: list[Tensor] = []
        self.results: list[Tensor] = []
        self.targets: list[Operation] = []
        self.waits_for: list[Operation] = []
        self.owner: Operation | None = None
        self.back_prop = True
        self.counter: int | None = None
        self.kept: dict[Tensor, int] = {}
        # What the compiler made of it (`ops/control/node_bodies.py`).
        self.prepared: Any = None
        self._captures: dict[Tensor, Tensor] = {}
        self._captured_by: dict[Tensor, Tensor] = {}

    @property
    def name(self) -> str:
        """Its name as a function, as attributes of operations tell it."""
        return self.function_name

    # What is shared with the graph around it.

    @property
    def root(self) -> Graph:
        """The graph around all bodies."""
        return self.outer.root

    @property
    def seed(self) -> int | None:
        return self.outer.seed

    @seed.setter
    def seed(self, value: int | None) -> None:
        if hasattr(self, "outer"):
            self.outer.seed = value

    @property
    def finalized(self) -> bool:
        return self.root.finalized

    def finalize(self) -> None:
        self.root.finalize()

    def get_operations(self) -> list[Operation]:
        """The operations of the graphs around it, and its own."""
        return [*self.outer.get_operations(), *self._operations]

    def as_graph_def(self, from_version: int | None = None, add_shapes: bool = False) -> graph_pb2.GraphDef:
        return self.root.as_graph_def(from_version, add_shapes)

    @contextlib.contextmanager
    def building(self) -> Iterator[BodyGraph]:
        """Makes this the default graph, under the scopes that are open around it but for control dependencies."""
        with self.outer.control_dependencies(None), stacks.graphs.pushed(self):
            yield self

    @contextlib.contextmanager
    def outside(self) -> Iterator[Graph]:
        """Makes the graph around all bodies the default, under the scopes of this place but for control dependencies
        and what is colocated with operations of bodies."""
        root, scopes = self.root, self.scopes
        colocation = scopes.colocation
        scopes.colocation = tuple(item for item in colocation if isinstance(item, str) or item.graph is root)
        try:
            with self.control_dependencies(None), stacks.graphs.pushed(root):
                yield root
        finally:
            scopes.colocation = colocation

    # Arguments.

    def argument(self, dtype: DType, shape: TensorShape, name: str) -> Tensor:
        """Adds an argument that the operation gives."""
        tensor = self._argument(self.unique_name(name), dtype, shape, None)
        self.arguments.append(tensor)
        return tensor

    def argument_for(self, tensor: Tensor, shape: TensorShape, full_name: str) -> Tensor:
        """Adds an argument that the operation gives, which stands for `tensor` of the graph around this one: for a
        variable, where that is one."""
        variable = variable_of(tensor)
        argument = self._argument(full_name, tensor.dtype, shape if variable is None else tensor._shape, variable)
        self.arguments.append(argument)
        return argument

    def _argument(self, name: str, dtype: DType, shape: TensorShape, variable: Operation | None) -> Tensor:
        index = len(self.arguments)
        if variable is not None:
            definition = REFERENCE_ARGUMENT if dtype.is_ref_dtype else HANDLE_ARGUMENT
            attrs = {"dtype": variable.attributes["dtype"], "shape": variable.attributes["shape"], "index": index}
        else:
            definition, dtype = ARGUMENT, dtype.base_dtype
            attrs = {"T": dtype, "shape": shape, "index": index}
        return create(self, name, definition, (), attrs, [dtype], (shape,))._outputs[0]

    def captures_from(self, graph: Graph) -> bool:
        return self.outer is graph or self.outer.captures_from(graph)

    def capture(self, tensor: Tensor) -> Tensor:
        """The argument that stands for a tensor of a graph around this one."""
        if tensor.op.graph is self:
            return tensor
        found = self._captures.get(tensor)
        if found is None:
            if tensor.op.graph is not self.outer:
                tensor = self.outer.capture(tensor)
            found = self._captures.get(tensor)
        if found is None:
            found = self._capture(tensor)
            self._captures[tensor] = found
            self._captured_by[found] = tensor
            self.arguments.append(found)
        return found

    def _capture(self, tensor: Tensor) -> Tensor:
        name = self.names.unique(f"{self.scopes.name or 'body'}/captured/{tensor.op.name.split('/')[-1]}")
        with super().control_dependencies(None):
            return self._argument(name, tensor.dtype, tensor._shape, variable_of(tensor))

    def captured_by(self, argument: Tensor) -> Tensor | None:
        """The outer tensor that an argument stands for, or None for one that the operation gives."""
        return self._captured_by.get(argument)

    @property
    def captures(self) -> list[tuple[Tensor, Tensor]]:
        """The captured tensors, each with the argument that stands for it, in the order of the arguments."""
        return [(self._captured_by[argument], argument) for argument in self.arguments
                if argument in self._captured_by]

    def settle_reads(self) -> None:
        """Lets the captured `v/read` of a variable that the body sets read the variable inside the body, so that it is
        seen as it is there."""
        references = {outer.op: argument for outer, argument in self.captures
                      if argument.op.definition.role == "variable"}
        for outer, argument in self.captures:
            op = outer.op
            if op.definition.role != "identity" or op._inputs[0].op not in references or argument.op._inputs:
                continue
            reference = references[op._inputs[0].op]
            read = argument.op
            read.definition, read._inputs, read.attributes = op.definition, (reference,), {"T": argument.dtype}
            reference._consumers = [*(reference._consumers or ()), read]
            self.arguments.remove(argument)
            del self._captured_by[argument], self._captures[outer]

    def put_captures_last(self) -> None:
        """Puts the arguments that the operation gives before the captures, each in the order in which they came."""
        self.arguments.sort(key=lambda argument: argument in self._captured_by)

    def adopt(self, outer_tensors: Sequence[Tensor], leading: int) -> None:
        """Puts the captures into the order of `outer_tensors`, behind the first `leading` arguments; captures those
        that the body does not use, so that all bodies of an operation take the same arguments."""
        captured = [self.capture(tensor) for tensor in outer_tensors]
        self.arguments = [*self.arguments[:leading], *captured]
        for index, argument in enumerate(self.arguments):
            argument.op.attributes = {**argument.op.attributes, "index": index}

    def needed_for(self, results: Iterable[Tensor], targets: Iterable[Operation]) -> set[Operation]:
        """The operations that must run for `results` and `targets`, without arguments."""
        arguments = {argument.op for argument in self.arguments}
        waiting = [*(tensor.op for tensor in results), *targets]
        needed: set[Operation] = set()
        while waiting:
            op = waiting.pop()
            if op not in needed and op not in arguments:
                needed.add(op)
                waiting.extend([tensor.op for tensor in op._inputs])
                waiting.extend(op._control_inputs)
        return needed

    # What differs from an ordinary graph.

    def require_open(self, element: Any) -> None:
        if self.owner is not None:
            raise ValueError(f"Cannot use {element!r} here. {self.describe_elements()}")

    def note_mutation(self, op: Operation) -> None:
        super().note_mutation(op)
        if self.owner is not None:
            self.owner.graph.note_mutation(self.owner)

    def as_graph_element(self, obj: Any, allow_tensor: bool = True, allow_operation: bool = True) -> Any:
        """As for any graph; elements of the graphs around it, and their names, are found too."""
        if hasattr(obj, "_as_graph_element"):
            obj = obj._as_graph_element()
        if isinstance(obj, (Tensor, Operation)):
            if obj.graph is not self and self.captures_from(obj.graph):
                return self.outer.as_graph_element(obj, allow_tensor, allow_operation)
        elif isinstance(obj, (str, bytes)):
            name = obj.decode() if isinstance(obj, bytes) else obj
            if name.partition(":")[0] not in self._by_name:
                return self.outer.as_graph_element(name, allow_tensor, allow_operation)
        return super().as_graph_element(obj, allow_tensor, allow_operation)

    def control_dependencies(self, control_inputs: Any) -> contextlib.AbstractContextManager[None]:
        """As for any graph; what is outside of the body is waited for before the operation starts."""
        if control_inputs is None or isinstance(control_inputs, Tensor) or not isinstance(control_inputs, Iterable):
            return super().control_dependencies(control_inputs)
        here = self._here()
        if here is not self:
            return here.control_dependencies(control_inputs)
        inside = []
        for op in self._operations_to_wait_for(control_inputs):
            if op.graph is self:
                inside.append(op)
            else:
                self.wait_for(op)
        return super().control_dependencies(inside)

    def run_always(self, op: Operation, waiting: Graph) -> Operation:
        owner = self.owner
        if owner is None or "body" in owner.attributes:
            raise ValueError(f"Nothing outside of {title_of(self)} can wait for '{op.name}' ({op.type}), which lies in "
                             "it: return it from there, and wait for what is given.")
        if op not in self.needed_for(self.results, self.targets):
            self.targets.append(op)
            if any(op_defs.is_stateful(one.definition) for one in self.needed_for((), [op])):
                owner.definition = lookup(owner.type.removeprefix("Stateless"))
            self.note_mutation(op)
        return owner if owner.graph is waiting else owner.graph.run_always(owner, waiting)

    def wait_for(self, op: Operation) -> None:
        """Has the operation that runs this body wait for one outside of it."""
        if op.graph is self.outer:
            if op not in self.waits_for and op.definition.role != "variable":
                self.waits_for.append(op)
        elif isinstance(self.outer, BodyGraph):
            self.outer.wait_for(op)

    def describe_elements(self) -> str:
        return (f"It belongs to {title_of(self)}, and exists only while that runs: return it from there, and use what "
                f"'{self.owner.name.rpartition('/')[0] if self.owner else self.function_name}' gives.")

    def __repr__(self) -> str:
        return f"<{self.title}: {len(self._operations)} operations>"


def outermost_tensor(tensor: Tensor) -> Tensor:
    """The tensor of the graph around all bodies that an argument stands for; another tensor as it is."""
    while isinstance(tensor.op.graph, BodyGraph) and (captured := tensor.op.graph.captured_by(tensor)) is not None:
        tensor = captured
    return tensor


def title_of(graph: BodyGraph) -> str:
    """What a body is and where it comes from, in words."""
    owner = graph.owner
    site = f", created at {owner.creation_site}" if owner is not None else ""
    return f"{graph.title}{site}"


def outermost(graph: Graph) -> contextlib.AbstractContextManager[Graph]:
    """Makes the graph around all bodies the default: what is made inside (variables, their initializers) lies there."""
    return graph.outside() if isinstance(graph, BodyGraph) else graph.as_default()
