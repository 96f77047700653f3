"""Partial runs: one step of a graph, fed and fetched in several calls, in which every operation runs at most once.

What a call computes and a later call may need is kept by the handle as values for tensors, and stands in for the
operations that made them.
"""

from __future__ import annotations

import itertools
from typing import Any

from millpond.compiler import prune
from millpond.errors import InvalidArgumentError
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.session.fetches import FetchPlan

_numbers = itertools.count()


class PartialRun:
    """The state of one partial run.

    Raises:
      InvalidArgumentError: If the setup names nothing to fetch.

    Attributes:
      handle: The name that `partial_run` is given.
      values: Values of tensors that are fed or computed so far.
      done: Operations that have run.
    """

    def __init__(self, setup: FetchPlan, feeds: list[Tensor]) -> None:
        if not setup.tensors and not setup.targets:
            raise InvalidArgumentError(None, None, "Must specify at least one target to fetch or execute.")
        self.handle = f"partial_run_{next(_numbers)}"
        self.values: dict[Tensor, Any] = {}
        self._allowed = set(setup.tensors) | set(setup.targets)
        self._feeds = set(feeds)
        self._order = prune.prune(setup.tensors, setup.targets, frozenset(feeds))
        self.done: frozenset[Operation] = frozenset()
        self._fetched: set[Any] = set()

    def check(self, fetch: FetchPlan, feeds: list[Tensor]) -> None:
        """Refuses what the setup did not name, and what was given or taken before.

        Raises:
          InvalidArgumentError: If a feed or fetch is not of the setup, or comes a second time.
        """
        for tensor in feeds:
            if tensor not in self._feeds:
                raise InvalidArgumentError(None, None, f"The feed {tensor.name} was not named in partial_run_setup.")
            if tensor in self.values:
                raise InvalidArgumentError(None, None, f"The feed {tensor.name} has already been fed in this "
                                           "partial run.")
        elements: list[Tensor | Operation] = [*fetch.tensors, *fetch.targets]
        for element in elements:
            if element not in self._allowed:
                raise InvalidArgumentError(None, None, f"The fetch {element.name} was not named in partial_run_setup.")
            if element in self._fetched:
                raise InvalidArgumentError(None, None, f"The fetch {element.name} has already been fetched in this "
                                           "partial run.")

    def pending(self, fetch: FetchPlan) -> tuple[list[Tensor], list[Operation]]:
        """What to fetch besides, so that later calls find it, and which targets are still to run."""
        running = set(prune.prune(fetch.tensors, fetch.targets, self.values.keys(), self.done))
        later = [op for op in self._order if op not in running and op not in self.done]
        kept = dict.fromkeys(t for op in later for t in op.inputs if t.op in running and t not in self.values
                             and not t.dtype.is_ref_dtype)
        return list(kept), [op for op in fetch.targets if op not in self.done]

    def note(self, fetch: FetchPlan) -> bool:
        """Remembers what a call has run and fetched; whether it was the last."""
        self.done |= set(prune.prune(fetch.tensors, fetch.targets, self.values.keys(), self.done))
        self._fetched.update(fetch.tensors)
        self._fetched.update(fetch.targets)
        return self._fetched >= self._allowed
