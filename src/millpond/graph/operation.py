"""Operation: a node of a graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from millpond.graph import attributes, creation_site, op_defs, stacks
from millpond.graph.opdef import OpDefinition
from millpond.graph.tensor import Tensor

if TYPE_CHECKING:
    from millpond.graph.graph import Graph


class Operation:
    """A node: an op type applied to input tensors, giving output tensors.

    Functions such as `tf.add` make operations; a program has no need to call the class itself.

    `id` counts the operations of the graph in the order of their creation. `attributes` is the plain dictionary of
    attribute values that the rules of the op see; `get_attr` gives them in TensorFlow's types. `inputs`, `outputs` and
    `control_inputs` are lists of the caller's own, made from the tuples that this package reads.

    Args:
      graph: The graph that it belongs to.
      name: Its name, which no other of the graph has.
      definition: The definition of its type.
      inputs: Its input tensors, list inputs laid flat.
      control_inputs: The operations that must have run before it.
      attrs: Its attributes, all of them.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     op = tf.add(1, 2, name="sum").op
      >>> op.name, op.type, [tensor.name for tensor in op.outputs]
      ('sum', 'AddV2', ['sum:0'])
    """

    __slots__ = ("graph", "id", "name", "definition", "_inputs", "_control_inputs", "attributes", "_outputs",
                 "device", "colocation", "site", "gradient_type", "static_value", "__dict__", "__weakref__")

    def __init__(self, graph: Graph, name: str, definition: OpDefinition, inputs: tuple[Tensor, ...],
                 control_inputs: tuple[Operation, ...], attrs: dict[str, Any]) -> None:
        self.graph = graph
        self.id = -1
        self.name = name
        self.definition = definition
        self._inputs = inputs
        self._control_inputs = control_inputs
        self.attributes = attrs
        self._outputs: tuple[Tensor, ...] = ()
        self.device = ""
        self.colocation: tuple[str, ...] = ()
        self.site: creation_site.Site | None = None
        # Set by gradient_override_map; otherwise the op's own type decides.
        self.gradient_type: str | None = None
        # What constant folding found while building (static_values.py); an Ellipsis means: not asked yet.
        self.static_value: Any = ...

    @property
    def type(self) -> str:
        return self.definition.type

    @property
    def inputs(self) -> list[Tensor]:
        """The tensors that the operation takes."""
        return list(self._inputs)

    @property
    def outputs(self) -> list[Tensor]:
        """The tensors that the operation gives."""
        return list(self._outputs)

    @property
    def control_inputs(self) -> list[Operation]:
        """The operations that must have run before this one."""
        return list(self._control_inputs)

    @property
    def op_def(self) -> Any:
        """What is known of the operation's type, as an `OpDef` message."""
        return op_defs.op_def_of(self.definition)

    @property
    def creation_site(self) -> str:
        """The user's line that created the operation, for error messages."""
        return creation_site.describe(self.site)

    @property
    def traceback(self) -> list[tuple[str, int, str, str]]:
        """The creating frame as (file, line, function, text); TensorFlow keeps the whole stack here."""
        if self.site is None:
            return []
        code = self.site[0]
        line = creation_site.line_number(self.site)
        return [(code.co_filename, line, code.co_name, self.creation_site.partition(": ")[2])]

    @property
    def node_def(self) -> Any:
        """This node as a `NodeDef` message."""
        return attributes.node_def(self)

    def get_attr(self, name: str) -> Any:
        """The value of an attribute.

        Raises:
          ValueError: If the operation has no such attribute.
        """
        if name == "_class" and self.colocation:
            return [group.encode() for group in self.colocation]
        if name == "_gradient_op_type" and self.gradient_type:
            return self.gradient_type.encode()
        try:
            value = self.attributes[name]
        except KeyError:
            raise ValueError(
                f"Operation '{self.name}' ({self.type}) has no attribute named '{name}'; "
                f"it has {sorted(self.attributes)}."
            ) from None
        return attributes.to_public(value, self.definition.attrs.get(name))

    def _set_attr(self, name: str, value: Any) -> None:
        # Operations of one kind share a dictionary until one of them changes.
        self.attributes = {**self.attributes, name: value}
        self.graph.note_mutation(self)

    def _set_device(self, device: Any) -> None:
        self.device = self.graph.merged_device(str(device or ""), "")
        self.graph.note_mutation(self)

    def _update_input(self, index: int, tensor: Tensor) -> None:
        """Takes another tensor as an input.

        Args:
          index: Which input.
          tensor: A tensor of the same graph and dtype.

        Raises:
          TypeError: If it is of another dtype.
          ValueError: If it is of another graph.
        """
        old = self._inputs[index]
        if tensor.graph is not self.graph:
            raise ValueError(f"'{tensor.name}' is from another graph than '{self.name}', whose input it should become.")
        if tensor.dtype.base_dtype is not old.dtype.base_dtype:
            raise TypeError(f"Input {index} of '{self.name}' ({self.type}) is of {old.dtype.base_dtype.name}, so "
                            f"'{tensor.name}' of {tensor.dtype.base_dtype.name} cannot take its place.")
        self.graph.is_in_order = self.graph.is_in_order and tensor.op.id < self.id
        self._inputs = (*self._inputs[:index], tensor, *self._inputs[index + 1:])
        remaining = old.consumers()
        remaining.remove(self)
        old._consumers = remaining
        tensor._consumers = [*tensor.consumers(), self]
        # What was folded of this operation, and of all that needs it, may not hold any more.
        waiting, seen = [self], {self}
        while waiting:
            op = waiting.pop()
            op.static_value = ...
            self.graph.note_mutation(op)
            fresh = {user for output in op._outputs for user in output.consumers()} - seen
            seen |= fresh
            waiting.extend(fresh)

    def _add_control_input(self, op: Operation) -> None:
        self._add_control_inputs([op])

    def _add_control_inputs(self, ops: Iterable[Operation]) -> None:
        """Orders this operation after `ops`; refused when that would close a circle."""
        for op in ops:
            if op.graph is not self.graph:
                raise ValueError(f"Control input '{op.name}' is from another graph than '{self.name}'")
            if op not in self._control_inputs:
                self._control_inputs += (op,)
        self.graph.note_mutation(self)

    def colocation_groups(self) -> list[bytes]:
        """The groups this operation must share a device with; its own name when there is none."""
        return [group.encode() for group in self.colocation] or [f"loc:@{self.name}".encode()]

    def run(self, feed_dict: dict[Any, Any] | None = None, session: Any = None) -> None:
        """Runs this operation in the default session, or in `session`."""
        stacks.session_for(self.graph, session, "execute an operation").run(self, feed_dict)

    def values(self) -> tuple[Tensor, ...]:
        return self._outputs

    def __str__(self) -> str:
        return str(self.node_def)

    def __repr__(self) -> str:
        return f"<tf.Operation '{self.name}' type={self.type}>"

    # Equality and hashing stay Python's own, by identity: dictionaries keyed by operations are on every run's path.

    def __copy__(self) -> Operation:
        return self


def create(graph: Graph, name: str, definition: OpDefinition, inputs: tuple[Tensor, ...], attrs: dict[str, Any],
           output_types: list[Any], output_shapes: tuple[Any, ...]) -> Operation:
    """Adds a node whose inputs, attributes and output types are already checked (building.py does that)."""
    op = Operation(graph, name, definition, inputs, (), attrs)
    op._outputs = tuple([Tensor(op, i, dtype, shape)
                         for i, (dtype, shape) in enumerate(zip(output_types, output_shapes, strict=True))])
    insert(op)
    return op


def insert(op: Operation, takes_device: bool = True) -> None:
    """Adds a node that is complete; what the scopes of its graph ask for is added to what it has.

    Args:
      op: The node.
      takes_device: Whether device scopes say where it goes.
    """
    op.graph.add(op, takes_device)
