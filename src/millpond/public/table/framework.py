"""Graphs, sessions, types, shapes, errors, gradients, messages: see the package's docstring for the form."""

NAMES = {
    "millpond.autodiff.custom_gradient": """
        custom_gradient    tf.custom_gradient
        grad_pass_through  tf.grad_pass_through
    """,
    "millpond.autodiff.gradients": """
        AggregationMethod     tf.AggregationMethod
        gradients             tf.gradients
        hessians              tf.hessians
        UnconnectedGradients  tf.UnconnectedGradients
    """,
    "millpond.autodiff.registry": """
        no_gradient       tf.NoGradient tf.NotDifferentiable tf.no_gradient
        RegisterGradient  tf.RegisterGradient
    """,
    "millpond.compat.modes": """
        disable_eager_execution              tf.disable_eager_execution
        disable_tensor_equality              tf.disable_tensor_equality
        disable_v2_tensorshape               tf.disable_v2_tensorshape
        enable_tensor_equality               tf.enable_tensor_equality
        enable_v2_tensorshape                tf.enable_v2_tensorshape
        disable_v2_behavior                  tf.disable_v2_behavior
        enable_eager_execution               tf.enable_eager_execution tf.contrib.eager.enable_eager_execution
        enable_v2_behavior                   tf.enable_v2_behavior
        executing_eagerly                    tf.executing_eagerly tf.contrib.eager.executing_eagerly
        executing_eagerly_outside_functions  tf.executing_eagerly_outside_functions
        get_logger                           tf.get_logger
    """,
    "millpond.compat.releases": """
        forward_compatibility_horizon  tf.compat.forward_compatibility_horizon
        forward_compatible             tf.compat.forward_compatible
    """,
    "millpond.compat.strings": """
        as_bytes             tf.compat.as_bytes
        as_str               tf.compat.as_str
        as_str_any           tf.compat.as_str_any
        as_text              tf.compat.as_text
        bytes_or_text_types  tf.compat.bytes_or_text_types
        complex_types        tf.compat.complex_types
        integral_types       tf.compat.integral_types
        path_to_str          tf.compat.path_to_str
        real_types           tf.compat.real_types
    """,
    "millpond.dimensions": """
        dimension_value  tf.compat.dimension_value tf.dimension_value
        Dimension  tf.Dimension
    """,
    "millpond.dtypes": """
        as_dtype          tf.as_dtype tf.dtypes.as_dtype
        bfloat16          tf.bfloat16 tf.dtypes.bfloat16
        bool              tf.bool tf.dtypes.bool
        complex128        tf.complex128 tf.dtypes.complex128
        complex64         tf.complex64 tf.dtypes.complex64
        double            tf.double tf.dtypes.double
        DType             tf.DType tf.dtypes.DType
        float16           tf.float16 tf.dtypes.float16
        float32           tf.float32 tf.dtypes.float32
        float64           tf.float64 tf.dtypes.float64
        half              tf.half tf.dtypes.half
        int16             tf.int16 tf.dtypes.int16
        int32             tf.int32 tf.dtypes.int32
        int64             tf.int64 tf.dtypes.int64
        int8              tf.int8 tf.dtypes.int8
        qint16            tf.qint16 tf.dtypes.qint16
        qint32            tf.qint32 tf.dtypes.qint32
        qint8             tf.qint8 tf.dtypes.qint8
        QUANTIZED_DTYPES  tf.QUANTIZED_DTYPES tf.dtypes.QUANTIZED_DTYPES
        quint16           tf.quint16 tf.dtypes.quint16
        quint8            tf.quint8 tf.dtypes.quint8
        resource          tf.resource tf.dtypes.resource
        string            tf.string tf.dtypes.string
        uint16            tf.uint16 tf.dtypes.uint16
        uint32            tf.uint32 tf.dtypes.uint32
        uint64            tf.uint64 tf.dtypes.uint64
        uint8             tf.uint8 tf.dtypes.uint8
        variant           tf.variant tf.dtypes.variant
    """,
    "millpond.errors": """
        ABORTED                         tf.errors.ABORTED
        AbortedError                    tf.errors.AbortedError
        ALREADY_EXISTS                  tf.errors.ALREADY_EXISTS
        AlreadyExistsError              tf.errors.AlreadyExistsError
        CANCELLED                       tf.errors.CANCELLED
        CancelledError                  tf.errors.CancelledError
        DATA_LOSS                       tf.errors.DATA_LOSS
        DataLossError                   tf.errors.DataLossError
        DEADLINE_EXCEEDED               tf.errors.DEADLINE_EXCEEDED
        DeadlineExceededError           tf.errors.DeadlineExceededError
        error_code_from_exception_type  tf.errors.error_code_from_exception_type
        exception_type_from_error_code  tf.errors.exception_type_from_error_code
        FAILED_PRECONDITION             tf.errors.FAILED_PRECONDITION
        FailedPreconditionError         tf.errors.FailedPreconditionError
        INTERNAL                        tf.errors.INTERNAL
        InternalError                   tf.errors.InternalError
        INVALID_ARGUMENT                tf.errors.INVALID_ARGUMENT
        InvalidArgumentError            tf.errors.InvalidArgumentError
        NOT_FOUND                       tf.errors.NOT_FOUND
        NotFoundError                   tf.errors.NotFoundError
        OK                              tf.errors.OK
        OpError                         tf.OpError tf.errors.OpError
        OUT_OF_RANGE                    tf.errors.OUT_OF_RANGE
        OutOfRangeError                 tf.errors.OutOfRangeError
        PERMISSION_DENIED               tf.errors.PERMISSION_DENIED
        PermissionDeniedError           tf.errors.PermissionDeniedError
        RESOURCE_EXHAUSTED              tf.errors.RESOURCE_EXHAUSTED
        ResourceExhaustedError          tf.errors.ResourceExhaustedError
        UNAUTHENTICATED                 tf.errors.UNAUTHENTICATED
        UnauthenticatedError            tf.errors.UnauthenticatedError
        UNAVAILABLE                     tf.errors.UNAVAILABLE
        UnavailableError                tf.errors.UnavailableError
        UNIMPLEMENTED                   tf.errors.UNIMPLEMENTED
        UnimplementedError              tf.errors.UnimplementedError
        UNKNOWN                         tf.errors.UNKNOWN
        UnknownError                    tf.errors.UnknownError
    """,
    "millpond.graph.collections": """
        GraphKeys  tf.GraphKeys
    """,
    "millpond.graph.composite": """
        convert_to_tensor_or_indexed_slices  tf.convert_to_tensor_or_indexed_slices
        convert_to_tensor_or_sparse_tensor   tf.convert_to_tensor_or_sparse_tensor
        IndexedSlices                        tf.IndexedSlices
        IndexedSlicesValue                   tf.IndexedSlicesValue
        SparseTensor                         tf.SparseTensor tf.sparse.SparseTensor
        SparseTensorValue                    tf.SparseTensorValue
    """,
    "millpond.graph.conversion": """
        convert_to_tensor                    tf.convert_to_tensor
        register_tensor_conversion_function  tf.register_tensor_conversion_function
    """,
    "millpond.graph.default": """
        add_to_collection     tf.add_to_collection
        add_to_collections    tf.add_to_collections
        colocate_with         tf.colocate_with
        container             tf.container
        control_dependencies  tf.control_dependencies
        device                tf.device
        get_collection        tf.get_collection
        get_collection_ref    tf.get_collection_ref
        is_tensor             tf.is_tensor
    """,
    "millpond.graph.devices": """
        DeviceSpec  tf.DeviceSpec
    """,
    "millpond.graph.graph": """
        Graph  tf.Graph
    """,
    "millpond.graph.importing": """
        import_graph_def  tf.import_graph_def tf.graph_util.import_graph_def
    """,
    "millpond.graph.operation": """
        Operation  tf.Operation
    """,
    "millpond.graph.rewriting": """
        extract_sub_graph                tf.graph_util.extract_sub_graph
        must_run_on_cpu                  tf.graph_util.must_run_on_cpu
        remove_training_nodes            tf.graph_util.remove_training_nodes
        tensor_shape_from_node_def_name  tf.graph_util.tensor_shape_from_node_def_name
    """,
    "millpond.graph.static_values": """
        constant_value  tf.get_static_value
    """,
    "millpond.graph.stacks": """
        default_graph        tf.get_default_graph
        default_session      tf.get_default_session
        reset_default_graph  tf.reset_default_graph
    """,
    "millpond.graph.tensor": """
        Tensor  tf.Tensor
    """,
    "millpond.session.fetches": """
        register_session_run_conversion_functions  tf.python.client.session.register_session_run_conversion_functions
    """,
    "millpond.session.session": """
        BaseSession         tf.python.client.session.BaseSession
        InteractiveSession  tf.InteractiveSession tf.python.client.session.InteractiveSession
        Session             tf.Session tf.python.client.session.Session
    """,
    "millpond.shapes": """
        broadcast_static_shape  tf.broadcast_static_shape
        dimension_at_index      tf.compat.dimension_at_index tf.dimension_at_index
        TensorShape             tf.TensorShape
    """,
    "tensorboard.compat.proto.attr_value_pb2": """
        AttrValue     tf.AttrValue
        NameAttrList  tf.NameAttrList
    """,
    "tensorboard.compat.proto.cluster_pb2": """
        ClusterDef  tf.train.ClusterDef
        JobDef      tf.train.JobDef
    """,
    "tensorboard.compat.proto.config_pb2": """
        ConfigProto       tf.ConfigProto
        GPUOptions        tf.GPUOptions
        GraphOptions      tf.GraphOptions
        OptimizerOptions  tf.OptimizerOptions
        RunMetadata       tf.RunMetadata
        RunOptions        tf.RunOptions
    """,
    "tensorboard.compat.proto.event_pb2": """
        Event              tf.Event tf.summary.Event
        LogMessage         tf.LogMessage
        SessionLog         tf.SessionLog tf.summary.SessionLog
        TaggedRunMetadata  tf.summary.TaggedRunMetadata
    """,
    "tensorboard.compat.proto.graph_pb2": """
        GraphDef  tf.GraphDef
    """,
    "tensorboard.compat.proto.meta_graph_pb2": """
        MetaGraphDef  tf.MetaGraphDef
        TensorInfo    tf.TensorInfo
    """,
    "tensorboard.compat.proto.node_def_pb2": """
        NodeDef  tf.NodeDef
    """,
    "tensorboard.compat.proto.saver_pb2": """
        SaverDef  tf.train.SaverDef
    """,
    "tensorboard.compat.proto.summary_pb2": """
        HistogramProto      tf.HistogramProto
        Summary             tf.Summary tf.summary.Summary
        SummaryDescription  tf.summary.SummaryDescription
        SummaryMetadata     tf.SummaryMetadata
    """,
}
