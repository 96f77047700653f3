"""The global step: the one integer variable of a graph that counts its training steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from millpond import dtypes, logs
from millpond.graph import stacks
from millpond.graph.collections import GraphKeys
from millpond.graph.tensor import Tensor
from millpond.variables.initializers import Zeros
from millpond.variables.scope import get_variable
from millpond.variables.variable import Variable


def get_global_step(graph: Any = None) -> Any:
    """The global step of a graph, or None.

    It is the only item of the collection `GLOBAL_STEP`; failing that, the tensor `global_step:0`.

    Args:
      graph: The graph; by default the default graph.

    Raises:
      TypeError: If what is found is not an integer without dimensions.
    """
    graph = stacks.default_graph() if graph is None else graph
    candidates = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if len(candidates) == 1:
        found = candidates[0]
    elif candidates:
        logs.LOGGER.error("Multiple tensors in global_step collection.")
        return None
    else:
        try:
            found = graph.get_tensor_by_name("global_step:0")
        except KeyError:
            return None
    assert_global_step(found)
    return found


def create_global_step(graph: Any = None) -> Variable:
    """Makes the global step of a graph: the int64 variable `global_step`, which starts from 0.

    Args:
      graph: The graph; by default the default graph.

    Raises:
      ValueError: If the graph has one.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default():
      ...     print(tf.train.create_global_step().name)
      global_step:0
    """
    graph = stacks.default_graph() if graph is None else graph
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists. Use tf.train.get_or_create_global_step().')
    with graph.as_default(), graph.name_scope(None), graph.control_dependencies(None):
        return get_variable(GraphKeys.GLOBAL_STEP, shape=[], dtype=dtypes.int64, initializer=Zeros(),
                            trainable=False, collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP])


def get_or_create_global_step(graph: Any = None) -> Any:
    """The global step of a graph; it is made where there is none."""
    graph = stacks.default_graph() if graph is None else graph
    found = get_global_step(graph)
    return create_global_step(graph) if found is None else found


# The collection of the value of the global step that hooks of estimators read.
GLOBAL_STEP_READ_KEY = "global_step_read_op_cache"


def _get_or_create_global_step_read(graph: Any = None) -> Any:
    """The global step as a run's end finds it, for hooks that fetch it; None in a graph that counts no steps."""
    graph = stacks.default_graph() if graph is None else graph
    found = graph.get_collection(GLOBAL_STEP_READ_KEY)
    if found:
        return found[0]
    step = get_global_step(graph)
    if step is None:
        return None
    with graph.as_default(), graph.name_scope(None), graph.name_scope(f"{step.op.name}/"):
        value = step.initialized_value() if isinstance(step, Variable) else step
        read = value + 0
    graph.add_to_collection(GLOBAL_STEP_READ_KEY, read)
    return read


def assert_global_step(global_step_tensor: Any) -> None:
    """Raises TypeError unless the tensor or variable is an integer without dimensions."""
    if not isinstance(global_step_tensor, (Variable, Tensor)):
        raise TypeError(f'Existing "global_step" must be a Variable or Tensor, not {global_step_tensor!r}.')
    if not global_step_tensor.dtype.base_dtype.is_integer:
        raise TypeError(f'Existing "global_step" does not have integer type: {global_step_tensor.dtype!r}')
    shape = global_step_tensor.shape
    if shape.ndims not in (0, None):
        raise TypeError(f'Existing "global_step" is not scalar: {shape}')


def global_step(sess: Any, global_step_tensor: Any) -> int:
    """The value of the global step in a session, as a Python integer.

    Args:
      sess: The session.
      global_step_tensor: A variable or tensor of one element, in any shape.

    Raises:
      TypeError: If it has more elements, or none.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     step = tf.train.create_global_step()
      ...     sess.run(step.initializer)
      ...     print(tf.train.global_step(sess, step))
      0
    """
    return step_of(sess.run(global_step_tensor))


def step_of(value: Any) -> int:
    """A fetched global step as a Python integer; see `global_step`."""
    array = np.asarray(value)
    if array.size != 1:
        raise TypeError(f"A global step is one number, but this is of shape {list(array.shape)}: {value!r}")
    return int(array.item())
