"""`tf.distributions`: probability distributions."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.distributions.bernoulli import (
    Bernoulli,
)
from millpond.distributions.beta import (
    Beta,
)
from millpond.distributions.categorical import (
    Categorical,
)
from millpond.distributions.dirichlet import (
    Dirichlet,
    DirichletMultinomial,
)
from millpond.distributions.distribution import (
    Distribution,
)
from millpond.distributions.gamma import (
    Exponential,
    Gamma,
)
from millpond.distributions.kullback_leibler import (
    RegisterKL,
    kl_divergence,
)
from millpond.distributions.location_scale import (
    Laplace,
)
from millpond.distributions.multinomial import (
    Multinomial,
)
from millpond.distributions.normal import (
    Normal,
)
from millpond.distributions.reparameterization import (
    FULLY_REPARAMETERIZED,
    NOT_REPARAMETERIZED,
    ReparameterizationType,
)
from millpond.distributions.student_t import (
    StudentT,
)
from millpond.distributions.uniform import (
    Uniform,
)

__all__ = [
    "Bernoulli",
    "Beta",
    "Categorical",
    "Dirichlet",
    "DirichletMultinomial",
    "Distribution",
    "Exponential",
    "FULLY_REPARAMETERIZED",
    "Gamma",
    "Laplace",
    "Multinomial",
    "NOT_REPARAMETERIZED",
    "Normal",
    "RegisterKL",
    "ReparameterizationType",
    "StudentT",
    "Uniform",
    "kl_divergence",
]
