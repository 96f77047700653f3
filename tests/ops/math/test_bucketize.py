"""Numbers sorted into buckets: NumPy's digitize is the oracle."""

from __future__ import annotations

import numpy as np
import pytest
from op_case import OpCase, floats, integers

import millpond as tf
from millpond.graph.opdef import lookup

LIMITS = [-1.0, 0.0, 1.5]
EDGES = np.array([-np.inf, -1.0, 0.0, np.nextafter(np.float32(1.5), np.float32(0)), 1.5, np.inf], np.float32)


def _digitized(x: np.ndarray) -> np.ndarray:
    return np.digitize(x, LIMITS).astype(np.int32)


CASES = [
    OpCase("Bucketize", lambda tf, x: lookup("Bucketize")(x, boundaries=LIMITS), [floats(3, 4)], expected=_digitized),
    OpCase("Bucketize", lambda tf, x: lookup("Bucketize")(x, boundaries=LIMITS), [EDGES], expected=_digitized,
           note="edges"),
    OpCase("Bucketize", lambda tf, x: lookup("Bucketize")(x, boundaries=LIMITS), [integers(5, low=-2, high=3)],
           expected=_digitized, note="integers"),
]


def test_what_is_no_number_comes_last_and_boundaries_in_disorder_are_refused(tier: str) -> None:
    with tf.Session() as sess:
        x = tf.placeholder(tf.float32, [1])
        assert sess.run(lookup("Bucketize")(x, boundaries=LIMITS), {x: [np.nan]}).tolist() == [3]
        with pytest.raises(tf.errors.InvalidArgumentError, match="sorted boundaries"):
            sess.run(lookup("Bucketize")(x, boundaries=[1.0, 0.0]), {x: [np.nan]})
