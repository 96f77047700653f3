"""The devices of this process, and where an operation runs.

State: nothing of its own; JAX's backends hold the devices, and start when a session first needs to know them.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import importlib.util
import os
from collections.abc import Callable
from typing import Any

from millpond.compiler import xla
from millpond.errors import InvalidArgumentError
from millpond.graph.devices import DeviceSpec
from millpond.graph.operation import Operation

DEFAULT = ""
LOCAL_PREFIX = "/job:localhost/replica:0/task:0"


class Placer:
    """Gives each operation the device it runs on: the empty string for the default device, else `GPU:1` or `CPU:0`."""

    def __init__(self, allow_soft_placement: bool, log: Callable[[str], None] | None = None, cpus: int = 0) -> None:
        self._soft = allow_soft_placement
        self._cpus = cpus
        self._log = log
        self._resolved: dict[str, str] = {}
        # Whether anything stands on another device than the default one: values then have to be moved.
        self.several = False

    def __call__(self, op: Operation) -> str:
        requested = op.device
        device = self._resolved.get(requested)
        if device is None:
            device = self._resolved[requested] = self._resolve(op, requested)
        if self._log is not None:
            self._log(f"{op.name}: ({op.type}): {full_name(device or default_name())}")
        return device

    def _resolve(self, op: Operation, requested: str) -> str:
        spec = DeviceSpec.from_string(requested)
        if spec.job not in (None, "localhost") or spec.task not in (None, 0) or spec.replica not in (None, 0):
            raise InvalidArgumentError(
                op.node_def, op,
                f"Cannot assign a device for operation {op.name}: it was explicitly assigned to {requested}, but this "
                "session runs in one process (/job:localhost/task:0). Give the session the target of a server of "
                "that cluster.")
        kind, index = spec.device_type, spec.device_index or 0
        if kind is None or (kind == "CPU" and index == 0 and not xla.is_loaded() and _only_cpu_is_installed()):
            return DEFAULT
        devices = visible(self._cpus)
        name = f"{kind}:{index}"
        if name not in devices:
            if not self._soft:
                raise InvalidArgumentError(
                    op.node_def, op,
                    f"Cannot assign a device for operation {op.name}: it was explicitly assigned to {requested}, but "
                    f"available devices are [{', '.join(full_name(d) for d in devices)}]. Set "
                    "tf.ConfigProto(allow_soft_placement=True) to run it where it can.")
            name = "CPU:0"
        if name == next(iter(devices)):
            return DEFAULT
        self.several = True
        return name


def _only_cpu_is_installed() -> bool:
    """Whether this JAX can have no accelerator; asked so that `tf.device("/cpu:0")` alone need not start JAX."""
    plugins = importlib.metadata.entry_points(group="jax_plugins")
    return not plugins and importlib.util.find_spec("libtpu") is None


class DeviceAttributes:
    """A device as `Session.list_devices` tells of it: full name, type, memory in bytes, and an incarnation number."""

    __slots__ = ("name", "device_type", "memory_limit_bytes", "incarnation")

    def __init__(self, name: str, device_type: str, memory_limit_bytes: int, incarnation: int) -> None:
        self.name = name
        self.device_type = device_type
        self.memory_limit_bytes = memory_limit_bytes
        self.incarnation = incarnation

    def __repr__(self) -> str:
        return (f"_DeviceAttributes({self.name}, {self.device_type}, {self.memory_limit_bytes}, "
                f"{self.incarnation})")


def attributes(cpus: int = 0) -> list[DeviceAttributes]:
    """The devices that a session sees (see `visible`); the CPU's memory is that of the machine."""
    found = []
    for short, device in visible(cpus).items():
        stats = (device.memory_stats() or {}) if device.platform != "cpu" else {}
        memory = stats.get("bytes_limit") or os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        # Stable for the life of the process, as an incarnation is.
        incarnation = int.from_bytes(hashlib.blake2b(f"{os.getpid()}/{short}".encode(), digest_size=8).digest())
        found.append(DeviceAttributes(full_name(short), short.partition(":")[0], int(memory), incarnation))
    return found


def default_name() -> str:
    """The short name of the device that runs what asks for none."""
    return next(iter(local_devices()))


def request_virtual_cpus(count: int) -> None:
    """Makes `count` CPU devices, while the backends have not started; afterwards devices that are asked for beyond
    those there are share them (`visible`)."""
    if not xla.first_use():
        xla.jax.config.update("jax_num_cpu_devices", count)


def visible(cpus: int) -> dict[str, Any]:
    """The devices that a session sees, by short name, the default one first.

    Args:
      cpus: How many CPU devices the session asks for; 0 for those there are.
    """
    found = local_devices()
    if not cpus:
        return found
    real = [device for name, device in found.items() if name.startswith("CPU:")]
    others = {name: device for name, device in found.items() if not name.startswith("CPU:")}
    return {**others, **{f"CPU:{i}": real[i % len(real)] for i in range(cpus)}}


@functools.cache
def local_devices() -> dict[str, Any]:
    """The devices of this process by short name, the default one first; asking starts the backends, and fixes them."""
    jax = xla.jax
    xla.note_use("asking for the list of devices")
    found: dict[str, Any] = {}
    default = jax.local_devices()
    for device in default:
        found[f"{_type_name(device)}:{device.id}"] = device
    if default[0].platform != "cpu":
        for device in jax.local_devices(backend="cpu"):
            found[f"CPU:{device.id}"] = device
    return found


def _type_name(device: Any) -> str:
    return {"cpu": "CPU", "gpu": "GPU", "cuda": "GPU", "rocm": "GPU", "tpu": "TPU"}.get(
        device.platform, device.platform.upper())


def full_name(short: str) -> str:
    """`GPU:0` as TensorFlow writes it in lists of devices."""
    return f"{LOCAL_PREFIX}/device:{short}"
