"""`py_func`: a Python function as a node. It runs on the host, without any lock of the session."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.errors import (
    InvalidArgumentError,
    OpError,
    OutOfRangeError,
    ResourceExhaustedError,
    UnimplementedError,
    UnknownError,
)
from millpond.graph import building, stacks
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
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
            result = function(*[_argument(value) for value in input])
    except OpError:
        raise
    except Exception as error:
        kind = next((to for of, to in _ERROR_CLASSES if isinstance(error, of)), UnknownError)
        # The user's own frames are the cause that is shown; the frame of this function is none of theirs.
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
        raise kind(op.node_def, op, f"{type(error).__name__}: {error}") from error
    return _results(op, result, Tout)


def _argument(value: np.ndarray) -> Any:
    # The function may keep or change what it is given: it gets arrays of its own.
    return value[()] if value.ndim == 0 and value.dtype == object else value.copy()


def _results(op: Any, result: Any, types: Sequence[DType]) -> list[np.ndarray]:
    values = list(result) if isinstance(result, (list, tuple)) and (len(types) != 1 or len(result) == 1) else [result]
    if not types:
        return []
    if len(values) != len(types):
        raise InvalidArgumentError(op.node_def, op, f"the Python function of '{op.name}' returned {len(values)} "
                                   f"values, but Tout names {len(types)}")
    return [_as_declared(op, i, value, dtype) for i, (value, dtype) in enumerate(zip(values, types, strict=True))]


def _as_declared(op: Any, index: int, value: Any, dtype: Any) -> np.ndarray:
    if dtype.name == "string":
        raw = np.array(value, dtype=object)
        flat = [item.encode() if isinstance(item, str) else bytes(item) for item in raw.ravel().tolist()]
        encoded = np.empty(len(flat), dtype=object)
        encoded[:] = flat
        return encoded.reshape(raw.shape)
    array = np.array(value)
    if array.dtype == object:
        raise InvalidArgumentError(op.node_def, op, f"{index}-th value returned by the Python function of '{op.name}' "
                                   f"is {value!r}, but expects {dtype.name}")
    if isinstance(value, (np.ndarray, np.generic)):
        if array.dtype != dtype.np_dtype:
            raise InvalidArgumentError(op.node_def, op, f"{index}-th value returned by the Python function of "
                                       f"'{op.name}' is {array.dtype.name}, but expects {dtype.name}. Convert it with "
                                       f".astype, or correct Tout.")
        return array
    return array.astype(dtype.np_dtype)


_PY_FUNC: dict[str, Any] = {"inputs": "input: Tin", "outputs": "output: Tout",
            "attrs": "token: string, Tin: list(type), Tout: list(type)", "shape": _py_func_shape,
            "kernel": _py_func_kernel, "gradient": NOT_DIFFERENTIABLE, "host": True}
PY_FUNC = define_op("PyFunc", **_PY_FUNC)
PY_FUNC_STATELESS = define_op("PyFuncStateless", **_PY_FUNC)


def py_func(func: Callable[..., Any], inp: Any, Tout: Any, stateful: bool = True, name: str | None = None) -> Any:
    """Wraps a Python function as an operation.

    Args:
      func: Takes NumPy arrays and returns one array or a list of them. It may call `session.run`.
      inp: Tensors to give it.
      Tout: The dtype of its result, or a list of dtypes.
      stateful: Whether it may give other results for the same arguments.
      name: Name of the node.

    Returns:
      A tensor, or a list of tensors where `Tout` is a list; their shapes are unknown (`set_shape` tells them). The
      operation where `Tout` is empty: the function is called for what it does.

    Raises (when run):
      tf.errors.InvalidArgumentError: If the function raises ValueError or TypeError, or returns other types.
      tf.errors.UnknownError: If it raises anything else.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.py_func(lambda x: x[::-1].copy(), [[1, 2, 3]], tf.int32)))
      [3 2 1]
    """
    with _tokens_lock:
        token = f"pyfunc_{next(_tokens)}"
    is_list = isinstance(Tout, (list, tuple))
    types = [dtypes.as_dtype(t) for t in (Tout if is_list else [Tout])]
    definition = PY_FUNC if stateful else PY_FUNC_STATELESS
    inputs: list[Tensor] = [convert_to_tensor(value) for value in inp]
    outputs = definition(inputs, token=token, Tout=types, name=name)
    graph = outputs[0].graph if types else building.graph_of(inputs)
    _functions(graph)[token] = func
    return outputs if is_list else outputs[0]
