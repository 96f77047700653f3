"""Connectionist temporal classification (A. Graves et al., 2006): the loss, and two decoders.

A sequence of labels is read off a path through time by merging repeated labels and then removing the blank, which is
the last class. These ops follow labels of any length, example by example, and run on the host.
"""

from __future__ import annotations

import numpy as np

from millpond.autodiff.builder import GradientBuilder
from millpond.graph.argument_types import TensorLike
from millpond.graph.composite import SparseTensor
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, Cotangents, HostContext
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.ops.nn.ctc_beam_search import beam_search
from millpond.shapes import TensorShape

_FLOATS = "{float, double} = float"


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _check_lengths(inputs: np.ndarray, sequence_length: np.ndarray) -> None:
    time, batch = inputs.shape[:2]
    if sequence_length.shape != (batch,):
        raise ValueError(f"sequence_length must have one entry for each of the {batch} examples, got shape "
                         f"{list(sequence_length.shape)}")
    if np.any((sequence_length > time) | (sequence_length < 0)):
        raise ValueError(f"sequence_length must be in [0, {time}], got {sequence_length.tolist()}")


def _ctc_loss_shape(inputs: TensorShape, labels_indices: TensorShape, labels_values: TensorShape,
                    sequence_length: TensorShape) -> tuple[TensorShape, ...]:
    batch = _batch_size(inputs, sequence_length)
    time, _, classes = shape_rules.sizes_of(shape_rules.with_rank(inputs, 3))
    return TensorShape.of((batch,)), TensorShape.of((time, batch, classes))


def _ctc_loss_kernel(context: HostContext, inputs: Array, labels_indices: Array, labels_values: Array,
                     sequence_length: Array, *, preprocess_collapse_repeated: bool, ctc_merge_repeated: bool,
                     ignore_longer_outputs_than_inputs: bool) -> tuple[Array, ...]:
    _check_lengths(inputs, sequence_length)
    batch, classes = inputs.shape[1:]
    losses, slopes = np.zeros(batch, inputs.dtype), np.zeros_like(inputs)
    for example in range(batch):
        length = int(sequence_length[example])
        labels = labels_values[labels_indices[:, 0] == example]
        if np.any((labels < 0) | (labels >= classes - 1)):
            raise ValueError(f"Labels must be in [0, {classes - 1}) (the last class is the blank), got "
                             f"{labels.tolist()} in batch {example}")
        if preprocess_collapse_repeated and len(labels):
            labels = labels[np.concatenate([[True], labels[1:] != labels[:-1]])]
        required = len(labels) + (int(np.sum(labels[1:] == labels[:-1])) if ctc_merge_repeated else 0)
        if required > length:
            if ignore_longer_outputs_than_inputs:
                continue
            raise ValueError(f"Not enough time for target transition sequence (required: {required}, available: "
                             f"{length}) in batch {example}. You can turn this error into a warning by using the flag "
                             "ignore_longer_outputs_than_inputs")
        if length:
            losses[example], slopes[:length, example] = _one_example(
                inputs[:length, example].astype(np.float64), labels, ctc_merge_repeated)
    return losses, slopes


def _one_example(logits: np.ndarray, labels: np.ndarray, merges: bool) -> tuple[float, np.ndarray]:
    """The negative log probability of the labels, and its gradient by the logits."""
    time, classes = logits.shape
    blank = classes - 1
    path = np.full(2 * len(labels) + 1, blank)
    path[1::2] = labels
    log_probability = log_softmax(logits)
    emitted = log_probability[:, path]
    # A blank may be skipped between different labels (between any, if repeated ones are not merged).
    skips = np.zeros(len(path), bool)
    skips[2:] = (path[2:] != blank) & ~(merges & (path[2:] == path[:-2]))
    stays = merges | (path == blank)
    forward = _forward(emitted, skips, stays)
    # Backwards in time and along the path, the skips are those of the state that is left.
    skips_back = np.zeros(len(path), bool)
    skips_back[2:] = skips[2:][::-1]
    backward = _forward(emitted[::-1, ::-1], skips_back, stays[::-1])[::-1, ::-1] - emitted
    total = np.logaddexp.reduce(forward[-1, -2:])
    slope = np.exp(log_probability)
    if np.isfinite(total):
        occupied = np.exp(forward + backward - total)
        for state, label in enumerate(path):
            slope[:, label] -= occupied[:, state]
    return -total, slope


def _forward(emitted: np.ndarray, skips: np.ndarray, stays: np.ndarray) -> np.ndarray:
    """log P(the first labels of the path have been emitted, and the state is reached), for each time."""
    result = np.full(emitted.shape, -np.inf)
    result[0, :2] = emitted[0, :2]
    for t in range(1, len(emitted)):
        before = result[t - 1]
        sums = np.where(stays, before, -np.inf)
        sums[1:] = np.logaddexp(sums[1:], before[:-1])
        sums[2:] = np.where(skips[2:], np.logaddexp(sums[2:], before[:-2]), sums[2:])
        result[t] = sums + emitted[t]
    return result


def _ctc_loss_gradient(g: GradientBuilder, op: Operation, dy: Tensor, _: Tensor) -> Cotangents:
    slope = g.PreventGradient(op.outputs[1], message="There is no way to take the second derivative of ctc_loss: its "
                                                     "gradient is computed together with the loss.")
    return [g.Mul(g.Reshape(dy, [1, -1, 1]), slope, name="mul"), None, None, None]


CTC_LOSS = define_op(
    "CTCLoss", inputs="inputs: T, labels_indices: int64, labels_values: int32, sequence_length: int32",
    outputs="loss: T, gradient: T",
    attrs=f"preprocess_collapse_repeated: bool = False, ctc_merge_repeated: bool = True, "
          f"ignore_longer_outputs_than_inputs: bool = False, T: {_FLOATS}",
    shape=_ctc_loss_shape, kernel=_ctc_loss_kernel, gradient=_ctc_loss_gradient, host=True)


def ctc_loss(labels: SparseTensor, inputs: TensorLike | None = None, sequence_length: TensorLike | None = None,
             preprocess_collapse_repeated: bool = False, ctc_merge_repeated: bool = True,
             ignore_longer_outputs_than_inputs: bool = False, time_major: bool = True,
             logits: TensorLike | None = None) -> Tensor:
    """The negative log probability that the labels are read off a path through the outputs of a network.

    Args:
      labels: A sparse int32 matrix: row b holds the labels of example b.
      inputs, logits: [time, batch, classes] logits; the last class is the blank.
      sequence_length: int32 [batch], how many time steps each example has.
      preprocess_collapse_repeated: Whether repeated labels are merged before.
      ctc_merge_repeated: Whether repeated labels of a path are merged when it is read.
      ignore_longer_outputs_than_inputs: Whether examples without time for their labels have the loss 0 in place of
        raising an error.
      time_major: Whether the inputs are [time, batch, classes], not [batch, time, classes].

    Returns:
      [batch].

    Raises:
      TypeError: If the labels are no `SparseTensor`.
      tf.errors.InvalidArgumentError: At run time, if there is no time for the labels, or a label is none of the
        classes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     labels = tf.SparseTensor([[0, 0]], [1], [1, 1])
      ...     logits = tf.zeros([1, 1, 3])
      ...     print(sess.run(tf.nn.ctc_loss(tf.cast(labels, tf.int32), logits, [1])).round(4))
      [1.0986]
    """
    if not isinstance(labels, SparseTensor):
        raise TypeError(f"Expected argument `labels` to be a SparseTensor. Received labels={labels} of type: "
                        f"{type(labels).__name__}")
    inputs = convert_to_tensor(logits if inputs is None else inputs, name="logits")
    if not time_major:
        inputs = GradientBuilder().Transpose(inputs, [1, 0, 2])
    return CTC_LOSS(inputs, labels.indices, labels.values, sequence_length,
                    preprocess_collapse_repeated=preprocess_collapse_repeated, ctc_merge_repeated=ctc_merge_repeated,
                    ignore_longer_outputs_than_inputs=ignore_longer_outputs_than_inputs).loss


def _sparse(rows: list[list[int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    indices = [(row, column) for row, labels in enumerate(rows) for column in range(len(labels))]
    values = [label for labels in rows for label in labels]
    return (np.array(indices, np.int64).reshape(-1, 2), np.array(values, np.int64),
            np.array([len(rows), max(map(len, rows), default=0)], np.int64))


def _batch_size(inputs: TensorShape, sequence_length: TensorShape) -> int | None:
    sizes = shape_rules.sizes_of(shape_rules.with_rank(inputs, 3))
    return shape_rules.sizes_of(TensorShape.of(sizes[1:2]).merge_with(sequence_length))[0]


def _greedy_shape(inputs: TensorShape, sequence_length: TensorShape) -> tuple[TensorShape, ...]:
    batch = _batch_size(inputs, sequence_length)
    return TensorShape([None, 2]), TensorShape([None]), TensorShape([2]), TensorShape.of((batch, 1))


def _greedy_kernel(context: HostContext, inputs: Array, sequence_length: Array, *, merge_repeated: bool,
                   blank_index: int) -> tuple[Array, ...]:
    _check_lengths(inputs, sequence_length)
    classes = inputs.shape[2]
    blank = blank_index + classes if blank_index < 0 else blank_index
    rows, scores = [], np.zeros((inputs.shape[1], 1), inputs.dtype)
    for example, length in enumerate(sequence_length):
        best = inputs[:length, example].argmax(axis=1)
        scores[example] = -inputs[:length, example].max(axis=1).sum() if length else 0
        new = np.concatenate([[True], best[1:] != best[:-1]])[:length] if merge_repeated else np.ones(length, bool)
        rows.append(best[new & (best != blank)].tolist())
    return *_sparse(rows), scores


CTC_GREEDY_DECODER = define_op(
    "CTCGreedyDecoder", inputs="inputs: T, sequence_length: int32",
    outputs="decoded_indices: int64, decoded_values: int64, decoded_shape: int64, log_probability: T",
    attrs=f"merge_repeated: bool = False, blank_index: int = -1, T: {_FLOATS}", shape=_greedy_shape,
    kernel=_greedy_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def ctc_greedy_decoder(inputs: TensorLike, sequence_length: TensorLike, merge_repeated: bool = True,
                       blank_index: int | None = None) -> tuple[list[SparseTensor], Tensor]:
    """The labels along the most probable path.

    Args:
      inputs: [time, batch, classes] logits; the last class is the blank.
      sequence_length: int32 [batch].
      merge_repeated: Whether labels that repeat without a blank between them are merged.
      blank_index: Another class for the blank.

    Returns:
      A list of one sparse int64 matrix, and [batch, 1]: the negative sum of the greatest logits.

    Raises:
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if a sequence is longer than the inputs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     logits = tf.constant([[[9.0, 0.0, 0.0]], [[0.0, 0.0, 9.0]], [[0.0, 9.0, 0.0]]])
      ...     decoded, _ = tf.nn.ctc_greedy_decoder(logits, [3])
      ...     print(sess.run(decoded[0].values))
      [0 1]
    """
    made = CTC_GREEDY_DECODER(inputs, sequence_length, merge_repeated=merge_repeated, blank_index=blank_index)
    return [SparseTensor(made[0], made[1], made[2])], made[3]


def _beam_shape(inputs: TensorShape, sequence_length: TensorShape, *, top_paths: int) -> tuple[TensorShape, ...]:
    batch = _batch_size(inputs, sequence_length)
    return (*[TensorShape([None, 2])] * top_paths, *[TensorShape([None])] * top_paths, *[TensorShape([2])] * top_paths,
            TensorShape.of((batch, top_paths)))


def _beam_kernel(context: HostContext, inputs: Array, sequence_length: Array, *, beam_width: int, top_paths: int,
                 merge_repeated: bool) -> tuple[Array, ...]:
    _check_lengths(inputs, sequence_length)
    if top_paths > beam_width:
        raise ValueError(f"top_paths ({top_paths}) cannot exceed beam_width ({beam_width})")
    batch = inputs.shape[1]
    scores = np.zeros((batch, top_paths), inputs.dtype)
    paths: list[list[list[int]]] = [[] for _ in range(top_paths)]
    for example, length in enumerate(sequence_length):
        found = beam_search(log_softmax(inputs[:length, example].astype(np.float64)), beam_width)
        if len(found) < top_paths:
            raise ValueError(f"Less leaves in the beam search than requested: {len(found)} of {top_paths} in "
                             f"batch {example}")
        for place, (labels, score) in enumerate(found[:top_paths]):
            scores[example, place] = score
            paths[place].append([label for i, label in enumerate(labels)
                                 if not (merge_repeated and i and label == labels[i - 1])])
    sparse = [_sparse(rows) for rows in paths]
    return *[part[0] for part in sparse], *[part[1] for part in sparse], *[part[2] for part in sparse], scores


CTC_BEAM_SEARCH_DECODER = define_op(
    "CTCBeamSearchDecoder", inputs="inputs: T, sequence_length: int32",
    outputs="decoded_indices: top_paths * int64, decoded_values: top_paths * int64, "
            "decoded_shape: top_paths * int64, log_probability: T",
    attrs=f"beam_width: int >= 1, top_paths: int >= 1, merge_repeated: bool = True, T: {_FLOATS}", shape=_beam_shape,
    kernel=_beam_kernel, gradient=NOT_DIFFERENTIABLE, host=True)


def ctc_beam_search_decoder(inputs: TensorLike, sequence_length: TensorLike, beam_width: int = 100, top_paths: int = 1,
                            merge_repeated: bool = True) -> tuple[list[SparseTensor], Tensor]:
    """The most probable labels that a beam search finds, each over all the paths that they are read off.

    Args:
      inputs: [time, batch, classes] logits; the last class is the blank.
      sequence_length: int32 [batch].
      beam_width: How many prefixes are kept at each time.
      top_paths: How many results to give.
      merge_repeated: Whether labels that repeat in a result are merged.

    Returns:
      A list of `top_paths` sparse int64 matrices, and [batch, top_paths] log probabilities.

    Raises:
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if a sequence is longer than the inputs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     logits = tf.constant([[[9.0, 0.0, 0.0]], [[0.0, 0.0, 9.0]], [[0.0, 9.0, 0.0]]])
      ...     decoded, _ = tf.nn.ctc_beam_search_decoder(logits, [3])
      ...     print(sess.run(decoded[0].values))
      [0 1]
    """
    indices, values, shapes, scores = CTC_BEAM_SEARCH_DECODER(
        inputs, sequence_length, beam_width=beam_width, top_paths=top_paths, merge_repeated=merge_repeated)
    return [SparseTensor(*parts) for parts in zip(indices, values, shapes, strict=True)], scores


def ctc_beam_search_decoder_v2(inputs: TensorLike, sequence_length: TensorLike, beam_width: int = 100,
                               top_paths: int = 1) -> tuple[list[SparseTensor], Tensor]:
    """`ctc_beam_search_decoder` that leaves repeated labels in its results.

    Args:
      inputs: [time, batch, classes] logits; the last class is the blank.
      sequence_length: int32 [batch].
      beam_width: How many prefixes are kept at each time.
      top_paths: How many results to give.

    Returns:
      A list of `top_paths` sparse int64 matrices, and [batch, top_paths] log probabilities.

    Raises:
      ValueError: If the shapes do not fit.
      tf.errors.InvalidArgumentError: At run time, if a sequence is longer than the inputs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     logits = tf.constant([[[9.0, 0.0, 0.0]], [[0.0, 0.0, 9.0]], [[9.0, 0.0, 0.0]]])
      ...     decoded, _ = tf.nn.ctc_beam_search_decoder_v2(logits, [3])
      ...     print(sess.run(decoded[0].values))
      [0 0]
    """
    return ctc_beam_search_decoder(inputs, sequence_length, beam_width, top_paths, merge_repeated=False)
