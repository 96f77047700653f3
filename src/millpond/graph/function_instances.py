"""Functions of a library that each call chooses dtypes and numbers for, as functions of given ones.

    signature.attr           names what a call chooses: a type, a number, a list of types, any value of a node
    input_arg.type_attr      a dtype that is chosen; number_attr: so many arguments; type_list_attr: one for each type
    node_def.attr            {placeholder: "T"} stands for what was chosen
    "x:1"                    the second of the arguments that the list `x` has become
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from millpond.graph.node_reading import Node


def is_generic(message: Any) -> bool:
    """Whether calls of a function choose something of it."""
    return bool(message.signature.attr)


def chosen_by(node: Node, name: str) -> Mapping[str, Any]:
    """What a node that calls a function chooses: messages by name."""
    if node.type == name:
        return node.message.attr
    for value in node.message.attr.values():
        for function in (value.func, *value.list.func):
            if function.name == name:
                return function.attr
    return {}


def instance(message: Any, node: Node) -> tuple[Any, dict[str, tuple[int, int]]]:
    """A function as the call of a node has it.

    Args:
      message: The `FunctionDef`, which stays as it is.
      node: The node.

    Returns:
      The function, and where among its results those of each result of `message` begin and end.

    Raises:
      ValueError: If the call does not choose what it must, or something of another kind.
    """
    name = message.signature.name
    given = chosen_by(node, name)
    chosen = {}
    for attr in message.signature.attr:
        value = given[attr.name] if attr.name in given else attr.default_value
        if not value.WhichOneof("value"):
            raise ValueError(f"{node} calls the function '{name}' without its attr '{attr.name}' ({attr.type}).")
        chosen[attr.name] = value
    made = type(message)()
    made.CopyFrom(message)
    del made.signature.attr[:]
    del made.signature.input_arg[:]
    del made.signature.output_arg[:]
    lists = {}
    for i, arg in enumerate(message.signature.input_arg):
        types = _types(arg, chosen, name)
        if _is_list(arg):
            lists[arg.name] = len(types)
            made.arg_attr.pop(i, None)
        _add(made.signature.input_arg, arg, types)
    made.ret.clear()
    places = {}
    for arg in message.signature.output_arg:
        types = _types(arg, chosen, name)
        start = len(made.signature.output_arg)
        places[arg.name] = start, start + len(types)
        _add(made.signature.output_arg, arg, types)
        source = message.ret[arg.name]
        for i in range(len(types)):
            made.ret[_part(arg, i)] = _renamed(f"{source}:{i}" if _is_list(arg) else source, lists)
    for inner in made.node_def:
        inputs = [_renamed(text, lists) for text in inner.input]
        inner.input[:] = inputs
        _choose(inner.attr, chosen, f"The function '{name}': Node '{inner.name}'")
    return made, places


def _is_list(arg: Any) -> bool:
    return bool(arg.number_attr or arg.type_list_attr)


def _types(arg: Any, chosen: Mapping[str, Any], function: str) -> list[int]:
    """The numbers of the types that an argument is, or has become."""
    place = f"The function '{function}': '{arg.name}'"
    if arg.type_list_attr:
        return list(_value(chosen, arg.type_list_attr, place).list.type)
    number: int = _value(chosen, arg.number_attr, place).i if arg.number_attr else 1
    if not 0 <= number < 1 << 16:
        raise ValueError(f"{place} comes to {number} tensors.")
    return [_value(chosen, arg.type_attr, place).type if arg.type_attr else arg.type] * number


def _value(chosen: Mapping[str, Any], attr: str, place: str) -> Any:
    if attr not in chosen:
        raise ValueError(f"{place} names the attr '{attr}', which the function does not have.")
    return chosen[attr]


def _part(arg: Any, index: int) -> str:
    return f"{arg.name}__{index}" if _is_list(arg) else arg.name


def _add(args: Any, arg: Any, types: list[int]) -> None:
    for i, number in enumerate(types):
        args.add(name=_part(arg, i), type=number, is_ref=arg.is_ref)


def _renamed(text: str, lists: Mapping[str, int]) -> str:
    """An input, with the name that an element of a list of arguments has."""
    name, _, index = text.partition(":")
    return f"{name}__{index or 0}" if name in lists else text


def _choose(attrs: Any, chosen: Mapping[str, Any], place: str) -> None:
    """Puts what was chosen in the place of what stands for it."""
    for key, value in attrs.items():
        if value.WhichOneof("value") == "placeholder":
            attrs[key].CopyFrom(_value(chosen, value.placeholder, f"{place}: attribute '{key}'"))
        for function in (value.func, *value.list.func) if value.WhichOneof("value") in ("func", "list") else ():
            _choose(function.attr, chosen, place)
