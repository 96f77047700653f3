"""`Defun`: a Python function as one step of a graph, with a gradient of its own if it wants one."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Sequence
from typing import Any

from millpond import dtypes
from millpond.autodiff.custom_gradient import with_gradient
from millpond.dtypes import DType
from millpond.graph import building
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.graph import Graph
from millpond.graph.opdef import lookup
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.scoping import name_scope


class Call:
    """One call of a function, as the function of its gradient sees it.

    Attributes:
      graph: The graph.
      name: Name of the call's scope.
      type: Name of the function.
      inputs, outputs: What it takes and gives.
    """

    def __init__(self, graph: Graph, name: str, type: str, inputs: list[Tensor], outputs: list[Tensor]) -> None:
        self.graph = graph
        self.name = name
        self.type = type
        self.inputs = inputs
        self.outputs = outputs

    def __repr__(self) -> str:
        return f"<call of '{self.type}' as '{self.name}'>"


class Defun:
    """Decorator: makes a Python function of tensors a function of the graph.

    Each call puts what the function makes into the graph, inside of a name scope.

    Args:
      *input_types: The dtypes of its arguments; without them they are those of the tensors that a call gives.
      func_name: Its name, by default that of the Python function.
      grad_func: Another `Defun` with its gradient: it takes the arguments and the cotangents of the results, and gives
        the cotangents of the arguments.
      python_grad_func: A Python function for the same purpose: it takes the call (`op.inputs`, `op.outputs`) and the
        cotangents of the results.
      out_names: Has no effect.
      shape_func: Takes the call, and gives a list of the static shapes of its results.
      **kwargs: Attributes of TensorFlow's functions, such as `noinline`; they have no effect.

    Raises:
      ValueError: If both kinds of gradient are given.

    Example:
      >>> import millpond as tf
      >>> from millpond.python.framework import function
      >>> @function.Defun(tf.float32, python_grad_func=lambda op, dy: 10.0 * dy)
      ... def double(x):
      ...     return x * 2.0
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.constant(3.0)
      ...     y = double(x)
      ...     print(sess.run([y, tf.gradients(y, x)[0]]))
      [np.float32(6.0), np.float32(10.0)]
    """

    def __init__(self, *input_types: Any, func_name: str | None = None, grad_func: Callable[..., Any] | None = None,
                 python_grad_func: Callable[..., Any] | None = None, out_names: Sequence[str] | None = None,
                 shape_func: Callable[[Call], Sequence[Any]] | None = None, **kwargs: Any) -> None:
        if grad_func is not None and python_grad_func is not None:
            raise ValueError("Gradient defined twice: give either grad_func or python_grad_func.")
        self._input_types = [dtypes.as_dtype(each) for each in input_types]
        self._name = func_name
        self._grad_func = grad_func
        self._python_grad_func = python_grad_func
        self._shape_func = shape_func

    def __call__(self, func: Callable[..., Any]) -> DefinedFunction:
        """Decorates `func`.

        Raises:
          TypeError: If it cannot be called.
          ValueError: If it takes another number of arguments than there are input types.
        """
        if not callable(func):
            raise TypeError(f"function {func} must be callable")
        if self._input_types:
            parameters = list(inspect.signature(func).parameters.values())
            positional = [each for each in parameters
                          if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)]
            needed = [each for each in positional if each.default is each.empty]
            is_open = any(each.kind is each.VAR_POSITIONAL for each in parameters)
            if len(needed) > len(self._input_types):
                raise ValueError(f"The function has fewer input types than arguments: {len(self._input_types)} types, "
                                 f"but '{_name_of(func)}' takes {len(needed)} arguments.")
            if len(positional) < len(self._input_types) and not is_open:
                raise ValueError(f"The function has fewer arguments than the number of specified input types: "
                                 f"'{_name_of(func)}' takes {len(positional)}, and there are {len(self._input_types)}.")
        return DefinedFunction(func, self._input_types, self._name or _name_of(func), self._grad_func,
                               self._python_grad_func, self._shape_func)


def _name_of(func: Callable[..., Any]) -> str:
    """The name of a Python function, as far as it can stand in a graph."""
    name = getattr(func, "__name__", type(func).__name__)
    return re.sub(r"\W", "_", name, flags=re.ASCII).strip("_") or "function"


class DefinedFunction:
    """What `Defun` makes of a Python function: to be called with tensors.

    Attributes:
      name: Its name.
      declared_input_types: The dtypes of its arguments, if they were given.
    """

    def __init__(self, func: Callable[..., Any], input_types: list[DType], name: str,
                 grad_func: Callable[..., Any] | None, python_grad_func: Callable[..., Any] | None,
                 shape_func: Callable[[Call], Sequence[Any]] | None) -> None:
        self._func = func
        self.declared_input_types = input_types
        self.name = name
        self._grad_func = grad_func
        self.python_grad_func = python_grad_func
        self._shape_func = shape_func
        self.__doc__ = func.__doc__

    def __call__(self, *args: Any, name: str | None = None) -> Any:
        """Adds a call.

        Args:
          *args: The arguments.
          name: Name of its scope; by default that of the function.

        Returns:
          The result; a list of them where there are several, an operation where there is none.

        Raises:
          ValueError: If the number of arguments, or of their dtypes, is another.
        """
        types: list[DType | None] = list(self.declared_input_types) or [None] * len(args)
        if len(types) != len(args):
            raise ValueError(f"Expected number of arguments: {len(types)}, received: {len(args)} by the function "
                             f"'{self.name}'.")
        graph = building.graph_of(args)
        with graph.as_default(), name_scope(name or self.name, None, args) as scope:
            given = [convert_to_tensor(value, dtype=dtype) for value, dtype in zip(args, types, strict=True)]
            inputs = [lookup("Identity")(tensor) for tensor in given]
            result = self._func(*inputs)
            if result is None or isinstance(result, Operation):
                with graph.control_dependencies([] if result is None else [result]):
                    return lookup("NoOp")(name="call")
            several = isinstance(result, (list, tuple))
            outputs = [convert_to_tensor(value) for value in (result if several else [result])]
            call = Call(graph, scope[:-1], self.name, inputs, outputs)
            if self._grad_func is not None or self.python_grad_func is not None:
                call.outputs = with_gradient(graph, outputs, inputs, lambda *dys: self._gradient(call, dys))
            if self._shape_func is not None:
                for tensor, shape in zip(call.outputs, self._shape_func(call), strict=True):
                    tensor.set_shape(shape)
        return call.outputs if len(call.outputs) != 1 else call.outputs[0]

    def _gradient(self, call: Call, dys: tuple[Tensor, ...]) -> Any:
        if self.python_grad_func is not None:
            return self.python_grad_func(call, *dys)
        assert self._grad_func is not None
        return self._grad_func(*call.inputs, *dys)
