"""Shape rules that many op families share."""

from __future__ import annotations

from typing import Any

from millpond.shapes import TensorShape, broadcast_sizes

SCALAR = TensorShape([])
UNKNOWN = TensorShape(None)
VECTOR = TensorShape([None])


def same(x: TensorShape, *_: Any) -> TensorShape:
    """The output has the shape of the first input."""
    return x


def scalar(*_: Any) -> TensorShape:
    return SCALAR


def nothing(*_: Any) -> tuple[TensorShape, ...]:
    """For ops without outputs."""
    return ()


def unknown(*_: Any) -> TensorShape:
    return UNKNOWN


def broadcast(x: TensorShape, y: TensorShape) -> TensorShape:
    """NumPy's broadcasting of two shapes.

    Raises:
      ValueError: If the sizes of a dimension differ and neither is 1.
    """
    if x.sizes == y.sizes and x.is_fully_defined():
        return x
    return TensorShape.of(broadcast_sizes(x.sizes, y.sizes))


def merged(*shapes: TensorShape) -> TensorShape:
    """All inputs have one shape.

    Raises:
      ValueError: If they cannot be the same.
    """
    result = shapes[0]
    for shape in shapes[1:]:
        result = result.merge_with(shape)
    return result


def with_rank(shape: TensorShape, rank: int) -> TensorShape:
    """`shape`, known to have `rank` dimensions.

    Raises:
      ValueError: If it has another number of them.
    """
    if shape.sizes is not None and len(shape.sizes) != rank:
        raise ValueError(f"Shape must be rank {rank} but is rank {len(shape.sizes)}")
    return shape if shape.sizes is not None else TensorShape.of((None,) * rank)


def with_rank_at_least(shape: TensorShape, rank: int) -> TensorShape:
    if shape.sizes is not None and len(shape.sizes) < rank:
        raise ValueError(f"Shape must be at least rank {rank} but is rank {len(shape.sizes)}")
    return shape


def sizes_of(shape: TensorShape) -> tuple[int | None, ...]:
    """The sizes of a shape whose rank is known to be known."""
    assert shape.sizes is not None
    return shape.sizes


def smaller(a: int | None, b: int | None) -> int | None:
    """The smaller of two sizes, None where either is unknown."""
    return None if a is None or b is None else min(a, b)


def axis_in_range(axis: int, rank: int) -> int:
    """A possibly negative axis as its non-negative position.

    Raises:
      ValueError: If it is none of the axes.
    """
    if not -rank <= axis < rank:
        raise ValueError(f"Invalid axis: axis {axis} is not in [{-rank}, {rank}) for a tensor of rank {rank}")
    return axis % rank if rank else 0
