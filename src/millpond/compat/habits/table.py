"""The habits: what mends each, and in which modules. `millpond run --help` lists them, as their docstrings have it.

State: the one finder that is installed.
"""

from __future__ import annotations

import os
import sys
from typing import Any, cast

from millpond.compat.habits import gone_modules, sklearn_names
from millpond.compat.habits.habit import Habit
from millpond.compat.habits.imports import Mender

_IN_CHILDREN = "MILLPOND_OLD_HABITS"
_SCIPY_MOVED = ("scipy.signal", "scipy.integrate", "scipy.linalg")

# What is read for `mend` lies in this package; it is imported when one of the modules is.
HABITS = (
    Habit("numpy_names:mend_types", ("numpy",)),
    Habit("numpy_names:mend_constants", ("numpy",)),
    Habit("numpy_names:mend_functions", ("numpy",)),
    Habit("numpy_names:mend_errors", ("numpy",)),
    Habit("numpy_names:mend_submodules", ("numpy.lib", "numpy.linalg", "numpy.testing")),
    Habit("numpy_names:mend_printing", ("numpy",)),
    Habit("numpy_calls:mend_reshape", ("numpy",)),
    Habit("numpy_calls:mend_fromstring", ("numpy",)),
    Habit("numpy_calls:mend_ragged", ("numpy",)),
    Habit("numpy_calls:mend_sizes", ("numpy",)),
    Habit("numpy_calls:mend_random", ("numpy.random",)),
    Habit("numpy_calls:mend_histogram", ("numpy",)),
    Habit("array_methods:mend_methods", ("numpy",)),
    Habit("array_methods:mend_one_element", ("numpy",)),
    Habit("array_methods:mend_emptiness", ("numpy",)),
    Habit("ipython_names:mend_ipython", ("IPython?", "IPython.display?", "IPython.core.display?")),
    Habit("standard_library:mend_time", ("time",)),
    Habit("standard_library:mend_collections", ("collections",)),
    Habit("standard_library:mend_inspect", ("inspect",)),
    Habit("standard_library:mend_fractions", ("fractions",)),
    Habit("standard_library:mend_urllib", ("urllib",)),
    Habit("standard_library:mend_open", ("builtins", "io")),
    Habit("standard_library:mend_base64", ("base64",)),
    Habit("standard_library:mend_array", ("array",)),
    Habit("standard_library:mend_threading", ("threading",)),
    Habit("standard_library:mend_platform", ("platform",)),
    Habit("standard_library:mend_unittest", ("unittest.case",)),
    Habit("standard_library:mend_random", ("random",)),
    Habit("text_files:mend_csv", ("csv",)),
    Habit("text_files:mend_json", ("json",)),
    Habit("standard_library:mend_html", ("cgi*", "html.parser")),
    Habit("standard_library:mend_configparser", ("configparser",)),
    Habit("standard_library:mend_string", ("string",)),
    Habit("standard_library:mend_os", ("os",)),
    Habit("standard_library:mend_sys", ("sys",)),
    Habit("standard_library:mend_pipes", ("pipes?",)),
    Habit("gone_modules:mend_imp", ("imp?",)),
    Habit("gone_modules:mend_distutils", tuple(f"{name}?" for name in gone_modules.DISTUTILS)),
    Habit("gone_modules:mend_renamed", tuple(f"{name}?" for name in gone_modules.RENAMED)),
    Habit("gone_modules:mend_urllib2", ("urllib2?",)),
    Habit("gone_modules:mend_commands", ("commands?",)),
    Habit("gone_modules:mend_string_io", ("StringIO?", "cStringIO?")),
    Habit("pickles:mend_pickle", ("pickle",)),
    Habit("images:mend_scipy_misc", ("scipy.misc*",)),
    Habit("images:mend_ndimage", ("scipy.ndimage",)),
    Habit("pillow_names:mend_pillow", ("PIL.Image", "PIL.ImageFont", "PIL.ImageDraw")),
    Habit("scipy_names:mend_numpy_in_scipy", ("scipy",)),
    Habit("scipy_names:mend_eigen", ("scipy.sparse.linalg.eigen*", "scipy.sparse.linalg.eigen.arpack?")),
    Habit("scipy_names:mend_moved", _SCIPY_MOVED),
    Habit("sklearn_names:mend_moved", tuple(f"{name}?" for name in sklearn_names.MOVED)),
    Habit("sklearn_names:mend_externals", ("sklearn.externals?",)),
    Habit("sklearn_names:mend_datasets", ("sklearn.datasets",)),
    Habit("sklearn_names:mend_preprocessing", ("sklearn.preprocessing",)),
    Habit("sklearn_names:mend_options", ("sklearn.preprocessing", "sklearn.manifold", "sklearn.cluster")),
    Habit("pandas_names:mend_pandas", ("pandas",)),
    Habit("pandas_names:mend_arguments", ("pandas",)),
    Habit("pandas_names:mend_values", ("pandas",)),
    Habit("h5py_names:mend_h5py", ("h5py",)),
    Habit("plotting:mend_backend", ("matplotlib",)),
    Habit("plotting:mend_show", ("matplotlib.pyplot",)),
    Habit("plotting:mend_pyplot", ("matplotlib.pyplot",)),
    Habit("plotting:mend_colour_maps", ("matplotlib.cm",)),
    Habit("plotting:mend_mlab", ("matplotlib.mlab",)),
)

# What was considered and is not mended: said in `--help`, so that nobody waits for it.
LEFT = (
    "np.load of pickled objects: stays refused without allow_pickle=True, as a pickle can run anything",
    "floats as indices (a[1.0], a[:n / 2]): an error since NumPy 1.12; --py2 gives n / 2 its old meaning",
    "integers that do not fit (np.uint8(300)): errors since NumPy 2, which also keeps float32 + 1.0 float32",
    "frame['a'][0] = 1 of pandas: changes a copy since pandas 3; write frame.loc[0, 'a'] = 1",
)


def mend() -> None:
    """Mends the habits in this process: in what is imported already at once, in the rest when it is imported."""
    if any(isinstance(finder, Mender) for finder in sys.meta_path):
        return
    mender = Mender(HABITS)
    sys.meta_path.insert(0, cast(Any, mender))
    mender.mend_what_is_there()


def serve_children() -> None:
    """Has the Python processes that this one starts mend the habits as well, once they import tensorflow."""
    os.environ[_IN_CHILDREN] = "1"


def mend_if_asked() -> None:
    """Mends the habits in a process that a program under the runner has started."""
    if os.environ.get(_IN_CHILDREN):
        mend()


def lines() -> list[str]:
    """What programs may write, a habit a line."""
    return [habit.about() for habit in HABITS]
