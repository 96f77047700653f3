"""Ops that hand values and order on: identity, groups, placeholders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NoReturn

from millpond import dtypes, nested
from millpond.autodiff.builder import GradientBuilder
from millpond.graph import stacks
from millpond.graph.argument_types import DTypeLike, ShapeLike, TensorLike
from millpond.graph.conversion import convert_to_tensor
from millpond.graph.opdef import NOT_DIFFERENTIABLE, define_op
from millpond.graph.operation import Operation
from millpond.graph.rule_types import Array, ArrayModule, Cotangents
from millpond.graph.tensor import Tensor
from millpond.ops import shape_rules
from millpond.shapes import TensorShape


def _identity_kernel(xp: ArrayModule, x: Array) -> Array:
    return x


def _identity_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> Tensor:
    return dy


IDENTITY = define_op("Identity", inputs="input: T", outputs="output: T", attrs="T: type", shape=shape_rules.same,
                     kernel=_identity_kernel, gradient=_identity_gradient, role="identity",
                     shape_value=lambda op, value_of: value_of(op.inputs[0]))


def identity(input: TensorLike, name: str | None = None) -> Tensor:
    """A tensor with the same value as `input`; for a variable, its value at this place of the program.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     print(sess.run(tf.identity([1, 2])))
      [1 2]
    """
    composite = getattr(type(input), "map_tensors", None)
    if composite is not None:  # IndexedSlices, SparseTensor
        return input.map_tensors(identity)
    return IDENTITY(input, name=name)


def _identity_n_kernel(xp: ArrayModule, inputs: Sequence[Array]) -> Sequence[Array]:
    return list(inputs)


def _identity_n_gradient(g: GradientBuilder, op: Operation, *dys: Tensor) -> Cotangents:
    return list(dys)


IDENTITY_N = define_op("IdentityN", inputs="input: T", outputs="output: T", attrs="T: list(type) >= 1",
                       shape=lambda inputs: tuple(inputs), kernel=_identity_n_kernel, gradient=_identity_n_gradient)


def identity_n(input: Sequence[TensorLike], name: str | None = None) -> list[Tensor]:
    """Tensors with the same values as those of the list `input`."""
    return IDENTITY_N([convert_to_tensor(value) for value in input], name=name)


def _stop_gradient_kernel(xp: ArrayModule, x: Array) -> Array:
    return x


STOP_GRADIENT = define_op("StopGradient", inputs="input: T", outputs="output: T", attrs="T: type",
                          shape=shape_rules.same, kernel=_stop_gradient_kernel, gradient=NOT_DIFFERENTIABLE,
                          shape_value=lambda op, value_of: value_of(op.inputs[0]))


def stop_gradient(input: TensorLike, name: str | None = None) -> Tensor:
    """`input`, taken as a constant by `tf.gradients`."""
    return STOP_GRADIENT(input, name=name)


def _prevent_gradient_gradient(g: GradientBuilder, op: Operation, dy: Tensor) -> NoReturn:
    raise LookupError(f"Gradient explicitly disabled at '{op.name}'. Reason: {op.attributes['message']}")


PREVENT_GRADIENT = define_op("PreventGradient", inputs="input: T", outputs="output: T",
                             attrs="T: type, message: string = ''", shape=shape_rules.same,
                             kernel=_identity_kernel, gradient=_prevent_gradient_gradient)


NO_OP = define_op("NoOp", shape=shape_rules.nothing, gradient=NOT_DIFFERENTIABLE, role="group")


def no_op(name: str | None = None) -> Operation:
    """An operation that does nothing, and may wait for others."""
    return NO_OP(name=name)


def group(*inputs: Operation | TensorLike, **kwargs: Any) -> Operation:
    """An operation that has run once all `inputs` have.

    Args:
      *inputs: Operations, tensors, variables, or nested lists of them.
      name: Name of the node.

    Raises:
      TypeError: If an input is none of these.
    """
    name = kwargs.pop("name", None)
    if kwargs:
        raise ValueError(f"Unknown keyword arguments: {', '.join(kwargs)}")
    graph = stacks.default_graph()
    ops: dict[Operation, None] = {}
    for item in nested.flatten(inputs):
        if hasattr(item, "_control_dependency_ops"):  # IndexedSlices, SparseTensor
            ops.update(dict.fromkeys(item._control_dependency_ops()))
            continue
        if not hasattr(item, "_as_graph_element") and not isinstance(item, (Operation, Tensor)) \
                and not hasattr(item, "op"):
            raise TypeError(f"Expected an operation or tensor for tf.group, got {item!r}")
        element = item.op if not isinstance(item, Operation) and hasattr(item, "op") else item
        ops[element] = None
    if ops:
        first = next(iter(ops)).graph
        # In a body, what waits for something outside, too, lies in the body.
        graph = graph if graph.captures_from(first) else first
    with graph.as_default(), graph.control_dependencies(list(ops)):
        return _group_by_device(graph, list(ops), name or "group_deps")


def _group_by_device(graph: Any, ops: list[Operation], name: str) -> Operation:
    by_device: dict[str, list[Operation]] = {}
    for op in ops:
        by_device.setdefault(op.device, []).append(op)
    if len(by_device) <= 1:
        device = next(iter(by_device), None)
        with graph.control_dependencies(None), graph.control_dependencies(ops), graph.device(device):
            return no_op(name)
    parts = []
    with graph.control_dependencies(None), graph.name_scope(name) as scope:
        for device in sorted(by_device):
            with graph.control_dependencies(by_device[device]), graph.device(device):
                parts.append(no_op())
        with graph.control_dependencies(parts):
            return no_op(scope)


def tuple_(tensors: Sequence[TensorLike | None], name: str | None = None,
           control_inputs: Sequence[Operation | TensorLike] | None = None) -> list[Any]:
    """The same tensors, each of which is there only when all are (and `control_inputs` have run).

    Args:
      tensors: A list of tensors, operations and None.
      name: Name of the scope of the nodes.
      control_inputs: Operations to wait for too.

    Raises:
      ValueError: If there is no tensor among `tensors`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     a, b = tf.tuple([tf.constant(1), tf.constant(2)])
      ...     print(sess.run(a))
      1
    """
    tensors = nested.as_list(tensors)
    present = [t for t in tensors if t is not None]
    if not present:
        raise ValueError(f"Must have at least one Tensor: {tensors}")
    graph = present[0].graph
    with graph.name_scope(name or "tuple"):
        waits = [t if isinstance(t, Operation) else t.op for t in present]
        waits += [] if control_inputs is None else nested.as_list(control_inputs)
        gate = group(*waits)
        with graph.control_dependencies([gate]):
            return [None if t is None else gate if isinstance(t, Operation) else identity(t, name="control_dependency")
                    for t in tensors]


def with_dependencies(dependencies: Sequence[Operation | TensorLike], output_tensor: TensorLike,
                      name: str | None = None) -> Any:
    """The same tensor, which is there only when `dependencies` have run.

    Args:
      dependencies: Operations and tensors to wait for.
      output_tensor: A tensor, an `IndexedSlices` or a `SparseTensor`.
      name: Name of the node.

    Raises:
      TypeError: If a dependency is neither an operation nor a tensor.

    Example:
      >>> import millpond as tf
      >>> from millpond.ops.array.identity import with_dependencies
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     total = tf.Variable(1.0)
      ...     result = with_dependencies([total.assign_add(2.0)], tf.constant(5.0))
      ...     sess.run(total.initializer)
      ...     print(sess.run(result), sess.run(total))
      5.0 3.0
    """
    if getattr(type(output_tensor), "map_tensors", None) is None:
        output_tensor = convert_to_tensor(output_tensor)
    graph = output_tensor.graph
    with graph.as_default(), graph.name_scope(name or "control_dependency") as scope, \
            graph.control_dependencies(dependencies):
        if isinstance(output_tensor, Tensor):
            with graph.colocate_with(output_tensor.op):
                return IDENTITY(output_tensor, name=scope)
        return identity(output_tensor)


def _placeholder_shape(*, shape: TensorShape) -> TensorShape:
    return shape


PLACEHOLDER = define_op("Placeholder", outputs="output: dtype", attrs="dtype: type, shape: shape = None",
                        shape=_placeholder_shape, gradient=NOT_DIFFERENTIABLE, role="placeholder")


def placeholder(dtype: DTypeLike, shape: ShapeLike | None = None, name: str | None = None) -> Tensor:
    """A tensor whose value is given in `feed_dict`.

    Args:
      dtype: The dtype of what is fed.
      shape: Its shape; None stands for an unknown size, or for an unknown shape altogether.
      name: Name of the node.

    Raises:
      TypeError: If `dtype` is no dtype.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder(tf.float32, [None])
      ...     print(sess.run(x + 1.0, {x: [1.0, 2.0]}))
      [2. 3.]
    """
    # Programs of the first releases write -1 for an unknown size.
    if isinstance(shape, (list, tuple)):
        shape = [None if isinstance(n, int) and n == -1 else n for n in shape]
    return PLACEHOLDER(dtype=dtypes.as_dtype(dtype), shape=TensorShape(shape), name=name)


def _placeholder_with_default_shape(input: TensorShape, *, shape: TensorShape) -> TensorShape:
    input.merge_with(shape)
    return shape


# Stateful so that nothing folds the default: it may be fed.
PLACEHOLDER_WITH_DEFAULT = define_op(
    "PlaceholderWithDefault", inputs="input: dtype", outputs="output: dtype", attrs="dtype: type, shape: shape",
    shape=_placeholder_with_default_shape, kernel=_identity_kernel, gradient=_identity_gradient, stateful=True)


def placeholder_with_default(input: TensorLike, shape: ShapeLike | None, name: str | None = None) -> Tensor:
    """A tensor with the value of `input` unless another is fed; `shape` says what may be fed.

    Args:
      input: The value when none is fed, a tensor.
      shape: The shape of what may be fed; None stands for an unknown size.
      name: Name of the node.

    Raises:
      ValueError: If the shape of `input` does not fit `shape`.

    Example:
      >>> import millpond as tf
      >>> with tf.Graph().as_default(), tf.Session() as sess:
      ...     x = tf.placeholder_with_default([1.0, 2.0], [None])
      ...     print(sess.run(x + 1.0))
      ...     print(sess.run(x + 1.0, {x: [5.0]}))
      [2. 3.]
      [6.]
    """
    return PLACEHOLDER_WITH_DEFAULT(input, shape=TensorShape(shape), name=name)
