"""Lines of comma-separated values (RFC 4180) as one tensor for each column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops.strings.string_to_number import numbers_of, parsed_number
from millpond.shapes import TensorShape

_QUOTE, _NEWLINE, _RETURN = b'"\n\r'


def _quoted(record: bytes, start: int, delimiter: int) -> tuple[bytes, int]:
    """The field behind a quotation mark, and where the next one begins."""
    field, place = bytearray(), start
    while True:
        end = record.find(b'"', place)
        if end < 0:
            raise InvalidArgumentError(None, None, f"Quoted field has to end with quote followed by delim or end: "
                                       f"{record!r}")
        field += record[place:end]
        if end + 1 == len(record) or record[end + 1] == delimiter:
            return bytes(field), end + 2
        if record[end + 1] != _QUOTE:
            raise InvalidArgumentError(None, None, f"Quote inside a string has to be escaped by another quote: "
                                       f"{record!r}")
        field += b'"'
        place = end + 2


def _fields(record: bytes, delimiter: int, uses_quotes: bool, columns: Sequence[int]) -> list[bytes]:
    """The fields of a record; of those columns, if any are named, and then nothing behind the last is looked at."""
    found: list[bytes] = []
    number = place = 0
    while place < len(record):
        if record[place] in (_NEWLINE, _RETURN):
            place += 1
            continue
        if uses_quotes and record[place] == _QUOTE:
            field, place = _quoted(record, place + 1, delimiter)
        else:
            end = record.find(delimiter, place)
            end = len(record) if end < 0 else end
            field, place = record[place:end], end + 1
            if b"\n" in field or b"\r" in field or (uses_quotes and b'"' in field):
                raise InvalidArgumentError(None, None, f"Unquoted fields cannot have quotes/CRLFs inside: {record!r}")
        if not columns or number in columns:
            found.append(field)
        number += 1
        if columns and len(found) == len(columns):
            return found
    # A delimiter at the end has an empty field behind it.
    if record and record[-1] == delimiter and (not columns or number in columns):
        found.append(b"")
    return found


def _column(texts: list[bytes], default: Array, dtype: DType, missing: bytes, number: int) -> Array:
    values: list[Any] = []
    for record, text in enumerate(texts):
        if not text or text == missing:
            if not default.size:
                raise InvalidArgumentError(None, None, f"Field {number} is required but missing in record {record}!")
            values.append(default.ravel()[0])
            continue
        value = text if dtype is dtypes.string else parsed_number(text, dtype.np_dtype)
        if value is None:
            raise InvalidArgumentError(None, None, f"Field {number} in record {record} is not a valid {dtype.name}: "
                                       f"{text.decode('utf-8', 'replace')}")
        values.append(value)
    if dtype is not dtypes.string:
        return numbers_of(values, dtype.np_dtype)
    column = np.empty(len(values), object)
    column[...] = values
    return column


def _decode_csv_shape(records: TensorShape, record_defaults: list[TensorShape]) -> tuple[TensorShape, ...]:
    for default in record_defaults:
        if default.sizes is not None and (len(default.sizes) > 1 or default.sizes not in ((), (0,), (1,), (None,))):
            raise ValueError(f"A default must be a number or string, or a vector of at most one, got shape {default}")
    return (records,) * len(record_defaults)


def _decode_csv_kernel(context: HostContext, records: Array, record_defaults: Sequence[Array], *,
                       OUT_TYPE: Sequence[DType], field_delim: str, use_quote_delim: bool, na_value: str,
                       select_cols: Sequence[int]) -> tuple[Array, ...]:
    delimiter = field_delim.encode("utf-8", "surrogateescape")
    if len(delimiter) != 1:
        raise InvalidArgumentError(None, None, f"field_delim should be only one character, got {field_delim!r}")
    for number, default in enumerate(record_defaults):
        if default.size > 1:
            raise InvalidArgumentError(None, None, f"There should only be 1 default per field but field {number} has "
                                       f"{default.size}")
    rows = []
    for number, record in enumerate(records.ravel()):
        row = _fields(record, delimiter[0], use_quote_delim, select_cols)
        if len(row) != len(record_defaults):
            raise InvalidArgumentError(None, None, f"Expect {len(record_defaults)} fields but have {len(row)} in "
                                       f"record {number}")
        rows.append(row)
    missing = na_value.encode("utf-8", "surrogateescape")
    return tuple(_column([row[i] for row in rows], default, dtype, missing, i).reshape(records.shape)
                 for i, (default, dtype) in enumerate(zip(record_defaults, OUT_TYPE, strict=True)))


DECODE_CSV = define_op(
    "DecodeCSV", inputs="records: string, record_defaults: OUT_TYPE", outputs="output: OUT_TYPE",
    attrs="OUT_TYPE: list({float, double, int32, int64, string}) >= 1, field_delim: string = ',', "
          "use_quote_delim: bool = True, na_value: string = '', select_cols: list(int) = []",
    shape=_decode_csv_shape, kernel=_decode_csv_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def decode_csv(records: TensorLike, record_defaults: Sequence[TensorLike], field_delim: str = ",",
               use_quote_delim: bool = True, name: str | None = None, na_value: str = "",
               select_cols: Sequence[int] | None = None) -> list[Tensor]:
    """Lines of comma-separated values, a tensor for each column.

    Args:
      records: Lines, strings of any shape.
      record_defaults: For each column what stands where it is empty, which says its dtype too: float32, float64,
        int32, int64 or string. A vector without elements makes the column one that must not be empty.
      field_delim: The character between fields.
      use_quote_delim: Whether fields may stand in quotation marks, within which `""` is one.
      name: Name of the node.
      na_value: A text that counts as empty.
      select_cols: The columns that are wanted, in ascending order; all by default.

    Returns:
      A list of tensors of the shape of `records`.

    Raises:
      ValueError: If `select_cols` does not ascend or fit the defaults, or a default has more than one element.
      tf.errors.InvalidArgumentError: When run, if a line has too many or too few fields, or one is no such value.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.decode_csv(['1,"a,b"', ",c"], record_defaults=[[7], [""]])))
      [array([1, 7], dtype=int32), array([b'a,b', b'c'], dtype=object)]
    """
    columns = [] if select_cols is None else list(select_cols)
    if any(after <= before for before, after in zip(columns, columns[1:], strict=False)):
        raise ValueError(f"select_cols is not strictly increasing: {columns}")
    if columns and columns[0] < 0:
        raise ValueError(f"select_cols contains negative values: {columns}")
    if select_cols is not None and len(columns) != len(record_defaults):
        raise ValueError(f"Length of select_cols and record_defaults do not match: {len(columns)} and "
                         f"{len(record_defaults)}")
    found = DECODE_CSV(records, list(record_defaults), field_delim=field_delim, use_quote_delim=use_quote_delim,
                       na_value=na_value, select_cols=columns, name=name)
    return list(found) if isinstance(found, (list, tuple)) else [found]
