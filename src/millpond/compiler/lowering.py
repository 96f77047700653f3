"""What a program is lowered for: told to `lower` rules that ask (a keyword `lowering`), and to the compiler."""

from __future__ import annotations

from typing import Any, NamedTuple

from millpond.compiler import onednn, xla
from millpond.graph.rule_types import Jax

# JAX calls NVIDIA's and AMD's devices "gpu" here and by their makers' names there.
_PLATFORMS = {"gpu": "cuda"}


class Lowering(NamedTuple):
    """The target of a lowering.

    Attributes:
      platform: `"cpu"`, `"cuda"`, `"rocm"` or `"tpu"`.
      device: The JAX device, or None where only the platform is known.
      sharding: How arrays are spread over a mesh of devices, or None: they lie on one device.
    """

    platform: str
    device: Any = None
    sharding: Any = None

    def product(self, jax: Jax, a: Any, b: Any, transpose_a: bool, transpose_b: bool) -> Any:
        """The product of matrices by a library, where one is quicker than XLA; else None (`compiler/onednn.py`)."""
        return onednn.product(jax, a, b, transpose_a, transpose_b, self)


def for_device(device: Any) -> Lowering:
    """The target that is one JAX device."""
    return Lowering(_PLATFORMS.get(device.platform, device.platform), device)


def default() -> Lowering:
    """The target that JAX takes where nothing is said."""
    return for_device(xla.jax.local_devices()[0])


def portable() -> Lowering:
    """The platform that JAX takes where nothing is said, for a program that is to leave this process."""
    return default()._replace(device=None)
