"""Messages that describe a server of a cluster and a queue runner."""

from __future__ import annotations

from typing import Any

from tensorboard.compat.proto import cluster_pb2, config_pb2

from millpond.protos.schema import build

_MESSAGES = build(
    "cluster",
    uses=(cluster_pb2, config_pb2),
    enums={
        "QueueRunnerDef.Code": (
            "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
            "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED",
            "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED",
        ),
    },
    messages={
        "ServerDef": {
            "cluster": "tensorboard.ClusterDef = 1",
            "job_name": "string = 2",
            "task_index": "int32 = 3",
            "default_session_config": "tensorboard.ConfigProto = 4",
            "protocol": "string = 5",
            "port": "int32 = 6",
            "replica": "int32 = 8",
        },
        "QueueRunnerDef": {
            "queue_name": "string = 1",
            "enqueue_op_name": "repeated string = 2",
            "close_op_name": "string = 3",
            "cancel_op_name": "string = 4",
            "queue_closed_exception_types": "repeated QueueRunnerDef.Code = 5",
        },
    },
)

ServerDef: Any = _MESSAGES["ServerDef"]
QueueRunnerDef: Any = _MESSAGES["QueueRunnerDef"]
