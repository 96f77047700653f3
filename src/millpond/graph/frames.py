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

from collections.abc import Callable, Mapping
from typing import Any

from millpond.graph.frames_arrays import family, find_arrays
from millpond.graph.frames_branches import close_region
from millpond.graph.frames_contexts import Region
from millpond.graph.frames_graph import KINDS, FlowGraph, known_signature
from millpond.graph.frames_loops import assign_frames, close_frame
from millpond.graph.frames_writing import write


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
    if not any(node.op in KINDS or family(node.op) for node in graph_def.node):
        return graph_def
    graph = FlowGraph(graph_def, signatures, mapped or {})
    *frames, root = assign_frames(graph)
    handled = find_arrays(graph)
    for frame in frames:
        close_frame(graph, frame)
    body = close_region(graph, Region(root.vertices, [], [], "the graph", is_graph=True))
    return write(graph, body, handled, graph_def)
