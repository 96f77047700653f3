"""A process that is killed while it saves leaves a checkpoint that can be restored."""

import os
import pathlib
import subprocess
import sys

import pytest

import millpond as tf

# Forks after the import, so that a round takes milliseconds. The three variables always have the same value.
PROGRAM = """
import os, random, signal, sys, time
import numpy as np
import millpond as tf

folder, rounds = sys.argv[1], int(sys.argv[2])
variables = [tf.Variable(tf.zeros([50_000]), name=f"v{i}") for i in range(3)]
step = tf.group(*[v.assign_add(tf.ones([50_000])) for v in variables])
saver = tf.train.Saver(max_to_keep=2)
session = tf.Session()
session.run([v.initializer for v in variables])
saver.save(session, os.path.join(folder, "m"), global_step=0)
random.seed(1)
parent, last = os.getpid(), 0
for _ in range(rounds):
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        number = last
        while os.getppid() == parent:
            number += 1
            session.run(step)
            saver.save(session, os.path.join(folder, "m"), global_step=number)
            os.write(writing, b".")
        os._exit(0)
    os.close(writing)
    assert os.read(reading, 1) == b"."
    os.close(reading)
    # One checkpoint is complete; somewhere in those that follow, the process dies.
    time.sleep(random.uniform(0.0, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    path = tf.train.latest_checkpoint(folder)
    number = int(path.rsplit("-", 1)[1])
    saver.restore(session, path)
    for value in session.run(variables):
        assert np.all(value == number), (number, value)
    assert number > last
    last = number
"""


@pytest.mark.slow
def test_killed_at_any_moment(tmp_path: pathlib.Path) -> None:
    source = str(pathlib.Path(tf.__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": source, "MILLPOND_TIER": "interpreted"}
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), "25"],
        env=environment,
        timeout=600,
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr[-2000:]
