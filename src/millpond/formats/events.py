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
from types import TracebackType
from typing import Any

from tensorboard.compat.proto import event_pb2

from millpond.errors import AlreadyExistsError
from millpond.formats.damage import parse
from millpond.formats.files import PathLike, local_path, make_folders
from millpond.formats.records import RecordReader, RecordWriter

FILE_VERSION = "brain.Event:2"


class EventFile:
    """Writes one event file. A context manager; not for several threads at once.

    A file of the same name (another writer began in the same second) is not touched; the later file takes the
    next second that is free.

    Args:
        folder: Made if it does not exist.
        suffix: End of the file's name.

    Attributes:
        path: Name of the file.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     with EventFile(folder) as file:
        ...         file.write(event_pb2.Event(step=3).SerializeToString())
        ...     [(event.step, event.file_version) for event in read_events(file.path)]
        [(0, 'brain.Event:2'), (3, '')]
    """

    def __init__(self, folder: PathLike, suffix: str = "") -> None:
        make_folders(folder)
        self._writer = _open_unused(local_path(folder), suffix)
        self.path = self._writer.path
        self.write(event_pb2.Event(wall_time=time.time(), file_version=FILE_VERSION).SerializeToString())
        self.flush()

    def write(self, event: bytes) -> None:
        """Appends a serialized `Event`."""
        self._writer.write(event)

    def flush(self) -> None:
        """Hands everything to the operating system, so that TensorBoard can see it."""
        self._writer.flush()

    def close(self) -> None:
        """Completes the file. Further calls do nothing."""
        self._writer.close()

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


def _open_unused(folder: str, suffix: str) -> RecordWriter:
    seconds = int(time.time())
    while True:
        name = f"events.out.tfevents.{seconds:010d}.{socket.gethostname()}{suffix}"
        try:
            return RecordWriter(os.path.join(folder, name), exclusive=True)
        except AlreadyExistsError:
            seconds += 1
