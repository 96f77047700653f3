"""What packages take from `tensorflow.python.ops.metrics_impl` beside the functions of `tf.metrics`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from millpond import dtypes
from millpond.graph import stacks
from millpond.graph.composite import convert_to_tensor_or_sparse_tensor
from millpond.graph.tensor import Tensor
from millpond.metrics.ranking import average_precision_of
from millpond.metrics.thresholds import counts_at_thresholds
from millpond.metrics.variables import Collections, matched
from millpond.ops.array.identity import identity
from millpond.ops.math.cast import cast
from millpond.ops.math.division import div_no_nan
from millpond.ops.scoping import name_scope

# Their short names for the four counts.
_COUNTS = {"tp": "true_positives", "fn": "false_negatives", "tn": "true_negatives", "fp": "false_positives"}


def _remove_squeezable_dimensions(predictions: Any, labels: Any, weights: Any) -> tuple[Tensor, Any, Any]:
    """See `millpond.metrics.variables.matched`."""
    return matched(predictions, labels, weights)


def _safe_scalar_div(numerator: Any, denominator: Any, name: str) -> Tensor:
    """`numerator / denominator`, 0 where the denominator is 0."""
    return div_no_nan(numerator, denominator, name)


def _aggregate_variable(v: Any, collections: Collections) -> Tensor:
    """The value of a metric's variable, which joins collections."""
    value = identity(v)
    if collections:
        stacks.default_graph().add_to_collections(collections, value)
    return value


def _confusion_matrix_at_thresholds(labels: Any, predictions: Any, thresholds: Sequence[float], weights: Any = None,
                                    includes: Sequence[str] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Counts at each threshold so far, and after taking in a batch, by their short names.

    Args:
      labels: A tensor that is cast to bool.
      predictions: Numbers from 0 to 1, of the same shape.
      thresholds: Numbers; a prediction above one is a yes.
      weights: See `tf.metrics.mean`.
      includes: Which of `tp`, `fn`, `tn` and `fp` to count; all by default.

    Raises:
      ValueError: If there is no such count, or the shapes do not fit.
    """
    wanted = tuple(_COUNTS if includes is None else includes)
    unknown = [name for name in wanted if name not in _COUNTS]
    if unknown:
        raise ValueError(f"there is no count {unknown[0]!r}; there are {', '.join(_COUNTS)}")
    values, updates = counts_at_thresholds(labels, predictions, thresholds, weights, [_COUNTS[name] for name in wanted])
    return ({name: getattr(values, _COUNTS[name]) for name in wanted},
            {name: getattr(updates, _COUNTS[name]) for name in wanted})


def _streaming_sparse_average_precision_at_top_k(
        labels: Any, predictions_idx: Any, weights: Any = None, metrics_collections: Collections = None,
        updates_collections: Collections = None, name: str | None = None) -> tuple[Tensor, Tensor]:
    """The mean of the average precision of predictions, best first.

    Args:
      labels: int64 classes, dense or sparse.
      predictions_idx: Classes, `[..., k]`.
      weights, metrics_collections, updates_collections: See `tf.metrics.average_precision_at_k`.
      name: Name of the scope.

    Raises:
      ValueError: If the shapes or weights do not fit.
    """
    with name_scope(name, "average_precision_at_top_k", [predictions_idx, labels, weights]) as scope:
        return average_precision_of(cast(predictions_idx, dtypes.int64), convert_to_tensor_or_sparse_tensor(labels),
                                    weights, metrics_collections, updates_collections, scope)
