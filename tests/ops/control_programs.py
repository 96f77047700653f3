"""Random programs with branches, loops and tensor arrays, as data; `program_building.py` builds them.

A program is a block of steps. A step takes values and gives values; steps that have bodies hold blocks, which may use
the values of the blocks around them. The generator knows the dtype of every value and, as far as it can be known, the
shape that it has at run time, so that programs are valid; what shape a library knows while building is its own affair.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import Any

import numpy as np
from program_data import (
    COMPLEX,
    DTYPES,
    FLOATS,
    INTEGERS,
    Block,
    Input,
    Program,
    Step,
    Type,
    Value,
    Variable,
    array,
    every_step,
)

UNARY = {
    "float": ["tanh", "sin", "cos", "sigmoid", "negative", "square", "abs", "half", "identity", "ones_like", "relu",
              "stop_gradient"],
    "int": ["negative", "abs", "mod5", "identity", "zeros_like"],
    "bool": ["logical_not", "identity"],
    "complex": ["conj", "half", "negative", "identity", "tanh"],
    "string": ["identity", "shout"],
}
BINARY = {
    "float": ["add", "sub", "mul", "maximum", "minimum", "div1", "squared_difference"],
    "int": ["add", "sub", "mul", "maximum"],
    "bool": ["logical_and", "logical_or", "logical_xor"],
    "complex": ["add", "sub", "mul"],
    "string": ["string_join"],
}


def family(dtype: str) -> str:
    """What can be done with a dtype."""
    if dtype in FLOATS:
        return "float"
    return "int" if dtype in INTEGERS else "complex" if dtype in COMPLEX else dtype


class Generator:
    """Makes the program of a seed.

    Args:
      seed: Which program.
      order: How often gradients are taken; by default that is drawn, too.
      is_frames: Whether variables may be references, which TensorFlow's functional control flow does not know.
      dtypes: The dtypes that values have, and how often.
    """

    def __init__(self, seed: int, order: int | None = None, is_frames: bool = False,
                 dtypes: dict[str, int] = DTYPES) -> None:
        self.rng = random.Random(seed)
        self.seed = seed
        self.order = self.rng.choice([0, 1, 1, 2]) if order is None else order
        self.is_frames = is_frames
        self.dtypes = dtypes
        self.real = "float32" if "float32" in dtypes else "float64"
        self.variables: list[Variable] = []
        self.count = 0
        self.steps = 0

    def value(self, dtype: str, shape: Iterable[int | None]) -> Value:
        self.count += 1
        return Value(self.count, Type(dtype, tuple(shape)))

    def like(self, value: Value) -> Value:
        return self.value(value.type.dtype, value.type.shape)

    def known(self, *dtypes: str) -> list[str]:
        """Those of some dtypes that values have."""
        return [dtype for dtype in dtypes if dtype in self.dtypes]

    def dtype(self) -> str:
        return self.rng.choices(list(self.dtypes), list(self.dtypes.values()))[0]

    def shape(self) -> tuple[int, ...]:
        rank = self.rng.choices([0, 1, 2, 3], [30, 40, 22, 8])[0]
        return tuple(self.rng.choices([0, 1, 2, 3], [7, 18, 40, 35])[0] for _ in range(rank))

    def program(self) -> Program:
        inputs = []
        for _ in range(self.rng.randint(2, 4)):
            value = self.value(self.dtype(), self.shape())
            inputs.append(self.input(value))
        inputs.append(self.input(self.value(self.real, (3,))))
        block = Block([one.value for one in inputs], [], [])
        _Body(self, block, [], depth=0).fill(self.rng.randint(4, 9))
        given = [value for step in block.steps for value in step.gives]
        fetched = {value.id for value in block.results}
        extra = [value for value in given if value.id not in fetched]
        block.results += self.rng.sample(extra, min(len(extra), 6))
        overrides = []
        if self.rng.random() < 0.3:
            simple = [step.gives[0] for step in block.steps if step.kind in ("unary", "binary", "const")
                      and step.gives[0].type.is_known]
            overrides = [(value, array(self.rng, value.type)) for value in simple[:1]]
        return Program(self.seed, inputs, self.variables, block, overrides, self.order)

    def input(self, value: Value) -> Input:
        declared: tuple[int | None, ...] | None = value.type.shape
        draw = self.rng.random()
        if draw < 0.15:
            declared = tuple(None if self.rng.random() < 0.6 else size for size in value.type.shape)
        elif draw < 0.2:
            declared = None
        return Input(value, array(self.rng, value.type), declared)


class _Body:
    """Makes the steps of one block.

    Args:
      generator: What is common to the program.
      block: The block, with its parameters.
      around: The values of the blocks around it.
      depth: How many those are.
    """

    def __init__(self, generator: Generator, block: Block, around: list[Value], depth: int) -> None:
        self.g = generator
        self.rng = generator.rng
        self.block = block
        self.around = around
        self.depth = depth
        self.own = list(block.parameters)

    # What there is.

    def pick(self, *families: str, rank: int | None = None, known: bool = False, own: bool = False) -> Value | None:
        """A value of one of some families, mostly a new one of this block."""
        fits = [value for value in (self.own if own else self.around + self.own)
                if (not families or family(value.type.dtype) in families)
                and (rank is None or len(value.type.shape) >= rank) and (not known or value.type.is_known)]
        if not fits:
            return None
        mine = [value for value in fits if value in self.own]
        if mine and self.rng.random() < 0.7:
            fits = mine[-5:]
        return self.rng.choice(fits)

    def add(self, kind: str, takes: list[Value], gives: list[Value], blocks: list[Block] | None = None,
            **facts: Any) -> Value:
        self.block.steps.append(Step(kind, takes, gives, facts, blocks or []))
        self.own += gives
        self.g.steps += 1
        return gives[0]

    def const(self, type: Type) -> Value:
        return self.add("const", [], [self.g.value(type.dtype, type.shape)], value=array(self.rng, type))

    # The steps.

    def fill(self, count: int) -> None:
        """Adds about so many steps."""
        simple = ["unary"] * 5 + ["binary"] * 6 + ["reduce"] * 2 + ["cast"] * 3 + ["shaped"] * 3 + ["const", "lookup",
                                                                                                 "compare"]
        deep = ["cond"] * 3 + ["switch", "case"] + ["loop"] * 4 + ["map", "scan", "fold"] + ["arrays"] * 2 + [
            "inner_gradient", "variable", "group"]
        for _ in range(count):
            chance = (0.45, 0.3, 0.2, 0.0)[min(self.depth, 3)] if self.g.steps < 60 else 0.0
            kind = self.rng.choice(deep if self.rng.random() < chance else simple)
            getattr(self, f"_{kind}")()

    def _unary(self) -> None:
        value = self.pick()
        if value is not None:
            self.unary(value)

    def unary(self, value: Value) -> Value:
        return self.add("unary", [value], [self.g.like(value)], op=self.rng.choice(UNARY[family(value.type.dtype)]))

    def _binary(self) -> None:
        one = self.pick()
        if one is None:
            return
        others = [value for value in self.around + self.own if value.type.dtype == one.type.dtype
                  and (value.type == one.type and one.type.is_known or value.type.shape == ())]
        other = self.rng.choice(others) if others else self.const(Type(one.type.dtype, ()))
        pair = [one, other]
        if self.rng.random() < 0.3:
            pair.reverse()
        self.add("binary", pair, [self.g.like(one)], op=self.rng.choice(BINARY[family(one.type.dtype)]))

    def _reduce(self) -> None:
        value = self.pick("float", "int", "complex", rank=1)
        if value is None:
            return
        axis = self.rng.choice([None, *range(len(value.type.shape))])
        shape = () if axis is None else value.type.shape[:axis] + value.type.shape[axis + 1:]
        empty = 0 in value.type.shape or None in value.type.shape
        ops = ["reduce_sum"] + ([] if empty else ["reduce_mean"]) + (
            [] if empty or family(value.type.dtype) == "complex" else ["reduce_max"])
        self.add("reduce", [value], [self.g.value(value.type.dtype, shape)], op=self.rng.choice(ops), axis=axis)

    def _cast(self) -> None:
        value = self.pick("float", "int", "bool", "complex")
        if value is None:
            return
        if family(value.type.dtype) == "complex":
            op = self.rng.choice(["real", "imag"])
            self.add("cast", [value], [self.g.value({"complex64": "float32", "complex128": "float64"}[value.type.dtype],
                                                    value.type.shape)], op=op)
            return
        dtype = self.rng.choice(self.g.known("float32", "float64", "int32", "int64", "complex64", "complex128"))
        self.add("cast", [value], [self.g.value(dtype, value.type.shape)], op="cast", dtype=dtype)

    def _shaped(self) -> None:
        value = self.pick()
        if value is None:
            return
        shape, rank = value.type.shape, len(value.type.shape)
        ops = ["expand", "stack"]
        if rank:
            ops += ["flatten", "head", "reverse", "grow", "zeros", "split_sizes"]
        if rank >= 2:
            ops += ["transpose"]
        if rank and shape[0] not in (0, None):
            ops += ["first"] * 2
        if rank == 3:
            ops = ["flatten", "transpose"] + (["first"] * 2 if shape[0] not in (0, None) else [])
        op = self.rng.choice(ops)
        size = None if None in shape else int(np.prod(shape, dtype=int))
        new: tuple[int | None, ...] = {
            "expand": (1, *shape), "stack": (2, *shape), "flatten": (size,), "reverse": shape, "zeros": shape,
            "head": (None if not rank or shape[0] is None else min(shape[0], 2), *shape[1:]),
            "grow": (None if not rank or shape[0] is None else 2 * shape[0], *shape[1:]),
            "split_sizes": shape, "transpose": tuple(reversed(shape)), "first": shape[1:]}[op]
        if any(one is not None and one > 8 for one in new):
            return
        self.add("shaped", [value], [self.g.value(value.type.dtype, new)], op=op)

    def _const(self) -> None:
        self.const(Type(self.g.dtype(), self.g.shape()))

    def _lookup(self) -> None:
        table = self.pick("float", "complex", "string", rank=1)
        if table is None or table.type.shape[0] in (0, None):
            return
        index = self.pick("int")
        if index is None or len(index.type.shape) > 1 or len(index.type.shape) + len(table.type.shape) > 4:
            index = self.const(Type("int32", (self.rng.choice([0, 1, 2, 3]),)))
        op = self.rng.choice(["embedding_lookup", "gather"])
        self.add("lookup", [table, index], [self.g.value(table.type.dtype, index.type.shape + table.type.shape[1:])],
                 op=op, size=table.type.shape[0])

    def _compare(self) -> None:
        self.truth()

    def truth(self) -> Value:
        """A scalar bool."""
        value = self.pick("float", "int", "bool")
        if value is None:
            return self.const(Type("bool", ()))
        op = self.rng.choice(["any", "any_not"] if value.type.dtype == "bool" else ["sum_above", "sum_below", "count"])
        return self.add("compare", [value], [self.g.value("bool", ())], op=op)

    def scalar_index(self) -> Value:
        value = self.pick("int")
        value = value if value is not None else self.const(Type("int32", ()))
        return self.add("compare", [value], [self.g.value("int32", ())], op="index")

    # Blocks.

    def inside(self, parameters: list[Value], count: int) -> _Body:
        body = _Body(self.g, Block(parameters, [], []), self.around + self.own, self.depth + 1)
        body.fill(count)
        return body

    def give(self, body: _Body, type: Type, near: Value | None = None) -> Value:
        """A value of a block with a dtype and, where it is known, a shape; perhaps a new one."""
        fits = [value for value in body.own if value.type == type and type.is_known]
        if near is not None and near in fits and len(fits) > 1:
            fits.remove(near)
        if fits and self.rng.random() < 0.8:
            return self.rng.choice(fits[-3:])
        if near is not None:
            return body.unary(near)
        fits = [value for value in body.around if value.type == type and type.is_known]
        if fits and self.rng.random() < 0.8:
            return body.unary(self.rng.choice(fits)) if self.rng.random() < 0.7 else self.rng.choice(fits)
        return body.const(type)

    def _branches(self, count: int) -> tuple[list[Block], list[Value]]:
        bodies = [self.inside([], self.rng.randint(1, 4)) for _ in range(count)]
        types = []
        for _ in range(self.rng.randint(1, 3)):
            value = self.rng.choice(bodies).pick()
            types.append(value.type if value is not None else Type(self.g.real, ()))
        general: list[Type] = []
        for type in types:
            if type.is_known and type.shape and self.rng.random() < 0.2:
                other = list(type.shape)
                other[0] = self.rng.choice([0, 1, 2, 3])
                shapes = [type.shape, tuple(other)]
            else:
                shapes = [type.shape]
            given = []
            for body in bodies:
                given.append(self.give(body, Type(type.dtype, self.rng.choice(shapes))))
                body.block.results.append(given[-1])
            sizes = [one.type.shape for one in given]
            general.append(Type(type.dtype, tuple(one[0] if len(set(one)) == 1 else None
                                                  for one in zip(*sizes, strict=True))))
        for body in bodies:
            for value in body.musts():
                # The other branches give something of its type too.
                general.append(value.type)
                for other in bodies:
                    other.block.results.append(value if other is body else other.const(value.type))
        return [body.block for body in bodies], [self.g.value(type.dtype, type.shape) for type in general]

    def musts(self) -> list[Value]:
        """What has to be given, so that what sets variables is asked for."""
        return [value for step in self.block.steps if step.facts.get("must") for value in step.facts["must"]]

    def _cond(self) -> None:
        pred = self.truth()
        blocks, gives = self._branches(2)
        self.wrap("cond", [pred], gives, blocks)

    def wrap(self, kind: str, takes: list[Value], gives: list[Value], blocks: list[Block], **facts: Any) -> None:
        ids = {value.id for block in blocks for step in block.steps for value in step.facts.get("must", [])}
        columns = zip(*[block.results for block in blocks], strict=True)
        must = [give for give, results in zip(gives, columns, strict=True)
                if any(result.id in ids for result in results)]
        self.add(kind, takes, gives, blocks, must=must, nest=self.rng.randrange(4), **facts)

    def _switch(self) -> None:
        index = self.scalar_index()
        blocks, gives = self._branches(self.rng.randint(1, 4))
        self.wrap("switch", [index], gives, blocks, has_default=self.rng.random() < 0.5)

    def _case(self) -> None:
        count = self.rng.randint(1, 3)
        preds = [self.truth() for _ in range(count)]
        blocks, gives = self._branches(count + 1)
        self.wrap("case", preds, gives, blocks)

    def _loop(self) -> None:
        starts = []
        for _ in range(self.rng.randint(1, 4)):
            value = self.pick()
            starts.append(value if value is not None and self.rng.random() < 0.85
                          else self.const(Type(self.g.dtype(), self.g.shape())))
        growing = [bool(value.type.shape) and self.rng.random() < 0.12 for value in starts]
        parameters = [self.g.value(value.type.dtype, (None, *value.type.shape[1:]) if grows else value.type.shape)
                      for value, grows in zip(starts, growing, strict=True)]
        counter = self.g.value("int32", ())
        body = self.inside([counter, *parameters], self.rng.randint(1, 5))
        for parameter, grows in zip(parameters, growing, strict=True):
            if grows:
                body.block.results.append(body.add("shaped", [parameter], [self.g.like(parameter)], op="grow1"))
            else:
                body.block.results.append(self.give(body, parameter.type, parameter))
        musts = body.musts()
        # What sets variables is a loop variable of its own.
        for value in musts:
            body.block.parameters.append(self.g.like(value))
            body.block.results.append(value)
            starts.append(self.const(value.type))
            growing.append(False)
        gives = [self.g.like(parameter) for parameter in body.block.parameters[1:]]
        limit: Any = self.rng.choice([0, 1, 1, 2, 3, 3, 4])
        takes = list(starts)
        if self.rng.random() < 0.4:
            takes.append(self.scalar_index())
            limit = None
        pred = None
        if self.rng.random() < 0.25:
            condition = _Body(self.g, Block(body.block.parameters, [], []), self.around + self.own, 9)
            condition.own = list(condition.block.parameters)
            condition.block.results = [condition.truth()]
            pred = condition.block
        general = [grows or self.rng.random() < 0.1 for grows in growing]
        if not any(general) and self.rng.random() < 0.7:
            general = [False] * len(growing)
        blocks = [body.block] + ([pred] if pred else [])
        self.add("loop", takes, gives, blocks, limit=limit, general=general,
                 maximum=self.rng.choice([None, None, None, 2, 5]), invariants=any(general) or self.rng.random() < 0.3,
                 nest=self.rng.randrange(5), must=gives[len(gives) - len(musts):] if musts else [],
                 rank_only=self.rng.random() < 0.8, parallel=1 if _sets(body.block) else self.rng.choice([1, 10]))

    def elements(self) -> list[Value]:
        """Values to go along: with one first dimension."""
        first = self.pick(rank=1, known=True)
        if first is None:
            first = self.const(Type(self.g.real, (3, 2)))
        size = first.type.shape[0]
        same = [value for value in self.own if value.type.shape[:1] == (size,) and value.type.is_known]
        return [first] + ([self.rng.choice(same)] if same and self.rng.random() < 0.3 else [])

    def _map(self) -> None:
        elements = self.elements()
        parameters = [self.g.value(value.type.dtype, value.type.shape[1:]) for value in elements]
        body = self.inside(parameters, self.rng.randint(1, 4))
        count = self.rng.randint(1, 2)
        for _ in range(count):
            value = body.pick(own=True, known=True)
            body.block.results.append(value if value is not None else body.const(Type(self.g.real, ())))
        musts = body.musts()
        body.block.results += musts
        gives = [self.g.value(value.type.dtype, (elements[0].type.shape[0], *value.type.shape))
                 for value in body.block.results]
        self.add("map", elements, gives, [body.block], must=gives[count:],
                 parallel=1 if _sets(body.block) else 10)

    def _scan(self) -> None:
        self.accumulate("scan")

    def _fold(self) -> None:
        self.accumulate(self.rng.choice(["foldl", "foldr"]))

    def accumulate(self, kind: str) -> None:
        elements = self.elements()
        size = elements[0].type.shape[0]
        element = [self.g.value(value.type.dtype, value.type.shape[1:]) for value in elements]
        starts: list[Value] = []
        if size == 0 or self.rng.random() < 0.5:
            start = self.pick(known=True)
            starts = [start if start is not None else self.const(Type(self.g.real, (2,)))]
        so_far = [self.g.like(value) for value in starts or element]
        body = self.inside([*so_far, *element], self.rng.randint(1, 4))
        body.block.results = [self.give(body, value.type, value) for value in so_far]
        if _sets(body.block):
            # What sets variables would have to be an accumulator too: leave it.
            return
        gives = [self.g.value(value.type.dtype, (size, *value.type.shape) if kind == "scan" else value.type.shape)
                 for value in so_far]
        self.add("accumulate", [*elements, *starts], gives, [body.block], op=kind, elements=len(elements),
                 reverse=kind == "scan" and self.rng.random() < 0.4)

    def _arrays(self) -> None:
        value = self.pick(rank=1, known=True)
        if value is None:
            value = self.const(Type(self.rng.choice(self.g.known("float32", "float64", "complex64", "int64")), (3, 2)))
        rows = value.type.shape[0]
        inner = value.type.shape[1:]
        dtype = value.type.dtype
        op = self.rng.choice(["loop", "loop", "gather", "scatter", "split", "concat", "grow", "reread", "chain"])
        if rows == 0:
            op = self.rng.choice(["loop", "gather", "grow"])
        shape: tuple[int | None, ...] = value.type.shape
        order: list[int] = []
        if op == "gather":
            # No element twice: of the cotangents of such a one TensorFlow's functional form keeps the last alone.
            order = self.rng.sample(range(rows), self.rng.randint(0, min(rows, 3)))
            shape = (len(order), *inner)
        elif op == "scatter":
            order = self.rng.sample(range(rows + 1), rows)
            shape = (rows + 1, *inner)
        elif op == "split":
            left = rows
            while left:
                order.append(self.rng.randint(0, left))
                left -= order[-1]
                if len(order) > 4:
                    order[-1] += left
                    left = 0
        elif op == "concat":
            if not inner:
                return
            shape = (None if inner[0] is None else rows * inner[0], *inner[1:])
        elif op == "grow":
            shape = (4, *inner)
            if rows == 0:
                shape = (0, *inner)
        blocks = []
        if op in ("loop", "grow"):
            parameter = self.g.value(dtype, inner)
            body = self.inside([parameter], self.rng.randint(1, 3))
            body.block.results = [self.give(body, parameter.type, parameter)]
            if _sets(body.block):
                return
            blocks = [body.block]
        self.add("arrays", [value], [self.g.value(dtype, shape)], blocks, op=op, order=order, rows=rows,
                 clear=self.rng.random() < 0.5, infer=self.rng.random() < 0.8, declared=self.rng.random() < 0.4)

    def _inner_gradient(self) -> None:
        value = self.pick("float", known=True)
        if value is None:
            return
        parameter = self.g.like(value)
        body = self.inside([parameter], self.rng.randint(1, 4))
        result = body.pick("float", own=True)
        assert result is not None
        if _sets(body.block):
            return
        body.block.results = [result]
        self.add("inner_gradient", [value], [self.g.like(value)], [body.block])

    def _variable(self) -> None:
        change = self.pick("float", "int", known=True)
        if change is None:
            return
        number = len(self.g.variables)
        is_resource = not self.g.is_frames or self.rng.random() < 0.5
        self.g.variables.append(Variable(number, change.type, array(self.rng, change.type), is_resource))
        given = self.g.like(change)
        self.add("variable", [change], [given], number=number, must=[given],
                 op=self.rng.choice(["assign_add", "assign_sub", "assign"]))
        if self.depth == 0:
            self.block.results.append(given)

    def _group(self) -> None:
        values = [value for value in (self.pick(), self.pick()) if value is not None]
        if values:
            self.add("group", values, [self.g.like(value) for value in values],
                     op=self.rng.choice(["tuple", "with_dependencies", "control", "group"]))


def _sets(block: Block) -> bool:
    return any(step.kind == "variable" for step in every_step(block))


def generate(seed: int, **options: Any) -> Program:
    """The program of a seed: see `Generator`."""
    program = Generator(seed, **options).program()
    fetched = {value.id for value in program.block.results}
    for step in program.block.steps:
        for value in step.facts.get("must", ()):
            if value.id not in fetched:
                program.block.results.append(value)
                fetched.add(value.id)
    return program
