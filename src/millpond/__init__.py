"""Millpond: the programming model of TensorFlow 1 on XLA.

`import millpond as tf` runs programs written for TensorFlow 1. Every public name is listed here, by the module that
it comes from.
"""

from tensorboard.compat.proto.config_pb2 import (
    ConfigProto,
    GPUOptions,
    GraphOptions,
    OptimizerOptions,
    RunMetadata,
    RunOptions,
)
from tensorboard.compat.proto.event_pb2 import Event, LogMessage, SessionLog
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.meta_graph_pb2 import MetaGraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata

from millpond import errors, losses, nn, saved_model, summary, train
from millpond.autodiff.custom_gradient import custom_gradient, grad_pass_through
from millpond.autodiff.gradients import AggregationMethod, UnconnectedGradients, gradients, hessians
from millpond.autodiff.registry import RegisterGradient
from millpond.autodiff.registry import no_gradient as NoGradient
from millpond.autodiff.registry import no_gradient as NotDifferentiable
from millpond.compat.pre_one import (
    audio_summary,
    histogram_summary,
    image_summary,
    merge_all_summaries,
    merge_summary,
    scalar_summary,
)
from millpond.dimensions import Dimension
from millpond.dtypes import (
    QUANTIZED_DTYPES,
    DType,
    as_dtype,
    bfloat16,
    bool,
    complex64,
    complex128,
    double,
    float16,
    float32,
    float64,
    half,
    int8,
    int16,
    int32,
    int64,
    qint8,
    qint16,
    qint32,
    quint8,
    quint16,
    resource,
    string,
    uint8,
    uint16,
    uint32,
    uint64,
    variant,
)
from millpond.errors import OpError
from millpond.graph import building as _building
from millpond.graph.collections import GraphKeys
from millpond.graph.composite import (
    IndexedSlices,
    IndexedSlicesValue,
    SparseTensor,
    SparseTensorValue,
    convert_to_tensor_or_indexed_slices,
    convert_to_tensor_or_sparse_tensor,
)
from millpond.graph.conversion import convert_to_tensor, register_tensor_conversion_function
from millpond.graph.default import (
    add_to_collection,
    add_to_collections,
    colocate_with,
    container,
    control_dependencies,
    device,
    get_collection,
    get_collection_ref,
    is_tensor,
)
from millpond.graph.devices import DeviceSpec
from millpond.graph.graph import Graph
from millpond.graph.importing import import_graph_def
from millpond.graph.operation import Operation
from millpond.graph.stacks import default_graph as get_default_graph
from millpond.graph.stacks import default_session as get_default_session
from millpond.graph.stacks import reset_default_graph
from millpond.graph.tensor import Tensor
from millpond.namespaces import (
    app,
    bitwise,
    flags,
    gfile,
    graph_util,
    initializers,
    io,
    linalg,
    logging,
    math,
    python_io,
    random,
    test,
)
from millpond.ops import operators as _operators  # the operators of Tensor
from millpond.ops import superseded as _superseded  # op types that only graphs of earlier releases have
from millpond.ops.array.constant import constant, make_ndarray, make_tensor_proto
from millpond.ops.array.fill import eye, fill, linspace, meshgrid, ones, ones_like, zeros, zeros_like
from millpond.ops.array.fill import linspace as lin_space
from millpond.ops.array.fill import range_ as range
from millpond.ops.array.gather import batch_gather, gather, gather_nd, one_hot
from millpond.ops.array.identity import (
    group,
    identity,
    identity_n,
    no_op,
    placeholder,
    placeholder_with_default,
    stop_gradient,
)
from millpond.ops.array.identity import tuple_ as tuple
from millpond.ops.array.indexing import boolean_mask, newaxis
from millpond.ops.array.join import concat, parallel_stack, split, stack, unstack
from millpond.ops.array.join import stack as pack
from millpond.ops.array.join import unstack as unpack
from millpond.ops.array.pad import pad, tile
from millpond.ops.array.partitions import (
    dynamic_partition,
    dynamic_stitch,
    is_numeric_tensor,
    setdiff1d,
    unique,
    unique_with_counts,
    unravel_index,
)
from millpond.ops.array.scatter import (
    scatter_nd,
    tensor_scatter_add,
    tensor_scatter_max,
    tensor_scatter_min,
    tensor_scatter_sub,
    tensor_scatter_update,
)
from millpond.ops.array.scatter import tensor_scatter_add as tensor_scatter_nd_add
from millpond.ops.array.scatter import tensor_scatter_max as tensor_scatter_nd_max
from millpond.ops.array.scatter import tensor_scatter_min as tensor_scatter_nd_min
from millpond.ops.array.scatter import tensor_scatter_sub as tensor_scatter_nd_sub
from millpond.ops.array.scatter import tensor_scatter_update as tensor_scatter_nd_update
from millpond.ops.array.shape import (
    broadcast_dynamic_shape,
    broadcast_to,
    ensure_shape,
    expand_dims,
    guarantee_const,
    invert_permutation,
    matrix_transpose,
    rank,
    reshape,
    shape,
    shape_n,
    size,
    squeeze,
    transpose,
)
from millpond.ops.array.slicing import slice_ as slice
from millpond.ops.array.slicing import strided_slice
from millpond.ops.array.space_to_batch import (
    batch_to_space,
    batch_to_space_nd,
    depth_to_space,
    required_space_to_batch_paddings,
    space_to_batch,
    space_to_batch_nd,
    space_to_depth,
)
from millpond.ops.host.assertions import (
    Assert,
    Print,
    assert_equal,
    assert_greater,
    assert_greater_equal,
    assert_less,
    assert_less_equal,
    assert_negative,
    assert_non_negative,
    assert_non_positive,
    assert_none_equal,
    assert_positive,
    assert_rank,
    assert_rank_at_least,
    assert_type,
    check_numerics,
    verify_tensor_all_finite,
)
from millpond.ops.host.py_func import py_func
from millpond.ops.host.py_func import py_func as numpy_function
from millpond.ops.io.io_ops import matching_files, read_file, write_file
from millpond.ops.linalg.contraction import einsum, tensordot
from millpond.ops.linalg.decompositions import matrix_square_root, qr, self_adjoint_eig, self_adjoint_eigvals, svd
from millpond.ops.linalg.decompositions import self_adjoint_eig as batch_self_adjoint_eig
from millpond.ops.linalg.decompositions import svd as batch_svd
from millpond.ops.linalg.linear_solve import (
    cholesky,
    cholesky_solve,
    matrix_determinant,
    matrix_inverse,
    matrix_solve,
    matrix_solve_ls,
    matrix_triangular_solve,
)
from millpond.ops.linalg.linear_solve import cholesky as batch_cholesky
from millpond.ops.linalg.linear_solve import cholesky_solve as batch_cholesky_solve
from millpond.ops.linalg.linear_solve import matrix_determinant as batch_matrix_determinant
from millpond.ops.linalg.linear_solve import matrix_inverse as batch_matrix_inverse
from millpond.ops.linalg.linear_solve import matrix_solve as batch_matrix_solve
from millpond.ops.linalg.linear_solve import matrix_solve_ls as batch_matrix_solve_ls
from millpond.ops.linalg.linear_solve import matrix_triangular_solve as batch_matrix_triangular_solve
from millpond.ops.linalg.matrix import batch_matmul, matmul, sparse_matmul
from millpond.ops.linalg.matrix_functions import cross, trace
from millpond.ops.linalg.matrix_parts import (
    diag,
    diag_part,
    matrix_band_part,
    matrix_diag,
    matrix_diag_part,
    matrix_set_diag,
)
from millpond.ops.linalg.norms import norm
from millpond.ops.math.arg_extremes import arg_max, arg_min, argmax, argmin
from millpond.ops.math.arithmetic import (
    accumulate_n,
    add,
    add_n,
    atan2,
    maximum,
    minimum,
    multiply,
    pow,
    scalar_mul,
    squared_difference,
    subtract,
)

# Names of the releases before 1.0.
from millpond.ops.math.arithmetic import multiply as mul
from millpond.ops.math.arithmetic import subtract as sub
from millpond.ops.math.cast import (
    bitcast,
    cast,
    saturate_cast,
    to_bfloat16,
    to_complex64,
    to_complex128,
    to_double,
    to_float,
    to_int32,
    to_int64,
)
from millpond.ops.math.clip import clip_by_average_norm, clip_by_global_norm, clip_by_norm, clip_by_value, global_norm
from millpond.ops.math.comparison import (
    equal,
    greater,
    greater_equal,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    not_equal,
    where,
    where_v2,
)
from millpond.ops.math.complex_numbers import angle, complex, conj, imag, real
from millpond.ops.math.counting import (
    bincount,
    confusion_matrix,
    histogram_fixed_width,
    histogram_fixed_width_bins,
    is_non_decreasing,
    is_strictly_increasing,
)
from millpond.ops.math.division import (
    div,
    div_no_nan,
    divide,
    floor_div,
    floordiv,
    floormod,
    mod,
    realdiv,
    truediv,
    truncatediv,
    truncatemod,
)
from millpond.ops.math.elementwise import (
    abs,
    ceil,
    exp,
    expm1,
    floor,
    inv,
    is_finite,
    is_inf,
    is_nan,
    log,
    log1p,
    log_sigmoid,
    negative,
    reciprocal,
    rint,
    round,
    rsqrt,
    sigmoid,
    sign,
    sqrt,
    square,
)
from millpond.ops.math.elementwise import negative as neg
from millpond.ops.math.reduction import (
    reduce_all,
    reduce_any,
    reduce_max,
    reduce_mean,
    reduce_min,
    reduce_prod,
    reduce_sum,
)
from millpond.ops.math.reduction_composites import count_nonzero, reduce_logsumexp
from millpond.ops.math.scan import cumprod, cumsum
from millpond.ops.math.segment import (
    segment_max,
    segment_mean,
    segment_min,
    segment_prod,
    segment_sum,
    unsorted_segment_max,
    unsorted_segment_mean,
    unsorted_segment_min,
    unsorted_segment_prod,
    unsorted_segment_sqrt_n,
    unsorted_segment_sum,
)
from millpond.ops.math.sequences import repeat, reverse, reverse_sequence, roll, sequence_mask
from millpond.ops.math.sequences import reverse as reverse_v2
from millpond.ops.math.sorting import argsort, searchsorted, sort
from millpond.ops.math.sparse_segment import sparse_segment_mean, sparse_segment_sqrt_n, sparse_segment_sum
from millpond.ops.math.special import betainc, digamma, erf, erfc, igamma, igammac, lbeta, lgamma, polygamma, zeta
from millpond.ops.math.trigonometry import acos, acosh, asin, asinh, atan, atanh, cos, cosh, sin, sinh, tan, tanh
from millpond.ops.nn.image_patches import extract_image_patches
from millpond.ops.random.random_ops import random_crop, random_normal, random_shuffle, random_uniform, truncated_normal
from millpond.ops.random.random_samples import multinomial, random_gamma, random_poisson
from millpond.ops.random.random_seed import get_seed, set_random_seed
from millpond.ops.scoping import name_scope
from millpond.ops.state.assign import assign, assign_add, assign_sub, count_up_to, is_variable_initialized
from millpond.ops.state.state_scatter import (
    batch_scatter_update,
    scatter_add,
    scatter_div,
    scatter_max,
    scatter_min,
    scatter_mul,
    scatter_nd_add,
    scatter_nd_sub,
    scatter_nd_update,
    scatter_sub,
    scatter_update,
)
from millpond.ops.strings.string_join import string_join
from millpond.session.session import InteractiveSession, Session
from millpond.shapes import TensorShape, broadcast_static_shape
from millpond.variables import resource_variable as _resource_variable  # tf.Variable(use_resource=True)
from millpond.variables.collections import (
    all_variables,
    assert_variables_initialized,
    global_variables,
    global_variables_initializer,
    initialize_all_tables,
    initialize_all_variables,
    initialize_local_variables,
    initialize_variables,
    local_variables,
    local_variables_initializer,
    model_variables,
    moving_average_variables,
    report_uninitialized_variables,
    tables_initializer,
    trainable_variables,
    variables_initializer,
)
from millpond.variables.creation import VariableAggregation, VariableSynchronization, variable_creator_scope
from millpond.variables.initializers import Constant as constant_initializer
from millpond.variables.initializers import GlorotNormal as glorot_normal_initializer
from millpond.variables.initializers import GlorotUniform as glorot_uniform_initializer
from millpond.variables.initializers import Ones as ones_initializer
from millpond.variables.initializers import Orthogonal as orthogonal_initializer
from millpond.variables.initializers import RandomNormal as random_normal_initializer
from millpond.variables.initializers import RandomUniform as random_uniform_initializer
from millpond.variables.initializers import TruncatedNormal as truncated_normal_initializer
from millpond.variables.initializers import UniformUnitScaling as uniform_unit_scaling_initializer
from millpond.variables.initializers import VarianceScaling as variance_scaling_initializer
from millpond.variables.initializers import Zeros as zeros_initializer
from millpond.variables.partitioning import (
    fixed_size_partitioner,
    min_max_variable_partitioner,
    variable_axis_size_partitioner,
)
from millpond.variables.scope import (
    AUTO_REUSE,
    VariableScope,
    create_partitioned_variables,
    get_local_variable,
    get_variable,
    get_variable_scope,
    no_regularizer,
    variable_op_scope,
    variable_scope,
)
from millpond.variables.template import make_template
from millpond.variables.variable import Variable
from millpond.variables.variable import Variable as VariableV1

# The interface is TensorFlow 1.15's, and programs ask for its version
__version__ = VERSION = "1.15.0"
__git_version__ = GIT_VERSION = "millpond"
