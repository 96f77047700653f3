"""Millpond: the programming model of TensorFlow 1 on XLA.

`import millpond as tf` runs programs written for TensorFlow 1. The public names stand in the table
`millpond/public/table/`; an object is imported when it is first asked for.
"""

from millpond.graph import building as _building  # how the definition of an op adds a node
from millpond.graph import graph as _graph  # the default graph
from millpond.ops import families as _families  # where the definitions of ops are
from millpond.ops import operators as _operators  # the operators of Tensor
from millpond.public import modules as _modules
from millpond.variables import resource_variable as _resource_variable  # tf.Variable(use_resource=True)

_modules.install()
_modules.publish(__name__)
