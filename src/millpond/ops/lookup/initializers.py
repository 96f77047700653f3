"""What lookup tables are filled with: tensors of keys and values, or a text file."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.collections import GraphKeys
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.operation import Operation
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.ops.lookup.tables import (
    INITIALIZE_TABLE_FROM_TEXT_FILE,
    LINE_NUMBER,
    LOOKUP_TABLE_IMPORT,
    WHOLE_LINE,
)
from millpond.ops.scoping import name_scope


class TableInitializer:
    """Fills a table. A class of one's own gives `initialize(table)`, an operation.

    Attributes:
      key_dtype, value_dtype: The dtypes of what it gives.
    """

    def __init__(self, key_dtype: DTypeLike, value_dtype: DTypeLike) -> None:
        self._key_dtype, self._value_dtype = dtypes.as_dtype(key_dtype), dtypes.as_dtype(value_dtype)

    @property
    def key_dtype(self) -> DType:
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        return self._value_dtype

    @property
    def shared_name(self) -> str:
        """The name under which tables of the same content are one; empty for none."""
        return ""

    def initialize(self, table: Any) -> Operation:
        raise NotImplementedError(f"{type(self).__name__} has no `initialize`")

    def _check(self, table: Any) -> None:
        for what, own, theirs in (("key", self.key_dtype, table.key_dtype),
                                  ("value", self.value_dtype, table.value_dtype)):
            if own.base_dtype is not theirs.base_dtype:
                raise TypeError(f"Invalid {what} dtype, expected {theirs.name} but got {own.name}.")


class KeyValueTensorInitializer(TableInitializer):
    """Fills a table with tensors of keys and of values.

    Args:
      keys: Its keys.
      values: The value of each key.
      key_dtype, value_dtype: Their dtypes; by default those of the tensors.
      name: Name of the scope.

    Raises:
      TypeError: When used, if the table has other dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), -1)
      ...     found = table.lookup(tf.constant(["b", "z"]))
      ...     sess.run(tf.tables_initializer())
      ...     print(sess.run(found))
      [ 2 -1]
    """

    def __init__(self, keys: TensorLike, values: TensorLike, key_dtype: DTypeLike | None = None,
                 value_dtype: DTypeLike | None = None, name: str | None = None) -> None:
        self._name = name or "key_value_init"
        self._keys = convert_to_tensor(keys, dtype=key_dtype, name="keys")
        self._values = convert_to_tensor(values, dtype=value_dtype, name="values")
        super().__init__(self._keys.dtype.base_dtype, self._values.dtype.base_dtype)

    def initialize(self, table: Any) -> Operation:
        """An operation that fills the table; it joins `GraphKeys.TABLE_INITIALIZERS`."""
        self._check(table)
        with name_scope(None, self._name, [table.resource_handle, self._keys, self._values]):
            fill = LOOKUP_TABLE_IMPORT(table.resource_handle, self._keys, self._values)
        default_graph().add_to_collection(GraphKeys.TABLE_INITIALIZERS, fill)
        return fill


class TextFileIndex:
    """Columns of a text file that are none.

    Attributes:
      WHOLE_LINE: The line.
      LINE_NUMBER: Its number, from 0 on.
    """

    WHOLE_LINE = WHOLE_LINE
    LINE_NUMBER = LINE_NUMBER


class TextFileInitializer(TableInitializer):
    """Fills a table with the lines of a text file.

    Args:
      filename: The file; a string or a string tensor. It joins `GraphKeys.ASSET_FILEPATHS`.
      key_dtype: The dtype of the keys.
      key_index: The column of a line that has the key, or one of `TextFileIndex`.
      value_dtype: The dtype of the values.
      value_index: The same for the value.
      vocab_size: How many lines are read; all by default.
      delimiter: What stands between columns.
      name: Name of the scope.

    Raises:
      ValueError: If there is no file name, a column is less than -2, the size is not positive, or the dtype of a whole
        line is not string, or that of a line number not int64.
      tf.errors.InvalidArgumentError: When run, if the file does not have what is asked.
      tf.errors.NotFoundError: When run, if there is no such file.

    Example:
      >>> import millpond as tf
      >>> def made(path):
      ...     _ = open(path, "w").write("red\\nblue\\n")
      ...     return path
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     index = tf.lookup.TextFileIndex
      ...     lines = tf.lookup.TextFileInitializer(
      ...         made("/tmp/colours.txt"), tf.string, index.WHOLE_LINE, tf.int64, index.LINE_NUMBER)
      ...     found = tf.lookup.StaticHashTable(lines, -1).lookup(tf.constant(["blue", "green"]))
      ...     sess.run(tf.tables_initializer())
      ...     print(sess.run(found))
      [ 1 -1]
    """

    def __init__(self, filename: Any, key_dtype: DTypeLike, key_index: int, value_dtype: DTypeLike, value_index: int,
                 vocab_size: int | None = None, delimiter: str = "\t", name: str | None = None) -> None:
        if not isinstance(filename, Tensor) and not filename:
            raise ValueError("Filename required: the text file that the table is filled with.")
        super().__init__(key_dtype, value_dtype)
        for what, index, dtype in (("key", key_index, self.key_dtype), ("value", value_index, self.value_dtype)):
            if index < WHOLE_LINE:
                raise ValueError(f"Invalid {what} index {index}.")
            if index == LINE_NUMBER and dtype is not dtypes.int64:
                raise ValueError(f"Signature mismatch. {what.title()}s must be dtype int64, got {dtype.name}.")
            if index == WHOLE_LINE and not (dtype.is_integer or dtype is dtypes.string):
                raise ValueError(f"Signature mismatch. {what.title()}s must be integer or string, got {dtype.name}.")
        if vocab_size is not None and vocab_size <= 0:
            raise ValueError(f"Invalid vocab_size {vocab_size}.")
        self._filename = filename
        self._columns = key_index, value_index
        self._vocab_size = vocab_size
        self._delimiter = delimiter
        self._name = name

    @property
    def shared_name(self) -> str:
        if isinstance(self._filename, Tensor):
            return ""
        parts = [self._filename, -1 if self._vocab_size is None else self._vocab_size, *self._columns]
        return "_".join(["hash_table", *map(str, parts)])

    def initialize(self, table: Any) -> Operation:
        """An operation that fills the table; it joins `GraphKeys.TABLE_INITIALIZERS`."""
        self._check(table)
        with name_scope(self._name, "text_file_init", [table.resource_handle]):
            filename = convert_to_tensor(self._filename, dtype=dtypes.string, name="asset_filepath")
            fill = INITIALIZE_TABLE_FROM_TEXT_FILE(
                table.resource_handle, filename, key_index=self._columns[0], value_index=self._columns[1],
                vocab_size=-1 if self._vocab_size is None else self._vocab_size, delimiter=self._delimiter)
        graph = default_graph()
        graph.add_to_collection(GraphKeys.TABLE_INITIALIZERS, fill)
        if filename.op.type == "Const":  # what is fed is no file of the model
            graph.add_to_collection(GraphKeys.ASSET_FILEPATHS, filename)
        return fill


class TextFileIdTableInitializer(TextFileInitializer):
    """From the lines of a file, or a column of them, to their numbers.

    Args:
      filename, vocab_size, delimiter, name: See `TextFileInitializer`.
      key_column_index, value_column_index: The columns; the whole line and its number by default.
      key_dtype: The dtype of the keys.

    Raises:
      ValueError: As `TextFileInitializer`.

    Example:
      >>> import millpond as tf
      >>> print(tf.contrib.lookup.TextFileIdTableInitializer("words.txt").key_dtype)
      <dtype: 'string'>
    """

    def __init__(self, filename: Any, key_column_index: int = WHOLE_LINE, value_column_index: int = LINE_NUMBER,
                 vocab_size: int | None = None, delimiter: str = "\t", name: str = "text_file_id_table_init",
                 key_dtype: DTypeLike = dtypes.string) -> None:
        super().__init__(filename, key_dtype, key_column_index, dtypes.int64, value_column_index, vocab_size, delimiter,
                         name)


class TextFileStringTableInitializer(TextFileInitializer):
    """From the numbers of lines to the lines of a file, or a column of them.

    Args:
      filename, vocab_size, delimiter, name: See `TextFileInitializer`.
      key_column_index, value_column_index: The columns; the number of the line and the whole line by default.

    Raises:
      ValueError: As `TextFileInitializer`.

    Example:
      >>> import millpond as tf
      >>> print(tf.contrib.lookup.TextFileStringTableInitializer("words.txt").key_dtype)
      <dtype: 'int64'>
    """

    def __init__(self, filename: Any, key_column_index: int = LINE_NUMBER, value_column_index: int = WHOLE_LINE,
                 vocab_size: int | None = None, delimiter: str = "\t",
                 name: str = "text_file_string_table_init") -> None:
        super().__init__(filename, dtypes.int64, key_column_index, dtypes.string, value_column_index, vocab_size,
                         delimiter, name)


def numbers_of(values: Any) -> Tensor:
    """The numbers of the elements of a vector, from 0 on, as int64."""
    count = len(values) if not isinstance(values, Tensor) else values.shape.num_elements()
    if count is not None:
        return convert_to_tensor(np.arange(count, dtype=np.int64), name="range")
    raise ValueError("The number of elements of a vocabulary must be known")
