"""A recurrent network whose inputs, outputs and end the caller decides step by step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from millpond import dtypes, nested
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant
from millpond.ops.array.fill import zeros
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.control.tensor_array import TensorArray
from millpond.ops.control.while_loop import while_loop
from millpond.ops.math.comparison import logical_not, logical_or
from millpond.ops.math.reduction import reduce_all
from millpond.rnn import loop_steps
from millpond.rnn.cells_base import check_is_cell, concatenated, static_shape
from millpond.variables.scope import variable_scope


def raw_rnn(cell: Any, loop_fn: Callable[..., Any], parallel_iterations: int | None = None, swap_memory: bool = False,
            scope: Any = None) -> tuple[Any, Any, Any]:
    """A recurrent network whose inputs, outputs and end a function decides step by step.

    `loop_fn(time, cell_output, cell_state, loop_state)` is called once before the loop, with 0 and three times None,
    and once in the loop, after the cell. It gives `(finished, next_input, next_state, emitted, next_loop_state)`:

    - `finished`, a bool vector `[batch_size]`: which sequences have ended. The loop goes on until all have.
    - `next_input`: what the cell is given next.
    - `next_state`: the state that it is given; the first call says the initial one.
    - `emitted`: what the loop gives for this step. The first call may give tensors that show its structure, shapes and
      dtypes, or None for those of the cell's output.
    - `next_loop_state`: anything that the function wants to be given in the next step; None to keep what is there.

    A sequence that has ended emits zeros, and keeps its state.

    Args:
      cell: A recurrent cell.
      loop_fn: The function.
      parallel_iterations, swap_memory: Accepted.
      scope: A variable scope, or its name; "rnn" by default.

    Returns:
      What was emitted, as `TensorArray`s in the structure of `emitted`; the last state; the last loop state.

    Raises:
      TypeError: If `cell` is no cell, or `loop_fn` cannot be called.
      ValueError: If the batch sizes of inputs differ, or a structure changes from step to step.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     cell = tf.nn.rnn_cell.BasicRNNCell(1, activation=lambda x: x + 1.0)
      ...     def loop_fn(time, output, state, loop_state):
      ...         state = cell.zero_state(2, tf.float32) if output is None else state
      ...         return time >= tf.constant([1, 3]), tf.zeros([2, 1]), state, output, None
      ...     with tf.variable_scope("rnn", initializer=tf.zeros_initializer()):
      ...         emitted, state, _ = tf.nn.raw_rnn(cell, loop_fn)
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(emitted.stack())[:, :, 0])
      [[1. 1.]
       [0. 1.]
       [0. 1.]]
    """
    check_is_cell("cell", cell)
    if not callable(loop_fn):
        raise TypeError("loop_fn must be a callable")
    with variable_scope(scope or "rnn"):
        time = constant(0, dtypes.int32)
        finished, first_input, first_state, emit_structure, first_loop_state = loop_fn(time, None, None, None)
        flat_input = [convert_to_tensor(value) for value in nested.flatten(first_input)]
        known_batch = loop_steps.same_size([value.shape.with_rank_at_least(1) for value in flat_input], 0)
        batch_size: int | Tensor = shape_of(flat_input[0])[0] if known_batch is None else known_batch
        nested.assert_same_structure(first_state, cell.state_size)
        first_state = nested.map_structure(convert_to_tensor, first_state)
        emits = _emits(cell, emit_structure, first_state)
        zero_emits = [zeros(concatenated(batch_size, size), dtype) for size, dtype in emits]
        like = cell.output_size if emit_structure is None else emit_structure
        zero_emit = nested.pack_sequence_as(like, zero_emits)
        arrays = nested.pack_sequence_as(like, [
            TensorArray(dtype, size=0, dynamic_size=True, element_shape=static_shape(known_batch, size),
                        name=f"rnn_output_{i}") for i, (size, dtype) in enumerate(emits)])

        def body(time: Tensor, finished: Tensor, value: Any, arrays: Any, state: Any,
                 loop_state: Any) -> tuple[Any, ...]:
            output, cell_state = cell(value, state)
            nested.assert_same_structure(state, cell_state)
            nested.assert_same_structure(cell.output_size, output)
            now_finished, next_input, next_state, emitted, next_loop_state = loop_fn(time + 1, output, cell_state,
                                                                                     loop_state)
            nested.assert_same_structure(state, next_state)
            nested.assert_same_structure(value, next_input)
            nested.assert_same_structure(arrays, emitted)
            emitted = loop_steps.passed_through(finished, zero_emit, emitted)
            next_state = loop_steps.passed_through(finished, state, next_state)
            arrays = nested.map_structure(lambda array, part: array.write(time, part), arrays, emitted)
            return (time + 1, logical_or(finished, now_finished), next_input, arrays, next_state,
                    loop_state if next_loop_state is None else next_loop_state)

        # A loop variable stands in for a loop state that there is none of.
        *_, arrays, state, loop_state = while_loop(
            lambda time, finished, *_: logical_not(reduce_all(finished)), body,
            [time, finished, first_input, arrays, first_state,
             constant(0, dtypes.int32) if first_loop_state is None else first_loop_state],
            parallel_iterations=parallel_iterations or 32, swap_memory=swap_memory)
        return arrays, state, None if first_loop_state is None else loop_state


def _emits(cell: Any, structure: Any, state: Any) -> list[tuple[Any, Any]]:
    """The shape, without the batch, and the dtype of each tensor that a step emits."""
    if structure is None:
        dtype = nested.flatten(state)[0].dtype
        return [(size, dtype) for size in nested.flatten(cell.output_size)]
    found = []
    for value in nested.flatten(structure):
        value = convert_to_tensor(value)
        found.append((value.shape if value.shape.is_fully_defined() else shape_of(value), value.dtype))
    return found
