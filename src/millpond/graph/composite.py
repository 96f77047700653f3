"""Values made of several tensors: `IndexedSlices` (sparse gradients) and `SparseTensor`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from millpond import dtypes
from millpond.graph import building
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor, register_tensor_conversion_function
from millpond.graph.opdef import lookup
from millpond.graph.static_values import constant_value, shape_of_value
from millpond.graph.tensor import Tensor
from millpond.shapes import TensorShape


class IndexedSlicesValue(NamedTuple):
    """The fetched value of an `IndexedSlices`, as NumPy arrays."""

    values: Any
    indices: Any
    dense_shape: Any


class IndexedSlices:
    """Some rows of a larger tensor: `dense[indices[i]] = values[i]`, rows that are named twice add up.

    It is what `tf.gradients` gives for look-ups, where a dense gradient would be mostly zeros.

    Args:
      values: Tensor of shape `[n, d1, ...]`.
      indices: Integer tensor of shape `[n]`.
      dense_shape: Integer tensor with the shape of the dense whole, or None.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     table = tf.constant([[1.0], [2.0], [3.0]])
      ...     (slices,) = tf.gradients(tf.gather(table, [2, 0]), table)
      ...     print(sess.run(slices.indices))
      [2 0]
    """

    def __init__(self, values: Tensor, indices: Tensor, dense_shape: Tensor | None = None) -> None:
        self._values = values
        self._indices = indices
        self._dense_shape = dense_shape

    @property
    def values(self) -> Tensor:
        return self._values

    @property
    def indices(self) -> Tensor:
        return self._indices

    @property
    def dense_shape(self) -> Tensor | None:
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        return TensorShape(None) if self._dense_shape is None else shape_of_value(self._dense_shape)

    def get_shape(self) -> TensorShape:
        return self.shape

    @property
    def name(self) -> str:
        return self._values.name

    @property
    def device(self) -> str:
        return self._values.device

    @property
    def op(self) -> Any:
        return self._values.op

    @property
    def dtype(self) -> dtypes.DType:
        return self._values.dtype

    @property
    def graph(self) -> Any:
        return self._values.graph

    def map_tensors(self, function: Callable[[Tensor], Tensor]) -> IndexedSlices:
        """The same slices with `function` applied to each part."""
        shape = None if self._dense_shape is None else function(self._dense_shape)
        return IndexedSlices(function(self._values), function(self._indices), shape)

    def _control_dependency_ops(self) -> list[Any]:
        return [self._values.op, self._indices.op]

    def __str__(self) -> str:
        shape = "" if self._dense_shape is None else f", dense_shape={self._dense_shape}"
        return f"IndexedSlices(indices={self._indices}, values={self._values}{shape})"

    def __neg__(self) -> IndexedSlices:
        return IndexedSlices(lookup("Neg")(self._values), self._indices, self._dense_shape)


class SparseTensorValue(NamedTuple):
    """The fetched value of a `SparseTensor`, as NumPy arrays; also what is fed for one."""

    indices: Any
    values: Any
    dense_shape: Any


class SparseTensor:
    """A tensor of which only some elements are given.

    Args:
      indices: int64 tensor `[n, rank]`, in row-major order.
      values: Tensor `[n]`.
      dense_shape: int64 tensor `[rank]`.

    Raises:
      ValueError: If a part has another number of dimensions.
      TypeError: If `indices` or `dense_shape` hold no integers.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.SparseTensor([[0, 1]], [5.0], [2, 2])).values)
      [5.]
    """

    def __init__(self, indices: TensorLike, values: TensorLike, dense_shape: TensorLike) -> None:
        graph = building.graph_of((indices, values, dense_shape))
        with graph.as_default(), graph.name_scope("SparseTensor"):
            self._indices = convert_to_tensor(indices, name="indices", dtype=dtypes.int64)
            self._values = convert_to_tensor(values, name="values")
            self._dense_shape = convert_to_tensor(dense_shape, name="dense_shape", dtype=dtypes.int64)
        for part, rank, name in ((self._indices, 2, "indices"), (self._values, 1, "values"),
                                 (self._dense_shape, 1, "dense_shape")):
            if part.shape.ndims not in (None, rank):
                raise ValueError(f"{name} of a SparseTensor must have {rank} dimensions, got shape {part.shape}")

    @classmethod
    def from_value(cls, value: Any) -> SparseTensor:
        """A sparse tensor from a `SparseTensorValue`; one that is a SparseTensor already is handed back."""
        if isinstance(value, cls):
            return value
        if not isinstance(value, SparseTensorValue):
            raise TypeError(f"Neither a SparseTensor nor SparseTensorValue: {value!r}")
        return cls(*value)

    @property
    def indices(self) -> Tensor:
        return self._indices

    @property
    def values(self) -> Tensor:
        return self._values

    @property
    def dense_shape(self) -> Tensor:
        return self._dense_shape

    @property
    def shape(self) -> TensorShape:
        return shape_of_value(self._dense_shape)

    def get_shape(self) -> TensorShape:
        return self.shape

    @property
    def dtype(self) -> dtypes.DType:
        return self._values.dtype

    @property
    def op(self) -> Any:
        return self._values.op

    @property
    def graph(self) -> Any:
        return self._values.graph

    def with_values(self, values: Tensor) -> SparseTensor:
        """The same places with other values."""
        return SparseTensor(self._indices, values, self._dense_shape)

    def map_tensors(self, function: Callable[[Tensor], Tensor]) -> SparseTensor:
        return SparseTensor(function(self._indices), function(self._values), function(self._dense_shape))

    def __mul__(self, dense: TensorLike) -> SparseTensor:
        """The elements times those of a dense tensor, which broadcasts."""
        return self._with_dense("SparseDenseCwiseMul", "mul", dense)

    def __truediv__(self, dense: TensorLike) -> SparseTensor:
        """The elements divided by those of a dense tensor, which broadcasts; whole numbers give floats."""
        return self._with_dense("SparseDenseCwiseDiv", "truediv", dense)

    __div__ = __truediv__

    def _with_dense(self, type: str, name: str, dense: TensorLike) -> SparseTensor:
        graph = building.graph_of((self._values, dense))
        with graph.as_default(), graph.name_scope(name) as scope:
            values = self._values
            dense = convert_to_tensor(dense, name="y", dtype=values.dtype.base_dtype)
            if name == "truediv" and values.dtype.is_integer:
                wide = dtypes.float32 if values.dtype.size < 4 else dtypes.float64
                values, dense = (lookup("Cast")(x, DstT=wide) for x in (values, dense))
            return self.with_values(lookup(type)(self._indices, values, self._dense_shape, dense, name=scope))

    def _control_dependency_ops(self) -> list[Any]:
        return [self._indices.op, self._values.op, self._dense_shape.op]

    def eval(self, feed_dict: dict[Any, Any] | None = None, session: Any = None) -> SparseTensorValue:
        """Runs the default session for this value."""
        return SparseTensorValue(*[part.eval(feed_dict, session)
                                   for part in (self._indices, self._values, self._dense_shape)])

    def __str__(self) -> str:
        return (f"SparseTensor(indices={self._indices}, values={self._values}, "
                f"dense_shape={self._dense_shape})")


def to_dense(slices: IndexedSlices, name: str | None = None) -> Tensor:
    """An `IndexedSlices` as an ordinary tensor.

    Raises:
      ValueError: If the dense shape is not known at all.
    """
    if slices.dense_shape is None:
        raise ValueError(f"Tensor conversion requested for IndexedSlices without dense_shape: {slices}")
    rows = constant_value(slices.dense_shape)
    if rows is not None:
        count: Any = int(rows[0])
    else:
        count = lookup("Squeeze")(lookup("Slice")(slices.dense_shape, [0], [1]), squeeze_dims=[0])
    return lookup("UnsortedSegmentSum")(slices.values, slices.indices, count, name=name)


def _convert_slices(value: IndexedSlices, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Any:
    if dtype is not None and dtype is not value.dtype.base_dtype:
        raise ValueError(f"Tensor conversion requested dtype {dtype.name} for IndexedSlices with dtype "
                         f"{value.dtype.name}")
    return to_dense(value, name)


def _refuse_sparse(value: SparseTensor, dtype: Any = None, name: str | None = None, as_ref: bool = False) -> Any:
    raise TypeError(f"Cannot convert a SparseTensor to a Tensor: {value}. "
                    "Use tf.scatter_nd(sparse.indices, sparse.values, sparse.dense_shape) for one that is dense.")


register_tensor_conversion_function(IndexedSlices, _convert_slices)
register_tensor_conversion_function(SparseTensor, _refuse_sparse)


def convert_to_tensor_or_indexed_slices(value: TensorLike, dtype: DTypeLike | None = None, name: str | None = None,
                                        as_ref: bool = False) -> Any:
    """Converts to a tensor, and leaves `IndexedSlices` as they are.

    Args:
      value: An `IndexedSlices`, or what `tf.convert_to_tensor` takes.
      dtype: The dtype of the tensor; by default it follows from the value.
      name: Name of the node.
      as_ref: Whether a variable is given as its reference.

    Raises:
      TypeError: If no tensor can be made of the value, or not of that dtype.
      ValueError: If a tensor has another dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.convert_to_tensor_or_indexed_slices([1, 2])))
      [1 2]
    """
    if isinstance(value, IndexedSlices):
        return value
    return convert_to_tensor(value, dtype=dtype, name=name, as_ref=as_ref)


def convert_to_tensor_or_sparse_tensor(value: TensorLike, dtype: DTypeLike | None = None,
                                       name: str | None = None) -> Any:
    """Converts to a tensor, and leaves sparse tensors as they are.

    Args:
      value: A `SparseTensor`, a `SparseTensorValue`, or what `tf.convert_to_tensor` takes.
      dtype: The dtype of the tensor; by default it follows from the value.
      name: Name of the node.

    Raises:
      TypeError: If no tensor can be made of the value, or not of that dtype.
      ValueError: If a tensor has another dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     value = tf.SparseTensorValue([[0, 1]], [5.0], [2, 2])
      ...     print(sess.run(tf.convert_to_tensor_or_sparse_tensor(value).values))
      [5.]
    """
    if isinstance(value, SparseTensorValue):
        return SparseTensor.from_value(value)
    if isinstance(value, SparseTensor):
        return value
    return convert_to_tensor(value, dtype=dtype, name=name)
