"""SessionLifetime: one session of a monitored session, with its threads and the hooks around its runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tensorboard.compat.proto.config_pb2 import RunMetadata, RunOptions

from millpond.errors import AbortedError, UnavailableError
from millpond.graph import stacks
from millpond.graph.collections import GraphKeys
from millpond.train.hooks.session_run_hook import (
    SessionRunArgs,
    SessionRunContext,
    SessionRunHook,
    SessionRunValues,
)
from millpond.train.sessions.coordinator import Coordinator
from millpond.train.sessions.queue_runner import start_queue_runners
from millpond.train.sessions.session_creator import SessionCreator

# A machine of the cluster went away; a new session may find it back.
LOST_MACHINE = (AbortedError, UnavailableError)


class SessionLifetime:
    """One session, its coordinator with the threads of queue runners, and the hooks around its runs.

    Args:
      creator: Makes the session.
      hooks: The hooks, in the order of their calls.
      grace_secs: Seconds that threads get to end.

    Raises:
      BaseException: What the creator or a hook raises; the session is closed then.
    """

    def __init__(self, creator: SessionCreator, hooks: Sequence[SessionRunHook], grace_secs: float) -> None:
        self.session = creator.create_session()
        self._hooks = hooks
        self._grace_secs = grace_secs
        self._stop_requested = False
        # The end of the data in a thread that fills a queue is for the loop to see, through the queue.
        self._coordinator = Coordinator(clean_stop_exception_types=())
        try:
            if stacks.default_graph().get_collection(GraphKeys.QUEUE_RUNNERS):
                start_queue_runners(sess=self.session, coord=self._coordinator)
            for hook in hooks:
                hook.after_create_session(self.session, self._coordinator)
        except BaseException:
            self.close()
            raise

    def run(
        self,
        fetches: Any,
        feed_dict: dict[Any, Any] | None = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """A run with the hooks around it.

        Raises:
          RuntimeError: If a hook asked for the end.

        Args:
          fetches, feed_dict, options, run_metadata: As in `Session.run`.
        """
        try:
            if self._stop_requested:
                raise RuntimeError("Run called even after should_stop requested.")
            return self._run_with_hooks(fetches, feed_dict, options, run_metadata)
        except LOST_MACHINE:
            raise
        except Exception as error:
            reported = self._coordinator._failure
            if isinstance(reported, LOST_MACHINE):
                # A thread lost its machine before, and this run failed because of it.
                raise reported from error
            raise

    def _run_with_hooks(
        self, fetches: Any, feed_dict: dict[Any, Any] | None, options: Any, run_metadata: Any
    ) -> Any:
        context = SessionRunContext(SessionRunArgs(fetches, feed_dict), self.session)
        asked = _ask(self._hooks, context)
        feeds = _merged_feeds(feed_dict, [args.feed_dict for _, args in asked])
        hook_options = [args.options for _, args in asked if args.options is not None]
        if hook_options:
            options = _merged_options(options, hook_options)
        fetching = [(hook, args.fetches) for hook, args in asked if args.fetches is not None]
        metadata = RunMetadata() if run_metadata is None else run_metadata
        # An ordinary run is not asked for anything, since watching it costs.
        is_observed = options is not None or run_metadata is not None
        observed = {"options": options, "run_metadata": metadata} if is_observed else {}
        if fetching:
            value, results = self.session.run(
                (fetches, [wanted for _, wanted in fetching]), feeds, **observed
            )
        else:
            value, results = self.session.run(fetches, feeds, **observed), []
        options = RunOptions() if options is None else options
        by_hook = {id(hook): result for (hook, _), result in zip(fetching, results, strict=True)}
        for hook in self._hooks:
            hook.after_run(context, SessionRunValues(by_hook.get(id(hook)), options, metadata))
        self._stop_requested = self._stop_requested or context.stop_requested
        return value

    def should_stop(self) -> bool:
        """Whether a hook or a thread asked for the end.

        Raises:
          BaseException: What a thread reported.
        """
        self._coordinator.raise_requested_exception()
        return self._stop_requested or self._coordinator.should_stop()

    def close(self) -> None:
        """Stops the threads and closes the session; raises what a thread reported."""
        self._coordinator.request_stop()
        try:
            self._coordinator.join(stop_grace_period_secs=self._grace_secs, ignore_live_threads=True)
        finally:
            self.session.close()


def _ask(
    hooks: Sequence[SessionRunHook], context: SessionRunContext
) -> list[tuple[SessionRunHook, SessionRunArgs]]:
    """What each hook adds to a run; those that add nothing are left out."""
    asked = []
    for hook in hooks:
        args = hook.before_run(context)
        if args is None:
            continue
        if not isinstance(args, SessionRunArgs):
            raise TypeError(
                f"{type(hook).__name__}.before_run must return a tf.train.SessionRunArgs or None, got "
                f"{args!r}. Return tf.train.SessionRunArgs(fetches)."
            )
        asked.append((hook, args))
    return asked


def _merged_feeds(
    feed_dict: dict[Any, Any] | None, of_hooks: Sequence[dict[Any, Any] | None]
) -> dict[Any, Any] | None:
    """All feeds together.

    Raises:
      RuntimeError: If something is fed twice.
    """
    merged: dict[Any, Any] = {}
    for feeds in of_hooks:
        if feeds:
            _check_no_conflict(merged, feeds, "two hooks")
            merged.update(feeds)
    if not merged:
        return feed_dict
    if feed_dict:
        _check_no_conflict(merged, feed_dict, "a SessionRunHook and user")
        merged.update(feed_dict)
    return merged


def _check_no_conflict(one: dict[Any, Any], other: dict[Any, Any], who: str) -> None:
    conflicts = [key for key in other if key in one]
    if conflicts:
        raise RuntimeError(f"Same tensor is fed by {who}. Conflict(s): {conflicts}")


def _merged_options(options: Any, of_hooks: Sequence[Any]) -> Any:
    """`RunOptions` that trace and tell as much, and wait as long, as the one that wants most."""
    merged = RunOptions()
    if options is not None:
        merged.CopyFrom(options)
    for other in of_hooks:
        merged.trace_level = max(merged.trace_level, other.trace_level)
        merged.timeout_in_ms = max(merged.timeout_in_ms, other.timeout_in_ms)
        merged.inter_op_thread_pool = max(merged.inter_op_thread_pool, other.inter_op_thread_pool)
        merged.output_partition_graphs |= other.output_partition_graphs
        merged.report_tensor_allocations_upon_oom |= other.report_tensor_allocations_upon_oom
        merged.debug_options.debug_tensor_watch_opts.extend(other.debug_options.debug_tensor_watch_opts)
    return merged
