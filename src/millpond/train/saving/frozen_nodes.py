"""Nodes of a GraphDef that were given variables which are resources, made into nodes that are given their values.

What reads a resource becomes what reads a tensor. A node that runs functions (a branch, a loop, a call) gets functions
that take values: each is made once for the arguments that are values, under a name of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import Any

import numpy as np
from tensorboard.compat.proto import function_pb2, tensor_shape_pb2, types_pb2

from millpond import dtypes
from millpond.formats import tensors
from millpond.graph.rewriting import node_of_input

# Makes of the name of a constant what an input that takes it says.
Reference = Callable[[str], str]


def _as_identity(node: Any, dtype: int, result: Any, reference: Reference) -> list[Any]:
    result.op = "Identity"
    result.attr["T"].type = dtype
    return [result]


def _as_gather(node: Any, dtype: int, result: Any, reference: Reference) -> list[Any]:
    axis = type(node)(name=f"{node.name}/axis", op="Const", device=node.device)
    axis.attr["dtype"].type = types_pb2.DT_INT32
    axis.attr["value"].tensor.CopyFrom(tensors.to_tensor_proto(
        np.array(node.attr["batch_dims"].i, np.int32), types_pb2.DT_INT32))
    result.op = "GatherV2"
    result.input.insert(2, reference(axis.name))
    result.attr["Tparams"].type = dtype
    result.attr["Tindices"].CopyFrom(node.attr["Tindices"])
    result.attr["Taxis"].type = types_pb2.DT_INT32
    if "batch_dims" in node.attr:
        result.attr["batch_dims"].CopyFrom(node.attr["batch_dims"])
    return [axis, result]


def _as_gather_nd(node: Any, dtype: int, result: Any, reference: Reference) -> list[Any]:
    result.op = "GatherNd"
    result.attr["Tparams"].type = dtype
    result.attr["Tindices"].CopyFrom(node.attr["Tindices"])
    return [result]


def _as_shape(node: Any, dtype: int, result: Any, reference: Reference) -> list[Any]:
    result.op = "Shape"
    result.attr["T"].type = dtype
    if "out_type" in node.attr:
        result.attr["out_type"].CopyFrom(node.attr["out_type"])
    return [result]


_READERS: dict[str, Callable[[Any, int, Any, Reference], list[Any]]] = {
    "Identity": _as_identity, "ReadVariableOp": _as_identity, "ResourceGather": _as_gather,
    "ResourceGatherNd": _as_gather_nd, "VariableShape": _as_shape,
}


class FunctionFreezer:
    """The functions of a GraphDef, and those that are made of them.

    Args:
      library: The `FunctionDefLibrary`.
    """

    def __init__(self, library: Any) -> None:
        self._library = library
        self._functions = {function.signature.name: function for function in library.function}
        # By name and the dtypes of arguments by position: the new name, and the dtypes of results by position.
        self._made: dict[tuple[str, tuple[tuple[int, int], ...]], tuple[str, dict[int, int]]] = {}
        self._new: list[Any] = []

    @property
    def library(self) -> Any:
        """All functions, old and new."""
        library = function_pb2.FunctionDefLibrary()
        library.CopyFrom(self._library)
        library.function.extend(self._new)
        return library

    def nodes(self, nodes: Iterable[Any], values: dict[str, int]) -> list[Any]:
        """The nodes of a graph, frozen.

        Args:
          nodes: The nodes.
          values: The dtypes of what were resources, by tensor name (`"v:0"`).

        Raises:
          ValueError: If a node does something with a resource that it cannot do with a value.
        """
        return self._frozen(list(nodes), values, _tensor_name, lambda name: name,
                            lambda node, index: f"{node.name}:{index}")

    def _frozen(self, nodes: list[Any], values: dict[str, int], key: Callable[[str], str], reference: Reference,
                output: Callable[[Any, int], str]) -> list[Any]:
        """Adds to `values` what hands resources on, and gives the nodes, frozen."""
        known = -1
        while known < len(values):  # nodes may stand in any order
            known = len(values)
            for node in nodes:
                given = _given(node, values, key)
                if given and node.op == "Identity":
                    values[output(node, 0)] = given[0]
                elif given and self._called(node):
                    _, results = self._functions_of(node, given)
                    values.update({output(node, index): dtype for index, dtype in results.items()})
        result: list[Any] = []
        for node in nodes:
            given = _given(node, values, key)
            if not given:
                result.append(node)
            elif self._called(node):
                result.append(self._call(node, given))
            else:
                result.extend(_reader(node, given[min(given)], reference))
        return result

    # Nodes that run functions.

    def takes_references(self, node: Any, names: Container[str]) -> bool:
        """Whether a function of a node takes one of some nodes as a reference, to set it."""
        return any(argument.is_ref and node_of_input(text) in names
                   for called, _ in self._called(node) if called in self._functions
                   for argument, text in zip(reversed(self._functions[called].signature.input_arg),
                                             reversed([text for text in node.input if not text.startswith("^")]),
                                             strict=False))

    def _called(self, node: Any) -> list[tuple[str, Any]]:
        """The functions that a node runs, with the messages that name them; none for other nodes."""
        if node.op in self._functions:
            return [(node.op, None)]
        found = []
        for name, value in sorted(node.attr.items()):
            if not name.startswith("_"):
                found.extend([(each.name, each) for each in value.list.func])
                if value.WhichOneof("value") == "func":
                    found.append((value.func.name, value.func))
        return found

    def _functions_of(self, node: Any, given: dict[int, int]) -> tuple[list[str], dict[int, int]]:
        """The functions of a node that take values, and the results of the node that are values then."""
        names: list[str] = []
        results: dict[int, int] = {}
        for called, _ in self._called(node):
            if called not in self._functions:
                raise ValueError(f"Node '{node.name}' ({node.op}) calls the function '{called}', which is not in the "
                                 "library of the GraphDef.")
            first = sum(not text.startswith("^") for text in node.input) - len(
                self._functions[called].signature.input_arg)
            name, results = self._function(called, tuple((i - first, dtype) for i, dtype in sorted(given.items())))
            names.append(name)
        if node.op.endswith("While"):
            results = dict(given)
        return names, results

    def _call(self, node: Any, given: dict[int, int]) -> Any:
        names, results = self._functions_of(node, given)
        result = type(node)()
        result.CopyFrom(node)
        for name, (_, message) in zip(names, self._called(result), strict=True):
            if message is None:
                result.op = name
            else:
                message.name = name
        inputs = sum(not text.startswith("^") for text in node.input)
        for attr in ("T", "Tin"):
            types = result.attr[attr].list.type if attr in result.attr else []
            for i, dtype in given.items():
                if types:
                    types[i - (inputs - len(types))] = dtype
        for i, dtype in results.items():
            if "Tout" in result.attr:
                result.attr["Tout"].list.type[i] = dtype
            for attr in ("output_shapes", "_output_shapes"):
                if attr in result.attr and i < len(result.attr[attr].list.shape):
                    # It was that of a handle.
                    result.attr[attr].list.shape[i].CopyFrom(tensor_shape_pb2.TensorShapeProto(unknown_rank=True))
        return result

    def _function(self, name: str, given: tuple[tuple[int, int], ...]) -> tuple[str, dict[int, int]]:
        made = self._made.get((name, given))
        if made is not None:
            return made
        self._made[name, given] = name, {}  # ends what calls itself
        function = function_pb2.FunctionDef()
        function.CopyFrom(self._functions[name])
        values = {}
        for position, dtype in given:
            argument = function.signature.input_arg[position]
            argument.type = dtype
            argument.ClearField("handle_data")
            function.arg_attr.pop(position, None)
            values[argument.name] = dtype
        nodes = self._frozen(list(function.node_def), values, _function_key, lambda name: f"{name}:output:0",
                             lambda node, index: f"{node.name}:output:{index}")
        # A reading gives what it gives under another name than an Identity.
        renamed = {f"{node.name}:value:0": f"{node.name}:output:0" for node in function.node_def
                   if node.op == "ReadVariableOp" and _given(node, values, _function_key)}
        for node in nodes:
            inputs = [renamed.get(text, text) for text in node.input]
            del node.input[:]
            node.input.extend(inputs)
        results = {}
        for i, result in enumerate(function.signature.output_arg):
            source = function.ret[result.name]
            function.ret[result.name] = renamed.get(source, source)
            if _function_key(source) in values:
                result.type = results[i] = values[_function_key(source)]
        copies = type(function)()
        copies.node_def.extend(nodes)
        del function.node_def[:]
        function.node_def.extend(copies.node_def)
        function.signature.name = self._free_name(f"{name}_frozen")
        self._new.append(function)
        self._functions[function.signature.name] = function
        self._made[name, given] = function.signature.name, results
        return self._made[name, given]

    def _free_name(self, name: str) -> str:
        free, count = name, 0
        while free in self._functions:
            count += 1
            free = f"{name}_{count}"
        return free


def _tensor_name(text: str) -> str:
    return text if ":" in text else f"{text}:0"


def _function_key(text: str) -> str:
    """One name for what an input in a function comes from: arguments by themselves, outputs with their index."""
    name, *rest = text.split(":")
    return text if len(rest) != 1 else name if rest == ["0"] else f"{text}:0"


def _given(node: Any, values: dict[str, int], key: Callable[[str], str]) -> dict[int, int]:
    """The inputs of a node that are values now, by position, with their dtypes."""
    return {i: values[key(text)] for i, text in enumerate(node.input)
            if not text.startswith("^") and key(text) in values}


def _reader(node: Any, dtype: int, reference: Reference) -> list[Any]:
    """A node that reads a resource, as nodes that read a tensor."""
    convert = _READERS.get(node.op)
    if convert is None:
        raise ValueError(f"Node '{node.name}' ({node.op}) takes a resource ({dtypes.as_dtype(dtype).name}) that is to "
                         f"be frozen, '{node.input[0]}'; what can be frozen are {', '.join(sorted(_READERS))}. Put the "
                         "variable in variable_names_blacklist.")
    result = type(node)(name=node.name, device=node.device, input=node.input)
    if "_class" in node.attr:
        result.attr["_class"].CopyFrom(node.attr["_class"])
    return convert(node, dtype, result, reference)
