"""What all loops over time share: batch sizes, states and outputs of zeros, and steps that sequences which have ended
pass through.

A sequence of a batch that has ended gives zeros as outputs, and keeps its state to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from millpond import dtypes, nested
from millpond.dimensions import Dimension
from millpond.dtypes import DType
from millpond.graph import stacks
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import range_, zeros
from millpond.ops.array.identity import identity
from millpond.ops.array.join import concat, stack
from millpond.ops.array.shape import rank as rank_of
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.array.transpose import transpose
from millpond.ops.host.assertions import Assert
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import equal, where
from millpond.ops.math.reduction import reduce_all
from millpond.rnn.cells_base import concatenated, static_shape
from millpond.shapes import TensorShape


def transpose_batch_time(x: Tensor) -> Tensor:
    """Swaps the first two dimensions of a tensor; one of fewer dimensions is given back as it is.

    Args:
      x: A tensor, `[batch, time, ...]` or `[time, batch, ...]`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.contrib.rnn.transpose_batch_time(tf.zeros([2, 5, 3])).shape)
      (5, 2, 3)
    """
    sizes = x.shape.sizes
    if sizes is not None and len(sizes) < 2:
        return x
    if sizes is not None:
        return transpose(x, [1, 0, *range(2, len(sizes))])
    return transpose(x, concat([[1, 0], range_(2, rank_of(x))], 0))


def best_effort_input_batch_size(flat_input: Sequence[Tensor]) -> int | Tensor:
    """The batch size of inputs: a number where one of them knows it, else a tensor.

    Args:
      flat_input: Tensors `[time, batch, ...]`.

    Raises:
      ValueError: If one of them has fewer dimensions.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     inputs = [tf.placeholder(tf.float32, [None, None, 3]), tf.placeholder(tf.float32, [None, 2, 3])]
      ...     print(tf.contrib.rnn.best_effort_input_batch_size(inputs))
      2
    """
    for value in flat_input:
        sizes = value.shape.sizes
        if sizes is None:
            continue
        if len(sizes) < 2:
            raise ValueError(f"Expected input tensor {value.name} to have rank at least 2, but saw shape: "
                             f"{value.shape}")
        if sizes[1] is not None:
            return sizes[1]
    return shape_of(flat_input[0])[1]


def state_dtype(given: DTypeLike | None, state: Any) -> DType:
    """The dtype of outputs: the one given, else that of all tensors of the state.

    Raises:
      ValueError: If the state has none, or several.
    """
    if given is not None:
        return dtypes.as_dtype(given)
    found = [dtypes.as_dtype(leaf.dtype).base_dtype for leaf in nested.flatten(state)]
    if not found:
        raise ValueError("Unable to infer dtype from empty state.")
    if any(dtype is not found[0] for dtype in found):
        raise ValueError("State has tensors of different inferred_dtypes. Unable to infer a single representative "
                         f"dtype: {[dtype.name for dtype in found]}. Give the argument `dtype`.")
    return found[0]


def initial_state_of(cell: Any, given: Any, batch_size: int | Tensor, dtype: DTypeLike | None) -> Any:
    """The state before the first step: the one given, or the cell's.

    Raises:
      ValueError: If none is given, and no dtype for one of zeros.
    """
    if given is not None:
        return given
    if dtype is None:
        raise ValueError("If there is no initial_state, you must give a dtype.")
    if getattr(cell, "get_initial_state", None) is not None:
        return cell.get_initial_state(inputs=None, batch_size=batch_size, dtype=dtype)
    return cell.zero_state(batch_size, dtype)


def zero_outputs(cell: Any, batch_size: int | Tensor, known_batch: int | None, dtype: DType) -> Any:
    """What a cell would give for sequences that have ended: zeros, in the structure of its outputs."""

    def zero_output(size: Any) -> Tensor:
        output = zeros(concatenated(batch_size, size), dtype)
        output.set_shape(static_shape(known_batch, size))
        return output

    return nested.map_structure(zero_output, cell.output_size)


def checked_lengths(lengths: TensorLike, batch_size: int | Tensor) -> Tensor:
    """The lengths of the sequences as an int32 vector, which is checked for the batch size when run.

    Raises:
      ValueError: If they are no vector.
    """
    vector = cast(convert_to_tensor(lengths, name="sequence_length"), dtypes.int32)
    if vector.shape.ndims not in (None, 1):
        raise ValueError("sequence_length must be a vector of length batch_size, but saw shape: "
                         f"{vector.shape}, of {vector.name}")
    vector = identity(vector, name="sequence_length")
    if isinstance(batch_size, int) and vector.shape.sizes == (batch_size,):
        return vector
    found, wanted = shape_of(vector), stack([batch_size])
    check = Assert(reduce_all(equal(found, wanted)),
                   [f"Expected shape for Tensor {vector.name} is ", wanted, " but saw shape: ", found])
    with stacks.default_graph().control_dependencies([check]):
        return identity(vector, name="CheckSeqLen")


def step(time: int | Tensor, lengths: Tensor, zero_output: Any, state: Any,
         call_cell: Callable[[], tuple[Any, Any]]) -> tuple[Any, Any]:
    """One step of a batch in which some sequences have ended.

    Args:
      time: Number of the step.
      lengths: int32 vector with the lengths of the sequences.
      zero_output: The outputs of those that have ended.
      state: The state before the step.
      call_cell: Gives the outputs and the state after it, of all.

    Returns:
      The outputs and the state.

    Raises:
      TypeError: If the cell's outputs or states are structured in another way than those before.
      ValueError: As above.
    """
    output, new_state = call_cell()
    nested.assert_same_structure(zero_output, output)
    nested.assert_same_structure(state, new_state)
    has_ended = lengths <= time
    return passed_through(has_ended, zero_output, output), passed_through(has_ended, state, new_state)


def passed_through(has_ended: Tensor, before: Any, after: Any) -> Any:
    """For sequences that have ended what was before a step, for others what came of it.

    Args:
      has_ended: bool vector, one for each sequence.
      before, after: Structures of tensors `[batch, ...]`; a tensor without dimensions, and what is no tensor (a
        `TensorArray`), has no row for each sequence, and is taken from `after`.
    """

    def chosen(old: Any, new: Any) -> Any:
        if not isinstance(new, Tensor) or new.shape.ndims == 0:
            return new
        old = convert_to_tensor(old)
        if old.shape.ndims == 0:
            return new
        result = where(has_ended, old, new)
        result.set_shape(old.shape)
        return result

    return nested.map_structure(chosen, before, after)


def outputs_shape(time: int | None, batch: int | None, size: Any) -> TensorShape:
    """What is known of the shape of outputs over time."""
    return static_shape([time, batch], size)


def same_size(shapes: Iterable[TensorShape], axis: int) -> int | None:
    """The size that all shapes have along an axis, as far as it is known.

    Raises:
      ValueError: If two sizes differ.
    """
    size = Dimension(None)
    for shape in shapes:
        size = size.merge_with(shape[axis])
    return size.value
