"""oneDNN computes what XLA computes: all shapes, in loops, in threads; and nothing in what is exported."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import millpond as tf
from millpond.compiler import lowering, onednn, xla
from millpond.graph.opdef import lookup
from millpond.ops.nn import correlation
from millpond.ops.nn.correlation_forms import Correlation
from millpond.ops.nn.window_geometry import Axis, Layout

# `make test` installs it, and builds what it needs where there is a compiler; CI has one.
pytestmark = pytest.mark.skipif("CI" not in os.environ and not onednn.is_available(),
                                reason="oneDNN is not installed, or there was no compiler")


@pytest.fixture(autouse=True)
def compiled(monkeypatch):
    monkeypatch.setenv("MILLPOND_TIER", "compiled")
    monkeypatch.setenv("MILLPOND_ONEDNN", "always")


def _program(function, *arguments):
    """A program of its own, as oneDNN or XLA computes it, and its text."""
    with xla.x64():
        program = xla.jax.jit(lambda *arguments: function(*arguments)).lower(*arguments)
        return np.asarray(program.compile()(*arguments)), program.as_text()


def _both(monkeypatch, function, *arguments):
    ours, text = _program(function, *arguments)
    assert "millpond." in text
    monkeypatch.setenv("MILLPOND_ONEDNN", "0")
    theirs, text = _program(function, *arguments)
    assert "millpond." not in text
    monkeypatch.setenv("MILLPOND_ONEDNN", "always")
    return ours, theirs


def _close(ours, theirs):
    assert ours.shape == theirs.shape and ours.dtype == theirs.dtype
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=3e-5 * max(1.0, float(np.abs(theirs).max(initial=0))))


def _random(*sizes):
    return np.random.default_rng(7).standard_normal(sizes).astype(np.float32)


# Rows, columns, inner size: single elements, vectors, odd sizes, enough for several threads (by rows, by columns).
@pytest.mark.parametrize("rows, columns, inner", [(1, 1, 1), (1, 40, 33), (40, 1, 33), (17, 23, 5), (100, 512, 156),
                                                  (700, 37, 400), (3, 2000, 2000)])
def test_products_agree(rows, columns, inner, monkeypatch):
    for turned_a, turned_b in itertools.product((False, True), repeat=2):
        a = _random(*((inner, rows) if turned_a else (rows, inner)))
        b = _random(*((columns, inner) if turned_b else (inner, columns)))

        def product(a, b, turned=(turned_a, turned_b)):
            return lookup("MatMul").lower(xla.jax, a, b, transpose_a=turned[0], transpose_b=turned[1],
                                          lowering=lowering.default())

        _close(*_both(monkeypatch, product, a, b))


@pytest.mark.parametrize("batch", [(3,), (2, 2), (1,), (40,)])
def test_batches_of_products_agree(batch, monkeypatch):
    def product(x, y):
        return lookup("BatchMatMulV2").lower(xla.jax, x, y, adj_x=False, adj_y=True, lowering=lowering.default())

    _close(*_both(monkeypatch, product, _random(*batch, 20, 70), _random(*batch, 80, 70)))


# Format, sizes of the image, window, inputs, outputs, groups, strides, rates, padding: each class of shapes.
CONVOLUTIONS = {
    "plain": ("NHWC", (9, 11), (3, 3), 8, 16, 1, (1, 1), (1, 1), "SAME"),
    "one channel": ("NHWC", (14, 14), (5, 5), 1, 32, 1, (1, 1), (1, 1), "SAME"),
    "few outputs": ("NHWC", (9, 9), (3, 3), 20, 3, 1, (1, 1), (1, 1), "VALID"),
    "points": ("NHWC", (7, 5), (1, 1), 16, 24, 1, (1, 1), (1, 1), "SAME"),
    "points in steps": ("NHWC", (7, 8), (1, 1), 16, 24, 1, (2, 2), (1, 1), "SAME"),
    "steps": ("NHWC", (12, 9), (3, 5), 6, 10, 1, (2, 3), (1, 1), "SAME"),
    "steps that leave elements out": ("NHWC", (12, 10), (3, 3), 6, 10, 1, (2, 2), (1, 1), "VALID"),
    "dilated": ("NHWC", (12, 13), (3, 3), 6, 10, 1, (1, 1), (2, 3), "SAME"),
    "explicit padding": ("NHWC", (8, 8), (3, 3), 4, 8, 1, (1, 2), (1, 1), ((2, 0), (0, 3))),
    "channels first": ("NCHW", (9, 8), (3, 3), 8, 16, 1, (1, 1), (1, 1), "SAME"),
    "depthwise": ("NHWC", (9, 9), (3, 3), 24, 24, 24, (1, 1), (1, 1), "SAME"),
    "depthwise in steps": ("NHWC", (9, 9), (3, 3), 20, 20, 20, (2, 2), (1, 1), "SAME"),
    "several filters a channel": ("NHWC", (9, 9), (3, 3), 10, 30, 10, (1, 1), (1, 1), "VALID"),
    "groups": ("NHWC", (9, 9), (3, 3), 24, 32, 4, (1, 1), (1, 1), "SAME"),
    "groups, channels first": ("NCHW", (9, 9), (3, 3), 24, 32, 4, (1, 1), (1, 1), "SAME"),
    "three dimensions": ("NDHWC", (5, 6, 7), (3, 3, 3), 4, 8, 1, (1, 2, 1), (1, 1, 1), "SAME"),
    "one dimension": ("NWC", (50,), (5,), 8, 16, 1, (2,), (1,), "SAME"),
}


@pytest.mark.parametrize("batch", [1, 5, 64])
@pytest.mark.parametrize("what", CONVOLUTIONS)
@pytest.mark.slow
def test_convolutions_and_their_gradients_agree(what, batch, monkeypatch):
    data_format, size, window, inputs, outputs, groups, strides, rates, padding = CONVOLUTIONS[what]
    layout = Layout(data_format)
    pairs = ((0, 0),) * len(size) if isinstance(padding, str) else padding
    axes = [Axis(stride, rate, padding if isinstance(padding, str) else "EXPLICIT", *pair)
            for stride, rate, pair in zip(strides, rates, pairs, strict=True)]
    about = Correlation(layout, axes, groups, lowering.default())
    image, filter = layout.shape(batch, size, inputs).sizes, (*window, inputs // groups, outputs)
    x, w, dy = _random(*image), _random(*filter), _random(*about.output(image, filter))
    jax = xla.jax
    _close(*_both(monkeypatch, lambda x, w: correlation.to_output(jax, x, w, about), x, w))
    _close(*_both(monkeypatch, lambda w, dy: correlation.to_input(jax, image, w, dy, about), w, dy))
    _close(*_both(monkeypatch, lambda x, dy: correlation.to_filter(jax, x, filter, dy, about), x, dy))


def test_by_default_it_computes_what_it_is_faster_at(monkeypatch):
    monkeypatch.delenv("MILLPOND_ONEDNN")

    def product(rows, columns, inner, transpose_a):
        a, b = _random(*((inner, rows) if transpose_a else (rows, inner))), _random(inner, columns)
        return "millpond." in _program(lambda a, b: lookup("MatMul").lower(
            xla.jax, a, b, transpose_a=transpose_a, transpose_b=False, lowering=lowering.default()), a, b)[1]

    assert product(156, 512, 100, True) and not product(156, 512, 100, False) and not product(10, 512, 800, True)

    def depthwise(channels, groups):
        about = Correlation(Layout("NHWC"), [Axis(1, 1, "SAME")] * 2, groups, lowering.default())
        return "millpond." in _program(lambda w, dy: correlation.to_input(xla.jax, (2, 9, 9, channels), w, dy, about),
                                       _random(3, 3, channels // groups, 32), _random(2, 9, 9, 32))[1]

    assert depthwise(32, 32) and depthwise(32, 1) and not depthwise(3, 1)


def test_what_it_has_in_plain_loops_alone_is_left_to_xla():
    wide = [Axis(1, 2, "EXPLICIT", 9, 9)] * 2
    about = Correlation(Layout("NCHW"), wide, 1, lowering.default())
    x, w = _random(3, 3, 14, 14), _random(7, 7, 3, 1)
    _, text = _program(lambda x, w: correlation.to_output(xla.jax, x, w, about), x, w)
    assert "millpond." not in text


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64", "int32", "complex64"])
def test_other_dtypes_are_left_to_xla(dtype):
    a = np.ones([4, 40], tf.as_dtype(dtype).np_dtype)
    _, text = _program(lambda a: lookup("MatMul").lower(xla.jax, a, a, transpose_a=False, transpose_b=True,
                                                        lowering=lowering.default()), a)
    assert "millpond." not in text


def test_nothing_is_asked_of_it_where_there_is_nothing():
    x, w = tf.placeholder(tf.float32, [None, 4, 4, 2]), tf.ones([3, 3, 2, 5])
    y = tf.nn.conv2d(x, w, 1, "SAME")
    empty = tf.matmul(tf.reshape(y, [-1, 80]), tf.ones([80, 3]))
    inner = tf.matmul(tf.reshape(x, [32, -1]), tf.reshape(x, [-1, 32]))
    with tf.Session() as sess:
        values = sess.run([y, tf.gradients(y, w)[0], empty, inner], {x: np.zeros([0, 4, 4, 2])})
    assert [value.shape for value in values] == [(0, 4, 4, 5), (3, 3, 2, 5), (0, 3), (32, 32)]
    assert not values[1].any() and not values[3].any()


def test_products_in_loops_and_branches(monkeypatch):
    a = _random(30, 30) / 6

    def power():
        x = tf.constant(a)
        found = tf.while_loop(lambda i, _: i < 5, lambda i, y: (i + 1, tf.matmul(y, x)), [0, x])[1]
        other = tf.cond(tf.reduce_sum(found) > 1e9, lambda: found, lambda: tf.matmul(found, found, transpose_b=True))
        with tf.Session() as sess:
            return sess.run([other, tf.gradients(other, x)[0]])

    ours = power()
    monkeypatch.setenv("MILLPOND_ONEDNN", "0")
    for value, expected in zip(ours, power(), strict=True):
        _close(value, expected)
    sixth = np.linalg.matrix_power(a, 6)
    np.testing.assert_allclose(ours[0], sixth @ sixth.T, rtol=1e-3, atol=1e-5)


def _convnet():
    x = tf.placeholder(tf.float32, [None, 12, 12, 3])
    kernel = tf.Variable(_random(5, 5, 3, 16) / 5, name="kernel")
    deep = tf.constant(_random(3, 3, 16, 1))
    hidden = tf.nn.depthwise_conv2d(tf.nn.conv2d(x, kernel, 1, "SAME"), deep, [1, 1, 1, 1], "SAME")
    loss = tf.reduce_mean(tf.square(tf.matmul(tf.reshape(hidden, [-1, 2304]), tf.constant(_random(2304, 10) / 100))))
    return x, loss, tf.gradients(loss, kernel)[0]


def test_sessions_in_threads_get_the_same_bits_in_every_run():
    x, loss, slope = _convnet()
    batch = _random(33, 12, 12, 3)
    found = []

    def run():
        with tf.Session(graph=loss.graph) as sess:
            sess.run(sess.graph.get_operation_by_name("kernel/Assign"))
            found.extend(sess.run([loss, slope], {x: batch}) for _ in range(10))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 40
    for loss_value, slope_value in found:
        assert loss_value == found[0][0]
        np.testing.assert_array_equal(slope_value, found[0][1])


def test_what_leaves_the_process_and_other_platforms_have_none_of_it():
    jax = xla.jax
    targets = (lowering.portable(), lowering.default()._replace(platform="cuda"))
    for target in targets:
        def function(x, w, target=target):
            y = correlation.to_output(jax, x, w, Correlation(Layout("NHWC"), [Axis(1, 1, "SAME")] * 2, 1, target))
            rows = y[:, 0, 0]
            return lookup("MatMul").lower(jax, rows, rows, transpose_a=False, transpose_b=True, lowering=target)

        with xla.x64():
            text = jax.jit(function).lower(_random(2, 5, 5, 4), _random(3, 3, 4, 8)).as_text()
        assert "millpond." not in text


def test_a_failure_is_an_error_of_the_program():
    # A key that no convolution has: four dimensions.
    key = np.array([0, 0, 1, 1, 1, 1, *[1] * 28], np.int64)
    onednn.product(xla.jax, _random(2, 600), _random(600, 2), False, False, lowering.default())  # makes XLA know it
    call = xla.jax.ffi.ffi_call("millpond.convolution", xla.jax.ShapeDtypeStruct((1,) * 6, np.float32))
    one = np.ones([1] * 6, np.float32)
    with pytest.raises(xla.failures(), match="oneDNN reports status"):
        xla.jax.block_until_ready(xla.jax.jit(lambda a, b: call(a, b, key=key))(one, one))


@pytest.mark.slow
def test_many_shapes_keep_memory_bounded():
    """Each batch size is a convolution of its own; 3,000 of them must not all be kept."""
    program = (
        "import numpy as np, resource\n"
        "from millpond.compiler import onednn\n"
        "assert onednn.is_available()\n"
        "def prepare(batch):\n"
        "    key = np.array([0, 0, 1, batch, 64, 64, 9, 9, 9, 9, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1], np.int64)\n"
        "    assert onednn._library.millpond_can_convolve(key.ctypes.data_as(onednn.ctypes.c_void_p), len(key))\n"
        "for batch in range(1, 1200): prepare(batch)\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "for batch in range(1200, 3000): prepare(batch)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n")
    grown = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout
    assert int(grown) < 20_000  # KiB


@pytest.mark.slow
def test_it_can_be_switched_off_and_is_missed_by_nobody():
    program = ("import os; os.environ['MILLPOND_ONEDNN'] = '0'; os.environ['MILLPOND_TIER'] = 'compiled'\n"
               "import millpond as tf\n"
               "print(tf.Session().run(tf.matmul(tf.fill([20, 20], 2.0), tf.ones([20, 20])))[0, 0])\n"
               "from millpond.compiler import onednn; print(onednn._looked)")
    assert subprocess.check_output([sys.executable, "-c", program], text=True).split() == ["40.0", "False"]
