"""The writer of event files that TensorFlow's `pywrap_tensorflow` has."""

from __future__ import annotations

import os
from typing import Any

from millpond.formats.events import EventFile
from millpond.formats.files import PathLike, as_text


class EventsWriter:
    """Writes events to a file; nothing is there before the first is written or the file is asked for.

    Args:
      filename_prefix: Folder, and the first word of the file's name.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     writer = EventsWriter(tf.compat.as_bytes(folder + "/events"))
      ...     writer.WriteEvent(tf.Event(step=7))
      ...     _ = writer.Close()
      ...     [event.step for event in tf.train.summary_iterator(writer.FileName().decode())]
      [0, 7]
    """

    def __init__(self, filename_prefix: PathLike) -> None:
        self._prefix = as_text(filename_prefix)
        self._suffix = ""
        self._file: EventFile | None = None
        self._path = b""

    def InitWithSuffix(self, suffix: PathLike) -> bool:
        """Gives the file's name an end; True."""
        self._suffix = as_text(suffix)
        return True

    def Init(self) -> bool:
        """Opens the file; True."""
        self._opened()
        return True

    def _opened(self) -> EventFile:
        if self._file is None:
            folder, prefix = os.path.split(self._prefix)
            self._file = EventFile(folder or os.curdir, self._suffix, prefix)
            self._path = os.fsencode(self._file.path)
        return self._file

    def FileName(self) -> bytes:
        """Name of the file."""
        if not self._path:
            self._opened()
        return self._path

    def WriteEvent(self, event: Any) -> None:
        """Appends an `Event`."""
        self._opened().write(event.SerializeToString())

    def _WriteSerializedEvent(self, event: bytes) -> None:
        self._opened().write(event)

    def Flush(self) -> bool:
        """Brings the file up to date; True."""
        self._opened().flush()
        return True

    def Close(self) -> bool:
        """Ends the file; True. What is written later begins another."""
        if self._file is not None:
            self._file.close()
            self._file = None
        return True
