"""What the documents name is there: tests, files, folders."""

from __future__ import annotations

import ast
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def named_tests(file: pathlib.Path) -> set[str]:
    return {node.name for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_each_statement_of_what_a_run_means_names_tests_that_are_there() -> None:
    text = (ROOT / "docs/semantics.md").read_text(encoding="utf-8")
    known = set().union(*(named_tests(file) for file in (ROOT / "tests").rglob("test_*.py")))
    found = re.findall(r"`(?:(tests/[\w/]+\.py)(?:::)?)?(test_\w+)?(?:\[[^]`]*\])?`", text)
    assert len(found) > 60
    for file, test in found:
        if file:
            assert (ROOT / file).is_file(), file
        assert not test or test in (named_tests(ROOT / file) if file else known), (file, test)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_files_that_a_document_names_are_there(document: pathlib.Path) -> None:
    text = document.read_text(encoding="utf-8")
    for path in re.findall(r"[`(]((?:[a-z_.-]+/)+[\w.-]+\.(?:py|md|txt))[`):]", text):
        places = (ROOT, document.parent, ROOT / "src/millpond")
        assert any((place / path).exists() for place in places), f"{document.name} names {path}"


def test_the_map_names_each_file_of_the_compiler_and_the_session() -> None:
    text = (ROOT / "docs/map.md").read_text(encoding="utf-8")
    for folder in ("compiler", "session"):
        for file in (ROOT / "src/millpond" / folder).glob("*.py"):
            assert file.stem == "__init__" or f"{folder}/{file.name}" in text, f"{folder}/{file.name}"
