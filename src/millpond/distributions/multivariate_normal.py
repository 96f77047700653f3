"""Normal distributions of vectors, by different forms of their covariance."""

from __future__ import annotations

import math
from typing import Any

from millpond.distributions.distribution import Distribution
from millpond.distributions.kullback_leibler import RegisterKL
from millpond.distributions.parameters import float_tensor
from millpond.distributions.reparameterization import FULLY_REPARAMETERIZED
from millpond.distributions.scales import DiagonalScale, MatrixScale
from millpond.graph.argument_types import TensorLike
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones, ones_like, zeros
from millpond.ops.array.identity import with_dependencies
from millpond.ops.array.join import concat
from millpond.ops.array.shape import broadcast_dynamic_shape, expand_dims, shape
from millpond.ops.host.assertions import assert_positive
from millpond.ops.linalg.linear_solve import cholesky
from millpond.ops.linalg.matrix import matmul
from millpond.ops.linalg.matrix_parts import matrix_band_part, matrix_diag, matrix_diag_part
from millpond.ops.math.cast import cast
from millpond.ops.math.elementwise import abs as magnitude
from millpond.ops.math.elementwise import exp, sqrt, square
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.nn.activation import softplus
from millpond.ops.random.random_ops import random_normal
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape, broadcast_static_shape


def _converted(**values: Any) -> list[Tensor | None]:
    """Parameters as tensors; those that are not given stay None.

    Raises:
      TypeError: If they are of different dtypes.
    """
    tensors = {key: None if value is None else float_tensor(value, key)
               for key, value in values.items()}
    found = {key: tensor.dtype.base_dtype.name for key, tensor in tensors.items() if tensor is not None}
    if len(set(found.values())) > 1:
        raise TypeError(f"Parameters must be of one float dtype, but they are {found}.")
    return list(tensors.values())


class MultivariateNormal(Distribution):
    """`loc + scale z` of a vector `z` of independent standard normal variables."""

    _loc: Tensor | None
    _scale: DiagonalScale | MatrixScale

    def _finish(self, given: dict[str, Any], name: str, validate_args: bool, allow_nan_stats: bool) -> None:
        parents = [self._scale.parent, *([] if self._loc is None else [self._loc])]
        Distribution.__init__(self, self._scale.dtype, FULLY_REPARAMETERIZED, validate_args, allow_nan_stats, given,
                              parents, name)

    @property
    def loc(self) -> Tensor | None:
        """What is added; None for nothing."""
        return self._loc

    @property
    def scale(self) -> DiagonalScale | MatrixScale:
        """What is multiplied with."""
        return self._scale

    def log_det_covariance(self, name: str = "log_det_covariance") -> Tensor:
        """The logarithm of the determinant of the covariance."""
        with self._name_scope(name):
            return 2.0 * self.scale.log_abs_determinant()

    def det_covariance(self, name: str = "det_covariance") -> Tensor:
        """The determinant of the covariance."""
        with self._name_scope(name):
            return exp(2.0 * self.scale.log_abs_determinant())

    def _whole_shape(self) -> TensorShape:
        sizes = self.scale.vector_shape()
        return sizes if self._loc is None else broadcast_static_shape(sizes, self._loc.shape)

    def _whole_shape_tensor(self) -> Tensor:
        sizes = self.scale.vector_shape_tensor()
        return sizes if self._loc is None else broadcast_dynamic_shape(sizes, shape(self._loc))

    def _batch_shape(self) -> TensorShape:
        return self._whole_shape()[:-1]

    def _batch_shape_tensor(self) -> Tensor:
        return self._whole_shape_tensor()[:-1]

    def _event_shape(self) -> TensorShape:
        return self._whole_shape()[-1:]

    def _event_shape_tensor(self) -> Tensor:
        return self._whole_shape_tensor()[-1:]

    def _size(self) -> Tensor:
        return cast(self.event_shape_tensor()[0], self.dtype)

    def _ones_of_batch(self) -> Tensor:
        return ones(self.batch_shape_tensor(), dtype=self.dtype)

    def _sample_n(self, n: Tensor, seed: int | None = None) -> Tensor:
        sizes = concat([[n], self.batch_shape_tensor(), self.event_shape_tensor()], 0)
        drawn = self.scale.matvec(random_normal(sizes, dtype=self.dtype, seed=seed))
        return drawn if self._loc is None else drawn + self._loc

    def _log_prob(self, x: Tensor) -> Tensor:
        z = self.scale.solvevec(x if self._loc is None else x - self._loc)
        return (-0.5 * reduce_sum(square(z), -1) - 0.5 * math.log(2.0 * math.pi) * self._size()
                - self.scale.log_abs_determinant())

    def _entropy(self) -> Tensor:
        entropy = 0.5 * (1.0 + math.log(2.0 * math.pi)) * self._size() + self.scale.log_abs_determinant()
        return entropy * self._ones_of_batch()

    def _mean(self) -> Tensor:
        nothing = zeros(concat([self.batch_shape_tensor(), self.event_shape_tensor()], 0), dtype=self.dtype)
        return nothing if self._loc is None else nothing + self._loc

    def _mode(self) -> Tensor:
        return self._mean()

    def _covariance(self) -> Tensor:
        if isinstance(self.scale, DiagonalScale):
            return matrix_diag(self._variance())
        dense = self.scale.to_dense()
        return matmul(dense, dense, transpose_b=True) * expand_dims(expand_dims(self._ones_of_batch(), -1), -1)

    def _variance(self) -> Tensor:
        if isinstance(self.scale, DiagonalScale):
            return square(self._stddev())
        return matrix_diag_part(self._covariance())

    def _stddev(self) -> Tensor:
        if isinstance(self.scale, DiagonalScale):
            return magnitude(self.scale.diag_part()) * ones_like(self._mean())
        return sqrt(self._variance())


def diagonal_of(loc: Tensor | None, diagonal: Tensor | None, multiplier: Tensor | None) -> Tensor:
    """A diagonal from one, or from a multiple of the identity, or both; ones for neither."""
    if multiplier is not None:
        multiplier = expand_dims(multiplier, -1)
    if diagonal is None:
        if loc is None:
            raise ValueError("Cannot tell how many elements vectors have: give `loc` or a diagonal.")
        one = ones(shape(loc)[-1:], dtype=loc.dtype)
        return one if multiplier is None else one * multiplier
    return diagonal if multiplier is None else diagonal + multiplier


class MultivariateNormalDiag(MultivariateNormal):
    """The normal distribution of vectors of independent elements.

    Args:
      loc: The mean, `[..., n]`; by default 0.
      scale_diag: The standard deviations, `[..., n]`.
      scale_identity_multiplier: A standard deviation of all elements, which is added; with neither it is 1.
      validate_args: Whether the standard deviations are checked in the run.
      allow_nan_stats: Accepted for compatibility: all statistics are defined.
      name: Prefix of the operations.

    Raises:
      ValueError: If nothing tells how many elements vectors have.
      TypeError: If the parameters are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     normal = tf.contrib.distributions.MultivariateNormalDiag([0.0, 1.0], scale_diag=[1.0, 2.0])
      ...     print(sess.run(normal.log_prob([0.0, 1.0])).round(3), sess.run(normal.stddev()))
      -2.531 [1. 2.]
    """

    def __init__(self, loc: TensorLike | None = None, scale_diag: TensorLike | None = None,
                 scale_identity_multiplier: TensorLike | None = None, validate_args: bool = False,
                 allow_nan_stats: bool = True, name: str = "MultivariateNormalDiag") -> None:
        given = dict(locals())
        with name_scope(name, values=[loc, scale_diag, scale_identity_multiplier]) as scope:
            self._loc, diagonal, multiplier = _converted(
                loc=loc, scale_diag=scale_diag, scale_identity_multiplier=scale_identity_multiplier)
            whole = diagonal_of(self._loc, diagonal, multiplier)
            if validate_args:
                whole = with_dependencies([assert_positive(whole)], whole)
            self._scale = DiagonalScale(whole)
        self._finish(given, scope, validate_args, allow_nan_stats)


class MultivariateNormalDiagWithSoftplusScale(MultivariateNormal):
    """The normal distribution of independent elements whose standard deviations are the softplus of what is given.

    Args:
      loc: The mean, `[..., n]`.
      scale_diag: What the standard deviations are the softplus of.
      validate_args, allow_nan_stats: As of `MultivariateNormalDiag`.
      name: Prefix of the operations.

    Raises:
      TypeError: If the parameters are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     normal = tf.contrib.distributions.MultivariateNormalDiagWithSoftplusScale([0.0], [0.0])
      ...     print(sess.run(normal.stddev()).round(3))
      [0.693]
    """

    def __init__(self, loc: TensorLike, scale_diag: TensorLike, validate_args: bool = False,
                 allow_nan_stats: bool = True, name: str = "MultivariateNormalDiagWithSoftplusScale") -> None:
        given = dict(locals())
        with name_scope(name, values=[loc, scale_diag]) as scope:
            self._loc, diagonal = _converted(loc=loc, scale_diag=scale_diag)
            self._scale = DiagonalScale(softplus(diagonal))
        self._finish(given, scope, validate_args, allow_nan_stats)


class MultivariateNormalTriL(MultivariateNormal):
    """The normal distribution of vectors with the covariance `scale_tril` times its transpose.

    Args:
      loc: The mean, `[..., n]`; by default 0.
      scale_tril: A lower triangle with a diagonal that is not 0, `[..., n, n]`; by default the identity.
      validate_args: Whether the diagonal is checked in the run.
      allow_nan_stats: Accepted for compatibility: all statistics are defined.
      name: Prefix of the operations.

    Raises:
      ValueError: If nothing tells how many elements vectors have.
      TypeError: If the parameters are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     normal = tf.contrib.distributions.MultivariateNormalTriL([0.0, 1.0], [[1.0, 0.0], [1.0, 1.0]])
      ...     print(sess.run(normal.covariance()))
      [[1. 1.]
       [1. 2.]]
    """

    def __init__(self, loc: TensorLike | None = None, scale_tril: TensorLike | None = None,
                 validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str = "MultivariateNormalTriL") -> None:
        given = dict(locals())
        with name_scope(name, values=[loc, scale_tril]) as scope:
            self._loc, triangle = _converted(loc=loc, scale_tril=scale_tril)
            if triangle is None:
                self._scale = DiagonalScale(diagonal_of(self._loc, None, None))
            else:
                lower = matrix_band_part(triangle, -1, 0)
                if validate_args:
                    lower = with_dependencies([assert_positive(magnitude(matrix_diag_part(lower)))], lower)
                self._scale = MatrixScale(lower, is_triangular=True)
        self._finish(given, scope, validate_args, allow_nan_stats)


class MultivariateNormalFullCovariance(MultivariateNormal):
    """The normal distribution of vectors with a covariance.

    Args:
      loc: The mean, `[..., n]`; by default 0.
      covariance_matrix: The covariance, symmetric and positive definite, `[..., n, n]`; by default the identity.
      validate_args, allow_nan_stats: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      ValueError: If nothing tells how many elements vectors have.
      TypeError: If the parameters are of different dtypes.
      tf.errors.InvalidArgumentError: In the run, if the covariance is not positive definite.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     normal = tf.contrib.distributions.MultivariateNormalFullCovariance([0.0, 1.0], [[1.0, 1.0], [1.0, 2.0]])
      ...     print(sess.run(normal.scale.to_dense()))
      [[1. 0.]
       [1. 1.]]
    """

    def __init__(self, loc: TensorLike | None = None, covariance_matrix: TensorLike | None = None,
                 validate_args: bool = False, allow_nan_stats: bool = True,
                 name: str = "MultivariateNormalFullCovariance") -> None:
        given = dict(locals())
        with name_scope(name, values=[loc, covariance_matrix]) as scope:
            self._loc, covariance = _converted(loc=loc, covariance_matrix=covariance_matrix)
            self._scale = DiagonalScale(diagonal_of(self._loc, None, None)) if covariance is None else MatrixScale(
                cholesky(covariance), is_triangular=True)
        self._finish(given, scope, validate_args, allow_nan_stats)


class MultivariateNormalDiagPlusLowRank(MultivariateNormal):
    """The normal distribution of vectors with the scale of a diagonal and a matrix of low rank.

    The scale is `diag(scale_diag + scale_identity_multiplier) + U diag(scale_perturb_diag) U'`, with
    `U = scale_perturb_factor`.

    Args:
      loc: The mean, `[..., n]`; by default 0.
      scale_diag: A diagonal, `[..., n]`.
      scale_identity_multiplier: A multiple of the identity; with neither it is the identity.
      scale_perturb_factor: `[..., n, r]`; by default nothing.
      scale_perturb_diag: `[..., r]`; by default ones.
      validate_args, allow_nan_stats: Accepted for compatibility.
      name: Prefix of the operations.

    Raises:
      ValueError: If nothing tells how many elements vectors have.
      TypeError: If the parameters are of different dtypes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     normal = tf.contrib.distributions.MultivariateNormalDiagPlusLowRank(
      ...         [0.0, 0.0], scale_diag=[1.0, 1.0], scale_perturb_factor=[[1.0], [0.0]])
      ...     print(sess.run(normal.stddev()))
      [2. 1.]
    """

    def __init__(self, loc: TensorLike | None = None, scale_diag: TensorLike | None = None,
                 scale_identity_multiplier: TensorLike | None = None, scale_perturb_factor: TensorLike | None = None,
                 scale_perturb_diag: TensorLike | None = None, validate_args: bool = False,
                 allow_nan_stats: bool = True, name: str = "MultivariateNormalDiagPlusLowRank") -> None:
        given = dict(locals())
        with name_scope(name, values=[loc, scale_diag, scale_perturb_factor]) as scope:
            self._loc, diagonal, multiplier, factor, weights = _converted(
                loc=loc, scale_diag=scale_diag, scale_identity_multiplier=scale_identity_multiplier,
                scale_perturb_factor=scale_perturb_factor, scale_perturb_diag=scale_perturb_diag)
            whole = diagonal_of(self._loc, diagonal, multiplier)
            if factor is None:
                self._scale = DiagonalScale(whole)
            else:
                weighted = factor if weights is None else factor * expand_dims(weights, -2)
                low_rank = matmul(weighted, factor, transpose_b=True)
                self._scale = MatrixScale(matrix_diag(whole) + low_rank, is_triangular=False)
        self._finish(given, scope, validate_args, allow_nan_stats)


@RegisterKL(MultivariateNormal, MultivariateNormal)
def _kl_normal_normal(a: MultivariateNormal, b: MultivariateNormal, name: str | None = None) -> Tensor:
    with name_scope(name, "kl_mvn"):
        difference = b.scale.solvevec(b.mean() - a.mean())
        whitened = b.scale.solve(a.scale.to_dense())
        return (b.scale.log_abs_determinant() - a.scale.log_abs_determinant() + 0.5 * (
            reduce_sum(square(whitened), [-2, -1]) + reduce_sum(square(difference), -1) - a._size()))
