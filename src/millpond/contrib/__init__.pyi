"""`tf.contrib`: what was not part of TensorFlow's core."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib import (
    cudnn_rnn,
    framework,
    legacy_seq2seq,
    rnn,
    seq2seq,
    tensorboard,
    training,
    util,
)

__all__ = [
    "cudnn_rnn",
    "framework",
    "legacy_seq2seq",
    "rnn",
    "seq2seq",
    "tensorboard",
    "training",
    "util",
]
