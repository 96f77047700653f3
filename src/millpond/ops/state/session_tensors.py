"""Values that stay in a session between two runs, under handles: `get_session_handle` and what uses it.

The values lie with the session (`HostContext.kept`), on the host; a handle is a string that names one.
"""

from __future__ import annotations

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.graph import stacks
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op, lookup
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def _keep_shape(value: TensorShape) -> TensorShape:
    return shape_rules.SCALAR


def _keep_kernel(context: HostContext, value: Array) -> Array:
    return np.array(context.kept.keep(context.op.name, value), dtype=object)


GET_SESSION_HANDLE = define_op("GetSessionHandle", inputs="value: T", outputs="handle: string", attrs="T: type",
                               shape=_keep_shape, kernel=_keep_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _recall_shape(handle: TensorShape, *, dtype: DType) -> TensorShape:
    return shape_rules.UNKNOWN


def _recall_kernel(context: HostContext, handle: Array, *, dtype: DType) -> Array:
    value = context.kept.recall(context.op, handle[()])
    if value.dtype != dtype.np_dtype:
        raise TypeError(f"the value kept under the handle is {value.dtype.name}, not {dtype.name}")
    return value


GET_SESSION_TENSOR = define_op("GetSessionTensor", inputs="handle: string", outputs="value: dtype",
                               attrs="dtype: type", shape=_recall_shape, kernel=_recall_kernel,
                               gradient=NOT_DIFFERENTIABLE, host=True)


def _delete_shape(handle: TensorShape) -> tuple[TensorShape, ...]:
    return ()


def _delete_kernel(context: HostContext, handle: Array) -> list[Array]:
    context.kept.delete(context.op, handle[()])
    return []


DELETE_SESSION_TENSOR = define_op("DeleteSessionTensor", inputs="handle: string", shape=_delete_shape,
                                  kernel=_delete_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def get_session_handle(data: TensorLike, name: str | None = None) -> Tensor:
    """A handle of a value that stays in the session, for later runs to use without its coming and going.

    Args:
      data: A tensor of any dtype and shape.
      name: Name of the operation.

    Returns:
      A tensor of no dimensions. Running it keeps the value of `data` and gives a `TensorHandle`, which can be fed in
      place of an array, or named to `get_session_tensor`.

    Raises:
      TypeError: If `data` cannot be a tensor.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     handle = sess.run(tf.get_session_handle(tf.constant([1.0, 2.0]) * 3.0))
      ...     x = tf.placeholder(tf.float32)
      ...     print(sess.run(x + 1.0, {x: handle}))
      [4. 7.]
    """
    tensor = convert_to_tensor(data)
    with stacks.default_graph().colocate_with(tensor):
        return GET_SESSION_HANDLE(tensor, name=name)


def _holder() -> Tensor:
    return lookup("Placeholder")(dtype=dtypes.string, shape=TensorShape(()))


def get_session_tensor(handle: str, dtype: DTypeLike, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The value that a session keeps under a handle.

    Args:
      handle: The handle's string (`TensorHandle.handle`). Which value is read is decided by what is fed in the run.
      dtype: The dtype of the value.
      name: Name of the operations.

    Returns:
      A placeholder for the handle's string, and a tensor of the value, of unknown shape.

    Raises:
      TypeError: If `dtype` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     handle = sess.run(tf.get_session_handle(tf.constant([1.0, 2.0])))
      ...     holder, value = tf.get_session_tensor(handle.handle, tf.float32)
      ...     print(sess.run(value * 2.0, {holder: handle.handle}))
      [2. 4.]
    """
    with name_scope(name, "get_session_tensor"):
        holder = _holder()
        return holder, GET_SESSION_TENSOR(holder, dtype=dtypes.as_dtype(dtype))


def delete_session_tensor(handle: str, name: str | None = None) -> tuple[Tensor, Operation]:
    """Frees the value that a session keeps under a handle.

    Args:
      handle: The handle's string. Which value is freed is decided by what is fed in the run.
      name: Name of the operations.

    Returns:
      A placeholder for the handle's string, and the operation that frees the value.

    Raises:
      tf.errors.InvalidArgumentError: When run, if the session keeps nothing under the handle.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     handle = sess.run(tf.get_session_handle(tf.constant(1.0)))
      ...     holder, delete = tf.delete_session_tensor(handle.handle)
      ...     sess.run(delete, {holder: handle.handle})
    """
    with name_scope(name, "delete_session_tensor"):
        holder = _holder()
        return holder, DELETE_SESSION_TENSOR(holder)
