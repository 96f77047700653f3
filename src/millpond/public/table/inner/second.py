"""`tf.compat.v2`: what TensorFlow 1.15's second interface shares with the first, and no more.

Most are the very objects of `tf`. Where the second interface only took fewer arguments, the function of the first
stands in; where it took them in another order, `compat/inside/second_interface.py` does.
"""

NAMES = {
    "tf.compat.v2": """
        *millpond.compat.inside.second_interface
        tf: __compiler_version__ __cxx11_abi_flag__ __git_version__ __monolithic_build__ __version__
          abs acos acosh add add_n AggregationMethod argmax argmin argsort as_dtype as_string asin asinh Assert atan
          atan2 atanh bfloat16 bitcast bool broadcast_dynamic_shape broadcast_static_shape broadcast_to cast
          clip_by_global_norm clip_by_norm clip_by_value complex complex128 complex64 concat cond constant
          control_dependencies cos cosh CriticalSection cumsum custom_gradient divide double DType dynamic_partition
          dynamic_stitch edit_distance einsum enable_v2_behavior ensure_shape equal executing_eagerly exp
          expand_dims extract_volume_patches eye fill fingerprint float16 float32 float64 floor foldl foldr function
          get_logger get_static_value grad_pass_through gradients GradientTape Graph greater greater_equal group
          guarantee_const half histogram_fixed_width histogram_fixed_width_bins identity identity_n import_graph_def
          IndexedSlices IndexedSlicesSpec init_scope int16 int32 int64 int8 is_tensor less less_equal linspace
          load_library load_op_library logical_and logical_not logical_or make_ndarray make_tensor_proto map_fn
          matmul matrix_square_root maximum meshgrid minimum Module multiply name_scope negative newaxis no_gradient
          no_op nondifferentiable_batch_function norm not_equal numpy_function one_hot ones Operation OptionalSpec
          parallel_stack pow print py_function qint16 qint32 qint8 quint16 quint8 RaggedTensor RaggedTensorSpec
          range rank realdiv recompute_grad register_tensor_conversion_function RegisterGradient repeat
          required_space_to_batch_paddings reshape resource reverse roll round saturate_cast scan scatter_nd
          searchsorted sequence_mask shape_n sigmoid sign sin sinh slice sort space_to_batch_nd SparseTensor
          SparseTensorSpec split sqrt square squeeze stack stop_gradient strided_slice string subtract switch_case
          tan tanh Tensor tensor_scatter_nd_add tensor_scatter_nd_sub tensor_scatter_nd_update TensorArray
          TensorArraySpec tensordot TensorShape TensorSpec tile timestamp truediv truncatediv truncatemod TypeSpec
          uint16 uint32 uint64 uint8 UnconnectedGradients unique unique_with_counts unravel_index unstack Variable
          VariableSynchronization variant vectorized_map where=where_v2 zeros
    """,
    "tf.compat.v2.audio": """
        tf.audio: decode_wav encode_wav
    """,
    "tf.compat.v2.bitwise": """
        tf.bitwise: bitwise_and bitwise_or bitwise_xor invert left_shift right_shift
    """,
    "tf.compat.v2.data": """
        tf.data: DatasetSpec Options
    """,
    "tf.compat.v2.data.experimental": """
        tf.data.experimental: AUTOTUNE bucket_by_sequence_length bytes_produced_stats cardinality
          CheckpointInputPipelineHook copy_to_device dense_to_sparse_batch DistributeOptions enumerate_dataset
          from_variant get_next_as_optional get_single_element get_structure group_by_reducer group_by_window
          ignore_errors INFINITE_CARDINALITY latency_stats make_saveable_from_iterator map_and_batch
          MapVectorizationOptions OptimizationOptions Optional parallel_interleave parse_example_dataset
          prefetch_to_device Reducer rejection_resample scan shuffle_and_repeat StatsOptions take_while
          TFRecordWriter ThreadingOptions to_variant unbatch unique UNKNOWN_CARDINALITY
    """,
    "tf.compat.v2.debugging": """
        tf.debugging: Assert assert_proper_iterable assert_same_float_dtype check_numerics get_log_device_placement
          is_numeric_tensor set_log_device_placement
    """,
    "tf.compat.v2.dtypes": """
        tf.dtypes: as_dtype bfloat16 bool cast complex complex128 complex64 double DType float16 float32 float64
          half int16 int32 int64 int8 qint16 qint32 qint8 QUANTIZED_DTYPES quint16 quint8 resource saturate_cast
          string uint16 uint32 uint64 uint8 variant
    """,
    "tf.compat.v2.errors": """
        tf.errors: ABORTED AbortedError ALREADY_EXISTS AlreadyExistsError CANCELLED CancelledError DATA_LOSS
          DataLossError DEADLINE_EXCEEDED DeadlineExceededError FAILED_PRECONDITION FailedPreconditionError INTERNAL
          InternalError INVALID_ARGUMENT InvalidArgumentError NOT_FOUND NotFoundError OK OpError OUT_OF_RANGE
          OutOfRangeError PERMISSION_DENIED PermissionDeniedError RESOURCE_EXHAUSTED ResourceExhaustedError
          UNAUTHENTICATED UnauthenticatedError UNAVAILABLE UnavailableError UNIMPLEMENTED UnimplementedError UNKNOWN
          UnknownError
    """,
    "tf.compat.v2.feature_column": """
        tf.feature_column: bucketized_column categorical_column_with_hash_bucket categorical_column_with_identity
          categorical_column_with_vocabulary_list crossed_column embedding_column indicator_column numeric_column
          sequence_categorical_column_with_hash_bucket sequence_categorical_column_with_identity
          sequence_categorical_column_with_vocabulary_file sequence_categorical_column_with_vocabulary_list
          sequence_numeric_column weighted_categorical_column
    """,
    "tf.compat.v2.graph_util": """
        tf.graph_util: import_graph_def
    """,
    "tf.compat.v2.image": """
        tf.image: adjust_brightness adjust_contrast adjust_gamma adjust_hue adjust_jpeg_quality adjust_saturation
          central_crop combined_non_max_suppression convert_image_dtype crop_to_bounding_box decode_and_crop_jpeg
          decode_bmp decode_gif decode_image decode_jpeg decode_png encode_jpeg encode_png extract_jpeg_shape
          extract_patches flip_left_right flip_up_down grayscale_to_rgb hsv_to_rgb image_gradients is_jpeg
          non_max_suppression non_max_suppression_overlaps non_max_suppression_padded
          non_max_suppression_with_scores pad_to_bounding_box per_image_standardization psnr random_brightness
          random_contrast random_crop random_flip_left_right random_flip_up_down random_hue random_jpeg_quality
          random_saturation resize_with_crop_or_pad rgb_to_grayscale rgb_to_hsv rgb_to_yiq rgb_to_yuv rot90
          sobel_edges ssim ssim_multiscale total_variation transpose yiq_to_rgb yuv_to_rgb
    """,
    "tf.compat.v2.io": """
        tf.io: decode_and_crop_jpeg decode_base64 decode_bmp decode_compressed decode_gif decode_image decode_jpeg
          decode_json_example decode_png decode_proto deserialize_many_sparse encode_base64 encode_jpeg encode_proto
          extract_jpeg_shape FixedLenFeature FixedLenSequenceFeature is_jpeg match_filenames_once matching_files
          parse_sequence_example parse_single_sequence_example parse_tensor read_file serialize_tensor SparseFeature
          TFRecordOptions TFRecordWriter VarLenFeature write_file write_graph
    """,
    "tf.compat.v2.io.gfile": """
        tf.io.gfile: copy exists GFile glob isdir listdir makedirs mkdir remove rename rmtree stat walk
    """,
    "tf.compat.v2.linalg": """
        tf.linalg: adjoint band_part cholesky cholesky_solve cross det diag diag_part eigh eigvalsh einsum expm eye
          global_norm inv l2_normalize LinearOperator LinearOperatorAdjoint LinearOperatorBlockDiag
          LinearOperatorCirculant LinearOperatorCirculant2D LinearOperatorCirculant3D LinearOperatorComposition
          LinearOperatorDiag LinearOperatorFullMatrix LinearOperatorHouseholder LinearOperatorIdentity
          LinearOperatorInversion LinearOperatorKronecker LinearOperatorLowerTriangular LinearOperatorLowRankUpdate
          LinearOperatorScaledIdentity LinearOperatorToeplitz LinearOperatorZeros logdet logm lstsq lu matmul
          matrix_rank matrix_transpose matvec norm normalize pinv qr set_diag slogdet solve sqrtm svd tensor_diag
          tensor_diag_part tensordot trace triangular_solve tridiagonal_matmul tridiagonal_solve
    """,
    "tf.compat.v2.lookup": """
        tf.lookup: KeyValueTensorInitializer TextFileIndex TextFileInitializer
    """,
    "tf.compat.v2.lookup.experimental": """
        tf.lookup.experimental: DenseHashTable
    """,
    "tf.compat.v2.math": """
        tf.math: abs accumulate_n acos acosh add add_n angle argmax argmin asin asinh atan atan2 atanh bessel_i0
          bessel_i0e bessel_i1 bessel_i1e betainc bincount ceil confusion_matrix conj cos cosh count_nonzero cumprod
          cumsum cumulative_logsumexp digamma divide divide_no_nan equal erf erfc exp expm1 floor floordiv floormod
          greater greater_equal igamma igammac imag invert_permutation is_finite is_inf is_nan is_non_decreasing
          is_strictly_increasing l2_normalize lbeta less less_equal lgamma log log1p log_sigmoid log_softmax
          logical_and logical_not logical_or logical_xor maximum minimum mod multiply multiply_no_nan negative
          nextafter not_equal polygamma polyval pow real reciprocal reciprocal_no_nan reduce_all reduce_any
          reduce_euclidean_norm reduce_logsumexp reduce_max reduce_mean reduce_min reduce_prod reduce_std reduce_sum
          reduce_variance rint round rsqrt segment_max segment_mean segment_min segment_prod segment_sum sigmoid
          sign sin sinh softmax softplus softsign sqrt square squared_difference subtract tan tanh top_k truediv
          unsorted_segment_max unsorted_segment_mean unsorted_segment_min unsorted_segment_prod
          unsorted_segment_sqrt_n unsorted_segment_sum xdivy xlogy zero_fraction zeta
    """,
    "tf.compat.v2.nest": """
        tf.nest: assert_same_structure flatten is_nested map_structure pack_sequence_as
    """,
    "tf.compat.v2.nn": """
        tf.nn: all_candidate_sampler atrous_conv2d atrous_conv2d_transpose avg_pool1d avg_pool3d
          avg_pool=avg_pool_v2 batch_normalization bias_add collapse_repeated compute_accidental_hits
          compute_average_loss conv1d_transpose conv_transpose ctc_beam_search_decoder=ctc_beam_search_decoder_v2
          ctc_greedy_decoder ctc_loss=ctc_loss_v2 ctc_unique_labels depthwise_conv2d_backprop_filter
          depthwise_conv2d_backprop_input elu fixed_unigram_candidate_sampler l2_loss l2_normalize leaky_relu
          learned_unigram_candidate_sampler local_response_normalization log_poisson_loss log_softmax lrn max_pool1d
          max_pool2d max_pool3d max_pool=max_pool_v2 normalize_moments relu relu6 scale_regularization_loss selu
          sigmoid softmax softplus softsign swish tanh top_k with_space_to_batch zero_fraction
    """,
    "tf.compat.v2.quantization": """
        tf.quantization: dequantize fake_quant_with_min_max_args fake_quant_with_min_max_args_gradient
          fake_quant_with_min_max_vars fake_quant_with_min_max_vars_gradient
          fake_quant_with_min_max_vars_per_channel fake_quant_with_min_max_vars_per_channel_gradient quantize
          quantize_and_dequantize quantized_concat
    """,
    "tf.compat.v2.queue": """
        tf.queue: FIFOQueue PaddingFIFOQueue PriorityQueue QueueBase RandomShuffleQueue
    """,
    "tf.compat.v2.ragged": """
        tf.ragged: boolean_mask constant map_flat_values range row_splits_to_segment_ids segment_ids_to_row_splits
          stack stack_dynamic_partitions
    """,
    "tf.compat.v2.random": """
        tf.random: all_candidate_sampler categorical fixed_unigram_candidate_sampler gamma
          learned_unigram_candidate_sampler log_uniform_candidate_sampler normal poisson shuffle
          stateless_categorical stateless_normal stateless_truncated_normal stateless_uniform truncated_normal
          uniform uniform_candidate_sampler
    """,
    "tf.compat.v2.random.experimental": """
        tf.random.experimental: create_rng_state Generator get_global_generator set_global_generator
    """,
    "tf.compat.v2.saved_model": """
        tf.saved_model: ASSETS_DIRECTORY ASSETS_KEY CLASSIFY_INPUTS CLASSIFY_METHOD_NAME CLASSIFY_OUTPUT_CLASSES
          CLASSIFY_OUTPUT_SCORES DEFAULT_SERVING_SIGNATURE_DEF_KEY GPU load=load_v2 PREDICT_INPUTS
          PREDICT_METHOD_NAME PREDICT_OUTPUTS REGRESS_INPUTS REGRESS_METHOD_NAME REGRESS_OUTPUTS save
          SAVED_MODEL_FILENAME_PB SAVED_MODEL_FILENAME_PBTXT SAVED_MODEL_SCHEMA_VERSION SERVING TPU TRAINING
          VARIABLES_DIRECTORY VARIABLES_FILENAME
    """,
    "tf.compat.v2.sets": """
        tf.sets: difference intersection size union
    """,
    "tf.compat.v2.signal": """
        tf.signal: dct fft fft2d fft3d fftshift frame hamming_window hann_window idct ifft ifft2d ifft3d ifftshift
          inverse_stft inverse_stft_window_fn irfft irfft2d irfft3d linear_to_mel_weight_matrix
          mfccs_from_log_mel_spectrograms overlap_and_add rfft rfft2d rfft3d stft
    """,
    "tf.compat.v2.sparse": """
        tf.sparse: cross cross_hashed expand_dims eye fill_empty_rows from_dense mask maximum minimum reorder
          reset_shape reshape retain slice softmax sparse_dense_matmul SparseTensor to_dense to_indicator transpose
    """,
    "tf.compat.v2.strings": """
        tf.strings: as_string bytes_split format join lower ngrams regex_full_match regex_replace strip
          to_hash_bucket_fast to_hash_bucket_strong unicode_decode unicode_decode_with_offsets unicode_encode
          unicode_script unicode_split unicode_split_with_offsets unicode_transcode unsorted_segment_join upper
    """,
    "tf.compat.v2.sysconfig": """
        tf.sysconfig: CXX11_ABI_FLAG get_compile_flags get_include get_lib get_link_flags MONOLITHIC_BUILD
    """,
    "tf.compat.v2.test": """
        tf.test: Benchmark benchmark_config create_local_cluster gpu_device_name is_built_with_cuda
          is_built_with_gpu_support is_built_with_rocm is_gpu_available main TestCase
    """,
    "tf.compat.v2.train": """
        tf.train: BytesList CheckpointManager checkpoints_iterator ClusterDef ClusterSpec Coordinator Example
          ExponentialMovingAverage Feature FeatureList FeatureLists Features FloatList get_checkpoint_state
          Int64List JobDef latest_checkpoint list_variables load_checkpoint load_variable SequenceExample ServerDef
    """,
    "tf.compat.v2.train.experimental": """
        tf.train.experimental: DynamicLossScale FixedLossScale LossScale PythonState
    """,
    "tf.compat.v2.version": """
        tf.version: COMPILER_VERSION GIT_VERSION GRAPH_DEF_VERSION GRAPH_DEF_VERSION_MIN_CONSUMER
          GRAPH_DEF_VERSION_MIN_PRODUCER VERSION
    """,
}
