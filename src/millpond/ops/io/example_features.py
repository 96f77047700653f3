"""What features of an `Example` are to be read as: the values of the dictionaries that parsers take."""

from __future__ import annotations

from typing import Any, NamedTuple


class FixedLenFeature(NamedTuple):
    """A feature with the same number of values in every example: a dense tensor.

    Attributes:
      shape: The shape of an example's values.
      dtype: Their dtype: float32, int64 or string.
      default_value: What stands for an example that lacks them; None where all must have them.
    """

    shape: Any
    dtype: Any
    default_value: Any = None


class VarLenFeature(NamedTuple):
    """A feature with any number of values: a sparse tensor.

    Attributes:
      dtype: Their dtype: float32, int64 or string.
    """

    dtype: Any


class FixedLenSequenceFeature(NamedTuple):
    """A feature with a multiple of the same number of values: a dense tensor, padded to the longest.

    Attributes:
      shape: The shape of a step's values.
      dtype: Their dtype: float32, int64 or string.
      allow_missing: Must be True: an example without the feature has no steps.
      default_value: What stands behind the end of shorter ones; zero or the empty string by default.
    """

    shape: Any
    dtype: Any
    allow_missing: bool = False
    default_value: Any = None


class SparseFeature(NamedTuple):
    """A sparse tensor whose places and values are two features.

    Attributes:
      index_key: The key of the places, or the keys for several dimensions.
      value_key: The key of the values.
      dtype: The dtype of the values: float32, int64 or string.
      size: The size of the dimension, or the sizes.
      already_sorted: Whether the places of each example are in order.
    """

    index_key: Any
    value_key: Any
    dtype: Any
    size: Any
    already_sorted: bool = False
