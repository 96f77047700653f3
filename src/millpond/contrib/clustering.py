"""k-means: `tf.contrib.factorization.KMeans`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.operation import Operation
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones, ones_like, zeros
from millpond.ops.array.gather import gather, one_hot
from millpond.ops.array.identity import group, identity, no_op
from millpond.ops.array.join import concat
from millpond.ops.array.partitions import unique
from millpond.ops.array.shape import expand_dims, shape
from millpond.ops.control.cond import cond
from millpond.ops.control.while_loop import while_loop
from millpond.ops.linalg.matrix import matmul
from millpond.ops.math.add_n import add_n
from millpond.ops.math.arg_extremes import argmin
from millpond.ops.math.arithmetic import maximum, minimum
from millpond.ops.math.cast import cast
from millpond.ops.math.elementwise import log, square
from millpond.ops.math.reduction import reduce_min, reduce_sum
from millpond.ops.math.segment import unsorted_segment_sum
from millpond.ops.nn.normalization import l2_normalize
from millpond.ops.random.random_ops import random_uniform
from millpond.ops.random.random_samples import multinomial
from millpond.variables.variable import Variable

SQUARED_EUCLIDEAN_DISTANCE = "squared_euclidean"
COSINE_DISTANCE = "cosine"
RANDOM_INIT = "random"
KMEANS_PLUS_PLUS_INIT = "kmeans_plus_plus"
KMC2_INIT = "kmc2"


class KMeans:
    """k-means clustering as parts of a graph: what initializes the centers, and what moves them.

    Args:
      inputs: A matrix with a row for each point, or a list of such matrices.
      num_clusters: How many clusters.
      initial_clusters: Where centers start: `random` points, `kmeans_plus_plus` (points that are far from each other;
        `kmc2`, which approximates this, stands for it), a matrix, or a function of the inputs and the number of
        clusters that gives one.
      distance_metric: `squared_euclidean`, or `cosine` for 1 minus the cosine of the angle.
      use_mini_batch: Whether the inputs of a step are only some points, and each center the mean of all that it was
        given so far; otherwise a step moves centers to the means of the points of that step.
      mini_batch_steps_per_iteration: Accepted only as 1.
      random_seed: Seed of the first centers.
      kmeans_plus_plus_num_retries, kmc2_chain_length: Accepted for compatibility.

    Raises:
      ValueError: If a choice is unknown.
      NotImplementedError: If `mini_batch_steps_per_iteration` is not 1.

    Example:
      >>> import millpond as tf
      >>> points = [[0.0, 0.0], [0.0, 1.0], [9.0, 9.0], [9.0, 8.0]]
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32, [None, 2])
      ...     model = tf.contrib.factorization.KMeans(x, 2, initial_clusters=[[0.0, 0.0], [5.0, 5.0]])
      ...     _, indices, _, _, init, train = model.training_graph()
      ...     sess.run(tf.global_variables_initializer())
      ...     sess.run(init, {x: points})
      ...     sess.run(train, {x: points})
      ...     print(sess.run(indices[0], {x: points}))
      [0 0 1 1]
    """

    def __init__(self, inputs: Any, num_clusters: TensorLike, initial_clusters: Any = RANDOM_INIT,
                 distance_metric: str = SQUARED_EUCLIDEAN_DISTANCE, use_mini_batch: bool = False,
                 mini_batch_steps_per_iteration: int = 1, random_seed: int = 0,
                 kmeans_plus_plus_num_retries: int = 2, kmc2_chain_length: int = 200) -> None:
        known = (RANDOM_INIT, KMEANS_PLUS_PLUS_INIT, KMC2_INIT)
        if isinstance(initial_clusters, str) and initial_clusters not in known:
            raise ValueError(f"Unsupported initialization algorithm {initial_clusters!r}: use {RANDOM_INIT!r}, "
                             f"{KMEANS_PLUS_PLUS_INIT!r} or {KMC2_INIT!r}.")
        if distance_metric not in (SQUARED_EUCLIDEAN_DISTANCE, COSINE_DISTANCE):
            raise ValueError(f"Unsupported distance metric passed to KMeans: {distance_metric!r}; use "
                             f"{SQUARED_EUCLIDEAN_DISTANCE!r} or {COSINE_DISTANCE!r}.")
        if mini_batch_steps_per_iteration != 1:
            raise NotImplementedError("tf.contrib.factorization.KMeans(mini_batch_steps_per_iteration=...): centers "
                                      "move at each step.")
        self._inputs = [convert_to_tensor(one) for one in (inputs if isinstance(inputs, (list, tuple)) else [inputs])]
        self._num_clusters = num_clusters
        self._initial_clusters = initial_clusters
        self._is_cosine = distance_metric == COSINE_DISTANCE
        self._use_mini_batch = use_mini_batch
        self._seed = random_seed

    def training_graph(self) -> tuple[Any, Any, Any, Variable, Operation, Operation]:
        """Adds the operations.

        Returns:
          A list of the distances of points to all centers, `[points, clusters]` for each input; a list of the nearest
          center of each point; a list of the distances to it; the variable that says whether there are centers; the
          operation that chooses the first centers; and the operation of a step.
        """
        sizes = [self._num_clusters, self._inputs[0].shape.as_list()[1]]
        dtype = self._inputs[0].dtype.base_dtype
        known = all(isinstance(size, int) for size in sizes)
        first = zeros(sizes, dtype) if known else zeros([0, 0], dtype)
        centers = Variable(first, trainable=False, name="clusters", validate_shape=known)
        initialized = Variable(False, trainable=False, name="initialized", dtype=dtypes.bool)
        points = [l2_normalize(one, 1) if self._is_cosine else one for one in self._inputs]
        found = [self._nearest(one, centers) for one in points]
        init = self._initialize(points, centers, initialized)
        indices = [nearest for _, nearest, _ in found]
        train = (self._mini_batch_step if self._use_mini_batch else self._full_step)(points, indices, centers)
        return ([distances for distances, _, _ in found], indices, [least for _, _, least in found], initialized,
                init, train)

    def _directions(self, centers: Any) -> Tensor:
        return l2_normalize(centers, 1) if self._is_cosine else identity(centers)

    def _distances(self, points: Tensor, centers: Tensor) -> Tensor:
        products = matmul(points, centers, transpose_b=True)
        if self._is_cosine:
            return 1.0 - products
        lengths = reduce_sum(square(points), 1, keepdims=True)
        return maximum(lengths - 2.0 * products + reduce_sum(square(centers), 1), 0.0)

    def _nearest(self, points: Tensor, centers: Any) -> tuple[Tensor, Tensor, Tensor]:
        distances = self._distances(points, self._directions(centers))
        return distances, argmin(distances, 1), reduce_min(distances, 1)

    # The first centers.

    def _initialize(self, points: list[Tensor], centers: Variable, initialized: Variable) -> Operation:
        def choose() -> Tensor:
            chosen = self._first_centers(concat(points, 0) if len(points) > 1 else points[0])
            with default_graph().control_dependencies([centers.assign(chosen)]):
                return identity(initialized.assign(True))

        def keep() -> Tensor:
            with default_graph().control_dependencies([no_op()]):
                return identity(initialized)

        return group(cond(identity(initialized), keep, choose))

    def _first_centers(self, points: Tensor) -> Tensor:
        if callable(self._initial_clusters):
            return convert_to_tensor(self._initial_clusters(self._inputs, self._num_clusters), dtype=points.dtype)
        if not isinstance(self._initial_clusters, str):
            return convert_to_tensor(self._initial_clusters, dtype=points.dtype)
        if self._initial_clusters == RANDOM_INIT:
            chosen = random_uniform([self._num_clusters], maxval=cast(shape(points)[0], dtypes.int64), seed=self._seed,
                                    dtype=dtypes.int64)
            return gather(points, chosen)
        return self._far_from_each_other(points)

    def _far_from_each_other(self, points: Tensor) -> Tensor:
        """Points, each drawn with a probability in proportion to its distance from the nearest one before."""
        count = self._num_clusters

        def draw(weights: Tensor) -> Tensor:
            return multinomial(expand_dims(log(weights), 0), 1, seed=self._seed)[0, 0]

        def add(i: Tensor, centers: Tensor, least: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            center = gather(points, draw(least))
            row = expand_dims(one_hot(i, count, dtype=points.dtype), 1)
            distance = self._distances(points, expand_dims(center, 0))[:, 0]
            return i + 1, centers + row * expand_dims(center, 0), minimum(least, distance)

        size = shape(points)
        everywhere = ones([size[0]], points.dtype) * np.finfo(points.dtype.as_numpy_dtype).max
        _, chosen, _ = while_loop(lambda i, *_: i < count, add, (
            convert_to_tensor(0), zeros([count, size[1]], points.dtype), everywhere))
        chosen.set_shape([count if isinstance(count, int) else None, points.shape.as_list()[1]])
        return chosen

    # Steps.

    def _full_step(self, points: Sequence[Tensor], indices: Sequence[Tensor], centers: Variable) -> Operation:
        count = shape(centers)[0]
        sums = add_n([unsorted_segment_sum(one, nearest, count) for one, nearest in zip(points, indices, strict=True)])
        counts = add_n([unsorted_segment_sum(ones_like(nearest, dtype=one.dtype), nearest, count)
                        for one, nearest in zip(points, indices, strict=True)])
        return centers.assign(sums / (expand_dims(counts, 1) + 1e-6)).op

    def _mini_batch_step(self, points: Sequence[Tensor], indices: Sequence[Tensor], centers: Variable) -> Operation:
        counts = Variable(zeros([self._num_clusters], dtypes.int64), trainable=False, name="counts")
        steps: list[Any] = []
        for one, nearest in zip(points, indices, strict=True):
            rows, positions = unique(nearest)
            new = unsorted_segment_sum(ones_like(nearest), positions, shape(rows)[0])
            before = gather(centers, rows)
            sums = unsorted_segment_sum(one, positions, shape(rows)[0])
            total = gather(counts, rows) + new
            moved = (sums - cast(expand_dims(new, 1), one.dtype) * before) / cast(expand_dims(total, 1), one.dtype)
            with default_graph().control_dependencies([moved]):
                steps += [_scatter_add(centers, rows, moved), _scatter_add(counts, rows, new)]
        return group(*steps)


def _scatter_add(variable: Variable, rows: Tensor, values: Tensor) -> Any:
    return variable.scatter_rows("Add", rows, values)
