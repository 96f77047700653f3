"""V2 checkpoints: TensorFlow's are read, what is written has their bytes, damage is refused."""

import os

import ml_dtypes
import numpy as np
import pytest

from millpond.errors import DataLossError, InvalidArgumentError, NotFoundError
from millpond.formats.bundle import BundleReader, BundleWriter
from millpond.formats.bundle_index import index_path, merge_bundles, shard_path, write_index
from millpond.formats.checksum import masked_crc32c
from millpond.formats.slices import part_key, part_to_proto
from millpond.formats.tensors import numpy_dtype, shape_to_proto
from millpond.protos.tensor_bundle import BundleEntryProto

FLOATS = [1, -2.5, 3]
# What tests/data/make_tensorflow_files.py put into the checkpoint `v2`: DataType number, values.
TENSORFLOW = {
    "dtype/float32": (1, FLOATS), "dtype/float64": (2, FLOATS), "dtype/int32": (3, [1, -(2**31), 3]),
    "dtype/uint8": (4, [1, 255, 3]), "dtype/int16": (5, [1, -(2**15), 3]), "dtype/int8": (6, [1, -128, 3]),
    "dtype/string": (7, [b"one", b"", b"\x00\xff" * 100]), "dtype/complex64": (8, [1 + 2j, -2.5, 3j]),
    "dtype/int64": (9, [1, -(2**63), 3]), "dtype/bool": (10, [True, False, True]),
    "dtype/qint8": (11, [(1,), (-128,), (3,)]), "dtype/quint8": (12, [(1,), (255,), (3,)]),
    "dtype/qint32": (13, [(1,), (-(2**31),), (3,)]), "dtype/bfloat16": (14, FLOATS),
    "dtype/qint16": (15, [(1,), (-(2**15),), (3,)]), "dtype/quint16": (16, [(1,), (2**16 - 1,), (3,)]),
    "dtype/uint16": (17, [1, 2**16 - 1, 3]), "dtype/complex128": (18, [1 + 2j, -2.5, 3j]),
    "dtype/float16": (19, FLOATS), "dtype/uint32": (22, [1, 2**32 - 1, 3]),
    "dtype/uint64": (23, [1, 2**64 - 1, 3]),
    "scalar": (1, 7.0), "matrix": (9, [[0, 1, 2], [3, 4, 5]]), "empty": (1, []),
    "partitioned": (1, np.arange(20.0).reshape(5, 4).tolist()),
}  # fmt: skip


def write(prefix, **arrays):
    with BundleWriter(prefix) as writer:
        for name, array in arrays.items():
            writer.add(name, array)
    return prefix


def read(prefix):
    with BundleReader(prefix) as reader:
        return {name: reader.read(name) for name in reader.keys()}


def same(first, second):
    return first.keys() == second.keys() and all(
        first[name].dtype == second[name].dtype and np.array_equal(first[name], second[name])
        for name in first
    )


def test_a_checkpoint_of_tensorflow_with_two_shards_is_read(tensorflow_files):
    with BundleReader(tensorflow_files / "v2") as reader:
        assert reader.keys() == sorted(TENSORFLOW)
        for name, (enum, values) in TENSORFLOW.items():
            array = reader.read(name)
            assert (reader.dtype(name), array.dtype, array.tolist()) == (enum, numpy_dtype(enum), values), (
                name
            )
            assert array.shape == reader.shape(name) and array.flags.writeable
        assert reader.shape("empty") == (0, 3)
        assert "scalar" in reader and "nothing" not in reader and "" not in reader


def test_the_bytes_are_those_of_tensorflow(tensorflow_files, tmp_path):
    write(tmp_path / "many", **{f"layer_{n:03d}/kernel/Adam": np.int32(n) for n in range(40)})
    for name in ("many.index", "many.data-00000-of-00001"):
        assert (tmp_path / name).read_bytes() == (tensorflow_files / name).read_bytes()


def test_merging_gives_the_bytes_of_tensorflow(tensorflow_files, tmp_path):
    prefixes = [tmp_path / f"part{shard}" / "v2" for shard in range(2)]
    rows = ((0, 2), (0, 4)), ((2, 3), (0, 4))
    dtypes = (
        "float32 float64 int32 uint8 int16 int8 complex64 int64 bool qint8 quint8 qint32 bfloat16 qint16 "
        "quint16 uint16 complex128 float16 uint32 uint64 string"
    )  # in the order of tests/data/make_tensorflow_files.py, which put every other one into the other shard
    names = [*(f"dtype/{name}" for name in dtypes.split()), "scalar", "empty", "matrix"]
    for shard, (prefix, part) in enumerate(zip(prefixes, rows, strict=True)):
        prefix.parent.mkdir()
        with BundleReader(tensorflow_files / "v2") as reader, BundleWriter(prefix) as writer:
            for name in names[shard::2]:
                writer.add(name, reader.read(name))
            writer.add_slice("partitioned", (5, 4), part, reader.read_slice("partitioned", part))
    merge_bundles(prefixes, tmp_path / "v2")
    assert sorted(os.listdir(tmp_path)) == ["v2.data-00000-of-00002", "v2.data-00001-of-00002", "v2.index"]
    for name in os.listdir(tmp_path):
        assert (tmp_path / name).read_bytes() == (tensorflow_files / name).read_bytes(), name


def test_large_tensors_of_any_layout_round_trip(tmp_path):
    large = np.random.default_rng(1).standard_normal((1100, 1000)).astype(np.float32)  # more than four chunks
    arrays = {
        "large": large,
        "turned": large.T,
        "strided": large[::7, ::3],
        "foreign": large[:5].astype(">f4"),
        "bfloat16": large[:3].astype(ml_dtypes.bfloat16),
        "texts": np.array(["é", "b" * 300], object),
    }
    found = read(write(tmp_path / "model", **arrays))
    for name in ("large", "turned", "strided", "foreign", "bfloat16"):
        np.testing.assert_array_equal(found[name], arrays[name])
        assert found[name].dtype.isnative
    assert found["texts"].tolist() == ["é".encode(), b"b" * 300]


def test_partitioned_tensors_are_read_whole_and_by_any_part(tmp_path):
    whole = np.arange(12).reshape(6, 2)
    with BundleWriter(tmp_path / "model") as writer:
        for start, length in ((4, 2), (0, 1), (1, 3)):
            writer.add_slice("w", (6, 2), ((start, length), (0, -1)), whole[start : start + length])
    with BundleReader(tmp_path / "model") as reader:
        assert reader.keys() == ["w"] and reader.shape("w") == (6, 2) and reader.dtype("w") == 9
        np.testing.assert_array_equal(reader.read("w"), whole)
        np.testing.assert_array_equal(reader.read_slice("w", ((0, 5), (1, 1))), whole[:5, 1:])
        np.testing.assert_array_equal(reader.read_slice("w", ((1, 3), (0, -1))), whole[1:4])


def test_a_tensor_in_one_piece_can_be_read_in_parts(tmp_path):
    whole = np.arange(12).reshape(6, 2)
    with BundleReader(write(tmp_path / "model", w=whole)) as reader:
        part = reader.read_slice("w", ((2, 3), (0, 1)))
        np.testing.assert_array_equal(part, whole[2:5, :1])
        assert part.base is None, "the rest of the tensor is not kept in memory"
        with pytest.raises(
            InvalidArgumentError, match=r"tensor 'w': the part .* is not inside the shape \[6, 2\]"
        ):
            reader.read_slice("w", ((2, 5), (0, 1)))


def test_an_interrupted_save_leaves_the_old_checkpoint(tmp_path):
    write(tmp_path / "model", w=np.float32([1, 2]))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(KeyboardInterrupt), BundleWriter(tmp_path / "model") as writer:
        writer.add("w", np.float32([3, 4]))
        raise KeyboardInterrupt
    with pytest.raises(TypeError), BundleWriter(tmp_path / "model") as writer:
        writer.add("w", np.array([b"x", 1], object))
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
    assert read(write(tmp_path / "model", w=np.float32([5])))["w"].tolist() == [5]


def test_the_index_gets_its_name_last_and_after_the_data_is_on_the_disk(tmp_path, monkeypatch):
    steps = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda file: (steps.append("sync"), fsync(file)))
    monkeypatch.setattr(
        os, "replace", lambda old, new: (steps.append(os.fspath(new).rpartition(".")[2]), replace(old, new))
    )
    write(tmp_path / "model", w=np.float32([1]))
    assert steps == ["sync", "sync", "data-00000-of-00001", "sync", "index", "sync"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["model.index", "model.data-00000-of-00001"])
def test_damage_is_refused(tmp_path, name, refuses_damage):
    arrays = {
        "a": np.arange(20, dtype=np.float32).reshape(4, 5),
        "b": np.array([b"one", b"", b"three" * 30], object),
        "c": np.array([True, False]),
    }
    with BundleWriter(tmp_path / "model") as writer:
        for key, array in arrays.items():
            writer.add(key, array)
        writer.add_slice("d", (3, 1), ((0, 2), (0, 1)), np.int64([[1], [2]]))
        writer.add_slice("d", (3, 1), ((2, 1), (0, 1)), np.int64([[3]]))
    right = arrays | {"d": np.int64([[1], [2], [3]])}
    refused = refuses_damage(
        tmp_path / name, lambda: read(tmp_path / "model"), lambda found: same(found, right)
    )
    # What means nothing: the handle of the metaindex and the zeros at the end of the index.
    assert refused > 0.85


def entry(**fields):
    fields = {"dtype": 1, "shape": shape_to_proto([2]), "size": 8} | fields
    return BundleEntryProto(**fields)


def hostile_bundle(prefix, entries, data=bytes(8), shards=1):
    with write_index(prefix, shards, entries) as index:
        index.publish()
    with open(shard_path(prefix, 0, shards), "wb") as file:
        file.write(data)


@pytest.mark.parametrize(
    "fields, reason",
    [
        ({"size": 7}, r"7 bytes for the shape \[2\]"),
        ({"shape": shape_to_proto([2**40])}, "8 bytes for the shape"),
        ({"shape": shape_to_proto([2**40]), "size": 2**42}, "of a data file of 8 bytes"),
        ({"shape": shape_to_proto([2**62, 2**62])}, "larger than any memory"),
        ({"shape": shape_to_proto([-2])}, "expected sizes of zero or more"),
        ({"shape": shape_to_proto([1] * 65)}, "65 dimensions"),
        ({"offset": 1}, "8 bytes at 1 of a data file of 8 bytes"),
        ({"offset": -1}, "8 bytes at -1"),
        ({"offset": 2**62, "size": 2**62}, "of a data file of 8 bytes"),
        ({"size": -8}, "-8 bytes at 0"),
        ({"shard_id": 1}, "shard 1 of 1"),
        ({"shard_id": -1}, "shard -1 of 1"),
        ({"crc32c": 5}, "checksum is 0x.*, not 0x5"),
        ({"dtype": 0}, "there is no DataType 0"),
        ({"dtype": 7, "shape": shape_to_proto([9])}, r"8 bytes for the shape \[9\]"),
        ({"dtype": 7}, "strings of 0 bytes where 2 are left"),
        ({"dtype": 7, "shape": shape_to_proto([4])}, "checksum of the strings' lengths is wrong"),
        ({"dtype": 7, "shape": shape_to_proto([8])}, "strings of 0 bytes where 0 are left"),
        ({"slices": [{"extent": [{"start": 0, "length": 2}]}]}, "no data of the part"),
        ({"slices": [{"extent": [{"start": 1, "length": 2}]}]}, "not inside the shape"),
        ({"slices": [{"extent": []}]}, "a part of 0 dimensions"),
    ],
)
def test_hostile_entries_allocate_nothing(tmp_path, fields, reason, little_memory):
    hostile_bundle(tmp_path / "bad", {b"w": entry(**fields)})
    with (
        little_memory(),
        BundleReader(tmp_path / "bad") as reader,
        pytest.raises(DataLossError, match=reason) as caught,
    ):
        reader.read("w")
    assert f"{tmp_path / 'bad'}: tensor 'w'" in str(caught.value)


def test_parts_that_share_their_bytes_cannot_fill_the_memory(tmp_path, little_memory):
    row = bytes(2**20)
    parts = [((number, 1), (0, -1)) for number in range(64)]
    shared = entry(dtype=4, shape=shape_to_proto([1, 2**20]), size=len(row), crc32c=masked_crc32c(row))
    whole = entry(dtype=4, shape=shape_to_proto([64, 2**20]), slices=[part_to_proto(part) for part in parts])
    entries = {b"w": whole} | {part_key("w", part): shared for part in parts}
    hostile_bundle(tmp_path / "bad", entries, row)
    with little_memory(), BundleReader(tmp_path / "bad") as reader:
        assert reader.read_slice("w", parts[5]).shape == (1, 2**20)
        with pytest.raises(DataLossError, match="tensor 'w': the parts are larger than the data files"):
            reader.read("w")


def test_hostile_indices_are_refused(tmp_path):
    hostile_bundle(tmp_path / "bad", {b"\xff": entry()})
    with pytest.raises(DataLossError, match="bad.index: the name .* is not UTF-8"):
        BundleReader(tmp_path / "bad")
    hostile_bundle(tmp_path / "bad", {}, shards=0)
    with pytest.raises(DataLossError, match="bad.index: 0 data files"):
        BundleReader(tmp_path / "bad")
    hostile_bundle(tmp_path / "bad", {}, shards=2**31 - 1)
    with pytest.raises(NotFoundError, match="data-00001-of-2147483647"):
        merge_bundles([tmp_path / "bad"], tmp_path / "merged")


def test_types_that_arrays_cannot_hold_are_named(tmp_path):
    hostile_bundle(tmp_path / "model", {b"w": entry(dtype=21)})
    with (
        BundleReader(tmp_path / "model") as reader,
        pytest.raises(NotImplementedError, match="'w': values of DT_VARIANT"),
    ):
        reader.read("w")


def test_what_is_not_there_is_named(tmp_path):
    with pytest.raises(NotFoundError, match="model.index; No such file"):
        BundleReader(tmp_path / "model")
    with pytest.raises(NotFoundError, match="nowhere"):
        BundleWriter(tmp_path / "nowhere" / "model")
    with BundleReader(write(tmp_path / "model", w=np.float32(1))) as reader:
        with pytest.raises(NotFoundError, match="Key bias not found in checkpoint .*model"):
            reader.read("bias")
        os.remove(shard_path(tmp_path / "model", 0, 1))
        with pytest.raises(NotFoundError, match="data-00000-of-00001"):
            reader.read("w")


def test_mistakes_of_the_caller_are_explained(tmp_path):
    with BundleWriter(tmp_path / "model") as writer:
        writer.add("w", np.float32([1, 2]))
        writer.add_slice("p", (4, 2), ((0, 2), (0, 2)), np.zeros([2, 2], np.float32))
        with pytest.raises(InvalidArgumentError, match="the tensor 'w' .* was added before"):
            writer.add("w", np.float32([1, 2]))
        with pytest.raises(InvalidArgumentError, match="the tensor 'p' .* was added before"):
            writer.add("p", np.float32([1, 2]))
        with pytest.raises(InvalidArgumentError, match="was added before"):
            writer.add_slice("w", (2,), ((0, 1),), np.zeros(1, np.float32))
        with pytest.raises(InvalidArgumentError, match="'' is no name"):
            writer.add("", np.float32(1))
        with pytest.raises(
            InvalidArgumentError, match=r"'p'.*expected an array of shape \[2, 2\], got \[3, 2\]"
        ):
            writer.add_slice("p", (4, 2), ((2, 2), (0, 2)), np.zeros([3, 2], np.float32))
        with pytest.raises(
            InvalidArgumentError, match=r"disagree on its dtype or shape: 1 \[4, 2\], 1 \[6, 2\]"
        ):
            writer.add_slice("p", (6, 2), ((2, 2), (0, 2)), np.zeros([2, 2], np.float32))
        with pytest.raises(
            TypeError, match=r"Expected an array of float64 \(DataType 2\), got one of float32"
        ):
            writer.add("x", np.float32(1), 2)
    with BundleReader(tmp_path / "model") as reader:
        assert reader.read("w").tolist() == [1, 2]
        with pytest.raises(DataLossError, match="tensor 'p': the stored parts cover 4 of the 8 values"):
            reader.read("p")


def test_bundles_that_do_not_fit_are_not_merged(tmp_path):
    first, second = write(tmp_path / "first", w=np.float32(1)), write(tmp_path / "second", w=np.float32(2))
    with pytest.raises(InvalidArgumentError, match="merged: the tensor b'w' was added before"):
        merge_bundles([first, second], tmp_path / "merged")
    with pytest.raises(InvalidArgumentError, match="no bundles to merge"):
        merge_bundles([], tmp_path / "merged")
    assert read(first)["w"] == 1 and read(second)["w"] == 2, "they are still there"
    merge_bundles([first], tmp_path / "merged")
    assert read(tmp_path / "merged")["w"] == 1 and not os.path.exists(index_path(first))
