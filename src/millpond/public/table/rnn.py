"""Cells and loops of recurrent networks, and layers that are one op: see the package's docstring for the form."""

NAMES = {
    "millpond.rnn.cell_parts": """
        BIAS    tf.python.ops.rnn_cell_impl._BIAS_VARIABLE_NAME
        KERNEL  tf.python.ops.rnn_cell_impl._WEIGHTS_VARIABLE_NAME
        Linear  tf.contrib.rnn.core_rnn_cell._Linear tf.python.ops.rnn_cell_impl._Linear
        linear  tf.nn.rnn_cell._linear tf.nn.rnn_cell.linear tf.contrib.rnn.core_rnn_cell._linear
                tf.python.ops.rnn_cell_impl._linear
    """,
    "millpond.rnn.cells_base": """
        check_is_cell  tf.python.ops.rnn_cell_impl.assert_like_rnncell
        LayerRNNCell   tf.contrib.rnn.LayerRNNCell tf.python.ops.rnn_cell_impl.LayerRNNCell
        RNNCell        tf.nn.rnn_cell.RNNCell tf.contrib.rnn.RNNCell tf.python.ops.rnn_cell_impl.RNNCell
                       tf.contrib.rnn.core_rnn_cell.RNNCell
    """,
    "millpond.rnn.cells_basic": """
        BasicLSTMCell   tf.nn.rnn_cell.BasicLSTMCell tf.contrib.rnn.BasicLSTMCell
                        tf.python.ops.rnn_cell_impl.BasicLSTMCell tf.contrib.rnn.core_rnn_cell.BasicLSTMCell
        BasicRNNCell    tf.nn.rnn_cell.BasicRNNCell tf.contrib.rnn.BasicRNNCell tf.python.ops.rnn_cell_impl.BasicRNNCell
                        tf.contrib.rnn.core_rnn_cell.BasicRNNCell
        GRUCell         tf.nn.rnn_cell.GRUCell tf.contrib.rnn.GRUCell tf.python.ops.rnn_cell_impl.GRUCell
                        tf.contrib.rnn.core_rnn_cell.GRUCell
        LSTMCell        tf.nn.rnn_cell.LSTMCell tf.contrib.rnn.LSTMCell tf.python.ops.rnn_cell_impl.LSTMCell
                        tf.contrib.rnn.core_rnn_cell.LSTMCell
        LSTMStateTuple  tf.nn.rnn_cell.LSTMStateTuple tf.contrib.rnn.LSTMStateTuple
                        tf.python.ops.rnn_cell_impl.LSTMStateTuple tf.contrib.rnn.core_rnn_cell.LSTMStateTuple
    """,
    "millpond.rnn.cells_convolution": """
        Conv1DLSTMCell  tf.contrib.rnn.Conv1DLSTMCell
        Conv2DLSTMCell  tf.contrib.rnn.Conv2DLSTMCell
        Conv3DLSTMCell  tf.contrib.rnn.Conv3DLSTMCell
        ConvLSTMCell    tf.contrib.rnn.ConvLSTMCell
    """,
    "millpond.rnn.cells_gated": """
        CFNCell              tf.contrib.rnn.CFNCell
        IntersectionRNNCell  tf.contrib.rnn.IntersectionRNNCell
        MinimalRNNCell       tf.contrib.rnn.MinimalRNNCell
        NASCell              tf.contrib.rnn.NASCell
        SRUCell              tf.contrib.rnn.SRUCell
        UGRNNCell            tf.contrib.rnn.UGRNNCell
    """,
    "millpond.rnn.cells_grid": """
        BidirectionalGridLSTMCell  tf.contrib.rnn.BidirectionalGridLSTMCell
        GridLSTMCell               tf.contrib.rnn.GridLSTMCell
        TimeFreqLSTMCell           tf.contrib.rnn.TimeFreqLSTMCell
    """,
    "millpond.rnn.cells_independent": """
        IndRNNCell    tf.contrib.rnn.IndRNNCell
        IndyGRUCell   tf.contrib.rnn.IndyGRUCell
        IndyLSTMCell  tf.contrib.rnn.IndyLSTMCell
    """,
    "millpond.rnn.cells_memory": """
        NTMCell             tf.contrib.rnn.NTMCell
        NTMControllerState  tf.contrib.rnn.NTMControllerState
    """,
    "millpond.rnn.cells_multi": """
        MultiRNNCell  tf.nn.rnn_cell.MultiRNNCell tf.contrib.rnn.MultiRNNCell tf.python.ops.rnn_cell_impl.MultiRNNCell
                      tf.contrib.rnn.core_rnn_cell.MultiRNNCell
    """,
    "millpond.rnn.cells_normalized": """
        CoupledInputForgetGateLSTMCell  tf.contrib.rnn.CoupledInputForgetGateLSTMCell
        LayerNormBasicLSTMCell          tf.contrib.rnn.LayerNormBasicLSTMCell
        LayerNormLSTMCell               tf.contrib.rnn.LayerNormLSTMCell
        WeightNormLSTMCell              tf.contrib.rnn.WeightNormLSTMCell
    """,
    "millpond.rnn.cells_phased": """
        GLSTMCell       tf.contrib.rnn.GLSTMCell
        PhasedLSTMCell  tf.contrib.rnn.PhasedLSTMCell
    """,
    "millpond.rnn.cells_projections": """
        AttentionCellWrapper     tf.contrib.rnn.AttentionCellWrapper
        CompiledWrapper          tf.contrib.rnn.CompiledWrapper
        EmbeddingWrapper         tf.contrib.rnn.EmbeddingWrapper tf.nn.rnn_cell.EmbeddingWrapper
                                 tf.contrib.rnn.core_rnn_cell.EmbeddingWrapper
        HighwayWrapper           tf.contrib.rnn.HighwayWrapper
        InputProjectionWrapper   tf.contrib.rnn.InputProjectionWrapper tf.nn.rnn_cell.InputProjectionWrapper
                                 tf.contrib.rnn.core_rnn_cell.InputProjectionWrapper
        OutputProjectionWrapper  tf.contrib.rnn.OutputProjectionWrapper tf.nn.rnn_cell.OutputProjectionWrapper
                                 tf.contrib.rnn.core_rnn_cell.OutputProjectionWrapper
    """,
    "millpond.rnn.cells_wrappers": """
        DeviceWrapper    tf.nn.rnn_cell.DeviceWrapper tf.contrib.rnn.DeviceWrapper
                         tf.python.ops.rnn_cell_impl.DeviceWrapper tf.contrib.rnn.core_rnn_cell.DeviceWrapper
        DropoutWrapper   tf.nn.rnn_cell.DropoutWrapper tf.contrib.rnn.DropoutWrapper
                         tf.python.ops.rnn_cell_impl.DropoutWrapper tf.contrib.rnn.core_rnn_cell.DropoutWrapper
        ResidualWrapper  tf.nn.rnn_cell.ResidualWrapper tf.contrib.rnn.ResidualWrapper
                         tf.python.ops.rnn_cell_impl.ResidualWrapper tf.contrib.rnn.core_rnn_cell.ResidualWrapper
    """,
    "millpond.rnn.cudnn_cells": """
        CudnnCompatibleGRUCell   tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell
        CudnnCompatibleLSTMCell  tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell
    """,
    "millpond.rnn.cudnn_formats": """
        CudnnParamsFormatConverterGRU   tf.contrib.cudnn_rnn.CudnnParamsFormatConverterGRU
        CudnnParamsFormatConverterLSTM  tf.contrib.cudnn_rnn.CudnnParamsFormatConverterLSTM
        CudnnParamsFormatConverterRelu  tf.contrib.cudnn_rnn.CudnnParamsFormatConverterRelu
        CudnnParamsFormatConverterTanh  tf.contrib.cudnn_rnn.CudnnParamsFormatConverterTanh
    """,
    "millpond.rnn.cudnn_layers": """
        CudnnGRU      tf.contrib.cudnn_rnn.CudnnGRU
        CudnnLSTM     tf.contrib.cudnn_rnn.CudnnLSTM
        CudnnRNNRelu  tf.contrib.cudnn_rnn.CudnnRNNRelu
        CudnnRNNTanh  tf.contrib.cudnn_rnn.CudnnRNNTanh
    """,
    "millpond.rnn.cudnn_saveables": """
        CudnnGRUSaveable      tf.contrib.cudnn_rnn.CudnnGRUSaveable
        CudnnLSTMSaveable     tf.contrib.cudnn_rnn.CudnnLSTMSaveable
        CudnnRNNReluSaveable  tf.contrib.cudnn_rnn.CudnnRNNReluSaveable
        CudnnRNNTanhSaveable  tf.contrib.cudnn_rnn.CudnnRNNTanhSaveable
    """,
    "millpond.rnn.dynamic_loops": """
        bidirectional_dynamic_rnn  tf.nn.bidirectional_dynamic_rnn
        dynamic_rnn                tf.nn.dynamic_rnn
    """,
    "millpond.rnn.fused_cells": """
        FusedRNNCell          tf.contrib.rnn.FusedRNNCell
        FusedRNNCellAdaptor   tf.contrib.rnn.FusedRNNCellAdaptor
        GRUBlockCell          tf.contrib.rnn.GRUBlockCell
        GRUBlockCellV2        tf.contrib.rnn.GRUBlockCellV2
        LSTMBlockCell         tf.contrib.rnn.LSTMBlockCell
        LSTMBlockFusedCell    tf.contrib.rnn.LSTMBlockFusedCell
        LSTMBlockWrapper      tf.contrib.rnn.LSTMBlockWrapper
        TimeReversedFusedRNN  tf.contrib.rnn.TimeReversedFusedRNN
    """,
    "millpond.rnn.loop_steps": """
        best_effort_input_batch_size  tf.contrib.rnn.best_effort_input_batch_size
        transpose_batch_time          tf.contrib.rnn.transpose_batch_time
    """,
    "millpond.rnn.raw_loops": """
        raw_rnn  tf.nn.raw_rnn
    """,
    "millpond.rnn.stacked_loops": """
        stack_bidirectional_dynamic_rnn  tf.contrib.rnn.stack_bidirectional_dynamic_rnn
        stack_bidirectional_rnn          tf.contrib.rnn.stack_bidirectional_rnn
    """,
    "millpond.rnn.static_loops": """
        static_bidirectional_rnn  tf.nn.static_bidirectional_rnn tf.contrib.rnn.static_bidirectional_rnn
                                  tf.nn.bidirectional_rnn
        static_rnn                tf.nn.static_rnn tf.contrib.rnn.static_rnn tf.nn.rnn
        static_state_saving_rnn   tf.nn.static_state_saving_rnn tf.contrib.rnn.static_state_saving_rnn
                                  tf.nn.state_saving_rnn
    """,
}
