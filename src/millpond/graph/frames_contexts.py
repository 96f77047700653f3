"""What the vertices of a function run under: the outcomes of predicates that `Switch` and `Merge` make.

A `Switch` passes its input on to one of its outputs; what takes the other output does not run. So each vertex has a
context: under which outcomes of which predicates it runs. A `Merge` gives the input that runs, and joins the contexts
of the two sides of a predicate to the one around them.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Any, NamedTuple

from tensorboard.compat.proto import types_pb2

from millpond.graph.frames_graph import FlowGraph, Tensor, Vertex, attr_of, base_type, identity, in_order, number_attr
from millpond.graph.function_reading import MAX_DEPTH


class Context:
    """What a vertex runs under: a chain of outcomes.

    Attributes:
      parent: All outcomes but the last; None if there are none, so that a vertex always runs.
      key: The last predicate, as the tensor that it is passed on from.
      side: Its outcome.
    """

    __slots__ = ("parent", "key", "side", "depth", "_children")

    def __init__(self, parent: Context | None = None, key: Tensor | None = None, side: int = 0) -> None:
        self.parent = parent
        self.key = key
        self.side = side
        self.depth: int = 0 if parent is None else parent.depth + 1
        self._children: dict[tuple[Tensor, int], Context] = {}

    def under(self, key: Tensor, side: int) -> Context | None:
        """The context with one more outcome; None if that contradicts another."""
        context = self
        while context.parent is not None:
            if context.key == key:
                return self if context.side == side else None
            context = context.parent
        if (key, side) not in self._children:
            self._children[key, side] = Context(self, key, side)
        return self._children[key, side]

    def child(self, key: Tensor, side: int) -> Context | None:
        """The context with one more outcome, if anything runs under it."""
        return self._children.get((key, side))

    def around(self, depth: int) -> Context:
        """Its first `depth` outcomes."""
        context = self
        while context.depth > depth:
            assert context.parent is not None
            context = context.parent
        return context

    def holds(self, other: Context) -> bool:
        """Whether what runs under the other context always finds this one true."""
        return self.depth <= other.depth and other.around(self.depth) is self


def _joined(first: Context | None, second: Context | None) -> Context | None:
    """The context of what needs both; None if both never run."""
    if first is second or first is None or second is None:
        return first and second
    if first.holds(second):
        return second
    if second.holds(first):
        return first
    rest = []
    while not second.holds(first):
        rest.append(second)
        assert second.parent is not None
        second = second.parent
    result: Context | None = first
    for context in reversed(rest):
        assert context.key is not None
        result = result and result.under(context.key, context.side)
    return result


class Region(NamedTuple):
    """What becomes a function, or the graph.

    Attributes:
      vertices: Vertices, of which some may run under conditions.
      results: What the function gives.
      targets: What has to run besides.
      place: What it is, in words.
      is_graph: Whether it is the graph, of which a run asks for parts.
    """

    vertices: list[Vertex]
    results: list[Tensor]
    targets: list[Vertex]
    place: str
    is_graph: bool = False


class Joint(Vertex):
    """The output of an `If` to be: what one of two sides gives.

    Attributes:
      sides: The tensors that the outcomes false and true give.
      result: The output, once there is the `If`.
    """

    __slots__ = ("sides", "result")

    sides: tuple[Tensor, Tensor]
    result: Tensor


class BranchExit(NamedTuple):
    """What leads out of two sides: a joint, or a vertex outside that runs after one inside.

    Attributes:
      level: The level of the `If` that it belongs to.
      context: What the `If` runs under.
      key: The key of its predicate.
      call: What the predicate came from, as the program wrote it: the exits of one `tf.cond` share it.
      joint: The joint, or None.
      after: The vertex outside and the one inside, or None.
    """

    level: int
    context: Context
    key: Tensor
    call: Vertex | None
    joint: Joint | None
    after: tuple[Vertex, Vertex] | None

    @property
    def outer(self) -> Vertex:
        """What stands outside, and waits for it."""
        if self.joint is not None:
            return self.joint
        assert self.after is not None
        return self.after[0]

    def starts(self, side: int) -> list[Vertex]:
        """Vertices that a side has to run."""
        if self.joint is not None:
            return [final(self.joint.sides[side])[0]]
        assert self.after is not None
        return [self.after[1]]


def final(tensor: Tensor) -> Tensor:
    """A tensor, with the output of an `If` for a joint."""
    while isinstance(tensor[0], Joint) and hasattr(tensor[0], "result"):
        tensor = tensor[0].result
    return tensor


class _Side(NamedTuple):
    """An input of a `Merge`: what it runs under, what it is, its level, call (see `BranchExit`) and number."""

    context: Context
    tensor: Tensor
    level: int
    call: Vertex | None
    number: int


def _constant(vertex: Vertex) -> int | None:
    """The value of a constant number."""
    if vertex.op != "Const" or "value" not in vertex.attr:
        return None
    message = vertex.attr["value"].tensor
    if message.tensor_shape.dim or message.dtype not in (types_pb2.DT_INT32, types_pb2.DT_INT64):
        return None
    if message.tensor_content:
        return int.from_bytes(message.tensor_content, "little", signed=True)
    return next(iter([*message.int_val, *message.int64_val]), 0)


class Conditions:
    """The vertices of a region with their contexts.

    Attributes:
      root: What always holds in the region.
      always: What holds besides where the region is a function, since it runs in a branch.
      vertices: The vertices, without `Switch`es; each behind what it needs.
      outputs: The contexts of the outputs of `Switch`es.
      calls: What the predicate of a vertex comes from, as the program wrote it.
      exits: What leads out of contexts, by their depth.
      needed: The lowest level of the joints behind a vertex, if there are any.
    """

    def __init__(self, graph: FlowGraph, region: Region) -> None:
        self.graph = graph
        self.region = region
        self.root = Context()
        self.always = self.root
        # Vertices that wait for others though those may not run.
        self.ordering: list[Vertex] = []
        self.targets: list[Vertex] = []
        self.results: list[Tensor] = []
        self.vertices: dict[Vertex, None] = {}
        self.outputs: dict[Vertex, tuple[Context | None, Context | None]] = {}
        self.passed: dict[Vertex, Tensor] = {}
        self.behind: dict[Vertex, list[Vertex]] = {}
        self.calls: dict[Vertex, Vertex] = {}
        self.needed: dict[Vertex, int] = {}
        # Of a Merge of two sides, the predicate and the numbers of the inputs for false and true.
        self.chosen: dict[Vertex, tuple[Tensor, list[int]]] = {}
        self.exits: dict[int, list[BranchExit]] = {}
        used = [*(tensor for vertex in region.vertices for tensor in vertex.inputs), *region.results]
        self.indexed = {vertex for vertex, index in used if index == 1 and vertex.kind == "Merge"}

    def read(self) -> None:
        """Finds the contexts.

        Raises:
          ValueError: If `Switch`es and `Merge`s are not branches.
        """
        for vertex in in_order(self.region.vertices, self.region.place):
            self._read(vertex)
        if not self.region.is_graph:
            self._assume()
        targets = self._followed(self.region.targets)
        if any(not self.is_always(vertex) for vertex in targets):
            trigger = Vertex(self.graph.unique_name("targets"), "NoOp", {}, (), targets)
            self._read_trigger(trigger)
            targets = [trigger]
        for vertex in self.ordering:
            self.note_exits(vertex)
        self.targets = targets
        self.results = [self._passed(tensor) for tensor in self.region.results]
        self._find_needs()

    def _assume(self) -> None:
        """Finds what always holds where the function runs.

        In the gradient of a loop that runs in a branch, some vertices tell again that it does: their context is what
        the results need, and its predicates come from outside.

        Raises:
          ValueError: If a result needs an outcome that may differ from turn to turn.
        """
        base: Context | None = self.always
        for tensor in self.region.results:
            base = _joined(base, self._context(tensor))
        members = set(self.region.vertices)
        context = base
        while context is not None and context.parent is not None:
            assert context.key is not None
            if context.key[0] in members or context.key[0].kind == "Merge":
                break
            context = context.parent
        if base is None or context is None or context.parent is not None:
            tensor = next(tensor for tensor in self.region.results if self._context(tensor) is not self.always)
            raise ValueError(f"{tensor[0]} of {self.region.place} must always give a value, but runs in a branch only.")
        self.always = base

    def is_always(self, vertex: Vertex) -> bool:
        context = self.context_of(vertex)
        return context is not None and context.holds(self.always)

    def _read(self, vertex: Vertex) -> None:
        if vertex.kind == "Switch":
            self._read_switch(vertex)
        elif vertex.kind == "Merge":
            self._read_merge(vertex)
        elif vertex.kind == "ControlTrigger":
            self._read_trigger(vertex)
        elif vertex.kind:
            raise ValueError(f"{vertex} of {self.region.place} is not where a loop has such a node.")
        else:
            context, level = self._join_of(vertex)
            vertex.context, vertex.level = context, level
            self._note_call(vertex)
            vertex.inputs = [self._passed(tensor) for tensor in vertex.inputs[vertex.handles:]]
            vertex.controls = self._followed(vertex.controls)
            self.vertices[vertex] = None

    def _read_trigger(self, vertex: Vertex) -> None:
        """What waits for all its control inputs, whether they run or not."""
        vertex.become("NoOp", {}, [], [])
        vertex.controls = self._followed(vertex.controls)
        vertex.context = self.root
        vertex.level = max((source.level + (self.context_of(source) is not self.root) for source in vertex.controls),
                           default=0)
        self.vertices[vertex] = None
        self.ordering.append(vertex)

    def _join_of(self, vertex: Vertex) -> tuple[Context | None, int]:
        context: Context | None = self.root
        level = 0
        for tensor in vertex.inputs:
            context = _joined(context, self._context(tensor))
            level = max(level, tensor[0].level)
        for source in vertex.controls:
            context = _joined(context, self.context_of(source))
            level = max(level, source.level)
        if context is not None and context.depth > MAX_DEPTH:
            raise ValueError(f"{vertex} of {self.region.place} lies in {context.depth} branches inside each other; "
                             f"at most {MAX_DEPTH} are supported.")
        return context, level

    def _context(self, tensor: Tensor) -> Context | None:
        vertex, index = tensor
        if vertex in self.outputs:
            if index > 1:
                raise ValueError(f"Connecting to invalid output {index} of source node {vertex.name} which has 2 "
                                 "outputs.")
            return self.outputs[vertex][index]
        return self.context_of(vertex)

    def context_of(self, vertex: Vertex) -> Context | None:
        return vertex.context if vertex in self.vertices or vertex in self.outputs else self.root

    def _passed(self, tensor: Tensor) -> Tensor:
        """The tensor that a `Switch` passes on."""
        return self.passed.get(tensor[0], tensor)

    def _followed(self, controls: Iterable[Vertex]) -> list[Vertex]:
        """Control inputs, without `Switch`es."""
        return list(dict.fromkeys(source for vertex in controls for source in self.behind.get(vertex, (vertex,))))

    def _read_switch(self, vertex: Vertex) -> None:
        if len(vertex.inputs) != 2:
            raise ValueError(f"{vertex} of {self.region.place} takes two inputs, but has {len(vertex.inputs)}.")
        context, level = self._join_of(vertex)
        vertex.context, vertex.level = context, level
        data, predicate = (self._passed(tensor) for tensor in vertex.inputs)
        controls = self._followed(vertex.controls)
        if vertex.op == "Switch" and self.graph.is_reference(data):
            reading = identity(vertex.name, data, self.graph.type_of(data), vertex.position)
            reading.controls, reading.context, reading.level = controls, context, level
            self.vertices[reading] = None
            data = reading, 0
        key, is_negated = self._key(predicate)
        self.passed[vertex] = data
        self.behind[vertex] = list(dict.fromkeys([data[0], predicate[0], *controls]))
        self.calls[vertex] = predicate[0]
        sides = [context and context.under(key, side) for side in (0, 1)]
        self.outputs[vertex] = (sides[1], sides[0]) if is_negated else (sides[0], sides[1])

    def _key(self, tensor: Tensor) -> tuple[Tensor, bool]:
        """What a predicate is passed on from, and whether it is the opposite of that.

        In gradients of gradients a predicate asks which input a `Merge` has given.
        """
        is_negated = False
        while tensor[0].inputs and not self.graph.is_reference(tensor[0].inputs[0]):
            vertex = tensor[0]
            chosen = None
            if vertex.op == "Equal":
                merge, index = vertex.inputs[0]
                chosen = self.chosen.get(merge) if index == 1 else None
            if chosen is not None:
                asked = _constant(vertex.inputs[1][0])
                if asked not in chosen[1]:
                    break
                tensor = chosen[0]
                is_negated ^= chosen[1].index(asked) == 0
            elif vertex.op in ("Identity", "LogicalNot"):
                tensor = vertex.inputs[0]
                is_negated ^= vertex.op == "LogicalNot"
            else:
                break
        return tensor, is_negated

    def _note_call(self, vertex: Vertex) -> None:
        if vertex.context is self.root or vertex.context is None:
            return
        for tensor in vertex.inputs:
            if self._context(tensor) is vertex.context and tensor[0] in self.calls:
                self.calls[vertex] = self.calls[tensor[0]]
                return
        for source in vertex.controls:
            if source.context is vertex.context and source in self.calls:
                self.calls[vertex] = self.calls[source]

    def _read_merge(self, vertex: Vertex) -> None:
        if not vertex.inputs:
            raise ValueError(f"{vertex} of {self.region.place} has no inputs.")
        type = base_type(self.graph.types_of(vertex)[0])
        sides = [_Side(context, self._passed(tensor), tensor[0].level, self.calls.get(tensor[0]), i)
                 for i, tensor in enumerate(vertex.inputs) if (context := self._context(tensor)) is not None]
        is_indexed = self.region.is_graph or vertex in self.indexed
        vertex.controls = self._followed(vertex.controls)
        vertex.context = None
        if not sides:
            self.vertices[vertex] = None
            vertex.become("Identity", {}, [], [type])
            return
        value = self._merged(vertex, sides, type)
        vertex.context, vertex.level = value.context, value.level
        if value.call is not None and value.context is not self.root:
            self.calls[vertex] = value.call
        if isinstance(value.tensor[0], Joint) and len(sides) == 2:
            # Which input stands for false, and which for true.
            numbers = [side.number for side in sorted(sides, key=lambda side: side.context.side)]
            key = sides[0].context.key
            assert key is not None
            self.chosen[vertex] = key, numbers
        if is_indexed:
            index = self._value_index(vertex, sides, value)
            vertex.become("IdentityN", attr_of(types_T=[type, types_pb2.DT_INT32]), [value.tensor, index],
                          [type, types_pb2.DT_INT32])
        else:
            vertex.become("Identity", attr_of(type_T=type), [value.tensor], [type])
        self.vertices[vertex] = None
        self.ordering.append(vertex)

    def _value_index(self, vertex: Vertex, sides: list[_Side], value: _Side) -> Tensor:
        """Which of its inputs a `Merge` gives: second output of some programs' use."""
        if vertex in self.chosen:
            predicate, numbers = self.chosen[vertex]
            if numbers[0]:
                predicate = self._add(vertex, "LogicalNot", {}, [predicate], types_pb2.DT_BOOL, value), 0
            attr = attr_of(type_SrcT=types_pb2.DT_BOOL, type_DstT=types_pb2.DT_INT32)
            return self._add(vertex, "Cast", attr, [predicate], types_pb2.DT_INT32, value), 0
        inputs = []
        for side in sides:
            number = self._add(vertex, "Const", number_attr(side.number), [], types_pb2.DT_INT32, side)
            inputs.append(side._replace(tensor=(number, 0)))
        return self._merged(vertex, inputs, types_pb2.DT_INT32).tensor

    def _add(self, near: Vertex, op: str, attr: dict[str, Any], inputs: list[Tensor], type: int, side: _Side) -> Vertex:
        made = Vertex(self.graph.unique_name(f"{near.name}/value_index"), op, attr, inputs, position=near.position,
                      outputs=[type])
        made.context, made.level = side.context, side.level
        self.vertices[made] = None
        return made

    def _merged(self, vertex: Vertex, sides: list[_Side], type: int) -> _Side:
        """What a `Merge` gives, by joining its inputs pair by pair, from the inside out.

        Where two inputs may be there at once, that of the outer context is taken; the first of those of one context.
        """
        left: dict[Context, _Side] = {}
        for side in sides:
            left.setdefault(side.context, side)
        heap = [(-context.depth, i, context) for i, context in enumerate(left)]
        heapq.heapify(heap)
        while len(left) > 1:
            _, i, context = heapq.heappop(heap)
            if context not in left:
                continue
            one, parent, key = left.pop(context), context.parent, context.key
            assert parent is not None and key is not None
            sibling = parent.child(key, 1 - context.side)
            if sibling in left:
                other = left.pop(sibling)
                pair = (other, one) if context.side else (one, other)
                if parent not in left:
                    left[parent] = self._joint(vertex, pair, parent, key, type)
                    heapq.heappush(heap, (-parent.depth, i, parent))
            elif not any(context.around(depth) in left for depth in range(context.depth)):
                shown = ", ".join(f"'{vertex.inputs[side.number][0].name}'" for side in sides[:10])
                raise ValueError(f"{vertex} of {self.region.place} merges what are not the two sides of one predicate: "
                                 f"{shown}. Only what tf.cond and tf.case write is supported.")
        return next(iter(left.values()))

    def _joint(self, vertex: Vertex, pair: tuple[_Side, _Side], context: Context, key: Tensor, type: int) -> _Side:
        joint = Joint(vertex.name, "_Joint", {}, (), (), vertex.position, outputs=[type])
        joint.sides = pair[0].tensor, pair[1].tensor
        joint.context = context
        joint.level = 1 + max(pair[0].level, pair[1].level)
        self.vertices[joint] = None
        call = pair[1].call or pair[0].call
        self.exits.setdefault(context.depth + 1, []).append(BranchExit(joint.level, context, key, call, joint, None))
        return _Side(context, (joint, 0), joint.level, call, 0)

    def note_exits(self, vertex: Vertex, *sources: Vertex) -> None:
        """Notes the control inputs of a vertex (all of them, or some) that lead into branches."""
        for source in sources or vertex.controls:
            context = self.context_of(source)
            if context is None or vertex.context is None or context.holds(vertex.context) or context.holds(self.always):
                continue
            assert context.parent is not None and context.key is not None
            level = source.level if source.bodies else source.level + 1
            vertex.level = max(vertex.level, level)
            self.exits.setdefault(context.depth, []).append(
                BranchExit(level, context.parent, context.key, self.calls.get(source), None, (vertex, source)))

    def _find_needs(self) -> None:
        """Finds the lowest level of the joints and exits behind each vertex."""
        for vertex in reversed(self.vertices):
            level = self.needed.get(vertex)
            if isinstance(vertex, Joint):
                level = vertex.level
                sources = [tensor[0] for tensor in vertex.sides]
            else:
                sources = [tensor[0] for tensor in vertex.inputs] + vertex.controls
            if level is not None:
                for source in sources:
                    self.needed[source] = min(level, self.needed.get(source, level))
