"""Vertices as a GraphDef with a function library.

Each function and the graph itself are written in an order in which every node stands behind what it needs; on the way,
arrays become the lists that they are at each place.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from tensorboard.compat.proto import (
    attr_value_pb2,
    function_pb2,
    node_def_pb2,
    op_def_pb2,
    tensor_pb2,
    tensor_shape_pb2,
    types_pb2,
)

from millpond.graph.frames_arrays import Array, Handled, family
from millpond.graph.frames_graph import Body, FlowGraph, Tensor, Vertex, attr_of, base_type, in_order
from millpond.graph.frames_lists import OUTPUTS, write_list_node

_VARIANT = types_pb2.DT_VARIANT
_UNKNOWN_SHAPE = tensor_shape_pb2.TensorShapeProto(unknown_rank=True)
# Up to how many changes of arrays it is found out which of them a node of the graph depends on.
_MAX_CHANGES = 4096


def write_graph(graph: FlowGraph, body: Body, handled: Mapping[Vertex, Handled]) -> tuple[list[Any], list[Any]]:
    """The nodes of a graph without conditions, and new functions that they call."""
    writing = _Writing(graph, handled)
    scope = _Scope(writing, body, None)
    scope.write()
    functions = list(writing.called())
    names = {node.name for node in scope.nodes}
    for node in scope.nodes:
        _keep_colocation(node, names)
    return scope.nodes, functions


def write_function(graph: FlowGraph, body: Body, handled: Mapping[Vertex, Handled], function: Any) -> list[Any]:
    """A function without conditions, and new ones that it calls."""
    writing = _Writing(graph, handled)
    signature = function.signature
    types = [graph.type_of((graph.outside[arg.name], 0)) for arg in signature.input_arg]
    names = [arg.name for arg in signature.input_arg]
    body.arguments = {(graph.outside[name], 0): i for i, name in enumerate(names)}
    results = [arg.type for arg in signature.output_arg]
    made = _Function(writing, signature.name, body, types, [], results, [])
    scope = _Scope(writing, body, made, names)
    scope.write()
    result = function_pb2.FunctionDef()
    result.CopyFrom(function)
    for arg, text in zip(signature.output_arg, made.texts(scope, names), strict=True):
        result.ret[arg.name] = text
    del result.signature.control_output[:]
    result.control_ret.clear()
    made.fill(result, scope, {*names, *(arg.name for arg in signature.output_arg)})
    return [result, *writing.called()]


def _keep_colocation(node: Any, names: set[str]) -> None:
    """Leaves of the groups that a node is colocated with those whose node is still there."""
    if "_class" not in node.attr:
        return
    groups = list(node.attr["_class"].list.s)
    kept = [group for group in groups
            if not group.startswith(b"loc:@") or group[5:].decode("utf-8", "replace") in names]
    if len(kept) < len(groups):
        del node.attr["_class"]
        if kept:
            node.attr["_class"].list.s.extend(kept)


class _Writing:
    """What all functions of a GraphDef share.

    Attributes:
      waiting: Functions that are called, and not written yet.
      handled: What nodes have to do with arrays.
      made: The array whose first handle a node gives.
    """

    def __init__(self, graph: FlowGraph, handled: Mapping[Vertex, Handled]) -> None:
        self.graph = graph
        self.handled = handled
        self.waiting: deque[_Function] = deque()
        arrays = {array for one in handled.values() for array in (one.array, one.value) if array is not None}
        arrays |= {array for vertex in handled for array in vertex.uses}
        self.made = {array.maker: array for array in arrays if array.forward is None}

    def called(self) -> Iterator[Any]:
        """The messages of the functions that are called, and of those that they call."""
        while self.waiting:
            yield self.waiting.popleft().message()

    def element_type(self, array: Array) -> int:
        """The type of an array's elements."""
        while True:
            if array.forward is not None:
                array = array.forward
            elif array.stack is not None and array.stack.kept and array.stack.kept[0] is not array:
                array = array.stack.kept[0]
            else:
                break
        for name in ("dtype", "elem_type"):
            if name in array.maker.attr and array.stack is None:
                type = array.maker.attr[name].type
                return _VARIANT if type == types_pb2.DT_RESOURCE else type
        raise ValueError(f"{array.maker} gives the handle of an array, but of which array cannot be found.")

    def call(self, vertex: Vertex, body: Body, title: str, arguments: list[int], arrays: list[Array],
             results: list[int], given: list[Array]) -> Any:
        """The attribute that calls a new function."""
        scope = vertex.name.rpartition("/")[0].replace("/", "_")
        name = self.graph.unique_name(f"{scope}_{title}" if scope else title)
        self.waiting.append(_Function(self, name, body, arguments, arrays, results, given))
        return attr_value_pb2.AttrValue(func=attr_value_pb2.NameAttrList(name=name))


class _Function:
    """A function to be written.

    Attributes:
      arguments, results: The types of its arguments and results, but for lists.
      arrays: The arrays whose lists are its last arguments.
      given: The arrays whose lists are its last results.
    """

    def __init__(self, writing: _Writing, name: str, body: Body, arguments: list[int], arrays: list[Array],
                 results: list[int], given: list[Array]) -> None:
        self.writing = writing
        self.name = name
        self.body = body
        self.arguments = arguments
        self.arrays = arrays
        self.results = results
        self.given = given

    def message(self) -> Any:
        result = function_pb2.FunctionDef()
        signature = result.signature
        signature.name = self.name
        used: set[str] = set()
        wanted = {i: tensor[0].name for tensor, i in self.body.arguments.items()}
        wanted.update((len(self.arguments) + i, array.maker.name) for i, array in enumerate(self.arrays))
        types = self.arguments + [_VARIANT] * len(self.arrays)
        names = [_argument_name(wanted.get(i, "unused"), used) for i in range(len(types))]
        signature.input_arg.extend(map(_argument, names, types))
        scope = _Scope(self.writing, self.body, self, names)
        scope.write()
        types = self.results + [_VARIANT] * len(self.given)
        for i, (text, type) in enumerate(zip(self.texts(scope, names), types, strict=True)):
            name = _argument_name(f"result_{i}", used)
            signature.output_arg.append(_argument(name, type))
            result.ret[name] = text
        self.fill(result, scope, used)
        return result

    def fill(self, result: Any, scope: _Scope, used: set[str]) -> None:
        """Puts the nodes into the message, and the names of those that have to run."""
        del result.node_def[:]
        result.node_def.extend(scope.nodes)
        for node in result.node_def:
            _keep_colocation(node, set())
        written = {node.name for node in scope.nodes}
        for vertex in dict.fromkeys(self.body.targets):
            if vertex.name in written:
                name = _argument_name(vertex.name, used)
                result.control_ret[name] = vertex.name
                result.signature.control_output.append(name)
        result.signature.is_stateful = any(self.writing.graph.is_stateful(vertex) for vertex in self.body.vertices)

    def texts(self, scope: _Scope, names: list[str]) -> list[str]:
        """Values first, then what a body of a loop passes on as it is, then lists."""
        values = [scope.nothing(type) if tensor is None else scope.value(tensor, type)
                  for tensor, type in zip(self.body.results, self.results, strict=False)]
        values += names[len(values):len(self.results)]
        for array in self.given:
            values.append(scope.last_list(array))
        return values


def _argument(name: str, type: int) -> Any:
    return op_def_pb2.OpDef.ArgDef(name=name, type=type, is_ref=base_type(type) != type)


def _argument_name(text: str, used: set[str]) -> str:
    """A name of the form that the arguments of functions have, and that none has yet."""
    name = re.sub(r"[^a-z0-9_]", "_", text.lower()) or "_"
    if not "a" <= name[0] <= "z":
        name = f"arg_{name}"
    made, count = name, 0
    while made in used:
        count += 1
        made = f"{name}_{count}"
    used.add(made)
    return made


class _Scope:
    """The graph, or a function, being written.

    Attributes:
      nodes: What has been written.
    """

    def __init__(self, writing: _Writing, body: Body, function: _Function | None, names: list[str] | None = None
                 ) -> None:
        self.nodes: list[Any] = []
        self._writing = writing
        self._graph = writing.graph
        self._body = body
        self._function = function
        self._texts: dict[Tensor, str] = {}
        # Of each array the lists that it becomes, by the vertex that changes it (None: what makes it).
        self._lists: dict[Array, dict[Vertex | None, str]] = {}
        self._constants: dict[Any, str] = {}
        self._members = set(body.vertices)
        if function is not None and names is not None:
            self._texts.update((tensor, names[i]) for tensor, i in body.arguments.items())
            for array, name in zip(function.arrays, names[len(function.arguments):], strict=True):
                self._lists[array] = {None: name}

    def write(self) -> None:
        place = f"the function '{self._function.name}'" if self._function else "the graph"
        self._order_pushed_lists()
        order = in_order(self._body.vertices, place)
        self._seen = _Seen(order) if self._function is None else None
        for vertex in order:
            if family(vertex.op):
                write_list_node(self, vertex, self._writing.handled.get(vertex))
            elif vertex.bodies:
                self._write_call(vertex)
            else:
                self._write_node(vertex.name, vertex.op, [self.text(tensor) for tensor in vertex.inputs], vertex.attr,
                                 vertex)
            made = self._writing.made.get(vertex)
            if made is not None and made not in self._lists:
                self._lists[made] = {None: self.text((vertex, 0))}

    def _order_pushed_lists(self) -> None:
        """Lets what keeps the list of an array on a stack wait for all that changes it."""
        for vertex in self._body.vertices:
            handled = self._writing.handled.get(vertex)
            if handled is not None and handled.value is not None:
                vertex.controls += [other for other in self._body.vertices
                                    if other is not vertex and other.uses.get(handled.value)]

    # What nodes on lists ask for (`frames_lists.Scope`).

    def text(self, tensor: Tensor) -> str:
        known = self._texts.get(tensor)
        if known is not None:
            return known
        vertex, index = tensor
        if self._function is not None:
            if vertex not in self._members:
                raise ValueError(f"{vertex} is used in the function '{self._function.name}', where it is not known.")
            if vertex.bodies:
                return f"{vertex.name}:output:{index}"
            return self._graph.output_name(tensor)
        return f"{vertex.name}:{index}" if index else vertex.name

    def gives(self, tensor: Tensor, text: str) -> None:
        self._texts[tensor] = text

    def add(self, op: str, inputs: list[str], attr: Mapping[str, Any], at: Vertex, own: bool = False,
            keeps: Sequence[str | int] | None = None) -> list[str]:
        is_apart = keeps is not None and self._function is None
        name = at.name if own and not is_apart else self._graph.unique_name(f"{at.name}/{op}")
        self._write_node(name, op, inputs, attr, at if own else None)
        if self._function is not None:
            return [f"{name}:{output}:0" for output in OUTPUTS.get(op, ())]
        made = [f"{name}:{i}" if i else name for i in range(len(OUTPUTS.get(op, ())))]
        if is_apart:
            assert keeps is not None
            # In the graph itself, others may ask for the node by its name.
            types = list(self._graph.types_of(at))
            if types[0] == types_pb2.DT_RESOURCE or op == "TensorListReserve":
                types[0] = _VARIANT
            kept = [made[tensor] if isinstance(tensor, int) else tensor for tensor in keeps[:len(types)]]
            self._write_node(at.name, "IdentityN", [*kept, f"^{name}"], attr_of(types_T=types), None)
        return made

    def numbers(self, values: int | list[int] | float, type: int) -> str:
        key = (tuple(values) if isinstance(values, list) else values), type
        if key not in self._constants:
            shape = tensor_shape_pb2.TensorShapeProto()
            if isinstance(values, list):
                shape.dim.add(size=len(values))
            message = tensor_pb2.TensorProto(dtype=type, tensor_shape=shape)
            field = {types_pb2.DT_INT32: message.int_val, types_pb2.DT_INT64: message.int64_val,
                     types_pb2.DT_FLOAT: message.float_val}[type]
            field.extend(values if isinstance(values, list) else [values])
            name = self._graph.unique_name("lists/flow" if type == types_pb2.DT_FLOAT else "lists/numbers")
            self._write_node(name, "Const", [], attr_of(type_dtype=type, tensor_value=message), None)
            self._constants[key] = f"{name}:output:0" if self._function is not None else name
        return self._constants[key]

    def list_of(self, array: Array, user: Vertex) -> str:
        lists = self._lists.get(array)
        if lists is None:
            if array.forward is None:
                raise ValueError(f"{user} uses the array or stack that '{array.maker.name}' makes, which is not known "
                                 "where it stands.")
            lists = self._lists[array] = {None: self._new_gradient(array, user)}
        if self._seen is not None and array not in self._seen.tangled:
            return lists.get(self._seen.latest(array, user), lists[None])
        return next(reversed(lists.values()))

    def _new_gradient(self, array: Array, user: Vertex) -> str:
        assert array.forward is not None
        length = self.add("TensorListLength", [self.list_of(array.forward, user)], {}, array.maker)
        attr = attr_of(type_element_dtype=self._writing.element_type(array), type_shape_type=types_pb2.DT_INT32)
        inputs = [self.numbers(-1, types_pb2.DT_INT32), *length]
        return self.add("TensorListReserve", inputs, attr, array.maker)[0]

    def changes(self, array: Array, user: Vertex, text: str) -> None:
        self._lists[array][user] = text

    def is_new(self, array: Array) -> bool:
        is_argument = self._function is not None and array in self._function.arrays
        return not is_argument and len(self._lists.get(array, {None: ""})) == 1

    # What the results of a function are.

    def value(self, tensor: Tensor, type: int) -> str:
        """A result; read if it is a reference, but not to be given as one."""
        text = self.text(tensor)
        if base_type(type) == type and self._graph.is_reference(tensor):
            name = self._graph.unique_name(f"{tensor[0].name}/value")
            self._write_node(name, "Identity", [text], attr_of(type_T=type), None)
            return f"{name}:output:0"
        return text

    def nothing(self, type: int) -> str:
        """What stands for a result that the other branch gives, and that nobody looks at when this one runs."""
        name = self._graph.unique_name("nothing")
        attr = attr_of(type_dtype=type) | {"shape": attr_value_pb2.AttrValue(shape=_UNKNOWN_SHAPE)}
        self._write_node(name, "FakeParam", [], attr, None)
        return f"{name}:output:0"

    def last_list(self, array: Array) -> str:
        """The list that an array has become in the end; nothing in a branch that does not make it."""
        lists = self._lists.get(array)
        if lists is not None:
            return next(reversed(lists.values()))
        return self.nothing(_VARIANT)

    # Nodes.

    def _write_node(self, name: str, op: str, inputs: Iterable[str], attr: Mapping[str, Any], vertex: Vertex | None
                    ) -> None:
        node = node_def_pb2.NodeDef(name=name, op=op, input=inputs)
        for key, value in attr.items():
            node.attr[key].CopyFrom(value)
        if vertex is not None:
            node.device = vertex.device
            node.input.extend(f"^{source.name}" for source in dict.fromkeys(vertex.controls)
                              if source in self._members or (self._function is None and source in
                                                             self._graph.outside.values()))
        self.nodes.append(node)

    def _write_call(self, vertex: Vertex) -> None:
        arrays = list(vertex.uses)
        inputs = [self.text(tensor) for tensor in vertex.inputs] + [self.list_of(array, vertex) for array in arrays]
        types = list(self._graph.types_of(vertex))
        changed = [array for array, is_changed in vertex.uses.items() if is_changed]
        if vertex.op == "While":
            given = arrays
            attr = dict(vertex.attr)
            attr |= attr_of(types_T=types + [_VARIANT] * len(arrays))
            attr["cond"] = self._writing.call(vertex, vertex.bodies[0], "cond", types, arrays, [types_pb2.DT_BOOL], [])
            attr["body"] = self._writing.call(vertex, vertex.bodies[1], "body", types, arrays, types, arrays)
            shapes = attr_value_pb2.AttrValue.ListValue(shape=[_UNKNOWN_SHAPE] * (len(types) + len(arrays)))
            attr["output_shapes"] = attr_value_pb2.AttrValue(list=shapes)
        else:
            given = changed + list(vertex.creates)
            taken = [self._graph.type_of(tensor) for tensor in vertex.inputs[1:]]
            attr = attr_of(type_Tcond=types_pb2.DT_BOOL, types_Tin=taken + [_VARIANT] * len(arrays),
                           types_Tout=types + [_VARIANT] * len(given))
            for key, title, body in zip(("else_branch", "then_branch"), ("false", "true"), vertex.bodies, strict=True):
                attr[key] = self._writing.call(vertex, body, title, taken, arrays, types, given)
        op = vertex.op if self._graph.is_stateful(vertex) else f"Stateless{vertex.op}"
        self._write_node(vertex.name, op, inputs, attr, vertex)
        for i, array in enumerate(given, len(types)):
            text = f"{vertex.name}:output:{i}" if self._function else f"{vertex.name}:{i}" if i else vertex.name
            if array in vertex.creates:
                self._lists[array] = {None: text}
            elif vertex.uses[array]:
                self.changes(array, vertex, text)


class _Seen:
    """Which changes of an array a node of the graph depends on.

    Attributes:
      tangled: The arrays of which that is no single line of changes; those are changed in the order of writing.
    """

    def __init__(self, order: list[Vertex]) -> None:
        self._masks: dict[Vertex, int] = {}
        self._changes: dict[Array, int] = {}
        self.tangled: set[Array] = set()
        self._changing = [vertex for vertex in order if any(vertex.uses.values())]
        if len(self._changing) > _MAX_CHANGES:
            self.tangled = {array for vertex in self._changing for array in vertex.uses}
            return
        own = {vertex: 1 << i for i, vertex in enumerate(self._changing)}
        for vertex in self._changing:
            for array, is_changed in vertex.uses.items():
                if is_changed:
                    self._changes[array] = self._changes.get(array, 0) | own[vertex]
        for vertex in order:
            mask = 0
            for source in (*(tensor[0] for tensor in vertex.inputs), *vertex.controls):
                mask |= self._masks.get(source, 0) | own.get(source, 0)
            self._masks[vertex] = mask
            for array in vertex.uses:
                seen = mask & self._changes.get(array, 0)
                if seen:
                    last = self._changing[seen.bit_length() - 1]
                    if seen != self._masks[last] & self._changes[array] | own[last]:
                        self.tangled.add(array)

    def latest(self, array: Array, user: Vertex) -> Vertex | None:
        """The last of the changes that a node depends on."""
        seen = self._masks.get(user, 0) & self._changes.get(array, 0)
        return self._changing[seen.bit_length() - 1] if seen else None
