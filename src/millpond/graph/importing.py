"""Adding the nodes of a GraphDef to a graph: `tf.import_graph_def`.

Everything is read, checked and made first, apart from the graph; only then are the operations added to it. A GraphDef
that is refused leaves no operations behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tensorboard.compat.proto import graph_pb2

from millpond.errors import NotFoundError
from millpond.graph import node_reading, renamed, stacks
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.frames import functional
from millpond.graph.frames_graph import KINDS
from millpond.graph.function_reading import LibraryReader
from millpond.graph.graph import PRODUCER_VERSION, Graph
from millpond.graph.names import as_text
from millpond.graph.node_making import NodeMaker, Reading, add_all
from millpond.graph.node_reading import Node, Source
from millpond.graph.opdef import OpDefinition
from millpond.graph.tensor import Tensor

# Up to this version, a placeholder's shape of no dimensions also stood for one that is not known.
LAST_WITHOUT_UNKNOWN_RANK = 21


def import_graph_def(graph_def: Any, input_map: Mapping[Any, Any] | None = None,
                     return_elements: Iterable[str | bytes] | None = None, name: str | bytes | None = None,
                     op_dict: Any = None, producer_op_list: Any = None) -> list[Any] | None:
    """Adds the nodes of a `GraphDef` to the default graph.

    Loops and branches in the form of TensorFlow 1 (`Enter`, `Switch`, `Merge`, ...) become `While` and `If`; tensors
    that lead out of them (`while/Exit:0`, `cond/Merge:0`) keep their names, and those inside are gone.

    Args:
      graph_def: The `GraphDef` message.
      input_map: Tensors of the default graph (or values) by the name of a tensor in `graph_def` (`"x"` or `"x:0"`)
        that they replace; an operation, by `"^x"`, replaces a control input.
      return_elements: Names of operations (`"y"`) and tensors (`"y:0"`) to return.
      name: Prefix of the names of the new nodes, `"import"` by default, made unique as a name scope; with `""`, the
        names stay as they are, except where a node or a name scope that holds nodes is called so.
      op_dict: Has no effect.
      producer_op_list: An `OpList` of the program that wrote the graph: an attribute that is unknown here is ignored
        where it has the default that the list tells.

    Returns:
      The operations and tensors that `return_elements` asks for, or None.

    Raises:
      TypeError: If an argument is of the wrong type.
      ValueError: If the GraphDef is not valid, or a key of `input_map` or a name in `return_elements` is not in it.
      tf.errors.NotFoundError: If the type of a node is not known.
      NotImplementedError: If a loop or branch is of a kind that is not supported.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default() as made:
      ...     tf.multiply(tf.placeholder(tf.float32, name="x"), 2.0, name="y")
      <tf.Tensor 'y:0' shape=<unknown> dtype=float32>
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     (y,) = tf.import_graph_def(made.as_graph_def(), {"x": tf.constant(3.0)}, ["y:0"])
      ...     print(y.name, sess.run(y))
      import/y:0 6.0
    """
    _check_arguments(graph_def, input_map)
    texts = _element_names(return_elements)
    _check_versions(graph_def.versions)
    graph = stacks.default_graph()
    with graph.name_scope("import" if name is None else name) as scope:
        mapped = _mapped(graph, scope, {as_text(key): value for key, value in (input_map or {}).items()})
    types = {key: value.dtype.as_datatype_enum for key, value in mapped.items() if isinstance(value, Tensor)}
    graph_def = functional(graph_def, mapped={**dict.fromkeys(mapped, 0), **types})
    reading = _Import(graph, graph_def, scope, mapped, producer_op_list)
    wanted = [_Wanted(text, reading.nodes) for text in texts or ()]
    reading.make()
    found = [element.look_up(reading) for element in wanted]
    reading.commit()
    graph.merge_versions(graph_def.versions)
    return None if texts is None else found


def _check_arguments(graph_def: Any, input_map: Any) -> None:
    if not isinstance(graph_def, graph_pb2.GraphDef):
        raise TypeError(f"Argument `graph_def` must be a GraphDef proto, got {type(graph_def).__name__}. Read a file "
                        "with tf.GraphDef.FromString(...); of a MetaGraphDef, take its field graph_def.")
    if input_map is not None:
        if not isinstance(input_map, Mapping):
            raise TypeError(f"Argument `input_map` must be a dictionary. Obtained {type(input_map).__name__}")
        if not all(isinstance(key, (str, bytes)) for key in input_map):
            raise TypeError(f"All keys for argument `input_map` must be strings. Obtained keys: {list(input_map)}")


def _element_names(return_elements: Any) -> list[str] | None:
    if return_elements is None:
        return None
    names = list(return_elements)
    if not all(isinstance(name, (str, bytes)) for name in names):
        raise TypeError(f"Argument `return_elements` must be a list of strings. Obtained {return_elements!r}.")
    return [as_text(name) for name in names]


def _check_versions(versions: Any) -> None:
    if versions.producer < 0:
        raise ValueError(f"GraphDef producer version {versions.producer} is below 0, the first.")
    if versions.min_consumer > PRODUCER_VERSION or PRODUCER_VERSION in versions.bad_consumers:
        raise ValueError(f"The program that wrote the GraphDef says that it cannot be read here: it asks for version "
                         f"{versions.min_consumer} at least, and not for {list(versions.bad_consumers)}; this is "
                         f"version {PRODUCER_VERSION}.")


def _mapped(graph: Graph, scope: str, input_map: Mapping[str, Any]) -> dict[Source | str, Any]:
    """`input_map` with parsed keys (`("x", 0)`, or `"x"` for the control input `"^x"`) and tensors as values."""
    result: dict[Source | str, Any] = {}
    for key, value in input_map.items():
        if key.startswith("^"):
            element = graph.as_graph_element(value)
            result[key[1:]] = element.op if isinstance(element, Tensor) else element
            continue
        if not isinstance(value, Tensor):
            if not scope:
                raise ValueError("tf.import_graph_def() requires a non-empty `name` if `input_map` contains non-Tensor "
                                 "values. Try calling tf.convert_to_tensor() on `input_map` values before calling "
                                 "tf.import_graph_def().")
            with graph.name_scope(scope), graph.name_scope("_inputs"):
                value = convert_to_tensor(value)
        if value.graph is not graph:
            raise ValueError(f"input_map[{key!r}] is {value!r} of another graph than the default graph, which is "
                             "imported into.")
        result[node_reading.parse_tensor_name(key, "input_map")] = value
    return result


class _Wanted:
    """An item of `return_elements`."""

    def __init__(self, text: str, nodes: Mapping[str, Node]) -> None:
        self.is_tensor = ":" in text
        self.name, self.index = node_reading.parse_tensor_name(text, "return_elements")
        if self.name not in nodes:
            kind = "tensor" if self.is_tensor else "node"
            raise ValueError(f"Requested return {kind} '{text}' not found in graph def")

    def look_up(self, reading: _Import) -> Any:
        made = reading.made[self.name]
        if not self.is_tensor:
            return made.op
        if self.index >= len(made.outputs):
            raise ValueError(f"Invalid return output {self.index} of node '{self.name}', which has "
                             f"{len(made.outputs)} output(s)")
        return reading.mapped.get((self.name, self.index), made.outputs[self.index])


class _Import:
    """One GraphDef on its way into a graph.

    Attributes:
      nodes: Its nodes, by name.
      mapped: What replaces inputs.
      made: What has been made so far, by the names that the GraphDef gives.
    """

    def __init__(self, graph: Graph, graph_def: Any, scope: str, mapped: dict[Source | str, Any],
                 producer_op_list: Any) -> None:
        self.mapped = mapped
        self.nodes = node_reading.read_nodes(graph_def.node, mapped)
        library = LibraryReader(graph_def.library, _definitions)
        library.check(self.nodes.values())
        own = {name: node for name, node in self.nodes.items() if library.called_by(node) is None}
        is_old = graph_def.versions.producer <= LAST_WITHOUT_UNKNOWN_RANK
        self._graph = graph
        self._maker = NodeMaker(Reading(library, _defaults(producer_op_list), is_old), graph, self.nodes, mapped,
                                _new_names(graph, scope, self.nodes), _definitions(own), {})
        self.made = self._maker.made

    def make(self) -> None:
        """Makes all operations, without adding them to the graph."""
        self._maker.make()
        used = {source for node in self.nodes.values() for source in (*node.inputs, *node.controls)}
        unknown = [key for key in self.mapped if key not in used and not self._exists(key)]
        if unknown:
            shown = ", ".join(f"^{key}" if isinstance(key, str) else f"{key[0]}:{key[1]}" for key in unknown)
            raise ValueError(f"Attempted to map inputs that were not found in graph_def: [{shown}]")

    def commit(self) -> None:
        """Adds the operations to the graph."""
        add_all(self._graph, self._maker.operations)

    def _exists(self, key: Source | str) -> bool:
        if isinstance(key, str):
            return key in self.made
        name, index = key
        return name in self.made and isinstance(index, int) and index < len(self.made[name].outputs)


def _definitions(nodes: Mapping[str, Node]) -> dict[str, OpDefinition]:
    """The definitions of all op types.

    Raises:
      NotImplementedError, NotFoundError: If there are types that are not supported, or not known.
    """
    found: dict[str, OpDefinition] = {}
    unknown: dict[str, Node] = {}
    for node in nodes.values():
        if node.type in found:
            continue
        definition = renamed.definition_of(node.type)
        if definition is not None:
            found[node.type] = definition
        elif node.type in KINDS:
            raise NotImplementedError(f"{node} is part of a loop or branch in the form of TensorFlow 1 (op type "
                                      f"'{node.type}'): importing functions with those is not supported.")
        else:
            unknown.setdefault(node.type, node)
    if unknown:
        shown = ", ".join(f"'{type}' ({_called(node)})" for type, node in list(unknown.items())[:20])
        first = next(iter(unknown.values()))
        raise NotFoundError(first.message, None, f"Op type not registered: {shown}. The graph needs op types that this "
                                                 "version does not have.")
    return found


def _called(node: Node) -> str:
    """A node, and the functions that it would call."""
    functions = []
    for value in node.message.attr.values():
        if value.WhichOneof("value") == "func":
            functions.append(value.func.name)
        functions.extend(function.name for function in value.list.func)
    named = f"node '{node.name}'" + (f" of the function '{node.function}'" if node.function else "")
    return f"{named}, which calls the function '{functions[0]}'" if functions else named


def _defaults(producer_op_list: Any) -> dict[str, dict[str, Any]]:
    """The defaults of attributes, by op type, in the program that wrote the graph."""
    ops = () if producer_op_list is None else producer_op_list.op
    return {op.name: {attr.name: attr.default_value for attr in op.attr if attr.HasField("default_value")}
            for op in ops}


def _new_names(graph: Graph, scope: str, nodes: Mapping[str, Node]) -> dict[str, str]:
    """A name that is free for each node: its own behind the scope, where possible."""
    names = {name: scope + name for name in nodes}
    own = set(names.values())
    taken = _names_and_prefixes(graph, scope)
    for name, full in names.items():
        if full not in taken:
            continue
        count = 1
        while f"{full}_{count}" in own or f"{full}_{count}" in taken:
            count += 1
        names[name] = f"{full}_{count}"
        own.add(names[name])
    return names


def _names_and_prefixes(graph: Graph, scope: str) -> set[str]:
    """The names of the operations in a scope, and of the scopes that hold them."""
    found = set()
    for op in graph.get_operations():
        name = op.name
        if not name.startswith(scope):
            continue
        found.add(name)
        end = name.rfind("/")
        while end > 0 and name[:end] not in found:
            found.add(name[:end])
            end = name.rfind("/", 0, end)
    return found
