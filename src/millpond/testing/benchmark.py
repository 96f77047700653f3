"""`tf.test.Benchmark`: how long an operation takes, measured and reported."""

from __future__ import annotations

import inspect
import statistics
import time
from collections.abc import Mapping
from typing import Any

from tensorboard.compat.proto.config_pb2 import ConfigProto

from millpond.graph import stacks
from millpond.session.session import Session


def benchmark_config() -> Any:
    """The configuration of a session whose operations are to be measured: the usual one."""
    return ConfigProto()


class Benchmark:
    """Base class of benchmarks, whose methods measure with `run_op_benchmark` and report with `report_benchmark`.

    Example:
      >>> import millpond as tf
      >>> class Doubling(tf.test.Benchmark):
      ...     def benchmark_doubling(self):
      ...         with tf.Graph().as_default(), tf.Session() as sess:
      ...             return self.run_op_benchmark(sess, tf.constant(1.0) * 2.0, min_iters=3)
      >>> result = Doubling().benchmark_doubling()  # doctest: +ELLIPSIS
      entry {
        name: "Doubling.benchmark_doubling"
        iters: 3
        ...
      }
      >>> result["iters"], result["wall_time"] > 0.0
      (3, True)
    """

    def run_op_benchmark(self, sess: Session, op_or_tensor: Any, feed_dict: Any = None, burn_iters: int = 2,
                         min_iters: int = 10, store_trace: bool = False, store_memory_usage: bool = True,
                         name: str | None = None, extras: Mapping[str, Any] | None = None,
                         mbs: float = 0) -> dict[str, Any]:
        """Runs an operation several times, and reports how long a run took.

        Args:
          sess: The session.
          op_or_tensor: What is run.
          feed_dict: The feeds of the runs.
          burn_iters: Runs before the measured ones.
          min_iters: The measured runs.
          store_trace: Not supported: a trace in the report.
          store_memory_usage: Accepted; runs keep no account of memory.
          name: What the entry is called; by default as the method that calls this.
          extras: What else to report: numbers and texts by name.
          mbs: Megabytes that a run moves, for the throughput.

        Returns:
          What was reported: `iters`, `wall_time` (the median, in seconds), `extras` with the mean and the standard
          deviation, `name`, and `throughput` (None without `mbs`).

        Raises:
          NotImplementedError: If a trace is asked for.
          ValueError: If nothing is to be measured.
        """
        if store_trace:
            raise NotImplementedError("run_op_benchmark(store_trace=True): reports hold no traces. Run the operation "
                                      "with RunOptions.FULL_TRACE, and show its RunMetadata with Timeline.")
        if min_iters < 1:
            raise ValueError(f"min_iters must be at least 1, got {min_iters}")
        for _ in range(burn_iters):
            sess.run(op_or_tensor, feed_dict=feed_dict)
        times = []
        for _ in range(min_iters):
            start = time.perf_counter()
            sess.run(op_or_tensor, feed_dict=feed_dict)
            times.append(time.perf_counter() - start)
        median = statistics.median(times)
        measured = {"wall_time_mean": statistics.fmean(times), "wall_time_stdev": statistics.pstdev(times)}
        result: dict[str, Any] = {"iters": min_iters, "wall_time": median, "extras": {**(extras or {}), **measured},
                  "name": name or self._caller(), "throughput": mbs / median if mbs else None}
        self.report_benchmark(**result)
        return result

    def report_benchmark(self, iters: int | None = None, cpu_time: float | None = None, wall_time: float | None = None,
                         throughput: float | None = None, extras: Mapping[str, Any] | None = None,
                         name: str | None = None, metrics: Any = None) -> None:
        """Prints an entry of a report, as TensorFlow prints it.

        Args:
          iters: Number of runs.
          cpu_time, wall_time: Seconds that a run took.
          throughput: Megabytes in a second.
          extras: Other numbers and texts, by name.
          name: What the entry is called; by default as the method that calls this.
          metrics: Not supported.

        Raises:
          NotImplementedError: If there are metrics.
          TypeError: If an extra is neither a number nor a text.
        """
        if metrics is not None:
            raise NotImplementedError("report_benchmark(metrics=...): use extras")
        lines = [f'name: "{type(self).__name__}.{name or self._caller()}"']
        lines += [f"{key}: {value}" for key, value in (
            ("iters", iters), ("cpu_time", cpu_time), ("wall_time", wall_time), ("throughput", throughput))
            if value is not None]
        for key, value in (extras or {}).items():
            lines += ["extras {", f'  key: "{key}"', "  value {", f"    {_entry(key, value)}", "  }", "}"]
        print("entry {", *(f"  {line}" for line in lines), "}", "", sep="\n")

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors, in the default session or else one of their own."""
        sess = stacks.default_session()
        if sess is not None:
            return sess.run(tensors)
        with Session() as own:
            return own.run(tensors)

    def _caller(self) -> str:
        """The benchmark's method that has called in here."""
        frame = inspect.currentframe()
        while frame is not None and frame.f_globals is globals():
            frame = frame.f_back
        return "benchmark" if frame is None else frame.f_code.co_name


def _entry(key: str, value: Any) -> str:
    if isinstance(value, str):
        return f'string_value: "{value}"'
    if isinstance(value, (int, float)):
        return f"double_value: {value:g}" if value == int(value) else f"double_value: {value}"
    raise TypeError(f"extras['{key}'] must be a number or a text, got {value!r}")
