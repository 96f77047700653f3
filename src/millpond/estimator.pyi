"""`tf.estimator`: models with training, evaluation, prediction and export around them."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond import (
    estimator_experimental as experimental,
    estimator_export as export,
    estimator_inputs as inputs,
    estimator_tpu as tpu,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.canned.baseline import (
    BaselineClassifier,
    BaselineEstimator,
    BaselineRegressor,
    ModeKeys,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.canned.dnn import (
    DNNClassifier,
    DNNEstimator,
    DNNRegressor,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.canned.dnn_linear_combined import (
    DNNLinearCombinedClassifier,
    DNNLinearCombinedEstimator,
    DNNLinearCombinedRegressor,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.canned.linear import (
    LinearClassifier,
    LinearEstimator,
    LinearRegressor,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.canned.parsing_utils import (
    classifier_parse_example_spec,
    regressor_parse_example_spec,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.estimator import (
    Estimator,
    VocabInfo,
    WarmStartSettings,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.exporter import (
    BestExporter,
    Exporter,
    FinalExporter,
    LatestExporter,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.extenders import (
    add_metrics,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.head.base_head import (
    Head,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.head.binary_class_head import (
    BinaryClassHead,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.head.multi_class_head import (
    MultiClassHead,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.head.multi_head import (
    MultiHead,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.head.multi_label_head import (
    MultiLabelHead,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.head.regression_head import (
    LogisticRegressionHead,
    PoissonRegressionHead,
    RegressionHead,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.hooks.basic_session_run_hooks import (
    CheckpointSaverHook,
    CheckpointSaverListener,
    FeedFnHook,
    FinalOpsHook,
    GlobalStepWaiterHook,
    LoggingTensorHook,
    NanLossDuringTrainingError,
    NanTensorHook,
    ProfilerHook,
    SecondOrStepTimer,
    StepCounterHook,
    StopAtStepHook,
    SummarySaverHook,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.hooks.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.model_fn import (
    EstimatorSpec,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.run_config import (
    RunConfig,
)
from millpond.compat.packages.tensorflow_estimator.python.estimator.training import (
    EvalSpec,
    TrainSpec,
    train_and_evaluate,
)

__all__ = [
    "BaselineClassifier",
    "BaselineEstimator",
    "BaselineRegressor",
    "BestExporter",
    "BinaryClassHead",
    "CheckpointSaverHook",
    "CheckpointSaverListener",
    "DNNClassifier",
    "DNNEstimator",
    "DNNLinearCombinedClassifier",
    "DNNLinearCombinedEstimator",
    "DNNLinearCombinedRegressor",
    "DNNRegressor",
    "Estimator",
    "EstimatorSpec",
    "EvalSpec",
    "Exporter",
    "FeedFnHook",
    "FinalExporter",
    "FinalOpsHook",
    "GlobalStepWaiterHook",
    "Head",
    "LatestExporter",
    "LinearClassifier",
    "LinearEstimator",
    "LinearRegressor",
    "LoggingTensorHook",
    "LogisticRegressionHead",
    "ModeKeys",
    "MultiClassHead",
    "MultiHead",
    "MultiLabelHead",
    "NanLossDuringTrainingError",
    "NanTensorHook",
    "PoissonRegressionHead",
    "ProfilerHook",
    "RegressionHead",
    "RunConfig",
    "SecondOrStepTimer",
    "SessionRunArgs",
    "SessionRunContext",
    "SessionRunHook",
    "SessionRunValues",
    "StepCounterHook",
    "StopAtStepHook",
    "SummarySaverHook",
    "TrainSpec",
    "VocabInfo",
    "WarmStartSettings",
    "add_metrics",
    "classifier_parse_example_spec",
    "experimental",
    "export",
    "inputs",
    "regressor_parse_example_spec",
    "tpu",
    "train_and_evaluate",
]
