"""The messages that tensorboard lacks have TensorFlow's bytes and text."""

import pathlib

import pytest
from google.protobuf import text_format
from tensorboard.compat.proto import meta_graph_pb2, tensor_pb2

from millpond.protos.checkpoint import CheckpointState, SavedTensorSlices
from millpond.protos.cluster import QueueRunnerDef, ServerDef
from millpond.protos.example import Example, Feature, FeatureList, Features, Int64List, SequenceExample
from millpond.protos.saved_model import SavedModel
from millpond.protos.schema import build
from millpond.protos.tensor_bundle import BundleEntryProto, BundleHeaderProto, TensorSliceProto

FILES = pathlib.Path(__file__).parent.parent / "data" / "tensorflow"


def test_an_example_of_tensorflow_is_understood_and_written_alike():
    content = (FILES / "example.pb").read_bytes()
    example = Example.FromString(content)
    feature = example.features.feature
    assert sorted(feature) == ["image", "label", "nothing", "weight"]
    assert list(feature["image"].bytes_list.value) == [b"\x00\x01", b""]
    assert list(feature["label"].int64_list.value) == [-1, 2**40]
    assert list(feature["weight"].float_list.value) == [0.5, -2.0]
    assert [feature[name].WhichOneof("kind") for name in ("label", "nothing")] == ["int64_list", None]
    assert example.SerializeToString(deterministic=True) == content


def test_a_sequence_example_of_tensorflow_is_understood_and_written_alike():
    content = (FILES / "sequence_example.pb").read_bytes()
    sequence = SequenceExample.FromString(content)
    steps = FeatureList(feature=[Feature(int64_list=Int64List(value=[n] * n)) for n in range(3)])
    assert sequence.feature_lists.feature_list["steps"] == steps
    context = Example.FromString((FILES / "example.pb").read_bytes()).features
    assert sequence.context == context and isinstance(context, Features)
    assert sequence.SerializeToString(deterministic=True) == content


def test_the_checkpoint_state_has_the_known_text():
    text = 'model_checkpoint_path: "model-2"\nall_model_checkpoint_paths: "model-1"\n'
    text += 'all_model_checkpoint_paths: "model-2"\nall_model_checkpoint_timestamps: 1.5\n'
    state = text_format.Parse(text, CheckpointState())
    assert list(state.all_model_checkpoint_paths) == ["model-1", "model-2"]
    assert text_format.MessageToString(state) == text


@pytest.mark.parametrize(
    "message, encoded",
    [
        (BundleHeaderProto(num_shards=1, endianness="BIG"), "08011001"),
        (
            BundleEntryProto(dtype="DT_HALF", shard_id=1, offset=2, size=3, crc32c=1),
            "0813180120022803350100" + "0000",
        ),
        (TensorSliceProto(extent=[{"start": 1, "length": 2}, {}, {"length": 0}]), "0a04080110020a000a021000"),
        (
            SavedTensorSlices(data={"name": "a", "data": tensor_pb2.TensorProto(int_val=[5])}),
            "12080a01611a033a0105",
        ),
        (SavedModel(saved_model_schema_version=1, meta_graphs=[meta_graph_pb2.MetaGraphDef()]), "08011200"),
        (ServerDef(job_name="ps", task_index=3, replica=1), "1202707318034001"),
        (QueueRunnerDef(queue_name="q", queue_closed_exception_types=["OUT_OF_RANGE"]), "0a01712a010b"),
    ],
)
def test_fields_have_their_numbers(message, encoded):
    assert message.SerializeToString().hex() == encoded
    assert type(message).FromString(bytes.fromhex(encoded)) == message


def test_the_length_of_an_extent_can_be_absent():
    all_of_it, none_of_it = TensorSliceProto(extent=[{}, {"length": 0}]).extent
    assert (all_of_it.HasField("length"), none_of_it.HasField("length")) == (False, True)


def test_a_field_that_cannot_be_read_is_named():
    with pytest.raises(ValueError, match=r"Field Broken.value: expected .*, got 'int64'"):
        build("broken", messages={"Broken": {"value": "int64"}})
