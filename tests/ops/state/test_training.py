"""The ops that apply gradients, against values recorded from TensorFlow; sparse forms against dense ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf
from millpond.graph.opdef import lookup

VAR = np.array([0.5, -1.0, 2.0, 0.0], np.float32)
SQUARES = np.array([0.1, 0.2, 0.3, 0.1], np.float32)
LINEAR = np.array([0.3, -0.2, 0.05, 1.0], np.float32)
GRAD = np.array([0.1, -0.3, 0.7, 0.2], np.float32)

# (op type, slots, inputs after them with None for the gradient, attributes, the variables' values afterwards)
ROWS: list[tuple[str, list[np.ndarray], list[Any], dict[str, bool], list[list[float]]]] = [
    ("ApplyGradientDescent", [], [0.1, None], {}, [[0.49, -0.97, 1.93, -0.02]]),
    ("ApplyMomentum", [LINEAR], [0.1, None, 0.9], {},
     [[0.463, -0.952, 1.9255, -0.11], [0.37, -0.48, 0.745, 1.1]]),
    ("ApplyMomentum", [LINEAR], [0.1, None, 0.9], {"use_nesterov": True},
     [[0.4567, -0.9268, 1.86295, -0.119], [0.37, -0.48, 0.745, 1.1]]),
    ("ApplyAdam", [LINEAR, SQUARES], [0.9, 0.99, 0.1, 0.8, 0.99, 1e-3, None], {},
     [[0.41766986, -0.95078105, 1.9672998, -0.26558924], [0.26, -0.22, 0.18, 0.84],
      [0.0991, 0.1989, 0.3019, 0.0994]]),
    ("ApplyAdam", [LINEAR, SQUARES], [0.9, 0.99, 0.1, 0.8, 0.99, 1e-3, None], {"use_nesterov": True},
     [[0.4278028, -0.9472015, 1.9484063, -0.2251185], [0.26, -0.22, 0.18, 0.84],
      [0.0991, 0.1989, 0.3019, 0.0994]]),
    ("ApplyAdaMax", [LINEAR, SQUARES], [0.9, 0.1, 0.8, 0.99, 1e-3, None], {},
     [[-2.0742569, -0.26910317, 1.743224, -4.1791034], [0.26, -0.22, 0.18, 0.84], [0.1, 0.3, 0.7, 0.2]]),
    ("ApplyAdagrad", [SQUARES], [0.1, None], {},
     [[0.46984887, -0.9442914, 1.9212438, -0.05345225], [0.11, 0.29, 0.79, 0.14]]),
    ("ApplyAdagrad", [SQUARES], [0.1, None], {"update_slots": False},
     [[0.46837723, -0.93291795, 1.8721981, -0.06324556], [0.1, 0.2, 0.3, 0.1]]),
    ("ApplyAdagradV2", [SQUARES], [0.1, 0.01, None], {},
     [[0.47073135, -0.945307, 1.92212, -0.05206087], [0.11, 0.29, 0.79, 0.14]]),
    ("ApplyAdagradDA", [SQUARES, np.abs(LINEAR)], [None, 0.1, 0.02, 0.03, np.int64(3)], {},
     [[-0.02474476, 0.00730572, -0.1263701, -0.02332806], [0.2, -0.1, 1.0, 0.3], [0.31, 0.29, 0.54, 1.04]]),
    ("ApplyAdadelta", [SQUARES, np.abs(LINEAR)], [0.1, 0.9, 1e-3, None], {},
     [[0.48191205, -0.9691438, 1.9720547, -0.06492101], [0.091, 0.189, 0.319, 0.094],
      [0.27327174, 0.18952104, 0.05280938, 0.9421474]]),
    ("ApplyRMSProp", [SQUARES, LINEAR], [0.1, 0.9, 0.5, 1e-3, None], {},
     [[0.31703097, -0.83117527, 1.8512563, -0.5648886], [0.091, 0.189, 0.319, 0.094],
      [0.18296903, -0.16882473, 0.1487437, 0.5648886]]),
    ("ApplyCenteredRMSProp", [LINEAR * np.float32(0.1), SQUARES, LINEAR], [0.1, 0.9, 0.5, 1e-3, None], {},
     [[0.3167829, -0.83075416, 1.850169, -0.5694629], [0.037, -0.048, 0.0745, 0.11],
      [0.091, 0.189, 0.319, 0.094],
      [0.1832171, -0.16924585, 0.149831, 0.5694629]]),
    ("ApplyFtrl", [SQUARES, LINEAR], [None, 0.1, 0.05, 0.02, -0.5], {},
     [[-0.08127999, -0.0669158, 0.6744853, -0.3040995], [0.11, 0.29, 0.79, 0.14],
      [0.32282645, 0.4130293, -6.071936, 1.2]]),
    ("ApplyFtrl", [SQUARES, LINEAR], [None, 0.1, 0.05, 0.02, -0.3], {},
     [[-0.05335775, -0.02559861, 0.41653335, -0.20593843], [0.11, 0.29, 0.79, 0.14],
      [0.32731333, 0.22760163, -3.94761, 1.2]]),
    ("ApplyFtrl", [SQUARES, LINEAR], [None, 0.1, 0.05, 0.02, -0.5], {"multiply_linear_by_lr": True},
     [[-0.8856594, 0.24643871, 0.6240833, -2.684008], [0.11, 0.29, 0.79, 0.14],
      [0.30228266, -0.13869707, -0.56219363, 1.02]]),
    ("ApplyFtrlV2", [SQUARES, LINEAR], [None, 0.1, 0.05, 0.02, 0.3, -0.5], {},
     [[-0.1706555, 0.02524729, 0.5400796, -0.3040995], [0.11, 0.29, 0.79, 0.14],
      [0.62282646, -0.18697073, -4.871936, 1.2]]),
    ("ApplyFtrlV2", [SQUARES, LINEAR], [None, 0.1, 0.05, 0.02, 0.3, -0.3], {"multiply_linear_by_lr": True},
     [[-0.6305866, 0.3059119, 0.24019967, -1.8176302], [0.11, 0.29, 0.79, 0.14],
      [0.33273134, -0.21723984, -0.22976102, 1.02]]),
    ("ApplyProximalGradientDescent", [], [0.1, 0.2, 0.03, None], {},
     [[0.4685942, -0.94715858, 1.9042871, 0.0]]),
    ("ApplyProximalGradientDescent", [], [0.1, 0.0, 0.03, None], {},
     [[0.4885344, -0.9670987, 1.9242272, -0.0199402]]),
    ("ApplyProximalAdagrad", [SQUARES], [0.1, 0.2, 0.03, None], {},
     [[0.40587533, -0.9021267, 1.892355, 0.0], [0.11, 0.29, 0.79, 0.14]]),
    ("ApplyAddSign", [LINEAR], [0.1, 1.0, 0.9, 0.8, None], {},
     [[0.481, -0.943, 1.867, -0.038], [0.26, -0.22, 0.18, 0.84]]),
    ("ApplyPowerSign", [LINEAR], [0.1, 1.1, 0.9, 0.8, None], {},
     [[0.47308767, -0.91926295, 1.8116136, -0.05382469], [0.26, -0.22, 0.18, 0.84]]),
]
# Rows with a form for single rows.
SPARSE = [row for row in ROWS if row[0] not in (
    "ApplyGradientDescent", "ApplyAdam", "ApplyAdaMax", "ApplyAddSign", "ApplyPowerSign")]

COVERS = {prefix + row[0] for row in ROWS for prefix in ("", "Resource")} | {
    prefix + row[0] for row in SPARSE for prefix in ("Sparse", "ResourceSparse")}


def _name(value: Any) -> str:
    return f"{value[0]}-{'-'.join(k for k, v in value[3].items() if v)}" if isinstance(value, tuple) else ""


def _apply(type: str, start: list[np.ndarray], inputs: list[Any], attrs: dict[str, bool],
           use_resource: bool = False) -> list[np.ndarray]:
    with tf.Graph().as_default(), tf.Session() as session:
        variables = [tf.Variable(value, use_resource=use_resource) for value in start]
        given = [variable.handle for variable in variables] if use_resource else variables
        made = lookup(f"Resource{type}" if use_resource else type)(*given, *inputs, **attrs)
        session.run(tf.global_variables_initializer())
        session.run(made if use_resource else made.op)
        return session.run(variables)


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_dense_updates(row: Any, tier: str) -> None:
    type, slots, inputs, attrs, expected = row
    found = _apply(type, [VAR, *slots], [GRAD if value is None else value for value in inputs], attrs)
    for value, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(value, wanted, rtol=2e-6, atol=2e-7)


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_resources_are_updated_alike(row: Any) -> None:
    type, slots, inputs, attrs, expected = row
    found = _apply(type, [VAR, *slots], [GRAD if value is None else value for value in inputs], attrs, True)
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=2e-7)


@pytest.mark.parametrize("row", SPARSE, ids=_name)
def test_sparse_updates_are_dense_ones_of_some_rows(row: Any, tier: str) -> None:
    type, slots, inputs, attrs, expected = row
    start = [VAR[:, None], *(slot[:, None] for slot in slots)]
    gradient = [GRAD[[2, 0]][:, None], [2, 0]]  # the indices come right after it
    given = [part for value in inputs for part in (gradient if value is None else [value])]
    found = _apply(f"Sparse{type}", start, given, attrs)
    for before, after, wanted in zip(start, found, expected, strict=True):
        np.testing.assert_allclose(after[[0, 2], 0], np.array(wanted)[[0, 2]], rtol=2e-6, atol=2e-7)
        np.testing.assert_array_equal(after[[1, 3]], before[[1, 3]])


def test_half_precision(tier: str) -> None:
    for dtype in (tf.float16, tf.bfloat16):
        with tf.Graph().as_default(), tf.Session() as session:
            v = tf.Variable(tf.constant([1.0, 2.0], dtype))
            step = tf.train.AdamOptimizer(0.5, beta2=0.5, epsilon=1e-3).minimize(tf.reduce_sum(v * v))
            session.run(tf.global_variables_initializer())
            session.run(step)
            value = session.run(v)
        assert value.dtype == dtype.as_numpy_dtype
        np.testing.assert_allclose(value.astype(np.float32), [0.5, 1.5], rtol=0.02)


@pytest.mark.parametrize("rows, message", [
    ([0, 7], r"Index 7 at offset 1 in indices is out of range \[0, 4\)"),
    ([-1, 0], r"Index -1 at offset 0 in indices is out of range"),
    ([2, 2], "Index 2 is named 2 times in indices; add the rows of equal indices up first"),
])
def test_indices_that_do_not_fit(rows: list[int], message: str, tier: str) -> None:
    indices = tf.placeholder(tf.int32, [None])
    v, slot = tf.Variable(VAR[:, None]), tf.Variable(SQUARES[:, None])
    step = lookup("SparseApplyAdagrad")(v, slot, 0.1, GRAD[:2, None], indices).op
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError, match=message):
            session.run(step, {indices: rows})
        np.testing.assert_array_equal(session.run(v), VAR[:, None])
        session.run(step, {indices: [3, 1]})
        assert session.run(slot)[3] > SQUARES[3]


def test_shapes_that_do_not_fit_are_refused_while_building() -> None:
    v, slot = tf.Variable(VAR), tf.Variable(SQUARES)
    with pytest.raises(ValueError, match="ApplyAdagrad"):
        lookup("ApplyAdagrad")(v, slot, 0.1, GRAD[:2])
    with pytest.raises(ValueError, match="Shape must be rank 0 but is rank 1"):
        lookup("ApplyAdagrad")(v, slot, [0.1], GRAD)
    with pytest.raises(ValueError, match="one row for each of the 2 indices, but it has 3"):
        lookup("SparseApplyAdagrad")(v, slot, 0.1, GRAD[:3], [0, 1])
    with pytest.raises(TypeError, match="requires a mutable tensor"):
        lookup("ApplyGradientDescent")(tf.constant(VAR), 0.1, GRAD)
