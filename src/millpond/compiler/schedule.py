"""Schedule: the order in which the writes of a run happen, where dependencies leave it open.

Requires: operations in execution order. Ensures: the same operations in execution order; among writes of one variable
that nothing orders, plain assignments stand before read-modify-write operations (so that a step and an assignment that
clips its weights both count), and otherwise what was created first.

Only a program that does both to one variable in one run is put in another order.
"""

from __future__ import annotations

import heapq
from collections.abc import Collection

from millpond.compiler.prune import predecessors
from millpond.compiler.references import variables_written
from millpond.graph.effects import effects_of
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor


def schedule(order: list[Operation], feeds: Collection[Tensor], done: Collection[Operation] = ()) -> list[Operation]:
    """The operations with read-modify-write ones moved behind plain assignments of the same variables."""
    updates = _updates_before_assignments(order)
    return _deferring(order, feeds, done, updates) if updates else order


def _updates_before_assignments(order: list[Operation]) -> dict[Operation, list[Operation]]:
    """The read-modify-write operations, with their variables; empty where none stands before an assignment."""
    updated: dict[Operation, list[Operation]] = {}
    variables: set[Operation] = set()
    moves = False
    for op in order:
        effects = effects_of(op)
        if not effects.writes:
            continue
        written = variables_written(op)
        if set(effects.writes) <= set(effects.reads):
            updated[op] = written
            variables.update(written)
        else:
            moves = moves or not variables.isdisjoint(written)
    return updated if moves else {}


def _deferring(order: list[Operation], feeds: Collection[Tensor], done: Collection[Operation],
               updates: dict[Operation, list[Operation]]) -> list[Operation]:
    """Kahn's algorithm, in which an update waits as long as anything else can go."""
    rank = {op: i for i, op in enumerate(order)}
    waiting: dict[Operation, int] = {}
    followers: dict[Operation, list[Operation]] = {op: [] for op in order}
    for op in order:
        before = set(predecessors(op, feeds, done))
        waiting[op] = len(before)
        for earlier in before:
            followers[earlier].append(op)
    # How many plain assignments of a variable are still to come.
    to_come: dict[Operation, int] = {}
    for op in order:
        if op not in updates:
            for variable in variables_written(op):
                to_come[variable] = to_come.get(variable, 0) + 1
    ready = [rank[op] for op in order if waiting[op] == 0 and op not in updates]
    deferred = sorted(rank[op] for op in order if waiting[op] == 0 and op in updates)
    heapq.heapify(ready)
    result: list[Operation] = []
    while ready or deferred:
        op = order[heapq.heappop(ready) if ready else _next_update(deferred, order, updates, to_come)]
        result.append(op)
        if op not in updates:
            for variable in variables_written(op):
                to_come[variable] -= 1
        for follower in followers[op]:
            waiting[follower] -= 1
            if waiting[follower] == 0:
                heapq.heappush(deferred if follower in updates else ready, rank[follower])
    return result


def _next_update(deferred: list[int], order: list[Operation], updates: dict[Operation, list[Operation]],
                 to_come: dict[Operation, int]) -> int:
    """The first update none of whose variables is still to be assigned; the very first where each has one (an
    assignment that waits for an update of another variable, which waits for an assignment)."""
    for position, number in enumerate(deferred):
        if not any(to_come.get(variable) for variable in updates[order[number]]):
            deferred[position] = deferred[0]
            heapq.heappop(deferred)
            heapq.heapify(deferred)
            return number
    return heapq.heappop(deferred)
