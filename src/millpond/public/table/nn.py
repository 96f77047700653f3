"""Neural networks and losses: see the package's docstring for the form."""

NAMES = {
    "millpond.losses.collection": """
        add_loss                   tf.losses.add_loss
        get_losses                 tf.losses.get_losses
        get_regularization_loss    tf.losses.get_regularization_loss
        get_regularization_losses  tf.losses.get_regularization_losses
        get_total_loss             tf.losses.get_total_loss
    """,
    "millpond.losses.functions": """
        absolute_difference           tf.losses.absolute_difference
        cosine_distance               tf.losses.cosine_distance
        hinge_loss                    tf.losses.hinge_loss
        huber_loss                    tf.losses.huber_loss
        log_loss                      tf.losses.log_loss
        mean_pairwise_squared_error   tf.losses.mean_pairwise_squared_error
        mean_squared_error            tf.losses.mean_squared_error
        sigmoid_cross_entropy         tf.losses.sigmoid_cross_entropy
        softmax_cross_entropy         tf.losses.softmax_cross_entropy
        sparse_softmax_cross_entropy  tf.losses.sparse_softmax_cross_entropy
    """,
    "millpond.losses.weighting": """
        compute_weighted_loss  tf.losses.compute_weighted_loss
        Reduction              tf.losses.Reduction
    """,
    "millpond.ops.nn.activation": """
        crelu       tf.nn.crelu
        elu         tf.nn.elu
        leaky_relu  tf.nn.leaky_relu
        relu        tf.nn.relu
        relu6       tf.nn.relu6
        selu        tf.nn.selu
        softplus    tf.math.softplus tf.nn.softplus
        softsign    tf.math.softsign tf.nn.softsign
        swish       tf.nn.swish
    """,
    "millpond.ops.nn.bias_dropout": """
        bias_add       tf.nn.bias_add
        bias_add_v1    tf.nn.bias_add_v1
        dropout        tf.nn.dropout
        relu_layer     tf.nn.relu_layer
        xw_plus_b      tf.nn.xw_plus_b
        zero_fraction  tf.math.zero_fraction tf.nn.zero_fraction
    """,
    "millpond.ops.nn.candidate_samplers": """
        all_candidate_sampler            tf.nn.all_candidate_sampler tf.random.all_candidate_sampler
        compute_accidental_hits          tf.nn.compute_accidental_hits
        fixed_unigram_candidate_sampler  tf.nn.fixed_unigram_candidate_sampler
                                         tf.random.fixed_unigram_candidate_sampler
        log_uniform_candidate_sampler    tf.nn.log_uniform_candidate_sampler tf.random.log_uniform_candidate_sampler
        uniform_candidate_sampler        tf.nn.uniform_candidate_sampler tf.random.uniform_candidate_sampler
    """,
    "millpond.ops.nn.convolution_functions": """
        atrous_conv2d            tf.nn.atrous_conv2d
        atrous_conv2d_transpose  tf.nn.atrous_conv2d_transpose
        conv1d                   tf.nn.conv1d
        conv1d_transpose         tf.nn.conv1d_transpose
        conv2d                   tf.nn.conv2d
        conv2d_backprop_filter   tf.nn.conv2d_backprop_filter
        conv2d_backprop_input    tf.nn.conv2d_backprop_input
        conv2d_transpose         tf.nn.conv2d_transpose tf.nn.deconv2d
        conv3d                   tf.nn.conv3d
        conv3d_backprop_filter   tf.nn.conv3d_backprop_filter tf.nn.conv3d_backprop_filter_v2
        conv3d_transpose         tf.nn.conv3d_transpose
        convolution              tf.nn.convolution
    """,
    "millpond.ops.nn.cross_entropy": """
        l2_loss                                   tf.nn.l2_loss
        log_poisson_loss                          tf.nn.log_poisson_loss
        sigmoid_cross_entropy_with_logits         tf.nn.sigmoid_cross_entropy_with_logits
        softmax_cross_entropy_with_logits         tf.nn.softmax_cross_entropy_with_logits
        softmax_cross_entropy_with_logits_v2      tf.nn.softmax_cross_entropy_with_logits_v2
        sparse_softmax_cross_entropy_with_logits  tf.nn.sparse_softmax_cross_entropy_with_logits
        weighted_cross_entropy_with_logits        tf.nn.weighted_cross_entropy_with_logits
    """,
    "millpond.ops.nn.ctc": """
        ctc_beam_search_decoder     tf.nn.ctc_beam_search_decoder
        ctc_beam_search_decoder_v2  tf.nn.ctc_beam_search_decoder_v2
        ctc_greedy_decoder          tf.nn.ctc_greedy_decoder
        ctc_loss                    tf.nn.ctc_loss
    """,
    "millpond.ops.nn.depthwise": """
        depthwise_conv2d                  tf.nn.depthwise_conv2d
        depthwise_conv2d_backprop_filter  tf.nn.depthwise_conv2d_backprop_filter
                                          tf.nn.depthwise_conv2d_native_backprop_filter
        depthwise_conv2d_backprop_input   tf.nn.depthwise_conv2d_backprop_input
                                          tf.nn.depthwise_conv2d_native_backprop_input
        depthwise_conv2d_native           tf.nn.depthwise_conv2d_native
        separable_conv2d                  tf.nn.separable_conv2d
    """,
    "millpond.ops.nn.embedding": """
        embedding_lookup              tf.nn.embedding_lookup
        embedding_lookup_sparse       tf.nn.embedding_lookup_sparse
        safe_embedding_lookup_sparse  tf.nn.safe_embedding_lookup_sparse
    """,
    "millpond.ops.nn.fractional_pooling": """
        fractional_avg_pool  tf.nn.fractional_avg_pool
        fractional_max_pool  tf.nn.fractional_max_pool
    """,
    "millpond.ops.nn.fused_batch_norm": """
        fused_batch_norm  tf.nn.fused_batch_norm
    """,
    "millpond.ops.nn.image_patches": """
        extract_image_patches  tf.extract_image_patches
    """,
    "millpond.ops.nn.morphology": """
        dilation2d  tf.nn.dilation2d
        erosion2d   tf.nn.erosion2d
    """,
    "millpond.ops.nn.normalization": """
        batch_norm_with_global_normalization  tf.nn.batch_norm_with_global_normalization
        batch_normalization                   tf.nn.batch_normalization
        l2_normalize                          tf.linalg.l2_normalize tf.math.l2_normalize tf.nn.l2_normalize
        local_response_normalization          tf.nn.local_response_normalization tf.nn.lrn
        moments                               tf.nn.moments
        normalize_moments                     tf.nn.normalize_moments
        sufficient_statistics                 tf.nn.sufficient_statistics
        weighted_moments                      tf.nn.weighted_moments
    """,
    "millpond.ops.nn.pooling_functions": """
        avg_pool              tf.nn.avg_pool
        avg_pool1d            tf.nn.avg_pool1d
        avg_pool2d            tf.nn.avg_pool2d
        avg_pool3d            tf.nn.avg_pool3d
        max_pool              tf.nn.max_pool
        max_pool1d            tf.nn.max_pool1d
        max_pool2d            tf.nn.max_pool2d
        max_pool3d            tf.nn.max_pool3d
        max_pool_with_argmax  tf.nn.max_pool_with_argmax
        pool                  tf.nn.pool
    """,
    "millpond.ops.nn.sampled_losses": """
        nce_loss              tf.nn.nce_loss
        sampled_softmax_loss  tf.nn.sampled_softmax_loss
    """,
    "millpond.ops.nn.softmax": """
        log_softmax  tf.math.log_softmax tf.nn.log_softmax
        softmax      tf.math.softmax tf.nn.softmax
    """,
}
