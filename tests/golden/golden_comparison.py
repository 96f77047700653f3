"""Comparing what a module under test returns with what was recorded.

Classes are recognized by name, so that any module with the same names can be tested.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from golden_cases import Arrays, expected_value

_PLAIN = (bool, int, float, str, type(None))
_COMPOSITES = {"RaggedTensor", "SparseTensor", "IndexedSlices"}


# Arrays.

def difference(got: Any, want: Any, rtol: float, atol: float) -> str | None:
    """How two arrays differ, in a sentence; None where they agree.

    Integers must be equal unless `atol` is 1 or more, and NaN is equal to NaN.

    Args:
      got: What the module under test returned.
      want: What was recorded.
      rtol: Relative tolerance of floating point numbers.
      atol: Absolute tolerance.
    """
    got, want = widened(got), np.asarray(want)
    if got.shape != want.shape:
        return f"shape {list(got.shape)}, expected {list(want.shape)}"
    if object in (want.dtype, got.dtype):
        return _difference_of_strings(got, want)
    if want.dtype.kind in "fc":
        kind = np.complex128 if "c" in (want.dtype.kind, got.dtype.kind) else np.float64
        got, want = got.astype(kind), want.astype(kind)
        agrees = np.isclose(got, want, rtol=rtol, atol=atol, equal_nan=True)
    elif want.dtype.kind in "iu" and atol >= 1:
        agrees = np.abs(got.astype(np.float64) - want.astype(np.float64)) <= atol
    else:
        agrees = np.asarray(got == want)
    bad = np.flatnonzero(~agrees.ravel())
    if not bad.size:
        return None
    first = bad[0]
    text = (f"{bad.size} of {agrees.size} elements differ, first at flat index {first}: "
            f"{got.ravel()[first].item()!r}, expected {want.ravel()[first].item()!r}")
    if want.dtype.kind in "fc":
        with np.errstate(all="ignore"):
            worst = np.nanmax(np.abs(got - want))
        text += f" (largest difference {worst:.3g}; rtol {rtol:g}, atol {atol:g})"
    return text


def _difference_of_strings(got: np.ndarray, want: np.ndarray) -> str | None:
    pairs = [(_as_bytes(a), _as_bytes(b)) for a, b in zip(got.ravel(), want.ravel(), strict=True)]
    bad = [index for index, (a, b) in enumerate(pairs) if a != b]
    if not bad:
        return None
    a, b = pairs[bad[0]]
    return f"{len(bad)} of {len(pairs)} strings differ, first at {bad[0]}: {a!r}, expected {b!r}"


def _as_bytes(value: Any) -> Any:
    return value.encode("utf-8") if isinstance(value, str) else value


def widened(value: Any) -> np.ndarray:
    """An array whose type NumPy has: bfloat16 as float32, quantized types as integers, strings as `bytes`."""
    array = np.asarray(value)
    if array.dtype.fields:
        array = array.view(array.dtype[0])
    if array.dtype.name == "bfloat16":
        return array.astype(np.float32)
    if array.dtype.kind == "U":
        return np.array([text.encode("utf-8") for text in array.ravel()], dtype=object).reshape(array.shape)
    return array.astype(object) if array.dtype.kind == "S" else array


# Plain values: numbers, names, shapes.

def class_names(value: Any) -> set[str]:
    """The names of a value's class and of its bases."""
    return {base.__name__ for base in type(value).__mro__}


def plain(value: Any) -> Any:
    """A value of Python, a shape or a dtype, as JSON has it."""
    names = class_names(value)
    if "TensorShape" in names:
        return {"TensorShape": None if value.ndims is None else value.as_list()}
    if "Dimension" in names:
        return value.value
    if "DType" in names:
        return {"DType": value.name}
    if isinstance(value, np.dtype) or (isinstance(value, type) and issubclass(value, np.generic)):
        return {"dtype": np.dtype(value).name}
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, bytes):
        return {"bytes": value.decode("latin-1")}
    if isinstance(value, _PLAIN):
        return value
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    return {"object": type(value).__name__}


def same_plain(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-6) -> bool:
    """Whether two plain values are equal, numbers within the tolerances."""
    if isinstance(a, float) or isinstance(b, float):
        numbers = isinstance(a, (int, float)) and isinstance(b, (int, float))
        return numbers and bool(np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True))
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same_plain(x, y, rtol, atol) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same_plain(a[key], b[key], rtol, atol) for key in a)
    return bool(a == b)


# Structures of tensors.

def is_tensor(value: Any) -> bool:
    return bool(class_names(value) & {"Tensor", "Variable", "VariableV1"}) or (
        hasattr(value, "op") and hasattr(value, "graph") and hasattr(value, "dtype"))


def static_shape(tensor: Any) -> list[int | None] | None:
    """What is known of a tensor's shape while building; None for an unknown rank."""
    shape = tensor.get_shape()
    return None if shape.ndims is None else shape.as_list()


def flattened(value: Any) -> tuple[Any, list[Any]]:
    """The structure of what a call returned, as README.md writes it, and its tensors in order."""
    leaves: list[Any] = []
    return _structure(value, leaves), leaves


def _structure(value: Any, leaves: list[Any]) -> Any:
    names = class_names(value)

    def parts(*values: Any) -> list[Any]:
        return [_structure(item, leaves) for item in values]

    if "RaggedTensor" in names:
        return {"RaggedTensor": parts(value.flat_values, *value.nested_row_splits)}
    if "SparseTensor" in names:
        return {"SparseTensor": parts(value.indices, value.values, value.dense_shape)}
    if "IndexedSlices" in names:
        rows = [] if value.dense_shape is None else [value.dense_shape]
        return {"IndexedSlices": parts(value.values, value.indices, *rows)}
    if is_tensor(value):
        leaves.append(value)
        return "T"
    if "Operation" in names:
        return "op"
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return {"fields": {name: _structure(getattr(value, name), leaves) for name in value._fields}}
    if isinstance(value, (list, tuple)) and _holds_graph_elements(value):
        return {"list": parts(*value)}
    if isinstance(value, dict) and _holds_graph_elements(value):
        return {"dict": {str(key): _structure(value[key], leaves) for key in sorted(value)}}
    return {"py": plain(value)}


def _holds_graph_elements(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_holds_graph_elements(item) for item in value)
    if isinstance(value, dict):
        return any(_holds_graph_elements(item) for item in value.values())
    return bool(class_names(value) & (_COMPOSITES | {"Operation"})) or is_tensor(value)


def same_structure(got: Any, want: Any) -> bool:
    """Whether two structures are equal; a named tuple also answers for a plain sequence."""
    if isinstance(got, dict) and isinstance(want, dict):
        if "fields" in got and "list" in want:
            got = {"list": list(got["fields"].values())}
        return got.keys() == want.keys() and all(same_structure(got[key], want[key]) for key in got)
    if isinstance(got, list) and isinstance(want, list):
        return len(got) == len(want) and all(same_structure(x, y) for x, y in zip(got, want, strict=True))
    return same_plain(got, want)


# What programs return.

def result_differences(got: Any, want: Any, arrays: Arrays, rtol: float, atol: float,
                       where: str = "result") -> list[str]:
    """How one value that a program returned differs from its recorded form.

    Args:
      got: The value, an array or nested sequences and dicts of such.
      want: Its recorded form, see README.md.
      arrays: The arrays of the family.
      rtol: Relative tolerance of floating point numbers.
      atol: Absolute tolerance.
      where: What the sentences call the value.

    Returns:
      A sentence for each difference.
    """
    if "array" in want or "values" in want:
        return _array_differences(got, want, arrays, rtol, atol, where)
    if "list" in want:
        if not isinstance(got, (list, tuple)):
            return [f"{where} is a {type(got).__name__}, expected a sequence"]
        if len(got) != len(want["list"]):
            return [f"{where} has {len(got)} items, expected {len(want['list'])}: {repr(got)[:200]}"]
        pairs = enumerate(zip(got, want["list"], strict=True))
        return [text for index, (item, wanted) in pairs
                for text in result_differences(item, wanted, arrays, rtol, atol, f"{where}[{index}]")]
    if "dict" in want:
        if not isinstance(got, dict) or sorted(map(str, got)) != sorted(want["dict"]):
            return [f"{where} is {repr(got)[:200]}, expected keys {sorted(want['dict'])}"]
        items = {str(key): item for key, item in got.items()}
        return [text for key in sorted(items)
                for text in result_differences(items[key], want["dict"][key], arrays, rtol, atol, f"{where}[{key!r}]")]
    value = plain(got)
    if same_plain(value, want["py"], rtol, atol):
        return []
    return [f"{where} is {repr(value)[:300]}, expected {repr(want['py'])[:300]}"]


def _array_differences(got: Any, want: Any, arrays: Arrays, rtol: float, atol: float, where: str) -> list[str]:
    if isinstance(got, (list, tuple)) or got is None:
        return [f"{where} is a {type(got).__name__}, expected an array"]
    array = widened(got)
    dtype = getattr(got, "dtype", array.dtype)
    name = getattr(dtype, "name", array.dtype.name)
    if "values" not in want and name != want["dtype"] and want.get("strict_dtype", True):
        return [f"{where} has dtype {name}, expected {want['dtype']}"]
    text = difference(array, expected_value(want, arrays), rtol, atol)
    return [f"{where}: {text}"] if text else []
