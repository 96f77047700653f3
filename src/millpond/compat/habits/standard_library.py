"""What Python's own modules have dropped."""

from __future__ import annotations

import collections.abc
import functools
import html
import inspect
import math
import os
import shlex
import sys
import time
from types import ModuleType
from typing import Any, NamedTuple

from millpond.compat.habits.array_methods import mutable
from millpond.compat.habits.habit import add, add_when_used


def mend_time(module: ModuleType) -> None:
    """`time.clock()`: the processor's time, on Windows the clock's, as it was."""
    add(module, {"clock": time.perf_counter if sys.platform == "win32" else time.process_time})


def mend_collections(module: ModuleType) -> None:
    """`collections.Mapping` and the other abstract classes."""
    add(module, {name: getattr(collections.abc, name) for name in collections.abc.__all__})


class ArgSpec(NamedTuple):
    """What `inspect.getargspec` gave."""

    args: list[str]
    varargs: str | None
    keywords: str | None
    defaults: tuple[Any, ...] | None


def _getargspec(func: Any) -> ArgSpec:
    """The positional arguments of a function.

    Raises:
      ValueError: If it has arguments that only keywords can give, for which there was no place.
    """
    full = inspect.getfullargspec(func)
    if full.kwonlyargs:
        raise ValueError(f"{func!r} has keyword-only arguments; use inspect.getfullargspec or inspect.signature.")
    return ArgSpec(full.args, full.varargs, full.varkw, full.defaults)


def mend_inspect(module: ModuleType) -> None:
    """`inspect.getargspec(function)`."""
    add(module, {"getargspec": _getargspec, "ArgSpec": ArgSpec})


def mend_fractions(module: ModuleType) -> None:
    """`fractions.gcd(a, b)`."""
    add(module, {"gcd": math.gcd})


def mend_urllib(module: ModuleType) -> None:
    """`urllib.urlretrieve(url, path)`, `urllib.urlopen`, `urllib.quote`, ... on the package."""
    request = ("urlopen", "urlretrieve", "urlcleanup", "URLopener", "FancyURLopener", "pathname2url", "url2pathname",
               "getproxies", "build_opener", "install_opener", "Request")
    parse = ("quote", "quote_plus", "unquote", "unquote_plus", "urlencode")
    add_when_used(module, {**{name: f"urllib.request:{name}" for name in request},
                           **{name: f"urllib.parse:{name}" for name in parse},
                           "request": "urllib.request", "parse": "urllib.parse", "error": "urllib.error"})


def mend_open(module: ModuleType) -> None:
    """`open(path, "rU")`: the mode for all kinds of line ends, which reading text is today."""
    if hasattr(module.open, "__wrapped__"):
        return
    plain = module.open

    @functools.wraps(plain)
    def opened(file: Any, mode: Any = "r", *arguments: Any, **options: Any) -> Any:
        if isinstance(mode, str) and "U" in mode:
            mode = mode.replace("U", "")
            mode = mode if set(mode) & set("rwax") else f"r{mode}"
        return plain(file, mode, *arguments, **options)

    module.open = opened  # type: ignore[attr-defined]


def mend_base64(module: ModuleType) -> None:
    """`base64.encodestring`, `base64.decodestring`."""
    add_when_used(module, {"encodestring": "base64:encodebytes", "decodestring": "base64:decodebytes"})


def mend_array(module: ModuleType) -> None:
    """`array.array(...).tostring()`, `.fromstring(data)`."""
    with mutable(module.array):
        add(module.array, {"tostring": module.array.tobytes, "fromstring": module.array.frombytes})


def mend_threading(module: ModuleType) -> None:
    """`thread.isAlive()`."""
    add(module.Thread, {"isAlive": module.Thread.is_alive})


def mend_platform(module: ModuleType) -> None:
    """`platform.linux_distribution()`, `platform.dist()`."""

    def linux_distribution(*arguments: Any, **options: Any) -> tuple[str, str, str]:
        try:
            release = module.freedesktop_os_release()
        except OSError:
            return "", "", ""
        return release.get("NAME", ""), release.get("VERSION_ID", ""), release.get("VERSION_CODENAME", "")

    add(module, {"linux_distribution": linux_distribution, "dist": linux_distribution})


def mend_unittest(module: ModuleType) -> None:
    """`self.assertEquals`, `self.assertItemsEqual` and other old assertions."""
    today = {"failUnless": "assertTrue", "failIf": "assertFalse", "assertEquals": "assertEqual",
             "assertNotEquals": "assertNotEqual", "assertAlmostEquals": "assertAlmostEqual",
             "assertNotAlmostEquals": "assertNotAlmostEqual", "assertRegexpMatches": "assertRegex",
             "assertNotRegexpMatches": "assertNotRegex", "assertRaisesRegexp": "assertRaisesRegex",
             "assertItemsEqual": "assertCountEqual", "assert_": "assertTrue"}
    add(module.TestCase, {old: getattr(module.TestCase, new) for old, new in today.items()})


def mend_html(module: ModuleType) -> None:
    """`cgi.escape(text)`, `HTMLParser().unescape(text)`."""
    if module.__name__ == "cgi":
        add(module, {"escape": functools.partial(html.escape, quote=False)})
    else:
        add(module.HTMLParser, {"unescape": staticmethod(html.unescape)})


def mend_configparser(module: ModuleType) -> None:
    """`configparser.SafeConfigParser()`, `parser.readfp(file)`."""
    add(module, {"SafeConfigParser": module.ConfigParser})
    add(module.RawConfigParser, {"readfp": module.RawConfigParser.read_file})


def mend_random(module: ModuleType) -> None:
    """`random.sample(a_set, 3)`, `random.randint(0, 10.0)`."""
    plain_sample, plain_randrange = module.Random.sample, module.Random.randrange

    def sample(self: Any, population: Any, k: int, **options: Any) -> list[Any]:
        if isinstance(population, collections.abc.Set):
            population = tuple(population)
        return plain_sample(self, population, k, **options)

    def randrange(self: Any, *ends: Any) -> int:
        return plain_randrange(self, *(int(end) if isinstance(end, float) and end.is_integer() else end
                                       for end in ends))

    module.Random.sample, module.Random.randrange = sample, randrange
    own = module.random.__self__  # the generator behind `random.random` and the others
    for name in ("sample", "randrange", "randint"):
        setattr(module, name, getattr(own, name))


def mend_string(module: ModuleType) -> None:
    """`string.letters`, `string.lowercase`, `string.maketrans`, `string.join`."""
    add(module, {"letters": module.ascii_letters, "lowercase": module.ascii_lowercase,
                 "uppercase": module.ascii_uppercase, "maketrans": _maketrans, "join": _join})


def _maketrans(before: Any, after: Any) -> Any:
    return (str if isinstance(before, str) else bytes).maketrans(before, after)


def _join(words: Any, sep: str = " ") -> str:
    return sep.join(words)


def mend_os(module: ModuleType) -> None:
    """`os.getcwdu()`, `os.errno`."""
    add(module, {"getcwdu": os.getcwd})
    add_when_used(module, {"errno": "errno"})


def mend_pipes(module: ModuleType) -> None:
    """`pipes.quote(text)`."""
    add(module, {"quote": shlex.quote})


def mend_sys(module: ModuleType) -> None:
    """`sys.maxint`."""
    add(module, {"maxint": sys.maxsize})
