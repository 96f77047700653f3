"""Loops of recurrent networks, and layers that are one op: see the package's docstring for the form."""

NAMES = {
    "millpond.rnn.cudnn_cells": """
        CudnnCompatibleGRUCell   tf.contrib.cudnn_rnn.CudnnCompatibleGRUCell
        CudnnCompatibleLSTMCell  tf.contrib.cudnn_rnn.CudnnCompatibleLSTMCell
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
