"""`tensorflow.python.util.deprecation`: decorators that warn, once for each function, of what is to be used instead.

State: which functions have warned, so that each does so once.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from millpond import logs

_warned: set[tuple[str, str]] = set()
_silent = 0  # how many `silence()` are open


def _warn(function: Callable[..., Any], what: str, date: str | None, instructions: str) -> None:
    module = function.__module__.removeprefix("millpond.compat.packages.")  # a kept package, under its own name
    key = (f"{module}.{function.__qualname__}", what)
    if _silent or key in _warned:
        return
    _warned.add(key)
    when = "in a future version" if date is None else f"after {date}"
    logs.warning("%s: %s is deprecated and will be removed %s. %s", key[0], what, when, instructions)


def _check(date: str | None, instructions: str) -> None:
    if not instructions:
        raise ValueError("a deprecation needs instructions: what is to be used instead")
    if date is not None and not (len(date) == 10 and date[4] == date[7] == "-"):
        raise ValueError(f"the date of a deprecation is written YYYY-MM-DD, not {date!r}")


def deprecated(date: str | None, instructions: str, warn_once: bool = True) -> Callable[[Any], Any]:
    """Marks a function: calling it warns.

    Args:
      date: From when it is gone, as `2016-12-30`, or None.
      instructions: What to use instead.
      warn_once: Ignored: each function warns once.

    Raises:
      ValueError: If there are no instructions, or the date has another form.
    """
    _check(date, instructions)

    def mark(function: Any) -> Any:
        @functools.wraps(function)
        def marked(*args: Any, **kwargs: Any) -> Any:
            _warn(function, "this function", date, instructions)
            return function(*args, **kwargs)
        return marked

    return mark


def deprecated_args(date: str | None, instructions: str, *names: Any, **options: Any) -> Callable[[Any], Any]:
    """Marks arguments of a function: giving one warns.

    Args:
      date: From when they are gone, as `2016-12-30`, or None.
      instructions: What to use instead.
      *names: The arguments, each by name, or as `(name, value)` where that value may be given without a warning.
      **options: `warn_once`, which is ignored: each argument warns once.

    Raises:
      ValueError: If there are no instructions, the date has another form, or the function has no such argument.
    """
    harmless = {name if isinstance(name, str) else name[0]: None if isinstance(name, str) else name[1]
                for name in names}
    return _marking(date, instructions, list(harmless),
                    lambda name, value: value is not None and not _same(value, harmless[name]))


def deprecated_arg_values(date: str | None, instructions: str, warn_once: bool = True,
                          **values: Any) -> Callable[[Any], Any]:
    """Marks values of arguments: giving an argument that value warns.

    Args:
      date: From when they are gone, as `2016-12-30`, or None.
      instructions: What to use instead.
      warn_once: Ignored: each argument warns once.
      **values: For each argument, the value that is deprecated.

    Raises:
      ValueError: If there are no instructions, the date has another form, or the function has no such argument.
    """
    return _marking(date, instructions, list(values), lambda name, value: _same(value, values[name]))


def _marking(date: str | None, instructions: str, names: list[str],
             is_old: Callable[[str, Any], bool]) -> Callable[[Any], Any]:
    """A decorator that warns of arguments whose value is an old one."""
    _check(date, instructions)

    def mark(function: Any) -> Any:
        signature = inspect.signature(function)
        takes_any = any(parameter.kind is parameter.VAR_KEYWORD for parameter in signature.parameters.values())
        unknown = [] if takes_any else [name for name in names if name not in signature.parameters]
        if unknown:
            raise ValueError(f"{function.__qualname__} has no argument {unknown[0]!r} that could be deprecated; "
                             f"it has {', '.join(signature.parameters)}")

        @functools.wraps(function)
        def marked(*args: Any, **kwargs: Any) -> Any:
            given = {**dict(zip(signature.parameters, args, strict=False)), **kwargs}
            for name in names:
                if name in given and is_old(name, given[name]):
                    _warn(function, f"the argument {name!r} = {given[name]!r}", date, instructions)
            return function(*args, **kwargs)
        return marked

    return mark


def _same(value: Any, other: Any) -> bool:
    return value is other or (type(value) is type(other) and bool(value == other))


def deprecated_alias(deprecated_name: str, name: str, func_or_class: Any, warn_once: bool = True) -> Any:
    """A function or class under an old name: using it warns of the new one.

    Args:
      deprecated_name: The old name.
      name: The new one.
      func_or_class: What both stand for.
      warn_once: Ignored: each function warns once.
    """
    return deprecated(None, f"{deprecated_name} is now {name}.")(func_or_class)


def deprecated_argument_lookup(new_name: str, new_value: Any, old_name: str, old_value: Any) -> Any:
    """The value of an argument that has two names.

    Args:
      new_name: Its name.
      new_value: What was given under it, or None.
      old_name: Its old name.
      old_value: What was given under that, or None.

    Raises:
      ValueError: If it was given under both.
    """
    if old_value is None:
        return new_value
    if new_value is not None:
        raise ValueError(f"{new_name!r} and {old_name!r} are the same argument: give {new_name!r} only")
    return old_value


def rewrite_argument_docstring(old_doc: str, old_argument: str, new_argument: str) -> str:
    """A docstring that names an argument anew."""
    return old_doc.replace(f"`{old_argument}`", f"`{new_argument}`").replace(f"{old_argument}:", f"{new_argument}:")


def hide_attribute_from_api(*arguments: Any) -> Callable[[Any], Any]:
    """Leaves a function as it is: it tells TensorFlow's generator of documents what to leave out."""
    return lambda function: function


do_not_generate_docs = hide_attribute_from_api


@contextmanager
def silence() -> Iterator[None]:
    """Lets what is called inside warn of nothing."""
    global _silent
    _silent += 1
    try:
        yield
    finally:
        _silent -= 1
