"""`tf.contrib.losses.metric_learning`: losses that learn distances."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.compat.packages.tf_slim.losses.metric_learning import (
    cluster_loss,
    contrastive_loss,
    lifted_struct_loss,
    npairs_loss,
    npairs_loss_multilabel,
    triplet_semihard_loss,
)

__all__ = [
    "cluster_loss",
    "contrastive_loss",
    "lifted_struct_loss",
    "npairs_loss",
    "npairs_loss_multilabel",
    "triplet_semihard_loss",
]
