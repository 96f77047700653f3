"""`tf.contrib.framework`: global steps, checkpoints, checks of shapes, nested structures."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

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
    "argsort",
    "assert_global_step",
    "assert_same_float_dtype",
    "assert_scalar",
    "assign_from_checkpoint",
    "assign_from_checkpoint_fn",
    "convert_to_tensor_or_sparse_tensor",
    "create_global_step",
    "deprecated",
    "deprecated_arg_values",
    "deprecated_args",
    "get_global_step",
    "get_or_create_global_step",
    "init_from_checkpoint",
    "is_tensor",
    "list_variables",
    "load_checkpoint",
    "load_variable",
    "nest",
    "py_func",
    "reduce_sum_n",
    "remove_squeezable_dimensions",
    "sort",
    "with_same_shape",
    "with_shape",
]
