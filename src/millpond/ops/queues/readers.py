"""`tf.TextLineReader` and its kin: operations that give the records of files, whose names they take from a queue."""

from __future__ import annotations

import collections
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from millpond.formats.records import COMPRESSION_NAMES
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops.queues import reader_values
from millpond.ops.queues.queue_ops import dequeue_one
from millpond.ops.queues.queues import QueueBase
from millpond.ops.queues.reader_values import Reader, Record
from millpond.shapes import TensorShape

ReadResult = collections.namedtuple("ReadResult", ["key", "value"])
_SCALAR, _VECTOR = TensorShape([]), TensorShape([None])


def _define_reader(type: str, make: Callable[[Operation], Callable[[bytes], Iterator[Record]]],
                   attrs: str = "") -> OpDefinition:
    """An op that gives the handle of a reader, which the session makes when it is first asked for."""
    return define_op(
        type, outputs="reader_handle: resource", attrs=f"{attrs}container: string = '', shared_name: string = ''",
        shape=lambda: _SCALAR, gradient=NOT_DIFFERENTIABLE, host=True, stateful=True,
        kernel=lambda context: context.resources.handle(context.op, Reader, lambda: Reader(
            context.op, make(context.op))))


def _fixed_lengths(op: Operation) -> Callable[[bytes], Iterator[Record]]:
    reader_values.check_sizes(op)
    if op.attributes["encoding"]:
        raise NotImplementedError(f"a FixedLengthRecordReader with encoding {op.attributes['encoding']!r}")
    return reader_values.fixed_length_records(*(op.attributes[f"{name}_bytes"] for name in (
        "header", "record", "footer", "hop")))


IDENTITY_READER = _define_reader("IdentityReaderV2", lambda op: reader_values.identities)
WHOLE_FILE_READER = _define_reader("WholeFileReaderV2", lambda op: reader_values.whole_files)
TEXT_LINE_READER = _define_reader(
    "TextLineReaderV2", lambda op: reader_values.lines(op.attributes["skip_header_lines"]),
    "skip_header_lines: int = 0, ")
TF_RECORD_READER = _define_reader(
    "TFRecordReaderV2", lambda op: reader_values.framed_records(op.attributes["compression_type"]),
    "compression_type: string = '', ")
FIXED_LENGTH_RECORD_READER = _define_reader(
    "FixedLengthRecordReaderV2", _fixed_lengths,
    "header_bytes: int = 0, record_bytes: int, footer_bytes: int = 0, hop_bytes: int = 0, encoding: string = '', ")


def _reader_of(handle: Array) -> Reader:
    reader: Reader = handle[()]
    return reader


def _strings(values: list[bytes]) -> Array:
    result = np.empty(len(values), object)
    result[:] = values
    return result


def _read_kernel(context: HostContext, reader_handle: Array, queue_handle: Array) -> tuple[Array, Array]:
    reader = _reader_of(reader_handle)
    record = reader.read(lambda: dequeue_one(context, queue_handle))
    context.taken.note(context.op, lambda: reader.give_back([record]))
    key, value = (np.array(part, object) for part in record)
    return key, value


def _read_up_to_kernel(context: HostContext, reader_handle: Array, queue_handle: Array,
                       num_records: Array) -> tuple[Array, Array]:
    reader = _reader_of(reader_handle)
    records = reader.read_up_to(int(num_records), lambda: dequeue_one(context, queue_handle))
    context.taken.note(context.op, lambda: reader.give_back(records))
    return _strings([key for key, _ in records]), _strings([value for _, value in records])


READ = define_op("ReaderReadV2", inputs="reader_handle: resource, queue_handle: resource",
                 outputs="key: string, value: string", shape=lambda *inputs: (_SCALAR, _SCALAR), kernel=_read_kernel,
                 gradient=NOT_DIFFERENTIABLE, host=True, blocks=True)
READ_UP_TO = define_op(
    "ReaderReadUpToV2", inputs="reader_handle: resource, queue_handle: resource, num_records: int64",
    outputs="keys: string, values: string", shape=lambda *inputs: (_VECTOR, _VECTOR), kernel=_read_up_to_kernel,
    gradient=NOT_DIFFERENTIABLE, host=True, blocks=True)
RECORDS_PRODUCED = define_op(
    "ReaderNumRecordsProducedV2", inputs="reader_handle: resource", outputs="records_produced: int64",
    shape=lambda handle: _SCALAR, gradient=NOT_DIFFERENTIABLE, host=True,
    kernel=lambda context, handle: np.array(_reader_of(handle).records_produced, np.int64))
WORK_UNITS_COMPLETED = define_op(
    "ReaderNumWorkUnitsCompletedV2", inputs="reader_handle: resource", outputs="units_completed: int64",
    shape=lambda handle: _SCALAR, gradient=NOT_DIFFERENTIABLE, host=True,
    kernel=lambda context, handle: np.array(_reader_of(handle).work_units_completed, np.int64))


def _reset_kernel(context: HostContext, reader_handle: Array) -> tuple[()]:
    _reader_of(reader_handle).reset()
    return ()


RESET = define_op("ReaderResetV2", inputs="reader_handle: resource", shape=lambda handle: (), kernel=_reset_kernel,
                  gradient=NOT_DIFFERENTIABLE, host=True)


class ReaderBase:
    """Gives records, which it reads from the files that a queue names.

    Args:
      reader_ref: The handle of the reader.
      supports_serialize: Whether its state can be saved, which that of no reader here can.
    """

    def __init__(self, reader_ref: Tensor, supports_serialize: bool = False) -> None:
        self._reader_ref = reader_ref
        self._supports_serialize = supports_serialize

    @property
    def reader_ref(self) -> Tensor:
        """The handle of the reader."""
        return self._reader_ref

    @property
    def supports_serialize(self) -> bool:
        """Whether its state can be saved."""
        return self._supports_serialize

    def read(self, queue: QueueBase | Tensor, name: str | None = None) -> Any:
        """The next record; where a file is at its end, the queue gives the next.

        Args:
          queue: A queue of file names, or its handle.
          name: Name of the operation.

        Returns:
          A named tuple of two scalar string tensors: `key`, where the record comes from, and `value`.

        Raises:
          tf.errors.OutOfRangeError: When run, if the queue is closed and empty.
          tf.errors.NotFoundError: When run, if a file does not exist.
        """
        return ReadResult(*READ(self._reader_ref, _handle(queue), name=name or "ReaderReadV2"))

    def read_up_to(self, queue: QueueBase | Tensor, num_records: TensorLike, name: str | None = None) -> Any:
        """Up to `num_records` records, at least one: no more than a file has left.

        Returns:
          A named tuple of two string tensors [n]: `key` and `value`.
        """
        return ReadResult(*READ_UP_TO(self._reader_ref, _handle(queue), num_records, name=name or "ReaderReadUpToV2"))

    def num_records_produced(self, name: str | None = None) -> Tensor:
        """How many records it has given: a scalar int64."""
        return RECORDS_PRODUCED(self._reader_ref, name=name or "ReaderNumRecordsProducedV2")

    def num_work_units_completed(self, name: str | None = None) -> Tensor:
        """How many files it has read to their ends: a scalar int64."""
        return WORK_UNITS_COMPLETED(self._reader_ref, name=name or "ReaderNumWorkUnitsCompletedV2")

    def serialize_state(self, name: str | None = None) -> Tensor:
        """Not supported: TensorFlow's readers of files cannot save their state either."""
        raise NotImplementedError(f"serialize_state of {type(self).__name__}: a reader of files saves no state")

    def restore_state(self, state: TensorLike, name: str | None = None) -> Operation:
        """Not supported, as `serialize_state`."""
        raise NotImplementedError(f"restore_state of {type(self).__name__}: a reader of files saves no state")

    def reset(self, name: str | None = None) -> Operation:
        """Is as it was when it was made."""
        return RESET(self._reader_ref, name=name or "ReaderResetV2")


def _handle(queue: QueueBase | Tensor) -> Tensor:
    return queue if isinstance(queue, Tensor) else queue.queue_ref


class WholeFileReader(ReaderBase):
    """Gives whole files: the key is the name, the value the contents.

    Args:
      name: Name of the operation.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(WHOLE_FILE_READER(name=name or "WholeFileReaderV2"))


class TextLineReader(ReaderBase):
    """Gives the lines of files, without their ends; the key is `file:number`, which counts from 1.

    Args:
      skip_header_lines: How many lines of each file are passed over.
      name: Name of the operation.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> folder = tempfile.mkdtemp()
      >>> with open(folder + "/notes", "w") as file:
      ...     _ = file.write("one\\ntwo\\n")
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     files = tf.train.string_input_producer([folder + "/notes"], num_epochs=1)
      ...     key, line = tf.TextLineReader().read(files)
      ...     sess.run(tf.local_variables_initializer())
      ...     coord = tf.train.Coordinator()
      ...     threads = tf.train.start_queue_runners(sess, coord)
      ...     print(sess.run(line), sess.run(line))
      ...     coord.request_stop()
      ...     coord.join(threads)
      b'one' b'two'
    """

    def __init__(self, skip_header_lines: int | None = None, name: str | None = None) -> None:
        super().__init__(TEXT_LINE_READER(skip_header_lines=skip_header_lines or 0, name=name or "TextLineReaderV2"))


class FixedLengthRecordReader(ReaderBase):
    """Gives records of so many bytes; the key is `file:number`, which counts from 0.

    Args:
      record_bytes: The size of a record.
      header_bytes, footer_bytes: How much of each file is passed over at its ends.
      hop_bytes: How far apart records begin, where that is not their size.
      name: Name of the operation.
      encoding: Only None.

    Raises:
      NotImplementedError: When run, if there is an encoding.
      tf.errors.InvalidArgumentError: When run, if the sizes make no records.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     files = tf.train.string_input_producer(["data_batch_1.bin"])
      ...     key, value = tf.FixedLengthRecordReader(record_bytes=3073).read(files)
      ...     print(value.dtype, value.shape)
      <dtype: 'string'> ()
    """

    def __init__(self, record_bytes: int, header_bytes: int | None = None, footer_bytes: int | None = None,
                 hop_bytes: int | None = None, name: str | None = None, encoding: str | None = None) -> None:
        super().__init__(FIXED_LENGTH_RECORD_READER(
            record_bytes=record_bytes, header_bytes=header_bytes or 0, footer_bytes=footer_bytes or 0,
            hop_bytes=hop_bytes or 0, encoding=encoding or "", name=name or "FixedLengthRecordReaderV2"))


def _compression(options: Any) -> str:
    """The name of a compression, however programs give it."""
    given = getattr(options, "compression_type", options) or ""
    return COMPRESSION_NAMES.get(given, given)


class TFRecordReader(ReaderBase):
    """Gives the records of TFRecord files; the key is `file:offset`.

    Args:
      name: Name of the operation.
      options: A `TFRecordOptions`, a `TFRecordCompressionType`, or the name of a compression.
    """

    def __init__(self, name: str | None = None, options: Any = None) -> None:
        super().__init__(TF_RECORD_READER(compression_type=_compression(options), name=name or "TFRecordReaderV2"))


class IdentityReader(ReaderBase):
    """Gives what the queue gives, as key and as value.

    Args:
      name: Name of the operation.
    """

    def __init__(self, name: str | None = None) -> None:
        super().__init__(IDENTITY_READER(name=name or "IdentityReaderV2"), supports_serialize=True)

