"""What runs share: variables under compiled steps, plans under a graph that changes, threads that meet."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import millpond as tf
from millpond.compiler import executables
from millpond.compiler.dispatch import StageRunner
from millpond.compiler.executables import Entry, Pace
from millpond.session.fetches import register_session_run_conversion_functions
from millpond.session.variable_store import VariableStore

# What TensorFlow 2.21 draws in three runs with the seeds (1, 2) and (1, 5).
TENSORFLOW_DRAWS = [([0.406396746635437, 0.8575996160507202, 0.05539584159851074], 366),
                    ([0.16840732097625732, 0.8891061544418335, 0.5354969501495361], 681),
                    ([0.49945497512817383, 0.06284701824188232, 0.4600658416748047], 329)]


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MILLPOND_TIER", "compiled")


def test_what_a_fetch_looks_at_is_not_given_away(compiled: None) -> None:
    v = tf.Variable(tf.zeros([1000]))
    step = v.assign_add(tf.ones([1000])).op
    with tf.Session() as sess:
        sess.run(v.initializer)
        for _ in range(3):
            sess.run(step)
        looked_at = sess._runtime.take(v.op)
        for _ in range(3):
            sess.run(step)
        assert np.asarray(looked_at).tolist() == [3.0] * 1000
        sess._runtime.release(v.op)
        assert sess.run(v)[0] == 6.0


def test_nothing_is_held_once_a_run_is_over(tier: str) -> None:
    v, w = tf.Variable(1.0), tf.Variable(1.0)
    bad = tf.gather([1.0], tf.cast(v, tf.int32) + 5)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([v, v.assign_add(1.0)]) == [2.0, 2.0]
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run([v, bad])
        with pytest.raises(tf.errors.FailedPreconditionError):
            sess.run([v, w])
        assert sess._runtime.store.held == 0


def test_a_variable_whose_shape_changes_between_look_and_call(compiled: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another thread assigns a longer value after the program was chosen, and before it is called."""
    v = tf.Variable([1.0, 2.0], validate_shape=False)
    other = tf.assign(v, [1.0, 2.0, 3.0], validate_shape=False).op
    total = tf.reduce_sum(v * 2.0)
    plain = StageRunner._passed
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run(total) == 6.0
        meddling = [True]

        def meddle(self, executable, inputs):
            if meddling:
                meddling.clear()
                thread = threading.Thread(target=lambda: sess.run(other))
                thread.start()
                thread.join(60)
            return plain(self, executable, inputs)

        monkeypatch.setattr(StageRunner, "_passed", meddle)
        assert sess.run(total) == 12.0


@pytest.mark.filterwarnings("error")
def test_a_step_that_changes_a_shape_is_seen_by_other_programs(compiled: None) -> None:
    v = tf.Variable([1.0], validate_shape=False)
    longer = tf.assign(v, tf.concat([v, [1.0]], 0), validate_shape=False).op
    total, doubled = tf.reduce_sum(v), tf.assign(v, v * 2.0, validate_shape=False)
    with tf.Session() as sess:
        sess.run(v.initializer)
        for length in range(2, 6):
            sess.run(longer)
            assert sess.run(total) == length
            assert sess.run(doubled).shape == (length,)
            sess.run(tf.assign(v, tf.ones([length]), validate_shape=False))


def test_another_dtype_or_kind_of_array_is_another_layout() -> None:
    store = VariableStore()
    one = np.ones(3, np.float32)
    for other in (np.ones(3, np.float64), np.ones(4, np.float32), np.ones([1, 3], np.float32), None):
        before = store.layout
        store.note_change([one], [one + 1])
        assert store.layout == before
        store.note_change([one, one], [one, other])
        assert store.layout == before + 1


def test_a_fed_shape_that_changes_before_its_program_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(executables, "COMPILE_AFTER", 0)
    monkeypatch.setattr(executables, "COMPILE_AFTER_PER_OP", 10)
    monkeypatch.setattr(executables, "LOADING_WORK", 0)
    monkeypatch.setattr(executables, "DISPATCH_WORK", 0)
    x, shape = tf.placeholder(tf.float32, [None]), tf.placeholder(tf.int32, [2])
    y = tf.reshape(x, shape)
    wanted = np.array([2, 3], np.int32)
    with tf.Session() as sess:
        assert sess.run(y, {x: np.arange(6), shape: wanted}).shape == (2, 3)
        wanted[:] = 3, 2
        assert sess.run(y, {x: np.arange(6), shape: [2, 3]}).shape == (2, 3)
        assert sess.run(y, {x: np.arange(6), shape: wanted}).shape == (3, 2)


def test_variables_that_were_given_one_value_do_not_share_it(compiled: None) -> None:
    x = tf.placeholder(tf.float32, [100])
    a, b = tf.Variable(tf.zeros([100])), tf.Variable(tf.zeros([100]))
    same = x + 1.0
    set_both = [a.assign(same).op, b.assign(same).op]
    grow = a.assign_add(tf.ones([100])).op
    with tf.Session() as sess:
        sess.run(tf.global_variables_initializer())
        for _ in range(3):
            *_, kept = sess.run([*set_both, same], {x: np.zeros(100)})
            for _ in range(3):
                sess.run(grow)
            assert sess.run(b).tolist() == kept.tolist() == [1.0] * 100
            assert sess.run(a).tolist() == [4.0] * 100


def test_changes_of_the_graph_reach_the_plans_that_use_them(tier: str) -> None:
    v = tf.Variable(1.0)
    up = v.assign_add(1.0)
    doubled = tf.multiply(v, 2.0)
    x = tf.placeholder(tf.float32, name="x")
    y = tf.identity(x)
    apart = tf.sin(3.0)
    with tf.Session() as sess:
        sess.run(v.initializer)
        assert sess.run([doubled, up]) == [2.0, 2.0]
        assert sess.run(y, {x: [1.0, 2.0, 3.0]}).shape == (3,)
        kept = sess._calls.find(apart, ()).planned
        doubled.op._add_control_input(up.op)
        assert sess.run([doubled, up]) == [6.0, 3.0]
        x.set_shape([2])
        with pytest.raises(ValueError, match=r"Cannot feed value of shape \(3,\)"):
            sess.run(y, {x: [1.0, 2.0, 3.0]})
        assert sess._calls.find(apart, ()).planned is kept
        graph = tf.get_default_graph()
        graph.prevent_fetching(apart.op)
        with pytest.raises(ValueError, match="not fetchable"):
            sess.run(apart)
        graph.prevent_feeding(x)
        with pytest.raises(ValueError, match="may not be fed"):
            sess.run(y, {x: [1.0, 2.0]})
        with pytest.raises(ValueError, match="may not be fed"):
            sess.make_callable(y, [x])


def test_the_version_of_a_graph_counts_its_operations() -> None:
    graph = tf.Graph()
    with graph.as_default():
        assert graph.version == 0
        c = tf.constant([1.0, 2.0])
        assert graph.version == 1
        d = tf.placeholder(tf.float32)
        d.set_shape([2])
        assert graph.version == 2
        tf.add(c, d)
        assert graph.version == 3


def test_a_failed_run_does_not_take_back_what_another_thread_has_written(tier: str) -> None:
    v = tf.Variable(1.0)
    first, other = v.assign_add(1.0), v.assign(100.0).op
    entered, leave = threading.Event(), threading.Event()

    def fail() -> np.float32:
        entered.set()
        leave.wait(60)
        raise ValueError("later")

    with tf.control_dependencies([first]):
        late = tf.py_func(fail, [], tf.float32)
    with tf.Session() as sess:
        sess.run(v.initializer)
        wrong: list[BaseException] = []

        def work() -> None:
            try:
                sess.run(late)
            except tf.errors.InvalidArgumentError as error:
                wrong.append(error)

        worker = threading.Thread(target=work)
        worker.start()
        assert entered.wait(60)
        sess.run(other)
        leave.set()
        worker.join(60)
        assert wrong and sess.run(v) == 100.0
        leave.set()
        with pytest.raises(tf.errors.InvalidArgumentError):
            sess.run(late)
        assert sess.run(v) == 100.0


def test_the_first_of_two_guards_on_one_way_speaks(compiled: None) -> None:
    fed = tf.placeholder(tf.int32, [None])
    table = tf.Variable(np.eye(3, dtype=np.float32))
    inner = tf.gather(tf.constant([0, 1, 2, 9]), fed, name="inner")
    outer = tf.gather(table, inner, name="outer")
    with tf.Session() as sess:
        sess.run(table.initializer)
        assert sess.run(outer, {fed: [0, 2]}).shape == (2, 3)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"7 is not in \[0, 4\)") as caught:
            sess.run(outer, {fed: [7]})
        assert caught.value.op.name == "inner"
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"9 is not in \[0, 3\)") as caught:
            sess.run(outer, {fed: [3]})
        assert caught.value.op.name == "outer"


def test_random_numbers_of_later_runs_are_tensorflows(tier: str) -> None:
    tf.set_random_seed(1)
    drawn = tf.random_uniform([3], seed=2)
    whole = tf.random_uniform([], 0, 1000, tf.int32, seed=5)
    with tf.Session() as sess:
        seen = [(sess.run(drawn), sess.run(whole)) for _ in range(3)]
    for (numbers, integer), (wanted, wanted_integer) in zip(seen, TENSORFLOW_DRAWS, strict=True):
        np.testing.assert_allclose(numbers, wanted, rtol=1e-6)
        assert integer == wanted_integer


def test_a_refused_run_moves_no_stream(tier: str) -> None:
    """Whatever refuses: a guard on a feed, one on a computed value, a Python function."""
    index = tf.placeholder(tf.int32, [])
    drawn = tf.random_uniform([2], seed=3)
    early = tf.gather(tf.constant([1.0, 2.0]), index)
    late = tf.gather(tf.constant([1.0, 2.0]), tf.cast(drawn[0] * 0.0, tf.int32) + index)

    def refuse(value: np.ndarray) -> np.ndarray:
        if value > 1:
            raise ValueError("no")
        return value

    called = tf.py_func(refuse, [index], tf.int32)
    numbers = []
    for refused in (None, early, late, called):
        tf.set_random_seed(1)
        with tf.Session() as sess:
            sess.run(drawn)
            if refused is not None:
                with pytest.raises(tf.errors.InvalidArgumentError):
                    sess.run([drawn, refused], {index: 9})
            numbers.append(sess.run(drawn).tolist())
    assert all(one == numbers[0] for one in numbers)


def test_a_stage_that_meets_ever_new_shapes_compiles_later_and_later() -> None:
    pace = Pace(10)
    entry = Entry([])
    entry.work = executables.COMPILE_AFTER + executables.COMPILE_AFTER_PER_OP * 10 + executables.LOADING_WORK
    assert not pace.is_cold(entry)
    pace.compiled, pace.compiled_runs = 5, 10
    assert pace.is_cold(entry)
    pace.compiled_runs = executables.WORTHWHILE_RUNS * 5
    assert not pace.is_cold(entry)


def test_ready_devices_go_before_work_of_the_host(tier: str) -> None:
    x = tf.placeholder(tf.float32, [])
    text = tf.string_join(["a", "b"])
    y = tf.sin(x)
    with tf.Session() as sess:
        assert sess.run([text, y], {x: 0.0}) == [b"ab", 0.0]
        stages = sess._calls.calls()[-1].planned.plan.stages
    assert [stage.on_host for stage in stages] == [False, True]


def test_structures_that_change_between_runs_are_seen() -> None:
    class Pair:
        def __init__(self, left: object, right: object) -> None:
            self.left, self.right = left, right

    register_session_run_conversion_functions(
        Pair, lambda pair: ([pair.left, pair.right], lambda values: tuple(values)))
    one, two = tf.constant(1.0), tf.constant(2.0)
    pair = Pair(one, two)
    mapping = {"value": one}
    nested = [one, [one]]
    with tf.Session() as sess:
        assert sess.run(pair) == (1.0, 2.0) and sess.run(mapping) == {"value": 1.0} and sess.run(nested) == [1.0, [1.0]]
        pair.left, mapping["value"], nested[1][0] = two, two, two
        mapping["more"] = one
        assert sess.run(pair) == (2.0, 2.0)
        assert sess.run({"pair": [pair]}) == {"pair": [(2.0, 2.0)]}
        assert sess.run(mapping) == {"value": 2.0, "more": 1.0}
        assert sess.run(nested) == [1.0, [2.0]]


def test_python_functions_of_one_run_meet() -> None:
    """Each waits for the other: both must be under way at once, in whichever order they were made."""
    meeting = threading.Barrier(3)

    def meet(value: np.ndarray) -> np.ndarray:
        meeting.wait(60)
        return value

    x = tf.placeholder(tf.float32, [])
    all_of_them = [tf.py_func(meet, [x * float(i)], tf.float32) for i in range(3)]
    with tf.Session() as sess:
        assert sess.run(all_of_them, {x: 2.0}) == [0.0, 2.0, 4.0]
        assert sess.run(tf.add_n(all_of_them), {x: 2.0}) == 6.0


def test_the_first_failure_ends_the_run_and_wakes_what_waits() -> None:
    woken = threading.Event()

    def fail() -> np.float32:
        raise ValueError("at once")

    def wait() -> np.float32:
        woken.wait(60)
        return np.float32(1.0)

    v = tf.Variable(1.0)
    slow, broken = tf.py_func(wait, [], tf.float32), tf.py_func(fail, [], tf.float32)
    with tf.Session() as sess:
        sess.run(v.initializer)
        with pytest.raises(tf.errors.InvalidArgumentError, match="at once"):
            sess.run([slow, broken, v.assign_add(slow)])
        woken.set()
        assert sess.run(v) == 1.0


def test_a_session_target_that_nobody_serves() -> None:
    with pytest.raises(tf.errors.NotFoundError, match="No session factory registered"):
        tf.Session("no such target")
    with pytest.raises(NotImplementedError, match="grpc"):
        tf.Session("grpc://localhost:2222")


def test_a_constant_on_a_device_that_is_not_there() -> None:
    with tf.device("/gpu:7"):
        constant = tf.constant(1.0)
        text = tf.constant("a")
    for fetch in (constant, constant + 1.0, tf.string_join([text, "b"])):
        with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="Cannot assign a device"):
            sess.run(fetch)
        with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
            sess.run(fetch)
