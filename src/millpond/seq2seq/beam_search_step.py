"""One step of a beam search as a function of tensors: the best continuations of the beams of each entry.

A beam that has ended may go on with the end token alone, at no cost, so that it keeps its score beside those that are
still growing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from millpond import dtypes, nested
from millpond.graph.argument_types import TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.static_values import constant_value
from millpond.graph.tensor import Tensor
from millpond.ops.array.fill import ones_like
from millpond.ops.array.gather import gather, one_hot
from millpond.ops.array.join import stack
from millpond.ops.array.shape import expand_dims, reshape
from millpond.ops.control.tensor_array import TensorArray
from millpond.ops.math.arithmetic import add, minimum, multiply, pow
from millpond.ops.math.cast import cast
from millpond.ops.math.comparison import equal, logical_not, logical_or, where, where_v2
from millpond.ops.math.division import div, divide, floordiv, floormod
from millpond.ops.math.elementwise import log
from millpond.ops.math.reduction import reduce_sum
from millpond.ops.math.sorting import top_k
from millpond.ops.nn.softmax import log_softmax
from millpond.seq2seq.beams import size_of


class BeamSearchDecoderState(NamedTuple):
    """Where a beam search stands.

    Attributes:
      cell_state: The state of the cell, each tensor [batch, beams, ...].
      log_probs: Floats [batch, beams], the log probability of each beam.
      finished: Booleans [batch, beams], which beams have ended.
      lengths: int64 [batch, beams], how long each beam is.
      accumulated_attention_probs: Floats [batch, beams, time of the input], what each beam has attended to so far; an
        empty tuple without a coverage penalty.
    """

    cell_state: Any
    log_probs: Any
    finished: Any
    lengths: Any
    accumulated_attention_probs: Any


class BeamSearchDecoderOutput(NamedTuple):
    """What a step of a beam search gives, for each beam after it.

    Attributes:
      scores: Floats [batch, beams], the log probabilities, divided by the length penalty, and with the penalty for
        what of the input is not covered.
      predicted_ids: int32 [batch, beams], the symbol that was taken.
      parent_ids: int32 [batch, beams], the beam before the step that it goes on from.
    """

    scores: Any
    predicted_ids: Any
    parent_ids: Any


def beam_search_step(logits: Tensor, next_cell_state: Any, beam_state: BeamSearchDecoderState, batch_size: TensorLike,
                     beam_width: int, end_token: Tensor, length_penalty_weight: TensorLike,
                     coverage_penalty_weight: TensorLike, attention_probs: Tensor | None,
                     ) -> tuple[BeamSearchDecoderOutput, BeamSearchDecoderState]:
    """Goes on from the beams of each entry with the best of all continuations.

    Args:
      logits: Floats [batch, beams, vocabulary].
      next_cell_state: The state of the cell after the step, each tensor [batch, beams, ...].
      beam_state: Where the search stood before.
      batch_size: An int32 scalar.
      beam_width: The number of beams.
      end_token: An int32 scalar.
      length_penalty_weight, coverage_penalty_weight: Scalars; 0 for no penalty.
      attention_probs: Floats [batch, beams, time of the input], what each beam attends to; None without a coverage
        penalty.
    """
    width = size_of(logits, -1)
    finished = beam_state.finished
    going = logical_not(finished)
    log_probs = _ended_beams_end_again(log_softmax(logits), end_token, finished)
    totals = add(expand_dims(beam_state.log_probs, 2), log_probs)
    attended = None
    if attention_probs is not None:
        counted = multiply(attention_probs, expand_dims(cast(going, attention_probs.dtype), 2))
        attended = add(beam_state.accumulated_attention_probs, counted)
    scores = _penalize_length(totals, _next_lengths(beam_state, end_token, width), length_penalty_weight)
    if attended is not None:
        scores = add(scores, expand_dims(_coverage_penalty(attended, finished, coverage_penalty_weight), 2))

    best, places = top_k(reshape(scores, stack([batch_size, -1])), k=beam_width)
    static_batch = constant_value(batch_size)
    for tensor in (best, places):
        tensor.set_shape([None if static_batch is None else int(static_batch), beam_width])
    chosen_totals = _of_beams(reshape(totals, stack([batch_size, -1])), places, "next_beam_probs")
    word_ids = cast(floormod(places, width, name="next_beam_word_ids"), dtypes.int32)
    parents = cast(floordiv(places, width), dtypes.int32, name="next_beam_parent_ids")
    had_finished = _of_beams(finished, parents)
    lengths = add(_of_beams(beam_state.lengths, parents), cast(logical_not(had_finished), dtypes.int64))
    next_state = BeamSearchDecoderState(
        cell_state=nested.map_structure(lambda t: _state_of_beams(t, parents), next_cell_state),
        log_probs=chosen_totals,
        finished=logical_or(had_finished, equal(word_ids, end_token), name="next_beam_finished"),
        lengths=lengths,
        accumulated_attention_probs=() if attended is None else _of_beams(attended, parents))
    return BeamSearchDecoderOutput(scores=best, predicted_ids=word_ids, parent_ids=parents), next_state


def _ended_beams_end_again(log_probs: Tensor, end_token: Tensor, finished: Tensor) -> Tensor:
    """Gives all probability of the beams that have ended to the end token."""
    dtype = log_probs.dtype
    ended = one_hot(end_token, size_of(log_probs, -1), on_value=0.0, off_value=dtype.min, dtype=dtype)
    return where_v2(expand_dims(finished, 2), ended, log_probs)


def _next_lengths(beam_state: BeamSearchDecoderState, end_token: Tensor, width: Any) -> Tensor:
    """int64 [batch, beams, vocabulary]: how long each continuation counts as; the end token adds nothing."""
    added = one_hot(end_token, width, on_value=np.int64(0), off_value=np.int64(1), dtype=dtypes.int64)
    going = expand_dims(cast(logical_not(beam_state.finished), dtypes.int64), 2)
    return add(multiply(added, going), expand_dims(beam_state.lengths, 2))


def _penalize_length(totals: Tensor, lengths: Tensor, weight: TensorLike) -> Tensor:
    """Divides log probabilities by `((5 + length) / 6) ** weight` (Y. Wu et al., 2016)."""
    weight = convert_to_tensor(weight, name="penalty_factor")
    weight.set_shape([])
    static = constant_value(weight)
    if static is not None and static == 0:
        return totals
    penalty = div(pow(add(cast(lengths, dtypes.float32), 5.0), weight), pow(6.0, weight))
    return divide(totals, cast(penalty, totals.dtype))


def _coverage_penalty(attended: Tensor, finished: Tensor, weight: TensorLike) -> Tensor:
    """[batch, beams]: the sum of log(min(attention, 1)) over the input (Y. Wu et al., 2016), for what has ended.

    Steps of the input that were never attended to count as covered: they are those after its end.
    """
    covered = where(equal(attended, 0.0), ones_like(attended), attended)
    penalty = reduce_sum(log(minimum(covered, 1.0)), 2)
    return multiply(multiply(penalty, cast(finished, penalty.dtype)), weight)


def _of_beams(t: Tensor, beams: Tensor, name: str | None = None) -> Tensor:
    """[batch, beams, ...] of `t` [batch, any, ...]: what lies at these places of each entry."""
    return gather(t, beams, axis=1, batch_dims=1, name=name)


def _state_of_beams(t: Any, parents: Tensor) -> Any:
    """The same for a part of the cell's state; scalars and tensor arrays are not of single beams."""
    if isinstance(t, TensorArray):
        return t
    check_rank_known(t)
    return _of_beams(t, parents) if t.shape.ndims >= 2 else t


def check_rank_known(t: Tensor) -> None:
    """Raises a `ValueError` for a tensor of unknown rank."""
    if t.shape.ndims is None:
        raise ValueError(f"Expected tensor ({t}) to have known rank, but ndims == None.")
