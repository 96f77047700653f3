"""`tf.random`: random numbers."""

from millpond.ops.random.random_ops import random_crop, truncated_normal
from millpond.ops.random.random_ops import random_normal as normal
from millpond.ops.random.random_ops import random_shuffle as shuffle
from millpond.ops.random.random_ops import random_uniform as uniform
from millpond.ops.random.random_samples import categorical, multinomial
from millpond.ops.random.random_samples import random_gamma as gamma
from millpond.ops.random.random_samples import random_poisson as poisson
from millpond.ops.random.random_seed import get_seed, set_random_seed
from millpond.ops.random.stateless_random import (
    stateless_categorical,
    stateless_multinomial,
    stateless_truncated_normal,
)
from millpond.ops.random.stateless_random import stateless_random_normal as stateless_normal
from millpond.ops.random.stateless_random import stateless_random_uniform as stateless_uniform

__all__ = [
    "categorical", "gamma", "get_seed", "multinomial", "normal", "poisson", "random_crop",
    "set_random_seed", "shuffle", "stateless_categorical", "stateless_multinomial",
    "stateless_normal", "stateless_truncated_normal", "stateless_uniform", "truncated_normal", "uniform",
]
