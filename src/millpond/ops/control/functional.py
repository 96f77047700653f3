"""Functions applied along the first dimension of tensors: `map_fn`, `scan`, `foldl`, `foldr`.

Each is a loop whose elements lie in `TensorArray`s. Where tensors come in structures, the function sees one element of
each, in the same structure.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond import nested
from millpond.dimensions import Dimension
from millpond.graph.composite import SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import lookup
from millpond.graph.tensor import Tensor
from millpond.ops.control.tensor_array import TensorArray
from millpond.ops.control.while_loop import while_loop
from millpond.ops.scoping import name_scope
from millpond.shapes import TensorShape

# Tensors, or structures of tensors; dtypes, or structures of dtypes.
Structure = Any


def map_fn(fn: Callable[..., Structure], elems: Structure, dtype: Structure = None,
           parallel_iterations: int | None = None, back_prop: bool = True, swap_memory: bool = False,
           infer_shape: bool = True, name: str | None = None) -> Structure:
    """Applies `fn` to each element along the first dimension, and stacks what it gives.

    Args:
      fn: Takes an element, or a structure of elements like `elems`; gives a tensor, or a structure of them.
      elems: A tensor of at least one dimension, or a structure of tensors with first dimensions of one size.
      dtype: The dtype of what `fn` gives, or a structure of dtypes; by default it gives what it takes.
      parallel_iterations: Kept for TensorFlow.
      back_prop: Whether there are gradients.
      swap_memory: Has no effect: XLA decides where values lie.
      infer_shape: Whether `fn` gives tensors of one shape for all elements.
      name: Name of the scope of the nodes.

    Returns:
      A tensor, or a structure of tensors, of shape `[n, *shape of what fn gives]`.

    Raises:
      TypeError: If `fn` cannot be called, or `elems` is sparse.
      ValueError: If an element has no dimensions, sizes differ, or `fn` gives another structure.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.map_fn(lambda row: tf.reduce_sum(row), tf.constant([[1, 2], [3, 4]]))))
      [3 7]
    """
    _check_callable(fn)
    if isinstance(elems, SparseTensor):
        raise TypeError("tf.map_fn takes no SparseTensor. Map over its values and put the result in their place: "
                        "SparseTensor(x.indices, tf.map_fn(fn, x.values), x.dense_shape).")
    elems = nested.listed(elems)
    dtype = nested.listed(dtype)
    with name_scope(name, "map", nested.flatten(elems)):
        inputs = _Elements(elems)
        if any(tensor.shape.ndims == 0 for tensor in inputs.tensors):
            raise ValueError("elems must be a 1+ dimensional Tensor, not a scalar" if not nested.is_nested(elems) else
                             "elements in elems must be 1+ dimensional Tensors, not scalars")
        inputs.unstack()
        given = dtype if dtype is not None else nested.pack_sequence_as(
            elems, [tensor.dtype.base_dtype for tensor in inputs.tensors])
        results = [TensorArray(one, size=inputs.count, dynamic_size=False, infer_shape=infer_shape)
                   for one in nested.flatten(given)]

        def compute(i: Tensor, arrays: list[TensorArray]) -> tuple[Tensor, list[TensorArray]]:
            values = fn(inputs.read(i))
            nested.assert_same_structure(given, values)
            return i + 1, _write(arrays, i, values)

        _, results = while_loop(lambda i, _: i < inputs.count, compute, (0, results),
                                parallel_iterations=parallel_iterations or 10, back_prop=back_prop,
                                swap_memory=swap_memory, maximum_iterations=inputs.count)
        return nested.pack_sequence_as(given, inputs.stacked(results))


def scan(fn: Callable[..., Structure], elems: Structure, initializer: Structure = None, parallel_iterations: int = 10,
         back_prop: bool = True, swap_memory: bool = False, infer_shape: bool = True, reverse: bool = False,
         name: str | None = None) -> Structure:
    """Goes along the first dimension with an accumulator, and stacks all values that it takes.

    Args:
      fn: `fn(accumulated, element)` gives the next accumulated value, of the same structure, dtypes and shapes.
      elems: A tensor of at least one dimension, or a structure of tensors with first dimensions of one size.
      initializer: The accumulated value at the start; by default the first element, which is then the first result.
      parallel_iterations: Kept for TensorFlow.
      back_prop: Whether there are gradients.
      swap_memory: Has no effect: XLA decides where values lie.
      infer_shape: Whether the accumulated value has one shape in all steps.
      reverse: Whether to go from the last element to the first; the results then stand in the places of the elements.
      name: Name of the scope of the nodes.

    Returns:
      A tensor, or a structure of tensors, of shape `[n, *shape of what is accumulated]`.

    Raises:
      TypeError: If `fn` cannot be called, or gives other dtypes.
      ValueError: If sizes differ, or `fn` gives another structure or other shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.scan(lambda total, x: total + x, tf.constant([1, 2, 3]))))
      [1 3 6]
    """
    _check_callable(fn)
    elems, initializer = nested.listed(elems), nested.listed(initializer)
    like = elems if initializer is None else initializer
    with name_scope(name, "scan", nested.flatten(elems)):
        inputs = _Elements(elems)
        inputs.unstack(declared=True)
        count = inputs.count
        done = 1 if initializer is None else 0
        first = count - 1 if reverse else 0
        if initializer is None:
            start = nested.flatten(inputs.read(first))
        else:
            start = [convert_to_tensor(value) for value in nested.flatten(initializer)]
        results = [TensorArray(value.dtype.base_dtype, size=count, dynamic_size=False, infer_shape=infer_shape,
                               element_shape=value.shape if infer_shape else None) for value in start]
        if initializer is None:
            results = [array.write(first, value) for array, value in zip(results, start, strict=True)]

        def compute(i: Tensor, accumulated: list[Tensor], arrays: list[TensorArray]) -> tuple[Any, ...]:
            values = fn(nested.pack_sequence_as(like, accumulated), inputs.read(i))
            nested.assert_same_structure(like, values)
            return i - 1 if reverse else i + 1, nested.flatten(values), _write(arrays, i, values)

        _, _, results = while_loop(lambda i, *_: i >= 0 if reverse else i < count, compute,
                                   (count - 1 - done if reverse else done, start, results),
                                   parallel_iterations=parallel_iterations, back_prop=back_prop,
                                   swap_memory=swap_memory, maximum_iterations=count)
        return nested.pack_sequence_as(like, inputs.stacked(results))


def foldl(fn: Callable[..., Structure], elems: Structure, initializer: Structure = None, parallel_iterations: int = 10,
          back_prop: bool = True, swap_memory: bool = False, name: str | None = None) -> Structure:
    """Goes along the first dimension with an accumulator, from the first element to the last, and gives its last value.

    Args:
      fn: `fn(accumulated, element)` gives the next accumulated value, of the same structure, dtypes and shapes.
      elems: A tensor of at least one dimension, or a structure of tensors with first dimensions of one size.
      initializer: The accumulated value at the start; by default the first element.
      parallel_iterations: Kept for TensorFlow.
      back_prop: Whether there are gradients.
      swap_memory: Has no effect: XLA decides where values lie.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If `fn` cannot be called, or gives other dtypes.
      ValueError: If sizes differ, or `fn` gives another structure or other shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.foldl(lambda total, digit: total * 10 + digit, tf.constant([1, 2, 3]))))
      123
    """
    return _fold(fn, elems, initializer, parallel_iterations, back_prop, swap_memory, name, "foldl")


def foldr(fn: Callable[..., Structure], elems: Structure, initializer: Structure = None, parallel_iterations: int = 10,
          back_prop: bool = True, swap_memory: bool = False, name: str | None = None) -> Structure:
    """Goes along the first dimension with an accumulator, from the last element to the first, and gives its last value.

    Args:
      fn: `fn(accumulated, element)` gives the next accumulated value, of the same structure, dtypes and shapes.
      elems: A tensor of at least one dimension, or a structure of tensors with first dimensions of one size.
      initializer: The accumulated value at the start; by default the last element.
      parallel_iterations: Kept for TensorFlow.
      back_prop: Whether there are gradients.
      swap_memory: Has no effect: XLA decides where values lie.
      name: Name of the scope of the nodes.

    Raises:
      TypeError: If `fn` cannot be called, or gives other dtypes.
      ValueError: If sizes differ, or `fn` gives another structure or other shapes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.foldr(lambda total, digit: total * 10 + digit, tf.constant([1, 2, 3]))))
      321
    """
    return _fold(fn, elems, initializer, parallel_iterations, back_prop, swap_memory, name, "foldr")


def _fold(fn: Callable[..., Structure], elems: Structure, initializer: Structure, parallel_iterations: int,
          back_prop: bool, swap_memory: bool, name: str | None, kind: str) -> Structure:
    _check_callable(fn)
    elems, initializer = nested.listed(elems), nested.listed(initializer)
    backward = kind == "foldr"
    with name_scope(name, kind, nested.flatten(elems)):
        inputs = _Elements(elems)
        inputs.unstack()
        count = inputs.count
        first = count - 1 if backward else 0
        start = inputs.read(first) if initializer is None else initializer
        done = 1 if initializer is None else 0

        def compute(i: Tensor, accumulated: Structure) -> list[Any]:
            at = i - 1 if backward else i
            return [at if backward else i + 1, fn(accumulated, inputs.read(at))]

        _, result = while_loop(lambda i, _: i > 0 if backward else i < count, compute,
                               [count - done if backward else done, start], parallel_iterations=parallel_iterations,
                               back_prop=back_prop, swap_memory=swap_memory, maximum_iterations=count)
        return result


def _check_callable(fn: Any) -> None:
    if not callable(fn):
        raise TypeError("fn must be callable.")


class _Elements:
    """The tensors that a function is applied along.

    Attributes:
      tensors: The tensors, flat.
      count: The size of their first dimensions: a number where it is known while building, else a tensor.
    """

    def __init__(self, elems: Structure) -> None:
        self._structure = elems
        self.tensors = [convert_to_tensor(one, name="elem") for one in nested.flatten(elems)]
        if not self.tensors:
            raise ValueError("elems must hold at least one Tensor, but the structure is empty")
        self._arrays: list[TensorArray] = []

    def unstack(self, declared: bool = False) -> None:
        """Puts the elements into arrays, with their shape `declared` or inferred.

        Raises:
          ValueError: If sizes are known to differ, or a tensor has no dimensions.
        """
        size = Dimension(None)
        for tensor in self.tensors:
            if tensor.shape.ndims == 0:
                raise ValueError(f"elems must be Tensors of at least one dimension, not scalars: {tensor}")
            size = size.merge_with(_first(tensor.shape))
        self._size = size
        first = self.tensors[0]
        known = _first(first.shape).value
        self.count: Any = known if known is not None else lookup("StridedSlice")(
            lookup("Shape")(first), [0], [1], [1], shrink_axis_mask=1)
        self._arrays = [TensorArray(
            tensor.dtype.base_dtype, size=self.count, dynamic_size=False, infer_shape=True,
            element_shape=tensor.shape[1:] if declared else None).unstack(tensor) for tensor in self.tensors]

    def read(self, index: Any) -> Structure:
        """The elements at an index, in the structure of the tensors."""
        return nested.pack_sequence_as(self._structure, [array.read(index) for array in self._arrays])

    def stacked(self, arrays: list[TensorArray]) -> list[Tensor]:
        """What was computed for all elements, with the size that is known of them."""
        tensors = [array.stack() for array in arrays]
        for tensor in tensors:
            tensor.set_shape(TensorShape([self._size]).concatenate(tensor.shape[1:]))
        return tensors


def _first(shape: TensorShape) -> Dimension:
    return Dimension(None) if not shape.sizes else shape[0]


def _write(arrays: list[TensorArray], index: Tensor, values: Structure) -> list[TensorArray]:
    return [array.write(index, value) for array, value in zip(arrays, nested.flatten(values), strict=True)]
