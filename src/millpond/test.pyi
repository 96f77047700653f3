"""`tf.test`: tests of TensorFlow programs."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.testing.benchmark import (
    Benchmark,
    benchmark_config,
)
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
from millpond.testing.gradient_check import (
    compute_gradient,
    compute_gradient_error,
)
from millpond.testing.graph_case import (
    TestCase,
)
from millpond.testing.stubs import (
    StubOutForTesting,
)
from unittest import (
    mock,
)

__all__ = [
    "Benchmark",
    "StubOutForTesting",
    "TestCase",
    "assert_equal_graph_def",
    "benchmark_config",
    "compute_gradient",
    "compute_gradient_error",
    "create_local_cluster",
    "get_temp_dir",
    "gpu_device_name",
    "is_built_with_cuda",
    "is_built_with_gpu_support",
    "is_built_with_rocm",
    "is_built_with_xla",
    "is_gpu_available",
    "main",
    "mock",
    "test_src_dir_path",
]
