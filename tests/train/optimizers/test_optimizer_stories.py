"""What users do with optimizers, beside calling `minimize`: and what they see when they do it wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import millpond as tf


def _values(session: tf.Session, step: Any, fetches: Any, feed: dict | None = None) -> Any:
    session.run(tf.global_variables_initializer())
    session.run(step, feed)
    return session.run(fetches)


def _nodes() -> list[str]:
    return [op.name for op in tf.get_default_graph().get_operations()]


class SignDescent(tf.train.Optimizer):
    """An optimizer as users write them: with TensorFlow's protected hooks."""

    def __init__(self, rate: float, name: str = "SignDescent") -> None:
        super().__init__(use_locking=False, name=name)
        self._rate = rate

    def _prepare(self) -> None:
        self._rate_tensor = tf.convert_to_tensor(self._call_if_callable(self._rate), name="rate")

    def _create_slots(self, var_list: Any) -> None:
        for var in var_list:
            self._zeros_slot(var, "count", self._name)
            self._get_or_make_slot(var, tf.ones_like(var.initialized_value()), "scale", self._name)

    def _apply_dense(self, grad: tf.Tensor, var: Any) -> Any:
        count = self.get_slot(var, "count").assign_add(tf.ones_like(grad))
        return tf.group(var.assign_sub(self._rate_tensor * tf.sign(grad) * self.get_slot(var, "scale")),
                        count)

    def _apply_sparse(self, grad: tf.IndexedSlices, var: Any) -> Any:
        return tf.scatter_sub(var, grad.indices, self._rate_tensor * tf.sign(grad.values))


def test_an_optimizer_of_ones_own() -> None:
    v = tf.Variable([1.0, -2.0], name="v")
    table = tf.Variable([[1.0], [1.0], [1.0]], name="table")
    optimizer = SignDescent(0.5)
    step = optimizer.minimize(tf.reduce_sum(v * v) + tf.reduce_sum(tf.gather(table, [2, 0, 2])))
    with tf.Session() as session:
        values, rows, count = _values(session, step, [v, table, optimizer.get_slot(v, "count")])
    np.testing.assert_array_equal(values, [0.5, -1.5])
    np.testing.assert_array_equal(rows, [[0.5], [1.0], [0.5]])
    np.testing.assert_array_equal(count, [1.0, 1.0])
    assert [var.name for var in optimizer.variables()] == [
        "table/SignDescent:0", "table/SignDescent_1:0", "v/SignDescent:0", "v/SignDescent_1:0"]


def test_an_optimizer_without_the_hook_that_a_variable_needs() -> None:
    class Nothing(tf.train.Optimizer):
        def __init__(self) -> None:
            super().__init__(False, "Nothing")

    v = tf.Variable([1.0], name="v")
    with pytest.raises(NotImplementedError, match="Nothing does not define _apply_dense, which 'v:0' needs"):
        Nothing().minimize(tf.reduce_sum(v))
    with pytest.raises(NotImplementedError, match="Nothing does not define _apply_sparse"):
        Nothing().minimize(tf.reduce_sum(tf.gather(v, [0])))


def test_gradients_are_clipped_between_the_two_halves() -> None:
    v = tf.Variable([3.0, -4.0])
    optimizer = tf.train.GradientDescentOptimizer(1.0)
    pairs = optimizer.compute_gradients(tf.reduce_sum(v * v))
    step = optimizer.apply_gradients([(tf.clip_by_norm(grad, 5.0), var) for grad, var in pairs])
    with tf.Session() as session:
        np.testing.assert_allclose(_values(session, step, v), [0.0, 0.0], atol=1e-6)


def test_a_fed_learning_rate_and_one_from_a_function() -> None:
    rate = tf.placeholder(tf.float32, [])
    v, w = tf.Variable(1.0, name="v"), tf.Variable(1.0, name="w")
    fed = tf.train.GradientDescentOptimizer(rate).minimize(2.0 * v)
    called = tf.train.GradientDescentOptimizer(lambda: 0.25).minimize(2.0 * w)
    with tf.Session() as session:
        assert _values(session, [fed, called], [v, w], {rate: 0.5}) == [0.0, 0.5]
        session.run(fed, {rate: 2.0})
        assert session.run(v) == -4.0


def test_a_decaying_learning_rate_follows_the_step() -> None:
    step = tf.train.get_or_create_global_step()
    v = tf.Variable(8.0)
    rate = tf.train.exponential_decay(1.0, step, 1, 0.5, staircase=True)
    train = tf.train.GradientDescentOptimizer(rate).minimize(v, global_step=step)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        seen = []
        for _ in range(3):
            session.run(train)
            seen.append(session.run([v, rate, step]))
    assert seen == [[7.0, 0.5, 1], [6.5, 0.25, 2], [6.25, 0.125, 3]]


def test_a_constraint_holds_after_each_update() -> None:
    v = tf.Variable([1.0, 2.0], constraint=lambda value: tf.clip_by_value(value, 0.0, 1.5))
    step = tf.train.GradientDescentOptimizer(2.0).minimize(tf.reduce_sum(tf.constant([1.0, 0.1]) * v))
    with tf.Session() as session:
        np.testing.assert_array_equal(_values(session, step, v), [0.0, 1.5])


def test_a_constraint_does_not_go_with_look_ups() -> None:
    v = tf.Variable([1.0, 2.0], name="v", constraint=lambda value: value)
    with pytest.raises(RuntimeError, match="constraint function on the sparse gradient of v:0"):
        tf.train.AdamOptimizer().minimize(tf.reduce_sum(tf.gather(v, [0])))


def test_only_the_listed_variables_move() -> None:
    v, w = tf.Variable(1.0), tf.Variable(1.0)
    step = tf.train.GradientDescentOptimizer(0.5).minimize(v + w, var_list=[w])
    with tf.Session() as session:
        assert _values(session, step, [v, w]) == [1.0, 0.5]


@pytest.mark.parametrize(
    "listed",
    [
        lambda of: of.values(),
        lambda of: (v for v in of.values()),
        lambda of: iter(list(of.values())),
        lambda of: map(lambda v: v, of.values()),
        lambda of: dict.fromkeys(of.values()).keys(),
        lambda of: {"all": of},
        lambda of: [of["a"], [of["b"]]],
    ],
)
def test_variables_come_in_any_iterable(listed: Any, tier: str) -> None:
    of = {"a": tf.Variable(1.0, name="a"), "b": tf.Variable([2.0], name="b", use_resource=True)}
    other = tf.Variable(3.0)
    loss = of["a"] * of["a"] + tf.reduce_sum(of["b"] * of["b"]) + other
    optimizer = tf.train.GradientDescentOptimizer(0.25)
    assert [v.op.name for _, v in optimizer.compute_gradients(loss, listed(of))] == ["a", "b"]
    step = optimizer.minimize(loss, var_list=listed(of))
    average = tf.train.ExponentialMovingAverage(0.5)
    keep = average.apply(listed(of)) if not isinstance(listed(of), dict) and not isinstance(listed(of), list) else step
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(step)
        session.run(keep)
        assert session.run([of["a"], of["b"], other])[2] == 3.0
        assert session.run(of["a"]) == 0.5 or keep is step


@pytest.mark.parametrize("nothing", [[], (), iter([]), {}.values()])
def test_an_iterable_without_variables(nothing: Any) -> None:
    v = tf.Variable(1.0)
    with pytest.raises(ValueError, match="No variables to optimize"):
        tf.train.GradientDescentOptimizer(0.5).minimize(v * v, var_list=nothing)


@pytest.mark.parametrize("wrong", [["a"], "a", [1.0], {1.0}, (v for v in [None])])
def test_what_is_no_variable_is_not_optimized(wrong: Any) -> None:
    v = tf.Variable(1.0, name="a")
    with pytest.raises(TypeError, match="var_list must hold variables"):
        tf.train.GradientDescentOptimizer(0.5).minimize(v * v, var_list=wrong)


@pytest.mark.parametrize("resource_first", [True, False])
def test_powers_of_adam_are_kept_like_the_first_variable(resource_first: bool, tier: str) -> None:
    a = tf.Variable(1.0, name="a", use_resource=resource_first)
    b = tf.Variable(1.0, name="b", use_resource=not resource_first)
    optimizer = tf.train.AdamOptimizer(0.5)
    # Not the order of the list counts, but that of the names.
    step = optimizer.apply_gradients([(tf.constant(1.0), b), (tf.constant(1.0), a)])
    kind = "VarHandleOp" if resource_first else "VariableV2"
    powers = [v for v in optimizer.variables() if "power" in v.name]
    assert [(v.name, v.op.type) for v in powers] == [("beta1_power:0", kind), ("beta2_power:0", kind)]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run([step])
        session.run([step])
        np.testing.assert_allclose(session.run([*powers, a, b]), [0.9**3, 0.999**3, 0.0, 0.0], rtol=1e-6, atol=1e-5)


def test_gradients_of_one_operation_wait_for_each_other_under_tensorflows_names() -> None:
    a, b = tf.Variable(2.0, name="a"), tf.Variable(3.0, name="b")
    pairs = tf.train.GradientDescentOptimizer(0.5).compute_gradients(tf.multiply(a, b, name="product"))
    assert [grad.op.name for grad, _ in pairs] == [
        "gradients/product_grad/tuple/control_dependency", "gradients/product_grad/tuple/control_dependency_1"]
    for grad, _ in pairs:
        (gate,) = grad.op.control_inputs
        assert (gate.name, gate.type) == ("gradients/product_grad/tuple/group_deps", "NoOp")
        assert {op.name for op in gate.control_inputs} == {"gradients/product_grad/Mul", "gradients/product_grad/Mul_1"}


def test_a_resource_variable_is_its_own_cast() -> None:
    v, w = tf.Variable(1.0, use_resource=True), tf.Variable(1.0)
    assert tf.cast(v, tf.float32) is v and tf.to_float(v) is v
    assert isinstance(tf.cast(v, tf.float64), tf.Tensor) and isinstance(tf.cast(w, tf.float32), tf.Tensor)


def test_nodes_of_a_step_on_resources_are_those_of_tensorflow() -> None:
    table = tf.Variable([[1.0], [2.0]], name="table", use_resource=True)
    count = tf.Variable(0, name="count", use_resource=True)
    slices = tf.IndexedSlices(tf.ones([2, 1]), tf.constant([1, 1]), tf.constant([2, 1]))
    step = tf.train.GradientDescentOptimizer(0.5).apply_gradients([(slices, table)], global_step=count, name="train")
    types = {op.name: op.type for op in tf.get_default_graph().get_operations() if op.name.startswith("train")}
    assert types == {
        "train/learning_rate": "Const",
        "train/update_table/Neg": "Neg",
        "train/update_table/mul": "Mul",
        "train/update_table/ResourceScatterAdd": "ResourceScatterAdd",
        "train/update": "NoOp",
        "train/Const": "Const",
        "train": "AssignAddVariableOp",
    }
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        assert session.run(step) is None
        assert session.run(table).tolist() == [[1.0], [1.0]] and session.run(count) == 1


def test_two_optimizers_in_turn_as_in_a_gan() -> None:
    with tf.variable_scope("generator"):
        g = tf.get_variable("g", initializer=1.0)
    with tf.variable_scope("discriminator"):
        d = tf.get_variable("d", initializer=1.0)
    loss = g * d
    steps = [tf.train.AdamOptimizer(0.5).minimize(sign * loss, var_list=tf.trainable_variables(scope))
             for sign, scope in ((1.0, "generator"), (-1.0, "discriminator"))]
    assert [step.name for step in steps] == ["Adam", "Adam_1"]
    assert [var.op.name for var in tf.global_variables()] == [
        "generator/g", "discriminator/d", "beta1_power", "beta2_power", "generator/g/Adam",
        "generator/g/Adam_1", "beta1_power_1", "beta2_power_1", "discriminator/d/Adam",
        "discriminator/d/Adam_1"]
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        session.run(steps[0])
        np.testing.assert_allclose(session.run([g, d]), [0.5, 1.0], rtol=1e-5)
        session.run(steps[1])
        np.testing.assert_allclose(session.run([g, d]), [0.5, 1.5], rtol=1e-5)


def test_slots_are_named_after_scopes_as_tensorflow_names_them() -> None:
    with tf.variable_scope("model"):
        w = tf.get_variable("w", [2])
        with tf.name_scope("train"):
            step = tf.train.AdamOptimizer().minimize(tf.reduce_sum(w))
    assert step.name == "model/train/Adam"
    assert [var.op.name for var in tf.global_variables()] == [
        "model/w", "model/train/beta1_power", "model/train/beta2_power", "model/model/w/Adam",
        "model/model/w/Adam_1"]
    nodes = _nodes()
    assert "model/model/w/Adam/Initializer/zeros" in nodes
    assert "model/train/Adam/update_model/w/ApplyAdam" in nodes


def test_slots_of_a_partitioned_variable_are_saved_as_parts() -> None:
    w = tf.get_variable("w", [4, 2], partitioner=tf.fixed_size_partitioner(2))
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    optimizer.minimize(tf.reduce_sum(w))
    slots = [optimizer.get_slot(part, "momentum") for part in tf.trainable_variables()]
    assert [slot.op.name for slot in slots] == ["w/part_0/Momentum", "w/part_1/Momentum"]
    info = [slot._get_save_slice_info() for slot in slots]
    assert [one.full_name for one in info] == ["w/Momentum", "w/Momentum"]
    assert [one.spec for one in info] == ["4 2 0,2:0,2", "4 2 2,2:0,2"]


def test_slots_are_made_outside_of_what_the_step_waits_for() -> None:
    v = tf.Variable([1.0, 2.0], name="v")
    loss = tf.reduce_sum(v * v)
    with tf.control_dependencies([loss]):
        tf.train.AdamOptimizer().minimize(loss)
    graph = tf.get_default_graph()
    for name in ("v/Adam", "v/Adam/Initializer/zeros", "v/Adam/Assign", "beta1_power/Assign"):
        assert graph.get_operation_by_name(name).control_inputs == []
    assert graph.get_operation_by_name("Adam/learning_rate").control_inputs == [loss.op]


def test_a_variable_of_unknown_shape_is_trained() -> None:
    start = tf.placeholder(tf.float32)
    v = tf.Variable(start, validate_shape=False, name="v")
    step = tf.train.AdagradOptimizer(1.0, initial_accumulator_value=1.0).minimize(tf.reduce_sum(v))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer(), {start: [1.0, 2.0]})
        session.run(step)
        np.testing.assert_allclose(session.run(v), np.array([1.0, 2.0]) - np.sqrt(0.5), rtol=1e-6)


def test_all_gradients_are_there_before_any_is_used() -> None:
    v, w = tf.Variable(2.0, name="v"), tf.Variable(3.0, name="w")
    optimizer = tf.train.GradientDescentOptimizer(1.0)
    results = []
    for gate in (optimizer.GATE_NONE, optimizer.GATE_OP, optimizer.GATE_GRAPH):
        step = optimizer.minimize(v * w, gate_gradients=gate)
        with tf.Session() as session:
            results.append(_values(session, step, [v, w]))
    assert results == [[-1.0, 1.0]] * 3
    assert "tuple/control_dependency_1" in _nodes()


def test_the_gradient_of_the_loss_is_given() -> None:
    v = tf.Variable([1.0, 2.0])
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    (grad, var), = optimizer.compute_gradients(v * v, grad_loss=tf.constant([1.0, 10.0]))
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        np.testing.assert_array_equal(session.run(grad), [2.0, 40.0])
    assert var is v


def test_the_graph_of_a_step_is_that_of_tensorflow() -> None:
    v = tf.Variable([1.0, 2.0], name="v")
    before = len(_nodes())
    tf.train.AdamOptimizer().apply_gradients([(tf.constant([1.0, 1.0], name="g"), v)])
    new = tf.get_default_graph().get_operations()[before:]
    made = {op.name: (op.type, [t.op.name for t in op.inputs]) for op in new}
    assert made["Adam/update_v/ApplyAdam"] == ("ApplyAdam", [
        "v", "v/Adam", "v/Adam_1", "beta1_power/read", "beta2_power/read", "Adam/learning_rate", "Adam/beta1",
        "Adam/beta2", "Adam/epsilon", "g"])
    assert [name for name in made if name.startswith("Adam")] == [
        "Adam/learning_rate", "Adam/beta1", "Adam/beta2", "Adam/epsilon", "Adam/update_v/ApplyAdam",
        "Adam/mul", "Adam/Assign", "Adam/mul_1", "Adam/Assign_1", "Adam"]
    assert made["Adam/Assign_1"] == ("Assign", ["beta2_power", "Adam/mul_1"])


def test_look_ups_of_the_same_row_are_added_up_by_tensorflows_nodes() -> None:
    v = tf.Variable([[1.0], [2.0]], name="v")
    tf.train.AdagradOptimizer(0.1).minimize(tf.reduce_sum(tf.gather(v, [0, 1, 1])))
    types = {op.name: op.type for op in tf.get_default_graph().get_operations()}
    assert [types[f"Adagrad/update_v/{name}"] for name in (
        "Unique", "Shape", "strided_slice", "UnsortedSegmentSum", "SparseApplyAdagrad")] == [
        "Unique", "Shape", "StridedSlice", "UnsortedSegmentSum", "SparseApplyAdagrad"]


def test_a_step_that_fails_changes_nothing() -> None:
    index = tf.placeholder(tf.int32, [None])
    v = tf.Variable([[1.0], [2.0]], name="v")
    w = tf.Variable(1.0, name="w")
    step = tf.train.MomentumOptimizer(0.5, 0.9).minimize(tf.reduce_sum(tf.gather(v, index)) + w)
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError):
            session.run(step, {index: [0, 5]})
        np.testing.assert_array_equal(session.run(v), [[1.0], [2.0]])
        assert session.run(w) == 1.0
        session.run(step, {index: [1, 1]})
        np.testing.assert_array_equal(session.run(v), [[1.0], [1.0]])


def test_a_loss_that_depends_on_no_variable() -> None:
    v = tf.Variable([1.0, 2.0], name="v")
    with pytest.raises(ValueError,
                       match=r"No gradients provided for any variable.*'v:0' shape=.*loss .*Const"):
        tf.train.GradientDescentOptimizer(0.1).minimize(tf.constant(1.0))
    with pytest.raises(ValueError, match="No gradients provided for any variable: .*'v:0'"):
        tf.train.GradientDescentOptimizer(0.1).apply_gradients([(None, v)])
    assert tf.train.GradientDescentOptimizer(0.1).compute_gradients(tf.constant(1.0)) == [(None, v)]


def test_no_variables_at_all() -> None:
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    with pytest.raises(ValueError, match="No variables to optimize"):
        optimizer.minimize(tf.constant(1.0))
    with pytest.raises(ValueError, match="No variables provided"):
        optimizer.apply_gradients([])


def test_what_has_no_gradients() -> None:
    count = tf.Variable(1, name="count")
    v = tf.Variable([1.0], name="v")
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    with pytest.raises(ValueError,
                       match="Invalid type int32 for count:0, expected one of: bfloat16, float16"):
        optimizer.minimize(count)
    with pytest.raises(NotImplementedError, match="Trying to update a Tensor"):
        optimizer.apply_gradients([(tf.constant([1.0]), tf.constant([1.0]))])
    with pytest.raises(TypeError, match="var_list must hold variables, but got int: 3"):
        optimizer.compute_gradients(v, [3])
    with pytest.raises(TypeError, match="The gradient of v:0 must be convertible"):
        optimizer.apply_gradients([(object(), v)])
    with pytest.raises(ValueError, match="GATE_NONE.*Not 7"):
        optimizer.compute_gradients(v, gate_gradients=7)
    with pytest.raises(ValueError, match="must specify|Must specify the optimizer name"):
        tf.train.GradientDescentOptimizer(0.1, name="")


def test_a_gradient_of_another_shape_or_dtype() -> None:
    v = tf.Variable([1.0, 2.0], name="v")
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    with pytest.raises(ValueError, match="ApplyGradientDescent"):
        optimizer.apply_gradients([(tf.constant([1.0, 2.0, 3.0]), v)])
    with pytest.raises(TypeError, match="'delta' of 'ApplyGradientDescent' Op has type float64"):
        optimizer.apply_gradients([(tf.constant([1.0, 2.0], tf.float64), v)])


def test_a_gradient_whose_shape_is_known_only_at_run_time(tier: str) -> None:
    v = tf.Variable([1.0, 2.0], name="v")
    grad = tf.placeholder(tf.float32)
    step = tf.train.MomentumOptimizer(0.1, 0.9).apply_gradients([(grad, v)])
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        with pytest.raises(tf.errors.InvalidArgumentError,
                           match=r"shape of the variable, \[2\], but it has \[\]"):
            session.run(step, {grad: 1.0})
        session.run(step, {grad: [10.0, 10.0]})
        np.testing.assert_allclose(session.run(v), [0.0, 1.0], atol=1e-6)


@pytest.mark.parametrize("make, message", [
    (lambda: tf.train.AdagradOptimizer(0.1, initial_accumulator_value=0.0),
     "initial_accumulator_value must be positive: 0.0"),
    (lambda: tf.train.ProximalAdagradOptimizer(0.1, initial_accumulator_value=-1.0),
     "must be positive: -1.0"),
    (lambda: tf.train.FtrlOptimizer(0.1, learning_rate_power=1.0),
     "learning_rate_power 1.000000 needs to be negative"),
    (lambda: tf.train.FtrlOptimizer(0.1, l1_regularization_strength=-1.0),
     "l1_regularization_strength -1.000000 needs"),
    (lambda: tf.train.AdagradDAOptimizer(0.1, None, initial_gradient_squared_accumulator_value=0.0),
     "must be positive"),
])
def test_arguments_out_of_range(make: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make()


def test_what_is_not_supported_names_itself() -> None:
    with pytest.raises(NotImplementedError, match="SyncReplicasOptimizer"):
        tf.train.SyncReplicasOptimizer(tf.train.GradientDescentOptimizer(0.1), replicas_to_aggregate=2)
