"""Hash functions of byte strings: FarmHash's Fingerprint64, SipHash-2-4, and MurmurHash64A.

Each takes a matrix of bytes `[n, length]`, n strings of one length, and gives n numbers of 64 bits; `of_strings`
sorts strings by their lengths. Arithmetic is modulo 2**64.

FarmHash: G. Pike, https://github.com/google/farmhash (the `na` variant). SipHash: J.-P. Aumasson and D. J. Bernstein,
SipHash: a fast short-input PRF, 2012. MurmurHash64A: A. Appleby.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

Words = np.ndarray
Factor = np.ndarray | np.uint64
Pair = tuple[Words, Words]
Hash = Callable[[np.ndarray], Words]

_K0, _K1, _K2 = (np.uint64(k) for k in (0xC3A5C85C97CB3127, 0xB492B66FBE98F273, 0x9AE16A3B2F90404F))


def of_strings(strings: np.ndarray, hash: Hash) -> Words:
    """The hash of each string of an array of bytes objects."""
    flat = strings.ravel()
    lengths = np.fromiter((len(one) for one in flat), np.int64, flat.size)
    found = np.empty(flat.size, np.uint64)
    for length in np.unique(lengths):
        chosen = np.flatnonzero(lengths == length)
        matrix = np.frombuffer(b"".join(flat[chosen].tolist()), np.uint8).reshape(len(chosen), length)
        with np.errstate(over="ignore"):
            found[chosen] = hash(matrix)
    return found.reshape(strings.shape)


def _word(rows: np.ndarray, start: int, size: int = 8) -> Words:
    """The bytes from `start` on as little-endian numbers."""
    return np.ascontiguousarray(rows[:, start:start + size]).view(f"<u{size}")[:, 0].astype(np.uint64)


def _turned(x: Words, right: int) -> Words:
    return (x >> np.uint64(right)) | (x << np.uint64(64 - right))


def _mixed(x: Words) -> Words:
    return x ^ (x >> np.uint64(47))


def _joined(u: Words, v: Words, factor: Factor) -> Words:
    a = _mixed((u ^ v) * factor)
    return _mixed((v ^ a) * factor) * factor


def fingerprint64(rows: np.ndarray) -> Words:
    """FarmHash's Fingerprint64.

    Example:
      >>> hex(of_strings(np.array([b"a"], object), fingerprint64)[0])
      '0xb3454265b6df75e3'
    """
    length = rows.shape[1]
    if length <= 16:
        return _up_to_16(rows, length)
    factor = _K2 + np.uint64(2 * length)
    if length <= 32:
        return _joined(*_halves(rows, _word(rows, 0) * _K1, length), factor)
    if length <= 64:
        return _up_to_64(rows, length, factor)
    return _longer(rows, length)


def _up_to_16(rows: np.ndarray, length: int) -> Words:
    factor = _K2 + np.uint64(2 * length)
    if length >= 8:
        a, b = _word(rows, 0) + _K2, _word(rows, length - 8)
        return _joined(_turned(b, 37) * factor + a, (_turned(a, 25) + b) * factor, factor)
    if length >= 4:
        a = _word(rows, 0, 4)
        return _joined(np.uint64(length) + (a << np.uint64(3)), _word(rows, length - 4, 4), factor)
    if length > 0:
        a, b, c = (rows[:, place].astype(np.uint64) for place in (0, length // 2, length - 1))
        y, z = a + (b << np.uint64(8)), np.uint64(length) + (c << np.uint64(2))
        return _mixed(y * _K2 ^ z * _K0) * _K2
    return np.full(len(rows), _K2)


def _halves(rows: np.ndarray, a: Words, length: int) -> Pair:
    """What the first and the last 16 bytes come to, `a` being made of the first 8."""
    factor = _K2 + np.uint64(2 * length)
    b, c, d = _word(rows, 8), _word(rows, length - 8) * factor, _word(rows, length - 16) * _K2
    return _turned(a + b, 43) + _turned(c, 30) + d, a + _turned(b + _K2, 18) + c


def _up_to_64(rows: np.ndarray, length: int, factor: Factor) -> Words:
    a = _word(rows, 0) * _K2
    y, rest = _halves(rows, a, length)
    z = _joined(y, rest, factor)
    e, f = _word(rows, 16) * factor, _word(rows, 24)
    g, h = (y + _word(rows, length - 32)) * factor, (z + _word(rows, length - 24)) * factor
    return _joined(_turned(e + f, 43) + _turned(g, 30) + h, e + _turned(f + a, 18) + g, factor)


def _of_32(rows: np.ndarray, start: int, a: Words, b: Words) -> Pair:
    """What 32 bytes add to two numbers."""
    w, x, y, z = (_word(rows, start + 8 * i) for i in range(4))
    first = a + w
    second = _turned(b + first + z, 21)
    total = first + x + y
    return total + z, second + _turned(total, 44) + first


def _longer(rows: np.ndarray, length: int) -> Words:
    n = len(rows)
    y = np.full(n, np.uint64(81) * _K1 + np.uint64(113))
    z = _mixed(y * _K2 + np.uint64(113)) * _K2
    x = np.full(n, np.uint64(81) * _K2) + _word(rows, 0)
    nothing = np.zeros(n, np.uint64)
    v: Pair = (nothing, nothing)
    w: Pair = (nothing, nothing)
    for start in range(0, (length - 1) // 64 * 64, 64):
        x, y, z, v, w = _round(rows, start, x, y, z, v, w, _K1, np.uint64(1))
    factor = _K1 + ((z & np.uint64(0xFF)) << np.uint64(1))
    last = np.uint64((length - 1) & 63)
    first = v[0] + w[0] + last
    v, w = (first, v[1]), (w[0] + last + first, w[1])
    x, y, z, v, w = _round(rows, length - 64, x, y, z, v, w, factor, np.uint64(9))
    return _joined(_joined(v[0], w[0], factor) + _mixed(y) * _K0 + z, _joined(v[1], w[1], factor) + x, factor)


def _round(rows: np.ndarray, start: int, x: Words, y: Words, z: Words, v: Pair, w: Pair, factor: Factor,
           times: np.uint64) -> tuple[Words, Words, Words, Pair, Pair]:
    """Takes in 64 bytes."""
    x = _turned(x + y + v[0] + _word(rows, start + 8), 37) * factor
    y = _turned(y + v[1] + _word(rows, start + 48), 42) * factor
    x = x ^ w[1] * times
    y = y + v[0] * times + _word(rows, start + 40)
    z = _turned(z + w[0], 33) * factor
    v = _of_32(rows, start, v[1] * factor, x + w[0])
    w = _of_32(rows, start + 32, z + w[1], y + _word(rows, start + 16))
    return z, y, x, v, w


def siphash(key: tuple[int, int]) -> Hash:
    """SipHash-2-4 under a key of two numbers of 64 bits.

    Example:
      >>> message = np.array([bytes(range(15))], object)
      >>> hex(of_strings(message, siphash((0x0706050403020100, 0x0F0E0D0C0B0A0908)))[0])
      '0xa129ca6149be45e5'
    """
    first, second = (np.uint64(part % 2**64) for part in key)

    def hash(rows: np.ndarray) -> Words:
        n, length = rows.shape
        state = [np.full(n, part ^ np.uint64(text)) for part, text in (
            (first, 0x736F6D6570736575), (second, 0x646F72616E646F6D),
            (first, 0x6C7967656E657261), (second, 0x7465646279746573))]
        padded = np.zeros((n, length // 8 * 8 + 8), np.uint8)
        padded[:, :length] = rows
        padded[:, -1] = length % 256
        for start in range(0, padded.shape[1], 8):
            word = _word(padded, start)
            state[3] = state[3] ^ word
            state = _sip_rounds(state, 2)
            state[0] = state[0] ^ word
        state[2] = state[2] ^ np.uint64(0xFF)
        a, b, c, d = _sip_rounds(state, 4)
        return a ^ b ^ c ^ d

    return hash


def _sip_rounds(state: list[Words], count: int) -> list[Words]:
    a, b, c, d = state
    for _ in range(count):
        a, c = a + b, c + d
        b, d = _turned(b, 51) ^ a, _turned(d, 48) ^ c
        a, c = _turned(a, 32) + d, c + b
        d, b = _turned(d, 43) ^ a, _turned(b, 47) ^ c
        c = _turned(c, 32)
    return [a, b, c, d]


def murmur64(seed: int) -> Hash:
    """MurmurHash64A."""
    factor = np.uint64(0xC6A4A7935BD1E995)

    def hash(rows: np.ndarray) -> Words:
        n, length = rows.shape
        found = np.full(n, np.uint64(seed) ^ np.uint64(length) * factor)
        whole = length // 8 * 8
        for start in range(0, whole, 8):
            found = (found ^ _mixed(_word(rows, start) * factor) * factor) * factor
        if length > whole:
            rest = np.zeros((n, 8), np.uint8)
            rest[:, :length - whole] = rows[:, whole:]
            found = (found ^ _word(rest, 0)) * factor
        return _mixed(_mixed(found) * factor)

    return hash
