"""Input pipelines: producers, and batches of what threads compute."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import millpond as tf


@contextlib.contextmanager
def running() -> Iterator[tf.Session]:
    """A session with its queue runners, whose threads end with it."""
    before = set(threading.enumerate())
    with tf.Session() as sess:
        sess.run([tf.global_variables_initializer(), tf.local_variables_initializer()])
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess, coord)
        yield sess
        coord.request_stop()
        coord.join(threads, stop_grace_period_secs=10)
    assert not [thread for thread in threading.enumerate() if thread not in before and thread.is_alive()
                and thread.name.startswith("QueueRunner")]


def until_the_end(sess: tf.Session, fetches: object) -> list[object]:
    found = []
    with contextlib.suppress(tf.errors.OutOfRangeError):
        while True:
            found.append(sess.run(fetches))
    return found


@pytest.mark.parametrize("threads", [1, 3])
def test_every_example_comes_once_an_epoch(threads: int) -> None:
    number, square = tf.train.slice_input_producer([np.arange(10), np.arange(10) ** 2], num_epochs=3, seed=1)
    numbers, squares = tf.train.shuffle_batch([number, square], 4, capacity=20, min_after_dequeue=5,
                                              num_threads=threads, allow_smaller_final_batch=True, seed=2)
    with running() as sess:
        batches = until_the_end(sess, [numbers, squares])
    found = np.concatenate([batch for batch, _ in batches])
    assert sorted(found) == sorted(list(range(10)) * 3) and list(found[:10]) != list(range(10))
    assert all((b == a ** 2).all() for a, b in batches) and [len(a) for a, _ in batches] == [4] * 7 + [2]


def test_a_step_is_fed_by_a_queue(tier: str) -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=[64, 3]).astype(np.float32)
    row, answer = tf.train.slice_input_producer([x, x @ np.float32([1, -2, 3])])
    rows, answers = tf.train.batch([row, answer], 16)
    weights = tf.Variable(tf.zeros([3, 1]))
    loss = tf.reduce_mean(tf.square(tf.matmul(rows, weights)[:, 0] - answers))
    step = tf.train.GradientDescentOptimizer(0.2).minimize(loss)
    with running() as sess:
        for _ in range(60):
            sess.run(step)
        np.testing.assert_allclose(sess.run(weights)[:, 0], [1, -2, 3], atol=1e-2)


def test_sources_that_differ_in_size_are_filled_up() -> None:
    n = tf.train.range_input_producer(4, num_epochs=1, shuffle=False).dequeue()
    batch = tf.train.batch({"row": tf.range(n), "n": n}, 2, dynamic_pad=True)
    with running() as sess:
        first, second = until_the_end(sess, batch)
    assert first["row"].tolist() == [[0], [0]] and second["row"].tolist() == [[0, 1, 0], [0, 1, 2]]
    assert second["n"].tolist() == [2, 3] and batch["row"].shape.as_list() == [2, None]


def test_batches_of_several_sources() -> None:
    sources = [[tf.train.range_input_producer(5, num_epochs=1).dequeue() + start] for start in (0, 100)]
    joined = tf.train.batch_join(sources, 2)
    with running() as sess:
        assert sorted(np.concatenate(until_the_end(sess, joined))) == [0, 1, 2, 3, 4, 100, 101, 102, 103, 104]


def test_examples_that_are_not_wanted_are_left_out() -> None:
    n = tf.train.range_input_producer(9, num_epochs=1, shuffle=False).dequeue()
    even = tf.train.maybe_batch([n], tf.equal(n % 2, 0), 5)
    with running() as sess:
        assert [batch.tolist() for batch in until_the_end(sess, even)] == [[0, 2, 4, 6, 8]]


def test_rows_that_are_not_wanted_are_left_out() -> None:
    rows = tf.train.input_producer(np.arange(12).reshape(2, 6), num_epochs=1, shuffle=False).dequeue()
    large = tf.train.maybe_shuffle_batch([rows], 2, 20, 0, rows % 3 > 0, enqueue_many=True)
    with running() as sess:
        assert sorted(np.concatenate(until_the_end(sess, large))) == [1, 2, 4, 5, 7, 8, 10, 11]


def test_files_matched_once_are_read_line_by_line(tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv", "c.txt"):
        (tmp_path / name).write_text(f"{name} 1\n{name} 2\n")
    names = tf.train.match_filenames_once(str(tmp_path / "*.csv"))
    _, line = tf.TextLineReader().read(tf.train.string_input_producer(names, num_epochs=2, shuffle=False))
    with running() as sess:
        assert until_the_end(sess, line) == [b"a.csv 1", b"a.csv 2", b"b.csv 1", b"b.csv 2"] * 2


def test_an_error_in_a_thread_comes_to_the_one_who_joins() -> None:
    n = tf.train.range_input_producer(5, num_epochs=1, shuffle=False).dequeue()
    batch = tf.train.batch([12 // (n - 2)], 2)
    with tf.Session() as sess:
        sess.run(tf.local_variables_initializer())
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess, coord)
        assert sess.run(batch).tolist() == [-6, -12]
        with pytest.raises(tf.errors.OpError):
            sess.run(batch)
        with pytest.raises(tf.errors.InvalidArgumentError, match="(?i)zero"):
            coord.join(threads)


def test_how_full_queues_are_is_summarized() -> None:
    n = tf.train.range_input_producer(5).dequeue()
    tf.train.shuffle_batch([n], 2, capacity=12, min_after_dequeue=2)
    tags = {tf.Summary.FromString(tf.Session().run(summary)).value[0].tag
            for summary in tf.get_collection(tf.GraphKeys.SUMMARIES)}
    assert tags == {"input_producer/fraction_of_32_full", "shuffle_batch/fraction_over_2_of_10_full"}


def test_names_are_tensorflows() -> None:
    tf.train.batch([tf.train.string_input_producer(["a"], num_epochs=1).dequeue()], 2)
    names = {op.name: op.type for op in tf.get_default_graph().get_operations()}
    expected = {"input_producer": "FIFOQueueV2", "input_producer/input_producer_EnqueueMany": "QueueEnqueueManyV2",
                "input_producer/limit_epochs/epochs": "VariableV2", "input_producer_Dequeue": "QueueDequeueV2",
                "batch/fifo_queue": "FIFOQueueV2", "batch/fifo_queue_enqueue": "QueueEnqueueV2",
                "batch": "QueueDequeueManyV2"}
    assert {name: names.get(name) for name in expected} == expected


def test_what_cannot_be_batched_is_refused() -> None:
    with pytest.raises(ValueError, match="requires a non-null input tensor"):
        tf.train.string_input_producer([])
    with pytest.raises(ValueError, match="fully defined"):
        tf.train.batch([tf.placeholder(tf.float32, [None])], 2)
    with pytest.raises(ValueError, match="num_epochs must be > 0"):
        tf.train.limit_epochs(1.0, 0)
    with pytest.raises(ValueError, match="must be bigger than min_after_dequeue"):
        tf.train.shuffle_batch([1.0], 2, capacity=4, min_after_dequeue=4)
    with pytest.raises(ValueError, match="at least one tensor"):
        tf.train.slice_input_producer([])
