"""`tf.contrib.stateless`: random numbers that depend on a seed alone."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.ops.random.stateless_random import (
    stateless_multinomial,
    stateless_random_normal,
    stateless_random_uniform,
    stateless_truncated_normal,
)

__all__ = [
    "stateless_multinomial",
    "stateless_random_normal",
    "stateless_random_uniform",
    "stateless_truncated_normal",
]
