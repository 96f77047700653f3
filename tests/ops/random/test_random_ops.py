"""Random ops: seeds, streams and sessions. Values are TensorFlow's for the same seeds."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

COVERS = {"RandomUniform", "RandomUniformInt", "RandomStandardNormal", "TruncatedNormal", "RandomShuffle",
          "Multinomial", "RandomPoissonV2", "RandomGamma", "RandomGammaGrad", "StatelessRandomUniform",
          "StatelessRandomUniformInt",
          "StatelessRandomUniformFullInt", "StatelessRandomNormal", "StatelessTruncatedNormal", "StatelessMultinomial"}


@pytest.fixture(params=["interpreted", "compiled"])
def tier(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MILLPOND_TIER", request.param)
    return request.param


def build_all() -> list[tf.Tensor]:
    """One op of each kind, each with a seed of its own."""
    logits = np.log([[0.1, 0.6, 0.3], [0.5, 0.25, 0.25]]).astype(np.float32)
    return [tf.random_uniform([3], seed=1), tf.random_uniform([2, 2], -5, 100, tf.int64, seed=3),
            tf.random_normal([5], seed=11), tf.truncated_normal([3], seed=3, dtype=tf.float64),
            tf.random_shuffle(np.arange(8, dtype=np.int32), seed=1), tf.multinomial(logits, 6, seed=1),
            tf.random_poisson([0.5, 3.0, 20.0], [3], seed=1), tf.random_gamma([3], [0.5, 1.0, 20.0], seed=1)]


def test_the_first_draws_are_tensorflows(tier: str) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        values = sess.run(build_all())
    np.testing.assert_array_equal(values[4], [7, 4, 5, 2, 3, 0, 6, 1])
    np.testing.assert_array_equal(values[5], [[2, 1, 1, 2, 1, 1], [0, 0, 1, 0, 1, 0]])
    np.testing.assert_array_equal(values[6], [[0, 7, 22], [0, 3, 20], [0, 4, 19]])
    np.testing.assert_allclose(values[7][:, 2], [14.40115, 13.617754, 11.61502], rtol=1e-5)
    np.testing.assert_allclose(values[0], [0.2390374, 0.92039955, 0.05051243], rtol=1e-6)


@pytest.mark.slow
def test_both_tiers_draw_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program may move from the interpreter to XLA between two runs: the streams go on."""
    rounds = {}
    for tier in ("interpreted", "compiled"):
        monkeypatch.setenv("MILLPOND_TIER", tier)
        with tf.Graph().as_default(), tf.Session() as sess:
            ops = build_all()
            rounds[tier] = [sess.run(ops) for _ in range(2)]
    for one, two in zip(rounds["interpreted"], rounds["compiled"], strict=True):
        for plain, compiled in zip(one, two, strict=True):
            if plain.dtype.kind == "i":
                np.testing.assert_array_equal(plain, compiled)
            else:
                np.testing.assert_allclose(plain, compiled, rtol=1e-5, atol=1e-6)
    first, second = rounds["interpreted"]
    assert all(not np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_a_new_session_starts_the_stream_again() -> None:
    with tf.Graph().as_default():
        x = tf.random_normal([4], seed=3)
        with tf.Session() as sess:
            first, second = sess.run(x), sess.run(x)
        with tf.Session() as sess:
            np.testing.assert_array_equal(sess.run(x), first)
    assert not np.array_equal(first, second)


def test_without_seeds_nothing_repeats() -> None:
    with tf.Graph().as_default():
        x, y = tf.random_uniform([8]), tf.random_uniform([8])
        with tf.Session() as sess:
            a, b, c = *sess.run([x, y]), sess.run(x)
        with tf.Session() as sess:
            d = sess.run(x)
    assert len({value.tobytes() for value in (a, b, c, d)}) == 4


def test_the_graph_seed_numbers_the_ops() -> None:
    """With a seed of the graph, ops differ from each other and are the same in every program."""
    def program() -> list[np.ndarray]:
        with tf.Graph().as_default(), tf.Session() as sess:
            tf.set_random_seed(42)
            return sess.run([tf.random_uniform([3]), tf.random_uniform([3])])

    one, two = program(), program()
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(*one)


def test_seed_pairs() -> None:
    with tf.Graph().as_default():
        assert tf.get_seed(None) == (None, None)
        assert tf.get_seed(5) == (87654321, 5)
        tf.set_random_seed(9)
        assert [tf.get_seed(None), tf.get_seed(5), tf.get_seed(None)] == [(9, 0), (9, 5), (9, 1)]
        tf.set_random_seed(0)
        assert tf.get_seed(0) == (0, 2**31 - 1)
        tf.set_random_seed(2**31)
        assert tf.get_seed(-1) == (1, 2**31 - 2)


def test_stateless_ops_depend_on_their_seed_alone(tier: str) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        seed = tf.placeholder(tf.int32, [2])
        draw = [tf.random.stateless_uniform([4], seed), tf.random.stateless_normal([3], seed),
                tf.random.stateless_truncated_normal([3], seed),
                tf.random.stateless_uniform([4], seed, minval=0, maxval=100, dtype=tf.int32),
                tf.random.stateless_uniform([4], seed, minval=None, dtype=tf.int64),
                tf.random.stateless_multinomial([[0.0, 1.0]], 6, seed)]
        one, again, other = (sess.run(draw, {seed: value}) for value in ([1, 2], [1, 2], [2, 1]))
    for first, second, third in zip(one[:5], again, other, strict=False):
        np.testing.assert_array_equal(first, second)
        assert not np.array_equal(first, third)
    assert np.all((one[3] >= 0) & (one[3] < 100))
    assert one[4].dtype == np.int64
    assert one[5].shape == (1, 6)


def test_an_interval_without_integers(tier: str) -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        high = tf.placeholder(tf.int32, [])
        x = tf.random_uniform([2], 5, high, tf.int32, seed=1)
        with pytest.raises(tf.errors.InvalidArgumentError, match="minval < maxval, got 5 >= 5"):
            sess.run(x, {high: 5})


def test_arguments_are_checked_while_building() -> None:
    with tf.Graph().as_default():
        with pytest.raises(ValueError, match="maxval for integer"):
            tf.random_uniform([2], dtype=tf.int32)
        with pytest.raises(ValueError, match="Accepted dtypes"):
            tf.random_uniform([2], dtype=tf.uint8)
        with pytest.raises(ValueError, match="both None or both non-None"):
            tf.random.stateless_uniform([2], [1, 2], minval=3, dtype=tf.int32)
        with pytest.raises(ValueError, match=r"seed must have shape \[2\]"):
            tf.random.stateless_uniform([2], [1, 2, 3])


def test_parameters_of_gamma_that_do_not_broadcast(tier: str) -> None:
    with pytest.raises(ValueError, match=r"\(2,\).*\(3,\)"):
        tf.random_gamma([5], [1.0, 2.0], [1.0, 2.0, 3.0])
    alpha = tf.placeholder(tf.float32)
    drawn = tf.random_gamma([5], alpha, [1.0, 2.0])
    with tf.Session() as sess:
        assert sess.run(drawn, {alpha: [[1.0], [2.0], [3.0]]}).shape == (5, 3, 2)
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(drawn, {alpha: [1.0, 2.0, 3.0]})


def test_a_negative_number_of_draws_is_refused() -> None:
    with pytest.raises(ValueError, match="num_samples must not be negative, got -1"):
        tf.multinomial([[0.0, 1.0]], -1)


def test_shapes_may_be_computed() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        x = tf.placeholder(tf.float32, [None, 3])
        noise = tf.random_normal(tf.shape(x), seed=1)
        assert noise.shape.as_list() == [None, 3]
        assert sess.run(noise, {x: np.zeros((5, 3))}).shape == (5, 3)


def test_crops_lie_inside() -> None:
    image = np.arange(20, dtype=np.int32).reshape(4, 5)
    with tf.Graph().as_default(), tf.Session() as sess:
        crop = tf.random_crop(image, [2, 2], seed=1)
        too_large = tf.random_crop(tf.placeholder_with_default(image, [None, None]), [5, 2])
        corners = {int(sess.run(crop)[0, 0]) for _ in range(40)}
        with pytest.raises(tf.errors.InvalidArgumentError, match="Need value.shape >= size"):
            sess.run(too_large)
    assert corners <= {0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13}
    assert len(corners) > 5


def test_moments_of_the_distributions() -> None:
    with tf.Graph().as_default(), tf.Session() as sess:
        uniform, normal, poisson, gamma = sess.run([
            tf.random_uniform([20000], -1.0, 3.0, seed=1), tf.random_normal([20000], 2.0, 3.0, seed=1),
            tf.random_poisson([4.0], [20000], seed=1), tf.random_gamma([20000], 3.0, beta=2.0, seed=1)])
    np.testing.assert_allclose([uniform.mean(), uniform.var()], [1, 16 / 12], atol=0.03)
    np.testing.assert_allclose([normal.mean(), normal.std()], [2, 3], atol=0.05)
    np.testing.assert_allclose([poisson.mean(), poisson.var()], [4, 4], atol=0.15)
    np.testing.assert_allclose([gamma.mean(), gamma.var()], [1.5, 0.75], atol=0.05)


@pytest.mark.slow
def test_gamma_samples_move_with_their_parameters() -> None:
    """The mean of the samples is alpha / beta, and so is its slope on average."""
    with tf.Graph().as_default(), tf.Session() as sess:
        alpha, beta = tf.constant([3.0]), tf.constant([2.0])
        mean = tf.reduce_mean(tf.random_gamma([20000], alpha, beta, seed=1))
        by_alpha, by_beta = sess.run(tf.gradients(mean, [alpha, beta]))
    np.testing.assert_allclose(by_alpha, [0.5], atol=0.02)
    np.testing.assert_allclose(by_beta, [-0.75], atol=0.03)
