"""Evaluation of a checkpoint: steps that a local variable counts, then final values."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from millpond import dtypes, logs
from millpond.formats.files import PathLike
from millpond.graph import stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.default import control_dependencies
from millpond.train.hooks.basic_hooks import FinalOpsHook
from millpond.train.hooks.session_run_hook import SessionRunArgs, SessionRunContext, SessionRunHook, SessionRunValues
from millpond.train.sessions.monitored_session import MonitoredSession
from millpond.train.sessions.scaffold import Scaffold
from millpond.train.sessions.session_creator import ChiefSessionCreator
from millpond.variables.initializers import Zeros
from millpond.variables.scope import get_variable

_STAMP = "%Y-%m-%dT%H:%M:%SZ"
_FEW = 20  # up to so many evaluations, each is logged; of more, every tenth part


def get_or_create_eval_step() -> Any:
    """The variable that counts the evaluations of the default graph: `eval_step`, local, int64, from 0.

    Raises:
      ValueError: If the collection `EVAL_STEP` has several.
    """
    found = stacks.default_graph().get_collection(GraphKeys.EVAL_STEP)
    if len(found) > 1:
        raise ValueError(f"the collection {GraphKeys.EVAL_STEP!r} should have one variable, which counts evaluations, "
                         f"and has {len(found)}: {', '.join(variable.name for variable in found)}")
    if found:
        return found[0]
    return get_variable("eval_step", shape=(), dtype=dtypes.int64, initializer=Zeros(), trainable=False,
                        collections=[GraphKeys.LOCAL_VARIABLES, GraphKeys.EVAL_STEP])


class StopAfterNEvalsHook(SessionRunHook):
    """Stops after a number of evaluations, which it logs.

    Args:
      num_evals: The number; None to go on until the input ends.
      log_progress: Whether to log them.
    """

    def __init__(self, num_evals: int | None, log_progress: bool = True) -> None:
        self._num_evals = num_evals
        self._log_progress = log_progress
        self._log_every = 1 if num_evals is None or num_evals < _FEW else num_evals // 10
        self._completed: Any = None

    def _set_evals_completed_tensor(self, updated_eval_step: Any) -> None:
        """Says which tensor counts the evaluations, the present one included."""
        self._completed = updated_eval_step

    def before_run(self, run_context: SessionRunContext) -> SessionRunArgs:
        return SessionRunArgs({"evals_completed": self._completed})

    def after_run(self, run_context: SessionRunContext, run_values: SessionRunValues) -> None:
        completed = run_values.results["evals_completed"]
        if self._log_progress and (self._num_evals == completed or completed % self._log_every == 0):
            of_all = "" if self._num_evals is None else f"/{self._num_evals}"
            logs.info("Evaluation [%d%s]", completed, of_all)
        if self._num_evals is not None and completed >= self._num_evals:
            run_context.request_stop()


def evaluate_once(checkpoint_path: PathLike | None, master: str = "", scaffold: Scaffold | None = None,
                  eval_ops: Any = None, feed_dict: Any = None, final_ops: Any = None, final_ops_feed_dict: Any = None,
                  hooks: Sequence[SessionRunHook] | None = None, config: Any = None) -> Any:
    """Evaluates the model of the default graph with the values of a checkpoint.

    Args:
      checkpoint_path: The checkpoint; None to initialize the variables instead.
      master: Target of the session.
      scaffold: What to initialize and restore with.
      eval_ops: What each evaluation runs: an operation, or a list or dictionary of them; None for no evaluation but
        `final_ops`.
      feed_dict: What is fed to each.
      final_ops: What is fetched at the end.
      final_ops_feed_dict: What is fed for that.
      hooks: Hooks of the session. A `StopAfterNEvalsHook` is told the count of the evaluations.
      config: `ConfigProto` of the session.

    Returns:
      What was fetched of `final_ops`.

    Raises:
      tf.errors.OpError: If the checkpoint cannot be restored, or an operation fails.

    Example:
      >>> import millpond as tf
      >>> tf.logging.set_verbosity(tf.logging.ERROR)
      >>> with tf.Graph().as_default():
      ...     total = tf.Variable(0.0, trainable=False)
      ...     print(evaluate_once(None, eval_ops=total.assign_add(2.0), final_ops=total.value(),
      ...                         hooks=[StopAfterNEvalsHook(5)]))
      10.0
    """
    eval_step = get_or_create_eval_step()
    hooks = list(hooks or ())
    if eval_ops is not None:
        counted = eval_step.assign_add(1, use_locking=True)
        if isinstance(eval_ops, dict):
            eval_ops = {**eval_ops, "update_eval_step": counted}
        else:
            eval_ops = [*(eval_ops if isinstance(eval_ops, (list, tuple)) else [eval_ops]), counted]
    completed = _after(eval_ops, eval_step)
    for hook in hooks:
        if isinstance(hook, StopAfterNEvalsHook):
            hook._set_evals_completed_tensor(completed)
    final = FinalOpsHook(final_ops, final_ops_feed_dict)
    creator = ChiefSessionCreator(scaffold, master, config, checkpoint_filename_with_path=checkpoint_path)
    logs.info("Starting evaluation at %s", time.strftime(_STAMP, time.localtime()))
    with MonitoredSession(creator, [*hooks, final]) as session:
        while eval_ops is not None and not session.should_stop():
            session.run(eval_ops, feed_dict)
    logs.info("Finished evaluation at %s", time.strftime(_STAMP, time.localtime()))
    return final.final_ops_values


def _after(eval_ops: Any, eval_step: Any) -> Any:
    """The count as it is after an evaluation."""
    if eval_ops is None:
        return eval_step.read_value()
    with control_dependencies(list(eval_ops.values()) if isinstance(eval_ops, dict) else eval_ops):
        return eval_step.read_value()
