"""`GFile`: a file object for paths of any file system."""

from __future__ import annotations

import weakref
from types import TracebackType
from typing import Any

from millpond.errors import InvalidArgumentError, PermissionDeniedError
from millpond.formats import filesystem
from millpond.formats.files import PathLike, file_errors

_MODES = ("r", "w", "a", "r+", "w+", "a+")


class GFile:
    """A file, local or remote. A context manager and an iterator over lines.

    The file is opened by the first call that needs it, so that making the object never fails for a missing file.
    Without `b` in `mode`, what is read is `str` (UTF-8); positions and sizes are bytes in either case.

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
      ...     with GFile(path, "w") as file:
      ...         file.write("one\\ntwo\\n")
      ...     GFile(path).readlines(), GFile(path, "rb").read(3)
      (['one\\n', 'two\\n'], b'one')
    """

    def __init__(self, name: PathLike | bytes, mode: str = "r") -> None:
        plain = mode.replace("b", "", 1)
        if plain not in _MODES:
            raise InvalidArgumentError(None, None, "mode is not 'r' or 'w' or 'a' or 'r+' or 'w+' or 'a+' (with 'b' "
                                                   f"for bytes): {mode!r}, for {filesystem.as_text(name)}")
        self._name = name
        self._mode = mode
        self._plain_mode = plain
        self._is_binary = "b" in mode
        self._file: Any = None

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
        return self._file is None

    def _open(self) -> Any:
        if self._file is None:
            files, path = filesystem.locate(self._name)
            with file_errors(path):
                self._file = files.open(path, self._plain_mode[0] + "b" + self._plain_mode[1:])
            # Programs write `GFile(path).read()`, and never close it.
            weakref.finalize(self, self._file.close)
        return self._file

    def readable(self) -> bool:
        """Whether the mode allows reading."""
        return self._plain_mode == "r" or "+" in self._plain_mode

    def writable(self) -> bool:
        """Whether the mode allows writing."""
        return self._plain_mode != "r"

    def seekable(self) -> bool:
        """Whether `seek` can be used: always."""
        return True

    def _check(self, allowed: bool, what: str) -> Any:
        if not allowed:
            raise PermissionDeniedError(None, None, f"File isn't open for {what}: {filesystem.as_text(self._name)} has "
                                                    f"the mode '{self._mode}'")
        return self._open()

    def _text(self, data: bytes) -> Any:
        return data if self._is_binary else data.decode("utf-8")

    def read(self, n: int | None = -1) -> Any:
        """Up to `n` bytes from here on, or all that is left."""
        file = self._check(self.readable(), "reading")
        with file_errors(filesystem.as_text(self._name)):
            return self._text(file.read(-1 if n is None else n))

    def readline(self) -> Any:
        """The next line with its end; empty at the end of the file."""
        file = self._check(self.readable(), "reading")
        with file_errors(filesystem.as_text(self._name)):
            return self._text(file.readline())

    def readlines(self) -> list[Any]:
        """All lines that are left."""
        return list(self)

    def write(self, file_content: str | bytes) -> None:
        """Writes bytes, or a string as UTF-8."""
        file = self._check(self.writable(), "writing")
        data = file_content.encode("utf-8") if isinstance(file_content, str) else file_content
        with file_errors(filesystem.as_text(self._name)):
            file.write(data)

    def seek(self, offset: int | None = None, whence: int = 0, position: int | None = None) -> None:
        """Moves to a place in the file.

        Args:
          offset: How many bytes away.
          whence: From the beginning (0), from here (1), or from the end (2).
          position: Old name of `offset`, from the beginning.
        """
        if offset is None and position is None:
            raise TypeError("seek(): offset argument required")
        file = self._open()
        with file_errors(filesystem.as_text(self._name)):
            file.seek(position if offset is None else offset, whence)

    def tell(self) -> int:
        """The place in the file, in bytes from its beginning."""
        return self._open().tell()

    def size(self) -> int:
        """The size of the file in bytes."""
        self.flush()
        return filesystem.stat(self._name).length

    def flush(self) -> None:
        """Hands what was written to the operating system, so that others can read it."""
        if self._file is not None and self.writable():
            with file_errors(filesystem.as_text(self._name)):
                self._file.flush()

    def close(self) -> None:
        """Closes the file; what is read or written next opens it anew."""
        if self._file is not None:
            file, self._file = self._file, None
            with file_errors(filesystem.as_text(self._name)):
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
        return f"<tf.gfile.GFile '{filesystem.as_text(self._name)}' mode={self._mode!r}>"
