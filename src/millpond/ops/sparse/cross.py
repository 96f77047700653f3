"""Crosses of features: every combination of one value from each, as a string or as a hash of 64 bits."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import SparseTensor, convert_to_tensor_or_sparse_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.math.cast import cast
from millpond.ops.strings.fingerprints import fingerprint64, of_strings
from millpond.shapes import TensorShape

# TensorFlow's key where none is given.
DEFAULT_HASH_KEY = 0xDECAFCAFFE
_FACTOR = 0xC6A4A7935BD1E995
_WORD = 2**64 - 1


def _mixed(x: int) -> int:
    return x ^ (x >> 47)


def joined_fingerprint(first: int, second: int) -> int:
    """One fingerprint from two."""
    found = (first ^ _FACTOR) ^ (_mixed(second * _FACTOR & _WORD) * _FACTOR & _WORD)
    found = found * _FACTOR & _WORD
    return _mixed(_mixed(found) * _FACTOR & _WORD)


def _cross_shape(indices: Sequence[TensorShape], values: Sequence[TensorShape], shapes: Sequence[TensorShape],
                 dense_inputs: Sequence[TensorShape]) -> tuple[TensorShape, ...]:
    return TensorShape.of((None, 2)), shape_rules.VECTOR, TensorShape.of((2,))


def _features(values: np.ndarray, hashed: bool) -> list[Any]:
    """The values as what is crossed: numbers of 64 bits, or strings."""
    if hashed:
        return (of_strings(values, fingerprint64) if values.dtype == object else values.astype(np.uint64)).tolist()
    return [value if isinstance(value, bytes) else str(value).encode() for value in values.tolist()]


def _columns(indices: Sequence[Array], values: Sequence[Array], shapes: Sequence[Array], dense_inputs: Sequence[Array],
             hashed: bool) -> tuple[list[list[list[Any]]], int]:
    """For each input the values of each row; and how many rows there are."""
    sizes = [int(shape[0]) for shape in shapes] + [len(dense) for dense in dense_inputs]
    if len(set(sizes)) > 1:
        raise InvalidArgumentError(None, None, f"Expected batch size {sizes[0]}, got the sizes {sizes}")
    columns: list[list[list[Any]]] = []
    for place, value in zip(indices, values, strict=True):
        rows: list[list[Any]] = [[] for _ in range(sizes[0])]
        for row, feature in zip(place[:, 0].tolist(), _features(value, hashed), strict=True):
            rows[row].append(feature)
        columns.append(rows)
    for dense in dense_inputs:
        width = dense.shape[1]
        flat = _features(dense.ravel(), hashed)
        columns.append([flat[row * width:(row + 1) * width] for row in range(len(dense))])
    return columns, sizes[0] if sizes else 0


def _cross_kernel(context: HostContext, indices: Sequence[Array], values: Sequence[Array], shapes: Sequence[Array],
                  dense_inputs: Sequence[Array], *, hashed_output: bool, num_buckets: int, hash_key: int,
                  out_type: DType) -> list[Array]:
    columns, rows = _columns(indices, values, shapes, dense_inputs, hashed_output)
    modulus = num_buckets or 2**63 - 1
    places: list[tuple[int, int]] = []
    found: list[Any] = []
    longest = 0
    for row in range(rows):
        count = 0
        for combination in itertools.product(*[column[row] for column in columns]):
            if hashed_output:
                number = hash_key & _WORD
                for feature in combination:
                    number = joined_fingerprint(number, feature)
                found.append(number % modulus)
            else:
                found.append(b"_X_".join(combination))
            places.append((row, count))
            count += 1
        longest = max(longest, count)
    result = np.empty(len(found), out_type.np_dtype)
    result[...] = found
    return [np.array(places, np.int64).reshape(-1, 2), result, np.array([rows, longest], np.int64)]


SPARSE_CROSS = define_op(
    "SparseCross",
    inputs="indices: N * int64, values: sparse_types, shapes: N * int64, dense_inputs: dense_types",
    outputs="output_indices: int64, output_values: out_type, output_shape: int64",
    attrs="N: int >= 0, hashed_output: bool, num_buckets: int >= 0, hash_key: int, "
          "sparse_types: list({int64, string}), dense_types: list({int64, string}), out_type: {int64, string}, "
          "internal_type: {int64, string}",
    shape=_cross_shape, kernel=_cross_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _crossed(inputs: Any, hashed: bool, num_buckets: int, hash_key: int | None, name: str | None) -> SparseTensor:
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(f"Inputs must be a list, got {type(inputs).__name__}")
    features = [convert_to_tensor_or_sparse_tensor(one) for one in inputs]
    sparse = [one for one in features if isinstance(one, SparseTensor)]
    dense = [one for one in features if isinstance(one, Tensor)]

    def as_feature(values: Tensor) -> Tensor:
        return values if values.dtype.base_dtype is dtypes.string else cast(values, dtypes.int64)

    kind = dtypes.int64 if hashed else dtypes.string
    return SparseTensor(*SPARSE_CROSS(
        [one.indices for one in sparse], [as_feature(one.values) for one in sparse],
        [one.dense_shape for one in sparse], [as_feature(one) for one in dense], hashed_output=hashed,
        num_buckets=num_buckets, hash_key=DEFAULT_HASH_KEY if hash_key is None else hash_key, out_type=kind,
        internal_type=kind, name=name))


def sparse_cross(inputs: Sequence[TensorLike | SparseTensor], name: str | None = None) -> SparseTensor:
    """All combinations of one value from each input, row by row, joined by `_X_`.

    Args:
      inputs: Matrices of strings or whole numbers, dense or sparse, of as many rows.
      name: Name of the node.

    Returns:
      A sparse matrix of strings. The last input changes fastest; those that are dense come after the sparse ones.

    Raises:
      TypeError: If the inputs are no list.
      tf.errors.InvalidArgumentError: When run, if the numbers of rows differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sparse.cross([[["a", "b"]], [[1, 2]]])).values.tolist())
      [b'a_X_1', b'a_X_2', b'b_X_1', b'b_X_2']
    """
    return _crossed(inputs, False, 0, None, name)


def sparse_cross_hashed(inputs: Sequence[TensorLike | SparseTensor], num_buckets: int = 0,
                        hash_key: int | None = None, name: str | None = None) -> SparseTensor:
    """Hashes of all combinations of one value from each input, row by row.

    Args:
      inputs: Matrices of strings or whole numbers, dense or sparse, of as many rows.
      num_buckets: What the hashes are taken modulo; 0 for all of 63 bits.
      hash_key: A number that they begin with.
      name: Name of the node.

    Returns:
      A sparse matrix of int64.

    Raises:
      TypeError: If the inputs are no list.
      tf.errors.InvalidArgumentError: When run, if the numbers of rows differ.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.sparse.cross_hashed([[["a", "b"]], [[1]]], 100)).values)
      [85 83]
    """
    return _crossed(inputs, True, num_buckets, hash_key, name)
