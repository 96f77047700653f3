"""Which variables TensorBoard's embedding projector shows (`tf.contrib.tensorboard.plugins.projector`).

    <logdir>/projector_config.pbtxt   a ProjectorConfig message, as text

`millpond board` reads the vectors from the checkpoint that the message names, or else from the latest one of the
folder or of the folder around it. TensorBoard by itself does so only where TensorFlow is installed; without, it shows
the files (tab-separated numbers, a line each) that `tensor_path` names.
"""

from __future__ import annotations

import os
from typing import Any

from google.protobuf import text_format
from tensorboard.plugins.projector.metadata import PROJECTOR_FILENAME
from tensorboard.plugins.projector.projector_config_pb2 import EmbeddingInfo, ProjectorConfig, SpriteMetadata

from millpond.formats.files import AtomicFile, PathLike, file_errors
from millpond.summary.file_writer import FileWriter

__all__ = ["EmbeddingInfo", "ProjectorConfig", "SpriteMetadata", "visualize_embeddings"]


def visualize_embeddings(summary_writer: FileWriter | PathLike, config: ProjectorConfig) -> None:
    """Writes the file that makes TensorBoard show embeddings.

    Args:
      summary_writer: The `tf.summary.FileWriter` of the run, or its folder, which is made if it does not exist.
      config: A `ProjectorConfig` message with an entry for each embedding.

    Raises:
      ValueError: If the writer has no folder, or an entry names no tensor.
      TypeError: If `config` is something else.

    Example:
      >>> import tempfile
      >>> config = ProjectorConfig(model_checkpoint_path="model.ckpt-7")
      >>> config.embeddings.add(tensor_name="words", metadata_path="words.tsv").tensor_name
      'words'
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     visualize_embeddings(folder, config)
      ...     with open(folder + "/projector_config.pbtxt") as file:
      ...         print(file.read(), end="")
      model_checkpoint_path: "model.ckpt-7"
      embeddings {
        tensor_name: "words"
        metadata_path: "words.tsv"
      }
    """
    if not isinstance(config, ProjectorConfig):
        raise TypeError(f"config must be a ProjectorConfig message, got {type(config).__name__}.")
    for entry in config.embeddings:
        if not entry.tensor_name:
            raise ValueError(f"Each embedding must have a tensor_name, such as that of a variable: {entry!r}")
    folder: Any = summary_writer.get_logdir() if hasattr(summary_writer, "get_logdir") else summary_writer
    if folder is None:
        raise ValueError("Summary writer must have a logdir")
    with file_errors(folder):
        os.makedirs(folder, exist_ok=True)
    with AtomicFile(os.path.join(folder, PROJECTOR_FILENAME)) as file:
        file.write(text_format.MessageToString(config).encode())
        file.publish()
