"""The tensor arrays and stacks of TensorFlow 1, which nodes change in place, and which of them a node uses.

An array is known by its handle, and a handle's way through `Enter`, `Switch`, `Identity` and `Merge` can be followed
back to the node that made it. In the functional form an array is a value, a tensor list: each function takes the lists
that it uses beside its other arguments, and gives those that it has changed. Flows stay what they were, numbers that
order nodes and say nothing.

A handle that is itself kept on a stack (that of an inner loop's array, which the gradient of the outer loop needs) is
kept as the list that it leads to when all of its region has run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from tensorboard.compat.proto import types_pb2

from millpond.graph.frames_graph import FlowGraph, Tensor, Vertex
from millpond.graph.function_reading import MAX_DEPTH

# What op types do with the array that their first input leads to, without the version at the end of their names.
MAKING = frozenset({"Stack", "TensorArray"})
CHANGING = frozenset("StackPush StackPop TensorArrayWrite TensorArrayScatter TensorArraySplit "
                     "TensorArrayUnpack".split())
READING = frozenset("TensorArrayRead TensorArrayGather TensorArrayPack TensorArrayConcat TensorArraySize".split())
GRADIENT = "TensorArrayGrad"
WITH_SHAPE = "TensorArrayGradWithShape"
CLOSING = frozenset({"StackClose", "TensorArrayClose"})
_ALL = MAKING | CHANGING | READING | CLOSING | {GRADIENT}
# How many inputs they take.
_INPUTS = {"Stack": 0, "StackV2": 1, "StackPush": 2, "StackPop": 1, "StackClose": 1, "TensorArray": 1,
           "TensorArrayWrite": 4, "TensorArrayScatter": 4, "TensorArraySplit": 4, "TensorArrayUnpack": 3,
           "TensorArrayRead": 3, "TensorArrayGather": 3, "TensorArrayPack": 2, "TensorArrayConcat": 2,
           "TensorArraySize": 2, "TensorArrayGrad": 2, "TensorArrayGradWithShape": 3, "TensorArrayClose": 1}


class Array:
    """A tensor array or stack.

    Attributes:
      maker: The node whose first output is its handle.
      forward: Of a gradient, the array that it is the gradient of.
      prepended: Of a gradient whose elements have more dimensions than those of `forward`, the sizes of these.
      order: How often it is a gradient.
      stack: Of one whose handle was popped from a stack, that stack.
      kept: Of a stack, those whose handles are pushed on it.
      home: What makes it as far as a region can see: its maker, or the `If` that the maker has been put into.
    """

    def __init__(self, maker: Vertex, forward: Array | None = None, stack: Array | None = None) -> None:
        self.maker = maker
        self.forward = forward
        self.order: int = 0 if forward is None else forward.order + 1
        self.prepended: Tensor | None = maker.inputs[2] if maker.op == WITH_SHAPE else None
        self.stack = stack
        self.kept: list[Array] = []
        self._home: Vertex | None = None

    @property
    def home(self) -> Vertex:
        array = self
        while array._home is None and array.forward is not None:
            array = array.forward
        return array._home or array.maker

    @home.setter
    def home(self, vertex: Vertex) -> None:
        self._home = vertex

    @property
    def is_dynamic(self) -> bool:
        """Whether it may grow."""
        array, seen = self, 0
        while array.stack is not None and array.stack.kept and seen < 100:
            array, seen = array.stack.kept[0], seen + 1
        return array.forward is None and "dynamic_size" in array.maker.attr and array.maker.attr["dynamic_size"].b


class Handled(NamedTuple):
    """What a node has to do with arrays.

    Attributes:
      array: The one that its handle leads to.
      value: The one whose handle it pushes on a stack.
    """

    array: Array
    value: Array | None


def family(op: str) -> str:
    """An op type that uses arrays without the version at its end; "" for other types."""
    base = op[:-2] if op[-2:] in ("V2", "V3") else GRADIENT if op == WITH_SHAPE else op
    return base if base in _ALL else ""


def find_arrays(graph: FlowGraph) -> dict[Vertex, Handled]:
    """The arrays that the nodes of a graph use; tells the vertices (`uses`).

    Raises:
      ValueError: If a handle does not come from a node that makes one.
    """
    for vertex in graph.vertices:
        base = family(vertex.op)
        if base and len(vertex.inputs) != _INPUTS.get(vertex.op, _INPUTS[base]):
            raise ValueError(f"{vertex} takes {_INPUTS.get(vertex.op, _INPUTS[base])} inputs, but has "
                             f"{len(vertex.inputs)}.")
    finding = _Finding()
    finding.follow_pushes(graph.vertices)
    found = {}
    for vertex in graph.vertices:
        base = family(vertex.op)
        if not base or base in MAKING:
            continue
        array = finding.array_of(vertex.inputs[0], vertex)
        if base == GRADIENT:
            array = finding.gradient(array, vertex)
        value = finding.pushed(vertex) if base == "StackPush" else None
        found[vertex] = Handled(array, value)
        vertex.handles = 1 if value is None else 2
        if base in CLOSING:
            continue
        vertex.uses[array] = base in CHANGING
        forward = array.forward
        while forward is not None:
            vertex.uses.setdefault(forward, False)
            forward = forward.forward
        if value is not None:
            vertex.uses.setdefault(value, False)
        if array.prepended is not None and base in READING:
            vertex.inputs.append(array.prepended)  # what was not written is zeros of that shape
    return found


class _Finding:
    def __init__(self) -> None:
        self._origins: dict[Tensor, Tensor] = {}
        self._handles: dict[Vertex, Array] = {}
        self._gradients: dict[tuple[Array, bytes], Array] = {}
        self._popped: dict[tuple[Array, Any], Array] = {}

    def follow_pushes(self, vertices: list[Vertex]) -> None:
        """Finds the arrays whose handles are kept on stacks: what is popped leads to one array in all of a frame."""
        pushes = [vertex for vertex in vertices if family(vertex.op) == "StackPush"]
        for is_popped in (False, True):
            for vertex in pushes:
                if (family(self.origin(vertex.inputs[1])[0].op) == "StackPop") is is_popped:
                    value = self.pushed(vertex)
                    if value is not None:
                        self.array_of(vertex.inputs[0], vertex).kept.append(value)

    def _pop(self, maker: Vertex, stack: Array) -> Array:
        if not stack.kept:
            return Array(maker, stack=stack)
        key = stack.kept[0], maker.frame
        known = self._popped.get(key)
        if known is None:
            known = self._popped[key] = Array(maker, stack=stack)
        elif known.maker.inputs[0][0].kind == "Switch" and maker.inputs[0][0].kind != "Switch":
            known.maker = maker
        return known

    def origin(self, tensor: Tensor) -> Tensor:
        """What a tensor is passed on from."""
        way = []
        seen = set()
        while tensor not in self._origins and tensor not in seen:
            seen.add(tensor)
            way.append(tensor)
            vertex = tensor[0]
            if not (vertex.kind in ("Enter", "Switch", "Exit", "Merge", "NextIteration") or
                    vertex.op in ("Identity", "RefIdentity")) or not vertex.inputs:
                break
            sources = [source for source in vertex.inputs if source[0].kind != "NextIteration"]
            tensor = sources[0] if sources else vertex.inputs[0]
        result = self._origins.get(tensor, tensor)
        self._origins.update(dict.fromkeys(way, result))
        return result

    def array_of(self, tensor: Tensor, user: Vertex) -> Array:
        """What a handle leads to."""
        way: dict[Vertex, None] = {}
        while True:
            maker, index = self.origin(tensor)
            base = "" if index else family(maker.op)
            if maker in self._handles and not index:
                array = self._handles[maker]
                break
            if base in MAKING:
                array = self._handles[maker] = Array(maker)
                break
            if base not in (GRADIENT, "StackPop") or not maker.inputs or maker in way:
                raise ValueError(f"{user} takes the handle of an array or stack from output {index} of {maker}, which "
                                 "makes none.")
            way[maker] = None
            tensor = maker.inputs[0]
        for maker in reversed(way):
            if family(maker.op) == GRADIENT:
                array = self.gradient(array, maker)
            else:
                array = self._pop(maker, array)
            self._handles[maker] = array
        return array

    def gradient(self, array: Array, vertex: Vertex) -> Array:
        key = array, vertex.attr["source"].s if "source" in vertex.attr else b""
        if key not in self._gradients:
            self._gradients[key] = Array(vertex, array)
            if self._gradients[key].order > MAX_DEPTH:
                raise ValueError(f"{vertex} makes the gradient of order {MAX_DEPTH + 1} of '{array.maker.name}'; at "
                                 f"most {MAX_DEPTH} is supported.")
        return self._gradients[key]

    def pushed(self, vertex: Vertex) -> Array | None:
        """The array whose handle a node pushes on a stack."""
        maker, index = self.origin(vertex.inputs[1])
        base = family(maker.op)
        is_handle = base in MAKING or base == GRADIENT or (base == "StackPop" and _holds_resources(maker))
        return self.array_of((maker, 0), vertex) if is_handle and not index else None


def _holds_resources(pop: Vertex) -> bool:
    return "elem_type" in pop.attr and pop.attr["elem_type"].type == types_pb2.DT_RESOURCE


def outer_uses(vertices: Collection[Vertex], order: Iterable[Vertex]) -> dict[Array, bool]:
    """The arrays that some vertices use and that are made outside of them, and whether they are changed."""
    found: dict[Array, bool] = {}
    for vertex in order:
        for array, is_changed in vertex.uses.items():
            if array.home not in vertices:
                found[array] = found.get(array, False) or is_changed
    return found
