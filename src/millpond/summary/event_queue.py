"""Writing events in a thread, so that training does not wait for the disk.

State of a queue: the serialized events that wait, how many flushes were asked for and done, and the error
that stopped the thread, all guarded by `_changed`.
"""

from __future__ import annotations

import contextlib
import threading
import time

from millpond.errors import FailedPreconditionError
from millpond.formats.events import EventFile


class EventQueue:
    """Hands events over to a thread that appends them to a file.

    Args:
      file: The file, which the thread owns from now on.
      max_queue: So many events may wait before `put` does; 0 for any number.
      flush_secs: What was written is handed to the operating system at least so often.
    """

    def __init__(self, file: EventFile, max_queue: int, flush_secs: float) -> None:
        self._file = file
        self._max_queue = max_queue
        self._flush_secs = flush_secs
        self._changed = threading.Condition()
        self._waiting: list[bytes] = []
        self._flushes_wanted = self._flushes_done = 0
        self._closing = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="millpond-events", daemon=True)
        self._thread.start()

    @property
    def path(self) -> str:
        """Name of the file."""
        return self._file.path

    def put(self, event: bytes) -> None:
        """Appends a serialized `Event`; waits while the queue is full.

        Raises:
          OpError: If the thread could not write (a full disk, say).
          FailedPreconditionError: If the queue is closed.
        """
        with self._changed:
            while self._max_queue > 0 and len(self._waiting) >= self._max_queue and self._error is None:
                self._changed.wait()
            self._check()
            self._waiting.append(event)
            if len(self._waiting) == 1:
                self._changed.notify_all()

    def flush(self) -> None:
        """Waits until all that was put is in the file, where others can read it."""
        with self._changed:
            self._check()
            self._flushes_wanted += 1
            wanted = self._flushes_wanted
            self._changed.notify_all()
            while self._flushes_done < wanted and self._error is None:
                self._changed.wait()
            self._raise_error()

    def close(self) -> None:
        """Writes what waits and closes the file. Further calls do nothing."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not threading.current_thread():
            self._thread.join()
        with self._changed:
            self._raise_error()

    def _check(self) -> None:
        self._raise_error()
        if self._closing:
            raise FailedPreconditionError(None, None, f"{self._file.path}: the event file is closed.")

    def _raise_error(self) -> None:
        if self._error is not None:
            error, self._error = self._error, None
            self._closing = True
            raise error

    def _run(self) -> None:
        try:
            with contextlib.closing(self._file):
                flushes = self._write_all()
            self._report(flushes)
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that puts, flushes or closes
            with self._changed:
                self._error = error
                self._waiting.clear()
                self._changed.notify_all()

    def _write_all(self) -> int:
        """Writes until the queue is closed; gives how many flushes are wanted by then."""
        flush_at: float | None = None
        while True:
            events, flushes, closing = self._next(flush_at)
            for event in events:
                self._file.write(event)
            if events and flush_at is None:
                flush_at = time.monotonic() + self._flush_secs
            if closing:
                return flushes
            if flushes > self._flushes_done or (flush_at is not None and time.monotonic() >= flush_at):
                self._file.flush()
                flush_at = None
                self._report(flushes)

    def _next(self, flush_at: float | None) -> tuple[list[bytes], int, bool]:
        """What there is to do: waits for events, a flush that is asked for or due, or the end."""
        with self._changed:
            while not (self._waiting or self._closing or self._flushes_wanted > self._flushes_done):
                left = None if flush_at is None else flush_at - time.monotonic()
                if left is not None and left <= 0:
                    break
                self._changed.wait(left)
            events, self._waiting = self._waiting, []
            self._changed.notify_all()
            return events, self._flushes_wanted, self._closing

    def _report(self, flushes: int) -> None:
        with self._changed:
            self._flushes_done = flushes
            self._changed.notify_all()
