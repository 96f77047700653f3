"""The threads of a Supervisor: they write summaries, tell the speed and save checkpoints, by the clock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from tensorboard.compat.proto.event_pb2 import SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary

from millpond import logs
from millpond.train.schedules.global_step import global_step, step_of
from millpond.train.sessions.coordinator import LooperThread

if TYPE_CHECKING:
    from millpond.train.sessions.supervisor import Supervisor


class ServiceThread(LooperThread):
    """A thread of a supervisor that does something with the session by the clock."""

    def __init__(self, supervisor: Supervisor, session: Any, interval_secs: float) -> None:
        super().__init__(supervisor.coord, interval_secs)
        self._supervisor = supervisor
        self._session = session

    def _step(self) -> int | None:
        step = self._supervisor.global_step
        return None if step is None else global_step(self._session, step)


class SummaryThread(ServiceThread):
    """Writes the summaries."""

    def run_loop(self) -> None:
        supervisor = self._supervisor
        wanted = [supervisor.summary_op, [] if supervisor.global_step is None else [supervisor.global_step]]
        summary, steps = self._session.run(wanted)
        step = step_of(steps[0]) if steps else None
        logs.info("Recording summary at step %s.", step)
        supervisor.summary_writer.add_summary(summary, step)


class StepCounterThread(ServiceThread):
    """Tells how many steps a second the training makes."""

    def start_loop(self) -> None:
        self._last_time = time.time()
        self._last_step = global_step(self._session, self._supervisor.global_step)
        self._tag = f"{self._supervisor.global_step.op.name}/sec"

    def run_loop(self) -> None:
        step, now = global_step(self._session, self._supervisor.global_step), time.time()
        seconds = now - self._last_time
        speed = (step - self._last_step) / seconds if seconds > 0 else float("inf")
        self._last_step, self._last_time = step, now
        value = Summary.Value(tag=self._tag, simple_value=speed)
        self._supervisor.summary_writer.add_summary(Summary(value=[value]), step)
        logs.info("%s: %g", self._tag, speed)


class CheckpointThread(ServiceThread):
    """Saves checkpoints."""

    def run_loop(self) -> None:
        supervisor = self._supervisor
        logs.info("Saving checkpoint to path %s", supervisor.save_path)
        step = self._step()
        supervisor.saver.save(self._session, supervisor.save_path, global_step=step)
        if supervisor.summary_writer is not None and step is not None:
            log = SessionLog(status=SessionLog.CHECKPOINT, checkpoint_path=supervisor.save_path)
            supervisor.summary_writer.add_session_log(log, step)
