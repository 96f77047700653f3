"""Tensor: a symbolic handle to one output of an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from millpond.dtypes import DType
from millpond.graph import stacks
from millpond.shapes import TensorShape, as_shape

if TYPE_CHECKING:
    from millpond.graph.graph import Graph
    from millpond.graph.operation import Operation


class Tensor:
    """One output of an `Operation`: a value that exists only while a session runs.

    A tensor knows its name (`op:index`), `dtype`, and as much of its `shape` as is known while building. Its
    operators (`+`, `[...]`, ...) are installed by `millpond.ops.operators`.

    Args:
      op: The operation that gives it.
      value_index: Which of its outputs it is.
      dtype: The dtype of its values.
      shape: As much of their shape as is known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     a = tf.zeros([2, 3])
      >>> print(a)
      Tensor("zeros:0", shape=(2, 3), dtype=float32)
    """

    # `__dict__` costs a pointer until it is used: programs hang attributes of their own on tensors.
    __slots__ = ("op", "value_index", "dtype", "_shape", "_consumers", "__dict__", "__weakref__")
    # NumPy must leave `array + tensor` to the tensor's own operators.
    __array_priority__ = 100

    def __init__(self, op: Operation, value_index: int, dtype: DType, shape: TensorShape) -> None:
        self.op = op
        self.value_index = value_index
        self.dtype = dtype
        self._shape = shape
        self._consumers: list[Operation] | None = None

    if TYPE_CHECKING:  # what ops/operators.py installs

        def __add__(self, other: Any) -> Tensor: ...
        def __neg__(self) -> Tensor: ...
        def __getitem__(self, key: Any) -> Tensor: ...

        __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __add__
        __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = __pow__ = __rpow__ = __add__
        __matmul__ = __rmatmul__ = __lt__ = __le__ = __gt__ = __ge__ = __add__
        __and__ = __rand__ = __or__ = __ror__ = __xor__ = __rxor__ = __add__
        __abs__ = __invert__ = __neg__

    @property
    def graph(self) -> Graph:
        return self.op.graph

    @property
    def name(self) -> str:
        return f"{self.op.name}:{self.value_index}"

    @property
    def device(self) -> str:
        return self.op.device

    @property
    def shape(self) -> TensorShape:
        return self._shape

    def get_shape(self) -> TensorShape:
        """The static shape, the same as `shape`."""
        return self._shape

    def set_shape(self, shape: Any) -> None:
        """Merges what is known of the shape with `shape`.

        Raises:
          ValueError: If the two shapes contradict each other.
        """
        try:
            merged = self._shape.merge_with(as_shape(shape))
        except ValueError as error:
            error.add_note(f"  in set_shape of '{self.name}', created at {self.op.creation_site}")
            raise
        if merged.sizes != self._shape.sizes:
            self._shape = merged
            self.op.graph.note_mutation(self.op)

    def consumers(self) -> list[Operation]:
        """The operations that take this tensor as an input."""
        return list(self._consumers or ())

    def _as_node_def_input(self) -> str:
        return self.op.name if self.value_index == 0 else self.name

    def eval(self, feed_dict: dict[Any, Any] | None = None, session: Any = None) -> Any:
        """Runs the default session (or `session`) for this tensor's value."""
        return stacks.session_for(self.graph, session, "evaluate a tensor").run(self, feed_dict)

    def __str__(self) -> str:
        shape = "" if self._shape.sizes is None else f", shape={self._shape}"
        device = f", device={self.device}" if self.device else ""
        return f'Tensor("{self.name}"{shape}, dtype={self.dtype.name}{device})'

    def __repr__(self) -> str:
        return f"<tf.Tensor '{self.name}' shape={self._shape} dtype={self.dtype.name}>"

    # Equality and hashing stay Python's own, by identity: dictionaries keyed by tensors are on the path of every run.

    def __copy__(self) -> Tensor:
        return self

    def __iter__(self) -> Any:
        raise TypeError(
            f"Tensor '{self.name}' is not iterable: it has no values until a session runs it. Use tf.unstack to "
            "split it along an axis, or iterate over sess.run(tensor)."
        )

    def __len__(self) -> int:
        raise TypeError(
            f"len() of the symbolic Tensor '{self.name}' is not known while building; "
            "use tensor.shape[0] for the static size or tf.shape(tensor)[0] for the size at run time."
        )

    def __bool__(self) -> bool:
        raise TypeError(
            f"Using a tf.Tensor as a Python bool is not allowed ('{self.name}' has no value while the graph is "
            "built). Use `if t is not None:` to test whether a tensor is defined, tf.where to choose between "
            "values, and tf.logical_and, tf.logical_or and tf.logical_not to combine conditions."
        )

    __nonzero__ = __bool__

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError(
            f"Cannot convert the symbolic Tensor '{self.name}' to a NumPy array: it has no value until a session "
            "runs it. Use sess.run(tensor), or a tf.* function in place of the NumPy one."
        )
