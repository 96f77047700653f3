"""Server: a task of a cluster."""

from __future__ import annotations

from typing import Any


class Server:
    """One task of a cluster, on which sessions with a `grpc://` target run.

    Raises:
      NotImplementedError: Always, so far: sessions run in this process.
    """

    def __init__(self, server_or_cluster_def: Any, job_name: str | None = None, task_index: int | None = None,
                 protocol: str | None = None, config: Any = None, start: bool = True) -> None:
        raise NotImplementedError("tf.train.Server: sessions of this process are supported so far; "
                                  "use tf.Session() without a target")

    @staticmethod
    def create_local_server(config: Any = None, start: bool = True) -> Server:
        """A server of a cluster of one task in this process."""
        return Server({"localhost": ["localhost:0"]}, config=config, start=start)
