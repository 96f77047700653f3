"""`tf.contrib.training.HParams`: hyperparameters, by name, each of one type."""

from __future__ import annotations

import json
import numbers
import re
from collections.abc import Callable, Mapping
from typing import Any

_NAME = r"[a-zA-Z][\w.]*"
# `name=value`, `name=[value,value]` or `name[index]=value`, up to a comma or the end.
_ASSIGNMENT = re.compile(
    rf"\s*(?P<name>{_NAME})\s*(?:\[\s*(?P<index>\d+)\s*\])?\s*=\s*(?:\[(?P<list>[^\]]*)\]|(?P<one>[^,\[]*))\s*(?:,|$)")


def parse_values(values: str, type_map: Mapping[str, Any], ignore_unknown: bool = False) -> dict[str, Any]:
    """Reads assignments such as `rate=0.1,layers=[64,32],names[1]=conv`.

    Args:
      values: The assignments, separated by commas; a value contains neither commas nor brackets.
      type_map: The type of each name: int, float, bool, str, or a function of a string.
      ignore_unknown: Whether names without a type are left out.

    Returns:
      A dict from names to a value, a list of values, or, where elements were assigned, a dict from index to value.

    Raises:
      ValueError: If the text is no list of assignments, a name has no type, is assigned twice, or a value is not of
        the type.

    Example:
      >>> parse_values("rate=0.1,layers=[64,32],names[1]=conv", {"rate": float, "layers": int, "names": str})
      {'rate': 0.1, 'layers': [64, 32], 'names': {1: 'conv'}}
    """
    found: dict[str, Any] = {}
    position = 0
    while position < len(values):
        match = _ASSIGNMENT.match(values, position)
        if match is None:
            raise ValueError(f"Malformed hyperparameter value: {values[position:]!r}; write name=value, "
                             "name=[value,value] or name[index]=value, separated by commas.")
        position = match.end()
        name = match["name"]
        if name not in type_map:
            if ignore_unknown:
                continue
            raise ValueError(f"Unknown hyperparameter type for {name}: the known ones are "
                             f"{', '.join(sorted(type_map))}.")
        _assign(found, name, _converter(name, type_map[name]), match)
    return found


def _assign(found: dict[str, Any], name: str, convert: Callable[[str], Any], match: re.Match[str]) -> None:
    if match["list"] is not None:
        if match["index"] is not None:
            raise ValueError(f"A list was assigned to one element of the hyperparameter {name}: {match[0].strip()!r}")
        value: Any = [convert(part.strip()) for part in match["list"].split(",") if part.strip()]
    elif not match["one"].strip():
        raise ValueError(f"No value was assigned to the hyperparameter {name}: {match[0].strip()!r}")
    else:
        value = convert(match["one"].strip())
    if match["index"] is None:
        place: Any = name
        twice, where = name in found, found
    else:
        elements = found.setdefault(name, {})
        place = int(match["index"])
        twice, where = not isinstance(elements, dict) or place in elements, elements
    if twice:
        raise ValueError(f"Multiple assignments to the hyperparameter {match[0].partition('=')[0].strip()}: assign it "
                         "once.")
    where[place] = value


def _converter(name: str, wanted: Any) -> Callable[[str], Any]:
    def convert(text: str) -> Any:
        try:
            return _truth(text) if wanted is bool else wanted(text)
        except ValueError as error:
            raise ValueError(f"Could not parse hparam {name!r} of type {getattr(wanted, '__name__', wanted)!r} with "
                             f"value {text!r}") from error

    return convert


def _truth(text: str) -> bool:
    by_name = {"true": True, "True": True, "false": False, "False": False}
    return by_name[text] if text in by_name else bool(int(text))


class HParams:
    """Hyperparameters as attributes, each of the type of its first value.

    A value is an integer, a float, a boolean, a string, None, or a list of one of these, which may not be empty.

    Args:
      hparam_def: Not supported: the message `HParamDef`.
      model_structure: Kept beside the hyperparameters for the program.
      **kwargs: The hyperparameters and their first values.

    Raises:
      ValueError: If a list is empty, or a name is that of a method.
      NotImplementedError: If `hparam_def` is given.

    Example:
      >>> import millpond as tf
      >>> hparams = tf.contrib.training.HParams(rate=0.1, layers=[64, 32], name="a")
      >>> _ = hparams.parse("rate=0.5,layers=[8]")
      >>> hparams.rate, hparams.layers, hparams.name
      (0.5, [8], 'a')
      >>> hparams.to_json(sort_keys=True)
      '{"layers": [8], "name": "a", "rate": 0.5}'
    """

    _HAS_DYNAMIC_ATTRIBUTES = True  # tells type checkers that attributes come and go

    def __init__(self, hparam_def: Any = None, model_structure: Any = None, **kwargs: Any) -> None:
        if hparam_def is not None:
            raise NotImplementedError("tf.contrib.training.HParams(hparam_def=...): give the values by keyword.")
        self._hparam_types: dict[str, tuple[type, bool]] = {}
        self._model_structure = model_structure
        for name, value in kwargs.items():
            self.add_hparam(name, value)

    def __getattr__(self, name: str) -> Any:
        # Only what is not found otherwise comes here; `_hparam_types` does while an object is being copied.
        known = sorted(self.__dict__.get("_hparam_types", ()))
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}. The hyperparameters are "
                             f"{', '.join(known)}.", name=name, obj=self)

    def add_hparam(self, name: str, value: Any) -> None:
        """Adds a hyperparameter.

        Raises:
          ValueError: If there is an attribute of that name, or the value is an empty list.
        """
        if getattr(self, name, None) is not None:
            raise ValueError(f"Hyperparameter name is reserved: {name}")
        if isinstance(value, (list, tuple)):
            if not value:
                raise ValueError(f"Multi-valued hyperparameters cannot be empty: {name}")
            self._hparam_types[name] = (type(value[0]), True)
        else:
            self._hparam_types[name] = (type(value), False)
        setattr(self, name, value)

    def set_hparam(self, name: str, value: Any) -> None:
        """Sets a hyperparameter that exists to a value of its type.

        Args:
          name: Its name.
          value: The value; integers become floats where the type is float, other types must be the same.

        Raises:
          KeyError: If there is none of that name.
          ValueError: If the value is a list and should not be, or the other way round, or of another type.
        """
        wanted, is_list = self._hparam_types[name]
        if isinstance(value, dict) and is_list:
            self._set_elements(name, wanted, value)
        elif isinstance(value, (list, tuple)):
            if not is_list:
                raise ValueError(f"Must not pass a list for single-valued parameter: {name}")
            setattr(self, name, [_cast(name, wanted, one) for one in value])
        elif is_list:
            raise ValueError(f"Must pass a list for multi-valued parameter: {name}.")
        else:
            setattr(self, name, _cast(name, wanted, value))

    def _set_elements(self, name: str, wanted: type, elements: Mapping[int, Any]) -> None:
        values = list(getattr(self, name))
        for index, value in elements.items():
            if not 0 <= index < len(values):
                raise ValueError(f"The hyperparameter {name} has {len(values)} values, so there is none at {index}.")
            values[index] = _cast(name, wanted, value)
        setattr(self, name, values)

    def del_hparam(self, name: str) -> None:
        """Removes a hyperparameter, if there is one of that name."""
        if name in self._hparam_types:
            delattr(self, name)
            del self._hparam_types[name]

    def parse(self, values: str) -> HParams:
        """Sets hyperparameters from a text such as `rate=0.1,layers=[64,32],names[1]=conv`.

        Returns:
          This object.

        Raises:
          ValueError: As `tf.contrib.training.parse_values` and `set_hparam` do.
        """
        return self.override_from_dict(parse_values(values, {name: kind for name, (kind, _) in
                                                             self._hparam_types.items()}))

    def override_from_dict(self, values_dict: Mapping[str, Any]) -> HParams:
        """Sets hyperparameters from a dict.

        Returns:
          This object.

        Raises:
          KeyError: If one does not exist.
          ValueError: As `set_hparam` does.
        """
        for name, value in values_dict.items():
            self.set_hparam(name, value)
        return self

    def parse_json(self, values_json: str) -> HParams:
        """Sets hyperparameters from the text of a JSON object; see `override_from_dict`."""
        return self.override_from_dict(json.loads(values_json))

    def to_json(self, indent: int | None = None, separators: tuple[str, str] | None = None,
                sort_keys: bool = False) -> str:
        """The hyperparameters as a JSON object; functions are left out.

        Args:
          indent, separators, sort_keys: As of `json.dumps`.
        """
        values = {name: value for name, value in self.values().items() if not callable(value)}
        return json.dumps(values, indent=indent, separators=separators, sort_keys=sort_keys)

    def values(self) -> dict[str, Any]:
        """The hyperparameters by name."""
        return {name: getattr(self, name) for name in self._hparam_types}

    def get(self, key: str, default: Any = None) -> Any:
        """A hyperparameter, or `default` where there is none of that name.

        Args:
          key: The name.
          default: A value, or list, of the hyperparameter's type.

        Raises:
          ValueError: If `default` is not of the hyperparameter's type.
        """
        if key not in self._hparam_types:
            return default
        if default is not None:
            wanted, is_list = self._hparam_types[key]
            if isinstance(default, list) != is_list:
                kind = "a list of " if is_list else "a "
                raise ValueError(f"The default of the hyperparameter {key!r} must be {kind}{wanted.__name__}, not "
                                 f"{default!r}.")
            for one in default if is_list else [default]:
                _cast(key, wanted, one)
        return getattr(self, key)

    def set_model_structure(self, model_structure: Any) -> None:
        """Keeps an object beside the hyperparameters."""
        self._model_structure = model_structure

    def get_model_structure(self) -> Any:
        """What `set_model_structure` was given."""
        return self._model_structure

    def __contains__(self, key: object) -> bool:
        return key in self._hparam_types

    def __str__(self) -> str:
        return str(sorted(self.values().items(), key=lambda item: item[0]))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self})"


def _cast(name: str, wanted: type, value: Any) -> Any:
    """A value as one of the type of a hyperparameter; nothing is lost on the way."""
    if wanted is type(None) or isinstance(value, wanted) and not (isinstance(value, bool) and wanted is not bool):
        return value
    kinds: tuple[Any, ...] = (str, bytes)
    fits = (
        isinstance(value, kinds) == issubclass(wanted, kinds)
        and isinstance(value, bool) == issubclass(wanted, bool)
        and (isinstance(value, numbers.Integral) or not issubclass(wanted, numbers.Integral))
        and (isinstance(value, numbers.Number) or not issubclass(wanted, numbers.Number)))
    if not fits:
        raise ValueError(f"Could not cast hparam {name!r} of type {wanted.__name__!r} from value {value!r}")
    return wanted(value)
