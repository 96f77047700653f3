"""`RunMetadata`: what a traced run took, stage by stage.

XLA runs a stage as one program, so times are those of stages; each entry's label names the operations inside.
"""

from __future__ import annotations

import time
from typing import Any

from tensorboard.compat.proto import config_pb2

from millpond.compiler.dispatch import RunState, StageExecutor
from millpond.session import devices

MAX_LABEL_OPS = 20


def wants_trace(options: Any) -> bool:
    return options is not None and options.trace_level not in (config_pb2.RunOptions.NO_TRACE,)


class Trace:
    """Times the stages of one run and writes them as `StepStats`."""

    def __init__(self) -> None:
        self._timed: list[tuple[StageExecutor, int, int]] = []

    def run(self, runner: StageExecutor, state: RunState) -> None:
        """Runs a stage and waits for its values, so that the time is the stage's own."""
        start = time.time_ns()
        runner.run(state)
        for key in runner.output_keys:
            wait = getattr(state.values[key], "block_until_ready", None)
            if wait is not None:
                wait()
        self._timed.append((runner, start, time.time_ns()))

    def fill(self, metadata: Any, graph: Any, options: Any) -> None:
        """Adds the times, and where asked for the graph that was run, to a `RunMetadata` message."""
        by_device: dict[str, Any] = {}
        for runner, start, end in self._timed:
            stage = runner.stage
            name = devices.full_name("CPU:0" if stage.on_host else stage.device or devices.default_name())
            stats = by_device.get(name)
            if stats is None:
                stats = by_device[name] = metadata.step_stats.dev_stats.add(device=name)
            ops = [op.name for op in stage.ops]
            more = f" and {len(ops) - MAX_LABEL_OPS} more" if len(ops) > MAX_LABEL_OPS else ""
            stats.node_stats.add(node_name=f"stage_{stage.index}", all_start_micros=start // 1000,
                                 op_start_rel_micros=0, op_end_rel_micros=(end - start) // 1000,
                                 all_end_rel_micros=(end - start) // 1000,
                                 timeline_label=f"{len(ops)} ops: {', '.join(ops[:MAX_LABEL_OPS])}{more}")
        if options is not None and options.output_partition_graphs:
            metadata.partition_graphs.add().CopyFrom(graph.as_graph_def())
