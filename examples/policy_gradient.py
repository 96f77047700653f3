"""A policy gradient (REINFORCE, Williams 1992) that learns to balance a pole on a cart.

The environment is the cart and pole of Barto, Sutton and Anderson (1983), a few lines of NumPy. The graph holds the
policy; an episode is many small runs, and one training step for all that was seen in it.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

LONGEST_EPISODE = 200


class Result(NamedTuple):
    losses: list[float]
    lengths: list[int]


class CartPole:
    """A cart on a track with a pole on it; the state is position, speed, angle and angular speed."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self.state = np.zeros(4)

    def reset(self) -> np.ndarray:
        self.state = self._generator.uniform(-0.05, 0.05, 4)
        return self.state

    def push(self, right: bool) -> tuple[np.ndarray, bool]:
        """Pushes the cart for 20 ms; gives the state, and whether the pole has fallen."""
        x, speed, angle, turning = self.state
        force, gravity, pole_mass, mass, half_length, seconds = 10.0 if right else -10.0, 9.8, 0.1, 1.1, 0.5, 0.02
        sine, cosine = np.sin(angle), np.cos(angle)
        pushed = (force + pole_mass * half_length * turning ** 2 * sine) / mass
        angular = (gravity * sine - cosine * pushed) / (half_length * (4 / 3 - pole_mass * cosine ** 2 / mass))
        linear = pushed - pole_mass * half_length * angular * cosine / mass
        self.state = self.state + seconds * np.array([speed, linear, turning, angular])
        return self.state, bool(abs(self.state[0]) > 2.4 or abs(self.state[2]) > np.radians(12))


def discounted(rewards: list[float], factor: float = 0.98) -> np.ndarray:
    """For each step the rewards that follow it, later ones counting less; with mean 0 and deviation 1."""
    returns, following = [], 0.0
    for reward in reversed(rewards):
        following = reward + factor * following
        returns.append(following)
    found = np.array(returns[::-1])
    return (found - found.mean()) / (found.std() + 1e-6)


def train(steps: int = 250) -> Result:
    """Plays `steps` episodes, and learns from each."""
    generator = np.random.default_rng(3)
    cart = CartPole(generator)
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(4)
        states = tf.placeholder(tf.float32, [None, 4])
        actions, advantages = tf.placeholder(tf.int32, [None]), tf.placeholder(tf.float32, [None])
        weights = tf.get_variable("weights", [4, 32])
        hidden = tf.nn.relu(tf.matmul(states, weights))
        logits = tf.matmul(hidden, tf.get_variable("out", [32, 2]))
        right = tf.nn.softmax(logits)[0, 1]
        surprise = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=actions, logits=logits)
        loss = tf.reduce_mean(surprise * advantages)
        step = tf.train.AdamOptimizer(0.01).minimize(loss)

        sess.run(tf.global_variables_initializer())
        losses, lengths = [], []
        for _ in range(steps):
            state, fallen, seen, done = cart.reset(), False, [], []
            while not fallen and len(seen) < LONGEST_EPISODE:
                seen.append(state)
                done.append(int(generator.random() < sess.run(right, {states: state[None]})))
                state, fallen = cart.push(bool(done[-1]))
            feeds = {states: seen, actions: done, advantages: discounted([1.0] * len(seen))}
            losses.append(float(sess.run([loss, step], feeds)[0]))
            lengths.append(len(seen))
        return Result(losses, lengths)


def draw(result: Result, path: str) -> None:
    """Draws how long the pole stays up."""
    figure, axis = plt.subplots(figsize=(4.5, 3))
    axis.plot(result.lengths, ".", alpha=0.4)
    axis.plot([np.mean(result.lengths[max(0, i - 20):i + 1]) for i in range(len(result.lengths))])
    axis.set_xlabel("episode")
    axis.set_ylabel("steps that the pole stays up")
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "policy_gradient.png")
