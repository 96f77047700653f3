"""Recurrent networks that loop over time in the graph."""

from __future__ import annotations

from typing import Any

from millpond import dtypes, nested
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.control.tensor_array import TensorArray
from millpond.ops.control.tensor_list_batches import TENSOR_LIST_STACK
from millpond.ops.control.while_loop import while_loop
from millpond.ops.math.arithmetic import maximum, minimum
from millpond.ops.math.reduction import reduce_max
from millpond.ops.math.sequences import reverse, reverse_sequence
from millpond.ops.scoping import name_scope
from millpond.rnn import loop_steps
from millpond.rnn.cells_base import check_is_cell, concatenated, static_shape
from millpond.rnn.loop_steps import best_effort_input_batch_size, transpose_batch_time
from millpond.shapes import TensorShape
from millpond.variables.scope import variable_scope


def dynamic_rnn(cell: Any, inputs: Any, sequence_length: TensorLike | None = None, initial_state: Any = None,
                dtype: DTypeLike | None = None, parallel_iterations: int | None = None, swap_memory: bool = False,
                time_major: bool = False, scope: Any = None) -> tuple[Any, Any]:
    """A recurrent network that loops over the time steps of its inputs.

    Args:
      cell: A recurrent cell.
      inputs: A tensor `[batch_size, max_time, ...]`, or a structure of such tensors.
      sequence_length: An integer vector `[batch_size]`. A sequence that has ended gives zeros, and keeps its state; the
        loop ends with the longest.
      initial_state: The state before the first step, as `cell.state_size` has it; zeros if omitted.
      dtype: The dtype of that state and of the outputs; needed where there is no initial state.
      parallel_iterations: Accepted; the compiler decides what runs at once.
      swap_memory: Accepted.
      time_major: Whether inputs and outputs are `[max_time, batch_size, ...]`, which spares transposing them.
      scope: A variable scope, or its name; "rnn" by default.

    Returns:
      The outputs, in the structure of `cell.output_size`, each `[batch_size, max_time, ...]`; and the last state.

    Raises:
      TypeError: If `cell` is no cell.
      ValueError: If the inputs differ in time steps or batch size, their sizes are not known, `sequence_length` is no
        vector, or there is neither a state nor a dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.placeholder(tf.float32, [None, 28, 28])
      ...     outputs, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.BasicLSTMCell(128), x, dtype=tf.float32)
      ...     print(outputs.shape, state.h.shape, [v.name for v in tf.trainable_variables()])
      (?, 28, 128) (?, 128) ['rnn/basic_lstm_cell/kernel:0', 'rnn/basic_lstm_cell/bias:0']
    """
    check_is_cell("cell", cell)
    with variable_scope(scope or "rnn"):
        flat: list[Tensor] = [convert_to_tensor(value) for value in nested.flatten(inputs)]
        if not time_major:
            flat = [transpose_batch_time(value) for value in flat]
        batch_size = best_effort_input_batch_size(flat)
        lengths = None if sequence_length is None else loop_steps.checked_lengths(sequence_length, batch_size)
        state = loop_steps.initial_state_of(cell, initial_state, batch_size, dtype)
        outputs, state = _loop(cell, nested.pack_sequence_as(inputs, flat), state, batch_size, lengths, dtype,
                               parallel_iterations or 32, swap_memory)
        if not time_major:
            outputs = nested.map_structure(transpose_batch_time, outputs)
        return outputs, state


def _loop(cell: Any, inputs: Any, initial_state: Any, batch_size: int | Tensor, lengths: Tensor | None,
          dtype: DTypeLike | None, parallel_iterations: int, swap_memory: bool) -> tuple[Any, Any]:
    """The outputs `[time, batch, ...]` and the last state, for inputs of that form."""
    flat_input, sizes = nested.flatten(inputs), nested.flatten(cell.output_size)
    known_time, known_batch = _known_sizes(flat_input)
    steps: int | Tensor = shape_of(flat_input[0])[0] if known_time is None else known_time
    output_dtype = loop_steps.state_dtype(dtype, initial_state)
    zero_output: Any = None
    # Without lengths, or where all are known to go to the end, every step runs.
    bound: int | Tensor = steps
    if lengths is not None:
        zero_output = loop_steps.zero_outputs(cell, batch_size, known_batch, output_dtype)
        # One step runs in any case: it shows the outputs' shapes.
        bound = minimum(steps, maximum(1, reduce_max(lengths)))
    arrays = tuple(TensorArray(output_dtype, size=steps, element_shape=static_shape(known_batch, size),
                               tensor_array_name=f"output_{i}") for i, size in enumerate(sizes))
    readable = [TensorArray(value.dtype, size=steps, element_shape=value.shape[1:],
                            tensor_array_name=f"input_{i}").unstack(value) for i, value in enumerate(flat_input)]

    def body(time: Tensor, arrays: tuple[TensorArray, ...], state: Any) -> tuple[Any, Any, Any]:
        values = []
        for array, whole in zip(readable, flat_input, strict=True):
            value = array.read(time)
            value.set_shape(whole.shape[1:])
            values.append(value)
        value = nested.pack_sequence_as(inputs, values)
        if lengths is None:
            output, new_state = cell(value, state)
        else:
            output, new_state = loop_steps.step(time, lengths, zero_output, state, lambda: cell(value, state))
        written = tuple(array.write(time, part)
                        for array, part in zip(arrays, nested.flatten(output), strict=True))
        return time + 1, written, new_state

    _, arrays, state = while_loop(
        lambda time, *_: time < bound, body, (constant(0, dtypes.int32, name="time"), arrays, initial_state),
        parallel_iterations=parallel_iterations, swap_memory=swap_memory, maximum_iterations=steps)
    outputs = []
    for array, size in zip(arrays, sizes, strict=True):
        # With the whole shape of an element, so that there may be none.
        with name_scope("TensorArrayStack"):
            output = TENSOR_LIST_STACK(array.flow, concatenated(batch_size, size), element_dtype=output_dtype,
                                       num_elements=-1 if known_time is None else known_time,
                                       name="TensorArrayGatherV3")
        output.set_shape(loop_steps.outputs_shape(known_time, known_batch, size))
        outputs.append(output)
    return nested.pack_sequence_as(cell.output_size, outputs), state


def _known_sizes(flat_input: list[Tensor]) -> tuple[int | None, int | None]:
    """The time steps and the batch size of inputs `[time, batch, ...]`, as far as they are known.

    Raises:
      ValueError: If two inputs differ, have fewer than three dimensions, or others that are not known.
    """
    first: list[int | None] = []
    for value in flat_input:
        shape = value.shape.with_rank_at_least(3)
        if not shape[2:].is_fully_defined():
            raise ValueError("Input size (depth of inputs) must be accessible via shape inference, but saw value None, "
                             f"of {value.name} with the shape {TensorShape(shape)}: give it a shape with set_shape.")
        sizes = shape.as_list()[:2]
        first = first or sizes
        for what, found, wanted in zip(("Time steps is", "Batch_size is"), sizes, first, strict=True):
            if found != wanted:
                raise ValueError(f"{what} not the same for all the elements in the input in a batch: {found} of "
                                 f"{value.name}, {wanted} of {flat_input[0].name}")
    return first[0], first[1]


def bidirectional_dynamic_rnn(cell_fw: Any, cell_bw: Any, inputs: Any, sequence_length: TensorLike | None = None,
                              initial_state_fw: Any = None, initial_state_bw: Any = None,
                              dtype: DTypeLike | None = None, parallel_iterations: int | None = None,
                              swap_memory: bool = False, time_major: bool = False,
                              scope: Any = None) -> tuple[tuple[Any, Any], tuple[Any, Any]]:
    """Two recurrent networks that loop over time, one from the first step on, one from the last.

    Args:
      cell_fw, cell_bw: The recurrent cells of the two directions.
      inputs: A tensor `[batch_size, max_time, ...]`, or a structure of such tensors.
      sequence_length: An integer vector `[batch_size]`; the second network begins where a sequence ends.
      initial_state_fw, initial_state_bw: The states that they begin with; zeros if omitted.
      dtype: The dtype of these states and of the outputs; needed where one is omitted.
      parallel_iterations, swap_memory: Accepted.
      time_major: Whether inputs and outputs are `[max_time, batch_size, ...]`.
      scope: A variable scope, or its name; "bidirectional_rnn" by default.

    Returns:
      The outputs of both networks, each `[batch_size, max_time, ...]`, and the last states of both.

    Raises:
      TypeError: If a cell is no cell.
      ValueError: As `dynamic_rnn`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.placeholder(tf.float32, [None, None, 3])
      ...     cells = [tf.nn.rnn_cell.GRUCell(5) for _ in range(2)]
      ...     outputs, states = tf.nn.bidirectional_dynamic_rnn(*cells, x, dtype=tf.float32)
      ...     print(tf.concat(outputs, 2).shape)
      (?, ?, 10)
    """
    check_is_cell("cell_fw", cell_fw)
    check_is_cell("cell_bw", cell_bw)
    time_axis, batch_axis = (0, 1) if time_major else (1, 0)

    def turned(value: TensorLike) -> Tensor:
        if sequence_length is None:
            return reverse(value, [time_axis])
        return reverse_sequence(value, sequence_length, seq_axis=time_axis, batch_axis=batch_axis)

    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as opened:
            output_fw, state_fw = dynamic_rnn(cell_fw, inputs, sequence_length, initial_state_fw, dtype,
                                              parallel_iterations, swap_memory, time_major, scope=opened)
        with variable_scope("bw") as opened:
            output_bw, state_bw = dynamic_rnn(cell_bw, nested.map_structure(turned, inputs), sequence_length,
                                              initial_state_bw, dtype, parallel_iterations, swap_memory, time_major,
                                              scope=opened)
    return (output_fw, nested.map_structure(turned, output_bw)), (state_fw, state_bw)
