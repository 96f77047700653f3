"""`tensorflow.python.util.tf_decorator`, `tf_inspect`, `tf_export`, `function_utils`: functions around functions."""

from __future__ import annotations

import functools
import inspect
from collections import namedtuple
from collections.abc import Callable
from typing import Any

ArgSpec = namedtuple("ArgSpec", "args varargs keywords defaults")


def make_decorator(target: Callable[..., Any], decorator_func: Callable[..., Any], decorator_name: str | None = None,
                   decorator_doc: str = "", decorator_argspec: Any = None) -> Callable[..., Any]:
    """Makes of a function what stands in for another: with its name, docstring, attributes and signature.

    Args:
      target: The function that is decorated.
      decorator_func: What is called in its place.
      decorator_name: Ignored.
      decorator_doc: Ignored.
      decorator_argspec: Ignored: the signature is that of `target`.
    """
    return functools.update_wrapper(decorator_func, target)


def unwrap(maybe_decorated: Any) -> tuple[list[Any], Any]:
    """The decorators around a function, from the outside in, and the function."""
    around = []
    while hasattr(maybe_decorated, "__wrapped__"):
        around.append(maybe_decorated)
        maybe_decorated = maybe_decorated.__wrapped__
    return around, maybe_decorated


def getargspec(function: Any) -> ArgSpec:
    """The arguments of a function, as Python 2 named them.

    Raises:
      ValueError: If the function takes arguments by keyword only.

    Example:
      >>> getargspec(lambda x, *rest, scale=1.0: x)
      Traceback (most recent call last):
      ValueError: <lambda> takes arguments by keyword only, which getargspec cannot show: use getfullargspec
      >>> getargspec(lambda x, scale=1.0: x)
      ArgSpec(args=['x', 'scale'], varargs=None, keywords=None, defaults=(1.0,))
    """
    found = getfullargspec(function)
    if found.kwonlyargs:
        raise ValueError(f"{getattr(function, '__name__', function)} takes arguments by keyword only, which getargspec "
                         "cannot show: use getfullargspec")
    return ArgSpec(found.args, found.varargs, found.varkw, found.defaults)


def getfullargspec(function: Any) -> inspect.FullArgSpec:
    """The arguments of a function, of one that is decorated, or of one that has some of them already.

    Annotations are left out: TensorFlow's functions have none, and programs compare specifications as a whole.
    """
    if isinstance(function, functools.partial):
        return _without_given(function)
    found: Any = unwrap(function)[1]
    if not inspect.isroutine(found) and not inspect.isclass(found):
        found = found.__call__
    return inspect.getfullargspec(found)._replace(annotations={})


def _without_given(partial: functools.partial[Any]) -> inspect.FullArgSpec:
    found = getfullargspec(partial.func)
    args = found.args[len(partial.args):]
    defaults = dict(zip(reversed(found.args), reversed(found.defaults or ()), strict=False))
    defaults.update((name, value) for name, value in (partial.keywords or {}).items() if name in args)
    first = next((place for place, name in enumerate(args) if name in defaults), len(args))
    rest = [name for name in args[first:] if name not in defaults]  # can no longer be given by position
    return found._replace(args=[name for name in args if name not in rest],
                          defaults=tuple(defaults[name] for name in args[first:] if name in defaults) or None,
                          kwonlyargs=[*rest, *found.kwonlyargs])


def fn_args(function: Any) -> tuple[str, ...]:
    """The names of the arguments that a function, or an object that can be called, takes by position.

    Example:
      >>> fn_args(lambda features, labels, mode=None: None)
      ('features', 'labels', 'mode')
    """
    if isinstance(function, functools.partial):
        given = set(function.keywords or ())
        return tuple(name for name in fn_args(function.func)[len(function.args):] if name not in given)
    called = function if inspect.isroutine(function) or inspect.isclass(function) else function.__call__
    args = inspect.getfullargspec(unwrap(called)[1]).args
    bound = inspect.ismethod(called) or inspect.isclass(function)
    return tuple(args[1:] if bound else args)


def has_kwargs(function: Any) -> bool:
    """Whether a function takes any keyword argument (`**kwargs`).

    Raises:
      TypeError: If it cannot be called.
    """
    if not callable(function):
        raise TypeError(f"what is asked for its arguments must be a function, not {function!r}")
    return getfullargspec(function).varkw is not None


def get_func_name(function: Any) -> str:
    """The name of a function, under its decorators.

    Raises:
      ValueError: If it cannot be called.
    """
    function = unwrap(function)[1]
    if not callable(function):
        raise ValueError(f"what is asked for its name must be a function, not {function!r}")
    if isinstance(function, functools.partial):
        return get_func_name(function.func)
    return str(getattr(function, "__name__", type(function)))


def tf_export(*names: str, **options: Any) -> Callable[[Any], Any]:
    """Leaves an object as it is: it tells TensorFlow's generator of public modules under which names it stands."""
    return lambda exported: exported


keras_export = estimator_export = tf_export


def hide_attribute_from_api(deprecation_message: str) -> property:
    """An attribute that a class has no more, though the class that it inherits from has it.

    Args:
      deprecation_message: What the `AttributeError` says.
    """
    def refuse(instance: Any) -> Any:
        raise AttributeError(deprecation_message)
    return property(refuse)
