"""Objects that hold variables, as a checkpoint of objects sees them: as a graph with named edges.

    root --weights--> variable            saved under   weights/.ATTRIBUTES/VARIABLE_VALUE
         --layers--> list --0--> variable               layers/0/.ATTRIBUTES/VARIABLE_VALUE
         --optimizer--> optimizer --beta1_power--> ...  optimizer/beta1_power/.ATTRIBUTES/VARIABLE_VALUE
    a slot variable of an optimizer                     weights/.OPTIMIZER_SLOT/optimizer/m/.ATTRIBUTES/VARIABLE_VALUE

An object is saved once, under its shortest path. The graph itself lies in the checkpoint as a `TrackableObjectGraph`,
a string tensor under `OBJECT_GRAPH_KEY`. Names of edges are escaped: `.` is `..`, `/` is `.S`.

What has named objects of its own is a list, a tuple, a dict, or has a method `_trackable_children()`, which gives them
as pairs of name and object. An optimizer has, besides, `get_slot_names()` and `get_slot(variable, name)`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from millpond.formats.damage import damaged, parse
from millpond.protos.trackable_object_graph import TrackableObjectGraph
from millpond.train.saving.checkpoint_reader import CheckpointReader
from millpond.variables.variable import Variable

OBJECT_GRAPH_KEY = "_CHECKPOINTABLE_OBJECT_GRAPH"
VALUE = "VARIABLE_VALUE"

Children = list[tuple[str, Any]]


def is_trackable(item: Any) -> bool:
    """Whether a checkpoint of objects can hold something: variables, and what has named objects of its own."""
    return isinstance(item, (Variable, list, tuple, Mapping)) or hasattr(item, "_trackable_children")


def children_of(item: Any) -> Children:
    """The named objects of an object.

    Raises:
      ValueError: If it is a dict in which something trackable has a key that is no string.
    """
    if hasattr(item, "_trackable_children"):
        return item._trackable_children()
    if isinstance(item, Mapping):
        found = [(key, value) for key, value in item.items() if is_trackable(value)]
        for key, _ in found:
            if not isinstance(key, str):
                raise ValueError(f"Unable to save the object {item!r}: its key {key!r} is no string, so that what is "
                                 "under it has no name in a checkpoint.")
        return found
    if isinstance(item, (list, tuple)):
        return [(str(index), value) for index, value in enumerate(item) if is_trackable(value)]
    return []


class Described(NamedTuple):
    """An object graph.

    Attributes:
      message: As a `TrackableObjectGraph`.
      objects: The objects, in the order of its nodes.
      variables: The variables, by their keys in a checkpoint.
    """

    message: Any
    objects: list[Any]
    variables: dict[str, Variable]


def objects_of(root: Any) -> dict[int, tuple[Any, tuple[str, ...]]]:
    """The objects that are reached from one, each with its shortest path, by `id`, nearest first."""
    found: dict[int, tuple[Any, tuple[str, ...]]] = {id(root): (root, ())}
    waiting = [root]
    for item in waiting:
        path = found[id(item)][1]
        for name, child in children_of(item):
            if id(child) not in found:
                found[id(child)] = child, (*path, name)
                waiting.append(child)
    return found


def slots_of(optimizer: Any, variables: list[Variable]) -> Iterator[tuple[str, Variable, Variable]]:
    """The slot variables that an optimizer (or another object, which has none) has for some variables.

    Yields:
      The name of the slot, the variable, and its slot variable.
    """
    if hasattr(optimizer, "get_slot_names"):
        for slot_name in optimizer.get_slot_names():
            for variable in variables:
                slot = optimizer.get_slot(variable, slot_name)
                if slot is not None:
                    yield slot_name, variable, slot


def describe(root: Any) -> Described:
    """The graph of the objects that are reached from one.

    Raises:
      ValueError: If a dict has keys that are no strings.
      NotImplementedError: If a slot variable is reached by name, too.
    """
    found = objects_of(root)
    objects = [item for item, _ in found.values()]
    paths = [path for _, path in found.values()]
    node_ids = {key: number for number, key in enumerate(found)}
    message = TrackableObjectGraph()
    variables: dict[str, Variable] = {}
    for item in objects:
        node = message.nodes.add()
        for name, child in children_of(item):
            node.children.add(node_id=node_ids[id(child)], local_name=name)
    reached = [item for item in objects if isinstance(item, Variable)]
    for item in list(objects):
        number = node_ids[id(item)]
        prefix = "/".join(map(_escaped, paths[number]))
        if isinstance(item, Variable):
            _add_value(message.nodes[number], item, prefix, variables)
        for slot_name, variable, slot in slots_of(item, reached):
            if id(slot) in node_ids:
                raise NotImplementedError(f"The slot variable '{slot.op.name}' of an optimizer is an object of its own "
                                          "in the checkpoint: keep only the optimizer.")
            message.nodes[number].slot_variables.add(original_variable_node_id=node_ids[id(variable)],
                                                     slot_name=slot_name, slot_variable_node_id=len(objects))
            path = (*map(_escaped, paths[node_ids[id(variable)]]), ".OPTIMIZER_SLOT", prefix, _escaped(slot_name))
            objects.append(slot)
            _add_value(message.nodes.add(), slot, "/".join(path), variables)
    return Described(message, objects, variables)


def _escaped(name: str) -> str:
    return name.replace(".", "..").replace("/", ".S")


def _add_value(node: Any, variable: Variable, path: str, variables: dict[str, Variable]) -> None:
    key = f"{path}/.ATTRIBUTES/{VALUE}"
    node.attributes.add(name=VALUE, full_name=variable.op.name, checkpoint_key=key)
    variables[key] = variable


def read_object_graph(reader: CheckpointReader, path: str) -> Any:
    """The `TrackableObjectGraph` of a checkpoint; None if it is not one of objects.

    Raises:
      DataLossError: If it is damaged.
    """
    if not reader.has_tensor(OBJECT_GRAPH_KEY):
        return None
    data = reader.get_tensor(OBJECT_GRAPH_KEY)
    place = f"{path}: {OBJECT_GRAPH_KEY}"
    if not isinstance(data, bytes):
        raise damaged(place, "expected one string")
    message = parse(TrackableObjectGraph, data, place)
    _check(message, place)
    return message


def _check(message: Any, place: str) -> None:
    count = len(message.nodes)
    for node in message.nodes:
        numbers = [child.node_id for child in node.children]
        for slot in node.slot_variables:
            numbers += slot.original_variable_node_id, slot.slot_variable_node_id
        for number in numbers:
            if not 0 <= number < count:
                raise damaged(place, f"a reference to the object {number} of {count}")
    if not count:
        raise damaged(place, "there is no object in it")


def match(message: Any, root: Any) -> dict[int, Any]:
    """The objects that the nodes of a graph from a checkpoint stand for, as far as they are there, by node number."""
    found: dict[int, Any] = {0: root}
    waiting = [0]
    for number in waiting:
        children = dict(children_of(found[number]))
        for reference in message.nodes[number].children:
            if reference.local_name in children and reference.node_id not in found:
                found[reference.node_id] = children[reference.local_name]
                waiting.append(reference.node_id)
    for number in waiting:
        for reference in message.nodes[number].slot_variables:
            optimizer, variable = found[number], found.get(reference.original_variable_node_id)
            if hasattr(optimizer, "get_slot") and isinstance(variable, Variable):
                slot = optimizer.get_slot(variable, reference.slot_name)
                if slot is not None:
                    found[reference.slot_variable_node_id] = slot
    return found


def values_in(message: Any, matched: Mapping[int, Any]) -> dict[str, Variable]:
    """The variables that were matched, by the keys of their values."""
    return {attribute.checkpoint_key: item for number, item in matched.items() if isinstance(item, Variable)
            for attribute in message.nodes[number].attributes if attribute.name == VALUE}


def names_to_keys(reader: CheckpointReader, path: str) -> dict[str, str]:
    """The keys of the values of variables by the names of the variables, if a checkpoint is one of objects."""
    message = read_object_graph(reader, path)
    nodes = message.nodes if message is not None else ()
    return {attribute.full_name: attribute.checkpoint_key for node in nodes for attribute in node.attributes}


def path_of(message: Any, number: int) -> str:
    """How an object is reached, for messages: `(root).layers.0`."""
    paths = {0: "(root)"}
    waiting = [0]
    for parent in waiting:
        node = message.nodes[parent]
        for child in node.children:
            if child.node_id not in paths:
                paths[child.node_id] = f"{paths[parent]}.{child.local_name}"
                waiting.append(child.node_id)
    for parent in waiting:
        for slot in message.nodes[parent].slot_variables:
            variable = paths.get(slot.original_variable_node_id, "?")
            paths.setdefault(slot.slot_variable_node_id, f"{paths[parent]}'s state '{slot.slot_name}' for {variable}")
    return paths.get(number, f"object {number}")
