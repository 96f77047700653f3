"""`tf.contrib.tpu`: estimators that were written for TPUs, on other devices."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.compat.packages.tensorflow_estimator.python.estimator.tpu.tpu_config import (
    InputPipelineConfig,
    RunConfig,
    TPUConfig,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.tpu.tpu_estimator import (
    TPUEstimator,
    TPUEstimatorSpec,
)
from millpond.compat.tpu import (
    CrossShardOptimizer,
)

__all__ = [
    "CrossShardOptimizer",
    "InputPipelineConfig",
    "RunConfig",
    "TPUConfig",
    "TPUEstimator",
    "TPUEstimatorSpec",
]
