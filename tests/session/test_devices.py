"""Placing operations on devices. Several need a process of their own: they are fixed once the backend starts."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import millpond as tf


@pytest.mark.slow
def test_the_towers_of_the_seeds_give_the_losses_of_one_device(run_program: Callable[..., str]) -> None:
    """A replica on each device, shared variables on the CPU, gradients averaged: as one device on the whole batch."""
    out = run_program("""
        import numpy as np
        import millpond as tf

        generator = np.random.default_rng(0)
        data = generator.normal(size=(40, 5)).astype(np.float32)
        target = (data @ generator.normal(size=(5, 1)) + 0.1).astype(np.float32)

        def loss_of(x, y):
            with tf.variable_scope("model", reuse=tf.AUTO_REUSE), tf.device("/cpu:0"):
                w = tf.get_variable("w", [5, 1], initializer=tf.zeros_initializer())
                b = tf.get_variable("b", [1], initializer=tf.zeros_initializer())
            return tf.reduce_mean(tf.square(tf.tanh(tf.matmul(x, w)) + b - y))

        def train(towers):
            with tf.Graph().as_default():
                x, y = tf.placeholder(tf.float32, [40, 5]), tf.placeholder(tf.float32, [40, 1])
                optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
                losses, tower_grads = [], []
                for i, (xs, ys) in enumerate(zip(tf.split(x, towers), tf.split(y, towers))):
                    with tf.device(f"/cpu:{i}"):
                        loss = loss_of(xs, ys)
                        losses.append(loss)
                        tower_grads.append(optimizer.compute_gradients(loss))
                with tf.device("/cpu:0"):
                    averaged = [(tf.add_n([g for g, _ in pairs]) / towers, pairs[0][1]) for pairs in zip(*tower_grads)]
                    step = optimizer.apply_gradients(averaged)
                    loss = tf.add_n(losses) / towers
                with tf.Session(config=tf.ConfigProto(device_count={"CPU": 4})) as sess:
                    sess.run(tf.global_variables_initializer())
                    result = [sess.run([loss, step], {x: data, y: target})[0] for _ in range(30)]
                    used = {stage.device for call in sess._calls.calls() for stage in call.planned.plan.stages}
                    return result, used

        import os
        for tier in ("interpreted", "compiled"):
            os.environ["MILLPOND_TIER"] = tier
            (single, _), (several, used) = train(1), train(4)
            assert used == {"", "CPU:1", "CPU:2", "CPU:3"}, used
            np.testing.assert_allclose(single, several, rtol=2e-4)
            assert several[-1] < several[0] / 2
        print("equal")
    """)
    assert out.strip() == "equal"


@pytest.mark.slow
def test_virtual_devices_are_listed_and_hold_what_is_put_there(run_program: Callable[..., str]) -> None:
    out = run_program("""
        import millpond as tf
        with tf.device("/cpu:2"):
            v = tf.Variable([1.0, 2.0])
        up = v.assign_add([1.0, 1.0])
        config = tf.ConfigProto(device_count={"CPU": 3})
        config.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
        with tf.Session(config=config) as sess:
            print(len([d for d in sess.list_devices() if d.device_type == "CPU"]))
            sess.run(v.initializer)
            print(sess.run(up).tolist(), sess.run(v * 2.0).tolist())
            print(sess._runtime.store.slot(v.op).value.devices())
    """)
    assert out.splitlines() == ["3", "[2.0, 3.0] [4.0, 6.0]", "{CpuDevice(id=2)}"]


@pytest.mark.slow
def test_values_move_only_where_an_edge_crosses(run_program: Callable[..., str]) -> None:
    """Two chains on two devices that meet at the end: the feed goes to each, and one result crosses."""
    out = run_program("""
        import numpy as np
        import millpond as tf
        from millpond.session.runtime import Runtime

        moved = []
        plain_put = Runtime.put

        def counted(self, value, device):
            placed = plain_put(self, value, device)
            if hasattr(value, "devices") and value.devices() != placed.devices():
                moved.append((value.shape, device))
            return placed

        Runtime.put = counted
        x = tf.placeholder(tf.float32, [8])
        with tf.device("/cpu:1"):
            left = tf.sin(x)
            for _ in range(5):
                left = tf.sin(left)
        with tf.device("/cpu:2"):
            right = tf.cos(x)
            for _ in range(5):
                right = tf.cos(right)
            both = left + right
        config = tf.ConfigProto(device_count={"CPU": 3})
        config.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
        with tf.Session(config=config) as sess:
            sess.run(both, {x: np.zeros(8)})
            moved.clear()
            sess.run(both, {x: np.zeros(8)})
        print(moved)
    """)
    assert out.strip() == "[((8,), 'CPU:2')]"


@pytest.mark.slow
def test_devices_asked_for_when_xla_has_started_share_those_there_are(run_program: Callable[..., str]) -> None:
    out = run_program("""
        import millpond as tf
        config = tf.ConfigProto()
        config.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
        with tf.Session(config=config) as sess:
            sess.run(tf.add(tf.placeholder_with_default(1.0, []), 2.0, name="early"))
        with tf.device("/cpu:7"):
            y = tf.constant([1.0, 2.0]) * 3.0
        config.device_count["CPU"] = 8
        with tf.Session(config=config) as sess:
            print(sess.run(y).tolist(), len([d for d in sess.list_devices() if d.device_type == "CPU"]))
    """)
    assert out.strip() == "[3.0, 6.0] 8"


def test_the_devices_of_a_session() -> None:
    with tf.Session() as sess:
        device = sess.list_devices()[-1]
    assert device.name == "/job:localhost/replica:0/task:0/device:CPU:0"
    assert device.device_type == "CPU" and device.memory_limit_bytes > 2**30


def test_placement_can_be_logged(capfd: pytest.CaptureFixture[str]) -> None:
    y = tf.add(tf.placeholder_with_default(1.0, []), 2.0, name="logged")
    with tf.Session(config=tf.ConfigProto(log_device_placement=True)) as sess:
        sess.run(y)
    assert "logged: (AddV2): /job:localhost/replica:0/task:0/device:CPU:0" in capfd.readouterr().err


def test_a_task_of_a_cluster_needs_a_server() -> None:
    with tf.device("/job:ps/task:1"):
        y = tf.add(tf.placeholder_with_default(1.0, []), 2.0)
    with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="target of a server"):
        sess.run(y)


def test_a_config_in_full_is_accepted() -> None:
    options = tf.GPUOptions(per_process_gpu_memory_fraction=0.5, allow_growth=True)
    config = tf.ConfigProto(gpu_options=options, inter_op_parallelism_threads=1, intra_op_parallelism_threads=1,
                            log_device_placement=False, device_count={"GPU": 0})
    with tf.Session(config=config) as sess:
        assert sess.run(tf.constant(1) + 1) == 2


def test_a_constant_on_a_device_that_is_not_there() -> None:
    with tf.device("/gpu:7"):
        constant = tf.constant(1.0)
        text = tf.constant("a")
    for fetch in (constant, constant + 1.0, tf.string_join([text, "b"])):
        with tf.Session() as sess, pytest.raises(tf.errors.InvalidArgumentError, match="Cannot assign a device.*GPU:7"):
            sess.run(fetch)
        with tf.Session(config=tf.ConfigProto(allow_soft_placement=True)) as sess:
            sess.run(fetch)


@pytest.mark.slow
def test_devices_that_do_not_wait_for_each_other_work_at_once(run_program: Callable[..., str]) -> None:
    """Each of two devices is given its work while the other still has some, although a guard watches over the first."""
    out = run_program("""
        import numpy as np
        import millpond as tf
        from millpond.compiler.dispatch import StageRunner

        x, row = tf.placeholder(tf.float32, [700, 700]), tf.placeholder(tf.int32, [])
        chains = []
        for device in ("/cpu:0", "/cpu:1"):
            with tf.device(device):
                y = x
                for _ in range(30):
                    y = tf.tanh(tf.matmul(y, x) * 0.01)
                at = tf.cast(tf.reduce_sum(y) * 0.0, tf.int32) + row
                chains.append(tf.reduce_sum(tf.gather(y, at)))
        total = tf.add_n(chains)

        started, at_work = [], []
        plain_call = StageRunner._call

        def watched(self, executable, arguments, write=None):
            at_work.append([value for values in started for value in values if not value.is_ready()])
            results = plain_call(self, executable, arguments, write)
            started.append([value for value in results if value is not None])
            return results

        config = tf.ConfigProto(device_count={"CPU": 2})
        config.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
        data = np.random.RandomState(0).rand(700, 700)
        with tf.Session(config=config) as sess:
            sess.run(total, {x: data, row: 1})
            StageRunner._call = watched
            sess.run(total, {x: data, row: 1})
            print([bool(values) for values in at_work][1])
            try:
                sess.run(total, {x: data, row: 700})
            except tf.errors.InvalidArgumentError as error:
                print("700 is not in [0, 700)" in str(error))
    """)
    assert out.split() == ["True", "True"]


@pytest.mark.slow
def test_a_python_function_sees_nothing_that_a_guard_of_another_device_refuses(run_program: Callable[..., str]) -> None:
    out = run_program("""
        import millpond as tf

        x = tf.placeholder(tf.int32, [None])
        with tf.device("/cpu:1"):
            table = tf.Variable([1.0, 2.0, 3.0])
            rows = tf.gather(table, x + tf.cast(table[:1], tf.int32))
        with tf.device("/cpu:0"):
            other = tf.square(tf.cast(x, tf.float32))
        seen = []
        first = tf.py_func(lambda value: seen.append(value.tolist()) or value, [rows], tf.float32)
        second = tf.py_func(lambda value: value, [other], tf.float32)
        config = tf.ConfigProto(device_count={"CPU": 2})
        config.graph_options.optimizer_options.global_jit_level = tf.OptimizerOptions.ON_1
        with tf.Session(config=config) as sess:
            sess.run(table.initializer)
            sess.run([first, second], {x: [0]})
            for fetches in ([first, second], [first, other]):
                try:
                    sess.run(fetches, {x: [7]})
                except tf.errors.InvalidArgumentError as error:
                    print("8 is not in [0, 3)" in str(error))
        print(seen)
    """)
    assert out.splitlines() == ["True", "True", "[[2.0]]"]
