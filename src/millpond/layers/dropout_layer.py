"""Dropout, as a layer that is told whether it trains."""

from __future__ import annotations

import numbers
from collections.abc import Sequence
from typing import Any, TypeAlias

from millpond.graph.argument_types import ShapeLike, Size, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.layers.base import Layer
from millpond.ops.array.identity import identity
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.control.smart_cond import smart_cond
from millpond.ops.nn import bias_dropout
from millpond.shapes import TensorShape, as_shape

NoiseShape: TypeAlias = TensorShape | Sequence[Size | Tensor] | Tensor | None


class Dropout(Layer):
    """Sets elements to zero at random while training, and scales the others so that the expected sum stays.

    Args:
      rate: The probability that an element is dropped, a number or a scalar tensor.
      noise_shape: The shape of the random choices, which broadcasts to that of the inputs: where it has size 1, all
        elements of a dimension are kept or dropped together. None in it stands for the size of the inputs.
      seed: See `tf.set_random_seed`.
      name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: When called, if the rate is no number in [0, 1).

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     y = tf.layers.Dropout(0.5, noise_shape=[None, 1], seed=1)(tf.ones([4, 2]), training=True)
      ...     print(sorted(set(map(tuple, sess.run(y).tolist()))))
      [(0.0, 0.0), (2.0, 2.0)]
    """

    _CONFIG = ("rate", "noise_shape", "seed")

    def __init__(self, rate: TensorLike = 0.5, noise_shape: NoiseShape = None, seed: int | None = None,
                 name: Any = None, **kwargs: Any) -> None:
        super().__init__(name=name, **kwargs)
        self.rate = rate
        self.noise_shape = noise_shape
        self.seed = seed

    def call(self, inputs: TensorLike, training: TensorLike = False) -> Tensor:
        """The inputs, with some elements set to zero.

        Args:
          inputs: Floats.
          training: Whether elements are dropped: a Python bool, or a scalar bool tensor that a run gives.
        """
        inputs = convert_to_tensor(inputs)
        if isinstance(self.rate, numbers.Real) and self.rate == 0:
            return identity(inputs)

        def dropped() -> Tensor:
            return bias_dropout.dropout(inputs, noise_shape=self._full_noise_shape(inputs), seed=self.seed,
                                        rate=self.rate)

        return smart_cond(False if training is None else training, dropped, lambda: identity(inputs))

    def _full_noise_shape(self, inputs: Tensor) -> Any:
        if self.noise_shape is None or isinstance(self.noise_shape, Tensor):
            return self.noise_shape
        given = self.noise_shape.as_list() if isinstance(self.noise_shape, TensorShape) else list(self.noise_shape)
        sizes = shape_of(inputs)
        return convert_to_tensor([sizes[axis] if size is None else size for axis, size in enumerate(given)])

    def compute_output_shape(self, input_shape: ShapeLike) -> TensorShape:
        """The shape of the inputs."""
        return as_shape(input_shape)


def dropout(inputs: TensorLike, rate: TensorLike = 0.5, noise_shape: NoiseShape = None,
            seed: int | None = None, training: TensorLike = False, name: str | None = None) -> Tensor:
    """Sets elements to zero at random while training: see `tf.layers.Dropout`.

    Args:
      inputs: Floats.
      rate, noise_shape, seed: See `tf.layers.Dropout`.
      training: Whether elements are dropped: a Python bool, or a scalar bool tensor that a run gives.
      name: Name of the scope.

    Raises:
      ValueError: If the rate is no number in [0, 1).

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     training = tf.placeholder_with_default(False, [])
      ...     y = tf.layers.dropout(tf.ones([6]), rate=0.5, seed=1, training=training)
      ...     print(sess.run(y), sess.run(y, {training: True}))
      [1. 1. 1. 1. 1. 1.] [0. 2. 0. 0. 2. 0.]
    """
    return Dropout(rate, noise_shape, seed, name)(inputs, training=training)
