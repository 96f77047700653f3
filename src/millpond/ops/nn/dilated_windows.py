"""Windows whose elements lie apart, by way of ordinary windows: space to batch, the op, and back.

With a rate r, element i of a dimension goes to row i mod r of a batch that is r times as long. Neighbours there are r
apart in the input, so an ordinary op on that batch is the dilated one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.graph.tensor import Tensor
from millpond.ops.array.join import stack
from millpond.ops.nn.window_geometry import Layout
from millpond.ops.scoping import name_scope

# op(input, padding): the ordinary op, under its final name.
WindowOp = Callable[[Tensor, str], Tensor]


def with_space_to_batch(x: Tensor, rate: np.ndarray, padding: str, op: WindowOp, layout: Layout,
                        filter_shape: Callable[[], Tensor] | None) -> Tensor:
    """Runs `op` with windows whose elements are `rate` apart.

    Args:
      x: The input.
      rate: The distance in each spatial dimension.
      padding: `"SAME"` or `"VALID"`.
      op: What to run; it is given `x` itself and `padding` where all distances are 1.
      layout: Of `x`.
      filter_shape: Makes the tensor whose first entries are the window's sizes, for the padding of `"SAME"`.

    Raises:
      ValueError: If a distance is not positive, or there is not one for each spatial dimension; if the padding is
        another one.
    """
    g = GradientBuilder()
    rate = np.asarray(rate, np.int32)
    if rate.shape != (len(layout.spatial),):
        raise ValueError(f"dilation rates must be one for each of the {len(layout.spatial)} spatial dimensions, got "
                         f"{rate.tolist()}")
    if np.any(rate < 1):
        raise ValueError(f"dilation rates must be positive, got {rate.tolist()}")
    g.constant(rate, dtypes.int32, "dilation_rate")
    if np.all(rate == 1):
        return op(x, padding)
    base = None
    if padding not in ("SAME", "VALID"):
        raise ValueError(f"padding must be 'SAME' or 'VALID', got {padding!r}")
    if padding == "SAME":
        assert filter_shape is not None
        base = _same_paddings(g, filter_shape(), rate)
    paddings, crops = _paddings_and_crops(g, x, rate, base, layout)
    block, paddings = _for_all_dimensions(rate, paddings, layout)
    spread = g.SpaceToBatchND(x, block, paddings)
    result = op(spread, "VALID")
    return g.BatchToSpaceND(result, block, _for_all_dimensions(rate, crops, layout)[1])


def _same_paddings(g: GradientBuilder, filter_shape: Tensor, rate: np.ndarray) -> Any:
    """[n, 2] for n dimensions: what "SAME" adds before and after, for a stride of 1."""
    known = g.static(filter_shape)
    if known is not None:
        extra = (known[:len(rate)].astype(np.int32) - 1) * rate
        return np.stack([extra // 2, extra - extra // 2], axis=1)
    extra = g.Mul(g.Sub(g.Slice(filter_shape, [0], [len(rate)]), 1), g.constant(rate, dtypes.int32))
    before = g.FloorDiv(extra, 2)
    return g.Transpose(g.Pack([before, g.Sub(extra, before)]), [1, 0])


def _paddings_and_crops(g: GradientBuilder, x: Tensor, rate: np.ndarray, base: Any, layout: Layout) -> tuple[Any, Any]:
    """What to add so that the rates divide the sizes, and what of it to take away from the result."""
    sizes = None if x.shape.sizes is None else [x.shape.sizes[i] for i in layout.spatial]
    if isinstance(base, np.ndarray):
        g.constant(base, dtypes.int32, "stack")
    if sizes is not None and None not in sizes and not isinstance(base, Tensor):
        return _known_paddings_and_crops(g, np.array(sizes, np.int32), rate, base)
    with name_scope("required_space_to_batch_paddings"):
        current = g.GatherV2(g.shape(x), g.constant(np.array(layout.spatial, np.int32), dtypes.int32), 0)
        if not isinstance(base, Tensor):
            base = g.constant(np.zeros((len(rate), 2), np.int32) if base is None else base, dtypes.int32)
        extra = g.FloorMod(g.Neg(g.AddV2(current, g.Sum(base, 1))), g.constant(rate, dtypes.int32))
        crops = stack([g.Mul(extra, 0), extra], axis=1)
        return g.AddV2(base, crops), crops


def _known_paddings_and_crops(g: GradientBuilder, sizes: np.ndarray, rate: np.ndarray,
                              base: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """The same where the sizes are known, with the constants that TensorFlow leaves in the graph."""
    with name_scope("required_space_to_batch_paddings"):
        g.constant(sizes, dtypes.int32, "input_shape")
        if base is None:
            base = np.zeros((len(rate), 2), np.int32)
            g.constant(base, dtypes.int32, "base_paddings")
        extra = -(sizes + base.sum(axis=1)) % rate
        paddings = np.stack([base[:, 0], base[:, 1] + extra], axis=1).astype(np.int32)
        crops = np.stack([np.zeros_like(extra), extra], axis=1).astype(np.int32)
        g.constant(paddings, dtypes.int32, "paddings")
        g.constant(crops, dtypes.int32, "crops")
        return paddings, crops


def _for_all_dimensions(rate: np.ndarray, pairs: Any, layout: Layout) -> tuple[Any, Any]:
    """Channels that come before the spatial dimensions take part with a rate of 1."""
    skipped = layout.spatial[0] - 1
    if not skipped:
        return rate, pairs
    nothing = np.zeros((skipped, 2), np.int32)
    block = np.concatenate([np.ones(skipped, np.int32), rate])
    if isinstance(pairs, Tensor):
        return block, GradientBuilder().ConcatV2([nothing, pairs], 0)
    return block, np.concatenate([nothing, pairs])
