"""Functions and arguments that are going away: a warning is logged once for each place that uses them."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import inspect
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from millpond import logs

_Function = TypeVar("_Function", bound=Callable[..., Any])

# What has been warned of, by function and calling line.
_warned: set[tuple[str, str, int]] = set()

# Whether warnings are silenced where this is asked.
_silent = contextvars.ContextVar("silent", default=False)


def deprecated(date: str | None, instructions: str, warn_once: bool = True) -> Callable[[_Function], _Function]:
    """Marks a function or method that is going away: using it logs a warning.

    Args:
      date: When it goes, as `2019-12-31`; None for some day.
      instructions: What to use in its place.
      warn_once: Whether to warn only once for each place that uses it.

    Raises:
      ValueError: If the date is none, or there are no instructions.

    Example:
      >>> import millpond as tf
      >>> @tf.contrib.framework.deprecated(None, "Use new().")
      ... def old():
      ...     return 1
      >>> old.__doc__.splitlines()[0]
      'DEPRECATED FUNCTION'
    """
    _check(date, instructions)

    def decorate(function: _Function) -> _Function:
        @functools.wraps(function)
        def warned(*args: Any, **kwargs: Any) -> Any:
            _warn(function, "", date, instructions, warn_once)
            return function(*args, **kwargs)

        warned.__doc__ = _marked(function, "DEPRECATED FUNCTION", date, instructions)
        return warned  # type: ignore[return-value]

    return decorate


def deprecated_args(date: str | None, instructions: str, *deprecated_arg_names_or_tuples: Any,
                    **kwargs: Any) -> Callable[[_Function], _Function]:
    """Marks arguments that are going away: giving one logs a warning.

    Args:
      date: When they go, as `2019-12-31`; None for some day.
      instructions: What to use in their place.
      *deprecated_arg_names_or_tuples: Names of arguments; a pair of a name and a value, where that value is no use.
      **kwargs: `warn_once`, by default True.

    Raises:
      ValueError: If the date is none, there are no instructions, or the function has no such argument.

    Example:
      >>> import millpond as tf
      >>> @tf.contrib.framework.deprecated_args("2019-12-31", "Use size.", "width")
      ... def box(size=None, width=None):
      ...     return size or width
      >>> box(size=3)
      3
    """
    _check(date, instructions)
    harmless = {item if isinstance(item, str) else item[0]: () if isinstance(item, str) else tuple(item[1:])
                for item in deprecated_arg_names_or_tuples}
    if not harmless:
        raise ValueError("deprecated_args was not told the names of any arguments.")
    return _watching(date, instructions, harmless, kwargs.get("warn_once", True),
                     lambda name, value: not any(_is(value, one) for one in harmless[name]))


def deprecated_arg_values(date: str | None, instructions: str, warn_once: bool = True,
                          **deprecated_kwargs: Any) -> Callable[[_Function], _Function]:
    """Marks values of arguments that are going away: giving one logs a warning.

    Args:
      date: When they go, as `2019-12-31`; None for some day.
      instructions: What to use in their place.
      warn_once: Whether to warn only once for each place that uses it.
      **deprecated_kwargs: Arguments, and the value of each that is going away.

    Raises:
      ValueError: If the date is none, there are no instructions, or the function has no such argument.

    Example:
      >>> import millpond as tf
      >>> @tf.contrib.framework.deprecated_arg_values("2019-12-31", "Leave keep out.", keep=False)
      ... def box(keep=True):
      ...     return keep
      >>> box()
      True
    """
    _check(date, instructions)
    if not deprecated_kwargs:
        raise ValueError("deprecated_arg_values was not told any values of arguments.")
    return _watching(date, instructions, deprecated_kwargs, warn_once,
                     lambda name, value: _is(value, deprecated_kwargs[name]))


def _watching(date: str | None, instructions: str, names: dict[str, Any], warn_once: bool,
              is_deprecated: Callable[[str, Any], bool]) -> Callable[[_Function], _Function]:
    def decorate(function: _Function) -> _Function:
        signature = inspect.signature(function)
        missing = [name for name in names if name not in signature.parameters]
        if missing and not any(p.kind is p.VAR_KEYWORD for p in signature.parameters.values()):
            raise ValueError(f"{_name(function)} has no arguments {', '.join(missing)} to be deprecated.")

        @functools.wraps(function)
        def warned(*args: Any, **kwargs: Any) -> Any:
            given = signature.bind_partial(*args, **kwargs).arguments
            for name in names:
                if name in given and is_deprecated(name, given[name]):
                    _warn(function, f" (with the argument {name})", date, instructions, warn_once)
            return function(*args, **kwargs)

        warned.__doc__ = _marked(function, "DEPRECATED FUNCTION ARGUMENTS", date, instructions)
        return warned  # type: ignore[return-value]

    return decorate


def deprecated_argument_lookup(new_name: str, new_value: Any, old_name: str, old_value: Any) -> Any:
    """The value of an argument that has an old name and a new one.

    Args:
      new_name, new_value: The new name, and what was given under it, or None.
      old_name, old_value: The old name, and what was given under it, or None.

    Raises:
      ValueError: If both were given.

    Example:
      >>> deprecated_argument_lookup("axis", None, "dim", 1)
      1
    """
    if old_value is None:
        return new_value
    if new_value is not None:
        raise ValueError(f"Cannot specify both '{old_name}' and '{new_name}': they are names of the same argument.")
    return old_value


def _is(value: Any, one: Any) -> bool:
    """Whether a value is a marked one; what compares element by element is only itself."""
    return value is one or (type(value) is type(one) and isinstance(value, (bool, int, float, str, bytes, tuple))
                            and value == one)


def _check(date: str | None, instructions: str) -> None:
    if date is not None and not re.fullmatch(r"20\d\d-[01]\d-[0123]\d", date):
        raise ValueError(f"Date must be YYYY-MM-DD, or None, not {date!r}.")
    if not instructions:
        raise ValueError("Say in the instructions what to use in place of what is deprecated.")


def _name(function: Any) -> str:
    return str(getattr(function, "__qualname__", getattr(function, "__name__", function)))


def _when(date: str | None) -> str:
    return "in a future version" if date is None else f"after {date}"


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """Lets what is called inside warn of nothing.

    Example:
      >>> import millpond as tf
      >>> old = tf.contrib.framework.deprecated(None, "Use new().")(lambda: 1)
      >>> with silence():
      ...     old()
      1
    """
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


def _warn(function: Any, what: str, date: str | None, instructions: str, warn_once: bool) -> None:
    if _silent.get():
        return
    caller = sys._getframe(2)
    place = (_name(function) + what, caller.f_code.co_filename, caller.f_lineno)
    if warn_once and place in _warned:
        return
    _warned.add(place)
    logs.warning("From %s:%d: %s%s (from %s) is deprecated and goes %s. %s", place[1], place[2], _name(function), what,
                 getattr(function, "__module__", "?"), _when(date), instructions)


def _marked(function: Any, heading: str, date: str | None, instructions: str) -> str:
    notice = f"{heading}\n\nIt goes {_when(date)}. {instructions}"
    documented = inspect.getdoc(function)
    return notice if documented is None else f"{notice}\n\n{documented}"
