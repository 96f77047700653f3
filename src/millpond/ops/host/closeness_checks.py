"""Checks that floats are near each other, and that none in a graph is NaN or infinite."""

from __future__ import annotations

import numpy as np

from millpond.dtypes import DType
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.operation import Operation
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import group
from millpond.ops.host.assertions import Assert, check_numerics
from millpond.ops.math.reduction import reduce_all
from millpond.ops.scoping import name_scope

_CHECKED = frozenset({"float16", "bfloat16", "float32", "float64"})


def assert_near(x: TensorLike, y: TensorLike, rtol: TensorLike | None = None, atol: TensorLike | None = None,
                data: TensorLike | None = None, summarize: int | None = None, message: str | None = None,
                name: str | None = None) -> Operation:
    """Asserts that `|x - y| < atol + rtol * |y|` for all elements; NaN and infinity are near nothing.

    Args:
      x, y: Tensors of one dtype, of floats or complex numbers, that broadcast together.
      rtol, atol: Tolerances; 10 times the distance of 1 to the next number of the dtype if omitted.
      data: Tensors to show in the error; by default both.
      summarize: How many elements of each to show.
      message: Words to put before the error.
      name: Name of the scope.

    Raises:
      ValueError: While building, if the dtypes differ or are not of floats.
      tf.errors.InvalidArgumentError: At run time, if elements are not near.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     sess.run(tf.debugging.assert_near([1.0, 2.0], [1.0, 2.001], rtol=0.01))
    """
    with name_scope(name, "assert_near", [x, y, rtol, atol, data]):
        x = convert_to_tensor(x, name="x")
        y = convert_to_tensor(y, dtype=x.dtype.base_dtype, name="y")
        real = _real(x)
        epsilon = 10 * np.finfo(np.float32 if real.name == "bfloat16" else real.np_dtype).eps
        if real.name == "bfloat16":
            epsilon = 10 * 2.0**-7
        rtol = convert_to_tensor(epsilon if rtol is None else rtol, dtype=real, name="rtol")
        atol = convert_to_tensor(epsilon if atol is None else atol, dtype=real, name="atol")
        distance = abs(x - y)
        near = reduce_all(lookup("Less")(distance, atol + rtol * abs(y)))
        if data is None:
            data = [message or "", "x and y not equal to tolerance:", f"x ({x.name}) = ", x, f"y ({y.name}) = ", y]
        return Assert(near, data, summarize=summarize)


def _real(x: Tensor) -> DType:
    dtype = x.dtype.base_dtype
    if not dtype.is_floating and not dtype.is_complex:
        raise ValueError(f"assert_near compares floats or complex numbers, got {x.name} of {dtype.name}")
    return dtype.real_dtype


def add_check_numerics_ops() -> Operation:
    """Adds a check to each tensor of floats in the default graph, in the order in which the graph was built.

    Returns:
      An operation that runs all checks: `sess.run([train, checks])` fails at the first tensor that holds NaN or
      infinity, and names it. Tensors that are added to the graph later are not checked.

    Raises:
      tf.errors.InvalidArgumentError: At run time, if a tensor holds NaN or infinity.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32)
      ...     y = tf.log(x)
      ...     checks = tf.add_check_numerics_ops()
      ...     print(sess.run([y, checks], {x: 1.0}))
      [np.float32(0.0), None]
    """
    graph = default_graph()
    last: list[Operation] = []
    for op in graph.get_operations():
        for index, output in enumerate(op.outputs):
            if output.dtype.base_dtype.name in _CHECKED:
                with graph.control_dependencies(last):
                    last = [check_numerics(output, f"{op.name}:{index}").op]
    return group(*last)
