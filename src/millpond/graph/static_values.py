"""What is known of values while the graph is being built.

`constant_value` folds constants through any pure op by its NumPy kernel; `shape_of_value` reads a tensor that holds a
shape, of which only some entries may be known. Both remember nothing but the folded value on the operation.
A value that is fed at run time may differ: these are for static shapes, never for results.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes
from millpond.errors import OpError
from millpond.formats.tensors import MAX_RANK
from millpond.graph.opdef import OpDefinition, attrs_for, sections
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.shapes import TensorShape

# Folding is for shapes and small parameters: larger values are left to the run.
MAX_ELEMENTS = 4096
MAX_INPUT_ELEMENTS = 1 << 20
MAX_DEPTH = 60


class StaticInput:
    """An input whose value a shape rule may look at: `value`, `partial`, `as_shape()`, and `shape`."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = tensor

    @property
    def shape(self) -> TensorShape:
        return self.tensor._shape

    @property
    def value(self) -> np.ndarray | None:
        """The whole value, or None where any of it is unknown, or it is too large for a parameter."""
        value = constant_value(self.tensor)
        return None if value is None or value.size > MAX_ELEMENTS else value

    @property
    def scalar(self) -> int | None:
        """The value of what must be one integer, or None where it is unknown.

        Raises:
          ValueError: If it has dimensions.
        """
        if self.shape.ndims:
            raise ValueError(f"Shape must be rank 0 but is rank {self.shape.ndims}")
        value = self.value
        return None if value is None else int(value)

    @property
    def partial(self) -> list[int | None] | None:
        """The entries of an integer vector (a scalar: a list of one), None for those that are unknown."""
        return partial_value(self.tensor)

    def as_shape(self) -> TensorShape:
        """The value read as a shape: entries that are unknown, or -1, are unknown sizes."""
        return shape_of_value(self.tensor)


def constant_value(tensor: Any, partial: bool = False) -> np.ndarray | None:
    """The value of a tensor that is the same in every run, or None where it is not known while building.

    Args:
      tensor: A tensor; anything else is taken as a value itself.
      partial: Accepted for compatibility; only whole values are returned.
    """
    if not isinstance(tensor, Tensor):
        return np.asarray(tensor)
    return _Question().whole(tensor, 0)


class _Question:
    """One question for a value. It remembers failures, so that none is looked into twice; only for its own time, for
    a shape that is unknown now may be set later."""

    __slots__ = ("_unknown", "_partial")

    def __init__(self) -> None:
        self._unknown: set[Operation] = set()
        self._partial: dict[Tensor, list[int | None] | None] = {}

    def whole(self, tensor: Tensor, depth: int) -> np.ndarray | None:
        """The folded value: by the op's kernel, or from what is known of its entries."""
        values = self._fold(tensor.op, depth)
        if values is not None:
            return values[tensor.value_index]
        outside = _outside(tensor)
        if outside is not None:
            return self.whole(outside, depth + 1)
        if tensor.op.definition.shape_value is None:
            return None
        entries = self.entries(tensor, depth)
        sizes = tensor._shape.sizes
        if entries is None or None in entries or sizes not in ((), (len(entries),)):
            return None
        return np.array(entries if sizes else entries[0], tensor.dtype.np_dtype)

    def entries(self, tensor: Tensor, depth: int) -> list[int | None] | None:
        """The entries of a vector or scalar, as far as they are known."""
        if tensor not in self._partial:
            self._partial[tensor] = None  # until it is known
            self._partial[tensor] = self._entries(tensor, depth)
        return self._partial[tensor]

    def _entries(self, tensor: Tensor, depth: int) -> list[int | None] | None:
        values = self._fold(tensor.op, depth)
        if values is not None:
            value = values[tensor.value_index]
            is_readable = value.dtype.kind in "iu" and value.size <= MAX_ELEMENTS
            return [int(n) for n in np.ravel(value)] if is_readable else None
        outside = _outside(tensor)
        if outside is not None:
            return self.entries(outside, depth + 1)
        rule = tensor.op.definition.shape_value
        if rule is None or depth > MAX_DEPTH:
            return None
        entries = rule(tensor.op, lambda before: self.entries(before, depth + 1))
        if entries is not None and tensor.op.definition.has_several_outputs:
            return entries[tensor.value_index]
        return entries

    def _fold(self, op: Operation, depth: int) -> tuple[np.ndarray, ...] | None:
        """The outputs of an operation as its NumPy kernel gives them."""
        if op.static_value is not ...:
            return op.static_value
        if not op.definition.foldable:
            op.static_value = None
            return None
        if op.definition.role == "constant":
            op.static_value = (op.attributes["value"],)
            return op.static_value
        if op in self._unknown or depth > MAX_DEPTH or any(_too_large(output._shape) for output in op._outputs):
            return None
        self._unknown.add(op)
        arguments = []
        for tensor in op._inputs:
            value = _stand_in(tensor) if op.definition.reads_shape_only else self.whole(tensor, depth + 1)
            if value is None or (value.size > MAX_INPUT_ELEMENTS and not op.definition.reads_shape_only):
                return None
            arguments.append(value)
        try:
            op.static_value = evaluate(op, arguments)
        except (ValueError, TypeError, IndexError, ArithmeticError, OpError):
            # Values that the op refuses are reported by the run, with the node's name.
            op.static_value = None
        return op.static_value


def _outside(tensor: Tensor) -> Tensor | None:
    """Of what a body captures, the tensor outside: it is the same."""
    return tensor.op.graph.captured_by(tensor) if tensor.op.definition.role == "placeholder" else None


def evaluate(op: Operation, arguments: list[np.ndarray]) -> tuple[np.ndarray, ...]:
    """Runs the NumPy kernel of a pure operation on flat inputs."""
    definition = op.definition
    assert definition.kernel is not None
    with np.errstate(all="ignore"):
        result = definition.kernel(np, *group(definition, arguments, op.attributes),
                                   **attrs_for(definition, definition.kernel, op.attributes))
    if not isinstance(result, (tuple, list)):
        result = (result,)
    return tuple([np.asarray(value) for value in result])


def group(definition: OpDefinition, flat: list[Any], attrs: dict[str, Any]) -> list[Any]:
    """Flat inputs in the structure of the signature: list inputs become lists."""
    if len(flat) == len(definition.inputs) and not any(arg.is_list for arg in definition.inputs):
        return flat
    return [flat[section] for section in sections(definition.inputs, attrs)]


def _stand_in(tensor: Tensor) -> np.ndarray | None:
    """An array of the tensor's shape that takes no memory, for ops that look at nothing else."""
    sizes: Any = tensor._shape.sizes
    if not tensor._shape.is_fully_defined() or tensor.dtype is dtypes.variant:
        return None
    return np.broadcast_to(np.zeros((), tensor.dtype.np_dtype), sizes)


def _too_large(shape: TensorShape) -> bool:
    return (shape.num_elements() or 0) > MAX_ELEMENTS


def shape_of_value(tensor: Tensor) -> TensorShape:
    """A one-dimensional integer tensor read as a shape; entries that are unknown or -1 are unknown sizes."""
    value = constant_value(tensor)
    if value is not None:
        if value.ndim == 0 and value == -1:
            return TensorShape(None)
        if value.ndim != 1 or value.size > MAX_RANK:
            raise ValueError(f"a shape must be a vector of at most {MAX_RANK} integers, got {value!r}")
        return TensorShape([None if n == -1 else int(n) for n in value])
    sizes = partial_value(tensor)
    if sizes is not None:
        return TensorShape([None if n is None or n < 0 else n for n in sizes])
    rank = tensor._shape.sizes
    return TensorShape(None) if not rank or rank[0] is None else TensorShape([None] * rank[0])


def shape_behind(handle: Tensor) -> TensorShape:
    """The static shape of the variable behind a handle, as far as the handle's node tells it."""
    op = handle.op
    return op.attributes["shape"] if op.definition.role == "variable" else TensorShape(None)


def partial_value(tensor: Tensor) -> list[int | None] | None:
    """The entries of an integer vector (or of a scalar, as a list of one), None for those that are not known."""
    return _Question().entries(tensor, 0)
