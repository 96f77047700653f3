"""Lookup tables: the ops on them, and the tables themselves, which a session keeps on the host.

A handle is a tensor of dtype resource whose value is the `Table`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from millpond.dtypes import DType
from millpond.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError
from millpond.formats.gfile import GFile
from millpond.graph.opdef import NOT_DIFFERENTIABLE, OpDefinition, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.ops import shape_rules
from millpond.shapes import TensorShape

# Columns of a text file that are none: the whole line, and its number.
WHOLE_LINE, LINE_NUMBER = -2, -1


class Table:
    """A table of a session.

    Attributes:
      is_fixed: Whether it is filled once, before it is used, and then stays.
      is_filled: Whether it has been.
    """

    def __init__(self, key_dtype: DType, value_dtype: DType, value_shape: tuple[int, ...], is_fixed: bool) -> None:
        self.key_dtype, self.value_dtype, self.value_shape = key_dtype, value_dtype, value_shape
        self.is_fixed = is_fixed
        self.is_filled = not is_fixed
        self._entries: dict[Any, Any] = {}
        self._lock = threading.Lock()

    def _check(self, keys: np.ndarray, values: np.ndarray | None = None) -> None:
        for array, dtype, what in ((keys, self.key_dtype, "key"), (values, self.value_dtype, "value")):
            if array is not None and array.dtype != dtype.np_dtype:
                raise InvalidArgumentError(None, None, f"The table has {what}s of {dtype.name}, got {array.dtype}")
        if values is not None and values.shape != keys.shape + self.value_shape:
            raise InvalidArgumentError(None, None, f"Expected shape {list(keys.shape + self.value_shape)} for values, "
                                       f"got {list(values.shape)}")

    def find(self, keys: np.ndarray, default: np.ndarray) -> np.ndarray:
        """The value of each key, or the default."""
        self._check(keys)
        self._require()
        if default.shape != self.value_shape:
            raise InvalidArgumentError(None, None, f"Expected shape {list(self.value_shape)} for the default value, "
                                       f"got {list(default.shape)}")
        rest = default.tolist() if not default.ndim else default
        with self._lock:
            found = [self._entries.get(key, rest) for key in keys.ravel().tolist()]
        result = np.empty(keys.shape + self.value_shape, self.value_dtype.np_dtype)
        flat = result.reshape(len(found), *self.value_shape)
        if found:
            flat[...] = np.stack(found) if self.value_shape else found
        return result

    def fill(self, pairs: Iterator[tuple[Any, Any]]) -> None:
        """Fills a fixed table; filling it again is no error where it is with the same."""
        entries: dict[Any, Any] = {}
        for key, value in pairs:
            known = entries.setdefault(key, value)
            if known != value and not (known != known and value != value):
                raise FailedPreconditionError(None, None, f"HashTable has different value for same key. Key {key!r} "
                                              f"has {known!r} and trying to add value {value!r}")
        with self._lock:
            if self.is_filled and self._entries != entries:
                raise FailedPreconditionError(None, None, "Table was already initialized with different data.")
            self._entries = entries
            self.is_filled = True

    def insert(self, keys: np.ndarray, values: np.ndarray, anew: bool = False) -> None:
        """Adds or replaces entries, of a table that may change; `anew` takes out all others."""
        self._check(keys, values)
        if self.is_fixed:
            self.fill(zip(keys.ravel().tolist(), values.ravel().tolist(), strict=True))
            return
        rows = values.reshape(keys.size, *self.value_shape)
        with self._lock:
            if anew:
                self._entries = {}
            items = [row.copy() for row in rows] if self.value_shape else rows.tolist()
            self._entries.update(zip(keys.ravel().tolist(), items, strict=True))

    def remove(self, keys: np.ndarray) -> None:
        self._check(keys)
        with self._lock:
            for key in keys.ravel().tolist():
                self._entries.pop(key, None)

    def export(self) -> list[np.ndarray]:
        """All keys, and all values."""
        self._require()
        with self._lock:
            count = len(self._entries)
            keys = np.empty(count, self.key_dtype.np_dtype)
            values = np.empty((count, *self.value_shape), self.value_dtype.np_dtype)
            if count:
                keys[...] = list(self._entries)
                rows = list(self._entries.values())
                values[...] = np.stack(rows) if self.value_shape else rows
            return [keys, values]

    def size(self) -> int:
        self._require()
        return len(self._entries)

    def _require(self) -> None:
        if not self.is_filled:
            raise FailedPreconditionError(None, None, "Table not initialized: run tf.tables_initializer() first.")


def _table_behind(handle: Array) -> Table:
    table = handle[()]
    if not isinstance(table, Table):
        raise InvalidArgumentError(None, None, f"The handle of a lookup table is expected, got {table!r}")
    return table


def _define_table(type: str, is_fixed: bool) -> OpDefinition:
    def kernel(context: HostContext, *, key_dtype: DType, value_dtype: DType) -> Array:
        return context.resources.handle(context.op, Table, lambda: Table(key_dtype, value_dtype, (), is_fixed))

    return define_op(type, outputs="table_handle: resource",
                     attrs="container: string = '', shared_name: string = '', use_node_name_sharing: bool = False, "
                           "key_dtype: type, value_dtype: type",
                     shape=shape_rules.scalar, kernel=kernel, gradient=NOT_DIFFERENTIABLE, host=True)


HASH_TABLE = _define_table("HashTableV2", True)
MUTABLE_HASH_TABLE = _define_table("MutableHashTableV2", False)


def _of_tensors_kernel(context: HostContext, *, key_dtype: DType, value_dtype: DType,
                       value_shape: TensorShape) -> Array:
    sizes = tuple(int(size or 0) for size in value_shape.as_list())
    return context.resources.handle(context.op, Table, lambda: Table(key_dtype, value_dtype, sizes, False))


MUTABLE_HASH_TABLE_OF_TENSORS = define_op(
    "MutableHashTableOfTensorsV2", outputs="table_handle: resource",
    attrs="container: string = '', shared_name: string = '', use_node_name_sharing: bool = False, key_dtype: type, "
          "value_dtype: type, value_shape: shape",
    shape=shape_rules.scalar, kernel=_of_tensors_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _find_shape(table_handle: TensorShape, keys: TensorShape, default_value: TensorShape) -> TensorShape:
    return keys.concatenate(default_value)


def _find_kernel(context: HostContext, table_handle: Array, keys: Array, default_value: Array) -> Array:
    return _table_behind(table_handle).find(keys, default_value)


LOOKUP_TABLE_FIND = define_op(
    "LookupTableFindV2", inputs="table_handle: resource, keys: Tin, default_value: Tout", outputs="values: Tout",
    attrs="Tin: type, Tout: type", shape=_find_shape, kernel=_find_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _size_kernel(context: HostContext, table_handle: Array) -> Array:
    return np.array(_table_behind(table_handle).size(), np.int64)


LOOKUP_TABLE_SIZE = define_op("LookupTableSizeV2", inputs="table_handle: resource", outputs="size: int64",
                              shape=shape_rules.scalar, kernel=_size_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _define_change(type: str, inputs: str, attrs: str, change: Callable[..., None]) -> OpDefinition:
    def kernel(context: HostContext, table_handle: Array, *arrays: Array) -> list[Array]:
        change(_table_behind(table_handle), *arrays)
        return []

    return define_op(type, inputs=f"table_handle: resource, {inputs}", attrs=attrs, shape=shape_rules.nothing,
                     kernel=kernel, gradient=NOT_DIFFERENTIABLE, host=True)


LOOKUP_TABLE_INSERT = _define_change("LookupTableInsertV2", "keys: Tin, values: Tout", "Tin: type, Tout: type",
                                     Table.insert)
LOOKUP_TABLE_IMPORT = _define_change("LookupTableImportV2", "keys: Tin, values: Tout", "Tin: type, Tout: type",
                                     lambda table, keys, values: table.insert(keys, values, anew=True))
LOOKUP_TABLE_REMOVE = _define_change("LookupTableRemoveV2", "keys: Tin", "Tin: type", Table.remove)
INITIALIZE_TABLE = _define_change("InitializeTableV2", "keys: Tkey, values: Tval", "Tkey: type, Tval: type",
                                  Table.insert)


def _export_shape(table_handle: TensorShape) -> tuple[TensorShape, ...]:
    return shape_rules.VECTOR, shape_rules.UNKNOWN


def _export_kernel(context: HostContext, table_handle: Array) -> list[Array]:
    return _table_behind(table_handle).export()


LOOKUP_TABLE_EXPORT = define_op(
    "LookupTableExportV2", inputs="table_handle: resource", outputs="keys: Tkeys, values: Tvalues",
    attrs="Tkeys: type, Tvalues: type", shape=_export_shape, kernel=_export_kernel, gradient=NOT_DIFFERENTIABLE,
    host=True)


def _field(line: bytes, number: int, columns: list[bytes], index: int, dtype: DType, offset: int) -> Any:
    """What a column of a line says, in a table's dtype."""
    if index == LINE_NUMBER:
        return number + offset
    if index == WHOLE_LINE:
        return line
    if index >= len(columns):
        raise InvalidArgumentError(None, None, f"Invalid number of columns in line {number} ({line!r}): there is no "
                                   f"column {index}, only {len(columns)}")
    text = columns[index]
    if dtype.name == "string":
        return text
    try:
        return int(text) if dtype.is_integer else float(text)
    except ValueError:
        raise InvalidArgumentError(None, None, f"Field {text!r} in line {number} is not a valid "
                                   f"{dtype.name}.") from None


def _lines(context: HostContext, filename: bytes) -> list[bytes]:
    try:
        with GFile(filename.decode("utf-8", "surrogateescape"), "rb") as file:
            text = file.read()
    except NotFoundError as error:
        raise NotFoundError(context.op.node_def, context.op, error.message) from None
    lines = text.split(b"\n")
    return [line.removesuffix(b"\r") for line in (lines[:-1] if lines[-1] == b"" else lines)]


def _from_file_kernel(context: HostContext, table_handle: Array, filename: Array, *, key_index: int, value_index: int,
                      vocab_size: int, delimiter: str, offset: int) -> list[Array]:
    table = _table_behind(table_handle)
    lines = _lines(context, filename[()])
    if 0 <= vocab_size != len(lines):
        if vocab_size > len(lines):
            raise InvalidArgumentError(None, None, f"Invalid vocab_size in {filename[()]!r}: expected {vocab_size} "
                                       f"but got {len(lines)}")
        lines = lines[:vocab_size]
    separator = delimiter.encode()

    def pairs() -> Iterator[tuple[Any, Any]]:
        for number, line in enumerate(lines):
            columns = line.split(separator) if max(key_index, value_index) >= 0 else [line]
            yield (_field(line, number, columns, key_index, table.key_dtype, 0),
                   _field(line, number, columns, value_index, table.value_dtype, offset))

    table.fill(pairs())
    return []


INITIALIZE_TABLE_FROM_TEXT_FILE = define_op(
    "InitializeTableFromTextFileV2", inputs="table_handle: resource, filename: string",
    attrs="key_index: int, value_index: int, vocab_size: int = -1, delimiter: string = '\t', offset: int = 0",
    shape=shape_rules.nothing, kernel=_from_file_kernel, gradient=NOT_DIFFERENTIABLE, host=True)
