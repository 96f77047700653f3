"""The cases recorded from TensorFlow, in both tiers, as far as they are in scope.

`out_of_scope.txt` lists patterns of cases that wait for later work; it only shrinks. A pattern that matches nothing,
or a listed case that passes, fails this test, so that the list stays honest.
"""

from __future__ import annotations

import json
import pathlib
import re
import textwrap

import check
import golden_cases
import golden_running
import numpy as np
import pytest

import millpond

HERE = pathlib.Path(__file__).parent
FAMILIES = sorted(path.stem for path in golden_cases.RECORDED.glob("*.jsonl"))
# Families that take seconds even where what can be interpreted is.
LONG = {"array", "linalg", "losses", "math", "nn", "programs_layer_variants",
        "programs_optimizers"}


def out_of_scope() -> list[re.Pattern[str]]:
    lines = (HERE / "out_of_scope.txt").read_text().splitlines()
    patterns = [line.split("#")[0].strip() for line in lines]
    return [re.compile(pattern + "$") for pattern in patterns if pattern]


def test_the_recorded_cases_are_there() -> None:
    assert len(FAMILIES) >= 25, f"no recorded cases in {golden_cases.RECORDED}"


@pytest.mark.parametrize("tier", ["interpreted", "compiled"])
@pytest.mark.parametrize("name", [pytest.param(name, marks=[pytest.mark.slow] if name in LONG else [])
                                  for name in FAMILIES])
def test_family(name: str, tier: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLPOND_TIER", tier)
    waiting = out_of_scope()
    family = golden_cases.load(families=[name])[name]
    failed, passed_though_listed = [], []
    for case in family.cases:
        details = golden_running.run_timed(millpond, name, case, family.arrays)["details"]
        listed = any(pattern.match(case["id"]) for pattern in waiting)
        if details and not listed:
            failed.append(f"{case['id']}: {details[0]}")
        elif listed and not details:
            passed_though_listed.append(case["id"])
    assert not failed, f"{len(failed)} recorded cases of {name} fail ({tier}):\n" + "\n".join(failed[:20])
    assert not passed_though_listed, f"take these off out_of_scope.txt: {passed_though_listed[:20]}"


def test_every_pattern_still_matches_a_case() -> None:
    cases = [case["id"] for family in golden_cases.load().values() for case in family.cases]
    idle = [pattern.pattern for pattern in out_of_scope() if not any(pattern.match(case) for case in cases)]
    assert not idle, f"patterns that match nothing: {idle}"


# The checker itself.

def write_family(directory: pathlib.Path, cases: list[dict], arrays: dict[str, np.ndarray] | None = None) -> None:
    (directory / "small.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))
    np.savez(directory / "small.npz", **(arrays or {}))


def squares(case: str, wanted: str, **changes: object) -> dict:
    return {"id": case, "call": "tf.square(x)",
            "inputs": {"x": {"array": "x", "dtype": "float32", "shape": [None]}},
            "outputs": [{"array": wanted, "dtype": "float32", "static_shape": [None]}],
            "grads": {"x": "slope"}, "grad_weights": ["one"],
            "rtol": 1e-5, "atol": 1e-6, "grad_rtol": 1e-4, "grad_atol": 1e-5} | changes


ARRAYS = {"x": np.float32([1, 2]), "right": np.float32([1, 4]), "wrong": np.float32([1, 5]),
          "slope": np.float32([2, 4]), "one": np.float32([1, 1])}
RIGHT = {"array": "right", "dtype": "float32", "static_shape": [None]}


@pytest.mark.parametrize("changes, stage, text", [
    ({}, "value", "1 of 2 elements differ, first at flat index 1: 4.0, expected 5.0"),
    ({"outputs": [RIGHT | {"dtype": "float64"}]}, "dtype", "float32, expected float64"),
    ({"outputs": [RIGHT | {"static_shape": [2]}]}, "static_shape", r"\[None\], expected \[2\]"),
    ({"outputs": []}, "structure", "1 tensors, expected 0"),
    ({"outputs": [RIGHT], "structure": {"list": ["T"]}},
     "structure", "list"),
    ({"outputs": [RIGHT], "grads": {"x": "one"}},
     "grad", "with respect to x: 2 of 2 elements differ"),
    ({"outputs": [RIGHT], "grads": {"x": None}},
     "grad", "is a tensor, expected None"),
    ({"call": "tf.no_such_name(x)"}, "build", "no_such_name"),
    ({"raises": "ValueError", "when": "build"}, "raises", "no exception while building"),
    ({"raises": "ValueError", "when": "run"}, "raises", "no exception while running"),
    ({"call": "tf.reshape(x, [3])", "raises": ["OutOfRangeError"], "when": "run"}, "raises", "InvalidArgumentError"),
])
def test_a_wrong_call_fails_with_a_sentence(changes: dict, stage: str, text: str) -> None:
    case = squares("small/case", "wrong", **changes)
    result = golden_running.run_timed(millpond, "small", case, ARRAYS)
    assert result["status"] == "fail" and result["stages"] == [stage]
    assert re.search(text, result["details"][0][1])


@pytest.mark.parametrize("wanted, text", [
    ({"py": 3}, None),
    ({"py": 4}, "result 0 is 3, expected 4"),
    ({"array": "x", "dtype": "float32"}, r"result 0: shape \[\], expected \[2\]"),
    ({"list": []}, "is a int, expected a sequence"),
])
def test_a_program_is_compared_item_by_item(wanted: dict, text: str | None) -> None:
    case = {"id": "small/program", "source": "def build(tf, np):\n    return [3]\n", "expect": [wanted],
            "rtol": 0.0, "atol": 0.0}
    if "array" in wanted:
        case["source"] = "def build(tf, np):\n    return [np.float32(3)]\n"
    details = golden_running.run_timed(millpond, "small", case, ARRAYS)["details"]
    if text is None:
        assert details == []
    else:
        assert len(details) == 1 and re.search(text, details[0][1])


def test_any_module_can_be_checked_and_a_crash_fails_its_case_alone(
        tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "imitation.py").write_text(textwrap.dedent("""
        import contextlib, os

        class Graph:
            as_default = staticmethod(contextlib.nullcontext)

        def crash():
            os._exit(3)

        def answer():
            return 42
    """))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    write_family(tmp_path, [
        {"id": name, "source": f"def build(tf, np):\n    return [{body}]\n", "expect": [{"py": 42}],
         "rtol": 0.0, "atol": 0.0}
        for name, body in {"good": "tf.answer()", "crash": "tf.crash()", "after": "tf.answer()", "wrong": "7"}.items()])
    results = check.run_all("imitation", tmp_path, jobs=1)
    assert {result["id"]: result["status"] for result in results} == {
        "good": "pass", "crash": "fail", "after": "pass", "wrong": "fail"}
    assert results[1]["details"] == [["crash", "the process died"]]
    assert check.main(["--tf", "imitation", "--dir", str(tmp_path), "--filter", "good|after", "--jobs", "1"]) == 0
    assert "total: 2 of 2 pass" in capsys.readouterr().out


def test_a_module_that_cannot_be_imported(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_family(tmp_path, [squares("small/case", "right")], ARRAYS)
    assert check.main(["--tf", "no_such_module", "--dir", str(tmp_path)]) == 2
    assert "no_such_module cannot be imported: ModuleNotFoundError" in capsys.readouterr().err
