"""Messages of V2 checkpoints (tensor bundles): what the values of a `.index` table hold."""

from __future__ import annotations

from typing import Any

from tensorboard.compat.proto import tensor_shape_pb2, types_pb2, versions_pb2

from millpond.protos.schema import build

_MESSAGES = build(
    "tensor_bundle",
    uses=(tensor_shape_pb2, types_pb2, versions_pb2),
    enums={"BundleHeaderProto.Endianness": ("LITTLE", "BIG")},
    messages={
        "TensorSliceProto": {"extent": "repeated TensorSliceProto.Extent = 1"},
        # An extent without a length is the whole dimension.
        "TensorSliceProto.Extent": {"start": "int64 = 1", "length": "has_length: int64 = 2"},
        "BundleHeaderProto": {
            "num_shards": "int32 = 1",
            "endianness": "BundleHeaderProto.Endianness = 2",
            "version": "tensorboard.VersionDef = 3",
        },
        "BundleEntryProto": {
            "dtype": "tensorboard.DataType = 1",
            "shape": "tensorboard.TensorShapeProto = 2",
            "shard_id": "int32 = 3",
            "offset": "int64 = 4",
            "size": "int64 = 5",
            "crc32c": "fixed32 = 6",
            "slices": "repeated TensorSliceProto = 7",
        },
    },
)

TensorSliceProto: Any = _MESSAGES["TensorSliceProto"]
BundleHeaderProto: Any = _MESSAGES["BundleHeaderProto"]
BundleEntryProto: Any = _MESSAGES["BundleEntryProto"]
