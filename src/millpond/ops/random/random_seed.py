"""The two seeds that a random op gets: one of the graph, one of its own.

| graph seed | op seed | the op's `seed`, `seed2` |
| --- | --- | --- |
| none | none | 0, 0: it starts anywhere |
| none | given | 87654321, the op seed |
| given | none | the graph seed, how many ops of this graph were numbered before |
| given | given | both |

Seeds are taken modulo 2**31 - 1. (0, 0) would mean "no seed", so that pair becomes (0, 2**31 - 1). State: the count of
numbered ops, in the graph's `extensions`.
"""

from __future__ import annotations

from typing import Any

from millpond.graph import stacks

DEFAULT_GRAPH_SEED = 87654321
_MODULUS = 2**31 - 1
_NUMBERED = "random_seed: ops numbered"


def set_random_seed(seed: int | None) -> None:
    """Sets the seed of the default graph: its random ops then give the same numbers in every session.

    Args:
      seed: An integer, or None for no seed. Ops that were made before keep theirs.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     tf.set_random_seed(9)
      ...     print(tf.get_seed(None), tf.get_seed(5), tf.get_seed(None))
      (9, 0) (9, 5) (9, 1)
    """
    stacks.default_graph().seed = seed


def get_seed(op_seed: int | None) -> tuple[int | None, int | None]:
    """The seeds for a new random op of the default graph.

    Args:
      op_seed: The seed given for the op itself, or None.

    Returns:
      The graph's and the op's seed, both None where neither was given.
    """
    graph = stacks.default_graph()
    seed = graph.seed
    if seed is None:
        if op_seed is None:
            return None, None
        seed = DEFAULT_GRAPH_SEED
    elif op_seed is None:
        op_seed = graph.extensions.get(_NUMBERED, 0)
        graph.extensions[_NUMBERED] = op_seed + 1
    seeds = int(seed) % _MODULUS, int(op_seed) % _MODULUS
    return (0, _MODULUS) if seeds == (0, 0) else seeds


def seed_attributes(op_seed: int | None) -> dict[str, Any]:
    """`get_seed` as the attributes `seed` and `seed2` of an op."""
    seed, seed2 = get_seed(op_seed)
    return {"seed": seed or 0, "seed2": seed2 or 0}
