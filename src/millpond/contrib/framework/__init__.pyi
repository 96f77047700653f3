"""`tf.contrib.framework`: global steps, checkpoints, checks of shapes, nested structures."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.compat.packages.tf_slim.ops import (
    variables,
)
from millpond.compat.packages.tf_slim.ops.arg_scope import (
    add_arg_scope,
    arg_scope_func_key,
    arg_scoped_arguments,
    current_arg_scope,
    has_arg_scope,
)
from millpond.compat.packages.tf_slim.ops.framework_ops import (
    get_graph_from_inputs,
    get_name_scope,
)
from millpond.compat.packages.tf_slim.ops.variables import (
    VariableDeviceChooser,
    add_model_variable,
    arg_scope,
    assign_from_values,
    assign_from_values_fn,
    filter_variables,
    get_local_variables,
    get_model_variables,
    get_trainable_variables,
    get_unique_variable,
    get_variable_full_name,
    get_variables,
    get_variables_by_name,
    get_variables_by_suffix,
    get_variables_to_restore,
    global_variable,
    local_variable,
    model_variable,
    variable,
)
from millpond.contrib.framework import (
    nest,
)
from millpond.contrib.framework.checks import (
    reduce_sum_n,
    with_same_shape,
    with_shape,
)
from millpond.contrib.framework.deprecation import (
    deprecated,
    deprecated_arg_values,
    deprecated_args,
)
from millpond.graph.composite import (
    convert_to_tensor_or_sparse_tensor,
)
from millpond.graph.default import (
    is_tensor,
)
from millpond.ops.array.squeezable import (
    remove_squeezable_dimensions,
)
from millpond.ops.host.py_func import (
    py_func,
)
from millpond.ops.host.static_checks import (
    assert_same_float_dtype,
    assert_scalar,
)
from millpond.ops.math.sorting import (
    argsort,
    sort,
)
from millpond.train.saving.checkpoint_assignment import (
    assign_from_checkpoint,
    assign_from_checkpoint_fn,
)
from millpond.train.saving.checkpoint_initializers import (
    init_from_checkpoint,
)
from millpond.train.saving.checkpoint_reader import (
    list_variables,
    load_checkpoint,
    load_variable,
)
from millpond.train.schedules.global_step import (
    assert_global_step,
    create_global_step,
    get_global_step,
    get_or_create_global_step,
)

__all__ = [
    "VariableDeviceChooser",
    "add_arg_scope",
    "add_model_variable",
    "arg_scope",
    "arg_scope_func_key",
    "arg_scoped_arguments",
    "argsort",
    "assert_global_step",
    "assert_same_float_dtype",
    "assert_scalar",
    "assign_from_checkpoint",
    "assign_from_checkpoint_fn",
    "assign_from_values",
    "assign_from_values_fn",
    "convert_to_tensor_or_sparse_tensor",
    "create_global_step",
    "current_arg_scope",
    "deprecated",
    "deprecated_arg_values",
    "deprecated_args",
    "filter_variables",
    "get_global_step",
    "get_graph_from_inputs",
    "get_local_variables",
    "get_model_variables",
    "get_name_scope",
    "get_or_create_global_step",
    "get_trainable_variables",
    "get_unique_variable",
    "get_variable_full_name",
    "get_variables",
    "get_variables_by_name",
    "get_variables_by_suffix",
    "get_variables_to_restore",
    "global_variable",
    "has_arg_scope",
    "init_from_checkpoint",
    "is_tensor",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "local_variable",
    "model_variable",
    "nest",
    "py_func",
    "reduce_sum_n",
    "remove_squeezable_dimensions",
    "sort",
    "variable",
    "variables",
    "with_same_shape",
    "with_shape",
]
