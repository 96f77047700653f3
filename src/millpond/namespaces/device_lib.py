"""`from millpond.python.client import device_lib`: the devices of this process."""

from __future__ import annotations

import dataclasses
from typing import Any

from millpond.session import devices


@dataclasses.dataclass(frozen=True)
class DeviceDescription:
    """One device: `name` (`/device:GPU:0`), `device_type`, `memory_limit` in bytes, `incarnation`, and a
    description in words."""

    name: str
    device_type: str
    memory_limit: int
    incarnation: int
    physical_device_desc: str


def list_local_devices(session_config: Any = None) -> list[DeviceDescription]:
    """The devices of this process; the one that runs what asks for none stands first.

    Args:
      session_config: Accepted for compatibility.

    Example:
      >>> from millpond.python.client import device_lib
      >>> any(device.device_type == "CPU" for device in device_lib.list_local_devices())
      True
    """
    described = []
    for attributes in devices.attributes():
        short = attributes.name.rpartition("/device:")[2]
        described.append(DeviceDescription(f"/device:{short}", attributes.device_type, attributes.memory_limit_bytes,
                                           attributes.incarnation, devices.local_devices()[short].device_kind))
    return described
