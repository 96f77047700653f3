"""One time step of a gated recurrent unit as one op.

    [r, u] = sigmoid([x, h_prev] w_ru + b_ru)
    c = tanh([x, r h_prev] w_c + b_c)
    h = (1 - u) c + u h_prev
"""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.opdef import define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.shapes import TensorShape

_INPUTS = "x: T, h_prev: T, w_ru: T, w_c: T, b_ru: T, b_c: T"


def _gru_block_cell_shape(x: TensorShape, h_prev: TensorShape, w_ru: TensorShape, w_c: TensorShape, b_ru: TensorShape,
                          b_c: TensorShape) -> tuple[TensorShape, ...]:
    batch, inputs = shape_rules.sizes_of(shape_rules.with_rank(x, 2))
    h_batch, cell = shape_rules.sizes_of(shape_rules.with_rank(h_prev, 2))
    _check("h_prev.dims(0) != batch_size", h_batch, batch)
    rows = None if inputs is None or cell is None else inputs + cell
    for name, weights, factor in (("w_ru", w_ru, 2), ("w_c", w_c, 1)):
        found = shape_rules.sizes_of(shape_rules.with_rank(weights, 2))
        _check(f"{name}.dim_size(0) != input_size + cell_size", found[0], rows)
        _check(f"{name}.dim_size(1) != cell_size * {factor}", found[1], None if cell is None else factor * cell)
    for name, biases, factor in (("b_ru", b_ru, 2), ("b_c", b_c, 1)):
        found = shape_rules.sizes_of(shape_rules.with_rank(biases, 1))
        _check(f"{name}.dim_size(0) != cell_size * {factor}", found[0], None if cell is None else factor * cell)
    return (TensorShape.of((batch if batch is not None else h_batch, cell)),) * 4


def _check(what: str, found: int | None, wanted: int | None) -> None:
    if found is not None and wanted is not None and found != wanted:
        raise ValueError(f"{what}: {found} vs. {wanted}")


def _gru_block_cell_kernel(xp: ArrayModule, x: Array, h_prev: Array, w_ru: Array, w_c: Array, b_ru: Array,
                           b_c: Array) -> tuple[Array, ...]:
    one = np.float32(1)
    gates = xp.add(xp.matmul(xp.concatenate([x, h_prev], axis=1), w_ru), b_ru)
    r, u = xp.split(xp.divide(one, xp.add(one, xp.exp(xp.negative(gates)))), 2, axis=1)
    c = xp.tanh(xp.add(xp.matmul(xp.concatenate([x, xp.multiply(h_prev, r)], axis=1), w_c), b_c))
    return r, u, c, xp.add(xp.multiply(xp.subtract(one, u), c), xp.multiply(u, h_prev))


def _gru_block_cell_gradient(g: GradientBuilder, op: Operation, *dys: Tensor) -> Cotangents:
    x, h_prev = op.inputs[:2]
    r, u, c, _ = op.outputs
    d_x, d_h_prev, d_c_bar, d_r_bar_u_bar = g.GRUBlockCellGrad(*op.inputs, r, u, c, dys[3])
    d_w_ru = g.MatMul(g.ConcatV2([x, h_prev], 1), d_r_bar_u_bar, transpose_a=True)
    d_w_c = g.MatMul(g.ConcatV2([x, g.Mul(h_prev, r, name="mul")], 1), d_c_bar, transpose_a=True)
    return [d_x, d_h_prev, d_w_ru, d_w_c, g.BiasAddGrad(d_r_bar_u_bar), g.BiasAddGrad(d_c_bar)]


GRU_BLOCK_CELL = define_op(
    "GRUBlockCell", inputs=_INPUTS, outputs="r: T, u: T, c: T, h: T", attrs="T: {float}",
    shape=_gru_block_cell_shape, kernel=_gru_block_cell_kernel, gradient=_gru_block_cell_gradient)


def _gru_block_cell_grad_shape(x: TensorShape, h_prev: TensorShape, *others: Any) -> tuple[TensorShape, ...]:
    cell = _gru_block_cell_shape(x, h_prev, *others[:4])[0]
    batch, size = shape_rules.sizes_of(cell)
    return x, cell, cell, TensorShape.of((batch, None if size is None else 2 * size))


def _gru_block_cell_grad_kernel(xp: ArrayModule, x: Array, h_prev: Array, w_ru: Array, w_c: Array, b_ru: Array,
                                b_c: Array, r: Array, u: Array, c: Array, d_h: Array) -> tuple[Array, ...]:
    one, size = np.float32(1), x.shape[1]
    d_c_bar = xp.multiply(xp.multiply(d_h, xp.subtract(one, u)), xp.subtract(one, xp.multiply(c, c)))
    d_u_bar = xp.multiply(xp.multiply(xp.multiply(d_h, xp.subtract(h_prev, c)), u), xp.subtract(one, u))
    d_x_by_c, d_hr = xp.split(xp.matmul(d_c_bar, xp.transpose(w_c)), [size], axis=1)
    d_r_bar = xp.multiply(xp.multiply(xp.multiply(d_hr, h_prev), r), xp.subtract(one, r))
    d_gates = xp.concatenate([d_r_bar, d_u_bar], axis=1)
    d_x_by_gates, d_h_by_gates = xp.split(xp.matmul(d_gates, xp.transpose(w_ru)), [size], axis=1)
    d_h_prev = xp.add(xp.add(d_h_by_gates, xp.multiply(d_hr, r)), xp.multiply(d_h, u))
    return xp.add(d_x_by_c, d_x_by_gates), d_h_prev, d_c_bar, d_gates


def _gru_block_cell_grad_gradient(g: GradientBuilder, op: Operation, *dys: Tensor) -> NoReturn:
    raise LookupError(f"No gradient defined for operation '{op.name}' (op type: {op.type}): a fused GRU has no second "
                      "derivative; tf.nn.rnn_cell.GRUCell has one.")


GRU_BLOCK_CELL_GRAD = define_op(
    "GRUBlockCellGrad", inputs=f"{_INPUTS}, r: T, u: T, c: T, d_h: T",
    outputs="d_x: T, d_h_prev: T, d_c_bar: T, d_r_bar_u_bar: T", attrs="T: {float}",
    shape=_gru_block_cell_grad_shape, kernel=_gru_block_cell_grad_kernel, gradient=_gru_block_cell_grad_gradient)
