"""Batch renormalization (S. Ioffe, 2017): training normalizes by what inference will use, as far as it is trusted.

With the moments of the batch, m and s, and their moving averages M and S, (x - M) / S is (x - m) / s * r + d for
r = s / S and d = (m - M) / S. These are constants to the gradient, and clipped.
"""

from __future__ import annotations

from typing import Any

from millpond.graph import stacks
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.layers.moving_averages import assign_moving_average
from millpond.ops.array.fill import ones_like, zeros_like
from millpond.ops.array.identity import identity, stop_gradient
from millpond.ops.control.smart_cond import smart_cond
from millpond.ops.math.arithmetic import maximum, minimum
from millpond.ops.math.elementwise import sqrt

_KEYS = ("rmax", "rmin", "dmax")


def checked_clipping(clipping: dict[str, Any] | None) -> dict[str, Any]:
    """The bounds that a user gives, none for None.

    Raises:
      ValueError: If there are other keys than "rmax", "rmin" and "dmax".
    """
    found = dict(clipping or {})
    if not set(found) <= set(_KEYS):
        raise ValueError(f"renorm_clipping has the keys {sorted(found)}; those that it may have are {list(_KEYS)}")
    return found


def correction(layer: Any, mean: Tensor, variance: Tensor, training: TensorLike) -> tuple[Tensor, ...]:
    """The correction for the moments of a batch; updates the averages that it is computed from.

    Args:
      layer: A `BatchNormalization`, for `epsilon`, `renorm_mean`, `renorm_stddev`, `renorm_momentum` and
        `renorm_clipping`.
      mean, variance: The moments.
      training: Whether there is a correction at all.

    Returns:
      r and d, then `mean` and `variance` again, which a run computes after the averages were updated.
    """
    graph = stacks.default_graph()
    stddev = sqrt(variance + layer.epsilon)
    # The average may be near zero in the first steps.
    average = maximum(layer.renorm_stddev, sqrt(layer.epsilon))
    r, d = stddev / average, (mean - layer.renorm_mean) / average
    with graph.control_dependencies([r, d]):  # computed before the averages move
        mean, stddev = identity(mean), identity(stddev)
    r, d = _clipped(r, d, **layer.renorm_clipping)
    r = smart_cond(training, lambda: r, lambda: ones_like(r))
    d = smart_cond(training, lambda: d, lambda: zeros_like(d))
    updates = [_updated(layer.renorm_mean, mean, layer.renorm_momentum, training),
               _updated(layer.renorm_stddev, stddev, layer.renorm_momentum, training)]
    with graph.control_dependencies(updates):
        mean, variance = identity(mean), identity(variance)
    return stop_gradient(r, name="renorm_r"), stop_gradient(d, name="renorm_d"), mean, variance


def _clipped(r: Tensor, d: Tensor, rmin: Any = None, rmax: Any = None, dmax: Any = None) -> tuple[Tensor, Tensor]:
    r = r if rmin is None else maximum(r, rmin)
    r = r if rmax is None else minimum(r, rmax)
    return r, d if dmax is None else minimum(maximum(d, -dmax), dmax)


def _updated(average: Any, value: Tensor, momentum: float, training: TensorLike) -> Tensor:
    value = identity(value)
    return smart_cond(training, lambda: assign_moving_average(average, value, momentum), lambda: identity(average))
