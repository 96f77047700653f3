"""`tf.contrib.tpu` off a TPU: estimators that know their batch sizes, and an optimizer that passes through.

`tensorflow-estimator` has these too, but its module asks for what drives TPU hardware inside of TensorFlow (feeds of
TPUs, their embeddings, their session support), none of which is here. What programs such as BERT's do with
`use_tpu=False` needs little of it, and that is written here; the configurations are the package's.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from millpond.compat.packages.tensorflow_estimator.python.estimator.estimator import Estimator
from millpond.compat.packages.tensorflow_estimator.python.estimator.model_fn import EstimatorSpec, ModeKeys
from millpond.compat.packages.tensorflow_estimator.python.estimator.tpu.tpu_config import RunConfig
from millpond.contrib.opt.wrappers import OptimizerWrapper
from millpond.train.hooks.session_run_hook import SessionRunArgs, SessionRunHook
from millpond.train.optimizers.optimizer import Optimizer

_BATCH_SIZE, _USE_TPU = "batch_size", "use_tpu"


class TPUClusterResolver:
    """Where the TPUs of a cluster are, which is left out.

    Args:
      tpu: The name of a TPU.
      *args, **kwargs: What TensorFlow takes.

    Raises:
      NotImplementedError: Always.

    Example:
      >>> import millpond as tf
      >>> tf.contrib.cluster_resolver.TPUClusterResolver("my-tpu")
      Traceback (most recent call last):
      NotImplementedError: tf.contrib.cluster_resolver.TPUClusterResolver: ...
    """

    def __init__(self, tpu: Any = None, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            "tf.contrib.cluster_resolver.TPUClusterResolver: it drives TPU hardware by TensorFlow's own means, which "
            "are left out; run with use_tpu=False. A program runs on a TPU of its machine as on any device, by XLA.")


class CrossShardOptimizer(OptimizerWrapper):
    """An optimizer that would add up gradients over the cores of a TPU; elsewhere it is the one that it is given.

    Args:
      opt: The optimizer.
      reduction: Accepted for compatibility.
      name: Its name.
      group_assignment: Accepted for compatibility.

    Raises:
      ValueError: If there is no name.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable(2.0)
      ...     step = tf.contrib.tpu.CrossShardOptimizer(tf.train.GradientDescentOptimizer(0.5)).minimize(x)
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x))
      1.5
    """

    def __init__(self, opt: Optimizer, reduction: Any = None, name: str = "CrossShardOptimizer",
                 group_assignment: Any = None) -> None:
        super().__init__(opt, use_locking=False, name=name)


class _Fields(NamedTuple):
    """What a model function for `TPUEstimator` gives."""

    mode: str
    predictions: Any = None
    loss: Any = None
    train_op: Any = None
    eval_metrics: Any = None
    export_outputs: Any = None
    scaffold_fn: Any = None
    host_call: Any = None
    training_hooks: Any = None
    evaluation_hooks: Any = None
    prediction_hooks: Any = None


class TPUEstimatorSpec(_Fields):
    """What a model function for `TPUEstimator` gives: an `EstimatorSpec` with functions in place of some values.

    `eval_metrics` is a pair of a function, which gives the metrics, and its arguments, a list or a dict of tensors; so
    is `host_call`, whose operations run with each step; `scaffold_fn` gives the scaffold.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     spec = tf.contrib.tpu.TPUEstimatorSpec("eval", loss=tf.constant(1.0), eval_metrics=(
      ...         lambda x: {"mean": tf.metrics.mean(x)}, [tf.constant([1.0, 2.0])]))
      ...     print(sorted(spec.as_estimator_spec().eval_metric_ops))
      ['mean']
    """

    def as_estimator_spec(self) -> Any:
        """The `EstimatorSpec`: the functions are called."""
        hooks = [] if self.host_call is None else [_AlongHook(_called("host_call", self.host_call))]
        return EstimatorSpec(
            mode=self.mode, predictions=self.predictions, loss=self.loss, train_op=self.train_op,
            eval_metric_ops=None if self.eval_metrics is None else _called("eval_metrics", self.eval_metrics),
            export_outputs=self.export_outputs, scaffold=None if self.scaffold_fn is None else self.scaffold_fn(),
            training_hooks=[*(self.training_hooks or ()), *hooks],
            evaluation_hooks=[*(self.evaluation_hooks or ()), *hooks],
            prediction_hooks=[*(self.prediction_hooks or ()), *hooks])


def _called(name: str, pair: Any) -> Any:
    if not (isinstance(pair, (list, tuple)) and len(pair) == 2 and callable(pair[0])):
        raise ValueError(f"{name} should be a pair of a function and its arguments, not {pair!r}.")
    function, arguments = pair
    return function(**arguments) if isinstance(arguments, Mapping) else function(*arguments)


class _AlongHook(SessionRunHook):
    """Runs operations with each step."""

    def __init__(self, operations: Any) -> None:
        self._operations = operations

    def before_run(self, run_context: Any) -> SessionRunArgs:
        return SessionRunArgs(self._operations)


class TPUEstimator(Estimator):  # type: ignore[misc]
    """An estimator whose functions are told the batch size, in `params["batch_size"]`; off a TPU only.

    Args:
      model_fn: A model function, which gives a `TPUEstimatorSpec` or an `EstimatorSpec`.
      model_dir: The folder for checkpoints and summaries.
      config: A `tf.contrib.tpu.RunConfig`.
      params: A dict that is given to `model_fn` and to input functions, to which `batch_size` is added.
      use_tpu: Only False can be done.
      train_batch_size, eval_batch_size, predict_batch_size: The batch size of each mode; at least that of training.
      batch_axis, eval_on_tpu, export_to_tpu, export_to_cpu: Accepted for compatibility.
      warm_start_from: As of `tf.estimator.Estimator`.
      embedding_config_spec, export_saved_model_api_version: Accepted for compatibility.

    Raises:
      NotImplementedError: If `use_tpu` is True.
      ValueError: If `params` has a `batch_size` or `use_tpu`, or there is no `train_batch_size` where one is needed.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> def model(features, labels, mode, params):
      ...     y = features * tf.get_variable("w", [], initializer=tf.zeros_initializer())
      ...     loss = tf.reduce_mean(tf.square(y - labels))
      ...     train = tf.train.GradientDescentOptimizer(0.5).minimize(loss, tf.train.get_global_step())
      ...     return tf.contrib.tpu.TPUEstimatorSpec(mode, loss=loss, train_op=train)
      >>> def numbers(params):
      ...     return tf.ones([params["batch_size"]]), tf.fill([params["batch_size"]], 3.0)
      >>> with tempfile.TemporaryDirectory() as folder:
      ...     estimator = tf.contrib.tpu.TPUEstimator(model, folder, use_tpu=False, train_batch_size=8)
      ...     _ = estimator.train(numbers, steps=1)
      ...     print(estimator.get_variable_value("w"))
      3.0
    """

    def __init__(self, model_fn: Any = None, model_dir: str | None = None, config: Any = None,
                 params: Mapping[str, Any] | None = None, use_tpu: bool = True, train_batch_size: int | None = None,
                 eval_batch_size: int | None = None, predict_batch_size: int | None = None, batch_axis: Any = None,
                 eval_on_tpu: bool = True, export_to_tpu: bool = True, export_to_cpu: bool = True,
                 warm_start_from: Any = None, embedding_config_spec: Any = None,
                 export_saved_model_api_version: Any = None) -> None:
        if use_tpu:
            raise NotImplementedError(
                "tf.contrib.tpu.TPUEstimator(use_tpu=True): TPU hardware by TensorFlow's own means is left out; give "
                "use_tpu=False.")
        if config is not None and not isinstance(config, RunConfig):
            raise ValueError(f"`config` must be provided with type `tf.contrib.tpu.RunConfig`, not {config!r}.")
        reserved = sorted({_BATCH_SIZE, _USE_TPU} & set(params or {}))
        if reserved:
            raise ValueError(f"{', '.join(reserved)} are reserved keys but existed in params {params}.")
        self._batch_sizes = {ModeKeys.TRAIN: train_batch_size, ModeKeys.EVAL: eval_batch_size,
                             ModeKeys.PREDICT: predict_batch_size}
        self._mode: str | None = None
        self._program_model_fn = model_fn
        super().__init__(model_fn=model_fn, model_dir=model_dir, config=config or RunConfig(),
                         params=dict(params or {}), warm_start_from=warm_start_from)

    def _assert_members_are_not_overridden(self) -> None:
        """What is overridden here is meant to be."""

    @property
    def params(self) -> dict[str, Any]:
        """A copy of the parameters, in a call of one of the functions with the batch size of its mode."""
        found = copy.deepcopy(self._params)
        if self._mode is not None:
            found[_USE_TPU] = False
            size = self._batch_sizes.get(self._mode)
            if size is not None:
                found[_BATCH_SIZE] = size
        return found

    def _call_input_fn(self, input_fn: Callable[..., Any], mode: str, input_context: Any = None) -> Any:
        if mode == ModeKeys.TRAIN and self._batch_sizes[mode] is None:
            raise ValueError("train_batch_size must be given to tf.contrib.tpu.TPUEstimator to train.")
        self._mode = mode
        try:
            return super()._call_input_fn(input_fn, mode, input_context)
        finally:
            self._mode = None

    def _call_model_fn(self, features: Any, labels: Any, mode: str, config: Any) -> Any:
        given = self._program_model_fn
        self._mode = mode
        self._model_fn = _as_estimator_model(given)
        try:
            return super()._call_model_fn(features, labels, mode, config)
        finally:
            self._mode, self._model_fn = None, given


def _as_estimator_model(model_fn: Callable[..., Any]) -> Callable[..., Any]:
    """A model function that gives an `EstimatorSpec`."""

    def model(*args: Any, **kwargs: Any) -> Any:
        spec = model_fn(*args, **kwargs)
        return spec.as_estimator_spec() if isinstance(spec, TPUEstimatorSpec) else spec

    model.__wrapped__ = model_fn  # type: ignore[attr-defined]  # its arguments are those of the program's function
    return model
