"""Where in the user's program an operation was created.

Recording must cost next to nothing (it happens for every op), so only the code object and the instruction
offset of the first frame outside this package are kept; the line is worked out when an error is printed.
"""

from __future__ import annotations

import linecache
import os
import sys
from types import CodeType

PACKAGE_FOLDER = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
# The examples that ship with the package are users' programs, not framework.
EXAMPLES_FOLDER = PACKAGE_FOLDER + "examples" + os.sep

Site = tuple[CodeType, int]

_is_framework: dict[CodeType, bool] = {}


def capture(depth: int = 1) -> Site | None:
    """The nearest frame at least `depth` calls up that is not the framework's own."""
    frame = sys._getframe(depth)
    while frame is not None:
        code = frame.f_code
        internal = _is_framework.get(code)
        if internal is None:
            filename = os.path.abspath(code.co_filename)
            internal = filename.startswith(PACKAGE_FOLDER) and not filename.startswith(EXAMPLES_FOLDER)
            _is_framework[code] = internal
        if not internal:
            return code, frame.f_lasti
        frame = frame.f_back  # type: ignore[assignment]
    return None


def line_number(site: Site) -> int:
    code, offset = site
    for start, end, line in code.co_lines():
        if start <= offset < end and line is not None:
            return line
    return code.co_firstlineno


def describe(site: Site | None) -> str:
    """`program.py:12, in build: y = tf.matmul(a, b)`, or an empty string when unknown."""
    if site is None:
        return ""
    code, line = site[0], line_number(site)
    source = linecache.getline(code.co_filename, line).strip()
    place = f"{code.co_filename}:{line}, in {code.co_name}"
    return f"{place}: {source}" if source else place
