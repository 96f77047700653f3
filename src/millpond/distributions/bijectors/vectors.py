"""Bijectors of vectors."""

from __future__ import annotations

from typing import Any

from millpond import dtypes
from millpond.distributions.bijectors.bijector import Bijector
from millpond.distributions.parameters import float_tensor
from millpond.distributions.scales import DiagonalScale, MatrixScale
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import zeros, zeros_like
from millpond.ops.array.gather import gather
from millpond.ops.array.join import concat
from millpond.ops.array.shape import expand_dims, reshape, shape
from millpond.ops.array.transpose import invert_permutation
from millpond.ops.linalg.matrix_parts import matrix_band_part, matrix_diag_part, matrix_set_diag
from millpond.ops.math.cast import cast
from millpond.ops.math.elementwise import abs as magnitude
from millpond.ops.math.elementwise import exp, log
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.reduction_composites import reduce_logsumexp
from millpond.shapes import TensorShape, as_shape


class Affine(Bijector):
    """`scale x + shift` of vectors, with a triangular or diagonal matrix.

    The matrix is the sum of what is given: a multiple of the identity, a diagonal, and a lower triangle; the identity
    where nothing is given.

    Args:
      shift: What is added, by default nothing.
      scale_identity_multiplier: A multiple of the identity.
      scale_diag: A diagonal, `[..., n]`.
      scale_tril: Of which the lower triangle counts, `[..., n, n]`.
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      TypeError: If what is given is of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     affine = tf.contrib.distributions.bijectors.Affine(shift=[1.0, 0.0], scale_diag=[2.0, 4.0])
      ...     print(sess.run(affine.forward([3.0, 3.0])), sess.run(affine.inverse([3.0, 2.0])))
      [ 7. 12.] [1.  0.5]
    """

    def __init__(self, shift: TensorLike | None = None, scale_identity_multiplier: TensorLike | None = None,
                 scale_diag: TensorLike | None = None, scale_tril: TensorLike | None = None,
                 validate_args: bool = False, name: str = "affine") -> None:
        self._shift, multiplier, diagonal, triangle = (
            None if value is None else float_tensor(value, key)
            for key, value in (("shift", shift), ("scale_identity_multiplier", scale_identity_multiplier),
                               ("scale_diag", scale_diag), ("scale_tril", scale_tril)))
        if multiplier is not None:
            multiplier = expand_dims(multiplier, -1)
        given = [one for one in (self._shift, multiplier, diagonal, triangle) if one is not None]
        if len({one.dtype.base_dtype for one in given}) > 1:
            raise TypeError(f"What {name} is given must be of one dtype, but it is "
                            f"{[one.dtype.name for one in given]}.")
        parts = [one for one in (multiplier, diagonal) if one is not None]
        sum_of_diagonals = None if not parts else parts[0] if len(parts) == 1 else parts[0] + parts[1]
        self._scale: DiagonalScale | MatrixScale | None = None
        if triangle is not None:
            lower = matrix_band_part(triangle, -1, 0)
            if sum_of_diagonals is not None:
                lower = matrix_set_diag(lower, matrix_diag_part(lower) + sum_of_diagonals)
            self._scale = MatrixScale(lower, is_triangular=True)
        elif sum_of_diagonals is not None:
            self._scale = DiagonalScale(sum_of_diagonals)
        super().__init__(graph_parents=given, is_constant_jacobian=True, validate_args=validate_args,
                         forward_min_event_ndims=1, name=name)

    @property
    def shift(self) -> Tensor | None:
        """What is added."""
        return self._shift

    @property
    def scale(self) -> DiagonalScale | MatrixScale | None:
        """What is multiplied with; None for the identity."""
        return self._scale

    def _forward(self, x: Tensor) -> Tensor:
        y = x if self._scale is None else self._scale.matvec(x)
        return y if self._shift is None else y + self._shift

    def _inverse(self, y: Tensor) -> Tensor:
        x = y if self._shift is None else y - self._shift
        return x if self._scale is None else self._scale.solvevec(x)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        if isinstance(self._scale, MatrixScale):
            return self._scale.log_abs_determinant()
        if self._scale is None:
            return zeros([], x.dtype)
        # Broadcast to the vector, each element of which counts, where the diagonal is one number.
        return reduce_sum(log(magnitude(self._scale.diag_part())) + zeros_like(x), -1)


class SoftmaxCentered(Bijector):
    """Vectors of `n` numbers to `n + 1` probabilities: softmax with a further 0.

    Args:
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.
    """

    def __init__(self, validate_args: bool = False, name: str = "softmax_centered") -> None:
        super().__init__(validate_args=validate_args, forward_min_event_ndims=1, name=name)

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        return _last_size_changed(input_shape, 1)

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        return _last_size_changed(output_shape, -1)

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        return concat([input_shape[:-1], input_shape[-1:] + 1], 0)

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        return concat([output_shape[:-1], output_shape[-1:] - 1], 0)

    def _forward(self, x: Tensor) -> Tensor:
        padded = concat([x, zeros_like(x[..., :1])], -1)
        return exp(padded - reduce_logsumexp(padded, -1, keepdims=True))

    def _inverse(self, y: Tensor) -> Tensor:
        return log(y[..., :-1]) - log(y[..., -1:])

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        # Of the n numbers that are free; the square root makes it a change of areas in n + 1 dimensions.
        classes = cast(shape(y)[-1], y.dtype)
        return -0.5 * log(classes) - reduce_sum(log(y), -1)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        classes = cast(shape(x)[-1], x.dtype) + 1.0
        total = reduce_logsumexp(concat([x, zeros_like(x[..., :1])], -1), -1)
        return 0.5 * log(classes) + reduce_sum(x, -1) - classes * total


def _last_size_changed(sizes: TensorShape, by: int) -> TensorShape:
    if sizes.ndims is None or sizes.ndims == 0:
        return sizes
    last = sizes.as_list()[-1]
    return sizes[:-1].concatenate([None if last is None else last + by])


class Permute(Bijector):
    """The elements of vectors in another order.

    Args:
      permutation: Where each element of the result comes from.
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      TypeError: If the permutation is not of integers.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.distributions.bijectors.Permute([2, 0, 1]).forward([1.0, 2.0, 3.0])))
      [3. 1. 2.]
    """

    def __init__(self, permutation: TensorLike, validate_args: bool = False, name: str | None = None) -> None:
        self._permutation = convert_to_tensor(permutation, name="permutation")
        if not self._permutation.dtype.is_integer:
            raise TypeError(f"permutation.dtype ({self._permutation.dtype.name}) should be `int`-like.")
        super().__init__(graph_parents=[self._permutation], is_constant_jacobian=True, validate_args=validate_args,
                         forward_min_event_ndims=1, name=name or "permute")

    @property
    def permutation(self) -> Tensor:
        """Where each element of the result comes from."""
        return self._permutation

    def _forward(self, x: Tensor) -> Tensor:
        return gather(x, self.permutation, axis=-1)

    def _inverse(self, y: Tensor) -> Tensor:
        return gather(y, invert_permutation(self.permutation), axis=-1)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return zeros([], x.dtype)


class Reshape(Bijector):
    """Events in another shape of as many elements.

    Args:
      event_shape_out: The shape of the result.
      event_shape_in: The shape of what is given; by default a vector.
      validate_args: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      ValueError: If the shapes are not known while building or differ in their number of elements.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.contrib.distributions.bijectors.Reshape([2, 3], [6]).forward(tf.zeros([5, 6])).shape)
      (5, 2, 3)
    """

    def __init__(self, event_shape_out: Any, event_shape_in: Any = (-1,), validate_args: bool = False,
                 name: str | None = None) -> None:
        after, before = ([int(size) for size in sizes] for sizes in (event_shape_out, event_shape_in))
        self._after, self._before = _without_minus_one(after, before), _without_minus_one(before, after)
        super().__init__(is_constant_jacobian=True, validate_args=validate_args, forward_min_event_ndims=len(before),
                         inverse_min_event_ndims=len(after), name=name or "reshape")

    def _forward(self, x: Tensor) -> Tensor:
        return _events_reshaped(x, self._before, self._after)

    def _inverse(self, y: Tensor) -> Tensor:
        return _events_reshaped(y, self._after, self._before)

    def _forward_log_det_jacobian(self, x: Tensor) -> Tensor:
        return zeros([], x.dtype)

    def _inverse_log_det_jacobian(self, y: Tensor) -> Tensor:
        return zeros([], y.dtype)

    def _forward_event_shape(self, input_shape: TensorShape) -> TensorShape:
        return as_shape(self._after)

    def _inverse_event_shape(self, output_shape: TensorShape) -> TensorShape:
        return as_shape(self._before)

    def _forward_event_shape_tensor(self, input_shape: Tensor) -> Tensor:
        return convert_to_tensor(self._after, dtype=dtypes.int32)

    def _inverse_event_shape_tensor(self, output_shape: Tensor) -> Tensor:
        return convert_to_tensor(self._before, dtype=dtypes.int32)


def _without_minus_one(sizes: list[int], others: list[int]) -> list[int]:
    """Sizes with the one that is -1 worked out from the others."""
    count = 1
    for size in sizes:
        count *= size if size != -1 else 1
    total = 1
    for size in others:
        total *= size
    if -1 not in sizes:
        if -1 not in others and total != count:
            raise ValueError(f"Input/output `event_size`s do not match: {sizes} and {others}.")
        return sizes
    if -1 in others or total % count or sizes.count(-1) > 1:
        raise ValueError(f"The sizes {sizes} cannot be worked out from {others}.")
    return [total // count if size == -1 else size for size in sizes]


def _events_reshaped(x: Tensor, before: list[int], after: list[int]) -> Tensor:
    sizes = shape(x)
    kept = sizes[:-len(before)] if before else sizes
    reshaped = reshape(x, concat([kept, after], 0))
    if x.shape.ndims is not None:
        reshaped.set_shape(x.shape[:x.shape.ndims - len(before)].concatenate(after))
    return reshaped
