"""`tf.contrib.sparsemax`: the projection onto probabilities, which gives zeros where softmax gives small numbers.

Source: A. F. T. Martins and R. F. Astudillo, "From Softmax to Sparsemax", arXiv:1602.02068.
"""

from __future__ import annotations

import math

from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like, range_, zeros_like
from millpond.ops.array.gather import gather_nd
from millpond.ops.array.join import stack
from millpond.ops.array.shape import expand_dims, shape
from millpond.ops.math.arithmetic import maximum
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import where
from millpond.ops.math.elementwise import is_nan
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.scan import cumsum
from millpond.ops.math.sorting import top_k
from millpond.ops.scoping import name_scope
from millpond.public.modules import publish

publish(__name__)


def sparsemax(logits: TensorLike, name: str | None = None) -> Tensor:
    """The probabilities that are nearest to logits, `[batch, classes]`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.sparsemax.sparsemax([[0.5, 0.0, -2.0]])))
      [[0.75 0.25 0.  ]]
    """
    with name_scope(name, "sparsemax", [logits]):
        logits = convert_to_tensor(logits, name="logits")
        classes = shape(logits)[1]
        ordered, _ = top_k(logits, k=classes)
        sums = cumsum(ordered, axis=-1)
        numbers = cast(range_(1, classes + 1), logits.dtype)
        support = cast(1 + numbers * ordered > sums, logits.dtype)
        size = reduce_sum(support, -1)
        rows = range_(shape(logits)[0])
        last = gather_nd(sums, stack([rows, maximum(cast(size, rows.dtype) - 1, 0)], 1))
        found = maximum(logits - expand_dims((last - 1) / size, -1), 0.0)
        broken = is_nan(expand_dims(last, -1) + sums[:, -1:] + zeros_like(logits))
        return where(broken, zeros_like(logits) + math.nan, found)


def sparsemax_loss(logits: TensorLike, sparsemax: TensorLike, labels: TensorLike, name: str | None = None) -> Tensor:
    """The loss of sparsemax, whose gradient is `sparsemax - labels`.

    Args:
      logits: `[batch, classes]`.
      sparsemax: The sparsemax of the logits.
      labels: Probabilities of the classes, `[batch, classes]`.
      name: Prefix of the operations.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     logits = tf.constant([[0.5, 0.0, -2.0]])
      ...     probs = tf.contrib.sparsemax.sparsemax(logits)
      ...     print(sess.run(tf.contrib.sparsemax.sparsemax_loss(logits, probs, [[1.0, 0.0, 0.0]])))
      [0.0625]
    """
    with name_scope(name, "sparsemax_loss", [logits, sparsemax, labels]):
        logits, probs, labels = (convert_to_tensor(one) for one in (logits, sparsemax, labels))
        # A logit of minus infinity has probability 0, and takes no part.
        takes_part = probs > 0
        of_support = where(takes_part, probs * (logits - 0.5 * probs), zeros_like(probs))
        of_labels = where(labels > 0, labels * (0.5 * labels - logits), zeros_like(labels))
        return reduce_sum(of_support + of_labels, 1) * ones_like(logits[:, 0])
