"""Rows against the real TensorFlow, each side in a process of its own, in turn.

TensorFlow lives in an environment beside the project's: `make bench-peers` makes it.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys

from measure import ROUNDS, Comparison, Cost, best

FOLDER = pathlib.Path(__file__).parent
PYTHON = FOLDER.parent / ".venv-interop" / "bin" / "python"

# What is run, how often it is run before it is measured and in each round, and what is to be reached.
ROWS = (
    ("a convolutional network's step on MNIST", "convnet", 20, 2, "0.9 x"),
    ("gradients of a depthwise separable block", "depthwise", 20, 5, "1.0 x"),
    ("a loop of 100,000 empty iterations", "empty_loop", 5, 1, "0.05 x"),
    ("map_fn over 1,000 rows of 100", "mapped_rows", 200, 5, "0.1 x"),
    ("an LSTM classifier's step, loop by hand", "lstm", 20, 2, "0.85 x"),
    ("its first step, built and compiled", "first_lstm_step", 1, 1, "1.5 x"),
    ("building an unrolled LSTM of 100 steps", "building_an_unrolled_lstm", 1, 1, "0.2 x"),
    ("a training op", "update", 4000, 200, ""),
    ("the same in tf.cond", "update_in_branch", 4000, 200, "15 us more"),
)


class _Side:
    """A process that runs programs on one framework."""

    def __init__(self, python: str, name: str) -> None:
        self._process = subprocess.Popen([python, FOLDER / "shared_programs.py", name], text=True, cwd=FOLDER,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

    def run(self, program: str, repeats: int) -> Cost:
        assert self._process.stdin is not None and self._process.stdout is not None
        print(program, repeats, file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline().split()
        if len(answer) != 2:
            raise RuntimeError(f"{program} failed; run shared_programs.py by itself to see how")
        return Cost(*map(float, answer))

    def end(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


def comparisons() -> list[tuple[str, Comparison, str]]:
    """What is measured, both costs, and the goal; nothing where TensorFlow is not installed."""
    if not PYTHON.exists():
        return []
    ours, theirs = _Side(sys.executable, "millpond"), _Side(str(PYTHON), "tensorflow")
    try:
        found = []
        for what, program, warm_up, repeats, goal in ROWS:
            for side in (ours, theirs):
                side.run(program, warm_up)
            rounds = [(ours.run(program, repeats), theirs.run(program, repeats)) for _ in range(ROUNDS)]
            found.append((what, Comparison(best(a for a, _ in rounds), best(b for _, b in rounds)), goal))
        return found
    finally:
        ours.end()
        theirs.end()
