"""`tf.contrib.util`: values and messages of tensors."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.graph.op_defs import (
    ops_used_by_graph_def,
    stripped_op_list as stripped_op_list_for_graph,
)
from millpond.graph.static_values import (
    constant_value,
)
from millpond.ops.array.constant import (
    make_ndarray,
    make_tensor_proto,
)

__all__ = [
    "constant_value",
    "make_ndarray",
    "make_tensor_proto",
    "ops_used_by_graph_def",
    "stripped_op_list_for_graph",
]
