"""Initializers, regularizers and activations that are given by name, as Keras names them, or as functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.math import elementwise
from millpond.ops.math.clip import clip_by_value
from millpond.ops.math.trigonometry import tanh
from millpond.ops.nn import activation as activations
from millpond.ops.nn.softmax import softmax
from millpond.variables import initializers

Function = Callable[..., Any]


def linear(x: TensorLike) -> Tensor:
    """The identity."""
    return convert_to_tensor(x)


def hard_sigmoid(x: TensorLike) -> Tensor:
    """The sigmoid in three straight pieces: `0.2 * x + 0.5`, cut to [0, 1]."""
    g = GradientBuilder()
    x = convert_to_tensor(x)
    return clip_by_value(g.Add(g.Mul(x, g.constant(0.2, x)), g.constant(0.5, x)), 0.0, 1.0)


ACTIVATIONS: dict[str, Function] = {
    "elu": activations.elu, "exponential": elementwise.exp, "hard_sigmoid": hard_sigmoid, "linear": linear,
    "relu": activations.relu, "selu": activations.selu, "sigmoid": elementwise.sigmoid, "softmax": softmax,
    "softplus": activations.softplus, "softsign": activations.softsign, "tanh": tanh,
}

_INITIALIZERS: dict[str, Function] = {
    "constant": initializers.Constant, "glorot_normal": initializers.GlorotNormal,
    "glorot_uniform": initializers.GlorotUniform, "he_normal": initializers.he_normal,
    "he_uniform": initializers.he_uniform, "identity": initializers.Identity,
    "lecun_normal": initializers.lecun_normal, "lecun_uniform": initializers.lecun_uniform, "ones": initializers.Ones,
    "orthogonal": initializers.Orthogonal, "random_normal": initializers.RandomNormal,
    "random_uniform": initializers.RandomUniform, "truncated_normal": initializers.TruncatedNormal,
    "variance_scaling": initializers.VarianceScaling, "zeros": initializers.Zeros,
}


def activation(identifier: Any) -> Function:
    """The activation of a name; a function as it is; the identity for None.

    Raises:
      ValueError: If no activation has the name.
      TypeError: If it is neither a name nor a function.
    """
    if identifier is None:
        return linear
    return _found(identifier, ACTIVATIONS, "activation")


def activation_name(function: Function) -> Any:
    """The name of an activation; a function that has none, as it is."""
    return next((name for name, known in ACTIVATIONS.items() if known is function), function)


def initializer(identifier: Any) -> Any:
    """The initializer of a name, such as `"zeros"`, or of what `plain` told; a function, a value or None as it is.

    Raises:
      ValueError: If no initializer has the name.
    """
    if isinstance(identifier, str):
        return _found(_snake_case(identifier), _INITIALIZERS, "initializer")()
    if isinstance(identifier, dict):
        found: Any = _found(_snake_case(identifier["class_name"]), _INITIALIZERS, "initializer")
        return found.from_config(identifier["config"])
    return identifier


def plain(argument: str, value: Any) -> Any:
    """What an argument of a layer is to be told as: the name of an activation, an initializer as a dictionary.

    Args:
      argument: The argument's name.
      value: What the layer keeps; functions that have no name stay what they are.
    """
    if argument == "activation":
        return "linear" if value is None else activation_name(value)
    if argument.endswith("_initializer") and hasattr(value, "get_config"):
        return {"class_name": type(value).__name__, "config": value.get_config()}
    return value


def _snake_case(name: str) -> str:
    """`GlorotUniform` to `glorot_uniform`, which are two names of one initializer."""
    return "".join(f"_{letter.lower()}" if letter.isupper() and i else letter.lower() for i, letter in enumerate(name))


def _found(identifier: Any, table: dict[str, Function], kind: str) -> Function:
    if isinstance(identifier, str):
        if identifier not in table:
            raise ValueError(f"Unknown {kind} function: {identifier!r}. The names are {', '.join(table)}; or give the "
                             "function itself.")
        return table[identifier]
    if callable(identifier):
        return identifier
    raise TypeError(f"Could not interpret {kind} identifier: {identifier!r} is neither a name nor a function.")
