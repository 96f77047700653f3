"""`tf.contrib.integrate`: ordinary differential equations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant
from millpond.ops.array.identity import identity
from millpond.ops.array.join import concat
from millpond.ops.array.shape import expand_dims
from millpond.ops.control.functional import scan
from millpond.ops.control.while_loop import while_loop
from millpond.ops.host.assertions import Assert
from millpond.ops.math.arithmetic import maximum, minimum
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import where
from millpond.ops.math.elementwise import abs as magnitude
from millpond.ops.math.elementwise import sqrt, square
from millpond.ops.math.reduction import reduce_mean
from millpond.ops.scoping import name_scope
from millpond.public.modules import publish

publish(__name__)

Derivative = Callable[[Tensor, Tensor], Any]

# J. R. Dormand and P. J. Prince, "A family of embedded Runge-Kutta formulae" (1980): the times of the stages and their
# coefficients, of which the last row is the solution of order 5, and its difference to that of order 4.
_TIMES = (1 / 5, 3 / 10, 4 / 5, 8 / 9, 1.0, 1.0)
_STAGES = ((1 / 5,), (3 / 40, 9 / 40), (44 / 45, -56 / 15, 32 / 9),
           (19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729),
           (9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656),
           (35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84))
_ERRORS = (35 / 384 - 5179 / 57600, 0.0, 500 / 1113 - 7571 / 16695, 125 / 192 - 393 / 640,
           -2187 / 6784 + 92097 / 339200, 11 / 84 - 187 / 2100, -1 / 40)
_OPTIONS: dict[str, float] = {"first_step": 0.001, "safety": 0.9, "ifactor": 10.0, "dfactor": 0.2,
                              "max_num_steps": 1000}


class _State(NamedTuple):
    """Where the solution is: value, derivative, time, the size of the next step, and the number of steps."""

    y: Tensor
    slope: Tensor
    t: Tensor
    dt: Tensor
    steps: Tensor


class _Problem(NamedTuple):
    """The equation, and what the steps keep to."""

    func: Derivative
    rtol: float
    atol: float
    options: Mapping[str, Any]

    def slope(self, y: Tensor, t: Tensor) -> Tensor:
        """The derivative."""
        return convert_to_tensor(self.func(y, t), dtype=y.dtype)


def odeint(func: Derivative, y0: TensorLike, t: TensorLike, rtol: float = 1e-6, atol: float = 1e-12,
           method: str | None = None, options: Mapping[str, Any] | None = None, full_output: bool = False,
           name: str | None = None) -> Any:
    """The solution of `dy/dt = func(y, t)` at the times `t`, by steps whose size follows their error.

    Args:
      func: A function of a value and a time.
      y0: The value at the first of the times.
      t: Times that rise, as a vector of floats.
      rtol, atol: The error, relative and absolute, that a step may make.
      method: `dopri5`, which is the default: Dormand and Prince's method of order 5.
      options: A dict of `first_step` (0.001), `safety` (0.9), `ifactor` (10.0) and `dfactor` (0.2), which bound how a
        step grows and shrinks, and `max_num_steps` (1000) between two times.
      full_output: Whether a dict with the number of evaluations, `num_func_evals`, is returned too.
      name: Prefix of the operations.

    Returns:
      A tensor of the values, whose first dimension is that of the times; with `full_output` also the dict.

    Raises:
      ValueError: If the method or an option is unknown.
      tf.errors.InvalidArgumentError: In the run, if there are too many steps.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.integrate.odeint(lambda y, t: -y, [1.0], [0.0, 1.0], 1e-4, 1e-6)).round(3))
      [[1.   ]
       [0.368]]
    """
    if method not in (None, "dopri5"):
        raise ValueError(f"invalid method: {method!r}; the only one is 'dopri5'.")
    unknown = sorted(set(options or {}) - set(_OPTIONS))
    if unknown:
        raise ValueError(f"Unknown options: {', '.join(unknown)}; there are {', '.join(_OPTIONS)}.")
    problem = _Problem(func, rtol, atol, {**_OPTIONS, **(options or {})})
    with name_scope(name, "odeint", [y0, t]):
        y, times = convert_to_tensor(y0, name="y0"), convert_to_tensor(t, name="t")
        first = constant(problem.options["first_step"], dtype=times.dtype)
        start = _State(y, problem.slope(y, times[0]), times[0], first, constant(0))
        later = _State(*scan(lambda state, until: tuple(_advanced(problem, _State(*state), until)), times[1:],
                             initializer=tuple(start)))
        values = concat([expand_dims(y, 0), later.y], 0)
        return (values, {"num_func_evals": 6 * later.steps[-1] + 1}) if full_output else values


def odeint_fixed(func: Derivative, y0: TensorLike, t: TensorLike, dt: float | None = None, method: str = "rk4",
                 name: str | None = None) -> Tensor:
    """The solution of `dy/dt = func(y, t)` at the times `t`, with a step from each time to the next.

    Args:
      func: A function of a value and a time.
      y0: The value at the first of the times.
      t: Times that rise, as a vector of floats.
      dt: Accepted only as None.
      method: `rk4`, the method of order 4, or `midpoint`, of order 2.
      name: Prefix of the operations.

    Raises:
      ValueError: If the method is unknown.
      NotImplementedError: If `dt` is given.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.integrate.odeint_fixed(lambda y, t: -y, 1.0, [0.0, 0.5, 1.0])).round(3))
      [1.    0.607 0.368]
    """
    if method not in ("rk4", "midpoint"):
        raise ValueError(f"method not supported: {method!r}; use 'rk4' or 'midpoint'.")
    if dt is not None:
        raise NotImplementedError("tf.contrib.integrate.odeint_fixed(dt=...): give the times of all steps as t.")
    problem = _Problem(func, 0.0, 0.0, {})
    with name_scope(name, "odeint_fixed", [y0, t]):
        start, times = convert_to_tensor(y0, name="y0"), convert_to_tensor(t, name="t")

        def step(y: Tensor, ends: tuple[Tensor, Tensor]) -> Tensor:
            begin, end = ends
            half, h = (end - begin) / 2.0, cast(end - begin, y.dtype)
            first = problem.slope(y, begin)
            middle = problem.slope(y + 0.5 * h * first, begin + half)
            if method == "midpoint":
                return y + h * middle
            again = problem.slope(y + 0.5 * h * middle, begin + half)
            last = problem.slope(y + h * again, end)
            return y + h / 6.0 * (first + 2.0 * (middle + again) + last)

        return concat([expand_dims(start, 0), scan(step, (times[:-1], times[1:]), initializer=start)], 0)


def _advanced(problem: _Problem, state: _State, until: Tensor) -> _State:
    """The solution at a later time."""
    limit = state.steps + int(problem.options["max_num_steps"])

    def goes_on(*parts: Tensor) -> Tensor:
        now = _State(*parts)
        return (now.t < until) & (now.steps < limit)

    def step(*parts: Tensor) -> tuple[Tensor, ...]:
        return tuple(_stepped(problem, _State(*parts), until))

    found = _State(*while_loop(goes_on, step, tuple(state)))
    check = Assert(found.t >= until, ["max_num_steps exceeded on the way to the time", until])
    with default_graph().control_dependencies([check]):
        return found._replace(y=identity(found.y))


def _stepped(problem: _Problem, state: _State, until: Tensor) -> _State:
    """One step, which is taken back if its error is too large."""
    is_cut = state.t + state.dt >= until
    dt = minimum(state.dt, until - state.t)
    h = cast(dt, state.y.dtype)
    slopes, y = [state.slope], state.y
    for time, row in zip(_TIMES, _STAGES, strict=True):
        y = state.y + h * _weighted(row, slopes)
        slopes.append(problem.slope(y, state.t + time * dt))
    tolerance = problem.atol + problem.rtol * maximum(magnitude(state.y), magnitude(y))
    ratio = cast(sqrt(reduce_mean(square(magnitude(h * _weighted(_ERRORS, slopes)) / tolerance))), dt.dtype)
    accepted = ratio <= 1.0
    factor = problem.options["safety"] * maximum(ratio, 1e-10) ** -0.2
    factor = minimum(maximum(factor, problem.options["dfactor"]), problem.options["ifactor"])
    # A step that was cut short says nothing against the size that was planned.
    size = where(accepted & is_cut, maximum(state.dt, factor * dt), factor * dt)
    reached = where(is_cut, until, state.t + dt)
    return _State(where(accepted, y, state.y), where(accepted, slopes[-1], state.slope),
                  where(accepted, reached, state.t), size, state.steps + 1)


def _weighted(weights: tuple[float, ...], slopes: list[Tensor]) -> Tensor:
    terms = [weight * slope for weight, slope in zip(weights, slopes, strict=False) if weight]
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total
