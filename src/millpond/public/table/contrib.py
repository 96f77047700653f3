"""What of `tf.contrib` is our own, and `tf.distributions`: see the package's docstring for the form."""

# What these public modules are for.
ABOUT = {
    "tf.contrib.framework": "global steps, checkpoints, checks of shapes, nested structures",
    "tf.contrib.framework.nest": "lists, tuples and dictionaries of values, in any depth",
    "tf.contrib.tensorboard": "what a program tells plugins of TensorBoard",
    "tf.contrib.tensorboard.plugins": "plugins of TensorBoard",
    "tf.contrib.tensorboard.plugins.projector": "embeddings that TensorBoard shows",
    "tf.contrib.training": "what is around the training of a model",
    "tf.contrib.util": "values and messages of tensors",
    "tf.nest": "lists, tuples and dictionaries of values, in any depth",
}

NAMES = {
    "millpond.contrib.framework.checks": """
        reduce_sum_n     tf.contrib.framework.reduce_sum_n
        with_same_shape  tf.contrib.framework.with_same_shape
        with_shape       tf.contrib.framework.with_shape
    """,
    "millpond.contrib.framework.deprecation": """
        deprecated             tf.contrib.framework.deprecated
        deprecated_arg_values  tf.contrib.framework.deprecated_arg_values
        deprecated_args        tf.contrib.framework.deprecated_args
    """,
    "millpond.contrib.framework.nest": """
        assert_shallow_structure          tf.contrib.framework.nest.assert_shallow_structure
        flatten_dict_items                tf.contrib.framework.nest.flatten_dict_items
        flatten_with_joined_string_paths  tf.contrib.framework.nest.flatten_with_joined_string_paths
        flatten_with_tuple_paths          tf.contrib.framework.nest.flatten_with_tuple_paths
        map_structure_with_paths          tf.contrib.framework.nest.map_structure_with_paths
        yield_flattened_paths             tf.contrib.framework.nest.yield_flattened_paths
    """,
    "millpond.contrib.hparams": """
        HParams       tf.contrib.training.HParams
        parse_values  tf.contrib.training.parse_values
    """,
    "millpond.graph.composite": """
        convert_to_tensor_or_sparse_tensor  tf.contrib.framework.convert_to_tensor_or_sparse_tensor
    """,
    "millpond.graph.default": """
        is_tensor  tf.contrib.framework.is_tensor
    """,
    "millpond.graph.op_defs": """
        ops_used_by_graph_def  tf.contrib.util.ops_used_by_graph_def
        stripped_op_list       tf.contrib.util.stripped_op_list_for_graph
    """,
    "millpond.graph.static_values": """
        constant_value  tf.contrib.util.constant_value
    """,
    "millpond.nested": """
        assert_same_structure  tf.nest.assert_same_structure tf.contrib.framework.nest.assert_same_structure
        flatten                tf.nest.flatten tf.contrib.framework.nest.flatten
        flatten_up_to          tf.contrib.framework.nest.flatten_up_to
        is_nested              tf.nest.is_nested tf.contrib.framework.nest.is_nested
                               tf.contrib.framework.nest.is_sequence
        map_structure          tf.nest.map_structure tf.contrib.framework.nest.map_structure
        map_structure_up_to    tf.contrib.framework.nest.map_structure_up_to
        pack_sequence_as       tf.nest.pack_sequence_as tf.contrib.framework.nest.pack_sequence_as
    """,
    "millpond.ops.array.constant": """
        make_ndarray       tf.contrib.util.make_ndarray
        make_tensor_proto  tf.contrib.util.make_tensor_proto
    """,
    "millpond.ops.array.squeezable": """
        remove_squeezable_dimensions  tf.contrib.framework.remove_squeezable_dimensions
    """,
    "millpond.ops.host.static_checks": """
        assert_same_float_dtype  tf.contrib.framework.assert_same_float_dtype
        assert_scalar            tf.contrib.framework.assert_scalar
    """,
    "millpond.ops.host.py_func": """
        py_func  tf.contrib.framework.py_func
    """,
    "millpond.ops.math.sorting": """
        argsort  tf.contrib.framework.argsort
        sort     tf.contrib.framework.sort
    """,
    "millpond.summary.projector": """
        EmbeddingInfo         tf.contrib.tensorboard.plugins.projector.EmbeddingInfo
        ProjectorConfig       tf.contrib.tensorboard.plugins.projector.ProjectorConfig
        SpriteMetadata        tf.contrib.tensorboard.plugins.projector.SpriteMetadata
        visualize_embeddings  tf.contrib.tensorboard.plugins.projector.visualize_embeddings
    """,
    "millpond.train.saving.checkpoint_assignment": """
        assign_from_checkpoint     tf.contrib.framework.assign_from_checkpoint
        assign_from_checkpoint_fn  tf.contrib.framework.assign_from_checkpoint_fn
    """,
    "millpond.train.saving.checkpoint_initializers": """
        init_from_checkpoint  tf.contrib.framework.init_from_checkpoint
    """,
    "millpond.train.saving.checkpoint_reader": """
        list_variables   tf.contrib.framework.list_variables
        load_checkpoint  tf.contrib.framework.load_checkpoint
        load_variable    tf.contrib.framework.load_variable
    """,
    "millpond.train.schedules.global_step": """
        assert_global_step         tf.contrib.framework.assert_global_step
        create_global_step         tf.contrib.framework.create_global_step
        get_global_step            tf.contrib.framework.get_global_step
        get_or_create_global_step  tf.contrib.framework.get_or_create_global_step
    """,
}
