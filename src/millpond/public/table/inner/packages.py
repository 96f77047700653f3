"""What packages written for TensorFlow take from its inside, beside what programs do: see the package's docstring."""

_SLIM = "millpond.compat.packages.tf_slim"

_KERAS = "millpond.compat.packages.keras"
_KERAS_MODULES = (
    "activations", "applications", "backend", "callbacks", "constraints", "datasets", "initializers", "layers",
    "losses", "metrics", "models", "optimizers", "preprocessing", "regularizers", "utils", "wrappers")
# Those that programs import from directly: `from tensorflow.keras.preprocessing.image import ImageDataGenerator`.
_KERAS_INNER_MODULES = (
    *(f"applications.{name}" for name in (
        "densenet", "inception_resnet_v2", "inception_v3", "mobilenet", "mobilenet_v2", "nasnet", "resnet50", "vgg16",
        "vgg19", "xception")),
    *(f"datasets.{name}" for name in (
        "boston_housing", "cifar10", "cifar100", "fashion_mnist", "imdb", "mnist", "reuters")),
    "layers.advanced_activations", "layers.convolutional", "layers.core", "layers.embeddings", "layers.merge",
    "layers.noise", "layers.normalization", "layers.pooling", "layers.recurrent", "layers.wrappers",
    "preprocessing.image", "preprocessing.sequence", "preprocessing.text", "wrappers.scikit_learn",
    "utils.conv_utils", "utils.data_utils", "utils.generic_utils", "utils.io_utils", "utils.layer_utils",
    "utils.np_utils")

NAMES = {
    **{f"{root}.{name}": f"*{_KERAS}.{name}" for root in ("tf.keras", "tf.python.keras")
       for name in (*_KERAS_MODULES, *_KERAS_INNER_MODULES)},
    "tf.python.keras": f"*{_KERAS}",
    "tf.contrib.framework.python.ops.arg_scope": f"*{_SLIM}.ops.arg_scope",
    "tf.contrib.framework.python.ops.variables": f"*{_SLIM}.ops.variables",
    "tf.contrib.layers.python.layers.initializers": f"*{_SLIM}.layers.initializers",
    "tf.contrib.layers.python.layers.layers": f"*{_SLIM}.layers.layers",
    "tf.contrib.layers.python.layers.normalization": f"*{_SLIM}.layers.normalization",
    "tf.contrib.layers.python.layers.optimizers": f"*{_SLIM}.layers.optimizers",
    "tf.contrib.layers.python.layers.regularizers": f"*{_SLIM}.layers.regularizers",
    "tf.contrib.layers.python.layers.rev_block_lib": f"*{_SLIM}.layers.rev_block_lib",
    "tf.contrib.layers.python.layers.summaries": f"*{_SLIM}.layers.summaries",
    "tf.contrib.layers.python.layers.utils": f"*{_SLIM}.layers.utils",
    "tf.contrib.losses.python.losses.loss_ops": f"*{_SLIM}.losses.loss_ops",
    "tf.contrib.losses.python.metric_learning.metric_loss_ops": f"*{_SLIM}.losses.metric_learning",
    "tf.contrib.metrics.python.metrics.classification": f"*{_SLIM}.metrics.classification",
    "tf.contrib.metrics.python.ops.histogram_ops": f"*{_SLIM}.metrics.histogram_ops",
    "tf.contrib.metrics.python.ops.metric_ops": f"*{_SLIM}.metrics.metric_ops",
    **{f"tf.contrib.slim.python.slim.{name}": f"*{_SLIM}.{name}" for name in (
        "data.data_decoder", "data.data_provider", "data.dataset", "data.dataset_data_provider", "data.parallel_reader",
        "data.prefetch_queue", "data.tfexample_decoder", "evaluation", "learning", "model_analyzer", "nets.alexnet",
        "nets.inception", "nets.inception_v1", "nets.inception_v2", "nets.inception_v3", "nets.overfeat",
        "nets.resnet_utils", "nets.resnet_v1", "nets.resnet_v2", "nets.vgg", "queues", "summaries")},
    "tf.contrib.training.python.training.evaluation": f"*{_SLIM}.training.evaluation",
    "tf.contrib.training.python.training.training": f"*{_SLIM}.training.training",
    "tf.python.data.util.nest": "*tf.contrib.framework.nest",
    "tf.python.framework.device": "tf: DeviceSpec",
    "tf.python.layers.base": "*tf.layers",
    "tf.python.layers.convolutional": """
        tf.layers: Conv1D Conv2D Conv2DTranspose Conv3D Conv3DTranspose SeparableConv1D SeparableConv2D
          conv1d conv2d conv2d_transpose conv3d conv3d_transpose separable_conv1d separable_conv2d
          Convolution1D=Conv1D Convolution2D=Conv2D Convolution2DTranspose=Conv2DTranspose Convolution3D=Conv3D
          Convolution3DTranspose=Conv3DTranspose Deconvolution2D=Conv2DTranspose Deconvolution3D=Conv3DTranspose
          SeparableConvolution1D=SeparableConv1D SeparableConvolution2D=SeparableConv2D
    """,
    "tf.python.layers.core": "tf.layers: Dense Dropout Flatten dense dropout flatten FullyConnected=Dense",
    "tf.python.layers.normalization": "tf.layers: BatchNormalization BatchNorm=BatchNormalization batch_normalization",
    "tf.python.layers.pooling": """
        tf.layers: AveragePooling1D AveragePooling2D AveragePooling3D MaxPooling1D MaxPooling2D MaxPooling3D
          average_pooling1d average_pooling2d average_pooling3d max_pooling1d max_pooling2d max_pooling3d
    """,
    "tf.python.keras.engine.input_spec": "tf.layers: InputSpec",
    "tf.python.framework.ops": """
        tf: colocate_with convert_to_tensor_or_indexed_slices IndexedSlices
        *millpond.compat.inside.graphs
    """,
    "tf.python.lib.io.file_io": """
        tf.gfile: FileIO=GFile
        *millpond.compat.inside.files
    """,
    "tf.python.ops.array_ops": """
        tf: constant reverse
        *millpond.compat.inside.arrays
    """,
    "tf.python.ops.confusion_matrix": """
        tf.contrib.framework: remove_squeezable_dimensions
    """,
    "tf.python.ops.control_flow_util": "*millpond.compat.inside.modes",
    "tf.python.ops.init_ops": """
        tf: constant_initializer ones_initializer random_normal_initializer random_uniform_initializer
          truncated_normal_initializer uniform_unit_scaling_initializer zeros_initializer glorot_normal_initializer
          glorot_uniform_initializer orthogonal_initializer variance_scaling_initializer
    """,
    "tf.python.ops.math_ops": """
        tf: mod negative
    """,
    "tf.python.ops.metrics": """
        *tf.metrics
    """,
    "tf.python.ops.metrics_impl": "*millpond.compat.inside.metrics *millpond.metrics.variables",
    "tf.python.ops.resource_variable_ops": "*millpond.compat.inside.resource_variables",
    "tf.python.ops.variable_scope": """
        tf: variable=Variable
    """,
    "tf.python.ops.weights_broadcast_ops": "*millpond.ops.nn.weights_broadcast",
    "tf.python.ops.variables": """
        tf: Variable
    """,
    "tf.python.summary.summary": """
        tf.summary: FileWriter FileWriterCache
    """,
    "tf.python.tf2": "*millpond.compat.inside.modes",
    "tf.python.tpu.tensor_tracer": "*millpond.compat.inside.modes",
    "tf.python.framework.tensor_util": """
        tf.contrib.util: constant_value
    """,
    "tf.python.distribute.distribute_lib": "*millpond.compat.inside.estimators",
    "tf.python.distribute.estimator_training": "*millpond.compat.inside.estimators",
    "tf.python.distribute.reduce_util": "*millpond.compat.inside.estimators",
    "tf.python.eager.context": "*millpond.compat.inside.estimators",
    "tf.python.eager.monitoring": "*millpond.compat.inside.estimators",
    "tf.python.keras.metrics": f"*millpond.compat.inside.keras_types *{_KERAS}.metrics",
    "tf.python.keras.optimizer_v2.optimizer_v2": "*millpond.compat.inside.keras_types",
    "tf.python.keras.utils.losses_utils": """
        tf.losses: compute_weighted_loss
        *millpond.compat.inside.keras_types
    """,
    "tf.python.platform.test": "tf.test: mock",
    "tf.python.saved_model.constants": "*tf.saved_model.constants",
    "tf.python.saved_model.model_utils": "*millpond.saved_model.exporting *millpond.saved_model.mode_keys",
    "tf.python.saved_model.model_utils.export_output": "*millpond.saved_model.export_outputs",
    "tf.python.saved_model.model_utils.export_utils": """
        *millpond.saved_model.exporting *millpond.saved_model.mode_keys
    """,
    "tf.python.saved_model.model_utils.mode_keys": "*millpond.saved_model.mode_keys",
    "tf.python.saved_model.utils_impl": "*millpond.compat.inside.estimators",
    "tf.python.summary.writer.writer_cache": "tf.summary: FileWriter FileWriterCache",
    "tf.python.training.basic_session_run_hooks": "tf.train: SessionRunArgs SessionRunHook",
    "tf.python.training.device_setter": "*millpond.train.clusters.device_setter",
    "tf.python.training.training_util": "*millpond.train.schedules.global_step",
    "tf.python.util.all_util": "*millpond.compat.inside.documented",
    "tf.python.util.deprecation": """
        *millpond.contrib.framework.deprecation *millpond.compat.inside.decorators
    """,
    "tf.python.util.function_utils": "*millpond.compat.inside.decorators",
    "tf.python.util.compat": "tf.compat: as_text",
    "tf.python.util.compat_internal": "tf.compat: path_to_str",
    "tf.python.util.module_wrapper": "*millpond.compat.inside.documented",
    "tf.python.util.nest": "*tf.nest",
    "tf.python.util.tf_contextlib": "*contextlib",
    "tf.python.util.tf_decorator": "*millpond.compat.inside.decorators",
    "tf.python.util.tf_export": "*millpond.compat.inside.decorators",
    "tf.python.util.tf_inspect": "*millpond.compat.inside.decorators",
}
