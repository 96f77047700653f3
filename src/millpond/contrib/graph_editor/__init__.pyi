"""`tf.contrib.graph_editor`: parts of graphs that are selected, copied, and connected anew."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib.graph_editor.reroute import (
    add_control_inputs,
    bypass,
    connect,
    reroute_inputs,
    reroute_outputs,
    reroute_ts,
    swap_ts,
)
from millpond.contrib.graph_editor.select import (
    filter_ops,
    filter_ops_from_regex,
    filter_ts,
    filter_ts_from_regex,
    get_backward_walk_ops,
    get_consuming_ops,
    get_forward_walk_ops,
    get_generating_ops,
    get_name_scope_ops,
    get_ops_ios,
    get_tensors,
    get_walks_intersection_ops,
    make_list_of_op,
    make_list_of_t,
    select_ops,
    select_ts,
)
from millpond.contrib.graph_editor.subgraph import (
    SubGraphView,
    sgv,
    sgv_scope,
)
from millpond.contrib.graph_editor.transform import (
    TransformerInfo,
    copy,
    copy_with_input_replacements,
    graph_replace,
)

__all__ = [
    "SubGraphView",
    "TransformerInfo",
    "add_control_inputs",
    "bypass",
    "connect",
    "copy",
    "copy_with_input_replacements",
    "filter_ops",
    "filter_ops_from_regex",
    "filter_ts",
    "filter_ts_from_regex",
    "get_backward_walk_ops",
    "get_consuming_ops",
    "get_forward_walk_ops",
    "get_generating_ops",
    "get_name_scope_ops",
    "get_ops_ios",
    "get_tensors",
    "get_walks_intersection_ops",
    "graph_replace",
    "make_list_of_op",
    "make_list_of_t",
    "reroute_inputs",
    "reroute_outputs",
    "reroute_ts",
    "select_ops",
    "select_ts",
    "sgv",
    "sgv_scope",
    "swap_ts",
]
