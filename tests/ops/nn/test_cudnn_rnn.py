"""Stacks of recurrent layers as one op: values by the formulas, layer for layer, and their vector of parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from op_case import OpCase, floats

import millpond as tf
from millpond.graph.opdef import lookup

COVERS = {"CudnnRNNBackprop", "CudnnRNNBackpropV2", "CudnnRNNBackpropV3"}
TIME, BATCH, INPUTS, UNITS = 3, 2, 3, 2
GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}
LENGTHS = np.array([3, 1], np.int32)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def stack(mode: str, x: np.ndarray, h: np.ndarray, c: np.ndarray, params: np.ndarray, directions: int = 1,
          lengths: Any = None, skip: bool = False, projected: int = 0) -> list[np.ndarray]:
    """Output, last h and last c of a stack, sequence by sequence."""
    gates, layers, given = GATES[mode], len(h) // directions, h.shape[2]
    units = c.shape[2] if projected else given
    taken = 0

    def take(*shape: int) -> np.ndarray:
        nonlocal taken
        taken += int(np.prod(shape))
        return params[taken - int(np.prod(shape)):taken].reshape(shape)

    weights = [[(take(gates * units, x.shape[2] if layer == 0 else directions * given), take(gates * units, given),
                 take(projected, units)) for _ in range(directions)] for layer in range(layers)]
    biases = [[(take(gates * units), take(gates * units)) for _ in range(directions)] for _ in range(layers)]
    assert taken == len(params)
    last_h, last_c = np.zeros_like(h), np.zeros_like(c)
    for layer in range(layers):
        output = np.zeros((*x.shape[:2], directions * given), x.dtype)
        for direction in range(directions):
            (w, r, p_h), (b, d) = weights[layer][direction], biases[layer][direction]
            place = layer * directions + direction
            for row in range(x.shape[1]):
                state, cell = h[place, row], c[place, row] if mode == "lstm" else None
                times = list(range(x.shape[0] if lengths is None else lengths[row]))
                for t in reversed(times) if direction else times:
                    entering = np.tile(x[t, row], gates) if skip and layer == 0 else w @ x[t, row]
                    own, kept = np.split(entering + b, gates), np.split(r @ state + d, gates)
                    if mode == "lstm":
                        i, f, n, o = (p + q for p, q in zip(own, kept, strict=True))
                        cell = sigmoid(f) * cell + sigmoid(i) * np.tanh(n)
                        state = sigmoid(o) * np.tanh(cell)
                        state = p_h @ state if projected else state
                    elif mode == "gru":
                        reset, update = sigmoid(own[0] + kept[0]), sigmoid(own[1] + kept[1])
                        state = (1 - update) * np.tanh(own[2] + reset * kept[2]) + update * state
                    else:
                        state = np.tanh(own[0] + kept[0]) if mode == "rnn_tanh" else np.maximum(own[0] + kept[0], 0)
                    output[t, row, direction * given:(direction + 1) * given] = state
                last_h[place, row] = state
                if mode == "lstm":
                    last_c[place, row] = cell
        x = output
    return [x, last_h, last_c if mode == "lstm" else np.zeros((), x.dtype)]


def size_of(mode: str, layers: int, directions: int, inputs: int = INPUTS, units: int = UNITS,
            projected: int = 0) -> int:
    given = projected or units
    widths = [inputs] + [directions * given] * (layers - 1)
    return sum(directions * (GATES[mode] * units * (width + given + 2) + projected * units) for width in widths)


def inputs_of(mode: str, layers: int, directions: int, inputs: int = INPUTS, dtype: Any = np.float32,
              projected: int = 0) -> list[Any]:
    stacks = layers * directions
    return [floats(TIME, BATCH, inputs, dtype=dtype), floats(stacks, BATCH, projected or UNITS, seed=1, dtype=dtype),
            floats(stacks, BATCH, UNITS, seed=2, dtype=dtype) if mode == "lstm" else np.zeros(0, dtype),
            floats(size_of(mode, layers, directions, inputs, projected=projected), low=-1, high=1, seed=3, dtype=dtype)]


def row(mode: str, layers: int, directions: int, version: str = "", inputs: int = INPUTS, dtype: Any = np.float32,
        **attrs: Any) -> OpCase:
    lengths = LENGTHS if version == "V3" else None
    skip = attrs.get("input_mode") == "skip_input" or (attrs.get("input_mode") == "auto_select" and inputs == UNITS)
    time_major = attrs.get("time_major", True)
    projected = attrs.get("num_proj", 0)
    given = inputs_of(mode, layers, directions, inputs, dtype, projected)
    if not time_major:
        given = [np.swapaxes(a, 0, 1) if a.ndim == 3 else a for a in given]

    def build(tf: Any, *values: Any) -> Any:
        if lengths is not None:
            values = (*values, tf.constant(lengths))
        made = lookup(f"CudnnRNN{version}")(*values, rnn_mode=mode, direction="bidirectional" if directions == 2 else
                                            "unidirectional", **attrs)
        return list(made[:3])

    def expected(*values: Any) -> Any:
        turned = [np.swapaxes(a, 0, 1) if a.ndim == 3 and not time_major else a for a in values]
        made = stack(mode, *turned, directions=directions, lengths=lengths, skip=skip, projected=projected)
        return made if time_major else [np.swapaxes(a, 0, 1) if a.ndim == 3 else a for a in made]

    half = np.dtype(dtype).itemsize == 2
    return OpCase(f"CudnnRNN{version}", build, given, expected=expected, rank_needed=True,
                  gradient=() if half else (0, 1, 2, 3) if mode == "lstm" else (0, 1, 3),
                  rtol=1e-2 if half else 1e-5, atol=1e-2 if half else 1e-5,
                  note="_".join([mode, str(layers), str(directions), np.dtype(dtype).name,
                                 *map(str, attrs.values())]))


def sizes(build: Any) -> Any:
    return lambda tf, *inputs: build(lookup, np.int32(2), np.int32(UNITS), np.int32(INPUTS), *inputs)


LSTM = inputs_of("lstm", 2, 2)[3]
PARTS = [floats(UNITS, width, seed=k) for layer in range(2) for _ in range(2) for width in
         [(INPUTS, 2 * UNITS)[layer]] * 4 + [UNITS] * 4 for k in [layer]]
KIND = {"rnn_mode": "lstm", "direction": "bidirectional"}
CASES = [
    row("lstm", 2, 2), row("gru", 2, 1), row("rnn_tanh", 2, 2), row("rnn_relu", 1, 1),
    row("lstm", 2, 1, dtype=np.float16), row("gru", 1, 1, dtype=np.float64),
    row("gru", 2, 2, inputs=UNITS, input_mode="skip_input"), row("lstm", 1, 1, inputs=UNITS, input_mode="auto_select"),
    row("lstm", 1, 1, input_mode="auto_select"), row("lstm", 1, 1, is_training=True),
    row("gru", 1, 2, "V2"), row("lstm", 2, 2, "V3"), row("gru", 1, 2, "V3", time_major=False),
    row("lstm", 2, 1, "V3", time_major=False), row("lstm", 2, 2, "V3", num_proj=1),
    row("lstm", 2, 1, "V3", num_proj=3, time_major=False),
    OpCase("CudnnRNNParamsSize", sizes(lambda find, *s: find("CudnnRNNParamsSize")(
        *s, T=tf.float32, S=tf.int32, **KIND)), expected=lambda: np.array([size_of("lstm", 2, 2)], np.int32)),
    OpCase("CudnnRNNParamsToCanonical", sizes(lambda find, *s: [
        part for parts in find("CudnnRNNParamsToCanonical")(*s, num_params=32, **KIND) for part in parts]), [LSTM],
           gradient=True),
    OpCase("CudnnRNNCanonicalToParams", sizes(lambda find, *s: find("CudnnRNNCanonicalToParams")(
        *s[:3], list(s[3:35]), list(s[35:]), **KIND)), [*PARTS, *[floats(UNITS, seed=k) for k in range(32)]],
           gradient=(0, 40), expected=lambda *parts: np.concatenate([part.ravel() for part in parts])),
    OpCase("CudnnRNNParamsToCanonicalV2", sizes(lambda find, *s: [
        part for parts in find("CudnnRNNParamsToCanonicalV2")(*s, num_params_weights=32, num_params_biases=32, **KIND)
        for part in parts]), [LSTM]),
    OpCase("CudnnRNNCanonicalToParamsV2", sizes(lambda find, *s: find("CudnnRNNCanonicalToParamsV2")(
        *s[:3], list(s[3:35]), list(s[35:]), **KIND)), [*PARTS, *[floats(UNITS, seed=k) for k in range(32)]],
           expected=lambda *parts: np.concatenate([part.ravel() for part in parts])),
]


def test_the_vector_and_its_parts_are_one_another(tier: Any) -> None:
    count = [tf.constant(n) for n in (2, UNITS, INPUTS)]
    weights, biases = lookup("CudnnRNNParamsToCanonical")(*count, tf.constant(LSTM), num_params=32, **KIND)
    assert [w.shape.as_list() for w in weights[:9]] == [[2, 3]] * 4 + [[2, 2]] * 4 + [[2, 3]]
    assert {b.shape.as_list()[0] for b in biases} == {2} and len(biases) == 32
    back = lookup("CudnnRNNCanonicalToParams")(*count, weights, biases, **KIND)
    assert back.shape.as_list() == [len(LSTM)]
    with tf.Session() as sess:
        np.testing.assert_array_equal(sess.run(back), LSTM)


def test_outputs_between_layers_are_dropped_in_training_alone(tier: Any) -> None:
    x, h, c, params = (tf.constant(a) for a in inputs_of("rnn_relu", 2, 1))
    runs = {name: lookup("CudnnRNN")(x, h, c, params, rnn_mode="rnn_relu", dropout=rate, seed=1, seed2=2,
                                     is_training=training)
            for name, rate, training in [("none", 0.0, True), ("some", 0.5, True), ("off", 0.5, False),
                                         ("all", 1.0, True)]}
    with tf.Session() as sess:
        first = sess.run({name: made.output for name, made in runs.items()})
        factors = sess.run(runs["some"].reserve_space)
        assert not np.array_equal(first["some"], first["none"])
        np.testing.assert_array_equal(first["off"], first["none"])
        assert np.isfinite(first["all"]).all() and not np.array_equal(first["all"], first["none"])
        assert factors.shape == (TIME * BATCH * UNITS,) and set(factors) <= {0.0, 2.0}
        assert sess.run(runs["none"].reserve_space).shape == (0,)


def test_the_gradient_drops_what_the_run_dropped(tier: Any) -> None:
    """The slope of a run with dropout is that of the second layer on the first one's outputs times the factors."""
    x, h, c, params = (tf.constant(a) for a in inputs_of("rnn_tanh", 2, 1))
    made = lookup("CudnnRNN")(x, h, c, params, rnn_mode="rnn_tanh", dropout=0.5, seed=1, seed2=2)
    got = tf.gradients(made.output, [x, params])
    weights, biases = lookup("CudnnRNNParamsToCanonical")(
        tf.constant(2), tf.constant(UNITS), tf.constant(INPUTS), params, num_params=4, rnn_mode="rnn_tanh")
    factors = tf.reshape(tf.stop_gradient(made.reserve_space), [TIME, BATCH, UNITS])

    def layer(x: Any, k: int) -> Any:
        state, outputs = h[k], []
        for t in range(TIME):
            state = tf.tanh(tf.matmul(x[t], weights[2 * k], transpose_b=True) + biases[2 * k]
                            + tf.matmul(state, weights[2 * k + 1], transpose_b=True) + biases[2 * k + 1])
            outputs.append(state)
        return tf.stack(outputs)

    output = layer(layer(x, 0) * factors, 1)
    wanted = tf.gradients(output, [x, params])
    with tf.Session() as sess:
        one, other, got_grads, wanted_grads = sess.run([made.output, output, got, wanted])
    np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    for grad, right in zip(got_grads, wanted_grads, strict=True):
        np.testing.assert_allclose(grad, right, rtol=1e-4, atol=1e-5)


def test_the_parts_of_a_projected_layer_are_as_many_as_they_say(tier: Any) -> None:
    attrs = {"num_params_weights": 18, "num_params_biases": 16, "num_proj": 1}
    size = size_of("lstm", 2, 1, projected=1)
    params = np.arange(size, dtype=np.float32)
    weights, biases = lookup("CudnnRNNParamsToCanonicalV2")(2, UNITS, INPUTS, params, **attrs)
    back = lookup("CudnnRNNCanonicalToParamsV2")(2, UNITS, INPUTS, weights, biases, num_proj=1)
    said = lookup("CudnnRNNParamsSize")(2, UNITS, INPUTS, T=tf.float32, S=tf.int32, num_proj=1)
    assert [weights[i].shape.as_list() for i in (0, 4, 8, 9)] == [[2, 3], [2, 1], [1, 2], [2, 1]]
    with tf.Session() as sess:
        found, count = sess.run([back, said])
    np.testing.assert_array_equal(found, params)
    assert count.tolist() == [size]


def test_only_a_training_run_has_a_gradient() -> None:
    x, h, c, params = (tf.constant(a) for a in inputs_of("gru", 1, 1))
    output = lookup("CudnnRNN")(x, h, c, params, rnn_mode="gru", is_training=False).output
    with pytest.raises(ValueError, match="must set is_training to True"):
        tf.gradients(output, x)
    (grad,) = tf.gradients(lookup("CudnnRNN")(x, h, c, params, rnn_mode="gru").output, x)
    with pytest.raises(LookupError, match="No gradient defined.*a cuDNN layer has no second derivative"):
        tf.gradients(grad, x)


def test_what_does_not_fit_is_refused(tier: Any) -> None:
    x, h, c, params = inputs_of("gru", 1, 1)
    with pytest.raises(ValueError, match="'skip_input' needs inputs of the size of the units: 3 is not 2"):
        lookup("CudnnRNN")(x, h, c, params, rnn_mode="gru", input_mode="skip_input")
    with pytest.raises(ValueError, match="num_proj=1: only an lstm is projected"):
        lookup("CudnnRNNV3")(x, h, c, params, LENGTHS, rnn_mode="gru", num_proj=1)
    with pytest.raises(ValueError, match="has 6 weights, not 4"):
        lookup("CudnnRNNParamsToCanonical")(1, UNITS, INPUTS, params, num_params=4, rnn_mode="gru")
    with pytest.raises(ValueError, match="must be positive"):
        lookup("CudnnRNNParamsSize")(0, UNITS, INPUTS, T=tf.float32, S=tf.int32)
    output = lookup("CudnnRNN")(x, h, c, params[1:], rnn_mode="gru").output
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="has 42 parameters, not 41"):
        sess.run(output)
