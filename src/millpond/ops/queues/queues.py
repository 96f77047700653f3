"""`tf.FIFOQueue` and its kin: queues that belong to the session, which threads fill while others take out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from millpond import dtypes as dtypes_module
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.operation import Operation
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops.queues import queue_ops
from millpond.ops.random.random_seed import get_seed
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape, as_shape, general_shape

Dequeued = Tensor | list[Tensor] | dict[str, Tensor]


class QueueBase:
    """A queue of tensors, which lies in the session.

    An element has one or several components. What waits for room or for elements waits until another thread makes
    some, the queue or the session is closed, or the program is interrupted.

    Args:
      dtypes: The dtype of each component.
      shapes: The shape of each component, or None.
      names: The names of the components, or None.
      queue_ref: The handle of the queue.

    Raises:
      ValueError: If there are not as many names as components.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     queue = tf.FIFOQueue(3, [tf.int32, tf.string], shapes=[[], []])
      ...     print(isinstance(queue, tf.QueueBase), queue.dtypes, queue.shapes)
      True [tf.int32, tf.string] [TensorShape([]), TensorShape([])]
    """

    def __init__(self, dtypes: Sequence[DType], shapes: Sequence[TensorShape] | None, names: Sequence[str] | None,
                 queue_ref: Tensor) -> None:
        self._dtypes = list(dtypes)
        self._shapes = list(shapes) if shapes else [TensorShape(None) for _ in self._dtypes]
        self._names = list(names) if names is not None else None
        self._queue_ref = queue_ref
        self._base = queue_ref.op.name.rpartition("/")[2]  # what its operations are named after
        if self._names is not None and len(self._names) != len(self._dtypes):
            raise ValueError(f"A queue of {len(self._dtypes)} components has names for each of them, got {self._names}")

    @staticmethod
    def from_list(index: TensorLike, queues: Sequence[QueueBase]) -> QueueBase:
        """One of several queues, which a number chooses at run time.

        Args:
          index: A scalar int tensor.
          queues: Queues with the same dtypes and names.

        Raises:
          TypeError: If something else is among them, or their dtypes differ.
          ValueError: If there are none, or their names differ.
        """
        if not queues or not isinstance(queues, list) or not all(isinstance(queue, QueueBase) for queue in queues):
            raise TypeError("A list of queues expected")
        first = queues[0]
        if not all(queue.dtypes == first.dtypes for queue in queues[1:]):
            raise TypeError("Queues do not have matching component dtypes.")
        if not all(queue.names == first.names for queue in queues[1:]):
            raise TypeError("Queues do not have matching component names.")
        shapes = [general_shape([queue.shapes[i] for queue in queues]) for i in range(len(first.dtypes))]
        handles = lookup("Pack")([queue.queue_ref for queue in queues])
        return QueueBase(first.dtypes, shapes, first.names, lookup("GatherV2")(handles, index, 0))

    @property
    def queue_ref(self) -> Tensor:
        """The handle of the queue."""
        return self._queue_ref

    @property
    def name(self) -> str:
        """Name of the operation that makes the queue."""
        return self._queue_ref.op.name

    @property
    def dtypes(self) -> list[DType]:
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        return self._shapes

    @property
    def names(self) -> list[str] | None:
        return self._names

    def _components(self, values: Any, are_many: bool) -> list[Tensor]:
        """What is to be put in, as tensors."""
        if isinstance(values, Mapping):
            if self._names is None:
                raise ValueError("Queue must have names to enqueue a dictionary")
            if sorted(values) != sorted(self._names):
                raise ValueError("Keys in dictionary to enqueue do not match names of Queue.  Dictionary: "
                                 f"({sorted(values)}), Queue: ({sorted(self._names)})")
            values = [values[name] for name in self._names]
        elif self._names is not None:
            raise ValueError("You must enqueue a dictionary in a Queue with names")
        elif not isinstance(values, (list, tuple)):
            values = [values]
        if len(values) != len(self._dtypes):
            raise ValueError(f"An element of queue '{self.name}' has {len(self._dtypes)} components, and {len(values)} "
                             "were given: a list or tuple stands for the components, one tensor for each.")
        tensors = []
        for i, (value, dtype) in enumerate(zip(values, self._dtypes, strict=True)):
            tensor = convert_to_tensor(value, dtype, name=f"component_{i}")
            expected = self._shapes[i] if not are_many else TensorShape([None]).concatenate(self._shapes[i])
            if not tensor.shape.is_compatible_with(expected):
                raise ValueError(f"Shapes {tensor.shape} and {expected} are incompatible: component {i} that is put "
                                 f"into the queue '{self.name}'.")
            tensors.append(tensor)
        return tensors

    def enqueue(self, vals: Any, name: str | None = None) -> Operation:
        """Puts one element in, when there is room.

        Args:
          vals: A tensor, a list or tuple of one for each component, or a dictionary where they have names.
          name: Name of the operation.

        Raises:
          tf.errors.CancelledError: When run, if the queue or the session is closed.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default(), tf.Session() as sess:
          ...     queue = tf.FIFOQueue(3, tf.int32, shapes=[[]])
          ...     sess.run([queue.enqueue(1), queue.size()])[1] in (0, 1)
          True
        """
        with name_scope(name, f"{self._base}_enqueue", _all(vals)) as scope:
            components = self._components(vals, are_many=False)
            return queue_ops.ENQUEUE(self._queue_ref, components, name=scope)

    def enqueue_many(self, vals: Any, name: str | None = None) -> Operation:
        """Puts the rows of tensors in, each as an element.

        Args:
          vals: As for `enqueue`; each tensor has as many rows as the others.
          name: Name of the operation.
        """
        with name_scope(name, f"{self._base}_EnqueueMany", _all(vals)) as scope:
            components = self._components(vals, are_many=True)
            rows = components[0].shape[:1]
            for component in components[1:]:
                rows.assert_is_compatible_with(component.shape[:1])
            return queue_ops.ENQUEUE_MANY(self._queue_ref, components, name=scope)

    def dequeue(self, name: str | None = None) -> Dequeued:
        """Takes one element out, as soon as there is one.

        Returns:
          Its tensor, the list of its tensors where there are several components, or a dictionary where they have names.

        Raises:
          tf.errors.OutOfRangeError: When run, if the queue is closed and empty.
          tf.errors.CancelledError: When run, if the session is closed meanwhile.
        """
        results = queue_ops.DEQUEUE(self._queue_ref, component_types=self._dtypes,
                                    name=name or f"{self._base}_Dequeue")
        return self._returned(results, [])

    def dequeue_many(self, n: TensorLike, name: str | None = None) -> Dequeued:
        """Takes `n` elements out and puts them together along a new first dimension, as soon as there are so many.

        Args:
          n: A scalar int32 tensor.
          name: Name of the operation.

        Raises:
          tf.errors.OutOfRangeError: When run, if the queue is closed and holds less; they stay in it.
        """
        count = convert_to_tensor(n, dtypes_module.int32, name="n") if not isinstance(n, Tensor) else n
        results = queue_ops.DEQUEUE_MANY(self._queue_ref, count, component_types=self._dtypes,
                                         name=name or f"{self._base}_DequeueMany")
        known = constant_value(count)
        return self._returned(results, [None if known is None else int(known)])

    def dequeue_up_to(self, n: TensorLike, name: str | None = None) -> Dequeued:
        """As `dequeue_many`; of a queue that is closed it takes what is left, if that is less."""
        results = queue_ops.DEQUEUE_UP_TO(self._queue_ref, n, component_types=self._dtypes,
                                          name=name or f"{self._base}_DequeueUpTo")
        return self._returned(results, [None])

    def _returned(self, results: Any, leading: list[int | None]) -> Dequeued:
        tensors = list(results) if isinstance(results, (list, tuple)) else [results]
        for tensor, shape in zip(tensors, self._shapes, strict=True):
            tensor.set_shape(TensorShape(leading).concatenate(shape))
        if self._names is not None:
            return dict(zip(self._names, tensors, strict=True))
        return tensors if len(tensors) > 1 else tensors[0]

    def close(self, cancel_pending_enqueues: bool = False, name: str | None = None) -> Operation:
        """Closes the queue: nothing more is put in, and what is in it can be taken out.

        Args:
          cancel_pending_enqueues: Whether what waits for room is given up.
          name: Name of the operation.
        """
        return queue_ops.CLOSE(self._queue_ref, cancel_pending_enqueues=cancel_pending_enqueues,
                               name=name or f"{self._base}_Close")

    def is_closed(self, name: str | None = None) -> Tensor:
        """Whether the queue is closed: a scalar bool."""
        return queue_ops.IS_CLOSED(self._queue_ref, name=name or f"{self._base}_Is_Closed")

    def size(self, name: str | None = None) -> Tensor:
        """How many elements are in the queue: a scalar int32."""
        return queue_ops.SIZE(self._queue_ref, name=name or f"{self._base}_Size")


def _all(values: Any) -> list[Any]:
    return list(values.values()) if isinstance(values, Mapping) else list(values) if isinstance(values, (
        list, tuple)) else [values]


def _dtypes(given: DTypeLike | Sequence[DTypeLike]) -> list[DType]:
    return [dtypes_module.as_dtype(one) for one in (given if isinstance(given, (list, tuple)) else [given])]


def _shapes(given: Any, dtypes: Sequence[DType], must_be_known: bool = True) -> list[TensorShape]:
    """The shapes of the components, as programs give them: one for all components, or a list."""
    if given is None:
        return []
    if not isinstance(given, (list, tuple)) or (len(dtypes) == 1 and all(isinstance(size, int) for size in given)
                                                and given):
        given = [given]
    shapes = [as_shape(shape) for shape in given]
    if not shapes and len(dtypes) == 1:
        shapes = [TensorShape([])]
    if len(shapes) != len(dtypes):
        raise ValueError("Queue shapes must have the same length as dtypes, received "
                         f"{len(shapes)} shapes, {len(dtypes)} dtypes")
    for shape in shapes:
        if must_be_known and not shape.is_fully_defined():
            raise ValueError(f"All shapes must be fully defined: {shapes}. tf.PaddingFIFOQueue takes elements of "
                             "different sizes.")
    return shapes


class FIFOQueue(QueueBase):
    """A queue that gives elements in the order in which they came.

    Args:
      capacity: How many elements there may be.
      dtypes: The dtype of the components, or a list of them.
      shapes: Their shapes; without them elements may have any, and cannot be taken out in batches.
      names: Names of the components: elements are then dictionaries.
      shared_name: Under which name the queue is kept: those of the same name are the same queue of a session.
      name: Name of the operation.

    Raises:
      ValueError: If there are not as many shapes as components, or one is not fully defined.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     queue = tf.FIFOQueue(10, tf.float32, shapes=[[]])
      ...     sess.run(queue.enqueue_many([[1.0, 2.0, 3.0]]))
      ...     print(sess.run(queue.dequeue_many(2)), sess.run(queue.size()))
      [1. 2.] 1
    """

    def __init__(self, capacity: int, dtypes: Any, shapes: Any = None, names: Any = None,
                 shared_name: str | None = None, name: str = "fifo_queue") -> None:
        types = _dtypes(dtypes)
        known = _shapes(shapes, types)
        super().__init__(types, known, _named(names), queue_ops.FIFO_QUEUE(
            component_types=types, shapes=known, capacity=capacity, shared_name=shared_name or "", name=name))


class PaddingFIFOQueue(QueueBase):
    """A `FIFOQueue` whose elements differ in size: a batch of them is filled up with zeros.

    Args:
      capacity, dtypes, names, shared_name, name: As for `FIFOQueue`.
      shapes: The shapes of the components, whose sizes may be None.

    Raises:
      ValueError: If a rank is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     queue = tf.PaddingFIFOQueue(10, tf.int32, shapes=[[None]])
      ...     for row in ([1], [2, 3]):
      ...         sess.run(queue.enqueue([row]))
      ...     print(sess.run(queue.dequeue_many(2)).tolist())
      [[1, 0], [2, 3]]
    """

    def __init__(self, capacity: int, dtypes: Any, shapes: Any, names: Any = None, shared_name: str | None = None,
                 name: str = "padding_fifo_queue") -> None:
        types = _dtypes(dtypes)
        known = _shapes(shapes, types, must_be_known=False)
        super().__init__(types, known, _named(names), queue_ops.PADDING_FIFO_QUEUE(
            component_types=types, shapes=known, capacity=capacity, shared_name=shared_name or "", name=name))


class RandomShuffleQueue(QueueBase):
    """A queue that gives elements in random order.

    Args:
      capacity, dtypes, shapes, names, shared_name, name: As for `FIFOQueue`.
      min_after_dequeue: How many elements stay in the queue until it is closed, so that there is something to choose
        from.
      seed: Seed of the order, which is TensorFlow's for the same seeds.

    Raises:
      ValueError: As for `FIFOQueue`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     queue = tf.RandomShuffleQueue(10, 0, tf.int32, shapes=[[]], seed=1)
      ...     sess.run(queue.enqueue_many([[1, 2, 3]]))
      ...     print(sorted(sess.run(queue.dequeue_many(3))))
      [np.int32(1), np.int32(2), np.int32(3)]
    """

    def __init__(self, capacity: int, min_after_dequeue: int, dtypes: Any, shapes: Any = None, names: Any = None,
                 seed: int | None = None, shared_name: str | None = None, name: str = "random_shuffle_queue") -> None:
        types = _dtypes(dtypes)
        known = _shapes(shapes, types)
        seed1, seed2 = get_seed(seed)
        super().__init__(types, known, _named(names), queue_ops.RANDOM_SHUFFLE_QUEUE(
            component_types=types, shapes=known, capacity=capacity, min_after_dequeue=min_after_dequeue,
            seed=seed1 or 0, seed2=seed2 or 0, shared_name=shared_name or "", name=name))


class PriorityQueue(QueueBase):
    """A queue that gives the element of the least priority first.

    Args:
      capacity, names, shared_name, name: As for `FIFOQueue`.
      types: The dtypes of the components behind the priority, a scalar int64 that stands first in each element.
      shapes: Their shapes.

    Raises:
      ValueError: As for `FIFOQueue`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     queue = tf.PriorityQueue(10, [tf.string], shapes=[[]])
      ...     sess.run(queue.enqueue_many([[5, 1], ["five", "one"]]))
      ...     print(sess.run(queue.dequeue())[1])
      b'one'
    """

    def __init__(self, capacity: int, types: Any, shapes: Any = None, names: Any = None,
                 shared_name: str | None = None, name: str = "priority_queue") -> None:
        behind = _dtypes(types)
        known = _shapes(shapes, behind)
        all_shapes = [TensorShape([]), *(known or [TensorShape(None)] * len(behind))]
        super().__init__([dtypes_module.int64, *behind], all_shapes, _named(names), queue_ops.PRIORITY_QUEUE(
                             component_types=behind, shapes=known, capacity=capacity, shared_name=shared_name or "",
                             name=name))


def _named(names: Any) -> list[str] | None:
    return None if names is None else [names] if isinstance(names, str) else list(names)
