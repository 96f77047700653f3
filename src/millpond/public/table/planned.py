"""What TensorFlow 1 has and Millpond lacks: with what it is planned, what stands in for it, what is left out.

A name stands for itself and for all below it: `tf.data` covers `tf.data.Dataset`.
"""
# What a name comes with: the names.
PLANNED = {
    "loops and branches": """
        tf.vectorized_map
        tf.function tf.autograph tf.recompute_grad tf.wrap_function
        tf.enable_control_flow_v2 tf.disable_control_flow_v2 tf.control_flow_v2_enabled
        tf.contrib.autograph
    """,
    "recurrent networks": """
        tf.contrib.grid_rnn
        tf.contrib.recurrent
    """,
    "tf.layers and the packages of tf.contrib": """
        tf.contrib.framework.assert_or_get_global_step
        tf.contrib.layers.safe_embedding_lookup_sparse tf.contrib.layers.scattered_embedding_lookup
        tf.contrib.layers.scattered_embedding_lookup_sparse tf.contrib.layers.bucketized_column
        tf.contrib.layers.check_feature_columns tf.contrib.layers.create_feature_spec_for_parsing
        tf.contrib.layers.crossed_column tf.contrib.layers.embedding_column
        tf.contrib.layers.scattered_embedding_column tf.contrib.layers.input_from_feature_columns
        tf.contrib.layers.transform_features tf.contrib.layers.joint_weighted_sum_from_feature_columns
        tf.contrib.layers.make_place_holder_tensors_for_base_features tf.contrib.layers.multi_class_target
        tf.contrib.layers.one_hot_column tf.contrib.layers.parse_feature_columns_from_examples
        tf.contrib.layers.parse_feature_columns_from_sequence_examples tf.contrib.layers.real_valued_column
        tf.contrib.layers.shared_embedding_columns tf.contrib.layers.sparse_column_with_hash_bucket
        tf.contrib.layers.sparse_column_with_integerized_feature tf.contrib.layers.sparse_column_with_keys
        tf.contrib.layers.sparse_column_with_vocabulary_file tf.contrib.layers.weighted_sparse_column
        tf.contrib.layers.weighted_sum_from_feature_columns tf.contrib.layers.infer_real_valued_columns
        tf.contrib.layers.sequence_input_from_feature_columns tf.contrib.layers.regression_target
        tf.contrib.layers.sparse_feature_cross
        tf.contrib.estimator tf.contrib.keras
        tf.contrib.learn.RunConfig tf.contrib.learn.Estimator
        tf.contrib.learn.DNNClassifier tf.contrib.learn.DNNRegressor tf.contrib.learn.LinearClassifier
        tf.contrib.learn.LinearRegressor tf.contrib.learn.DNNLinearCombinedClassifier tf.contrib.learn.Experiment
        tf.contrib.learn.learn_runner tf.contrib.learn.run_config tf.contrib.learn.MetricSpec tf.contrib.learn.SKCompat
        tf.contrib.learn.infer_real_valued_columns_from_input tf.contrib.learn.monitors
        tf.contrib.summary
        tf.contrib.copy_graph tf.contrib.gan
        tf.contrib.optimizer_v2 tf.contrib.predictor tf.contrib.saved_model
        tf.contrib.session_bundle tf.contrib.specs tf.contrib.stat_summarizer
        tf.contrib.testing tf.contrib.tfprof tf.contrib.checkpoint
        tf.contrib.constrained_optimization tf.contrib.kernel_methods tf.contrib.linear_optimizer
        tf.contrib.memory_stats tf.contrib.reduce_slice_ops
        tf.contrib.solvers tf.contrib.model_pruning tf.contrib.mixed_precision
        tf.contrib.tensor_forest tf.contrib.timeseries tf.contrib.receptive_field
        tf.contrib.periodic_resample
        tf.contrib.all_reduce tf.contrib.nccl tf.contrib.bayesflow
        tf.profiler tf.mixed_precision
        tf.train.experimental
        tf.train.do_quantize_training_on_graphdef tf.train.sdca_fprint tf.train.sdca_optimizer
        tf.train.sdca_shrink_l1
        tf.saved_model.experimental tf.saved_model.load_v2 tf.saved_model.save
        tf.saved_model.signature_def_utils.MethodNameUpdater tf.summary.all_v2_summary_ops
        tf.summary.initialize tf.errors.raise_exception_on_not_ok_status
        tf.Module tf.config tf.experimental
    """,
    "images and sound": """
        tf.image.adjust_jpeg_quality tf.image.combined_non_max_suppression tf.image.crop_and_resize
        tf.image.draw_bounding_boxes
        tf.image.extract_glimpse
        tf.image.non_max_suppression_overlaps tf.image.non_max_suppression_padded
        tf.image.non_max_suppression_with_scores tf.image.random_jpeg_quality
        tf.image.resize_image_with_pad tf.image.sample_distorted_bounding_box
        tf.image.sobel_edges tf.image.ssim tf.image.ssim_multiscale
        tf.audio tf.contrib.image tf.contrib.ffmpeg tf.extract_volume_patches
    """,
    "strings, tables, and the reading of examples": """
        tf.strings.bytes_split
        tf.strings.ngrams
        tf.strings.unicode_decode tf.strings.unicode_decode_with_offsets tf.strings.unicode_encode
        tf.strings.unicode_script tf.strings.unicode_split tf.strings.unicode_split_with_offsets
        tf.strings.unicode_transcode tf.strings.unsorted_segment_join
        tf.decode_json_example
        tf.parse_single_sequence_example
        tf.io.decode_json_example tf.io.decode_proto
        tf.io.encode_proto tf.io.parse_sequence_example
        tf.io.parse_single_sequence_example
        tf.lookup.experimental tf.contrib.lookup.MutableDenseHashTable
        tf.contrib.lookup.index_to_string tf.contrib.lookup.string_to_index
        tf.contrib.lookup.string_to_index_table_from_file tf.contrib.proto tf.contrib.decision_trees
        tf.contrib.libsvm tf.contrib.input_pipeline tf.contrib.text
    """,
    "sparse and ragged tensors": """
        tf.sparse.SparseConditionalAccumulator
        tf.ragged tf.RaggedTensor tf.RaggedTensorSpec tf.SparseTensorSpec tf.IndexedSlicesSpec tf.TensorSpec
        tf.TypeSpec tf.TensorArraySpec tf.OptionalSpec
    """,
    "Fourier transforms and signals": """
        tf.fft tf.fft2d tf.fft3d tf.ifft tf.ifft2d tf.ifft3d tf.signal tf.spectral tf.contrib.signal
    """,
    "quantization": """
        tf.dequantize tf.quantize tf.quantize_v2 tf.quantized_concat tf.fake_quant_with_min_max_args
        tf.fake_quant_with_min_max_args_gradient tf.fake_quant_with_min_max_vars
        tf.fake_quant_with_min_max_vars_gradient tf.fake_quant_with_min_max_vars_per_channel
        tf.fake_quant_with_min_max_vars_per_channel_gradient tf.quantization tf.nn.quantized_avg_pool
        tf.nn.quantized_conv2d tf.nn.quantized_max_pool tf.nn.quantized_relu_x tf.contrib.quantize
        tf.contrib.quantization
    """,
    "the rest of the operations": """
        tf.debugging.assert_shapes
        tf.debugging.get_log_device_placement tf.debugging.set_log_device_placement tf.debugging.experimental
        tf.conv2d_backprop_filter_v2 tf.conv2d_backprop_input_v2 tf.ConditionalAccumulator
        tf.ConditionalAccumulatorBase tf.SparseConditionalAccumulator tf.CriticalSection
        tf.py_function tf.raw_ops tf.user_ops
        tf.linalg.LinearOperator tf.linalg.LinearOperatorAdjoint tf.linalg.LinearOperatorBlockDiag
        tf.linalg.LinearOperatorCirculant tf.linalg.LinearOperatorCirculant2D
        tf.linalg.LinearOperatorCirculant3D tf.linalg.LinearOperatorComposition tf.linalg.LinearOperatorDiag
        tf.linalg.LinearOperatorFullMatrix tf.linalg.LinearOperatorHouseholder
        tf.linalg.LinearOperatorIdentity tf.linalg.LinearOperatorInversion tf.linalg.LinearOperatorKronecker
        tf.linalg.LinearOperatorLowRankUpdate tf.linalg.LinearOperatorLowerTriangular
        tf.linalg.LinearOperatorPermutation tf.linalg.LinearOperatorScaledIdentity
        tf.linalg.LinearOperatorToeplitz tf.linalg.LinearOperatorTridiag tf.linalg.LinearOperatorZeros
        tf.linalg.lu_matrix_inverse tf.linalg.lu_reconstruct tf.linalg.lu_solve tf.linalg.normalize
        tf.linalg.tridiagonal_matmul tf.linalg.experimental tf.contrib.linalg
        tf.math.reciprocal_no_nan tf.math.sobol_sample tf.nn.avg_pool_v2 tf.nn.max_pool_v2
        tf.nn.collapse_repeated tf.nn.compute_average_loss tf.nn.scale_regularization_loss tf.nn.conv_transpose
        tf.nn.ctc_loss_v2 tf.nn.ctc_unique_labels
        tf.nn.learned_unigram_candidate_sampler tf.random.learned_unigram_candidate_sampler
        tf.nn.with_space_to_batch tf.random.experimental
        tf.random.Generator tf.contrib.resampler tf.contrib.fused_conv tf.contrib.coder tf.contrib.meta_graph_transform
    """,
    "queues, readers, and tf.data": """
        tf.LMDBReader tf.data tf.contrib.data tf.contrib.batching tf.contrib.staging
    """,
    "clusters, and training on many machines": """
        tf.distribute tf.contrib.distribute tf.contrib.rpc
    """,
}

# Left out on purpose: why, and what serves instead.
LEFT_OUT = {
    "tf.GradientTape": "it belongs to eager execution, which Millpond does not have; use tf.gradients",
    "tf.contrib.eager.GradientTape": "it belongs to eager execution, which Millpond does not have; use tf.gradients",
    "tf.contrib.eager.defun": "it belongs to eager execution, which Millpond does not have; call the function as it is",
    "tf.tpu": "it drives TPU hardware by TensorFlow's own means; a program runs on a TPU as on any device, through XLA",
    "tf.lite": "mobile devices are left out; `millpond export MODEL --to onnx` or `--to stablehlo` hands a model on",
    "tf.contrib.lite": "mobile devices are left out; `millpond export MODEL --to onnx` hands a model on",
    "tf.compat.v2": "Millpond is TensorFlow 1's programming model; what tf.compat.v1 has is there",
    "tf.sysconfig": "it tells how operations in C++ are compiled, and Millpond loads none; tf.py_func runs Python",
    "tf.load_op_library": "operations in C++ are not loaded; tf.py_func runs Python, which may call any library",
    "tf.load_library": "operations in C++ are not loaded; tf.py_func runs Python, which may call any library",
    "tf.load_file_system_library": "file systems come with `fsspec`, which tf.gfile opens paths like gs:// with",
    "tf.mlir": "graphs are compiled by XLA; `MILLPOND_DEBUG=hlo` shows its programs",
    "tf.contrib.boosted_trees": "its operations in C++ are left out; gradient boosting has packages of its own",
    "tf.contrib.bigtable": "the client of a service of Google is left out",
    "tf.contrib.cloud": "clients of services of Google are left out; tf.gfile opens gs:// paths with `fsspec`",
    "tf.contrib.tensorrt": "NVIDIA's TensorRT is left out; XLA compiles for GPUs",
}

# What serves until a name is there.
INSTEAD = {
    "tf.py_function": "tf.py_func",
    "tf.data": "batches of NumPy arrays, fed through tf.placeholder",
}
