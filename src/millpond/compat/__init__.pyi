"""`tf.compat`: names for programs that know several releases."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.compat import (
    v1,
)
from millpond.compat.alias.installing import (
    install,
)
from millpond.compat.releases import (
    forward_compatibility_horizon,
    forward_compatible,
)
from millpond.compat.strings import (
    as_bytes,
    as_str,
    as_str_any,
    as_text,
    bytes_or_text_types,
    complex_types,
    integral_types,
    path_to_str,
    real_types,
)
from millpond.dimensions import (
    dimension_value,
)
from millpond.shapes import (
    dimension_at_index,
)

__all__ = [
    "as_bytes",
    "as_str",
    "as_str_any",
    "as_text",
    "bytes_or_text_types",
    "complex_types",
    "dimension_at_index",
    "dimension_value",
    "forward_compatibility_horizon",
    "forward_compatible",
    "install",
    "integral_types",
    "path_to_str",
    "real_types",
    "v1",
]
