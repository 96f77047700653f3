"""What is known of an op type: its signature, its rules, and what the compiler passes need to know.

`define_op` parses a small signature language ("a: T, b: T", "values: N * T", "inputs: Tin"),
checks that every rule is there and asks only for what exists, and registers the definition under TensorFlow's
name. State: the registry `DEFINITIONS`, filled while modules that define ops are imported (some when an op type is
first asked for) and by user code that calls `define_op`; it only grows.
"""

from __future__ import annotations

import collections
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from millpond import dtypes
from millpond.dtypes import DType
from millpond.graph.effects import Body, Effects, by_type
from millpond.shapes import TensorShape

Rule = Callable[..., Any]
# The keyword under which a `lower` rule asks for what it is lowered for.
LOWERING = "lowering"


class _NotDifferentiable:
    """The gradient rule of an op that has none: walks stop here."""

    def __repr__(self) -> str:
        return "NOT_DIFFERENTIABLE"


NOT_DIFFERENTIABLE = _NotDifferentiable()


@dataclass(frozen=True)
class Guard:
    """A check of values at run time that XLA itself would drop.

    Attributes:
      ok: `ok(xp, *inputs, **attrs)` gives a boolean array of no dimensions; true means that all is well.
      message: `message(*inputs, **attrs)`, called with NumPy arrays once a check has failed, words the error.
      values: The inputs whose values `ok` looks at; of the others it may use only shape and dtype.
      error: The class in `errors` that is raised.
      takes_interval: Whether the values of a scalar among `values` that `ok` accepts are an interval (an index that
        must be in range): if it accepts two, it accepts all between.
      when: `when(**attrs)` tells whether a node needs the check at all (division of integers does, that of floats
        does not); by default every node does.
    """

    ok: Rule
    message: Rule
    values: tuple[str, ...]
    error: type[Exception]
    when: Rule | None = None
    takes_interval: bool = False


class Arg:
    """An input or output of a signature: `name: float`, `name: T`, `name: N * T`, `name: Tlist`, `name: Ref(T)`."""

    __slots__ = ("name", "dtype", "type_attr", "number_attr", "list_attr", "is_ref")

    def __init__(self, name: str, spec: str, attrs: dict[str, Attr]) -> None:
        self.name = name
        self.dtype: DType | None = None
        self.type_attr: str | None = None
        self.number_attr: str | None = None
        self.list_attr: str | None = None
        self.is_ref = spec.startswith("Ref(")
        if self.is_ref:
            spec = spec[4:-1]
        if "*" in spec:
            number, spec = (part.strip() for part in spec.split("*"))
            self.number_attr = number
        if spec not in attrs:
            self.dtype = dtypes.as_dtype(spec)
        elif attrs[spec].kind == "list(type)":
            self.list_attr = spec
        else:
            self.type_attr = spec

    @property
    def is_list(self) -> bool:
        return self.number_attr is not None or self.list_attr is not None

    def count(self, attrs: dict[str, Any]) -> int:
        """How many tensors the argument is, given an operation's attributes."""
        if self.number_attr is not None:
            return attrs[self.number_attr]
        return 1 if self.list_attr is None else len(attrs[self.list_attr])

    def dtype_in(self, attrs: dict[str, Any]) -> DType | None:
        """The one dtype of its tensors, or None where the attributes do not say it (yet)."""
        if self.dtype is not None or self.type_attr is None:
            return self.dtype
        return attrs.get(self.type_attr)


class Attr:
    """An attribute of a signature: its kind, default, allowed values and lower bound."""

    __slots__ = ("name", "kind", "default", "allowed", "minimum")

    REQUIRED = object()

    def __init__(self, name: str, spec: str) -> None:
        self.name = name
        spec, equals, default = _split_default(spec)
        bound = re.match(r"(.*?)>=\s*(\d+)$", spec)
        self.minimum = int(bound[2]) if bound else None
        if bound:
            spec = bound[1].strip()
        self.allowed: frozenset | None = None
        if spec.startswith("{") or spec.startswith("list({"):
            values = [v.strip() for v in spec[spec.index("{") + 1:spec.index("}")].split(",")]
            if values[0].startswith("'"):
                self.kind, self.allowed = "string", frozenset(v.strip("'") for v in values)
            else:
                self.kind = "list(type)" if spec.startswith("list(") else "type"
                self.allowed = frozenset(dtypes.as_dtype(v) for v in values)
        else:
            self.kind = spec
        self.default = self._parse(default) if equals else Attr.REQUIRED

    def _parse(self, text: str) -> Any:
        if text == "None":
            return TensorShape(None) if self.kind == "shape" else None
        if self.kind == "type":
            return dtypes.as_dtype(text)
        if self.kind == "bool":
            return {"True": True, "False": False}[text]
        if self.kind == "string":
            return text.strip("'")
        if self.kind == "int":
            return int(text)
        if self.kind == "float":
            return float(text)
        if self.kind.startswith("list("):
            items = [item.strip() for item in text.strip("[]").split(",") if item.strip()]
            return [int(i) if self.kind == "list(int)" else float(i) if self.kind == "list(float)" else i.strip("'")
                    for i in items]
        if self.kind == "tensor":
            return np.array([int(item) for item in text.strip("[]").split(",")], np.uint8)
        raise ValueError(f"attribute {self.name}: a default of kind {self.kind} is not supported")


class OpDefinition:
    """One op type. Calling it adds a node to the default graph (see `building.call`).

    Attributes:
      type: TensorFlow's name of the type, the wire name in GraphDef.
      inputs, outputs: The signature, as `Arg`s.
      attrs: Attributes by name, in TensorFlow's order.
      shape: `shape(*inputs, **attrs)`, each input a `TensorShape` (a list of them for list inputs; a
        `StaticInput` for static inputs), gives the output shape, or a tuple of them.
      kernel: `kernel(xp, *inputs, **attrs)` on NumPy and `jax.numpy` alike, or None.
      lower: `lower(jax, *inputs, **attrs)`, the form that only XLA can run, or None. One with a keyword `lowering`
        is told what it is lowered for: the platform and the sharding (a `Lowering`).
      gradient: `gradient(g, op, *dys)` gives one cotangent (or None) for each input, or NOT_DIFFERENTIABLE.
      host: `kernel` runs as Python outside XLA, and is given no `xp`.
      blocks: The host kernel may wait for what only others can do; it gets a stage and a thread of its own.
      bodies: `bodies(op)` gives the subgraphs that a node runs (branches, loops), or None: none.
      completes: Of an op that only files have, and that stands for what is made of a function (its gradient):
        `completes(body, tensors)` makes that of the body, given the inputs beside the function's.
      effects: What passes ask of a node, where its values may go through XLA and where not (`effects.py`).
      static_inputs: Inputs whose values must be known when compiling.
      static_rule: `static_rule(op)` names those of them that this operation needs (`x[i]` needs none), or None: all.
      reads_shape_only: The output depends only on the shapes of the inputs (`Shape`, `Size`, `ZerosLike`, ...).
      writes: `Ref` inputs whose variable the op sets. The kernel returns the new values, in this order.
      reads: `Ref` inputs whose current value the kernel is given (others get None).
      random: `samples(shape, ...)`-like rule telling how many 128-bit samples one execution takes; the kernel is
        given the stream's state as its first input.
      guard: The check of values, or None.
      stateful: Never folded, merged or dropped as a duplicate.
      foldable: May be evaluated while building or compiling when its inputs are known (lists of tensors never are).
      shape_value: `shape_value(op, value_of)`: the output as a list of int or None, when it is read as a shape
        that is only partly known (`Pack`, `ConcatV2`, ...); one such list for each output where there can be several.
      role: What the session itself does in place of a kernel: "placeholder" (the value is fed), "variable" (the
        value lies in the session's store), "constant" (it stands in the attribute `value`), "group" (no value,
        only order), "unused" (a value that nobody looks at, of a shape that another branch knows); or "identity" for
        the op whose reading of a variable is transparent.
    """

    __slots__ = ("type", "inputs", "outputs", "attrs", "shape", "kernel", "lower", "gradient", "host",
                 "blocks", "bodies", "completes", "effects", "wants_lowering", "static_inputs", "static_positions",
                 "static_rule", "reads_shape_only", "writes", "reads", "random",
                 "guard", "stateful", "foldable", "shape_value", "role", "rule_attrs", "result_type", "input_index",
                 "plain", "shared_attrs")

    type: str
    inputs: list[Arg]
    outputs: list[Arg]
    attrs: dict[str, Attr]
    shape: Rule | None
    kernel: Rule | None
    lower: Rule | None
    gradient: Any
    host: bool
    blocks: bool
    bodies: Callable[[Any], Sequence[Body]] | None
    completes: Callable[[Any, Sequence[Any]], None] | None
    effects: tuple[Effects, Effects]
    wants_lowering: bool
    static_inputs: tuple[str, ...]
    static_positions: frozenset[int]
    static_rule: Rule | None
    reads_shape_only: bool
    writes: tuple[int, ...]
    reads: tuple[int, ...]
    random: Rule | None
    guard: Guard | None
    stateful: bool
    foldable: bool
    shape_value: Rule | None
    role: str | None
    rule_attrs: dict[Rule, tuple[str, ...]]
    result_type: Any
    input_index: dict[str, int]
    plain: bool
    shared_attrs: dict[Any, dict[str, Any]]

    def __init__(self, type: str, **facts: Any) -> None:
        self.type = type
        for name, value in facts.items():
            setattr(self, name, value)

    def __repr__(self) -> str:
        return f"<op definition {self.type}>"

    @property
    def has_several_outputs(self) -> bool:
        """Whether there can be more than one output."""
        return len(self.outputs) > 1 or any(arg.is_list for arg in self.outputs)

    def __call__(self, *inputs: Any, name: str | None = None, **attrs: Any) -> Any:
        return _call(self, inputs, name, attrs)


DEFINITIONS: dict[str, OpDefinition] = {}
_call: Callable[..., Any]
_load: Callable[[str], None]


def set_caller(call: Callable[..., Any]) -> None:
    """Tells how a definition adds a node (building.py calls this once: it stands above this module)."""
    global _call
    _call = call


def set_loader(load: Callable[[str], None]) -> None:
    """Tells what imports the module that defines an op type (ops/families.py calls this once: it stands above)."""
    global _load
    _load = load


def find(type: str) -> OpDefinition | None:
    """The definition of an op type, or None; what defines it is imported if need be."""
    definition = DEFINITIONS.get(type)
    if definition is None:
        _load(type)
        definition = DEFINITIONS.get(type)
    return definition


def lookup(type: str) -> OpDefinition:
    """The definition of an op type.

    Raises:
      NotImplementedError: If there is none.
    """
    definition = find(type)
    if definition is None:
        raise NotImplementedError(f"The op type '{type}' is not supported by this version of Millpond.")
    return definition


def define_op(type: str, *, inputs: str = "", outputs: str = "", attrs: str = "", shape: Rule | None,
              kernel: Rule | None = None, lower: Rule | None = None, gradient: Rule | _NotDifferentiable,
              host: bool = False, blocks: bool = False, bodies: Callable[[Any], Sequence[Body]] | None = None,
              completes: Callable[[Any, Sequence[Any]], None] | None = None,
              static_inputs: Sequence[str] = (), static_rule: Rule | None = None,
              reads_shape_only: bool = False, writes: Sequence[str] = (), reads: Sequence[str] = (),
              random: Rule | None = None, guard: Guard | None = None, stateful: bool = False,
              shape_value: Rule | None = None, role: str | None = None) -> OpDefinition:
    """Defines an op type and registers it; see `OpDefinition` for the arguments.

    Raises:
      ValueError: If the type exists, a rule is missing, or a rule asks for what the signature does not have.
    """
    if type in DEFINITIONS:
        raise ValueError(f"op type {type} is defined twice")
    attr_table = {name: Attr(name, spec) for name, spec in _split_signature(attrs)}
    input_args = [Arg(name, spec, attr_table) for name, spec in _split_signature(inputs)]
    output_args = [Arg(name, spec, attr_table) for name, spec in _split_signature(outputs)]
    if blocks and not host:
        raise ValueError(f"op type {type} blocks, but does not run on the host")
    if kernel is None and lower is None and role is None and bodies is None and completes is None:
        raise ValueError(f"op type {type} has neither kernel nor lower, and no bodies")
    position = {arg.name: i for i, arg in enumerate(input_args)}
    for field, names in (("static_inputs", static_inputs), ("writes", writes), ("reads", reads),
                         ("guard", guard.values if guard else ())):
        unknown = set(names) - set(position)
        if unknown:
            raise ValueError(f"op type {type}: {field} names {sorted(unknown)}, which are no inputs")
    stateful = stateful or host or bool(writes) or random is not None
    definition = OpDefinition(
        type, inputs=input_args, outputs=output_args, attrs=attr_table, shape=shape, kernel=kernel, lower=lower,
        gradient=gradient, host=host, blocks=blocks, bodies=bodies, completes=completes,
        wants_lowering=lower is not None and LOWERING in lower.__code__.co_varnames, static_inputs=tuple(static_inputs),
        static_positions=frozenset(position[n] for n in static_inputs), static_rule=static_rule,
        reads_shape_only=reads_shape_only,
        writes=tuple(position[n] for n in writes), reads=tuple(position[n] for n in reads), random=random,
        guard=guard, stateful=stateful, shape_value=shape_value, role=role,
        foldable=((kernel is not None or role == "constant") and not stateful
                  and not any(arg.dtype is dtypes.variant for arg in input_args + output_args)),
        rule_attrs={rule: _attrs_of_rule(type, rule, attr_table)
                    for rule in (shape, kernel, lower, random, guard and guard.ok, guard and guard.message,
                                 guard and guard.when) if rule},
        result_type=collections.namedtuple(type, [a.name for a in output_args]) if len(output_args) > 1 else None,
        input_index=position, plain=_is_plain(input_args, output_args, attr_table), shared_attrs={})
    definition.effects = by_type(definition)
    DEFINITIONS[type] = definition
    return definition


def _is_plain(inputs: list[Arg], outputs: list[Arg], attrs: dict[str, Attr]) -> bool:
    """Whether the op is of the commonest kind, `(T, T, ...) -> T` with no other attribute: a quicker way to build."""
    return (list(attrs) == ["T"] and len(outputs) == 1
            and all(arg.type_attr == "T" and not arg.is_list and not arg.is_ref for arg in inputs + outputs))


def _split_signature(text: str) -> list[tuple[str, str]]:
    """`"a: T, b: {x, y} = x"` to [("a", "T"), ("b", "{x, y} = x")]: commas inside brackets, and `','`, do not split."""
    parts = re.split(r",(?!')\s*(?![^{\[]*[}\]])", text) if text else []
    pairs = []
    for part in parts:
        name, _, spec = part.partition(":")
        pairs.append((name.strip(), spec.strip()))
    return pairs


def _split_default(spec: str) -> tuple[str, bool, str]:
    """`"int >= 1 = 2"` to ("int >= 1", True, "2")."""
    found = re.match(r"(.*?[^>=\s])\s*=\s*([^=]+)$", spec)
    return (found[1].strip(), True, found[2].strip()) if found else (spec.strip(), False, "")


def _attrs_of_rule(type: str, rule: Rule, attrs: dict[str, Attr]) -> tuple[str, ...]:
    """The attributes that a rule asks for: its keyword-only parameters."""
    code = rule.__code__
    names = code.co_varnames[code.co_argcount:code.co_argcount + code.co_kwonlyargcount]
    bound = rule.__kwdefaults__ or {}
    unknown = [name for name in names if name not in attrs and name not in bound and name != LOWERING]
    if unknown:
        raise ValueError(f"op type {type}: {rule.__name__} asks for attributes {unknown}, which it does not have")
    return tuple(name for name in names if name in attrs)


def attrs_for(definition: OpDefinition, rule: Rule, values: dict[str, Any]) -> dict[str, Any]:
    """The keyword arguments that `rule` wants, out of an operation's attributes."""
    names = definition.rule_attrs[rule]
    return {name: values[name] for name in names} if names else {}


def sections(args: list[Arg], attrs: dict[str, Any]) -> list[int | slice]:
    """Where each argument of a signature stands among the flat tensors: an index, or a slice for a list."""
    found: list[int | slice] = []
    position = 0
    for arg in args:
        count = arg.count(attrs)
        found.append(slice(position, position + count) if arg.is_list else position)
        position += count
    return found
