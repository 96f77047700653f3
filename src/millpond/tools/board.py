"""TensorBoard, with the checkpoints of Millpond in its projector.

TensorBoard's embedding projector reads checkpoints with TensorFlow, and shows none where that is not installed. Here it
is given the few functions that it calls: Millpond's reader of checkpoints, and TensorBoard's own reader of files.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from types import SimpleNamespace
from typing import NoReturn

import absl.app
import absl.logging
from tensorboard import default, program
from tensorboard.compat import tensorflow_stub
from tensorboard.plugins import base_plugin
from tensorboard.plugins.projector import projector_plugin

from millpond import errors
from millpond.tools.arguments import BOARD_PORT, existing_directory, port
from millpond.train.saving import checkpoint_reader, checkpoint_state


def main(argv: list[str]) -> NoReturn:
    """Runs `millpond board`; `argv` are the words after it."""
    parser = argparse.ArgumentParser(prog="millpond board", description="Show a run in TensorBoard.")
    parser.add_argument(
        "--logdir",
        type=existing_directory,
        required=True,
        help="what the program gave to tf.summary.FileWriter",
    )
    parser.add_argument("--port", type=port, default=BOARD_PORT, help="default: %(default)s")
    parser.add_argument("--host", default="localhost", help="default: %(default)s")
    arguments = parser.parse_args(argv)
    serve(["--logdir", str(arguments.logdir), "--port", str(arguments.port), "--host", arguments.host])


def serve(flags: Sequence[str]) -> NoReturn:
    """Runs TensorBoard in this process until it is interrupted; leaves through `SystemExit`, as it does.

    Args:
      flags: TensorBoard's own flags, such as `["--logdir", "runs", "--port", "6006"]`.
    """
    projector_plugin.tf = _projector_functions()
    # What `tensorboard.main` sets up, without its notice that TensorFlow is missing.
    absl.logging.set_verbosity(absl.logging.WARNING)
    board = program.TensorBoard(plugins=default.get_plugins())
    try:
        absl.app.run(board.main, argv=["tensorboard", *flags], flags_parser=board.configure)
    except base_plugin.FlagsError as error:
        print(f"millpond board: {error}", file=sys.stderr)
    sys.exit(1)


def _projector_functions() -> SimpleNamespace:
    """What the projector calls of TensorFlow."""
    return SimpleNamespace(
        __version__="millpond",  # "stub" would tell it to read no checkpoints
        errors=errors,
        io=tensorflow_stub.io,
        train=SimpleNamespace(
            latest_checkpoint=checkpoint_state.latest_checkpoint, load_checkpoint=checkpoint_reader.load_checkpoint),
    )
