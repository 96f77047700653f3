"""Coordinator: lets several threads stop together, and brings the first error of any of them to the main one.

State of a coordinator: the stop event, the first error, the registered threads, whether `join` is over;
  guarded by
its `_lock`.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from millpond import errors, logs

# How long `join` waits for one thread before it looks again whether a stop has been asked for.
_LOOK_AGAIN_SECS = 0.05


class Coordinator:
    """Coordinates the ending of a set of threads.

    Any thread asks all to stop with `request_stop`; all look at `should_stop` between their steps; the main
    thread waits with `join`, which raises what any of them reported.

    Args:
      clean_stop_exception_types: Exceptions that mean an ordinary end when they are reported, and are not
        raised by `join`; by default `OutOfRangeError`, the end of the data.

    Example:
      >>> import threading
      >>> import millpond as tf
      >>> coord, counts = tf.train.Coordinator(), []
      >>> def work():
      ...     while not coord.should_stop():
      ...         counts.append(1)
      ...         if len(counts) >= 10:
      ...             coord.request_stop()
      >>> threads = [threading.Thread(target=work) for _ in range(2)]
      >>> for thread in threads:
      ...     thread.start()
      >>> coord.join(threads)
      >>> len(counts) >= 10
      True
    """

    def __init__(self, clean_stop_exception_types: Iterable[type[BaseException]] | None = None) -> None:
        if clean_stop_exception_types is None:
            clean_stop_exception_types = (errors.OutOfRangeError,)
        self._clean_stop_exception_types = tuple(clean_stop_exception_types)
        self._lock = threading.Lock()
        self._stop_event = threading.Event()
        self._failure: BaseException | None = None
        self._joined = False
        self._registered_threads: set[threading.Thread] = set()

    def request_stop(self, ex: Any = None) -> None:
        """Asks all threads to stop.

        Args:
          ex: An exception, or a tuple of `sys.exc_info`, that `join` shall raise. Only the first counts.

        Raises:
          TypeError: If `ex` is something else.
          BaseException: `ex` itself, when `join` is over and nobody else would raise it.
        """
        error = ex[1] if isinstance(ex, tuple) else ex
        if error is not None and not isinstance(error, BaseException):
            raise TypeError(f"request_stop takes an exception or a tuple of sys.exc_info(), got {ex!r}.")
        if isinstance(error, self._clean_stop_exception_types):
            error = None
        with self._lock:
            if self._joined:
                if error is not None:
                    raise error
                return
            if not self._stop_event.is_set():
                if error is not None:
                    logs.info("Error reported to Coordinator: %s, %s", type(error), error)
                    self._failure = error
                self._stop_event.set()

    def clear_stop(self) -> None:
        """Forgets the stop and the error, so that threads can be started anew."""
        with self._lock:
            self._joined = False
            self._failure = None
            self._stop_event.clear()

    def should_stop(self) -> bool:
        """Whether a stop has been asked for."""
        return self._stop_event.is_set()

    @contextlib.contextmanager
    def stop_on_exception(self) -> Iterator[None]:
        """Reports an exception of the `with` block with `request_stop`, and ends the block without it."""
        try:
            yield
        except BaseException as error:  # noqa: BLE001 - `join` raises it, whatever it is
            self.request_stop(error)

    def wait_for_stop(self, timeout: float | None = None) -> bool:
        """Waits until a stop has been asked for, at most `timeout` seconds; gives whether it has been."""
        return self._stop_event.wait(timeout)

    def register_thread(self, thread: threading.Thread) -> None:
        """Adds a thread to those that `join` waits for."""
        with self._lock:
            self._registered_threads.add(thread)

    def join(
        self,
        threads: Iterable[threading.Thread] | None = None,
        stop_grace_period_secs: float = 120,
        ignore_live_threads: bool = False,
    ) -> None:
        """Waits until all threads have ended, or a stop has been asked for and they had time to follow.

        Args:
          threads: Threads to wait for, besides the registered ones.
          stop_grace_period_secs: Seconds that the threads get to end once a stop has been asked for.
          ignore_live_threads: Only log it if some are still running then.

        Raises:
          RuntimeError: If threads are still running after the grace period, and none reported an error.
          BaseException: The first error that was reported.

        Example:
          >>> import millpond as tf
          >>> coord = tf.train.Coordinator()
          >>> coord.request_stop(ValueError("the data is damaged"))
          >>> coord.join([])
          Traceback (most recent call last):
          ValueError: the data is damaged
        """
        with self._lock:
            waiting = self._registered_threads.union(threads or ())
        _wait(waiting, self._stop_event.is_set)
        # A thread that ended, ended; those that have not were asked to stop.
        deadline = time.monotonic() + stop_grace_period_secs
        _wait(waiting, lambda: time.monotonic() >= deadline)
        with self._lock:
            self._joined = True
            self._registered_threads = set()
            failure = self._failure
        if failure is not None:
            raise failure
        alive = [thread.name for thread in waiting if thread.is_alive()]
        if alive:
            message = f"Coordinator stopped with threads still running: {' '.join(alive)}"
            if not ignore_live_threads:
                raise RuntimeError(message)
            logs.info(message)

    @property
    def joined(self) -> bool:
        """Whether `join` is over."""
        return self._joined

    def raise_requested_exception(self) -> None:
        """Raises the first error that was reported, if there is one."""
        with self._lock:
            failure = self._failure
        if failure is not None:
            raise failure


def _wait(threads: Iterable[threading.Thread], is_enough: Callable[[], bool]) -> None:
    """Waits until all threads have ended, or it is enough."""
    for thread in threads:
        while thread.is_alive() and not is_enough():
            thread.join(_LOOK_AGAIN_SECS)


class LooperThread(threading.Thread):
    """A thread that does something again and again until its coordinator says stop.

    Subclasses write `run_loop`, and may write `start_loop` and `stop_loop`; or a function is given.

    Args:
      coord: The coordinator; it also gets what the loop raises.
      timer_interval_secs: Seconds between two beginnings of `run_loop`; None for no pause.
      target: A function to call in place of `run_loop`.
      args, kwargs: Its arguments.

    Raises:
      ValueError: If `coord` is no coordinator, or there are arguments without a target.

    Example:
      >>> import millpond as tf
      >>> coord, turns = tf.train.Coordinator(), []
      >>> def turn(most):
      ...     turns.append(len(turns))
      ...     if len(turns) == most:
      ...         coord.request_stop()
      >>> tf.train.LooperThread(coord, 0.001, target=turn, args=(3,)).start()
      >>> coord.join()
      >>> turns
      [0, 1, 2]
    """

    def __init__(
        self,
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any] | None = None,
        args: Iterable[Any] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> None:
        if not isinstance(coord, Coordinator):
            raise ValueError(f"'coord' argument must be a Coordinator: {coord}")
        if (args or kwargs) and target is None:
            raise ValueError("'args' and 'kwargs' are arguments of 'target': pass a target too.")
        super().__init__(daemon=True)
        self._coord = coord
        self._timer_interval_secs = timer_interval_secs
        self._loop_function = target
        self._loop_args = tuple(args or ())
        self._loop_kwargs = dict(kwargs or {})
        coord.register_thread(self)

    @staticmethod
    def loop(
        coord: Coordinator,
        timer_interval_secs: float | None,
        target: Callable[..., Any],
        args: Iterable[Any] | None = None,
        kwargs: dict[str, Any] | None = None,
    ) -> LooperThread:
        """Starts a thread that calls `target` every `timer_interval_secs` seconds.

        Args:
          coord: The coordinator; it also gets what the function raises.
          timer_interval_secs: Seconds between two beginnings of it; None for no pause.
          target: The function.
          args, kwargs: Its arguments.

        Raises:
          ValueError: If `coord` is no coordinator.

        Example:
          >>> import millpond as tf
          >>> coord, turns = tf.train.Coordinator(), []
          >>> def turn(most):
          ...     turns.append(len(turns))
          ...     if len(turns) == most:
          ...         coord.request_stop()
          >>> thread = tf.train.LooperThread.loop(coord, 0.001, turn, args=(3,))
          >>> coord.join()
          >>> turns
          [0, 1, 2]
        """
        looper = LooperThread(coord, timer_interval_secs, target=target, args=args, kwargs=kwargs)
        looper.start()
        return looper

    def run(self) -> None:
        """The thread's work: `start_loop`, `run_loop` until the stop, `stop_loop`."""
        with self._coord.stop_on_exception():
            self.start_loop()
            if self._timer_interval_secs is None:
                while not self._coord.should_stop():
                    self.run_loop()
            else:
                beginning = time.monotonic()
                while not self._coord.wait_for_stop(max(0.0, beginning - time.monotonic())):
                    beginning += self._timer_interval_secs
                    self.run_loop()
            self.stop_loop()

    def start_loop(self) -> None:
        """Called once, before the loop."""

    def stop_loop(self) -> None:
        """Called once, after the loop, unless it raised."""

    def run_loop(self) -> None:
        """Called at every turn; by default calls the target."""
        if self._loop_function is not None:
            self._loop_function(*self._loop_args, **self._loop_kwargs)
