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
from millpond.rnn.cells_convolution import (
    Conv1DLSTMCell,
    Conv2DLSTMCell,
    Conv3DLSTMCell,
    ConvLSTMCell,
)
from millpond.rnn.cells_gated import (
    CFNCell,
    IntersectionRNNCell,
    MinimalRNNCell,
    NASCell,
    SRUCell,
    UGRNNCell,
)
from millpond.rnn.cells_grid import (
    BidirectionalGridLSTMCell,
    GridLSTMCell,
    TimeFreqLSTMCell,
)
from millpond.rnn.cells_independent import (
    IndRNNCell,
    IndyGRUCell,
    IndyLSTMCell,
)
from millpond.rnn.cells_memory import (
    NTMCell,
    NTMControllerState,
)
from millpond.rnn.cells_multi import (
    MultiRNNCell,
)
from millpond.rnn.cells_normalized import (
    CoupledInputForgetGateLSTMCell,
    LayerNormBasicLSTMCell,
    LayerNormLSTMCell,
    WeightNormLSTMCell,
)
from millpond.rnn.cells_phased import (
    GLSTMCell,
    PhasedLSTMCell,
)
from millpond.rnn.cells_projections import (
    AttentionCellWrapper,
    CompiledWrapper,
    EmbeddingWrapper,
    HighwayWrapper,
    InputProjectionWrapper,
    OutputProjectionWrapper,
)
from millpond.rnn.cells_wrappers import (
    DeviceWrapper,
    DropoutWrapper,
    ResidualWrapper,
)
from millpond.rnn.fused_cells import (
    FusedRNNCell,
    FusedRNNCellAdaptor,
    GRUBlockCell,
    GRUBlockCellV2,
    LSTMBlockCell,
    LSTMBlockFusedCell,
    LSTMBlockWrapper,
    TimeReversedFusedRNN,
)
from millpond.rnn.loop_steps import (
    best_effort_input_batch_size,
    transpose_batch_time,
)
from millpond.rnn.stacked_loops import (
    stack_bidirectional_dynamic_rnn,
    stack_bidirectional_rnn,
)
from millpond.rnn.static_loops import (
    static_bidirectional_rnn,
    static_rnn,
    static_state_saving_rnn,
)

__all__ = [
    "AttentionCellWrapper",
    "BasicLSTMCell",
    "BasicRNNCell",
    "BidirectionalGridLSTMCell",
    "CFNCell",
    "CompiledWrapper",
    "Conv1DLSTMCell",
    "Conv2DLSTMCell",
    "Conv3DLSTMCell",
    "ConvLSTMCell",
    "CoupledInputForgetGateLSTMCell",
    "DeviceWrapper",
    "DropoutWrapper",
    "EmbeddingWrapper",
    "FusedRNNCell",
    "FusedRNNCellAdaptor",
    "GLSTMCell",
    "GRUBlockCell",
    "GRUBlockCellV2",
    "GRUCell",
    "GridLSTMCell",
    "HighwayWrapper",
    "IndRNNCell",
    "IndyGRUCell",
    "IndyLSTMCell",
    "InputProjectionWrapper",
    "IntersectionRNNCell",
    "LSTMBlockCell",
    "LSTMBlockFusedCell",
    "LSTMBlockWrapper",
    "LSTMCell",
    "LSTMStateTuple",
    "LayerNormBasicLSTMCell",
    "LayerNormLSTMCell",
    "LayerRNNCell",
    "MinimalRNNCell",
    "MultiRNNCell",
    "NASCell",
    "NTMCell",
    "NTMControllerState",
    "OutputProjectionWrapper",
    "PhasedLSTMCell",
    "RNNCell",
    "ResidualWrapper",
    "SRUCell",
    "TimeFreqLSTMCell",
    "TimeReversedFusedRNN",
    "UGRNNCell",
    "WeightNormLSTMCell",
    "best_effort_input_batch_size",
    "stack_bidirectional_dynamic_rnn",
    "stack_bidirectional_rnn",
    "static_bidirectional_rnn",
    "static_rnn",
    "static_state_saving_rnn",
    "transpose_batch_time",
]
