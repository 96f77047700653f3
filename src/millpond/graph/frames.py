"""Graphs of TensorFlow 1's control flow in the functional form: `If` and `While` with functions.

`functional` takes a GraphDef with `Switch`, `Merge`, `Enter`, `Exit`, `NextIteration` and `LoopCond`, tensor arrays
and stacks, and gives one without. What lies outside of loops and branches stays as it is; so do the names of what
leads out of them (`while/Exit:0`, `cond/Merge:0`). It is made in these steps:

    frames_arrays     finds the tensor arrays and stacks that nodes use
    frames_loops      finds the frames, and turns each into a `While`, those inside others first
    frames_branches   turns `Switch`es and `Merge`s into `If`s: in each function of a loop, and in the graph
    frames_writing    writes nodes and functions
    frames_lists      writes the nodes of arrays and stacks as nodes of tensor lists

A GraphDef comes from a file: nothing of it is trusted, and errors name the node and the frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tensorboard.compat.proto import graph_pb2

from millpond.graph.frames_arrays import Handled, family, find_arrays
from millpond.graph.frames_branches import close_region
from millpond.graph.frames_contexts import Region
from millpond.graph.frames_graph import KINDS, Body, FlowGraph, Vertex, known_signature
from millpond.graph.frames_loops import assign_frames, close_frame
from millpond.graph.frames_writing import write_function, write_graph


def functional(graph_def: Any, signatures: Callable[[str], Any] = known_signature,
               mapped: Mapping[Any, int] | None = None) -> Any:
    """A GraphDef without the control flow, tensor arrays and stacks of TensorFlow 1.

    Args:
      graph_def: A `GraphDef`, which stays as it is.
      signatures: Gives the definition of an op type, or None: its `outputs` (each an `Arg`), `attrs` and `stateful`.
      mapped: Inputs of nodes that are not in the GraphDef, as `("x", 0)` or `"x"` for the control input `"^x"`, and the
        numbers of their types.

    Returns:
      The new `GraphDef`, or the same one if it has nothing of the kind.

    Raises:
      ValueError: If its loops or branches are broken.
      tf.errors.NotFoundError: If the type of a node in one is not known.
      NotImplementedError: If they are of a kind that has no functional form here.
    """
    old = [function for function in graph_def.library.function if _has_old_form(function.node_def)]
    has_old_nodes = _has_old_form(graph_def.node)
    if not old and not has_old_nodes:
        return graph_def
    functions = {function.signature.name: function for function in graph_def.library.function}
    for function in old:
        made = _functional_function(FlowGraph(function, functions, signatures, {}), function)
        functions.update((each.signature.name, each) for each in made)
    nodes = graph_def.node
    if has_old_nodes:
        graph = FlowGraph(graph_def, functions, signatures, mapped or {})
        body, handled = _closed(graph, lambda vertices: Region(vertices, [], [], graph.title, is_graph=True))
        nodes, made = write_graph(graph, body, handled)
        functions.update((each.signature.name, each) for each in made)
    result = graph_pb2.GraphDef(versions=graph_def.versions)
    result.node.extend(nodes)
    result.library.function.extend(functions.values())
    result.library.gradient.extend(graph_def.library.gradient)
    return result


def _has_old_form(nodes: Iterable[Any]) -> bool:
    return any(node.op in KINDS or family(node.op) for node in nodes)


def _closed(graph: FlowGraph, region: Callable[[list[Vertex]], Region]) -> tuple[Body, Mapping[Vertex, Handled]]:
    """What a graph or function is without frames and conditions."""
    *frames, root = assign_frames(graph)
    handled = find_arrays(graph)
    for frame in frames:
        close_frame(graph, frame)
    return close_region(graph, region(root.vertices)), handled


def _functional_function(graph: FlowGraph, function: Any) -> list[Any]:
    """A function of the library in the functional form, and new ones that it calls."""
    place = f"The function '{function.signature.name}'"
    for arg in function.signature.output_arg:
        if arg.name not in function.ret:
            raise ValueError(f"{place} does not say where its result '{arg.name}' comes from.")
    results = [graph.tensor(function.ret[arg.name], f"{place}: the result '{arg.name}'")
               for arg in function.signature.output_arg]
    asked = {graph.vertex(name) for name in function.control_ret.values()}

    def region(vertices: list[Vertex]) -> Region:
        # What has effects runs, though nobody asks for it.
        targets = [each for each in vertices if each in asked or (not each.kind and graph.is_stateful(each))]
        return Region(vertices, results, targets, graph.title)

    body, handled = _closed(graph, region)
    return write_function(graph, body, handled, function)
