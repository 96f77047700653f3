"""`tensorflow` in a process that has this folder on its path, as the children of `millpond run` have: Millpond.

A Python that does not have Millpond (that of another environment, started by the program) gets what it would without
this folder.
"""

import importlib
import importlib.util
import os
import sys

if importlib.util.find_spec("millpond") is not None:
    importlib.import_module("millpond.compat.alias.installing").take_over()
else:
    _folder = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry or os.curdir) != _folder]
    del sys.modules[__name__]
    importlib.import_module(__name__)
