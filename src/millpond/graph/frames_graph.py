"""A GraphDef as vertices, which the passes on loops and branches of TensorFlow 1 take apart and put together anew.

State: a `FlowGraph` for each GraphDef that is turned into the functional form; nothing outlives it.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from tensorboard.compat.proto import attr_value_pb2, function_pb2, tensor_pb2, tensor_shape_pb2, types_pb2

from millpond.dtypes import DType
from millpond.errors import NotFoundError
from millpond.graph import node_reading, renamed
from millpond.graph.frames_signatures import SIGNATURES
from millpond.graph.function_reading import parse_input
from millpond.graph.node_reading import Source

# What is added to a type's number for a reference to a variable of that type.
_REFERENCE = types_pb2.DT_FLOAT_REF - types_pb2.DT_FLOAT

_WITH_REFERENCES = ("Switch", "Merge", "Enter", "Exit", "NextIteration")
# The op types of control flow, and what they are without `Ref`.
KINDS = {kind: kind for kind in (*_WITH_REFERENCES, "LoopCond", "ControlTrigger")}
KINDS |= {f"Ref{kind}": kind for kind in _WITH_REFERENCES}


class Vertex:
    """A node, or what becomes one.

    Attributes:
      name, op, device, attr: As in a `NodeDef`.
      kind: `op` without `Ref` where it is control flow of TensorFlow 1, "" elsewhere.
      inputs: The tensors that it takes.
      controls: What must have run before it.
      position: Its place among the nodes of the GraphDef.
      frame: The frame that it lies in.
      context: Under which outcomes of which predicates it runs.
      level: How many joints of branches lie on the longest way to it.
      owner: The `If` that it was first put into.
      uses: The arrays and stacks that it uses, and whether it changes them.
      handles: How many of its inputs, from the first on, are handles of those.
      bodies: The functions that it runs: condition and body, or the branches for false and for true.
      exports: Which outputs of an `If` give tensors of its branches to other `If`s.
      creates: The arrays that are made in an `If` and used outside, and the branch that makes them.
      outputs: Types of its outputs (use `types_of`).
      stateful: Whether it has effects (use `is_stateful`).
    """

    __slots__ = ("name", "op", "device", "attr", "kind", "inputs", "controls", "position", "frame", "context", "level",
                 "owner", "uses", "handles", "bodies", "exports", "creates", "outputs",
                 "stateful")

    def __init__(self, name: str, op: str, attr: Mapping[str, Any], inputs: Sequence[Tensor] = (),
                 controls: Sequence[Vertex] = (), position: int = 0, device: str = "",
                 outputs: list[int] | None = None) -> None:
        self.name = name
        self.op = op
        self.kind = KINDS.get(op, "")
        self.attr = attr
        self.inputs = list(inputs)
        self.controls = list(controls)
        self.position = position
        self.device = device
        self.outputs = outputs
        self.frame: Any = None
        self.context: Any = None
        self.level = 0
        self.owner: Any = None
        self.uses: dict[Any, bool] = {}
        self.handles = 0
        self.stateful: bool | None = None
        self.bodies: tuple[Any, ...] = ()
        self.exports: dict[Tensor, int] = {}
        self.creates: dict[Any, int] = {}

    def __str__(self) -> str:
        return f"Node '{self.name}' ({self.op})"

    def copy(self) -> Vertex:
        made = Vertex(self.name, self.op, self.attr, self.inputs, self.controls, self.position, self.device,
                      self.outputs)
        made.uses, made.handles, made.bodies = self.uses, self.handles, self.bodies
        return made

    def become(self, op: str, attr: Mapping[str, Any], inputs: Iterable[Tensor], outputs: list[int] | None) -> None:
        """Makes another op of it, under its name."""
        self.op, self.kind, self.attr, self.inputs, self.outputs = op, KINDS.get(op, ""), attr, list(inputs), outputs


Tensor = tuple[Vertex, int]


class Body:
    """A function of a loop or branch.

    Attributes:
      vertices: What it runs.
      arguments: Position of the input that stands for a tensor, for those from outside.
      results: What it gives; None where nobody looks at it.
      targets: What has to run besides.
    """

    def __init__(self, vertices: list[Vertex], results: Sequence[Tensor | None], targets: list[Vertex]) -> None:
        self.vertices = vertices
        self.results = list(results)
        self.targets = targets
        self.arguments: dict[Tensor, int] = {}

    def outer_tensors(self) -> dict[Tensor, None]:
        """The tensors that it takes from outside, in order."""
        inside = set(self.vertices)
        used = [*(tensor for vertex in self.vertices for tensor in vertex.inputs), *self.results]
        return dict.fromkeys(tensor for tensor in used if tensor is not None and tensor[0] not in inside)


class FlowGraph:
    """The vertices of a GraphDef or of one of its functions, their types, and names for new ones.

    Args:
      message: The GraphDef, or the `FunctionDef` of the function.
      functions: The functions of the GraphDef by name.
      signatures: Gives the definition of an op type (its `inputs`, `outputs`, `attrs`, `stateful`), or None.
      mapped: Inputs that are not in a GraphDef, with the types (numbers) of the tensors that stand for them.

    Attributes:
      title: What it is, in words.
      vertices: The vertices, in the order of the message.
      outside: Vertices that stand for what is not in the message, by name.

    Raises:
      ValueError: If names or inputs of nodes cannot be.
    """

    def __init__(self, message: Any, functions: Mapping[str, Any], signatures: Callable[[str], Any],
                 mapped: Mapping[Any, Any]) -> None:
        self.title = "the graph"
        self._signatures = signatures
        self._functions = functions
        self._arguments: set[str] = set()
        if isinstance(message, function_pb2.FunctionDef):
            name = message.signature.name
            self.title = f"the function '{name}'"
            mapped = {(arg.name, 0): arg.type + _REFERENCE * (arg.is_ref and arg.type < _REFERENCE)
                      for arg in message.signature.input_arg}
            self._arguments = {argument for argument, _ in mapped}
            nodes = node_reading.read_nodes(message.node_def, mapped, name, self._parsed)
        else:
            nodes = node_reading.read_nodes(message.node, mapped)
        self._names = {*nodes, *self._arguments}
        self._counts: dict[str, int] = {}
        self.outside: dict[str, Vertex] = {}
        for key in mapped:
            if isinstance(key, str) or key[0] not in nodes:
                name = key if isinstance(key, str) else key[0]
                vertex = self.outside.setdefault(name, Vertex(name, "_Mapped", {}, position=-1, outputs=[]))
                if not isinstance(key, str) and vertex.outputs is not None:
                    vertex.outputs += [types_pb2.DT_INVALID] * (key[1] + 1 - len(vertex.outputs))
                    vertex.outputs[key[1]] = mapped[key]
        self.vertices = [Vertex(name, node.type, node.message.attr, position=i, device=node.message.device)
                         for i, (name, node) in enumerate(nodes.items())]
        self._by_name = self.outside | {vertex.name: vertex for vertex in self.vertices}
        for vertex, node in zip(self.vertices, nodes.values(), strict=True):
            vertex.inputs = [self._tensor(source) for source in node.inputs]
            vertex.controls = [self._by_name[name] for name in node.controls]

    def _parsed(self, text: str, place: str) -> Source:
        return parse_input(text, self._arguments, place)

    def _tensor(self, source: Source) -> Tensor:
        name, index = source
        vertex = self._by_name[name]
        if isinstance(index, int):
            return vertex, index
        before = 0
        for arg in self._output_args(vertex):
            if arg.name == index[0]:
                return vertex, before + index[1]
            before += len(self._types_of_arg(vertex, arg))
        raise ValueError(f"{vertex} of {self.title} has no output '{index[0]}'.")

    def tensor(self, text: str, place: str) -> Tensor:
        """The tensor of a text in the message, as the results of functions are told.

        Raises:
          ValueError: If there is none.
        """
        source = self._parsed(text, place)
        if source[0] not in self._by_name:
            raise ValueError(f"{place} comes from '{source[0]}', which is none of the nodes or arguments.")
        return self._tensor(source)

    def vertex(self, name: str) -> Vertex | None:
        """The vertex of a node."""
        return self._by_name.get(name)

    def unique_name(self, name: str) -> str:
        """A name that no node and no function has."""
        made = name
        while made in self._names or made in self._functions:
            self._counts[name] = count = self._counts.get(name, 0) + 1
            made = f"{name}_{count}"
        self._names.add(made)
        return made

    # What is known of the outputs of a vertex.

    def types_of(self, vertex: Vertex) -> list[int]:
        """The types (numbers of `DataType`) of its outputs."""
        if vertex.outputs is None:
            vertex.outputs = [type for arg in self._output_args(vertex) for type in self._types_of_arg(vertex, arg)]
        return vertex.outputs

    def type_of(self, tensor: Tensor) -> int:
        """The type of a tensor.

        Raises:
          ValueError: If the node has no such output.
        """
        vertex, index = tensor
        types = self.types_of(vertex)
        if index >= len(types):
            raise ValueError(f"Connecting to invalid output {index} of source node {vertex.name} which has "
                             f"{len(types)} outputs.")
        return types[index]

    def is_reference(self, tensor: Tensor) -> bool:
        return self.type_of(tensor) > _REFERENCE

    def is_stateful(self, vertex: Vertex) -> bool:
        """Whether it may do something besides giving values, or give other values next time; changing arrays aside."""
        if vertex.stateful is None:
            if vertex.bodies:
                vertex.stateful = any(self.is_stateful(inner) for body in vertex.bodies for inner in body.vertices)
            else:
                is_call = vertex.op in self._functions
                vertex.stateful = is_call or (not vertex.handles and bool(self._signature(vertex).stateful))
        return vertex.stateful

    def output_name(self, tensor: Tensor) -> str:
        """How the nodes of a function call a tensor: `node:output argument:index in it`."""
        vertex, index = tensor
        for arg in self._output_args(vertex):
            count = len(self._types_of_arg(vertex, arg)) if arg.is_list else 1
            if index < count:
                return f"{vertex.name}:{arg.name}:{index}"
            index -= count
        raise ValueError(f"Connecting to invalid output {tensor[1]} of source node {vertex.name}.")

    def _output_args(self, vertex: Vertex) -> Sequence[Any]:
        return self._signature(vertex).outputs

    def _signature(self, vertex: Vertex) -> Any:
        function = self._functions.get(vertex.op)
        if function is not None:
            return SIGNATURES.of_function(function)
        found = SIGNATURES.get(vertex.op) or self._signatures(vertex.op)
        if found is None:
            raise NotFoundError(None, None, f"Op type not registered: '{vertex.op}' (node '{vertex.name}'). The graph "
                                            "needs op types that this version does not have.")
        return found

    def _types_of_arg(self, vertex: Vertex, arg: Any) -> list[int]:
        count = 1
        if arg.number_attr:
            count = self._attribute(vertex, arg.number_attr, "i")
            if not 0 <= count <= 1 << 20:
                raise ValueError(f"{vertex}: attribute '{arg.number_attr}' asks for {count} outputs.")
        if arg.list_attr:
            return list(self._attribute(vertex, arg.list_attr, "type"))
        type = self._attribute(vertex, arg.type_attr, "type") if arg.type_attr else arg.dtype.as_datatype_enum
        return [type + _REFERENCE if arg.is_ref and type < _REFERENCE else type] * count

    def _attribute(self, vertex: Vertex, name: str, field: str) -> Any:
        """The value of an attribute that the types of outputs follow from: a number, a type, or several types."""
        if name in vertex.attr:
            value = vertex.attr[name]
            if value.WhichOneof("value") == "list":
                return value.list.type
            return getattr(value, field)
        default = getattr(self._signature(vertex).attrs.get(name), "default", None)
        if isinstance(default, DType):
            return default.as_datatype_enum
        if isinstance(default, (list, tuple)):
            return [item.as_datatype_enum for item in default]
        if not isinstance(default, int):
            raise ValueError(f"{vertex}: NodeDef missing attr '{name}'.")
        return default


def settle_reads(graph: FlowGraph, bodies: Sequence[Body]) -> None:
    """Lets functions that take the reference of a variable, and what was read of it, read it themselves.

    What has been read of a variable is seen as it is where it is used: behind what the function sets.
    """
    outer = dict.fromkeys(tensor for body in bodies for tensor in body.outer_tensors())
    references = {tensor for tensor in outer if graph.is_reference(tensor)}
    for body in bodies if references else ():
        reads = {}
        for tensor in body.outer_tensors():
            source = tensor[0].inputs[0] if tensor[0].op == "Identity" and tensor[0].inputs else None
            if source in references:
                assert source is not None
                reads[tensor] = identity(tensor[0].name, source, graph.type_of(source), tensor[0].position), 0
        if reads:
            for vertex in body.vertices:
                vertex.inputs = [reads.get(tensor, tensor) for tensor in vertex.inputs]
            body.results = [tensor and reads.get(tensor, tensor) for tensor in body.results]
            body.vertices += [vertex for vertex, _ in reads.values()]


def known_signature(type: str) -> Any:
    """The definition of an op type, with what tells the types of its outputs."""
    return renamed.definition_of(type)


def base_type(type: int) -> int:
    """The type of the values that a reference leads to."""
    return type - _REFERENCE if type > _REFERENCE else type


def attr_of(**values: Any) -> dict[str, Any]:
    """Attributes, from messages, numbers of types (`type_T=...`) and lists of those (`types_T=...`)."""
    result: dict[str, Any] = {}
    for key, value in values.items():
        field, _, name = key.partition("_")
        if field == "types":
            message = attr_value_pb2.AttrValue()
            message.list.type.extend(value)
            message.list.SetInParent()
        else:
            message = attr_value_pb2.AttrValue(**{field: value})
        result[name] = message
    return result


def identity(name: str, tensor: Tensor, type: int, position: int) -> Vertex:
    """A vertex that gives the value of a tensor."""
    return Vertex(name, "Identity", attr_of(type_T=base_type(type)), [tensor], position=position,
                  outputs=[base_type(type)])


def number_attr(value: int) -> dict[str, Any]:
    """The attributes of a `Const` that is a number."""
    return attr_of(type_dtype=types_pb2.DT_INT32, tensor_value=tensor_pb2.TensorProto(
        dtype=types_pb2.DT_INT32, tensor_shape=tensor_shape_pb2.TensorShapeProto(), int_val=[value]))


def attr_or(vertex: Vertex, name: str, default: Any) -> Any:
    """The message of an attribute, or another."""
    return vertex.attr[name] if name in vertex.attr else default


def type_attr(vertex: Vertex, name: str) -> int:
    """The number of the type that an attribute tells.

    Raises:
      ValueError: If it is missing.
    """
    if name not in vertex.attr:
        raise ValueError(f"{vertex}: NodeDef missing attr '{name}' (type).")
    return vertex.attr[name].type


def in_order(vertices: Iterable[Vertex], place: str) -> list[Vertex]:
    """Vertices so that each stands behind what it needs of them, and otherwise as in the GraphDef.

    Raises:
      ValueError: If some need each other in a circle.
    """
    members = list(vertices)
    index = {vertex: i for i, vertex in enumerate(members)}
    waiting = [0] * len(members)
    needed_by: list[list[int]] = [[] for _ in members]
    for i, vertex in enumerate(members):
        made_by = (array.home for array in vertex.uses)
        for source in {*(tensor[0] for tensor in vertex.inputs), *vertex.controls, *made_by}:
            if source in index and source is not vertex:
                waiting[i] += 1
                needed_by[index[source]].append(i)
    ready = [(vertex.position, i) for i, vertex in enumerate(members) if not waiting[i]]
    heapq.heapify(ready)
    order = []
    while ready:
        i = heapq.heappop(ready)[1]
        order.append(members[i])
        for consumer in needed_by[i]:
            waiting[consumer] -= 1
            if not waiting[consumer]:
                heapq.heappush(ready, (members[consumer].position, consumer))
    if len(order) < len(members):
        left = [repr(vertex.name) for i, vertex in enumerate(members) if waiting[i]]
        raise ValueError(f"{len(left)} nodes of {place} in a cycle, or behind one: {', '.join(left[:10])}.")
    return order
