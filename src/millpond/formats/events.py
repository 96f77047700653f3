"""Event files: what training leaves for TensorBoard.

    <folder>/events.out.tfevents.<seconds since 1970, 10 digits>.<host name><suffix>

is a TFRecord file (`records.py`) of serialized `Event` messages. The first holds nothing but its time and
`file_version: "brain.Event:2"`; each of the others has a step and a summary, a graph, a meta graph, run
metadata, a log message or a session log.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from io import FileIO
from types import TracebackType
from typing import Any

from tensorboard.compat.proto import event_pb2

from millpond import logs
from millpond.errors import AlreadyExistsError, OpError
from millpond.formats.damage import parse
from millpond.formats.files import PathLike, file_errors, local_path, make_folders
from millpond.formats.records import RecordReader, framed

FILE_VERSION = "brain.Event:2"
# What is kept of events that cannot be written, until they can.
MAX_UNWRITTEN = 1 << 26

_BUFFER_BYTES = 1 << 18


class EventFile:
    """Writes one event file. A context manager; not for several threads at once.

    A file of the same name (another writer began in the same second) is not touched; the later file takes the
    next second that is free.

    A disk that is full, or another failure to write, leaves the file with the events that were written before, as a
    whole; what could not be written is kept, up to `MAX_UNWRITTEN` bytes, and tried again by the next `flush`.

    Args:
        folder: Made if it does not exist.
        suffix: End of the file's name.
        prefix: Its beginning.

    Attributes:
        path: Name of the file.

    Raises:
        ResourceExhaustedError: Here and in all methods, if the disk is full (and the other classes of `tf.errors`
            accordingly).

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with EventFile(folder) as file:
        ...         file.write(event_pb2.Event(step=3).SerializeToString())
        ...     [(event.step, event.file_version) for event in read_events(file.path)]
        [(0, 'brain.Event:2'), (3, '')]
    """

    def __init__(self, folder: PathLike, suffix: str = "", prefix: str = "events") -> None:
        make_folders(folder)
        self._file = _open_unused(local_path(folder), prefix, suffix)
        self.path = os.fsdecode(self._file.name)
        self._size = 0  # of what is in the file as a whole
        self._unwritten: list[bytes] = []
        self._unwritten_bytes = 0
        try:
            self.write(event_pb2.Event(wall_time=time.time(), file_version=FILE_VERSION).SerializeToString())
            self.flush()
        except BaseException:
            self._file.close()
            os.remove(self.path)
            raise

    def write(self, event: bytes) -> None:
        """Appends a serialized `Event`; it may stay in memory until `flush`."""
        record = b"".join(framed(event))
        self._unwritten.append(record)
        self._unwritten_bytes += len(record)
        if self._unwritten_bytes >= _BUFFER_BYTES:
            self.flush()

    def flush(self) -> None:
        """Hands everything to the operating system, so that TensorBoard can see it."""
        data = b"".join(self._unwritten)
        try:
            with file_errors(self.path):
                _write_all(self._file, data)
        except OpError:
            self._go_back()
            raise
        self._size += len(data)
        self._unwritten.clear()
        self._unwritten_bytes = 0

    def _go_back(self) -> None:
        """Takes away the beginning of what could not be written as a whole, and forgets what is too much to keep."""
        with file_errors(self.path):
            self._file.truncate(self._size)
            self._file.seek(self._size)
        dropped = 0
        while self._unwritten_bytes > MAX_UNWRITTEN:
            self._unwritten_bytes -= len(self._unwritten.pop(0))
            dropped += 1
        if dropped:
            logs.warning("%s: %d events that could not be written are given up", self.path, dropped)

    def close(self) -> None:
        """Completes the file. Further calls do nothing."""
        if not self._file.closed:
            try:
                self.flush()
            finally:
                self._file.close()

    def __enter__(self) -> EventFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def read_events(path: PathLike) -> Iterator[Any]:
    """Iterates over the `Event` messages of an event file.

    Raises:
        NotFoundError: If there is no such file.
        DataLossError: Where the file is damaged, breaks off, or holds something else. The events before that
            place have been yielded; a file that is still being written may break off.
    """
    with RecordReader(path) as reader:
        while True:
            offset = reader.offset
            record = next(reader, None)
            if record is None:
                return
            yield parse(event_pb2.Event, record, f"{reader.path}: record at {offset}")


def _open_unused(folder: str, prefix: str, suffix: str) -> FileIO:
    seconds = int(time.time())
    while True:
        path = os.path.join(folder, f"{prefix}.out.tfevents.{seconds:010d}.{socket.gethostname()}{suffix}")
        try:
            with file_errors(path):
                return FileIO(path, "x")
        except AlreadyExistsError:
            seconds += 1


def _write_all(file: FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) :]
