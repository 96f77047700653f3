"""What a model gives out when it is exported: each kind is a signature of its own."""

from __future__ import annotations

import abc
from collections.abc import Mapping
from typing import Any

from millpond import dtypes
from millpond.graph.default import control_dependencies
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant
from millpond.saved_model import signature_constants as names
from millpond.saved_model.signature_def import (
    build_signature_def,
    classification_signature_def,
    predict_signature_def,
    regression_signature_def,
)
from millpond.saved_model.tensor_info import build_tensor_info


class ExportOutput(abc.ABC):
    """What a model gives out, of which a signature is made."""

    _SEPARATOR_CHAR = "/"

    @abc.abstractmethod
    def as_signature_def(self, receiver_tensors: Mapping[str, Tensor]) -> Any:
        """The `SignatureDef` from what is fed to what is given out.

        Args:
          receiver_tensors: What is fed, by name.

        Raises:
          ValueError: If the tensors are not what the kind of signature asks for.
        """

    def _check_output_key(self, key: Any, error_label: str) -> str:
        if isinstance(key, tuple):
            key = self._SEPARATOR_CHAR.join(key)
        if not isinstance(key, str):
            raise ValueError(f"{error_label} output key must be a string; got {key}.")
        return key

    def _wrap_and_check_outputs(self, outputs: Any, single_output_default_name: str,
                                error_label: str | None = None) -> dict[str, Tensor]:
        """Outputs by name.

        Args:
          outputs: A tensor, or tensors by name; a name may be a tuple of strings.
          single_output_default_name: The name of the only one.
          error_label: What errors call them.

        Raises:
          ValueError: If a name is no string, or a value no tensor.
        """
        if not isinstance(outputs, dict):
            outputs = {single_output_default_name: outputs}
        label = error_label or single_output_default_name
        checked = {}
        for key, value in outputs.items():
            if not isinstance(value, Tensor):
                raise ValueError(f"{label} output value must be a Tensor; got {value}.")
            checked[self._check_output_key(key, label)] = value
        return checked


def _single_text(receiver_tensors: Mapping[str, Tensor], kind: str) -> Tensor:
    """The one input of a classification or regression: serialized examples."""
    if len(receiver_tensors) != 1:
        raise ValueError(f"{kind} input must be a single string Tensor; got {receiver_tensors}")
    examples, = receiver_tensors.values()
    if examples.dtype.base_dtype is not dtypes.string:
        raise ValueError(f"{kind} input must be a single string Tensor; got {receiver_tensors}")
    return examples


def _checked(value: Any, is_right: bool, what: str, wanted: str) -> Any:
    if value is not None and not (isinstance(value, Tensor) and is_right):
        raise ValueError(f"{what} must be a {wanted} Tensor; got {value}")
    return value


def _is_float(value: Any) -> bool:
    return isinstance(value, Tensor) and value.dtype.is_floating


class ClassificationOutput(ExportOutput):
    """Classes, or their scores, or both.

    Args:
      scores: A tensor of floats, `[batch, classes]`, or None.
      classes: A tensor of strings, `[batch, classes]`, or None.

    Raises:
      ValueError: If neither is given, or one has another dtype.
    """

    def __init__(self, scores: Tensor | None = None, classes: Tensor | None = None) -> None:
        is_text = isinstance(classes, Tensor) and classes.dtype.base_dtype is dtypes.string
        self._scores = _checked(scores, _is_float(scores), "Classification scores", "float32")
        self._classes = _checked(classes, is_text, "Classification classes", "string")
        if scores is None and classes is None:
            raise ValueError("At least one of scores and classes must be set.")

    @property
    def scores(self) -> Tensor | None:
        """The scores."""
        return self._scores

    @property
    def classes(self) -> Tensor | None:
        """The classes."""
        return self._classes

    def as_signature_def(self, receiver_tensors: Mapping[str, Tensor]) -> Any:
        return classification_signature_def(
            _single_text(receiver_tensors, "Classification"), self._classes, self._scores)


class RegressionOutput(ExportOutput):
    """Numbers.

    Args:
      value: A tensor of floats, `[batch]` or `[batch, 1]`.

    Raises:
      ValueError: If it has another dtype.
    """

    def __init__(self, value: Tensor) -> None:
        if not _is_float(value):
            raise ValueError(f"Regression output value must be a float32 Tensor; got {value}")
        self._value = value

    @property
    def value(self) -> Tensor:
        """The numbers."""
        return self._value

    def as_signature_def(self, receiver_tensors: Mapping[str, Tensor]) -> Any:
        return regression_signature_def(_single_text(receiver_tensors, "Regression"), self._value)


class PredictOutput(ExportOutput):
    """Any tensors.

    Args:
      outputs: A tensor, or tensors by name.

    Raises:
      ValueError: If a name is no string, or a value no tensor.
    """

    def __init__(self, outputs: Any) -> None:
        self._outputs = self._wrap_and_check_outputs(outputs, "output", "Prediction")

    @property
    def outputs(self) -> dict[str, Tensor]:
        """The tensors by name."""
        return self._outputs

    def as_signature_def(self, receiver_tensors: Mapping[str, Tensor]) -> Any:
        return predict_signature_def(receiver_tensors, self._outputs)


class _SupervisedOutput(ExportOutput):
    """What a training or an evaluation gives out: loss, predictions, metrics.

    Args:
      loss: A tensor, or tensors by name, or None.
      predictions: A tensor, or tensors by name, or None.
      metrics: A pair of value and update, or pairs by name, or None.

    Raises:
      ValueError: If a name is no string, or a value no tensor.
    """

    LOSS_NAME = "loss"
    PREDICTIONS_NAME = "predictions"
    METRICS_NAME = "metrics"
    METRIC_VALUE_SUFFIX = "value"
    METRIC_UPDATE_SUFFIX = "update_op"
    _METHOD: str

    def __init__(self, loss: Any = None, predictions: Any = None, metrics: Any = None) -> None:
        self._loss = None if loss is None else self._prefixed(loss, self.LOSS_NAME)
        self._predictions = None if predictions is None else self._prefixed(predictions, self.PREDICTIONS_NAME)
        self._metrics = None if metrics is None else self._wrap_and_check_metrics(metrics)

    def _prefixed(self, outputs: Any, kind: str) -> dict[str, Tensor]:
        """Outputs whose names begin with their kind."""
        return {self._of_kind(key, kind): value for key, value in self._wrap_and_check_outputs(outputs, kind).items()}

    def _of_kind(self, key: str, kind: str) -> str:
        return key if key.startswith(kind) else f"{kind}{self._SEPARATOR_CHAR}{key}"

    def _wrap_and_check_metrics(self, metrics: Any) -> dict[str, Tensor]:
        if not isinstance(metrics, dict):
            metrics = {self.METRICS_NAME: metrics}
        found = {}
        for key, (value, update) in metrics.items():
            name = self._of_kind(self._check_output_key(key, self.METRICS_NAME), self.METRICS_NAME)
            if not isinstance(value, Tensor):
                raise ValueError(f"{key} output value must be a Tensor; got {value}.")
            if not isinstance(update, (Tensor, Operation)):
                raise ValueError(f"{key} update_op must be a Tensor or Operation; got {update}.")
            if isinstance(update, Operation):
                with control_dependencies([update]):
                    update = constant([], name="metric_op_wrapper")
            found[f"{name}{self._SEPARATOR_CHAR}{self.METRIC_VALUE_SUFFIX}"] = value
            found[f"{name}{self._SEPARATOR_CHAR}{self.METRIC_UPDATE_SUFFIX}"] = update
        return found

    @property
    def loss(self) -> dict[str, Tensor] | None:
        """The loss, by name."""
        return self._loss

    @property
    def predictions(self) -> dict[str, Tensor] | None:
        """The predictions, by name."""
        return self._predictions

    @property
    def metrics(self) -> dict[str, Tensor] | None:
        """Values and updates of metrics, by name."""
        return self._metrics

    def as_signature_def(self, receiver_tensors: Mapping[str, Tensor]) -> Any:
        outputs = {**(self._loss or {}), **(self._predictions or {}), **(self._metrics or {})}
        return build_signature_def({name: build_tensor_info(tensor) for name, tensor in receiver_tensors.items()},
                                   {name: build_tensor_info(tensor) for name, tensor in outputs.items()}, self._METHOD)


class TrainOutput(_SupervisedOutput):
    """What a training gives out: see `_SupervisedOutput`."""

    _METHOD = names.SUPERVISED_TRAIN_METHOD_NAME


class EvalOutput(_SupervisedOutput):
    """What an evaluation gives out: see `_SupervisedOutput`."""

    _METHOD = names.SUPERVISED_EVAL_METHOD_NAME
