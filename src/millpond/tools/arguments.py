"""Kinds of arguments that more than one command takes: each gives the value, or argparse's error for it."""

from __future__ import annotations

import argparse
from pathlib import Path

BOARD_PORT = 6006


def existing_directory(text: str) -> Path:
    """A folder that is there."""
    path = Path(text)
    if not path.is_dir():
        raise argparse.ArgumentTypeError(
            f"{text!r} is {'a file, not' if path.exists() else 'not'} a directory; "
            "give the folder that a program wrote to with tf.summary.FileWriter (`millpond demo` makes one)"
        )
    return path


def positive(text: str) -> int:
    """A whole number above 0."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def port(text: str) -> int:
    """The number of a port."""
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"expected a port number from 0 to 65535, got {text!r}")
    return int(text)


def named_shape(text: str) -> tuple[str, tuple[int, ...]]:
    """A name and sizes, `INPUT=2,3`."""
    name, equals, sizes = text.partition("=")
    try:
        return name, tuple(int(size) for size in sizes.split(",") if size)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form INPUT=2,3") from None
