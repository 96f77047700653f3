"""What programs import from the inside of TensorFlow does what it did there."""

from __future__ import annotations

import inspect
import json
import pathlib
from collections.abc import Iterator

import numpy as np
import pytest

import millpond as tf
from millpond.compat.alias import tree
from millpond.compat.inside import eager_context, events_writer, generated, op_registry, scope_names, timeline
from millpond.layers import window_arguments
from millpond.ops.control import smart_cond


@pytest.fixture(autouse=True)
def _graph() -> Iterator[None]:
    with tf.Graph().as_default():
        yield


# As TensorFlow gives them.
@pytest.mark.parametrize("name, scope, prepended, stripped", [
    ("x:0", "s", "s/x:0", "x:0"),
    ("^x", "s/", "^s/x", "^x"),
    ("loc:@x", "s", "loc:@s/x", "loc:@x"),
    ("s/x:0", "s", "s/s/x:0", "x:0"),
    ("^s/x", "s", "^s/s/x", "^x"),
    ("loc:@s/x", "s", "loc:@s/s/x", "loc:@x"),
    ("ss/x", "s", "s/ss/x", "ss/x"),
    ("t/x", "", "t/x", "t/x"),
    ("a.b/x", "a.b", "a.b/a.b/x", "x"),
    ("acb/x", "a.b", "a.b/acb/x", "acb/x"),
])
def test_names_get_into_scopes_and_out(name: str, scope: str, prepended: str, stripped: str) -> None:
    assert scope_names.prepend_name_scope(name, scope) == prepended
    assert scope_names.strip_name_scope(name, scope) == stripped


def test_the_open_scope_has_no_slash_and_numbers_are_new() -> None:
    assert scope_names.get_name_scope() == ""
    with tf.name_scope("q"), tf.name_scope("r"):
        assert scope_names.get_name_scope() == "q/r"
    assert len({scope_names.uid() for _ in range(5)}) == 5


def test_a_branch_is_chosen_while_building_where_it_can_be() -> None:
    asked = tf.placeholder(tf.bool, [])
    for pred, value in ((True, 1), (1, 1), (np.bool_(True), 1), (False, 2), (0, 2), (tf.constant(True), 1)):
        assert smart_cond.smart_cond(pred, lambda: 1, lambda: 2) == value
        assert smart_cond.constant_value(pred) is (value == 1)
    chosen = smart_cond.smart_cond(asked, lambda: tf.constant(1), lambda: tf.constant(2), name="branch")
    assert smart_cond.constant_value(asked) is None
    with tf.Session() as sess:
        assert [sess.run(chosen, {asked: value}) for value in (True, False)] == [1, 2]
    for wrong in (2, "True", None):
        with pytest.raises(TypeError, match="to choose by it"):
            smart_cond.smart_cond(wrong, lambda: 1, lambda: 2)
    with pytest.raises(TypeError, match="`false_fn` must be callable"):
        smart_cond.smart_cond(True, lambda: 1, 2)  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1, 2, 7, 28])
@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("padding", ["same", "VALID"])
def test_lengths_are_those_of_convolutions(size: int, stride: int, padding: str) -> None:
    for window in (1, 2, 5):
        if padding == "VALID" and window > size:
            continue
        x = tf.zeros([1, size, 1])
        convolved = tf.nn.conv1d(x, tf.zeros([window, 1, 1]), stride, padding.upper())
        length = window_arguments.conv_output_length(size, window, padding, stride)
        assert length == convolved.shape[1].value
        back = window_arguments.deconv_output_length(length, window, padding, stride)
        assert window_arguments.conv_output_length(back, window, padding, stride) == length
    assert window_arguments.conv_output_length(None, 3, padding, stride) is None
    assert window_arguments.deconv_output_length(None, 3, padding, stride) is None
    assert window_arguments.conv_output_length(9, 3, "valid", 1, dilation=2) == 5
    assert window_arguments.conv_output_length(9, 3, "full", 2) == 6
    assert window_arguments.deconv_output_length(6, 3, "full", 2) == 9


def test_arguments_of_layers_in_one_form() -> None:
    assert window_arguments.normalize_tuple(3, 2, "strides") == (3, 3)
    assert window_arguments.normalize_tuple(np.array([1, 2]), 2, "strides") == (1, 2)
    for wrong in ([1, 2, 3], "ab", None, 1.5):
        with pytest.raises(ValueError, match="The `strides` argument must be"):
            window_arguments.normalize_tuple(wrong, 2, "strides")
    assert window_arguments.normalize_padding("SAME") == "same"
    assert window_arguments.normalize_data_format("Channels_First") == "channels_first"
    assert [window_arguments.convert_data_format("channels_last", n) for n in (3, 4, 5)] == ["NWC", "NHWC", "NDHWC"]
    assert [window_arguments.convert_data_format("channels_first", n) for n in (3, 4, 5)] == ["NCW", "NCHW", "NCDHW"]
    for call in (lambda: window_arguments.normalize_padding("full"),
                 lambda: window_arguments.convert_data_format("no", 4),
                 lambda: window_arguments.convert_data_format("channels_last", 2),
                 lambda: window_arguments.conv_output_length(3, 3, "other", 1)):
        with pytest.raises(ValueError, match="must|not supported"):
            call()


def test_generated_functions_add_a_node_of_their_type() -> None:
    gen = tree.module("tensorflow.python.ops.gen_nn_ops")
    x = tf.constant([-1.0, 2.0])
    guided = gen._relu_grad(tf.constant([3.0, 4.0]), x, name="guided")
    product = tree.module("tensorflow.python.ops.gen_math_ops").mat_mul([[1.0, 2.0]], [[3.0, 4.0]], False, True)
    pooled = gen.max_pool([[[[1.0], [5.0]]]], [1, 1, 2, 1], [1, 1, 2, 1], "VALID")
    values, indices = gen.top_kv2([1.0, 3.0, 2.0], k=2)
    assert (guided.op.type, guided.op.name, product.op.type) == ("ReluGrad", "guided", "MatMul")
    with tf.Session() as sess:
        found = sess.run([guided, product, pooled, values, indices])
    assert [value.ravel().tolist() for value in found] == [[0.0, 4.0], [11.0], [5.0], [3.0, 2.0], [1, 2]]
    assert str(inspect.signature(generated.strided_slice)) == (
        "(input, begin, end, strides, begin_mask=0, end_mask=0, ellipsis_mask=0, new_axis_mask=0, shrink_axis_mask=0, "
        "name=None)")
    assert str(inspect.signature(gen.conv2d)).startswith("(input, filter, strides, padding, use_cudnn_on_gpu=True, ")
    with pytest.raises(TypeError, match="missing a required argument: 'b'"):
        generated.mat_mul([[1.0]])
    with pytest.raises(AttributeError, match="no_such_op was inside of TensorFlow"):
        gen.no_such_op  # noqa: B018


def test_a_registered_gradient_may_call_generated_functions() -> None:
    """Guided back-propagation, as many programs write it."""
    gen_nn_ops = tree.module("tensorflow.python.ops.gen_nn_ops")
    ops = tree.module("tensorflow.python.framework.ops")
    name = f"GuidedRelu{scope_names.uid()}"

    @ops.RegisterGradient(name)
    def guided(op: tf.Operation, grad: tf.Tensor) -> tf.Tensor:
        return tf.where(grad > 0.0, gen_nn_ops._relu_grad(grad, op.outputs[0]), tf.zeros(tf.shape(grad)))

    x = tf.constant([-1.0, 2.0, 3.0])
    with tf.get_default_graph().gradient_override_map({"Relu": name}):
        y = tf.nn.relu(x)
    slope = tf.gradients(y * [1.0, -1.0, 2.0], x)[0]
    with tf.Session() as sess:
        assert sess.run(slope).tolist() == [0.0, 0.0, 2.0]


def test_op_types_are_described() -> None:
    assert [arg.name for arg in op_registry.get("Conv2D").input_arg] == ["input", "filter"]
    assert op_registry.get("NoSuchOp") is None
    registered = op_registry.get_registered_ops()
    assert registered["MatMul"] is op_registry.get("MatMul") and len(registered) > 500
    op_registry.sync()


def test_events_are_written_where_baselines_looks_for_them(tmp_path: pathlib.Path) -> None:
    writer = events_writer.EventsWriter(tf.compat.as_bytes(str(tmp_path / "tb")))
    assert writer.InitWithSuffix(".v") and list(tmp_path.iterdir()) == []
    summary = tf.Summary(value=[tf.Summary.Value(tag="reward", simple_value=1.5)])
    writer.WriteEvent(tf.Event(wall_time=1.0, step=3, summary=summary))
    assert writer.Flush()
    path, = tmp_path.iterdir()
    assert path.name.startswith("tb.out.tfevents.") and path.name.endswith(".v")
    assert writer.FileName() == str(path).encode()
    events = list(tf.train.summary_iterator(str(path)))
    assert [event.step for event in events] == [0, 3] and events[1].summary.value[0].simple_value == 1.5
    assert writer.Close() and writer.Close()
    assert writer.FileName() == str(path).encode()


def test_a_timeline_shows_what_ran_when() -> None:
    stats = tf.RunMetadata().step_stats
    device = stats.dev_stats.add(device="/device:CPU:0")
    for name, start, label in (("a", 10, "a = Const()"), ("b", 12, "b = MatMul(a, a)"), ("c", 30, "2 ops: d, e")):
        device.node_stats.add(node_name=name, all_start_micros=start, all_end_rel_micros=5, timeline_label=label)
    events = json.loads(timeline.Timeline(stats).generate_chrome_trace_format())["traceEvents"]
    assert events[0] == {"name": "process_name", "ph": "M", "pid": 0, "args": {"name": "/device:CPU:0 Compute"}}
    shown = [(event["name"], event["tid"], event["ts"], event["dur"]) for event in events if event["ph"] == "X"]
    assert shown == [("Const", 0, 10, 5), ("MatMul", 1, 12, 5), ("2 ops: d, e", 0, 30, 5)]
    assert events[2]["args"] == {"name": "b", "op": "MatMul", "input0": "a", "input1": "a"}
    assert [(event["ph"], event["tid"], event["ts"]) for event in events if event.get("cat") == "DataFlow"] == [
        ("s", 0, 15), ("t", 1, 12)] * 2
    plain = json.loads(timeline.Timeline(stats).generate_chrome_trace_format(show_dataflow=False))["traceEvents"]
    assert not any(event["ph"] in "st" for event in plain)
    with pytest.raises(NotImplementedError, match="show_memory=True"):
        timeline.Timeline(stats).generate_chrome_trace_format(show_memory=True)


def test_a_timeline_of_a_run() -> None:
    metadata = tf.RunMetadata()
    x = tf.placeholder(tf.float32, [2])
    with tf.Session() as sess:
        sess.run(x * 2.0 + 1.0, {x: [1.0, 2.0]}, run_metadata=metadata,
                 options=tf.RunOptions(trace_level=tf.RunOptions.FULL_TRACE))
    events = json.loads(timeline.Timeline(metadata.step_stats).generate_chrome_trace_format())["traceEvents"]
    assert any("mul" in event["name"] for event in events if event["ph"] == "X")


def test_nothing_runs_eagerly() -> None:
    context = tree.module("tensorflow.python.eager.context")
    assert context.executing_eagerly() is context.in_eager_mode() is context.context().executing_eagerly() is False
    assert context.in_graph_mode() and context.num_gpus() == context.context().num_gpus() == 0
    with context.graph_mode():
        assert tf.constant(1).graph is tf.get_default_graph()
    with pytest.raises(NotImplementedError, match="no eager execution"):
        eager_context.eager_mode()


def test_what_a_public_function_takes_is_told_as_tensorflow_tells_it() -> None:
    """TensorFlow Probability gives it functions of its own that must take the same."""
    def cast(x, dtype, name=None):  # type: ignore[no-untyped-def]
        return x, dtype, name

    inspect_inside = tree.module("tensorflow.python.util.tf_inspect")
    assert inspect_inside.getfullargspec(tf.cast) == inspect_inside.getfullargspec(cast)


def test_the_second_interface_takes_its_arguments_in_its_order() -> None:
    tf2 = tree.module("tensorflow.compat.v2")
    x = tf.constant([[1.0, 2.0], [3.0, 4.0]])
    given = {
        "pad": (tf2.pad([1], [[0, 1]], "CONSTANT", 7), [1, 7]),
        "shape": (tf2.shape(x, tf.int64), [2, 2]),
        "size": (tf2.size(x, tf.int64), 4),
        "gather": (tf2.gather(x, [1], None, 1), [[2.0], [4.0]]),
        "gather_nd": (tf2.gather_nd(x, [[1], [0]], 1), [2.0, 3.0]),
        "transpose": (tf2.transpose(x, [1, 0], False), [[1.0, 3.0], [2.0, 4.0]]),
        "boolean_mask": (tf2.boolean_mask(x, [True, False], 1), [[1.0], [3.0]]),
        "zeros_like": (tf2.zeros_like(input=x, dtype=tf.int32), [[0, 0], [0, 0]]),
        "ones_like": (tf2.ones_like(input=x), [[1.0, 1.0], [1.0, 1.0]]),
        "convert_to_tensor": (tf2.convert_to_tensor(3, None, tf.float64), 3.0),
        "reduce_sum": (tf2.reduce_sum(x, 1, True), [[3.0], [7.0]]),
        "reduce_logsumexp": (tf2.reduce_logsumexp([0.0, 0.0]), np.log(2.0)),
        "while_loop": (tf2.while_loop(lambda i: i < 3, lambda i: (i + 1,), [tf.constant(0)])[0], 3),
        "where": (tf2.where([[True], [False]], x, 0.0), [[1.0, 2.0], [0.0, 0.0]]),
    }
    with tf.Session() as sess:
        for name, (tensor, wanted) in given.items():
            np.testing.assert_allclose(sess.run(tensor), wanted, rtol=1e-6, err_msg=name)
    assert given["shape"][0].dtype == given["size"][0].dtype == tf.int64
    assert given["convert_to_tensor"][0].dtype == tf.float64
    assert str(inspect.signature(tf2.pad)).startswith("(tensor: 'TensorLike', paddings: 'TensorLike', mode: 'str' = ")
    assert tf2.dtypes is tree.module("tensorflow.compat.v2.dtypes")
