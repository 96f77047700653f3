"""Writing events in a thread, so that training does not wait for the disk.

State of a queue: the serialized events that wait, how many flushes were asked for and done, whether it is closed, and
the error that nobody has been told of yet, all guarded by `_changed`.

An error of writing (a full disk, say) is raised in the thread that next puts, flushes or closes. After that the queue
goes on: the file keeps what could not be written, and the next flush tries again.
"""

from __future__ import annotations

import threading
import time

from millpond.errors import FailedPreconditionError, OpError
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
        # The last failure, until it has been raised somewhere; and for all flushes that it answered.
        self._error: BaseException | None = None
        self._failure: BaseException | None = None
        self._flushes_failed = 0
        self._thread = threading.Thread(target=self._run, name="millpond-events", daemon=True)
        self._thread.start()

    @property
    def path(self) -> str:
        """Name of the file."""
        return self._file.path

    def put(self, event: bytes) -> None:
        """Appends a serialized `Event`; waits while the queue is full.

        Raises:
          OpError: If the thread could not write (a full disk, say) since the last call; the event is not put then.
          FailedPreconditionError: If the queue is closed.
        """
        with self._changed:
            while 0 < self._max_queue <= len(self._waiting) and self._error is None and not self._closing:
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
            while self._flushes_done < wanted:
                self._changed.wait()
            self._error = None
            if self._failure is not None and wanted <= self._flushes_failed:
                raise self._failure

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
            raise error

    def _run(self) -> None:
        try:
            self._write_until_closed()
        except BaseException as error:  # noqa: BLE001 - raised again in the thread that puts, flushes or closes
            self._fail(error, closing=True)

    def _fail(self, error: BaseException, closing: bool = False) -> None:
        with self._changed:
            self._error = self._failure = error
            self._closing = self._closing or closing
            # The flushes that were asked for are answered by the error.
            self._flushes_done = self._flushes_failed = self._flushes_wanted
            self._changed.notify_all()

    def _write_until_closed(self) -> None:
        flush_at: float | None = None
        while True:
            events, flushes, closing = self._next(flush_at)
            try:
                self._write(events)
                if closing:
                    self._file.close()
                    self._report(flushes)
                    return
                if events and flush_at is None:
                    flush_at = time.monotonic() + self._flush_secs
                if flushes > self._flushes_done or (flush_at is not None and time.monotonic() >= flush_at):
                    flush_at = None
                    self._file.flush()
                    self._report(flushes)
            except OpError as error:
                self._fail(error)
                if closing:
                    return
                flush_at = time.monotonic() + self._flush_secs

    def _write(self, events: list[bytes]) -> None:
        """Gives events to the file, which keeps those that it cannot write now."""
        failure: OpError | None = None
        for event in events:
            try:
                self._file.write(event)
            except OpError as error:
                failure = error
        if failure is not None:
            raise failure

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
