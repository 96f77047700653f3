"""Pooling by ratios between window counts that need not be whole: `FractionalMaxPool`, `FractionalAvgPool`.

Where the windows begin is drawn anew in each run (B. Graham, "Fractional Max-Pooling", 2014), so these run outside XLA.
With the same seeds the borders are TensorFlow's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.autodiff.builder import GradientBuilder
from millpond.autodiff.registry import undefined_gradient
from millpond.errors import InvalidArgumentError
from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, Cotangents, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.nn.candidate_samplers import uniform_below
from millpond.ops.not_a_number import has_nan, lowest_finite, without_nan
from millpond.ops.random import philox
from millpond.shapes import TensorShape

_DTYPES = "{float, double, int32, int64}"
_ATTRS = ("pooling_ratio: list(float), pseudo_random: bool = False, overlapping: bool = False, "
          f"deterministic: bool = False, seed: int = 0, seed2: int = 0, T: {_DTYPES}")
_BORDERS = "row_pooling_sequence: int64, col_pooling_sequence: int64"


# --- the borders

def _count(size: int | None, ratio: float) -> int | None:
    return None if size is None else math.floor(size / ratio)


def _pooled_shape(value: TensorShape, *, pooling_ratio: Sequence[float]) -> tuple[TensorShape, ...]:
    batch, height, width, channels = shape_rules.sizes_of(shape_rules.with_rank(value, 4))
    if len(pooling_ratio) != 4:
        raise ValueError(f"pooling_ratio must have four numbers, one for each dimension, got {list(pooling_ratio)}")
    if min(pooling_ratio) < 1:
        raise ValueError(f"pooling_ratio cannot be smaller than 1, got {list(pooling_ratio)}")
    if pooling_ratio[0] != 1 or pooling_ratio[3] != 1:
        raise ValueError(f"Fractional pooling is over rows and columns: the ratios of the batch and of the channels "
                         f"must be 1, got {list(pooling_ratio)}")
    rows, columns = _count(height, pooling_ratio[1]), _count(width, pooling_ratio[2])
    borders = [TensorShape.of((None if count is None else count + 1,)) for count in (rows, columns)]
    return TensorShape.of((batch, rows, columns, channels)), *borders


def _blocks(count: int, pseudo_random: bool) -> int:
    """How much of the stream the borders of `count` windows take."""
    return 1 if pseudo_random else philox.samples_for_words(count)


def _samples_used(value: Array, *, pooling_ratio: Sequence[float], pseudo_random: bool, deterministic: bool) -> int:
    """None where every run is to have the same borders: the stream stays where it is."""
    if deterministic:
        return 0
    return sum(_blocks(math.floor(size / ratio), pseudo_random)
               for size, ratio in zip(value.shape[1:3], pooling_ratio[1:3], strict=True))


def _borders(state: np.ndarray, size: int, count: int, pseudo_random: bool) -> np.ndarray:
    """Where `count` windows of a line of `size` elements begin, and where the last one ends."""
    if count < 1:
        raise ValueError(f"There is no room for a window in {size} elements")
    stream = philox.WordStream(state)
    short = size // count
    if size % count == 0:
        return np.arange(count + 1, dtype=np.int64) * short
    if pseudo_random:
        ratio = size / count
        largest = min((short + 2) / ratio - 1, (size + 1 - short) / ratio - (count - 1))
        start = stream.next_double() * largest
        inner = [math.ceil(ratio * (i + start)) - 1 for i in range(1, count)]
        return np.array([0, *inner, size], np.int64)
    longer = size % count
    lengths = [short + 1] * longer + [short] * (count - longer)
    for i in range(count - 1):
        chosen = i + uniform_below(stream, count - i)
        lengths[i], lengths[chosen] = lengths[chosen], lengths[i]
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)


def _drawn(state: np.ndarray, value: np.ndarray, ratios: Sequence[float], pseudo_random: bool) -> list[np.ndarray]:
    found = []
    for size, ratio in zip(value.shape[1:3], ratios[1:3], strict=True):
        count = math.floor(size / ratio)
        found.append(_borders(state, size, count, pseudo_random))
        state = philox.advance(state, _blocks(count, pseudo_random))
    return found


def _cells(shape: Sequence[int], rows: np.ndarray, columns: np.ndarray, overlapping: bool) -> Iterator[Any]:
    """For each window: its row and column in the output, and the part of the input that it covers.

    With `overlapping`, a window takes in the first row and column of its neighbours.
    """
    more = 1 if overlapping else 0
    for i in range(len(rows) - 1):
        for j in range(len(columns) - 1):
            yield i, j, (slice(None), slice(rows[i], min(rows[i + 1] + more, shape[1])),
                         slice(columns[j], min(columns[j + 1] + more, shape[2])))


def _check_seeds(deterministic: bool, seed: int, seed2: int) -> None:
    if not deterministic and (seed or seed2):
        raise InvalidArgumentError(None, None, "Both seed and seed2 should be 0 if deterministic is false.")


def _kernel(reduce: Any) -> Any:
    def kernel(context: HostContext, state: Array, value: Array, *, pooling_ratio: Sequence[float], pseudo_random: bool,
               overlapping: bool, deterministic: bool, seed: int, seed2: int) -> tuple[Array, ...]:
        _check_seeds(deterministic, seed, seed2)
        rows, columns = _drawn(state, value, pooling_ratio, pseudo_random)
        pooled = np.empty((len(value), len(rows) - 1, len(columns) - 1, value.shape[3]), value.dtype)
        for i, j, part in _cells(value.shape, rows, columns, overlapping):
            pooled[:, i, j] = reduce(value[part])
        return pooled, rows, columns

    return kernel


# --- maxima

def _greatest(cell: np.ndarray) -> np.ndarray:
    least = lowest_finite(cell.dtype)
    return np.maximum(without_nan(np, cell, least).max((1, 2)), least)


def _max_gradient(g: GradientBuilder, op: Operation, dy: Tensor, _: Tensor, __: Tensor) -> Cotangents:
    return [g.FractionalMaxPoolGrad(op.inputs[0], op.outputs[0], dy, op.outputs[1], op.outputs[2],
                                    overlapping=op.attributes["overlapping"])]


FRACTIONAL_MAX_POOL = define_op("FractionalMaxPool", inputs="value: T", outputs=f"output: T, {_BORDERS}", attrs=_ATTRS,
                                shape=_pooled_shape, kernel=_kernel(_greatest), gradient=_max_gradient, host=True,
                                random=_samples_used)


def _max_grad_kernel(context: HostContext, orig_input: Array, orig_output: Array, out_backprop: Array, rows: Array,
                     columns: Array, *, overlapping: bool) -> Array:
    """All of a cotangent goes to the first greatest element of its window."""
    result = np.zeros_like(orig_input)
    batch, channels = np.ogrid[:orig_input.shape[0], :orig_input.shape[3]]
    for i, j, part in _cells(orig_input.shape, rows, columns, overlapping):
        cell = orig_input[part]
        flat = cell.reshape(cell.shape[0], -1, cell.shape[3])
        place = np.argmax(without_nan(np, flat, -np.inf) if has_nan(flat.dtype) else flat, axis=1)
        row, column = np.divmod(place, cell.shape[2])
        result[batch, part[1].start + row, part[2].start + column, channels] += out_backprop[:, i, j]
    return result


FRACTIONAL_MAX_POOL_GRAD = define_op(
    "FractionalMaxPoolGrad", inputs=f"orig_input: T, orig_output: T, out_backprop: T, {_BORDERS}", outputs="output: T",
    attrs=f"overlapping: bool = False, T: {_DTYPES}", shape=shape_rules.same, kernel=_max_grad_kernel,
    gradient=undefined_gradient, host=True)


# --- means

def _mean(cell: np.ndarray) -> np.ndarray:
    count = cell.shape[1] * cell.shape[2]
    total = cell.sum((1, 2), dtype=cell.dtype)
    if cell.dtype.kind == "f":
        return total / np.asarray(count, cell.dtype)
    return np.sign(total) * (np.abs(total) // count)  # towards zero


def _avg_gradient(g: GradientBuilder, op: Operation, dy: Tensor, _: Tensor, __: Tensor) -> Cotangents:
    shape = g.Shape(op.inputs[0], out_type=dtypes.int64)
    return [g.FractionalAvgPoolGrad(shape, dy, op.outputs[1], op.outputs[2], overlapping=op.attributes["overlapping"])]


FRACTIONAL_AVG_POOL = define_op("FractionalAvgPool", inputs="value: T", outputs=f"output: T, {_BORDERS}", attrs=_ATTRS,
                                shape=_pooled_shape, kernel=_kernel(_mean), gradient=_avg_gradient, host=True,
                                random=_samples_used)


def _avg_grad_kernel(context: HostContext, sizes: Array, out_backprop: Array, rows: Array, columns: Array, *,
                     overlapping: bool) -> Array:
    result = np.zeros(tuple(sizes), out_backprop.dtype)
    for i, j, part in _cells(result.shape, rows, columns, overlapping):
        cell = result[part]
        share = np.divide(out_backprop[:, i, j], cell.shape[1] * cell.shape[2]).astype(result.dtype)
        result[part] = cell + share[:, None, None]
    return result


def _avg_grad_shape(sizes: TensorShape, out_backprop: TensorShape, rows: TensorShape,
                    columns: TensorShape) -> TensorShape:
    return TensorShape([None] * 4)


FRACTIONAL_AVG_POOL_GRAD = define_op(
    "FractionalAvgPoolGrad", inputs=f"orig_input_tensor_shape: int64, out_backprop: T, {_BORDERS}",
    outputs="output: T", attrs=f"overlapping: bool = False, T: {_DTYPES}", shape=_avg_grad_shape,
    kernel=_avg_grad_kernel, gradient=undefined_gradient, host=True)


# --- as users call them

def fractional_max_pool(value: TensorLike, pooling_ratio: Sequence[float], pseudo_random: bool = False,
                        overlapping: bool = False, deterministic: bool = False, seed: int = 0, seed2: int = 0,
                        name: str | None = None) -> Any:
    """The greatest element of each window, where there are `1 / ratio` as many windows as elements in a line.

    Args:
      value: [batch, height, width, channels] of float32, float64, int32 or int64.
      pooling_ratio: Four numbers of at least 1, the first and last of them 1.
      pseudo_random: Whether the windows' lengths, which differ by at most 1, are spread evenly; otherwise they come in
        random order.
      overlapping: Whether windows take in the first row and column of their neighbours.
      deterministic: Whether all runs have the same windows; otherwise each draws its own.
      seed, seed2: Seeds of the windows, with `deterministic` only.
      name: Name of the node.

    Returns:
      A named tuple: `output`, and `row_pooling_sequence` and `col_pooling_sequence`, int64: where the windows begin,
      and the end of the last one.

    Raises:
      ValueError: If a ratio is wrong.
      tf.errors.InvalidArgumentError: When run, if there are seeds without `deterministic`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     image = tf.reshape(tf.range(9.0), [1, 3, 3, 1])
      ...     pooled = tf.nn.fractional_max_pool(image, [1, 1.5, 1.5, 1], deterministic=True, seed=1)
      ...     print(sess.run(pooled.output)[0, :, :, 0], sess.run(pooled.row_pooling_sequence))
      [[3. 5.]
       [6. 8.]] [0 2 3]
    """
    return _called(FRACTIONAL_MAX_POOL, value, pooling_ratio, pseudo_random, overlapping, deterministic, seed, seed2,
                   name)


def fractional_avg_pool(value: TensorLike, pooling_ratio: Sequence[float], pseudo_random: bool = False,
                        overlapping: bool = False, deterministic: bool = False, seed: int = 0, seed2: int = 0,
                        name: str | None = None) -> Any:
    """The mean of each window; arguments, result and errors are those of `tf.nn.fractional_max_pool`.

    Args:
      value: [batch, height, width, channels] of numbers.
      pooling_ratio: Four numbers of at least 1, the first and last of them 1.
      pseudo_random, overlapping, deterministic, seed, seed2: See `tf.nn.fractional_max_pool`.
      name: Name of the node.

    Raises:
      ValueError: If a ratio is wrong.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     image = tf.reshape(tf.range(16.0), [1, 4, 4, 1])
      ...     print(sess.run(tf.nn.fractional_avg_pool(image, [1, 2, 2, 1]).output)[0, :, :, 0])
      [[ 2.5  4.5]
       [10.5 12.5]]
    """
    return _called(FRACTIONAL_AVG_POOL, value, pooling_ratio, pseudo_random, overlapping, deterministic, seed, seed2,
                   name)


def _called(definition: OpDefinition, value: Any, pooling_ratio: Sequence[float], pseudo_random: bool,
            overlapping: bool, deterministic: bool, seed: int, seed2: int, name: str | None) -> Any:
    return definition(value, pooling_ratio=[float(ratio) for ratio in pooling_ratio], pseudo_random=pseudo_random,
                      overlapping=overlapping, deterministic=deterministic, seed=seed, seed2=seed2, name=name)
