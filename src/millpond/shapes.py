"""Static shapes: what is known of a tensor's shape while the graph is built.

A `TensorShape` is immutable and stores one thing, `sizes`: a tuple of `int` (a known dimension)
or None (an unknown one), or None itself where even the rank is unknown. Shape rules work on
`sizes` and make results with `TensorShape.of`. The `Dimension` objects that TensorFlow 1 shows
(`shape[0].value`) are made when asked for.
"""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, overload

from millpond.dimensions import Dimension, as_size

Sizes = tuple[int | None, ...]


class TensorShape:
    """What is known of a tensor's shape: every dimension, some of them, the rank only, or nothing.

    Indexing and iterating give `Dimension` objects, slicing a `TensorShape`. Two shapes are equal if
    the same is known of them; `is_compatible_with` asks whether they can be shapes of one tensor.

    Args:
        dims: an iterable of integers, `Dimension` and None; a single integer or `Dimension` for a
            vector; a `TensorShape`; a TensorShapeProto; or None for an unknown rank.

    Attributes:
        sizes: the tuple of `int` or None, or None where the rank is unknown.

    Raises:
        TypeError: `dims` is none of these.
        ValueError: a dimension is negative or a fraction.

    Example:
        >>> shape = TensorShape([None, 28, 28])
        >>> shape
        TensorShape([Dimension(None), Dimension(28), Dimension(28)])
        >>> print(shape, shape[1:].num_elements(), shape.as_list())
        (?, 28, 28) 784 [None, 28, 28]
    """

    __slots__ = ("sizes",)

    sizes: Sizes | None

    def __init__(self, dims: Any = None) -> None:
        self.sizes = _as_sizes(dims)

    @classmethod
    def of(cls, sizes: Sizes | None) -> TensorShape:
        """Makes a shape from checked sizes: the fast constructor of the shape rules.

        Args:
            sizes: a tuple of plain `int` (not negative) and None, or None for an unknown rank. Nothing
                is checked.

        Example:
            >>> TensorShape.of((2, None))
            TensorShape([Dimension(2), Dimension(None)])
        """
        shape = cls.__new__(cls)
        shape.sizes = sizes
        return shape

    @property
    def ndims(self) -> int | None:
        """The number of dimensions, or None where it is unknown."""
        return None if self.sizes is None else len(self.sizes)

    rank = ndims

    @property
    def _dims(self) -> list[Dimension] | None:
        return self.dims  # Keras asks for it by this name

    @property
    def dims(self) -> list[Dimension] | None:
        """A list of `Dimension`, or None where the rank is unknown."""
        return None if self.sizes is None else [Dimension(size) for size in self.sizes]

    def as_list(self) -> list[int | None]:
        """The dimensions as a list of `int` and None.

        Raises:
            ValueError: the rank is unknown.
        """
        if self.sizes is None:
            raise ValueError(
                "as_list() is not defined on an unknown TensorShape. Ask `ndims is None` first, or say "
                "more of the shape with set_shape()."
            )
        return list(self.sizes)

    def num_elements(self) -> int | None:
        """The number of elements, or None unless the shape is fully defined."""
        if self.sizes is None:
            return None
        count = 1
        for size in self.sizes:
            if size is None:
                return None
            count *= size
        return count

    def is_fully_defined(self) -> bool:
        """Whether the rank and every dimension are known."""
        return self.sizes is not None and None not in self.sizes

    def assert_is_fully_defined(self) -> None:
        """Raises a `ValueError` unless the rank and every dimension are known."""
        if not self.is_fully_defined():
            raise ValueError(f"Shape {self} is not fully defined")

    def is_compatible_with(self, other: Any) -> bool:
        """Whether one tensor can have both shapes: known ranks and known sizes agree.

        Example:
            >>> TensorShape([None, 3]).is_compatible_with([2, None])
            True
        """
        return _agree(self.sizes, _as_sizes(other))

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raises a `ValueError` unless one tensor can have both shapes."""
        other = as_shape(other)
        if not _agree(self.sizes, other.sizes):
            raise ValueError(f"Shapes {self} and {other} are incompatible")

    def merge_with(self, other: Any) -> TensorShape:
        """Combines what two places know of one shape.

        Raises:
            ValueError: the shapes are not compatible.

        Example:
            >>> TensorShape([None, 3]).merge_with([2, None])
            TensorShape([Dimension(2), Dimension(3)])
        """
        sizes = _as_sizes(other)
        if self.sizes is None:
            return TensorShape.of(sizes)
        if sizes is None:
            return self
        if not _agree(self.sizes, sizes):
            raise ValueError(f"Shapes {self} and {TensorShape.of(sizes)} are not compatible")
        return TensorShape.of(tuple(b if a is None else a for a, b in zip(self.sizes, sizes, strict=True)))

    def most_specific_compatible_shape(self, other: Any) -> TensorShape:
        """The shape that says as much as is true of both: dimensions that differ become unknown.

        Example:
            >>> TensorShape([2, 3]).most_specific_compatible_shape([2, 4])
            TensorShape([Dimension(2), Dimension(None)])
        """
        sizes = _as_sizes(other)
        if self.sizes is None or sizes is None or len(self.sizes) != len(sizes):
            return TensorShape.of(None)
        return TensorShape.of(tuple(a if a == b else None for a, b in zip(self.sizes, sizes, strict=True)))

    def concatenate(self, other: Any) -> TensorShape:
        """The dimensions of this shape followed by those of `other`; `+` does the same.

        Example:
            >>> TensorShape([None]).concatenate([2, 3])
            TensorShape([Dimension(None), Dimension(2), Dimension(3)])
        """
        sizes = _as_sizes(other)
        if self.sizes is None or sizes is None:
            return TensorShape.of(None)
        return TensorShape.of(self.sizes + sizes)

    def assert_has_rank(self, rank: int) -> None:
        """Raises a `ValueError` if the rank is known and not `rank`."""
        if self.sizes is not None and len(self.sizes) != rank:
            raise ValueError(f"Shape {self} must have rank {rank}")

    def assert_same_rank(self, other: Any) -> None:
        """Raises a `ValueError` if both ranks are known and differ."""
        other = as_shape(other)
        if self.sizes is not None and other.sizes is not None and len(self.sizes) != len(other.sizes):
            raise ValueError(f"Shapes {self} and {other} must have the same rank")

    def with_rank(self, rank: int) -> TensorShape:
        """This shape, made to have the rank: an unknown shape becomes `rank` unknown dimensions.

        Raises:
            ValueError: the rank is known to be another.
        """
        self.assert_has_rank(rank)
        return unknown_shape(rank) if self.sizes is None else self

    def with_rank_at_least(self, rank: int) -> TensorShape:
        """This shape. Raises a `ValueError` if its rank is known and lower than `rank`."""
        if self.sizes is not None and len(self.sizes) < rank:
            raise ValueError(f"Shape {self} must have rank at least {rank}")
        return self

    def with_rank_at_most(self, rank: int) -> TensorShape:
        """This shape. Raises a `ValueError` if its rank is known and higher than `rank`."""
        if self.sizes is not None and len(self.sizes) > rank:
            raise ValueError(f"Shape {self} must have rank at most {rank}")
        return self

    def __len__(self) -> int:
        if self.sizes is None:
            raise ValueError("Cannot take the length of a shape with unknown rank.")
        return len(self.sizes)

    def __bool__(self) -> bool:
        # Whether the rank is known, so that a scalar's shape is true though its length is 0.
        return self.sizes is not None

    def __iter__(self) -> Iterator[Dimension]:
        if self.sizes is None:
            raise ValueError("Cannot iterate over a shape with unknown rank.")
        return iter([Dimension(size) for size in self.sizes])

    @overload
    def __getitem__(self, key: int) -> Dimension: ...

    @overload
    def __getitem__(self, key: slice) -> TensorShape: ...

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice):
            return TensorShape.of(_slice_of_unknown(key) if self.sizes is None else self.sizes[key])
        if self.sizes is None:
            return Dimension(None)
        try:
            return Dimension(self.sizes[key])
        except IndexError:
            raise IndexError(f"Shape {self} has no dimension {key}: its rank is {self.ndims}.") from None

    def __add__(self, other: Any) -> TensorShape:
        return self.concatenate(other)

    def __radd__(self, other: Any) -> TensorShape:
        return as_shape(other).concatenate(self)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, TensorShape):
            return self.sizes == other.sizes
        try:
            return self.sizes == _as_sizes(other)
        except (TypeError, ValueError):
            return NotImplemented

    def __hash__(self) -> int:
        return hash(self.sizes)

    def __repr__(self) -> str:
        return f"TensorShape({self.dims})"

    def __str__(self) -> str:
        if self.sizes is None:
            return "<unknown>"
        inside = ", ".join("?" if size is None else str(size) for size in self.sizes)
        return f"({inside},)" if len(self.sizes) == 1 else f"({inside})"

    def __reduce__(self) -> tuple[Any, ...]:
        return TensorShape, (self.sizes,)


def _agree(a: Sizes | None, b: Sizes | None) -> bool:
    """Whether one tensor can have both shapes."""
    if a is None or b is None:
        return True
    return len(a) == len(b) and all(x is None or y is None or x == y for x, y in zip(a, b, strict=True))


def _as_sizes(value: Any) -> Sizes | None:
    """Turns everything that the constructor of `TensorShape` accepts into its sizes."""
    if value is None:
        return None
    if isinstance(value, TensorShape):
        return value.sizes
    if isinstance(value, (list, tuple)):
        return tuple([as_size(size) for size in value])
    if hasattr(value, "unknown_rank"):
        # A TensorShapeProto, in which -1 is an unknown dimension.
        sizes = [None if dim.size == -1 else as_size(dim.size) for dim in value.dim]
        return None if value.unknown_rank else tuple(sizes)
    if isinstance(value, (str, bytes)):
        raise TypeError(
            f"Cannot convert {value!r} to a shape. Expected an iterable of dimensions such as [1, 10, None], "
            "a single dimension, or None for an unknown shape."
        )
    if not isinstance(value, Iterable) or getattr(value, "ndim", None) == 0:
        return (as_size(value),)
    return tuple([as_size(size) for size in value])


def _slice_of_unknown(key: slice) -> Sizes | None:
    """The part of a shape of unknown rank: its rank is known if the slice has two ends from the front."""
    if key.step not in (None, 1):
        raise ValueError(f"A shape of unknown rank cannot be sliced in steps of {key.step}.")
    start = 0 if key.start is None else operator.index(key.start)
    if key.stop is None or start < 0 or operator.index(key.stop) < 0:
        return None
    return (None,) * (operator.index(key.stop) - start)


def as_shape(shape: Any) -> TensorShape:
    """Returns `shape` itself if it is a `TensorShape`, else `TensorShape(shape)`.

    Example:
        >>> as_shape([2, None])
        TensorShape([Dimension(2), Dimension(None)])
    """
    return shape if isinstance(shape, TensorShape) else TensorShape(shape)


def dimension_at_index(shape: Any, index: int) -> Dimension:
    """The dimension of `shape` at `index`, unknown where the rank is.

    Raises:
        IndexError: the shape has no such dimension.

    Example:
        >>> dimension_at_index(TensorShape([2, 3]), -1), dimension_at_index(TensorShape(None), 1)
        (Dimension(3), Dimension(None))
    """
    return as_shape(shape)[index]


def unknown_shape(rank: int | None = None, *, ndims: int | None = None) -> TensorShape:
    """A shape of unknown rank, or of `rank` unknown dimensions.

    Args:
        rank: the number of dimensions, or None.
        ndims: an older name of `rank`.

    Example:
        >>> unknown_shape(), unknown_shape(2)
        (TensorShape(None), TensorShape([Dimension(None), Dimension(None)]))
    """
    rank = ndims if rank is None else rank
    return TensorShape.of(None if rank is None else (None,) * rank)


def scalar() -> TensorShape:
    """The shape of a scalar: no dimensions.

    Example:
        >>> scalar()
        TensorShape([])
    """
    return TensorShape.of(())


def vector(length: Any) -> TensorShape:
    """The shape of a vector.

    Example:
        >>> vector(3)
        TensorShape([Dimension(3)])
    """
    return TensorShape([length])


def matrix(rows: Any, cols: Any) -> TensorShape:
    """The shape of a matrix.

    Example:
        >>> matrix(2, None)
        TensorShape([Dimension(2), Dimension(None)])
    """
    return TensorShape([rows, cols])


def general_shape(shapes: Sequence[TensorShape]) -> TensorShape:
    """What several shapes have in common: sizes that differ are open, and so is the whole where ranks differ.

    Example:
      >>> general_shape([TensorShape([2, 3]), TensorShape([2, 4])]).as_list()
      [2, None]
    """
    first, *others = shapes
    for other in others:
        if first.sizes is None or other.sizes is None or len(first.sizes) != len(other.sizes):
            return TensorShape(None)
        first = TensorShape([a if a == b else None for a, b in zip(first.sizes, other.sizes, strict=True)])
    return first


def broadcast_static_shape(shape_x: Any, shape_y: Any) -> TensorShape:
    """The shape that two shapes broadcast to, as far as it is known.

    Dimensions are paired from the last one backwards; the shorter shape is filled up with 1. In a pair,
    1 gives way to the other size, and an unknown size to a known one above 1 (it must then be that
    size or 1).

    Args:
        shape_x: a shape, or what `as_shape` turns into one.
        shape_y: likewise.

    Returns:
        The `TensorShape`, of unknown rank where one rank is unknown.

    Raises:
        ValueError: two known sizes differ and neither is 1.

    Example:
        >>> broadcast_static_shape([None, 2, 1], [4])
        TensorShape([Dimension(None), Dimension(2), Dimension(4)])
    """
    return TensorShape.of(broadcast_sizes(_as_sizes(shape_x), _as_sizes(shape_y)))


def broadcast_sizes(a: Sizes | None, b: Sizes | None) -> Sizes | None:
    """`broadcast_static_shape` on `TensorShape.sizes`, for shape rules.

    Raises:
        ValueError: two known sizes differ and neither is 1.

    Example:
        >>> broadcast_sizes((2, 1), (3,))
        (2, 3)
    """
    if a is None or b is None:
        return None
    if a == b:
        return a
    long, short = (a, b) if len(a) >= len(b) else (b, a)
    lead = len(long) - len(short)
    result = list(long)
    for axis, y in enumerate(short, lead):
        x = long[axis]
        if x == y or y == 1:
            continue
        if x == 1 or x is None:
            result[axis] = y
        elif y is not None:
            back = axis - len(long)
            raise ValueError(
                f"Incompatible shapes for broadcasting: {TensorShape.of(a)} and {TensorShape.of(b)}. Counted "
                f"from the end, sizes must be equal or one of them 1, but dimension {back} is {a[back]} and "
                f"{b[back]}."
            )
    return tuple(result)


def broadcast_axes(a: Sizes, b: Sizes) -> tuple[list[int], list[int]]:
    """The axes along which each of two known shapes is repeated when they are broadcast together.

    A gradient is summed along them.

    Example:
        >>> broadcast_axes((2, 3), (3,))
        ([], [0])
    """
    rank = max(len(a), len(b))
    repeated: tuple[list[int], list[int]] = ([], [])
    for axes, own, other in ((repeated[0], a, b), (repeated[1], b, a)):
        for axis in range(rank):
            mine = axis - (rank - len(own))
            theirs = axis - (rank - len(other))
            if mine < 0 or (own[mine] == 1 and (theirs < 0 or other[theirs] != 1)):
                axes.append(axis)
    return repeated
