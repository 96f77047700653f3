"""One string taken out of an array of strings is a string, whatever takes it out."""

import numpy as np
import pytest

import millpond as tf

WORDS = np.array([b"a\x00", b"bcd", b""], object)
TAKE = {
    "slice": lambda x: x[1],
    "gather": lambda x: tf.gather(x, 1),
    "gather_nd": lambda x: tf.gather_nd(x, [1]),
    "unstack": lambda x: tf.unstack(x)[1],
    "reshape": lambda x: tf.reshape(x[1:2], []),
    "where": lambda x: tf.where(tf.constant(True), x[1], x[0]),
    "branch": lambda x: tf.cond(tf.size(x) > 0, lambda: x[1], lambda: x[0]),
    "loop": lambda x: tf.while_loop(lambda i, one: i < 2, lambda i, one: (i + 1, x[i]), [0, ""])[1],
    "array": lambda x: tf.TensorArray(tf.string, 3).unstack(x).read(1),
    "join": lambda x: tf.string_join([x[1], x[2]]),
}


@pytest.mark.parametrize("how", TAKE)
@pytest.mark.parametrize("is_fed", [True, False], ids=["fed", "constant"])
def test_a_string_out_of_an_array_is_a_string(how, is_fed):
    x = tf.placeholder(tf.string, [3]) if is_fed else tf.constant(WORDS)
    with tf.Session() as sess:
        value = sess.run(TAKE[how](x), {x: WORDS})
    assert value == b"bcd" and isinstance(value, bytes)


def test_a_string_keeps_the_zero_bytes_at_its_end():
    x = tf.placeholder(tf.string, [3])
    with tf.Session() as sess:
        assert sess.run([x[0], x[2]], {x: WORDS}) == [b"a\x00", b""]
