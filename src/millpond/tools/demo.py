"""`millpond demo`: trains a network that reads handwritten digits, and says how to look at the run."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from millpond.examples import mnist_classifier
from millpond.tools.arguments import BOARD_PORT, positive


def main(argv: list[str]) -> int:
    """Runs `millpond demo`; `argv` are the words after it."""
    parser = argparse.ArgumentParser(prog="millpond demo", description="Train a network that reads handwritten digits.")
    parser.add_argument(
        "--logdir", default="millpond-demo", help="where summaries and checkpoint go (default: %(default)s)"
    )
    parser.add_argument(
        "--data-dir",
        help="folder of MNIST, downloaded into it if missing (default: the small subset that ships)",
    )
    parser.add_argument(
        "--steps",
        type=positive,
        default=2000,
        help="batches of 100 images to train on (default: %(default)s)",
    )
    arguments = parser.parse_args(argv)
    run = mnist_classifier.main(arguments.data_dir, arguments.steps, arguments.logdir)
    print(f"The trained model is saved as {run.checkpoint}")
    if arguments.data_dir is None:
        print(f"Train on all of MNIST (11 MB):  {_own_command()} demo --data-dir MNIST_data --steps 20000")
    print(f"Look at the run:  {_own_command()} board --logdir {arguments.logdir}")
    print(f"and open http://localhost:{BOARD_PORT} in a browser.")
    return 0


def _own_command() -> str:
    """How the user can call this command again; it may lie in an environment that is not activated."""
    called_as = sys.argv[0]
    return called_as if Path(called_as).name == "millpond" else "millpond"
