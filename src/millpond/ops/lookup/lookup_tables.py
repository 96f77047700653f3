"""Lookup tables as programs see them: fixed ones, ones that change, and ones with buckets for what they do not know."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.composite import SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.lookup.initializers import (
    KeyValueTensorInitializer,
    TableInitializer,
    TextFileIdTableInitializer,
    TextFileStringTableInitializer,
    numbers_of,
)
from millpond.ops.lookup.tables import (
    HASH_TABLE,
    LINE_NUMBER,
    LOOKUP_TABLE_EXPORT,
    LOOKUP_TABLE_FIND,
    LOOKUP_TABLE_INSERT,
    LOOKUP_TABLE_REMOVE,
    LOOKUP_TABLE_SIZE,
    MUTABLE_HASH_TABLE,
    MUTABLE_HASH_TABLE_OF_TENSORS,
    WHOLE_LINE,
)
from millpond.ops.math.cast import cast
from millpond.ops.scoping import name_scope
from millpond.ops.strings.as_string import as_string
from millpond.ops.strings.string_hashing import string_to_hash_bucket_fast, string_to_hash_bucket_strong
from millpond.shapes import TensorShape


class LookupInterface:
    """A table from keys to values.

    Attributes:
      key_dtype, value_dtype: Their dtypes.
      name: Its name.
      resource_handle: The tensor that stands for it.
    """

    def __init__(self, key_dtype: DTypeLike, value_dtype: DTypeLike) -> None:
        self._key_dtype, self._value_dtype = dtypes.as_dtype(key_dtype), dtypes.as_dtype(value_dtype)
        self._handle: Any = None

    @property
    def key_dtype(self) -> DType:
        return self._key_dtype

    @property
    def value_dtype(self) -> DType:
        return self._value_dtype

    @property
    def name(self) -> str:
        return self._handle.op.name.split("/")[-1]

    @property
    def resource_handle(self) -> Tensor:
        return self._handle

    def size(self, name: str | None = None) -> Tensor:
        """How many entries there are: an int64 tensor without dimensions."""
        with name_scope(name, f"{self.name}_Size", [self._handle]):
            return LOOKUP_TABLE_SIZE(self._handle)

    def _keys(self, keys: Any) -> Tensor:
        """The keys as a tensor of the right dtype."""
        dtype = keys.dtype if isinstance(keys, (Tensor, SparseTensor)) else None
        if dtype is not None and dtype.base_dtype is not self.key_dtype:
            raise TypeError(f"Dtype of argument `keys` must be {self.key_dtype}, received: {dtype}")
        if isinstance(keys, SparseTensor):
            return keys.values
        return convert_to_tensor(keys, dtype=self.key_dtype, name="keys")


class StaticHashTable(LookupInterface):
    """A table that is filled once, by `tf.tables_initializer`.

    Args:
      initializer: What it is filled with: a `KeyValueTensorInitializer` or `TextFileInitializer`.
      default_value: The value of keys that it does not have.
      name: Its name, `hash_table` by default.

    Raises:
      tf.errors.FailedPreconditionError: When run, if it has not been filled.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     table = tf.lookup.StaticHashTable(tf.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), -1)
      ...     found = table.lookup(tf.constant(["b", "z"]))
      ...     sess.run(tf.tables_initializer())
      ...     print(sess.run(found))
      [ 2 -1]
    """

    def __init__(self, initializer: TableInitializer, default_value: TensorLike, name: str | None = None) -> None:
        self._make(initializer, default_value, initializer.shared_name, name)

    def _make(self, initializer: TableInitializer, default_value: Any, shared_name: str, name: str | None) -> None:
        super().__init__(initializer.key_dtype, initializer.value_dtype)
        with name_scope(None, name or "hash_table") as scope:
            self._handle = HASH_TABLE(key_dtype=self.key_dtype, value_dtype=self.value_dtype, shared_name=shared_name,
                                      name=scope)
        self._default_value = convert_to_tensor(default_value, dtype=self.value_dtype, name="Const")
        self._default_value.shape.assert_is_compatible_with(TensorShape([]))
        self._init = initializer.initialize(self)

    @property
    def default_value(self) -> Tensor:
        return self._default_value

    @property
    def initializer(self) -> Operation:
        """The operation that fills it."""
        return self._init

    @property
    def init(self) -> Operation:
        return self._init

    def lookup(self, keys: TensorLike | SparseTensor, name: str | None = None) -> Any:
        """The value of each key, or the default; of a sparse tensor, a sparse tensor.

        Raises:
          TypeError: If the keys have another dtype.
        """
        wanted = self._keys(keys)
        with name_scope(name, f"{self.name}_Lookup", [self._handle, wanted]):
            values = LOOKUP_TABLE_FIND(self._handle, wanted, self._default_value)
        return keys.with_values(values) if isinstance(keys, SparseTensor) else values

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """All keys, and all values."""
        return _exported(self, TensorShape([]), name)


def _exported(table: LookupInterface, value_shape: TensorShape, name: str | None) -> tuple[Tensor, Tensor]:
    with name_scope(name, f"{table.name}_lookup_table_export_values", [table.resource_handle]):
        keys, values = LOOKUP_TABLE_EXPORT(table.resource_handle, Tkeys=table.key_dtype, Tvalues=table.value_dtype)
        values.set_shape(TensorShape([None]).concatenate(value_shape))
        return keys, values


class HashTable(StaticHashTable):
    """`tf.contrib.lookup.HashTable`: as `tf.lookup.StaticHashTable`, with a name under which tables are one.

    Args:
      initializer, default_value, name: As of `tf.lookup.StaticHashTable`.
      shared_name: Tables of one name are one table of the session.

    Raises:
      tf.errors.FailedPreconditionError: When run, if it has not been filled.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     table = tf.contrib.lookup.HashTable(tf.contrib.lookup.KeyValueTensorInitializer(["a"], [1]), -1)
      ...     table.init.run()
      ...     print(table.lookup(tf.constant(["a", "b"])).eval())
      [ 1 -1]
    """

    def __init__(self, initializer: TableInitializer, default_value: TensorLike, shared_name: str | None = None,
                 name: str | None = None) -> None:
        self._make(initializer, default_value, shared_name or initializer.shared_name, name)


class MutableHashTable(LookupInterface):
    """A table that can be changed while a program runs.

    Args:
      key_dtype: The dtype of its keys.
      value_dtype: The dtype of its values.
      default_value: The value of keys that it does not have; its shape is that of all values.
      shared_name: Tables of one name are one table of the session.
      name: Its name.
      checkpoint: Accepted; tables are not saved.

    Raises:
      TypeError: If the default value is of another dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     table = tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, -1)
      ...     table.insert(["a"], [7]).run()
      ...     print(table.lookup(["a", "b"]).eval())
      [ 7 -1]
    """

    def __init__(self, key_dtype: DTypeLike, value_dtype: DTypeLike, default_value: TensorLike,
                 shared_name: str | None = None, name: str = "MutableHashTable", checkpoint: bool = True) -> None:
        super().__init__(key_dtype, value_dtype)
        self._default_value = convert_to_tensor(default_value, dtype=self.value_dtype)
        self._value_shape = self._default_value.shape
        facts: dict[str, Any] = {"key_dtype": self.key_dtype, "value_dtype": self.value_dtype,
                                 "shared_name": shared_name or ""}
        if self._value_shape.ndims == 0:
            self._handle = MUTABLE_HASH_TABLE(name=name, **facts)
        else:
            self._handle = MUTABLE_HASH_TABLE_OF_TENSORS(name=name, value_shape=self._value_shape, **facts)

    @property
    def init(self) -> None:
        """None: it needs no filling."""

    initializer = init

    def lookup(self, keys: TensorLike, name: str | None = None) -> Tensor:
        """The value of each key, or the default."""
        with name_scope(name, f"{self.name}_lookup_table_find", [self._handle, keys]):
            return LOOKUP_TABLE_FIND(self._handle, self._keys(keys), self._default_value)

    def insert(self, keys: TensorLike, values: TensorLike, name: str | None = None) -> Operation:
        """An operation that adds entries, or replaces them."""
        with name_scope(name, f"{self.name}_lookup_table_insert", [self._handle, keys, values]):
            values = convert_to_tensor(values, dtype=self.value_dtype, name="values")
            return LOOKUP_TABLE_INSERT(self._handle, self._keys(keys), values)

    def remove(self, keys: TensorLike, name: str | None = None) -> Operation:
        """An operation that takes entries out; keys that it does not have are passed over."""
        with name_scope(name, f"{self.name}_lookup_table_remove", [self._handle, keys]):
            return LOOKUP_TABLE_REMOVE(self._handle, self._keys(keys))

    def export(self, name: str | None = None) -> tuple[Tensor, Tensor]:
        """All keys, and all values."""
        return _exported(self, self._value_shape, name)


class HasherSpec(NamedTuple):
    """Which hash function gives the bucket of a key that is not in a table.

    Attributes:
      hasher: `"fasthash"` or `"stronghash"`.
      key: Two whole numbers for `"stronghash"`.
    """

    hasher: str
    key: Sequence[int] | None


FastHashSpec = HasherSpec("fasthash", None)


class StrongHashSpec(HasherSpec):
    """SipHash under a key of two whole numbers.

    Raises:
      ValueError: If the key is not of two numbers.
    """

    __slots__ = ()

    def __new__(cls, key: Sequence[int]) -> StrongHashSpec:
        if len(key) != 2 or not all(isinstance(part, (int, np.integer)) for part in key):
            raise ValueError(f"key must be two whole numbers of 64 bits, got {key}")
        return super().__new__(cls, "stronghash", list(key))


class IdTableWithHashBuckets(LookupInterface):
    """A table whose unknown keys get one of some further numbers, by their hash.

    Args:
      table: A table to int64 numbers, or None for hashes only.
      num_oov_buckets: How many further numbers there are.
      hasher_spec: Which hash function.
      name: Name of its operations.
      key_dtype: The dtype of the keys; that of the table by default. Integers are hashed as strings.

    Raises:
      ValueError: If there is no bucket and no table.
      TypeError: If the dtypes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     table = tf.contrib.lookup.IdTableWithHashBuckets(None, num_oov_buckets=10)
      ...     print(table.lookup(tf.constant(["a", "b"])).eval())
      [9 2]
    """

    def __init__(self, table: StaticHashTable | None, num_oov_buckets: int, hasher_spec: HasherSpec = FastHashSpec,
                 name: str | None = None, key_dtype: DTypeLike | None = None) -> None:
        own = None if key_dtype is None else dtypes.as_dtype(key_dtype)
        if table is None and num_oov_buckets <= 0:
            raise ValueError("oov_buckets must be > 0 if no table is supplied.")
        if table is not None:
            own = own or table.key_dtype
            if table.value_dtype is not dtypes.int64:
                raise TypeError(f"The table must give int64 numbers, not {table.value_dtype.name}")
            if own.is_integer != table.key_dtype.is_integer:
                raise TypeError(f"Invalid key dtype, expected {table.key_dtype.name} or another of its kind, got "
                                f"{own.name}")
        own = own or dtypes.string
        if not (own.is_integer or own is dtypes.string):
            raise TypeError(f"Keys are strings or integers, not {own.name}")
        super().__init__(own, dtypes.int64)
        self._table, self._buckets, self._spec = table, num_oov_buckets, hasher_spec
        self._label = name.split("/")[-1] if name else table.name if table is not None else "hash_bucket"

    @property
    def name(self) -> str:
        return self._label

    @property
    def resource_handle(self) -> Any:
        return None if self._table is None else self._table.resource_handle

    @property
    def initializer(self) -> Any:
        return None if self._table is None else self._table.initializer

    @property
    def init(self) -> Any:
        return self.initializer

    def size(self, name: str | None = None) -> Tensor:
        """How many numbers there are."""
        g = GradientBuilder()
        with name_scope(name, f"{self.name}_Size"):
            known = g.constant(0, dtypes.int64) if self._table is None else self._table.size()
            return g.AddV2(known, g.constant(self._buckets, dtypes.int64), name="add")

    def lookup(self, keys: TensorLike | SparseTensor, name: str | None = None) -> Any:
        """The number of each key; of a sparse tensor, a sparse tensor.

        Raises:
          TypeError: If the keys have another dtype.
        """
        values = wanted = self._keys(keys)
        g = GradientBuilder()
        if self._table is not None and self._table.key_dtype is not self.key_dtype:
            values = wanted = cast(values, self._table.key_dtype)
        if not self._buckets:
            assert self._table is not None
            numbers = self._table.lookup(wanted, name)
        else:
            with name_scope(name, f"{self.name}_Lookup", [wanted]):
                text = values if values.dtype.base_dtype is dtypes.string else as_string(values)
                numbers = self._bucket(text)
                if self._table is not None:
                    known = self._table.lookup(wanted)
                    numbers = g.AddV2(numbers, self._table.size(), name="Add")
                    is_known = g.NotEqual(known, self._table.default_value)
                    numbers = g.SelectV2(is_known, known, numbers)
        return keys.with_values(numbers) if isinstance(keys, SparseTensor) else numbers

    def _bucket(self, text: Tensor) -> Tensor:
        if self._spec.hasher == "fasthash":
            return string_to_hash_bucket_fast(text, self._buckets, name="hash_bucket")
        if self._spec.hasher == "stronghash":
            return string_to_hash_bucket_strong(text, self._buckets, self._spec.key or (), name="hash_bucket")
        raise ValueError(f"Unknown hasher {self._spec.hasher}")


class StaticVocabularyTable(IdTableWithHashBuckets):
    """A vocabulary with buckets for words that are not in it.

    Args:
      initializer: What the vocabulary is filled with: from keys to int64 numbers.
      num_oov_buckets: How many buckets there are; at least 1.
      lookup_key_dtype: The dtype of the keys that are looked up; that of the vocabulary by default.
      name: Its name.

    Raises:
      ValueError: If there is no bucket.
      TypeError: If the dtypes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     words = tf.lookup.KeyValueTensorInitializer(["a", "b"], tf.constant([0, 1], tf.int64))
      ...     table = tf.lookup.StaticVocabularyTable(words, num_oov_buckets=1)
      ...     sess.run(tf.tables_initializer())
      ...     print(sess.run(table.lookup(tf.constant(["b", "z"]))))
      [1 2]
    """

    def __init__(self, initializer: TableInitializer | None, num_oov_buckets: int,
                 lookup_key_dtype: DTypeLike | None = None, name: str | None = None) -> None:
        if num_oov_buckets <= 0:
            raise ValueError("oov_buckets must be > 0.")
        table = None if initializer is None else StaticHashTable(initializer, -1, name)
        super().__init__(table, num_oov_buckets, FastHashSpec, name, lookup_key_dtype)


def _checked_oov(num_oov_buckets: int) -> None:
    if num_oov_buckets < 0:
        raise ValueError(f"num_oov_buckets must be greater or equal than 0, got {num_oov_buckets}.")


def index_table_from_tensor(vocabulary_list: TensorLike, num_oov_buckets: int = 0, default_value: int = -1,
                            hasher_spec: HasherSpec = FastHashSpec, dtype: DTypeLike = dtypes.string,
                            name: str | None = None) -> Any:
    """A table from the words of a list to their numbers.

    Args:
      vocabulary_list: Words, or whole numbers.
      num_oov_buckets: How many further numbers there are for other words, by their hash.
      default_value: The number of other words where there are no buckets.
      hasher_spec: Which hash function.
      dtype: The dtype of the words.
      name: Name of the scope.

    Raises:
      ValueError: If there is no list, or the number of buckets is negative.
      TypeError: If the dtype is neither string nor an integer.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     table = tf.contrib.lookup.index_table_from_tensor(["red", "blue"], num_oov_buckets=1)
      ...     sess.run(tf.tables_initializer())
      ...     print(sess.run(table.lookup(tf.constant(["blue", "green"]))))
      [1 2]
    """
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    _checked_oov(num_oov_buckets)
    dtype = dtypes.as_dtype(dtype)
    if not (dtype.is_integer or dtype is dtypes.string):
        raise TypeError(f"Only integer and string keys are supported, not {dtype.name}")
    with name_scope(name, "string_to_index"):
        keys = convert_to_tensor(vocabulary_list)
        if keys.dtype.is_integer != dtype.is_integer:
            raise ValueError(f"Expected {'integer' if dtype.is_integer else 'non-integer'}, got {keys.dtype.name}: the "
                             f"words are to be {dtype.name}.")
        values = numbers_of(vocabulary_list)
        with name_scope(None, "hash_table"):
            kept = cast(keys, dtypes.int64) if dtype.is_integer else keys
            initializer = KeyValueTensorInitializer(kept, values, kept.dtype, dtypes.int64, name="table_init")
            table = StaticHashTable(initializer, default_value)
        if num_oov_buckets or dtype is not kept.dtype.base_dtype:
            return IdTableWithHashBuckets(table, num_oov_buckets, hasher_spec, key_dtype=dtype)
        return table


def index_table_from_file(vocabulary_file: TensorLike | None = None, num_oov_buckets: int = 0,
                          vocab_size: int | None = None, default_value: int = -1,
                          hasher_spec: HasherSpec = FastHashSpec, key_dtype: DTypeLike = dtypes.string,
                          name: str | None = None,
                          key_column_index: int = WHOLE_LINE, value_column_index: int = LINE_NUMBER,
                          delimiter: str = "\t") -> Any:
    """A table from the lines of a file to their numbers.

    Args:
      vocabulary_file: The file.
      num_oov_buckets, default_value, hasher_spec: As of `index_table_from_tensor`.
      vocab_size: How many lines count; all by default.
      key_dtype: The dtype of the words: string, or an integer.
      name: Name of the scope.
      key_column_index, value_column_index, delimiter: See `tf.lookup.TextFileInitializer`.

    Raises:
      ValueError: If there is no file name, the number of buckets is negative, or the size is less than 1.
      TypeError: If the dtype is neither string nor an integer.
      tf.errors.NotFoundError: When run, if there is no such file.

    Example:
      >>> import millpond as tf
      >>> def made(path):
      ...     _ = open(path, "w").write("red\\nblue\\n")
      ...     return path
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     table = tf.contrib.lookup.index_table_from_file(made("/tmp/colours.txt"))
      ...     sess.run(tf.tables_initializer())
      ...     print(sess.run(table.lookup(tf.constant(["blue", "green"]))))
      [ 1 -1]
    """
    if vocabulary_file is None or (isinstance(vocabulary_file, str) and not vocabulary_file):
        raise ValueError("vocabulary_file must be specified and must not be empty.")
    _checked_oov(num_oov_buckets)
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"vocab_size must be greater than 0, got {vocab_size}.")
    key_dtype = dtypes.as_dtype(key_dtype)
    if not (key_dtype.is_integer or key_dtype is dtypes.string):
        raise TypeError(f"Only integer and string keys are supported, not {key_dtype.name}")
    with name_scope(name, "string_to_index"):
        kept = dtypes.int64 if key_dtype.is_integer else key_dtype
        if key_dtype.is_integer and key_column_index == WHOLE_LINE:
            key_column_index = 0
        with name_scope(None, "hash_table"):
            initializer = TextFileIdTableInitializer(vocabulary_file, key_column_index, value_column_index, vocab_size,
                                                     delimiter, "table_init", kept)
            table = StaticHashTable(initializer, default_value)
        if num_oov_buckets or key_dtype is not kept:
            return IdTableWithHashBuckets(table, num_oov_buckets, hasher_spec, key_dtype=key_dtype)
        return table


def index_to_string_table_from_tensor(vocabulary_list: TensorLike, default_value: str = "UNK",
                                      name: str | None = None) -> StaticHashTable:
    """A table from numbers to the words of a list.

    Args:
      vocabulary_list: Words.
      default_value: The word of other numbers.
      name: Name of the scope.

    Raises:
      ValueError: If there is no list.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     table = tf.contrib.lookup.index_to_string_table_from_tensor(["red", "blue"])
      ...     sess.run(tf.tables_initializer())
      ...     print(sess.run(table.lookup(tf.constant([1, 9], tf.int64))))
      [b'blue' b'UNK']
    """
    if vocabulary_list is None:
        raise ValueError("vocabulary_list must be specified.")
    with name_scope(name, "index_to_string"):
        words = convert_to_tensor(vocabulary_list, dtype=dtypes.string)
        initializer = KeyValueTensorInitializer(numbers_of(vocabulary_list), words, dtypes.int64, dtypes.string,
                                                name="table_init")
        return StaticHashTable(initializer, default_value)


def index_to_string_table_from_file(vocabulary_file: TensorLike, vocab_size: int | None = None,
                                    default_value: str = "UNK", name: str | None = None,
                                    key_column_index: int = LINE_NUMBER, value_column_index: int = WHOLE_LINE,
                                    delimiter: str = "\t") -> StaticHashTable:
    """A table from numbers to the lines of a file.

    Args:
      vocabulary_file: The file.
      vocab_size: How many lines count; all by default.
      default_value: The word of other numbers.
      name: Name of the scope.
      key_column_index, value_column_index, delimiter: See `tf.lookup.TextFileInitializer`.

    Raises:
      ValueError: If there is no file name, or the size is less than 1.
      tf.errors.NotFoundError: When run, if there is no such file.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.contrib.lookup.index_to_string_table_from_file("words.txt").value_dtype)
      <dtype: 'string'>
    """
    if vocabulary_file is None or (isinstance(vocabulary_file, str) and not vocabulary_file):
        raise ValueError("vocabulary_file must be specified and must not be empty.")
    if vocab_size is not None and vocab_size < 1:
        raise ValueError(f"vocab_size must be greater than 0, got {vocab_size}.")
    with name_scope(name, "index_to_string"):
        initializer = TextFileStringTableInitializer(vocabulary_file, key_column_index, value_column_index, vocab_size,
                                                     delimiter, "table_init")
        return StaticHashTable(initializer, default_value)
