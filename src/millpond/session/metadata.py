"""`RunMetadata`: what a run took, stage by stage, which graphs ran on which device, and what their nodes cost.

XLA runs a stage as one program, so times are those of stages; each entry's label names the operations inside.
Constants and variables that a run only fetches have an entry of no length.
"""

from __future__ import annotations

import time
from typing import Any

from tensorboard.compat.proto import config_pb2, graph_pb2

from millpond.compiler.services import RunState, StageExecutor
from millpond.compiler.stage import Stage
from millpond.graph.operation import Operation
from millpond.session import devices
from millpond.session.calls import Call

MAX_LABEL_OPS = 20


def wants_trace(options: Any) -> bool:
    """Whether a run with these options is timed."""
    return options is not None and options.trace_level != config_pb2.RunOptions.NO_TRACE


class Trace:
    """Times the stages of one run."""

    def __init__(self) -> None:
        self.timed: list[tuple[Stage, int, int]] = []

    def run(self, runner: StageExecutor, state: RunState) -> None:
        """Runs a stage and waits for its values, so that the time is the stage's own."""
        start = time.time_ns()
        inputs = runner.inputs(state)
        if state.unsettled:
            state.settle()
        outputs = runner.compute(state, inputs)
        for value in outputs:
            wait = getattr(value, "block_until_ready", None)
            if wait is not None:
                wait()
        runner.publish(state, outputs)
        self.timed.append((runner.stage, start, time.time_ns()))


def fill(metadata: Any, call: Call, trace: Trace | None, options: Any, config: Any) -> None:
    """Adds what was asked for to a `RunMetadata` message.

    Args:
      metadata: The message.
      call: What was run.
      trace: The times, or None where none were asked for.
      options: The `RunOptions` of the run, or None.
      config: The `ConfigProto` of the session.
    """
    if trace is not None:
        _add_times(metadata, call, trace)
    if options is not None and options.output_partition_graphs:
        for name, ops in _by_device(call).items():
            graph = metadata.partition_graphs.add()
            graph.CopyFrom(_partition(ops, name))
    if config.graph_options.build_cost_model > 0:
        _add_costs(metadata.cost_graph, call)


def _device_of(stage: Stage | None) -> str:
    """Full name of a stage's device; what computes nothing stands on the default one."""
    if stage is None:
        return devices.full_name(devices.default_name())
    return devices.full_name("CPU:0" if stage.on_host else stage.device or devices.default_name())


def _add_times(metadata: Any, call: Call, trace: Trace) -> None:
    by_device: dict[str, Any] = {}

    def stats_of(name: str) -> Any:
        if name not in by_device:
            by_device[name] = metadata.step_stats.dev_stats.add(device=name)
        return by_device[name]

    for stage, start, end in trace.timed:
        ops = [op.name for op in stage.ops]
        more = f" and {len(ops) - MAX_LABEL_OPS} more" if len(ops) > MAX_LABEL_OPS else ""
        stats_of(_device_of(stage)).node_stats.add(
            node_name=f"stage_{stage.index}", all_start_micros=start // 1000, op_start_rel_micros=0,
            op_end_rel_micros=(end - start) // 1000, all_end_rel_micros=(end - start) // 1000,
            timeline_label=f"{len(ops)} ops: {', '.join(ops[:MAX_LABEL_OPS])}{more}")
    computed = {op for stage, _, _ in trace.timed for op in stage.ops}
    now = time.time_ns() // 1000
    for op in _ordered(call):
        if op not in computed and op.outputs:
            stats_of(_device_of(None)).node_stats.add(node_name=op.name, all_start_micros=now,
                                                      timeline_label=f"{op.name} = {op.type}()")


def _ordered(call: Call) -> list[Operation]:
    return sorted(call.planned.plan.uses, key=lambda op: op.id)


def _by_device(call: Call) -> dict[str, list[Operation]]:
    """The operations that a call runs, by the device they run on."""
    home = {op: stage for stage in call.planned.plan.stages for op in stage.ops}
    found: dict[str, list[Operation]] = {}
    for op in _ordered(call):
        found.setdefault(_device_of(home.get(op)), []).append(op)
    return found


def _partition(ops: list[Operation], device: str) -> Any:
    graph = graph_pb2.GraphDef()
    for op in ops:
        node = graph.node.add()
        node.CopyFrom(op.node_def)
        node.device = device
    return graph


def _add_costs(graph: Any, call: Call) -> None:
    """Sizes of outputs and edges, as far as static shapes tell them."""
    number = {op: i for i, op in enumerate(_ordered(call))}
    for name, ops in _by_device(call).items():
        for op in ops:
            node = graph.node.add(name=op.name, device=name, id=number[op], is_final=not any(
                consumer in number for tensor in op.outputs for consumer in tensor.consumers()))
            for tensor in op.inputs:
                if tensor.op in number:
                    node.input_info.add(preceding_node=number[tensor.op], preceding_port=tensor.value_index)
            node.control_input.extend(number[before] for before in op.control_inputs if before in number)
            for tensor in op.outputs:
                elements = tensor.shape.num_elements()
                size = -1 if elements is None else elements * tensor.dtype.size
                node.output_info.add(size=size, dtype=tensor.dtype.as_datatype_enum, alias_input_port=-1)
