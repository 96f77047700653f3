"""Variables, scopes, initializers, and the operations on variables: see the package's docstring for the form."""

NAMES = {
    "millpond.ops.state.assign": """
        assign                   tf.assign
        assign_add               tf.assign_add
        assign_sub               tf.assign_sub
        count_up_to              tf.count_up_to
        is_variable_initialized  tf.is_variable_initialized
    """,
    "millpond.ops.state.session_tensors": """
        delete_session_tensor  tf.delete_session_tensor
        get_session_handle     tf.get_session_handle
        get_session_tensor     tf.get_session_tensor
    """,
    "millpond.ops.state.state_scatter": """
        batch_scatter_update  tf.batch_scatter_update
        scatter_add           tf.scatter_add
        scatter_div           tf.scatter_div
        scatter_max           tf.scatter_max
        scatter_min           tf.scatter_min
        scatter_mul           tf.scatter_mul
        scatter_nd_add        tf.scatter_nd_add
        scatter_nd_sub        tf.scatter_nd_sub
        scatter_nd_update     tf.scatter_nd_update
        scatter_sub           tf.scatter_sub
        scatter_update        tf.scatter_update
    """,
    "millpond.variables.collections": """
        all_variables                   tf.all_variables
        assert_variables_initialized    tf.assert_variables_initialized
        global_variables                tf.global_variables
        global_variables_initializer    tf.global_variables_initializer tf.initializers.global_variables
        initialize_all_tables           tf.initialize_all_tables
        initialize_all_variables        tf.initialize_all_variables
        initialize_local_variables      tf.initialize_local_variables
        initialize_variables            tf.initialize_variables
        local_variables                 tf.local_variables
        local_variables_initializer     tf.local_variables_initializer tf.initializers.local_variables
        model_variables                 tf.model_variables
        moving_average_variables        tf.moving_average_variables
        report_uninitialized_variables  tf.report_uninitialized_variables
        tables_initializer              tf.tables_initializer tf.initializers.tables_initializer
        trainable_variables             tf.trainable_variables
        variables_initializer           tf.variables_initializer tf.initializers.variables
    """,
    "millpond.variables.creation": """
        disable_resource_variables  tf.disable_resource_variables
        enable_resource_variables   tf.enable_resource_variables
        resource_variables_enabled  tf.resource_variables_enabled
        variable_creator_scope      tf.variable_creator_scope
        VariableAggregation         tf.VariableAggregation
        VariableSynchronization     tf.VariableSynchronization
    """,
    "millpond.variables.initializers": """
        Constant            tf.constant_initializer tf.initializers.constant
        GlorotNormal        tf.glorot_normal_initializer tf.initializers.glorot_normal
        GlorotUniform       tf.glorot_uniform_initializer tf.initializers.glorot_uniform
        he_normal           tf.initializers.he_normal
        he_uniform          tf.initializers.he_uniform
        Identity            tf.initializers.identity
        lecun_normal        tf.initializers.lecun_normal
        lecun_uniform       tf.initializers.lecun_uniform
        Ones                tf.ones_initializer tf.initializers.ones
        Orthogonal          tf.orthogonal_initializer tf.initializers.orthogonal
        RandomNormal        tf.random_normal_initializer tf.initializers.random_normal
        RandomUniform       tf.random_uniform_initializer tf.initializers.random_uniform
        TruncatedNormal     tf.truncated_normal_initializer tf.initializers.truncated_normal
        UniformUnitScaling  tf.uniform_unit_scaling_initializer tf.initializers.uniform_unit_scaling
        VarianceScaling     tf.variance_scaling_initializer tf.initializers.variance_scaling
        Zeros               tf.zeros_initializer tf.initializers.zeros
    """,
    "millpond.variables.partitioning": """
        fixed_size_partitioner          tf.fixed_size_partitioner
        min_max_variable_partitioner    tf.min_max_variable_partitioner
        variable_axis_size_partitioner  tf.variable_axis_size_partitioner
    """,
    "millpond.variables.scope": """
        AUTO_REUSE                    tf.AUTO_REUSE
        create_partitioned_variables  tf.create_partitioned_variables
        get_local_variable            tf.get_local_variable
        get_variable                  tf.get_variable
        get_variable_scope            tf.get_variable_scope
        no_regularizer                tf.no_regularizer
        variable_op_scope             tf.variable_op_scope
        variable_scope                tf.variable_scope
        VariableScope                 tf.VariableScope
    """,
    "millpond.variables.template": """
        make_template  tf.make_template
    """,
    "millpond.variables.variable": """
        Variable  tf.Variable tf.VariableV1
    """,
}
