"""The recorded cases as they lie in `recorded/`: a family is a `.jsonl` file and the arrays of the `.npz` beside it."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np

RECORDED = pathlib.Path(__file__).with_name("recorded")

Case = dict[str, Any]
Arrays = Mapping[str, np.ndarray]


class Family:
    """The cases of one file, and their arrays by key."""

    def __init__(self, path: pathlib.Path) -> None:
        self.name = path.stem
        lines = path.read_text(encoding="utf-8").splitlines()
        self.cases: list[Case] = [json.loads(line) for line in lines if line.strip()]
        arrays = path.with_suffix(".npz")
        self.arrays: Arrays = np.load(arrays) if arrays.exists() else {}


def load(directory: pathlib.Path = RECORDED, families: Collection[str] | None = None) -> dict[str, Family]:
    """The families of a folder by name, all of them unless some are named."""
    paths = sorted(directory.glob("*.jsonl"))
    return {path.stem: Family(path) for path in paths if not families or path.stem in families}


def stored_value(spec: Mapping[str, Any], arrays: Arrays) -> np.ndarray:
    """The value that a case stores as strings, or under a key of the arrays; bfloat16 still as 16 bits."""
    if "values" in spec:
        return _array_of_bytes(spec["values"], spec.get("value_shape"))
    return arrays[spec["array"]]


def expected_value(spec: Mapping[str, Any], arrays: Arrays) -> np.ndarray:
    """As `stored_value`, but bfloat16 is widened to float32, for comparing."""
    value = stored_value(spec, arrays)
    return (value.astype(np.uint32) << 16).view(np.float32) if spec.get("dtype") == "bfloat16" else value


def fed_value(tf: Any, spec: Mapping[str, Any], arrays: Arrays) -> np.ndarray:
    """As `stored_value`, but bfloat16 as the module under test wants it."""
    value = stored_value(spec, arrays)
    return value.view(tf.bfloat16.as_numpy_dtype) if spec.get("stored_as") == "bfloat16" else value


def _array_of_bytes(values: Any, shape: list[int] | None) -> np.ndarray:
    """Nested lists of `str`, one character for each byte, as an array of `bytes`."""
    flat = [text.encode("latin-1") for text in _leaves(values)]
    array = np.empty(len(flat), dtype=object)
    array[:] = flat
    return array.reshape(_shape_of(values) if shape is None else shape)


def _leaves(values: Any) -> Iterator[str]:
    if isinstance(values, list):
        for item in values:
            yield from _leaves(item)
    else:
        yield values


def _shape_of(values: Any) -> list[int]:
    if not isinstance(values, list):
        return []
    return [len(values), *(_shape_of(values[0]) if values else [])]
