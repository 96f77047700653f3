"""Arrays, random numbers, strings, assertions, files in graphs: see the package's docstring for the form."""

NAMES = {
    "millpond.ops.array.constant": """
        constant           tf.constant
        make_ndarray       tf.make_ndarray
        make_tensor_proto  tf.make_tensor_proto
    """,
    "millpond.ops.array.fill": """
        eye         tf.eye tf.linalg.eye
        fill        tf.fill
        linspace    tf.lin_space tf.linspace
        meshgrid    tf.meshgrid
        ones        tf.ones
        ones_like   tf.ones_like
        range_      tf.range
        zeros       tf.zeros
        zeros_like  tf.zeros_like
    """,
    "millpond.ops.array.gather": """
        batch_gather  tf.batch_gather
        gather        tf.gather
        gather_nd     tf.gather_nd tf.manip.gather_nd
        one_hot       tf.one_hot
    """,
    "millpond.ops.array.identity": """
        group                     tf.group tf.python.ops.control_flow_ops.group
        identity                  tf.identity
        identity_n                tf.identity_n
        no_op                     tf.no_op tf.python.ops.control_flow_ops.no_op
        placeholder               tf.placeholder
        placeholder_with_default  tf.placeholder_with_default
        stop_gradient             tf.stop_gradient
        tuple_                    tf.tuple tf.python.ops.control_flow_ops.tuple
        with_dependencies         tf.python.ops.control_flow_ops.with_dependencies
    """,
    "millpond.ops.array.indexing": """
        boolean_mask  tf.boolean_mask
        newaxis       tf.newaxis
    """,
    "millpond.ops.array.join": """
        concat          tf.concat tf.concat_v2
        parallel_stack  tf.parallel_stack
        split           tf.split
        stack           tf.pack tf.stack
        unstack         tf.unpack tf.unstack
    """,
    "millpond.ops.array.pad": """
        pad   tf.pad
        tile  tf.tile tf.manip.tile
    """,
    "millpond.ops.array.partitions": """
        dynamic_partition   tf.dynamic_partition
        dynamic_stitch      tf.dynamic_stitch
        is_numeric_tensor   tf.is_numeric_tensor tf.debugging.is_numeric_tensor
        setdiff1d           tf.setdiff1d tf.listdiff
        unique              tf.unique
        unique_with_counts  tf.unique_with_counts
        unravel_index       tf.unravel_index
    """,
    "millpond.ops.array.scatter": """
        scatter_nd             tf.scatter_nd tf.manip.scatter_nd
        tensor_scatter_add     tf.tensor_scatter_add tf.tensor_scatter_nd_add
        tensor_scatter_max     tf.tensor_scatter_max tf.tensor_scatter_nd_max
        tensor_scatter_min     tf.tensor_scatter_min tf.tensor_scatter_nd_min
        tensor_scatter_sub     tf.tensor_scatter_nd_sub tf.tensor_scatter_sub
        tensor_scatter_update  tf.tensor_scatter_nd_update tf.tensor_scatter_update
    """,
    "millpond.ops.array.shape": """
        broadcast_dynamic_shape  tf.broadcast_dynamic_shape
        broadcast_to             tf.broadcast_to
        ensure_shape             tf.ensure_shape
        expand_dims              tf.expand_dims
        guarantee_const          tf.guarantee_const
        rank                     tf.rank
        reshape                  tf.reshape tf.manip.reshape
        shape                    tf.shape
        shape_n                  tf.shape_n
        size                     tf.size
        squeeze                  tf.squeeze
    """,
    "millpond.ops.array.slicing": """
        slice_         tf.slice
        strided_slice  tf.strided_slice
    """,
    "millpond.ops.array.space_to_batch": """
        batch_to_space                    tf.batch_to_space tf.nn.batch_to_space
        batch_to_space_nd                 tf.batch_to_space_nd tf.manip.batch_to_space_nd
        depth_to_space                    tf.depth_to_space tf.nn.depth_to_space
        required_space_to_batch_paddings  tf.required_space_to_batch_paddings
        space_to_batch                    tf.space_to_batch tf.nn.space_to_batch
        space_to_batch_nd                 tf.space_to_batch_nd tf.manip.space_to_batch_nd
        space_to_depth                    tf.space_to_depth tf.nn.space_to_depth
    """,
    "millpond.ops.array.transpose": """
        invert_permutation  tf.invert_permutation tf.math.invert_permutation
        matrix_transpose    tf.matrix_transpose tf.linalg.matrix_transpose tf.linalg.transpose tf.batch_matrix_transpose
        transpose           tf.transpose
    """,
    "millpond.ops.control.cond": """
        case         tf.case tf.python.ops.control_flow_ops.case
        cond         tf.cond tf.python.ops.control_flow_ops.cond
        switch_case  tf.switch_case tf.python.ops.control_flow_ops.switch_case
    """,
    "millpond.ops.control.defun": """
        Defun  tf.python.framework.function.Defun
    """,
    "millpond.ops.control.functional": """
        foldl   tf.foldl tf.python.ops.functional_ops.foldl
        foldr   tf.foldr tf.python.ops.functional_ops.foldr
        map_fn  tf.map_fn tf.python.ops.functional_ops.map_fn
        scan    tf.scan tf.python.ops.functional_ops.scan
    """,
    "millpond.ops.control.tensor_array": """
        TensorArray  tf.TensorArray tf.python.ops.tensor_array_ops.TensorArray
    """,
    "millpond.ops.control.while_loop": """
        while_loop  tf.while_loop tf.python.ops.control_flow_ops.while_loop
    """,
    "millpond.ops.host.assertions": """
        Assert                    tf.Assert tf.debugging.Assert
        assert_equal              tf.assert_equal tf.debugging.assert_equal
        assert_greater            tf.assert_greater tf.debugging.assert_greater
        assert_greater_equal      tf.assert_greater_equal tf.debugging.assert_greater_equal
        assert_less               tf.assert_less tf.debugging.assert_less
        assert_less_equal         tf.assert_less_equal tf.debugging.assert_less_equal
        assert_negative           tf.assert_negative tf.debugging.assert_negative
        assert_non_negative       tf.assert_non_negative tf.debugging.assert_non_negative
        assert_non_positive       tf.assert_non_positive tf.debugging.assert_non_positive
        assert_none_equal         tf.assert_none_equal tf.debugging.assert_none_equal
        assert_positive           tf.assert_positive tf.debugging.assert_positive
        assert_rank               tf.assert_rank tf.debugging.assert_rank
        assert_rank_at_least      tf.assert_rank_at_least tf.debugging.assert_rank_at_least
        assert_type               tf.assert_type tf.debugging.assert_type
        check_numerics            tf.check_numerics tf.debugging.check_numerics
        verify_tensor_all_finite  tf.verify_tensor_all_finite tf.debugging.assert_all_finite
    """,
    "millpond.ops.host.closeness_checks": """
        add_check_numerics_ops  tf.add_check_numerics_ops
        assert_near             tf.assert_near tf.debugging.assert_near
    """,
    "millpond.ops.host.static_checks": """
        assert_integer           tf.assert_integer tf.debugging.assert_integer
        assert_proper_iterable   tf.assert_proper_iterable tf.debugging.assert_proper_iterable
        assert_rank_in           tf.assert_rank_in tf.debugging.assert_rank_in
        assert_same_float_dtype  tf.assert_same_float_dtype tf.debugging.assert_same_float_dtype
        assert_scalar            tf.assert_scalar tf.debugging.assert_scalar
    """,
    "millpond.ops.host.formatting": """
        print_v2  tf.print
    """,
    "millpond.ops.host.printing": """
        Print  tf.Print
    """,
    "millpond.ops.host.py_func": """
        py_func  tf.numpy_function tf.py_func
    """,
    "millpond.ops.io.io_ops": """
        matching_files  tf.matching_files tf.io.matching_files
        read_file       tf.read_file tf.io.read_file
        write_file      tf.write_file tf.io.write_file
    """,
    "millpond.ops.random.random_ops": """
        random_crop       tf.random_crop tf.random.random_crop
        random_normal     tf.random_normal tf.random.normal
        random_shuffle    tf.random_shuffle tf.random.shuffle
        random_uniform    tf.random_uniform tf.random.uniform
        truncated_normal  tf.truncated_normal tf.random.truncated_normal
    """,
    "millpond.ops.random.random_samples": """
        categorical     tf.random.categorical
        multinomial     tf.multinomial tf.random.multinomial
        random_gamma    tf.random_gamma tf.random.gamma
        random_poisson  tf.random_poisson tf.random.poisson
    """,
    "millpond.ops.random.random_seed": """
        get_seed         tf.get_seed tf.random.get_seed
        set_random_seed  tf.set_random_seed tf.random.set_random_seed
    """,
    "millpond.ops.random.stateless_random": """
        stateless_categorical       tf.random.stateless_categorical
        stateless_multinomial       tf.random.stateless_multinomial
        stateless_random_normal     tf.random.stateless_normal
        stateless_random_uniform    tf.random.stateless_uniform
        stateless_truncated_normal  tf.random.stateless_truncated_normal
    """,
    "millpond.ops.scoping": """
        init_scope  tf.init_scope
        name_scope  tf.name_scope
        op_scope    tf.op_scope
    """,
    "millpond.ops.strings.string_join": """
        reduce_join  tf.reduce_join tf.strings.reduce_join
        string_join  tf.string_join tf.strings.join
    """,
}
