"""The table of ops: one row, `OpCase`, says how an op is called, and the checks here say what must hold of it.

A test file under `tests/` lists its rows as `CASES = [OpCase(...), ...]`; `test_op_table.py` finds them all and runs
each check on each row. A file whose ops need stories instead (queues, variables, files) names their types in
`COVERS = {"QueueEnqueueV2", ...}`.

    CASES = [OpCase("Cumsum", lambda tf, x: tf.cumsum(x, 1), [floats(2, 3)], gradient=True,
                    expected=lambda x: np.cumsum(x, 1))]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tensorboard.compat.proto import config_pb2

INTERPRETED, COMPILED = -1, 1
STEP = 1e-5


@dataclass
class OpCase:
    """One row.

    Attributes:
      op_type: The op type that the row is about; `build` must make a node of it.
      build: `build(tf, *tensors)` gives a tensor or a (nested) list or tuple of tensors.
      inputs: The values that are fed; each becomes a placeholder of its dtype and shape.
      gradient: Whether the gradient is checked against differences: True for all float inputs, or their positions.
      expected: `expected(*inputs)`, by NumPy: the value, or a list of values. None where the two tiers and the
        recorded cases say enough.
      attrs: Attributes that the node must have, as `get_attr` gives them.
      rank_needed: Whether `build` needs the ranks of its inputs; otherwise it is also tried with unknown shapes.
      shapes_needed: Whether `build` needs the whole shapes.
      rtol, atol: Tolerances between tiers and against `expected`.
      gradient_rtol, gradient_atol: Tolerances of the gradient.
      note: What tells rows of the same op type apart.
    """

    op_type: str
    build: Callable[..., Any]
    inputs: Sequence[Any] = ()
    gradient: bool | tuple[int, ...] = False
    expected: Callable[..., Any] | None = None
    attrs: dict[str, Any] = field(default_factory=dict)
    rank_needed: bool = False
    shapes_needed: bool = False
    rtol: float = 1e-5
    atol: float = 1e-6
    gradient_rtol: float = 1e-4
    gradient_atol: float = 1e-6
    note: str = ""

    def __post_init__(self) -> None:
        self.inputs = [np.asarray(value) for value in self.inputs]

    @property
    def id(self) -> str:
        return f"{self.op_type}-{self.note}" if self.note else self.op_type

    @property
    def differentiated(self) -> tuple[int, ...]:
        """Positions of the inputs whose gradients are checked."""
        if self.gradient is True:
            return tuple(i for i, value in enumerate(self.inputs) if value.dtype.kind == "f")
        return tuple(self.gradient or ())


def floats(*shape: int, low: float = -2.0, high: float = 2.0, seed: int = 0, dtype: Any = np.float32) -> np.ndarray:
    """Numbers spread over [low, high), the same in every run."""
    return np.random.default_rng(seed + 17).uniform(low, high, shape).astype(dtype)


def integers(*shape: int, low: int = -5, high: int = 6, seed: int = 0, dtype: Any = np.int32) -> np.ndarray:
    return np.random.default_rng(seed + 17).integers(low, high, shape).astype(dtype)


def bools(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed + 17).integers(0, 2, shape).astype(bool)


def complexes(*shape: int, seed: int = 0, dtype: Any = np.complex64) -> np.ndarray:
    random = np.random.default_rng(seed + 17)
    return (random.uniform(-2, 2, shape) + 1j * random.uniform(-2, 2, shape)).astype(dtype)


def session(tf: Any, graph: Any, tier: int) -> Any:
    """A session that interprets everything, or compiles everything."""
    config = config_pb2.ConfigProto()
    config.graph_options.optimizer_options.global_jit_level = tier
    return tf.Session(graph=graph, config=config)


def flat(value: Any) -> list[Any]:
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in flat(item)]
    return [value]


class Built:
    """A row's graph: its placeholders and outputs."""

    def __init__(self, tf: Any, case: OpCase, known: str = "shape", inputs: Sequence[np.ndarray] | None = None) -> None:
        self.values = list(case.inputs if inputs is None else inputs)
        self.graph = tf.Graph()
        with self.graph.as_default():
            self.placeholders = [
                tf.placeholder(tf.string if value.dtype == object else value.dtype, _shape_known(value, known),
                               name=f"input_{i}") for i, value in enumerate(self.values)]
            self.outputs = flat(case.build(tf, *self.placeholders))

    def feeds(self, values: Sequence[Any] | None = None) -> dict[Any, Any]:
        return dict(zip(self.placeholders, self.values if values is None else values, strict=True))


def _shape_known(value: np.ndarray, known: str) -> Any:
    return {"shape": list(value.shape), "rank": [None] * value.ndim, "nothing": None}[known]


def agree(actual: Any, wanted: Any, case: OpCase, what: str) -> None:
    """The same dtype, shape and values."""
    actual, wanted = np.asarray(actual), np.asarray(wanted)
    assert actual.shape == wanted.shape, f"{what}: shape {actual.shape}, expected {wanted.shape}"
    if actual.dtype == object:
        assert actual.tolist() == wanted.tolist(), what
        return
    exact = actual.dtype.kind in "biu"
    if actual.dtype.kind == "V":  # bfloat16
        actual = actual.astype(np.float32)
    np.testing.assert_allclose(actual, wanted.astype(actual.dtype), rtol=0 if exact else case.rtol,
                               atol=0 if exact else case.atol, err_msg=what)


def check_values(tf: Any, case: OpCase, tier: int) -> None:
    """A tier gives what is expected and what the interpreter gives, as promised while building."""
    built = Built(tf, case)
    found = {op.type for op in built.graph.get_operations()}
    assert case.op_type in found, f"the row of {case.op_type} makes only {sorted(found)}"
    values = _run(tf, built, tier)
    for tensor, value in zip(built.outputs, values, strict=True):
        assert value.dtype == tensor.dtype.as_numpy_dtype, tensor
        assert tensor.shape.is_compatible_with(value.shape), f"{tensor}: inferred {tensor.shape}, got {value.shape}"
    if tier == COMPILED:
        for tensor, value, plain in zip(built.outputs, values, _run(tf, built, INTERPRETED), strict=True):
            assert value.dtype == plain.dtype, tensor
            agree(value, plain, case, f"{tensor.name}: compiled against interpreted")
    if case.expected is not None:
        wanted = case.expected(*case.inputs)
        wanted = wanted if isinstance(wanted, list) else [wanted]
        for tensor, value, right in zip(built.outputs, values, wanted, strict=True):
            agree(value, right, case, f"{tensor.name}: against NumPy")


def _run(tf: Any, built: Built, tier: int) -> list[np.ndarray]:
    with session(tf, built.graph, tier) as sess:
        return [np.asarray(value) for value in sess.run(built.outputs, built.feeds())]


def check_shapes(tf: Any, case: OpCase) -> None:
    """With less known of the inputs' shapes the values are the same, and what is inferred stays true."""
    full = Built(tf, case)
    with session(tf, full.graph, INTERPRETED) as sess:
        wanted = sess.run(full.outputs, full.feeds())
    levels = [] if case.shapes_needed else ["rank"] if case.rank_needed else ["rank", "nothing"]
    for known in levels:
        built = Built(tf, case, known)
        with session(tf, built.graph, INTERPRETED) as sess:
            actual = sess.run(built.outputs, built.feeds())
        for tensor, value, right in zip(built.outputs, actual, wanted, strict=True):
            assert tensor.shape.is_compatible_with(np.shape(value)), f"{known} known: {tensor}, got {np.shape(value)}"
            agree(value, right, case, f"{tensor.name} with only the {known} known")


def check_gradient(tf: Any, case: OpCase, tier: int) -> None:
    """`tf.gradients`, in float64 and with weights on the outputs: interpreted against central differences, compiled
    against interpreted."""
    positions = case.differentiated
    inputs = [value.astype(np.float64) if value.dtype.kind == "f" else value for value in case.inputs]
    built = Built(tf, case, inputs=inputs)
    outputs = [y for y in built.outputs if y.dtype.is_floating]
    with session(tf, built.graph, INTERPRETED) as sess:
        values = sess.run(outputs, built.feeds())
        weights = [floats(*np.shape(value), low=0.5, high=1.5, seed=i, dtype=np.float64)
                   for i, value in enumerate(values)]
        with built.graph.as_default():
            grads = tf.gradients(outputs, [built.placeholders[i] for i in positions],
                                 grad_ys=[tf.constant(w) for w in weights])
            assert None not in grads, f"no gradient arrives at input {positions[grads.index(None)]}"
            grads = [tf.convert_to_tensor(grad) for grad in grads]

        def loss(values: list[np.ndarray]) -> float:
            ys = sess.run(outputs, built.feeds(values))
            return sum(float(np.sum(w * y)) for w, y in zip(weights, ys, strict=True))

        actual = sess.run(grads, built.feeds())
        if tier == COMPILED:
            with session(tf, built.graph, COMPILED) as other:
                compiled = other.run(grads, built.feeds())
            for one, plain in zip(compiled, actual, strict=True):
                np.testing.assert_allclose(one, plain, rtol=1e-9, atol=1e-12, err_msg="compiled gradient")
            return
        for position, grad in zip(positions, actual, strict=True):
            slopes = _differences(loss, inputs, position)
            np.testing.assert_allclose(grad, slopes, rtol=case.gradient_rtol, atol=case.gradient_atol,
                                       err_msg=f"gradient of {case.op_type} by input {position}")


def _differences(loss: Callable[[list[np.ndarray]], float], inputs: list[np.ndarray], position: int) -> np.ndarray:
    x = inputs[position]
    slopes = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        ends = []
        for step in (STEP, -STEP):
            moved = x.copy()
            moved[index] += step
            ends.append(loss([*inputs[:position], moved, *inputs[position + 1:]]))
        slopes[index] = (ends[0] - ends[1]) / (2 * STEP)
    return slopes


def check_graph_def(tf: Any, case: OpCase) -> None:
    """The node has its attributes, and the graph read back from its GraphDef gives the same values."""
    built = Built(tf, case)
    operation = next(op for op in built.graph.get_operations() if op.type == case.op_type)
    node = operation.node_def
    wanted = {attr.name for attr in operation.op_def.attr}
    assert wanted <= set(node.attr), f"the node lacks the attributes {sorted(wanted - set(node.attr))}"
    for name, value in case.attrs.items():
        assert operation.get_attr(name) == value, f"attribute {name} is {operation.get_attr(name)!r}, not {value!r}"
    message = built.graph.as_graph_def()
    copy = tf.Graph()
    with copy.as_default():
        tf.import_graph_def(type(message).FromString(message.SerializeToString()), name="")
    assert [(op.name, op.type) for op in copy.get_operations()] == [
        (op.name, op.type) for op in built.graph.get_operations()]
    outputs = [copy.get_tensor_by_name(tensor.name) for tensor in built.outputs]
    feeds = {copy.get_tensor_by_name(x.name): value for x, value in built.feeds().items()}
    with session(tf, built.graph, INTERPRETED) as sess:
        original = sess.run(built.outputs, built.feeds())
    with session(tf, copy, INTERPRETED) as sess:
        again = sess.run(outputs, feeds)
    for tensor, value, right in zip(outputs, again, original, strict=True):
        agree(value, right, case, f"{tensor.name}: read back from GraphDef")
