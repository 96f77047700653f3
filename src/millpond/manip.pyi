"""`tf.manip`: arrangement of elements."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.ops.array.gather import (
    gather_nd,
)
from millpond.ops.array.pad import (
    tile,
)
from millpond.ops.array.scatter import (
    scatter_nd,
)
from millpond.ops.array.shape import (
    reshape,
)
from millpond.ops.array.space_to_batch import (
    batch_to_space_nd,
    space_to_batch_nd,
)
from millpond.ops.math.sequences import (
    reverse,
    roll,
)

__all__ = [
    "batch_to_space_nd",
    "gather_nd",
    "reshape",
    "reverse",
    "roll",
    "scatter_nd",
    "space_to_batch_nd",
    "tile",
]
