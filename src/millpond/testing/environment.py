"""What a test may ask of its surroundings: folders, GPUs, and the program that runs it.

State: the process's temporary folder, made by the first call that asks for it and removed when the process ends.
"""

from __future__ import annotations

import atexit
import functools
import importlib.metadata
import os
import shutil
import sys
import tempfile
from typing import Any, NoReturn

from absl.testing import absltest
from tensorboard.compat.proto.graph_pb2 import GraphDef

from millpond.session import devices


def main(argv: list[str] | None = None) -> None:
    """Runs the tests of the program's own file, and ends the program.

    Args:
      argv: The command line, with the program's name; by default `sys.argv`.
    """
    if argv is not None:
        sys.argv = list(argv)
    absltest.main()


def _program() -> str:
    return os.path.splitext(os.path.basename(sys.argv[0] or "test"))[0]


@functools.cache
def get_temp_dir() -> str:
    """A temporary folder of this process, for its tests; it is removed when the process ends.

    Example:
      >>> import os
      >>> os.path.isdir(get_temp_dir())
      True
    """
    parent = absltest.get_default_test_tmpdir()
    os.makedirs(parent, exist_ok=True)
    folder = tempfile.mkdtemp(prefix=_program(), dir=parent)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def test_src_dir_path(relative_path: str) -> str:
    """The path of a file that a test comes with.

    Args:
      relative_path: Relative to the folder that the environment variable `TEST_SRCDIR` names, or else to that of the
        program.
    """
    root = os.environ.get("TEST_SRCDIR") or os.path.dirname(os.path.abspath(sys.argv[0]))
    return os.path.join(root, relative_path)


# GPUs.


def is_built_with_cuda() -> bool:
    """Whether the installed JAX can use NVIDIA GPUs."""
    return _has_plugin("cuda")


def is_built_with_rocm() -> bool:
    """Whether the installed JAX can use AMD GPUs."""
    return _has_plugin("rocm")


def is_built_with_gpu_support() -> bool:
    """Whether the installed JAX can use GPUs."""
    return is_built_with_cuda() or is_built_with_rocm()


def is_built_with_xla() -> bool:
    """True: XLA compiles everything here."""
    return True


def _has_plugin(name: str) -> bool:
    return any(name in plugin.name for plugin in importlib.metadata.entry_points(group="jax_plugins"))


def gpu_device_name() -> str:
    """The name of the first GPU, such as `/device:GPU:0`; empty if there is none."""
    gpus = _gpus() if is_built_with_gpu_support() else {}
    return f"/device:{next(iter(gpus))}" if gpus else ""


def _gpus() -> dict[str, Any]:
    return {name: device for name, device in devices.local_devices().items() if name.startswith("GPU:")}


def is_gpu_available(cuda_only: bool = False,
                     min_cuda_compute_capability: tuple[int, int] | None = None) -> bool:
    """Whether there is a GPU.

    Args:
      cuda_only: Count NVIDIA's only.
      min_cuda_compute_capability: (major, minor) that it must have at least.
    """
    if not (is_built_with_cuda() if cuda_only else is_built_with_gpu_support()):
        return False
    if min_cuda_compute_capability is None:
        return bool(_gpus())
    return any(_capability(device) >= tuple(min_cuda_compute_capability) for device in _gpus().values())


def _capability(device: Any) -> tuple[int, ...]:
    return tuple(int(number) for number in str(getattr(device, "compute_capability", "0.0")).split("."))


def create_local_cluster(num_workers: int, num_ps: int, protocol: str = "grpc", worker_config: Any = None,
                         ps_config: Any = None) -> NoReturn:
    """A cluster of servers in this process: not supported yet.

    Args:
      num_workers: How many workers.
      num_ps: How many parameter servers.
      protocol: Of the servers.
      worker_config, ps_config: `ConfigProto` of their sessions.

    Raises:
      NotImplementedError: Always, so far.

    Example:
      >>> create_local_cluster(1, 1)
      Traceback (most recent call last):
      NotImplementedError: tf.test.create_local_cluster (1 workers, 1 parameter servers): servers of a cluster
    """
    raise NotImplementedError(
        f"tf.test.create_local_cluster ({num_workers} workers, {num_ps} parameter servers): servers of a cluster")


# Graphs.


def assert_equal_graph_def(actual: Any, expected: Any, checkpoint_v2: bool = False) -> None:
    """Asserts that two `GraphDef` messages have the same nodes, in any order.

    Args:
      actual, expected: The messages.
      checkpoint_v2: Leave out of the comparison the names that a sharded saver makes up, which differ by process.

    Raises:
      TypeError: If one is no `GraphDef`.
      AssertionError: If they differ; it names the first node that does.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default() as graph:
      ...     nothing = tf.no_op(name="nothing")
      >>> assert_equal_graph_def(graph.as_graph_def(), graph.as_graph_def())
    """
    for what, graph_def in (("actual", actual), ("expected", expected)):
        if not isinstance(graph_def, GraphDef):
            raise TypeError(f"Expected tf.GraphDef for {what}, got {type(graph_def).__name__}")
    found = {node.name: node for node in actual.node}
    for node in expected.node:
        other = found.pop(node.name, None)
        if other is None:
            raise AssertionError(f"Did not find expected node '{node.name}' ({node.op})")
        if checkpoint_v2 and "_temp_" in str(node):
            continue
        if other != node:
            raise AssertionError(f"Node named '{node.name}' is\n{other}\nwhich does not match the expected\n{node}")
    if found:
        raise AssertionError(f"Found unexpected node '{next(iter(found))}'")
