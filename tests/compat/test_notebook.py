"""`millpond run notebook.ipynb`: the cells run one after another, without Jupyter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from millpond.compat.notebook import reading

CELLS = [
    "%matplotlib inline\nimport tensorflow as tf\nimport numpy as np\n%load_ext autoreload\n%autoreload 2\n",
    "x = tf.constant([1.0, 2.0])\ns = '''\n%not a command\n!nor this\n'''\nprint(7\n% 4)\nwith tf.Session() as sess:\n"
    "    %time total = sess.run(tf.reduce_sum(x))\ntotal",
    "words = !echo one two; echo {int(total)} $total\nwords",
    "%%time\nfor i in range(2):\n    !echo turn {i}\n",
    "%%bash\nfor i in 1 2; do echo $i; done",
    "%%writefile made.txt\nleft {as} it is\n",
    "print(open('made.txt').read())\nNone",
    "np.sum?\n?np.sum\nnp.float(3)",
    "!pip install tensorflow==1.15\n%unheard of\n%unheard again",
    "'not shown';",
    "%%javascript\nalert(1)",
    "display('a', {'b': 1})\nget_ipython().magic('matplotlib inline')",
    "%timeit -n 10 -r3 np.ones(3)\nn = %time 5\nn",
]
PRINTED = """\
3
np.float32(3.0)
['one two', '3 3.0']
turn 0
turn 1
1
2
left {as} it is

3.0
'a'
{'b': 1}
5
""".replace("np.float32(3.0)", "3.0")


def write(path: Path, cells: list[str], version: int = 4) -> Path:
    written = [{"cell_type": "markdown", "source": "# Title"}]
    written += [{"cell_type": "code", "outputs": [], "source" if version == 4 else "input": cell.splitlines(True)}
                for cell in cells]
    path.write_text(json.dumps({"nbformat": 4, "cells": written} if version == 4 else
                               {"nbformat": 3, "worksheets": [{"cells": written}]}))
    return path


def run(notebook: Path, *options: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path if folder)
    return subprocess.run([sys.executable, "-m", "millpond", "run", *options, notebook.name], capture_output=True,
                          text=True, cwd=notebook.parent, env={**os.environ, "PYTHONPATH": path, "DISPLAY": ""},
                          timeout=120)


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.slow
def test_a_notebook_runs_as_run_all_does(version: int, tmp_path: Path) -> None:
    done = run(write(tmp_path / "lesson.ipynb", CELLS, version))
    assert done.returncode == 0, done.stderr
    assert done.stdout == PRINTED
    # What is not done is noted, each thing once.
    assert done.stderr.splitlines() == [
        "[millpond] !pip install tensorflow==1.15 is not run: install what the notebook needs yourself",
        "[millpond] %unheard is not run", "[millpond] %%javascript is not run"]


@pytest.mark.slow
def test_an_error_names_the_cell_and_shows_its_lines(tmp_path: Path) -> None:
    done = run(write(tmp_path / "lesson.ipynb", ["a = 1", "def f(x):\n    return x / 0\n", "print(a)\nf(a)"]))
    assert done.returncode == 1
    assert done.stdout == "1\n"
    assert done.stderr.startswith(
        'Traceback (most recent call last):\n  File "<cell 3 of lesson.ipynb>", line 2, in <module>\n    f(a)\n')
    assert 'File "<cell 2 of lesson.ipynb>", line 2, in f\n    return x / 0\n' in done.stderr
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n"
                                "In cell 3 of " + done.stderr.rpartition("In cell 3 of ")[2])
    assert done.stderr.rstrip().endswith("lesson.ipynb, which begins with 'print(a)'.")


@pytest.mark.slow
def test_a_notebook_of_python_2(tmp_path: Path) -> None:
    notebook = write(tmp_path / "old.ipynb", ["%pylab_like\nprint 7 / 2", "from __future__ import division",
                                              "print 7 / 2\nxrange(3)[1]"])
    done = run(notebook)
    assert done.returncode == 1
    assert "In cell 1 of" in done.stderr and "millpond run --py2" in done.stderr
    pytest.importorskip("fissix", reason="`pip install '.[test]'` brings fissix")
    assert run(notebook, "--py2").stdout == "3\n3.5\n1\n"


@pytest.mark.slow
def test_figures_are_saved_at_the_end_of_a_cell(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="`pip install '.[test]'` brings matplotlib")
    done = run(write(tmp_path / "plots.ipynb", [
        "%matplotlib inline\nimport matplotlib.pyplot as plt", "plt.plot([1, 2]);", "plt.plot([3]);\nplt.show()"]))
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.glob("*.png")) == ["plots-figure-1.png", "plots-figure-2.png"]
    assert done.stderr.count("is saved as") == 2


@pytest.mark.slow
def test_what_is_no_notebook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.ipynb").write_text("not json")
    done = run(tmp_path / "bad.ipynb")
    assert done.returncode != 0
    assert "bad.ipynb is not a notebook" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(("cell", "python"), [
    ("x = 5\n%time x", "x = 5\nx"),
    ("y = (1\n  % 2)", "y = (1\n  % 2)"),
    ("s = \"\"\"\n!x\n\"\"\"\n!ls", "s = \"\"\"\n!x\n\"\"\"\n__notebook__.shell('ls', False)"),
    ("y = 1 + \\\n  2\n%cd a b", "y = 1 + \\\n  2\n__notebook__.line('cd', 'a b')"),
    ("if a:\n    !ls -l\nelse:\n    b", "if a:\n    __notebook__.shell('ls -l', False)\nelse:\n    b"),
    ("files = !ls *.py", "files = __notebook__.shell('ls *.py', True)"),
    ("a, b = %time f(x)", "a, b = f(x)"),
    ("x != 3", "x != 3"),
    ("x %= 3", "x %= 3"),
    ("# %matplotlib inline", "# %matplotlib inline"),
    ("tf.Session?", "pass"),
    ("%%capture out\nprint(1)", "pass\nprint(1)"),
    ("d = {\n'a': 1,\n}\n!ls", "d = {\n'a': 1,\n}\n__notebook__.shell('ls', False)"),
])
def test_commands_become_python_line_by_line(cell: str, python: str) -> None:
    assert reading.python_of(cell) == python
    assert reading.python_of(cell).count("\n") == cell.count("\n")
