"""The losses of a graph: where they are collected, and their sum."""

from __future__ import annotations

from millpond.graph.collections import GraphKeys
from millpond.graph.stacks import default_graph
from millpond.graph.tensor import Tensor
from millpond.ops.array.constant import constant
from millpond.ops.math.add_n import add_n


def add_loss(loss: Tensor, loss_collection: str | None = GraphKeys.LOSSES) -> None:
    """Adds a loss to those of the default graph; a collection of None adds it nowhere."""
    if loss_collection:
        default_graph().add_to_collection(loss_collection, loss)


def get_losses(scope: str | None = None, loss_collection: str = GraphKeys.LOSSES) -> list[Tensor]:
    """The losses of the default graph, or those whose names start with `scope`."""
    return default_graph().get_collection(loss_collection, scope)


def get_regularization_losses(scope: str | None = None) -> list[Tensor]:
    """The regularization losses of the default graph, or those whose names start with `scope`."""
    return default_graph().get_collection(GraphKeys.REGULARIZATION_LOSSES, scope)


def get_regularization_loss(scope: str | None = None, name: str = "total_regularization_loss") -> Tensor:
    """The sum of all regularization losses; a constant 0 if there are none."""
    losses = get_regularization_losses(scope)
    return add_n(losses, name=name) if losses else constant(0.0)


def get_total_loss(add_regularization_losses: bool = True, name: str = "total_loss",
                   scope: str | None = None) -> Tensor:
    """The sum of all losses of the default graph.

    Args:
      add_regularization_losses: Whether the regularization losses count too.
      name: Name of the node.
      scope: Only losses whose names start with it.

    Raises:
      ValueError: If there are no losses.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     loss = tf.losses.mean_squared_error([1.0, 2.0], [1.0, 4.0])
      ...     print(sess.run(tf.losses.get_total_loss()))
      2.0
    """
    losses = list(get_losses(scope))
    if add_regularization_losses:
        losses += get_regularization_losses(scope)
    return add_n(losses, name=name)
