"""What lived in `tensorflow.core`, the messages of TensorFlow's files and protocols: see the package's docstring."""

NAMES = {
    "tf.core.example.example_pb2": """
        tf.train: Example SequenceExample
    """,
    "tf.core.example.feature_pb2": """
        tf.train: BytesList Feature FeatureList FeatureLists Features FloatList Int64List
    """,
    "tf.core.framework.allocation_description_pb2": "*tensorboard.compat.proto.allocation_description_pb2",
    "tf.core.framework.api_def_pb2": "*tensorboard.compat.proto.api_def_pb2",
    "tf.core.framework.attr_value_pb2": "*tensorboard.compat.proto.attr_value_pb2",
    "tf.core.framework.cost_graph_pb2": "*tensorboard.compat.proto.cost_graph_pb2",
    "tf.core.framework.function_pb2": "*tensorboard.compat.proto.function_pb2",
    "tf.core.framework.graph_pb2": "*tensorboard.compat.proto.graph_pb2",
    "tf.core.framework.node_def_pb2": "*tensorboard.compat.proto.node_def_pb2",
    "tf.core.framework.op_def_pb2": "*tensorboard.compat.proto.op_def_pb2",
    "tf.core.framework.resource_handle_pb2": "*tensorboard.compat.proto.resource_handle_pb2",
    "tf.core.framework.step_stats_pb2": "*tensorboard.compat.proto.step_stats_pb2",
    "tf.core.framework.summary_pb2": "*tensorboard.compat.proto.summary_pb2 *tensorboard.compat.proto.histogram_pb2",
    "tf.core.framework.tensor_description_pb2": "*tensorboard.compat.proto.tensor_description_pb2",
    "tf.core.framework.tensor_pb2": "*tensorboard.compat.proto.tensor_pb2",
    "tf.core.framework.tensor_shape_pb2": "*tensorboard.compat.proto.tensor_shape_pb2",
    "tf.core.framework.tensor_slice_pb2": "*millpond.protos.tensor_bundle",
    "tf.core.framework.types_pb2": "*tensorboard.compat.proto.types_pb2",
    "tf.core.framework.variable_pb2": "*tensorboard.compat.proto.variable_pb2",
    "tf.core.framework.versions_pb2": "*tensorboard.compat.proto.versions_pb2",
    "tf.core.profiler.tfprof_log_pb2": "*tensorboard.compat.proto.tfprof_log_pb2",
    "tf.core.protobuf.checkpoint_state_pb2": "*millpond.protos.checkpoint",
    "tf.core.protobuf.cluster_pb2": "*tensorboard.compat.proto.cluster_pb2",
    "tf.core.protobuf.config_pb2": "*tensorboard.compat.proto.config_pb2",
    "tf.core.protobuf.debug_pb2": "*tensorboard.compat.proto.debug_pb2",
    "tf.core.protobuf.graph_debug_info_pb2": "*tensorboard.compat.proto.graph_debug_info_pb2",
    "tf.core.protobuf.meta_graph_pb2": "*tensorboard.compat.proto.meta_graph_pb2",
    "tf.core.protobuf.queue_runner_pb2": """
        tf.train: QueueRunnerDef
    """,
    "tf.core.protobuf.rewriter_config_pb2": "*tensorboard.compat.proto.rewriter_config_pb2",
    "tf.core.protobuf.saved_model_pb2": "*millpond.protos.saved_model",
    "tf.core.protobuf.saved_object_graph_pb2": "*tensorboard.compat.proto.saved_object_graph_pb2",
    "tf.core.protobuf.saver_pb2": "*tensorboard.compat.proto.saver_pb2",
    "tf.core.protobuf.struct_pb2": "*tensorboard.compat.proto.struct_pb2",
    "tf.core.protobuf.tensor_bundle_pb2": "*millpond.protos.tensor_bundle",
    "tf.core.protobuf.tensorflow_server_pb2": """
        tf.train: ServerDef
    """,
    "tf.core.protobuf.trackable_object_graph_pb2": "*tensorboard.compat.proto.trackable_object_graph_pb2",
    "tf.core.protobuf.verifier_config_pb2": "*tensorboard.compat.proto.verifier_config_pb2",
    "tf.core.util.event_pb2": "*tensorboard.compat.proto.event_pb2",
    "tf.core.util.saved_tensor_slice_pb2": "*millpond.protos.checkpoint",
}
