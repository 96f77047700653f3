"""`tf.saved_model.utils`: descriptions of tensors in signatures."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.saved_model.tensor_info import (
    build_tensor_info,
    get_tensor_from_tensor_info,
)

__all__ = [
    "build_tensor_info",
    "get_tensor_from_tensor_info",
]
