"""What `__main__.py` asks of the process that tries mutants, as a file."""

from __future__ import annotations

import json
import pathlib
from dataclasses import dataclass

from mutants import mutations


@dataclass(frozen=True)
class Plan:
    """What to do.

    Attributes:
      tree: The copy of the project.
      files: The files whose lines are recorded, relative to the tree.
      mutants: The mutants to try.
      state: Digest of the tree's content.
      recording: File of the recording; it is made if it is not there.
      results: File to which a line of JSON is added for each mutant.
      jobs: How many mutants are tried at a time.
      budget: Seconds that the tests of one mutant may take together, by the recording.
    """

    tree: pathlib.Path
    files: list[str]
    mutants: list[mutations.Mutant]
    state: str
    recording: pathlib.Path
    results: pathlib.Path
    jobs: int
    budget: float

    def write(self, path: pathlib.Path) -> None:
        path.write_text(json.dumps(vars(self) | {"mutants": [vars(mutant) for mutant in self.mutants]}, default=str))

    @classmethod
    def read(cls, path: str) -> Plan:
        stored = json.loads(pathlib.Path(path).read_text())
        for name in ("tree", "recording", "results"):
            stored[name] = pathlib.Path(stored[name])
        stored["mutants"] = [mutations.Mutant(**mutant) for mutant in stored["mutants"]]
        return cls(**stored)
