"""The arguments of layers with windows (convolutions, poolings), as users give them, and the sizes that follow."""

from __future__ import annotations

from numbers import Integral
from typing import Any

from millpond.dimensions import Dimension
from millpond.ops.nn.window_geometry import Axis

# The letters of a data format for inputs of three, four and five dimensions.
_LETTERS = {"channels_last": {3: "NWC", 4: "NHWC", 5: "NDHWC"}, "channels_first": {3: "NCW", 4: "NCHW", 5: "NCDHW"}}


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """One integer for each of some dimensions, from one for all of them, or a sequence.

    Args:
      value: An integer, or a sequence of `n`.
      n: The number of dimensions.
      name: What the argument is called, for the error.

    Raises:
      ValueError: If there are more or fewer, or they are no integers.

    Example:
      >>> from millpond.python.layers import utils
      >>> utils.normalize_tuple(3, 2, "kernel_size"), utils.normalize_tuple([1, 2], 2, "strides")
      ((3, 3), (1, 2))
    """
    values = list(value) if hasattr(value, "__iter__") else [value] * n
    if len(values) == n and all(isinstance(size, (Integral, Dimension)) for size in values):
        return tuple(map(int, values))
    raise ValueError(f"The `{name}` argument must be an integer or a sequence of {n} integers. Received: {value!r}")


def positive_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """`normalize_tuple`, of integers that are at least 1."""
    sizes = normalize_tuple(value, n, name)
    if any(size < 1 for size in sizes):
        raise ValueError(f"The `{name}` argument must be positive. Received: {value!r}")
    return sizes


def normalize_data_format(value: str | None) -> str:
    """`"channels_last"`, also for None, or `"channels_first"`, which may be given in capitals.

    Raises:
      ValueError: If it is something else.
    """
    return "channels_last" if value is None else _one_of(value, ("channels_last", "channels_first"), "data_format")


def normalize_padding(value: str, also: tuple[str, ...] = ()) -> str:
    """`"valid"` or `"same"`, which may be given in capitals.

    Args:
      value: What the user gave.
      also: What else is allowed.

    Raises:
      ValueError: If it is something else.
    """
    return _one_of(value, ("valid", "same", *also), "padding")


def _one_of(value: Any, choices: tuple[str, ...], name: str) -> str:
    found = value.lower() if isinstance(value, str) else value
    if found not in choices:
        raise ValueError(f"The `{name}` argument must be one of {', '.join(map(repr, choices))}. Received: {value!r}")
    return str(found)


def convert_data_format(data_format: str, ndim: int) -> str:
    """The letters that `tf.nn` calls a data format by.

    Args:
      data_format: `"channels_last"` or `"channels_first"`.
      ndim: The number of dimensions of the inputs, with batch and channels.

    Raises:
      ValueError: If it is another format, or there are not 3, 4 or 5 dimensions.

    Example:
      >>> from millpond.python.layers import utils
      >>> utils.convert_data_format("channels_first", 4)
      'NCHW'
    """
    letters = _LETTERS[normalize_data_format(data_format)]
    if ndim not in letters:
        raise ValueError(f"Input rank not supported: {ndim}. Windows move over inputs of 3, 4 or 5 dimensions.")
    return letters[ndim]


def conv_output_length(input_length: int | None, filter_size: int, padding: str, stride: int,
                       dilation: int = 1) -> int | None:
    """How many windows there are along a dimension.

    Args:
      input_length: The size of the input; None if it is unknown.
      filter_size: The size of the window.
      padding: `"valid"`, `"same"`, `"causal"`, or `"full"` (windows that lie in the input with one element only).
      stride: The distance of the windows.
      dilation: The distance of the elements of a window.

    Raises:
      ValueError: If there is not room for one window.

    Example:
      >>> from millpond.python.layers import utils
      >>> [utils.conv_output_length(7, 3, padding, stride=2) for padding in ("valid", "same", "full")]
      [3, 4, 5]
    """
    kind = normalize_padding(padding, ("causal", "full"))
    beyond = (filter_size - 1) * dilation if kind == "full" else 0
    axis = Axis(stride, dilation, "SAME" if kind in ("same", "causal") else "EXPLICIT", beyond, beyond)
    return axis.count(input_length, filter_size)


def conv_input_length(output_length: int | None, filter_size: int, padding: str, stride: int) -> int | None:
    """The size of the least input that has a number of windows.

    Args:
      output_length: How many windows there are; None if that is unknown.
      filter_size: The size of the window.
      padding: `"valid"`, `"same"` or `"full"`.
      stride: The distance of the windows.

    Raises:
      ValueError: If the padding is another one.

    Example:
      >>> from millpond.python.layers import utils
      >>> utils.conv_input_length(3, 3, "valid", stride=2)
      7
    """
    if output_length is None:
        return None
    before = {"same": filter_size // 2, "valid": 0, "full": filter_size - 1}[normalize_padding(padding, ("full",))]
    return (output_length - 1) * stride - 2 * before + filter_size


def deconv_output_length(input_length: Any, filter_size: int, padding: str, stride: int) -> Any:
    """The size of the output of a transposed convolution along a dimension.

    Args:
      input_length: The size of the input: a number, a scalar tensor, or None if it is unknown.
      filter_size: The size of the window.
      padding: `"valid"`, `"same"` or `"full"`.
      stride: The distance of the windows.

    Returns:
      A number, a tensor or None, as `input_length` is.

    Raises:
      ValueError: If the padding is another one.

    Example:
      >>> from millpond.python.layers import utils
      >>> utils.deconv_output_length(3, 3, "valid", stride=2)
      7
    """
    if input_length is None:
        return None
    kind, length = normalize_padding(padding, ("full",)), input_length * stride
    if kind == "same":
        return length
    return length + max(filter_size - stride, 0) if kind == "valid" else length - (stride + filter_size - 2)
