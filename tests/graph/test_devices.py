"""Device names: how they are written, read and merged."""

from __future__ import annotations

import pytest

import millpond as tf


def device_within(*scopes: object) -> str:
    """The device of a node that is made inside nested `tf.device` blocks."""
    if not scopes:
        return tf.no_op().device
    with tf.device(scopes[0]):
        return device_within(*scopes[1:])


@pytest.mark.parametrize("written, meant", [
    ("/cpu:0", "/device:CPU:0"), ("/CPU:0", "/device:CPU:0"), ("/gpu:1", "/device:GPU:1"), ("cpu:0", "/device:CPU:0"),
    ("/device:CPU:0", "/device:CPU:0"), ("/device:gpu:3", "/device:GPU:3"), ("/device:GPU:*", "/device:GPU:*"),
    ("/cpu:*", "/device:CPU:*"), ("/tpu:0", "/device:TPU:0"), ("/device:XLA_CPU:0", "/device:XLA_CPU:0"),
    ("/job:localhost/replica:0/task:0/cpu:0", "/job:localhost/replica:0/task:0/device:CPU:0"),
    ("/job:localhost/replica:0/task:0/device:CPU:0", "/job:localhost/replica:0/task:0/device:CPU:0"),
    ("/job:ps", "/job:ps"), ("/job:ps/task:1", "/job:ps/task:1"), ("/task:1", "/task:1"), ("/replica:2", "/replica:2"),
    ("", ""),
])
def test_every_way_to_write_a_device(written: str, meant: str) -> None:
    assert device_within(written) == meant
    assert tf.DeviceSpec.from_string(written).to_string() == meant


@pytest.mark.parametrize("name, message", [
    ("/foo:0", "Unknown part 'foo:0'"),
    ("/bogus", "Unknown part 'bogus'"),
    ("/cpu:x", "Unknown part 'cpu:x'"),
    ("/cpu:0/gpu:0", "more than one device type"),
])
def test_what_is_no_device(name: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        device_within(name)
    with pytest.raises(TypeError, match="tf.device expects a name"):
        device_within(3)
    with pytest.raises(TypeError, match="a device function must return a name"):
        device_within(lambda op: 3)


@pytest.mark.parametrize("scopes, device", [
    (("/job:ps/task:1", "/gpu:0"), "/job:ps/task:1/device:GPU:0"),
    (("/gpu:0", "/job:ps/task:1"), "/job:ps/task:1/device:GPU:0"),
    (("/gpu:3", "/cpu:0"), "/device:CPU:0"),
    # A type without an index leaves the index as it is, as in TensorFlow.
    (("/gpu:3", "/device:CPU:*"), "/device:CPU:3"),
    (("/gpu:0", None), ""),
    (("/gpu:0", None, "/job:ps"), "/job:ps"),
    (("/job:ps", lambda op: "/device:GPU:1"), "/job:ps/device:GPU:1"),
    ((lambda op: f"/job:{op.type}",), "/job:NoOp"),
    (("/job:ps", tf.DeviceSpec(device_type="gpu", device_index=2)), "/job:ps/device:GPU:2"),
])
def test_inner_scopes_complete_or_replace_what_outer_ones_say(scopes: tuple[object, ...], device: str) -> None:
    assert device_within(*scopes) == device


def test_merging_specs_leaves_the_first_as_it_was() -> None:
    worker = tf.DeviceSpec(job="worker", device_type="cpu", device_index=1)
    merged = worker.make_merged_spec(tf.DeviceSpec.from_string("/task:2/gpu:0"))
    assert merged.to_string() == "/job:worker/task:2/device:GPU:0"
    assert worker.to_string() == "/job:worker/device:CPU:1"
    assert worker.replace(task=4, device_index=0).to_string() == "/job:worker/task:4/device:CPU:0"
    assert worker.merge_from(tf.DeviceSpec(job="ps")) is None
    assert worker.to_string() == "/job:ps/device:CPU:1"
    assert worker.parse_from_string("/gpu:3").to_string() == "/device:GPU:3"


@pytest.mark.parametrize("kind, kept", [("gpu", "GPU"), ("cpu", "CPU"), ("tpu", "tpu"), ("Cpu", "Cpu"),
                                        ("XLA_gpu", "XLA_gpu"), ("myDevice", "myDevice")])
def test_a_type_of_device_keeps_its_case(kind: str, kept: str) -> None:
    spec = tf.DeviceSpec(device_type=kind, device_index=1)
    assert spec.device_type == kept and spec.to_string() == f"/device:{kept}:1"
    assert tf.DeviceSpec.from_string(f"/device:{kind}:1") == spec == tf.DeviceSpec().make_merged_spec(spec)
    assert device_within(f"/device:{kind}:1") == f"/device:{kept}:1"
    changed = tf.DeviceSpec(job="w")
    changed.device_type = kind
    assert changed.to_string() == f"/job:w/device:{kept}:*" and changed.replace(task=1).device_type == kept


def test_the_short_form_is_written_large() -> None:
    assert [device_within(name) for name in ("/Gpu:0", "/tpu:1", "/cpu")] == [
        "/device:GPU:0", "/device:TPU:1", "/device:CPU:*"]
