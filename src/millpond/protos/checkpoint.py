"""The `checkpoint` state file's message, and those of V1 checkpoints."""

from __future__ import annotations

from typing import Any

from tensorboard.compat.proto import tensor_pb2, tensor_shape_pb2, types_pb2, versions_pb2

from millpond.protos.schema import build
from millpond.protos.tensor_bundle import TensorSliceProto

_MESSAGES = build(
    "checkpoint",
    uses=(tensor_pb2, tensor_shape_pb2, types_pb2, versions_pb2, TensorSliceProto),
    messages={
        "CheckpointState": {
            "model_checkpoint_path": "string = 1",
            "all_model_checkpoint_paths": "repeated string = 2",
            "all_model_checkpoint_timestamps": "repeated double = 3",
            "last_preserved_timestamp": "double = 4",
        },
        "SavedSliceMeta": {
            "name": "string = 1",
            "shape": "tensorboard.TensorShapeProto = 2",
            "type": "tensorboard.DataType = 3",
            "slice": "repeated TensorSliceProto = 4",
        },
        "SavedTensorSliceMeta": {
            "tensor": "repeated SavedSliceMeta = 1",
            "versions": "tensorboard.VersionDef = 2",
        },
        "SavedSlice": {
            "name": "string = 1",
            "slice": "TensorSliceProto = 2",
            "data": "tensorboard.TensorProto = 3",
        },
        "SavedTensorSlices": {"meta": "SavedTensorSliceMeta = 1", "data": "SavedSlice = 2"},
    },
)

CheckpointState: Any = _MESSAGES["CheckpointState"]
SavedSliceMeta: Any = _MESSAGES["SavedSliceMeta"]
SavedTensorSliceMeta: Any = _MESSAGES["SavedTensorSliceMeta"]
SavedSlice: Any = _MESSAGES["SavedSlice"]
SavedTensorSlices: Any = _MESSAGES["SavedTensorSlices"]
