"""`tf.estimator.experimental`: parts of estimators that may change."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.compat.packages.tensorflow_estimator.python.estimator.canned.dnn import (
    dnn_logit_fn_builder,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.canned.kmeans import (
    KMeansClustering as KMeans,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.canned.linear import (
    LinearSDCA,
    linear_logit_fn_builder,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.early_stopping import (
    make_early_stopping_hook,
    stop_if_higher_hook,
    stop_if_lower_hook,
    stop_if_no_decrease_hook,
    stop_if_no_increase_hook,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.export.export import (
    build_raw_supervised_input_receiver_fn,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.hooks.hooks import (
    InMemoryEvaluatorHook,
    make_stop_at_checkpoint_step_hook,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.model_fn import (
    call_logit_fn,
)

__all__ = [
    "InMemoryEvaluatorHook",
    "KMeans",
    "LinearSDCA",
    "build_raw_supervised_input_receiver_fn",
    "call_logit_fn",
    "dnn_logit_fn_builder",
    "linear_logit_fn_builder",
    "make_early_stopping_hook",
    "make_stop_at_checkpoint_step_hook",
    "stop_if_higher_hook",
    "stop_if_lower_hook",
    "stop_if_no_decrease_hook",
    "stop_if_no_increase_hook",
]
