"""`tf.python_io`: TFRecord files, read and written by Python."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

from millpond.errors import FailedPreconditionError
from millpond.formats.files import PathLike
from millpond.formats.records import COMPRESSION_NAMES, WINDOWS, RecordReader, RecordWriter


class TFRecordCompressionType:
    """How a whole file is compressed."""

    NONE = 0
    ZLIB = 1
    GZIP = 2


class TFRecordOptions:
    """How a file is compressed.

    Args:
      compression_type: A value of `TFRecordCompressionType`, or `""`, `"ZLIB"`, `"GZIP"`, or None.
      flush_mode, input_buffer_size, output_buffer_size, compression_method: Accepted, without effect on the file.
      window_bits: Base-two logarithm of zlib's history, 9 to 15.
      compression_level: 0 to 9.
      mem_level: zlib's `memLevel`, 1 to 9.
      compression_strategy: zlib's strategy.

    Raises:
      ValueError: If there is no such type of compression.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> options = tf.python_io.TFRecordOptions(tf.python_io.TFRecordCompressionType.GZIP)
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     with tf.python_io.TFRecordWriter(folder + "/records.gz", options) as writer:
      ...         writer.write(b"one")
      ...     print(list(tf.python_io.tf_record_iterator(folder + "/records.gz", options)))
      [b'one']
    """

    compression_type_map = COMPRESSION_NAMES

    def __init__(self, compression_type: Any = None, flush_mode: int | None = None,
                 input_buffer_size: int | None = None, output_buffer_size: int | None = None,
                 window_bits: int | None = None, compression_level: int | None = None,
                 compression_method: int | None = None, mem_level: int | None = None,
                 compression_strategy: int | None = None) -> None:
        self.get_compression_type_string(compression_type)  # raises if it is none
        self.compression_type = compression_type
        self.flush_mode = flush_mode
        self.input_buffer_size = input_buffer_size
        self.output_buffer_size = output_buffer_size
        self.window_bits = window_bits
        self.compression_level = compression_level
        self.compression_method = compression_method
        self.mem_level = mem_level
        self.compression_strategy = compression_strategy

    @classmethod
    def get_compression_type_string(cls, options: Any) -> str:
        """`""`, `"ZLIB"` or `"GZIP"`, from options, a value of `TFRecordCompressionType`, a string or None."""
        if isinstance(options, TFRecordOptions):
            return cls.get_compression_type_string(options.compression_type)
        if not options:
            return ""
        found = cls.compression_type_map.get(options, options)
        if found not in WINDOWS:
            raise ValueError(f'Not a valid compression_type: "{options}"; expected a value of TFRecordCompressionType, '
                             "'', 'ZLIB' or 'GZIP'.")
        return found


class TFRecordWriter:
    """Writes records to a file, replacing what has the name. A context manager.

    Args:
      path: The file.
      options: A `TFRecordOptions`, or what its `compression_type` may be.

    Raises:
      NotFoundError: If the folder does not exist (and the other classes of `tf.errors` accordingly).

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     with tf.python_io.TFRecordWriter(folder + "/data", "GZIP") as writer:
      ...         writer.write(b"one")
      ...     list(tf.python_io.tf_record_iterator(folder + "/data", "GZIP"))
      [b'one']
    """

    def __init__(self, path: PathLike, options: Any = None) -> None:
        compression = TFRecordOptions.get_compression_type_string(options)
        if not isinstance(options, TFRecordOptions):
            options = TFRecordOptions(compression)
        self._writer = RecordWriter(
            path, compression, level=_or_default(options.compression_level, -1),
            window_bits=None if options.window_bits is None else abs(options.window_bits),
            memory_level=_or_default(options.mem_level, zlib.DEF_MEM_LEVEL),
            strategy=_or_default(options.compression_strategy, zlib.Z_DEFAULT_STRATEGY))
        self._is_open = True

    def write(self, record: bytes | str) -> None:
        """Appends a record; a string is written as UTF-8.

        Raises:
          FailedPreconditionError: If the writer is closed.
        """
        self._check_open()
        self._writer.write(record.encode() if isinstance(record, str) else record)

    def flush(self) -> None:
        """Hands everything to the operating system, so that others can read it."""
        self._check_open()
        self._writer.flush()

    def close(self) -> None:
        """Completes the file. Further calls do nothing."""
        self._is_open = False
        self._writer.close()

    def _check_open(self) -> None:
        if not self._is_open:
            raise FailedPreconditionError(None, None, f"Writer is closed: {self._writer.path}.")

    def __enter__(self) -> TFRecordWriter:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()


def _or_default(value: int | None, default: int) -> int:
    return default if value is None else value


def tf_record_iterator(path: PathLike, options: Any = None) -> Iterator[bytes]:
    """Iterates over the records of a file.

    Args:
      path: The file.
      options: A `TFRecordOptions`, or what its `compression_type` may be.

    Raises:
      NotFoundError: If there is no such file.
      DataLossError: While iterating, if the file is damaged, or compressed in another way.
    """
    return RecordReader(path, TFRecordOptions.get_compression_type_string(options))
