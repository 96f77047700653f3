"""The real TensorFlow reads what is written, in the same process (`make interop`)."""

import os

import numpy as np
import pytest
import tensorflow.compat.v1 as tf
from tensorflow.core.example import example_pb2, feature_pb2
from tensorflow.core.framework import tensor_slice_pb2
from tensorflow.core.protobuf import (
    queue_runner_pb2,
    saved_model_pb2,
    tensor_bundle_pb2,
    tensorflow_server_pb2,
)
from tensorflow.core.util import saved_tensor_slice_pb2
from tensorflow.python.training import checkpoint_state_pb2

from millpond.formats.bundle import BundleReader, BundleWriter
from millpond.formats.bundle_index import merge_bundles
from millpond.formats.checkpoint_v1 import CheckpointV1Reader
from millpond.formats.events import EventFile
from millpond.formats.records import RecordReader, RecordWriter
from millpond.formats.tensors import from_tensor_proto, to_tensor_proto
from millpond.protos import checkpoint, cluster, example, saved_model, tensor_bundle

tf.disable_v2_behavior()

DTYPES = (
    "float32 float64 int32 uint8 int16 int8 complex64 int64 bool qint8 quint8 qint32 bfloat16 qint16 quint16 "
    "uint16 complex128 float16 uint32 uint64 string"
).split()


def random_array(name, shape):
    """Random bits of a dtype (no NaN, which is not equal to itself)."""
    random = np.random.default_rng(len(name) + sum(shape))
    dtype = tf.as_dtype(name)
    if name == "string":
        return np.array([random.bytes(n % 300) for n in range(int(np.prod(shape)))], object).reshape(shape)
    numpy_dtype = np.dtype(dtype.as_numpy_dtype)
    if name == "bool":
        return random.random(shape) < 0.5
    if dtype.is_floating or dtype.is_complex:
        return (random.standard_normal(shape) * 100).astype(numpy_dtype)
    size = int(np.prod(shape)) * numpy_dtype.itemsize
    return np.frombuffer(random.bytes(size), numpy_dtype).reshape(shape)


def restore(prefix, names, dtypes, slices=None):
    with tf.Graph().as_default(), tf.Session() as session:
        slices = slices or [""] * len(names)
        return session.run(tf.raw_ops.RestoreV2(
            prefix=str(prefix), tensor_names=names, shape_and_slices=slices, dtypes=dtypes
        ))  # fmt: skip


@pytest.mark.parametrize("compression", ["", "ZLIB", "GZIP"])
def test_tensorflow_reads_our_records_and_we_read_its(tmp_path, compression):
    random = np.random.default_rng(0)
    records = [random.bytes(size) for size in (0, 1, 100, 70_000, 3_000_000)]
    with RecordWriter(tmp_path / "ours", compression) as writer:
        for record in records:
            writer.write(record)
    assert list(tf.io.tf_record_iterator(str(tmp_path / "ours"), compression)) == records
    with tf.io.TFRecordWriter(str(tmp_path / "theirs"), compression) as writer:
        for record in records:
            writer.write(record)
    assert list(RecordReader(tmp_path / "theirs", compression)) == records


def test_tensorflow_reads_our_events(tmp_path):
    event = tf.Event(step=3, summary=tf.Summary(value=[tf.Summary.Value(tag="loss", simple_value=0.5)]))
    with EventFile(tmp_path) as file:
        file.write(event.SerializeToString())
    first, second = tf.train.summary_iterator(file.path)
    assert first.file_version == "brain.Event:2" and second == event


# TensorFlow 1 lists their values, as is done here; later ones write bytes.
LISTED_IN_1 = {"float16", "bfloat16"}


@pytest.mark.parametrize("name", DTYPES)
def test_tensors_mean_the_same_to_both(name):
    enum = tf.as_dtype(name).as_datatype_enum
    for shape in [(), (1,), (0,), (5,), (2, 3, 4)]:
        array = random_array(name, shape)
        ours = to_tensor_proto(array, enum)
        theirs = tf.make_tensor_proto(array, tf.as_dtype(name))
        if name in LISTED_IN_1:
            np.testing.assert_array_equal(tf.make_ndarray(ours), array)
        else:
            assert ours.SerializeToString() == theirs.SerializeToString()
        decoded = from_tensor_proto(theirs)
        assert decoded.dtype == array.dtype and decoded.tolist() == array.tolist()


def test_tensorflow_reads_our_checkpoint_of_every_dtype(tmp_path):
    prefix = str(tmp_path / "model")
    arrays = {name: random_array(name, (3, 5)) for name in DTYPES}
    with BundleWriter(prefix) as writer:
        for name, array in arrays.items():
            writer.add(name, array, tf.as_dtype(name).as_datatype_enum)
    reader = tf.train.NewCheckpointReader(prefix)
    assert reader.get_variable_to_shape_map() == {name: [3, 5] for name in DTYPES}
    assert reader.get_variable_to_dtype_map() == {name: tf.as_dtype(name) for name in DTYPES}
    found = restore(prefix, DTYPES, [tf.as_dtype(name) for name in DTYPES])
    for name, array in zip(DTYPES, found, strict=True):
        # TensorFlow gives the plain integers of quantized values.
        expected = arrays[name].view(array.dtype) if name.startswith("q") else arrays[name]
        assert array.dtype == expected.dtype and array.tolist() == expected.tolist(), name


def test_both_write_the_same_bytes_of_a_large_index(tmp_path):
    # Several blocks of the table, and keys of all lengths.
    names = sorted({f"scope_{n % 97}/layer_{n}/{'kernel' * (n % 40)}" for n in range(6000)})
    values = np.arange(len(names), dtype=np.int64)
    with BundleWriter(tmp_path / "ours") as writer:
        for name, value in zip(names, values, strict=True):
            writer.add(name, value)
    with tf.Graph().as_default(), tf.Session() as session:
        parts, slices = tf.unstack(tf.constant(values)), [""] * len(names)
        session.run(tf.raw_ops.SaveV2(
            prefix=str(tmp_path / "theirs"), tensor_names=names, shape_and_slices=slices, tensors=parts
        ))  # fmt: skip
    for suffix in (".index", ".data-00000-of-00001"):
        ours, theirs = ((tmp_path / (name + suffix)).read_bytes() for name in ("ours", "theirs"))
        assert len(ours) > 40_000 and ours == theirs
    with BundleReader(tmp_path / "theirs") as reader:
        assert [int(reader.read(name)) for name in names] == values.tolist()


def test_tensorflow_reads_our_merged_shards_and_any_part_of_them(tmp_path):
    whole = random_array("float32", (10, 4))
    for shard, (start, length) in enumerate([(0, 3), (3, 7)]):
        os.mkdir(tmp_path / f"part{shard}")
        with BundleWriter(tmp_path / f"part{shard}" / "model") as writer:
            writer.add(f"own{shard}", np.int32(shard))
            writer.add_slice("w", (10, 4), ((start, length), (0, 4)), whole[start : start + length])
    merge_bundles([tmp_path / f"part{shard}" / "model" for shard in range(2)], tmp_path / "model")
    names, slices = ["w", "w", "w", "own0", "own1"], ["", "10 4 0,3:0,4", "10 4 2,5:-", "", ""]
    found = restore(tmp_path / "model", names, [tf.float32] * 3 + [tf.int32] * 2, slices)
    for array, expected in zip(found, [whole, whole[:3], whole[2:7], 0, 1], strict=True):
        np.testing.assert_array_equal(array, expected)


def test_savers_of_both_versions_are_understood(tmp_path):
    with tf.Graph().as_default(), tf.Session() as session:
        tf.get_variable("w", [7, 3], partitioner=tf.fixed_size_partitioner(3), use_resource=False)
        tf.get_variable("b", initializer=tf.constant([1.0, 2.0]), use_resource=False)
        session.run(tf.global_variables_initializer())
        whole = session.run(tf.concat(tf.global_variables()[:3], 0))
        v2 = tf.train.Saver(sharded=True).save(session, str(tmp_path / "v2"))
        v1 = tf.train.Saver(write_version=tf.train.SaverDef.V1).save(session, str(tmp_path / "v1"))
    for reader in (BundleReader(v2), CheckpointV1Reader(v1)):
        with reader:
            assert reader.keys() == ["b", "w"]
            np.testing.assert_array_equal(reader.read("w"), whole)
            np.testing.assert_array_equal(reader.read_slice("w", ((2, 3), (1, 2))), whole[2:5, 1:])


def test_damage_that_tensorflow_notices_is_the_same(tmp_path):
    with BundleWriter(tmp_path / "model") as writer:
        writer.add("w", np.float32([1, 2, 3]))
    data = tmp_path / "model.data-00000-of-00001"
    data.write_bytes(bytes(12))
    with pytest.raises(tf.errors.DataLossError, match="Checksum does not match"):
        restore(tmp_path / "model", ["w"], [tf.float32])


MESSAGES = [
    (example, example_pb2, "Example SequenceExample"),
    (example, feature_pb2, "BytesList FloatList Int64List Feature Features FeatureList FeatureLists"),
    (tensor_bundle, tensor_bundle_pb2, "BundleHeaderProto BundleEntryProto"),
    (tensor_bundle, tensor_slice_pb2, "TensorSliceProto"),
    (checkpoint, saved_tensor_slice_pb2, "SavedTensorSlices SavedTensorSliceMeta SavedSliceMeta SavedSlice"),
    (checkpoint, checkpoint_state_pb2, "CheckpointState"),
    (saved_model, saved_model_pb2, "SavedModel"),
    (cluster, tensorflow_server_pb2, "ServerDef"),
    (cluster, queue_runner_pb2, "QueueRunnerDef"),
]


@pytest.mark.parametrize(
    "ours, theirs",
    [(getattr(a, name), getattr(b, name)) for a, b, names in MESSAGES for name in names.split()],
)
def test_messages_have_the_same_fields(ours, theirs):
    later = {"cluster_device_filters"}  # came after TensorFlow 1.15

    def fields(descriptor):
        return {
            field.name: (
                field.number,
                field.type,
                field.is_repeated,
                field.has_presence,
                field.containing_oneof is not None,
                field.message_type and field.message_type.name,
                field.enum_type and field.enum_type.name,
            )
            for field in descriptor.fields
            if field.name not in later
        }

    assert fields(ours.DESCRIPTOR) == fields(theirs.DESCRIPTOR)
    for name, nested in ours.DESCRIPTOR.nested_types_by_name.items():
        assert fields(nested) == fields(theirs.DESCRIPTOR.nested_types_by_name[name])
