"""`Timeline`: the times of a run, as Chrome's `chrome://tracing` and Perfetto show them."""

from __future__ import annotations

import json
import re
from typing import Any

# What a run's times say of an entry: "name = Type(input, input)".
_LABEL = re.compile(r"(?P<name>.*) = (?P<type>[^(]*)\((?P<inputs>.*)\)", re.DOTALL)


class Timeline:
    """The times of a run, from `RunMetadata.step_stats`.

    Args:
      step_stats: The times.
      graph: Not needed; TensorFlow takes a graph, too.

    Example:
      >>> import json
      >>> import millpond as tf
      >>> metadata = tf.RunMetadata()
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     _ = sess.run(tf.constant([1.0]) * 2.0, run_metadata=metadata,
      ...                  options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE))
      >>> trace = json.loads(Timeline(metadata.step_stats).generate_chrome_trace_format())
      >>> {event["ph"] for event in trace["traceEvents"]} <= {"M", "X"}
      True
    """

    def __init__(self, step_stats: Any, graph: Any = None) -> None:
        self._step_stats = step_stats

    def generate_chrome_trace_format(self, show_dataflow: bool = True, show_memory: bool = False) -> str:
        """The times as JSON, in the format of Chrome's traces.

        Args:
          show_dataflow: Whether arrows lead from what made a value to what uses it.
          show_memory: Whether to show what memory was in use. Runs keep no account of that.

        Raises:
          NotImplementedError: If `show_memory` is asked for.
        """
        if show_memory:
            raise NotImplementedError("Timeline.generate_chrome_trace_format(show_memory=True): runs here keep no "
                                      "account of memory. Leave show_memory at False.")
        events: list[dict[str, Any]] = []
        made: dict[str, tuple[int, int, int]] = {}
        used: list[tuple[str, int, int, int]] = []
        for process, device in enumerate(self._step_stats.dev_stats):
            events.append({"name": "process_name", "ph": "M", "pid": process,
                           "args": {"name": f"{device.device} Compute"}})
            lanes: list[int] = []
            for node in sorted(device.node_stats, key=lambda stats: stats.all_start_micros):
                start, length = node.all_start_micros, max(node.all_end_rel_micros, 1)
                lane = _lane(lanes, start, start + length)
                kind, inputs = _described(node)
                events.append({
                    "ph": "X", "cat": "Op", "name": kind, "pid": process, "tid": lane, "ts": start, "dur": length,
                    "args": {"name": node.node_name, "op": kind,
                             **{f"input{i}": name for i, name in enumerate(inputs)}}})
                made[node.node_name] = (process, lane, start + length)
                used += [(name, process, lane, start) for name in inputs]
        if show_dataflow:
            arrows = ((made[name], use) for name, *use in used if name in made)
            for number, ((from_process, from_lane, end), (process, lane, start)) in enumerate(arrows):
                flow = {"cat": "DataFlow", "name": "t", "id": number}
                events.append({**flow, "ph": "s", "pid": from_process, "tid": from_lane, "ts": end})
                events.append({**flow, "ph": "t", "pid": process, "tid": lane, "ts": start})
        return json.dumps({"traceEvents": events}, indent=4)


def _lane(ends: list[int], start: int, end: int) -> int:
    """The first line of a device on which nothing else is shown at that time; `ends` are kept up to date."""
    for lane, busy_until in enumerate(ends):
        if busy_until <= start:
            ends[lane] = end
            return lane
    ends.append(end)
    return len(ends) - 1


def _described(node: Any) -> tuple[str, list[str]]:
    """Type and inputs of an entry, as far as its label says them."""
    label = _LABEL.fullmatch(node.timeline_label)
    if label is None:
        return node.timeline_label or node.node_name, []
    return label["type"], [name.strip() for name in label["inputs"].split(",") if name.strip()]
