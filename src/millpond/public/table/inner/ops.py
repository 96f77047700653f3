"""What lived in `tensorflow.python.ops`: see the package's docstring for the form."""

NAMES = {
    "tf.python.ops.array_ops": """
        *tf.python.ops.gen_array_ops
        tf: batch_gather batch_to_space boolean_mask broadcast_dynamic_shape broadcast_static_shape concat constant
          depth_to_space edit_distance expand_dims extract_image_patches fill fingerprint gather gather_nd identity
          matrix_diag matrix_diag_part matrix_set_diag matrix_transpose meshgrid newaxis one_hot ones ones_like pad
          parallel_stack placeholder placeholder_with_default quantize quantize_v2 rank repeat
          required_space_to_batch_paddings reshape reverse=reverse_v2 reverse_sequence searchsorted sequence_mask
          setdiff1d shape shape_n size slice space_to_batch space_to_depth sparse_mask sparse_placeholder split
          squeeze stack strided_slice transpose unique unique_with_counts unstack where where_v2 zeros zeros_like
        tf.image: extract_image_patches_v2=extract_patches
        tf.quantization: quantize_and_dequantize
    """,
    "tf.python.ops.batch_ops": """
        *tf.python.ops.gen_batch_ops
        tf: batch_function=nondifferentiable_batch_function
    """,
    "tf.python.ops.bitwise_ops": """
        *tf.python.ops.gen_bitwise_ops
    """,
    "tf.python.ops.candidate_sampling_ops": """
        tf.nn: all_candidate_sampler compute_accidental_hits fixed_unigram_candidate_sampler
          learned_unigram_candidate_sampler log_uniform_candidate_sampler uniform_candidate_sampler
    """,
    "tf.python.ops.check_ops": """
        tf: assert_equal assert_greater assert_greater_equal assert_integer assert_less assert_less_equal
          assert_near assert_negative assert_non_negative assert_non_positive assert_none_equal assert_positive
          assert_proper_iterable assert_rank assert_rank_at_least assert_rank_in assert_same_float_dtype
          assert_scalar assert_type ensure_shape is_non_decreasing is_numeric_tensor is_strictly_increasing
        tf.debugging: assert_shapes
    """,
    "tf.python.ops.clip_ops": """
        tf: clip_by_average_norm clip_by_global_norm clip_by_norm clip_by_value global_norm
    """,
    "tf.python.ops.clustering_ops": """
        *tf.python.ops.gen_clustering_ops
        tf.nn: embedding_lookup
    """,
    "tf.python.ops.confusion_matrix": """
        tf: confusion_matrix confusion_matrix_v1=confusion_matrix
    """,
    "tf.python.ops.control_flow_grad": """
        *tf.python.ops.control_flow_ops
    """,
    "tf.python.ops.control_flow_ops": """
        *tf.python.ops.gen_control_flow_ops
        tf: Assert case cond group switch_case tuple while_loop
    """,
    "tf.python.ops.control_flow_v2_toggles": """
        tf: control_flow_v2_enabled disable_control_flow_v2 enable_control_flow_v2
        tf.experimental: output_all_intermediates
    """,
    "tf.python.ops.critical_section_ops": """
        tf: CriticalSection
    """,
    "tf.python.ops.ctc_ops": """
        tf.nn: collapse_repeated ctc_beam_search_decoder ctc_beam_search_decoder_v2 ctc_greedy_decoder ctc_loss
          ctc_loss_v2 ctc_unique_labels
    """,
    "tf.python.ops.custom_gradient": """
        tf: custom_gradient grad_pass_through recompute_grad
    """,
    "tf.python.ops.data_flow_ops": """
        *tf.python.ops.gen_data_flow_ops
        tf: ConditionalAccumulator ConditionalAccumulatorBase FIFOQueue PaddingFIFOQueue PriorityQueue QueueBase
          RandomShuffleQueue SparseConditionalAccumulator
    """,
    "tf.python.ops.distributions.bernoulli": """
        tf.distributions: Bernoulli
    """,
    "tf.python.ops.distributions.beta": """
        tf.distributions: Beta
    """,
    "tf.python.ops.distributions.categorical": """
        tf.distributions: Categorical
    """,
    "tf.python.ops.distributions.dirichlet": """
        tf.distributions: Dirichlet
    """,
    "tf.python.ops.distributions.dirichlet_multinomial": """
        tf.distributions: DirichletMultinomial
    """,
    "tf.python.ops.distributions.distribution": """
        tf.distributions: Distribution FULLY_REPARAMETERIZED NOT_REPARAMETERIZED ReparameterizationType
    """,
    "tf.python.ops.distributions.exponential": """
        tf.distributions: Exponential
    """,
    "tf.python.ops.distributions.gamma": """
        tf.distributions: Gamma
    """,
    "tf.python.ops.distributions.kullback_leibler": """
        tf.distributions: kl_divergence RegisterKL
    """,
    "tf.python.ops.distributions.laplace": """
        tf.distributions: Laplace
    """,
    "tf.python.ops.distributions.multinomial": """
        tf.distributions: Multinomial
    """,
    "tf.python.ops.distributions.normal": """
        tf.distributions: Normal
    """,
    "tf.python.ops.distributions.student_t": """
        tf.distributions: StudentT
    """,
    "tf.python.ops.distributions.uniform": """
        tf.distributions: Uniform
    """,
    "tf.python.ops.embedding_ops": """
        tf.nn: embedding_lookup embedding_lookup_sparse safe_embedding_lookup_sparse
    """,
    "tf.python.ops.functional_ops": """
        tf: foldl foldr scan
    """,
    "tf.python.ops.gen_array_ops": """
        tf: batch_to_space_nd bitcast broadcast_to check_numerics dequantize diag diag_part extract_volume_patches
          fake_quant_with_min_max_args fake_quant_with_min_max_args_gradient fake_quant_with_min_max_vars
          fake_quant_with_min_max_vars_gradient fake_quant_with_min_max_vars_per_channel
          fake_quant_with_min_max_vars_per_channel_gradient guarantee_const identity_n invert_permutation
          matrix_band_part quantized_concat reverse reverse_v2 scatter_nd space_to_batch_nd stop_gradient
          tensor_scatter_add tensor_scatter_sub tensor_scatter_update tile unravel_index
    """,
    "tf.python.ops.gen_audio_ops": """
        tf.audio: decode_wav encode_wav
    """,
    "tf.python.ops.gen_bitwise_ops": """
        tf.bitwise: bitwise_and bitwise_or bitwise_xor invert left_shift right_shift
    """,
    "tf.python.ops.gen_control_flow_ops": """
        tf: no_op
    """,
    "tf.python.ops.gen_data_flow_ops": """
        tf: dynamic_partition dynamic_stitch
    """,
    "tf.python.ops.gen_decode_proto_ops": """
        tf.io: decode_proto_v2=decode_proto
    """,
    "tf.python.ops.gen_encode_proto_ops": """
        tf.io: encode_proto
    """,
    "tf.python.ops.gen_image_ops": """
        tf.image: encode_png hsv_to_rgb resize_area rgb_to_hsv
        tf.io: decode_and_crop_jpeg decode_bmp decode_gif decode_jpeg decode_png encode_jpeg extract_jpeg_shape
    """,
    "tf.python.ops.gen_io_ops": """
        tf: matching_files read_file write_file
    """,
    "tf.python.ops.gen_linalg_ops": """
        tf: cholesky matrix_determinant matrix_inverse matrix_solve matrix_square_root matrix_triangular_solve qr
        tf.linalg: log_matrix_determinant=slogdet lu matrix_logarithm=logm
    """,
    "tf.python.ops.gen_logging_ops": """
        tf: timestamp
    """,
    "tf.python.ops.gen_math_ops": """
        tf: acos acosh add arg_max arg_min asin asinh atan atan2 atanh betainc ceil cos cosh cross digamma erf erfc
          exp expm1 floor floor_div floor_mod=mod greater greater_equal igamma igammac is_finite is_inf is_nan less
          less_equal lgamma lin_space log log1p logical_and logical_not logical_or maximum minimum mod neg=negative
          polygamma real_div=realdiv reciprocal rint rsqrt segment_max segment_mean segment_min segment_prod
          segment_sum sign sin sinh sparse_mat_mul=sparse_matmul sqrt square squared_difference tan tanh
          truncate_div=truncatediv truncate_mod=truncatemod unsorted_segment_max unsorted_segment_min
          unsorted_segment_prod unsorted_segment_sum zeta
        tf.math: bessel_i0e bessel_i1e next_after=nextafter xdivy xlogy
    """,
    "tf.python.ops.gen_nn_ops": """
        tf.nn: conv3d_backprop_filter conv3d_backprop_filter_v2 depthwise_conv2d_native
          depthwise_conv2d_native_backprop_filter depthwise_conv2d_native_backprop_input elu l2_loss lrn
          quantized_avg_pool quantized_conv2d quantized_max_pool quantized_relu_x relu selu softplus softsign
    """,
    "tf.python.ops.gen_parsing_ops": """
        tf: decode_compressed decode_json_example parse_tensor serialize_tensor
    """,
    "tf.python.ops.gen_sdca_ops": """
        tf.train: sdca_fprint sdca_optimizer sdca_shrink_l1
    """,
    "tf.python.ops.gen_spectral_ops": """
        tf: fft fft2d fft3d ifft ifft2d ifft3d
    """,
    "tf.python.ops.gen_string_ops": """
        tf: as_string decode_base64 encode_base64 string_join string_strip string_to_hash_bucket_fast
          string_to_hash_bucket_strong
        tf.strings: string_lower=lower string_upper=upper unicode_script unicode_transcode unsorted_segment_join
    """,
    "tf.python.ops.gradient_checker": """
        tf.test: compute_gradient compute_gradient_error
    """,
    "tf.python.ops.gradients": """
        tf: AggregationMethod custom_gradient gradients GradientTape hessians UnconnectedGradients
    """,
    "tf.python.ops.gradients_impl": """
        tf: gradients hessians UnconnectedGradients
    """,
    "tf.python.ops.gradients_util": """
        tf: AggregationMethod UnconnectedGradients
    """,
    "tf.python.ops.histogram_ops": """
        tf: histogram_fixed_width histogram_fixed_width_bins
    """,
    "tf.python.ops.image_ops": """
        *tf.python.ops.gen_image_ops *tf.python.ops.image_ops_impl
    """,
    "tf.python.ops.image_ops_impl": """
        tf.image: adjust_brightness adjust_contrast adjust_gamma adjust_hue adjust_jpeg_quality adjust_saturation
          central_crop combined_non_max_suppression convert_image_dtype crop_and_resize_v1=crop_and_resize
          crop_to_bounding_box draw_bounding_boxes extract_glimpse flip_left_right flip_up_down grayscale_to_rgb
          image_gradients non_max_suppression non_max_suppression_padded
          non_max_suppression_with_overlaps=non_max_suppression_overlaps non_max_suppression_with_scores
          pad_to_bounding_box per_image_standardization psnr random_brightness random_contrast
          random_flip_left_right random_flip_up_down random_hue random_jpeg_quality random_saturation resize_bicubic
          resize_bilinear resize_image_with_crop_or_pad resize_image_with_pad_v1=resize_image_with_pad resize_images
          resize_nearest_neighbor ResizeMethod ResizeMethodV1=ResizeMethod rgb_to_grayscale rgb_to_yiq rgb_to_yuv
          rot90 sample_distorted_bounding_box sobel_edges ssim ssim_multiscale total_variation transpose yiq_to_rgb
          yuv_to_rgb
        tf.io: decode_image is_jpeg
    """,
    "tf.python.ops.init_ops": """
        tf: Constant=constant_initializer constant_initializer glorot_normal_initializer glorot_uniform_initializer
          GlorotNormal=glorot_normal_initializer GlorotUniform=glorot_uniform_initializer Ones=ones_initializer
          ones_initializer Orthogonal=orthogonal_initializer orthogonal_initializer random_normal_initializer
          random_uniform_initializer RandomNormal=random_normal_initializer RandomUniform=random_uniform_initializer
          truncated_normal_initializer TruncatedNormal=truncated_normal_initializer uniform_unit_scaling_initializer
          UniformUnitScaling=uniform_unit_scaling_initializer variance_scaling_initializer
          VarianceScaling=variance_scaling_initializer Zeros=zeros_initializer zeros_initializer
        tf.initializers: he_normal he_uniform Identity=identity lecun_normal lecun_uniform
    """,
    "tf.python.ops.io_ops": """
        *tf.python.ops.gen_io_ops
        tf: FixedLengthRecordReader IdentityReader LMDBReader ReaderBase TextLineReader TFRecordReader
          WholeFileReader
    """,
    "tf.python.ops.linalg.linalg": """
        *tf.python.ops.linalg.linalg_impl *tf.python.ops.linalg.linear_operator
        *tf.python.ops.linalg.linear_operator_block_diag *tf.python.ops.linalg.linear_operator_circulant
        *tf.python.ops.linalg.linear_operator_composition *tf.python.ops.linalg.linear_operator_diag
        *tf.python.ops.linalg.linear_operator_full_matrix *tf.python.ops.linalg.linear_operator_identity
        *tf.python.ops.linalg.linear_operator_kronecker *tf.python.ops.linalg.linear_operator_low_rank_update
        *tf.python.ops.linalg.linear_operator_lower_triangular *tf.python.ops.linalg.linear_operator_toeplitz
        *tf.python.ops.linalg.linear_operator_zeros
    """,
    "tf.python.ops.linalg.linalg_impl": """
        tf.linalg: adjoint logdet matrix_exponential=expm matrix_rank pinv tridiagonal_matmul tridiagonal_solve
    """,
    "tf.python.ops.linalg.linear_operator": """
        tf.linalg: LinearOperator
    """,
    "tf.python.ops.linalg.linear_operator_adjoint": """
        tf.linalg: LinearOperatorAdjoint
    """,
    "tf.python.ops.linalg.linear_operator_block_diag": """
        tf.linalg: LinearOperatorBlockDiag
    """,
    "tf.python.ops.linalg.linear_operator_circulant": """
        tf.linalg: LinearOperatorCirculant LinearOperatorCirculant2D LinearOperatorCirculant3D
    """,
    "tf.python.ops.linalg.linear_operator_composition": """
        tf.linalg: LinearOperatorComposition
    """,
    "tf.python.ops.linalg.linear_operator_diag": """
        tf.linalg: LinearOperatorDiag
    """,
    "tf.python.ops.linalg.linear_operator_full_matrix": """
        tf.linalg: LinearOperatorFullMatrix
    """,
    "tf.python.ops.linalg.linear_operator_householder": """
        tf.linalg: LinearOperatorHouseholder
    """,
    "tf.python.ops.linalg.linear_operator_identity": """
        tf.linalg: LinearOperatorIdentity LinearOperatorScaledIdentity
    """,
    "tf.python.ops.linalg.linear_operator_inversion": """
        tf.linalg: LinearOperatorInversion
    """,
    "tf.python.ops.linalg.linear_operator_kronecker": """
        tf.linalg: LinearOperatorKronecker
    """,
    "tf.python.ops.linalg.linear_operator_low_rank_update": """
        tf.linalg: LinearOperatorLowRankUpdate
    """,
    "tf.python.ops.linalg.linear_operator_lower_triangular": """
        tf.linalg: LinearOperatorLowerTriangular
    """,
    "tf.python.ops.linalg.linear_operator_toeplitz": """
        tf.linalg: LinearOperatorToeplitz
    """,
    "tf.python.ops.linalg.linear_operator_zeros": """
        tf.linalg: LinearOperatorZeros
    """,
    "tf.python.ops.linalg_ops": """
        *tf.python.ops.gen_linalg_ops
        tf: cholesky_solve eye matrix_solve_ls norm self_adjoint_eig self_adjoint_eigvals svd
    """,
    "tf.python.ops.list_ops": """
        *tf.python.ops.gen_list_ops
    """,
    "tf.python.ops.logging_ops": """
        *tf.python.ops.gen_logging_ops
        tf: Print print_v2=print
    """,
    "tf.python.ops.lookup_ops": """
        *tf.python.ops.gen_lookup_ops
        tf: initialize_all_tables tables_initializer
        tf.lookup: KeyValueTensorInitializer StaticHashTable StaticHashTableV1=StaticHashTable StaticVocabularyTable
          StaticVocabularyTableV1=StaticVocabularyTable TextFileIndex TextFileInitializer
        tf.lookup.experimental: DenseHashTable
    """,
    "tf.python.ops.losses.losses": """
        *tf.python.ops.losses.losses_impl *tf.python.ops.losses.util
    """,
    "tf.python.ops.losses.losses_impl": """
        tf.losses: absolute_difference compute_weighted_loss cosine_distance hinge_loss huber_loss log_loss
          mean_pairwise_squared_error mean_squared_error Reduction sigmoid_cross_entropy softmax_cross_entropy
          sparse_softmax_cross_entropy
    """,
    "tf.python.ops.losses.util": """
        tf.losses: add_loss get_losses get_regularization_loss get_regularization_losses get_total_loss
    """,
    "tf.python.ops.manip_ops": """
        tf: roll
    """,
    "tf.python.ops.map_fn": """
        tf: map_fn
    """,
    "tf.python.ops.math_ops": """
        *tf.python.ops.gen_math_ops
        tf: abs accumulate_n add_n angle argmax argmin bincount bincount_v1=bincount cast complex conj count_nonzero
          cumprod cumsum div div_no_nan divide equal floordiv imag log_sigmoid logical_xor matmul multiply not_equal
          pow range real reduce_all reduce_all_v1=reduce_all reduce_any reduce_any_v1=reduce_any reduce_logsumexp
          reduce_logsumexp_v1=reduce_logsumexp reduce_max reduce_max_v1=reduce_max reduce_mean
          reduce_mean_v1=reduce_mean reduce_min reduce_min_v1=reduce_min reduce_prod reduce_prod_v1=reduce_prod
          reduce_sum reduce_sum_v1=reduce_sum round saturate_cast scalar_mul sigmoid sparse_segment_mean
          sparse_segment_sqrt_n sparse_segment_sum subtract tensordot to_bfloat16 to_complex128 to_complex64
          to_double to_float to_int32 to_int64 trace truediv unsorted_segment_mean unsorted_segment_sqrt_n
        tf.linalg: matvec
        tf.math: cumulative_logsumexp multiply_no_nan polyval reciprocal_no_nan reduce_euclidean_norm reduce_std
          reduce_variance
    """,
    "tf.python.ops.metrics": """
        *tf.python.ops.metrics_impl
    """,
    "tf.python.ops.metrics_impl": """
        tf.metrics: accuracy auc average_precision_at_k false_negatives false_negatives_at_thresholds
          false_positives false_positives_at_thresholds mean mean_absolute_error mean_cosine_distance mean_iou
          mean_per_class_accuracy mean_relative_error mean_squared_error mean_tensor percentage_below precision
          precision_at_k precision_at_thresholds precision_at_top_k recall recall_at_k recall_at_thresholds
          recall_at_top_k root_mean_squared_error sensitivity_at_specificity sparse_average_precision_at_k
          sparse_precision_at_k specificity_at_sensitivity true_negatives true_negatives_at_thresholds
          true_positives true_positives_at_thresholds
    """,
    "tf.python.ops.nn": """
        *tf.python.ops.ctc_ops *tf.python.ops.nn_impl *tf.python.ops.nn_ops *tf.python.ops.candidate_sampling_ops
        *tf.python.ops.embedding_ops
        tf: sigmoid
    """,
    "tf.python.ops.nn_impl": """
        tf.linalg: normalize
        tf.nn: batch_norm_with_global_normalization batch_normalization compute_average_loss depthwise_conv2d
          fused_batch_norm l2_normalize log_poisson_loss moments nce_loss normalize_moments relu_layer
          sampled_softmax_loss scale_regularization_loss separable_conv2d sigmoid_cross_entropy_with_logits
          sufficient_statistics swish weighted_cross_entropy_with_logits weighted_moments zero_fraction
    """,
    "tf.python.ops.nn_ops": """
        *tf.python.ops.gen_nn_ops
        tf.nn: atrous_conv2d atrous_conv2d_transpose avg_pool avg_pool1d avg_pool2d avg_pool3d avg_pool_v2 bias_add
          conv1d conv1d_transpose conv2d conv2d_backprop_filter conv2d_backprop_input conv2d_transpose
          conv3d_transpose conv3d_v1=conv3d conv_transpose convolution crelu dilation2d_v1=dilation2d dropout
          erosion2d fractional_avg_pool fractional_max_pool in_top_k leaky_relu log_softmax max_pool max_pool1d
          max_pool2d max_pool3d max_pool_v2 max_pool_with_argmax_v1=max_pool_with_argmax pool relu6 softmax
          softmax_cross_entropy_with_logits softmax_cross_entropy_with_logits_v2
          softmax_cross_entropy_with_logits_v2_helper=softmax_cross_entropy_with_logits_v2
          sparse_softmax_cross_entropy_with_logits top_k with_space_to_batch xw_plus_b
    """,
    "tf.python.ops.numerics": """
        tf: add_check_numerics_ops verify_tensor_all_finite
    """,
    "tf.python.ops.parallel_for": """
        *tf.python.ops.parallel_for.control_flow_ops
    """,
    "tf.python.ops.parallel_for.control_flow_ops": """
        tf: vectorized_map
    """,
    "tf.python.ops.parallel_for.pfor": """
        tf: flags
    """,
    "tf.python.ops.parsing_ops": """
        *tf.python.ops.gen_parsing_ops
        tf: decode_csv decode_raw decode_raw_v1=decode_raw FixedLenFeature FixedLenSequenceFeature parse_example
          parse_single_example parse_single_sequence_example SparseFeature VarLenFeature
        tf.io: parse_sequence_example
    """,
    "tf.python.ops.partitioned_variables": """
        tf: create_partitioned_variables fixed_size_partitioner min_max_variable_partitioner
          variable_axis_size_partitioner
    """,
    "tf.python.ops.proto_ops": """
        tf.io: decode_proto encode_proto
    """,
    "tf.python.ops.ragged.ragged_array_ops": """
        tf.ragged: boolean_mask stack_dynamic_partitions
    """,
    "tf.python.ops.ragged.ragged_concat_ops": """
        tf.ragged: stack
    """,
    "tf.python.ops.ragged.ragged_factory_ops": """
        tf.ragged: constant constant_value placeholder
    """,
    "tf.python.ops.ragged.ragged_functional_ops": """
        tf.ragged: map_flat_values
    """,
    "tf.python.ops.ragged.ragged_math_ops": """
        tf.ragged: range
    """,
    "tf.python.ops.ragged.ragged_squeeze_op": """
        tf: RaggedTensor
    """,
    "tf.python.ops.ragged.ragged_string_ops": """
        tf: string_split
        tf.strings: ngrams string_bytes_split=bytes_split strings_split_v1=split unicode_decode
          unicode_decode_with_offsets unicode_encode unicode_split unicode_split_with_offsets
    """,
    "tf.python.ops.ragged.ragged_tensor": """
        tf: RaggedTensor RaggedTensorSpec
    """,
    "tf.python.ops.ragged.ragged_tensor_value": """
        tf.ragged: RaggedTensorValue
    """,
    "tf.python.ops.ragged.segment_id_ops": """
        tf.ragged: row_splits_to_segment_ids segment_ids_to_row_splits
    """,
    "tf.python.ops.random_ops": """
        *tf.python.ops.gen_random_ops
        tf: multinomial random_crop random_gamma random_normal random_poisson random_shuffle random_uniform
          truncated_normal
        tf.random: categorical
    """,
    "tf.python.ops.resource_variable_ops": """
        *tf.python.ops.gen_resource_variable_ops
    """,
    "tf.python.ops.rnn": """
        tf.nn: bidirectional_dynamic_rnn dynamic_rnn raw_rnn static_bidirectional_rnn static_rnn
          static_state_saving_rnn
    """,
    "tf.python.ops.rnn_cell": """
        *tf.python.ops.rnn_cell_impl
    """,
    "tf.python.ops.rnn_cell_impl": """
        tf.nn.rnn_cell: BasicLSTMCell BasicRNNCell DeviceWrapper DropoutWrapper GRUCell LSTMCell LSTMStateTuple
          MultiRNNCell ResidualWrapper RNNCell
    """,
    "tf.python.ops.script_ops": """
        tf: eager_py_func=py_function numpy_function py_func
    """,
    "tf.python.ops.sdca_ops": """
        *tf.python.ops.gen_sdca_ops
    """,
    "tf.python.ops.session_ops": """
        tf: delete_session_tensor get_session_handle get_session_tensor
    """,
    "tf.python.ops.sets": """
        *tf.python.ops.sets_impl
    """,
    "tf.python.ops.sets_impl": """
        tf.sets: set_difference set_intersection set_size set_union
    """,
    "tf.python.ops.signal.dct_ops": """
        tf.signal: dct idct
    """,
    "tf.python.ops.signal.fft_ops": """
        tf.signal: fftshift ifftshift irfft irfft2d irfft3d rfft rfft2d rfft3d
    """,
    "tf.python.ops.signal.mel_ops": """
        tf.signal: linear_to_mel_weight_matrix
    """,
    "tf.python.ops.signal.mfcc_ops": """
        tf.signal: mfccs_from_log_mel_spectrograms
    """,
    "tf.python.ops.signal.reconstruction_ops": """
        tf.signal: overlap_and_add
    """,
    "tf.python.ops.signal.shape_ops": """
        tf.signal: frame
    """,
    "tf.python.ops.signal.signal": """
        tf.signal: dct fftshift frame hamming_window hann_window idct ifftshift inverse_stft inverse_stft_window_fn
          irfft irfft2d irfft3d linear_to_mel_weight_matrix mfccs_from_log_mel_spectrograms overlap_and_add rfft
          rfft2d rfft3d stft
    """,
    "tf.python.ops.signal.spectral_ops": """
        tf.signal: inverse_stft inverse_stft_window_fn stft
    """,
    "tf.python.ops.signal.window_ops": """
        tf.signal: hamming_window hann_window
    """,
    "tf.python.ops.sort_ops": """
        tf: argsort sort
    """,
    "tf.python.ops.sparse_ops": """
        *tf.python.ops.gen_sparse_ops
        tf: deserialize_many_sparse serialize_many_sparse serialize_sparse sparse_add sparse_concat
          sparse_fill_empty_rows sparse_maximum sparse_merge sparse_minimum sparse_reduce_max
          sparse_reduce_max_sparse sparse_reduce_sum sparse_reduce_sum_sparse sparse_reorder sparse_reset_shape
          sparse_reshape sparse_retain sparse_slice sparse_softmax sparse_split sparse_tensor_dense_matmul
          sparse_tensor_to_dense sparse_to_dense sparse_to_indicator sparse_transpose
        tf.sparse: _sparse_cross=cross _sparse_cross_hashed=cross_hashed from_dense sparse_expand_dims=expand_dims
          sparse_eye=eye
    """,
    "tf.python.ops.special_math_ops": """
        tf: einsum lbeta
        tf.math: bessel_i0 bessel_i1
    """,
    "tf.python.ops.standard_ops": """
        *tf.python.ops.array_ops *tf.python.ops.check_ops *tf.python.ops.clip_ops *tf.python.ops.special_math_ops
        *tf.python.ops.batch_ops *tf.python.ops.critical_section_ops *tf.python.ops.data_flow_ops
        *tf.python.ops.functional_ops *tf.python.ops.gradients *tf.python.ops.histogram_ops *tf.python.ops.init_ops
        *tf.python.ops.io_ops *tf.python.ops.linalg_ops *tf.python.ops.manip_ops *tf.python.ops.math_ops
        *tf.python.ops.numerics *tf.python.ops.parsing_ops *tf.python.ops.partitioned_variables
        *tf.python.ops.proto_ops *tf.python.ops.random_ops *tf.python.ops.session_ops *tf.python.ops.sort_ops
        *tf.python.ops.sparse_ops *tf.python.ops.stateless_random_ops *tf.python.ops.string_ops
        *tf.python.ops.template *tf.python.ops.tensor_array_ops *tf.python.ops.variable_scope
        *tf.python.ops.variables
        tf: Assert assign assign_add assign_sub case cond confusion_matrix count_up_to group initialize_all_tables
          Print py_func scatter_add scatter_div scatter_max scatter_min scatter_mul scatter_nd_add scatter_nd_sub
          scatter_nd_update scatter_sub scatter_update tables_initializer tuple vectorized_map while_loop
    """,
    "tf.python.ops.state_ops": """
        *tf.python.ops.gen_state_ops
        tf: assign assign_add assign_sub batch_scatter_update count_up_to scatter_add scatter_div scatter_max
          scatter_min scatter_mul scatter_nd_add scatter_nd_sub scatter_nd_update scatter_sub scatter_update
    """,
    "tf.python.ops.stateful_random_ops": """
        tf.random.experimental: create_rng_state Generator get_global_generator set_global_generator
    """,
    "tf.python.ops.stateless_random_ops": """
        tf.random: stateless_categorical stateless_multinomial stateless_random_normal=stateless_normal
          stateless_random_uniform=stateless_uniform stateless_truncated_normal
    """,
    "tf.python.ops.string_ops": """
        *tf.python.ops.gen_string_ops
        tf: reduce_join regex_replace string_to_hash_bucket string_to_hash_bucket_v1=string_to_hash_bucket
          string_to_number string_to_number_v1=string_to_number substr_deprecated=substr
        tf.strings: regex_full_match string_format=format string_length=length substr
    """,
    "tf.python.ops.summary_ops_v2": """
        tf.summary: all_v2_summary_ops initialize
    """,
    "tf.python.ops.template": """
        tf: make_template
    """,
    "tf.python.ops.tensor_array_ops": """
        tf: TensorArray TensorArraySpec
    """,
    "tf.python.ops.unconnected_gradients": """
        tf: UnconnectedGradients
    """,
    "tf.python.ops.variable_scope": """
        tf: AUTO_REUSE disable_resource_variables enable_resource_variables get_local_variable get_variable
          get_variable_scope no_regularizer resource_variables_enabled variable_creator_scope
          variable_creator_scope_v1=variable_creator_scope variable_op_scope variable_scope VariableScope
    """,
    "tf.python.ops.variables": """
        tf: all_variables assert_variables_initialized global_variables global_variables_initializer
          initialize_all_variables initialize_local_variables initialize_variables is_variable_initialized
          local_variables local_variables_initializer model_variables moving_average_variables
          report_uninitialized_variables trainable_variables Variable VariableAggregation variables_initializer
          VariableSynchronization VariableV1=Variable
    """,
}
