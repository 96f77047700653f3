"""The generator and its streams: published vectors, counters that wrap around, streams that move on."""

import jax
import numpy as np
import pytest

from millpond.ops.random import philox


def _block(key, counter):
    state = np.array([*key, *counter], np.uint32)
    return [int(word[0]) for word in philox.blocks(np, state, np.zeros(1, np.uint64))]


# The vectors that the authors of Philox publish with their library, Random123.
@pytest.mark.parametrize("key, counter, expected", [
    ([0, 0], [0, 0, 0, 0], [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
    ([0xFFFFFFFF] * 2, [0xFFFFFFFF] * 4, [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]),
    ([0xA4093822, 0x299F31D0], [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344],
     [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]),
])
def test_blocks_are_those_of_the_paper(key, counter, expected):
    assert _block(key, counter) == expected


def test_seeds_of_an_op_become_key_and_upper_counter():
    assert philox.initial_state(87654321, 5).tolist() == [87654321, 0, 0, 0, 5, 0]
    assert philox.initial_state(-3, 2**40 + 7).tolist() == [2**32 - 3, 2**32 - 1, 0, 0, 7, 256]


def test_an_op_without_seeds_starts_anywhere():
    assert philox.initial_state(0, 0).tolist() != philox.initial_state(0, 0).tolist()


@pytest.mark.parametrize("samples", [0, 1, 2**32, 2**63 + 12345])
def test_advancing_carries_through_all_words_in_both_forms(samples):
    state = np.array([1, 2, 0xFFFFFFF0, 0xFFFFFFFF, 0xFFFFFFFF, 7], np.uint32)
    counter = sum(int(word) << 32 * i for i, word in enumerate(state[2:])) + samples
    expected = [1, 2, *(counter >> 32 * i & 0xFFFFFFFF for i in range(4))]
    assert philox.advance(state, samples).tolist() == expected
    with jax.enable_x64(True):
        moved = jax.jit(lambda state, n: philox.advance(state, n, jax.numpy))(state, np.uint64(samples))
    assert moved.tolist() == expected


def test_a_stream_is_one_sequence_however_it_is_cut():
    state = np.array([9, 8, 0xFFFFFFFE, 0xFFFFFFFF, 6, 5], np.uint32)
    drawn = philox.words(np, state, 4 * 40000)  # more than one piece, and across a carry
    assert drawn[8:20].tolist() == philox.words(np, philox.advance(state, 2), 12).tolist()
    assert drawn[-4:].tolist() == philox.words(np, philox.advance(state, 39999), 4).tolist()
    first, second = philox.word_pairs(np, state, 3)
    assert np.stack([first, second], axis=1).reshape(-1).tolist() == drawn[:6].tolist()
    stream = philox.WordStream(state)
    assert [stream.next_word() for _ in range(50)] == drawn[:50].tolist()


@pytest.mark.parametrize("count", [0, 1, 7, 1000])
def test_xla_draws_the_same_words(count):
    state = np.array([9, 8, 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFF, 5], np.uint32)
    with jax.enable_x64(True):
        words = jax.jit(lambda state: philox.words(jax.numpy, state, count))(state)
        pairs = jax.jit(lambda state: philox.word_pairs(jax.numpy, state, count))(state)
    assert words.tolist() == philox.words(np, state, count).tolist()
    for found, expected in zip(pairs, philox.word_pairs(np, state, count), strict=True):
        assert found.tolist() == expected.tolist()


def test_doubles_of_a_host_stream_are_those_of_the_recorded_uniforms():
    state = philox.advance(philox.initial_state(87654321, 5), philox.samples_for_outputs(5))
    stream = philox.WordStream(state)
    drawn = [stream.next_double() for _ in range(5)]
    assert drawn[1:] == [0.5615107438953799, 0.5164928312529158, 0.5501894704356542, 0.5696306761577403]


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
def test_stateless_seeds_are_mixed_in_both_forms(dtype):
    seed = np.array([3, -7], dtype)
    state = philox.stateless_state(np, seed)
    with jax.enable_x64(True):
        assert jax.jit(lambda seed: philox.stateless_state(jax.numpy, seed))(seed).tolist() == state.tolist()
    # The first uniform double that TensorFlow draws for this seed.
    assert philox.WordStream(state).next_double() == 0.4669907221891716
