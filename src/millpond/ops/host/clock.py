"""The time of the day."""

from __future__ import annotations

import time

import numpy as np

from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules


def _timestamp_kernel(context: HostContext) -> Array:
    return np.array(time.time(), np.float64)


TIMESTAMP = define_op("Timestamp", inputs="", outputs="ts: double", shape=shape_rules.scalar, kernel=_timestamp_kernel,
                      gradient=NOT_DIFFERENTIABLE, host=True, stateful=True)


def timestamp(name: str | None = None) -> Tensor:
    """The time when it runs: seconds since 1970, in float64.

    Control dependencies say between which operations time is taken.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     start = tf.timestamp()
      ...     print(sess.run(start) <= sess.run(start))
      True
    """
    return TIMESTAMP(name=name)
