"""replica_device_setter: variables on the parameter servers in turn, everything else on the worker."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from millpond import logs
from millpond.graph.devices import DeviceSpec
from millpond.train.clusters.cluster_spec import ClusterSpec

# The op types that hold state, and so belong on a parameter server.
STANDARD_PS_OPS = (
    "Variable", "VariableV2", "AutoReloadVariable", "MutableHashTable", "MutableHashTableV2",
    "MutableHashTableOfTensors", "MutableHashTableOfTensorsV2", "MutableDenseHashTable", "MutableDenseHashTableV2",
    "VarHandleOp", "BoostedTreesEnsembleResourceHandleOp", "BoostedTreesQuantileStreamResourceHandleOp",
    "ResourceConditionalAccumulator", "DecisionTreeResource",
)


def replica_device_setter(ps_tasks: int = 0, ps_device: str | None = "/job:ps",
                          worker_device: str | None = "/job:worker",
                          merge_devices: bool = True, cluster: Any = None, ps_ops: Sequence[str] | None = None,
                          ps_strategy: Callable[[Any], int] | None = None) -> Callable[[Any], str] | None:
    """A device function for `tf.device`: variables on the parameter servers, everything else on the worker.

    Args:
      ps_tasks: The number of parameter servers; not asked for where `cluster` tells it.
      ps_device: The device of the parameter servers, its task left out.
      worker_device: The device of everything else.
      merge_devices: Whether a device that an inner scope sets is completed; otherwise it is taken as it is.
      cluster: A `ClusterSpec`, or what makes one; the job of `ps_device` is counted in it.
      ps_ops: The op types that go to parameter servers; by default those that hold state.
      ps_strategy: A function from such an operation to the number of its task; by default they take turns.

    Returns:
      The device function, or None where there are no parameter servers.

    Raises:
      ValueError: If `ps_tasks` is negative.
      TypeError: If `cluster` makes no ClusterSpec, or `ps_strategy` cannot be called.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.device(tf.train.replica_device_setter(ps_tasks=2)):
      ...     v, w = tf.Variable(1.0), tf.Variable(2.0)
      ...     y = v + w
      >>> v.device, w.device, y.device
      ('/job:ps/task:0', '/job:ps/task:1', '/job:worker')
    """
    if cluster is not None:
        ps_job = DeviceSpec.from_string(ps_device or "").job
        ps_tasks = len(ClusterSpec(cluster).as_dict().get(ps_job or "", ()))
    if ps_tasks < 0:
        raise ValueError(f"ps_tasks is the number of parameter servers, but is {ps_tasks}")
    if ps_tasks == 0:
        return None
    if not merge_devices:
        logs.warning("replica_device_setter(merge_devices=False) leaves what an inner tf.device says incomplete; "
                     "merge_devices=True is recommended")
    if ps_strategy is None:
        turns = itertools.cycle(range(ps_tasks))
        ps_strategy = lambda op: next(turns)  # noqa: E731
    elif not callable(ps_strategy):
        raise TypeError(f"ps_strategy must be a function from an operation to a task number, but got {ps_strategy!r}")
    strategy: Callable[[Any], int] = ps_strategy
    server_types = frozenset(STANDARD_PS_OPS if ps_ops is None else ps_ops)
    server_job = DeviceSpec.from_string(ps_device or "").job

    def choose(op: Any) -> str:
        if not merge_devices and op.device:
            return op.device
        asked = DeviceSpec.from_string(op.device or "")
        if ps_device and op.type in server_types:
            chosen = DeviceSpec.from_string(ps_device)
            if server_job and asked.job in (None, server_job):
                chosen.task = strategy(op)
        else:
            chosen = DeviceSpec.from_string(worker_device or "")
        return chosen.make_merged_spec(asked).to_string()

    return choose
