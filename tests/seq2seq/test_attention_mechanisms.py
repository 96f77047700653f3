"""Attention mechanisms against NumPy: scores, masks, probabilities; the names of variables; what is refused."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np
import pytest

import millpond as tf

RNG = np.random.default_rng(1)
BATCH, TIME, DEPTH, UNITS = 3, 5, 4, 6
MEMORY = RNG.normal(size=(BATCH, TIME, DEPTH)).astype(np.float32)
QUERY = RNG.normal(size=(BATCH, UNITS)).astype(np.float32)
LENGTHS = np.array([5, 2, 1])
INSIDE = np.arange(TIME) < LENGTHS[:, None]
MASKED = MEMORY * INSIDE[..., None]

seq2seq = tf.contrib.seq2seq


def softmax(x: np.ndarray) -> np.ndarray:
    shifted = np.exp(x - x.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def monotonic(p: np.ndarray, previous: np.ndarray) -> np.ndarray:
    """Place by place: what comes by is what did not stop before, and what begins here."""
    result, reached = np.zeros_like(p), np.zeros(len(p))
    for i in range(p.shape[1]):
        reached = (reached * (1 - p[:, i - 1]) if i else 0) + previous[:, i]
        result[:, i] = p[:, i] * reached
    return result


def _run(tensors: Any, weights: dict[str, Any]) -> Any:
    """Evaluates with variables set to values, all of them by the ends of their names."""
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for name, value in weights.items():
            (variable,) = [v for v in tf.global_variables() if v.op.name.endswith(name)]
            variable.load(np.asarray(value, np.float32), sess)
        return sess.run(tensors)


def _weights(*names: str) -> dict[str, np.ndarray]:
    shapes = {"memory_layer/kernel": (DEPTH, UNITS), "query_layer/kernel": (UNITS, UNITS), "attention_v": (UNITS,),
              "attention_b": (UNITS,), "attention_g": (), "attention_score_bias": ()}
    rng = np.random.default_rng(2)
    values = {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}
    return {name: values[name] for name in names}


def _luong(w: dict[str, np.ndarray], memory: np.ndarray) -> np.ndarray:
    return w.get("attention_g", 1) * np.einsum("bu,btu->bt", QUERY, memory @ w["memory_layer/kernel"])


def _bahdanau(w: dict[str, np.ndarray], memory: np.ndarray) -> np.ndarray:
    mixed = memory @ w["memory_layer/kernel"] + (QUERY @ w["query_layer/kernel"])[:, None]
    v = w["attention_v"]
    if "attention_g" in w:
        mixed, v = mixed + w["attention_b"], w["attention_g"] * v / np.sqrt((v ** 2).sum())
    return np.tanh(mixed) @ v


KINDS = [
    (seq2seq.LuongAttention, {}, _luong, ("memory_layer/kernel",)),
    (seq2seq.LuongAttention, {"scale": True}, _luong, ("memory_layer/kernel", "attention_g")),
    (seq2seq.BahdanauAttention, {}, _bahdanau, ("memory_layer/kernel", "query_layer/kernel", "attention_v")),
    (seq2seq.BahdanauAttention, {"normalize": True}, _bahdanau,
     ("memory_layer/kernel", "query_layer/kernel", "attention_v", "attention_g", "attention_b")),
]
MONOTONIC = {seq2seq.LuongAttention: seq2seq.LuongMonotonicAttention,
             seq2seq.BahdanauAttention: seq2seq.BahdanauMonotonicAttention}


@pytest.mark.parametrize("with_lengths", [False, True])
@pytest.mark.parametrize(("kind", "how", "score", "names"), KINDS)
def test_what_is_attended_to(kind: Any, how: dict[str, Any], score: Any, names: tuple[str, ...], with_lengths: bool,
                             tier: str) -> None:
    mechanism = kind(UNITS, tf.constant(MEMORY), LENGTHS if with_lengths else None, **how)
    alignments, state = mechanism(tf.constant(QUERY), state=mechanism.initial_state(BATCH, tf.float32))
    assert state is alignments and alignments.shape.as_list() == [BATCH, TIME]
    weights = _weights(*names)
    found, values = _run([alignments, mechanism.values], weights)
    scores = score(weights, MASKED if with_lengths else MEMORY)
    np.testing.assert_allclose(found, softmax(np.where(INSIDE, scores, -np.inf) if with_lengths else scores),
                               rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(values, MASKED if with_lengths else MEMORY)


@pytest.mark.parametrize("mode", ["recursive", "parallel", "hard"])
@pytest.mark.parametrize(("kind", "how", "score", "names"), KINDS)
def test_attention_that_moves_forward(kind: Any, how: dict[str, Any], score: Any, names: tuple[str, ...], mode: str,
                                      tier: str) -> None:
    mechanism = MONOTONIC[kind](UNITS, tf.constant(MEMORY), LENGTHS, mode=mode, score_bias_init=0.25, **how)
    first, _ = mechanism(tf.constant(QUERY), state=mechanism.initial_state(BATCH, tf.float32))
    weights = _weights(*names)
    bias = [v for v in tf.global_variables() if v.op.name.endswith("attention_score_bias")]
    found, value = _run([first, bias[0]], weights)
    assert value == 0.25 and len(bias) == 1
    scores = np.where(INSIDE, score(weights, MASKED) + 0.25, -np.inf)
    p = (scores > 0).astype(np.float32) if mode == "hard" else sigmoid(scores)
    start = np.eye(TIME)[np.zeros(BATCH, int)]
    np.testing.assert_allclose(found, monotonic(p, start), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("mode", ["recursive", "parallel"])
def test_monotonic_attention_goes_on_from_where_it_was(mode: str, dtype: type, tier: str) -> None:
    p = RNG.uniform(0.05, 0.95, (BATCH, TIME)).astype(dtype)
    previous = softmax(RNG.normal(size=(BATCH, TIME))).astype(dtype)
    found = seq2seq.monotonic_attention(p, previous, mode)
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(found), monotonic(p, previous), rtol=1e-4)


def test_hard_monotonic_attention_is_exact(tier: str) -> None:
    p = np.array([[0, 1, 0, 1, 1], [1, 1, 1, 1, 1], [0, 0, 0, 0, 0]], np.float32)
    previous = np.eye(TIME, dtype=np.float32)[[2, 1, 0]]
    with tf.Session() as sess:
        found = sess.run(seq2seq.monotonic_attention(p, previous, "hard"))
    assert found.tolist() == [[0, 0, 0, 1, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 0]]


def test_a_mode_that_does_not_exist() -> None:
    with pytest.raises(ValueError, match="mode must be 'recursive', 'parallel', or 'hard'"):
        seq2seq.monotonic_attention([[0.5]], [[1.0]], "soft")


def test_noise_of_monotonic_attention_has_a_seed() -> None:
    tf.set_random_seed(5)
    mechanism = seq2seq.LuongMonotonicAttention(UNITS, tf.constant(MEMORY), sigmoid_noise=2.0, sigmoid_noise_seed=3)
    alignments, _ = mechanism(tf.constant(QUERY), mechanism.initial_state(BATCH, tf.float32))
    noise = tf.random_normal([BATCH, TIME], seed=3)
    weights = _weights("memory_layer/kernel")
    found, drawn = _run([alignments, noise], weights)
    scores = _luong(weights, MEMORY) + 2 * drawn
    np.testing.assert_allclose(found, monotonic(sigmoid(scores), np.eye(TIME)[np.zeros(BATCH, int)]), rtol=1e-4,
                               atol=1e-6)


def test_products_that_would_underflow(tier: str) -> None:
    x = np.array([[0.5, 0.25, 0.0, 1.0], [1e-30, 1e-30, 1.0, 1.0]], np.float32)
    product = seq2seq.safe_cumprod(x, axis=1)
    with tf.Session() as sess:
        np.testing.assert_allclose(sess.run(product)[0, :2], [0.5, 0.125], rtol=1e-6)
        assert np.all(np.isfinite(sess.run(tf.gradients(product, product.op.inputs[0])[0])))
        exclusive = sess.run(seq2seq.safe_cumprod(x[:1], axis=1, exclusive=True, reverse=True))
    np.testing.assert_allclose(exclusive, [[0, 0, 1, 1]], atol=1e-6)


@pytest.mark.parametrize("shape", [[2, 3], [None, None]])
def test_hardmax(shape: list[int | None], tier: str) -> None:
    x = tf.placeholder(tf.float32, shape)
    with tf.Session() as sess:
        assert sess.run(seq2seq.hardmax(x), {x: [[1, 3, 3], [0, -1, -2]]}).tolist() == [[0, 1, 0], [1, 0, 0]]


def test_another_function_to_probabilities_and_another_mask() -> None:
    seen: list[tf.Tensor] = []

    def own(score: tf.Tensor) -> tf.Tensor:
        seen.append(score)
        return seq2seq.hardmax(score)

    mechanism = seq2seq.LuongAttention(UNITS, tf.constant(MEMORY), LENGTHS, probability_fn=own, score_mask_value=-9.0)
    alignments, _ = mechanism(tf.constant(QUERY), None)
    weights = _weights("memory_layer/kernel")
    found, scores = _run([alignments, seen[0]], weights)
    wanted = np.where(INSIDE, _luong(weights, MASKED), -9)
    np.testing.assert_allclose(scores, wanted, rtol=1e-4, atol=1e-5)
    np.testing.assert_array_equal(found, np.eye(TIME)[wanted.argmax(1)])


def test_keys_and_values_of_the_users_own() -> None:
    mechanism = seq2seq.BahdanauAttention(UNITS, tf.constant(MEMORY),
                                          custom_key_value_fn=lambda keys, values: (2 * keys, values[:, :, :1]))
    assert mechanism.values.shape.as_list() == [BATCH, TIME, 1]
    weights = _weights("memory_layer/kernel")
    np.testing.assert_allclose(_run(mechanism.keys, weights), 2 * MEMORY @ weights["memory_layer/kernel"], rtol=1e-5)


def test_a_memory_of_unknown_batch_and_time(tier: str) -> None:
    memory, lengths = tf.placeholder(tf.float32, [None, None, DEPTH]), tf.placeholder(tf.int32, [None])
    mechanism = seq2seq.LuongAttention(UNITS, memory, lengths)
    alignments, _ = mechanism(tf.constant(QUERY), None)
    start = mechanism.initial_alignments(mechanism.batch_size, tf.float64)
    weights = _weights("memory_layer/kernel")
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        mechanism.memory_layer.kernel.load(weights["memory_layer/kernel"], sess)
        feeds = {memory: MEMORY, lengths: LENGTHS}
        np.testing.assert_allclose(sess.run(alignments, feeds),
                                   softmax(np.where(INSIDE, _luong(weights, MASKED), -np.inf)), rtol=1e-4, atol=1e-6)
        assert sess.run(start, feeds).tolist() == np.zeros((BATCH, TIME)).tolist()
        assert sess.run([mechanism.batch_size, mechanism.alignments_size], feeds) == [BATCH, TIME]
        feeds[lengths] = [5, 0, 1]
        with pytest.raises(tf.errors.InvalidArgumentError, match="memory_sequence_length must be greater than zero"):
            sess.run(alignments, feeds)


def test_names_of_variables() -> None:
    memory, query = tf.constant(MEMORY), tf.constant(QUERY)
    with tf.variable_scope("decoder"):
        for kind, how in ((seq2seq.LuongAttention, {"scale": True}), (seq2seq.BahdanauAttention, {"normalize": True}),
                          (seq2seq.LuongMonotonicAttention, {}), (seq2seq.BahdanauMonotonicAttention, {})):
            mechanism = kind(UNITS, memory, **how)
            mechanism(query, mechanism.initial_state(BATCH, tf.float32))
    assert [v.op.name.removeprefix("decoder/") for v in tf.trainable_variables()] == [
        "memory_layer/kernel", "luong_attention/attention_g", "memory_layer_1/kernel",
        "bahdanau_attention/query_layer/kernel", "bahdanau_attention/attention_v", "bahdanau_attention/attention_g",
        "bahdanau_attention/attention_b", "memory_layer_2/kernel", "luong_monotonic_attention/attention_score_bias",
        "memory_layer_3/kernel", "bahdanau_monotonic_attention/query_layer/kernel",
        "bahdanau_monotonic_attention/attention_v", "bahdanau_monotonic_attention/attention_score_bias"]


def test_first_values_of_variables() -> None:
    mechanism = seq2seq.BahdanauAttention(UNITS, tf.constant(MEMORY), normalize=True)
    mechanism(tf.constant(QUERY), None)
    luong = seq2seq.LuongAttention(UNITS, tf.constant(MEMORY), scale=True)
    luong(tf.constant(QUERY), None)
    scales = [v for v in tf.trainable_variables() if v.op.name.endswith("attention_g")]
    (bias,) = [v for v in tf.trainable_variables() if v.op.name.endswith("attention_b")]
    found = _run([*scales, bias], {})
    np.testing.assert_allclose(found[0], np.sqrt(1 / UNITS), rtol=1e-6)
    assert found[1] == 1 and np.all(found[2] == 0)


def test_layers_have_the_dtype_that_was_asked_for() -> None:
    mechanism = seq2seq.BahdanauAttention(UNITS, tf.constant(MEMORY, tf.float64), LENGTHS, dtype=tf.float64)
    alignments, _ = mechanism(tf.constant(QUERY, tf.float64), None)
    assert alignments.dtype is tf.float64 and mechanism.dtype == "float64"
    assert {v.dtype.base_dtype for v in tf.trainable_variables()} == {tf.float64}


def test_a_mechanism_of_the_users_own(tier: str) -> None:
    """Made of what programs import from inside of TensorFlow: attention that also sees what it attended to so far."""
    inside = importlib.import_module("millpond.contrib.seq2seq.python.ops.attention_wrapper")

    class Cumulative(inside.BahdanauAttention):
        def __call__(self, query: tf.Tensor, state: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            with tf.variable_scope(None, "cumulative", [query]):
                processed = self.query_layer(query) if self.query_layer else query
                v = tf.get_variable("attention_v", [self._num_units], dtype=query.dtype)
                score = inside._bahdanau_score(processed, self._keys, v) - state
            alignments = self._probability_fn(score, state)
            return alignments, state + alignments

    mechanism = Cumulative(UNITS, tf.constant(MEMORY), LENGTHS)
    cell = seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(UNITS), mechanism)
    state = cell.zero_state(BATCH, tf.float32)
    states = [state]
    for _ in range(2):
        _, state = cell(tf.constant(QUERY), state)
        states.append(state)
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        alignments, sums = sess.run([[s.alignments for s in states], [s.attention_state for s in states]])
    np.testing.assert_allclose(sums[2], alignments[1] + alignments[2], rtol=1e-5)
    np.testing.assert_allclose(alignments[2].sum(1), 1, rtol=1e-5)
    assert np.all(alignments[2][1, 2:] == 0)


def test_what_programs_take_from_inside(tier: str) -> None:
    inside = importlib.import_module("millpond.contrib.seq2seq.python.ops.attention_wrapper")
    mask = tf.constant(INSIDE)
    with tf.Session() as sess:
        np.testing.assert_array_equal(sess.run(inside._prepare_memory(MEMORY, memory_mask=mask)), MASKED)
        np.testing.assert_array_equal(sess.run(inside._prepare_memory(MEMORY, LENGTHS)), MASKED)
        scores = tf.constant(MEMORY[:, :, 0])
        for how in ({"memory_mask": mask}, {"memory_sequence_length": LENGTHS}):
            np.testing.assert_array_equal(sess.run(inside._maybe_mask_score(scores, score_mask_value=-5.0, **how)),
                                          np.where(INSIDE, MEMORY[:, :, 0], -5))
        assert inside._maybe_mask_score(scores) is scores
        memory = tf.placeholder(tf.float32)  # of an unknown rank
        found = inside._prepare_memory(memory, LENGTHS, check_inner_dims_defined=False)
        np.testing.assert_array_equal(sess.run(found, {memory: MEMORY[..., None]}), MASKED[..., None])
    for function in (inside._prepare_memory, inside._maybe_mask_score):
        with pytest.raises(ValueError, match="can't be provided at same time"):
            function(tf.constant(MEMORY), LENGTHS, mask)


def test_paths_that_programs_import() -> None:
    inside = {"attention_wrapper": ("AttentionWrapper", "LuongAttention", "safe_cumprod"), "loss": ("sequence_loss",),
              "beam_search_decoder": ("BeamSearchDecoder", "tile_batch"), "basic_decoder": ("BasicDecoder",),
              "decoder": ("Decoder", "dynamic_decode"), "helper": ("Helper", "TrainingHelper"),
              "beam_search_ops": ("gather_tree",)}
    for module, names in inside.items():
        found = importlib.import_module(f"millpond.contrib.seq2seq.python.ops.{module}")
        assert all(getattr(found, name) is getattr(seq2seq, name) for name in names)
    old = importlib.import_module("millpond.python.ops.seq2seq")
    assert old.sequence_loss is tf.nn.seq2seq.sequence_loss
    legacy = importlib.import_module("millpond.contrib.legacy_seq2seq.python.ops.seq2seq")
    assert legacy.rnn_decoder is tf.contrib.legacy_seq2seq.rnn_decoder
    assert legacy._extract_argmax_and_embed is tf.nn.seq2seq._extract_argmax_and_embed
    assert not {"python", "_extract_argmax_and_embed"} & {*dir(seq2seq), *dir(tf.contrib.legacy_seq2seq)}


def test_what_does_not_fit() -> None:
    with pytest.raises(ValueError, match="fully defined inner dims"):
        seq2seq.LuongAttention(UNITS, tf.placeholder(tf.float32, [2, 3, None]))
    with pytest.raises(ValueError, match=r"Incompatible inner dimensions between query and keys.*set num_units"):
        seq2seq.LuongAttention(UNITS + 1, tf.constant(MEMORY))(tf.constant(QUERY), None)
    with pytest.raises(TypeError, match="probability_fn"):
        seq2seq.LuongAttention(UNITS, tf.constant(MEMORY), probability_fn="softmax")(tf.constant(QUERY), None)
