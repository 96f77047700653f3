"""Which tests run which lines, and so which tests can notice a mutant."""

from __future__ import annotations

import json
import pathlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import coverage

from mutants import mutations

# The context of lines that run while modules are imported and tests collected.
IMPORTING = ""
# What any test costs besides its own time, in seconds.
_START = 0.05


@dataclass
class Recording:
    """What one run of the tests showed.

    Attributes:
      seconds: How many seconds of the processor each test took that passed.
      tests_of: For each file and line, the tests that ran it, and `IMPORTING`.
    """

    seconds: dict[str, float]
    tests_of: dict[str, dict[int, list[str]]] = field(default_factory=dict)
    _concerns: dict[str, dict[str, float]] = field(default_factory=dict)

    def add_lines(self, data: coverage.CoverageData, tree: pathlib.Path) -> None:
        for file in data.measured_files():
            path = str(pathlib.Path(file).relative_to(tree))
            self.tests_of[path] = data.contexts_by_lineno(file)

    def write(self, path: pathlib.Path) -> None:
        numbers = {test: number for number, test in enumerate([IMPORTING, *self.seconds])}
        lines = {file: {line: [numbers[test] for test in tests if test in numbers] for line, tests in found.items()}
                 for file, found in self.tests_of.items()}
        path.write_text(json.dumps({"seconds": self.seconds, "lines": lines}))

    @classmethod
    def read(cls, path: pathlib.Path) -> Recording:
        stored = json.loads(path.read_text())
        tests = [IMPORTING, *stored["seconds"]]
        return cls(stored["seconds"], {
            file: {int(line): [tests[number] for number in numbers] for line, numbers in found.items()}
            for file, found in stored["lines"].items()})

    def noticing(self, mutant: mutations.Mutant, budget: float, noticed_by: Mapping[str, int]) -> Selection:
        """The tests to run on a mutant, those that are most likely to notice it first.

        These are tests that noticed others of the file, then those that run lines of the file that few tests run, for
        the time that they take: they are about the file, and do not just pass through it.

        Args:
          mutant: The mutant.
          budget: How many seconds the tests may take together, by the recording.
          noticed_by: How many mutants of the file each test has noticed.
        """
        lines = self.tests_of.get(mutant.path, {})
        found = set(lines.get(mutant.line) or lines.get(mutant.statement) or ())
        own_folder = "tests/" + mutant.path.removeprefix("src/millpond/").rpartition("/")[0] + "/"
        anew = not mutant.in_function or found == {IMPORTING}
        if IMPORTING in found:  # a default or what happens once: any test of the file may depend on it
            found.update(test for tests in lines.values() for test in tests)
        found.discard(IMPORTING)
        if anew:  # collecting takes longer than running: the tests of the folder have to do
            found = {test for test in found if test.startswith(own_folder)}
        concern = self._concern(mutant.path)
        ordered = sorted(found, key=lambda test: (-noticed_by.get(test, 0), -concern[test], test))
        return Selection(anew, list(_within(ordered, self.seconds, budget)))

    def _concern(self, path: str) -> dict[str, float]:
        """How much each test is about a file: each line counts as one, divided among the tests that run it; by time."""
        if path not in self._concerns:
            found: dict[str, float] = defaultdict(float)
            for tests in self.tests_of.get(path, {}).values():
                for test in tests:
                    found[test] += 1 / len(tests)
            self._concerns[path] = {
                test: lines / (_START + self.seconds.get(test, 0.0)) for test, lines in found.items()}
        return self._concerns[path]


@dataclass(frozen=True)
class Selection:
    """The tests to run on a mutant, and whether its module has to be imported anew for them."""

    anew: bool
    tests: list[str]


def _within(tests: Iterable[str], seconds: dict[str, float], budget: float) -> Iterable[str]:
    for test in tests:
        if budget < 0:
            return
        budget -= seconds[test]
        yield test
