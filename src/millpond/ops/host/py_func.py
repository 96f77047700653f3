"""`py_func`: a Python function as a node. It runs on the host, without any lock of the session."""

from __future__ import annotations

import itertools
import threading
import traceback
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.errors import (
    CancelledError,
    InternalError,
    InvalidArgumentError,
    OpError,
    OutOfRangeError,
    ResourceExhaustedError,
    UnimplementedError,
    UnknownError,
)
from millpond.graph import building, stacks
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.shapes import TensorShape

_tokens = itertools.count()
_tokens_lock = threading.Lock()

# What a Python exception becomes, by class, as in TensorFlow.
_ERROR_CLASSES: tuple[tuple[Any, type[OpError]], ...] = (
    (StopIteration, OutOfRangeError), (MemoryError, ResourceExhaustedError),
    (NotImplementedError, UnimplementedError), ((ValueError, TypeError), InvalidArgumentError),
)


def _functions(graph: Any) -> dict[str, Callable[..., Any]]:
    """The functions of a graph's py_func nodes by token; they live as long as the graph."""
    return graph.extensions.setdefault("py_funcs", {})


def _py_func_shape(input: Sequence[TensorShape], *, Tout: Sequence[DType]) -> tuple[TensorShape, ...]:
    return (building.UNKNOWN,) * len(Tout)


def _py_func_kernel(context: HostContext, input: Sequence[Array], *, token: str,
                    Tout: Sequence[DType]) -> Sequence[Array]:
    op = context.op
    function = _functions(op.graph).get(token)
    if function is None:
        raise InvalidArgumentError(op.node_def, op, f"The Python function of '{op.name}' ({token}) is not in this "
                                   "process: py_func nodes cannot be loaded from a file.")
    try:
        with stacks.sessions.pushed(context.session):
            returned = _returned(function, [_argument(value) for value in input])
    except CancelledError:
        # The session was closed while the function ran something in it.
        raise
    except Exception as error:  # noqa: BLE001 - raised again: its traceback is told, and stays as the context
        kind = next((to for of, to in _ERROR_CLASSES if isinstance(error, of)), UnknownError)
        raise kind(op.node_def, op, f"{type(error).__name__}: {error}\n{_trace(error)}") from None
    arrays = [_as_tensor(op, i, value) for i, value in enumerate(returned)]
    if len(arrays) != len(Tout):
        raise InvalidArgumentError(op.node_def, op, f"{token} returns {len(arrays)} values, but expects to see "
                                   f"{len(Tout)} values: a list or tuple is one value for each item, and Tout of "
                                   f"'{op.name}' names {[dtype.name for dtype in Tout]}. Return np.array(...) for one "
                                   "value.")
    for i, (array, dtype) in enumerate(zip(arrays, Tout, strict=True)):
        if dtypes.from_numpy(array.dtype) is not dtype:
            found = dtypes.from_numpy(array.dtype).name
            raise InvalidArgumentError(op.node_def, op, f"{i}-th value returned by {token} is {found}, but expects "
                                       f"{dtype.name}, as Tout of '{op.name}' says. Convert it (a Python float is a "
                                       "float64, an integer an int64), or correct Tout.")
    return arrays


def _argument(value: np.ndarray) -> Any:
    # The function may keep or change what it is given: it gets arrays of its own, or NumPy scalars.
    return value[()] if value.ndim == 0 else value.copy()


def _returned(function: Callable[..., Any], arguments: list[Any]) -> list[np.ndarray]:
    """Calls the function, and takes what it returns for arrays."""
    result = function(*arguments)
    if result is None:
        return []
    return [_as_array(value) for value in (result if isinstance(result, (list, tuple)) else [result])]


def _as_array(value: Any) -> np.ndarray:
    array = np.array(value, order="C")
    if array.dtype.kind in "SU" and array.dtype != getattr(value, "dtype", None):
        # NumPy would cut zeros off the ends of texts.
        array = np.array(value, dtype=object)
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _as_tensor(op: Operation, index: int, array: np.ndarray) -> np.ndarray:
    """An array as a tensor holds it: texts as bytes.

    Raises:
      InternalError: If no tensor can hold it.
    """
    try:
        if dtypes.from_numpy(array.dtype) is not dtypes.string:
            return array
    except TypeError:
        raise InternalError(op.node_def, op, f"Unsupported numpy data type: the {index}-th value returned by the "
                            f"Python function of '{op.name}' is of dtype {array.dtype}, which no tensor can "
                            "hold") from None
    encoded = np.empty(array.shape, dtype=object)
    for place, item in np.ndenumerate(array):
        if not isinstance(item, (str, bytes)):
            raise InternalError(op.node_def, op, f"Unsupported object type {type(item).__name__}: the {index}-th value "
                                f"returned by the Python function of '{op.name}' is or holds {item!r}. It must return "
                                "numbers, bools, texts or arrays of them.")
        encoded[place] = item.encode() if isinstance(item, str) else bytes(item)
    return encoded


def _trace(error: Exception) -> str:
    """The traceback of the user's function, without the frames of this file around it."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames)).rstrip()


_PY_FUNC: dict[str, Any] = {"inputs": "input: Tin", "outputs": "output: Tout",
            "attrs": "token: string, Tin: list(type), Tout: list(type)", "shape": _py_func_shape,
            "kernel": _py_func_kernel, "gradient": NOT_DIFFERENTIABLE, "host": True, "blocks": True}
PY_FUNC = define_op("PyFunc", **_PY_FUNC)
PY_FUNC_STATELESS = define_op("PyFuncStateless", **_PY_FUNC)


def py_func(func: Callable[..., Any], inp: Iterable[TensorLike], Tout: Sequence[DTypeLike] | DTypeLike,
            stateful: bool = True, name: str | None = None) -> Any:
    """Wraps a Python function as an operation.

    What `func` returns becomes arrays by `np.array`, so that a Python float is a float64 and a Python integer an int64:
    `Tout` must say so, or `func` return `np.float32(...)`. A list or tuple is a value for each of its items. Texts are
    written in UTF-8. None is no value.

    Args:
      func: Takes NumPy arrays (NumPy scalars where a tensor has no dimensions) and returns one array or a list of them.
        It may call `session.run`.
      inp: Tensors to give it.
      Tout: The dtype of its result, or a list of dtypes.
      stateful: Whether it may give other results for the same arguments.
      name: Name of the node.

    Returns:
      A tensor, or a list of tensors where `Tout` is a list; their shapes are unknown (`set_shape` tells them). The
      operation where `Tout` is empty: the function is called for what it does.

    Raises:
      ValueError: If `func` cannot be called.
      tf.errors.InvalidArgumentError: When run, if the function raises ValueError or TypeError, or returns other dtypes,
        or more or fewer values, than `Tout` says.
      tf.errors.OutOfRangeError, tf.errors.ResourceExhaustedError, tf.errors.UnimplementedError: When run, if it raises
        StopIteration, MemoryError, NotImplementedError.
      tf.errors.UnknownError: When run, if it raises anything else. The message holds the function's traceback.
      tf.errors.InternalError: When run, if it returns what no tensor can hold, such as a dict.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.py_func(lambda x: x[::-1].copy(), [[1, 2, 3]], tf.int32)))
      [3 2 1]
    """
    if not callable(func):
        raise ValueError(f"py_func needs a function, got {func!r}, which cannot be called.")
    with _tokens_lock:
        token = f"pyfunc_{next(_tokens)}"
    is_list = isinstance(Tout, (list, tuple))
    given: Any = Tout if is_list else [Tout]
    types = [dtypes.as_dtype(t) for t in given]
    definition = PY_FUNC if stateful else PY_FUNC_STATELESS
    inputs: list[Tensor] = [convert_to_tensor(value) for value in inp]
    outputs = definition(inputs, token=token, Tout=types, name=name)
    graph = outputs[0].graph if types else building.graph_of(inputs)
    _functions(graph)[token] = func
    return outputs if is_list else outputs[0]
