"""Some of the tests that packages ship: `make programs` runs them all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.parametrize("name, least", [("ops/arg_scope_test.py", 20), ("losses/loss_ops_test.py", 109),
                                         ("layers/utils_test.py", 24), ("layers/initializers_test.py", 21)])
def test_tests_of_tf_slim_pass_as_they_are(name: str, least: int, tmp_path: Path) -> None:
    package = next(Path(folder) / "tf_slim" for folder in sys.path if (Path(folder) / "tf_slim" / "ops").is_dir())
    done = subprocess.run(
        [sys.executable, "-m", "millpond", "run", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts=",
         "-o", "python_files=*_test.py", "--import-mode=importlib", str(package / name)],
        capture_output=True, text=True, check=False, cwd=tmp_path, env={**os.environ, "PYTEST_ADDOPTS": ""})
    assert done.returncode == 0, done.stdout[-2000:]
    assert int(done.stdout.splitlines()[-1].partition(" passed")[0]) >= least
