"""Looking into checkpoints without a graph."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any

import numpy as np
from tensorboard.compat.proto import types_pb2

from millpond import dtypes
from millpond.errors import NotFoundError
from millpond.formats.checkpoint import open_checkpoint
from millpond.formats.files import PathLike, local_path
from millpond.train.saving.checkpoint_state import latest_checkpoint


class CheckpointReader:
    """Reads the tensors of a checkpoint, of either version of the format; may be used by several threads.

    Args:
      filepattern: What `Saver.save` returned.

    Raises:
      NotFoundError: If there is no such checkpoint.
      DataLossError: Here and in all methods, if it is damaged.
    """

    def __init__(self, filepattern: PathLike) -> None:
        self._path = local_path(filepattern)
        self._lock = threading.Lock()
        try:
            self._reader = open_checkpoint(self._path)
        except NotFoundError:
            raise NotFoundError(
                None,
                None,
                "Unsuccessful TensorSliceReader constructor: Failed to find any matching "
                f"files for {self._path}",
            ) from None
        # It has no method that closes its files.
        weakref.finalize(self, self._reader.close)

    def get_variable_to_shape_map(self) -> dict[str, list[int]]:
        """The sizes of all tensors, by name."""
        with self._lock:
            return {name: list(self._reader.shape(name)) for name in self._reader.keys()}

    def get_variable_to_dtype_map(self) -> dict[str, dtypes.DType]:
        """The dtypes of all tensors, by name."""
        with self._lock:
            return {name: dtypes.as_dtype(self._reader.dtype(name)) for name in self._reader.keys()}

    def has_tensor(self, tensor_str: str) -> bool:
        """Whether the checkpoint has a tensor of this name."""
        return tensor_str in self._reader

    def get_tensor(self, tensor_str: str) -> Any:
        """The value of a tensor: an array, or without dimensions a NumPy scalar (`bytes` for a string).

        Raises:
          NotFoundError: If there is no such tensor.
        """
        with self._lock:
            value: np.ndarray = self._reader.read(tensor_str)
        return value if value.ndim else value[()]

    def debug_string(self) -> bytes:
        """A line for each tensor: name, dtype, sizes."""
        with self._lock:
            lines = [
                f"{name} ({types_pb2.DataType.Name(self._reader.dtype(name))}) "
                f"[{','.join(map(str, self._reader.shape(name)))}]\n"
                for name in self._reader.keys()
            ]
        return "".join(lines).encode()


def NewCheckpointReader(filepattern: PathLike) -> CheckpointReader:
    """A reader of the checkpoint of this prefix; see `CheckpointReader`.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess, tempfile.TemporaryDirectory() as folder:
      ...     step = tf.Variable(7, name="step")
      ...     sess.run(step.initializer)
      ...     path = tf.train.Saver().save(sess, folder + "/model.ckpt")
      ...     print(tf.train.NewCheckpointReader(path).get_tensor("step"))
      7
    """
    return CheckpointReader(filepattern)


def load_checkpoint(ckpt_dir_or_file: PathLike) -> CheckpointReader:
    """A reader of a checkpoint, or of the latest one of a folder.

    Raises:
      ValueError: If the folder has no state file that names a checkpoint.
    """
    path = local_path(ckpt_dir_or_file)
    if os.path.isdir(path):
        latest = latest_checkpoint(path)
        if latest is None:
            raise ValueError(f"Couldn't find 'checkpoint' file or checkpoints in given directory {path}")
        path = latest
    return CheckpointReader(path)


def load_variable(ckpt_dir_or_file: PathLike, name: str) -> Any:
    """The value of a variable in a checkpoint (or in the latest one of a folder); `name` may end in `:0`."""
    return load_checkpoint(ckpt_dir_or_file).get_tensor(name.removesuffix(":0"))


def list_variables(ckpt_dir_or_file: PathLike) -> list[tuple[str, list[int]]]:
    """Names and sizes of the variables in a checkpoint (or in the latest one of a folder), sorted by name."""
    return sorted(load_checkpoint(ckpt_dir_or_file).get_variable_to_shape_map().items())
