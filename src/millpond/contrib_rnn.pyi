"""`tf.contrib.rnn`: recurrent cells, those of `tf.nn.rnn_cell` and more, and loops over them."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.rnn.cells_base import (
    LayerRNNCell,
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
    "GRUCell",
    "LSTMCell",
    "LSTMStateTuple",
    "LayerRNNCell",
    "MultiRNNCell",
    "RNNCell",
    "ResidualWrapper",
]
