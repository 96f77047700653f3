"""Stacks of recurrent layers as one op with one vector of parameters, as the cuDNN library has them; on every device.

A layer of units u with inputs x and state h, where W, R are weights and b, d biases, one of each for each gate:

    lstm      i, f, n, o = sigmoid(W_i x + b_i + R_i h + d_i), ..., tanh(...) for n;  c = f c + i n;  h = o tanh(c)
    gru       r, u = sigmoid(...);  n = tanh(W_n x + b_n + r (R_n h + d_n));  h = (1 - u) n + u h
    rnn_tanh  h = tanh(W x + b + R h + d)
    rnn_relu  h = max(W x + b + R h + d, 0)

With `num_proj`, the h of an lstm is P h for a matrix P of as many rows, in place of h itself.

The layout of the parameters. First all weights, then all biases; each by layer, then forward before backward; there W
of each gate, then R of each gate, in the order of the formulas, then P; a matrix row by row, a row for each unit. The
inputs of a later layer are the outputs of the layer before it, forward beside backward. In the mode "skip_input" the
first layer adds its inputs to each gate instead of W x: its W lies in the parameters all the same, and counts for
nothing.

While training, the outputs between two layers are dropped at the rate `dropout`; the factors are what `reserve_space`
keeps for the gradient, which computes the rest anew.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.opdef import OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents, Jax
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.nn.time_loops import Loop, on_numpy, on_xla
from millpond.ops.random import philox, random_distributions
from millpond.shapes import TensorShape

FLOATS = "{bfloat16, half, float, double}"
KIND_ATTRS = ("rnn_mode: {'rnn_relu', 'rnn_tanh', 'lstm', 'gru'} = 'lstm', "
              "input_mode: {'linear_input', 'skip_input', 'auto_select'} = 'linear_input', "
              "direction: {'unidirectional', 'bidirectional'} = 'unidirectional', "
              "dropout: float = 0.0, seed: int = 0, seed2: int = 0")
GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}


class Kind(NamedTuple):
    """What decides how many parameters there are, and where they lie.

    Attributes:
      mode: `lstm`, `gru`, `rnn_tanh` or `rnn_relu`.
      layers: How many layers.
      units: Units of each layer in each direction.
      inputs: Size of the inputs of the first layer.
      directions: 1 or 2.
      projected: To how many units h is projected, or 0: not.
    """

    mode: str
    layers: int
    units: int
    inputs: int
    directions: int
    projected: int = 0

    @property
    def outputs(self) -> int:
        """Units of what a layer gives in each direction."""
        return self.projected or self.units

    @property
    def per_layer(self) -> int:
        """How many weights a layer has in each direction."""
        return 2 * self.gates + bool(self.projected)

    @property
    def gates(self) -> int:
        return GATES[self.mode]

    @property
    def stacks(self) -> int:
        """How many layers, each direction counted."""
        return self.layers * self.directions

    def weight_shapes(self) -> list[tuple[int, int]]:
        """The shapes of all weights, in their order."""
        found = []
        for layer in range(self.layers):
            width = self.inputs if layer == 0 else self.directions * self.outputs
            projection = [(self.projected, self.units)] if self.projected else []
            found += [*[(self.units, width)] * self.gates, *[(self.units, self.outputs)] * self.gates,
                      *projection] * self.directions
        return found

    def bias_count(self) -> int:
        return 2 * self.gates * self.stacks

    def size(self) -> int:
        """How many parameters there are."""
        return sum(rows * columns for rows, columns in self.weight_shapes()) + self.bias_count() * self.units

    def parts(self, xp: ArrayModule, params: Array) -> tuple[list[Array], list[Array]]:
        """The weights and the biases in a vector of parameters (an array)."""
        weights, place = [], 0
        for rows, columns in self.weight_shapes():
            weights.append(xp.reshape(params[place:place + rows * columns], (rows, columns)))
            place += rows * columns
        biases = [params[place + k * self.units:place + (k + 1) * self.units] for k in range(self.bias_count())]
        return weights, biases


def check_projection(mode: str, num_proj: int) -> None:
    """Refuses a projection where there is no cell beside the output.

    Raises:
      ValueError: If `num_proj` is negative, or the mode is not `lstm`.
    """
    if num_proj < 0 or (num_proj and mode != "lstm"):
        raise ValueError(f"num_proj={num_proj}: only an lstm is projected, to a positive number of units, not a {mode}")


def directions_of(direction: str) -> int:
    return 2 if direction == "bidirectional" else 1


def _skips(input_mode: str, kind: Kind) -> bool:
    """Whether the first layer adds its inputs as they are."""
    if input_mode == "skip_input" and kind.inputs != kind.units:
        raise ValueError(f"input_mode 'skip_input' needs inputs of the size of the units: {kind.inputs} is not "
                         f"{kind.units}")
    return input_mode != "linear_input" and kind.inputs == kind.units


def _sigmoid(xp: ArrayModule, x: Array) -> Array:
    one = xp.ones((), dtype=x.dtype)
    return xp.divide(one, xp.add(one, xp.exp(xp.negative(x))))


def _lstm_cell(xp: ArrayModule, gates: Array, from_state: Array, carry: tuple[Array, ...]) -> tuple[Array, ...]:
    i, f, n, o = xp.split(xp.add(gates, from_state), 4, axis=1)
    c = xp.add(xp.multiply(_sigmoid(xp, f), carry[1]), xp.multiply(_sigmoid(xp, i), xp.tanh(n)))
    return xp.multiply(_sigmoid(xp, o), xp.tanh(c)), c


def _gru_cell(xp: ArrayModule, gates: Array, from_state: Array, carry: tuple[Array, ...]) -> tuple[Array, ...]:
    (r, u, n), (state_r, state_u, state_n) = xp.split(gates, 3, axis=1), xp.split(from_state, 3, axis=1)
    r, u = _sigmoid(xp, xp.add(r, state_r)), _sigmoid(xp, xp.add(u, state_u))
    n = xp.tanh(xp.add(n, xp.multiply(r, state_n)))
    return xp.add(n, xp.multiply(u, xp.subtract(carry[0], n))),


def _tanh_cell(xp: ArrayModule, gates: Array, from_state: Array, carry: tuple[Array, ...]) -> tuple[Array, ...]:
    return xp.tanh(xp.add(gates, from_state)),


def _relu_cell(xp: ArrayModule, gates: Array, from_state: Array, carry: tuple[Array, ...]) -> tuple[Array, ...]:
    return xp.maximum(xp.add(gates, from_state), xp.zeros((), dtype=gates.dtype)),


# `cell(xp, gates, from_state, carry)`: the new carry (h, or h and c), from W x + b and R h + d of all gates.
_CELLS: dict[str, Callable[..., tuple[Array, ...]]] = {
    "lstm": _lstm_cell, "gru": _gru_cell, "rnn_tanh": _tanh_cell, "rnn_relu": _relu_cell}


class _Run(NamedTuple):
    """A run of a whole stack: how it loops, what it is, what is skipped, and how long the sequences are."""

    xp: ArrayModule
    loop: Loop
    kind: Kind
    skips: bool
    lengths: Array | None

    def forward(self, x: Array, states: tuple[Array, ...], params: Array,
                factors: Array | None) -> tuple[Array, tuple[Array, ...]]:
        """The outputs [time, batch, units of all directions] and the last states [stacks, batch, units]."""
        xp, kind = self.xp, self.kind
        weights, biases = kind.parts(xp, params)
        if self.lengths is not None:
            x = xp.where(self._lives(x.shape[0]), x, xp.zeros((), dtype=x.dtype))
        last = []
        for layer in range(kind.layers):
            outputs = []
            for direction in range(kind.directions):
                place = layer * kind.directions + direction
                own, own_biases = (slice(count * place, count * (place + 1))
                                   for count in (kind.per_layer, 2 * kind.gates))
                carry, output = self._one_direction(x, tuple(state[place] for state in states), weights[own],
                                                    biases[own_biases], self.skips and layer == 0, direction == 1)
                outputs.append(output)
                last.append(carry)
            x = xp.concatenate(outputs, axis=2)
            if factors is not None and layer < kind.layers - 1:
                x = xp.multiply(x, factors[layer])
        return x, tuple(xp.stack(parts) for parts in zip(*last, strict=True))

    def _lives(self, steps: int) -> Array:
        """In which steps a sequence has not ended yet, `[time, batch, 1]`."""
        times = np.reshape(np.arange(steps, dtype=np.int32), (steps, 1, 1))
        return self.xp.less(self.xp.asarray(times), self.xp.reshape(self.lengths, (1, -1, 1)))

    def _one_direction(self, x: Array, carry: tuple[Array, ...], weights: list[Array], biases: list[Array], skips: bool,
                       reverse: bool) -> tuple[tuple[Array, ...], Array]:
        xp, gates = self.xp, self.kind.gates
        cell = _CELLS[self.kind.mode]
        steps = x.shape[0]
        inputs = (xp.concatenate([x] * gates, axis=2) if skips
                  else xp.matmul(x, xp.transpose(xp.concatenate(weights[:gates], axis=0))))
        inputs = xp.add(inputs, xp.concatenate(biases[:gates], axis=0))
        recurrent = xp.transpose(xp.concatenate(weights[gates:2 * gates], axis=0))
        projection = xp.transpose(weights[2 * gates]) if self.kind.projected else None
        recurrent_bias = xp.concatenate(biases[gates:], axis=0)

        def step(carry: tuple[Array, ...], values: tuple[Array, ...]) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
            new = cell(xp, values[0], xp.add(xp.matmul(carry[0], recurrent), recurrent_bias), carry)
            if projection is not None:
                new = xp.matmul(new[0], projection), *new[1:]
            if self.lengths is None:
                return new, (new[0],)
            lives = values[1]
            output = xp.where(lives, new[0], xp.zeros((), dtype=x.dtype))
            return tuple(xp.where(lives, a, b) for a, b in zip(new, carry, strict=True)), (output,)

        xs: tuple[Array, ...] = (inputs,)
        if self.lengths is not None:
            xs = (inputs, self._lives(steps))
        carry, (output,) = self.loop(step, carry, xs, steps, steps, (carry[0].shape,), reverse=reverse)
        return carry, output


class _Facts(NamedTuple):
    """Attributes of a node that its run needs."""

    rnn_mode: str
    input_mode: str
    direction: str
    time_major: bool
    num_proj: int


def _compute(xp: ArrayModule, loop: Loop, facts: _Facts, inputs: tuple[Array, ...], lengths: Array | None,
             factors: Array | None) -> tuple[Array, Array, Array]:
    """The op's `output`, `output_h` and `output_c` from the first four inputs, in the dtype that is computed in."""
    x, h, c, params = inputs
    if not facts.time_major:
        x, h = xp.swapaxes(x, 0, 1), xp.swapaxes(h, 0, 1)
    has_c = facts.rnn_mode == "lstm"
    if has_c and not facts.time_major:
        c = xp.swapaxes(c, 0, 1)
    kind = _kind_of(facts, x.shape, h.shape, c.shape)
    if params.shape[0] != kind.size():
        raise ValueError(f"{kind} has {kind.size()} parameters, not {params.shape[0]}")
    run = _Run(xp, loop, kind, _skips(facts.input_mode, kind), lengths)
    output, states = run.forward(x, (h, c) if has_c else (h,), params, factors)
    if not facts.time_major:
        output, states = xp.swapaxes(output, 0, 1), tuple(xp.swapaxes(state, 0, 1) for state in states)
    return output, states[0], states[1] if has_c else xp.zeros((), dtype=x.dtype)


def _kind_of(facts: _Facts, x: tuple[int, ...], h: tuple[int, ...], c: tuple[int, ...]) -> Kind:
    """The kind, from the shapes of the inputs and the first states with time and layers first."""
    directions = directions_of(facts.direction)
    units = c[2] if facts.num_proj else h[2]
    return Kind(facts.rnn_mode, h[0] // directions, units, x[2], directions, facts.num_proj)


def _factors_shape(facts: _Facts, x: tuple[int, ...], h: tuple[int, ...]) -> tuple[int, ...]:
    if not facts.time_major:
        x, h = (x[1], x[0], x[2]), (h[1], h[0], h[2])
    directions = directions_of(facts.direction)
    return h[0] // directions - 1, x[0], x[1], h[2] * directions


def _wide_dtype(x: Array) -> np.dtype[Any]:
    return np.dtype(np.float32) if np.dtype(x.dtype).itemsize == 2 else np.dtype(x.dtype)


def _forward(xp: ArrayModule, loop: Loop, state: Array, inputs: tuple[Array, ...], facts: _Facts, dropout: float,
             is_training: bool) -> tuple[Array, ...]:
    """The op's outputs but for `host_reserved`."""
    x, h, c, params, *rest = inputs
    wide = _wide_dtype(x)
    drops, shape = is_training and dropout > 0, _factors_shape(facts, x.shape, h.shape)
    factors = None
    if drops:
        kept = xp.greater_equal(random_distributions.random_uniform(xp, state, shape, np.dtype(np.float32)),
                                np.float32(dropout))
        factors = xp.multiply(xp.asarray(kept, dtype=wide), wide.type(1 / (1 - dropout) if dropout < 1 else 0))
    given = tuple(xp.asarray(a, dtype=wide) for a in (x, h, c, params))
    made = _compute(xp, loop, facts, given, rest[0] if rest else None, factors)
    reserved = xp.zeros((0,), dtype=wide) if factors is None else xp.reshape(factors, (-1,))
    return tuple(xp.asarray(a, dtype=x.dtype) for a in (*made, reserved))


@functools.cache
def _jitted_backward(jax: Jax, facts: _Facts, has_lengths: bool) -> Callable[..., tuple[Array, ...]]:
    """`_backward` as a function that is compiled once for each signature, where it is called for itself."""
    compiled: Callable[..., tuple[Array, ...]] = jax.jit(functools.partial(_backward, jax, facts, has_lengths))
    return compiled


def _backward(jax: Jax, facts: _Facts, has_lengths: bool, *inputs: Array) -> tuple[Array, ...]:
    xp = jax.numpy
    x, h, c, params = inputs[:4]
    lengths = inputs[4] if has_lengths else None
    _, _, _, d_output, d_h, d_c, reserved = inputs[4 + has_lengths:11 + has_lengths]
    wide = _wide_dtype(x)
    shape = _factors_shape(facts, x.shape, h.shape)
    factors = xp.reshape(xp.asarray(reserved, dtype=wide), shape) if reserved.shape[0] else None
    _, back = jax.vjp(lambda *given: _compute(xp, on_xla(jax), facts, given, lengths, factors),
                      *(xp.asarray(a, dtype=wide) for a in (x, h, c, params)))
    d_output, d_h, d_c = (xp.asarray(a, dtype=wide) for a in (d_output, d_h, d_c))
    return tuple(xp.asarray(a, dtype=x.dtype) for a in back((d_output, d_h, d_c)))


def _samples(facts: _Facts, inputs: tuple[Array, ...], dropout: float, is_training: bool) -> int:
    if not is_training or dropout <= 0:
        return 0
    return philox.samples_for_outputs(int(np.prod(_factors_shape(facts, inputs[0].shape, inputs[1].shape))))


def _output_shapes(inputs: tuple[TensorShape, ...], facts: _Facts) -> tuple[TensorShape, ...]:
    x = shape_rules.sizes_of(shape_rules.with_rank(inputs[0], 3))
    h = shape_rules.with_rank(inputs[1], 3)
    outputs, directions = shape_rules.sizes_of(h)[2], directions_of(facts.direction)
    units = outputs
    c = TensorShape([])
    if facts.num_proj:
        h = h.merge_with([None, None, facts.num_proj])
        c = shape_rules.with_rank(inputs[2], 3).merge_with(TensorShape.of((*shape_rules.sizes_of(h)[:2], None)))
        outputs, units = facts.num_proj, shape_rules.sizes_of(c)[2]
    elif facts.rnn_mode == "lstm":
        c = h = h.merge_with(shape_rules.with_rank(inputs[2], 3))
    shape_rules.with_rank(inputs[3], 1)
    if len(inputs) > 4:
        shape_rules.with_rank(inputs[4], 1)
    if x[2] is not None and units is not None:
        _skips(facts.input_mode, Kind(facts.rnn_mode, 1, units, x[2], directions))
    output = TensorShape.of((x[0], x[1], None if outputs is None else outputs * directions))
    return output, h, c, TensorShape([None])


def _gradient(type: str, first: int) -> Callable[..., Cotangents]:
    """The gradient rule of an op whose `output` comes after `first` inputs."""

    def rule(g: GradientBuilder, op: Operation, *dys: Tensor) -> Cotangents:
        attributes = op.attributes
        if not attributes["is_training"]:
            raise ValueError(f"'{op.name}': {op.type} must set is_training to True to be used in gradients")
        kept = {name: value for name, value in attributes.items() if name in g.__getattr__(type).attrs and name != "T"}
        made = g.__getattr__(type)(*op.inputs, *op.outputs[:3], *dys[:3], *op.outputs[3:], **kept)
        return [*made, *[None] * (first - 4)]

    return rule


def _no_second_derivative(g: GradientBuilder, op: Operation, *dys: Tensor) -> NoReturn:
    raise LookupError(f"No gradient defined for operation '{op.name}' (op type: {op.type}): a cuDNN layer has no "
                      "second derivative; the cells in tf.nn.rnn_cell have one.")


_INPUTS = "input: T, input_h: T, input_c: T, params: T"
_OUTPUTS = "output: T, output_h: T, output_c: T, reserve_space: T"
_BACK_INPUTS = ("output: T, output_h: T, output_c: T, output_backprop: T, output_h_backprop: T, output_c_backprop: T, "
                "reserve_space: T")
_BACK_OUTPUTS = "input_backprop: T, input_h_backprop: T, input_c_backprop: T, params_backprop: T"


def _family(version: str, lengths: str, hosted: bool) -> tuple[OpDefinition, OpDefinition]:
    """An op and its gradient's.

    Args:
      version: What ends the name of the type.
      lengths: The input with the lengths of the sequences, if there is one.
      hosted: Whether there is an output `host_reserved`, which only cuDNN fills.
    """
    reserved = ", host_reserved: int8" if hosted else ""
    extra = ", num_proj: int = 0, time_major: bool = True" if lengths else ""
    attrs = f"T: {FLOATS}, {KIND_ATTRS}"

    def facts(rnn_mode: str, input_mode: str, direction: str, time_major: bool, num_proj: int) -> _Facts:
        check_projection(rnn_mode, num_proj)
        return _Facts(rnn_mode, input_mode, direction, time_major, num_proj)

    def shape(*inputs: TensorShape, rnn_mode: str, input_mode: str, direction: str, time_major: bool = True,
              num_proj: int = 0) -> tuple[TensorShape, ...]:
        made = _output_shapes(inputs, facts(rnn_mode, input_mode, direction, time_major, num_proj))
        return (*made, TensorShape([None])) if hosted else made

    def samples(*inputs: Array, rnn_mode: str, input_mode: str, direction: str, dropout: float, is_training: bool,
                time_major: bool = True, num_proj: int = 0) -> int:
        return _samples(facts(rnn_mode, input_mode, direction, time_major, num_proj), inputs, dropout, is_training)

    def run(xp: ArrayModule, loop: Loop, state: Array, inputs: tuple[Array, ...], found: _Facts, dropout: float,
            is_training: bool) -> tuple[Array, ...]:
        made = _forward(xp, loop, state, inputs, found, dropout, is_training)
        return (*made, xp.zeros((0,), dtype=np.int8)) if hosted else made

    def kernel(xp: ArrayModule, state: Array, *inputs: Array, rnn_mode: str, input_mode: str, direction: str,
               dropout: float, is_training: bool, time_major: bool = True, num_proj: int = 0) -> tuple[Array, ...]:
        return run(xp, on_numpy, state, inputs, facts(rnn_mode, input_mode, direction, time_major, num_proj), dropout,
                   is_training)

    def lower(jax: Jax, state: Array, *inputs: Array, rnn_mode: str, input_mode: str, direction: str, dropout: float,
              is_training: bool, time_major: bool = True, num_proj: int = 0) -> tuple[Array, ...]:
        return run(jax.numpy, on_xla(jax), state, inputs,
                   facts(rnn_mode, input_mode, direction, time_major, num_proj), dropout, is_training)

    def back_shape(*inputs: TensorShape) -> tuple[TensorShape, ...]:
        return inputs[:4]

    def back_lower(jax: Jax, *inputs: Array, rnn_mode: str, input_mode: str, direction: str, time_major: bool = True,
                   num_proj: int = 0) -> tuple[Array, ...]:
        given = facts(rnn_mode, input_mode, direction, time_major, num_proj)
        return _jitted_backward(jax, given, bool(lengths))(*inputs)

    back_type = f"CudnnRNNBackprop{version}"
    forward = define_op(
        f"CudnnRNN{version}", inputs=_INPUTS + lengths, outputs=_OUTPUTS + reserved,
        attrs=f"{attrs}{extra}, is_training: bool = True", shape=shape, kernel=kernel, lower=lower, random=samples,
        gradient=_gradient(back_type, 5 if lengths else 4), stateful=True)
    backward = define_op(
        back_type, inputs=f"{_INPUTS}{lengths}, {_BACK_INPUTS}{reserved}", outputs=_BACK_OUTPUTS, attrs=attrs + extra,
        shape=back_shape, lower=back_lower, gradient=_no_second_derivative, stateful=True)
    return forward, backward


CUDNN_RNN, CUDNN_RNN_BACKPROP = _family("", "", hosted=False)
CUDNN_RNN_V2, CUDNN_RNN_BACKPROP_V2 = _family("V2", "", hosted=True)
CUDNN_RNN_V3, CUDNN_RNN_BACKPROP_V3 = _family("V3", ", sequence_lengths: int32", hosted=True)
