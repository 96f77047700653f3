"""Readers as values: what a session keeps for a reader of the graph, which takes files from a queue, one after another.

State: the file that is open, and what has been read of it; guarded by the reader's lock.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from typing import BinaryIO

from millpond.errors import InvalidArgumentError
from millpond.formats.files import local_path, open_input
from millpond.formats.records import RecordReader
from millpond.graph.operation import Operation

Record = tuple[bytes, bytes]


class Reader:
    """Gives the records of files.

    Args:
      op: The operation that made it.
      records: Gives the records of a file: key and value.
    """

    def __init__(self, op: Operation, records: Callable[[bytes], Iterator[Record]]) -> None:
        self.op = op
        self.records_produced = 0
        self.work_units_completed = 0
        self._records = records
        self._current: Iterator[Record] | None = None
        self._returned: list[Record] = []
        self._lock = threading.Lock()

    def read(self, next_file: Callable[[], bytes]) -> Record:
        """The next record; a further file is asked for when one is at its end.

        Raises:
          OutOfRangeError: If there is no further file.
          NotFoundError: If a file does not exist.
          DataLossError: If it is damaged.
        """
        with self._lock:
            while True:
                if self._returned:
                    self.records_produced += 1
                    return self._returned.pop()
                if self._current is None:
                    self._current = self._records(next_file())
                record = self._next(self._current)
                if record is not None:
                    return record

    def read_up_to(self, count: int, next_file: Callable[[], bytes]) -> list[Record]:
        """At least one record, and up to `count` as far as the file has them."""
        found = [self.read(next_file)]
        with self._lock:
            while len(found) < count and self._current is not None:
                record = self._next(self._current)
                if record is not None:
                    found.append(record)
        return found

    def _next(self, file: Iterator[Record]) -> Record | None:
        """The next record of the file that is open; None at its end. One that is damaged is at its end, too."""
        record = None
        try:
            record = next(file, None)
        finally:
            if record is None:
                self._current = None
                self.work_units_completed += 1
            else:
                self.records_produced += 1
        return record

    def give_back(self, records: list[Record]) -> None:
        """Takes records back that were read and not used."""
        with self._lock:
            self._returned.extend(reversed(records))
            self.records_produced -= len(records)

    def reset(self) -> None:
        """Is as if it had read nothing."""
        with self._lock:
            self._current, self._returned = None, []
            self.records_produced = self.work_units_completed = 0


def _open(path: bytes) -> BinaryIO:
    return open_input(local_path(os.fsdecode(path)))


def identities(work: bytes) -> Iterator[Record]:
    """The work itself, as key and value."""
    yield work, work


def whole_files(path: bytes) -> Iterator[Record]:
    """The contents of a file, under its name."""
    with _open(path) as file:
        yield path, file.read()


def lines(skipped: int) -> Callable[[bytes], Iterator[Record]]:
    """The lines of a file without what ends them, under `file:number`, which counts from 1."""

    def records(path: bytes) -> Iterator[Record]:
        with _open(path) as file:
            for number, line in enumerate(file, 1):
                if number > skipped:
                    line = line.removesuffix(b"\n")
                    yield b"%s:%d" % (path, number), line.removesuffix(b"\r")
    return records


def fixed_length_records(header: int, size: int, footer: int, hop: int) -> Callable[[bytes], Iterator[Record]]:
    """Records of `size` bytes, each `hop` bytes behind the one before (0: `size`), under `file:number` from 0."""

    def records(path: bytes) -> Iterator[Record]:
        with _open(path) as file:
            data = file.read()
        for number, start in enumerate(range(header, len(data) - footer - size + 1, hop or size)):
            yield b"%s:%d" % (path, number), data[start:start + size]
    return records


def framed_records(compression: str) -> Callable[[bytes], Iterator[Record]]:
    """The records of a TFRecord file, under `file:offset`."""

    def records(path: bytes) -> Iterator[Record]:
        with RecordReader(os.fsdecode(path), compression) as reader:
            while True:
                offset = reader.offset
                record = next(reader, None)
                if record is None:
                    return
                yield b"%s:%d" % (path, offset), record
    return records


def check_sizes(op: Operation) -> None:
    """Refuses sizes of records that make none.

    Raises:
      InvalidArgumentError: If a size is negative, or a record holds nothing.
    """
    attrs = op.attributes
    for name in ("header_bytes", "footer_bytes", "hop_bytes"):
        if attrs[name] < 0:
            raise InvalidArgumentError(op.node_def, op, f"{name} must be >= 0 not {attrs[name]}")
    if attrs["record_bytes"] <= 0:
        raise InvalidArgumentError(op.node_def, op, f"record_bytes must be > 0 not {attrs['record_bytes']}")
