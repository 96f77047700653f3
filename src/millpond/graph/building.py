"""Adding a node: from what a caller passes to a checked `Operation`.

`call(definition, inputs, name, attrs)` is what `definition(...)` runs: it finds the graph, makes the name unique,
converts inputs inside the op's own name scope (so that a literal `1.0` becomes `Add/y`), infers the type
attributes, checks dtypes, and asks the shape rule for the static shapes of the outputs.
"""

from __future__ import annotations

import contextlib
from typing import Any

from millpond import dtypes, nested
from millpond.dtypes import DType
from millpond.graph import attributes, build_errors, conversion, opdef, stacks, static_values
from millpond.graph.names import as_text, check_op_name
from millpond.graph.opdef import Arg, Attr, OpDefinition
from millpond.graph.operation import Operation, create
from millpond.graph.static_values import StaticInput, group
from millpond.graph.tensor import Tensor
from millpond.shapes import TensorShape


def call(definition: OpDefinition, inputs: tuple[Any, ...], name: str | None, attrs: dict[str, Any]) -> Any:
    """Adds a node of `definition` and returns its outputs: a tensor, a list, a named tuple, or the operation.

    Raises:
      TypeError: If an input or attribute has a dtype or kind that the op does not take.
      ValueError: If shapes do not fit, or inputs come from different graphs.
    """
    if not definition.plain:
        inputs = _lists(definition, inputs)
    graph = graph_of(inputs)
    if definition.plain and not attrs and len(inputs) == len(definition.inputs):
        operation = _add_plain(graph, definition, inputs, name)
        if operation is not None:
            return operation._outputs[0]
    if graph is not stacks.default_graph():
        with graph.as_default():
            return result_of(_add(graph, definition, inputs, name, attrs))
    return result_of(_add(graph, definition, inputs, name, attrs))


def _lists(definition: OpDefinition, inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The inputs, with any iterable (`dict.values()`, a generator) for a list input turned into a list."""
    if not any(map(nested.is_iterable, inputs)):
        return inputs
    lists = tuple([arg.is_list for arg in definition.inputs])
    return tuple([list(value) if is_list and nested.is_iterable(value) else value
                  for value, is_list in zip(inputs, lists + (False,) * len(inputs), strict=False)])


def graph_of(inputs: Any) -> Any:
    """The graph that tensors among `inputs` belong to, else the default graph.

    Raises:
      ValueError: If they belong to different graphs.
    """
    found = None
    for value in inputs:
        for item in value if isinstance(value, (list, tuple)) else (value,):
            if isinstance(item, Tensor):
                graph = item.op.graph
            elif isinstance(item, Operation) or hasattr(item, "_as_graph_element") or hasattr(item, "map_tensors"):
                graph = item.graph  # that of an operation, a variable, or a composite of tensors
            else:
                continue
            if found is None:
                found, first = graph, item
            elif graph is not found:
                return _graph_around(found, graph, first, item)
    default = stacks.default_graph()
    # Inside a function body, tensors of the graph around it are captured by the body.
    if found is None or found is default or default.captures_from(found):
        return default
    found.require_open(first)
    return found


def _graph_around(one: Any, other: Any, first: Any, second: Any) -> Any:
    default = stacks.default_graph()
    if all(graph is default or default.captures_from(graph) for graph in (one, other)):
        return default
    error = ValueError(f"{second} must be from the same graph as {first}. Build both inside one "
                       "`with graph.as_default():` block; tf.reset_default_graph() also begins another graph.")
    build_errors.note_origins(error, first, second)
    raise error


def result_of(op: Operation) -> Any:
    """What a builder function returns for a new operation."""
    args = op.definition.outputs
    if not args:
        return op
    if len(args) == 1:
        if args[0].is_list and not op._outputs and op.definition.stateful:
            return op  # run for what it does
        return list(op._outputs) if args[0].is_list else op._outputs[0]
    assert op.definition.result_type is not None
    outputs = list(op._outputs)
    return op.definition.result_type(*[outputs[section] for section in opdef.sections(args, op.attributes)])


def _add_plain(graph: Any, definition: OpDefinition, inputs: tuple[Any, ...], name: str | None) -> Operation | None:
    """The quick way for tensors of one allowed dtype; None where anything is out of the ordinary."""
    first = inputs[0]
    if not isinstance(first, Tensor):
        return None
    dtype = first.dtype
    for value in inputs:
        if not isinstance(value, Tensor) or value.dtype is not dtype or value.op.graph is not graph:
            return None
    attrs = definition.shared_attrs.get(dtype)
    if attrs is None:
        allowed = definition.attrs["T"].allowed
        if dtype.is_ref_dtype or (allowed is not None and dtype not in allowed):
            return None
        attrs = definition.shared_attrs[dtype] = {"T": dtype}
    full_name = _full_name(graph, name or definition.type)
    shapes = output_shapes(definition, full_name, inputs, list(inputs), attrs)
    return create(graph, full_name, definition, inputs, attrs, [dtype], shapes)


def _full_name(graph: Any, name: str) -> str:
    if type(name) is not str:
        name = as_text(name)
    if name[-1:] == "/":
        if len(name) == 1:
            check_op_name("")
        return name[:-1]
    scope = graph.scopes.name
    full_name = f"{scope}/{name}" if scope else name
    # A quick look at the last part; the whole pattern only where it may fail.
    if not (name.isidentifier() and name.isascii() and (scope or name[0] != "_")):
        check_op_name(full_name)
    return graph.names.unique(full_name)


def _add(graph: Any, definition: OpDefinition, inputs: tuple[Any, ...], name: str | None,
         given: dict[str, Any]) -> Operation:
    if len(inputs) != len(definition.inputs):
        expected = ", ".join(arg.name for arg in definition.inputs)
        raise TypeError(f"{definition.type} takes {len(definition.inputs)} inputs ({expected}), got {len(inputs)}")
    full_name = _full_name(graph, name or definition.type)
    scopes = graph.scopes
    outer_scope, scopes.name = scopes.name, full_name
    try:
        attrs = _given_attrs(definition, given)
        grouped = [_convert_input(definition, arg, value, attrs)
                   for arg, value in zip(definition.inputs, inputs, strict=True)]
    except (TypeError, ValueError) as error:
        build_errors.note_node(error, definition, full_name, inputs)
        raise
    finally:
        scopes.name = outer_scope
    _fill_defaults(definition, attrs)
    flat: list[Tensor] = []
    for value in grouped:
        flat.extend(value) if isinstance(value, list) else flat.append(value)
    flat = [tensor if tensor.op.graph is graph else graph.capture(tensor) for tensor in flat]
    shapes = output_shapes(definition, full_name, flat, group(definition, flat, attrs), attrs)
    with contextlib.ExitStack() as beside:
        # An op that is given a variable itself stands where the variable is.
        for arg, value in zip(definition.inputs, grouped, strict=True):
            if arg.is_ref:
                beside.enter_context(graph.colocate_with(value.op))
        return create(graph, full_name, definition, tuple(flat), attrs, output_dtypes(definition, attrs), shapes)


def _given_attrs(definition: OpDefinition, given: dict[str, Any]) -> dict[str, Any]:
    attrs: dict[str, Any] = {}
    for key, value in given.items():
        attr = definition.attrs.get(key)
        if attr is None:
            raise TypeError(f"{definition.type} has no attribute '{key}'; it has {sorted(definition.attrs)}")
        if value is not None:
            attrs[key] = attributes.normalise(definition.type, attr, value)
    return attrs


def _fill_defaults(definition: OpDefinition, attrs: dict[str, Any]) -> None:
    for key, attr in definition.attrs.items():
        if key not in attrs:
            if attr.default is Attr.REQUIRED:
                raise TypeError(f"{definition.type} is missing the attribute '{key}' ({attr.kind})")
            attrs[key] = attr.default


def _convert_input(definition: OpDefinition, arg: Arg, value: Any, attrs: dict[str, Any]) -> Any:
    if arg.is_list:
        return _convert_list(definition, arg, value, attrs)
    bound = arg.dtype_in(attrs)
    if isinstance(value, Tensor):
        tensor = value
    else:
        default = None if bound is not None else definition.attrs[arg.type_attr].default  # type: ignore[index]
        hint = default if isinstance(default, DType) else None
        tensor = _convert(definition, arg, value, bound, hint, arg.name)
    _check_dtype(definition, arg, tensor, bound, attrs)
    return tensor


def _convert(definition: OpDefinition, arg: Arg, value: Any, dtype: DType | None, hint: DType | None,
             name: str) -> Tensor:
    try:
        return conversion.convert_to_tensor(value, dtype=dtype, dtype_hint=hint, name=name, as_ref=arg.is_ref)
    except ValueError:
        found = getattr(value, "dtype", None)
        if dtype is not None and found is not None and hasattr(found, "base_dtype"):
            # A variable or tensor-like of another dtype.
            raise TypeError(_mismatch(definition, arg, found.base_dtype, dtype)) from None
        raise


def _mismatch(definition: OpDefinition, arg: Arg, found: DType, expected: DType) -> str:
    if arg.dtype is not None:
        return (f"Input '{arg.name}' of '{definition.type}' Op has type {found.name} that does not match "
                f"expected type of {expected.name}. Use tf.cast to change it.")
    first = next(a.name for a in definition.inputs if a.type_attr == arg.type_attr)
    return (f"Input '{arg.name}' of '{definition.type}' Op has type {found.name} that does not match type "
            f"{expected.name} of argument '{first}'. Use tf.cast to make them the same.")


def _check_dtype(definition: OpDefinition, arg: Arg, tensor: Tensor, bound: DType | None,
                 attrs: dict[str, Any]) -> None:
    base = tensor.dtype.base_dtype
    if bound is None:
        attr = definition.attrs[arg.type_attr]  # type: ignore[index]
        attributes.check_dtype(definition.type, attr, base, arg.name)
        attrs[arg.type_attr] = base  # type: ignore[index]
    elif base is not bound:
        raise TypeError(_mismatch(definition, arg, base, bound))
    elif arg.type_attr is not None:
        attributes.check_dtype(definition.type, definition.attrs[arg.type_attr], base, arg.name)
    if arg.is_ref and not tensor.dtype.is_ref_dtype:
        raise TypeError(
            f"Input '{arg.name}' of '{definition.type}' Op requires a mutable tensor (a variable), got {tensor}."
        )


def _convert_list(definition: OpDefinition, arg: Arg, values: Any, attrs: dict[str, Any]) -> list[Tensor]:
    if isinstance(values, Tensor) or not isinstance(values, (list, tuple)):
        raise TypeError(
            f"Expected a list for argument '{arg.name}' of {definition.type}, got {type(values).__name__}: {values!r}"
        )
    dtypes_given = attrs.get(arg.list_attr) if arg.list_attr else None
    if dtypes_given is not None and len(dtypes_given) != len(values):
        raise ValueError(
            f"{definition.type}: '{arg.list_attr}' lists {len(dtypes_given)} types, but '{arg.name}' has "
            f"{len(values)} values"
        )
    shared = arg.dtype_in(attrs)
    if shared is None and not arg.list_attr:
        shared = next((v.dtype.base_dtype for v in values if hasattr(v, "dtype") and hasattr(v.dtype, "base_dtype")),
                      None)
    tensors = []
    for i, value in enumerate(values):
        dtype = dtypes_given[i] if dtypes_given is not None else shared
        tensor = value if isinstance(value, Tensor) else _convert(
            definition, arg, value, dtype, None, f"{arg.name}_{i}")
        base = tensor.dtype.base_dtype
        if dtype is not None and base is not dtype:
            raise TypeError(
                f"Tensors in list passed to '{arg.name}' of '{definition.type}' Op have types "
                f"[{', '.join(getattr(getattr(v, 'dtype', None), 'name', type(v).__name__) for v in values)}] "
                f"that don't all match {dtype.name}."
            )
        if shared is None and not arg.list_attr:
            shared = base
        tensors.append(tensor)
    _bind_list(definition, arg, tensors, shared, attrs)
    return tensors


def _bind_list(definition: OpDefinition, arg: Arg, tensors: list[Tensor], shared: DType | None,
               attrs: dict[str, Any]) -> None:
    if arg.list_attr:
        attr = definition.attrs[arg.list_attr]
        attrs[arg.list_attr] = attributes.normalise(definition.type, attr, [t.dtype for t in tensors])
        return
    if arg.type_attr:
        attr = definition.attrs[arg.type_attr]
        bound: Any = attr.default if shared is None else shared
        attributes.check_dtype(definition.type, attr, bound, arg.name)
        attrs[arg.type_attr] = bound
    assert arg.number_attr is not None
    number = definition.attrs[arg.number_attr]
    if attrs.setdefault(arg.number_attr, len(tensors)) != len(tensors):
        raise ValueError(
            f"List argument '{arg.name}' to '{definition.type}' Op has length {len(tensors)}, but other lists or "
            f"'{arg.number_attr}' say {attrs[arg.number_attr]}"
        )
    if number.minimum is not None and len(tensors) < number.minimum:
        raise ValueError(
            f"List argument '{arg.name}' to '{definition.type}' Op with length {len(tensors)} is shorter than the "
            f"minimum length {number.minimum}."
        )


def output_dtypes(definition: OpDefinition, attrs: dict[str, Any]) -> list[DType]:
    """The dtypes of all outputs, list outputs laid flat."""
    result: list[DType] = []
    for arg in definition.outputs:
        if arg.list_attr:
            result.extend(attrs[arg.list_attr])
            continue
        dtype = arg.dtype_in(attrs)
        assert dtype is not None
        result.extend([dtype._as_ref if arg.is_ref else dtype] * arg.count(attrs))
    return result


def output_shapes(definition: OpDefinition, name: str, flat: Any, grouped: list[Any],
                  attrs: dict[str, Any]) -> tuple[TensorShape, ...]:
    """The static shapes of all outputs, by the op's shape rule. For a resource it is given the shape behind it.

    Args:
      definition: The op.
      name: Name of the node, for the error.
      flat: All inputs.
      grouped: The same in the structure of the signature, list inputs as lists.
      attrs: All attributes.

    Raises:
      ValueError: If the shapes of the inputs do not fit.
    """
    rule = definition.shape
    if rule is None:
        return (UNKNOWN,) * len(output_dtypes(definition, attrs))
    static = definition.static_positions
    arguments = [_rule_argument(value, i in static) for i, value in enumerate(grouped)]
    if definition.stateful:  # only such ops take resources
        arguments = [static_values.shape_behind(value) if arg.dtype is dtypes.resource else argument
                     for arg, value, argument in zip(definition.inputs, grouped, arguments, strict=True)]
    try:
        shapes = rule(*arguments, **opdef.attrs_for(definition, rule, attrs))
    except ValueError as error:
        shown = ", ".join(str(list(t._shape.sizes)) if t._shape.sizes is not None else "<unknown>" for t in flat)
        shown = shown.replace("None", "?")
        refusal = ValueError(f"{str(error).rstrip('.')} for '{name}' (op: '{definition.type}') with input shapes: "
                             f"{shown}.")
        build_errors.note_node(refusal, definition, name, grouped)
        raise refusal from None
    if isinstance(shapes, TensorShape):
        return (shapes,)
    return tuple(shapes)


def _rule_argument(value: Any, is_static: bool) -> Any:
    """What a shape rule is given for an input."""
    if isinstance(value, list):
        return [_rule_argument(tensor, is_static) for tensor in value]
    return StaticInput(value) if is_static else value._shape


UNKNOWN = TensorShape(None)
opdef.set_caller(call)
