"""A program looks up, imports, copies and replaces public names: they come from the table, on first use."""

from __future__ import annotations

import copy
import importlib
import os
import pickle
import pydoc
import subprocess
import sys
import types

import pytest

import millpond as tf
from millpond.public import modules
from millpond.public.table import (
    ABOUT,
    AREAS,
    HIDDEN,
    MODULES,
    PATHS,
    SAME,
)

PUBLIC = sorted(path for path in (*ABOUT, *SAME) if not any(path.startswith(hidden) for hidden in HIDDEN))


def _fresh(program: str) -> str:
    """What a program prints in a process of its own, where nothing has been looked up."""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _module(path: str) -> types.ModuleType:
    return importlib.import_module(modules.module_name(path))


def test_a_path_stands_in_the_table_once() -> None:
    words = [word for area in AREAS for block in area.NAMES.values() for word in block.split()
             if word.startswith("tf.")]
    assert sorted(words) == sorted(set(words))
    assert set(words) == set(PATHS)


@pytest.mark.parametrize("path", sorted(ABOUT))
def test_every_name_of_a_public_module_is_there(path: str) -> None:
    module = _module(path)
    for name, target in MODULES[path].items():
        assert getattr(module, name) is modules.load(target), name


@pytest.mark.parametrize("path", PUBLIC)
def test_dir_shows_public_names_only(path: str) -> None:
    module = _module(path)
    names = modules.names_of(path)
    assert dir(module) == names == module.__all__
    assert all(hasattr(module, name) for name in names)
    assert not {"annotations", "Any", "publish", "saving", "ops", "graph", "python", "examples"} & set(names)


def test_the_module_of_a_path_is_that_of_the_attribute_and_of_the_import() -> None:
    for path in ABOUT:
        found = tf
        for step in path.split(".")[1:]:
            found = getattr(found, step)
        assert found is _module(path), path


def test_a_name_is_looked_up_in_the_table_once() -> None:
    """After that it is an attribute as any other, found without our help."""
    assert _fresh("""
import millpond as tf
print("reduce_sum" in vars(tf), tf.reduce_sum is tf.math.reduce_sum, "reduce_sum" in vars(tf))
""") == "False True True"


def test_star_import_gives_what_dir_shows() -> None:
    found: dict[str, object] = {}
    exec("from millpond.train import *", found)
    del found["__builtins__"]
    assert sorted(found) == dir(tf.train)


def test_compat_v1_has_the_very_objects_of_tf() -> None:
    v1 = importlib.import_module("millpond.compat.v1")
    assert tf.compat.v1 is v1
    assert v1.train is tf.train and v1.train.AdamOptimizer is tf.train.AdamOptimizer
    assert importlib.import_module("millpond.compat.v1.io.gfile") is tf.io.gfile
    assert dir(v1) == dir(tf)


def test_old_import_paths() -> None:
    found: dict[str, object] = {}
    exec("from millpond.python.client import device_lib, session\n"
         "from millpond.python.client.session import Session\n"
         "import millpond.math as maths\n"
         "from millpond.io import gfile", found)
    assert found["Session"] is tf.Session
    assert found["maths"].add is tf.add  # type: ignore[attr-defined]
    assert found["gfile"] is tf.io.gfile


def test_names_of_the_releases_before_one() -> None:
    """They take their arguments by position as they did then."""
    with tf.Session() as sess:
        chosen, joined, rest, diagonal, size = sess.run([
            tf.select([True, False], [1, 2], [3, 4]), tf.concat_v2([[1], [2]], 0), tf.listdiff([1, 2, 3], [2]),
            tf.batch_matrix_diag([[1, 2]]), tf.complex_abs(tf.constant(3 + 4j))])
    assert (chosen.tolist(), joined.tolist(), size) == ([1, 4], [1, 2], 5.0)
    assert (rest.out.tolist(), rest.idx.tolist()) == ([1, 3], [0, 2])
    assert diagonal.tolist() == [[[1, 0], [0, 2]]]


def test_a_program_sets_names_of_its_own() -> None:
    try:
        tf.model = "mine"  # type: ignore[attr-defined]
        assert tf.model == "mine"  # type: ignore[attr-defined]
    finally:
        del tf.model  # type: ignore[attr-defined]
    original = tf.reduce_sum
    try:
        tf.reduce_sum = len  # type: ignore[assignment]
        assert tf.reduce_sum is len
    finally:
        del tf.reduce_sum
    assert tf.reduce_sum is original, "the table gives it again"


def test_public_classes_and_values_can_be_pickled_and_copied() -> None:
    for value in (tf.TensorShape([2, None]), tf.float32, tf.Session, tf.train.AdamOptimizer, tf.errors.NotFoundError,
                  tf.GraphKeys, tf.nn.relu, tf.Dimension(3), tf.train.SessionRunArgs(["a"])):
        assert pickle.loads(pickle.dumps(value)) == value
        assert copy.deepcopy(value) == value


def test_help_shows_the_names_of_a_made_module() -> None:
    text = pydoc.plain(pydoc.render_doc(tf.bitwise))
    assert "operations on the bits of integers" in text
    assert "bitwise_and(" in text


def test_importing_loads_no_families() -> None:
    """What `import millpond` costs does not grow with what it offers."""
    loaded = _fresh("import sys, millpond; print(*sys.modules)").split()
    assert "numpy" in loaded and "millpond.ops.operators" in loaded
    late = ("jax", "absl", "unittest", "PIL", "tqdm", "millpond.train.", "millpond.ops.nn.", "millpond.ops.io.",
            "millpond.ops.host.", "millpond.ops.strings.", "millpond.session.session", "millpond.compiler.lower",
            "millpond.summary.", "millpond.losses.", "millpond.saved_model.", "millpond.testing", "millpond.examples")
    assert [name for name in loaded if name.startswith(late)] == []


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize("quarter", range(4))  # of the modules, so that processes share them
def test_any_module_may_be_the_first_that_is_asked_for(quarter: int) -> None:
    """No module counts on another that happens to have been imported before."""
    printed = _fresh(f"quarter = {quarter}" + """
import functools, os
import millpond as tf
from millpond.public.table import PATHS
first = {}
for path, target in PATHS.items():
    first.setdefault(target.module, path)
for path in list(first.values())[quarter::4]:
    child = os.fork()
    if child == 0:
        functools.reduce(getattr, path.split(".")[1:], tf)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        print("fails:", path)
print(len(first) > 150)
""")
    assert printed == "True"


@pytest.mark.parametrize("statement", [
    "tf.constant([1, 2])[0]", "-tf.Variable([1.0], use_resource=True)[0]", "tf.get_default_graph().as_graph_def()",
    "tf.get_variable('v', [2], use_resource=True)", "tf.convert_to_tensor([tf.constant(1), 2])",
])
def test_what_a_fresh_process_does_first(statement: str) -> None:
    """What importing registers is there: operators, conversions, kinds of variables, the default graph."""
    assert _fresh(f"import millpond as tf; {statement}; print('ok')") == "ok"


def test_reloading_leaves_one_finder() -> None:
    assert _fresh("""
import importlib, sys, millpond as tf
add = tf.add
importlib.reload(tf)
print([type(finder).__name__ for finder in sys.meta_path].count("PublicModules"), tf.add is add)
""") == "1 True"


@pytest.mark.slow
def test_threads_look_up_names_at_once() -> None:
    """The first use of a fresh process comes from many threads: they get the same objects, and no deadlock."""
    printed = _fresh("""
import threading, millpond as tf
paths = ["nn.conv2d", "train.AdamOptimizer", "math.add", "losses.huber_loss", "summary.scalar", "Session", "linalg.svd",
         "compat.v1.train.Saver", "test.TestCase", "io.gfile.GFile", "cast", "saved_model.loader.load"]
start, found = threading.Barrier(24), {path: [] for path in paths}
def look_up(offset):
    start.wait()
    for path in paths[offset % len(paths):] + paths[:offset % len(paths)]:
        value = tf
        for step in path.split("."):
            value = getattr(value, step)
        found[path].append(value)
threads = [threading.Thread(target=look_up, args=(i,)) for i in range(24)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print({len(values) for values in found.values()}, {len(set(map(id, values))) for values in found.values()})
""")
    assert printed == "{24} {1}"
