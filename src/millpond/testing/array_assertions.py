"""Assertions on arrays and tensors, for `tf.test.TestCase`.

Wherever an array is expected, a tensor, a variable or nested lists will do; tensors are evaluated.
"""

from __future__ import annotations

import copy
import numbers
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from absl.testing import absltest

from millpond import dtypes
from millpond.graph.default import is_tensor
from millpond.graph.tensor import Tensor

# The place in two structures, such as "[y][1]", and what stands there in each.
Pair = tuple[str, np.ndarray, np.ndarray]

# Differences that a message lists.
_LISTED = 10


class ArrayAssertions(absltest.TestCase):
    """The assertions; `evaluate` comes from the class that mixes them in."""

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors."""
        raise NotImplementedError(f"{type(self).__name__}.evaluate")

    def _array(self, value: Any) -> np.ndarray:
        array = np.asarray(self._evaluated(value))
        return np.char.encode(array, "utf-8").astype(object) if array.dtype.kind == "U" else array

    def _evaluated(self, structure: Any) -> Any:
        """A structure with the values of its tensors, wherever they stand; all come from one run."""
        tensors: list[Any] = []
        _replaced(structure, tensors.append)
        if not tensors:
            return structure
        values = iter(self.evaluate(tensors))
        return _replaced(structure, lambda _: next(values))

    def _numbers(self, value: Any) -> np.ndarray:
        """An array whose elements have an order.

        Raises:
          AssertionError: If they have none, as texts and parts of different shapes do.
        """
        value = self._evaluated(value)
        if _has_parts(value):
            self.fail(f"The parts of the value have different shapes: {value!r}")
        array = np.asarray(value)
        if array.dtype.kind not in "iuf" and array.dtype != dtypes.bfloat16.as_numpy_dtype:
            self.fail(f"The value is of dtype {array.dtype.name}, whose elements are no ordered numbers: {value!r}")
        return array

    def _pairs(self, a: Any, b: Any, msg: str | None, by_name: bool, path: str = "") -> Iterator[Pair]:
        """The arrays that two structures hold, two by two.

        Args:
          a, b: Structures, already evaluated.
          by_name: Named tuples count as dicts, and only dicts compare with dicts.

        Raises:
          AssertionError: If the structures have other keys or lengths.
          ValueError: If one is a dict and the other is not, and `by_name`.
        """
        if by_name:
            a, b = _fields(a), _fields(b)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            self.assertCountEqual(a, b, f"mismatched keys: a{path} has keys {list(a)}, but b{path} has keys "
                                        f"{list(b)}. {msg or ''}")
            for key in a:
                yield from self._pairs(a[key], b[key], msg, by_name, f"{path}[{key}]")
        elif by_name and (isinstance(a, Mapping) or isinstance(b, Mapping)):
            raise ValueError(f"Can't compare dict to non-dict, a{path} vs b{path}. {msg or ''}")
        elif _has_parts(a) or _has_parts(b):
            if _length(a) != _length(b):
                self.fail(self._formatMessage(msg, f"Shape mismatch: expected {_length(a)}, got {_length(b)}. "
                                                   f"Contents:\n a{path}: {a!r}\n b{path}: {b!r}"))
            for i, (one, other) in enumerate(zip(a, b, strict=True)):
                yield from self._pairs(one, other, msg, by_name, f"{path}[{i}]")
        else:
            yield path, self._array(a), self._array(b)

    # Equal and close.

    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Asserts that two arrays have the same shape and elements; NaN equals NaN, a text its bytes in UTF-8.

        Args:
          a, b: Arrays, or dicts, lists and tuples of them; a named tuple counts as a tuple.
          msg: What to say besides.

        Raises:
          AssertionError: If they differ; the message names the place in the structure and in the array.

        Example:
          >>> import millpond as tf
          >>> case = tf.test.TestCase()
          >>> case.assertAllEqual({"sizes": [1, [2, 3]]}, {"sizes": (1, np.array([2, 3]))})
          >>> case.assertAllEqual([1, [2, 3]], [1, [2, 4]])
          Traceback (most recent call last):
          AssertionError: Arrays are not equal (a[1] and b[1]): 1 of 2 elements
            [1]: 3 != 4
        """
        for path, one, other in self._pairs(self._evaluated(a), self._evaluated(b), msg, by_name=False):
            self._assert_same_shape(one, other, msg)
            different = _different(one, other)
            if different.any():
                place = f" (a{path} and b{path})" if path else ""
                self.fail(self._formatMessage(msg, f"Arrays are not equal{place}: {_list(different, one, other)}"))

    def assertNotAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Asserts that two arrays (or structures) differ somewhere, in their shape or in an element.

        Args:
          a, b: As in `assertAllEqual`.
          msg: What to say besides.

        Raises:
          AssertionError: If they are equal.

        Example:
          >>> import millpond as tf
          >>> tf.test.TestCase().assertNotAllEqual([1, 2], [1, 3])
        """
        a, b = self._evaluated(a), self._evaluated(b)
        try:
            self.assertAllEqual(a, b)
        except AssertionError:
            return
        self.fail(self._formatMessage(msg, f"The two values are equal at all elements: {a!r}"))

    def assertAllClose(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None) -> None:
        """Asserts that |a - b| <= atol + rtol * |b| everywhere.

        Args:
          a, b: Arrays of the same shape, or dicts, named tuples, lists and tuples of them.
          rtol: The tolerance, relative to `b`.
          atol: The tolerance in units of the arrays.
          msg: What to say besides.

        Raises:
          AssertionError: If they differ, have other keys, lengths or shapes.
          ValueError: If a dict (or named tuple) is compared with something else.
          TypeError: If an array holds no numbers.

        Example:
          >>> import millpond as tf
          >>> tf.test.TestCase().assertAllClose({"loss": [0.5, 1.0]}, {"loss": [0.5000001, 1.0]})
        """
        for path, one, other in self._pairs(self._evaluated(a), self._evaluated(b), msg, by_name=True):
            self._assert_arrays_close(one, other, rtol, atol, msg, path)

    def _assert_arrays_close(self, a: np.ndarray, b: np.ndarray, rtol: float, atol: float, msg: str | None,
                             path: str) -> None:
        self._assert_same_shape(a, b, msg)
        dtype, a, b = a.dtype, _widened(a, f"a{path}"), _widened(b, f"b{path}")
        close = np.isclose(a, b, rtol=rtol, atol=atol, equal_nan=True)
        if not close.all():
            with np.errstate(invalid="ignore"):
                worst = np.max(np.abs(a - b)[~close])
            self.fail(self._formatMessage(
                msg, f"Not equal to tolerance rtol={rtol:g}, atol={atol:g}\nMismatched value: a{path} is different "
                     f"from b{path} (largest difference {worst:g}, dtype {dtype}): {_list(~close, a, b)}"))

    def assertNotAllClose(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6,
                          msg: str | None = None) -> None:
        """Asserts that two arrays (or structures) are not close at some element.

        Args:
          a, b, rtol, atol: As in `assertAllClose`.
          msg: What to say besides.

        Raises:
          AssertionError: If they are close everywhere.

        Example:
          >>> import millpond as tf
          >>> tf.test.TestCase().assertNotAllClose([1.0], [1.1])
        """
        a, b = self._evaluated(a), self._evaluated(b)
        try:
            self.assertAllClose(a, b, rtol, atol)
        except AssertionError:
            return
        self.fail(self._formatMessage(msg, "The two values are close at all elements"))

    def assertAllCloseAccordingToType(self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6,
                                      float_rtol: float = 1e-6, float_atol: float = 1e-6, half_rtol: float = 1e-3,
                                      half_atol: float = 1e-3, bfloat16_rtol: float = 1e-2,
                                      bfloat16_atol: float = 1e-2, msg: str | None = None) -> None:
        """`assertAllClose` with the loosest tolerances that the dtype of either array calls for.

        Args:
          a, b: As in `assertAllEqual`.
          rtol, atol: The tolerances of float64 and integers, and the least of all others.
          float_rtol, float_atol: Those of float32 and complex64.
          half_rtol, half_atol: Those of float16.
          bfloat16_rtol, bfloat16_atol: Those of bfloat16.
          msg: What to say besides.

        Raises:
          AssertionError: If an element differs by more.

        Example:
          >>> import millpond as tf
          >>> tf.test.TestCase().assertAllCloseAccordingToType(np.float16([1.0]), np.float16([1.001]))
        """
        tolerances = ((np.float32, float_rtol, float_atol), (np.complex64, float_rtol, float_atol),
                      (np.float16, half_rtol, half_atol),
                      (dtypes.bfloat16.as_numpy_dtype, bfloat16_rtol, bfloat16_atol))
        for path, one, other in self._pairs(self._evaluated(a), self._evaluated(b), msg, by_name=False):
            asked = [(rtol, atol), *((r, t) for dtype, r, t in tolerances if dtype in (one.dtype, other.dtype))]
            self._assert_arrays_close(one, other, max(r for r, _ in asked), max(t for _, t in asked), msg, path)

    def _assert_same_shape(self, a: np.ndarray, b: np.ndarray, msg: str | None) -> None:
        if a.shape != b.shape:
            self.fail(self._formatMessage(
                msg, f"Shape mismatch: expected {a.shape}, got {b.shape}. Contents:\n a: {a!r}\n b: {b!r}"))

    # Near, for single numbers and norms.

    def assertNear(self, f1: float, f2: float, err: float, msg: str | None = None) -> None:
        """Asserts that |f1 - f2| <= err.

        Args:
          f1, f2: Numbers.
          err: How far they may be from each other.
          msg: What to say besides.

        Raises:
          AssertionError: If they differ by more.

        Example:
          >>> import millpond as tf
          >>> tf.test.TestCase().assertNear(0.3, 0.1 + 0.2, err=1e-9)
        """
        if not (f1 == f2 or abs(f1 - f2) <= err):
            self.fail(self._formatMessage(msg, f"{f1} != {f2} +/- {err} (difference: {abs(f1 - f2)})"))

    def assertArrayNear(self, farray1: Any, farray2: Any, err: float, msg: str | None = None) -> None:
        """Asserts that two sequences are near, number by number.

        Args:
          farray1, farray2: Sequences of numbers.
          err: How far two numbers may be from each other.
          msg: What to say besides.

        Raises:
          AssertionError: If two numbers differ by more, or there are more of one than of the other.

        Example:
          >>> import millpond as tf
          >>> tf.test.TestCase().assertArrayNear([1.0, 2.0], [1.0, 2.1], err=0.2)
        """
        self.assertLen(farray2, len(farray1), msg)
        for f1, f2 in zip(farray1, farray2, strict=True):
            self.assertNear(float(f1), float(f2), err, msg)

    def assertNDArrayNear(self, ndarray1: Any, ndarray2: Any, err: float, msg: str | None = None) -> None:
        """Asserts that the norm of the difference is below `err`.

        Args:
          ndarray1, ndarray2: Arrays of one shape.
          err: What the norm of their difference is below.
          msg: What to say besides.

        Raises:
          AssertionError: If the norm is not below.

        Example:
          >>> import millpond as tf
          >>> tf.test.TestCase().assertNDArrayNear(np.ones([2, 2]), np.ones([2, 2]), err=1e-6)
        """
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
        if not a.size:
            raise ValueError(f"An array without elements is not {words} anything: assert its shape instead.")
        if np.size(target) != 1:
            raise ValueError(f"The elements are compared with one number, but got {target!r}.")
        wrong = ~holds(a, target)
        if wrong.any():
            self.fail(f"Not {words} {target}: {_list(wrong, a)}")

    def assertAllInRange(self, target: Any, lower_bound: Any, upper_bound: Any, open_lower_bound: bool = False,
                         open_upper_bound: bool = False) -> None:
        """Asserts that all elements lie between two bounds.

        Args:
          target: An array of numbers.
          lower_bound, upper_bound: Numbers, or arrays of them that broadcast.
          open_lower_bound, open_upper_bound: Whether a bound itself lies outside the range.

        Raises:
          AssertionError: If an element lies outside, NaN included, or the elements have no order: texts, bools.

        Example:
          >>> import millpond as tf
          >>> tf.test.TestCase().assertAllInRange([0.0, 0.5], 0, 1, open_upper_bound=True)
        """
        a = self._numbers(target)
        above = np.greater if open_lower_bound else np.greater_equal
        below = np.less if open_upper_bound else np.less_equal
        outside = ~(above(a, lower_bound) & below(a, upper_bound))
        if outside.any():
            range_ = f"{'(' if open_lower_bound else '['}{lower_bound}, {upper_bound}{')' if open_upper_bound else ']'}"
            self.fail(f"Outside the range {range_}: {_list(outside, a)}")

    def assertAllInSet(self, target: Any, expected_set: Any) -> None:
        """Asserts that all elements are among those of a set."""
        others = set(np.asarray(self._evaluated(target)).ravel().tolist()) - set(expected_set)
        if others:
            self.fail(f"{len(others)} unique element(s) are not in the set {expected_set}: {sorted(others)}")

    # Shapes and dtypes.

    def assertShapeEqual(self, input_a: Any, input_b: Any, msg: str | None = None) -> None:
        """Asserts that two arrays or tensors have the same (static) shape.

        Args:
          input_a, input_b: NumPy arrays or scalars, or tensors.
          msg: What to say besides.

        Raises:
          AssertionError: If the shapes differ.
          TypeError: If one is neither.
          ValueError: If a tensor is of unknown rank.

        Example:
          >>> import millpond as tf
          >>> with tf.Graph().as_default():
          ...     tf.test.TestCase().assertShapeEqual(np.ones([2, 3]), tf.zeros([2, 3]))
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


def _replaced(structure: Any, replace: Callable[[Any], Any]) -> Any:
    """A structure with something else in the place of each tensor."""
    if is_tensor(structure):
        return replace(structure)
    if isinstance(structure, dict):
        # A copy, since the keys of a dict subclass may mean more than those of a dict.
        made = copy.copy(structure)
        made.update({key: _replaced(value, replace) for key, value in structure.items()})
        return made
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*[_replaced(item, replace) for item in structure])
    if isinstance(structure, (list, tuple)):
        return type(structure)([_replaced(item, replace) for item in structure])
    return structure


def _fields(value: Any) -> Any:
    """Named tuples as dicts."""
    return value._asdict() if hasattr(value, "_asdict") else value


def _has_parts(value: Any) -> bool:
    """Whether a list or tuple is no array: it holds dicts, or arrays of different shapes."""
    if not isinstance(value, (list, tuple)):
        return False
    try:
        array = np.asarray(value)
    except ValueError:
        return True
    return array.dtype == object and any(isinstance(item, (Mapping, list, tuple, np.ndarray)) for item in array.flat)


def _length(value: Any) -> tuple[int, ...]:
    """The shape of what has parts, as far as it has one: its length."""
    return (len(value),) if isinstance(value, (list, tuple)) else np.shape(value)[:1]


def _widened(array: np.ndarray, name: str) -> np.ndarray:
    """Half-precision and small integers in a dtype whose differences are exact enough.

    Raises:
      TypeError: If the array holds no numbers.
    """
    if array.dtype == object and all(isinstance(item, numbers.Number) for item in array.flat):
        array = np.array(array.tolist())
    if array.dtype in (np.float16, dtypes.bfloat16.as_numpy_dtype):
        return array.astype(np.float32)
    if array.dtype.kind not in "biufc":
        raise TypeError(f"{name} holds no numbers that could be close to others: {array!r}. Use assertAllEqual.")
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
