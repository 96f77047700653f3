"""ClusterSpec: which network addresses the tasks of each job of a cluster have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tensorboard.compat.proto import cluster_pb2


class ClusterSpec:
    """The jobs of a cluster, and the network address of each of their tasks.

    Args:
      cluster: A dictionary from job names to lists of addresses (`"host:port"`), or to dictionaries from task numbers
        to addresses where numbers are left out; or a `ClusterDef` message; or another `ClusterSpec`.

    Raises:
      TypeError: If `cluster` is none of these, or a name or address is no string.
      ValueError: If a task number is no number.

    Example:
      >>> import millpond as tf
      >>> cluster = tf.train.ClusterSpec({"ps": ["a:2222"], "worker": ["b:2222", "c:2222"]})
      >>> cluster.num_tasks("worker"), cluster.task_address("worker", 1)
      (2, 'c:2222')
    """

    def __init__(self, cluster: Any) -> None:
        self._jobs: dict[str, dict[int, str]]
        if isinstance(cluster, ClusterSpec):
            self._jobs = {job: dict(tasks) for job, tasks in cluster._jobs.items()}
        elif isinstance(cluster, cluster_pb2.ClusterDef):
            self._jobs = {job.name: _in_order(job.tasks) for job in cluster.job}
        elif isinstance(cluster, Mapping):
            self._jobs = {_text(job, "a job name"): _tasks(job, tasks) for job, tasks in cluster.items()}
        else:
            raise TypeError("cluster must be a dictionary from job names to lists of addresses, a tf.train.ClusterDef "
                            f"or a tf.train.ClusterSpec, but got {type(cluster)}")

    @property
    def jobs(self) -> list[str]:
        """The names of the jobs."""
        return list(self._jobs)

    def num_tasks(self, job_name: str) -> int:
        """How many tasks a job has.

        Raises:
          ValueError: If there is no such job.
        """
        return len(self._job(job_name))

    def task_indices(self, job_name: str) -> list[int]:
        """The numbers of a job's tasks, in ascending order.

        Raises:
          ValueError: If there is no such job.
        """
        return list(self._job(job_name))

    def task_address(self, job_name: str, task_index: int) -> str:
        """The address of a task.

        Raises:
          ValueError: If there is no such job or task.
        """
        tasks = self._job(job_name)
        if task_index not in tasks:
            raise ValueError(f"No task with index {task_index!r} in job {job_name!r}; it has {list(tasks)}")
        return tasks[task_index]

    def job_tasks(self, job_name: str) -> list[str | None]:
        """The addresses of a job's tasks by their numbers; None for numbers that are left out.

        Raises:
          ValueError: If there is no such job.
        """
        tasks = self._job(job_name)
        return [tasks.get(index) for index in range(max(tasks, default=-1) + 1)]

    def as_dict(self) -> dict[str, Any]:
        """A dictionary from job names to lists of addresses (to dictionaries, where task numbers are left out)."""
        return {job: list(tasks.values()) if list(tasks) == list(range(len(tasks))) else dict(tasks)
                for job, tasks in self._jobs.items()}

    def as_cluster_def(self) -> Any:
        """A `ClusterDef` message, its jobs in the order of their names."""
        message = cluster_pb2.ClusterDef()
        for job, tasks in sorted(self._jobs.items()):
            entry = message.job.add(name=job)
            for index, address in tasks.items():
                entry.tasks[index] = address
        return message

    def _job(self, name: str) -> dict[int, str]:
        if name not in self._jobs:
            raise ValueError(f"No such job in cluster: {name!r}; the jobs are {self.jobs}")
        return self._jobs[name]

    def __bool__(self) -> bool:
        return bool(self._jobs)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (Mapping, cluster_pb2.ClusterDef)):
            other = ClusterSpec(other)
        return self._jobs == other._jobs if isinstance(other, ClusterSpec) else NotImplemented

    # As dictionaries are, so that one may replace the other.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"ClusterSpec({dict(sorted(self.as_dict().items()))})"


def _tasks(job: Any, tasks: Any) -> dict[int, str]:
    if isinstance(tasks, (list, tuple)):
        tasks = dict(enumerate(tasks))
    elif not isinstance(tasks, Mapping):
        raise TypeError(f"The tasks of job {job!r} must be a list of addresses, or a dictionary from task numbers to "
                        f"addresses, but got {tasks!r}")
    return _in_order({int(index): _text(address, f"an address of job {job!r}") for index, address in tasks.items()})


def _in_order(tasks: Mapping[int, str]) -> dict[int, str]:
    return dict(sorted(tasks.items()))


def _text(value: Any, what: str) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if not isinstance(value, str):
        raise TypeError(f"ClusterSpec expects {what} as a string, but got {value!r}")
    return value
