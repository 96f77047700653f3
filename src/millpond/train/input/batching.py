"""Batches: tensors that compute one example each are put into a queue by threads, and come out of it in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from millpond import dtypes
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.tensor import Tensor
from millpond.ops.control.cond import cond
from millpond.ops.queues.queues import FIFOQueue, PaddingFIFOQueue, QueueBase, RandomShuffleQueue
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape, as_shape, general_shape
from millpond.summary.recording import scalar
from millpond.train.sessions.queue_runner import QueueRunner, add_queue_runner

Example = Any


class _Sources:
    """What is to be batched, as lists of tensors: one for each thread, or one for all.

    Args:
      examples: What the threads compute; each a tensor, a list of them, or a dictionary.
      keep_input: Whether an example is taken: a scalar bool, or one for each row where examples are many.
      enqueue_many: Whether the rows of tensors are the examples.
      shapes: The shapes of an example's tensors, or None: as the tensors tell.
    """

    def __init__(self, examples: Sequence[Example], keep_input: TensorLike, enqueue_many: bool, shapes: Any) -> None:
        first = examples[0]
        self._keys = sorted(first) if isinstance(first, Mapping) else None
        self.lists = [self._tensors(example) for example in examples]
        self._many = enqueue_many
        self._keep = None if keep_input is True else convert_to_tensor(keep_input, dtypes.bool, name="keep_input")
        self.types = [tensor.dtype.base_dtype for tensor in self.lists[0]]
        for other in self.lists[1:]:
            if [tensor.dtype.base_dtype for tensor in other] != self.types:
                raise TypeError("Expected types to be consistent: all sources give tensors of the same dtypes, got "
                                f"{[dtype.name for dtype in self.types]} and {[t.dtype.name for t in other]}.")
        self.shapes = ([as_shape(shape) for shape in shapes] if shapes is not None else
                       [self._common(tensors) for tensors in zip(*self.lists, strict=True)])

    def _tensors(self, example: Example) -> list[Tensor]:
        if isinstance(example, Mapping):
            if self._keys is None or sorted(example) != self._keys:
                raise ValueError(f"All examples must be dictionaries with the same keys, got {sorted(example)}")
            values = [example[key] for key in self._keys]
        else:
            values = list(example) if isinstance(example, (list, tuple)) else [example]
        if not values:
            raise ValueError("Expected at least one tensor to batch.")
        for value in values:
            if isinstance(value, SparseTensor):
                raise NotImplementedError("a SparseTensor in a batch: use tf.sparse_tensor_to_dense first, or tf.data")
        return [convert_to_tensor(value) for value in values]

    def _common(self, tensors: Sequence[Tensor]) -> TensorShape:
        shapes = [tensor.shape for tensor in tensors]
        if self._many:
            shapes = [shape.with_rank_at_least(1)[1:] for shape in shapes]
        return general_shape(shapes)

    def fill(self, queue: QueueBase, threads: int) -> None:
        """Adds a queue runner that puts the examples into a queue: `threads` threads for each list."""
        ops = [self._enqueue(queue, tensors) for tensors in self.lists for _ in range(threads)]
        add_queue_runner(QueueRunner(queue, ops))

    def _enqueue(self, queue: QueueBase, tensors: list[Tensor]) -> Any:
        if self._keep is None:
            return queue.enqueue_many(tensors) if self._many else queue.enqueue(tensors)
        if self._keep.shape.ndims == 1 and self._many:
            rows = lookup("Squeeze")(lookup("Where")(self._keep), squeeze_dims=[1])
            return queue.enqueue_many([lookup("GatherV2")(tensor, rows, 0) for tensor in tensors])
        if self._keep.shape.ndims not in (0, None):
            raise ValueError(f"`keep_input` must be a scalar{' or a vector' if self._many else ''}, got the shape "
                             f"{self._keep.shape}")
        put = queue.enqueue_many if self._many else queue.enqueue
        return cond(self._keep, lambda: put(tensors), lambda: lookup("NoOp")())

    def restored(self, dequeued: Any) -> Any:
        """What came out of the queue, in the form of an example."""
        tensors = dequeued if isinstance(dequeued, list) else [dequeued]
        if self._keys is not None:
            return dict(zip(self._keys, tensors, strict=True))
        return tensors if len(tensors) > 1 else tensors[0]


def _taken(sources: _Sources, queue: QueueBase, batch_size: TensorLike, smaller_final: bool, name: str) -> Any:
    return sources.restored((queue.dequeue_up_to if smaller_final else queue.dequeue_many)(batch_size, name=name))


def _plain(examples: Sequence[Example], batch_size: TensorLike, keep_input: TensorLike, threads: int, capacity: int,
           enqueue_many: bool, shapes: Any, dynamic_pad: bool, smaller_final: bool, shared_name: str | None,
           name: str | None, default_name: str) -> Any:
    with name_scope(name, default_name, []) as scope:
        sources = _Sources(examples, keep_input, enqueue_many, shapes)
        kind = PaddingFIFOQueue if dynamic_pad else FIFOQueue
        queue = kind(capacity=capacity, dtypes=sources.types, shapes=sources.shapes, shared_name=shared_name)
        sources.fill(queue, threads)
        scalar(f"fraction_of_{capacity}_full", lookup("Mul")(lookup("Cast")(queue.size(), DstT=dtypes.float32),
                                                             1.0 / capacity))
        return _taken(sources, queue, batch_size, smaller_final, scope)


def _shuffled(examples: Sequence[Example], batch_size: TensorLike, capacity: int, min_after_dequeue: int,
              keep_input: TensorLike, threads: int, seed: int | None, enqueue_many: bool, shapes: Any,
              smaller_final: bool, shared_name: str | None, name: str | None, default_name: str) -> Any:
    with name_scope(name, default_name, []) as scope:
        if capacity <= min_after_dequeue:
            raise ValueError(f"capacity {capacity} must be bigger than min_after_dequeue {min_after_dequeue}.")
        sources = _Sources(examples, keep_input, enqueue_many, shapes)
        queue = RandomShuffleQueue(capacity=capacity, min_after_dequeue=min_after_dequeue, seed=seed,
                                   dtypes=sources.types, shapes=sources.shapes, shared_name=shared_name)
        sources.fill(queue, threads)
        over = lookup("Cast")(lookup("Maximum")(0, lookup("Sub")(queue.size(), min_after_dequeue)), DstT=dtypes.float32)
        scalar(f"fraction_over_{min_after_dequeue}_of_{capacity - min_after_dequeue}_full",
               lookup("Mul")(over, 1.0 / (capacity - min_after_dequeue)))
        return _taken(sources, queue, batch_size, smaller_final, scope)


def batch(tensors: Example, batch_size: TensorLike, num_threads: int = 1, capacity: int = 32,
          enqueue_many: bool = False, shapes: Any = None, dynamic_pad: bool = False,
          allow_smaller_final_batch: bool = False, shared_name: str | None = None, name: str | None = None) -> Any:
    """Batches of what tensors compute, one example for each time; threads compute them ahead.

    Args:
      tensors: A tensor, a list of them, or a dictionary: one example.
      batch_size: How many examples make a batch.
      num_threads: How many threads compute examples; with more than one their order varies.
      capacity: How many examples may wait.
      enqueue_many: Whether the rows of `tensors` are examples.
      shapes: The shapes of an example's tensors, where they do not tell.
      dynamic_pad: Whether examples differ in size, and are filled up with zeros to the largest of the batch.
      allow_smaller_final_batch: Whether what is left at the end is a batch, too; the batch size is then unknown.
      shared_name: Under which name sessions keep the queue.
      name: Name of the operations.

    Returns:
      The tensors with a new first dimension, in the form of `tensors`.

    Raises:
      ValueError: If shapes are not known, and `dynamic_pad` is not set.
      tf.errors.OutOfRangeError: When run, once there are no more examples.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     number = tf.train.range_input_producer(4, num_epochs=1, shuffle=False).dequeue()
      ...     pair = tf.train.batch([number], batch_size=2)
      ...     sess.run(tf.local_variables_initializer())
      ...     coord = tf.train.Coordinator()
      ...     threads = tf.train.start_queue_runners(sess, coord)
      ...     print(sess.run(pair), sess.run(pair))
      ...     coord.request_stop()
      ...     coord.join(threads)
      [0 1] [2 3]
    """
    return _plain([tensors], batch_size, True, num_threads, capacity, enqueue_many, shapes, dynamic_pad,
                  allow_smaller_final_batch, shared_name, name, "batch")


def maybe_batch(tensors: Example, keep_input: TensorLike, batch_size: TensorLike, num_threads: int = 1,
                capacity: int = 32, enqueue_many: bool = False, shapes: Any = None, dynamic_pad: bool = False,
                allow_smaller_final_batch: bool = False, shared_name: str | None = None,
                name: str | None = None) -> Any:
    """As `batch`, of those examples alone that are wanted.

    Args:
      tensors: A tensor, a list of them, or a dictionary: one example.
      keep_input: Whether the example is taken: a scalar bool, or with `enqueue_many` one for each row.
      num_threads: How many threads compute examples.
      batch_size, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch, shared_name, name: As for
        `batch`.

    Raises:
      ValueError: If shapes are not known.
      tf.errors.OutOfRangeError: When run, once there are no more examples.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.train.maybe_batch([tf.constant(1.0)], tf.constant(True), batch_size=2).shape)
      (2,)
    """
    return _plain([tensors], batch_size, keep_input, num_threads, capacity, enqueue_many, shapes, dynamic_pad,
                  allow_smaller_final_batch, shared_name, name, "batch")


def batch_join(tensors_list: Sequence[Example], batch_size: TensorLike, capacity: int = 32, enqueue_many: bool = False,
               shapes: Any = None, dynamic_pad: bool = False, allow_smaller_final_batch: bool = False,
               shared_name: str | None = None, name: str | None = None) -> Any:
    """As `batch`, of several sources, with a thread for each.

    Args:
      tensors_list: Examples of the same form, one for each thread.
      batch_size, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch, shared_name, name: As for
        `batch`.

    Raises:
      ValueError: If shapes are not known.
      tf.errors.OutOfRangeError: When run, once there are no more examples.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.train.batch_join([[tf.constant(1.0)], [tf.constant(2.0)]], batch_size=2).shape)
      (2,)
    """
    return _plain(_listed(tensors_list), batch_size, True, 1, capacity, enqueue_many, shapes, dynamic_pad,
                  allow_smaller_final_batch, shared_name, name, "batch_join")


def maybe_batch_join(tensors_list: Sequence[Example], keep_input: TensorLike, batch_size: TensorLike,
                     capacity: int = 32, enqueue_many: bool = False, shapes: Any = None, dynamic_pad: bool = False,
                     allow_smaller_final_batch: bool = False, shared_name: str | None = None,
                     name: str | None = None) -> Any:
    """As `batch_join`, of those examples alone that are wanted.

    Args:
      tensors_list: Examples of the same form, one for each thread.
      keep_input: Whether an example is taken: a scalar bool, or with `enqueue_many` one for each row.
      batch_size, capacity, enqueue_many, shapes, dynamic_pad, allow_smaller_final_batch, shared_name, name: As for
        `batch`.

    Raises:
      ValueError: If shapes are not known.
      tf.errors.OutOfRangeError: When run, once there are no more examples.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.train.maybe_batch_join([[tf.constant(1.0)]], tf.constant(True), batch_size=2).shape)
      (2,)
    """
    return _plain(_listed(tensors_list), batch_size, keep_input, 1, capacity, enqueue_many, shapes, dynamic_pad,
                  allow_smaller_final_batch, shared_name, name, "batch_join")


def shuffle_batch(tensors: Example, batch_size: TensorLike, capacity: int, min_after_dequeue: int,
                  num_threads: int = 1, seed: int | None = None, enqueue_many: bool = False, shapes: Any = None,
                  allow_smaller_final_batch: bool = False, shared_name: str | None = None,
                  name: str | None = None) -> Any:
    """As `batch`, with examples in random order.

    Args:
      tensors: A tensor, a list of them, or a dictionary: one example.
      capacity: How many examples may wait.
      min_after_dequeue: How many of them stay behind, so that there is something to choose from.
      seed: Seed of the order.
      batch_size, num_threads, enqueue_many, shapes, allow_smaller_final_batch, shared_name, name: As for `batch`.

    Raises:
      ValueError: If shapes are not known, or `capacity` leaves no room.
      tf.errors.OutOfRangeError: When run, once there are no more examples.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.train.shuffle_batch([tf.constant(1.0)], 2, capacity=10, min_after_dequeue=5).shape)
      (2,)
    """
    return _shuffled([tensors], batch_size, capacity, min_after_dequeue, True, num_threads, seed, enqueue_many, shapes,
                     allow_smaller_final_batch, shared_name, name, "shuffle_batch")


def maybe_shuffle_batch(tensors: Example, batch_size: TensorLike, capacity: int, min_after_dequeue: int,
                        keep_input: TensorLike, num_threads: int = 1, seed: int | None = None,
                        enqueue_many: bool = False, shapes: Any = None, allow_smaller_final_batch: bool = False,
                        shared_name: str | None = None, name: str | None = None) -> Any:
    """As `shuffle_batch`, of those examples alone that are wanted.

    Args:
      tensors: A tensor, a list of them, or a dictionary: one example.
      keep_input: Whether the example is taken: a scalar bool, or with `enqueue_many` one for each row.
      num_threads: How many threads compute examples.
      batch_size, capacity, min_after_dequeue, seed, enqueue_many, shapes, allow_smaller_final_batch, shared_name, name:
        As for `shuffle_batch`.

    Raises:
      ValueError: If shapes are not known.
      tf.errors.OutOfRangeError: When run, once there are no more examples.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.train.maybe_shuffle_batch([tf.constant(1.0)], 2, 10, 5, tf.constant(True)).shape)
      (2,)
    """
    return _shuffled([tensors], batch_size, capacity, min_after_dequeue, keep_input, num_threads, seed, enqueue_many,
                     shapes, allow_smaller_final_batch, shared_name, name, "shuffle_batch")


def shuffle_batch_join(tensors_list: Sequence[Example], batch_size: TensorLike, capacity: int, min_after_dequeue: int,
                       seed: int | None = None, enqueue_many: bool = False, shapes: Any = None,
                       allow_smaller_final_batch: bool = False, shared_name: str | None = None,
                       name: str | None = None) -> Any:
    """As `shuffle_batch`, of several sources, with a thread for each.

    Args:
      tensors_list: Examples of the same form, one for each thread.
      batch_size, capacity, min_after_dequeue, seed, enqueue_many, shapes, allow_smaller_final_batch, shared_name, name:
        As for `shuffle_batch`.

    Raises:
      ValueError: If shapes are not known.
      tf.errors.OutOfRangeError: When run, once there are no more examples.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.train.shuffle_batch_join([[tf.constant(1.0)]], 2, capacity=10, min_after_dequeue=5).shape)
      (2,)
    """
    return _shuffled(_listed(tensors_list), batch_size, capacity, min_after_dequeue, True, 1, seed, enqueue_many,
                     shapes, allow_smaller_final_batch, shared_name, name, "shuffle_batch_join")


def maybe_shuffle_batch_join(tensors_list: Sequence[Example], batch_size: TensorLike, capacity: int,
                             min_after_dequeue: int, keep_input: TensorLike, seed: int | None = None,
                             enqueue_many: bool = False, shapes: Any = None, allow_smaller_final_batch: bool = False,
                             shared_name: str | None = None, name: str | None = None) -> Any:
    """As `shuffle_batch_join`, of those examples alone that are wanted.

    Args:
      tensors_list: Examples of the same form, one for each thread.
      keep_input: Whether an example is taken: a scalar bool, or with `enqueue_many` one for each row.
      batch_size, capacity, min_after_dequeue, seed, enqueue_many, shapes, allow_smaller_final_batch, shared_name, name:
        As for `shuffle_batch`.

    Raises:
      ValueError: If shapes are not known.
      tf.errors.OutOfRangeError: When run, once there are no more examples.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.train.maybe_shuffle_batch_join([[tf.constant(1.0)]], 2, 10, 5, tf.constant(True)).shape)
      (2,)
    """
    return _shuffled(_listed(tensors_list), batch_size, capacity, min_after_dequeue, keep_input, 1, seed, enqueue_many,
                     shapes, allow_smaller_final_batch, shared_name, name, "shuffle_batch_join")


def _listed(tensors_list: Sequence[Example]) -> list[Example]:
    examples = list(tensors_list)
    if not examples:
        raise ValueError("Expected at least one source of examples.")
    return examples
