"""Writes what follows from the table of public names (`src/millpond/public/table`).

    make names

- `*.pyi` beside or in place of each public module: what editors, mypy and other readers of source see there, as the
  names themselves are found only when a program runs.
- `docs/compatibility.md`: for each symbol that programs use (`tests/data/priority.txt`, and `priority_inside.txt`)
  whether it is there, as `millpond check` finds it, and what of TensorFlow 1 is not.

The test suite fails while a file differs from what this makes.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from millpond.public import missing, modules, presence
from millpond.public.table import ABOUT, HIDDEN, MODULES, SAME
from millpond.public.table.planned import INSTEAD, LEFT_OUT, PLANNED

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "millpond"
PRIORITY = ROOT / "tests" / "data" / "priority.txt"
INSIDE = ROOT / "tests" / "data" / "priority_inside.txt"
PROGRAMS = ROOT / "tests" / "data" / "programs.json"
COMPATIBILITY = ROOT / "docs" / "compatibility.md"
_MADE = "tools/write_names.py made this from src/millpond/public/table: `make names`."


def stubs() -> dict[Path, str]:
    """The stub of each public module that is no file of its own."""
    return {file: _stub(path) for path in ABOUT if (file := _stub_file(path)) is not None}


def _stub_file(path: str) -> Path | None:
    if any(path == hidden or path.startswith(f"{hidden}.") for hidden in HIDDEN):
        return None
    steps = path.split(".")[1:]
    if PACKAGE.joinpath(*steps, "__init__.py").exists():
        return PACKAGE.joinpath(*steps, "__init__.pyi")
    if PACKAGE.joinpath(*steps).with_suffix(".py").exists():
        return None  # the module itself shows its names
    # A folder here would hide the module from Python, so what lies below a made module lies beside it.
    while len(steps) > 1 and not PACKAGE.joinpath(*steps[:-1]).is_dir():
        steps[-2:] = [f"{steps[-2]}_{steps[-1]}"]
    return PACKAGE.joinpath(*steps).with_suffix(".pyi")


def _stub(path: str) -> str:
    lines = [f'"""`{path}`: {ABOUT[path]}."""', "", f"# {_MADE}", ""]
    if path in SAME:
        return "\n".join([*lines, f"from {modules.module_name(SAME[path])} import *", ""])
    imports = defaultdict(list)
    for below in sorted(ABOUT):
        parent, _, name = below.rpartition(".")
        file = _stub_file(below)
        if parent == path and below not in HIDDEN:
            package = modules.module_name(path)
            stem = name if file is None or file.stem == "__init__" else file.stem
            if stem != name:
                package = ".".join(("millpond", *file.relative_to(PACKAGE).parts[:-1])) if file else package
            imports[package].append(_imported(stem, name))
    for name, target in sorted(MODULES[path].items()):
        package, attribute = target.module, target.attribute
        if not attribute:
            package, _, attribute = package.rpartition(".")
        imports[package].append(_imported(attribute, name))
    for package, names in sorted(imports.items()):
        lines += [f"from {package} import (", *(f"    {name}," for name in sorted(names)), ")"]
    lines += ["", "__all__ = [", *(f'    "{name}",' for name in modules.names_of(path)), "]", ""]
    return "\n".join(lines)


def _imported(name: str, public: str) -> str:
    return name if name == public else f"{name} as {public}"


_REASONS = 6  # how many reasons of a package's failures are told


class Symbol(NamedTuple):
    """A line of `tests/data/priority.txt`."""

    rank: int
    uses: int
    path: str
    area: str


def ranked() -> Iterator[Symbol]:
    """The symbols that programs use, most used first."""
    for line in PRIORITY.read_text().splitlines():
        if not line.startswith("#"):
            rank, uses, path, area = line.split("\t")
            yield Symbol(int(rank), int(uses), path, area)


def exists(path: str) -> bool:
    """Whether a symbol is there: a public name, or an attribute of the object that it stands for."""
    return presence.look_up(path).place is not None


def compatibility() -> str:
    """The text of `docs/compatibility.md`."""
    symbols = list(ranked())
    present = {symbol.path for symbol in symbols if exists(symbol.path)}
    uses = sum(symbol.uses for symbol in symbols)
    covered = sum(symbol.uses for symbol in symbols if symbol.path in present)
    lines = [
        "# Compatibility", "", f"<!-- {_MADE} -->", "",
        "Millpond has the interface of TensorFlow 1.15, and the older names that programs of its time use. This page",
        "says which names are there. It counts what programs really use: 623 public symbols in 728 files of 21 public",
        f"repositories. **{len(present)} of the {len(symbols)} are there; they are {covered / uses:.1%} of all uses.**",
        "", "A name that is not there raises an `AttributeError` that says what this page says: `hasattr` works.",
        "`millpond check PATH` says of programs which symbols they use, and which of these are not there.",
        "",
        "| area | symbols | there | uses | of these, there |", "| --- | ---: | ---: | ---: | ---: |",
    ]
    areas = list(dict.fromkeys(symbol.area for symbol in symbols))
    for area in areas:
        inside = [symbol for symbol in symbols if symbol.area == area]
        there = [symbol for symbol in inside if symbol.path in present]
        used = sum(symbol.uses for symbol in inside)
        share = sum(symbol.uses for symbol in there) / used
        lines.append(f"| {area} | {len(inside)} | {len(there)} | {used} | {share:.0%} |")
    lines += ["", "## Symbols that are not there", "",
              "| rank | symbol | uses | planned with, or why left out | until then |",
              "| ---: | --- | ---: | --- | --- |"]
    lines += [_absent(symbol) for symbol in symbols if symbol.path not in present]
    lines += _inside()
    lines += _programs()
    lines += ["", "## What else of TensorFlow 1 is planned", "",
              "A name stands for itself and for all below it.", ""]
    for area, block in PLANNED.items():
        lines += [f"- **{area}**: " + ", ".join(f"`{path}`" for path in block.split())]
    lines += ["", "## What is left out", ""]
    lines += [f"- `{path}`: {reason}." for path, reason in LEFT_OUT.items()]
    lines += ["", "Packages of `tf.contrib` that stand in neither list are left out too.", "",
              "## Symbols that are there", ""]
    for area in areas:
        there = [symbol.path for symbol in symbols if symbol.area == area and symbol.path in present]
        if there:
            lines += [f"- **{area}**: " + ", ".join(f"`{path}`" for path in there)]
    return "\n".join([*lines, ""])


def _inside() -> list[str]:
    """What stood inside of TensorFlow, which was nobody's interface, though programs import it."""
    names = [line.split("\t")[1] for line in INSIDE.read_text().splitlines() if not line.startswith("#")]
    absent = [name for name in names if not exists(name)]
    lines = ["", "## Names from inside of TensorFlow", "",
             f"The same programs import {len(names)} names of `tensorflow.python` and `tensorflow.core`; "
             f"**{len(names) - len(absent)} are there**, for programs that run under `millpond run` or after "
             "`millpond.compat.install()`."]
    return lines + (["", "Not there: " + ", ".join(f"`{name}`" for name in absent) + "."] if absent else [])


def _programs() -> list[str]:
    """Packages that others wrote for TensorFlow 1, and how they fare."""
    lines = ["", "## Packages written for TensorFlow 1", "",
             "`make programs` installs them as they were published, each in an environment of its own, and runs the",
             "tests that they ship under `millpond run`; where a package ships none, it imports each of its modules.",
             "",
             "| package | what | there are | pass | why the rest does not |", "| --- | --- | ---: | ---: | --- |"]
    for one in json.loads(PROGRAMS.read_text()):
        why = sorted(one["why"].items(), key=lambda item: (-item[1], item[0]))
        told = [f"{reason} ({count})" for reason, count in why[:_REASONS]]
        rest = sum(count for _, count in why[_REASONS:])
        told += [f"other reasons ({rest})"] if rest else []
        cell = "; ".join(told).replace("|", "\\|").replace("<", "&lt;")
        lines.append(f"| {one['name']} | {one['what']} | {one['count']} | {one['passed']} | {cell} |")
    return lines


def _absent(symbol: Symbol) -> str:
    where = missing.standing(symbol.path)
    reason = "" if where is None else where
    instead = missing.nearest(symbol.path, INSTEAD)
    return (f"| {symbol.rank} | `{symbol.path}` | {symbol.uses} | {reason} | "
            f"{INSTEAD[instead] if instead is not None else ''} |")


def files() -> dict[Path, str]:
    """All that this script writes."""
    return {**stubs(), COMPATIBILITY: compatibility()}


def main() -> None:
    wanted = files()
    for path in sorted(set(PACKAGE.rglob("*.pyi")) - set(wanted)):
        path.unlink()
        print(f"removed {path.relative_to(ROOT)}")
    for path, text in wanted.items():
        if not path.exists() or path.read_text() != text:
            path.write_text(text)
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
