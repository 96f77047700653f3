"""Optimizers outside of the graph, such as SciPy's: they are given a loss and its gradients as functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import scipy.optimize

from millpond import logs
from millpond.autodiff.gradients import gradients
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.stacks import default_session
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import zeros_like
from millpond.ops.array.identity import placeholder
from millpond.ops.array.join import concat
from millpond.ops.array.shape import reshape
from millpond.variables.collections import trainable_variables
from millpond.variables.variable import Variable


class ExternalOptimizerInterface:
    """Base class of optimizers that lie outside of the graph; a subclass defines `_minimize`.

    Args:
      loss: A tensor of one number, to be minimized.
      var_list: The variables; by default all trainable ones.
      equalities: Tensors that should be 0.
      inequalities: Tensors that should be at least 0.
      var_to_bounds: A dict from variables to pairs of a least and a largest value, which may be arrays.
      **optimizer_kwargs: Passed on to the optimizer.

    Raises:
      ValueError: If a bound is for no variable of `var_list`, or cannot be of its shape.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable([7.0, 7.0])
      ...     optimizer = tf.contrib.opt.ScipyOptimizerInterface(tf.reduce_sum(tf.square(x - 3.0)))
      ...     sess.run(tf.global_variables_initializer())
      ...     optimizer.minimize(sess)
      ...     print(sess.run(x).round(3))
      [3. 3.]
    """

    def __init__(self, loss: Tensor, var_list: Sequence[Variable] | None = None,
                 equalities: Sequence[Tensor] | None = None, inequalities: Sequence[Tensor] | None = None,
                 var_to_bounds: dict[Variable, tuple[Any, Any]] | None = None, **optimizer_kwargs: Any) -> None:
        self._loss = loss
        self._equalities = list(equalities or [])
        self._inequalities = list(inequalities or [])
        self._vars = list(trainable_variables() if var_list is None else var_list)
        self._packed_bounds = None if var_to_bounds is None else self._bounds(var_to_bounds)
        self.optimizer_kwargs = optimizer_kwargs
        self._values = [placeholder(var.dtype.base_dtype, var.shape) for var in self._vars]
        self._updates = [var.assign(value) for var, value in zip(self._vars, self._values, strict=True)]
        self._gradient = self._packed_gradient(loss)
        self._equality_gradients = [self._packed_gradient(one) for one in self._equalities]
        self._inequality_gradients = [self._packed_gradient(one) for one in self._inequalities]
        ends = np.cumsum([0, *(int(np.prod(var.shape.as_list())) for var in self._vars)])
        self._slices = [slice(int(start), int(end)) for start, end in zip(ends[:-1], ends[1:], strict=True)]

    def _bounds(self, var_to_bounds: dict[Variable, tuple[Any, Any]]) -> list[tuple[float, float]]:
        unknown = [var.op.name for var in var_to_bounds if var not in self._vars]
        if unknown:
            raise ValueError(f"Bounds are given for what is not optimized: {', '.join(unknown)}.")
        packed: list[tuple[float, float]] = []
        for var in self._vars:
            low, high = (np.broadcast_to(np.asarray(end), var.shape.as_list()).flatten()
                         for end in var_to_bounds.get(var, (-np.inf, np.inf)))
            packed.extend(zip(low.tolist(), high.tolist(), strict=True))
        return packed

    def _packed_gradient(self, value: Tensor) -> Tensor:
        pairs = zip(gradients(value, self._vars), self._vars, strict=True)
        found = [zeros_like(var) if grad is None else convert_to_tensor(grad) for grad, var in pairs]
        return concat([reshape(grad, [-1]) for grad in found], 0)

    def minimize(self, session: Any = None, feed_dict: dict[Any, Any] | None = None,
                 fetches: Sequence[Any] | None = None, step_callback: Callable[..., Any] | None = None,
                 loss_callback: Callable[..., Any] | None = None, **run_kwargs: Any) -> None:
        """Minimizes the loss, and sets the variables to what is found.

        Args:
          session: The session; by default the default one.
          feed_dict, run_kwargs: As of `Session.run`.
          fetches: What else is fetched with the loss, for `loss_callback`.
          step_callback: Called with the vector of all variables after each step.
          loss_callback: Called with the values of `fetches` each time the loss is computed.
          **run_kwargs: As of `Session.run`.

        Raises:
          ValueError: If there is no session.
        """
        session = session or default_session()
        if session is None:
            raise ValueError("Cannot minimize without a session: give one, or open one with `with`.")
        fed = dict(feed_dict or {})
        extra = list(fetches or [])

        def evaluate(tensors: list[Any], x: np.ndarray) -> list[Any]:
            values = {var: x[part].reshape(var.shape.as_list()).astype(var.dtype.base_dtype.as_numpy_dtype)
                      for var, part in zip(self._vars, self._slices, strict=True)}
            session.run(self._updates, dict(zip(self._values, values.values(), strict=True)))
            return session.run(tensors, fed, **run_kwargs)

        def loss_and_gradient(x: np.ndarray) -> tuple[Any, np.ndarray]:
            loss, gradient, *rest = evaluate([self._loss, self._gradient, *extra], x)
            if loss_callback is not None:
                loss_callback(*rest)
            return loss.astype(np.float64), gradient.astype(np.float64)

        def functions(values: list[Tensor], slopes: list[Tensor]) -> list[tuple[Any, Any]]:
            return [(lambda x, v=value: evaluate([v], x)[0].astype(np.float64),
                     lambda x, s=slope: evaluate([s], x)[0].astype(np.float64))
                    for value, slope in zip(values, slopes, strict=True)]

        start = np.concatenate([np.asarray(value, np.float64).reshape(-1) for value in session.run(self._vars)])
        result = self._minimize(
            initial_val=start, loss_grad_func=loss_and_gradient,
            equalities=functions(self._equalities, self._equality_gradients),
            inequalities=functions(self._inequalities, self._inequality_gradients),
            packed_bounds=self._packed_bounds, step_callback=step_callback, optimizer_kwargs=self.optimizer_kwargs)
        evaluate([], np.asarray(result))

    def _minimize(self, initial_val: np.ndarray, loss_grad_func: Callable[..., Any], equalities: list[Any],
                  inequalities: list[Any], packed_bounds: list[tuple[float, float]] | None,
                  step_callback: Callable[..., Any] | None, optimizer_kwargs: dict[str, Any]) -> np.ndarray:
        raise NotImplementedError(f"{type(self).__name__} does not define _minimize, which gives the best vector.")


class ScipyOptimizerInterface(ExternalOptimizerInterface):
    """Minimizes with `scipy.optimize.minimize`; its `method` is L-BFGS-B, or SLSQP where there are constraints."""

    _DEFAULT_METHOD = "L-BFGS-B"

    def _minimize(self, initial_val: np.ndarray, loss_grad_func: Callable[..., Any], equalities: list[Any],
                  inequalities: list[Any], packed_bounds: list[tuple[float, float]] | None,
                  step_callback: Callable[..., Any] | None, optimizer_kwargs: dict[str, Any]) -> np.ndarray:
        given = dict(optimizer_kwargs)
        constraints = [{"type": kind, "fun": value, "jac": slope} for kind, pairs in
                       (("eq", equalities), ("ineq", inequalities)) for value, slope in pairs]
        method = given.pop("method", "SLSQP" if constraints else self._DEFAULT_METHOD)
        if constraints and method != "SLSQP":
            raise ValueError("Constraints are handled by the method SLSQP only: give method='SLSQP'.")
        found = scipy.optimize.minimize(loss_grad_func, initial_val, jac=True, callback=step_callback,
                                        method=method, constraints=constraints, bounds=packed_bounds, **given)
        logs.info("SciPy's %s is done: %s. The loss is %f after %d iterations and %d evaluations.", method,
                  found.message, found.fun, found.nit, found.nfev)
        return found.x
