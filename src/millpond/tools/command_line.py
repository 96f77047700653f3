"""The `millpond` command: `millpond demo`, `millpond board --logdir DIR`, `millpond export MODEL --to FORMAT`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from millpond.examples import mnist_classifier
from millpond.tools import board, export

_BOARD_PORT = 6006


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command and returns its exit status; usage errors leave through `SystemExit(2)`.

    Args:
      argv: The words after `millpond`; None takes them from the command line.

    Example:
      >>> main(["--version"])  # doctest: +ELLIPSIS
      Traceback (most recent call last):
      ...
      SystemExit: 0
    """
    arguments = _parser().parse_args(argv)
    return arguments.run(arguments)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="millpond", description="Millpond: TensorFlow 1 programs on XLA.")
    parser.add_argument("--version", action="version", version=f"millpond {_version()}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="train a network that reads handwritten digits")
    demo.add_argument(
        "--logdir", default="millpond-demo", help="where summaries and checkpoint go (default: %(default)s)"
    )
    demo.add_argument(
        "--data-dir",
        help="folder of MNIST, downloaded into it if missing (default: the small subset that ships)",
    )
    demo.add_argument(
        "--steps",
        type=_positive,
        default=2000,
        help="batches of 100 images to train on (default: %(default)s)",
    )
    demo.set_defaults(run=_demo)

    show = commands.add_parser("board", help="show a run in TensorBoard")
    show.add_argument(
        "--logdir",
        type=_existing_directory,
        required=True,
        help="what the program gave to tf.summary.FileWriter",
    )
    show.add_argument("--port", type=_port, default=_BOARD_PORT, help="default: %(default)s")
    show.add_argument("--host", default="localhost", help="default: %(default)s")
    show.set_defaults(run=_board)

    export_command = commands.add_parser("export", help="hand a SavedModel on as StableHLO or ONNX")
    export_command.add_argument("model", type=_existing_directory, help="folder of the SavedModel")
    export_command.add_argument("--to", choices=export.FORMATS, required=True, help="the format to write")
    export_command.add_argument("--output", help="the file to write (default: MODEL.stablehlo or MODEL.onnx)")
    export_command.add_argument("--signature", default="serving_default", help="default: %(default)s")
    export_command.add_argument("--shape", type=_named_shape, action="append", default=[], metavar="INPUT=2,3",
                                help="the shape of an input; unknown sizes stay open by default")
    export_command.set_defaults(run=_export)
    return parser


def _demo(arguments: argparse.Namespace) -> int:
    run = mnist_classifier.main(arguments.data_dir, arguments.steps, arguments.logdir)
    print(f"The trained model is saved as {run.checkpoint}")
    if arguments.data_dir is None:
        print(f"Train on all of MNIST (11 MB):  {_own_command()} demo --data-dir MNIST_data --steps 20000")
    print(f"Look at the run:  {_own_command()} board --logdir {arguments.logdir}")
    print(f"and open http://localhost:{_BOARD_PORT} in a browser.")
    return 0


def _board(arguments: argparse.Namespace) -> int:
    board.serve(["--logdir", str(arguments.logdir), "--port", str(arguments.port), "--host", arguments.host])


def _export(arguments: argparse.Namespace) -> int:
    output = arguments.output or f"{str(arguments.model).rstrip('/')}.{arguments.to}"
    try:
        path = export.export(str(arguments.model), arguments.to, output, arguments.signature, dict(arguments.shape))
    except (ValueError, NotImplementedError, ModuleNotFoundError, OSError) as error:
        print(f"millpond export: {error}", file=sys.stderr)
        return 1
    print(f"Written: {path}")
    return 0


def _named_shape(text: str) -> tuple[str, tuple[int, ...]]:
    name, equals, sizes = text.partition("=")
    try:
        return name, tuple(int(size) for size in sizes.split(",") if size)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form INPUT=2,3") from None


def _version() -> str:
    try:
        return metadata.version("millpond")
    except metadata.PackageNotFoundError:
        return "(not installed: run from its source folder)"


def _own_command() -> str:
    """How the user can call this command again; it may lie in an environment that is not activated."""
    called_as = sys.argv[0]
    return called_as if Path(called_as).name == "millpond" else "millpond"


def _existing_directory(text: str) -> Path:
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(
            f"{text!r} is {'a file, not' if path.exists() else 'not'} a directory; "
            "give the folder that a program wrote to with tf.summary.FileWriter (`millpond demo` makes one)"
        )
    return path


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a port number from 0 to 65535, got {text!r}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
