"""Random programs made smaller, and as text: to see why two libraries differ on one."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from program_data import Block, Program, Step, Value, array


def smaller(program: Program) -> Iterable[Program]:
    """Programs with one thing less each: a step made a constant, a result not asked for, no gradients."""
    if program.order:
        yield replace(program, order=program.order - 1)
    if program.overrides:
        yield replace(program, overrides=[])
    for i in range(len(program.block.results)):
        if len(program.block.results) > 1:
            results = program.block.results[:i] + program.block.results[i + 1:]
            yield replace(program, block=replace(program.block, results=results))
    for block in _smaller_blocks(program.block, program.seed):
        yield replace(program, block=block)


def _smaller_blocks(block: Block, seed: int) -> Iterable[Block]:
    for i in reversed(range(len(block.steps))):
        step = block.steps[i]

        def put(steps: list[Step], i: int = i) -> Block:
            return replace(block, steps=block.steps[:i] + steps + block.steps[i + 1:])

        used = {value.id for other in block.steps[i + 1:] for value in _taken(other)} | {
            value.id for value in block.results}
        if not any(value.id in used for value in step.gives):
            yield put([])
            continue
        same = [value for value in step.takes if value.type == step.gives[0].type]
        if len(step.gives) == 1 and same and step.kind not in ("const",) and step.facts.get("op") != "identity":
            yield put([Step("unary", same[:1], step.gives, {"op": "identity"})])
        if step.kind != "const" and all(value.type.is_known for value in step.gives):
            rng = random.Random(seed)
            yield put([Step("const", [], [value], {"value": array(rng, value.type)}) for value in step.gives])
        for name, simple in (("nest", 0), ("maximum", None), ("invariants", False), ("reverse", False),
                             ("parallel", 1)):
            if step.facts.get(name, simple) != simple and not (name == "invariants" and any(step.facts["general"])):
                yield put([replace(step, facts={**step.facts, name: simple})])
        for j, inner in enumerate(step.blocks):
            for one in _smaller_blocks(inner, seed):
                yield put([replace(step, blocks=step.blocks[:j] + [one] + step.blocks[j + 1:])])


def _taken(step: Step) -> Iterable[Value]:
    yield from step.takes
    for block in step.blocks:
        yield from block.results
        for inner in block.steps:
            yield from _taken(inner)


def describe(program: Program) -> str:
    """A program as text, for people."""
    lines = [f"seed {program.seed}, order {program.order}"]
    for one in program.inputs:
        lines.append(f"  v{one.value.id} = placeholder {one.value.type.dtype}{one.declared} fed {one.fed.tolist()}")
    _describe(program.block, "  ", lines)
    for value, fed in program.overrides:
        lines.append(f"  fed: v{value.id} = {fed.tolist()}")
    return "\n".join(lines)


def _describe(block: Block, indent: str, lines: list[str]) -> None:
    for step in block.steps:
        facts = {name: fact.tolist() if isinstance(fact, np.ndarray) else fact for name, fact in step.facts.items()
                 if name != "must"}
        gives = ", ".join(f"v{value.id}:{value.type.dtype}{list(value.type.shape)}" for value in step.gives)
        lines.append(f"{indent}{gives} = {step.kind}({', '.join(f'v{value.id}' for value in step.takes)}) {facts}")
        for inner in step.blocks:
            lines.append(f"{indent}  block({', '.join(f'v{value.id}' for value in inner.parameters)}):")
            _describe(inner, indent + "    ", lines)
    lines.append(f"{indent}-> {', '.join(f'v{value.id}' for value in block.results)}")
