"""Calls: what is worked out once for a structure of fetches and a set of feeds, and found again at the next `run`.

Two things are kept apart: a **planned** set of fetches, targets and feeds, with what compiles and runs it; and a
**call**, the structure to rebuild for the caller and the converters of the feeds in the caller's order. The same
fetches in another order or nesting are another call on the same plan.

State: both caches, bounded; `_lock` guards them, and is held while something is planned, so that many threads that
start one step at once plan it once.
"""

from __future__ import annotations

import collections
import threading
from collections.abc import Callable, Sequence
from typing import Any

from millpond.compiler import debug, plan
from millpond.compiler.services import StageExecutor
from millpond.compiler.stage import Stage
from millpond.graph.graph import Graph
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.session.feeds import FeedConverter, resolve_keys
from millpond.session.fetches import FetchPlan, structure_key

MAX_CALLS = 1024
MAX_PLANS = 512
# A plan takes some 1.5 KB for each operation it runs: this is about 400 MB.
MAX_PLANNED_OPS = 250_000


class Planned:
    """A plan, what runs its stages, and how far the graph's mutations are known not to touch it."""

    __slots__ = ("plan", "runners", "seen", "used", "size")

    def __init__(self, made: plan.Plan, runners: Sequence[StageExecutor], seen: int) -> None:
        self.plan = made
        self.runners = runners
        self.seen = seen
        self.used = False
        self.size = sum(len(stage.ops) for stage in made.stages)

    def is_current(self, mutations: list[Operation]) -> bool:
        """Whether nothing that the plan uses has changed."""
        count = len(mutations)
        if self.seen != count:
            uses = self.plan.uses
            if any(op in uses for op in mutations[self.seen:count]):
                return False
            self.seen = count
        return True


class Call:
    """What `run` needs of one structure of fetches and order of feeds."""

    __slots__ = ("planned", "fetch", "feed_tensors", "converters", "fetch_keys", "constants", "handles", "used")

    def __init__(self, planned: Planned, fetch: FetchPlan, feed_tensors: list[Tensor]) -> None:
        self.planned = planned
        self.fetch = fetch
        self.feed_tensors = feed_tensors
        self.converters = [FeedConverter(tensor) for tensor in feed_tensors]
        self.fetch_keys = [planned.plan.keys[tensor] for tensor in fetch.tensors]
        self.constants = {key: key.op.attributes["value"] for key in self.fetch_keys
                          if isinstance(key, Tensor) and key.op.definition.role == "constant"
                          and key not in planned.plan.fed}
        # Fetches of `tf.get_session_handle`, whose values are handles.
        self.handles = {i: tensor.op.inputs[0].dtype for i, tensor in enumerate(fetch.tensors)
                        if tensor.op.type == "GetSessionHandle"}
        self.used = False


class Calls:
    """The calls and plans of a session."""

    def __init__(self, graph: Graph, place: Callable[[Operation], str],
                 runner: Callable[[Stage], StageExecutor], forget: Callable[[StageExecutor], None]) -> None:
        self._graph = graph
        self._place = place
        self._runner = runner
        self._forget = forget
        self._calls: collections.OrderedDict[Any, Call] = collections.OrderedDict()
        self._plans: collections.OrderedDict[Any, Planned] = collections.OrderedDict()
        self._planned_ops = 0
        self._lock = threading.RLock()

    def find(self, wanted: Any, feed_keys: tuple[Any, ...], done: frozenset[Operation] = frozenset()) -> Call:
        """The call for a structure of fetches and the keys of feeds, in order; `done` has run in an earlier part of a
        partial run."""
        structure = structure_key(wanted)
        if structure is None:  # a structure that may change between two runs
            return self._make(wanted, feed_keys, done)
        key = (structure, feed_keys, done) if done else (structure, feed_keys)
        call = self._calls.get(key)
        if call is None or not call.planned.is_current(self._graph.mutations):
            with self._lock:
                call = self._calls.get(key)
                if call is None or not call.planned.is_current(self._graph.mutations):
                    call = self._calls[key] = self._make(wanted, feed_keys, done)
                    while len(self._calls) > MAX_CALLS:
                        del self._calls[_first_idle(self._calls, call)]
                    return call
        call.used = call.planned.used = True
        return call

    def calls(self) -> list[Call]:
        """The calls that are kept."""
        return list(self._calls.values())

    def clear(self) -> None:
        with self._lock:
            self._calls.clear()
            self._plans.clear()
            self._planned_ops = 0

    def __len__(self) -> int:
        return len(self._plans)

    def _make(self, wanted: Any, feed_keys: tuple[Any, ...], done: frozenset[Operation]) -> Call:
        if self._graph.is_empty:
            raise RuntimeError("The Session graph is empty. Add operations to the graph before calling run(): is the "
                               "session's graph the one that the program built?")
        with self._lock:
            fetch = FetchPlan(self._graph, wanted)
            feed_tensors = resolve_keys(self._graph, feed_keys)
            return Call(self._planned(fetch, feed_tensors, done), fetch, feed_tensors)

    def _planned(self, fetch: FetchPlan, feed_tensors: list[Tensor], done: frozenset[Operation]) -> Planned:
        key = (frozenset(fetch.tensors), frozenset(fetch.targets), frozenset(feed_tensors), done)
        found = self._plans.get(key)
        if found is not None and found.is_current(self._graph.mutations):
            found.used = True
            return found
        if found is not None:
            self._drop(key)
        seen = len(self._graph.mutations)
        made = plan.make_plan(fetch.tensors, fetch.targets, feed_tensors, self._place, done)
        debug.note("plan", lambda: "\n  ".join(map(str, ["plan", *plan.describe(made)])))
        if debug.enabled("verify"):
            plan.verify(made)
        planned = self._plans[key] = Planned(made, [self._runner(stage) for stage in made.stages], seen)
        self._planned_ops += planned.size
        while len(self._plans) > MAX_PLANS or (self._planned_ops > MAX_PLANNED_OPS and len(self._plans) > 1):
            self._drop(_first_idle(self._plans, planned))
        return planned

    def _drop(self, key: Any) -> None:
        dropped = self._plans.pop(key)
        self._planned_ops -= dropped.size
        for other in [k for k, call in self._calls.items() if call.planned is dropped]:
            del self._calls[other]
        for runner in dropped.runners:
            self._forget(runner)


def _first_idle(kept: collections.OrderedDict[Any, Any], newest: Call | Planned) -> Any:
    """The key of the oldest that has not been used again since it was last passed over, apart from the newest: a
    training step is not planned and compiled anew because the program made a thousand other fetches."""
    while True:
        key, oldest = next(iter(kept.items()))
        if oldest is not newest and not oldest.used:
            return key
        oldest.used = False
        kept.move_to_end(key)
