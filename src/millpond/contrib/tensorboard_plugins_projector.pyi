"""`tf.contrib.tensorboard.plugins.projector`: embeddings that TensorBoard shows."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.summary.projector import (
    EmbeddingInfo,
    ProjectorConfig,
    SpriteMetadata,
    visualize_embeddings,
)

__all__ = [
    "EmbeddingInfo",
    "ProjectorConfig",
    "SpriteMetadata",
    "visualize_embeddings",
]
