"""Sampling of candidate classes, for losses over many classes.

A sampler draws class numbers, and tells for each of them and for the true classes how often it is expected in a batch
of samples. What is drawn, and in which order, is TensorFlow's for the same seeds. Drawing without replacement depends
on what was drawn before, so these ops run on the host.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from millpond.graph.argument_types import TensorLike
from millpond.graph.opdef import NOT_DIFFERENTIABLE, OpDefinition, define_op
from millpond.graph.rule_types import Array, HostContext
from millpond.ops import shape_rules
from millpond.ops.random import philox
from millpond.ops.random.philox import WordStream
from millpond.ops.random.random_seed import seed_attributes
from millpond.shapes import TensorShape

_ATTRS = "num_true: int >= 1, num_sampled: int >= 1, unique: bool, "
_RANGE = "range_max: int >= 1, "
_SEEDS = "seed: int = 0, seed2: int = 0"
_OUTPUTS = "sampled_candidates: int64, true_expected_count: float, sampled_expected_count: float"
# How many words of its stream an op sets aside for each sample.
_WORDS_PER_SAMPLE = 2048


class Sampler:
    """A distribution over the classes 0 to `count` - 1: how one is drawn, and how probable each is."""

    def __init__(self, count: int, draw: Callable[[WordStream], int],
                 probability: Callable[[np.ndarray], np.ndarray]) -> None:
        self.count = count
        self.draw = draw
        self.probability = probability


def uniform_sampler(count: int) -> Sampler:
    return Sampler(count, lambda stream: uniform_below(stream, count, 64),
                   lambda classes: np.full(classes.shape, 1.0 / count))


def log_uniform_sampler(count: int) -> Sampler:
    """Of class k with the probability (log(k + 2) - log(k + 1)) / log(count + 1)."""
    log_range = math.log1p(count)
    return Sampler(count, lambda stream: (int(math.exp(stream.next_double() * log_range)) - 1) % count,
                   lambda classes: np.log((classes + 2.0) / (classes + 1.0)) / log_range)


def weighted_sampler(weights: Sequence[float]) -> Sampler:
    """By the alias method (A. J. Walker, 1977): a bucket is chosen, then its class or its alias."""
    table = np.asarray(weights, np.float64)
    count, total = len(table), float(table.sum())
    share = table * count / total
    alias = np.full(count, -1)
    low = [i for i in range(count) if share[i] < 1]
    high = [i for i in range(count) if share[i] >= 1]
    while high and low:
        small, large = low.pop(), high.pop()
        alias[small] = large
        share[large] -= 1 - share[small]
        (low if share[large] < 1 else high).append(large)
    limits = share.astype(np.float32)
    limits[low + high] = 1

    def draw(stream: WordStream) -> int:
        fraction = (stream.next_word() & 0x7FFFFF) * 2.0**-23
        bucket = uniform_below(stream, count)
        return bucket if fraction < limits[bucket] else int(alias[bucket])

    return Sampler(count, draw, lambda classes: table[classes] / total)


def uniform_below(stream: WordStream, count: int, bits: int = 32) -> int:
    """A whole number below `count`, exactly uniform: the first draws that would favour some numbers are refused."""
    refused = ((1 << bits) - 1) % count + 1
    while True:
        drawn = stream.next_word()
        if bits == 64:
            drawn |= stream.next_word() << 32
        # TensorFlow takes powers of two, for which nothing would be refused, from the lowest bits.
        if count & (count - 1) == 0 or drawn >= refused:
            return drawn % count


def sample(sampler: Sampler, state: np.ndarray, true_classes: np.ndarray, num_sampled: int,
           unique: bool) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The samples, and the expected counts of the true classes and of the samples.

    Raises:
      ValueError: If more unique classes are wanted than there are, or a true class is none of the classes.
    """
    if unique and num_sampled > sampler.count:
        raise ValueError(f"Sampler's range is too small: {num_sampled} unique samples of {sampler.count} classes")
    if np.any((true_classes < 0) | (true_classes >= sampler.count)):
        raise ValueError(f"true_classes must be in [0, {sampler.count}), got {true_classes.tolist()}")
    stream = WordStream(state)
    found: list[int] = []
    seen: set[int] = set()
    tries = 0
    while len(found) < num_sampled:
        tries += 1
        drawn = sampler.draw(stream)
        if not unique or drawn not in seen:
            seen.add(drawn)
            found.append(drawn)
    classes = np.array(found, np.int64)

    def expected(which: np.ndarray) -> np.ndarray:
        probability = sampler.probability(which)
        if tries == num_sampled:
            return (probability * num_sampled).astype(np.float32)
        return -np.expm1(tries * np.log1p(-probability)).astype(np.float32)

    return classes, expected(true_classes), expected(classes)


def _sampler_shape(true_classes: TensorShape, *, num_true: int, num_sampled: int) -> tuple[TensorShape, ...]:
    batch, _ = shape_rules.sizes_of(true_classes.merge_with(TensorShape([None, num_true])))
    samples = TensorShape([num_sampled])
    return samples, TensorShape.of((batch, num_true)), samples


def _samples_used(true_classes: Array, *, num_sampled: int) -> int:
    return philox.samples_for_words(_WORDS_PER_SAMPLE * num_sampled)


def _op(type: str, kernel: Any, attrs: str) -> OpDefinition:
    return define_op(type, inputs="true_classes: int64", outputs=_OUTPUTS, attrs=_ATTRS + attrs + _SEEDS, host=True,
                     shape=_sampler_shape, kernel=kernel, gradient=NOT_DIFFERENTIABLE, random=_samples_used)


def _uniform_kernel(context: HostContext, state: Array, true_classes: Array, *, num_sampled: int, unique: bool,
                    range_max: int) -> tuple[Array, ...]:
    return sample(uniform_sampler(range_max), state, true_classes, num_sampled, unique)


def _log_uniform_kernel(context: HostContext, state: Array, true_classes: Array, *, num_sampled: int, unique: bool,
                        range_max: int) -> tuple[Array, ...]:
    return sample(log_uniform_sampler(range_max), state, true_classes, num_sampled, unique)


def _fixed_unigram_kernel(context: HostContext, state: Array, true_classes: Array, *, num_sampled: int, unique: bool,
                          range_max: int, vocab_file: str, distortion: float, num_reserved_ids: int, num_shards: int,
                          shard: int, unigrams: Sequence[float]) -> tuple[Array, ...]:
    if bool(vocab_file) == bool(unigrams):
        raise ValueError("Exactly one of vocab_file and unigrams must be given.")
    weights = [0.0] * num_reserved_ids
    if vocab_file:
        with open(vocab_file, newline="") as file:
            unigrams = [float(row[-1]) for row in csv.reader(file) if row]
    numbered = enumerate(unigrams, num_reserved_ids)
    weights += [weight**distortion for number, weight in numbered if number % num_shards == shard]
    if len(weights) != range_max:
        raise ValueError(f"range_max is {range_max}, but there are weights of {len(weights)} classes")
    return sample(weighted_sampler(weights), state, true_classes, num_sampled, unique)


def _all_kernel(context: HostContext, state: Array, true_classes: Array, *, num_sampled: int) -> tuple[Array, ...]:
    count = np.float32(1)
    return np.arange(num_sampled), np.full(true_classes.shape, count), np.full(num_sampled, count)


UNIFORM = _op("UniformCandidateSampler", _uniform_kernel, _RANGE)
LOG_UNIFORM = _op("LogUniformCandidateSampler", _log_uniform_kernel, _RANGE)
FIXED_UNIGRAM = _op("FixedUnigramCandidateSampler", _fixed_unigram_kernel,
                    _RANGE + "vocab_file: string = '', distortion: float = 1.0, num_reserved_ids: int = 0, "
                             "num_shards: int >= 1 = 1, shard: int = 0, unigrams: list(float) = [], ")
ALL = _op("AllCandidateSampler", _all_kernel, "")


def uniform_candidate_sampler(true_classes: TensorLike, num_true: int, num_sampled: int, unique: bool, range_max: int,
                              seed: int | None = None, name: str | None = None) -> Any:
    """Samples classes, all with the same probability.

    Args:
      true_classes: int64 [batch, num_true].
      num_true: How many true classes an example has.
      num_sampled: How many classes to sample.
      unique: Whether no class may be sampled twice.
      range_max: The number of classes.
      seed: See `tf.set_random_seed`.
      name: Name of the node.

    Returns:
      `sampled_candidates`, int64 [num_sampled]; `true_expected_count` and `sampled_expected_count`: how often each true
      class and each sample is expected in such a batch of samples.

    Raises:
      ValueError: If `true_classes` is not of that shape, or a number is below 1.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     made = tf.nn.uniform_candidate_sampler([[0]], 1, 4, unique=True, range_max=4, seed=1)
      ...     print(sess.run(tf.sort(made[0])))
      [0 1 2 3]
    """
    return UNIFORM(true_classes, num_true=num_true, num_sampled=num_sampled, unique=unique, range_max=range_max,
                   name=name, **seed_attributes(seed))


def log_uniform_candidate_sampler(true_classes: TensorLike, num_true: int, num_sampled: int, unique: bool,
                                  range_max: int, seed: int | None = None, name: str | None = None) -> Any:
    """Samples classes, small numbers more often, as in a vocabulary sorted by decreasing frequency.

    P(class) = (log(class + 2) - log(class + 1)) / log(range_max + 1). The arguments and results are those of
    `uniform_candidate_sampler`.

    Args:
      true_classes: int64 [batch, num_true].
      num_true: How many true classes an example has.
      num_sampled: How many classes to sample.
      unique: Whether no class may be sampled twice.
      range_max: The number of classes.
      seed: See `tf.set_random_seed`.
      name: Name of the node.

    Raises:
      ValueError: If `true_classes` is not of that shape, or a number is below 1.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     made = tf.nn.log_uniform_candidate_sampler([[0]], 1, 4, unique=True, range_max=4, seed=1)
      ...     print(sess.run(tf.sort(made[0])))
      [0 1 2 3]
    """
    return LOG_UNIFORM(true_classes, num_true=num_true, num_sampled=num_sampled, unique=unique, range_max=range_max,
                       name=name, **seed_attributes(seed))


def fixed_unigram_candidate_sampler(true_classes: TensorLike, num_true: int, num_sampled: int, unique: bool,
                                    range_max: int, vocab_file: str = "", distortion: float = 1.0,
                                    num_reserved_ids: int = 0, num_shards: int = 1, shard: int = 0,
                                    unigrams: Sequence[float] = (), seed: int | None = None,
                                    name: str | None = None) -> Any:
    """Samples classes by weights that are given.

    Args:
      true_classes, num_true, num_sampled, unique, range_max, seed, name: See `uniform_candidate_sampler`.
      vocab_file: A CSV file, the weight of a class in the last field of its line.
      distortion: A power that the weights are raised to.
      num_reserved_ids: So many classes at the start have the weight 0.
      num_shards, shard: Only every so manieth class, from this one on, is taken.
      unigrams: The weights, in place of a file.

    Raises:
      ValueError: If `true_classes` is not of that shape, or a number is below 1.
      tf.errors.InvalidArgumentError: At run time, if there are not as many weights as classes.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     weights = [0.0, 1.0, 0.0]
      ...     made = tf.nn.fixed_unigram_candidate_sampler([[1]], 1, 2, False, range_max=3, unigrams=weights)
      ...     print(sess.run(made[0]))
      [1 1]
    """
    return FIXED_UNIGRAM(true_classes, num_true=num_true, num_sampled=num_sampled, unique=unique, range_max=range_max,
                         vocab_file=vocab_file, distortion=distortion, num_reserved_ids=num_reserved_ids,
                         num_shards=num_shards, shard=shard, unigrams=list(unigrams), name=name,
                         **seed_attributes(seed))


def all_candidate_sampler(true_classes: TensorLike, num_true: int, num_sampled: int, unique: bool,
                          seed: int | None = None, name: str | None = None) -> Any:
    """All classes 0 to `num_sampled` - 1, each expected once: for tests of losses that sample.

    Args:
      true_classes: int64 [batch, num_true].
      num_true: How many true classes an example has.
      num_sampled: How many classes there are.
      unique: Whether no class may be sampled twice; none is.
      seed: Accepted for compatibility: nothing is drawn.
      name: Name of the node.

    Returns:
      `sampled_candidates`, `true_expected_count` and `sampled_expected_count`, as of `uniform_candidate_sampler`.

    Raises:
      ValueError: If `true_classes` is not of that shape, or a number is below 1.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.nn.all_candidate_sampler([[2]], 1, 3, unique=True).sampled_candidates))
      [0 1 2]
    """
    return ALL(true_classes, num_true=num_true, num_sampled=num_sampled, unique=unique, name=name,
               **seed_attributes(seed))


def _accidental_hits_shape(true_classes: TensorShape, sampled_candidates: TensorShape, *,
                           num_true: int) -> tuple[TensorShape, ...]:
    hits = TensorShape([None])
    return hits, hits, hits


def _accidental_hits_kernel(context: HostContext, true_classes: Array, sampled_candidates: Array, *,
                            num_true: int) -> tuple[Array, ...]:
    if true_classes.ndim != 2 or true_classes.shape[1] != num_true:
        raise ValueError(f"true_classes must be [batch, {num_true}], got {list(true_classes.shape)}")
    example, _, sample = np.nonzero(true_classes[:, :, None] == sampled_candidates)
    least = np.full(len(example), -np.finfo(np.float32).max, np.float32)
    return example.astype(np.int32), sample.astype(np.int64), least


ACCIDENTAL_HITS = define_op(
    "ComputeAccidentalHits", inputs="true_classes: int64, sampled_candidates: int64",
    outputs="indices: int32, ids: int64, weights: float", attrs=f"num_true: int, {_SEEDS}", host=True,
    shape=_accidental_hits_shape, kernel=_accidental_hits_kernel, gradient=NOT_DIFFERENTIABLE)


def compute_accidental_hits(true_classes: TensorLike, sampled_candidates: TensorLike, num_true: int,
                            seed: int | None = None, name: str | None = None) -> Any:
    """Where a sample is a true class of an example.

    Args:
      true_classes: int64 [batch, num_true].
      sampled_candidates: int64 [num_sampled], as a candidate sampler gives them.
      num_true: How many true classes an example has.
      seed: Accepted for compatibility: nothing is drawn.
      name: Name of the node.

    Returns:
      `indices` (of the examples), `ids` (of the samples), and `weights`: the least float32, to be added to the logits.

    Raises:
      tf.errors.InvalidArgumentError: At run time, if the shapes do not fit.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     hits = tf.nn.compute_accidental_hits([[2], [0]], [1, 0, 3], 1)
      ...     print(sess.run((hits[0], hits[1])))
      (array([1], dtype=int32), array([1]))
    """
    return ACCIDENTAL_HITS(true_classes, sampled_candidates, num_true=num_true, name=name, **seed_attributes(seed))
