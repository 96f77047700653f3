"""Prune: the operations that the fetches need and the feeds do not replace.

Requires: fetches, targets and feeds of one graph. Ensures: a list in which every operation stands after the
producers of its inputs and after its control inputs; among what is free, in the order of creation.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterable

from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor


def prune(fetches: Iterable[Tensor], targets: Iterable[Operation], feeds: Collection[Tensor],
          done: Collection[Operation] = ()) -> list[Operation]:
    """The needed operations in execution order, without those that have been `done` in an earlier part of the run.

    Raises:
      ValueError: If they depend on each other in a circle.
    """
    needed: set[Operation] = set()
    stack = [tensor.op for tensor in fetches if tensor not in feeds]
    stack.extend(targets)
    while stack:
        op = stack.pop()
        if op in needed or op in done:
            continue
        needed.add(op)
        stack.extend(tensor.op for tensor in op._inputs if tensor not in feeds and tensor.op not in needed)
        stack.extend(control for control in op._control_inputs if control not in needed)
    order = sorted(needed, key=_creation)
    return order if _is_ordered(order, feeds) else _sorted_topologically(order, feeds, done)


def _creation(op: Operation) -> int:
    return op.id


def predecessors(op: Operation, feeds: Collection[Tensor], done: Collection[Operation] = ()) -> list[Operation]:
    """What must have run before an operation may."""
    before = [tensor.op for tensor in op._inputs if tensor not in feeds]
    before.extend(op._control_inputs)
    return [one for one in before if one not in done] if done else before


def _is_ordered(order: list[Operation], feeds: Collection[Tensor]) -> bool:
    return all(before.id < op.id for op in order for before in predecessors(op, feeds))


def _sorted_topologically(order: list[Operation], feeds: Collection[Tensor],
                          done: Collection[Operation]) -> list[Operation]:
    """Creation order does not do once a control input was added later: Kahn's algorithm, lowest number first."""
    waiting = {op: len(set(predecessors(op, feeds, done))) for op in order}
    followers: dict[Operation, list[Operation]] = {op: [] for op in order}
    for op in order:
        for before in set(predecessors(op, feeds, done)):
            followers[before].append(op)
    ready = [(op.id, op) for op in order if waiting[op] == 0]
    heapq.heapify(ready)
    result = []
    while ready:
        _, op = heapq.heappop(ready)
        result.append(op)
        for follower in followers[op]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heapq.heappush(ready, (follower.id, follower))
    if len(result) < len(order):
        stuck = sorted(op.name for op in order if waiting[op] > 0)
        raise ValueError(f"The graph has a circle of dependencies among: {', '.join(stuck[:8])}")
    return result
