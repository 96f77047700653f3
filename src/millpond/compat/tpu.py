"""What of `tf.contrib.tpu` and `tf.contrib.cluster_resolver` programs name also off a TPU."""

from __future__ import annotations

from typing import Any

from millpond.contrib.opt.wrappers import OptimizerWrapper
from millpond.train.optimizers.optimizer import Optimizer


class TPUClusterResolver:
    """Where the TPUs of a cluster are, which is left out.

    Args:
      tpu: The name of a TPU.
      *args, **kwargs: What TensorFlow takes.

    Raises:
      NotImplementedError: Always.

    Example:
      >>> import millpond as tf
      >>> tf.contrib.cluster_resolver.TPUClusterResolver("my-tpu")
      Traceback (most recent call last):
      NotImplementedError: tf.contrib.cluster_resolver.TPUClusterResolver: ...
    """

    def __init__(self, tpu: Any = None, *args: Any, **kwargs: Any) -> None:
        raise NotImplementedError(
            "tf.contrib.cluster_resolver.TPUClusterResolver: it drives TPU hardware by TensorFlow's own means, which "
            "are left out; run with use_tpu=False. A program runs on a TPU of its machine as on any device, by XLA.")


class CrossShardOptimizer(OptimizerWrapper):
    """An optimizer that would add up gradients over the cores of a TPU; elsewhere it is the one that it is given.

    Args:
      opt: The optimizer.
      reduction: Accepted for compatibility.
      name: Its name.
      group_assignment: Accepted for compatibility.

    Raises:
      ValueError: If there is no name.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.Variable(2.0)
      ...     step = tf.contrib.tpu.CrossShardOptimizer(tf.train.GradientDescentOptimizer(0.5)).minimize(x)
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(step)
      ...     print(sess.run(x))
      1.5
    """

    def __init__(self, opt: Optimizer, reduction: Any = None, name: str = "CrossShardOptimizer",
                 group_assignment: Any = None) -> None:
        super().__init__(opt, use_locking=False, name=name)
