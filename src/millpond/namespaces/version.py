"""`tf.version`: the interface is TensorFlow 1.15's, and programs ask for its version."""

from millpond.graph.graph import MIN_CONSUMER_VERSION, PRODUCER_VERSION

VERSION = "1.15.0"
GIT_VERSION = "millpond"

# What writes GraphDefs, and what must at least be there to read and to write them.
GRAPH_DEF_VERSION = PRODUCER_VERSION
GRAPH_DEF_VERSION_MIN_CONSUMER = MIN_CONSUMER_VERSION
GRAPH_DEF_VERSION_MIN_PRODUCER = 0

# Nothing of Millpond is compiled from C++.
COMPILER_VERSION = "none"
CXX11_ABI_FLAG = 0
MONOLITHIC_BUILD = 0
