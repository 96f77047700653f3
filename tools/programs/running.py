"""Runs a package's own tests, or imports its modules, and says how that went."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from programs import reasons
from programs.listing import Program

# Imports each module of a package, or those below it that are no tests, and prints what failed.
_IMPORT_ALL = """
import importlib, json, pathlib, sys
package = sys.argv[1]
root = pathlib.Path(importlib.util.find_spec(package).origin).parent
names = sorted({".".join((package, *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__")
                for path in root.rglob("*.py") if not path.stem.endswith("_test")})
failed = {}
for name in names:
    try:
        importlib.import_module(name)
    except BaseException as error:
        failed[name] = f"{type(error).__name__}: {error}"
json.dump({"count": len(names), "failed": failed}, open(sys.argv[2], "w"))
"""


_PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "programs.parsed_flags", "-o", "addopts=",
           "-o", "python_files=*_test.py", "--import-mode=importlib", "--tb=short")


class Result(NamedTuple):
    """How a package fared.

    Attributes:
      name: The package and its release.
      what: `tests` or `modules`.
      count: How many there are, without those that the package itself skips.
      passed: How many of them passed.
      why: For each reason why others did not, how many they are.
    """

    name: str
    what: str
    count: int
    passed: int
    why: dict[str, int]


def run(program: Program, python: Path, folder: Path, seconds: int) -> Result:
    """Runs a package in its environment.

    Args:
      program: The package.
      python: The environment's Python.
      folder: Where the program runs and leaves its files.
      seconds: How long the tests of one folder of the package may take.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return _tests(program, python, folder, seconds) if program.tests else _imports(program, python, folder, seconds)


def _imports(program: Program, python: Path, folder: Path, seconds: int) -> Result:
    script, report = folder / "import_all.py", folder / "imports.json"
    script.write_text("import importlib.util\n" + _IMPORT_ALL)
    report.unlink(missing_ok=True)
    done = _millpond(python, [str(script), program.package, str(report)], folder, seconds)
    if not report.exists():
        return Result(program.name, "modules", 1, 0, {reasons.short(done[-300:]): 1})
    found = json.loads(report.read_text())
    return Result(program.name, "modules", found["count"], found["count"] - len(found["failed"]),
                  dict(Counter(reasons.short(message) for message in found["failed"].values())))


def _tests(program: Program, python: Path, folder: Path, seconds: int) -> Result:
    packages = next(python.parent.parent.glob("lib/*/site-packages"))
    passed, why = 0, Counter[str]()
    by_folder: dict[Path, list[Path]] = {}
    for file in sorted((packages / program.package).rglob("*_test.py")):
        by_folder.setdefault(file.parent, []).append(file)
    for number, files in enumerate(by_folder.values()):
        report = folder / f"{number}.xml"
        said = _millpond(python, [*_PYTEST, "--junitxml", str(report), *map(str, files)], folder, seconds)
        if not report.exists():
            reason = reasons.short(said[-300:]) if said else f"longer than {seconds} s"
            why[reason] += sum(file.read_text().count("  def test") for file in files)
            continue
        for case in ElementTree.parse(report).iter("testcase"):
            bad = [part for part in case if part.tag in ("failure", "error")]
            if bad:
                why[_reason(program, case, bad[0])] += 1
            elif case.find("skipped") is None:
                passed += 1
    return Result(program.name, "tests", passed + sum(why.values()), passed, dict(why))


def _reason(program: Program, case: ElementTree.Element, bad: ElementTree.Element) -> str:
    name = f"{case.get('classname')}.{case.get('name')}"
    for part, reason in program.inside:
        if part in name:
            return reason
    text, message = bad.text or "", bad.get("message") or ""
    told = [line[1:].strip() for line in text.splitlines() if line.startswith("E ")]
    return reasons.short(told[-1] if message == "collection failure" and told else message or text)


def _millpond(python: Path, arguments: list[str], folder: Path, seconds: int) -> str:
    try:
        done = subprocess.run([str(python), "-m", "millpond", "run", *arguments], cwd=folder, capture_output=True,
                              text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return ""
    return (done.stdout + done.stderr).strip() or f"exit status {done.returncode}"
