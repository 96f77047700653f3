"""A layer says what its inputs must be, and inputs that are not are refused with what was expected and what came."""

from __future__ import annotations

from typing import Any

import pytest

import millpond as tf

InputSpec = tf.layers.InputSpec


def _layer(spec: Any) -> Any:
    layer = tf.layers.Layer(name="careful")
    layer.input_spec = spec
    return layer


@pytest.mark.parametrize("arguments, words", [
    ({"shape": [None, 3]}, r"expected shape=\(\?, 3\), found shape=\(3, 4\)"),
    ({"dtype": "int32"}, "expected dtype=int32, found dtype=float32"),
    ({"min_ndim": 4}, r"expected min_ndim=4, found ndim=2. Full shape received: \(3, 4\)"),
    ({"max_ndim": 1}, "expected max_ndim=1, found ndim=2"),
    ({"axes": {-1: 7}}, r"expected axis -1 of input shape to have value 7, but received input with shape \(3, 4\)"),
    ({"ndim": 3}, r"expected ndim=3, found ndim=2. Full shape received: \(3, 4\)"),
])
def test_what_does_not_fit(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=f"Input 0 of layer careful is incompatible with the layer: {words}"):
        _layer(InputSpec(**arguments))(tf.zeros([3, 4]))


@pytest.mark.parametrize("arguments", [
    {"shape": [None, 4]}, {"dtype": tf.float32}, {"min_ndim": 2, "max_ndim": 2}, {"axes": {-1: 4, 0: None}},
    {"ndim": 2}, {},
])
def test_what_fits(arguments: dict[str, Any]) -> None:
    assert _layer(InputSpec(**arguments))(tf.zeros([3, 4])).shape.as_list() == [3, 4]


def test_unknown_ranks_and_sizes() -> None:
    unknown = tf.placeholder(tf.float32)
    _layer(InputSpec(dtype=tf.float32))(unknown)
    for spec in (InputSpec(ndim=2), InputSpec(axes={-1: 4}), InputSpec(max_ndim=3)):
        with pytest.raises(ValueError, match="its rank is undefined, but the layer requires a defined rank"):
            _layer(spec)(unknown)
    _layer(InputSpec(axes={-1: 4}))(tf.placeholder(tf.float32, [None, None]))


def test_several_inputs() -> None:
    x = tf.zeros([3, 4])
    two = [InputSpec(ndim=2), InputSpec(ndim=1)]
    assert len(_layer(two)([x, tf.zeros([1])])) == 2
    with pytest.raises(ValueError, match="Layer careful expects 2 inputs, but it received 1 input tensors"):
        _layer(two)(x)
    with pytest.raises(ValueError, match="Layer careful expects 1 inputs, but it received 2 input tensors"):
        _layer(InputSpec(ndim=2))([x, x])
    with pytest.raises(ValueError, match="Input 1 of layer careful is incompatible"):
        _layer(two)([x, x])
    with pytest.raises(TypeError, match="Input 0 of layer careful must be a tensor, got 'text' of type str"):
        _layer(InputSpec(ndim=2))("text")


def test_what_a_spec_tells_of_itself() -> None:
    spec = InputSpec(dtype=tf.float32, shape=[None, 3])
    assert (spec.dtype, spec.ndim, spec.shape) == ("float32", 2, tf.TensorShape([None, 3]))
    assert repr(spec) == "InputSpec(dtype=float32, shape=(None, 3), ndim=2)"
    assert repr(InputSpec(min_ndim=2, max_ndim=4)) == "InputSpec(max_ndim=4, min_ndim=2)"


def test_axes_beyond_the_rank() -> None:
    with pytest.raises(ValueError, match="Axis 3 is greater than the maximum allowed value: 1"):
        InputSpec(ndim=2, axes={3: 4})


def test_a_spec_that_build_makes_is_checked_at_once() -> None:
    class Strict(tf.layers.Layer):
        def build(self, input_shape: Any) -> None:
            self.input_spec = InputSpec(axes={-1: 5})

    with pytest.raises(ValueError, match="expected axis -1 of input shape to have value 5"):
        Strict()(tf.zeros([3, 4]))
