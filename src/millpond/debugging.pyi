"""`tf.debugging`: checks of values and shapes."""

# tools/write_names.py made this from src/millpond/public/table: `make names`.

from millpond.ops.array.partitions import (
    is_numeric_tensor,
)
from millpond.ops.host.assertions import (
    Assert,
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
    verify_tensor_all_finite as assert_all_finite,
)
from millpond.ops.host.closeness_checks import (
    assert_near,
)
from millpond.ops.host.static_checks import (
    assert_integer,
    assert_proper_iterable,
    assert_rank_in,
    assert_same_float_dtype,
    assert_scalar,
)
from millpond.ops.math.counting import (
    is_non_decreasing,
    is_strictly_increasing,
)
from millpond.ops.math.elementwise import (
    is_finite,
    is_inf,
    is_nan,
)

__all__ = [
    "Assert",
    "assert_all_finite",
    "assert_equal",
    "assert_greater",
    "assert_greater_equal",
    "assert_integer",
    "assert_less",
    "assert_less_equal",
    "assert_near",
    "assert_negative",
    "assert_non_negative",
    "assert_non_positive",
    "assert_none_equal",
    "assert_positive",
    "assert_proper_iterable",
    "assert_rank",
    "assert_rank_at_least",
    "assert_rank_in",
    "assert_same_float_dtype",
    "assert_scalar",
    "assert_type",
    "check_numerics",
    "is_finite",
    "is_inf",
    "is_nan",
    "is_non_decreasing",
    "is_numeric_tensor",
    "is_strictly_increasing",
]
