"""Metrics and feature columns: see the package's docstring for the form."""

NAMES = {
    "millpond.feature_column.categorical": """
        categorical_column_with_hash_bucket      tf.feature_column.categorical_column_with_hash_bucket
        categorical_column_with_identity         tf.feature_column.categorical_column_with_identity
        categorical_column_with_vocabulary_file  tf.feature_column.categorical_column_with_vocabulary_file
        categorical_column_with_vocabulary_list  tf.feature_column.categorical_column_with_vocabulary_list
        crossed_column                           tf.feature_column.crossed_column
        weighted_categorical_column              tf.feature_column.weighted_categorical_column
    """,
    "millpond.feature_column.dense": """
        embedding_column          tf.feature_column.embedding_column
        indicator_column          tf.feature_column.indicator_column
        shared_embedding_columns  tf.feature_column.shared_embedding_columns
    """,
    "millpond.feature_column.layers": """
        input_layer              tf.feature_column.input_layer
        linear_model             tf.feature_column.linear_model
        make_parse_example_spec  tf.feature_column.make_parse_example_spec
    """,
    "millpond.feature_column.numeric": """
        bucketized_column  tf.feature_column.bucketized_column
        numeric_column     tf.feature_column.numeric_column
    """,
    "millpond.feature_column.sequences": """
        concatenate_context_input  tf.contrib.feature_column.concatenate_context_input
        sequence_categorical_column_with_hash_bucket
            tf.feature_column.sequence_categorical_column_with_hash_bucket
            tf.contrib.feature_column.sequence_categorical_column_with_hash_bucket
        sequence_categorical_column_with_identity
            tf.feature_column.sequence_categorical_column_with_identity
            tf.contrib.feature_column.sequence_categorical_column_with_identity
        sequence_categorical_column_with_vocabulary_file
            tf.feature_column.sequence_categorical_column_with_vocabulary_file
            tf.contrib.feature_column.sequence_categorical_column_with_vocabulary_file
        sequence_categorical_column_with_vocabulary_list
            tf.feature_column.sequence_categorical_column_with_vocabulary_list
            tf.contrib.feature_column.sequence_categorical_column_with_vocabulary_list
        sequence_input_layer     tf.contrib.feature_column.sequence_input_layer
        sequence_numeric_column  tf.feature_column.sequence_numeric_column
                                 tf.contrib.feature_column.sequence_numeric_column
    """,
    "millpond.metrics.averages": """
        accuracy                 tf.metrics.accuracy
        mean                     tf.metrics.mean
        mean_absolute_error      tf.metrics.mean_absolute_error
        mean_cosine_distance     tf.metrics.mean_cosine_distance
        mean_relative_error      tf.metrics.mean_relative_error
        mean_squared_error       tf.metrics.mean_squared_error
        mean_tensor              tf.metrics.mean_tensor
        percentage_below         tf.metrics.percentage_below
        root_mean_squared_error  tf.metrics.root_mean_squared_error
    """,
    "millpond.metrics.classes": """
        mean_iou                 tf.metrics.mean_iou
        mean_per_class_accuracy  tf.metrics.mean_per_class_accuracy
    """,
    "millpond.metrics.counts": """
        false_negatives  tf.metrics.false_negatives
        false_positives  tf.metrics.false_positives
        precision        tf.metrics.precision
        recall           tf.metrics.recall
        true_negatives   tf.metrics.true_negatives
        true_positives   tf.metrics.true_positives
    """,
    "millpond.metrics.curves": """
        auc                         tf.metrics.auc
        sensitivity_at_specificity  tf.metrics.sensitivity_at_specificity
        specificity_at_sensitivity  tf.metrics.specificity_at_sensitivity
    """,
    "millpond.metrics.ranking": """
        average_precision_at_k         tf.metrics.average_precision_at_k
        precision_at_k                 tf.metrics.precision_at_k
        precision_at_top_k             tf.metrics.precision_at_top_k
        recall_at_k                    tf.metrics.recall_at_k
        recall_at_top_k                tf.metrics.recall_at_top_k
        sparse_average_precision_at_k  tf.metrics.sparse_average_precision_at_k
        sparse_precision_at_k          tf.metrics.sparse_precision_at_k
    """,
    "millpond.metrics.thresholds": """
        false_negatives_at_thresholds  tf.metrics.false_negatives_at_thresholds
        false_positives_at_thresholds  tf.metrics.false_positives_at_thresholds
        precision_at_thresholds        tf.metrics.precision_at_thresholds
        recall_at_thresholds           tf.metrics.recall_at_thresholds
        true_negatives_at_thresholds   tf.metrics.true_negatives_at_thresholds
        true_positives_at_thresholds   tf.metrics.true_positives_at_thresholds
    """,
    "millpond.ops.sparse.sets": """
        set_difference    tf.sets.difference tf.sets.set_difference
        set_intersection  tf.sets.intersection tf.sets.set_intersection
        set_size          tf.sets.size tf.sets.set_size
        set_union         tf.sets.union tf.sets.set_union
    """,
}
