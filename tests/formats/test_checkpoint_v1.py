"""V1 checkpoints of TensorFlow are read; damage is refused."""

import shutil

import numpy as np
import pytest
from tensorboard.compat.proto import tensor_pb2

from millpond.errors import DataLossError, InvalidArgumentError, NotFoundError
from millpond.formats.bundle import BundleReader, BundleWriter
from millpond.formats.checkpoint import open_checkpoint
from millpond.formats.checkpoint_v1 import CheckpointV1Reader
from millpond.formats.slices import part_key, part_to_proto
from millpond.formats.table import TableWriter
from millpond.formats.tensors import shape_to_proto
from millpond.protos.checkpoint import SavedTensorSlices


def read(path):
    with CheckpointV1Reader(path) as reader:
        return {name: reader.read(name) for name in reader.keys()}


def write(path, name, shape, parts, stored, dtype=1):
    """A V1 checkpoint of one tensor, with whatever lists of values are given."""
    meta = SavedTensorSlices()
    meta.meta.tensor.add(name=name, shape=shape_to_proto(shape), type=dtype, slice=map(part_to_proto, parts))
    items = {b"": meta.SerializeToString()}
    for part, values in stored.items():
        saved = SavedTensorSlices(data={"name": name, "data": tensor_pb2.TensorProto(float_val=values)})
        saved.data.slice.CopyFrom(part_to_proto(part))
        items[part_key(name, part)] = saved.SerializeToString()
    with open(path, "wb") as file:
        table = TableWriter(file)
        for key in sorted(items):
            table.add(key, items[key])
        table.finish()
    return path


def test_a_checkpoint_of_tensorflow_is_read(tensorflow_files):
    old = read(tensorflow_files / "v1")
    with BundleReader(tensorflow_files / "v2") as reader:
        # Written from the same values; the old format lacks some of the types.
        lacking = {
            f"dtype/{name}" for name in ("uint32", "uint64", "bfloat16", "qint16", "quint16", "uint16")
        }
        assert set(old) == set(reader.keys()) - lacking
        for name, array in old.items():
            new = reader.read(name)
            assert (array.dtype, array.shape, array.tolist()) == (new.dtype, new.shape, new.tolist()), name


def test_parts_are_read_across_the_stored_ones(tensorflow_files):
    with CheckpointV1Reader(tensorflow_files / "v1") as reader:
        assert reader.shape("partitioned") == (5, 4) and reader.dtype("partitioned") == 1
        part = reader.read_slice("partitioned", ((1, 3), (0, 2)))
        np.testing.assert_array_equal(part, np.arange(20.0).reshape(5, 4)[1:4, :2])
        with pytest.raises(InvalidArgumentError, match="not inside the shape"):
            reader.read_slice("partitioned", ((4, 2), (0, 2)))


def test_shards_are_found_by_a_pattern(tmp_path):
    rows = [((0, 1), (0, -1)), ((1, 2), (0, -1))]
    for shard, row in enumerate(rows):
        values = {row: [10.0 * shard + n for n in range(2 * row[0][1])]}
        write(tmp_path / f"model-0000{shard}-of-00002", "w", (3, 2), [row], values)
    assert read(tmp_path / "model-?????-of-00002")["w"].tolist() == [[0, 1], [10, 11], [12, 13]]
    write(tmp_path / "model-00001-of-00002", "w", (3, 3), [rows[1]], {rows[1]: [0.0] * 6})
    with pytest.raises(DataLossError, match="tensor 'w': another shape or dtype in another shard"):
        read(tmp_path / "model-?????-of-00002")


@pytest.mark.slow
def test_damage_is_refused(tmp_path, tensorflow_files, refuses_damage):
    path = tmp_path / "model.ckpt"
    shutil.copy(tensorflow_files / "v1", path)
    right = {name: array.tolist() for name, array in read(path).items()}

    def is_right(found):
        return {name: array.tolist() for name, array in found.items()} == right

    assert refuses_damage(path, lambda: read(path), is_right) > 0.95


ALL = ((0, -1),)


@pytest.mark.parametrize(
    "shape, parts, stored, reason",
    [
        ((2**40,), [ALL], {ALL: [1.0]}, "cannot be in .* bytes of files"),
        ((3,), [ALL], {ALL: [1.0]}, "expected 3 values, got 1 of 'w'"),
        ((3,), [ALL], {}, "its values are not there"),
        ((3,), [((0, 2),)], {((0, 2),): [1.0, 2.0]}, "the stored parts cover 2 of the 3 values"),
        ((3,), [((0, 2),), ((0, 1),)], {((0, 2),): [1.0, 2.0], ((0, 1),): [3.0]}, "overlap"),
        ((3,), [((2, 2),)], {}, "not inside the shape"),
    ],
)
def test_hostile_checkpoints_allocate_nothing(tmp_path, shape, parts, stored, reason, little_memory):
    path = write(tmp_path / "bad", "w", shape, parts, stored)
    with little_memory(), pytest.raises(DataLossError, match=f"bad: tensor 'w'.*{reason}"):
        read(path)


def test_hostile_lists_of_tensors_are_refused(tmp_path):
    with pytest.raises(DataLossError, match="tensor 'w': there is no DataType 0"):
        read(write(tmp_path / "bad", "w", (1,), [ALL], {}, dtype=0))
    with open(tmp_path / "bad", "wb") as file:
        table = TableWriter(file)
        table.add(b"some", b"table")
        table.finish()
    with pytest.raises(DataLossError, match="a table, but no checkpoint"):
        read(tmp_path / "bad")


def test_either_version_is_opened(tensorflow_files, tmp_path):
    for name in ("v1", "v2"):
        with open_checkpoint(tensorflow_files / name) as reader:
            assert reader.read("scalar") == 7
            with pytest.raises(NotFoundError, match="Key bias not found"):
                reader.read("bias")
    with BundleWriter(tmp_path / "model.ckpt") as writer:
        writer.add("w", np.float32(1))
    with open_checkpoint(tmp_path / "model.ckpt") as reader:
        assert reader.keys() == ["w"]
    with pytest.raises(NotFoundError, match="Failed to find any matching files for .*missing"):
        open_checkpoint(tmp_path / "missing")
