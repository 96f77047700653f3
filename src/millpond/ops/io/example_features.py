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
