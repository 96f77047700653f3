"""Recurrent networks that are unrolled while building: each time step has nodes of its own."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from millpond import dtypes, nested
from millpond.graph import stacks
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.tensor import Tensor
from millpond.ops.array.identity import identity
from millpond.ops.array.join import concat, stack, unstack
from millpond.ops.array.shape import shape as shape_of
from millpond.ops.math.cast import cast
from millpond.ops.math.sequences import reverse_sequence
from millpond.rnn import loop_steps
from millpond.rnn.cells_base import check_is_cell
from millpond.shapes import TensorShape
from millpond.variables.scope import variable_scope


def static_rnn(cell: Any, inputs: Any, initial_state: Any = None, dtype: DTypeLike | None = None,
               sequence_length: TensorLike | None = None, scope: Any = None) -> tuple[list[Any], Any]:
    """A recurrent network over a list of inputs, unrolled.

    Args:
      cell: A recurrent cell.
      inputs: The inputs of each time step: tensors `[batch_size, input_size]`, or structures of them.
      initial_state: The state before the first step, as `cell.state_size` has it; zeros if omitted.
      dtype: The dtype of that state and of the outputs; needed where there is no initial state.
      sequence_length: An integer vector `[batch_size]`. A sequence that has ended gives zeros, and keeps its state.
      scope: A variable scope, or its name; "rnn" by default.

    Returns:
      The outputs of each step, and the last state.

    Raises:
      TypeError: If `cell` is no cell, or `inputs` no sequence.
      ValueError: If there are no inputs, their sizes are not known, or there is neither a state nor a dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = tf.placeholder(tf.float32, [None, 4, 3])
      ...     outputs, state = tf.nn.static_rnn(tf.nn.rnn_cell.GRUCell(5), tf.unstack(x, axis=1), dtype=tf.float32)
      ...     print(len(outputs), state.shape)
      4 (?, 5)
    """
    check_is_cell("cell", cell)
    _check_inputs(inputs)
    with variable_scope(scope or "rnn") as opened:
        first, known_batch = _first_input(inputs)
        batch_size: int | Tensor = known_batch if known_batch else shape_of(first)[0]
        state = loop_steps.initial_state_of(cell, initial_state, batch_size, dtype)
        lengths: Tensor | None = None
        if sequence_length is not None:
            lengths = convert_to_tensor(sequence_length, name="sequence_length")
            if lengths.shape.ndims not in (None, 1):
                raise ValueError(f"sequence_length must be a vector of length batch_size ({batch_size}), but saw "
                                 f"shape: {lengths.shape}, of {lengths.name}")
            zero_output = loop_steps.zero_outputs(cell, batch_size, known_batch,
                                                  loop_steps.state_dtype(dtype, state))
            lengths = cast(lengths, dtypes.int32)
        outputs = []
        for time, value in enumerate(inputs):
            if time > 0:
                opened.reuse_variables()
            if lengths is None:
                output, state = cell(value, state)
            else:
                output, state = loop_steps.step(time, lengths, zero_output, state,
                                                functools.partial(cell, value, state))
            outputs.append(output)
        return outputs, state


def _check_inputs(inputs: Any) -> None:
    if not isinstance(inputs, (list, tuple)):
        raise TypeError(f"inputs must be a sequence, one entry for each time step, not {inputs!r}")
    if not inputs:
        raise ValueError("inputs must not be empty")


def _first_input(inputs: Any) -> tuple[Tensor, int | None]:
    """The first tensor of the inputs, and the batch size that is known.

    Raises:
      ValueError: If batch sizes differ, or an input's size is not known.
    """
    leaves: list[Tensor] = [convert_to_tensor(leaf) for leaf in nested.flatten(inputs)]
    first = leaves[0]
    if first.shape.ndims == 1:
        return first, first.shape.as_list()[0]
    shapes = []
    for leaf in leaves:
        shape = leaf.shape.with_rank_at_least(2)
        sizes = shape.as_list() if shape.ndims is not None else [None, None]
        for axis, size in enumerate(sizes[1:]):
            if size is None:
                raise ValueError(f"Input size (dimension {axis} of inputs) must be accessible via shape inference, but "
                                 f"saw value None, of {leaf.name}: give it a shape with set_shape.")
        shapes.append(TensorShape(sizes))
    return first, loop_steps.same_size(shapes, 0)


def static_state_saving_rnn(cell: Any, inputs: Any, state_saver: Any, state_name: Any,
                            sequence_length: TensorLike | None = None, scope: Any = None) -> tuple[list[Any], Any]:
    """A recurrent network over pieces of long sequences: it saves its state, and begins with the one that was saved.

    Args:
      cell: A recurrent cell.
      inputs: The inputs of each time step: tensors `[batch_size, input_size]`.
      state_saver: What has methods `state(name)`, which gives a state that was saved, and `save_state(name, value)`,
        which gives an operation that saves one.
      state_name: The name of the state; a structure of names as `cell.state_size` where that is one.
      sequence_length: See `static_rnn`.
      scope: A variable scope, or its name; "rnn" by default.

    Returns:
      The outputs of each step, and the last state. The last output, and the state, come after the state is saved.

    Raises:
      TypeError: If `cell` is no cell, or `inputs` no sequence.
      ValueError: If `state_name` is not as `cell.state_size`, or as `static_rnn`.

    Example:
      >>> import millpond as tf
      >>> class InVariable:
      ...     def __init__(self, shape):
      ...         self.kept = tf.Variable(tf.zeros(shape))
      ...     def state(self, name):
      ...         return self.kept.read_value()
      ...     def save_state(self, name, value):
      ...         return self.kept.assign(value)
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     saver, cell = InVariable([1, 2]), tf.nn.rnn_cell.BasicRNNCell(2, activation=lambda x: x + 1.0)
      ...     with tf.variable_scope("rnn", initializer=tf.zeros_initializer()) as scope:
      ...         _, state = tf.nn.static_state_saving_rnn(cell, [tf.zeros([1, 3])], saver, "h", scope=scope)
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run(state), sess.run(saver.kept))
      [[1. 1.]] [[1. 1.]]
    """
    size = cell.state_size
    if nested.is_nested(size) != nested.is_nested(state_name):
        raise ValueError("state_name should be the same type as cell.state_size.  state_name: "
                         f"{state_name}, cell.state_size: {size}")
    names, sizes = nested.flatten(state_name), nested.flatten(size)
    if len(names) != len(sizes):
        raise ValueError(f"#elems(state_name) != #elems(state_size): {len(names)} vs. {len(sizes)}")
    initial_state = nested.pack_sequence_as(size, [state_saver.state(name) for name in names])
    outputs, state = static_rnn(cell, inputs, initial_state=initial_state, sequence_length=sequence_length, scope=scope)
    saved = [state_saver.save_state(name, part) for name, part in zip(names, nested.flatten(state), strict=True)]
    with stacks.default_graph().control_dependencies(saved):
        outputs[-1] = nested.map_structure(identity, outputs[-1])
        state = nested.map_structure(identity, state)
    return outputs, state


def static_bidirectional_rnn(cell_fw: Any, cell_bw: Any, inputs: Any, initial_state_fw: Any = None,
                             initial_state_bw: Any = None, dtype: DTypeLike | None = None,
                             sequence_length: TensorLike | None = None,
                             scope: Any = None) -> tuple[Any, Any, Any]:
    """Two recurrent networks over a list of inputs, one from the first step on, one from the last; unrolled.

    Args:
      cell_fw, cell_bw: The recurrent cells of the two directions.
      inputs: The inputs of each time step: tensors `[batch_size, input_size]`, or structures of them.
      initial_state_fw, initial_state_bw: The states that they begin with; zeros if omitted.
      dtype: The dtype of these states; needed where one is omitted.
      sequence_length: An integer vector `[batch_size]`; the second network begins where a sequence ends.
      scope: A variable scope, or its name; "bidirectional_rnn" by default.

    Returns:
      The outputs of each step, those of both networks side by side, and the last state of each network.

    Raises:
      TypeError: If a cell is no cell, or `inputs` no sequence.
      ValueError: As `static_rnn`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     x = [tf.zeros([2, 3])] * 4
      ...     cells = [tf.nn.rnn_cell.GRUCell(5) for _ in range(2)]
      ...     outputs, _, _ = tf.nn.static_bidirectional_rnn(*cells, x, dtype=tf.float32)
      ...     print(outputs[0].shape, [v.name for v in tf.global_variables()][0])
      (2, 10) bidirectional_rnn/fw/gru_cell/gates/kernel:0
    """
    check_is_cell("cell_fw", cell_fw)
    check_is_cell("cell_bw", cell_bw)
    _check_inputs(inputs)
    with variable_scope(scope or "bidirectional_rnn"):
        with variable_scope("fw") as opened:
            output_fw, state_fw = static_rnn(cell_fw, inputs, initial_state_fw, dtype, sequence_length, scope=opened)
        with variable_scope("bw") as opened:
            turned = _reversed(inputs, sequence_length)
            output_bw, state_bw = static_rnn(cell_bw, turned, initial_state_bw, dtype, sequence_length, scope=opened)
    output_bw = _reversed(output_bw, sequence_length)
    flat = [concat([fw, bw], 1)
            for fw, bw in zip(nested.flatten(output_fw), nested.flatten(output_bw), strict=True)]
    return nested.pack_sequence_as(output_fw, flat), state_fw, state_bw


def _reversed(values: Sequence[Any], lengths: TensorLike | None) -> list[Any]:
    """The time steps in reverse: of each sequence as many as it has, where lengths are given."""
    if lengths is None:
        return list(reversed(values))
    by_leaf = []
    for column in zip(*map(nested.flatten, values), strict=True):
        by_leaf.append(unstack(reverse_sequence(stack(column), lengths, 0, 1), num=len(values)))
    return [nested.pack_sequence_as(value, list(leaves))
            for value, leaves in zip(values, zip(*by_leaf, strict=True), strict=True)]
