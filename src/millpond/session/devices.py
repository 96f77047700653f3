"""The devices of this process, and where an operation runs.

State: nothing of its own; JAX's backends hold the devices, and start when a session first needs to know them.
"""

from __future__ import annotations

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

    def __init__(self, allow_soft_placement: bool, log: Callable[[str], None] | None = None) -> None:
        self._soft = allow_soft_placement
        self._log = log
        self._resolved: dict[str, str] = {}

    def __call__(self, op: Operation) -> str:
        requested = op.device
        device = self._resolved.get(requested)
        if device is None:
            device = self._resolved[requested] = self._resolve(op, requested)
        if self._log is not None:
            self._log(f"{op.name}: ({op.type}): {LOCAL_PREFIX}/device:{device or 'default'}")
        return device

    def _resolve(self, op: Operation, requested: str) -> str:
        spec = DeviceSpec.from_string(requested)
        kind, index = spec.device_type, spec.device_index or 0
        if kind is None or (kind == "CPU" and index == 0 and not xla.is_loaded()):
            return DEFAULT
        devices = local_devices()
        name = f"{kind}:{index}"
        if name not in devices:
            if not self._soft:
                raise InvalidArgumentError(
                    op.node_def, op,
                    f"Cannot assign a device for operation {op.name}: it was explicitly assigned to {requested}, but "
                    f"available devices are [{', '.join(full_name(d) for d in devices)}]. Set "
                    "tf.ConfigProto(allow_soft_placement=True) to run it where it can.")
            name = "CPU:0"
        return DEFAULT if name == next(iter(devices)) else name


def local_devices() -> dict[str, Any]:
    """The devices of this process by short name, the default one first."""
    jax = xla.jax
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
