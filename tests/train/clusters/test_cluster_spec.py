"""Describing a cluster, and spreading a model over its tasks."""

from __future__ import annotations

from typing import Any

import pytest

import millpond as tf

JOBS = {"worker": ["w0:1", "w1:2"], "ps": ["p0:3"]}


def test_a_cluster_of_two_jobs() -> None:
    cluster = tf.train.ClusterSpec(JOBS)
    assert cluster.jobs == ["worker", "ps"]
    assert cluster.num_tasks("worker") == 2 and cluster.task_indices("worker") == [0, 1]
    assert cluster.task_address("worker", 1) == "w1:2"
    assert cluster.job_tasks("worker") == ["w0:1", "w1:2"]
    assert cluster.as_dict() == JOBS
    assert repr(cluster) == "ClusterSpec({'ps': ['p0:3'], 'worker': ['w0:1', 'w1:2']})"


def test_task_numbers_may_be_left_out() -> None:
    cluster = tf.train.ClusterSpec({"worker": {3: "w3:2", 1: "w1:2"}})
    assert cluster.as_dict() == {"worker": {1: "w1:2", 3: "w3:2"}}
    assert cluster.num_tasks("worker") == 2 and cluster.task_indices("worker") == [1, 3]
    assert cluster.job_tasks("worker") == [None, "w1:2", None, "w3:2"]
    assert tf.train.ClusterSpec({"worker": {1: "b", 0: "a"}}).as_dict() == {"worker": ["a", "b"]}


def test_it_is_written_as_a_message_and_read_back() -> None:
    cluster = tf.train.ClusterSpec(JOBS)
    message = cluster.as_cluster_def()
    assert isinstance(message, tf.train.ClusterDef)
    assert [(job.name, dict(job.tasks)) for job in message.job] == [("ps", {0: "p0:3"}),
                                                                     ("worker", {0: "w0:1", 1: "w1:2"})]
    assert tf.train.ClusterSpec(message) == tf.train.ClusterSpec(cluster) == cluster == JOBS
    assert tf.train.ClusterSpec(message) != tf.train.ClusterSpec({"worker": ["w0:1"]})
    assert cluster != 3 and bool(cluster) and not tf.train.ClusterSpec({})


@pytest.mark.parametrize("ask, message", [
    (lambda c: c.num_tasks("chief"), "No such job in cluster: 'chief'; the jobs are"),
    (lambda c: c.job_tasks("chief"), "No such job in cluster: 'chief'"),
    (lambda c: c.task_address("worker", 5), "No task with index 5 in job 'worker'"),
])
def test_asking_for_what_is_not_there(ask: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ask(tf.train.ClusterSpec(JOBS))


@pytest.mark.parametrize("jobs, message", [
    (3, "a dictionary from job names to lists of addresses"),
    ({"a": "b:1"}, "The tasks of job 'a' must be a list"),
    ({"a": [3]}, "an address of job 'a' as a string, but got 3"),
    ({3: ["a:1"]}, "a job name as a string, but got 3"),
])
def test_what_makes_no_cluster(jobs: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        tf.train.ClusterSpec(jobs)


def test_variables_take_turns_on_the_servers_and_the_rest_is_the_workers() -> None:
    setter = tf.train.replica_device_setter(cluster={"ps": ["a:1", "b:1"], "worker": ["c:1"]},
                                            worker_device="/job:worker/task:3/gpu:0")
    with tf.device(setter):
        variables = [tf.Variable(1.0), tf.Variable(2.0), tf.Variable(3.0, use_resource=True)]
        y = variables[0] + 1.0
        with tf.device("/cpu:0"):
            on_cpu, inner = y * 2.0, tf.Variable(4.0)
    assert [v.device for v in variables] == ["/job:ps/task:0", "/job:ps/task:1", "/job:ps/task:0"]
    assert variables[0].initializer.device == "/job:ps/task:0"
    assert y.device == "/job:worker/task:3/device:GPU:0"
    assert on_cpu.device == "/job:worker/task:3/device:CPU:0"
    assert inner.device == "/job:ps/task:1/device:CPU:0"


def test_an_explicit_task_or_job_is_kept() -> None:
    with tf.device(tf.train.replica_device_setter(ps_tasks=3)):
        first = tf.Variable(1)
        with tf.device("/job:ps/task:7"):
            explicit = tf.Variable(1)
        third = tf.Variable(1)
        with tf.device("/job:other"):
            elsewhere = tf.Variable(1)
        again = tf.Variable(1)
    assert [v.device for v in (first, explicit, third, elsewhere, again)] == [
        "/job:ps/task:0", "/job:ps/task:7", "/job:ps/task:2", "/job:other", "/job:ps/task:0"]


def test_without_merging_an_inner_device_is_taken_as_it_is() -> None:
    with tf.device(tf.train.replica_device_setter(ps_tasks=2, merge_devices=False)):
        v = tf.Variable(1)
        with tf.device("/gpu:0"):
            inner = tf.Variable(1)
        last = tf.Variable(1)
    assert [x.device for x in (v, inner, last)] == ["/job:ps/task:0", "/device:GPU:0", "/job:ps/task:1"]


def test_choosing_servers_and_op_types_oneself() -> None:
    with tf.device(tf.train.replica_device_setter(ps_tasks=2, ps_device="/job:store/cpu:0", ps_ops=["Const"],
                                                  ps_strategy=lambda op: len(op.name) % 2)):
        a, b = tf.constant(1, name="even"), tf.constant(1, name="odd")
        total = a + b
    assert (a.device, b.device) == ("/job:store/task:0/device:CPU:0", "/job:store/task:1/device:CPU:0")
    assert total.device == "/job:worker"
    with pytest.raises(TypeError, match="ps_strategy must be a function"):
        tf.train.replica_device_setter(ps_tasks=1, ps_strategy=3)


def test_a_negative_number_of_servers() -> None:
    with pytest.raises(ValueError, match="number of parameter servers, but is -1"):
        tf.train.replica_device_setter(ps_tasks=-1)


def test_without_servers_there_is_nothing_to_set() -> None:
    assert tf.train.replica_device_setter() is None
    assert tf.train.replica_device_setter(cluster={"worker": ["a:1"]}) is None
    with tf.device(tf.train.replica_device_setter()):
        assert tf.constant(1).device == ""


def test_a_server_says_that_it_is_not_supported_yet() -> None:
    with pytest.raises(NotImplementedError, match="tf.train.Server"):
        tf.train.Server(tf.train.ClusterSpec({"my_job": ["localhost:2222"]}), job_name="my_job", task_index=0)
    with pytest.raises(NotImplementedError, match="tf.train.Server"):
        tf.train.Server.create_local_server()
