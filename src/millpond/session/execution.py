"""Execution: one run of a call, from values of feeds to values of fetches.

A run without blocking stages stays on the caller's thread. Where host operations may block, each has a thread, the
caller's thread runs the other stages as soon as what they wait for is there, and the first failure cancels the rest.

Only the caller's thread touches the run's values: a thread of a blocking stage hands its outputs over through a queue,
so that one that is given up on (a Python function that never returns) can do no harm.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from typing import Any

from millpond.compiler import failures, xla
from millpond.compiler.services import Cancellation, RunState, StageExecutor
from millpond.compiler.variable_order import Version
from millpond.errors import CancelledError, OpError, ResourceExhaustedError
from millpond.session.calls import Call
from millpond.session.fetches import to_caller
from millpond.session.kept_tensors import TensorHandle
from millpond.session.runtime import Runtime

RunStage = Callable[[StageExecutor, RunState], None]


def _run_stage(runner: StageExecutor, state: RunState) -> None:
    runner.run(state)


def execute(runtime: Runtime, call: Call, feed_values: list[Any], cancellation: Cancellation,
            run_stage: RunStage = _run_stage) -> Any:
    """Runs a call.

    Args:
      runtime: What the session's stages run on.
      call: What to run.
      feed_values: Values of `call.feed_tensors`.
      cancellation: Whether to stop.
      run_stage: What runs a stage: the runner itself, or a trace that times it.

    Returns:
      The values in the caller's structure.

    Raises:
      OpError: If an operation fails. Variables and random streams are put back as far as nobody else has moved them on
        since, and their old values have not been given away for good.
    """
    values: dict[Any, Any] = dict(call.constants) if call.constants else {}
    for tensor, convert, value in zip(call.feed_tensors, call.converters, feed_values, strict=True):
        values[tensor] = convert(value)
    planned = call.planned
    state = RunState(values, cancellation)
    try:
        if planned.plan.variables_needed:
            runtime.require(planned.plan.variables_needed)
        if planned.plan.blocks:
            _run_with_threads(planned.runners, state, run_stage)
        else:
            for runner in planned.runners:
                if cancellation.error is not None:
                    cancellation.check()
                run_stage(runner, state)
        if state.unsettled:
            state.settle()
        fetched = [to_caller(values[key]) if key in values else _from_store(runtime, key) for key in call.fetch_keys]
        for position, dtype in call.handles.items():
            fetched[position] = TensorHandle(fetched[position], dtype, runtime.kept)
        return call.fetch.rebuild(fetched)
    except BaseException as error:
        runtime.undo(state)
        if cancellation.error is not None and isinstance(error, OpError):
            # What fails once the session is closed fails because of that.
            raise type(cancellation.error)(None, None, cancellation.error.message) from None
        if isinstance(error, MemoryError):
            raise ResourceExhaustedError(None, None, f"Out of memory: {error or 'the values of a run do not fit'}"
                                         ) from None
        if state.started and isinstance(error, xla.failures()):
            raise failures.device_error(*state.started[-1], error) from None
        raise


def _from_store(runtime: Runtime, key: Any) -> Any:
    """The value that a variable which the run does not set has when the run ends."""
    assert isinstance(key, Version)
    value = runtime.take(key.variable)
    try:
        return to_caller(value)
    finally:
        runtime.release(key.variable)


def _run_with_threads(runners: Sequence[StageExecutor], state: RunState, run_stage: RunStage) -> None:
    # What blocks is cancelled when another stage fails, which is not to look like a cancelled run.
    state.cancellation = Cancellation(state.cancellation)
    done: set[int] = set()
    waiting = dict(enumerate(runners))
    finished: queue.SimpleQueue[tuple[int, Any, BaseException | None]] = queue.SimpleQueue()
    under_way: set[int] = set()
    unsubscribe = state.cancellation.subscribe(lambda: finished.put((-1, None, None)))
    try:
        while waiting or under_way:
            state.cancellation.check()
            ready = [i for i, runner in waiting.items() if runner.stage.waits_for <= done]
            blocking = [i for i in ready if runners[i].stage.blocks]
            direct = [i for i in ready if not runners[i].stage.blocks]
            if len(ready) > 1 or under_way or not blocking:
                for i in blocking:
                    _start(i, waiting.pop(i), state, finished)
                    under_way.add(i)
            elif blocking:
                # Nothing else can go on meanwhile: the caller's own thread may wait as well as another, and takes
                # an interrupt better.
                direct = blocking
            if direct:
                i = direct[0]
                runner = waiting.pop(i)
                run_stage(runner, state)
                done.add(i)
            elif under_way:
                _take(finished, under_way, done, runners, state)
    except BaseException as error:
        state.cancellation.cancel(CancelledError(None, None, f"The run was stopped: {error}"))
        raise
    finally:
        unsubscribe()


def _take(finished: queue.SimpleQueue[tuple[int, Any, BaseException | None]], under_way: set[int], done: set[int],
          runners: Sequence[StageExecutor], state: RunState) -> None:
    """Waits for a thread, and takes over what it made."""
    i, outputs, error = finished.get()
    if i < 0:
        state.cancellation.check()
        return
    under_way.discard(i)
    if error is not None:
        raise error
    runners[i].publish(state, outputs)
    done.add(i)


def _start(index: int, runner: StageExecutor, state: RunState,
           finished: queue.SimpleQueue[tuple[int, Any, BaseException | None]]) -> None:
    """Runs a blocking stage on a thread of its own."""
    inputs = runner.inputs(state)
    if state.unsettled:
        state.settle()  # a guard's verdict counts before a function of the caller's sees the values

    def work() -> None:
        try:
            finished.put((index, runner.compute(state, inputs), None))
        except BaseException as error:  # noqa: BLE001 - the caller's thread raises it
            finished.put((index, None, error))

    name = runner.stage.ops[0].name
    threading.Thread(target=work, daemon=True, name=f"millpond-{name}").start()


def run_within(milliseconds: int, run: Callable[[Cancellation], Any], cancellation: Cancellation,
               timed_out: OpError, lock: Any) -> Any:
    """Runs on a thread of its own, and gives up once the time is over.

    Args:
      milliseconds: How long to wait.
      run: What to run; it stops by itself when its cancellation says so.
      cancellation: That of the session.
      timed_out: The error to raise when the time is over.
      lock: The store's lock: a run that is given up on installs nothing afterwards.
    """
    own = Cancellation(cancellation)
    answer: list[Any] = []
    failure: list[BaseException] = []

    def work() -> None:
        try:
            answer.append(run(own))
        except BaseException as error:  # noqa: BLE001 - the thread that waits raises it
            failure.append(error)

    worker = threading.Thread(target=work, daemon=True, name="millpond-run")
    worker.start()
    try:
        worker.join(milliseconds / 1000)
    except BaseException:
        own.cancel(CancelledError(None, None, "The run was interrupted"))
        raise
    if worker.is_alive():
        # Not for long: a loop that has the lock ends when it hears of this.
        locked = lock.acquire(timeout=0.02)
        own.cancel(timed_out)
        if locked:
            lock.release()
        worker.join(0.05)
    if answer:
        return answer[0]
    raise failure[0] if failure else timed_out
