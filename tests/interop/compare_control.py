"""Compares random programs with branches and loops between Millpond and the real TensorFlow.

    PYTHONPATH=src:tests/ops python tests/interop/compare_control.py --start 0 --count 1000 [--compiled 4] [--reduce]

Each program is built and run by TensorFlow with its frames (`Switch`, `Merge`, ...) and with its functional control
flow, and by Millpond in both tiers. Values, gradients, dtypes, what is known of shapes, and the classes of errors are
compared; `--reduce` makes each program that differs as small as it can.
"""

from __future__ import annotations

import argparse
import collections
import dataclasses
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow.compat.v1 as tf
from control_programs import generate
from program_building import Builder
from program_data import Block, Program, every_step
from smaller_programs import describe, smaller

import millpond as mp

tf.disable_v2_behavior()
tf.logging.set_verbosity(tf.logging.FATAL)


@dataclasses.dataclass
class Outcome:
    """What became of a program: what was built (dtypes and shapes by name) and its values, or an error."""

    built: dict[str, Any] = dataclasses.field(default_factory=dict)
    values: dict[str, Any] = dataclasses.field(default_factory=dict)
    error: BaseException | None = None
    stage: str = ""
    has_switch: bool = False


def run(lib: Any, program: Program, functional: bool = False, tier: int = 0) -> Outcome:
    """Builds and runs a program with a library."""
    if lib is tf:
        (tf.enable_control_flow_v2 if functional else tf.disable_control_flow_v2)()
    outcome = Outcome(stage="build", has_switch=has(program.block, "switch"))
    try:
        with lib.Graph().as_default():
            built = Builder(lib, program).build()
            outcome.built = {name: _facts(one) for name, one in (built.fetches | built.gradients).items()}
            fetches = built.fetches | {name: one for name, one in built.gradients.items() if one is not None}
            initializer = lib.global_variables_initializer()
            outcome.stage = "run"
            with lib.Session(config=_config(lib, tier)) as sess:
                sess.run(initializer)
                values = sess.run(fetches, built.feeds)
                outcome.values = {name: _parts(value) for name, value in values.items()}
                for i, value in enumerate(sess.run(built.variables)):
                    outcome.values[f"variable{i} at the end"] = value
    except Exception as error:  # noqa: BLE001 - errors are compared
        outcome.error = error
    return outcome


def has(block: Block, kind: str) -> bool:
    """Whether there is a step of a kind in a block, or in those in it."""
    return any(step.kind == kind for step in every_step(block))


def run_imported(program: Program, functional: bool, tier: int) -> Outcome:
    """Builds a program with TensorFlow, and runs what it writes of it: by itself (`Outcome.built`), and by Millpond."""
    (tf.enable_control_flow_v2 if functional else tf.disable_control_flow_v2)()
    outcome = Outcome(stage="TensorFlow")
    with tf.Graph().as_default() as graph:
        try:
            built = Builder(tf, program).build()
            gradients = {name: tf.convert_to_tensor(one) for name, one in built.gradients.items() if one is not None}
            fetches = {name: one.name for name, one in (built.fetches | gradients).items()}
            feeds = {tensor.name: fed for tensor, fed in built.feeds.items()}
            initializer = tf.global_variables_initializer().name
            with tf.Session(config=_config(tf, 0)) as sess:
                sess.run(initializer)
                outcome.built = sess.run(fetches, feeds)
        except Exception as error:  # noqa: BLE001 - TensorFlow's own limits
            outcome.error = error
            return outcome
        message = graph.as_graph_def().SerializeToString()
    outcome.stage = "Millpond"
    try:
        with mp.Graph().as_default():
            mp.import_graph_def(mp.GraphDef.FromString(message), name="")
            with mp.Session(config=_config(mp, tier)) as sess:
                sess.run(initializer)
                outcome.values = sess.run(fetches, feeds)
    except Exception as error:  # noqa: BLE001 - errors are compared
        outcome.error = error
    return outcome


def compare_imported(program: Program, compiled: bool) -> list[tuple[str, str]]:
    """How what Millpond makes of TensorFlow's graph of a program differs from what TensorFlow makes of it."""
    found = []
    for functional in (False, True):
        for tier in (-1, 1) if compiled else (-1,):
            outcome = run_imported(program, functional, tier)
            kind = f"imported {'functions' if functional else 'frames'}, tier {tier}"
            if outcome.stage == "TensorFlow":
                continue
            if outcome.error is not None:
                trace = "".join(traceback.format_exception(outcome.error)[-6:])
                found.append((f"{kind}: raises {type(outcome.error).__name__}", f"{outcome.error}\n{trace}"))
            for name, value in outcome.values.items():
                text = differs(_parts(outcome.built[name]), _parts(value))
                if text is not None:
                    found.append((f"{kind}: value of {'a gradient' if name[0] == 'd' else 'a result'}",
                                  f"{name}: {text}"))
    return found


def _config(lib: Any, tier: int) -> Any:
    options = lib.GraphOptions(optimizer_options=lib.OptimizerOptions(global_jit_level=tier))
    if lib is tf:
        # Its rewriting of graphs takes time, and makes mistakes with loops whose variables grow.
        options = tf.GraphOptions(optimizer_options=tf.OptimizerOptions(opt_level=tf.OptimizerOptions.L0))
        options.rewrite_options.disable_meta_optimizer = True
    return lib.ConfigProto(graph_options=options, intra_op_parallelism_threads=1, inter_op_parallelism_threads=1)


def _facts(one: Any) -> Any:
    if one is None:
        return None
    kind = "slices" if hasattr(one, "indices") else "tensor"
    shape = getattr(one, "shape", None)
    return kind, one.dtype.base_dtype.name, _sizes(shape)


def _sizes(shape: Any) -> Any:
    if shape is None or getattr(shape, "ndims", None) is None:
        return None
    return tuple(shape.as_list())


def _parts(value: Any) -> Any:
    if not hasattr(value, "indices"):
        return np.asarray(value, object if isinstance(value, bytes) else None)
    dense = np.zeros([int(size) for size in value.dense_shape], np.asarray(value.values).dtype)
    indices, rows = np.asarray(value.indices), np.asarray(value.values)
    there = indices < len(dense)  # TensorFlow adds zeros to row 0 of what has no rows
    np.add.at(dense, indices[there], rows[there])
    return dense


def differs(wanted: Any, found: Any) -> str | None:
    """How two arrays differ, or None."""
    wanted, found = np.asarray(wanted), np.asarray(found)
    if wanted.shape != found.shape:
        return f"shape {found.shape} for {wanted.shape}"
    if wanted.dtype.kind in "OSU":
        return None if wanted.tolist() == found.tolist() else f"{found.tolist()} for {wanted.tolist()}"
    if wanted.dtype != found.dtype:
        return f"dtype {found.dtype} for {wanted.dtype}"
    if wanted.dtype.kind in "biu":
        return None if np.array_equal(wanted, found) else f"{found.tolist()} for {wanted.tolist()}"
    scale = np.max(np.abs(wanted[np.isfinite(wanted)]), initial=1.0)
    rough = 2e-3 if wanted.dtype in (np.float32, np.complex64) else 1e-5  # some of it was float32 once
    if np.allclose(found, wanted, rtol=rough, atol=rough * scale * 0.1, equal_nan=True):
        return None
    return f"{found.tolist()} for {wanted.tolist()}"


def compare(program: Program, compiled: bool) -> list[tuple[str, str]]:
    """How Millpond differs from TensorFlow on a program: kinds and texts."""
    frames, functional = run(tf, program), run(tf, program, functional=True)
    found: list[tuple[str, str]] = []
    for name, tier in [("interpreted", -1)] + ([("compiled", 1)] if compiled else []):
        ours = run(mp, program, tier=tier)
        found += [(f"{name}: {kind}", text) for kind, text in _compare(frames, functional, ours)]
    return found


def _compare(frames: Outcome, functional: Outcome, ours: Outcome) -> list[tuple[str, str]]:
    good = [one for one in (frames, functional) if one.error is None]
    if ours.error is not None:
        alike = [one for one in (frames, functional) if type(one.error).__name__ == type(ours.error).__name__]
        if good and not any(one.stage == ours.stage for one in alike):
            trace = "".join(traceback.format_exception(ours.error)[-6:])
            return [(f"raises {type(ours.error).__name__}", f"{ours.error}\n{trace}")]
        classes = {type(one.error).__name__ for one in (frames, functional)}
        if type(ours.error).__name__ not in classes:
            return [(f"raises {type(ours.error).__name__} for {sorted(classes)}",
                     f"{ours.error}\nTensorFlow: {frames.error}\n{functional.error}")]
        return []
    limits = ("Second-order gradient", "zero-size TensorArrays")  # which TensorFlow has, and we have not
    if not good and not any(limit in str(frames.error) for limit in limits):
        return [(f"accepts what TensorFlow refuses with {type(frames.error).__name__} ({frames.stage})",
                 f"{frames.error}\n{functional.error}")]
    if not good:
        return []
    found = []
    for name, fact in ours.built.items():
        facts = [one.built.get(name) for one in good]
        if fact not in facts and not _may_differ(name, fact, good, frames):
            found.append((_kind(name, fact, facts), f"{name}: {fact} for {facts}"))
        if fact is not None and fact[2] is not None:
            shape = np.shape(ours.values.get(name))
            if not _allows(fact[2], shape):
                found.append(("static shape that does not hold", f"{name}: {fact} but {shape}"))
    for name, value in ours.values.items():
        texts = [differs(one.values[name], value) if name in one.values else "not there" for one in good]
        if None not in texts:
            found.append((f"value of {'a gradient' if name[0] == 'd' else 'a result'}", f"{name}: {texts[0]}"))
    return found


def _may_differ(name: str, fact: Any, good: list[Outcome], frames: Outcome) -> bool:
    """Whether what was built may be as it is, though TensorFlow has something else."""
    facts = [one.built.get(name) for one in good]
    if fact is None:
        # Where nothing differentiable leads through a branch or loop, TensorFlow may still give zeros.
        return not any(np.any(one.values[name]) for one in good if one.built.get(name) is not None)
    if None in facts:
        return False
    if fact[1] == facts[0][1] and (fact[0] == "slices" or frames not in good):
        return True  # TensorFlow adds zeros for what a loop only hands on, so that nothing stays sparse.
    # More may be known, if it holds; its functional control flow also knows what lists were made of. Of a gradient that
    # went through an array less is known.
    may_be_less = frames not in good or name[0] == "d"
    return any(fact[:2] == one[:2] and _allows(one[2], fact[2]) for one in facts) or (
        may_be_less and all(fact[:2] == one[:2] and _allows(fact[2], one[2]) for one in facts))


def _kind(name: str, fact: Any, facts: list[Any]) -> str:
    if fact is None or None in facts:
        return "a gradient where there is none" if fact is not None else "no gradient"
    if all(fact[1] != one[1] for one in facts):
        return "dtype"
    if all(fact[0] != one[0] for one in facts):
        return "slices or not"
    more = any(_allows(one[2], fact[2]) for one in facts)
    return f"{'more' if more else 'less'} is known of the shape of a {'gradient' if name[0] == 'd' else 'result'}"


def _allows(general: Any, shape: Any) -> bool:
    """Whether a shape, with None for what is not known, allows another."""
    return general is None or (shape is not None and len(general) == len(shape) and all(
        one in (None, other) for one, other in zip(general, shape, strict=True)))


def reduce(program: Program, kind: str, compiled: bool, seconds: float = 60.0,
           compare: Callable[[Program, bool], list[tuple[str, str]]] = compare) -> Program:
    """The smallest program that was found to differ in the same way."""
    end = time.monotonic() + seconds
    going = True
    while going:
        going = False
        for one in smaller(program):
            if time.monotonic() > end:
                return program
            if any(other == kind for other, _ in compare(one, compiled)):
                program, going = one, True
                break
    return program


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--compiled", type=int, default=0, help="every how many programs are compiled too; 0: none")
    parser.add_argument("--reduce", action="store_true")
    parser.add_argument("--imported", action="store_true", help="Millpond reads the graphs that TensorFlow writes")
    parser.add_argument("--frames", action="store_true", help="with reference variables")
    parser.add_argument("--seconds", type=float, default=40)
    options = parser.parse_args()
    comparing = compare_imported if options.imported else compare
    kinds: collections.Counter[str] = collections.Counter()
    for seed in range(options.start, options.start + options.count):
        try:
            program = generate(seed, is_frames=options.frames)
        except RecursionError:
            continue
        compiled = bool(options.compiled) and seed % options.compiled == 0
        found = comparing(program, compiled)
        if not found:
            continue
        seen = set()
        for kind, text in found:
            if kind in seen:
                continue
            seen.add(kind)
            kinds[kind] += 1
            print(f"=== seed {seed}: {kind}: {text[:1800]}", flush=True)
            if options.reduce and kinds[kind] <= 4:
                small = reduce(program, kind, compiled, options.seconds, comparing)
                print(describe(small), flush=True)
                print("\n".join(text[:1800] for other, text in comparing(small, compiled) if other == kind), flush=True)
    print(options.count, "programs", kinds)


if __name__ == "__main__":
    sys.setrecursionlimit(5000)
    main()
