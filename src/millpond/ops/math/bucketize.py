"""Numbers sorted into buckets between boundaries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, ArrayModule
from millpond.ops import shape_rules


def _bucketize_kernel(xp: ArrayModule, input: Array, *, boundaries: Sequence[float]) -> Array:
    if sorted(boundaries) != list(boundaries):
        raise ValueError(f"Expected sorted boundaries, got {list(boundaries)}")
    # Whole numbers and doubles are exact as doubles; the boundaries are floats of 32 bits in a graph.
    limits = np.asarray(np.asarray(boundaries, np.float32), np.float64)
    return xp.asarray(xp.searchsorted(limits, xp.asarray(input, dtype=np.float64), side="right"), dtype=np.int32)


BUCKETIZE = define_op("Bucketize", inputs="input: T", outputs="output: int32",
                      attrs="T: {int32, int64, float, double}, boundaries: list(float)", shape=shape_rules.same,
                      kernel=_bucketize_kernel, gradient=NOT_DIFFERENTIABLE)
