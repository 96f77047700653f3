"""What a checkpoint of objects says of them: which object has which, and which tensors are whose."""

from __future__ import annotations

from typing import Any

from millpond.protos.schema import build

_MESSAGES = build(
    "trackable_object_graph",
    messages={
        "TrackableObjectGraph": {"nodes": "repeated TrackableObjectGraph.TrackableObject = 1"},
        "TrackableObjectGraph.TrackableObject": {
            "children": "repeated TrackableObjectGraph.TrackableObject.ObjectReference = 1",
            "attributes": "repeated TrackableObjectGraph.TrackableObject.SerializedTensor = 2",
            "slot_variables": "repeated TrackableObjectGraph.TrackableObject.SlotVariableReference = 3",
        },
        "TrackableObjectGraph.TrackableObject.ObjectReference": {"node_id": "int32 = 1", "local_name": "string = 2"},
        "TrackableObjectGraph.TrackableObject.SerializedTensor": {
            "name": "string = 1",
            "full_name": "string = 2",
            "checkpoint_key": "string = 3",
            "optional_restore": "bool = 4",
        },
        "TrackableObjectGraph.TrackableObject.SlotVariableReference": {
            "original_variable_node_id": "int32 = 1",
            "slot_name": "string = 2",
            "slot_variable_node_id": "int32 = 3",
        },
    },
)

TrackableObjectGraph: Any = _MESSAGES["TrackableObjectGraph"]
