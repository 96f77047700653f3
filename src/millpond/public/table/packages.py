"""What packages that others publish serve, run over Millpond: see the package's docstring for the form."""

# What these public modules are for.
ABOUT = {
    "tf.contrib.framework.python": "the paths inside of `tf.contrib.framework` that programs import from",
    "tf.contrib.framework.python.ops": "global steps, scopes of arguments, variables",
    "tf.contrib.layers": "layers of networks, their initializers, regularizers and summaries, as functions",
    "tf.contrib.losses": "losses that are collected in the graph, in their first form",
    "tf.contrib.losses.metric_learning": "losses that learn distances",
    "tf.contrib.metrics": "measures that are updated batch by batch, in their first form",
    "tf.contrib.slim.nets": "models of images: AlexNet, VGG, Inception, ResNet",
    "tf.contrib.slim": "models in few lines: layers, scopes of their arguments, training and evaluation loops",
    "tf.estimator": "models with training, evaluation, prediction and export around them",
    "tf.estimator.experimental": "parts of estimators that may change",
    "tf.estimator.export": "what estimators export",
    "tf.contrib.tpu": "estimators that were written for TPUs, on other devices",
    "tf.estimator.tpu": "estimators that were written for TPUs, on other devices",
    "tf.estimator.inputs": "inputs of estimators from arrays and data frames",
    "tf.keras": "Keras 2.2: models of layers with training around them",
    "tf.python.ops.resource_variable_ops": "variables that are resources",
    "tf.python.ops.variables": "variables",
    "tf.python.training": "the training of a model",
    "tf.python.training.evaluation": "the evaluation of checkpoints",
    "tf.python.training.moving_averages": "averages of variables",
}

NAMES = {
    "millpond.compat.packages.keras": """
        __version__  tf.keras.__version__
        Input        tf.keras.Input
        Model        tf.keras.Model
        Sequential   tf.keras.Sequential
    """,
    "millpond.compat.packages.keras.activations": """
        .  tf.keras.activations
    """,
    "millpond.compat.packages.keras.applications": """
        .  tf.keras.applications
    """,
    "millpond.compat.packages.keras.backend": """
        .  tf.keras.backend
    """,
    "millpond.compat.packages.keras.callbacks": """
        .  tf.keras.callbacks
    """,
    "millpond.compat.packages.keras.constraints": """
        .  tf.keras.constraints
    """,
    "millpond.compat.packages.keras.datasets": """
        .  tf.keras.datasets
    """,
    "millpond.compat.packages.keras.initializers": """
        .  tf.keras.initializers
    """,
    "millpond.compat.packages.keras.layers": """
        .  tf.keras.layers
    """,
    "millpond.compat.packages.keras.losses": """
        .  tf.keras.losses
    """,
    "millpond.compat.packages.keras.metrics": """
        .  tf.keras.metrics
    """,
    "millpond.compat.packages.keras.models": """
        .  tf.keras.models
    """,
    "millpond.compat.packages.keras.optimizers": """
        .  tf.keras.optimizers
    """,
    "millpond.compat.packages.keras.preprocessing": """
        .  tf.keras.preprocessing
    """,
    "millpond.compat.packages.keras.regularizers": """
        .  tf.keras.regularizers
    """,
    "millpond.compat.packages.keras.utils": """
        .  tf.keras.utils
    """,
    "millpond.compat.packages.keras.wrappers": """
        .  tf.keras.wrappers
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.canned.baseline": """
        BaselineClassifier  tf.estimator.BaselineClassifier
        BaselineEstimator   tf.estimator.BaselineEstimator
        BaselineRegressor   tf.estimator.BaselineRegressor
        ModeKeys            tf.estimator.ModeKeys
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.canned.dnn": """
        dnn_logit_fn_builder  tf.estimator.experimental.dnn_logit_fn_builder
        DNNClassifier         tf.estimator.DNNClassifier
        DNNEstimator          tf.estimator.DNNEstimator
        DNNRegressor          tf.estimator.DNNRegressor
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.canned.dnn_linear_combined": """
        DNNLinearCombinedClassifier  tf.estimator.DNNLinearCombinedClassifier
        DNNLinearCombinedEstimator   tf.estimator.DNNLinearCombinedEstimator
        DNNLinearCombinedRegressor   tf.estimator.DNNLinearCombinedRegressor
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.canned.kmeans": """
        KMeansClustering  tf.estimator.experimental.KMeans
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.canned.linear": """
        linear_logit_fn_builder  tf.estimator.experimental.linear_logit_fn_builder
        LinearClassifier         tf.estimator.LinearClassifier
        LinearEstimator          tf.estimator.LinearEstimator
        LinearRegressor          tf.estimator.LinearRegressor
        LinearSDCA               tf.estimator.experimental.LinearSDCA
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.canned.parsing_utils": """
        classifier_parse_example_spec  tf.estimator.classifier_parse_example_spec
        regressor_parse_example_spec   tf.estimator.regressor_parse_example_spec
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.early_stopping": """
        make_early_stopping_hook  tf.estimator.experimental.make_early_stopping_hook
        stop_if_higher_hook       tf.estimator.experimental.stop_if_higher_hook
        stop_if_lower_hook        tf.estimator.experimental.stop_if_lower_hook
        stop_if_no_decrease_hook  tf.estimator.experimental.stop_if_no_decrease_hook
        stop_if_no_increase_hook  tf.estimator.experimental.stop_if_no_increase_hook
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.estimator": """
        Estimator          tf.estimator.Estimator
        VocabInfo          tf.estimator.VocabInfo
        WarmStartSettings  tf.estimator.WarmStartSettings
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.export.export": """
        build_parsing_serving_input_receiver_fn  tf.estimator.export.build_parsing_serving_input_receiver_fn
        build_raw_serving_input_receiver_fn      tf.estimator.export.build_raw_serving_input_receiver_fn
        build_raw_supervised_input_receiver_fn   tf.estimator.experimental.build_raw_supervised_input_receiver_fn
        ServingInputReceiver                     tf.estimator.export.ServingInputReceiver
        TensorServingInputReceiver               tf.estimator.export.TensorServingInputReceiver
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.export.export_lib": """
        ClassificationOutput  tf.estimator.export.ClassificationOutput
        ExportOutput          tf.estimator.export.ExportOutput
        PredictOutput         tf.estimator.export.PredictOutput
        RegressionOutput      tf.estimator.export.RegressionOutput
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.exporter": """
        BestExporter    tf.estimator.BestExporter
        Exporter        tf.estimator.Exporter
        FinalExporter   tf.estimator.FinalExporter
        LatestExporter  tf.estimator.LatestExporter
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.extenders": """
        add_metrics  tf.estimator.add_metrics
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.head.base_head": """
        Head  tf.estimator.Head
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.head.binary_class_head": """
        BinaryClassHead  tf.estimator.BinaryClassHead
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.head.multi_class_head": """
        MultiClassHead  tf.estimator.MultiClassHead
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.head.multi_head": """
        MultiHead  tf.estimator.MultiHead
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.head.multi_label_head": """
        MultiLabelHead  tf.estimator.MultiLabelHead
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.head.regression_head": """
        LogisticRegressionHead  tf.estimator.LogisticRegressionHead
        PoissonRegressionHead   tf.estimator.PoissonRegressionHead
        RegressionHead          tf.estimator.RegressionHead
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.hooks.basic_session_run_hooks": """
        CheckpointSaverHook         tf.estimator.CheckpointSaverHook
        CheckpointSaverListener     tf.estimator.CheckpointSaverListener
        FeedFnHook                  tf.estimator.FeedFnHook
        FinalOpsHook                tf.estimator.FinalOpsHook
        GlobalStepWaiterHook        tf.estimator.GlobalStepWaiterHook
        LoggingTensorHook           tf.estimator.LoggingTensorHook
        NanLossDuringTrainingError  tf.estimator.NanLossDuringTrainingError
        NanTensorHook               tf.estimator.NanTensorHook
        ProfilerHook                tf.estimator.ProfilerHook
        SecondOrStepTimer           tf.estimator.SecondOrStepTimer
        StepCounterHook             tf.estimator.StepCounterHook
        StopAtStepHook              tf.estimator.StopAtStepHook
        SummarySaverHook            tf.estimator.SummarySaverHook
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.hooks.hooks": """
        InMemoryEvaluatorHook              tf.estimator.experimental.InMemoryEvaluatorHook
        make_stop_at_checkpoint_step_hook  tf.estimator.experimental.make_stop_at_checkpoint_step_hook
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.hooks.session_run_hook": """
        SessionRunArgs     tf.estimator.SessionRunArgs
        SessionRunContext  tf.estimator.SessionRunContext
        SessionRunHook     tf.estimator.SessionRunHook
        SessionRunValues   tf.estimator.SessionRunValues
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.inputs.numpy_io": """
        numpy_input_fn  tf.estimator.inputs.numpy_input_fn
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.inputs.pandas_io": """
        pandas_input_fn  tf.estimator.inputs.pandas_input_fn
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.model_fn": """
        call_logit_fn  tf.estimator.experimental.call_logit_fn
        EstimatorSpec  tf.estimator.EstimatorSpec
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.run_config": """
        RunConfig  tf.estimator.RunConfig
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.tpu.tpu_config": """
        InputPipelineConfig  tf.contrib.tpu.InputPipelineConfig tf.estimator.tpu.InputPipelineConfig
        RunConfig            tf.contrib.tpu.RunConfig tf.estimator.tpu.RunConfig
        TPUConfig            tf.contrib.tpu.TPUConfig tf.estimator.tpu.TPUConfig
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.tpu.tpu_estimator": """
        TPUEstimator      tf.contrib.tpu.TPUEstimator tf.estimator.tpu.TPUEstimator
        TPUEstimatorSpec  tf.contrib.tpu.TPUEstimatorSpec tf.estimator.tpu.TPUEstimatorSpec
    """,
    "millpond.compat.packages.tensorflow_estimator.python.estimator.training": """
        EvalSpec            tf.estimator.EvalSpec
        train_and_evaluate  tf.estimator.train_and_evaluate
        TrainSpec           tf.estimator.TrainSpec
    """,
    "millpond.compat.packages.tf_slim.data": """
        .  tf.contrib.slim.data
    """,
    "millpond.compat.packages.tf_slim.data.data_decoder": """
        .  tf.contrib.slim.data_decoder
    """,
    "millpond.compat.packages.tf_slim.data.data_provider": """
        .  tf.contrib.slim.data_provider
    """,
    "millpond.compat.packages.tf_slim.data.dataset": """
        .  tf.contrib.slim.dataset
    """,
    "millpond.compat.packages.tf_slim.data.dataset_data_provider": """
        .  tf.contrib.slim.dataset_data_provider
    """,
    "millpond.compat.packages.tf_slim.data.parallel_reader": """
        .  tf.contrib.slim.parallel_reader
    """,
    "millpond.compat.packages.tf_slim.data.prefetch_queue": """
        .  tf.contrib.slim.prefetch_queue
    """,
    "millpond.compat.packages.tf_slim.data.tfexample_decoder": """
        .  tf.contrib.slim.tfexample_decoder
    """,
    "millpond.compat.packages.tf_slim.evaluation": """
        .  tf.contrib.slim.evaluation
    """,
    "millpond.compat.packages.tf_slim.layers": """
        .                    tf.contrib.slim.layers
        elu                  tf.contrib.layers.elu tf.contrib.slim.elu
        legacy_linear        tf.contrib.layers.legacy_linear tf.contrib.slim.legacy_linear
        legacy_relu          tf.contrib.layers.legacy_relu tf.contrib.slim.legacy_relu
        linear               tf.contrib.layers.linear tf.contrib.slim.linear
        OPTIMIZER_CLS_NAMES  tf.contrib.layers.OPTIMIZER_CLS_NAMES tf.contrib.slim.OPTIMIZER_CLS_NAMES
        OPTIMIZER_SUMMARIES  tf.contrib.layers.OPTIMIZER_SUMMARIES tf.contrib.slim.OPTIMIZER_SUMMARIES
        relu                 tf.contrib.layers.relu tf.contrib.slim.relu
        relu6                tf.contrib.layers.relu6 tf.contrib.slim.relu6
        summarize_biases     tf.contrib.slim.summarize_biases
        summarize_variables  tf.contrib.slim.summarize_variables
        summarize_weights    tf.contrib.slim.summarize_weights
    """,
    "millpond.compat.packages.tf_slim.layers.bucketization_op": """
        bucketize  tf.contrib.layers.bucketize tf.contrib.slim.bucketize
    """,
    "millpond.compat.packages.tf_slim.layers.initializers": """
        .                             tf.contrib.layers.initializers tf.contrib.slim.initializers
        variance_scaling_initializer  tf.contrib.layers.variance_scaling_initializer
                                      tf.contrib.slim.variance_scaling_initializer
        xavier_initializer            tf.contrib.layers.xavier_initializer tf.contrib.slim.xavier_initializer
        xavier_initializer_conv2d     tf.contrib.layers.xavier_initializer_conv2d
                                      tf.contrib.slim.xavier_initializer_conv2d
    """,
    "millpond.compat.packages.tf_slim.layers.layers": """
        avg_pool2d               tf.contrib.layers.avg_pool2d tf.contrib.slim.avg_pool2d
        avg_pool3d               tf.contrib.layers.avg_pool3d tf.contrib.slim.avg_pool3d
        batch_norm               tf.contrib.layers.batch_norm tf.contrib.slim.batch_norm
        bias_add                 tf.contrib.layers.bias_add tf.contrib.slim.bias_add
        conv1d                   tf.contrib.layers.conv1d tf.contrib.slim.conv1d
        conv2d                   tf.contrib.layers.conv2d tf.contrib.slim.conv2d
        conv2d_in_plane          tf.contrib.layers.conv2d_in_plane tf.contrib.slim.conv2d_in_plane
        conv2d_transpose         tf.contrib.layers.conv2d_transpose tf.contrib.slim.conv2d_transpose
        conv3d                   tf.contrib.layers.conv3d tf.contrib.slim.conv3d
        conv3d_transpose         tf.contrib.layers.conv3d_transpose tf.contrib.slim.conv3d_transpose
        convolution              tf.contrib.layers.convolution tf.contrib.slim.convolution
        convolution1d            tf.contrib.layers.convolution1d tf.contrib.slim.convolution1d
        convolution2d            tf.contrib.layers.convolution2d tf.contrib.slim.convolution2d
        convolution2d_in_plane   tf.contrib.layers.convolution2d_in_plane tf.contrib.slim.convolution2d_in_plane
        convolution2d_transpose  tf.contrib.layers.convolution2d_transpose tf.contrib.slim.convolution2d_transpose
        convolution3d            tf.contrib.layers.convolution3d tf.contrib.slim.convolution3d
        convolution3d_transpose  tf.contrib.layers.convolution3d_transpose tf.contrib.slim.convolution3d_transpose
        DATA_FORMAT_NCHW         tf.contrib.layers.DATA_FORMAT_NCHW
        dense_to_sparse          tf.contrib.layers.dense_to_sparse tf.contrib.slim.dense_to_sparse
        dropout                  tf.contrib.layers.dropout tf.contrib.slim.dropout
        flatten                  tf.contrib.layers.flatten tf.contrib.slim.flatten
        fully_connected          tf.contrib.layers.fully_connected tf.contrib.slim.fully_connected
        GDN                      tf.contrib.layers.GDN tf.contrib.slim.GDN
        gdn                      tf.contrib.layers.gdn tf.contrib.slim.gdn
        images_to_sequence       tf.contrib.layers.images_to_sequence tf.contrib.slim.images_to_sequence
        layer_norm               tf.contrib.layers.layer_norm tf.contrib.slim.layer_norm
        legacy_fully_connected   tf.contrib.layers.legacy_fully_connected tf.contrib.slim.legacy_fully_connected
        max_pool2d               tf.contrib.layers.max_pool2d tf.contrib.slim.max_pool2d
        max_pool3d               tf.contrib.layers.max_pool3d tf.contrib.slim.max_pool3d
        maxout                   tf.contrib.layers.maxout tf.contrib.slim.maxout
        one_hot_encoding         tf.contrib.layers.one_hot_encoding tf.contrib.slim.one_hot_encoding
        poincare_normalize       tf.contrib.layers.poincare_normalize
        pool                     tf.contrib.slim.pool
        repeat                   tf.contrib.layers.repeat tf.contrib.slim.repeat
        scale_gradient           tf.contrib.layers.scale_gradient tf.contrib.slim.scale_gradient
        separable_conv2d         tf.contrib.layers.separable_conv2d tf.contrib.slim.separable_conv2d
        separable_convolution2d  tf.contrib.layers.separable_convolution2d tf.contrib.slim.separable_convolution2d
        sequence_to_images       tf.contrib.layers.sequence_to_images tf.contrib.slim.sequence_to_images
        softmax                  tf.contrib.layers.softmax tf.contrib.slim.softmax
        spatial_softmax          tf.contrib.layers.spatial_softmax tf.contrib.slim.spatial_softmax
        stack                    tf.contrib.layers.stack tf.contrib.slim.stack
        unit_norm                tf.contrib.layers.unit_norm tf.contrib.slim.unit_norm
    """,
    "millpond.compat.packages.tf_slim.layers.normalization": """
        group_norm     tf.contrib.layers.group_norm tf.contrib.slim.group_norm
        instance_norm  tf.contrib.layers.instance_norm tf.contrib.slim.instance_norm
    """,
    "millpond.compat.packages.tf_slim.layers.optimizers": """
        .                     tf.contrib.layers.optimizers tf.contrib.slim.optimizers
        adaptive_clipping_fn  tf.contrib.layers.adaptive_clipping_fn tf.contrib.slim.adaptive_clipping_fn
        optimize_loss         tf.contrib.layers.optimize_loss tf.contrib.slim.optimize_loss
    """,
    "millpond.compat.packages.tf_slim.layers.regularizers": """
        .                     tf.contrib.layers.regularizers tf.contrib.slim.regularizers
        apply_regularization  tf.contrib.layers.apply_regularization tf.contrib.slim.apply_regularization
        l1_l2_regularizer     tf.contrib.layers.l1_l2_regularizer tf.contrib.slim.l1_l2_regularizer
        l1_regularizer        tf.contrib.layers.l1_regularizer tf.contrib.slim.l1_regularizer
        l2_regularizer        tf.contrib.layers.l2_regularizer tf.contrib.slim.l2_regularizer
        sum_regularizer       tf.contrib.layers.sum_regularizer tf.contrib.slim.sum_regularizer
    """,
    "millpond.compat.packages.tf_slim.layers.rev_block_lib": """
        recompute_grad  tf.contrib.layers.recompute_grad tf.contrib.slim.recompute_grad
        rev_block       tf.contrib.layers.rev_block tf.contrib.slim.rev_block
        RevBlock        tf.contrib.layers.RevBlock tf.contrib.slim.RevBlock
    """,
    "millpond.compat.packages.tf_slim.layers.summaries": """
        .                      tf.contrib.layers.summaries
        summarize_activation   tf.contrib.layers.summarize_activation tf.contrib.slim.summarize_activation
        summarize_activations  tf.contrib.layers.summarize_activations tf.contrib.slim.summarize_activations
        summarize_collection   tf.contrib.layers.summarize_collection tf.contrib.slim.summarize_collection
        summarize_tensor       tf.contrib.layers.summarize_tensor tf.contrib.slim.summarize_tensor
        summarize_tensors      tf.contrib.layers.summarize_tensors tf.contrib.slim.summarize_tensors
    """,
    "millpond.compat.packages.tf_slim.layers.utils": """
        .  tf.contrib.layers.utils
    """,
    "millpond.compat.packages.tf_slim.learning": """
        .  tf.contrib.slim.learning
    """,
    "millpond.compat.packages.tf_slim.losses": """
        .  tf.contrib.slim.losses
    """,
    "millpond.compat.packages.tf_slim.losses.loss_ops": """
        absolute_difference           tf.contrib.losses.absolute_difference
        add_loss                      tf.contrib.losses.add_loss
        compute_weighted_loss         tf.contrib.losses.compute_weighted_loss
        cosine_distance               tf.contrib.losses.cosine_distance
        get_losses                    tf.contrib.losses.get_losses
        get_regularization_losses     tf.contrib.losses.get_regularization_losses
        get_total_loss                tf.contrib.losses.get_total_loss
        hinge_loss                    tf.contrib.losses.hinge_loss
        log_loss                      tf.contrib.losses.log_loss
        mean_pairwise_squared_error   tf.contrib.losses.mean_pairwise_squared_error
        mean_squared_error            tf.contrib.losses.mean_squared_error
        sigmoid_cross_entropy         tf.contrib.losses.sigmoid_cross_entropy
        softmax_cross_entropy         tf.contrib.losses.softmax_cross_entropy
        sparse_softmax_cross_entropy  tf.contrib.losses.sparse_softmax_cross_entropy
    """,
    "millpond.compat.packages.tf_slim.losses.metric_learning": """
        cluster_loss            tf.contrib.losses.metric_learning.cluster_loss
        contrastive_loss        tf.contrib.losses.metric_learning.contrastive_loss
        lifted_struct_loss      tf.contrib.losses.metric_learning.lifted_struct_loss
        npairs_loss             tf.contrib.losses.metric_learning.npairs_loss
        npairs_loss_multilabel  tf.contrib.losses.metric_learning.npairs_loss_multilabel
        triplet_semihard_loss   tf.contrib.losses.metric_learning.triplet_semihard_loss
    """,
    "millpond.compat.packages.tf_slim.metrics": """
        .  tf.contrib.slim.metrics
    """,
    "millpond.compat.packages.tf_slim.metrics.classification": """
        accuracy  tf.contrib.metrics.accuracy
        f1_score  tf.contrib.metrics.f1_score
    """,
    "millpond.compat.packages.tf_slim.metrics.histogram_ops": """
        auc_using_histogram  tf.contrib.metrics.auc_using_histogram
    """,
    "millpond.compat.packages.tf_slim.metrics.metric_ops": """
        aggregate_metric_map                         tf.contrib.metrics.aggregate_metric_map
        aggregate_metrics                            tf.contrib.metrics.aggregate_metrics
        auc_with_confidence_intervals                tf.contrib.metrics.auc_with_confidence_intervals
        cohen_kappa                                  tf.contrib.metrics.cohen_kappa
        confusion_matrix                             tf.contrib.metrics.confusion_matrix
        count                                        tf.contrib.metrics.count
        precision_at_recall                          tf.contrib.metrics.precision_at_recall
        precision_recall_at_equal_thresholds         tf.contrib.metrics.precision_recall_at_equal_thresholds
        recall_at_precision                          tf.contrib.metrics.recall_at_precision
        sparse_recall_at_top_k                       tf.contrib.metrics.sparse_recall_at_top_k
        streaming_accuracy                           tf.contrib.metrics.streaming_accuracy
        streaming_auc                                tf.contrib.metrics.streaming_auc
        streaming_concat                             tf.contrib.metrics.streaming_concat
        streaming_covariance                         tf.contrib.metrics.streaming_covariance
        streaming_curve_points                       tf.contrib.metrics.streaming_curve_points
        streaming_dynamic_auc                        tf.contrib.metrics.streaming_dynamic_auc
        streaming_false_negative_rate                tf.contrib.metrics.streaming_false_negative_rate
        streaming_false_negative_rate_at_thresholds  tf.contrib.metrics.streaming_false_negative_rate_at_thresholds
        streaming_false_negatives                    tf.contrib.metrics.streaming_false_negatives
        streaming_false_negatives_at_thresholds      tf.contrib.metrics.streaming_false_negatives_at_thresholds
        streaming_false_positive_rate                tf.contrib.metrics.streaming_false_positive_rate
        streaming_false_positive_rate_at_thresholds  tf.contrib.metrics.streaming_false_positive_rate_at_thresholds
        streaming_false_positives                    tf.contrib.metrics.streaming_false_positives
        streaming_false_positives_at_thresholds      tf.contrib.metrics.streaming_false_positives_at_thresholds
        streaming_mean                               tf.contrib.metrics.streaming_mean
        streaming_mean_absolute_error                tf.contrib.metrics.streaming_mean_absolute_error
        streaming_mean_cosine_distance               tf.contrib.metrics.streaming_mean_cosine_distance
        streaming_mean_iou                           tf.contrib.metrics.streaming_mean_iou
        streaming_mean_relative_error                tf.contrib.metrics.streaming_mean_relative_error
        streaming_mean_squared_error                 tf.contrib.metrics.streaming_mean_squared_error
        streaming_mean_tensor                        tf.contrib.metrics.streaming_mean_tensor
        streaming_pearson_correlation                tf.contrib.metrics.streaming_pearson_correlation
        streaming_percentage_less                    tf.contrib.metrics.streaming_percentage_less
        streaming_precision                          tf.contrib.metrics.streaming_precision
        streaming_precision_at_thresholds            tf.contrib.metrics.streaming_precision_at_thresholds
        streaming_recall                             tf.contrib.metrics.streaming_recall
        streaming_recall_at_k                        tf.contrib.metrics.streaming_recall_at_k
        streaming_recall_at_thresholds               tf.contrib.metrics.streaming_recall_at_thresholds
        streaming_root_mean_squared_error            tf.contrib.metrics.streaming_root_mean_squared_error
        streaming_sensitivity_at_specificity         tf.contrib.metrics.streaming_sensitivity_at_specificity
        streaming_sparse_average_precision_at_k      tf.contrib.metrics.streaming_sparse_average_precision_at_k
        streaming_sparse_average_precision_at_top_k  tf.contrib.metrics.streaming_sparse_average_precision_at_top_k
        streaming_sparse_precision_at_k              tf.contrib.metrics.streaming_sparse_precision_at_k
        streaming_sparse_precision_at_top_k          tf.contrib.metrics.streaming_sparse_precision_at_top_k
        streaming_sparse_recall_at_k                 tf.contrib.metrics.streaming_sparse_recall_at_k
        streaming_specificity_at_sensitivity         tf.contrib.metrics.streaming_specificity_at_sensitivity
        streaming_true_negatives                     tf.contrib.metrics.streaming_true_negatives
        streaming_true_negatives_at_thresholds       tf.contrib.metrics.streaming_true_negatives_at_thresholds
        streaming_true_positives                     tf.contrib.metrics.streaming_true_positives
        streaming_true_positives_at_thresholds       tf.contrib.metrics.streaming_true_positives_at_thresholds
    """,
    "millpond.compat.packages.tf_slim.model_analyzer": """
        .  tf.contrib.slim.model_analyzer
    """,
    "millpond.compat.packages.tf_slim.nets.alexnet": """
        .  tf.contrib.slim.nets.alexnet
    """,
    "millpond.compat.packages.tf_slim.nets.inception": """
        .  tf.contrib.slim.nets.inception
    """,
    "millpond.compat.packages.tf_slim.nets.inception_v1": """
        .  tf.contrib.slim.nets.inception_v1
    """,
    "millpond.compat.packages.tf_slim.nets.inception_v2": """
        .  tf.contrib.slim.nets.inception_v2
    """,
    "millpond.compat.packages.tf_slim.nets.inception_v3": """
        .  tf.contrib.slim.nets.inception_v3
    """,
    "millpond.compat.packages.tf_slim.nets.overfeat": """
        .  tf.contrib.slim.nets.overfeat
    """,
    "millpond.compat.packages.tf_slim.nets.resnet_utils": """
        .  tf.contrib.slim.nets.resnet_utils
    """,
    "millpond.compat.packages.tf_slim.nets.resnet_v1": """
        .  tf.contrib.slim.nets.resnet_v1
    """,
    "millpond.compat.packages.tf_slim.nets.resnet_v2": """
        .  tf.contrib.slim.nets.resnet_v2
    """,
    "millpond.compat.packages.tf_slim.nets.vgg": """
        .  tf.contrib.slim.nets.vgg
    """,
    "millpond.compat.packages.tf_slim.ops.arg_scope": """
        add_arg_scope         tf.contrib.framework.add_arg_scope tf.contrib.framework.python.ops.add_arg_scope
                              tf.contrib.slim.add_arg_scope
        arg_scope             tf.contrib.framework.python.ops.arg_scope tf.contrib.slim.arg_scope
        arg_scope_func_key    tf.contrib.framework.arg_scope_func_key tf.contrib.slim.arg_scope_func_key
        arg_scoped_arguments  tf.contrib.framework.arg_scoped_arguments
                              tf.contrib.framework.python.ops.arg_scoped_arguments
                              tf.contrib.slim.arg_scoped_arguments
        current_arg_scope     tf.contrib.framework.current_arg_scope tf.contrib.framework.python.ops.current_arg_scope
                              tf.contrib.slim.current_arg_scope
        has_arg_scope         tf.contrib.framework.has_arg_scope tf.contrib.framework.python.ops.has_arg_scope
                              tf.contrib.slim.has_arg_scope
    """,
    "millpond.compat.packages.tf_slim.ops.framework_ops": """
        get_graph_from_inputs  tf.contrib.framework.get_graph_from_inputs
        get_name_scope         tf.contrib.framework.get_name_scope
    """,
    "millpond.compat.packages.tf_slim.ops.variables": """
        .                          tf.contrib.framework.variables
        add_model_variable         tf.contrib.framework.add_model_variable tf.contrib.slim.add_model_variable
        arg_scope                  tf.contrib.framework.arg_scope
        assert_global_step         tf.contrib.slim.assert_global_step
        assert_or_get_global_step  tf.contrib.slim.assert_or_get_global_step
        assign_from_checkpoint     tf.contrib.slim.assign_from_checkpoint
        assign_from_checkpoint_fn  tf.contrib.slim.assign_from_checkpoint_fn
        assign_from_values         tf.contrib.framework.assign_from_values tf.contrib.slim.assign_from_values
        assign_from_values_fn      tf.contrib.framework.assign_from_values_fn tf.contrib.slim.assign_from_values_fn
        create_global_step         tf.contrib.slim.create_global_step
        filter_variables           tf.contrib.framework.filter_variables tf.contrib.slim.filter_variables
        get_global_step            tf.contrib.slim.get_global_step
        get_local_variables        tf.contrib.framework.get_local_variables tf.contrib.slim.get_local_variables
        get_model_variables        tf.contrib.framework.get_model_variables tf.contrib.slim.get_model_variables
        get_or_create_global_step  tf.contrib.slim.get_or_create_global_step
        get_trainable_variables    tf.contrib.framework.get_trainable_variables
                                   tf.contrib.slim.get_trainable_variables
        get_unique_variable        tf.contrib.framework.get_unique_variable tf.contrib.slim.get_unique_variable
        get_variable_full_name     tf.contrib.framework.get_variable_full_name tf.contrib.slim.get_variable_full_name
        get_variables              tf.contrib.framework.get_variables tf.contrib.slim.get_variables
        get_variables_by_name      tf.contrib.framework.get_variables_by_name tf.contrib.slim.get_variables_by_name
        get_variables_by_suffix    tf.contrib.framework.get_variables_by_suffix
                                   tf.contrib.slim.get_variables_by_suffix
        get_variables_to_restore   tf.contrib.framework.get_variables_to_restore
                                   tf.contrib.slim.get_variables_to_restore
        global_variable            tf.contrib.framework.global_variable tf.contrib.slim.global_variable
        local_variable             tf.contrib.framework.local_variable tf.contrib.slim.local_variable
        model_variable             tf.contrib.framework.model_variable tf.contrib.slim.model_variable
        variable                   tf.contrib.framework.variable tf.contrib.slim.variable
        VariableDeviceChooser      tf.contrib.framework.VariableDeviceChooser tf.contrib.slim.VariableDeviceChooser
    """,
    "millpond.compat.packages.tf_slim.queues": """
        .  tf.contrib.slim.queues
    """,
    "millpond.compat.packages.tf_slim.summaries": """
        .  tf.contrib.slim.summaries
    """,
    "millpond.compat.packages.tf_slim.training.evaluation": """
        checkpoints_iterator     tf.contrib.training.checkpoints_iterator
        evaluate_once            tf.contrib.training.evaluate_once
        evaluate_repeatedly      tf.contrib.training.evaluate_repeatedly
        get_or_create_eval_step  tf.contrib.training.get_or_create_eval_step
        StopAfterNEvalsHook      tf.contrib.training.StopAfterNEvalsHook
        SummaryAtEndHook         tf.contrib.training.SummaryAtEndHook
        wait_for_new_checkpoint  tf.contrib.training.wait_for_new_checkpoint
    """,
    "millpond.compat.packages.tf_slim.training.training": """
        .                        tf.contrib.slim.training
        add_gradients_summaries  tf.contrib.training.add_gradients_summaries
        clip_gradient_norms      tf.contrib.training.clip_gradient_norms
        clip_gradient_norms_fn   tf.contrib.training.clip_gradient_norms_fn
        create_train_op          tf.contrib.training.create_train_op
        multiply_gradients       tf.contrib.training.multiply_gradients
        train                    tf.contrib.training.train
    """,
    "millpond.contrib.layers.encoders": """
        bow_encoder              tf.contrib.layers.bow_encoder
        embed_sequence           tf.contrib.layers.embed_sequence
        embedding_lookup_unique  tf.contrib.layers.embedding_lookup_unique
    """,
    "millpond.ops.sparse.sets": """
        set_difference    tf.contrib.metrics.set_difference
        set_intersection  tf.contrib.metrics.set_intersection
        set_size          tf.contrib.metrics.set_size
        set_union         tf.contrib.metrics.set_union
    """,
    "millpond.train.schedules.moving_averages": """
        assign_moving_average  tf.python.training.moving_averages.assign_moving_average
    """,
    "millpond.train.sessions.evaluation": """
        evaluate_once            tf.python.training.evaluation._evaluate_once
        get_or_create_eval_step  tf.python.training.evaluation._get_or_create_eval_step
        StopAfterNEvalsHook      tf.python.training.evaluation._StopAfterNEvalsHook
    """,
    "millpond.variables.partitioning": """
        PartitionedVariable  tf.python.ops.variables.PartitionedVariable
    """,
    "millpond.variables.resource_variable": """
        ResourceVariable  tf.python.ops.resource_variable_ops.ResourceVariable
    """,
}
