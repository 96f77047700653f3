"""Joining strings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.shapes import TensorShape


def _string_join_shape(inputs: list[TensorShape]) -> TensorShape:
    result = TensorShape([])
    for shape in inputs:
        if shape.sizes != ():
            result = shape if result.sizes == () else result.merge_with(shape)
    return result


def _string_join_kernel(context: HostContext, inputs: Sequence[Array], *, separator: str) -> Array:
    shapes = {part.shape for part in inputs if part.ndim}
    if len(shapes) > 1:
        raise InvalidArgumentError(
            None,
            None,
            "Input shapes do not match: strings are joined one by one, got "
            f"{[list(part.shape) for part in inputs]}",
        )
    glue = separator.encode("utf-8", "surrogateescape")
    parts: Sequence[Array] = np.broadcast_arrays(*inputs)
    joined = np.empty(parts[0].shape, dtype=object)
    for place in np.ndindex(joined.shape):
        joined[place] = glue.join(part[place] for part in parts)
    return joined


STRING_JOIN = define_op(
    "StringJoin",
    inputs="inputs: N * string",
    outputs="output: string",
    attrs="N: int >= 1, separator: string = ''",
    shape=_string_join_shape,
    kernel=_string_join_kernel,
    gradient=NOT_DIFFERENTIABLE,
    host=True,
)


def string_join(inputs: Sequence[TensorLike], separator: str = "", name: str | None = None) -> Tensor:
    """Strings, each put together from one of every input.

    Args:
      inputs: String tensors of one shape; those of no dimensions join every string.
      separator: Stands between two parts.
      name: Name of the node.

    Raises:
      ValueError: If the shapes differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.string_join(["a", "b"], separator="/")))
      b'a/b'
    """
    return STRING_JOIN(inputs, separator=separator, name=name)
