"""Serialized `Example` messages as tensors: `ParseExample` of both generations, and what is made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from millpond import dtypes
from millpond.dtypes import DType
from millpond.errors import InvalidArgumentError
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.ops import shape_rules
from millpond.protos.example import Example
from millpond.shapes import TensorShape

_KINDS = {"float": "float_list", "float32": "float_list", "int64": "int64_list", "string": "bytes_list"}
_DTYPES = {"float_list": "float32", "int64_list": "int64", "bytes_list": "string"}


class _Parser:
    """Reads features out of a batch of messages."""

    def __init__(self, serialized: np.ndarray, names: np.ndarray) -> None:
        self._names = names.ravel().tolist()
        self.features = [self._read(i, text) for i, text in enumerate(serialized.ravel().tolist())]

    def _read(self, place: int, text: bytes) -> Any:
        try:
            return Example.FromString(text).features.feature
        except DecodeError:
            raise InvalidArgumentError(None, None, f"Could not parse example input, value: {text[:60]!r} (example "
                                       f"{place}{self._name(place)})") from None

    def _name(self, place: int) -> str:
        return f", name: {self._names[place].decode()}" if self._names else ""

    def values(self, place: int, key: str, dtype: DType) -> Any:
        """The values of a feature of a message; None where it is missing."""
        found = self.features[place]
        kind = found[key].WhichOneof("kind") if key in found else None
        if kind is None:
            return None
        if kind != _KINDS[dtype.name]:
            raise InvalidArgumentError(None, None, f"Key: {key}.  Data types don't match. Data type: {_DTYPES[kind]} "
                                       f"but expected type: {dtype.name} (example {place}{self._name(place)})")
        return getattr(found[key], kind).value

    def sparse(self, key: str, dtype: DType, is_single: bool) -> tuple[Array, Array, Array]:
        """The indices, values and shape of a feature with any number of values."""
        rows = [self.values(place, key, dtype) or () for place in range(len(self.features))]
        counts = np.array([len(row) for row in rows], np.int64)
        values = np.empty(int(counts.sum()), dtype.np_dtype)
        values[...] = [value for row in rows for value in row]
        steps = np.concatenate([np.arange(count) for count in counts]) if len(rows) else np.zeros(0, np.int64)
        if is_single:
            return steps.reshape(-1, 1), values, counts
        indices = np.stack([np.repeat(np.arange(len(rows)), counts), steps], axis=1).astype(np.int64)
        return indices, values, np.array([len(rows), counts.max(initial=0)], np.int64)

    def dense(self, key: str, dtype: DType, shape: TensorShape, default: np.ndarray) -> Array:
        """A feature with the same number of values in each message, or one padded to the longest."""
        sizes = shape.as_list()
        rows = [self.values(place, key, dtype) for place in range(len(self.features))]
        if sizes and sizes[0] is None:
            return self._padded(key, rows, [int(size or 0) for size in sizes[1:]], default, dtype)
        whole = tuple(int(size or 0) for size in sizes)
        count = int(np.prod(whole, dtype=np.int64))
        result = np.empty((len(rows), count), dtype.np_dtype)
        for place, row in enumerate(rows):
            if row is None:
                if default.size == 0 and count:
                    raise InvalidArgumentError(None, None, f"Feature: {key} (data type: {dtype.name}) is required but "
                                               f"could not be found (example {place}{self._name(place)}).")
                result[place] = default.ravel()
                continue
            if len(row) != count:
                raise InvalidArgumentError(None, None, f"Key: {key}, Index: {place}.  Number of {dtype.name} values != "
                                           f"expected.  values size: {len(row)} but output shape: "
                                           f"{list(whole)}{self._name(place)}")
            result[place] = row
        return result.reshape((len(rows), *whole))

    def _padded(self, key: str, rows: list[Any], inner: list[int], default: np.ndarray, dtype: DType) -> Array:
        step = int(np.prod(inner, dtype=np.int64))
        lengths = []
        for place, row in enumerate(rows):
            if row is not None and (not step or len(row) % step):
                raise InvalidArgumentError(None, None, f"Key: {key}, Index: {place}.  Number of {dtype.name} values is "
                                           f"not a multiple of stride length. Saw {len(row)} values but output shape "
                                           f"is {[None, *inner]}")
            lengths.append(0 if row is None else len(row) // step)
        longest = max(lengths, default=0)
        result = np.empty((len(rows), longest * step), dtype.np_dtype)
        result[...] = default.ravel()[0] if default.size else (b"" if dtype is dtypes.string else 0)
        for place, row in enumerate(rows):
            if row is not None:
                result[place, :len(row)] = row
        return result.reshape((len(rows), longest, *inner))


def _shapes(serialized: TensorShape, sparse_count: int, dense_shapes: Sequence[TensorShape]) -> list[TensorShape]:
    batch = serialized.sizes
    rank = None if batch is None else len(batch) + 1
    found = [TensorShape.of((None, rank))] * sparse_count + [shape_rules.VECTOR] * sparse_count
    found += [TensorShape.of((rank,))] * sparse_count
    return found + [TensorShape(None) if batch is None else serialized.concatenate(shape) for shape in dense_shapes]


def _parsed(serialized: Array, names: Array, sparse_keys: Sequence[str], sparse_types: Sequence[DType],
            dense_keys: Sequence[str], defaults: Sequence[Array], dense_types: Sequence[DType],
            dense_shapes: Sequence[TensorShape]) -> list[Array]:
    if serialized.ndim > 1:
        raise InvalidArgumentError(None, None, f"Expected serialized to be a scalar or vector, got shape: "
                                   f"{list(serialized.shape)}")
    is_single = serialized.ndim == 0
    parser = _Parser(serialized, names)
    sparse = [parser.sparse(key, dtype, is_single) for key, dtype in zip(sparse_keys, sparse_types, strict=True)]
    dense = [parser.dense(key, dtype, shape, default) for key, dtype, shape, default in
             zip(dense_keys, dense_types, dense_shapes, defaults, strict=True)]
    return [*(one[0] for one in sparse), *(one[1] for one in sparse), *(one[2] for one in sparse),
            *(one[0] if is_single else one for one in dense)]


def _texts(keys: Array) -> list[str]:
    return [key.decode("utf-8", "surrogateescape") for key in keys.ravel().tolist()]


def _parse_shape(serialized: TensorShape, names: TensorShape, sparse_keys: Sequence[TensorShape],
                 dense_keys: Sequence[TensorShape], dense_defaults: Sequence[TensorShape], *, Nsparse: int,
                 dense_shapes: Sequence[TensorShape]) -> tuple[TensorShape, ...]:
    return tuple(_shapes(shape_rules.with_rank(serialized, 1), Nsparse, dense_shapes))


def _parse_kernel(context: HostContext, serialized: Array, names: Array, sparse_keys: Sequence[Array],
                  dense_keys: Sequence[Array], dense_defaults: Sequence[Array], *, sparse_types: Sequence[DType],
                  Tdense: Sequence[DType], dense_shapes: Sequence[TensorShape]) -> list[Array]:
    wanted, fixed = ([key[()].decode() for key in keys] for keys in (sparse_keys, dense_keys))
    return _parsed(serialized, names, wanted, sparse_types, fixed, dense_defaults, Tdense, dense_shapes)


_TYPES = "{float, int64, string}"
PARSE_EXAMPLE = define_op(
    "ParseExample",
    inputs="serialized: string, names: string, sparse_keys: Nsparse * string, dense_keys: Ndense * string, "
           "dense_defaults: Tdense",
    outputs="sparse_indices: Nsparse * int64, sparse_values: sparse_types, sparse_shapes: Nsparse * int64, "
            "dense_values: Tdense",
    attrs=f"Nsparse: int >= 0, Ndense: int >= 0, sparse_types: list({_TYPES}), Tdense: list({_TYPES}), "
          "dense_shapes: list(shape)",
    shape=_parse_shape, kernel=_parse_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def _parse_v2_shape(serialized: TensorShape, names: TensorShape, sparse_keys: TensorShape, dense_keys: TensorShape,
                    ragged_keys: TensorShape, dense_defaults: Sequence[TensorShape], *, num_sparse: int,
                    ragged_value_types: Sequence[DType],
                    dense_shapes: Sequence[TensorShape]) -> tuple[TensorShape, ...]:
    if ragged_value_types:
        raise NotImplementedError("ParseExampleV2: ragged features (ragged_keys) are not supported")
    return tuple(_shapes(serialized, num_sparse, dense_shapes))


def _parse_v2_kernel(context: HostContext, serialized: Array, names: Array, sparse_keys: Array, dense_keys: Array,
                     ragged_keys: Array, dense_defaults: Sequence[Array], *, sparse_types: Sequence[DType],
                     Tdense: Sequence[DType], dense_shapes: Sequence[TensorShape]) -> list[Array]:
    return _parsed(serialized, names, _texts(sparse_keys), sparse_types, _texts(dense_keys), dense_defaults, Tdense,
                   dense_shapes)


PARSE_EXAMPLE_V2 = define_op(
    "ParseExampleV2",
    inputs="serialized: string, names: string, sparse_keys: string, dense_keys: string, ragged_keys: string, "
           "dense_defaults: Tdense",
    outputs="sparse_indices: num_sparse * int64, sparse_values: sparse_types, sparse_shapes: num_sparse * int64, "
            "dense_values: Tdense, ragged_values: ragged_value_types, ragged_row_splits: ragged_split_types",
    attrs=f"Tdense: list({_TYPES}), num_sparse: int >= 0, sparse_types: list({_TYPES}), "
          f"ragged_value_types: list({_TYPES}), ragged_split_types: list({{int32, int64}}), dense_shapes: list(shape)",
    shape=_parse_v2_shape, kernel=_parse_v2_kernel, gradient=NOT_DIFFERENTIABLE, host=True)
