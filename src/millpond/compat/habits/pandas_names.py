"""Methods of data frames that pandas has dropped."""

from __future__ import annotations

import datetime
import functools
from types import ModuleType
from typing import Any

import numpy as np

from millpond.compat.habits.habit import add

_POSITIONS = (int, np.integer)


class _Indexer:
    """`frame.ix[rows, columns]`: labels, and positions where the labels are no integers."""

    def __init__(self, frame: Any) -> None:
        self._frame = frame

    def _key(self, key: Any) -> tuple[Any, ...]:
        keys = key if isinstance(key, tuple) else (key,)
        return tuple(self._labels(part, axis) for axis, part in enumerate(keys))

    def _labels(self, part: Any, axis: int) -> Any:
        labels = self._frame.axes[axis]
        if labels.dtype.kind in "iu":
            return part
        if isinstance(part, slice):
            if any(isinstance(end, _POSITIONS) for end in (part.start, part.stop)):
                return labels[part]
            return part
        if isinstance(part, _POSITIONS) and not isinstance(part, bool):
            return labels[part]
        if isinstance(part, (list, np.ndarray)) and len(part) and isinstance(part[0], _POSITIONS) \
                and not isinstance(part[0], (bool, np.bool_)):
            return labels[list(part)]
        return part

    def __getitem__(self, key: Any) -> Any:
        keys = self._key(key)
        return self._frame.loc[keys if len(keys) > 1 else keys[0]]

    def __setitem__(self, key: Any, value: Any) -> None:
        keys = self._key(key)
        self._frame.loc[keys if len(keys) > 1 else keys[0]] = value


def _as_matrix(self: Any, columns: Any = None) -> np.ndarray:
    return (self if columns is None else self[columns]).to_numpy(copy=True)


def _get_value(self: Any, *place: Any) -> Any:
    return self.at[place if len(place) > 1 else place[0]]


def _set_value(self: Any, *arguments: Any) -> Any:
    *place, value = arguments
    self.at[tuple(place) if len(place) > 1 else place[0]] = value
    return self


def mend_pandas(module: ModuleType) -> None:
    """`frame.as_matrix()`, `frame.ix[...]`, `frame.append(rows)`, `frame.iteritems()`, `frame.sort(column)`, ..."""

    def append(self: Any, other: Any, ignore_index: bool = False, verify_integrity: bool = False,
               sort: bool = False) -> Any:
        if isinstance(other, (dict, module.Series)) and isinstance(self, module.DataFrame):
            row = module.Series(other)
            if row.name is None and not ignore_index:
                raise TypeError("a row without a name can be appended with ignore_index=True only")
            other = row.to_frame().T.infer_objects()
        parts = [self, *(other if isinstance(other, (list, tuple)) else [other])]
        return module.concat([part if not isinstance(part, dict) else module.DataFrame([part]) for part in parts],
                             ignore_index=ignore_index, verify_integrity=verify_integrity, sort=sort)

    def from_csv(path: Any, header: Any = 0, sep: str = ",", index_col: Any = 0, parse_dates: bool = True,
                 encoding: str | None = None) -> Any:
        return module.read_csv(path, header=header, sep=sep, index_col=index_col, parse_dates=parse_dates,
                               encoding=encoding)

    def sort(self: Any, columns: Any = None, axis: int = 0, ascending: Any = True, inplace: bool = False) -> Any:
        if columns is None:
            return self.sort_index(axis=axis, ascending=ascending, inplace=inplace)
        return self.sort_values(columns, axis=axis, ascending=ascending, inplace=inplace)

    def order(self: Any, ascending: bool = True) -> Any:
        return self.sort_values(ascending=ascending)

    for kind in (module.DataFrame, module.Series):
        add(kind, {"as_matrix": _as_matrix, "ix": property(_Indexer), "append": append, "iteritems": kind.items,
                   "get_value": _get_value, "set_value": _set_value})
    add(module.DataFrame, {"from_csv": staticmethod(from_csv), "sort": sort, "applymap": module.DataFrame.map})
    add(module.Series, {"order": order, "ravel": _ravel})
    add(module, {name: _rolling(name.removeprefix("rolling_")) for name in _ROLLING})


def mend_arguments(module: ModuleType) -> None:
    """`frame.drop("a", 1)`, `pd.concat(frames, 1)`, `pd.read_csv(path, squeeze=True, error_bad_lines=False)`."""
    drop, concat, read_csv = module.DataFrame.drop, module.concat, module.read_csv

    @functools.wraps(drop)
    def dropped(self: Any, labels: Any = None, *arguments: Any, **options: Any) -> Any:
        return drop(self, labels, **_named(arguments, ("axis", "index", "columns", "level", "inplace")), **options)

    @functools.wraps(concat)
    def joined(objs: Any, *arguments: Any, **options: Any) -> Any:
        return concat(objs, **_named(arguments, ("axis", "join", "ignore_index")), **options)

    @functools.wraps(read_csv)
    def read(filepath: Any, *arguments: Any, **options: Any) -> Any:
        squeeze = options.pop("squeeze", False)
        if not options.pop("error_bad_lines", True):
            options["on_bad_lines"] = "skip"
        options.pop("warn_bad_lines", None)
        if options.pop("delim_whitespace", False):
            options["sep"] = r"\s+"
        table = read_csv(filepath, **_named(arguments, ("sep", "delimiter", "header")), **options)
        return table.squeeze("columns") if squeeze else table

    module.DataFrame.drop, module.concat, module.read_csv = dropped, joined, read  # type: ignore[attr-defined]
    add(module, {"np": np, "datetime": datetime.datetime})


def _named(values: tuple[Any, ...], names: tuple[str, ...]) -> dict[str, Any]:
    """Values that were given by position, by their names."""
    return dict(zip(names, values, strict=False))


def mend_values(module: ModuleType) -> None:
    """`data = frame.values; data[0] = 1`: arrays that can be written to."""
    for kind in (module.DataFrame, module.Series):
        kind.values = _writable(kind.values)


def _writable(values: property) -> property:
    def get(self: Any) -> Any:
        found = values.__get__(self)
        if isinstance(found, np.ndarray) and not found.flags.writeable:
            return found.copy()
        return found

    return property(get, doc=values.__doc__)


def _ravel(self: Any, order: str = "C") -> np.ndarray:
    return self.to_numpy().ravel()


_ROLLING = ("rolling_mean", "rolling_sum", "rolling_std", "rolling_var", "rolling_min", "rolling_max", "rolling_median")


def _rolling(statistic: str) -> Any:
    def rolling(arg: Any, window: int, min_periods: int | None = None, center: bool = False) -> Any:
        return getattr(arg.rolling(window, min_periods=min_periods, center=center), statistic)()

    return rolling
