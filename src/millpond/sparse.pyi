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
from millpond.ops.sparse.arrangement import (
    from_dense,
    sparse_expand_dims as expand_dims,
    sparse_eye as eye,
    sparse_mask as mask,
    sparse_placeholder as placeholder,
    sparse_reset_shape as reset_shape,
    sparse_retain as retain,
    sparse_to_indicator as to_indicator,
    sparse_transpose as transpose,
)
from millpond.ops.sparse.cross import (
    sparse_cross as cross,
    sparse_cross_hashed as cross_hashed,
)
from millpond.ops.sparse.dense import (
    sparse_tensor_dense_matmul as matmul,
    sparse_tensor_dense_matmul as sparse_dense_matmul,
    sparse_tensor_to_dense as to_dense,
)
from millpond.ops.sparse.merging import (
    sparse_merge as merge,
)
from millpond.ops.sparse.places import (
    sparse_concat as concat,
    sparse_fill_empty_rows as fill_empty_rows,
    sparse_reorder as reorder,
    sparse_reshape as reshape,
    sparse_slice as slice,
)

__all__ = [
    "SparseTensor",
    "concat",
    "cross",
    "cross_hashed",
    "expand_dims",
    "eye",
    "fill_empty_rows",
    "from_dense",
    "mask",
    "matmul",
    "merge",
    "placeholder",
    "reorder",
    "reset_shape",
    "reshape",
    "retain",
    "segment_mean",
    "segment_sqrt_n",
    "segment_sum",
    "slice",
    "sparse_dense_matmul",
    "to_dense",
    "to_indicator",
    "transpose",
]
