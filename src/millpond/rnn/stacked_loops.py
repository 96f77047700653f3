"""Stacks of bidirectional recurrent networks: each layer reads the outputs of both directions of the one below."""

from __future__ import annotations

from typing import Any

from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.ops.array.join import concat
from millpond.rnn.dynamic_loops import bidirectional_dynamic_rnn
from millpond.rnn.static_loops import static_bidirectional_rnn
from millpond.variables.scope import variable_scope


def stack_bidirectional_rnn(cells_fw: Any, cells_bw: Any, inputs: Any, initial_states_fw: Any = None,
                            initial_states_bw: Any = None, dtype: DTypeLike | None = None,
                            sequence_length: TensorLike | None = None, scope: Any = None) -> tuple[Any, Any, Any]:
    """Bidirectional networks on top of one another, unrolled.

    Args:
      cells_fw, cells_bw: Lists of the cells of the two directions, one for each layer.
      inputs: The inputs of each time step: tensors `[batch_size, input_size]`.
      initial_states_fw, initial_states_bw: Lists of the states that they begin with; zeros if omitted.
      dtype: The dtype of these states; needed where they are omitted.
      sequence_length: An integer vector `[batch_size]`.
      scope: A variable scope, or its name; "stack_bidirectional_rnn" by default.

    Returns:
      The outputs of the last layer in each step, both directions side by side, and the last states of each direction as
      tuples with one for each layer.

    Raises:
      ValueError: If the lists are no lists, empty, or of different lengths.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     fw, bw = ([tf.nn.rnn_cell.GRUCell(4) for _ in range(2)] for _ in range(2))
      ...     x = [tf.zeros([2, 3])] * 5
      ...     outputs, last_fw, _ = tf.contrib.rnn.stack_bidirectional_rnn(fw, bw, x, dtype=tf.float32)
      ...     print(len(outputs), outputs[0].shape, len(last_fw))
      5 (2, 8) 2
    """
    states_fw, states_bw = _checked(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    last_fw, last_bw = [], []
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (cell_fw, cell_bw) in enumerate(zip(cells_fw, cells_bw, strict=True)):
            with variable_scope(f"cell_{i}") as opened:
                inputs, fw, bw = static_bidirectional_rnn(cell_fw, cell_bw, inputs, states_fw[i], states_bw[i], dtype,
                                                          sequence_length, scope=opened)
            last_fw.append(fw)
            last_bw.append(bw)
    return inputs, tuple(last_fw), tuple(last_bw)


def stack_bidirectional_dynamic_rnn(cells_fw: Any, cells_bw: Any, inputs: Any, initial_states_fw: Any = None,
                                    initial_states_bw: Any = None, dtype: DTypeLike | None = None,
                                    sequence_length: TensorLike | None = None, parallel_iterations: int | None = None,
                                    time_major: bool = False, scope: Any = None,
                                    swap_memory: bool = False) -> tuple[Any, Any, Any]:
    """Bidirectional networks on top of one another, each a loop over time.

    Args:
      cells_fw, cells_bw: Lists of the cells of the two directions, one for each layer.
      inputs: A tensor `[batch_size, max_time, ...]`.
      initial_states_fw, initial_states_bw: Lists of the states that they begin with; zeros if omitted.
      dtype: The dtype of these states; needed where they are omitted.
      sequence_length: An integer vector `[batch_size]`.
      parallel_iterations: Accepted.
      time_major: Whether inputs and outputs are `[max_time, batch_size, ...]`.
      scope: A variable scope, or its name; "stack_bidirectional_rnn" by default.
      swap_memory: Accepted.

    Returns:
      The outputs of the last layer, both directions side by side, and the last states of each direction as tuples with
      one for each layer.

    Raises:
      ValueError: If the lists are no lists, empty, or of different lengths.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.placeholder(tf.float32, [None, None, 3])
      ...     fw, bw = ([tf.nn.rnn_cell.GRUCell(4) for _ in range(2)] for _ in range(2))
      ...     outputs, _, _ = tf.contrib.rnn.stack_bidirectional_dynamic_rnn(fw, bw, x, dtype=tf.float32)
      ...     print(outputs.shape)
      (?, ?, 8)
    """
    states_fw, states_bw = _checked(cells_fw, cells_bw, initial_states_fw, initial_states_bw)
    last_fw, last_bw = [], []
    with variable_scope(scope or "stack_bidirectional_rnn"):
        for i, (cell_fw, cell_bw) in enumerate(zip(cells_fw, cells_bw, strict=True)):
            with variable_scope(f"cell_{i}"):
                outputs, (fw, bw) = bidirectional_dynamic_rnn(
                    cell_fw, cell_bw, inputs, sequence_length, states_fw[i], states_bw[i], dtype, parallel_iterations,
                    swap_memory, time_major)
                inputs = concat(outputs, 2)
            last_fw.append(fw)
            last_bw.append(bw)
    return inputs, tuple(last_fw), tuple(last_bw)


def _checked(cells_fw: Any, cells_bw: Any, states_fw: Any, states_bw: Any) -> tuple[list[Any], list[Any]]:
    """The initial states of all layers, None where there is none."""
    for name, word, cells in (("cells_fw", "fw", cells_fw), ("cells_bw", "bw", cells_bw)):
        if not cells:
            raise ValueError(f"Must specify at least one {word} cell for BidirectionalRNN.")
        if not isinstance(cells, list):
            raise ValueError(f"{name} must be a list of RNNCells (one per layer).")
    if len(cells_fw) != len(cells_bw):
        raise ValueError(f"Forward and Backward cells must have the same depth, not {len(cells_fw)} and "
                         f"{len(cells_bw)}.")
    for name, states in (("initial_states_fw", states_fw), ("initial_states_bw", states_bw)):
        if states is not None and (not isinstance(states, list) or len(states) != len(cells_fw)):
            raise ValueError(f"{name} must be a list of state tensors (one per layer).")
    nothing = [None] * len(cells_fw)
    return states_fw or nothing, states_bw or nothing
