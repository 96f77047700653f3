"""`Dimension`: the object that TensorFlow 1 shows for one dimension of a shape."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np


def as_size(value: Any) -> int | None:
    """Checks a single dimension: a plain `int` that is not negative, or None."""
    if value is None:
        return None
    if type(value) is int:
        size = value
    elif isinstance(value, Dimension):
        return value.value
    elif isinstance(value, (float, np.floating)):
        # `width / 2` is a float in Python 3; TensorFlow 1 takes it if it is whole.
        if not value.is_integer():
            raise ValueError(f"Ambiguous dimension: {value!r}. Expected a whole number; use // to divide.")
        size = int(value)
    else:
        try:
            size = int(operator.index(value))
        except TypeError:
            raise TypeError(
                f"A dimension must be an integer, a Dimension or None, got {value!r} of type "
                f"{type(value).__name__}."
            ) from None
    if size < 0:
        raise ValueError(f"Dimension {size} must be >= 0; an unknown dimension is None.")
    return size


def _comparison(holds: Callable[[int, int], bool]) -> Any:
    """Makes a comparison method of `Dimension`, which gives None where a size is unknown."""

    def compare(self: Dimension, other: Any) -> Any:
        try:
            size = as_size(other)
        except (TypeError, ValueError):
            return NotImplemented
        return None if self.value is None or size is None else holds(self.value, size)

    return compare


def _arithmetic(operation: Callable[[int, int], int], swapped: bool = False) -> Any:
    """Makes an arithmetic method of `Dimension`; `swapped` for the reflected one (`7 // dimension`)."""

    def combine(self: Dimension, other: Any) -> Any:
        try:
            size = as_size(other)
        except (TypeError, ValueError):
            return NotImplemented
        if self.value is None or size is None:
            return Dimension(None)
        return Dimension(operation(size, self.value) if swapped else operation(self.value, size))

    return combine


class Dimension:
    """One dimension of a `TensorShape`: a size, or unknown.

    Arithmetic and comparisons accept dimensions, integers and None. Where an operand is unknown,
    arithmetic gives `Dimension(None)` and a comparison (`==` too) gives None: it is not known. For
    this reason a dimension cannot be hashed.

    Args:
        value: an integer, a `Dimension`, or None for an unknown size.

    Raises:
        TypeError: `value` is no integer.
        ValueError: `value` is negative or a fraction.

    Example:
        >>> Dimension(28) // 2, Dimension(None) + 1, Dimension(None) == 3
        (Dimension(14), Dimension(None), None)
    """

    __slots__ = ("_value",)
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, value: Any) -> None:
        self._value = as_size(value)

    @property
    def value(self) -> int | None:
        """The size as a plain `int`, or None where it is unknown."""
        return self._value

    def is_compatible_with(self, other: Any) -> bool:
        """Whether both can be the same size: they are equal or one is unknown."""
        size = as_size(other)
        return self._value is None or size is None or self._value == size

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises a `ValueError` unless `other` can be the same size."""
        if not self.is_compatible_with(other):
            raise ValueError(f"Dimensions {self} and {other} are not compatible")

    def merge_with(self, other: Any) -> Dimension:
        """Combines what is known of one size in two places.

        Raises:
            ValueError: the sizes are known and differ.

        Example:
            >>> Dimension(None).merge_with(3)
            Dimension(3)
        """
        self.assert_is_compatible_with(other)
        return Dimension(other if self._value is None else self)

    __eq__ = _comparison(operator.eq)
    __ne__ = _comparison(operator.ne)
    __lt__ = _comparison(operator.lt)
    __le__ = _comparison(operator.le)
    __gt__ = _comparison(operator.gt)
    __ge__ = _comparison(operator.ge)

    __add__ = __radd__ = _arithmetic(operator.add)
    __mul__ = __rmul__ = _arithmetic(operator.mul)
    __sub__ = _arithmetic(operator.sub)
    __rsub__ = _arithmetic(operator.sub, swapped=True)
    __floordiv__ = _arithmetic(operator.floordiv)
    __rfloordiv__ = _arithmetic(operator.floordiv, swapped=True)
    __mod__ = _arithmetic(operator.mod)
    __rmod__ = _arithmetic(operator.mod, swapped=True)

    def __truediv__(self, other: Any) -> Any:
        raise TypeError(f"{self!r} / {other!r}: a dimension is whole, please use // instead.")

    def __rtruediv__(self, other: Any) -> Any:
        raise TypeError(f"{other!r} / {self!r}: a dimension is whole, please use // instead.")

    def __index__(self) -> int:
        if self._value is None:
            raise TypeError("Dimension(None) is not known yet; tf.shape(x) has the size when the graph runs.")
        return self._value

    __int__ = __index__

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return f"Dimension({self._value})"

    def __str__(self) -> str:
        return "?" if self._value is None else str(self._value)

    def __reduce__(self) -> tuple[Any, ...]:
        return Dimension, (self._value,)


def as_dimension(value: Any) -> Dimension:
    """Returns `value` itself if it is a `Dimension`, else `Dimension(value)`.

    Example:
        >>> as_dimension(3)
        Dimension(3)
    """
    return value if isinstance(value, Dimension) else Dimension(value)


def dimension_value(dimension: Any) -> Any:
    """The size of a `Dimension`; anything else is returned as it is.

    Example:
        >>> dimension_value(Dimension(3)), dimension_value(None)
        (3, None)
    """
    return dimension.value if isinstance(dimension, Dimension) else dimension
