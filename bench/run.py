"""`make bench`: prints what Millpond costs against the same computations by hand in JAX.

Both sides run in one process, in turn, and the best of ten rounds counts; see `measure.py`.
"""

from __future__ import annotations

import csv
import gc
import pathlib
import subprocess
import sys
import time
import tracemalloc

import files
import numpy as np
import peers
import rival
import workloads
from measure import ROUNDS, Comparison, Cost, best, compare, once

import millpond as tf
from millpond.graph.opdef import lookup

# What is measured, what it costs here, what it costs the peer, the ratios (of wall time, and of CPU time after a
# slash), and what is to be reached.
Row = tuple[str, str, str, str, str]
ADVERTISING = pathlib.Path(tf.__file__).parent / "examples" / "data" / "Advertising.csv"


def main() -> None:
    print_rows([scalars(), regression(), mnist(), convnet(), *recurrent(), guards(), summaries(), variables(),
                growing(), building(), importing(), *files.rows()], "JAX by hand")
    against = [_row(*comparison) for comparison in rival.comparisons()]
    if against:
        print_rows(against, "TensorFlow")
    else:
        print("Rows against TensorFlow are left out: `make bench-peers` installs it.")


def print_rows(rows: list[Row], peer: str) -> None:
    print(f"{'what':<44} {'ours':>11} {peer:>11} {'ratio':>7} {'cpu':>7}   goal")
    for what, ours, theirs, ratio, goal in rows:
        wall, _, cpu = ratio.partition("/")
        print(f"{what:<44} {ours:>11} {theirs:>11} {wall:>7} {cpu:>7}   {goal}")


def _row(what: str, result: Comparison, goal: str) -> Row:
    return (what, f"{result.ours.wall * 1e6:.1f} us", f"{result.theirs.wall * 1e6:.1f} us",
            f"{result.ratio:.2f}/{result.cpu_ratio:.2f}", goal)


def scalars() -> Row:
    return _row("(a+b)+(a*b), two fed scalars", compare(workloads.scalars(), peers.scalars(), 1000), "25 us")


def regression() -> Row:
    with open(ADVERTISING, newline="") as file:
        lines = list(csv.DictReader(file))
    x = np.array([[float(line["TV"])] for line in lines], np.float32)
    y = np.array([[float(line["Sales"])] for line in lines], np.float32)
    return _row("Advertising, one Adam step",
                compare(workloads.regression(x, y, 0.1), peers.regression(x, y, 0.1), 300), "2.0 x")


def _batch() -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    return generator.random((100, 784), np.float32), np.eye(10, dtype=np.float32)[generator.integers(0, 10, 100)]


def mnist() -> Row:
    images, labels = _batch()
    return _row("MNIST, one Adam step of 100",
                compare(workloads.mnist(images, labels, 0.2), peers.mnist(images, labels, 0.2), 20, 10), "1.15 x")


def convnet() -> Row:
    """The network of the MNIST tutorials with two layers of 5 x 5 convolutions."""
    images, labels = _batch()
    return _row("MNIST convnet, one Adam step of 100",
                compare(workloads.convnet(images, labels), peers.convnet(images, labels), 2, 3), "0.45 x")


def recurrent() -> list[Row]:
    """An LSTM of 128 units that reads the images row by row."""
    images, labels = _batch()
    rows = images.reshape(100, 28, 28)
    peer = peers.recurrent(rows, labels, 128)
    return [_row(f"LSTM over 28 rows, {what}", compare(workloads.recurrent(rows, labels, 128, by_hand), peer, 3, 3),
                 "1.05 x") for what, by_hand in (("dynamic_rnn", False), ("while_loop by hand", True))]


def guards() -> Row:
    """The same step with and without the guard on its labels."""
    images, labels = _batch()
    guarded = workloads.mnist(images, labels, 0.2, guarded=True)
    guarded()
    definition = lookup("SparseSoftmaxCrossEntropyWithLogits")
    guard, definition.guard = definition.guard, None
    try:
        bare = workloads.mnist(images, labels, 0.2, guarded=True)
        bare()
    finally:
        definition.guard = guard
    return _row("MNIST, guarded against unguarded", compare(guarded, bare, 20, 10), "1.03 x")


def summaries() -> Row:
    """A step and its summaries in one run, against one after the other."""
    together, apart = workloads.summarized(*_batch())
    return _row("a step and its summaries in one run", compare(together, apart, 20, 10), "1.05 x")


def variables() -> Row:
    return _row("200 variables, one update each",
                compare(workloads.many_variables(200), peers.many_variables(200), 100), "1.5 x")


def growing() -> Row:
    """Runs of one plan before and after the graph grows; the collector is kept out, as in `compare`."""
    run, grow = workloads.growing()
    once(run, 1000)
    before: list[Cost] = []
    after: list[Cost] = []
    for times in (before, after):
        gc.collect()
        gc.disable()
        times.extend(once(run, 1000) for _ in range(ROUNDS))
        gc.enable()
        for _ in range(5):
            grow()
    return _row("a run while the graph grows", Comparison(best(after), best(before)), "1.0 x")


def building() -> Row:
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [])
        start = time.perf_counter()
        for _ in range(100_000):
            x = tf.add(x, x)
        seconds = time.perf_counter() - start
    tracemalloc.start()
    with tf.Graph().as_default():
        x = tf.placeholder(tf.float32, [])
        for _ in range(100_000):
            x = tf.add(x, x)
        megabytes = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    return "building 100,000 ops", f"{seconds:.2f} s", f"{megabytes:.0f} MB", "", "3 s, 200 MB"


def importing() -> Row:
    code = "import time; t = time.perf_counter(); import millpond; print(time.perf_counter() - t)"
    seconds = min(float(subprocess.check_output([sys.executable, "-c", code])) for _ in range(5))
    return "import millpond", f"{seconds:.2f} s", "", "", "0.35 s"


if __name__ == "__main__":
    main()
