"""Columns of categories: by hash, by vocabulary, by number, with weights, and crossed."""

from __future__ import annotations

import collections
from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.feature_column.base import (
    CategoricalColumn,
    IdWeightPair,
    KeyedColumn,
    OldCategoricalColumn,
    Spec,
    as_sparse_input,
    buckets_of,
    name_of,
    sparse_of,
    specs_of,
)
from millpond.feature_column.numeric import BucketizedColumn, checked_key
from millpond.formats.filesystem import exists
from millpond.formats.gfile import GFile
from millpond.graph.argument_types import DTypeLike
from millpond.graph.composite import SparseTensor
from millpond.ops.array.fill import ones_like
from millpond.ops.io.example_features import VarLenFeature
from millpond.ops.lookup.lookup_tables import index_table_from_file, index_table_from_tensor
from millpond.ops.math.arithmetic import multiply
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import greater_equal, less, logical_or, where
from millpond.ops.sparse.cross import sparse_cross_hashed
from millpond.ops.strings.as_string import as_string
from millpond.ops.strings.string_hashing import string_to_hash_bucket_fast


def _checked_kind(column_dtype: DType, values: SparseTensor, key: str) -> None:
    """Strings for a column of strings, whole numbers for one of whole numbers."""
    kinds = "string", "integer"
    for dtype in (column_dtype, values.dtype.base_dtype):
        if not (dtype.is_integer or dtype is dtypes.string):
            raise ValueError(f"{key}: the dtype must be string or integer, got {dtype}")
    if column_dtype.is_integer != values.dtype.is_integer:
        raise ValueError(f"Column dtype and SparseTensors dtype must be compatible. key: {key}, column dtype: "
                         f"{column_dtype} ({kinds[column_dtype.is_integer]}), tensor dtype: {values.dtype}")


def _checked_dtype(dtype: DTypeLike, key: str) -> DType:
    dtype = dtypes.as_dtype(dtype)
    if not (dtype.is_integer or dtype is dtypes.string):
        raise ValueError(f"dtype must be string or integer. dtype: {dtype}, column_name: {key}")
    return dtype


class _OneFeature(KeyedColumn, CategoricalColumn):
    """A column of categories that are read from one feature."""

    __slots__ = ()
    dtype: DType

    @property
    def parse_example_spec(self) -> Spec:
        return {self.key: VarLenFeature(self.dtype)}

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> SparseTensor:
        values = as_sparse_input(transformation_cache.get(self.key, state_manager))
        _checked_kind(self.dtype, values, self.key)
        return self._categories(values)

    def _categories(self, values: SparseTensor) -> SparseTensor:
        raise NotImplementedError(f"{type(self).__name__}._categories")


_HASHED = collections.namedtuple("_HASHED", "key hash_bucket_size dtype")


class HashedCategoricalColumn(_HASHED, _OneFeature):
    """Categories by hash; see `tf.feature_column.categorical_column_with_hash_bucket`."""

    __slots__ = ()

    @property
    def num_buckets(self) -> int:
        return self.hash_bucket_size

    def _categories(self, values: SparseTensor) -> SparseTensor:
        text = values.values if self.dtype is dtypes.string else as_string(values.values)
        return values.with_values(string_to_hash_bucket_fast(text, self.hash_bucket_size, name="lookup"))


def categorical_column_with_hash_bucket(key: str, hash_bucket_size: int,
                                        dtype: DTypeLike = dtypes.string) -> HashedCategoricalColumn:
    """Categories whose values are not known beforehand: each gets a number by its hash.

    Args:
      key: The feature's key.
      hash_bucket_size: How many numbers there are.
      dtype: string, or an integer, which is hashed as text.

    Raises:
      ValueError: If there is no bucket, the key is no string, or the dtype is another one.

    Example:
      >>> import millpond as tf
      >>> fc = tf.feature_column
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     word = fc.indicator_column(fc.categorical_column_with_hash_bucket("word", 3))
      ...     print(sess.run(fc.input_layer({"word": ["a", "b"]}, [word])).sum())
      2.0
    """
    if hash_bucket_size is None:
        raise ValueError(f"hash_bucket_size must be set. key: {key}")
    if hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be at least 1. hash_bucket_size: {hash_bucket_size}, key: {key}")
    return HashedCategoricalColumn(checked_key(key), hash_bucket_size, _checked_dtype(dtype, key))


class _VocabularyColumn(_OneFeature):
    """A column whose categories are words of a vocabulary."""

    __slots__ = ()

    def _table(self, key_dtype: DType) -> Any:
        raise NotImplementedError(f"{type(self).__name__}._table")

    def _categories(self, values: SparseTensor) -> SparseTensor:
        key_dtype = self.dtype
        if values.dtype.is_integer:  # tables have keys of 64 bits
            key_dtype = dtypes.int64
            values = values.with_values(cast(values.values, dtypes.int64))
        return self._table(key_dtype).lookup(values)


_FILE = collections.namedtuple("_FILE", "key vocabulary_file vocabulary_size num_oov_buckets dtype default_value")


class VocabularyFileCategoricalColumn(_FILE, _VocabularyColumn):
    """Categories by the lines of a file; see `tf.feature_column.categorical_column_with_vocabulary_file`."""

    __slots__ = ()

    @property
    def num_buckets(self) -> int:
        return self.vocabulary_size + self.num_oov_buckets

    def _table(self, key_dtype: DType) -> Any:
        return index_table_from_file(self.vocabulary_file, self.num_oov_buckets, self.vocabulary_size,
                                     self.default_value, key_dtype=key_dtype, name=f"{self.key}_lookup")


def _checked_oov(num_oov_buckets: int, default_value: int | None, missing: int | None, key: str) -> None:
    if num_oov_buckets:
        if default_value != missing:
            raise ValueError(f"Can't specify both num_oov_buckets and default_value in {key}.")
        if num_oov_buckets < 0:
            raise ValueError(f"Invalid num_oov_buckets {num_oov_buckets} in {key}.")


def categorical_column_with_vocabulary_file(
    key: str, vocabulary_file: str, vocabulary_size: int | None = None, num_oov_buckets: int = 0,
    default_value: int | None = None, dtype: DTypeLike = dtypes.string,
) -> VocabularyFileCategoricalColumn:
    """Categories that are the lines of a file.

    Args:
      key: The feature's key.
      vocabulary_file: The file; it must be there already where no size is given.
      vocabulary_size: How many lines count; all by default.
      num_oov_buckets: How many further numbers there are for other values, by their hash.
      default_value: The number of other values where there are no buckets; -1 (none) by default.
      dtype: string, or an integer.

    Raises:
      ValueError: If there is no file, the numbers are out of range, or both kinds of other values are given.

    Example:
      >>> import millpond as tf
      >>> fc = tf.feature_column
      >>> def made(path):
      ...     _ = open(path, "w").write("red\\nblue\\n")
      ...     return path
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     colour = fc.categorical_column_with_vocabulary_file("colour", made("/tmp/colours.txt"))
      ...     layer = fc.input_layer({"colour": ["blue", "green"]}, [fc.indicator_column(colour)])
      ...     sess.run(tf.tables_initializer())
      ...     print(sess.run(layer))
      [[0. 1.]
       [0. 0.]]
    """
    if not vocabulary_file:
        raise ValueError(f"Missing vocabulary_file in {key}.")
    if vocabulary_size is None:
        if not exists(vocabulary_file):
            raise ValueError(f"vocabulary_file in {key} does not exist.")
        with GFile(vocabulary_file, "rb") as file:
            vocabulary_size = sum(1 for _ in file)
    if vocabulary_size < 1:
        raise ValueError(f"Invalid vocabulary_size in {key}: {vocabulary_size}.")
    _checked_oov(num_oov_buckets, default_value, None, key)
    return VocabularyFileCategoricalColumn(checked_key(key), vocabulary_file, vocabulary_size, num_oov_buckets or 0,
                                           _checked_dtype(dtype, key), -1 if default_value is None else default_value)


_LIST = collections.namedtuple("_LIST", "key vocabulary_list dtype default_value num_oov_buckets")


class VocabularyListCategoricalColumn(_LIST, _VocabularyColumn):
    """Categories by the words of a list; see `tf.feature_column.categorical_column_with_vocabulary_list`."""

    __slots__ = ()

    @property
    def num_buckets(self) -> int:
        return len(self.vocabulary_list) + self.num_oov_buckets

    def _table(self, key_dtype: DType) -> Any:
        return index_table_from_tensor(tuple(self.vocabulary_list), self.num_oov_buckets, self.default_value,
                                       dtype=key_dtype, name=f"{self.key}_lookup")


def categorical_column_with_vocabulary_list(key: str, vocabulary_list: Sequence[Any], dtype: DTypeLike | None = None,
                                            default_value: int = -1,
                                            num_oov_buckets: int = 0) -> VocabularyListCategoricalColumn:
    """Categories that are the words of a list, or its whole numbers.

    Args:
      key: The feature's key.
      vocabulary_list: The words, none twice.
      dtype: string or an integer; by default what the words are.
      default_value: The number of other values where there are no buckets; -1 for none.
      num_oov_buckets: How many further numbers there are for other values, by their hash.

    Raises:
      ValueError: If the list is empty or has a word twice, the dtype does not fit, or both kinds of other values are
        given.

    Example:
      >>> import millpond as tf
      >>> fc = tf.feature_column
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     colour = fc.categorical_column_with_vocabulary_list("colour", ["red", "blue"])
      ...     layer = fc.input_layer({"colour": ["blue", "green"]}, [fc.indicator_column(colour)])
      ...     sess.run(tf.tables_initializer())
      ...     print(sess.run(layer))
      [[0. 1.]
       [0. 0.]]
    """
    if vocabulary_list is None or len(vocabulary_list) < 1:
        raise ValueError(f"vocabulary_list {vocabulary_list} must be non-empty, column_name: {key}")
    if len(set(vocabulary_list)) != len(vocabulary_list):
        raise ValueError(f"Duplicate keys in vocabulary_list {list(vocabulary_list)}, column_name: {key}")
    kind = np.array(list(vocabulary_list)).dtype
    own = dtypes.string if kind.kind in "USO" else dtypes.as_dtype(kind)
    _checked_oov(num_oov_buckets, default_value, -1, key)
    dtype = own if dtype is None else dtypes.as_dtype(dtype)
    if dtype.is_integer != own.is_integer:
        raise ValueError(f"dtype {dtype} and vocabulary dtype {own} do not match, column_name: {key}")
    return VocabularyListCategoricalColumn(checked_key(key), tuple(vocabulary_list), _checked_dtype(dtype, key),
                                           default_value, num_oov_buckets or 0)


_IDENTITY = collections.namedtuple("_IDENTITY", "key number_buckets default_value")


class IdentityCategoricalColumn(_IDENTITY, _OneFeature):
    """Categories that are numbers already; see `tf.feature_column.categorical_column_with_identity`."""

    __slots__ = ()
    dtype = dtypes.int64

    @property
    def num_buckets(self) -> int:
        return self.number_buckets

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> SparseTensor:
        values = as_sparse_input(transformation_cache.get(self.key, state_manager))
        if not values.dtype.is_integer:
            raise ValueError(f"Invalid input, not integer. key: {self.key} dtype: {values.dtype}")
        return self._categories(values)

    def _categories(self, values: SparseTensor) -> SparseTensor:
        numbers = cast(values.values, dtypes.int64)
        if self.default_value is not None:
            is_out = logical_or(less(numbers, np.int64(0)), greater_equal(numbers, np.int64(self.number_buckets)))
            numbers = where(is_out, multiply(ones_like(numbers), np.int64(self.default_value)), numbers)
        return values.with_values(numbers)


def categorical_column_with_identity(key: str, num_buckets: int,
                                     default_value: int | None = None) -> IdentityCategoricalColumn:
    """Categories that are numbers from 0 on already.

    Args:
      key: The feature's key.
      num_buckets: How many there are.
      default_value: The number that stands for those out of range; None to leave them as they are.

    Raises:
      ValueError: If there is no category, or the default is none of them.

    Example:
      >>> import millpond as tf
      >>> fc = tf.feature_column
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     floor = fc.indicator_column(fc.categorical_column_with_identity("floor", 3, default_value=0))
      ...     print(sess.run(fc.input_layer({"floor": [2, 9]}, [floor])))
      [[0. 0. 1.]
       [1. 0. 0.]]
    """
    if num_buckets < 1:
        raise ValueError(f"num_buckets {num_buckets} < 1, column_name {key}")
    if default_value is not None and not 0 <= default_value < num_buckets:
        raise ValueError(f"default_value {default_value} not in range [0, {num_buckets}), column_name {key}")
    return IdentityCategoricalColumn(checked_key(key), num_buckets, default_value)


_WEIGHTED = collections.namedtuple("_WEIGHTED", "categorical_column weight_feature_key dtype")


class WeightedCategoricalColumn(_WEIGHTED, CategoricalColumn):
    """Categories with weights; see `tf.feature_column.weighted_categorical_column`."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return f"{self.categorical_column.name}_weighted_by_{self.weight_feature_key}"

    @property
    def parse_example_spec(self) -> Spec:
        found = specs_of(self.categorical_column)
        if self.weight_feature_key in found:
            raise ValueError(f"Parse config {found[self.weight_feature_key]} already exists for "
                             f"{self.weight_feature_key}.")
        return {**found, self.weight_feature_key: VarLenFeature(self.dtype)}

    @property
    def parents(self) -> list[Any]:
        return [self.categorical_column, self.weight_feature_key]

    @property
    def num_buckets(self) -> int:
        return buckets_of(self.categorical_column)

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> tuple[SparseTensor, SparseTensor]:
        weights = transformation_cache.get(self.weight_feature_key, state_manager)
        if weights is None:
            raise ValueError(f"Missing weights {self.weight_feature_key}.")
        if self.dtype is not weights.dtype.base_dtype:
            raise ValueError(f"Bad dtype, expected {self.dtype}, but got {weights.dtype}.")
        weights = as_sparse_input(weights, 0.0 if self.dtype.is_floating else 0)
        if not weights.dtype.is_floating:
            weights = weights.with_values(cast(weights.values, dtypes.float32))
        return transformation_cache.get(self.categorical_column, state_manager), weights

    def get_sparse_tensors(self, transformation_cache: Any, state_manager: Any) -> IdWeightPair:
        return IdWeightPair(*transformation_cache.get(self, state_manager))


def weighted_categorical_column(categorical_column: CategoricalColumn, weight_feature_key: str,
                                dtype: DTypeLike = dtypes.float32) -> WeightedCategoricalColumn:
    """Categories with a weight each, which another feature gives.

    Args:
      categorical_column: The categories.
      weight_feature_key: The key of the weights: as many for each example as it has categories.
      dtype: The dtype of the weights.

    Raises:
      ValueError: If the dtype is no number.

    Example:
      >>> import millpond as tf
      >>> fc = tf.feature_column
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     floor = fc.weighted_categorical_column(fc.categorical_column_with_identity("floor", 3), "weight")
      ...     print(sess.run(fc.input_layer({"floor": [[2, 1]], "weight": [[0.5, 4.0]]}, [fc.indicator_column(floor)])))
      [[0.  4.  0.5]]
    """
    dtype = dtypes.as_dtype(dtype or dtypes.float32)
    if not (dtype.is_integer or dtype.is_floating):
        raise ValueError(f"dtype {dtype} is not convertible to float.")
    return WeightedCategoricalColumn(categorical_column, weight_feature_key, dtype)


_CROSSED = collections.namedtuple("_CROSSED", "keys hash_bucket_size hash_key")


class CrossedColumn(_CROSSED, CategoricalColumn):
    """Combinations of categories; see `tf.feature_column.crossed_column`."""

    __slots__ = ()

    @property
    def name(self) -> str:
        return "_X_".join(sorted(name_of(key) for key in self._leaves()))

    def _leaves(self) -> list[Any]:
        """The keys and columns that are crossed, those of crosses within too."""
        found: list[Any] = []
        for key in self.keys:
            found += key._leaves() if isinstance(key, CrossedColumn) else [key]
        return found

    @property
    def parse_example_spec(self) -> Spec:
        found: Spec = {}
        for key in self.keys:
            found.update({key: VarLenFeature(dtypes.string)} if isinstance(key, str) else specs_of(key))
        return found

    @property
    def parents(self) -> list[Any]:
        return list(self.keys)

    @property
    def num_buckets(self) -> int:
        return self.hash_bucket_size

    def transform_feature(self, transformation_cache: Any, state_manager: Any) -> SparseTensor:
        features = []
        for key in self._leaves():
            if isinstance(key, str):
                features.append(transformation_cache.get(key, state_manager))
                continue
            found = sparse_of(key, transformation_cache, state_manager)
            if found.weight_tensor is not None:
                raise ValueError("crossed_column does not support weight_tensor, but the given column populates "
                                 f"weight_tensor. Given column: {key.name}")
            features.append(found.id_tensor)
        return sparse_cross_hashed(features, self.hash_bucket_size, self.hash_key)


def crossed_column(keys: Sequence[Any], hash_bucket_size: int, hash_key: int | None = None) -> CrossedColumn:
    """Combinations of categories, each a category of its own by its hash.

    Args:
      keys: Keys of features of strings or whole numbers, categorical columns (but those by hash), bucketized columns,
        or crosses.
      hash_bucket_size: How many categories there are.
      hash_key: A number that the hashes begin with.

    Raises:
      ValueError: If there is no bucket, there are less than two keys, or one is something else.

    Example:
      >>> import millpond as tf
      >>> fc = tf.feature_column
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     both = fc.indicator_column(fc.crossed_column(["city", "colour"], 4))
      ...     print(sess.run(fc.input_layer({"city": [["a"]], "colour": [["red"]]}, [both])).sum())
      1.0
    """
    if not hash_bucket_size or hash_bucket_size < 1:
        raise ValueError(f"hash_bucket_size must be > 1. hash_bucket_size: {hash_bucket_size}")
    if not keys or len(keys) < 2:
        raise ValueError(f"keys must be a list with length > 1. Given: {keys}")
    for key in keys:
        is_categorical = isinstance(key, (OldCategoricalColumn, BucketizedColumn))
        if not isinstance(key, str) and (not is_categorical or isinstance(key, HashedCategoricalColumn)):
            raise ValueError("Unsupported key type. All keys must be either string, or categorical column except "
                             f"HashedCategoricalColumn (give its key in place of that). Given: {key}")
    return CrossedColumn(tuple(keys), hash_bucket_size, hash_key)
