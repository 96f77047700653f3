"""Element types of tensors: `DType`, one object for each type of TensorFlow 1.15.

A `DType` is a singleton: `as_dtype` finds it from a name, a number of the wire format, a
NumPy or a Python type, so that `is`, `==` and `hash` cost next to nothing. Every type has a
reference twin (`float32_ref`, wire number + 100), which marks the outputs of variables in
a GraphDef.

State: the tables below are filled while this module is imported and never change after.
"""

from __future__ import annotations

import builtins
from typing import Any

import ml_dtypes
import numpy as np

from millpond.public.modules import publish

publish(__name__)

_REF_OFFSET = 100

_BY_ENUM: dict[int, DType] = {}
_BY_NAME: dict[str, DType] = {}
_BY_TYPE: dict[type, DType] = {}
_BY_NUMPY: dict[np.dtype, DType] = {}

# Kinds of NumPy dtypes that hold text of any width: bytes, unicode, objects, variable-width strings.
_TEXT_KINDS = frozenset("SUOT")


class DType:
    """The type of a tensor's elements.

    `DType(type_enum)` gives the one object of that wire number; `as_dtype` accepts more forms.
    A type equals everything that `as_dtype` turns into it: `tf.float32 == "float"` and
    `tf.float32 == np.float32` hold.

    Attributes:
        name: `"float32"`; a reference type ends in `"_ref"`.
        as_datatype_enum: number of the type in a GraphDef (`DT_FLOAT` is 1).
        np_dtype: NumPy dtype of arrays that carry such values. Strings, resources and variants are
            carried in object arrays.
        base_dtype: the type itself, without the reference.
        real_dtype: type of the real part: `float32` for `complex64`, `float64` for `complex128`,
            any other type itself.
        is_floating, is_integer, is_unsigned, is_complex, is_bool, is_quantized: what its values are.
            The quantized types are neither integers nor unsigned.
        is_ref_dtype: whether it is a reference type.
        is_numpy_compatible: whether its values can become NumPy arrays (not resources and variants).
        size: bytes of an element, 0 for strings, resources and variants.

    Raises:
        TypeError: no type has the number `type_enum`.

    Example:
        >>> DType(1)
        tf.float32
        >>> print(as_dtype("half"))
        <dtype: 'float16'>
    """

    __slots__ = (
        "_as_ref",
        "_numpy_type",
        "as_datatype_enum",
        "base_dtype",
        "is_bool",
        "is_complex",
        "is_floating",
        "is_integer",
        "is_numpy_compatible",
        "is_quantized",
        "is_ref_dtype",
        "is_unsigned",
        "name",
        "np_dtype",
        "real_dtype",
        "size",
    )

    name: str
    as_datatype_enum: int
    np_dtype: np.dtype
    base_dtype: DType
    real_dtype: DType
    size: int
    is_floating: builtins.bool
    is_integer: builtins.bool
    is_unsigned: builtins.bool
    is_complex: builtins.bool
    is_bool: builtins.bool
    is_quantized: builtins.bool
    is_ref_dtype: builtins.bool
    is_numpy_compatible: builtins.bool
    _as_ref: DType
    _numpy_type: Any

    def __new__(cls, type_enum: int) -> DType:
        return _from_enum(type_enum)

    @property
    def _is_ref_dtype(self) -> builtins.bool:
        return self.is_ref_dtype

    @property
    def as_numpy_dtype(self) -> Any:
        """The NumPy scalar type (`np.float32`; `object` for strings), or a structured dtype if quantized.

        Raises:
            TypeError: resources and variants have none.
        """
        if not self.is_numpy_compatible:
            raise TypeError(f"{self} has no NumPy type: its values are handles that only ops can use.")
        return self._numpy_type

    @property
    def min(self) -> Any:
        """Smallest finite value: an `int` for integers, a NumPy scalar for floating types.

        Raises:
            TypeError: the type is neither an integer nor floating.
        """
        return self._finite_range("minimum").min

    @property
    def max(self) -> Any:
        """Largest finite value: an `int` for integers, a NumPy scalar for floating types.

        Raises:
            TypeError: the type is neither an integer nor floating.
        """
        return self._finite_range("maximum").max

    def _finite_range(self, which: str) -> Any:
        if self.is_integer:
            return np.iinfo(self.np_dtype)
        if self.is_floating:
            return ml_dtypes.finfo(self.np_dtype)
        raise TypeError(
            f"Cannot find the {which} value of {self}: only integer and floating types have one, "
            "quantized, complex, bool and string types do not."
        )

    @property
    def limits(self) -> tuple[Any, Any]:
        """Range of image intensities `(low, high)`: `(0, 1)` for floats, `(0, max)` for integers.

        Raises:
            ValueError: the type has no such range: only the integers, bool, float32 and float64 do.
        """
        if self.is_integer:
            return 0, self.max
        if self.is_bool:
            return 0, True
        if self.base_dtype in (float32, float64):
            return 0, 1
        raise ValueError(
            f"{self} does not have defined limits: only integers, bool, float32 and float64 have."
        )

    def is_compatible_with(self, other: Any) -> builtins.bool:
        """Whether a value of type `other` can be used where this type is wanted.

        A reference can be used as a value, but a value is no reference.

        Args:
            other: anything that `as_dtype` accepts.

        Raises:
            TypeError: `other` is no type.

        Example:
            >>> float32.is_compatible_with(float32_ref), float32_ref.is_compatible_with("float32")
            (True, False)
        """
        other = as_dtype(other)
        return other is self or other.base_dtype is self

    def __eq__(self, other: object) -> builtins.bool:
        if self is other:
            return True
        if other is None or type(other) is DType:
            return False
        try:
            return as_dtype(other) is self
        except TypeError:
            return False

    # The wire number rather than the address: sets of types then have the same order in every process.
    def __hash__(self) -> int:
        return self.as_datatype_enum

    def __int__(self) -> int:
        return self.as_datatype_enum

    def __repr__(self) -> str:
        return "tf." + self.name

    def __str__(self) -> str:
        return f"<dtype: '{self.name}'>"

    def __reduce__(self) -> tuple[Any, ...]:
        return as_dtype, (self.name,)


def as_dtype(type_value: Any) -> DType:
    """Turns what names a type into its `DType`.

    Args:
        type_value: a `DType`; a name (`"float32"`, `"float"`, `"double"`, `"half"`, `"float32_ref"`,
            ...); a number of the wire format (`DT_FLOAT` is 1, references are 100 higher); a NumPy
            dtype or scalar type; the Python types `float` (float32), `bool` and `object` (string);
            or an object that has a `dtype`, such as an array.

    Returns:
        The `DType`.

    Raises:
        TypeError: `type_value` is none of these.

    Example:
        >>> as_dtype("double"), as_dtype(3), as_dtype(np.uint8), as_dtype(float)
        (tf.float64, tf.int32, tf.uint8, tf.float32)
    """
    if isinstance(type_value, DType):
        return type_value
    found = None
    if isinstance(type_value, str):
        found = _BY_NAME.get(type_value)
    elif isinstance(type_value, type):
        found = _BY_TYPE.get(type_value)
    elif isinstance(type_value, np.dtype):
        return from_numpy(type_value)
    elif isinstance(type_value, (int, np.integer)):
        found = _BY_ENUM.get(int(type_value))
    elif hasattr(type_value, "dtype"):
        return as_dtype(type_value.dtype)
    if found is None:
        raise TypeError(_unknown_type_message(type_value))
    return found


def from_numpy(dtype: np.dtype) -> DType:
    """Finds the type of tensors made from arrays of a NumPy dtype.

    Args:
        dtype: a NumPy dtype in any byte order. Bytes, unicode and object dtypes are strings.

    Returns:
        The `DType`.

    Raises:
        TypeError: no tensor can hold such elements (times, records, 80-bit floats, ...).

    Example:
        >>> from_numpy(np.dtype("S5")), from_numpy(np.dtype(">i4"))
        (tf.string, tf.int32)
    """
    found = _BY_NUMPY.get(dtype)
    if found is None and dtype.kind in _TEXT_KINDS:
        found = string
    if found is None and not dtype.isnative:
        found = _BY_NUMPY.get(dtype.newbyteorder("="))
    if found is None:
        raise TypeError(
            f"NumPy dtype {dtype!r} has no tensor type. Convert the array first, for example with "
            f"array.astype(np.float32); tensors can hold {_known_names()}."
        )
    return found


def _from_enum(type_enum: int) -> DType:
    found = _BY_ENUM.get(type_enum) if isinstance(type_enum, (int, np.integer)) else None
    if found is None:
        raise TypeError(f"DType({type_enum!r}) does not exist. {_known_numbers()}")
    return found


# What people mean by the Python types that stand for no tensor type, since their width is left open.
_PYTHON_TYPE_ADVICE = {
    int: "tf.int32 or tf.int64",
    complex: "tf.complex64 or tf.complex128",
    str: "tf.string",
    bytes: "tf.string",
}


def _unknown_type_message(type_value: Any) -> str:
    message = f"Cannot convert {type_value!r} to a DType."
    if isinstance(type_value, type) and type_value in _PYTHON_TYPE_ADVICE:
        return f"{message} Write {_PYTHON_TYPE_ADVICE[type_value]} instead."
    if isinstance(type_value, int):
        return f"{message} {_known_numbers()}"
    return (
        f"{message} Expected a tf.DType, a NumPy dtype or scalar type, float, bool, a type number, "
        f"or one of the names {_known_names()}."
    )


def _known_numbers() -> str:
    last = max(d.as_datatype_enum for d in _BY_ENUM.values() if not d.is_ref_dtype)
    return f"Types have the numbers 1 to {last}, their references {_REF_OFFSET + 1} to {_REF_OFFSET + last}."


def _known_names() -> str:
    return ", ".join(d.name for d in _BY_ENUM.values() if not d.is_ref_dtype)


def _new_dtype(name: str, enum: int, numpy_type: Any, kind: str, base: DType | None) -> DType:
    dtype = object.__new__(DType)
    dtype.name = name
    dtype.as_datatype_enum = enum
    dtype._numpy_type = numpy_type
    dtype.np_dtype = np.dtype(numpy_type)
    dtype.base_dtype = dtype if base is None else base
    dtype.real_dtype = dtype
    dtype.is_floating = kind == "floating"
    dtype.is_integer = kind in ("signed", "unsigned")
    dtype.is_unsigned = kind == "unsigned"
    dtype.is_complex = kind == "complex"
    dtype.is_bool = kind == "bool"
    dtype.is_quantized = kind == "quantized"
    dtype.is_numpy_compatible = kind != "handle"
    dtype.is_ref_dtype = base is not None
    dtype.size = 0 if kind in ("string", "handle") else dtype.np_dtype.itemsize
    _BY_ENUM[enum] = dtype
    _BY_NAME[name] = dtype
    return dtype


def _define(
    name: str, enum: int, numpy_type: Any, kind: str, alias: str | None = None, real: DType | None = None
) -> DType:
    """Makes a type and its reference twin, and enters both into the tables."""
    dtype = _new_dtype(name, enum, numpy_type, kind, None)
    ref = _new_dtype(name + "_ref", enum + _REF_OFFSET, numpy_type, kind, dtype)
    dtype._as_ref = ref._as_ref = ref
    if real is not None:
        dtype.real_dtype = ref.real_dtype = real
    if alias is not None:
        _BY_NAME[alias] = dtype
        _BY_NAME[alias + "_ref"] = ref
    if kind != "handle":
        _BY_NUMPY[dtype.np_dtype] = dtype
        if isinstance(numpy_type, type):
            _BY_TYPE[numpy_type] = dtype
    return dtype


def _quantized(name: str, storage: Any) -> np.dtype:
    """A structured dtype, which keeps quantized values apart from the plain integers that store them."""
    return np.dtype([(name, storage)])


float32 = _define("float32", 1, np.float32, "floating", alias="float")
float64 = _define("float64", 2, np.float64, "floating", alias="double")
int32 = _define("int32", 3, np.int32, "signed")
uint8 = _define("uint8", 4, np.uint8, "unsigned")
int16 = _define("int16", 5, np.int16, "signed")
int8 = _define("int8", 6, np.int8, "signed")
string = _define("string", 7, object, "string")
complex64 = _define("complex64", 8, np.complex64, "complex", real=float32)
int64 = _define("int64", 9, np.int64, "signed")
bool = _define("bool", 10, np.bool_, "bool")
qint8 = _define("qint8", 11, _quantized("qint8", np.int8), "quantized")
quint8 = _define("quint8", 12, _quantized("quint8", np.uint8), "quantized")
qint32 = _define("qint32", 13, _quantized("qint32", np.int32), "quantized")
bfloat16 = _define("bfloat16", 14, ml_dtypes.bfloat16, "floating")
qint16 = _define("qint16", 15, _quantized("qint16", np.int16), "quantized")
quint16 = _define("quint16", 16, _quantized("quint16", np.uint16), "quantized")
uint16 = _define("uint16", 17, np.uint16, "unsigned")
complex128 = _define("complex128", 18, np.complex128, "complex", real=float64)
float16 = _define("float16", 19, np.float16, "floating", alias="half")
resource = _define("resource", 20, object, "handle")
variant = _define("variant", 21, object, "handle")
uint32 = _define("uint32", 22, np.uint32, "unsigned")
uint64 = _define("uint64", 23, np.uint64, "unsigned")

half = float16
double = float64

float16_ref = half_ref = float16._as_ref
float32_ref = float32._as_ref
float64_ref = double_ref = float64._as_ref
bfloat16_ref = bfloat16._as_ref
int8_ref = int8._as_ref
int16_ref = int16._as_ref
int32_ref = int32._as_ref
int64_ref = int64._as_ref
uint8_ref = uint8._as_ref
uint16_ref = uint16._as_ref
uint32_ref = uint32._as_ref
uint64_ref = uint64._as_ref
bool_ref = bool._as_ref
complex64_ref = complex64._as_ref
complex128_ref = complex128._as_ref
string_ref = string._as_ref
resource_ref = resource._as_ref
variant_ref = variant._as_ref
qint8_ref = qint8._as_ref
quint8_ref = quint8._as_ref
qint16_ref = qint16._as_ref
quint16_ref = quint16._as_ref
qint32_ref = qint32._as_ref

#: The quantized types and their references.
QUANTIZED_DTYPES = frozenset(d for d in _BY_ENUM.values() if d.is_quantized)

# Python's float is float32 although NumPy's is float64: that is TensorFlow's rule.
_BY_TYPE.update({builtins.float: float32, builtins.bool: bool, np.str_: string, np.bytes_: string,
                 np.object_: string})  # fmt: skip
# C integer types that are other classes than the sized ones, though of the same size.
_BY_TYPE.update({c: from_numpy(np.dtype(c)) for c in (np.intc, np.uintc, np.longlong, np.ulonglong)})
