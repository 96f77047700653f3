"""Branches of TensorFlow 1: `Switch` and `Merge`, each group of `Merge`s turned into one `If`.

`close_region` takes the vertices of a function or of the graph, of which some run under conditions, and gives
vertices that always run. From the inside out, each joint of two sides becomes an output of an `If`, whose branches are
what the sides need of their contexts. Joints of one predicate share an `If` where neither needs the other, which their
levels tell: the level of a vertex counts the joints on the way to it. What an `If` of a higher level needs of a branch
that lies in one of a lower level (a gradient, what was computed forward) becomes one more output of that `If`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from millpond.graph.frames_arrays import outer_uses
from millpond.graph.frames_contexts import BranchExit, Conditions, Context, Joint, Region, final
from millpond.graph.frames_graph import Body, FlowGraph, Tensor, Vertex, base_type, settle_reads

# How long may be looked for what the outputs of an `If` share before they are taken together.
_MAX_STEPS = 500_000


def close_region(graph: FlowGraph, region: Region) -> Body:
    """Turns the conditions of a region into `If`s.

    Raises:
      ValueError: If its `Switch`es and `Merge`s are not branches.
    """
    return _Closing(graph, region).close()


class _Closing(Conditions):
    def close(self) -> Body:
        self.read()
        for depth in range(max(self.exits, default=0), 0, -1):
            for level, group in self._groups(self.exits.get(depth, [])):
                self._make_if(level, group)
        return self._body([final(tensor) for tensor in self.results], self.targets)

    def _body(self, results: list[Tensor], targets: list[Vertex]) -> Body:
        kept = [vertex for vertex in self.vertices if self.is_always(vertex) and not isinstance(vertex, Joint)]
        for vertex in kept:
            vertex.inputs = [final(tensor) for tensor in vertex.inputs]
        if not self.region.is_graph:
            members = set(kept)
            waiting = [*(tensor[0] for tensor in results), *targets]
            needed = set()
            while waiting:
                vertex = waiting.pop()
                if vertex in members and vertex not in needed:
                    needed.add(vertex)
                    waiting += [tensor[0] for tensor in vertex.inputs]
                    waiting += [array.home for array in vertex.uses]
                    waiting += vertex.controls
            kept = [vertex for vertex in kept if vertex in needed]
        return Body(kept, results, targets)

    def _groups(self, exits: list[BranchExit]) -> list[tuple[int, list[BranchExit]]]:
        """The exits of one depth that each `If` gets, with its level; those of lower levels first.

        Exits of one predicate are taken together where the lower ones may as well come later, since nothing between
        needs them.
        """
        by_predicate: dict[Any, dict[int, list[BranchExit]]] = {}
        for exit in exits:
            by_predicate.setdefault((exit.context, exit.key), {}).setdefault(exit.level, []).append(exit)
        groups = []
        for by_level in by_predicate.values():
            waiting: list[BranchExit] = []
            reached = 0
            for level, here in sorted(by_level.items()):
                if waiting and level >= min(self.needed.get(exit.outer, level + 1) for exit in waiting):
                    groups.append((reached, waiting))
                    waiting = []
                waiting, reached = waiting + here, level
            groups.append((reached, waiting))
        groups.sort(key=lambda group: group[0])
        if not self.region.is_graph:
            return groups
        return [(level, part) for level, group in groups for part in self._parts(level, group)]

    def _parts(self, level: int, exits: list[BranchExit]) -> list[list[BranchExit]]:
        """Parts of a group in the graph itself, where a run asks for some outputs and not for others: what has effects
        must run for those outputs alone that need it."""
        effects: dict[Vertex, int] = {}
        root = list(range(len(exits)))
        has_effects = [False] * len(exits)

        def find(i: int) -> int:
            while root[i] != i:
                root[i] = root[root[i]]
                i = root[i]
            return i

        budget = _MAX_STEPS
        for i, exit in enumerate(exits):
            for side in (0, 1):
                inside = self._collect(exit.starts(side), exit.context.child(exit.key, side), level, None)
                budget -= len(inside)
                for vertex in inside:
                    if self.graph.is_stateful(vertex) or any(vertex.uses.values()):
                        has_effects[i] = True
                        root[find(i)] = find(effects.setdefault(vertex, i))
            if budget < 0:
                return [exits]
        parts: dict[Any, list[BranchExit]] = {}
        for i, exit in enumerate(exits):
            parts.setdefault(find(i) if has_effects[i] else (exit.call,), []).append(exit)
        return list(parts.values())

    def _collect(self, starts: Iterable[Vertex], inside: Context | None, level: int, owner: Vertex | None
                 ) -> dict[Vertex, None]:
        """The vertices of a side that some of them need, but for those in an `If` of a lower level."""
        found: dict[Vertex, None] = {}
        waiting = list(starts)
        while waiting:
            vertex = waiting.pop()
            if vertex in found or not self._is_in(vertex, inside) or (vertex.owner and vertex.owner.level < level):
                continue
            found[vertex] = None
            if owner is not None and vertex.owner is None:
                vertex.owner = owner
            waiting += [final(tensor)[0] for tensor in vertex.inputs]
            waiting += [array.home for array in vertex.uses]
            waiting += [source for source in vertex.controls if not self._says_nothing(source, inside)]
        return found

    def _is_in(self, vertex: Vertex, inside: Context | None) -> bool:
        return inside is not None and vertex.context is inside and vertex in self.vertices

    def _says_nothing(self, source: Vertex, inside: Context | None) -> bool:
        """Whether waiting for a vertex of a side is waiting for the side to begin."""
        return self._is_in(source, inside) and not source.controls and source.op in ("Identity", "Const") and not any(
            self._is_in(final(tensor)[0], inside) or self.graph.is_reference(tensor) for tensor in source.inputs)

    def _make_if(self, level: int, exits: list[BranchExit]) -> None:
        context, key = exits[0].context, exits[0].key
        position = min(self._exit_position(exit) for exit in exits)
        name = next((exit.joint.name for exit in exits if exit.joint), exits[0].starts(0)[0].name)
        scope = name.rpartition("/")[0]
        made = Vertex(self.graph.unique_name(f"{scope}/If" if scope else "If"), "If", {}, [key], position=position)
        made.context, made.level = context, level
        joints = [exit.joint for exit in exits if exit.joint is not None]
        controls: dict[Vertex, None] = {}
        arguments: dict[Tensor, int] = {}
        bodies = []
        for side in (0, 1):
            inside = context.child(key, side)
            starts = [start for exit in exits for start in exit.starts(side)]
            members = self._collect(starts, inside, level, made)
            for vertex in members:
                vertex.inputs = [final(tensor) for tensor in vertex.inputs]
                for source in vertex.controls:
                    if source not in members and not self._says_nothing(source, inside) and source in self.vertices:
                        controls[source.owner if self._is_in(source, inside) else source] = None
            targets = [exit.after[1] for exit in exits if exit.after and exit.after[1] in members]
            bodies.append(Body(list(members), [final(joint.sides[side]) for joint in joints], targets))
        settle_reads(self.graph, bodies)
        for side, body in enumerate(bodies):
            inside = context.child(key, side)
            for tensor in body.outer_tensors():
                if tensor not in arguments:
                    arguments[tensor] = len(arguments)
                    is_inner = self._is_in(tensor[0], inside)
                    made.inputs.append(self._exported(tensor, side) if is_inner else tensor)
            body.arguments = arguments
        made.bodies = tuple(bodies)
        made.outputs = [self.graph.type_of((joint, 0)) for joint in joints]
        made.controls = list(controls)
        self._place_gradients(made, context, key)
        made.uses = outer_uses({vertex for body in bodies for vertex in body.vertices},
                               [vertex for body in bodies for vertex in body.vertices])
        self._export_arrays(made, context, key)
        self.vertices[made] = None
        if context is not self.root and exits[0].call is not None:
            self.calls[made] = exits[0].call
        for i, joint in enumerate(joints):
            joint.result = made, i
        for exit in exits:
            if exit.after is not None:
                after, source = exit.after
                after.controls = list(dict.fromkeys(made if one is source else one for one in after.controls))
                self.note_exits(after, made)

    def _exported(self, tensor: Tensor, side: int) -> Tensor:
        """The output of the `If` that a vertex of a side was put into, for one of the vertex's own outputs."""
        owner = tensor[0].owner
        results = owner.bodies[side].results
        place = owner.exports.get(tensor)
        if place is None:
            place = owner.exports[tensor] = len(results)
            for i, body in enumerate(owner.bodies):
                body.results.append(tensor if i == side else None)
            owner.outputs.append(base_type(self.graph.type_of(tensor)))
        return owner, place

    def _place_gradients(self, made: Vertex, context: Context, key: Tensor) -> None:
        """Lets the gradient of an array that another `If` makes be made here, where it is used first."""
        for side, body in enumerate(made.bodies):
            inside = context.child(key, side)
            places: list[Vertex] = []
            for vertex in body.vertices:
                for array in vertex.uses:
                    home = array.home
                    if array.forward is None or not self._is_in(home, inside) or home.owner in (None, made):
                        continue
                    if not any(array in other.uses for other in home.owner.bodies[side].vertices):
                        array.home = place = Vertex(self.graph.unique_name(f"{array.maker.name}/made"), "NoOp", {})
                        place.context, place.owner, place.outputs = inside, made, []
                        self.vertices[place] = None
                        places.append(place)
            body.vertices += places

    def _export_arrays(self, made: Vertex, context: Context, key: Tensor) -> None:
        """Lets `If`s give the arrays that are made in them and used in another."""
        for side in (0, 1):
            inside = context.child(key, side)
            for array in made.uses:
                home = array.home
                if not self._is_in(home, inside) or home.owner is None or home.owner is made:
                    continue
                owner = home.owner
                if array.forward is None or any(array in vertex.uses for vertex in owner.bodies[side].vertices):
                    owner.creates[array] = side
                    array.home = owner

    @staticmethod
    def _exit_position(exit: BranchExit) -> int:
        if exit.joint is not None:
            return exit.joint.position
        assert exit.after is not None
        return exit.after[1].position
