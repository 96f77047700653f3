"""Variables in parts: how a partitioner cuts them, and the object that stands for the whole.

A partitioner is a function from (shape, dtype) to the number of parts along each axis; at most one of them is more
than 1. `PartitionedVariable` becomes a tensor by concatenating its parts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from millpond import dtypes
from millpond.dtypes import DType
from millpond.graph.conversion import register_tensor_conversion_function
from millpond.graph.opdef import lookup
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import identity
from millpond.shapes import TensorShape, as_shape

Partitioner = Callable[..., Sequence[int]]


class PartitionInfo:
    """Tells an initializer which part of a larger variable it fills.

    Args:
      full_shape: Shape of the whole.
      var_offset: Where the part begins, in each dimension.
    """

    def __init__(self, full_shape: Sequence[int], var_offset: Sequence[int]) -> None:
        if len(full_shape) != len(var_offset):
            raise ValueError(f"full_shape {list(full_shape)} and var_offset {list(var_offset)} must be of one length")
        if any(start < 0 or start >= max(size, 1) for start, size in zip(var_offset, full_shape, strict=True)):
            raise ValueError(f"var_offset {list(var_offset)} lies outside of full_shape {list(full_shape)}")
        self._full_shape, self._var_offset = list(full_shape), list(var_offset)

    @property
    def full_shape(self) -> list[int]:
        return self._full_shape

    @property
    def var_offset(self) -> list[int]:
        return self._var_offset

    def single_offset(self, shape: Sequence[int]) -> int:
        """Where a part of `shape` begins along the axis that is cut; 0 where none is."""
        axis = self.single_slice_dim(shape)
        return 0 if axis is None else self._var_offset[axis]

    def single_slice_dim(self, shape: Sequence[int]) -> int | None:
        """The axis along which a part of `shape` is smaller than the whole, or None.

        Raises:
          ValueError: If there are several, or the shape does not fit.
        """
        if len(shape) != len(self._full_shape):
            raise ValueError(f"Expected a shape of {len(self._full_shape)} dimensions, got {list(shape)}")
        cut = [axis for axis, size in enumerate(self._full_shape) if self._var_offset[axis] + shape[axis] > size]
        if cut:
            raise ValueError(f"A part of shape {list(shape)} at {self._var_offset} sticks out of {self._full_shape}")
        axes = [axis for axis, size in enumerate(self._full_shape) if shape[axis] != size]
        if len(axes) > 1:
            raise ValueError(f"Cannot use single_slice_dim() with shape {list(shape)}: it is cut along axes {axes}")
        return axes[0] if axes else None


def fixed_size_partitioner(num_shards: int, axis: int = 0) -> Partitioner:
    """Cuts into `num_shards` parts along `axis`; a shorter axis into as many as it has elements.

    Example:
      >>> import millpond as tf
      >>> tf.fixed_size_partitioner(3)(tf.TensorShape([10, 2]), tf.float32)
      [3, 1]
    """
    def partitioner(shape: Any, dtype: Any = None) -> list[int]:
        return _along(axis, shape, min(num_shards, _size(shape, axis)))

    return partitioner


def variable_axis_size_partitioner(max_shard_bytes: int, axis: int = 0, bytes_per_string_element: int = 16,
                                   max_shards: int | None = None) -> Partitioner:
    """Cuts along `axis` into the fewest parts of at most `max_shard_bytes` each, and at most `max_shards`.

    Args:
      max_shard_bytes: The largest size of a part, in bytes.
      axis: The axis along which it cuts.
      bytes_per_string_element: The size that is reckoned for a string.
      max_shards: The most parts; None for any number.

    Raises:
      ValueError: If a limit is not positive.

    Example:
      >>> import millpond as tf
      >>> cut = tf.variable_axis_size_partitioner(max_shard_bytes=100)
      >>> cut(tf.TensorShape([60, 1]), tf.float32)
      [3, 1]
    """
    if max_shard_bytes < 1 or bytes_per_string_element < 1:
        raise ValueError(f"max_shard_bytes ({max_shard_bytes}) and bytes_per_string_element "
                         f"({bytes_per_string_element}) must be positive.")
    if max_shards is not None and max_shards < 1:
        raise ValueError(f"max_shards must be positive, got {max_shards}.")

    def partitioner(shape: Any, dtype: Any) -> list[int]:
        if not isinstance(shape, TensorShape):
            raise ValueError(f"shape is not a TensorShape: {shape!r}")
        if not shape.is_fully_defined():
            raise ValueError(f"shape is not fully defined: {shape}")
        element = _bytes(dtype, bytes_per_string_element)
        length = _size(shape, axis)
        row = element * (math.prod(_sizes(shape)) // max(length, 1))
        if row == 0:
            return _along(axis, shape, 1)
        per_part = max(1, max_shard_bytes // row)
        parts = math.ceil(length / per_part)
        return _along(axis, shape, parts if max_shards is None else min(max_shards, parts))

    return partitioner


def min_max_variable_partitioner(max_partitions: int = 1, axis: int = 0, min_slice_size: int = 256 << 10,
                                 bytes_per_string_element: int = 16) -> Partitioner:
    """Cuts along `axis` into at most `max_partitions` parts of at least `min_slice_size` bytes each.

    Args:
      max_partitions: The most parts; what is less than 1 (no parameter server) counts as 1.
      axis: The axis along which it cuts.
      min_slice_size: The least size of a part, in bytes.
      bytes_per_string_element: The size that is reckoned for a string.

    Raises:
      ValueError: If a limit is not positive.

    Example:
      >>> import millpond as tf
      >>> cut = tf.min_max_variable_partitioner(max_partitions=4, min_slice_size=100)
      >>> cut(tf.TensorShape([60, 1]), tf.float32)
      [3, 1]
    """
    if min_slice_size < 1 or bytes_per_string_element < 1:
        raise ValueError(f"min_slice_size ({min_slice_size}) and bytes_per_string_element "
                         f"({bytes_per_string_element}) must be positive.")

    def partitioner(shape: Any, dtype: Any) -> list[int]:
        if axis >= len(shape):
            raise ValueError(f"Cannot partition along axis {axis} a variable of shape {shape}")
        size = math.prod(_sizes(shape)) * _bytes(dtype, bytes_per_string_element)
        wanted = max(1, math.ceil(size / min_slice_size))
        return _along(axis, shape, max(1, min(_size(shape, axis), max_partitions, wanted)))

    return partitioner


def _sizes(shape: Any) -> list[int]:
    return [int(n) for n in as_shape(shape).as_list()]  # type: ignore[arg-type]


def _size(shape: Any, axis: int) -> int:
    return _sizes(shape)[axis]


def _along(axis: int, shape: Any, parts: int) -> list[int]:
    result = [1] * len(shape)
    result[axis] = parts
    return result


def _bytes(dtype: Any, bytes_per_string_element: int) -> int:
    dtype = dtypes.as_dtype(dtype).base_dtype
    return bytes_per_string_element if dtype is dtypes.string else dtype.size


def checked_partitions(partitioner: Any, shape: TensorShape, dtype: DType) -> list[int]:
    """What a partitioner says, checked.

    Raises:
      ValueError: If it is no partitioner, or does not fit the shape.
    """
    if not callable(partitioner):
        raise ValueError(f"Partitioner must be callable, but received: {partitioner!r}. It is a function from (shape, "
                         "dtype) to a list of numbers, such as tf.fixed_size_partitioner(3).")
    partitions = partitioner(shape=shape, dtype=dtype)
    if not isinstance(partitions, (list, tuple)) or not all(isinstance(n, int) for n in partitions):
        raise ValueError(f"Partitioner must return a list of integers, but it gave: {partitions!r}")
    if len(partitions) != shape.ndims:
        raise ValueError(f"Partitioner returned a partition list that does not match the Variable's rank: "
                         f"{list(partitions)} vs. {shape}")
    if any(n < 1 for n in partitions):
        raise ValueError(f"Partitioner returned zero partitions for some axes: {list(partitions)}")
    if sum(n > 1 for n in partitions) > 1:
        raise ValueError(f"Can only slice a variable along one dimension: shape: {shape}, partitioning: "
                         f"{list(partitions)}")
    return list(partitions)


def cut(sizes: Sequence[int], partitions: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """Offset and shape of each part; the first parts take what does not divide evenly."""
    axis = next((i for i, n in enumerate(partitions) if n > 1), 0)
    if not sizes:
        return [([], [])]
    count = partitions[axis]
    if count > sizes[axis]:
        raise ValueError(f"Cannot cut axis {axis} of shape {list(sizes)} into {count} parts: it has {sizes[axis]} "
                         "elements.")
    least, more = divmod(sizes[axis], count)
    parts, start = [], 0
    for i in range(count):
        length = least + (i < more)
        offset, shape = [0] * len(sizes), list(sizes)
        offset[axis], shape[axis] = start, length
        parts.append((offset, shape))
        start += length
    return parts


class PartitionedVariable:
    """A variable in parts, which can be used wherever a tensor can.

    Iterating gives the parts. As a tensor it is the parts put together; `tf.nn.embedding_lookup` and the savers work
    on the parts.

    Args:
      name: Name of the whole.
      shape: Shape of the whole.
      dtype: Its dtype.
      variable_list: The parts, whose `_save_slice_info` tells their places.
      partitions: The number of parts along each axis.

    Raises:
      ValueError: If there is no part.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     w = tf.get_variable("w", [4, 2], partitioner=tf.fixed_size_partitioner(2))
      >>> [part.name for part in w]
      ['w/part_0:0', 'w/part_1:0']
    """

    def __init__(self, name: str, shape: Any, dtype: Any, variable_list: Sequence[Any],
                 partitions: Sequence[int]) -> None:
        if not variable_list:
            raise ValueError(f"variable_list may not be empty, for the partitioned variable {name!r}")
        self._name = name
        self._shape = as_shape(shape)
        self._dtype = dtypes.as_dtype(dtype).base_dtype
        self._variable_list = list(variable_list)
        self._partitions = list(partitions)

    @property
    def name(self) -> str:
        return self._name

    @property
    def dtype(self) -> DType:
        return self._dtype

    @property
    def shape(self) -> TensorShape:
        return self._shape

    def get_shape(self) -> TensorShape:
        return self._shape

    @property
    def graph(self) -> Any:
        return self._variable_list[0].graph

    def _get_variable_list(self) -> list[Any]:
        return self._variable_list

    def _get_partitions(self) -> list[int]:
        return self._partitions

    def _partition_axes(self) -> list[int]:
        """The axis along which the variable is cut, in a list."""
        axes = [axis for axis, count in enumerate(self._partitions) if count > 1]
        return axes or [0]

    def as_tensor(self) -> Tensor:
        """The whole: the parts concatenated."""
        graph = self.graph
        with graph.as_default():
            if len(self._variable_list) == 1:
                whole = self._variable_list[0].value()
            else:
                with graph.name_scope(f"{self._name}/ConcatPartitions/"):
                    whole = lookup("ConcatV2")([part.value() for part in self._variable_list],
                                               self._partition_axes()[0], name="concat")
            with graph.name_scope(None):
                return identity(whole, name=self._name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._variable_list)

    def __len__(self) -> int:
        return len(self._variable_list)

    def __repr__(self) -> str:
        return (f"<PartitionedVariable '{self._name}' shape={self._shape} dtype={self._dtype.name} "
                f"partitions={self._partitions}>")

    def _apply(self, method: str, value: Any, arguments: dict[str, Any]) -> list[Any]:
        """Calls a method of each part with its part of `value`."""
        whole = [value] * len(self) if isinstance(value, PartitionedVariable) else None
        results = []
        for i, part in enumerate(self._variable_list):
            info = part._save_slice_info
            piece = whole[i]._variable_list[i].value() if whole else \
                lookup("Slice")(value, info.var_offset, info.var_shape)
            results.append(getattr(part, method)(piece, **arguments))
        return results

    def assign(self, value: Any, use_locking: bool = False, name: str | None = None, read_value: bool = True) -> Any:
        """Sets all parts; gives a list with what assigning each part gives."""
        return self._apply("assign", value, {"use_locking": use_locking, "name": name, "read_value": read_value})

    def assign_add(self, value: Any, use_locking: bool = False, name: str | None = None,
                   read_value: bool = True) -> Any:
        """Adds to all parts; see `assign`."""
        return self._apply("assign_add", value, {"use_locking": use_locking, "name": name, "read_value": read_value})

    def assign_sub(self, value: Any, use_locking: bool = False, name: str | None = None,
                   read_value: bool = True) -> Any:
        """Subtracts from all parts; see `assign`."""
        return self._apply("assign_sub", value, {"use_locking": use_locking, "name": name, "read_value": read_value})


def _convert(value: PartitionedVariable, dtype: DType | None = None, name: str | None = None,
             as_ref: bool = False) -> Tensor:
    if dtype is not None and dtype is not value.dtype:
        raise ValueError(f"Incompatible type conversion requested to type '{dtype.name}' for the partitioned variable "
                         f"{value.name} of type '{value.dtype.name}'. Use tf.cast.")
    if as_ref:
        raise NotImplementedError(f"The partitioned variable {value.name} has no reference as a whole: use its parts, "
                                  "which iterating over it gives.")
    return value.as_tensor()


register_tensor_conversion_function(PartitionedVariable, _convert)
