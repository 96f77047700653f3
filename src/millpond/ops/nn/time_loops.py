"""Loops over time inside a kernel: in Python on NumPy, one XLA loop when lowered.

A step maps the carried arrays and the values of one time step to new carried arrays and what that step gives. The
steps that run are the first `count` ones, in order or in reverse; what the others would give is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from millpond.graph.rule_types import Array, ArrayModule, Jax

# `step(carry, values)` gives the new carry and the outputs of the step, all of them tuples of arrays.
Step: TypeAlias = Callable[[tuple[Array, ...], tuple[Array, ...]], tuple[tuple[Array, ...], tuple[Array, ...]]]
# How a kernel runs its loop: `loop(step, carry, xs, steps, count, shapes, reverse)`.
Loop: TypeAlias = Callable[..., tuple[tuple[Array, ...], tuple[Array, ...]]]


def on_numpy(step: Step, carry: tuple[Array, ...], xs: tuple[Array, ...], steps: int, count: Any,
             shapes: Sequence[tuple[int, ...]], reverse: bool = False) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    """Runs the loop in Python.

    Args:
      step: What is done in each time step.
      carry: The arrays that the first step is given.
      xs: Arrays whose first dimension is time; each step is given its slice.
      steps: How many time steps there are.
      count: How many of them, from the first one on, are run.
      shapes: The shape of each output of a step.
      reverse: Whether the last of them comes first.

    Returns:
      The carry after the last step, and the outputs stacked along time.
    """
    count = int(count)
    outputs = tuple(np.zeros((steps, *shape), carry[0].dtype) for shape in shapes)
    for t in reversed(range(count)) if reverse else range(count):
        carry, given = step(carry, tuple(x[t] for x in xs))
        for output, value in zip(outputs, given, strict=True):
            output[t] = value
    return carry, outputs


def on_xla(jax: Jax) -> Loop:
    """A loop as one XLA loop: a scan where all steps run, one that stops early where only some do.

    `count` may be an array that is computed; the arguments are those of `on_numpy`.
    """
    jnp, lax = jax.numpy, jax.lax

    def loop(step: Step, carry: tuple[Array, ...], xs: tuple[Array, ...], steps: int, count: Any,
             shapes: Sequence[tuple[int, ...]], reverse: bool = False) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        if isinstance(count, (int, np.ndarray, np.generic)) and int(count) == steps:
            scanned: tuple[tuple[Array, ...], tuple[Array, ...]] = lax.scan(step, carry, xs, length=steps,
                                                                            reverse=reverse)
            return scanned
        last = jnp.asarray(count, jnp.int32) - 1

        def body(turn: Array, state: tuple[Any, Any]) -> tuple[Any, Any]:
            carry, outputs = state
            t = last - turn if reverse else turn
            values = tuple(lax.dynamic_index_in_dim(x, t, keepdims=False) for x in xs)
            carry, given = step(carry, values)
            return carry, tuple(lax.dynamic_update_index_in_dim(output, value, t, 0)
                                for output, value in zip(outputs, given, strict=True))

        outputs = tuple(jnp.zeros((steps, *shape), carry[0].dtype) for shape in shapes)
        if steps == 0:
            return carry, outputs
        final: tuple[tuple[Array, ...], tuple[Array, ...]] = lax.fori_loop(jnp.int32(0), last + 1, body,
                                                                           (carry, outputs))
        return final

    return loop


def before(xp: ArrayModule, count: Array, values: Array) -> Array:
    """What an array with time first holds in the first `count` steps, and zeros after them."""
    steps = values.shape[0]
    if isinstance(count, (int, np.ndarray, np.generic)) and int(count) == steps:
        return values
    times = np.reshape(np.arange(steps), (steps,) + (1,) * (values.ndim - 1))
    return xp.where(xp.less(times, count), values, xp.zeros((), dtype=values.dtype))
