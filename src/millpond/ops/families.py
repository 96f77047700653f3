"""Where the definitions of ops are, so that they can be imported when a graph asks for them by type.

Builder functions import what they use; a gradient or an imported graph knows only the name of a type. The first time
that a type is not known, the families are imported one after another until one defines it, those that most graphs use
first.
"""

from __future__ import annotations

import importlib

from millpond.graph import opdef

# Folder under `ops/`: its modules that define ops. A test compares this with what the modules do.
FAMILIES: dict[str, tuple[str, ...]] = {
    "array": ("constant", "fill", "gather", "identity", "join", "pad", "partitions", "scatter", "shape", "slicing",
              "space_to_batch", "transpose"),
    "math": ("add_n", "arg_extremes", "arithmetic", "bitwise", "bucketize", "cast", "clip", "comparison",
             "complex_numbers", "counting", "division", "elementwise", "reduction", "scan", "segment", "sequences",
             "sorting", "sparse_segment", "special", "trigonometry"),
    "linalg": ("contraction", "decompositions", "linear_solve", "matrix", "matrix_functions", "matrix_parts"),
    "state": ("assign", "resource_variables", "session_tensors", "state_scatter", "state_slices", "training",
              "training_sparse"),
    "nn": ("activation", "bias_dropout", "candidate_samplers", "convolution", "cross_entropy", "ctc",
           "cudnn_parameters", "cudnn_rnn", "depthwise", "fractional_pooling", "fused_batch_norm", "gather_tree",
           "gru_block", "image_patches", "lstm_block", "morphology", "normalization", "pooling", "softmax"),
    "image": ("color_ops", "picture_files", "resize_ops", "suppression"),
    "random": ("random_ops", "random_samples", "stateless_random"),
    "control": ("branches", "loops", "optionals", "symbolic_gradient", "tensor_list", "tensor_list_batches",
                "tensor_list_pieces"),
    "host": ("assertions", "clock", "formatting", "printing", "py_func"),
    "queues": ("queue_ops", "readers"),
    "io": ("decode_csv", "decode_raw", "io_ops", "parsing", "summary_ops"),
    "strings": ("as_string", "string_elements", "string_hashing", "string_join", "string_regex", "string_split",
                "string_to_number"),
    "lookup": ("tables",),
    "sparse": ("arithmetic", "cross", "dense", "edit_distance", "places", "reduction",
               "serialization", "splitting", "sets"),
    "": ("superseded",),
}


def load(type: str | None = None) -> None:
    """Imports families until one defines an op type; without a type, or for one that none defines, all.

    Args:
      type: An op type, such as `MatMul`.
    """
    for folder, modules in FAMILIES.items():
        if type in opdef.DEFINITIONS:
            return
        package = ".".join(filter(None, (__package__, folder)))
        for module in modules:
            importlib.import_module(f"{package}.{module}")


opdef.set_loader(load)
