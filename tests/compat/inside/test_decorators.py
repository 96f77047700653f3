"""What TensorFlow's inside says of functions: their arguments under decorators, and in part given already."""

from __future__ import annotations

import functools
from typing import Any

from millpond.compat.inside import decorators


class Model:
    """An object that can be called, as model functions of estimators may be."""

    def __call__(self, features: Any, labels: Any, mode: Any = None) -> None:
        """Takes what a model function takes."""


def test_the_arguments_of_what_can_be_called() -> None:
    def model_fn(features: Any, labels: Any, mode: Any = None, **rest: Any) -> None:
        """Takes what a model function takes."""

    decorated = decorators.make_decorator(model_fn, lambda *args: model_fn(*args))
    names = ("features", "labels", "mode")
    for what in (model_fn, decorated, Model(), Model().__call__):
        assert decorators.fn_args(what) == names
    assert decorators.fn_args(functools.partial(model_fn, 1)) == names[1:]
    assert decorators.fn_args(functools.partial(model_fn, labels=1)) == ("features", "mode")
    assert decorators.has_kwargs(decorated) and not decorators.has_kwargs(Model())
    assert decorators.getfullargspec(decorated).annotations == {}
    assert decorators.getargspec(decorated) == (list(names), None, "rest", (None,))
    spec = decorators.getfullargspec(functools.partial(model_fn, 1, mode=2))
    assert (spec.args, spec.defaults, spec.kwonlyargs) == (["labels", "mode"], (2,), [])
    spec = decorators.getfullargspec(functools.partial(model_fn, labels=3))
    assert (spec.args, spec.defaults) == (["features", "labels", "mode"], (3, None))
    spec = decorators.getfullargspec(functools.partial(lambda x, y, z: None, x=3))
    assert (spec.args, spec.defaults, spec.kwonlyargs) == (["x"], (3,), ["y", "z"])
    assert decorators.get_func_name(functools.partial(decorated)) == "model_fn"
