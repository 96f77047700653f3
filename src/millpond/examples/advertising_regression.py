"""Linear regression of sales on television advertising: a first TensorFlow 1 program.

Minimizes `J(W, b) = sum((W x + b - y)^2) / (2 n)` over the 200 markets of Advertising.csv with Adam. The
least squares solution is W = 0.04754, b = 7.0326, where J = 5.2563.

Run it: `python -m millpond.examples.advertising_regression`
"""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import NamedTuple

import numpy as np

import millpond as tf

ADVERTISING_CSV = Path(__file__).parent / "data" / "Advertising.csv"


class Fit(NamedTuple):
    """What the regression found."""

    cost: float
    weight: float
    bias: float


def read_advertising(path: str | os.PathLike[str] = ADVERTISING_CSV) -> tuple[np.ndarray, np.ndarray]:
    """Reads the budgets for television (thousand dollars) and the sales (thousand units), each `[200, 1]`.

    Example:
      >>> train_x, train_y = read_advertising()
      >>> train_x.shape, train_y.shape, train_x[0, 0].item(), train_y[0, 0].item()
      ((200, 1), (200, 1), 230.1, 22.1)
    """
    with open(path, newline="") as file:
        rows = [(float(row["TV"]), float(row["Sales"])) for row in csv.DictReader(file)]
    table = np.array(rows)
    return table[:, :1], table[:, 1:]


def main(
    training_epochs: int = 1000,
    learning_rate: float = 0.1,
    display_step: int = 200,
    initial_weight: float = 0.185883,
    initial_bias: float = -0.013122,
) -> Fit:
    """Trains the line, prints cost, W and b every `display_step` epochs, and returns where it ended.

    A program would usually start from random values. The default ones make every run print the same trace.
    """
    train_x, train_y = read_advertising()
    n_samples = train_x.shape[0]

    tf.reset_default_graph()
    X = tf.placeholder("float", [None, 1])
    y = tf.placeholder("float", [None, 1])

    W = tf.Variable(initial_weight, name="weight")
    b = tf.Variable(initial_bias, name="bias")

    y_pred = tf.add(tf.mul(X, W), b)
    cost = tf.reduce_sum(tf.pow(y_pred - y, 2)) / (2 * n_samples)
    optimizer = tf.train.AdamOptimizer(learning_rate).minimize(cost)

    init = tf.initialize_all_variables()
    with tf.Session() as sess:
        sess.run(init)
        for epoch in range(training_epochs):
            sess.run(optimizer, feed_dict={X: train_x, y: train_y})
            if epoch % display_step == 0:
                shown = sess.run(cost, feed_dict={X: train_x, y: train_y})
                print(f"Epoch: {epoch + 1:04d} cost= {shown:.9f} W= {sess.run(W):.6g} b= {sess.run(b):.6g}")

        print("Optimization Finished!")
        fit = Fit(*(float(value) for value in sess.run([cost, W, b], feed_dict={X: train_x, y: train_y})))
        print(f"cost= {fit.cost:.6g} W= {fit.weight:.6g} b= {fit.bias:.6g}")
    return fit


if __name__ == "__main__":
    main()
