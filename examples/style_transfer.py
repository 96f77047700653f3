"""Style transfer (Gatys et al., 2016) on a small net: a picture is changed until it has the style of another.

The features are those of convolutions with fixed, random filters in two scales, whose correlations (Gram matrices)
tell textures apart without any training. The variable that is trained is the picture itself.
"""

from __future__ import annotations

from typing import NamedTuple

import matplotlib.pyplot as plt
import numpy as np

import millpond as tf

SIDE, FILTERS = 64, 48


class Result(NamedTuple):
    losses: list[float]
    content: np.ndarray
    style: np.ndarray
    picture: np.ndarray


def disc() -> np.ndarray:
    """The content [side, side, 3]: a bright disc on a dark ground."""
    rows, columns = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    inside = 1 / (1 + np.exp((np.hypot(rows, columns) - SIDE / 3.2) / 1.5))
    return (inside[..., None] * [0.9, 0.8, 0.3] + (1 - inside[..., None]) * [0.1, 0.2, 0.4]).astype(np.float32)


def weave() -> np.ndarray:
    """The style [side, side, 3]: slanting stripes of three colours."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    waves = [np.sin((rows + columns) / 2.0), np.sin((rows - 2 * columns) / 3.0), np.sin((2 * rows + columns) / 4.0)]
    return (0.5 + 0.5 * np.stack(waves, -1)).astype(np.float32)


def features(pictures: tf.Tensor) -> list[tf.Tensor]:
    """What fixed filters see of pictures [n, side, side, 3], in two scales."""
    found = []
    with tf.variable_scope("features", reuse=tf.AUTO_REUSE):
        for scale, size in enumerate([5, 7]):
            filters = tf.get_variable(f"filters_{scale}", [size, size, 3, FILTERS], trainable=False,
                                      initializer=tf.variance_scaling_initializer(2.0, seed=scale))
            small = tf.nn.avg_pool(pictures, [1, 2, 2, 1], [1, 2, 2, 1], "SAME") if scale else pictures
            found.append(tf.nn.relu(tf.nn.conv2d(small - 0.5, filters, [1, 1, 1, 1], "SAME")))
    return found


def gram(seen: tf.Tensor) -> tf.Tensor:
    """How often each two filters answer at the same place."""
    flat = tf.reshape(seen, [-1, FILTERS])
    return tf.matmul(flat, flat, transpose_a=True) / tf.cast(tf.shape(flat)[0], tf.float32)


def train(steps: int = 150, weight: float = 150.0) -> Result:
    """Paints the content in the style."""
    content, style = disc(), weave()
    with tf.Graph().as_default(), tf.Session() as sess:
        tf.set_random_seed(13)
        picture = tf.get_variable("picture", initializer=content)
        seen, of_content, of_style = (features(image[None]) for image in (picture, tf.constant(content),
                                                                         tf.constant(style)))
        keeps = tf.add_n([tf.reduce_mean(tf.square(a - b)) for a, b in zip(seen, of_content)])
        paints = tf.add_n([tf.reduce_mean(tf.square(gram(a) - gram(b))) for a, b in zip(seen, of_style)])
        smooth = 2.0 * (tf.reduce_mean(tf.square(picture[1:] - picture[:-1])) +
                        tf.reduce_mean(tf.square(picture[:, 1:] - picture[:, :-1])))
        loss = keeps + weight * paints + smooth
        with tf.control_dependencies([tf.train.AdamOptimizer(0.03).minimize(loss, var_list=[picture])]):
            step = picture.assign(tf.clip_by_value(picture, 0.0, 1.0))
        sess.run(tf.global_variables_initializer())
        losses = [float(sess.run([loss, step])[0]) for _ in range(steps)]
        return Result(losses, content, style, sess.run(picture))


def draw(result: Result, path: str) -> None:
    """Draws the content, the style, and what became of them."""
    figure, axes = plt.subplots(1, 3, figsize=(7, 2.6))
    for axis, image, title in zip(axes, result[1:], ["content", "style", "picture"]):
        axis.imshow(image)
        axis.set_title(title, fontsize=10)
        axis.axis("off")
    figure.savefig(path, bbox_inches="tight")
    plt.close(figure)


if __name__ == "__main__":
    draw(train(), "style_transfer.png")
