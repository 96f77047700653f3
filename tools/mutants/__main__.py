"""Mutation testing: would the tests notice if a line were wrong?

    make mutants                       every mutant of compiler/, session/, graph/control.py and variables/
    make mutants MUTANTS=300           a sample of 300; SEED=1 gives another
    PYTHONPATH=tools python -m mutants src/millpond/variables/scope.py --tests tests/variables

Each mutant is one small change (`mutations.py`), tried on the tests that run its line (`selection.py`), the fast
ones, until one fails (`trials.py`). Prints the survivors and their rate. What is known is kept in `build/mutants`: a
run that was interrupted goes on; after a change of the tests only survivors are tried again, after a change of a file
all of its mutants.

A tool of our own: cosmic-ray runs all tests on each mutant, in a new interpreter, and mutmut chooses tests by
function, not by line, and puts all mutants into one source with a dispatch in front of each function, which changes
what our errors say about the user's line. Importing Millpond, JAX and the tests takes seconds; a process that is
forked from one where that is done notices most mutants in less than one.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence

from mutants import mutations
from mutants.plan import Plan

PROJECT = pathlib.Path(__file__).parents[2]
FOLDER = PROJECT / "build" / "mutants"
TARGETS = ("src/millpond/compiler", "src/millpond/session", "src/millpond/graph/control.py", "src/millpond/variables")
COPIED = ("src", "tests", "tools", "docs", "pyproject.toml", "README.md", "Makefile")
_KILLED = ("noticed", "timeout", "crash")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Tries small wrong changes, and prints those that no test notices.")
    parser.add_argument("targets", nargs="*", default=TARGETS, help="files and folders to change")
    parser.add_argument("--tests", nargs="*", default=["tests"], help="tests to run (default: all)")
    parser.add_argument("--sample", type=int, default=0, help="how many mutants to try (default: all)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the sample")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--budget", type=float, default=10.0, help="seconds of tests for a mutant")
    options = parser.parse_args(arguments)

    tree = FOLDER / "tree"
    state = _copy_project(tree)
    files = sorted({str(file.relative_to(tree)) for target in options.targets for file in _python_files(tree / target)})
    mutants = [mutant for file in files for mutant in mutations.mutants_of(tree, file)]
    if 0 < options.sample < len(mutants):
        chosen = random.Random(options.seed).sample(range(len(mutants)), options.sample)
        mutants = [mutants[index] for index in sorted(chosen)]

    results = FOLDER / "results.jsonl"
    known = _outcomes(results, state)
    left = [mutant for mutant in mutants if mutant.name not in known]
    # In any order, so that a run that is interrupted has tried a fair sample.
    random.Random(options.seed).shuffle(left)
    print(f"{len(mutants)} mutants, {len(left)} to try.", flush=True)
    try:
        if left:
            _try(left, tree, files, state, options, results)
    finally:
        _report(mutants, _outcomes(results, state))
    return 0


def _python_files(target: pathlib.Path) -> list[pathlib.Path]:
    found = [target] if target.suffix == ".py" else sorted(target.rglob("*.py"))
    if not found or not found[0].exists():
        raise FileNotFoundError(f"There is no Python file at {target}.")
    return found


def _copy_project(tree: pathlib.Path) -> str:
    """Copies the project, so that it can be edited while mutants are tried; returns a digest of its content."""
    digest = hashlib.sha256()
    for name in COPIED:
        for file in [PROJECT / name] if (PROJECT / name).is_file() else sorted((PROJECT / name).rglob("*")):
            if file.is_file() and not {"__pycache__", "mutants"} & set(file.parts):
                digest.update(str(file.relative_to(PROJECT)).encode() + b"\0" + file.read_bytes())
    state = digest.hexdigest()[:16]
    stamp = tree.parent / "state"
    if not stamp.exists() or stamp.read_text() != state:
        shutil.rmtree(tree, ignore_errors=True)
        for name in COPIED:
            source = PROJECT / name
            if source.is_dir():
                shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(source, tree / name)
        stamp.write_text(state)
    return state


def _outcomes(results: pathlib.Path, state: str) -> dict[str, str]:
    """What is known, by name: mutants that were noticed, while their file is the same, others while nothing changes."""
    lines = results.read_text().splitlines() if results.exists() else []
    entries = map(json.loads, lines)
    return {entry["mutant"]: entry["outcome"] for entry in entries
            if entry["outcome"] in _KILLED or entry["state"] == state}


def _try(mutants: list[mutations.Mutant], tree: pathlib.Path, files: list[str], state: str, options: argparse.Namespace,
         results: pathlib.Path) -> None:
    """Starts pytest with the plugin that tries mutants."""
    asked = hashlib.sha256(repr((options.tests, files)).encode()).hexdigest()[:8]
    recording = FOLDER / f"recording-{state}-{asked}.json"
    for old in set(FOLDER.glob("recording-*.json")) - set(FOLDER.glob(f"recording-{state}-*.json")):
        old.unlink()
    plan = Plan(tree, files, mutants, state, recording, results, options.jobs, options.budget)
    plan.write(FOLDER / "plan.json")
    path = [str(tree / "src"), str(PROJECT / "tools"), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = os.environ | {
        "MUTANTS_PLAN": str(FOLDER / "plan.json"),
        "PYTHONPATH": os.pathsep.join(path),
        "COVERAGE_CORE": "ctrace",  # the one that knows which test runs
    }
    command = [sys.executable, "-m", "pytest", "-q", "-s", "--tb=no", "-r", "", "--no-header", "-p", "no:cacheprovider",
               "-p", "mutants.trials", "-m", "not slow and not browser", *options.tests]
    with (FOLDER / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=tree, env=environment, stdout=log, stderr=subprocess.STDOUT)
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            status = process.wait()
        finally:
            process.terminate()  # it ends what it has started
            process.wait()
    if status:
        raise SystemExit(f"The tests could not be run; {FOLDER / 'log'} says why.")


def _report(mutants: Sequence[mutations.Mutant], outcomes: dict[str, str]) -> None:
    tried = [mutant for mutant in mutants if mutant.name in outcomes]
    for mutant in tried:
        outcome = outcomes[mutant.name]
        if outcome not in _KILLED:
            print(f"{mutant.path}:{mutant.line}: {mutant.what}" + ("" if outcome == "survived" else f"  ({outcome})"))
    if len(tried) < len(mutants):
        print(f"\n{len(mutants) - len(tried)} mutants have not been tried yet.")
    columns = ("noticed", "timeout", "crash", "survived", "not run by any test")
    print("\n" + f"{'':20}{'mutants':>8}" + "".join(f"{name:>{len(name) + 2}}" for name in columns) + f"{'rate':>8}")
    for folder in [*dict.fromkeys(map(_folder, tried)), "all"] if tried else []:
        chosen = [mutant for mutant in tried if folder in ("all", _folder(mutant))]
        counts = Counter(outcomes[mutant.name] for mutant in chosen)
        cells = "".join(f"{counts[name]:{len(name) + 2}}" for name in columns)
        surviving = len(chosen) - sum(counts[outcome] for outcome in _KILLED)
        print(f"{folder:20}{len(chosen):8}{cells}{surviving / len(chosen):8.1%}")


def _folder(mutant: mutations.Mutant) -> str:
    folder, _, file = mutant.path.removeprefix("src/millpond/").rpartition("/")
    return f"{folder}/{file}" if folder == "graph" else folder


if __name__ == "__main__":
    sys.exit(main())
