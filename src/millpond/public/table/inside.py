"""What stood inside of TensorFlow without a public name, and programs import: see the package's docstring."""

NAMES = {
    "millpond.compat.inside.events_writer": """
        EventsWriter  tf.python.pywrap_tensorflow.EventsWriter tf.python.pywrap_tensorflow_internal.EventsWriter
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
        is_resource_variable  tf.python.ops.resource_variable_ops.is_resource_variable
    """,
    "millpond.dimensions": """
        as_dimension  tf.python.framework.tensor_shape.as_dimension
    """,
    "millpond.feature_column.base": """
        CategoricalColumn  tf.python.feature_column.feature_column_v2.CategoricalColumn
        DenseColumn  tf.python.feature_column.feature_column_v2.DenseColumn
        FeatureColumn  tf.python.feature_column.feature_column_v2.FeatureColumn
        FeatureTransformationCache  tf.python.feature_column.feature_column_v2.FeatureTransformationCache
        IdWeightPair  tf.python.feature_column.feature_column_v2.IdWeightPair
        LazyBuilder  tf.python.feature_column.feature_column._LazyBuilder
        OldCategoricalColumn  tf.python.feature_column.feature_column._CategoricalColumn
        OldDenseColumn  tf.python.feature_column.feature_column._DenseColumn
        OldFeatureColumn  tf.python.feature_column.feature_column._FeatureColumn
        OldSequenceDenseColumn  tf.python.feature_column.feature_column._SequenceDenseColumn
        SequenceDenseColumn  tf.python.feature_column.feature_column_v2.SequenceDenseColumn
        StateManager  tf.python.feature_column.feature_column_v2.StateManager
        TensorSequenceLengthPair  tf.python.feature_column.feature_column_v2.TensorSequenceLengthPair
    """,
    "millpond.feature_column.categorical": """
        CrossedColumn  tf.python.feature_column.feature_column._CrossedColumn
            tf.python.feature_column.feature_column_v2.CrossedColumn
        HashedCategoricalColumn  tf.python.feature_column.feature_column._HashedCategoricalColumn
            tf.python.feature_column.feature_column_v2.HashedCategoricalColumn
        IdentityCategoricalColumn  tf.python.feature_column.feature_column._IdentityCategoricalColumn
            tf.python.feature_column.feature_column_v2.IdentityCategoricalColumn
        VocabularyFileCategoricalColumn  tf.python.feature_column.feature_column._VocabularyFileCategoricalColumn
            tf.python.feature_column.feature_column_v2.VocabularyFileCategoricalColumn
        VocabularyListCategoricalColumn  tf.python.feature_column.feature_column._VocabularyListCategoricalColumn
            tf.python.feature_column.feature_column_v2.VocabularyListCategoricalColumn
        WeightedCategoricalColumn  tf.python.feature_column.feature_column._WeightedCategoricalColumn
            tf.python.feature_column.feature_column_v2.WeightedCategoricalColumn
    """,
    "millpond.feature_column.dense": """
        EmbeddingColumn  tf.python.feature_column.feature_column._EmbeddingColumn
            tf.python.feature_column.feature_column_v2.EmbeddingColumn
        IndicatorColumn  tf.python.feature_column.feature_column._IndicatorColumn
            tf.python.feature_column.feature_column_v2.IndicatorColumn
        SharedEmbeddingColumn  tf.python.feature_column.feature_column._SharedEmbeddingColumn
            tf.python.feature_column.feature_column_v2.SharedEmbeddingColumn
    """,
    "millpond.feature_column.layers": """
        InputLayer  tf.python.feature_column.feature_column.InputLayer
        OldLinearModel  tf.python.feature_column.feature_column._LinearModel
        is_feature_column_v2  tf.python.feature_column.feature_column_v2.is_feature_column_v2
        transform_features  tf.python.feature_column.feature_column._transform_features
            tf.python.feature_column.feature_column_v2._transform_features_v2
    """,
    "millpond.feature_column.numeric": """
        BucketizedColumn  tf.python.feature_column.feature_column._BucketizedColumn
            tf.python.feature_column.feature_column_v2.BucketizedColumn
        NumericColumn  tf.python.feature_column.feature_column._NumericColumn
            tf.python.feature_column.feature_column_v2.NumericColumn
    """,
    "millpond.feature_column.sequence_lengths": """
        SequenceCategoricalColumn  tf.python.feature_column.feature_column._SequenceCategoricalColumn
            tf.python.feature_column.feature_column_v2.SequenceCategoricalColumn
        sequence_length_from_sparse_tensor  tf.python.feature_column.utils.sequence_length_from_sparse_tensor
    """,
    "millpond.feature_column.sequences": """
        SequenceNumericColumn  tf.python.feature_column.sequence_feature_column.SequenceNumericColumn
        concatenate_context_input  tf.python.feature_column.sequence_feature_column.concatenate_context_input
    """,
    "millpond.feature_column.state_layers": """
        DenseFeatures  tf.python.feature_column.dense_features.DenseFeatures
            tf.python.feature_column.dense_features_v2.DenseFeatures
        LayerState  tf.python.feature_column.feature_column_v2._StateManagerImpl
        LinearModel  tf.python.feature_column.feature_column_v2.LinearModel
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
