"""The function library of a GraphDef, read when its functions are used (`function_writing.py` shows the form).

A library comes from a file: functions that call each other in a circle, or so deep or so often that putting them
together would never end, are refused before anything is made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from millpond import dtypes
from millpond.dtypes import DType
from millpond.graph import attributes, function_instances, node_reading
from millpond.graph.node_reading import Node, Source
from millpond.graph.opdef import OpDefinition
from millpond.graph.renamed import definition_of
from millpond.shapes import TensorShape

# How deep functions may lie in each other, and how many nodes they may come to, each counted wherever it is used.
MAX_DEPTH = 64
MAX_NODES = 1 << 20

# Ops that do nothing but call a function.
CALLS = {"PartitionedCall": "f", "StatefulPartitionedCall": "f"}


@dataclass(frozen=True)
class Argument:
    """What a function takes or gives.

    Attributes:
      name: Its name.
      dtype: Its dtype.
      is_ref: Whether it is the reference of a variable.
      shape: What is known of its shape.
    """

    name: str
    dtype: DType
    is_ref: bool
    shape: TensorShape


@dataclass
class Function:
    """A function that has been read.

    Attributes:
      name: Its name in the library.
      arguments, results: What it takes and gives.
      nodes: Its nodes by name.
      sources: Where each of `results` comes from.
      targets: Names of nodes that have to run.
      definitions: The definition of each op type in it that is no call.
      attributes: The attributes of its nodes, once they have been read.
      places: Where the results of each name begin and end.
    """

    name: str
    arguments: list[Argument]
    results: list[Argument]
    nodes: dict[str, Node]
    sources: list[Source]
    targets: list[str]
    definitions: dict[str, OpDefinition]
    attributes: dict[str, dict[str, Any]] = field(default_factory=dict)
    places: dict[str, tuple[int, int]] = field(default_factory=dict)


class LibraryReader:
    """The functions of one GraphDef.

    Args:
      library: Its `FunctionDefLibrary`.
      definitions: Finds the definitions of the op types of nodes, or raises.

    Raises:
      ValueError: If a function has no name, or that of another which is not the same.
    """

    def __init__(self, library: Any, definitions: Callable[[Mapping[str, Node]], dict[str, OpDefinition]]) -> None:
        self._messages: dict[str, Any] = {}
        self._read: dict[str, Function] = {}
        self._definitions = definitions
        self._gradients = {gradient.function_name: gradient.gradient_func for gradient in library.gradient}
        for message in library.function:
            name = message.signature.name
            if not name:
                raise ValueError("The library of the GraphDef has a function without a name.")
            if self._messages.setdefault(name, message) != message:
                raise ValueError(f"The library of the GraphDef has two different functions of the name '{name}'.")

    def __contains__(self, name: str) -> bool:
        return name in self._messages

    def called_by(self, node: Node) -> str | None:
        """The function that a node does nothing but call, or None where it is of another kind.

        Raises:
          ValueError: If the node does not say which.
        """
        if node.type in self._messages:
            return node.type
        if node.type not in CALLS:
            return None
        name: str = node.message.attr[CALLS[node.type]].func.name
        if not name:
            raise ValueError(f"{node}: NodeDef missing attr '{CALLS[node.type]}' (func).")
        return name

    def gradient_of(self, name: str) -> str | None:
        """The function that the library says is the gradient of another, if it says so."""
        return self._gradients.get(name)

    def find(self, name: str, caller: Node) -> Function:
        """A function by its name.

        Raises:
          ValueError: If there is none, it has the name of an op, or it is not valid.
          tf.errors.NotFoundError: If the type of one of its nodes is not known.
        """
        message = self._message(name, str(caller))
        key = name
        if function_instances.is_generic(message):
            message, places = function_instances.instance(message, caller)
            key = f"{name} {message.SerializeToString(deterministic=True)!r}"
        else:
            places = {arg.name: (i, i + 1) for i, arg in enumerate(message.signature.output_arg)}
        if key not in self._read:
            if definition_of(name) is not None:
                raise ValueError(f"Cannot add function '{name}' because an op with the same name already exists.")
            if key != name:
                message.signature.name = f"{name}__{len(self._read)}"
            self._read[key] = self._function(message)
            self._read[key].places = places
        return self._read[key]

    def _message(self, name: str, caller: str) -> Any:
        if name not in self._messages:
            raise ValueError(f"{caller} calls the function '{name}', which is not in the library of the GraphDef.")
        return self._messages[name]

    # What calls what.

    def check(self, nodes: Iterable[Node]) -> None:
        """Makes sure that putting together what nodes call comes to an end.

        Raises:
          ValueError: If functions call each other in a circle, too deep or too often, or a function is missing.
        """
        depth: dict[str, int] = {}
        size: dict[str, int] = {}
        total = 0
        for node in nodes:
            for name in self._named_by(node.message):
                if name not in size:
                    self._measure(name, str(node), depth, size)
                total += size[name]
        _check_size("The functions that the GraphDef calls", total)

    def _measure(self, root: str, caller: str, depth: dict[str, int], size: dict[str, int]) -> None:
        """Finds out how deep a function goes and how many nodes it comes to, without recursion."""
        inner: dict[str, list[str]] = {}
        # The functions on the way from the root to where the walk is, each with the calls that it has not looked at.
        path: dict[str, Iterator[str]] = {}
        waiting = [root]
        while waiting:
            name = waiting[-1]
            if name not in path:
                message = self._message(name, f"The function '{waiting[-2]}'" if path else caller)
                inner[name] = [called for node in message.node_def for called in self._named_by(node)]
                path[name] = iter(inner[name])
            called = next((called for called in path[name] if called not in size), None)
            if called in path:
                circle = [*path][[*path].index(called):]
                shown = " -> ".join(f"'{each}'" for each in (*circle[:20], called))
                raise ValueError(f"The functions of the GraphDef call each other in a circle: {shown}. A function "
                                 "cannot call itself, not even by others: make it a loop.")
            if called is not None:
                waiting.append(called)
                continue
            depth[name] = 1 + max((depth[called] for called in inner[name]), default=0)
            size[name] = len(self._messages[name].node_def) + sum(size[called] for called in inner[name])
            if depth[name] > MAX_DEPTH:
                raise ValueError(f"The function '{root}' of the GraphDef calls others that call others, more than "
                                 f"{MAX_DEPTH} deep: so many are allowed.")
            _check_size(f"The function '{name}' of the GraphDef and those that it calls", size[name])
            waiting.pop()
            del path[name]

    def _named_by(self, message: Any) -> list[str]:
        """The functions that a node calls, as often as it names them."""
        names = [message.op] if message.op in self._messages else []
        for key, value in message.attr.items():
            if not key.startswith("_"):
                if value.WhichOneof("value") == "func":
                    names.append(value.func.name)
                names.extend(function.name for function in value.list.func)
        return names

    # Reading one.

    def _function(self, message: Any) -> Function:
        signature = message.signature
        name = signature.name
        arguments = [_argument(name, arg, message.arg_attr[i].attr if i in message.arg_attr else {})
                     for i, arg in enumerate(signature.input_arg)]
        results = [_argument(name, arg, {}) for arg in signature.output_arg]
        mapped = {(argument.name, 0) for argument in arguments}
        if len(mapped) < len(arguments):
            raise ValueError(f"The function '{name}' has two arguments of one name: "
                             f"{[argument.name for argument in arguments]}.")
        taken = {argument.name for argument in arguments}

        def parse(text: str, place: str) -> Source:
            return parse_input(text, taken, place)

        nodes = node_reading.read_nodes(message.node_def, mapped | taken, name, parse)
        # Arguments are there before the function starts.
        nodes = {key: replace(node, controls=tuple(source for source in node.controls if source not in taken))
                 for key, node in nodes.items()}
        clash = taken & set(nodes)
        if clash:
            raise ValueError(f"The function '{name}' has an argument and a node of the name '{min(clash)}'.")
        sources = []
        for result in results:
            if result.name not in message.ret:
                raise ValueError(f"The function '{name}' does not say where its result '{result.name}' comes from.")
            source = parse(message.ret[result.name], f"The function '{name}': the result '{result.name}'")
            if source[0] not in nodes and source not in mapped:
                raise ValueError(f"The function '{name}': the result '{result.name}' comes from '{source[0]}', which "
                                 "is none of its nodes or arguments.")
            sources.append(source)
        targets = [node for node in message.control_ret.values() if node not in taken]
        for target in targets:
            if target not in nodes:
                raise ValueError(f"The function '{name}' asks for '{target}' to be run, which is none of its nodes.")
        own = {key: node for key, node in nodes.items() if self.called_by(node) is None}
        return Function(name, arguments, results, nodes, sources, targets, self._definitions(own))


def _check_size(what: str, size: int) -> None:
    if size > MAX_NODES:
        raise ValueError(f"{what} come to {size} nodes, each counted wherever it is used; at most {MAX_NODES} are "
                         "allowed.")


def _argument(function: str, message: Any, attrs: Any) -> Argument:
    place = f"The function '{function}': '{message.name}'"
    if message.type_attr or message.number_attr or message.type_list_attr:
        raise ValueError(f"{place} is of a dtype or number that each call chooses, but the function has no such attr.")
    try:
        dtype = dtypes.as_dtype(message.type)
    except TypeError:
        raise ValueError(f"{place}: there is no DataType {message.type}") from None
    shape = TensorShape(None)
    if "_output_shapes" in attrs and attrs["_output_shapes"].list.shape:
        shape = attributes.shape_from_proto(attrs["_output_shapes"].list.shape[0], place)
    return Argument(message.name, dtype.base_dtype, message.is_ref, shape)


def parse_input(text: str, arguments: set[str], place: str) -> Source:
    """What an input in a function comes from: `"argument"`, `"node:output"` or `"node:output:index"`."""
    name, *rest = text.split(":")
    if name in arguments and rest in ([], ["0"]):
        return name, 0
    index = rest[1] if len(rest) == 2 else "0"
    if not 1 <= len(rest) <= 2 or not rest[0] or not (index.isascii() and index.isdigit() and len(index) < 10):
        raise ValueError(f"{place}: the input '{text}' is not of the form 'argument' or 'node:output_name:index'.")
    return name, (rest[0], int(index))
