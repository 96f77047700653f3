"""Operations made of nodes that have been read, apart from the graph that they are to be added to.

A function that a branch or loop runs becomes a body of its operation. A function that a node calls, and does nothing
besides, is put in its place: its nodes become operations named behind the call, and the call an `IdentityN` of what the
function gives. So a program that was cut into functions is compiled as one that was not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from millpond import dtypes
from millpond.graph import building, devices, node_checks, node_reading, op_defs
from millpond.graph.body import BodyGraph
from millpond.graph.effects import effects_of
from millpond.graph.function_reading import Function, LibraryReader
from millpond.graph.graph import Graph
from millpond.graph.node_reading import Node, Source
from millpond.graph.opdef import OpDefinition, lookup, sections
from millpond.graph.operation import Operation, insert
from millpond.graph.tensor import Tensor
from millpond.graph.variable_references import variable_of
from millpond.shapes import TensorShape


class Reading:
    """What is the same for all nodes and functions of one GraphDef.

    Attributes:
      library: Its functions.
      defaults: The defaults of attributes, by op type, in the program that wrote it.
      is_old: Whether a placeholder's shape of no dimensions also stands for one that is not known.
      filling: Counts what its constants grow to.
    """

    def __init__(self, library: LibraryReader, defaults: Mapping[str, Mapping[str, Any]], is_old: bool) -> None:
        self.library = library
        self.defaults = defaults
        self.is_old = is_old
        self.filling = node_checks.FillingLimit()
        self._function_names: dict[str, str] = {}

    def attributes_of(self, node: Node, definition: OpDefinition) -> dict[str, Any]:
        attrs = node_reading.read_attributes(node, definition, self.defaults.get(node.type, {}))
        self.filling.count(node, attrs)
        node_checks.check_constant(node, definition, attrs)
        if definition.role == "placeholder" and self.is_old and attrs["shape"].sizes == ():
            attrs["shape"] = TensorShape(None)
        return attrs

    def name_in(self, graph: Graph, function: str) -> str:
        """The name of a function in the graph: all bodies that are made of it share one."""
        if function not in self._function_names:
            self._function_names[function] = graph.function_names.unique(function)
        return self._function_names[function]


class Made(NamedTuple):
    """What a node has become.

    Attributes:
      op: The operation of its name.
      outputs: What its consumers take.
      places: First and last place among `outputs` of each output argument, by its name.
    """

    op: Operation
    outputs: tuple[Tensor, ...]
    places: dict[str, tuple[int, int]]


class NodeMaker:
    """Makes the operations of a graph, of a body, or of a function that is called.

    Args:
      reading: The GraphDef that the nodes are of.
      graph: What they are to be added to.
      nodes: The nodes by name.
      mapped: Tensors by what they replace as an input, and operations by the name that they replace as a control input.
      names: The full name of each node.
      definitions: The definition of each op type.
      attributes: The attributes of nodes, once they have been read.
      waits: What operations wait for that wait for nothing else here.

    Attributes:
      made: What has been made, by the names of nodes.
      operations: All operations, in an order in which they can be added.
    """

    def __init__(self, reading: Reading, graph: Graph, nodes: Mapping[str, Node],
                 mapped: Mapping[Source | str, Any], names: dict[str, str], definitions: Mapping[str, OpDefinition],
                 attributes: dict[str, dict[str, Any]], waits: tuple[Operation, ...] = ()) -> None:
        self._reading = reading
        self._graph = graph
        self._nodes = nodes
        self._mapped = mapped
        self._names = names
        self._taken = set(names.values())
        self._definitions = definitions
        self._attributes = attributes
        self._waits = waits
        self.made: dict[str, Made] = {}
        self.operations: list[Operation] = []

    def make(self) -> None:
        for node in node_reading.in_order(self._nodes, self._sources):
            called = self._reading.library.called_by(node)
            if called is not None:
                made = self._put_in_place(node, self._reading.library.find(called, node))
            else:
                made = self._make(node)
            self.made[node.name] = made
            self.operations.append(made.op)

    def _sources(self, node: Node) -> list[str]:
        """The nodes that must be made before one."""
        return [*(source[0] for source in node.inputs if source not in self._mapped),
                *(source for source in node.controls if source not in self._mapped)]

    def _attributes_of(self, node: Node) -> dict[str, Any]:
        attrs = self._attributes.get(node.name)
        if attrs is None:
            attrs = self._attributes[node.name] = self._reading.attributes_of(node, self._definitions[node.type])
        return attrs

    def _make(self, node: Node) -> Made:
        definition = self._definitions[node.type]
        attrs = self._attributes_of(node)
        if definition.completes is not None:
            return self._made_of_function(node, definition, attrs)
        if definition.role == "variable" and isinstance(self._graph, BodyGraph):
            raise NotImplementedError(f"{node} makes a variable inside a branch or loop: importing such functions is "
                                      "not supported.")
        inputs = [self.tensor(source, str(node)) for source in node.inputs]
        grouped = node_checks.grouped(node, definition, attrs, inputs)
        bodies: list[BodyGraph] = []
        if definition.bodies is not None:
            attrs = {**attrs, **self._functions(node, definition, attrs, inputs, bodies)}
        op = Operation(self._graph, self._names[node.name], definition, tuple(inputs), self._controls(node), attrs)
        node_checks.check_output_count(node, definition, attrs)
        types = building.output_dtypes(definition, attrs)
        shapes = _shapes(node, op, inputs, grouped)
        op._outputs = tuple(Tensor(op, i, dtype, shape)
                            for i, (dtype, shape) in enumerate(zip(types, shapes, strict=True)))
        op.device = _device_of(node)
        op.colocation = node_reading.colocation_of(node, self._nodes, self._names.__getitem__)
        op.gradient_type = node_reading.gradient_type_of(node)
        for body in bodies:
            body.owner = op
        return Made(op, op._outputs, {})

    def _controls(self, node: Node) -> tuple[Operation, ...]:
        controls = tuple(dict.fromkeys(self._mapped.get(name) or self.made[name].op for name in node.controls))
        if self._waits and not controls and all(source in self._mapped for source in node.inputs):
            return self._waits
        return controls

    def tensor(self, source: Source, place: str) -> Tensor:
        """The tensor that an input comes from.

        Args:
          source: The input.
          place: What errors call what takes it.
        """
        mapped: Tensor | None = self._mapped.get(source)
        if mapped is not None:
            return mapped
        name, index = source
        made = self.made[name]
        if isinstance(index, tuple):
            argument, offset = index
            places = made.places or _places(made.op)
            if argument not in places:
                raise ValueError(f"{place}: Connecting to invalid output '{argument}' of source node {name}, which "
                                 f"has {sorted(places)}.")
            start, end = places[argument]
            index = start + offset if start + offset < end else len(made.outputs)
        if index >= len(made.outputs):
            raise ValueError(f"{place}: Connecting to invalid output {source[1]} of source node {name} which has "
                             f"{len(made.outputs)} outputs.")
        return made.outputs[index]

    # Bodies.

    def _functions(self, node: Node, definition: OpDefinition, attrs: dict[str, Any], inputs: list[Tensor],
                   made: list[BodyGraph]) -> dict[str, Any]:
        """The attributes that are functions, as bodies; these take what the node's last input argument is."""
        count = definition.inputs[-1].count(attrs)
        given = inputs[len(inputs) - count:]
        types = attrs[definition.outputs[0].list_attr or ""]
        is_loop = "body" in definition.attrs
        shapes = [tensor.shape for tensor in given]
        if is_loop:
            # What comes back from an iteration may have another shape.
            written = attrs["output_shapes"]
            shapes = written if len(written) == count else [TensorShape(None)] * count
        found: dict[str, Any] = {}
        for name, attr in definition.attrs.items():
            if attr.kind not in ("func", "list(func)"):
                continue
            bodies = []
            for called in attrs[name] if attr.kind == "list(func)" else [attrs[name]]:
                function = self._reading.library.find(called.name, node)
                _check_arguments(node, function, given)
                body = self._body(node, name, function, given, shapes)
                _check_results(node, function, body, None if is_loop and name == "cond" else types)
                bodies.append(body)
            made.extend(bodies)
            found[name] = bodies if attr.kind == "list(func)" else bodies[0]
        if not made:
            raise ValueError(f"{node} has no functions to run.")
        return found

    def _made_of_function(self, node: Node, definition: OpDefinition, attrs: dict[str, Any]) -> Made:
        """What stands for something that is made of a function: the function that the library says is that, in its
        place; or a `Case` whose only body is made of the function."""
        library = self._reading.library
        told = library.gradient_of(attrs["f"].name)
        if told is not None:
            return self._put_in_place(node, library.find(told, node))
        function = library.find(attrs["f"].name, node)
        inputs = [self.tensor(source, str(node)) for source in node.inputs]
        own, rest = inputs[:len(function.arguments)], inputs[len(function.arguments):]
        _check_arguments(node, function, own)
        if [tensor.dtype.base_dtype for tensor in rest] != [result.dtype for result in function.results]:
            raise ValueError(f"{node} gives {[tensor.dtype.name for tensor in rest[:10]]} beside the arguments of the "
                             f"function '{function.name}', which gives "
                             f"{[result.dtype.name for result in function.results[:10]]}.")
        body = self._body(node, "f", function, own, [tensor.shape for tensor in own])
        body.function_name = body.function_names.unique(f"{body.function_name}_grad")
        assert definition.completes is not None
        definition.completes(body, rest)
        shapes, types = [tensor.shape for tensor in body.results], [tensor.dtype for tensor in body.results]
        if types != attrs["Tout"]:
            raise ValueError(f"{node} says that it gives {[dtype.name for dtype in attrs['Tout'][:10]]}, but gives "
                             f"{[dtype.name for dtype in types[:10]]}.")
        index = self._first_branch(f"{self._names[node.name]}/branch_index")
        stateful = any(op_defs.is_stateful(op.definition) for op in body._operations)
        op = Operation(self._graph, self._names[node.name], lookup("Case" if stateful else "StatelessCase"),
                       (index, *inputs), self._controls(node),
                       {"Tin": [tensor.dtype.base_dtype for tensor in inputs], "Tout": types, "branches": [body],
                        "output_shapes": shapes})
        op._outputs = tuple(Tensor(op, i, dtype, shape)
                            for i, (dtype, shape) in enumerate(zip(types, shapes, strict=True)))
        op.device = _device_of(node)
        body.owner = op
        return Made(op, op._outputs, {})

    def _first_branch(self, name: str) -> Tensor:
        attrs = {"value": np.zeros((), np.int32), "dtype": dtypes.int32}
        op = Operation(self._graph, self._free_name(name), lookup("Const"), (), (), attrs)
        op._outputs = (Tensor(op, 0, dtypes.int32, TensorShape([])),)
        self.operations.append(op)
        return op._outputs[0]

    def _body(self, node: Node, attr: str, function: Function, given: list[Tensor],
              shapes: list[TensorShape]) -> BodyGraph:
        body = BodyGraph(self._graph, f"{attr} ('{function.name}') of '{self._names[node.name]}'",
                         self._reading.name_in(self._graph.root, function.name), has_own_names=True)
        with body.building(), body.device(None), body.colocate_with(None, ignore_existing=True):
            mapped: dict[Source | str, Any] = {}
            for argument, tensor, shape in zip(function.arguments, given, shapes, strict=True):
                body.names.reserve(argument.name)
                shape = _merged(f"{node}: the argument '{argument.name}' of the function '{function.name}'",
                                argument.shape, shape)
                if not tensor.shape.is_compatible_with(shape):
                    raise ValueError(f"{node}: its input {tensor.name} has the shape {tensor.shape}, but the function "
                                     f"'{function.name}' takes {shape}.")
                mapped[argument.name, 0] = body.argument_for(tensor, shape, argument.name)
            maker = NodeMaker(self._reading, body, function.nodes, mapped, {name: name for name in function.nodes},
                              function.definitions, function.attributes)
            maker.make()
            add_all(body, maker.operations)
            body.results = [maker.tensor(source, f"The function '{function.name}'") for source in function.sources]
            needed = body.needed_for(body.results, ())
            body.targets = [op for op in maker.to_run(function) if op not in needed]
        return body

    def to_run(self, function: Function) -> list[Operation]:
        """The operations of a function that run whether anything takes what they give or not."""
        asked = [self.made[name].op for name in function.targets]
        return list(dict.fromkeys([*asked, *filter(_acts, self.operations)]))

    # Calls.

    def _put_in_place(self, node: Node, function: Function) -> Made:
        """Makes the operations of a function that a node calls."""
        given = [self.tensor(source, str(node)) for source in node.inputs]
        _check_arguments(node, function, given)
        name = self._names[node.name]
        names = {inner: self._free_name(f"{name}/{inner}") for inner in function.nodes}
        mapped: dict[Source | str, Any] = {
            (argument.name, 0): tensor for argument, tensor in zip(function.arguments, given, strict=True)}
        maker = NodeMaker(self._reading, self._graph, function.nodes, mapped, names, function.definitions,
                          function.attributes, self._controls(node))
        maker._taken = self._taken
        maker.make()
        results = tuple(maker.tensor(source, f"The function '{function.name}'") for source in function.sources)
        self.operations.extend(maker.operations)
        controls = tuple(maker.to_run(function)) or self._controls(node)
        if any(tensor.dtype.is_ref_dtype or tensor.dtype.name == "resource" for tensor in results) or not results:
            op = Operation(self._graph, name, lookup("NoOp"), (), controls, {})
            outputs = results
        else:
            types = [tensor.dtype for tensor in results]
            op = Operation(self._graph, name, lookup("IdentityN"), results, controls, {"T": types})
            op._outputs = outputs = tuple(Tensor(op, i, tensor.dtype, tensor.shape)
                                          for i, tensor in enumerate(results))
        op.device = _device_of(node)
        # Gradients that are functions of a file have no form here: tf.gradients says so, by the name.
        op.gradient_type = self._reading.library.gradient_of(function.name)
        places = function.places if node.type in self._reading.library else {"output": (0, len(results))}
        return Made(op, outputs, places)

    def _free_name(self, name: str) -> str:
        free, count = name, 0
        while free in self._taken or free in self._graph._by_name:
            count += 1
            free = f"{name}_{count}"
        self._taken.add(free)
        return free


def add_all(graph: Graph, operations: Iterable[Operation]) -> None:
    """Adds operations that have been made to their graph.

    One that is colocated with another loses its own device, and what device scopes say of it: it takes the device
    of the first of those that it belongs with that has one.
    """
    colocated: dict[Operation, list[str]] = {}
    for op in operations:
        members = map(node_reading.group_member, op.colocation)
        others = [member for member in members if member is not None and member != op.name]
        if others:
            colocated[op] = others
            op.device = ""
        graph.names.reserve(op.name)
        insert(op, takes_device=not others)
    for op, others in colocated.items():
        found = [device for name in others if (device := graph.get_operation_by_name(name).device)]
        if found:
            op.device = devices.canonical_name(found[0])


def _acts(op: Operation) -> bool:
    """Whether an operation does what can be seen without taking what it gives."""
    if not op_defs.is_stateful(op.definition):
        return False
    # That its values cannot go through XLA is no deed.
    is_host = op.definition.host or (op.definition.bodies is not None and effects_of(op).host)
    return is_host or bool(effects_of(op).writes) or not op._outputs


def _places(op: Operation) -> dict[str, tuple[int, int]]:
    args = op.definition.outputs
    return {arg.name: (section.start, section.stop) if isinstance(section, slice) else (section, section + 1)
            for arg, section in zip(args, sections(args, op.attributes), strict=True)}


def _check_arguments(node: Node, function: Function, given: list[Tensor]) -> None:
    if len(given) != len(function.arguments):
        raise ValueError(f"{node} gives the function '{function.name}' {len(given)} arguments, but it takes "
                         f"{len(function.arguments)}: {[argument.name for argument in function.arguments[:10]]}.")
    for argument, tensor in zip(function.arguments, given, strict=True):
        if argument.dtype is not tensor.dtype.base_dtype:
            raise ValueError(f"{node} gives the function '{function.name}' {tensor.name} of type "
                             f"{tensor.dtype.name} as '{argument.name}', which is {argument.dtype.name}.")
        if argument.is_ref and (not tensor.dtype.is_ref_dtype or variable_of(tensor) is None):
            raise ValueError(f"{node} gives the function '{function.name}' {tensor.name} as '{argument.name}', which "
                             "must be a variable.")


def _check_results(node: Node, function: Function, body: BodyGraph, types: list[Any] | None) -> None:
    for declared, tensor in zip(function.results, body.results, strict=True):
        if declared.dtype is not tensor.dtype.base_dtype:
            raise ValueError(f"The function '{function.name}' gives {tensor.dtype.name} as its result "
                             f"'{declared.name}', which should be {declared.dtype.name}.")
    given = [tensor.dtype.base_dtype for tensor in body.results]
    if types is None:
        if len(given) != 1 or not (given[0].is_bool or given[0].is_integer or given[0].is_floating):
            raise ValueError(f"{node}: its condition, the function '{function.name}', must give one bool, but gives "
                             f"{[dtype.name for dtype in given[:10]]}.")
    elif given != types:
        raise ValueError(f"{node}: the function '{function.name}' gives {[dtype.name for dtype in given[:10]]}, but "
                         f"the node says {[dtype.name for dtype in types[:10]]}.")


def _merged(place: str, one: TensorShape, other: TensorShape) -> TensorShape:
    try:
        return one.merge_with(other)
    except ValueError:
        raise ValueError(f"{place} is said to have the shape {one}, but here it has {other}.") from None


def _shapes(node: Node, op: Operation, inputs: list[Tensor], grouped: list[Any]) -> list[Any]:
    """The static shapes of the outputs: what the op's rule says, and what the file does."""
    try:
        shapes = list(building.output_shapes(op.definition, op.name, inputs, grouped, op.attributes))
    except (TypeError, LookupError, ArithmeticError, AttributeError) as error:
        # Attributes that are each allowed, but not together (no strides where four are needed).
        raise ValueError(f"{node}: the shapes of its outputs cannot be found from its attributes and inputs: "
                         f"{type(error).__name__}: {error}") from error
    own = op.attributes["output_shapes"] if op.definition.bodies is not None else []
    for attr, written in (("output_shapes", own), ("_output_shapes", node_reading.written_shapes(node))):
        for i, shape in enumerate(written[:len(shapes)]):
            try:
                shapes[i] = shapes[i].merge_with(shape)
            except ValueError as error:
                raise ValueError(f"{node} has an {attr} attribute inconsistent with the GraphDef for output "
                                 f"#{i}: {error}") from None
    return shapes


def _device_of(node: Node) -> str:
    try:
        return devices.canonical_name(node.message.device)
    except ValueError as error:
        raise ValueError(f"{node}: {error}") from None
