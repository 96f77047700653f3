"""The `checkpoint` state file, and the files of checkpoints as a whole.

`<folder>/checkpoint` is a `CheckpointState` message as text: the path of the latest checkpoint of the folder,
and those of all that were kept, oldest first; paths may be relative to the folder. It is written after the
checkpoint that it names, and replaced as a whole, so that it never names one that is not complete.
"""

from __future__ import annotations

import contextlib
import glob
import os
import re
from collections.abc import Sequence
from typing import Any

from google.protobuf import text_format
from tensorboard.compat.proto import saver_pb2

from millpond import logs
from millpond.errors import NotFoundError, OpError
from millpond.formats.bundle_index import index_path
from millpond.formats.files import AtomicFile, PathLike, as_text, file_errors, local_path, open_input
from millpond.protos.checkpoint import CheckpointState

STATE_FILE = "checkpoint"
V1, V2 = saver_pb2.SaverDef.V1, saver_pb2.SaverDef.V2


def state_file_path(save_dir: PathLike, latest_filename: str | None = None) -> str:
    """Name of the state file of a folder."""
    return os.path.join(local_path(save_dir), latest_filename or STATE_FILE)


def generate_checkpoint_state_proto(
    save_dir: PathLike,
    model_checkpoint_path: PathLike,
    all_model_checkpoint_paths: Sequence[PathLike] | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> Any:
    """Makes a `CheckpointState` message.

    Args:
      save_dir: The folder. If it is not absolute, relative paths are told relative to it.
      model_checkpoint_path: The latest checkpoint.
      all_model_checkpoint_paths: All that are kept, oldest first; the latest is added if it is not the last.
      all_model_checkpoint_timestamps: When they were made, in seconds since 1970.
      last_preserved_timestamp: When the last one was made that is kept for good.

    Raises:
      ValueError: If there are not as many timestamps as paths.

    Example:
      >>> import millpond as tf
      >>> state = tf.train.generate_checkpoint_state_proto("models", "models/step-2", ["models/step-1"])
      >>> list(state.all_model_checkpoint_paths)
      ['step-1', 'step-2']
    """
    latest = as_text(model_checkpoint_path)
    paths = [as_text(path) for path in all_model_checkpoint_paths or []]
    if latest not in paths:
        paths.append(latest)
    times = list(all_model_checkpoint_timestamps or [])
    if times and len(times) != len(paths):
        raise ValueError(
            f"Checkpoint timestamps, if provided, must match checkpoint paths (given paths {paths} and "
            f"timestamps {times})"
        )
    if not os.path.isabs(save_dir):
        folder = as_text(save_dir) or os.curdir
        paths = [path if os.path.isabs(path) else os.path.relpath(path, folder) for path in paths]
        latest = latest if os.path.isabs(latest) else os.path.relpath(latest, folder)
    return CheckpointState(
        model_checkpoint_path=latest,
        all_model_checkpoint_paths=paths,
        all_model_checkpoint_timestamps=times,
        last_preserved_timestamp=last_preserved_timestamp or 0.0,
    )


def update_checkpoint_state(
    save_dir: PathLike,
    model_checkpoint_path: PathLike,
    all_model_checkpoint_paths: Sequence[PathLike] | None = None,
    latest_filename: str | None = None,
    all_model_checkpoint_timestamps: Sequence[float] | None = None,
    last_preserved_timestamp: float | None = None,
) -> None:
    """Writes the state file of a folder.

    Args:
      save_dir: The folder.
      model_checkpoint_path: The latest checkpoint.
      all_model_checkpoint_paths: All that are kept, oldest first; the latest is added if it is not the last.
      latest_filename: Name of the state file; by default `checkpoint`.
      all_model_checkpoint_timestamps: When they were made, in seconds since 1970.
      last_preserved_timestamp: When the last one was made that is kept for good.

    Raises:
      RuntimeError: If the checkpoint has the name of the state file.
      ValueError: If there are not as many timestamps as paths.

    Example:
      >>> import millpond as tf
      >>> import tempfile
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     tf.train.update_checkpoint_state(folder, folder + "/step-2", [folder + "/step-1"])
      ...     print(tf.train.get_checkpoint_state(folder).model_checkpoint_path == folder + "/step-2")
      True
    """
    write_state(
        save_dir,
        model_checkpoint_path,
        all_model_checkpoint_paths,
        latest_filename,
        relative=False,
        timestamps=all_model_checkpoint_timestamps,
        last_preserved=last_preserved_timestamp,
    )


def write_state(
    save_dir: PathLike,
    latest: PathLike,
    all_paths: Sequence[PathLike] | None,
    latest_filename: str | None,
    *,
    relative: bool,
    timestamps: Sequence[float] | None = None,
    last_preserved: float | None = None,
) -> None:
    """Writes the state file; `relative` tells all paths relative to the folder."""
    target, latest = state_file_path(save_dir, latest_filename), as_text(latest)
    if target == latest:
        raise RuntimeError(
            f"Save path '{latest}' conflicts with path used for checkpoint state.  Please use a "
            "different save path."
        )
    if relative:
        all_paths = [_relative_to(save_dir, path) for path in all_paths or []]
        latest = _relative_to(save_dir, latest)
        # The paths are what they shall be: a relative folder must not change them again.
        save_dir = os.path.abspath(local_path(save_dir))
    state = generate_checkpoint_state_proto(save_dir, latest, all_paths, timestamps, last_preserved)
    with AtomicFile(target) as file:
        file.write(text_format.MessageToString(state).encode())
        file.publish()


def _relative_to(save_dir: PathLike, path: PathLike) -> str:
    return os.path.relpath(os.path.abspath(local_path(path)), os.path.abspath(local_path(save_dir)))


def get_checkpoint_state(checkpoint_dir: PathLike, latest_filename: str | None = None) -> Any:
    """The `CheckpointState` of a folder, its paths made ready for use; None if there is no state file.

    A file that cannot be read, or is no text of this message, counts as none, with a warning.

    Args:
      checkpoint_dir: The folder.
      latest_filename: Name of the state file; by default `checkpoint`.

    Raises:
      ValueError: If the file names no checkpoint, because it is empty, say, or is not UTF-8.
    """
    folder, path = local_path(checkpoint_dir), state_file_path(checkpoint_dir, latest_filename)
    try:
        with open_input(path) as file, file_errors(path):
            state = text_format.Parse(file.read().decode("utf-8"), CheckpointState())
    except NotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise ValueError(f"Invalid checkpoint state loaded from {folder}: {path} is not UTF-8 ({error}).") from None
    except (OpError, text_format.ParseError) as error:
        logs.warning("%s: %s", path, error)
        logs.warning("%s: Checkpoint ignored", path)
        return None
    if not state.model_checkpoint_path:
        raise ValueError(f"Invalid checkpoint state loaded from {folder}: {path} names no checkpoint. Remove the file, "
                         "or write it anew with tf.train.update_checkpoint_state.")
    state.model_checkpoint_path = os.path.join(folder, state.model_checkpoint_path)
    state.all_model_checkpoint_paths[:] = [
        os.path.join(folder, one) for one in state.all_model_checkpoint_paths
    ]
    return state


def latest_checkpoint(checkpoint_dir: PathLike, latest_filename: str | None = None) -> str | None:
    """The path of the latest checkpoint of a folder, as `Saver.restore` takes it; None if there is none.

    Args:
      checkpoint_dir: The folder that the checkpoints were saved in.
      latest_filename: Name of the state file; by default `checkpoint`.
    """
    state = get_checkpoint_state(checkpoint_dir, latest_filename)
    if state is None:
        return None
    if _files_of(state.model_checkpoint_path):
        return state.model_checkpoint_path
    logs.warning("Couldn't match files for checkpoint %s", state.model_checkpoint_path)
    return None


def _v1_pattern(prefix: str) -> str:
    """What the files of a V1 checkpoint are called: the prefix itself, or its shards."""
    sharded = re.search(r"-[\d?]+-of-\d+$", prefix)
    return glob.escape(prefix) if sharded is None else re.sub(r"-[\d?]+-of-", "-?????-of-", prefix)


def _files_of(prefix: str) -> str | None:
    """A file that shows that a checkpoint is there: the index of a V2 one, or data of a V1 one."""
    if os.path.exists(index_path(prefix)):
        return index_path(prefix)
    return min(glob.glob(_v1_pattern(prefix)), default=None)


def checkpoint_exists(checkpoint_prefix: PathLike) -> bool:
    """Whether there is a checkpoint (of either version of the format) of this prefix."""
    prefix = local_path(checkpoint_prefix)
    return bool(prefix) and _files_of(prefix) is not None


def get_checkpoint_mtimes(checkpoint_prefixes: Sequence[PathLike]) -> list[float]:
    """When checkpoints were last modified, in seconds since 1970; those that do not exist are left out."""
    files = [_files_of(local_path(prefix)) for prefix in checkpoint_prefixes]
    return [os.stat(file).st_mtime for file in files if file is not None]


def meta_graph_path(checkpoint_prefix: PathLike, meta_graph_suffix: str = "meta") -> str:
    """Name of the file with the graph of a checkpoint; shards share one.

    Example:
      >>> meta_graph_path("model.ckpt-7"), meta_graph_path("model.ckpt-7-?????-of-00002")
      ('model.ckpt-7.meta', 'model.ckpt-7.meta')
    """
    base = re.sub(r"-[\d?]+-of-\d+$", "", local_path(checkpoint_prefix))
    return f"{base}.{meta_graph_suffix}"


def remove_checkpoint(
    checkpoint_prefix: PathLike, checkpoint_format_version: int = V2, meta_graph_suffix: str = "meta"
) -> None:
    """Removes the files of a checkpoint, the index first, so that what is left of it is never taken for one.

    Args:
      checkpoint_prefix: What `Saver.save` returned.
      checkpoint_format_version: `SaverDef.V1` or `SaverDef.V2`.
      meta_graph_suffix: Ending of the file with its graph.

    Raises:
      tf.errors.PermissionDeniedError: If a file may not be removed; files that are not there are passed over.

    Example:
      >>> import millpond as tf
      >>> import tempfile
      >>> with tf.Graph().as_default(), tf.Session() as sess, tempfile.TemporaryDirectory() as folder:
      ...     v = tf.Variable(1.0)
      ...     sess.run(v.initializer)
      ...     path = tf.train.Saver().save(sess, folder + "/model")
      ...     tf.train.remove_checkpoint(path)
      ...     print(tf.train.checkpoint_exists(path))
      False
    """
    prefix = local_path(checkpoint_prefix)
    if checkpoint_format_version == V2:
        names = glob.escape(prefix)
        # With what a save that was killed has left.
        files = [index_path(prefix), *glob.glob(f"{names}.index.tempstate*"),
                 *glob.glob(f"{names}.data-?????-of-?????*")]
    else:
        files = glob.glob(_v1_pattern(prefix))
    for path in [meta_graph_path(prefix, meta_graph_suffix), *files]:
        with contextlib.suppress(NotFoundError), file_errors(path):
            os.remove(path)
