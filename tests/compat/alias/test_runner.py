"""`millpond run` runs a program as Python would, and it finds Millpond where it imports tensorflow."""

from __future__ import annotations

import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

RUN = [sys.executable, "-m", "millpond", "run"]


def _write(folder: Path, text: str, name: str = "program.py") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def _run(*words: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*RUN, *map(str, words)], capture_output=True, text=True, cwd=cwd)


def _printed(*words: object, cwd: Path) -> list[str]:
    done = _run(*words, cwd=cwd)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout.splitlines()


def test_a_program_is_the_main_module(tmp_path: Path) -> None:
    """It has its own arguments, folder and neighbours, and the runner leaves no trace in it."""
    _write(tmp_path, "VALUE = 3\n", "lib/neighbour.py")
    program = _write(tmp_path, """
import sys
import tensorflow as tf
import neighbour
print(__name__, __file__, __package__, __spec__, __builtins__.__name__, __doc__)
print(sys.argv, sys.path[0], neighbour.VALUE, sys.modules["__main__"].tf is tf)
print(sorted(name for name in globals() if not name.startswith("__")))
with tf.Session() as sess:
    print(sess.run(tf.constant(20) + 1))
""", "lib/program.py")
    assert _printed("lib/program.py", "--steps", "-m", "run", cwd=tmp_path) == [
        f"__main__ {program} None None builtins None",
        f"['lib/program.py', '--steps', '-m', 'run'] {program.parent} 3 True",
        "['neighbour', 'sys', 'tf']",
        "21",
    ]


def test_a_module_a_package_a_folder_and_an_archive(tmp_path: Path) -> None:
    text = ("import os, sys, tensorflow as tf\n"
            "print(__name__, __package__, os.path.basename(sys.argv[0]), sys.argv[1:], sys.path[0], tf.__version__)\n")
    _write(tmp_path, "import tensorflow as tf; print('package', tf.VERSION)\n", "models/__init__.py")
    _write(tmp_path, text, "models/train.py")
    _write(tmp_path, text, "models/__main__.py")
    with zipfile.ZipFile(tmp_path / "app.zip", "w") as archive:
        archive.writestr("__main__.py", text)
    assert _printed("-m", "models.train", "a", "-m", cwd=tmp_path) == [
        "package 1.15.0", f"__main__ models train.py ['a', '-m'] {tmp_path} 1.15.0"]
    assert _printed("-m", "models", cwd=tmp_path) == [
        "package 1.15.0", f"__main__ models __main__.py [] {tmp_path} 1.15.0"]
    assert _printed("models", "b", cwd=tmp_path) == ["__main__  models ['b'] models 1.15.0"]
    assert _printed("app.zip", cwd=tmp_path) == ["__main__  app.zip [] app.zip 1.15.0"]


@pytest.mark.parametrize("ending, status, said", [
    ("sys.exit()", 0, ""),
    ("sys.exit(7)", 7, ""),
    ("sys.exit('no data')", 1, "no data\n"),
    ("tf.app.run(main=lambda argv: 3)", 3, ""),
    ("import os; os._exit(4)", 4, ""),
])
def test_the_status_is_the_programs(ending: str, status: int, said: str, tmp_path: Path) -> None:
    _write(tmp_path, f"import sys\nimport tensorflow as tf\n{ending}\n")
    done = _run("program.py", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (status, said)


def test_a_traceback_shows_the_program_alone(tmp_path: Path) -> None:
    program = _write(tmp_path, """import tensorflow as tf
def build():
    return tf.reshape(tf.zeros([2, 3]), [5])
try:
    build()
except ValueError as error:
    raise KeyError("wrong") from error
""")
    done = _run("program.py", cwd=tmp_path)
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[:2] == ["Traceback (most recent call last):", f'  File "{program}", line 5, in <module>']
    assert lines[-1] == "KeyError: 'wrong'"
    assert "runner.py" not in done.stderr and "command_line" not in done.stderr and "runpy" not in done.stderr


def test_a_program_may_show_errors_itself(tmp_path: Path) -> None:
    _write(tmp_path, """import sys, traceback
sys.excepthook = lambda kind, error, trace: print("mine", kind.__name__, len(traceback.extract_tb(trace)))
1 / 0
""")
    done = _run("program.py", cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (1, "mine ZeroDivisionError 1\n", "")


def test_an_interrupt_ends_the_process_as_it_ends_python(tmp_path: Path) -> None:
    program = _write(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nimport time; time.sleep(5)\n")
    done = _run("program.py", cwd=tmp_path)
    plain = subprocess.run([sys.executable, program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (plain.returncode, plain.stderr) == (-signal.SIGINT, done.stderr)
    assert "KeyboardInterrupt" in done.stderr


def test_what_cannot_be_run(tmp_path: Path) -> None:
    wrong = _write(tmp_path, "print 'x'\n", "python2.py")
    _write(tmp_path, "", "empty/readme")
    _write(tmp_path, "", "package/__init__.py")
    for words, status, said in [
        (["nowhere.py"], 2, f"millpond run: can't open file '{tmp_path}/nowhere.py': No such file or directory"),
        (["empty"], 2, f"millpond run: can't find '__main__' module in '{tmp_path}/empty'"),
        (["-m", "nowhere"], 1, "millpond run: No module named nowhere"),
        (["-m", "package"], 1, "millpond run: No module named package.__main__; 'package' is a package"),
        ([], 2, "give a program to run: a file, or -m and a module"),
        (["--nooption", "x.py"], 2, "unrecognized arguments: --nooption"),
        (["python2.py"], 1, f'  File "{wrong}", line 1'),
    ]:
        done = _run(*words, cwd=tmp_path)
        assert done.returncode == status, done.stderr
        assert said in done.stderr
        assert "Traceback" not in done.stderr


CHILDREN = """
import multiprocessing, os, subprocess, sys
import tensorflow as tf

def work(queue):
    import tensorflow
    from tensorflow.python.framework import ops
    queue.put((tensorflow.__version__, ops.Graph is tensorflow.Graph))

if __name__ == "__main__":
    for method in multiprocessing.get_all_start_methods():
        context = multiprocessing.get_context(method)
        queue = context.Queue()
        process = context.Process(target=work, args=(queue,))
        process.start()
        print(method, *queue.get(timeout=60))
        process.join()
    one = "import tensorflow.python.framework.ops as o, tensorflow as tf; print('-c', tf.VERSION, o.Graph is tf.Graph)"
    print(subprocess.run([sys.executable, "-c", one], capture_output=True, text=True).stdout.strip())
    sys.stdout.flush()
    os.system(f"{sys.executable} metadata.py")
"""


@pytest.mark.slow
def test_child_processes_have_it_as_well(tmp_path: Path) -> None:
    _write(tmp_path, CHILDREN)
    _write(tmp_path, "from importlib import metadata\nprint('script', metadata.version('tensorflow'))", "metadata.py")
    assert _printed("program.py", cwd=tmp_path) == [
        "fork 1.15.0 True", "spawn 1.15.0 True", "forkserver 1.15.0 True", "-c 1.15.0 True", "script 1.15.0"]


def test_the_command_lists_it() -> None:
    done = subprocess.run([*RUN[:-1], "--help"], capture_output=True, text=True)
    assert "run a TensorFlow 1 program" in done.stdout
    done = subprocess.run([*RUN, "--help"], capture_output=True, text=True)
    assert "millpond run [options] (program.py | notebook.ipynb | -m module) [argument ...]" in done.stdout


@pytest.mark.slow
def test_running_costs_little_more_than_importing(tmp_path: Path) -> None:
    """At most 0.15 s of processor time over `import millpond`; the best of several, as others use the processor too."""
    _write(tmp_path, "import resource, tensorflow\nprint(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))\n")
    own = "import resource, millpond; print(sum(resource.getrusage(resource.RUSAGE_SELF)[:2]))"
    ran = min(float(_printed("program.py", cwd=tmp_path)[0]) for _ in range(3))
    imported = min(float(subprocess.run([sys.executable, "-c", own], capture_output=True, text=True).stdout)
                   for _ in range(3))
    assert ran - imported < 0.15
