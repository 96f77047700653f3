"""Permutations and draws from given odds, from Philox streams (`philox.py`).

Both are integers, and the same as TensorFlow's on one thread. (On several threads TensorFlow's own
`Multinomial` depends on how many there are, as each thread skips ahead by a guess of what the rows before it
have used.)
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.graph.rule_types import ArrayModule, Jax
from millpond.ops.random import philox
from millpond.ops.random.random_distributions import random_uniform


def shuffle_samples_used(count: int) -> int:
    """How far a shuffle of `count` elements moves the op's counter."""
    return philox.samples_for_words(max(count - 1, 0))


def shuffle_permutation(xp: ArrayModule, state: Any, count: int) -> Any:
    """Which elements a shuffle puts in each place: `take(value, permutation)` is the shuffled value.

    The shuffle is that of R. A. Fisher and F. Yates from the front: step i swaps element i with element
    i + (word i modulo count - i), for i = 0 to count - 2.

    Args:
      xp: `numpy`.
      state: uint32[6].
      count: How many elements there are.

    Returns:
      int64[count].

    Example:
      >>> shuffle_permutation(np, philox.initial_state(87654321, 1), 8).tolist()
      [7, 4, 5, 2, 3, 0, 6, 1]
    """
    history = _Swaps(xp, philox.words(xp, state, max(count - 1, 0)), count)
    origin = history.before
    while not xp.array_equal(origin, origin[origin]):
        origin = origin[origin]
    return history.permutation(xp, origin)


def shuffle_permutation_lower(jax: Jax, state: Any, count: int) -> Any:
    """`shuffle_permutation` for XLA."""
    xp = jax.numpy
    history = _Swaps(xp, philox.words(xp, state, max(count - 1, 0)), count)
    origin = jax.lax.while_loop(lambda at: xp.any(at != at[at]), lambda at: at[at], history.before)
    return history.permutation(xp, origin)


class _Swaps:
    """All swaps of a shuffle at once, since one after the other is slow in Python and on a GPU.

    Step i puts in place i, for good, what lies at its target t(i) >= i; what was in place i goes to the
    target. So what step i finds at t(i) was put there by the last step j < i with the same target, and is
    what that step found in place j; or it is element t(i) itself, if there is no such step. What step j finds
    in place j comes in the same way from the last step before it whose target is j. Following these steps
    back to their origin takes a number of doublings that is logarithmic in the length of the longest chain,
    which itself grows with log(count).

    Attributes:
      target: t(i). The last element is a step that swaps it with itself.
      earlier: The last step before step i that has the same target, or -1.
      before: The last step before step i of which place i is the target, or i itself.
    """

    def __init__(self, xp: ArrayModule, words: Any, count: int) -> None:
        step = xp.arange(count, dtype=np.int64)
        choices = xp.astype(count - step[:-1], np.uint32)
        self.target = xp.concatenate([step[:-1] + xp.astype(words % choices, np.int64), step[-1:]])
        # Sorted by target, then by step.
        key = xp.sort(self.target << np.int64(32) | step)
        target, by_target = key >> np.int64(32), key & np.int64(0xFFFFFFFF)
        follows = target[1:] == target[:-1]
        nothing = xp.zeros((min(count, 1),), bool)
        same_as_left = xp.concatenate([nothing, follows])
        is_last = ~xp.concatenate([follows, nothing])
        left = xp.where(same_as_left, xp.concatenate([by_target[:1], by_target[:-1]]), -1)
        self.earlier = _scatter(xp, xp.full((count + 1,), -1, np.int64), by_target, left)[:count]
        # A step that swaps an element with itself is the last of its target, and no step before itself.
        last = xp.where(by_target == target, left, by_target)
        place = xp.where(is_last & (last >= 0), target, count)
        self.before = _scatter(xp, xp.arange(count + 1, dtype=np.int64), place, last)[:count]

    def permutation(self, xp: ArrayModule, origin: Any) -> Any:
        if self.target.shape[0] == 0:
            return self.target
        return xp.where(self.earlier >= 0, origin[xp.maximum(self.earlier, 0)], self.target)


def _scatter(xp: ArrayModule, into: Any, index: Any, values: Any) -> Any:
    """A copy with values[i] at index[i]; where an index comes twice, which one counts is not defined."""
    if xp is np:
        into = into.copy()
        into[index] = values
        return into
    return into.at[index].set(values)


def multinomial_samples_used(rows: int, count: int) -> int:
    """How far `count` draws for each of `rows` move the counter: by 256 blocks for each word."""
    return philox.samples_for_outputs(rows * 2 * 4 * -(-count // 4))


def multinomial(xp: ArrayModule, state: Any, logits: Any, count: int, dtype: Any = np.int64) -> Any:
    """Draws class numbers with the odds exp(logits) (`Multinomial`, `StatelessMultinomial`).

    A double in [0, 1) is scaled to the sum of a row's odds and looked up in their running sum.

    Args:
      xp: `numpy`.
      state: uint32[6].
      logits: [rows, classes], of a floating dtype. A class whose logit is not finite is never drawn;
        a row without any other gives the number of classes.
      count: Draws for each row.
      dtype: int32 or int64.

    Returns:
      [rows, count], of the dtype.

    Example:
      >>> logits = np.array([[0.0, 0.0, 2.0]], np.float32)
      >>> multinomial(np, philox.initial_state(87654321, 3), logits, 8).tolist()
      [[0, 2, 0, 2, 2, 2, 0, 2]]
    """
    sums, sought = _running_odds(xp, state, logits, count)
    found = [np.searchsorted(row, values, side="right") for row, values in zip(sums, sought, strict=True)]
    return xp.reshape(xp.astype(xp.asarray(found), np.dtype(dtype)), (len(sums), count))


def multinomial_lower(jax: Jax, state: Any, logits: Any, count: int, dtype: Any = np.int64) -> Any:
    """`multinomial` for XLA."""
    sums, sought = _running_odds(jax.numpy, state, logits, count)
    search = jax.vmap(lambda row, values: jax.numpy.searchsorted(row, values, side="right"))
    return jax.numpy.astype(search(sums, sought), np.dtype(dtype))


def _running_odds(xp: ArrayModule, state: Any, logits: Any, count: int) -> tuple[Any, Any]:
    """float64 [rows, classes], the running sums of the odds, and [rows, count], what to look up in them."""
    logits = xp.astype(logits, np.float64)
    is_possible = xp.isfinite(logits)
    least = float(np.finfo(np.float64).min)
    greatest = xp.max(xp.where(is_possible, logits, least), axis=1, keepdims=True, initial=least)
    odds = xp.where(is_possible, xp.exp(xp.where(is_possible, logits, greatest) - greatest), 0.0)
    sums = xp.cumsum(odds, axis=1)
    return sums, random_uniform(xp, state, (logits.shape[0], count), np.float64) * sums[:, -1:]
