"""Gamma and Poisson numbers from Philox streams (`philox.py`), drawn until one is accepted.

Each output has a sub-stream of its own, 256 blocks after the one before, and takes doubles and normals from
it as it needs them. A block gives two of either, of which the second is used first. All outputs are worked on
at once: a step is one attempt of each lane that has not finished. NumPy goes on with the unfinished lanes
alone; XLA, whose shapes are fixed, with all of them until the last one has finished.

`random_x(xp, ...)` is for NumPy and `random_x_lower(jax, ...)` for XLA. A stateful op moves its stream by
`philox.samples_for_outputs(size of the output)`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from millpond.graph.rule_types import ArrayModule, Jax
from millpond.ops.random import philox
from millpond.ops.random.random_distributions import double_uniform, radius_and_angle

# What all steps keep of each lane, by name; "done" is a bool.
Lanes = dict[str, Any]
# loop(step, lanes): applies step until all lanes are done.
Loop = Callable[[Callable[[Lanes], Lanes], Lanes], Lanes]
# Of one block: the number that is used first, and the one kept for the next time.
Source = Callable[[Any, tuple[Any, Any, Any, Any]], tuple[Any, Any]]

_LOG_FACTORIALS = np.array([math.lgamma(k + 1.0) for k in range(16)])
# The rate from which Poisson numbers are drawn by transformed rejection.
_LARGE_RATE = 10.0


def random_gamma(xp: ArrayModule, state: Any, shape: Sequence[int], alpha: Any) -> Any:
    """Numbers of the gamma distribution with scale 1.

    G. Marsaglia, W. W. Tsang: A simple method for generating gamma variables, 2000. Below 1, the shape
    parameter is raised by one and the result multiplied by u**(1 / alpha); at 1, the result is -log(1 - u).

    Args:
      xp: `numpy`.
      state: uint32[6].
      shape: How many numbers to draw for each alpha.
      alpha: Shape parameters, of a floating dtype. The results are NaN where one is not in (0, inf).

    Returns:
      An array of shape `shape + alpha.shape` and alpha's dtype.

    Example:
      >>> random_gamma(np, philox.initial_state(87654321, 5), [2], np.array([1.0, 100.0])).round(6).tolist()
      [[0.766334, 88.30902], [0.667576, 87.789692]]
    """
    return _gamma(xp, _numpy_loop, state, shape, alpha)


def random_gamma_lower(jax: Jax, state: Any, shape: Sequence[int], alpha: Any) -> Any:
    """`random_gamma` for XLA."""
    return _gamma(jax.numpy, _xla_loop(jax), state, shape, alpha)


def random_poisson(xp: ArrayModule, state: Any, shape: Sequence[int], rate: Any, dtype: Any) -> Any:
    """Numbers of the Poisson distribution.

    For rates below 10, as many uniform numbers as can be multiplied before the product is at most exp(-rate)
    (D. E. Knuth: The Art of Computer Programming, volume 2, 3.4.1); else transformed rejection (W. Hörmann:
    The transformed rejection method for generating Poisson random variables, 1993, algorithm PTRS).

    Args:
      xp: `numpy`.
      state: uint32[6].
      shape: How many numbers to draw for each rate.
      rate: Of a floating dtype. Where one is negative, not finite, or more than the dtype of the result can
        hold, the results are NaN, or -1 if they are integers. (TensorFlow does not return.)
      dtype: Of the result: a floating or integer dtype.

    Returns:
      An array of shape `shape + rate.shape` and the dtype.

    Example:
      >>> rate = np.array([0.5, 3.0, 20.0], np.float32)
      >>> random_poisson(np, philox.initial_state(87654321, 1), [3], rate, np.float32).tolist()
      [[0.0, 7.0, 22.0], [0.0, 3.0, 20.0], [0.0, 4.0, 19.0]]
    """
    return _poisson(xp, _numpy_loop, state, shape, rate, dtype)


def random_poisson_lower(jax: Jax, state: Any, shape: Sequence[int], rate: Any, dtype: Any) -> Any:
    """`random_poisson` for XLA."""
    return _poisson(jax.numpy, _xla_loop(jax), state, shape, rate, dtype)


def _gamma(xp: ArrayModule, loop: Loop, state: Any, shape: Sequence[int], alpha: Any) -> Any:
    lanes = _new_lanes(xp, shape, alpha, ("normal", "uniform"))
    shape_parameter = lanes["parameter"]
    is_valid = (shape_parameter > 0) & (shape_parameter < np.inf)
    is_exponential, is_small = shape_parameter == 1, shape_parameter < 1
    lanes["done"] = ~is_valid | is_exponential
    mode = shape_parameter + xp.where(is_small, 2 / 3, -1 / 3)
    lanes["mode"] = xp.where(lanes["done"], 1.0, mode)
    lanes["value"] = xp.full(shape_parameter.shape, np.nan)

    def attempt(lanes: Lanes) -> Lanes:
        lanes, normal = _draw(xp, state, lanes, "normal", _two_normals, ~lanes["done"])
        mode = lanes["mode"]
        root = 1 + normal / (3 * xp.sqrt(mode))
        is_positive = ~lanes["done"] & (root > 0)
        lanes, uniform = _draw(xp, state, lanes, "uniform", _two_uniforms, is_positive)
        volume = xp.where(is_positive, root * root * root, 1.0)
        square = normal * normal
        accepted = is_positive & (
            (uniform < 1 - 0.0331 * square * square)
            | (xp.log(uniform) < 0.5 * square + mode * (1 - volume + xp.log(volume))))
        return {**lanes, "done": lanes["done"] | accepted,
                "value": xp.where(accepted, mode * volume, lanes["value"])}

    lanes = loop(attempt, lanes)
    _, uniform = _draw(xp, state, lanes, "uniform", _two_uniforms, is_exponential | is_small)
    raised = lanes["value"] * uniform ** (1 / xp.where(is_small & is_valid, shape_parameter, 1.0))
    values = xp.where(is_exponential, -xp.log1p(-uniform), xp.where(is_small, raised, lanes["value"]))
    return xp.reshape(xp.astype(values, alpha.dtype), (*shape, *alpha.shape))


def _poisson(xp: ArrayModule, loop: Loop, state: Any, shape: Sequence[int], rate: Any, dtype: Any) -> Any:
    dtype = np.dtype(dtype)
    largest = float(np.iinfo(dtype).max if dtype.kind in "iu" else np.finfo(dtype).max)
    lanes = _new_lanes(xp, shape, rate, ("uniform",))
    is_valid = (lanes["parameter"] >= 0) & (lanes["parameter"] < min(largest, np.finfo(np.float64).max))
    is_large = lanes["parameter"] >= _LARGE_RATE
    lanes["value"] = xp.where(is_valid, 0.0, -1.0 if dtype.kind in "iu" else np.nan)

    counting = {**lanes, "done": ~is_valid | is_large, "product": xp.ones_like(lanes["parameter"])}
    counting["parameter"] = xp.exp(-xp.where(counting["done"], 0.0, lanes["parameter"]))
    rejecting = {**lanes, "done": ~is_valid | ~is_large}
    rejecting["parameter"] = xp.where(rejecting["done"], _LARGE_RATE, lanes["parameter"])
    small = loop(lambda lanes: _multiply_once(xp, state, lanes), counting)["value"]
    large = loop(lambda lanes: _transformed_rejection(xp, state, lanes, largest), rejecting)["value"]
    values = xp.where(is_large, large, small)
    return xp.reshape(xp.astype(values, dtype), (*shape, *rate.shape))


def _multiply_once(xp: ArrayModule, state: Any, lanes: Lanes) -> Lanes:
    """A step of Knuth's algorithm; the parameter is exp(-rate)."""
    wanted = ~lanes["done"]
    lanes, uniform = _draw(xp, state, lanes, "uniform", _two_uniforms, wanted)
    product = xp.where(wanted, lanes["product"] * uniform, lanes["product"])
    goes_on = wanted & (product > lanes["parameter"])
    value = xp.where(goes_on, lanes["value"] + 1, lanes["value"])
    return {**lanes, "product": product, "done": ~goes_on, "value": value}


def _transformed_rejection(xp: ArrayModule, state: Any, lanes: Lanes, largest: float) -> Lanes:
    """A step of Hörmann's algorithm, with the names and constants of his paper."""
    wanted, mu = ~lanes["done"], lanes["parameter"]
    lanes, u = _draw(xp, state, lanes, "uniform", _two_uniforms, wanted)
    lanes, v = _draw(xp, state, lanes, "uniform", _two_uniforms, wanted)
    b = 0.931 + 2.53 * xp.sqrt(mu)
    a = -0.059 + 0.02483 * b
    u = u - 0.5
    us = 0.5 - xp.abs(u)
    k = xp.floor((2 * a / us + b) * u + mu + 0.43)
    is_inside = (us >= 0.07) & (v <= 0.9277 - 3.6224 / (b - 2))
    is_outside = (k < 0) | ((us < 0.013) & (v > us))
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    bound = xp.log(v * inverse_alpha / (a / (us * us) + b))
    accepted = is_inside | (~is_outside & (bound <= k * xp.log(mu) - mu - _log_factorial(xp, k)))
    accepted = wanted & accepted & (k <= largest)
    return {**lanes, "done": lanes["done"] | accepted, "value": xp.where(accepted, k, lanes["value"])}


def _log_factorial(xp: ArrayModule, k: Any) -> Any:
    """log(k!) of whole numbers: a table, and from 16 on Stirling's series, which has then 16 digits."""
    table = xp.asarray(_LOG_FACTORIALS)[xp.astype(xp.clip(k, 0, 15), np.int32)]
    x = xp.maximum(k, 15.0) + 1
    inverse_square = 1 / (x * x)
    series = (1 / 12 - (1 / 360 - (1 / 1260 - inverse_square / 1680) * inverse_square) * inverse_square) / x
    return xp.where(k < 16, table, (x - 0.5) * xp.log(x) - x + 0.5 * math.log(2 * math.pi) + series)


def _new_lanes(xp: ArrayModule, shape: Sequence[int], parameters: Any, kinds: Sequence[str]) -> Lanes:
    """One lane for each output, with nothing drawn. Sub-streams go by parameter, then by number."""
    count, parameters = math.prod(shape), xp.reshape(xp.astype(parameters, np.float64), (-1,))
    number = xp.arange(count * parameters.shape[0], dtype=np.uint64)
    substream = xp.reshape(xp.reshape(number, (parameters.shape[0], count)).T, (-1,))
    lanes = {"parameter": xp.tile(parameters, count),
             "block": substream * np.uint64(philox.BLOCKS_PER_OUTPUT)}
    for kind in kinds:
        lanes[f"{kind} kept"] = xp.zeros(number.shape, np.float64)
        lanes[f"has {kind}"] = xp.zeros(number.shape, bool)
    return lanes


def _draw(xp: ArrayModule, state: Any, lanes: Lanes, kind: str, source: Source, wanted: Any) -> tuple[Lanes, Any]:
    """The next number of a kind for each lane that wants one: the one kept, or its next block's first."""
    kept, has = lanes[f"{kind} kept"], lanes[f"has {kind}"]
    first, second = source(xp, philox.blocks(xp, state, lanes["block"]))
    opens = wanted & ~has
    changed = {f"{kind} kept": xp.where(opens, second, kept), f"has {kind}": has ^ wanted,
               "block": lanes["block"] + xp.astype(opens, np.uint64)}
    return {**lanes, **changed}, xp.where(has, kept, first)


def _two_uniforms(xp: ArrayModule, block: tuple[Any, Any, Any, Any]) -> tuple[Any, Any]:
    return double_uniform(xp, *block[2:]), double_uniform(xp, *block[:2])


def _two_normals(xp: ArrayModule, block: tuple[Any, Any, Any, Any]) -> tuple[Any, Any]:
    radius, angle = radius_and_angle(xp, double_uniform(xp, *block[:2]), double_uniform(xp, *block[2:]))
    return xp.cos(angle) * radius, xp.sin(angle) * radius


def _numpy_loop(step: Callable[[Lanes], Lanes], lanes: Lanes) -> Lanes:
    lanes = {name: np.array(values) for name, values in lanes.items()}
    unfinished = np.flatnonzero(~lanes["done"])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        while unfinished.size:
            moved = step({name: values[unfinished] for name, values in lanes.items()})
            for name, values in moved.items():
                lanes[name][unfinished] = values
            unfinished = unfinished[~moved["done"]]
    return lanes


def _xla_loop(jax: Jax) -> Loop:
    def loop(step: Callable[[Lanes], Lanes], lanes: Lanes) -> Lanes:
        return jax.lax.while_loop(lambda lanes: ~jax.numpy.all(lanes["done"]), step, lanes)
    return loop
