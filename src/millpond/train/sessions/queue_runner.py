"""QueueRunner: threads that keep a queue filled.

State of a queue runner: how many of its threads run for each session, and the exceptions of threads without a
coordinator; guarded by its `_lock`.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from typing import Any

from millpond import errors, logs
from millpond.graph import stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.operation import Operation
from millpond.graph.proto_functions import register_proto_function
from millpond.graph.tensor import Tensor
from millpond.protos.cluster import QueueRunnerDef
from millpond.session.session import BaseSession
from millpond.train.sessions.coordinator import Coordinator


class QueueRunner:
    """Runs enqueue operations again and again, each in a thread of its own.

    When the data ends (an enqueue operation raises `OutOfRangeError`) and the last thread is through, the
    queue is closed, so that its readers get what is left and then the same error.

    Args:
      queue: The queue.
      enqueue_ops: An operation for each thread; the same one may occur several times.
      close_op: Closes the queue; by default made here.
      cancel_op: Closes it and gives up enqueues that wait; by default made here.
      queue_closed_exception_types: Exceptions that mean the end of the data; by default `OutOfRangeError`.
      queue_runner_def: A `QueueRunnerDef` message in place of all others: the operations are looked up by
        name.
      import_scope: Name scope that the graph was imported under.

    Raises:
      ValueError: If the queue or the operations are missing, or given together with a message.
      TypeError: If an exception type is no class of `tf.errors`.

    Example:
      >>> import types
      >>> import millpond as tf
      >>> taken = []
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     numbers = iter(range(3))
      ...     queue = types.SimpleNamespace(name="taken", close=lambda cancel_pending_enqueues=False: tf.no_op())
      ...     enqueue = tf.py_func(lambda: taken.append(next(numbers)), [], [])
      ...     runner = tf.train.QueueRunner(queue, [enqueue])
      ...     threads = runner.create_threads(sess, start=True)
      ...     for thread in threads:
      ...         thread.join()
      >>> taken
      [0, 1, 2]
    """

    def __init__(
        self,
        queue: Any = None,
        enqueue_ops: Sequence[Any] | None = None,
        close_op: Any = None,
        cancel_op: Any = None,
        queue_closed_exception_types: tuple[type[errors.OpError], ...] | None = None,
        queue_runner_def: Any = None,
        import_scope: str | None = None,
    ) -> None:
        if queue_runner_def is not None:
            if queue is not None or enqueue_ops:
                raise ValueError("queue_runner_def and queue are mutually exclusive.")
            self._restore(queue_runner_def, import_scope)
        else:
            self._build(queue, enqueue_ops, close_op, cancel_op, queue_closed_exception_types)
        # tensorflow-estimator's queue runner uses these and other private names, which are TensorFlow's.
        self._lock = threading.Lock()
        self._runs_per_session: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
        self._exceptions_raised: list[BaseException] = []

    def _build(
        self,
        queue: Any,
        enqueue_ops: Sequence[Any] | None,
        close_op: Any,
        cancel_op: Any,
        closed_types: tuple[type[errors.OpError], ...] | None,
    ) -> None:
        if queue is None or not enqueue_ops:
            raise ValueError("Must provide queue and enqueue_ops.")
        if closed_types is None:
            closed_types = (errors.OutOfRangeError,)
        elif (
            not isinstance(closed_types, tuple)
            or not closed_types
            or not all(isinstance(one, type) and issubclass(one, errors.OpError) for one in closed_types)
        ):
            raise TypeError(
                "queue_closed_exception_types, when provided, must be a tuple of tf.errors types, but saw: "
                f"{closed_types}"
            )
        self._queue = queue
        self._name: str = queue.name
        self._enqueue_ops = list(enqueue_ops)
        self._close_op = queue.close() if close_op is None else close_op
        self._cancel_op = queue.close(cancel_pending_enqueues=True) if cancel_op is None else cancel_op
        self._queue_closed_exception_types = closed_types

    def _restore(self, message: Any, scope: str | None) -> None:
        graph = stacks.default_graph()

        def element(name: str) -> Any:
            return graph.as_graph_element(f"{scope}/{name}" if scope else name)

        self._queue = element(message.queue_name)
        self._name = self._queue.name
        self._enqueue_ops = [element(name) for name in message.enqueue_op_name]
        self._close_op = element(message.close_op_name)
        self._cancel_op = element(message.cancel_op_name)
        codes = message.queue_closed_exception_types or [errors.OUT_OF_RANGE]
        self._queue_closed_exception_types = tuple(errors.exception_type_from_error_code(code) for code in codes)

    @property
    def queue(self) -> Any:
        """The queue; where the runner was restored from a message, the operation that makes it."""
        return self._queue

    @property
    def enqueue_ops(self) -> list[Any]:
        """The enqueue operations, one for each thread."""
        return self._enqueue_ops

    @property
    def close_op(self) -> Any:
        """Closes the queue."""
        return self._close_op

    @property
    def cancel_op(self) -> Any:
        """Closes the queue and gives up what waits."""
        return self._cancel_op

    @property
    def queue_closed_exception_types(self) -> tuple[type[errors.OpError], ...]:
        """Exceptions that mean the end of the data."""
        return self._queue_closed_exception_types

    @property
    def exceptions_raised(self) -> list[BaseException]:
        """What threads without a coordinator raised."""
        return self._exceptions_raised

    @property
    def name(self) -> str:
        """Name of the queue."""
        return self._name

    def has_run_in(self, sess: Any) -> bool:
        """Whether threads have been made for a session."""
        with self._lock:
            return sess in self._runs_per_session

    def create_threads(
        self, sess: Any, coord: Coordinator | None = None, daemon: bool = False, start: bool = False
    ) -> list[threading.Thread]:
        """Makes the threads that run the enqueue operations in a session.

        Args:
          sess: The session.
          coord: A coordinator: it gets their errors, and its stop gives up enqueues that wait. Without it,
            errors are logged and kept in `exceptions_raised`.
          daemon: Whether the program may end while they run.
          start: Whether to start them.

        Returns:
          The threads, one for each operation and (with a coordinator) one that waits for the stop; none if
          those of an earlier call still run in this session.

        Raises:
          tf.errors.OpError: Not here, but in a thread: what an operation raises goes to the coordinator.

        Example:
          >>> import types
          >>> import millpond as tf
          >>> taken = []
          >>> with tf.Graph().as_default(), tf.Session() as sess:
          ...     numbers = iter(range(3))
          ...     queue = types.SimpleNamespace(name="taken", close=lambda cancel_pending_enqueues=False: tf.no_op())
          ...     enqueue = tf.py_func(lambda: taken.append(next(numbers)), [], [])
          ...     runner = tf.train.QueueRunner(queue, [enqueue])
          ...     threads = runner.create_threads(sess, start=True)
          ...     for thread in threads:
          ...         thread.join()
          >>> taken
          [0, 1, 2]
        """
        with self._lock:
            if self._runs_per_session.get(sess, 0) > 0:
                return []
            self._runs_per_session[sess] = len(self._enqueue_ops)
            self._exceptions_raised = []
        threads = [
            threading.Thread(
                target=self._run,
                args=(sess, op, coord),
                name=f"QueueRunnerThread-{self._name}-{_name_of(op)}",
            )
            for op in self._enqueue_ops
        ]
        if coord is not None:
            threads.append(
                threading.Thread(
                    target=self._close_on_stop,
                    args=(sess, self._cancel_op, coord),
                    name=f"QueueRunnerThread-{self._name}-close_on_stop",
                )
            )
        for thread in threads:
            if coord is not None:
                coord.register_thread(thread)
            thread.daemon = daemon
            if start:
                thread.start()
        return threads

    def _run(self, sess: Any, enqueue_op: Any, coord: Coordinator | None) -> None:
        """Work of one thread: enqueues until the data ends, a stop is asked for, or something goes wrong."""
        ended = False
        try:
            enqueue = sess.make_callable(enqueue_op)
            while coord is None or not coord.should_stop():
                enqueue()
        except self._queue_closed_exception_types:
            ended = True
        except Exception as error:  # noqa: BLE001 - kept, or raised by the coordinator's join
            if coord is not None:
                coord.request_stop(error)
            else:
                logs.error("Exception in QueueRunner: %s", error)
                with self._lock:
                    self._exceptions_raised.append(error)
        with self._lock:
            self._runs_per_session[sess] -= 1
            is_last = self._runs_per_session[sess] == 0
        if ended and is_last:
            _close(sess, self._close_op)

    def _close_on_stop(self, sess: Any, cancel_op: Any, coord: Coordinator) -> None:
        """Work of the thread that waits for the stop."""
        coord.wait_for_stop()
        _close(sess, cancel_op)

    def to_proto(self, export_scope: str | None = None) -> Any:
        """The runner as a `QueueRunnerDef` message; None if the queue stands outside `export_scope`."""
        if export_scope is not None and not self._name.startswith(export_scope):
            return None
        prefix = f"{export_scope}/" if export_scope else ""
        return QueueRunnerDef(
            queue_name=self._name.removeprefix(prefix),
            enqueue_op_name=[_name_of(op).removeprefix(prefix) for op in self._enqueue_ops],
            close_op_name=_name_of(self._close_op).removeprefix(prefix),
            cancel_op_name=_name_of(self._cancel_op).removeprefix(prefix),
            queue_closed_exception_types=[
                errors.error_code_from_exception_type(one) for one in self._queue_closed_exception_types
            ],
        )

    @staticmethod
    def from_proto(queue_runner_def: Any, import_scope: str | None = None) -> QueueRunner:
        """The runner of a `QueueRunnerDef` message, whose operations are in the default graph."""
        return QueueRunner(queue_runner_def=queue_runner_def, import_scope=import_scope)


def _close(sess: Any, op: Any) -> None:
    """Closes a queue; it may be closed already, and so may the session."""
    try:
        sess.run(op)
    except (errors.OpError, RuntimeError) as error:
        logs.debug("Ignored exception while closing a queue: %s", error)


def _name_of(element: Operation | Tensor) -> str:
    return element.name


def add_queue_runner(qr: QueueRunner, collection: str = GraphKeys.QUEUE_RUNNERS) -> None:
    """Adds a queue runner to a collection of the default graph, for `start_queue_runners`."""
    stacks.default_graph().add_to_collection(collection, qr)


def start_queue_runners(
    sess: Any = None,
    coord: Coordinator | None = None,
    daemon: bool = True,
    start: bool = True,
    collection: str = GraphKeys.QUEUE_RUNNERS,
) -> list[threading.Thread]:
    """Starts the threads of all queue runners of a collection.

    Args:
      sess: The session they run in; by default the default session.
      coord: The coordinator of the threads.
      daemon: Whether the program may end while they run.
      start: Whether to start the threads, or only to make them.
      collection: Where the queue runners are.

    Returns:
      The threads.

    Raises:
      ValueError: If there is no session.
      TypeError: If `sess` is none.

    Example:
      >>> import types
      >>> import millpond as tf
      >>> taken = []
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     numbers = iter(range(3))
      ...     queue = types.SimpleNamespace(name="taken", close=lambda cancel_pending_enqueues=False: tf.no_op())
      ...     enqueue = tf.py_func(lambda: taken.append(next(numbers)), [], [])
      ...     runner = tf.train.QueueRunner(queue, [enqueue])
      ...     tf.train.add_queue_runner(runner)
      ...     threads = tf.train.start_queue_runners(sess)
      ...     for thread in threads:
      ...         thread.join()
      >>> taken
      [0, 1, 2]
    """
    if sess is None:
        sess = stacks.default_session()
        if sess is None:
            raise ValueError(
                "Cannot start queue runners: No default session is registered. Use `with sess.as_default()` "
                "or pass an explicit session to tf.train.start_queue_runners(sess=sess)"
            )
    if not isinstance(sess, BaseSession):
        if getattr(sess, "starts_queue_runners", False):  # monitored sessions have done so
            return []
        raise TypeError(f"sess must be a `tf.Session` object. Given class: {type(sess)}")
    with sess.graph.as_default():
        runners = stacks.default_graph().get_collection(collection)
        if not runners:
            logs.warning(
                "`tf.train.start_queue_runners()` was called when no queue runners were defined. You can "
                "safely remove the call to this deprecated function."
            )
        return [
            thread
            for runner in runners
            for thread in runner.create_threads(sess, coord=coord, daemon=daemon, start=start)
        ]


def _to_proto(runner: QueueRunner, export_scope: str | None = None) -> Any:
    return runner.to_proto(export_scope=export_scope)


register_proto_function(GraphKeys.QUEUE_RUNNERS, QueueRunnerDef, _to_proto, QueueRunner.from_proto)
