"""Tensors as signatures name them (`tf.saved_model.utils`)."""

from __future__ import annotations

from typing import Any

from tensorboard.compat.proto import meta_graph_pb2

from millpond.graph import attributes, stacks
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import SparseTensor
from millpond.graph.graph import Graph
from millpond.graph.tensor import Tensor


def build_tensor_info(tensor: TensorLike) -> Any:
    """A `TensorInfo` message with name, dtype and static shape of a tensor, sparse tensor or variable.

    Raises:
      ValueError: If it is something else.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     info = build_tensor_info(tf.placeholder(tf.float32, [None, 3], name="x"))
      >>> info.name, [dim.size for dim in info.tensor_shape.dim]
      ('x:0', [-1, 3])
    """
    info = meta_graph_pb2.TensorInfo()
    if isinstance(tensor, SparseTensor):
        info.coo_sparse.values_tensor_name = tensor.values.name
        info.coo_sparse.indices_tensor_name = tensor.indices.name
        info.coo_sparse.dense_shape_tensor_name = tensor.dense_shape.name
    elif isinstance(tensor, Tensor) or hasattr(tensor, "_as_graph_element"):
        info.name = tensor.name
    else:
        raise ValueError(f"Expected a Tensor, SparseTensor or Variable, got {type(tensor).__name__}: {tensor!r}")
    info.dtype = tensor.dtype.as_datatype_enum
    info.tensor_shape.CopyFrom(attributes.shape_proto(tensor.get_shape()))
    return info


def get_tensor_from_tensor_info(tensor_info: Any, graph: Graph | None = None, import_scope: str | None = None) -> Any:
    """The tensor (or sparse tensor) that a `TensorInfo` names.

    Args:
      tensor_info: The message.
      graph: The graph; by default the default graph.
      import_scope: Name scope that the graph was imported under.

    Raises:
      KeyError: If the graph has no such tensor.
      ValueError: If the message names none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.placeholder(tf.float32, [2], name="x")
      ...     info = tf.saved_model.utils.build_tensor_info(x)
      ...     print(tf.saved_model.utils.get_tensor_from_tensor_info(info) is x)
      True
    """
    graph = graph or stacks.default_graph()

    def tensor(name: str) -> Tensor:
        return graph.get_tensor_by_name(f"{import_scope.rstrip('/')}/{name}" if import_scope else name)

    encoding = tensor_info.WhichOneof("encoding")
    if encoding == "name":
        return tensor(tensor_info.name)
    if encoding == "coo_sparse":
        sparse = tensor_info.coo_sparse
        return SparseTensor(tensor(sparse.indices_tensor_name), tensor(sparse.values_tensor_name),
                            tensor(sparse.dense_shape_tensor_name))
    raise ValueError(f"Invalid TensorInfo.encoding: {encoding}; expected name or coo_sparse")
