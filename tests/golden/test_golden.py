"""The recorded cases of `../shared/golden`, in both tiers, as far as they are in scope.

`out_of_scope.txt` lists patterns of cases that wait for later work; it only shrinks. A pattern that matches nothing,
or a listed case that passes, fails this test, so that the list stays honest.
"""

from __future__ import annotations

import importlib.util
import pathlib
import re
import sys
from types import ModuleType
from typing import Any

import pytest

import millpond

HERE = pathlib.Path(__file__).parent
GOLDEN = HERE.parents[1].parent / "shared" / "golden"
FAMILIES = sorted(path.stem for path in GOLDEN.glob("*.jsonl"))
# Families that take seconds even where what can be interpreted is.
LONG = {"linalg", "math", "nn"}


def _load_checker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("golden_check", GOLDEN / "check.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["golden_check"] = module
    spec.loader.exec_module(module)
    return module


CHECK = _load_checker()


def out_of_scope() -> list[re.Pattern[str]]:
    lines = (HERE / "out_of_scope.txt").read_text().splitlines()
    patterns = [line.split("#")[0].strip() for line in lines]
    return [re.compile(pattern + "$") for pattern in patterns if pattern]


def run_family(name: str) -> dict[str, list[Any]]:
    """Failures of each case of a family, by id."""
    family = CHECK.Family(str(GOLDEN / f"{name}.jsonl"))
    return {case["id"]: CHECK.timed(millpond, name, case, family.arrays)["details"] for case in family.cases}


def test_the_recorded_cases_are_there() -> None:
    assert len(FAMILIES) >= 25, f"no golden cases in {GOLDEN}"


@pytest.mark.parametrize("tier", ["interpreted", "compiled"])
@pytest.mark.parametrize("family", [pytest.param(name, marks=[pytest.mark.slow] if name in LONG else [])
                                    for name in FAMILIES])
def test_family(family: str, tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLPOND_TIER", tier)
    waiting = out_of_scope()
    failed, passed_though_listed = [], []
    for case, details in run_family(family).items():
        listed = any(pattern.match(case) for pattern in waiting)
        if details and not listed:
            failed.append(f"{case}: {details[0]}")
        elif listed and not details:
            passed_though_listed.append(case)
    assert not failed, f"{len(failed)} recorded cases of {family} fail ({tier}):\n" + "\n".join(failed[:20])
    assert not passed_though_listed, f"take these off out_of_scope.txt: {passed_though_listed[:20]}"


def test_every_pattern_still_matches_a_case() -> None:
    cases = [case["id"] for family in CHECK.load(str(GOLDEN)).values() for case in family.cases]
    idle = [pattern.pattern for pattern in out_of_scope() if not any(pattern.match(case) for case in cases)]
    assert not idle, f"patterns that match nothing: {idle}"
