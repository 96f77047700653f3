"""`tf.xla.experimental` and `tf.contrib.compiler`: parts of a graph that XLA compiles, which here all may be."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from millpond import nested
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.operation import Operation
from millpond.graph.stacks import default_graph
from millpond.ops.array.identity import group, identity
from millpond.ops.scoping import name_scope


def compile(computation: Callable[..., Any], inputs: Sequence[Any] | None = None) -> Any:
    """Calls a function that builds a part of the graph. Whatever runs often is compiled, so nothing else is needed.

    Args:
      computation: A function of tensors.
      inputs: What it is called with: a list, each element of which may be a structure.

    Returns:
      What the function gives, as a list or tuple: a single value in a tuple of one; an operation where it gives no
      tensors. Tensors are there only when the operations among the results have run.

    Raises:
      TypeError: If `inputs` is no list.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.xla.experimental.compile(lambda x, y: x * y + 1.0, [2.0, 3.0])))
      (np.float32(7.0),)
    """
    if inputs is not None and not isinstance(inputs, (list, tuple)):
        raise TypeError(f"inputs must be a list, not {inputs!r}; put a single one into a list.")
    with name_scope("cluster"):
        given = nested.map_structure(lambda value: identity(convert_to_tensor(value)), list(inputs or []))
        results = computation(*given)
        flat = [] if results is None else nested.flatten(results)
        operations = [one for one in flat if isinstance(one, Operation)]
        values = [one for one in flat if not isinstance(one, Operation)]
        if not values:
            return group(*operations)
        with default_graph().control_dependencies(operations):
            made = [identity(convert_to_tensor(one)) for one in values]
    if operations:
        return made
    return nested.pack_sequence_as(results, made) if nested.is_nested(results) else (made[0],)


@contextlib.contextmanager
def jit_scope(compile_ops: Any = True, separate_compiled_gradients: bool = False) -> Iterator[None]:
    """A scope whose operations TensorFlow would compile; here whatever runs often is compiled, inside and outside.

    Args:
      compile_ops: Accepted for compatibility.
      separate_compiled_gradients: Accepted for compatibility.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     with tf.xla.experimental.jit_scope():
      ...         x = tf.constant(2.0) * 3.0
      ...     print(sess.run(x))
      6.0
    """
    yield
