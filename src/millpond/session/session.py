"""Session: runs parts of a graph.

State of the module: the open sessions, for `Session.reset`. State of a session: its plans by (fetches, feeds, graph
version) in `_calls`, and the runtime (variables, random streams, executables). `run` may be called from many threads
at once.
"""

from __future__ import annotations

import collections
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from tensorboard.compat.proto import config_pb2

from millpond.compiler import debug, dispatch, plan
from millpond.compiler.variable_order import Version
from millpond.errors import DeadlineExceededError, InvalidArgumentError
from millpond.graph import stacks
from millpond.graph.graph import Graph
from millpond.graph.tensor import Tensor
from millpond.session import devices, feeds, metadata, partial_run
from millpond.session.feeds import expand_keys, resolve_keys
from millpond.session.fetches import FetchPlan, structure_key, to_caller
from millpond.session.runtime import Runtime
from millpond.session.variable_store import VariableStore

MAX_PLANS = 1024

_open_sessions: weakref.WeakSet[BaseSession] = weakref.WeakSet()


class _Call:
    """What is worked out once for a set of fetches and feeds."""

    __slots__ = ("converters", "feed_tensors", "runners", "plan", "fetch", "fetch_keys", "constants", "version", "used")

    def __init__(self, made: plan.Plan, fetch: FetchPlan, runners: Sequence[dispatch.StageExecutor],
                 version: int) -> None:
        self.plan = made
        self.fetch = fetch
        self.runners = runners
        self.version = version
        self.used = False
        self.feed_tensors = made.feeds
        self.converters = [feeds.FeedConverter(tensor) for tensor in made.feeds]
        self.fetch_keys = made.fetch_keys
        self.constants = {key: key.op.attributes["value"] for key in made.fetch_keys
                          if isinstance(key, Tensor) and key.op.definition.role == "constant"
                          and key not in made.feeds}


class BaseSession:
    """What `Session` and `InteractiveSession` share."""

    def __init__(self, target: str = "", graph: Graph | None = None, config: Any = None) -> None:
        if graph is not None and not isinstance(graph, Graph):
            raise TypeError(f"graph must be a tf.Graph, but got {type(graph)}")
        if config is not None and not isinstance(config, config_pb2.ConfigProto):
            raise TypeError(f"config must be a tf.ConfigProto, but got {type(config)}")
        if isinstance(target, bytes):
            target = target.decode()
        if not isinstance(target, str):
            raise TypeError(f"target must be a string, but got {target!r}")
        if target not in ("", "local"):
            raise NotImplementedError(f"Session target {target!r}: only sessions of this process are supported so far")
        self._graph = stacks.default_graph() if graph is None else graph
        self._target = target
        self._config = config or config_pb2.ConfigProto()
        self._closed = False
        self._timeout = self._config.operation_timeout_in_ms
        # How often each Print node has printed.
        self.printed: dict[str, int] = {}
        self._calls: collections.OrderedDict[Any, _Call] = collections.OrderedDict()
        self._calls_lock = threading.Lock()
        self._runtime = Runtime(self, VariableStore(), _tier(self._config))
        log = (lambda line: debug.write(line)) if self._config.log_device_placement else None
        self._partial_runs: dict[str, partial_run.PartialRun] = {}
        cpus = self._config.device_count.get("CPU", 0)
        if cpus > 1:
            devices.request_virtual_cpus(cpus)
        _open_sessions.add(self)
        self._place = devices.Placer(self._config.allow_soft_placement, log)

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
          tf.errors.OpError: If an operation fails; no variable has changed then.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default(), tf.Session() as sess:
          ...     a = tf.placeholder(tf.float32, [2])
          ...     print(sess.run({"twice": a * 2.0}, {a: [1.0, 2.0]}))
          {'twice': array([2., 4.], dtype=float32)}
        """
        self._check_open()
        if feed_dict and not isinstance(feed_dict, dict):
            raise TypeError(f"feed_dict must be a dictionary from tensors to values, got {type(feed_dict)}")
        if options is not None or run_metadata is not None or self._timeout > 0:
            feed_dict = feeds.expand(feed_dict or {})
            call = self._call(fetches, tuple(feed_dict))
            return self._execute_with_options(call, list(feed_dict.values()), options, run_metadata)
        if feed_dict:
            if not feeds.is_plain(feed_dict):
                feed_dict = feeds.expand(feed_dict)
            call = self._call(fetches, tuple(feed_dict))
            return self._execute(call, list(feed_dict.values()))
        return self._execute(self._call(fetches, ()), [])

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("Attempted to use a closed Session. Make a new one with tf.Session().")

    def _execute_with_options(self, call: _Call, values: list[Any], options: Any, run_metadata: Any) -> Any:
        """A run that may be timed, traced, or both."""
        if options is not None and not isinstance(options, config_pb2.RunOptions):
            raise TypeError(f"options must be a tf.RunOptions, but got {type(options)}")
        if run_metadata is not None and not isinstance(run_metadata, config_pb2.RunMetadata):
            raise TypeError(f"run_metadata must be a tf.RunMetadata, but got {type(run_metadata)}")
        trace = metadata.Trace() if run_metadata is not None and metadata.wants_trace(options) else None
        timeout = (options.timeout_in_ms if options is not None else 0) or self._timeout
        if timeout > 0:
            result = self._execute_within(timeout, call, values, trace)
        else:
            result = self._execute(call, values, trace)
        if trace is not None:
            trace.fill(run_metadata, self._graph, options)
        return result

    def _execute_within(self, milliseconds: int, call: _Call, values: list[Any], trace: Any) -> Any:
        """A run on a thread of its own, abandoned at its next stage once the time is over."""
        deadline = threading.Event()
        answer: list[Any] = []
        failure: list[BaseException] = []

        def work() -> None:
            try:
                answer.append(self._execute(call, values, trace, deadline))
            except BaseException as error:  # noqa: BLE001 - the thread that waits raises it
                failure.append(error)

        worker = threading.Thread(target=work, daemon=True, name="millpond-run")
        worker.start()
        worker.join(milliseconds / 1000)
        if worker.is_alive():
            deadline.set()
            raise DeadlineExceededError(None, None, f"Timed out: the run did not finish within {milliseconds} ms "
                                        "(RunOptions.timeout_in_ms, or operation_timeout_in_ms of the ConfigProto)")
        if failure:
            raise failure[0]
        return answer[0]

    def _call(self, wanted: Any, feed_keys: tuple[Any, ...]) -> _Call:
        key = (structure_key(wanted), feed_keys)
        call = self._calls.get(key)
        if call is None or call.version != self._graph.version:
            call = self._make_call(wanted, feed_keys)
            with self._calls_lock:
                self._calls[key] = call
                self._drop_idle_calls()
        call.used = True
        return call

    def _drop_idle_calls(self) -> None:
        """Keeps to MAX_PLANS. What has been used since it was last passed over stays: a training step is not planned
        and compiled anew because the program made a thousand other fetches."""
        while len(self._calls) > MAX_PLANS:
            key, call = self._calls.popitem(last=False)
            if call.used:
                call.used = False
                self._calls[key] = call

    def _make_call(self, wanted: Any, feed_keys: tuple[Any, ...]) -> _Call:
        version = self._graph.version
        if self._graph.is_empty:
            raise RuntimeError("The Session graph is empty. Add operations to the graph before calling run(): is the "
                               "session's graph the one that the program built?")
        fetch = FetchPlan(self._graph, wanted)
        feed_tensors = feeds.resolve_keys(self._graph, feed_keys)
        made = plan.make_plan(fetch.tensors, fetch.targets, feed_tensors, self._place)
        debug.note("plan", lambda: "\n  ".join(map(str, ["plan", *plan.describe(made)])))
        runners = [self._runtime.runner(stage, self._place.several) for stage in made.stages]
        return _Call(made, fetch, runners, version)

    def _execute(self, call: _Call, feed_values: list[Any], trace: metadata.Trace | None = None,
                 deadline: threading.Event | None = None) -> Any:
        values: dict[Any, Any] = dict(call.constants) if call.constants else {}
        for tensor, convert, value in zip(call.feed_tensors, call.converters, feed_values, strict=True):
            values[tensor] = convert(value)
        state = dispatch.RunState(values)
        try:
            for variable in call.plan.variables_fetched:
                values[Version(variable, 0)] = self._runtime.take(variable, state)
            for runner in call.runners:
                if deadline is not None and deadline.is_set():
                    raise DeadlineExceededError(None, None, "The run was abandoned: its time is over")
                if trace is not None:
                    trace.run(runner, state)
                else:
                    runner.run(state)
            return call.fetch.rebuild([to_caller(values[key]) for key in call.fetch_keys])
        except BaseException:
            if state.written:
                self._runtime.undo(state)
            raise
        finally:
            if state.held:
                self._runtime.release(state)

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
        self._call(fetches, keys)

        def call(*values: Any, options: Any = None, run_metadata: Any = None) -> Any:
            self._check_open()
            if len(values) != len(keys):
                raise ValueError(f"the callable takes {len(keys)} values, got {len(values)}")
            made = self._call(fetches, keys)
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
        return devices.attributes()

    def partial_run_setup(self, fetches: Any, feeds: Any = None) -> str:
        """Starts a step that is fed and fetched in several `partial_run` calls.

        Args:
          fetches: All that will be fetched.
          feeds: All that will be fed.

        Returns:
          A handle for `partial_run`.
        """
        self._check_open()
        fed = resolve_keys(self._graph, expand_keys(feeds or []))
        started = partial_run.PartialRun(FetchPlan(self._graph, fetches), fed)
        self._partial_runs[started.handle] = started
        return started.handle

    def partial_run(self, handle: str, fetches: Any, feed_dict: dict[Any, Any] | None = None) -> Any:
        """Goes on with a step: feeds more of it, and fetches what that makes ready. Each operation runs once.

        Raises:
          InvalidArgumentError: If a feed or fetch was not named in the setup, or comes a second time.
        """
        self._check_open()
        started = self._partial_runs.get(handle)
        if started is None:
            raise InvalidArgumentError(None, None, f"There is no partial run '{handle}': call partial_run_setup first.")
        fetch = FetchPlan(self._graph, fetches)
        feed_dict = feeds.expand(feed_dict or {})
        fed = resolve_keys(self._graph, feed_dict)
        started.check(fetch, fed)
        for tensor, value in zip(fed, feed_dict.values(), strict=True):
            started.values[tensor] = feeds.FeedConverter(tensor)(value)
        kept, targets = started.pending(fetch)
        missing = [tensor for tensor in fetch.tensors if tensor not in started.values]
        wanted = {"fetches": missing, "kept": kept, "targets": targets}
        call = self._call(wanted, tuple(started.values))
        result = self._execute(call, list(started.values.values()))
        started.note(fetch)
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
        """Frees the variables; the session cannot be used any more."""
        if not self._closed:
            self._closed = True
            self._calls.clear()
            self._runtime.store.clear()


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
    """A session that makes itself the default one, for shells and notebooks."""

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


