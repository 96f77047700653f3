"""`max_pool`, `avg_pool` and their kin, as users call them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import DTypeLike, Sizes, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.nn.dilated_windows import with_space_to_batch
from millpond.ops.nn.pooling import AVG_POOL, AVG_POOL3D, MAX_POOL, MAX_POOL3D, MAX_POOL_WITH_ARGMAX
from millpond.ops.nn.window_geometry import Layout, per_dimension
from millpond.ops.scoping import name_scope


def explicit_padding(padding: Any, layout: Layout) -> tuple[str, list[int]]:
    """The attributes `padding` and `explicit_paddings` for a name or a list of pairs.

    Raises:
      ValueError: If it is neither.
    """
    if isinstance(padding, str):
        return padding, []
    pairs = [list(pair) for pair in padding]
    if len(pairs) != layout.rank or any(len(pair) != 2 for pair in pairs):
        raise ValueError(f"When padding is a list, it must be a list of {layout.rank} pairs. Got: {padding!r}")
    if any(pairs[i] != [0, 0] for i in (0, layout.channel)):
        raise ValueError(f"Explicit padding of the batch or channel dimension is not supported. Got: {padding!r}")
    return "EXPLICIT", [number for pair in pairs for number in pair]


def max_pool(value: TensorLike | None = None, ksize: Sizes | None = None, strides: Sizes | None = None,
             padding: str | Sequence[Sequence[int]] | None = None, data_format: str = "NHWC", name: str | None = None,
             input: TensorLike | None = None) -> Tensor:
    """The greatest element of each window.

    Args:
      value: [batch, height, width, channels] (or as `data_format` says) of real numbers.
      ksize: Window sizes: a number, one for each spatial dimension, or one for each dimension.
      strides: Distances of the windows, likewise.
      padding: `"SAME"`, `"VALID"`, or a pair of numbers for each dimension.
      data_format: `"NHWC"` or `"NCHW"`.
      name: Name of the node.
      input: Another name of `value`.

    Raises:
      ValueError: If the arguments do not fit each other or the shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     image = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
      ...     print(sess.run(tf.nn.max_pool(image, 2, 2, "VALID"))[0, :, :, 0])
      [[ 5.  7.]
       [13. 15.]]
    """
    return _max_pool(_either(value, input), ksize, strides, padding, data_format, name, "MaxPool")


def max_pool2d(input: TensorLike, ksize: Sizes, strides: Sizes, padding: str | Sequence[Sequence[int]],
               data_format: str = "NHWC", name: str | None = None) -> Tensor:
    """`tf.nn.max_pool`, by its later name: the greatest element of each window.

    Args:
      input: [batch, height, width, channels] (or as `data_format` says) of real numbers.
      ksize: Window sizes: a number, one for each spatial dimension, or one for each dimension.
      strides: Distances of the windows, likewise.
      padding: `"SAME"`, `"VALID"`, or a pair of numbers for each dimension.
      data_format: `"NHWC"` or `"NCHW"`.
      name: Name of the node.

    Raises:
      ValueError: If the arguments do not fit each other or the shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     image = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
      ...     print(sess.run(tf.nn.max_pool2d(image, 2, 2, "VALID")[0, :, :, 0]))
      [[ 5.  7.]
       [13. 15.]]
    """
    return _max_pool(input, ksize, strides, padding, data_format, name, "MaxPool2d")


def _either(value: Any, input: Any) -> Any:
    if value is not None and input is not None:
        raise ValueError("Cannot specify both 'value' and 'input': they are two names of one argument.")
    return value if input is None else input


def _max_pool(value: Any, ksize: Any, strides: Any, padding: Any, data_format: str, name: str | None,
              default_name: str) -> Tensor:
    layout = Layout(data_format or "NHWC")
    with name_scope(name, default_name, [value]) as scope:
        padding, explicit = explicit_padding(padding, layout)
        return MAX_POOL(convert_to_tensor(value, name="input"), ksize=per_dimension(ksize, layout, "ksize"),
                        strides=per_dimension(strides, layout, "strides"), padding=padding,
                        explicit_paddings=explicit, data_format=layout.data_format, name=scope)


def avg_pool(value: TensorLike | None = None, ksize: Sizes | None = None, strides: Sizes | None = None,
             padding: str | None = None, data_format: str = "NHWC", name: str | None = None,
             input: TensorLike | None = None) -> Tensor:
    """The mean of those elements of each window that lie inside the input.

    Args:
      value: [batch, height, width, channels] (or as `data_format` says) of floats.
      ksize: Window sizes: a number, one for each spatial dimension, or one for each dimension.
      strides: Distances of the windows, likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: `"NHWC"` or `"NCHW"`.
      name: Name of the node.
      input: Another name of `value`.

    Raises:
      ValueError: If the arguments do not fit each other or the shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     image = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
      ...     print(sess.run(tf.nn.avg_pool(image, 2, 2, "VALID")[0, :, :, 0]))
      [[ 2.5  4.5]
       [10.5 12.5]]
    """
    return _avg_pool(_either(value, input), ksize, strides, padding, data_format, name, "AvgPool")


def avg_pool2d(input: TensorLike, ksize: Sizes, strides: Sizes, padding: str, data_format: str = "NHWC",
               name: str | None = None) -> Tensor:
    """`tf.nn.avg_pool`, by its later name: the mean of those elements of each window that lie inside the input.

    Args:
      input: [batch, height, width, channels] (or as `data_format` says) of floats.
      ksize: Window sizes: a number, one for each spatial dimension, or one for each dimension.
      strides: Distances of the windows, likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: `"NHWC"` or `"NCHW"`.
      name: Name of the node.

    Raises:
      ValueError: If the arguments do not fit each other or the shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     image = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
      ...     print(sess.run(tf.nn.avg_pool2d(image, 2, 2, "VALID")[0, :, :, 0]))
      [[ 2.5  4.5]
       [10.5 12.5]]
    """
    return _avg_pool(input, ksize, strides, padding, data_format, name, "AvgPool2D")


def _avg_pool(value: Any, ksize: Any, strides: Any, padding: Any, data_format: str, name: str | None,
              default_name: str) -> Tensor:
    layout = Layout(data_format or "NHWC")
    with name_scope(name, default_name, [value]) as scope:
        return AVG_POOL(convert_to_tensor(value, name="value"), ksize=per_dimension(ksize, layout, "ksize"),
                        strides=per_dimension(strides, layout, "strides"), padding=padding,
                        data_format=layout.data_format, name=scope)


def max_pool3d(input: TensorLike, ksize: Sizes, strides: Sizes, padding: str, data_format: str = "NDHWC",
               name: str | None = None) -> Tensor:
    """The greatest element of each window of [batch, depth, height, width, channels].

    Args:
      input: [batch, depth, height, width, channels] (or as `data_format` says) of real numbers.
      ksize: Window sizes: a number, one for each spatial dimension, or one for each dimension.
      strides: Distances of the windows, likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: `"NDHWC"` or `"NCDHW"`.
      name: Name of the node.

    Raises:
      ValueError: If the arguments do not fit each other or the shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.max_pool3d(tf.reshape(tf.range(8.0), [1, 2, 2, 2, 1]), 2, 2, "VALID")))
      [[[[[7.]]]]]
    """
    return _pool3d(MAX_POOL3D, "MaxPool3D", input, ksize, strides, padding, data_format, name)


def avg_pool3d(input: TensorLike, ksize: Sizes, strides: Sizes, padding: str, data_format: str = "NDHWC",
               name: str | None = None) -> Tensor:
    """The mean of each window of [batch, depth, height, width, channels].

    Args:
      input: [batch, depth, height, width, channels] (or as `data_format` says) of floats.
      ksize: Window sizes: a number, one for each spatial dimension, or one for each dimension.
      strides: Distances of the windows, likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: `"NDHWC"` or `"NCDHW"`.
      name: Name of the node.

    Raises:
      ValueError: If the arguments do not fit each other or the shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.avg_pool3d(tf.reshape(tf.range(8.0), [1, 2, 2, 2, 1]), 2, 2, "VALID")))
      [[[[[3.5]]]]]
    """
    return _pool3d(AVG_POOL3D, "AvgPool3D", input, ksize, strides, padding, data_format, name)


def _pool3d(definition: Any, default_name: str, input: Any, ksize: Any, strides: Any, padding: str,
            data_format: str | None, name: str | None) -> Tensor:
    layout = Layout(data_format or "NDHWC")
    with name_scope(name, default_name, [input]) as scope:
        return definition(input, ksize=per_dimension(ksize, layout, "ksize"),
                          strides=per_dimension(strides, layout, "strides"), padding=padding,
                          data_format=layout.data_format, name=scope)


def max_pool1d(input: TensorLike, ksize: Sizes, strides: Sizes, padding: str, data_format: str = "NWC",
               name: str | None = None) -> Tensor:
    """The greatest element of each window of [batch, width, channels].

    Args:
      input: [batch, width, channels] (or as `data_format` says) of real numbers.
      ksize: The window size: a number, or one for each dimension.
      strides: The distance of the windows, likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: `"NWC"` or `"NCW"`.
      name: Name of the node.

    Raises:
      ValueError: If the arguments do not fit each other or the shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.max_pool1d(tf.reshape(tf.range(4.0), [1, 4, 1]), 2, 2, "VALID")[0, :, 0]))
      [1. 3.]
    """
    return _pool1d(MAX_POOL, "MaxPool1d", input, ksize, strides, padding, data_format, name)


def avg_pool1d(input: TensorLike, ksize: Sizes, strides: Sizes, padding: str, data_format: str = "NWC",
               name: str | None = None) -> Tensor:
    """The mean of each window of [batch, width, channels].

    Args:
      input: [batch, width, channels] (or as `data_format` says) of floats.
      ksize: The window size: a number, or one for each dimension.
      strides: The distance of the windows, likewise.
      padding: `"SAME"` or `"VALID"`.
      data_format: `"NWC"` or `"NCW"`.
      name: Name of the node.

    Raises:
      ValueError: If the arguments do not fit each other or the shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.avg_pool1d(tf.reshape(tf.range(4.0), [1, 4, 1]), 2, 2, "VALID")[0, :, 0]))
      [0.5 2.5]
    """
    return _pool1d(AVG_POOL, "AvgPool1D", input, ksize, strides, padding, data_format, name)


def _pool1d(definition: Any, default_name: str, input: Any, ksize: Any, strides: Any, padding: str,
            data_format: str | None, name: str | None) -> Tensor:
    """As a pooling of images of height 1."""
    g = GradientBuilder()
    layout = Layout(data_format or "NWC")
    wide = "NHWC" if layout.data_format == "NWC" else "NCHW"
    height = wide.index("H")
    sizes, steps = per_dimension(ksize, layout, "ksize"), per_dimension(strides, layout, "strides")
    with name_scope(name, default_name, [input]) as scope:
        expanded = g.ExpandDims(convert_to_tensor(input, name="input"), height)
        pooled = definition(expanded, ksize=[*sizes[:height], 1, *sizes[height:]],
                            strides=[*steps[:height], 1, *steps[height:]], padding=padding, data_format=wide,
                            name=scope)
        return g.Squeeze(pooled, squeeze_dims=[height])


def max_pool_with_argmax(input: TensorLike, ksize: Sizes, strides: Sizes, padding: str, data_format: str = "NHWC",
                         Targmax: DTypeLike | None = None, name: str | None = None,
                         output_dtype: DTypeLike | None = None, include_batch_in_index: bool = False) -> Any:
    """The greatest element of each window, and where it lies.

    Args:
      input: [batch, height, width, channels].
      ksize, strides: A list of four.
      padding: `"SAME"` or `"VALID"`.
      data_format: `"NHWC"`.
      Targmax, output_dtype: dtype of the places, int64 or int32.
      name: Name of the node.
      include_batch_in_index: Whether the places count through the whole batch.

    Returns:
      The maxima, and their places `(y * width + x) * channels + c`.

    Raises:
      ValueError: If the arguments do not fit each other or the shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     image = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
      ...     greatest, places = tf.nn.max_pool_with_argmax(image, [1, 2, 2, 1], [1, 2, 2, 1], "VALID")
      ...     print(sess.run(places[0, :, :, 0]))
      [[ 5  7]
       [13 15]]
    """
    if data_format != "NHWC":
        raise ValueError(f"Attr 'data_format' of MaxPoolWithArgmax must be 'NHWC', got {data_format!r}")
    layout = Layout(data_format)
    return MAX_POOL_WITH_ARGMAX(input, ksize=per_dimension(ksize, layout, "ksize"),
                                strides=per_dimension(strides, layout, "strides"), padding=padding,
                                Targmax=output_dtype or Targmax, include_batch_in_index=include_batch_in_index,
                                name=name)


def pool(input: TensorLike, window_shape: Sequence[int], pooling_type: str, padding: str,
         dilation_rate: Sequence[int] | None = None, strides: Sequence[int] | None = None, name: str | None = None,
         data_format: str | None = None, dilations: Sequence[int] | None = None) -> Tensor:
    """Maxima or means over windows in one, two or three dimensions, whose elements may be some distance apart.

    Args:
      input: [batch, ...spatial, channels] (or as `data_format` says).
      window_shape: The window's size in each spatial dimension.
      pooling_type: `"MAX"` or `"AVG"`.
      padding: `"SAME"` or `"VALID"`.
      dilation_rate, dilations: The distance of the elements of a window in each spatial dimension, 1 by default.
      strides: The distance of the windows in each spatial dimension, 1 by default.
      name: Name of the scope.
      data_format: None or e.g. `"NWC"`; or `"NCW"`, `"NCHW"`, `"NCDHW"`.

    Raises:
      ValueError: If both strides and dilations are above 1, or dilated windows are to be padded.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.reshape(tf.range(5.0), [1, 5, 1])
      ...     print(sess.run(tf.nn.pool(x, [2], "MAX", "VALID", strides=[2])[0, :, 0]))
      [1. 3.]
    """
    rank = len(window_shape)
    if rank not in (1, 2, 3):
        raise ValueError(f"`window_shape` must have 1, 2 or 3 entries. Received: {window_shape}")
    rate = list(dilation_rate if dilation_rate is not None else dilations if dilations is not None else [1] * rank)
    steps = list(strides) if strides is not None else [1] * rank
    if any(step > 1 for step in steps) and any(distance > 1 for distance in rate):
        raise ValueError("`strides > 1` not supported in conjunction with `dilation_rate > 1`. "
                         f"Received: strides={steps} and dilation_rate={rate}")
    if padding == "SAME" and any(distance > 1 for distance in rate):
        raise ValueError("pooling with 'SAME' padding is not implemented for `dilation_rate` > 1. "
                         f"Received: padding={padding} and dilation_rate={rate}")
    functions = {"MAX": (max_pool1d, max_pool, max_pool3d), "AVG": (avg_pool1d, avg_pool, avg_pool3d)}
    if pooling_type not in functions:
        raise ValueError(f"`pooling_type` must be 'MAX' or 'AVG', got {pooling_type!r}")
    layout = Layout(data_format or ("NWC", "NHWC", "NDHWC")[rank - 1])
    with name_scope(name, f"{pooling_type.lower()}_pool", [input]) as scope:
        def pooled(x: Tensor, padding: str) -> Tensor:
            return functions[pooling_type][rank - 1](x, list(window_shape), steps, padding, name=scope,
                                                     data_format=layout.data_format)

        return with_space_to_batch(convert_to_tensor(input, name="input"), np.asarray(rate), padding, pooled,
                                   layout, filter_shape=None)
