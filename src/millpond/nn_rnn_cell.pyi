"""`tf.nn.rnn_cell`: recurrent cells: one step of a recurrent network."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.rnn.cell_parts import (
    linear,
    linear as _linear,
)
from millpond.rnn.cells_base import (
    RNNCell,
)
from millpond.rnn.cells_basic import (
    BasicLSTMCell,
    BasicRNNCell,
    GRUCell,
    LSTMCell,
    LSTMStateTuple,
)
from millpond.rnn.cells_multi import (
    MultiRNNCell,
)
from millpond.rnn.cells_projections import (
    EmbeddingWrapper,
    InputProjectionWrapper,
    OutputProjectionWrapper,
)
from millpond.rnn.cells_wrappers import (
    DeviceWrapper,
    DropoutWrapper,
    ResidualWrapper,
)

__all__ = [
    "BasicLSTMCell",
    "BasicRNNCell",
    "DeviceWrapper",
    "DropoutWrapper",
    "EmbeddingWrapper",
    "GRUCell",
    "InputProjectionWrapper",
    "LSTMCell",
    "LSTMStateTuple",
    "MultiRNNCell",
    "OutputProjectionWrapper",
    "RNNCell",
    "ResidualWrapper",
    "linear",
]
