"""The hooks that steer a training and watch its numbers: stopping, logging, feeding, waiting.

Those that write files stand in `saving_hooks.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from millpond import logs
from millpond.errors import OutOfRangeError
from millpond.graph import stacks
from millpond.graph.graph import Graph
from millpond.graph.tensor import Tensor
from millpond.train.hooks.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from millpond.train.hooks.step_timer import SecondOrStepTimer
from millpond.train.schedules.global_step import get_global_step

_WAITER_POLL_SECS = 0.5
_WAITER_LOG_EVERY = 1000


def required_global_step(hook: SessionRunHook) -> Any:
    """The global step of the default graph.

    Raises:
      RuntimeError: If there is none.
    """
    step = get_global_step()
    if step is None:
        raise RuntimeError(
            f"Global step should be created to use {type(hook).__name__}: call "
            "tf.train.get_or_create_global_step(), and give it to the optimizer's minimize."
        )
    return step


class StopAtStepHook(SessionRunHook):
    """Stops the training at a step.

    Args:
      num_steps: How many steps to train from where the training is (re)started.
      last_step: The global step after which to stop, whatever was trained before.

    Raises:
      ValueError: Unless exactly one of the two is given.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     step = tf.train.create_global_step().assign_add(1)
      ...     with tf.train.MonitoredSession(hooks=[tf.train.StopAtStepHook(last_step=3)]) as session:
      ...         while not session.should_stop():
      ...             print(session.run(step))
      1
      2
      3
    """

    def __init__(self, num_steps: int | None = None, last_step: int | None = None) -> None:
        if num_steps is None and last_step is None:
            raise ValueError("One of num_steps or last_step must be specified.")
        if num_steps is not None and last_step is not None:
            raise ValueError("Only one of num_steps or last_step can be specified.")
        self._num_steps = num_steps
        self._last_step = last_step

    def begin(self) -> None:
        self._global_step = required_global_step(self)

    def after_create_session(self, session: Any, coord: Any) -> None:
        # A recovered session goes on counting from where the first one began.
        if self._last_step is None:
            assert self._num_steps is not None
            self._last_step = int(session.run(self._global_step)) + self._num_steps

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._global_step)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        assert self._last_step is not None
        # What the run fetched is the step before it; only near the end is the exact one worth another run.
        if (
            run_values.results + 1 >= self._last_step
            and run_context.session.run(self._global_step) >= self._last_step
        ):
            run_context.request_stop()


def _tensor(graph: Graph, tensor: Any) -> Tensor:
    """A tensor of the graph, by itself or by its name; an operation, as named without `:0`, stands for its output."""
    if not isinstance(tensor, (str, bytes)) and not hasattr(tensor, "graph"):
        raise ValueError(f"A tensor of the current graph, or its name, can be logged, but not {tensor!r}.")
    element = graph.as_graph_element(tensor)
    if isinstance(element, Tensor):
        return element
    if len(element.outputs) != 1:
        raise ValueError(f"The operation '{element.name}' ({element.type}) has {len(element.outputs)} outputs: name "
                         "the tensor to log, such as 'loss:0'")
    return element.outputs[0]


class LoggingTensorHook(SessionRunHook):
    """Logs the values of tensors, every so many runs or seconds, or at the end.

    Args:
      tensors: A dict from tags to tensors (or their names), or a list of tensors or names.
      every_n_iter: Log at the first run, and then every so many runs.
      every_n_secs: Log at the first run, and then every so many seconds.
      at_end: Log once more when the session closes.
      formatter: Makes the line from a dict of tags to values; by default `tag = value, tag = value (0.123
        sec)`, tags of a dict in alphabetical order.

    Raises:
      ValueError: Unless one of `every_n_iter` and `every_n_secs` is given, or only `at_end`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     step = tf.train.create_global_step().assign_add(1)
      ...     show = tf.train.LoggingTensorHook([step], every_n_iter=2, formatter=lambda values: print(values[step]))
      ...     with tf.train.MonitoredSession(hooks=[show]) as session:
      ...         for _ in range(4):
      ...             done = session.run(step)
      1
      3
    """

    def __init__(
        self,
        tensors: Any,
        every_n_iter: int | None = None,
        every_n_secs: float | None = None,
        at_end: bool = False,
        formatter: Callable[[dict[Any, Any]], str] | None = None,
    ) -> None:
        given = (every_n_iter is not None) + (every_n_secs is not None)
        if given > 1 or (given == 0 and not at_end):
            raise ValueError(
                "either at_end and/or exactly one of every_n_iter and every_n_secs must be provided."
            )
        if every_n_iter is not None and every_n_iter <= 0:
            raise ValueError(f"invalid every_n_iter={every_n_iter}.")
        if isinstance(tensors, dict):
            self._tensors, self._tags = dict(tensors), sorted(tensors)
        else:
            self._tags = list(tensors)
            self._tensors = {tensor: tensor for tensor in self._tags}
        self._formatter = formatter
        self._at_end = at_end
        self._timer = SecondOrStepTimer(every_secs=every_n_secs, every_steps=every_n_iter) if given else None

    def begin(self) -> None:
        graph = stacks.default_graph()
        if self._timer is not None:
            self._timer.reset()
        self._runs = 0
        self._elements = {tag: _tensor(graph, tensor) for tag, tensor in self._tensors.items()}

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs | None:
        self._is_due = self._timer is not None and self._timer.should_trigger_for_step(self._runs)
        return SessionRunArgs(self._elements) if self._is_due else None

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if self._is_due:
            self._log(run_values.results)
        self._runs += 1

    def end(self, session: Any) -> None:
        if self._at_end:
            self._log(session.run(self._elements))

    def _log(self, values: dict[Any, Any]) -> None:
        elapsed = None if self._timer is None else self._timer.update_last_triggered_step(self._runs)[0]
        with np.printoptions(suppress=True):
            if self._formatter is not None:
                line = self._formatter(values)
            else:
                line = ", ".join(f"{tag} = {values[tag]}" for tag in self._tags)
                line += "" if elapsed is None else f" ({elapsed:.3f} sec)"
        logs.info("%s", line)


class NanLossDuringTrainingError(RuntimeError):
    """The loss has become NaN."""

    def __str__(self) -> str:
        return "NaN loss during training."


class NanTensorHook(SessionRunHook):
    """Watches the loss, and stops when it is NaN.

    Args:
      loss_tensor: The loss, a tensor of no dimensions.
      fail_on_nan_loss: Raise `NanLossDuringTrainingError`; otherwise warn, and stop without an error.
    """

    def __init__(self, loss_tensor: Any, fail_on_nan_loss: bool = True) -> None:
        self._loss = loss_tensor
        self._fail_on_nan_loss = fail_on_nan_loss

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(self._loss)

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        if not np.isnan(run_values.results):
            return
        if self._fail_on_nan_loss:
            logs.error("Model diverged with loss = NaN.")
            raise NanLossDuringTrainingError
        logs.warning("Model diverged with loss = NaN.")
        # The caller may want to go on to evaluate, say.
        run_context.request_stop()


class FeedFnHook(SessionRunHook):
    """Feeds each run what a function gives.

    Args:
      feed_fn: A function without arguments that gives a `feed_dict`.
    """

    def __init__(self, feed_fn: Callable[[], dict[Any, Any]]) -> None:
        self.feed_fn = feed_fn

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs(None, feed_dict=self.feed_fn())


class FinalOpsHook(SessionRunHook):
    """Evaluates something when the session closes.

    Args:
      final_ops: What to fetch then; None for nothing.
      final_ops_feed_dict: What to feed for it.
    """

    def __init__(self, final_ops: Any, final_ops_feed_dict: dict[Any, Any] | None = None) -> None:
        self._final_ops = final_ops
        self._feed_dict = final_ops_feed_dict
        self._values: Any = None

    @property
    def final_ops_values(self) -> Any:
        """What was fetched, in the structure of `final_ops`; None before."""
        return self._values

    def end(self, session: Any) -> None:
        if self._final_ops is None:
            return
        try:
            self._values = session.run(self._final_ops, feed_dict=self._feed_dict)
        except (OutOfRangeError, StopIteration):
            logs.warning(
                "FinalOpsHook ran out of data: its ops read from the input, which has come to its end. Let "
                "them read variables only, such as the values of metrics."
            )
            raise


class GlobalStepWaiterHook(SessionRunHook):
    """Holds back the first run until the global step has come so far: workers that start one by one.

    Args:
      wait_until_step: The step.
    """

    def __init__(self, wait_until_step: int) -> None:
        self._wait_until_step = wait_until_step

    def begin(self) -> None:
        self._has_started = False
        self._global_step = required_global_step(self)

    def before_run(self, run_context: SessionRunContext) -> None:
        if not self._has_started:
            self._has_started = True
            if self._wait_until_step > 0:
                self._wait(run_context.session)

    def _wait(self, session: Any) -> None:
        logs.info("Waiting for global step %d before starting training.", self._wait_until_step)
        logged = 0
        while (step := int(session.run(self._global_step))) < self._wait_until_step:
            if step - logged > _WAITER_LOG_EVERY:
                logs.info(
                    "Waiting for global step %d before starting training. Current step is %d.",
                    self._wait_until_step,
                    step,
                )
                logged = step
            time.sleep(_WAITER_POLL_SECS)
        logs.info("Done waiting.")


class ProfilerHook(SessionRunHook):
    """Not supported: it writes traces for Chrome's viewer.

    Args:
      save_steps, save_secs: How often.
      output_dir: The folder.
      show_dataflow, show_memory: What the traces show.

    Raises:
      NotImplementedError: Always; the message names what does the same.

    Example:
      >>> import millpond as tf
      >>> tf.train.ProfilerHook(save_steps=100)
      Traceback (most recent call last):
      NotImplementedError: tf.train.ProfilerHook: pass options=tf.RunOptions(trace_level=...) ...
    """

    def __init__(
        self,
        save_steps: int | None = None,
        save_secs: float | None = None,
        output_dir: str = "",
        show_dataflow: bool = True,
        show_memory: bool = False,
    ) -> None:
        raise NotImplementedError(
            "tf.train.ProfilerHook: pass options=tf.RunOptions(trace_level=...) and run_metadata "
            "to session.run, and FileWriter.add_run_metadata shows the times in TensorBoard."
        )
