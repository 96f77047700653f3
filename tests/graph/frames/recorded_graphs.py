"""Graphs that TensorFlow wrote, and the values that it gave: `tests/interop/record_frames.py` records them."""

from __future__ import annotations

import gzip
import json
import pathlib
from typing import Any

import millpond as tf

FOLDER = pathlib.Path(__file__).parent / "recorded"
RECORDED = json.loads((FOLDER / "values.json").read_text())


def graph_def_of(name: str) -> Any:
    return tf.GraphDef.FromString(gzip.decompress((FOLDER / f"{name}.pb.gz").read_bytes()))
