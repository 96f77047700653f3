"""Builds the random programs of `control_programs.py` with a library: ours, or the real TensorFlow."""

from __future__ import annotations

import collections
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from program_data import COMPLEX, FLOATS, Block, Program, Step, Value

Pair = collections.namedtuple("Pair", ["left", "right"])


@dataclass
class Built:
    """What was built of a program.

    Attributes:
      fetches: What its steps give, by name.
      gradients: The gradients, by name, and those of the gradients.
      feeds: What is fed.
      variables: The values of the variables, to be asked for afterwards.
      losses: What the gradients of each order are taken of.
    """

    fetches: dict[str, Any]
    gradients: dict[str, Any]
    feeds: dict[Any, np.ndarray]
    variables: list[Any]
    losses: list[Any]


class Builder:
    """Builds one program in the default graph.

    Args:
      lib: The library.
      program: The program.
    """

    def __init__(self, lib: Any, program: Program) -> None:
        self.lib = lib
        self.program = program
        self.variables = [self._new_variable(one) for one in program.variables]
        self.losses: list[Any] = []

    def _new_variable(self, one: Any) -> Any:
        return self.lib.get_variable(f"v{one.number}", initializer=one.initial, use_resource=one.is_resource)

    def build(self) -> Built:
        lib, program = self.lib, self.program
        values: dict[int, Any] = {}
        feeds = {}
        for one in program.inputs:
            placeholder = lib.placeholder(one.value.type.dtype, one.declared, name=f"x{one.value.id}")
            values[one.value.id] = placeholder
            feeds[placeholder] = one.fed
        self.run(program.block, values)
        for value, fed in program.overrides:
            feeds[values[value.id]] = fed
        fetches = {f"v{value.id}": values[value.id] for value in program.block.results}
        return Built(fetches, self.gradients(values), feeds,
                     [variable.read_value() for variable in self.variables], self.losses)

    def gradients(self, values: dict[int, Any]) -> dict[str, Any]:
        lib, program = self.lib, self.program
        found: dict[str, Any] = {}
        ys = [part for value in program.block.results for part in self.real(values[value.id], value)]
        names = {f"x{one.value.id}": values[one.value.id] for one in program.inputs
                 if one.value.type.dtype in FLOATS + COMPLEX}
        names.update({f"v{value.id}": values[value.id] for value, _ in program.overrides
                      if value.type.dtype in FLOATS + COMPLEX})
        names.update({f"variable{one.number}": variable for one, variable in
                      zip(program.variables, self.variables, strict=True) if one.type.dtype in FLOATS})
        for order in range(1, program.order + 1):
            if not ys or not names:
                break
            self.losses.append(lib.add_n([lib.cast(y, "float64") for y in ys]))
            dxs = lib.gradients(ys, list(names.values()))
            kept = {}
            for (name, x), dx in zip(names.items(), dxs, strict=True):
                found[f"d{order} {name}"] = dx
                if dx is not None:
                    kept[name] = x
            names = kept
            ys = []
            for dx in dxs:
                if dx is not None:
                    dense = lib.convert_to_tensor(dx)
                    weighted = lib.cos(lib.real(dense) if dense.dtype.is_complex else dense)
                    ys.append(lib.reduce_sum(weighted))
        return found

    def real(self, tensor: Any, value: Value) -> list[Any]:
        lib = self.lib
        if value.type.dtype in FLOATS:
            return [lib.reduce_sum(tensor * tensor)]
        if value.type.dtype in COMPLEX:
            return [lib.reduce_sum(lib.square(lib.real(tensor)) + lib.imag(tensor))]
        return []

    # Blocks.

    def run(self, block: Block, values: dict[int, Any]) -> list[Any]:
        """Builds the steps of a block, with the values around it; gives its results."""
        for step in block.steps:
            given = getattr(self, f"_{step.kind}")(step, values, *[values[value.id] for value in step.takes])
            given = given if isinstance(given, list) else [given]
            values.update({value.id: tensor for value, tensor in zip(step.gives, given, strict=True)})
        return [values[value.id] for value in block.results]

    def call(self, block: Block, values: dict[int, Any], *arguments: Any) -> list[Any]:
        """The results of a block that is given arguments."""
        inner = {**values, **{value.id: tensor for value, tensor in zip(block.parameters, arguments, strict=True)}}
        return self.run(block, inner)

    # Steps.

    def _const(self, step: Step, values: Any) -> Any:
        return self.lib.constant(step.facts["value"], step.gives[0].type.dtype)

    def _unary(self, step: Step, values: Any, x: Any) -> Any:
        lib = self.lib
        special: dict[str, Callable[[], Any]] = {
            "half": lambda: x * lib.constant(0.5, x.dtype), "mod5": lambda: lib.floormod(x, lib.constant(5, x.dtype)),
            "relu": lambda: lib.nn.relu(x), "conj": lambda: lib.math.conj(x),
            "shout": lambda: lib.string_join([x, "!"])}
        op = step.facts["op"]
        return special[op]() if op in special else getattr(lib, op)(x)

    def _binary(self, step: Step, values: Any, x: Any, y: Any) -> Any:
        lib = self.lib
        special: dict[str, Callable[[], Any]] = {
            "add": lambda: x + y, "sub": lambda: x - y, "mul": lambda: self.bounded(x * y),
            "div1": lambda: x / (1.0 + lib.square(y)), "string_join": lambda: lib.string_join([x, y])}
        op = step.facts["op"]
        return special[op]() if op in special else getattr(lib, op)(x, y)

    def bounded(self, x: Any) -> Any:
        """Products of products grow."""
        if x.dtype.is_floating:
            return self.lib.sin(x)
        return x * self.lib.constant(0.5, x.dtype) if x.dtype.is_complex else x

    def _reduce(self, step: Step, values: Any, x: Any) -> Any:
        return getattr(self.lib, step.facts["op"])(x, step.facts["axis"])

    def _cast(self, step: Step, values: Any, x: Any) -> Any:
        op = step.facts["op"]
        return self.lib.cast(x, step.facts["dtype"]) if op == "cast" else getattr(self.lib, op)(x)

    def _shaped(self, step: Step, values: Any, x: Any) -> Any:
        lib = self.lib
        return {"expand": lambda: lib.expand_dims(x, 0), "stack": lambda: lib.stack([x, x]),
                "flatten": lambda: lib.reshape(x, [-1]), "reverse": lambda: lib.reverse(x, [0]),
                "zeros": lambda: lib.fill(lib.shape(x), lib.constant(
                    {"string": b"z", "bool": False}.get(x.dtype.base_dtype.name, 0), x.dtype)),
                "head": lambda: x[:2], "grow": lambda: lib.concat([x, x], 0),
                "grow1": lambda: lib.concat([x, x[:1]], 0),
                "split_sizes": lambda: lib.concat(lib.split(x, [1, lib.shape(x)[0] - 1] if step.gives[
                    0].type.shape[0] else [0, lib.shape(x)[0]]), 0),
                "transpose": lambda: lib.transpose(x), "first": lambda: x[0]}[step.facts["op"]]()

    def _lookup(self, step: Step, values: Any, table: Any, index: Any) -> Any:
        lib = self.lib
        rows = lib.floormod(index, lib.constant(step.facts["size"], index.dtype))
        return (lib.nn.embedding_lookup if step.facts["op"] == "embedding_lookup" else lib.gather)(table, rows)

    def _compare(self, step: Step, values: Any, x: Any) -> Any:
        lib = self.lib
        return {"any": lambda: lib.reduce_any(x), "any_not": lambda: lib.logical_not(lib.reduce_any(x)),
                "sum_above": lambda: lib.reduce_sum(x) > lib.constant(0, x.dtype),
                "sum_below": lambda: lib.reduce_sum(x) < lib.constant(1, x.dtype),
                "count": lambda: lib.size(x) > 2,
                "index": lambda: lib.floormod(lib.cast(lib.reduce_sum(x), "int32"), 4)}[step.facts["op"]]()

    def nested(self, step: Step, results: list[Any]) -> Any:
        """The results of a branch in the structure that the step has drawn."""
        nest = step.facts["nest"]
        if nest == 1 and len(results) > 1:
            return (results[0], results[1:])
        if nest == 2:
            return {f"k{i}": result for i, result in enumerate(results)}
        if nest == 3 and len(results) == 2:
            return Pair(*results)
        return results

    def flat(self, structure: Any) -> list[Any]:
        if isinstance(structure, dict):
            return [structure[name] for name in sorted(structure)]
        if isinstance(structure, (list, tuple)):
            return [leaf for part in structure for leaf in self.flat(part)]
        return [structure]

    def _cond(self, step: Step, values: Any, pred: Any) -> Any:
        yes, no = [lambda block=block: self.nested(step, self.call(block, values)) for block in step.blocks]
        return self.flat(self.lib.cond(pred, yes, no))

    def _switch(self, step: Step, values: Any, index: Any) -> Any:
        functions = [lambda block=block: self.nested(step, self.call(block, values)) for block in step.blocks]
        default = functions.pop() if step.facts["has_default"] and len(functions) > 1 else None
        return self.flat(self.lib.switch_case(index, functions, default=default))

    def _case(self, step: Step, values: Any, *preds: Any) -> Any:
        functions = [lambda block=block: self.nested(step, self.call(block, values)) for block in step.blocks]
        return self.flat(self.lib.case(list(zip(preds, functions, strict=False)), default=functions[-1]))

    def _loop(self, step: Step, values: Any, *takes: Any) -> Any:
        lib, facts = self.lib, step.facts
        body = step.blocks[0]
        count = len(step.gives)
        limit = facts["limit"] if facts["limit"] is not None else takes[count]
        nest = facts["nest"]

        def packed(i: Any, rest: list[Any]) -> Any:
            if nest == 1:
                return i, tuple(rest)
            if nest == 2:
                return [i, {f"k{n:02}": one for n, one in enumerate(rest)}]
            if nest == 3 and count == 2:
                return (i, Pair(*rest))
            return [i, *rest]

        def turn(*state: Any) -> Any:
            i, *rest = self.flat(state)
            return packed(i + 1, self.call(body, values, i, *rest))

        def goes_on(*state: Any) -> Any:
            i, *rest = self.flat(state)
            below = i < limit
            if len(step.blocks) == 1:
                return below
            return lib.logical_and(below, self.call(step.blocks[1], values, i, *rest)[0])

        invariants = None
        if facts["invariants"]:
            shapes = []
            for tensor, general in zip(takes, facts["general"], strict=False):
                rank = tensor.shape.ndims
                shapes.append(tensor.shape if not general else lib.TensorShape([None] * rank if rank is not None
                                                                              and facts["rank_only"] else None))
            invariants = packed(lib.TensorShape([]), shapes)
        start = packed(lib.constant(0), list(takes[:count]))
        result = lib.while_loop(goes_on, turn, start, shape_invariants=invariants,
                                maximum_iterations=facts["maximum"], parallel_iterations=facts["parallel"])
        return self.flat(result)[1:]

    def _map(self, step: Step, values: Any, *elements: Any) -> Any:
        block = step.blocks[0]
        dtypes = [value.type.dtype for value in block.results]
        single = len(dtypes) == 1

        def apply(element: Any) -> Any:
            results = self.call(block, values, *self.flat(element))
            return results[0] if single else tuple(results)

        result = self.lib.map_fn(apply, elements[0] if len(elements) == 1 else tuple(elements),
                                 dtype=getattr(self.lib, dtypes[0]) if single else tuple(
                                     getattr(self.lib, name) for name in dtypes),
                                 parallel_iterations=step.facts["parallel"])
        return self.flat(result)

    def _accumulate(self, step: Step, values: Any, *takes: Any) -> Any:
        lib, count, block = self.lib, step.facts["elements"], step.blocks[0]
        elements, starts = takes[:count], takes[count:]
        single = len(step.gives) == 1

        def apply(so_far: Any, element: Any) -> Any:
            results = self.call(block, values, *self.flat(so_far), *self.flat(element))
            return results[0] if single else tuple(results)

        options = {"reverse": True} if step.facts["reverse"] else {}
        result = getattr(lib, step.facts["op"])(apply, elements[0] if count == 1 else tuple(elements),
                                                initializer=starts[0] if starts else None, **options)
        return self.flat(result)

    def _arrays(self, step: Step, values: Any, x: Any) -> Any:
        lib, facts = self.lib, step.facts
        op, rows, order = facts["op"], facts["rows"], facts["order"]
        inner = list(step.takes[0].type.shape[1:])

        def new(size: Any, **options: Any) -> Any:
            if facts["declared"] and op not in ("split", "concat"):
                options.setdefault("element_shape", inner)
            return lib.TensorArray(x.dtype, size=size, infer_shape=facts["infer"], **options)

        if op in ("loop", "grow"):
            given = new(rows, clear_after_read=facts["clear"]).unstack(x)
            made = new(0, dynamic_size=True) if op == "grow" else new(rows)
            turns = rows if op == "loop" else 4 if rows else 0

            def turn(i: Any, made: Any) -> Any:
                at = i if op == "loop" else lib.floormod(i, max(rows, 1))
                element = self.call(step.blocks[0], values, given.read(at) if op == "loop" else lib.gather(x, at))[0]
                return i + 1, made.write(i, element)

            return lib.while_loop(lambda i, made: i < turns, turn, [lib.constant(0), made])[1].stack()
        if op == "gather":
            return new(rows, clear_after_read=False).unstack(x).gather(lib.constant(order, "int32", [len(order)]))
        if op == "scatter":
            filled = new(rows + 1).scatter(order, x)
            missing = ({*range(rows + 1)} - {*order}).pop()
            return filled.write(missing, x[0]).stack()
        if op == "split":
            array = lib.TensorArray(x.dtype, size=len(order), infer_shape=False).split(x, order)
            return array.concat()
        if op == "concat":
            return new(rows).unstack(x).concat()
        if op == "reread":
            array = new(rows, clear_after_read=False).unstack(x)
            return lib.stack([array.read(i) for i in range(rows)])
        array = new(rows)
        for i in range(rows):
            array = array.write(i, x[i])
        return array.stack()

    def _inner_gradient(self, step: Step, values: Any, x: Any) -> Any:
        lib = self.lib
        here = lib.identity(x)
        y = self.call(step.blocks[0], values, here)[0]
        dx = lib.gradients(lib.reduce_sum(lib.sin(y)), here)[0]
        return lib.zeros_like(here) if dx is None else lib.convert_to_tensor(dx)

    def _variable(self, step: Step, values: Any, change: Any) -> Any:
        lib = self.lib
        variable = self.variables[step.facts["number"]]
        with lib.control_dependencies([getattr(lib, step.facts["op"])(variable, change)]):
            # A sum, as what is read of a reference may be the variable itself, which later iterations set.
            return variable.read_value() + lib.zeros_like(change)

    def _group(self, step: Step, values: Any, *tensors: Any) -> Any:
        lib, op = self.lib, step.facts["op"]
        if op == "tuple":
            return list(lib.tuple(list(tensors)))
        if op == "with_dependencies":
            with lib.control_dependencies([lib.group(*tensors)]):
                return [lib.identity(tensor) for tensor in tensors]
        if op == "control":
            with lib.control_dependencies(list(tensors)):
                return [lib.identity(tensor) for tensor in tensors]
        done = lib.group(*[tensor.op for tensor in tensors])
        with lib.control_dependencies([done]):
            return [lib.identity(tensor) for tensor in tensors]
