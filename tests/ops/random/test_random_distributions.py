"""Random numbers as TensorFlow draws them, from NumPy and from XLA."""

import zlib

import golden_cases
import jax
import ml_dtypes
import numpy as np
import pytest

from millpond.ops.random import philox, random_choices, random_distributions, random_rejection

_RECORDED = golden_cases.load(families=["programs_random"])["programs_random"]
_PROGRAMS = {case["id"].removeprefix("prog_random/"): case for case in _RECORDED.cases}
_OUTPUTS = philox.samples_for_outputs
_LOGITS = np.log(np.array([[0.1, 0.6, 0.3], [0.5, 0.25, 0.25]], np.float32))
_MODULES = (random_distributions, random_choices, random_rejection)
_FORMS = ("numpy", "xla")
_BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
_DRAWING_NORMALS = pytest.mark.parametrize("name", ["random_normal", "truncated_normal"])


def draw(form, name, state, *arguments):
    """Draws once from a state."""
    return drawing(form, name, *arguments)(state)


def drawing(form, name, *arguments):
    """A generator as a function of the state: on NumPy, or compiled once with the state as an argument."""
    functions = {**vars(_MODULES[0]), **vars(_MODULES[1]), **vars(_MODULES[2])}
    if form == "numpy":
        return lambda state: functions[name](np, state, *arguments)
    if f"{name}_lower" in functions:
        program = jax.jit(lambda state: functions[f"{name}_lower"](jax, state, *arguments))
    else:
        program = jax.jit(lambda state: functions[name](jax.numpy, state, *arguments))

    def run(state):
        with jax.enable_x64(True):
            return np.asarray(program(state))
    return run


def seeded(seed=5):
    return philox.initial_state(87654321, seed)


# Name of the program, op seed, generator, its arguments, and how far one run moves the counter.
@pytest.mark.parametrize("form", _FORMS)
@pytest.mark.parametrize("program, seed, name, arguments, used", [
    ("uniform/basic", 1, "random_uniform", ([4], np.float32), _OUTPUTS(4)),
    ("uniform/seed2", 2, "random_uniform", ([4], np.float32), _OUTPUTS(4)),
    ("uniform/int32", 3, "random_uniform_int", ([6], np.int32(0), np.int32(10)), _OUTPUTS(6)),
    ("uniform/int64", 3, "random_uniform_int", ([5], np.int64(-5), np.int64(100)), _OUTPUTS(5)),
    ("uniform/f64", 4, "random_uniform", ([4], np.float64), _OUTPUTS(4)),
    ("uniform/large", 6, "random_uniform", ([300], np.float32), _OUTPUTS(300)),
    ("uniform/seed_zero", 0, "random_uniform", ([4], np.float32), _OUTPUTS(4)),
    ("normal/f64", 3, "random_normal", ([4], np.float64), _OUTPUTS(4)),
    ("normal/odd", 11, "random_normal", ([7], np.float32), _OUTPUTS(7)),
    ("normal/large", 6, "random_normal", ([300], np.float32), _OUTPUTS(300)),
    ("truncated_normal/basic", 1, "truncated_normal", ([4], np.float32), _OUTPUTS(4)),
    ("truncated_normal/large", 3, "truncated_normal", ([300], np.float32), _OUTPUTS(300)),
    ("truncated_normal/f64", 3, "truncated_normal", ([5], np.float64), _OUTPUTS(5)),
    ("shuffle/basic", 1, "shuffle_permutation", (8,), random_choices.shuffle_samples_used(8)),
    ("multinomial/basic", 1, "multinomial", (_LOGITS, 6), random_choices.multinomial_samples_used(2, 6)),
    ("categorical/basic", 3, "multinomial", (np.float32([[0, 0, 2]]), 8),
     random_choices.multinomial_samples_used(1, 8)),
    ("poisson/basic", 1, "random_poisson", ([3], np.float32([0.5, 3, 20]), np.float32), _OUTPUTS(9)),
])
def test_two_runs_of_a_session_are_those_of_tensorflow(form, program, seed, name, arguments, used):
    case = _PROGRAMS[program]
    first, second, fresh = (_RECORDED.arrays[item["array"]] for item in case["expect"])
    state = seeded(seed)
    rtol, atol = (1e-5, 1e-6) if "normal" in name else (0, 0)
    generator = drawing(form, name, *arguments)
    for expected, start in ((first, state), (second, philox.advance(state, used)), (fresh, state)):
        found = generator(start)
        assert found.dtype == expected.dtype or program == "shuffle/basic"
        np.testing.assert_allclose(found, expected, rtol=rtol, atol=atol)


@pytest.mark.parametrize("program, name, seed, arguments", [
    ("uniform", "random_uniform", [1, 2], ([4], np.float32)),
    ("normal", "random_normal", [1, 2], ([4], np.float32)),
    ("truncated", "truncated_normal", [3, 4], ([4], np.float32)),
    ("uniform_int", "random_uniform_int", [1, 2], ([4], np.int32(0), np.int32(100))),
    ("multinomial", "multinomial", [1, 2], (np.float32([[0, 1]]), 6)),
])
def test_stateless_ops_draw_what_tensorflow_draws(program, name, seed, arguments):
    expected = _RECORDED.arrays[_PROGRAMS[f"stateless/{program}"]["expect"][0]["array"]]
    found = draw("numpy", name, philox.stateless_state(np, np.array(seed, np.int32)), *arguments)
    np.testing.assert_allclose(found, expected, rtol=1e-6 if "normal" in name else 0)


# The end of a second run, in which sizes, dtypes and sub-streams all play a part (recorded from TensorFlow).
@pytest.mark.parametrize("form", _FORMS)
@pytest.mark.parametrize("name, count, dtype, expected", [
    ("random_uniform", 5, np.float16, [0.189453125, 0.986328125, 0.4873046875, 0.8876953125]),
    ("random_uniform", 5, _BFLOAT16, [0.515625, 0.890625, 0.8984375, 0.1015625]),
    ("random_normal", 7, np.float64,
     [-0.08673579668422333, -0.51791904250026, -1.4196215270111063, -0.781469928306334]),
    ("truncated_normal", 1000, np.float32,
     [0.856265664100647, -1.6197534799575806, -0.42553216218948364, -0.9702780842781067]),
    ("truncated_normal", 300, np.float64,
     [-1.2412100308185776, -0.38950966835265677, 1.5835992869847006, -0.35700006152001723]),
])
def test_the_end_of_a_second_run_is_tensorflows(form, name, count, dtype, expected):
    found = draw(form, name, philox.advance(seeded(), _OUTPUTS(count)), [count], dtype)
    assert found.dtype == dtype and found.shape == (count,)
    np.testing.assert_allclose(found[-4:].astype(np.float64), expected, rtol=2e-6 if "normal" in name else 0)


@pytest.mark.parametrize("form", _FORMS)
@pytest.mark.parametrize("dtype, low, high, expected", [
    (np.int32, -(2**31), 2**31 - 1, [1414710010, -29061352, -1621792143, 455941198, -21619026]),
    (np.int64, -5, 100, None),
])
def test_integers_wrap_around_as_tensorflows_do(form, dtype, low, high, expected):
    state = philox.advance(philox.initial_state(-3, 2**40 + 7), _OUTPUTS(5 if expected else 100003))
    if expected:
        assert draw(form, "random_uniform_int", state, [5], dtype(low), dtype(high)).tolist() == expected
    else:
        found = draw(form, "random_uniform_int", state, [100003], dtype(low), dtype(high))
        assert found.dtype == dtype and zlib.crc32(found.tobytes()) == 653108556


@pytest.mark.parametrize("form", _FORMS)
@pytest.mark.parametrize("dtype, checksum", [(np.float32, 1256968144), (np.float64, 3327701513)])
def test_a_hundred_thousand_uniforms_have_the_bits_of_tensorflow(form, dtype, checksum):
    found = draw(form, "random_uniform", philox.advance(seeded(), _OUTPUTS(100003)), [100003], dtype)
    assert zlib.crc32(found.tobytes()) == checksum


def test_bits_fill_the_whole_range_of_integers():
    state = philox.stateless_state(np, np.array([2**40, 7]))
    assert random_distributions.random_bits(np, state, [3], np.uint64).tolist() == [
        15445752468494296531, 10891223474140048902, 15209649505018671850]
    assert random_distributions.random_bits(np, state, [3], np.int32).astype(np.int32).tolist() == [
        -180935213, -698722808, -1451004410]


@pytest.mark.slow
@_DRAWING_NORMALS
@pytest.mark.parametrize("dtype, tolerance", [
    (np.float16, 2e-3), (_BFLOAT16, 2e-2), (np.float32, 1e-6), (np.float64, 1e-14)])
def test_xla_and_numpy_agree_on_normals(name, dtype, tolerance):
    shape = [41, 1001]
    on_numpy, on_xla = (draw(form, name, seeded(), shape, dtype) for form in _FORMS)
    assert on_numpy.dtype == on_xla.dtype == dtype and on_numpy.shape == on_xla.shape == (41, 1001)
    np.testing.assert_allclose(on_xla.astype(float), on_numpy.astype(float), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("form", _FORMS)
def test_normals_are_normal(form):
    found = draw(form, "random_normal", seeded(), [1000, 1000], np.float32).astype(float)
    assert abs(found.mean()) < 4e-3 and abs(found.var() - 1) < 6e-3 and abs((found**4).mean() - 3) < 0.04
    assert found.max() > 4 and found.min() < -4
    assert abs(np.corrcoef(found.reshape(-1)[:-1], found.reshape(-1)[1:])[0, 1]) < 4e-3


@pytest.mark.parametrize("form", _FORMS)
def test_truncated_normals_stay_inside_and_keep_their_variance(form):
    found = draw(form, "truncated_normal", seeded(), [1000003], np.float32).astype(float)
    assert np.abs(found).max() < 2
    # The variance of a normal distribution cut off at two standard deviations.
    assert abs(found.mean()) < 4e-3 and abs(found.var() - 0.7737413) < 4e-3


@pytest.mark.parametrize("name", ["random_uniform", "random_normal", "truncated_normal"])
@pytest.mark.parametrize("form", _FORMS)
def test_shapes_may_be_empty_or_have_no_dimensions(form, name):
    assert draw(form, name, seeded(), [0, 3], np.float32).shape == (0, 3)
    scalar = draw(form, name, seeded(), [], np.float32)
    assert scalar.shape == () and scalar == draw(form, name, seeded(), [4], np.float32)[0]


def test_a_dtype_without_numbers_is_named():
    with pytest.raises(NotImplementedError, match="uniform numbers of dtype int8 .* expected float16"):
        random_distributions.random_uniform(np, seeded(), [2], np.int8)
    with pytest.raises(NotImplementedError, match="normal numbers of dtype complex64"):
        random_distributions.random_normal(np, seeded(), [2], np.complex64)
    with pytest.raises(NotImplementedError, match="integer numbers of dtype int16 .* expected int32"):
        random_distributions.random_uniform_int(np, seeded(), [2], np.int16(0), np.int16(5))


@pytest.mark.slow
def test_a_long_shuffle_is_that_of_swaps_in_turn():
    count = 2000
    words = philox.words(np, seeded(), count - 1).tolist()
    expected = list(range(count))
    for place, word in enumerate(words):
        other = place + word % (count - place)
        expected[place], expected[other] = expected[other], expected[place]
    for form in _FORMS:
        assert draw(form, "shuffle_permutation", seeded(), count).tolist() == expected


@pytest.mark.parametrize("count", [0, 1, 2])
def test_short_shuffles(count):
    for form in _FORMS:
        assert sorted(draw(form, "shuffle_permutation", seeded(), count).tolist()) == list(range(count))


def test_a_second_shuffle_goes_on_in_the_stream():
    state = philox.advance(seeded(), random_choices.shuffle_samples_used(33))
    assert random_choices.shuffle_permutation(np, state, 33).tolist() == [
        23, 13, 8, 15, 32, 18, 29, 6, 14, 3, 12, 7, 31, 5, 20, 9, 11, 4, 19, 27, 28, 22, 21, 30, 26, 24, 2, 1,
        10, 25, 0, 17, 16]


@pytest.mark.parametrize("form", _FORMS)
def test_classes_are_drawn_by_their_odds(form):
    logits = np.array([[0, np.log(3), -np.inf, np.nan], [-np.inf, 1000, 0, np.inf]])
    found = draw(form, "multinomial", seeded(), logits, 40000, np.int32)
    assert found.dtype == np.int32 and found.shape == (2, 40000)
    assert set(found[0].tolist()) == {0, 1} and set(found[1].tolist()) == {1}
    assert abs(found[0].mean() - 0.75) < 0.01


# The second run for 0.1, 0.5, 1.0, 1.5, 3.0 and 100.0 (recorded from TensorFlow).
_GAMMAS = [
    [0.07793151176391917, 2.194618926447601, 1.2425445547500547, 1.1677385808695497, 2.468201227006821,
     89.29895174484359],
    [0.007637295115300638, 0.08119478834720131, 0.6733717007086301, 1.922381329870565, 3.365126187202386,
     94.98421837397252],
    [5.188200790668621e-08, 0.2196695262768122, 1.5577454898517284, 1.3924290786317537, 3.992402213351252,
     86.99845999489112],
    [7.010975073783541e-06, 0.27593925624901094, 0.27359591557342366, 0.10779918736944778, 5.483987153241895,
     97.12230917162833]]


@pytest.mark.parametrize("form", _FORMS)
def test_gamma_numbers_are_tensorflows(form):
    alpha = np.array([0.1, 0.5, 1.0, 1.5, 3.0, 100.0])
    found = draw(form, "random_gamma", philox.advance(seeded(), _OUTPUTS(24)), [4], alpha)
    np.testing.assert_allclose(found, _GAMMAS, rtol=1e-11)
    many = draw(form, "random_gamma", seeded(), [20000], alpha.astype(np.float32))
    assert many.dtype == np.float32
    np.testing.assert_allclose(many.mean(axis=0, dtype=float), alpha, rtol=0.1)
    np.testing.assert_allclose(many.var(axis=0, dtype=float), alpha, rtol=0.2)


@pytest.mark.parametrize("form", _FORMS)
def test_poisson_numbers_are_tensorflows(form):
    rate = np.array([0.0, 0.3, 3.0, 9.9, 10.0, 20.0, 1000.0], np.float32)
    found = draw(form, "random_poisson", philox.advance(seeded(), _OUTPUTS(21)), [3], rate, np.int32)
    assert found.tolist() == [[0, 0, 3, 9, 10, 23, 1000], [0, 2, 1, 15, 13, 15, 1021],
                              [0, 1, 0, 10, 7, 24, 1031]]
    many = draw(form, "random_poisson", seeded(), [20000], rate, np.float64)
    np.testing.assert_allclose(many.mean(axis=0), rate, rtol=0.03)
    np.testing.assert_allclose(many.var(axis=0), rate, rtol=0.05)


@pytest.mark.parametrize("form", _FORMS)
def test_parameters_without_a_distribution_give_nan(form):
    parameters = np.array([np.nan, -1.0, np.inf])
    assert np.isnan(draw(form, "random_gamma", seeded(), [2], parameters)).all()
    assert np.isnan(draw(form, "random_poisson", seeded(), [2], parameters, np.float32)).all()
    assert (draw(form, "random_poisson", seeded(), [2], parameters, np.int64) == -1).all()
