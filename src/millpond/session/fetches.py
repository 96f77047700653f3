"""Fetches: from what the caller asks for to the tensors and operations that are run, and back to its structure.

A fetch is a tensor, an operation, a variable, a name, a sparse or indexed-slices value, or a list, tuple,
namedtuple or dict of fetches, nested at will. State: the registry of types that users teach `run` to fetch and feed.
"""

from __future__ import annotations

import collections
import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from millpond.compiler import xla
from millpond.graph.composite import IndexedSlices, IndexedSlicesValue, SparseTensor, SparseTensorValue
from millpond.graph.graph import Graph
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.ops.control.list_values import HostList

Rebuild = Callable[[list[Any]], Any]


@dataclasses.dataclass(frozen=True)
class Conversion:
    """How a type is fetched (`fetch(value) -> (list of fetches, rebuild)`) and fed (`feed(key, value) -> pairs`)."""

    kind: type
    fetch: Callable[[Any], tuple[list[Any], Rebuild]]
    feed: Callable[[Any, Any], list[tuple[Any, Any]]] | None = None
    feed_keys: Callable[[Any], list[Any]] | None = None


def _feed_parts(key: Any, value: Any) -> list[tuple[Any, Any]]:
    """Pairs of tensor and value for a sparse tensor or indexed slices."""
    parts = _parts(key)
    try:
        values = list(value) if isinstance(value, tuple) else _parts(value)
    except AttributeError:
        values = []
    # A dense shape may come with slices that have none.
    if len(values) < len(parts):
        raise TypeError(f"{key} is fed {len(parts)} arrays, as a tuple or a {type(key).__name__}Value, "
                        f"but got {value!r}")
    return list(zip(parts, values, strict=False))


def _parts(value: Any) -> list[Any]:
    if isinstance(value, SparseTensor):
        return [value.indices, value.values, value.dense_shape]
    return [value.values, value.indices] + ([] if value.dense_shape is None else [value.dense_shape])


def _slices_value(values: list[Any]) -> IndexedSlicesValue:
    return IndexedSlicesValue(values[0], values[1], values[2] if len(values) == 3 else None)


_conversions: list[Conversion] = [
    Conversion(SparseTensor, lambda value: (_parts(value), lambda values: SparseTensorValue(*values)), _feed_parts,
               _parts),
    Conversion(IndexedSlices, lambda value: (_parts(value), _slices_value), _feed_parts, _parts),
]


def register_session_run_conversion_functions(tensor_type: type, fetch_function: Callable[..., Any],
                                              feed_function: Any = None,
                                              feed_function_for_partial_run: Any = None) -> None:
    """Teaches `Session.run` a type.

    Args:
      tensor_type: The type.
      fetch_function: `fetch_function(value)` gives the list of tensors to fetch and a function from their values
        to the result.
      feed_function: `feed_function(key, value)` gives pairs of tensor and value.
      feed_function_for_partial_run: `f(key)` gives the tensors that feeding `key` feeds.

    Raises:
      ValueError: If the type is known already.

    Example:
      >>> import millpond as tf
      >>> class Interval:
      ...     def __init__(self, low, high):
      ...         self.low, self.high = low, high
      >>> tf.python.client.session.register_session_run_conversion_functions(
      ...     Interval, lambda interval: ([interval.low, interval.high], tuple),
      ...     lambda interval, values: [(interval.low, values[0]), (interval.high, values[1])])
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     interval = Interval(tf.placeholder(tf.float32), tf.placeholder(tf.float32))
      ...     middle = (interval.low + interval.high) / 2.0
      ...     print(sess.run(middle, {interval: (1.0, 4.0)}))
      2.5
    """
    if any(issubclass(tensor_type, known.kind) for known in _conversions):
        raise ValueError(f"{tensor_type} has been registered already")
    _conversions.insert(0, Conversion(tensor_type, fetch_function, feed_function, feed_function_for_partial_run))


def conversion_for(value: Any) -> Conversion | None:
    return next((known for known in _conversions if isinstance(value, known.kind)), None)


class FetchPlan:
    """The tensors and operations behind a fetch structure, each once, and how to rebuild the structure.

    Attributes:
      tensors: Distinct tensors to fetch.
      targets: Distinct operations to run.
      rebuild: From the list of the tensors' values to the result in the caller's structure.
    """

    __slots__ = ("tensors", "targets", "rebuild")

    def __init__(self, graph: Graph, fetches: Any) -> None:
        self.tensors: list[Tensor] = []
        self.targets: list[Operation] = []
        positions: dict[Tensor, int] = {}
        self.rebuild = self._visit(graph, fetches, positions)

    def _visit(self, graph: Graph, fetch: Any, positions: dict[Tensor, int]) -> Rebuild:
        if fetch is None:
            raise TypeError("Fetch argument None has invalid type NoneType: fetch a tensor, an operation or a name.")
        if isinstance(fetch, (list, tuple)) and not isinstance(fetch, Tensor):
            return self._visit_sequence(graph, fetch, positions)
        if isinstance(fetch, Mapping):
            keys = list(fetch)
            parts = [self._visit(graph, fetch[key], positions) for key in keys]
            # A defaultdict is made from its default first.
            kind: Any = (functools.partial(type(fetch), fetch.default_factory)
                         if isinstance(fetch, collections.defaultdict) else type(fetch))
            return lambda values: kind((key, part(values)) for key, part in zip(keys, parts, strict=True))
        if dataclasses.is_dataclass(fetch) and not isinstance(fetch, type) and conversion_for(fetch) is None:
            names = [field.name for field in dataclasses.fields(fetch)]
            parts = [self._visit(graph, getattr(fetch, name), positions) for name in names]
            return lambda values: type(fetch)(**{n: part(values) for n, part in zip(names, parts, strict=True)})
        conversion = conversion_for(fetch)
        if conversion is not None:
            inner, contract = conversion.fetch(fetch)
            parts = [self._visit(graph, one, positions) for one in inner]
            return lambda values: contract([part(values) for part in parts])
        return self._visit_leaf(graph, fetch, positions)

    def _visit_sequence(self, graph: Graph, fetch: Any, positions: dict[Tensor, int]) -> Rebuild:
        parts = [self._visit(graph, one, positions) for one in fetch]
        if hasattr(fetch, "_fields"):
            kind = type(fetch)
            return lambda values: kind(*[part(values) for part in parts])
        if isinstance(fetch, tuple):
            return lambda values: tuple([part(values) for part in parts])
        return lambda values: [part(values) for part in parts]

    def _visit_leaf(self, graph: Graph, fetch: Any, positions: dict[Tensor, int]) -> Rebuild:
        # A variable that is fetched gives its value at the end of the run, whichever of its tensors stands for it.
        element = _element(graph, getattr(fetch, "_as_fetched_element", lambda: fetch)())
        if not graph.is_fetchable(element):
            raise ValueError(f"{fetch!r} has been marked as not fetchable.")
        if isinstance(element, Operation):
            if element not in self.targets:
                self.targets.append(element)
            return lambda values: None
        position = positions.setdefault(element, len(self.tensors))
        if position == len(self.tensors):
            self.tensors.append(element)
        return lambda values: values[position]


def _element(graph: Graph, fetch: Any) -> Any:
    try:
        return graph.as_graph_element(fetch, allow_tensor=True, allow_operation=True)
    except TypeError as error:
        raise TypeError(
            f"Fetch argument {fetch!r} has invalid type {type(fetch).__name__}, must be a string or Tensor (or "
            f"Operation, variable, list, dict). ({error})"
        ) from None
    except ValueError as error:
        raise ValueError(f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. ({error})") from None
    except KeyError as error:
        raise ValueError(f"Fetch argument {fetch!r} cannot be interpreted as a Tensor. ({error.args[0]})") from None


def structure_key(fetches: Any) -> Any:
    """A hashable key that is equal for the same structure of the same objects.

    None where there is none: the structure may hold other objects at the next run.
    """
    if isinstance(fetches, (Tensor, Operation, str, bytes)):
        return fetches
    if isinstance(fetches, (list, tuple)):
        keys = tuple([structure_key(one) for one in fetches])
        return None if None in keys else (type(fetches), keys)
    if isinstance(fetches, Mapping):
        names = tuple(fetches)
        keys = tuple([structure_key(fetches[name]) for name in names])
        # A defaultdict's default decides what is rebuilt.
        return None if None in keys else (type(fetches), keys, names, getattr(fetches, "default_factory", None))
    if isinstance(fetches, (SparseTensor, IndexedSlices)):
        return type(fetches), tuple(_parts(fetches))
    if hasattr(fetches, "_as_graph_element"):
        return _Identity(fetches)
    return None


class _Identity:
    """Compares by identity, and keeps the object alive so that its identity stays its own."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.value is other.value


def to_caller(value: Any) -> Any:
    """A value of the caller's own: a writable array, or a NumPy scalar where there are no dimensions."""
    array = xla.to_host(value)
    if isinstance(array, HostList):
        return np.float32(0)  # what the flow of a TensorArray is in TensorFlow 1
    return array.copy() if array.ndim else array[()]
