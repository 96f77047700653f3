"""Ops on files: checkpoints (on `formats/bundle.py`), and whole files. All of them run on the host."""

from __future__ import annotations

import difflib
import glob
import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from tensorboard.compat.proto import types_pb2

from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError, NotFoundError
from millpond.formats import bundle_index
from millpond.formats.bundle import BundleWriter
from millpond.formats.checkpoint import CheckpointReader, open_checkpoint
from millpond.formats.files import file_errors, local_path, make_folders, open_input
from millpond.formats.slices import Part, parse_shape_and_slice, region_of, shape_of
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.static_values import StaticInput
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.io import progress
from millpond.shapes import TensorShape


def _text(value: np.ndarray, what: str) -> str:
    if value.size != 1:
        raise InvalidArgumentError(
            None, None, f"{what} must be a single string, got the shape {list(value.shape)}"
        )
    return os.fsdecode(value.item())


def _path(value: np.ndarray, what: str) -> str:
    return local_path(_text(value, what))


def _string(value: str | bytes) -> np.ndarray:
    return np.array(os.fsencode(value), dtype=object)


def texts_of(values: Array) -> list[str]:
    """The strings of a tensor.

    Raises:
      InvalidArgumentError: If one of them is not UTF-8.
    """
    try:
        return [value.decode("utf-8") for value in values.ravel()]
    except UnicodeDecodeError as error:
        raise InvalidArgumentError(None, None, f"Names in checkpoints are UTF-8, got {error.object!r:.200}") from None


def _make_parent(path: str) -> None:
    folder = os.path.dirname(path)
    if folder:
        make_folders(folder)


# Saving.


def _check_counts(names: list[str], slices: list[str], count: int) -> None:
    if len(names) != count or len(slices) != count:
        raise InvalidArgumentError(
            None,
            None,
            f"tensor_names ({len(names)}) and shape_and_slices ({len(slices)}) must have an entry for "
            f"each of the {count} tensors",
        )


def _save_v2_kernel(context: HostContext, prefix: Array, tensor_names: Array, shape_and_slices: Array,
                    tensors: Sequence[Array], *, dtypes: Sequence[DType]) -> list[Array]:
    names, slices = texts_of(tensor_names), texts_of(shape_and_slices)
    _check_counts(names, slices, len(tensors))
    path = _path(prefix, "prefix")
    _make_parent(path)
    total = sum(tensor.nbytes for tensor in tensors)
    with BundleWriter(path) as writer, progress.of_bytes(total, f"Saving {os.path.basename(path)}") as done:
        for name, spec, tensor, dtype in zip(names, slices, tensors, dtypes, strict=True):
            if spec:
                shape, part = parse_shape_and_slice(spec)
                writer.add_slice(name, shape, part, tensor, dtype.as_datatype_enum)
            else:
                writer.add(name, tensor, dtype.as_datatype_enum)
            done(tensor.nbytes)
    return []


SAVE_V2 = define_op(
    "SaveV2",
    inputs="prefix: string, tensor_names: string, shape_and_slices: string, tensors: dtypes",
    attrs="dtypes: list(type) >= 1",
    shape=shape_rules.nothing,
    kernel=_save_v2_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


# Restoring.


def _restore_v2_shape(prefix: TensorShape, tensor_names: TensorShape, shape_and_slices: StaticInput, *,
                      dtypes: Sequence[DType]) -> tuple[TensorShape, ...]:
    specs = shape_and_slices.value
    if specs is None or specs.size != len(dtypes):
        return (shape_rules.UNKNOWN,) * len(dtypes)
    return tuple(_shape_of_spec(spec) if spec else shape_rules.UNKNOWN for spec in texts_of(specs))


def _shape_of_spec(spec: str) -> TensorShape:
    shape, part = parse_shape_and_slice(spec)
    return TensorShape(list(shape_of(region_of(part, shape, "shape_and_slices"))))


def check_stored(reader: CheckpointReader, prefix: str, name: str, dtype: Any, shape: Any = None) -> None:
    """Checks that a checkpoint has a tensor, of a dtype, and (where one is given) of a shape.

    Args:
      reader: The open checkpoint.
      prefix: Its path, for the errors.
      name: The name of the tensor.
      dtype: The dtype that it must have.
      shape: The shape that it must have; None for any.

    Raises:
      NotFoundError: If it does not; the nearest names that it has are told.
      InvalidArgumentError: If it has one of another dtype or shape.
    """
    if name not in reader:
        near = difflib.get_close_matches(name, reader.keys(), n=3)
        hint = (
            f"Nearest names: {', '.join(near)}."
            if near
            else f"Names in it: {', '.join(sorted(reader.keys())[:5])}{', ...' if len(reader.keys()) > 5 else ''}."
        )
        raise NotFoundError(None, None, f"Key {name} not found in checkpoint {prefix}. {hint}")
    found = reader.dtype(name)
    if found != dtype.as_datatype_enum:
        stored = types_pb2.DataType.Name(found).removeprefix("DT_").lower()
        raise InvalidArgumentError(
            None,
            None,
            f"tensor_name = {name}; expected dtype {dtype.name} does not equal original dtype {stored} "
            f"(checkpoint {prefix})",
        )
    if shape is not None and tuple(shape) != reader.shape(name):
        raise InvalidArgumentError(
            None,
            None,
            f"tensor_name = {name}; expected shape {list(shape)} does not equal original shape "
            f"{list(reader.shape(name))} (checkpoint {prefix})",
        )


def _restore_v2_kernel(context: HostContext, prefix: Array, tensor_names: Array, shape_and_slices: Array, *,
                       dtypes: Sequence[DType]) -> Sequence[Array]:
    names, slices = texts_of(tensor_names), texts_of(shape_and_slices)
    _check_counts(names, slices, len(dtypes))
    path = _path(prefix, "prefix")
    with open_checkpoint(path) as reader:
        parts: list[Part | None] = []
        for name, spec, dtype in zip(names, slices, dtypes, strict=True):
            shape, part = parse_shape_and_slice(spec) if spec else (None, None)
            check_stored(reader, path, name, dtype, shape)
            parts.append(part)
        values = []
        total = sum(
            math.prod(reader.shape(name)) * dtype.size for name, dtype in zip(names, dtypes, strict=True)
        )
        with progress.of_bytes(total, f"Restoring {os.path.basename(path)}") as done:
            for name, part in zip(names, parts, strict=True):
                values.append(reader.read(name) if part is None else reader.read_slice(name, part))
                done(values[-1].nbytes)
        return values


RESTORE_V2 = define_op(
    "RestoreV2",
    inputs="prefix: string, tensor_names: string, shape_and_slices: string",
    outputs="tensors: dtypes",
    attrs="dtypes: list(type) >= 1",
    static_inputs=("shape_and_slices",),
    shape=_restore_v2_shape,
    kernel=_restore_v2_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


# Shards.


def _merge_v2_checkpoints_kernel(context: HostContext, checkpoint_prefixes: Array, destination_prefix: Array, *,
                                 delete_old_dirs: bool, allow_missing_files: bool) -> list[Array]:
    prefixes = [os.fsdecode(prefix) for prefix in checkpoint_prefixes.ravel()]
    if allow_missing_files:
        prefixes = [prefix for prefix in prefixes if os.path.exists(bundle_index.index_path(prefix))]
    destination = _path(destination_prefix, "destination_prefix")
    _make_parent(destination)
    bundle_index.merge_bundles(prefixes, destination, delete_old_dirs)
    return []


MERGE_V2_CHECKPOINTS = define_op(
    "MergeV2Checkpoints",
    inputs="checkpoint_prefixes: string, destination_prefix: string",
    attrs="delete_old_dirs: bool = True, allow_missing_files: bool = False",
    shape=shape_rules.nothing,
    kernel=_merge_v2_checkpoints_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


def _sharded_filename_kernel(context: HostContext, basename: Array, shard: Array, num_shards: Array) -> Array:
    return _string(f"{_text(basename, 'basename')}-{int(shard):05d}-of-{int(num_shards):05d}")


SHARDED_FILENAME = define_op(
    "ShardedFilename",
    inputs="basename: string, shard: int32, num_shards: int32",
    outputs="filename: string",
    shape=shape_rules.scalar,
    kernel=_sharded_filename_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


def _sharded_filespec_kernel(context: HostContext, basename: Array, num_shards: Array) -> Array:
    return _string(f"{_text(basename, 'basename')}-?????-of-{int(num_shards):05d}")


SHARDED_FILESPEC = define_op(
    "ShardedFilespec",
    inputs="basename: string, num_shards: int32",
    outputs="filename: string",
    shape=shape_rules.scalar,
    kernel=_sharded_filespec_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


# Whole files.


def _read_file_kernel(context: HostContext, filename: Array) -> Array:
    path = _path(filename, "filename")
    with open_input(path) as file, file_errors(path):
        return np.array(file.read(), dtype=object)


READ_FILE = define_op(
    "ReadFile",
    inputs="filename: string",
    outputs="contents: string",
    shape=shape_rules.scalar,
    kernel=_read_file_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


def read_file(filename: TensorLike, name: str | None = None) -> Tensor:
    """The bytes of a file, as one string.

    Args:
      filename: Its name, a string of no dimensions.

    Raises:
      tf.errors.NotFoundError: When run, if there is no such file.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess, tempfile.TemporaryDirectory() as folder:
      ...     sess.run(tf.write_file(folder + "/note", "hello"))
      ...     print(sess.run(tf.read_file(folder + "/note")))
      b'hello'
    """
    return READ_FILE(filename, name=name)


def _write_file_kernel(context: HostContext, filename: Array, contents: Array) -> list[Array]:
    path = _path(filename, "filename")
    if contents.size != 1:
        raise InvalidArgumentError(
            None, None, f"contents must be a single string, got {list(contents.shape)}"
        )
    _make_parent(path)
    with file_errors(path), open(path, "wb") as file:
        file.write(contents.item())
    return []


WRITE_FILE = define_op(
    "WriteFile",
    inputs="filename: string, contents: string",
    shape=shape_rules.nothing,
    kernel=_write_file_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


def write_file(filename: TensorLike, contents: TensorLike, name: str | None = None) -> Any:
    """An operation that writes a string to a file, replacing what has the name; folders are made.

    Args:
      filename: The path, a string scalar.
      contents: What to write, a string scalar.
      name: Name of the node.

    Raises:
      tf.errors.OpError: At run time, as the file system refuses: `NotFoundError`, `PermissionDeniedError` and others.

    Example:
      >>> import millpond as tf
      >>> import tempfile
      >>> with tf.Graph().as_default(), tf.Session() as sess, tempfile.TemporaryDirectory() as folder:
      ...     sess.run(tf.write_file(folder + "/notes/today", "hello"))
      ...     print(sess.run(tf.read_file(folder + "/notes/today")))
      b'hello'
    """
    return WRITE_FILE(filename, contents, name=name)


def _matching_files_kernel(context: HostContext, pattern: Array) -> Array:
    found = {path for one in pattern.ravel() for path in glob.glob(os.fsdecode(one))}
    names = np.empty(len(found), dtype=object)
    names[:] = sorted(os.fsencode(path) for path in found)
    return names


MATCHING_FILES = define_op(
    "MatchingFiles",
    inputs="pattern: string",
    outputs="filenames: string",
    shape=lambda pattern: shape_rules.VECTOR,
    kernel=_matching_files_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


def matching_files(pattern: TensorLike, name: str | None = None) -> Tensor:
    """The names of files that match a pattern (or one of several), sorted; `*` and `?` do not match `/`."""
    return MATCHING_FILES(pattern, name=name)
