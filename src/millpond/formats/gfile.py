"""`GFile`: a file object for paths of any file system."""

from __future__ import annotations

import operator
import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from millpond.errors import InvalidArgumentError, OutOfRangeError, PermissionDeniedError
from millpond.formats import filesystem
from millpond.formats.files import PathLike, as_text, file_errors

_MODES = ("r", "w", "a", "r+", "w+", "a+")


class GFile:
    """A file, local or remote. A context manager and an iterator over lines.

    The file is opened by the first call that needs it, so that making the object never fails for a missing file, and a
    file that is to be written appears with the first `write`. Without `b` in `mode`, what is read is `str` (UTF-8);
    positions and sizes are bytes in either case. A line ends in `\\n`; a `\\r` is left out of it.

    As in TensorFlow, a mode with `+` has two independent places in the file: reading begins at its beginning and moves
    on with what is read, writing goes to the end of what this object wrote. What is written can be read after `flush`.
    The first `write` empties the file, unless the mode is `"a"` or `"a+"`; so `"r+"` replaces what was there.

    Args:
      name: Its path.
      mode: `"r"`, `"w"`, `"a"`, `"r+"`, `"w+"` or `"a+"`, with `b` for bytes.

    Raises:
      InvalidArgumentError: If the mode is none of these.
      NotFoundError: When reading, if there is no such file.
      PermissionDeniedError: When reading from what is open for writing only, or the other way round.

    Example:
      >>> import os, tempfile
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     path = os.path.join(folder, "notes")
      ...     with GFile(path, "w+") as file:
      ...         file.write("one\\ntwo\\n")
      ...         file.flush()
      ...         file.readline()
      ...     GFile(path).readlines(), GFile(path, "rb").read(3)
      'one\\n'
      (['one\\n', 'two\\n'], b'one')
    """

    def __init__(self, name: PathLike, mode: str = "r") -> None:
        plain = mode.replace("b", "")
        if plain not in _MODES:
            raise InvalidArgumentError(None, None, "mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+' (with 'b' "
                                                   f"for bytes): {mode!r}, for {as_text(name)}")
        self._name = name
        self._mode = mode
        self._plain_mode = plain
        self._is_binary = "b" in mode
        self._reading: Any = None
        self._writing: Any = None
        # Where the next read begins once the file is written, too: a remote file may be one object for both.
        self._position = 0

    @property
    def name(self) -> Any:
        """The path."""
        return self._name

    @property
    def mode(self) -> str:
        """How the file is opened."""
        return self._mode

    @property
    def closed(self) -> bool:
        """Whether the file is not open (now)."""
        return self._reading is None and self._writing is None

    def readable(self) -> bool:
        """Whether the mode allows reading."""
        return self._plain_mode == "r" or "+" in self._plain_mode

    def writable(self) -> bool:
        """Whether the mode allows writing."""
        return self._plain_mode != "r"

    def seekable(self) -> bool:
        """Whether `seek` can be used: where reading is allowed."""
        return self.readable()

    def _open(self, mode: str) -> Any:
        files, path = filesystem.locate(self._name)
        with file_errors(path):
            file = files.open(path, mode)
        # Programs write `GFile(path).read()`, and never close it.
        weakref.finalize(self, file.close)
        return file

    @contextmanager
    def _reader(self) -> Iterator[Any]:
        """The file at the place where reading goes on."""
        if not self.readable():
            raise self._not_open_for("reading")
        if self._reading is None:
            self._reading = self._open("rb")
        with file_errors(as_text(self._name)):
            if self._writing is not None:
                self._reading.seek(self._position)
            yield self._reading
            self._position = self._reading.tell()

    @contextmanager
    def _writer(self) -> Iterator[Any]:
        """The file at the place where writing goes on."""
        if not self.writable():
            raise self._not_open_for("writing")
        if self._writing is None:
            # What was opened for reading may be the file that this replaces.
            self._close_all()
            self._writing = self._open("ab" if self._plain_mode[0] == "a" else "wb")
        with file_errors(as_text(self._name)):
            if self._reading is not None and self._writing.seekable():
                self._writing.seek(0, os.SEEK_END)
            yield self._writing

    def _not_open_for(self, what: str) -> PermissionDeniedError:
        return PermissionDeniedError(None, None, f"File isn't open for {what}: {as_text(self._name)} has "
                                                 f"the mode '{self._mode}'")

    def _text(self, data: bytes) -> Any:
        return data if self._is_binary else data.decode("utf-8")

    def read(self, n: int | None = -1) -> Any:
        """Up to `n` bytes from here on, or all that is left."""
        with self._reader() as file:
            data = file.read(-1 if n is None else n)
        return self._text(data)

    def readline(self) -> Any:
        """The next line with its end; empty at the end of the file."""
        with self._reader() as file:
            line = file.readline()
        return self._text(line.replace(b"\r", b""))

    def readlines(self) -> list[Any]:
        """All lines that are left."""
        return list(self)

    def write(self, file_content: str | bytes) -> None:
        """Writes bytes, or a string as UTF-8.

        Raises:
          TypeError: If it is neither.
        """
        data = file_content.encode("utf-8") if isinstance(file_content, str) else file_content
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"Expected binary or unicode string, got {file_content!r}")
        with self._writer() as file:
            file.write(data)

    def seek(self, offset: int | None = None, whence: int = 0, position: int | None = None) -> None:
        """Moves the place where reading goes on.

        Args:
          offset: How many bytes away.
          whence: From the beginning (0), from here (1), or from the end (2).
          position: Old name of `offset`, from the beginning.

        Raises:
          InvalidArgumentError: If the place is before the beginning, or `whence` is none of the three.
          OutOfRangeError: If the place is beyond the end, which is where reading then goes on.
        """
        place = position if offset is None else offset
        if place is None:
            raise TypeError("seek(): offset argument required")
        if whence not in (os.SEEK_SET, os.SEEK_CUR, os.SEEK_END):
            raise InvalidArgumentError(None, None, f"Invalid whence argument: {whence}. Valid values are 0, 1, or 2.")
        with self._reader() as file:
            here, end = file.tell(), file.seek(0, os.SEEK_END)
            file.seek(here)
            target = operator.index(place) + (0, here, end)[whence]
            if target < 0:
                raise InvalidArgumentError(None, None, f"{as_text(self._name)}: seeking to a negative "
                                                       f"position: {target}")
            file.seek(min(target, end))
        if target > end:
            raise OutOfRangeError(None, None, f"{as_text(self._name)}: reached end of file: seeking to "
                                              f"{target} of {end} bytes")

    def tell(self) -> int:
        """The place where reading (or else writing) goes on, in bytes from the beginning."""
        with self._reader() if self.readable() else self._writer() as file:
            return file.tell()

    def size(self) -> int:
        """The size of the file in bytes."""
        self.flush()
        return filesystem.stat(self._name).length

    def flush(self) -> None:
        """Hands what was written to the operating system, so that others can read it."""
        if self._writing is not None:
            with file_errors(as_text(self._name)):
                self._writing.flush()

    def close(self) -> None:
        """Closes the file; what is read or written next opens it anew."""
        self._close_all()
        self._position = 0

    def _close_all(self) -> None:
        files = [file for file in (self._reading, self._writing) if file is not None]
        self._reading = self._writing = None
        for file in files:
            with file_errors(as_text(self._name)):
                file.close()

    def __iter__(self) -> GFile:
        return self

    def __next__(self) -> Any:
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    def next(self) -> Any:
        """The next line."""
        return next(self)

    def __enter__(self) -> GFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<tf.gfile.GFile '{as_text(self._name)}' mode={self._mode!r}>"
