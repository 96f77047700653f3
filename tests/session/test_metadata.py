"""What `RunMetadata` tells of a run: times by stage, the graphs by device, sizes of what flows."""

from __future__ import annotations

import time
from typing import Any

import pytest

import millpond as tf

CPU = "/job:localhost/replica:0/task:0/device:CPU:0"
FULL = tf.RunOptions.FULL_TRACE


@pytest.fixture
def fetches() -> dict[str, Any]:
    """x -> y -> host -> sum -> last, with another placeholder behind a control edge, and a variable."""
    x = tf.placeholder(tf.float32, [2, 3], name="x")
    y = tf.square(x, name="y")
    host = tf.py_func(lambda value: value, [y], tf.float32, name="host")
    total = tf.add(host, y, name="sum")
    other = tf.square(tf.placeholder(tf.float32, [None], name="u"), name="q")
    with tf.control_dependencies([other]):
        last = tf.negative(total, name="last")
    tf.square(x, name="not_run")
    return {"last": last, "other": other, "v": tf.Variable(1.0, name="v")}


def run(fetches: dict[str, Any], options: Any, config: Any = None) -> Any:
    metadata = tf.RunMetadata()
    with tf.Session(config=config) as sess:
        sess.run(fetches["v"].initializer)
        sess.run(fetches, {"x:0": [[1.0, 2.0, 3.0]] * 2, "u:0": [1.0]}, options, metadata)
    return metadata


def test_stages_are_timed_one_after_another(fetches: dict[str, Any], tier: str) -> None:
    begin = time.time_ns() // 1000
    metadata = run(fetches, tf.RunOptions(trace_level=FULL))
    (stats,) = metadata.step_stats.dev_stats
    assert stats.device == CPU
    stages = [node for node in stats.node_stats if node.node_name.startswith("stage_")]
    assert [stage.timeline_label for stage in stages] == ["2 ops: y, q", "1 ops: host", "2 ops: sum, last"]
    now = begin
    for stage in stages:
        assert stage.all_start_micros >= now and stage.op_start_rel_micros == 0
        assert stage.op_end_rel_micros == stage.all_end_rel_micros >= 0
        now = stage.all_start_micros + stage.all_end_rel_micros
    assert now <= time.time_ns() // 1000
    idle = [(node.node_name, node.timeline_label) for node in stats.node_stats if node not in stages]
    assert idle == [("x", "x = Placeholder()"), ("u", "u = Placeholder()"), ("v", "v = VariableV2()")]
    assert not metadata.partition_graphs and not metadata.cost_graph.node


def test_a_long_stage_is_labelled_by_its_first_operations() -> None:
    y = x = tf.placeholder(tf.float32, [], name="x")
    for number in range(23):
        y = tf.negative(y, name=f"n{number}")
    metadata = tf.RunMetadata()
    with tf.Session() as sess:
        sess.run(y, {x: 1.0}, tf.RunOptions(trace_level=FULL), metadata)
        label = metadata.step_stats.dev_stats[0].node_stats[0].timeline_label
        assert label.startswith("23 ops: n0, n1, ") and label.endswith(", n19 and 3 more")
        sess.run("n19:0", {x: 1.0}, tf.RunOptions(trace_level=FULL), metadata)
    assert metadata.step_stats.dev_stats[-1].node_stats[-2].timeline_label.endswith(", n18, n19")


@pytest.mark.parametrize("options", [None, tf.RunOptions(), tf.RunOptions(trace_level=tf.RunOptions.NO_TRACE)])
def test_nothing_is_told_that_was_not_asked_for(fetches: dict[str, Any], options: Any) -> None:
    assert run(fetches, options) == tf.RunMetadata()


def test_the_graph_of_each_device_holds_what_was_run(fetches: dict[str, Any]) -> None:
    metadata = run(fetches, tf.RunOptions(output_partition_graphs=True))
    (graph,) = metadata.partition_graphs
    assert [node.name for node in graph.node] == ["x", "y", "host", "sum", "u", "q", "last", "v"]
    assert {node.device for node in graph.node} == {CPU}
    assert list(next(node for node in graph.node if node.name == "last").input) == ["sum", "^q"]
    assert not metadata.step_stats.dev_stats


def test_sizes_are_told_where_shapes_are_known(fetches: dict[str, Any]) -> None:
    config = tf.ConfigProto()
    config.graph_options.build_cost_model = 1
    metadata = run(fetches, tf.RunOptions(), config)
    nodes = {node.name: node for node in metadata.cost_graph.node}
    assert set(nodes) == {"x", "u", "y", "q", "host", "sum", "last", "v"}
    assert sorted(node.id for node in nodes.values()) == list(range(8))
    sizes = {name: [info.size for info in node.output_info] for name, node in nodes.items()}
    assert sizes["x"] == sizes["y"] == [24] and sizes["v"] == [4] and sizes["u"] == sizes["sum"] == [-1]
    assert nodes["y"].output_info[0].dtype == tf.float32.as_datatype_enum
    assert nodes["y"].output_info[0].alias_input_port == -1
    before = {name: [info.preceding_node for info in node.input_info] for name, node in nodes.items()}
    assert before["sum"] == [nodes["host"].id, nodes["y"].id] and before["x"] == []
    assert [info.preceding_port for info in nodes["sum"].input_info] == [0, 0]
    assert list(nodes["last"].control_input) == [nodes["q"].id] and not nodes["sum"].control_input
    assert {name for name, node in nodes.items() if node.is_final} == {"last", "q", "v"}
    assert {node.device for node in nodes.values()} == {CPU}


def test_a_second_output_is_told_by_its_port() -> None:
    config = tf.ConfigProto()
    config.graph_options.build_cost_model = 1
    _, second = tf.split(tf.placeholder(tf.int64, [4], name="x"), 2, name="halves")
    y = tf.negative(second, name="y")
    metadata = tf.RunMetadata()
    with tf.Session(config=config) as sess:
        sess.run(y, {"x:0": [1, 2, 3, 4]}, tf.RunOptions(), metadata)
    node = next(node for node in metadata.cost_graph.node if node.name == "y")
    halves = next(node for node in metadata.cost_graph.node if node.name == "halves")
    assert [(info.preceding_node, info.preceding_port) for info in node.input_info] == [(halves.id, 1)]
    assert [info.size for info in halves.output_info] == [16, 16] and not halves.is_final


def test_messages_add_up_over_runs(fetches: dict[str, Any]) -> None:
    metadata = tf.RunMetadata()
    x = tf.placeholder(tf.float32, [], name="alone")
    y = tf.square(x)
    with tf.Session() as sess:
        for _ in range(2):
            sess.run(y, {x: 1.0}, tf.RunOptions(trace_level=FULL), metadata)
    assert [stats.device for stats in metadata.step_stats.dev_stats] == [CPU, CPU]
