"""`millpond.compat.install()`: from then on, `import tensorflow` gives Millpond.

It puts a finder in front of Python's own, and the folder `path/` on `sys.path`: there a package `tensorflow` and its
metadata serve those who look at the path themselves (`importlib.metadata`, `pkg_resources`, child processes).

State: `sys.meta_path`, `sys.path` and `sys.modules`.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any, cast

from millpond.compat.alias import tree
from millpond.compat.habits import table
from millpond.compat.packages import loader
from millpond.public import inner


class AliasFinder:
    """Finds `tensorflow` and the modules below it, and says what to use in place of what is not there."""

    def find_spec(self, fullname: str, path: Sequence[str] | None = None,
                  target: ModuleType | None = None) -> importlib.machinery.ModuleSpec | None:
        if fullname != tree.ROOT and not fullname.startswith(f"{tree.ROOT}."):
            return None
        if tree.is_module(fullname):
            return self.spec(fullname)
        if tree.advice(fullname):
            # `from tensorflow.nn import rellu` comes here too. As the error names no module, Python does not put
            # one of its own in its place, which would explain nothing.
            raise tree.not_found(fullname)
        return None

    def spec(self, fullname: str) -> importlib.machinery.ModuleSpec:
        """How a module is loaded that there is."""
        spec = importlib.machinery.ModuleSpec(fullname, cast(Any, self), is_package=True)
        if fullname == tree.ROOT:
            spec.submodule_search_locations = [str(tree.FOLDER / tree.ROOT)]
            spec.origin = str(tree.FOLDER / tree.ROOT / "__init__.py")
            spec.has_location = True
        return spec

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return tree.module(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        # A function may have the name of the module that it stood in. Python would put the module in its place
        # when that is imported; what is in `sys.modules` already, it leaves alone.
        name = module.__name__
        path = tree.path_of(name)
        for child in inner.below().get(path, ()):
            if inner.find(path, child) is not None:
                sys.modules.setdefault(f"{name}.{child}", tree.module(f"{name}.{child}"))


def install() -> None:
    """Lets programs in this process that say `import tensorflow` have Millpond; once, however often it is called.

    Raises:
      ImportError: If the real TensorFlow has been imported into this process.

    Example:
      >>> import millpond as mp
      >>> mp.compat.install()
      >>> import tensorflow as tf
      >>> from tensorflow.python.framework import ops
      >>> tf.__version__, tf.reduce_sum is mp.reduce_sum, ops.Graph is mp.Graph
      ('1.15.0', True, True)
    """
    imported = sys.modules.get(tree.ROOT)
    if imported is not None and imported is not tree.module(tree.ROOT):
        raise ImportError(
            f"millpond.compat.install(): TensorFlow ({getattr(imported, '__file__', 'without a file')}) has been "
            "imported into this process, and modules may hold objects of it. Call install() before anything imports "
            "tensorflow, or start the program with `millpond run`.", name=tree.ROOT)
    if not any(isinstance(finder, AliasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, cast(Any, AliasFinder()))
    loader.expose()
    folder = str(tree.FOLDER)
    if folder not in sys.path:
        sys.path.insert(1 if sys.path else 0, folder)  # after the program's own folder, before installed packages
        importlib.invalidate_caches()


def take_over() -> None:
    """Puts Millpond in the place of the package `tensorflow` of `path/`, which is being imported."""
    del sys.modules[tree.ROOT]
    install()
    table.mend_if_asked()
    sys.modules[tree.ROOT] = importlib.util.module_from_spec(AliasFinder().spec(tree.ROOT))


def serve_children() -> None:
    """Lets Python processes that this one starts have Millpond as `tensorflow` as well."""
    folders = [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]
    if str(tree.FOLDER) not in folders:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(tree.FOLDER), *folders])


def load_ipython_extension(shell: object) -> None:
    """`%load_ext millpond` in a notebook: `import tensorflow` gives Millpond from then on.

    Args:
      shell: The running IPython.

    Raises:
      ImportError: If the real TensorFlow has been imported in the notebook.
    """
    install()
