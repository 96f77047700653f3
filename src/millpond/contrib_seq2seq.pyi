"""`tf.contrib.seq2seq`: decoders, attention, beam search, and losses of sequences."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.ops.nn.gather_tree import (
    gather_tree,
)
from millpond.seq2seq.beams import (
    gather_tree_from_array,
    tile_batch,
)
from millpond.seq2seq.losses import (
    SequenceLoss,
    sequence_loss,
)

__all__ = [
    "SequenceLoss",
    "gather_tree",
    "gather_tree_from_array",
    "sequence_loss",
    "tile_batch",
]
