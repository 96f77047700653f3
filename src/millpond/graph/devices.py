"""Device names: parsing, merging and printing TensorFlow's device strings.

    /job:worker/replica:0/task:1/device:GPU:0
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class DeviceSpec:
    """A device name, of which any part may be missing.

    Example:
      >>> DeviceSpec.from_string("/job:ps/task:1/gpu:0").to_string()
      '/job:ps/task:1/device:GPU:0'
    """

    __slots__ = ("job", "replica", "task", "device_type", "device_index")

    def __init__(self, job: str | None = None, replica: int | None = None, task: int | None = None,
                 device_type: str | None = None, device_index: int | None = None) -> None:
        self.job = job
        self.replica = None if replica is None else int(replica)
        self.task = None if task is None else int(task)
        self.device_type = None if device_type is None else device_type.upper()
        self.device_index = None if device_index is None else int(device_index)

    @classmethod
    def from_string(cls, spec: str) -> DeviceSpec:
        """Parses a device name.

        Raises:
          ValueError: If a part is not of the known forms.
        """
        return cls().parse_from_string(spec)

    def parse_from_string(self, spec: str) -> DeviceSpec:
        for part in filter(None, spec.split("/")):
            self._parse_part(part, spec)
        return self

    def _parse_part(self, part: str, spec: str) -> None:
        pieces = part.split(":")
        try:
            if pieces[0] == "job" and len(pieces) == 2:
                self.job = pieces[1]
                return
            if pieces[0] == "replica" and len(pieces) == 2:
                self.replica = int(pieces[1])
                return
            if pieces[0] == "task" and len(pieces) == 2:
                self.task = int(pieces[1])
                return
            if pieces[0] == "device" and len(pieces) == 3:
                pieces = pieces[1:]
            if len(pieces) == 2 and pieces[0].isidentifier():
                self.device_type = pieces[0].upper()
                self.device_index = None if pieces[1] == "*" else int(pieces[1])
                return
            if len(pieces) == 1 and pieces[0].upper() in ("CPU", "GPU", "TPU"):
                self.device_type = pieces[0].upper()
                return
        except ValueError:
            pass
        raise ValueError(
            f"Unknown part '{part}' in the device name '{spec}'; a name looks like "
            "'/job:worker/replica:0/task:1/device:GPU:0', '/gpu:0' or '/cpu:0'."
        )

    def merge_from(self, other: DeviceSpec) -> DeviceSpec:
        """Takes over all that `other` says."""
        for name in self.__slots__:
            value = getattr(other, name)
            if value is not None:
                setattr(self, name, value)
                if name == "device_type":
                    # A new type without an index does not keep the index of the old one.
                    self.device_index = other.device_index
        return self

    make_merged_spec = merge_from

    def to_string(self) -> str:
        parts = [f"/{name}:{getattr(self, name)}" for name in ("job", "replica", "task")
                 if getattr(self, name) is not None]
        if self.device_type is not None:
            index = "*" if self.device_index is None else self.device_index
            parts.append(f"/device:{self.device_type}:{index}")
        return "".join(parts)

    def __str__(self) -> str:
        return self.to_string()

    def __repr__(self) -> str:
        return f"DeviceSpec({self.to_string()!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DeviceSpec) and self.to_string() == other.to_string()

    def __hash__(self) -> int:
        return hash(self.to_string())


DeviceFunction = Callable[[Any], Any]


def canonical_name(device: Any) -> str:
    """A device name in its normal form; an empty string stays empty."""
    if device is None:
        return ""
    return device.to_string() if isinstance(device, DeviceSpec) else DeviceSpec.from_string(device).to_string()


def merge_device(spec: Any) -> DeviceFunction:
    """A device function that fills what a node does not say yet from `spec` (inner scopes come first)."""
    outer = DeviceSpec.from_string(str(spec or ""))

    def fill(node: Any) -> str:
        merged = DeviceSpec().merge_from(outer)
        return merged.merge_from(DeviceSpec.from_string(node.device or "")).to_string()

    return fill
