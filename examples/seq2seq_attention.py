"""A translator with attention (Bahdanau et al., 2015) that learns to turn sequences round.

An LSTM reads the letters, another writes them, and looks back at what it needs through `AttentionWrapper`. Where it
looked is a picture: the other diagonal.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

LETTERS, LENGTH, START = 12, 8, 0


class Result(NamedTuple):
    losses: list[float]
    accuracy: float
    looks: np.ndarray
    read: str
    written: str


def batch(size: int, generator: np.random.Generator) -> np.ndarray:
    """Letters [size, LENGTH], numbered from 1."""
    return generator.integers(1, LETTERS + 1, size=[size, LENGTH]).astype(np.int32)


def text(letters: np.ndarray) -> str:
    return "".join(chr(ord("a") + letter - 1) if letter else "." for letter in letters)


def train(steps: int = 600, batch_size: int = 64, units: int = 48) -> Result:
    """Trains by teacher forcing, and decodes greedily what was not seen."""
    generator, seq2seq = np.random.default_rng(7), tf.contrib.seq2seq
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(6)
        source = tf.placeholder(tf.int32, [None, LENGTH])
        count = tf.shape(source)[0]
        lengths = tf.fill([count], LENGTH)
        table = tf.get_variable("letters", [LETTERS + 1, units])
        target = tf.reverse(source, [1])
        given = tf.concat([tf.fill([count, 1], START), target[:, :-1]], 1)
        memory, state = tf.nn.dynamic_rnn(tf.nn.rnn_cell.LSTMCell(units), tf.nn.embedding_lookup(table, source),
                                          dtype=tf.float32)
        cell = seq2seq.AttentionWrapper(tf.nn.rnn_cell.LSTMCell(units), seq2seq.BahdanauAttention(units, memory),
                                        attention_layer_size=units, alignment_history=True)
        out = tf.layers.Dense(LETTERS + 1, name="out")
        first = cell.zero_state(count, tf.float32).clone(cell_state=state)

        def decode(helper: seq2seq.Helper) -> tuple:
            decoder = seq2seq.BasicDecoder(cell, helper, first, out)
            with tf.variable_scope("decoder", reuse=tf.AUTO_REUSE):
                return seq2seq.dynamic_decode(decoder, maximum_iterations=LENGTH)

        taught, *_ = decode(seq2seq.TrainingHelper(tf.nn.embedding_lookup(table, given), lengths))
        loss = seq2seq.sequence_loss(taught.rnn_output, target, tf.ones([count, LENGTH]))
        step = tf.train.AdamOptimizer(0.01).minimize(loss)
        free, end, _ = decode(seq2seq.GreedyEmbeddingHelper(table, tf.fill([count], START), end_token=-1))

        sess.run(tf.global_variables_initializer())
        losses = [float(sess.run([loss, step], {source: batch(batch_size, generator)})[0]) for _ in range(steps)]
        unseen = batch(200, generator)
        written, looks = sess.run([free.sample_id, end.alignment_history.stack()], {source: unseen})
        accuracy = float(np.mean(written == unseen[:, ::-1]))
        return Result(losses, accuracy, looks[:, 0], text(unseen[0]), text(written[0]))


def draw(result: Result, path: str) -> None:
    """Draws which letter was looked at for each that was written."""
    figure, axis = plt.subplots(figsize=(3.6, 3.6))
    axis.imshow(result.looks, cmap="gray")
    axis.set_xticks(range(LENGTH), result.read)
    axis.set_yticks(range(LENGTH), result.written)
    axis.set_xlabel("read")
    axis.set_ylabel("written")
    axis.set_title(f"{result.accuracy:.1%} of letters right", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "seq2seq_attention.png")
