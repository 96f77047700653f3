"""What layers do with their arguments, from the inside of TensorFlow's `layers.utils`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from millpond.graph import static_values
from millpond.graph.tensor import Tensor
from millpond.ops.control.cond import cond


def smart_constant_value(pred: Any) -> bool | None:
    """The value of a predicate where it is known while the graph is built, or None.

    Args:
      pred: A boolean, 0 or 1, or a boolean tensor of no dimensions.

    Raises:
      TypeError: If it is something else.
    """
    if isinstance(pred, Tensor):
        value = static_values.constant_value(pred)
        return None if value is None else bool(value)
    if isinstance(pred, (bool, np.bool_)) or (isinstance(pred, int) and pred in (0, 1)):
        return bool(pred)
    raise TypeError(f"pred is neither a boolean, 0 or 1, nor a boolean tensor: {pred!r}")


constant_value = smart_constant_value


def smart_cond(pred: Any, true_fn: Callable[[], Any] | None = None, false_fn: Callable[[], Any] | None = None,
               name: str | None = None) -> Any:
    """The result of one of two functions; a branch of the graph only where the predicate is not known yet.

    Args:
      pred: A boolean, 0 or 1, or a boolean tensor of no dimensions.
      true_fn: Is called where the predicate holds.
      false_fn: Is called where it does not.
      name: Name of the branch.

    Raises:
      TypeError: If `pred` is no predicate, or a function is none.

    Example:
      >>> smart_cond(True, lambda: "train", lambda: "serve")
      'train'
    """
    for argument, function in (("true_fn", true_fn), ("false_fn", false_fn)):
        if not callable(function):
            raise TypeError(f"{argument} must be a function, got {function!r}")
    known = smart_constant_value(pred)
    if known is None:
        return cond(pred, true_fn, false_fn, name=name)
    chosen: Any = true_fn if known else false_fn
    return chosen()


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """A size for each of some dimensions, from one for all or one for each.

    Args:
      value: A whole number, or `n` of them.
      n: The number of dimensions.
      name: What the argument is called, for errors.

    Raises:
      ValueError: If it is neither.

    Example:
      >>> normalize_tuple(3, 2, "kernel_size"), normalize_tuple([3, 5], 2, "kernel_size")
      ((3, 3), (3, 5))
    """
    if isinstance(value, (int, np.integer)):
        return (int(value),) * n
    try:
        sizes = tuple(int(size) for size in value)
    except (TypeError, ValueError):
        sizes = ()
    if len(sizes) != n:
        raise ValueError(f"The `{name}` argument must be a whole number or a tuple of {n} whole numbers, got {value!r}")
    return sizes


def _one_of(value: Any, allowed: tuple[str, ...], name: str) -> str:
    chosen = str(value).lower()
    if chosen not in allowed:
        raise ValueError(f"The `{name}` argument must be one of {', '.join(map(repr, allowed))}, got {value!r}")
    return chosen


def normalize_data_format(value: str) -> str:
    """`"channels_first"` or `"channels_last"`, however they are capitalized.

    Raises:
      ValueError: If it is neither.
    """
    return _one_of(value, ("channels_first", "channels_last"), "data_format")


def normalize_padding(value: str) -> str:
    """`"valid"` or `"same"`, however they are capitalized.

    Raises:
      ValueError: If it is neither.
    """
    return _one_of(value, ("valid", "same"), "padding")


def convert_data_format(data_format: str, ndim: int) -> str:
    """What an op calls the order of dimensions that a layer calls `"channels_last"` or `"channels_first"`.

    Args:
      data_format: The layer's name for it.
      ndim: Number of dimensions, with those of the batch and the channels: 3, 4 or 5.

    Raises:
      ValueError: If there is no such order or number.

    Example:
      >>> convert_data_format("channels_first", 4)
      'NCHW'
    """
    space = {3: "W", 4: "HW", 5: "DHW"}.get(ndim)
    if space is None:
        raise ValueError(f"Inputs must have 3, 4 or 5 dimensions, got {ndim}")
    return f"N{space}C" if normalize_data_format(data_format) == "channels_last" else f"NC{space}"


def conv_output_length(input_length: int | None, filter_size: int, padding: str, stride: int,
                       dilation: int = 1) -> int | None:
    """How many positions a filter has on a line.

    Args:
      input_length: Length of the line, or None where it is not known.
      filter_size: Length of the filter.
      padding: `"same"`, `"valid"` or `"full"`.
      stride: Steps between positions.
      dilation: Steps between the filter's weights.

    Raises:
      ValueError: If there is no such padding.

    Example:
      >>> conv_output_length(28, 5, "valid", 1), conv_output_length(28, 5, "same", 2)
      (24, 14)
    """
    padding = _one_of(padding, ("same", "valid", "full"), "padding")
    if input_length is None:
        return None
    reach = (filter_size - 1) * dilation
    positions = input_length + {"same": 0, "valid": -reach, "full": reach}[padding]
    return -(-positions // stride)


def deconv_output_length(input_length: int | None, filter_size: int, padding: str, stride: int) -> int | None:
    """How long the line is on which a filter has so many positions; the other way round than `conv_output_length`.

    Args:
      input_length: The number of positions, or None where it is not known.
      filter_size: Length of the filter.
      padding: `"same"`, `"valid"` or `"full"`.
      stride: Steps between positions.

    Raises:
      ValueError: If there is no such padding.

    Example:
      >>> deconv_output_length(14, 5, "same", 2), deconv_output_length(24, 5, "valid", 1)
      (28, 28)
    """
    padding = _one_of(padding, ("same", "valid", "full"), "padding")
    if input_length is None:
        return None
    length = input_length * stride
    if padding == "valid":
        return length + max(filter_size - stride, 0)
    return length if padding == "same" else length - (stride + filter_size - 2)
