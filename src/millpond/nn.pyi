"""`tf.nn`: activation functions, losses, convolutions, poolings, normalization, embeddings."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond import (
    nn_rnn_cell as rnn_cell,
    nn_seq2seq as seq2seq,
)
from millpond.ops.array.space_to_batch import (
    batch_to_space,
    depth_to_space,
    space_to_batch,
    space_to_depth,
)
from millpond.ops.math.elementwise import (
    sigmoid,
)
from millpond.ops.math.sorting import (
    in_top_k,
    top_k,
)
from millpond.ops.math.trigonometry import (
    tanh,
)
from millpond.ops.nn.activation import (
    crelu,
    elu,
    leaky_relu,
    relu,
    relu6,
    selu,
    softplus,
    softsign,
    swish,
)
from millpond.ops.nn.bias_dropout import (
    bias_add,
    bias_add_v1,
    dropout,
    relu_layer,
    xw_plus_b,
    zero_fraction,
)
from millpond.ops.nn.candidate_samplers import (
    all_candidate_sampler,
    compute_accidental_hits,
    fixed_unigram_candidate_sampler,
    log_uniform_candidate_sampler,
    uniform_candidate_sampler,
)
from millpond.ops.nn.convolution_functions import (
    atrous_conv2d,
    atrous_conv2d_transpose,
    conv1d,
    conv1d_transpose,
    conv2d,
    conv2d_backprop_filter,
    conv2d_backprop_input,
    conv2d_transpose,
    conv2d_transpose as deconv2d,
    conv3d,
    conv3d_backprop_filter,
    conv3d_backprop_filter as conv3d_backprop_filter_v2,
    conv3d_transpose,
    convolution,
)
from millpond.ops.nn.cross_entropy import (
    l2_loss,
    log_poisson_loss,
    sigmoid_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits,
    softmax_cross_entropy_with_logits_v2,
    sparse_softmax_cross_entropy_with_logits,
    weighted_cross_entropy_with_logits,
)
from millpond.ops.nn.ctc import (
    ctc_beam_search_decoder,
    ctc_beam_search_decoder_v2,
    ctc_greedy_decoder,
    ctc_loss,
)
from millpond.ops.nn.depthwise import (
    depthwise_conv2d,
    depthwise_conv2d_backprop_filter,
    depthwise_conv2d_backprop_filter as depthwise_conv2d_native_backprop_filter,
    depthwise_conv2d_backprop_input,
    depthwise_conv2d_backprop_input as depthwise_conv2d_native_backprop_input,
    depthwise_conv2d_native,
    separable_conv2d,
)
from millpond.ops.nn.embedding import (
    embedding_lookup,
    embedding_lookup_sparse,
    safe_embedding_lookup_sparse,
)
from millpond.ops.nn.fractional_pooling import (
    fractional_avg_pool,
    fractional_max_pool,
)
from millpond.ops.nn.fused_batch_norm import (
    fused_batch_norm,
)
from millpond.ops.nn.morphology import (
    dilation2d,
    erosion2d,
)
from millpond.ops.nn.normalization import (
    batch_norm_with_global_normalization,
    batch_normalization,
    l2_normalize,
    local_response_normalization,
    local_response_normalization as lrn,
    moments,
    normalize_moments,
    sufficient_statistics,
    weighted_moments,
)
from millpond.ops.nn.pooling_functions import (
    avg_pool,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    max_pool,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_pool_with_argmax,
    pool,
)
from millpond.ops.nn.sampled_losses import (
    nce_loss,
    sampled_softmax_loss,
)
from millpond.ops.nn.softmax import (
    log_softmax,
    softmax,
)
from millpond.rnn.dynamic_loops import (
    bidirectional_dynamic_rnn,
    dynamic_rnn,
)
from millpond.rnn.raw_loops import (
    raw_rnn,
)
from millpond.rnn.static_loops import (
    static_bidirectional_rnn,
    static_bidirectional_rnn as bidirectional_rnn,
    static_rnn,
    static_rnn as rnn,
    static_state_saving_rnn,
    static_state_saving_rnn as state_saving_rnn,
)

__all__ = [
    "all_candidate_sampler",
    "atrous_conv2d",
    "atrous_conv2d_transpose",
    "avg_pool",
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "batch_norm_with_global_normalization",
    "batch_normalization",
    "batch_to_space",
    "bias_add",
    "bias_add_v1",
    "bidirectional_dynamic_rnn",
    "bidirectional_rnn",
    "compute_accidental_hits",
    "conv1d",
    "conv1d_transpose",
    "conv2d",
    "conv2d_backprop_filter",
    "conv2d_backprop_input",
    "conv2d_transpose",
    "conv3d",
    "conv3d_backprop_filter",
    "conv3d_backprop_filter_v2",
    "conv3d_transpose",
    "convolution",
    "crelu",
    "ctc_beam_search_decoder",
    "ctc_beam_search_decoder_v2",
    "ctc_greedy_decoder",
    "ctc_loss",
    "deconv2d",
    "depth_to_space",
    "depthwise_conv2d",
    "depthwise_conv2d_backprop_filter",
    "depthwise_conv2d_backprop_input",
    "depthwise_conv2d_native",
    "depthwise_conv2d_native_backprop_filter",
    "depthwise_conv2d_native_backprop_input",
    "dilation2d",
    "dropout",
    "dynamic_rnn",
    "elu",
    "embedding_lookup",
    "embedding_lookup_sparse",
    "erosion2d",
    "fixed_unigram_candidate_sampler",
    "fractional_avg_pool",
    "fractional_max_pool",
    "fused_batch_norm",
    "in_top_k",
    "l2_loss",
    "l2_normalize",
    "leaky_relu",
    "local_response_normalization",
    "log_poisson_loss",
    "log_softmax",
    "log_uniform_candidate_sampler",
    "lrn",
    "max_pool",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
    "max_pool_with_argmax",
    "moments",
    "nce_loss",
    "normalize_moments",
    "pool",
    "raw_rnn",
    "relu",
    "relu6",
    "relu_layer",
    "rnn",
    "rnn_cell",
    "safe_embedding_lookup_sparse",
    "sampled_softmax_loss",
    "selu",
    "separable_conv2d",
    "seq2seq",
    "sigmoid",
    "sigmoid_cross_entropy_with_logits",
    "softmax",
    "softmax_cross_entropy_with_logits",
    "softmax_cross_entropy_with_logits_v2",
    "softplus",
    "softsign",
    "space_to_batch",
    "space_to_depth",
    "sparse_softmax_cross_entropy_with_logits",
    "state_saving_rnn",
    "static_bidirectional_rnn",
    "static_rnn",
    "static_state_saving_rnn",
    "sufficient_statistics",
    "swish",
    "tanh",
    "top_k",
    "uniform_candidate_sampler",
    "weighted_cross_entropy_with_logits",
    "weighted_moments",
    "xw_plus_b",
    "zero_fraction",
]
