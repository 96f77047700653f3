"""`tf.contrib.opt`: optimizers beside those of `tf.train`."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib.opt.adam_variants import (
    AdaMaxOptimizer,
    LazyAdamOptimizer,
    NadamOptimizer,
)
from millpond.contrib.opt.external import (
    ExternalOptimizerInterface,
    ScipyOptimizerInterface,
)
from millpond.contrib.opt.lars import (
    LARSOptimizer,
)
from millpond.contrib.opt.signs import (
    AddSignOptimizer,
    PowerSignOptimizer,
)
from millpond.contrib.opt.weight_decay import (
    AdamWOptimizer,
    DecoupledWeightDecayExtension,
    MomentumWOptimizer,
    extend_with_decoupled_weight_decay,
)
from millpond.contrib.opt.wrappers import (
    MovingAverageOptimizer,
    MultitaskOptimizerWrapper,
    VariableClippingOptimizer,
    clip_gradients_by_global_norm,
)

__all__ = [
    "AdaMaxOptimizer",
    "AdamWOptimizer",
    "AddSignOptimizer",
    "DecoupledWeightDecayExtension",
    "ExternalOptimizerInterface",
    "LARSOptimizer",
    "LazyAdamOptimizer",
    "MomentumWOptimizer",
    "MovingAverageOptimizer",
    "MultitaskOptimizerWrapper",
    "NadamOptimizer",
    "PowerSignOptimizer",
    "ScipyOptimizerInterface",
    "VariableClippingOptimizer",
    "clip_gradients_by_global_norm",
    "extend_with_decoupled_weight_decay",
]
