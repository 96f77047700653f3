"""Assertions on arrays and tensors, for `tf.test.TestCase`.

Wherever an array is expected, a tensor, a variable or nested lists will do; tensors are evaluated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from absl.testing import absltest

from millpond import dtypes
from millpond.graph.default import is_tensor
from millpond.graph.tensor import Tensor

# Differences that a message lists.
_LISTED = 10


class ArrayAssertions(absltest.TestCase):
    """The assertions; `evaluate` comes from the class that mixes them in."""

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors."""
        raise NotImplementedError(f"{type(self).__name__}.evaluate")

    def _array(self, value: Any) -> np.ndarray:
        array = np.asarray(self.evaluate(value) if is_tensor(value) else value)
        return np.char.encode(array, "utf-8").astype(object) if array.dtype.kind == "U" else array

    # Equal and close.

    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Asserts that two arrays have the same shape and elements; NaN equals NaN, a text its bytes in UTF-8."""
        a, b = self._array(a), self._array(b)
        self._assert_same_shape(a, b, msg)
        different = _different(a, b)
        if different.any():
            self.fail(self._formatMessage(msg, f"Arrays are not equal: {_list(different, a, b)}"))

    def assertNotAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Asserts that two arrays of the same shape differ somewhere."""
        a, b = self._array(a), self._array(b)
        self._assert_same_shape(a, b, msg)
        if not _different(a, b).any():
            self.fail(self._formatMessage(msg, f"The two values are equal at all elements: {a!r}"))

    def assertAllClose(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None) -> None:
        """Asserts that |a - b| <= atol + rtol * |b| everywhere.

        Args:
          a, b: Arrays of the same shape, or dicts, named tuples, lists and tuples of them.
        """
        self._assert_close(a, b, rtol, atol, msg, "")

    def _assert_close(self, a: Any, b: Any, rtol: float, atol: float, msg: str | None, path: str) -> None:
        a, b = _fields(a), _fields(b)
        if isinstance(a, Mapping) or isinstance(b, Mapping):
            if not (isinstance(a, Mapping) and isinstance(b, Mapping)):
                raise ValueError(f"Can't compare dict to non-dict, a{path} vs b{path}. {msg or ''}")
            self.assertCountEqual(a, b, f"mismatched keys: a{path} has keys {list(a)}, but b{path} has keys "
                                        f"{list(b)}. {msg or ''}")
            for key in a:
                self._assert_close(a[key], b[key], rtol, atol, msg, f"{path}[{key}]")
        elif _has_parts(a) or _has_parts(b):
            self.assertLen(b, len(a), f"a{path} and b{path} have another length. {msg or ''}")
            for i, (one, other) in enumerate(zip(a, b, strict=True)):
                self._assert_close(one, other, rtol, atol, msg, f"{path}[{i}]")
        else:
            self._assert_arrays_close(self._array(a), self._array(b), rtol, atol, msg, path)

    def _assert_arrays_close(self, a: np.ndarray, b: np.ndarray, rtol: float, atol: float, msg: str | None,
                             path: str) -> None:
        self._assert_same_shape(a, b, msg)
        dtype, a, b = a.dtype, _widened(a), _widened(b)
        close = np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
        if not close.all():
            worst = np.max(np.abs(a - b)[~close])
            self.fail(self._formatMessage(
                msg, f"Not equal to tolerance rtol={rtol:g}, atol={atol:g}\nMismatched value: a{path} is different "
                     f"from b{path} (largest difference {worst:g}, dtype {dtype}): {_list(~close, a, b)}"))

    def assertNotAllClose(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6,
                          msg: str | None = None) -> None:
        """Asserts that two arrays are not close at some element; see `assertAllClose`."""
        try:
            self.assertAllClose(a, b, rtol, atol)
        except AssertionError:
            return
        self.fail(self._formatMessage(msg, "The two values are close at all elements"))

    def assertAllCloseAccordingToType(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6,
                                      float_rtol: float = 1e-6, float_atol: float = 1e-6, half_rtol: float = 1e-3,
                                      half_atol: float = 1e-3, bfloat16_rtol: float = 1e-2,
                                      bfloat16_atol: float = 1e-2, msg: str | None = None) -> None:
        """`assertAllClose` with the loosest tolerances that the dtype of either array calls for."""
        a, b = self._array(a), self._array(b)
        for dtype, of_dtype in ((np.float32, (float_rtol, float_atol)), (np.complex64, (float_rtol, float_atol)),
                                (np.float16, (half_rtol, half_atol)),
                                (dtypes.bfloat16.as_numpy_dtype, (bfloat16_rtol, bfloat16_atol))):
            if dtype in (a.dtype, b.dtype):
                rtol, atol = max(rtol, of_dtype[0]), max(atol, of_dtype[1])
        self.assertAllClose(a, b, rtol, atol, msg)

    def _assert_same_shape(self, a: np.ndarray, b: np.ndarray, msg: str | None) -> None:
        if a.shape != b.shape:
            self.fail(self._formatMessage(
                msg, f"Shape mismatch: expected {a.shape}, got {b.shape}. Contents:\n a: {a!r}\n b: {b!r}"))

    # Near, for single numbers and norms.

    def assertNear(self, f1: float, f2: float, err: float, msg: str | None = None) -> None:
        """Asserts that |f1 - f2| <= err."""
        if not (f1 == f2 or abs(f1 - f2) <= err):
            self.fail(self._formatMessage(msg, f"{f1} != {f2} +/- {err} (difference: {abs(f1 - f2)})"))

    def assertArrayNear(self, farray1: Any, farray2: Any, err: float, msg: str | None = None) -> None:
        """Asserts that two sequences are near, number by number."""
        self.assertLen(farray2, len(farray1), msg)
        for f1, f2 in zip(farray1, farray2, strict=True):
            self.assertNear(float(f1), float(f2), err, msg)

    def assertNDArrayNear(self, ndarray1: Any, ndarray2: Any, err: float, msg: str | None = None) -> None:
        """Asserts that the norm of the difference is below `err`."""
        norm = np.linalg.norm((self._array(ndarray1) - self._array(ndarray2)).ravel())
        if not norm < err:
            self.fail(self._formatMessage(msg, f"The norm of the difference is {norm}, which is not below {err}"))

    # Order and ranges.

    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        """Asserts that all elements are greater than a number."""
        self._assert_each(a, np.greater, comparison_target, "greater than")

    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:
        """Asserts that all elements are a number or greater."""
        self._assert_each(a, np.greater_equal, comparison_target, "greater than or equal to")

    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        """Asserts that all elements are less than a number."""
        self._assert_each(a, np.less, comparison_target, "less than")

    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:
        """Asserts that all elements are a number or less."""
        self._assert_each(a, np.less_equal, comparison_target, "less than or equal to")

    def _assert_each(self, a: Any, holds: Callable[..., Any], target: Any, words: str) -> None:
        a = self._array(a)
        wrong = ~holds(a, target)
        if wrong.any():
            self.fail(f"Not {words} {target}: {_list(wrong, a)}")

    def assertAllInRange(self, target: Any, lower_bound: Any, upper_bound: Any, open_lower_bound: bool = False,
                         open_upper_bound: bool = False) -> None:
        """Asserts that all elements lie between two bounds, which belong to the range unless they are open."""
        a = self._array(target)
        above = np.greater if open_lower_bound else np.greater_equal
        below = np.less if open_upper_bound else np.less_equal
        outside = ~(above(a, lower_bound) & below(a, upper_bound))
        if outside.any():
            range_ = f"{'(' if open_lower_bound else '['}{lower_bound}, {upper_bound}{')' if open_upper_bound else ']'}"
            self.fail(f"Outside the range {range_}: {_list(outside, a)}")

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:
        """Asserts that all elements are among those of a set."""
        others = sorted(set(self._array(target).ravel().tolist()) - set(expected_set))
        if others:
            self.fail(f"{len(others)} unique element(s) are not in the set {expected_set}: {others}")

    # Shapes and dtypes.

    def assertShapeEqual(self, input_a: Any, input_b: Any, msg: str | None = None) -> None:
        """Asserts that two arrays or tensors have the same (static) shape.

        Raises:
          TypeError: If one is neither.
        """
        shapes = []
        for name, value in (("input_a", input_a), ("input_b", input_b)):
            if not isinstance(value, (np.ndarray, np.generic, Tensor)):
                raise TypeError(f"{name} must be a Numpy ndarray, Numpy scalar, or a Tensor. Instead received "
                                f"{type(value)}")
            shapes.append(list(value.shape) if isinstance(value, (np.ndarray, np.generic)) else value.shape.as_list())
        self.assertEqual(shapes[0], shapes[1], msg)

    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:
        """Asserts that an array or tensor is of a dtype, or each item of a list or dict."""
        if isinstance(target, Mapping):
            target = list(target.values())
        for value in target if isinstance(target, list) else [target]:
            found = dtypes.as_dtype(value.dtype if hasattr(value, "dtype") else self._array(value).dtype).base_dtype
            expected = dtypes.as_dtype(expected_dtype).base_dtype
            if found is not expected:
                self.fail(f"The dtype is {found.name}, not {expected.name}")


def _fields(value: Any) -> Any:
    """Named tuples as dicts."""
    return value._asdict() if hasattr(value, "_asdict") else value


def _has_parts(value: Any) -> bool:
    """Whether a list or tuple is no array: it holds dicts, tensors, or arrays of different shapes."""
    if not isinstance(value, (list, tuple)):
        return False
    if any(isinstance(item, Mapping) or hasattr(item, "_asdict") or is_tensor(item) for item in value):
        return True
    if any(_has_parts(item) for item in value):
        return True
    return len({np.shape(item) for item in value}) > 1


def _widened(array: np.ndarray) -> np.ndarray:
    """Half-precision and small integers in a dtype whose differences are exact enough."""
    if array.dtype == object:
        return array.astype(np.float64)
    if array.dtype in (np.float16, dtypes.bfloat16.as_numpy_dtype):
        return array.astype(np.float32)
    return array.astype(np.float64) if array.dtype.kind in "bui" else array


def _different(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    different = np.asarray(a != b)
    if all(array.dtype.kind in "fc" or array.dtype == dtypes.bfloat16.as_numpy_dtype for array in (a, b)):
        different = different & ~(np.isnan(a) & np.isnan(b))
    return different


def _list(wrong: np.ndarray, *arrays: np.ndarray) -> str:
    """How many elements are wrong, and the first of them with their places."""
    places = np.argwhere(wrong)
    lines = [f"{len(places)} of {wrong.size} elements"]
    for place in places[:_LISTED]:
        index = tuple(int(i) for i in place)
        lines.append(f"  {list(index)}: " + " != ".join(repr(_item(array[index])) for array in arrays))
    if len(places) > _LISTED:
        lines.append(f"  and {len(places) - _LISTED} more")
    return "\n".join(lines)


def _item(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
