"""`tf.contrib.distributions`: probability distributions, those of `tf.distributions` and more."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.contrib import (
    distributions_bijectors as bijectors,
)
from millpond.distributions.bernoulli import (
    Bernoulli,
    BernoulliWithSigmoidProbs,
)
from millpond.distributions.beta import (
    Beta,
    BetaWithSoftplusConcentration,
)
from millpond.distributions.categorical import (
    Categorical,
    OneHotCategorical,
)
from millpond.distributions.counts import (
    Binomial,
    Geometric,
    NegativeBinomial,
    Poisson,
)
from millpond.distributions.deterministic import (
    Deterministic,
    VectorDeterministic,
)
from millpond.distributions.dirichlet import (
    Dirichlet,
    DirichletMultinomial,
)
from millpond.distributions.distribution import (
    Distribution,
)
from millpond.distributions.gamma import (
    Chi2,
    Exponential,
    Gamma,
    GammaWithSoftplusConcentrationRate,
    InverseGamma,
)
from millpond.distributions.independent import (
    Independent,
)
from millpond.distributions.kullback_leibler import (
    RegisterKL,
    cross_entropy,
    kl_divergence,
)
from millpond.distributions.location_scale import (
    Cauchy,
    Gumbel,
    Laplace,
    LaplaceWithSoftplusScale,
    Logistic,
)
from millpond.distributions.mixture import (
    Mixture,
    MixtureSameFamily,
)
from millpond.distributions.multinomial import (
    Multinomial,
)
from millpond.distributions.multivariate_normal import (
    MultivariateNormalDiag,
    MultivariateNormalDiagPlusLowRank,
    MultivariateNormalDiagWithSoftplusScale,
    MultivariateNormalFullCovariance,
    MultivariateNormalTriL,
)
from millpond.distributions.normal import (
    HalfNormal,
    Normal,
    NormalWithSoftplusScale,
)
from millpond.distributions.relaxed import (
    ExpRelaxedOneHotCategorical,
    RelaxedBernoulli,
    RelaxedOneHotCategorical,
)
from millpond.distributions.reparameterization import (
    FULLY_REPARAMETERIZED,
    NOT_REPARAMETERIZED,
    ReparameterizationType,
)
from millpond.distributions.special import (
    fill_triangular,
    log_ndtr,
    ndtr,
    percentile,
    softplus_inverse,
)
from millpond.distributions.student_t import (
    StudentT,
    StudentTWithAbsDfSoftplusScale,
)
from millpond.distributions.transformed import (
    TransformedDistribution,
)
from millpond.distributions.uniform import (
    Uniform,
)

__all__ = [
    "Bernoulli",
    "BernoulliWithSigmoidProbs",
    "Beta",
    "BetaWithSoftplusConcentration",
    "Binomial",
    "Categorical",
    "Cauchy",
    "Chi2",
    "Deterministic",
    "Dirichlet",
    "DirichletMultinomial",
    "Distribution",
    "ExpRelaxedOneHotCategorical",
    "Exponential",
    "FULLY_REPARAMETERIZED",
    "Gamma",
    "GammaWithSoftplusConcentrationRate",
    "Geometric",
    "Gumbel",
    "HalfNormal",
    "Independent",
    "InverseGamma",
    "Laplace",
    "LaplaceWithSoftplusScale",
    "Logistic",
    "Mixture",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormalDiag",
    "MultivariateNormalDiagPlusLowRank",
    "MultivariateNormalDiagWithSoftplusScale",
    "MultivariateNormalFullCovariance",
    "MultivariateNormalTriL",
    "NOT_REPARAMETERIZED",
    "NegativeBinomial",
    "Normal",
    "NormalWithSoftplusScale",
    "OneHotCategorical",
    "Poisson",
    "RegisterKL",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "ReparameterizationType",
    "StudentT",
    "StudentTWithAbsDfSoftplusScale",
    "TransformedDistribution",
    "Uniform",
    "VectorDeterministic",
    "bijectors",
    "cross_entropy",
    "fill_triangular",
    "kl_divergence",
    "log_ndtr",
    "ndtr",
    "percentile",
    "softplus_inverse",
]
