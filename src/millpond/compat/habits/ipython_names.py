"""What notebooks import from IPython, where IPython is not installed."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from millpond.compat.habits.habit import add, add_when_used


class Shown:
    """Something for a browser (HTML, an image, sound), which prints as what it is.

    Args:
      data: Its content, if it is given as such.
    """

    def __init__(self, data: Any = None, *arguments: Any, **options: Any) -> None:
        self.data = data
        self.source = options.get("filename") or options.get("url")

    def __repr__(self) -> str:
        about = self.source or (f"{len(self.data)} characters" if isinstance(self.data, (str, bytes)) else "")
        return f"<{type(self).__name__}{f': {about}' if about else ''}>"


def _display(*objs: Any, **options: Any) -> None:
    for shown in objs:
        print(repr(shown))


def _clear_output(wait: bool = False) -> None:
    """What was printed stays."""


def mend_ipython(module: ModuleType) -> None:
    """`from IPython.display import display, HTML, Image` without IPython: prints what it would show."""
    kinds = ("HTML", "Image", "SVG", "Audio", "Video", "YouTubeVideo", "IFrame", "Javascript", "JSON", "Latex",
             "Markdown", "Math", "Pretty")
    if module.__name__ == "IPython":
        # matplotlib asks for the release of an IPython that it finds.
        add(module, {"get_ipython": _no_shell, "version_info": (9, 0, 0, ""), "__version__": "9.0.0"})
        add_when_used(module, {"display": "IPython.display"})
    else:
        add(module, {"display": _display, "clear_output": _clear_output,
                     **{kind: type(kind, (Shown,), {}) for kind in kinds}})


def _no_shell() -> None:
    """There is no shell."""
