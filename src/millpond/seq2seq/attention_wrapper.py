"""AttentionWrapper: a recurrent cell that attends to a memory at each step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from millpond import dtypes, nested
from millpond.graph.argument_types import DTypeLike, TensorLike
from millpond.graph.default import control_dependencies
from millpond.graph.operation import Operation
from millpond.graph.tensor import Tensor
from millpond.layers.fully_connected import Dense
from millpond.ops.array.fill import zeros
from millpond.ops.array.identity import identity
from millpond.ops.array.join import concat
from millpond.ops.array.shape import expand_dims, shape, squeeze
from millpond.ops.control.tensor_array import TensorArray
from millpond.ops.host.assertions import assert_equal
from millpond.ops.linalg.matrix import matmul
from millpond.ops.scoping import name_scope
from millpond.rnn.cells_base import RNNCell, check_is_cell, zero_state_tensors
from millpond.seq2seq.attention_mechanisms import AttentionMechanism
from millpond.seq2seq.beams import size_of
from millpond.shapes import TensorShape, as_shape

# `f(mechanism, cell_output, attention_state, attention_layer)` gives attention, alignments and the next state.
AttentionFunction = Callable[..., tuple[Tensor, Tensor, Any]]

_TILE = ("Are you using the BeamSearchDecoder?  {} via the tf.contrib.seq2seq.tile_batch function with argument "
         "multiplier=beam_width.")


class AttentionWrapperState(NamedTuple):
    """The state of an `AttentionWrapper`.

    Attributes:
      cell_state: The state of the cell inside.
      attention: [batch, size], what was attended to at the step before.
      time: An int32 scalar, the number of the step.
      alignments: [batch, time of the memory] of the step before; a tuple of them for several mechanisms.
      alignment_history: A `TensorArray` of the alignments of all steps, or an empty tuple; a tuple of them for several
        mechanisms.
      attention_state: The state of the mechanism; a tuple of them for several mechanisms.
    """

    cell_state: Any
    attention: Any
    time: Any
    alignments: Any
    alignment_history: Any
    attention_state: Any

    def clone(self, **kwargs: Any) -> AttentionWrapperState:
        """The same state with other values of some fields, often `cell_state` from an encoder.

        Args:
          **kwargs: The fields that are replaced. Their tensors must have the shapes of those that they replace.

        Raises:
          TypeError, ValueError: If a field is built otherwise, or has another shape.
        """
        return nested.map_structure(_with_same_shape, self, self._replace(**kwargs))


def _with_same_shape(old: Any, new: Any) -> Any:
    if not isinstance(old, Tensor) or not isinstance(new, Tensor):
        return new
    if not old.shape.is_compatible_with(new.shape):
        raise ValueError(f"Wrong shape for {new.name}: the state that is cloned has {old.name} of shape {old.shape}, "
                         f"but shape {new.shape} was given. {_TILE.format('You may need to tile it')}")
    if old.shape.is_fully_defined() and new.shape.is_fully_defined():
        return new
    with name_scope(f"{new.op.name}/"):
        expected = as_shape(old.shape).as_list() if old.shape.is_fully_defined() else shape(old, name="expected_shape")
        check = assert_equal(expected, shape(new), message=f"Wrong shape for {new.name} [expected] [actual].")
        with control_dependencies([check]):
            checked = identity(new)
    checked.set_shape(old.shape.merge_with(new.shape))
    return checked


def compute_attention(attention_mechanism: Any, cell_output: Tensor, attention_state: Any,
                      attention_layer: Any) -> tuple[Tensor, Tensor, Any]:
    """What a mechanism attends to: the mean of the memory, weighted by the alignments.

    Args:
      attention_mechanism: Called with the query and its state, it gives alignments [batch, time] and its next state.
      cell_output: [batch, depth], the query.
      attention_state: The state of the mechanism.
      attention_layer: What makes the attention of [batch, depth + size of the memory]; None for the mean itself.

    Returns:
      `(attention, alignments, next_attention_state)`.

    Raises:
      ValueError: If the shapes are known not to fit.

    Example:
      >>> import millpond as tf
      >>> from millpond.seq2seq.attention_wrapper import compute_attention
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     memory = tf.constant([[[1.0, 0.0], [0.0, 1.0]]])
      ...     mechanism = tf.contrib.seq2seq.LuongAttention(2, memory)
      ...     state = mechanism.initial_state(1, tf.float32)
      ...     attention, alignments, _ = compute_attention(mechanism, tf.zeros([1, 2]), state, None)
      ...     sess.run(tf.global_variables_initializer())
      ...     print(sess.run([attention, alignments]))
      [array([[0.5, 0.5]], dtype=float32), array([[0.5, 0.5]], dtype=float32)]
    """
    alignments, next_state = attention_mechanism(cell_output, state=attention_state)
    context = squeeze(matmul(expand_dims(alignments, 1), attention_mechanism.values), [1])
    if attention_layer is None:
        return context, alignments, next_state
    return attention_layer(concat([cell_output, context], 1)), alignments, next_state


def _mixed_with_attention(inputs: Tensor, attention: Tensor) -> Tensor:
    return concat([inputs, attention], -1)


class AttentionWrapper(RNNCell):
    """A cell whose steps attend to a memory.

    A step gives the inputs, joined with the attention of the step before, to the cell; asks the mechanisms with the
    cell's output; and makes the attention of what they attend to. With a beam search, the memory, its lengths and the
    cell's first state are tiled by `tf.contrib.seq2seq.tile_batch`, and `zero_state` is asked for `batch * beams`.

    Args:
      cell: A recurrent cell.
      attention_mechanism: An `AttentionMechanism`, or a list of them.
      attention_layer_size: The size of the attention, made by a layer without bias from the cell's output and what is
        attended to; None for what is attended to itself. A list of sizes for several mechanisms.
      alignment_history: Whether the state keeps the alignments of all steps, in a `TensorArray` for each mechanism.
      cell_input_fn: `f(inputs, attention)` gives the input of the cell; by default they are joined.
      output_attention: Whether the output is the attention (as in Luong's networks); else it is that of the cell (as in
        Bahdanau's).
      initial_cell_state: The state of the cell in `zero_state`; zeros by default.
      name: Name of the layer.
      attention_layer: A layer in place of that of `attention_layer_size`, or a list of them.
      attention_fn: `f(mechanism, cell_output, attention_state, attention_layer)` in place of how attention is computed:
        it gives the attention, the alignments and the mechanism's next state.
      dtype: The dtype of the cell.

    Raises:
      TypeError: If the cell is no cell, a mechanism no mechanism, or a function no function.
      ValueError: If there are not as many sizes or layers as mechanisms, or both sizes and layers.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     attention = tf.contrib.seq2seq.LuongAttention(4, tf.zeros([2, 5, 3]))
      ...     cell = tf.contrib.seq2seq.AttentionWrapper(tf.nn.rnn_cell.GRUCell(4), attention, attention_layer_size=6)
      ...     output, state = cell(tf.zeros([2, 7]), cell.zero_state(2, tf.float32))
      ...     print(output.shape, state.alignments.shape, [v.name for v in tf.trainable_variables()][-1])
      (2, 6) (2, 5) attention_wrapper/attention_layer/kernel:0
    """

    def __init__(self, cell: Any, attention_mechanism: Any, attention_layer_size: Any = None,
                 alignment_history: bool = False, cell_input_fn: Callable[[Any, Tensor], Any] | None = None,
                 output_attention: bool = True, initial_cell_state: Any = None, name: str | None = None,
                 attention_layer: Any = None, attention_fn: AttentionFunction | None = None,
                 dtype: DTypeLike | None = None) -> None:
        super().__init__(name=name, dtype=dtype)
        check_is_cell("cell", cell)
        self._is_multi = isinstance(attention_mechanism, (list, tuple))
        mechanisms = tuple(attention_mechanism) if self._is_multi else (attention_mechanism,)
        for mechanism in mechanisms:
            if not isinstance(mechanism, AttentionMechanism):
                raise TypeError("attention_mechanism must be an AttentionMechanism or a list of AttentionMechanism "
                                f"instances, saw type: {type(mechanism).__name__}")
        if cell_input_fn is not None and not callable(cell_input_fn):
            raise TypeError(f"cell_input_fn must be callable, saw type: {type(cell_input_fn).__name__}")
        self._cell = cell
        self._attention_mechanisms = mechanisms
        self._attention_layers = _layers(mechanisms, attention_layer_size, attention_layer)
        self._attention_layer_size = _attention_size(cell, mechanisms, self._attention_layers)
        self._cell_input_fn = _mixed_with_attention if cell_input_fn is None else cell_input_fn
        self._attention_fn = compute_attention if attention_fn is None else attention_fn
        self._output_attention = output_attention
        self._alignment_history = alignment_history
        self._initial_cell_state = None
        if initial_cell_state is not None:
            with name_scope(name, "AttentionWrapperInit"):
                message = (f"When constructing AttentionWrapper {self._base_name}: Non-matching batch sizes between "
                           "the memory (encoder output) and initial_cell_state.  "
                           f"{_TILE.format('You may need to tile your initial state')}")
                self._initial_cell_state = self._checked_cell_state(
                    initial_cell_state, size_of(nested.flatten(initial_cell_state)[-1], 0), message,
                    "check_initial_cell_state")

    def _batch_size_checks(self, batch_size: Any, error_message: str) -> list[Operation]:
        """Checks that a batch is as large as those of the memories."""
        return [assert_equal(batch_size, mechanism.batch_size, message=error_message)
                for mechanism in self._attention_mechanisms if hasattr(mechanism, "batch_size")]

    def _checked_cell_state(self, cell_state: Any, batch_size: Any, error_message: str, name: str) -> Any:
        with control_dependencies(self._batch_size_checks(batch_size, error_message)):
            return nested.map_structure(lambda s: identity(s, name=name), cell_state)

    def _item_or_tuple(self, values: Iterable[Any]) -> Any:
        """What there is for each mechanism: a tuple if a list of mechanisms was given, else the one value."""
        found = tuple(values)
        return found if self._is_multi else found[0]

    @property
    def output_size(self) -> Any:
        """The size of the attention, or that of the cell's output."""
        return self._attention_layer_size if self._output_attention else self._cell.output_size

    @property
    def state_size(self) -> AttentionWrapperState:
        """The sizes of the fields of `AttentionWrapperState`."""
        mechanisms = self._attention_mechanisms
        return AttentionWrapperState(
            cell_state=self._cell.state_size, time=TensorShape([]), attention=self._attention_layer_size,
            alignments=self._item_or_tuple(m.alignments_size for m in mechanisms),
            attention_state=self._item_or_tuple(m.state_size for m in mechanisms),
            alignment_history=self._item_or_tuple(m.alignments_size if self._alignment_history else ()
                                                  for m in mechanisms))

    def zero_state(self, batch_size: TensorLike, dtype: DTypeLike) -> AttentionWrapperState:
        """The state before the first step: that of the cell, no attention, and no history.

        Args:
          batch_size: An int, or an int32 scalar: the batch of the memories.
          dtype: The dtype of the state.

        Raises:
          tf.errors.InvalidArgumentError: When run (or while building, if it is known), if the memories have another
            batch.
        """
        with self._zero_state_scope(batch_size):
            cell_state = self._initial_cell_state
            if cell_state is None:
                cell_state = self._cell.get_initial_state(batch_size=batch_size, dtype=dtype) \
                    if hasattr(self._cell, "get_initial_state") else self._cell.zero_state(batch_size, dtype)
            message = (f"When calling zero_state of AttentionWrapper {self._base_name}: Non-matching batch sizes "
                       "between the memory (encoder output) and the requested batch size.  Are you using the "
                       "BeamSearchDecoder?  If so, make sure your encoder output has been tiled to beam_width via "
                       "tf.contrib.seq2seq.tile_batch, and the batch_size= argument passed to zero_state is "
                       "batch_size * beam_width.")
            cell_state = self._checked_cell_state(cell_state, batch_size, message, "checked_cell_state")
            alignments = [m.initial_alignments(batch_size, dtype) for m in self._attention_mechanisms]
            return AttentionWrapperState(
                cell_state=cell_state, time=zeros([], dtypes.int32),
                attention=zero_state_tensors(self._attention_layer_size, batch_size, dtype),
                alignments=self._item_or_tuple(alignments),
                attention_state=self._item_or_tuple(m.initial_state(batch_size, dtype)
                                                    for m in self._attention_mechanisms),
                alignment_history=self._item_or_tuple(
                    TensorArray(dtype, size=0, dynamic_size=True, element_shape=one.shape)
                    if self._alignment_history else () for one in alignments))

    def call(self, inputs: Any, state: AttentionWrapperState) -> tuple[Any, AttentionWrapperState]:
        """One step: the attention or the cell's output, and the next state.

        Raises:
          TypeError: If the state is no `AttentionWrapperState`.
        """
        if not isinstance(state, AttentionWrapperState):
            raise TypeError("Expected state to be instance of AttentionWrapperState. Received type "
                            f"{type(state)} instead.")
        cell_output, cell_state = self._cell(self._cell_input_fn(inputs, state.attention), state.cell_state)
        message = (f"When applying AttentionWrapper {self.name}: Non-matching batch sizes between the memory (encoder "
                   f"output) and the query (decoder output).  {_TILE.format('You may need to tile your memory input')}")
        with control_dependencies(self._batch_size_checks(size_of(cell_output, 0), message)):
            cell_output = identity(cell_output, name="checked_cell_output")
        states, histories = (state.attention_state, state.alignment_history) if self._is_multi \
            else ([state.attention_state], [state.alignment_history])
        layers = self._attention_layers or [None] * len(self._attention_mechanisms)
        attended = [self._attention_fn(mechanism, cell_output, mechanism_state, layer)
                    for mechanism, mechanism_state, layer
                    in zip(self._attention_mechanisms, states, layers, strict=True)]
        attentions, alignments, next_states = zip(*attended, strict=True)
        attention = concat(list(attentions), 1)
        next_state = AttentionWrapperState(
            time=state.time + 1, cell_state=cell_state, attention=attention,
            attention_state=self._item_or_tuple(next_states), alignments=self._item_or_tuple(alignments),
            alignment_history=self._item_or_tuple(history.write(state.time, one) if self._alignment_history else ()
                                                  for history, one in zip(histories, alignments, strict=True)))
        return (attention if self._output_attention else cell_output), next_state


def _listed(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, (list, tuple)) else (value,)


def _layers(mechanisms: tuple[Any, ...], sizes: Any, layers: Any) -> tuple[Any, ...] | None:
    """For each mechanism the layer that makes the attention; None where there is none."""
    if sizes is not None and layers is not None:
        raise ValueError("Only one of attention_layer_size and attention_layer should be set")
    for what, unit, given in (("attention_layer_size", "integer", sizes), ("attention_layer", "layer", layers)):
        if given is not None and len(_listed(given)) != len(mechanisms):
            raise ValueError(f"If provided, {what} must contain exactly one {unit} per attention_mechanism, saw: "
                             f"{len(_listed(given))} vs {len(mechanisms)}")
    if sizes is not None:
        return tuple(Dense(size, name="attention_layer", use_bias=False, dtype=getattr(mechanism, "dtype", None))
                     for size, mechanism in zip(_listed(sizes), mechanisms, strict=True))
    return None if layers is None else _listed(layers)


def _attention_size(cell: Any, mechanisms: tuple[Any, ...], layers: tuple[Any, ...] | None) -> int:
    """The sizes of what the mechanisms attend to, in all; after their layers, if there are any."""
    sizes = [mechanism.values.shape[-1].value for mechanism in mechanisms]
    if layers is None:
        return sum(sizes)
    found = [layer.compute_output_shape([None, cell.output_size + size]) for layer, size
             in zip(layers, sizes, strict=True)]
    return sum(as_shape(one).as_list()[-1] for one in found)  # type: ignore[misc]
