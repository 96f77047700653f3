"""Queues as values: what a session keeps for a queue of the graph, and how threads wait for each other at it.

An element is a list of arrays, one for each component. Those who wait are served in the order in which they came, so
that of several who take batches each gets one whole.

State: the elements, who waits, and whether the queue is closed; guarded by the queue's one condition.
"""

from __future__ import annotations

import collections
import heapq
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from millpond.dtypes import DType
from millpond.errors import CancelledError, InvalidArgumentError, OpError, OutOfRangeError
from millpond.graph.operation import Operation
from millpond.ops.random import philox
from millpond.shapes import TensorShape

Element = Sequence[np.ndarray]
# How long one waits before asking whether there is anything to wait for.
PATIENCE_SECONDS = 1.0
# How many random words are made at once.
_WORDS_AHEAD = 256


class Queue:
    """What all queues have in common; by itself, first in, first out.

    Attributes:
      op: The operation that made it.
      dtypes: The dtype of each component.
      shapes: The shape of each component, or none where elements may have any.
      capacity: How many elements there may be.
    """

    def __init__(self, op: Operation, dtypes: Sequence[DType], shapes: Sequence[TensorShape], capacity: int) -> None:
        self.op = op
        self.dtypes = list(dtypes)
        self.shapes = list(shapes)
        self.capacity = capacity if capacity >= 0 else 2 ** 31 - 1
        self.is_closed = False
        self.was_filled = False
        self._elements: Any = collections.deque()
        self._changed = threading.Condition()
        self._takers: collections.deque[object] = collections.deque()
        self._givers: collections.deque[object] = collections.deque()
        self._gives_up = False

    # How elements are kept.

    def _put(self, element: Element) -> None:
        self._elements.append(element)

    def _take(self) -> Element:
        return self._elements.popleft()

    def _take_back(self, elements: Sequence[Element]) -> None:
        """Puts elements where they were taken from; the lock is held."""
        self._elements.extendleft(reversed(elements))

    def _remove(self, is_gone: Callable[[Element], bool]) -> None:
        """Removes elements wherever they are; the lock is held."""
        self._elements = collections.deque(element for element in self._elements if not is_gone(element))

    def _available(self) -> int:
        """How many elements may be taken now."""
        return len(self._elements)

    # What operations do.

    def size(self) -> int:
        with self._changed:
            return len(self._elements)

    def enqueue(self, op: Operation, elements: Iterable[Element], cancellation: Any) -> None:
        """Puts elements in, one after another as there is room.

        Raises:
          CancelledError: If the queue is or gets closed so that nothing more comes in, or the run is to stop.
        """
        waiting = collections.deque(elements)
        self.was_filled = True

        def closed() -> CancelledError:
            return CancelledError(op.node_def, op, f"Queue '{self.op.name}' is closed: '{op.name}' cannot put anything "
                                                   "into it.")

        def put() -> bool:
            if self._gives_up:
                raise closed()
            before = len(waiting)
            while waiting and len(self._elements) < self.capacity:
                self._put(waiting.popleft())
            if len(waiting) != before:
                self._changed.notify_all()
            return not waiting

        with self._changed:
            if self.is_closed:  # what waits already is let in yet
                raise closed()
            if self._givers or not put():
                self._wait(op, put, self._givers, cancellation)

    def dequeue(self, op: Operation, count: int, at_least: int, cancellation: Any,
                is_idle: Callable[[], OpError | None]) -> list[Element]:
        """Takes `count` elements out, as soon as there are so many.

        Args:
          op: The operation that takes them.
          count: How many.
          at_least: With how many it is content once the queue is closed.
          cancellation: Whether the run is to stop.
          is_idle: Asked after a second: an error if nobody is going to put anything in.

        Raises:
          OutOfRangeError: If the queue is closed and does not hold enough.
          CancelledError: If the run is to stop.
        """
        found: list[Element] = []

        def take() -> bool:
            if self._available() >= count:
                found.extend(self._take() for _ in range(count))
            elif self.is_closed and not self._givers:
                if len(self._elements) < max(1, at_least):
                    raise OutOfRangeError(op.node_def, op, f"{self._described()} is closed and has insufficient "
                                          f"elements (requested {count}, current size {len(self._elements)})")
                found.extend(self._take() for _ in range(min(count, len(self._elements))))
            else:
                return False
            self._changed.notify_all()
            return True

        if count == 0:
            return []
        with self._changed:
            if self._takers or not take():
                self._wait(op, take, self._takers, cancellation, is_idle)
        return found

    def withdraw(self, elements: Sequence[Element]) -> None:
        """Removes elements that were put in, as far as nobody has taken them."""
        known = {id(element) for element in elements}
        with self._changed:
            self._remove(lambda element: id(element) in known)
            self._changed.notify_all()

    def give_back(self, elements: Sequence[Element]) -> None:
        """Puts elements back that were taken and not used."""
        with self._changed:
            self._take_back(elements)
            self._changed.notify_all()

    def close(self, cancel_pending_enqueues: bool) -> None:
        """Lets nothing more in; what waits to get in is let in yet, or gives up."""
        with self._changed:
            self.is_closed = True
            self._gives_up = self._gives_up or cancel_pending_enqueues
            self._changed.notify_all()

    def _wait(self, op: Operation, attempt: Callable[[], bool], line: collections.deque[object], cancellation: Any,
              is_idle: Callable[[], OpError | None] = lambda: None) -> None:
        """Waits in line until an attempt succeeds; the lock is held when it begins and when it ends."""
        place = object()
        line.append(place)

        def wake() -> None:
            with self._changed:
                self._changed.notify_all()

        unsubscribe = cancellation.subscribe(wake)
        started = time.monotonic()
        asked = False
        try:
            while True:
                cancellation.check()
                if (line[0] is place or self._gives_up) and attempt():
                    return
                self._changed.wait(None if asked else PATIENCE_SECONDS)
                if not asked and time.monotonic() - started >= PATIENCE_SECONDS:
                    asked = True
                    error = is_idle()
                    if error is not None:
                        raise error
        finally:
            line.remove(place)
            self._changed.notify_all()
            unsubscribe()

    def _described(self) -> str:
        return f"{type(self).__name__} '_0_{self.op.name}'"

    # Elements and batches.

    def checked(self, op: Operation, components: Sequence[np.ndarray], are_many: bool) -> Sequence[np.ndarray]:
        """Components that fit the queue.

        Raises:
          InvalidArgumentError: If their shapes do not.
        """
        for i, (component, shape) in enumerate(zip(components, self.shapes, strict=False)):
            own = component.shape[1:] if are_many else component.shape
            if not shape.is_compatible_with(own):
                raise InvalidArgumentError(op.node_def, op, f"Shape mismatch in tuple component {i} of '{op.name}'. "
                                           f"Expected {list(shape.as_list() or ())}, got {list(own)}")
        if are_many and len({component.shape[:1] for component in components}) > 1:
            raise InvalidArgumentError(op.node_def, op, "All components must have the same size in the 0th dimension, "
                                       f"but they have {[component.shape[0] for component in components]}: each holds "
                                       "as many elements as the others.")
        return components

    def batch(self, elements: Sequence[Element]) -> list[np.ndarray]:
        """Elements as one array for each component; of none, empty arrays."""
        if not elements:
            return [np.empty([0, *(size or 0 for size in shape.as_list())], dtype.np_dtype)
                    for dtype, shape in zip(self.dtypes, self.shapes, strict=True)]
        return [self._stacked(parts) for parts in zip(*elements, strict=True)]

    def _stacked(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        return np.stack(parts)


class FIFOQueue(Queue):
    """Gives elements in the order in which they came."""


class PaddingFIFOQueue(FIFOQueue):
    """Gives batches of elements that differ in size, filled up with zeros (or empty texts)."""

    def _stacked(self, parts: Sequence[np.ndarray]) -> np.ndarray:
        sizes = np.max([part.shape for part in parts], axis=0).astype(int) if parts[0].ndim else ()
        filled = np.full([len(parts), *sizes], b"" if parts[0].dtype == object else 0, parts[0].dtype)
        for row, part in zip(filled, parts, strict=True) if parts[0].ndim else ():
            row[tuple(slice(size) for size in part.shape)] = part
        return filled if parts[0].ndim else np.stack(parts)


class RandomShuffleQueue(Queue):
    """Gives elements in random order, as long as enough stay to choose from."""

    def __init__(self, op: Operation, dtypes: Sequence[DType], shapes: Sequence[TensorShape], capacity: int,
                 min_after_dequeue: int, seed: int, seed2: int) -> None:
        super().__init__(op, dtypes, shapes, capacity)
        self._min_after_dequeue = min_after_dequeue
        self._stream = philox.initial_state(seed, seed2)
        self._words: collections.deque[int] = collections.deque()
        self._elements = []

    def _take(self) -> Element:
        if not self._words:
            self._words.extend(philox.words(np, self._stream, _WORDS_AHEAD).tolist())
            self._stream = philox.advance(self._stream, philox.samples_for_words(_WORDS_AHEAD))
        place = self._words.popleft() % len(self._elements)
        element, self._elements[place] = self._elements[place], self._elements[-1]
        self._elements.pop()
        return element

    def _take_back(self, elements: Sequence[Element]) -> None:
        self._elements.extend(elements)

    def _remove(self, is_gone: Callable[[Element], bool]) -> None:
        self._elements = [element for element in self._elements if not is_gone(element)]

    def _available(self) -> int:
        return len(self._elements) if self.is_closed else max(0, len(self._elements) - self._min_after_dequeue)


class PriorityQueue(Queue):
    """Gives the element whose first component, an int64, is the least."""

    def __init__(self, op: Operation, dtypes: Sequence[DType], shapes: Sequence[TensorShape], capacity: int) -> None:
        super().__init__(op, dtypes, shapes, capacity)
        self._numbers = itertools.count()
        self._elements = []

    def _put(self, element: Element) -> None:
        heapq.heappush(self._elements, (int(element[0]), next(self._numbers), element))

    def _take(self) -> Element:
        return heapq.heappop(self._elements)[2]

    def _take_back(self, elements: Sequence[Element]) -> None:
        for element in elements:
            self._put(element)

    def _remove(self, is_gone: Callable[[Element], bool]) -> None:
        self._elements = [entry for entry in self._elements if not is_gone(entry[2])]
        heapq.heapify(self._elements)
