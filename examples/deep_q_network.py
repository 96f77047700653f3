"""Deep Q-learning (Mnih et al., 2015) in a maze: a replay memory, a target network, and a policy that explores less and
less.

The target network has variables of its own, which an op copies from time to time. The value of each field of the maze
under the learned policy is the picture.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

MAZE = ["......#.",
        ".####.#.",
        ".#....#.",
        ".#.####.",
        ".#......",
        ".######.",
        "........"]
MOVES = [(-1, 0), (1, 0), (0, -1), (0, 1)]
GOAL, DISCOUNT, LONGEST = (0, 7), 0.95, 80
FIELDS = [(r, c) for r, row in enumerate(MAZE) for c, field in enumerate(row) if field == "."]


class Result(NamedTuple):
    losses: list[float]
    values: np.ndarray
    path: list[tuple[int, int]]


def moved(place: tuple[int, int], action: int) -> tuple[int, int]:
    """Where a move leads; into a wall it leads nowhere."""
    wanted = (place[0] + MOVES[action][0], place[1] + MOVES[action][1])
    return wanted if wanted in FIELDS else place


def q_values(places: tf.Tensor, scope: str) -> tf.Tensor:
    """The value [batch, 4] of each move, for fields given by number."""
    with tf.variable_scope(scope):
        x = tf.one_hot(places, len(FIELDS))
        hidden = tf.nn.relu(tf.matmul(x, tf.get_variable("hidden", [len(FIELDS), 64])))
        return tf.matmul(hidden, tf.get_variable("out", [64, len(MOVES)]))


def train(steps: int = 200, batch_size: int = 64) -> Result:
    """Plays `steps` episodes; `losses` are their lengths."""
    generator, memory, lengths = np.random.default_rng(1), [], []
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(9)
        before, after = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.int32, [None])
        actions, rewards = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.float32, [None])
        q = q_values(before, "online")
        best = tf.argmax(q, 1)
        following = tf.reduce_max(q_values(after, "target"), 1)
        wanted = tf.stop_gradient(rewards + DISCOUNT * tf.where(rewards > 0, tf.zeros_like(following), following))
        chosen = tf.reduce_sum(q * tf.one_hot(actions, len(MOVES)), 1)
        learn = tf.train.AdamOptimizer(2e-3).minimize(tf.losses.huber_loss(wanted, chosen),
                                                      var_list=tf.trainable_variables("online"))
        copy = tf.group(*[new.assign(old) for new, old in zip(tf.global_variables("target"),
                                                             tf.trainable_variables("online"))])
        sess.run(tf.global_variables_initializer())
        for episode in range(steps):
            sess.run(copy)
            place, length = FIELDS[generator.integers(len(FIELDS))], 0
            while place != GOAL and length < LONGEST:
                number = FIELDS.index(place)
                explores = generator.random() < max(0.05, 1 - episode / 80)
                action = int(generator.integers(4) if explores else sess.run(best, {before: [number]})[0])
                place, length = moved(place, action), length + 1
                memory.append((number, action, float(place == GOAL), FIELDS.index(place)))
                if len(memory) >= batch_size and length % 2 == 0:
                    batch = [memory[i] for i in generator.integers(len(memory), size=batch_size)]
                    sess.run(learn, dict(zip([before, actions, rewards, after], zip(*batch))))
            lengths.append(float(length))
        values = sess.run(q, {before: range(len(FIELDS))})
        path = [(4, 2)]
        while path[-1] != GOAL and len(path) < LONGEST:
            path.append(moved(path[-1], int(values[FIELDS.index(path[-1])].argmax())))
        return Result(lengths, values, path)


def draw(result: Result, path: str) -> None:
    """Draws the value of each field, and the way from one of them."""
    picture = np.full([len(MAZE), len(MAZE[0])], np.nan)
    for field, values in zip(FIELDS, result.values):
        picture[field] = values.max()
    figure, axis = plt.subplots(figsize=(4.5, 4))
    axis.set_facecolor("black")
    axis.imshow(picture, cmap="viridis")
    axis.plot([c for _, c in result.path], [r for r, _ in result.path], color="white", marker="o", markersize=3)
    axis.set_title(f"the learned way to the goal: {len(result.path) - 1} moves", fontsize=10)
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "deep_q_network.png")
