"""`tf.test`: tests of TensorFlow programs.

What it has is imported when it is first used: programs that do not test need not wait for Python's test tools.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from unittest import mock

    from millpond.testing.environment import (
        assert_equal_graph_def,
        create_local_cluster,
        get_temp_dir,
        gpu_device_name,
        is_built_with_cuda,
        is_built_with_gpu_support,
        is_built_with_rocm,
        is_built_with_xla,
        is_gpu_available,
        main,
        test_src_dir_path,
    )
    from millpond.testing.gradient_check import compute_gradient, compute_gradient_error
    from millpond.testing.graph_case import TestCase

__all__ = [
    "TestCase", "assert_equal_graph_def", "compute_gradient", "compute_gradient_error", "create_local_cluster",
    "get_temp_dir", "gpu_device_name", "is_built_with_cuda", "is_built_with_gpu_support", "is_built_with_rocm",
    "is_built_with_xla", "is_gpu_available", "main", "mock", "test_src_dir_path",
]

_MODULES = {
    "TestCase": "millpond.testing.graph_case",
    "compute_gradient": "millpond.testing.gradient_check",
    "compute_gradient_error": "millpond.testing.gradient_check",
}
_ENVIRONMENT = "millpond.testing.environment"


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'tf.test' has no attribute {name!r}")
    value = (importlib.import_module("unittest.mock") if name == "mock" else
             getattr(importlib.import_module(_MODULES.get(name, _ENVIRONMENT)), name))
    globals()[name] = value  # later accesses are plain attribute look-ups
    return value


def __dir__() -> list[str]:
    return __all__
