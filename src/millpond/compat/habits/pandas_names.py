"""Methods of data frames that pandas has dropped."""

from __future__ import annotations

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


def _ravel(self: Any, order: str = "C") -> np.ndarray:
    return self.to_numpy().ravel()


_ROLLING = ("rolling_mean", "rolling_sum", "rolling_std", "rolling_var", "rolling_min", "rolling_max", "rolling_median")


def _rolling(statistic: str) -> Any:
    def rolling(arg: Any, window: int, min_periods: int | None = None, center: bool = False) -> Any:
        return getattr(arg.rolling(window, min_periods=min_periods, center=center), statistic)()

    return rolling
