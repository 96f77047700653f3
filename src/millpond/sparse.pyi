"""`tf.sparse`: sparse tensors."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.graph.composite import (
    SparseTensor,
)
from millpond.ops.math.sparse_segment import (
    sparse_segment_mean as segment_mean,
    sparse_segment_sqrt_n as segment_sqrt_n,
    sparse_segment_sum as segment_sum,
)

__all__ = [
    "SparseTensor",
    "segment_mean",
    "segment_sqrt_n",
    "segment_sum",
]
