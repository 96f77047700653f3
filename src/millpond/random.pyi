"""`tf.random`: random numbers."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.ops.nn.candidate_samplers import (
    all_candidate_sampler,
    fixed_unigram_candidate_sampler,
    log_uniform_candidate_sampler,
    uniform_candidate_sampler,
)
from millpond.ops.random.random_ops import (
    random_crop,
    random_normal as normal,
    random_shuffle as shuffle,
    random_uniform as uniform,
    truncated_normal,
)
from millpond.ops.random.random_samples import (
    categorical,
    multinomial,
    random_gamma as gamma,
    random_poisson as poisson,
)
from millpond.ops.random.random_seed import (
    get_seed,
    set_random_seed,
)
from millpond.ops.random.stateless_random import (
    stateless_categorical,
    stateless_multinomial,
    stateless_random_normal as stateless_normal,
    stateless_random_uniform as stateless_uniform,
    stateless_truncated_normal,
)

__all__ = [
    "all_candidate_sampler",
    "categorical",
    "fixed_unigram_candidate_sampler",
    "gamma",
    "get_seed",
    "log_uniform_candidate_sampler",
    "multinomial",
    "normal",
    "poisson",
    "random_crop",
    "set_random_seed",
    "shuffle",
    "stateless_categorical",
    "stateless_multinomial",
    "stateless_normal",
    "stateless_truncated_normal",
    "stateless_uniform",
    "truncated_normal",
    "uniform",
    "uniform_candidate_sampler",
]
