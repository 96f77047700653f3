"""What lived in `tensorflow.python.framework`, `client`, `platform`, `util` and more: see the package's docstring."""

NAMES = {
    "tf.python": """
        tf: AttrValue ConfigProto Event GPUOptions GraphDef GraphOptions HistogramProto LogMessage MetaGraphDef
          NameAttrList NodeDef OptimizerOptions RunMetadata RunOptions SessionLog Summary SummaryMetadata TensorInfo
        tf.summary: SummaryDescription TaggedRunMetadata
        tf.train: ServerDef
    """,
    "tf.python.client.client_lib": """
        tf: get_default_session InteractiveSession Session
    """,
    "tf.python.client.session": """
        tf: InteractiveSession Session
    """,
    "tf.python.compat.compat": """
        tf.compat: forward_compatibility_horizon forward_compatible
    """,
    "tf.python.compat.v2_compat": """
        tf: disable_v2_behavior enable_v2_behavior
    """,
    "tf.python.eager.backprop": """
        tf: GradientTape UnconnectedGradients
    """,
    "tf.python.eager.context": """
        tf: executing_eagerly
        tf.config: list_devices=experimental_list_devices
        tf.config.experimental: VirtualDeviceConfiguration
        tf.debugging: get_log_device_placement set_log_device_placement
        tf.experimental: function_executor_type
    """,
    "tf.python.eager.def_function": """
        tf: function
        tf.config: run_functions_eagerly=experimental_run_functions_eagerly
    """,
    "tf.python.eager.forwardprop": """
        tf: UnconnectedGradients
    """,
    "tf.python.eager.imperative_grad": """
        tf: UnconnectedGradients
    """,
    "tf.python.eager.remote": """
        tf.config: connect_to_cluster=experimental_connect_to_cluster
          connect_to_remote_host=experimental_connect_to_host
    """,
    "tf.python.eager.test": """
        *tf.python.platform.test
    """,
    "tf.python.eager.wrap_function": """
        tf: wrap_function
    """,
    "tf.python.framework": """
        tf: load_library=_ll
    """,
    "tf.python.framework.config": """
        tf.config: get_soft_device_placement set_soft_device_placement
        tf.config.experimental: get_device_policy get_memory_growth get_synchronous_execution
          get_virtual_device_configuration get_visible_devices list_logical_devices list_physical_devices
          set_device_policy set_memory_growth set_synchronous_execution set_virtual_device_configuration
          set_visible_devices
        tf.config.optimizer: get_optimizer_experimental_options=get_experimental_options get_optimizer_jit=get_jit
          set_optimizer_experimental_options=set_experimental_options set_optimizer_jit=set_jit
        tf.config.threading: get_inter_op_parallelism_threads get_intra_op_parallelism_threads
          set_inter_op_parallelism_threads set_intra_op_parallelism_threads
    """,
    "tf.python.framework.constant_op": """
        tf: constant constant_v1=constant
    """,
    "tf.python.framework.convert_to_constants": """
        tf.train: export_meta_graph
    """,
    "tf.python.framework.device_spec": """
        tf: DeviceSpecV1=DeviceSpec
    """,
    "tf.python.framework.dtypes": """
        tf: as_dtype bfloat16 bool complex128 complex64 double DType float16 float32 float64 half int16 int32 int64
          int8 qint16 qint32 qint8 QUANTIZED_DTYPES quint16 quint8 resource string uint16 uint32 uint64 uint8
          variant
    """,
    "tf.python.framework.errors": """
        *tf.python.framework.errors_impl
    """,
    "tf.python.framework.errors_impl": """
        tf: OpError
        tf.errors: ABORTED AbortedError ALREADY_EXISTS AlreadyExistsError CANCELLED CancelledError DATA_LOSS
          DataLossError DEADLINE_EXCEEDED DeadlineExceededError error_code_from_exception_type
          exception_type_from_error_code FAILED_PRECONDITION FailedPreconditionError INTERNAL InternalError
          INVALID_ARGUMENT InvalidArgumentError NOT_FOUND NotFoundError OK OUT_OF_RANGE OutOfRangeError
          PERMISSION_DENIED PermissionDeniedError raise_exception_on_not_ok_status RESOURCE_EXHAUSTED
          ResourceExhaustedError UNAUTHENTICATED UnauthenticatedError UNAVAILABLE UnavailableError UNIMPLEMENTED
          UnimplementedError UNKNOWN UnknownError
    """,
    "tf.python.framework.framework_lib": """
        *tf.python.framework.dtypes *tf.python.framework.load_library
        tf: add_to_collection add_to_collections colocate_with container control_dependencies convert_to_tensor
          convert_to_tensor_or_sparse_tensor device Dimension get_collection get_collection_ref get_default_graph
          get_seed Graph GraphKeys import_graph_def make_ndarray make_tensor_proto name_scope NoGradient
          NotDifferentiable op_scope Operation RegisterGradient reset_default_graph set_random_seed SparseTensor
          SparseTensorValue Tensor TensorShape
    """,
    "tf.python.framework.graph_io": """
        tf.io: write_graph
    """,
    "tf.python.framework.graph_util": """
        tf.graph_util: convert_variables_to_constants extract_sub_graph must_run_on_cpu remove_training_nodes
          tensor_shape_from_node_def_name
    """,
    "tf.python.framework.graph_util_impl": """
        tf.graph_util: convert_variables_to_constants extract_sub_graph must_run_on_cpu remove_training_nodes
          tensor_shape_from_node_def_name
    """,
    "tf.python.framework.importer": """
        tf: import_graph_def
    """,
    "tf.python.framework.indexed_slices": """
        tf: convert_to_tensor_or_indexed_slices IndexedSlices IndexedSlicesSpec
    """,
    "tf.python.framework.load_library": """
        tf: load_file_system_library load_library load_op_library
    """,
    "tf.python.framework.ops": """
        tf: _colocate_with=colocate_with add_to_collection add_to_collections colocate_with container
          control_dependencies convert_to_tensor device disable_eager_execution disable_tensor_equality
          enable_eager_execution enable_tensor_equality get_collection get_collection_ref get_default_graph
          get_default_session Graph GraphKeys init_scope name_scope no_gradient NoGradient NotDifferentiable
          op_scope Operation RegisterGradient reset_default_graph Tensor
    """,
    "tf.python.framework.random_seed": """
        tf: get_seed set_random_seed
    """,
    "tf.python.framework.sparse_tensor": """
        tf: convert_to_tensor_or_sparse_tensor SparseTensor SparseTensorSpec SparseTensorValue
    """,
    "tf.python.framework.tensor_conversion_registry": """
        tf: register_tensor_conversion_function
    """,
    "tf.python.framework.tensor_shape": """
        tf: Dimension dimension_at_index dimension_value disable_v2_tensorshape enable_v2_tensorshape TensorShape
    """,
    "tf.python.framework.tensor_spec": """
        tf: TensorSpec
    """,
    "tf.python.framework.tensor_util": """
        tf: constant_value=get_static_value is_tensor make_tensor_proto MakeNdarray=make_ndarray
    """,
    "tf.python.framework.test_util": """
        tf.test: assert_equal_graph_def assert_equal_graph_def_v1=assert_equal_graph_def create_local_cluster
          gpu_device_name is_gpu_available TensorFlowTestCase=TestCase
    """,
    "tf.python.framework.type_spec": """
        tf: TypeSpec
    """,
    "tf.python.framework.versions": """
        tf: COMPILER_VERSION CXX11_ABI_FLAG GIT_VERSION GRAPH_DEF_VERSION GRAPH_DEF_VERSION_MIN_CONSUMER
          GRAPH_DEF_VERSION_MIN_PRODUCER MONOLITHIC_BUILD VERSION
    """,
    "tf.python.lib.io": """
        tf: file_io=_fi
    """,
    "tf.python.lib.io.file_io": """
        tf.gfile: copy=Copy create_dir=MkDir delete_file=Remove delete_recursively=DeleteRecursively
          file_exists=Exists get_matching_files=Glob is_directory=IsDirectory list_directory=ListDirectory
          recursive_create_dir=MakeDirs rename=Rename stat=Stat walk=Walk
        tf.io.gfile: copy_v2=copy create_dir_v2=mkdir delete_file_v2=remove delete_recursively_v2=rmtree
          file_exists_v2=exists get_matching_files_v2=glob is_directory_v2=isdir list_directory_v2=listdir
          recursive_create_dir_v2=makedirs rename_v2=rename stat_v2=stat walk_v2=walk
    """,
    "tf.python.lib.io.python_io": """
        *tf.python.lib.io.tf_record
    """,
    "tf.python.lib.io.tf_record": """
        tf.io: tf_record_iterator TFRecordCompressionType TFRecordOptions TFRecordWriter
    """,
    "tf.python.module.module": """
        tf: Module
    """,
    "tf.python.platform": """
        tf: flags tf_logging=_logging
    """,
    "tf.python.platform.app": """
        tf: flags
        tf.app: run
    """,
    "tf.python.platform.benchmark": """
        tf.test: Benchmark benchmark_config TensorFlowBenchmark=Benchmark
    """,
    "tf.python.platform.gfile": """
        tf.gfile: Copy DeleteRecursively Exists FastGFile GFile Glob IsDirectory ListDirectory MakeDirs MkDir Open
          Remove Rename Stat Walk
    """,
    "tf.python.platform.googletest": """
        tf.test: mock StubOutForTesting
    """,
    "tf.python.platform.resource_loader": """
        tf.resource_loader: get_data_files_path get_path_to_datafile get_root_dir_with_all_resources load_resource
          readahead_file_path
    """,
    "tf.python.platform.sysconfig": """
        tf.sysconfig: get_compile_flags get_include get_lib get_link_flags
    """,
    "tf.python.platform.test": """
        tf.test: assert_equal_graph_def compute_gradient compute_gradient_error create_local_cluster get_temp_dir
          gpu_device_name is_built_with_cuda is_built_with_gpu_support is_built_with_rocm is_gpu_available main
          test_src_dir_path TestCase
    """,
    "tf.python.platform.tf_logging": """
        tf: get_logger
        tf.logging: DEBUG debug ERROR error FATAL fatal flush get_verbosity INFO info log log_every_n log_first_n
          log_if set_verbosity TaskLevelStatusMessage vlog WARN warn warning
    """,
    "tf.python.pywrap_tensorflow": """
        *tf.python.pywrap_tensorflow_internal
    """,
    "tf.python.pywrap_tensorflow_internal": """
        tf.train: do_quantize_training_on_graphdef NewCheckpointReader
    """,
    "tf.python.user_ops.user_ops": """
        *tf.python.ops.gen_user_ops
        tf.user_ops: my_fact
    """,
    "tf.python.util.compat": """
        tf.compat: as_bytes as_str as_str_any as_text bytes_or_text_types complex_types integral_types path_to_str
          real_types
    """,
    "tf.python.util.compat_internal": """
        tf.compat: as_str_any
    """,
    "tf.python.util.nest": """
        tf.nest: assert_same_structure flatten is_nested map_structure pack_sequence_as
    """,
}
