"""Signatures: which tensors of a graph are its inputs and outputs (`tf.saved_model.signature_def_utils`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tensorboard.compat.proto import meta_graph_pb2, types_pb2

from millpond.graph.argument_types import TensorLike
from millpond.saved_model import signature_constants as names
from millpond.saved_model.tensor_info import build_tensor_info


def build_signature_def(inputs: Mapping[str, Any] | None = None, outputs: Mapping[str, Any] | None = None,
                        method_name: str | None = None) -> Any:
    """A `SignatureDef` message.

    Args:
      inputs, outputs: `TensorInfo` messages by name.
      method_name: What a server does with it, such as `PREDICT_METHOD_NAME`.

    Raises:
      TypeError: If a value is no `TensorInfo`, or `method_name` no string.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.placeholder(tf.float32, [2], name="x")
      ...     info = tf.saved_model.utils.build_tensor_info(x)
      ...     signature = tf.saved_model.signature_def_utils.build_signature_def({"in": info}, {"out": info}, "echo")
      ...     print(signature.method_name, signature.inputs["in"].name)
      echo x:0
    """
    signature = meta_graph_pb2.SignatureDef()
    for field, infos in ((signature.inputs, inputs), (signature.outputs, outputs)):
        for name, info in (infos or {}).items():
            field[name].CopyFrom(info)
    if method_name is not None:
        signature.method_name = method_name
    return signature


def predict_signature_def(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> Any:
    """The signature of a prediction.

    Args:
      inputs, outputs: Tensors by name.

    Raises:
      ValueError: If there are none.
    """
    for what, tensors in (("inputs", inputs), ("outputs", outputs)):
        if not tensors:
            raise ValueError(f"Prediction `{what}` cannot be None or empty.")
    return build_signature_def(_infos(inputs), _infos(outputs), names.PREDICT_METHOD_NAME)


def regression_signature_def(examples: TensorLike, predictions: TensorLike) -> Any:
    """The signature of a regression: strings (serialized `Example`s) in, float32 out.

    Raises:
      ValueError: If a tensor is missing or of another dtype.
    """
    for what, tensor in (("examples", examples), ("predictions", predictions)):
        if tensor is None:
            raise ValueError(f"Regression `{what}` cannot be None.")
    inputs, outputs = _infos({names.REGRESS_INPUTS: examples}), _infos({names.REGRESS_OUTPUTS: predictions})
    _check_dtype("Regression input tensors", inputs[names.REGRESS_INPUTS], types_pb2.DT_STRING)
    _check_dtype("Regression output tensors", outputs[names.REGRESS_OUTPUTS], types_pb2.DT_FLOAT)
    return build_signature_def(inputs, outputs, names.REGRESS_METHOD_NAME)


def classification_signature_def(examples: TensorLike, classes: TensorLike, scores: TensorLike) -> Any:
    """The signature of a classification: strings (serialized `Example`s) in; class names, float32 scores or both out.

    Args:
      examples: A tensor of strings.
      classes: A tensor of strings, or None.
      scores: A tensor of float32, or None.

    Raises:
      ValueError: If a tensor is missing or of another dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     examples = tf.placeholder(tf.string, [None])
      ...     scores = tf.placeholder(tf.float32, [None, 3])
      ...     build = tf.saved_model.signature_def_utils.classification_signature_def
      ...     print(sorted(build(examples, None, scores).outputs))
      ['scores']
    """
    if examples is None:
        raise ValueError("Classification `examples` cannot be None.")
    if classes is None and scores is None:
        raise ValueError("Classification `classes` and `scores` cannot both be None.")
    inputs = _infos({names.CLASSIFY_INPUTS: examples})
    _check_dtype("Classification input tensors", inputs[names.CLASSIFY_INPUTS], types_pb2.DT_STRING)
    outputs = {}
    if classes is not None:
        outputs[names.CLASSIFY_OUTPUT_CLASSES] = build_tensor_info(classes)
        _check_dtype("Classification classes", outputs[names.CLASSIFY_OUTPUT_CLASSES], types_pb2.DT_STRING)
    if scores is not None:
        outputs[names.CLASSIFY_OUTPUT_SCORES] = build_tensor_info(scores)
        _check_dtype("Classification scores", outputs[names.CLASSIFY_OUTPUT_SCORES], types_pb2.DT_FLOAT)
    return build_signature_def(inputs, outputs, names.CLASSIFY_METHOD_NAME)


def _infos(tensors: Mapping[str, Any]) -> dict[str, Any]:
    return {name: build_tensor_info(tensor) for name, tensor in tensors.items()}


def _check_dtype(what: str, info: Any, expected: int) -> None:
    if info.dtype != expected:
        raise ValueError(f"{what} must be of type {_name(expected)}. Found tensors of type {_name(info.dtype)} "
                         f"({info.name}).")


def _name(dtype: int) -> str:
    return types_pb2.DataType.Name(dtype).removeprefix("DT_").lower()


# What each method takes: allowed inputs and outputs with their dtypes.
_METHODS: dict[str, tuple[dict[str, int], dict[str, int]]] = {
    names.CLASSIFY_METHOD_NAME: ({names.CLASSIFY_INPUTS: types_pb2.DT_STRING},
                                 {names.CLASSIFY_OUTPUT_CLASSES: types_pb2.DT_STRING,
                                  names.CLASSIFY_OUTPUT_SCORES: types_pb2.DT_FLOAT}),
    names.REGRESS_METHOD_NAME: ({names.REGRESS_INPUTS: types_pb2.DT_STRING},
                                {names.REGRESS_OUTPUTS: types_pb2.DT_FLOAT}),
}


def is_valid_signature(signature_def: Any) -> bool:
    """Whether a `SignatureDef` is one of the three kinds that servers know, with the tensors of that kind."""
    if signature_def is None:
        return False
    if signature_def.method_name == names.PREDICT_METHOD_NAME:
        return bool(signature_def.inputs) and bool(signature_def.outputs)
    if signature_def.method_name not in _METHODS:
        return False
    inputs, outputs = _METHODS[signature_def.method_name]
    return (set(signature_def.inputs) == set(inputs) and bool(signature_def.outputs)
            and set(signature_def.outputs) <= set(outputs)
            and all(signature_def.inputs[name].dtype == dtype for name, dtype in inputs.items())
            and all(info.dtype == outputs[name] for name, info in signature_def.outputs.items()))
