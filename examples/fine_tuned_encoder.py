"""A Transformer encoder in BERT's form (Devlin et al., 2019), fine-tuned from a checkpoint with BERT's variable names.

First an encoder learns to fill in masked words of a small language and is saved; then a classifier is built over a new
encoder, which `tf.train.init_from_checkpoint` fills from the file. It learns in a few steps what one that begins with
random weights does not.
"""

from __future__ import annotations

import os
import tempfile
from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

WORDS, LENGTH, SIZE, HEADS, LAYERS, MASK = 40, 10, 32, 2, 2, 0
SMALL = tf.truncated_normal_initializer(0, 0.1)


class Result(NamedTuple):
    losses: list[float]
    tuned: list[float]
    fresh: list[float]


def sentences(count: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Sentences [count, LENGTH] that count upwards from somewhere by 1 or 2, and by which."""
    steps = generator.integers(1, 3, size=count)
    starts = generator.integers(1, WORDS - 2 * LENGTH, size=count)
    return (starts[:, None] + steps[:, None] * np.arange(LENGTH)).astype(np.int32), (steps - 1).astype(np.int32)


def dense(x: tf.Tensor, size: int, name: str, activation=None) -> tf.Tensor:
    with tf.variable_scope(name):
        kernel = tf.get_variable("kernel", [x.shape[-1].value, size], initializer=SMALL)
        result = tf.tensordot(x, kernel, 1) + tf.get_variable("bias", [size], initializer=tf.zeros_initializer())
        return result if activation is None else activation(result)


def normalized(x: tf.Tensor) -> tf.Tensor:
    with tf.variable_scope("LayerNorm"):
        mean, variance = tf.nn.moments(x, [-1], keep_dims=True)
        gamma = tf.get_variable("gamma", [SIZE], initializer=tf.ones_initializer())
        beta = tf.get_variable("beta", [SIZE], initializer=tf.zeros_initializer())
        return tf.nn.batch_normalization(x, mean, variance, beta, gamma, 1e-6)


def attention(x: tf.Tensor) -> tf.Tensor:
    """Each word [batch, LENGTH, SIZE] looks at all others, with each head in its own way."""
    with tf.variable_scope("self"):
        query, key, value = (tf.transpose(tf.reshape(dense(x, SIZE, name), [-1, LENGTH, HEADS, SIZE // HEADS]),
                                          [0, 2, 1, 3]) for name in ("query", "key", "value"))
        looks = tf.nn.softmax(tf.matmul(query, key, transpose_b=True) / np.sqrt(SIZE / HEADS).astype(np.float32))
        return tf.reshape(tf.transpose(tf.matmul(looks, value), [0, 2, 1, 3]), [-1, LENGTH, SIZE])


def encoder(words: tf.Tensor) -> tf.Tensor:
    """The sentences [batch, LENGTH] as vectors [batch, LENGTH, SIZE]."""
    with tf.variable_scope("bert"):
        with tf.variable_scope("embeddings"):
            table = tf.get_variable("word_embeddings", [WORDS, SIZE], initializer=SMALL)
            places = tf.get_variable("position_embeddings", [LENGTH, SIZE], initializer=SMALL)
            x = normalized(tf.nn.embedding_lookup(table, words) + places)
        for layer in range(LAYERS):
            with tf.variable_scope(f"encoder/layer_{layer}"):
                with tf.variable_scope("attention"):
                    seen = attention(x)
                    with tf.variable_scope("output"):
                        x = normalized(x + dense(seen, SIZE, "dense"))
                with tf.variable_scope("intermediate"):
                    inner = dense(x, 4 * SIZE, "dense", tf.nn.relu)
                with tf.variable_scope("output"):
                    x = normalized(x + dense(inner, SIZE, "dense"))
        return x


def pretrain(path: str, steps: int, generator: np.random.Generator) -> list[float]:
    """Fills in masked words, and saves the encoder."""
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(18)
        words, masked = tf.placeholder(tf.int32, [None, LENGTH]), tf.placeholder(tf.bool, [None, LENGTH])
        x = encoder(tf.where(masked, tf.zeros_like(words) + MASK, words))
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=words, logits=dense(x, WORDS, "cls"))
        loss = tf.reduce_mean(tf.boolean_mask(losses, masked))
        step = tf.train.AdamOptimizer(3e-3).minimize(loss)
        sess.run(tf.global_variables_initializer())
        found = [float(sess.run([loss, step], {words: sentences(64, generator)[0],
                                               masked: generator.random([64, LENGTH]) < 0.3})[0]) for _ in range(steps)]
        tf.train.Saver(tf.global_variables("bert")).save(sess, path, write_meta_graph=False)
        return found


def tune(path: str | None, steps: int, generator: np.random.Generator) -> list[float]:
    """Trains a classifier of sentences, from a checkpoint if there is one; gives the share that is right."""
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(19)
        words, labels = tf.placeholder(tf.int32, [None, LENGTH]), tf.placeholder(tf.int32, [None])
        logits = dense(encoder(words)[:, 0], 2, "classifier")
        loss = tf.losses.sparse_softmax_cross_entropy(labels, logits)
        right = tf.reduce_mean(tf.cast(tf.equal(tf.argmax(logits, 1, output_type=tf.int32), labels), tf.float32))
        if path is not None:
            tf.train.init_from_checkpoint(path, {"bert/": "bert/"})
        step = tf.train.AdamOptimizer(5e-4).minimize(loss)
        sess.run(tf.global_variables_initializer())
        return [float(sess.run([right, step], dict(zip([words, labels], sentences(64, generator))))[0])
                for _ in range(steps)]


def train(steps: int = 600) -> Result:
    """Trains, and tunes for a tenth as many steps."""
    generator = np.random.default_rng(3)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bert_model.ckpt")
        losses = pretrain(path, steps, generator)
        return Result(losses, tune(path, steps // 10, generator), tune(None, steps // 10, generator))


def draw(result: Result, path: str) -> None:
    """Draws the share that is right, with and without the checkpoint."""
    figure, axis = plt.subplots(figsize=(4.5, 3))
    axis.plot(result.tuned, label="from the checkpoint")
    axis.plot(result.fresh, label="from random weights")
    axis.set_xlabel("step")
    axis.set_ylabel("share that is right")
    axis.legend(fontsize=8)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "fine_tuned_encoder.png")
