"""Dense: a fully connected layer."""

from __future__ import annotations

from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import ShapeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.layers.input_spec import InputSpec
from millpond.layers.kernels import ZEROS, Function, KernelLayer
from millpond.ops.linalg.contraction import tensordot
from millpond.ops.linalg.matrix import matmul
from millpond.ops.nn.bias_dropout import bias_add
from millpond.shapes import TensorShape, as_shape


class Dense(KernelLayer):
    """A fully connected layer: `activation(inputs . kernel + bias)`.

    The kernel [size, units] is applied to the last dimension of the inputs; the variables are `kernel` and `bias` in
    the layer's scope.

    Args:
      units: The size of the last dimension of the output.
      activation: A function, the name of one, or None for none.
      use_bias: Whether there is a bias.
      kernel_initializer, bias_initializer: The first values; None for the default of the variable scope.
      kernel_regularizer, bias_regularizer: From a variable to a loss.
      activity_regularizer: From the output to a loss.
      kernel_constraint, bias_constraint: From a variable that an optimizer has moved to what it becomes.
      trainable, name, **kwargs: See `tf.layers.Layer`.

    Raises:
      ValueError: When called, if the last dimension of the inputs is unknown, or they have none before it.
      TypeError: When called, if the inputs are no floats.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     layer = tf.layers.Dense(2, kernel_initializer=tf.ones_initializer())
      ...     y = layer(tf.constant([[1.0, 2.0, 3.0]]))
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(y), [v.name for v in layer.variables])
      [[6. 6.]] ['dense/kernel:0', 'dense/bias:0']
    """

    _CONFIG = ("units", *KernelLayer._CONFIG)

    def __init__(self, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = None,
                 bias_initializer: Any = ZEROS, kernel_regularizer: Function | None = None,
                 bias_regularizer: Function | None = None, activity_regularizer: Function | None = None,
                 kernel_constraint: Function | None = None, bias_constraint: Function | None = None,
                 trainable: bool = True, name: Any = None, **kwargs: Any) -> None:
        super().__init__(activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer,
                         bias_regularizer, activity_regularizer, kernel_constraint, bias_constraint, trainable, name,
                         **kwargs)
        self.units = int(units)
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: ShapeLike) -> None:
        """Makes kernel and bias for inputs of a shape.

        Raises:
          ValueError: If the last dimension is unknown.
          TypeError: If the layer's dtype is no float.
        """
        dtype = dtypes.as_dtype(self.dtype or dtypes.float32)
        if not (dtype.is_floating or dtype.is_complex):
            raise TypeError(f"Unable to build `Dense` layer {self.name} with non-floating point dtype {dtype.name}: "
                            "cast its inputs, for example by tf.cast(x, tf.float32).")
        size = as_shape(input_shape).as_list()[-1]
        if size is None:
            raise ValueError("The last dimension of the inputs to `Dense` should be defined. Found `None` in the shape "
                             f"{input_shape} for the layer {self.name}: give the inputs a shape with set_shape.")
        self.input_spec = InputSpec(min_ndim=2, axes={-1: size})
        self._add_kernel([size, self.units])
        self._add_bias(self.units)
        super().build(input_shape)

    def call(self, inputs: TensorLike) -> Tensor:
        """The output for inputs [..., size]: [..., units]."""
        inputs = convert_to_tensor(inputs)
        ndims = inputs.shape.ndims
        if ndims == 2:
            outputs = matmul(inputs, self.kernel)
        else:
            outputs = tensordot(inputs, self.kernel, [[ndims - 1], [0]])
            outputs.set_shape(self.compute_output_shape(inputs.shape))
        if self.bias is not None:
            outputs = bias_add(outputs, self.bias)
        return self._activated(outputs)

    def compute_output_shape(self, input_shape: ShapeLike) -> TensorShape:
        """[..., units] for inputs [..., size].

        Raises:
          ValueError: If the last dimension is unknown, or there is none before it.
        """
        shape = as_shape(input_shape).with_rank_at_least(2)
        if shape.sizes is None or shape.sizes[-1] is None:
            raise ValueError(f"The innermost dimension of input_shape must be defined, but saw: {shape}")
        return shape[:-1].concatenate(self.units)


def dense(inputs: TensorLike, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = None,
          bias_initializer: Any = ZEROS, kernel_regularizer: Function | None = None,
          bias_regularizer: Function | None = None, activity_regularizer: Function | None = None,
          kernel_constraint: Function | None = None, bias_constraint: Function | None = None, trainable: bool = True,
          name: str | None = None, reuse: bool | None = None) -> Tensor:
    """A fully connected layer over inputs: see `tf.layers.Dense`.

    Args:
      inputs: Floats [..., size].
      units, activation, use_bias, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer,
        activity_regularizer, kernel_constraint, bias_constraint, trainable: See `tf.layers.Dense`.
      name: Name of the variable scope.
      reuse: Whether the variables exist already.

    Returns:
      Floats [..., units].

    Raises:
      ValueError: If the last dimension of the inputs is unknown, or they have none before it.
      TypeError: If the inputs are no floats.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     y = tf.layers.dense(tf.constant([[1.0, 2.0, 3.0]]), 2, kernel_initializer=tf.ones_initializer())
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(y))
      [[6. 6.]]
    """
    layer = Dense(units, activation=activation, use_bias=use_bias, kernel_initializer=kernel_initializer,
                  bias_initializer=bias_initializer, kernel_regularizer=kernel_regularizer,
                  bias_regularizer=bias_regularizer, activity_regularizer=activity_regularizer,
                  kernel_constraint=kernel_constraint, bias_constraint=bias_constraint, trainable=trainable, name=name,
                  _scope=name, _reuse=reuse)
    return layer.apply(inputs)
