"""`millpond run --py2`: programs of Python 2, with their meaning and their lines."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from millpond.compat.python2 import translating

# What Python 2.7.18 prints for PROGRAM stands in PRINTED.
PROGRAM = '''\
import cPickle, Queue, sys
from itertools import izip
import numpy as np
import tensorflow as tf
import settings
def area((width, height), scale=3):
    return width / height + scale
print "hello", 7 / 2, -7 / 2, 7.0 / 2, 1e3 / 4
print >>sys.stderr, "to stderr"
try:
    raise ValueError, "bad"
except ValueError, error:
    print "caught", error
counts = {'a': 1}
print counts.has_key('a'), counts.keys()[0], counts.iteritems().next()
print map(lambda x: x / 2, range(4)), range(3)[1], filter(None, [0, 1]), zip([1], [2])[0]
print area((7, 2)), 0777, 10L, `3`, 1 <> 2, u'x', reduce(lambda a, b: a + b, [1, 2, 3])
numbers = [5, 7, 9, 11]
numbers[1] /= 2
index = iter([2, 3])
numbers[next(index)] /= 2
half = 9
half /= 2
print numbers, half, round(2.5), round(-0.5), cmp(1, 2), next(index)
class Odd(object):
    value = 5
    def __nonzero__(self): return False
    def __div__(self, other): return 'div'
odd = Odd()
odd.value /= 2
print odd.value, bool(odd), odd / 2, isinstance('a', basestring), 'abc'.decode('utf-8'), unicode(3), long(3)
exec "z = 3"
print z,
print "same line"
for i, j in izip([1], [2]): print i, j
print "%d%%" % (100 * 1 / 3), np.array([7, 8]) / 2, np.array([7.0]) / 2
def numbers_from(start):
    yield start
print numbers_from(1).next(), settings.HALF, settings.true_half
rows = [(1, 'b'), (2, 'a')]
rows.sort(lambda a, b: cmp(a[1], b[1]))
print rows, sorted([1, 3, 2], cmp=lambda a, b: b - a), sorted(rows, key=lambda row: row[0])[0]
table = np.array([[2, 1]])
table.sort(1)
print table.tolist()
with tf.Session() as sess:
    print sess.run(tf.constant(7) / 2), sess.run(tf.constant(7.0) / 2)
'''
PRINTED = '''\
hello 3 -4 3.5 250.0
caught bad
True a ('a', 1)
[0, 0, 1, 1] 1 [1] (1, 2)
6 511 10 3 True x 6
[5, 3, 4, 11] 4 3.0 -1.0 -1 3
2 False div True abc 3 3
3 same line
1 2
33% [3 4] [3.5]
1 2 2.5
[(2, 'a'), (1, 'b')] [3, 2, 1] (1, 'b')
[[1, 2]]
3 3.5
'''


@pytest.fixture(autouse=True)
def translator() -> None:
    pytest.importorskip("fissix", reason="`pip install '.[test]'` brings fissix")


def run(program: Path, *options: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path if folder)
    return subprocess.run([sys.executable, "-m", "millpond", "run", *options, str(program)], capture_output=True,
                          text=True, env={**os.environ, "PYTHONPATH": path}, timeout=120)


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text)
    return folder / "program.py"


@pytest.mark.slow
def test_a_program_means_what_it_meant(tmp_path: Path) -> None:
    program = write(tmp_path, program=PROGRAM, settings="from exact import half as true_half\nHALF = 5 / 2\n",
                    exact="from __future__ import division\nhalf = 5 / 2\nif half != 2.5: print 'wrong'\n")
    done = run(program, "--py2")
    assert done.stderr == "to stderr\n"
    assert done.stdout == PRINTED
    assert not list(tmp_path.rglob("*.pyc"))  # a Python 3 of that name must not find them


@pytest.mark.slow
def test_a_traceback_shows_the_lines_of_the_file(tmp_path: Path) -> None:
    # `def f((a, b))` and `reduce` make the translation longer than the file.
    program = write(tmp_path, program=(
        "import broken\n\ndef f((a, b)):\n    print a\n    return broken.fail(a)\n\n"
        "print reduce(lambda a, b: a + b, [1, 2])\nf((1, 2))\n"),
        broken="def fail(x):\n    print 'failing'\n    raise KeyError, 'gone'  # here\n")
    done = run(program, "--py2")
    assert done.returncode == 1
    assert done.stdout == "3\n1\nfailing\n"
    assert f'File "{program}", line 8, in <module>\n    f((1, 2))\n' in done.stderr
    assert f'File "{program}", line 5, in f\n    return broken.fail(a)\n' in done.stderr
    assert "line 3, in fail\n    raise KeyError, 'gone'  # here\n" in done.stderr


@pytest.mark.parametrize("imported", [False, True])
@pytest.mark.slow
def test_python_2_without_the_option_says_which(imported: bool, tmp_path: Path) -> None:
    old = "x = 1\nprint 'old', x\n"
    program = write(tmp_path, old=old, program="import old\n" if imported else old)
    done = run(program)
    assert done.returncode == 1
    assert "This looks like Python 2. `millpond run --py2 PROGRAM` translates it, in memory." in done.stderr
    assert "line 2" in done.stderr
    assert run(program, "--py2").stdout == "old 1\n"


@pytest.mark.slow
def test_an_error_of_today_suggests_nothing(tmp_path: Path) -> None:
    done = run(write(tmp_path, program="def f(:\n    pass\n"))
    assert "SyntaxError" in done.stderr and "Python 2" not in done.stderr
    done = run(write(tmp_path, program="x = 1\ndef f(:\n    pass\n"), "--py2")
    assert "line 2" in done.stderr and "invalid syntax, in Python 2 too" in done.stderr


@pytest.mark.parametrize("line", [
    "print x", "print >>f, x", "except E, e:", "raise E, 'text'", "exec code", "`x`", "a <> b", "0777", "ur'x'", "12L",
])
def test_lines_of_python_2_are_known(line: str) -> None:
    assert translating.looks_like_python_2(SyntaxError("invalid syntax"), line)


@pytest.mark.slow
@pytest.mark.parametrize("line", [
    "printer = x", "except (A, B):", "x = 0", "raise E('a, b')", "def f(x", "executor.run(",
])
def test_other_lines_are_not(line: str) -> None:
    assert not translating.looks_like_python_2(SyntaxError("invalid syntax"), line)


@pytest.mark.slow
def test_a_file_that_prints_with_a_function(tmp_path: Path) -> None:
    program = write(tmp_path, program="import sys\nprint('a', 7 / 2, file=sys.stdout)\nx = {}\nx.has_key(1)\n")
    assert run(program, "--py2").stdout == "a 3\n"


@pytest.mark.slow
def test_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_bytes(b"# \xe4\nprint 'ok'\r\nprint '\xe4'\r\n")
    assert run(program, "--py2").stdout == "ok\n\xe4\n"


@pytest.mark.parametrize("target", ["a", "a.b", "a[0]", "a[i, 1:]", "a[::2]", "a.b[c()].d"])
def test_dividing_in_place_reads_its_target_once(target: str) -> None:
    calls = [node for node in ast.walk(translating.tree(f"{target} /= 2", "x")) if isinstance(node, ast.Call)]
    assert sum(getattr(call.func, "id", "") == "c" for call in calls) == target.count("c()")


@pytest.mark.slow
def test_a_module_finds_its_neighbours(tmp_path: Path) -> None:
    """In a package they are in the package; beside a program they are beside it, in a package's folder too."""
    (tmp_path / "models").mkdir()
    write(tmp_path / "models", __init__="import layers\n", layers="import sizes\nwidth = sizes.WIDTH / 2\n",
          sizes="WIDTH = 7\n", train="import layers\nimport models.sizes\nprint 'trained', layers.width, __name__\n")
    program = write(tmp_path, program="import models, sizes\nprint models.layers.width, sizes.WIDTH\n",
                    sizes="WIDTH = 1\n", __init__="")
    assert run(program, "--py2").stdout == "3 1\n"
    path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path if folder)
    done = subprocess.run([sys.executable, "-m", "millpond", "run", "--py2", "-m", "models.train"], text=True,
                          capture_output=True, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path})
    assert done.stdout == "trained 3 __main__\n", done.stderr
