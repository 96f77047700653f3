"""Philox-4x32-10, the counter-based generator under every random op.

A stream's state is six uint32 words, lowest first: a key of 64 bits, then a counter of 128 bits. The
generator is a bijection that takes (key, counter) to one 128-bit sample, called a block here: four words of
32 bits. Nothing else is carried from sample to sample, so any part of a stream can be made on its own, in any
order and by any number of lanes. (J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: Parallel Random
Numbers: As Easy as 1, 2, 3, SC11.)

Where seeds go: a stateful op's `seed` is the key and its `seed2` the upper half of the counter, which starts
at zero in its lower half. The seed pair of a stateless op is first mixed by one Philox block
(`stateless_state`). How far an execution moves an op's counter is larger than what it draws:
`samples_for_outputs` and `samples_for_words`.

Functions that take `xp` run on `numpy` and, inside JAX's 64-bit context, on `jax.numpy`, where the state may
be traced. This module holds no state of its own.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond.graph.rule_types import ArrayModule

STATE_WORDS = 6
# Counter blocks set aside for each output of an op that may need any number of words for it.
BLOCKS_PER_OUTPUT = 256

_ROUNDS = 10
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_KEY_STEPS = (0x9E3779B9, 0xBB67AE85)
# The key that mixes the seeds of stateless ops.
_SEED_MIXING_KEY = (0x3EC8F720, 0x02461E29)
_WORD = (1 << 32) - 1
_SHIFT = np.uint64(32)
# Blocks that NumPy makes at a time, so that the temporaries stay in the cache (16k to 64k are equally fast).
_CHUNK = 32768


def initial_state(seed: int, seed2: int) -> np.ndarray:
    """The state in which the stream of a stateful random op starts.

    Args:
      seed: The op's attribute `seed`, a signed 64-bit integer.
      seed2: Its attribute `seed2`. Where both are zero the op is unseeded, and the stream starts anywhere.

    Returns:
      uint32[6]: the key, then the counter.

    Example:
      >>> initial_state(87654321, -1).tolist()
      [87654321, 0, 0, 0, 4294967295, 4294967295]
    """
    if not seed and not seed2:
        seed, seed2 = secrets.randbits(64), secrets.randbits(64)
    return np.array([seed & _WORD, seed >> 32 & _WORD, 0, 0, seed2 & _WORD, seed2 >> 32 & _WORD], np.uint32)


def stateless_state(xp: ArrayModule, seed: Any) -> Any:
    """The state from which a stateless random op draws.

    Args:
      xp: `numpy` or `jax.numpy`.
      seed: int32[2] or int64[2].

    Returns:
      uint32[6].

    Example:
      >>> stateless_state(np, np.array([1, 2])).tolist()[2:4]
      [0, 0]
    """
    wide = xp.astype(xp.astype(seed, np.int64), np.uint64)
    low, high = xp.astype(wide, np.uint32), xp.astype(wide >> _SHIFT, np.uint32)
    key = xp.asarray(np.array(_SEED_MIXING_KEY, np.uint32))
    unmixed = xp.concatenate([key, low[:1], high[:1], low[1:], high[1:]])
    first, second, third, fourth = blocks(xp, unmixed, xp.zeros((1,), np.uint64))
    nothing = xp.zeros((2,), np.uint32)
    return xp.concatenate([first, second, nothing, third, fourth])


def advance(state: Any, samples: Any, xp: ArrayModule = np) -> Any:
    """The state `samples` blocks further on.

    Args:
      state: uint32[6].
      samples: How many blocks to skip, from 0 to 2**64 - 1: an integer, or under XLA a traced scalar.
      xp: `numpy`, or `jax.numpy` for a traced state.

    Returns:
      uint32[6], a new array.

    Example:
      >>> advance(np.array([7, 8, 0xFFFFFFFF, 0, 5, 0], np.uint32), 2).tolist()
      [7, 8, 1, 1, 5, 0]
    """
    if xp is np:
        counter = int.from_bytes(state[2:].astype("<u4").tobytes(), "little") + int(samples)
        moved = np.frombuffer((counter & (1 << 128) - 1).to_bytes(16, "little"), "<u4")
        return np.concatenate([state[:2], moved], dtype=np.uint32)
    offset = xp.reshape(xp.asarray(samples, dtype=np.uint64), (1,))
    return xp.concatenate([state[:2], *_counters(xp, state, offset)])


def samples_for_outputs(count: int) -> int:
    """How far an op moves its counter when it reserves `BLOCKS_PER_OUTPUT` for each of `count` outputs."""
    return count * BLOCKS_PER_OUTPUT


def samples_for_words(count: int) -> int:
    """How far an op moves its counter when it takes exactly `count` words of 32 bits.

    Example:
      >>> samples_for_words(5)
      2
    """
    return -(-count // 4)


def blocks(xp: ArrayModule, state: Any, offsets: Any) -> tuple[Any, Any, Any, Any]:
    """The four words of each block asked for.

    Args:
      xp: `numpy` or `jax.numpy`.
      state: uint32[6].
      offsets: Unsigned integers of any shape: how far each block lies from the state's counter.

    Returns:
      Four uint32 arrays of that shape, the block's words in the order in which they are drawn.

    Example:
      >>> [int(word[0]) for word in blocks(np, np.zeros(6, np.uint32), np.zeros(1, np.uint64))]
      [1713891541, 3781805453, 3159862348, 2600524760]
    """
    key0, key1 = state[:1], state[1:2]
    word0, word1, word2, word3 = _counters(xp, state, offsets)
    for _ in range(_ROUNDS):
        high0, low0 = _multiply(xp, word0, _MULTIPLIERS[0])
        high1, low1 = _multiply(xp, word2, _MULTIPLIERS[1])
        word0, word1, word2, word3 = high1 ^ word1 ^ key0, low1, high0 ^ word3 ^ key1, low0
        key0, key1 = key0 + np.uint32(_KEY_STEPS[0]), key1 + np.uint32(_KEY_STEPS[1])
    return word0, word1, word2, word3


def block_table(state: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """`blocks` for NumPy, a piece at a time and in place, which is what large arrays need.

    Args:
      state: uint32[6].
      offsets: uint64[n].

    Returns:
      uint32[n, 4].

    Example:
      >>> block_table(np.zeros(6, np.uint32), np.arange(2, dtype=np.uint64)).shape
      (2, 4)
    """
    table = np.empty((offsets.size, 4), np.uint32)
    for start in range(0, offsets.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        for column, word in enumerate(blocks(np, state, offsets[part])):
            table[part, column] = word
    return table


def words(xp: ArrayModule, state: Any, count: int) -> Any:
    """The next `count` words of a stream: uint32[count].

    Under XLA every word is a lane of its own that computes the whole block and keeps one word of it: four
    times the work of one lane for a block, and yet ten times faster, as XLA can vectorise and fuse it.

    Example:
      >>> words(np, np.zeros(6, np.uint32), 5).tolist()[:2]
      [1713891541, 3781805453]
    """
    if xp is np:
        return block_table(state, np.arange(samples_for_words(count), dtype=np.uint64)).reshape(-1)[:count]
    lane = lane_numbers(xp, count)
    return word_of(xp, blocks(xp, state, lane >> 2), lane & 3)


def word_pairs(xp: ArrayModule, state: Any, count: int) -> tuple[Any, Any]:
    """The next `count` pairs of words: two uint32[count], the first and the second words of the pairs.

    Example:
      >>> first, second = word_pairs(np, np.zeros(6, np.uint32), 2)
      >>> second.tolist()
      [3781805453, 2600524760]
    """
    if xp is np:
        pairs = words(np, state, 2 * count).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]
    lane = lane_numbers(xp, count)
    return pair_of(xp, blocks(xp, state, lane >> 1), lane & 1)


def lane_numbers(xp: ArrayModule, count: int) -> Any:
    """0 to `count` - 1 in the narrowest unsigned type of at least 32 bits."""
    return xp.arange(count, dtype=np.uint32 if count <= _WORD else np.uint64)


def word_of(xp: ArrayModule, block: tuple[Any, Any, Any, Any], position: Any) -> Any:
    """The word at each lane's position (0 to 3) in the lane's block."""
    lower = xp.where(position == 0, block[0], block[1])
    upper = xp.where(position == 2, block[2], block[3])
    return xp.where(position < 2, lower, upper)


def pair_of(xp: ArrayModule, block: tuple[Any, Any, Any, Any], position: Any) -> tuple[Any, Any]:
    """Each lane's pair (0 or 1) of words in the lane's block."""
    is_first = position == 0
    return xp.where(is_first, block[0], block[2]), xp.where(is_first, block[1], block[3])


def _counters(xp: ArrayModule, state: Any, offsets: Any) -> tuple[Any, Any, Any, Any]:
    """The state's counter plus each offset, as words."""
    counter = xp.astype(state[2:], np.uint64)
    low, high = counter[:1] | counter[1:2] << _SHIFT, counter[2:3] | counter[3:] << _SHIFT
    moved = low + xp.astype(offsets, np.uint64)
    high = high + xp.astype(moved < low, np.uint64)
    return tuple(xp.astype(word, np.uint32) for word in (moved, moved >> _SHIFT, high, high >> _SHIFT))


def _multiply(xp: ArrayModule, word: Any, multiplier: int) -> tuple[Any, Any]:
    """Upper and lower word of a product. (To XLA a widening multiply; by 16-bit parts it takes longer.)"""
    product = xp.astype(word, np.uint64) * np.uint64(multiplier)
    return xp.astype(product >> _SHIFT, np.uint32), word * np.uint32(multiplier)


class WordStream:
    """A stream drawn word by word on the host, for samplers and queues whose use of it cannot be foreseen.

    Attributes:
      state: uint32[6], the state after the blocks that were made so far.

    Example:
      >>> stream = WordStream(np.zeros(6, np.uint32))
      >>> [stream.next_word(), stream.next_word()]
      [1713891541, 3781805453]
    """

    def __init__(self, state: np.ndarray) -> None:
        self.state = state
        self._words: Sequence[int] = ()
        self._position = 0
        self._blocks = 1

    def next_word(self) -> int:
        """The next 32 bits."""
        if self._position == len(self._words):
            self._words = words(np, self.state, 4 * self._blocks).tolist()
            self.state = advance(self.state, self._blocks)
            self._position, self._blocks = 0, min(2 * self._blocks, 1024)
        self._position += 1
        return self._words[self._position - 1]

    def next_double(self) -> float:
        """A float64 in [0, 1) from the next two words: 20 bits of the first above all 32 of the second."""
        upper = self.next_word() & 0xFFFFF
        return (upper << 32 | self.next_word()) * 2.0**-52
