"""Batch normalization as a layer, with the moments of the batch, or with their moving averages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import ShapeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.layers import identifiers, renormalization
from millpond.layers.base import Layer
from millpond.layers.input_spec import InputSpec
from millpond.layers.kernels import ZEROS
from millpond.layers.moving_averages import assign_moving_average, assign_new_value
from millpond.ops.array.constant import constant
from millpond.ops.array.fill import ones_like, zeros_like
from millpond.ops.array.join import concat
from millpond.ops.array.shape import reshape
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.control.smart_cond import constant_value, smart_cond
from millpond.ops.math.cast import cast
from millpond.ops.math.elementwise import sqrt
from millpond.ops.math.reduction import reduce_mean
from millpond.ops.nn.activation import relu
from millpond.ops.nn.fused_batch_norm import fused_batch_norm
from millpond.ops.nn.normalization import batch_normalization as normalized
from millpond.ops.nn.normalization import moments
from millpond.shapes import TensorShape, as_shape
from millpond.variables.creation import VariableAggregation, VariableSynchronization
from millpond.variables.initializers import Ones

Function = Callable[[Any], Any]
_ONES = Ones()
# Formats of the op that normalizes, by the number of dimensions and the axis of the channels.
_FUSED_FORMATS = {(4, 3): "NHWC", (4, 1): "NCHW"}


class BatchNormalization(Layer):
    """Normalizes each channel to mean 0 and variance 1, then scales and shifts it (S. Ioffe, C. Szegedy, 2015).

    In training the moments are those of the batch, and moving averages of them are kept in the variables `moving_mean`
    and `moving_variance`, by operations in `tf.GraphKeys.UPDATE_OPS` which the training step must run. Otherwise the
    moments are those averages. What is learnt is `gamma` and `beta`.

    Args:
      axis: The axis of the channels, or a list of axes; the moments are taken over the others.
      momentum: The weight of what was in the moving averages.
      epsilon: Added to the variance.
      center, scale: Whether there are `beta` and `gamma`.
      beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: The first values.
      beta_regularizer, gamma_regularizer: From a variable to a loss.
      beta_constraint, gamma_constraint: From a variable that an optimizer has moved to what it becomes.
      renorm: Whether training, too, corrects by moving averages (S. Ioffe, 2017), which are more variables.
      renorm_clipping: A dictionary with any of "rmax", "rmin", "dmax", numbers or scalar tensors: the correction is
        x * r + d, with r in [rmin, rmax] and d in [-dmax, dmax].
      renorm_momentum: The weight of what was in the averages that correct.
      fused: False for separate operations; otherwise there is one operation, where the inputs are images.
      trainable: Whether its variables are trained.
      virtual_batch_size: The batch is treated as parts of this size; they are normalized apart.
      adjustment: From the shape of the inputs, a vector tensor, to a scale and a shift of what is normalized, before
        `gamma` and `beta`, in training.
      name, **kwargs: See `tf.layers.Layer`.

    Raises:
      TypeError: If `axis` is neither an integer nor a list.
      ValueError: If `renorm_clipping` has other keys. When called, if an axis does not exist or its size is unknown,
        or the arguments for virtual batches do not go together.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     training = tf.placeholder(tf.bool, [])
      ...     layer = tf.layers.BatchNormalization(momentum=0.9, epsilon=0.0)
      ...     y = layer(tf.constant([[1.0], [3.0]]), training=training)
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run([y] + layer.updates, {training: True})[0].tolist(), sess.run(layer.moving_mean))
      ...     print(sess.run(y, {training: False})[:, 0].round(3))
      [[-1.0], [1.0]] [0.2]
      [0.8 2.8]
    """

    _CONFIG = ("axis", "momentum", "epsilon", "center", "scale", "beta_initializer", "gamma_initializer",
               "moving_mean_initializer", "moving_variance_initializer", "beta_regularizer", "gamma_regularizer",
               "beta_constraint", "gamma_constraint", "renorm", "renorm_clipping", "renorm_momentum", "fused",
               "virtual_batch_size", "adjustment")

    def __init__(self, axis: int | Sequence[int] = -1, momentum: float = 0.99, epsilon: float = 1e-3,
                 center: bool = True, scale: bool = True, beta_initializer: Any = ZEROS, gamma_initializer: Any = _ONES,
                 moving_mean_initializer: Any = ZEROS, moving_variance_initializer: Any = _ONES,
                 beta_regularizer: Function | None = None, gamma_regularizer: Function | None = None,
                 beta_constraint: Function | None = None, gamma_constraint: Function | None = None,
                 renorm: bool = False, renorm_clipping: dict[str, Any] | None = None, renorm_momentum: float = 0.99,
                 fused: bool | None = None, trainable: bool = True, virtual_batch_size: int | None = None,
                 adjustment: Callable[[Tensor], tuple[Any, Any]] | None = None, name: Any = None,
                 **kwargs: Any) -> None:
        super().__init__(trainable=trainable, name=name, **kwargs)
        if not isinstance(axis, (int, list, tuple)):
            raise TypeError(f"`axis` must be an integer or a list of integers, got {axis!r} of type "
                            f"{type(axis).__name__}")
        self.axis = axis if isinstance(axis, int) else list(axis)
        self.momentum = momentum
        self.epsilon = epsilon
        self.center = center
        self.scale = scale
        self.beta_initializer = beta_initializer
        self.gamma_initializer = gamma_initializer
        self.moving_mean_initializer = moving_mean_initializer
        self.moving_variance_initializer = moving_variance_initializer
        self.beta_regularizer = beta_regularizer
        self.gamma_regularizer = gamma_regularizer
        self.beta_constraint = beta_constraint
        self.gamma_constraint = gamma_constraint
        self.renorm = renorm
        self.renorm_clipping = renormalization.checked_clipping(renorm_clipping) if renorm else {}
        self.renorm_momentum = renorm_momentum
        self.fused = fused is None or fused
        self.virtual_batch_size = virtual_batch_size
        self.adjustment = adjustment
        self.gamma: Any = None
        self.beta: Any = None
        self._data_format: str | None = None
        self._normalized_axes: list[int] = []  # of the inputs, in which virtual batches are an axis

    # Variables.

    def build(self, input_shape: ShapeLike) -> None:
        """Makes the variables for inputs of a shape.

        Raises:
          ValueError: If an axis does not exist, or its size is unknown, or the arguments do not go together.
        """
        shape = as_shape(input_shape)
        if not shape.ndims:
            raise ValueError(f"The inputs of {self.name} must have dimensions whose number is known, got shape {shape}")
        axes = self._checked_axes(shape.ndims)
        self.axis = axes
        sizes = {axis: size for axis, size in enumerate(shape.as_list()) if axis in axes and size is not None}
        if len(sizes) < len(axes):
            raise ValueError(f"The inputs of {self.name} have an undefined `axis` dimension: axis={axes}, input shape "
                             f"{shape}. Give the inputs a shape with set_shape.")
        self._check_virtual_batches(axes)
        self._data_format = self._fused_format(shape.ndims, axes)
        self.fused = self._data_format is not None
        self.input_spec = InputSpec(ndim=shape.ndims, axes=sizes)
        parameters = [sizes[axes[0]]]
        if len(axes) > 1 or self.virtual_batch_size is not None:
            parameters = [sizes.get(axis, 1) for axis in range(shape.ndims)]
        if self.virtual_batch_size is not None:  # a dimension comes in behind that of the batch
            parameters.insert(1, 1)
            axes = [axis + 1 for axis in axes]
        self._normalized_axes = axes
        self._add_variables(parameters)
        super().build(input_shape)

    def _checked_axes(self, ndims: int) -> list[int]:
        given = [self.axis] if isinstance(self.axis, int) else self.axis
        axes = [axis + ndims if axis < 0 else axis for axis in given]
        if any(not 0 <= axis < ndims for axis in axes):
            raise ValueError(f"Invalid axis: {given}, of inputs of {self.name} with {ndims} dimensions")
        if len(set(axes)) != len(axes):
            raise ValueError(f"Duplicate axis: {given}, of inputs of {self.name} with {ndims} dimensions")
        return axes

    def _check_virtual_batches(self, axes: list[int]) -> None:
        if self.virtual_batch_size is None:
            return
        if self.virtual_batch_size <= 0:
            raise ValueError("virtual_batch_size must be a positive integer that divides the batch size of the inputs, "
                             f"got {self.virtual_batch_size}")
        if 0 in axes:
            raise ValueError("When using virtual_batch_size, dimension 0 must be that of the batch, and thus axis "
                             f"cannot include it, got axis={axes}")
        if self.adjustment is not None:
            raise ValueError("When using virtual_batch_size, adjustment cannot be specified")

    def _fused_format(self, ndims: int, axes: list[int]) -> str | None:
        """The format in which one op does it all, or None where it cannot."""
        separate = (not self.fused or self.renorm or self.virtual_batch_size is not None or self.adjustment is not None
                    or self._parameter_dtype is not dtypes.float32 or len(axes) > 1)
        return None if separate else _FUSED_FORMATS.get((ndims, axes[0]))

    @property
    def _parameter_dtype(self) -> dtypes.DType:
        """Float32, where the inputs are of half the precision."""
        dtype = dtypes.as_dtype(self.dtype or dtypes.float32)
        return dtypes.float32 if dtype in (dtypes.float16, dtypes.bfloat16) else dtype

    def _add_variables(self, shape: list[int]) -> None:
        if self.scale:
            self.gamma = self.add_weight(
                "gamma", shape, self._parameter_dtype, self.gamma_initializer, self.gamma_regularizer, trainable=True,
                constraint=self.gamma_constraint)
        if self.center:
            self.beta = self.add_weight(
                "beta", shape, self._parameter_dtype, self.beta_initializer, self.beta_regularizer, trainable=True,
                constraint=self.beta_constraint)
        scope = self._scope
        partitioner = None if scope is None else scope.partitioner
        try:
            if scope is not None:
                scope.set_partitioner(None)  # what an update sets is whole
            self.moving_mean = self._add_average("moving_mean", shape, self.moving_mean_initializer)
            self.moving_variance = self._add_average("moving_variance", shape, self.moving_variance_initializer)
            if self.renorm:
                self.moving_stddev = self._add_average("moving_stddev", shape, self._initial_stddev)
                self.renorm_mean = self._add_average("renorm_mean", shape, self.moving_mean_initializer)
                self.renorm_stddev = self._add_average("renorm_stddev", shape, self._initial_stddev)
        finally:
            if scope is not None:
                scope.set_partitioner(partitioner)

    def _add_average(self, name: str, shape: list[int], initializer: Any) -> Any:
        return self.add_weight(name, shape, self._parameter_dtype, initializer, trainable=False,
                               synchronization=VariableSynchronization.ON_READ, aggregation=VariableAggregation.MEAN)

    def _initial_stddev(self, shape: ShapeLike, dtype: Any = None, partition_info: Any = None) -> Tensor:
        return sqrt(identifiers.initializer(self.moving_variance_initializer)(shape, dtype=dtype))

    # What it computes.

    def call(self, inputs: TensorLike, training: TensorLike = False) -> Tensor:
        """The normalized inputs.

        Args:
          inputs: Floats.
          training: Whether by the moments of the batch: a Python bool, or a scalar bool tensor that a run gives.
        """
        inputs = convert_to_tensor(inputs)
        training = False if training is None else training
        if self._data_format is not None:
            return self._fused(inputs, training, self._data_format)
        if self.virtual_batch_size is None:
            outputs = self._separate(inputs, training)
        else:
            sizes = shape_of(inputs)
            whole = concat([constant([-1]), sizes[1:]], 0)
            parts = concat([constant([self.virtual_batch_size, -1]), whole[1:]], 0)
            outputs = reshape(self._separate(reshape(inputs, parts), training), whole)
        outputs.set_shape(inputs.shape)
        return outputs

    def _fused(self, inputs: Tensor, training: TensorLike, data_format: str) -> Tensor:
        beta = constant(0.0, dtypes.float32, self.moving_mean.shape) if self.beta is None else self.beta
        gamma = constant(1.0, dtypes.float32, self.moving_mean.shape) if self.gamma is None else self.gamma

        def by(is_training: bool) -> tuple[Tensor, Tensor, Tensor]:
            return fused_batch_norm(inputs, gamma, beta, self.moving_mean, self.moving_variance, epsilon=self.epsilon,
                                    data_format=data_format, is_training=is_training)

        outputs, mean, variance = smart_cond(training, lambda: by(True), lambda: by(False))
        known = constant_value(training)
        if known is not False:
            momentum = convert_to_tensor(self.momentum) if known else smart_cond(
                training, lambda: convert_to_tensor(self.momentum), lambda: constant(1.0))
            self.add_update(assign_moving_average(self.moving_mean, mean, momentum))
            self.add_update(assign_moving_average(self.moving_variance, variance, momentum))
        return outputs

    def _separate(self, inputs: Tensor, training: TensorLike) -> Tensor:
        dtype = inputs.dtype.base_dtype
        inputs = cast(inputs, self._parameter_dtype)
        scale, offset = self._broadcast(self.gamma, inputs), self._broadcast(self.beta, inputs)
        if constant_value(training) is False:
            mean, variance = self.moving_mean, self.moving_variance
        else:
            if self.adjustment is not None:
                scale, offset = composed(*self._adjusted(inputs, training), scale, offset)
            mean, variance = self._moments(inputs, training)
            new_mean, new_variance = mean, variance
            if self.virtual_batch_size is not None:  # the averages are over all parts
                new_mean, new_variance = (reduce_mean(x, axis=1, keepdims=True) for x in (mean, variance))
            if self.renorm:
                r, d, new_mean, new_variance = renormalization.correction(self, new_mean, new_variance, training)
                scale, offset = composed(self._broadcast(r, inputs), self._broadcast(d, inputs), scale, offset)
            self._update_averages(new_mean, new_variance, training)
        outputs = normalized(inputs, self._broadcast(mean, inputs), self._broadcast(variance, inputs), offset, scale,
                             self.epsilon)
        return cast(outputs, dtype)

    def _reduced_axes(self, inputs: Tensor) -> list[int]:
        axes = [axis for axis in range(len(inputs.shape)) if axis not in self._normalized_axes]
        return axes if self.virtual_batch_size is None else [axes[0], *axes[2:]]

    def _broadcast(self, values: Any, inputs: Tensor) -> Any:
        """One value for each channel, in a shape that broadcasts with the inputs."""
        rank = len(inputs.shape)
        if values is None or len(values.shape) == rank or self._normalized_axes == [rank - 1]:
            return values
        return reshape(values, [inputs.shape.as_list()[i] if i in self._normalized_axes else 1 for i in range(rank)])

    def _adjusted(self, inputs: Tensor, training: TensorLike) -> tuple[Tensor, Tensor]:
        assert self.adjustment is not None
        scale, shift = map(convert_to_tensor, self.adjustment(shape_of(inputs)))
        return (smart_cond(training, lambda: scale, lambda: ones_like(scale)),
                smart_cond(training, lambda: shift, lambda: zeros_like(shift)))

    def _moments(self, inputs: Tensor, training: TensorLike) -> tuple[Tensor, Tensor]:
        keeps = self.virtual_batch_size is not None or len(self._normalized_axes) > 1
        mean, variance = moments(inputs, self._reduced_axes(inputs), keep_dims=keeps)
        return (smart_cond(training, lambda: mean, lambda: convert_to_tensor(self.moving_mean)),
                smart_cond(training, lambda: variance, lambda: convert_to_tensor(self.moving_variance)))

    def _update_averages(self, mean: Tensor, variance: Tensor, training: TensorLike) -> None:
        def new_mean() -> Any:
            return assign_moving_average(self.moving_mean, mean, self.momentum)

        def new_variance() -> Any:
            if not self.renorm:
                return assign_moving_average(self.moving_variance, variance, self.momentum)
            stddev = assign_moving_average(self.moving_stddev, sqrt(variance + self.epsilon), self.momentum)
            # Rounding may take it below zero.
            return assign_new_value(self.moving_variance, relu(stddev * stddev - self.epsilon))

        self.add_update(smart_cond(training, new_mean, lambda: convert_to_tensor(self.moving_mean)))
        self.add_update(smart_cond(training, new_variance, lambda: convert_to_tensor(self.moving_variance)))

    def compute_output_shape(self, input_shape: ShapeLike) -> TensorShape:
        """The shape of the inputs."""
        return as_shape(input_shape)


def composed(scale: Any, offset: Any, then_scale: Any, then_offset: Any) -> tuple[Any, Any]:
    """One scale and offset for two, one after the other, of which the second may be None."""
    if then_scale is not None:
        scale, offset = scale * then_scale, offset * then_scale
    return scale, offset if then_offset is None else offset + then_offset


def batch_normalization(inputs: TensorLike, axis: int | Sequence[int] = -1, momentum: float = 0.99,
                        epsilon: float = 1e-3, center: bool = True, scale: bool = True, beta_initializer: Any = ZEROS,
                        gamma_initializer: Any = _ONES, moving_mean_initializer: Any = ZEROS,
                        moving_variance_initializer: Any = _ONES, beta_regularizer: Function | None = None,
                        gamma_regularizer: Function | None = None, beta_constraint: Function | None = None,
                        gamma_constraint: Function | None = None, training: TensorLike = False, trainable: bool = True,
                        name: str | None = None, reuse: bool | None = None, renorm: bool = False,
                        renorm_clipping: dict[str, Any] | None = None, renorm_momentum: float = 0.99,
                        fused: bool | None = None, virtual_batch_size: int | None = None,
                        adjustment: Callable[[Tensor], tuple[Any, Any]] | None = None) -> Tensor:
    """Normalizes each channel to mean 0 and variance 1: see `tf.layers.BatchNormalization`.

    In training, the updates of the moving averages are in `tf.GraphKeys.UPDATE_OPS`, and the program runs them:

        with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
            train_op = optimizer.minimize(loss)

    Args:
      inputs: Floats of at least one dimension.
      axis, momentum, epsilon, center, scale, beta_initializer, gamma_initializer, moving_mean_initializer,
        moving_variance_initializer, beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint, trainable,
        renorm, renorm_clipping, renorm_momentum, fused, virtual_batch_size, adjustment: See
        `tf.layers.BatchNormalization`.
      training: Whether by the moments of the batch: a Python bool, or a scalar bool tensor that a run gives.
      name: Name of the variable scope.
      reuse: Whether the variables exist already.

    Raises:
      TypeError: If `axis` is neither an integer nor a list.
      ValueError: If an argument is not of the form that the class says, or the size of an axis is unknown.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     y = tf.layers.batch_normalization(tf.constant([[1.0], [3.0]]), epsilon=0.0, training=True)
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(y)[:, 0], [op.name for op in tf.get_collection(tf.GraphKeys.UPDATE_OPS)])
      [-1.  1.] ['batch_normalization/AssignMovingAvg', 'batch_normalization/AssignMovingAvg_1']
    """
    layer = BatchNormalization(
        axis, momentum, epsilon, center, scale, beta_initializer, gamma_initializer, moving_mean_initializer,
        moving_variance_initializer, beta_regularizer, gamma_regularizer, beta_constraint, gamma_constraint, renorm,
        renorm_clipping, renorm_momentum, fused, trainable, virtual_batch_size, adjustment, name, _scope=name,
        _reuse=reuse)
    return layer(inputs, training=training)
