"""The message that keeps a QueueRunner in a MetaGraphDef's collections."""

from __future__ import annotations

from typing import Any

from millpond.protos.schema import build

_MESSAGES = build(
    "queue_runner",
    messages={
        "QueueRunnerDef": {
            "queue_name": "string = 1",
            "enqueue_op_name": "repeated string = 2",
            "close_op_name": "string = 3",
            "cancel_op_name": "string = 4",
            # An enum of error codes in TensorFlow, which is the same on the wire.
            "queue_closed_exception_types": "repeated int32 = 5",
        }
    },
)

QueueRunnerDef: Any = _MESSAGES["QueueRunnerDef"]
