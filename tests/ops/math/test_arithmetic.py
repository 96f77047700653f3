"""Arithmetic of two inputs and the Python operators: rows of the op table, dtypes, errors and names."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase, bools, floats, integers

import millpond as tf
from millpond.ops.math.add_n import ACCUMULATE_N
from millpond.ops.math.arithmetic import ADD_V1, BROADCAST_GRADIENT_ARGS
from millpond.ops.math.clip import CLIP_BY_VALUE
from millpond.ops.math.division import DIVIDE, MOD

A, B = floats(2, 3, low=0.5), floats(3, low=0.5, seed=1)
I, J = integers(6), np.array([1, -2, 3, -3, 2, 5], np.int32)  # noqa: E741
P, Q = bools(4), bools(4, seed=1)


def _pair(op_type: str, build, expected, **more) -> OpCase:
    return OpCase(op_type, build, more.pop("inputs", [A, B]), gradient=more.pop("gradient", True), expected=expected,
                  **more)


CASES = [
    _pair("AddV2", lambda tf, x, y: x + y, np.add),
    _pair("Add", lambda tf, x, y: ADD_V1(x, y), np.add),
    _pair("Sub", lambda tf, x, y: x - y, np.subtract),
    _pair("Mul", lambda tf, x, y: x * y, np.multiply),
    _pair("RealDiv", lambda tf, x, y: x / y, np.divide),
    _pair("Div", lambda tf, x, y: DIVIDE(x, y), np.divide),
    _pair("Div", lambda tf, x, y: DIVIDE(x, y), lambda x, y: np.trunc(x / y).astype(np.int32), inputs=[I, J],
          gradient=False, note="integers are cut"),
    _pair("FloorDiv", lambda tf, x, y: x // y, np.floor_divide, inputs=[I, J], gradient=False),
    _pair("TruncateDiv", lambda tf, x, y: tf.truncatediv(x, y), lambda x, y: np.trunc(x / y).astype(np.int32),
          inputs=[I, J], gradient=False),
    _pair("FloorMod", lambda tf, x, y: x % y, np.mod),
    _pair("FloorMod", lambda tf, x, y: x % y, np.mod, inputs=[I, J], gradient=False, note="integers"),
    _pair("TruncateMod", lambda tf, x, y: tf.truncatemod(x, y), np.fmod, gradient=False),
    _pair("Mod", lambda tf, x, y: MOD(x, y), np.fmod, gradient=False),
    _pair("DivNoNan", lambda tf, x, y: tf.div_no_nan(x, y), np.divide),
    _pair("MulNoNan", lambda tf, x, y: tf.math.multiply_no_nan(x, y), np.multiply),
    _pair("Xdivy", lambda tf, x, y: tf.math.xdivy(x, y), np.divide),
    _pair("Xlogy", lambda tf, x, y: tf.math.xlogy(x, y), lambda x, y: x * np.log(y)),
    _pair("Xlog1py", lambda tf, x, y: tf.math.xlog1py(x, y), lambda x, y: x * np.log1p(y)),
    _pair("Pow", lambda tf, x, y: x**y, np.power),
    _pair("Maximum", lambda tf, x, y: tf.maximum(x, y), np.maximum),
    _pair("Minimum", lambda tf, x, y: tf.minimum(x, y), np.minimum),
    _pair("SquaredDifference", lambda tf, x, y: tf.squared_difference(x, y), lambda x, y: (x - y) ** 2),
    _pair("Atan2", lambda tf, x, y: tf.atan2(x, y), np.arctan2),
    _pair("NextAfter", lambda tf, x, y: tf.math.nextafter(x, y), np.nextafter, gradient=False),
    OpCase("AddN", lambda tf, x, y, z: tf.add_n([x, y, z]), [A, A + 1, A + 2], gradient=True,
           expected=lambda x, y, z: x + y + z, attrs={"N": 3}),
    OpCase("AccumulateNV2", lambda tf, x, y: ACCUMULATE_N([x, y], shape=tf.TensorShape([2, 3])), [A, A + 1],
           gradient=True, expected=np.add),
    OpCase("BroadcastGradientArgs", lambda tf, x, y: list(BROADCAST_GRADIENT_ARGS(x, y)),
           [np.array([2, 3], np.int32), np.array([3], np.int32)],
           expected=lambda x, y: [np.zeros(0, np.int32), np.array([0], np.int32)]),
    _pair("Equal", lambda tf, x, y: tf.equal(x, y), np.equal, inputs=[I, J], gradient=False),
    _pair("NotEqual", lambda tf, x, y: tf.not_equal(x, y), np.not_equal, inputs=[I, J], gradient=False),
    _pair("Less", lambda tf, x, y: x < y, np.less, gradient=False),
    _pair("LessEqual", lambda tf, x, y: x <= y, np.less_equal, gradient=False),
    _pair("Greater", lambda tf, x, y: x > y, np.greater, gradient=False),
    _pair("GreaterEqual", lambda tf, x, y: x >= y, np.greater_equal, gradient=False),
    _pair("ApproximateEqual", lambda tf, x, y: tf.math.approximate_equal(x, y, 0.5),
          lambda x, y: np.abs(x - y) < 0.5, inputs=[A, A + 0.25], gradient=False),
    _pair("LogicalAnd", lambda tf, x, y: x & y, np.logical_and, inputs=[P, Q], gradient=False),
    _pair("LogicalOr", lambda tf, x, y: x | y, np.logical_or, inputs=[P, Q], gradient=False),
    OpCase("LogicalNot", lambda tf, x: ~x, [P], expected=np.logical_not),
    OpCase("LogicalAnd", lambda tf, x, y: x ^ y, [P, Q], expected=np.logical_xor, note="exclusive or"),
    OpCase("Select", lambda tf, c, x, y: tf.where(c, x, y), [bools(2, 3), A, A + 1], gradient=True,
           expected=lambda c, x, y: np.where(c, x, y)),
    OpCase("Select", lambda tf, c, x, y: tf.where(c, x, y), [np.array([True, False]), A, A + 1], gradient=True,
           expected=lambda c, x, y: np.where(c[:, None], x, y), note="whole rows"),
    OpCase("SelectV2", lambda tf, c, x, y: tf.where_v2(c, x, y), [bools(2, 1), A, B], gradient=True,
           expected=lambda c, x, y: np.where(c, x, y)),
    OpCase("Where", lambda tf, c: tf.where(c), [bools(2, 3)], expected=np.argwhere),
    _pair("BitwiseAnd", lambda tf, x, y: tf.bitwise.bitwise_and(x, y), np.bitwise_and, inputs=[I, J], gradient=False),
    _pair("BitwiseOr", lambda tf, x, y: tf.bitwise.bitwise_or(x, y), np.bitwise_or, inputs=[I, J], gradient=False),
    _pair("BitwiseXor", lambda tf, x, y: tf.bitwise.bitwise_xor(x, y), np.bitwise_xor, inputs=[I, J],
          gradient=False),
    _pair("LeftShift", lambda tf, x, y: tf.bitwise.left_shift(x, y), np.left_shift,
          inputs=[I, np.abs(J)], gradient=False),
    _pair("RightShift", lambda tf, x, y: tf.bitwise.right_shift(x, y), np.right_shift, inputs=[I, np.abs(J)],
          gradient=False),
    OpCase("ClipByValue", lambda tf, x: CLIP_BY_VALUE(x, -1.0, 1.0) if x.dtype == tf.float32 else CLIP_BY_VALUE(
        x, np.float64(-1), np.float64(1)), [floats(2, 3)], gradient=True, expected=lambda x: np.clip(x, -1, 1)),
    OpCase("Igamma", lambda tf, a, x: tf.igamma(a, x), [A, A + 0.5], gradient=(1,)),
    OpCase("Igammac", lambda tf, a, x: tf.igammac(a, x), [A, A + 0.5], gradient=(1,)),
    OpCase("IgammaGradA", lambda tf, a, x: tf.gradients(tf.igamma(a, x), a), [A, A + 0.5]),
    OpCase("Betainc", lambda tf, a, b, x: tf.betainc(a, b, x), [A, A + 1, A / 3], gradient=(2,)),
    OpCase("Zeta", lambda tf, x, q: tf.zeta(x, q), [A + 2, A], gradient=(1,)),
    OpCase("Polygamma", lambda tf, n, x: tf.polygamma(n, x), [np.array([1, 2, 3], np.float32), A], gradient=(1,)),
]


def _nodes() -> list[tuple[str, str, list[str]]]:
    return [(node.name, node.op, list(node.input)) for node in tf.get_default_graph().as_graph_def().node]


def test_operators_name_their_nodes_as_tensorflow_does() -> None:
    x = tf.placeholder(tf.float32, [2], name="x")
    (1.0 - x) / 2.0
    assert _nodes()[1:] == [("sub/x", "Const", []), ("sub", "Sub", ["sub/x", "x"]), ("truediv/y", "Const", []),
                            ("truediv", "RealDiv", ["sub", "truediv/y"])]


def test_true_division_of_integers_casts_both_to_float64() -> None:
    x = tf.placeholder(tf.int32, [2], name="x")
    quotient = x / 2
    assert quotient.dtype == tf.float64
    assert [name for name, _, _ in _nodes()[1:]] == ["truediv/y", "truediv/Cast", "truediv/Cast_1", "truediv"]
    assert tf.truediv(tf.constant([1], tf.int8), tf.constant([2], tf.int8)).dtype == tf.float32


def test_a_numpy_array_on_the_left_becomes_a_constant_of_the_tensors_dtype() -> None:
    x = tf.placeholder(tf.float32, [2])
    total = np.ones(2) + x
    assert total.dtype == tf.float32
    with tf.Session() as sess:
        assert sess.run(total, {x: [1, 2]}).tolist() == [2, 3]


def test_strings_are_joined_by_plus() -> None:
    with tf.Session() as sess:
        assert sess.run(tf.constant(["a", "b"]) + "c").tolist() == [b"ac", b"bc"]


def test_an_operand_of_another_dtype_is_refused_with_advice() -> None:
    with pytest.raises(TypeError, match="tf.cast"):
        tf.constant(1.0) + tf.constant(1)
    with pytest.raises(TypeError, match="int32"):
        tf.constant(1) * 1.5


def test_a_class_that_knows_tensors_gets_its_turn() -> None:
    class Shift:
        def __radd__(self, other: object) -> str:
            return "shifted"

    assert tf.constant(1.0) + Shift() == "shifted"


def test_equality_of_tensors_is_identity() -> None:
    x, y = tf.constant(1.0), tf.constant(1.0)
    assert x == x
    assert x != y


@pytest.mark.usefixtures("tier")
@pytest.mark.parametrize("divide", [lambda x, y: x // y, lambda x, y: x % y, tf.truncatediv, tf.truncatemod])
def test_dividing_integers_by_zero_is_an_error(divide) -> None:
    x, y = tf.placeholder(tf.int32, [2]), tf.placeholder(tf.int32, [2])
    quotient = divide(x, y)
    with tf.Session() as sess:
        with pytest.raises(tf.errors.InvalidArgumentError, match="Integer division by zero"):
            sess.run(quotient, {x: [1, 2], y: [1, 0]})
        with pytest.raises(tf.errors.InvalidArgumentError, match="Integer division by zero"):
            sess.run(divide(x, y * 0), {x: [1, 2], y: [1, 1]})
        sess.run(quotient, {x: [1, 2], y: [1, 1]})


@pytest.mark.usefixtures("tier")
def test_dividing_floats_by_zero_is_infinite() -> None:
    x = tf.placeholder(tf.float32, [2])
    with tf.Session() as sess:
        assert sess.run(1.0 / x, {x: [0, 2]}).tolist() == [np.inf, 0.5]
        assert sess.run(tf.div_no_nan(1.0, x), {x: [0, 2]}).tolist() == [0, 0.5]


@pytest.mark.usefixtures("tier")
def test_integers_to_negative_powers_are_an_error() -> None:
    x = tf.placeholder(tf.int32, [])
    with tf.Session() as sess:
        assert sess.run(2**x, {x: 10}) == 1024
        with pytest.raises(tf.errors.InvalidArgumentError, match="negative integer powers"):
            sess.run(2**x, {x: -1})


@pytest.mark.usefixtures("tier")
def test_products_that_ignore_zero_have_no_nan() -> None:
    zero, nan = tf.placeholder(tf.float32, []), np.float32(np.nan)
    with tf.Session() as sess:
        feeds = {zero: 0.0}
        assert sess.run(tf.math.xlogy(zero, 0.0), feeds) == 0
        assert sess.run(tf.math.xdivy(zero, 0.0), feeds) == 0
        assert sess.run(tf.math.multiply_no_nan(nan, zero), feeds) == 0


def test_the_gradient_of_a_maximum_goes_to_the_first_of_two_equals() -> None:
    x, y = tf.constant([1.0, 2.0]), tf.constant([1.0, 3.0])
    with tf.Session() as sess:
        dx, dy = sess.run(tf.gradients(tf.maximum(x, y), [x, y]))
    assert dx.tolist() == [1, 0]
    assert dy.tolist() == [0, 1]


def test_sums_of_lists_check_what_they_are_given() -> None:
    one = tf.constant([1.0])
    assert tf.add_n([one]) is one
    with pytest.raises(ValueError, match="at least one"):
        tf.add_n([])
    with pytest.raises(TypeError, match="one dtype"):
        tf.add_n([one, tf.constant([1])])
    with pytest.raises(TypeError, match="tensor_dtype"):
        tf.accumulate_n([one, one], tensor_dtype=tf.int32)


def test_scalar_mul_takes_scalars_and_slices() -> None:
    slices = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([2]))
    with tf.Session() as sess:
        assert sess.run(tf.scalar_mul(3.0, slices).values).tolist() == [[3]]
    with pytest.raises(ValueError, match="scalar"):
        tf.scalar_mul([1.0, 2.0], tf.constant([1.0, 2.0]))


def test_names_before_the_first_release_still_work() -> None:
    with tf.Session() as sess:
        assert sess.run([tf.mul(2, 3), tf.sub(2, 3), tf.neg(2)]) == [6, -1, -2]


def test_a_wrong_pair_of_branches_is_refused() -> None:
    with pytest.raises(ValueError, match="both"):
        tf.where([True], [1.0])


def test_a_class_that_stands_for_a_tensor_takes_over_its_operators() -> None:
    """Libraries of random variables give their class each operator of `Tensor`."""
    assert {"__add__", "__rsub__", "__getitem__", "__matmul__", "__neg__", "__eq__"} < tf.Tensor.OVERLOADABLE_OPERATORS

    class Holder:
        def __init__(self, value: tf.Tensor) -> None:
            self.value = value

    for name in tf.Tensor.OVERLOADABLE_OPERATORS:
        setattr(Holder, name, lambda self, *others, name=name: getattr(tf.Tensor, name)(self.value, *others))
    holder = Holder(tf.constant([1.0, 2.0]))
    with tf.Session() as sess:
        got = sess.run([holder + 1.0, 1.0 - holder, holder[1], -holder])  # type: ignore[operator, index]
    assert [value.tolist() for value in got] == [[2.0, 3.0], [0.0, -1.0], 2.0, [-1.0, -2.0]]
