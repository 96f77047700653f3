"""The message in a SavedModel's `saved_model.pb`."""

from __future__ import annotations

from typing import Any

from tensorboard.compat.proto import meta_graph_pb2

from millpond.protos.schema import build

_MESSAGES = build(
    "saved_model",
    uses=(meta_graph_pb2,),
    messages={
        "SavedModel": {
            "saved_model_schema_version": "int64 = 1",
            "meta_graphs": "repeated tensorboard.MetaGraphDef = 2",
        },
    },
)

SavedModel: Any = _MESSAGES["SavedModel"]
