"""Feeds: from a `feed_dict` to arrays of the right dtype, checked against what is known of the shapes."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from millpond import nested
from millpond.errors import ResourceExhaustedError
from millpond.graph.graph import Graph
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.session.fetches import conversion_for
from millpond.session.kept_tensors import TensorHandle


def resolve_keys(graph: Graph, keys: Any) -> list[Tensor]:
    """The tensors that the plain keys of a feed_dict stand for; two keys may stand for one, and the later counts.

    Raises:
      TypeError: If a key is no tensor and no name of one.
      ValueError: If a tensor must not be fed.
    """
    tensors = []
    for key in keys:
        try:
            tensor = graph.as_graph_element(key, allow_operation=False)
        except (TypeError, ValueError, KeyError) as error:
            reason = error.args[0] if error.args else error
            raise TypeError(f"Cannot interpret feed_dict key {key!r} as Tensor: {reason}") from None
        if not graph.is_feedable(tensor):
            raise ValueError(f"Tensor {tensor} may not be fed.")
        tensors.append(tensor)
    return tensors


def expand(feed_dict: dict[Any, Any]) -> dict[Any, Any]:
    """Replaces composite keys (sparse tensors, indexed slices, registered types, tuples of tensors) by their parts."""
    flat: dict[Any, Any] = {}
    for key, value in feed_dict.items():
        conversion = None if isinstance(key, (Tensor, str)) else conversion_for(key)
        if conversion is not None and conversion.feed is not None:
            flat.update(conversion.feed(key, value))
        elif isinstance(key, (list, tuple)):
            flat.update(expand_pairs(key, value))
        else:
            flat[key] = value
    return flat


def expand_pairs(keys: Any, values: Any) -> dict[Any, Any]:
    """The parts of a tuple of keys with those of its value. Both may be nested, and, as in TensorFlow, each in its own
    way.

    Raises:
      ValueError: If there are not as many values as keys, or a key comes twice.
    """
    parts, flat = nested.flatten(keys), nested.flatten(values)
    if len(parts) != len(flat):
        raise ValueError(f"The keys {keys} of a feed_dict are {len(parts)}, and need as many values, but got "
                         f"{_brief(values)}")
    if len(set(parts)) != len(parts):
        raise ValueError(f"The keys {keys} of a feed_dict name one tensor twice")
    return expand(dict(zip(parts, flat, strict=True)))


def expand_keys(keys: Any) -> list[Any]:
    """Replaces composite keys by their parts, where there are no values yet (`partial_run_setup`).

    Raises:
      ValueError: If a registered type did not say what it feeds in a partial run.
    """
    flat: list[Any] = []
    for key in keys:
        conversion = None if isinstance(key, (Tensor, str)) else conversion_for(key)
        if conversion is None:
            flat.append(key)
        elif conversion.feed_keys is None:
            raise ValueError(f"{type(key)} cannot be fed in a partial run: it was registered without "
                             "feed_function_for_partial_run.")
        else:
            flat.extend(conversion.feed_keys(key))
    return flat


def is_plain(feed_dict: dict[Any, Any]) -> bool:
    """Whether all keys are tensors or names."""
    return all([isinstance(key, (Tensor, str)) for key in feed_dict])


class FeedConverter:
    """Makes arrays for one tensor."""

    __slots__ = ("tensor", "dtype", "sizes", "rank", "known")

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor
        self.dtype = tensor.dtype.base_dtype.np_dtype
        # A static shape is checked each time; set_shape after planning makes a new plan.
        self.sizes = tensor.shape.sizes
        self.rank = None if self.sizes is None else len(self.sizes)
        self.known = [(axis, size) for axis, size in enumerate(self.sizes or ()) if size is not None]

    def __call__(self, value: Any) -> Any:
        """The value as an array of the tensor's dtype and shape.

        Raises:
          TypeError: If the value is a tensor, or cannot be the dtype.
          ValueError: If its shape does not fit.
          ResourceExhaustedError: If there is no memory for it.
        """
        if type(value) is not np.ndarray or value.dtype != self.dtype or self.dtype == object:
            if isinstance(value, np.generic) and value.dtype == self.dtype:
                value = np.asarray(value)
            else:
                value = self._convert(value)
        shape = value.shape
        if shape != self.sizes and self.sizes is not None:
            self._check_shape(shape)
        return value

    def _convert(self, value: Any) -> Any:
        if isinstance(value, (Tensor, Operation)) or hasattr(value, "_as_graph_element"):
            raise TypeError(
                f"The value of a feed cannot be a tf.Tensor object: {self.tensor.name!r} was given {value!r}. Feeds "
                "are Python scalars, strings, lists and NumPy arrays; get the tensor's value by sess.run first."
            )
        if isinstance(value, TensorHandle):
            return self(value.eval())
        if not isinstance(value, (np.ndarray, np.generic)) and hasattr(value, "devices"):
            return value if value.dtype == self.dtype else value.astype(self.dtype)
        try:
            if self.dtype == object:
                return _string_array(value)
            array = np.asarray(value, dtype=self.dtype)
        except MemoryError as error:
            raise self._exhausted(error) from None
        except (TypeError, ValueError, OverflowError) as error:
            kind = TypeError if isinstance(error, OverflowError) else type(error)
            raise kind(
                f"Cannot feed {_brief(value)} for Tensor {self.tensor.name!r} of type "
                f"{self.tensor.dtype.name}: {error}"
            ) from None
        if isinstance(value, int) and not isinstance(value, bool) and self.dtype.kind in "iu" and int(array) != value:
            raise TypeError(
                f"Type of feed value {value} is not compatible with Tensor type {self.tensor.dtype.name} "
                f"of {self.tensor.name!r}: it does not fit. Use another dtype."
            )
        return array

    def own(self, value: Any) -> Any:
        """As calling it, but never the caller's array itself."""
        array = self(value)
        try:
            return copy.copy(array)
        except MemoryError as error:
            raise self._exhausted(error) from None

    def _exhausted(self, error: MemoryError) -> ResourceExhaustedError:
        return ResourceExhaustedError(None, None, f"Out of memory: the value of a feed for Tensor {self.tensor.name!r} "
                                      f"does not fit ({error or 'no room for its elements'})")

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        if len(shape) == self.rank:
            for axis, size in self.known:
                if shape[axis] != size:
                    break
            else:
                return
        raise ValueError(f"Cannot feed value of shape {shape} for Tensor {self.tensor.name!r}, which has shape "
                         f"'{self.tensor.shape}'")


def _string_array(value: Any) -> np.ndarray:
    """Strings as an object array of bytes."""
    array = np.asarray(value)
    if array.dtype.kind == "U":
        array = np.char.encode(array, "utf-8")
    if array.dtype.kind == "S":
        # NumPy drops trailing zero bytes of fixed-width strings: take them from the original.
        array = np.asarray(value, dtype=object)
    flat = array.ravel().tolist()
    if array.dtype == object:
        # NumPy's own bytes and strings are none to compare or pickle by type.
        flat = [item.encode() if isinstance(item, str) else bytes(item) if isinstance(item, np.bytes_) else item
                for item in flat]
    if not all(isinstance(item, bytes) for item in flat):
        raise TypeError(f"expected strings, got {_brief(value)}")
    result = np.empty(len(flat), dtype=object)
    result[:] = flat
    return result.reshape(array.shape)


def _brief(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 100 else text[:100] + "..."
