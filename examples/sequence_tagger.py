"""A tagger with a conditional random field (Lafferty et al., 2001) over a bidirectional LSTM.

Words of a made language are nouns, verbs or adjectives by their neighbours, not by themselves; the field learns which
tags may follow each other, which is the picture.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

TAGS, WORDS, LENGTH = ["adjective", "noun", "verb", "stop"], 30, 12
FOLLOWS = np.array([[0.3, 0.7, 0, 0], [0, 0, 0.8, 0.2], [0.5, 0.5, 0, 0], [0.6, 0.4, 0, 0]])


class Result(NamedTuple):
    losses: list[float]
    accuracy: float
    transitions: np.ndarray


def sentences(count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Words and tags [count, LENGTH], and lengths; most words may have any of two tags."""
    tags = np.zeros([count, LENGTH], np.int32)
    for i in range(count):
        tags[i, 0] = generator.integers(2)
        for j in range(1, LENGTH):
            tags[i, j] = generator.choice(4, p=FOLLOWS[tags[i, j - 1]])
    words = (tags + generator.integers(2, size=tags.shape)) % 4 * 7 + generator.integers(7, size=tags.shape)
    return words.astype(np.int32), tags, generator.integers(4, LENGTH + 1, size=count).astype(np.int32)


def train(steps: int = 300, batch_size: int = 32, units: int = 16) -> Result:
    """Trains, and decodes unseen sentences by Viterbi's algorithm."""
    generator = np.random.default_rng(2)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(25)
        words, tags = tf.placeholder(tf.int32, [None, LENGTH]), tf.placeholder(tf.int32, [None, LENGTH])
        lengths = tf.placeholder(tf.int32, [None])
        vectors = tf.nn.embedding_lookup(tf.get_variable("words", [WORDS, 8]), words)
        cells = [tf.nn.rnn_cell.LSTMCell(units, name=name) for name in ("forward", "backward")]
        outputs, _ = tf.nn.bidirectional_dynamic_rnn(*cells, vectors, lengths, dtype=tf.float32)
        scores = tf.layers.dense(tf.concat(outputs, 2), len(TAGS))
        likelihood, transitions = tf.contrib.crf.crf_log_likelihood(scores, tags, lengths)
        loss = -tf.reduce_mean(likelihood)
        step = tf.train.AdamOptimizer(0.02).minimize(loss)
        found, _ = tf.contrib.crf.crf_decode(scores, transitions, lengths)
        inside = tf.sequence_mask(lengths, LENGTH)
        right = tf.reduce_mean(tf.cast(tf.boolean_mask(tf.equal(found, tags), inside), tf.float32))
        sess.run(tf.global_variables_initializer())
        losses = [float(sess.run([loss, step], dict(zip([words, tags, lengths], sentences(batch_size, generator))))[0])
                  for _ in range(steps)]
        accuracy = sess.run(right, dict(zip([words, tags, lengths], sentences(200, generator))))
        return Result(losses, float(accuracy), sess.run(transitions))


def draw(result: Result, path: str) -> None:
    """Draws how gladly each tag follows each other."""
    figure, axis = plt.subplots(figsize=(4, 3.4))
    limit = np.abs(result.transitions).max()
    axis.imshow(result.transitions, cmap="coolwarm", vmin=-limit, vmax=limit)
    axis.set_xticks(range(len(TAGS)), TAGS, fontsize=8)
    axis.set_yticks(range(len(TAGS)), [f"after {tag}" for tag in TAGS], fontsize=8)
    axis.set_title(f"{result.accuracy:.1%} of tags right", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "sequence_tagger.png")
