"""Nodes as a GraphDef holds them: names, inputs and order checked, attributes read.

A GraphDef comes from a file, so nothing of it is trusted: every error names the node.

    node.input    data inputs first ("a" is output 0 of node a, "a:1" its output 1), then control inputs ("^a")
    node.attr     by name; those that begin with "_" belong to no signature:
                    _class             groups of operations that share a device ("loc:@a")
                    _output_shapes     static shapes, as far as the writer knew them
                    _gradient_op_type  the gradient, in place of that of the op's type
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from millpond.errors import DataLossError
from millpond.graph import attributes, names
from millpond.graph.opdef import Attr, OpDefinition
from millpond.shapes import TensorShape

# Attributes that are read by functions of their own.
_APART = ("_class", "_output_shapes", "_gradient_op_type")
_COLOCATED = "loc:@"
# Attributes of later releases that tell TensorFlow's executor something, and never change a value: that a matrix
# product belongs to a gradient, what to call a variable in messages.
_HINTS = frozenset({"debug_name", "grad_a", "grad_b", "grad_x", "grad_y"})

# What an input comes from: see `Node`.
Source = tuple[str, int | tuple[str, int]]


@dataclass(frozen=True)
class Node:
    """A node whose name and inputs have been read.

    Attributes:
      message: Its `NodeDef`.
      inputs: What each data input comes from: the name of a node and the number of its output, or, in a function, the
        name of the output argument and the number in it.
      controls: Names of the control inputs.
      function: Name of the function that it is part of, or nothing.
    """

    message: Any
    inputs: tuple[Source, ...]
    controls: tuple[str, ...]
    function: str = ""

    @property
    def name(self) -> str:
        return self.message.name

    @property
    def type(self) -> str:
        return self.message.op

    def __str__(self) -> str:
        return _described(self.message, self.function)


def _described(message: Any, function: str) -> str:
    return f"Node '{message.name}' ({message.op})" + (f" of the function '{function}'" if function else "")


def all_nodes(graph_def: Any) -> list[Any]:
    """The nodes of a `GraphDef`, and those of its functions."""
    return [*graph_def.node, *(node for function in graph_def.library.function for node in function.node_def)]


def parse_tensor_name(text: str, place: str) -> tuple[str, int]:
    """`"a:1"` to ("a", 1); `"a"` is its output 0.

    Raises:
      ValueError: If what follows the colon is no number.
    """
    name, colon, index = text.partition(":")
    if colon and not (index.isascii() and index.isdigit() and len(index) < 10):
        raise ValueError(f"{place}: the input '{text}' is not of the form 'node' or 'node:output_index'.")
    return name, int(index or 0)


def read_nodes(messages: Iterable[Any], mapped: Container[Any] = (), function: str = "",
               parse: Callable[[str, str], Source] = parse_tensor_name) -> dict[str, Node]:
    """The nodes of a GraphDef, or of one of its functions, by name, in its order.

    Args:
      messages: Its `NodeDef`s.
      mapped: Inputs (`("a", 1)`, or `"a"` for the control input `"^a"`) that come from elsewhere.
      function: The name of the function.
      parse: Reads a data input; it is given what errors call the node.

    Raises:
      ValueError: If a name is bad or there twice, a node has no op, or an input cannot be.
    """
    nodes: dict[str, Node] = {}
    for message in messages:
        names.check_op_name(message.name)
        if message.name in nodes:
            raise ValueError(f"Node '{message.name}' is not unique: the {'function' if function else 'GraphDef'} has "
                             "two of this name.")
        if not message.op:
            raise ValueError(f"Node '{message.name}' does not specify an operation.")
        nodes[message.name] = _read_inputs(message, function, parse)
    for node in nodes.values():
        for source in (*node.inputs, *node.controls):
            name = source if isinstance(source, str) else source[0]
            if name not in nodes and source not in mapped:
                raise ValueError(f"{node}: Unknown input node '{name}'; the {'function' if function else 'GraphDef'} "
                                 "has no node of this name.")
    return nodes


def _read_inputs(message: Any, function: str, parse: Callable[[str, str], Source]) -> Node:
    inputs = []
    place = _described(message, function)
    controls: dict[str, None] = {}
    for text in message.input:
        if text.startswith("^"):
            controls[text[1:]] = None
            continue
        if controls:
            raise ValueError(f"{place}: Control dependencies must come after regular dependencies, but the input "
                             f"'{text}' follows '^{next(iter(controls))}'.")
        inputs.append(parse(text, place))
    return Node(message, tuple(inputs), tuple(controls), function)


def in_order(nodes: Mapping[str, Node], sources: Callable[[Node], Iterable[str]]) -> list[Node]:
    """The nodes so that each stands after what it needs, and otherwise as they come.

    Args:
      nodes: By name.
      sources: Gives the names of the nodes that one needs.

    Raises:
      ValueError: If some need each other in a circle.
    """
    waiting = {name: set(sources(node)) for name, node in nodes.items()}
    needed_by: dict[str, list[str]] = {}
    for name, needs in waiting.items():
        for source in needs:
            needed_by.setdefault(source, []).append(name)
    place = {name: i for i, name in enumerate(nodes)}
    by_place = list(nodes)
    ready = [place[name] for name, needs in waiting.items() if not needs]
    order = []
    while ready:
        name = by_place[heapq.heappop(ready)]
        order.append(nodes[name])
        for consumer in needed_by.get(name, ()):
            waiting[consumer].discard(name)
            if not waiting[consumer]:
                heapq.heappush(ready, place[consumer])
    if len(order) < len(nodes):
        left = [name for name, needs in waiting.items() if needs]
        raise ValueError(f"{len(left)} nodes in a cycle, or behind one: {', '.join(map(repr, left[:10]))}.")
    return order


def read_attributes(node: Node, definition: OpDefinition, producer_defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a node as rules see them, with the defaults of those that it does not have.

    Args:
      node: The node.
      definition: Its op.
      producer_defaults: The `AttrValue` that attributes had by default in the program that wrote the graph: one
        that is unknown here and has its default says nothing.

    Raises:
      ValueError: If an attribute is missing, of another kind or not allowed, or unknown here and not empty.
    """
    result: dict[str, Any] = {}
    for key, message in sorted(node.message.attr.items()):
        attr = definition.attrs.get(key)
        if attr is not None:
            result[key] = _read_attribute(node, attr, message)
        elif key.startswith("_"):
            if key not in _APART:
                result[key] = attributes.from_attr_value(message, None, f"{node}: attribute '{key}'")
        elif key not in _HINTS and not _says_nothing(message) and message != producer_defaults.get(key):
            raise ValueError(f"{node} has an attribute '{key}' that the op does not have here; it has "
                             f"{sorted(definition.attrs)}. Its value: {str(message).strip():.100}")
    for key, attr in definition.attrs.items():
        if key not in result:
            if attr.default is Attr.REQUIRED:
                raise ValueError(f"{node}: NodeDef missing attr '{key}' ({attr.kind}).")
            result[key] = attr.default
    return result


def _read_attribute(node: Node, attr: Attr, message: Any) -> Any:
    place = f"{node}: attribute '{attr.name}'"
    if attr.kind.startswith("list(") and message.WhichOneof("value") is None:
        return attributes.normalise(node.type, attr, [])  # a list of nothing, as some writers put it
    try:
        value = attributes.from_attr_value(message, attr.kind, place)
        return attributes.normalise(node.type, attr, value)
    except (TypeError, ValueError, DataLossError, NotImplementedError) as error:
        told = str(error)
        raise ValueError(told if told.startswith(place) else f"{place}: {told}") from None


def _says_nothing(message: Any) -> bool:
    """Whether an attribute is false, zero or empty: what writers of later releases add to say that all is as before."""
    field = message.WhichOneof("value")
    if field is None:
        return True
    value = getattr(message, field)
    return not value.ListFields() if field == "list" else field in ("b", "i", "f", "s") and not value


def colocation_of(node: Node, nodes: Mapping[str, Node], new_name: Callable[[str], str]) -> tuple[str, ...]:
    """The groups that a node shares a device with, under their new names; of a function's node only those inside it.

    Raises:
      ValueError: If the GraphDef has no node of that name.
    """
    groups = []
    for data in node.message.attr["_class"].list.s if "_class" in node.message.attr else ():
        text = data.decode("utf-8", "surrogateescape")
        if text.startswith(_COLOCATED):
            target = text.removeprefix(_COLOCATED)
            if target not in nodes:
                if node.function:
                    continue
                raise ValueError(f"{node} expects to be colocated with unknown node '{target}'.")
            text = _COLOCATED + new_name(target)
        groups.append(text)
    return tuple(groups)


def group_member(group: str) -> str | None:
    """The name of the operation that a group is called after."""
    return group.removeprefix(_COLOCATED) if group.startswith(_COLOCATED) else None


def gradient_type_of(node: Node) -> str | None:
    """The gradient that `gradient_override_map` gave the node."""
    key = "_gradient_op_type"
    return node.message.attr[key].s.decode() if key in node.message.attr else None


def written_shapes(node: Node) -> list[TensorShape]:
    """The static shapes of the outputs as the writer knew them; may be fewer, or more, than there are."""
    key = "_output_shapes"
    if key not in node.message.attr:
        return []
    return [attributes.shape_from_proto(shape, f"{node}: attribute '{key}'")
            for shape in node.message.attr[key].list.shape]
