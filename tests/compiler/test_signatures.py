"""What is kept for each signature of a stage: work, programs, constants, old values."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.compiler import debug, program
from millpond.session.session import BaseSession


def runners(sess: BaseSession) -> list[Any]:
    """What runs the stages of the session's calls."""
    planned = {id(call.planned): call.planned for call in sess._calls.calls()}
    return [runner for made in planned.values() for runner in made.runners]


def test_the_work_of_a_run_is_its_operations_and_their_elements(interpreted: None) -> None:
    x = tf.placeholder(tf.float32, [None])
    y = tf.add(tf.square(x), 1.0)
    with tf.Session() as sess:
        for runs in (1, 2):
            sess.run(y, {x: np.ones(10_000)})
            (entry,) = runners(sess)[0].entries.values()
            assert entry.work == runs * (2 * 2_000 + 2 * 10_000 - 8_000)
        sess.run(y, {x: [1.0]})
        assert sorted(entry.work for entry in runners(sess)[0].entries.values()) == [0, 2 * 16_000]


def test_each_signature_is_compiled_once_and_counted(compiled: None, capfd: pytest.CaptureFixture[str]) -> None:
    x = tf.placeholder(tf.float32, [None])
    y = tf.square(x)
    with tf.Session() as sess, debug.Debug("stages"):
        for size in (1, 2, 1, 2, 2):
            assert sess.run(y, {x: [3.0] * size}).tolist() == [9.0] * size
        pace = runners(sess)[0].pace
        cache = sess._runtime.executables
        entries = runners(sess)[0].entries
        assert (pace.compiled, pace.compiled_runs, len(entries), len(cache)) == (2, 5, 2, 2)
        # A program counts for what it takes, once it is there.
        assert cache.bytes == sum(entry.bytes for entry in entries.values()) > 2 * 2_000
    assert capfd.readouterr().err.count("compiled <stage 0") == 2


def test_threads_that_start_one_step_at_once_compile_it_once(compiled: None, capfd: pytest.CaptureFixture[str]
                                                             ) -> None:
    x = tf.placeholder(tf.float32, [None, 8])
    w = tf.Variable(tf.ones([8, 8]))
    loss = tf.reduce_sum(tf.matmul(x, w))
    train = tf.train.AdamOptimizer().minimize(loss)
    together = threading.Barrier(6)
    failures: list[BaseException] = []
    with tf.Session() as sess, debug.Debug("stages", "plan"):
        sess.run(tf.global_variables_initializer())
        capfd.readouterr()

        def work() -> None:
            try:
                together.wait(60)
                sess.run([train, loss], {x: np.ones([4, 8])})
            except (tf.errors.OpError, RuntimeError) as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert not failures
    said = capfd.readouterr().err
    assert said.count("compiled") == 1 and said.count("[millpond] plan") == 1


def test_a_signature_in_use_keeps_its_program(compiled: None, capfd: pytest.CaptureFixture[str]) -> None:
    x = tf.placeholder(tf.float32, [None])
    y = tf.square(x)
    with tf.Session() as sess, debug.Debug("stages"):
        sess._runtime.executables.capacity = 2
        for size in range(2, 7):
            sess.run(y, {x: [3.0]})
            sess.run(y, {x: [3.0] * size})
        sess.run(y, {x: [3.0]})
        assert len(runners(sess)[0].entries) == 2
    said = capfd.readouterr().err
    assert said.count("for float32[1]") == 1 and said.count("compiled <stage 0") == 6


def test_constants_are_literals_up_to_64_kilobytes_and_arguments_beyond(compiled: None) -> None:
    assert program.MAX_LITERAL_BYTES == 65_536
    x = tf.placeholder(tf.float32, [])
    for count, arguments in ((16_384, 0), (16_385, 1)):
        y = tf.reduce_sum(tf.constant(np.arange(count, dtype=np.float32)) * x)
        with tf.Session() as sess:
            assert sess.run(y, {x: 2.0}) == pytest.approx(count * (count - 1), rel=1e-5)
            (entry,) = runners(sess)[0].entries.values()
            assert len(entry.executable.constants) == arguments


def test_what_is_known_is_folded_unless_it_is_large(compiled: None) -> None:
    x = tf.placeholder(tf.float32, [None])
    for count, is_known in ((1_024, True), (1_025, False)):
        ones = tf.fill([count], 1.0)
        with tf.Session() as sess:
            sess.run([ones, tf.square(x)], {x: [1.0]})
            (entry,) = runners(sess)[0].entries.values()
            assert bool(entry.executable.known_outputs) == is_known
    # What decides a shape is worked out however large.
    rows = tf.reshape(x, tf.concat([tf.ones([1_500], tf.int32)[:1], [tf.size(x)]], 0))
    with tf.Session() as sess:
        assert sess.run(rows, {x: [1.0, 2.0]}).shape == (1, 2)


def test_the_largest_tensors_of_a_program_are_remembered_by_their_bytes(compiled: None) -> None:
    x = tf.placeholder(tf.float32, [None, None], name="x")
    wide = tf.cast(tf.square(x), tf.float64, name="wide")
    flags = tf.greater(tf.tile(x, [2, 1]), 0.0, name="flags")  # twice the elements, a quarter of the bytes
    with tf.Session() as sess:
        sess.run([wide, flags], {x: np.ones([3, 4])})
        (entry,) = runners(sess)[0].entries.values()
    shapes = entry.executable.shapes
    names = [tensor.name for tensor in shapes]
    assert names[0] == "wide:0" and shapes[wide] == (3, 4)
    assert names.index("flags:0") > names.index("x:0")


def test_only_what_writes_last_gives_its_buffers_away(compiled: None) -> None:
    v, w = tf.Variable([1.0, 2.0]), tf.Variable([1.0])
    x = tf.placeholder(tf.float32, [2])
    step = v.assign_add(x)
    through_host = tf.py_func(lambda value: value[:1], [step], tf.float32)
    through_host.set_shape([1])
    last = tf.assign(w, through_host)
    with tf.Session() as sess:
        sess.run([v.initializer, w.initializer])
        sess.run(last.op, {x: [1.0, 1.0]})
        donated = {runner.stage.index: [entry.executable.donated for entry in runner.entries.values()]
                   for runner in sess._calls.calls()[-1].planned.runners if not runner.stage.on_host}
        assert donated == {0: [0], 2: [1]}
        assert sess.run([v, w])[0].tolist() == [2.0, 3.0]
        # A variable without a value has nothing to give.
        fresh = tf.Variable([1.0])
        sess.run(fresh.initializer)
        (entry,) = sess._calls.calls()[-1].planned.runners[0].entries.values()
        assert entry.executable.donated == 0


def test_an_old_value_is_there_for_a_reader_behind_another_write(tier: str) -> None:
    """The reader waits for u's update, not for v's, which the same stage has made long before."""
    u, v = tf.Variable(10.0), tf.Variable(1.0)
    through_host = tf.py_func(lambda value: value, [u.assign_add(1.0)], tf.float32)
    through_host.set_shape([])
    seen = tf.multiply(v, through_host)
    step = v.assign_add(1.0)
    with tf.Session() as sess:
        sess.run([u.initializer, v.initializer])
        for count in range(1, 4):
            assert sess.run([seen, step.op]) == [count * (10.0 + count), None]
        assert sess.run([u, v]) == [13.0, 4.0]


@pytest.mark.slow
def test_numpys_random_numbers_do_not_depend_on_what_is_compiled(run_program: Callable[..., str]) -> None:
    program = """
        import sys
        import numpy as np
        import millpond as tf
        from millpond.compiler import xla
        np.random.seed(3)
        assert not xla.is_loaded() and xla.failures() == () and xla.first_use() == ""
        sess = tf.Session()
        sess.run(tf.square(tf.constant(2.0)))
        assert xla.is_loaded() == (sys.argv[1] == "compiled") == bool(xla.failures())
        assert ("compiling 'Square' (created at" in xla.first_use()) == xla.is_loaded()
        print(np.random.rand(3).tolist())
    """
    said = {run_program(program, tier, MILLPOND_TIER=tier) for tier in ("compiled", "interpreted")}
    np.random.seed(3)
    assert said == {f"{np.random.rand(3).tolist()}\n"}


def test_a_placeholder_that_is_not_fed_is_named_with_what_is_known_of_it() -> None:
    known = tf.placeholder(tf.float32, [None, 3], name="known")
    unknown = tf.placeholder(tf.int32, None, name="inner/unknown")
    with tf.Session() as sess:
        for tensor, message in ((known, r"'known' with dtype float32 and shape \(\?, 3\): .*\{known: value\}"),
                                (unknown, r"'inner/unknown' with dtype int32: .*\{unknown: value\}")):
            with pytest.raises(tf.errors.InvalidArgumentError, match=message):
                sess.run(tf.square(tensor))


def test_lengths_that_come_to_one_size_share_a_program(compiled: None, capfd: pytest.CaptureFixture[str]) -> None:
    """What is padded to the longest of the sequences that are fed is compiled once for each longest length."""
    with tf.Graph().as_default():
        lengths, x = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.float32, [None])
        mask = tf.cast(tf.range(tf.reduce_max(lengths)) < tf.expand_dims(lengths, 1), tf.float32)
        total = tf.reduce_sum(mask * tf.expand_dims(x, 1)) + tf.reduce_sum(tf.cast(lengths, tf.float32))
        with debug.Debug("stages"), tf.Session() as sess:
            for given in ([3, 1], [1, 3], [3, 3], [2, 3], [5, 1], [4, 5]):
                assert sess.run(total, {lengths: given, x: [1.0, 10.0]}) == given[0] + 10 * given[1] + sum(given)
    assert capfd.readouterr().err.count("compiled <stage") == 2


def test_a_size_that_does_not_fit_is_told_with_the_node(compiled: None) -> None:
    with tf.Graph().as_default():
        sizes = tf.placeholder(tf.int32, [None])
        y = tf.reshape(tf.zeros([6]), sizes // 2)
        with tf.Session() as sess:
            for _ in range(2):
                with pytest.raises(tf.errors.InvalidArgumentError, match="Reshape"):
                    sess.run(y, {sizes: [4, 4]})
                assert sess.run(y, {sizes: [4, 6]}).shape == (2, 3)
