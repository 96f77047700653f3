"""`tf.custom_gradient`: a function with a gradient of its own."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable, Sequence
from typing import Any

from millpond.autodiff.registry import RegisterGradient
from millpond.graph import building
from millpond.graph.collections import GraphKeys
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.tensor import Tensor

_numbers = itertools.count()


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Decorator: `f(*xs)` returns `(ys, grad)`, where `grad(*dys)` gives the cotangents of `xs`.

    Where `f` uses trainable variables or makes variables, `grad(*dys, variables=[...])` is told which, and gives the
    cotangents of `xs` and a list of theirs. They must be resources (`use_resource=True`).

    Raises:
      TypeError: If `f` uses variables and `grad` takes no `variables`, or `f` makes one that is no resource.
      ValueError: When gradients are built, if `grad` gives another number of them.

    Example:
      >>> import millpond as tf
      >>> @tf.custom_gradient
      ... def clipped_log1pexp(x):
      ...     e = tf.exp(x)
      ...     return tf.log(1.0 + e), lambda dy: dy * (1.0 - 1.0 / (1.0 + e))
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.constant(100.0)
      ...     print(sess.run(tf.gradients(clipped_log1pexp(x), x)))
      [np.float32(1.0)]
    """

    @functools.wraps(f)
    def decorated(*args: Any, **kwargs: Any) -> Any:
        graph = building.graph_of(args)
        with graph.as_default():
            xs = [convert_to_tensor(x) for x in args]
            known, first = set(map(id, _variables(graph))), len(graph.get_operations())
            result, grad = f(*xs, **kwargs)
            variables = _used(graph, known, first, args)
            if variables and not _takes_variables(grad):
                raise TypeError(f"{getattr(f, '__name__', f)} uses the variables "
                                f"{', '.join(variable.name for variable in variables)}: the gradient function that it "
                                "returns must accept a 'variables' keyword argument, and give their gradients too")
            ys = list(result) if isinstance(result, (list, tuple)) else [result]
            ys = [convert_to_tensor(y) for y in ys]
            outputs = with_gradient(graph, ys, xs, grad, variables)
        return outputs[0] if not isinstance(result, (list, tuple)) else type(result)(outputs)

    return decorated


def _variables(graph: Any) -> list[Any]:
    return [*graph.get_collection(GraphKeys.GLOBAL_VARIABLES), *graph.get_collection(GraphKeys.LOCAL_VARIABLES)]


def _used(graph: Any, known: set[int], first: int, args: Sequence[Any]) -> list[Any]:
    """The variables that a function has made, and the trainable ones that it reads.

    Args:
      graph: The graph.
      known: The variables that there were before, as identities.
      first: How many operations there were before.
      args: What the function was given: a variable among it is no variable that it uses.

    Raises:
      TypeError: If one that it made is no resource.
    """
    handles = {tensor.op.name for op in graph.get_operations()[first:] for tensor in op.inputs
               if tensor.op.type == "VarHandleOp"}
    found = []
    for variable in _variables(graph):
        is_new, is_resource = id(variable) not in known, variable.op.type == "VarHandleOp"
        if is_new and not is_resource:
            raise TypeError(f"the variable '{variable.op.name}' is made inside a function with a gradient of its own "
                            "(tf.custom_gradient), and is no resource: make it with use_resource=True")
        is_read = variable.op.name in handles and variable.trainable
        if (is_new or is_read) and not any(variable is given for given in args):
            found.append(variable)
    return found


def _takes_variables(grad: Callable[..., Any]) -> bool:
    parameters = inspect.signature(grad).parameters
    return "variables" in parameters or any(one.kind is one.VAR_KEYWORD for one in parameters.values())


def _listed(gradients: Any) -> list[Any]:
    return list(gradients) if isinstance(gradients, (list, tuple)) else [gradients]


def with_gradient(graph: Any, ys: list[Tensor], xs: list[Tensor], grad: Callable[..., Any],
                  variables: Sequence[Any] = ()) -> list[Tensor]:
    """Hands `ys` on through a node whose gradient goes straight to `xs`, and to variables."""
    name = f"CustomGradient-{next(_numbers)}"

    @RegisterGradient(name)
    def _gradient(op: Any, *dys: Any) -> list[Any]:
        if not variables:
            dxs, dvs = _listed(grad(*dys[:len(ys)])), []
        else:
            dxs, dvs = map(_listed, grad(*dys[:len(ys)], variables=list(variables)))
        for gradients, of, what in ((dxs, xs, "arguments"), (dvs, variables, "variables")):
            if len(gradients) != len(of):
                raise ValueError(f"custom gradient function gave {len(gradients)} gradients for {len(of)} {what}")
        return [None] * len(ys) + dxs + dvs

    with graph.gradient_override_map({"IdentityN": name}):
        outputs = lookup("IdentityN")([*ys, *xs, *map(convert_to_tensor, variables)])
    return outputs[:len(ys)]


def grad_pass_through(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f` with the gradient of the identity: cotangents go through as if `f` were not there.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.constant(1.4)
      ...     y = tf.grad_pass_through(tf.round)(x)
      ...     print(sess.run([y, tf.gradients(y, x)[0]]))
      [np.float32(1.0), np.float32(1.0)]
    """

    @custom_gradient
    def passed(*args: Any, **kwargs: Any) -> Any:
        return f(*args, **kwargs), lambda *dys: dys[0] if len(dys) == 1 else dys

    return passed
