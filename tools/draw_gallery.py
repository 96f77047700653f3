"""Runs the programs in `examples/` in full, and makes docs/gallery.md and its pictures: `make gallery`.

`python tools/draw_gallery.py NAME...` makes the pictures of some programs alone.
"""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

REPOSITORY = Path(__file__).parents[1]
PICTURES = REPOSITORY / "docs" / "gallery"

HEAD = """# Gallery

Programs of the kinds that people wrote for TensorFlow 1, each under 150 lines, with what they learned.
`pip install '.[gallery]'` brings what draws the pictures; `python examples/NAME.py` trains a program in full and draws
its picture, `make gallery` does it for all. `make test` runs each for a few steps.

"""


def entry(program: Path) -> str:
    """A program's part of the page: its name, its docstring, its picture."""
    text = ast.get_docstring(ast.parse(program.read_text()))
    title = program.stem.replace("_", " ").capitalize()
    return f"## [{title}](../examples/{program.name})\n\n{text}\n\n![{title}](gallery/{program.stem}.png)\n"


def main(names: list[str]) -> None:
    sys.path.insert(0, str(REPOSITORY / "examples"))
    PICTURES.mkdir(exist_ok=True)
    programs = sorted((REPOSITORY / "examples").glob("*.py"))
    for program in programs:
        if not names or program.stem in names:
            print(program.stem, flush=True)
            module = importlib.import_module(program.stem)
            module.draw(module.train(), str(PICTURES / f"{program.stem}.png"))
    (REPOSITORY / "docs" / "gallery.md").write_text(HEAD + "\n".join(map(entry, programs)))


if __name__ == "__main__":
    main(sys.argv[1:])
