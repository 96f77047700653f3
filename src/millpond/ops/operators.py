"""The Python operators of tensors: `a + b` adds a node `add`, and so on.

Importing this module sets them on `Tensor`. `OVERLOADED` names them all, so that other classes that stand for a
tensor (variables) can hand them on. `==` and `!=` compare identity, as in TensorFlow 1; `tensor[...]` is set by
`array_slice`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.linalg import matrix
from millpond.ops.math import arithmetic, bitwise, comparison, division, elementwise
from millpond.ops.scoping import name_scope

BinaryFunction = Callable[..., Any]


def _and(x: Any, y: Any, name: str | None = None) -> Tensor:
    return _logic(x, comparison.logical_and, bitwise.bitwise_and)(x, y, name=name)


def _or(x: Any, y: Any, name: str | None = None) -> Tensor:
    return _logic(x, comparison.logical_or, bitwise.bitwise_or)(x, y, name=name)


def _xor(x: Any, y: Any, name: str | None = None) -> Tensor:
    if x.dtype.base_dtype.is_integer:
        return bitwise.bitwise_xor(x, y, name=name)
    with name_scope(name, "xor", [x, y]) as scope:
        return comparison.logical_xor(x, y, name=scope)


def _logic(x: Tensor, logical: BinaryFunction, of_bits: BinaryFunction) -> BinaryFunction:
    return of_bits if x.dtype.base_dtype.is_integer else logical


# Operator -> (function, node name, whether there is a reflected form).
_BINARY: dict[str, tuple[BinaryFunction, str, bool]] = {
    "add": (arithmetic.add, "add", True),
    "sub": (arithmetic.subtract, "sub", True),
    "mul": (arithmetic.multiply, "mul", True),
    "div": (division.div, "div", True),
    "truediv": (division.truediv, "truediv", True),
    "floordiv": (division.floordiv, "floordiv", True),
    "mod": (division.floormod, "mod", True),
    "pow": (arithmetic.pow, "pow", True),
    "matmul": (matrix.matmul, "matmul", True),
    "and": (_and, "and", True),
    "or": (_or, "or", True),
    "xor": (_xor, "xor", True),
    "lt": (comparison.less, "Less", False),
    "le": (comparison.less_equal, "LessEqual", False),
    "gt": (comparison.greater, "Greater", False),
    "ge": (comparison.greater_equal, "GreaterEqual", False),
}
_UNARY: dict[str, BinaryFunction] = {"neg": elementwise.negative, "abs": elementwise.abs}


def _direct(function: BinaryFunction, name: str, reflected: str) -> Callable[[Any, Any], Any]:
    def operator(x: Any, y: Any) -> Any:
        try:
            return function(x, y, name=name)
        except (TypeError, ValueError):
            # What cannot become a tensor may know how to deal with one.
            if not isinstance(y, Tensor) and hasattr(type(y), reflected) and _is_foreign(y):
                return NotImplemented
            raise

    return operator


def _is_foreign(value: Any) -> bool:
    try:
        convert_to_tensor(value)
    except (TypeError, ValueError):
        return True
    return False


def _reflected(function: BinaryFunction, name: str) -> Callable[[Any, Any], Any]:
    def operator(y: Any, x: Any) -> Any:
        with name_scope(None, name, [y]) as scope:
            x = convert_to_tensor(x, dtype=y.dtype.base_dtype, name="x")
            return function(x, y, name=scope)

    return operator


def _unary(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def operator(x: Any) -> Any:
        return function(x)

    return operator


def _invert(x: Any) -> Tensor:
    return bitwise.invert(x) if x.dtype.base_dtype.is_integer else comparison.logical_not(x)


def _operators() -> dict[str, Callable[..., Any]]:
    found: dict[str, Callable[..., Any]] = {"__invert__": _invert}
    for key, (function, name, has_reflected) in _BINARY.items():
        found[f"__{key}__"] = _direct(function, name, f"__r{key}__")
        if has_reflected:
            found[f"__r{key}__"] = _reflected(function, name)
    for key, unary in _UNARY.items():
        found[f"__{key}__"] = _unary(unary)
    for attribute, function in found.items():
        function.__name__ = function.__qualname__ = attribute
    return found


_FOUND = _operators()
# The attributes that a class which stands for a tensor takes over, `__getitem__` besides.
OVERLOADED = tuple(_FOUND)
for _attribute, _operator in _FOUND.items():
    setattr(Tensor, _attribute, _operator)
# What a program that makes a class of its own for tensors takes over; equality is Python's own.
setattr(Tensor, "OVERLOADABLE_OPERATORS", frozenset({*OVERLOADED, "__getitem__", "__eq__", "__ne__"}))  # noqa: B010
