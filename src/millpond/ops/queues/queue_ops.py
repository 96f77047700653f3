"""The op types of queues. A handle is a value that holds the session's queue (`queue_values.py`).

What waits (to put in, to take out) has a stage and a thread of its own, and ends with the run. If the run fails, what
was put in is taken out again, and what was taken and not used is put back.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from millpond.dtypes import DType, int64
from millpond.errors import FailedPreconditionError, InvalidArgumentError, OpError
from millpond.graph.collections import GraphKeys
from millpond.graph.opdef import NOT_DIFFERENTIABLE, OpDefinition, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, HostContext
from millpond.ops.queues import queue_values
from millpond.ops.queues.queue_values import Element, Queue
from millpond.shapes import TensorShape

_SCALAR = TensorShape([])
_UNKNOWN = TensorShape(None)


def _define_queue(type: str, make: Callable[[Operation], Queue], components: str = "component_types: list(type) >= 1",
                  extra: str = "") -> OpDefinition:
    """An op that gives the handle of a queue, which the session makes when it is first asked for."""
    return define_op(
        type, outputs="handle: resource",
        attrs=f"{components}, shapes: list(shape) = [], capacity: int = -1, {extra}container: string = '', "
              "shared_name: string = ''",
        shape=lambda: _SCALAR, gradient=NOT_DIFFERENTIABLE, host=True, stateful=True,
        kernel=lambda context: context.resources.handle(context.op, Queue, lambda: make(context.op)))


def _described(op: Operation) -> tuple[Operation, list[DType], list[TensorShape], int]:
    attrs = op.attributes
    return op, attrs["component_types"], attrs["shapes"], attrs["capacity"]


def _priority_queue(op: Operation) -> Queue:
    from_op, dtypes, shapes, capacity = _described(op)
    return queue_values.PriorityQueue(from_op, [int64, *dtypes], [_SCALAR, *shapes], capacity)


FIFO_QUEUE = _define_queue("FIFOQueueV2", lambda op: queue_values.FIFOQueue(*_described(op)))
PADDING_FIFO_QUEUE = _define_queue("PaddingFIFOQueueV2", lambda op: queue_values.PaddingFIFOQueue(*_described(op)))
PRIORITY_QUEUE = _define_queue("PriorityQueueV2", _priority_queue, "component_types: list(type) = []")
RANDOM_SHUFFLE_QUEUE = _define_queue(
    "RandomShuffleQueueV2",
    lambda op: queue_values.RandomShuffleQueue(*_described(op), op.attributes["min_after_dequeue"],
                                               op.attributes["seed"], op.attributes["seed2"]),
    extra="min_after_dequeue: int = 0, seed: int = 0, seed2: int = 0, ")


# Putting in.


def _no_shape(*inputs: object) -> tuple[TensorShape, ...]:
    return ()


def _enqueue(context: HostContext, queue: Queue, elements: list[Element]) -> tuple[()]:
    queue.enqueue(context.op, elements, context.cancellation)
    context.taken.note(context.op, lambda: queue.withdraw(elements))
    return ()


def _queue_of(handle: Array) -> Queue:
    queue: Queue = handle[()]
    return queue


def _enqueue_kernel(context: HostContext, handle: Array, components: Sequence[Array]) -> tuple[()]:
    queue = _queue_of(handle)
    return _enqueue(context, queue, [[np.array(part) for part in queue.checked(context.op, components, False)]])


def _enqueue_many_kernel(context: HostContext, handle: Array, components: Sequence[Array]) -> tuple[()]:
    queue = _queue_of(handle)
    parts = [np.array(part) for part in queue.checked(context.op, components, True)]
    return _enqueue(context, queue, [[part[i:i + 1].reshape(part.shape[1:]) for part in parts]
                                     for i in range(len(parts[0]))])


ENQUEUE, ENQUEUE_MANY = [define_op(
    type, inputs="handle: resource, components: Tcomponents",
    attrs="Tcomponents: list(type) >= 1, timeout_ms: int = -1", shape=_no_shape, kernel=kernel,
    gradient=NOT_DIFFERENTIABLE, host=True, blocks=True)
    for type, kernel in (("QueueEnqueueV2", _enqueue_kernel), ("QueueEnqueueManyV2", _enqueue_many_kernel))]


# Taking out.


def _dequeue_shape(*inputs: object, component_types: list[DType]) -> tuple[TensorShape, ...]:
    return (_UNKNOWN,) * len(component_types)


def _take(context: HostContext, queue: Queue, count: int, at_least: int) -> list[Element]:
    if count < 0:
        op = context.op
        raise InvalidArgumentError(op.node_def, op, f"'{op.name}' cannot dequeue {count} elements.")
    elements = queue.dequeue(context.op, count, at_least, context.cancellation, lambda: _idle(context, queue))
    context.taken.note(context.op, lambda: queue.give_back(elements))
    return elements


def _idle(context: HostContext, queue: Queue) -> OpError | None:
    """What to tell one who waits for a queue whose runners nobody has started."""
    if queue.was_filled:
        return None
    runners = [runner for runner in queue.op.graph.get_collection(GraphKeys.QUEUE_RUNNERS)
               if runner.name == queue.op.name]
    if not runners or any(runner.has_run_in(context.session) for runner in runners):
        return None
    op = context.op
    return FailedPreconditionError(
        op.node_def, op, f"'{op.name}' waits for queue '{queue.op.name}', which nothing fills: its queue runner has "
        "not been started. Call tf.train.start_queue_runners(sess, coord) first (or use "
        "tf.train.MonitoredTrainingSession).")


def _dequeue_kernel(context: HostContext, handle: Array) -> list[Array]:
    element, = _take(context, _queue_of(handle), 1, 1)
    return list(element)


def dequeue_one(context: HostContext, handle: Array) -> bytes:
    """The next text of a queue of scalars, for an operation that reads what it names."""
    queue, op = _queue_of(handle), context.op
    (value, *others), = queue.dequeue(op, 1, 1, context.cancellation, lambda: _idle(context, queue))
    if others or value.dtype != object or value.ndim:
        raise InvalidArgumentError(op.node_def, op, f"'{op.name}' takes names of files from '{queue.op.name}', whose "
                                                    "elements have to be one scalar string.")
    text: bytes = value.item()
    return text


def _dequeue_many_kernel(context: HostContext, handle: Array, n: Array) -> list[Array]:
    return _batch(context, handle, int(n), int(n))


def _dequeue_up_to_kernel(context: HostContext, handle: Array, n: Array) -> list[Array]:
    return _batch(context, handle, int(n), 1)


def _batch(context: HostContext, handle: Array, count: int, at_least: int) -> list[Array]:
    queue, op = _queue_of(handle), context.op
    if not queue.shapes and queue.dtypes:
        raise InvalidArgumentError(op.node_def, op, f"'{op.name}' takes batches, and the components of "
                                                    f"'{queue.op.name}' have no shapes: give the queue `shapes`.")
    return queue.batch(_take(context, queue, count, at_least))


DEQUEUE, DEQUEUE_MANY, DEQUEUE_UP_TO = [define_op(
    type, inputs=f"handle: resource{count}", outputs="components: component_types",
    attrs="component_types: list(type) >= 1, timeout_ms: int = -1", shape=_dequeue_shape, kernel=kernel,
    gradient=NOT_DIFFERENTIABLE, host=True, blocks=True)
    for type, count, kernel in (("QueueDequeueV2", "", _dequeue_kernel), ("QueueDequeueManyV2", ", n: int32",
                                                                        _dequeue_many_kernel),
                                ("QueueDequeueUpToV2", ", n: int32", _dequeue_up_to_kernel))]


# The queue itself.


def _close_kernel(context: HostContext, handle: Array, *, cancel_pending_enqueues: bool) -> tuple[()]:
    _queue_of(handle).close(cancel_pending_enqueues)
    return ()


CLOSE = define_op("QueueCloseV2", inputs="handle: resource", attrs="cancel_pending_enqueues: bool = False",
                  shape=_no_shape, kernel=_close_kernel, gradient=NOT_DIFFERENTIABLE, host=True)
SIZE = define_op("QueueSizeV2", inputs="handle: resource", outputs="size: int32", shape=lambda handle: _SCALAR,
                 kernel=lambda context, handle: np.array(_queue_of(handle).size(), np.int32),
                 gradient=NOT_DIFFERENTIABLE, host=True)
IS_CLOSED = define_op("QueueIsClosedV2", inputs="handle: resource", outputs="is_closed: bool",
                      shape=lambda handle: _SCALAR,
                      kernel=lambda context, handle: np.array(_queue_of(handle).is_closed),
                      gradient=NOT_DIFFERENTIABLE, host=True)
