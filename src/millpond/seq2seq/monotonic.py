"""Attention that only moves forward (C. Raffel et al., 2017, "Online and Linear-Time Attention by Enforcing Monotonic
Alignments").

For each place of the input there is a probability p of stopping there. What is attended to at an output step goes on
from where the step before attended, and stops at the first place that is chosen:

    q[i] = (1 - p[i - 1]) q[i - 1] + previous[i]        attention[i] = p[i] q[i]
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import zeros_like
from millpond.ops.array.join import concat
from millpond.ops.array.shape import shape
from millpond.ops.array.transpose import transpose
from millpond.ops.control.functional import scan
from millpond.ops.math.arithmetic import add, multiply
from millpond.ops.math.cast import cast
from millpond.ops.math.clip import clip_by_value
from millpond.ops.math.comparison import greater
from millpond.ops.math.division import divide
from millpond.ops.math.elementwise import exp, log, sigmoid
from millpond.ops.math.scan import cumprod, cumsum
from millpond.ops.random.random_ops import random_normal
from millpond.ops.scoping import name_scope


def safe_cumprod(x: TensorLike, *args: Any, **kwargs: Any) -> Tensor:
    """Running products of numbers in [0, 1], as sums of logarithms.

    So neither they nor their gradients underflow.

    Args:
      x: Floats; what lies outside of [tiny, 1] counts as the nearest number in it, where `tiny` is the smallest normal
        number of the dtype.
      *args, **kwargs: `axis`, `exclusive`, `reverse` and `name`, as of `tf.cumsum`.

    Returns:
      A tensor of the shape and dtype of `x`.

    Raises:
      ValueError: If the axis is out of range.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.seq2seq.safe_cumprod([0.5, 0.5, 1.0])).round(4))
      [0.5  0.25 0.25]
    """
    with name_scope(None, "SafeCumprod", [x]):
        x = convert_to_tensor(x, name="x")
        tiny = np.finfo(x.dtype.as_numpy_dtype).tiny
        return exp(cumsum(log(clip_by_value(x, tiny, 1.0)), *args, **kwargs))


def monotonic_attention(p_choose_i: TensorLike, previous_attention: TensorLike, mode: str) -> Tensor:
    """What is attended to when attention only moves forward.

    Args:
      p_choose_i: Floats [batch, time]: how probable it is to stop at each place, in [0, 1].
      previous_attention: Floats [batch, time]: what the output step before attended to; at the first step 1 at the
        first place, and 0 elsewhere.
      mode: How it is computed: "recursive", place by place, which is exact; "parallel", by running sums and products,
        which is not where probabilities are close to 0 or 1; or "hard", for probabilities that are 0 or 1, exact too.

    Returns:
      Floats [batch, time].

    Raises:
      ValueError: If `mode` is none of these.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.seq2seq.monotonic_attention([[0.0, 1.0, 1.0]], [[1.0, 0.0, 0.0]], "hard")))
      [[0. 1. 0.]]
    """
    p = convert_to_tensor(p_choose_i, name="p_choose_i")
    previous = convert_to_tensor(previous_attention, name="previous_attention")
    if mode == "recursive":
        return _recursive(p, previous)
    if mode == "parallel":
        passed = safe_cumprod(1.0 - p, axis=1, exclusive=True)
        reached = cumsum(divide(previous, clip_by_value(passed, 1e-10, 1.0)), axis=1)
        return multiply(multiply(p, passed), reached)
    if mode == "hard":
        p = multiply(p, cumsum(previous, axis=1))
        return multiply(p, cumprod(1.0 - p, axis=1, exclusive=True))
    raise ValueError(f"mode must be 'recursive', 'parallel', or 'hard', got {mode!r}.")


def _recursive(p: Tensor, previous: Tensor) -> Tensor:
    passes = 1.0 - p[:, :-1]
    before = concat([zeros_like(p[:, :1]) + 1.0, passes], 1)
    reached = scan(lambda q, pair: add(multiply(pair[0], q), pair[1]), [transpose(before), transpose(previous)],
                   initializer=zeros_like(p[:, 0]))
    return multiply(p, transpose(reached))


def monotonic_probability(score: Tensor, previous_alignments: Tensor, sigmoid_noise: float, mode: str,
                          seed: int | None = None) -> Tensor:
    """The probabilities of monotonic attention, from scores: see `monotonic_attention`.

    Args:
      score: Floats [batch, time].
      previous_alignments: Floats [batch, time].
      sigmoid_noise: Standard deviation of noise that is added to the scores; with it, training makes them large, and
        so the choices hard.
      mode: See `monotonic_attention`; "hard" chooses the places whose score is positive.
      seed: That of the noise, see `tf.set_random_seed`.

    Raises:
      ValueError: If there is no such mode.

    Example:
      >>> import millpond as tf
      >>> from millpond.seq2seq.monotonic import monotonic_probability
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(monotonic_probability(tf.constant([[-1.0, 2.0]]), tf.constant([[1.0, 0.0]]), 0.0, "hard")))
      [[0. 1.]]
    """
    if sigmoid_noise > 0:
        noise = random_normal(shape(score), dtype=score.dtype, seed=seed)
        score = add(score, multiply(noise, sigmoid_noise))
    p = cast(greater(score, 0.0), score.dtype) if mode == "hard" else sigmoid(score)
    return monotonic_attention(p, previous_alignments, mode)
