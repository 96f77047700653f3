"""Modules that Python no longer has: made when a program imports them, of what today's modules offer."""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import io
import os
import re
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from millpond.compat.habits.habit import add, add_when_used, answer_when_asked

# Python 2's name: today's.
RENAMED = {
    "__builtin__": "builtins", "ConfigParser": "configparser", "copy_reg": "copyreg", "cookielib": "http.cookiejar",
    "cPickle": "pickle", "dummy_thread": "_thread", "HTMLParser": "html.parser", "htmlentitydefs": "html.entities",
    "httplib": "http.client", "Queue": "queue", "SocketServer": "socketserver", "thread": "_thread",
    "Tkinter": "tkinter", "tkFileDialog": "tkinter.filedialog", "tkMessageBox": "tkinter.messagebox",
    "urlparse": "urllib.parse", "xml.etree.cElementTree": "xml.etree.ElementTree", "SimpleHTTPServer": "http.server",
    "BaseHTTPServer": "http.server", "xmlrpclib": "xmlrpc.client", "anydbm": "dbm", "dummy_threading": "threading",
    "Image": "PIL.Image", "ImageDraw": "PIL.ImageDraw", "ImageFilter": "PIL.ImageFilter", "ImageFont": "PIL.ImageFont",
    "mpl_toolkits.axes_grid": "mpl_toolkits.axes_grid1",
}


def mend_renamed(module: ModuleType) -> None:
    """`import cPickle`, `import Queue`, `import ConfigParser`, ...: the module that has this today."""
    today = importlib.import_module(RENAMED[module.__name__])
    if module is not today:
        answer_when_asked(module, lambda name: getattr(today, name))
        add(module, {"__all__": [name for name in dir(today) if not name.startswith("_")], "__doc__": today.__doc__})


def mend_urllib2(module: ModuleType) -> None:
    """`import urllib2`."""
    requests = ("urlopen", "Request", "build_opener", "install_opener", "OpenerDirector", "HTTPHandler",
                "HTTPSHandler", "ProxyHandler", "HTTPCookieProcessor", "HTTPBasicAuthHandler",
                "HTTPPasswordMgrWithDefaultRealm", "BaseHandler")
    add_when_used(module, {**{name: f"urllib.request:{name}" for name in requests},
                           "HTTPError": "urllib.error:HTTPError", "URLError": "urllib.error:URLError",
                           "quote": "urllib.parse:quote", "unquote": "urllib.parse:unquote",
                           "urlparse": "urllib.parse:urlparse"})


def mend_commands(module: ModuleType) -> None:
    """`import commands`."""
    add_when_used(module, {"getoutput": "subprocess:getoutput", "getstatusoutput": "subprocess:getstatusoutput"})


class StringIO:
    """A file in memory of text or of bytes, as is written first.

    Args:
      buffer: What it holds at the beginning.

    Example:
      >>> image = StringIO()
      >>> image.write(b"PNG")
      3
      >>> image.getvalue(), StringIO("text").read()
      (b'PNG', 'text')
    """

    def __init__(self, buffer: Any = "") -> None:
        self._inside: Any = None
        if buffer:
            self._file(buffer).seek(0)

    def _file(self, written: Any = "") -> Any:
        if self._inside is None:
            if isinstance(written, str):
                self._inside = io.StringIO(written, newline="")
            else:
                self._inside = io.BytesIO(written)
        return self._inside

    def write(self, data: Any) -> int:
        """Writes text or bytes; what comes first decides."""
        if self._inside is None:
            self._file("" if isinstance(data, str) else b"")
        if isinstance(self._inside, io.BytesIO) and isinstance(data, str):
            data = data.encode("utf-8")
        elif isinstance(self._inside, io.StringIO) and not isinstance(data, str):
            data = bytes(data).decode("latin-1")
        return self._inside.write(data)

    def writelines(self, lines: Any) -> None:
        """Writes each of the lines."""
        for line in lines:
            self.write(line)

    def getvalue(self) -> Any:
        """All that it holds."""
        return self._file().getvalue()

    def __getattr__(self, name: str) -> Any:
        if self.__dict__.get("_inside") is None and not name.startswith("read"):
            return getattr(io.BytesIO(), name)  # `tell`, `fileno`, ...: what it holds is open until it is written
        return getattr(self._file(), name)

    def __iter__(self) -> Any:
        return iter(self._file())

    def __enter__(self) -> StringIO:
        return self

    def __exit__(self, *error: object) -> None:
        self._file().close()


def mend_string_io(module: ModuleType) -> None:
    """`from StringIO import StringIO`, `import cStringIO`."""
    add(module, {"StringIO": StringIO})


def mend_imp(module: ModuleType) -> None:
    """`imp.load_source(name, path)`, `imp.reload(module)`, ..."""
    add(module, {"load_source": _load_source, "reload": importlib.reload, "new_module": ModuleType,
                 "find_module": _find_module, "load_module": _load_module, "PY_SOURCE": 1, "PY_COMPILED": 2,
                 "C_EXTENSION": 3, "PKG_DIRECTORY": 5, "get_suffixes": _suffixes, "acquire_lock": _nothing,
                 "release_lock": _nothing, "is_builtin": _is_builtin})


def _load_source(name: str, pathname: str, file: Any = None) -> ModuleType:
    return _load(name, pathname)


def _load(name: str, path: str, folder: bool = False) -> ModuleType:
    file = os.path.join(path, "__init__.py") if folder else path
    loader = importlib.machinery.SourceFileLoader(name, file)
    spec = importlib.util.spec_from_file_location(name, file, loader=loader,
                                                  submodule_search_locations=[path] if folder else None)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except BaseException:
        sys.modules.pop(name, None)
        raise
    return module


def _find_module(name: str, path: list[str] | None = None) -> tuple[Any, str, tuple[str, str, int]]:
    for folder in sys.path if path is None else path:
        package = os.path.join(folder, name)
        if os.path.isfile(os.path.join(package, "__init__.py")):
            return None, package, ("", "", 5)
        if os.path.isfile(f"{package}.py"):
            return open(f"{package}.py"), f"{package}.py", (".py", "r", 1)
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ImportError(f"No module named {name!r}", name=name)
    return None, spec.origin, ("", "", 3)


def _load_module(name: str, file: Any, pathname: str, description: tuple[str, str, int]) -> ModuleType:
    if description[2] == 5 or pathname.endswith(".py"):
        return _load(name, pathname, folder=description[2] == 5)
    return importlib.import_module(name)


def _suffixes() -> list[tuple[str, str, int]]:
    return [*((suffix, "rb", 3) for suffix in importlib.machinery.EXTENSION_SUFFIXES),
            *((suffix, "r", 1) for suffix in importlib.machinery.SOURCE_SUFFIXES)]


def _is_builtin(name: str) -> int:
    return int(name in sys.builtin_module_names)


def _nothing() -> None:
    """Imports are locked by Python itself."""


class LooseVersion:
    """A version that is compared number by number, as `distutils.version` did.

    Args:
      vstring: Such as `"1.15.0-rc2"`.

    Example:
      >>> LooseVersion("1.15.0") >= "1.4", LooseVersion("0.12.1") < LooseVersion("0.9")
      (True, False)
    """

    def __init__(self, vstring: str = "") -> None:
        self.vstring = vstring
        self.version: list[Any] = [int(part) if part.isdigit() else part
                                   for part in re.findall(r"\d+|[a-z]+", str(vstring).lower())]

    def _key(self) -> list[tuple[int, Any]]:
        # A word comes before a number: 1.0rc1 before 1.0.1.
        return [(1, part) if isinstance(part, int) else (0, part) for part in self.version]

    def _other(self, other: Any) -> list[tuple[int, Any]]:
        return (other if isinstance(other, LooseVersion) else LooseVersion(str(other)))._key()

    def __eq__(self, other: object) -> bool:
        return self._key() == self._other(other)

    def __lt__(self, other: Any) -> bool:
        return self._key() < self._other(other)

    def __le__(self, other: Any) -> bool:
        return self._key() <= self._other(other)

    def __gt__(self, other: Any) -> bool:
        return self._key() > self._other(other)

    def __ge__(self, other: Any) -> bool:
        return self._key() >= self._other(other)

    def __hash__(self) -> int:
        return hash(tuple(self._key()))

    def __str__(self) -> str:
        return self.vstring

    def __repr__(self) -> str:
        return f"{type(self).__name__} ('{self.vstring}')"


class StrictVersion(LooseVersion):
    """A version of two or three numbers."""


def _strtobool(val: str) -> int:
    """1 for yes, true, on, ..., 0 for no, false, off, ...

    Raises:
      ValueError: For any other word.
    """
    word = val.lower()
    if word in ("y", "yes", "t", "true", "on", "1"):
        return 1
    if word in ("n", "no", "f", "false", "off", "0"):
        return 0
    raise ValueError(f"expected a word that says yes or no, got {val!r}")


def _mkpath(name: str, *ignored: Any, **options: Any) -> list[str]:
    made = not os.path.isdir(name)
    Path(name).mkdir(parents=True, exist_ok=True)
    return [name] if made else []


def _copy_tree(src: str, dst: str, *ignored: Any, **options: Any) -> list[str]:
    shutil.copytree(src, dst, dirs_exist_ok=True)
    return [str(path) for path in Path(dst).rglob("*") if path.is_file()]


def _remove_tree(directory: str, *ignored: Any, **options: Any) -> None:
    shutil.rmtree(directory)


def _copy_file(src: str, dst: str, *ignored: Any, **options: Any) -> tuple[str, int]:
    return shutil.copy2(src, dst), 1


DISTUTILS: dict[str, dict[str, Any]] = {
    "distutils": {"__version__": "3.11"},
    "distutils.version": {"LooseVersion": LooseVersion, "StrictVersion": StrictVersion},
    "distutils.util": {"strtobool": _strtobool},
    "distutils.spawn": {"find_executable": shutil.which},
    "distutils.dir_util": {"mkpath": _mkpath, "copy_tree": _copy_tree, "remove_tree": _remove_tree},
    "distutils.file_util": {"copy_file": _copy_file},
}


def mend_distutils(module: ModuleType) -> None:
    """`from distutils.version import LooseVersion`, `distutils.util.strtobool`, `distutils.dir_util`, ..."""
    add(module, DISTUTILS[module.__name__])
