"""Where the windows of convolutions and poolings lie: data formats, padding, and the sizes that follow.

Along a dimension of `size` elements, with windows of `window` elements `rate` apart (they span
`(window - 1) * rate + 1`) that start every `stride` elements, there are

    VALID      ceil((size - span + 1) / stride)   windows, none of which leaves the input
    SAME       ceil(size / stride)                windows; what they need beyond the input is added on both sides, the
                                                  odd element behind
    EXPLICIT   (size + before + after - span) // stride + 1

All of this is plain arithmetic, done while building (where sizes may be unknown) and while compiling.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from millpond.shapes import TensorShape


@dataclass(frozen=True)
class Axis:
    """The windows along one spatial dimension."""

    stride: int
    rate: int
    padding: str
    before: int = 0
    after: int = 0

    def span(self, window: int) -> int:
        return (window - 1) * self.rate + 1

    def count(self, size: int | None, window: int | None) -> int | None:
        """How many windows there are.

        Raises:
          ValueError: If there is not room for one.
        """
        if size is None or (window is None and self.padding != "SAME"):
            return None
        if self.padding == "SAME":
            return -(-size // self.stride)
        assert window is not None
        if window == self.stride == 1 and not self.before + self.after:
            return size  # each element is a window, also where there are none
        room = size + self.before + self.after - self.span(window)
        if room < 0:
            raise ValueError(f"Negative dimension size caused by subtracting {self.span(window)} from "
                             f"{size + self.before + self.after}")
        return room // self.stride + 1

    def padded(self, size: int, window: int) -> tuple[int, int]:
        """How many elements are added before and after the input."""
        if self.padding != "SAME":
            return self.before, self.after
        total = max((-(-size // self.stride) - 1) * self.stride + self.span(window) - size, 0)
        return total // 2, total - total // 2


class Layout:
    """A data format such as "NHWC": which dimension is which.

    Attributes:
      spatial: The positions of the spatial dimensions.
      channel: The position of the channels.
    """

    def __init__(self, data_format: str) -> None:
        self.data_format = data_format
        self.channel = data_format.index("C")
        self.spatial = [i for i, letter in enumerate(data_format) if letter not in "NC"]

    @property
    def rank(self) -> int:
        return len(self.data_format)

    def axes(self, op: str, strides: Sequence[int], padding: str, dilations: Sequence[int] | None = None,
             explicit: Sequence[int] = ()) -> list[Axis]:
        """The windows along each spatial dimension.

        Raises:
          ValueError: If an attribute has not one value for each dimension, or asks for windows that move along
            batches or channels.
        """
        dilations = list(dilations or [1] * self.rank)
        for name, values in (("stride", strides), ("dilations", dilations)):
            if len(values) != self.rank:
                raise ValueError(f"{op} requires the {name} attribute to contain {self.rank} values, but got: "
                                 f"{len(values)}")
            if values[0] != 1 or values[self.channel] != 1:
                raise ValueError(f"{op}: {name} of the batch and channel dimensions must be 1, got {list(values)}")
            if any(value < 1 for value in values):
                raise ValueError(f"{op}: all {name} must be positive, got {list(values)}")
        if padding == "EXPLICIT" and len(explicit) != 2 * self.rank:
            raise ValueError(f"{op}: explicit_paddings must have {2 * self.rank} values, got {len(explicit)}")
        pairs = [explicit[2 * i:2 * i + 2] if padding == "EXPLICIT" else (0, 0) for i in self.spatial]
        return [Axis(strides[i], dilations[i], padding, *pair) for i, pair in zip(self.spatial, pairs, strict=True)]

    def shape(self, batch: int | None, spatial: Sequence[int | None], channels: int | None) -> TensorShape:
        sizes = [batch] * self.rank
        for position, size in zip(self.spatial, spatial, strict=True):
            sizes[position] = size
        sizes[self.channel] = channels
        return TensorShape.of(tuple(sizes))

    def split(self, shape: TensorShape) -> tuple[int | None, list[int | None], int | None]:
        """Batch size, spatial sizes and channels of a shape of this rank."""
        assert shape.sizes is not None
        return shape.sizes[0], [shape.sizes[i] for i in self.spatial], shape.sizes[self.channel]


def per_dimension(value: Any, layout: Layout, name: str) -> list[int]:
    """Strides, window sizes and the like for all dimensions, from a number, one for each spatial dimension, or all.

    Raises:
      ValueError: If there is another number of them.
    """
    spatial = len(layout.spatial)
    values = [value] if not hasattr(value, "__iter__") else list(value)
    if len(values) == 1:
        values = values * spatial
    if len(values) == layout.rank:
        return values
    if len(values) != spatial:
        raise ValueError(f"{name} should be of length 1, {spatial} or {layout.rank} but was {len(values)}")
    result = [1] * layout.rank
    for position, number in zip(layout.spatial, values, strict=True):
        result[position] = number
    return result
