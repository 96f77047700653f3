"""`tf.contrib.distributions.bijectors`: invertible functions of random variables."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.distributions.bijectors.bijector import (
    Bijector,
)
from millpond.distributions.bijectors.composition import (
    Chain,
    Invert,
)
from millpond.distributions.bijectors.elementwise import (
    AffineScalar,
    Exp,
    Expm1,
    Identity,
    Inline,
    Log1p,
    NormalCDF,
    PowerTransform,
    Sigmoid,
    Softplus,
    Softsign,
    Tanh,
)
from millpond.distributions.bijectors.vectors import (
    Affine,
    Permute,
    Reshape,
    SoftmaxCentered,
)

__all__ = [
    "Affine",
    "AffineScalar",
    "Bijector",
    "Chain",
    "Exp",
    "Expm1",
    "Identity",
    "Inline",
    "Invert",
    "Log1p",
    "NormalCDF",
    "Permute",
    "PowerTransform",
    "Reshape",
    "Sigmoid",
    "SoftmaxCentered",
    "Softplus",
    "Softsign",
    "Tanh",
]
