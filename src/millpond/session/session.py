"""Session: runs parts of a graph.

State of the module: the open sessions, for `Session.reset`. State of a session: its calls and plans, the runtime
(variables, random streams, executables, values kept by handle), the partial runs under way, how often `Print` nodes
have printed, and the cancellation that closing it sets. `run` may be called from many threads at once.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from typing import Any

from tensorboard.compat.proto import config_pb2

from millpond.compiler import debug, dispatch
from millpond.compiler.services import Cancellation
from millpond.errors import CancelledError, DeadlineExceededError, InvalidArgumentError, NotFoundError, OpError
from millpond.graph import stacks
from millpond.graph.graph import Graph
from millpond.session import devices, execution, feeds, metadata, partial_run
from millpond.session.calls import Call, Calls
from millpond.session.feeds import expand_keys, resolve_keys
from millpond.session.fetches import FetchPlan, to_caller
from millpond.session.runtime import Runtime
from millpond.session.variable_store import VariableStore

_open_sessions: weakref.WeakSet[BaseSession] = weakref.WeakSet()


class BaseSession:
    """What `Session` and `InteractiveSession` share.

    Args:
      target: The execution engine: empty for this process.
      graph: The graph to run; by default the default graph.
      config: A `ConfigProto` message.

    Raises:
      TypeError: If `graph`, `config` or `target` is of another type.
      tf.errors.NotFoundError: If nobody serves the target.
      NotImplementedError: If the target is another process (`grpc://`).

    Example:
      >>> import millpond as tf
      >>> issubclass(tf.Session, tf.python.client.session.BaseSession)
      True
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        if graph is not None and not isinstance(graph, Graph):
            raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
        if config is not None and not isinstance(config, config_pb2.ConfigProto):
            raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
        if isinstance(target, bytes):
            target = target.decode()
        if not isinstance(target, str):
            raise TypeError(f"target must be a string, but got {target!r}")
        if target.startswith("grpc://"):
            raise NotImplementedError(f"Session target {target!r}: only sessions of this process are supported so far")
        if target not in ("", "local"):
            raise NotFoundError(None, None, f"No session factory registered for the target {target!r}: use '' for "
                                "this process.")
        self._graph = stacks.default_graph() if graph is None else graph
        self._target = target
        self._config = config or config_pb2.ConfigProto()
        self._closed = False
        self._timeout = self._config.operation_timeout_in_ms
        # How often each Print node has printed.
        self.printed: dict[str, int] = {}
        self._cancellation = Cancellation()
        self._cpus = self._config.device_count.get("CPU", 0)
        self._runtime = Runtime(self, VariableStore(), _tier(self._config), self._cpus)
        log = debug.write if self._config.log_device_placement else None
        self._partial_runs: dict[str, partial_run.PartialRun] = {}
        if self._cpus > 1:
            devices.request_virtual_cpus(self._cpus)
        _open_sessions.add(self)
        place = devices.Placer(self._config.allow_soft_placement, log, self._cpus)
        self._calls = Calls(self._graph, place, lambda stage: self._runtime.runner(stage, place.several),
                            self._runtime.forget)

    @property
    def graph(self) -> Graph:
        """The graph that the session runs."""
        return self._graph

    @property
    def graph_def(self) -> Any:
        return self._graph.as_graph_def()

    @property
    def sess_str(self) -> str:
        return self._target

    def run(self, fetches: Any, feed_dict: dict[Any, Any] | None = None, options: Any = None,
            run_metadata: Any = None) -> Any:
        """Runs what `fetches` need and returns their values.

        Args:
          fetches: A tensor, operation, variable or name, or a list, tuple, namedtuple or dict of fetches.
          feed_dict: Values to use in place of tensors: placeholders, or any others.
          options: A `RunOptions` message.
          run_metadata: A `RunMetadata` message to fill.

        Returns:
          Values in the structure of `fetches`: NumPy arrays, NumPy scalars for tensors of no dimensions, None for
          operations.

        Raises:
          RuntimeError: If the session is closed.
          TypeError, ValueError: If `fetches` or `feed_dict` cannot be used.
          tf.errors.OpError: If an operation fails. No variable has changed then, but for three cases that
            `docs/semantics.md` names: among them that another run has written it meanwhile.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default(), tf.Session() as sess:
          ...     a = tf.placeholder(tf.float32, [2])
          ...     print(sess.run({"twice": a * 2.0}, {a: [1.0, 2.0]}))
          {'twice': array([2., 4.], dtype=float32)}
        """
        try:
            return self._run(fetches, feed_dict, options, run_metadata)
        except OpError as error:
            raise debug.shortened(error) from error.__cause__

    def _run(self, fetches: Any, feed_dict: dict[Any, Any] | None, options: Any, run_metadata: Any) -> Any:
        self._check_open()
        if feed_dict and not isinstance(feed_dict, dict):
            raise TypeError(f"feed_dict must be a dictionary from tensors to values, got {type(feed_dict)}")
        if options is not None or run_metadata is not None or self._timeout > 0:
            feed_dict = feeds.expand(feed_dict or {})
            call = self._calls.find(fetches, tuple(feed_dict))
            return self._execute_with_options(call, list(feed_dict.values()), options, run_metadata)
        if feed_dict:
            if not feeds.is_plain(feed_dict):
                feed_dict = feeds.expand(feed_dict)
            call, values = self._calls.find(fetches, tuple(feed_dict)), list(feed_dict.values())
        else:
            call, values = self._calls.find(fetches, ()), []
        return execution.execute(self._runtime, call, values, self._cancellation)

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session. Make a new one with tf.Session().")

    def _execute(self, call: Call, values: list[Any]) -> Any:
        return execution.execute(self._runtime, call, values, self._cancellation)

    def _execute_with_options(self, call: Call, values: list[Any], options: Any, run_metadata: Any) -> Any:
        """A run that may be timed, traced, or both."""
        if options is not None and not isinstance(options, config_pb2.RunOptions):
            raise TypeError(f"options must be a tf.RunOptions, but got {type(options)}")
        if run_metadata is not None and not isinstance(run_metadata, config_pb2.RunMetadata):
            raise TypeError(f"run_metadata must be a tf.RunMetadata, but got {type(run_metadata)}")
        trace = metadata.Trace() if run_metadata is not None and metadata.wants_trace(options) else None
        traced = {"run_stage": trace.run} if trace is not None else {}
        timeout = (options.timeout_in_ms if options is not None else 0) or self._timeout
        if timeout > 0:
            timed_out = DeadlineExceededError(
                None, None, f"Timed out: the run did not finish within {timeout} ms (RunOptions.timeout_in_ms, or "
                "operation_timeout_in_ms of the ConfigProto)")
            result = execution.run_within(
                timeout, lambda cancellation: execution.execute(self._runtime, call, values, cancellation, **traced),
                self._cancellation, timed_out, self._runtime.lock)
        else:
            result = execution.execute(self._runtime, call, values, self._cancellation, **traced)
        if run_metadata is not None:
            metadata.fill(run_metadata, call, trace, options, self._config)
        return result

    def make_callable(self, fetches: Any, feed_list: Any = None, accept_options: bool = False) -> Callable[..., Any]:
        """A function of the values of `feed_list` that returns the values of `fetches`; quicker than `run`.

        Args:
          fetches: What `run` takes.
          feed_list: Tensors, or names of them, in the order in which the function takes their values.
          accept_options: Accepted for compatibility: the function always takes `options` and `run_metadata`, as
            `run` does.

        Raises:
          TypeError: If `feed_list` is no list.
        """
        if feed_list is not None and not isinstance(feed_list, (list, tuple)):
            raise TypeError("feed_list must be a list or tuple of tensors")
        self._check_open()
        keys = tuple(feed_list or ())
        self._calls.find(fetches, keys)

        def call(*values: Any, options: Any = None, run_metadata: Any = None) -> Any:
            self._check_open()
            if len(values) != len(keys):
                raise ValueError(f"the callable takes {len(keys)} values, got {len(values)}")
            made = self._calls.find(fetches, keys)
            if options is not None or run_metadata is not None or self._timeout > 0:
                return self._execute_with_options(made, list(values), options, run_metadata)
            return self._execute(made, list(values))

        return call

    def as_default(self) -> Any:
        """Makes this the default session inside a `with` block; it is not closed at the end."""
        return stacks.sessions.pushed(self)

    def list_devices(self) -> list[devices.DeviceAttributes]:
        """The devices of the session: names, types, memory."""
        self._check_open()
        return devices.attributes(self._cpus)

    def partial_run_setup(self, fetches: Any, feeds: Any = None) -> str:
        """Starts a step that is fed and fetched in several `partial_run` calls.

        Args:
          fetches: All that will be fetched.
          feeds: All that will be fed.

        Returns:
          A handle for `partial_run`.

        Raises:
          InvalidArgumentError: If nothing is to be fetched.
        """
        self._check_open()
        fed = resolve_keys(self._graph, expand_keys(feeds or []))
        started = partial_run.PartialRun(FetchPlan(self._graph, fetches), fed)
        self._partial_runs[started.handle] = started
        return started.handle

    def partial_run(self, handle: str, fetches: Any, feed_dict: dict[Any, Any] | None = None) -> Any:
        """Goes on with a step: feeds more of it, and fetches what that makes ready. Each operation runs once.

        Once all that the setup named has been fetched the step is over, and its handle is gone.

        Args:
          handle: What `partial_run_setup` gave.
          fetches: What to fetch now, of what the setup named.
          feed_dict: What to feed now.

        Returns:
          Values in the structure of `fetches`.

        Raises:
          InvalidArgumentError: If the step is over, or a feed or fetch was not named in the setup, or comes a second
            time.
        """
        self._check_open()
        started = self._partial_runs.get(handle)
        if started is None:
            raise InvalidArgumentError(None, None, f"There is no partial run '{handle}': call partial_run_setup first "
                                       "(a partial run is over when all that was named there has been fetched).")
        fetch = FetchPlan(self._graph, fetches)
        feed_dict = feeds.expand(feed_dict or {})
        fed = resolve_keys(self._graph, feed_dict)
        started.check(fetch, fed)
        for tensor, value in zip(fed, feed_dict.values(), strict=True):
            # Later calls use it too, and the caller may change it meanwhile.
            started.values[tensor] = feeds.FeedConverter(tensor).own(value)
        kept, targets = started.pending(fetch)
        missing = [tensor for tensor in fetch.tensors if tensor not in started.values]
        wanted = {"fetches": missing, "kept": kept, "targets": targets}
        result = self._execute(self._calls.find(wanted, tuple(started.values), started.done),
                               list(started.values.values()))
        if started.note(fetch):
            self._partial_runs.pop(handle, None)
        started.values.update(zip(missing, result["fetches"], strict=True))
        started.values.update(zip(kept, result["kept"], strict=True))
        return fetch.rebuild([to_caller(started.values[tensor]) for tensor in fetch.tensors])

    @staticmethod
    def reset(target: str, containers: Any = None, config: Any = None) -> None:
        """Clears the variables of the sessions on a target, and closes them.

        Args:
          target: The execution engine: empty for this process.
          containers: Names of containers to clear; all of them by default.
          config: Accepted for compatibility.
        """
        if target not in ("", "local"):
            raise NotImplementedError(f"Session.reset of {target!r}: only sessions of this process are supported")
        for session in list(_open_sessions):
            session.close()

    def close(self) -> None:
        """Frees the variables; the session cannot be used any more.

        Runs that other threads have under way end with `CancelledError`.
        """
        if not self._closed:
            self._closed = True
            self._cancellation.cancel(CancelledError(None, None, "The run was cancelled: its session has been closed."))
            self._calls.clear()
            self._partial_runs.clear()
            self._runtime.store.clear()
            self._runtime.kept.clear()
            self._runtime.resources.clear()


def _tier(config: Any) -> int:
    """Which tier runs stages: what the config says, else `MILLPOND_TIER` (compiled, interpreted), else by work."""
    level = config.graph_options.optimizer_options.global_jit_level
    forced = os.environ.get("MILLPOND_TIER", "")
    if level == 0 and forced:
        return {"compiled": dispatch.ALWAYS, "interpreted": dispatch.NEVER}[forced]
    return {-1: dispatch.NEVER, 1: dispatch.ALWAYS, 2: dispatch.ALWAYS}.get(level, dispatch.WHEN_HOT)


class Session(BaseSession):
    """Runs operations of a graph, and holds the values of its variables.

    Args:
      target: The execution engine: empty for this process.
      graph: The graph to run; by default the default graph.
      config: A `ConfigProto` message.

    Raises:
      TypeError: If `graph`, `config` or `target` is of another type.
      tf.errors.NotFoundError: If nobody serves the target.
      NotImplementedError: If the target is another process (`grpc://`).

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     c = tf.constant(5.0) * 6.0
      ...     with tf.Session() as sess:
      ...         print(sess.run(c))
      30.0
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        self._entered: list[Any] = []

    def __enter__(self) -> Session:
        if self._entered:
            raise RuntimeError("Session context managers are not re-entrant: the inner block would close the session. "
                               "Use `with sess.as_default():` inside.")
        graph_context, session_context = self._graph.as_default(), self.as_default()
        graph_context.__enter__()
        session_context.__enter__()
        self._entered.append((graph_context, session_context))
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        graph_context, session_context = self._entered.pop()
        session_context.__exit__(kind, error, trace)
        graph_context.__exit__(kind, error, trace)
        self.close()


class InteractiveSession(BaseSession):
    """A session that makes itself (and its graph, where one is given) the default, for shells and notebooks.

    Args:
      target: The execution engine: empty for this process.
      graph: The graph to run; by default the default graph.
      config: A `ConfigProto` message.

    Raises:
      TypeError: If `graph`, `config` or `target` is of another type.
      tf.errors.NotFoundError: If nobody serves the target.
      NotImplementedError: If the target is another process (`grpc://`).

    Example:
      >>> import millpond as tf
      >>> sess = tf.InteractiveSession(graph=tf.Graph())
      >>> print((tf.constant(5.0) * 6.0).eval())
      30.0
      >>> sess.close()
    """

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        super().__init__(target, graph, config)
        stacks.sessions.items.append(self)
        self._pushed_graph = graph
        if graph is not None:
            stacks.graphs.items.append(graph)

    def close(self) -> None:
        super().close()
        if self in stacks.sessions.items:
            stacks.sessions.items.remove(self)
        if self._pushed_graph is not None and self._pushed_graph in stacks.graphs.items:
            stacks.graphs.items.remove(self._pushed_graph)
            self._pushed_graph = None


