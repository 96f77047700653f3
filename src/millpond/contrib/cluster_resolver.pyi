"""`tf.contrib.cluster_resolver`: where the members of a cluster are."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.compat.tpu import (
    TPUClusterResolver,
)

__all__ = [
    "TPUClusterResolver",
]
