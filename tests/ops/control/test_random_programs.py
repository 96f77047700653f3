"""Random programs with branches, loops and tensor arrays: both tiers agree, and gradients are the slopes.

`tests/interop/compare_control.py` compares the same programs with TensorFlow, as many as one likes.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from control_programs import generate
from op_case import COMPILED, INTERPRETED, session
from program_building import Builder
from program_data import Program, every_step

import millpond as tf

SMOOTH = {"float64": 70, "int32": 8, "int64": 4, "bool": 8, "complex128": 10}
STEP = 1e-6


def run(program: Program, tier: int) -> dict[str, Any]:
    """What a program gives: its results, its gradients, and what is in its variables at the end."""
    with tf.Graph().as_default() as graph:
        built = Builder(tf, program).build()
        fetches = built.fetches | {name: one for name, one in built.gradients.items() if one is not None}
        initializer = tf.global_variables_initializer()
        with session(tf, graph, tier) as sess:
            sess.run(initializer)
            values = sess.run(fetches, built.feeds)
            return values | {f"variable {i}": value for i, value in enumerate(sess.run(built.variables))}


def dense(value: Any) -> Any:
    if not isinstance(value, tf.IndexedSlicesValue):
        return value
    rows = np.zeros(value.dense_shape, value.values.dtype)
    np.add.at(rows, value.indices, value.values)
    return rows


def check_close(found: Any, wanted: Any, name: str) -> None:
    found, wanted = np.asarray(dense(found)), np.asarray(dense(wanted))
    assert (found.dtype, found.shape) == (wanted.dtype, wanted.shape), name
    if wanted.dtype.kind in "fc":
        rough = 1e-3 if wanted.dtype in (np.float32, np.complex64) else 1e-9
        scale = np.max(np.abs(wanted), initial=1.0)
        np.testing.assert_allclose(found, wanted, rtol=rough, atol=rough * scale, err_msg=name)
    else:
        np.testing.assert_array_equal(found, wanted, err_msg=name)


@pytest.mark.parametrize("seed", range(5))
def test_both_tiers_give_the_same(seed: int) -> None:
    program = generate(seed)
    interpreted, compiled = run(program, INTERPRETED), run(program, COMPILED)
    assert interpreted.keys() == compiled.keys()
    for name, value in interpreted.items():
        check_close(compiled[name], value, name)


def differentiable(seed: int) -> Program | None:
    """A program whose results change by nothing that gradients leave out."""
    program = generate(seed, order=2, dtypes=SMOOTH)
    if any(step.kind == "variable" or step.facts.get("op") == "stop_gradient" for step in every_step(program.block)):
        return None
    return dataclasses.replace(program, overrides=[])


def slopes(program: Program) -> list[tuple[Any, Any, Any]]:
    """For both orders, in a direction that is drawn: the derivative by gradients, and the differences on both sides."""
    with tf.Graph().as_default() as graph:
        built = Builder(tf, program).build()
        rng = np.random.default_rng(program.seed)
        ways = {x: rng.uniform(-1, 1, np.shape(fed)) for x, fed in built.feeds.items() if x.dtype is tf.float64}
        names = {f"x{one.value.id}": x for one, x in zip(program.inputs, built.feeds, strict=False)}
        with session(tf, graph, INTERPRETED) as sess:

            def losses(step: float) -> Any:
                return sess.run(built.losses, {x: fed + step * ways[x] if x in ways else fed
                                               for x, fed in built.feeds.items()})

            found = sess.run({name: dx for name, dx in built.gradients.items() if dx is not None}, built.feeds)
            before, here, after = losses(-STEP), losses(0.0), losses(STEP)
    result = []
    for order, (low, middle, high) in enumerate(zip(before, here, after, strict=True), 1):
        total = sum(np.sum(dense(found[f"d{order} {name}"]) * ways[x]) for name, x in names.items()
                    if x in ways and f"d{order} {name}" in found)
        result.append((total, (middle - low) / STEP, (high - middle) / STEP))
    return result


def test_gradients_of_both_orders_are_the_slopes() -> None:
    smooth = 0
    for seed in range(60):
        program = differentiable(seed)
        if program is None:
            continue
        try:
            found = slopes(program)
        except ValueError as error:
            assert "shape_invariants" in str(error)  # what is known of shapes depends on what is drawn
            continue
        for derivative, left, right in found:
            # Where a branch is left, or a maximum changes, there is no slope.
            if np.isclose(left, right, rtol=1e-3, atol=1e-3):
                smooth += 1
                np.testing.assert_allclose(derivative, (left + right) / 2, rtol=1e-4, atol=1e-4, err_msg=str(seed))
    assert smooth > 50
