"""Device names: parsing, merging and printing TensorFlow's device strings.

    /job:worker/replica:0/task:1/device:GPU:0
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# The types that a name may give without `device:` before them.
SHORT_TYPES = ("CPU", "GPU", "TPU")


class DeviceSpec:
    """A device name, of which any part may be missing.

    Args:
      job: Name of a job of the cluster.
      replica: Number of the replica.
      task: Number of the task of the job.
      device_type: `"CPU"`, `"GPU"` or another, in any case.
      device_index: Number of the device of its type.

    Raises:
      ValueError: If a number is none.

    Example:
      >>> DeviceSpec.from_string("/job:ps/task:1/gpu:0").to_string()
      '/job:ps/task:1/device:GPU:0'
    """

    __slots__ = ("job", "replica", "task", "_device_type", "device_index")
    _PARTS = ("job", "replica", "task", "device_type", "device_index")

    def __init__(self, job: str | None = None, replica: int | None = None, task: int | None = None,
                 device_type: str | None = None, device_index: int | None = None) -> None:
        self.job = job
        self.replica = None if replica is None else int(replica)
        self.task = None if task is None else int(task)
        self.device_type = device_type
        self.device_index = None if device_index is None else int(device_index)

    @property
    def device_type(self) -> str | None:
        """The type as it was written; only `cpu` and `gpu` become `CPU` and `GPU`."""
        return self._device_type

    @device_type.setter
    def device_type(self, device_type: str | None) -> None:
        self._device_type = device_type.upper() if device_type in ("cpu", "gpu") else device_type

    @classmethod
    def from_string(cls, spec: str) -> DeviceSpec:
        """Parses a device name.

        Raises:
          ValueError: If a part is not of the known forms.
        """
        return cls().parse_from_string(spec)

    def parse_from_string(self, spec: str) -> DeviceSpec:
        """Takes over what a name says; what it leaves out is then missing here too.

        Raises:
          ValueError: If a part is not of the known forms.
        """
        for name in self._PARTS:
            setattr(self, name, None)
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
            explicit = pieces[0] == "device" and len(pieces) == 3
            kind, index = pieces[-2:] if len(pieces) > 1 else (pieces[0], "*")
            if explicit or (len(pieces) < 3 and kind.upper() in SHORT_TYPES):
                if self.device_type is not None:
                    raise ValueError(f"The device name '{spec}' names more than one device type.")
                self.device_index = None if index == "*" else int(index)
                self.device_type = kind if explicit else kind.upper()
                return
        except ValueError as error:
            if self.device_type is not None:
                raise error
        raise ValueError(
            f"Unknown part '{part}' in the device name '{spec}'; a name looks like "
            "'/job:worker/replica:0/task:1/device:GPU:0', '/gpu:0' or '/cpu:0'."
        )

    def merge_from(self, other: DeviceSpec) -> None:
        """Takes over all that `other` says."""
        for name in self._PARTS:
            value = getattr(other, name)
            if value is not None:
                setattr(self, name, value)

    def make_merged_spec(self, other: DeviceSpec) -> DeviceSpec:
        """A spec that says what `other` says, and what this one says where `other` does not."""
        merged = self.replace()
        merged.merge_from(other)
        return merged

    def replace(self, **parts: Any) -> DeviceSpec:
        """A spec like this one, but for the given parts."""
        return DeviceSpec(**{**{name: getattr(self, name) for name in self._PARTS}, **parts})

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
        return outer.make_merged_spec(DeviceSpec.from_string(node.device or "")).to_string()

    return fill
