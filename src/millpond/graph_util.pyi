"""`tf.graph_util`: GraphDefs made from graphs and from GraphDefs."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.graph.importing import (
    import_graph_def,
)
from millpond.graph.rewriting import (
    extract_sub_graph,
    must_run_on_cpu,
    remove_training_nodes,
    tensor_shape_from_node_def_name,
)
from millpond.train.saving.freezing import (
    convert_variables_to_constants,
)

__all__ = [
    "convert_variables_to_constants",
    "extract_sub_graph",
    "import_graph_def",
    "must_run_on_cpu",
    "remove_training_nodes",
    "tensor_shape_from_node_def_name",
]
