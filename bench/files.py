"""Files: saving and restoring against `numpy.save` and `numpy.load` on the same disk, and scalars a second.

Millpond's checkpoints are on the disk when `save` returns (fsync), and have checksums. `numpy.save` is measured both
ways: as it is, which leaves the bytes to the operating system, and with an fsync after it.
"""

from __future__ import annotations

import os
import pathlib
import tempfile
from collections.abc import Callable

import numpy as np
from measure import Comparison, best, once

import millpond as tf

# 200 MB: four variables of 50 MB.
VARIABLES = 4
ELEMENTS = 12_500_000
SCALARS = 20_000
ROUNDS = 3


def rows() -> list[tuple[str, str, str, str, str]]:
    """What was measured, ours, the peer's, the ratio, the goal; a row each."""
    with tempfile.TemporaryDirectory() as folder:
        return [*checkpoints(pathlib.Path(folder)), scalars(pathlib.Path(folder))]


def checkpoints(folder: pathlib.Path) -> list[tuple[str, str, str, str, str]]:
    arrays = [np.random.default_rng(i).random(ELEMENTS, np.float32) for i in range(VARIABLES)]
    with tf.Graph().as_default(), tf.Session() as session:
        fed = [tf.placeholder(tf.float32, [ELEMENTS]) for _ in arrays]
        variables = [tf.Variable(value, name=f"v{i}") for i, value in enumerate(fed)]
        session.run([v.initializer for v in variables], dict(zip(fed, arrays, strict=True)))
        saver = tf.train.Saver()

        def save() -> None:
            saver.save(session, folder / "model.ckpt", write_meta_graph=False)

        def restore() -> None:
            saver.restore(session, folder / "model.ckpt")

        saves = _compare(save, lambda: _numpy_save(folder, arrays, fsync=False))
        durable = _compare(save, lambda: _numpy_save(folder, arrays, fsync=True))
        restores = _compare(restore, lambda: _numpy_save(folder, arrays, fsync=True))
        loads = _compare(restore, lambda: [np.load(folder / f"{i}.npy") for i in range(VARIABLES)])
    return [
        _row("saving 200 MB, numpy.save", saves, ""),
        _row("saving 200 MB, numpy.save with fsync", durable, "2 x"),
        _row("restoring 200 MB, numpy.save with fsync", restores, "2 x"),
        _row("restoring 200 MB, numpy.load", loads, ""),
    ]


def _numpy_save(folder: pathlib.Path, arrays: list[np.ndarray], fsync: bool) -> None:
    for i, array in enumerate(arrays):
        with open(folder / f"{i}.npy", "wb") as file:
            np.save(file, array)
            if fsync:
                file.flush()
                os.fsync(file.fileno())


def _compare(ours: Callable[[], object], theirs: Callable[[], object]) -> Comparison:
    """The best of a few rounds of each, in turn: a disk is slow, and other programs use it too."""
    pairs = [(once(ours, 1), once(theirs, 1)) for _ in range(ROUNDS)]
    return Comparison(best(a for a, _ in pairs), best(b for _, b in pairs))


def _row(what: str, result: Comparison, goal: str) -> tuple[str, str, str, str, str]:
    return (what, f"{result.ours.wall * 1e3:.0f} ms", f"{result.theirs.wall * 1e3:.0f} ms",
            f"{result.ratio:.2f}/{result.cpu_ratio:.2f}", goal)


def scalars(folder: pathlib.Path) -> tuple[str, str, str, str, str]:
    """From `add_summary` of what `session.run` gives to the event file."""
    with tf.Graph().as_default(), tf.Session() as session:
        summary = session.run(tf.summary.scalar("loss", 0.5))

    def write() -> None:
        with tf.summary.FileWriter(folder / "events") as writer:
            for step in range(SCALARS):
                writer.add_summary(summary, step)

    seconds = best(once(write, 1) for _ in range(ROUNDS)).wall
    return "scalars written to an event file", f"{SCALARS / seconds:,.0f} /s", "", "", "10,000 /s"


if __name__ == "__main__":
    for what, *fields in rows():
        print(f"{what:<44}", *(f"{field:>11}" for field in fields))
