"""Producers: queues that a thread fills again and again with the elements of a tensor, such as the names of files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond import dtypes
from millpond.graph import stacks
from millpond.graph.argument_types import TensorLike
from millpond.graph.collections import GraphKeys
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import range_ as range_of
from millpond.ops.array.gather import gather
from millpond.ops.array.identity import identity
from millpond.ops.array.shape import shape
from millpond.ops.host.assertions import Assert
from millpond.ops.io.io_ops import matching_files
from millpond.ops.queues.queues import FIFOQueue
from millpond.ops.random.random_ops import random_shuffle
from millpond.ops.scoping import name_scope
from millpond.shapes import as_shape
from millpond.summary.recording import scalar
from millpond.train.sessions.queue_runner import QueueRunner, add_queue_runner
from millpond.variables.variable import Variable


def match_filenames_once(pattern: TensorLike, name: str | None = None) -> Variable:
    """The files that a pattern matches, looked up once: a local variable.

    Args:
      pattern: A string tensor: a pattern, or several.
      name: Name of the operations.

    Example:
      >>> import tempfile
      >>> import millpond as tf
      >>> folder = tempfile.mkdtemp()
      >>> open(folder + "/a.txt", "w").close()
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     files = tf.train.match_filenames_once(folder + "/*.txt")
      ...     sess.run(tf.local_variables_initializer())
      ...     print(len(sess.run(files)))
      1
    """
    with name_scope(name, "matching_filenames", [pattern]) as scope:
        return Variable(name=scope, initial_value=matching_files(pattern), trainable=False, validate_shape=False,
                        collections=[GraphKeys.LOCAL_VARIABLES])


def limit_epochs(tensor: TensorLike, num_epochs: int | None = None, name: str | None = None) -> Tensor:
    """A tensor that can be computed `num_epochs` times.

    Args:
      tensor: Any tensor.
      num_epochs: How often; without it, for ever. The count is a local variable.
      name: Name of the operations.

    Raises:
      ValueError: If `num_epochs` is not positive.
      tf.errors.OutOfRangeError: When run once more.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     once = tf.train.limit_epochs(tf.constant(5), num_epochs=1)
      ...     sess.run(tf.local_variables_initializer())
      ...     print(sess.run(once))
      5
    """
    if num_epochs is None:
        return convert_to_tensor(tensor)
    if num_epochs <= 0:
        raise ValueError(f"num_epochs must be > 0 not {num_epochs}.")
    with name_scope(name, "limit_epochs", [tensor]) as scope:
        epochs = Variable(0, name="epochs", dtype=dtypes.int64, trainable=False,
                          collections=[GraphKeys.LOCAL_VARIABLES])
        with stacks.default_graph().control_dependencies([epochs.count_up_to(num_epochs)]):
            return identity(tensor, name=scope)


def input_producer(input_tensor: TensorLike, element_shape: Any = None, num_epochs: int | None = None,
                   shuffle: bool = True, seed: int | None = None, capacity: int = 32, shared_name: str | None = None,
                   summary_name: str | None = None, name: str | None = None, cancel_op: Any = None) -> FIFOQueue:
    """A queue of the rows of a tensor, with a queue runner that fills it.

    Args:
      input_tensor: Its rows are the elements.
      element_shape: The shape of a row, where `input_tensor` does not tell.
      num_epochs: How often all rows are given; then comes `OutOfRangeError`. Without it, for ever. Needs
        `tf.local_variables_initializer()`.
      shuffle: Whether the rows come in another order each time.
      seed: Seed of the order.
      capacity: How many elements the queue holds.
      shared_name: Under which name sessions keep the queue.
      summary_name: Name of a summary of how full the queue is.
      name: Name of the queue.
      cancel_op: Run when the queue runner is stopped.

    Raises:
      ValueError: If the shape of the rows is not known.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     row = tf.train.input_producer([[1, 2], [3, 4]], num_epochs=1, shuffle=False).dequeue()
      ...     sess.run(tf.local_variables_initializer())
      ...     coord = tf.train.Coordinator()
      ...     threads = tf.train.start_queue_runners(sess, coord)
      ...     print(sess.run(row), sess.run(row))
      ...     coord.request_stop()
      ...     coord.join(threads)
      [1 2] [3 4]
    """
    with name_scope(name, "input_producer", [input_tensor]) as scope:
        values = convert_to_tensor(input_tensor, name="input_tensor")
        row = values.shape[1:].merge_with(as_shape(element_shape))
        if not row.is_fully_defined():
            raise ValueError("Either `input_tensor` must have a fully defined shape or `element_shape` must be "
                             f"specified: the shape {values.shape} leaves that of a row open.")
        if shuffle:
            values = random_shuffle(values, seed=seed)
        values = limit_epochs(values, num_epochs)
        queue = FIFOQueue(capacity=capacity, dtypes=[values.dtype.base_dtype], shapes=[row], shared_name=shared_name,
                          name=scope)
        add_queue_runner(QueueRunner(queue, [queue.enqueue_many([values])], cancel_op=cancel_op))
        if summary_name is not None:
            scalar(summary_name, lookup("Mul")(lookup("Cast")(queue.size(), DstT=dtypes.float32), 1.0 / capacity))
        return queue


def string_input_producer(string_tensor: TensorLike, num_epochs: int | None = None, shuffle: bool = True,
                          seed: int | None = None, capacity: int = 32, shared_name: str | None = None,
                          name: str | None = None, cancel_op: Any = None) -> FIFOQueue:
    """A queue of texts, such as the names of files that readers take; see `input_producer`.

    Args:
      string_tensor: A string tensor [n].
      cancel_op: Run when the queue runner is stopped.
      num_epochs, shuffle, seed, capacity, shared_name, name: As for `input_producer`.

    Raises:
      ValueError: If it is an empty list.
      tf.errors.InvalidArgumentError: When run, if it is empty.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.train.string_input_producer(["a.csv", "b.csv"]).dequeue().dtype)
      <dtype: 'string'>
    """
    empty = "string_input_producer requires a non-null input tensor"
    if not isinstance(string_tensor, (Tensor, Variable)) and not len(list(_texts(string_tensor))):
        raise ValueError(empty)
    with name_scope(name, "input_producer", [string_tensor]) as scope:
        texts = convert_to_tensor(string_tensor, dtype=dtypes.string)
        with stacks.default_graph().control_dependencies([
                Assert(lookup("Greater")(lookup("Size")(texts), 0), [empty])]):
            texts = identity(texts)
        return input_producer(texts, [], num_epochs, shuffle, seed, capacity, shared_name,
                              f"fraction_of_{capacity}_full", scope, cancel_op)


def _texts(given: Any) -> Sequence[Any]:
    return [given] if isinstance(given, (str, bytes)) else given


def range_input_producer(limit: TensorLike, num_epochs: int | None = None, shuffle: bool = True,
                         seed: int | None = None, capacity: int = 32, shared_name: str | None = None,
                         name: str | None = None) -> FIFOQueue:
    """A queue of the numbers from 0 to `limit` - 1; see `input_producer`.

    Args:
      limit: A scalar int32 tensor.
      num_epochs, shuffle, seed, capacity, shared_name, name: As for `input_producer`.

    Raises:
      tf.errors.OutOfRangeError: When run, after `num_epochs`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.train.range_input_producer(5).dequeue().shape)
      ()
    """
    with name_scope(name, "input_producer", [limit]) as scope:
        return input_producer(range_of(limit), [], num_epochs, shuffle, seed, capacity, shared_name,
                              f"fraction_of_{capacity}_full", scope)


def slice_input_producer(tensor_list: Sequence[TensorLike], num_epochs: int | None = None, shuffle: bool = True,
                         seed: int | None = None, capacity: int = 32, shared_name: str | None = None,
                         name: str | None = None) -> list[Tensor]:
    """Rows of several tensors, those of one number together; see `input_producer`.

    Args:
      tensor_list: Tensors with the same first size.
      num_epochs, shuffle, seed, capacity, shared_name, name: As for `input_producer`.

    Returns:
      A list of tensors: a row of each.

    Raises:
      ValueError: If the list is empty.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print([row.shape for row in tf.train.slice_input_producer([tf.zeros([5, 2]), tf.zeros([5])])])
      [TensorShape([Dimension(2)]), TensorShape([])]
    """
    with name_scope(name, "input_producer", tensor_list):
        if not len(tensor_list):
            raise ValueError("Expected at least one tensor in slice_input_producer().")
        tensors = [convert_to_tensor(tensor) for tensor in tensor_list]
        number = range_input_producer(shape(tensors[0])[0], num_epochs, shuffle, seed, capacity, shared_name).dequeue()
        return [gather(tensor, number) for tensor in tensors]


