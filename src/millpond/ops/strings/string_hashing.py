"""Strings as numbers: hash buckets, whose bits are TensorFlow's, and fingerprints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.strings.fingerprints import Hash, fingerprint64, murmur64, of_strings, siphash
from millpond.shapes import TensorShape

# TensorFlow's seed of the first of the three hash functions that it has had.
_SEED = 0xDECAFCAFFE


def _buckets(strings: Array, hash: Hash, count: int) -> Array:
    return (of_strings(strings, hash) % np.uint64(count)).astype(np.int64)


def _fast_kernel(context: HostContext, input: Array, *, num_buckets: int) -> Array:
    return _buckets(input, fingerprint64, num_buckets)


STRING_TO_HASH_BUCKET_FAST = define_op(
    "StringToHashBucketFast", inputs="input: string", outputs="output: int64", attrs="num_buckets: int >= 1",
    shape=shape_rules.same, kernel=_fast_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def string_to_hash_bucket_fast(input: TensorLike, num_buckets: int, name: str | None = None) -> Tensor:
    """The bucket of each string: FarmHash's fingerprint of 64 bits, modulo `num_buckets`.

    Args:
      input: Strings of any shape.
      num_buckets: How many buckets there are.
      name: Name of the node.

    Returns:
      An int64 tensor of the shape of `input`.

    Raises:
      ValueError: If there is no bucket.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.string_to_hash_bucket_fast(["a", "b", "a"], 10)))
      [9 2 9]
    """
    return STRING_TO_HASH_BUCKET_FAST(input, num_buckets=num_buckets, name=name)


def _strong_kernel(context: HostContext, input: Array, *, num_buckets: int, key: Sequence[int]) -> Array:
    if len(key) != 2:
        raise InvalidArgumentError(None, None, f"Key must have 2 elements, got {list(key)}")
    return _buckets(input, siphash((key[0], key[1])), num_buckets)


STRING_TO_HASH_BUCKET_STRONG = define_op(
    "StringToHashBucketStrong", inputs="input: string", outputs="output: int64",
    attrs="num_buckets: int >= 1, key: list(int)", shape=shape_rules.same, kernel=_strong_kernel,
    gradient=NOT_DIFFERENTIABLE, host=True)


def string_to_hash_bucket_strong(input: TensorLike, num_buckets: int, key: Sequence[int],
                                 name: str | None = None) -> Tensor:
    """The bucket of each string under a secret key, which nobody can aim at: SipHash, modulo `num_buckets`.

    Args:
      input: Strings of any shape.
      num_buckets: How many buckets there are.
      key: Two whole numbers.
      name: Name of the node.

    Returns:
      An int64 tensor of the shape of `input`.

    Raises:
      ValueError: If there is no bucket.
      tf.errors.InvalidArgumentError: When run, if the key is not of two numbers.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.string_to_hash_bucket_strong(["a", "b"], 10, [1, 2])))
      [6 4]
    """
    return STRING_TO_HASH_BUCKET_STRONG(input, num_buckets=num_buckets, key=list(key), name=name)


def _old_kernel(context: HostContext, string_tensor: Array, *, num_buckets: int) -> Array:
    return _buckets(string_tensor, murmur64(_SEED), num_buckets)


STRING_TO_HASH_BUCKET = define_op(
    "StringToHashBucket", inputs="string_tensor: string", outputs="output: int64", attrs="num_buckets: int >= 1",
    shape=shape_rules.same, kernel=_old_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def string_to_hash_bucket(string_tensor: TensorLike | None = None, num_buckets: int | None = None,
                          name: str | None = None, input: TensorLike | None = None) -> Tensor:
    """The bucket of each string by the hash function of the first releases.

    Args:
      string_tensor: Strings of any shape.
      num_buckets: How many buckets there are.
      name: Name of the node.
      input: Another name of `string_tensor`.

    Returns:
      An int64 tensor of the shape of the strings.

    Raises:
      ValueError: If there is no bucket.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.string_to_hash_bucket(["a", "b"], 10)))
      [8 0]
    """
    return STRING_TO_HASH_BUCKET(input if string_tensor is None else string_tensor, num_buckets=num_buckets, name=name)


def _fingerprint_shape(data: TensorShape, method: TensorShape) -> TensorShape:
    shape_rules.with_rank_at_least(data, 1)
    return TensorShape.of((None if data.sizes is None else data.sizes[0], 8))


def _fingerprint_kernel(context: HostContext, data: Array, method: Array) -> Array:
    if method[()] != b"farmhash64":
        raise InvalidArgumentError(None, None, f"Unsupported fingerprint algorithm: {method[()]!r}; it is farmhash64")
    if not data.ndim:
        raise InvalidArgumentError(None, None, "Data must have at least one dimension")
    rows = data.reshape(data.shape[0], -1)
    if data.dtype != object:
        parts = np.ascontiguousarray(rows).view(np.uint8).reshape(len(rows), -1)
        with np.errstate(over="ignore"):
            numbers = fingerprint64(parts)
    elif data.ndim == 1:
        numbers = of_strings(data, fingerprint64)
    else:
        # Of several strings, the fingerprint of their fingerprints.
        with np.errstate(over="ignore"):
            numbers = fingerprint64(of_strings(rows, fingerprint64).astype("<u8").view(np.uint8).reshape(len(rows), -1))
    return numbers.astype("<u8").view(np.uint8).reshape(-1, 8)


FINGERPRINT = define_op("Fingerprint", inputs="data: T, method: string", outputs="fingerprint: uint8", attrs="T: type",
                        shape=_fingerprint_shape, kernel=_fingerprint_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def fingerprint(data: TensorLike, method: str = "farmhash64", name: str | None = None) -> Tensor:
    """Eight bytes for each row of `data`, which are practically always different for different rows.

    Args:
      data: A tensor of at least one dimension.
      method: `"farmhash64"`.
      name: Name of the node.

    Returns:
      A uint8 tensor `[rows, 8]`.

    Raises:
      ValueError: If `data` has no dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.fingerprint(["a"])))
      [[227 117 223 182 101  66  69 179]]
    """
    return FINGERPRINT(data, method, name=name)
