"""Uniform, integer, normal and truncated normal numbers from Philox streams.

What each output takes from its stream (a word has 32 bits, a block four words, see `philox.py`):

| output | takes |
| --- | --- |
| uniform half, bfloat16, float | one word: its lowest 10, 7 or 23 bits are the fraction |
| uniform double | two words: 20 bits of the first above the 32 of the second |
| int32, uint32 / int64, uint64 | one word / two, the lower first |
| two normals (half, bfloat16, float) | two words |
| two normals (double) | four words |
| four truncated normals, or two of double | as many as it takes, from a sub-stream 256 (128) blocks apart |

Integers and uniforms have the same bits as TensorFlow's. Normals are made by the same formula from the same
bits, and differ in the last places, as the logarithms, sines and cosines of the libraries do.

A generator without `_lower` beside it runs on `numpy` and `jax.numpy`. Where one form cannot be fast in both,
`random_x(xp, ...)` is for NumPy and `random_x_lower(jax, ...)` for XLA. Each fills any shape in row-major
order, and moves the stream of a stateful op by `philox.samples_for_outputs(size)`, whatever it has really
drawn.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.graph.rule_types import ArrayModule, Jax
from millpond.ops.random import philox
from millpond.ops.random.philox import BLOCKS_PER_OUTPUT

# Truncated normals are redrawn until they lie within this many standard deviations.
TRUNCATION = 2.0

_FRACTION_BITS = {"float16": 10, "bfloat16": 7, "float32": 23}
# The least uniform number of which Box-Muller takes the logarithm.
_LEAST_UNIFORM = 1e-7
# pi / 2 as a sum of float32, and of float64, whose first part is short enough for its multiples to be exact.
_HALF_PI = ((round(math.pi * 2**18) / 2**19, math.pi / 2 - round(math.pi * 2**18) / 2**19),
            (round(math.pi * 2**39) / 2**40, math.pi / 2 - round(math.pi * 2**39) / 2**40, 6.123234e-17))
# Blocks after which XLA's search for a group of 2 or 4 truncated normals ends: 32 normals, of which too few
# lie inside with a probability below 1e-30.
_MOST_BLOCKS = {2: 16, 4: 8}


def random_uniform(xp: ArrayModule, state: Any, shape: Sequence[int], dtype: Any) -> Any:
    """Numbers in [0, 1), evenly spaced.

    Args:
      xp: `numpy` or `jax.numpy`.
      state: uint32[6].
      shape: Of the result.
      dtype: float16, bfloat16, float32 or float64.

    Returns:
      An array of the shape and dtype.

    Raises:
      NotImplementedError: If there are no uniform numbers of the dtype.

    Example:
      >>> random_uniform(np, philox.initial_state(87654321, 1), [2], np.float32)
      array([0.2390374 , 0.92039955], dtype=float32)
    """
    dtype, count = np.dtype(dtype), math.prod(shape)
    if dtype == np.float64:
        values = double_uniform(xp, *philox.word_pairs(xp, state, count))
    elif dtype.name in _FRACTION_BITS:
        values = xp.astype(_uniform(xp, philox.words(xp, state, count), _FRACTION_BITS[dtype.name]), dtype)
    else:
        raise _no_such_numbers("uniform", dtype)
    return xp.reshape(values, tuple(shape))


def random_uniform_int(xp: ArrayModule, state: Any, shape: Sequence[int], minval: Any, maxval: Any) -> Any:
    """Integers in [minval, maxval): `minval` plus a word (or two) modulo the width of the interval.

    Args:
      xp: `numpy` or `jax.numpy`.
      state: uint32[6].
      shape: Of the result.
      minval: Least value: a scalar array of int32, int64, uint32 or uint64, which is the dtype of the result.
      maxval: One more than the greatest value, of the same dtype. The caller checks that it exceeds `minval`.

    Returns:
      An array of the shape and of `minval`'s dtype.

    Raises:
      NotImplementedError: If there are no random integers of the dtype.

    Example:
      >>> random_uniform_int(np, philox.initial_state(87654321, 3), [6], np.int32(0), np.int32(10))
      array([7, 3, 0, 0, 7, 6], dtype=int32)
    """
    dtype = np.dtype(minval.dtype)
    drawn = random_bits(xp, state, shape, dtype)
    unsigned = drawn.dtype
    # One dimension, since NumPy warns when a scalar wraps around.
    low = xp.astype(xp.reshape(minval, (1,)), unsigned)
    width = xp.astype(xp.reshape(maxval, (1,)), unsigned) - low
    values = xp.reshape(drawn, (-1,)) % width + low
    return xp.reshape(xp.astype(values, dtype), tuple(shape))


def random_bits(xp: ArrayModule, state: Any, shape: Sequence[int], dtype: Any) -> Any:
    """Unsigned integers of which every bit is random.

    Args:
      xp: `numpy` or `jax.numpy`.
      state: uint32[6].
      shape: Of the result.
      dtype: int32, int64, uint32 or uint64.

    Returns:
      An array of the unsigned type of the dtype's width; cast it to have the full range of a signed type.

    Raises:
      NotImplementedError: If there are no random integers of the dtype.

    Example:
      >>> random_bits(np, np.zeros(6, np.uint32), [1], np.int64)
      array([16242730742183356629], dtype=uint64)
    """
    dtype, count = np.dtype(dtype), math.prod(shape)
    if dtype.kind not in "iu" or dtype.itemsize not in (4, 8):
        raise _no_such_numbers("integer", dtype)
    if dtype.itemsize == 4:
        return xp.reshape(philox.words(xp, state, count), tuple(shape))
    low, high = philox.word_pairs(xp, state, count)
    return xp.reshape(xp.astype(low, np.uint64) | xp.astype(high, np.uint64) << np.uint64(32), tuple(shape))


def random_normal(xp: ArrayModule, state: Any, shape: Sequence[int], dtype: Any) -> Any:
    """Standard normal numbers: sqrt(-2 log u) times sin(2 pi v), and then times cos(2 pi v).

    u and v are uniform (G. E. P. Box, M. E. Muller: A note on the generation of random normal deviates,
    1958).

    Args:
      xp: `numpy`.
      state: uint32[6].
      shape: Of the result.
      dtype: float16, bfloat16, float32 or float64.

    Returns:
      An array of the shape and dtype.

    Raises:
      NotImplementedError: If there are no normal numbers of the dtype.

    Example:
      >>> random_normal(np, philox.initial_state(87654321, 11), [2], np.float64).round(6)
      array([0.191705, 0.79389 ])
    """
    dtype, count = _normal_dtype(dtype), math.prod(shape)
    values = _normals(xp, state, np.arange(-(-count // _group_size(dtype)), dtype=np.uint64), dtype)
    return xp.reshape(xp.astype(xp.reshape(values, (-1,))[:count], dtype), tuple(shape))


def random_normal_lower(jax: Jax, state: Any, shape: Sequence[int], dtype: Any) -> Any:
    """`random_normal` for XLA: one lane for each output."""
    xp = jax.numpy
    dtype, count = _normal_dtype(dtype), math.prod(shape)
    lane = philox.lane_numbers(xp, count)
    group = _group_size(dtype)
    values = _normal_at(jax, state, lane // group, xp.astype(lane % group, np.uint32), dtype)
    return xp.reshape(xp.astype(values, dtype), tuple(shape))


def truncated_normal(xp: ArrayModule, state: Any, shape: Sequence[int], dtype: Any) -> Any:
    """Standard normal numbers, redrawn while they do not lie in (-2, 2).

    Every four outputs (two of double) are a group with a sub-stream of its own, of which they are the first
    normals that lie inside. So no group depends on how often another one had to draw.

    Args:
      xp: `numpy`.
      state: uint32[6].
      shape: Of the result.
      dtype: float16, bfloat16, float32 or float64.

    Returns:
      An array of the shape and dtype.

    Raises:
      NotImplementedError: If there are no normal numbers of the dtype.

    Example:
      >>> bool(np.all(abs(truncated_normal(np, philox.initial_state(1, 2), [1000], np.float32)) < 2))
      True
    """
    dtype, count = _normal_dtype(dtype), math.prod(shape)
    size = _group_size(dtype)
    first_block = np.arange(-(-count // size), dtype=np.uint64) * np.uint64(_blocks_apart(size))
    values = _normals(xp, state, first_block, dtype)
    unfinished = np.flatnonzero(~np.all(np.abs(values) < TRUNCATION, axis=1))
    drawn, block = values[unfinished], 0
    while unfinished.size:
        block += 1
        more = _normals(xp, state, first_block[unfinished] + np.uint64(block), dtype)
        drawn = np.concatenate([drawn, more], axis=1)
        inside = np.abs(drawn) < TRUNCATION
        finished = np.count_nonzero(inside, axis=1) >= size
        order = np.argsort(~inside[finished], axis=1, kind="stable")[:, :size]
        values[unfinished[finished]] = np.take_along_axis(drawn[finished], order, axis=1)
        unfinished, drawn = unfinished[~finished], drawn[~finished]
    return xp.reshape(xp.astype(xp.reshape(values, (-1,))[:count], dtype), tuple(shape))


def truncated_normal_lower(jax: Jax, state: Any, shape: Sequence[int], dtype: Any) -> Any:
    """`truncated_normal` for XLA.

    A loop over blocks finds for each group which of its normals lie inside, as a mask of bits, and ends when
    every mask has enough of them. Then each output is made anew, in a lane of its own, from the place of its
    bit. (Keeping the normals instead of the bits is ten times slower, as XLA on a CPU does not vectorise
    their selection.)
    """
    xp, lax = jax.numpy, jax.lax
    dtype, count = _normal_dtype(dtype), math.prod(shape)
    size = _group_size(dtype)
    groups = -(-count // size)
    apart = _blocks_apart(size)
    first_block = xp.arange(groups, dtype=np.uint32 if groups * apart < 1 << 32 else np.uint64) * apart

    def is_short(carry: tuple[Any, Any]) -> Any:
        block, mask = carry
        return (block < _MOST_BLOCKS[size]) & xp.any(lax.population_count(mask) < size)

    def add_block(carry: tuple[Any, Any]) -> tuple[Any, Any]:
        block, mask = carry
        drawn = philox.blocks(xp, state, first_block + xp.astype(block, first_block.dtype))
        for position in range(size):
            value = _normal_of_block(xp, drawn, np.uint32(position), dtype)
            bit = block * np.uint32(size) + np.uint32(position)
            mask = mask | xp.astype(xp.abs(value) < TRUNCATION, np.uint32) << bit
        return block + np.uint32(1), mask

    _, mask = lax.while_loop(is_short, add_block, (np.uint32(0), xp.zeros((groups,), np.uint32)))
    output = lax.broadcasted_iota(np.uint32, (groups, size), 1)
    mask = xp.broadcast_to(mask[:, None], (groups, size))
    for skipped in range(size - 1):
        mask = xp.where(output > skipped, mask & (mask - np.uint32(1)), mask)
    place = lax.population_count((mask & (~mask + np.uint32(1))) - np.uint32(1))
    block = first_block[:, None] + xp.astype(place // size, first_block.dtype)
    values = _normal_at(jax, state, block, place % size, dtype)
    return xp.reshape(xp.astype(xp.reshape(values, (-1,))[:count], dtype), tuple(shape))


def _no_such_numbers(kind: str, dtype: np.dtype) -> NotImplementedError:
    known = "int32, int64, uint32 or uint64" if kind == "integer" else "float16, bfloat16, float32 or float64"
    return NotImplementedError(f"Random {kind} numbers of dtype {dtype.name} are not supported: expected "
                               f"{known}. Draw one of these and cast it.")


def _normal_dtype(dtype: Any) -> np.dtype:
    dtype = np.dtype(dtype)
    if dtype != np.float64 and dtype.name not in _FRACTION_BITS:
        raise _no_such_numbers("normal", dtype)
    return dtype


def _group_size(dtype: np.dtype) -> int:
    """How many normals a block gives."""
    return 2 if dtype == np.float64 else 4


def _blocks_apart(size: int) -> int:
    """The distance of the sub-streams of two groups of truncated normals."""
    return size * BLOCKS_PER_OUTPUT // 4


def _uniform(xp: ArrayModule, word: Any, bits: int = 23) -> Any:
    """float32 in [0, 1) from the word's lowest bits. (Processors cast int32 faster than uint32.)"""
    fraction = xp.astype(word & np.uint32((1 << bits) - 1), np.int32)
    return xp.astype(fraction, np.float32) * np.float32(2.0**-bits)


def double_uniform(xp: ArrayModule, first: Any, second: Any) -> Any:
    fraction = xp.astype(first & np.uint32(0xFFFFF), np.int64) << np.int64(32) | xp.astype(second, np.int64)
    return xp.astype(fraction, np.float64) * 2.0**-52


def radius_and_angle(xp: ArrayModule, first: Any, second: Any) -> tuple[Any, Any]:
    number = first.dtype.type
    radius = xp.sqrt(number(-2) * xp.log(xp.maximum(first, number(_LEAST_UNIFORM))))
    # TensorFlow multiplies in double: a float product would move the normals in their sixth place.
    return radius, xp.astype(xp.astype(second, np.float64) * (2 * math.pi), number)


def _normals(xp: ArrayModule, state: Any, offsets: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """The normals of each block: [n, 4] of float32, or [n, 2] of float64 if that is the dtype."""
    table = philox.block_table(state, offsets)
    if dtype == np.float64:
        uniforms = double_uniform(xp, table[:, 0::2], table[:, 1::2])
        radius, angle = radius_and_angle(xp, uniforms[:, :1], uniforms[:, 1:])
    else:
        uniforms = _uniform(xp, table)
        radius, angle = radius_and_angle(xp, uniforms[:, 0::2], uniforms[:, 1::2])
    pairs = xp.stack([xp.sin(angle) * radius, xp.cos(angle) * radius], axis=-1)
    return xp.reshape(pairs, (len(table), _group_size(dtype)))


def _normal_at(jax: Jax, state: Any, offsets: Any, position: Any, dtype: np.dtype) -> Any:
    """For each lane, the normal at a position of a block."""
    return _normal_of_block(jax.numpy, philox.blocks(jax.numpy, state, offsets), position, dtype)


def _normal_of_block(xp: ArrayModule, block: tuple[Any, Any, Any, Any], position: Any, dtype: np.dtype) -> Any:
    if dtype == np.float64:
        uniforms = double_uniform(xp, *block[:2]), double_uniform(xp, *block[2:])
    else:
        first, second = philox.pair_of(xp, block, position >> np.uint32(1))
        uniforms = _uniform(xp, first), _uniform(xp, second)
    radius, angle = radius_and_angle(xp, *uniforms)
    return _sine_or_cosine(xp, angle, position & np.uint32(1)) * radius


def _sine_or_cosine(xp: ArrayModule, angle: Any, is_cosine: Any) -> Any:
    """sin(angle), or cos(angle) where `is_cosine` is 1, for angles in [0, 2 pi].

    A lane needs one of the two, and few terms of a Taylor series once the angle is reduced to at most pi / 4:
    half the time of XLA's own functions, which provide for angles of any size.
    """
    number = angle.dtype.type
    quarter = xp.round(angle * number(2 / math.pi))
    rest = angle
    for part in _HALF_PI[number is np.float64]:
        rest = rest - quarter * number(part)
    square = rest * rest
    sine = number(0)
    for power in range(17 if number is np.float64 else 9, 1, -2):
        sine = sine * square + number((-1) ** (power // 2) / math.factorial(power))
    sine = sine * square * rest + rest
    cosine = number(0)
    for power in range(18 if number is np.float64 else 10, -1, -2):
        cosine = cosine * square + number((-1) ** (power // 2) / math.factorial(power))
    turns = xp.astype(quarter, np.uint32) + is_cosine
    value = xp.where((turns & np.uint32(1)) == 1, cosine, sine)
    return xp.where((turns & np.uint32(2)) == 2, -value, value)
