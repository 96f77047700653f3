"""Loops of TensorFlow 1: frames, each turned into one `While`.

    Enter ──> Merge ──> Switch ──1──> (body) ──> NextIteration ──> Merge       a loop variable
                │         │ 0
             (cond)       └───> Exit
                └──> LoopCond ──> Switch
    Enter (is_constant) ──> (body)                                             a value from outside

`assign_frames` says which frame each vertex lies in. `close_frame` takes the vertices of an innermost frame and puts
a `While` into the frame around it; its `Exit`s become `Identity`s of what the `While` gives.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any, NamedTuple

from tensorboard.compat.proto import attr_value_pb2, types_pb2

from millpond.graph.frames_arrays import outer_uses
from millpond.graph.frames_branches import close_region
from millpond.graph.frames_contexts import Region
from millpond.graph.frames_graph import (
    Body,
    FlowGraph,
    Tensor,
    Vertex,
    attr_of,
    base_type,
    identity,
    number_attr,
    settle_reads,
)
from millpond.graph.function_reading import MAX_DEPTH


class Frame:
    """A loop, or the graph itself.

    Attributes:
      name: Its name, with those of the frames around it.
      title: What it is, in words.
      parent: The frame around it, None for the graph.
      depth: How many frames lie around it.
      vertices: What lies in it, and not in a frame inside it.
    """

    def __init__(self, name: str = "", parent: Frame | None = None, title: str = "") -> None:
        self.name = name
        self.title = title or f"frame '{name}'"
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.children: dict[str, Frame] = {}
        self.vertices: list[Vertex] = []

    def __str__(self) -> str:
        return self.title

    def child(self, name: str) -> Frame:
        if name not in self.children:
            self.children[name] = Frame(f"{self.name}/{name}" if self.name else name, self)
        return self.children[name]


class _LoopVariable(NamedTuple):
    enter: Vertex
    merge: Vertex
    next: Vertex


def assign_frames(graph: FlowGraph) -> list[Frame]:
    """Finds the frame of each vertex.

    Returns:
      The frames, each behind those inside it; the last is the graph.

    Raises:
      ValueError: If edges cross frames other than through `Enter` and `Exit`, or nodes form a circle that is no loop.
    """
    root = Frame(title=graph.title)
    waiting: dict[Vertex, int] = {}
    consumers: dict[Vertex, list[Vertex]] = {}
    for vertex in graph.vertices:
        sources = [source for source in _sources(vertex) if not _is_back_edge(source, vertex)]
        waiting[vertex] = len(sources)
        for source in sources:
            consumers.setdefault(source, []).append(vertex)
    for vertex in graph.outside.values():
        vertex.frame = root
    ready = deque([vertex for vertex in graph.vertices if not waiting[vertex]])
    for vertex in graph.outside.values():
        for consumer in consumers.get(vertex, ()):
            waiting[consumer] -= 1
            if not waiting[consumer]:
                ready.append(consumer)
    frames = [root]
    count = 0
    while ready:
        vertex = ready.popleft()
        count += 1
        before = len(frames)
        vertex.frame = _frame_of(vertex, root, frames)
        if len(frames) > before and vertex.frame.depth > MAX_DEPTH:
            raise ValueError(f"{vertex} enters {MAX_DEPTH + 1} frames that lie in each other; at most {MAX_DEPTH} are "
                             f"supported. The outermost is '{vertex.frame.name.partition('/')[0]}'.")
        vertex.frame.vertices.append(vertex)
        for consumer in consumers.get(vertex, ()):
            waiting[consumer] -= 1
            if not waiting[consumer]:
                ready.append(consumer)
    if count < len(graph.vertices):
        left = [vertex for vertex in graph.vertices if waiting[vertex]]
        frame = next((source.frame for vertex in left for source in _sources(vertex) if source.frame), root)
        raise ValueError(f"{len(left)} nodes in a cycle that goes through no NextIteration, or behind one, in {frame}: "
                         f"{', '.join(repr(vertex.name) for vertex in left[:10])}.")
    for vertex in graph.vertices:
        for source in _sources(vertex):
            if _is_back_edge(source, vertex) and source.frame is not vertex.frame:
                raise _crossing(vertex, vertex, source)
    for frame in frames:
        frame.vertices.sort(key=lambda vertex: vertex.position)
    return sorted(frames, key=lambda frame: -frame.depth)


def _sources(vertex: Vertex) -> Iterable[Vertex]:
    yield from (tensor[0] for tensor in vertex.inputs)
    yield from vertex.controls


def _is_back_edge(source: Vertex, vertex: Vertex) -> bool:
    return source.kind == "NextIteration" and vertex.kind == "Merge"


def _frame_of(vertex: Vertex, root: Frame, frames: list[Frame]) -> Frame:
    """The frame of a vertex, from those of what it takes."""
    found: Frame | None = None
    first: Vertex | None = None
    for source in _sources(vertex):
        if _is_back_edge(source, vertex):
            continue
        frame = source.frame
        if source.kind == "Exit":
            frame = frame.parent
        if found is None:
            found, first = frame, source
        elif frame is not found:
            assert first is not None
            raise _crossing(vertex, first, source)
    found = found or root
    if vertex.kind == "Exit" and found.parent is None:
        raise ValueError(f"{vertex} leaves a frame, but what it takes lies in none.")
    if vertex.kind in ("NextIteration", "LoopCond") and found.parent is None:
        raise ValueError(f"{vertex} belongs to a loop, but lies in no frame: no Enter leads to it.")
    if vertex.kind == "Enter":
        name = vertex.attr["frame_name"].s.decode("utf-8", "replace") if "frame_name" in vertex.attr else ""
        if not name:
            raise ValueError(f"{vertex}: NodeDef missing attr 'frame_name'.")
        known = len(found.children)
        found = found.child(name)
        if len((found.parent or root).children) > known:
            frames.append(found)
    return found


def _outer(source: Vertex) -> Frame:
    return source.frame.parent if source.kind == "Exit" else source.frame


def _crossing(vertex: Vertex, first: Vertex, second: Vertex) -> ValueError:
    return ValueError(f"{vertex} has inputs from different frames. The input '{first.name}' is in {_outer(first)}. The "
                      f"input '{second.name}' is in {_outer(second)}. Only Enter leads into a frame, only Exit out of "
                      "it.")


def close_frame(graph: FlowGraph, frame: Frame) -> None:
    """Turns a frame that has none inside it (any more) into a `While` in the frame around it.

    Raises:
      ValueError: If the frame is not a loop.
    """
    assert frame.parent is not None
    loop = _Loop(graph, frame)
    made = loop.make()
    made.frame = frame.parent
    frame.parent.vertices += [*loop.read_before, made, *loop.exits]
    for vertex in (*loop.read_before, *loop.exits):
        vertex.frame = frame.parent


class _Loop:
    """A frame that is taken apart.

    Attributes:
      exits: Its `Exit`s.
      read_before: What reads variables before the loop whose values enter it.
    """

    def __init__(self, graph: FlowGraph, frame: Frame) -> None:
        self.graph = graph
        self.frame = frame
        self.members = set(frame.vertices)
        self.exits = [vertex for vertex in frame.vertices if vertex.kind == "Exit"]
        self.enters = [vertex for vertex in frame.vertices if vertex.kind == "Enter"]
        conditions = [vertex for vertex in frame.vertices if vertex.kind == "LoopCond"]
        if len(conditions) != 1:
            shown = ", ".join(repr(vertex.name) for vertex in conditions[:10])
            raise ValueError(f"The {frame}, which {self.enters[0]} enters, has {len(conditions)} LoopCond nodes in "
                             f"place of one{f': {shown}' if shown else ''}.")
        self.condition = conditions[0]
        self.read_before: list[Vertex] = []
        self.variables = self._loop_variables()
        # For each Merge whose second output is used, that of the variable which carries it.
        self._numbers: dict[Vertex, Vertex] = {}
        for variable in self._numbered():
            number = self._number_of(variable)
            self._numbers[variable.merge] = number.merge
            self.variables.append(number)
        self.merges = {variable.merge for variable in self.variables}
        self._entering: dict[Vertex, Tensor] = {}
        self._references: dict[Vertex, Tensor] = {}
        self._places: dict[Vertex, int] = {}
        if not self.exits:
            raise ValueError(f"The {frame}, which {self.enters[0]} enters, has no Exit.")

    def _loop_variables(self) -> list[_LoopVariable]:
        found = []
        for merge in self.frame.vertices:
            if merge.kind != "Merge":
                continue
            kinds = [self._entry_kind(tensor) for tensor in merge.inputs]
            if "NextIteration" not in kinds and "Enter" not in kinds:
                continue
            if sorted(kinds) != ["Enter", "NextIteration"]:
                raise ValueError(f"{merge} of {self.frame} must take an Enter and a NextIteration, but takes "
                                 f"{', '.join(str(tensor[0]) for tensor in merge.inputs)}.")
            first, second = merge.inputs
            enter, back = (first, second) if kinds[0] == "Enter" else (second, first)
            if len(back[0].inputs) != 1 or len(enter[0].inputs) != 1:
                wrong = back[0] if len(back[0].inputs) != 1 else enter[0]
                raise ValueError(f"{wrong} of {self.frame} takes one input, but has {len(wrong.inputs)}.")
            found.append(_LoopVariable(enter[0], merge, back[0]))
        return found

    def _numbered(self) -> list[_LoopVariable]:
        """The loop variables of which is asked whether their value is that of the start (`value_index`)."""
        used = {tensor for vertex in self.frame.vertices for tensor in vertex.inputs}
        return [variable for variable in self.variables if (variable.merge, 1) in used]

    def _number_of(self, variable: _LoopVariable) -> _LoopVariable:
        """A loop variable that tells which input of the `Merge` of another gives its value: that of `Enter` in the
        first iteration, that of `NextIteration` in all others."""
        merge = variable.merge
        enter, back = [self._constant(merge, merge.inputs.index((vertex, 0))) for vertex in (variable.enter,
                                                                                             variable.next)]
        made = []
        for kind, inputs in (("Enter", [(enter, 0)]), ("Merge", []), ("NextIteration", [(back, 0)])):
            made.append(Vertex(self.graph.unique_name(f"{merge.name}/value_index_{kind}"), kind,
                               attr_of(type_T=types_pb2.DT_INT32), inputs, position=merge.position,
                               outputs=[types_pb2.DT_INT32] * (1 + (kind == "Merge"))))
            made[-1].frame = self.frame
        return _LoopVariable(*made)

    def _constant(self, near: Vertex, value: int) -> Vertex:
        """A number outside of the loop."""
        made = Vertex(self.graph.unique_name(f"{near.name}/value_index"), "Const", number_attr(value),
                      position=near.position, outputs=[types_pb2.DT_INT32])
        self.read_before.append(made)
        return made

    def _entry_kind(self, tensor: Tensor) -> str:
        source = tensor[0]
        if source.kind == "Enter" and _is_constant(source):
            return ""
        return source.kind

    def make(self) -> Vertex:
        """Makes the `While`."""
        references = {v.merge: _input(v.enter, 0) for v in self.variables if v.enter.op == "RefEnter"}
        self._references = references
        self.variables, constant = ([v for v in self.variables if (v.merge in references) is is_constant]
                                    for is_constant in (False, True))
        self._places = {variable.merge: i for i, variable in enumerate(self.variables)}
        results = [self._resolved(_input(variable.next, 0)) for variable in self.variables]
        targets = [control for v in (*self.variables, *constant) for control in v.next.controls]
        targets += [self._resolved(_input(variable.next, 0))[0] for variable in constant]
        copies: dict[Vertex, Vertex] = {}
        condition = self._part([self._resolved(_input(self.condition, 0))], self.condition.controls, copies)
        body = self._part(results, targets, None)
        for vertex in body.vertices:
            if vertex in copies and (self.graph.is_stateful(vertex) or any(vertex.uses.values())):
                raise NotImplementedError(f"{vertex} of {self.frame} belongs to the loop's condition and to its body; "
                                          "that is supported only for nodes without state.")
        return self._while(close_region(self.graph, condition), close_region(self.graph, body))

    def _resolved(self, tensor: Tensor) -> Tensor:
        """What a tensor of the frame is to the functions: a tensor from outside, the `Merge` of a loop variable, or a
        result of one of their vertices."""
        while True:
            vertex, index = tensor
            if vertex not in self.members:
                return tensor
            if vertex.kind == "Enter":
                if not _is_constant(vertex):
                    raise ValueError(f"{vertex} of {self.frame} is not constant, but used otherwise than by the Merge "
                                     "of a loop variable.")
                return self._entered(vertex)
            if vertex in self.merges:
                if index:
                    return self._numbers[vertex], 0
                return self._references.get(vertex, tensor)
            if vertex.kind == "Switch" and self._is_condition(_input(vertex, 1)):
                if not index:
                    raise ValueError(f"{vertex} of {self.frame}: what it gives when the loop ends is used otherwise "
                                     "than by an Exit.")
                tensor = _input(vertex, 0)
            elif vertex is self.condition:
                tensor = _input(vertex, 0)
            else:
                return tensor

    def _is_condition(self, tensor: Tensor) -> bool:
        while tensor[0].op == "Identity" and tensor[0] in self.members:
            tensor = _input(tensor[0], 0)
        return tensor[0] is self.condition

    def _entered(self, enter: Vertex) -> Tensor:
        """The tensor outside that enters; if that is a variable, but a value enters, what reads it."""
        if enter not in self._entering:
            source = _input(enter, 0)
            if enter.op == "Enter" and self.graph.is_reference(source):
                reading = identity(enter.name, source, self.graph.type_of(source), enter.position)
                reading.controls = list(enter.controls)
                self.read_before.append(reading)
                source = (reading, 0)
            self._entering[enter] = source
        return self._entering[enter]

    def _part(self, results: list[Tensor], targets: Iterable[Vertex], copies: dict[Vertex, Vertex] | None) -> Region:
        """The vertices that some tensors and vertices of the frame need; copies of them if `copies` is given."""
        needed: dict[Vertex, tuple[list[Tensor], list[Vertex]]] = {}
        targets = self._controls(targets)
        waiting = [*(tensor[0] for tensor in results), *targets]
        while waiting:
            vertex = waiting.pop()
            if vertex in needed or not self._is_inside(vertex):
                continue
            inputs, controls = [self._resolved(tensor) for tensor in vertex.inputs], self._controls(vertex.controls)
            needed[vertex] = inputs, controls
            waiting += [tensor[0] for tensor in inputs]
            waiting += controls
        kept = {vertex: vertex for vertex in needed}
        if copies is not None:
            copies.update((vertex, vertex.copy()) for vertex in needed)
            kept = copies
        for vertex, (inputs, controls) in needed.items():
            kept[vertex].inputs = [(kept.get(source, source), i) for source, i in inputs]
            kept[vertex].controls = [kept.get(source, source) for source in controls]
        place = f"the {'body' if copies is None else 'condition'} of {self.frame}"
        return Region([kept[vertex] for vertex in needed], [(kept.get(source, source), i) for source, i in results],
                      [kept.get(source, source) for source in targets], place)

    def _is_inside(self, vertex: Vertex) -> bool:
        return vertex in self.members and vertex not in self.merges

    def _controls(self, controls: Iterable[Vertex]) -> list[Vertex]:
        """The vertices behind control inputs: what enters has been computed before a turn of the loop begins."""
        found = []
        for vertex in controls:
            if vertex.kind in ("Enter", "LoopCond") or vertex in self.merges:
                continue
            if vertex.kind == "Switch" and self._is_condition(_input(vertex, 1)):
                vertex = self._resolved((vertex, 1))[0]
            elif vertex.op == "Identity" and not vertex.controls:
                source = self._resolved(_input(vertex, 0))
                if not self._is_inside(source[0]) and not self.graph.is_reference(source):
                    continue
            if self._is_inside(vertex):
                found.append(vertex)
        return list(dict.fromkeys(found))

    def _while(self, condition: Body, body: Body) -> Vertex:
        variables = [(variable.merge, 0) for variable in self.variables]
        inputs = [self._entered(variable.enter) for variable in self.variables]
        settle_reads(self.graph, [condition, body])
        captured = dict.fromkeys([*condition.outer_tensors(), *body.outer_tensors()])
        captured = {tensor: None for tensor in captured if tensor not in set(variables)}
        arguments = {tensor: i for i, tensor in enumerate([*variables, *captured])}
        condition.arguments = body.arguments = arguments
        types = [base_type(self.graph.type_of(tensor)) for tensor in inputs]
        scope = self.condition.name.rpartition("/")[0]
        controls = dict.fromkeys(control for enter in self.enters for control in enter.controls)
        made = Vertex(self.graph.unique_name(f"{scope}/While" if scope else "While"), "While",
                      {"parallel_iterations": self._parallel_iterations()}, [*inputs, *captured], list(controls),
                      self.condition.position, outputs=types + [self.graph.type_of(tensor) for tensor in captured])
        made.bodies = condition, body
        made.uses = outer_uses({*condition.vertices, *body.vertices}, (*condition.vertices, *body.vertices))
        for vertex in self.exits:
            self._leave(vertex, made)
        return made

    def _leave(self, vertex: Vertex, made: Vertex) -> None:
        """Makes an `Exit` give what the `While` gives."""
        switch, index = _input(vertex, 0)
        while switch.op == "Identity" and switch in self.members:
            switch, index = _input(switch, 0)
        if switch.kind != "Switch" or index or not self._is_condition(_input(switch, 1)):
            raise ValueError(f"{vertex} of {self.frame} must take what a Switch on the loop's condition gives when the "
                             f"loop ends, but takes output {index} of {switch}.")
        merge, index = _input(switch, 0)
        merge = self._numbers.get(merge, merge) if index else merge
        if merge in self._references:
            source = self._references[merge]
            vertex.controls = [made]
        elif merge in self.merges:
            source = made, self._places[merge]
            vertex.controls = []
        else:
            raise ValueError(f"{vertex} of {self.frame} must lead out a loop variable, but leads out {merge}.")
        type = base_type(self.graph.type_of(source))
        vertex.become("Identity", attr_of(type_T=type), [source], [type])

    def _parallel_iterations(self) -> Any:
        known = [enter.attr["parallel_iterations"].i for enter in self.enters if "parallel_iterations" in enter.attr]
        return attr_value_pb2.AttrValue(i=max([1, *known]) if known else 10)


def _is_constant(enter: Vertex) -> bool:
    return "is_constant" in enter.attr and enter.attr["is_constant"].b


def _input(vertex: Vertex, index: int) -> Tensor:
    if index >= len(vertex.inputs):
        raise ValueError(f"{vertex} takes more inputs than the {len(vertex.inputs)} that it has.")
    return vertex.inputs[index]
