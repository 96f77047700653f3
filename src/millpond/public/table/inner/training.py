"""What lived in `tensorflow.python.training`, `summary`, `layers`, `data` and more: see the package's docstring."""

NAMES = {
    "tf.python.autograph": """
        tf.autograph: to_code to_graph
        tf.autograph.experimental: do_not_convert Feature set_loop_options
    """,
    "tf.python.autograph.core.converter": """
        tf.autograph.experimental: Feature
    """,
    "tf.python.autograph.impl.api": """
        tf.autograph: to_code to_code_v1=to_code to_graph to_graph_v1=to_graph
        tf.autograph.experimental: do_not_convert
    """,
    "tf.python.autograph.lang.directives": """
        tf.autograph.experimental: set_loop_options
    """,
    "tf.python.autograph.utils.ag_logging": """
        tf.autograph: set_verbosity trace
    """,
    "tf.python.compiler.xla.jit": """
        tf.xla.experimental: experimental_jit_scope=jit_scope
    """,
    "tf.python.compiler.xla.xla": """
        tf.xla.experimental: compile
    """,
    "tf.python.data": """
        tf.data: Dataset FixedLengthRecordDataset Iterator make_initializable_iterator make_one_shot_iterator
          TextLineDataset TFRecordDataset
    """,
    "tf.python.data.experimental": """
        tf: OptionalStructure=OptionalSpec Structure=TypeSpec
        tf.data: DatasetStructure=DatasetSpec
        tf.data.experimental: AUTOTUNE bucket_by_sequence_length bytes_produced_stats cardinality
          CheckpointInputPipelineHook choose_from_datasets copy_to_device Counter CsvDataset dense_to_sparse_batch
          DistributeOptions enumerate_dataset from_variant get_next_as_optional get_single_element get_structure
          group_by_reducer group_by_window ignore_errors INFINITE_CARDINALITY latency_stats
          make_batched_features_dataset make_csv_dataset make_saveable_from_iterator map_and_batch
          map_and_batch_with_legacy_function MapVectorizationOptions OptimizationOptions Optional
          parallel_interleave parse_example_dataset prefetch_to_device RaggedTensorStructure RandomDataset Reducer
          rejection_resample sample_from_datasets scan shuffle_and_repeat SparseTensorStructure SqlDataset
          StatsAggregator StatsOptions take_while TensorArrayStructure TensorStructure TFRecordWriter
          ThreadingOptions to_variant unbatch unique UNKNOWN_CARDINALITY
    """,
    "tf.python.data.experimental.ops.batching": """
        tf.data.experimental: dense_to_sparse_batch map_and_batch map_and_batch_with_legacy_function unbatch
    """,
    "tf.python.data.experimental.ops.cardinality": """
        tf.data.experimental: cardinality INFINITE=INFINITE_CARDINALITY UNKNOWN=UNKNOWN_CARDINALITY
    """,
    "tf.python.data.experimental.ops.counter": """
        tf.data.experimental: Counter
    """,
    "tf.python.data.experimental.ops.distribute_options": """
        tf.data.experimental: DistributeOptions
    """,
    "tf.python.data.experimental.ops.enumerate_ops": """
        tf.data.experimental: enumerate_dataset
    """,
    "tf.python.data.experimental.ops.error_ops": """
        tf.data.experimental: ignore_errors
    """,
    "tf.python.data.experimental.ops.get_single_element": """
        tf.data.experimental: get_single_element
    """,
    "tf.python.data.experimental.ops.grouping": """
        tf.data.experimental: bucket_by_sequence_length group_by_reducer group_by_window Reducer
    """,
    "tf.python.data.experimental.ops.interleave_ops": """
        tf.data.experimental: choose_from_datasets parallel_interleave sample_from_datasets
    """,
    "tf.python.data.experimental.ops.iterator_ops": """
        tf.data.experimental: CheckpointInputPipelineHook make_saveable_from_iterator
    """,
    "tf.python.data.experimental.ops.optimization_options": """
        tf.data.experimental: MapVectorizationOptions OptimizationOptions
    """,
    "tf.python.data.experimental.ops.parsing_ops": """
        tf.data.experimental: parse_example_dataset
    """,
    "tf.python.data.experimental.ops.prefetching_ops": """
        tf.data.experimental: copy_to_device prefetch_to_device
    """,
    "tf.python.data.experimental.ops.random_ops": """
        tf.data.experimental: RandomDataset
    """,
    "tf.python.data.experimental.ops.readers": """
        tf.data.experimental: CsvDataset make_batched_features_dataset make_csv_dataset SqlDataset
    """,
    "tf.python.data.experimental.ops.resampling": """
        tf.data.experimental: rejection_resample
    """,
    "tf.python.data.experimental.ops.scan_ops": """
        tf.data.experimental: scan
    """,
    "tf.python.data.experimental.ops.shuffle_ops": """
        tf.data.experimental: shuffle_and_repeat
    """,
    "tf.python.data.experimental.ops.stats_aggregator": """
        tf.data.experimental: StatsAggregator
    """,
    "tf.python.data.experimental.ops.stats_ops": """
        tf.data.experimental: bytes_produced_stats latency_stats
    """,
    "tf.python.data.experimental.ops.stats_options": """
        tf.data.experimental: StatsOptions
    """,
    "tf.python.data.experimental.ops.take_while_ops": """
        tf.data.experimental: take_while
    """,
    "tf.python.data.experimental.ops.threading_options": """
        tf.data.experimental: ThreadingOptions
    """,
    "tf.python.data.experimental.ops.unique": """
        tf.data.experimental: unique
    """,
    "tf.python.data.experimental.ops.writers": """
        tf.data.experimental: TFRecordWriter
    """,
    "tf.python.data.ops.dataset_ops": """
        tf.data: Dataset DatasetSpec get_legacy_output_classes=get_output_classes
          get_legacy_output_shapes=get_output_shapes get_legacy_output_types=get_output_types
          make_initializable_iterator make_one_shot_iterator Options
        tf.data.experimental: AUTOTUNE from_variant get_structure to_variant
    """,
    "tf.python.data.ops.iterator_ops": """
        tf.data: Iterator
        tf.data.experimental: get_next_as_optional
    """,
    "tf.python.data.ops.optional_ops": """
        tf: OptionalSpec
        tf.data.experimental: Optional
    """,
    "tf.python.data.ops.readers": """
        tf.data: FixedLengthRecordDataset TextLineDataset TFRecordDataset
    """,
    "tf.python.data.util.structure": """
        tf.data.experimental: _RaggedTensorStructure=RaggedTensorStructure
          _SparseTensorStructure=SparseTensorStructure _TensorArrayStructure=TensorArrayStructure
          _TensorStructure=TensorStructure
    """,
    "tf.python.distribute.central_storage_strategy": """
        tf.distribute.experimental: CentralStorageStrategy CentralStorageStrategyV1=CentralStorageStrategy
    """,
    "tf.python.distribute.cluster_resolver": """
        tf.distribute.cluster_resolver: ClusterResolver GCEClusterResolver KubernetesClusterResolver
          SimpleClusterResolver SlurmClusterResolver TFConfigClusterResolver TPUClusterResolver
          UnionClusterResolver=UnionResolver
    """,
    "tf.python.distribute.cluster_resolver.cluster_resolver": """
        tf.distribute.cluster_resolver: ClusterResolver SimpleClusterResolver UnionClusterResolver=UnionResolver
        tf.train: ClusterSpec
    """,
    "tf.python.distribute.cluster_resolver.gce_cluster_resolver": """
        tf.distribute.cluster_resolver: ClusterResolver GCEClusterResolver
        tf.train: ClusterSpec
    """,
    "tf.python.distribute.cluster_resolver.kubernetes_cluster_resolver": """
        tf.distribute.cluster_resolver: ClusterResolver KubernetesClusterResolver
    """,
    "tf.python.distribute.cluster_resolver.slurm_cluster_resolver": """
        tf.distribute.cluster_resolver: ClusterResolver SlurmClusterResolver
        tf.train: ClusterSpec
    """,
    "tf.python.distribute.cluster_resolver.tfconfig_cluster_resolver": """
        tf.distribute.cluster_resolver: ClusterResolver TFConfigClusterResolver
        tf.train: ClusterSpec
    """,
    "tf.python.distribute.cluster_resolver.tpu_cluster_resolver": """
        tf.distribute.cluster_resolver: ClusterResolver TPUClusterResolver
    """,
    "tf.python.distribute.collective_all_reduce_strategy": """
        tf.distribute.experimental: CollectiveAllReduceStrategyV1=MultiWorkerMirroredStrategy
    """,
    "tf.python.distribute.cross_device_ops": """
        tf.distribute: CrossDeviceOps HierarchicalCopyAllReduce NcclAllReduce ReductionToOneDevice
        tf.distribute.experimental: CollectiveCommunication
    """,
    "tf.python.distribute.distribute_lib": """
        tf.distribute: get_loss_reduction InputContext InputReplicationMode ReplicaContext Strategy
          StrategyExtendedV1=StrategyExtended StrategyV1=Strategy
    """,
    "tf.python.distribute.distribution_strategy_context": """
        tf.distribute: experimental_set_strategy get_distribution_strategy=get_strategy get_replica_context
          get_strategy has_distribution_strategy=has_strategy has_strategy in_cross_replica_context
    """,
    "tf.python.distribute.mirrored_strategy": """
        tf.distribute: MirroredStrategy MirroredStrategyV1=MirroredStrategy
    """,
    "tf.python.distribute.one_device_strategy": """
        tf.distribute: OneDeviceStrategy OneDeviceStrategyV1=OneDeviceStrategy
    """,
    "tf.python.distribute.parameter_server_strategy": """
        tf.distribute.experimental: ParameterServerStrategy ParameterServerStrategyV1=ParameterServerStrategy
    """,
    "tf.python.distribute.reduce_util": """
        tf.distribute: ReduceOp
    """,
    "tf.python.distribute.tpu_strategy": """
        tf.distribute.experimental: TPUStrategy TPUStrategyV1=TPUStrategy
    """,
    "tf.python.feature_column.feature_column": """
        tf.feature_column: input_layer linear_model make_parse_example_spec
    """,
    "tf.python.feature_column.feature_column_lib": """
        *tf.python.feature_column.feature_column *tf.python.feature_column.feature_column_v2
        *tf.python.feature_column.sequence_feature_column
    """,
    "tf.python.feature_column.feature_column_v2": """
        tf.feature_column: bucketized_column categorical_column_with_hash_bucket categorical_column_with_identity
          categorical_column_with_vocabulary_file categorical_column_with_vocabulary_list crossed_column
          embedding_column indicator_column numeric_column shared_embedding_columns weighted_categorical_column
    """,
    "tf.python.feature_column.sequence_feature_column": """
        tf.feature_column: sequence_categorical_column_with_hash_bucket sequence_categorical_column_with_identity
          sequence_categorical_column_with_vocabulary_file sequence_categorical_column_with_vocabulary_list
          sequence_numeric_column
    """,
    "tf.python.layers.base": """
        tf.layers: InputSpec Layer
        tf.layers.experimental: keras_style_scope set_keras_style
    """,
    "tf.python.layers.convolutional": """
        tf.layers: Conv1D conv1d Conv2D conv2d conv2d_transpose Conv2DTranspose Conv3D conv3d conv3d_transpose
          Conv3DTranspose separable_conv1d separable_conv2d SeparableConv1D SeparableConv2D
          Convolution1D=Conv1D convolution1d=conv1d Convolution2D=Conv2D convolution2d=conv2d Convolution3D=Conv3D
          convolution3d=conv3d SeparableConvolution2D=SeparableConv2D separable_convolution2d=separable_conv2d
          Convolution2DTranspose=Conv2DTranspose convolution2d_transpose=conv2d_transpose
          Deconvolution2D=Conv2DTranspose deconvolution2d=conv2d_transpose Deconv2D=Conv2DTranspose
          deconv2d=conv2d_transpose Convolution3DTranspose=Conv3DTranspose convolution3d_transpose=conv3d_transpose
          Deconvolution3D=Conv3DTranspose deconvolution3d=conv3d_transpose Deconv3D=Conv3DTranspose
          deconv3d=conv3d_transpose
    """,
    "tf.python.layers.core": """
        tf.layers: Dense dense Dropout dropout Flatten flatten FullyConnected=Dense fully_connected=dense
    """,
    "tf.python.layers.layers": """
        tf.layers: average_pooling1d average_pooling2d average_pooling3d AveragePooling1D AveragePooling2D
          AveragePooling3D batch_normalization BatchNormalization Conv1D conv1d Conv2D conv2d conv2d_transpose
          Conv2DTranspose Conv3D conv3d conv3d_transpose Conv3DTranspose Dense dense Dropout dropout Flatten flatten
          InputSpec Layer max_pooling1d max_pooling2d max_pooling3d MaxPooling1D MaxPooling2D MaxPooling3D
          separable_conv1d separable_conv2d SeparableConv1D SeparableConv2D
    """,
    "tf.python.layers.normalization": """
        tf.layers: batch_norm=batch_normalization batch_normalization BatchNorm=BatchNormalization
          BatchNormalization
    """,
    "tf.python.layers.pooling": """
        tf.layers: average_pooling1d average_pooling2d average_pooling3d AveragePooling1D AveragePooling2D
          AveragePooling3D AvgPool2D=AveragePooling2D avg_pool2d=average_pooling2d max_pool2d=max_pooling2d
          max_pooling1d max_pooling2d max_pooling3d MaxPool2D=MaxPooling2D
          MaxPooling1D MaxPooling2D MaxPooling3D
    """,
    "tf.python.profiler.model_analyzer": """
        tf.profiler: advise profile Profiler
    """,
    "tf.python.profiler.option_builder": """
        tf.profiler: ProfileOptionBuilder
    """,
    "tf.python.profiler.profiler": """
        tf.profiler: AdviceProto advise GraphNodeProto MultiGraphNodeProto OpLogProto profile ProfileOptionBuilder
          Profiler write_op_log
    """,
    "tf.python.profiler.tfprof_logger": """
        tf.profiler: write_op_log
    """,
    "tf.python.saved_model.builder": """
        tf.saved_model.builder: SavedModelBuilder
    """,
    "tf.python.saved_model.builder_impl": """
        tf.saved_model.builder: SavedModelBuilder
    """,
    "tf.python.saved_model.constants": """
        tf.saved_model: ASSETS_DIRECTORY ASSETS_KEY LEGACY_INIT_OP_KEY MAIN_OP_KEY SAVED_MODEL_FILENAME_PB
          SAVED_MODEL_FILENAME_PBTXT SAVED_MODEL_SCHEMA_VERSION VARIABLES_DIRECTORY VARIABLES_FILENAME
    """,
    "tf.python.saved_model.load": """
        tf.saved_model: load=load_v2
    """,
    "tf.python.saved_model.loader": """
        tf.saved_model: load maybe_saved_model_directory
    """,
    "tf.python.saved_model.loader_impl": """
        tf.saved_model: contains_saved_model load maybe_saved_model_directory
    """,
    "tf.python.saved_model.main_op": """
        tf.saved_model: main_op_with_restore
        tf.saved_model.main_op: main_op
    """,
    "tf.python.saved_model.main_op_impl": """
        tf.saved_model: main_op_with_restore
        tf.saved_model.main_op: main_op
    """,
    "tf.python.saved_model.save": """
        tf.saved_model: save
    """,
    "tf.python.saved_model.saved_model": """
        *tf.python.saved_model.simple_save
        tf.saved_model: load=load_v2 save
    """,
    "tf.python.saved_model.signature_constants": """
        tf.saved_model: CLASSIFY_INPUTS CLASSIFY_METHOD_NAME CLASSIFY_OUTPUT_CLASSES CLASSIFY_OUTPUT_SCORES
          DEFAULT_SERVING_SIGNATURE_DEF_KEY PREDICT_INPUTS PREDICT_METHOD_NAME PREDICT_OUTPUTS REGRESS_INPUTS
          REGRESS_METHOD_NAME REGRESS_OUTPUTS
    """,
    "tf.python.saved_model.signature_def_utils": """
        tf.saved_model: build_signature_def classification_signature_def is_valid_signature predict_signature_def
          regression_signature_def
    """,
    "tf.python.saved_model.signature_def_utils_impl": """
        tf.saved_model: build_signature_def classification_signature_def is_valid_signature predict_signature_def
          regression_signature_def
    """,
    "tf.python.saved_model.simple_save": """
        tf.saved_model: simple_save
    """,
    "tf.python.saved_model.tag_constants": """
        tf.saved_model: GPU SERVING TPU TRAINING
    """,
    "tf.python.saved_model.utils": """
        tf.saved_model: build_tensor_info get_tensor_from_tensor_info
    """,
    "tf.python.saved_model.utils_impl": """
        tf.saved_model: build_tensor_info get_tensor_from_tensor_info
    """,
    "tf.python.summary.summary": """
        tf.summary: audio FileWriter FileWriterCache get_summary_description histogram image merge merge_all scalar
          tensor_summary text
    """,
    "tf.python.summary.summary_iterator": """
        tf.train: summary_iterator
    """,
    "tf.python.summary.writer.writer": """
        tf.summary: FileWriter
    """,
    "tf.python.summary.writer.writer_cache": """
        tf.summary: FileWriter FileWriterCache
    """,
    "tf.python.tools": """
        tf: module_util=_module_util
    """,
    "tf.python.tools.inspect_checkpoint": """
        tf: flags
    """,
    "tf.python.tools.optimize_for_inference_lib": """
        tf: flags_lib=flags
    """,
    "tf.python.tpu.async_checkpoint": """
        tf.train: SessionRunArgs
    """,
    "tf.python.tpu.bfloat16": """
        tf.tpu: bfloat16_scope
    """,
    "tf.python.tpu.device_assignment": """
        tf.tpu.experimental: DeviceAssignment
    """,
    "tf.python.tpu.feature_column_v2": """
        tf.tpu.experimental: embedding_column_v2=embedding_column
          shared_embedding_columns_v2=shared_embedding_columns
    """,
    "tf.python.tpu.ops.tpu_ops": """
        *tf.python.ops.gen_tpu_ops
        tf.tpu: cross_replica_sum
    """,
    "tf.python.tpu.tpu": """
        tf.tpu: batch_parallel core initialize_system outside_compilation replicate rewrite shard shutdown_system
    """,
    "tf.python.tpu.tpu_embedding": """
        tf.tpu.experimental: AdagradParameters AdamParameters StochasticGradientDescentParameters
    """,
    "tf.python.tpu.tpu_optimizer": """
        tf.tpu: CrossShardOptimizer
    """,
    "tf.python.tpu.tpu_strategy_util": """
        tf.tpu.experimental: initialize_tpu_system
    """,
    "tf.python.training.adadelta": """
        tf.train: AdadeltaOptimizer
    """,
    "tf.python.training.adagrad": """
        tf.train: AdagradOptimizer
    """,
    "tf.python.training.adagrad_da": """
        tf.train: AdagradDAOptimizer
    """,
    "tf.python.training.adam": """
        tf.train: AdamOptimizer
    """,
    "tf.python.training.basic_loops": """
        tf.train: basic_train_loop
    """,
    "tf.python.training.basic_session_run_hooks": """
        tf.train: CheckpointSaverHook CheckpointSaverListener FeedFnHook FinalOpsHook GlobalStepWaiterHook
          LoggingTensorHook NanLossDuringTrainingError NanTensorHook ProfilerHook SecondOrStepTimer SessionRunArgs
          StepCounterHook StopAtStepHook SummarySaverHook
    """,
    "tf.python.training.checkpoint_management": """
        tf.train: checkpoint_exists CheckpointManager generate_checkpoint_state_proto get_checkpoint_mtimes
          get_checkpoint_state latest_checkpoint remove_checkpoint update_checkpoint_state
    """,
    "tf.python.training.checkpoint_utils": """
        tf.train: checkpoints_iterator init_from_checkpoint list_variables load_checkpoint load_variable
    """,
    "tf.python.training.coordinator": """
        tf.train: Coordinator LooperThread
    """,
    "tf.python.training.device_setter": """
        tf.train: replica_device_setter
    """,
    "tf.python.training.distribute": """
        *tf.python.distribute.distribute_lib
    """,
    "tf.python.training.distribution_strategy_context": """
        *tf.python.distribute.distribution_strategy_context
    """,
    "tf.python.training.experimental.loss_scale": """
        tf.train.experimental: DynamicLossScale FixedLossScale LossScale
    """,
    "tf.python.training.experimental.loss_scale_optimizer": """
        tf.train.experimental: MixedPrecisionLossScaleOptimizer
    """,
    "tf.python.training.experimental.mixed_precision": """
        tf.train.experimental: disable_mixed_precision_graph_rewrite
          disable_mixed_precision_graph_rewrite_v1=disable_mixed_precision_graph_rewrite
          enable_mixed_precision_graph_rewrite
          enable_mixed_precision_graph_rewrite_v1=enable_mixed_precision_graph_rewrite
    """,
    "tf.python.training.ftrl": """
        tf.train: FtrlOptimizer
    """,
    "tf.python.training.gradient_descent": """
        tf.train: GradientDescentOptimizer
    """,
    "tf.python.training.input": """
        tf.io: match_filenames_once
        tf.train: batch batch_join input_producer limit_epochs maybe_batch maybe_batch_join maybe_shuffle_batch
          maybe_shuffle_batch_join range_input_producer shuffle_batch shuffle_batch_join slice_input_producer
          string_input_producer
    """,
    "tf.python.training.learning_rate_decay": """
        tf.train: cosine_decay cosine_decay_restarts exponential_decay inverse_time_decay linear_cosine_decay
          natural_exp_decay noisy_linear_cosine_decay piecewise_constant polynomial_decay
    """,
    "tf.python.training.momentum": """
        tf.train: MomentumOptimizer
    """,
    "tf.python.training.monitored_session": """
        tf.train: ChiefSessionCreator MonitoredSession MonitoredTrainingSession Scaffold SessionCreator
          SingularMonitoredSession WorkerSessionCreator
    """,
    "tf.python.training.moving_averages": """
        tf.train: ExponentialMovingAverage
    """,
    "tf.python.training.optimizer": """
        tf.train: Optimizer
    """,
    "tf.python.training.proximal_adagrad": """
        tf.train: ProximalAdagradOptimizer
    """,
    "tf.python.training.proximal_gradient_descent": """
        tf.train: ProximalGradientDescentOptimizer
    """,
    "tf.python.training.queue_runner": """
        *tf.python.training.queue_runner_impl
    """,
    "tf.python.training.queue_runner_impl": """
        tf.train: add_queue_runner QueueRunner start_queue_runners
    """,
    "tf.python.training.rmsprop": """
        tf.train: RMSPropOptimizer
    """,
    "tf.python.training.saver": """
        tf.train: export_meta_graph import_meta_graph Saver
    """,
    "tf.python.training.server_lib": """
        tf.train: ClusterSpec Server
    """,
    "tf.python.training.session_manager": """
        tf.train: SessionManager
    """,
    "tf.python.training.session_run_hook": """
        tf.train: SessionRunArgs SessionRunContext SessionRunHook SessionRunValues
    """,
    "tf.python.training.summary_io": """
        tf.summary: SummaryWriterCache=FileWriterCache
        tf.train: summary_iterator
    """,
    "tf.python.training.supervisor": """
        tf.train: Supervisor
    """,
    "tf.python.training.sync_replicas_optimizer": """
        tf.train: SyncReplicasOptimizer
    """,
    "tf.python.training.tracking.python_state": """
        tf.train.experimental: PythonState
    """,
    "tf.python.training.tracking.util": """
        tf.train: Checkpoint CheckpointV1=Checkpoint
    """,
    "tf.python.training.training": """
        *tf.python.training.queue_runner *tf.python.training.input *tf.python.training.learning_rate_decay
        tf.train: AdadeltaOptimizer AdagradDAOptimizer AdagradOptimizer AdamOptimizer assert_global_step
          basic_train_loop BytesList Checkpoint checkpoint_exists CheckpointSaverHook CheckpointSaverListener
          ChiefSessionCreator ClusterDef ClusterSpec Coordinator create_global_step Example ExponentialMovingAverage
          export_meta_graph Feature FeatureList FeatureLists Features FeedFnHook FinalOpsHook FloatList
          FtrlOptimizer generate_checkpoint_state_proto get_checkpoint_mtimes get_checkpoint_state get_global_step
          get_or_create_global_step global_step GlobalStepWaiterHook GradientDescentOptimizer import_meta_graph
          init_from_checkpoint Int64List JobDef latest_checkpoint list_variables load_checkpoint load_variable
          LoggingTensorHook LooperThread MomentumOptimizer MonitoredSession MonitoredTrainingSession
          NanLossDuringTrainingError NanTensorHook Optimizer ProfilerHook ProximalAdagradOptimizer
          ProximalGradientDescentOptimizer replica_device_setter RMSPropOptimizer Saver SaverDef Scaffold
          SecondOrStepTimer SequenceExample Server SessionCreator SessionManager SessionRunArgs SessionRunContext
          SessionRunHook SessionRunValues SingularMonitoredSession StepCounterHook StopAtStepHook SummarySaverHook
          Supervisor SyncReplicasOptimizer update_checkpoint_state VocabInfo warm_start WorkerSessionCreator
        tf.train.experimental: enable_mixed_precision_graph_rewrite
          enable_mixed_precision_graph_rewrite_v1=enable_mixed_precision_graph_rewrite
          MixedPrecisionLossScaleOptimizer PythonState
    """,
    "tf.python.training.training_ops": """
        *tf.python.training.gen_training_ops
    """,
    "tf.python.training.training_util": """
        tf.train: assert_global_step create_global_step get_global_step get_or_create_global_step global_step
    """,
    "tf.python.training.warm_starting_util": """
        tf.train: VocabInfo warm_start
    """,
}
