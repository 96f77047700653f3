"""An environment for one package: what the project's own has, and the package, and what that needs beside it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from programs.listing import Program

ROOT = Path(__file__).parent.parent.parent


def make(program: Program, folder: Path) -> Path:
    """Makes the environment anew, and gives its Python.

    It sees what is installed for the project by a path file, so that JAX is not installed once more for each package.

    Raises:
      RuntimeError: If the package cannot be installed; with what pip said.
    """
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    python = folder / "bin" / "python"
    packages = next(folder.glob("lib/*/site-packages"))
    (packages / "project.pth").write_text(f"{ROOT / 'src'}\n{ROOT / 'tools'}\n{sysconfig.get_paths()['purelib']}\n")
    _install(python, program.requirements, ["--no-deps", "--no-build-isolation", "--ignore-installed"])
    if program.beside:
        _install(python, program.beside, [])
    return python


def _install(python: Path, requirements: tuple[str, ...], options: list[str]) -> None:
    done = subprocess.run([str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *options,
                           *requirements], capture_output=True, text=True, check=False)
    if done.returncode:
        lines = [line for line in (done.stdout + done.stderr).splitlines() if "error" in line.lower()]
        raise RuntimeError(f"pip cannot install {' '.join(requirements)}: {lines[-1] if lines else done.stderr[-300:]}")
