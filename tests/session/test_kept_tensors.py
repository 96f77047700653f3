"""Values that stay in the session, by handle."""

from __future__ import annotations

import numpy as np
import pytest

import millpond as tf

COVERS = ["GetSessionHandle", "GetSessionTensor", "DeleteSessionTensor"]


@pytest.mark.parametrize("value", [3.5, [1.0, 2.0], np.ones([2, 0, 3]), np.arange(6, dtype=np.int64), True, "text"])
def test_a_value_stays_until_it_is_deleted(value: object, tier: str) -> None:
    tensor = tf.constant(value)
    with tf.Session() as sess:
        handle = sess.run(tf.get_session_handle(tensor))
        again = np.asarray(handle.eval())
        expected = np.asarray(sess.run(tensor))
        assert again.dtype == expected.dtype and again.tolist() == expected.tolist()
        holder, recalled = tf.get_session_tensor(handle.handle, tensor.dtype)
        assert np.asarray(sess.run(tf.identity(recalled), {holder: handle.handle})).tolist() == expected.tolist()
        fed = tf.placeholder(tensor.dtype)
        assert np.asarray(sess.run(tf.identity(fed), {fed: handle})).tolist() == expected.tolist()
        holder, delete = tf.delete_session_tensor(handle.handle)
        sess.run(delete, {holder: handle.handle})
        with pytest.raises(tf.errors.InvalidArgumentError, match="is not in the session store"):
            handle.eval()
        with pytest.raises(tf.errors.InvalidArgumentError, match="is not in the session store"):
            sess.run(delete, {holder: handle.handle})


def test_handles_are_given_in_any_structure_and_go_on_between_runs() -> None:
    x = tf.placeholder(tf.float32)
    keep = tf.get_session_handle(x * 2.0)
    with tf.Session() as sess:
        found = sess.run({"a": [keep, x]}, {x: 1.0})
        for _ in range(3):
            found["a"][0] = sess.run(keep, {x: found["a"][0]})
        assert found["a"][0].eval() == 16.0 and found["a"][1] == 1.0
        assert str(found["a"][0]).startswith("GetSessionHandle;3;/job:localhost")
        found["a"][0].delete()


def test_a_handle_of_another_dtype_is_refused() -> None:
    with tf.Session() as sess:
        handle = sess.run(tf.get_session_handle(tf.constant(1)))
        holder, value = tf.get_session_tensor(handle.handle, tf.float32)
        with pytest.raises(tf.errors.InvalidArgumentError, match="is int32, not float32"):
            sess.run(value, {holder: handle.handle})


def test_values_whose_handles_are_gone_are_freed() -> None:
    """A loop that hands its state on by handle does not keep every state it ever had."""
    x = tf.placeholder(tf.float32, [None])
    keep = tf.get_session_handle(x + 1.0)
    with tf.Session() as sess:
        raw = sess.run(keep, {x: [5.0]}).get_raw_handle()
        held = sess.run(keep, {x: [6.0]})
        state = sess.run(keep, {x: np.zeros(1000)})
        recall, value = tf.get_session_tensor(raw, tf.float32)
        for _ in range(100):
            state = sess.run(keep, {x: state})
        assert state.eval()[0] == 101.0 and held.eval() == 7.0
        assert sess.run(value, {recall: raw}) == 6.0
        kept = [name for name in (f"GetSessionHandle;{i};/job:localhost/replica:0/task:0/device:CPU:0"
                                  for i in range(103)) if _is_kept(sess, recall, value, name)]
        assert len(kept) < 25


def _is_kept(sess: tf.Session, recall: tf.Tensor, value: tf.Tensor, name: str) -> bool:
    try:
        sess.run(value, {recall: name})
    except tf.errors.InvalidArgumentError:
        return False
    return True
