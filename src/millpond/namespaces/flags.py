"""`tf.flags`: command line flags, by Abseil.

Two things are TensorFlow's own: reading a flag of `FLAGS` before `tf.app.run` parses `sys.argv`, and the
`DEFINE_` functions also take the argument names of the first releases (`flag_name`, `default_value`,
`docstring`).
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from typing import Any

from absl import flags as _absl

# `--help` lists a flag under the program that defines it, not under this module.
_absl.disclaim_key_flags()

_OLD_NAMES = {"flag_name": "name", "default_value": "default", "docstring": "help"}


def _with_old_names(define: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(define)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return define(*args, **{_OLD_NAMES.get(name, name): value for name, value in kwargs.items()})

    return wrapped


DEFINE_string = _with_old_names(_absl.DEFINE_string)
DEFINE_boolean = _with_old_names(_absl.DEFINE_boolean)
DEFINE_bool = DEFINE_boolean
DEFINE_float = _with_old_names(_absl.DEFINE_float)
DEFINE_integer = _with_old_names(_absl.DEFINE_integer)
DEFINE_enum = _with_old_names(_absl.DEFINE_enum)


class _ParsingFlagValues:
    """The flags of the program; `sys.argv` is parsed when one is first read, unless that was done before."""

    def __init__(self, values: _absl.FlagValues) -> None:
        self.__dict__["_values"] = values

    def _parsed(self) -> _absl.FlagValues:
        values: _absl.FlagValues = self.__dict__["_values"]
        if not values.is_parsed():
            values(sys.argv)
        return values

    def __getattr__(self, name: str) -> Any:
        values = self.__dict__["_values"]
        # Methods such as `flag_values_dict` are not flags, nor is what introspection looks for.
        is_flag = not name.startswith("__") and not hasattr(type(values), name)
        return getattr(self._parsed() if is_flag else values, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__dict__["_values"], name, value)

    def __delattr__(self, name: str) -> None:
        delattr(self.__dict__["_values"], name)

    def __getitem__(self, name: str) -> _absl.Flag[Any]:
        return self.__dict__["_values"][name]

    def __setitem__(self, name: str, flag: _absl.Flag[Any]) -> None:
        self.__dict__["_values"][name] = flag

    def __contains__(self, name: str) -> bool:
        return name in self.__dict__["_values"]

    def __iter__(self) -> Iterator[str]:
        return iter(self.__dict__["_values"])

    def __len__(self) -> int:
        return len(self.__dict__["_values"])

    def __dir__(self) -> list[str]:
        return dir(self.__dict__["_values"])

    def __call__(self, *args: Any, **kwargs: Any) -> list[str]:
        return self.__dict__["_values"](*args, **kwargs)


FLAGS = _ParsingFlagValues(_absl.FLAGS)
