"""BeamSearchDecoder: a decoder that keeps the best sequences of each entry, and goes on from all of them.

Beams lie in a dimension after the batch; for the cell both are merged.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from millpond import dtypes, nested
from millpond.graph.argument_types import TensorLike
from millpond.graph.default import control_dependencies
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.logs import LOGGER
from millpond.ops.array.fill import zeros
from millpond.ops.array.gather import one_hot
from millpond.ops.array.indexing import getitem
from millpond.ops.array.join import concat
from millpond.ops.array.pad import tile
from millpond.ops.array.shape import expand_dims, reshape, shape, size
from millpond.ops.control.cond import cond
from millpond.ops.control.tensor_array import TensorArray
from millpond.ops.host.assertions import Assert
from millpond.ops.math.arithmetic import multiply
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import equal, logical_and, logical_not, logical_or, where_v2
from millpond.ops.math.reduction import reduce_all, reduce_max, reduce_mean
from millpond.ops.nn.gather_tree import gather_tree
from millpond.ops.scoping import name_scope
from millpond.rnn.cells_base import check_is_cell
from millpond.seq2seq.attention_wrapper import AttentionWrapperState
from millpond.seq2seq.basic_decoder import check_output_layer, output_size_of
from millpond.seq2seq.beam_search_step import (
    BeamSearchDecoderOutput,
    BeamSearchDecoderState,
    beam_search_step,
    check_rank_known,
)
from millpond.seq2seq.beams import gather_tree_from_array
from millpond.seq2seq.decoder import Decoder
from millpond.seq2seq.sampling import embedding_of, start_and_end
from millpond.shapes import TensorShape, as_shape


class FinalBeamSearchDecoderOutput(NamedTuple):
    """What a beam search gives in the end.

    Attributes:
      predicted_ids: int32 [batch, time, beams] (or [time, batch, beams]), the sequences, the best beam first; after the
        end of each, the end token.
      beam_search_decoder_output: The `BeamSearchDecoderOutput` of all steps.
    """

    predicted_ids: Any
    beam_search_decoder_output: Any


class BeamSearchDecoder(Decoder):
    """A beam search over the symbols that a cell gives logits of.

    With a cell that attends (`AttentionWrapper`), its memory, the lengths of the memory and its first state must be
    tiled by `tf.contrib.seq2seq.tile_batch`, as `initial_state` must be: its batch is `batch * beams`.

    Args:
      cell: A recurrent cell.
      embedding: A function from ids to inputs, or what `tf.nn.embedding_lookup` looks them up in.
      start_tokens: int32 [batch], the symbols before the first step.
      end_token: An int32 scalar: the symbol that ends a sequence.
      initial_state: The state of the cell before the first step, tiled.
      beam_width: The number of beams.
      output_layer: A `tf.layers.Layer` that makes logits of the cell's outputs; or None.
      length_penalty_weight: The power to which `(5 + length) / 6` is taken that a score is divided by; 0 for none.
      coverage_penalty_weight: The weight of what of the input has not been attended to, for cells that attend.
      reorder_tensor_arrays: Whether `TensorArray`s in the state, such as the history of alignments, are put in the
        order of the sequences at the end, and stacked.

    Raises:
      TypeError: If `cell` is no cell, or `output_layer` no layer.
      ValueError: If `start_tokens` is no vector, `end_token` no scalar, or the state was not tiled.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     cell = tf.nn.rnn_cell.GRUCell(4)
      ...     decoder = tf.contrib.seq2seq.BeamSearchDecoder(
      ...         cell, embedding=tf.zeros([6, 3]), start_tokens=[1, 1], end_token=0, beam_width=5,
      ...         initial_state=cell.zero_state(2 * 5, tf.float32), output_layer=tf.layers.Dense(6))
      ...     outputs, _, lengths = tf.contrib.seq2seq.dynamic_decode(decoder, maximum_iterations=8)
      ...     print(outputs.predicted_ids.shape, lengths.shape)
      (2, ?, 5) (2, 5)
    """

    def __init__(self, cell: Any, embedding: Any, start_tokens: TensorLike, end_token: TensorLike, initial_state: Any,
                 beam_width: int, output_layer: Any = None, length_penalty_weight: TensorLike = 0.0,
                 coverage_penalty_weight: float = 0.0, reorder_tensor_arrays: bool = True) -> None:
        check_is_cell("cell", cell)
        check_output_layer(output_layer)
        self._cell = cell
        self._output_layer = output_layer
        self._reorder_tensor_arrays = reorder_tensor_arrays
        self._beam_width = beam_width
        self._length_penalty_weight = length_penalty_weight
        self._coverage_penalty_weight = coverage_penalty_weight
        self._embedding_fn = embedding_of(embedding)
        tokens, self._end_token = start_and_end(start_tokens, end_token)
        self._batch_size = size(tokens)
        self._initial_cell_state = nested.map_structure(self._maybe_split_batch_beams, initial_state, cell.state_size)
        self._start_tokens = tile(expand_dims(tokens, 1), [1, beam_width])
        self._start_inputs = self._embedding_fn(self._start_tokens)
        self._first_beam = one_hot(zeros([self._batch_size], dtypes.int32), beam_width, on_value=True, off_value=False,
                                   dtype=dtypes.bool)

    @property
    def batch_size(self) -> Tensor:
        """How many entries there are; each has `beam_width` beams."""
        return self._batch_size

    @property
    def tracks_own_finished(self) -> bool:
        """True: beams move between steps."""
        return True

    def _rnn_output_size(self) -> Any:
        return output_size_of(self._cell, self._output_layer)

    @property
    def output_size(self) -> BeamSearchDecoderOutput:
        """The shapes of the fields of `BeamSearchDecoderOutput`."""
        beams = TensorShape([self._beam_width])
        return BeamSearchDecoderOutput(scores=beams, predicted_ids=beams, parent_ids=beams)

    @property
    def _dtype(self) -> Any:
        return nested.flatten(self._initial_cell_state)[0].dtype

    @property
    def output_dtype(self) -> BeamSearchDecoderOutput:
        """Their dtypes: scores are taken to be of the dtype of the state."""
        return BeamSearchDecoderOutput(scores=nested.map_structure(lambda _: self._dtype, self._rnn_output_size()),
                                       predicted_ids=dtypes.int32, parent_ids=dtypes.int32)

    def initialize(self, name: str | None = None) -> Any:
        """`(finished, inputs, state)` before the first step: all beams but one of each entry have ended, improbably."""
        finished = logical_not(self._first_beam)
        probability = where_v2(self._first_beam, cast(0.0, self._dtype), cast(-np.inf, self._dtype))
        attended = self._attention_probs(self._initial_cell_state)
        state = BeamSearchDecoderState(
            cell_state=self._initial_cell_state, log_probs=probability, finished=finished,
            lengths=zeros([self._batch_size, self._beam_width], dtypes.int64),
            accumulated_attention_probs=() if attended is None else attended)
        return finished, self._start_inputs, state

    def finalize(self, outputs: BeamSearchDecoderOutput, final_state: BeamSearchDecoderState,
                 sequence_lengths: Tensor) -> tuple[FinalBeamSearchDecoderOutput, BeamSearchDecoderState]:
        """The sequences that the beams ended with; their lengths are in the state."""
        longest = cast(reduce_max(final_state.lengths, 1), dtypes.int32)
        ids = gather_tree(outputs.predicted_ids, outputs.parent_ids, longest, self._end_token)
        if self._reorder_tensor_arrays:
            final_state = final_state._replace(cell_state=nested.map_structure(
                lambda t: self._maybe_sort_array_beams(t, outputs.parent_ids, final_state.lengths),
                final_state.cell_state))
        return FinalBeamSearchDecoderOutput(predicted_ids=ids, beam_search_decoder_output=outputs), final_state

    def step(self, time: Tensor, inputs: Any, state: BeamSearchDecoderState, name: str | None = None) -> Any:
        """`(outputs, next_state, next_inputs, finished)` of a step."""
        with name_scope(name, "BeamSearchDecoderStep", nested.flatten((time, inputs, state))):
            merged = nested.map_structure(lambda t: self._merge_batch_beams(t, t.shape[2:]), inputs)
            cell_state = nested.map_structure(self._maybe_merge_batch_beams, state.cell_state, self._cell.state_size)
            cell_outputs, cell_state = self._cell(merged, cell_state)
            logits = nested.map_structure(lambda t: self._split_batch_beams(t, t.shape[1:]), cell_outputs)
            cell_state = nested.map_structure(self._maybe_split_batch_beams, cell_state, self._cell.state_size)
            if self._output_layer is not None:
                logits = self._output_layer(logits)
            output, next_state = beam_search_step(
                logits, cell_state, state, self._batch_size, self._beam_width, self._end_token,
                self._length_penalty_weight, self._coverage_penalty_weight, self._attention_probs(cell_state))
            next_inputs = cond(reduce_all(next_state.finished), lambda: self._start_inputs,
                               lambda: self._embedding_fn(output.predicted_ids))
        return output, next_state, next_inputs, next_state.finished

    # Batches of beams.

    def _static_batch(self) -> int | None:
        known = constant_value(self._batch_size)
        return None if known is None else int(known)

    def _merge_batch_beams(self, t: Tensor, s: Any = None) -> Tensor:
        """[batch, beams, *s] to [batch * beams, *s]."""
        batch = self._static_batch()
        rows = multiply(self._batch_size, self._beam_width)
        merged = reshape(t, concat([[rows], getitem(shape(t), slice(2, None))], 0))
        merged.set_shape(TensorShape([None if batch is None else batch * self._beam_width]).concatenate(_known(s)))
        return merged

    def _split_batch_beams(self, t: Tensor, s: Any = None) -> Tensor:
        """[batch * beams, *s] to [batch, beams, *s]."""
        split = reshape(t, concat([[self._batch_size, self._beam_width], getitem(shape(t), slice(1, None))], 0))
        expected = TensorShape([self._static_batch(), self._beam_width]).concatenate(_known(s))
        if not split.shape.is_compatible_with(expected):
            raise ValueError("Unexpected behavior when reshaping between beam width and batch size.  The reshaped "
                             f"tensor has shape: {split.shape}.  We expected it to have shape (batch_size, beam_width, "
                             f"depth) == {expected}.  Perhaps you forgot to create a zero_state with "
                             "batch_size=encoder_batch_size * beam_width?")
        split.set_shape(expected)
        return split

    def _maybe_split_batch_beams(self, t: Any, s: Any) -> Any:
        """The same for a part of the cell's state; scalars and tensor arrays stay as they are."""
        if isinstance(t, TensorArray):
            return t
        check_rank_known(t)
        return self._split_batch_beams(t, s) if t.shape.ndims >= 1 else t

    def _maybe_merge_batch_beams(self, t: Any, s: Any) -> Any:
        if isinstance(t, TensorArray):
            return t
        check_rank_known(t)
        return self._merge_batch_beams(t, s) if t.shape.ndims >= 2 else t

    def _maybe_sort_array_beams(self, t: Any, parent_ids: Tensor, sequence_length: Tensor) -> Any:
        """Stacks a tensor array of steps, in the order of the sequences; what is none, or has no beams, stays."""
        if not isinstance(t, TensorArray):
            return t
        element = as_shape(t.element_shape)
        if not element.ndims:
            LOGGER.warning("The TensorArray %s in the cell state is not amenable to sorting based on the beam search "
                           "result. For a TensorArray to be sorted, its elements shape must be defined and have at "
                           "least a rank of 1, but saw shape: %s", t.handle.name, element)
            return t
        if not self._has_beams(element):
            LOGGER.warning("TensorArray reordering expects elements to be reshapable to %s which is incompatible with "
                           "the current shape %s. Consider setting reorder_tensor_arrays to False to disable "
                           "TensorArray reordering during the beam search.",
                           TensorShape([self._static_batch(), self._beam_width, None]), element)
            return t
        steps = t.stack()
        with control_dependencies([self._check_beams(steps)]):
            return gather_tree_from_array(steps, parent_ids, sequence_length)

    def _has_beams(self, element: TensorShape) -> bool:
        """Whether elements may be those of beams, by what is known of their shape: as in TensorFlow 1.15, ones whose
        first two dimensions are both known are taken to be [batch, beams, ...]."""
        batch, sizes = self._static_batch(), element.as_list()
        if batch is None or sizes[0] is None:
            return True
        if sizes[0] != batch * self._beam_width:
            return False
        return len(sizes) < 2 or sizes[1] is None or (sizes[0] == batch and sizes[1] == self._beam_width)

    def _check_beams(self, steps: Tensor) -> Any:
        sizes = shape(steps)
        fits = equal(sizes[1], multiply(self._batch_size, self._beam_width))
        if steps.shape.ndims != 2:
            apart = logical_and(equal(sizes[1], self._batch_size), equal(sizes[2], self._beam_width))
            fits = logical_or(fits, apart)
        return Assert(fits, ["TensorArray reordering expects elements to be reshapable to [batch_size, beam_size, -1] "
                             f"which is incompatible with the dynamic shape of {steps.name} elements. Consider setting "
                             "reorder_tensor_arrays to False to disable TensorArray reordering during the beam "
                             "search."])

    # What beams attend to.

    def _attention_probs(self, cell_state: Any) -> Tensor | None:
        """[batch, beams, time of the input], what each beam attends to; None without a coverage penalty.

        Raises:
          ValueError: If there is a penalty, but the cell does not attend.
        """
        weight = self._coverage_penalty_weight
        if not isinstance(weight, Tensor) and weight == 0.0:
            return None
        states = [cell_state] if isinstance(cell_state, AttentionWrapperState) else cell_state
        found = [_mean(list(state.alignments)) if isinstance(state.alignments, tuple) else state.alignments
                 for state in (states if isinstance(states, (list, tuple)) else [])
                 if isinstance(state, AttentionWrapperState)]
        if not found:
            raise ValueError("coverage_penalty_weight must be 0.0 if no cell is attentional.")
        return _mean(found)


def _mean(tensors: list[Tensor]) -> Tensor:
    """The mean of several tensors [batch, beams, time]."""
    return tensors[0] if len(tensors) == 1 else reduce_mean(concat([expand_dims(t, -1) for t in tensors], -1), -1)


def _known(s: Any) -> TensorShape:
    """What is known of a shape that may be a tensor."""
    if not isinstance(s, Tensor):
        return TensorShape(s)
    value = constant_value(s)
    return TensorShape(None) if value is None else as_shape(value.tolist())
