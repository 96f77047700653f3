"""Plots where there is no display, and what matplotlib has dropped.

State: which figures changed since they were saved, and how many files this program has saved.
"""

from __future__ import annotations

import atexit
import functools
import importlib
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from millpond.compat.habits.habit import add, answer_when_asked

_INTERACTIVE = ("tk", "qt", "gtk", "wx", "macosx", "nbagg", "webagg")


def has_display() -> bool:
    """Whether windows can be opened."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def mend_backend(module: ModuleType) -> None:
    """`matplotlib.use("TkAgg")` without a display: figures are made, and saved when they are shown."""
    if has_display():
        return
    if not os.environ.get("MPLBACKEND"):
        module.use("agg")
    use = module.use
    if hasattr(use, "__wrapped__"):
        return

    @functools.wraps(use)
    def chosen(backend: str, *arguments: Any, **options: Any) -> None:
        if not str(backend).lower().startswith(_INTERACTIVE):
            use(backend, *arguments, **options)

    module.use = chosen  # type: ignore[attr-defined]


class _Album:
    """Saves the figures that a program shows, under names that say which program and which figure."""

    def __init__(self, pyplot: Any) -> None:
        self._pyplot = pyplot
        self._saved = 0
        self._waiting = False

    def save(self) -> None:
        """Saves all open figures, says where, and closes them, as closing their windows would."""
        self._waiting = False
        for number in self._pyplot.get_fignums():
            self._saved += 1
            path = self._save(self._pyplot.figure(number))
            print(f"[millpond] no display: figure {number} is saved as {path}", file=sys.stderr)
        self._pyplot.close("all")

    def _save(self, figure: Any) -> Path:
        program = Path(sys.argv[0]).stem if sys.argv and sys.argv[0] not in ("", "-c", "-m") else ""
        name = f"{program}-figure-{self._saved}.png".removeprefix("-")
        try:
            path = Path(name).absolute()
            figure.savefig(path)
        except OSError:  # the folder cannot be written to
            path = Path(tempfile.gettempdir()) / name
            figure.savefig(path)
        return path

    def remember(self) -> None:
        """Has the figures saved when the program ends, unless it shows them before."""
        if not self._waiting:
            self._waiting = True
            atexit.register(self._at_end)

    def _at_end(self) -> None:
        if self._waiting and self._pyplot.get_fignums():
            self.save()


def mend_show(module: ModuleType) -> None:
    """`plt.show()` without a display: saves PROGRAM-figure-1.png, ... and says where; `plt.pause` does not wait."""
    if hasattr(module.show, "__wrapped__"):
        return
    album = _Album(module)

    @functools.wraps(module.show)
    def show(*arguments: Any, **options: Any) -> None:
        if options.get("block", True) is False or (module.isinteractive() and options.get("block") is None):
            album.remember()
        else:
            album.save()

    def remember(*arguments: Any, **options: Any) -> None:
        album.remember()

    instead: dict[str, Callable[..., Any]] = {"show": show, "pause": remember, "draw": remember,
                                              "waitforbuttonpress": _ignored}
    for name, replacement in instead.items():
        setattr(module, name, _unless_shown(module, getattr(module, name), replacement))


def _unless_shown(module: Any, function: Callable[..., Any], replacement: Callable[..., Any]) -> Callable[..., Any]:
    """A function of pyplot where figures are shown, its replacement where they are not."""

    @functools.wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        return (replacement if module.get_backend().lower() == "agg" else function)(*arguments, **options)

    return called


def mend_pyplot(module: ModuleType) -> None:
    """`plt.hold(True)`, `plt.hist(x, normed=True)`, `fig.gca(projection="3d")`, `cm.get_cmap("spectral")`, ..."""
    add(module, {"hold": _ignored, "ishold": _true, "spectral": _ignored})
    owners: tuple[Any, ...] = (module, module.Axes)
    for owner in owners:
        owner.hist = _renaming(owner.hist, {"normed": "density"})
    module.Figure.gca = _gca(module.Figure.gca)
    add(module.Axes, {"hold": _ignored, "set_axis_bgcolor": module.Axes.set_facecolor,
                      "get_axis_bgcolor": module.Axes.get_facecolor})
    module.Figure.add_subplot = _renaming(module.Figure.add_subplot, {"axisbg": "facecolor"})
    module.style.use = _style(module.style.use)
    canvas = importlib.import_module("matplotlib.backend_bases").FigureCanvasBase
    add(canvas, {"set_window_title": _set_window_title})


def _set_window_title(self: Any, title: str) -> None:
    if self.manager is not None:
        self.manager.set_window_title(title)


def _ignored(*arguments: Any, **options: Any) -> None:
    """Does nothing: plots are added to what is there in any case, and nobody presses a button."""


def _true(*arguments: Any) -> bool:
    return True


def _renaming(function: Callable[..., Any], names: dict[str, str]) -> Callable[..., Any]:
    @functools.wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        for old, new in names.items():
            if old in options:
                options[new] = options.pop(old)
        return function(*arguments, **options)

    return called


def _gca(gca: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(gca)
    def current(self: Any, **options: Any) -> Any:
        if not options:
            return gca(self)
        projection = options.get("projection")
        if self.axes and projection in (None, getattr(gca(self), "name", None)):
            return gca(self)
        return self.add_subplot(**options)

    return current


def _style(use: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(use)
    def used(style: Any) -> None:
        if isinstance(style, str) and style.startswith("seaborn"):
            style = style.replace("seaborn", "seaborn-v0_8", 1) if "v0_8" not in style else style
        use(style)

    return used


def mend_colour_maps(module: ModuleType) -> None:
    """`matplotlib.cm.get_cmap("spectral")`, `plt.cm.spectral`."""

    def get_cmap(name: Any = None, lut: int | None = None) -> Any:
        if name is not None and not isinstance(name, str):
            return name
        found = module._colormaps["nipy_spectral" if name == "spectral" else name or "viridis"]
        return found if lut is None else found.resampled(lut)

    def find(name: str) -> Any:
        if name in ("spectral", "spectral_r"):
            return module._colormaps[f"nipy_{name}"]
        raise AttributeError(f"module 'matplotlib.cm' has no attribute {name!r}")

    add(module, {"get_cmap": get_cmap})
    answer_when_asked(module, find)


def mend_mlab(module: ModuleType) -> None:
    """`matplotlib.mlab.bivariate_normal`, `mlab.normpdf`, `mlab.find`: small functions that are gone."""
    add(module, {"normpdf": _normal, "bivariate_normal": _bivariate_normal, "frange": np.arange, "find": _find})


def _normal(x: Any, mu: float, sigma: float) -> np.ndarray:
    return np.exp(-0.5 * np.square((np.asarray(x) - mu) / sigma)) / (np.sqrt(2 * np.pi) * sigma)


def _bivariate_normal(X: Any, Y: Any, sigmax: float = 1.0, sigmay: float = 1.0, mux: float = 0.0, muy: float = 0.0,
                      sigmaxy: float = 0.0) -> np.ndarray:
    x, y = (np.asarray(X) - mux) / sigmax, (np.asarray(Y) - muy) / sigmay
    rho = sigmaxy / (sigmax * sigmay)
    rest = 1 - rho ** 2
    exponent = (x ** 2 + y ** 2 - 2 * rho * x * y) / (2 * rest)
    return np.exp(-exponent) / (2 * np.pi * sigmax * sigmay * np.sqrt(rest))


def _find(condition: Any) -> np.ndarray:
    return np.nonzero(np.ravel(condition))[0]
