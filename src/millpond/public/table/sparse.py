"""Sparse tensors, and strings as numbers: see the package's docstring for the form."""

NAMES = {
    "millpond.ops.lookup.initializers": """
        KeyValueTensorInitializer       tf.lookup.KeyValueTensorInitializer tf.contrib.lookup.KeyValueTensorInitializer
        TableInitializer                tf.contrib.lookup.TableInitializerBase
        TextFileIdTableInitializer      tf.contrib.lookup.TextFileIdTableInitializer
        TextFileIndex                   tf.lookup.TextFileIndex tf.contrib.lookup.TextFileIndex
        TextFileInitializer             tf.lookup.TextFileInitializer tf.contrib.lookup.TextFileInitializer
        TextFileStringTableInitializer  tf.contrib.lookup.TextFileStringTableInitializer
    """,
    "millpond.ops.lookup.lookup_tables": """
        FastHashSpec                       tf.contrib.lookup.FastHashSpec
        HashTable                          tf.contrib.lookup.HashTable
        HasherSpec                         tf.contrib.lookup.HasherSpec
        IdTableWithHashBuckets             tf.contrib.lookup.IdTableWithHashBuckets
        LookupInterface                    tf.contrib.lookup.LookupInterface
        MutableHashTable                   tf.contrib.lookup.MutableHashTable
        StaticHashTable                    tf.lookup.StaticHashTable
        StaticVocabularyTable              tf.lookup.StaticVocabularyTable
        StrongHashSpec                     tf.contrib.lookup.StrongHashSpec
        index_table_from_file              tf.contrib.lookup.index_table_from_file
        index_table_from_tensor            tf.contrib.lookup.index_table_from_tensor
        index_to_string_table_from_file    tf.contrib.lookup.index_to_string_table_from_file
        index_to_string_table_from_tensor  tf.contrib.lookup.index_to_string_table_from_tensor
    """,
    "millpond.ops.io.example_features": """
        FixedLenFeature          tf.FixedLenFeature tf.io.FixedLenFeature
        FixedLenSequenceFeature  tf.FixedLenSequenceFeature tf.io.FixedLenSequenceFeature
        SparseFeature            tf.SparseFeature tf.io.SparseFeature
        VarLenFeature            tf.VarLenFeature tf.io.VarLenFeature
    """,
    "millpond.ops.io.parse_examples": """
        parse_example         tf.parse_example tf.io.parse_example
        parse_single_example  tf.parse_single_example tf.io.parse_single_example
    """,
    "millpond.ops.sparse.arrangement": """
        from_dense           tf.sparse.from_dense
        sparse_expand_dims   tf.sparse.expand_dims
        sparse_eye           tf.sparse.eye
        sparse_mask          tf.sparse.mask tf.sparse_mask
        sparse_placeholder   tf.sparse.placeholder tf.sparse_placeholder
        sparse_reset_shape   tf.sparse.reset_shape tf.sparse_reset_shape
        sparse_retain        tf.sparse.retain tf.sparse_retain
        sparse_to_indicator  tf.sparse.to_indicator tf.sparse_to_indicator
        sparse_transpose     tf.sparse.transpose tf.sparse_transpose
    """,
    "millpond.ops.sparse.cross": """
        sparse_cross         tf.sparse.cross
        sparse_cross_hashed  tf.sparse.cross_hashed
    """,
    "millpond.ops.sparse.dense": """
        sparse_tensor_dense_matmul  tf.sparse.matmul tf.sparse.sparse_dense_matmul tf.sparse_tensor_dense_matmul
        sparse_tensor_to_dense      tf.sparse.to_dense tf.sparse_tensor_to_dense
        sparse_to_dense             tf.sparse_to_dense
    """,
    "millpond.ops.sparse.merging": """
        sparse_merge  tf.sparse.merge tf.sparse_merge
    """,
    "millpond.ops.sparse.places": """
        sparse_concat           tf.sparse.concat tf.sparse_concat
        sparse_fill_empty_rows  tf.sparse.fill_empty_rows tf.sparse_fill_empty_rows
        sparse_reorder          tf.sparse.reorder tf.sparse_reorder
        sparse_reshape          tf.sparse.reshape tf.sparse_reshape
        sparse_slice            tf.sparse.slice tf.sparse_slice
    """,
    "millpond.ops.strings.as_string": """
        as_string  tf.as_string tf.dtypes.as_string tf.strings.as_string
    """,
    "millpond.ops.strings.string_hashing": """
        fingerprint                   tf.fingerprint
        string_to_hash_bucket         tf.string_to_hash_bucket tf.strings.to_hash_bucket
        string_to_hash_bucket_fast    tf.string_to_hash_bucket_fast tf.strings.to_hash_bucket_fast
        string_to_hash_bucket_strong  tf.string_to_hash_bucket_strong tf.strings.to_hash_bucket_strong
    """,
    "millpond.ops.sparse.arithmetic": """
        sparse_add      tf.sparse.add tf.sparse_add
        sparse_maximum  tf.sparse.maximum tf.sparse_maximum
        sparse_minimum  tf.sparse.minimum tf.sparse_minimum
    """,
    "millpond.ops.sparse.reduction": """
        sparse_reduce_max         tf.sparse.reduce_max tf.sparse_reduce_max
        sparse_reduce_max_sparse  tf.sparse.reduce_max_sparse tf.sparse_reduce_max_sparse
        sparse_reduce_sum         tf.sparse.reduce_sum tf.sparse_reduce_sum
        sparse_reduce_sum_sparse  tf.sparse.reduce_sum_sparse tf.sparse_reduce_sum_sparse
        sparse_softmax            tf.sparse.softmax tf.sparse_softmax
    """,
    "millpond.ops.sparse.edit_distance": """
        edit_distance  tf.edit_distance
    """,
    "millpond.ops.sparse.serialization": """
        deserialize_many_sparse  tf.deserialize_many_sparse tf.io.deserialize_many_sparse
        serialize_many_sparse    tf.serialize_many_sparse tf.io.serialize_many_sparse
        serialize_sparse         tf.serialize_sparse tf.io.serialize_sparse
    """,
    "millpond.ops.sparse.splitting": """
        sparse_split  tf.sparse.split tf.sparse_split
    """,
}
