"""`tf.contrib`: what was not part of TensorFlow's core."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib import (
    crf,
    cudnn_rnn,
    distributions,
    eager,
    feature_column,
    framework,
    graph_editor,
    layers,
    learn,
    legacy_seq2seq,
    lookup,
    losses,
    metrics,
    opt,
    rnn,
    seq2seq,
    slim,
    tensorboard,
    training,
    util,
)

__all__ = [
    "crf",
    "cudnn_rnn",
    "distributions",
    "eager",
    "feature_column",
    "framework",
    "graph_editor",
    "layers",
    "learn",
    "legacy_seq2seq",
    "lookup",
    "losses",
    "metrics",
    "opt",
    "rnn",
    "seq2seq",
    "slim",
    "tensorboard",
    "training",
    "util",
]
