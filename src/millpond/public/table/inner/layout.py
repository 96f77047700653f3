"""The modules that TensorFlow 1.15 consisted of; in parentheses after a module stand those inside of it."""

MODULES = {
    "tf.compiler": """
        jit(ops(xla_ops xla_ops_grad)) tf2tensorrt(ops(gen_trt_ops) wrap_py_utils) tf2xla(ops(gen_xla_ops)
        python(xla)) xla(experimental(xla_sharding(xla_sharding)) python_api(types xla_shape) service(hlo_pb2)
        xla_data_pb2)
    """,
    "tf.contrib": """
        all_reduce(python(all_reduce)) autograph batching(python(ops(batch_ops))) bayesflow(python(ops(monte_carlo
        monte_carlo_impl))) bigtable(ops(gen_bigtable_ops) python(ops(bigtable_api)))
        boosted_trees(python(ops(batch_ops_utils boosted_trees_ops_loader gen_model_ops gen_prediction_ops
        gen_quantile_ops gen_split_handler_ops gen_stats_accumulator_ops gen_training_ops model_ops prediction_ops
        quantile_ops split_handler_ops stats_accumulator_ops training_ops) utils(losses)))
        checkpoint(python(containers python_state split_dependency visualize)) cloud(python(ops(bigquery_reader_ops
        gcs_config_ops gen_bigquery_reader_ops gen_gcs_config_ops)))
        cluster_resolver(python(training(cluster_resolver gce_cluster_resolver kubernetes_cluster_resolver
        slurm_cluster_resolver tfconfig_cluster_resolver tpu_cluster_resolver))) cmake(tools(create_def_file))
        compiler(jit xla) constrained_optimization(python(candidates constrained_minimization_problem
        constrained_optimizer external_regret_optimizer swap_regret_optimizer))
        copy_graph(python(util(copy_elements))) crf(python(ops(crf))) cudnn_rnn(python(layers(cudnn_rnn)
        ops(cudnn_rnn_ops))) data(python(ops(batching counter enumerate_ops error_ops get_single_element grouping
        interleave_ops iterator_ops parsing_ops prefetching_ops random_ops readers resampling scan_ops shuffle_ops
        sliding threadpool unique writers))) decision_trees(proto(generic_tree_model_pb2)) deprecated
        distribute(python(collective_all_reduce_strategy mirrored_strategy monitor one_device_strategy
        parameter_server_strategy tpu_strategy)) distributions(python(ops(autoregressive batch_reshape
        bijectors(absolute_value affine affine_linear_operator affine_scalar batch_normalization chain
        cholesky_outer_product conditional_bijector exp fill_triangular gumbel inline invert kumaraswamy
        masked_autoregressive matrix_inverse_tril ordered permute power_transform real_nvp reshape scale_tril
        sigmoid sinh_arcsinh softmax_centered softplus softsign square transform_diagonal weibull) binomial cauchy
        chi2 conditional_distribution conditional_transformed_distribution deterministic distribution_util estimator
        geometric gumbel half_normal independent inverse_gamma kumaraswamy logistic mixture mixture_same_family
        moving_stats mvn_diag mvn_diag_plus_low_rank mvn_full_covariance mvn_linear_operator mvn_tril
        negative_binomial normal_conjugate_posteriors onehot_categorical poisson poisson_lognormal
        quantized_distribution relaxed_bernoulli relaxed_onehot_categorical sample_stats seed_stream shape
        sinh_arcsinh statistical_testing test_util vector_diffeomixture vector_exponential_diag
        vector_exponential_linear_operator vector_laplace_diag vector_laplace_linear_operator
        vector_sinh_arcsinh_diag vector_student_t wishart))) eager(python(datasets metrics metrics_impl network
        parameter_server saver tfe)) estimator(python(estimator(boosted_trees dnn_with_layer_annotations
        early_stopping export exporter extenders head hooks logit_fns multi_head replicate_model_fn rnn
        saved_model_estimator))) factorization(python(ops(clustering_ops factorization_ops
        factorization_ops_test_utils gen_factorization_ops gmm gmm_ops kmeans wals)))
        feature_column(python(feature_column(sequence_feature_column))) ffmpeg(ffmpeg_ops ops(gen_decode_audio_op_py
        gen_decode_video_op_py gen_encode_audio_op_py)) framework(python(framework(checkpoint_utils experimental
        graph_util tensor_util) ops(arg_scope audio_ops checkpoint_ops gen_variable_ops ops prettyprint_ops
        script_ops sort_ops variables))) fused_conv(ops(gen_fused_conv2d_bias_activation_op)
        python(ops(fused_conv2d_bias_activation_benchmark fused_conv2d_bias_activation_op
        fused_conv2d_bias_activation_op_test_base))) graph_editor(edit reroute select subgraph transform util)
        grid_rnn(python(ops(grid_rnn_cell))) hadoop(python(ops(gen_dataset_ops hadoop_dataset_ops
        hadoop_op_loader))) hooks(python(training(profiler_hook))) ignite(python(ops(gen_dataset_ops gen_igfs_ops
        igfs_op_loader igfs_ops ignite_dataset_ops ignite_op_loader))) image(ops(gen_distort_image_ops gen_image_ops
        gen_single_image_random_dot_stereograms_ops) python(ops(dense_image_warp distort_image_ops image_ops
        interpolate_spline single_image_random_dot_stereograms sparse_image_warp)))
        input_pipeline(ops(gen_input_pipeline_ops) python(ops(input_pipeline_ops))) integrate(python(ops(odes)))
        kafka(python(ops(gen_dataset_ops kafka_dataset_ops kafka_op_loader))) keras
        kernel_methods(python(kernel_estimators losses mappers(dense_kernel_mapper random_fourier_features)))
        kinesis(python(ops(gen_dataset_ops kinesis_dataset_ops kinesis_op_loader)))
        labeled_tensor(python(ops(_typecheck core io_ops nn ops sugar))) layers(ops(gen_sparse_feature_cross_op)
        python(layers(embedding_ops encoders feature_column feature_column_ops initializers layers normalization
        optimizers regularizers rev_block_lib summaries target_column utils) ops(bucketization_op
        sparse_feature_cross_op sparse_ops))) learn(python(learn(basic_session_run_hooks datasets(base mnist
        produce_small_datasets synthetic text_datasets) estimators(_sklearn composable_model constants debug dnn
        dnn_linear_combined dynamic_rnn_estimator estimator estimator_test_utils head kmeans linear
        logistic_regressor metric_key model_fn prediction_key rnn_common run_config state_saving_rnn_estimator svm
        tensor_signature test_data) evaluable experiment export_strategy graph_actions learn_io(dask_io data_feeder
        generator_io graph_io numpy_io pandas_io) learn_runner learn_runner_lib metric_spec models monitored_session
        monitors ops(embeddings_ops losses_ops seq2seq_ops) preprocessing(categorical categorical_vocabulary tests
        text) session_run_hook summary_writer_cache trainable utils(export gc input_fn_utils inspect_checkpoint
        saved_model_export_utils)))) legacy_seq2seq(python(ops(seq2seq))) libsvm(ops(gen_libsvm_ops)
        python(ops(libsvm_ops))) linear_optimizer(python(ops(sdca_ops sharded_mutable_dense_hashtable
        sparse_feature_column) sdca_estimator sdca_optimizer)) lookup(lookup_ops) losses(python(losses(loss_ops)
        metric_learning(metric_loss_ops))) memory_stats(ops(gen_memory_stats_ops) python(ops(memory_stats_ops)))
        meta_graph_transform(meta_graph_transform) metrics(python(metrics(classification) ops(confusion_matrix_ops
        histogram_ops metric_ops set_ops))) mixed_precision(python(loss_scale_manager loss_scale_optimizer))
        model_pruning(python(layers(core_layers layers rnn_cells) learning pruning pruning_utils
        strip_pruning_vars_lib)) nearest_neighbor(python(ops(nearest_neighbor_ops))) nn(python(ops(alpha_dropout
        cross_entropy fwd_gradients sampling_ops scaled_softplus))) opt(python(training(adam_gs_optimizer adamax
        addsign agn_optimizer drop_stale_gradient_optimizer elastic_average_optimizer external_optimizer ggt
        lars_optimizer lazy_adam_gs_optimizer lazy_adam_optimizer matrix_functions model_average_optimizer
        moving_average_optimizer multitask_optimizer_wrapper nadam_optimizer powersign reg_adagrad_optimizer shampoo
        sign_decay variable_clipping_optimizer weight_decay_optimizers))) optimizer_v2(adadelta adagrad adam
        gradient_descent momentum optimizer_v2 optimizer_v2_symbols rmsprop)
        periodic_resample(python(ops(gen_periodic_resample_op periodic_resample_op)))
        predictor(contrib_estimator_predictor core_estimator_predictor predictor predictor_factories
        saved_model_predictor) proto(python(ops(decode_proto_op encode_proto_op))) quantization(python(array_ops
        math_ops nn_ops)) quantize(python(common fold_batch_norms graph_matcher input_to_ops quant_ops quantize
        quantize_graph)) receptive_field(python(util(graph_compute_order parse_layer_parameters receptive_field))
        receptive_field_api) recurrent(python(ops(functional_rnn recurrent) recurrent_api))
        reduce_slice_ops(ops(gen_reduce_slice_ops) python(ops(reduce_slice_ops)))
        remote_fused_graph(pylib(python(ops(gen_remote_fused_graph_ops remote_fused_graph_ops))))
        resampler(ops(gen_resampler_ops) python(ops(resampler_ops))) rnn(python(ops(core_rnn_cell fused_rnn_cell
        gru_ops lstm_ops rnn rnn_cell) tools(checkpoint_convert))) rpc(python(ops(gen_rpc_op rpc_op)))
        saved_model(python(saved_model(keras_saved_model reader))) seq2seq(ops(gen_beam_search_ops)
        python(ops(attention_wrapper basic_decoder beam_search_decoder beam_search_ops decoder helper loss
        sampler))) session_bundle(constants exporter gc manifest_pb2) signal slim(nets python(slim(data(data_decoder
        data_provider dataset dataset_data_provider parallel_reader prefetch_queue tfexample_decoder) evaluation
        learning model_analyzer nets(alexnet inception inception_v1 inception_v2 inception_v3 overfeat resnet_utils
        resnet_v1 resnet_v2 vgg) queues summaries))) solvers(python(ops(lanczos least_squares linear_equations
        util))) sparsemax(python(ops(sparsemax sparsemax_loss))) specs(python(params_ops specs specs_lib specs_ops
        summaries)) staging stat_summarizer stateless summary(summary) tensor_forest(client(eval_metrics
        random_forest) proto(fertile_stats_pb2 tensor_forest_params_pb2) python(ops(data_ops gen_model_ops
        gen_stats_ops gen_tensor_forest_ops model_ops stats_ops tensor_forest_ops) tensor_forest))
        tensorboard(plugins(projector(projector_config_pb2))) tensorrt(python(trt_convert))
        testing(python(framework(fake_summary_writer))) text(python(ops(gen_skip_gram_ops skip_gram_ops)))
        tfprof(model_analyzer tfprof_logger) timeseries(python(timeseries(ar_model estimators feature_keys head
        input_pipeline math_utils model model_utils saved_model_utils state_management
        state_space_models(filtering_postprocessor kalman_filter level_trend periodic state_space_model
        structural_ensemble varma)))) tpu(python(ops(tpu_ops) profiler tpu(_tpu_estimator_embedding async_checkpoint
        bfloat16 datasets device_assignment error_handling feature_column functional keras_support
        keras_tpu_variables session_support tensor_tracer topology tpu tpu_config tpu_context tpu_embedding
        tpu_embedding_gradient tpu_estimator tpu_feed tpu_function tpu_optimizer tpu_sharding tpu_system_metadata
        training_loop util))) training(python(training(bucket_ops device_setter evaluation feeding_queue_runner
        hparam hparam_pb2 resample sampling_ops sequence_queueing_state_saver training tuner))) util(loader)
    """,
    "tf.core": """
        debug(debug_service_pb2 debug_service_pb2_grpc debugger_event_metadata_pb2)
        example(example_parser_configuration_pb2 example_pb2 feature_pb2) framework(allocation_description_pb2
        api_def_pb2 attr_value_pb2 cost_graph_pb2 device_attributes_pb2 function_pb2 graph_pb2
        graph_transfer_info_pb2 kernel_def_pb2 log_memory_pb2 node_def_pb2 op_def_pb2 reader_base_pb2
        remote_fused_graph_execute_info_pb2 resource_handle_pb2 step_stats_pb2 summary_pb2 tensor_description_pb2
        tensor_pb2 tensor_shape_pb2 tensor_slice_pb2 types_pb2 variable_pb2 versions_pb2)
        grappler(costs(op_performance_data_pb2)) kernels(boosted_trees(boosted_trees_pb2))
        lib(core(error_codes_pb2)) profiler(op_profile_pb2 profile_pb2 profiler_analysis_pb2
        profiler_analysis_pb2_grpc profiler_service_pb2 profiler_service_pb2_grpc tfprof_log_pb2 tfprof_options_pb2
        tfprof_output_pb2) protobuf(cluster_pb2 config_pb2 control_flow_pb2 data(experimental(snapshot_pb2))
        debug_pb2 device_properties_pb2 graph_debug_info_pb2 meta_graph_pb2 named_tensor_pb2 queue_runner_pb2
        rewriter_config_pb2 saved_model_pb2 saved_object_graph_pb2 saver_pb2 struct_pb2 tensor_bundle_pb2
        tensorflow_server_pb2 tpu(compilation_result_pb2 dynamic_padding_pb2 optimization_parameters_pb2
        topology_pb2 tpu_embedding_configuration_pb2 tpu_embedding_output_layout_pb2) trace_events_pb2
        trackable_object_graph_pb2 transport_options_pb2 verifier_config_pb2) util(event_pb2
        memmapped_file_system_pb2 saved_tensor_slice_pb2 test_log_pb2)
    """,
    "tf.examples": """
        saved_model(integration_tests(mnist_util)) tutorials(mnist(input_data))
    """,
    "tf.python": """
        autograph(converters(arg_defaults asserts break_statements call_trees conditional_expressions
        continue_statements control_flow directives function_scopes list_comprehensions lists logical_expressions
        return_statements slices) core(ag_ctx config config_lib converter converter_testing function_wrappers naming
        unsupported_features_checker) impl(api conversion) lang(directives special_functions) operators(control_flow
        data_structures exceptions logical py_builtins slices special_values symbols) pyct(anno ast_util cfg
        common_transformers(anf) compiler errors inspect_utils origin_info parser pretty_printer qual_names
        static_analysis(activity annos liveness reaching_definitions) templates testing(basic_definitions
        decorators) transformer) utils(ag_logging context_managers misc py_func tensor_list tensors testing
        type_check)) client(client_lib device_lib session timeline) compat(compat v2_compat)
        compiler(tensorrt(test(tf_trt_integration_test_base) trt_convert) xla(jit xla))
        data(benchmarks(benchmark_base) experimental(ops(batching cardinality counter distribute distribute_options
        enumerate_ops error_ops get_single_element grouping interleave_ops iterator_ops map_defun matching_files
        optimization optimization_options parsing_ops prefetching_ops random_ops readers resampling scan_ops
        shuffle_ops sleep snapshot stats_aggregator stats_ops stats_options take_while_ops threading_options
        threadpool unique writers)) ops(dataset_ops iterator_ops multi_device_iterator_ops optional_ops readers)
        util(convert nest options random_seed sparse structure traverse)) debug(cli(analyzer_cli base_ui cli_config
        cli_shared cli_test_utils command_parser curses_ui curses_widgets debugger_cli_common evaluator
        offline_analyzer profile_analyzer_cli readline_ui tensor_format ui_factory) examples(debug_errors
        debug_fibonacci debug_keras debug_mnist debug_tflearn_iris) lib(common debug_data debug_gradients
        debug_graphs debug_service_pb2_grpc debug_utils grpc_debug_server grpc_debug_test_server
        grpc_tensorflow_server profiling session_debug_testlib source_remote source_utils) wrappers(dumping_wrapper
        framework grpc_wrapper hooks local_cli_wrapper)) distribute(all_reduce central_storage_strategy
        cluster_resolver(cluster_resolver gce_cluster_resolver kubernetes_cluster_resolver slurm_cluster_resolver
        tfconfig_cluster_resolver tpu_cluster_resolver) collective_all_reduce_strategy combinations cross_device_ops
        cross_device_utils device_util distribute_config distribute_coordinator distribute_coordinator_context
        distribute_lib distribution_strategy_context estimator_training experimental input_lib input_ops
        mirrored_strategy model_collection(model_collection_base simple_models) model_combinations
        multi_worker_test_base multi_worker_util numpy_dataset one_device_strategy parameter_server_strategy
        reduce_util saved_model_test_base shared_variable_creator single_loss_example step_fn strategy_combinations
        strategy_test_lib summary_op_util tpu_strategy values) eager(backprop cancellation context core def_function
        execute execution_callbacks executor forwardprop function graph_only_ops imperative_grad lift_to_graph
        memory_tests(memory_test_util) monitoring profiler profiler_client remote tape test wrap_function)
        estimator(canned(baseline boosted_trees boosted_trees_utils dnn dnn_linear_combined head linear metric_keys
        optimizers parsing_utils prediction_keys) estimator estimator_lib export(export export_lib export_output)
        exporter gc inputs(inputs numpy_io pandas_io queues(feeding_functions feeding_queue_runner)) keras model_fn
        run_config training util) feature_column(dense_features dense_features_v2 feature_column feature_column_lib
        feature_column_v2 sequence_feature_column serialization utils) framework(auto_control_deps c_api_util
        combinations common_shapes composite_tensor composite_tensor_utils config constant_op convert_to_constants
        cpp_shape_inference_pb2 device device_spec dtypes error_interpolation errors errors_impl framework_lib
        func_graph function function_def_to_graph graph_io graph_to_function_def graph_util graph_util_impl importer
        indexed_slices kernels load_library meta_graph op_callbacks op_def_library op_def_registry ops random_seed
        registry smart_cond sparse_tensor subscribe tensor_conversion_registry tensor_like tensor_shape tensor_spec
        tensor_util test_combinations test_ops test_util traceable_stack type_spec versions) grappler(cluster item
        tf_optimizer) keras(activations applications(densenet imagenet_utils inception_resnet_v2 inception_v3
        mobilenet mobilenet_v2 nasnet resnet resnet_v2 vgg16 vgg19 xception) backend backend_config callbacks
        callbacks_v1 constraints datasets(boston_housing cifar cifar10 cifar100 fashion_mnist imdb mnist reuters)
        distribute(distributed_training_utils keras_correctness_test_base multi_worker_testing_utils
        multi_worker_training_state) engine(base_layer base_layer_utils base_preprocessing_layer
        base_preprocessing_layer_v1 data_adapter input_layer input_spec network node partial_batch_padding_handler
        saving sequential training training_arrays training_distributed training_eager training_generator
        training_utils training_v2 training_v2_utils) estimator initializers keras_parameterized
        layers(advanced_activations convolutional convolutional_recurrent core cudnn_recurrent dense_attention
        embeddings kernelized local merge noise normalization normalization_v2 pooling preprocessing(normalization
        normalization_v1 preprocessing_test_utils) recurrent recurrent_v2 rnn_cell_wrapper_v2 serialization
        wrappers) losses metrics mixed_precision(experimental(autocast_variable loss_scale_optimizer policy
        test_util)) model_subclassing_test_util models ops optimizer_v2(adadelta adagrad adam adamax ftrl
        gradient_descent learning_rate_schedule nadam optimizer_v2 rmsprop) optimizers premade(linear wide_deep)
        preprocessing(image sequence text) regularizers saving(hdf5_format model_config save saved_model(constants
        load save serialized_attributes utils) saved_model_experimental saving_utils) testing_utils utils(conv_utils
        data_utils generic_utils io_utils kernelized_utils layer_utils losses_utils metrics_utils mode_keys
        multi_gpu_utils np_utils tf_utils vis_utils) wrappers(scikit_learn)) layers(base convolutional core layers
        normalization pooling utils) lib(io(file_io python_io tf_record)) module(module) ops(array_grad array_ops
        batch_ops bitwise_ops boosted_trees_ops candidate_sampling_ops check_ops clip_ops clustering_ops
        collective_ops cond_v2 confusion_matrix control_flow_grad control_flow_ops control_flow_state
        control_flow_util control_flow_util_v2 control_flow_v2_func_graphs control_flow_v2_toggles
        critical_section_ops ctc_ops cudnn_rnn_grad custom_gradient data_flow_grad data_flow_ops default_gradient
        distributions(bernoulli beta bijector bijector_impl bijector_test_util categorical dirichlet
        dirichlet_multinomial distribution distributions exponential gamma identity_bijector kullback_leibler
        laplace multinomial normal special_math student_t transformed_distribution uniform util) embedding_ops
        functional_ops gen_array_ops gen_audio_ops gen_batch_ops gen_bitwise_ops gen_boosted_trees_ops
        gen_candidate_sampling_ops gen_checkpoint_ops gen_clustering_ops gen_collective_ops gen_control_flow_ops
        gen_ctc_ops gen_cudnn_rnn_ops gen_data_flow_ops gen_dataset_ops gen_decode_proto_ops gen_encode_proto_ops
        gen_experimental_dataset_ops gen_functional_ops gen_image_ops gen_io_ops gen_linalg_ops gen_list_ops
        gen_logging_ops gen_lookup_ops gen_manip_ops gen_math_ops gen_nccl_ops gen_nn_ops gen_parsing_ops
        gen_ragged_array_ops gen_ragged_conversion_ops gen_ragged_math_ops gen_random_ops gen_resource_variable_ops
        gen_rnn_ops gen_script_ops gen_sdca_ops gen_set_ops gen_sparse_ops gen_spectral_ops gen_state_ops
        gen_stateful_random_ops gen_stateless_random_ops gen_string_ops gen_summary_ops gen_tensor_forest_ops
        gen_tpu_ops gen_user_ops gradient_checker gradient_checker_v2 gradients gradients_impl gradients_util
        histogram_ops image_grad image_ops image_ops_impl init_ops init_ops_v2 initializers_ns inplace_ops io_ops
        linalg(adjoint_registrations cholesky_registrations inverse_registrations linalg linalg_impl linear_operator
        linear_operator_addition linear_operator_adjoint linear_operator_algebra linear_operator_block_diag
        linear_operator_circulant linear_operator_composition linear_operator_diag linear_operator_full_matrix
        linear_operator_householder linear_operator_identity linear_operator_inversion linear_operator_kronecker
        linear_operator_low_rank_update linear_operator_lower_triangular linear_operator_test_util
        linear_operator_toeplitz linear_operator_util linear_operator_zeros matmul_registrations registrations_util
        solve_registrations) linalg_grad linalg_ops linalg_ops_impl list_ops logging_ops lookup_ops
        losses(loss_reduction losses losses_impl util) manip_grad manip_ops map_fn math_grad math_ops metrics
        metrics_impl nccl_ops nn nn_grad nn_impl nn_ops numerics op_selector optional_grad
        parallel_for(control_flow_ops gradients pfor test_util) parsing_ops partitioned_variables proto_ops
        ragged(ragged_array_ops ragged_batch_gather_ops ragged_batch_gather_with_default_op ragged_concat_ops
        ragged_config ragged_conversion_ops ragged_dispatch ragged_factory_ops ragged_functional_ops
        ragged_gather_ops ragged_getitem ragged_map_ops ragged_math_ops ragged_operators ragged_squeeze_op
        ragged_string_ops ragged_tensor ragged_tensor_shape ragged_tensor_value ragged_util ragged_where_op
        segment_id_ops) random_grad random_ops resource_variable_ops resources rnn rnn_cell rnn_cell_impl
        rnn_cell_wrapper_impl rnn_grad script_ops sdca_ops session_ops sets sets_impl signal(dct_ops fft_ops mel_ops
        mfcc_ops reconstruction_ops shape_ops signal spectral_ops util_ops window_ops) sort_ops sparse_grad
        sparse_ops special_math_ops spectral_ops_test_util standard_ops state_grad state_ops stateful_random_ops
        stateless_random_ops string_ops summary_op_util summary_ops_v2 template tensor_array_grad tensor_array_ops
        tensor_forest_ops unconnected_gradients variable_scope variables weights_broadcast_ops while_v2
        while_v2_indexed_slices_rewriter) platform(app benchmark build_info control_imports flags gfile googletest
        parameterized remote_utils resource_loader self_check status_bar sysconfig test tf_logging)
        profiler(internal(flops_registry) model_analyzer option_builder profile_context profiler tfprof_logger)
        pywrap_tensorflow pywrap_tensorflow_internal saved_model(builder builder_impl constants
        function_deserialization function_serialization load load_v1_in_v2 loader loader_impl main_op main_op_impl
        model_utils(export_output export_utils mode_keys) nested_structure_coder revived_types save saved_model
        signature_constants signature_def_utils signature_def_utils_impl signature_serialization simple_save
        tag_constants utils utils_impl) summary(plugin_asset summary summary_iterator writer(event_file_writer
        event_file_writer_v2 writer writer_cache)) tf2 tools(api(generator(create_python_api doc_srcs)) freeze_graph
        import_pb_to_tensorboard inspect_checkpoint module_util optimize_for_inference optimize_for_inference_lib
        print_selective_registration_header saved_model_cli saved_model_utils selective_registration_header_lib
        strip_unused strip_unused_lib) tpu(_tpu_estimator_embedding api async_checkpoint bfloat16 datasets
        device_assignment error_handling feature_column feature_column_v2 functional ops(tpu_ops) preempted_hook
        profiler(profiler_analysis_pb2_grpc) session_support tensor_tracer tensor_tracer_flags tensor_tracer_pb2
        tensor_tracer_report topology tpu tpu_config tpu_context tpu_embedding tpu_embedding_gradient tpu_estimator
        tpu_feed tpu_function tpu_optimizer tpu_sharding tpu_strategy_util tpu_system_metadata training_loop util)
        training(adadelta adagrad adagrad_da adam basic_loops basic_session_run_hooks checkpoint_management
        checkpoint_ops checkpoint_state_pb2 checkpoint_utils coordinator device_setter distribute
        distribution_strategy_context evaluation experimental(loss_scale loss_scale_optimizer mixed_precision
        mixed_precision_global_state) ftrl gen_training_ops gradient_descent input learning_rate_decay momentum
        monitored_session moving_averages optimizer proximal_adagrad proximal_gradient_descent queue_runner
        queue_runner_impl rmsprop saver saver_test_utils saving(functional_saver saveable_object
        saveable_object_util) server_lib session_manager session_run_hook slot_creator summary_io supervisor
        sync_replicas_optimizer tensorboard_logging tracking(base data_structures graph_view layer_utils
        python_state tracking util) training training_ops training_util warm_starting_util) user_ops(user_ops)
        util(all_util compat compat_internal decorator_utils deprecation deprecation_wrapper dispatch
        example_parser_configuration function_utils future_api is_in_graph_mode keyword_args lazy_loader lock_util
        memory module_wrapper nest object_identity protobuf(compare) serialization tf_contextlib tf_decorator
        tf_export tf_inspect tf_should_use tf_stack)
    """,
    "tf.tools": """
        common(public_api test_module1 test_module2 traverse) compatibility(all_renames_v2 ast_edits ipynb
        module_deprecations_v2 renames_v2 reorders_v2 tf_upgrade_v2 tf_upgrade_v2_main tf_upgrade_v2_safety)
        docs(doc_controls doc_generator_visitor generate_lib parser pretty_docs py_guide_parser) graph_transforms
        pip_package(setup simple_console)
    """,
}
