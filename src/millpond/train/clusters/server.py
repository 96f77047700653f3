"""Server: a task of a cluster."""

from __future__ import annotations

from typing import Any


class Server:
    """One task of a cluster, on which sessions with a `grpc://` target run.

    Args:
      server_or_cluster_def: A `ServerDef`, or a `ClusterSpec` or what makes one.
      job_name: The job of the task.
      task_index: Its number in the job.
      protocol: How tasks speak with each other, `"grpc"` by default.
      config: A `ConfigProto` for all sessions on it.
      start: Whether it starts at once.

    Raises:
      NotImplementedError: Always, so far: sessions run in this process.

    Example:
      >>> import millpond as tf
      >>> tf.train.Server({"local": ["localhost:0"]})
      Traceback (most recent call last):
      NotImplementedError: tf.train.Server: sessions of this process are supported so far; ...
    """

    def __init__(self, server_or_cluster_def: Any, job_name: str | None = None, task_index: int | None = None,
                 protocol: str | None = None, config: Any = None, start: bool = True) -> None:
        raise NotImplementedError("tf.train.Server: sessions of this process are supported so far; "
                                  "use tf.Session() without a target")

    @staticmethod
    def create_local_server(config: Any = None, start: bool = True) -> Server:
        """A server of a cluster of one task in this process."""
        return Server({"localhost": ["localhost:0"]}, config=config, start=start)
