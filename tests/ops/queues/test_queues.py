"""Queues: threads put in, others take out, and nothing that fails changes what is in them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

import millpond as tf

COVERS = ["FIFOQueueV2", "PaddingFIFOQueueV2", "PriorityQueueV2", "RandomShuffleQueueV2", "QueueEnqueueV2",
          "QueueEnqueueManyV2", "QueueDequeueV2", "QueueDequeueManyV2", "QueueDequeueUpToV2", "QueueCloseV2",
          "QueueSizeV2", "QueueIsClosedV2"]


def numbers(capacity: int = 10, values: object = (), **kwargs: object) -> tuple[tf.FIFOQueue, tf.Session]:
    """A queue of int32 scalars that holds `values`, and a session."""
    queue = tf.FIFOQueue(capacity, tf.int32, shapes=[[]], **kwargs)
    session = tf.Session()
    if len(values):
        session.run(queue.enqueue_many([values]))
    return queue, session


def in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[object]]:
    """Runs `work` in a thread; what it returns or raises comes into the list."""
    found: list[object] = []

    def run() -> None:
        try:
            found.append(work())
        except Exception as error:  # noqa: BLE001 - looked at by the test
            found.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    return thread, found


def test_elements_come_out_as_they_went_in(tier):
    queue, sess = numbers(values=[1, 2, 3, 4])
    taken, two = queue.dequeue(), queue.dequeue_many(2)
    with sess:
        assert sess.run(taken) == 1 and sess.run(two).tolist() == [2, 3] and sess.run(queue.size()) == 1
        assert sess.run(taken * 2) == 8
    assert two.shape == [2] and queue.dequeue_up_to(2).shape.as_list() == [None] and taken.shape == []


def test_components_names_and_dtypes():
    queue = tf.FIFOQueue(5, [tf.int64, tf.string, tf.float16], shapes=[[], [], [2]], names=["n", "s", "x"])
    element = {"n": 1, "s": "one", "x": [0.5, 1.5]}
    with tf.Session() as sess:
        sess.run(queue.enqueue(element))
        result = sess.run(queue.dequeue_many(1))
        assert result["n"].dtype == np.int64 and result["s"][0] == b"one" and result["x"].tolist() == [[0.5, 1.5]]
    with pytest.raises(ValueError, match="must enqueue a dictionary"):
        queue.enqueue([1, "one", [0.5, 1.5]])
    with pytest.raises(ValueError, match="do not match names of Queue"):
        queue.enqueue({"n": 1})


def test_a_closed_queue_gives_what_is_left_and_takes_nothing():
    queue, sess = numbers(values=[1, 2, 3])
    sess.run(queue.close())
    assert sess.run(queue.is_closed())
    with pytest.raises(tf.errors.CancelledError, match="is closed"):
        sess.run(queue.enqueue(4))
    with pytest.raises(tf.errors.OutOfRangeError, match=r"requested 4, current size 3"):
        sess.run(queue.dequeue_many(4))
    assert sess.run(queue.dequeue_up_to(2)).tolist() == [1, 2] and sess.run(queue.dequeue_up_to(2)).tolist() == [3]
    with pytest.raises(tf.errors.OutOfRangeError, match=r"FIFOQueue '_0_fifo_queue' is closed and has insufficient"):
        sess.run(queue.dequeue())


def test_one_who_takes_waits_for_one_who_puts_in():
    queue, sess = numbers()
    taken = queue.dequeue_many(3)
    thread, found = in_thread(lambda: sess.run(taken))
    for value in (1, 2, 3):
        time.sleep(0.02)
        sess.run(queue.enqueue(value))
    thread.join()
    assert found[0].tolist() == [1, 2, 3]


def test_one_who_puts_in_waits_for_room():
    queue, sess = numbers(capacity=2, values=[1, 2])
    put = queue.enqueue_many([[3, 4, 5]])
    thread, found = in_thread(lambda: sess.run(put))
    assert [int(sess.run(queue.dequeue())) for _ in range(5)] == [1, 2, 3, 4, 5]
    thread.join()
    assert found == [None]


def test_putting_in_and_taking_out_in_one_run():
    queue, sess = numbers()
    for value in range(20):
        assert sess.run([queue.enqueue(value), queue.dequeue()])[1] == value


def test_closing_gives_up_what_waits_for_room_only_when_asked():
    for gives_up in (False, True):
        queue, sess = numbers(capacity=1, values=[1])
        put = queue.enqueue(2)
        thread, found = in_thread(lambda sess=sess, put=put: sess.run(put))
        time.sleep(0.05)
        sess.run(queue.close(cancel_pending_enqueues=gives_up))
        assert sess.run(queue.dequeue()) == 1
        thread.join()
        if gives_up:
            assert isinstance(found[0], tf.errors.CancelledError)
        else:
            assert found == [None] and sess.run(queue.dequeue()) == 2


def test_a_closed_queue_takes_nothing_more_though_others_still_wait_for_room():
    queue, sess = numbers(capacity=1, values=[1])
    first, second = queue.enqueue(2), queue.enqueue(3)
    thread, found = in_thread(lambda: sess.run(first))
    time.sleep(0.05)
    sess.run(queue.close())
    with pytest.raises(tf.errors.CancelledError, match="is closed"):
        sess.run(second)
    assert [int(sess.run(queue.dequeue())) for _ in range(2)] == [1, 2]
    thread.join()
    assert found == [None]


def test_closing_the_session_ends_what_waits():
    queue, sess = numbers()
    taken = queue.dequeue()
    threads = [in_thread(lambda: sess.run(taken)) for _ in range(3)]
    time.sleep(0.05)
    sess.close()
    for thread, found in threads:
        thread.join(5)
        assert isinstance(found[0], tf.errors.CancelledError)


def test_a_run_out_of_time_takes_nothing():
    queue, sess = numbers(values=[1])
    with pytest.raises(tf.errors.DeadlineExceededError):
        sess.run(queue.dequeue_many(2), options=tf.RunOptions(timeout_in_ms=50))
    sess.run(queue.enqueue(2))
    assert sess.run(queue.dequeue_many(2)).tolist() == [1, 2]


def test_a_failed_run_gives_back_what_it_took_and_takes_back_what_it_put_in():
    queue, sess = numbers(values=[1, 2, 3])
    other = tf.FIFOQueue(5, tf.int32, shapes=[[]])

    def fails() -> None:
        raise ValueError("no")

    taken = queue.dequeue_many(2)
    failing = tf.py_func(fails, [], tf.int32)
    with pytest.raises(tf.errors.InvalidArgumentError):
        sess.run([taken, failing, other.enqueue(5)])
    assert sess.run(other.size()) == 0
    assert sess.run(queue.dequeue_many(3)).tolist() == [1, 2, 3]


def test_an_element_that_was_used_is_not_given_back():
    """A program that passes over a bad example must not get it again and again."""
    queue, sess = numbers(values=[0, 2])
    inverse = tf.constant(6) // queue.dequeue()
    with pytest.raises(tf.errors.InvalidArgumentError):
        sess.run(inverse)
    assert sess.run(inverse) == 3


def test_a_queue_that_nothing_fills_says_so():
    number = tf.train.range_input_producer(5, shuffle=False).dequeue()
    with tf.Session() as sess:
        with pytest.raises(tf.errors.FailedPreconditionError, match=r"'input_producer_Dequeue' waits for queue "
                                                                    r"'input_producer'.*start_queue_runners"):
            sess.run(number)
        coord = tf.train.Coordinator()
        threads = tf.train.start_queue_runners(sess, coord)
        assert sess.run(number) == 0
        coord.request_stop()
        coord.join(threads)


def test_batches_of_elements_of_different_sizes_are_filled_up():
    queue = tf.PaddingFIFOQueue(5, [tf.int32, tf.string], shapes=[[None, 2], [None]])
    with tf.Session() as sess:
        sess.run(queue.enqueue([[[1, 2]], ["a", "b"]]))
        sess.run(queue.enqueue([np.zeros([0, 2]), ["c"]]))
        rows, texts = sess.run(queue.dequeue_many(2))
    assert rows.tolist() == [[[1, 2]], [[0, 0]]] and texts.tolist() == [[b"a", b"b"], [b"c", b""]]


def test_priorities():
    queue = tf.PriorityQueue(10, [tf.string], shapes=[[]])
    with tf.Session() as sess:
        sess.run(queue.enqueue_many([[3, -1, 3, 2], ["c", "a", "d", "b"]]))
        priorities, texts = sess.run(queue.dequeue_many(4))
    assert priorities.tolist() == [-1, 2, 3, 3] and texts.tolist() == [b"a", b"b", b"c", b"d"]


def test_a_shuffled_queue_keeps_enough_to_choose_from():
    queue = tf.RandomShuffleQueue(20, 5, tf.int32, shapes=[[]], seed=1)
    with tf.Session() as sess:
        sess.run(queue.enqueue_many([range(8)]))
        first = sess.run(queue.dequeue_many(3))
        taken = queue.dequeue()
        thread, found = in_thread(lambda: sess.run(taken))
        time.sleep(0.05)
        assert not found
        sess.run(queue.close())
        thread.join()
        rest = sess.run(queue.dequeue_many(4))
        assert sorted([*first, found[0], *rest]) == list(range(8))
    assert first.tolist() != [0, 1, 2]


def test_a_queue_chosen_from_several():
    first, sess = numbers(values=[1])
    second = tf.FIFOQueue(3, tf.int32, shapes=[[]])
    sess.run(second.enqueue(2))
    which = tf.placeholder(tf.int32, [])
    taken = tf.QueueBase.from_list(which, [first, second]).dequeue()
    assert [int(sess.run(taken, {which: i})) for i in (1, 0)] == [2, 1] and taken.shape == []
    with pytest.raises(TypeError, match="component dtypes"):
        tf.QueueBase.from_list(0, [first, tf.FIFOQueue(1, tf.string)])


def test_queues_of_one_shared_name_are_one_and_sessions_have_their_own():
    first, sess = numbers(shared_name="shared")
    second = tf.FIFOQueue(10, tf.int32, shapes=[[]], shared_name="shared")
    sess.run(first.enqueue(7))
    with tf.Session() as other:
        assert other.run(second.size()) == 0
    assert sess.run(second.dequeue()) == 7


def test_a_queue_in_a_branch_and_in_a_loop(tier):
    queue, sess = numbers(values=[1, 2, 3, 4])
    takes = tf.placeholder(tf.bool, [])
    value = tf.cond(takes, queue.dequeue, lambda: -1)
    total = tf.while_loop(lambda i, s: i < 2, lambda i, s: (i + 1, s + queue.dequeue()), [0, 0])[1]
    assert sess.run(value, {takes: False}) == -1 and sess.run(value, {takes: True}) == 1
    assert sess.run(total) == 5 and sess.run(queue.size()) == 1


def test_what_does_not_fit_is_refused():
    queue, sess = numbers()
    with pytest.raises(ValueError, match="incompatible"):
        queue.enqueue([[1, 2]])
    with pytest.raises(ValueError, match="has 1 components, and 2 were given"):
        queue.enqueue([1, 2])
    unknown = tf.placeholder(tf.int32)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Shape mismatch in tuple component 0"):
        sess.run(queue.enqueue(unknown), {unknown: [1]})
    with pytest.raises(tf.errors.InvalidArgumentError, match="have no shapes"):
        sess.run(tf.FIFOQueue(3, tf.int32).dequeue_many(1))
    with pytest.raises(ValueError, match="fully defined"):
        tf.FIFOQueue(3, tf.int32, shapes=[[None]])
    count = tf.placeholder(tf.int32, [])
    with pytest.raises(tf.errors.InvalidArgumentError, match="cannot dequeue -1"):
        sess.run(queue.dequeue_many(count), {count: -1})
    assert sess.run(queue.dequeue_many(count), {count: 0}).shape == (0,)


def test_many_threads_lose_and_double_nothing():
    queue, sess = numbers(capacity=7)
    value = tf.placeholder(tf.int32, [])
    put, take = queue.enqueue(value), queue.dequeue()
    givers = [in_thread(lambda k=k: [sess.run(put, {value: 100 * k + i}) for i in range(50)]) for k in range(4)]
    takers = [in_thread(lambda: [int(sess.run(take)) for _ in range(50)]) for _ in range(4)]
    for thread, _ in (*givers, *takers):
        thread.join(60)
    assert sorted(number for _, (found,) in takers for number in found) == sorted(
        100 * k + i for k in range(4) for i in range(50))
