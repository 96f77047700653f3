"""Batches of beams: entries repeated for each beam of a search, and beams put in order along its paths."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes, nested
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import range_
from millpond.ops.array.gather import gather
from millpond.ops.array.indexing import getitem
from millpond.ops.array.join import concat, stack
from millpond.ops.array.pad import tile
from millpond.ops.array.shape import expand_dims, reshape, shape
from millpond.ops.array.transpose import transpose
from millpond.ops.math.arithmetic import multiply
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import where
from millpond.ops.math.reduction import reduce_max
from millpond.ops.math.sequences import sequence_mask
from millpond.ops.nn.gather_tree import gather_tree
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape


def tile_batch(t: Any, multiplier: int, name: str | None = None) -> Any:
    """Repeats each entry of a batch, so that there is one for each beam of a search.

    Args:
      t: A tensor [batch, ...], or a structure of them.
      multiplier: How often: the number of beams.
      name: Name of the scope.

    Returns:
      A tensor [batch * multiplier, ...] (or a structure of them): the first entry `multiplier` times, then the second.

    Raises:
      ValueError: If the rank of a tensor is unknown or 0.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.contrib.seq2seq.tile_batch(tf.constant([1, 2]), 3)))
      [1 1 1 2 2 2]
    """
    with name_scope(name, "tile_batch", [*nested.flatten(t), multiplier]):
        return nested.map_structure(lambda leaf: _tiled(leaf, multiplier), t)


def _tiled(t: TensorLike, multiplier: int) -> Tensor:
    t = convert_to_tensor(t, name="t")
    if not t.shape.ndims:
        raise ValueError(f"t must have statically known rank of at least 1, but {t.name} has shape {t.shape}")
    sizes = shape(t)
    repeated = tile(expand_dims(t, 1), [1, multiplier, *[1] * (t.shape.ndims - 1)])
    tiled = reshape(repeated, concat([[multiply(getitem(sizes, 0), multiplier)], getitem(sizes, slice(1, None))], 0))
    batch = t.shape.as_list()[0]
    tiled.set_shape(TensorShape([None if batch is None else batch * multiplier]).concatenate(t.shape[1:]))
    return tiled


def size_of(t: Tensor, axis: int) -> Any:
    """The size of a dimension: a number where it is known while building, else a scalar tensor."""
    known = None if t.shape.sizes is None else t.shape.sizes[axis]
    return getitem(shape(t), axis) if known is None else known


def gather_tree_from_array(t: TensorLike, parent_ids: TensorLike, sequence_length: TensorLike) -> Tensor:
    """Puts what the beams of a search gave at each step in the order of the sequences that it ended with.

    Args:
      t: [time, batch, beams, ...] or [time, batch * beams, ...], such as the stacked alignments of each step.
      parent_ids: int32 [time, batch, beams], the beam of the step before that each beam goes on from.
      sequence_length: Integers [batch, beams]: steps from there on are left as they are.

    Returns:
      A tensor of the shape and dtype of `t`: along a beam of it lies what belongs to the sequence of that beam.

    Raises:
      ValueError: If the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     steps, parents = [[[1.0, 2.0]], [[3.0, 4.0]]], [[[0, 0]], [[1, 1]]]
      ...     print(sess.run(tf.contrib.seq2seq.gather_tree_from_array(steps, parents, [[2, 2]]))[:, 0])
      [[2. 2.]
       [3. 4.]]
    """
    t, parent_ids = convert_to_tensor(t, name="t"), convert_to_tensor(parent_ids, name="parent_ids")
    sequence_length = convert_to_tensor(sequence_length, name="sequence_length")
    time, batch, width = (size_of(parent_ids, axis) for axis in range(3))
    own = tile(reshape(range_(width), [1, 1, -1]), stack([time, batch, 1]))
    longest = cast(reduce_max(sequence_length, 1), dtypes.int32)
    # No beam has the number of the end token, so that none is taken for the end.
    end = np.int32(width + 1) if isinstance(width, int) else width + 1
    ancestors = gather_tree(own, parent_ids, longest, end)
    inside = transpose(sequence_mask(sequence_length, maxlen=time), [2, 0, 1])
    ancestors = where(inside, ancestors, own)
    beams = reshape(t, stack([time, batch, width, -1]))
    return reshape(gather(beams, ancestors, axis=2, batch_dims=2), shape(t))
