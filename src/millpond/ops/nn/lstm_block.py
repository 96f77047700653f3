"""Long short-term memory as one op: a single time step, and a whole sequence.

Of `[x, h_prev] w + b`, cut into the four gates i, ci, f and o (i, f, ci and o in `BlockLSTMV2`):

    i  = sigmoid(i + wci cs_prev)             f = sigmoid(f + wcf cs_prev + forget_bias)
    cs = tanh(ci) i + cs_prev f, clipped to [-cell_clip, cell_clip] if that is positive
    o  = sigmoid(o + wco cs)                  co = tanh(cs)                h = co o

The peepholes wci, wcf and wco count only if `use_peephole`. The gradient takes the clipping for the identity, and the
cotangents of `cs` and `h` alone, as TensorFlow's does. Over a sequence the inputs are multiplied with the weights in
one product before the loop, and the gradients of inputs and weights come in one product after it.
"""

from __future__ import annotations

from typing import Any, NamedTuple, NoReturn

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.errors import InvalidArgumentError
from millpond.graph.opdef import Guard, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.nn import time_loops
from millpond.ops.nn.time_loops import Loop, on_numpy, on_xla
from millpond.shapes import TensorShape

# Where the gates i, ci, f and o stand among the columns of `w`.
_ICFO, _IFCO = (0, 1, 2, 3), (0, 2, 1, 3)
_WEIGHTS = "w: T, wci: T, wcf: T, wco: T, b: T"
_STATES = "i: T, cs: T, f: T, o: T, ci: T, co: T, h: T"
_ATTRS = "forget_bias: float = 1.0, cell_clip: float = 3.0, use_peephole: bool = False, T: {half, float}"
_GRAD_ATTRS = "use_peephole: bool, T: {half, float}"


class _Peepholes(NamedTuple):
    """The weights from the cell state to the gates; zeros where there are none."""

    wci: Array
    wcf: Array
    wco: Array


def _wide(xp: ArrayModule, *arrays: Array) -> tuple[Array, ...]:
    return tuple(xp.asarray(array, dtype=np.float32) for array in arrays)


def _narrow(xp: ArrayModule, arrays: tuple[Array, ...], like: Array) -> tuple[Array, ...]:
    return tuple(xp.asarray(array, dtype=like.dtype) for array in arrays)


def _sigmoid(xp: ArrayModule, x: Array) -> Array:
    return xp.divide(np.float32(1), xp.add(np.float32(1), xp.exp(xp.negative(x))))


def _peepholes(xp: ArrayModule, wci: Array, wcf: Array, wco: Array, used: bool) -> _Peepholes | None:
    return _Peepholes(*_wide(xp, wci, wcf, wco)) if used else None


def _step(xp: ArrayModule, gates: Array, cs_prev: Array, peepholes: _Peepholes | None, forget_bias: float,
          cell_clip: float, order: tuple[int, ...]) -> tuple[Array, ...]:
    """The outputs i, cs, f, o, ci, co and h of one time step, from the gates before their activation."""
    quarters = xp.split(gates, 4, axis=1)
    i, ci, f, o = (quarters[place] for place in order)
    f = xp.add(f, np.float32(forget_bias))
    if peepholes is not None:
        i = xp.add(i, xp.multiply(cs_prev, peepholes.wci))
        f = xp.add(f, xp.multiply(cs_prev, peepholes.wcf))
    i, f, ci = _sigmoid(xp, i), _sigmoid(xp, f), xp.tanh(ci)
    cs = xp.add(xp.multiply(ci, i), xp.multiply(cs_prev, f))
    if cell_clip > 0:
        cs = xp.clip(cs, np.float32(-cell_clip), np.float32(cell_clip))
    if peepholes is not None:
        o = xp.add(o, xp.multiply(cs, peepholes.wco))
    o, co = _sigmoid(xp, o), xp.tanh(cs)
    return i, cs, f, o, ci, co, xp.multiply(co, o)


def _step_back(xp: ArrayModule, cs_prev: Array, states: tuple[Array, ...], cs_grad: Array, h_grad: Array,
               peepholes: _Peepholes | None, order: tuple[int, ...]) -> tuple[Array, Array]:
    """The cotangents of `cs_prev` and of the gates before their activation."""
    i, cs, f, o, ci, co = states
    one = np.float32(1)

    def of_sigmoid(y: Array, dy: Array) -> Array:
        return xp.multiply(xp.multiply(y, xp.subtract(one, y)), dy)

    def of_tanh(y: Array, dy: Array) -> Array:
        return xp.multiply(xp.subtract(one, xp.multiply(y, y)), dy)

    d_o = of_sigmoid(o, xp.multiply(h_grad, co))
    d_cs = xp.add(of_tanh(co, xp.multiply(h_grad, o)), cs_grad)
    if peepholes is not None:
        d_cs = xp.add(d_cs, xp.multiply(d_o, peepholes.wco))
    d_i, d_ci = of_sigmoid(i, xp.multiply(d_cs, ci)), of_tanh(ci, xp.multiply(d_cs, i))
    d_f = of_sigmoid(f, xp.multiply(d_cs, cs_prev))
    before = xp.multiply(d_cs, f)
    if peepholes is not None:
        before = xp.add(before, xp.add(xp.multiply(d_i, peepholes.wci), xp.multiply(d_f, peepholes.wcf)))
    by_gate = (d_i, d_ci, d_f, d_o)
    return before, xp.concatenate([by_gate[order.index(place)] for place in range(4)], axis=1)


def _peephole_grads(xp: ArrayModule, d_gates: Array, cs_prev: Array, cs: Array, used: bool,
                    order: tuple[int, ...]) -> tuple[Array, ...]:
    """The cotangents of wci, wcf and wco, from rows that are batches, or batches of several times."""
    if not used:
        return (xp.zeros((cs.shape[-1],), dtype=np.float32),) * 3
    quarters = xp.split(d_gates, 4, axis=-1)
    return tuple(xp.sum(xp.multiply(quarters[order[gate]], state), axis=tuple(range(cs.ndim - 1)), dtype=np.float32)
                 for gate, state in ((0, cs_prev), (2, cs_prev), (3, cs)))


def _check(what: str, found: int | None, wanted: int | None) -> None:
    if found is not None and wanted is not None and found != wanted:
        raise ValueError(f"{what}: {found} vs. {wanted}")


def _checked_cell_shape(x: TensorShape, cs_prev: TensorShape, h_prev: TensorShape, w: TensorShape,
                        b: TensorShape) -> TensorShape:
    """[batch, cell size], from the shape [batch, input size] and those of the states and the weights."""
    batch, inputs = shape_rules.sizes_of(shape_rules.with_rank(x, 2))
    states = shape_rules.with_rank(cs_prev, 2).merge_with(shape_rules.with_rank(h_prev, 2))
    rows, columns = shape_rules.sizes_of(shape_rules.with_rank(w, 2))
    (biases,) = shape_rules.sizes_of(shape_rules.with_rank(b, 1))
    known_batch, cell = shape_rules.sizes_of(states)
    _check("cs_prev.dims(0) != batch_size", known_batch, batch)
    four = columns if columns is not None else biases
    if cell is None and four is not None:
        cell = four // 4
    if cell is not None:
        _check("w.dim_size(0) != input_size + cell_size", rows, None if inputs is None else inputs + cell)
        _check("w.dim_size(1) != cell_size * 4", columns, 4 * cell)
        _check("b.dim_size(0) != cell_size * 4", biases, 4 * cell)
    return TensorShape.of((batch if batch is not None else known_batch, cell))


# A single time step.

def _lstm_block_cell_shape(x: TensorShape, cs_prev: TensorShape, h_prev: TensorShape, w: TensorShape,
                           wci: TensorShape, wcf: TensorShape, wco: TensorShape,
                           b: TensorShape) -> tuple[TensorShape, ...]:
    return (_checked_cell_shape(x, cs_prev, h_prev, w, b),) * 7


def _lstm_block_cell_kernel(xp: ArrayModule, x: Array, cs_prev: Array, h_prev: Array, w: Array, wci: Array, wcf: Array,
                            wco: Array, b: Array, *, forget_bias: float, cell_clip: float,
                            use_peephole: bool) -> tuple[Array, ...]:
    wide, c, h, weights, biases = _wide(xp, x, cs_prev, h_prev, w, b)
    gates = xp.add(xp.matmul(xp.concatenate([wide, h], axis=1), weights), biases)
    made = _step(xp, gates, c, _peepholes(xp, wci, wcf, wco, use_peephole), forget_bias, cell_clip, _ICFO)
    return _narrow(xp, made, x)


def _lstm_block_cell_gradient(g: GradientBuilder, op: Operation, *dys: Tensor) -> Cotangents:
    x, cs_prev, h_prev, w, wci, wcf, wco, b = op.inputs
    i, cs, f, o, ci, co, _ = op.outputs
    cs_prev_grad, dicfo, wci_grad, wcf_grad, wco_grad = g.LSTMBlockCellGrad(
        x, cs_prev, h_prev, w, wci, wcf, wco, b, i, cs, f, o, ci, co, dys[1], dys[6],
        use_peephole=op.attributes["use_peephole"])
    xh_grad = g.MatMul(dicfo, w, transpose_b=True)
    x_size, h_size = g.shape(x), g.shape(h_prev)
    x_grad = g.Slice(xh_grad, [0, 0], x_size)
    h_prev_grad = g.Slice(xh_grad, g.Mul(x_size, [0, 1]), h_size)
    w_grad = g.MatMul(g.ConcatV2([x, h_prev], 1), dicfo, transpose_a=True)
    return [x_grad, cs_prev_grad, h_prev_grad, w_grad, wci_grad, wcf_grad, wco_grad, g.BiasAddGrad(dicfo)]


LSTM_BLOCK_CELL = define_op(
    "LSTMBlockCell", inputs=f"x: T, cs_prev: T, h_prev: T, {_WEIGHTS}", outputs=_STATES, attrs=_ATTRS,
    shape=_lstm_block_cell_shape, kernel=_lstm_block_cell_kernel, gradient=_lstm_block_cell_gradient)


def _lstm_block_cell_grad_shape(x: TensorShape, cs_prev: TensorShape, h_prev: TensorShape, w: TensorShape,
                                wci: TensorShape, wcf: TensorShape, wco: TensorShape, b: TensorShape,
                                *_: Any) -> tuple[TensorShape, ...]:
    cell = _checked_cell_shape(x, cs_prev, h_prev, w, b)
    batch, size = shape_rules.sizes_of(cell)
    peephole = TensorShape.of((size,))
    return cell, TensorShape.of((batch, None if size is None else 4 * size)), peephole, peephole, peephole


def _lstm_block_cell_grad_kernel(xp: ArrayModule, x: Array, cs_prev: Array, h_prev: Array, w: Array, wci: Array,
                                 wcf: Array, wco: Array, b: Array, i: Array, cs: Array, f: Array, o: Array, ci: Array,
                                 co: Array, cs_grad: Array, h_grad: Array, *, use_peephole: bool) -> tuple[Array, ...]:
    before, states = xp.asarray(cs_prev, dtype=np.float32), _wide(xp, i, cs, f, o, ci, co)
    d_c, d_h = _wide(xp, cs_grad, h_grad)
    cs_prev_grad, dicfo = _step_back(xp, before, states, d_c, d_h, _peepholes(xp, wci, wcf, wco, use_peephole), _ICFO)
    return _narrow(xp, (cs_prev_grad, dicfo,
                        *_peephole_grads(xp, dicfo, before, states[1], use_peephole, _ICFO)), x)


def _no_second_derivative(g: GradientBuilder, op: Operation, *dys: Tensor) -> NoReturn:
    raise LookupError(f"No gradient defined for operation '{op.name}' (op type: {op.type}): a fused LSTM has no second "
                      "derivative; tf.nn.rnn_cell.LSTMCell has one.")


LSTM_BLOCK_CELL_GRAD = define_op(
    "LSTMBlockCellGrad",
    inputs=f"x: T, cs_prev: T, h_prev: T, {_WEIGHTS}, i: T, cs: T, f: T, o: T, ci: T, co: T, cs_grad: T, h_grad: T",
    outputs="cs_prev_grad: T, dicfo: T, wci_grad: T, wcf_grad: T, wco_grad: T", attrs=_GRAD_ATTRS,
    shape=_lstm_block_cell_grad_shape, kernel=_lstm_block_cell_grad_kernel, gradient=_no_second_derivative)


# A whole sequence.

def _count_in_range(xp: ArrayModule, seq_len_max: Array, x: Array, *_: Array) -> Array:
    return xp.logical_and(xp.greater_equal(seq_len_max, 0), xp.less_equal(seq_len_max, x.shape[0]))


def _count_message(seq_len_max: np.ndarray, x: np.ndarray, *_: np.ndarray) -> str:
    return f"seq_len_max must be in [0, {x.shape[0]}], the number of time steps of x, but is {int(seq_len_max)}"


_GUARD = Guard(_count_in_range, _count_message, ("seq_len_max",), InvalidArgumentError)


def _block_lstm_shape(seq_len_max: TensorShape, x: TensorShape, cs_prev: TensorShape, h_prev: TensorShape,
                      w: TensorShape, wci: TensorShape, wcf: TensorShape, wco: TensorShape,
                      b: TensorShape) -> tuple[TensorShape, ...]:
    shape_rules.with_rank(seq_len_max, 0)
    time, batch, inputs = shape_rules.sizes_of(shape_rules.with_rank(x, 3))
    cell = _checked_cell_shape(TensorShape.of((batch, inputs)), cs_prev, h_prev, w, b)
    return (TensorShape.of((time, *shape_rules.sizes_of(cell))),) * 7


def _block_lstm(xp: ArrayModule, loop: Loop, inputs: tuple[Array, ...], forget_bias: float, cell_clip: float,
                use_peephole: bool, order: tuple[int, ...]) -> tuple[Array, ...]:
    seq_len_max, x, cs_prev, h_prev, w, wci, wcf, wco, b = inputs
    wide, c, h, weights, biases = _wide(xp, x, cs_prev, h_prev, w, b)
    peepholes = _peepholes(xp, wci, wcf, wco, use_peephole)
    size = x.shape[2]
    from_state = weights[size:]

    def step(carry: tuple[Array, ...], values: tuple[Array, ...]) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        c, h = carry
        gates = xp.add(values[0], xp.matmul(h, from_state))
        made = _step(xp, gates, c, peepholes, forget_bias, cell_clip, order)
        return (made[1], made[6]), made

    from_inputs = xp.add(xp.matmul(wide, weights[:size]), biases)
    _, made = loop(step, (c, h), (from_inputs,), x.shape[0], seq_len_max, (c.shape,) * 7)
    return _narrow(xp, made, x)


def _block_lstm_kernel(xp: ArrayModule, *inputs: Array, forget_bias: float, cell_clip: float,
                       use_peephole: bool) -> tuple[Array, ...]:
    return _block_lstm(xp, on_numpy, inputs, forget_bias, cell_clip, use_peephole, _ICFO)


def _block_lstm_lower(jax: Jax, *inputs: Array, forget_bias: float, cell_clip: float,
                      use_peephole: bool) -> tuple[Array, ...]:
    return _block_lstm(jax.numpy, on_xla(jax), inputs, forget_bias, cell_clip, use_peephole, _ICFO)


def _block_lstm_gradient(g: GradientBuilder, op: Operation, *dys: Tensor) -> Cotangents:
    made = g.BlockLSTMGrad(*op.inputs, *op.outputs, dys[1], dys[6], use_peephole=op.attributes["use_peephole"])
    return [None, *made]


_SEQUENCE = f"seq_len_max: int64, x: T, cs_prev: T, h_prev: T, {_WEIGHTS}"
BLOCK_LSTM = define_op(
    "BlockLSTM", inputs=_SEQUENCE, outputs=_STATES, attrs=_ATTRS, shape=_block_lstm_shape, kernel=_block_lstm_kernel,
    lower=_block_lstm_lower, gradient=_block_lstm_gradient, guard=_GUARD)


def _block_lstm_v2_kernel(xp: ArrayModule, *inputs: Array, cell_clip: float, use_peephole: bool) -> tuple[Array, ...]:
    return _block_lstm(xp, on_numpy, inputs, 0.0, cell_clip, use_peephole, _IFCO)


def _block_lstm_v2_lower(jax: Jax, *inputs: Array, cell_clip: float, use_peephole: bool) -> tuple[Array, ...]:
    return _block_lstm(jax.numpy, on_xla(jax), inputs, 0.0, cell_clip, use_peephole, _IFCO)


def _block_lstm_v2_gradient(g: GradientBuilder, op: Operation, *dys: Tensor) -> Cotangents:
    made = g.BlockLSTMGradV2(*op.inputs, *op.outputs, dys[1], dys[6], use_peephole=op.attributes["use_peephole"])
    return [None, *made]


BLOCK_LSTM_V2 = define_op(
    "BlockLSTMV2", inputs=_SEQUENCE, outputs=_STATES,
    attrs="cell_clip: float = 0.0, use_peephole: bool = False, T: {half, float}", shape=_block_lstm_shape,
    kernel=_block_lstm_v2_kernel, lower=_block_lstm_v2_lower, gradient=_block_lstm_v2_gradient, guard=_GUARD)


def _block_lstm_grad_shape(seq_len_max: TensorShape, *inputs: TensorShape) -> tuple[TensorShape, ...]:
    _block_lstm_shape(seq_len_max, *inputs[:8])
    return inputs[:8]


def _block_lstm_grad(xp: ArrayModule, loop: Loop, inputs: tuple[Array, ...], use_peephole: bool,
                     order: tuple[int, ...]) -> tuple[Array, ...]:
    seq_len_max, x, cs_prev, h_prev, w, wci, wcf, wco, _b = inputs[:9]
    wide, c, h, weights = _wide(xp, x, cs_prev, h_prev, w)
    i, cs, f, o, ci, co, hs, cs_grad, h_grad = _wide(xp, *inputs[9:])
    peepholes = _peepholes(xp, wci, wcf, wco, use_peephole)
    size = x.shape[2]
    to_state = xp.transpose(weights[size:])

    def before(first: Array, states: Array) -> Array:
        return xp.concatenate([xp.expand_dims(first, 0), states[:-1]], axis=0) if x.shape[0] else states

    def step(carry: tuple[Array, ...], values: tuple[Array, ...]) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
        d_c, d_h = carry
        cs_prev, cs_grad, h_grad, *states = values
        d_c, d_gates = _step_back(xp, cs_prev, tuple(states), xp.add(cs_grad, d_c), xp.add(h_grad, d_h), peepholes,
                                  order)
        return (d_c, xp.matmul(d_gates, to_state)), (d_gates,)

    # The products below go over all steps, and what stands in steps that are not run is nothing to multiply with.
    wide, cs_before, h_before = (time_loops.before(xp, seq_len_max, whole)
                                 for whole in (wide, before(c, cs), before(h, hs)))
    (d_c, d_h), (d_gates,) = loop(
        step, (xp.zeros_like(c), xp.zeros_like(h)), (cs_before, cs_grad, h_grad, i, cs, f, o, ci, co), x.shape[0],
        seq_len_max, ((c.shape[0], weights.shape[1]),), reverse=True)
    rows = xp.reshape(d_gates, (-1, weights.shape[1]))
    from_inputs = xp.matmul(xp.transpose(xp.reshape(wide, (rows.shape[0], size))), rows)
    from_states = xp.matmul(xp.transpose(xp.reshape(h_before, (rows.shape[0], c.shape[1]))), rows)
    return _narrow(xp, (
        xp.matmul(d_gates, xp.transpose(weights[:size])), d_c, d_h, xp.concatenate([from_inputs, from_states], axis=0),
        *_peephole_grads(xp, d_gates, cs_before, cs, use_peephole, order), xp.sum(rows, axis=0, dtype=np.float32)), x)


def _block_lstm_grad_kernel(xp: ArrayModule, *inputs: Array, use_peephole: bool) -> tuple[Array, ...]:
    return _block_lstm_grad(xp, on_numpy, inputs, use_peephole, _ICFO)


def _block_lstm_grad_lower(jax: Jax, *inputs: Array, use_peephole: bool) -> tuple[Array, ...]:
    return _block_lstm_grad(jax.numpy, on_xla(jax), inputs, use_peephole, _ICFO)


def _block_lstm_grad_v2_kernel(xp: ArrayModule, *inputs: Array, use_peephole: bool) -> tuple[Array, ...]:
    return _block_lstm_grad(xp, on_numpy, inputs, use_peephole, _IFCO)


def _block_lstm_grad_v2_lower(jax: Jax, *inputs: Array, use_peephole: bool) -> tuple[Array, ...]:
    return _block_lstm_grad(jax.numpy, on_xla(jax), inputs, use_peephole, _IFCO)


_GRADS = ("x_grad: T, cs_prev_grad: T, h_prev_grad: T, w_grad: T, wci_grad: T, wcf_grad: T, wco_grad: T, b_grad: T")
BLOCK_LSTM_GRAD = define_op(
    "BlockLSTMGrad", inputs=f"{_SEQUENCE}, {_STATES}, cs_grad: T, h_grad: T", outputs=_GRADS, attrs=_GRAD_ATTRS,
    shape=_block_lstm_grad_shape, kernel=_block_lstm_grad_kernel, lower=_block_lstm_grad_lower,
    gradient=_no_second_derivative, guard=_GUARD)
BLOCK_LSTM_GRAD_V2 = define_op(
    "BlockLSTMGradV2", inputs=f"{_SEQUENCE}, {_STATES}, cs_grad: T, h_grad: T", outputs=_GRADS, attrs=_GRAD_ATTRS,
    shape=_block_lstm_grad_shape, kernel=_block_lstm_grad_v2_kernel, lower=_block_lstm_grad_v2_lower,
    gradient=_no_second_derivative, guard=_GUARD)
