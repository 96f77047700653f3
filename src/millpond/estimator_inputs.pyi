"""`tf.estimator.inputs`: inputs of estimators from arrays and data frames."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.compat.packages.tensorflow_estimator.python.estimator.inputs.numpy_io import (
    numpy_input_fn,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.inputs.pandas_io import (
    pandas_input_fn,
)

__all__ = [
    "numpy_input_fn",
    "pandas_input_fn",
]
