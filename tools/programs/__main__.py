"""See the package's docstring."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from programs import environment
from programs.listing import PROGRAMS, Program
from programs.running import Result, run

RESULTS = environment.ROOT / "tests" / "data" / "programs.json"
FOLDER = environment.ROOT / "artifacts" / "programs"


def main(arguments: list[str]) -> int:
    """Runs the packages that are named, and records how they fared."""
    parser = argparse.ArgumentParser(prog="make programs", description=__doc__)
    parser.add_argument("names", nargs="*", help="packages, by the beginning of their names; all by default")
    parser.add_argument("--seconds", type=int, default=900, help="how long the tests of one folder may take")
    options = parser.parse_args(arguments)
    chosen = [program for program in PROGRAMS
              if not options.names or any(program.name.startswith(name) for name in options.names)]
    if not chosen:
        parser.error(f"there is no such package; there are {', '.join(program.name for program in PROGRAMS)}")
    recorded = {one["name"]: one for one in json.loads(RESULTS.read_text())} if RESULTS.exists() else {}
    for program in chosen:
        print(f"{program.name} ...", flush=True)
        with tempfile.TemporaryDirectory() as folder:
            result = _run(program, Path(folder), options.seconds)
        print(f"  {result.passed} of {result.count} {result.what}", flush=True)
        for why, count in sorted(result.why.items(), key=lambda item: -item[1]):
            print(f"  {count:5d}  {why}")
        recorded[program.name] = result._asdict()
        kept = [recorded[known.name] for known in PROGRAMS if known.name in recorded]
        RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
    return 0


def _run(program: Program, folder: Path, seconds: int) -> Result:
    try:
        python = environment.make(program, FOLDER / program.package)
    except RuntimeError as error:
        return Result(program.name, "tests" if program.tests else "modules", 1, 0, {str(error)[:160]: 1})
    return run(program, python, folder, seconds)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
