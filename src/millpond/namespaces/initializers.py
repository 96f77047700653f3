"""`tf.initializers`: first values of variables, and the operations that set them."""

from millpond.variables.collections import global_variables_initializer as global_variables
from millpond.variables.collections import local_variables_initializer as local_variables
from millpond.variables.collections import tables_initializer
from millpond.variables.collections import variables_initializer as variables
from millpond.variables.initializers import Constant as constant
from millpond.variables.initializers import GlorotNormal as glorot_normal
from millpond.variables.initializers import GlorotUniform as glorot_uniform
from millpond.variables.initializers import Identity as identity
from millpond.variables.initializers import Ones as ones
from millpond.variables.initializers import Orthogonal as orthogonal
from millpond.variables.initializers import RandomNormal as random_normal
from millpond.variables.initializers import RandomUniform as random_uniform
from millpond.variables.initializers import TruncatedNormal as truncated_normal
from millpond.variables.initializers import UniformUnitScaling as uniform_unit_scaling
from millpond.variables.initializers import VarianceScaling as variance_scaling
from millpond.variables.initializers import Zeros as zeros
from millpond.variables.initializers import he_normal, he_uniform, lecun_normal, lecun_uniform

__all__ = [
    "constant", "global_variables", "glorot_normal", "glorot_uniform", "he_normal", "he_uniform", "identity",
    "lecun_normal", "lecun_uniform", "local_variables", "ones", "orthogonal", "random_normal", "random_uniform",
    "tables_initializer", "truncated_normal", "uniform_unit_scaling", "variables", "variance_scaling", "zeros",
]
