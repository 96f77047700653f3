"""Names of other releases than 1.15, and what is told of a module more easily by hand."""

# The modules whose functions TensorFlow generates, one for each op type.
_GENERATED = """
    array audio batch bitwise candidate_sampling checkpoint clustering collective control_flow ctc cudnn_rnn data_flow
    dataset functional image io linalg list logging lookup manip math nccl nn parsing random ragged_array
    ragged_conversion ragged_math resource_variable script sdca sendrecv set sparse spectral state stateless_random
    string summary user
"""

NAMES = {
    **{f"tf.python.ops.gen_{family}_ops": "*millpond.compat.inside.generated" for family in _GENERATED.split()},
    "tf.python.training.gen_training_ops": "*millpond.compat.inside.generated",
    "tf.python.training.training_ops": "*tf.python.training.gen_training_ops",
    # Recurrent networks lay here before release 0.8.
    "tf.models.rnn.linear": """
        tf.nn.rnn_cell: linear
    """,
    "tf.models.rnn.rnn": """
        tf.nn: bidirectional_rnn dynamic_rnn rnn state_saving_rnn
    """,
    "tf.models.rnn.rnn_cell": """
        *tf.nn.rnn_cell
    """,
    "tf.models.rnn.seq2seq": """
        *tf.nn.seq2seq
    """,
    # TensorFlow 2 moved these; programs that know several releases import them from there.
    "tf.python.framework.tensor": """
        tf: Tensor
    """,
    "tf.python.ops.ref_variable": """
        tf: Variable=VariableV1 VariableV1
    """,
    "tf.python.ops.variable_v1": """
        tf: VariableV1
    """,
    "tf.compat.v2.compat": """
        *tf.compat
        tf.compat: v1 v2
    """,
    # Where other names stood that are public, or those of another module.
    "tf.python.data.util.nest": "*tf.nest *tf.contrib.framework.nest",
    "tf.python.eager.context": """
        tf: executing_eagerly
    """,
    "tf.python.framework.common_shapes": """
        tf: broadcast_shape=broadcast_static_shape
    """,
    "tf.python.framework.device": """
        tf: DeviceSpec
    """,
    "tf.python.framework.dtypes": "*millpond.dtypes",
    "tf.python.framework.ops": """
        tf: convert_to_tensor_or_indexed_slices executing_eagerly_outside_functions
    """,
    "tf.python.ops.data_flow_ops": """
        tf.contrib.staging: StagingArea
    """,
    "tf.python.ops.lookup_ops": """
        tf.contrib.lookup: HashTable index_table_from_file index_table_from_tensor index_to_string_table_from_file
          index_to_string_table_from_tensor KeyValueTensorInitializer TextFileInitializer
    """,
    "tf.python.platform.test": """
        tf.test: mock
    """,
    "tf.python.util.compat_internal": """
        tf.compat: path_to_str
    """,
    "tf.python.util.nest": "*tf.contrib.framework.nest",
    # Before 1.15.
    "tf.contrib.rnn.python.ops.core_rnn": """
        tf.nn: static_bidirectional_rnn static_rnn static_state_saving_rnn
    """,
    "tf.python.framework.graph_util": """
        tf: import_graph_def
    """,
    "tf.python.ops.linalg_ops": """
        *tf.linalg
    """,
    "tf.python.platform.gfile": """
        tf.gfile: Open
    """,
    "tf.python.platform.flags": """
        *tf.flags
    """,
    "tf.python.platform.googletest": """
        tf.test: GetTempDir=get_temp_dir main TestCase test_src_dir_path
    """,
    "tf.python.platform.logging": """
        *tf.logging
    """,
    "tf.python.training.training": """
        *tf.train
    """,
    "tf.python.util.tf_inspect": "*inspect",
}
