"""Printing values while a graph runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, Cotangents, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops.host.assertions import summary
from millpond.shapes import TensorShape


def _print_shape(input: TensorShape, data: Sequence[TensorShape]) -> TensorShape:
    return input


def _print_kernel(context: HostContext, input: Array, data: Sequence[Array], *, message: str, first_n: int,
                  summarize: int) -> Array:
    seen = context.session.printed
    count = seen[context.op.name] = seen.get(context.op.name, 0) + 1
    if first_n < 0 or count <= first_n:
        print(message + "".join(f"[{summary(value, summarize)}]" for value in data), file=sys.stderr, flush=True)
    return input


def _print_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Cotangents:
    return [dy] + [None] * (len(op.inputs) - 1)


PRINT = define_op("Print", inputs="input: T, data: U", outputs="output: T",
                  attrs="T: type, U: list(type) >= 0, message: string = '', first_n: int = -1, summarize: int = 3",
                  shape=_print_shape, kernel=_print_kernel, gradient=_print_gradient, host=True)


def Print(input_: TensorLike, data: Sequence[TensorLike], message: str | None = None, first_n: int | None = None,
          summarize: int | None = None, name: str | None = None) -> Tensor:
    """`input_` itself; prints `data` to standard error whenever it is computed.

    Args:
      input_: The tensor to hand on.
      data: Tensors to print.
      message: Printed before them.
      first_n: Only so many times in a session.
      summarize: How many elements of each tensor (3 by default, all for -1).
      name: Name of the node.

    Raises:
      TypeError: If `data` is no list of tensors or values.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Print(tf.constant([1.0, 2.0]), ["twice"], message="computed ")
      ...     print(sess.run(x * 2.0))
      [2. 4.]
    """
    return PRINT(input_, [convert_to_tensor(value) for value in data], message=message or "",
                 first_n=-1 if first_n is None else first_n, summarize=3 if summarize is None else summarize, name=name)
