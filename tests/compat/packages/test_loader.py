"""Packages that others wrote for TensorFlow run over Millpond, beside whatever `tensorflow` the process has."""

from __future__ import annotations

import importlib
import importlib.metadata
import pathlib
import subprocess
import sys
import textwrap
from types import ModuleType

import pytest

import millpond as tf
from millpond.compat.packages import absence, loader
from millpond.compat.packages.kept import KEPT, Kept


def run(program: str) -> list[str]:
    """What a program prints in a process of its own, line by line."""
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_a_package_is_loaded_on_first_use_and_the_name_tensorflow_is_left_alone() -> None:
    assert run("""
        import sys, types
        sys.modules["tensorflow"] = real = types.ModuleType("tensorflow")
        sys.modules["tf_slim"] = theirs = types.ModuleType("tf_slim")
        import millpond as tf
        print(any("tf_slim." in name for name in sys.modules))
        print(tf.contrib.slim.fully_connected is tf.contrib.layers.fully_connected)
        print(sys.modules["tensorflow"] is real, sys.modules["tf_slim"] is theirs, len(vars(real)))
        print([name for name in sys.modules if name.startswith(("tensorflow", "tf_slim"))], "jax" in sys.modules)
    """) == ["False", "True", "True True 5", "['tensorflow', 'tf_slim'] False"]


def test_under_the_alias_a_program_imports_the_very_modules_that_tf_contrib_has() -> None:
    assert run("""
        import millpond as mp
        mp.compat.install()
        import tf_slim, tf_slim.layers
        from tf_slim.nets import vgg
        import tensorflow as tf
        import tensorflow.contrib.slim as slim
        import tensorflow.contrib.layers
        from tensorflow.contrib.slim import nets
        from tensorflow.contrib.slim.nets import resnet_v1
        from tensorflow.contrib.slim.python.slim.nets import vgg as inner
        from tensorflow.contrib.layers.python.layers import utils
        from tensorflow.contrib.framework.python.ops import add_arg_scope
        print(tf_slim.fully_connected is slim.fully_connected is tf.contrib.layers.fully_connected)
        print(nets.vgg is vgg, inner.vgg_16 is vgg.vgg_16, nets.resnet_v1 is resnet_v1)
        print(utils.collect_named_outputs.__name__, add_arg_scope is tf_slim.add_arg_scope)
        print(tf_slim.layers is mp.contrib.slim.layers, tf_slim.__file__.endswith("tf_slim/__init__.py"))
        import importlib.util
        for name in ("tf_slim.nets", "tf_slim.nets.alexnet", "keras"):
            found = importlib.util.find_spec(name)
            print(found.origin.partition("site-packages/")[2], found.submodule_search_locations is not None)
        print(importlib.util.find_spec("tf_slim.nothing"))
    """) == ["True", "True True True", "collect_named_outputs True", "True True", "tf_slim/nets/__init__.py True",
             "tf_slim/nets/alexnet.py False", "keras/__init__.py True", "None"]


def test_another_release_under_the_same_name_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "3.5.0")
    with pytest.raises(ModuleNotFoundError, match=r"by the package Keras 2.2, and 3.5.0 is installed: pip install "
                                                  r"'millpond\[keras\]', in an environment of its own"):
        loader.check_release("keras")
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "2.2.50")
    loader.check_release("keras")
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "2.20.0")
    with pytest.raises(ModuleNotFoundError, match="2.20.0 is installed"):
        loader.check_release("keras")


def test_a_package_that_is_not_installed_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KEPT, "no_such_package", Kept("no-such-package", "1.0", "tf.nothing", "millpond[nothing]"))
    with pytest.raises(ModuleNotFoundError, match=r"tf.nothing is served by the package no-such-package 1.0, which is "
                                                  r"not installed: pip install 'millpond\[nothing\]'"):
        importlib.import_module("millpond.compat.packages.no_such_package")


@pytest.fixture
def old(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A package `old_package` on the path that is kept in release 1.0."""
    folder = tmp_path / "old_package"
    folder.mkdir()
    (folder / "__init__.py").write_text("import old_package.part\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(importlib.metadata, "version", lambda name: "1.0.3")
    monkeypatch.setitem(KEPT, "old_package", Kept(
        "old", "1.0", "tf.old", "old", added={"math": {"tau2": 12.5}},
        used_early={"tensorflow.python.ops.io_ops": ("NoSuchBase",)},
        rewritten={"old_package.mended": (("print 1", "print(1)"),)}))
    return folder


def load(folder: pathlib.Path, source: str, name: str = "part") -> ModuleType:
    for known in [known for known in sys.modules if known.startswith("millpond.compat.packages.old_package")]:
        del sys.modules[known]
    (folder / f"{name}.py").write_text(textwrap.dedent(source))
    importlib.invalidate_caches()
    return importlib.import_module(f"millpond.compat.packages.old_package.{name}")


def test_names_that_python_has_lost_are_given_to_the_package_alone(old: pathlib.Path) -> None:
    part = load(old, "import math\nfrom math import tau2, pi\nvalue = math.tau2 + math.floor(1.5)\n")
    assert (part.value, part.tau2) == (13.5, 12.5)
    assert "tau2" not in vars(importlib.import_module("math"))


def test_a_missing_name_of_tensorflow_is_no_hindrance_until_it_is_used(old: pathlib.Path) -> None:
    part = load(old, """
        import tensorflow as tf
        from tensorflow.python.framework import ops, no_such_module
        from tensorflow.python.framework.ops import Graph, NoSuchName
        from tensorflow.python.ops import io_ops

        class Reader(io_ops.NoSuchBase):
            pass

        class Inner(io_ops.NoSuchBase.Part):
            pass
    """)
    assert part.tf.constant is tf.constant and part.Graph is tf.Graph and part.ops.Graph is tf.Graph
    for use in (part.NoSuchName, part.Reader, part.Inner, part.no_such_module.function, part.NoSuchName.member):
        with pytest.raises(NotImplementedError, match="(NoSuchName|NoSuchBase|no_such_module)"):
            use()
    assert isinstance(part.NoSuchName, absence.Absent) and not isinstance(1, part.NoSuchName)
    with pytest.raises(ModuleNotFoundError, match="No module named 'tensorflow.no_such'"):
        load(old, "import tensorflow.no_such")


def test_source_that_is_no_longer_python_is_mended(old: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    load(old, "")
    load(old, "")  # the package, which imports `part`
    load(old, "print 1\n", "mended")
    assert capsys.readouterr().out == "1\n"
    with pytest.raises(ImportError, match="old_package.mended has no text 'print 1' to mend: is .*mended.py of the"):
        load(old, "print(2)\n", "mended")
