"""`tf.contrib.nn`: functions of `tf.nn` in the form of the first releases."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib.nn_losses import (
    deprecated_flipped_sigmoid_cross_entropy_with_logits,
    deprecated_flipped_softmax_cross_entropy_with_logits,
    deprecated_flipped_sparse_softmax_cross_entropy_with_logits,
    scaled_softplus,
)
from millpond.ops.nn.convolution_functions import (
    conv1d_transpose,
)

__all__ = [
    "conv1d_transpose",
    "deprecated_flipped_sigmoid_cross_entropy_with_logits",
    "deprecated_flipped_softmax_cross_entropy_with_logits",
    "deprecated_flipped_sparse_softmax_cross_entropy_with_logits",
    "scaled_softplus",
]
