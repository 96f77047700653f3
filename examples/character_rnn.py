"""A network that writes text letter by letter, after the char-rnn of Karpathy (2015).

A GRU is trained on short pieces of a text whose state goes on from one piece to the next. To write, the graph draws
from its own predictions in a `while_loop`, so that a whole line is one run.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

TEXT = "".join(f"{a} times {b} is {a * b}. " for a in range(2, 10) for b in range(2, 10))
LETTERS = sorted(set(TEXT))


class Result(NamedTuple):
    losses: list[float]
    written: str
    share_right: float


def share_right(text: str) -> float:
    """Of the sentences that are whole, how many are of the text."""
    sentences = text.split(". ")[:-1]
    return sum(f"{sentence}. " in TEXT for sentence in sentences) / max(1, len(sentences))


def train(steps: int = 600, batch_size: int = 16, length: int = 24, units: int = 96) -> Result:
    """Trains, and writes 200 letters."""
    numbers = np.array([LETTERS.index(letter) for letter in TEXT], np.int32)
    columns = np.stack([np.roll(numbers, -i * len(numbers) // batch_size) for i in range(batch_size)])
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(12)
        x, y = tf.placeholder(tf.int32, [None, length]), tf.placeholder(tf.int32, [None, length])
        cell = tf.nn.rnn_cell.GRUCell(units)
        table = tf.get_variable("letters", [len(LETTERS), 16])
        weights = tf.get_variable("weights", [units, len(LETTERS)])
        given = tf.placeholder_with_default(tf.zeros([tf.shape(x)[0], units]), [None, units])
        outputs, state = tf.nn.dynamic_rnn(cell, tf.nn.embedding_lookup(table, x), initial_state=given)
        logits = tf.tensordot(outputs, weights, 1)
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits))
        step = tf.train.AdamOptimizer(5e-3).minimize(loss)

        def write(letter: tf.Tensor, state: tf.Tensor, written: tf.TensorArray, i: tf.Tensor) -> tuple:
            with tf.variable_scope("rnn", reuse=True):
                output, state = cell(tf.nn.embedding_lookup(table, letter), state)
            drawn = tf.multinomial(2.0 * tf.matmul(output, weights), 1, output_dtype=tf.int32)[:, 0]
            return drawn, state, written.write(i, drawn[0]), i + 1

        start = tf.constant([LETTERS.index(TEXT[0])])
        *_, text, _ = tf.while_loop(lambda letter, state, written, i: i < 200, write,
                                    [start, tf.zeros([1, units]), tf.TensorArray(tf.int32, 200), 0])
        text = text.stack()
        sess.run(tf.global_variables_initializer())
        losses, kept = [], None
        for i in range(steps):
            places = (np.arange(length) + i * length) % len(numbers)
            feeds = {x: columns[:, places], y: columns[:, (places + 1) % len(numbers)]}
            if kept is not None:
                feeds[given] = kept
            value, kept, _ = sess.run([loss, state, step], feeds)
            losses.append(float(value))
        written = TEXT[0] + "".join(LETTERS[number] for number in sess.run(text))
        return Result(losses, written, share_right(written))


def draw(result: Result, path: str) -> None:
    """Draws the loss, under what the network writes."""
    figure, axis = plt.subplots(figsize=(5.5, 2.5))
    axis.plot(result.losses)
    axis.set_xlabel("step")
    axis.set_ylabel("loss")
    axis.set_title("\n".join(result.written[i:i + 67] for i in (0, 67, 134)), fontsize=8, family="monospace")
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "character_rnn.png")
