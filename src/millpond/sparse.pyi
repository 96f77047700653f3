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
from millpond.ops.sparse.arithmetic import (
    sparse_add as add,
    sparse_maximum as maximum,
    sparse_minimum as minimum,
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
from millpond.ops.sparse.reduction import (
    sparse_reduce_max as reduce_max,
    sparse_reduce_max_sparse as reduce_max_sparse,
    sparse_reduce_sum as reduce_sum,
    sparse_reduce_sum_sparse as reduce_sum_sparse,
    sparse_softmax as softmax,
)
from millpond.ops.sparse.splitting import (
    sparse_split as split,
)

__all__ = [
    "SparseTensor",
    "add",
    "concat",
    "cross",
    "cross_hashed",
    "expand_dims",
    "eye",
    "fill_empty_rows",
    "from_dense",
    "mask",
    "matmul",
    "maximum",
    "merge",
    "minimum",
    "placeholder",
    "reduce_max",
    "reduce_max_sparse",
    "reduce_sum",
    "reduce_sum_sparse",
    "reorder",
    "reset_shape",
    "reshape",
    "retain",
    "segment_mean",
    "segment_sqrt_n",
    "segment_sum",
    "slice",
    "softmax",
    "sparse_dense_matmul",
    "split",
    "to_dense",
    "to_indicator",
    "transpose",
]
