"""A variable as its user sees it: made, initialized, read, set, printed, exported."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import millpond as tf
from millpond.ops.state.assign import DESTROY_TEMPORARY_VARIABLE, TEMPORARY_VARIABLE

COVERS = {"VariableV2", "Variable", "Assign", "AssignAdd", "AssignSub", "IsVariableInitialized", "InitializedValue",
          "InitializedResourceValue", "CountUpTo", "ResourceCountUpTo", "TemporaryVariable",
          "DestroyTemporaryVariable", "StridedSliceAssign", "ResourceStridedSliceAssign", "VarHandleOp",
          "ReadVariableOp", "AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp", "VarIsInitializedOp",
          "VariableShape", "ResourceGather"}


def started(*variables):
    """A session in which all variables have their initial values."""
    session = tf.Session()
    session.run(tf.global_variables_initializer())
    return session


@pytest.fixture(params=[False, True], ids=["reference", "resource"])
def use_resource(request):
    return request.param


def test_a_variable_is_four_nodes_that_are_named_after_it(default_graph):
    v = tf.Variable(1.0, name="v")
    nodes = [(n.name, n.op, list(n.input)) for n in default_graph.as_graph_def().node]
    assert nodes == [("v/initial_value", "Const", []), ("v", "VariableV2", []),
                     ("v/Assign", "Assign", ["v", "v/initial_value"]), ("v/read", "Identity", ["v"])]
    assert (v.name, v.op.name, v.initializer.name, v.value().name) == ("v:0", "v", "v/Assign", "v/read:0")
    assert v.initial_value.name == "v/initial_value:0"
    assert v.initializer.colocation_groups() == [b"loc:@v"]


def test_a_resource_variable_is_a_handle_and_what_reads_and_sets_it(default_graph):
    tf.Variable(1.0, name="v", use_resource=True)
    nodes = [(n.name, n.op, list(n.input)) for n in default_graph.as_graph_def().node]
    assert nodes == [("v/Initializer/initial_value", "Const", []), ("v", "VarHandleOp", []),
                     ("v/IsInitialized/VarIsInitializedOp", "VarIsInitializedOp", ["v"]),
                     ("v/Assign", "AssignVariableOp", ["v", "v/Initializer/initial_value"]),
                     ("v/Read/ReadVariableOp", "ReadVariableOp", ["v"])]


def test_it_prints_its_name_shape_and_dtype():
    assert str(tf.Variable([[1, 2]], name="v")) == "<tf.Variable 'v:0' shape=(1, 2) dtype=int32_ref>"
    assert repr(tf.Variable(1.0, name="r", use_resource=True)) == "<tf.Variable 'r:0' shape=() dtype=float32>"
    assert tf.Variable(1.0).name == "Variable:0"
    assert tf.Variable(1.0).name == "Variable_1:0"


def test_it_is_made_outside_of_the_callers_control_dependencies_and_on_the_callers_device():
    with tf.control_dependencies([tf.no_op()]), tf.device("/cpu:0"):
        v = tf.Variable(1.0)
    assert v.initializer.control_inputs == [] == v.initial_value.op.control_inputs
    assert v.device == "/device:CPU:0" == v.initializer.device


def test_arithmetic_reads_the_value(tier, use_resource):
    v = tf.Variable([3.0, 4.0], use_resource=use_resource)
    sess = started()
    assert sess.run(v + 1.0).tolist() == [4.0, 5.0]
    assert sess.run(2.0 * v).tolist() == [6.0, 8.0]
    assert sess.run(-v).tolist() == [-3.0, -4.0]
    assert sess.run(v[1]) == 4.0
    assert sess.run(np.array([1.0, 1.0], np.float32) - v).tolist() == [-2.0, -3.0]
    assert sess.run(tf.reduce_sum(v)) == 7.0


def test_assigning_gives_the_new_value(tier, use_resource):
    v = tf.Variable([1, 2], use_resource=use_resource)
    sess = started()
    assert sess.run(v.assign([5, 6])).tolist() == [5, 6]
    assert sess.run(v.assign_add([1, 1])).tolist() == [6, 7]
    assert sess.run(v.assign_sub([2, 0])).tolist() == [4, 7]
    assert sess.run(tf.assign(v, [0, 0])).tolist() == [0, 0]
    assert sess.run(tf.assign_add(v, [1, 2])).tolist() == [1, 2]
    assert sess.run(tf.assign_sub(v, [1, 1])).tolist() == [0, 1]
    assert sess.run(v.assign([8, 9], read_value=False)) is None
    assert sess.run(v).tolist() == [8, 9]


def test_rebinding_the_python_name_leaves_the_variable_as_it_is(tier):
    v = tf.Variable(1, name="v")
    kept = v
    v = tf.add(v, 4)
    sess = started()
    assert sess.run(v) == 5
    assert sess.run(kept) == 1


def test_using_a_variable_before_its_initializer_names_it_and_the_fix(tier, use_resource):
    v = tf.Variable(1.0, name="weights", use_resource=use_resource)
    sess = tf.Session()
    with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value weights.*initializer"):
        sess.run(v * 2.0)
    with pytest.raises(tf.errors.FailedPreconditionError, match="weights"):
        sess.run(v.assign_add(1.0))
    assert sess.run(tf.is_variable_initialized(v)) == np.False_
    sess.run(v.initializer)
    assert sess.run(tf.is_variable_initialized(v)) == np.True_


def test_a_variable_made_from_another_is_initialized_in_the_same_run(tier, use_resource):
    a = tf.Variable([1.0, 2.0], use_resource=use_resource)
    b = tf.Variable(a * 3.0, use_resource=use_resource)
    c = tf.Variable(tf.add(a, b), use_resource=use_resource)
    d = tf.Variable(lambda: b.initialized_value() + 1.0, use_resource=use_resource)
    sess = started()
    assert [value.tolist() for value in sess.run([a, b, c, d])] == [[1, 2], [3, 6], [4, 8], [4, 7]]


def test_initialized_value_prefers_the_value_that_is_there(tier, use_resource):
    v = tf.Variable(1.0, use_resource=use_resource)
    y = v.initialized_value() * 10.0
    sess = tf.Session()
    assert sess.run(y) == 10.0
    sess.run(v.initializer)
    sess.run(v.assign(4.0))
    assert sess.run(y) == 40.0


def test_the_initial_value_may_be_fed_and_loaded(tier, use_resource):
    v = tf.Variable([0.0], use_resource=use_resource)
    with tf.Session() as sess:
        v.load([7.0])
        assert v.eval().tolist() == [7.0]
        operations = len(sess.graph.get_operations())
        v.load([8.0], sess)
        assert sess.run(v).tolist() == [8.0]
        assert len(sess.graph.get_operations()) == operations
    with pytest.raises(ValueError, match="session"):
        v.load([1.0])


def test_feeding_a_variable_feeds_what_reads_it_and_does_not_set_it(tier):
    v = tf.Variable(1.0)
    y = v * 2.0
    sess = started()
    assert sess.run(y, {v: 10.0}) == 20.0
    assert sess.run(v) == 1.0


def test_wrong_shapes_and_dtypes_are_refused_while_building():
    v = tf.Variable([1.0, 2.0], name="v")
    with pytest.raises(ValueError, match="not compatible for 'Assign'"):
        v.assign([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="Expected float32"):
        v.assign(["a", "b"])
    with pytest.raises(ValueError, match="int32.*variable of type 'float32_ref' .v:0.*tf.cast"):
        tf.convert_to_tensor(v, dtype=tf.int32)
    with pytest.raises(AttributeError, match="Const:0.*Make it a variable"):
        tf.assign(tf.constant(1.0), 2.0)
    with pytest.raises(ValueError, match="initial_value must be specified"):
        tf.Variable(None)
    with pytest.raises(ValueError, match="validate_shape=False"):
        tf.Variable(tf.placeholder(tf.float32, [None]))
    with pytest.raises(ValueError, match="list, tuple, or set"):
        tf.Variable(1.0, collections="mine")
    with pytest.raises(TypeError, match="not iterable.*unstack"):
        list(v)


def test_a_shape_that_is_known_only_at_run_time_is_checked_there(tier, use_resource):
    v = tf.Variable([1.0, 2.0], use_resource=use_resource)
    x = tf.placeholder(tf.float32)
    sess = started()
    for op in (v.assign(x), v.assign_add(x)):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[2\]|\(2,\)"):
            sess.run(op, {x: [1.0, 2.0, 3.0]})
        assert sess.run(v).tolist() == [1.0, 2.0]


def test_without_validate_shape_the_shape_may_change(tier):
    v = tf.Variable([1.0, 2.0], validate_shape=False)
    longer = tf.assign(v, [[1.0, 2.0, 3.0]], validate_shape=False)
    sess = started()
    assert v.shape.ndims is None
    assert sess.run(tf.shape(v)).tolist() == [2]
    assert sess.run(longer).tolist() == [[1.0, 2.0, 3.0]]
    assert sess.run(tf.shape(v)).tolist() == [1, 3]


def test_slices_are_assigned(tier, use_resource):
    v = tf.Variable(tf.zeros([4, 3]), use_resource=use_resource)
    i = tf.placeholder(tf.int32)
    sess = started()
    sess.run(v[1:3].assign(tf.ones([2, 3])))
    sess.run(v[0].assign([5.0, 6.0, 7.0]))
    sess.run(v[..., 1].assign([9.0] * 4))
    sess.run(v[::2, tf.newaxis, 0].assign([[8.0], [8.0]]))
    after = sess.run(v[i, 2].assign(-1.0), {i: 3})
    assert after.tolist() == [[8, 9, 7], [1, 9, 1], [8, 9, 1], [0, 9, -1]]
    assert sess.run(v[1].assign(4.0)).tolist()[1] == [4, 4, 4]  # a scalar fills the slice
    with pytest.raises(tf.errors.InvalidArgumentError, match="slice index 7 of dimension 0 out of bounds"):
        sess.run(v[i].assign([0.0, 0.0, 0.0]), {i: 7})
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"shape \[2\].*slice of shape \[2, 3\]"):
        sess.run(v[0:2].assign([1.0, 1.0]))
    assert sess.run(v).tolist() == [[8, 9, 7], [4, 4, 4], [8, 9, 1], [0, 9, -1]]


def test_counting_ends_at_the_limit(tier, use_resource):
    step = tf.Variable(0, use_resource=use_resource)
    count = step.count_up_to(2)
    sess = started()
    assert [sess.run(count), sess.run(count)] == [0, 1]
    for _ in range(2):
        with pytest.raises(tf.errors.OutOfRangeError, match="Reached limit of 2"):
            sess.run(count)
    assert sess.run(step) == 2


def test_gradients_flow_to_the_variable(tier, use_resource):
    v = tf.Variable([2.0, 3.0], use_resource=use_resource)
    (dense,) = tf.gradients(v * v, v)
    (sparse,) = tf.gradients(tf.reduce_sum(v.sparse_read([1, 1])), v)
    sess = started()
    assert sess.run(dense).tolist() == [4.0, 6.0]
    assert sess.run(sparse.indices).tolist() == [1, 1]
    assert sess.run(tf.convert_to_tensor(sparse)).tolist() == [0.0, 2.0]


def test_reading_rows_of_a_resource_checks_the_indices(tier):
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]], use_resource=True)
    i = tf.placeholder(tf.int32, [None])
    sess = started()
    rows = v.sparse_read(i)
    assert rows.shape.as_list() == [None, 2]
    assert sess.run(rows, {i: [1, 0]}).tolist() == [[3.0, 4.0], [1.0, 2.0]]
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"indices\[1\] = 2 is not in \[0, 2\)"):
        sess.run(rows, {i: [0, 2]})


def test_a_temporary_variable_lives_for_a_run(tier):
    t = TEMPORARY_VARIABLE(shape=[2], dtype=tf.float32, var_name="t")
    t = tf.assign_add(tf.assign(t, [1.0, 2.0]), [1.0, 1.0])
    value = DESTROY_TEMPORARY_VARIABLE(t, var_name="t")
    with tf.Session() as sess:
        assert sess.run(value).tolist() == [2.0, 3.0]
        assert sess.run(value).tolist() == [2.0, 3.0]


def test_strings_and_bools_can_be_kept(tier):
    s = tf.Variable(["a", "b"])
    b = tf.Variable(True)
    sess = started()
    assert sess.run(s).tolist() == [b"a", b"b"]
    assert sess.run(s.assign(["c", "d"])).tolist() == [b"c", b"d"]
    assert sess.run(b) == np.True_


def test_a_message_makes_the_variable_again(use_resource):
    v = tf.Variable([1.0, 2.0], name="v", trainable=False, use_resource=use_resource)
    v._set_save_slice_info(tf.Variable.SaveSliceInfo("whole", [4], [2], [2]))
    message = v.to_proto()
    assert (message.variable_name, message.initializer_name, message.is_resource) == ("v:0", "v/Assign", use_resource)
    again = tf.Variable.from_proto(message)
    assert again.op is v.op
    assert again.initializer is v.initializer
    assert again.trainable is False
    assert again._get_save_slice_info().spec == "4 2,2"
    assert str(again) == str(v)
    sess = started()
    assert sess.run(again.assign_add([1.0, 1.0])).tolist() == [2.0, 3.0]


def test_a_message_may_leave_a_scope_and_enter_another():
    with tf.name_scope("zoo"):
        v = tf.Variable(1.0, name="v")
    message = v.to_proto("zoo")
    assert message.variable_name == "v:0"
    assert tf.Variable(1.0, name="outside").to_proto("zoo") is None
    with tf.Graph().as_default():
        with tf.name_scope("park"):
            tf.Variable(1.0, name="v")
        assert tf.Variable.from_proto(message, import_scope="park").name == "park/v:0"


def test_creators_change_what_is_made():
    seen = []

    def watch(next_creator, **kwargs):
        seen.append(kwargs["name"])
        return next_creator(**kwargs)

    def rename(next_creator, **kwargs):
        kwargs["name"] = "renamed"
        return next_creator(**kwargs)

    with tf.variable_creator_scope(watch), tf.variable_creator_scope(rename):
        v = tf.Variable(1.0, name="given")
        w = tf.get_variable("got", [1])
    assert (v.name, w.name, seen) == ("renamed:0", "renamed_1:0", ["renamed", "renamed"])
    assert tf.Variable(1.0, name="after").name == "after:0"


def test_a_subclass_builds_itself():
    class Counter(tf.Variable):
        def __init__(self, start):
            super().__init__(start, name="counter", trainable=False)

        def step(self):
            return self.assign_add(1)

    counter = Counter(5)
    with tf.Session() as sess:
        sess.run(counter.initializer)
        assert sess.run(counter.step()) == 6
    assert tf.trainable_variables() == []
    assert tf.global_variables() == [counter]


def test_what_says_how_replicas_are_brought_together_has_tensorflows_numbers():
    assert {kind.name: kind.value for kind in tf.VariableSynchronization} == {
        "AUTO": 0, "NONE": 1, "ON_WRITE": 2, "ON_READ": 3}
    assert {kind.name: kind.value for kind in tf.VariableAggregation} == {
        "NONE": 0, "SUM": 1, "MEAN": 2, "ONLY_FIRST_REPLICA": 3}


def test_what_lies_between_two_variables_is_copied_once(default_graph, use_resource):
    a = tf.Variable([2.0, 3.0], name="a", use_resource=use_resource)
    twice = tf.multiply(a, 2.0, name="twice")
    b = tf.Variable(twice + twice * twice, name="b", use_resource=use_resource)
    assert [op.name for op in default_graph.get_operations() if op.type == "Mul" and "twice" in op.name] == [
        "twice", "twice_b"]
    assert started().run(b).tolist() == [20.0, 42.0]


def test_an_initial_value_that_needs_the_variable_itself_waits_for_it(use_resource):
    """A write, or rows of a resource: no initialized value could stand in for the variable."""
    a = tf.Variable([2.0, 3.0], name="a", use_resource=use_resource)
    kept = tf.Variable(tf.gather(a, [1]) if use_resource else a.assign_add([1.0, 1.0]) * 2.0)
    with tf.Session() as sess:
        if use_resource:
            with pytest.raises(tf.errors.FailedPreconditionError, match="uninitialized value a"):
                sess.run(kept.initializer)
        sess.run(a.initializer)
        sess.run(kept.initializer)
        assert sess.run(kept).tolist() == ([3.0] if use_resource else [6.0, 8.0])


def test_help_shows_the_arguments_of_a_variable(use_resource):
    for kind in (tf.Variable, type(tf.Variable(1.0, use_resource=use_resource))):
        first, *others = inspect.signature(kind).parameters.values()
        assert (first.name, first.default) == ("initial_value", None)
        assert {"trainable", "name", "dtype", "validate_shape", "use_resource"} <= {other.name for other in others}


def test_names_that_nobody_gave(use_resource: bool) -> None:
    v, w = (tf.Variable(1.0, use_resource=use_resource) for _ in range(2))
    assert (v.name, w.name) == ("Variable:0", "Variable_1:0") and v._shared_name == "Variable"
    assert v.initialized_value().name == "initialized_value:0"
    rows = tf.Variable([[1.0], [2.0]], name="rows", use_resource=use_resource)
    assert rows.sparse_read([1]).op.name.startswith("Gather")
    assert rows.gather_nd([[1]]).op.name == "GatherNd"
    assert rows.gather_nd([[1]], name="own").op.name == "own"


def test_rows_elements_and_batches_are_read_and_set(use_resource: bool) -> None:
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]], use_resource=use_resource)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([v.sparse_read([1]), v.gather_nd([[0, 1]])])[0].tolist() == [[3.0, 4.0]]
        assert sess.run(v.gather_nd([[0, 1], [1, 0]])).tolist() == [2.0, 3.0]
    if not use_resource:
        with tf.Session() as sess:
            sess.run(v.initializer)
            delta = tf.IndexedSlices(tf.constant([[9.0], [8.0]]), tf.constant([[1], [0]]))
            assert sess.run(v.batch_scatter_update(delta)).tolist() == [[1.0, 9.0], [8.0, 4.0]]


def test_an_initial_value_is_made_beside_the_variable(use_resource: bool) -> None:
    with tf.device("/cpu:0"):
        v = tf.Variable(lambda: tf.ones([2]), name="v", use_resource=use_resource)
    assert v.initial_value.op.name.startswith("v/Initializer/")
    # An initial value that is there already leaves the variable where the caller says.
    value = tf.constant([1.0], name="value")
    w = tf.Variable(value, name="w", use_resource=use_resource)
    assert w.initial_value is value


def test_the_copy_beside_a_caching_device(use_resource: bool) -> None:
    v = tf.Variable([1.0], name="v", caching_device="/cpu:0", use_resource=use_resource)
    assert v.value() is v.value() and v.value().device == "/device:CPU:0" and v.device == ""
    plain = tf.Variable([1.0], name="plain", use_resource=use_resource)
    if use_resource:
        assert plain.value() is not plain.value()
    else:
        assert plain.value() is plain.value() and plain.value().op.colocation_groups() == [b"loc:@plain"]


def test_a_message_and_an_initial_value_exclude_each_other(use_resource: bool) -> None:
    v = tf.Variable([1.0, 2.0], name="v", use_resource=use_resource)
    message = v.to_proto()
    with pytest.raises(ValueError, match="mutually exclusive"):
        tf.Variable([1.0], variable_def=message)
    again = tf.Variable.from_proto(message)
    assert (again.name, again.shape, again.dtype) == (v.name, v.shape, v.dtype)
    with tf.Session() as sess:
        sess.run(again.initializer)
        assert sess.run(again).tolist() == [1.0, 2.0]
        assert sess.run(again.is_initialized() if use_resource else tf.is_variable_initialized(again))


def test_a_shape_that_is_told_later(use_resource: bool) -> None:
    v = tf.Variable(tf.placeholder_with_default([1.0, 2.0], [None]), validate_shape=False, use_resource=use_resource)
    assert not v.shape.is_fully_defined()
    if use_resource:
        v.set_shape([2])
        assert v.shape.as_list() == [2] and v.value().shape.as_list() == [2]
        with pytest.raises(ValueError, match="not compatible"):
            v.set_shape([3])


def test_a_synchronized_variable_is_trained_unless_it_is_only_read() -> None:
    assert tf.Variable(1.0).trainable
    read_only = tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ)
    assert not read_only.trainable and read_only not in tf.trainable_variables()
    assert tf.Variable(1.0, synchronization=tf.VariableSynchronization.ON_READ, trainable=True).trainable


def test_a_variable_that_took_another_shape_is_updated_in_that_shape(tier: str) -> None:
    x = tf.placeholder(tf.float32, None)
    v = tf.Variable([0.0])
    regrow = tf.assign(v, x, validate_shape=False)
    step = v.assign_add(x)
    with tf.Session() as sess:
        sess.run(v.initializer)
        sess.run(regrow, {x: [1.0, 2.0, 3.0]})
        assert sess.run(step, {x: [1.0, 1.0, 1.0]}).tolist() == [2.0, 3.0, 4.0]
        assert sess.run(v.assign_sub(x), {x: [2.0, 2.0, 2.0]}).tolist() == [0.0, 1.0, 2.0]
        assert sess.run(tf.scatter_add(v, [2], [5.0])).tolist() == [0.0, 1.0, 7.0]
        for other in (1.0, [1.0], [1.0, 1.0], [[1.0, 1.0, 1.0]], [[1.0], [1.0]]):
            with pytest.raises(tf.errors.InvalidArgumentError):
                sess.run(step, {x: other})
        assert sess.run(v).tolist() == [0.0, 1.0, 7.0]


@pytest.mark.parametrize("optimizer", [tf.train.GradientDescentOptimizer(0.1), tf.train.AdamOptimizer(0.1),
                                       tf.train.MomentumOptimizer(0.1, 0.9), tf.train.AdagradOptimizer(0.1)],
                         ids=lambda made: type(made).__name__)
def test_an_update_does_not_grow_its_variable(optimizer: tf.train.Optimizer, tier: str) -> None:
    gradient = tf.placeholder(tf.float32, None)
    v = tf.Variable([1.0, 2.0, 3.0])
    step = optimizer.apply_gradients([(gradient, v)])
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for other in (1.0, [1.0], [[1.0, 1.0, 1.0]], [[1.0], [1.0]]):
            with pytest.raises(tf.errors.InvalidArgumentError):
                sess.run(step, {gradient: other})
        assert sess.run(v).tolist() == [1.0, 2.0, 3.0]
