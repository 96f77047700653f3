"""What stood inside of TensorFlow without a public name, and programs import: see the package's docstring."""

NAMES = {
    "millpond.compat.inside.events_writer": """
        EventsWriter  tf.python.pywrap_tensorflow.EventsWriter tf.python.pywrap_tensorflow_internal.EventsWriter
    """,
    "millpond.compat.inside.layer_arguments": """
        constant_value         tf.python.layers.utils.constant_value
        conv_output_length     tf.python.layers.utils.conv_output_length
        convert_data_format    tf.python.layers.utils.convert_data_format
        deconv_output_length   tf.python.layers.utils.deconv_output_length
        normalize_data_format  tf.python.layers.utils.normalize_data_format
        normalize_padding      tf.python.layers.utils.normalize_padding
        normalize_tuple        tf.python.layers.utils.normalize_tuple
        smart_cond             tf.python.framework.smart_cond.smart_cond tf.python.layers.utils.smart_cond
        smart_constant_value   tf.python.framework.smart_cond.smart_constant_value
    """,
    "millpond.compat.inside.op_registry": """
        get                 tf.python.framework.op_def_registry.get
        get_registered_ops  tf.python.framework.op_def_registry.get_registered_ops
        sync                tf.python.framework.op_def_registry.sync
    """,
    "millpond.compat.inside.scope_names": """
        get_name_scope              tf.python.framework.ops.get_name_scope
        internal_convert_to_tensor  tf.python.framework.ops.internal_convert_to_tensor
        prepend_name_scope          tf.python.framework.ops.prepend_name_scope
        set_shapes_for_outputs      tf.python.framework.ops.set_shapes_for_outputs
        strip_name_scope            tf.python.framework.ops.strip_name_scope
        uid                         tf.python.framework.ops.uid
    """,
    "millpond.compat.inside.eager_context": """
        Context        tf.python.eager.context.Context
        context        tf.python.eager.context.context
        EAGER_MODE     tf.python.eager.context.EAGER_MODE
        eager_mode     tf.python.eager.context.eager_mode
        GRAPH_MODE     tf.python.eager.context.GRAPH_MODE
        graph_mode     tf.python.eager.context.graph_mode
        in_eager_mode  tf.python.eager.context.in_eager_mode tf.contrib.eager.in_eager_mode
        in_graph_mode  tf.python.eager.context.in_graph_mode
        num_gpus       tf.python.eager.context.num_gpus tf.contrib.eager.num_gpus
    """,
    "millpond.compat.inside.timeline": """
        Timeline  tf.python.client.timeline.Timeline
    """,
    "millpond.compat.inside.variable_scopes": """
        _pure_variable_scope  tf.python.ops.variable_scope._pure_variable_scope
    """,
    "millpond.dimensions": """
        as_dimension  tf.python.framework.tensor_shape.as_dimension
    """,
    "millpond.graph.static_values": """
        shape_of_value  tf.python.framework.tensor_util.constant_value_as_shape
    """,
    "millpond.rnn.cells_base": """
        concatenated        tf.python.ops.rnn_cell_impl._concat
        zero_state_tensors  tf.python.ops.rnn_cell_impl._zero_state_tensors
    """,
    "millpond.shapes": """
        as_shape         tf.python.framework.tensor_shape.as_shape
        matrix           tf.python.framework.tensor_shape.matrix
        scalar           tf.python.framework.tensor_shape.scalar
        unknown_shape    tf.python.framework.tensor_shape.unknown_shape
        vector           tf.python.framework.tensor_shape.vector
    """,
    "millpond.train.resources": """
        initialize_resources            tf.python.ops.resources.initialize_resources
        local_resources                 tf.python.ops.resources.local_resources
        register_resource               tf.python.ops.resources.register_resource
        report_uninitialized_resources  tf.python.ops.resources.report_uninitialized_resources
        shared_resources                tf.python.ops.resources.shared_resources
    """,
    "millpond.variables.initializers": """
        Initializer  tf.python.ops.init_ops.Initializer
    """,
}
