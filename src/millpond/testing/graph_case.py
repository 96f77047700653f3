"""`tf.test.TestCase`: unit tests with graphs and sessions."""

from __future__ import annotations

import contextlib
import os
import random
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from google.protobuf import text_format
from google.protobuf.message import Message
from tensorboard.compat.proto.config_pb2 import ConfigProto

from millpond import logs
from millpond.errors import OpError
from millpond.graph import stacks
from millpond.graph.devices import canonical_name
from millpond.graph.graph import MIN_CONSUMER_VERSION, PRODUCER_VERSION, Graph
from millpond.ops.random.random_seed import DEFAULT_GRAPH_SEED
from millpond.session.session import Session
from millpond.testing.array_assertions import ArrayAssertions
from millpond.testing.environment import get_temp_dir, gpu_device_name

Matcher = str | Callable[[BaseException], Any]


class TestCase(ArrayAssertions):
    """Base class of tests, on `absl.testing.absltest.TestCase`.

    Each test begins with an empty default graph of a fixed seed, and with Python's and NumPy's random generators
    seeded.

    Example:
      >>> import unittest
      >>> import millpond as tf
      >>> class SquareTest(tf.test.TestCase):
      ...     def testSquare(self):
      ...         with self.session():
      ...             self.assertAllClose(tf.square([2.0, 3.0]).eval(), [4.0, 9.0])
      >>> result = unittest.TestResult()
      >>> unittest.defaultTestLoader.loadTestsFromTestCase(SquareTest).run(result)
      <unittest.result.TestResult run=2 errors=0 failures=0>
      >>> result.skipped[0][1]
      'Not a test: TestCase.test_session gives a session.'
    """

    def __init__(self, methodName: str = "runTest") -> None:
        super().__init__(methodName)
        self._temporary: str | None = None
        self._cached: tuple[Session, tuple[Any, Any, bool]] | None = None
        self._threads: list[CheckedThread] = []

    def setUp(self) -> None:
        super().setUp()
        self._close_cached_session()
        random.seed(DEFAULT_GRAPH_SEED)
        np.random.seed(DEFAULT_GRAPH_SEED)
        # What the test runner itself may have open is none of the test's business.
        self.enterContext(stacks.set_aside())
        stacks.default_graph().seed = DEFAULT_GRAPH_SEED

    def tearDown(self) -> None:
        for thread in self._threads:
            self.assertFalse(thread.is_alive(), f"A checkedThread did not terminate: {thread.name}")
        self._threads.clear()
        self._close_cached_session()
        super().tearDown()

    def get_temp_dir(self) -> str:
        """A folder of the test's own, the same for the whole test."""
        if self._temporary is None:
            self._temporary = tempfile.mkdtemp(dir=get_temp_dir())
        return self._temporary

    # Sessions.

    @contextlib.contextmanager
    def session(self, graph: Graph | None = None, config: Any = None, use_gpu: bool = False,
                force_gpu: bool = False) -> Iterator[Session]:
        """A new session for a `with` block, the default one there; its graph is the default graph.

        Args:
          graph: The graph; by default the default one.
          config: A `ConfigProto`.
          use_gpu: Let operations run on a GPU; by default those made in the block are placed on the CPU.
          force_gpu: Place them on the GPU.

        Raises:
          tf.errors.InvalidArgumentError: When run, if there is no GPU and `force_gpu`.

        Example:
          >>> import millpond as tf
          >>> with tf.test.TestCase().session(graph=tf.Graph()) as session:
          ...     print(tf.constant(1.0).eval())
          1.0
        """
        with Session(graph=graph, config=_config(config, force_gpu)) as session, _placed(session, use_gpu, force_gpu):
            yield session

    @contextlib.contextmanager
    def cached_session(self, graph: Graph | None = None, config: Any = None, use_gpu: bool = False,
                       force_gpu: bool = False) -> Iterator[Session]:
        """The test's session, kept from one block to the next.

        Args:
          graph, config, use_gpu, force_gpu: As in `session`.

        Raises:
          ValueError: If `graph`, `config` or `force_gpu` are not those of the first block.

        Example:
          >>> import millpond as tf
          >>> case = tf.test.TestCase()
          >>> with case.cached_session() as one, case.cached_session() as other:
          ...     one is other
          True
        """
        asked = (graph, config, force_gpu)
        first = asked if self._cached is None else self._cached[1]
        for what, new, old in zip(("graph", "config", "force_gpu value"), asked, first, strict=True):
            if new is not old and not (what == "config" and new == old):
                raise ValueError(f"The {what} used to get the cached session is different than the one that was used "
                                 "to create the session. Maybe create a new session with self.session()")
        with self._kept_session(asked, use_gpu) as session:
            yield session

    def test_session(self, graph: Graph | None = None, config: Any = None, use_gpu: bool = False,
                     force_gpu: bool = False) -> contextlib.AbstractContextManager[Session]:
        """`session` if a graph is given, else `cached_session`: the one name that old tests use for both.

        Args:
          graph, config, use_gpu, force_gpu: As in `session`. What is not as in the first block is overlooked: the
            session is the first block's all the same.

        Example:
          >>> import millpond as tf
          >>> with tf.test.TestCase().test_session() as session:
          ...     print(session.run(tf.constant(1.0)))
          1.0
        """
        if self.id().endswith(".test_session"):
            # Test runners take this method for a test because of its name.
            self.skipTest("Not a test: TestCase.test_session gives a session.")
        if graph is not None:
            return self.session(graph, config, use_gpu, force_gpu)
        return self._kept_session((graph, config, force_gpu), use_gpu)

    @contextlib.contextmanager
    def _kept_session(self, asked: tuple[Graph | None, Any, bool], use_gpu: bool) -> Iterator[Session]:
        graph, config, force_gpu = asked
        if self._cached is None:
            self._cached = Session(graph=graph, config=_config(config, force_gpu)), asked
        session, _ = self._cached
        with session.graph.as_default(), session.as_default(), _placed(session, use_gpu, force_gpu):
            yield session

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors (or of a structure of them) in the default session, or else in the cached one."""
        session = stacks.default_session()
        if session is not None:
            return session.run(tensors)
        with self.cached_session() as session:
            return session.run(tensors)

    def _close_cached_session(self) -> None:
        if self._cached is not None:
            self._cached[0].close()
            self._cached = None

    # Errors.

    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(  # type: ignore[override]
        self, exception_type: Any, expected_err_re_or_predicate: Matcher
    ) -> Iterator[None]:
        """Asserts that a block raises an exception, and of which kind.

        Args:
          exception_type: Its class.
          expected_err_re_or_predicate: A regular expression to find in its message (and the names of the operations
            that it comes from), or a function of the exception.
        """
        try:
            yield
        except Exception as error:
            if not isinstance(error, exception_type) or not _matches(error, expected_err_re_or_predicate):
                raise AssertionError(f"Exception of type {type(error)}: {error}") from error
        else:
            self.fail(f"{getattr(exception_type, '__name__', exception_type)} not raised")

    def assertRaisesOpError(self, expected_err_re_or_predicate: Matcher) -> Any:
        """Asserts that a block raises a `tf.errors.OpError`; see `assertRaisesWithPredicateMatch`."""
        return self.assertRaisesWithPredicateMatch(OpError, expected_err_re_or_predicate)

    # Messages and devices.

    def assertProtoEquals(self, expected_message_maybe_ascii: Any, validate_message: Any,
                          msg: str | None = None) -> None:
        """Asserts that two protocol buffers are equal; the expected one may be given as text.

        Args:
          expected_message_maybe_ascii: A message, or its text.
          validate_message: A message.
          msg: What to say besides.

        Raises:
          AssertionError: If they differ, or are of different types.
          google.protobuf.text_format.ParseError: If the text is none of such a message.

        Example:
          >>> import millpond as tf
          >>> config = tf.ConfigProto(allow_soft_placement=True)
          >>> tf.test.TestCase().assertProtoEquals("allow_soft_placement: true", config)
        """
        expected = expected_message_maybe_ascii
        if isinstance(expected, (str, bytes)):
            expected = text_format.Parse(expected, type(validate_message)())
        elif not isinstance(expected, Message) or type(expected) is not type(validate_message):
            self.fail(f"Can't compare protos of type {type(expected)} and {type(validate_message)}.")
        if expected != validate_message:
            self.assertMultiLineEqual(_text(expected), _text(validate_message), msg)
            self.fail(self._formatMessage(msg, "The messages differ in fields that their text does not show"))

    def assertProtoEqualsVersion(self, expected: str, actual: Any, producer: int = PRODUCER_VERSION,
                                 min_consumer: int = MIN_CONSUMER_VERSION, msg: str | None = None) -> None:
        """`assertProtoEquals` of a GraphDef and a text that leaves out the versions.

        Args:
          expected: The text of a GraphDef without `versions`.
          actual: A GraphDef.
          producer: The version of the program that must have written it; by default this one's.
          min_consumer: The oldest version that must be able to read it; by default what this one writes.
          msg: What to say besides.

        Raises:
          AssertionError: If they differ.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default() as graph:
          ...     nothing = tf.no_op(name="nothing")
          >>> tf.test.TestCase().assertProtoEqualsVersion("node { name: 'nothing' op: 'NoOp' }", graph.as_graph_def())
        """
        versions = f"versions {{ producer: {producer} min_consumer: {min_consumer} }}\n"
        self.assertProtoEquals(versions + expected, actual, msg)

    def assertDeviceEqual(self, device1: Any, device2: Any, msg: str | None = None) -> None:
        """Asserts that two device strings mean the same device.

        Args:
          device1, device2: Device strings, or `DeviceSpec`s; None and the empty string are the same.
          msg: What to say besides.

        Raises:
          AssertionError: If they do not.
          ValueError: If a string names no device.

        Example:
          >>> import millpond as tf
          >>> tf.test.TestCase().assertDeviceEqual("/cpu:0", "/device:CPU:0")
        """
        self.assertEqual(canonical_name(device1), canonical_name(device2), msg)

    # What a block prints.

    @contextlib.contextmanager
    def captureWritesToStream(self, stream: Any) -> Iterator[CapturedWrites]:
        """Catches what a `with` block writes to a stream, by Python, by other threads or by C code.

        Args:
          stream: A stream with a file descriptor, such as `sys.stderr`.

        Raises:
          io.UnsupportedOperation: If the stream has no file descriptor.

        Example:
          >>> import os
          >>> import millpond as tf
          >>> with tf.test.TestCase().captureWritesToStream(open(os.devnull, "w")) as printed:
          ...     pass
          >>> printed.contents()
          ''
        """
        descriptor = stream.fileno()
        stream.flush()
        with tempfile.TemporaryFile(dir=get_temp_dir()) as file:
            original = os.dup(descriptor)
            os.dup2(file.fileno(), descriptor)
            captured = CapturedWrites()
            try:
                yield captured
            finally:
                stream.flush()
                os.dup2(original, descriptor)
                os.close(original)
                file.seek(0)
                captured._contents = file.read().decode(errors="replace")

    # Threads.

    def checkedThread(self, target: Callable[..., Any], args: Any = (), kwargs: Any = None) -> CheckedThread:
        """A thread whose failure fails the test that joins it; the test must do so.

        Args:
          target: What the thread calls.
          args, kwargs: Arguments of it.

        Raises:
          AssertionError: By `join`, if the function raised something.

        Example:
          >>> import millpond as tf
          >>> done = []
          >>> thread = tf.test.TestCase().checkedThread(done.append, args=(1,))
          >>> thread.start()
          >>> thread.join()
          >>> done
          [1]
        """
        thread = CheckedThread(self, target, args or (), kwargs or {})
        self._threads.append(thread)
        return thread


class CapturedWrites:
    """See `TestCase.captureWritesToStream`."""

    def __init__(self) -> None:
        self._contents = ""

    def contents(self) -> str:
        """What was written, once the block is left."""
        return self._contents


class CheckedThread:
    """See `TestCase.checkedThread`."""

    def __init__(self, case: TestCase, target: Callable[..., Any], args: Any, kwargs: Any) -> None:
        self._case = case
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(target, args, kwargs), daemon=True)

    @property
    def name(self) -> str:
        return self._thread.name

    def _run(self, target: Callable[..., Any], args: Any, kwargs: Any) -> None:
        try:
            target(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - raised in the thread that joins
            self._error = error

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        """Waits for the thread; fails the test if it raised something."""
        self._thread.join(timeout)
        if self._error is not None:
            error, self._error = self._error, None
            raise self._case.failureException(f"Error in checkedThread: {error}") from error

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self._thread.is_alive()


def _config(config: Any, force_gpu: bool) -> Any:
    """The configuration of a test's session: what cannot run where it is placed runs elsewhere, unless forced."""
    if config is not None and not force_gpu:
        return config
    made = ConfigProto()
    if config is not None:
        made.CopyFrom(config)
    made.allow_soft_placement = not force_gpu
    return made


def _placed(session: Session, use_gpu: bool, force_gpu: bool) -> contextlib.AbstractContextManager[Any]:
    if force_gpu:
        return session.graph.device(gpu_device_name() or "/device:GPU:0")
    return contextlib.nullcontext() if use_gpu else session.graph.device("/device:CPU:0")


def _matches(error: BaseException, matcher: Matcher) -> Any:
    if callable(matcher):
        return matcher(error)
    text = error.message if isinstance(error, OpError) else str(error)
    op = error.op if isinstance(error, OpError) else None
    if op is not None:
        text += f"\nCaused by: {op.name}"
    logs.info("Searching within error strings: '%s' within '%s'", matcher, text)
    return re.search(matcher, text)


def _text(message: Message) -> str:
    return text_format.MessageToString(message)
