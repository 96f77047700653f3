"""Old functions and arguments still work and say once what is to be used instead."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from millpond.compat.inside import decorators, deprecation


@pytest.fixture
def warned(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    monkeypatch.setattr(deprecation, "_warned", set())
    logger = logging.getLogger("millpond")
    logger.addHandler(caplog.handler)
    yield caplog.messages
    logger.removeHandler(caplog.handler)


def test_an_old_function_warns_once(warned: list[str], caplog: pytest.LogCaptureFixture) -> None:
    @deprecation.deprecated("2016-12-30", "Use newer.")
    def older(x: int) -> int:
        """Adds 1."""
        return x + 1

    assert [older(1), older(x=2)] == [2, 3]
    assert older.__doc__ == "Adds 1."
    assert len(caplog.messages) == 1
    assert caplog.messages[0].endswith("older: this function is deprecated and will be removed after 2016-12-30. "
                                       "Use newer.")


def test_old_arguments_warn_where_they_are_given(warned: list[str], caplog: pytest.LogCaptureFixture) -> None:
    @deprecation.deprecated_args(None, "Use axis.", "dim", ("keep", False))
    @deprecation.deprecated_arg_values(None, "It is slow.", mode="slow")
    def reduce(x: Any, axis: Any = None, dim: Any = None, keep: bool = False, mode: str = "fast") -> tuple[Any, ...]:
        return x, axis, dim, keep, mode

    assert reduce(1, 0, None, False) == (1, 0, None, False, "fast")
    assert caplog.messages == []
    reduce(1, None, 2)
    reduce(1, keep=True)
    reduce(1, mode="slow")
    assert [message.partition(": ")[2].partition(" is dep")[0] for message in caplog.messages] == [
        "the argument 'dim' = 2", "the argument 'keep' = True", "the argument 'mode' = 'slow'"]
    with deprecation.silence():
        reduce(1, dim=3)
    assert len(caplog.messages) == 3
    with pytest.raises(ValueError, match="has no argument 'dimension' that could be deprecated; it has x"):
        deprecation.deprecated_args(None, "Use axis.", "dimension")(lambda x: x)


def test_an_argument_of_two_names_is_given_once() -> None:
    assert deprecation.deprecated_argument_lookup("axis", 1, "dim", None) == 1
    assert deprecation.deprecated_argument_lookup("axis", None, "dim", 2) == 2
    with pytest.raises(ValueError, match="'axis' and 'dim' are the same argument"):
        deprecation.deprecated_argument_lookup("axis", 1, "dim", 1)


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
    assert decorators.getargspec(decorated) == (list(names), None, "rest", (None,))
    spec = decorators.getfullargspec(functools.partial(model_fn, 1, mode=2))
    assert (spec.args, spec.defaults, spec.kwonlyargs) == (["labels", "mode"], (2,), [])
    spec = decorators.getfullargspec(functools.partial(model_fn, labels=3))
    assert (spec.args, spec.defaults) == (["features", "labels", "mode"], (3, None))
    spec = decorators.getfullargspec(functools.partial(lambda x, y, z: None, x=3))
    assert (spec.args, spec.defaults, spec.kwonlyargs) == (["x"], (3,), ["y", "z"])
    assert decorators.get_func_name(functools.partial(decorated)) == "model_fn"
