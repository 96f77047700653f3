"""Skip-grams (word2vec, Mikolov et al. 2013) over a small made language, with noise-contrastive estimation.

Sentences are "the ANIMAL eats FOOD", "the PERSON drives a VEHICLE", ...: words that can take each other's place come to
lie together, though nothing says that they are alike.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

KINDS = {
    "animal": "cat dog horse mouse rabbit".split(), "food": "bread cheese carrot apple grain".split(),
    "person": "mary john anna peter".split(), "vehicle": "car bus train bicycle".split(),
    "other": "the a eats drives likes".split(),
}
WORDS = [word for words in KINDS.values() for word in words]


class Result(NamedTuple):
    losses: list[float]
    vectors: np.ndarray
    likeness: float


def corpus(sentences: int, seed: int = 0) -> np.ndarray:
    """Pairs [n, 2] of word numbers that stand within two words of each other."""
    generator = np.random.default_rng(seed)
    forms = ["the animal eats food", "the person drives a vehicle", "the person likes the animal",
             "the person eats food"]
    pairs = []
    for _ in range(sentences):
        words = [str(generator.choice(KINDS[word])) if word in KINDS else word
                 for word in generator.choice(forms).split()]
        numbers = [WORDS.index(word) for word in words]
        pairs.extend((numbers[i], numbers[j]) for i in range(len(numbers)) for j in range(len(numbers))
                     if 0 < abs(i - j) <= 2)
    return np.array(pairs, np.int64)


def likeness(vectors: np.ndarray) -> float:
    """How many words have one of their own kind as the nearest other word."""
    kind = {word: name for name, words in KINDS.items() for word in words if name != "other"}
    known = [i for i, word in enumerate(WORDS) if word in kind]
    unit = vectors[known] / np.linalg.norm(vectors[known], axis=1, keepdims=True)
    products = unit @ unit.T - 2 * np.eye(len(known))
    return float(np.mean([kind[WORDS[known[i]]] == kind[WORDS[known[j]]] for i, j in enumerate(products.argmax(1))]))


def train(steps: int = 3000, batch_size: int = 128, size: int = 8) -> Result:
    """Trains word vectors of `size` numbers."""
    pairs, generator = corpus(2000), np.random.default_rng(1)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(5)
        words, contexts = tf.placeholder(tf.int64, [None]), tf.placeholder(tf.int64, [None, 1])
        vectors = tf.get_variable("vectors", [len(WORDS), size], initializer=tf.random_uniform_initializer(-1, 1))
        weights = tf.get_variable("weights", [len(WORDS), size],
                                  initializer=tf.truncated_normal_initializer(stddev=0.3))
        biases = tf.get_variable("biases", [len(WORDS)], initializer=tf.zeros_initializer())
        loss = tf.reduce_mean(tf.nn.nce_loss(weights, biases, contexts, tf.nn.embedding_lookup(vectors, words),
                                             num_sampled=8, num_classes=len(WORDS)))
        step = tf.train.AdamOptimizer(0.02).minimize(loss)
        sess.run(tf.global_variables_initializer())
        losses = []
        for _ in range(steps):
            batch = pairs[generator.integers(len(pairs), size=batch_size)]
            losses.append(float(sess.run([loss, step], {words: batch[:, 0], contexts: batch[:, 1:]})[0]))
        found = sess.run(vectors)
        return Result(losses, found, likeness(found))


def draw(result: Result, path: str) -> None:
    """Draws the words where their two principal components put them."""
    figure, axis = plt.subplots(figsize=(5, 4))
    unit = result.vectors / np.linalg.norm(result.vectors, axis=1, keepdims=True)
    centred = unit - unit.mean(0)
    places = centred @ np.linalg.svd(centred)[2][:2].T
    for number, words in enumerate(KINDS.values()):
        for word in words:
            axis.text(*places[WORDS.index(word)], word, color=f"C{number}", ha="center", fontsize=9)
    axis.set_xlim(places[:, 0].min() - 0.2, places[:, 0].max() + 0.2)
    axis.set_ylim(places[:, 1].min() - 0.2, places[:, 1].max() + 0.2)
    axis.set_title(f"{result.likeness:.0%} have a word of their kind nearest", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "word2vec.png")
