"""Names of other releases than 1.15, and what is told of a module more easily by hand."""

NAMES = {
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
    # Before 1.15.
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
