"""`tf.contrib`: what was not part of TensorFlow's core."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond import (
    contrib_cudnn_rnn as cudnn_rnn,
    contrib_legacy_seq2seq as legacy_seq2seq,
    contrib_rnn as rnn,
    contrib_seq2seq as seq2seq,
)

__all__ = [
    "cudnn_rnn",
    "legacy_seq2seq",
    "rnn",
    "seq2seq",
]
