"""`help()` of a public function tells a reader what may be a tensor, a shape or a type."""

from __future__ import annotations

import inspect
import pydoc
from collections.abc import Callable
from typing import Any

import pytest

import millpond as tf
from millpond.public import modules
from millpond.public.table import PATHS

# Parameters whose names leave no doubt of what they take.
_CLEAR = {"x", "y", "a", "b", "tensor", "input_tensor", "logits", "features", "predictions", "indices", "data",
          "segment_ids", "axis", "learning_rate", "dtype", "out_type", "output_type", "shape"}


def _functions() -> list[Callable[..., Any]]:
    found = {modules.load(target): None for target in PATHS.values()
             if target.module.startswith(("millpond.ops.", "millpond.losses.", "millpond.train."))
             and inspect.isfunction(modules.load(target))}
    return list(found)


def test_no_public_function_hides_what_it_takes() -> None:
    functions = _functions()
    assert len(functions) > 400
    vague = [f"{function.__module__}.{function.__name__}({name})"
             for function in functions
             for name, parameter in inspect.signature(inspect.unwrap(function)).parameters.items()
             if name in _CLEAR and parameter.annotation in ("Any", parameter.empty)]
    assert vague == []


@pytest.mark.parametrize("function, words", [
    (tf.nn.softmax, "softmax(logits: 'TensorLike'"),
    (tf.zeros, "zeros(shape: 'ShapeTensorLike', dtype: 'DTypeLike' = tf.float32, name: 'str | None' = None)"),
    (tf.placeholder, "placeholder(dtype: 'DTypeLike', shape: 'ShapeLike | None' = None"),
    (tf.reduce_sum, "axis: 'AxisLike | None' = None"),
    (tf.train.GradientDescentOptimizer, "learning_rate: 'TensorLike'"),
])
def test_what_help_shows(function: Callable[..., Any], words: str) -> None:
    assert words in pydoc.plain(pydoc.render_doc(function))
