"""Errors and docstrings name symbols of `tf`: a reader who follows them finds them."""

from __future__ import annotations

import ast
import importlib.util
import pathlib
import re
from collections.abc import Iterator

import pytest

from millpond.public.table.planned import INSTEAD, LEFT_OUT

ROOT = pathlib.Path(__file__).parents[2]
SOURCES = ROOT / "src" / "millpond"

# Named although they are not there, each with the reason.
ON_PURPOSE = {
    "public/modules.py": {"tf.train.AdamOptimiser"},  # the example of a misspelt name
    "train/input/batching.py": {"tf.data"},  # what will take sparse tensors in batches
    "compat/packages/kept.py": {"tf.distribute.get_replica_context"},  # what it mends
}
_SYMBOL = re.compile(r"(?<![\w.])tf(?:\.[A-Za-z_]\w*)+")


def _named(path: pathlib.Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for symbol in _SYMBOL.findall(node.value):
                yield symbol, node.lineno


@pytest.fixture(scope="module")
def exists():
    spec = importlib.util.spec_from_file_location("write_names", ROOT / "tools" / "write_names.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.exists


def test_what_errors_and_docstrings_name_is_there(exists) -> None:
    wrong = []
    for path in sorted(SOURCES.rglob("*.py")):
        file = str(path.relative_to(SOURCES))
        if not file.startswith("public/table/"):  # the table has the paths of what is missing, too
            wrong += [f"{file}:{line} names {symbol}" for symbol, line in _named(path)
                      if not exists(symbol) and symbol not in ON_PURPOSE.get(file, ())]
    assert wrong == []


def test_what_is_named_on_purpose_is_still_named_and_still_missing(exists) -> None:
    for file, symbols in ON_PURPOSE.items():
        assert symbols <= {symbol for symbol, _ in _named(SOURCES / file)}, file
        assert not any(exists(symbol) for symbol in symbols), file


def test_what_stands_in_for_a_missing_name_is_there(exists) -> None:
    for text in (*INSTEAD.values(), *LEFT_OUT.values()):
        assert all(exists(symbol) for symbol in _SYMBOL.findall(text)), text
