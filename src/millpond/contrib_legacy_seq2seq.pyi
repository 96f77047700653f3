"""`tf.contrib.legacy_seq2seq`: models from sequences to sequences, unrolled step by step."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.seq2seq.legacy_losses import (
    model_with_buckets,
    sequence_loss,
    sequence_loss_by_example,
)

__all__ = [
    "model_with_buckets",
    "sequence_loss",
    "sequence_loss_by_example",
]
