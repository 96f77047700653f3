"""Turning Python values into tensors.

State: the registry of conversion functions, by priority; types are looked up once and remembered. The conversion
of plain Python and NumPy values (to `Const`) is registered by `ops/array/constant.py`, that of lists that hold tensors
by `ops/array/join.py`, that of variables by `variables/`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond import dtypes
from millpond.dtypes import DType
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.tensor import Tensor

ConversionFunction = Callable[..., Any]

_registry: list[tuple[int, int, type, ConversionFunction]] = []
_by_type: dict[type, list[ConversionFunction]] = {}


def register_tensor_conversion_function(base_type: Any, conversion_func: ConversionFunction,
                                        priority: int = 100) -> None:
    """Registers `conversion_func(value, dtype=None, name=None, as_ref=False)` for values of `base_type`.

    Functions with a smaller `priority` are asked first; one that returns `NotImplemented` passes on.

    Args:
      base_type: A class, or a tuple of classes.
      conversion_func: The function that makes tensors of their instances.
      priority: Its place in the order of the functions.

    Raises:
      TypeError: If `base_type` is neither, or `conversion_func` cannot be called.

    Example:
      >>> import millpond as tf
      >>> class Celsius:
      ...     def __init__(self, degrees):
      ...         self.degrees = degrees
      >>> def convert(value, dtype=None, name=None, as_ref=False):
      ...     return tf.constant(value.degrees, dtype=dtype, name=name)
      >>> tf.register_tensor_conversion_function(Celsius, convert)
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.add(Celsius(20.0), 273.15)))
      293.15
    """
    types = base_type if isinstance(base_type, tuple) else (base_type,)
    if not all(isinstance(one, type) for one in types):
        raise TypeError(f"base_type must be a class or a tuple of classes, got {base_type!r}")
    if not callable(conversion_func):
        raise TypeError(f"conversion_func must be a function, got {conversion_func!r}")
    for one in types:
        _registry.append((priority, len(_registry), one, conversion_func))
    _registry.sort(key=lambda entry: entry[:2])
    _by_type.clear()


def _functions_for(kind: type) -> list[ConversionFunction]:
    functions = _by_type.get(kind)
    if functions is None:
        functions = [function for _, _, base, function in _registry if issubclass(kind, base)]
        _by_type[kind] = functions
    return functions


def convert_to_tensor(value: TensorLike, dtype: DTypeLike | None = None, name: str | None = None,
                      preferred_dtype: DTypeLike | None = None, dtype_hint: DTypeLike | None = None,
                      as_ref: bool = False) -> Tensor:
    """Converts `value` to a `Tensor`.

    Args:
      value: A tensor, variable, NumPy array, Python scalar, (nested) list of these, or any registered type.
      dtype: The dtype wanted; by default it follows from the value (Python floats are float32, ints int32).
      name: Name of the `Const` (or other node) that is created.
      preferred_dtype, dtype_hint: A dtype to try first, without insisting.
      as_ref: Whether a reference may be returned for a variable.

    Raises:
      TypeError: If no conversion exists for the type of `value`.
      ValueError: If a tensor of another dtype is given.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.convert_to_tensor([1, 2], name="pair"))
      Tensor("pair:0", shape=(2,), dtype=int32)
    """
    wanted = None if dtype is None else dtypes.as_dtype(dtype).base_dtype
    if isinstance(value, Tensor):
        return _checked_tensor(value, wanted)
    hint = preferred_dtype if preferred_dtype is not None else dtype_hint
    for function in _functions_for(type(value)):
        result = NotImplemented
        if wanted is None and hint is not None:
            result = _try_hint(function, value, dtypes.as_dtype(hint).base_dtype, name, as_ref)
        if result is NotImplemented:
            result = function(value, dtype=wanted, name=name, as_ref=as_ref)
        if result is not NotImplemented:
            return _checked_result(result, function, value)
    raise TypeError(
        f"Cannot convert a value of type {type(value).__name__} to a Tensor: {value!r}. "
        "Pass a number, a NumPy array, a list of these, or register a conversion with "
        "tf.register_tensor_conversion_function."
    )


def _checked_result(result: Any, function: ConversionFunction, value: Any) -> Tensor:
    if not isinstance(result, Tensor):
        raise RuntimeError(f"The conversion function {function!r} for {type(value).__name__} returned a "
                           f"{type(result).__name__}, but must return a Tensor or NotImplemented: {result!r}")
    return result


def _checked_tensor(tensor: Tensor, wanted: DType | None) -> Tensor:
    if wanted is not None and wanted is not tensor.dtype and wanted is not tensor.dtype.base_dtype:
        raise ValueError(
            f"Tensor conversion requested dtype {wanted.name} for Tensor with dtype {tensor.dtype.name}: "
            f"{tensor}. Use tf.cast to change its type."
        )
    return tensor


def _try_hint(function: ConversionFunction, value: Any, hint: DType, name: str | None, as_ref: bool) -> Any:
    try:
        result = function(value, dtype=hint, name=name, as_ref=as_ref)
    except (TypeError, ValueError):
        return NotImplemented
    if isinstance(result, Tensor) and result.dtype.base_dtype is not hint:
        return NotImplemented
    return result
