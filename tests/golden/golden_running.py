"""Running one recorded case, in a graph of its own, against any module with TensorFlow's names.

A case fails with a list of (stage, sentence); an empty list is a pass.
"""

from __future__ import annotations

import json
import linecache
import time
import traceback
from collections.abc import Callable, Sequence
from types import CodeType
from typing import Any, NamedTuple

import numpy as np
from golden_cases import Arrays, Case, expected_value, fed_value
from golden_comparison import class_names, difference, flattened, result_differences, same_structure, static_shape

Failures = list[tuple[str, str]]

# Tracebacks that were recorded may refer to the code of a case, so it stays alive.
_CODE: list[CodeType] = []


def run_timed(tf: Any, family: str, case: Case, arrays: Arrays) -> dict[str, Any]:
    """Runs a case, a call or a program.

    Args:
      tf: The module under test.
      family: Name of the case's family.
      case: The case.
      arrays: The arrays of its family.

    Returns:
      A record with "family", "id", "status" ("pass" or "fail"), "stages", "details" and "seconds".
    """
    start = time.perf_counter()
    run = run_program if "source" in case else run_call
    failures, error = _attempt(lambda: run(tf, case, arrays))
    if error is not None:  # outside of building and running
        frames = "".join(traceback.format_exception(error))
        failures = [("error", f"{_brief(error)} @ {frames[-300:]}")]
    return record(family, case, failures, time.perf_counter() - start)


def record(family: str, case: Case, failures: Failures, seconds: float) -> dict[str, Any]:
    """The result of one case."""
    return {
        "family": family, "id": case["id"], "status": "fail" if failures else "pass",
        "stages": sorted({stage for stage, _ in failures}),
        "details": [[stage, text] for stage, text in failures],
        "seconds": round(seconds, 4),
    }


def _attempt(function: Callable[[], Any]) -> tuple[Any, Exception | None]:
    """What a function returns, or the exception that it raises: a result too, of the module under test."""
    try:
        return function(), None
    except Exception as error:  # noqa: BLE001 (whatever it is, it belongs into the report)
        return None, error


def _brief(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}"
    return text if len(text) < 400 else text[:400] + "..."


def _compiled(source: str, case_id: str, mode: str) -> CodeType:
    """The code of a case, with its text known to tracebacks."""
    name = f"<{case_id}>"
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    _CODE.append(compile(source, name, mode))
    return _CODE[-1]


# Single calls.

class _Built(NamedTuple):
    result: Any
    structure: Any
    leaves: list[Any]
    inputs: dict[str, Any]
    feed: dict[Any, np.ndarray]


def run_call(tf: Any, case: Case, arrays: Arrays) -> Failures:
    """Runs a case that is a single call."""
    with tf.Graph().as_default():
        built, error = _attempt(lambda: _build(tf, case, arrays))
        if "raises" in case:
            return _failures_of_error_case(tf, case, built, error)
        if error is not None:
            return [("build", _brief(error))]
        failures = _failures_while_building(case, built)
        if built.leaves and len(built.leaves) == len(case["outputs"]):
            with tf.Session() as session:
                failures += _failures_of_values(tf, session, case, arrays, built)
        return failures


def _build(tf: Any, case: Case, arrays: Arrays) -> _Built:
    """Builds a case's call in the current graph."""
    inputs = {name: tf.placeholder(getattr(tf, spec["dtype"]), spec["shape"], name=name)
              for name, spec in case.get("inputs", {}).items()}
    feed = {inputs[name]: fed_value(tf, spec, arrays) for name, spec in case.get("inputs", {}).items()}
    result = eval(_compiled(case["call"], case["id"], "eval"), {"tf": tf, "np": np} | inputs)
    return _Built(result, *flattened(result), inputs, feed)


def _failures_of_error_case(tf: Any, case: Case, built: _Built | None, error: Exception | None) -> Failures:
    if built is None:
        assert error is not None
        if case["when"] != "build":
            return [("build", "raised already while building: " + _brief(error))]
        return _failures_of_exception(case, error)
    if case["when"] == "build":
        return [("raises", f"no exception while building, expected {case['raises']}")]

    def run() -> None:
        with tf.Session() as session:
            session.run(built.leaves or built.result, built.feed)

    _, error = _attempt(run)
    if error is None:
        return [("raises", f"no exception while running, expected {case['raises']}")]
    return _failures_of_exception(case, error)


def _failures_of_exception(case: Case, error: Exception) -> Failures:
    wanted = case["raises"] if isinstance(case["raises"], list) else [case["raises"]]
    if class_names(error) & set(wanted):
        return []
    return [("raises", f"{_brief(error)}, expected {case['raises']}")]


def _failures_while_building(case: Case, built: _Built) -> Failures:
    failures: Failures = []
    want = case["outputs"]
    if "structure" in case and not same_structure(built.structure, case["structure"]):
        got, wanted = json.dumps(built.structure), json.dumps(case["structure"])
        failures.append(("structure", f"{got}, expected {wanted}"))
    if len(built.leaves) != len(want):
        return [*failures, ("structure", f"{len(built.leaves)} tensors, expected {len(want)}")]
    for index, (tensor, wanted) in enumerate(zip(built.leaves, want, strict=True)):
        dtype, shape = tensor.dtype.base_dtype.name, static_shape(tensor)
        if dtype != wanted["dtype"]:
            failures.append(("dtype", f"output {index} is {dtype}, expected {wanted['dtype']}"))
        if shape != wanted["static_shape"]:
            failures.append(("static_shape", f"output {index} has {shape}, expected {wanted['static_shape']}"))
    return failures


def _failures_of_values(tf: Any, session: Any, case: Case, arrays: Arrays, built: _Built) -> Failures:
    values, error = _attempt(lambda: session.run(built.leaves, built.feed))
    if error is not None:
        return [("run", _brief(error))]
    failures: Failures = []
    for index, (value, wanted) in enumerate(zip(values, case["outputs"], strict=True)):
        text = difference(value, expected_value(wanted, arrays), case["rtol"], case["atol"])
        if text:
            failures.append(("value", f"output {index}: {text}"))
    if "grads" in case:
        failures += _failures_of_gradients(tf, session, case, arrays, built)
    return failures


def _failures_of_gradients(tf: Any, session: Any, case: Case, arrays: Arrays, built: _Built) -> Failures:
    """First and second gradients; the second only where the first are right."""
    xs = [built.inputs[name] for name in case["grads"]]

    def first() -> list[Any]:
        pairs = zip(case["grad_weights"], case["outputs"], strict=True)
        weights = [_weight(tf, key, output["dtype"], arrays) for key, output in pairs]
        return _gradients(tf, built.leaves, weights, xs)

    grads, error = _attempt(first)
    if error is not None:
        return [("grad", "building: " + _brief(error))]
    failures = _compare_gradients(session, "grad", grads, case["grads"], case, arrays, built)
    if "grads2" not in case or failures:
        return failures

    def second() -> list[Any]:
        weights = [_weight(tf, key, None, arrays) for key in case["grad2_weights"]]
        return _gradients(tf, grads, weights, xs)

    grads, error = _attempt(second)
    if error is not None:
        return [("grad2", "building: " + _brief(error))]
    return _compare_gradients(session, "grad2", grads, case["grads2"], case, arrays, built)


def _gradients(tf: Any, ys: Sequence[Any], weights: Sequence[Any], xs: Sequence[Any]) -> list[Any]:
    """The dense gradient of sum_i sum(weights_i * ys_i); a weight of None leaves its y out."""
    weighted = [(y, tf.constant(weight)) for y, weight in zip(ys, weights, strict=True) if weight is not None]
    grads = tf.gradients([y for y, _ in weighted], xs, grad_ys=[weight for _, weight in weighted])
    return [tf.convert_to_tensor(grad) if "IndexedSlices" in class_names(grad) else grad for grad in grads]


def _weight(tf: Any, key: str | None, dtype: str | None, arrays: Arrays) -> np.ndarray | None:
    if key is None:
        return None
    return arrays[key].view(tf.bfloat16.as_numpy_dtype) if dtype == "bfloat16" else arrays[key]


def _compare_gradients(session: Any, stage: str, grads: Sequence[Any], want: dict[str, str | None], case: Case,
                       arrays: Arrays, built: _Built) -> Failures:
    def described(value: Any) -> str:
        return "None" if value is None else "a tensor"

    pairs = dict(zip(want, grads, strict=True))
    failures = [(stage, f"with respect to {name} is {described(grad)}, expected {described(want[name])}")
                for name, grad in pairs.items() if (grad is None) != (want[name] is None)]
    live = {name: grad for name, grad in pairs.items() if grad is not None and want[name] is not None}
    if not live:
        return failures
    values, error = _attempt(lambda: session.run(list(live.values()), built.feed))
    if error is not None:
        return [*failures, (stage, "running: " + _brief(error))]
    for name, value in zip(live, values, strict=True):
        wanted = expected_value({"array": want[name], "dtype": case["inputs"][name]["dtype"]}, arrays)
        text = difference(value, wanted, case["grad_rtol"], case["grad_atol"])
        if text:
            failures.append((stage, f"with respect to {name}: {text}"))
    return failures


# Programs.

def run_program(tf: Any, case: Case, arrays: Arrays) -> Failures:
    """Runs a case that is a program: `build(tf, np)`, which returns a list."""
    results, error = _attempt(lambda: _execute(tf, case))
    if error is not None:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__)
                 if frame.filename.startswith("<")]
        return [("run", f"{_brief(error)} (program line {lines[-1] if lines else '?'})")]
    if not isinstance(results, (list, tuple)) or len(results) != len(case["expect"]):
        got = len(results) if isinstance(results, (list, tuple)) else type(results).__name__
        return [("value", f"program returned {got} results, expected {len(case['expect'])}")]
    return [("value", text) for index, (result, wanted) in enumerate(zip(results, case["expect"], strict=True))
            for text in result_differences(result, wanted, arrays, case["rtol"], case["atol"], f"result {index}")]


def _execute(tf: Any, case: Case) -> Any:
    namespace: dict[str, Any] = {"__name__": "golden_program"}
    exec(_compiled(case["source"], case["id"], "exec"), namespace)
    with tf.Graph().as_default():
        return namespace["build"](tf, np)
